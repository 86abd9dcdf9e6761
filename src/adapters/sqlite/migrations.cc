#include "adapters/sqlite/migrations.h"

#include <array>
#include <string>

namespace parley::sqlite {
namespace {

// Ids are 16-byte blobs in network order, so that they sort as they compare; times are in 100 ns since 1970;
// *_key columns hold the folded form that is unique or searched.

constexpr const char* kAccounts = R"(
CREATE TABLE users (
    id            BLOB NOT NULL PRIMARY KEY,
    username      TEXT NOT NULL,
    username_key  TEXT NOT NULL UNIQUE,
    display_name  TEXT NOT NULL,
    display_key   TEXT NOT NULL,
    about         TEXT NOT NULL,
    email         TEXT UNIQUE,
    phone         TEXT UNIQUE,
    password_hash TEXT NOT NULL,
    created_at    INTEGER NOT NULL
) STRICT;
CREATE INDEX users_by_display_key ON users (display_key, id);

-- live_token is the one that rotates; last_token is the one it replaced. Both go when the device is revoked;
-- the row stays, so that its id is never given again.
CREATE TABLE devices (
    number       INTEGER PRIMARY KEY,
    id           BLOB NOT NULL UNIQUE,
    user_id      BLOB NOT NULL REFERENCES users (id),
    name         TEXT NOT NULL,
    platform     TEXT NOT NULL,
    created_at   INTEGER NOT NULL,
    last_used_at INTEGER NOT NULL,
    live_token   BLOB,
    last_token   BLOB,
    revoked_at   INTEGER
) STRICT;
CREATE INDEX devices_by_user ON devices (user_id) WHERE revoked_at IS NULL;
CREATE INDEX devices_by_revocation ON devices (revoked_at) WHERE revoked_at IS NOT NULL;

-- SHA-256 of the live token and of used ones, which are kept until they expire: showing one ends its device.
CREATE TABLE refresh_tokens (
    hash       BLOB NOT NULL PRIMARY KEY,
    device     INTEGER NOT NULL REFERENCES devices (number),
    expires_at INTEGER NOT NULL,
    used_at    INTEGER
) STRICT, WITHOUT ROWID;
CREATE INDEX refresh_tokens_by_device ON refresh_tokens (device, expires_at);
)";

constexpr const char* kDirectConversations = R"(
CREATE TABLE direct_conversations (
    number    INTEGER PRIMARY KEY,
    low_user  BLOB NOT NULL REFERENCES users (id),
    high_user BLOB NOT NULL REFERENCES users (id),
    UNIQUE (low_user, high_user),
    CHECK (low_user <= high_user)
) STRICT;
CREATE INDEX direct_conversations_by_high_user ON direct_conversations (high_user);
)";

// What an account gave as its own although another logs in by it: shown to its owner, and no login.
constexpr const char* kClaims = R"(
ALTER TABLE users ADD COLUMN claimed_email TEXT;
ALTER TABLE users ADD COLUMN claimed_phone TEXT;
)";

// A group's row is there before the record that makes it; client_id is what its creator called it, so that
// a retry finds it. group_members lists for whom to look; who is a member says the conversation's state.
constexpr const char* kGroups = R"(
CREATE TABLE groups (
    number    INTEGER PRIMARY KEY,
    creator   BLOB REFERENCES users (id) ON DELETE SET NULL,
    client_id TEXT NOT NULL,
    UNIQUE (creator, client_id)
) STRICT;
CREATE TABLE group_members (
    user_id BLOB NOT NULL REFERENCES users (id) ON DELETE CASCADE,
    number  INTEGER NOT NULL REFERENCES groups (number),
    PRIMARY KEY (user_id, number)
) STRICT, WITHOUT ROWID;
CREATE INDEX group_members_by_number ON group_members (number);
)";

// Presence: what its owner lets others see, and when they went the last time. A contact that is not listed
// any more keeps a block. What blocks is the conversation's state; here it stands for lists and presence.
constexpr const char* kPresenceAndContacts = R"(
ALTER TABLE users ADD COLUMN hides_presence INTEGER NOT NULL DEFAULT 0;
ALTER TABLE users ADD COLUMN last_seen INTEGER;

CREATE TABLE contacts (
    owner      BLOB NOT NULL REFERENCES users (id) ON DELETE CASCADE,
    user_id    BLOB NOT NULL REFERENCES users (id) ON DELETE CASCADE,
    id         BLOB NOT NULL,
    nickname   TEXT NOT NULL,
    blocked    INTEGER NOT NULL,
    listed     INTEGER NOT NULL,
    created_at INTEGER NOT NULL,
    PRIMARY KEY (owner, user_id)
) STRICT, WITHOUT ROWID;
CREATE INDEX contacts_by_user ON contacts (user_id);
)";

