"""kill -9 under load, restart, again and again: nothing acknowledged is lost, doubled or out of order.

PARLEY_KILLS says how often (20), PARLEY_CRASH_SEED repeats the moments of a run that failed. The load is
`parley bench` and a writer of our own over REST. Both write down what they did and saw (tests/history), and
parley_history judges all of it together, with the audits of two restarts; the bench's own audit must agree.
Somebody runs a group meanwhile (group_writer.py), and must find it as they left it.
PARLEY_CRASH_RATE is the bench's load in messages a second (8000); `full`: each client sends again when it is answered.
"""

import http.client
import os
import pathlib
import random
import secrets
import shutil
import sys
import tempfile
import threading
import time
import unittest

TESTS = pathlib.Path(__file__).resolve().parents[1]
sys.path[:0] = [str(TESTS / "e2e"), str(TESTS / "history")]

import bench
import recorder
from case import ROOMY
from group_writer import GroupWriter
from parley_client import Rest
from parley_server import PATIENCE, Server

KILLS = int(os.environ.get("PARLEY_KILLS", "20"))
SEED = int(os.environ.get("PARLEY_CRASH_SEED", "0")) or secrets.randbelow(2**32)
FULL = os.environ.get("PARLEY_CRASH_RATE") == "full"
RATE = 0 if FULL else int(os.environ.get("PARLEY_CRASH_RATE", "8000"))
# Then a new data directory: all of it is read and judged. At full load that is much in a short time.
KILLS_A_ROUND = 10 if FULL else 20
CONNECTIONS = 40
NEWEST = 500  # events of each conversation of the bench that are read again after the last restart
ACKNOWLEDGED_A_KILL = 150  # at least, on average: fewer, and it was no load
CHECK_SECONDS = 600
# A disk that writes or forgets gigabytes of history can be busy for tens of seconds.
START_SECONDS = 60


class Writer(threading.Thread):
    """Sends one message after the other over REST, each with the same client_id until the answer is definite."""

    def __init__(self, server, account, history):
        super().__init__(daemon=True)
        self.rest = Rest(server, account["access_token"], seconds=10)
        self.rest.wire = recorder.Wire(history.client("writer", user=account["user_id"], role="sender"))
        self.conversation = account["conversation_id"]
        self.acked = 0
        self.problem = None
        self.done = threading.Event()

    def run(self):
        number = 0
        try:
            while not self.done.is_set():
                number += 1
                self.send(f"w{number}")
        except Exception as problem:  # noqa: BLE001 - told by the test
            self.problem = problem

    def send(self, client_id):
        body = {"conversation_id": self.conversation, "client_id": client_id, "content": f"from {client_id}"}
        while True:
            try:
                response = self.rest.request("POST", "/api/messages", body)
            except (OSError, http.client.HTTPException):
                self.rest.close()
                response = None
            if response is not None and response.status in (200, 201):
                self.acked += 1
                return
            if response is not None and response.status not in (500, 503):
                raise AssertionError(f"{client_id}: {response}")
            if self.done.wait(0.02):
                return


class Kill9(unittest.TestCase):
    def test_nothing_acknowledged_is_lost(self):
        print(f"PARLEY_CRASH_SEED={SEED} PARLEY_KILLS={KILLS}", flush=True)
        chance = random.Random(SEED)
        left, acknowledged, slowest = KILLS, 0, 0.0
        while left > 0:
            delays = [chance.uniform(0.3, 2.5) for _ in range(min(left, KILLS_A_ROUND))]
            left -= len(delays)
            self.make_server()
            count, ready = self.one_round(delays)
            acknowledged, slowest = acknowledged + count, max(slowest, ready)
            self.server.close()
        print(
            f"{KILLS} kills under {'full' if FULL else 'paced'} load: {acknowledged} acknowledged, 0 lost, doubled or "
            f"out of order; ready again after {slowest:.2f} s at most",
            flush=True,
        )

    def make_server(self):
        self.server = Server(ROOMY)
        self.addCleanup(self.server.close)
        self.seed_file, self.accounts = bench.seed(self.server, CONNECTIONS + 2)
        self.server.start()

    def one_round(self, delays):
        """What was acknowledged, and the longest time until the server was ready again."""
        self.history = recorder.History(self.server.home / "writer.jsonl")
        self.addCleanup(self.history.close)
        writer = Writer(self.server, self.accounts[CONNECTIONS], self.history)
        writer.start()
        group = GroupWriter(self.server, *self.accounts[CONNECTIONS : CONNECTIONS + 2])
        group.start()
        load = bench.Bench(self.server, self.seed_file, connections=CONNECTIONS, rate=RATE)
        self.addCleanup(load.close)
        restarts = []
        for number, delay in enumerate(delays, 1):
            time.sleep(delay)  # the moment of the kill, out of the seed
            load.goes_on(f"before kill {number}")
            restarts.append(self.restart())
        print(f"{len(delays)} kills; ready again after {max(restarts):.2f} s at most", flush=True)
        audit = load.finish(180 * PATIENCE)
        for one in (writer, group):
            one.done.set()
            one.join(30)
        writer.rest.close()
        print(load.says(), flush=True)
        self.assertGreaterEqual(audit["acknowledged"], ACKNOWLEDGED_A_KILL * len(delays))
        readers = self.accounts[CONNECTIONS : CONNECTIONS + 2]
        for account in readers:
            self.audit(account, "first", final=False)
        # Once more, from nothing but the disk.
        restarts.append(self.restart())
        for account in readers:
            self.audit(account, "second", final=True)
        for account in self.accounts[:CONNECTIONS]:
            self.audit(account, "second", final=True, newest=NEWEST)
        self.assertIsNone(group.problem, repr(group.problem))
        self.assertEqual(group.problems(), [])
        self.assertGreater(len(group.sent), len(delays))
        print(f"group: {len(group.sent)} messages, members changed {len(group.changes) - 1} times", flush=True)
        group.rest.close()
        self.assertEqual(self.server.terminate(), 0)
        self.history.close()
        self.assertIsNone(writer.problem, repr(writer.problem))
        self.assertGreater(writer.acked, 2 * len(delays))
        began = time.monotonic()
        code, report = recorder.check(self.history.path, load.history, seconds=CHECK_SECONDS)
        size = (self.history.path.stat().st_size + load.history.stat().st_size) / 1e6
        print(f"{report}\n{size:.0f} MB of history judged in {time.monotonic() - began:.1f} s", flush=True)
        if code != 0:
            kept = tempfile.mkdtemp(prefix="parley-broken-")
            for path in (self.history.path, load.history):
                shutil.copy(path, kept)
            self.fail(f"the history is kept in {kept}")
        return audit["acknowledged"] + writer.acked, max(restarts)

    def restart(self):
        """Seconds until it is ready again."""
        self.history.fault("kill -9")
        self.server.kill()
        self.history.down()
        began = time.monotonic()
        self.server.start(START_SECONDS)
        self.history.up()
        return time.monotonic() - began

    def audit(self, account, name, *, final, newest=None):
        bench.read_for_history(self.history, self.server, account, name, final=final, newest=newest)


if __name__ == "__main__":
    unittest.main()
