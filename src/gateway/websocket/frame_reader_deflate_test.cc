#include <array>
#include <string>

#include <gtest/gtest.h>

#include "gateway/websocket/recorder_test.h"
#include "gateway/websocket/websocket.h"

// permessage-deflate on the wire; Autobahn's families 12 and 13 in small.

namespace parley::websocket {
namespace {

using testing::Chance;
using testing::Events;
using testing::expect_same_however_cut;
using testing::read_in_pieces;
using testing::read_whole;
using testing::wire;
using std::string_literals::operator""s;

constexpr unsigned kRsv1 = 4;
constexpr FrameReader::Options kDeflate{.deflate = true};

std::string compress(std::string_view text) {
    Deflater deflater;
    return deflater.deflate(text);
}

TEST(FrameReaderDeflate, reads_compressed_messages_of_all_sizes) {
    Chance chance(12);
    std::string stream;
    Events expected;
    for (const std::size_t size :
         {0U, 16U, 64U, 256U, 1024U, 4096U, 8192U, 16384U, 32768U, 65536U}) {
        std::string text;
        while (text.size() < size) {
            text += "{\"AutobahnPython\": " + std::to_string(chance.below(100)) + "}";
        }
        text.resize(size);
        stream += wire({.rsv = kRsv1, .payload = compress(text)});
        expected.push_back("text:" + text);
    }
    expect_same_however_cut(stream, kDeflate, expected);
}

TEST(FrameReaderDeflate, reads_compressed_and_plain_messages_in_turn) {
    const std::string stream = wire({.rsv = kRsv1, .payload = compress("one")}) +
                               wire({.payload = "two"}) +
                               wire({.rsv = kRsv1, .opcode = 2, .payload = compress("\xFF")}) +
                               wire({.opcode = 9, .payload = "p"});
    expect_same_however_cut(stream, kDeflate, {"text:one", "text:two", "binary:\xFF", "ping:p"});
}

TEST(FrameReaderDeflate, reads_a_fragmented_compressed_message) {
    const std::string text = "a message that is compressed and then cut, cut, cut into fragments";
    const std::string payload = compress(text);
    for (std::size_t cut = 0; cut <= payload.size(); ++cut) {
        const std::string stream =
            wire({.fin = false, .rsv = kRsv1, .payload = payload.substr(0, cut)}) +
            wire({.opcode = 9}) + wire({.opcode = 0, .payload = payload.substr(cut)}) +
            wire({.payload = "after"});
        const Events expected{"ping:", "text:" + text, "text:after"};
        ASSERT_EQ(read_whole(stream, kDeflate), expected) << cut;
    }
    std::string stream = wire({.fin = false, .rsv = kRsv1});
    for (const char c : payload) {
        stream += wire({.fin = false, .opcode = 0, .payload = {&c, 1}});
    }
    stream += wire({.opcode = 0});
    expect_same_however_cut(stream, kDeflate, {"text:" + text});
}

TEST(FrameReaderDeflate, reads_a_final_block) {
    const std::string hello = "\xF3\x48\xCD\xC9\xC9\x07\x00\x00"s;  // RFC 7692 §7.2.3.4
    expect_same_however_cut(wire({.rsv = kRsv1, .payload = hello}), kDeflate, {"text:Hello"});
}

TEST(FrameReaderDeflate, wants_rsv1_on_the_first_frame_only) {
    const std::string payload = compress("hello");
    const std::string first = wire({.fin = false, .rsv = kRsv1, .payload = payload.substr(0, 3)});
    const std::string marked = wire({.rsv = kRsv1, .opcode = 0, .payload = payload.substr(3)});
    expect_same_however_cut(first + marked, kDeflate, {"violation:1002"});
    expect_same_however_cut(wire({.rsv = kRsv1, .opcode = 9}), kDeflate, {"violation:1002"});
    expect_same_however_cut(wire({.rsv = kRsv1, .opcode = 8}), kDeflate, {"violation:1002"});
    expect_same_however_cut(wire({.rsv = 2, .payload = payload}), kDeflate, {"violation:1002"});
    expect_same_however_cut(wire({.rsv = 5, .payload = payload}), kDeflate, {"violation:1002"});
    expect_same_however_cut(wire({.rsv = kRsv1, .payload = payload}), {}, {"violation:1002"});
}

TEST(FrameReaderDeflate, checks_text_after_inflating) {
    const std::string bad = wire({.rsv = kRsv1, .payload = compress("abc\xED\xA0\x80")});
    expect_same_however_cut(bad, kDeflate, {"violation:1007"});
    const std::string binary =
        wire({.rsv = kRsv1, .opcode = 2, .payload = compress("abc\xED\xA0\x80")});
    expect_same_however_cut(binary, kDeflate, {"binary:abc\xED\xA0\x80"});
    // What is compressed may well look like bad text before.
    const std::string good =
        wire({.fin = false, .rsv = kRsv1, .payload = compress("\xC3\xA9\xC3\xA9")}) +
        wire({.opcode = 0});
    expect_same_however_cut(good, kDeflate, {"text:\xC3\xA9\xC3\xA9"});
}

TEST(FrameReaderDeflate, refuses_malformed_data) {
    expect_same_however_cut(
        wire({.rsv = kRsv1, .payload = "\xFF\xFF\xFF"}), kDeflate, {"violation:1007"}
    );
    const std::string cut = compress("a message that is cut").substr(0, 8);
    expect_same_however_cut(wire({.rsv = kRsv1, .payload = cut}), kDeflate, {"violation:1007"});
}

TEST(FrameReaderDeflate, bounds_what_comes_out) {
    const FrameReader::Options small{.message_bytes_max = 1000, .deflate = true};
    const std::string at_limit = wire({.rsv = kRsv1, .payload = compress(std::string(1000, 'x'))});
    expect_same_however_cut(at_limit, small, {"text:" + std::string(1000, 'x')});
    const std::string over = wire({.rsv = kRsv1, .payload = compress(std::string(1001, 'x'))});
    expect_same_however_cut(over, small, {"violation:1009"});
    const std::string bomb = wire({.rsv = kRsv1, .payload = compress(std::string(900000, 'x'))});
    expect_same_however_cut(bomb, small, {"violation:1009"});
}

TEST(FrameReaderDeflate, bounds_what_goes_in) {
    const FrameReader::Options small{.message_bytes_max = 1000, .deflate = true};
    // Incompressible bytes grow a little, and must still fit.
    Chance chance(13);
    std::string noise;
    for (int i = 0; i < 1000; ++i) {
        noise.push_back(static_cast<char>(chance.below(256)));
    }
    const std::string fits = wire({.rsv = kRsv1, .opcode = 2, .payload = compress(noise)});
    expect_same_however_cut(fits, small, {"binary:" + noise});
    const std::string empty_blocks(2000, '\0');
    expect_same_however_cut(
        wire({.rsv = kRsv1, .payload = empty_blocks}).substr(0, 8), small, {"violation:1009"}
    );
}

/// A client that sends anything it may: the server must tell exactly what was sent.
class Sender {
public:
    explicit Sender(std::uint64_t seed) : chance_(seed) {}

