#include "base/crypto.h"

#include <set>

#include <gtest/gtest.h>

namespace parley::crypto {
namespace {

std::string hex(const Sha256& digest) {
    std::string text;
    for (const std::byte byte : digest) {
        constexpr std::string_view kHex = "0123456789abcdef";
        text += kHex[std::to_integer<std::size_t>(byte >> 4U)];
        text += kHex[std::to_integer<std::size_t>(byte & std::byte{0x0F})];
    }
    return text;
}

TEST(Sha256Stream, IsTheHashOfThePiecesBehindEachOther) {
    const std::string text = "what comes in pieces";
    for (std::size_t cut = 0; cut <= text.size(); ++cut) {
        Sha256Stream stream;
        stream.add(std::as_bytes(std::span(text).first(cut)));
        stream.add(std::as_bytes(std::span(text).subspan(cut)));
        EXPECT_EQ(stream.finish(), sha256(text)) << cut;
    }
    Sha256Stream empty;
    EXPECT_EQ(empty.finish(), sha256(""));
}

TEST(Sha256, AnswersThePublishedVectors) {  // FIPS 180-2, appendix B
    EXPECT_EQ(hex(sha256("")), "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
    EXPECT_EQ(
        hex(sha256("abc")), "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"
    );
    EXPECT_EQ(
        hex(sha256(std::string(1'000'000, 'a'))),
        "cdc76e5c9914fb9281a1c7e284d73e67f1809a48a497200e046d39ccc7112cd0"
    );
}

TEST(HmacSha256, AnswersThePublishedVectors) {  // RFC 4231
    EXPECT_EQ(
        hex(hmac_sha256(std::string(20, '\x0b'), "Hi There")),
        "b0344c61d8db38535ca8afceaf0bf12b881dc200c9833da726e9376c2e32cff7"
    );
    EXPECT_EQ(
        hex(hmac_sha256("Jefe", "what do ya want for nothing?")),
        "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843"
    );
    EXPECT_EQ(
        hex(hmac_sha256(
            std::string(131, '\xaa'), "Test Using Larger Than Block-Size Key - Hash Key First"
        )),
        "60e431591ee0b67f0d8a26aacbf5b77f8e0bc6213728c5140546040f0ee37f54"
    );
}

TEST(HmacSha256, TakesAnEmptyKeyAsAKey) {
    EXPECT_EQ(
        hex(hmac_sha256({}, {})), "b613679a0814d9ec772f95d778c35fc5ff1697c493715653c6c712144292c5ad"
    );
    (void)hmac_sha256("another key", "x");
    EXPECT_EQ(
        hex(hmac_sha256({}, {})), "b613679a0814d9ec772f95d778c35fc5ff1697c493715653c6c712144292c5ad"
    );
}

TEST(Equal, ComparesContentAndLength) {
    const Sha256 one = sha256("one");
    Sha256 other = one;
    EXPECT_TRUE(equal(one, other));
    other.back() ^= std::byte{1};
    EXPECT_FALSE(equal(one, other));
    EXPECT_FALSE(equal(one, std::span(one).first(31)));
    EXPECT_TRUE(equal({}, {}));
}

TEST(RandomBytes, DoNotRepeat) {
    std::set<Sha256> seen;
    for (int i = 0; i < 100; ++i) {
        Sha256 bytes{};
        random_bytes(bytes);
        EXPECT_TRUE(seen.insert(bytes).second);
    }
}

TEST(Wipe, EmptiesTheSecret) {
    std::string secret = "hunter2 hunter2 hunter2 hunter2 hunter2";
    wipe(secret);
    EXPECT_EQ(secret, "");
}

TEST(Base64url, WritesThePublishedVectors) {  // RFC 4648 §10, without padding
    EXPECT_EQ(base64url(""), "");
    EXPECT_EQ(base64url("f"), "Zg");
    EXPECT_EQ(base64url("fo"), "Zm8");
    EXPECT_EQ(base64url("foo"), "Zm9v");
    EXPECT_EQ(base64url("foob"), "Zm9vYg");
    EXPECT_EQ(base64url("fooba"), "Zm9vYmE");
    EXPECT_EQ(base64url("foobar"), "Zm9vYmFy");
    EXPECT_EQ(base64url("\xFB\xFF\xBF"), "-_-_");
}

TEST(Base64url, ReadsWhatItWrites) {
    std::string bytes;
    for (int i = 0; i < 600; ++i) {
        EXPECT_EQ(base64url_decode(base64url(bytes)), bytes);
        bytes.push_back(static_cast<char>(i * 7));
    }
}

TEST(Base64url, RefusesEverySpellingButTheOne) {
    for (const char* text :
         {"A",
          "Zg==",
          "Zg=",
          "Zm9vYg==",
          "Zh",
          "Zm9",
          "Z g",
          "Zm9v\n",
          " Zm9v",
          "Zm+v",
          "Zm/v",
          "Zm9vA",
          "Zm9v\x80",
          "=",
          "Zm=v"}) {
        EXPECT_EQ(base64url_decode(text), std::nullopt) << text;
    }
    EXPECT_EQ(base64url_decode(std::string_view("Zm\0v", 4)), std::nullopt);
}

}  // namespace
}  // namespace parley::crypto
