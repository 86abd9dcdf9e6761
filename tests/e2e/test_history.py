"""Reading what was said: pages over REST and frames over the WebSocket, both ways."""

import unittest

from case import ServerCase
from parley_client import User


class Paging(ServerCase):
    COUNT = 230

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.alice, cls.bob, cls.carol = (User(cls.server, name) for name in ("alice", "bob", "carol"))
        cls.conversation = cls.alice.open(cls.bob)
        sender = cls.alice.session()
        for i in range(1, cls.COUNT + 1):
            sender.message(cls.conversation, f"m{i}", client_id=f"c{i}")
        for i in range(1, cls.COUNT + 1):
            sender.expect("ack", client_id=f"c{i}")
        sender.close()

    def seqs(self, page):
        return [event["seq"] for event in page["items"]]

    def test_newest_first_by_default(self):
        page = self.bob.page(self.conversation)
        self.assertEqual(self.seqs(page), list(range(self.COUNT, self.COUNT - 50, -1)))
        self.assertEqual(page["next"], self.COUNT - 49)

    def test_before_seq(self):
        page = self.bob.page(self.conversation, before_seq=11, limit=4)
        self.assertEqual(self.seqs(page), [10, 9, 8, 7])
        page = self.bob.page(self.conversation, before_seq=page["next"], limit=10)
        self.assertEqual(self.seqs(page), [6, 5, 4, 3, 2, 1])
        self.assertIsNone(page["next"])

    def test_after_seq(self):
        page = self.bob.page(self.conversation, after_seq=0, limit=3)
        self.assertEqual(self.seqs(page), [1, 2, 3])
        page = self.bob.page(self.conversation, after_seq=page["next"], limit=3)
        self.assertEqual(self.seqs(page), [4, 5, 6])
        page = self.bob.page(self.conversation, after_seq=self.COUNT - 2)
        self.assertEqual(self.seqs(page), [self.COUNT - 1, self.COUNT])
        self.assertIsNone(page["next"])

    def test_exact_end_has_no_next(self):
        for query in ({"after_seq": self.COUNT - 3, "limit": 3}, {"before_seq": 4, "limit": 3}):
            page = self.bob.page(self.conversation, **query)
            self.assertEqual((len(page["items"]), page["next"]), (3, None))

    def test_outside(self):
        for query in ({"after_seq": self.COUNT}, {"after_seq": 10**9}, {"before_seq": 1}):
            with self.subTest(query=query):
                self.assertEqual(self.bob.page(self.conversation, **query), {"items": [], "next": None})
        self.assertEqual(self.seqs(self.bob.page(self.conversation, before_seq=10**9, limit=1)), [self.COUNT])

    def test_limit_is_cut_to_200(self):
        for limit in (200, 201, 100000):
            page = self.bob.page(self.conversation, after_seq=0, limit=limit)
            self.assertEqual(self.seqs(page), list(range(1, 201)))
            self.assertEqual(page["next"], 200)

    def test_every_page_size_gives_the_same_whole(self):
        whole = self.bob.whole_history(self.conversation)
        self.assertEqual([event["content"] for event in whole], [f"m{i}" for i in range(1, self.COUNT + 1)])
        for limit in (7, 50, 115):
            backwards, query = [], {}
            while True:
                page = self.bob.page(self.conversation, limit=limit, **query)
                backwards += page["items"]
                if page["next"] is None:
                    break
                query = {"before_seq": page["next"]}
            self.assertEqual(backwards[::-1], whole)

    def test_client_id_is_for_the_sender(self):
        self.assertEqual(self.alice.page(self.conversation, after_seq=0, limit=1)["items"][0]["client_id"], "c1")
        self.assertNotIn("client_id", self.bob.page(self.conversation, after_seq=0, limit=1)["items"][0])

    def test_frames_forward(self):
        session = self.session(self.bob)
        frame = session.history(self.conversation, after_seq=42)
        seqs = [event["seq"] for event in frame["events"]]
        self.assertEqual(seqs, list(range(43, 43 + len(seqs))))
        self.assertEqual(frame["has_more"], seqs[-1] < self.COUNT)
        frame = session.history(self.conversation, after_seq=42, limit=5)
        self.assertEqual([event["seq"] for event in frame["events"]], [43, 44, 45, 46, 47])
        self.assertTrue(frame["has_more"])
        frame = session.history(self.conversation, after_seq=self.COUNT - 1)
        self.assertEqual([event["seq"] for event in frame["events"]], [self.COUNT])
        self.assertFalse(frame["has_more"])

    def test_frames_backward(self):
        session = self.session(self.bob)
        frame = session.history(self.conversation, before_seq=6, limit=3)
        self.assertEqual([event["seq"] for event in frame["events"]], [5, 4, 3])
        self.assertTrue(frame["has_more"])
        frame = session.history(self.conversation, before_seq=3)
        self.assertEqual([event["seq"] for event in frame["events"]], [2, 1])
        self.assertFalse(frame["has_more"])

    def test_frames_and_pages_are_the_same_events(self):
        session = self.session(self.alice)
        frame = session.history(self.conversation, after_seq=100, limit=20)
        self.assertEqual(frame["events"], self.alice.page(self.conversation, after_seq=100, limit=20)["items"])

    def test_bad_frames(self):
        session = self.session(self.alice)
        good = {"type": "history", "conversation_id": self.conversation}
        for change in (
            {"limit": 0},
            {"limit": -1},
            {"limit": "x"},
            {"after_seq": -1},
            {"after_seq": 1.5},
            {"after_seq": 1, "before_seq": 9},
            {"conversation_id": None},
            {"conversation_id": "x"},
        ):
            with self.subTest(change=change):
                session.refused({**good, **change}, "invalid_request")

    def test_strangers(self):
        for path in (
            f"/api/conversations/{self.conversation}",
            f"/api/conversations/{self.conversation}/messages",
        ):
            self.carol.rest.refused("GET", path, 404, "not_found")
        message = self.alice.page(self.conversation, limit=1)["items"][0]["message_id"]
        for path in (f"/api/messages/{message}", f"/api/messages/{message}/status"):
            self.carol.rest.refused("GET", path, 404, "not_found")
        self.carol.rest.refused("PUT", f"/api/messages/{message}/status", 404, "not_found", {"status": "read"})
        session = self.session(self.carol)
        session.refused({"type": "history", "conversation_id": self.conversation}, "not_found")
        session.refused({"type": "ack", "message_id": message, "status": "read"}, "not_found")
        session.refused({"type": "ack", "conversation_id": self.conversation, "seq": 1, "status": "read"}, "not_found")

    def test_stranger_and_nobody_read_the_same(self):
        """Who is not in a conversation cannot tell whether it exists."""
        real = f"/api/conversations/{self.conversation}"
        last = "0" if self.conversation[14:18] != "1000" else "1"
        unreal = real[:-4] + last * 4
        self.assertEqual(
            self.carol.rest.refused("GET", real, 404, "not_found"),
            self.carol.rest.refused("GET", unreal, 404, "not_found"),
        )

    def test_message_ids_that_never_were(self):
        message = self.alice.page(self.conversation, limit=1)["items"][0]["message_id"]
        later = f"{(int(message[:8], 16) + 1) % 2**32:08x}{message[8:]}"
        for each in ("00000000-0000-1000-8000-000000000000", "x", later, self.conversation):
            with self.subTest(message_id=each):
                self.alice.rest.refused("GET", f"/api/messages/{each}", 404, "not_found")
                self.alice.rest.refused("PUT", f"/api/messages/{each}/status", 404, "not_found", {"status": "read"})

    def test_every_message_is_found_by_its_id(self):
        """Recent ones are in memory, older ones are searched for."""
        for event in self.bob.whole_history(self.conversation)[::23]:
            self.assertEqual(self.bob.rest.get(f"/api/messages/{event['message_id']}").json, event)

    def test_after_a_restart_everything_reads_the_same(self):
        before = self.bob.whole_history(self.conversation)
        for stop in (self.server.kill, self.server.terminate):
            stop()
            self.server.start()
            self.assertEqual(self.bob.whole_history(self.conversation), before)
            for event in before[::57]:
                self.assertEqual(self.bob.rest.get(f"/api/messages/{event['message_id']}").json, event)


