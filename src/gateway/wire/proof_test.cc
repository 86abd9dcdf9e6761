#include "gateway/wire/proof.h"

#include <gtest/gtest.h>

#include "base/crypto.h"

namespace parley::wire {
namespace {

constexpr const char* kHeader =
    R"({"typ":"dpop+jwt","alg":"ES256","jwk":{"kty":"EC","crv":"P-256","x":"eA","y":"eQ"}})";
constexpr const char* kClaims = R"({"htm":"POST","htu":"https://a/b","iat":1700000000,"jti":"j"})";

std::string jws(std::string_view header, std::string_view claims, std::size_t signature = 64) {
    return crypto::base64url(header) + "." + crypto::base64url(claims) + "." +
           crypto::base64url(std::string(signature, 's'));
}

std::string code_of(const std::string& field) {
    JsonReader reader;
    const auto read = decode_proof(reader, field);
    return read.ok() ? "ok" : std::string(to_string(read.error().code));
}

TEST(Proof, SaysWhatItSays) {
    JsonReader reader;
    const std::string field = jws(kHeader, kClaims);
    const auto proof = decode_proof(reader, field);
    ASSERT_TRUE(proof.ok()) << proof.error().detail;
    EXPECT_EQ(proof->key.x, "eA");
    EXPECT_EQ(proof->key.y, "eQ");
    EXPECT_EQ(proof->method, "POST");
    EXPECT_EQ(proof->uri, "https://a/b");
    EXPECT_EQ(proof->id, "j");
    EXPECT_EQ(proof->issued_at, 1'700'000'000);
    EXPECT_EQ(proof->signed_text, field.substr(0, field.rfind('.')));
    EXPECT_EQ(proof->signature, std::string(64, 's'));
}

TEST(Proof, RefusesWhatIsNone) {
    for (const char* header :
         {R"({})",
          R"([])",
          R"(x)",
          R"({"typ":"JWT","alg":"ES256","jwk":{"kty":"EC","crv":"P-256","x":"eA","y":"eQ"}})",
          R"({"typ":"dpop+jwt","alg":"none","jwk":{"kty":"EC","crv":"P-256","x":"eA","y":"eQ"}})",
          R"({"typ":"dpop+jwt","alg":"HS256","jwk":{"kty":"EC","crv":"P-256","x":"eA","y":"eQ"}})",
          R"({"typ":"dpop+jwt","alg":"ES256"})",
          R"({"typ":"dpop+jwt","alg":"ES256","jwk":{"kty":"RSA","n":"eA","e":"eQ"}})",
          R"({"typ":"dpop+jwt","alg":"ES256","jwk":{"kty":"EC","crv":"P-384","x":"eA","y":"eQ"}})",
          R"({"typ":"dpop+jwt","alg":"ES256","crit":["b64"],"jwk":{"kty":"EC","crv":"P-256","x":"eA","y":"eQ"}})",
          R"({"typ":"dpop+jwt","alg":"ES256","jwk":{"kty":"EC","crv":"P-256","x":"eA","y":"eQ","d":"eA"}})"
         }) {
        EXPECT_EQ(code_of(jws(header, kClaims)), "unauthorized") << header;
    }
    for (const char* claims :
         {R"({})",
          R"({"htm":"POST","htu":"https://a/b","iat":"1","jti":"j"})",
          R"({"htm":"POST","htu":"https://a/b","iat":-1,"jti":"j"})",
          R"({"htm":"POST","htu":"https://a/b","iat":1,"jti":""})",
          R"({"htm":"POST","htu":"https://a/b","iat":18446744073709551615,"jti":"j"})",
          R"({"htm":7,"htu":"https://a/b","iat":1,"jti":"j"})",
          R"({"htu":"https://a/b","iat":1,"jti":"j"})",
          R"({"htm":"POST","iat":1,"jti":"j"})"}) {
        EXPECT_EQ(code_of(jws(kHeader, claims)), "unauthorized") << claims;
    }
    const std::string good = jws(kHeader, kClaims);
    for (const std::string& field :
         {std::string{},
          std::string("."),
          std::string(".."),
          good + ".",
          good + "=",
          good.substr(0, good.rfind('.')),
          jws(kHeader, kClaims, 63),
          jws(kHeader, kClaims, 65),
          std::string(kProofBytesMax + 1, 'a')}) {
        EXPECT_EQ(code_of(field), "unauthorized") << field;
    }
}

TEST(Proof, AJwkIsAPublicKeyOfP256) {
    JsonReader reader;
    const auto code = [&reader](const char* json) {
        const auto read = reader.read(json, false);
        const auto key = decode_jwk(std::get<JsonObject>(read));
        return key.ok() ? (*key ? "key" : "none") : std::string(to_string(key.error().code));
    };
    EXPECT_EQ(code(R"({})"), "none");
    EXPECT_EQ(code(R"({"jwk":null})"), "none");
    EXPECT_EQ(code(R"({"jwk":{"kty":"EC","crv":"P-256","x":"a","y":"b","kid":"z"}})"), "key");
    EXPECT_EQ(code(R"({"jwk":"x"})"), "invalid_request");
    EXPECT_EQ(code(R"({"jwk":{}})"), "invalid_request");
    EXPECT_EQ(code(R"({"jwk":{"kty":"EC","crv":"P-256","x":"a"}})"), "invalid_request");
    EXPECT_EQ(
        code(R"({"jwk":{"kty":"EC","crv":"P-256","x":"a","y":"b","d":"c"}})"), "invalid_request"
    );
}

}  // namespace
}  // namespace parley::wire
