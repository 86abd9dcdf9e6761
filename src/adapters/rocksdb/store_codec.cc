#include "adapters/rocksdb/store_codec.h"

#include <algorithm>
#include <utility>

#include "base/assert.h"
#include "base/binary.h"

namespace parley::rocksdb_store {
namespace {

using binary::Reader;

constexpr std::uint8_t kRunVersion = 1;
constexpr std::uint8_t kStateVersion = 1;
constexpr std::uint8_t kRingVersion = 1;
constexpr std::size_t kLaneKeyBytes = kLaneKeyStart.size() + sizeof(std::uint32_t);
/// An event cannot be shorter than this: bounds what a count may promise.
constexpr std::size_t kEventBytesMin = 2 * sizeof(Uuid);
constexpr std::size_t kMemberBytesMin = sizeof(Uuid);

Error damaged(std::string_view what) {
    return {ErrorCode::internal, "message store: " + std::string(what)};
}

// --- events -------------------------------------------------------------------------------------

/// What the next event in a run is told relative to.
struct Before {
    std::int64_t time = 0;
    std::uint64_t ordinal = 0;
};

void encode_event(const core::Event& event, Before& before, std::string& out) {
    const auto later =
        static_cast<std::uint64_t>(event.time.ticks) - static_cast<std::uint64_t>(before.time);
    binary::put_varint(out, binary::zigzag(static_cast<std::int64_t>(later)));
    binary::put_varint(out, event.ordinal.value - before.ordinal);
    before = {.time = event.time.ticks, .ordinal = event.ordinal.value};
    binary::put_u8(out, static_cast<std::uint8_t>(event.type));
    binary::put_u8(out, static_cast<std::uint8_t>(event.message_type));
    binary::put_uuid(out, event.sender.uuid);
    binary::put_uuid(out, event.sender_device.uuid);
    binary::put_bytes(out, event.client_id);
    binary::put_bytes(out, event.content);
    binary::put_u8(out, event.reply_to.has_value() ? 1 : 0);
    if (event.reply_to) {
        binary::put_uuid(out, event.reply_to->uuid);
    }
    binary::put_varint(out, event.mentions.size());
    for (const UserId& user : event.mentions) {
        binary::put_uuid(out, user.uuid);
    }
}

core::MessageType message_type(Reader& in) {
    const std::uint8_t value = in.u8();
    if (value < static_cast<std::uint8_t>(core::MessageType::text) ||
        value > static_cast<std::uint8_t>(core::MessageType::file)) {
        in.fail();
        return core::MessageType::text;
    }
    return static_cast<core::MessageType>(value);
}

/// Reads one event; without `event` it reads over it.
void decode_event(Reader& in, Before& before, core::Event* event) {
    before.time = static_cast<std::int64_t>(
        static_cast<std::uint64_t>(before.time) +
        static_cast<std::uint64_t>(binary::unzigzag(in.varint()))
    );
    before.ordinal += in.varint();
    const std::uint8_t type = in.u8();
    if (type != static_cast<std::uint8_t>(core::EventType::message)) {
        in.fail();
    }
    const core::MessageType kind = message_type(in);
    const Uuid sender = in.uuid();
    const Uuid device = in.uuid();
    const std::string_view client_id = in.bytes();
    const std::string_view content = in.bytes();
    const std::uint8_t has_reply = in.u8();
    std::optional<MessageId> reply_to;
    if (has_reply > 1) {
        in.fail();
    } else if (has_reply == 1) {
        reply_to = MessageId{in.uuid()};
    }
    const std::uint64_t mentions = in.varint();
    if (mentions > in.left() / sizeof(Uuid)) {
        in.fail();
        return;
    }
    if (event == nullptr) {
        (void)in.raw_bytes(mentions * sizeof(Uuid));
        return;
    }
    event->ordinal = {before.ordinal};
    event->time = {before.time};
    event->type = core::EventType::message;
    event->message_type = kind;
    event->sender = {sender};
    event->sender_device = {device};
    event->client_id = client_id;
    event->content = content;
    event->reply_to = reply_to;
    event->mentions.reserve(static_cast<std::size_t>(mentions));
    for (std::uint64_t i = 0; i < mentions; ++i) {
        event->mentions.push_back({in.uuid()});
    }
}

struct Run {
    std::uint64_t first = 0;
    std::uint64_t count = 0;
    std::span<const std::byte> body;