    void send_something() {
        const std::size_t kind = chance_.below(10);
        if (kind == 0) {
            const std::string payload(chance_.below(126), 'p');
            add({.opcode = 9, .payload = payload});
            expected.push_back("ping:" + payload);
        } else if (kind == 1) {
            add({.opcode = 10});
            expected.emplace_back("pong");
        } else {
            send_message();
        }
    }

    std::string stream;
    Events expected;

private:
    void send_message() {
        const bool text = chance_.one_in(2);
        const bool compressed = chance_.one_in(3);
        const std::string message = text ? some_text() : some_bytes();
        const std::string payload = compressed ? deflater_.deflate(message) : message;
        std::string_view rest = payload;
        unsigned opcode = text ? 1 : 2;
        unsigned rsv = compressed ? kRsv1 : 0;
        while (chance_.one_in(2)) {
            const std::size_t size = chance_.below(rest.size() + 1);
            add({.fin = false, .rsv = rsv, .opcode = opcode, .payload = rest.substr(0, size)});
            rest.remove_prefix(size);
            opcode = 0;
            rsv = 0;
            if (chance_.one_in(4)) {
                add({.opcode = 9, .payload = "between"});
                expected.emplace_back("ping:between");
            }
        }
        add({.rsv = rsv, .opcode = opcode, .payload = rest});
        expected.push_back((text ? "text:" : "binary:") + message);
    }

    void add(testing::Frame frame) {
        frame.mask = static_cast<std::uint32_t>(chance_.next()) | 1U;
        stream += wire(frame);
    }

    std::size_t some_size() { return chance_.below(chance_.one_in(20) ? 70000 : 300); }

    std::string some_text() {
        constexpr std::array<std::string_view, 5> kPieces{
            "a", "bcdefgh", "\xC3\xA9", "\xE2\x82\xAC", "\xF0\x9F\x98\x80"
        };
        std::string text;
        for (std::size_t size = some_size(); text.size() < size;) {
            text += kPieces[chance_.below(kPieces.size())];
        }
        return text;
    }

    std::string some_bytes() {
        std::string bytes(some_size(), '\0');
        for (char& c : bytes) {
            c = static_cast<char>(chance_.below(256));
        }
        return bytes;
    }

    Chance chance_;
    Deflater deflater_;
};

TEST(FrameReaderProperty, what_a_client_sends_is_what_is_told) {
    const FrameReader::Options options{.message_bytes_max = 80000, .deflate = true};
    for (std::uint64_t seed = 1; seed <= 300; ++seed) {
        Sender sender(seed);
        for (int i = 0; i < 12; ++i) {
            sender.send_something();
        }
        ASSERT_EQ(read_whole(sender.stream, options), sender.expected) << "seed " << seed;
        Chance chance(seed);
        const std::size_t piece_max = 1 + chance.below(chance.one_in(2) ? 20 : 5000);
        const auto next = [&] { return 1 + chance.below(piece_max); };
        ASSERT_EQ(read_in_pieces(sender.stream, options, next), sender.expected) << "seed " << seed;
    }
}

}  // namespace
}  // namespace parley::websocket
