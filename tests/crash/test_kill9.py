"""kill -9 under load, restart, again and again: nothing acknowledged is lost, doubled or out of order.

PARLEY_KILLS says how often (20), PARLEY_CRASH_SEED repeats the moments of a run that failed. The load is
`parley bench`, whose audit judges it; a pair of users of our own is judged by this file, independently.
"""

import http.client
import json
import os
import pathlib
import random
import secrets
import subprocess
import sys
import threading
import time
import unittest

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "e2e"))

import parley_server
from case import ROOMY
from parley_client import Rest
from parley_server import PATIENCE, Server

KILLS = int(os.environ.get("PARLEY_KILLS", "20"))
SEED = int(os.environ.get("PARLEY_CRASH_SEED", "0")) or secrets.randbelow(2**32)
KILLS_A_ROUND = 20  # then a new data directory: the audit reads all that there is
CONNECTIONS = 40
WINDOW = 4
RESTART_SECONDS = 1.5  # allowed for each on average
ACKNOWLEDGED_MIN = 3000


class Writer(threading.Thread):
    """Sends one message after the other over REST, each with the same client_id until the answer is definite."""

    def __init__(self, server, account):
        super().__init__(daemon=True)
        self.rest = Rest(server, account["access_token"], seconds=10)
        self.conversation = account["conversation_id"]
        self.acked = []  # (client_id, seq, message_id)
        self.retries = 0
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
                self.acked.append((client_id, response.json["seq"], response.json["message_id"]))
                return
            if response is not None and response.status not in (500, 503):
                raise AssertionError(f"{client_id}: {response}")
            self.retries += 1
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
        command = [
            parley_server.binary(), "bench", "--seed-file", str(self.seed_file), "--host", "127.0.0.1",
            "--port", str(self.server.port), "--connections", str(CONNECTIONS), "--window", str(WINDOW),
            "--warmup", "0", "--duration", str(seconds), "--reconnect", "--audit", "history",
            "--json", str(self.report),
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
        writer = Writer(self.server, self.accounts[CONNECTIONS])
        writer.start()
        bench = self.start_bench(seconds)
        ends = time.monotonic() + seconds
        restarts = []
        for number, delay in enumerate(delays, 1):
            time.sleep(delay)  # the moment of the kill, out of the seed
            self.assertIsNone(bench.poll(), f"the bench ended before kill {number}:\n{self.bench_says()}")
            self.server.kill()
            began = time.monotonic()
            self.server.start()
            restarts.append(time.monotonic() - began)
        self.assertLess(time.monotonic(), ends, f"restarts take too long, at most {max(restarts):.2f} s")
        print(f"{len(delays)} kills; ready again after {max(restarts):.2f} s at most", flush=True)
        try:
            code = bench.wait(max(0.0, ends - time.monotonic()) + 180 * PATIENCE)
        except subprocess.TimeoutExpired:
            self.fail(f"the bench does not end:\n{self.bench_says()}")
        writer.done.set()
        writer.join(30)
        writer.rest.close()
        print(self.bench_says(), flush=True)
        self.assertEqual(code, 0)
        audit = json.loads(self.report.read_text(encoding="utf-8"))["audit"]
        for name in ("lost", "doubled", "out_of_order", "changed", "holes", "refused_present", "foreign", "unread"):
            self.assertEqual(audit[name], 0, f"{name}: {audit}")
        self.assertGreaterEqual(audit["acknowledged"], min(ACKNOWLEDGED_MIN, 150 * len(delays)))
        self.audit(writer)
        # Once more, from nothing but the disk.
        self.server.kill()
        self.server.start()
        self.audit(writer)
        self.assertEqual(self.server.terminate(), 0)

    def audit(self, writer):
        """What the writer was told against what both users read."""
        self.assertIsNone(writer.problem, repr(writer.problem))
        self.assertGreater(len(writer.acked), 2 * KILLS_A_ROUND)
        readers = self.accounts[CONNECTIONS : CONNECTIONS + 2]
        own, peers = (self.read(account) for account in readers)
        self.assertEqual([event["seq"] for event in own], list(range(1, len(own) + 1)), "seq has no gap and no repeat")
        self.assertEqual(
            [(event["seq"], event["message_id"], event["content"]) for event in own],
            [(event["seq"], event["message_id"], event["content"]) for event in peers],
        )
        by_client_id = {}
        for event in own:
            self.assertNotIn(event["client_id"], by_client_id, "one client_id, one message")
            by_client_id[event["client_id"]] = event
        for client_id, seq, message_id in writer.acked:
            event = by_client_id.get(client_id)
            self.assertIsNotNone(event, f"{client_id} was acknowledged and is lost")
            self.assertEqual((event["seq"], event["message_id"]), (seq, message_id))
        self.assertEqual([event["client_id"] for event in own], [f"w{i}" for i in range(1, len(own) + 1)], "order")
        # At most the one that was under way at the end had no answer.
        self.assertLessEqual(len(own) - len(writer.acked), 1)
        print(f"own audit: {len(writer.acked)} acknowledged, {writer.retries} retries, all there", flush=True)

    def read(self, account):
        rest = Rest(self.server, account["access_token"])
        events, after = [], 0
        while after is not None:
            path = f"/api/conversations/{account['conversation_id']}/messages"
            page = rest.get(f"{path}?after_seq={after}&limit=200").json
            events += page["items"]
            after = page["next"]
        rest.close()
        return events


if __name__ == "__main__":
    unittest.main()
