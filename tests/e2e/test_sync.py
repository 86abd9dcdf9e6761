"""Catching up after a time away: the newest of what was missed, what changed, and no hole to the live stream."""

import secrets
import unittest

from case import ServerCase
from parley_websocket import Closed


def seqs(frames):
    """{conversation_id: [seq …]} of events frames."""
    result = {}
    for frame in frames:
        result.setdefault(frame["conversation_id"], []).extend(event["seq"] for event in frame["events"])
    return result


class Sync(ServerCase):
    def setUp(self):
        super().setUp()
        self.alice, self.bob, self.carol = self.users("alice", "bob", "carol")
        self.with_bob = self.alice.open(self.bob)
        self.with_carol = self.alice.open(self.carol)

    def write(self, user, conversation, count):
        session = user.session()
        for i in range(count):
            session.message(conversation, f"m{i}", client_id="c" + secrets.token_hex(8))
        for _ in range(count):
            session.expect("ack")
        session.close()

    def test_everything_is_new_to_a_new_client(self):
        self.write(self.bob, self.with_bob, 3)
        events, conversations, token = self.session(self.alice).sync()
        self.assertEqual(seqs(events), {self.with_bob: [1, 2, 3]})
        self.assertEqual(set(conversations), {self.with_bob, self.with_carol})
        self.assertEqual(conversations[self.with_bob]["unread"], 3)
        self.assertEqual(conversations[self.with_bob]["last_seq"], 3)
        self.assertTrue(token)

    def test_conversation_frame_is_the_rest_object(self):
        self.write(self.bob, self.with_bob, 2)
        _, conversations, _ = self.session(self.alice).sync()
        self.assertEqual(conversations[self.with_bob], self.alice.conversation(self.with_bob))

    def test_nothing_new(self):
        self.write(self.bob, self.with_bob, 3)
        session = self.session(self.alice)
        _, _, token = session.sync()
        events, conversations, again = session.sync({self.with_bob: 3}, token)
        self.assertEqual((events, conversations), ([], {}))
        events, conversations, _ = session.sync({self.with_bob: 3}, again)
        self.assertEqual((events, conversations), ([], {}))

    def test_cursor_says_what_the_client_has(self):
        self.write(self.bob, self.with_bob, 10)
        self.write(self.carol, self.with_carol, 4)
        events, _, _ = self.session(self.alice).sync({self.with_bob: 7, self.with_carol: 4})
        self.assertEqual(seqs(events), {self.with_bob: [8, 9, 10]})

    def test_token_alone_names_what_changed(self):
        session = self.session(self.alice)
        _, _, token = session.sync()
        self.write(self.bob, self.with_bob, 2)
        _, conversations, token = self.session(self.alice).sync({self.with_bob: 0}, token)
        self.assertEqual(set(conversations), {self.with_bob})
        dora = self.user("dora")
        opened = dora.open(self.alice)
        _, conversations, _ = self.session(self.alice).sync({}, token)
        self.assertIn(opened, conversations)
        self.assertNotIn(self.with_carol, conversations)

    def test_own_cursor_that_moved_is_a_change(self):
        """What was read on one device is read on the others after their sync."""
        self.write(self.bob, self.with_bob, 5)
        elsewhere = self.session(self.alice)
        _, _, token = elsewhere.sync()
        elsewhere.close()
        reader = self.session(self.alice)
        reader.receipt("read", conversation_id=self.with_bob, seq=5)
        reader.settle()
        message = self.alice.page(self.with_bob, limit=1)["items"][0]["message_id"]
        self.alice.rest.put(f"/api/messages/{message}/status", {"status": "read"}, expect=204)
        events, conversations, _ = self.session(self.alice).sync({self.with_bob: 5}, token)
        self.assertEqual(events, [])
        self.assertEqual((conversations[self.with_bob]["unread"], conversations[self.with_bob]["read_seq"]), (0, 5))

    def test_120_unseen_are_the_newest_50_and_has_more(self):
        self.write(self.bob, self.with_bob, 120)
        session = self.session(self.alice)
        events, conversations, _ = session.sync({self.with_bob: 0})
        self.assertEqual(seqs(events), {self.with_bob: list(range(71, 121))})
        self.assertTrue(events[0]["has_more"])
        self.assertEqual(conversations[self.with_bob]["unread"], 120)
        # The client asks history for the hole, and then has everything.
        hole = session.history(self.with_bob, after_seq=0, limit=70)
        self.assertEqual([event["seq"] for event in hole["events"]], list(range(1, 71)))

    def test_exactly_50_unseen_has_no_more(self):
        self.write(self.bob, self.with_bob, 60)
        events, _, _ = self.session(self.alice).sync({self.with_bob: 10})
        self.assertEqual(seqs(events), {self.with_bob: list(range(11, 61))})
        self.assertFalse(events[0]["has_more"])

    def test_cursors_over_several_frames(self):
        self.write(self.bob, self.with_bob, 5)
        self.write(self.carol, self.with_carol, 5)
        session = self.session(self.alice)
        session.send({"type": "sync", "cursors": {self.with_bob: 5}, "more": True})
        self.assertEqual(session.settle(), [])
        session.send({"type": "sync", "cursors": {self.with_carol: 3}, "ref": "s1"})
        events, _, _ = session.synced()
        self.assertEqual(seqs(events), {self.with_carol: [4, 5]})

    def test_ref_is_repeated(self):
        session = self.session(self.alice)
        session.send({"type": "sync", "ref": "s1"})
        session.expect("sync_complete", ref="s1")

    def test_strangers_conversations_are_passed_over(self):
        other = self.bob.open(self.carol)
        self.write(self.bob, other, 3)
        nobody = "00000000-0000-4000-8000-000000000000"
        events, conversations, _ = self.session(self.alice).sync({other: 0, nobody: 7})
        self.assertNotIn(other, seqs(events))
        self.assertNotIn(other, conversations)

    def test_cursor_beyond_the_head(self):
        """A client that claims more than there is, after a restore for example, is not sent into an error."""
        self.write(self.bob, self.with_bob, 3)
        session = self.session(self.alice)
        session.sync({self.with_bob: 1000})
        session.settle()

    def test_foreign_and_old_tokens_mean_everything(self):
        self.write(self.bob, self.with_bob, 3)
        for token in ("nonsense", "999.1", "1.x", "x" * 256):
            with self.subTest(token=token[:10]):
                _, conversations, _ = self.session(self.alice).sync({}, token)
                self.assertEqual(set(conversations), {self.with_bob, self.with_carol})

    def test_malformed(self):
        session = self.session(self.alice)
        many = {f"00000000-0000-1000-8000-{i:012x}": 1 for i in range(501)}
        for frame in (
            {"cursors": []},
            {"cursors": {"x": 1}},
            {"cursors": {self.with_bob: "1"}},
            {"cursors": {self.with_bob: -1}},
            {"cursors": many},
            {"since": 7},
            {"more": "yes"},
        ):
            with self.subTest(frame=str(frame)[:40]):
                session.refused({"type": "sync", **frame}, "invalid_request")
        del many[next(iter(many))]
        session.sync(many)

    def test_token_survives_a_restart(self):
        self.write(self.bob, self.with_bob, 3)
        _, _, token = self.session(self.alice).sync()
        self.server.kill()
        self.server.start()
        self.write(self.carol, self.with_carol, 1)
        session = self.session(self.alice)
        events, conversations, _ = session.sync({self.with_bob: 3, self.with_carol: 0}, token)
        self.assertEqual(seqs(events), {self.with_carol: [1]})
        self.assertEqual(set(conversations), {self.with_carol})

    def test_no_hole_between_sync_and_live(self):
        """While somebody writes without a pause, reconnecting clients end with every seq, each time."""
        writer = self.session(self.bob)
        state = {"acked": 0, "sent": 0}

        def pump(count):
            for _ in range(count):
                state["sent"] += 1
                writer.message(self.with_bob, str(state["sent"]), client_id=f"n{state['sent']}")

        have = 0
        for _ in range(12):
            pump(20)
            client = self.session(self.alice)
            client.send({"type": "sync", "cursors": {self.with_bob: have}})
            pump(20)
            events, _, _ = client.synced()
            seen = {event["seq"] for frame in events for event in frame["events"]}
            while state["acked"] < state["sent"]:
                writer.expect("ack")
                state["acked"] += 1
            missing = set(range(have + 1, state["sent"] + 1)) - seen
            live = {frame["seq"] for frame in client.inbox if frame["type"] == "new_message"}
            while missing - live:
                live.add(client.expect("new_message")["seq"])
            have = state["sent"]
            client.abort()

    def test_sync_while_a_sync_runs_is_answered(self):
        self.write(self.bob, self.with_bob, 60)
        session = self.session(self.alice)
        for i in range(5):
            session.send({"type": "sync", "ref": i})
        answers = 0
        while answers < 5:
            frame = session.receive()
            if frame["type"] in ("sync_complete", "error"):
                answers += 1
        session.settle()

    def test_close_while_a_sync_runs(self):
        self.write(self.bob, self.with_bob, 60)
        for _ in range(20):
            session = self.session(self.alice)
            session.send({"type": "sync"})
            session.abort()
        try:
            self.session(self.alice).sync()
        except Closed as closed:
            self.fail(f"the server gave up: {closed}")


class ManyConversations(ServerCase):
    def test_sync_of_sixty(self):
        alice = self.user("alice")
        peers = [self.user(f"p{i}") for i in range(60)]
        ids = []
        for peer in peers:
            ids.append(peer.send(alice, f"hello from {peer.username}", expect=201).json["conversation_id"])
        events, conversations, token = self.session(alice).sync()
        self.assertEqual(set(conversations), set(ids))
        self.assertEqual(seqs(events), {each: [1] for each in ids})
        events, conversations, _ = self.session(alice).sync({each: 1 for each in ids}, token)
        self.assertEqual((events, conversations), ([], {}))


if __name__ == "__main__":
    unittest.main()
