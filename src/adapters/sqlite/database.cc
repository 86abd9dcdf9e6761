#include "adapters/sqlite/database.h"

#include <cerrno>
#include <system_error>

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "adapters/sqlite/contact_directory.h"
#include "adapters/sqlite/conversation_directory.h"
#include "adapters/sqlite/device_directory.h"
#include "adapters/sqlite/migrations.h"
#include "adapters/sqlite/user_directory.h"

namespace parley::sqlite {
namespace {

constexpr const char* kBegin = "BEGIN IMMEDIATE";
constexpr const char* kCommit = "COMMIT";

/// At start the reader is the operator, who wants to know which file.
Error at_path(const std::string& path, Error error) {
    error.detail = path + ": " + error.detail;
    return error;
}

Result<void> insert_all(
    Connection& connection,
    std::span<const SeedUser> users,
    std::span<const SeedDevice> devices,
    std::span<const SeedPair> pairs,
    std::span<const SeedContact> contacts
) {
    for (const SeedUser& row : users) {
        if (auto inserted = insert_user(connection, row.user, row.password_hash); !inserted) {
            return std::move(inserted).error();
        }
    }
    for (const SeedDevice& row : devices) {
        if (auto inserted = insert_login(connection, row.device, row.token, row.expires_at);
            !inserted) {
            return inserted;
        }
    }
    for (const SeedPair& row : pairs) {
        TRY(const auto opened, insert_pair(connection, row.one, row.other, row.number));
        if (!opened.created) {
            return Error{ErrorCode::conflict, "two of these users have a conversation already"};
        }
    }
    for (const SeedContact& row : contacts) {
        if (auto inserted = put_contact(connection, row.owner, row.contact); !inserted) {
            return inserted;
        }
    }
    return {};
}

}  // namespace

Result<void> make_private_file(const std::string& path) {
    const int file = ::open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, S_IRUSR | S_IWUSR);
    if (file < 0) {
        const int error = errno;
        const bool full = error == ENOSPC || error == EDQUOT;
        return Error{
            full ? ErrorCode::unavailable : ErrorCode::internal,
            "cannot open " + path + ": " + std::generic_category().message(error)
        };
    }
    struct stat about{};
    const bool known = ::fstat(file, &about) == 0;
    ::close(file);
    if (!known || (about.st_mode & (S_IRWXG | S_IRWXO)) != 0) {
        return Error{ErrorCode::forbidden, path + " is open to other users: chmod 600 " + path};
    }
    return {};
}

Database::Database(
    std::string path,
    std::unique_ptr<Connection> writing,
    runtime::Pool& readers,
    runtime::Pool& writer
)
    : path_(std::move(path)), readers_(readers), writes_(std::move(writing), writer) {}

Result<std::unique_ptr<Database>> Database::open(
    std::string path, runtime::Pool& readers, runtime::Pool& writer, Options options
) {
    if (auto made = make_private_file(path); !made) {
        return std::move(made).error();
    }
    auto connection = Connection::open(path, Connection::Failures::are_answered);
    if (!connection) {
        return at_path(path, std::move(connection).error());
    }
    if (options.pages_max > 0) {
        auto bounded =
            (*connection)->number("PRAGMA max_page_count = " + std::to_string(options.pages_max));
        if (!bounded) {
            return at_path(path, std::move(bounded).error());
        }
    }
    if (auto migrated = migrate(**connection); !migrated) {
        return at_path(path, std::move(migrated).error());
    }
    (*connection)->log_failures();
    return std::make_unique<Database>(std::move(path), std::move(*connection), readers, writer);
}

Result<std::unique_ptr<Connection>> Database::borrow() {
    {
        const std::lock_guard lock(mutex_);
        if (!idle_.empty()) {
            auto connection = std::move(idle_.back());
            idle_.pop_back();
            return connection;
        }
    }
    TRY(auto connection, Connection::open(path_));
    if (auto set = connection->execute("PRAGMA query_only = ON"); !set) {
        return std::move(set).error();
    }
    return connection;
}

void Database::give_back(std::unique_ptr<Connection> connection) {
    const std::lock_guard lock(mutex_);
    idle_.push_back(std::move(connection));
}

Result<void> Database::copy_to(const std::string& path) {
    const int file = ::open(path.c_str(), O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, S_IRUSR | S_IWUSR);
    if (file < 0) {
        const int error = errno;
        return Error{
            error == EEXIST ? ErrorCode::conflict : ErrorCode::internal,
            "cannot make " + path + ": " + std::generic_category().message(error)
        };
    }
    ::close(file);
    // A connection of its own: the readers' may not write anything, not even another file.
    TRY(const auto connection, Connection::open(path_));
    // An empty file is taken over, and keeps its mode.
    TRY(Statement vacuum, connection->query("VACUUM INTO ?1", path));
    TRY(const bool row, vacuum.step());
    PARLEY_ASSERT(!row);
    return {};
}

Result<void> Database::seed(
    std::span<const SeedUser> users,
    std::span<const SeedDevice> devices,
    std::span<const SeedPair> pairs,
    std::span<const SeedContact> contacts
) {
    // A connection of its own: it waits for the writer's transaction to end, and the other way round.
    TRY(const auto connection, Connection::open(path_));
    if (auto begun = connection->run(kBegin); !begun) {
        return begun;
    }
    if (auto inserted = insert_all(*connection, users, devices, pairs, contacts); !inserted) {
        return inserted;  // closing the connection rolls back
    }
    return connection->run(kCommit);
}

}  // namespace parley::sqlite
