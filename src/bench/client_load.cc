// What a client sends and is told once it is connected; client.cc has the connection's own life.

#include <algorithm>
#include <chrono>
#include <utility>

#include "bench/client.h"
#include "bench/lane.h"

namespace parley::bench {
namespace {

using namespace std::chrono_literals;

/// After an answer that leaves the outcome open.
constexpr auto kRetryDelay = 50ms;

/// Outcomes that the contract calls unknown: the same send is to be tried again.
bool is_unknown_outcome(std::string_view code) {
    return code == "unavailable" || code == "internal";
}

}  // namespace

// --- sending --------------------------------------------------------------------------------------

void Client::top_up() {
    const Plan& plan = lane_.plan();
    if (state_ != State::ready || plan.options.rate != 0 || !plan.sending()) {
        return;
    }
    if (ledger_.waiting() >= plan.options.window) {
        return;
    }
    batch_time_ = lane_.now();
    while (ledger_.waiting() < plan.options.window) {
        put_new_send(batch_time_);
    }
    flush();
}

bool Client::send_one(std::int64_t due) {
    if (state_ != State::ready || ledger_.waiting() >= kInFlightMax) {
        return false;
    }
    batch_time_ = lane_.now();
    put_new_send(due);
    flush();
    return true;
}

void Client::put_new_send(std::int64_t due) {
    if (!template_) {
        const Options& options = lane_.plan().options;
        const MessageTemplate::Options form{
            .run = lane_.plan().run,
            .conversation_id = conversation_id_,
            .receiver_id = account_ != nullptr ? std::string_view(account_->peer_id) : "",
            .content_bytes = options.payload_bytes,
            .filler_seed = index_,
        };
        template_ = options.raw ? MessageTemplate::raw(form) : MessageTemplate::chat(form);
    }
    put_send(ledger_.begin(due));
}

void Client::put_send(std::uint32_t number) {
    write_frame(template_->binary(), template_->fill(number, ledger_.send(number).due));
    if (lane_.journal().enabled()) {
        char client_id[kClientIdChars];
        write_client_id(client_id, lane_.plan().run, number);
        lane_.journal().sent(
            entry(),
            {.conversation_id = conversation_id_,
             .client_id = {client_id, kClientIdChars},
             .content = template_->content()},
            lane_.plan().options.group.empty() ? std::string_view(account_->peer_id) : "",
            ledger_.seen().highest()
        );
    }
}

/// After a reconnect: everything without an answer, in the order in which it was sent first.
void Client::resend_waiting() {
    const auto count = static_cast<std::uint32_t>(ledger_.sends().size());
    for (std::uint32_t number = ledger_.first_waiting(); number <= count; ++number) {
        if (ledger_.send(number).state == SendState::waiting) {
            put_send(number);
        }
    }
}

void Client::retry_later(std::uint32_t number) {
    ledger_.on_retry(number);
    retries_.push_back(number);
    if (retries_.size() > 1) {
        return;
    }
    lane_.loop().after(kRetryDelay, [this] {
        std::vector<std::uint32_t> numbers = std::exchange(retries_, {});
        if (state_ != State::ready) {
            return;  // becoming ready sends them
        }
        batch_time_ = lane_.now();
        std::ranges::sort(numbers);
        for (const std::uint32_t again : numbers) {
            if (ledger_.send(again).state == SendState::waiting) {
                put_send(again);
            }
        }
        flush();
    });
}

// --- receiving ------------------------------------------------------------------------------------

bool Client::on_message(websocket::Opcode kind, std::span<std::byte> payload) {
    const std::string_view text(reinterpret_cast<const char*>(payload.data()), payload.size());
    if (kind == websocket::Opcode::binary) {
        return on_raw(text);
    }
    WireFrame frame;
    if (!scan(text, frame)) {
        ++lane_.counts().malformed;
        return true;
    }
    return on_frame(frame);
}

bool Client::on_raw(std::string_view payload) {
    RawFrame frame;
    if (!read_raw(payload, frame)) {
        ++lane_.counts().malformed;
        return true;
    }
    const auto number = static_cast<std::uint32_t>(frame.number);
    const bool measuring = lane_.plan().measuring();
    Tally& counts = lane_.counts();
    if (frame.ack) {
        if (ledger_.on_ack(number, {}, 0) && measuring) {
            ++counts.acked;
            counts.ack.record(batch_time_ - ledger_.send(number).due);
        }
        return true;
    }
    const Event event{.seq = number, .message = {}, .number = number, .author = Author::peer};
    if (!lane_.plan().options.group.empty() || ledger_.on_event(event, Source::live)) {
        lane_.on_delivered(frame.due, batch_time_);
    }
    return true;
}

/// False when the connection is no more.
bool Client::on_frame(const WireFrame& frame) {
    switch (frame.type) {
        case FrameType::new_message:
        case FrameType::void_event:
            on_event(frame, Source::live, "live");
            return true;
        case FrameType::ack:
            if (!frame.client_id.empty()) {
                on_send_ack(frame);
            }
            return true;
        case FrameType::events:
            on_events(frame);
            return true;
        case FrameType::conversation:
            if (is_own_conversation(frame)) {
                base_ = std::max(base_, frame.last_seq);
            }
            return true;
        case FrameType::presence:
            on_presence(frame);
            return true;
        case FrameType::auth_success:
            if (state_ == State::authenticating) {
                lane_.counts().auth.record(batch_time_ - step_started_);
                step_started_ = batch_time_;
                lane_.plan().options.sync ? sync() : watch();
            }
            return true;
        case FrameType::sync_complete:
            if (state_ == State::syncing) {
                lane_.counts().sync.record(batch_time_ - step_started_);
                sync_token_ = frame.token;
                watch();
            }
            return true;
        case FrameType::auth_error:
            refused_ = true;
            fail("auth " + std::string(frame.code));
            return false;
        case FrameType::error:
            on_error(frame);
            return true;
        case FrameType::reconnect:
        case FrameType::other:
            return true;
    }
    return true;
}

void Client::on_presence(const WireFrame& frame) {
    const auto at =
        std::ranges::find(watched_, frame.user_id, &decltype(watched_)::value_type::first);
    if (at == watched_.end()) {
        ++lane_.counts().malformed;  // nobody asked for them
        return;
    }
    Tally& counts = lane_.counts();
    if (at->second == frame.status) {
        ++counts.presence_repeats;
        return;
    }
    const bool first = at->second.empty();
    at->second = frame.status;
    if (!first) {
        ++counts.presence_changes;
        return;
    }
    ++counts.presence_first;
    if (--unanswered_ == 0 && state_ == State::watching) {
        become_ready();
    }
}

void Client::on_send_ack(const WireFrame& frame) {
    const auto mark = read_client_id(frame.client_id);
    if (!mark || mark->run != lane_.plan().run) {
        return;
    }
    const auto message = parse_uuid(frame.message_id);
    if (!message || frame.seq == 0) {
        ++lane_.counts().malformed;
        return;
    }
    if (conversation_id_.empty()) {
        conversation_id_ = frame.conversation_id;
    }
    start_before(frame.seq);
    if (lane_.journal().enabled()) {
        lane_.journal().acked(entry(), to_journal(frame));
    }
    if (ledger_.on_ack(mark->number, *message, frame.seq) && lane_.plan().measuring()) {
        ++lane_.counts().acked;
        lane_.counts().ack.record(batch_time_ - ledger_.send(mark->number).due);
    }
}

void Client::on_error(const WireFrame& frame) {
    lane_.count_error(frame.code);
    if (lane_.journal().enabled()) {
        lane_.journal().refused(
            entry(), frame.client_id, frame.code, !is_unknown_outcome(frame.code)
        );
    }
    const auto mark = read_client_id(frame.client_id);
    if (mark && mark->run == lane_.plan().run) {
        if (!is_unknown_outcome(frame.code)) {
            ledger_.on_refused(mark->number);
        } else if (mark->number != 0 && mark->number <= ledger_.sends().size()) {
            retry_later(mark->number);
        }
        return;
    }
    repairing_ = false;
    if (reading_ != nullptr) {
        std::exchange(reading_, nullptr)->done(std::nullopt);
    }
}

bool Client::is_own_conversation(const WireFrame& frame) {
    if (conversation_id_.empty() && account_ != nullptr && frame.sender_id == account_->peer_id) {
        conversation_id_ = frame.conversation_id;
    }
    return !conversation_id_.empty() && frame.conversation_id == conversation_id_;
}

/// Without a sync the run begins where the first thing is seen.
void Client::start_before(std::uint64_t seq) {
    if (!started_) {
        ledger_.start(seq - 1);
        started_ = true;
    }
}

Event Client::to_event(const WireFrame& frame, std::int64_t& due) const {
    Event event{.seq = frame.seq, .message = parse_uuid(frame.message_id).value_or(Uuid{})};
    if (frame.type != FrameType::new_message) {
        return event;
    }
    if (frame.sender_id == account_->peer_id) {
        event.author = Author::peer;
    } else if (frame.sender_id == account_->user_id) {
        event.author = Author::self;
    }
    if (const auto mark = read_mark(frame.content); mark && mark->run == lane_.plan().run) {
        event.number = mark->number;
        due = mark->due;
    }
    return event;
}

void Client::on_event(const WireFrame& frame, Source source, std::string_view name) {
    if (!is_own_conversation(frame)) {
        return;
    }
    if (frame.seq == 0) {
        ++lane_.counts().malformed;
        return;
    }
    if (state_ == State::syncing && !started_) {
        base_ = std::max(base_, frame.seq);
        return;
    }
    start_before(frame.seq);
    if (lane_.journal().enabled()) {
        lane_.journal().received(entry(), name, to_journal(frame));
    }
    std::int64_t due = 0;
    const Event event = to_event(frame, due);
    const bool fresh = ledger_.on_event(event, source);
    const bool group = !lane_.plan().options.group.empty();
    const bool theirs = group ? event.author != Author::self : event.author == Author::peer;
    if (fresh && theirs && event.number != 0) {
        lane_.on_delivered(due, batch_time_);
    }
}

void Client::on_events(const WireFrame& frame) {
    if (reading_ != nullptr && state_ == State::ready && is_own_conversation(frame)) {
        on_history_page(frame);
        return;
    }
    Journal::Page page{
        .source = repairing_ ? "history" : "sync",
        .conversation_id = frame.conversation_id,
        .after = repairing_ ? repair_from_ : sync_from_,
        .has_more = frame.has_more,
    };
    std::string_view rest = frame.events;
    WireFrame item;
    while (const auto text = next_item(rest)) {
        if (!scan(*text, item)) {
            ++lane_.counts().malformed;
            continue;
        }
        page.first = page.count == 0 ? item.seq : page.first;
        page.dense = page.dense && item.seq == page.first + page.count;
        ++page.count;
        on_event(item, Source::catch_up, page.source);
    }
    if (lane_.journal().enabled() && started_ && is_own_conversation(frame)) {
        lane_.journal().page(entry(), page);
        sync_from_ = page.count == 0 ? sync_from_ : page.first + page.count - 1;
    }
    if (!std::exchange(repairing_, false)) {
        return;
    }
    if (ledger_.seen().contiguous() > repair_from_) {
        repair();  // the next page, if it takes more than one
    }
}

// --- history --------------------------------------------------------------------------------------

void Client::repair() {
    if (state_ != State::ready || repairing_ || reading_ != nullptr || !knows_conversation() ||
        !ledger_.seen().has_gap()) {
        return;
    }
    repairing_ = true;
    repair_from_ = ledger_.seen().contiguous();
    ++lane_.counts().repairs;
    ask_history(repair_from_);
}

void Client::ask_history(std::uint64_t after) {
    std::string frame = R"({"type":"history","conversation_id":")";
    frame.append(conversation_id_).append(R"(","after_seq":)").append(std::to_string(after));
    write_frame(false, frame.append(R"(,"limit":200})"));
}

