// Bytes as the newest segment of a log: opening and replaying never crashes, and whatever is read was
// written so: its checksum is right, its offsets grow, and what is read once is read again.
//
// The first byte says how much of the checksums is made right before, so that the fuzzer gets behind them:
// of the header, of the groups, or of nothing.

#include <cstddef>
#include <cstdint>
#include <cstring>
#include <map>
#include <span>
#include <string>
#include <string_view>

#include "adapters/log/crc32c.h"
#include "adapters/log/format.h"
#include "adapters/log/segment_log.h"
#include "base/assert.h"
#include "base/binary.h"
#include "base/log.h"
#include "fuzz/support/target.h"
#include "tests/fakes/fake_disk.h"
#include "tests/fakes/manual_loop.h"

namespace {

using parley::LogPosition;
using parley::log::kGroupHeaderBytes;
using parley::log::kSegmentHeaderBytes;
using Records = std::map<std::uint64_t, parley::core::Record>;

constexpr std::string_view kPath = "/log/00000000000000000001.log";
constexpr std::uint64_t kSegmentId = 7;

std::uint64_t little(std::string_view bytes, std::size_t at, std::size_t size) {
    std::uint64_t value = 0;
    std::memcpy(&value, bytes.data() + at, size);
    return value;
}

void mend_header(std::string& content) {
    std::string header;
    const std::uint64_t size = content.size();
    parley::log::encode_segment_header(
        {.epoch = 1, .id = kSegmentId, .first = 1, .synced = 0, .previous = 0, .size = size}, header
    );
    content.replace(0, kSegmentHeaderBytes, header);
}

/// Takes the input's idea of where groups are and what they hold, and seals them.
void mend_groups(std::string& content) {
    std::size_t at = kSegmentHeaderBytes;
    while (at + kGroupHeaderBytes <= content.size()) {
        const std::uint64_t room = content.size() - at - kGroupHeaderBytes;
        const std::uint64_t body = little(content, at + 12, 2) % (room + 1);
        const auto count = static_cast<std::uint32_t>(body == 0 ? 0 : little(content, at + 16, 1));
        const std::uint64_t synced = little(content, at + 32, 1);
        const std::uint64_t first = synced + 1 + little(content, at + 24, 1) % 4;
        if ((body == 0) != (count == 0)) {
            return;
        }
        const auto bytes = std::as_writable_bytes(std::span(content));
        parley::log::seal_group(
            bytes.subspan(at, kGroupHeaderBytes + body), {kSegmentId, at}, count, first, synced
        );
        at += kGroupHeaderBytes + body;
        if (little(content, at - 1, 1) % 8 == 7) {
            return;
        }
    }
}

/// Every record that is read lies in a group whose checksums are right.
bool is_sealed(const std::string& content, std::uint64_t offset) {
    const auto bytes = parley::binary::as_bytes(content);
    const auto header = parley::log::decode_segment_header(bytes);
    PARLEY_ASSERT(header.ok());
    for (std::size_t at = kSegmentHeaderBytes; at + kGroupHeaderBytes <= content.size(); ++at) {
        const auto group = parley::log::decode_group_header(bytes.subspan(at), {header->id, at});
        if (group && offset >= group->first && offset <= group->last() && group->count > 0 &&
            at + kGroupHeaderBytes + group->body_bytes <= content.size()) {
            const auto body = bytes.subspan(at + kGroupHeaderBytes, group->body_bytes);
            return parley::log::crc32c(body) == group->body_crc;
        }
    }
    return false;
}

bool read(parley::fakes::FakeDisk& disk, Records& records) {
    parley::fakes::ManualWorker worker;
    auto log = parley::log::SegmentLog::open({.directory = "/log"}, disk, worker);
    if (!log.ok()) {
        return false;
    }
    std::uint64_t before = 0;
    const auto done = (*log)->replay({}, [&](LogPosition at, parley::core::Record record) {
        PARLEY_ASSERT(at.offset > before);
        before = at.offset;
        records[at.offset] = std::move(record);
        return parley::Result<void>{};
    });
    return done.ok();
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    parley::log::configure(parley::log::Level::off, parley::log::Format::text);
    if (size < 1 || size > 4'096) {
        return 0;
    }
    std::string content(reinterpret_cast<const char*>(data) + 1, size - 1);
    if (data[0] % 4 > 0 && content.size() > kSegmentHeaderBytes) {
        mend_header(content);
        if (data[0] % 4 > 1) {
            mend_groups(content);
        }
    }
    parley::fakes::FakeDisk disk;
    disk.put(std::string(kPath), content);
    Records once;
    const bool readable = read(disk, once);
    for (const auto& [offset, record] : once) {
        PARLEY_ASSERT(is_sealed(content, offset));
    }
    Records again;
    const bool readable_again = read(disk, again);
    PARLEY_ASSERT(!readable || (readable_again && again == once));
    return 0;
}
