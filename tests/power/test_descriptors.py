"""More connections than there may be open files: some are turned away, and the server keeps what it needs itself."""

import os
import pathlib
import resource
import socket
import sys
import time
import unittest
from unittest import mock

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "e2e"))

import parley_server
from case import ROOMY, merged
from parley_client import User
from parley_server import Server, poll

LIMIT = 300
CONTENT = "x" * 16000
MESSAGES = 200  # some new files of the log
# RocksDB opens files, too: it flushes all the time.
SETTINGS = merged(ROOMY, {"storage": {"log_segment_mib": 1, "write_interval_ms": 20, "flush_seconds": 1}})


class Descriptors(unittest.TestCase):
    def setUp(self):
        self.server = Server(SETTINGS)
        self.addCleanup(self.server.close)
        limited = self.server.home / "limited"
        limited.write_text(f'#!/bin/sh\nulimit -n {LIMIT}\nexec "{parley_server.binary()}" "$@"\n', encoding="utf-8")
        limited.chmod(0o700)
        with mock.patch.dict(os.environ, PARLEY_BINARY=str(limited)):
            self.server.start()
        self.assertEqual(resource.prlimit(self.server.pid, resource.RLIMIT_NOFILE)[1], LIMIT)

    def open_files(self):
        return len(os.listdir(f"/proc/{self.server.pid}/fd"))

    def cpu_seconds(self):
        fields = pathlib.Path(f"/proc/{self.server.pid}/stat").read_text(encoding="ascii").rsplit(")", 1)[1].split()
        return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")

    def test_a_flood_of_connections(self):
        alice, bob = User(self.server, "alice"), User(self.server, "bob")
        conversation = alice.open(bob)
        session = alice.session()
        self.addCleanup(session.abort)
        before = self.open_files()
        flood = []
        self.addCleanup(lambda: [each.close() for each in flood])
        for _ in range(2 * LIMIT):
            flood.append(socket.create_connection(("127.0.0.1", self.server.port), timeout=10))
        poll(lambda: self.open_files() > LIMIT / 2, "the flood to arrive", 10)
        # Who is there is served, with new files for the log and for the store.
        for number in range(MESSAGES):
            session.say(conversation, f"{number} {CONTENT}")
        began, used = time.monotonic(), self.cpu_seconds()
        poll(lambda: time.monotonic() - began > 1.5, "a while in which it does nothing", 10)
        self.assertLess(self.cpu_seconds() - used, 0.5, "it spins")
        self.assertLess(self.open_files(), LIMIT)
        self.assertLess(len(self.server.log.splitlines()), 100, "it floods its log")
        for each in flood:
            each.close()
        poll(lambda: self.open_files() < before + 30, "the flood to go", 15)
        # Everything that was acknowledged is there, and others can come again.
        late = User(self.server, "late")
        late.session().close()
        events = alice.whole_history(conversation)
        self.assertEqual([event["seq"] for event in events], list(range(1, MESSAGES + 1)))
        self.assertEqual(self.server.terminate(), 0)


if __name__ == "__main__":
    unittest.main()
