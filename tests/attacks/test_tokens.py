"""Forged and stale access tokens, over REST and both ways into /ws: each is refused and changes nothing.

After RFC 8725 and OWASP ASVS 5 chapter 9. The server's own key is at hand, so that a token with a perfect
signature and one thing wrong can be made. Not here, because there are no such things yet: tokens of a deleted
user, and from before a change of password.
"""

import contextlib
import datetime
import re
import secrets
import unittest
import uuid
import zlib

import attacks  # noqa: F401 - finds the modules of tests/e2e
import forge
from case import ROOMY, merged
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, padding, rsa
from forge import P256_ORDER, b64, compact, raw_signature, unb64
from parley_client import Rest, Session, User
from parley_server import Server
from parley_websocket import Refused, Socket

HEADER_CHARS_MAX = 7000  # what fits a request's head of 8 KiB
KID_64K = 65_536


def algorithms(good):
    """Another algorithm than ours. RFC 8725 section 3.1."""
    for alg in ("none", "None", "nOnE", "NONE"):
        head = b64(compact({**good.fields, "alg": alg}))
        yield f"alg {alg}, no signature", f"{head}.{good.body}."
        yield f"alg {alg}, our signature", f"{head}.{good.body}.{good.signature}"
        yield f"alg {alg}, signed", good.with_header(alg=alg)
    yield "alg none, two parts", f"{b64(compact({**good.fields, 'alg': 'none'}))}.{good.body}"
    yield "alg missing, signed", good.with_header(alg=None)
    yield "alg empty, signed", good.with_header(alg="")
    yield "alg a list, signed", good.with_header(alg=["ES256"])
    for alg in ("HS256", "RS256", "PS256", "ES384", "ES512", "ES256K", "EdDSA", "es256", "ES256 "):
        yield f"alg {alg}, signed", good.with_header(alg=alg)
    yield "HMAC under the public key, PEM", good.hmac_with(good.public())
    yield "HMAC under the public key, PEM without a last line break", good.hmac_with(good.public().rstrip())
    yield "HMAC under the public key, DER", good.hmac_with(good.public(pem=False))
    yield "HMAC under the public key, point", good.hmac_with(good.point())
    yield "HMAC under the key set", good.hmac_with(good.jwks.encode())
    yield "HMAC under the kid", good.hmac_with(good.fields["kid"].encode())
    yield "HMAC under nothing", good.hmac_with(b"")
    signed = f"{b64(compact({**good.fields, 'alg': 'ES384'}))}.{good.body}"
    yield "ES384 by our key", f"{signed}.{b64(forge.sign(good.key, signed, hashes.SHA384))}"
    signed = f"{b64(compact({**good.fields, 'alg': 'RS256'}))}.{good.body}"
    theirs = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    yield "RS256 by another key", f"{signed}.{b64(theirs.sign(signed.encode(), padding.PKCS1v15(), hashes.SHA256()))}"


def signatures(good):
    signed = f"{good.head}.{good.body}"
    raw = unb64(good.signature)
    r, s = int.from_bytes(raw[:32], "big"), int.from_bytes(raw[32:], "big")
    yield "signature empty", f"{signed}."
    yield "signature stripped", signed
    yield "r = s = 0", good.with_signature(raw_signature(0, 0))  # CVE-2022-21449
    yield "r = 0", good.with_signature(raw_signature(0, s))
    yield "s = 0", good.with_signature(raw_signature(r, 0))
    yield "r = s = n", good.with_signature(raw_signature(P256_ORDER, P256_ORDER))
    yield "r = n", good.with_signature(raw_signature(P256_ORDER, s))
    yield "s = n", good.with_signature(raw_signature(r, P256_ORDER))
    yield "r and s the largest", good.with_signature(b"\xff" * 64)
    yield "r and s exchanged", good.with_signature(raw_signature(s, r))
    yield "signature as DER", good.with_signature(good.key.sign(signed.encode(), ec.ECDSA(hashes.SHA256())))
    yield "signature of 63 bytes", good.with_signature(raw[:63])
    yield "signature of 65 bytes", good.with_signature(raw + b"\0")
    yield "one bit changed", good.with_signature(raw[:20] + bytes([raw[20] ^ 1]) + raw[21:])
    yield "another key", good.signed(key=good.theirs)
    over_text = forge.sign(good.key, f"{good.header}.{good.payload}")
    yield "signature over the decoded text", f"{signed}.{b64(over_text)}"
    other = b64(compact({**good.claims, "sub": str(uuid.uuid4())}))
    yield "our signature on another user", f"{good.head}.{other}.{good.signature}"


