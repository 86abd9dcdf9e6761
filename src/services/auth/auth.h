#pragma once

#include <chrono>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/ids.h"
#include "base/metrics.h"
#include "base/result.h"
#include "ports/account_directory.h"
#include "ports/audit_log.h"
#include "ports/device_directory.h"
#include "ports/rate_limiter.h"
#include "ports/user_directory.h"
#include "runtime/disk.h"
#include "runtime/loop.h"
#include "runtime/pool.h"
#include "runtime/task.h"
#include "services/auth/proof.h"

namespace parley::auth {

/// Who may make an account of their own.
enum class Registrations : unsigned char {
    open,    ///< everybody
    invite,  ///< who has an operator's invite
    closed,  ///< nobody
};

struct Options {
    std::string issuer = "parley";
    Duration access_token_lifetime = std::chrono::minutes{15};
    Duration refresh_token_lifetime = std::chrono::days{60};
    /// argon2id (RFC 9106); below 19 MiB / 2 passes the configuration is refused.
    std::uint64_t password_memory_bytes = 19ULL << 20U;
    std::uint64_t password_passes = 2;
    std::size_t password_chars_min = 8;
    ports::RateRule per_address{.per_second = 5, .burst = 200};  ///< registrations and logins
    ports::RateRule refreshes_per_address{.per_second = 50, .burst = 1000};
    ports::RateRule requests_per_address{};  ///< of any kind over HTTP; by default without a limit
    Registrations registrations = Registrations::open;
    /// How long the token of a password reset is good for.
    Duration reset_lifetime = std::chrono::hours{24};
    std::size_t devices_per_user_max = 256;  ///< one more login ends the device unused for longest
    Duration signing_key_rotation = std::chrono::days{30};
};

/// `invalid_request` with the reason when the options cannot be served with.
[[nodiscard]] Result<void> validate(const Options& options);

/// Whose request this is, from an access token.
struct Identity {
    UserId user;
    DeviceId device;
    Timestamp expires_at;
};

struct DeviceInfo {
    std::string name;
    std::string platform;
    /// Renewing this device's token will need proofs by this key.
    std::optional<PublicJwk> key = std::nullopt;
};

struct Registration {
    std::string username;
    std::string password;
    std::string display_name;  ///< empty: the username
    std::optional<std::string> email;
    std::optional<std::string> phone;
    DeviceInfo device;
    std::optional<std::string> invite = {};  ///< an invite's code; passed over where none is needed
};

struct Login {
    std::string login;  ///< username, e-mail or phone
    std::string password;
    DeviceInfo device;
    std::optional<DeviceId> device_id;  ///< log in again on a device that is known
};

struct Grant {
    ports::User user;
    DeviceId device;
    std::string access_token;
    Duration expires_in{};
    std::string refresh_token;
    Duration refresh_expires_in{};
};

/// What an operator hands over to somebody whose password has been reset.
struct PasswordReset {
    std::string token;
    Timestamp expires_at;
};

/// Told on every loop when a device ends, so that its sessions close (4003). Called on `loop`.
class RevocationListener {
public:
    virtual ~RevocationListener() = default;
    virtual void on_revoked(DeviceId device) = 0;
};

/// Accounts and tokens: who may come in. Passwords are argon2id, hashed in a pool of their own; access
/// tokens are ES256 JWTs (RFC 7519, RFC 8725), checked without any I/O; refresh tokens rotate, and one that
/// is shown again ends its device. Callable from any loop; coroutines resume on `home`. Must outlive the
/// loops' last job, because revocations travel as jobs.
class Auth {
public:
    struct Dependencies {
        ports::UserDirectory& users;
        ports::DeviceDirectory& devices;
        ports::AccountDirectory& accounts;
        ports::AuditLog& audit;
        ports::RateLimiter& limiter;
        runtime::Pool& hashing;  ///< bounded: a login storm waits here, and nowhere else
        runtime::Disk& disk;
        std::vector<runtime::Loop*>
            loops;  ///< of the process, at least one; `start` uses the first's clock
    };
    Auth(Options options, Dependencies dependencies);
    Auth(const Auth&) = delete;
    Auth& operator=(const Auth&) = delete;
    Auth(Auth&&) = delete;
    Auth& operator=(Auth&&) = delete;
    ~Auth();

    /// Reads, or on first start makes, the signing keys and the server secret below `directory` (mode 0600;
    /// anything wider is refused with a message that says the chmod). Loads recent revocations. Blocks.
    [[nodiscard]] Result<void> start(const std::string& directory);

    /// The listener for one loop; before the loops run.
    void attach(runtime::LoopId loop, RevocationListener& listener);

