#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "ports/account_directory.h"
#include "ports/device_directory.h"
#include "ports/user_directory.h"

/// Directories that fail when a test says so, before they do anything; otherwise those that they are made of.

namespace parley::fakes {

/// The call that fails, over all directories that share this: the n-th from when it was set.
class CallCounter {
public:
    void fail_at(std::uint64_t call) noexcept { left_ = call; }
    void heal() noexcept { left_ = 0; }
    /// That call goes well, and `act` comes just before it.
    void before(std::uint64_t call, std::function<void()> act) {
        left_ = call;
        act_ = std::move(act);
    }
    /// Whether the call that was to fail has come.
    [[nodiscard]] bool failed() const noexcept { return failed_; }
    [[nodiscard]] std::optional<Error> count() {
        const bool now = left_ == 1;
        left_ -= left_ > 0 ? 1 : 0;
        if (!now) {
            return std::nullopt;
        }
        if (act_) {
            std::exchange(act_, nullptr)();
            return std::nullopt;
        }
        failed_ = true;
        return Error{ErrorCode::unavailable, "the directory does not answer"};
    }

private:
    std::uint64_t left_ = 0;  // 0: none
    bool failed_ = false;
    std::function<void()> act_;
};

class FailingUsers final : public ports::UserDirectory {
public:
    FailingUsers(ports::UserDirectory& inner, CallCounter& calls) : inner_(inner), calls_(calls) {}

    [[nodiscard]] runtime::Task<Result<ports::CreatedUser>> create(
        runtime::Loop& home, ports::User user, std::string password_hash
    ) override {
        if (auto error = calls_.count()) {
            co_return *std::move(error);
        }
        co_return co_await inner_.create(home, std::move(user), std::move(password_hash));
    }
    [[nodiscard]] runtime::Task<Result<std::optional<ports::User>>> find(
        runtime::Loop& home, UserId id
    ) override {
        if (auto error = calls_.count()) {
            co_return *std::move(error);
        }
        co_return co_await inner_.find(home, id);
    }
    [[nodiscard]] runtime::Task<Result<std::vector<ports::User>>> find_all(
        runtime::Loop& home, std::vector<UserId> ids
    ) override {
        if (auto error = calls_.count()) {
            co_return *std::move(error);
        }
        co_return co_await inner_.find_all(home, std::move(ids));
    }
    [[nodiscard]] runtime::Task<Result<std::optional<ports::Credentials>>> find_login(
        runtime::Loop& home, std::string login
    ) override {
        if (auto error = calls_.count()) {
            co_return *std::move(error);
        }
        co_return co_await inner_.find_login(home, std::move(login));
    }
    [[nodiscard]] runtime::Task<Result<void>> set_password_hash(
        runtime::Loop& home, UserId id, std::string password_hash
    ) override {
        if (auto error = calls_.count()) {
            co_return *std::move(error);
        }
        co_return co_await inner_.set_password_hash(home, id, std::move(password_hash));
    }
    [[nodiscard]] runtime::Task<Result<ports::User>> change_profile(
        runtime::Loop& home, UserId id, ports::ProfileChange change
    ) override {
        if (auto error = calls_.count()) {
            co_return *std::move(error);
        }
        co_return co_await inner_.change_profile(home, id, std::move(change));
    }
    [[nodiscard]] runtime::Task<Result<std::vector<ports::User>>> search(
        runtime::Loop& home, ports::UserSearch search
    ) override {
        if (auto error = calls_.count()) {
            co_return *std::move(error);
        }
        co_return co_await inner_.search(home, std::move(search));
    }
    [[nodiscard]] runtime::Task<Result<void>> save_last_seen(
        runtime::Loop& home, std::vector<ports::LastSeen> seen
    ) override {
        if (auto error = calls_.count()) {
            co_return *std::move(error);
        }
        co_return co_await inner_.save_last_seen(home, std::move(seen));
    }

private:
    ports::UserDirectory& inner_;
    CallCounter& calls_;
};

class FailingDevices final : public ports::DeviceDirectory {
public:
    FailingDevices(ports::DeviceDirectory& inner, CallCounter& calls)
        : inner_(inner), calls_(calls) {}

    [[nodiscard]] runtime::Task<Result<std::vector<DeviceId>>> log_in(
        runtime::Loop& home,
        ports::Device device,
        ports::TokenHash token,
        Timestamp expires_at,
        std::size_t devices_max
    ) override {
        if (auto error = calls_.count()) {
            co_return *std::move(error);
        }
        co_return co_await inner_.log_in(home, std::move(device), token, expires_at, devices_max);
    }
    [[nodiscard]] runtime::Task<Result<ports::Rotation>> rotate(
        runtime::Loop& home, ports::RotationRequest request
    ) override {
        if (auto error = calls_.count()) {
            co_return *std::move(error);
        }
        co_return co_await inner_.rotate(home, request);
    }
    [[nodiscard]] runtime::Task<Result<void>> revoke(
        runtime::Loop& home, UserId user, DeviceId device, Timestamp now
    ) override {
        if (auto error = calls_.count()) {
            co_return *std::move(error);
        }
        co_return co_await inner_.revoke(home, user, device, now);
    }
    [[nodiscard]] runtime::Task<Result<std::vector<ports::Device>>> list(
        runtime::Loop& home, UserId user
    ) override {
        if (auto error = calls_.count()) {
            co_return *std::move(error);
        }
        co_return co_await inner_.list(home, user);
    }
    [[nodiscard]] Result<std::vector<DeviceId>> revoked_since(Timestamp since) override {
        if (auto error = calls_.count()) {
            return *std::move(error);
        }
        return inner_.revoked_since(since);
    }

private:
    ports::DeviceDirectory& inner_;
    CallCounter& calls_;
};

class FailingAccounts final : public ports::AccountDirectory {
public:
    FailingAccounts(ports::AccountDirectory& inner, CallCounter& calls)
        : inner_(inner), calls_(calls) {}

