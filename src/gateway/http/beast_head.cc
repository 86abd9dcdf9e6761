#include "gateway/http/beast_head.h"

#include <cstdint>
#include <limits>

#include <boost/beast/http/basic_parser.hpp>

namespace parley::http {
namespace {

namespace beast = boost::beast;

class Splitter final : public beast::http::basic_parser<true> {
public:
    explicit Splitter(Request& request) : request_(request) {
        skip(true);  // the body is RequestReader's
        header_limit(std::numeric_limits<std::uint32_t>::max());
    }

private:
    using ErrorCode = beast::error_code;
    using Text = beast::string_view;

    static std::string copy(Text text) { return {text.data(), text.size()}; }

    void on_request_impl(
        beast::http::verb /*method*/, Text method, Text target, int version, ErrorCode& /*error*/
    ) override {
        request_.method = copy(method);
        request_.target = copy(target);
        request_.http_1_1 = version == 11;
    }

    void on_field_impl(
        beast::http::field /*name*/, Text name, Text value, ErrorCode& /*error*/
    ) override {
        request_.headers.push_back({.name = copy(name), .value = copy(value)});
    }

    void on_response_impl(int /*code*/, Text /*reason*/, int /*version*/, ErrorCode&) override {}
    void on_header_impl(ErrorCode& /*error*/) override {}
    void on_body_init_impl(const boost::optional<std::uint64_t>&, ErrorCode&) override {}
    std::size_t on_body_impl(Text body, ErrorCode& /*error*/) override { return body.size(); }
    void on_chunk_header_impl(std::uint64_t /*size*/, Text, ErrorCode& /*error*/) override {}
    std::size_t on_chunk_body_impl(std::uint64_t, Text body, ErrorCode&) override {
        return body.size();
    }
    void on_finish_impl(ErrorCode& /*error*/) override {}

    Request& request_;
};

}  // namespace

bool split_head(std::string_view head, Request& request) {
    Splitter splitter(request);
    beast::error_code error;
    const std::size_t used =
        splitter.put(beast::net::const_buffer{head.data(), head.size()}, error);
    return !error && used == head.size() && splitter.is_done();
}

}  // namespace parley::http
