#include <algorithm>
#include <cstdio>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "fuzz_targets.h"

/// The corpora as tests: every input that is worth keeping, and every one that once broke something, runs
/// through its target in each build that runs unit tests. What a target finds ends the program; the last file
/// named in its output is the one.

static std::ostream& operator<<(std::ostream& out, const FuzzTarget& target) {
    return out << target.name;
}

namespace {

class Corpus : public ::testing::TestWithParam<FuzzTarget> {};

std::vector<std::uint8_t> content_of(const std::filesystem::path& path) {
    std::ifstream file{path, std::ios::binary};
    EXPECT_TRUE(file.is_open()) << path;
    return {std::istreambuf_iterator<char>{file}, std::istreambuf_iterator<char>{}};
}

TEST_P(Corpus, Replay) {
    const std::filesystem::path folder =
        std::filesystem::path{PARLEY_FUZZ_CORPUS} / GetParam().name;
    ASSERT_TRUE(std::filesystem::is_directory(folder)) << "a target without seeds";
    std::vector<std::filesystem::path> files;
    for (const auto& entry : std::filesystem::directory_iterator{folder}) {
        files.push_back(entry.path());
    }
    std::ranges::sort(files);
    ASSERT_FALSE(files.empty()) << folder;
    for (const auto& file : files) {
        const auto content = content_of(file);
        std::printf("%s\n", file.c_str());
        std::fflush(stdout);
        EXPECT_EQ(GetParam().run(content.data(), content.size()), 0);
    }
    const std::uint8_t nothing = 0;
    EXPECT_EQ(GetParam().run(&nothing, 0), 0);
}

INSTANTIATE_TEST_SUITE_P(
    Fuzz,
    Corpus,
    ::testing::ValuesIn(kFuzzTargets),
    [](const ::testing::TestParamInfo<FuzzTarget>& info) { return info.param.name; }
);

}  // namespace
