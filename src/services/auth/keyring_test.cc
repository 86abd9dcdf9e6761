#include "services/auth/keyring.h"

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <sstream>

#include "services/auth/access_token.h"
#include "services/auth/machine_test.h"
#include "tests/fakes/fake_disk.h"

namespace parley::auth {
namespace {

using std::chrono::days;
using std::filesystem::perms;

class KeyringTest : public AuthMachine {
protected:
    static constexpr Keyring::Options kOptions{
        .rotate_after = std::chrono::days{30}, .token_lifetime = std::chrono::minutes{15}
    };

    std::unique_ptr<Keyring> open() {
        auto keyring = std::make_unique<Keyring>(machine_.disk(), kOptions);
        const auto opened = keyring->open(directory(), clock_.wall());
        EXPECT_TRUE(opened.ok()) << (opened.ok() ? "" : opened.error().detail);
        return keyring;
    }
    Error refusal() {
        Keyring keyring(machine_.disk(), kOptions);
        const auto opened = keyring.open(directory(), clock_.wall());
        return opened.ok() ? Error{ErrorCode::conflict, "it opened"} : opened.error();
    }
    [[nodiscard]] std::vector<std::string> files() const {
        std::vector<std::string> names;
        for (const auto& entry : std::filesystem::directory_iterator(directory())) {
            names.push_back(entry.path().filename().string());
        }
        std::ranges::sort(names);
        return names;
    }
    [[nodiscard]] std::string only_file() const {
        EXPECT_EQ(files().size(), 1U);
        return directory() + "/" + files().front();
    }
    void write_file(const std::string& name, const std::string& content) const {
        std::ofstream(directory() + "/" + name) << content;
        std::filesystem::permissions(directory() + "/" + name, perms{0600});
    }
    static bool has_key(const Keyring& keyring, const std::string& kid) {
        return keyring.find(access_token_header(kid)) != nullptr;
    }
};

TEST_F(KeyringTest, MakesAKeyForItsOwnerAlone) {
    const auto keyring = open();
    EXPECT_EQ(only_file(), directory() + "/" + keyring->signing().key.kid() + ".pem");
    EXPECT_EQ(std::filesystem::status(only_file()).permissions(), perms{0600});
    EXPECT_EQ(std::filesystem::status(directory()).permissions(), perms{0700});
}

TEST_F(KeyringTest, ReadsItsKeyAgain) {
    const std::string kid = open()->signing().key.kid();
    const auto again = open();
    EXPECT_EQ(again->signing().key.kid(), kid);
    EXPECT_EQ(again->signing().created_at, clock_.wall());
    EXPECT_EQ(files().size(), 1U);
}

TEST_F(KeyringTest, PublishesThePublicHalfOnly) {
    const auto keyring = open();
    const auto& key = keyring->signing().key;
    EXPECT_EQ(
        keyring->jwks(),
        R"({"keys":[{"kty":"EC","crv":"P-256","use":"sig","alg":"ES256","kid":")" + key.kid() +
            R"(","x":")" + key.x() + R"(","y":")" + key.y() + R"("}]})"
    );
}

TEST_F(KeyringTest, GivesAnOldKeyASuccessorAndForgetsItWhenItsTokensAreOver) {
    const auto keyring = open();
    const std::string first = keyring->signing().key.kid();
    clock_.advance(std::chrono::days{30} - std::chrono::seconds{1});
    EXPECT_FALSE(*keyring->rotate_if_due(clock_.wall()));
    EXPECT_EQ(keyring->signing().key.kid(), first);

    clock_.advance(std::chrono::seconds{1});
    EXPECT_TRUE(*keyring->rotate_if_due(clock_.wall()));
    const std::string second = keyring->signing().key.kid();
    EXPECT_NE(second, first);
    EXPECT_TRUE(has_key(*keyring, first));
    EXPECT_TRUE(has_key(*keyring, second));
    EXPECT_EQ(files().size(), 2U);
    EXPECT_NE(keyring->jwks().find(first), std::string::npos);

    clock_.advance(std::chrono::minutes{15});
    EXPECT_FALSE(*keyring->rotate_if_due(clock_.wall()));
    EXPECT_TRUE(has_key(*keyring, first));
    clock_.advance(std::chrono::seconds{1});
    EXPECT_TRUE(*keyring->rotate_if_due(clock_.wall()));
    EXPECT_FALSE(has_key(*keyring, first));
    EXPECT_TRUE(has_key(*keyring, second));
    EXPECT_EQ(keyring->jwks().find(first), std::string::npos);
    EXPECT_EQ(only_file(), directory() + "/" + second + ".pem");
}

// The key is over all the same, and its file goes at the next start.
TEST_F(KeyringTest, AnOldKeyWhoseFileCannotBeRemovedIsNoLongerUsed) {
    fakes::FakeDisk disk;
    Keyring keyring(disk, kOptions);
    ASSERT_TRUE(keyring.open("/keys", clock_.wall()).ok());
    const std::string old = keyring.signing().key.kid();
    clock_.advance(days{31});
    ASSERT_TRUE(*keyring.rotate_if_due(clock_.wall()));
    clock_.advance(std::chrono::hours{1});
    disk.fail_at(disk.calls() + 1, {ErrorCode::internal, "read-only file system"});
    EXPECT_TRUE(*keyring.rotate_if_due(clock_.wall()));
    EXPECT_FALSE(has_key(keyring, old));
    EXPECT_EQ(disk.paths().size(), 2U);

    Keyring next(disk, kOptions);
    ASSERT_TRUE(next.open("/keys", clock_.wall()).ok());
    EXPECT_FALSE(has_key(next, old));
    EXPECT_EQ(disk.paths().size(), 1U);
}

