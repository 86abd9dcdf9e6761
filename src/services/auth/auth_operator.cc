#include <algorithm>
#include <array>
#include <span>
#include <utility>

#include "base/crypto.h"
#include "base/log.h"
#include "services/auth/account_rules.h"
#include "services/auth/auth_state.h"

namespace parley::auth {
namespace {

constexpr std::string_view kResetPrefix = "ppr_";
constexpr std::string_view kServerName = "parley";
constexpr std::string_view kServerDisplayName = "Parley";

}  // namespace

ports::AuditEntry event_of(
    runtime::Loop& home, std::string action, std::string subject, std::string address
) {
    return {
        .time = home.clock().wall(),
        .actor = std::nullopt,
        .action = std::move(action),
        .subject = std::move(subject),
        .detail = {},
        .address = std::move(address),
        .security = true,
    };
}

Error hashing_failed(Error error) {
    if (error.code == ErrorCode::unavailable) {
        return {
            ErrorCode::rate_limited,
            "too many registrations and logins at once: try again in a moment"
        };
    }
    return error;
}

/// What stands in the audit log is worth less than the answer: a failure is told to the server's log.
runtime::Task<void> Auth::State::note(runtime::Loop& home, ports::AuditEntry event) {
    const std::string action = event.action;
    const auto noted = co_await dependencies_.audit.append(home, std::move(event));
    if (!noted) {
        log::error("audit log not written", {{"action", action}, {"detail", noted.error().detail}});
    }
}

/// An operator's act ends the devices that it finds. One that came behind it, by the password that was good before,
/// is found here: either way the device of a login that was overtaken does not live.
runtime::Task<Result<void>> Auth::State::confirm(
    runtime::Loop& home, ports::Credentials credentials, DeviceId device
) {
    CO_TRY(const auto account, co_await dependencies_.accounts.find_account(home, credentials.id));
    if (account && !account->disabled_at && account->generation == credentials.generation) {
        co_return Result<void>{};
    }
    auto ended = co_await revoke(home, credentials.id, device);
    if (!ended && ended.error().code != ErrorCode::not_found) {
        co_return ended;
    }
    co_return Error{ErrorCode::unauthorized, "the login or the password is wrong"};
}

// --- what operators do ------------------------------------------------------------------------------

runtime::Task<Result<void>> Auth::State::disable(
    runtime::Loop& home, UserId user, ports::AuditEntry act
) {
    const Timestamp now = act.time;
    CO_TRY(const auto ended, co_await dependencies_.accounts.disable(home, user, std::move(act)));
    for (const DeviceId& device : ended) {
        revocations_.announce(home, device, now);
    }
    log::info("user disabled", {{"user", to_string(user.uuid)}});
    co_return Result<void>{};
}

runtime::Task<Result<PasswordReset>> Auth::State::begin_reset(
    runtime::Loop& home, UserId user, ports::AuditEntry act
) {
    const Timestamp now = act.time;
    std::array<std::byte, kSecretBytes> chance{};
    home.random().fill(chance);
    PasswordReset reset;
    reset.token = kResetPrefix;
    reset.token += crypto::base64url({reinterpret_cast<const char*>(chance.data()), chance.size()});
    reset.expires_at = now.plus(options_.reset_lifetime);
    ports::AccountDirectory::PasswordReset stored{
        .token = crypto::sha256(reset.token),
        .expires_at = reset.expires_at,
        .unmatchable_hash = crypto::unmatchable_hash(cost()),
    };
    CO_TRY(
        const auto ended,
        co_await dependencies_.accounts.begin_reset(home, user, std::move(stored), std::move(act))
    );
    for (const DeviceId& device : ended) {
        revocations_.announce(home, device, now);
    }
    log::info("password reset begun", {{"user", to_string(user.uuid)}});
    co_return reset;
}

runtime::Task<Result<void>> Auth::State::finish_reset(
    runtime::Loop& home, std::string token, std::string password, std::string address
) {
    if (auto admitted = admit(home, kLogins, address, options_.per_address); !admitted) {
        co_return std::move(admitted).error();
    }
    CO_TRY(password, checked_password(std::move(password), {}, options_.password_chars_min));
    auto hashing = [password = std::move(password), cost = cost()] {
        return crypto::hash_password(password, cost);
    };
    auto hash = co_await dependencies_.hashing.run(home, std::move(hashing));
    if (!hash) {
        co_return hashing_failed(std::move(hash).error());
    }
    auto act = event_of(home, "password.reset", {}, std::move(address));
    CO_TRY(
        const UserId user,
        co_await dependencies_.accounts.finish_reset(
            home, crypto::sha256(token), std::move(*hash), std::move(act)
        )
    );
    log::info("password reset", {{"user", to_string(user.uuid)}});
    co_return Result<void>{};
}

runtime::Task<Result<ports::User>> Auth::State::server_user(runtime::Loop& home) {
    ports::User wanted{
        .id = UserId{random_uuid(home.random())},
        .username = std::string(kServerName),
        .display_name = std::string(kServerDisplayName),
        .about = "What the operators of this server have to say",
        .email = std::nullopt,
        .phone = std::nullopt,
        .created_at = home.clock().wall(),
    };
    std::string hash = crypto::unmatchable_hash(cost());
    co_return co_await dependencies_.accounts.server_user(home, std::move(wanted), std::move(hash));
}

}  // namespace parley::auth
