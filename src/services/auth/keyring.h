#pragma once

#include <atomic>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "base/es256.h"
#include "base/result.h"
#include "base/time.h"
#include "runtime/disk.h"

namespace parley::auth {

struct SigningKey {
    crypto::Es256Key key;
    Timestamp created_at;
    std::string header;  ///< the JWT header of everything this key signs, base64url
};

/// The keys that access tokens are signed with, each in its own file `<kid>.pem`. The newest signs. An older
/// one still verifies, until the last token that it may have signed is over; then it is forgotten and its
/// file removed. At least one key is there once `open` has answered well.
///
/// `signing`, `find` and `jwks` are lock-free, from any thread. `open` and `rotate_if_due` block and are
/// called by one thread at a time. Key sets that have been replaced stay until the Keyring ends, because a
/// reader may be using them: a few hundred bytes for each rotation, which are weeks apart.
class Keyring {
public:
    struct Options {
        Duration rotate_after{};    ///< the age at which the newest key gets a successor
        Duration token_lifetime{};  ///< of what it signs
    };

    Keyring(runtime::Disk& disk, Options options);

    /// Reads the keys in `directory` (made when missing) and makes one when there is none, or the newest is
    /// due. A file that cannot be read, is open to others, or is not what its name says is an error: going
    /// on without it would log everybody out.
    [[nodiscard]] Result<void> open(const std::string& directory, Timestamp now);
    /// Answers whether the keys changed; on failure they are as before.
    [[nodiscard]] Result<bool> rotate_if_due(Timestamp now);

    [[nodiscard]] const SigningKey& signing() const noexcept;
    /// The key whose tokens begin with exactly this header; null when none does.
    [[nodiscard]] const SigningKey* find(std::string_view header) const noexcept;
    /// RFC 7517: the public keys that verify now.
    [[nodiscard]] const std::string& jwks() const noexcept;

private:
    struct KeySet {
        std::vector<const SigningKey*> newest_first;
        std::string jwks;
    };

    [[nodiscard]] Result<std::unique_ptr<SigningKey>> read_key(const std::string& name);
    [[nodiscard]] Result<std::unique_ptr<SigningKey>> make_key(Timestamp now);
    [[nodiscard]] bool is_over(
        const std::vector<const SigningKey*>& keys, std::size_t at, Timestamp now
    ) const;
    void publish(std::vector<const SigningKey*> newest_first);

    runtime::Disk& disk_;
    const Options options_;
    std::string directory_;
    std::vector<std::unique_ptr<const SigningKey>> keys_;  ///< ever held
    std::vector<std::unique_ptr<const KeySet>> sets_;      ///< ever published
    std::atomic<const KeySet*> current_{nullptr};
};

}  // namespace parley::auth
