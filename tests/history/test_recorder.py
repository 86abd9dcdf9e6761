"""The Python recorder writes what the checker reads. PARLEY_HISTORY names the program."""

import json
import os
import pathlib
import sys
import tempfile
import unittest

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent))

import recorder

TALK = "0192-talk"
ADA, BOB = "ada-id", "bob-id"


def message(seq, sender, content, **more):
    return {
        "type": "new_message", "conversation_id": TALK, "seq": seq, "message_id": f"m{seq}", "sender_id": sender,
        "content": content, **more,
    }


class Recorder(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory(prefix="parley-history-")
        self.addCleanup(folder.cleanup)
        self.path = os.path.join(folder.name, "history.jsonl")
        self.history = recorder.History(self.path)
        self.addCleanup(self.history.close)

    def check(self):
        self.history.close()
        return recorder.check(self.path)

    def audit(self, *contents):
        self.history.fault("kill -9")
        self.history.down()
        self.history.up("ready")
        events = [message(seq, ADA, content) for seq, content in enumerate(contents, 1)]
        for name, user in (("ada.audit", ADA), ("bob.audit", BOB)):
            auditor = self.history.client(name, user=user, role="auditor")
            auditor.audited(TALK, events, recorder.now())

    def talk(self):
        """Frames as they pass on two connections: two messages, one without an answer, and receipts."""
        self.history.member(TALK, ADA)
        self.history.member(TALK, BOB)
        ada = recorder.Wire(self.history.client("ada.phone", user=ADA, role="client"))
        bob = recorder.Wire(self.history.client("bob.phone", user=BOB, role="client"))
        for wire in (ada, bob):
            wire.opened()
            wire.sent({"type": "sync", "cursors": {}})
        ada.sent({"type": "send_message", "client_id": "1", "conversation_id": TALK, "content": "one"})
        ada.received({"type": "ack", "client_id": "1", "conversation_id": TALK, "seq": 1, "message_id": "m1"})
        bob.received(message(1, ADA, "one"))
        bob.sent({"type": "ack", "message_id": "m1", "status": "read"})
        ada.received({"type": "ack", "conversation_id": TALK, "user_id": BOB, "seq": 1, "status": "read"})
        body = {"client_id": "2", "conversation_id": TALK, "content": "two"}
        ada.posting(body)
        ada.posted(body, None, None)
        ada.received({"type": "error", "code": "rate_limited"})
        bob.closed(1012)
        bob.opened()
        bob.sent({"type": "sync", "cursors": {TALK: 1}})
        bob.received({
            "type": "conversation", "conversation_id": TALK, "last_seq": 2, "read_seq": 1, "delivered_seq": 1,
            "unread": 1,
        })
        bob.received({
            "type": "events", "conversation_id": TALK, "has_more": False, "events": [message(2, ADA, "two")],
        })
        ada.sent({"type": "history", "ref": "h", "conversation_id": TALK, "after_seq": 0})
        ada.received({
            "type": "events", "ref": "h", "conversation_id": TALK, "has_more": False,
            "events": [message(1, ADA, "one", client_id="1"), message(2, ADA, "two", client_id="2")],
        })

    def test_what_it_writes_holds(self):
        self.talk()
        self.audit("one", "two")
        code, text = self.check()
        self.assertEqual(code, 0, text)
        self.assertIn("attempted 2, acknowledged 1, lost 0, doubled 0, recovered 1", text)

    def test_a_connection_may_be_told_what_is_older_than_its_sync(self):
        self.history.member(TALK, BOB)
        wires = [
            recorder.Wire(self.history.client(name, user=BOB, role="client")) for name in ("bob.phone", "bob.tablet")
        ]
        phone, tablet = wires
        for wire in wires:
            wire.opened()
        phone.sent({"type": "send_message", "client_id": "1", "conversation_id": TALK, "content": "one"})
        phone.received({"type": "ack", "client_id": "1", "conversation_id": TALK, "seq": 1, "message_id": "m1"})
        tablet.sent({"type": "sync", "cursors": {}})
        tablet.received({
            "type": "conversation", "conversation_id": TALK, "last_seq": 0, "read_seq": 0, "delivered_seq": 0,
            "unread": 0,
        })
        tablet.received(message(1, BOB, "one", client_id="1"))
        auditor = self.history.client("bob.audit", user=BOB, role="auditor")
        auditor.audited(TALK, [message(1, BOB, "one")], recorder.now())
        code, text = self.check()
        self.assertEqual(code, 0, text)

    def test_what_is_lost_is_told(self):
        self.talk()
        self.audit()
        code, text = self.check()
        self.assertEqual(code, 1, text)
        self.assertIn("lost 1", text)
        self.assertIn("send 1 was acknowledged as seq 1", text)
        self.assertIn(self.path + ":", text)

    def test_what_is_not_audited_is_told(self):
        self.talk()
        code, text = self.check()
        self.assertEqual(code, 1, text)
        self.assertIn("did not read it in the end", text)

    def test_refreshes(self):
        phone = self.history.client("ada.phone", user=ADA, role="sender")
        for token, new in (("a", "b"), ("b", "c"), ("a", "d")):
            phone.refreshed("family", token, recorder.now(), new=new)
        phone.refreshed("family", "c", recorder.now(), code="unauthorized")
        code, text = self.check()
        self.assertEqual(code, 1, text)
        self.assertIn("I17: family family: a token was used again after its successor was", text)

    def test_a_line_it_does_not_know_is_told(self):
        self.history.write("test", "fault", text="x", colour="red")
        code, text = self.check()
        self.assertEqual(code, 2, text)
        self.assertIn(self.path + ":1: no field is called colour", text)

    def test_threads_write_whole_lines(self):
        import threading

        def write(name):
            for number in range(500):
                self.history.write(name, "fault", text=f"{name} {number} " + "x" * 100)

        threads = [threading.Thread(target=write, args=(f"t{number}",)) for number in range(4)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join(30)
        self.history.close()
        with open(self.path, encoding="utf-8") as file:
            lines = [json.loads(line) for line in file]
        self.assertEqual(len(lines), self.history.lines)
        for name in ("t0", "t3"):
            own = [line["text"].split()[1] for line in lines if line["c"] == name]
            self.assertEqual(own, [str(number) for number in range(500)])


if __name__ == "__main__":
    unittest.main()
