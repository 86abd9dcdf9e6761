#include "services/auth/access_token.h"

#include <algorithm>
#include <functional>

#include <openssl/evp.h>
#include <openssl/pem.h>

#include "base/crypto.h"
#include "base/es256.h"
#include "services/auth/keyring.h"
#include "services/auth/machine_test.h"

namespace parley::auth {
namespace {

using crypto::base64url;

const std::string kGroupOrder = [] {
    std::string order(32, '\0');
    constexpr std::array<unsigned char, 32> kBytes{0xFF, 0xFF, 0xFF, 0xFF, 0x00, 0x00, 0x00, 0x00,
                                                   0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF,
                                                   0xBC, 0xE6, 0xFA, 0xAD, 0xA7, 0x17, 0x9E, 0x84,
                                                   0xF3, 0xB9, 0xCA, 0xC2, 0xFC, 0x63, 0x25, 0x51};
    std::ranges::transform(kBytes, order.begin(), [](unsigned char byte) {
        return static_cast<char>(byte);
    });
    return order;
}();

/// A Parley with one signing key, of which the tests know the private half as no attacker does.
class AccessTokenTest : public AuthMachine {
protected:
    void SetUp() override {
        ASSERT_TRUE(keyring_.open(directory(), clock_.wall()).ok());
        now_ = clock_.wall().seconds();
        header_ = R"({"alg":"ES256","typ":"at+jwt","kid":")" + ours().kid() + R"("})";
        payload_ = claims_with({});
    }

    [[nodiscard]] const crypto::Es256Key& ours() const { return keyring_.signing().key; }

    static std::string replaced(std::string text, std::string_view what, std::string_view with) {
        const std::size_t at = text.find(what);
        EXPECT_NE(at, std::string::npos) << what;
        return text.replace(at, what.size(), with);
    }
    [[nodiscard]] AccessClaims claims() const {
        return {
            .user = {{1, 2}},
            .device = {{3, 4}},
            .issued_at = now_,
            .expires_at = now_ + 900,
            .id = "abcdefghijklmnopqrstuv",
        };
    }
    struct Change {
        std::string_view what;
        std::string_view with;
    };
    [[nodiscard]] std::string claims_with(const std::vector<Change>& changes) const {
        std::string json = write_claims("parley", claims());
        for (const Change& change : changes) {
            json = replaced(json, change.what, change.with);
        }
        return json;
    }
    static std::string raw(const crypto::Es256Signature& signature) {
        return {reinterpret_cast<const char*>(signature.data()), signature.size()};
    }
    /// Any header and payload, well signed with `key`.
    static std::string signed_by(
        const crypto::Es256Key& key, std::string_view header, std::string_view payload
    ) {
        const std::string input = base64url(header) + "." + base64url(payload);
        return input + "." + base64url(raw(key.sign(input)));
    }
    [[nodiscard]] std::string good() const { return signed_by(ours(), header_, payload_); }
    [[nodiscard]] std::string with_header(std::string_view header) const {
        return signed_by(ours(), header, payload_);
    }
    [[nodiscard]] std::string with_payload(std::string_view payload) const {
        return signed_by(ours(), header_, payload);
    }
    [[nodiscard]] std::string with_signature(std::string_view bytes) const {
        return base64url(header_) + "." + base64url(payload_) + "." + base64url(bytes);
    }
    [[nodiscard]] std::string good_signature() const { return raw(ours().sign(input())); }
    [[nodiscard]] std::string input() const {
        return base64url(header_) + "." + base64url(payload_);
    }
    /// The algorithm confusion: HMAC under something that everybody knows.
    [[nodiscard]] std::string hmac_signed(std::string_view secret) const {
        const std::string text =
            base64url(replaced(header_, "ES256", "HS256")) + "." + base64url(payload_);
        const crypto::Sha256 mac = crypto::hmac_sha256(secret, text);
        return text + "." + base64url({reinterpret_cast<const char*>(mac.data()), mac.size()});
    }
    [[nodiscard]] std::string header_with(std::string_view more) const {
        return replaced(header_, R"("})", R"(",)" + std::string(more) + "}");
    }

