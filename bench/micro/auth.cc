// What it costs to know who somebody is: tokens, passwords, limits, sessions, and the directory in SQLite
// (one call at a time, and many that share commits).
//
//     micro_auth [--benchmark_filter=...]

#include "services/auth/auth.h"

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include <benchmark/benchmark.h>

#include "adapters/memory/account_directory.h"
#include "adapters/memory/audit_log.h"
#include "adapters/memory/device_directory.h"
#include "adapters/memory/rate_limiter.h"
#include "adapters/memory/session_registry.h"
#include "adapters/memory/user_directory.h"
#include "adapters/sqlite/conversation_directory.h"
#include "adapters/sqlite/database.h"
#include "adapters/sqlite/device_directory.h"
#include "adapters/sqlite/user_directory.h"
#include "base/hash.h"
#include "runtime/runtime.h"
#include "tests/contract/await.h"
#include "tests/fakes/temporary_directory.h"

namespace parley {
namespace {

using contract::await;
using contract::await_all;

UserId user_id(std::uint64_t n) {
    return {{0x1000, n}};
}

/// Auth over the memory directories, on a real machine.
struct AuthMachine {
    AuthMachine() {
        const auto started = auth.start(folder.path());
        PARLEY_ASSERT(started.ok());
        machine.start();
        auto registered = await(
            home,
            auth.register_user(
                home,
                {.username = "alice", .password = "correct horse", .display_name = {}, .device = {}
                },
                "a"
            )
        );
        PARLEY_ASSERT(registered.ok());
        token = registered->access_token;
        refresh_token = registered->refresh_token;
    }
    AuthMachine(const AuthMachine&) = delete;
    AuthMachine& operator=(const AuthMachine&) = delete;
    AuthMachine(AuthMachine&&) = delete;
    AuthMachine& operator=(AuthMachine&&) = delete;
    ~AuthMachine() { machine.stop(); }

