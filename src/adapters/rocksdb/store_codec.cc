#include "adapters/rocksdb/store_codec.h"

#include <algorithm>
#include <utility>

#include "base/assert.h"
#include "base/binary.h"
#include "ports/fields.h"

namespace parley::rocksdb_store {
namespace {

using binary::Reader;

constexpr std::uint8_t kRunVersion = 1;
/// Stands where a run's version does.
constexpr std::uint8_t kCut = 255;
/// 2: groups, and what belongs to them.
constexpr std::uint8_t kStateVersion = 2;
constexpr std::uint8_t kMemberVersion = 1;
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

/// Where the first format said whether there is a reply: 0 or 1.
struct Flag {
    static constexpr unsigned kReply = 1;
    static constexpr unsigned kMedia = 2;
    static constexpr unsigned kTtl = 4;
    static constexpr unsigned kAmended = 8;
    static constexpr unsigned kHidden = 16;
    static constexpr unsigned kChange = 32;
    static constexpr unsigned kAll = 63;
};

unsigned flags_of(const core::Event& event) noexcept {
    return (event.reply_to ? Flag::kReply : 0U) | (event.media.is_nil() ? 0U : Flag::kMedia) |
           (event.ttl_seconds == 0 ? 0U : Flag::kTtl) |
           (event.amendment == nullptr ? 0U : Flag::kAmended) |
           (event.hidden ? Flag::kHidden : 0U) | (event.change == nullptr ? 0U : Flag::kChange);
}

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
    const unsigned flags = flags_of(event);
    binary::put_u8(out, static_cast<std::uint8_t>(flags));
    if (event.reply_to) {
        binary::put_uuid(out, event.reply_to->uuid);
    }
    binary::put_varint(out, event.mentions.size());
    for (const UserId& user : event.mentions) {
        binary::put_uuid(out, user.uuid);
    }
    if (flags <= Flag::kReply) {
        return;
    }
    ports::FieldWriter fields(out);
    if ((flags & Flag::kMedia) != 0) {
        fields(event.media);
    }
    if ((flags & Flag::kTtl) != 0) {
        fields(event.ttl_seconds);
    }
    if ((flags & Flag::kAmended) != 0) {
        fields(*event.amendment);
    }
    if ((flags & Flag::kChange) != 0) {
        fields(*event.change);
    }
}

template <class Enum>
Enum known_enum(Reader& in, Enum otherwise) {
    const auto value = static_cast<Enum>(in.u8());
    if (!ports::is_known(value)) {
        in.fail();
        return otherwise;
    }
    return value;
}

/// What only some events have.
void decode_rest(Reader& in, unsigned flags, core::Event& event) {
    ports::FieldReader fields(in, kRunVersion);
    event.hidden = (flags & Flag::kHidden) != 0;
    if ((flags & Flag::kMedia) != 0) {
        fields(event.media);
    }
    if ((flags & Flag::kTtl) != 0) {
        fields(event.ttl_seconds);
    }
    if ((flags & Flag::kAmended) != 0) {
        auto amendment = std::make_shared<core::Amendment>();
        fields(*amendment);
        event.amendment = std::move(amendment);
    }
    if ((flags & Flag::kChange) != 0) {
        auto change = std::make_shared<core::Change>();
        fields(*change);
        if (core::type_of(*change) != event.type) {
            in.fail();
        }
        event.change = std::move(change);
    }
}

/// Reads one event; without `event` it reads over it.
void decode_event(Reader& in, Before& before, core::Event* event) {
    before.time = static_cast<std::int64_t>(
        static_cast<std::uint64_t>(before.time) +
        static_cast<std::uint64_t>(binary::unzigzag(in.varint()))
    );
    before.ordinal += in.varint();
    const auto type = known_enum(in, core::EventType::message);
    const auto kind = known_enum(in, core::MessageType::text);
    const Uuid sender = in.uuid();
    const Uuid device = in.uuid();
    const std::string_view client_id = in.bytes();
    const std::string_view content = in.bytes();
    const unsigned flags = in.u8();
    std::optional<MessageId> reply_to;
    if (flags > Flag::kAll) {
        in.fail();
    } else if ((flags & Flag::kReply) != 0) {
        reply_to = MessageId{in.uuid()};
    }
    const std::uint64_t mentions = in.varint();
    if (mentions > in.left() / sizeof(Uuid)) {
        in.fail();
        return;
    }
    if (event == nullptr) {
        (void)in.raw_bytes(mentions * sizeof(Uuid));
        core::Event over;
        over.type = type;
        decode_rest(in, flags, over);
        return;
    }
    event->ordinal = {before.ordinal};
    event->time = {before.time};
    event->type = type;
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
    decode_rest(in, flags, *event);
}

/// A run, or a cut: then count is 0 and first is the place up to which all is gone.
struct Run {
    std::uint64_t first = 0;
    std::uint64_t count = 0;
    std::span<const std::byte> body;
    std::string_view whole;  ///< as it is stored

