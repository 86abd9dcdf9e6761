#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <vector>

#include "base/ids.h"
#include "base/result.h"
#include "runtime/loop.h"
#include "runtime/task.h"

namespace parley::ports {

/// One line of a user's contact list.
struct Contact {
    Uuid id;               ///< of the line; a new one when it is added again
    UserId user;           ///< whom it is about
    std::string nickname;  ///< empty: none
    bool blocked = false;
    Timestamp created_at;

    friend bool operator==(const Contact&, const Contact&) = default;
};

struct ContactChange {
    std::optional<std::string> nickname;
    std::optional<bool> blocked;
};

/// What stands between two users, whoever has listed it.
struct Relation {
    UserId user;
    bool contact = false;  ///< one has the other in their list
    bool blocked = false;  ///< one has blocked the other

    friend bool operator==(const Relation&, const Relation&) = default;
};

/// Users' contact lists. What is listed as blocked authorises no message: that is the state of the pair's
/// conversation; it is listed before it holds there and unlisted after. What a call answers well is durable.
/// Coroutines resume on `home`. Errors of every call: `unavailable` and `internal`, both with nothing changed.
class ContactDirectory {
public:
    virtual ~ContactDirectory() = default;

    struct Added {
        Contact contact;
        bool created = false;  ///< by this call
    };
    /// Lists `contact.user` for `owner`; who is listed already stays so, with what is not empty or false in
    /// `contact` changed. A block from before, of someone taken off the list, holds still. `not_found` when
    /// one of the users does not exist; `too_large` when `owner` has `most` contacts.
    [[nodiscard]] virtual runtime::Task<Result<Added>> add(
        runtime::Loop& home, UserId owner, Contact contact, std::size_t most
    ) = 0;
    /// `not_found` when `user` is not listed.
    [[nodiscard]] virtual runtime::Task<Result<Contact>> change(
        runtime::Loop& home, UserId owner, UserId user, ContactChange change
    ) = 0;
    /// Takes `user` off the list; a block stays, unseen. `not_found` when they are not listed.
    [[nodiscard]] virtual runtime::Task<Result<void>> remove(
        runtime::Loop& home, UserId owner, UserId user
    ) = 0;
    /// Nothing when `user` is not listed.
    [[nodiscard]] virtual runtime::Task<Result<std::optional<Contact>>> find(
        runtime::Loop& home, UserId owner, UserId user
    ) = 0;
    /// Those listed with ids above `after`, by id, at most `limit`.
    [[nodiscard]] virtual runtime::Task<Result<std::vector<Contact>>> list(
        runtime::Loop& home, UserId owner, UserId after, std::size_t limit
    ) = 0;
    /// What stands between `user` and each of `others`, at most 500, in any order; those with whom there
    /// is nothing are left out.
    [[nodiscard]] virtual runtime::Task<Result<std::vector<Relation>>> relations(
        runtime::Loop& home, UserId user, std::vector<UserId> others
    ) = 0;
};

}  // namespace parley::ports
