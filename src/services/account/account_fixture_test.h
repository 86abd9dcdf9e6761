#pragma once

#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include <gtest/gtest.h>

#include "adapters/memory/account_directory.h"
#include "adapters/memory/account_removals.h"
#include "adapters/memory/audit_log.h"
#include "adapters/memory/command_log.h"
#include "adapters/memory/conversation_directory.h"
#include "adapters/memory/device_directory.h"
#include "adapters/memory/export_files.h"
#include "adapters/memory/message_store.h"
#include "adapters/memory/rate_limiter.h"
#include "adapters/memory/session_registry.h"
#include "adapters/memory/user_directory.h"
#include "base/password.h"
#include "runtime/runtime.h"
#include "services/account/exports.h"
#include "services/account/removals.h"
#include "services/directory/directory.h"
#include "tests/fakes/deaf_sessions.h"
#include "tests/fakes/manual_loop.h"
#include "tests/fakes/temporary_directory.h"

namespace parley::account {

inline constexpr UserId kAda{{.high = 1, .low = 1}};
inline constexpr UserId kBob{{.high = 1, .low = 2}};
inline constexpr UserId kEve{{.high = 1, .low = 3}};
inline constexpr const char* kPassword = "correct horse";

class Nobody final : public fakes::DeafSessions, public auth::RevocationListener {
public:
    void on_revoked(DeviceId device) override { revoked.push_back(device); }

    std::vector<DeviceId> revoked;
};

/// A server without its front: services on memory, on a loop that runs when the test says so.
class AccountTest : public testing::Test {
protected:
    struct Left {
        memory::CommandLog::Durable log;
        memory::MessageStore::Durable store;
        memory::UserDirectory::State users;
        memory::DeviceDirectory::State devices;
        memory::ConversationDirectory::State conversations;
        memory::AccountRemovals::State removals;
        memory::ExportFiles::State exports;
    };

    struct Life {
        Life(Left left, const std::string& keys, std::int64_t now)
            : log(std::move(left.log)),
              store(std::move(left.store), nullptr),
              users(std::move(left.users)),
              devices(std::move(left.devices)),
              conversations(users, std::move(left.conversations)),
              noted({users, devices, conversations}, std::move(left.removals)),
              files(std::move(left.exports)) {
            loop.manual_clock().wall_ticks = now;
            auth.attach(loop.id(), nobody);
            messaging.attach(loop.id(), nobody);
            const auto opened = auth.start(keys);
            EXPECT_TRUE(opened.ok()) << opened.error().detail;
            std::optional<Result<void>> started;
            messaging.start([&started](Result<void> result) { started = std::move(result); });
            EXPECT_TRUE(loop.run_until([&started] { return started.has_value(); }));
        }
        Life(const Life&) = delete;
        Life& operator=(const Life&) = delete;
        Life(Life&&) = delete;
        Life& operator=(Life&&) = delete;
        ~Life() {
            bool stopped = false;
            exports.stop([&] {
                removals.stop([&] { messaging.stop([&stopped] { stopped = true; }); });
            });
            for (int turns = 0; turns < 1'000 && !stopped; ++turns) {
                loop.run();
                log.commit_group();
            }
            EXPECT_TRUE(stopped);
        }

        fakes::ManualLoop loop;
        fakes::InlinePool pool;
        runtime::Runtime machine{{.loops = 1}};  // for its disk
        memory::CommandLog log;
        memory::MessageStore store;
        memory::UserDirectory users;
        memory::DeviceDirectory devices;
        memory::AuditLog audit;
        memory::AccountDirectory accounts{users, devices, audit};
        memory::ConversationDirectory conversations;
        memory::AccountRemovals noted;
        memory::ExportFiles files;
        memory::SessionRegistry sessions;
        memory::RateLimiter limiter;
        Nobody nobody;
        auth::Auth auth{
            {},
            {.users = users,
             .devices = devices,
             .accounts = accounts,
             .audit = audit,
             .limiter = limiter,
             .hashing = pool,
             .disk = machine.disk(),
             .loops = {&loop}}
        };
        messaging::Messaging messaging{
            options(),
            {.loops = {&loop},
             .log = log,
             .store = store,
             .directory = conversations,
             .sessions = sessions,
             .limiter = limiter}
        };
        directory::Directory directory{users};
        Removals removals{
            {}, {.auth = auth, .messaging = messaging, .removals = noted, .loop = loop}
        };
        Exports exports{
            {}, {.messaging = messaging, .directory = directory, .files = files, .loop = loop}
        };

