"""Each row of http_cases.py against the program. A row that waits costs the server's deadline, made short here."""

import collections
import pathlib
import sys
import unittest

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "e2e"))

import http_cases
from case import ROOMY, merged
from http_cases import MAY, MUST, SHOULD, STRICT
from parley_server import PATIENCE, Server
from raw_http import Peer, Silence

SHORT = {"limits": {"header_timeout_ms": 600, "body_timeout_ms": 600}}


class Counter:
    """How many requests the server has handed to handlers, by its own metric; asking is one itself."""

    def __init__(self, port):
        self.peer = Peer(port)
        self.asked = 0

    def read(self):
        self.asked += 1
        self.peer.send(http_cases.get(target=b"/metrics"))
        for line in self.peer.read().body.decode().splitlines():
            if line.startswith("parley_http_requests_total "):
                return int(float(line.split()[1])) - self.asked
        raise AssertionError("/metrics has no parley_http_requests_total")


class Rows(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.server = Server(merged(ROOMY, SHORT))
        cls.addClassCleanup(cls.server.close)
        cls.server.start()
        cls.deviations = []

    @classmethod
    def tearDownClass(cls):
        counts = collections.Counter(case.level for case in http_cases.CASES)
        print(f"{len(http_cases.CASES)} rows: " + ", ".join(f"{counts[level]} {level}" for level in counts))
        for case in cls.deviations:
            print(f"not as RFC {case.section} has it: {case.id}: {case.answers[-1]}, because {case.why}")
        if cls.server.terminate() != 0:
            raise AssertionError(f"exit code after SIGTERM:\n{cls.server.tail()}")

    def check(self, case):
        counter = Counter(self.server.port)
        self.addCleanup(counter.peer.close)
        before = counter.read()
        with Peer(self.server.port) as peer:
            peer.send(case.bytes)
            statuses = [peer.read(to_head=i in case.heads).status for i in range(self.answers_at_once(case))]
            self.expect_fate(case, peer, statuses)
        self.assertEqual(tuple(statuses), case.answers)
        asked_after = 1 if case.fate == "open" else 0
        self.assertEqual(counter.read() - before, case.requests + asked_after, "requests that reached a handler")
        if case.answers and case.answers[-1] not in case.allowed:
            self.deviations.append(case)

    @staticmethod
    def answers_at_once(case):
        waits_for_408 = case.fate == "waiting" and case.answers
        return len(case.answers) - (1 if waits_for_408 else 0)

    def expect_fate(self, case, peer, statuses):
        if case.fate == "waiting":
            self.assertTrue(peer.silent(0.2), "an answer to what is not a request yet")
            if case.answers:
                last = peer.read()
                statuses.append(last.status)
                self.assertIn("close", last.options())
            self.assertTrue(peer.ends(), "still open")
        elif case.fate == "closed":
            self.assertTrue(peer.ends(), "the connection stays, or more was said")
        else:
            # What comes next on the connection is a request of its own, with an answer of its own.
            peer.send(http_cases.get(target=b"/asyncapi.json"))
            answer = peer.read()
            self.assertEqual(answer.status, 200)
            self.assertIn(b'"asyncapi"', answer.body[:200])
            self.assertTrue(peer.silent(0.01), "more answers than requests")


def add_row(case):
    def test(self):
        self.check(case)

    test.__doc__ = f"RFC {case.section}, {case.level}"
    setattr(Rows, "test_" + case.id.replace("-", "_").replace(".", "_"), test)


for each in http_cases.CASES:
    add_row(each)


class Table(unittest.TestCase):
    """The table keeps its own rules: no MUST is given up, and nothing is given up without a reason."""

    def test_rows(self):
        ids = [case.id for case in http_cases.CASES]
        self.assertEqual(len(ids), len(set(ids)))
        for case in http_cases.CASES:
            with self.subTest(case.id):
                self.assertIn(case.level, (MUST, SHOULD, MAY, STRICT))
                deviates = case.answers[-1:] != () and case.answers[-1] not in case.allowed
                self.assertFalse(deviates and case.level in (MUST, MAY), "a MUST that is not kept")
                self.assertEqual(bool(case.why), deviates or case.level == STRICT, "a reason for each deviation")


class Continue(unittest.TestCase):
    """`Expect: 100-continue` when the client does wait (RFC 9110 section 10.1.1)."""

    @classmethod
    def setUpClass(cls):
        cls.server = Server(ROOMY)
        cls.addClassCleanup(cls.server.close)
        cls.server.start()

    def test_is_told_once_and_then_answered(self):
        with Peer(self.server.port) as peer:
            peer.send(http_cases.post(http_cases.LENGTH, http_cases.CONTINUE, body=b""))
            peer.seconds = 0.3
            with self.assertRaises(Silence):
                peer.read()  # takes the 100, and nothing more
            self.assertEqual(peer.interim, [100])
            peer.seconds = 5 * PATIENCE
            peer.send(http_cases.BODY)
            self.assertEqual(peer.read().status, 401)
            self.assertEqual(peer.interim, [100])

    def test_chunked(self):
        with Peer(self.server.port) as peer:
            peer.send(http_cases.post(http_cases.CHUNKED, http_cases.CONTINUE, body=b""))
            peer.seconds = 0.3
            with self.assertRaises(Silence):
                peer.read()
            self.assertEqual(peer.interim, [100])
            peer.seconds = 5 * PATIENCE
            peer.send(http_cases.CHUNKS)
            self.assertEqual(peer.read().status, 401)

    def test_a_body_that_is_too_large_is_refused_instead(self):
        with Peer(self.server.port) as peer:
            peer.send(http_cases.post(b"Content-Length: 9999999", http_cases.CONTINUE, body=b""))
            self.assertEqual(peer.read().status, 413)
            self.assertEqual(peer.interim, [])
            self.assertTrue(peer.ends())

    def test_http_1_0_is_never_told(self):
        with Peer(self.server.port) as peer:
            peer.send(http_cases.post(http_cases.LENGTH, http_cases.CONTINUE, body=b"", version=b"HTTP/1.0"))
            self.assertTrue(peer.silent(0.3))
            peer.send(http_cases.BODY)
            self.assertEqual(peer.read().status, 401)


class Cut(unittest.TestCase):
    """The same bytes in pieces: what a row comes to does not depend on how TCP cut it."""

    @classmethod
    def setUpClass(cls):
        cls.server = Server(ROOMY)
        cls.addClassCleanup(cls.server.close)
        cls.server.start()

    def test_every_short_row_byte_by_byte(self):
        for case in http_cases.CASES:
            if case.fate == "waiting" or len(case.bytes) > 400:
                continue
            with self.subTest(case.id), Peer(self.server.port) as peer:
                for byte in case.bytes:
                    peer.send(bytes([byte]))
                statuses = tuple(peer.read(to_head=i in case.heads).status for i in range(len(case.answers)))
                self.assertEqual(statuses, case.answers)


if __name__ == "__main__":
    unittest.main()
