"""A disk whose syncs or writes fail: nothing is acknowledged that may not be there, and the server says so.

After a failed sync Linux may call pages clean that never reached the disk, and answer the next sync with "well"
(lossyfs does just that). So whoever syncs again and goes on loses messages; here the power is cut to show it.
"""

import pathlib
import secrets
import sys
import unittest

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "e2e"))

import lossy
from case import ROOMY, merged
from parley_client import PASSWORD, Rest, User
from parley_server import Exited, Server, poll

setUpModule = lossy.require

KINDS = ("drop", "keep", "tear")
SETTINGS = merged(ROOMY, {"storage": {"log_segment_mib": 1, "write_interval_ms": 20, "flush_seconds": 1}})


class DiskCase(unittest.TestCase):
    """A server on a lossyfs, two users with a conversation, and what they were promised."""

    settings = SETTINGS
    content = "message"

    def setUp(self):
        self.disk = lossy.Lossy()
        self.addCleanup(self.disk.close)
        self.server = Server(self.settings, data=self.disk.mountpoint / "data")
        self.addCleanup(self.server.close)
        self.server.start()
        self.alice, self.bob = self.user("alice"), self.user("bob")
        self.conversation = self.alice.open(self.bob)
        self.acked = {}  # client_id -> (seq, message_id)
        self.sent = 0
        self.send(10)

    def user(self, name):
        user = User(self.server, name)
        self.addCleanup(user.rest.close)
        return user

    def send(self, count=1, expect=201):
        """Messages over REST; the code of the last refusal, where they are to be refused."""
        code = None
        for _ in range(count):
            self.sent += 1
            client_id = f"c{self.sent}"
            answer = self.alice.send(self.conversation, f"{client_id} {self.content}", client_id=client_id, expect=expect)
            if answer.status in (200, 201):
                self.acked[client_id] = (answer.json["seq"], answer.json["message_id"])
            else:
                code = answer.json["code"]
        return code

    def readable(self):
        """Everything that was acknowledged can be read; answers all events."""
        events = self.alice.whole_history(self.conversation)
        self.assertEqual([event["seq"] for event in events], list(range(1, len(events) + 1)))
        there = {event["client_id"]: (event["seq"], event["message_id"]) for event in events}
        self.assertEqual(len(there), len(events), "one client_id, one message")
        for client_id, place in self.acked.items():
            self.assertEqual(there.get(client_id), place, f"{client_id} was acknowledged")
        return events

    def restart(self, how="drop"):
        """kill -9, a power cut, and a new start on a disk that works."""
        self.server.kill()
        self.disk.fail("sync", "never")
        self.disk.fail("write", "never")
        self.disk.capacity("none")
        self.disk.cut(how, 1)
        self.server.start()

    def ready(self):
        rest = Rest(self.server)
        self.addCleanup(rest.close)
        return rest.request("GET", "/readyz")

    def logged(self, words):
        return [line for line in self.server.log.splitlines() if words in line]