    private:
        static messaging::Options options() {
            messaging::Options options;
            options.sends = {};
            return options;
        }
    };

    void SetUp() override {
        Left left;
        const auto hash =
            crypto::hash_password(kPassword, {.memory_bytes = 19ULL << 20U, .passes = 2});
        ASSERT_TRUE(hash.ok());
        for (const auto& [id, name] :
             {std::pair{kAda, "ada"}, std::pair{kBob, "bob"}, std::pair{kEve, "eve"}}) {
            auto& account = left.users.accounts[id];
            account.user.id = id;
            account.user.username = account.user.display_name = name;
            account.password_hash = *hash;
            left.users.by_username[name] = id;
            left.users.by_display_name[{name, id}] = name;
        }
        life_ = std::make_unique<Life>(std::move(left), keys(), now_);
    }
    [[nodiscard]] std::string keys() const { return folder_.path() + "/keys"; }
    /// A crash: what was answered is left.
    void restart() {
        Left left{
            .log = life_->log.durable(),
            .store = life_->store.durable(life_->store.unflushed()),
            .users = life_->users.state(),
            .devices = life_->devices.state(),
            .conversations = life_->conversations.state(),
            .removals = life_->noted.state(),
            .exports = life_->files.state()
        };
        life_ = nullptr;
        life_ = std::make_unique<Life>(std::move(left), keys(), now_);
    }
    void pass(Duration time) {
        now_ += time.count() / 100;
        life_->loop.manual_clock().wall_ticks = now_;
        life_->loop.manual_clock().steady_nanos += time.count();
    }
    void run() {
        for (int turns = 0; turns < 200; ++turns) {
            life_->loop.run();
            life_->log.commit_group();
        }
    }
    /// Everything that waits for time.
    void fire() {
        life_->loop.fire();
        run();
    }
    template <class T>
    T wait(runtime::Task<T> task) {
        std::optional<T> value;
        fakes::detail::await_into(std::move(task), value);
        for (int turns = 0; turns < 1'000 && !value; ++turns) {
            life_->loop.run();
            life_->log.commit_group();
        }
        EXPECT_TRUE(value.has_value());
        return std::move(*value);
    }
    ConversationNumber say(UserId from, UserId to, std::string content) {
        messaging::SendRequest request;
        request.to = to;
        request.message.sender = from;
        request.message.client_id = "c" + std::to_string(++sent_);
        request.message.content = std::move(content);
        std::optional<Result<messaging::SendReply>> answer;
        life_->messaging.send(
            life_->loop,
            std::move(request),
            [&answer](Result<messaging::SendReply> reply) { answer = std::move(reply); }
        );
        run();
        EXPECT_TRUE(answer && answer->ok());
        return (*answer)->conversation;
    }
    std::vector<core::EventPtr> history(UserId who, ConversationNumber number) {
        messaging::HistoryRequest request{
            .user = who, .conversation = number, .after = Seq{0}, .before = {}
        };
        request.limit = core::kPageEventsMax;
        auto page = wait(life_->messaging.history(life_->loop, request));
        return page.ok() ? page->events : std::vector<core::EventPtr>{};
    }

    fakes::TemporaryDirectory folder_;
    std::int64_t now_ = 18'000'000'000'000'000;
    std::unique_ptr<Life> life_;
    int sent_ = 0;
};

}  // namespace parley::account