def headers(good):
    """All signed by the server's key, or by the key that the header offers."""
    kid = good.fields["kid"]
    for name, value in (
        ("traversal", "../../../../../dev/null"),
        ("traversal to our file", f"../keys/{kid}"),
        ("as a file", f"{kid}.pem"),
        ("SQL", "x' OR '1'='1"),
        ("SQL union", f"x' UNION SELECT '{kid}"),
        ("a command", "|/bin/sleep 9"),
        ("NUL behind", f"{kid}\0"),
        ("NUL and a suffix", f"{kid}\0.pem"),
        ("unknown", "nobody"),
        ("empty", ""),
        ("a number", 1),
        ("a list", [kid]),
        ("long", "k" * 4000),
    ):
        yield f"kid {name}", good.with_header(kid=value)
    yield "kid missing", good.with_header(kid=None)
    yield "kid of their own key", good.with_header(key=good.theirs, kid=b64(secrets.token_bytes(32)))
    jwk = good.their_jwk()
    yield "jwk, their key", good.with_header(key=good.theirs, jwk=jwk)
    yield "jwk instead of kid, their key", good.with_header(key=good.theirs, kid=None, jwk=jwk)
    yield "jku, their key", good.with_header(key=good.theirs, jku="https://attacker.example/jwks.json")
    yield "jku to ourselves", good.with_header(jku="http://127.0.0.1/.well-known/jwks.json")
    yield "x5u, their key", good.with_header(key=good.theirs, x5u="https://attacker.example/chain.pem")
    yield "x5c, their key", good.with_header(key=good.theirs, x5c=["MIIBszCCAVmgAwIBAgIUY"])
    yield "crit unknown", good.with_header(crit=["must"], must=True)
    yield "crit empty", good.with_header(crit=[])
    yield "b64 false", good.with_header(b64=False, crit=["b64"])
    yield "zip", good.with_header(zip="DEF")
    packer = zlib.compressobj(9, zlib.DEFLATED, -15)
    bomb = packer.compress(b" " * 2_000_000) + packer.flush()
    yield "zip bomb", good.signed(header={**good.fields, "zip": "DEF"}, payload=bomb)
    yield "nested", good.signed(header={**good.fields, "cty": "JWT"}, payload=good.token)
    yield "JWE, five parts", f"{b64(compact({'alg': 'dir', 'enc': 'A128GCM'}))}..{b64('iv')}.{b64('text')}.{b64('tag')}"
    pbes2 = {"alg": "PBES2-HS256+A128KW", "enc": "A128GCM", "p2c": 2_147_483_647, "p2s": b64("salt")}
    yield "PBES2 with a huge count", f"{b64(compact(pbes2))}.{b64('key')}.{b64('iv')}.{b64('text')}.{b64('tag')}"
    yield "typ missing", good.with_header(typ=None)
    yield "typ JWT", good.with_header(typ="JWT")
    yield "typ of a refresh token", good.with_header(typ="rt+jwt")
    yield "header with alg twice", good.signed(header=good.header.replace("{", '{"alg":"none",', 1))
    yield "header deeply nested", good.signed(header=good.header[:-1] + ',"x":' + "[" * 900 + "]" * 900 + "}")
    yield "header with invalid UTF-8", good.signed(header=good.header[:-1].encode() + b',"x":"\xc3\x28"}')
    yield "header with white space", good.signed(header=good.header.replace(",", ", "))
    yield "header no JSON", good.signed(header="ES256")
    yield "header empty", good.signed(header="")


