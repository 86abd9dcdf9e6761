#pragma once

#include <memory>
#include <optional>
#include <string>

#include <gtest/gtest.h>

#include "adapters/memory/account_directory.h"
#include "adapters/memory/account_removals.h"
#include "adapters/memory/audit_log.h"
#include "adapters/memory/contact_directory.h"
#include "adapters/memory/conversation_directory.h"
#include "adapters/memory/device_directory.h"
#include "adapters/memory/report_directory.h"
#include "adapters/memory/user_directory.h"
#include "adapters/sqlite/account_directory.h"
#include "adapters/sqlite/account_removals.h"
#include "adapters/sqlite/audit_log.h"
#include "adapters/sqlite/contact_directory.h"
#include "adapters/sqlite/conversation_directory.h"
#include "adapters/sqlite/database.h"
#include "adapters/sqlite/device_directory.h"
#include "adapters/sqlite/report_directory.h"
#include "adapters/sqlite/user_directory.h"
#include "runtime/runtime.h"
#include "tests/contract/await.h"
#include "tests/fakes/temporary_directory.h"

namespace parley::contract {

/// The directories as the memory adapter has them. `restart` is a crash: what was answered stays.
class MemoryDirectories {
public:
    MemoryDirectories() { runtime_.start(); }

    ports::UserDirectory& users() { return *users_; }
    ports::DeviceDirectory& devices() { return *devices_; }
    ports::ConversationDirectory& conversations() { return *conversations_; }
    ports::ContactDirectory& contacts() { return *contacts_; }
    ports::AccountRemovals& removals() { return *removals_; }
    ports::AccountDirectory& accounts() { return *accounts_; }
    ports::ReportDirectory& reports() { return *reports_; }
    ports::AuditLog& audit() { return *audit_; }
    runtime::Loop& home() { return runtime_.loop(0); }

    void restart() {
        auto removals = removals_->state();
        auto accounts = accounts_->state();
        auto reports = reports_->state();
        accounts_.reset();
        reports_.reset();
        audit_ = std::make_unique<memory::AuditLog>(audit_->state());
        reports_ = std::make_unique<memory::ReportDirectory>(*audit_, std::move(reports));
        auto conversations = conversations_->state();
        auto contacts = contacts_->state();
        removals_.reset();
        conversations_.reset();
        contacts_.reset();
        users_ = std::make_unique<memory::UserDirectory>(users_->state());
        devices_ = std::make_unique<memory::DeviceDirectory>(devices_->state());
        conversations_ =
            std::make_unique<memory::ConversationDirectory>(*users_, std::move(conversations));
        contacts_ = std::make_unique<memory::ContactDirectory>(*users_, std::move(contacts));
        removals_ = std::make_unique<memory::AccountRemovals>(
            memory::AccountRemovals::Directories{*users_, *devices_, *conversations_},
            std::move(removals)
        );
        accounts_ = std::make_unique<memory::AccountDirectory>(
            *users_, *devices_, *audit_, std::move(accounts)
        );
    }

private:
    runtime::Runtime runtime_{{.loops = 1}};
    std::unique_ptr<memory::UserDirectory> users_ = std::make_unique<memory::UserDirectory>();
    std::unique_ptr<memory::DeviceDirectory> devices_ = std::make_unique<memory::DeviceDirectory>();
    std::unique_ptr<memory::ConversationDirectory> conversations_ =
        std::make_unique<memory::ConversationDirectory>(*users_);
    std::unique_ptr<memory::ContactDirectory> contacts_ =
        std::make_unique<memory::ContactDirectory>(*users_);
    std::unique_ptr<memory::AccountRemovals> removals_ = std::make_unique<memory::AccountRemovals>(
        memory::AccountRemovals::Directories{*users_, *devices_, *conversations_}
    );
    std::unique_ptr<memory::AuditLog> audit_ = std::make_unique<memory::AuditLog>();
    std::unique_ptr<memory::ReportDirectory> reports_ =
        std::make_unique<memory::ReportDirectory>(*audit_);
    std::unique_ptr<memory::AccountDirectory> accounts_ =
        std::make_unique<memory::AccountDirectory>(*users_, *devices_, *audit_);
};

/// The same in a SQLite file. `restart` closes and opens it.
class SqliteDirectories {
public:
    SqliteDirectories() { open(); }
    SqliteDirectories(const SqliteDirectories&) = delete;
    SqliteDirectories& operator=(const SqliteDirectories&) = delete;
    SqliteDirectories(SqliteDirectories&&) = delete;
    SqliteDirectories& operator=(SqliteDirectories&&) = delete;
    ~SqliteDirectories() { runtime_->stop(); }

