#include <cstring>
#include <string>

#include <gtest/gtest.h>

#include "gateway/websocket/frame.h"
#include "gateway/websocket/recorder_test.h"
#include "gateway/websocket/websocket.h"

namespace parley::websocket {
namespace {

using testing::Events;
using testing::read_whole;
using testing::wire;
using std::string_literals::operator""s;

TEST(EncodeFrame, writes_what_the_rfc_shows) {
    EXPECT_EQ(encode_frame(Opcode::text, "Hello"), "\x81\x05Hello");
    EXPECT_EQ(encode_frame(Opcode::ping, "Hello"), "\x89\x05Hello");
    EXPECT_EQ(encode_frame(Opcode::text, "", true), "\xC1\x00"s);
    EXPECT_EQ(
        encode_frame(Opcode::binary, std::string(256, 'x')).substr(0, 4), "\x82\x7E\x01\x00"s
    );
    const std::string large = encode_frame(Opcode::binary, std::string(65536, 'x'));
    EXPECT_EQ(large.substr(0, 10), "\x82\x7F\0\0\0\0\0\1\0\0"s);
}

TEST(EncodeFrame, chooses_the_shortest_length) {
    for (const std::size_t size : {0U, 1U, 125U, 126U, 127U, 65535U, 65536U, 70000U}) {
        const std::string payload(size, 'x');
        EXPECT_EQ(encode_frame(Opcode::text, payload), wire({.payload = payload, .mask = 0}))
            << size;
        std::string header = "before";
        append_frame_header(header, Opcode::text, size);
        EXPECT_EQ(header + payload, "before" + encode_frame(Opcode::text, payload));
    }
}

TEST(EncodeMaskedFrame, is_read_back_by_a_server) {
    const FrameReader::Options options{.message_bytes_max = 1UL << 20U};
    for (const std::size_t size : {0U, 1U, 3U, 4U, 5U, 125U, 126U, 65535U, 65536U}) {
        const std::string payload(size, 'x');
        const std::string frame = encode_masked_frame(Opcode::text, payload, 0xDEADBEEF);
        EXPECT_EQ(frame, wire({.payload = payload, .mask = 0xDEADBEEF}));
        EXPECT_EQ(read_whole(frame, options), Events{"text:" + payload});
    }
    const std::string unmasked_looking = encode_masked_frame(Opcode::text, "hi", 0);
    EXPECT_EQ(read_whole(unmasked_looking, options), Events{"text:hi"});
}

TEST(EncodeMaskedFrame, is_read_back_compressed) {
    Deflater deflater;
    const std::string payload(300, 'x');
    const std::string frame = encode_masked_frame(Opcode::text, deflater.deflate(payload), 7, true);
    EXPECT_EQ(read_whole(frame, {.deflate = true}), Events{"text:" + payload});
}

TEST(EncodeClose, is_read_back) {
    const FrameReader::Options client{.role = Role::client};
    EXPECT_EQ(read_whole(encode_close(1000, "bye"), client), Events{"close:1000:bye"});
    EXPECT_EQ(read_whole(encode_close(4003, ""), client), Events{"close:4003:"});
    EXPECT_EQ(read_whole(encode_close(close_code::kNoStatus, "x"), client), Events{"close:1005:"});
}

TEST(EncodeClose, cuts_a_long_reason_between_characters) {
    const FrameReader::Options client{.role = Role::client};
    const std::string fits(123, 'x');
    EXPECT_EQ(read_whole(encode_close(1000, fits), client), Events{"close:1000:" + fits});
    EXPECT_EQ(read_whole(encode_close(1000, fits + "y"), client), Events{"close:1000:" + fits});
    const std::string two = std::string(122, 'x') + "\xC3\xA9";
    EXPECT_EQ(
        read_whole(encode_close(1000, two), client), Events{"close:1000:" + two.substr(0, 122)}
    );
    const std::string four = std::string(120, 'x') + "\xF0\x9F\x98\x80";
    EXPECT_EQ(
        read_whole(encode_close(1000, four), client), Events{"close:1000:" + four.substr(0, 120)}
    );
    const std::string exact = std::string(119, 'x') + "\xF0\x9F\x98\x80";
    EXPECT_EQ(read_whole(encode_close(1000, exact + "y"), client), Events{"close:1000:" + exact});
}

TEST(Unmask, agrees_with_the_definition_at_every_length_and_offset) {
    const std::string key = "\x12\x34\x56\x78";
    std::uint32_t mask = 0;
    std::memcpy(&mask, key.data(), key.size());
    for (std::size_t offset = 0; offset < 9; ++offset) {
        for (std::size_t size = 0; size < 100; ++size) {
            std::string bytes;
            std::string expected;
            bool ascii = true;
            for (std::size_t i = 0; i < size; ++i) {
                bytes.push_back(static_cast<char>(i * 3 + size));
                const char plain = static_cast<char>(bytes[i] ^ key[(offset + i) % 4]);
                expected.push_back(plain);
                ascii = ascii && (static_cast<unsigned char>(plain) < 0x80);
            }
            auto* data = reinterpret_cast<std::byte*>(bytes.data());
            EXPECT_EQ(unmask(data, size, mask_at(mask, offset)), ascii);
            EXPECT_EQ(bytes, expected);
        }
    }
}

TEST(Unmask, sees_the_one_byte_that_is_not_ascii) {
    for (std::size_t size = 1; size < 80; ++size) {
        for (std::size_t at = 0; at < size; ++at) {
            std::string bytes(size, 'a');
            bytes[at] = '\x80';
            EXPECT_FALSE(unmask(reinterpret_cast<std::byte*>(bytes.data()), size, 0))
                << size << " " << at;
        }
    }
}

}  // namespace
}  // namespace parley::websocket
