"""A full disk: sends are refused with `unavailable`, reads go on, and once there is room so do sends.

Needs root, for a small tmpfs: in CI it fails without, elsewhere it is skipped and says so.
"""

import errno
import os
import pathlib
import subprocess
import sys
import tempfile
import unittest

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "e2e"))

from case import ROOMY, merged
from parley_client import PASSWORD, User
from parley_server import Server, poll

CONTENT = "x" * 16000
# Small pieces, so that little of the disk is set aside in advance.
SETTINGS = merged(ROOMY, {"storage": {"log_segment_mib": 2, "write_interval_ms": 50, "flush_seconds": 1}})


class FullDisk(unittest.TestCase):
    def setUp(self):
        folder = pathlib.Path(tempfile.mkdtemp(prefix="parley-disk-"))
        self.addCleanup(folder.rmdir)
        mounted = subprocess.run(
            ["mount", "-t", "tmpfs", "-o", "size=48m,mode=0700", "parley-test", str(folder)],
            capture_output=True,
            check=False,
        )
        if mounted.returncode != 0:
            reason = f"cannot mount a tmpfs: {mounted.stderr.decode().strip()}"
            if os.environ.get("CI") == "true":
                self.fail(reason)
            print(f"skipped: {reason}", flush=True)
            self.skipTest(reason)
        self.addCleanup(subprocess.run, ["umount", "--lazy", str(folder)], check=True)
        self.filler = folder / "filler"
        self.server = Server(SETTINGS, data=folder / "data")
        self.addCleanup(self.server.close)
        self.server.start()
        self.alice, self.bob = User(self.server, "alice"), User(self.server, "bob")
        self.addCleanup(self.alice.rest.close)
        self.addCleanup(self.bob.rest.close)
        self.conversation = self.alice.open(self.bob)
        self.acked = {}
        self.sent = 0

    def fill(self):
        with open(self.filler, "ab", buffering=0) as file:
            for size in (1 << 20, 1 << 12, 1):
                try:
                    while True:
                        file.write(b"\0" * size)
                except OSError as full:
                    if full.errno != errno.ENOSPC:
                        raise

    def free(self):
        self.filler.unlink()

    def send(self):
        """One message over REST; its status."""
        self.sent += 1
        client_id = f"c{self.sent}"
        response = self.alice.send(
            self.conversation, f"{client_id} {CONTENT}", client_id=client_id, expect=(201, 503)
        )
        if response.status == 201:
            self.acked[client_id] = (response.json["seq"], response.json["message_id"])
        else:
            self.assertEqual(response.json["code"], "unavailable")
        return response.status

    def send_until_refused(self):
        for _ in range(1000):
            self.fill()
            if self.send() == 503:
                return
        self.fail("a full disk does not refuse 16 MB of messages")

    def audit(self):
        """What was acknowledged is there; what was refused as `unavailable` may be there or not, once."""
        events = self.alice.whole_history(self.conversation)
        self.assertEqual([event["seq"] for event in events], list(range(1, len(events) + 1)))
        there = {}
        for event in events:
            self.assertNotIn(event["client_id"], there)
            there[event["client_id"]] = (event["seq"], event["message_id"])
        for client_id, place in self.acked.items():
            self.assertEqual(there.get(client_id), place, f"{client_id} was acknowledged")
        for event in events:
            del event["client_id"]
        self.assertEqual(events, self.bob.whole_history(self.conversation))

    def test_refuses_and_recovers_without_a_restart(self):
        for _ in range(20):
            self.assertEqual(self.send(), 201)
        session = self.alice.session()
        self.addCleanup(session.abort)
        for round_number in range(3):
            self.send_until_refused()
            # It stays refused, and refused means `unavailable` on the WebSocket, too.
            frame = {"type": "send_message", "conversation_id": self.conversation, "content": CONTENT}
            error = session.refused({**frame, "client_id": f"full{round_number}"}, "unavailable")
            self.assertEqual(error["client_id"], f"full{round_number}")
            self.assertEqual(self.send(), 503)
            # What was acknowledged is there to be read.
            self.audit_readable()
            self.free()
            poll(lambda: self.send() == 201, "sends after there is room again", 30)
            for _ in range(5):
                self.assertEqual(self.send(), 201)
        self.audit()
        self.server.kill()
        self.server.start()
        self.audit()
        self.assertEqual(self.send(), 201)
        self.assertEqual(self.server.terminate(), 0)

    def audit_readable(self):
        last = max(self.acked.values())
        event = self.bob.rest.get(f"/api/messages/{last[1]}").json
        self.assertEqual(event["seq"], last[0])

    def test_killed_while_full(self):
        for _ in range(10):
            self.assertEqual(self.send(), 201)
        self.send_until_refused()
        self.server.kill()
        self.free()
        self.server.start()
        self.audit()
        self.assertEqual(self.send(), 201)
        self.audit()

    def test_logins_are_refused_not_broken(self):
        """Registering needs the disk; what was registered before goes on afterwards."""
        self.send_until_refused()
        body = {"username": "late", "password": PASSWORD}
        statuses = {self.alice.rest.request("POST", "/api/auth/register", body, token=None).status for _ in range(3)}
        self.assertLessEqual(statuses, {201, 409, 503})
        self.free()
        poll(lambda: self.send() == 201, "sends after there is room again", 30)
        User(self.server, "after").rest.close()
        self.alice.refresh()
        self.audit()


if __name__ == "__main__":
    unittest.main()