    ports::UserDirectory& users() { return *users_; }
    ports::DeviceDirectory& devices() { return *devices_; }
    ports::ConversationDirectory& conversations() { return *conversations_; }
    ports::ContactDirectory& contacts() { return *contacts_; }
    ports::AccountRemovals& removals() { return *removals_; }
    ports::AccountDirectory& accounts() { return *accounts_; }
    ports::ReportDirectory& reports() { return *reports_; }
    ports::AuditLog& audit() { return *audit_; }
    runtime::Loop& home() { return runtime_->loop(0); }
    sqlite::Database& database() { return *database_; }
    [[nodiscard]] std::string path() const { return folder_.path() + "/directory.db"; }

    void restart() {
        runtime_->stop();
        users_.reset();
        devices_.reset();
        conversations_.reset();
        contacts_.reset();
        removals_.reset();
        accounts_.reset();
        reports_.reset();
        audit_.reset();
        database_.reset();
        open();
    }

private:
    void open() {
        runtime_ = std::make_unique<runtime::Runtime>(runtime::RuntimeOptions{.loops = 1});
        runtime::Pool& readers = runtime_->make_pool("readers", 2, 4096);
        runtime::Pool& writer = runtime_->make_pool("writer", 1, 16);
        auto opened = sqlite::Database::open(path(), readers, writer);
        ASSERT_TRUE(opened.ok()) << opened.error().detail;
        database_ = std::move(*opened);
        users_.emplace(*database_);
        devices_.emplace(*database_);
        conversations_.emplace(*database_);
        contacts_.emplace(*database_);
        removals_.emplace(*database_);
        accounts_.emplace(*database_);
        reports_.emplace(*database_);
        audit_.emplace(*database_);
        runtime_->start();
    }

    fakes::TemporaryDirectory folder_;
    std::unique_ptr<runtime::Runtime> runtime_;
    std::unique_ptr<sqlite::Database> database_;
    std::optional<sqlite::UserDirectory> users_;
    std::optional<sqlite::DeviceDirectory> devices_;
    std::optional<sqlite::ConversationDirectory> conversations_;
    std::optional<sqlite::ContactDirectory> contacts_;
    std::optional<sqlite::AccountRemovals> removals_;
    std::optional<sqlite::AccountDirectory> accounts_;
    std::optional<sqlite::ReportDirectory> reports_;
    std::optional<sqlite::AuditLog> audit_;
};

/// What the suites of their ports share: short forms that name everything but the point.
template <class Directories>
class DirectoryContract : public ::testing::Test {
protected:
    static UserId user_id(std::uint64_t n) {
        return {{0x1000'0000'0000'4000ULL, 0x8000'0000'0000'0000ULL | n}};
    }
    static DeviceId device_id(std::uint64_t n) {
        return {{0x2000'0000'0000'4000ULL, 0x8000'0000'0000'0000ULL | n}};
    }
    static Timestamp at(std::int64_t seconds) {
        return Timestamp::from_millis(1'800'000'000'000 + (seconds * 1000));
    }

    static ports::User user(std::uint64_t n, std::string username) {
        std::string display_name = username;
        return {
            .id = user_id(n),
            .username = std::move(username),
            .display_name = std::move(display_name),
            .about = "",
            .email = std::nullopt,
            .phone = std::nullopt,
            .created_at = at(0),
        };
    }

    static ports::AuditEntry act(std::string action, std::int64_t seconds = 0) {
        return {
            .time = at(seconds),
            .actor = user_id(999),
            .action = std::move(action),
            .subject = "subject",
            .detail = "detail",
            .address = "192.0.2.1",
            .security = false,
        };
    }
    /// What the audit log says was done, newest first.
    std::vector<std::string> actions() {
        const auto page = wait(directories_.audit().page(directories_.home(), std::nullopt, 1000));
        std::vector<std::string> names;
        for (const auto& one : *page) {
            names.push_back(one.entry.action);
        }
        return names;
    }

    template <class T>
    T wait(runtime::Task<T> task) {
        return await(directories_.home(), std::move(task));
    }
    ports::User make_user(ports::User wanted, std::string hash = "hash") {
        auto made = wait(
            directories_.users().create(directories_.home(), std::move(wanted), std::move(hash))
        );
        EXPECT_TRUE(made.ok()) << (made.ok() ? "" : made.error().detail);
        return made.ok() ? made->user : ports::User{};
    }

    Directories directories_;
};

using BothDirectories = ::testing::Types<MemoryDirectories, SqliteDirectories>;

/// So that a failure names the adapter instead of a number.
struct DirectoriesName {
    template <class T>
    static std::string
    GetName(int /*index*/) {  // NOLINT(readability-identifier-naming): GoogleTest's
        return std::is_same_v<T, MemoryDirectories> ? "memory" : "sqlite";
    }
};

}  // namespace parley::contract
