#include "ports/record_codec.h"

#include <utility>

#include "base/assert.h"
#include "base/binary.h"
#include "ports/fields.h"

namespace parley::ports {
namespace {

/// 2: a send has a media id.
constexpr std::uint8_t kFormatVersion = 2;
constexpr std::uint64_t kNumberMax = (1ULL << 62U) - 1;
constexpr std::size_t kKinds = std::variant_size_v<core::Command>;

Error damaged(std::string_view what) {
    return {ErrorCode::internal, "log record: " + std::string(what)};
}

template <std::size_t... I>
void read_command(
    FieldReader& archive,
    std::size_t index,
    core::Command& command,
    std::index_sequence<I...> /*all*/
) {
    ((index == I ? archive(command.emplace<I>()) : void()), ...);
}

}  // namespace

void encode_record(const core::Record& record, std::string& out) {
    PARLEY_ASSERT(record.conversation.value <= kNumberMax);
    PARLEY_ASSERT(record.rules >= 1 && record.rules <= core::kRulesNow);
    binary::put_u8(out, kFormatVersion);
    // A command's number is its place in core::Command, from 1: for ever, so new ones come at the end.
    binary::put_u8(out, static_cast<std::uint8_t>(record.command.index() + 1));
    binary::put_u16(out, record.rules);
    binary::put_u64(out, record.conversation.value);
    binary::put_u64(out, static_cast<std::uint64_t>(record.time.ticks));
    FieldWriter archive(out);
    std::visit([&archive](const auto& command) { archive(command); }, record.command);
}

Result<core::Record> decode_record(std::span<const std::byte> bytes) {
    binary::Reader in(bytes);
    const std::uint8_t version = in.u8();
    const std::uint8_t kind = in.u8();
    core::Record record;
    record.rules = in.u16();
    record.conversation.value = in.u64();
    record.time.ticks = static_cast<std::int64_t>(in.u64());
    if (!in.ok()) {
        return damaged("too short");
    }
    if (version < 1 || version > kFormatVersion) {
        return damaged("format version " + std::to_string(version) + " is unknown to this program");
    }
    if (record.rules < 1 || record.rules > core::kRulesNow) {
        return damaged("rules " + std::to_string(record.rules) + " are unknown to this program");
    }
    if (record.conversation.value > kNumberMax) {
        return damaged("no conversation has this number");
    }
    if (kind < 1 || kind > kKinds) {
        return damaged("command " + std::to_string(kind) + " is unknown to this program");
    }
    FieldReader archive(in, version);
    read_command(archive, kind - 1U, record.command, std::make_index_sequence<kKinds>{});
    const auto* open = std::get_if<core::OpenDirect>(&record.command);
    if (open != nullptr && open->first > open->second) {
        in.fail();
    }
    if (!in.done()) {
        return damaged(in.ok() ? "left-over bytes" : "short, or a value out of range");
    }
    return record;
}

}  // namespace parley::ports
