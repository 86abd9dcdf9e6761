#include "tests/history/reader.h"

#include <cstdio>
#include <fstream>
#include <string>
#include <variant>
#include <vector>

#include <gtest/gtest.h>
#include <unistd.h>

#include "tests/history/checker.h"
#include "tests/history/generate.h"
#include "tests/history/writer.h"

namespace parley::history {
namespace {

class Reader : public testing::Test {
protected:
    void TearDown() override {
        for (const std::string& path : paths_) {
            std::remove(path.c_str());
        }
    }
    std::string file(const std::string& text) {
        paths_.push_back(
            testing::TempDir() + "parley_reader_" + std::to_string(::getpid()) + "_" +
            std::to_string(paths_.size()) + ".jsonl"
        );
        std::ofstream{paths_.back()} << text;
        return paths_.back();
    }
    /// What is wrong with a file that has this line behind a good one; without the file's name.
    std::string problem_with(const std::string& line) {
        const std::string path = file(
            R"({"t":1,"c":"u1.d","op":"device","user":"u1","role":"client"})"
            "\n" +
            line
        );
        const auto read = read_files({path});
        const auto* const unreadable = std::get_if<Unreadable>(&read);
        if (unreadable == nullptr) {
            return "none";
        }
        EXPECT_TRUE(unreadable->why.starts_with(path)) << unreadable->why;
        return unreadable->why.substr(path.size());
    }
    /// The invariants that these files break together.
    std::string broken(const std::vector<std::string>& texts) {
        std::vector<std::string> files;
        for (const std::string& text : texts) {
            files.push_back(file(text));
        }
        const auto read = read_files(files);
        if (const auto* const unreadable = std::get_if<Unreadable>(&read)) {
            return unreadable->why;
        }
        std::string names;
        for (const auto& [name, count] : check(std::get<History>(read)).broken) {
            names.append(names.empty() ? "" : " ").append(name);
        }
        return names;
    }

private:
    std::vector<std::string> paths_;
};

TEST_F(Reader, TellsFileAndLineOfWhatItCannotRead) {
    EXPECT_EQ(problem_with("{\"t\":2,\n"), ":2: not a JSON object");
    EXPECT_EQ(problem_with("[]\n"), ":2: not a JSON object");
    EXPECT_EQ(problem_with("\n"), ":2: not JSON");
    EXPECT_EQ(
        problem_with("{\"t\":2,\"c\":\"u1.d\",\"op\":\"open\"} {}\n"),
        ":2: more than one JSON object"
    );
    EXPECT_EQ(problem_with("{\"t\":2,\"c\":\"u1.d\"}\n"), ":2: every line needs: op");
    EXPECT_EQ(
        problem_with(R"({"t":2,"c":"u1.d","op":"sendd"})"
                     "\n"),
        ":2: no operation is called sendd"
    );
    EXPECT_EQ(
        problem_with(R"({"t":2,"c":"u1.d","op":"open")"),
        ":2: the line has no end: was the writer killed?"
    );
    EXPECT_EQ(problem_with(std::string(300'000, 'x') + "\n"), ":2: the line is too long");
}

TEST_F(Reader, TellsWhichFieldIsWrong) {
    const auto with = [this](const std::string& fields) {
        return problem_with(R"({"t":2,"c":"u1.d",)" + fields + "}\n");
    };
    EXPECT_EQ(with(R"("op":"send","h":"0123456789abcdef")"), ":2: send needs: cmid");
    EXPECT_EQ(
        with(R"("op":"send","cmid":"c1","h":"0123456789abcdef")"), ":2: send needs: conv or to"
    );
    EXPECT_EQ(
        with(R"("op":"send","cmid":"c1","conv":"x","h":"0123")"),
        ":2: h is not 16 hexadecimal digits"
    );
    EXPECT_EQ(
        with(R"("op":"send","cmid":1,"conv":"x","h":"0123456789abcdef")"),
        ":2: cmid is not a string"
    );
    EXPECT_EQ(
        with(R"("op":"show","conv":"x","seq":-1)"), ":2: seq is not a whole number from 0 on"
    );
    EXPECT_EQ(
        with(R"("op":"show","conv":"x","seq":1.5)"), ":2: seq is not a whole number from 0 on"
    );
    EXPECT_EQ(with(R"("op":"open","n":5000000000)"), ":2: n is not so large in any history");
    EXPECT_EQ(with(R"("op":"show","conv":"x","seq":1,"sq":2)"), ":2: no field is called sq");
    EXPECT_EQ(with(R"("op":"show","conv":"x","seq":1,"seq":2)"), ":2: seq stands there twice");
    EXPECT_EQ(with(R"("op":"show","conv":"x","seq":1,"more":true)"), ":2: show has no field: more");
    EXPECT_EQ(
        with(R"("op":"err","code":"unavailable","definite":"no")"),
        ":2: definite is not true or false"
    );
    EXPECT_EQ(
        with(R"("op":"recv","src":"radio","conv":"x","seq":1,"mid":"m","h":"0123456789abcdef")"),
        ":2: src is none of live, sync, history, audit"
    );
    EXPECT_EQ(
        with(R"("op":"recv","src":"live","conv":"x","seq":1,"mid":"m")"),
        ":2: recv of a message or an edit has mid and h, of another event mid, of a void neither"
    );
    EXPECT_EQ(
        with(R"("op":"mark","conv":"x","seq":1,"status":"seen")"),
        ":2: status is none of delivered, read"
    );
    EXPECT_EQ(with(R"("op":"show","conv":"","seq":1)"), ":2: conv is empty");
    EXPECT_EQ(
        with(R"("op":"refresh","family":"f","h":"0123456789abcdef","asked":1)"),
        ":2: refresh needs: new or code, not both"
    );
}

TEST_F(Reader, WantsDevicesDeclaredFirstAndOnce) {
    EXPECT_EQ(
        problem_with(R"({"t":2,"c":"u2.d","op":"open"})"
                     "\n"),
        ":2: the line `device` of u2.d must stand before its others"
    );
    EXPECT_EQ(
        problem_with(R"({"t":2,"c":"u1.d","op":"device","user":"u1","role":"client"})"
                     "\n"),
        ":2: the device is declared already, or after its first line"
    );
    EXPECT_EQ(
        problem_with(R"({"t":2,"c":"u2.d","op":"device","user":"u2","role":"spy"})"
                     "\n"),
        ":2: role is none of client, receiver, sender, auditor, ended"
    );
}

TEST_F(Reader, RefusesWhatIsNotThereOrEmpty) {
    const auto none = read_files({"/nonexistent/history"});
    ASSERT_TRUE(std::holds_alternative<Unreadable>(none));
    EXPECT_EQ(std::get<Unreadable>(none).why, "/nonexistent/history: cannot be read");
    const std::string empty = file("");
    const auto read = read_files({empty});
    ASSERT_TRUE(std::holds_alternative<Unreadable>(read));
    EXPECT_EQ(std::get<Unreadable>(read).why, empty + ": nothing is in it");
}

TEST_F(Reader, ReadsWhatTheWriterWrites) {
    const History history = generate({.events = 3000, .seed = 5});
    const std::string path = file("");
    ASSERT_EQ(write_file(history, path), "");
    const auto read = read_files({path});
    ASSERT_TRUE(std::holds_alternative<History>(read)) << std::get<Unreadable>(read).why;
    const History& again = std::get<History>(read);
    ASSERT_EQ(again.events.size(), history.events.size());
    for (std::size_t i = 0; i < history.events.size(); ++i) {
        ASSERT_EQ(to_line(again, again.events[i]), to_line(history, history.events[i]));
    }
    EXPECT_EQ(again.origin_of(0), path + ":" + std::to_string(history.devices.size()));
}

TEST_F(Reader, KeepsNamesThatNeedEscapes) {
    const std::string line =
        R"({"t":2,"c":"u1.d","op":"show","conv":"a\"b\\c\u0001d","seq":1,"mid":"grüße"})";
    const auto read = read_files({file(
        R"({"t":1,"c":"u1.d","op":"device","user":"u1","role":"client"})"
        "\n" +
        line + "\n"
    )});
    ASSERT_TRUE(std::holds_alternative<History>(read)) << std::get<Unreadable>(read).why;
    const History& history = std::get<History>(read);
    EXPECT_EQ(to_line(history, history.events.front()), line);
}

constexpr const char* kAda =
    R"({"t":1,"c":"ada","op":"device","user":"ada","role":"sender"}
{"t":1,"c":"test","op":"member","conv":"x","user":"ada"}
{"t":1,"c":"test","op":"member","conv":"x","user":"bob"}
{"t":10,"c":"ada","op":"send","cmid":"1","conv":"x","h":"0000000000000001"}
{"t":20,"c":"ada","op":"ack","cmid":"1","conv":"x","seq":1,"mid":"m1"}
{"t":30,"c":"ada","op":"send","cmid":"2","conv":"x","h":"0000000000000002"}
{"t":40,"c":"ada","op":"timeout","cmid":"2"}
{"t":80,"c":"ada.a","op":"device","user":"ada","role":"auditor"}
{"t":90,"c":"ada.a","op":"recv","src":"audit","conv":"x","seq":1,"mid":"m1","from":"ada","h":"0000000000000001"}
{"t":90,"c":"ada.a","op":"recv","src":"audit","conv":"x","seq":2,"mid":"m2","from":"ada","h":"0000000000000002"}
{"t":90,"c":"ada.a","op":"read","conv":"x","asked":80,"seq":2,"count":2,"final":true}
)";
constexpr const char* kBob =
    R"({"t":80,"c":"bob.a","op":"device","user":"bob","role":"auditor"}
{"t":91,"c":"bob.a","op":"recv","src":"audit","conv":"x","seq":1,"mid":"m1","from":"ada","h":"0000000000000001"}
{"t":91,"c":"bob.a","op":"recv","src":"audit","conv":"x","seq":2,"mid":"m2","from":"ada","h":"0000000000000002"}
{"t":91,"c":"bob.a","op":"read","conv":"x","asked":80,"seq":2,"count":2,"final":true}
)";

TEST_F(Reader, MergesFilesByTime) {
    EXPECT_EQ(broken({kAda, kBob}), "");
    EXPECT_EQ(broken({kBob, kAda}), "");
    EXPECT_EQ(broken({kAda}), "audit");
}

TEST_F(Reader, AReadInTheMiddleHasWhatWasKnownThen) {
    const auto early = [](const char* asked, const char* rest) {
        return std::string{R"({"t":1,"c":"bob.d","op":"device","user":"bob","role":"auditor"})"
                           "\n"} +
               rest + R"({"t":50,"c":"bob.d","op":"read","conv":"x","asked":)" + asked + "}\n";
    };
    // Asked before the first ack it may be empty, and it may have the second, of which nothing is known.
    EXPECT_EQ(broken({kAda, kBob, early("15,\"seq\":0,\"count\":0", "")}), "");
    EXPECT_EQ(broken({kAda, kBob, early("25,\"seq\":0,\"count\":0", "")}), "I1");
    const char* const first =
        R"({"t":49,"c":"bob.d","op":"recv","src":"audit","conv":"x","seq":1,"mid":"m1","from":"ada","h":"0000000000000001"})"
        "\n";
    EXPECT_EQ(broken({kAda, kBob, early("45,\"seq\":1,\"count\":1", first)}), "");
}

TEST_F(Reader, AVoidIsAPlaceWithoutContent) {
    std::string bob = kBob;
    const std::string content = R"("seq":1,"mid":"m1","from":"ada","h":"0000000000000001")";
    EXPECT_EQ(
        broken({kAda, bob.replace(bob.find(content), content.size(), R"("seq":1,"kind":"void")")}),
        "I1"  // acknowledged, and he is entitled to it
    );
}

TEST_F(Reader, TellsSendsApartByWhatTheySay) {
    std::string ada = kAda;
    ada.replace(ada.find("0000000000000002"), 16, "0000000000000001");
    const auto read = read_files({file(ada), file(kBob)});
    ASSERT_TRUE(std::holds_alternative<History>(read));
    EXPECT_EQ(
        check(std::get<History>(read)).problem,
        "sends 1 and 2 of ada say the same: whose an event is cannot be told"
    );
}

/// Refreshes of one family, each `token>successor` or `token!code`, with the times when asked and answered.
class Refreshes : public Reader {
protected:
    std::string broken_by(const std::vector<std::string>& steps) {
        std::string text = R"({"t":1,"c":"u1.d","op":"device","user":"u1","role":"sender"})"
                           "\n";
        int time = 10;
        for (const std::string& step : steps) {
            const bool granted = step[1] == '>';
            text += R"({"t":)" + std::to_string(time + 5) +
                    R"(,"c":"u1.d","op":"refresh","family":"f","asked":)" + std::to_string(time) +
                    R"(,"h":"000000000000000)" + step[0] + "\"" +
                    (granted ? R"(,"new":"000000000000000)" + step.substr(2) + "\""
                             : R"(,"code":")" + step.substr(2) + R"(","definite":true)") +
                    "}\n";
            time += 10;
        }
        return broken({text});
    }
};

TEST_F(Refreshes, MayBeRepeatedUntilTheSuccessorIsUsed) {
    EXPECT_EQ(broken_by({"1>2", "1>2", "2>3"}), "");
    EXPECT_EQ(broken_by({"1>2", "2>3", "1!unauthorized", "3!unauthorized"}), "");
}

TEST_F(Refreshes, HaveOneSuccessor) {
    EXPECT_EQ(broken_by({"1>2", "1>3"}), "I17");
}

TEST_F(Refreshes, AUsedTokenIsNotTaken) {
    EXPECT_EQ(broken_by({"1>2", "2>3", "1>4"}), "I17");
    EXPECT_EQ(broken_by({"1>2", "2>3", "1>2"}), "I17");
}

TEST_F(Refreshes, AFamilyWhoseTokenWasUsedAgainIsDead) {
    EXPECT_EQ(broken_by({"1>2", "2>3", "1!unauthorized", "3>4"}), "I17");
}

}  // namespace
}  // namespace parley::history
