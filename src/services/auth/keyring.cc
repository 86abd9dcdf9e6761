#include "services/auth/keyring.h"

#include <algorithm>
#include <utility>

#include "base/crypto.h"
#include "base/log.h"
#include "services/auth/access_token.h"
#include "services/auth/private_file.h"

namespace parley::auth {
namespace {

constexpr std::string_view kSuffix = ".pem";
constexpr std::string_view kTemporarySuffix = ".tmp";
/// The first line of a key file; PEM readers skip what stands before the key.
constexpr std::string_view kCreated = "Parley access token signing key, created ";
constexpr std::size_t kKeyFileBytesMax = 16UL * 1024;

std::string file_content(const SigningKey& key) {
    return std::string(kCreated) + to_rfc3339(key.created_at) + "\n" + key.key.pem();
}

/// A key without the line is as old as can be: it gets a successor at once, and still verifies.
Timestamp creation_time(std::string_view content) {
    const std::string_view line = content.substr(0, content.find('\n'));
    if (!line.starts_with(kCreated)) {
        return Timestamp{};
    }
    return parse_rfc3339(line.substr(kCreated.size())).value_or(Timestamp{});
}

std::unique_ptr<SigningKey> make_signing_key(crypto::Es256Key key, Timestamp created_at) {
    std::string header = access_token_header(key.kid());
    return std::make_unique<SigningKey>(SigningKey{std::move(key), created_at, std::move(header)});
}

std::string jwk(const crypto::Es256Key& key) {
    return R"({"kty":"EC","crv":"P-256","use":"sig","alg":"ES256","kid":")" + key.kid() +
           R"(","x":")" + key.x() + R"(","y":")" + key.y() + R"("})";
}

}  // namespace

Keyring::Keyring(runtime::Disk& disk, Options options) : disk_(disk), options_(options) {}

Result<void> Keyring::open(const std::string& directory, Timestamp now) {
    directory_ = directory;
    if (auto made = disk_.make_directory(directory); !made) {
        return made;
    }
    if (auto checked = check_private(disk_, directory, "700"); !checked) {
        return checked;
    }
    TRY(const std::vector<std::string> names, disk_.list(directory));
    std::vector<const SigningKey*> found;
    for (const std::string& name : names) {
        if (name.ends_with(kTemporarySuffix)) {
            std::string path = directory + "/";
            path += name;
            (void)disk_.remove(path);  // of a start that was interrupted
        } else if (name.ends_with(kSuffix)) {
            TRY(auto key, read_key(name));
            found.push_back(key.get());
            keys_.push_back(std::move(key));
        }
    }
    std::ranges::sort(found, std::ranges::greater{}, &SigningKey::created_at);
    publish(std::move(found));
    TRY(const bool rotated, rotate_if_due(now));
    (void)rotated;
    return {};
}

Result<std::unique_ptr<SigningKey>> Keyring::read_key(const std::string& name) {
    const std::string path = directory_ + "/" + name;
    TRY(std::string content, read_private_file(disk_, path, kKeyFileBytesMax));
    auto key = crypto::Es256Key::from_pem(content);
    const Timestamp created_at = creation_time(content);
    crypto::wipe(content);
    if (!key) {
        return Error{
            ErrorCode::internal, path + " holds no P-256 private key: restore it, or move it away"
        };
    }
    if (key->kid() + std::string(kSuffix) != name) {
        return Error{
            ErrorCode::internal,
            path + " holds another key: its name should be " + key->kid() + ".pem"
        };
    }
    return make_signing_key(std::move(*key), created_at);
}

Result<std::unique_ptr<SigningKey>> Keyring::make_key(Timestamp now) {
    auto key = make_signing_key(crypto::Es256Key::generate(), now);
    std::string content = file_content(*key);
    auto written =
        write_private_file(disk_, directory_, key->key.kid() + std::string(kSuffix), content);
    crypto::wipe(content);
    if (!written) {
        return std::move(written).error();
    }
    return key;
}

bool Keyring::is_over(const std::vector<const SigningKey*>& keys, std::size_t at, Timestamp now)
    const {
    if (at == 0) {
        return false;
    }
    // It signed until its successor was made.
    const Timestamp signed_last = std::max(keys[at]->created_at, keys[at - 1]->created_at);
    return signed_last.plus(options_.token_lifetime) < now;
}

Result<bool> Keyring::rotate_if_due(Timestamp now) {
    std::vector<const SigningKey*> keys = current_.load(std::memory_order_acquire)->newest_first;
    const bool due = keys.empty() || keys.front()->created_at.plus(options_.rotate_after) <= now;
    if (due) {
        TRY(auto made, make_key(now));
        keys.insert(keys.begin(), made.get());
        log::info("signing key made", {{"kid", made->key.kid()}});
        keys_.push_back(std::move(made));
    }
    std::vector<const SigningKey*> kept;
    std::vector<const SigningKey*> over;
    for (std::size_t at = 0; at < keys.size(); ++at) {
        (is_over(keys, at, now) ? over : kept).push_back(keys[at]);
    }
    if (!due && over.empty()) {
        return false;
    }
    publish(std::move(kept));
    for (const SigningKey* key : over) {
        // Not fatal: a file that stays is read at the next start and is over then, too.
        if (auto removed = disk_.remove(directory_ + "/" + key->key.kid() + std::string(kSuffix));
            !removed) {
            log::warn(
                "signing key not removed",
                {{"kid", key->key.kid()}, {"detail", removed.error().detail}}
            );
        }
    }
    return true;
}

void Keyring::publish(std::vector<const SigningKey*> newest_first) {
    auto set = std::make_unique<KeySet>();
    set->jwks = R"({"keys":[)";
    for (const SigningKey* key : newest_first) {
        set->jwks += (key == newest_first.front() ? "" : ",") + jwk(key->key);
    }
    set->jwks += "]}";
    set->newest_first = std::move(newest_first);
    current_.store(set.get(), std::memory_order_release);
    sets_.push_back(std::move(set));
}

const SigningKey& Keyring::signing() const noexcept {
    const KeySet* set = current_.load(std::memory_order_acquire);
    PARLEY_ASSERT(set != nullptr && !set->newest_first.empty());
    return *set->newest_first.front();
}

const SigningKey* Keyring::find(std::string_view header) const noexcept {
    const KeySet* set = current_.load(std::memory_order_acquire);
    PARLEY_ASSERT(set != nullptr);
    for (const SigningKey* key : set->newest_first) {
        if (key->header == header) {
            return key;
        }
    }
    return nullptr;
}

const std::string& Keyring::jwks() const noexcept {
    const KeySet* set = current_.load(std::memory_order_acquire);
    PARLEY_ASSERT(set != nullptr);
    return set->jwks;
}

}  // namespace parley::auth
