#include "adapters/archive/zip_writer.h"

#include <span>
#include <utility>

#include <archive.h>
#include <archive_entry.h>

namespace parley::archive {
namespace {

constexpr unsigned kFileMode = 0600;
/// What libarchive hands to the file at once.
constexpr int kBlockBytes = 64 * 1024;

}  // namespace

struct ZipWriter::Access {
    static la_ssize_t write(::archive* /*zip*/, void* self, const void* bytes, std::size_t size) {
        auto* writer = static_cast<ZipWriter*>(self);
        if (writer->thrown_away_) {
            return static_cast<la_ssize_t>(size);
        }
        const std::span all(static_cast<const std::byte*>(bytes), size);
        writer->written_ = writer->file_->write_at(writer->end_, all);
        if (!writer->written_.ok()) {
            return -1;
        }
        writer->end_ += size;
        return static_cast<la_ssize_t>(size);
    }
};

ZipWriter::ZipWriter(Opening /*unused*/, std::unique_ptr<runtime::File> file)
    : file_(std::move(file)), zip_(archive_write_new()) {}

ZipWriter::~ZipWriter() {
    if (zip_ != nullptr) {
        // Freeing ends an entry that was begun, whose memory is lost otherwise: what that writes goes nowhere.
        thrown_away_ = true;
        archive_write_free(zip_);
    }
}

Result<std::unique_ptr<ZipWriter>> ZipWriter::open(std::unique_ptr<runtime::File> file) {
    auto writer = std::make_unique<ZipWriter>(Opening(), std::move(file));
    ::archive* zip = writer->zip_;
    if (zip == nullptr || archive_write_set_format_zip(zip) != ARCHIVE_OK ||
        archive_write_zip_set_compression_deflate(zip) != ARCHIVE_OK ||
        archive_write_set_bytes_per_block(zip, kBlockBytes) != ARCHIVE_OK ||
        archive_write_set_bytes_in_last_block(zip, 1) != ARCHIVE_OK ||
        archive_write_open(zip, writer.get(), nullptr, &Access::write, nullptr) != ARCHIVE_OK) {
        return writer->error("begin");
    }
    return writer;
}

Error ZipWriter::error(std::string_view doing) {
    if (!written_.ok()) {
        return written_.error();
    }
    std::string detail = "zip: cannot ";
    detail += doing;
    const char* text = zip_ == nullptr ? nullptr : archive_error_string(zip_);
    return {ErrorCode::internal, detail + ": " + (text == nullptr ? "no reason given" : text)};
}

Result<void> ZipWriter::entry(const std::string& path, Timestamp time) {
    const std::unique_ptr<archive_entry, decltype(&archive_entry_free)> entry(
        archive_entry_new(), &archive_entry_free
    );
    if (entry == nullptr) {
        return error("make an entry");
    }
    archive_entry_set_pathname(entry.get(), path.c_str());
    archive_entry_set_filetype(entry.get(), AE_IFREG);
    archive_entry_set_perm(entry.get(), kFileMode);
    archive_entry_set_mtime(entry.get(), time.seconds(), 0);
    if (archive_write_header(zip_, entry.get()) != ARCHIVE_OK) {
        return error("begin an entry");
    }
    return {};
}

Result<void> ZipWriter::write(std::string_view bytes) {
    while (!bytes.empty()) {
        const la_ssize_t taken = archive_write_data(zip_, bytes.data(), bytes.size());
        if (taken <= 0) {
            return error("write");
        }
        bytes.remove_prefix(static_cast<std::size_t>(taken));
    }
    return {};
}

Result<void> ZipWriter::finish() {
    if (archive_write_close(zip_) != ARCHIVE_OK) {
        return error("finish");
    }
    return file_->sync();
}

}  // namespace parley::archive
