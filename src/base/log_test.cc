#include "base/log.h"

#include <functional>
#include <limits>
#include <string>

#include <gtest/gtest.h>

namespace parley::log {
namespace {

/// What `act` writes to stderr.
std::string lines_of(const std::function<void()>& act) {
    ::testing::internal::CaptureStderr();
    act();
    return ::testing::internal::GetCapturedStderr();
}

/// A line without its first `head` characters, which hold the time.
std::string after(std::size_t head, const std::string& line) {
    return line.size() < head ? line : line.substr(head);
}

constexpr std::size_t kTextHead = std::string_view{"2026-11-22T03:40:00.125Z "}.size();
constexpr std::size_t kJsonHead = std::string_view{R"({"time":"2026-11-22T03:40:00.125Z",)"}.size();

class LogTest : public ::testing::Test {
protected:
    void TearDown() override { configure(Level::info, Format::text); }
};

TEST_F(LogTest, writes_one_line_of_text_with_time_level_event_and_fields) {
    const std::string line = lines_of([] {
        info("server started", {{"port", 8080}, {"host", "::1"}, {"tls", false}, {"load", 0.5}});
    });
    EXPECT_EQ(
        after(kTextHead, line), "info  server started port=8080 host=::1 tls=false load=0.5\n"
    );
    EXPECT_EQ(line[10], 'T');
    EXPECT_EQ(line.substr(23, 2), "Z ");
}

TEST_F(LogTest, quotes_and_escapes_what_could_be_taken_for_something_else) {
    const std::string line = lines_of([] {
        warn(
            "odd",
            {{"space", "a b"},
             {"empty", ""},
             {"equals", "a=b"},
             {"quote", "a\"b\\c"},
             {"line", "a\nb\r\tc\x1b[31m\x7f"},
             {"umlaut", "\xC3\xA4"}}
        );
    });
    EXPECT_EQ(
        after(kTextHead, line),
        "warn  odd space=\"a b\" empty=\"\" equals=\"a=b\" quote=\"a\\\"b\\\\c\" "
        "line=\"a\\nb\\r\\tc\\u001b[31m\\u007f\" umlaut=\"\xC3\xA4\"\n"
    );
}

TEST_F(LogTest, writes_json_that_no_field_can_break) {
    configure(Level::info, Format::json);
    const std::string line = lines_of([] {
        error(
            "sync failed",
            {{"why", "a\"b\\\n"},
             {"n", -5},
             {"ok", true},
             {"nan", std::numeric_limits<double>::quiet_NaN()},
             {"bytes", "\xFF\xC3\xA4\xED\xA0\x80"}}
        );
    });
    EXPECT_EQ(line.substr(0, 9), R"({"time":")");
    EXPECT_EQ(
        after(kJsonHead, line),
        R"("level":"error","event":"sync failed","why":"a\"b\\\n","n":-5,"ok":true,"nan":null,)"
        "\"bytes\":\"\xEF\xBF\xBD\xC3\xA4\xEF\xBF\xBD\xEF\xBF\xBD\xEF\xBF\xBD\"}\n"
    );
}

TEST_F(LogTest, says_nothing_below_its_level) {
    EXPECT_EQ(lines_of([] { debug("detail"); }), "");
    configure(Level::error, Format::text);
    EXPECT_FALSE(enabled(Level::warn));
    EXPECT_EQ(lines_of([] { warn("careful"); }), "");
    EXPECT_NE(lines_of([] { error("broken"); }), "");
    configure(Level::off, Format::text);
    EXPECT_EQ(lines_of([] { error("broken"); }), "");
    configure(Level::debug, Format::text);
    EXPECT_NE(lines_of([] { debug("detail"); }), "");
}

TEST_F(LogTest, braces_and_percent_signs_are_just_characters) {
    const std::string line = lines_of([] { info("{} %v", {{"value", "{}%d"}}); });
    EXPECT_EQ(after(kTextHead, line), "info  {} %v value={}%d\n");
}

}  // namespace
}  // namespace parley::log