void Client::read_history(std::uint64_t seq, UniqueFunction<void(std::optional<History>)> done) {
    reading_ =
        std::make_unique<Reading>(Reading{.next = seq, .history = {}, .done = std::move(done)});
    reading_->history.after = seq;
    reading_->asked = lane_.now();
    repairing_ = false;
    if (state_ == State::ready) {
        batch_time_ = lane_.now();
        ask_history(seq);
        flush();
    }
}

void Client::on_history_page(const WireFrame& frame) {
    Reading& reading = *reading_;
    std::string_view rest = frame.events;
    std::uint64_t last = reading.next;
    WireFrame item;
    while (const auto text = next_item(rest)) {
        if (!scan(*text, item) || item.seq == 0) {
            ++lane_.counts().malformed;
            continue;
        }
        std::int64_t due = 0;
        reading.history.events.push_back(to_event(item, due));
        // What stood there before the run was sent by those of whom this history does not tell.
        if (lane_.journal().enabled() && item.seq > ledger_.head()) {
            lane_.journal().received(audit_entry(), "audit", to_journal(item));
            ++reading.recorded;
        }
        last = std::max(last, item.seq);
    }
    if (frame.has_more && last > reading.next) {
        reading.next = last;
        ask_history(last);
        return;
    }
    const auto ended = std::exchange(reading_, nullptr);
    if (lane_.journal().enabled() && !frame.has_more) {
        lane_.journal().read(
            audit_entry(),
            conversation_id_,
            ended->asked,
            std::max(ledger_.head(), ended->history.after),
            std::max(last, ledger_.head()),
            ended->recorded
        );
    }
    ended->done(frame.has_more ? std::nullopt : std::optional(std::move(ended->history)));
}

// --- the journal ----------------------------------------------------------------------------------

JournalEntry Client::entry() const {
    return {.time = batch_time_, .client = index_, .session = session_};
}

JournalEntry Client::audit_entry() const {
    return {.time = batch_time_, .client = index_, .auditor = true};
}

JournalEvent Client::to_journal(const WireFrame& frame) {
    return {
        .conversation_id = frame.conversation_id,
        .client_id = frame.client_id,
        .message_id = frame.message_id,
        .sender_id = frame.sender_id,
        .content = frame.content,
        .seq = frame.seq,
        .is_void = frame.type == FrameType::void_event,
    };
}

}  // namespace parley::bench