    [[nodiscard]] bool is_cut() const noexcept { return count == 0; }
    [[nodiscard]] std::uint64_t block() const noexcept { return first / kBlockEvents; }
    [[nodiscard]] std::uint64_t last() const noexcept { return first + count - 1; }
    /// One bit for each place in the block. A cut has its own and all before.
    [[nodiscard]] std::uint64_t places() const noexcept {
        if (is_cut()) {
            const std::uint64_t last_place = first % kBlockEvents;
            return last_place == kBlockEvents - 1 ? ~0ULL : (1ULL << (last_place + 1)) - 1;
        }
        const std::uint64_t ones = count == kBlockEvents ? ~0ULL : (1ULL << count) - 1;
        return ones << (first % kBlockEvents);
    }
};

void read_run(Reader& in, Run& run) {
    const std::uint8_t version = in.u8();
    run.first = in.varint();
    if (version == kCut) {
        return;
    }
    run.count = in.varint();
    run.body = in.raw_bytes(in.varint());
    if (version != kRunVersion || run.first == 0 || run.count == 0 || run.count > kBlockEvents ||
        run.body.size() < run.count * kEventBytesMin ||
        run.first % kBlockEvents + run.count > kBlockEvents) {
        in.fail();
    }
}

Error damaged_run() {
    return damaged("a run of events is damaged, or of a newer format");
}

/// The runs and cuts of a value, as they were written. All are of one block: one of another is never written
/// here, and would hide events when values are joined.
Result<std::vector<Run>> runs_of(std::string_view value) {
    std::vector<Run> runs;
    Reader in(value);
    while (in.left() > 0) {
        const std::size_t before = in.left();
        Run run;
        read_run(in, run);
        if (!in.ok()) {
            return damaged_run();
        }
        run.whole = value.substr(value.size() - before, before - in.left());
        if (!runs.empty() && runs.front().block() != run.block()) {
            return damaged_run();
        }
        runs.push_back(run);
    }
    return runs;
}

/// Calls `use` with each event of a run, and whether it counts: one bit of `places` each.
template <class Use>
Result<void> each_event(const Run& run, std::uint64_t places, Use use) {
    Reader body(run.body);
    Before before;
    // By count: behind the last place there is, `first` and on begins again at 0.
    for (std::uint64_t i = 0; i < run.count; ++i) {
        const std::uint64_t seq = run.first + i;
        const bool counts = ((places >> (seq % kBlockEvents)) & 1U) != 0;
        if (!counts) {
            decode_event(body, before, nullptr);
            continue;
        }
        auto event = std::make_shared<core::Event>();
        event->seq = {seq};
        decode_event(body, before, event.get());
        if (body.ok()) {
            use(std::move(event));
        }
    }
    return body.done() ? Result<void>() : damaged_run();
}

/// The part of a run that counts, encoded anew: content that was rewritten must not stay.
Result<void> append_rest(const Run& run, std::uint64_t places, std::string& out) {
    std::vector<core::EventPtr> stretch;
    const auto flush = [&stretch, &out] {
        if (!stretch.empty()) {
            encode_run(stretch, out);
            stretch.clear();
        }
    };
    auto read = each_event(run, places, [&](core::EventPtr event) {
        if (!stretch.empty() && stretch.back()->seq.next() != event->seq) {
            flush();
        }
        stretch.push_back(std::move(event));
    });
    flush();
    return read;
}

}  // namespace

