#include "core/conversation.h"

#include <algorithm>

#include "base/mutant.h"

namespace parley::core {
namespace {

/// Event times are strictly increasing; a wall clock that stands still or goes back advances by one tick.
Timestamp event_time(Timestamp last, Timestamp wall) noexcept {
    return wall > last ? wall : Timestamp{last.ticks + 1};
}

Sent answer(ConversationNumber number, const SendEntry& entry) noexcept {
    return {
        .message_id = message_id(number, entry.time),
        .seq = entry.seq,
        .time = entry.time,
        .repeated = true
    };
}

/// What an earlier send under this client_id means for `send`: its answer again, a conflict, or nothing.
std::optional<Result<Sent>> earlier(
    ConversationNumber number,
    const Member& sender,
    const SendMessage& send,
    const Hash128& client_id
) {
    const SendEntry* entry = sender.sends.find(client_id);
    if (entry == nullptr || mutant(Mutant::no_idempotency)) {
        return std::nullopt;
    }
    if (entry->payload != payload_hash(send) && !mutant(Mutant::conflict_not_noticed)) {
        return Result<Sent>{
            Error{ErrorCode::conflict, "this client_id was used for another message"}
        };
    }
    return Result<Sent>{answer(number, *entry)};
}

Error not_a_member() {
    return {ErrorCode::not_found, "no such conversation"};
}

}  // namespace

std::uint64_t payload_hash(const SendMessage& send) noexcept {
    Hash128 hash = hash128(send.content);
    const auto type = static_cast<char>(send.message_type);
    hash = hash128({&type, 1}, hash);
    if (send.reply_to) {
        hash = hash128(to_string(send.reply_to->uuid), hash);
    }
    for (const UserId& user : send.mentions) {
        hash = hash128(to_string(user.uuid), hash);
    }
    return hash.low;
}

const SendEntry* SendRing::find(const Hash128& client_id) const noexcept {
    const auto at = std::ranges::find(entries_, client_id, &SendEntry::client_id);
    return at == entries_.end() ? nullptr : &*at;
}

void SendRing::add(const SendEntry& entry) {
    const std::size_t place = count_ % kSendRingEntries;
    if (place == entries_.size()) {
        entries_.push_back(entry);
    } else {
        entries_[place] = entry;
    }
    ++count_;
}

SendRing SendRing::restore(std::uint64_t count, std::vector<SendEntry> entries) {
    PARLEY_ASSERT(entries.size() == std::min<std::uint64_t>(count, kSendRingEntries));
    SendRing ring;
    ring.count_ = count;
    ring.entries_ = std::move(entries);
    return ring;
}

Member* ConversationState::find(const UserId& user) noexcept {
    const auto at = std::ranges::find(members, user, &Member::user);
    return at == members.end() ? nullptr : &*at;
}

const Member* ConversationState::find(const UserId& user) const noexcept {
    const auto at = std::ranges::find(members, user, &Member::user);
    return at == members.end() ? nullptr : &*at;
}

std::uint64_t ConversationState::unread(const Member& member) const noexcept {
    PARLEY_ASSERT(member.cursor.read_ordinal <= ordinal);
    return ordinal.value - member.cursor.read_ordinal.value;
}

Result<void> check_send(const SendMessage& send) {
    if (send.content.size() > kContentBytesMax) {
        return Error{ErrorCode::too_large, "content is longer than 16384 bytes"};
    }
    if (send.content.empty() && send.message_type == MessageType::text) {
        return Error{ErrorCode::invalid_request, "content is empty"};
    }
    if (send.client_id.empty() || send.client_id.size() > 4 * kClientIdCharsMax) {
        return Error{ErrorCode::invalid_request, "client_id must have 1 to 64 characters"};
    }
    const auto continuation = [](char c) {
        return (static_cast<unsigned char>(c) & 0xC0U) == 0x80U;
    };
    const auto characters =
        send.client_id.size() -
        static_cast<std::size_t>(std::ranges::count_if(send.client_id, continuation));
    if (characters > kClientIdCharsMax) {
        return Error{ErrorCode::invalid_request, "client_id must have 1 to 64 characters"};
    }
    if (send.mentions.size() > kMentionsMax) {
        return Error{ErrorCode::invalid_request, "more than 50 mentions"};
    }
    return {};
}

std::optional<Result<Sent>> Conversation::admit(const SendMessage& send) const {
    const Member* sender = state_.find(send.sender);
    if (sender == nullptr) {
        return Result<Sent>{not_a_member()};
    }
    return earlier(state_.number, *sender, send, hash128(send.client_id));
}

Decision Conversation::plan(const Record& record) const {
    PARLEY_ASSERT(record.conversation == state_.number);
    if (const auto* send = std::get_if<SendMessage>(&record.command)) {
        return plan_send(record, *send);
    }
    if (const auto* move = std::get_if<MoveCursor>(&record.command)) {
        return plan_cursor(*move);
    }
    return plan_open(record);
}

Decision Conversation::plan_open(const Record& /*record*/) const {
    if (exists()) {
        return {.outcome = Unchanged{}, .event = nullptr, .remember = {}};
    }
    return {.outcome = Opened{}, .event = nullptr, .remember = {}};
}

Decision Conversation::plan_send(const Record& record, const SendMessage& send) const {
    const Member* sender = state_.find(send.sender);
    if (sender == nullptr) {
        return {.outcome = not_a_member(), .event = nullptr, .remember = {}};
    }
    const Hash128 client_id = hash128(send.client_id);
    if (auto before = earlier(state_.number, *sender, send, client_id)) {
        if (before->ok()) {
            return {.outcome = std::move(*before).value(), .event = nullptr, .remember = {}};
        }
        return {.outcome = std::move(*before).error(), .event = nullptr, .remember = {}};
    }
    auto event = std::make_shared<Event>();
    event->seq = state_.head.next();
    event->ordinal = {state_.ordinal.value + 1};
    event->time = event_time(state_.last_time, record.time);
    event->sender = send.sender;
    event->sender_device = send.sender_device;
    event->client_id = send.client_id;
    event->message_type = send.message_type;
    event->content = send.content;
    event->reply_to = send.reply_to;
    event->mentions = send.mentions;
    const Sent sent{
        .message_id = message_id(state_.number, event->time),
        .seq = event->seq,
        .time = event->time,
        .repeated = false
    };
    const SendEntry remember{
        .client_id = client_id,
        .payload = payload_hash(send),
        .seq = event->seq,
        .time = event->time
    };
    return {.outcome = sent, .event = std::move(event), .remember = remember};
}

Decision Conversation::plan_cursor(const MoveCursor& move) const {
    const Member* member = state_.find(move.user);
    if (member == nullptr) {
        return {.outcome = not_a_member(), .event = nullptr, .remember = {}};
    }
    if (move.delivered > state_.head || move.read > state_.head ||
        move.read_ordinal > state_.ordinal) {
        return {
            .outcome = Error{ErrorCode::invalid_request, "beyond the newest event"},
            .event = nullptr,
            .remember = {}
        };
    }
    CursorMoved moved{.user = move.user, .cursor = member->cursor};
    if (mutant(Mutant::receipt_back) && move.read.value != 0) {
        moved.cursor = {};
    }
    if (move.read > moved.cursor.read) {
        moved.cursor.read = mutant(Mutant::read_to_head) ? state_.head : move.read;
        moved.cursor.read_ordinal = std::max(moved.cursor.read_ordinal, move.read_ordinal);
        moved.read_grew = true;
    }
    const Seq delivered = std::max(move.delivered, moved.cursor.read);
    if (delivered > moved.cursor.delivered) {
        moved.cursor.delivered = delivered;
        moved.delivered_grew = true;
    }
    if (!moved.read_grew && !moved.delivered_grew) {
        return {.outcome = Unchanged{}, .event = nullptr, .remember = {}};
    }
    return {.outcome = moved, .event = nullptr, .remember = {}};
}

void Conversation::commit(const Record& record, const Decision& decision, LogPosition at) {
    PARLEY_ASSERT(state_.rev == 0 || at > state_.position);
    if (!exists() && !std::holds_alternative<Opened>(decision.outcome)) {
        return;  // Nothing is kept for a conversation that is not there, so nothing is counted either.
    }
    ++state_.rev;
    state_.position = at;
    if (std::holds_alternative<Opened>(decision.outcome)) {
        const auto& open = std::get<OpenDirect>(record.command);
        state_.type = ConversationType::direct;
        state_.last_time = creation_time(state_.number);
        state_.members.push_back(Member{.user = open.first, .cursor = {}, .sends = {}});
        if (open.second != open.first) {
            state_.members.push_back(Member{.user = open.second, .cursor = {}, .sends = {}});
        }
        state_.changed_at = at.offset;
        return;
    }
    if (const auto* moved = std::get_if<CursorMoved>(&decision.outcome)) {
        Member* member = state_.find(moved->user);
        PARLEY_ASSERT(member != nullptr);
        PARLEY_ASSERT(moved->cursor.read <= moved->cursor.delivered);
        member->cursor = moved->cursor;
        state_.changed_at = at.offset;
        return;
    }
    if (decision.event == nullptr) {
        return;
    }
    const Event& event = *decision.event;
    PARLEY_ASSERT(event.seq == state_.head.next());
    PARLEY_ASSERT(event.time > state_.last_time);
    state_.head = event.seq;
    state_.ordinal = event.ordinal;
    state_.last_time = event.time;
    state_.changed_at = at.offset;
    Member* sender = state_.find(event.sender);
    PARLEY_ASSERT(sender != nullptr);
    sender->cursor = {.delivered = event.seq, .read = event.seq, .read_ordinal = event.ordinal};
    sender->sends.add(decision.remember);
}

}  // namespace parley::core
