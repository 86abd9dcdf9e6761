"""Delivered and read: cursors, the receipts that others get, unread counts."""

import time
import unittest

from case import ServerCase
from parley_websocket import TimedOut


class Receipts(ServerCase):
    def setUp(self):
        super().setUp()
        self.alice, self.bob = self.users("alice", "bob")
        self.conversation = self.alice.open(self.bob)
        self.at_alice, self.at_bob = self.session(self.alice), self.session(self.bob)

    def say(self, count, session=None):
        return [(session or self.at_alice).say(self.conversation, f"m{i}") for i in range(count)]

    def cursor(self, user):
        seen = user.conversation(self.conversation)
        return seen["delivered_seq"], seen["read_seq"], seen["unread"]

    def test_sender_learns_of_delivered_and_read(self):
        (ack,) = self.say(1)
        self.at_bob.expect("new_message")
        self.at_bob.receipt("delivered", message_id=ack["message_id"])
        receipt = self.at_alice.expect("ack", user_id=self.bob.id)
        self.assertEqual((receipt["status"], receipt["seq"]), ("delivered", 1))
        self.assertEqual(receipt["message_id"], ack["message_id"])
        self.at_bob.receipt("read", conversation_id=self.conversation, seq=1)
        receipt = self.at_alice.expect("ack", user_id=self.bob.id)
        self.assertEqual((receipt["status"], receipt["seq"]), ("read", 1))

    def test_one_receipt_covers_all_before(self):
        acks = self.say(5)
        self.at_bob.receipt("read", message_id=acks[3]["message_id"])
        receipt = self.at_alice.expect("ack", user_id=self.bob.id)
        self.assertEqual((receipt["status"], receipt["seq"]), ("read", 4))
        self.assertEqual(self.cursor(self.bob), (4, 4, 1))

    def test_read_implies_delivered_and_sending_implies_having_read(self):
        self.say(3)
        self.assertEqual(self.cursor(self.bob), (0, 0, 3))
        self.at_bob.say(self.conversation, "answer")
        self.assertEqual(self.cursor(self.bob), (4, 4, 0))
        self.assertEqual(self.cursor(self.alice), (3, 3, 1))

    def test_unread_counts(self):
        self.say(4)
        self.assertEqual(self.cursor(self.bob), (0, 0, 4))
        self.assertEqual(self.cursor(self.alice), (4, 4, 0))
        self.at_bob.receipt("delivered", conversation_id=self.conversation, seq=4)
        self.at_alice.expect("ack", user_id=self.bob.id)
        self.assertEqual(self.cursor(self.bob), (4, 0, 4))
        self.at_bob.receipt("read", conversation_id=self.conversation, seq=3)
        self.at_alice.expect("ack", user_id=self.bob.id, status="read")
        self.assertEqual(self.cursor(self.bob), (4, 3, 1))
        listed = self.bob.rest.get("/api/conversations").json["items"][0]
        self.assertEqual((listed["delivered_seq"], listed["read_seq"], listed["unread"]), (4, 3, 1))

    def test_never_back(self):
        acks = self.say(6)
        self.at_bob.receipt("read", conversation_id=self.conversation, seq=5)
        self.at_alice.expect("ack", user_id=self.bob.id, seq=5)
        for status in ("delivered", "read"):
            self.at_bob.receipt(status, conversation_id=self.conversation, seq=2)
            self.at_bob.receipt(status, message_id=acks[0]["message_id"])
        self.bob.rest.put(f"/api/messages/{acks[1]['message_id']}/status", {"status": "read"}, expect=204)
        self.at_bob.settle()
        self.assertEqual(self.cursor(self.bob), (5, 5, 1))
        # And nobody is told of what did not happen: the next receipt is the next step forward.
        self.at_bob.receipt("read", conversation_id=self.conversation, seq=6)
        self.assertEqual(self.at_alice.expect("ack", user_id=self.bob.id)["seq"], 6)

    def test_more_at_once_than_may_be_under_way(self):
        """A session stops reading while 1,024 of its receipts wait, and goes on."""
        acks = self.say(10)
        for i in range(5000):
            self.at_bob.receipt("read" if i % 7 == 0 else "delivered", message_id=acks[i % 10]["message_id"])
        self.at_bob.settle()
        self.assertEqual(self.cursor(self.bob), (10, 10, 0))
        self.at_bob.say(self.conversation, "still here")

    def test_beyond_the_head(self):
        self.say(2)
        for seq in (3, 1000, 2**53):
            frame = {"type": "ack", "conversation_id": self.conversation, "seq": seq, "status": "read"}
            self.at_bob.refused(frame, "invalid_request")
        self.assertEqual(self.cursor(self.bob), (0, 0, 2))

    def test_malformed(self):
        (ack,) = self.say(1)
        for frame in (
            {"message_id": ack["message_id"]},
            {"message_id": ack["message_id"], "status": "sent"},
            {"message_id": ack["message_id"], "status": 1},
            {"message_id": "x", "status": "read"},
            {"status": "read"},
            {"conversation_id": self.conversation, "status": "read"},
            {"conversation_id": self.conversation, "seq": "1", "status": "read"},
            {"conversation_id": self.conversation, "seq": -1, "status": "read"},
            {"seq": 1, "status": "read"},
        ):
            with self.subTest(frame=frame):
                self.at_bob.refused({"type": "ack", **frame}, "invalid_request")
        for body in ({}, {"status": "sent"}, {"status": 7}, {"status": None}):
            path = f"/api/messages/{ack['message_id']}/status"
            self.bob.rest.refused("PUT", path, 400, "invalid_request", body)

    def test_own_other_sessions_learn_of_it(self):
        """So that unread counts agree on all devices."""
        phone = self.bob.log_in()
        self.stack.callback(phone.rest.close)
        others = [self.session(self.bob), self.session(phone)]
        self.say(2)
        self.at_bob.receipt("read", conversation_id=self.conversation, seq=2)
        for other in others:
            receipt = other.expect("ack", user_id=self.bob.id)
            self.assertEqual((receipt["status"], receipt["seq"]), ("read", 2))

    def test_own_sessions_learn_of_each_other_in_one_interval(self):
        phone = self.session(self.bob)
        self.say(3)
        # Opens the interval; what follows waits for its end, and is one receipt.
        self.at_bob.receipt("delivered", conversation_id=self.conversation, seq=1)
        phone.expect("ack", user_id=self.bob.id, seq=1)
        phone.receipt("read", conversation_id=self.conversation, seq=3)
        self.at_bob.receipt("delivered", conversation_id=self.conversation, seq=2)
        receipt = self.at_bob.expect("ack", user_id=self.bob.id)
        self.assertEqual((receipt["status"], receipt["seq"]), ("read", 3))

    def test_by_rest_all_own_sessions_learn_of_it(self):
        acks = self.say(2)
        path = f"/api/messages/{acks[1]['message_id']}/status"
        self.bob.rest.put(path, {"status": "read"}, expect=204)
        for session in (self.at_bob, self.at_alice):
            receipt = session.expect("ack", user_id=self.bob.id)
            self.assertEqual((receipt["status"], receipt["seq"]), ("read", 2))

    def test_strangers_do_not_learn_of_it(self):
        stranger = self.session(self.user("carol"))
        self.say(1)
        self.at_bob.receipt("read", conversation_id=self.conversation, seq=1)
        self.at_alice.expect("ack", user_id=self.bob.id)
        with self.assertRaises(TimedOut):
            stranger.receive(0.5)

    def test_coalesced_to_one_in_250_ms(self):
        count = 60
        self.say(count)
        for seq in range(1, count + 1):
            self.at_bob.expect("new_message", seq=seq)
        arrivals = []
        started = time.monotonic()
        for seq in range(1, count + 1):
            self.at_bob.receipt("read", conversation_id=self.conversation, seq=seq)
            try:
                frame = self.at_alice.receive(0.02)
                arrivals.append((time.monotonic(), frame["seq"], frame["status"]))
            except TimedOut:
                pass
        while not arrivals or arrivals[-1][1] < count:
            frame = self.at_alice.expect("ack", user_id=self.bob.id)
            arrivals.append((time.monotonic(), frame["seq"], frame["status"]))
        spent = time.monotonic() - started
        self.assertLessEqual(len(arrivals), spent / 0.25 + 2)
        seqs = [seq for _, seq, _ in arrivals]
        self.assertEqual(seqs, sorted(set(seqs)), "receipts go forward")
        self.assertEqual(seqs[-1], count)
        self.assertEqual(self.cursor(self.bob), (count, count, 0))

    def test_both_statuses_of_one_moment_arrive(self):
        self.say(2)
        self.at_bob.receipt("delivered", conversation_id=self.conversation, seq=2)
        self.at_bob.receipt("read", conversation_id=self.conversation, seq=1)
        seen = {}
        while seen.get("delivered") != 2 or seen.get("read") != 1:
            frame = self.at_alice.expect("ack", user_id=self.bob.id)
            seen[frame["status"]] = max(seen.get(frame["status"], 0), frame["seq"])
            if frame["status"] == "read":
                seen["delivered"] = max(seen.get("delivered", 0), frame["seq"])
        self.assertEqual(self.cursor(self.bob), (2, 1, 1))

    def test_survive_kill_9(self):
        acks = self.say(4)
        path = f"/api/messages/{acks[2]['message_id']}/status"
        self.bob.rest.put(path, {"status": "read"}, expect=204)
        self.server.kill()
        self.server.start()
        self.assertEqual(self.cursor(self.bob), (3, 3, 1))

    def test_of_ones_own_message(self):
        (ack,) = self.say(1)
        self.at_alice.receipt("read", message_id=ack["message_id"])
        self.at_alice.settle()
        self.assertEqual(self.cursor(self.alice), (1, 1, 0))


