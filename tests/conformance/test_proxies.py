"""Each row of http_cases.py through nginx and HAProxy: proxy and server agree on how many requests there were.

A proxy keeps one connection to the server. After every row the answers that the server gave on it are as many as the
proxy took for answers to requests of its own, and a request behind the row, on the same client connection and on
another, gets the answer that is meant for it. What a proxy refuses, or makes of a request, is its own affair.
"""

import os
import pathlib
import re
import socket
import sys
import threading
import time
import unittest

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "e2e"))

import http_cases
import proxies
from case import ROOMY
from parley_server import Server, poll
from raw_http import Ended, Peer, Silence

# Requests with an answer that no row asks for.
SAME = (http_cases.get(target=b"/asyncapi.json"), b'"asyncapi"')
OTHER = (http_cases.get(target=b"/.well-known/jwks.json"), b'"keys"')
QUIET_SECONDS = 0.25
ANSWERS_MAX = 50


def any_answer(_answer):
    """Proxies may say what the server may not."""


class Disagreement(AssertionError):
    pass


class Differential:
    """The rows, for one kind of proxy."""

    kind = None
    seconds = 2.0  # until what does not come is missing

    @classmethod
    def setUpClass(cls):
        if cls.kind.program() is None and os.environ.get("CI") != "true":
            raise unittest.SkipTest(f"no {cls.kind.name}: tests/conformance/fetch.sh")
        cls.server = Server(ROOMY)
        cls.addClassCleanup(cls.server.close)
        cls.server.start()
        cls.proxy = cls.kind(cls.server.port)
        cls.addClassCleanup(cls.proxy.close)
        cls.proxy.start()
        cls.other = None

    def test_every_row(self):
        forwarded = 0
        for case in http_cases.CASES:
            with self.subTest(case.id):
                before = self.proxy.relay.answers()
                self.run_row(case)
                forwarded += self.proxy.relay.answers() - before > 2
        print(f"{self.kind.name}: {len(http_cases.CASES)} rows, {forwarded} reached the server, no disagreement")
        # The test would be empty if the proxy refused everything, or asked the server on a new connection each time.
        self.assertGreater(forwarded, 50)
        self.assertLess(len(self.proxy.relay.connections), len(http_cases.CASES) * 2)

    def run_row(self, case):
        first = len(self.proxy.relay.connections) - 1
        with Peer(self.proxy.address, check=any_answer, seconds=self.seconds) as peer:
            self.send(peer, case.bytes)
            self.canary_behind(case, peer)
            self.canary_beside(case)
        try:
            poll(lambda: self.proxy.answers() == self.proxy.relay.answers(), "as many answers as requests", self.seconds)
        except AssertionError:
            raise Disagreement(self.tell(case, first)) from None

    def send(self, peer, data):
        head = data.find(b"\r\n\r\n") + 4
        if self.kind.buffering == "off" and 4 <= head < len(data):
            peer.send(data[:head])
            time.sleep(0.005)  # so that the head goes to the server before the body has come
            data = data[head:]
        peer.send(data)

    def canary_behind(self, case, peer):
        """On the same connection: after the answers to the row comes the canary's, or the connection ends. A proxy
        may see more requests in a row than the server would, and send them on as such."""
        if case.fate == "waiting":
            peer.silent(QUIET_SECONDS)
            return
        peer.send(SAME[0])
        seen = []
        try:
            for i in range(ANSWERS_MAX):
                answer = peer.read(to_head=i in case.heads)
                if SAME[1] in answer.body[:200]:
                    break
                seen.append(answer)
            self.assertTrue(peer.silent(0.002) or peer.ends(), f"more behind the canary: {seen}")
        except Ended:
            pass
        except Silence:
            # The proxy takes the canary for part of the row, and waits. Then nothing may have answered it.
            self.assertFalse(peer.buffer, f"half an answer: {peer.buffer[:200]!r}")

    def canary_beside(self, case):
        """On another client's connection, over the same connection to the server."""
        with Peer(self.proxy.address, check=any_answer) as peer:
            peer.send(OTHER[0])
            answer = peer.read()
            self.assertEqual(answer.status, 200, f"{case.id}: {answer}")
            self.assertIn(OTHER[1], answer.body[:200], "the answer to somebody else's request")

    def tell(self, case, first):
        relay = self.proxy.relay
        streams = "\n".join(
            f"to the server: {connection.sent[-1500:]!r}\nits answers: {connection.answered[-1500:]!r}"
            for connection in relay.connections[max(first, 0) :]
        )
        return (
            f"{case.id}: {self.kind.name} took {self.proxy.answers()} answers, the server gave {relay.answers()}\n"
            f"from the client: {case.bytes[:1500]!r}\n{streams}\n{self.proxy.log()[-4:]}"
        )


class Sloppy:
    """A server that waits for a body, and then takes it for its next request."""

    ANSWER = b"HTTP/1.1 200 OK\r\nDate: Sun, 06 Nov 1994 08:49:37 GMT\r\nContent-Length: %d\r\n\r\n%s"

    def __init__(self):
        self.listener = socket.create_server(("127.0.0.1", 0))
        self.port = self.listener.getsockname()[1]
        threading.Thread(target=self.serve, daemon=True).start()

    def serve(self):
        while True:
            try:
                connection, _ = self.listener.accept()
            except OSError:
                return  # closed
            threading.Thread(target=self.answer, args=(connection,), daemon=True).start()

    def answer(self, connection):
        unread = b""
        with connection:
            while data := connection.recv(1 << 16):
                unread += data
                while b"\r\n\r\n" in unread:
                    head, behind = unread.split(b"\r\n\r\n", 1)
                    length = re.search(rb"(?i)\ncontent-length: (\d+)", head)
                    if length and len(behind) < int(length[1]):
                        break
                    unread = behind
                    body = next((answer for request, answer in (SAME, OTHER) if request.startswith(head[:20])), b"else")
                    connection.sendall(self.ANSWER % (len(body), body))


class SelfTest(unittest.TestCase):
    """A server that does disagree is caught, behind each proxy."""

    def test_sloppy_server(self):
        rows = {case.id: case for case in http_cases.CASES}
        for kind in (Nginx, StreamingNginx, Haproxy):
            with self.subTest(kind.__name__):
                sloppy = Sloppy()
                self.addCleanup(sloppy.listener.close)
                test = kind("test_every_row")
                test.seconds = 0.3
                test.proxy = test.kind(sloppy.port)
                self.addCleanup(test.proxy.close)
                test.proxy.start()
                test.run_row(rows["COMP-BASELINE"])
                with self.assertRaises(AssertionError):
                    test.run_row(rows["SMUG-GET-CL-BODY-DESYNC"])


class Nginx(Differential, unittest.TestCase):
    kind = proxies.Nginx


class StreamingNginx(Differential, unittest.TestCase):
    kind = proxies.StreamingNginx


class Haproxy(Differential, unittest.TestCase):
    kind = proxies.Haproxy


if __name__ == "__main__":
    unittest.main()
