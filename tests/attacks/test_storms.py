"""Many at once: logins, deflate bombs, and everybody who comes back after a crash.

How much slower the others become is a figure, not a test: ./dev attacks figures.
"""

import concurrent.futures
import contextlib
import json
import re
import socket
import time
import unittest
import urllib.request
import zlib

import attacks
from case import ROOMY, ServerCase, merged
from load import AUDITED, Bench, seed
from parley_client import PASSWORD
from parley_server import PATIENCE, Server, poll
from parley_websocket import TEXT, encode_frame

LOGINS = 200
BOMBERS = 20
BOMBS = 10  # each
CLIENTS = 500
KILLS = 3
RESUMED_WITHIN = 30.0


class Logins(ServerCase):
    settings = attacks.UNLIMITED

    def test_a_storm_of_logins(self):
        alice, bob, carol = self.users("alice", "bob", "carol")
        sender, receiver = self.session(alice), self.session(bob)
        conversation = alice.open(bob)
        rests = [self.rest(seconds=120) for _ in range(LOGINS)]
        bodies = [
            {"login": carol.username, "password": PASSWORD if number % 2 else "wrong " + PASSWORD}
            for number in range(LOGINS)
        ]

        def log_in(rest, body):
            return rest.request("POST", "/api/auth/login", body).status

        times = []
        with concurrent.futures.ThreadPoolExecutor(LOGINS) as pool:
            logins = [pool.submit(log_in, rest, body) for rest, body in zip(rests, bodies)]
            while len(times) < 5 or not all(login.done() for login in logins):
                begun = time.monotonic()
                ack = sender.say(conversation, "x")
                receiver.expect("new_message", seq=ack["seq"])
                times.append(time.monotonic() - begun)
            statuses = [login.result() for login in logins]
        # Each is answered on its merits, late or not: 200 do not fill a queue of 1,000.
        self.assertEqual(statuses, [401 if number % 2 == 0 else 200 for number in range(LOGINS)])
        self.assertEqual(len(alice.conversation(conversation)["members"]), 2)
        print(f"{LOGINS} logins at once, {len(times)} messages meanwhile, slowest {max(times):.3f} s", flush=True)


class FullQueue(ServerCase):
    """More logins than the hashing queue holds: refused at once, and the queue is there again afterwards."""

    settings = merged(attacks.UNLIMITED, {"auth": {"hashing_threads": 2}})
    QUEUE = 1000  # src/app/embedded.cc
    TOO_MANY = 1300

    def test_what_does_not_fit_is_told_to_wait(self):
        body = json.dumps({"login": "nobody", "password": PASSWORD}).encode()
        head = f"POST /api/auth/login HTTP/1.1\r\nHost: a\r\nContent-Length: {len(body)}\r\n\r\n".encode()
        with contextlib.ExitStack() as stack:
            sockets = [stack.enter_context(contextlib.closing(self.connect())) for _ in range(self.TOO_MANY)]
            for sock in sockets:
                sock.sendall(head + body)
            answers = [self.status_of(sock) for sock in sockets]
        refused = answers.count(429)
        self.assertEqual(answers.count(401) + refused, self.TOO_MANY)
        self.assertGreater(refused, 0)
        self.assertGreaterEqual(answers.count(401), self.QUEUE)
        print(f"{self.TOO_MANY} logins at once: {refused} told to wait", flush=True)
        self.user()

    def connect(self):
        return socket.create_connection(("127.0.0.1", self.server.port), timeout=120 * PATIENCE)

    @staticmethod
    def status_of(sock):
        received = b""
        while b"\r\n" not in received:
            received += sock.recv(4096)
        return int(received.split(b" ", 2)[1])


class Bombs(ServerCase):
    """Frames of 64 KB that inflate to 60 MB, from many sockets at once."""

    def test_bombs_at_once(self):
        packer = zlib.compressobj(9, zlib.DEFLATED, -15)
        bomb = b"".join(packer.compress(b"\0" * (1 << 20)) for _ in range(60)) + packer.flush(zlib.Z_SYNC_FLUSH)
        frame = encode_frame(TEXT, bomb[:-4], rsv1=True)
        self.assertLess(len(bomb), 65536)
        users = self.users(*["bomber"] * BOMBERS)
        witness = self.session(self.user("witness"))
        before = self.server.memory_kib("VmRSS")

        def throw(user):
            for _ in range(BOMBS):
                with contextlib.closing(user.session(deflate=True)) as session:
                    session.send_raw(frame)
                    session.expect_close(1009, 20)

        with concurrent.futures.ThreadPoolExecutor(BOMBERS) as pool:
            throwing = [pool.submit(throw, user) for user in users]
            while not all(each.done() for each in throwing):
                witness.settle()
            for each in throwing:
                each.result()
        grown = self.server.memory_kib("VmHWM") - before
        print(f"{BOMBERS * BOMBS} bombs of 60 MB: {grown / 1024:.1f} MiB more at most", flush=True)
        self.assertLess(grown, 32 * 1024)
        witness.settle()


class Reconnects(unittest.TestCase):
    """Everybody is cut at once, and back within a second: all resume, and nothing is lost."""

    def test_everybody_comes_back(self):
        server = Server(ROOMY)
        self.addCleanup(server.close)
        users = seed(server, CLIENTS)
        server.start()
        options = ("--rate", 500, "--warmup", 0, "--reconnect", "--audit", "history", "--drain", 60)
        seconds = 6 * KILLS + 6
        resumed = []
        with Bench(server, users, connections=CLIENTS, seconds=seconds, options=options) as bench:
            self.everybody_is_there(server)
            for _ in range(KILLS):
                server.kill()
                server.start()
                begun = time.monotonic()
                self.everybody_is_there(server)
                resumed.append(time.monotonic() - begun)
                self.assertIsNone(bench.process.poll(), bench.says())
            report = bench.result(180)
            print(bench.says(), flush=True)
        audit = report["audit"]
        self.assertEqual({name: audit[name] for name in AUDITED}, dict.fromkeys(AUDITED, 0))
        self.assertGreater(audit["acknowledged"], 1000)
        self.assertLess(max(resumed), RESUMED_WITHIN * PATIENCE)
        print(f"{CLIENTS} clients cut {KILLS} times, all back after {max(resumed):.2f} s at most", flush=True)

    def everybody_is_there(self, server):
        poll(lambda: self.sessions(server) == CLIENTS, "not everybody is back", RESUMED_WITHIN)

    @staticmethod
    def sessions(server):
        with urllib.request.urlopen(f"http://127.0.0.1:{server.port}/metrics", timeout=10) as answer:
            return float(re.search(rb"^parley_sessions (\S+)$", answer.read(), re.MULTILINE).group(1))


if __name__ == "__main__":
    unittest.main()
