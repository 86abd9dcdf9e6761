#include "app/manifest.h"

#include <gtest/gtest.h>

namespace parley::app {
namespace {

Manifest sample() {
    Manifest manifest;
    manifest.position = {.epoch = 7, .offset = 1234};
    manifest.files.push_back(
        {.path = "log/00000000000000000001.log",
         .sha256 = crypto::sha256("one"),
         .bytes = 100,
         .size = 4096}
    );
    manifest.files.push_back(
        {.path = "a name with spaces", .sha256 = crypto::sha256("two"), .bytes = 0, .size = 0}
    );
    return manifest;
}

/// The lines, with an end that is right for them.
std::string with_end(const std::string& text) {
    const std::string digits = "0123456789abcdef";
    std::string hash;
    for (const std::byte byte : crypto::sha256(text)) {
        hash += digits[std::to_integer<std::size_t>(byte) >> 4U];
        hash += digits[std::to_integer<std::size_t>(byte) & 15U];
    }
    return text + "end " + hash + "\n";
}

TEST(Manifest, IsReadAsItWasWritten) {
    const auto read = read_manifest(write_manifest(sample()));
    ASSERT_TRUE(read.ok()) << read.error().detail;
    EXPECT_EQ(*read, sample());
}

TEST(Manifest, CutOffAnywhereOrChangedAnywhereIsNone) {
    const std::string text = write_manifest(sample());
    for (std::size_t length = 0; length < text.size(); ++length) {
        EXPECT_FALSE(read_manifest(text.substr(0, length)).ok()) << length;
    }
    for (std::size_t at = 0; at < text.size(); ++at) {
        std::string changed = text;
        changed[at] = static_cast<char>(changed[at] ^ 1);
        EXPECT_FALSE(read_manifest(changed).ok()) << at;
    }
    EXPECT_FALSE(read_manifest(text + "x").ok());
}

TEST(Manifest, NamesNothingOutsideOfItsDirectory) {
    const std::string head =
        "parley-backup 1\nposition 1 0\nfile " + std::string(64, 'a') + " 0 0 ";
    EXPECT_TRUE(read_manifest(with_end(head + "log/x\n")).ok());
    for (const char* path : {"", "/etc/passwd", "../x", "log/../../x", "log//x", "log/", "./x"}) {
        EXPECT_FALSE(read_manifest(with_end(head + path + "\n")).ok()) << path;
    }
}

TEST(Manifest, ANewerOneSaysSo) {
    const auto newer = read_manifest(with_end("parley-backup 2\nposition 1 0\n"));
    ASSERT_FALSE(newer.ok());
    EXPECT_NE(newer.error().detail.find("newer version"), std::string::npos);
}

TEST(Manifest, AFileIsNotLongerThanItsSize) {
    const std::string line = "file " + std::string(64, 'a') + " 5 4 x\n";
    EXPECT_FALSE(read_manifest(with_end("parley-backup 1\nposition 1 0\n" + line)).ok());
    EXPECT_FALSE(read_manifest(with_end("parley-backup 1\n" + line)).ok());
}

}  // namespace
}  // namespace parley::app