def claims(good):
    """All signed by the server's key."""
    now = good.now
    yield "exp missing", good.with_claims(exp=None)
    for text in (f'"{now + 900}"', "1e308", "-1", "0", "-0", "null", "true", f"[{now + 900}]", f"{now + 900}.5",
                 "99999999999999999999", f"0{now + 900}", f"+{now + 900}", "9e9", "NaN", "Infinity"):
        yield f"exp {text.replace(str(now + 900), 'good')}", good.with_claim_text("exp", text)
    yield "iat missing", good.with_claims(iat=None)
    yield "iat tomorrow", good.with_claims(iat=now + 86_400, exp=now + 87_300)
    yield "iat a minute ahead", good.with_claims(iat=now + 60)
    yield "iat negative", good.with_claims(iat=-1)
    yield "iat a string", good.with_claims(iat=str(now))
    yield "nbf tomorrow", good.with_claims(nbf=now + 86_400)
    yield "nbf a string", good.with_claims(nbf="tomorrow")
    yield "aud missing", good.with_claims(aud=None)
    yield "aud another", good.with_claims(aud="other")
    yield "aud a list", good.with_claims(aud=["parley"])
    yield "aud a list of two", good.with_claims(aud=["other", "parley"])
    yield "aud longer", good.with_claims(aud="parley.attacker.example")
    yield "iss missing", good.with_claims(iss=None)
    yield "iss another", good.with_claims(iss="https://attacker.example")
    yield "iss in capitals", good.with_claims(iss="PARLEY")
    yield "sub missing", good.with_claims(sub=None)
    yield "sub a name", good.with_claims(sub="alice")
    yield "sub me", good.with_claims(sub="me")
    yield "sub a list", good.with_claims(sub=[good.claims["sub"]])
    yield "sub in capitals", good.with_claims(sub="ABCDEF00-0000-4000-8000-00000000000A")
    yield "sub with SQL", good.with_claims(sub="' OR '1'='1")
    yield "did missing", good.with_claims(did=None)
    yield "did empty", good.with_claims(did="")
    yield "jti missing", good.with_claims(jti=None)
    yield "jti an object", good.with_claims(jti={})
    yield "a claim more", good.with_claims(admin=True)
    yield "__proto__", good.with_claims(__proto__={"admin": True})
    twice = f'"sub":"{uuid.uuid4()}",'
    yield "sub twice", good.signed(payload=good.payload.replace('"sub"', twice + '"sub"'))
    yield "exp twice", good.signed(payload=good.payload.replace('"exp"', f'"exp":{now + 9000},"exp"'))
    yield "payload deeply nested", good.signed(payload=good.payload[:-1] + ',"x":' + "[" * 900 + "]" * 900 + "}")
    yield "payload with invalid UTF-8", good.signed(payload=good.payload[:-1].encode() + b',"x":"\xff"}')
    yield "payload with white space", good.signed(payload=good.payload.replace(",", ", "))
    yield "payload in another order", good.signed(payload=dict(reversed(good.claims.items())))
    yield "payload escaped", good.signed(payload=good.payload.replace("parley", "p\\u0061rley"))
    yield "payload with a byte order mark", good.signed(payload=b"\xef\xbb\xbf" + good.payload.encode())
    yield "payload and a second one", good.signed(payload=good.payload * 2)
    yield "payload a list", good.signed(payload=f"[{good.payload}]")
    yield "payload empty", good.signed(payload="")


def spellings(good):
    """The good token, written otherwise (RFC 7515 section 2: no padding, no white space)."""
    digits = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"
    last = digits[digits.index(good.signature[-1]) ^ 1]
    yield "trailing bits", f"{good.head}.{good.body}.{good.signature[:-1]}{last}"
    yield "signature padded", f"{good.token}=="
    yield "header padded", f"{good.head}=.{good.body}.{good.signature}"
    yield "payload padded", f"{good.head}.{good.body}=.{good.signature}"
    classic = (good.head + good.body + good.signature).translate(str.maketrans("-_", "+/"))
    if set("+/") & set(classic):
        yield "base64 instead of base64url", ".".join(
            part.translate(str.maketrans("-_", "+/")) for part in (good.head, good.body, good.signature)
        )
    yield "a line break within", f"{good.head}.\n{good.body}.{good.signature}"
    yield "a space within", f"{good.head}. {good.body}.{good.signature}"
    yield "a NUL behind", f"{good.token}\0"
    yield "a line break behind", f"{good.token}\n"
    yield "a part more", f"{good.token}.{b64('x')}"
    yield "a dot more", f"{good.token}."
    yield "a dot before", f".{good.token}"
    yield "twice", f"{good.token}.{good.token}"
    yield "twice, with a comma", f"{good.token},{good.token}"
    yield "the scheme in front", f"Bearer {good.token}"
    yield "as JSON", compact({"payload": good.body, "protected": good.head, "signature": good.signature})
    yield "dots alone", ".."
    yield "a word", "undefined"
    yield "no ASCII", "\u00ff.\u00fe.\u00fd"


