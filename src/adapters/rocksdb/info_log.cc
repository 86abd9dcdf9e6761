#include "adapters/rocksdb/info_log.h"

#include <array>
#include <cstdarg>
#include <cstdio>
#include <string_view>

#include "base/log.h"

namespace parley::rocksdb_store {
namespace {

constexpr std::size_t kLineBytesMax = 512;  // the rest is cut off

class InfoLog final : public rocksdb::Logger {
public:
    InfoLog() : Logger(rocksdb::InfoLogLevel::WARN_LEVEL) {}

    using rocksdb::Logger::Logv;
    void Logv(const char* format, std::va_list values) override {
        Logv(rocksdb::InfoLogLevel::WARN_LEVEL, format, values);
    }
    void Logv(rocksdb::InfoLogLevel level, const char* format, std::va_list values) override {
        if (level < GetInfoLogLevel() || level == rocksdb::InfoLogLevel::HEADER_LEVEL) {
            return;
        }
        std::array<char, kLineBytesMax> line{};
        if (std::vsnprintf(line.data(), line.size(), format, values) < 0) {
            return;
        }
        const bool serious = level >= rocksdb::InfoLogLevel::ERROR_LEVEL;
        log::write(
            serious ? log::Level::error : log::Level::warn,
            "RocksDB says",
            {{"text", std::string_view(line.data())}}
        );
    }
};

}  // namespace

std::shared_ptr<rocksdb::Logger> make_info_log() {
    return std::make_shared<InfoLog>();
}

}  // namespace parley::rocksdb_store
