#include <limits>
#include <string>
#include <utility>

#include <gtest/gtest.h>

#include "gateway/websocket/recorder_test.h"
#include "gateway/websocket/websocket.h"

// Numbers like "5.19" are Autobahn's: the behaviour is the one its case asks for.

namespace parley::websocket {
namespace {

using testing::Events;
using testing::expect_same_however_cut;
using testing::wire;
using std::string_literals::operator""s;

struct Case {
    Case(std::string its_name, std::string its_bytes, Events told, FrameReader::Options with = {})
        : name(std::move(its_name)),
          bytes(std::move(its_bytes)),
          events(std::move(told)),
          options(with) {}

    std::string name;
    std::string bytes;
    Events events;
    FrameReader::Options options;
};

std::string repeat(std::string_view text, std::size_t times) {
    std::string all;
    for (std::size_t i = 0; i < times; ++i) {
        all.append(text);
    }
    return all;
}

std::string text(std::string_view payload) {
    return wire({.payload = payload});
}

/// A fragment that is not the last.
std::string opening(std::string_view payload, unsigned opcode = 1) {
    return wire({.fin = false, .opcode = opcode, .payload = payload});
}

std::string middle(std::string_view payload) {
    return wire({.fin = false, .opcode = 0, .payload = payload});
}

std::string closing(std::string_view payload) {
    return wire({.opcode = 0, .payload = payload});
}

std::string ping(std::string_view payload) {
    return wire({.opcode = 9, .payload = payload});
}

std::string close(std::string_view payload) {
    return wire({.opcode = 8, .payload = payload});
}

std::string close_with(unsigned code, std::string_view reason = {}) {
    const std::string payload{static_cast<char>(code >> 8U), static_cast<char>(code & 0xFFU)};
    return close(payload + std::string(reason));
}

constexpr FrameReader::Options kLarge{.message_bytes_max = 1UL << 20U};

std::vector<Case> framing_cases() {
    std::vector<Case> cases{
        {"nothing", "", {}},
        {"two_texts", text("a") + text("b"), {"text:a", "text:b"}},
        {"mask_of_zeros", "\x81\x82\0\0\0\0hi"s, {"text:hi"}},
        {"example_of_the_rfc", "\x81\x85\x37\xfa\x21\x3d\x7f\x9f\x4d\x51\x58", {"text:Hello"}},
        {"text_with_nul", text("a\0b"s), {"text:a\0b"s}},
        {"binary_is_not_text", wire({.opcode = 2, .payload = "\xFF\xFE"}), {"binary:\xFF\xFE"}},
    };
    for (const std::size_t size :
         {0U,
          1U,
          2U,
          3U,
          4U,
          7U,
          8U,
          31U,
          33U,
          124U,
          125U,
          126U,
          127U,
          128U,
          1000U,
          65534U,
          65535U,
          65536U,
          100000U}) {
        const std::string payload(size, '*');
        const std::string name = std::to_string(size);
        cases.push_back({"1_1_text_of_" + name, text(payload), {"text:" + payload}, kLarge});
        const std::string bytes = repeat("\xFE\xC3\x00", size / 3 + 1).substr(0, size);
        const std::string frame = wire({.opcode = 2, .payload = bytes});
        cases.push_back({"1_2_binary_of_" + name, frame, {"binary:" + bytes}, kLarge});
    }
    return cases;
}

std::vector<Case> control_cases() {
    const std::string longest(125, 'p');
    return {
        {"2_1_empty_ping", ping(""), {"ping:"}},
        {"2_2_ping", ping("Hello, world!"), {"ping:Hello, world!"}},
        {"2_3_binary_ping", ping("\x00\xff\xfe\xfd"s), {"ping:\x00\xff\xfe\xfd"s}},
        {"2_4_ping_of_125", ping(longest), {"ping:" + longest}},
        {"2_5_ping_of_126", ping(longest + "p"), {"violation:1002"}},
        {"2_7_unsolicited_pong", wire({.opcode = 10}), {"pong"}},
        {"2_8_pong_with_payload", wire({.opcode = 10, .payload = "x"}), {"pong"}},
        {"2_9_pong_then_ping", wire({.opcode = 10, .payload = "x"}) + ping("y"), {"pong", "ping:y"}
        },
        {"2_10_ten_pings", repeat(ping("z"), 10), Events(10, "ping:z")},
        {"pong_of_126", wire({.opcode = 10, .payload = longest + "p"}), {"violation:1002"}},
        {"close_of_126", close(longest + "p"), {"violation:1002"}},
        {"fragmented_ping", wire({.fin = false, .opcode = 9}), {"violation:1002"}},
        {"fragmented_pong", wire({.fin = false, .opcode = 10}), {"violation:1002"}},
        {"fragmented_close", wire({.fin = false, .opcode = 8}), {"violation:1002"}},
        {"ping_with_long_form_length", "\x89\xFE\x00\x05"s, {"violation:1002"}},
        {"ping_with_longest_form_length", "\x89\xFF"s, {"violation:1002"}},
    };
}

std::vector<Case> header_cases() {
    std::vector<Case> cases;
    for (unsigned rsv = 1; rsv < 8; ++rsv) {  // 3.1 to 3.7
        for (const unsigned opcode : {0U, 1U, 2U, 8U, 9U, 10U}) {
            const std::string name =
                "3_rsv_" + std::to_string(rsv) + "_opcode_" + std::to_string(opcode);
            const std::string bad = wire({.rsv = rsv, .opcode = opcode, .payload = "x"});
            cases.push_back({name, text("a") + bad + text("b"), {"text:a", "violation:1002"}});
        }
    }
    for (const unsigned opcode : {3U, 4U, 5U, 6U, 7U, 11U, 12U, 13U, 14U, 15U}) {  // 4.1, 4.2
        const std::string name = "4_opcode_" + std::to_string(opcode);
        const std::string bad = wire({.opcode = opcode, .payload = "x"});
        cases.push_back({name, text("a") + bad + ping(""), {"text:a", "violation:1002"}});
        cases.push_back({name + "_empty", wire({.opcode = opcode}), {"violation:1002"}});
    }
    const FrameReader::Options client{.role = Role::client};
    const std::string unmasked = wire({.payload = "x", .mask = 0});
    const std::vector<Case> single_cases{
        {"unmasked_to_server", unmasked, {"violation:1002"}},
        {"unmasked_empty_to_server", "\x81\x00"s, {"violation:1002"}},
        {"unmasked_ping_to_server", wire({.opcode = 9, .mask = 0}), {"violation:1002"}},
        {"masked_to_client", text("x"), {"violation:1002"}, client},
        {"unmasked_to_client", unmasked, {"text:x"}, client},
        {"bad_utf8_to_client", wire({.payload = "\xFF", .mask = 0}), {"violation:1007"}, client},
        {"length_126_not_minimal", "\x81\xFE\x00\x7D"s, {"violation:1002"}},
        {"length_126_zero", "\x81\xFE\x00\x00"s, {"violation:1002"}},
        {"length_127_not_minimal", "\x81\xFF\0\0\0\0\0\0\xFF\xFF"s, {"violation:1002"}},
        {"length_127_small", "\x81\xFF\0\0\0\0\0\0\0\x01"s, {"violation:1002"}},
        {"length_top_bit", "\x81\xFF\x80\0\0\0\0\1\0\0"s, {"violation:1002"}},
        {"length_all_ones", "\x81\xFF\xFF\xFF\xFF\xFF\xFF\xFF\xFF\xFF", {"violation:1002"}},
        {"length_huge", "\x82\xFF\x7F\xFF\xFF\xFF\xFF\xFF\xFF\xFF\1\2\3\4"s, {"violation:1009"}},
    };
    cases.insert(cases.end(), single_cases.begin(), single_cases.end());
    return cases;
}

std::vector<Case> fragment_cases() {
    return {
        {"5_1_ping_in_two",
         wire({.fin = false, .opcode = 9, .payload = "a"}) + closing("b"),
         {"violation:1002"}},
        {"5_3_two_fragments", opening("fragm") + closing("ent"), {"text:fragment"}},
        {"5_6_ping_between",
         opening("fragm") + ping("p") + closing("ent"),
         {"ping:p", "text:fragment"}},
        {"5_9_continuation_first", closing("x") + text("y"), {"violation:1002"}},
        {"5_11_continuation_unfinished_first", middle("x") + text("y"), {"violation:1002"}},
        {"5_15_continuation_after_the_end",
         opening("a") + closing("b") + middle("c") + text("d"),
         {"text:ab", "violation:1002"}},
        {"5_18_text_inside", opening("a") + text("b"), {"violation:1002"}},
        {"binary_inside", opening("a") + wire({.opcode = 2, .payload = "b"}), {"violation:1002"}},
        {"5_19_pings_between",
         opening("1") + middle("2") + ping("a") + middle("3") + middle("4") + ping("b") +
             closing("5"),
         {"ping:a", "ping:b", "text:12345"}},
        {"pong_between", opening("1") + wire({.opcode = 10}) + closing("2"), {"pong", "text:12"}},
        {"close_between", opening("1") + close_with(1000) + closing("2"), {"close:1000:"}},
        {"6_1_2_empty_fragments", opening("") + middle("") + closing(""), {"text:"}},
        {"6_1_3_empty_around", opening("") + middle("middle") + closing(""), {"text:middle"}},
        {"fragmented_binary", opening("\xFF", 2) + closing("\xFE"), {"binary:\xFF\xFE"}},
        {"two_fragmented", repeat(opening("a") + closing("b"), 2), {"text:ab", "text:ab"}},
        {"128_empty_fragments", opening("a") + repeat(middle(""), 128) + closing("b"), {"text:ab"}},
        {"129_empty_fragments",
         opening("a") + repeat(middle(""), 129) + closing("b"),
         {"violation:1002"}},
        {"empty_fragments_after_empty_start",
         opening("") + repeat(middle(""), 128),
         {"violation:1002"}},
        {"10_1_auto_fragments",
         opening(std::string(1300, '*')) + repeat(middle(std::string(1300, '*')), 48) +
             closing(std::string(1836, '*')),
         {"text:" + std::string(65536, '*')}},
    };
}

std::vector<Case> utf8_cases() {
    const std::string bad =
        "\xCE\xBA\xE1\xBD\xB9\xCF\x83\xCE\xBC\xCE\xB5\xED\xA0\x80"
        "edited";
    const std::string good = "\xCE\xBA\xE1\xBD\xB9\xCF\x83\xCE\xBC\xCE\xB5";
    return {
        {"6_2_1_valid",
         text("Hello-\xC2\xB5@\xC3\x9F\xC3\xB6\xC3\xA4\xC3\xBC\xC3\xA0\xC3\xA1-UTF-8!!"),
         {"text:Hello-\xC2\xB5@\xC3\x9F\xC3\xB6\xC3\xA4\xC3\xBC\xC3\xA0\xC3\xA1-UTF-8!!"}},
        {"6_2_2_split_between",
         opening("Hello-\xC2\xB5") + closing("@\xC3\x9F"),
         {"text:Hello-\xC2\xB5@\xC3\x9F"}},
        {"6_2_3_split_inside",
         opening("\xCE") + middle("\xBA\xE1") + middle("\xBD") + closing("\xB9"),
         {"text:\xCE\xBA\xE1\xBD\xB9"}},
        {"6_3_1_invalid", text(bad), {"violation:1007"}},
        {"6_3_2_invalid_in_fragment", opening(bad) + closing("x"), {"violation:1007"}},
        {"6_4_1_fails_in_the_middle",
         opening(good) + middle("\xF4\x90\x80\x80") + ping("late"),
         {"violation:1007"}},
        {"ends_inside_character", text("a\xE2\x82"), {"violation:1007"}},
        {"ends_inside_character_fragmented", opening("a\xE2") + closing("\x82"), {"violation:1007"}
        },
        {"ascii_inside_character",
         opening("a\xE2") + closing("bcdefghijklmnopqrstuvwxyz0123456789"),
         {"violation:1007"}},
        {"ascii_fragment_inside_character",
         opening("\xE2") + middle("abcdefgh") + closing("\x82\xAC"),
         {"violation:1007"}},
        {"ping_inside_character",
         opening("\xE2") + ping("\xFF") + closing("\x82\xAC"),
         {"ping:\xFF", "text:\xE2\x82\xAC"}},
        {"second_message_starts_anew",
         opening("\xE2\x82") + closing("\xAC") + opening("b") + closing("\xC3\xA9"),
         {"text:\xE2\x82\xAC", "text:b\xC3\xA9"}},
        {"bad_after_long_ascii", text(std::string(1000, 'a') + "\x80"), {"violation:1007"}},
        {"bad_before_long_ascii", text("\x80" + std::string(1000, 'a')), {"violation:1007"}},
    };
}

std::vector<Case> close_cases() {
    const std::string reason(123, '*');
    std::vector<Case> cases{
        {"7_1_1_close", close_with(1000), {"close:1000:"}},
        {"7_1_2_two_closes", close_with(1000) + close_with(1001), {"close:1000:"}},
        {"7_1_3_ping_after", close_with(1000) + ping(""), {"close:1000:"}},
        {"7_1_4_text_after", close_with(1000) + text("x"), {"close:1000:"}},
        {"garbage_after", close_with(1000) + "\xFF\xFF\xFF", {"close:1000:"}},
        {"7_3_1_empty", close(""), {"close:1005:"}},
        {"7_3_2_one_byte", close("a"), {"violation:1002"}},
        {"7_3_4_reason", close_with(1000, "Hello World!"), {"close:1000:Hello World!"}},
        {"7_3_5_longest_reason", close_with(1000, reason), {"close:1000:" + reason}},
        {"7_3_6_reason_too_long", close_with(1000, reason + "*"), {"violation:1002"}},
        {"7_5_1_reason_not_utf8", close_with(1000, "\xCE\xBA\xED\xA0\x80"), {"violation:1007"}},
        {"reason_cut_character", close_with(1000, "\xE2\x82"), {"violation:1007"}},
        {"close_ends_fragments", opening("a") + close_with(1001, "bye"), {"close:1001:bye"}},
    };
    for (const unsigned code :
         {1000U,
          1001U,
          1002U,
          1003U,
          1007U,
          1008U,
          1009U,
          1010U,
          1011U,
          1012U,
          1013U,
          1014U,
          3000U,
          3999U,
          4000U,
          4999U}) {
        const std::string number = std::to_string(code);
        cases.push_back({"7_7_code_" + number, close_with(code), {"close:" + number + ":"}});
    }
    for (const unsigned code :
         {0U,
          1U,
          999U,
          1004U,
          1005U,
          1006U,
          1015U,
          1016U,
          1100U,
          2000U,
          2999U,
          5000U,
          32768U,
          65535U}) {
        const std::string number = std::to_string(code);
        cases.push_back({"7_9_code_" + number, close_with(code, "x"), {"violation:1002"}});
    }
    return cases;
}

std::vector<Case> limit_cases() {
    const FrameReader::Options ten{.message_bytes_max = 10};
    const FrameReader::Options none{.message_bytes_max = 0};
    const FrameReader::Options endless{
        .message_bytes_max = std::numeric_limits<std::size_t>::max(), .deflate = true
    };
    const std::string eleven = text("12345678901").substr(0, 6);  // a header is enough
    return {
        {"at_limit", text("1234567890"), {"text:1234567890"}, ten},
        {"over_limit", eleven, {"violation:1009"}, ten},
        {"fragments_at_limit", opening("12345") + closing("67890"), {"text:1234567890"}, ten},
        {"fragments_over_limit",
         opening("12345") + closing("678901").substr(0, 6),
         {"violation:1009"},
         ten},
        {"many_fragments_over_limit",
         opening("1") + repeat(middle("1"), 10),
         {"violation:1009"},
         ten},
        {"control_frames_do_not_count",
         opening("12345") + ping("12345678901") + closing("67890"),
         {"ping:12345678901", "text:1234567890"},
         ten},
        {"limit_is_per_message",
         text("1234567890") + opening("12345") + closing("67890"),
         {"text:1234567890", "text:1234567890"},
         ten},
        {"limit_zero", text("") + text("x"), {"text:", "violation:1009"}, none},
        {"no_limit", text("x"), {"text:x"}, endless},
        {"no_limit_huge",
         "\x82\xFF\x7F\xFF\xFF\xFF\xFF\xFF\xFF\xFF\1\2\3\4"s,
         {"violation:1009"},
         endless},
        {"9_default_limit", text(std::string(65536, 'x')), {"text:" + std::string(65536, 'x')}},
        {"9_over_default_limit", text(std::string(65537, 'x')).substr(0, 14), {"violation:1009"}},
        {"9_megabyte_in_fragments",
         opening("") + repeat(middle(std::string(4096, 'x')), 256) + closing(""),
         {"text:" + std::string(1UL << 20U, 'x')},
         kLarge},
    };
}

struct Family {
    std::string name;
    std::vector<Case> cases;
};

std::vector<Family> all_families() {
    return {
        {"framing", framing_cases()},
        {"control", control_cases()},
        {"header", header_cases()},
        {"fragment", fragment_cases()},
        {"utf8", utf8_cases()},
        {"close", close_cases()},
        {"limit", limit_cases()},
    };
}

// One test per family, not per case: ctest starts a process for each.
class FrameReaderCases : public ::testing::TestWithParam<Family> {};

TEST_P(FrameReaderCases, tell_what_the_table_says_however_they_are_cut) {
    for (const Case& c : GetParam().cases) {
        SCOPED_TRACE(c.name);
        expect_same_however_cut(c.bytes, c.options, c.events);
    }
}

INSTANTIATE_TEST_SUITE_P(
    Table,
    FrameReaderCases,
    ::testing::ValuesIn(all_families()),
    [](const ::testing::TestParamInfo<Family>& info) { return info.param.name; }
);

}  // namespace
}  // namespace parley::websocket
