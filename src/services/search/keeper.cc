#include "services/search/keeper.h"

#include <algorithm>
#include <utility>

#include "base/log.h"
#include "runtime/countdown.h"

namespace parley::search {
namespace {

/// Conversations looked at together.
constexpr std::size_t kSweepAtOnce = 64;
constexpr Duration kRetryAfter = std::chrono::seconds{1};

}  // namespace

struct Search::Keeper::Reply {
    runtime::Loop* home = nullptr;
    runtime::LoopId lane;
    std::optional<std::uint64_t> covers;
    UniqueFunction<void(Result<void>)> done;
};

Search::Keeper::Keeper(
    Shared& shared, std::vector<std::unique_ptr<Lane>>& lanes, ports::SearchProgress found
)
    : shared_(shared),
      lanes_(lanes),
      loop_(*shared.parts.loops.front()),
      progress_(found),
      covered_(shared.parts.loops.size(), found.position.offset),
      passed_(found.position),
      begun_at_(found.position) {
    shared_.complete.store(found.complete);
    shared_.position.store(found.position.offset);
}

std::optional<LogPosition> Search::Keeper::replay_from() const {
    const bool nothing_yet = !progress_.complete && progress_.swept.value == 0;
    return nothing_yet ? std::nullopt : std::optional(progress_.position);
}

void Search::Keeper::start() {
    started_ = true;
    scope_.spawn(flush_now_and_then());
    scope_.spawn(scrub_now_and_then());
    if (!progress_.complete) {
        scope_.spawn(sweep());
    }
}

// --- writing ------------------------------------------------------------------------------------

ports::SearchProgress Search::Keeper::progress() const {
    ports::SearchProgress now = progress_;
    const std::uint64_t offset = std::ranges::min(covered_);
    now.position = offset <= begun_at_.offset
                       ? begun_at_
                       : LogPosition{.epoch = shared_.parts.log.epoch(), .offset = offset};
    return now;
}

runtime::Task<Result<void>> Search::Keeper::write_batch(ports::SearchBatch batch) {
    if (shared_.mending.load()) {
        co_return Error{ErrorCode::unavailable, "the search index is being made anew"};
    }
    // Made up here, where nothing comes between this and the index's queue.
    batch.progress = progress();
    const std::uint64_t position = batch.progress.position.offset;
    const Duration begun = loop_.clock().steady();
    auto written = co_await shared_.parts.index.write(loop_, std::move(batch));
    shared_.metrics.write_latency.observe(0, loop_.clock().steady() - begun);
    if (written.ok()) {
        shared_.position.store(position);
        co_return written;
    }
    shared_.metrics.failures.add(0);
    log::warn("search index not written", {{"detail", written.error().detail}});
    if (written.error().code == ErrorCode::internal) {
        mend();
    }
    co_return written;
}

runtime::Task<Result<void>> Search::Keeper::write(
    runtime::Loop* home, Gathered gathered, std::optional<std::uint64_t> covers
) {
    runtime::Callback<Result<void>> answer;
    Reply reply{.home = home, .lane = home->id(), .covers = covers, .done = answer.completion()};
    auto job = [this, gathered = std::move(gathered), reply = std::move(reply)]() mutable {
        // Refused only when everything ends, and then the lanes have ended before.
        scope_.spawn(write_here(std::move(gathered), std::move(reply)));
    };
    loop_.post(std::move(job));
    co_return co_await answer.wait();
}

runtime::Task<void> Search::Keeper::write_here(Gathered gathered, Reply reply) {
    const std::uint64_t before = covered_[reply.lane.value];
    ports::SearchBatch batch{
        .replaces = std::move(gathered.replaces),
        .forgets = std::move(gathered.forgets),
        .progress = {}
    };
    if (reply.covers) {
        // With this very batch; taken back should it fail.
        covered_[reply.lane.value] = std::max(before, *reply.covers);
    }
    auto written = co_await write_batch(std::move(batch));
    if (!written.ok()) {
        covered_[reply.lane.value] = before;
    }
    reply.home->post([done = std::move(reply.done), written = std::move(written)]() mutable {
        done(std::move(written));
    });
}

// --- looking at everything ----------------------------------------------------------------------

void Search::Keeper::start_over(const char* why) {
    log::warn("search index looks at everything again", {{"why", why}});
    shared_.complete.store(false);
    progress_.complete = false;
    progress_.swept = {};
    ++sweeps_;
    if (started_ && !sweeping_ && !stopping_) {
        scope_.spawn(sweep());
    }
}

runtime::Task<void> Search::Keeper::sweep() {
    sweeping_ = true;
    log::info("search index looks at all conversations", {});
    while (!stopping_ && !progress_.complete) {
        const auto more = co_await sweep_some();
        if (!more.ok()) {
            log::warn("search index waits", {{"detail", more.error().detail}});
            const bool go_on = co_await pause(kRetryAfter);
            if (!go_on) {
                break;
            }
        }
    }
    sweeping_ = false;
    if (progress_.complete) {
        log::info("search index is complete", {});
    }
}

/// Has each of them looked at by its lane.
runtime::Task<void> Search::Keeper::look_at(const std::vector<ConversationNumber>* numbers) {
    runtime::Callback<bool> all;
    const runtime::Countdown one_done(
        loop_, numbers->size(), [resume = all.completion()]() mutable { resume(true); }
    );
    for (const ConversationNumber number : *numbers) {
        const runtime::LoopId lane = shared_.parts.messaging.lane_of(number);
        Lane* at = lanes_[lane.value].get();
        shared_.parts.loops[lane.value]->post([at, number, one_done] {
            at->look_again(number, one_done);
        });
    }
    co_await all.wait();
}

/// Looks at the next conversations; false: there are none.
runtime::Task<Result<bool>> Search::Keeper::sweep_some() {
    const std::uint64_t sweep = sweeps_;
    auto listed = co_await shared_.parts.directory.list(loop_, progress_.swept, kSweepAtOnce);
    CO_TRY(const auto numbers, std::move(listed));
    if (sweep != sweeps_) {
        co_return true;
    }
    if (!numbers.empty()) {
        co_await look_at(&numbers);
        if (stopping_ || sweep != sweeps_) {
            co_return true;
        }
        progress_.swept = numbers.back();
    }
    progress_.complete = numbers.empty();
    ports::SearchBatch nothing;
    auto written = co_await write_batch(std::move(nothing));
    if (!written.ok()) {
        progress_.complete = false;
        co_return std::move(written).error();
    }
    if (progress_.complete) {
        shared_.complete.store(true);
    }
    co_return !numbers.empty();
}

// --- now and then -------------------------------------------------------------------------------

/// False when everything ends meanwhile.
runtime::Task<bool> Search::Keeper::pause(Duration delay) {
    if (stopping_) {
        co_return false;
    }
    runtime::Callback<bool> over;
    pauses_.push_back(&over);
    auto resume = over.completion();
    const runtime::TimerId timer = loop_.after(delay, [&resume] { resume(true); });
    const bool waited = co_await over.wait();
    loop_.cancel(timer);
    std::erase(pauses_, &over);
    co_return waited && !stopping_;
}

runtime::Task<void> Search::Keeper::ask_lanes() {
    for (std::size_t i = 0; i < lanes_.size(); ++i) {
        runtime::Callback<std::optional<std::uint64_t>> answer;
        auto reply = answer.completion();
        Lane* lane = lanes_[i].get();
        shared_.parts.loops[i]->post([this, lane, &reply] {
            loop_.post([&reply, idle = lane->idle_at()] { reply(idle); });
        });
        const auto idle = co_await answer.wait();
        if (idle) {
            covered_[i] = std::max(covered_[i], *idle);
        }
    }
}

runtime::Task<Result<void>> Search::Keeper::flush() {
    co_await ask_lanes();
    ports::SearchBatch nothing;
    auto written = co_await write_batch(std::move(nothing));
    if (!written.ok()) {
        co_return written;
    }
    auto flushed = co_await shared_.parts.index.flush(loop_);
    if (!flushed.ok()) {
        if (flushed.error().code == ErrorCode::internal) {
            mend();
        }
        co_return std::move(flushed).error();
    }
    passed_ = *flushed;
    co_return Result<void>{};
}

runtime::Task<void> Search::Keeper::flush_now_and_then() {
    bool go_on = co_await pause(shared_.options.flush_interval);
    while (go_on) {
        const auto flushed = co_await flush();
        if (!flushed.ok()) {
            log::warn("search index not flushed", {{"detail", flushed.error().detail}});
        }
        const std::uint64_t end = shared_.parts.log.committed().offset;
        if (end - std::min(end, passed_.offset) > shared_.options.lag_records_max) {
            // What the sweep reads covers all of it.
            std::ranges::fill(covered_, end);
            start_over("it is too far behind the log");
        }
        go_on = co_await pause(shared_.options.flush_interval);
    }
}

runtime::Task<void> Search::Keeper::scrub_now_and_then() {
    bool go_on = co_await pause(shared_.options.scrub_interval);
    while (go_on) {
        bool more = !shared_.mending.load();
        while (more && !stopping_) {
            const auto scrubbed = co_await shared_.parts.index.scrub(loop_);
            if (!scrubbed.ok()) {
                log::warn("search index not scrubbed", {{"detail", scrubbed.error().detail}});
            }
            more = scrubbed.ok() && *scrubbed;
        }
        go_on = co_await pause(shared_.options.scrub_interval);
    }
}

// --- mending ------------------------------------------------------------------------------------

void Search::Keeper::mend() {
    if (shared_.mending.exchange(true) || stopping_) {
        return;
    }
    shared_.metrics.resets.add(0);
    scope_.spawn(make_anew());
}

runtime::Task<void> Search::Keeper::make_anew() {
    for (;;) {
        const auto made = co_await shared_.parts.index.reset(loop_);
        if (made.ok()) {
            break;
        }
        log::error("search index not made anew", {{"detail", made.error().detail}});
        const bool go_on = co_await pause(kRetryAfter * 10);
        if (!go_on) {
            co_return;
        }
    }
    start_over("it was damaged");
    shared_.mending.store(false);
}

// --- the end ------------------------------------------------------------------------------------

void Search::Keeper::stop(Job done) {
    if (!scope_.spawn(end(std::move(done)))) {
        PARLEY_ASSERT(false);  // Stopped twice.
    }
}

runtime::Task<void> Search::Keeper::end(Job done) {
    stopping_ = true;
    for (runtime::Callback<bool>* pause : std::vector(pauses_)) {
        pause->completion()(false);
    }
    for (std::size_t i = 0; i < lanes_.size(); ++i) {
        runtime::Callback<bool> ended;
        auto resume = ended.completion();
        Lane* lane = lanes_[i].get();
        shared_.parts.loops[i]->post([this, lane, &resume] {
            lane->stop([this, &resume] { loop_.post([&resume] { resume(true); }); });
        });
        co_await ended.wait();
    }
    if (started_ && !shared_.mending.load()) {
        const auto flushed = co_await flush();
        if (!flushed.ok()) {
            // Not a loss: the next start reads it from the log.
            log::warn("search index not flushed at stop", {{"detail", flushed.error().detail}});
        }
    }
    scope_.close(std::move(done));
}

}  // namespace parley::search
