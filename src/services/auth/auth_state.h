#pragma once

#include <atomic>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/assert.h"
#include "base/password.h"
#include "services/auth/auth.h"
#include "services/auth/keyring.h"
#include "services/auth/revocations.h"

namespace parley::auth {

/// What is limited for each address, in the words of the refusal.
inline constexpr std::string_view kLogins = "registrations and logins";
inline constexpr std::string_view kRefreshes = "refreshes";
inline constexpr std::string_view kRequests = "requests";
inline constexpr std::size_t kSecretBytes = 32;
/// Covers clocks that are set back a little between a revocation and the check of a token.
inline constexpr Duration kRevocationMargin = std::chrono::minutes{1};

/// What the hashing pool answers about a login.
struct PasswordCheck {
    bool matches = false;
    std::string better_hash;  ///< when the stored one was made at another cost
};

/// What happened at the door, for the audit log.
[[nodiscard]] ports::AuditEntry event_of(
    runtime::Loop& home, std::string action, std::string subject, std::string address
);
/// A full hashing queue is the only `unavailable` that a job in it can end with.
[[nodiscard]] Error hashing_failed(Error error);

/// What is behind Auth; as thread-safe as that. auth.cc has what users do, auth_operator.cc what operators do.
class Auth::State {
public:
    State(Options options, Dependencies dependencies)
        : options_(std::move(options)),
          dependencies_(std::move(dependencies)),
          keyring_(
              dependencies_.disk,
              {.rotate_after = options_.signing_key_rotation,
               .token_lifetime = options_.access_token_lifetime}
          ),
          revocations_(dependencies_.loops, options_.access_token_lifetime + kRevocationMargin) {
        PARLEY_ASSERT(!dependencies_.loops.empty());
    }

    Result<void> start(const std::string& directory);
    void attach(runtime::LoopId loop, RevocationListener& listener) {
        revocations_.attach(loop, listener);
    }

    runtime::Task<Result<Grant>> register_user(
        runtime::Loop& home, Registration registration, std::string address
    );
    runtime::Task<Result<Grant>> log_in(runtime::Loop& home, Login login, std::string address);
    runtime::Task<Result<Grant>> refresh(
        runtime::Loop& home,
        std::string refresh_token,
        std::string address,
        std::optional<Proof> proof
    );
    Result<ports::KeyThumbprint> take_proof(runtime::Loop& home, const Proof& proof);
    runtime::Task<Result<void>> revoke(runtime::Loop& home, UserId user, DeviceId device);
    runtime::Task<Result<std::vector<ports::Device>>> devices(runtime::Loop& home, UserId user) {
        return dependencies_.devices.list(home, user);
    }
    runtime::Task<Result<void>> confirm_password(
        runtime::Loop& home, UserId user, std::string password, std::string address
    );
    void announce_ended(runtime::Loop& home, const std::vector<DeviceId>& devices);
    runtime::Task<Result<bool>> rotate_keys_if_due(runtime::Loop& home);
    runtime::Task<Result<void>> disable(runtime::Loop& home, UserId user, ports::AuditEntry act);
    runtime::Task<Result<PasswordReset>> begin_reset(
        runtime::Loop& home, UserId user, ports::AuditEntry act
    );
    runtime::Task<Result<void>> finish_reset(
        runtime::Loop& home, std::string token, std::string password, std::string address
    );
    runtime::Task<Result<ports::User>> server_user(runtime::Loop& home);
    Result<void> admit_request(runtime::Loop& loop, std::string_view address) {
        return admit(loop, kRequests, address, options_.requests_per_address);
    }
    [[nodiscard]] Registrations registrations() const noexcept { return options_.registrations; }

    Result<Identity> verify(runtime::Loop& loop, std::string_view token);
    [[nodiscard]] const std::string& jwks() const noexcept { return keyring_.jwks(); }
    std::string issue_access_token(UserId user, DeviceId device, Timestamp now, Duration lifetime);
    void register_metrics(metrics::Registry& registry);

private:
    [[nodiscard]] crypto::PasswordCost cost() const noexcept {
        return {.memory_bytes = options_.password_memory_bytes, .passes = options_.password_passes};
    }
    Result<void> load_secret(const std::string& directory);
    Result<void> admit(
        runtime::Loop& home, std::string_view what, std::string_view address, ports::RateRule rule
    );
    std::string token_id(DeviceId device, Timestamp now);
    Grant make_grant(ports::User user, DeviceId device, Timestamp now, std::string refresh_token);

    [[nodiscard]] Result<std::optional<ports::TokenHash>> invite_of(const Registration& given
    ) const;
    runtime::Task<void> note(runtime::Loop& home, ports::AuditEntry event);
    runtime::Task<Result<void>> confirm(
        runtime::Loop& home, ports::Credentials credentials, DeviceId device
    );
    runtime::Task<Result<std::optional<ports::Credentials>>> find_login(
        runtime::Loop& home, std::string login
    );
    runtime::Task<Result<PasswordCheck>> check_password(
        runtime::Loop& home, std::string password, std::string hash
    );
    runtime::Task<Result<DeviceId>> device_of_login(
        runtime::Loop& home, UserId user, std::optional<DeviceId> device
    );
    runtime::Task<Result<Grant>> open_device(
        runtime::Loop& home, ports::User user, DeviceInfo device, DeviceId id
    );

    const Options options_;
    const Dependencies dependencies_;
    Keyring keyring_;
    Revocations revocations_;
    Timestamp serving_since_;  // set by start
    std::string secret_;       // set by start
    std::string dummy_hash_;   // set by start; of a password that nobody has
    std::atomic<std::uint64_t> tokens_made_{0};

    metrics::Counter issued_{dependencies_.loops.size()};
    metrics::Counter verified_{dependencies_.loops.size()};
    metrics::Counter refused_{dependencies_.loops.size()};
    metrics::Counter failed_logins_{dependencies_.loops.size()};
    metrics::Counter reused_{dependencies_.loops.size()};
    metrics::Counter claimed_{dependencies_.loops.size()};
};

}  // namespace parley::auth
