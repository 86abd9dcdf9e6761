#include "adapters/rocksdb/store_codec.h"

#include <algorithm>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "base/binary.h"
#include "tests/fakes/random_fields.h"

namespace parley::rocksdb_store {
namespace {

using fakes::any_number;
using fakes::Engine;
using Events = std::vector<core::EventPtr>;

Uuid any_uuid(Engine& chance) {
    return {.high = chance(), .low = chance()};
}
std::string any_text(Engine& chance, std::size_t longest) {
    std::string text(chance() % (longest + 1), '\0');
    for (char& c : text) {
        c = static_cast<char>(chance());
    }
    return text;
}

void add_what_few_have(Engine& chance, core::Event& event) {
    fakes::RandomFields random(chance);
    event.hidden = chance() % 2 == 0;
    random(event.media, event.ttl_seconds, event.amendment, event.change);
    if (event.change != nullptr) {
        event.type = core::type_of(*event.change);
    }
}

core::EventPtr any_event(Engine& chance, std::uint64_t seq) {
    auto event = std::make_shared<core::Event>();
    event->seq = {seq};
    event->ordinal = {any_number(chance)};
    event->time = {static_cast<std::int64_t>(any_number(chance))};
    event->sender = {any_uuid(chance)};
    event->sender_device = {any_uuid(chance)};
    event->client_id = any_text(chance, 64);
    event->message_type = static_cast<core::MessageType>(1 + chance() % 5);
    event->content = any_text(chance, 500);
    if (chance() % 2 == 0) {
        event->reply_to = MessageId{any_uuid(chance)};
    }
    event->mentions.resize(chance() % 4);
    for (UserId& user : event->mentions) {
        user = {any_uuid(chance)};
    }
    if (chance() % 2 == 0) {
        add_what_few_have(chance, *event);
    }
    return event;
}

Events any_events(Engine& chance, std::uint64_t first, std::size_t count) {
    Events events;
    for (std::size_t i = 0; i < count; ++i) {
        events.push_back(any_event(chance, first + i));
    }
    return events;
}

std::string run_of(std::span<const core::EventPtr> events) {
    std::string value;
    encode_run(events, value);
    return value;
}

Events decode(std::string_view value, std::uint64_t first, std::uint64_t last) {
    Events found(last - first + 1);
    const auto done = decode_events(value, {first}, {last}, found);
    EXPECT_TRUE(done.ok());
    return found;
}

bool same(const core::EventPtr& one, const core::EventPtr& other) {
    return (one == nullptr) == (other == nullptr) && (one == nullptr || *one == *other);
}

TEST(StoreCodec, EventsComeBackFromTheirRuns) {
    Engine chance(1);
    for (int i = 0; i < 300; ++i) {
        const std::uint64_t block = chance() % 1'000;
        const std::uint64_t first = block * kBlockEvents + 1 + chance() % 40;
        const Events events = any_events(chance, first, 1 + chance() % 20);
        const std::string value = run_of(events);
        const std::uint64_t from = first + chance() % events.size();
        const std::uint64_t to = from + chance() % 30;
        const Events found = decode(value, from, to);
        for (std::uint64_t seq = from; seq <= to; ++seq) {
            const std::uint64_t at = seq - first;
            const core::EventPtr expected = at < events.size() ? events[at] : nullptr;
            ASSERT_TRUE(same(found[seq - from], expected));
        }
    }
}

TEST(StoreCodec, TheLaterOfTwoRunsCountsJoinedOrNot) {
    Engine chance(2);
    for (int i = 0; i < 300; ++i) {
        Events expected(kBlockEvents);
        std::vector<std::string> values;
        std::string all;
        for (std::uint64_t runs = 1 + chance() % 12; runs > 0; --runs) {
            const std::uint64_t place = chance() % kBlockEvents;
            const std::size_t count = 1 + chance() % (kBlockEvents - place);
            const Events events = any_events(chance, kBlockEvents + place, count);
            std::ranges::copy(events, expected.begin() + static_cast<std::ptrdiff_t>(place));
            values.push_back(run_of(events));
            all += values.back();
        }
        const std::vector<std::string_view> views(values.begin(), values.end());
        const std::string joined = *join_runs(views);
        // Joining in two steps is joining in one.
        const std::size_t cut = chance() % views.size();
        const std::string older = *join_runs(std::span(views).first(cut));
        const std::string newer = *join_runs(std::span(views).subspan(cut));
        const std::vector<std::string_view> two = {older, newer};
        for (const std::string& value : {all, joined, *join_runs(two)}) {
            const Events found = decode(value, kBlockEvents, 2 * kBlockEvents - 1);
            const BlockTimes times = *decode_times(value);
            for (std::size_t place = 0; place < kBlockEvents; ++place) {
                ASSERT_TRUE(same(found[place], expected[place]));
                ASSERT_EQ(times[place].has_value(), expected[place] != nullptr);
                if (times[place]) {
                    ASSERT_EQ(*times[place], expected[place]->time);
                }
            }
        }
    }
}

TEST(StoreCodec, JoiningTheSameAgainDoesNotGrow) {
    Engine chance(3);
    const std::string value = run_of(any_events(chance, 64, 30));
    const std::vector<std::string_view> twice = {value, value, value};
    EXPECT_EQ(*join_runs(twice), value);
}

TEST(StoreCodec, RunsOfTwoBlocksAreNoValue) {
    Engine chance(6);
    const std::string one = run_of(any_events(chance, kBlockEvents, 1));
    const std::string other = run_of(any_events(chance, 2 * kBlockEvents, 1));
    const std::string both = one + other;
    Events found(kBlockEvents);
    EXPECT_FALSE(decode_events(both, {kBlockEvents}, {2 * kBlockEvents - 1}, found).ok());
    EXPECT_FALSE(decode_times(both).ok());
    EXPECT_FALSE(join_runs(std::vector<std::string_view>{both}).ok());
    EXPECT_FALSE(join_runs(std::vector<std::string_view>{one, other}).ok());
    std::string cut;
    encode_cut({2 * kBlockEvents}, cut);
    EXPECT_FALSE(join_runs(std::vector<std::string_view>{one, cut}).ok());
}

TEST(StoreCodec, TheLastPlaceOfAllIsReadAndTheReadingEnds) {
    Engine chance(7);
    constexpr std::uint64_t kLastOfAll = ~std::uint64_t{0};
    const Events events = any_events(chance, kLastOfAll, 1);
    const std::string value = run_of(events);
    EXPECT_TRUE(same(decode(value, kLastOfAll, kLastOfAll).front(), events.front()));
    const BlockTimes times = *decode_times(value);
    EXPECT_EQ(times[kBlockEvents - 1], events.front()->time);
    std::string cut = value;
    encode_cut({kLastOfAll}, cut);
    EXPECT_EQ(decode(cut, kLastOfAll, kLastOfAll).front(), nullptr);
    EXPECT_EQ(decode_times(cut)->back(), std::nullopt);
    EXPECT_TRUE(join_runs(std::vector<std::string_view>{value, cut}).ok());
}

/// A state that core could not have come to, but every field of which is there.
core::ConversationState any_state(Engine& chance) {
    fakes::RandomFields random(chance);
    core::ConversationState state;
    state.number = {chance() >> 2U};
    state.type = static_cast<core::ConversationType>(1 + chance() % 2);
    std::uint32_t epoch = 0;
    random(state.head, state.ordinal, state.last_time, state.rev);
    random(epoch, state.position.offset, state.changed_at);
    state.position.epoch = epoch;
    random(state.expired, state.expired_ordinal, state.expiring, state.expires_at);
    random(state.gone, state.active, state.info);
    if (state.type == core::ConversationType::group && state.info == nullptr) {
        state.info = std::make_shared<core::ConversationInfo>();
    }
    return state;
}

std::vector<ports::MemberWrite> any_members(Engine& chance, std::size_t count) {
    fakes::RandomFields random(chance);
    std::vector<ports::MemberWrite> members(count);
    for (std::uint32_t i = 0; i < count; ++i) {
        members[i].index = i;
        random(members[i].member, members[i].sends);
        if (chance() % 10 == 0) {
            members[i].member.user = {};
        }
    }
    return members;
}

void expect_members(const StoredState& stored, std::span<const ports::MemberWrite> members) {
    ASSERT_EQ(stored.state.members.size(), members.size());
    for (std::size_t i = 0; i < members.size(); ++i) {
        ASSERT_EQ(stored.state.members[i], members[i].member);
        ASSERT_EQ(stored.sends[i], members[i].sends);
    }
}

TEST(StoreCodec, AStateHasTheMembersOfASmallConversation) {
    Engine chance(4);
    for (int i = 0; i < 200; ++i) {
        const core::ConversationState state = any_state(chance);
        const auto members = any_members(chance, chance() % (ports::kMembersWrittenWhole + 1));
        const auto total = static_cast<std::uint32_t>(members.size());
        std::string value;
        encode_state(state, total, members, value);
        const auto stored = decode_state(state.number, value);
        ASSERT_TRUE(stored.ok()) << stored.error().detail;
        ASSERT_EQ(stored->members_total, total);
        expect_members(*stored, members);
        ASSERT_EQ(core::without_members(stored->state), state);
        for (std::size_t size = 0; size < value.size(); size += 1 + size / 50) {
            ASSERT_FALSE(decode_state(state.number, value.substr(0, size)).ok());
        }
        ASSERT_FALSE(decode_state(state.number, value + '\0').ok());
    }
}

TEST(StoreCodec, TheMembersOfALargeConversationHaveRowsOfTheirOwn) {
    Engine chance(6);
    const core::ConversationState state = any_state(chance);
    const auto members = any_members(chance, 300);
    std::string value;
    encode_state(state, 300, members, value);
    auto stored = decode_state(state.number, value);
    ASSERT_TRUE(stored.ok()) << stored.error().detail;
    EXPECT_EQ(stored->members_total, 300U);
    EXPECT_TRUE(stored->state.members.empty());
    std::string before;
    for (const ports::MemberWrite& member : members) {
        const std::string key = member_key(state.number, member.index);
        EXPECT_TRUE(key.starts_with(state_key(state.number)));
        EXPECT_LT(before, key);
        before = key;
        std::string row;
        encode_member(member, row);
        StoredState other = *stored;
        ASSERT_FALSE(decode_member(row.substr(0, row.size() - 1), other).ok());
        ASSERT_FALSE(decode_member(row + '\0', other).ok());
        ASSERT_TRUE(decode_member(row, *stored).ok());
    }
    expect_members(*stored, members);
}

TEST(StoreCodec, AUserIsAMemberOnce) {
    Engine chance(7);
    auto members = any_members(chance, 2);
    members[0].member.user = members[1].member.user = {any_uuid(chance)};
    std::string value;
    encode_state(any_state(chance), 2, members, value);
    EXPECT_FALSE(decode_state({7}, value).ok());
}

// What the first version wrote: direct conversations, and of a member their cursor.
TEST(StoreCodec, AStateOfTheFirstVersionIsRead) {
    const ConversationNumber number{12'345};
    const UserId one{{.high = 1, .low = 2}};
    const UserId other{{.high = 3, .low = 4}};
    std::string value;
    binary::put_u8(value, 1);
    binary::put_u8(value, 1);
    binary::put_varint(value, 9);
    binary::put_varint(value, 8);
    binary::put_u64(value, 17'000'000'000'000'000);
    for (const std::uint64_t field : {20U, 1U, 30U, 29U}) {
        binary::put_varint(value, field);
    }
    binary::put_varint(value, 2);
    for (const UserId& user : {one, other}) {
        binary::put_uuid(value, user.uuid);
        for (const std::uint64_t field : {7U, 6U, 5U, 40U}) {
            binary::put_varint(value, field);
        }
    }
    const auto stored = decode_state(number, value);
    ASSERT_TRUE(stored.ok()) << stored.error().detail;
    core::ConversationState expected;
    expected.number = number;
    expected.head = {9};
    expected.ordinal = {8};
    expected.last_time = {17'000'000'000'000'000};
    expected.rev = 20;
    expected.position = {1, 30};
    expected.changed_at = 29;
    expected.active = 2;
    for (const UserId& user : {one, other}) {
        expected.members.add(core::Member{
            .user = user,
            .joined_at = creation_time(number),
            .first = {1},
            .cursor = {.delivered = {7}, .read = {6}, .read_ordinal = {5}}
        });
    }
    EXPECT_EQ(stored->state, expected);
    EXPECT_EQ(stored->sends, (std::vector<std::uint64_t>{40, 40}));
    EXPECT_EQ(stored->members_total, 2U);
}

TEST(StoreCodec, AStateOfANewerVersionIsNamed) {
    const auto newer = decode_state({1}, "\x09");
    ASSERT_FALSE(newer.ok());
    EXPECT_NE(newer.error().detail.find("version 9"), std::string::npos) << newer.error().detail;
}

TEST(StoreCodec, OfWhatACutHidesNothingStays) {
    Engine chance(8);
    for (int i = 0; i < 200; ++i) {
        const Events events = any_events(chance, kBlockEvents, kBlockEvents);
        const std::uint64_t through = kBlockEvents + chance() % (kBlockEvents - 1);
        std::string cut;
        encode_cut({through}, cut);
        const std::string run = run_of(events);
        const std::vector<std::string_view> parts = {run, cut};
        const std::string joined = *join_runs(parts);
        const Events found = decode(joined, kBlockEvents, 2 * kBlockEvents - 1);
        for (std::size_t place = 0; place < found.size(); ++place) {
            const bool stays = kBlockEvents + place > through;
            ASSERT_TRUE(same(found[place], stays ? events[place] : nullptr));
        }
        ASSERT_TRUE((*decode_times(joined)).back().has_value());
        // The same cut again changes nothing.
        const std::vector<std::string_view> again = {joined, cut};
        ASSERT_EQ(*join_runs(again), joined);
        // Content is nowhere in the bytes any more.
        const std::string& gone = events.front()->content;
        ASSERT_TRUE(gone.size() < 8 || joined.find(gone) == std::string::npos);
    }
}

TEST(StoreCodec, WhatWasRewrittenIsNowhereInTheBytes) {
    Engine chance(9);
    const Events events = any_events(chance, 70, 10);
    auto erased = std::make_shared<core::Event>(*events[4]);
    erased->content.clear();
    auto secret = std::make_shared<core::Event>(*events[4]);
    secret->content = "what nobody is to find";
    Events before = events;
    before[4] = secret;
    const core::EventPtr after = erased;
    const std::string older = run_of(before);
    const std::string newer = run_of({&after, 1});
    const std::vector<std::string_view> parts = {older, newer};
    const std::string joined = *join_runs(parts);
    EXPECT_EQ(joined.find(secret->content), std::string::npos);
    before[4] = erased;
    const Events found = decode(joined, 70, 79);
    EXPECT_TRUE(std::ranges::equal(found, before, same));
}

// --- send rings ---------------------------------------------------------------------------------

std::string ring_part(std::span<const PlacedEntry> entries) {
    std::string value;
    encode_ring(entries, value);
    return value;
}

TEST(StoreCodec, LaterRingEntriesCount) {
    core::SendRing ring;
    std::vector<std::string> values;
    for (std::uint64_t i = 1; i <= 300; ++i) {
        const core::SendEntry entry{
            .client_id = {i, i}, .payload = i, .seq = {i}, .time = {static_cast<std::int64_t>(i)}
        };
        ring.add(entry);
        const std::size_t place = (i - 1) % core::kSendRingEntries;
        if (place / core::SendRing::kBlockEntries == 1) {
            const PlacedEntry placed{
                .place = place % core::SendRing::kBlockEntries, .entry = entry
            };
            values.push_back(ring_part({&placed, 1}));
        }
    }
    const std::vector<std::string_view> views(values.begin(), values.end());
    const std::string joined = *join_rings(views);
    const std::vector<std::string_view> again = {joined, values.back()};
    EXPECT_EQ(*join_rings(again), joined);
    const RingBlock block = *decode_ring(joined);
    for (std::size_t place = 0; place < block.size(); ++place) {
        ASSERT_TRUE(block[place].has_value());
        EXPECT_EQ(*block[place], ring.entries()[16 + place]);
    }
    for (std::size_t size = 1; size < joined.size(); ++size) {
        EXPECT_FALSE(decode_ring(joined.substr(0, size)).ok());
    }
}

TEST(StoreCodec, DamageIsNoticedOrGivesEventsOfTheRightPlaces) {
    Engine chance(5);
    const std::string value = run_of(any_events(chance, 70, 5)) + run_of(any_events(chance, 74, 5));
    for (std::size_t at = 0; at < value.size(); ++at) {
        std::string damaged = value;
        const unsigned flipped = static_cast<unsigned char>(value[at]) ^ (1U << (chance() % 8));
        damaged[at] = static_cast<char>(flipped);
        Events found(64);
        if (decode_events(damaged, {64}, {127}, found).ok()) {
            for (std::size_t i = 0; i < found.size(); ++i) {
                ASSERT_TRUE(found[i] == nullptr || found[i]->seq.value == 64 + i);
            }
        }
    }
}

TEST(StoreCodec, KeysSortByNumberAndPlace) {
    EXPECT_LT(events_key({1}, 255), events_key({1}, 256));
    EXPECT_LT(events_key({1}, ~0ULL), events_key({2}, 0));
    EXPECT_LT(state_key({255}), state_key({256}));
    EXPECT_EQ(events_key({0x0102}, 3), std::string("\0\0\0\0\0\0\1\2\0\0\0\0\0\0\0\3", 16));
    EXPECT_EQ(parse_lane_key(lane_key(77)), 77U);
    EXPECT_EQ(parse_lane_key(kFormatKey), std::nullopt);
    EXPECT_EQ(*decode_position(encode_position({3, 9})), (LogPosition{3, 9}));
    EXPECT_FALSE(decode_position("short").ok());
}

TEST(StoreCodec, ANewerFormatIsNamed) {
    EXPECT_TRUE(check_format(encode_format()).ok());
    EXPECT_EQ(check_format("").error().code, ErrorCode::internal);
    const auto newer = check_format(std::string("\2\0\0\0", 4));
    ASSERT_FALSE(newer.ok());
    EXPECT_NE(newer.error().detail.find("format 2"), std::string::npos);
}

}  // namespace
}  // namespace parley::rocksdb_store