TEST_F(KeyringTest, RotatesAtStart) {
    const std::string first = open()->signing().key.kid();
    clock_.advance(std::chrono::days{31});
    const auto second = open();
    EXPECT_NE(second->signing().key.kid(), first);
    EXPECT_TRUE(has_key(*second, first)) << "tokens of a minute ago must still be good";
    clock_.advance(std::chrono::minutes{16});
    EXPECT_FALSE(has_key(*open(), first));
    EXPECT_EQ(files().size(), 1U);
}

TEST_F(KeyringTest, KeepsAKeyWithoutADateUntilItsTokensAreOver) {
    const std::string path = (open(), only_file());
    std::stringstream content;
    content << std::ifstream(path).rdbuf();
    const std::string text = content.str();
    std::filesystem::resize_file(path, 0);
    std::ofstream(path) << text.substr(text.find("-----BEGIN"));
    const auto keyring = open();
    EXPECT_EQ(files().size(), 2U);
    EXPECT_NE(path, directory() + "/" + keyring->signing().key.kid() + ".pem");
    EXPECT_TRUE(has_key(*keyring, std::filesystem::path(path).stem().string()));
}

TEST_F(KeyringTest, RefusesAFileThatOthersCanRead) {
    open();
    for (const unsigned mode : {0604U, 0640U, 0644U, 0660U, 0666U, 0610U}) {
        std::filesystem::permissions(only_file(), perms{mode});
        const Error error = refusal();
        EXPECT_EQ(error.code, ErrorCode::forbidden);
        EXPECT_NE(error.detail.find("chmod 600 " + only_file()), std::string::npos) << error.detail;
    }
    std::filesystem::permissions(only_file(), perms{0400});
    open();
}

TEST_F(KeyringTest, RefusesADirectoryThatOthersCanEnter) {
    open();
    std::filesystem::permissions(directory(), perms{0755});
    const Error error = refusal();
    EXPECT_EQ(error.code, ErrorCode::forbidden);
    EXPECT_EQ(
        error.detail, directory() + " is open to other users (mode 755): chmod 700 " + directory()
    );
}

TEST_F(KeyringTest, RefusesAFileThatIsNotItsKey) {
    open();
    const std::string good = only_file();
    std::filesystem::copy_file(good, directory() + "/another.pem");
    std::filesystem::permissions(directory() + "/another.pem", perms{0600});
    EXPECT_NE(refusal().detail.find("another.pem holds another key"), std::string::npos);
    write_file("another.pem", "nothing");
    EXPECT_NE(refusal().detail.find("another.pem holds no P-256 private key"), std::string::npos);
    write_file("another.pem", std::string(20'000, 'x'));
    EXPECT_NE(refusal().detail.find("another.pem is too large"), std::string::npos);
    std::filesystem::remove(directory() + "/another.pem");
    open();
}

TEST_F(KeyringTest, ClearsAwayWhatAnInterruptedStartLeft) {
    const std::string kid = open()->signing().key.kid();
    write_file("half.pem.tmp", "-----BEGIN PRIV");
    write_file("notes.txt", "not ours");
    EXPECT_EQ(open()->signing().key.kid(), kid);
    std::vector<std::string> left{kid + ".pem", "notes.txt"};
    std::ranges::sort(left);  // a key's name is random
    EXPECT_EQ(files(), left);
}

TEST_F(KeyringTest, KeepsItsKeysWhenTheSuccessorCannotBeWritten) {
    const auto keyring = open();
    const std::string kid = keyring->signing().key.kid();
    clock_.advance(std::chrono::days{31});
    std::filesystem::remove_all(directory());
    EXPECT_FALSE(keyring->rotate_if_due(clock_.wall()).ok());
    EXPECT_EQ(keyring->signing().key.kid(), kid);
    std::filesystem::create_directories(directory());
    std::filesystem::permissions(directory(), perms{0700});
    EXPECT_TRUE(*keyring->rotate_if_due(clock_.wall()));
    EXPECT_NE(keyring->signing().key.kid(), kid);
}

using Survival = fakes::FakeDisk::Survival;

/// Whatever is left of a disk whose power went in the middle of a rotation, the next start finds keys that
/// it can use, and the key that had signed.
TEST_F(KeyringTest, SurvivesAPowerCutAtEveryStep) {
    for (const Survival survival :
         {Survival::nothing, Survival::everything, Survival::prefix, Survival::sectors}) {
        bool finished = false;
        for (std::uint64_t step = 1; !finished; ++step) {
            fakes::FakeDisk disk;
            Keyring before(disk, kOptions);
            ASSERT_TRUE(before.open("keys", clock_.wall()).ok());
            const std::string signed_with = before.signing().key.kid();
            disk.cut_power_at(disk.calls() + step);
            const Timestamp later = clock_.wall().plus(days{31});
            const auto rotated = before.rotate_if_due(later);
            finished = rotated.ok();
            const std::string newest = before.signing().key.kid();
            EXPECT_EQ(newest == signed_with, !finished);
            disk.restart(survival, step);

            Keyring after(disk, kOptions);
            const auto opened = after.open("keys", later);
            ASSERT_TRUE(opened.ok()) << opened.error().detail;
            EXPECT_TRUE(has_key(after, signed_with));
            EXPECT_TRUE(has_key(after, newest)) << "what may have signed is there";
            for (const std::string& path : disk.paths()) {
                EXPECT_TRUE(path.ends_with(".pem")) << path;
            }
        }
    }
}

}  // namespace
}  // namespace parley::auth
