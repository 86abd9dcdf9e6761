"""Access tokens as an attacker would make them, and as only the server itself could: its key is read from
its data directory."""

import base64
import hashlib
import hmac
import json
import time

from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, utils

P256_ORDER = 0xFFFFFFFF00000000FFFFFFFFFFFFFFFFBCE6FAADA7179E84F3B9CAC2FC632551


def b64(data):
    """base64url without padding (RFC 7515 section 2)."""
    data = data.encode() if isinstance(data, str) else data
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


def unb64(text):
    return base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))


def compact(value):
    return json.dumps(value, separators=(",", ":"))


def raw_signature(r, s):
    return r.to_bytes(32, "big") + s.to_bytes(32, "big")


def sign(key, signed, digest=hashes.SHA256):
    """R ‖ S over `signed` (RFC 7518 section 3.4)."""
    return raw_signature(*utils.decode_dss_signature(key.sign(signed.encode(), ec.ECDSA(digest()))))


def read_key(path):
    """A key file of the server: a line about it, then PEM."""
    content = path.read_bytes()
    return serialization.load_pem_private_key(content[content.index(b"-----BEGIN") :], None)


def public_bytes(key, encoding, form=serialization.PublicFormat.SubjectPublicKeyInfo):
    return key.public_key().public_bytes(encoding, form)


class Forge:
    """Variants of one good token. A variant that is said to be signed is signed by the server's own key, so
    that the signature is not what it is refused for."""

    def __init__(self, token, key, jwks):
        self.token = token
        self.key = key
        self.jwks = jwks
        self.theirs = ec.generate_private_key(ec.SECP256R1())
        self.head, self.body, self.signature = token.split(".")
        self.header = unb64(self.head).decode()
        self.payload = unb64(self.body).decode()
        self.claims = json.loads(self.payload)
        self.fields = json.loads(self.header)
        self.now = int(time.time())

    def signed(self, header=None, payload=None, key=None):
        """By the server's key, over any header and payload (text, or fields)."""
        header = self.header if header is None else header
        payload = self.payload if payload is None else payload
        parts = [b64(compact(part) if isinstance(part, dict) else part) for part in (header, payload)]
        signed = ".".join(parts)
        return f"{signed}.{b64(sign(key or self.key, signed))}"

    def with_header(self, key=None, **fields):
        """Fields changed, added, or (None) taken out."""
        return self.signed(header=self._changed(self.fields, fields), key=key)

    def with_claims(self, **fields):
        return self.signed(payload=self._changed(self.claims, fields))

    def with_claim_text(self, name, text):
        """A claim whose value is written as it is: no JSON library has to be able to say it."""
        written = f'"{name}":{json.dumps(self.claims[name])}'
        assert written in self.payload
        return self.signed(payload=self.payload.replace(written, f'"{name}":{text}'))

    def with_signature(self, signature):
        return f"{self.head}.{self.body}.{b64(signature)}"

    def hmac_with(self, secret, alg="HS256"):
        """RS/ES to HS confusion: what is public, used as the secret of a MAC."""
        signed = f"{b64(compact({**self.fields, 'alg': alg}))}.{self.body}"
        return f"{signed}.{b64(hmac.new(secret, signed.encode(), hashlib.sha256).digest())}"

    def public(self, pem=True):
        return public_bytes(self.key, serialization.Encoding.PEM if pem else serialization.Encoding.DER)

    def point(self):
        return public_bytes(self.key, serialization.Encoding.X962, serialization.PublicFormat.UncompressedPoint)

    def their_jwk(self):
        numbers = self.theirs.public_key().public_numbers()
        x, y = (b64(number.to_bytes(32, "big")) for number in (numbers.x, numbers.y))
        return {"kty": "EC", "crv": "P-256", "x": x, "y": y}

    @staticmethod
    def _changed(fields, changes):
        return {name: value for name, value in {**fields, **changes}.items() if value is not None}