// Accounts that are gone. Their devices' access tokens may still be running, and the ids are never given again; a
// direct conversation stays with the other one; removal_conversations are those that still have to forget the user.
constexpr const char* kRemovals = R"(
CREATE TABLE ended_devices (
    id         BLOB NOT NULL PRIMARY KEY,
    revoked_at INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
CREATE INDEX ended_devices_by_revocation ON ended_devices (revoked_at);
CREATE TABLE half_conversations (
    number  INTEGER PRIMARY KEY,
    user_id BLOB REFERENCES users (id) ON DELETE SET NULL
) STRICT;
CREATE INDEX half_conversations_by_user ON half_conversations (user_id);
CREATE INDEX groups_by_creator ON groups (creator);
CREATE TABLE removals (
    user_id BLOB NOT NULL PRIMARY KEY,
    since   INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
CREATE TABLE removal_conversations (
    user_id BLOB NOT NULL REFERENCES removals (user_id),
    number  INTEGER NOT NULL,
    PRIMARY KEY (user_id, number)
) STRICT, WITHOUT ROWID;
)";

// The key that a device has to show when it renews its token; null: none.
constexpr const char* kDeviceKeys = "ALTER TABLE devices ADD COLUMN key_thumbprint BLOB;";

// role: 0 a user, 1 an administrator, 2 the server's own. generation counts what makes a login under way void. Who was
// first on a server that had no roles is its administrator. Reports outlive the accounts that they name; the audit
// log refers to nothing, so that it stays as it was written.
constexpr const char* kAdministration = R"(
ALTER TABLE users ADD COLUMN role INTEGER NOT NULL DEFAULT 0;
ALTER TABLE users ADD COLUMN disabled_at INTEGER;
ALTER TABLE users ADD COLUMN generation INTEGER NOT NULL DEFAULT 0;
UPDATE users SET role = 1 WHERE id = (SELECT id FROM users ORDER BY created_at, id LIMIT 1);
CREATE INDEX users_by_role ON users (role) WHERE role <> 0;
CREATE INDEX users_by_creation ON users (created_at);

CREATE TABLE password_resets (
    user_id    BLOB NOT NULL PRIMARY KEY REFERENCES users (id) ON DELETE CASCADE,
    token      BLOB NOT NULL UNIQUE,
    expires_at INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

CREATE TABLE invites (
    id         BLOB NOT NULL PRIMARY KEY,
    code       BLOB NOT NULL UNIQUE,
    note       TEXT NOT NULL,
    uses_max   INTEGER NOT NULL,
    uses       INTEGER NOT NULL DEFAULT 0,
    created_by BLOB REFERENCES users (id) ON DELETE SET NULL,
    created_at INTEGER NOT NULL,
    expires_at INTEGER NOT NULL,
    revoked_at INTEGER,
    CHECK (uses <= uses_max)
) STRICT;

CREATE TABLE reports (
    number       INTEGER PRIMARY KEY,
    reporter     BLOB REFERENCES users (id) ON DELETE SET NULL,
    about        BLOB REFERENCES users (id) ON DELETE SET NULL,
    message_id   BLOB,
    conversation INTEGER,
    sent_at      INTEGER,
    message_type INTEGER,
    content      TEXT,
    reason       TEXT NOT NULL,
    created_at   INTEGER NOT NULL,
    resolved_at  INTEGER,
    resolved_by  BLOB REFERENCES users (id) ON DELETE SET NULL,
    note         TEXT NOT NULL DEFAULT ''
) STRICT;
CREATE INDEX reports_open ON reports (number) WHERE resolved_at IS NULL;
CREATE INDEX reports_by_reporter ON reports (reporter) WHERE resolved_at IS NULL;

CREATE TABLE audit_log (
    number   INTEGER PRIMARY KEY,
    time     INTEGER NOT NULL,
    actor    BLOB,
    action   TEXT NOT NULL,
    subject  TEXT NOT NULL,
    detail   TEXT NOT NULL,
    address  TEXT NOT NULL,
    security INTEGER NOT NULL
) STRICT;
CREATE INDEX audit_log_by_security ON audit_log (number) WHERE security = 1;
)";

constexpr std::array kMigrations{
    kAccounts,
    kDirectConversations,
    kClaims,
    kGroups,
    kPresenceAndContacts,
    kRemovals,
    kDeviceKeys,
    kAdministration,
};

/// "PRLY": tells our files from other programs' (PRAGMA application_id).
constexpr std::int64_t kApplicationId = 0x50524C59;

Result<void> refuse_foreign(Connection& connection) {
    TRY(const std::int64_t application, connection.number("PRAGMA application_id"));
    TRY(const std::int64_t tables, connection.number("SELECT count(*) FROM sqlite_schema"));
    if (application == kApplicationId || (application == 0 && tables == 0)) {
        return {};
    }
    return Error{ErrorCode::internal, "the directory's file is a database of another program"};
}

}  // namespace

std::span<const char* const> migrations() {
    return kMigrations;
}

Result<void> migrate(Connection& connection) {
    return migrate(connection, migrations());
}

Result<void> migrate(Connection& connection, std::span<const char* const> steps) {
    if (auto ours = refuse_foreign(connection); !ours) {
        return ours;
    }
    TRY(const std::int64_t found, connection.number("PRAGMA user_version"));
    if (found < 0 || static_cast<std::size_t>(found) > steps.size()) {
        return Error{
            ErrorCode::internal,
            "the directory was written by a newer version of this program (schema " +
                std::to_string(found) + ", this one knows " + std::to_string(steps.size()) +
                "): use that version, or a newer one"
        };
    }
    for (auto version = static_cast<std::size_t>(found); version < steps.size(); ++version) {
        const std::string step = "BEGIN IMMEDIATE;" + std::string(steps[version]) +
                                 "PRAGMA application_id = " + std::to_string(kApplicationId) +
                                 "; PRAGMA user_version = " + std::to_string(version + 1) +
                                 "; COMMIT;";
        if (auto done = connection.execute(step); !done) {
            if (connection.in_transaction()) {
                (void)connection.execute("ROLLBACK");
            }
            return done;
        }
    }
    return {};
}

}  // namespace parley::sqlite
