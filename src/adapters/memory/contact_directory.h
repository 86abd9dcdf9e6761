#pragma once

#include <map>
#include <mutex>
#include <utility>

#include "ports/contact_directory.h"
#include "ports/user_directory.h"

namespace parley::memory {

/// Contact lists in a map: for tests and the simulation. Every call is done when its Task first runs (as far
/// as `users` answers at once); what it answered is in `state()`. Thread-safe. `users` must outlive it.
class ContactDirectory final : public ports::ContactDirectory {
public:
    struct Line {
        ports::Contact contact;
        bool listed = true;  ///< else it keeps a block

        friend bool operator==(const Line&, const Line&) = default;
    };
    /// By owner and user: a value, ordered.
    using State = std::map<std::pair<UserId, UserId>, Line>;

    explicit ContactDirectory(ports::UserDirectory& users, State state = {});

    [[nodiscard]] State state() const;

    [[nodiscard]] runtime::Task<Result<Added>> add(
        runtime::Loop& home, UserId owner, ports::Contact contact, std::size_t most
    ) override;
    [[nodiscard]] runtime::Task<Result<ports::Contact>> change(
        runtime::Loop& home, UserId owner, UserId user, ports::ContactChange change
    ) override;
    [[nodiscard]] runtime::Task<Result<void>> remove(runtime::Loop& home, UserId owner, UserId user)
        override;
    [[nodiscard]] runtime::Task<Result<std::optional<ports::Contact>>> find(
        runtime::Loop& home, UserId owner, UserId user
    ) override;
    [[nodiscard]] runtime::Task<Result<std::vector<ports::Contact>>> list(
        runtime::Loop& home, UserId owner, UserId after, std::size_t limit
    ) override;
    [[nodiscard]] runtime::Task<Result<std::vector<ports::Relation>>> relations(
        runtime::Loop& home, UserId user, std::vector<UserId> others
    ) override;

private:
    [[nodiscard]] Result<Added> add_now(UserId owner, ports::Contact contact, std::size_t most);
    /// Null when `user` is not listed.
    [[nodiscard]] Line* listed(UserId owner, UserId user);

    ports::UserDirectory& users_;
    mutable std::mutex mutex_;
    State state_;  // guarded
};

}  // namespace parley::memory
