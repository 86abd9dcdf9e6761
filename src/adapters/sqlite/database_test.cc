#include "adapters/sqlite/database.h"

#include <algorithm>
#include <cerrno>
#include <filesystem>
#include <fstream>

#include <gtest/gtest.h>
#include <sqlite3.h>
#include <sys/stat.h>

#include "adapters/sqlite/contact_directory.h"
#include "adapters/sqlite/conversation_directory.h"
#include "adapters/sqlite/device_directory.h"
#include "adapters/sqlite/migrations.h"
#include "adapters/sqlite/user_directory.h"
#include "runtime/runtime.h"
#include "tests/contract/await.h"
#include "tests/fakes/temporary_directory.h"

namespace parley::sqlite {
namespace {

using contract::await;
using contract::await_all;

constexpr const char* kCreateNotes =
    "CREATE TABLE notes (n INTEGER PRIMARY KEY, text TEXT NOT NULL);";
constexpr const char* kInsertNote = "INSERT INTO notes (n, text) VALUES (?1, ?2)";
constexpr const char* kCountNotes = "SELECT count(*) FROM notes";

class DatabaseTest : public ::testing::Test {
protected:
    DatabaseTest() { runtime_.start(); }
    void TearDown() override {
        runtime_.stop();
        database_.reset();
    }

    [[nodiscard]] std::string path() const { return folder_.path() + "/directory.db"; }
    Result<std::unique_ptr<Database>> open(Options options = {}) {
        return Database::open(path(), readers_, writer_, options);
    }
    Database& opened(Options options = {}) {
        auto database = open(options);
        EXPECT_TRUE(database.ok()) << (database.ok() ? "" : database.error().detail);
        database_ = std::move(*database);
        return *database_;
    }
    Error refusal() {
        auto database = open();
        return database.ok() ? Error{ErrorCode::conflict, "it opened"} : database.error();
    }
    void write_file(const std::string& content) const {
        std::ofstream(path(), std::ios::binary) << content;
        std::filesystem::permissions(path(), std::filesystem::perms{0600});
    }
    /// With SQLite alone: as another program, or an older version, would.
    void execute(const std::string& sql) const {
        sqlite3* held = nullptr;
        ASSERT_EQ(sqlite3_open(path().c_str(), &held), SQLITE_OK);
        EXPECT_EQ(sqlite3_exec(held, sql.c_str(), nullptr, nullptr, nullptr), SQLITE_OK)
            << sqlite3_errmsg(held);
        sqlite3_close(held);
        std::filesystem::permissions(path(), std::filesystem::perms{0600});
    }

    static runtime::Task<Result<void>> note(
        Database* database, runtime::Loop* home, std::int64_t n, std::string text
    ) {
        auto work = [n, text = std::move(text)](Connection& connection) {
            return connection.run(kInsertNote, n, text);
        };
        co_return co_await database->write(*home, std::move(work));
    }
    static runtime::Task<Result<std::int64_t>> count_notes(
        Database* database, runtime::Loop* home
    ) {
        auto work = [](Connection& connection) { return connection.number(kCountNotes); };
        co_return co_await database->read(*home, std::move(work));
    }
    Result<void> note(std::int64_t n, std::string text = "text") {
        return await(home_, note(database_.get(), &home_, n, std::move(text)));
    }
    std::int64_t notes() { return *await(home_, count_notes(database_.get(), &home_)); }
    /// A table that belongs to no port, to try the machinery on.
    void make_notes() {
        const auto connection = Connection::open(path());
        ASSERT_TRUE((*connection)->execute(kCreateNotes).ok());
    }

    static ports::User user(std::uint64_t n) {
        return {
            .id = {{n, n}},
            .username = "user" + std::to_string(n),
            .display_name = "User",
            .about = "",
            .email = std::nullopt,
            .phone = std::nullopt,
            .created_at = {},
        };
    }

