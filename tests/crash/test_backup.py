"""`parley backup` under load, kills in its middle, and `parley restore`: what was acknowledged before it is in it.

PARLEY_BACKUPS says how many backups are restored and looked into (3), PARLEY_KILLS how many are killed in the middle
(20, of which a tenth here), PARLEY_CRASH_SEED repeats the moments of a run that failed.
"""

import http.client
import os
import pathlib
import random
import secrets
import shutil
import subprocess
import sys
import threading
import time
import unittest

TESTS = pathlib.Path(__file__).resolve().parents[1]
sys.path[:0] = [str(TESTS / "e2e")]

import parley_server
from case import ROOMY
from parley_client import PASSWORD, Rest, Session, User
from parley_server import PATIENCE, Server, run

BACKUPS = int(os.environ.get("PARLEY_BACKUPS", "3"))
KILLS = max(1, int(os.environ.get("PARLEY_KILLS", "20")) // 10)
SEED = int(os.environ.get("PARLEY_CRASH_SEED", "0")) or secrets.randbelow(2**32)
WRITERS = 6
BACKUP_SECONDS = 60


class Writer(threading.Thread):
    """Sends one message after the other, each with the same client_id until the answer is definite."""

    def __init__(self, server, user, other):
        super().__init__(daemon=True)
        self.user = user
        self.conversation = user.open(other)
        self.rest = Rest(server, user.access_token, seconds=10)
        self.acked = []  # (seq, message_id, content); at place i: seq i + 1
        self.problem = None
        self.done = threading.Event()

    def run(self):
        try:
            while not self.done.is_set():
                self.send(f"m{len(self.acked) + 1}")
        except Exception as problem:  # noqa: BLE001 - told by the test
            self.problem = problem

    def send(self, client_id):
        content = f"{client_id} of {self.user.username}"
        body = {"conversation_id": self.conversation, "client_id": client_id, "content": content}
        while not self.done.is_set():
            try:
                response = self.rest.request("POST", "/api/messages", body)
            except (OSError, http.client.HTTPException):
                self.rest.close()
                self.done.wait(0.02)
                continue
            if response.status in (200, 201):
                sent = response.json
                self.acked.append((sent["seq"], sent["message_id"], content))
                return
            if response.status not in (500, 503):
                raise AssertionError(f"{client_id}: {response}")
            self.done.wait(0.02)


class Joiner(threading.Thread):
    """New users, each with a new conversation: what the log speaks of must be in the directory."""

    def __init__(self, server, host):
        super().__init__(daemon=True)
        self.server = server
        self.host = host
        self.joined = []  # (username, conversation_id), the message of which is acknowledged
        self.problem = None
        self.done = threading.Event()

    def run(self):
        try:
            while not self.done.wait(0.05):
                self.join_in()
        except Exception as problem:  # noqa: BLE001 - told by the test
            self.problem = problem

    def join_in(self):
        try:
            user = User(self.server, "joiner")
            sent = user.send(self.host, "I am here", client_id="first").json
            user.rest.close()
        except (OSError, http.client.HTTPException):
            return  # the server was killed just then
        except AssertionError as problem:
            if "503" not in str(problem):
                raise
            return
        self.joined.append((user.username, sent["conversation_id"]))


class Backup(unittest.TestCase):
    def setUp(self):
        print(f"PARLEY_CRASH_SEED={SEED} PARLEY_BACKUPS={BACKUPS}", flush=True)
        self.chance = random.Random(SEED)
        # Small segments and a store that is written often: all of them change while they are copied.
        small = {"storage": {"log_segment_mib": 1, "write_interval_ms": 20, "flush_seconds": 1}}
        self.server = Server({**ROOMY, **small})
        self.addCleanup(self.server.close)
        self.server.start()
        self.users = [User(self.server, "writer") for _ in range(WRITERS)]
        self.epoch = self.epoch_of(self.server, self.users[0])
        self.writers = [
            Writer(self.server, user, self.users[(i + 1) % WRITERS]) for i, user in enumerate(self.users[:-1])
        ]
        self.joiner = Joiner(self.server, self.users[0])
        self.threads = [*self.writers, self.joiner]
        for thread in self.threads:
            thread.start()
        self.addCleanup(self.stop)

    def stop(self):
        for thread in self.threads:
            thread.done.set()
        for thread in self.threads:
            thread.join(30 * PATIENCE)
        for rest in [*(user.rest for user in self.users), *(writer.rest for writer in self.writers)]:
            rest.close()

    def epoch_of(self, server, user):
        session = Session(server, user.access_token)
        epoch = session.auth["epoch"]
        session.abort()
        return epoch

    def back_up(self, path):
        return run("backup", path, "--data", self.server.data, seconds=BACKUP_SECONDS)

    def test_1_what_was_acknowledged_before_is_in_it(self):
        for number in range(BACKUPS):
            time.sleep(self.chance.uniform(0.5, 2.0))  # the load goes on, out of the seed
            with self.subTest(number=number):
                before = [len(writer.acked) for writer in self.writers]
                joined = list(self.joiner.joined)
                path = self.server.home / f"backup-{number}"
                code, out, err = self.back_up(path)
                self.assertEqual(code, 0, err)
                after = [len(writer.acked) for writer in self.writers]
                print(f"backup {number}: {sum(before)} acknowledged before, {sum(after)} after: {out.strip()}", flush=True)
                self.look_into(path, before, joined)
        self.stop()
        for thread in self.threads:
            self.assertIsNone(thread.problem, repr(thread.problem))
        self.assertGreater(sum(len(writer.acked) for writer in self.writers), 50 * BACKUPS)
        self.assertGreater(len(self.joiner.joined), BACKUPS)

    def restored(self, path):
        data = self.server.home / f"restored-{secrets.token_hex(4)}"
        code, _, err = run("restore", path, "--data", data, seconds=BACKUP_SECONDS)
        self.assertEqual(code, 0, err)
        server = Server(ROOMY, data=data)
        self.addCleanup(server.close)
        server.start()
        return server

    def look_into(self, path, before, joined):
        server = self.restored(path)
        self.assertNotEqual(self.epoch_of(server, self.users[0]), self.epoch)
        for writer, known in zip(self.writers, before, strict=True):
            rest = Rest(server, writer.user.access_token)
            events = self.all_events(rest, writer.conversation)
            self.assertEqual([event["seq"] for event in events], list(range(1, len(events) + 1)))
            self.assertGreaterEqual(len(events), known, "acknowledged before the backup, and not in it")
            acked = writer.acked[: len(events)]
            found = [(event["seq"], event["message_id"], event["content"]) for event in events[: len(acked)]]
            self.assertEqual(found, acked)
            # It goes on: a retry is the same message, a new one the next.
            last = events[-1]
            body = {"conversation_id": writer.conversation, "content": last["content"], "client_id": last["client_id"]}
            self.assertEqual(rest.post("/api/messages", body, expect=200).json["message_id"], last["message_id"])
            sent = rest.post("/api/messages", {**body, "client_id": "new", "content": "on"}, expect=201).json
            self.assertEqual(sent["seq"], len(events) + 1)
            rest.close()
        for username, conversation in joined[-20:]:
            rest = Rest(server)
            grant = rest.post("/api/auth/login", {"login": username, "password": PASSWORD}, expect=200).json
            rest.token = grant["access_token"]
            listed = rest.get("/api/conversations").json["items"]
            self.assertEqual([item["conversation_id"] for item in listed], [conversation], username)
            # The pair is known: no second conversation of the same two.
            opened = rest.post("/api/conversations", {"user_id": self.users[0].id}, expect=200).json
            self.assertEqual(opened["conversation_id"], conversation)
            rest.close()
        self.assertEqual(server.terminate(), 0)
        server.close()

    def all_events(self, rest, conversation):
        events, cursor = [], 0
        while cursor is not None:
            page = rest.get(f"/api/conversations/{conversation}/messages?after_seq={cursor}&limit=200").json
            events += page["items"]
            cursor = page["next"]
        return events

    def test_2_a_kill_in_its_middle_leaves_a_whole_one_or_none(self):
        time.sleep(1.0)  # so that there is something to copy
        whole = 0
        for number in range(KILLS):
            path = self.server.home / "killed"
            began = subprocess.Popen(
                [parley_server.binary(), "backup", str(path), "--data", str(self.server.data)],
                env=parley_server.environment(),
                stdin=subprocess.DEVNULL,
                stdout=subprocess.DEVNULL,
                stderr=subprocess.DEVNULL,
            )
            time.sleep(self.chance.uniform(0.0, 0.3))  # the moment of the kill, out of the seed
            before = [len(writer.acked) for writer in self.writers]
            self.server.kill()
            # Without a server the command makes one of its own: it may still come to a good end.
            code = began.wait(BACKUP_SECONDS * PATIENCE)
            self.server.start()
            with self.subTest(number=number, code=code):
                self.assertTrue(path.exists() or code != 0)
                if path.exists():
                    whole += 1
                    server = self.restored(path)
                    self.assertEqual(server.terminate(), 0)
                    server.close()
                    shutil.rmtree(path)
                for writer, known in zip(self.writers, before, strict=True):
                    self.assertGreaterEqual(len(writer.acked), known)
        code, _, err = self.back_up(self.server.home / "afterwards")
        self.assertEqual(code, 0, err)
        left = [entry.name for entry in self.server.home.iterdir() if "parley-partial" in entry.name]
        print(f"{KILLS} kills in the middle of a backup: {whole} were whole, left over: {left}", flush=True)
        self.stop()
        for thread in self.threads:
            self.assertIsNone(thread.problem, repr(thread.problem))

    def test_3_restoring_is_careful(self):
        path = self.server.home / "backup"
        code, _, err = self.back_up(path)
        self.assertEqual(code, 0, err)
        self.assertEqual(self.back_up(path)[0], 1, "it wrote over a backup")
        self.assertEqual(run("restore", path, "--data", self.server.data)[0], 1, "it wrote over a data directory")
        fresh = self.server.home / "fresh"
        manifest = path / "MANIFEST"
        text = manifest.read_text(encoding="utf-8")
        manifest.write_text(text[:-20], encoding="utf-8")
        code, _, err = run("restore", path, "--data", fresh)
        self.assertEqual(code, 1)
        self.assertIn("MANIFEST", err)
        self.assertFalse(fresh.exists())
        manifest.write_text(text, encoding="utf-8")
        # Twice the same backup, and two histories from there on: clients must be able to tell them apart.
        first = self.restored(path)
        time.sleep(1.1)  # an epoch is a second
        second = self.restored(path)
        epochs = {self.epoch, self.epoch_of(first, self.users[0]), self.epoch_of(second, self.users[0])}
        self.assertEqual(len(epochs), 3)
        for server in (first, second):
            self.assertEqual(server.terminate(), 0)
            server.close()


if __name__ == "__main__":
    unittest.main()