    [[nodiscard]] runtime::Task<Result<ports::CreatedUser>> register_user(
        runtime::Loop& home, ports::NewAccount account, ports::AuditEntry act
    ) override {
        if (auto error = calls_.count()) {
            co_return *std::move(error);
        }
        co_return co_await inner_.register_user(home, std::move(account), std::move(act));
    }
    [[nodiscard]] runtime::Task<Result<ports::User>> server_user(
        runtime::Loop& home, ports::User wanted, std::string password_hash
    ) override {
        if (auto error = calls_.count()) {
            co_return *std::move(error);
        }
        co_return co_await inner_.server_user(home, std::move(wanted), std::move(password_hash));
    }
    [[nodiscard]] runtime::Task<Result<std::optional<ports::Account>>> find_account(
        runtime::Loop& home, UserId id
    ) override {
        if (auto error = calls_.count()) {
            co_return *std::move(error);
        }
        co_return co_await inner_.find_account(home, id);
    }
    [[nodiscard]] runtime::Task<Result<std::optional<ports::Account>>> find_account_named(
        runtime::Loop& home, std::string username
    ) override {
        if (auto error = calls_.count()) {
            co_return *std::move(error);
        }
        co_return co_await inner_.find_account_named(home, std::move(username));
    }
    [[nodiscard]] runtime::Task<Result<std::vector<ports::Account>>> list_accounts(
        runtime::Loop& home, Query query
    ) override {
        if (auto error = calls_.count()) {
            co_return *std::move(error);
        }
        co_return co_await inner_.list_accounts(home, std::move(query));
    }
    [[nodiscard]] runtime::Task<Result<std::vector<DeviceId>>> disable(
        runtime::Loop& home, UserId id, ports::AuditEntry act
    ) override {
        if (auto error = calls_.count()) {
            co_return *std::move(error);
        }
        co_return co_await inner_.disable(home, id, std::move(act));
    }
    [[nodiscard]] runtime::Task<Result<void>> enable(
        runtime::Loop& home, UserId id, ports::AuditEntry act
    ) override {
        if (auto error = calls_.count()) {
            co_return *std::move(error);
        }
        co_return co_await inner_.enable(home, id, std::move(act));
    }
    [[nodiscard]] runtime::Task<Result<void>> set_role(
        runtime::Loop& home, UserId id, ports::AccountRole role, ports::AuditEntry act
    ) override {
        if (auto error = calls_.count()) {
            co_return *std::move(error);
        }
        co_return co_await inner_.set_role(home, id, role, std::move(act));
    }
    [[nodiscard]] runtime::Task<Result<std::vector<DeviceId>>> begin_reset(
        runtime::Loop& home, UserId id, PasswordReset reset, ports::AuditEntry act
    ) override {
        if (auto error = calls_.count()) {
            co_return *std::move(error);
        }
        co_return co_await inner_.begin_reset(home, id, std::move(reset), std::move(act));
    }
    [[nodiscard]] runtime::Task<Result<UserId>> finish_reset(
        runtime::Loop& home,
        ports::TokenHash token,
        std::string password_hash,
        ports::AuditEntry act
    ) override {
        if (auto error = calls_.count()) {
            co_return *std::move(error);
        }
        co_return co_await inner_.finish_reset(
            home, token, std::move(password_hash), std::move(act)
        );
    }
    [[nodiscard]] runtime::Task<Result<void>> create_invite(
        runtime::Loop& home, ports::Invite invite, ports::TokenHash code, ports::AuditEntry act
    ) override {
        if (auto error = calls_.count()) {
            co_return *std::move(error);
        }
        co_return co_await inner_.create_invite(home, std::move(invite), code, std::move(act));
    }
    [[nodiscard]] runtime::Task<Result<std::vector<ports::Invite>>> invites(runtime::Loop& home
    ) override {
        if (auto error = calls_.count()) {
            co_return *std::move(error);
        }
        co_return co_await inner_.invites(home);
    }
    [[nodiscard]] runtime::Task<Result<void>> revoke_invite(
        runtime::Loop& home, Uuid id, ports::AuditEntry act
    ) override {
        if (auto error = calls_.count()) {
            co_return *std::move(error);
        }
        co_return co_await inner_.revoke_invite(home, id, std::move(act));
    }
    [[nodiscard]] runtime::Task<Result<ports::AccountStatistics>> statistics(
        runtime::Loop& home, Timestamp now
    ) override {
        if (auto error = calls_.count()) {
            co_return *std::move(error);
        }
        co_return co_await inner_.statistics(home, now);
    }

private:
    ports::AccountDirectory& inner_;
    CallCounter& calls_;
};

}  // namespace parley::fakes