    [[nodiscard]] std::uint64_t last() const noexcept { return first + count - 1; }
    /// One bit for each place in the block.
    [[nodiscard]] std::uint64_t places() const noexcept {
        const std::uint64_t ones = count == kBlockEvents ? ~0ULL : (1ULL << count) - 1;
        return ones << (first % kBlockEvents);
    }
};

/// All runs of a value are of one `block`, which the first of them says: one of another block is never
/// written here, and would hide events when values are joined.
Run read_run(Reader& in, std::optional<std::uint64_t>& block) {
    if (in.u8() != kRunVersion) {
        in.fail();
    }
    Run run;
    run.first = in.varint();
    run.count = in.varint();
    run.body = in.raw_bytes(in.varint());
    if (run.first == 0 || run.count == 0 || run.count > kBlockEvents ||
        run.body.size() < run.count * kEventBytesMin ||
        run.first % kBlockEvents + run.count > kBlockEvents ||
        block.value_or(block_of({run.first})) != block_of({run.first})) {
        in.fail();
    }
    block = block_of({run.first});
    return run;
}

Error damaged_run() {
    return damaged("a run of events is damaged, or of a newer format");
}

}  // namespace

std::string events_key(ConversationNumber number, std::uint64_t block) {
    std::string key;
    key.reserve(2 * sizeof(std::uint64_t));
    binary::put_u64_big(key, number.value);
    binary::put_u64_big(key, block);
    return key;
}

void encode_run(std::span<const core::EventPtr> events, std::string& out) {
    PARLEY_ASSERT(!events.empty());
    PARLEY_ASSERT(block_of(events.front()->seq) == block_of(events.back()->seq));
    // Keeps its memory from one run to the next.
    static thread_local std::string body;
    body.clear();
    Before before;
    std::uint64_t seq = events.front()->seq.value;
    for (const core::EventPtr& event : events) {
        PARLEY_ASSERT(event->seq.value == seq);
        encode_event(*event, before, body);
        ++seq;
    }
    binary::put_u8(out, kRunVersion);
    binary::put_varint(out, events.front()->seq.value);
    binary::put_varint(out, events.size());
    binary::put_bytes(out, body);
}

Result<std::string> join_runs(std::span<const std::string_view> values) {
    std::vector<std::string_view> runs;
    std::vector<std::uint64_t> places;
    std::size_t size = 0;
    std::optional<std::uint64_t> block;
    for (const std::string_view value : values) {
        Reader in(value);
        while (in.left() > 0) {
            const std::size_t before = in.left();
            const Run run = read_run(in, block);
            if (!in.ok()) {
                return damaged_run();
            }
            runs.push_back(value.substr(value.size() - before, before - in.left()));
            places.push_back(run.places());
        }
        size += value.size();
    }
    std::uint64_t covered = 0;
    for (std::size_t i = runs.size(); i > 0; --i) {
        if ((places[i - 1] & ~covered) == 0) {
            runs[i - 1] = {};
        }
        covered |= places[i - 1];
    }
    std::string joined;
    joined.reserve(size);
    for (const std::string_view run : runs) {
        joined += run;
    }
    return joined;
}

Result<void> decode_events(
    std::string_view value, Seq first, Seq last, std::span<core::EventPtr> out
) {
    PARLEY_ASSERT(out.size() > last.value - first.value);
    Reader in(value);
    std::optional<std::uint64_t> block;
    while (in.left() > 0) {
        const Run run = read_run(in, block);
        if (!in.ok()) {
            return damaged_run();
        }
        if (run.last() < first.value || run.first > last.value) {
            continue;
        }
        Reader body(run.body);
        Before before;
        for (std::uint64_t i = 0; i < run.count; ++i) {
            const std::uint64_t seq = run.first + i;
            if (seq < first.value || seq > last.value) {
                decode_event(body, before, nullptr);
                continue;
            }
            auto event = std::make_shared<core::Event>();
            event->seq = {seq};
            decode_event(body, before, event.get());
            out[static_cast<std::size_t>(seq - first.value)] = std::move(event);
        }
        if (!body.done()) {
            return damaged_run();
        }
    }
    return {};
}

Result<BlockTimes> decode_times(std::string_view value) {
    BlockTimes times;
    Reader in(value);
    std::optional<std::uint64_t> block;
    while (in.left() > 0) {
        const Run run = read_run(in, block);
        if (!in.ok()) {
            return damaged_run();
        }
        Reader body(run.body);
        Before before;
        // By count: behind the last place there is, `first` and on begins again at 0.
        for (std::uint64_t i = 0; i < run.count; ++i) {
            decode_event(body, before, nullptr);
            times[(run.first + i) % kBlockEvents] = Timestamp{before.time};
        }
        if (!body.done()) {
            return damaged_run();
        }
    }
    return times;
}

// --- states -------------------------------------------------------------------------------------

std::string state_key(ConversationNumber number) {
    std::string key;
    binary::put_u64_big(key, number.value);
    return key;
}

void encode_state(const core::ConversationState& state, std::string& out) {
    binary::put_u8(out, kStateVersion);
    binary::put_u8(out, static_cast<std::uint8_t>(state.type));
    binary::put_varint(out, state.head.value);
    binary::put_varint(out, state.ordinal.value);
    binary::put_u64(out, static_cast<std::uint64_t>(state.last_time.ticks));
    binary::put_varint(out, state.rev);
    binary::put_varint(out, state.position.epoch);
    binary::put_varint(out, state.position.offset);
    binary::put_varint(out, state.changed_at);
    binary::put_varint(out, state.members.size());
    for (const core::Member& member : state.members) {
        binary::put_uuid(out, member.user.uuid);
        binary::put_varint(out, member.cursor.delivered.value);
        binary::put_varint(out, member.cursor.read.value);
        binary::put_varint(out, member.cursor.read_ordinal.value);
        binary::put_varint(out, member.sends.count());
    }
}

Result<StoredState> decode_state(ConversationNumber number, std::string_view value) {
    Reader in(value);
    const std::uint8_t version = in.u8();
    if (in.ok() && version != kStateVersion) {
        return damaged(
            "a state has version " + std::to_string(version) + ", newer than this program"
        );
    }
    StoredState stored;
    core::ConversationState& state = stored.state;
    state.number = number;
    const std::uint8_t type = in.u8();
    if (type != static_cast<std::uint8_t>(core::ConversationType::direct) &&
        type != static_cast<std::uint8_t>(core::ConversationType::group)) {
        in.fail();
    }
    state.type = static_cast<core::ConversationType>(type);
    state.head.value = in.varint();
    state.ordinal.value = in.varint();
    state.last_time.ticks = static_cast<std::int64_t>(in.u64());
    state.rev = in.varint();
    const std::uint64_t epoch = in.varint();
    if (epoch > ~std::uint32_t{0}) {
        in.fail();
    }
    state.position = {.epoch = static_cast<std::uint32_t>(epoch), .offset = in.varint()};
    state.changed_at = in.varint();
    const std::uint64_t members = in.varint();
    if (members > in.left() / kMemberBytesMin) {
        in.fail();
    }
    for (std::uint64_t i = 0; in.ok() && i < members; ++i) {
        core::Member& member = state.members.emplace_back();
        member.user.uuid = in.uuid();
        member.cursor.delivered.value = in.varint();
        member.cursor.read.value = in.varint();
        member.cursor.read_ordinal.value = in.varint();
        stored.sends.push_back(in.varint());
    }
    if (!in.done()) {
        return damaged("the state of conversation " + std::to_string(number.value) + " is damaged");
    }
    return stored;
}

// --- send rings ---------------------------------------------------------------------------------

namespace {

struct PlacedEntry {
    std::size_t place = 0;
    core::SendEntry entry;
};

void encode_entry(std::size_t place, const core::SendEntry& entry, std::string& out) {
    binary::put_u8(out, static_cast<std::uint8_t>(place));
    binary::put_u64(out, entry.client_id.high);
    binary::put_u64(out, entry.client_id.low);
    binary::put_u64(out, entry.payload);
    binary::put_varint(out, entry.seq.value);
    binary::put_u64(out, static_cast<std::uint64_t>(entry.time.ticks));
}

/// Reads the operands of a block into it; false for damage.
bool read_ring(std::string_view value, RingBlock& block) {
    Reader in(value);
    while (in.left() > 0) {
        if (in.u8() != kRingVersion) {
            return false;
        }
        const std::uint8_t count = in.u8();
        for (std::uint8_t i = 0; i < count; ++i) {
            const std::uint8_t place = in.u8();
            core::SendEntry entry;
            entry.client_id.high = in.u64();
            entry.client_id.low = in.u64();
            entry.payload = in.u64();
            entry.seq.value = in.varint();
            entry.time.ticks = static_cast<std::int64_t>(in.u64());
            if (!in.ok() || place >= block.size()) {
                return false;
            }
            block[place] = entry;
        }
        if (count == 0 || count > block.size()) {
            return false;
        }
    }
    return in.ok();
}

Error damaged_ring() {
    return damaged("a send ring is damaged, or of a newer format");
}

}  // namespace

std::string ring_key(ConversationNumber number, const UserId& user, std::size_t block) {
    std::string key;
    key.reserve(sizeof(std::uint64_t) + sizeof(Uuid) + 1);
    binary::put_u64_big(key, number.value);
    binary::put_uuid(key, user.uuid);
    binary::put_u8(key, static_cast<std::uint8_t>(block));
    return key;
}

void encode_ring(const core::SendRing& ring, std::size_t block, Seq from, std::string& out) {
    PARLEY_ASSERT(block < core::SendRing::kBlocks);
    const std::size_t start = block * core::SendRing::kBlockEntries;
    if (ring.entries().size() <= start) {
        return;
    }
    const auto entries = ring.entries().subspan(start);
    const std::size_t in_block = std::min(entries.size(), core::SendRing::kBlockEntries);
    static thread_local std::string body;
    body.clear();
    std::uint8_t count = 0;
    for (std::size_t place = 0; place < in_block; ++place) {
        if (entries[place].seq >= from) {
            encode_entry(place, entries[place], body);
            ++count;
        }
    }
    if (count > 0) {
        binary::put_u8(out, kRingVersion);
        binary::put_u8(out, count);
        out += body;
    }
}

Result<std::string> join_rings(std::span<const std::string_view> values) {
    RingBlock block;
    for (const std::string_view value : values) {
        if (!read_ring(value, block)) {
            return damaged_ring();
        }
    }
    std::string body;
    std::uint8_t count = 0;
    for (std::size_t place = 0; place < block.size(); ++place) {
        if (block[place]) {
            encode_entry(place, *block[place], body);
            ++count;
        }
    }
    std::string joined;
    if (count > 0) {
        binary::put_u8(joined, kRingVersion);
        binary::put_u8(joined, count);
        joined += body;
    }
    return joined;
}

Result<RingBlock> decode_ring(std::string_view value) {
    RingBlock block;
    if (!read_ring(value, block)) {
        return damaged_ring();
    }
    return block;
}

// --- default ------------------------------------------------------------------------------------

std::string lane_key(std::uint32_t lane) {
    std::string key(kLaneKeyStart);
    binary::put_u32(key, lane);
    return key;
}

std::optional<std::uint32_t> parse_lane_key(std::string_view key) noexcept {
    if (key.size() != kLaneKeyBytes || !key.starts_with(kLaneKeyStart)) {
        return std::nullopt;
    }
    return Reader(key.substr(kLaneKeyStart.size())).u32();
}

std::string encode_position(LogPosition position) {
    std::string value;
    binary::put_u32(value, position.epoch);
    binary::put_u64(value, position.offset);
    return value;
}

Result<LogPosition> decode_position(std::string_view value) {
    Reader in(value);
    const std::uint32_t epoch = in.u32();
    const std::uint64_t offset = in.u64();
    if (!in.done()) {
        return damaged("the log position of a lane is damaged");
    }
    return LogPosition{.epoch = epoch, .offset = offset};
}

std::string encode_format() {
    std::string value;
    binary::put_u32(value, kStoreFormat);
    return value;
}

Result<void> check_format(std::string_view value) {
    Reader in(value);
    const std::uint32_t format = in.u32();
    if (!in.done()) {
        return damaged("its format number is damaged");
    }
    if (format != kStoreFormat) {
        return damaged(
            "it has format " + std::to_string(format) + ", this program knows format " +
            std::to_string(kStoreFormat) +
            ". Start the newer version again, or restore a backup of "
            "this one"
        );
    }
    return {};
}

}  // namespace parley::rocksdb_store
