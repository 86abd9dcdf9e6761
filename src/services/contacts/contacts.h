#pragma once

#include <cstddef>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "base/ids.h"
#include "base/result.h"
#include "ports/contact_directory.h"
#include "runtime/loop.h"
#include "runtime/task.h"

namespace parley::contacts {

/// Of one user; more: `too_large`.
inline constexpr std::size_t kContactsMax = 10'000;
inline constexpr std::size_t kNicknameCharsMax = 64;

/// What a user says of another in their own list. Absent: as it is.
struct Wanted {
    std::optional<std::string> nickname;  ///< empty: none
    std::optional<bool> blocked;
};

/// Users' own lists of others, and blocking, which is a line in the list and a record in the pair's direct
/// conversation. The conversation's state is what holds a message back; the line is what lists and presence
/// read, and never less than the state: it is written before a block holds, and after it has ended. Changes
/// of one user's list are made one after the other, on one loop. Callable from any loop; coroutines resume
/// on `home`. Errors of every call: `unavailable`, after which the same call again completes what is half done.
class Contacts {
public:
    /// Blocks, or ends it, in the pair's direct conversation, which is opened if need be; said again it
    /// changes nothing.
    using SetBlock =
        std::function<runtime::Task<Result<void>>(runtime::Loop&, UserId, UserId, bool)>;
    /// A contact or block between the two has changed.
    using Changed = std::function<void(runtime::Loop&, UserId, UserId)>;
    struct Dependencies {
        std::vector<runtime::Loop*> loops;
        ports::ContactDirectory& directory;
        SetBlock set_block;
        Changed changed;
    };
    explicit Contacts(Dependencies dependencies);
    Contacts(const Contacts&) = delete;
    Contacts& operator=(const Contacts&) = delete;
    Contacts(Contacts&&) = delete;
    Contacts& operator=(Contacts&&) = delete;
    ~Contacts();

    /// Lists `user`, or changes the line that is there. `invalid_request` for oneself or an unfit nickname,
    /// `not_found` when there is no such user, `too_large`.
    [[nodiscard]] runtime::Task<Result<ports::ContactDirectory::Added>> add(
        runtime::Loop& home, UserId owner, UserId user, Wanted wanted
    );
    /// `not_found` when `user` is not listed; `invalid_request`.
    [[nodiscard]] runtime::Task<Result<ports::Contact>> change(
        runtime::Loop& home, UserId owner, UserId user, Wanted wanted
    );
    /// A block stays: whoever wants to end it does so before, or lists them again. `not_found`.
    [[nodiscard]] runtime::Task<Result<void>> remove(
        runtime::Loop& home, UserId owner, UserId user
    );
    /// Blocks whoever it is, or ends it, and leaves the list as it is. `invalid_request` for oneself,
    /// `not_found` when there is no such user.
    [[nodiscard]] runtime::Task<Result<void>> block(
        runtime::Loop& home, UserId owner, UserId user, bool blocked
    );
    /// By id, from above `after`, at most `limit`.
    [[nodiscard]] runtime::Task<Result<std::vector<ports::Contact>>> list(
        runtime::Loop& home, UserId owner, UserId after, std::size_t limit
    );

    /// Refuses new changes, waits for those under way. On loop 0.
    void stop(Job done);

private:
    class Turns;
    struct Shared;

    [[nodiscard]] Turns& turns_of(const UserId& owner) noexcept;

    std::unique_ptr<Shared> shared_;
    std::vector<std::unique_ptr<Turns>> turns_;  ///< by loop
};

}  // namespace parley::contacts
