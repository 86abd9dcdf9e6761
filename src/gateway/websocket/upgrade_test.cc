#include <limits>
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "gateway/websocket/websocket.h"

namespace parley::websocket {
namespace {

constexpr std::size_t kNoBound = std::numeric_limits<std::size_t>::max();

UpgradeRequest good_request() {
    return {
        .method = "GET",
        .upgrade = "websocket",
        .connection = "Upgrade",
        .key = "dGhlIHNhbXBsZSBub25jZQ==",
        .key_count = 1,
        .version = "13",
    };
}

int status_of(const UpgradeRequest& request) {
    const UpgradeAnswer answer = answer_upgrade(request, "parley.v1", true);
    EXPECT_EQ(answer.problem.empty(), answer.status == 101);
    EXPECT_EQ(answer.head.starts_with("HTTP/1.1 101 "), answer.status == 101);
    return answer.status;
}

/// The extension header that answers an offer; empty when it was declined.
std::string extensions_for(std::string_view offer, std::size_t* window_bytes = nullptr) {
    UpgradeRequest request = good_request();
    request.extensions = offer;
    const UpgradeAnswer answer = answer_upgrade(request, "", true);
    EXPECT_EQ(answer.status, 101);
    constexpr std::string_view kName = "\r\nSec-WebSocket-Extensions: ";
    const std::size_t at = answer.head.find(kName);
    EXPECT_EQ(answer.deflate, at != std::string::npos);
    if (window_bytes != nullptr) {
        *window_bytes = answer.deflate_window_bytes;
    }
    if (at == std::string::npos) {
        return {};
    }
    const std::size_t start = at + kName.size();
    return answer.head.substr(start, answer.head.find("\r\n", start) - start);
}

TEST(AcceptKey, is_the_one_of_the_rfc) {
    EXPECT_EQ(accept_key("dGhlIHNhbXBsZSBub25jZQ=="), "s3pPLMBiTxaQ9kYGzzhZRbK+xOo=");
    EXPECT_EQ(accept_key("x3JJHMbDL1EzLkh9GBhXDw=="), "HSmrc0sMlYUkAGmm5OPpG2HaGWk=");
}

TEST(AnswerUpgrade, accepts_the_plainest_request) {
    const UpgradeAnswer answer = answer_upgrade(good_request(), "parley.v1", true);
    EXPECT_EQ(answer.status, 101);
    EXPECT_EQ(
        answer.head,
        "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
        "Sec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=\r\n\r\n"
    );
    EXPECT_FALSE(answer.deflate);
}

TEST(AnswerUpgrade, reads_lists_in_any_case) {
    UpgradeRequest request = good_request();
    request.upgrade = "h2c, WebSocket";
    request.connection = "keep-alive, UPGRADE";
    EXPECT_EQ(status_of(request), 101);
    request.connection = "keep-alive ,\tupgrade , x";
    EXPECT_EQ(status_of(request), 101);
}

TEST(AnswerUpgrade, refuses_what_is_not_an_upgrade) {
    const auto with = [](auto change) {
        UpgradeRequest request = good_request();
        change(request);
        return status_of(request);
    };
    EXPECT_EQ(with([](auto& r) { r.method = "POST"; }), 405);
    EXPECT_EQ(with([](auto& r) { r.method = "get"; }), 405);
    EXPECT_EQ(with([](auto& r) { r.http_1_1 = false; }), 400);
    EXPECT_EQ(with([](auto& r) { r.upgrade = ""; }), 400);
    EXPECT_EQ(with([](auto& r) { r.upgrade = "websockets"; }), 400);
    EXPECT_EQ(with([](auto& r) { r.upgrade = "h2c"; }), 400);
    EXPECT_EQ(with([](auto& r) { r.connection = ""; }), 400);
    EXPECT_EQ(with([](auto& r) { r.connection = "keep-alive"; }), 400);
    EXPECT_EQ(with([](auto& r) { r.connection = "notupgrade"; }), 400);
    EXPECT_EQ(with([](auto& r) { r.version = ""; }), 400);
}

TEST(AnswerUpgrade, names_the_version_that_it_speaks) {
    for (const char* version : {"8", "0", "14", "013", "13, 8", "+13", "13.0", "x"}) {
        UpgradeRequest request = good_request();
        request.version = version;
        const UpgradeAnswer answer = answer_upgrade(request, "", false);
        EXPECT_EQ(answer.status, 426) << version;
        EXPECT_NE(answer.head.find("\r\nSec-WebSocket-Version: 13\r\n"), std::string::npos);
        EXPECT_NE(answer.head.find("\r\nUpgrade: websocket\r\n"), std::string::npos);
        EXPECT_TRUE(answer.head.ends_with("\r\n\r\n"));
    }
}

TEST(AnswerUpgrade, wants_one_key_of_sixteen_bytes) {
    for (const char* key :
         {"",
          "x",
          "dGhlIHNhbXBsZSBub25jZQ=",
          "dGhlIHNhbXBsZSBub25jZQ",
          "dGhlIHNhbXBsZSBub25jZQ===",
          "dGhlIHNhbXBsZSBub25jZXM=",
          "dGhlIHNhbXBsZSBub25j Q==",
          "dGhlIHNhbXBsZSBub25j-Q==",
          "dGhlIHNhbXBsZSBub25jZQ==x",
          "dGhlIHNhbXBsZSBub25jZQAA",
          "dGhl=HNhbXBsZSBub25jZQ=="}) {
        UpgradeRequest request = good_request();
        request.key = key;
        EXPECT_EQ(status_of(request), 400) << key;
    }
    UpgradeRequest request = good_request();
    request.key_count = 2;
    EXPECT_EQ(status_of(request), 400);
    request.key_count = 0;
    EXPECT_EQ(status_of(request), 400);
    request = good_request();
    request.key = "+/+/+/+/+/+/+/+/+/+/+A==";
    EXPECT_EQ(status_of(request), 101);
}

TEST(AnswerUpgrade, echoes_the_subprotocol_when_it_is_offered) {
    const auto echoed = [](std::string_view offered, std::string_view ours = "parley.v1") {
        UpgradeRequest request = good_request();
        request.protocols = offered;
        const UpgradeAnswer answer = answer_upgrade(request, ours, false);
        EXPECT_EQ(answer.status, 101);
        return answer.head.find("\r\nSec-WebSocket-Protocol: parley.v1\r\n") != std::string::npos;
    };
    EXPECT_TRUE(echoed("parley.v1"));
    EXPECT_TRUE(echoed("other, parley.v1"));
    EXPECT_TRUE(echoed("other,parley.v1,x"));
    EXPECT_FALSE(echoed(""));
    EXPECT_FALSE(echoed("other"));
    EXPECT_FALSE(echoed("Parley.V1"));
    EXPECT_FALSE(echoed("parley.v12"));
    EXPECT_FALSE(echoed("parley.v1", ""));
}

TEST(AnswerUpgrade, refuses_malformed_subprotocols) {
    for (const char* offered : {",", "a,", "a,,b", "a b", "a/b", "\"parley.v1\"", "a;b"}) {
        UpgradeRequest request = good_request();
        request.protocols = offered;
        EXPECT_EQ(status_of(request), 400) << offered;
    }
}

constexpr std::string_view kAccepted =
    "permessage-deflate; server_no_context_takeover; client_no_context_takeover";

TEST(AnswerUpgrade, accepts_offers_of_permessage_deflate) {
    for (const char* offer : {
             "permessage-deflate",
             "Permessage-Deflate",
             "permessage-deflate; client_max_window_bits",
             "permessage-deflate;client_max_window_bits=8",
             "permessage-deflate; client_max_window_bits=15",
             "permessage-deflate; client_max_window_bits=\"10\"",
             "permessage-deflate; client_max_window_bits=\"1\\0\"",
             "permessage-deflate; server_no_context_takeover",
             "permessage-deflate; client_no_context_takeover; server_no_context_takeover",
             "permessage-deflate ; client_no_context_takeover ;\tclient_max_window_bits = 9",
             "x-webkit-deflate-frame, permessage-deflate; client_max_window_bits",
             "unknown; a=\"permessage-deflate, x\", permessage-deflate",
             "permessage-deflate; bad, permessage-deflate; client_max_window_bits",
             "permessage-deflate; server_max_window_bits=16, permessage-deflate",
         }) {
        std::size_t window_bytes = 0;
        EXPECT_EQ(extensions_for(offer, &window_bytes), kAccepted) << offer;
        EXPECT_EQ(window_bytes, kNoBound);
    }
}

TEST(AnswerUpgrade, declines_offers_that_are_malformed) {
    for (const char* offer : {
             "",
             "x-webkit-deflate-frame",
             "permessage-deflat",
             "permessage-deflate; unknown",
             "permessage-deflate; unknown=1",
             "permessage-deflate;",
             "permessage-deflate; ; client_max_window_bits",
             "permessage-deflate; client_max_window_bits=",
             "permessage-deflate; client_max_window_bits=7",
             "permessage-deflate; client_max_window_bits=16",
             "permessage-deflate; client_max_window_bits=08",
             "permessage-deflate; client_max_window_bits=1",
             "permessage-deflate; client_max_window_bits=150",
             "permessage-deflate; client_max_window_bits=-9",
             "permessage-deflate; client_max_window_bits=x",
             "permessage-deflate; client_max_window_bits=\"\"",
             "permessage-deflate; client_max_window_bits=\"10",
             "permessage-deflate; client_max_window_bits=\"10\\\"",
             "permessage-deflate; client_max_window_bits; client_max_window_bits",
             "permessage-deflate; client_max_window_bits; client_max_window_bits=10",
             "permessage-deflate; server_max_window_bits",
             "permessage-deflate; server_max_window_bits=7",
             "permessage-deflate; server_max_window_bits=16",
             "permessage-deflate; server_max_window_bits=9; server_max_window_bits=9",
             "permessage-deflate; server_no_context_takeover=1",
             "permessage-deflate; client_no_context_takeover=\"\"",
             "permessage-deflate; server_no_context_takeover; server_no_context_takeover",
             "permessage-deflate; client_no_context_takeover; client_no_context_takeover",
             "unknown; a=\"x, permessage-deflate",
             "permessage-deflate=1",
         }) {
        EXPECT_EQ(extensions_for(offer), "") << offer;
    }
}

TEST(AnswerUpgrade, accepts_a_small_server_window) {
    const std::string prefix = "permessage-deflate; server_max_window_bits=";
    for (int bits = 8; bits <= 15; ++bits) {
        std::size_t window_bytes = 0;
        const std::string number = std::to_string(bits);
        const std::string expected = std::string(kAccepted) + "; server_max_window_bits=" + number;
        EXPECT_EQ(extensions_for(prefix + number, &window_bytes), expected);
        EXPECT_EQ(
            window_bytes, bits == 15 ? kNoBound : std::size_t{1} << static_cast<unsigned>(bits)
        );
    }
    // The first offer that is well formed counts.
    std::size_t window_bytes = 0;
    const std::string two = prefix + "10, permessage-deflate";
    EXPECT_TRUE(extensions_for(two, &window_bytes).ends_with("server_max_window_bits=10"));
    EXPECT_EQ(window_bytes, 1024U);
}

TEST(AnswerUpgrade, compresses_only_when_allowed) {
    UpgradeRequest request = good_request();
    request.extensions = "permessage-deflate";
    const UpgradeAnswer answer = answer_upgrade(request, "", false);
    EXPECT_EQ(answer.status, 101);
    EXPECT_FALSE(answer.deflate);
    EXPECT_EQ(answer.head.find("Extensions"), std::string::npos);
}

}  // namespace
}  // namespace parley::websocket
