#include "bench/bench.h"

#include <cstdio>
#include <fstream>
#include <set>
#include <sstream>
#include <string>
#include <variant>
#include <vector>

#include <gtest/gtest.h>
#include <unistd.h>

#include "bench/fake_server_testing.h"
#include "tests/history/checker.h"
#include "tests/history/reader.h"

namespace parley::bench {
namespace {

/// What a run against a server that breaks a promise writes down is judged by the one checker of all tests: the
/// invariants that it finds broken.
std::set<std::string> broken_in(const std::string& path) {
    const auto read = history::read_files({path});
    if (const auto* const unreadable = std::get_if<history::Unreadable>(&read)) {
        return {unreadable->why};
    }
    const history::Verdict verdict = history::check(std::get<history::History>(read));
    std::set<std::string> names;
    for (const auto& [name, count] : verdict.broken) {
        names.insert(name);
    }
    if (!verdict.problem.empty()) {
        names.insert(verdict.problem);
    }
    return names;
}

/// One short run against a server that keeps or breaks its promises.
class Bench : public testing::Test {
protected:
    void TearDown() override {
        for (const char* kind : {"seed", "json", "history"}) {
            std::remove(file(kind).c_str());
        }
    }

    static std::string file(const std::string& kind) {
        return testing::TempDir() + "parley_bench_" + std::to_string(::getpid()) + "." + kind;
    }

    static std::string read(const std::string& kind) {
        std::ifstream stream(file(kind));
        std::ostringstream text;
        text << stream.rdbuf();
        return text.str();
    }

    Options options(const FakeServer& server) const {
        std::ofstream(file("seed")) << FakeServer::seed(8);
        return {
            .seed_file = file("seed"),
            .port = server.port(),
            .connections = 8,
            .window = 4,
            .hold_seconds = 0,
            .duration_seconds = 0.2,
            .warmup_seconds = 0.05,
            .drain_seconds = 1.2,
            .json_file = file("json"),
        };
    }

    int run_against(Fault fault) const {
        const FakeServer server(fault);
        Options options = this->options(server);
        options.history_file = file("history");
        return run(options);
    }

    /// What the checker of all tests finds broken in what the last run wrote down: it must agree with the audit.
    static std::set<std::string> broken() { return broken_in(file("history")); }

