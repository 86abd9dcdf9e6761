#pragma once

#include <array>
#include <cstddef>
#include <string_view>

#include "gateway/http/http.h"
#include "gateway/http/syntax.h"

namespace parley::http {

/// Watches the bytes of a request's head, or of a chunked body's trailers, as they come, and
/// refuses at the first byte that is not strictly RFC 9112: Beast's parser is lenient about some of
/// them (it joins folded lines, for one), so nothing reaches it that has not passed here. Judges
/// bytes, not meaning.
class HeadScanner {
public:
    enum class Part : unsigned char {
        head,
        trailers
    };
    HeadScanner(Part part, const ReaderLimits& limits) noexcept;

    /// Takes what belongs to the head and returns how much that was. Less than all of `bytes`: done
    /// or refused.
    std::size_t feed(std::string_view bytes);

    [[nodiscard]] bool done() const noexcept { return state_ == State::done; }
    [[nodiscard]] const Refusal* refusal() const noexcept { return refusal_; }
    [[nodiscard]] std::size_t field_count() const noexcept { return field_count_; }

private:
    enum class State : unsigned char {
        method,
        target,
        escape_first,
        escape_second,
        version,
        line_feed,
        field_start,
        field_name,
        field_value,
        last_line_feed,
        done,
    };

    [[nodiscard]] CharClass run_class() const noexcept;
    const Refusal* take_run(std::string_view run);
    const Refusal* take(char c);
    const Refusal* take_in_request_line(char c);
    const Refusal* take_in_version(char c);
    const Refusal* begin_field(char c);
    const Refusal* end_field_name(char c);

    Part part_;
    State state_;
    bool version_known_ = true;
    std::size_t bytes_left_;
    std::size_t fields_max_;
    std::size_t field_count_ = 0;
    std::size_t length_ = 0;  // of the element under way: method, target, version or field name
    std::array<char, 24> name_{};  // of a trailer: no name that is looked for is longer
    const Refusal* refusal_ = nullptr;
};

}  // namespace parley::http
