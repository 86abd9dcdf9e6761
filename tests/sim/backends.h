#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "ports/conversation_directory.h"
#include "ports/device_directory.h"
#include "ports/message_store.h"
#include "ports/user_directory.h"
#include "tests/sim/machine.h"

/// Store and directories as a process sees them: each call takes a while, may be slow, may be refused or fail, and
/// does not happen at all once the process is dead. What a directory has done is durable, whether the answer
/// arrives or not: the directories behind these outlive the process.

namespace parley::sim {

/// What goes wrong with a back end; may change while it is in use.
struct BackendOptions {
    double slow_chance = 0;  ///< of a call that keeps a thread busy for up to `slow_max`
    Duration slow_max = std::chrono::seconds{2};
    double failure_chance =
        0;  ///< of a call that fails: before it did anything, or after it did it all
};

/// How the detail of an error of theirs ends.
inline constexpr std::string_view kSimulatedBackendFailed = ": the simulated back end failed";

/// What they have in common.
class Calls {
public:
    Calls(Process& process, SimPool& pool, const BackendOptions& options, Count failures)
        : process_(process), pool_(pool), options_(options), failures_(failures) {}

    /// Awaits `call` (a Task<Result<T>> that runs at once) with a delay on either side. The call must be
    /// made by a function object that outlives the wait; parameters are its members.
    template <class T, class Call>
    runtime::Task<Result<T>> run(std::string_view name, runtime::Loop* home, Call call) {
        process_.simulation().trace_with(name, What::directory);
        auto waiting = [this] { return wait(); };
        auto begun = co_await pool_.run(*home, waiting);
        if (!begun.ok()) {
            co_return std::move(begun).error();
        }
        if (process_.dead()) {
            co_return Error{ErrorCode::unavailable, "the process is dead"};
        }
        if (fails()) {
            co_return failure(name);
        }
        auto task = call();
        auto result = co_await std::move(task);
        // A full queue here only means that the answer comes at once.
        static_cast<void>(co_await pool_.run(*home, nothing));
        if (fails()) {
            co_return failure(name);  // and yet it has happened
        }
        co_return result;
    }

    /// For a back end that has delays of its own: an error when the call is not to happen.
    [[nodiscard]] runtime::Task<Result<void>> begin(runtime::Loop& home, std::string_view name);
    [[nodiscard]] bool fails();
    [[nodiscard]] Error failure(std::string_view name);
    /// What goes into the store is part of the trace.
    void mix(const ports::StoreBatch& batch);

private:
    Result<void> wait();
    static Result<void> nothing() { return {}; }

    Process& process_;
    SimPool& pool_;
    const BackendOptions& options_;
    const Count failures_;
};

class SlowUserDirectory final : public ports::UserDirectory {
public:
    SlowUserDirectory(Calls calls, ports::UserDirectory& inner) : calls_(calls), inner_(inner) {}

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
        runtime::Loop& home, ports::UserSearch search
    ) override;
    [[nodiscard]] runtime::Task<Result<void>> save_last_seen(
        runtime::Loop& home, std::vector<ports::LastSeen> seen
    ) override;

private:
    Calls calls_;
    ports::UserDirectory& inner_;
};

class SlowDeviceDirectory final : public ports::DeviceDirectory {
public:
    SlowDeviceDirectory(Calls calls, ports::DeviceDirectory& inner)
        : calls_(calls), inner_(inner) {}

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
    Calls calls_;
    ports::DeviceDirectory& inner_;
};

class SlowConversationDirectory final : public ports::ConversationDirectory {
public:
    SlowConversationDirectory(Calls calls, ports::ConversationDirectory& inner)
        : calls_(calls), inner_(inner) {}

    [[nodiscard]] runtime::Task<Result<ports::OpenedPair>> open_direct(
        runtime::Loop& home, UserId one, UserId other, ConversationNumber candidate
    ) override;
    [[nodiscard]] runtime::Task<Result<ReservedGroup>> reserve_group(
        runtime::Loop& home, NewGroup group, ConversationNumber candidate
    ) override;
    [[nodiscard]] runtime::Task<Result<void>> add_members(
        runtime::Loop& home, ConversationNumber number, std::vector<UserId> users
    ) override;
    [[nodiscard]] runtime::Task<Result<std::vector<ConversationNumber>>> of_user(
        runtime::Loop& home, UserId user
    ) override;
    [[nodiscard]] runtime::Task<Result<std::vector<ports::SharedConversations>>> shared_with(
        runtime::Loop& home, UserId user, std::vector<UserId> others
    ) override;
    [[nodiscard]] runtime::Task<Result<std::vector<ConversationNumber>>> list(
        runtime::Loop& home, ConversationNumber after, std::size_t limit
    ) override;

private:
    Calls calls_;
    ports::ConversationDirectory& inner_;
};

/// The store in memory, which outlives nothing: the server keeps what of it is durable.
class SlowMessageStore final : public ports::MessageStore {
public:
    SlowMessageStore(Calls calls, ports::MessageStore& inner) : calls_(calls), inner_(inner) {}

    [[nodiscard]] runtime::Task<Result<std::optional<core::ConversationState>>> load(
        runtime::Loop& home, ConversationNumber number
    ) override;
    [[nodiscard]] runtime::Task<Result<std::vector<core::EventPtr>>> read(
        runtime::Loop& home, ports::EventRange range
    ) override;
    [[nodiscard]] runtime::Task<Result<std::optional<Seq>>> find_seq(
        runtime::Loop& home, ConversationNumber number, Seq first, Timestamp time
    ) override;
    [[nodiscard]] runtime::Task<Result<void>> write(runtime::Loop& home, ports::StoreBatch batch)
        override;
    [[nodiscard]] runtime::Task<Result<std::vector<core::ConversationState>>> scan(
        runtime::Loop& home, ConversationNumber after, std::size_t limit
    ) override;
    [[nodiscard]] runtime::Task<Result<void>> reclaim(
        runtime::Loop& home, std::vector<ConversationNumber> numbers
    ) override;
    [[nodiscard]] runtime::Task<Result<LogPosition>> flush(runtime::Loop& home) override;
    [[nodiscard]] Result<LogPosition> replay_from() override { return inner_.replay_from(); }
    [[nodiscard]] Result<void> set_lanes(std::uint32_t lanes, LogPosition position) override {
        return inner_.set_lanes(lanes, position);
    }

private:
    Calls calls_;
    ports::MessageStore& inner_;
};

}  // namespace parley::sim
