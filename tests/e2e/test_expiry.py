"""Messages that disappear, and what a server keeps: nobody sees them, and no file has them."""

import secrets
import time

from case import ServerCase
from parley_server import poll

TTL = 5  # the shortest that is allowed


class Disappearing(ServerCase):
    settings = {"storage": {"sweep_seconds": 1, "flush_seconds": 1, "write_interval_ms": 50, "log_roll_seconds": 60}}

    def setUp(self):
        super().setUp()
        self.ada, self.bob = self.users("ada", "bob")
        self.session_of_ada = self.session(self.ada)
        self.conversation = self.session_of_ada.say(self.bob, "stays")["conversation_id"]
        self.ada.rest.request(
            "PATCH", f"/api/conversations/{self.conversation}", {"ttl_seconds": TTL}, expect=200
        )

    def contents(self, reader):
        page = reader.rest.get(f"/api/conversations/{self.conversation}/messages?limit=200&after_seq=0").json
        return [item["content"] for item in page["items"] if item["type"] == "new_message"]

    def files_with(self, text):
        """Where the text is in the clear: the store compresses, so it must not compress (ours are random)."""
        return [
            str(path)
            for path in self.server.data.rglob("*")
            if path.is_file() and text.encode() in path.read_bytes()
        ]

    def test_nobody_sees_it_when_its_time_is_over(self):
        ack = self.session_of_ada.say(self.bob, "goes")
        said_at = time.monotonic()
        edited = self.session_of_ada.say(self.bob, "edited")
        self.session_of_ada.send({"type": "edit_message", "client_id": "e", "message_id": edited["message_id"], "content": "goes too"})
        self.session_of_ada.expect("ack", client_id="e")
        self.assertEqual(self.contents(self.bob), ["stays", "goes", "goes too"])
        self.assertEqual(self.bob.rest.get(f"/api/conversations/{self.conversation}").json["unread"], 3)
        time.sleep(max(0.0, said_at + TTL + 1.1 - time.monotonic()))
        for reader in (self.ada, self.bob):
            self.assertEqual(self.contents(reader), ["stays"])
            events, _, _ = self.session(reader).sync(cursors={self.conversation: 0})
            shown = [event.get("content") for frame in events for event in frame["events"]]
            self.assertNotIn("goes", shown)
            self.assertNotIn("goes too", shown)
            reader.rest.refused("GET", f"/api/messages/{ack['message_id']}", 404, "not_found")
        self.ada.rest.refused("PATCH", f"/api/messages/{ack['message_id']}", 404, "not_found", {"content": "again"})
        poll(
            lambda: self.bob.rest.get(f"/api/conversations/{self.conversation}").json["unread"] == 1,
            "what has expired is still unread",
            10,
        )

    def test_it_goes_through_a_restart(self):
        self.session_of_ada.say(self.bob, "goes")
        self.server.kill()
        self.server.start()
        self.assertEqual(self.contents(self.bob), ["stays", "goes"])
        time.sleep(TTL + 1)
        self.assertEqual(self.contents(self.bob), ["stays"])


class Retention(ServerCase):
    """Days cannot be waited for here: services/messaging has the test that turns the clock."""

    settings = {"storage": {"retention_days": 1, "sweep_seconds": 1}}

    def test_what_is_new_stays(self):
        ada, bob = self.users("ada", "bob")
        text = secrets.token_hex(8)
        conversation = self.session(ada).say(bob, text)["conversation_id"]
        time.sleep(2.5)
        page = bob.rest.get(f"/api/conversations/{conversation}/messages").json
        self.assertEqual([item["content"] for item in page["items"]], [text])
