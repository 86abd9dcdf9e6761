"""A server that gets no more memory under load: it may end or refuse, but what it acknowledged is there.

The limit is one on the process (RLIMIT_DATA), which every machine has; what the kernel does when a whole machine or a
container runs out is a kill -9, which tests/crash and test_power_cut.py do all the time.
"""

import pathlib
import re
import resource
import signal
import sys
import time
import unittest

for folder in ("e2e", "history"):
    sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / folder))

import bench
import recorder
from case import ROOMY, merged
from parley_client import Rest
from parley_server import PATIENCE, Server, poll

MIB = 1 << 20
CONNECTIONS = 40
PAYLOAD = 4000  # bytes of each message: what waits for the store fills the memory
LOAD_SECONDS = 1.5
# What it may have beyond what it has when the limit comes.
ROOM = (0, 2 * MIB, 8 * MIB, 24 * MIB)
# std::bad_alloc ends it; so does jemalloc itself when it cannot even give a thread its first arena.
ENDS = (-signal.SIGABRT, -signal.SIGSEGV)
NEWEST = 300
ACKNOWLEDGED_MIN = 1000
SETTINGS = merged(ROOMY, {"storage": {"write_interval_ms": 500, "flush_seconds": 2}})


class MemoryLimit(unittest.TestCase):
    def setUp(self):
        self.server = Server(SETTINGS)
        self.addCleanup(self.server.close)
        self.history = recorder.History(self.server.home / "history.jsonl")
        self.addCleanup(self.history.close)

    def restart(self, why):
        self.history.fault(why)
        self.server.kill()
        self.history.down()
        self.server.start()
        self.history.up()

    def starve(self, room):
        """It may have only so many bytes more than it has. What it ended with, None when it lives."""
        most = self.server.memory_kib("VmData") * 1024 + room
        resource.prlimit(self.server.pid, resource.RLIMIT_DATA, (most, most))
        deadline = time.monotonic() + LOAD_SECONDS * PATIENCE
        while time.monotonic() < deadline and self.server.process.poll() is None:
            time.sleep(0.02)
        return self.server.process.returncode

    def test_nothing_acknowledged_is_lost(self):
        seed_file, accounts = bench.seed(self.server, CONNECTIONS)
        self.server.start()
        load = bench.Bench(self.server, seed_file, connections=CONNECTIONS, payload=PAYLOAD)
        self.addCleanup(load.close)
        ends = []
        for room in ROOM:
            poll(self.messages_come, "load", 20)
            code = self.starve(room)
            print(f"{room // MIB:3d} MiB more: {code}; {self.server.tail(1):.160}", flush=True)
            if code is not None:
                self.assertIn(code, ENDS, self.server.tail())
                ends.append(code)
            self.restart(f"{room} bytes of memory more")
        audit = load.finish(120 * PATIENCE)
        self.restart("kill -9")
        for account in accounts:
            bench.read_for_history(self.history, self.server, account, "last", final=True, newest=NEWEST)
        self.history.close()
        code, report = recorder.check(self.history.path, load.history)
        self.assertEqual(code, 0, report)
        print(
            f"it ended {len(ends)} times of {len(ROOM)}; {audit['acknowledged']} acknowledged, 0 lost, doubled or out of "
            "order", flush=True,
        )
        self.assertTrue(ends, "no limit was felt")
        self.assertGreaterEqual(audit["acknowledged"], ACKNOWLEDGED_MIN)
        self.assertEqual(self.server.terminate(), 0)

    def messages_come(self):
        """The load has found the server."""
        rest = Rest(self.server)
        metrics = rest.get("/metrics").body.decode()
        rest.close()
        return int(re.search(r"^parley_log_records_total (\d+)", metrics, re.M).group(1)) > 0


if __name__ == "__main__":
    unittest.main()
