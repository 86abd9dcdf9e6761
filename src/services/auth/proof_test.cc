#include "services/auth/proof.h"

#include <string>

#include <gtest/gtest.h>

#include "base/crypto.h"
#include "base/es256.h"
#include "services/auth/machine_test.h"

namespace parley::auth {
namespace {

constexpr const char* kHost = "chat.example.org";
constexpr const char* kUri = "https://chat.example.org/api/auth/refresh";

Proof proof_by(const crypto::Es256Key& key, std::int64_t issued_at, std::string id = "id-1") {
    Proof proof{
        .key = {.x = key.x(), .y = key.y()},
        .signed_text = "header." + id,
        .signature = {},
        .method = "POST",
        .uri = kUri,
        .id = std::move(id),
        .issued_at = issued_at,
        .host = kHost
    };
    const auto signature = key.sign(proof.signed_text);
    proof.signature.assign(reinterpret_cast<const char*>(signature.data()), signature.size());
    return proof;
}

class ProofTest : public AuthMachine {
protected:
    void SetUp() override { start(); }

    std::int64_t now() { return home().clock().wall().seconds(); }
    Grant bound(const crypto::Es256Key& key) {
        Registration wanted = registration("ada");
        wanted.device.key = PublicJwk{.x = key.x(), .y = key.y()};
        auto grant = sign_up(std::move(wanted));
        EXPECT_TRUE(grant.ok()) << (grant.ok() ? "" : grant.error().detail);
        return std::move(*grant);
    }
    std::string refreshed(std::string token, std::optional<Proof> proof) {
        return outcome(run(auth_->refresh(home(), std::move(token), "192.0.2.1", std::move(proof)))
        );
    }

