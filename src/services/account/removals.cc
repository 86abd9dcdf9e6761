#include "services/account/removals.h"

#include <algorithm>
#include <utility>
#include <vector>

#include "base/log.h"
#include "base/mutant.h"

namespace parley::account {
namespace {

/// Accounts and conversations looked up at once.
constexpr std::size_t kAccountsAtOnce = 100;
constexpr std::size_t kConversationsAtOnce = 50;

}  // namespace

Removals::Removals(RemovalOptions options, Dependencies dependencies)
    : options_(options), parts_(dependencies), pause_(dependencies.loop) {}

runtime::Task<Result<void>> Removals::remove(
    runtime::Loop& home, UserId user, std::string password, std::string address
) {
    auto confirmed =
        co_await parts_.auth.confirm_password(home, user, std::move(password), address);
    if (!confirmed.ok()) {
        co_return confirmed;
    }
    auto removed = co_await parts_.removals.remove(home, user, home.clock().wall());
    CO_TRY(const std::vector<DeviceId> devices, std::move(removed));
    parts_.auth.announce_ended(home, devices);
    log::info("account ended", {{"user", to_string(user.uuid)}, {"address", address}});
    parts_.loop.post([this] {
        removed_.add(0);
        wake();
    });
    co_return Result<void>{};
}

void Removals::start() {
    wake();
}

void Removals::stop(Job done) {
    stopping_ = true;
    pause_.end();
    scope_.close(std::move(done));
}

void Removals::wake() {
    woken_ = true;
    if (running_) {
        pause_.end();
    } else if (!stopping_) {
        scope_.spawn(run());
    }
}

runtime::Task<void> Removals::run() {
    running_ = true;
    while (woken_ && !stopping_) {
        woken_ = false;
        auto again = co_await pass();
        if (!again.ok() && !stopping_) {
            log::warn("an account is not forgotten yet", {{"detail", again.error().detail}});
        }
        const Duration wait = again.ok() ? *again : options_.retry;
        if (wait > Duration::zero() && !stopping_ && !woken_) {
            co_await pause(wait);
            woken_ = true;
        }
    }
    running_ = false;
}

runtime::Task<Result<Duration>> Removals::pass() {
    auto listed = co_await parts_.removals.pending(parts_.loop, kAccountsAtOnce);
    CO_TRY(const auto removals, std::move(listed));
    Duration next = Duration::zero();
    for (const ports::Removal& removal : removals) {
        auto told = co_await tell_all(removal);
        CO_TRY(const bool finished, std::move(told));
        if (!finished) {
            next = next == Duration::zero() ? options_.settle : std::min(next, options_.settle);
        }
        if (stopping_) {
            co_return Duration::zero();
        }
    }
    // A full page: there may be more behind it.
    const bool more = removals.size() == kAccountsAtOnce && next == Duration::zero();
    co_return more ? Duration{std::chrono::milliseconds{10}} : next;
}

runtime::Task<Result<bool>> Removals::tell_all(ports::Removal removal) {
    const UserId user = removal.user;
    // In this process's own time: a wall clock may be put right meanwhile, and an earlier process leaves nothing under way.
    const Duration since = begun_.try_emplace(user, parts_.loop.clock().steady()).first->second;
    ConversationNumber after;
    bool all_crossed_off = true;
    for (bool more = true; more;) {
        auto listed =
            co_await parts_.removals.conversations(parts_.loop, user, after, kConversationsAtOnce);
        CO_TRY(const auto numbers, std::move(listed));
        // Before they are told: what came to an end before this is covered by it.
        const bool settled = parts_.loop.clock().steady() >= since + options_.settle;
        for (const ConversationNumber& number : numbers) {
            if (stopping_) {
                co_return false;
            }
            if (mutant(Mutant::removal_lost)) {
                continue;
            }
            auto forgotten = co_await parts_.messaging.forget(parts_.loop, user, number);
            if (!forgotten.ok()) {
                co_return std::move(forgotten).error();
            }
            told_.add(0);
        }
        all_crossed_off = all_crossed_off && settled;
        if (settled && !numbers.empty()) {
            auto crossed_off = co_await parts_.removals.forgotten(parts_.loop, user, numbers);
            if (!crossed_off.ok()) {
                co_return std::move(crossed_off).error();
            }
        }
        more = numbers.size() == kConversationsAtOnce;
        if (more) {
            after = numbers.back();
            const auto rate = std::max<std::size_t>(options_.per_second, 1);
            const Duration turn = Duration{std::chrono::seconds{1}} * numbers.size() / rate;
            co_await pause(turn);
            if (stopping_) {
                co_return false;
            }
        }
    }
    if (!all_crossed_off) {
        co_return false;
    }
    auto finished = co_await parts_.removals.finish(parts_.loop, user);
    if (!finished.ok()) {
        co_return std::move(finished).error();
    }
    begun_.erase(user);
    log::info("account forgotten by all of its conversations");
    co_return true;
}

runtime::Task<void> Removals::pause(Duration time) {
    if (!stopping_) {
        co_await pause_.wait(time);
    }
}

void Removals::register_metrics(metrics::Registry& registry) {
    registry.counter("parley_accounts_removed_total", "Accounts that were ended.", removed_);
    registry.counter(
        "parley_conversations_told_total",
        "Conversations that were told to forget an account, each twice.",
        told_
    );
}

}  // namespace parley::account
