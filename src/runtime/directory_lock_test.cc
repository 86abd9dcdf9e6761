#include "runtime/directory_lock.h"

#include <gtest/gtest.h>
#include <unistd.h>

#include "runtime/runtime_testing.h"

namespace parley::runtime {
namespace {

TEST(DirectoryLock, says_who_holds_the_directory) {
    const testing::TemporaryDirectory directory;
    const auto first = lock_directory(directory.path());
    ASSERT_TRUE(first.ok());
    const auto second = lock_directory(directory.path());
    ASSERT_FALSE(second.ok());
    EXPECT_EQ(second.error().code, ErrorCode::conflict);
    EXPECT_EQ(
        second.error().detail,
        "data directory " + directory.path() + " is in use by another process (pid " +
            std::to_string(::getpid()) + ")"
    );
}

TEST(DirectoryLock, is_free_again_when_the_holder_has_gone) {
    const testing::TemporaryDirectory directory;
    ASSERT_TRUE(lock_directory(directory.path()).ok());
    EXPECT_TRUE(lock_directory(directory.path()).ok());
}

TEST(DirectoryLock, needs_a_directory) {
    const testing::TemporaryDirectory directory;
    const auto lock = lock_directory(directory.file("none"));
    ASSERT_FALSE(lock.ok());
    EXPECT_EQ(lock.error().code, ErrorCode::not_found);
}

}  // namespace
}  // namespace parley::runtime
