#pragma once

#include <functional>
#include <map>
#include <string>

#include "base/job.h"
#include "base/metrics.h"
#include "ports/account_removals.h"
#include "runtime/loop.h"
#include "runtime/scope.h"
#include "runtime/task.h"
#include "services/account/pause.h"
#include "services/auth/auth.h"
#include "services/messaging/messaging.h"

namespace parley::account {

struct RemovalOptions {
    /// What was under way when an account ended has come to its end after this: each conversation is told once more.
    Duration settle = std::chrono::minutes{1};
    /// Conversations told a second, at most.
    std::size_t per_second = 200;
    /// After a failure.
    Duration retry = std::chrono::seconds{1};
};

/// The end of accounts. `remove` from any loop; the rest, and the job, on the loop it is made with. The job works on
/// one account at a time, oldest first, and one conversation at a time. Bounded by what is noted in the directory.
class Removals {
public:
    struct Dependencies {
        auth::Auth& auth;
        messaging::Messaging& messaging;
        ports::AccountRemovals& removals;
        runtime::Loop& loop;
    };
    Removals(RemovalOptions options, Dependencies dependencies);

    /// Ends the account: gone, durably, when this answers well; its conversations forget it soon after.
    /// `forbidden` for a wrong password; `not_found`, `rate_limited`, `unavailable`.
    [[nodiscard]] runtime::Task<Result<void>> remove(
        runtime::Loop& home, UserId user, std::string password, std::string address
    );

    /// Begins the job, with what an earlier life of the server has left. When messaging has started.
    void start();
    /// `done` when what is under way has ended; the rest is noted.
    void stop(Job done);

    void register_metrics(metrics::Registry& registry);

private:
    void wake();
    runtime::Task<void> run();
    /// Tells all that is noted of the accounts; answers when to look again, zero: when woken.
    [[nodiscard]] runtime::Task<Result<Duration>> pass();
    /// Whether everything noted of it has been told and crossed off.
    [[nodiscard]] runtime::Task<Result<bool>> tell_all(ports::Removal removal);
    runtime::Task<void> pause(Duration time);

    const RemovalOptions options_;
    const Dependencies parts_;
    metrics::Counter removed_{1};
    metrics::Counter told_{1};
    std::map<UserId, Duration> begun_;  // steady time at which this process began to tell of them
    bool running_ = false;
    bool woken_ = false;
    bool stopping_ = false;
    Pause pause_;
    runtime::TaskScope scope_;
};

}  // namespace parley::account
