// Bytes as a log record: decoding never reads past them, and what is accepted has one form.

#include "ports/record_codec.h"

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string>

#include "base/assert.h"
#include "fuzz/support/target.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const auto bytes = std::as_bytes(std::span(data, size));
    const auto record = parley::ports::decode_record(bytes);
    if (record.ok()) {
        std::string again;
        parley::ports::encode_record(*record, again);
        // The first version is read, and no longer written.
        const bool first = bytes[0] == std::byte{1};
        PARLEY_ASSERT(first || std::ranges::equal(std::as_bytes(std::span(again)), bytes));
        const auto same = parley::ports::decode_record(std::as_bytes(std::span(again)));
        PARLEY_ASSERT(same.ok() && *same == *record);
    } else {
        PARLEY_ASSERT(record.error().code == parley::ErrorCode::internal);
    }
    return 0;
}
