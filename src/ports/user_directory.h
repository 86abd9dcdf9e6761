#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "base/ids.h"
#include "base/result.h"
#include "runtime/loop.h"
#include "runtime/task.h"

namespace parley::ports {

struct User {
    UserId id;
    std::string username;  ///< as its owner wrote it; unique without regard to case
    std::string display_name;
    std::string about;
    std::optional<std::string> email;  ///< normalised: lower case
    std::optional<std::string> phone;  ///< normalised: + and digits
    Timestamp created_at;
    bool hides_presence = false;  ///< looks offline to all others
    std::optional<Timestamp> last_seen = std::nullopt;

    friend bool operator==(const User&, const User&) = default;
};

/// What `create` has made.
struct CreatedUser {
    User user;
    /// Another account, that logs in by the e-mail or phone that this one names. For its owner and the
    /// operator to know, never for who asked.
    std::optional<UserId> email_owner;
    std::optional<UserId> phone_owner;
};

struct Credentials {
    UserId id;
    std::string password_hash;
    bool disabled = false;
    /// Grows with every act of an operator that ends what the password has opened: a login that began before
    /// it and ends after it is void.
    std::uint64_t generation = 0;

    friend bool operator==(const Credentials&, const Credentials&) = default;
};

struct ProfileChange {
    std::optional<std::string> display_name;
    std::optional<std::string> about;
    std::optional<bool> hides_presence = std::nullopt;
};

struct UserSearch {
    std::string query;
    std::size_t from = 0;  ///< leaves so many out
    std::size_t limit = 50;
};

/// When there was last a sign of someone.
struct LastSeen {
    UserId user;
    Timestamp at;

    friend bool operator==(const LastSeen&, const LastSeen&) = default;
};

/// Accounts. What a call answers well is durable. Coroutines resume on `home`. Errors of every call:
/// `unavailable` (full disk, too much waiting) and `internal`, both with nothing changed.
class UserDirectory {
public:
    virtual ~UserDirectory() = default;

    /// `conflict` when the username is taken. An e-mail or phone by which another account logs in stands in
    /// the profile all the same, but is no login of this account: that the other exists is not to be learned
    /// from any profile.
    [[nodiscard]] virtual runtime::Task<Result<CreatedUser>> create(
        runtime::Loop& home, User user, std::string password_hash
    ) = 0;
    /// Nothing when there is no such user.
    [[nodiscard]] virtual runtime::Task<Result<std::optional<User>>> find(
        runtime::Loop& home, UserId id
    ) = 0;
    /// The users that exist among `ids`, in any order; at most 500 ids.
    [[nodiscard]] virtual runtime::Task<Result<std::vector<User>>> find_all(
        runtime::Loop& home, std::vector<UserId> ids
    ) = 0;
    /// By username, e-mail or phone; nothing when nobody has it.
    [[nodiscard]] virtual runtime::Task<Result<std::optional<Credentials>>> find_login(
        runtime::Loop& home, std::string login
    ) = 0;
    /// `not_found` when there is no such user.
    [[nodiscard]] virtual runtime::Task<Result<void>> set_password_hash(
        runtime::Loop& home, UserId id, std::string password_hash
    ) = 0;
    /// `not_found` when there is no such user.
    [[nodiscard]] virtual runtime::Task<Result<User>> change_profile(
        runtime::Loop& home, UserId id, ProfileChange change
    ) = 0;
    /// Users whose username or display name begins with the query, without regard to case: first those found by username, in its order, then those by display name.
    [[nodiscard]] virtual runtime::Task<Result<std::vector<User>>> search(
        runtime::Loop& home, UserSearch search
    ) = 0;
    /// All of these or none; a time before the one that is there, and a user who is not there, change nothing.
    [[nodiscard]] virtual runtime::Task<Result<void>> save_last_seen(
        runtime::Loop& home, std::vector<LastSeen> seen
    ) = 0;
};

}  // namespace parley::ports