    fakes::TemporaryDirectory folder_;
    runtime::Runtime runtime_{{.loops = 1}};
    runtime::Pool& readers_ = runtime_.make_pool("readers", 2, 4096);
    runtime::Pool& writer_ = runtime_.make_pool("writer", 1, 16);
    runtime::Loop& home_ = runtime_.loop(0);
    std::unique_ptr<Database> database_;
};

// --- opening ----------------------------------------------------------------------------------------

TEST_F(DatabaseTest, MakesAFileForItsOwnerAlone) {
    opened();
    make_notes();
    ASSERT_TRUE(note(1).ok());
    EXPECT_EQ(notes(), 1);
    for (const char* suffix : {"", "-wal", "-shm"}) {
        struct stat about{};
        ASSERT_EQ(::stat((path() + suffix).c_str(), &about), 0) << suffix;
        EXPECT_EQ(about.st_mode & 0777U, 0600U) << suffix;
    }
}

TEST_F(DatabaseTest, RefusesAFileThatOthersCanRead) {
    opened();
    database_.reset();
    std::filesystem::permissions(path(), std::filesystem::perms{0640});
    const Error error = refusal();
    EXPECT_EQ(error.code, ErrorCode::forbidden);
    EXPECT_EQ(error.detail, path() + " is open to other users: chmod 600 " + path());
}

TEST_F(DatabaseTest, UsesWalAndFullSyncsOnEveryConnection) {
    opened();
    const auto connection = Connection::open(path());
    EXPECT_EQ(*(*connection)->number("PRAGMA synchronous"), 2);
    EXPECT_EQ(*(*connection)->number("PRAGMA foreign_keys"), 1);
    EXPECT_EQ(
        *(*connection)
             ->number("SELECT count(*) FROM pragma_journal_mode WHERE journal_mode = 'wal'"),
        1
    );
}

TEST_F(DatabaseTest, RefusesWhatIsNoDatabase) {
    write_file(std::string(8192, 'x'));
    const Error error = refusal();
    EXPECT_EQ(error.code, ErrorCode::internal);
    EXPECT_EQ(error.detail, path() + ": the directory's file is no SQLite database (SQLite 26)");
}

TEST_F(DatabaseTest, RefusesADamagedSchema) {
    opened();
    database_.reset();
    std::fstream file(path(), std::ios::binary | std::ios::in | std::ios::out);
    file.seekp(100);
    file << std::string(200, '\xFE');
    file.close();
    const Error error = refusal();
    EXPECT_EQ(error.code, ErrorCode::internal);
    EXPECT_EQ(
        error.detail,
        path() + ": the directory's file is damaged: restore it from a backup (SQLite 11)"
    );
}

TEST_F(DatabaseTest, RefusesAnotherProgramsDatabase) {
    execute("CREATE TABLE theirs (x)");
    EXPECT_EQ(refusal().detail, path() + ": the directory's file is a database of another program");
}

TEST_F(DatabaseTest, RefusesAPathThatCannotBeOpened) {
    std::filesystem::create_directories(path());
    EXPECT_EQ(refusal().code, ErrorCode::internal);
    const auto missing = Database::open(folder_.path() + "/no/such/place.db", readers_, writer_);
    EXPECT_EQ(missing.error().code, ErrorCode::internal);
    EXPECT_TRUE(missing.error().detail.ends_with("No such file or directory"))
        << missing.error().detail;
}

TEST(ErrorOf, TellsWhatATryLaterHelps) {
    EXPECT_EQ(error_of(SQLITE_FULL, 0).code, ErrorCode::unavailable);
    EXPECT_EQ(error_of(SQLITE_IOERR_WRITE, ENOSPC).code, ErrorCode::unavailable);
    EXPECT_EQ(error_of(SQLITE_BUSY_SNAPSHOT, 0).code, ErrorCode::unavailable);
    EXPECT_EQ(error_of(SQLITE_LOCKED, 0).code, ErrorCode::unavailable);
    EXPECT_EQ(error_of(SQLITE_NOMEM, 0).code, ErrorCode::unavailable);
    for (const int code :
         {SQLITE_IOERR_FSYNC,
          SQLITE_CORRUPT_INDEX,
          SQLITE_READONLY_DIRECTORY,
          SQLITE_CANTOPEN,
          SQLITE_CONSTRAINT_CHECK,
          SQLITE_PERM}) {
        EXPECT_EQ(error_of(code, EIO).code, ErrorCode::internal) << code;
        EXPECT_FALSE(error_of(code, EIO).detail.empty());
    }
}

// --- migrations -------------------------------------------------------------------------------------

TEST_F(DatabaseTest, MigratesFromEveryVersion) {
    for (std::size_t version = 0; version <= migrations().size(); ++version) {
        std::filesystem::remove(path());
        write_file("");
        {
            const auto connection = Connection::open(path());
            ASSERT_TRUE(connection.ok());
            ASSERT_TRUE(migrate(**connection, migrations().first(version)).ok());
            EXPECT_EQ(
                *(*connection)->number("PRAGMA user_version"), static_cast<std::int64_t>(version)
            );
        }
        Database& database = opened();
        const std::vector<SeedUser> users{{.user = user(1), .password_hash = "hash"}};
        const std::vector<SeedPair> pairs{{.one = user(1).id, .other = user(1).id, .number = {7}}};
        EXPECT_TRUE(database.seed(users, {}, pairs).ok());
        database_.reset();
        EXPECT_TRUE(opened().seed({}, {}, {}).ok());
        database_.reset();
    }
}

TEST_F(DatabaseTest, MigratesOnlyWholeSteps) {
    write_file("");
    const auto connection = Connection::open(path());
    const std::array steps{
        "CREATE TABLE one (x);",
        "CREATE TABLE two (x); INSERT INTO nowhere VALUES (1);",
    };
    const auto failed = migrate(**connection, steps);
    EXPECT_EQ(failed.error().code, ErrorCode::internal);
    EXPECT_EQ(*(*connection)->number("PRAGMA user_version"), 1);
    EXPECT_EQ(*(*connection)->number("SELECT count(*) FROM sqlite_schema"), 1);
    EXPECT_FALSE((*connection)->in_transaction());
}

TEST_F(DatabaseTest, RefusesANewerSchemaUnchanged) {
    opened();
    database_.reset();
    execute("PRAGMA user_version = 99");
    const Error error = refusal();
    EXPECT_EQ(error.code, ErrorCode::internal);
    EXPECT_NE(
        error.detail.find("written by a newer version of this program (schema 99"),
        std::string::npos
    ) << error.detail;
    execute("PRAGMA user_version = " + std::to_string(migrations().size()));
    opened();
}

// --- writes -----------------------------------------------------------------------------------------

TEST_F(DatabaseTest, CommitsWhatWaitsTogether) {
    opened();
    make_notes();
    std::vector<runtime::Task<Result<void>>> tasks;
    for (std::int64_t n = 0; n < 2000; ++n) {
        tasks.push_back(note(database_.get(), &home_, n, "text"));
    }
    for (const auto& answer : await_all(home_, std::move(tasks))) {
        EXPECT_TRUE(answer.ok());
    }
    EXPECT_EQ(notes(), 2000);
}

TEST_F(DatabaseTest, UndoesOnlyTheWriteThatFailed) {
    opened();
    make_notes();
    std::vector<runtime::Task<Result<void>>> tasks;
    for (std::int64_t n = 0; n < 100; ++n) {
        tasks.push_back(note(database_.get(), &home_, n / 2, "text")
        );  // every second has a key that is taken
    }
    const auto answers = await_all(home_, std::move(tasks));
    for (std::size_t i = 0; i < answers.size(); ++i) {
        EXPECT_EQ(answers[i].ok(), i % 2 == 0) << i;
    }
    EXPECT_EQ(notes(), 50);
}

TEST_F(DatabaseTest, UndoesHalfAWriteThatFailed) {
    opened();
    make_notes();
    struct Half {
        static runtime::Task<Result<void>> write(Database* database, runtime::Loop* home) {
            auto work = [](Connection& connection) -> Result<void> {
                if (auto first = connection.run(kInsertNote, std::int64_t{1}, std::string("half"));
                    !first) {
                    return first;
                }
                return Error{ErrorCode::conflict, "and no further"};
            };
            co_return co_await database->write(*home, std::move(work));
        }
    };
    EXPECT_EQ(await(home_, Half::write(database_.get(), &home_)).error().code, ErrorCode::conflict);
    EXPECT_EQ(notes(), 0);
}

TEST_F(DatabaseTest, AnswersUnavailableOnAFullDiskAndRecovers) {
    opened({.pages_max = 60});
    make_notes();
    const std::string large(64UL * 1024, 'x');
    std::int64_t written = 0;
    Result<void> answer;
    while (written < 100 && answer.ok()) {
        answer = note(written, large);
        written += answer.ok() ? 1 : 0;
    }
    ASSERT_FALSE(answer.ok());
    EXPECT_EQ(answer.error().code, ErrorCode::unavailable);
    EXPECT_EQ(answer.error().detail, "the directory's disk is full");
    EXPECT_EQ(notes(), written);
    EXPECT_TRUE(note(1000, "small").ok()) << "what fits is still written";
    EXPECT_EQ(notes(), written + 1);
}

TEST_F(DatabaseTest, AnswersUnavailableWhenThePoolIsClosing) {
    opened();
    make_notes();
    runtime::Runtime other{{.loops = 1}};
    runtime::Pool& closed = other.make_pool("closed", 1, 1);
    other.start();
    other.stop();
    database_.reset();
    auto database = Database::open(path(), readers_, closed);
    const auto answer = await(home_, note(database->get(), &home_, 1, "text"));
    EXPECT_EQ(answer.error().code, ErrorCode::unavailable);
    database_ = std::move(*database);
    EXPECT_EQ(notes(), 0);
}

TEST_F(DatabaseTest, ReadersCannotWrite) {
    opened();
    make_notes();
    struct Wrong {
        static runtime::Task<Result<void>> write(Database* database, runtime::Loop* home) {
            auto work = [](Connection& connection) {
                return connection.run(kInsertNote, std::int64_t{1}, std::string("text"));
            };
            co_return co_await database->read(*home, std::move(work));
        }
    };
    EXPECT_FALSE(await(home_, Wrong::write(database_.get(), &home_)).ok());
    EXPECT_EQ(notes(), 0);
}

// --- seed -------------------------------------------------------------------------------------------

TEST_F(DatabaseTest, SeedsUsersDevicesAndPairs) {
    Database& database = opened();
    std::vector<SeedUser> users;
    std::vector<SeedDevice> devices;
    std::vector<SeedPair> pairs;
    for (std::uint64_t n = 1; n <= 1000; ++n) {
        users.push_back({.user = user(n), .password_hash = "hash"});
        ports::TokenHash token{};
        token[0] = static_cast<std::byte>(n);
        token[1] = static_cast<std::byte>(n >> 8U);
        devices.push_back(
            {.device =
                 {.id = {{n, 1}},
                  .user = user(n).id,
                  .name = "d",
                  .platform = "p",
                  .created_at = {},
                  .last_used_at = {}},
             .token = token,
             .expires_at = {1}}
        );
        pairs.push_back({.one = user(n).id, .other = user(1).id, .number = {n}});
    }
    const ports::Contact contact{.id = user(9).id.uuid, .user = user(2).id};
    const std::vector<SeedContact> contacts{{.owner = user(1).id, .contact = contact}};
    ASSERT_TRUE(database.seed(users, devices, pairs, contacts).ok());
    UserDirectory user_directory(database);
    DeviceDirectory device_directory(database);
    ConversationDirectory conversations(database);
    EXPECT_EQ(*await(home_, user_directory.find(home_, user(777).id)), user(777));
    EXPECT_EQ(await(home_, device_directory.list(home_, user(777).id))->size(), 1U);
    EXPECT_EQ(await(home_, conversations.of_user(home_, user(1).id))->size(), 1000U);
    ContactDirectory contact_directory(database);
    EXPECT_EQ(*await(home_, contact_directory.find(home_, user(1).id, user(2).id)), contact);
}

TEST_F(DatabaseTest, SeedsAllOrNothing) {
    Database& database = opened();
    const std::vector<SeedUser> first{{.user = user(1), .password_hash = "hash"}};
    ASSERT_TRUE(database.seed(first, {}, {}).ok());
    const std::vector<SeedUser> again{
        {.user = user(2), .password_hash = "hash"}, {.user = user(1), .password_hash = "hash"}
    };
    EXPECT_EQ(database.seed(again, {}, {}).error().code, ErrorCode::conflict);
    UserDirectory users(database);
    EXPECT_EQ(*await(home_, users.find(home_, user(2).id)), std::nullopt);
    EXPECT_TRUE(await(home_, users.create(home_, user(2), "hash")).ok());
}

}  // namespace
}  // namespace parley::sqlite