    [[nodiscard]] Result<AccessClaims> check(std::string_view token) const {
        return check_access_token(keyring_, "parley", token, clock_.wall());
    }
    struct Attack {
        const char* name;
        std::string token;
    };
    void expect_refused(const std::vector<Attack>& attacks) const {
        for (const Attack& attack : attacks) {
            const auto answer = check(attack.token);
            ASSERT_FALSE(answer.ok()) << attack.name;
            EXPECT_EQ(answer.error().code, ErrorCode::unauthorized) << attack.name;
            EXPECT_EQ(answer.error().detail, "the access token is not valid") << attack.name;
        }
        EXPECT_TRUE(check(good()).ok()) << "and nothing of it left a trace";
    }

    Keyring keyring_{
        machine_.disk(),
        {.rotate_after = std::chrono::days{30}, .token_lifetime = std::chrono::minutes{15}}
    };
    crypto::Es256Key theirs_ = crypto::Es256Key::generate();
    std::int64_t now_ = 0;
    std::string header_;
    std::string payload_;
};

std::string public_bytes(const crypto::Es256Key& key, bool pem) {
    const std::string text = key.pem();
    BIO* from = BIO_new_mem_buf(text.data(), static_cast<int>(text.size()));
    EVP_PKEY* held = PEM_read_bio_PrivateKey(from, nullptr, nullptr, nullptr);
    BIO* to = BIO_new(BIO_s_mem());
    EXPECT_EQ(pem ? PEM_write_bio_PUBKEY(to, held) : i2d_PUBKEY_bio(to, held), 1);
    char* bytes = nullptr;
    const long size = BIO_get_mem_data(to, &bytes);
    std::string copy(bytes, static_cast<std::size_t>(size));
    BIO_free(to);
    EVP_PKEY_free(held);
    BIO_free(from);
    return copy;
}

// --- what is good -----------------------------------------------------------------------------------

TEST_F(AccessTokenTest, AcceptsWhatItIssues) {
    const std::string token = sign_access_token(keyring_.signing(), "parley", claims());
    const auto read = check(token);
    ASSERT_TRUE(read.ok());
    EXPECT_EQ(read->user, claims().user);
    EXPECT_EQ(read->device, claims().device);
    EXPECT_EQ(read->issued_at, now_);
    EXPECT_EQ(read->expires_at, now_ + 900);
    EXPECT_EQ(read->id, claims().id);
    EXPECT_LT(token.size(), 600U);
}

TEST_F(AccessTokenTest, IsAJwtThatOthersCanRead) {
    const std::string token =
        sign_access_token(keyring_.signing(), "https://chat.example", claims());
    const std::size_t dot = token.find('.');
    EXPECT_EQ(*crypto::base64url_decode(token.substr(0, dot)), header_);
    EXPECT_EQ(
        *crypto::base64url_decode(token.substr(dot + 1, token.rfind('.') - dot - 1)),
        R"({"iss":"https://chat.example","sub":"00000000-0000-0001-0000-000000000002",)"
        R"("did":"00000000-0000-0003-0000-000000000004","aud":"parley","iat":1800000000,"exp":1800000900,)"
        R"("jti":"abcdefghijklmnopqrstuv"})"
    );
}

TEST_F(AccessTokenTest, ExpiresToTheSecond) {
    const std::string token = good();
    clock_.advance(std::chrono::milliseconds{899'999});
    EXPECT_TRUE(check(token).ok());
    clock_.advance(std::chrono::milliseconds{1});
    EXPECT_EQ(check(token).error().code, ErrorCode::token_expired);
    clock_.advance(std::chrono::days{1000});
    EXPECT_EQ(check(token).error().code, ErrorCode::token_expired);
}

TEST_F(AccessTokenTest, MayBeIssuedFiveSecondsAhead) {
    EXPECT_TRUE(
        check(with_payload(claims_with({{"\"iat\":1800000000", "\"iat\":1800000005"}}))).ok()
    );
    EXPECT_FALSE(
        check(with_payload(claims_with({{"\"iat\":1800000000", "\"iat\":1800000006"}}))).ok()
    );
}

TEST_F(AccessTokenTest, IsOnlyExpiredWhenItIsOurs) {
    const std::string expired = claims_with({{"1800000900", "1700000900"}});
    EXPECT_EQ(check(with_payload(expired)).error().code, ErrorCode::token_expired);
    EXPECT_EQ(check(signed_by(theirs_, header_, expired)).error().code, ErrorCode::unauthorized);
    std::string damaged = with_payload(expired);
    damaged[damaged.size() - 10] = damaged[damaged.size() - 10] == 'A' ? 'B' : 'A';
    EXPECT_EQ(check(damaged).error().code, ErrorCode::unauthorized);
}

// --- attacks ----------------------------------------------------------------------------------------

TEST_F(AccessTokenTest, RefusesOtherAlgorithms) {
    std::vector<Attack> attacks;
    for (const char* alg :
         {"none",
          "None",
          "nOnE",
          "NONE",
          "",
          "ES384",
          "ES512",
          "es256",
          "ES256K",
          "EdDSA",
          "RS256",
          "PS256",
          "HS256",
          "HS512",
          "ES256 "}) {
        attacks.push_back({alg, with_header(replaced(header_, "ES256", alg))});
    }
    for (const char* none : {"none", "None", "nOnE"}) {
        const std::string header = base64url(replaced(header_, "ES256", none));
        attacks.push_back({"none, unsigned", header + "." + base64url(payload_) + "."});
        attacks.push_back({"none, two parts", header + "." + base64url(payload_)});
    }
    const std::string jwk =
        R"({"crv":"P-256","kty":"EC","x":")" + ours().x() + R"(","y":")" + ours().y() + R"("})";
    const std::string der = public_bytes(ours(), false);
    attacks.push_back({"HMAC under the public key, PEM", hmac_signed(public_bytes(ours(), true))});
    attacks.push_back({"HMAC under the public key, DER", hmac_signed(der)});
    attacks.push_back(
        {"HMAC under the public key, point",
         hmac_signed(std::string_view(der).substr(der.size() - 65))}
    );
    attacks.push_back({"HMAC under the public key, JWK", hmac_signed(jwk)});
    attacks.push_back({"HMAC under the key set", hmac_signed(keyring_.jwks())});
    attacks.push_back({"HMAC under the kid", hmac_signed(ours().kid())});
    attacks.push_back({"HMAC under nothing", hmac_signed("")});
    attacks.push_back({"RSA-sized signature", with_signature(std::string(256, 'r'))});
    attacks.push_back({"alg missing", with_header(replaced(header_, R"("alg":"ES256",)", ""))});
    attacks.push_back(
        {"alg twice",
         with_header(replaced(header_, R"("alg":"ES256")", R"("alg":"none","alg":"ES256")"))}
    );
    attacks.push_back({"alg a list", with_header(replaced(header_, R"("ES256")", R"(["ES256"])"))});
    attacks.push_back({"alg a number", with_header(replaced(header_, R"("ES256")", "256"))});
    attacks.push_back({"alg null", with_header(replaced(header_, R"("ES256")", "null"))});
    attacks.push_back({"alg escaped", with_header(replaced(header_, "ES256", R"(\u0045S256)"))});
    expect_refused(attacks);
}

TEST_F(AccessTokenTest, RefusesBadSignatures) {
    const std::string good_bytes = good_signature();
    const std::string r = good_bytes.substr(0, 32);
    const std::string s = good_bytes.substr(32);
    const std::string zero(32, '\0');
    const std::string most(32, '\xFF');
    std::string more = kGroupOrder;
    more.back() = static_cast<char>(more.back() + 1);
    std::string flipped = good_bytes;
    flipped[40] = static_cast<char>(flipped[40] ^ 1);
    std::string der("\x30\x46\x02\x21\x00", 5);
    der += r + std::string("\x02\x21\x00", 3) + s;
    expect_refused({
        {"empty", input() + "."},
        {"stripped", input()},
        {"r = s = 0", with_signature(zero + zero)},
        {"r = 0", with_signature(zero + s)},
        {"s = 0", with_signature(r + zero)},
        {"r = n", with_signature(kGroupOrder + s)},
        {"s = n", with_signature(r + kGroupOrder)},
        {"r = s = n", with_signature(kGroupOrder + kGroupOrder)},
        {"r = n + 1", with_signature(more + s)},
        {"r and s the largest", with_signature(most + most)},
        {"r and s swapped", with_signature(s + r)},
        {"63 bytes", with_signature(good_bytes.substr(0, 63))},
        {"65 bytes", with_signature(good_bytes + "x")},
        {"a zero before", with_signature(std::string(1, '\0') + good_bytes)},
        {"DER", with_signature(der)},
        {"one bit flipped", with_signature(flipped)},
        {"another key", signed_by(theirs_, header_, payload_)},
        {"of another payload",
         input() + "." + base64url(raw(ours().sign(base64url(header_) + "." + base64url("{}"))))},
        {"of the payload alone", input() + "." + base64url(raw(ours().sign(base64url(payload_))))},
        {"of the decoded text",
         input() + "." + base64url(raw(ours().sign(header_ + "." + payload_)))},
    });
}

TEST_F(AccessTokenTest, RefusesForeignHeaders) {
    const std::string kid = R"("kid":")" + ours().kid() + "\"";
    const std::string their_jwk = R"("jwk":{"kty":"EC","crv":"P-256","x":")" + theirs_.x() +
                                  R"(","y":")" + theirs_.y() + R"("})";
    const auto with_kid = [&](std::string_view value) {
        return with_header(replaced(header_, kid, R"("kid":)" + std::string(value)));
    };
    expect_refused({
        {"kid unknown", with_kid(R"("nobody")")},
        {"kid of another realm, its key",
         signed_by(theirs_, replaced(header_, ours().kid(), theirs_.kid()), payload_)},
        {"kid ours, another key", signed_by(theirs_, header_, payload_)},
        {"kid traversal", with_kid(R"("../../../../dev/null")")},
        {"kid traversal to ours", with_kid(R"("../keys/)" + ours().kid() + "\"")},
        {"kid SQL", with_kid(R"("x' OR '1'='1")")},
        {"kid NUL", with_kid("\"" + ours().kid() + R"(\u0000")")},
        {"kid 64 KiB", with_kid("\"" + std::string(65536, 'k') + "\"")},
        {"kid empty", with_kid(R"("")")},
        {"kid a number", with_kid("1")},
        {"kid a list", with_kid("[\"" + ours().kid() + "\"]")},
        {"kid missing", with_header(replaced(header_, "," + kid, ""))},
        {"kid twice", with_header(header_with(kid))},
        {"jku", with_header(header_with(R"("jku":"https://evil.example/jwks.json")"))},
        {"x5u", with_header(header_with(R"("x5u":"https://evil.example/cert.pem")"))},
        {"x5c", with_header(header_with(R"("x5c":["MIIB"])"))},
        {"x5t", with_header(header_with(R"("x5t":"AAAA")"))},
        {"jwk, their key", signed_by(theirs_, header_with(their_jwk), payload_)},
        {"jwk instead of kid", signed_by(theirs_, replaced(header_, kid, their_jwk), payload_)},
        {"crit unknown", with_header(header_with(R"("crit":["exp"])"))},
        {"crit empty", with_header(header_with(R"("crit":[])"))},
        {"b64 false", with_header(header_with(R"("b64":false,"crit":["b64"])"))},
        {"zip", with_header(header_with(R"("zip":"DEF")"))},
        {"cty nested", with_header(header_with(R"("cty":"JWT")"))},
        {"PBES2 with a huge count",
         with_header(header_with(R"("enc":"A128GCM","p2c":2147483647,"p2s":"AAAA")"))},
        {"JWE", base64url(R"({"alg":"dir","enc":"A128GCM"})") + "..AAAA.AAAA.AAAA"},
        {"typ missing", with_header(replaced(header_, R"("typ":"at+jwt",)", ""))},
        {"typ JWT", with_header(replaced(header_, "at+jwt", "JWT"))},
        {"typ in capitals", with_header(replaced(header_, "at+jwt", "AT+JWT"))},
        {"typ of a refresh token", with_header(replaced(header_, "at+jwt", "rt+jwt"))},
        {"typ with its long name", with_header(replaced(header_, "at+jwt", "application/at+jwt"))},
        {"white space", with_header(replaced(header_, ",", ", "))},
        {"another order", with_header(R"({"typ":"at+jwt","alg":"ES256",)" + kid + "}")},
        {"a byte order mark", with_header("\xEF\xBB\xBF" + header_)},
        {"not JSON", with_header("ES256")},
        {"empty", with_header("")},
        {"deep nesting", with_header(std::string(700, '['))},
        {"invalid UTF-8", with_header(header_with("\"x\":\"\xFF\""))},
    });
}

TEST_F(AccessTokenTest, RefusesOtherClaims) {
    const std::string exp = R"("exp":1800000900)";
    const std::string iat = R"("iat":1800000000)";
    const std::string sub = R"("sub":"00000000-0000-0001-0000-000000000002")";
    const std::string did = R"("did":"00000000-0000-0003-0000-000000000004")";
    const std::string jti = R"("jti":"abcdefghijklmnopqrstuv")";
    const auto with = [&](std::string_view what, std::string_view other) {
        return with_payload(replaced(payload_, what, other));
    };
    expect_refused({
        {"exp missing", with("," + exp, "")},
        {"exp a string", with(exp, R"("exp":"1800000900")")},
        {"exp a fraction", with(exp, R"("exp":1800000900.5)")},
        {"exp 1e308", with(exp, R"("exp":1e308)")},
        {"exp 18e9", with(exp, R"("exp":18e8)")},
        {"exp past 64 bits", with(exp, R"("exp":99999999999999999999)")},
        {"exp negative", with(exp, R"("exp":-1)")},
        {"exp minus zero", with(exp, R"("exp":-0)")},
        {"exp zero", with(exp, R"("exp":0)")},
        {"exp null", with(exp, R"("exp":null)")},
        {"exp with a plus", with(exp, R"("exp":+1800000900)")},
        {"exp with a zero before", with(exp, R"("exp":01800000900)")},
        {"exp in hexadecimal", with(exp, R"("exp":0x6B49D584)")},
        {"exp a list", with(exp, R"("exp":[1800000900])")},
        {"exp twice", with(exp, exp + R"(,"exp":1900000000)")},
        {"iat missing", with("," + iat, "")},
        {"iat a string", with(iat, R"("iat":"1800000000")")},
        {"iat negative", with(iat, R"("iat":-5)")},
        {"iat tomorrow", with(iat, R"("iat":1800086400)")},
        {"nbf tomorrow", with(exp, exp + R"(,"nbf":1800086400)")},
        {"aud missing", with(R"("aud":"parley",)", "")},
        {"aud another", with(R"("aud":"parley")", R"("aud":"other")")},
        {"aud a list", with(R"("aud":"parley")", R"("aud":["parley"])")},
        {"aud a list of two", with(R"("aud":"parley")", R"("aud":["other","parley"])")},
        {"aud longer", with(R"("aud":"parley")", R"("aud":"parley.evil")")},
        {"aud twice", with(R"("aud":"parley")", R"("aud":"other","aud":"parley")")},
        {"iss missing", with(R"("iss":"parley",)", "")},
        {"iss another", with(R"("iss":"parley")", R"("iss":"parley2")")},
        {"iss in capitals", with(R"("iss":"parley")", R"("iss":"Parley")")},
        {"iss null", with(R"("iss":"parley")", R"("iss":null)")},
        {"sub missing", with(sub + ",", "")},
        {"sub twice", with(sub, sub + "," + sub)},
        {"sub no UUID", with(sub, R"("sub":"alice")")},
        {"sub in capitals", with(sub, R"("sub":"00000000-0000-000A-0000-000000000002")")},
        {"sub a list", with(sub, R"("sub":["00000000-0000-0001-0000-000000000002"])")},
        {"sub with braces", with(sub, R"("sub":"{00000000-0000-0001-0000-000000000002}")")},
        {"sub escaped", with(sub, R"("sub":"\u00300000000-0000-0001-0000-000000000002")")},
        {"did missing", with(did + ",", "")},
        {"did empty", with(did, R"("did":"")")},
        {"sub and did exchanged", with_payload(replaced(replaced(payload_, sub, "@"), did, sub))},
        {"jti missing", with("," + jti, "")},
        {"jti empty", with(jti, R"("jti":"")")},
        {"jti a number", with(jti, R"("jti":1)")},
        {"jti too long", with(jti, R"("jti":")" + std::string(65, 'j') + "\"")},
        {"jti with a quotation mark", with(jti, R"("jti":"a\"b")")},
        {"another claim", with(jti, jti + R"(,"admin":true)")},
        {"__proto__", with(jti, jti + R"(,"__proto__":{})")},
        {"white space", with(",", ", ")},
        {"a line break behind", with_payload(payload_ + "\n")},
        {"a second object behind", with_payload(payload_ + payload_)},
        {"a NUL behind", with_payload(payload_ + std::string(1, '\0'))},
        {"a byte order mark", with_payload("\xEF\xBB\xBF" + payload_)},
        {"cut short", with_payload(payload_.substr(0, payload_.size() - 1))},
        {"deep nesting", with_payload(std::string(1000, '['))},
        {"deep nesting in a claim",
         with(jti, R"("jti":)" + std::string(400, '[') + std::string(400, ']'))},
        {"invalid UTF-8", with(jti, "\"jti\":\"\xC3\x28\"")},
        {"an empty object", with_payload("{}")},
        {"a list", with_payload("[]")},
        {"null", with_payload("null")},
        {"empty", with_payload("")},
    });
}

TEST_F(AccessTokenTest, RefusesOtherSpellings) {
    const std::string token = good();
    const std::size_t first = token.find('.');
    const std::size_t last = token.rfind('.');
    const std::string header = token.substr(0, first);
    const std::string payload = token.substr(first + 1, last - first - 1);
    const std::string signature = token.substr(last + 1);
    // 64 bytes end in a digit of two bits: the other 4 are zero, and must stay it.
    std::string trailing = signature;
    constexpr std::string_view kDigits =
        "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
    trailing.back() = kDigits[kDigits.find(trailing.back()) + 1];
    expect_refused({
        {"nothing", ""},
        {"a dot", "."},
        {"two dots", ".."},
        {"three dots", "..."},
        {"padded signature", token + "=="},
        {"padded header", header + "=." + payload + "." + signature},
        {"padded payload", header + "." + payload + "=." + signature},
        {"trailing bits", header + "." + payload + "." + trailing},
        {"a space before", " " + token},
        {"a space behind", token + " "},
        {"a line break behind", token + "\n"},
        {"a NUL behind", token + std::string(1, '\0')},
        {"a line break within", header + ".\n" + payload + "." + signature},
        {"a part more", token + ".AAAA"},
        {"an empty part more", token + "."},
        {"a part before", "AAAA." + token},
        {"the scheme", "Bearer " + token},
        {"as a JSON serialisation",
         R"({"payload":")" + payload + R"(","signature":")" + signature + R"("})"},
        {"a refresh token", "prt_" + std::string(43, 'A')},
        {"2049 bytes", token + std::string(kTokenBytesMax + 1 - token.size(), 'A')},
        {"a megabyte", std::string(1 << 20U, '.')},
        {"no ASCII", "\xFF\xFE.\xFF.\xFF"},
    });
}

TEST_F(AccessTokenTest, RefusesEveryChangedCharacter) {
    const std::string token = good();
    for (std::size_t at = 0; at < token.size(); ++at) {
        std::string changed = token;
        changed[at] = changed[at] == 'A' ? 'B' : 'A';
        EXPECT_FALSE(check(changed).ok()) << at;
    }
}

TEST_F(AccessTokenTest, RefusesEveryBeginning) {
    const std::string token = good();
    for (std::size_t size = 0; size < token.size(); ++size) {
        EXPECT_FALSE(check(std::string_view(token).substr(0, size)).ok()) << size;
    }
}

TEST_F(AccessTokenTest, RefusesAKeyThatWasRotatedOut) {
    const std::string token = good();
    clock_.advance(std::chrono::days{31});
    ASSERT_TRUE(*keyring_.rotate_if_due(clock_.wall()));
    EXPECT_EQ(check(token).error().code, ErrorCode::token_expired);
    clock_.advance(std::chrono::minutes{16});
    ASSERT_TRUE(*keyring_.rotate_if_due(clock_.wall()));
    EXPECT_EQ(check(token).error().code, ErrorCode::unauthorized);
}

// Nobody but us can make these: the reader is as strict with what a key of ours has signed.
TEST_F(AccessTokenTest, WhatAKeyOfOursSignedIsStillReadStrictly) {
    const std::string no_base64 = base64url(header_) + ".{}";
    const auto answer = check_access_token(
        keyring_, "parley", no_base64 + "." + base64url(raw(ours().sign(no_base64))), clock_.wall()
    );
    ASSERT_FALSE(answer.ok());
    EXPECT_EQ(answer.error().code, ErrorCode::unauthorized);
}

}  // namespace
}  // namespace parley::auth
