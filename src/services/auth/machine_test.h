#pragma once

#include <array>
#include <deque>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include <gtest/gtest.h>

#include "adapters/memory/account_directory.h"
#include "adapters/memory/audit_log.h"
#include "adapters/memory/device_directory.h"
#include "adapters/memory/rate_limiter.h"
#include "adapters/memory/user_directory.h"
#include "runtime/runtime.h"
#include "runtime/scope.h"
#include "services/auth/auth.h"
#include "tests/fakes/temporary_directory.h"

/// A machine whose clock, loops and pool stand still until a test turns them. Only the disk is real.

namespace parley::auth {

class ManualClock final : public Clock {
public:
    [[nodiscard]] Timestamp wall() const noexcept override { return now_; }
    [[nodiscard]] Duration steady() const noexcept override { return Duration{now_.ticks * 100}; }
    void advance(Duration by) { now_ = now_.plus(by); }

private:
    Timestamp now_ = Timestamp::from_millis(1'800'000'000'000);
};

/// SplitMix64 (Steele, Lea, Flood 2014): enough for names.
class SequenceRandom final : public Random {
public:
    explicit SequenceRandom(std::uint64_t seed) : state_(seed) {}
    [[nodiscard]] std::uint64_t next() noexcept override {
        std::uint64_t z = (state_ += 0x9E3779B97F4A7C15ULL);
        z = (z ^ (z >> 30U)) * 0xBF58476D1CE4E5B9ULL;
        z = (z ^ (z >> 27U)) * 0x94D049BB133111EBULL;
        return z ^ (z >> 31U);
    }
    void fill(std::span<std::byte> out) noexcept override {
        for (std::byte& byte : out) {
            byte = static_cast<std::byte>(next());
        }
    }

private:
    std::uint64_t state_;
};

class QueueLoop final : public runtime::Loop {
public:
    QueueLoop(std::uint32_t id, const ManualClock& clock) : id_{id}, clock_(clock), random_(id) {}

    [[nodiscard]] runtime::LoopId id() const noexcept override { return id_; }
    void post(Job job) override { jobs_.push_back(std::move(job)); }
    void defer(Job job) override { jobs_.push_back(std::move(job)); }
    runtime::TimerId after(Duration /*delay*/, Job /*job*/) override { return {}; }
    void cancel(runtime::TimerId /*timer*/) override {}
    [[nodiscard]] const Clock& clock() const noexcept override { return clock_; }
    [[nodiscard]] Random& random() noexcept override { return random_; }
    [[nodiscard]] bool is_current() const noexcept override { return true; }

    bool run_one() {
        if (jobs_.empty()) {
            return false;
        }
        Job job = std::move(jobs_.front());
        jobs_.pop_front();
        job();
        return true;
    }

private:
    runtime::LoopId id_;
    const ManualClock& clock_;
    SequenceRandom random_;
    std::deque<Job> jobs_;
};

class QueuePool final : public runtime::Pool {
public:
    explicit QueuePool(std::size_t queue_max) : queue_max_(queue_max) {}
    [[nodiscard]] bool try_post(Job job) override {
        if (jobs_.size() >= queue_max_) {
            return false;
        }
        jobs_.push_back(std::move(job));
        return true;
    }
    [[nodiscard]] std::size_t queued() const noexcept override { return jobs_.size(); }
    [[nodiscard]] int jobs_run() const noexcept { return jobs_run_; }

    bool run_one() {
        if (jobs_.empty()) {
            return false;
        }
        Job job = std::move(jobs_.front());
        jobs_.pop_front();
        ++jobs_run_;
        job();
        return true;
    }

private:
    const std::size_t queue_max_;
    std::deque<Job> jobs_;
    int jobs_run_ = 0;
};

class RecordingListener final : public RevocationListener {
public:
    void on_revoked(DeviceId device) override { revoked.push_back(device); }
    std::vector<DeviceId> revoked;
};

class AuthMachine : public ::testing::Test {
protected:
    static constexpr std::size_t kHashingQueueMax = 150;

    [[nodiscard]] std::string directory() const { return folder_.path() + "/auth"; }
    [[nodiscard]] std::string keys_directory() const { return directory() + "/keys"; }

