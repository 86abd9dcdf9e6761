"""A refresh token that is bound to a key (RFC 9449), in the hands of somebody who has stolen it."""

import base64
import hashlib
import json
import pathlib
import secrets
import sys
import time

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "e2e"))

from case import ServerCase
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature
from parley_client import PASSWORD

PATH = "/api/auth/refresh"
ORDER = 0xFFFFFFFF00000000FFFFFFFFFFFFFFFFBCE6FAADA7179E84F3B9CAC2FC632551


def base64url(data):
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


class Key:
    """A device's key: its holder can prove, nobody else."""

    def __init__(self):
        self.private = ec.generate_private_key(ec.SECP256R1())
        numbers = self.private.public_key().public_numbers()
        self.jwk = {
            "kty": "EC",
            "crv": "P-256",
            "x": base64url(numbers.x.to_bytes(32, "big")),
            "y": base64url(numbers.y.to_bytes(32, "big")),
        }

    def sign(self, text, negate=False):
        r, s = decode_dss_signature(self.private.sign(text.encode(), ec.ECDSA(hashes.SHA256())))
        s = ORDER - s if negate else s
        return base64url(r.to_bytes(32, "big") + s.to_bytes(32, "big"))

    def proof(self, server, *, header=None, claims=None, sign=True):
        head = {"typ": "dpop+jwt", "alg": "ES256", "jwk": self.jwk, **(header or {})}
        body = {
            "htm": "POST",
            "htu": f"http://127.0.0.1:{server.port}{PATH}",
            "iat": int(time.time()),
            "jti": secrets.token_hex(16),
            **(claims or {}),
        }
        text = ".".join(base64url(json.dumps(part).encode()) for part in (head, body))
        return f"{text}.{self.sign(text) if sign else base64url(bytes(64))}"


