#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

#include "base/uuid.h"

/// Reads the few fields of a server's frame that a load generator needs, straight from the text.
/// It trusts the server to send JSON: what is not is answered with false, but not every error is seen.
/// A general JSON library would cost the cores that the server under test needs.

namespace parley::bench {

enum class FrameType : unsigned char {
    other,
    auth_success,
    auth_error,
    ack,  ///< with `client_id` the answer to a send, with `user_id` a receipt
    new_message,
    void_event,
    events,
    conversation,
    presence,
    sync_complete,
    error,
    reconnect,
};

/// Views into the scanned text; strings are as they stand there, escapes unresolved.
struct WireFrame {
    FrameType type = FrameType::other;
    bool has_more = false;
    std::uint64_t seq = 0;
    std::uint64_t last_seq = 0;
    std::string_view client_id;
    std::string_view message_id;
    std::string_view conversation_id;
    std::string_view sender_id;
    std::string_view user_id;
    std::string_view content;
    std::string_view status;  ///< of a presence
    std::string_view code;
    std::string_view token;
    std::string_view events;  ///< the whole array, brackets included
};

/// Replaces `out`. False when `text` is no object.
[[nodiscard]] bool scan(std::string_view text, WireFrame& out) noexcept;

/// Takes the next object from the front of an array's text (as WireFrame::events has it); nothing at
/// its end or when it is no array of objects.
[[nodiscard]] std::optional<std::string_view> next_item(std::string_view& array) noexcept;

/// One member of an object: the value of a string without its quotes, of anything else as it stands.
struct Member {
    std::string_view name;
    std::string_view value;
};
/// Takes the members of an object one after the other: `rest` begins as the object's text and is
/// cut from the front. Nothing at the end or where it is no object; ends_well() then tells which.
[[nodiscard]] std::optional<Member> next_member(std::string_view& rest) noexcept;
[[nodiscard]] bool ends_well(std::string_view rest) noexcept;

/// What this program writes at the beginning of each content, 32 characters, all lower-case hex: which
/// run, which of the sender's messages in it, and when it was due.
struct Mark {
    std::uint32_t run = 0;
    std::uint32_t number = 0;  ///< 1, 2, 3 … of one sender in one run
    std::int64_t due = 0;      ///< of Clock::steady()

    static constexpr std::size_t kChars = 32;
};
[[nodiscard]] std::optional<Mark> read_mark(std::string_view content) noexcept;
/// Writes kChars characters to `out`.
void write_mark(char* out, const Mark& mark) noexcept;

/// "rrrrrrrr-nnnnnnnn": the client_id of a run's message, 17 characters.
inline constexpr std::size_t kClientIdChars = 17;
[[nodiscard]] std::optional<Mark> read_client_id(std::string_view client_id) noexcept;
void write_client_id(char* out, std::uint32_t run, std::uint32_t number) noexcept;

/// The number in `digits`; 0 when there is none.
[[nodiscard]] std::uint64_t to_number(std::string_view digits) noexcept;

}  // namespace parley::bench
