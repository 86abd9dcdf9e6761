#include "gateway/http/rules.h"

#include <string>
#include <utility>
#include <vector>

#include <gtest/gtest.h>

// The rules alone: what they refuse must not depend on Beast refusing it too.

namespace parley::http {
namespace {

using Fields = std::vector<HeaderField>;

Request request_with(Fields fields) {
    Request request;
    request.method = "POST";
    request.target = "/";
    request.headers = std::move(fields);
    request.headers.push_back({"Host", "a"});
    return request;
}

int status_of(const Request& request) {
    const auto verdict = judge_head(request, ReaderLimits{});
    const Refusal* refusal = std::get_if<Refusal>(&verdict);
    return refusal == nullptr ? 200 : refusal->status;
}

Framing framing_of(const Request& request) {
    const auto verdict = judge_head(request, ReaderLimits{});
    const Framing* framing = std::get_if<Framing>(&verdict);
    EXPECT_NE(framing, nullptr);
    return framing == nullptr ? Framing{} : *framing;
}

TEST(Rules, two_framings_are_refused_in_either_order) {
    const HeaderField length{"Content-Length", "5"};
    for (const char* coding : {"chunked", "gzip", "identity", "", "chunked, chunked"}) {
        const HeaderField field{"Transfer-Encoding", coding};
        EXPECT_EQ(status_of(request_with({length, field})), 400) << coding;
        EXPECT_EQ(status_of(request_with({field, length})), 400) << coding;
    }
}

TEST(Rules, two_lengths_are_refused_whatever_they_say) {
    EXPECT_EQ(status_of(request_with({{"Content-Length", "5"}, {"Content-Length", "5"}})), 400);
    EXPECT_EQ(status_of(request_with({{"Content-Length", "5"}, {"content-length", "6"}})), 400);
    EXPECT_EQ(status_of(request_with({{"Content-Length", "0"}, {"Content-Length", "0"}})), 400);
}

TEST(Rules, a_length_is_digits_without_a_leading_zero) {
    for (const char* value :
         {"",
          "00",
          "05",
          "+5",
          "-5",
          "5 5",
          "5,5",
          "5;",
          "0x5",
          "5.0",
          "1e3",
          "٥",
          "9999999999999999999"}) {
        EXPECT_EQ(status_of(request_with({{"Content-Length", value}})), 400) << value;
    }
    EXPECT_EQ(framing_of(request_with({{"Content-Length", "0"}})).content_length, 0U);
    EXPECT_EQ(framing_of(request_with({{"Content-Length", "131072"}})).content_length, 131072U);
    EXPECT_EQ(status_of(request_with({{"Content-Length", "131073"}})), 413);
}

TEST(Rules, only_chunked_is_a_coding) {
    EXPECT_TRUE(framing_of(request_with({{"Transfer-Encoding", "chunked"}})).chunked);
    EXPECT_TRUE(framing_of(request_with({{"Transfer-Encoding", "CHUNKED"}})).chunked);
    for (const char* value : {"gzip", "xchunked", "identity", "gzip, chunked", "deflate,gzip"}) {
        EXPECT_EQ(status_of(request_with({{"Transfer-Encoding", value}})), 501) << value;
    }
    for (const char* value :
         {"",
          ",",
          "chunked,",
          ",chunked",
          "chunked, gzip",
          "chunked, chunked",
          "chunked;q=1",
          "chun ked",
          "\"chunked\""}) {
        EXPECT_EQ(status_of(request_with({{"Transfer-Encoding", value}})), 400) << value;
    }
    Request old = request_with({{"Transfer-Encoding", "chunked"}});
    old.http_1_1 = false;
    EXPECT_EQ(status_of(old), 400);
    EXPECT_EQ(
        status_of(request_with({{"Transfer-Encoding", "chunked"}, {"Transfer-Encoding", "chunked"}})
        ),
        400
    );
}

TEST(Rules, a_host_is_one_name_or_address) {
    for (const char* host :
         {"a",
          "a.b",
          "a:1",
          "a:",
          "127.0.0.1",
          "[::1]",
          "[2001:db8::1]:443",
          "a%20b",
          "a_b",
          "xn--e1afmkfd"}) {
        EXPECT_TRUE(is_valid_host(host)) << host;
    }
    for (const char* host :
         {"",
          ":",
          ":1",
          "a/b",
          "a b",
          "a,b",
          "u@a",
          "a#",
          "a?",
          "a\\b",
          "a:b",
          "a:70000",
          "a:123456",
          "[",
          "]",
          "[]",
          "[:",
          "[:]",
          "[::1",
          "[::1]x",
          "[::1]:x",
          "[v1.a]",
          "[fe80::1%25eth0]",
          "a%",
          "a%4",
          "a%zz",
          "é"}) {
        EXPECT_FALSE(is_valid_host(host)) << host;
    }
}

TEST(Rules, continue_is_expected_only_with_a_body) {
    const HeaderField expect{"Expect", "100-continue"};
    EXPECT_TRUE(framing_of(request_with({expect, {"Content-Length", "5"}})).expects_continue);
    EXPECT_TRUE(
        framing_of(request_with({expect, {"Transfer-Encoding", "chunked"}})).expects_continue
    );
    EXPECT_FALSE(framing_of(request_with({expect, {"Content-Length", "0"}})).expects_continue);
    EXPECT_FALSE(framing_of(request_with({expect})).expects_continue);
    Request old = request_with({expect, {"Content-Length", "5"}});
    old.http_1_1 = false;
    EXPECT_FALSE(framing_of(old).expects_continue);
}

}  // namespace
}  // namespace parley::http
