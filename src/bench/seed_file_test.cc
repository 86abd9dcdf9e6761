#include "bench/seed_file.h"

#include <cstdio>
#include <fstream>
#include <string>

#include <gtest/gtest.h>
#include <unistd.h>

namespace parley::bench {
namespace {

class SeedFile : public testing::Test {
protected:
    void TearDown() override { std::remove(path().c_str()); }

    static std::string path() {
        return testing::TempDir() + "parley_seed_" + std::to_string(::getpid()) + ".jsonl";
    }
    static std::string user(const std::string& id, const std::string& peer) {
        return R"({"user_id":")" + id + R"(","username":"n","device_id":"d","access_token":"t-)" +
               id + R"(","peer_id":")" + peer + R"(","conversation_id":"c"})" + "\n";
    }
    static Result<std::vector<Account>> read(const std::string& text, std::size_t count) {
        std::ofstream(path()) << text;
        return read_seed_file(path(), count);
    }
};

TEST_F(SeedFile, GivesTheFirstUsers) {
    const auto accounts = read(user("a", "b") + user("b", "a") + user("x", "y"), 2);
    ASSERT_TRUE(accounts.ok());
    ASSERT_EQ(accounts->size(), 2U);
    EXPECT_EQ(accounts->at(1).user_id, "b");
    EXPECT_EQ(accounts->at(1).access_token, "t-b");
    EXPECT_EQ(accounts->at(1).peer_id, "a");
    EXPECT_EQ(accounts->at(1).conversation_id, "c");
}

TEST_F(SeedFile, PassesOverItsHead) {
    const auto accounts =
        read("{\"parley_seed\":1,\"users\":2}\n" + user("a", "b") + user("b", "a"), 2);
    ASSERT_TRUE(accounts.ok());
    EXPECT_EQ(accounts->at(0).user_id, "a");
}

TEST_F(SeedFile, SaysWhereItMakesNoSense) {
    const auto broken = read(user("a", "b") + "nonsense\n", 2);
    ASSERT_FALSE(broken.ok());
    EXPECT_NE(broken.error().detail.find(":2: "), std::string::npos);
    EXPECT_FALSE(read("{}\n{}\n", 1).ok());
}

TEST_F(SeedFile, WantsEnoughUsersInPairs) {
    EXPECT_FALSE(read(user("a", "b"), 2).ok());
    EXPECT_FALSE(read(user("a", "b") + user("c", "a"), 2).ok());
    EXPECT_FALSE(read_seed_file("/nonexistent", 2).ok());
}

}  // namespace
}  // namespace parley::bench
