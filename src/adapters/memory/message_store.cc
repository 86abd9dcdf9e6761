#include "adapters/memory/message_store.h"

#include <algorithm>
#include <utility>

#include "base/assert.h"

namespace parley::memory {
namespace {

Error missing(ConversationNumber number, std::uint64_t seq) {
    return {
        ErrorCode::internal,
        "conversation " + std::to_string(number.value) + ": event " + std::to_string(seq) +
            " is missing"
    };
}

/// A small conversation is written with all of its members, a large one with those that changed.
void check_members(const ports::ConversationWrite& write, std::size_t members_before) {
    PARLEY_ASSERT(
        (write.members_total > ports::kMembersWrittenWhole &&
         members_before > ports::kMembersWrittenWhole) ||
        write.members.size() == write.members_total
    );
    const auto by_index = [](const ports::MemberWrite& one) { return one.index; };
    PARLEY_ASSERT(std::ranges::is_sorted(write.members, std::less_equal{}, by_index));
}

void check_events(const ports::ConversationWrite& write) {
    std::uint64_t seq = write.state.head.value - write.events.size();
    for (const core::EventPtr& event : write.events) {
        PARLEY_ASSERT(event != nullptr);
        PARLEY_ASSERT(event->seq.value == ++seq);
    }
    for (const core::EventPtr& event : write.amended) {
        PARLEY_ASSERT(event != nullptr);
        PARLEY_ASSERT(write.events.empty() || event->seq < write.events.front()->seq);
    }
}

template <class R, class F>
runtime::Task<R> answer(runtime::Pool* pool, runtime::Loop& home, F f) {
    if (pool == nullptr) {
        co_return f();
    }
    co_return co_await pool->run(home, std::move(f));
}

}  // namespace

MessageStore::MessageStore(Durable start, runtime::Pool* pool)
    : pool_(pool), now_(start), flushed_(std::move(start)) {}

runtime::Task<Result<std::optional<core::ConversationState>>> MessageStore::load(
    runtime::Loop& home, ConversationNumber number
) {
    return answer<Result<std::optional<core::ConversationState>>>(pool_, home, [this, number] {
        return load_now(number);
    });
}

runtime::Task<Result<std::vector<core::EventPtr>>> MessageStore::read(
    runtime::Loop& home, ports::EventRange range
) {
    return answer<Result<std::vector<core::EventPtr>>>(pool_, home, [this, range] {
        return read_now(range);
    });
}

runtime::Task<Result<std::optional<Seq>>> MessageStore::find_seq(
    runtime::Loop& home, ConversationNumber number, Seq first, Timestamp time
) {
    return answer<Result<std::optional<Seq>>>(pool_, home, [this, number, first, time] {
        return find_now(number, first, time);
    });
}

runtime::Task<Result<void>> MessageStore::write(runtime::Loop& home, ports::StoreBatch batch) {
    return answer<Result<void>>(pool_, home, [this, batch = std::move(batch)]() mutable {
        return write_now(std::move(batch));
    });
}

runtime::Task<Result<LogPosition>> MessageStore::flush(runtime::Loop& home) {
    return answer<Result<LogPosition>>(pool_, home, [this] { return flush_now(); });
}

Result<std::optional<core::ConversationState>> MessageStore::load_now(ConversationNumber number
) const {
    const std::scoped_lock lock(mutex_);
    const auto at = now_.conversations.find(number.value);
    if (at == now_.conversations.end()) {
        return std::optional<core::ConversationState>{};
    }
    return std::optional(at->second.state);
}

Result<std::vector<core::EventPtr>> MessageStore::read_now(const ports::EventRange& range) const {
    const std::scoped_lock lock(mutex_);
    std::vector<core::EventPtr> found;
    if (range.first > range.last || range.limit == 0) {
        return found;
    }
    const auto conversation = now_.conversations.find(range.conversation.value);
    if (conversation == now_.conversations.end()) {
        return missing(range.conversation, range.first.value);
    }
    const std::uint64_t count =
        std::min<std::uint64_t>(range.last.value - range.first.value, range.limit - 1) + 1;
    std::uint64_t seq = range.newest_first ? range.last.value : range.first.value;
    for (std::uint64_t i = 0; i < count; ++i) {
        const auto event = conversation->second.events.find(seq);
        if (event == conversation->second.events.end()) {
            return missing(range.conversation, seq);
        }
        found.push_back(event->second);
        range.newest_first ? --seq : ++seq;
    }
    return found;
}

Result<std::optional<Seq>> MessageStore::find_now(
    ConversationNumber number, Seq first, Timestamp time
) const {
    const std::scoped_lock lock(mutex_);
    const auto conversation = now_.conversations.find(number.value);
    if (conversation == now_.conversations.end()) {
        return std::optional<Seq>{};
    }
    // Times grow with places.
    const auto& events = conversation->second.events;
    PARLEY_ASSERT(first.value > 0);
    const std::uint64_t none = first.value - 1;
    std::uint64_t low = none;
    std::uint64_t high = conversation->second.state.head.value;
    while (low < high) {
        const std::uint64_t middle = low + (high - low + 1) / 2;
        const auto event = events.find(middle);
        if (event == events.end()) {
            return missing(number, middle);
        }
        if (event->second->time <= time) {
            low = middle;
        } else {
            high = middle - 1;
        }
    }
    return low == none ? std::optional<Seq>{} : std::optional(Seq{low});
}

runtime::Task<Result<std::vector<core::ConversationState>>> MessageStore::scan(
    runtime::Loop& home, ConversationNumber after, std::size_t limit
) {
    return answer<Result<std::vector<core::ConversationState>>>(pool_, home, [this, after, limit] {
        return scan_now(after, limit);
    });
}

/// What is erased here is gone.
runtime::Task<Result<void>> MessageStore::reclaim(
    runtime::Loop& home, std::vector<ConversationNumber> /*numbers*/
) {
    return answer<Result<void>>(pool_, home, [] { return Result<void>{}; });
}

Result<std::vector<core::ConversationState>> MessageStore::scan_now(
    ConversationNumber after, std::size_t limit
) const {
    const std::scoped_lock lock(mutex_);
    std::vector<core::ConversationState> states;
    auto at = now_.conversations.upper_bound(after.value);
    for (; at != now_.conversations.end() && states.size() < limit; ++at) {
        states.push_back(core::without_members(at->second.state));
    }
    return states;
}

Result<void> MessageStore::write_now(ports::StoreBatch batch) {
    const std::scoped_lock lock(mutex_);
    if (refusals_ > 0) {
        --refusals_;
        return Error{ErrorCode::unavailable, "the disk is full"};
    }
    apply(batch, now_);
    unflushed_.emplace_back(std::move(batch));
    return {};
}

Result<LogPosition> MessageStore::flush_now() {
    const std::scoped_lock lock(mutex_);
    if (refusals_ > 0) {
        --refusals_;
        return Error{ErrorCode::unavailable, "the disk is full"};
    }
    for (const Step& step : unflushed_) {
        std::visit([this](const auto& change) { apply(change, flushed_); }, step);
    }
    unflushed_.clear();
    return lowest(flushed_);
}

Result<LogPosition> MessageStore::replay_from() {
    const std::scoped_lock lock(mutex_);
    return lowest(now_);
}

Result<void> MessageStore::set_lanes(std::uint32_t lanes, LogPosition position) {
    const std::scoped_lock lock(mutex_);
    const SetLanes change{.lanes = lanes, .position = position};
    apply(change, now_);
    unflushed_.emplace_back(change);
    return {};
}

void MessageStore::apply(const ports::StoreBatch& batch, Content& content) {
    for (const ports::ConversationWrite& write : batch.writes) {
        Conversation& conversation = content.conversations[write.state.number.value];
        check_members(write, conversation.state.members.size());
        check_events(write);
        core::Members members = std::move(conversation.state.members);
        conversation.state = write.state;
        conversation.state.members = std::move(members);
        for (const ports::MemberWrite& member : write.members) {
            ports::take_member(conversation.state.members, member);
        }
        PARLEY_ASSERT(conversation.state.members.size() == write.members_total);
        for (const auto& events : {write.events, write.amended}) {
            for (const core::EventPtr& event : events) {
                conversation.events[event->seq.value] = event;
            }
        }
        const auto kept = conversation.events.upper_bound(write.state.expired.value);
        conversation.events.erase(conversation.events.begin(), kept);
    }
    content.lanes[batch.lane] = batch.covers;
}

void MessageStore::apply(const SetLanes& change, Content& content) {
    content.lanes.clear();
    for (std::uint32_t lane = 0; lane < change.lanes; ++lane) {
        content.lanes[lane] = change.position;
    }
}

LogPosition MessageStore::lowest(const Content& content) {
    if (content.lanes.empty()) {
        return {};
    }
    const auto by_position = [](const auto& one, const auto& other) {
        return one.second < other.second;
    };
    return std::ranges::min_element(content.lanes, by_position)->second;
}

MessageStore::Durable MessageStore::durable(std::size_t steps) const {
    const std::scoped_lock lock(mutex_);
    PARLEY_ASSERT(steps <= unflushed_.size());
    Durable left = flushed_;
    for (std::size_t i = 0; i < steps; ++i) {
        std::visit([&left](const auto& change) { apply(change, left); }, unflushed_[i]);
    }
    return left;
}

std::size_t MessageStore::unflushed() const {
    const std::scoped_lock lock(mutex_);
    return unflushed_.size();
}

void MessageStore::refuse_next(std::size_t calls) {
    const std::scoped_lock lock(mutex_);
    refusals_ = calls;
}

}  // namespace parley::memory