class FailingLog(DiskCase):
    """The command log: what is acknowledged is in it."""

    def refuses_everything(self, session):
        self.assertEqual(self.send(20, expect=500), "internal")
        frame = {"type": "send_message", "conversation_id": self.conversation, "client_id": "ws", "content": "x"}
        error = session.refused(frame, "internal")
        self.assertEqual(error["client_id"], "ws")
        # It says so: to operators, to whoever asks whether it is ready, and to clients above.
        poll(lambda: self.logged("command log failed"), "a word about the log")
        self.assertEqual(len(self.logged("command log failed")), 1)
        ready = self.ready()
        self.assertEqual(ready.status, 503)
        self.assertIn("log", ready.body.decode())
        # Reading goes on, and shows nothing that is not durable.
        self.assertEqual(len(self.readable()), len(self.acked))
        self.alice.log_in().rest.close()

    def goes_on(self):
        before = len(self.acked)
        self.assertEqual(len(self.readable()), before)
        self.send(5)
        self.readable()
        self.assertEqual(self.ready().status, 200)
        self.assertEqual(self.server.terminate(), 0)

    def test_a_sync_fails_once(self):
        session = self.bob.session()
        self.addCleanup(session.abort)
        self.disk.fail("sync", "once", "log/")
        self.assertEqual(self.send(expect=500), "internal")
        # Every further sync would be answered "well": whoever asks again is told a lie.
        self.refuses_everything(session)
        self.assertEqual(session.settle(), [], "what is not durable was delivered")
        self.assertEqual(self.disk.stats()["failed"], 1)
        self.restart()
        self.goes_on()

    def test_syncs_fail_for_good(self):
        session = self.bob.session()
        self.addCleanup(session.abort)
        self.disk.fail("sync", "always", "log/")
        self.assertEqual(self.send(expect=500), "internal")
        self.refuses_everything(session)
        # It asked once: it does not try again.
        self.assertEqual(self.disk.stats()["failed"], 1)
        # A start on such a disk is refused, for it must make durable what it shows.
        self.server.kill()
        with self.assertRaises(Exited) as exited:
            self.server.start()
        self.assertIn("exit code 1", str(exited.exception))
        self.assertIn("Input/output error", self.server.tail(3))
        self.restart()
        self.goes_on()

    def test_a_write_fails(self):
        session = self.bob.session()
        self.addCleanup(session.abort)
        self.disk.fail("write", "once", "log/")
        self.assertEqual(self.send(expect=500), "internal")
        self.refuses_everything(session)
        self.restart()
        self.goes_on()

    def test_killed_without_a_power_cut(self):
        """What the kernel still shows is not on the disk: the start writes it again before it relies on it."""
        self.disk.fail("sync", "once", "log/")
        self.assertEqual(self.send(expect=500), "internal")
        self.server.kill()
        self.server.start()
        shown = self.readable()
        self.server.kill()
        self.disk.cut("drop", 1)
        self.server.start()
        self.assertEqual(self.readable(), shown)


class FailingStore(DiskCase):
    """The message store lags behind the log: when it fails, messages go on."""

    content = "x" * 2000

    def flushes(self):
        """Grows with each flush: the number of the newest table. Their count falls when they are compacted."""
        tables = (self.disk.durable / "data" / "messages").glob("*.sst")
        return max((int(table.stem) for table in tables), default=0)

    def survives(self, how):
        """A restart finds everything, and can flush again."""
        self.send(10)
        self.readable()
        self.restart(how)
        self.assertEqual(len(self.readable()), len(self.acked))
        before = self.flushes()
        self.send(50)
        poll(lambda: self.flushes() > before, "a flush after the restart", 20)
        self.assertEqual(self.server.terminate(), 0)

    def test_a_sync_fails_once(self):
        self.disk.fail("sync", "once", "messages/")
        self.send(50)
        poll(lambda: self.logged("store flush failed"), "a word about the failed flush", 20)
        self.survives("drop")

    def test_syncs_fail_for_good(self):
        self.disk.fail("sync", "always", "messages/")
        self.send(50)
        poll(lambda: len(self.logged("store flush failed")) > 1, "a word about the failed flushes", 20)
        self.survives("tear")

    def test_writes_fail_for_a_while(self):
        self.disk.fail("write", "always", "messages/")
        self.send(50)
        poll(lambda: self.logged("store flush failed"), "a word about the failed flush", 20)
        self.disk.fail("write", "never")
        self.survives("keep")

    def says(self, status, words):
        """/readyz answers with that status, and that of the store."""
        ready = self.ready()
        return ready.status == status and words in ready.json["checks"]["store"]

    def test_readyz_says_so(self):
        self.assertTrue(self.says(200, "ok"))
        # It cannot be written: a warning, for everything is served.
        self.disk.fail("sync", "always", "messages/")
        self.send(50)
        poll(lambda: self.says(200, "cannot be written"), "a warning", 20)
        self.send(5)
        self.readable()
        self.disk.fail("sync", "never")
        poll(lambda: self.says(200, "ok"), "no warning any more", 20)
        # It cannot be opened again, though the disk seems to work: it is closed.
        self.disk.fail("sync", "always", "MANIFEST")
        self.disk.fail("write", "always", "MANIFEST")
        self.send(50)
        poll(lambda: self.says(503, "closed"), "that the store is closed", 20)
        self.disk.fail("sync", "never")
        self.disk.fail("write", "never")
        poll(lambda: self.says(200, "ok"), "that all is well", 20)
        self.survives("drop")

    def test_it_goes_on_by_itself_when_the_disk_works_again(self):
        for operation in ("sync", "write"):
            with self.subTest(operation):
                self.disk.fail(operation, "always", "messages/")
                self.again("message store stopped")
                self.readable()
                self.disk.fail(operation, "never")
                self.again("message store opened again")
                before = self.flushes()
                self.send(50)
                poll(lambda n=before: self.flushes() > n, "a flush without a restart", 20)
                self.readable()
        self.restart("drop")
        self.assertEqual(len(self.readable()), len(self.acked))
        self.assertEqual(self.server.terminate(), 0)

    def again(self, words):
        """Sends, until these words come once more in the log."""
        before = len(self.logged(words))
        self.send(50)
        poll(lambda: len(self.logged(words)) > before, words, 20)


