#include <algorithm>
#include <optional>
#include <utility>

#include "gateway/http/beast_head.h"
#include "gateway/http/chunked_body.h"
#include "gateway/http/head_scanner.h"
#include "gateway/http/http.h"
#include "gateway/http/rules.h"

namespace parley::http {
namespace {

constexpr Refusal kNewlines{400, "too many empty lines"};
constexpr Refusal kBareNewline{400, "CR and LF come together"};
constexpr Refusal kDisagreement{400, "malformed request head"};
constexpr Refusal kSpent{400, "the connection's bytes cannot be trusted"};

constexpr std::string_view kHead = "HEAD ";

}  // namespace

/// One request under way: the raw head until it is whole, then the body.
class RequestReader::Parse {
public:
    explicit Parse(const ReaderLimits& limits)
        : limits_(limits), scanner_(HeadScanner::Part::head, limits) {}

    /// Works off bytes of this request; `step` tells how many, and what became of them.
    void feed(std::string_view bytes, Step& step) {
        const std::size_t given = bytes.size();
        begins_with_.append(bytes.substr(0, kHead.size() - begins_with_.size()));
        if (in_head_) {
            bytes.remove_prefix(take_head(bytes, step));
            if (step.refusal || in_head_) {
                step.consumed += given - bytes.size();
                return;
            }
            step.expects_continue = framing_.expects_continue && bytes.empty();
        }
        bytes.remove_prefix(take_body(bytes, step));
        step.consumed += given - bytes.size();
        if (!step.refusal && body_done()) {
            step.request = std::move(request_);
        }
    }

    [[nodiscard]] bool in_head() const noexcept { return in_head_; }
    [[nodiscard]] bool is_head_request() const noexcept { return begins_with_ == kHead; }

private:
    /// Returns how much of `bytes` belongs to the head. A head that comes whole is not copied.
    std::size_t take_head(std::string_view bytes, Step& step) {
        const std::size_t taken = scanner_.feed(bytes);
        if (const Refusal* refusal = scanner_.refusal()) {
            step.refusal = *refusal;
            return taken;
        }
        std::string_view head = bytes.substr(0, taken);
        if (!scanner_.done() || !head_.empty()) {
            head_.append(head);
            head = head_;
        }
        if (scanner_.done()) {
            end_head(head, step);
        }
        return taken;
    }

    void end_head(std::string_view head, Step& step) {
        in_head_ = false;
        // Two parsers have read the head: what they read must be the same.
        if (!split_head(head, request_) || request_.headers.size() != scanner_.field_count()) {
            step.refusal = kDisagreement;
            return;
        }
        step.refusal = to_origin_form(request_);
        if (step.refusal) {
            return;
        }
        const auto verdict = judge_head(request_, limits_);
        if (const Refusal* refusal = std::get_if<Refusal>(&verdict)) {
            step.refusal = *refusal;
            return;
        }
        framing_ = std::get<Framing>(verdict);
        request_.keep_alive = wants_keep_alive(request_);
        if (framing_.chunked) {
            chunked_.emplace(limits_);
        }
        head_ = {};
    }

    std::size_t take_body(std::string_view bytes, Step& step) {
        if (chunked_) {
            const std::size_t taken = chunked_->feed(bytes, request_.body);
            if (const Refusal* refusal = chunked_->refusal()) {
                step.refusal = *refusal;
            }
            return taken;
        }
        const std::uint64_t due = framing_.content_length - request_.body.size();
        const std::string_view piece = bytes.substr(0, static_cast<std::size_t>(due));
        request_.body.append(piece);
        return piece.size();
    }

    [[nodiscard]] bool body_done() const noexcept {
        return chunked_ ? chunked_->done() : request_.body.size() == framing_.content_length;
    }

    ReaderLimits limits_;
    HeadScanner scanner_;
    bool in_head_ = true;
    std::string begins_with_;  ///< the first bytes, as many as kHead
    std::string head_;
    Request request_;
    Framing framing_;
    std::optional<ChunkedBody> chunked_;
};

RequestReader::RequestReader(ReaderLimits limits) : limits_(limits) {}
RequestReader::RequestReader(RequestReader&&) noexcept = default;
RequestReader& RequestReader::operator=(RequestReader&&) noexcept = default;
RequestReader::~RequestReader() = default;

RequestReader::Step RequestReader::feed(std::span<const std::byte> bytes) {
    std::string_view text{reinterpret_cast<const char*>(bytes.data()), bytes.size()};
    Step step;
    if (refused_) {
        step.refusal = kSpent;
        return step;
    }
    if (parse_ == nullptr) {
        step.consumed = skip_newlines(text, step);
        text.remove_prefix(step.consumed);
        if (!step.refusal && !text.empty()) {
            parse_ = std::make_unique<Parse>(limits_);
        }
    }
    if (parse_ != nullptr) {
        parse_->feed(text, step);
    }
    if (step.refusal) {
        step.refused_head = is_head_request();
    }
    if (step.request || step.refusal) {
        parse_.reset();
        newline_bytes_ = 0;
        refused_ = step.refusal.has_value();
    }
    return step;
}

/// Empty lines before a request line are forgiven, a few (RFC 9112 §2.2). Returns how much they
/// take.
std::size_t RequestReader::skip_newlines(std::string_view text, Step& step) {
    std::size_t taken = 0;
    for (const char c : text) {
        const bool after_cr = newline_bytes_ % 2 == 1;
        if (c != (after_cr ? '\n' : '\r')) {
            if (after_cr || c == '\n') {
                step.refusal = kBareNewline;
            }
            break;
        }
        if (++newline_bytes_ > 2 * kEmptyLinesMax) {
            step.refusal = kNewlines;
            break;
        }
        ++taken;
    }
    return taken;
}

bool RequestReader::is_head_request() const noexcept {
    return parse_ != nullptr && parse_->is_head_request();
}

RequestReader::State RequestReader::state() const noexcept {
    if (parse_ == nullptr) {
        return State::idle;
    }
    return parse_->in_head() ? State::reading_head : State::reading_body;
}

}  // namespace parley::http
