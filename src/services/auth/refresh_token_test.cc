#include "services/auth/refresh_token.h"

#include <set>

#include "services/auth/machine_test.h"

namespace parley::auth {
namespace {

TEST(RefreshToken, IsReadFromItsOneSpelling) {
    SequenceRandom random(1);
    const RefreshToken token = RefreshToken::random(random);
    const std::string text = token.text();
    EXPECT_EQ(text.size(), 47U);
    EXPECT_TRUE(text.starts_with("prt_"));
    EXPECT_EQ(RefreshToken::parse(text)->hash(), token.hash());

    std::string last = text;
    last.back() = last.back() == 'B' ? 'C' : 'B';  // trailing bits
    const std::vector<std::string> others{
        "",
        text.substr(4),
        "PRT_" + text.substr(4),
        "prt_",
        text + "=",
        text + "A",
        text.substr(0, 46),
        " " + text,
        text + "\n",
        last,
        "prt_" + std::string(1'000'000, 'A'),
    };
    for (const std::string& other : others) {
        EXPECT_FALSE(RefreshToken::parse(other).has_value()) << other.substr(0, 60);
    }
}

TEST(RefreshToken, HasOneSuccessorUnderOneSecret) {
    SequenceRandom random(1);
    RefreshToken token = RefreshToken::random(random);
    EXPECT_EQ(token.successor("secret").text(), token.successor("secret").text());
    EXPECT_NE(token.successor("secret").text(), token.successor("another").text());
    std::set<std::string> seen;
    for (int i = 0; i < 1000; ++i) {
        EXPECT_TRUE(seen.insert(token.text()).second);
        token = token.successor("secret");
    }
}

}  // namespace
}  // namespace parley::auth
