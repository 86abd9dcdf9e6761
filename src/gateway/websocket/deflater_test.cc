#include <algorithm>
#include <limits>
#include <string>
#include <tuple>
#include <vector>

#include <gtest/gtest.h>
#include <zlib.h>

#include "gateway/websocket/recorder_test.h"
#include "gateway/websocket/websocket.h"

namespace parley::websocket {
namespace {

using testing::Chance;
using std::string_literals::operator""s;
using Outcome = Deflater::Outcome;

constexpr std::size_t kLarge = 64UL << 20U;

Outcome inflate(
    Deflater& deflater, std::string_view payload, std::string& out, std::size_t max = kLarge
) {
    return deflater.inflate(std::as_bytes(std::span{payload}), max, out);
}

/// What another implementation sends: any window, level and strategy, and a last block of any kind.
std::string deflate_with(
    std::string_view text, int window_bits, int level, int flush, int strategy = Z_DEFAULT_STRATEGY
) {
    z_stream stream{};
    EXPECT_EQ(deflateInit2(&stream, level, Z_DEFLATED, -window_bits, 8, strategy), Z_OK);
    std::string out(text.size() * 2 + 100, '\0');
    stream.next_in =
        const_cast<unsigned char*>(reinterpret_cast<const unsigned char*>(text.data()));
    stream.avail_in = static_cast<unsigned>(text.size());
    stream.next_out = reinterpret_cast<unsigned char*>(out.data());
    stream.avail_out = static_cast<unsigned>(out.size());
    ::deflate(&stream, flush);
    out.resize(stream.total_out);
    deflateEnd(&stream);
    return out;
}

std::string some_text(Chance& chance, std::size_t size) {
    std::string text;
    while (text.size() < size) {
        text += chance.one_in(3) ? std::to_string(chance.next()) : "the quick brown fox";
    }
    text.resize(size);
    return text;
}

std::string noise(Chance& chance, std::size_t size) {
    std::string bytes;
    for (std::size_t i = 0; i < size; ++i) {
        bytes.push_back(static_cast<char>(chance.below(256)));
    }
    return bytes;
}

TEST(Deflater, gives_back_what_it_was_given) {
    Deflater deflater;
    Chance chance(1);
    std::string out;
    for (const std::size_t size : {0U, 1U, 2U, 10U, 250U, 1000U, 32768U, 65536U, 300000U}) {
        for (const std::string& text :
             {some_text(chance, size), noise(chance, size), std::string(size, 'x')}) {
            const std::string payload = deflater.deflate(text);
            EXPECT_FALSE(payload.empty());
            ASSERT_EQ(inflate(deflater, payload, out), Outcome::ok) << size;
            ASSERT_EQ(out, text);
        }
    }
}

/// Inflates like a client that keeps only a window of `window_bits`.
std::string inflate_with_window(std::string_view payload, int window_bits) {
    const std::string input = std::string(payload) + "\x00\x00\xFF\xFF"s;
    z_stream stream{};
    EXPECT_EQ(inflateInit2(&stream, -window_bits), Z_OK);
    stream.next_in =
        const_cast<unsigned char*>(reinterpret_cast<const unsigned char*>(input.data()));
    stream.avail_in = static_cast<unsigned>(input.size());
    std::string out;
    std::string piece(100, '\0');  // small pieces: zlib must go back to its window
    int code = Z_OK;
    while (code == Z_OK) {
        stream.next_out = reinterpret_cast<unsigned char*>(piece.data());
        stream.avail_out = static_cast<unsigned>(piece.size());
        code = ::inflate(&stream, Z_SYNC_FLUSH);
        out.append(piece, 0, piece.size() - stream.avail_out);
    }
    inflateEnd(&stream);
    return out;
}

TEST(Deflater, stays_within_a_smaller_window) {
    Deflater deflater;
    Chance chance(6);
    for (unsigned bits = 8; bits < 15; ++bits) {
        const std::size_t window = std::size_t{1} << bits;
        for (const std::size_t size :
             {window - 1, window, window + 1, 3 * window, std::size_t{70000}}) {
            // Far repeats: without the bound they would be referred to.
            const std::string unit = noise(chance, window + 50);
            std::string text;
            while (text.size() < size) {
                text += unit;
            }
            text.resize(size);
            const std::string payload = deflater.deflate(text, window);
            // zlib has no window of 8 bits, and 9 shows the same up to a factor of two.
            ASSERT_EQ(inflate_with_window(payload, static_cast<int>(std::max(bits, 9U))), text);
            std::string out;
            ASSERT_EQ(inflate(deflater, payload, out), Outcome::ok);
            ASSERT_EQ(out, text);
        }
    }
    // The check can fail: the shared form does refer back too far.
    const std::string unit = noise(chance, 5000);
    EXPECT_NE(inflate_with_window(deflater.deflate(unit + unit), 9), unit + unit);
}

TEST(Deflater, keeps_incompressible_messages_within_what_the_reader_takes) {
    Deflater deflater;
    Chance chance(2);
    for (const std::size_t size : {1U, 100U, 5000U, 65536U, 200000U}) {
        EXPECT_LE(deflater.deflate(noise(chance, size)).size(), size + size / 16 + 64);
    }
}

TEST(Deflater, reads_the_examples_of_the_rfc) {
    Deflater deflater;
    std::string out;
    const std::vector<std::string> hellos{
        "\xF2\x48\xCD\xC9\xC9\x07\x00"s,                          // §7.2.3.1
        "\x00\x05\x00\xFA\xFF\x48\x65\x6C\x6C\x6F\x00"s,          // §7.2.3.3: no compression
        "\xF3\x48\xCD\xC9\xC9\x07\x00\x00"s,                      // §7.2.3.4: BFINAL
        "\xF3\x48\xCD\xC9\xC9\x07\x00"s,                          // the same without the extra byte
        "\xF2\x48\x05\x00\x00\x00\xFF\xFF\xCA\xC9\xC9\x07\x00"s,  // §7.2.3.5: two blocks
    };
    for (const std::string& payload : hellos) {
        ASSERT_EQ(inflate(deflater, payload, out), Outcome::ok)
            << ::testing::PrintToString(payload);
        EXPECT_EQ(out, "Hello");
    }
    EXPECT_EQ(inflate(deflater, "\x00"s, out), Outcome::ok);  // §7.2.3.6: an empty message
    EXPECT_EQ(out, "");
    EXPECT_EQ(inflate(deflater, "\x02\x00"s, out), Outcome::ok);
    EXPECT_EQ(out, "");
    EXPECT_EQ(inflate(deflater, "", out), Outcome::ok);
    EXPECT_EQ(out, "");
}

TEST(Deflater, reads_what_other_implementations_send) {
    Deflater deflater;
    Chance chance(3);
    std::string out;
    for (const int window_bits : {9, 10, 12, 15}) {
        for (const int level : {0, 1, 6, 9}) {
            for (const int strategy : {Z_DEFAULT_STRATEGY, Z_HUFFMAN_ONLY, Z_RLE, Z_FIXED}) {
                const std::string text = some_text(chance, chance.below(70000));
                std::string payload =
                    deflate_with(text, window_bits, level, Z_SYNC_FLUSH, strategy);
                payload.resize(payload.size() - 4);
                ASSERT_EQ(inflate(deflater, payload, out), Outcome::ok);
                ASSERT_EQ(out, text);
                ASSERT_EQ(
                    inflate(
                        deflater, deflate_with(text, window_bits, level, Z_FINISH, strategy), out
                    ),
                    Outcome::ok
                );
                ASSERT_EQ(out, text);
            }
        }
    }
}

TEST(Deflater, reads_on_after_a_final_block_and_remembers_what_came_before) {
    Deflater deflater;
    std::string out;
    const std::string final_block = deflate_with("Hello", 15, 6, Z_FINISH);
    std::string tail = deflate_with(" world", 15, 6, Z_SYNC_FLUSH);
    tail.resize(tail.size() - 4);
    ASSERT_EQ(inflate(deflater, final_block + tail, out), Outcome::ok);
    EXPECT_EQ(out, "Hello world");

    // A fixed block that copies five bytes from five back: it reaches into the final block.
    z_stream stream{};
    ASSERT_EQ(deflateInit2(&stream, 9, Z_DEFLATED, -15, 8, Z_FIXED), Z_OK);
    std::string text = "Hello";
    ASSERT_EQ(
        deflateSetDictionary(&stream, reinterpret_cast<unsigned char*>(text.data()), 5), Z_OK
    );
    std::string copy(100, '\0');
    stream.next_in = reinterpret_cast<unsigned char*>(text.data());
    stream.avail_in = 5;
    stream.next_out = reinterpret_cast<unsigned char*>(copy.data());
    stream.avail_out = 100;
    ::deflate(&stream, Z_SYNC_FLUSH);
    copy.resize(stream.total_out - 4);
    deflateEnd(&stream);
    ASSERT_EQ(inflate(deflater, final_block + copy, out), Outcome::ok);
    EXPECT_EQ(out, "HelloHello");
}

TEST(Deflater, does_not_follow_final_blocks_for_ever) {
    Deflater deflater;
    std::string out;
    std::string blocks;
    for (int i = 0; i < 1000; ++i) {
        blocks += "\x03\x00"s;  // an empty fixed block, final
    }
    EXPECT_EQ(inflate(deflater, blocks.substr(0, 16), out), Outcome::ok);
    EXPECT_EQ(inflate(deflater, blocks, out), Outcome::malformed);
}

TEST(Deflater, forgets_the_message_before) {
    // Otherwise one connection could read another's messages out of the shared window.
    Deflater deflater;
    std::string out;
    ASSERT_EQ(inflate(deflater, deflater.deflate("secret of somebody else"), out), Outcome::ok);
    // A fixed block that copies three bytes from one back, and its neighbours.
    const std::string copy_from_before = "\x02\x02\x00"s;
    EXPECT_EQ(inflate(deflater, copy_from_before, out), Outcome::malformed);
    for (unsigned byte = 0; byte < 256; ++byte) {
        std::string payload = copy_from_before;
        payload[1] = static_cast<char>(byte);
        if (inflate(deflater, payload, out) == Outcome::ok) {
            EXPECT_EQ(out.find_first_of("secrtofmbdyl"), std::string::npos) << byte;
        }
    }
}

TEST(Deflater, stops_a_bomb_at_the_limit) {
    Deflater deflater;
    const std::string bomb = deflater.deflate(std::string(kLarge, '\0'));
    std::string out;
    EXPECT_LT(bomb.size(), 400000U);
    EXPECT_EQ(inflate(deflater, bomb, out, 65536), Outcome::too_large);
    EXPECT_EQ(out.size(), 0U);
    EXPECT_LE(out.capacity(), 2U * 65536U + 64U);
}

TEST(Deflater, can_be_told_of_no_limit) {
    Deflater deflater;
    std::string out;
    const std::string payload = deflater.deflate("hello");
    EXPECT_EQ(
        inflate(deflater, payload, out, std::numeric_limits<std::size_t>::max()), Outcome::ok
    );
    EXPECT_EQ(out, "hello");
}

TEST(Deflater, takes_a_message_of_exactly_the_limit) {
    Deflater deflater;
    std::string out;
    for (const std::size_t size : {0U, 1U, 255U, 256U, 257U, 4096U, 65536U}) {
        const std::string payload = deflater.deflate(std::string(size, 'x'));
        EXPECT_EQ(inflate(deflater, payload, out, size), Outcome::ok);
        EXPECT_EQ(out.size(), size);
        if (size > 0) {
            EXPECT_EQ(inflate(deflater, payload, out, size - 1), Outcome::too_large);
        }
    }
}

TEST(Deflater, refuses_every_cut_message) {
    Deflater deflater;
    Chance chance(4);
    std::string out;
    for (const std::string& text :
         {some_text(chance, 300), noise(chance, 300), std::string("Hello")}) {
        const std::string payload = deflater.deflate(text);
        for (std::size_t size = 1; size + 1 < payload.size(); ++size) {
            const Outcome outcome = inflate(deflater, payload.substr(0, size), out);
            // A cut may by chance leave blocks that are whole, but never the same text.
            EXPECT_TRUE(outcome != Outcome::ok || out != text) << size;
        }
    }
    EXPECT_EQ(inflate(deflater, "\xF2\x48\xCD", out), Outcome::malformed);
    EXPECT_EQ(inflate(deflater, "\x00\x05\x00"s, out), Outcome::malformed);
    EXPECT_EQ(inflate(deflater, "\x06", out), Outcome::malformed);
    EXPECT_EQ(inflate(deflater, "\xFF\xFF\xFF\xFF", out), Outcome::malformed);
}

TEST(Deflater, survives_garbage) {
    Deflater deflater;
    Chance chance(5);
    std::string out;
    for (int round = 0; round < 5000; ++round) {
        std::ignore = inflate(deflater, noise(chance, chance.below(60)), out, 1000);
        EXPECT_LE(out.size(), 1000U);
    }
    ASSERT_EQ(inflate(deflater, deflater.deflate("still works"), out), Outcome::ok);
    EXPECT_EQ(out, "still works");
}

}  // namespace
}  // namespace parley::websocket
