#include <cstring>
#include <memory>
#include <string>
#include <tuple>
#include <utility>

#include <gtest/gtest.h>

#include "gateway/websocket/recorder_test.h"
#include "gateway/websocket/websocket.h"

namespace parley::websocket {
namespace {

using testing::Recorder;
using testing::wire;

static_assert(sizeof(FrameReader) <= 64, "an idle connection is small");

/// Bytes with the padding that `feed` asks for.
class Buffer {
public:
    explicit Buffer(std::string_view bytes) : size_(bytes.size()), bytes_(bytes) {
        constexpr std::size_t kPaddingBytes = 64;
        bytes_.resize(size_ + kPaddingBytes);
    }
    std::span<std::byte> span() { return {reinterpret_cast<std::byte*>(bytes_.data()), size_}; }

private:
    std::size_t size_;
    std::string bytes_;
};

struct Fixture : ::testing::Test {
    std::optional<Violation> feed(FrameReader& reader, std::string_view bytes) {
        return reader.feed(Buffer(bytes).span(), deflater, recorder);
    }

    Deflater deflater;
    Recorder recorder;
};

using FrameReaderLife = Fixture;

/// Destroys the reader in its own call, as a session that is dropped does.
class Destroyer final : public FrameHandler {
public:
    explicit Destroyer(FrameReader::Options options)
        : reader(std::make_unique<FrameReader>(options)) {}

    bool on_message(Opcode /*kind*/, std::span<std::byte> payload) override {
        reader.reset();
        return end({reinterpret_cast<const char*>(payload.data()), payload.size()});
    }
    bool on_ping(std::span<const std::byte> payload) override {
        reader.reset();
        return end({reinterpret_cast<const char*>(payload.data()), payload.size()});
    }
    bool on_pong() override {
        reader.reset();
        return end("pong");
    }
    bool on_close(std::uint16_t /*code*/, std::string_view reason) override {
        const std::string copy(reason);
        reader.reset();
        return end(copy);
    }

    std::unique_ptr<FrameReader> reader;
    std::string seen;

private:
    bool end(std::string_view text) {
        seen = text;
        return false;
    }
};

TEST(FrameReaderStop, the_handler_may_destroy_the_reader) {
    Deflater deflater;
    const std::string fragment = wire({.fin = false, .payload = "first"});
    const std::string compressed = deflater.deflate("hello");
    const std::vector<std::string> streams{
        wire({.payload = "hello"}),
        wire({.opcode = 9, .payload = "hello"}),
        fragment + wire({.opcode = 9, .payload = "hello"}),
        fragment + wire({.opcode = 10}),
        wire({.fin = false, .payload = "he"}) + wire({.opcode = 0, .payload = "llo"}),
        wire({.rsv = 4, .payload = compressed}),
        wire({.opcode = 8, .payload = "\x03\xE8hello"}),
        fragment + wire({.opcode = 8, .payload = "\x03\xE8hello"}),
    };
    for (const std::string& stream : streams) {
        const std::string bytes = stream + wire({.payload = "never seen"});
        for (std::size_t cut = 0; cut < stream.size(); ++cut) {
            Destroyer handler({.deflate = true});
            EXPECT_FALSE(
                handler.reader->feed(Buffer(bytes.substr(0, cut)).span(), deflater, handler)
            );
            ASSERT_NE(handler.reader, nullptr);
            EXPECT_FALSE(handler.reader->feed(Buffer(bytes.substr(cut)).span(), deflater, handler));
            EXPECT_EQ(handler.reader, nullptr);
            EXPECT_TRUE(handler.seen == "hello" || handler.seen == "pong") << handler.seen;
        }
    }
}

TEST_F(FrameReaderLife, whole_frames_are_handed_over_where_they_stand) {
    class Where final : public FrameHandler {
    public:
        bool on_message(Opcode /*kind*/, std::span<std::byte> payload) override {
            at = payload.data();
            return true;
        }
        bool on_ping(std::span<const std::byte> /*payload*/) override { return true; }
        bool on_pong() override { return true; }
        bool on_close(std::uint16_t /*code*/, std::string_view /*reason*/) override { return true; }
        const std::byte* at = nullptr;
    };
    Where handler;
    FrameReader reader(FrameReader::Options{});
    Buffer buffer(wire({.payload = "hello"}));
    EXPECT_FALSE(reader.feed(buffer.span(), deflater, handler));
    EXPECT_EQ(handler.at, buffer.span().data() + 6);
}

TEST_F(FrameReaderLife, is_spent_after_a_violation) {
    FrameReader reader(FrameReader::Options{});
    EXPECT_TRUE(feed(reader, "\xFF\xFF"));
    EXPECT_FALSE(feed(reader, wire({.payload = "late"})));
    EXPECT_TRUE(recorder.events.empty());
}

TEST_F(FrameReaderLife, ignores_what_follows_a_close) {
    FrameReader reader(FrameReader::Options{});
    EXPECT_FALSE(feed(reader, wire({.opcode = 8})));
    EXPECT_FALSE(feed(reader, wire({.payload = "late"})));
    EXPECT_FALSE(feed(reader, "\xFF\xFF\xFF"));
    EXPECT_EQ(recorder.events, testing::Events{"close:1005:"});
}

TEST_F(FrameReaderLife, can_be_moved_inside_a_message) {
    FrameReader reader(FrameReader::Options{});
    const std::string bytes =
        wire({.fin = false, .payload = "he"}) + wire({.opcode = 0, .payload = "llo"});
    EXPECT_FALSE(feed(reader, bytes.substr(0, 10)));
    FrameReader moved = std::move(reader);
    EXPECT_FALSE(feed(moved, bytes.substr(10)));
    EXPECT_EQ(recorder.events, testing::Events{"text:hello"});
}

TEST_F(FrameReaderLife, refuses_an_oversized_frame_from_its_header) {
    FrameReader reader(FrameReader::Options{.message_bytes_max = 1000});
    const std::string frame = wire({.payload = std::string(1001, 'x')});
    EXPECT_FALSE(feed(reader, frame.substr(0, 7)));
    EXPECT_TRUE(feed(reader, frame.substr(7, 1)));
}

TEST_F(FrameReaderLife, refuses_bad_text_at_its_first_bad_byte) {
    // 6.4.3: the frame is not complete, and never needs to be.
    const std::string payload =
        "\xCE\xBA\xE1\xBD\xB9\xCF\x83\xCE\xBC\xCE\xB5\xF4\x90\x80\x80 and more";
    const std::string frame = wire({.payload = payload});
    constexpr std::size_t kHeaderBytes = 6;
    constexpr std::size_t kFirstBad = 12;  // 0x90 after 0xF4
    FrameReader reader(FrameReader::Options{});
    for (std::size_t i = 0; i < kHeaderBytes + kFirstBad; ++i) {
        ASSERT_FALSE(feed(reader, frame.substr(i, 1))) << i;
    }
    EXPECT_TRUE(feed(reader, frame.substr(kHeaderBytes + kFirstBad, 1)));
}

}  // namespace
}  // namespace parley::websocket
