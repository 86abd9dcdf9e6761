"""Slow clients by the hundred (slowhttptest): the others are served, and the slow ones are dropped in time.

How much slower the others become is a figure, not a test: ./dev attacks figures.
"""

import os
import pathlib
import threading
import time
import unittest

import attacks  # noqa: F401 - finds the modules of tests/e2e
from case import ServerCase
from parley_client import Rest
from parley_server import PATIENCE, poll
from slow_clients import SlowClients

CONNECTIONS = 300
TIMEOUT = 2.0  # of the server, for a head, a body, the reading of an answer, and between requests
SERVED_WITHIN = 2.0


class Witness(threading.Thread):
    """Somebody else: asks over REST, on new connections, and sends a message, again and again."""

    def __init__(self, server, sender, receiver, conversation):
        super().__init__(daemon=True)
        self.server, self.sender, self.receiver, self.conversation = server, sender, receiver, conversation
        self.done = False
        self.times = []
        self.problem = None

    def run(self):
        try:
            while not self.done:
                begun = time.monotonic()
                rest = Rest(self.server, seconds=SERVED_WITHIN * PATIENCE)
                rest.get("/readyz")
                rest.close()
                ack = self.sender.say(self.conversation, "still here")
                self.receiver.expect("new_message", SERVED_WITHIN, seq=ack["seq"])
                self.times.append(time.monotonic() - begun)
        except Exception as problem:  # noqa: BLE001 - told by the test
            self.problem = problem


class SlowHttp(ServerCase):
    settings = {
        "limits": {
            "header_timeout_ms": int(1000 * TIMEOUT),
            "body_timeout_ms": int(1000 * TIMEOUT),
            "keep_alive_timeout_ms": int(1000 * TIMEOUT),
        }
    }

    def descriptors(self):
        return len(os.listdir(pathlib.Path("/proc", str(self.server.pid), "fd")))

    def attacked(self, mode):
        alice, bob = self.users("alice", "bob")
        sender, receiver = self.session(alice), self.session(bob)
        conversation = alice.open(bob)
        for user in (alice, bob):
            user.rest.close()
        before = self.settled_descriptors()
        witness = Witness(self.server, sender, receiver, conversation)
        witness.start()
        with SlowClients(self.server, mode, CONNECTIONS, seconds=30) as attack:
            poll(lambda: self.descriptors() > before + CONNECTIONS * 0.9, "the attack is not connected", 10)
            held = time.monotonic()
            # Dropped by their deadline (and the tick that looks at it), not by the attacker's own end.
            poll(lambda: self.descriptors() <= before + 2, f"{mode}: slow connections stay", 2 * TIMEOUT + 3)
            held = time.monotonic() - held
            witness.done = True
            witness.join(10 * PATIENCE)
            rows = attack.stop()
        self.assertIsNone(witness.problem, f"somebody else was not served: {witness.problem!r}")
        self.assertGreater(len(witness.times), 10)
        self.assertGreater(max(int(row["Connected"]) for row in rows), CONNECTIONS * 0.8)
        slowest = max(witness.times)
        served = f"{len(witness.times)} others' rounds, slowest {slowest:.3f} s"
        print(f"{mode}: dropped after {held:.1f} s, {served}", flush=True)

    def settled_descriptors(self):
        """When the test's own connections of before are gone."""
        last = [self.descriptors()]

        def stands_still():
            last.append(self.descriptors())
            return len(last) > 20 and len(set(last[-20:])) == 1

        poll(stands_still, "connections come and go", 5)
        return last[-1]

    def test_slow_headers(self):
        self.attacked("slow headers")

    def test_slow_bodies(self):
        self.attacked("slow bodies")

    def test_slow_reads(self):
        self.attacked("slow reads")


if __name__ == "__main__":
    unittest.main()
