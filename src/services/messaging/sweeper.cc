#include "services/messaging/sweeper.h"

#include <algorithm>
#include <utility>

#include "base/log.h"
#include "services/messaging/ask.h"
#include "services/messaging/shared.h"

namespace parley::messaging {
namespace {

/// Conversations looked at between two pauses.
constexpr std::size_t kPieceMax = 100;
/// Their space is given back together: rewriting files is dear.
constexpr std::size_t kLighterMax = 1'000;
constexpr Duration kReclaimAfter = std::chrono::minutes{10};

/// Whether there is something to take away from the conversation, as far as its state tells.
bool is_due(const core::ConversationState& state, Timestamp now, Timestamp keep_from) noexcept {
    if (state.expiring.value != 0 && state.expires_at <= now) {
        return true;
    }
    return state.head > state.expired && creation_time(state.number) <= keep_from;
}

}  // namespace

Messaging::Sweeper::Sweeper(Messaging& messaging, Shared& shared)
    : messaging_(messaging), shared_(shared), loop_(*shared.parts.loops.front()) {}

void Messaging::Sweeper::start() {
    reclaimed_at_ = loop_.clock().steady();
    arm(shared_.options.sweep_interval);
}

void Messaging::Sweeper::stop(Job done) {
    stopping_ = true;
    loop_.cancel(timer_);
    scope_.close(std::move(done));
}

void Messaging::Sweeper::arm(Duration delay) {
    if (stopping_) {
        return;
    }
    timer_ = loop_.after(delay, [this] {
        timer_ = {};
        scope_.spawn(run());
    });
}

runtime::Task<void> Messaging::Sweeper::run() {
    const Timestamp now = loop_.clock().wall();
    const Duration kept = shared_.options.retention;
    const Timestamp keep_from = kept == Duration::zero() ? Timestamp{} : now.plus(-kept);
    auto done = co_await step(now, keep_from);
    if (!done.ok()) {
        log::warn("what has expired was not taken away", {{"detail", done.error().detail}});
        arm(shared_.options.sweep_interval);
        co_return;
    }
    co_await reclaim();
    if (*done) {
        at_ = {};
        shared_.metrics.sweeps.add(0);
        arm(shared_.options.sweep_interval);
        co_return;
    }
    const auto rate = std::max<std::size_t>(shared_.options.sweep_per_second, 1);
    arm(Duration{std::chrono::seconds{1}} * kPieceMax / rate);
}

runtime::Task<Result<bool>> Messaging::Sweeper::step(Timestamp now, Timestamp keep_from) {
    auto scanned = co_await shared_.parts.store.scan(loop_, at_, kPieceMax);
    CO_TRY(const auto states, std::move(scanned));
    for (const core::ConversationState& state : states) {
        if (stopping_) {
            co_return true;
        }
        // One that fails is met again in the next round: it must not keep the others from their turn.
        at_ = state.number;
        if (is_due(state, now, keep_from)) {
            auto swept = co_await sweep(state.number, keep_from);
            if (!swept.ok()) {
                co_return std::move(swept).error();
            }
        }
    }
    co_return states.size() < kPieceMax;
}

runtime::Task<Result<void>> Messaging::Sweeper::sweep(
    ConversationNumber number, Timestamp keep_from
) {
    std::size_t events = 0;
    for (bool more = true; more && !stopping_;) {
        Owner* owner = &messaging_.owner_of(number);
        auto work = [number, keep_from](Owner& at) { return at.sweep(number, keep_from); };
        auto swept = co_await ask<Owner::Swept>(owner, &loop_, work);
        CO_TRY(const Owner::Swept piece, std::move(swept));
        events += piece.events;
        more = piece.more;
    }
    if (events > 0) {
        shared_.metrics.expired.add(0, static_cast<std::int64_t>(events));
        lighter_.push_back(number);
    }
    co_return Result<void>{};
}

/// What went is in files still, until those are written anew.
runtime::Task<void> Messaging::Sweeper::reclaim() {
    const Duration now = loop_.clock().steady();
    const bool due = lighter_.size() >= kLighterMax || now - reclaimed_at_ >= kReclaimAfter;
    if (lighter_.empty() || !due || stopping_) {
        co_return;
    }
    reclaimed_at_ = now;
    auto numbers = std::exchange(lighter_, {});
    std::ranges::sort(numbers);
    numbers.erase(std::ranges::unique(numbers).begin(), numbers.end());
    const auto done = co_await shared_.parts.store.reclaim(loop_, std::move(numbers));
    if (!done.ok()) {
        // They are rewritten in the course of time; it is only later.
        log::warn("space was not given back", {{"detail", done.error().detail}});
    }
}

}  // namespace parley::messaging
