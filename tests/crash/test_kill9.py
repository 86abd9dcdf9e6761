"""kill -9 under load, restart, again and again: nothing acknowledged is lost, doubled or out of order.

PARLEY_KILLS says how often (20), PARLEY_CRASH_SEED repeats the moments of a run that failed. The load is
`parley bench` and a writer of our own over REST. Both write down what they did and saw (tests/history), and
parley_history judges all of it together, with the audits of two restarts; the bench's own audit must agree.
Somebody runs a group meanwhile (group_writer.py), and must find it as they left it.
"""

import http.client
import json
import os
import pathlib
import random
import secrets
import shutil
import subprocess
import sys
import tempfile
import threading
import time
import unittest

TESTS = pathlib.Path(__file__).resolve().parents[1]
sys.path[:0] = [str(TESTS / "e2e"), str(TESTS / "history")]

import parley_server
import recorder
from case import ROOMY
from group_writer import GroupWriter
from parley_client import Rest
from parley_server import PATIENCE, Server

KILLS = int(os.environ.get("PARLEY_KILLS", "20"))
SEED = int(os.environ.get("PARLEY_CRASH_SEED", "0")) or secrets.randbelow(2**32)
KILLS_A_ROUND = 20  # then a new data directory: the audit reads all that there is
CONNECTIONS = 40
RATE = 8000  # messages a second: what is written down has to be judged, too
NEWEST = 500  # events of each conversation of the bench that are read again after the last restart
RESTART_SECONDS = 1.5  # allowed for each on average
ACKNOWLEDGED_MIN = 3000


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
        left = KILLS
        while left > 0:
            delays = [chance.uniform(0.3, 2.5) for _ in range(min(left, KILLS_A_ROUND))]
            left -= len(delays)
            with self.subTest(delays=delays):
                self.make_server()
                self.one_round(delays)
                self.server.close()

    def make_server(self):
        self.server = Server(ROOMY)
        self.addCleanup(self.server.close)
        self.seed_file = self.server.home / "seed.jsonl"
        code, _, err = parley_server.run(
            "admin", "seed", "--config", self.server.config, "--data", self.server.data,
            "--users", CONNECTIONS + 2, "--out", self.seed_file, seconds=120,
        )
        self.assertEqual(code, 0, err)
        lines = [json.loads(line) for line in self.seed_file.read_text(encoding="utf-8").splitlines()]
        self.accounts = [line for line in lines if "user_id" in line]
        self.server.start()

    def start_bench(self, seconds):
        self.report = self.server.home / "bench.json"
        self.bench_history = self.server.home / "bench.jsonl"
        command = [
            parley_server.binary(), "bench", "--seed-file", str(self.seed_file), "--host", "127.0.0.1",
            "--port", str(self.server.port), "--connections", str(CONNECTIONS), "--rate", str(RATE),
            "--warmup", "0", "--duration", str(seconds), "--reconnect", "--audit", "history",
            "--json", str(self.report), "--history", str(self.bench_history),
        ]
        self.output = open(self.server.home / "bench.out", "w+b")
        self.addCleanup(self.output.close)
        bench = subprocess.Popen(
            command, stdin=subprocess.DEVNULL, stdout=self.output, stderr=subprocess.STDOUT,
            env=parley_server.environment(),
        )

        def reap():
            if bench.poll() is None:
                bench.kill()
            bench.wait()

        self.addCleanup(reap)
        return bench

    def bench_says(self):
        self.output.seek(0)
        return self.output.read().decode("utf-8", "replace")

    def one_round(self, delays):
        seconds = int(sum(delays) + len(delays) * RESTART_SECONDS * PATIENCE + 5)
        self.history = recorder.History(self.server.home / "writer.jsonl")
        self.addCleanup(self.history.close)
        writer = Writer(self.server, self.accounts[CONNECTIONS], self.history)
        writer.start()
        group = GroupWriter(self.server, *self.accounts[CONNECTIONS : CONNECTIONS + 2])
        group.start()
        bench = self.start_bench(seconds)
        ends = time.monotonic() + seconds
        restarts = []
        for number, delay in enumerate(delays, 1):
            time.sleep(delay)  # the moment of the kill, out of the seed
            self.assertIsNone(bench.poll(), f"the bench ended before kill {number}:\n{self.bench_says()}")
            began = time.monotonic()
            self.restart()
            restarts.append(time.monotonic() - began)
        self.assertLess(time.monotonic(), ends, f"restarts take too long, at most {max(restarts):.2f} s")
        print(f"{len(delays)} kills; ready again after {max(restarts):.2f} s at most", flush=True)
        try:
            code = bench.wait(max(0.0, ends - time.monotonic()) + 180 * PATIENCE)
        except subprocess.TimeoutExpired:
            self.fail(f"the bench does not end:\n{self.bench_says()}")
        for one in (writer, group):
            one.done.set()
            one.join(30)
        writer.rest.close()
        print(self.bench_says(), flush=True)
        self.assertEqual(code, 0)
        audit = json.loads(self.report.read_text(encoding="utf-8"))["audit"]
        for name in ("lost", "doubled", "out_of_order", "changed", "holes", "refused_present", "foreign", "unread"):
            self.assertEqual(audit[name], 0, f"{name}: {audit}")
        self.assertGreaterEqual(audit["acknowledged"], min(ACKNOWLEDGED_MIN, 150 * len(delays)))
        readers = self.accounts[CONNECTIONS : CONNECTIONS + 2]
        for account in readers:
            self.audit(account, "first", final=False)
        # Once more, from nothing but the disk.
        self.restart()
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
        self.assertGreater(writer.acked, 2 * KILLS_A_ROUND)
        code, report = recorder.check(self.history.path, self.bench_history)
        print(report, flush=True)
        if code != 0:
            kept = tempfile.mkdtemp(prefix="parley-broken-")
            for path in (self.history.path, self.bench_history):
                shutil.copy(path, kept)
            self.fail(f"the history is kept in {kept}")

    def restart(self):
        self.history.fault("kill -9")
        self.server.kill()
        self.history.down()
        self.server.start()
        self.history.up()

    def audit(self, account, name, *, final, newest=None):
        """The account reads its conversation, from the beginning or only so many events."""
        user, conversation = account["user_id"], account["conversation_id"]
        self.history.member(conversation, user)
        auditor = self.history.client(f"{user}.{name}", user=user, role="auditor")
        rest = Rest(self.server, account["access_token"])
        asked = recorder.now()
        after = 0
        if newest is not None:
            after = max(0, rest.get(f"/api/conversations/{conversation}").json["last_seq"] - newest)
        events, cursor = [], after
        while cursor is not None:
            page = rest.get(f"/api/conversations/{conversation}/messages?after_seq={cursor}&limit=200").json
            events += page["items"]
            cursor = page["next"]
        rest.close()
        auditor.audited(conversation, events, asked, after=after, final=final)


if __name__ == "__main__":
    unittest.main()
