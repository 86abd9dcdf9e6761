#pragma once

#include <cstddef>
#include <span>
#include <string>

#include "base/result.h"
#include "core/record.h"

/// The one binary form of a record, in every command log and for ever: little-endian, a format version
/// first, lengths as LEB128 varints, UUIDs as 16 bytes in network order. docs/formats.md has the table.

namespace parley::ports {

/// Appends the record's bytes to `out`.
void encode_record(const core::Record& record, std::string& out);

/// The inverse; `internal` with a reason for anything that encode_record cannot have written: unknown
/// version or command, short or left-over bytes, values out of range. Never reads past `bytes`.
[[nodiscard]] Result<core::Record> decode_record(std::span<const std::byte> bytes);

}  // namespace parley::ports
