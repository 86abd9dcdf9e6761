#include "gateway/http/static_files.h"

#include <array>
#include <string>
#include <utility>
#include <vector>

#include <gtest/gtest.h>

namespace parley::http {
namespace {

constexpr std::array kFiles{
    StaticFile{
        .path = "/",
        .content_type = "text/html; charset=utf-8",
        .tag = "aa",
        .plain = "<!doctype html>",
        .gzip = "zipped",
        .brotli = "br",
        .immutable = false
    },
    StaticFile{
        .path = "/assets/a-1.js",
        .content_type = "text/javascript",
        .tag = "bb",
        .plain = "let a",
        .gzip = "",
        .brotli = "",
        .immutable = true
    },
};

std::optional<Response> ask(
    std::string method, std::string target, std::vector<HeaderField> headers = {}
) {
    const StaticFiles files{kFiles, "default-src 'none'"};
    return files.answer(
        {.method = std::move(method),
         .target = std::move(target),
         .headers = std::move(headers),
         .body = {}}
    );
}

std::string header(const Response& response, std::string_view name) {
    for (const HeaderField& field : response.headers) {
        if (field.name == name) {
            return field.value;
        }
    }
    return {};
}

TEST(StaticFiles, answers_a_path_of_the_table_and_no_other) {
    const auto page = ask("GET", "/?from=mail");
    ASSERT_TRUE(page);
    EXPECT_EQ(page->status, 200);
    EXPECT_EQ(page->content_type, "text/html; charset=utf-8");
    EXPECT_EQ(page->body, "<!doctype html>");
    EXPECT_EQ(header(*page, "Cache-Control"), "no-cache");
    EXPECT_EQ(header(*page, "Content-Security-Policy"), "default-src 'none'");
    for (const char* path :
         {"/index.html", "/assets", "/assets/", "/assets/../", "/%2F", "//", "/a"}) {
        EXPECT_FALSE(ask("GET", path)) << path;
    }
}

TEST(StaticFiles, a_name_that_changes_with_its_bytes_is_kept_for_ever) {
    const auto script = ask("GET", "/assets/a-1.js", {{"Accept-Encoding", "br"}});
    ASSERT_TRUE(script);
    EXPECT_EQ(script->body, "let a");
    EXPECT_EQ(header(*script, "Cache-Control"), "public, max-age=31536000, immutable");
    EXPECT_EQ(header(*script, "Content-Encoding"), "");
}

TEST(StaticFiles, compresses_as_the_client_allows) {
    const std::vector<std::pair<std::string, std::string>> cases{
        {"gzip, deflate, br, zstd", "br"},
        {"gzip", "gzip"},
        {"GZIP ; q=0.5", "gzip"},
        {"br;q=0, gzip", "gzip"},
        {"br;q=0.0, gzip;q=0", ""},
        {"brotli, xgzip", ""},
        {"identity", ""},
        {"", ""},
    };
    for (const auto& [accepted, coding] : cases) {
        const auto page = ask("GET", "/", {{"accept-encoding", accepted}});
        ASSERT_TRUE(page);
        EXPECT_EQ(header(*page, "Content-Encoding"), coding) << accepted;
        EXPECT_EQ(header(*page, "Vary"), "Accept-Encoding");
        EXPECT_EQ(header(*page, "ETag"), coding.empty() ? "\"aa\"" : "\"aa-" + coding + "\"");
    }
}

TEST(StaticFiles, says_that_nothing_has_changed) {
    for (const char* tags : {R"("aa")", R"(W/"aa")", R"("x", "aa")", "*"}) {
        const auto page = ask("GET", "/", {{"If-None-Match", tags}});
        ASSERT_TRUE(page);
        EXPECT_EQ(page->status, 304) << tags;
        EXPECT_EQ(page->body, "");
        EXPECT_EQ(header(*page, "ETag"), R"("aa")");
    }
    EXPECT_EQ(ask("GET", "/", {{"If-None-Match", R"("aa-br")"}})->status, 200);
}

TEST(StaticFiles, answers_head_like_get_and_refuses_the_rest) {
    // The writer drops the body of an answer to HEAD, and keeps its length.
    EXPECT_EQ(ask("HEAD", "/")->body, "<!doctype html>");
    const auto post = ask("POST", "/assets/a-1.js");
    ASSERT_TRUE(post);
    EXPECT_EQ(post->status, 405);
    EXPECT_EQ(header(*post, "Allow"), "GET, HEAD");
}

TEST(StaticFiles, an_empty_table_has_nothing) {
    const StaticFiles files{{}, ""};
    EXPECT_FALSE(files.answer({.method = "GET", .target = "/", .headers = {}, .body = {}}));
}

}  // namespace
}  // namespace parley::http