class Stolen(ServerCase):
    def setUp(self):
        super().setUp()
        self.key = Key()
        self.ada = self.user("ada", device={"name": "laptop", "jwk": self.key.jwk})
        self.token = self.ada.refresh_token

    def refresh(self, *proofs, token=None):
        """The status. Several proofs are several fields."""
        rest = self.rest()
        rest._connect()
        connection = rest._connection
        body = json.dumps({"refresh_token": token or self.token}).encode()
        connection.putrequest("POST", PATH)
        for proof in proofs:
            connection.putheader("DPoP", proof)
        connection.putheader("Content-Type", "application/json")
        connection.putheader("Content-Length", str(len(body)))
        connection.endheaders(body)
        answer = connection.getresponse()
        self.answer = json.loads(answer.read())
        return answer.status

    def lives(self):
        """The device has not been ended, and its owner goes on."""
        self.ada.rest.get("/api/users/me")
        self.assertEqual(self.refresh(self.key.proof(self.server)), 200, self.answer)

    def test_the_token_alone_is_worth_nothing(self):
        for _ in range(3):
            self.assertEqual(self.refresh(), 401)
            self.assertEqual(self.answer["code"], "unauthorized")
        self.lives()

    def test_other_proofs_are_worth_nothing(self):
        thief, key, server = Key(), self.key, self.server
        now = int(time.time())
        host = f"127.0.0.1:{server.port}"
        hmac_like = {"alg": "HS256"}
        cases = {
            "by another key": thief.proof(server),
            "the owner's key in the header, signed by the thief": thief.proof(server, header={"jwk": key.jwk}),
            "not signed": key.proof(server, sign=False),
            "no algorithm": key.proof(server, header={"alg": "none"}),
            "no algorithm and no signature": key.proof(server, header={"alg": "none"}).rsplit(".", 1)[0] + ".",
            "a symmetric algorithm": key.proof(server, header=hmac_like),
            "another type": key.proof(server, header={"typ": "JWT"}),
            "an access token": self.ada.access_token,
            "critical extensions": key.proof(server, header={"crit": ["exp"], "exp": now}),
            "a private key in the header": key.proof(server, header={"jwk": {**key.jwk, "d": key.jwk["x"]}}),
            "another method": key.proof(server, claims={"htm": "GET"}),
            "another path": key.proof(server, claims={"htu": f"http://{host}/api/auth/login"}),
            "another host": key.proof(server, claims={"htu": f"http://evil.example.org{PATH}"}),
            "a host with ours before it": key.proof(server, claims={"htu": f"http://{host}.evil.example.org{PATH}"}),
            "a host with ours as its user": key.proof(server, claims={"htu": f"http://{host}@evil.example.org{PATH}"}),
            "too old": key.proof(server, claims={"iat": now - 180}),
            "of the future": key.proof(server, claims={"iat": now + 180}),
            "a time that is no number": key.proof(server, claims={"iat": str(now)}),
            "a negative time": key.proof(server, claims={"iat": -1}),
            "no id": key.proof(server, claims={"jti": ""}),
            "a very long id": key.proof(server, claims={"jti": "x" * 300}),
            "not even a JWS": "x",
            "empty": "",
        }
        for name, proof in cases.items():
            with self.subTest(name):
                self.assertEqual(self.refresh(proof), 401, self.answer)
        with self.subTest("two fields"):
            self.assertEqual(self.refresh(key.proof(server), key.proof(server)), 401)
        with self.subTest("a body that was changed after signing"):
            head, body, signature = key.proof(server).split(".")
            claims = json.loads(base64.urlsafe_b64decode(body + "=="))
            changed = base64url(json.dumps({**claims, "jti": "other"}).encode())
            self.assertEqual(self.refresh(f"{head}.{changed}.{signature}"), 401)
        self.lives()

    def test_a_proof_that_was_seen_is_used_up(self):
        proof = self.key.proof(self.server)
        self.assertEqual(self.refresh(proof), 200)
        renewed = self.answer["refresh_token"]
        # With the token it came with, and with the one that it brought: the thief has read all of the traffic.
        self.assertEqual(self.refresh(proof), 401)
        self.assertEqual(self.refresh(proof, token=renewed), 401)
        self.assertEqual(self.refresh(self.key.proof(self.server), token=renewed), 200)

    def test_the_other_signature_of_the_same_proof_is_no_other_proof(self):
        """(r, n - s) is as good a signature as (r, s): what counts is the id, not the bytes."""
        proof = self.key.proof(self.server)
        self.assertEqual(self.refresh(proof), 200)
        text = proof.rsplit(".", 1)[0]
        self.assertEqual(self.refresh(f"{text}.{self.key.sign(text, negate=True)}"), 401)

    def test_a_thief_cannot_end_the_device_with_a_used_token(self):
        self.assertEqual(self.refresh(self.key.proof(self.server)), 200)
        renewed = self.answer["refresh_token"]
        self.assertEqual(self.refresh(self.key.proof(self.server), token=renewed), 200)
        newest = self.answer["refresh_token"]
        self.assertEqual(self.refresh(), 401)  # the first one, long used, without its key
        self.assertEqual(self.refresh(Key().proof(self.server)), 401)
        self.assertEqual(self.refresh(self.key.proof(self.server), token=newest), 200)

    def test_a_key_that_is_none_is_told(self):
        jwk = self.key.jwk
        for wrong in (
            {},
            {**jwk, "kty": "RSA"},
            {**jwk, "crv": "P-384"},
            {**jwk, "x": jwk["y"]},  # not on the curve
            {**jwk, "x": base64url(bytes(32)), "y": base64url(bytes(32))},
            {**jwk, "d": jwk["x"]},
            {**jwk, "x": jwk["x"] + "="},
        ):
            with self.subTest(wrong):
                login = {"login": self.ada.username, "password": PASSWORD, "device": {"jwk": wrong}}
                self.rest().refused("POST", "/api/auth/login", 400, "invalid_request", login)

    def test_a_login_binds_anew(self):
        """The same device with another key: the old one's proofs are worth nothing."""
        other = Key()
        grant = self.rest().post(
            "/api/auth/login",
            {
                "login": self.ada.username,
                "password": PASSWORD,
                "device_id": self.ada.device_id,
                "device": {"jwk": other.jwk},
            },
            expect=200,
        ).json
        self.assertEqual(grant["device_id"], self.ada.device_id)
        token = grant["refresh_token"]
        self.assertEqual(self.refresh(self.key.proof(self.server), token=token), 401)
        self.assertEqual(self.refresh(other.proof(self.server), token=token), 200)

    def test_survives_a_restart(self):
        self.server.kill()
        self.server.start()
        self.assertEqual(self.refresh(), 401)
        self.assertEqual(self.refresh(self.key.proof(self.server)), 200)

    def test_thumbprints_are_rfc_7638s(self):
        """The example of RFC 7638 is RSA; this is the form that it prescribes, for the key of this test."""
        ordered = json.dumps({name: self.key.jwk[name] for name in ("crv", "kty", "x", "y")}, separators=(",", ":"))
        name = hashlib.sha256(ordered.encode()).digest()
        files = b"".join(path.read_bytes() for path in self.server.data.glob("directory.db*"))
        self.assertIn(name, files)
