#include "tests/sim/backends.h"

#include <utility>

namespace parley::sim {

using runtime::Loop;
using runtime::Task;

bool Calls::fails() {
    return !process_.dead() && process_.simulation().rng().chance(options_.failure_chance);
}

Error Calls::failure(std::string_view name) {
    Simulation& simulation = process_.simulation();
    simulation.trace_with(name, What::fault, 3);
    simulation.tally.add(failures_);
    const bool passing = simulation.rng().chance(0.5);
    return {
        passing ? ErrorCode::unavailable : ErrorCode::internal,
        std::string{name} + std::string{kSimulatedBackendFailed}
    };
}

void Calls::mix(const ports::StoreBatch& batch) {
    Simulation& simulation = process_.simulation();
    simulation.trace(What::store, batch.lane, batch.covers.offset);
    for (const ports::ConversationWrite& write : batch.writes) {
        simulation.mix(write.state.number.value);
        simulation.mix(write.state.head.value);
        simulation.mix(write.members_total);
        for (const auto& events : {write.events, write.amended}) {
            for (const core::EventPtr& event : events) {
                simulation.mix(event->seq.value);
                simulation.mix(hash_of(event->content));
            }
        }
    }
}

Result<void> Calls::wait() {
    Simulation& simulation = process_.simulation();
    Rng& rng = simulation.rng();
    if (rng.chance(options_.slow_chance)) {
        simulation.charge(rng.between(Duration{0}, options_.slow_max));
        simulation.tally.add(Count::slow_calls);
    }
    return {};
}

Task<Result<void>> Calls::begin(Loop& home, std::string_view name) {
    process_.simulation().trace_with(name, What::store);
    if (options_.slow_chance > 0) {
        auto waiting = [this] { return wait(); };
        auto waited = co_await pool_.run(home, waiting);
        if (!waited.ok()) {
            co_return waited;
        }
    }
    if (fails()) {
        co_return failure(name);
    }
    co_return Result<void>{};
}

// --- users ----------------------------------------------------------------------------------------

Task<Result<ports::CreatedUser>> SlowUserDirectory::create(
    Loop& home, ports::User user, std::string password_hash
) {
    return calls_.run<ports::CreatedUser>(
        "create",
        &home,
        [this, &home, user = std::move(user), hash = std::move(password_hash)] {
            return inner_.create(home, user, hash);
        }
    );
}

Task<Result<std::optional<ports::User>>> SlowUserDirectory::find(Loop& home, UserId id) {
    return calls_.run<std::optional<ports::User>>("find", &home, [this, &home, id] {
        return inner_.find(home, id);
    });
}

Task<Result<std::vector<ports::User>>> SlowUserDirectory::find_all(
    Loop& home, std::vector<UserId> ids
) {
    return calls_.run<std::vector<ports::User>>(
        "find_all",
        &home,
        [this, &home, ids = std::move(ids)] { return inner_.find_all(home, ids); }
    );
}

Task<Result<std::optional<ports::Credentials>>> SlowUserDirectory::find_login(
    Loop& home, std::string login
) {
    return calls_.run<std::optional<ports::Credentials>>(
        "find_login",
        &home,
        [this, &home, login = std::move(login)] { return inner_.find_login(home, login); }
    );
}

Task<Result<void>> SlowUserDirectory::set_password_hash(
    Loop& home, UserId id, std::string password_hash
) {
    return calls_
        .run<void>("set_password_hash", &home, [this, &home, id, hash = std::move(password_hash)] {
            return inner_.set_password_hash(home, id, hash);
        });
}

Task<Result<ports::User>> SlowUserDirectory::change_profile(
    Loop& home, UserId id, ports::ProfileChange change
) {
    return calls_
        .run<ports::User>("change_profile", &home, [this, &home, id, change = std::move(change)] {
            return inner_.change_profile(home, id, change);
        });
}

Task<Result<std::vector<ports::User>>> SlowUserDirectory::search(
    Loop& home, ports::UserSearch search
) {
    return calls_.run<std::vector<ports::User>>(
        "search",
        &home,
        [this, &home, search = std::move(search)] { return inner_.search(home, search); }
    );
}

Task<Result<void>> SlowUserDirectory::save_last_seen(
    Loop& home, std::vector<ports::LastSeen> seen
) {
    return calls_.run<void>("save_last_seen", &home, [this, &home, seen = std::move(seen)] {
        return inner_.save_last_seen(home, seen);
    });
}

// --- devices --------------------------------------------------------------------------------------

Task<Result<std::vector<DeviceId>>> SlowDeviceDirectory::log_in(
    Loop& home,
    ports::Device device,
    ports::TokenHash token,
    Timestamp expires_at,
    std::size_t devices_max
) {
    return calls_.run<std::vector<DeviceId>>(
        "log_in",
        &home,
        [this, &home, device = std::move(device), token, expires_at, devices_max] {
            return inner_.log_in(home, device, token, expires_at, devices_max);
        }
    );
}

Task<Result<ports::Rotation>> SlowDeviceDirectory::rotate(
    Loop& home, ports::RotationRequest request
) {
    return calls_.run<ports::Rotation>("rotate", &home, [this, &home, request] {
        return inner_.rotate(home, request);
    });
}

Task<Result<void>> SlowDeviceDirectory::revoke(
    Loop& home, UserId user, DeviceId device, Timestamp now
) {
    return calls_.run<void>("revoke", &home, [this, &home, user, device, now] {
        return inner_.revoke(home, user, device, now);
    });
}

Task<Result<std::vector<ports::Device>>> SlowDeviceDirectory::list(Loop& home, UserId user) {
    return calls_.run<std::vector<ports::Device>>("list", &home, [this, &home, user] {
        return inner_.list(home, user);
    });
}

Result<std::vector<DeviceId>> SlowDeviceDirectory::revoked_since(Timestamp since) {
    if (calls_.fails()) {
        return calls_.failure("revoked_since");
    }
    return inner_.revoked_since(since);
}

// --- conversations --------------------------------------------------------------------------------

Task<Result<ports::OpenedPair>> SlowConversationDirectory::open_direct(
    Loop& home, UserId one, UserId other, ConversationNumber candidate
) {
    return calls_
        .run<ports::OpenedPair>("open_direct", &home, [this, &home, one, other, candidate] {
            return inner_.open_direct(home, one, other, candidate);
        });
}

Task<Result<ports::ConversationDirectory::ReservedGroup>> SlowConversationDirectory::reserve_group(
    Loop& home, NewGroup group, ConversationNumber candidate
) {
    return calls_.run<ReservedGroup>(
        "reserve_group",
        &home,
        [this, &home, group = std::move(group), candidate] {
            return inner_.reserve_group(home, group, candidate);
        }
    );
}

Task<Result<void>> SlowConversationDirectory::add_members(
    Loop& home, ConversationNumber number, std::vector<UserId> users
) {
    return calls_.run<void>("add_members", &home, [this, &home, number, users = std::move(users)] {
        return inner_.add_members(home, number, users);
    });
}

Task<Result<std::vector<ConversationNumber>>> SlowConversationDirectory::of_user(
    Loop& home, UserId user
) {
    return calls_.run<std::vector<ConversationNumber>>("of_user", &home, [this, &home, user] {
        return inner_.of_user(home, user);
    });
}

Task<Result<std::vector<ports::SharedConversations>>> SlowConversationDirectory::shared_with(
    Loop& home, UserId user, std::vector<UserId> others
) {
    return calls_.run<std::vector<ports::SharedConversations>>(
        "shared_with",
        &home,
        [this, &home, user, others = std::move(others)] {
            return inner_.shared_with(home, user, others);
        }
    );
}

Task<Result<std::vector<ConversationNumber>>> SlowConversationDirectory::list(
    Loop& home, ConversationNumber after, std::size_t limit
) {
    return calls_.run<std::vector<ConversationNumber>>("list", &home, [this, &home, after, limit] {
        return inner_.list(home, after, limit);
    });
}

// --- the store ------------------------------------------------------------------------------------

Task<Result<std::optional<core::ConversationState>>> SlowMessageStore::load(
    Loop& home, ConversationNumber number
) {
    auto begun = co_await calls_.begin(home, "load");
    if (!begun.ok()) {
        co_return std::move(begun).error();
    }
    co_return co_await inner_.load(home, number);
}

Task<Result<std::vector<core::EventPtr>>> SlowMessageStore::read(
    Loop& home, ports::EventRange range
) {
    auto begun = co_await calls_.begin(home, "read");
    if (!begun.ok()) {
        co_return std::move(begun).error();
    }
    co_return co_await inner_.read(home, range);
}

Task<Result<std::optional<Seq>>> SlowMessageStore::find_seq(
    Loop& home, ConversationNumber number, Seq first, Timestamp time
) {
    auto begun = co_await calls_.begin(home, "find_seq");
    if (!begun.ok()) {
        co_return std::move(begun).error();
    }
    co_return co_await inner_.find_seq(home, number, first, time);
}

Task<Result<void>> SlowMessageStore::write(Loop& home, ports::StoreBatch batch) {
    auto begun = co_await calls_.begin(home, "write");
    if (!begun.ok()) {
        co_return begun;
    }
    calls_.mix(batch);
    co_return co_await inner_.write(home, std::move(batch));
}

Task<Result<std::vector<core::ConversationState>>> SlowMessageStore::scan(
    Loop& home, ConversationNumber after, std::size_t limit
) {
    auto begun = co_await calls_.begin(home, "scan");
    if (!begun.ok()) {
        co_return std::move(begun).error();
    }
    co_return co_await inner_.scan(home, after, limit);
}

Task<Result<void>> SlowMessageStore::reclaim(Loop& home, std::vector<ConversationNumber> numbers) {
    auto begun = co_await calls_.begin(home, "reclaim");
    if (!begun.ok()) {
        co_return std::move(begun).error();
    }
    co_return co_await inner_.reclaim(home, std::move(numbers));
}

Task<Result<LogPosition>> SlowMessageStore::flush(Loop& home) {
    auto begun = co_await calls_.begin(home, "flush");
    if (!begun.ok()) {
        co_return std::move(begun).error();
    }
    co_return co_await inner_.flush(home);
}

}  // namespace parley::sim
