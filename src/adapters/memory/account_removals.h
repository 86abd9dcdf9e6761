#pragma once

#include <map>
#include <mutex>
#include <set>

#include "adapters/memory/conversation_directory.h"
#include "adapters/memory/device_directory.h"
#include "adapters/memory/user_directory.h"
#include "ports/account_removals.h"

namespace parley::memory {

/// Accounts on their way out of the other memory directories, which must outlive it: for tests and the simulation.
/// Every call is done when its Task first runs. Thread-safe.
class AccountRemovals final : public ports::AccountRemovals {
public:
    struct Noted {
        Timestamp since;
        std::set<ConversationNumber> conversations;

        friend bool operator==(const Noted&, const Noted&) = default;
    };
    using State = std::map<UserId, Noted>;
    struct Directories {
        UserDirectory& users;
        DeviceDirectory& devices;
        ConversationDirectory& conversations;
    };

    explicit AccountRemovals(Directories of, State state = {});

    [[nodiscard]] State state() const;

    [[nodiscard]] runtime::Task<Result<std::vector<DeviceId>>> remove(
        runtime::Loop& home, UserId user, Timestamp now
    ) override;
    [[nodiscard]] runtime::Task<Result<std::vector<ports::Removal>>> pending(
        runtime::Loop& home, std::size_t limit
    ) override;
    [[nodiscard]] runtime::Task<Result<std::vector<ConversationNumber>>> conversations(
        runtime::Loop& home, UserId user, ConversationNumber after, std::size_t limit
    ) override;
    [[nodiscard]] runtime::Task<Result<void>> forgotten(
        runtime::Loop& home, UserId user, std::vector<ConversationNumber> numbers
    ) override;
    [[nodiscard]] runtime::Task<Result<void>> finish(runtime::Loop& home, UserId user) override;

private:
    Directories of_;
    mutable std::mutex mutex_;
    State state_;  // guarded
};

}  // namespace parley::memory
