"""TLS by configuration: https and wss with a certificate made here, read again on SIGHUP."""

import pathlib
import shutil
import signal
import socket
import ssl
import subprocess
import tempfile
import unittest

from case import ROOMY, merged
from parley_client import PASSWORD, Rest, User
from parley_server import PATIENCE, Exited, Server, poll


def make_certificate(folder, name):
    """A self-signed certificate for localhost and 127.0.0.1: folder/cert.pem and folder/key.pem."""
    subprocess.run(
        ["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-days", "2",
         "-subj", f"/CN={name}", "-addext", "subjectAltName=DNS:localhost,IP:127.0.0.1",
         "-keyout", str(folder / "key.pem.new"), "-out", str(folder / "cert.pem.new")],
        check=True,
        capture_output=True,
    )
    for each in ("key.pem", "cert.pem"):
        (folder / (each + ".new")).chmod(0o600)
        (folder / (each + ".new")).rename(folder / each)


class Tls(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.folder = pathlib.Path(tempfile.mkdtemp(prefix="parley-tls-"))
        cls.addClassCleanup(shutil.rmtree, cls.folder)
        make_certificate(cls.folder, "first")
        tls = {"certificate_file": str(cls.folder / "cert.pem"), "key_file": str(cls.folder / "key.pem")}
        cls.server = Server(merged(ROOMY, {"tls": tls, "limits": {"header_timeout_ms": 2000}}))
        cls.addClassCleanup(cls.server.close)
        cls.server.start()

    def context(self):
        return ssl.create_default_context(cafile=str(self.folder / "cert.pem"))

    def common_name(self):
        context = ssl.create_default_context()
        context.check_hostname = False
        context.verify_mode = ssl.CERT_NONE
        with socket.create_connection(("127.0.0.1", self.server.port), timeout=5 * PATIENCE) as raw:
            with context.wrap_socket(raw) as secure:
                pem = ssl.DER_cert_to_PEM_cert(secure.getpeercert(binary_form=True))
        out = subprocess.run(
            ["openssl", "x509", "-noout", "-subject"], input=pem.encode(), capture_output=True, check=True
        )
        return out.stdout.decode().strip().rsplit("=", 1)[1].strip()

    def setUp(self):
        self.server.tls = self.context()

    def user(self, prefix="user"):
        user = User(self.server, prefix)
        self.addCleanup(user.rest.close)
        return user

    def session(self, user, **options):
        session = user.session(**options)
        self.addCleanup(session.abort)
        return session

    def test_chat_over_https_and_wss(self):
        alice, bob = self.user("alice"), self.user("bob")
        at_alice, at_bob = self.session(alice), self.session(bob, deflate=True)
        conversation = alice.open(bob)
        for content in ("short", "x" * 16384, "grüße " * 2000):
            ack = at_alice.say(conversation, content)
            self.assertEqual(at_bob.expect("new_message", seq=ack["seq"])["content"], content)
        for i in range(300):
            at_alice.message(conversation, f"m{i}" + "x" * 500, client_id=f"c{i}")
        self.assertEqual([at_alice.expect("ack", client_id=f"c{i}")["seq"] for i in range(300)], list(range(4, 304)))
        self.assertEqual([at_bob.expect("new_message")["seq"] for _ in range(300)], list(range(4, 304)))
        page = bob.page(conversation, limit=200)
        self.assertEqual(len(page["items"]), 200)
        at_alice.close()
        self.assertEqual(at_alice.closed.code, 1000)

    def test_own_origin_is_https(self):
        user = self.user()
        self.session(user, origin=f"https://127.0.0.1:{self.server.port}").settle()

    def test_cookies_are_secure(self):
        rest = Rest(self.server)
        self.addCleanup(rest.close)
        body = {"username": "cookie_" + str(self.server.port), "password": PASSWORD, "cookie": True}
        origin = {"Origin": f"https://127.0.0.1:{self.server.port}"}
        response = rest.post("/api/auth/register", body, headers=origin)
        cookie = response.header("Set-Cookie")
        self.assertRegex(cookie, r"^__Host-[^;]*; Path=/; Secure; HttpOnly; SameSite=Strict;")
        again = rest.post("/api/auth/refresh", headers={**origin, "Cookie": cookie.split(";")[0]}, expect=200)
        self.assertRegex(again.header("Set-Cookie"), r"^__Host-")
        # A cookie that a neighbour could have set over plain HTTP is none.
        plain = {**origin, "Cookie": again.header("Set-Cookie").split(";")[0].removeprefix("__Host-")}
        rest.refused("POST", "/api/auth/refresh", 400, "invalid_request", headers=plain)

    def test_browsers_are_told_to_stay_with_tls(self):
        rest = Rest(self.server)
        self.addCleanup(rest.close)
        for target, status in (("/", 200), ("/api/users/me", 401), ("/nothing", 404)):
            answer = rest.get(target, expect=status)
            self.assertRegex(answer.header("Strict-Transport-Security"), r"^max-age=31536000; includeSubDomains$")

    def test_weak_ciphers_are_refused(self):
        for ciphers in ("AES128-SHA", "AES128-GCM-SHA256", "ECDHE+SHA", "DHE", "aNULL", "NULL", "RC4:3DES"):
            with self.subTest(ciphers):
                context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
                context.check_hostname = False
                context.verify_mode = ssl.CERT_NONE
                try:
                    context.set_ciphers(f"{ciphers}:@SECLEVEL=0")
                except ssl.SSLError:
                    continue  # unknown even to this client
                context.maximum_version = ssl.TLSVersion.TLSv1_2
                with socket.create_connection(("127.0.0.1", self.server.port), timeout=5 * PATIENCE) as raw:
                    with self.assertRaises((ssl.SSLError, ConnectionError)):
                        context.wrap_socket(raw)

    def test_old_protocols_are_refused(self):
        for version in (ssl.TLSVersion.TLSv1, ssl.TLSVersion.TLSv1_1):
            context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
            context.check_hostname = False
            context.verify_mode = ssl.CERT_NONE
            context.set_ciphers("ALL:@SECLEVEL=0")
            context.minimum_version = context.maximum_version = version
            with socket.create_connection(("127.0.0.1", self.server.port), timeout=5 * PATIENCE) as raw:
                with self.assertRaises((ssl.SSLError, ConnectionError)):
                    context.wrap_socket(raw)

    def test_plain_http_and_garbage_are_closed_and_hurt_nobody(self):
        plain = b"GET /healthz HTTP/1.1\r\nHost: localhost\r\n\r\n"
        for data in (plain, b"\x16\x03\x01\xff\xff" + b"x" * 500, b"\0" * 64):
            with socket.create_connection(("127.0.0.1", self.server.port), timeout=5 * PATIENCE) as raw:
                raw.sendall(data)
                try:
                    while raw.recv(4096):
                        pass
                except ConnectionResetError:
                    pass
        self.user()

    def test_silent_handshake_is_closed(self):
        """A connection that never begins TLS does not stay for ever."""
        with socket.create_connection(("127.0.0.1", self.server.port), timeout=15 * PATIENCE) as raw:
            raw.sendall(b"\x16\x03\x01")
            try:
                self.assertEqual(raw.recv(1), b"")
            except ConnectionResetError:
                pass

    def test_reload_on_sighup(self):
        alice = self.user("alice")
        open_session = self.session(alice)
        before = self.common_name()
        make_certificate(self.folder, "second")
        self.addCleanup(self.back_to_first)
        self.server.signal(signal.SIGHUP)
        poll(lambda: self.common_name() == "second", "the new certificate")
        self.assertNotEqual(before, "second")
        # What is connected stays connected; new clients trust the new one only.
        open_session.settle()
        rest = Rest(self.server)
        self.addCleanup(rest.close)
        with self.assertRaises(ssl.SSLCertVerificationError):
            rest.get("/healthz")
        self.server.tls = self.context()
        self.user("bob")

    def back_to_first(self):
        make_certificate(self.folder, "first")
        self.server.signal(signal.SIGHUP)
        poll(lambda: self.common_name() == "first", "the first certificate again")

    def test_reload_of_a_bad_certificate_keeps_the_old_one(self):
        before = self.common_name()
        good = (self.folder / "cert.pem").read_bytes()
        self.addCleanup((self.folder / "cert.pem").write_bytes, good)
        (self.folder / "cert.pem").write_text("no certificate", encoding="ascii")
        lines = len(self.server.log.splitlines())
        self.server.signal(signal.SIGHUP)
        poll(lambda: len(self.server.log.splitlines()) > lines, "a line that says so")
        self.assertRegex("\n".join(self.server.log.splitlines()[lines:]), r"cert\.pem")
        self.assertEqual(self.common_name(), before)


class BadFiles(unittest.TestCase):
    def refused(self, certificate, key, *words):
        tls = {"tls": {"certificate_file": str(certificate), "key_file": str(key)}}
        server = Server(tls)
        self.addCleanup(server.close)
        with self.assertRaises(Exited) as exited:
            server.start()
        self.assertIn("exit code 1", str(exited.exception))
        for word in words:
            self.assertIn(word, server.log)

    def test_each_ends_the_start_with_a_line(self):
        folder = pathlib.Path(tempfile.mkdtemp(prefix="parley-tls-"))
        self.addCleanup(shutil.rmtree, folder)
        make_certificate(folder, "one")
        other = folder / "other"
        other.mkdir()
        make_certificate(other, "two")
        (folder / "empty").write_bytes(b"")
        self.refused(folder / "none.pem", folder / "key.pem", "none.pem")
        self.refused(folder / "cert.pem", folder / "none.pem", "none.pem")
        self.refused(folder / "empty", folder / "key.pem", "empty")
        self.refused(folder / "cert.pem", other / "key.pem", "key.pem")


if __name__ == "__main__":
    unittest.main()
