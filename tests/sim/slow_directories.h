#pragma once

#include <string>
#include <vector>

#include "ports/conversation_directory.h"
#include "ports/device_directory.h"
#include "ports/user_directory.h"
#include "tests/sim/machine.h"

/// Directories as a process sees them: each call takes a while before and after it happens, may be refused
/// when too much is waiting, and does not happen at all once the process is dead. What has happened is durable,
/// whether the answer arrives or not: the directories behind these outlive the process.

namespace parley::sim {

/// What the three have in common.
class SlowCalls {
public:
    SlowCalls(Process& process, SimPool& pool) : process_(process), pool_(pool) {}

    /// Awaits `call` (a Task<Result<T>> that runs at once) with a delay on either side. The call must be
    /// made by a function object that outlives the wait; parameters are its members.
    template <class T, class Call>
    runtime::Task<Result<T>> run(runtime::Loop* home, Call call) {
        auto begun = co_await pool_.run(*home, nothing);
        if (!begun.ok()) {
            co_return std::move(begun).error();
        }
        if (process_.dead()) {
            co_return Error{ErrorCode::unavailable, "the process is dead"};
        }
        auto task = call();
        auto result = co_await std::move(task);
        // A full queue here only means that the answer comes at once.
        static_cast<void>(co_await pool_.run(*home, nothing));
        co_return result;
    }
    [[nodiscard]] bool dead() const noexcept { return process_.dead(); }

private:
    static Result<void> nothing() { return {}; }

    Process& process_;
    SimPool& pool_;
};

class SlowUserDirectory final : public ports::UserDirectory {
public:
    SlowUserDirectory(Process& process, SimPool& pool, ports::UserDirectory& inner)
        : calls_(process, pool), inner_(inner) {}

    [[nodiscard]] runtime::Task<Result<ports::CreatedUser>> create(
        runtime::Loop& home, ports::User user, std::string password_hash
    ) override;
    [[nodiscard]] runtime::Task<Result<std::optional<ports::User>>> find(
        runtime::Loop& home, UserId id
    ) override;
    [[nodiscard]] runtime::Task<Result<std::vector<ports::User>>> find_all(
        runtime::Loop& home, std::vector<UserId> ids
    ) override;
    [[nodiscard]] runtime::Task<Result<std::optional<ports::Credentials>>> find_login(
        runtime::Loop& home, std::string login
    ) override;
    [[nodiscard]] runtime::Task<Result<void>> set_password_hash(
        runtime::Loop& home, UserId id, std::string password_hash
    ) override;
    [[nodiscard]] runtime::Task<Result<ports::User>> change_profile(
        runtime::Loop& home, UserId id, ports::ProfileChange change
    ) override;
    [[nodiscard]] runtime::Task<Result<std::vector<ports::User>>> search(
        runtime::Loop& home, std::string query, std::size_t limit
    ) override;

private:
    SlowCalls calls_;
    ports::UserDirectory& inner_;
};

class SlowDeviceDirectory final : public ports::DeviceDirectory {
public:
    SlowDeviceDirectory(Process& process, SimPool& pool, ports::DeviceDirectory& inner)
        : calls_(process, pool), inner_(inner) {}

    [[nodiscard]] runtime::Task<Result<std::vector<DeviceId>>> log_in(
        runtime::Loop& home,
        ports::Device device,
        ports::TokenHash token,
        Timestamp expires_at,
        std::size_t devices_max
    ) override;
    [[nodiscard]] runtime::Task<Result<ports::Rotation>> rotate(
        runtime::Loop& home, ports::RotationRequest request
    ) override;
    [[nodiscard]] runtime::Task<Result<void>> revoke(
        runtime::Loop& home, UserId user, DeviceId device, Timestamp now
    ) override;
    [[nodiscard]] runtime::Task<Result<std::vector<ports::Device>>> list(
        runtime::Loop& home, UserId user
    ) override;
    [[nodiscard]] Result<std::vector<DeviceId>> revoked_since(Timestamp since) override;

private:
    SlowCalls calls_;
    ports::DeviceDirectory& inner_;
};

class SlowConversationDirectory final : public ports::ConversationDirectory {
public:
    SlowConversationDirectory(Process& process, SimPool& pool, ports::ConversationDirectory& inner)
        : calls_(process, pool), inner_(inner) {}

    [[nodiscard]] runtime::Task<Result<ports::OpenedPair>> open_direct(
        runtime::Loop& home, UserId one, UserId other, ConversationNumber candidate
    ) override;
    [[nodiscard]] runtime::Task<Result<std::vector<ConversationNumber>>> of_user(
        runtime::Loop& home, UserId user
    ) override;

private:
    SlowCalls calls_;
    ports::ConversationDirectory& inner_;
};

}  // namespace parley::sim
