#include "ports/record_codec.h"

#include <utility>

#include "base/assert.h"
#include "base/binary.h"

namespace parley::ports {
namespace {

using binary::Reader;

constexpr std::uint8_t kFormatVersion = 1;
constexpr std::uint64_t kNumberMax = (1ULL << 62U) - 1;

// The numbers are for ever: never reuse one.
enum class CommandKind : std::uint8_t {
    open_direct = 1,
    send_message = 2,
    move_cursor = 3
};

Error damaged(std::string_view what) {
    return {ErrorCode::internal, "log record: " + std::string(what)};
}

bool is_message_type(std::uint8_t value) noexcept {
    return value >= static_cast<std::uint8_t>(core::MessageType::text) &&
           value <= static_cast<std::uint8_t>(core::MessageType::file);
}

CommandKind kind_of(const core::Command& command) noexcept {
    if (std::holds_alternative<core::OpenDirect>(command)) {
        return CommandKind::open_direct;
    }
    return std::holds_alternative<core::SendMessage>(command) ? CommandKind::send_message
                                                              : CommandKind::move_cursor;
}

void encode(const core::OpenDirect& open, std::string& out) {
    PARLEY_ASSERT(open.first <= open.second);
    binary::put_uuid(out, open.first.uuid);
    binary::put_uuid(out, open.second.uuid);
}

void encode(const core::SendMessage& send, std::string& out) {
    PARLEY_ASSERT(is_message_type(static_cast<std::uint8_t>(send.message_type)));
    binary::put_uuid(out, send.sender.uuid);
    binary::put_uuid(out, send.sender_device.uuid);
    binary::put_bytes(out, send.client_id);
    binary::put_u8(out, static_cast<std::uint8_t>(send.message_type));
    binary::put_bytes(out, send.content);
    binary::put_u8(out, send.reply_to.has_value() ? 1 : 0);
    if (send.reply_to) {
        binary::put_uuid(out, send.reply_to->uuid);
    }
    binary::put_varint(out, send.mentions.size());
    for (const UserId& user : send.mentions) {
        binary::put_uuid(out, user.uuid);
    }
}

void encode(const core::MoveCursor& move, std::string& out) {
    binary::put_uuid(out, move.user.uuid);
    binary::put_varint(out, move.delivered.value);
    binary::put_varint(out, move.read.value);
    binary::put_varint(out, move.read_ordinal.value);
}

core::OpenDirect decode_open(Reader& in) {
    core::OpenDirect open;
    open.first.uuid = in.uuid();
    open.second.uuid = in.uuid();
    if (open.first > open.second) {
        in.fail();
    }
    return open;
}

core::SendMessage decode_send(Reader& in) {
    core::SendMessage send;
    send.sender.uuid = in.uuid();
    send.sender_device.uuid = in.uuid();
    send.client_id = in.bytes();
    const std::uint8_t type = in.u8();
    if (!is_message_type(type)) {
        in.fail();
        return send;
    }
    send.message_type = static_cast<core::MessageType>(type);
    send.content = in.bytes();
    const std::uint8_t has_reply = in.u8();
    if (has_reply > 1) {
        in.fail();
    } else if (has_reply == 1) {
        send.reply_to = MessageId{in.uuid()};
    }
    const std::uint64_t mentions = in.varint();
    if (mentions > in.left() / sizeof(Uuid)) {
        in.fail();
        return send;
    }
    send.mentions.reserve(static_cast<std::size_t>(mentions));
    for (std::uint64_t i = 0; i < mentions; ++i) {
        send.mentions.push_back({in.uuid()});
    }
    return send;
}

core::MoveCursor decode_move(Reader& in) {
    core::MoveCursor move;
    move.user.uuid = in.uuid();
    move.delivered.value = in.varint();
    move.read.value = in.varint();
    move.read_ordinal.value = in.varint();
    return move;
}

}  // namespace

void encode_record(const core::Record& record, std::string& out) {
    PARLEY_ASSERT(record.conversation.value <= kNumberMax);
    PARLEY_ASSERT(record.rules >= 1 && record.rules <= core::kRulesNow);
    binary::put_u8(out, kFormatVersion);
    binary::put_u8(out, static_cast<std::uint8_t>(kind_of(record.command)));
    binary::put_u16(out, record.rules);
    binary::put_u64(out, record.conversation.value);
    binary::put_u64(out, static_cast<std::uint64_t>(record.time.ticks));
    std::visit([&out](const auto& command) { encode(command, out); }, record.command);
}

Result<core::Record> decode_record(std::span<const std::byte> bytes) {
    Reader in(bytes);
    const std::uint8_t version = in.u8();
    const std::uint8_t kind = in.u8();
    core::Record record;
    record.rules = in.u16();
    record.conversation.value = in.u64();
    record.time.ticks = static_cast<std::int64_t>(in.u64());
    if (!in.ok()) {
        return damaged("too short");
    }
    if (version != kFormatVersion) {
        return damaged("format version " + std::to_string(version) + " is unknown to this program");
    }
    if (record.rules < 1 || record.rules > core::kRulesNow) {
        return damaged("rules " + std::to_string(record.rules) + " are unknown to this program");
    }
    if (record.conversation.value > kNumberMax) {
        return damaged("no conversation has this number");
    }
    switch (static_cast<CommandKind>(kind)) {
        case CommandKind::open_direct:
            record.command = decode_open(in);
            break;
        case CommandKind::send_message:
            record.command = decode_send(in);
            break;
        case CommandKind::move_cursor:
            record.command = decode_move(in);
            break;
        default:
            return damaged("command " + std::to_string(kind) + " is unknown to this program");
    }
    if (!in.done()) {
        return damaged(in.ok() ? "left-over bytes" : "short, or a value out of range");
    }
    return record;
}

}  // namespace parley::ports
