#include "gateway/http/head_scanner.h"

#include <string>
#include <vector>

#include <gtest/gtest.h>

// The scanner alone: what it refuses must not depend on Beast refusing it too.

namespace parley::http {
namespace {

using std::string_literals::operator""s;

int status_of(const std::string& head) {
    HeadScanner scanner(HeadScanner::Part::head, ReaderLimits{});
    const std::size_t taken = scanner.feed(head);
    if (scanner.refusal() != nullptr) {
        return scanner.refusal()->status;
    }
    EXPECT_TRUE(scanner.done() || taken == head.size());
    return scanner.done() ? 200 : 0;
}

TEST(HeadScanner, refuses_every_line_that_does_not_end_with_crlf) {
    const std::vector<std::string> lines{"GET / HTTP/1.1", "Host: a", "X: y", ""};
    for (std::size_t bad = 0; bad < lines.size(); ++bad) {
        for (const std::string& ending :
             {"\n"s, "\r"s, "\n\n"s, "\n\r"s, "\r\r"s, "\r\r\n"s, "\0\n"s, "\x01\n"s, "\x7F\n"s}) {
            std::string head;
            for (std::size_t i = 0; i < lines.size(); ++i) {
                head += lines[i] + (i == bad ? ending : "\r\n");
            }
            const int status = status_of(head + "GET / HTTP/1.1\r\n");
            EXPECT_EQ(status, 400) << ::testing::PrintToString(head);
        }
    }
}

TEST(HeadScanner, refuses_every_wrong_byte_wherever_it_stands) {
    const std::string head = "GET /a HTTP/1.1\r\nHost: a\r\n\r\n";
    ASSERT_EQ(status_of(head), 200);
    for (std::size_t at = 0; at < head.size(); ++at) {
        for (const char wrong : {'\0', '\x01', '\n', '\r', '\x7F', '\v', '\f'}) {
            if (head[at] != wrong) {
                std::string changed = head;
                changed[at] = wrong;
                EXPECT_EQ(status_of(changed), 400) << at << " " << int{wrong};
                changed = head;
                changed.insert(at, 1, wrong);
                EXPECT_EQ(status_of(changed), 400) << at << " " << int{wrong};
            }
        }
    }
}

TEST(HeadScanner, knows_which_bytes_may_stand_where) {
    for (unsigned c = 0; c < 256; ++c) {
        const std::string byte(1, static_cast<char>(c));
        const bool alnum =
            (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
        const bool token = alnum || (c != 0 && "!#$%&'*+-.^_`|~"s.find(byte) != std::string::npos);
        const bool target =
            alnum || (c != 0 && "-._~!$&'()*+,;=:@/?[]"s.find(byte) != std::string::npos);
        const bool value = c == '\t' || (c >= 0x20 && c != 0x7F);
        EXPECT_EQ(status_of("G" + byte + "T / HTTP/1.1\r\n\r\n") == 200, token) << c;
        EXPECT_EQ(status_of("GET /" + byte + "x HTTP/1.1\r\n\r\n") == 200, target) << c;
        EXPECT_EQ(
            status_of("GET / HTTP/1.1\r\nX" + byte + "Y: z\r\n\r\n") == 200, token || c == ':'
        ) << c;
        EXPECT_EQ(status_of("GET / HTTP/1.1\r\nX: y" + byte + "z\r\n\r\n") == 200, value) << c;
    }
}

TEST(HeadScanner, looks_at_no_byte_behind_the_head) {
    HeadScanner scanner(HeadScanner::Part::head, ReaderLimits{});
    const std::string head = "GET / HTTP/1.1\r\n\r\n";
    EXPECT_EQ(scanner.feed(head + "\0\0\0"s), head.size());
    EXPECT_TRUE(scanner.done());
    EXPECT_EQ(scanner.field_count(), 0U);
}

}  // namespace
}  // namespace parley::http
