#include "gateway/http/head_scanner.h"

#include <algorithm>

namespace parley::http {
namespace {

constexpr std::size_t kMethodBytesMax = 32;
constexpr std::size_t kTargetBytesMax = 4096;

constexpr Refusal kBadMethod{400, "malformed method"};
constexpr Refusal kLongMethod{501, "method too long"};
constexpr Refusal kBadTarget{400, "malformed request target"};
constexpr Refusal kLongTarget{414, "request target too long"};
constexpr Refusal kBadVersion{400, "malformed HTTP version"};
constexpr Refusal kUnknownVersion{505, "only HTTP/1.0 and HTTP/1.1 are spoken"};
constexpr Refusal kBareCr{400, "CR without LF"};
constexpr Refusal kFoldedLine{400, "line begins with whitespace"};
constexpr Refusal kBadName{400, "malformed field name"};
constexpr Refusal kBadValue{400, "control character in a field value"};
constexpr Refusal kTooManyFields{431, "too many header fields"};
constexpr Refusal kTooLarge{431, "header too large"};
constexpr Refusal kFramingTrailer{400, "trailer that must not be one"};

/// Framing, routing, authentication and payload fields (RFC 9110 §6.5.1): nobody sends them as
/// trailers but to confuse.
constexpr std::array<std::string_view, 16> kForbiddenTrailers{
    "authorization",
    "connection",
    "content-encoding",
    "content-length",
    "content-range",
    "content-type",
    "cookie",
    "expect",
    "host",
    "keep-alive",
    "proxy-connection",
    "set-cookie",
    "te",
    "trailer",
    "transfer-encoding",
    "upgrade",
};

}  // namespace

HeadScanner::HeadScanner(Part part, const ReaderLimits& limits) noexcept
    : part_(part),
      state_(part == Part::head ? State::method : State::field_start),
      bytes_left_(limits.header_bytes_max),
      fields_max_(limits.header_count_max) {}

std::size_t HeadScanner::feed(std::string_view bytes) {
    // What is past the limit is not looked at, so that the verdict is the same however it comes.
    const std::string_view all = bytes;
    bytes = bytes.substr(0, bytes_left_);
    const std::size_t within_limit = bytes.size();
    while (!bytes.empty() && state_ != State::done && refusal_ == nullptr) {
        const std::size_t run = run_length(bytes, run_class());
        refusal_ = take_run(bytes.substr(0, run));
        bytes.remove_prefix(run);
        if (refusal_ == nullptr && !bytes.empty()) {
            refusal_ = take(bytes.front());
            bytes.remove_prefix(1);
        }
    }
    const std::size_t taken = within_limit - bytes.size();
    bytes_left_ -= taken;
    if (refusal_ == nullptr && !done() && taken < all.size()) {
        refusal_ = &kTooLarge;
    }
    return taken;
}

/// What may come any number of times in this state without changing it.
CharClass HeadScanner::run_class() const noexcept {
    switch (state_) {
        case State::method:
        case State::field_name:
            return kTokenChar;
        case State::target:
            return kTargetChar;
        case State::field_value:
            return kValueChar;
        default:
            return 0;
    }
}

const Refusal* HeadScanner::take_run(std::string_view run) {
    if (part_ == Part::trailers && state_ == State::field_name && length_ < name_.size()) {
        const std::size_t kept = std::min(run.size(), name_.size() - length_);
        std::copy_n(run.begin(), kept, name_.begin() + static_cast<std::ptrdiff_t>(length_));
    }
    length_ += run.size();
    if (state_ == State::method && length_ > kMethodBytesMax) {
        return &kLongMethod;
    }
    if (state_ == State::target && length_ > kTargetBytesMax) {
        return &kLongTarget;
    }
    return nullptr;
}

/// A byte that ends a run, or one in a state that has no runs.
const Refusal* HeadScanner::take(char c) {
    switch (state_) {
        case State::method:
        case State::target:
        case State::escape_first:
        case State::escape_second:
            return take_in_request_line(c);
        case State::version:
            return take_in_version(c);
        case State::field_start:
            return begin_field(c);
        case State::field_name:
            return end_field_name(c);
        case State::field_value:
            state_ = State::line_feed;
            return c == '\r' ? nullptr : &kBadValue;
        case State::line_feed:
            state_ = State::field_start;
            if (c != '\n') {
                return &kBareCr;
            }
            return version_known_ ? nullptr : &kUnknownVersion;
        case State::last_line_feed:
            state_ = State::done;
            return c == '\n' ? nullptr : &kBareCr;
        case State::done:
            break;
    }
    return nullptr;
}

const Refusal* HeadScanner::take_in_request_line(char c) {
    if (state_ == State::method) {
        const bool good = c == ' ' && length_ > 0;
        state_ = State::target;
        length_ = 0;
        return good ? nullptr : &kBadMethod;
    }
    if (state_ == State::target) {
        if (c == '%') {
            state_ = State::escape_first;
            return take_run("%");
        }
        const bool good = c == ' ' && length_ > 0;
        state_ = State::version;
        length_ = 0;
        return good ? nullptr : &kBadTarget;
    }
    if (!is(c, kHexDigit)) {
        return &kBadTarget;
    }
    state_ = state_ == State::escape_first ? State::escape_second : State::target;
    ++length_;
    return state_ == State::target ? take_run({}) : nullptr;
}

const Refusal* HeadScanner::take_in_version(char c) {
    constexpr std::string_view kPattern = "HTTP/d.d\r";
    const char expected = kPattern[length_];
    const bool is_digit = c >= '0' && c <= '9';
    if (expected == 'd' ? !is_digit : c != expected) {
        return &kBadVersion;
    }
    constexpr std::size_t kMajorAt = 5;
    constexpr std::size_t kMinorAt = 7;
    if ((length_ == kMajorAt && c != '1') || (length_ == kMinorAt && c > '1')) {
        version_known_ = false;
    }
    ++length_;
    if (length_ == kPattern.size()) {
        state_ = State::line_feed;
    }
    return nullptr;
}

const Refusal* HeadScanner::begin_field(char c) {
    if (c == '\r') {
        state_ = State::last_line_feed;
        return nullptr;
    }
    if (c == ' ' || c == '\t') {
        return &kFoldedLine;
    }
    if (!is(c, kTokenChar)) {
        return &kBadName;
    }
    if (++field_count_ > fields_max_) {
        return &kTooManyFields;
    }
    state_ = State::field_name;
    length_ = 0;
    return take_run({&c, 1});
}

const Refusal* HeadScanner::end_field_name(char c) {
    if (c != ':') {
        return &kBadName;
    }
    state_ = State::field_value;
    if (part_ == Part::trailers && length_ <= name_.size()) {
        const std::string_view name{name_.data(), length_};
        const auto matches = [name](std::string_view forbidden) {
            return equals_ignoring_case(name, forbidden);
        };
        if (std::ranges::any_of(kForbiddenTrailers, matches)) {
            return &kFramingTrailer;
        }
    }
    return nullptr;
}

}  // namespace parley::http
