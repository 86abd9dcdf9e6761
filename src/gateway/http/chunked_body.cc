#include "gateway/http/chunked_body.h"

#include <algorithm>

#include "gateway/http/syntax.h"

namespace parley::http {
namespace {

constexpr unsigned kSizeDigitsMax = 16;
constexpr std::size_t kExtensionBytesMax = 1024;  // over all chunks of a body

constexpr Refusal kBadSize{400, "malformed chunk size"};
constexpr Refusal kBadExtension{400, "malformed chunk extension"};
constexpr Refusal kLongExtensions{400, "chunk extensions too long"};
constexpr Refusal kBadLineEnd{400, "chunk line does not end with CRLF"};
constexpr Refusal kBadDataEnd{400, "chunk data does not end where its size says"};
constexpr Refusal kTooLarge{413, "body too large"};

constexpr bool is_space(char c) {
    return c == ' ' || c == '\t';
}

}  // namespace

ChunkedBody::ChunkedBody(const ReaderLimits& limits) noexcept
    : body_bytes_max_(limits.body_bytes_max), trailers_(HeadScanner::Part::trailers, limits) {}

std::size_t ChunkedBody::feed(std::string_view bytes, std::string& body) {
    const std::size_t given = bytes.size();
    while (!bytes.empty() && !done() && refusal_ == nullptr) {
        if (state_ == State::data) {
            const auto piece =
                static_cast<std::size_t>(std::min<std::uint64_t>(chunk_bytes_, bytes.size()));
            body.append(bytes.substr(0, piece));
            bytes.remove_prefix(piece);
            chunk_bytes_ -= piece;
            state_ = chunk_bytes_ == 0 ? State::data_carriage_return : State::data;
        } else if (state_ == State::trailers) {
            bytes.remove_prefix(trailers_.feed(bytes));
            refusal_ = trailers_.refusal();
            state_ = trailers_.done() ? State::done : State::trailers;
        } else {
            refusal_ = take(bytes.front(), body.size());
            bytes.remove_prefix(1);
        }
    }
    return given - bytes.size();
}

const Refusal* ChunkedBody::take(char c, std::size_t body_bytes) {
    switch (state_) {
        case State::size:
            return take_in_size(c, body_bytes);
        case State::size_line_feed:
            state_ = chunk_bytes_ == 0 ? State::trailers : State::data;
            size_digits_ = 0;
            return c == '\n' ? nullptr : &kBadLineEnd;
        case State::data_carriage_return:
            state_ = State::data_line_feed;
            return c == '\r' ? nullptr : &kBadDataEnd;
        case State::data_line_feed:
            state_ = State::size;
            return c == '\n' ? nullptr : &kBadDataEnd;
        default:
            break;
    }
    return ++extension_bytes_ > kExtensionBytesMax ? &kLongExtensions : take_in_extension(c);
}

const Refusal* ChunkedBody::take_in_size(char c, std::size_t body_bytes) {
    const int digit = hex_value(c);
    if (digit >= 0) {
        chunk_bytes_ = (chunk_bytes_ << 4U) | static_cast<unsigned>(digit);
        return ++size_digits_ > kSizeDigitsMax ? &kBadSize : nullptr;
    }
    if (size_digits_ == 0) {
        return &kBadSize;
    }
    if (const Refusal* bad = end_of_line_or_extension(c, &kBadSize)) {
        return bad;
    }
    return chunk_bytes_ > body_bytes_max_ - body_bytes ? &kTooLarge : nullptr;
}

/// chunk-ext = *( BWS ";" BWS chunk-ext-name [ BWS "=" BWS ( token / quoted-string ) ] ), where BWS is
/// whitespace that nobody should send and everybody must take (RFC 9110 §5.6.3).
const Refusal* ChunkedBody::take_in_extension(char c) {
    if (is_space(c)) {
        take_space();
        return nullptr;
    }
    switch (state_) {
        case State::extension_space:
            state_ = State::extension_start;
            return c == ';' ? nullptr : &kBadExtension;
        case State::extension_start:
            state_ = State::extension_name;
            return is(c, kTokenChar) ? nullptr : &kBadExtension;
        case State::extension_name:
            if (is(c, kTokenChar)) {
                return nullptr;
            }
            if (c == '=') {
                state_ = State::extension_value;
                return nullptr;
            }
            return end_of_line_or_extension(c, &kBadExtension);
        case State::name_space:
            state_ = c == '=' ? State::extension_value : State::extension_start;
            return c == '=' || c == ';' ? nullptr : &kBadExtension;
        default:
            return take_in_value(c);
    }
}

/// Whitespace stands in quotes, or around `;` and `=`; nowhere does it end a line.
void ChunkedBody::take_space() {
    switch (state_) {
        case State::extension_name:
            state_ = State::name_space;
            break;
        case State::extension_token:
        case State::extension_end:
            state_ = State::extension_space;
            break;
        case State::extension_escape:
            state_ = State::extension_quoted;
            break;
        default:
            break;
    }
}

const Refusal* ChunkedBody::take_in_value(char c) {
    switch (state_) {
        case State::extension_value:
            state_ = c == '"' ? State::extension_quoted : State::extension_token;
            return c == '"' || is(c, kTokenChar) ? nullptr : &kBadExtension;
        case State::extension_token:
            return is(c, kTokenChar) ? nullptr : end_of_line_or_extension(c, &kBadExtension);
        case State::extension_quoted:
            if (c == '"') {
                state_ = State::extension_end;
            } else if (c == '\\') {
                state_ = State::extension_escape;
            }
            return is(c, kValueChar) ? nullptr : &kBadExtension;
        case State::extension_escape:
            state_ = State::extension_quoted;
            return is(c, kValueChar) ? nullptr : &kBadExtension;
        default:
            return end_of_line_or_extension(c, &kBadExtension);
    }
}

const Refusal* ChunkedBody::end_of_line_or_extension(char c, const Refusal* otherwise) {
    if (c == '\r') {
        state_ = State::size_line_feed;
        return nullptr;
    }
    if (c == ';' || is_space(c)) {
        state_ = c == ';' ? State::extension_start : State::extension_space;
        return nullptr;
    }
    return otherwise;
}

}  // namespace parley::http
