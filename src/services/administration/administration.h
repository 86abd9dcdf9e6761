#pragma once

#include <atomic>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/ids.h"
#include "base/result.h"
#include "ports/account_directory.h"
#include "ports/audit_log.h"
#include "ports/rate_limiter.h"
#include "ports/report_directory.h"
#include "runtime/loop.h"
#include "runtime/scope.h"
#include "runtime/task.h"
#include "services/auth/auth.h"
#include "services/messaging/messaging.h"

namespace parley::administration {

struct Options {
    /// Reports a user may make; those that are open are bounded, too (ports::kOpenReportsMax).
    ports::RateRule reports_per_user{.per_second = 30.0 / 3600, .burst = 10};
};

/// Who acts, for the audit log.
struct Actor {
    std::optional<UserId> user;  ///< nothing: through the control socket
    std::string address;         ///< the client's
};

inline constexpr std::size_t kReasonCharsMax =
    1000;  ///< of a report, a note; more: `invalid_request`
inline constexpr std::uint32_t kInviteUsesMax = 10'000;
inline constexpr std::uint32_t kInviteDaysMax = 365;

/// What a report is to be about: a message or a user.
struct NewReport {
    std::optional<MessageId> message;
    std::optional<UserId> user;
    std::string reason;
};

struct NewInvite {
    std::uint32_t uses = 1;
    std::uint32_t days = 7;
    std::string note;
};
/// The code is told this once; the server knows its hash.
struct MadeInvite {
    ports::Invite invite;
    std::string code;
};

struct Broadcast {
    std::string client_id;  ///< repeats of the same one reach nobody twice
    std::string content;
};

/// Callable from any loop; coroutines resume on `home`. Errors of every call: `unavailable`, `internal`. Owned by the
/// node; `stop` before messaging stops.
class Administration {
public:
    struct Dependencies {
        runtime::Loop& first_loop;  ///< where broadcasts run
        ports::AccountDirectory& accounts;
        ports::ReportDirectory& reports;
        ports::AuditLog& audit;
        ports::RateLimiter& limiter;
        auth::Auth& auth;
        messaging::Messaging& messaging;
    };
    Administration(Options options, Dependencies dependencies);

    /// `forbidden` for everybody else.
    [[nodiscard]] runtime::Task<Result<void>> require_operator(runtime::Loop& home, UserId user);

    /// By user_id, or by "@" and the username; `not_found`.
    [[nodiscard]] runtime::Task<Result<ports::Account>> find(
        runtime::Loop& home, std::string id_or_name
    );
    [[nodiscard]] runtime::Task<Result<std::vector<ports::Account>>> list(
        runtime::Loop& home, ports::AccountDirectory::Query query
    );
    /// `not_found`, `forbidden`, `conflict` as AccountDirectory says; `forbidden` for disabling oneself.
    [[nodiscard]] runtime::Task<Result<void>> set_disabled(
        runtime::Loop& home, Actor actor, UserId user, bool disabled
    );
    [[nodiscard]] runtime::Task<Result<void>> set_role(
        runtime::Loop& home, Actor actor, UserId user, ports::AccountRole role
    );
    [[nodiscard]] runtime::Task<Result<auth::PasswordReset>> reset_password(
        runtime::Loop& home, Actor actor, UserId user
    );

    /// `invalid_request`, `conflict` (too many).
    [[nodiscard]] runtime::Task<Result<MadeInvite>> create_invite(
        runtime::Loop& home, Actor actor, NewInvite wanted
    );
    [[nodiscard]] runtime::Task<Result<std::vector<ports::Invite>>> invites(runtime::Loop& home);
    [[nodiscard]] runtime::Task<Result<void>> revoke_invite(
        runtime::Loop& home, Actor actor, Uuid id
    );

    /// A user tells the operators. Answers the report's number. `invalid_request`; `not_found` for what the reporter
    /// may not read; `rate_limited`.
    [[nodiscard]] runtime::Task<Result<std::uint64_t>> report(
        runtime::Loop& home, UserId reporter, NewReport wanted
    );
    [[nodiscard]] runtime::Task<Result<std::vector<ports::Report>>> reports(
        runtime::Loop& home, ports::ReportDirectory::Query query
    );
    [[nodiscard]] runtime::Task<Result<ports::Report>> resolve_report(
        runtime::Loop& home, Actor actor, std::uint64_t number, std::string note
    );

    /// Begins to send it to each user, from the server's own account, in their direct conversation with it. Answers
    /// how many users there are. One at a time: `conflict`. One that a stop has interrupted is given up: the audit
    /// log says how far it came, and to repeat it under the same client_id reaches the others. `invalid_request` and
    /// `too_large` as for a message.
    [[nodiscard]] runtime::Task<Result<std::uint64_t>> broadcast(
        runtime::Loop& home, Actor actor, Broadcast wanted
    );

    [[nodiscard]] runtime::Task<Result<ports::AccountStatistics>> statistics(runtime::Loop& home);
    [[nodiscard]] runtime::Task<Result<std::vector<ports::NumberedAuditEntry>>> audit(
        runtime::Loop& home, std::optional<std::uint64_t> before, std::size_t limit
    );
    /// What is done elsewhere in an operator's name: a backup.
    [[nodiscard]] runtime::Task<Result<void>> note(
        runtime::Loop& home, Actor actor, std::string action, std::string detail
    );

    /// A broadcast that runs ends soon; `done` when it has. On the first loop.
    void stop(Job done);

private:
    [[nodiscard]] static ports::AuditEntry act(
        runtime::Loop& home, Actor actor, std::string action, std::string subject
    );
    [[nodiscard]] runtime::Task<Result<ports::Report>> reported_message(
        runtime::Loop& home, UserId reporter, MessageId id
    );
    runtime::Task<void> run_broadcast(UserId server, Actor actor, Broadcast wanted);
    runtime::Task<Result<void>> send_to(UserId server, UserId user, const Broadcast* wanted);

    const Options options_;
    const Dependencies parts_;
    std::atomic<bool> broadcasting_{false};
    bool stopping_ = false;  // the first loop's, as the scope is
    runtime::TaskScope scope_;
};

}  // namespace parley::administration
