#include <algorithm>
#include <span>
#include <string>
#include <tuple>
#include <vector>

#include <gtest/gtest.h>

#include "gateway/http/http.h"
#include "gateway/http/request_cases_test.h"

namespace parley::http {
namespace {

using testing::Case;
using testing::Family;

/// What a stream comes to: the requests read, and the status it was refused with.
struct Outcome {
    std::vector<Request> requests;
    int refused = 0;
    bool waiting = false;  // inside a request when the bytes ended
};

/// Reads `bytes` in feeds that end at `first_cut` and then every `piece` bytes.
Outcome read_all(std::string_view bytes, std::size_t first_cut, std::size_t piece) {
    RequestReader reader{ReaderLimits{}};
    Outcome outcome;
    std::size_t at = 0;
    while (at < bytes.size()) {
        // An exact copy, so that a read past its end is seen by the sanitizer.
        const std::string_view part = bytes.substr(at, at < first_cut ? first_cut - at : piece);
        std::vector<std::byte> input(part.size());
        std::ranges::transform(part, input.begin(), [](char c) {
            return static_cast<std::byte>(c);
        });
        auto step = reader.feed(input);
        EXPECT_LE(step.consumed, input.size());
        if (step.refusal) {
            outcome.refused = step.refusal->status;
            EXPECT_FALSE(step.refusal->detail.empty());
            EXPECT_FALSE(step.request);
            return outcome;
        }
        EXPECT_TRUE(step.request || step.consumed == input.size());
        at += step.consumed;
        if (step.request) {
            outcome.requests.push_back(*std::move(step.request));
        }
    }
    outcome.waiting = reader.state() != RequestReader::State::idle;
    return outcome;
}

void expect_same(const Outcome& a, const Outcome& b) {
    EXPECT_EQ(a.refused, b.refused);
    EXPECT_EQ(a.waiting, b.waiting);
    ASSERT_EQ(a.requests.size(), b.requests.size());
    for (std::size_t i = 0; i < a.requests.size(); ++i) {
        EXPECT_EQ(a.requests[i].method, b.requests[i].method);
        EXPECT_EQ(a.requests[i].target, b.requests[i].target);
        EXPECT_EQ(a.requests[i].body, b.requests[i].body);
        EXPECT_EQ(a.requests[i].keep_alive, b.requests[i].keep_alive);
        ASSERT_EQ(a.requests[i].headers.size(), b.requests[i].headers.size());
        for (std::size_t j = 0; j < a.requests[i].headers.size(); ++j) {
            EXPECT_EQ(a.requests[i].headers[j].name, b.requests[i].headers[j].name);
            EXPECT_EQ(a.requests[i].headers[j].value, b.requests[i].headers[j].value);
        }
    }
}

void expect_as_the_table_says(const Case& c) {
    const Outcome outcome = read_all(c.bytes, 0, c.bytes.size());
    EXPECT_EQ(outcome.refused, c.status) << c.bytes;
    EXPECT_EQ(outcome.requests.size(), c.requests);
    EXPECT_EQ(outcome.waiting, c.waiting);
    if (!c.body.empty()) {
        ASSERT_FALSE(outcome.requests.empty());
        EXPECT_EQ(outcome.requests.front().body, c.body);
    }
}

void expect_the_same_however_cut(const std::string& bytes) {
    const Outcome whole = read_all(bytes, 0, bytes.size());
    expect_same(read_all(bytes, 0, 1), whole);
    expect_same(read_all(bytes, 0, 7), whole);
    constexpr std::size_t kPositionsMax = 500;
    const std::size_t stride = bytes.size() / kPositionsMax + 1;
    for (std::size_t cut = 1; cut < bytes.size(); cut += stride) {
        SCOPED_TRACE(cut);
        expect_same(read_all(bytes, cut, bytes.size()), whole);
    }
}

// One test per family, not per case: ctest starts a process for each.
class RequestCases : public ::testing::TestWithParam<Family> {};

TEST_P(RequestCases, come_out_as_the_table_says_however_they_are_cut) {
    for (const Case& c : GetParam().cases) {
        SCOPED_TRACE(c.name);
        expect_as_the_table_says(c);
        expect_the_same_however_cut(c.bytes);
    }
}

std::span<const std::byte> as_bytes(std::string_view text) {
    return std::as_bytes(std::span{text});
}

Request read_one(std::string_view bytes) {
    RequestReader reader{ReaderLimits{}};
    auto step = reader.feed(as_bytes(bytes));
    EXPECT_TRUE(step.request) << bytes;
    return step.request ? *std::move(step.request) : Request{};
}

TEST(RequestReader, takes_one_request_and_leaves_the_rest) {
    RequestReader reader{ReaderLimits{}};
    const std::string first = "GET /ws HTTP/1.1\r\nHost: a\r\nUpgrade: websocket\r\n\r\n";
    const auto step = reader.feed(as_bytes(first + "\x81\x80 not http"));
    ASSERT_TRUE(step.request);
    EXPECT_EQ(step.consumed, first.size());
    EXPECT_EQ(reader.state(), RequestReader::State::idle);
}

TEST(RequestReader, tells_where_it_stands) {
    using State = RequestReader::State;
    RequestReader reader{ReaderLimits{}};
    EXPECT_EQ(reader.state(), State::idle);
    std::ignore = reader.feed(as_bytes("\r\n"));
    EXPECT_EQ(reader.state(), State::idle);
    std::ignore = reader.feed(as_bytes("P"));
    EXPECT_EQ(reader.state(), State::reading_head);
    std::ignore = reader.feed(as_bytes("OST / HTTP/1.1\r\nHost: a\r\nContent-Length: 2\r\n\r\n"));
    EXPECT_EQ(reader.state(), State::reading_body);
    std::ignore = reader.feed(as_bytes("a"));
    EXPECT_EQ(reader.state(), State::reading_body);
    EXPECT_TRUE(reader.feed(as_bytes("b")).request);
    EXPECT_EQ(reader.state(), State::idle);
}

TEST(RequestReader, stays_refused) {
    RequestReader reader{ReaderLimits{}};
    EXPECT_TRUE(reader.feed(as_bytes("nonsense\r\n")).refusal);
    EXPECT_TRUE(reader.feed(as_bytes("GET / HTTP/1.1\r\nHost: a\r\n\r\n")).refusal);
}

TEST(RequestReader, makes_absolute_form_origin_form) {
    const auto target_of = [](const std::string& target, const std::string& method = "GET") {
        return read_one(method + " " + target + " HTTP/1.1\r\nHost: a:80\r\n\r\n").target;
    };
    EXPECT_EQ(target_of("http://a:80/x/y?z=1"), "/x/y?z=1");
    EXPECT_EQ(target_of("hTTpS://A:80/x"), "/x");
    EXPECT_EQ(target_of("http://a:80"), "/");
    EXPECT_EQ(target_of("http://a:80?z"), "/?z");
    EXPECT_EQ(target_of("http://a:80", "OPTIONS"), "*");
    EXPECT_EQ(target_of("http://a:80/", "OPTIONS"), "/");
    EXPECT_EQ(target_of("/http://b/"), "/http://b/");
}

TEST(RequestReader, says_when_what_it_refuses_is_a_head) {
    const auto refused_head = [](std::string_view bytes, std::size_t piece) {
        RequestReader reader{ReaderLimits{}};
        while (!bytes.empty()) {
            const auto step = reader.feed(as_bytes(bytes.substr(0, piece)));
            if (step.refusal) {
                return step.refused_head;
            }
            bytes.remove_prefix(std::max<std::size_t>(step.consumed, 1));
        }
        ADD_FAILURE() << "not refused";
        return false;
    };
    for (const std::size_t piece : {1U, 3U, 1000U}) {
        EXPECT_TRUE(refused_head("HEAD / HTTP/1.1\r\n\r\n", piece));
        EXPECT_TRUE(refused_head("\r\nHEAD / HTTP/1.1\r\nX\r\n", piece));
        EXPECT_FALSE(refused_head("GET / HTTP/1.1\r\n\r\n", piece));
        EXPECT_FALSE(refused_head("HEADER / HTTP/1.1\r\n\r\n", piece));
        EXPECT_FALSE(refused_head("HEAD / HTTP/1.1\r\nHost: a\r\n\r\nGET\r\n", piece));
    }
}

TEST(RequestReader, says_when_the_client_waits_for_100_continue) {
    const std::string head =
        "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 2\r\nExpect: 100-continue\r\n\r\n";
    RequestReader reader{ReaderLimits{}};
    EXPECT_FALSE(reader.feed(as_bytes(head.substr(0, 20))).expects_continue);
    EXPECT_TRUE(reader.feed(as_bytes(head.substr(20))).expects_continue);
    EXPECT_FALSE(reader.feed(as_bytes("a")).expects_continue);
    EXPECT_TRUE(reader.feed(as_bytes("b")).request);

    RequestReader body_came_along{ReaderLimits{}};
    EXPECT_FALSE(body_came_along.feed(as_bytes(head + "a")).expects_continue);
}

TEST(RequestReader, refuses_a_body_over_the_limit_before_it_comes) {
    RequestReader reader{ReaderLimits{.body_bytes_max = 10}};
    const auto step =
        reader.feed(as_bytes("PUT / HTTP/1.1\r\nHost: a\r\nContent-Length: 11\r\n\r\n"));
    ASSERT_TRUE(step.refusal);
    EXPECT_EQ(step.refusal->status, 413);
}

TEST(RequestReader, bounds_chunks_together) {
    RequestReader reader{ReaderLimits{.body_bytes_max = 10}};
    const std::string head = "PUT / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n";
    EXPECT_FALSE(reader.feed(as_bytes(head + "5\r\nabcde\r\n5\r\nabcde\r\n")).refusal);
    const auto step = reader.feed(as_bytes("1\r\n"));
    ASSERT_TRUE(step.refusal);
    EXPECT_EQ(step.refusal->status, 413);
}

TEST(RequestReader, honours_smaller_limits_on_the_head) {
    const std::string request = "GET / HTTP/1.1\r\nHost: a\r\n\r\n";
    RequestReader exact{ReaderLimits{.header_bytes_max = request.size(), .header_count_max = 1}};
    EXPECT_TRUE(exact.feed(as_bytes(request)).request);
    RequestReader small{ReaderLimits{.header_bytes_max = request.size() - 1}};
    EXPECT_EQ(small.feed(as_bytes(request)).refusal.value_or(Refusal{}).status, 431);
    RequestReader few{ReaderLimits{.header_count_max = 0}};
    EXPECT_EQ(few.feed(as_bytes(request)).refusal.value_or(Refusal{}).status, 431);
}

TEST(RequestReader, survives_being_moved_inside_a_request) {
    RequestReader reader{ReaderLimits{}};
    std::ignore = reader.feed(as_bytes("GET / HTTP/1.1\r\nHo"));
    RequestReader moved = std::move(reader);
    EXPECT_TRUE(moved.feed(as_bytes("st: a\r\n\r\n")).request);
}

TEST(RequestReader, knows_whether_the_connection_stays) {
    const auto keeps = [](const std::string& version, const std::string& fields) {
        return read_one("GET / HTTP/" + version + "\r\nHost: a\r\n" + fields + "\r\n").keep_alive;
    };
    EXPECT_TRUE(keeps("1.1", ""));
    EXPECT_FALSE(keeps("1.1", "Connection: close\r\n"));
    EXPECT_FALSE(keeps("1.1", "Connection: keep-alive, Close\r\n"));
    EXPECT_FALSE(keeps("1.1", "Connection: keep-alive\r\nConnection: close\r\n"));
    EXPECT_TRUE(keeps("1.1", "Connection: closer\r\n"));
    EXPECT_FALSE(keeps("1.0", ""));
    EXPECT_TRUE(keeps("1.0", "Connection: Keep-Alive\r\n"));
    EXPECT_FALSE(keeps("1.0", "Connection: keep-alive, close\r\n"));
}

TEST(Request, gives_its_parts) {
    const Request request =
        read_one("GET /a/b?x=1?y HTTP/1.1\r\nHost: a\r\nX-One:  first \t\r\nx-one: second\r\n\r\n");
    EXPECT_EQ(request.path(), "/a/b");
    EXPECT_EQ(request.query(), "x=1?y");
    EXPECT_EQ(request.header("X-ONE"), "first");
    EXPECT_EQ(request.header_count("X-One"), 2);
    EXPECT_EQ(request.joined_header("x-ONE"), "first, second");
    EXPECT_EQ(request.header("Missing"), "");
    EXPECT_EQ(request.header_count("Missing"), 0);
    EXPECT_EQ(request.joined_header("Missing"), "");
    EXPECT_EQ(request.headers[1].name, "X-One");
    EXPECT_TRUE(request.http_1_1);
    EXPECT_EQ(read_one("GET /a HTTP/1.0\r\n\r\n").query(), "");
}

INSTANTIATE_TEST_SUITE_P(
    Table,
    RequestCases,
    ::testing::ValuesIn(testing::all_families()),
    [](const ::testing::TestParamInfo<Family>& info) { return info.param.name; }
);

}  // namespace
}  // namespace parley::http
