#include "adapters/rocksdb/store_codec.h"

#include <algorithm>
#include <random>

#include <gtest/gtest.h>

namespace parley::rocksdb_store {
namespace {

using Engine = std::mt19937_64;
using Events = std::vector<core::EventPtr>;

Uuid any_uuid(Engine& chance) {
    return {.high = chance(), .low = chance()};
}
std::uint64_t any_number(Engine& chance) {
    return chance() >> (chance() % 64);
}
std::string any_text(Engine& chance, std::size_t longest) {
    std::string text(chance() % (longest + 1), '\0');
    for (char& c : text) {
        c = static_cast<char>(chance());
    }
    return text;
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
}

TEST(StoreCodec, TheLastPlaceOfAllIsReadAndTheReadingEnds) {
    Engine chance(7);
    constexpr std::uint64_t kLastOfAll = ~std::uint64_t{0};
    const Events events = any_events(chance, kLastOfAll, 1);
    const std::string value = run_of(events);
    EXPECT_TRUE(same(decode(value, kLastOfAll, kLastOfAll).front(), events.front()));
    const BlockTimes times = *decode_times(value);
    EXPECT_EQ(times[kBlockEvents - 1], events.front()->time);
}

core::ConversationState any_state(Engine& chance) {
    core::ConversationState state;
    state.number = {chance() >> 2U};
    state.type = static_cast<core::ConversationType>(1 + chance() % 2);
    state.head = {any_number(chance)};
    state.ordinal = {any_number(chance)};
    state.last_time = {static_cast<std::int64_t>(any_number(chance))};
    state.rev = any_number(chance);
    state.position = {static_cast<std::uint32_t>(any_number(chance)), any_number(chance)};
    state.changed_at = any_number(chance);
    for (std::uint64_t members = chance() % 5; members > 0; --members) {
        core::Member& member = state.members.emplace_back();
        member.user = {any_uuid(chance)};
        member.cursor = {{any_number(chance)}, {any_number(chance)}, {any_number(chance)}};
        for (std::uint64_t sends = chance() % 300; sends > 0; --sends) {
            member.sends.add({{chance(), chance()}, chance(), {any_number(chance)}, {7}});
        }
    }
    return state;
}

core::SendRing through_its_blocks(const core::SendRing& ring) {
    std::vector<core::SendEntry> entries;
    for (std::size_t block = 0; block < core::SendRing::kBlocks; ++block) {
        std::string value;
        encode_ring(ring, block, {}, value);
        const auto decoded = decode_ring(value);
        EXPECT_TRUE(decoded.ok());
        for (const auto& entry : *decoded) {
            if (entry) {
                entries.push_back(*entry);
            }
        }
    }
    return core::SendRing::restore(ring.count(), std::move(entries));
}

TEST(StoreCodec, StatesAndRingsComeBack) {
    Engine chance(4);
    for (int i = 0; i < 300; ++i) {
        const core::ConversationState state = any_state(chance);
        std::string value;
        encode_state(state, value);
        auto stored = decode_state(state.number, value);
        ASSERT_TRUE(stored.ok()) << stored.error().detail;
        for (std::size_t m = 0; m < state.members.size(); ++m) {
            ASSERT_EQ(stored->sends[m], state.members[m].sends.count());
            stored->state.members[m].sends = through_its_blocks(state.members[m].sends);
        }
        ASSERT_EQ(stored->state, state);
        for (std::size_t size = 0; size < value.size(); ++size) {
            ASSERT_FALSE(decode_state(state.number, value.substr(0, size)).ok());
        }
        ASSERT_FALSE(decode_state(state.number, value + '\0').ok());
    }
}

TEST(StoreCodec, OfARingOnlyWhatIsNewEnoughIsWritten) {
    core::SendRing ring;
    for (std::uint64_t i = 1; i <= 20; ++i) {
        ring.add({{i, i}, i, {i * 10}, {}});
    }
    std::string value;
    encode_ring(ring, 0, {151}, value);
    const RingBlock block = *decode_ring(value);
    EXPECT_EQ(std::ranges::count_if(block, [](const auto& e) { return e.has_value(); }), 1);
    EXPECT_EQ(block[15]->seq, Seq{160});
    value.clear();
    encode_ring(ring, 0, {161}, value);
    encode_ring(ring, 2, {}, value);
    EXPECT_TRUE(value.empty());
}

TEST(StoreCodec, LaterRingEntriesCount) {
    core::SendRing ring;
    std::vector<std::string> values;
    for (std::uint64_t i = 1; i <= 300; ++i) {
        ring.add({{i, i}, i, {i}, {}});
        const std::size_t block = (i - 1) % core::kSendRingEntries / core::SendRing::kBlockEntries;
        if (block == 1) {
            encode_ring(ring, block, {i}, values.emplace_back());
        }
    }
    const std::vector<std::string_view> views(values.begin(), values.end());
    const RingBlock block = *decode_ring(*join_rings(views));
    for (std::size_t place = 0; place < block.size(); ++place) {
        ASSERT_TRUE(block[place].has_value());
        EXPECT_EQ(*block[place], ring.entries()[16 + place]);
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
