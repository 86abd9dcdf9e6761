#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

#include "base/ids.h"
#include "base/json_writer.h"
#include "base/result.h"
#include "core/conversation.h"
#include "core/event.h"
#include "core/limits.h"
#include "core/record.h"
#include "core/search_query.h"

/// JSON in and out: the one place that knows the contract's field names. Requests become values here and
/// are never checked for shape again; answers are written append-only. api/ has the schemas.

namespace parley::wire {

// --- reading ------------------------------------------------------------------------------------

class JsonReader;

/// One JSON object that has been read; valid until its JsonReader reads again.
class JsonObject {
public:
    /// The field is there, null perhaps.
    [[nodiscard]] bool has(std::string_view name) const;
    /// Absent or null: nothing. Another type: `invalid_request` that names the field.
    [[nodiscard]] Result<std::optional<std::string>> text(std::string_view name) const;
    [[nodiscard]] Result<std::optional<std::uint64_t>> number(std::string_view name) const;
    [[nodiscard]] Result<std::optional<bool>> boolean(std::string_view name) const;
    /// A string that is a UUID.
    [[nodiscard]] Result<std::optional<Uuid>> uuid(std::string_view name) const;
    /// An array of strings that are UUIDs, at most `most`.
    [[nodiscard]] Result<std::vector<Uuid>> uuids(std::string_view name, std::size_t most) const;
    /// An object of UUID → number, at most `most`.
    [[nodiscard]] Result<std::vector<std::pair<Uuid, std::uint64_t>>> uuid_numbers(
        std::string_view name, std::size_t most
    ) const;
    /// The object within the object, kept by the same reader.
    [[nodiscard]] Result<std::optional<JsonObject>> object(std::string_view name) const;
    /// `ref`: a string of at most 128 bytes or an integer, as the JSON to repeat; empty when there is none.
    [[nodiscard]] Result<std::string> ref() const;

private:
    friend class JsonReader;
    struct Element {
        alignas(8) std::byte room[16];  ///< a simdjson element, which no header shows
    };
    explicit JsonObject(Element element) : element_(element) {}
    Element element_;
};

/// Reads JSON texts; one per loop, its memory is used again. Not thread-safe.
class JsonReader {
public:
    JsonReader();
    JsonReader(const JsonReader&) = delete;
    JsonReader& operator=(const JsonReader&) = delete;
    JsonReader(JsonReader&&) = delete;
    JsonReader& operator=(JsonReader&&) = delete;
    ~JsonReader();

    enum class Fault : unsigned char {
        not_json,
        not_an_object
    };
    /// The whole of `text` must be one JSON object, nested at most 16 deep; objects and lists with nothing
    /// in them do not count. With `padded`, 64 bytes behind it are readable and no copy is made.
    [[nodiscard]] std::variant<JsonObject, Fault> read(std::string_view text, bool padded);

private:
    class State;
    std::unique_ptr<State> state_;
};

// --- frames from clients ------------------------------------------------------------------------

struct AuthFrame {
    std::string token;
};
struct SendFrame {
    std::variant<ConversationNumber, UserId> to;
    std::optional<std::string> client_id;
    std::string content;
    core::MessageType message_type = core::MessageType::text;
    std::optional<MediaId> media;
    std::optional<MessageId> reply_to;
    std::vector<UserId> mentions;
};
struct AckFrame {
    ConversationNumber conversation;
    std::variant<Seq, MessageId> up_to;
    bool read = false;
};
struct HistoryFrame {
    ConversationNumber conversation;
    std::optional<Seq> after;
    std::optional<Seq> before;
    std::size_t limit = core::kPageEventsDefault;
};
struct SyncFrame {
    std::vector<std::pair<ConversationNumber, Seq>> cursors;
    std::optional<std::string> since;
    bool more = false;
};
struct HeartbeatFrame {};
struct TypingFrame {
    ConversationNumber conversation;
    bool active = false;
};
struct PresenceFrame {
    bool away = false;
};
struct WatchPresenceFrame {
    std::vector<UserId> users;
};
/// `edit_message`, `delete_message`, `react`, `mute`: who acts is still to be filled in, and of a target
/// only the message is known.
struct CommandFrame {
    ConversationNumber conversation;
    core::Command command;
    std::optional<MessageId> message;
};
struct UnknownFrame {
    std::string type;
};
using ClientFrame = std::variant<
    AuthFrame,
    SendFrame,
    AckFrame,
    HistoryFrame,
    SyncFrame,
    HeartbeatFrame,
    TypingFrame,
    PresenceFrame,
    WatchPresenceFrame,
    CommandFrame,
    UnknownFrame>;

struct Decoded {
    std::string ref;  ///< JSON to repeat; empty: none
    std::optional<std::string> client_id;
    bool not_json = false;  ///< the connection is to be closed after the error
    Result<ClientFrame> frame = Error{};
};

/// Decodes one text message. `text` must be followed by 64 readable bytes.
[[nodiscard]] Decoded decode_frame(JsonReader& reader, std::span<std::byte> text);

/// The fields of `send_message`, which `POST /api/messages` shares.
[[nodiscard]] Result<SendFrame> decode_send(const JsonObject& object);
/// A conversation's id, for REST too; `not_found` for one that no conversation can have.
[[nodiscard]] Result<ConversationNumber> conversation_of(const Uuid& uuid);
/// Most users that a `watch_presence` names; more: `invalid_request`.
inline constexpr std::size_t kWatchedMax = 500;

/// An RFC 3339 time; `invalid_request` names the field.
[[nodiscard]] Result<std::optional<Timestamp>> decode_time(
    const JsonObject& object, std::string_view name
);
[[nodiscard]] Result<core::Role> decode_role(const JsonObject& object);

// --- frames to clients --------------------------------------------------------------------------

/// Bytes ready for the socket, immutable and shared by all who get them: one allocation, made once.
class Frame {
public:
    /// No frame.
    Frame() = default;
    /// `head` and `payload`, copied behind each other.
    Frame(std::string_view head, std::string_view payload);

