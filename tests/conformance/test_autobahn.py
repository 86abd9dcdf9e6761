"""Autobahn's WebSocket cases, driven by kosoku, against the echo of a build with PARLEY_CONFORMANCE.

373 cases: families 1 to 10, and of 12 and 13 (permessage-deflate) the message sizes that need no hour: x.y.1 to
x.y.6. PARLEY_AUTOBAHN=all runs all 517. A case counts only when index.json says OK, or INFORMATIONAL for those that
Autobahn itself does not judge; exit codes are not looked at.
"""

import json
import os
import pathlib
import shutil
import subprocess
import sys
import tempfile
import unittest

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "e2e"))

import parley_server
from parley_server import PATIENCE, ROOT, Server
from parley_websocket import Refused, Socket

KOSOKU = ROOT / "build/conformance/venv/bin/kosoku"
TEST_BUILD = os.environ.get("PARLEY_TEST_BUILD", str(ROOT / "build/mutants/parley"))
ECHO = "/ws-conformance"
# What RFC 6455 leaves open: closing after a fragmented message, and codes that nobody has defined.
INFORMATIONAL = {"7.1.6", "7.13.1", "7.13.2"}
COMPRESSION = [f"12.{i}" for i in range(1, 6)] + [f"13.{i}" for i in range(1, 8)]
ALL = os.environ.get("PARLEY_AUTOBAHN") == "all"


class EchoServer(Server):
    """The test build with its echo open."""

    def __init__(self):
        super().__init__(environment={"PARLEY_CONFORMANCE": "1"}, program=TEST_BUILD)


@unittest.skipUnless(KOSOKU.exists() or os.environ.get("CI") == "true", "no kosoku: tests/conformance/fetch.sh")
class Autobahn(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.server = EchoServer()
        cls.addClassCleanup(cls.server.close)
        cls.server.start()
        cls.home = pathlib.Path(tempfile.mkdtemp(prefix="parley-autobahn-"))
        cls.addClassCleanup(shutil.rmtree, cls.home)

    @classmethod
    def tearDownClass(cls):
        code = cls.server.terminate()
        if code != 0:
            raise AssertionError(f"exit code {code} after SIGTERM:\n{cls.server.tail()}")

    def run_cases(self, name, count, *arguments, parallel=1, seconds=120):
        """Runs the cases and holds index.json against what is due."""
        report = self.home / name
        command = [str(KOSOKU), "-m", "fuzzingclient", "-p", str(parallel), "-o", str(report), *arguments]
        command.append(f"ws://127.0.0.1:{self.server.port}{ECHO}")
        done = subprocess.run(
            command, cwd=self.home, capture_output=True, text=True, timeout=seconds * PATIENCE, check=False
        )
        said = f"{done.stdout[-3000:]}\n{done.stderr[-3000:]}\n{self.server.tail()}"
        index = report / "index.json"
        self.assertTrue(index.exists(), f"kosoku wrote no report:\n{said}")
        (cases,) = json.loads(index.read_text(encoding="utf-8")).values()
        self.assertEqual(len(cases), count, said)
        bad = {
            id: (case["behavior"], case["behaviorClose"])
            for id, case in cases.items()
            if {case["behavior"], case["behaviorClose"]} - ({"OK", "INFORMATIONAL"} if id in INFORMATIONAL else {"OK"})
        }
        self.assertEqual(bad, {}, said)
        print(f"{name}: {count} cases pass, none of them non-strict")

    def test_families_1_to_10(self):
        self.run_cases("families-1-to-10", 247, "-x", "9.*", "-x", "12.*", "-x", "13.*")

    def test_family_9(self):
        """Limits and speed: messages of up to 16 MiB, and up to 65,536 fragments of one."""
        self.run_cases("family-9", 54, "-i", "9.*", parallel=4)

    def test_families_12_and_13(self):
        """Compression with every window that a client can ask for. The ids one by one: 12.1.1* has nine."""
        sizes = range(1, 19) if ALL else range(1, 7)
        chosen = [part for case in COMPRESSION for size in sizes for part in ("-i", f"{case}.{size}")]
        count = len(COMPRESSION) * len(sizes)
        self.run_cases("families-12-and-13", count, *chosen, parallel=2, seconds=7200 if ALL else 300)


class Production(unittest.TestCase):
    """What is shipped has no such route. The test build shows that these checks can fail."""

    def test_binary_does_not_contain_the_route(self):
        binaries = {parley_server.binary(), *map(str, ROOT.glob("build/release/parley"))}
        for path in binaries:
            with self.subTest(path):
                self.assertNotIn(ECHO.encode(), pathlib.Path(path).read_bytes())
        self.assertIn(ECHO.encode(), pathlib.Path(TEST_BUILD).read_bytes())

    def test_route_answers_404_even_when_asked_to_open(self):
        server = Server(environment={"PARLEY_CONFORMANCE": "1"})
        self.addCleanup(server.close)
        server.start()
        with self.assertRaises(Refused) as refused:
            Socket(server, path=ECHO)
        self.assertEqual(refused.exception.response.status, 404)

    def test_test_build_opens_it_only_when_told_to(self):
        server = EchoServer()
        server.environment.clear()
        self.addCleanup(server.close)
        server.start()
        with self.assertRaises(Refused) as refused:
            Socket(server, path=ECHO)
        self.assertEqual(refused.exception.response.status, 404)


if __name__ == "__main__":
    unittest.main()