    Result<void> try_start(const Options& options = {}) {
        auth_.emplace(
            options,
            Auth::Dependencies{
                .users = *users_,
                .devices = *devices_,
                .accounts = *accounts_,
                .audit = audit_,
                .limiter = limiter_,
                .hashing = hashing_,
                .disk = machine_.disk(),
                .loops = {&loops_[0], &loops_[1]},
            }
        );
        auth_->attach({0}, listeners_[0]);
        auth_->attach({1}, listeners_[1]);
        return auth_->start(directory());
    }
    void start(const Options& options = {}) {
        const auto started = try_start(options);
        ASSERT_TRUE(started.ok()) << started.error().detail;
    }
    /// A crash: only what was answered is left.
    void restart(const Options& options = {}) {
        auth_.reset();
        users_ = std::make_unique<memory::UserDirectory>(users_->state());
        devices_ = std::make_unique<memory::DeviceDirectory>(devices_->state());
        accounts_ = std::make_unique<memory::AccountDirectory>(
            *users_, *devices_, audit_, accounts_->state()
        );
        start(options);
    }

    void pump() {
        while (loops_[0].run_one() || loops_[1].run_one() || hashing_.run_one()) {
        }
    }
    template <class T>
    static runtime::Task<void> keep(runtime::Task<T> task, std::optional<T>* answer) {
        answer->emplace(co_await std::move(task));
    }
    template <class T>
    std::vector<T> run_all(std::vector<runtime::Task<T>> tasks) {
        std::vector<std::optional<T>> answers(tasks.size());
        runtime::TaskScope scope;
        for (std::size_t i = 0; i < tasks.size(); ++i) {
            EXPECT_TRUE(scope.spawn(keep(std::move(tasks[i]), &answers[i])));
        }
        pump();
        std::vector<T> values;
        for (auto& answer : answers) {
            EXPECT_TRUE(answer.has_value());
            values.push_back(std::move(*answer));
        }
        return values;
    }
    template <class T>
    T run(runtime::Task<T> task) {
        std::vector<runtime::Task<T>> one;
        one.push_back(std::move(task));
        return std::move(run_all(std::move(one)).front());
    }

    static Registration registration(std::string username, std::string password = "correct horse") {
        return {
            .username = std::move(username),
            .password = std::move(password),
            .display_name = {},
            .email = {},
            .phone = {},
            .device = {.name = "Laptop", .platform = "test"},
        };
    }
    static Login login(std::string name, std::string password = "correct horse") {
        return {
            .login = std::move(name),
            .password = std::move(password),
            .device = {.name = "Phone", .platform = "test"},
            .device_id = {},
        };
    }
    Result<Grant> sign_up(Registration wanted, std::string address = "192.0.2.1") {
        return run(auth_->register_user(home(), std::move(wanted), std::move(address)));
    }
    Result<Grant> log_in(Login wanted, std::string address = "192.0.2.1") {
        return run(auth_->log_in(home(), std::move(wanted), std::move(address)));
    }
    Result<Grant> refresh(std::string token, std::string address = "192.0.2.1") {
        return run(auth_->refresh(home(), std::move(token), std::move(address)));
    }
    Result<Identity> verify(std::string_view token, std::size_t loop = 0) {
        return auth_->verify(loops_.at(loop), token);
    }
    /// "ok", or the error's code in words.
    template <class T>
    static std::string outcome(const Result<T>& result) {
        return result.ok() ? "ok" : std::string(to_string(result.error().code));
    }
    QueueLoop& home() { return loops_[0]; }

    fakes::TemporaryDirectory folder_;
    ManualClock clock_;
    std::array<QueueLoop, 2> loops_{QueueLoop{0, clock_}, QueueLoop{1, clock_}};
    std::array<RecordingListener, 2> listeners_;
    QueuePool hashing_{kHashingQueueMax};
    runtime::Runtime machine_{{.loops = 1}};  // for its disk; nothing of it is started
    memory::RateLimiter limiter_;
    std::unique_ptr<memory::UserDirectory> users_ = std::make_unique<memory::UserDirectory>();
    std::unique_ptr<memory::DeviceDirectory> devices_ = std::make_unique<memory::DeviceDirectory>();
    memory::AuditLog audit_;
    std::unique_ptr<memory::AccountDirectory> accounts_ =
        std::make_unique<memory::AccountDirectory>(*users_, *devices_, audit_);
    std::optional<Auth> auth_;
};

}  // namespace parley::auth
