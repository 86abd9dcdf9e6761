#pragma once

#include <cstdint>
#include <memory>
#include <mutex>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "adapters/sqlite/connection.h"
#include "adapters/sqlite/write_queue.h"
#include "base/result.h"
#include "ports/contact_directory.h"
#include "ports/device_directory.h"
#include "ports/user_directory.h"
#include "runtime/loop.h"
#include "runtime/pool.h"

namespace parley::sqlite {

struct Options {
    /// A bound on the file, in pages of 4 KiB; what does not fit is `unavailable`. 0: the disk's end.
    std::int64_t pages_max = 0;
};

struct SeedUser {
    ports::User user;
    std::string password_hash;
};
struct SeedDevice {
    ports::Device device;
    ports::TokenHash token{};
    Timestamp expires_at;
};
struct SeedPair {
    UserId one;
    UserId other;
    ConversationNumber number;
};
struct SeedContact {
    UserId owner;
    ports::Contact contact;
};

/// Makes an empty file that only its owner may use, or checks the one that is there. SQLite gives the
/// files beside it (-wal, -shm) the same mode.
[[nodiscard]] Result<void> make_private_file(const std::string& path);

/// The directory's file, which UserDirectory, DeviceDirectory and ConversationDirectory share. Reads run in
/// the readers' pool, each on a connection of its own; writes in the writer's pool, whose one thread
/// commits what waits together. Thread-safe. Outlives the directories; goes when the pools have stopped.
class Database {
public:
    /// Opens `path`, or makes it with mode 0600, and brings its schema up to date. Blocks. Errors name the
    /// path: `forbidden` (open to other users), `unavailable` (full disk, locked), `internal` (damaged, not
    /// ours, of a newer version, cannot be written).
    [[nodiscard]] static Result<std::unique_ptr<Database>> open(
        std::string path, runtime::Pool& readers, runtime::Pool& writer, Options options = {}
    );

    /// Awaits f(connection), which returns a Result<T>, on a reader's thread. Sees every write that was
    /// answered before.
    template <class F>
    [[nodiscard]] auto read(runtime::Loop& home, F f) {
        auto work = [this, f = std::move(f)]() mutable { return read_here(f); };
        return readers_.run(home, std::move(work));
    }
    /// Awaits f(connection) in a transaction, durable when it answers well, undone when not.
    template <class F>
    [[nodiscard]] auto write(runtime::Loop& home, F f) {
        return writes_.write(home, std::move(f));
    }
    /// f(connection) on a reader's connection, on this thread. Blocks.
    template <class F>
    [[nodiscard]] auto read_here(F& f) -> decltype(f(std::declval<Connection&>())) {
        TRY(auto connection, borrow());
        auto answer = f(*connection);
        give_back(std::move(connection));
        return answer;
    }

    /// It refuses every write until a restart: a sync failed.
    [[nodiscard]] bool failed() const noexcept { return writes_.failed(); }

    /// All of these rows, or none: for `parley admin seed`. Blocks. `conflict` when one of them is there
    /// already.
    [[nodiscard]] Result<void> seed(
        std::span<const SeedUser> users,
        std::span<const SeedDevice> devices,
        std::span<const SeedPair> pairs,
        std::span<const SeedContact> contacts = {}
    );

    /// Writes all of it, as it is at one moment, into the new file `path` (mode 0600), while reads and writes go on.
    /// What is in the file is durable when it has been synced. Blocks. `conflict` when the file is there.
    [[nodiscard]] Result<void> copy_to(const std::string& path);

    /// From `open`'s parts.
    Database(
        std::string path,
        std::unique_ptr<Connection> writing,
        runtime::Pool& readers,
        runtime::Pool& writer
    );

private:
    [[nodiscard]] Result<std::unique_ptr<Connection>> borrow();
    void give_back(std::unique_ptr<Connection> connection);

    const std::string path_;
    runtime::Pool& readers_;
    WriteQueue writes_;

    std::mutex mutex_;
    std::vector<std::unique_ptr<Connection>> idle_;  // guarded; at most one for each reader thread
};

}  // namespace parley::sqlite
