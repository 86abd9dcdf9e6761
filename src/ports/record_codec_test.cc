#include "ports/record_codec.h"

#include <random>

#include <gtest/gtest.h>

#include "base/binary.h"
#include "tests/fakes/random_fields.h"

namespace parley::ports {
namespace {

using Engine = fakes::Engine;
using fakes::any_number;

template <std::size_t... I>
core::Command any_of(Engine& chance, std::size_t index, std::index_sequence<I...> /*all*/) {
    core::Command command;
    fakes::RandomFields fill(chance);
    ((index == I ? fill(command.emplace<I>()) : void()), ...);
    return command;
}

core::Command any_command(Engine& chance) {
    constexpr std::size_t kKinds = std::variant_size_v<core::Command>;
    core::Command command = any_of(chance, chance() % kKinds, std::make_index_sequence<kKinds>{});
    if (auto* open = std::get_if<core::OpenDirect>(&command); open != nullptr) {
        const auto [first, second] = std::minmax(open->first, open->second);
        command = core::OpenDirect{.first = first, .second = second};
    }
    return command;
}

core::Record any_record(Engine& chance) {
    return {
        .conversation = {any_number(chance) >> 2U},
        .time = {static_cast<std::int64_t>(any_number(chance))},
        .rules = core::kRulesNow,
        .command = any_command(chance)
    };
}

Result<core::Record> decode(std::string_view bytes) {
    return decode_record(binary::as_bytes(bytes));
}

TEST(RecordCodec, WhatIsEncodedIsDecodedAgain) {
    Engine chance(1);
    for (int i = 0; i < 5'000; ++i) {
        const core::Record record = any_record(chance);
        std::string bytes = "before";
        encode_record(record, bytes);
        auto back = decode(std::string_view(bytes).substr(6));
        ASSERT_TRUE(back.ok()) << back.error().detail;
        ASSERT_EQ(*back, record);
    }
}

TEST(RecordCodec, EveryShorterFormAndEveryLongerFormIsRefused) {
    Engine chance(2);
    for (int i = 0; i < 200; ++i) {
        std::string bytes;
        encode_record(any_record(chance), bytes);
        for (std::size_t size = 0; size < std::min<std::size_t>(bytes.size(), 400); ++size) {
            ASSERT_FALSE(decode(std::string_view(bytes).substr(0, size)).ok());
        }
        ASSERT_FALSE(decode(std::string_view(bytes).substr(0, bytes.size() - 1)).ok());
        ASSERT_FALSE(decode(bytes + '\0').ok());
    }
}

TEST(RecordCodec, WhatIsAcceptedHasOneForm) {
    Engine chance(3);
    for (int i = 0; i < 20'000; ++i) {
        std::string bytes;
        encode_record(any_record(chance), bytes);
        char& changed = bytes[chance() % std::min<std::size_t>(bytes.size(), 64)];
        changed = static_cast<char>(static_cast<unsigned char>(changed) ^ (1U << (chance() % 8)));
        const auto back = decode(bytes);
        if (back.ok() && bytes[0] == 2) {
            std::string again;
            encode_record(*back, again);
            ASSERT_EQ(again, bytes);
        }
    }
}

TEST(RecordCodec, SaysWhyItRefuses) {
    std::string bytes;
    core::Record record;
    record.command = core::MoveCursor{};
    encode_record(record, bytes);
    const auto changed = [&bytes](std::size_t at, char value) {
        std::string other = bytes;
        other[at] = value;
        return decode(other).error();
    };
    EXPECT_EQ(changed(0, 3).code, ErrorCode::internal);
    EXPECT_EQ(changed(0, 3).detail, "log record: format version 3 is unknown to this program");
    EXPECT_EQ(changed(1, 19).detail, "log record: command 19 is unknown to this program");
    EXPECT_EQ(changed(2, 7).detail, "log record: rules 7 are unknown to this program");
    EXPECT_EQ(changed(11, 0x40).detail, "log record: no conversation has this number");
    EXPECT_EQ(decode("").error().detail, "log record: too short");
}

TEST(RecordCodec, ASendOfTheFirstFormatHasNoMedia) {
    core::Record record;
    record.command = core::SendMessage{};
    std::string bytes;
    encode_record(record, bytes);
    bytes[0] = 1;
    bytes.resize(bytes.size() - sizeof(Uuid));
    const auto back = decode(bytes);
    ASSERT_TRUE(back.ok()) << back.error().detail;
    EXPECT_EQ(*back, record);
}

// The bytes are a promise: a change here is a new format version.
TEST(RecordCodec, TheBytesStayWhatTheyAre) {
    core::Record record{
        .conversation = {0x0102030405060708},
        .time = {0x1112131415161718},
        .rules = 1,
        .command = {}
    };
    record.command = core::SendMessage{
        .sender = {{.high = 1, .low = 2}},
        .sender_device = {{.high = 3, .low = 4}},
        .client_id = "c1",
        .message_type = core::MessageType::text,
        .content = "hi",
        .reply_to = std::nullopt,
        .mentions = {{{.high = 5, .low = 6}}}
    };
    std::string bytes;
    encode_record(record, bytes);
    std::string hex;
    for (const char c : bytes) {
        constexpr std::string_view kDigits = "0123456789abcdef";
        hex += kDigits[static_cast<unsigned char>(c) >> 4U];
        hex += kDigits[static_cast<unsigned char>(c) & 0xFU];
    }
    EXPECT_EQ(
        hex,
        "020201000807060504030201181716151413121100000000000000010000000000000002000000000000000300"
        "00"
        "0000000000040263310102686900010000000000000005"
        "0000000000000006"
        "00000000000000000000000000000000"
    );
}

}  // namespace
}  // namespace parley::ports