    /// Errors: `invalid_request` (username, password, e-mail, phone, names malformed), `conflict` (username
    /// taken), `forbidden` (no registrations, or no good invite), `rate_limited` (address, or too many passwords wait to be hashed), `unavailable`. An e-mail or
    /// phone that another account has makes no difference to the answer: the log names the owner.
    [[nodiscard]] runtime::Task<Result<Grant>> register_user(
        runtime::Loop& home, Registration registration, std::string address
    );
    /// `unauthorized` for an unknown login and for a wrong password: the same words, the same work;
    /// `invalid_request` and `rate_limited` as above; `forbidden` for the right password of a disabled account.
    /// A login that an operator's act overtakes is `unauthorized`. A `device_id` that is not a live device of the user is
    /// passed over: the login gets a new device.
    [[nodiscard]] runtime::Task<Result<Grant>> log_in(
        runtime::Loop& home, Login login, std::string address
    );
    /// `unauthorized`; a reused token has revoked its device when this answers. A token shown again within
    /// ports::kRefreshGrace, or after a restart of the server, while its successor is unused, gives the same
    /// successor again. `rate_limited` by address. A device that gave a key needs a `proof` by it (RFC 9449): without
    /// it, or with one that is wrong or was shown before, the answer is `unauthorized` and the device lives on.
    [[nodiscard]] runtime::Task<Result<Grant>> refresh(
        runtime::Loop& home,
        std::string refresh_token,
        std::string address,
        std::optional<Proof> proof = std::nullopt
    );
    /// `not_found` when it is not a device of `user`. Its sessions close within 2 s.
    [[nodiscard]] runtime::Task<Result<void>> revoke(
        runtime::Loop& home, UserId user, DeviceId device
    );
    [[nodiscard]] runtime::Task<Result<std::vector<ports::Device>>> devices(
        runtime::Loop& home, UserId user
    );
    /// Whether this is the user's password, before what cannot be undone. `forbidden` when it is not,
    /// `not_found` for a user who is gone, `rate_limited` as for logins.
    [[nodiscard]] runtime::Task<Result<void>> confirm_password(
        runtime::Loop& home, UserId user, std::string password, std::string address
    );
    /// Ends the sessions and access tokens of devices that the directory has ended: within 2 s, on every loop.
    void announce_ended(runtime::Loop& home, const std::vector<DeviceId>& devices);

    /// Nobody gets in by the account any more: all of its devices end, sessions within 2 s. Errors as
    /// AccountDirectory::disable's.
    [[nodiscard]] runtime::Task<Result<void>> disable(
        runtime::Loop& home, UserId user, ports::AuditEntry act
    );
    /// The password is void at once, all devices end; the token of the answer lets its bearer set a new password.
    [[nodiscard]] runtime::Task<Result<PasswordReset>> begin_reset(
        runtime::Loop& home, UserId user, ports::AuditEntry act
    );
    /// Sets the password by such a token, once. `unauthorized` for any other token, `invalid_request` for a bad
    /// password (the token stays good), `rate_limited` as for logins.
    [[nodiscard]] runtime::Task<Result<void>> finish_reset(
        runtime::Loop& home, std::string token, std::string password, std::string address
    );
    /// The server's own account; made when it is not there.
    [[nodiscard]] runtime::Task<Result<ports::User>> server_user(runtime::Loop& home);
    /// Of `options().requests_per_address`: `rate_limited`, with the time to wait.
    [[nodiscard]] Result<void> admit_request(runtime::Loop& loop, std::string_view address);
    /// What was configured, for people to see.
    [[nodiscard]] Registrations registrations() const noexcept;

    /// Checks an access token, on `loop`, without I/O. `token_expired` when only its time is over, else
    /// `unauthorized`.
    [[nodiscard]] Result<Identity> verify(runtime::Loop& loop, std::string_view token) const;

    /// Gives the signing key a successor when it is older than `signing_key_rotation`, and forgets keys whose
    /// last token is over. Answers whether anything changed. For a timer, once an hour; not twice at once.
    /// On failure the keys are as before: try again later. The disk is used on the hashing pool.
    [[nodiscard]] runtime::Task<Result<bool>> rotate_keys_if_due(runtime::Loop& home);

    /// RFC 7517, for /.well-known/jwks.json.
    [[nodiscard]] std::string jwks() const;

    /// For `parley admin seed`: an access token without a login. `lifetime` may be longer than usual, but a
    /// revocation is remembered, and an old signing key kept, for `access_token_lifetime` only.
    [[nodiscard]] std::string issue_access_token(
        UserId user, DeviceId device, Timestamp now, Duration lifetime
    ) const;

    /// Access tokens issued, checked and refused, logins that failed, refresh tokens reused, contacts claimed.
    void register_metrics(metrics::Registry& registry);

private:
    class State;
    std::unique_ptr<State> state_;
};

}  // namespace parley::auth