class FailingDirectory(DiskCase):
    """Accounts and tokens, in SQLite."""

    def register(self, expect):
        body = {"username": f"late_{secrets.token_hex(4)}", "password": PASSWORD}
        answer = Rest(self.server).request("POST", "/api/auth/register", body, expect=expect)
        return body["username"], answer

    def test_a_checkpoint_s_sync_fails_once(self):
        """The write-ahead log is durable, the database file is not: what was to go there is written again."""
        self.disk.fail("sync", "once", "directory.db$")
        for _ in range(1000):
            self.alice.refresh()
            if self.disk.stats()["failed"] == 1:
                break
        self.assertEqual(self.disk.stats()["failed"], 1)
        for _ in range(300):
            self.alice.refresh()
        self.restart()
        self.alice.refresh()
        self.readable()
        self.assertEqual(self.server.terminate(), 0)

    def test_a_sync_fails_once(self):
        self.disk.fail("sync", "once", "directory.db")
        _, answer = self.register(500)
        self.assertEqual(answer.json["code"], "internal")
        # No sync is tried again: the next registration is refused as well.
        for _ in range(3):
            self.register(500)
        poll(lambda: self.logged("directory sync failed"), "a word about the sync")
        self.assertEqual(self.disk.stats()["failed"], 1)
        # Who is there goes on.
        self.send(5)
        self.readable()
        ready = self.ready()
        self.assertEqual(ready.status, 503, ready)
        self.assertIn("directory", ready.body.decode())
        self.restart()
        self.readable()
        self.alice.refresh()
        self.register(201)
        self.assertEqual(self.server.terminate(), 0)


class FullDisk(DiskCase):
    """tests/crash/test_full_disk.py has a file system that is full for everybody; here, the power goes off as well."""

    content = "x" * 16000

    def fill(self):
        self.disk.capacity("used")
        for _ in range(200):
            if self.send(expect=(201, 503)) == "unavailable":
                return
        self.fail("a full disk does not refuse 3 MB of messages")

    def test_refuses_and_recovers_without_a_restart(self):
        for how in KINDS:
            with self.subTest(how=how):
                self.fill()
                self.assertEqual(self.send(5, expect=503), "unavailable")
                self.readable()
                # Told once, not with each message.
                self.assertLessEqual(len(self.logged("cannot prepare")), 1 + KINDS.index(how))
                self.disk.capacity("none")
                poll(lambda: self.send(expect=(201, 503)) is None, "sends after there is room again", 30)
                self.send(5)
                self.readable()
                self.restart(how)
                self.readable()

    def test_the_power_goes_off_while_it_is_full(self):
        for how in KINDS:
            with self.subTest(how=how):
                self.fill()
                self.server.kill()
                self.disk.cut(how, 1)
                try:
                    # Without room it may refuse to start, with a reason; what it shows must be right.
                    self.server.start()
                    self.readable()
                except Exited as exited:
                    self.assertIn("exit code 1", str(exited))
                    self.assertRegex(self.server.tail(3), "(?i)no space|full")
                self.restart(how)
                self.readable()
                self.send(5)


if __name__ == "__main__":
    unittest.main()
