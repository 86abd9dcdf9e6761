#include <string>
#include <tuple>
#include <utility>

#include <gtest/gtest.h>

#include "gateway/http/http.h"

namespace parley::http {
namespace {

constexpr std::string_view kDate = "Sun, 06 Nov 1994 08:49:37 GMT";

TEST(Response, has_date_length_type_and_body) {
    const Response response{
        .status = 201,
        .content_type = "application/json",
        .headers = {{.name = "Location", .value = "/x"}},
        .body = "{}"
    };
    EXPECT_EQ(
        encode_response(response, {.date = kDate}),
        "HTTP/1.1 201 Created\r\nDate: Sun, 06 Nov 1994 08:49:37 GMT\r\nContent-Length: 2\r\n"
        "Content-Type: application/json\r\nLocation: /x\r\n\r\n{}"
    );
}

TEST(Response, keeps_the_length_but_not_the_body_for_head) {
    const Response response{.body = "hello"};
    EXPECT_EQ(
        encode_response(response, {.head_only = true}),
        "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\n"
    );
}

TEST(Response, has_neither_length_nor_body_where_none_may_be) {
    EXPECT_EQ(encode_response({.status = 204, .body = "x"}, {}), "HTTP/1.1 204 No Content\r\n\r\n");
    EXPECT_EQ(
        encode_response({.status = 304, .body = "x"}, {}), "HTTP/1.1 304 Not Modified\r\n\r\n"
    );
    EXPECT_EQ(encode_response({.status = 100}, {}), "HTTP/1.1 100 Continue\r\n\r\n");
}

TEST(Response, tells_an_empty_body_by_its_length) {
    EXPECT_EQ(encode_response({}, {}), "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n");
}

TEST(Response, names_upgrade_as_a_connection_option) {
    const Response response{.status = 426, .headers = {{.name = "Upgrade", .value = "websocket"}}};
    EXPECT_NE(encode_response(response, {}).find("\r\nConnection: Upgrade\r\n"), std::string::npos);
    EXPECT_NE(
        encode_response(response, {.keep_alive = false}).find("\r\nConnection: close, Upgrade\r\n"),
        std::string::npos
    );
}

TEST(Response, says_what_becomes_of_the_connection) {
    EXPECT_NE(
        encode_response({}, {.keep_alive = false}).find("\r\nConnection: close\r\n"),
        std::string::npos
    );
    EXPECT_NE(
        encode_response({}, {.http_1_0 = true}).find("\r\nConnection: keep-alive\r\n"),
        std::string::npos
    );
    const std::string both = encode_response({}, {.keep_alive = false, .http_1_0 = true});
    EXPECT_EQ(both.find("keep-alive"), std::string::npos);
}

using ResponseDeathTest = ::testing::Test;

TEST(ResponseDeathTest, header_injection_is_a_bug_of_ours) {
    const auto with = [](std::string name, std::string value) {
        Response response;
        response.headers.push_back({.name = std::move(name), .value = std::move(value)});
        return encode_response(response, {});
    };
    EXPECT_DEATH(with("X", "a\r\nSet-Cookie: b"), "assertion failed");
    EXPECT_DEATH(with("X", "a\nb"), "assertion failed");
    EXPECT_DEATH(with("X", std::string(1, '\0')), "assertion failed");
    EXPECT_DEATH(with("X: y\r\nZ", "a"), "assertion failed");
    EXPECT_DEATH(with("", "a"), "assertion failed");
    EXPECT_DEATH(std::ignore = encode_response({.content_type = "a\r\n"}, {}), "assertion failed");
    EXPECT_DEATH(std::ignore = encode_response({.status = 99}, {}), "assertion failed");
}

TEST(ReasonPhrase, is_known_for_every_status_that_is_used) {
    for (const int status :
         {100, 101, 200, 201, 202, 204, 206, 301, 302, 304, 400, 401, 403, 404, 405,
          409, 410, 413, 414, 415, 416, 417, 422, 426, 429, 431, 500, 501, 503, 505}) {
        EXPECT_NE(reason_phrase(status), "Unknown") << status;
    }
    EXPECT_EQ(reason_phrase(418), "Unknown");
    EXPECT_EQ(reason_phrase(413), "Content Too Large");
}

TEST(ImfDate, is_the_one_of_the_rfc) {
    EXPECT_EQ(imf_date(784111777), kDate);
    EXPECT_EQ(imf_date(0), "Thu, 01 Jan 1970 00:00:00 GMT");
    EXPECT_EQ(imf_date(951782400), "Tue, 29 Feb 2000 00:00:00 GMT");
    EXPECT_EQ(imf_date(4102444799), "Thu, 31 Dec 2099 23:59:59 GMT");
    EXPECT_EQ(imf_date(-1), "Wed, 31 Dec 1969 23:59:59 GMT");
}

}  // namespace
}  // namespace parley::http