FAMILIES = (algorithms, signatures, headers, claims, spellings)


class TokenCase(unittest.TestCase):
    """A server, alice with a conversation, and the three ways in."""

    settings = {}

    def setUp(self):
        self.server = Server(merged(ROOMY, self.settings))
        self.addCleanup(self.server.close)
        self.server.start()
        self.alice, self.bob = User(self.server, "alice"), User(self.server, "bob")
        self.addCleanup(self.alice.rest.close)
        self.addCleanup(self.bob.rest.close)
        self.conversation = self.alice.open(self.bob)
        self.rest = Rest(self.server)
        self.addCleanup(self.rest.close)

    def key_files(self):
        return sorted((self.server.data / "keys" / "keys").glob("*.pem"))

    def forge(self, user=None):
        (path,) = self.key_files()
        jwks = self.rest.get("/.well-known/jwks.json").body.decode()
        return forge.Forge((user or self.alice).access_token, forge.read_key(path), jwks)

    # --- the ways in --------------------------------------------------------------------------

    def by_rest(self, token):
        """What a send with this token is answered: (status, code)."""
        body = {"conversation_id": self.conversation, "content": "forged"}
        response = self.rest.request("POST", "/api/messages", body, token=token)
        return response.status, response.json.get("code")

    def by_handshake(self, token):
        try:
            with Socket(self.server, token=token) as socket:
                socket.settle()
                return 101, None
        except Refused as refused:
            return refused.response.status, refused.response.json["code"]

    def by_frame(self, token):
        """What an `auth` frame is answered: ("auth_success", None) or ("auth_error", code) and the close."""
        with contextlib.closing(Socket(self.server)) as socket:
            socket.send({"type": "auth", "token": token})
            answer = socket.receive()
            if answer["type"] == "auth_error":
                socket.expect_close(4003)
            return answer["type"], answer.get("code")

    def refused_everywhere(self, token, code="unauthorized"):
        """A header cannot carry everything: what it cannot goes by frame alone. Answers how many ways there were."""
        self.assertEqual(self.by_frame(token), ("auth_error", code))
        fits = re.fullmatch(r"[\x20-\x7e\x80-\xff]*", token) and token == token.strip()
        if not fits or len(token) > HEADER_CHARS_MAX:
            return 1
        self.assertEqual(self.by_rest(token), (401, code))
        self.assertEqual(self.by_handshake(token), (401, code))
        return 3

    def accepted_everywhere(self, token):
        self.assertEqual(self.by_frame(token), ("auth_success", None))
        self.assertEqual(self.by_rest(token)[0], 201)
        self.assertEqual(self.by_handshake(token), (101, None))

    # --- what must not have happened ------------------------------------------------------------

    def metric(self, name):
        text = self.rest.get("/metrics").body.decode()
        return float(re.search(rf"^{name} (\S+)$", text, re.MULTILINE).group(1))

    def state(self):
        """All that a token that was let in by mistake could have changed."""
        return {
            "messages": self.alice.conversation(self.conversation)["last_seq"],
            "alice's devices": self.alice.rest.get("/api/devices").body,
            "sessions": self.metric("parley_sessions"),
            "issued": self.metric("parley_access_tokens_issued_total"),
            "keys": self.key_files(),
            "alive": self.server.process.poll(),
        }


