#include "gateway/http/request_cases_test.h"

#include <string_view>
#include <utility>

namespace parley::http::testing {
namespace {

using Cases = std::vector<Case>;
using std::string_literals::operator""s;

Case accept(std::string name, std::string bytes, std::string body = {}) {
    return {
        .name = std::move(name), .bytes = std::move(bytes), .requests = 1, .body = std::move(body)
    };
}

Case accept_many(std::string name, std::string bytes, std::size_t requests) {
    return {.name = std::move(name), .bytes = std::move(bytes), .requests = requests};
}

Case refuse(std::string name, std::string bytes, int status = 400, std::size_t before = 0) {
    return {
        .name = std::move(name), .bytes = std::move(bytes), .status = status, .requests = before
    };
}

Case wait(std::string name, std::string bytes, std::size_t before = 0) {
    return {
        .name = std::move(name), .bytes = std::move(bytes), .requests = before, .waiting = true
    };
}

std::string repeat(std::string_view text, std::size_t times) {
    std::string all;
    for (std::size_t i = 0; i < times; ++i) {
        all.append(text);
    }
    return all;
}

/// A GET with one Host and these fields.
std::string get(const std::string& fields = {}) {
    return "GET / HTTP/1.1\r\nHost: a\r\n" + fields + "\r\n";
}

std::string post(const std::string& fields, const std::string& body = {}) {
    return "POST / HTTP/1.1\r\nHost: a\r\n" + fields + "\r\n" + body;
}

std::string chunked(const std::string& body) {
    return post("Transfer-Encoding: chunked\r\n", body);
}

std::string with_target(const std::string& target, const std::string& method = "GET") {
    return method + " " + target + " HTTP/1.1\r\nHost: a\r\n\r\n";
}

std::string with_version(const std::string& version) {
    return "GET / " + version + "\r\nHost: a\r\n\r\n";
}

std::string with_host(const std::string& host) {
    return "GET / HTTP/1.1\r\nHost: " + host + "\r\n\r\n";
}

Cases request_line_cases() {
    return {
        accept("baseline", get()),
        accept("leading_crlf", "\r\n" + get()),
        accept("four_leading_crlf", "\r\n\r\n\r\n\r\n" + get()),
        refuse("five_leading_crlf", "\r\n\r\n\r\n\r\n\r\n" + get()),
        refuse("leading_lf", "\n" + get()),
        refuse("leading_bare_cr", "\r" + get()),
        refuse("leading_space", " " + get()),
        refuse("bare_lf_request_line", "GET / HTTP/1.1\nHost: a\r\n\r\n"),
        refuse("bare_cr_request_line", "GET / HTTP/1.1\rHost: a\r\n\r\n"),
        refuse("cr_only_line_endings", "GET / HTTP/1.1\rHost: a\r\r"),
        refuse("two_spaces_before_target", "GET  / HTTP/1.1\r\nHost: a\r\n\r\n"),
        refuse("two_spaces_before_version", "GET /  HTTP/1.1\r\nHost: a\r\n\r\n"),
        refuse("tab_in_request_line", "GET\t/ HTTP/1.1\r\nHost: a\r\n\r\n"),
        refuse("missing_target", "GET HTTP/1.1\r\nHost: a\r\n\r\n"),
        refuse("empty_target", "GET  HTTP/1.1\r\nHost: a\r\n\r\n"),
        refuse("http_0_9", "GET /\r\n"),
        refuse("binary_garbage", "\x16\x03\x01\x02\x00\x01\x00\x01\xFC\x03\x03"s),
        refuse("http_2_preface", "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", 505),
        refuse("empty_method", " / HTTP/1.1\r\nHost: a\r\n\r\n"),
        refuse("method_not_a_token", "G\"T / HTTP/1.1\r\nHost: a\r\n\r\n"),
        accept("method_of_32", repeat("M", 32) + " / HTTP/1.1\r\nHost: a\r\n\r\n"),
        refuse("method_of_33", repeat("M", 33) + " / HTTP/1.1\r\nHost: a\r\n\r\n", 501),
        accept("lower_case_method", "get / HTTP/1.1\r\nHost: a\r\n\r\n"),
        accept("unknown_method", "FOO / HTTP/1.1\r\nHost: a\r\n\r\n"),
        refuse("connect", "CONNECT a:443 HTTP/1.1\r\nHost: a:443\r\n\r\n"),
        refuse("http_1_2", with_version("HTTP/1.2"), 505),
        refuse("http_2_0", with_version("HTTP/2.0"), 505),
        refuse("http_0_9_spelled", with_version("HTTP/0.9"), 505),
        refuse("version_lower_case", with_version("http/1.1")),
        refuse("version_misspelled", with_version("HTPP/1.1")),
        refuse("version_without_minor", with_version("HTTP/1")),
        refuse("version_with_empty_minor", with_version("HTTP/1.")),
        refuse("version_leading_zero", with_version("HTTP/01.1")),
        refuse("version_three_digits", with_version("HTTP/1.10")),
        refuse("version_comma", with_version("HTTP/1,1")),
        refuse("version_space_inside", with_version("HTTP/ 1.1")),
        refuse("version_trailing_space", with_version("HTTP/1.1 ")),
        refuse("version_trailing_tab", with_version("HTTP/1.1\t")),
        wait("incomplete", "GET / HTTP/1.1\r\nHost: a\r\n"),
        wait("incomplete_line", "GET / HT"),
        {.name = "nothing", .bytes = ""},
        {.name = "only_a_newline", .bytes = "\r\n"},
    };
}

Cases target_cases() {
    return {
        accept("target_all_letters", with_target("/aZ09-._~!$&'()*+,;=:@/?x=y/?")),
        accept("target_escapes", with_target("/%41%c3%A9?q=%20")),
        accept("target_two_slashes", with_target("//a")),
        accept("target_query_only", with_target("/?")),
        accept("target_escaped_nul", with_target("/%00")),
        accept("target_escaped_crlf", with_target("/%0d%0aX:y")),
        accept("target_dots", with_target("/a/../b")),
        refuse("target_fragment", with_target("/#x")),
        refuse("target_bad_escape", with_target("/%4g")),
        refuse("target_cut_escape", with_target("/%4")),
        refuse("target_lone_percent", with_target("/%")),
        refuse("target_non_ascii", with_target("/\xC3\xA9")),
        refuse("target_overlong_utf8", with_target("/\xC0\xAF")),
        refuse("target_nul", with_target("/\0"s)),
        refuse("target_del", with_target("/\x7F")),
        refuse("target_control", with_target("/\x01")),
        refuse("target_space", with_target("/a b")),
        refuse("target_backslash", with_target("/a\\b")),
        refuse("target_quote", with_target("/\"")),
        refuse("target_angle", with_target("/<script>")),
        refuse("target_brace", with_target("/{a}")),
        refuse("target_pipe", with_target("/a|b")),
        refuse("target_caret", with_target("/^")),
        refuse("target_backquote", with_target("/`")),
        refuse("target_bracket", with_target("/[a]")),
        refuse("target_relative", with_target("a/b")),
        refuse("target_query_without_path", with_target("?a=b")),
        accept("target_absolute_form", with_target("http://a/")),
        accept("target_absolute_form_https", with_target("HTTPS://A/x?y")),
        accept("target_absolute_form_no_path", with_target("http://a")),
        accept("target_absolute_form_query", with_target("http://a?x=1")),
        accept(
            "target_absolute_form_ipv6", "GET http://[::1]:80/ HTTP/1.1\r\nHost: [::1]:80\r\n\r\n"
        ),
        accept("target_absolute_form_options", with_target("http://a", "OPTIONS")),
        accept("target_absolute_form_on_1_0", "GET http://a/ HTTP/1.0\r\n\r\n"),
        refuse("target_absolute_form_without_host", "GET http://a/ HTTP/1.1\r\n\r\n"),
        refuse("target_absolute_form_other_host", with_target("http://b/")),
        refuse("target_absolute_form_other_port", with_target("http://a:81/")),
        refuse("target_absolute_form_userinfo", with_target("http://u@a/")),
        refuse("target_absolute_form_no_host", with_target("http:///")),
        refuse("target_absolute_form_brackets_in_path", with_target("http://a/[x]")),
        refuse("target_absolute_form_two_schemes", with_target("http://http://a/")),
        refuse("target_absolute_form_other_scheme", with_target("ftp://a/")),
        refuse("target_absolute_form_no_slashes", with_target("http:a/")),
        accept("options_star", with_target("*", "OPTIONS")),
        refuse("get_star", with_target("*")),
        refuse("options_two_stars", with_target("**", "OPTIONS")),
        refuse("options_star_path", with_target("*/", "OPTIONS")),
        accept("target_of_4096", with_target("/" + std::string(4095, 'a'))),
        refuse("target_of_4097", with_target("/" + std::string(4096, 'a')), 414),
        refuse("target_of_100000", with_target("/" + std::string(100000, 'a')), 414),
        refuse("target_escapes_over_limit", with_target("/" + repeat("%41", 1400)), 414),
    };
}

Cases host_cases() {
    return {
        refuse("host_missing", "GET / HTTP/1.1\r\n\r\n"),
        accept("host_missing_on_1_0", "GET / HTTP/1.0\r\n\r\n"),
        refuse("host_twice", with_host("a\r\nHost: b")),
        refuse("host_twice_the_same", with_host("a\r\nHost: a")),
        refuse("host_twice_other_case", with_host("a\r\nhOsT: a")),
        refuse("host_twice_on_1_0", "GET / HTTP/1.0\r\nHost: a\r\nHost: b\r\n\r\n"),
        refuse("host_empty", with_host("")),
        refuse("host_blank", with_host(" \t")),
        refuse("host_userinfo", with_host("u@a")),
        refuse("host_password", with_host("u:p@a")),
        refuse("host_path", with_host("a/b")),
        refuse("host_query", with_host("a?b")),
        refuse("host_fragment", with_host("a#b")),
        refuse("host_list", with_host("a, b")),
        refuse("host_list_tight", with_host("a,b")),
        refuse("host_space", with_host("a b")),
        refuse("host_url", with_host("http://a")),
        refuse("host_non_ascii", with_host("\xC3\xA9")),
        refuse("host_backslash", with_host("a\\b")),
        refuse("host_only_port", with_host(":80")),
        refuse("host_port_letters", with_host("a:b")),
        refuse("host_port_too_high", with_host("a:65536")),
        refuse("host_port_sign", with_host("a:+80")),
        refuse("host_port_long", with_host("a:000080")),
        refuse("host_two_ports", with_host("a:1:2")),
        refuse("host_bad_escape", with_host("a%4")),
        refuse("host_open_bracket", with_host("[::1")),
        refuse("host_empty_brackets", with_host("[]")),
        refuse("host_letters_in_brackets", with_host("[xyz]")),
        refuse("host_text_after_brackets", with_host("[::1]a")),
        accept("host_name", with_host("chat.example.org")),
        accept("host_port", with_host("a:8080")),
        accept("host_highest_port", with_host("a:65535")),
        accept("host_empty_port", with_host("a:")),
        accept("host_ipv4", with_host("127.0.0.1:80")),
        accept("host_ipv6", with_host("[::1]:80")),
        accept("host_ipv6_with_ipv4", with_host("[::ffff:127.0.0.1]")),
        accept("host_escape", with_host("%41")),
        accept("host_underscore", with_host("my_host")),
        accept("host_blanks_around", with_host(" \ta\t ")),
    };
}

Cases field_cases() {
    return {
        refuse("bare_lf_field", "GET / HTTP/1.1\r\nHost: a\nX: y\r\n\r\n"),
        refuse("bare_lf_end", "GET / HTTP/1.1\r\nHost: a\r\n\n"),
        refuse("bare_cr_field", get("X: a\rb\r\n")),
        refuse("bare_cr_end", "GET / HTTP/1.1\r\nHost: a\r\n\rX"),
        refuse("cr_cr_lf", get("X: a\r\r\n")),
        refuse("folded_line", get("X: a\r\n b\r\n")),
        refuse("folded_line_tab", get("X: a\r\n\tb\r\n")),
        refuse("folded_te", post("Transfer-Encoding:\r\n chunked\r\n", "0\r\n\r\n")),
        refuse(
            "folded_options_te",
            "OPTIONS / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding:\r\n chunked\r\n\r\n"
        ),
        refuse("whitespace_before_fields", "GET / HTTP/1.1\r\n Host: a\r\n\r\n"),
        refuse("whitespace_only_line", "GET / HTTP/1.1\r\nHost: a\r\n \r\n\r\n"),
        refuse("space_before_colon", "GET / HTTP/1.1\r\nHost : a\r\n\r\n"),
        refuse("tab_before_colon", "GET / HTTP/1.1\r\nHost\t: a\r\n\r\n"),
        refuse("space_before_colon_cl", post("Content-Length : 5\r\n", "hello")),
        refuse("space_before_colon_te", post("Transfer-Encoding : chunked\r\n", "0\r\n\r\n")),
        refuse("empty_name", get(": x\r\n")),
        refuse("no_colon", get("foo\r\n")),
        refuse("name_with_space", get("X Y: z\r\n")),
        refuse("name_with_tab", get("X\tY: z\r\n")),
        refuse("name_with_slash", get("X/Y: z\r\n")),
        refuse("name_with_bracket", get("X[Y]: z\r\n")),
        refuse("name_non_ascii", get("X\xC3\xA9: 1\r\n")),
        refuse("name_nul", get("X\0: 1\r\n"s)),
        refuse("value_nul", get("X: a\0b\r\n"s)),
        refuse("value_bell", get("X: a\ab\r\n")),
        refuse("value_escape", get("X: \x1B[0m\r\n")),
        refuse("value_del", get("X: \x7F\r\n")),
        refuse("value_vertical_tab", get("X: \va\r\n")),
        refuse("cookie_nul", get("Cookie: a=\0\r\n"s)),
        refuse("cookie_control", get("Cookie: a=\x01\r\n")),
        accept("cookie_empty", get("Cookie: \r\n")),
        accept("cookie_malformed", get("Cookie: ===;;;\r\n")),
        accept("cookie_twice", get("Cookie: a=b\r\nCookie: c=d\r\n")),
        accept("value_empty", get("X:\r\n")),
        accept("value_without_space", get("X:y\r\n")),
        accept("value_tab_inside", get("X: a\tb\r\n")),
        accept("value_obs_text", get("X: \xE9\xFF\r\n")),
        accept("name_all_marks", get("!#$%&'*+-.^_`|~9zZ: x\r\n")),
        accept("content_type_twice", get("Content-Type: a\r\nContent-Type: b\r\n")),
        accept("upgrade_without_connection", get("Upgrade: websocket\r\n")),
        accept("accept_nonsense", get("Accept: nonsense\r\n")),
        accept("range_nonsense", get("Range: bytes=x-\r\n")),
    };
}

Cases content_length_cases() {
    const auto length = [](const std::string& value) {
        return post("Content-Length:" + value + "\r\n", "hello");
    };
    return {
        accept("cl_body", length(" 5"), "hello"),
        accept("cl_zero", post("Content-Length: 0\r\n")),
        accept("cl_none", post("")),
        accept("cl_trailing_space", length(" 5 "), "hello"),
        accept("cl_leading_spaces", length("   5"), "hello"),
        accept("cl_tab", length("\t5"), "hello"),
        accept("cl_no_space", length("5"), "hello"),
        accept("cl_underscore_is_another_field", post("Content_Length: 5\r\n")),
        wait("cl_undersend", post("Content-Length: 10\r\n", "hello")),
        wait("cl_before_body", post("Content-Length: 5\r\n")),
        refuse("cl_letters", length(" abc")),
        refuse("cl_plus", length(" +5")),
        refuse("cl_minus", length(" -5")),
        refuse("cl_minus_zero", length(" -0")),
        refuse("cl_hex", length(" 0x5")),
        refuse("cl_octal", length(" 0o5")),
        refuse("cl_leading_zeros", length(" 005")),
        refuse("cl_double_zero", length(" 00")),
        refuse("cl_octal_lookalike", length(" 0200")),
        refuse("cl_inner_space", length(" 5 5")),
        refuse("cl_underscore", length(" 1_0")),
        refuse("cl_empty", length(" ")),
        refuse("cl_fraction", length(" 5.0")),
        refuse("cl_exponent", length(" 5e0")),
        refuse("cl_list_same", length(" 5, 5")),
        refuse("cl_list_different", length(" 5, 6")),
        refuse("cl_list_triple", length(" 5,5,5")),
        refuse("cl_trailing_comma", length(" 5,")),
        refuse("cl_twice_same", length(" 5\r\nContent-Length: 5")),
        refuse("cl_twice_different", length(" 5\r\nContent-Length: 6")),
        refuse("cl_twice_other_case", length(" 5\r\ncontent-length: 5")),
        refuse("cl_overflow", length(" 99999999999999999999999")),
        refuse("cl_2_to_the_64", length(" 18446744073709551621")),
        refuse("cl_vertical_tab", length(" \v5")),
        refuse("cl_fullwidth_digit", length(" \xEF\xBC\x95")),
        refuse("cl_over_limit", length(" 131073"), 413),
        refuse("cl_huge", length(" 999999999999999999"), 413),
        wait("cl_at_limit", post("Content-Length: 131072\r\n")),
        accept(
            "get_with_body", "GET / HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\n\r\nhello", "hello"
        ),
        accept(
            "head_with_body",
            "HEAD / HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\n\r\nhello",
            "hello"
        ),
        accept(
            "options_with_body",
            "OPTIONS / HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\n\r\nhello",
            "hello"
        ),
        accept("cl_on_1_0", "POST / HTTP/1.0\r\nContent-Length: 5\r\n\r\nhello", "hello"),
        accept("trace", with_target("/", "TRACE")),
        accept("trace_empty_body", "TRACE / HTTP/1.1\r\nHost: a\r\nContent-Length: 0\r\n\r\n"),
        refuse("trace_with_body", "TRACE / HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\n\r\nhello"),
        refuse(
            "trace_chunked",
            "TRACE / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n"
        ),
    };
}

Cases transfer_encoding_cases() {
    const auto coding = [](const std::string& value) {
        return post("Transfer-Encoding:" + value + "\r\n", "0\r\n\r\n");
    };
    return {
        accept("te_chunked", coding(" chunked")),
        accept("te_no_space", coding("chunked")),
        accept("te_tab_before", coding("\tchunked")),
        accept("te_trailing_space", coding(" chunked ")),
        accept("te_other_case", coding(" Chunked")),
        accept("te_name_other_case", post("TRANSFER-ENCODING: chunked\r\n", "0\r\n\r\n")),
        accept("te_underscore_is_another_field", post("Transfer_Encoding: chunked\r\n")),
        refuse("te_xchunked", coding(" xchunked"), 501),
        refuse("te_identity", coding(" identity"), 501),
        refuse("te_gzip", coding(" gzip"), 501),
        refuse("te_gzip_chunked", coding(" gzip, chunked"), 501),
        refuse("te_chunked_identity", coding(" chunked, identity")),
        refuse("te_chunked_gzip", coding(" chunked, gzip")),
        refuse("te_chunked_chunked", coding(" chunked, chunked")),
        refuse("te_leading_comma", coding(" , chunked")),
        refuse("te_trailing_comma", coding(" chunked,")),
        refuse("te_empty", coding(" ")),
        refuse("te_parameters", coding(" chunked;a=b")),
        refuse("te_quoted", coding(" \"chunked\"")),
        refuse("te_two_words", coding(" chunked x")),
        refuse("te_vertical_tab", coding(" \vchunked")),
        refuse("te_form_feed", coding(" \fchunked")),
        refuse("te_nul", coding(" chunked\0"s)),
        refuse("te_non_ascii", coding(" chunked\xA0")),
        refuse("te_twice", coding(" chunked\r\nTransfer-Encoding: chunked")),
        refuse("te_twice_identity", coding(" chunked\r\nTransfer-Encoding: identity")),
        refuse("te_identity_first", coding(" identity\r\nTransfer-Encoding: chunked")),
        refuse(
            "te_on_1_0", "POST / HTTP/1.0\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n"
        ),
        refuse("te_after_cl", coding(" chunked\r\nContent-Length: 5")),
        refuse(
            "te_before_cl", post("Content-Length: 5\r\nTransfer-Encoding: chunked\r\n", "0\r\n\r\n")
        ),
        refuse(
            "te_and_cl_zero",
            post("Content-Length: 0\r\nTransfer-Encoding: chunked\r\n", "0\r\n\r\n")
        ),
        refuse(
            "te_identity_and_cl",
            post("Content-Length: 5\r\nTransfer-Encoding: identity\r\n", "hello")
        ),
        refuse(
            "te_obs_fold_and_cl",
            post("Content-Length: 5\r\nTransfer-Encoding:\r\n chunked\r\n", "0\r\n\r\n")
        ),
    };
}

Cases chunk_cases() {
    return {
        accept("chunk_one", chunked("3\r\nabc\r\n0\r\n\r\n"), "abc"),
        accept("chunk_many", chunked("3\r\nabc\r\n2\r\nde\r\n1\r\nf\r\n0\r\n\r\n"), "abcdef"),
        accept("chunk_empty", chunked("0\r\n\r\n")),
        accept("chunk_hex_upper", chunked("A\r\n0123456789\r\n0\r\n\r\n"), "0123456789"),
        accept("chunk_hex_lower", chunked("a\r\n0123456789\r\n0\r\n\r\n"), "0123456789"),
        accept("chunk_leading_zeros", chunked("0003\r\nabc\r\n000\r\n\r\n"), "abc"),
        accept("chunk_data_with_crlf", chunked("4\r\n\r\n\r\n\r\n0\r\n\r\n"), "\r\n\r\n"),
        accept("chunk_ext_name", chunked("3;a\r\nabc\r\n0\r\n\r\n"), "abc"),
        accept("chunk_ext_token", chunked("3;a=b\r\nabc\r\n0\r\n\r\n"), "abc"),
        accept("chunk_ext_quoted", chunked("3;a=\"b \\\" c\"\r\nabc\r\n0\r\n\r\n"), "abc"),
        accept("chunk_ext_two", chunked("3;a;b=c\r\nabc\r\n0;d=e\r\n\r\n"), "abc"),
        wait("chunk_no_final", chunked("3\r\nabc\r\n")),
        wait("chunk_no_last_crlf", chunked("3\r\nabc\r\n0\r\n")),
        refuse("chunk_hex_prefix", chunked("0x3\r\nabc\r\n0\r\n\r\n")),
        refuse("chunk_plus", chunked("+3\r\nabc\r\n0\r\n\r\n")),
        refuse("chunk_minus", chunked("-3\r\nabc\r\n0\r\n\r\n")),
        refuse("chunk_underscore", chunked("1_0\r\nabc\r\n0\r\n\r\n")),
        refuse("chunk_leading_space", chunked(" 3\r\nabc\r\n0\r\n\r\n")),
        refuse("chunk_trailing_space", chunked("3 \r\nabc\r\n0\r\n\r\n")),
        refuse("chunk_no_size", chunked("\r\nabc\r\n0\r\n\r\n")),
        refuse("chunk_size_letters", chunked("xyz\r\nabc\r\n0\r\n\r\n")),
        refuse("chunk_overflow", chunked("FFFFFFFFFFFFFFFFF\r\nabc\r\n0\r\n\r\n")),
        refuse("chunk_huge", chunked("FFFFFFFFFFFFFFFF\r\nabc\r\n0\r\n\r\n"), 413),
        refuse("chunk_over_limit", chunked("20001\r\n"), 413),
        wait("chunk_at_limit", chunked("20000\r\n")),
        refuse("chunks_over_limit", chunked("1\r\na\r\n20000\r\n"), 413),
        refuse("chunk_lf_after_size", chunked("3\nabc\r\n0\r\n\r\n")),
        refuse("chunk_cr_after_size", chunked("3\rabc\r\n0\r\n\r\n")),
        refuse("chunk_lf_after_data", chunked("3\r\nabc\n0\r\n\r\n")),
        refuse("chunk_cr_after_data", chunked("3\r\nabc\r0\r\n\r\n")),
        refuse("chunk_no_crlf_after_data", chunked("3\r\nabc0\r\n\r\n")),
        refuse("chunk_lf_lf_after_data", chunked("3\r\nabc\n\n0\r\n\r\n")),
        refuse("chunk_x_lf_after_data", chunked("3\r\nabcx\n0\r\n\r\n")),
        refuse("chunk_no_second_size", chunked("3\r\nabc\r\n\r\n\r\n")),
        accept("chunk_thirty", chunked(repeat("1\r\nx\r\n", 30) + "0\r\n\r\n")),
        refuse("chunk_spill", chunked("3\r\nabcd\r\n0\r\n\r\n")),
        refuse("chunk_short", chunked("5\r\nabc\r\n0\r\n\r\n")),
        refuse("chunk_ext_bare_semicolon", chunked("3;\r\nabc\r\n0\r\n\r\n")),
        refuse("chunk_ext_no_name", chunked("3;=b\r\nabc\r\n0\r\n\r\n")),
        refuse("chunk_ext_no_value", chunked("3;a=\r\nabc\r\n0\r\n\r\n")),
        refuse("chunk_ext_bad_token", chunked("3;a@=b\r\nabc\r\n0\r\n\r\n")),
        accept(
            "chunk_ext_space", chunked("3 ;\ta = \"b\" ; c\t; d=\te\r\nabc\r\n0\r\n\r\n"), "abc"
        ),
        refuse("chunk_ext_space_at_end", chunked("3;a=b \r\nabc\r\n0\r\n\r\n")),
        refuse("chunk_ext_space_behind_name", chunked("3;a \r\nabc\r\n0\r\n\r\n")),
        refuse("chunk_ext_space_behind_semicolon", chunked("3; \r\nabc\r\n0\r\n\r\n")),
        refuse("chunk_ext_space_for_semicolon", chunked("3 a=b\r\nabc\r\n0\r\n\r\n")),
        refuse("chunk_ext_two_names", chunked("3;a b\r\nabc\r\n0\r\n\r\n")),
        refuse("chunk_ext_quoted_space_at_end", chunked("3;a=\"b\" \r\nabc\r\n0\r\n\r\n")),
        refuse("chunk_ext_control", chunked("3;a=\x01\r\nabc\r\n0\r\n\r\n")),
        refuse("chunk_ext_lf", chunked("3;a\nb\r\nabc\r\n0\r\n\r\n")),
        refuse("chunk_ext_cr", chunked("3;a\rb\r\nabc\r\n0\r\n\r\n")),
        refuse("chunk_ext_quoted_cr", chunked("3;a=\"\r\n\"\r\nabc\r\n0\r\n\r\n")),
        refuse("chunk_ext_text_after_quotes", chunked("3;a=\"b\"c\r\nabc\r\n0\r\n\r\n")),
        refuse("chunk_ext_64k", chunked("3;a=" + std::string(65536, 'b') + "\r\nabc\r\n0\r\n\r\n")),
        refuse(
            "chunk_ext_many", chunked(repeat("1;abcdefghi=jklmnop\r\nx\r\n", 100) + "0\r\n\r\n")
        ),
        refuse("chunk_size_digits", chunked(std::string(17, '0') + "\r\n\r\n")),
    };
}

Cases trailer_cases() {
    const auto trailer = [](const std::string& fields) {
        return chunked("3\r\nabc\r\n0\r\n" + fields + "\r\n");
    };
    return {
        accept("trailer", trailer("X-Sum: 1\r\n"), "abc"),
        accept("trailer_two", trailer("X: 1\r\nY: 2\r\n"), "abc"),
        accept("trailer_long_name", trailer(std::string(300, 'x') + ": 1\r\n"), "abc"),
        accept("trailer_prefix_of_framing", trailer("Transfer-Encodin: 1\r\n"), "abc"),
        accept("trailer_framing_and_more", trailer("Transfer-Encodings-Of: 1\r\n"), "abc"),
        refuse("trailer_cl", trailer("Content-Length: 5\r\n")),
        refuse("trailer_te", trailer("Transfer-Encoding: chunked\r\n")),
        refuse("trailer_te_other_case", trailer("tRANSFER-eNCODING: chunked\r\n")),
        refuse("trailer_host", trailer("Host: b\r\n")),
        refuse("trailer_authorization", trailer("Authorization: Bearer x\r\n")),
        refuse("trailer_content_type", trailer("Content-Type: x\r\n")),
        refuse("trailer_cookie", trailer("Cookie: a=b\r\n")),
        refuse("trailer_connection", trailer("Connection: close\r\n")),
        refuse("trailer_bare_cr_end", chunked("0\r\n\rX")),
        refuse("trailer_lf", chunked("0\r\n\n")),
        refuse("trailer_lf_field", chunked("0\r\nX: y\n\r\n")),
        refuse("trailer_bare_cr", chunked("0\r\nX: y\rz\r\n\r\n")),
        refuse("trailer_folded", trailer("X: y\r\n z\r\n")),
        refuse("trailer_no_colon", trailer("X\r\n")),
        refuse("trailer_space_before_colon", trailer("X : y\r\n")),
        refuse("trailer_nul", trailer("X: \0\r\n"s)),
        refuse("trailer_too_large", trailer("X: " + std::string(9000, 'x') + "\r\n"), 431),
        refuse("trailer_too_many", trailer(repeat("X: y\r\n", 101)), 431),
    };
}

Cases limit_cases() {
    // "GET / HTTP/1.1", "Host: a", "X: " and the ends of four lines.
    const std::size_t overhead = get("X: \r\n").size();
    return {
        accept("header_of_8192", get("X: " + std::string(8192 - overhead, 'x') + "\r\n")),
        refuse("header_of_8193", get("X: " + std::string(8193 - overhead, 'x') + "\r\n"), 431),
        refuse("header_value_100000", get("X: " + std::string(100000, 'x') + "\r\n"), 431),
        refuse("header_name_100000", get(std::string(100000, 'x') + ": y\r\n"), 431),
        refuse("cookie_oversized", get("Cookie: a=" + std::string(20000, 'x') + "\r\n"), 431),
        accept("fields_100", get(repeat("X: y\r\n", 99))),
        refuse("fields_101", get(repeat("X: y\r\n", 100)), 431),
        refuse("fields_10000", get(repeat("X: y\r\n", 10000)), 431),
        refuse("method_100000", std::string(100000, 'M') + " / HTTP/1.1\r\n\r\n", 501),
        accept(
            "expect_continue",
            post("Content-Length: 5\r\nExpect: 100-continue\r\n", "hello"),
            "hello"
        ),
        accept("expect_other_case", post("Content-Length: 5\r\nExpect: 100-Continue\r\n", "hello")),
        accept("expect_without_body", get("Expect: 100-continue\r\n")),
        refuse("expect_unknown", post("Content-Length: 5\r\nExpect: 200-ok\r\n", "hello"), 417),
        refuse("expect_two", get("Expect: 100-continue\r\nExpect: 100-continue\r\n"), 417),
        accept("expect_unknown_on_1_0", "GET / HTTP/1.0\r\nExpect: x\r\n\r\n"),
    };
}

/// What would be one request too many, or one too few, for a server that reads them differently.
Cases pipeline_cases() {
    const std::string smuggled = "GET /admin HTTP/1.1\r\nHost: a\r\n\r\n";
    const std::string length = "Content-Length: " + std::to_string(smuggled.size()) + "\r\n";
    const std::string both = "Content-Length: 6\r\nTransfer-Encoding: chunked\r\n";
    return {
        accept_many("pipeline_two", get() + get(), 2),
        accept_many(
            "pipeline_bodies",
            post("Content-Length: 5\r\n", "hello") + get() + chunked("1\r\nx\r\n0\r\n\r\n") + get(),
            4
        ),
        accept_many(
            "pipeline_crlf_between", post("Content-Length: 2\r\n", "ab") + "\r\n" + get(), 2
        ),
        accept_many("pipeline_twenty", repeat(get(), 20), 20),
        accept_many("after_connection_close", get("Connection: close\r\n") + get(), 2),
        accept_many("cl_zero_then_get", post("Content-Length: 0\r\n", smuggled), 2),
        accept_many("no_cl_then_get", post("", smuggled), 2),
        accept_many(
            "get_cl_covers_request",
            "GET / HTTP/1.1\r\nHost: a\r\n" + length + "\r\n" + smuggled + get(),
            2
        ),
        accept_many(
            "options_cl_covers_request",
            "OPTIONS / HTTP/1.1\r\nHost: a\r\n" + length + "\r\n" + smuggled + get(),
            2
        ),
        accept_many(
            "expect_then_body_then_get",
            post("Content-Length: 5\r\nExpect: 100-continue\r\n", "hello" + smuggled),
            2
        ),
        accept_many("chunked_then_get", chunked("0\r\n\r\n" + smuggled), 2),
        refuse("chunked_then_garbage", chunked("0\r\n\r\n\x01"), 400, 1),
        refuse("cl_short_of_body", post("Content-Length: 2\r\n", "ab: cd\r\n\r\n"), 400, 1),
        wait("second_incomplete", get() + "GET / HTTP/1.1\r\n", 1),
        refuse("cl_te_pipeline", post(both, "0\r\n\r\n" + smuggled)),
        refuse(
            "te_cl_pipeline",
            post("Transfer-Encoding: chunked\r\nContent-Length: 4\r\n", "5c\r\n" + smuggled)
        ),
        refuse("cl_te_connection_close", post(both + "Connection: close\r\n", "0\r\n\r\nG")),
        refuse("cl_te_head", "HEAD / HTTP/1.1\r\nHost: a\r\n" + both + "\r\n0\r\n\r\n" + smuggled),
        refuse(
            "cl_plus_te",
            post("Content-Length: +6\r\nTransfer-Encoding: chunked\r\n", "0\r\n\r\n" + smuggled)
        ),
        refuse(
            "cl_text_te",
            post("Content-Length: N\r\nTransfer-Encoding: chunked\r\n", "0\r\n\r\n" + smuggled)
        ),
        refuse("duplicate_cl_smuggled", post("Content-Length: 0\r\n" + length, smuggled)),
        refuse(
            "te_duplicate_smuggled",
            post("Transfer-Encoding: chunked\r\nTransfer-Encoding: cow\r\n", "0\r\n\r\n" + smuggled)
        ),
        refuse(
            "te_comma_smuggled",
            post("Content-Length: 6\r\nTransfer-Encoding: , chunked\r\n", "0\r\n\r\n" + smuggled)
        ),
        refuse("chunk_size_desync", chunked("0x0\r\n\r\n" + smuggled)),
        refuse("chunk_ext_lf_desync", chunked("2;\nxx\r\n0\r\n\r\n" + smuggled)),
    };
}

}  // namespace

std::vector<Family> all_families() {
    return {
        {"request_line", request_line_cases()},
        {"target", target_cases()},
        {"host", host_cases()},
        {"field", field_cases()},
        {"content_length", content_length_cases()},
        {"transfer_encoding", transfer_encoding_cases()},
        {"chunk", chunk_cases()},
        {"trailer", trailer_cases()},
        {"limit", limit_cases()},
        {"pipeline", pipeline_cases()},
    };
}

}  // namespace parley::http::testing