class Status(ServerCase):
    def test_follows_the_recipient(self):
        alice, bob = self.users("alice", "bob")
        message = alice.send(bob, "Hello").json["message_id"]
        path = f"/api/messages/{message}/status"

        def status():
            found = alice.rest.get(path).json
            self.assertEqual([each["user_id"] for each in found["recipients"]], [bob.id])
            self.assertEqual(found["recipients"][0]["status"], found["status"])
            return found["status"]

        self.assertEqual(status(), "sent")
        for step in ("delivered", "read"):
            bob.rest.put(path, {"status": step}, expect=204)
            self.assertEqual(status(), step)
        bob.rest.put(path, {"status": "delivered"}, expect=204)
        self.assertEqual(status(), "read")

    def test_earlier_messages_follow_later_ones(self):
        alice, bob = self.users("alice", "bob")
        first, second = (alice.send(bob, text).json["message_id"] for text in ("one", "two"))
        bob.rest.put(f"/api/messages/{second}/status", {"status": "read"}, expect=204)
        self.assertEqual(alice.rest.get(f"/api/messages/{first}/status").json["status"], "read")

    def test_of_notes_to_oneself(self):
        alice = self.user("alice")
        message = alice.send(alice, "note").json["message_id"]
        self.assertEqual(alice.rest.get(f"/api/messages/{message}/status").json["recipients"], [])


if __name__ == "__main__":
    unittest.main()