class Forged(TokenCase):
    def test_forged_tokens_are_refused(self):
        good = self.forge()
        cases = [case for family in FAMILIES for case in family(good)]
        self.assertGreater(len(cases), 60)
        self.assertEqual(len({name for name, _ in cases}), len(cases), "two cases have one name")
        before, refused = self.state(), self.metric("parley_access_tokens_refused_total")
        attempts = 0
        for name, token in cases:
            with self.subTest(name):
                self.assertNotEqual(token, good.token)
                attempts += self.refused_everywhere(token)
        self.assertEqual(self.state(), before)
        # Each was looked at as a token, and none was refused for another reason on the way.
        self.assertEqual(self.metric("parley_access_tokens_refused_total") - refused, attempts)
        print(f"{len(cases)} forged tokens, {attempts} attempts", flush=True)

    def test_what_the_forge_makes_well_is_accepted(self):
        """Else the cases would be refused for the forge's own mistakes."""
        good = self.forge()
        self.accepted_everywhere(good.token)
        self.accepted_everywhere(good.signed())
        self.accepted_everywhere(good.with_header())
        self.accepted_everywhere(good.with_claims(iat=good.now - 10, exp=good.now + 60))
        self.accepted_everywhere(good.with_claim_text("exp", str(good.now + 60)))
        # The clock may differ by a little.
        self.accepted_everywhere(good.with_claims(iat=good.now + 3))

    def test_expired_tokens(self):
        good = self.forge()
        before = self.state()
        for name, exp in (("now", good.now), ("a second ago", good.now - 1), ("1970", 1)):
            with self.subTest(name):
                self.refused_everywhere(good.with_claims(iat=1, exp=exp), "token_expired")
        with self.subTest("expired and by another key"):
            forged = good.with_claims(exp=1)
            signed = forged.rpartition(".")[0]
            self.refused_everywhere(f"{signed}.{b64(forge.sign(good.theirs, signed))}")
        self.assertEqual(self.state(), before)

    def test_a_kid_of_64_kib(self):
        """More than a head or a frame may carry: refused before it is looked at."""
        token = self.forge().with_header(kid="k" * KID_64K)
        status, code = self.by_rest(token)
        self.assertEqual((status, code), (431, "too_large"))
        self.assertEqual(self.by_handshake(token), (431, "too_large"))
        with contextlib.closing(Socket(self.server)) as socket:
            socket.send({"type": "auth", "token": token})
            socket.expect_close(1009)
        fits = self.forge().with_header(kid="k" * 40_000)
        self.refused_everywhere(fits)

    def test_a_refresh_token_is_no_access_token_and_back(self):
        self.refused_everywhere(self.alice.refresh_token)
        self.refused_everywhere(self.alice.refresh_token.removeprefix("prt_"))
        retyped = self.forge().with_header(typ="rt+jwt")
        for token in (self.alice.access_token, retyped, *self.alice.access_token.split(".")):
            with self.subTest(token[:20]):
                self.rest.refused("POST", "/api/auth/refresh", 401, "unauthorized", {"refresh_token": token})
        self.alice.refresh()

    def test_other_ways_to_say_it(self):
        """A token counts in the one place that RFC 6750 section 2.1 names, once."""
        token = self.alice.access_token
        for name, target, headers in (
            ("in the query", f"/api/users/me?access_token={token}", {}),
            ("in the query as token", f"/api/users/me?token={token}", {}),
            ("in a cookie", "/api/users/me", {"Cookie": f"access_token={token}"}),
            ("by basic", "/api/users/me", {"Authorization": f"Basic {token}"}),
            ("without a scheme", "/api/users/me", {"Authorization": token}),
            ("in a header for proxies", "/api/users/me", {"X-Forwarded-Authorization": f"Bearer {token}"}),
        ):
            with self.subTest(name):
                problem = self.rest.request("GET", target, headers=headers, token=None, expect=401).json
                self.assertEqual(problem["code"], "unauthorized")
        with self.subTest("twice, in the handshake"):
            with self.assertRaises(Refused) as refused:
                Socket(self.server, token=token, headers=[("Authorization", f"Bearer {token}")])
            self.assertIn(refused.exception.response.status, (400, 401))
        with self.subTest("in the query of /ws"):
            with contextlib.closing(Socket(self.server, path=f"/ws?token={token}")) as socket:
                socket.send({"type": "heartbeat"})  # not authenticated: the first frame has to be `auth`
                self.assertEqual(socket.expect("auth_error")["code"], "unauthorized")
                socket.expect_close(4003)


