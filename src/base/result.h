#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <variant>

#include "base/assert.h"

namespace parley {

/// The contract's error codes (api/openapi.yaml, `Problem.code`), and nothing else.
enum class ErrorCode : unsigned char {
    invalid_request,
    unauthorized,
    token_expired,
    forbidden,
    not_found,
    conflict,
    too_large,
    rate_limited,
    blocked,
    unavailable,  ///< unknown outcome: retry with the same `client_id`
    internal,     ///< unknown outcome, and our fault
};

/// The code's name as it stands on the wire, for example "invalid_request".
[[nodiscard]] std::string_view to_string(ErrorCode code) noexcept;

/// An expected failure. `detail` is one sentence for a person; programs look at `code` alone.
struct Error {
    ErrorCode code = ErrorCode::internal;
    std::string detail;
    std::uint32_t retry_after_seconds = 0;  ///< of `rate_limited`: when to try again; 0: soon

    friend bool operator==(const Error&, const Error&) = default;
};

/// A value or an Error. Errors are values on every path; exceptions end at an adapter's edge.
/// Reading the value of a failed Result is a bug and stops the process.
template <class T>
class [[nodiscard]] Result {
public:
    using value_type = T;

    // NOLINTNEXTLINE(google-explicit-constructor): a function returns either as it is.
    Result(T value) : held_(std::in_place_index<0>, std::move(value)) {}
    // NOLINTNEXTLINE(google-explicit-constructor)
    Result(Error error) : held_(std::in_place_index<1>, std::move(error)) {}

    [[nodiscard]] bool ok() const noexcept { return held_.index() == 0; }
    explicit operator bool() const noexcept { return ok(); }

    [[nodiscard]] T& value() & {
        PARLEY_ASSERT(ok());
        return *std::get_if<0>(&held_);
    }
    [[nodiscard]] const T& value() const& {
        PARLEY_ASSERT(ok());
        return *std::get_if<0>(&held_);
    }
    [[nodiscard]] T&& value() && {
        PARLEY_ASSERT(ok());
        return std::move(*std::get_if<0>(&held_));
    }
    [[nodiscard]] const Error& error() const& {
        PARLEY_ASSERT(!ok());
        return *std::get_if<1>(&held_);
    }
    [[nodiscard]] Error&& error() && {
        PARLEY_ASSERT(!ok());
        return std::move(*std::get_if<1>(&held_));
    }

    T& operator*() & { return value(); }
    const T& operator*() const& { return value(); }
    T&& operator*() && { return std::move(*this).value(); }
    T* operator->() { return &value(); }
    const T* operator->() const { return &value(); }

private:
    std::variant<T, Error> held_;
};

template <>
class [[nodiscard]] Result<void> {
public:
    using value_type = void;

    Result() = default;
    // NOLINTNEXTLINE(google-explicit-constructor)
    Result(Error error) : error_(std::move(error)) {}

    [[nodiscard]] bool ok() const noexcept { return !error_.has_value(); }
    explicit operator bool() const noexcept { return ok(); }
    [[nodiscard]] const Error& error() const& {
        PARLEY_ASSERT(error_.has_value());
        return *error_;
    }
    [[nodiscard]] Error&& error() && {
        PARLEY_ASSERT(error_.has_value());
        return std::move(*error_);
    }

private:
    std::optional<Error> error_;
};

}  // namespace parley

#define PARLEY_CONCAT_2(a, b) a##b
#define PARLEY_CONCAT(a, b) PARLEY_CONCAT_2(a, b)

/// TRY(auto x, f()); declares x from f()'s value, or returns its error from this function.
#define TRY(declaration, expression)                             \
    auto PARLEY_CONCAT(try_, __LINE__) = (expression);           \
    if (!PARLEY_CONCAT(try_, __LINE__).ok()) {                   \
        return std::move(PARLEY_CONCAT(try_, __LINE__)).error(); \
    }                                                            \
    declaration = std::move(PARLEY_CONCAT(try_, __LINE__)).value()

/// CO_TRY is TRY inside a coroutine that returns Task<Result<…>>.
#define CO_TRY(declaration, expression)                             \
    auto PARLEY_CONCAT(try_, __LINE__) = (expression);              \
    if (!PARLEY_CONCAT(try_, __LINE__).ok()) {                      \
        co_return std::move(PARLEY_CONCAT(try_, __LINE__)).error(); \
    }                                                               \
    declaration = std::move(PARLEY_CONCAT(try_, __LINE__)).value()