void encode_cut(Seq through, std::string& out) {
    binary::put_u8(out, kCut);
    binary::put_varint(out, through.value);
}

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
    std::vector<Run> runs;
    std::size_t size = 0;
    for (const std::string_view value : values) {
        TRY(const std::vector<Run> some, runs_of(value));
        runs.insert(runs.end(), some.begin(), some.end());
        size += value.size();
        if (!runs.empty() && runs.front().block() != runs.back().block()) {
            return damaged_run();
        }
    }
    // From the newest back: what is left of each.
    std::vector<std::uint64_t> counts(runs.size());
    std::uint64_t covered = 0;
    for (std::size_t i = runs.size(); i > 0; --i) {
        counts[i - 1] = runs[i - 1].places() & ~covered;
        covered |= runs[i - 1].places();
    }
    std::string joined;
    joined.reserve(size);
    for (std::size_t i = 0; i < runs.size(); ++i) {
        const Run& run = runs[i];
        // A cut stays while it hides anything that an older value may have.
        if (counts[i] == run.places() || (run.is_cut() && counts[i] != 0)) {
            joined += run.whole;
        } else if (counts[i] != 0) {
            if (auto rest = append_rest(run, counts[i], joined); !rest.ok()) {
                return std::move(rest).error();
            }
        }
    }
    return joined;
}

Result<void> decode_events(
    std::string_view value, Seq first, Seq last, std::span<core::EventPtr> out
) {
    PARLEY_ASSERT(out.size() > last.value - first.value);
    TRY(const std::vector<Run> runs, runs_of(value));
    for (const Run& run : runs) {
        if (run.is_cut()) {
            for (std::uint64_t i = 0; i <= run.first % kBlockEvents; ++i) {
                const std::uint64_t seq = run.block() * kBlockEvents + i;
                if (seq >= first.value && seq <= last.value) {
                    out[static_cast<std::size_t>(seq - first.value)] = nullptr;
                }
            }
            continue;
        }
        if (run.last() < first.value || run.first > last.value) {
            continue;
        }
        std::uint64_t wanted = 0;
        for (std::uint64_t i = 0; i < run.count; ++i) {
            const std::uint64_t seq = run.first + i;
            const bool asked = seq >= first.value && seq <= last.value;
            wanted |= std::uint64_t{asked} << (seq % kBlockEvents);
        }
        auto read = each_event(run, wanted, [&](core::EventPtr event) {
            out[static_cast<std::size_t>(event->seq.value - first.value)] = std::move(event);
        });
        if (!read.ok()) {
            return read;
        }
    }
    return {};
}