class Stale(TokenCase):
    """Tokens that were good."""

    def twin(self, token):
        """The other signature that ECDSA has for the same text: (r, n - s)."""
        head, body, signature = token.split(".")
        raw = unb64(signature)
        r, s = int.from_bytes(raw[:32], "big"), int.from_bytes(raw[32:], "big")
        return f"{head}.{body}.{b64(raw_signature(r, P256_ORDER - s))}"

    def test_logged_out(self):
        other = self.alice.log_in()
        self.addCleanup(other.rest.close)
        good, twin = self.forge(other), self.twin(other.access_token)
        longer = good.with_claims(jti=b64(secrets.token_bytes(16)))
        self.accepted_everywhere(twin)
        other.rest.post("/api/auth/logout", expect=204)
        # What is remembered is the device: neither another spelling of the signature nor another jti helps.
        for token in (other.access_token, twin, longer):
            self.refused_everywhere(token)
        self.rest.refused("POST", "/api/auth/refresh", 401, "unauthorized", {"refresh_token": other.refresh_token})
        self.server.kill()
        self.server.start()
        for token in (other.access_token, twin, longer):
            self.refused_everywhere(token)
        self.accepted_everywhere(self.alice.access_token)

    def test_removed_device(self):
        lost = self.alice.log_in()
        self.addCleanup(lost.rest.close)
        session = Session(self.server, lost.access_token)
        self.addCleanup(session.abort)
        self.alice.rest.delete(f"/api/devices/{lost.device_id}")
        session.expect_close(4003, 5.0)
        self.refused_everywhere(lost.access_token)
        self.refused_everywhere(self.twin(lost.access_token))

    def test_reused_family(self):
        lost = self.alice.log_in()
        self.addCleanup(lost.rest.close)
        first = lost.refresh_token
        tokens = [lost.access_token]
        for _ in range(2):
            lost.refresh()
            tokens.append(lost.access_token)
        self.rest.refused("POST", "/api/auth/refresh", 401, "unauthorized", {"refresh_token": first})
        for token in tokens:
            self.refused_everywhere(token)
        self.accepted_everywhere(self.alice.access_token)


class RotatedKeys(TokenCase):
    settings = {"auth": {"signing_key_days": 1}}

    def age_keys(self):
        """Every key was made two days earlier than it was."""
        for path in self.key_files():
            text = path.read_text(encoding="ascii")
            (made,) = re.findall(r"created (\S+)Z", text)
            earlier = datetime.datetime.fromisoformat(made) - datetime.timedelta(days=2)
            path.write_text(text.replace(made, earlier.isoformat(timespec="milliseconds")), encoding="ascii")

    def kids(self):
        return [key["kid"] for key in self.rest.get("/.well-known/jwks.json").json["keys"]]

    def test_a_key_that_was_rotated_out(self):
        good = self.forge()
        fresh = good.with_claims(iat=good.now, exp=good.now + 900)
        self.server.terminate()
        self.age_keys()
        self.server.start()
        # Its successor signs; its last tokens are still running.
        self.assertEqual(len(self.kids()), 2)
        self.accepted_everywhere(fresh)
        self.server.terminate()
        self.age_keys()
        self.server.start()
        # Now all that it may have signed is over, so nothing by it is good any more.
        self.assertNotIn(good.fields["kid"], self.kids())
        before = self.state_as_bob()
        self.refused_everywhere(fresh)
        self.refused_everywhere(good.signed())
        self.assertEqual(self.state_as_bob(), before)

    def state_as_bob(self):
        self.bob.refresh()
        return self.bob.conversation(self.conversation)["last_seq"]

    def test_a_key_that_was_taken_away(self):
        good = self.forge()
        self.server.terminate()
        for path in self.key_files():
            path.unlink()
        self.server.start()
        self.assertNotIn(good.fields["kid"], self.kids())
        self.refused_everywhere(good.token)
        self.refused_everywhere(good.signed())
        self.alice.refresh()
        self.accepted_everywhere(self.alice.access_token)

    def test_another_servers_token(self):
        with Server(ROOMY) as other:
            stranger = User(other, "stranger")
            self.addCleanup(stranger.rest.close)
            self.refused_everywhere(stranger.access_token)
            (path,) = (other.data / "keys" / "keys").glob("*.pem")
            self.refused_everywhere(self.forge().signed(key=forge.read_key(path)))


if __name__ == "__main__":
    unittest.main()
