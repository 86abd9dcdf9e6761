#include "runtime/disk_posix.h"

#include <gtest/gtest.h>
#include <sys/resource.h>

#include "runtime/runtime_testing.h"

namespace parley::runtime {
namespace {

using testing::TemporaryDirectory;
using testing::text_of;

std::span<const std::byte> bytes_of(std::string_view text) {
    return std::as_bytes(std::span{text});
}

class DiskTest : public ::testing::Test {
protected:
    [[nodiscard]] std::unique_ptr<File> create(const std::string& name) {
        auto file = disk.open(directory.file(name), OpenMode::create_new);
        EXPECT_TRUE(file.ok());
        return std::move(*file);
    }
    static std::string read(const File& file, std::uint64_t offset, std::size_t count) {
        std::vector<std::byte> out(count);
        const auto got = file.read_at(offset, out);
        EXPECT_TRUE(got.ok());
        return std::string{text_of(std::span{out}.first(*got))};
    }

    TemporaryDirectory directory;
    PosixDisk disk;
};

TEST_F(DiskTest, reads_what_it_has_written_and_less_at_the_end) {
    const auto file = create("a");
    ASSERT_TRUE(file->write_at(0, bytes_of("hello world")).ok());
    ASSERT_TRUE(file->write_at(6, bytes_of("there")).ok());
    ASSERT_TRUE(file->sync().ok());
    EXPECT_EQ(read(*file, 0, 11), "hello there");
    EXPECT_EQ(read(*file, 6, 100), "there");
    EXPECT_EQ(read(*file, 100, 1), "");
    EXPECT_EQ(*file->size(), 11U);
}

TEST_F(DiskTest, opens_only_what_is_there) {
    for (const OpenMode mode : {OpenMode::existing, OpenMode::read_only}) {
        const auto missing = disk.open(directory.file("a"), mode);
        ASSERT_FALSE(missing.ok());
        EXPECT_EQ(missing.error().code, ErrorCode::not_found);
    }
    static_cast<void>(create("a"));
    EXPECT_TRUE(disk.open(directory.file("a"), OpenMode::existing).ok());
}

TEST_F(DiskTest, creates_only_what_is_not_there_and_for_its_user_alone) {
    static_cast<void>(create("a"));
    EXPECT_EQ(*disk.permissions(directory.file("a")), 0600U);
    const auto taken = disk.open(directory.file("a"), OpenMode::create_new);
    ASSERT_FALSE(taken.ok());
    EXPECT_EQ(taken.error().code, ErrorCode::conflict);
}

TEST_F(DiskTest, a_file_opened_to_read_cannot_be_written) {
    static_cast<void>(create("a"));
    const auto file = disk.open(directory.file("a"), OpenMode::read_only);
    ASSERT_TRUE(file.ok());
    const auto written = (*file)->write_at(0, bytes_of("x"));
    ASSERT_FALSE(written.ok());
    EXPECT_EQ(written.error().code, ErrorCode::internal);
    EXPECT_NE(written.error().detail.find(directory.file("a")), std::string::npos);
}

TEST_F(DiskTest, preallocates_zeroes_and_truncates) {
    const auto file = create("a");
    ASSERT_TRUE(file->write_at(0, bytes_of("x")).ok());
    ASSERT_TRUE(file->preallocate(10'000).ok());
    EXPECT_EQ(*file->size(), 10'000U);
    EXPECT_EQ(read(*file, 0, 3), (std::string{"x\0\0", 3}));
    ASSERT_TRUE(file->truncate(1).ok());
    EXPECT_EQ(*file->size(), 1U);
}

TEST_F(DiskTest, lists_renames_and_removes_files_but_not_directories) {
    static_cast<void>(create("b"));
    static_cast<void>(create("a"));
    ASSERT_TRUE(disk.make_directory(directory.file("c/d/e")).ok());
    ASSERT_TRUE(disk.make_directory(directory.file("c/d/e")).ok());
    EXPECT_EQ(*disk.list(directory.path()), (std::vector<std::string>{"a", "b"}));
    ASSERT_TRUE(disk.rename(directory.file("a"), directory.file("z")).ok());
    ASSERT_TRUE(disk.remove(directory.file("b")).ok());
    ASSERT_TRUE(disk.sync_directory(directory.path()).ok());
    EXPECT_EQ(*disk.list(directory.path()), (std::vector<std::string>{"z"}));
    EXPECT_EQ(disk.remove(directory.file("b")).error().code, ErrorCode::not_found);
    EXPECT_EQ(
        disk.rename(directory.file("b"), directory.file("a")).error().code, ErrorCode::not_found
    );
    EXPECT_EQ(disk.list(directory.file("none")).error().code, ErrorCode::not_found);
    EXPECT_FALSE(disk.sync_directory(directory.file("none")).ok());
}

TEST_F(DiskTest, makes_no_directory_where_a_file_stands) {
    static_cast<void>(create("a"));
    EXPECT_FALSE(disk.make_directory(directory.file("a")).ok());
    EXPECT_FALSE(disk.make_directory(directory.file("a/b")).ok());
}

TEST_F(DiskTest, a_full_disk_is_unavailable_and_says_where) {
    const auto file = disk.open("/dev/full", OpenMode::existing);
    if (!file.ok()) {
        GTEST_SKIP() << "this machine has no /dev/full: " << file.error().detail;
    }
    const auto written = (*file)->write_at(0, bytes_of("x"));
    ASSERT_FALSE(written.ok());
    EXPECT_EQ(written.error().code, ErrorCode::unavailable);
    EXPECT_EQ(written.error().detail, "cannot write /dev/full: No space left on device");
}

TEST_F(DiskTest, too_many_open_files_is_unavailable_for_it_passes) {
    static_cast<void>(create("a"));
    // A sanitizer's first look at an error category takes a descriptor: let it look while there are some.
    ASSERT_FALSE(disk.open(directory.file("missing"), OpenMode::existing).ok());
    rlimit before{};
    ASSERT_EQ(::getrlimit(RLIMIT_NOFILE, &before), 0);
    rlimit none = before;
    none.rlim_cur = 0;
    ASSERT_EQ(::setrlimit(RLIMIT_NOFILE, &none), 0);
    const auto refused = disk.open(directory.file("a"), OpenMode::existing);
    ASSERT_EQ(::setrlimit(RLIMIT_NOFILE, &before), 0);
    ASSERT_FALSE(refused.ok());
    EXPECT_EQ(refused.error().code, ErrorCode::unavailable);
    EXPECT_TRUE(disk.open(directory.file("a"), OpenMode::existing).ok());
}

TEST_F(DiskTest, a_file_whose_sync_failed_is_never_written_or_synced_again) {
    const auto file = disk.open("/dev/full", OpenMode::existing);
    if (!file.ok()) {
        GTEST_SKIP() << "this machine has no /dev/full: " << file.error().detail;
    }
    ASSERT_FALSE((*file)->sync().ok()) << "a device that cannot sync was expected";
    for (const auto& refused :
         {(*file)->sync(), (*file)->write_at(0, {}), (*file)->truncate(0), (*file)->preallocate(1)
         }) {
        ASSERT_FALSE(refused.ok());
        EXPECT_EQ(refused.error().code, ErrorCode::internal);
        EXPECT_NE(refused.error().detail.find("an earlier sync"), std::string::npos);
    }
}

}  // namespace
}  // namespace parley::runtime