class LargePages(ServerCase):
    """200 events of 16 KiB are more than any buffer of a session should be: they must still arrive."""

    COUNT = 210

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.alice, cls.bob = User(cls.server, "alice"), User(cls.server, "bob")
        cls.conversation = cls.alice.open(cls.bob)
        content = "\x01" * 16384  # six bytes each in JSON
        for i in range(cls.COUNT):
            cls.alice.send(cls.conversation, content, client_id=f"c{i}", expect=201)

    def test_pages(self):
        seen, query = [], {"after_seq": 0}
        while query["after_seq"] is not None:
            page = self.bob.page(self.conversation, limit=200, **query)
            seen += [event["seq"] for event in page["items"]]
            query["after_seq"] = page["next"]
        self.assertEqual(seen, list(range(1, self.COUNT + 1)))

    def test_history_frames(self):
        reader = self.session(self.bob)
        seen, after = [], 0
        while len(seen) < self.COUNT:
            frame = reader.history(self.conversation, after_seq=after)
            self.assertTrue(frame["events"], "an empty frame, although there is more")
            seen += [event["seq"] for event in frame["events"]]
            after = seen[-1]
            self.assertEqual(frame["has_more"], after < self.COUNT)
        self.assertEqual(seen, list(range(1, self.COUNT + 1)))

    def test_sync(self):
        reader = self.session(self.bob)
        events, _, _ = reader.sync()
        newest = [event["seq"] for frame in events for event in frame["events"]]
        self.assertEqual(newest, sorted(newest))
        self.assertEqual(newest[-1], self.COUNT)
        # All of the newest 50, or fewer and told so: then history has the rest.
        if newest[0] > 1:
            self.assertTrue(events[0]["has_more"])
        self.assertLessEqual(len(newest), 50)