Result<BlockTimes> decode_times(std::string_view value) {
    BlockTimes times;
    TRY(const std::vector<Run> runs, runs_of(value));
    for (const Run& run : runs) {
        if (run.is_cut()) {
            std::fill_n(times.begin(), run.first % kBlockEvents + 1, std::nullopt);
            continue;
        }
        Reader body(run.body);
        Before before;
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

Result<ConversationNumber> decode_state_key(std::string_view key) {
    if (key.size() != sizeof(std::uint64_t)) {
        return damaged("a state's key is no conversation's number");
    }
    std::uint64_t value = 0;
    for (const char c : key) {
        value = value << 8U | static_cast<unsigned char>(c);
    }
    return ConversationNumber{value};
}

void encode_state(
    const core::ConversationState& state,
    std::uint32_t members_total,
    std::span<const ports::MemberWrite> members,
    std::string& out
) {
    binary::put_u8(out, kStateVersion);
    binary::put_u8(out, static_cast<std::uint8_t>(state.type));
    binary::put_varint(out, state.head.value);
    binary::put_varint(out, state.ordinal.value);
    binary::put_u64(out, static_cast<std::uint64_t>(state.last_time.ticks));
    binary::put_varint(out, state.rev);
    binary::put_varint(out, state.position.epoch);
    binary::put_varint(out, state.position.offset);
    binary::put_varint(out, state.changed_at);
    ports::FieldWriter fields(out);
    fields(state.expired, state.expired_ordinal, state.expiring, state.expires_at);
    fields(state.gone, state.active, state.info, members_total);
    if (members_total > ports::kMembersWrittenWhole) {
        return;
    }
    PARLEY_ASSERT(members.size() == members_total);
    for (const ports::MemberWrite& member : members) {
        fields(member.member, member.sends);
    }
}

namespace {

/// The first format had direct conversations alone, and a member's cursors.
void decode_first_members(Reader& in, StoredState& stored) {
    const std::uint64_t members = in.varint();
    if (members > in.left() / kMemberBytesMin) {
        in.fail();
    }
    const Timestamp since = creation_time(stored.state.number);
    for (std::uint64_t i = 0; in.ok() && i < members; ++i) {
        core::Member member{.user = {}, .joined_at = since, .first = {1}};
        member.user.uuid = in.uuid();
        member.cursor.delivered.value = in.varint();
        member.cursor.read.value = in.varint();
        member.cursor.read_ordinal.value = in.varint();
        stored.sends.push_back(in.varint());
        if (stored.state.find(member.user) != nullptr) {
            in.fail();
            return;
        }
        stored.state.members.add(std::move(member));
    }
    stored.members_total = static_cast<std::uint32_t>(stored.state.members.size());
    stored.state.active = stored.members_total;
}

void decode_one_member(Reader& in, ports::FieldReader& fields, StoredState& stored) {
    core::Member member;
    std::uint64_t sends = 0;
    fields(member, sends);
    if (!in.ok() || (!member.user.is_nil() && stored.state.find(member.user) != nullptr)) {
        in.fail();
        return;
    }
    stored.state.members.add(std::move(member));
    stored.sends.push_back(sends);
}

void decode_members(Reader& in, StoredState& stored) {
    core::ConversationState& state = stored.state;
    ports::FieldReader fields(in, kStateVersion);
    fields(state.expired, state.expired_ordinal, state.expiring, state.expires_at);
    fields(state.gone, state.active, state.info, stored.members_total);
    if (stored.members_total > ports::kMembersWrittenWhole) {
        return;
    }
    for (std::uint32_t i = 0; in.ok() && i < stored.members_total; ++i) {
        decode_one_member(in, fields, stored);
    }
}

}  // namespace

Result<StoredState> decode_state(ConversationNumber number, std::string_view value) {
    Reader in(value);
    const std::uint8_t version = in.u8();
    if (in.ok() && (version < 1 || version > kStateVersion)) {
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
    version == 1 ? decode_first_members(in, stored) : decode_members(in, stored);
    // A group's state has an info: what plans for it relies on that.
    const bool group = state.type == core::ConversationType::group;
    if (!in.done() || (group && state.info == nullptr)) {
        return damaged("the state of conversation " + std::to_string(number.value) + " is damaged");
    }
    return stored;
}

// --- members ------------------------------------------------------------------------------------

std::string member_key(ConversationNumber number, std::uint32_t index) {
    std::string key;
    binary::put_u64_big(key, number.value);
    binary::put_u64_big(key, index);
    return key;
}

void encode_member(const ports::MemberWrite& member, std::string& out) {
    binary::put_u8(out, kMemberVersion);
    ports::FieldWriter fields(out);
    fields(member.member, member.sends);
}

Result<void> decode_member(std::string_view value, StoredState& into) {
    Reader in(value);
    if (in.u8() != kMemberVersion) {
        in.fail();
    }
    ports::FieldReader fields(in, kMemberVersion);
    decode_one_member(in, fields, into);
    if (!in.done()) {
        return damaged("a member is damaged, or of a newer format");
    }
    return {};
}

// --- send rings ---------------------------------------------------------------------------------

namespace {

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

void encode_ring(std::span<const PlacedEntry> entries, std::string& out) {
    PARLEY_ASSERT(!entries.empty() && entries.size() <= core::SendRing::kBlockEntries);
    binary::put_u8(out, kRingVersion);
    binary::put_u8(out, static_cast<std::uint8_t>(entries.size()));
    for (const PlacedEntry& placed : entries) {
        encode_entry(placed.place, placed.entry, out);
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
