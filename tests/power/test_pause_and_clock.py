"""The server stops for a while, or its clock jumps: order, sessions and tokens keep what they promise.

The clock is that of wall_clock/, for the server alone and for wall time alone: libfaketime does not get along with
jemalloc.
"""

import email.utils
import pathlib
import signal
import struct
import sys
import time
import unittest

for folder in ("e2e", "history"):
    sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / folder))

import parley_server
import recorder
from case import ROOMY, merged
from load import Load
from parley_client import PASSWORD, Rest, User
from parley_server import Server, poll

PAUSE_SECONDS = 10
HOUR = 3600


def library():
    """The preloaded clock, built beside the program under test."""
    path = pathlib.Path(parley_server.binary()).with_name("libwall_clock.so")
    if not path.is_file():
        raise RuntimeError(f"no {path}: ./dev test power builds it")
    return str(path)


class Pause(unittest.TestCase):
    def test_sigstop(self):
        """Everybody's heartbeat is late by then, on both sides."""
        server = Server(merged(ROOMY, {"limits": {"heartbeat_seconds": 2}}))
        self.addCleanup(server.close)
        server.start()
        with recorder.History(server.home / "history.jsonl") as history:
            load = Load(server, history, 1, users=3)
            poll(lambda: load.acked > 200, "some messages before the pause", 20)
            server.signal(signal.SIGSTOP)
            history.fault(f"SIGSTOP, {PAUSE_SECONDS} s")
            time.sleep(PAUSE_SECONDS)
            server.signal(signal.SIGCONT)
            before = load.acked
            poll(lambda: load.acked > before + 200, "messages after the pause", 10)
            load.check()
            load.stop()
            load.audit()
        self.assertEqual(server.terminate(), 0)


class ClockJump(unittest.TestCase):
    def setUp(self):
        self.server = Server(ROOMY)
        self.addCleanup(self.server.close)
        self.offset_file = self.server.home / "offset"
        self.offset_file.write_bytes(struct.pack("<q", 0))
        self.server.environment = {"LD_PRELOAD": library(), "WALL_CLOCK_OFFSET": str(self.offset_file)}
        self.server.start()

    def server_time(self):
        rest = Rest(self.server)
        try:
            return email.utils.parsedate_to_datetime(rest.get("/healthz").header("Date")).timestamp()
        finally:
            rest.close()

    def jump(self, seconds):
        """The server's clock is so far from ours."""
        with open(self.offset_file, "r+b", buffering=0) as file:
            file.write(struct.pack("<q", seconds))
        poll(lambda: abs(self.server_time() - time.time() - seconds) < 3, f"a clock {seconds:+d} s off", 10)

    def test_jumps(self):
        alice, bob = User(self.server, "alice"), User(self.server, "bob")
        conversation = alice.open(bob)
        sending, receiving = alice.session(), bob.session()
        self.addCleanup(sending.abort)
        self.addCleanup(receiving.abort)
        sent = 0

        def talk():
            """The sessions live, and what is said comes in order."""
            nonlocal sent
            for _ in range(5):
                sent += 1
                ack = sending.say(conversation, f"message {sent}", client_id=f"c{sent}")
                self.assertEqual(ack["seq"], sent)
                event = receiving.expect("new_message", seq=sent)
                self.assertEqual(event["message_id"], ack["message_id"])
            # A retry is the same message, whatever the clock says.
            self.assertEqual(sending.say(conversation, f"message {sent}", client_id=f"c{sent}")["seq"], sent)

        talk()
        for offset in (HOUR, 0, -HOUR, HOUR, -5, 0, -5, 0, -5, 0):
            with self.subTest(offset=offset):
                self.jump(offset)
                talk()
                # Whoever logs in now is served now, and a refresh token of before is good.
                fresh = alice.log_in()
                fresh.session().close()
                fresh.rest.close()
                alice.refresh()
                alice.rest.get("/api/users/me")
        times = [event["timestamp"] for event in alice.whole_history(conversation)]
        self.assertEqual(len(times), sent)
        self.assertEqual(times, sorted(times), "time goes back from one seq to the next")
        ids = {event["message_id"] for event in bob.whole_history(conversation)}
        self.assertEqual(len(ids), sent)
        # A start with a clock that is behind what is stored.
        self.server.kill()
        self.offset_file.write_bytes(struct.pack("<q", -HOUR))
        self.server.start()
        sending, receiving = alice.log_in().session(), bob.log_in().session()
        self.addCleanup(sending.abort)
        self.addCleanup(receiving.abort)
        talk()
        events = alice.log_in().whole_history(conversation)
        self.assertEqual([event["seq"] for event in events], list(range(1, sent + 1)))
        times = [event["timestamp"] for event in events]
        self.assertEqual(times, sorted(times))
        self.assertEqual(self.server.terminate(), 0)

    def test_tokens_end_by_the_clock_that_gave_them(self):
        alice = User(self.server, "alice")
        old = alice.access_token
        self.jump(HOUR)
        problem = Rest(self.server, old).request("GET", "/api/users/me", expect=401).json
        self.assertEqual(problem["code"], "token_expired")
        alice.refresh()
        alice.rest.get("/api/users/me")
        # The clock is put right: nobody is locked out, with a token of the future or a new one.
        self.jump(0)
        alice.refresh()
        alice.rest.get("/api/users/me")
        login = {"login": alice.username, "password": PASSWORD}
        self.assertEqual(Rest(self.server).request("POST", "/api/auth/login", login).status, 200)
        self.assertEqual(self.server.terminate(), 0)


if __name__ == "__main__":
    unittest.main()
