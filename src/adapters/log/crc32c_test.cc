#include "adapters/log/crc32c.h"

#include <random>
#include <string>

#include <gtest/gtest.h>

namespace parley::log {
namespace {

std::uint32_t of(std::string_view text) {
    return crc32c(std::as_bytes(std::span(text)));
}

// RFC 3720, appendix B.4.
TEST(Crc32c, GivesTheKnownAnswers) {
    EXPECT_EQ(of(""), 0U);
    EXPECT_EQ(of("123456789"), 0xE3069283U);
    EXPECT_EQ(of(std::string(32, '\0')), 0x8A9136AAU);
    EXPECT_EQ(of(std::string(32, '\xFF')), 0x62A8AB43U);
}

TEST(Crc32c, TableAndInstructionAgreeAndCanBeContinued) {
    std::mt19937_64 chance(7);
    std::string text(1'000, '\0');
    for (char& c : text) {
        c = static_cast<char>(chance());
    }
    const auto bytes = std::as_bytes(std::span(text));
    for (std::size_t size = 0; size < 200; ++size) {
        const auto part = bytes.subspan(chance() % 800, size);
        const std::size_t cut = size == 0 ? 0 : chance() % size;
        EXPECT_EQ(crc32c(part), crc32c_by_table(part));
        EXPECT_EQ(crc32c(part.subspan(cut), crc32c(part.first(cut))), crc32c(part));
    }
}

}  // namespace
}  // namespace parley::log