    [[nodiscard]] std::string_view bytes() const noexcept { return {bytes_.get(), size_}; }
    [[nodiscard]] std::size_t size() const noexcept { return size_; }
    explicit operator bool() const noexcept { return bytes_ != nullptr; }

private:
    std::shared_ptr<const char[]>
        bytes_;  // NOLINT(modernize-avoid-c-arrays): one block, no second length
    std::size_t size_ = 0;
};

/// An event's frame as `own` (with client_id) or as others see it. `append_event` writes the JSON alone.
void append_event(
    std::string& out, ConversationNumber conversation, const core::Event& event, bool own
);

/// A message that was found: its event, and in `snippet` a piece of its content in parts that make it up.
void append_found(
    std::string& out,
    ConversationNumber conversation,
    const core::Event& event,
    std::span<const core::SnippetPart> snippet,
    bool own
);

struct SendAckFields {
    std::string_view client_id;
    std::string_view ref;
    ConversationNumber conversation;
    MessageId message_id;
    Seq seq;
    Timestamp time;
};
void append_send_ack(std::string& out, const SendAckFields& ack);

/// The answer to an edit, a deletion, a reaction or a setting: with the event that it made, if it made one.
struct CommandAckFields {
    std::optional<std::string> client_id;
    std::string_view ref;
    ConversationNumber conversation;
    std::optional<core::Sent> sent;
};
void append_command_ack(std::string& out, const CommandAckFields& ack);

struct ReceiptFields {
    ConversationNumber conversation;
    MessageId message_id;
    Seq seq;
    UserId user;
    bool read = false;
    Timestamp time;
};
void append_receipt(std::string& out, const ReceiptFields& receipt);

/// One person as lists show them.
struct PersonFields {
    UserId user;  ///< nil: an account that is gone
    std::string username;
    std::string display_name;
    core::Role role = core::Role::member;
    Timestamp joined_at;
    std::optional<Seq> delivered_seq;  ///< where everyone sees everyone's
    std::optional<Seq> read_seq;
};

struct ConversationFields {
    ConversationNumber number;
    bool direct = true;
    std::string title;
    std::shared_ptr<const core::ConversationInfo> info;  ///< may be null
    std::optional<std::vector<PersonFields>> members;    ///< not of large groups
    std::uint32_t member_count = 0;
    Seq last_seq;
    core::EventPtr last_event;  ///< may be null
    std::uint64_t unread = 0;
    core::Member mine;
    Timestamp now;
};
/// As REST shows it, or (`frame`) as the `conversation` frame: there `type` is the frame's, and the
/// conversation's own is `conversation_type`.
void append_conversation(std::string& out, const ConversationFields& conversation, bool frame);

/// A group as `/api/groups` shows it.
void append_group(std::string& out, const ConversationFields& group);
[[nodiscard]] std::string_view role_name(core::Role role) noexcept;
[[nodiscard]] std::string_view message_type_name(core::MessageType type) noexcept;
void append_person(JsonWriter& json, const PersonFields& person, bool direct);

void append_typing(
    std::string& out, ConversationNumber conversation, const UserId& user, bool active
);

struct PresenceFields {
    UserId user;
    std::string_view status;
    std::optional<Timestamp> last_seen;  ///< nothing: null
    std::string_view ref;                ///< JSON to repeat
};
void append_presence(std::string& out, const PresenceFields& presence);

/// An `events` frame of about kEventsBytesMax at most: answers how many of `events` went in, at least one.
/// With `cut_is_more`, has_more is true when some did not.
struct EventsOptions {
    UserId viewer;         ///< sees the client_id of their own
    std::string_view ref;  ///< JSON to repeat
    bool has_more = false;
    bool cut_is_more = true;
};
inline constexpr std::size_t kEventsBytesMax = 128UL * 1024;
std::size_t append_events(
    std::string& out,
    ConversationNumber conversation,
    std::span<const core::EventPtr> events,
    const EventsOptions& options
);
/// `retry_after` in seconds; 0: it says nothing of when to try again.
void append_error(
    std::string& out,
    std::string_view code,
    std::string_view detail,
    std::string_view ref,
    const std::optional<std::string>& client_id,
    std::uint32_t retry_after = 0
);

// --- REST ---------------------------------------------------------------------------------------

/// RFC 9457. `status` goes with the code (http_status).
[[nodiscard]] std::string problem(int status, std::string_view code, std::string_view detail);
[[nodiscard]] int http_status(ErrorCode code) noexcept;

}  // namespace parley::wire