    fakes::TemporaryDirectory folder;
    runtime::Runtime machine{{.loops = 1}};
    runtime::Loop& home = machine.loop(0);
    memory::UserDirectory users;
    memory::DeviceDirectory devices;
    memory::AuditLog audit;
    memory::AccountDirectory accounts{users, devices, audit};
    memory::RateLimiter limiter;
    auth::Auth auth{
        auth::Options{.per_address = {}, .refreshes_per_address = {}},
        auth::Auth::Dependencies{
            .users = users,
            .devices = devices,
            .accounts = accounts,
            .audit = audit,
            .limiter = limiter,
            .hashing = machine.make_pool("hashing", 1, 64),
            .disk = machine.disk(),
            .loops = {&home},
        }
    };
    std::string token;
    std::string refresh_token;
};

void verify_access_token(benchmark::State& state) {
    AuthMachine machine;
    for (auto _ : state) {
        benchmark::DoNotOptimize(machine.auth.verify(machine.home, machine.token));
    }
}
BENCHMARK(verify_access_token)->Unit(benchmark::kMicrosecond);

void issue_access_token(benchmark::State& state) {
    AuthMachine machine;
    const Timestamp now = machine.machine.clock().wall();
    for (auto _ : state) {
        benchmark::DoNotOptimize(
            machine.auth.issue_access_token(user_id(1), {}, now, std::chrono::minutes{15})
        );
    }
}
BENCHMARK(issue_access_token)->Unit(benchmark::kMicrosecond);

void log_in(benchmark::State& state) {
    AuthMachine machine;
    for (auto _ : state) {
        auth::Login login{
            .login = "alice", .password = "correct horse", .device = {}, .device_id = {}
        };
        const auto grant =
            await(machine.home, machine.auth.log_in(machine.home, std::move(login), "a"));
        PARLEY_ASSERT(grant.ok());
    }
}
BENCHMARK(log_in)->Unit(benchmark::kMillisecond)->UseRealTime();

void refresh(benchmark::State& state) {
    AuthMachine machine;
    std::string token = machine.refresh_token;
    for (auto _ : state) {
        auto grant = await(machine.home, machine.auth.refresh(machine.home, std::move(token), "a"));
        PARLEY_ASSERT(grant.ok());
        token = std::move(grant->refresh_token);
    }
}
BENCHMARK(refresh)->Unit(benchmark::kMicrosecond)->UseRealTime();

// --- limits and sessions ----------------------------------------------------------------------------

void take_from_limiter(benchmark::State& state) {
    memory::RateLimiter limiter;
    std::vector<Hash128> keys;
    for (int n = 0; n < state.range(0); ++n) {
        keys.push_back(hash128(std::to_string(n)));
    }
    std::int64_t now = 0;
    std::size_t at = 0;
    for (auto _ : state) {
        at = (at + 7919) % keys.size();
        benchmark::DoNotOptimize(
            limiter.take(keys[at], {.per_second = 20, .burst = 60}, Duration{now += 1000})
        );
    }
}
BENCHMARK(take_from_limiter)->Arg(100)->Arg(100'000);

void find_loops_of_user(benchmark::State& state) {
    memory::SessionRegistry registry;
    std::vector<UserId> users;
    for (std::uint64_t n = 0; n < static_cast<std::uint64_t>(state.range(0)); ++n) {
        users.push_back({{n * 0x9E3779B97F4A7C15ULL, n}});
        PARLEY_ASSERT(
            registry.add({static_cast<std::uint32_t>(n % 2)}, users.back(), {users.back().uuid})
        );
    }
    std::size_t at = 0;
    for (auto _ : state) {
        at = (at + 7919) % users.size();
        benchmark::DoNotOptimize(registry.loops_of(users[at]));
    }
}
BENCHMARK(find_loops_of_user)->Arg(100)->Arg(100'000);

void add_and_remove_session(benchmark::State& state) {
    memory::SessionRegistry registry;
    for (auto _ : state) {
        benchmark::DoNotOptimize(registry.add({0}, user_id(1), {{1, 1}}));
        registry.remove({0}, user_id(1), {{1, 1}});
    }
}
BENCHMARK(add_and_remove_session);

// --- the directory ----------------------------------------------------------------------------------

/// A directory file with users, a device of each, and a conversation of each with the first.
struct Directory {
    static constexpr std::uint64_t kUsers = 20'000;

    Directory() {
        runtime::Pool& readers = machine.make_pool("readers", 2, 4096);
        runtime::Pool& writer = machine.make_pool("writer", 1, 16);
        auto opened = sqlite::Database::open(folder.path() + "/directory.db", readers, writer);
        PARLEY_ASSERT(opened.ok());
        database = std::move(*opened);
        seed();
        users.emplace(*database);
        devices.emplace(*database);
        conversations.emplace(*database);
        machine.start();
    }
    Directory(const Directory&) = delete;
    Directory& operator=(const Directory&) = delete;
    Directory(Directory&&) = delete;
    Directory& operator=(Directory&&) = delete;
    ~Directory() { machine.stop(); }

    void seed() const {
        std::vector<sqlite::SeedUser> seed_users;
        std::vector<sqlite::SeedDevice> seed_devices;
        std::vector<sqlite::SeedPair> seed_pairs;
        for (std::uint64_t n = 1; n <= kUsers; ++n) {
            const std::string name = "user" + std::to_string(n);
            seed_users.push_back(
                {.user = {.id = user_id(n), .username = name, .display_name = name},
                 .password_hash = "h"}
            );
            seed_devices.push_back(
                {.device = {.id = {{1, n}}, .user = user_id(n)},
                 .token = token(n),
                 .expires_at = {1'000'000}}
            );
            seed_pairs.push_back({.one = user_id(n), .other = user_id(1), .number = {n}});
        }
        const auto seeded = database->seed(seed_users, seed_devices, seed_pairs);
        PARLEY_ASSERT(seeded.ok());
    }
    static ports::TokenHash token(std::uint64_t n) {
        ports::TokenHash hash{};
        for (std::size_t i = 0; i < 8; ++i) {
            hash.at(i) = static_cast<std::byte>((n * 0x9E3779B97F4A7C15ULL) >> (8 * i));
        }
        return hash;
    }

    fakes::TemporaryDirectory folder;
    runtime::Runtime machine{{.loops = 1}};
    runtime::Loop& home = machine.loop(0);
    std::unique_ptr<sqlite::Database> database;
    std::optional<sqlite::UserDirectory> users;
    std::optional<sqlite::DeviceDirectory> devices;
    std::optional<sqlite::ConversationDirectory> conversations;
};

/// Calls of one kind, as many at once as the argument says; time per call.
template <class MakeCall>
void many(benchmark::State& state, Directory& directory, MakeCall make_call) {
    std::uint64_t n = 0;
    for (auto _ : state) {
        std::vector<decltype(make_call(n))> calls;
        for (std::int64_t i = 0; i < state.range(0); ++i) {
            calls.push_back(make_call(n++));
        }
        for (const auto& answer : await_all(directory.home, std::move(calls))) {
            PARLEY_ASSERT(answer.ok());
        }
    }
    state.SetItemsProcessed(state.iterations() * state.range(0));
}

void directory_find(benchmark::State& state) {
    Directory directory;
    many(state, directory, [&](std::uint64_t n) {
        return directory.users->find(directory.home, user_id(1 + ((n * 7919) % Directory::kUsers)));
    });
}
BENCHMARK(directory_find)->Arg(1)->Arg(100)->Unit(benchmark::kMicrosecond)->UseRealTime();

void directory_open_known_pair(benchmark::State& state) {
    Directory directory;
    many(state, directory, [&](std::uint64_t n) {
        const UserId other = user_id(1 + ((n * 7919) % Directory::kUsers));
        return directory.conversations->open_direct(directory.home, other, user_id(1), {1});
    });
}
BENCHMARK(directory_open_known_pair)
    ->Arg(1)
    ->Arg(100)
    ->Unit(benchmark::kMicrosecond)
    ->UseRealTime();

void directory_create(benchmark::State& state) {
    Directory directory;
    many(state, directory, [&](std::uint64_t n) {
        ports::User user{
            .id = user_id(1'000'000 + n),
            .username = "new" + std::to_string(n),
            .display_name = "New"
        };
        return directory.users->create(directory.home, std::move(user), "hash");
    });
}
BENCHMARK(directory_create)->Arg(1)->Arg(100)->Unit(benchmark::kMicrosecond)->UseRealTime();

void directory_rotate(benchmark::State& state) {
    Directory directory;
    many(state, directory, [&](std::uint64_t n) {
        // The nth call rotates a device's newest token, round and round.
        const std::uint64_t device = 1 + (n % Directory::kUsers);
        const std::uint64_t round = n / Directory::kUsers;
        const auto presented = Directory::token(device + (round * Directory::kUsers));
        const auto successor = Directory::token(device + ((round + 1) * Directory::kUsers));
        const ports::RotationRequest request{
            .presented = presented,
            .successor = successor,
            .now = {1},
            .expires_at = {1'000'000},
            .serving_since = {},
        };
        return directory.devices->rotate(directory.home, request);
    });
}
BENCHMARK(directory_rotate)->Arg(1)->Arg(100)->Unit(benchmark::kMicrosecond)->UseRealTime();

}  // namespace
}  // namespace parley
