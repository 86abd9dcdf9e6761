#include "app/config.h"

#include <cstdio>
#include <fstream>

#include <gtest/gtest.h>
#include <unistd.h>

namespace parley::app {
namespace {

class ConfigTest : public ::testing::Test {
protected:
    std::string file(const std::string& text) {
        path_ = ::testing::TempDir() + "/parley-config-" + std::to_string(::getpid()) + ".toml";
        std::ofstream{path_} << text;
        return path_;
    }
    void TearDown() override { std::remove(path_.c_str()); }
    std::string path_;
};

TEST_F(ConfigTest, FlagsBeatEnvironmentBeatsFileBeatsDefaults) {
    const std::string path =
        file("[server]\nlisten = \"1.1.1.1:1\"\ndata_dir = \"/file\"\nloops = 3\n");
    const std::vector<std::string> environment{
        "PARLEY_SERVER_LISTEN=2.2.2.2:2", "PARLEY_SERVER_DATA_DIR=/env"
    };
    const auto config = load_config(
        path, environment, {{.key = "server.listen", .value = "3.3.3.3:3", .from = "--listen"}}
    );
    ASSERT_TRUE(config.ok()) << config.error().detail;
    EXPECT_EQ(config->listen, "3.3.3.3:3");
    EXPECT_EQ(config->data_dir, "/env");
    EXPECT_EQ(config->loops, 3);
    EXPECT_EQ(config->log_level, "info");
}

TEST_F(ConfigTest, TheDefaultsThatItPrintsAreItsDefaults) {
    const auto config = load_config(file(default_config()), {}, {});
    ASSERT_TRUE(config.ok()) << config.error().detail;
    EXPECT_EQ(config->listen, Config{}.listen);
    EXPECT_EQ(config->sends_burst, Config{}.sends_burst);
    std::vector<std::string> lines;
    std::string line;
    for (const char c : default_environment()) {
        if (c != '\n') {
            line.push_back(c);
            continue;
        }
        lines.push_back(std::exchange(line, {}));
    }
    EXPECT_TRUE(load_config("", lines, {}).ok());
}

TEST_F(ConfigTest, AnUnknownKeyNamesItsPlaceAndTheNearestKnownOne) {
    const auto config = load_config(file("[server]\n\nlisten_on = \"x\"\n"), {}, {});
    ASSERT_FALSE(config.ok());
    EXPECT_NE(
        config.error().detail.find(":3: unknown key server.listen_on; did you mean server.listen?"),
        std::string::npos
    ) << config.error().detail;
    const auto variable = load_config("", {"PARLEY_SERVER_LISTN=1"}, {});
    ASSERT_FALSE(variable.ok());
    EXPECT_NE(
        variable.error().detail.find("did you mean PARLEY_SERVER_LISTEN?"), std::string::npos
    );
}

TEST_F(ConfigTest, VariablesOfOtherProgramsAreLeftAlone) {
    EXPECT_TRUE(load_config("", {"PARLEY_BINARY=/x", "PATH=/bin", "PARLEY_KILLS=3"}, {}).ok());
}

TEST_F(ConfigTest, WrongTypesAndValuesOutOfBoundsAreRefused) {
    for (const char* text :
         {"[server]\nloops = \"two\"\n",
          "[server]\nloops = 65\n",
          "[server]\nlisten = 8080\n",
          "[websocket]\ncompression = 1\n",
          "[server]\nallowed_origins = \"x\"\n",
          "[auth]\npassword_memory_mib = 18\n",
          "[log]\nlevel = \"loud\"\n",
          "[tls]\nkey_file = \"k\"\n",
          "[server]\nlisten = \"nowhere\"\n",
          "server = 1\n",
          "[server\n"}) {
        const auto config = load_config(file(text), {}, {});
        ASSERT_FALSE(config.ok()) << text;
        EXPECT_EQ(config.error().code, ErrorCode::invalid_request);
    }
    EXPECT_FALSE(load_config("/nowhere/parley.toml", {}, {}).ok());
}

TEST_F(ConfigTest, AKeyInQuotesIsNoPathIntoASection) {
    const auto config = load_config(file("\"server.listen\" = \"0.0.0.0:1\"\n"), {}, {});
    ASSERT_FALSE(config.ok());
    EXPECT_NE(config.error().detail.find(":1: server.listen must stand"), std::string::npos)
        << config.error().detail;
}

// What toml++ 3.3.0 does with such characters is undefined.
TEST_F(ConfigTest, CharactersBeyondAsciiStandInQuotesAndCommentsAlone) {
    const auto good = load_config(
        file("# für später\n[server] # é\ndata_dir = \"/höme\"\nlisten = 'localhost:1' # ü\n"),
        {},
        {}
    );
    ASSERT_TRUE(good.ok()) << good.error().detail;
    EXPECT_EQ(good->data_dir, "/höme");
    for (const char* text :
         {"I\u03cf = 1",
          "[server]\u03cf",
          "\u03cf",
          "x = 'a' \u03cf 'b'",
          "x = 5'\u03cf'",
          "x = '\u03cf",
          "x = \"a\\\" b\" \u03cf",
          "x = \"\"\"\\\u03cf\"\"\"",
          "x = '''\n\u03cf'''"}) {
        const auto config = load_config(file(text), {}, {});
        ASSERT_FALSE(config.ok()) << text;
        EXPECT_NE(config.error().detail.find("stands outside quotes"), std::string::npos) << text;
    }
}

TEST(ParseListen, TakesNamesAndBothKindsOfAddress) {
    EXPECT_EQ(parse_listen("127.0.0.1:80").value().second, 80);
    EXPECT_EQ(parse_listen("[::1]:8080").value().first, "::1");
    EXPECT_EQ(parse_listen(":0").value().first, "0.0.0.0");
    EXPECT_FALSE(parse_listen("8080").ok());
    EXPECT_FALSE(parse_listen("x:").ok());
    EXPECT_FALSE(parse_listen("x:99999").ok());
}

}  // namespace
}  // namespace parley::app
