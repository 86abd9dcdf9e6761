#include "services/search/lane.h"

#include <algorithm>
#include <limits>
#include <utility>

#include "base/log.h"
#include "core/search_text.h"
#include "services/search/keeper.h"

namespace parley::search {
namespace {

constexpr Seq kNoEnd{std::numeric_limits<std::uint64_t>::max()};
/// Events read at once, and bytes of words in one write: bound what is in memory on the way.
constexpr std::size_t kEventsAtOnce = 200;
constexpr std::size_t kBatchBytesMax = 8UL << 20U;
/// Conversations taken at once.
constexpr std::size_t kConversationsAtOnce = 1'000;
/// New places up to so far apart are one range: what lies between is no message.
constexpr std::uint64_t kGapMax = 64;
/// After a failed read or write the next try waits this long.
constexpr Duration kRetryAfter = std::chrono::seconds{1};

std::optional<ports::SearchDocument> document_of(const core::Event& event, Timestamp now) {
    if (event.type != core::EventType::message || core::is_deleted(event) ||
        core::is_expired(event, now)) {
        return std::nullopt;
    }
    ports::SearchDocument document{
        .seq = event.seq,
        .time = event.time,
        .sender = event.sender,
        .hidden = event.hidden,
        .words = core::search_words(event.content)
    };
    if (document.words.empty()) {
        return std::nullopt;
    }
    return document;
}

}  // namespace

void Search::Lane::start() {
    started_ = true;
    if (!order_.empty()) {
        arm(shared_.options.gather_interval);
    }
}

void Search::Lane::stop(Job done) {
    stopping_ = true;
    loop_.cancel(timer_);
    scope_.close([this, done = std::move(done)]() mutable {
        // Nobody is to wait for what is not read any more. It stays pending, so that no position covers it.
        for (auto& [number, what] : pending_) {
            for (Job& one : std::exchange(what.done, {})) {
                one();
            }
        }
        done();
    });
}

std::optional<std::uint64_t> Search::Lane::idle_at() const {
    if (!started_ || running_ || !order_.empty()) {
        return std::nullopt;
    }
    return shared_.parts.messaging.applied(loop_.id()).offset;
}

// --- what waits ---------------------------------------------------------------------------------

Search::Lane::Pending& Search::Lane::pending(ConversationNumber number) {
    const auto [at, fresh] = pending_.try_emplace(number);
    if (fresh) {
        order_.push_back(number);
        shared_.metrics.pending.add(loop_.id().value);
        if (started_ && !running_) {
            arm(shared_.options.gather_interval);
        }
    }
    return at->second;
}

void Search::Lane::widen(Pending& pending, Seq first, Seq last) {
    if (pending.first.value == 0) {
        pending.first = first;
        pending.last = last;
        return;
    }
    pending.first = std::min(pending.first, first);
    pending.last = std::max(pending.last, last);
}

void Search::Lane::changed(ConversationNumber number, Seq seq) {
    Pending& entry = pending(number);
    const bool has_range = entry.first.value != 0;
    if (has_range && seq >= entry.first && seq <= entry.last) {
        return;
    }
    if (!has_range || (seq > entry.last && seq.value - entry.last.value <= kGapMax)) {
        widen(entry, seq, seq);
    } else {
        entry.changed.push_back(seq);
        ++singles_;
    }
    bound();
}

void Search::Lane::expired(ConversationNumber number, Seq through) {
    Pending& entry = pending(number);
    entry.expired = std::max(entry.expired, through);
    bound();
}

void Search::Lane::forgotten(ConversationNumber number, UserId user) {
    pending(number).forgotten.push_back(user);
    bound();
}

void Search::Lane::grown(ConversationNumber number) {
    pending(number).grown = true;
    bound();
}

void Search::Lane::look_again(ConversationNumber number, Job done) {
    if (stopping_) {
        done();
        return;
    }
    Pending& entry = pending(number);
    widen(entry, {1}, kNoEnd);
    entry.done.push_back(std::move(done));
}

void Search::Lane::put_back(Taken taken) {
    Pending& entry = pending(taken.number);
    if (taken.what.first.value != 0) {
        widen(entry, taken.what.first, taken.what.last);
    }
    singles_ += taken.what.changed.size();
    std::ranges::move(taken.what.changed, std::back_inserter(entry.changed));
    std::ranges::move(taken.what.forgotten, std::back_inserter(entry.forgotten));
    std::ranges::move(taken.what.done, std::back_inserter(entry.done));
    entry.expired = std::max(entry.expired, taken.what.expired);
    entry.grown = entry.grown || taken.what.grown;
}

void Search::Lane::bound() {
    if (pending_.size() + singles_ <= shared_.options.pending_max) {
        return;
    }
    auto dropped = std::exchange(pending_, {});
    order_.clear();
    singles_ = 0;
    shared_.metrics.pending.add(loop_.id().value, -static_cast<std::int64_t>(dropped.size()));
    // Before anything that this lane hands over later, so that no position covers what was dropped.
    shared_.parts.loops.front()->post([keeper = keeper_] {
        keeper->start_over("more has changed than can be remembered");
    });
    for (auto& [number, what] : dropped) {
        for (Job& done : what.done) {
            done();
        }
    }
}

// --- reading and handing over -------------------------------------------------------------------

void Search::Lane::arm(Duration delay) {
    if (timer_.value != 0 || running_ || stopping_) {
        return;
    }
    timer_ = loop_.after(delay, [this] {
        timer_ = {};
        scope_.spawn(run());
    });
}

runtime::Task<void> Search::Lane::run() {
    running_ = true;
    bool ok = true;
    while (ok && !order_.empty() && !stopping_) {
        ok = co_await run_once();
    }
    running_ = false;
    if (!order_.empty()) {
        arm(kRetryAfter);
    }
}

runtime::Task<bool> Search::Lane::run_once() {
    // Everything that records up to here have changed is pending now.
    const std::uint64_t applied = shared_.parts.messaging.applied(loop_.id()).offset;
    std::vector<Taken> taken;
    while (!order_.empty() && taken.size() < kConversationsAtOnce) {
        const auto at = pending_.find(order_.front());
        order_.pop_front();
        singles_ -= at->second.changed.size();
        taken.push_back({.number = at->first, .what = std::move(at->second)});
        pending_.erase(at);
    }
    shared_.metrics.pending.add(loop_.id().value, -static_cast<std::int64_t>(taken.size()));
    const bool took_all = order_.empty();
    Gathered gathered;
    const auto read = co_await gather(&taken, &gathered);
    if (!read.ok()) {
        log::warn("events not read for the search index", {{"detail", read.error().detail}});
        finish(std::move(taken), false);
        co_return false;
    }
    const bool all = took_all && std::ranges::all_of(taken, &Taken::finished);
    const std::size_t count = gathered.events;
    const auto covers = all ? std::optional(applied) : std::nullopt;
    const auto written = co_await keeper_->write(&loop_, std::move(gathered), covers);
    if (written.ok()) {
        shared_.metrics.indexed.add(loop_.id().value, static_cast<std::int64_t>(count));
    }
    finish(std::move(taken), written.ok());
    co_return written.ok();
}

void Search::Lane::finish(std::vector<Taken> taken, bool ok) {
    for (Taken& one : taken) {
        if (!ok) {
            put_back(std::move(one));
            continue;
        }
        if (!one.finished) {
            if (one.resume.value != 0) {
                // The rest of its range goes on behind what else waits.
                Pending rest{.first = one.resume, .last = one.resume_last};
                rest.done = std::move(one.what.done);
                one.what = std::move(rest);
            }
            put_back(std::move(one));
            continue;
        }
        for (Job& done : one.what.done) {
            done();
        }
    }
}

runtime::Task<Result<void>> Search::Lane::gather(std::vector<Taken>* taken, Gathered* into) {
    for (Taken& one : *taken) {
        if (into->events >= shared_.options.batch_events_max || into->bytes >= kBatchBytesMax) {
            break;  // The rest is put back.
        }
        auto read = co_await gather_one(&one, into);
        if (!read.ok() && read.error().code != ErrorCode::internal) {
            co_return read;
        }
        if (!read.ok()) {
            // Damage in the store is there at the next try too; the log must not be kept for it.
            shared_.metrics.skipped.add(loop_.id().value);
            log::error("conversation not indexed", {{"detail", read.error().detail}});
            one.finished = true;
        }
    }
    co_return Result<void>{};
}

runtime::Task<Result<void>> Search::Lane::gather_one(Taken* taken, Gathered* into) {
    const ConversationNumber number = taken->number;
    Seq first = taken->what.first;
    Seq last = taken->what.last;
    if (taken->what.grown) {
        auto newest = co_await shared_.parts.index.newest(loop_, number);
        CO_TRY(const Seq known, std::move(newest));
        first = first.value == 0 ? known.next() : std::min(first, known.next());
        last = kNoEnd;
    }
    if (taken->what.expired.value != 0) {
        into->replaces.push_back(
            {.conversation = number, .first = {1}, .last = taken->what.expired, .documents = {}}
        );
        ++into->events;
    }
    std::ranges::sort(taken->what.changed);
    const auto repeats = std::ranges::unique(taken->what.changed);
    taken->what.changed.erase(repeats.begin(), repeats.end());
    for (const Seq seq : taken->what.changed) {
        auto done = co_await gather_range(number, seq, seq, into);
        if (!done.ok()) {
            co_return std::move(done).error();
        }
    }
    for (const UserId& user : taken->what.forgotten) {
        into->forgets.push_back({.conversation = number, .user = user});
    }
    if (first.value == 0) {
        taken->finished = true;
        co_return Result<void>{};
    }
    auto done = co_await gather_range(number, first, last, into);
    CO_TRY(const Seq reached, std::move(done));
    taken->finished = reached >= last;
    if (!taken->finished) {
        taken->resume = reached.next();
        taken->resume_last = last;
    }
    co_return Result<void>{};
}

/// One page of the range; answers the last place that is dealt with.
runtime::Task<Result<Seq>> Search::Lane::gather_range(
    ConversationNumber number, Seq first, Seq last, Gathered* into
) {
    auto read = co_await shared_.parts.messaging.events(loop_, number, first, last, kEventsAtOnce);
    CO_TRY(const auto events, std::move(read));
    const Timestamp now = loop_.clock().wall();
    ports::SearchReplace replace{
        .conversation = number, .first = first, .last = last, .documents = {}
    };
    if (events.size() == kEventsAtOnce) {
        replace.last = events.back()->seq;
    }
    for (const core::EventPtr& event : events) {
        if (auto document = document_of(*event, now)) {
            into->bytes += document->words.size();
            replace.documents.push_back(std::move(*document));
        }
    }
    into->events += std::max<std::size_t>(events.size(), 1);
    const Seq reached = replace.last;
    into->replaces.push_back(std::move(replace));
    co_return reached;
}

}  // namespace parley::search