    /// A number of the result file: the first one with this name.
    static std::uint64_t result(const std::string& name) {
        const std::string text = read("json");
        const std::size_t at = text.find("\"" + name + "\":");
        return at != std::string::npos
                   ? to_number(std::string_view(text).substr(at + name.size() + 3))
                   : 0;
    }
};

TEST_F(Bench, PassesAServerThatKeepsItsPromises) {
    EXPECT_EQ(run_against(Fault::none), 0);
    EXPECT_GT(result("acknowledged"), 100U);
    EXPECT_EQ(result("acknowledged"), result("attempted"));
    EXPECT_EQ(result("delivered"), result("attempted"));
    EXPECT_EQ(result("conversations"), 4U);
    EXPECT_EQ(result("gaps"), 0U);
    EXPECT_TRUE(broken().empty());
}

TEST_F(Bench, PassesASecondRunInTheSameConversations) {
    const FakeServer server(Fault::none);
    EXPECT_EQ(run(options(server)), 0);
    Options again = options(server);
    again.threads = 2;
    EXPECT_EQ(run(again), 0);
    again.audit = AuditMode::recent;
    EXPECT_EQ(run(again), 0);
    EXPECT_EQ(result("repairs"), 0U);
}

TEST_F(Bench, SendsAtAnEvenRate) {
    const FakeServer server(Fault::none);
    Options options = this->options(server);
    options.rate = 2000;
    options.threads = 2;
    EXPECT_EQ(run(options), 0);
    EXPECT_EQ(result("skipped"), 0U);
    EXPECT_GT(result("attempted"), 300U);
    EXPECT_LT(result("attempted"), 4000U);
}

TEST_F(Bench, OnlyConnectsWhenIdle) {
    const FakeServer server(Fault::none);
    Options options = this->options(server);
    options.idle = true;
    EXPECT_EQ(run(options), 0);
    EXPECT_EQ(result("ready"), 8U);
    EXPECT_EQ(result("attempted"), 0U);
}

TEST_F(Bench, TellsLostMessages) {
    EXPECT_EQ(run_against(Fault::lose), 1);
    EXPECT_GT(result("lost") + result("changed"), 0U);
    EXPECT_TRUE(broken().contains("I1"));
}

TEST_F(Bench, TellsDoubledMessages) {
    EXPECT_EQ(run_against(Fault::double_store), 1);
    EXPECT_GT(result("doubled"), 0U);
    EXPECT_TRUE(broken().contains("I4"));
}

TEST_F(Bench, TellsMessagesThatNeverCame) {
    EXPECT_EQ(run_against(Fault::skip_push), 1);
    EXPECT_GT(result("lost"), 0U);
    EXPECT_GT(result("holes"), 0U);
    EXPECT_TRUE(broken().contains("I1"));
}

TEST_F(Bench, TellsPushesOutOfOrder) {
    EXPECT_EQ(run_against(Fault::swap_pushes), 1);
    EXPECT_GT(result("out_of_order"), 0U);
    EXPECT_EQ(result("lost"), 0U);
    EXPECT_TRUE(broken().contains("I9"));
}

TEST_F(Bench, TellsSendsOutOfOrder) {
    EXPECT_EQ(run_against(Fault::swap_order), 1);
    EXPECT_GT(result("out_of_order"), 0U);
    EXPECT_EQ(result("lost"), 0U);
    EXPECT_TRUE(broken().contains("I5"));
}

TEST_F(Bench, TellsHoles) {
    EXPECT_EQ(run_against(Fault::hole), 1);
    EXPECT_GT(result("holes"), 0U);
    EXPECT_EQ(result("lost"), 0U);
    EXPECT_TRUE(broken().contains("I3"));
}

TEST_F(Bench, TellsOtherIds) {
    EXPECT_EQ(run_against(Fault::change_id), 1);
    EXPECT_GT(result("changed"), 0U);
    EXPECT_TRUE(broken().contains("I2"));
}

TEST_F(Bench, TellsRefusedSendsThatAreThere) {
    EXPECT_EQ(run_against(Fault::refuse_stored), 1);
    EXPECT_GT(result("refused_present"), 0U);
    EXPECT_EQ(result("lost"), 0U);
    EXPECT_TRUE(broken().contains("I6"));
}

TEST_F(Bench, TellsTwoAnswersToOneSend) {
    EXPECT_EQ(run_against(Fault::other_answer), 1);
    EXPECT_GT(result("doubled"), 0U);
    EXPECT_EQ(result("lost"), 0U);
    EXPECT_TRUE(broken().contains("I4"));
}

TEST_F(Bench, TriesAgainWhenTheOutcomeIsUnknown) {
    EXPECT_EQ(run_against(Fault::unavailable), 0);
    EXPECT_EQ(result("acknowledged"), result("attempted"));
    EXPECT_GT(result("unavailable"), 0U);
    EXPECT_TRUE(broken().empty());
}

TEST_F(Bench, RepairsEverythingAfterCrashes) {
    const FakeServer server(Fault::crash);
    Options options = this->options(server);
    options.reconnect = true;
    options.duration_seconds = 1;
    options.drain_seconds = 20;
    options.history_file = file("history");
    EXPECT_EQ(run(options), 0);
    EXPECT_GT(result("dropped"), 8U);
    EXPECT_EQ(result("acknowledged"), result("attempted"));
    EXPECT_EQ(result("delivered"), result("attempted"));
    EXPECT_TRUE(broken().empty());
    const std::string history = read("history");
    for (const char* op : {"open", "close", "send", "ack", "recv", "page", "read"}) {
        EXPECT_NE(history.find(std::string("\"op\":\"") + op + "\""), std::string::npos) << op;
    }
}

TEST_F(Bench, WritesAHistoryOfWhatBeganBeforeIt) {
    const FakeServer server(Fault::none);
    EXPECT_EQ(run(options(server)), 0);
    Options again = options(server);
    again.history_file = file("history");
    again.threads = 2;
    EXPECT_EQ(run(again), 0);
    EXPECT_TRUE(broken().empty());
}

TEST_F(Bench, FailsWhenConnectionsDieAndNobodyAskedForThat) {
    EXPECT_EQ(run_against(Fault::crash), 1);
}

TEST_F(Bench, RefusesOptionsThatMakeNoSense) {
    EXPECT_EQ(run({}), 2);  // no seed file
    EXPECT_EQ(run({.seed_file = "/nonexistent"}), 2);
    EXPECT_EQ(run({.connections = 3, .raw = true}), 2);
    EXPECT_EQ(run({.connections = 2, .raw = true, .threads = 2}), 2);
    EXPECT_EQ(run({.window = 0, .raw = true}), 2);
    EXPECT_EQ(run({.window = kInFlightMax + 1, .raw = true}), 2);
    EXPECT_EQ(run({.raw = true, .history_file = "/nonexistent/history"}), 2);
}

}  // namespace
}  // namespace parley::bench
