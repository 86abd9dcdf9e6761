#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "gateway/http/head_scanner.h"

namespace parley::http {

/// Takes a chunked body (RFC 9112 §7.1) out of its chunks. Strict: lines end with CRLF, sizes are
/// hex digits and nothing else, extensions are well formed and few. Whitespace is taken only where
/// the grammar has it (around an extension's `;` and `=`), so not before the line's end.
class ChunkedBody {
public:
    explicit ChunkedBody(const ReaderLimits& limits) noexcept;

    /// Takes what belongs to the body, appends its content to `body`, and returns how much was
    /// taken.
    std::size_t feed(std::string_view bytes, std::string& body);

    [[nodiscard]] bool done() const noexcept { return state_ == State::done; }
    [[nodiscard]] const Refusal* refusal() const noexcept { return refusal_; }

private:
    enum class State : unsigned char {
        size,
        extension_space,  // before ";"
        extension_start,  // behind ";"
        extension_name,
        name_space,  // behind a name
        extension_value,
        extension_token,
        extension_quoted,
        extension_escape,
        extension_end,  // behind a quoted value
        size_line_feed,
        data,
        data_carriage_return,
        data_line_feed,
        trailers,
        done,
    };

    const Refusal* take(char c, std::size_t body_bytes);
    const Refusal* take_in_size(char c, std::size_t body_bytes);
    const Refusal* take_in_extension(char c);
    const Refusal* take_in_value(char c);
    void take_space();
    const Refusal* end_of_line_or_extension(char c, const Refusal* otherwise);

    State state_ = State::size;
    std::uint64_t chunk_bytes_ = 0;  // of the chunk under way: its size, then what is left of it
    unsigned size_digits_ = 0;
    std::size_t extension_bytes_ = 0;
    std::size_t body_bytes_max_;
    HeadScanner trailers_;
    const Refusal* refusal_ = nullptr;
};

}  // namespace parley::http
