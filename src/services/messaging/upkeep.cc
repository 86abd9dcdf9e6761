#include "services/messaging/upkeep.h"

#include <algorithm>
#include <utility>

#include "base/log.h"
#include "base/mutant.h"
#include "services/messaging/ask.h"
#include "services/messaging/local.h"
#include "services/messaging/shared.h"
#include "services/messaging/sweeper.h"

namespace parley::messaging {
namespace {

constexpr Duration kFlushCheck = std::chrono::seconds{1};

}  // namespace

Messaging::Upkeep::Upkeep(Messaging& messaging, Shared& shared)
    : messaging_(messaging), shared_(shared), loop_(*shared.parts.loops.front()) {}

void Messaging::Upkeep::start(UniqueFunction<void(Result<void>)> done) {
    scope_.spawn(run_start(std::move(done)));
}

runtime::Task<void> Messaging::Upkeep::run_start(UniqueFunction<void(Result<void>)> done) {
    auto result = co_await recover();
    if (result.ok()) {
        arm();
        messaging_.sweeper_->start();
    }
    done(std::move(result));
}

runtime::Task<Result<void>> Messaging::Upkeep::recover() {
    const std::size_t lanes = messaging_.owners_.size();
    CO_TRY(const LogPosition from, shared_.parts.store.replay_from());
    tell_listener(from);
    std::vector<Owner::Records> records(lanes);
    std::size_t count = 0;
    auto read = shared_.parts.log.replay(from, [&](LogPosition position, core::Record record) {
        const std::size_t lane = messaging_.owner_of(record.conversation).loop().id().value;
        records[lane].emplace_back(position, std::move(record));
        ++count;
        return Result<void>{};
    });
    if (!read.ok()) {
        co_return std::move(read).error();
    }
    if (auto set = shared_.parts.store.set_lanes(static_cast<std::uint32_t>(lanes), from);
        !set.ok()) {
        co_return std::move(set).error();
    }
    const Duration begun = loop_.clock().steady();
    for (std::size_t lane = 0; lane < lanes; ++lane) {
        Owner* owner = messaging_.owners_[lane].get();
        auto share = std::make_shared<Owner::Records>(std::move(records[lane]));
        auto work = [share, from](Owner& at) { return at.replay(std::move(*share), from); };
        auto replayed = co_await ask<void>(owner, &loop_, work);
        if (!replayed.ok()) {
            co_return std::move(replayed).error();
        }
    }
    flushed_ = from;
    flushed_at_ = loop_.clock().steady();
    rolled_at_ = flushed_at_;
    const auto millis =
        std::chrono::duration_cast<std::chrono::milliseconds>(flushed_at_ - begun).count();
    log::info(
        "log replayed", {{"from", from.offset}, {"records", count}, {"milliseconds", millis}}
    );
    co_return Result<void>{};
}

void Messaging::Upkeep::tell_listener(LogPosition stored) {
    ChangeListener* listener = shared_.listener;
    const auto from = listener == nullptr ? std::nullopt : listener->replay_from();
    if (!from || *from == stored) {
        return;
    }
    if (*from > stored && *from <= shared_.parts.log.committed()) {
        return;  // What it lacks is applied again, and so told.
    }
    bool over = false;
    const auto read =
        shared_.parts.log.replay(*from, [&](LogPosition position, const core::Record& record) {
            if (position > stored) {
                over = true;
                return Result<void>{Error{ErrorCode::internal, "enough"}};
            }
            listener->on_record(messaging_.lane_of(record.conversation), record);
            return Result<void>{};
        });
    if (!read.ok() && !over) {
        log::warn("search index is to be made anew", {{"detail", read.error().detail}});
        listener->on_gap();
    }
}

void Messaging::Upkeep::release() {
    LogPosition position = flushed_;
    if (shared_.listener != nullptr) {
        position = std::min(position, shared_.listener->passed());
    }
    if (position > released_) {
        released_ = position;
        shared_.parts.log.release(position);
    }
}

void Messaging::Upkeep::arm() {
    timer_ = loop_.after(kFlushCheck, [this] {
        timer_ = {};
        check();
    });
}

void Messaging::Upkeep::check() {
    release();  // The listener may have caught up since the last flush.
    const Duration now = loop_.clock().steady();
    if (now - rolled_at_ >= shared_.options.log_roll_interval) {
        rolled_at_ = now;
        shared_.parts.log.roll();
    }
    const std::uint64_t behind = shared_.parts.log.committed().offset - flushed_.offset;
    const bool late = now - flushed_at_ >= shared_.options.flush_interval;
    if (behind == 0 && late) {
        // What was closed since may go, although nothing came.
        flushed_at_ = now;
        shared_.parts.log.release(released_);
    }
    if (behind == 0 || (behind < shared_.options.flush_records && !late)) {
        arm();
        return;
    }
    scope_.spawn(run_flush());
}

runtime::Task<void> Messaging::Upkeep::run_flush() {
    flushing_ = true;
    const auto result = co_await flush();
    flushing_ = false;
    if (!result.ok()) {
        log::warn("store flush failed", {{"detail", result.error().detail}});
    }
    if (stopping_) {
        if (flush_over_) {
            std::exchange(flush_over_, {})();
        }
        co_return;
    }
    arm();
}

runtime::Task<Result<void>> Messaging::Upkeep::flush() {
    for (const auto& owner : messaging_.owners_) {
        auto work = [](Owner& at) { return at.write_all(); };
        auto written = co_await ask<void>(owner.get(), &loop_, work);
        if (!written.ok()) {
            co_return std::move(written).error();
        }
    }
    if (mutant(Mutant::log_released_early)) {
        shared_.parts.log.release(shared_.parts.log.committed());
        co_return Result<void>{};
    }
    auto durable = co_await shared_.parts.store.flush(loop_);
    CO_TRY(flushed_, std::move(durable));
    flushed_at_ = loop_.clock().steady();
    release();
    co_return Result<void>{};
}

void Messaging::Upkeep::stop(Job done) {
    stopping_ = true;
    loop_.cancel(timer_);
    stopped_ = std::move(done);
    if (!scope_.spawn(run_stop())) {
        std::exchange(stopped_, {})();
    }
}

runtime::Task<void> Messaging::Upkeep::run_stop() {
    runtime::Callback<bool> swept;
    auto sweeper_over = swept.completion();
    messaging_.sweeper_->stop([&sweeper_over] { sweeper_over(true); });
    co_await swept.wait();
    if (flushing_) {
        runtime::Callback<bool> over;
        auto resume = over.completion();
        flush_over_ = [&resume] { resume(true); };
        co_await over.wait();
    }
    for (const auto& owner : messaging_.owners_) {
        runtime::Callback<bool> drained;
        auto resume = drained.completion();
        Owner* at = owner.get();
        at->loop().post([this, at, &resume] {
            at->drain([this, &resume] { loop_.post([&resume] { resume(true); }); });
        });
        co_await drained.wait();
    }
    if (const auto result = co_await flush(); !result.ok()) {
        // Not a loss: the log has everything, and the next start replays it.
        log::warn("store not flushed at stop", {{"detail", result.error().detail}});
    }
    for (std::size_t i = 0; i < messaging_.owners_.size(); ++i) {
        runtime::Callback<bool> closed;
        auto resume = closed.completion();
        Owner* owner = messaging_.owners_[i].get();
        Local* local = messaging_.locals_[i].get();
        const auto close_local = [this, local, &resume] {
            local->close([this, &resume] { loop_.post([&resume] { resume(true); }); });
        };
        owner->loop().post([owner, close_local] { owner->close(close_local); });
        co_await closed.wait();
    }
    scope_.close(std::exchange(stopped_, {}));
}

}  // namespace parley::messaging