    crypto::Es256Key key_ = crypto::Es256Key::generate();
};

TEST_F(ProofTest, TheThumbprintIsTheKeysName) {
    const auto thumbprint = thumbprint_of({.x = key_.x(), .y = key_.y()});
    ASSERT_TRUE(thumbprint.ok());
    const std::string_view bytes(
        reinterpret_cast<const char*>(thumbprint->data()), thumbprint->size()
    );
    EXPECT_EQ(crypto::base64url(bytes), key_.kid());
}

TEST_F(ProofTest, OnlyPointsOfTheCurveAreKeys) {
    const std::string zeros(32, '\0');
    EXPECT_FALSE(thumbprint_of({.x = crypto::base64url(zeros), .y = crypto::base64url(zeros)}).ok()
    );
    EXPECT_FALSE(thumbprint_of({.x = key_.y(), .y = key_.x()}).ok());
    EXPECT_FALSE(thumbprint_of({.x = key_.x() + "=", .y = key_.y()}).ok());
    EXPECT_FALSE(thumbprint_of({.x = "", .y = ""}).ok());
    Registration wanted = registration("bob");
    wanted.device.key = PublicJwk{.x = key_.y(), .y = key_.x()};
    EXPECT_EQ(outcome(sign_up(wanted)), "invalid_request");
    EXPECT_EQ(outcome(log_in(login("bob"))), "unauthorized");  // nothing was made
}

TEST_F(ProofTest, AProofIsForThisRequestAndThisTime) {
    const auto code = [this](auto change) {
        Proof proof = proof_by(key_, now());
        change(proof);
        return outcome(check_proof(proof, home().clock().wall()));
    };
    EXPECT_EQ(code([](Proof&) {}), "ok");
    EXPECT_EQ(
        code([](Proof& p) { p.uri = "http://CHAT.example.org/api/auth/refresh?x=1#y"; }), "ok"
    );
    EXPECT_EQ(code([](Proof& p) { p.issued_at -= kProofSecondsMax; }), "ok");
    EXPECT_EQ(code([](Proof& p) { p.issued_at += kProofSecondsMax; }), "ok");
    for (const std::int64_t wrong :
         {INT64_MIN,
          std::int64_t{0},
          now() - kProofSecondsMax - 1,
          now() + kProofSecondsMax + 1,
          INT64_MAX}) {
        EXPECT_EQ(code([wrong](Proof& p) { p.issued_at = wrong; }), "unauthorized") << wrong;
    }
    EXPECT_EQ(code([](Proof& p) { p.method = "post"; }), "unauthorized");
    for (const char* uri :
         {"",
          "/api/auth/refresh",
          "https://chat.example.org",
          "https://chat.example.org/",
          "https://evil.example.org/api/auth/refresh",
          "ftp://chat.example.org/api/auth/refresh",
          "https://chat.example.org/api/auth/refresh/",
          "https://chat.example.org:8443/api/auth/refresh",
          "https://evil@chat.example.org/api/auth/refresh"}) {
        EXPECT_EQ(code([uri](Proof& p) { p.uri = uri; }), "unauthorized") << uri;
    }
    EXPECT_EQ(code([](Proof& p) { p.host = ""; }), "unauthorized");
    EXPECT_EQ(code([](Proof& p) { p.signed_text += "."; }), "unauthorized");
    EXPECT_EQ(code([](Proof& p) { p.signature.clear(); }), "unauthorized");
    const crypto::Es256Key other = crypto::Es256Key::generate();
    EXPECT_EQ(code([&](Proof& p) { p.key = {.x = other.x(), .y = other.y()}; }), "unauthorized");
}

TEST_F(ProofTest, ABoundTokenIsWorthNothingWithoutItsKey) {
    const Grant grant = bound(key_);
    const crypto::Es256Key thief = crypto::Es256Key::generate();
    EXPECT_EQ(refreshed(grant.refresh_token, std::nullopt), "unauthorized");
    EXPECT_EQ(refreshed(grant.refresh_token, proof_by(thief, now())), "unauthorized");
    // And the family lives: its owner goes on.
    EXPECT_TRUE(verify(grant.access_token).ok());
    EXPECT_EQ(refreshed(grant.refresh_token, proof_by(key_, now())), "ok");
}

TEST_F(ProofTest, AUsedTokenEndsItsDeviceOnlyInTheHandOfItsKey) {
    const Grant grant = bound(key_);
    ASSERT_EQ(refreshed(grant.refresh_token, proof_by(key_, now(), "a")), "ok");
    clock_.advance(std::chrono::seconds{11});
    EXPECT_EQ(refreshed(grant.refresh_token, std::nullopt), "unauthorized");
    EXPECT_TRUE(verify(grant.access_token).ok());
    EXPECT_EQ(refreshed(grant.refresh_token, proof_by(key_, now(), "b")), "unauthorized");
    EXPECT_FALSE(verify(grant.access_token).ok());
}

TEST_F(ProofTest, AProofIsTakenOnce) {
    const Grant grant = bound(key_);
    const Proof proof = proof_by(key_, now());
    ASSERT_EQ(refreshed(grant.refresh_token, proof), "ok");
    EXPECT_EQ(refreshed(grant.refresh_token, proof), "unauthorized");
    // A retry whose answer was lost brings a proof of its own.
    EXPECT_EQ(refreshed(grant.refresh_token, proof_by(key_, now(), "id-2")), "ok");
}

TEST_F(ProofTest, WhoGaveNoKeyNeedsNone) {
    auto grant = sign_up(registration("ada"));
    ASSERT_TRUE(grant.ok());
    EXPECT_EQ(refreshed(grant->refresh_token, std::nullopt), "ok");
}

TEST_F(ProofTest, TheKeyOutlivesARestart) {
    const Grant grant = bound(key_);
    restart();
    EXPECT_EQ(refreshed(grant.refresh_token, std::nullopt), "unauthorized");
    EXPECT_EQ(refreshed(grant.refresh_token, proof_by(key_, now())), "ok");
}

}  // namespace
}  // namespace parley::auth
