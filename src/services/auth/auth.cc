#include <algorithm>
#include <span>
#include <utility>

#include "base/crypto.h"
#include "base/hash.h"
#include "base/log.h"
#include "base/mutant.h"
#include "base/utf8.h"
#include "runtime/tcp_address.h"
#include "services/auth/access_token.h"
#include "services/auth/account_rules.h"
#include "services/auth/auth_state.h"
#include "services/auth/private_file.h"
#include "services/auth/refresh_token.h"

namespace parley::auth {
namespace {

constexpr std::uint64_t kPasswordMemoryMin = 19ULL << 20U;  // with two passes: OWASP's minimum
constexpr std::uint64_t kPasswordPassesMin = 2;
constexpr std::size_t kPasswordCharsMinLeast = 8;
constexpr std::size_t kIssuerCharsMax = 128;
constexpr std::size_t kTokenIdBytes = 16;
/// Tells the ids of proofs from other keys of the limiter.
constexpr std::string_view kProofs = "proofs";

// One wording for an unknown login and for a wrong password: the answer must not tell which.
Error refused_login() {
    return {ErrorCode::unauthorized, "the login or the password is wrong"};
}
Error refused_refresh() {
    return {ErrorCode::unauthorized, "the refresh token is not valid"};
}

bool is_issuer(std::string_view issuer) {
    constexpr std::string_view kMarks = ":/._-";
    return !issuer.empty() && issuer.size() <= kIssuerCharsMax &&
           std::ranges::all_of(issuer, [&](char c) {
               return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
                      kMarks.find(c) != std::string_view::npos;
           });
}

}  // namespace

Result<void> validate(const Options& options) {
    const auto refused = [](const char* why) { return Error{ErrorCode::invalid_request, why}; };
    if (options.password_memory_bytes < kPasswordMemoryMin ||
        options.password_passes < kPasswordPassesMin) {
        return refused("password hashing needs at least 19 MiB and 2 passes");
    }
    if (options.password_chars_min < kPasswordCharsMinLeast ||
        options.password_chars_min > kPasswordCharsMax) {
        return refused("the shortest password allowed must be 8 to 256 characters long");
    }
    if (!is_issuer(options.issuer)) {
        return refused("the token issuer must be 1 to 128 of a-z A-Z 0-9 : / . _ -");
    }
    if (options.access_token_lifetime < std::chrono::seconds{1} ||
        options.refresh_token_lifetime < options.access_token_lifetime ||
        options.signing_key_rotation < options.access_token_lifetime) {
        return refused(
            "access tokens must live at least a second, refresh tokens and signing keys longer "
            "than they"
        );
    }
    if (options.devices_per_user_max == 0) {
        return refused("a user must be allowed at least one device");
    }
    return {};
}

// --- start ------------------------------------------------------------------------------------------

Result<void> Auth::State::start(const std::string& directory) {
    if (auto valid = validate(options_); !valid) {
        return valid;
    }
    const Timestamp now = dependencies_.loops.front()->clock().wall();
    if (auto opened = keyring_.open(directory + "/keys", now); !opened) {
        return opened;
    }
    if (auto loaded = load_secret(directory); !loaded) {
        return loaded;
    }
    serving_since_ = now;
    dummy_hash_ = crypto::unmatchable_hash(cost());
    const Timestamp since = now.plus(-(options_.access_token_lifetime + kRevocationMargin));
    TRY(const auto revoked, dependencies_.devices.revoked_since(since));
    revocations_.load(revoked, now);
    return {};
}

Result<void> Auth::State::load_secret(const std::string& directory) {
    const std::string path = directory + "/secret";
    auto secret = read_private_file(dependencies_.disk, path, kSecretBytes);
    if (secret) {
        if (secret->size() != kSecretBytes) {
            return Error{
                ErrorCode::internal,
                path + " should have 32 bytes: restore it, or remove it to log everybody out"
            };
        }
        secret_ = std::move(*secret);
        return {};
    }
    if (secret.error().code != ErrorCode::not_found) {
        return std::move(secret).error();
    }
    std::array<std::byte, kSecretBytes> fresh{};
    crypto::random_bytes(fresh);
    secret_.assign(reinterpret_cast<const char*>(fresh.data()), fresh.size());
    if (auto written = write_private_file(dependencies_.disk, directory, "secret", secret_);
        !written) {
        return written;
    }
    // The directory itself is new, too: a power cut must not take it away with all that is in it.
    const std::size_t slash = directory.rfind('/');
    return dependencies_.disk.sync_directory(
        slash == std::string::npos ? "." : directory.substr(0, slash + 1)
    );
}

// --- what the calls share ---------------------------------------------------------------------------

Result<void> Auth::State::admit(
    runtime::Loop& home, std::string_view what, std::string_view address, ports::RateRule rule
) {
    if (rule.per_second <= 0) {
        return {};
    }
    const Hash128 key = hash128(runtime::network_of(std::string(address)), hash128(what));
    const Duration wait = dependencies_.limiter.take(key, rule, home.clock().steady());
    if (wait <= Duration::zero()) {
        return {};
    }
    const auto seconds = std::chrono::ceil<std::chrono::seconds>(wait).count();
    return Error{
        ErrorCode::rate_limited,
        "too many " + std::string(what) + " from this address: try again in " +
            std::to_string(seconds) + " s",
        static_cast<std::uint32_t>(seconds)
    };
}

/// Unique without a source of chance: a token may be issued on any thread.
std::string Auth::State::token_id(DeviceId device, Timestamp now) {
    std::string input = "access token id";
    append_uuid(input, device.uuid);
    input += " " + std::to_string(now.ticks) + " " + std::to_string(tokens_made_.fetch_add(1));
    const crypto::Sha256 mac = crypto::hmac_sha256(secret_, input);
    return crypto::base64url({reinterpret_cast<const char*>(mac.data()), kTokenIdBytes});
}

std::string Auth::State::issue_access_token(
    UserId user, DeviceId device, Timestamp now, Duration lifetime
) {
    const AccessClaims claims{
        .user = user,
        .device = device,
        .issued_at = now.seconds(),
        .expires_at = now.plus(lifetime).seconds(),
        .id = token_id(device, now),
    };
    return sign_access_token(keyring_.signing(), options_.issuer, claims);
}

Grant Auth::State::make_grant(
    ports::User user, DeviceId device, Timestamp now, std::string refresh_token
) {
    std::string access_token =
        issue_access_token(user.id, device, now, options_.access_token_lifetime);
    return Grant{
        .user = std::move(user),
        .device = device,
        .access_token = std::move(access_token),
        .expires_in = options_.access_token_lifetime,
        .refresh_token = std::move(refresh_token),
        .refresh_expires_in = options_.refresh_token_lifetime,
    };
}

runtime::Task<Result<Grant>> Auth::State::open_device(
    runtime::Loop& home, ports::User user, DeviceInfo device, DeviceId id
) {
    const Timestamp now = home.clock().wall();
    const RefreshToken token = RefreshToken::random(home.random());
    ports::Device row{
        .id = id,
        .user = user.id,
        .name = std::move(device.name),
        .platform = std::move(device.platform),
        .created_at = now,
        .last_used_at = now,
    };
    if (device.key) {
        CO_TRY(row.key, thumbprint_of(*device.key));
    }
    const Timestamp expires_at = now.plus(options_.refresh_token_lifetime);
    const std::size_t most = options_.devices_per_user_max;
    auto opened = co_await dependencies_.devices.log_in(home, row, token.hash(), expires_at, most);
    if (!opened && opened.error().code == ErrorCode::conflict) {
        // It was revoked since it was looked up, and stays dead: this login gets a device of its own.
        row.id = DeviceId{random_uuid(home.random())};
        opened = co_await dependencies_.devices.log_in(home, row, token.hash(), expires_at, most);
    }
    if (!opened) {
        co_return std::move(opened).error();
    }
    for (const DeviceId& ended : *opened) {
        log::info("device ended for a newer one", {{"device", to_string(ended.uuid)}});
        revocations_.announce(home, ended, now);
    }
    issued_.add(home.id().value);
    co_return make_grant(std::move(user), row.id, now, token.text());
}

// --- register, log in -------------------------------------------------------------------------------

/// The invite to be used; nothing where none is needed.
Result<std::optional<ports::TokenHash>> Auth::State::invite_of(const Registration& given) const {
    switch (options_.registrations) {
        case Registrations::open:
            return std::optional<ports::TokenHash>{};
        case Registrations::closed:
            return Error{ErrorCode::forbidden, "this server takes no registrations"};
        case Registrations::invite:
            break;
    }
    if (!given.invite) {
        return Error{ErrorCode::forbidden, "this server takes registrations by invite alone"};
    }
    return std::optional<ports::TokenHash>{crypto::sha256(*given.invite)};
}

runtime::Task<Result<Grant>> Auth::State::register_user(
    runtime::Loop& home, Registration registration, std::string address
) {
    if (auto admitted = admit(home, kLogins, address, options_.per_address); !admitted) {
        co_return std::move(admitted).error();
    }
    CO_TRY(auto invite, invite_of(registration));
    CO_TRY(Registration wanted, checked(std::move(registration), options_.password_chars_min));
    // Usernames are public, so saying early that one is taken tells nothing, and spares the hash.
    CO_TRY(const auto taken, co_await dependencies_.users.find_login(home, wanted.username));
    if (taken) {
        co_return Error{ErrorCode::conflict, "the username is taken"};
    }
    auto hashing = [password = std::move(wanted.password), cost = cost()] {
        return crypto::hash_password(password, cost);
    };
    auto hash = co_await dependencies_.hashing.run(home, std::move(hashing));
    if (!hash) {
        co_return hashing_failed(std::move(hash).error());
    }
    ports::User user{
        .id = UserId{random_uuid(home.random())},
        .username = std::move(wanted.username),
        .display_name = std::move(wanted.display_name),
        .about = {},
        .email = std::move(wanted.email),
        .phone = std::move(wanted.phone),
        .created_at = home.clock().wall(),
    };
    auto act = event_of(home, "user.registered", to_string(user.id.uuid), address);
    act.detail = invite ? "by invite" : "";
    ports::NewAccount account{
        .user = std::move(user), .password_hash = std::move(*hash), .invite = invite
    };
    CO_TRY(
        ports::CreatedUser created,
        co_await dependencies_.accounts.register_user(home, std::move(account), std::move(act))
    );
    for (const auto& owner : {created.email_owner, created.phone_owner}) {
        if (owner) {
            claimed_.add(home.id().value);
            log::warn("an e-mail or phone was claimed anew", {{"owner", to_string(owner->uuid)}});
            auto claimed = event_of(home, "contact.claimed", to_string(owner->uuid), address);
            co_await note(home, std::move(claimed));
        }
    }
    log::info("registered", {{"user", to_string(created.user.id.uuid)}, {"address", address}});
    const DeviceId id{random_uuid(home.random())};
    co_return co_await open_device(home, std::move(created.user), std::move(wanted.device), id);
}

runtime::Task<Result<std::optional<ports::Credentials>>> Auth::State::find_login(
    runtime::Loop& home, std::string login
) {
    // Every name, whatever the first finds: an unknown login must not take longer than a known one.
    std::optional<ports::Credentials> first;
    for (std::string& name : login_names(login)) {
        CO_TRY(auto found, co_await dependencies_.users.find_login(home, std::move(name)));
        first = first ? std::move(first) : std::move(found);
    }
    co_return first;
}

runtime::Task<Result<PasswordCheck>> Auth::State::check_password(
    runtime::Loop& home, std::string password, std::string hash
) {
    auto work = [password = std::move(password), hash = std::move(hash), cost = cost()](
                ) -> Result<PasswordCheck> {
        PasswordCheck check{.matches = crypto::password_matches(password, hash), .better_hash = {}};
        if (check.matches && crypto::needs_rehash(hash, cost)) {
            TRY(check.better_hash, crypto::hash_password(password, cost));
        }
        return check;
    };
    auto check = co_await dependencies_.hashing.run(home, std::move(work));
    if (!check) {
        co_return hashing_failed(std::move(check).error());
    }
    co_return check;
}

runtime::Task<Result<DeviceId>> Auth::State::device_of_login(
    runtime::Loop& home, UserId user, std::optional<DeviceId> device
) {
    if (device) {
        CO_TRY(const auto own, co_await dependencies_.devices.list(home, user));
        if (std::ranges::find(own, *device, &ports::Device::id) != own.end()) {
            co_return *device;
        }
    }
    co_return DeviceId{random_uuid(home.random())};
}

runtime::Task<Result<Grant>> Auth::State::log_in(
    runtime::Loop& home, Login login, std::string address
) {
    if (auto admitted = admit(home, kLogins, address, options_.per_address); !admitted) {
        co_return std::move(admitted).error();
    }
    if (characters(login.login) > kLoginCharsMax ||
        characters(login.password) > kPasswordCharsMax) {
        co_return Error{ErrorCode::invalid_request, "login or password is too long"};
    }
    CO_TRY(DeviceInfo device, checked_device(std::move(login.device)));
    CO_TRY(const auto credentials, co_await find_login(home, std::move(login.login)));
    std::string hash = credentials ? credentials->password_hash : dummy_hash_;
    CO_TRY(
        PasswordCheck check,
        co_await check_password(home, std::move(login.password), std::move(hash))
    );
    if (!credentials || !check.matches) {
        failed_logins_.add(home.id().value);
        log::info(
            "login failed",
            {{"user", credentials ? to_string(credentials->id.uuid) : "unknown"},
             {"address", address}}
        );
        auto failed = event_of(
            home, "login.failed", credentials ? to_string(credentials->id.uuid) : "", address
        );
        co_await note(home, std::move(failed));
        co_return refused_login();
    }
    if (credentials->disabled) {
        auto refused = event_of(home, "login.disabled", to_string(credentials->id.uuid), address);
        co_await note(home, std::move(refused));
        co_return Error{ErrorCode::forbidden, "this account is disabled"};
    }
    if (!check.better_hash.empty()) {
        // Only a better hash of the same password: a failure waits for the next login.
        (void)co_await dependencies_.users.set_password_hash(
            home, credentials->id, std::move(check.better_hash)
        );
    }
    CO_TRY(auto user, co_await dependencies_.users.find(home, credentials->id));
    if (!user) {
        co_return refused_login();
    }
    log::info("logged in", {{"user", to_string(user->id.uuid)}, {"address", address}});
    CO_TRY(const DeviceId id, co_await device_of_login(home, user->id, login.device_id));
    CO_TRY(Grant grant, co_await open_device(home, std::move(*user), std::move(device), id));
    if (auto stands = co_await confirm(home, *credentials, grant.device); !stands) {
        co_return std::move(stands).error();
    }
    co_return grant;
}

runtime::Task<Result<void>> Auth::State::confirm_password(
    runtime::Loop& home, UserId user, std::string password, std::string address
) {
    if (auto admitted = admit(home, kLogins, address, options_.per_address); !admitted) {
        co_return std::move(admitted).error();
    }
    if (characters(password) > kPasswordCharsMax) {
        co_return Error{ErrorCode::invalid_request, "the password is too long"};
    }
    CO_TRY(const auto found, co_await dependencies_.users.find(home, user));
    if (!found) {
        co_return Error{ErrorCode::not_found, "no such user"};
    }
    CO_TRY(const auto credentials, co_await dependencies_.users.find_login(home, found->username));
    if (!credentials || credentials->id != user) {
        co_return Error{ErrorCode::not_found, "no such user"};
    }
    CO_TRY(
        const PasswordCheck check,
        co_await check_password(home, std::move(password), credentials->password_hash)
    );
    if (!check.matches) {
        failed_logins_.add(home.id().value);
        log::info("password not confirmed", {{"user", to_string(user.uuid)}, {"address", address}});
        co_return Error{ErrorCode::forbidden, "the password is wrong"};
    }
    co_return Result<void>{};
}

void Auth::State::announce_ended(runtime::Loop& home, const std::vector<DeviceId>& devices) {
    const Timestamp now = home.clock().wall();
    for (const DeviceId& device : devices) {
        revocations_.announce(home, device, now);
    }
}

// --- tokens -----------------------------------------------------------------------------------------

/// The key of a proof that is good, and was not shown before.
Result<ports::KeyThumbprint> Auth::State::take_proof(runtime::Loop& home, const Proof& proof) {
    TRY(const auto key, check_proof(proof, home.clock().wall()));
    // For as long as the proof is of this time, its id is used up: what is limited to one at a time. Where that memory
    // is full, a proof shown again still meets a token that has been used.
    constexpr double kWindowSeconds = 2.0 * kProofSecondsMax + 1;
    const ports::RateRule once{.per_second = 1 / kWindowSeconds, .burst = 1};
    const std::string_view name{reinterpret_cast<const char*>(key.data()), key.size()};
    const Hash128 shown = hash128(proof.id, hash128(name, hash128(kProofs)));
    if (dependencies_.limiter.take(shown, once, home.clock().steady()) > Duration::zero()) {
        return Error{ErrorCode::unauthorized, "the DPoP proof was shown before"};
    }
    return key;
}

runtime::Task<Result<Grant>> Auth::State::refresh(
    runtime::Loop& home, std::string refresh_token, std::string address, std::optional<Proof> proof
) {
    auto admitted = admit(home, kRefreshes, address, options_.refreshes_per_address);
    if (!admitted) {
        co_return std::move(admitted).error();
    }
    const auto presented = RefreshToken::parse(refresh_token);
    if (!presented) {
        co_return refused_refresh();
    }
    std::optional<ports::KeyThumbprint> key;
    if (proof) {
        CO_TRY(key, take_proof(home, *proof));
    }
    const RefreshToken successor = presented->successor(secret_);
    const Timestamp now = home.clock().wall();
    const ports::RotationRequest request{
        .presented = presented->hash(),
        .successor = successor.hash(),
        .now = now,
        .expires_at = now.plus(options_.refresh_token_lifetime),
        .serving_since = serving_since_,
        .key = key,
    };
    CO_TRY(const ports::Rotation rotation, co_await dependencies_.devices.rotate(home, request));
    if (rotation.kind == ports::Rotation::Kind::reused) {
        reused_.add(home.id().value);
        log::warn("refresh token reused", {{"device", to_string(rotation.device.uuid)}});
        revocations_.announce(home, rotation.device, now);
        auto reused = event_of(home, "token.reused", to_string(rotation.user.uuid), address);
        reused.detail = "device " + to_string(rotation.device.uuid);
        co_await note(home, std::move(reused));
        co_return refused_refresh();
    }
    CO_TRY(auto user, co_await dependencies_.users.find(home, rotation.user));
    if (!user) {
        co_return refused_refresh();
    }
    issued_.add(home.id().value);
    co_return make_grant(std::move(*user), rotation.device, now, successor.text());
}

runtime::Task<Result<void>> Auth::State::revoke(runtime::Loop& home, UserId user, DeviceId device) {
    const Timestamp now = home.clock().wall();
    auto revoked = co_await dependencies_.devices.revoke(home, user, device, now);
    if (revoked) {
        log::info(
            "logged out", {{"user", to_string(user.uuid)}, {"device", to_string(device.uuid)}}
        );
        revocations_.announce(home, device, now);
    }
    co_return revoked;
}

Result<Identity> Auth::State::verify(runtime::Loop& loop, std::string_view token) {
    const auto claims = check_access_token(keyring_, options_.issuer, token, loop.clock().wall());
    if (!claims) {
        refused_.add(loop.id().value);
        return claims.error();
    }
    if (revocations_.contains(loop.id(), claims->device) &&
        !mutant(Mutant::revoked_device_served)) {
        refused_.add(loop.id().value);
        return Error{ErrorCode::unauthorized, "the device was logged out"};
    }
    verified_.add(loop.id().value);
    return Identity{
        .user = claims->user,
        .device = claims->device,
        .expires_at = Timestamp::from_millis(claims->expires_at * 1000),
    };
}

runtime::Task<Result<bool>> Auth::State::rotate_keys_if_due(runtime::Loop& home) {
    auto work = [this, now = home.clock().wall()] { return keyring_.rotate_if_due(now); };
    co_return co_await dependencies_.hashing.run(home, std::move(work));
}

void Auth::State::register_metrics(metrics::Registry& registry) {
    registry.counter(
        "parley_access_tokens_issued_total", "Access tokens given to clients", issued_
    );
    registry.counter("parley_access_tokens_verified_total", "Access tokens found good", verified_);
    registry.counter(
        "parley_access_tokens_refused_total",
        "Access tokens found bad, expired or revoked",
        refused_
    );
    registry.counter(
        "parley_logins_failed_total",
        "Logins with an unknown name or a wrong password",
        failed_logins_
    );
    registry.counter(
        "parley_refresh_tokens_reused_total",
        "Devices ended because a used token came back",
        reused_
    );
    registry.counter(
        "parley_contacts_claimed_total",
        "Registrations that named an e-mail or phone by which another account logs in",
        claimed_
    );
}

// --- the front door ---------------------------------------------------------------------------------

Auth::Auth(Options options, Dependencies dependencies)
    : state_(std::make_unique<State>(std::move(options), std::move(dependencies))) {}
Auth::~Auth() = default;

Result<void> Auth::start(const std::string& directory) {
    return state_->start(directory);
}

void Auth::attach(runtime::LoopId loop, RevocationListener& listener) {
    state_->attach(loop, listener);
}

runtime::Task<Result<Grant>> Auth::register_user(
    runtime::Loop& home, Registration registration, std::string address
) {
    return state_->register_user(home, std::move(registration), std::move(address));
}

runtime::Task<Result<Grant>> Auth::log_in(runtime::Loop& home, Login login, std::string address) {
    return state_->log_in(home, std::move(login), std::move(address));
}

runtime::Task<Result<Grant>> Auth::refresh(
    runtime::Loop& home, std::string refresh_token, std::string address, std::optional<Proof> proof
) {
    return state_->refresh(home, std::move(refresh_token), std::move(address), std::move(proof));
}

runtime::Task<Result<void>> Auth::revoke(runtime::Loop& home, UserId user, DeviceId device) {
    return state_->revoke(home, user, device);
}

runtime::Task<Result<std::vector<ports::Device>>> Auth::devices(runtime::Loop& home, UserId user) {
    return state_->devices(home, user);
}

runtime::Task<Result<void>> Auth::confirm_password(
    runtime::Loop& home, UserId user, std::string password, std::string address
) {
    return state_->confirm_password(home, user, std::move(password), std::move(address));
}

void Auth::announce_ended(runtime::Loop& home, const std::vector<DeviceId>& devices) {
    state_->announce_ended(home, devices);
}

runtime::Task<Result<bool>> Auth::rotate_keys_if_due(runtime::Loop& home) {
    return state_->rotate_keys_if_due(home);
}

runtime::Task<Result<void>> Auth::disable(runtime::Loop& home, UserId user, ports::AuditEntry act) {
    return state_->disable(home, user, std::move(act));
}

runtime::Task<Result<PasswordReset>> Auth::begin_reset(
    runtime::Loop& home, UserId user, ports::AuditEntry act
) {
    return state_->begin_reset(home, user, std::move(act));
}

runtime::Task<Result<void>> Auth::finish_reset(
    runtime::Loop& home, std::string token, std::string password, std::string address
) {
    return state_->finish_reset(home, std::move(token), std::move(password), std::move(address));
}

runtime::Task<Result<ports::User>> Auth::server_user(runtime::Loop& home) {
    return state_->server_user(home);
}

Result<void> Auth::admit_request(runtime::Loop& loop, std::string_view address) {
    return state_->admit_request(loop, address);
}

Registrations Auth::registrations() const noexcept {
    return state_->registrations();
}

Result<Identity> Auth::verify(runtime::Loop& loop, std::string_view token) const {
    return state_->verify(loop, token);
}

std::string Auth::jwks() const {
    return state_->jwks();
}

std::string Auth::issue_access_token(UserId user, DeviceId device, Timestamp now, Duration lifetime)
    const {
    return state_->issue_access_token(user, device, now, lifetime);
}

void Auth::register_metrics(metrics::Registry& registry) {
    state_->register_metrics(registry);
}

}  // namespace parley::auth