class Conversations(ServerCase):
    def test_open_is_201_then_200_for_both(self):
        alice, bob = self.users("alice", "bob")
        first = alice.rest.post("/api/conversations", {"user_id": bob.id}, expect=201)
        self.assertEqual(
            first.header("Location"), f"/api/conversations/{first.json['conversation_id']}"
        )
        again = alice.rest.post("/api/conversations", {"user_id": bob.id}, expect=200)
        self.assertEqual(again.json, first.json)
        theirs = bob.rest.post("/api/conversations", {"user_id": alice.id}, expect=200)
        self.assertEqual(theirs.json["conversation_id"], first.json["conversation_id"])

    def test_new_one_is_empty(self):
        alice, bob = self.users("alice", "bob")
        empty = alice.rest.post("/api/conversations", {"user_id": bob.id}).json
        self.assertEqual(empty["type"], "direct")
        self.assertEqual((empty["last_seq"], empty["last_event"], empty["unread"]), (0, None, 0))
        self.assertEqual((empty["read_seq"], empty["delivered_seq"]), (0, 0))
        self.assertEqual({member["user_id"] for member in empty["members"]}, {alice.id, bob.id})
        self.assertEqual(alice.page(empty["conversation_id"]), {"items": [], "next": None})
        self.assertEqual(empty["title"], bob.profile["display_name"])
        self.assertEqual(bob.conversation(empty["conversation_id"])["title"], alice.profile["display_name"])

    def test_with_oneself(self):
        alice = self.user("alice")
        notes = alice.rest.post("/api/conversations", {"user_id": alice.id}, expect=201).json
        self.assertEqual(len(notes["members"]), 1)
        alice.rest.post("/api/conversations", {"user_id": alice.id}, expect=200)

    def test_with_nobody(self):
        body = {"user_id": "00000000-0000-4000-8000-000000000000"}
        self.user().rest.refused("POST", "/api/conversations", 404, "not_found", body)

    def test_malformed(self):
        user = self.user()
        for body in ({}, {"user_id": None}, {"user_id": 7}, {"user_id": "x"}, {"user_id": [user.id]}):
            with self.subTest(body=body):
                user.rest.refused("POST", "/api/conversations", 400, "invalid_request", body)

    def test_list_is_by_newest_activity_and_pages(self):
        alice = self.user("alice")
        peers = [self.user(f"peer{i}") for i in range(7)]
        ids = [alice.open(peer) for peer in peers]
        order = [3, 0, 6, 1]
        for place in order:
            peers[place].send(ids[place], f"from {place}")
        expected = [ids[place] for place in order[::-1]] + [ids[place] for place in (5, 4, 2)]
        whole = alice.rest.get("/api/conversations").json
        self.assertEqual([item["conversation_id"] for item in whole["items"]], expected)
        self.assertIsNone(whole["next"])
        self.assertEqual([item["unread"] for item in whole["items"]], [1] * 4 + [0] * 3)
        paged, cursor = [], None
        while True:
            suffix = f"&cursor={cursor}" if cursor else ""
            page = alice.rest.get(f"/api/conversations?limit=3{suffix}").json
            self.assertLessEqual(len(page["items"]), 3)
            paged += page["items"]
            cursor = page["next"]
            if cursor is None:
                break
        self.assertEqual(paged, whole["items"])
        for item in whole["items"]:
            self.assertEqual(alice.conversation(item["conversation_id"]), item)
        alice.rest.refused("GET", "/api/conversations?cursor=nonsense", 400, "invalid_request")

    def test_profiles(self):
        alice, bob = self.users("alice", "bob")
        seen = alice.rest.get(f"/api/users/{bob.id}").json
        self.assertEqual((seen["user_id"], seen["username"]), (bob.id, bob.username))
        for unknown in ("00000000-0000-4000-8000-000000000000", "x", "ME"):
            alice.rest.refused("GET", f"/api/users/{unknown}", 404, "not_found")


class WhileTheReaderIsSlow(ServerCase):
    """A page that waits until its reader has room shows what has changed meanwhile: it comes after the change."""

    settings = {"limits": {"outbox_bytes": 100_000_000}}

    def test_a_page_is_not_older_than_a_deletion_before_it(self):
        alice, bob = self.users("alice", "bob")
        writer, slow = self.session(alice), self.session(bob)
        secret = writer.say(bob, "secret")
        conversation = secret["conversation_id"]
        # More than the kernel takes for someone who does not read.
        for _ in range(800):
            writer.message(conversation, "x" * 16_000)
        for _ in range(800):
            writer.expect("ack")
        slow.send({"type": "history", "ref": "page", "conversation_id": conversation, "after_seq": 0, "limit": 1})
        slow.message(conversation, "after the question")
        writer.expect("new_message", content="after the question")
        alice.page(conversation, after_seq=0, limit=1)
        alice.rest.delete(f"/api/messages/{secret['message_id']}")
        order = []
        while len(order) < 2:
            frame = slow.receive()
            if frame["type"] == "message_deleted" or frame.get("ref") == "page":
                order.append(frame)
        self.assertEqual([frame["type"] for frame in order], ["message_deleted", "events"])
        [event] = order[1]["events"]
        self.assertTrue(event["deleted"])
        self.assertNotIn("secret", str(event))


if __name__ == "__main__":
    unittest.main()
