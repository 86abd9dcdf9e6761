"""Sending, and who gets what in which order."""

import concurrent.futures
import secrets
import unittest

from case import ROOMY, ServerCase
from parley_websocket import TimedOut

CONTENT_MAX = 16 * 1024
ANSWER = ("message_id", "conversation_id", "seq", "timestamp")


def answer_of(frame):
    return {name: frame[name] for name in ANSWER}


class OverWebSocket(ServerCase):
    def setUp(self):
        super().setUp()
        self.alice, self.bob = self.users("alice", "bob")
        self.at_alice = self.session(self.alice)

    def test_receiver_id_opens_the_conversation(self):
        ack = self.at_alice.say(self.bob, "first")
        self.assertEqual(ack["seq"], 1)
        self.assertEqual(self.alice.open(self.bob), ack["conversation_id"])
        self.assertEqual(self.bob.open(self.alice), ack["conversation_id"])
        self.assertEqual(self.at_alice.say(ack["conversation_id"], "second")["seq"], 2)

    def test_ref_and_client_id_are_repeated(self):
        self.at_alice.message(self.bob, "x", client_id="c1", ref="r1")
        self.at_alice.expect("ack", ref="r1", client_id="c1")

    def test_without_client_id_the_server_takes_one(self):
        seen = set()
        for _ in range(2):
            self.at_alice.message(self.bob, "x")
            seen.add(self.at_alice.expect("ack")["client_id"])
        self.assertEqual(len(seen), 2)

    def test_to_oneself_is_ones_notes(self):
        other = self.session(self.alice)
        ack = self.at_alice.say(self.alice, "remember the milk")
        self.assertEqual(other.expect("new_message", seq=1)["client_id"], ack["client_id"])
        notes = self.alice.conversation(ack["conversation_id"])
        self.assertEqual([member["user_id"] for member in notes["members"]], [self.alice.id])
        self.assertEqual(notes["unread"], 0)
        self.assertEqual(self.at_alice.say(self.alice, "and the bread")["seq"], 2)

    def test_unknown_receiver_and_conversation(self):
        nobody = "00000000-0000-4000-8000-000000000000"
        stranger = self.user()
        theirs = stranger.open(self.bob)
        for target in (
            {"receiver_id": nobody},
            {"conversation_id": nobody},
            {"conversation_id": theirs},
            {"conversation_id": theirs[:-1] + ("0" if theirs[-1] != "0" else "1")},
        ):
            with self.subTest(target=target):
                frame = {"type": "send_message", "client_id": "c1", "content": "x", **target}
                self.assertEqual(self.at_alice.refused(frame, "not_found")["client_id"], "c1")

    def test_malformed(self):
        good = {"type": "send_message", "client_id": "c1", "receiver_id": self.bob.id, "content": "x"}
        for change in (
            {"content": ""},
            {"content": None},
            {"content": 7},
            {"client_id": ""},
            {"client_id": "x" * 65},
            {"client_id": "ü" * 65},
            {"client_id": 7},
            {"receiver_id": None},
            {"receiver_id": "bob"},
            {"receiver_id": self.bob.id + "0"},
            {"message_type": "poem"},
            {"mentions": [self.bob.id] * 51},
            {"mentions": ["x"]},
            {"reply_to": "x"},
        ):
            with self.subTest(change=str(change)[:40]):
                self.at_alice.refused({**good, **change}, "invalid_request")
        self.at_alice.settle()

    def test_client_id_of_64_characters(self):
        for client_id in ("x" * 64, "ü" * 64, "👋" * 64, " ", "\x01", '"\\'):
            with self.subTest(client_id=client_id[:3]):
                self.at_alice.say(self.bob, "x", client_id=client_id)

    def test_content_counts_in_bytes(self):
        for content in ("x" * CONTENT_MAX, "ü" * (CONTENT_MAX // 2), "👋" * (CONTENT_MAX // 4)):
            self.at_alice.say(self.bob, content)
        for content in ("x" * (CONTENT_MAX + 1), "ü" * (CONTENT_MAX // 2) + "x", "👋" * (CONTENT_MAX // 4) + "x"):
            frame = {"type": "send_message", "client_id": "c", "receiver_id": self.bob.id, "content": content}
            self.assertEqual(self.at_alice.refused(frame, "too_large")["client_id"], "c")

    def test_content_arrives_as_it_was(self):
        at_bob = self.session(self.bob)
        for content in (
            'quotes " and \\ and / and </script>',
            "line\nbreak\ttab\r\x00nul\x1f\x7f",
            "\u2028\u2029\ufeff\ufffd\uffff",
            "e\u0301 is not \u00e9",
            "👨‍👩‍👧‍👦 🇩🇪 \U0010ffff",
            "\u202eevil\u202c العربية עברית",
            " ",
        ):
            with self.subTest(content=content):
                ack = self.at_alice.say(self.bob, content)
                self.assertEqual(at_bob.expect("new_message", seq=ack["seq"])["content"], content)
                self.assertEqual(
                    self.bob.rest.get(f"/api/messages/{ack['message_id']}").json["content"], content
                )

    def test_reply_and_mentions_travel(self):
        at_bob = self.session(self.bob)
        first = self.at_alice.say(self.bob, "x")
        self.at_alice.say(self.bob, "y", reply_to=first["message_id"], mentions=[self.bob.id, self.alice.id])
        heard = at_bob.expect("new_message", seq=2)
        self.assertEqual(heard["reply_to"], first["message_id"])
        self.assertEqual(heard["mentions"], [self.bob.id, self.alice.id])
        self.assertNotIn("mentions", at_bob.expect("new_message", seq=1))

    def test_a_window_of_sends_keeps_its_order(self):
        at_bob = self.session(self.bob)
        for i in range(600):
            self.at_alice.message(self.bob, f"m{i}", client_id=f"c{i}")
        for i in range(600):
            self.assertEqual(self.at_alice.expect("ack", client_id=f"c{i}")["seq"], i + 1)
        for i in range(600):
            frame = at_bob.receive()
            self.assertEqual((frame["seq"], frame["content"]), (i + 1, f"m{i}"))

    def test_message_ids_grow(self):
        acks = [self.at_alice.say(self.bob, "x") for _ in range(50)]
        stamps = [ack["timestamp"] for ack in acks]
        self.assertEqual(stamps, sorted(stamps))
        self.assertEqual(len({ack["message_id"] for ack in acks}), 50)


class Idempotency(ServerCase):
    def setUp(self):
        super().setUp()
        self.alice, self.bob = self.users("alice", "bob")
        self.client_id = "c" + secrets.token_hex(8)

    def over_websocket(self, content="Hello", **fields):
        session = self.session(self.alice)
        ack = session.say(self.bob, content, client_id=self.client_id, **fields)
        session.close()
        return answer_of(ack)

    def over_rest(self, content="Hello", expect=200, **fields):
        response = self.alice.send(self.bob, content, client_id=self.client_id, expect=expect, **fields)
        return answer_of(response.json)

    def test_same_answer_over_both_ways(self):
        first = self.over_websocket()
        self.assertEqual(self.over_websocket(), first)
        self.assertEqual(self.over_rest(), first)
        self.assertEqual(self.alice.conversation(first["conversation_id"])["last_seq"], 1)

    def test_rest_first(self):
        first = self.over_rest(expect=201)
        self.assertEqual(self.over_rest(expect=200), first)
        self.assertEqual(self.over_websocket(), first)

    def test_receiver_and_conversation_id_are_the_same_place(self):
        first = self.over_websocket()
        response = self.alice.send(first["conversation_id"], "Hello", client_id=self.client_id, expect=200)
        self.assertEqual(answer_of(response.json), first)

    def test_from_another_device_of_the_same_user(self):
        first = self.over_websocket()
        other = self.alice.log_in()
        self.stack.callback(other.rest.close)
        response = other.send(self.bob, "Hello", client_id=self.client_id, expect=200)
        self.assertEqual(answer_of(response.json), first)

    def test_belongs_to_its_sender_and_conversation(self):
        first = self.over_websocket()
        carol = self.user("carol")
        theirs = self.bob.send(self.alice, "Hello", client_id=self.client_id, expect=201).json
        elsewhere = self.alice.send(carol, "Hello", client_id=self.client_id, expect=201).json
        self.assertEqual((theirs["conversation_id"], theirs["seq"]), (first["conversation_id"], 2))
        self.assertNotEqual(elsewhere["conversation_id"], first["conversation_id"])

    def test_another_payload_is_conflict(self):
        first = self.over_websocket()
        session = self.session(self.alice)
        base = {"type": "send_message", "client_id": self.client_id, "receiver_id": self.bob.id, "content": "Hello"}
        for change in (
            {"content": "Hello!"},
            {"reply_to": first["message_id"]},
            {"mentions": [self.bob.id]},
        ):
            with self.subTest(change=change):
                self.assertEqual(session.refused({**base, **change}, "conflict")["client_id"], self.client_id)
        body = {"receiver_id": self.bob.id, "client_id": self.client_id, "content": "Hello!"}
        self.alice.rest.refused("POST", "/api/messages", 409, "conflict", body)
        self.assertEqual(self.over_websocket(), first)

    def test_after_a_restart(self):
        first = self.over_websocket()
        self.assertEqual(self.server.terminate(), 0)
        self.server.start()
        self.assertEqual(self.over_rest(), first)
        self.assertEqual(self.over_websocket(), first)
        self.alice.rest.refused(
            "POST",
            "/api/messages",
            409,
            "conflict",
            {"receiver_id": self.bob.id, "client_id": self.client_id, "content": "other"},
        )

    def test_after_kill_9(self):
        first = self.over_websocket()
        self.server.kill()
        self.server.start()
        self.assertEqual(self.over_websocket(), first)
        self.server.kill()
        self.server.start()
        self.assertEqual(self.over_rest(), first)
        self.assertEqual(self.alice.conversation(first["conversation_id"])["last_seq"], 1)

    def test_for_128_later_sends(self):
        first = self.over_websocket()
        session = self.session(self.alice)
        for i in range(127):
            session.message(self.bob, f"m{i}", client_id=f"later{i}")
        for i in range(127):
            session.expect("ack", client_id=f"later{i}")
        self.assertEqual(self.over_websocket(), first)
        self.bob.send(self.alice, "the other side does not count")
        self.assertEqual(self.over_rest(), first)

    def test_many_at_once_are_one(self):
        def attempt(i):
            if i % 2:
                session = self.alice.session()
                try:
                    return answer_of(session.say(self.bob, "Hello", client_id=self.client_id))
                finally:
                    session.close()
            rest = self.rest(self.alice.access_token)
            body = {"receiver_id": self.bob.id, "client_id": self.client_id, "content": "Hello"}
            return answer_of(rest.post("/api/messages", body).json)

        with concurrent.futures.ThreadPoolExecutor(8) as pool:
            answers = list(pool.map(attempt, range(16)))
        self.assertTrue(all(answer == answers[0] for answer in answers), answers)
        self.assertEqual(self.alice.conversation(answers[0]["conversation_id"])["last_seq"], 1)

    def test_refused_sends_leave_no_trace(self):
        session = self.session(self.alice)
        base = {"type": "send_message", "client_id": self.client_id, "receiver_id": self.bob.id}
        session.refused({**base, "content": ""}, "invalid_request")
        session.refused({**base, "content": "x" * (CONTENT_MAX + 1)}, "too_large")
        self.assertEqual(self.over_websocket("good")["seq"], 1)


class Delivery(ServerCase):
    def setUp(self):
        super().setUp()
        self.alice, self.bob = self.users("alice", "bob")
        self.conversation = self.alice.open(self.bob)

    def test_every_session_of_both_users_in_order(self):
        phone = self.alice.log_in()
        self.stack.callback(phone.rest.close)
        sender = self.session(self.alice)
        others = [self.session(self.alice), self.session(phone)]
        peers = [self.session(self.bob) for _ in range(3)]
        for i in range(40):
            sender.message(self.conversation, f"m{i}", client_id=f"c{i}")
        for i in range(40):
            sender.expect("ack", client_id=f"c{i}")
        for own in others:
            frames = [own.expect("new_message") for _ in range(40)]
            self.assertEqual([frame["seq"] for frame in frames], list(range(1, 41)))
            self.assertEqual([frame["client_id"] for frame in frames], [f"c{i}" for i in range(40)])
            self.assertEqual({frame["sender_device_id"] for frame in frames}, {self.alice.device_id})
        for peer in peers:
            frames = [peer.expect("new_message") for _ in range(40)]
            self.assertEqual([frame["seq"] for frame in frames], list(range(1, 41)))
            self.assertTrue(all("client_id" not in frame for frame in frames))
        # The sending session has its acks and no events of its own.
        self.assertEqual([frame["type"] for frame in sender.settle()], [])

    def test_two_senders_one_order(self):
        at_alice, at_bob = self.session(self.alice), self.session(self.bob)
        watchers = [self.session(self.alice), self.session(self.bob)]
        for i in range(100):
            at_alice.message(self.conversation, f"a{i}", client_id=f"a{i}")
            at_bob.message(self.conversation, f"b{i}", client_id=f"b{i}")
        views = [[watcher.expect("new_message")["content"] for _ in range(200)] for watcher in watchers]
        self.assertEqual(views[0], views[1])
        for side in "ab":
            self.assertEqual([each for each in views[0] if each[0] == side], [f"{side}{i}" for i in range(100)])
        # What a sender has: its acks and the other's events, together without a gap.
        for session in (at_alice, at_bob):
            seen = [session.expect("ack")["seq"] for _ in range(100)]
            seen += [session.expect("new_message")["seq"] for _ in range(100)]
            self.assertEqual(sorted(seen), list(range(1, 201)))

    def test_rest_send_reaches_all(self):
        sessions = [self.session(self.alice), self.session(self.alice)]
        peer = self.session(self.bob)
        sent = self.alice.send(self.conversation, "by REST", client_id="c1", expect=201).json
        for session in sessions:
            frame = session.expect("new_message", seq=1)
            self.assertEqual((frame["client_id"], frame["message_id"]), ("c1", sent["message_id"]))
        self.assertNotIn("client_id", peer.expect("new_message", seq=1))

    def test_repeat_is_not_delivered_again(self):
        peer = self.session(self.bob)
        for _ in range(3):
            self.alice.send(self.conversation, "once", client_id="c1")
        self.alice.send(self.conversation, "end", client_id="c2")
        self.assertEqual([peer.expect("new_message")["content"] for _ in range(2)], ["once", "end"])

    def test_strangers_get_nothing(self):
        stranger = self.session(self.user("carol"))
        sender, peer = self.session(self.alice), self.session(self.bob)
        sender.say(self.conversation, "secret")
        peer.expect("new_message")
        stranger.settle()
        with self.assertRaises(TimedOut):
            stranger.expect("new_message", 0.3)

    def test_a_session_that_comes_later_gets_what_comes_later(self):
        sender = self.session(self.alice)
        sender.say(self.conversation, "before")
        late = self.session(self.bob)
        sender.say(self.conversation, "after")
        self.assertEqual(late.expect("new_message")["content"], "after")

    def test_same_bytes_for_all_readers(self):
        watcher = self.session(self.bob)
        ack = self.session(self.alice).say(self.conversation, "Hello")
        live = watcher.expect("new_message")
        self.assertEqual(live, self.bob.page(self.conversation)["items"][0])
        self.assertEqual(live, self.bob.rest.get(f"/api/messages/{ack['message_id']}").json)
        self.assertEqual(live, watcher.history(self.conversation)["events"][0])
        self.assertEqual(live, self.bob.conversation(self.conversation)["last_event"])
        own = self.alice.page(self.conversation)["items"][0]
        self.assertEqual(own.pop("client_id"), ack["client_id"])
        self.assertEqual(live, own)

    def test_many_pairs_at_once(self):
        def chat(i):
            one, other = self.alice, self.user(f"peer{i}")
            sender, receiver = one.session(), other.session()
            try:
                for n in range(50):
                    sender.message(other, f"{i}-{n}", client_id=f"{i}-{n}")
                acks = [sender.expect("ack", client_id=f"{i}-{n}")["seq"] for n in range(50)]
                heard = [receiver.expect("new_message")["content"] for _ in range(50)]
                return acks == list(range(1, 51)) and heard == [f"{i}-{n}" for n in range(50)]
            finally:
                sender.close()
                receiver.close()

        with concurrent.futures.ThreadPoolExecutor(8) as pool:
            self.assertEqual(list(pool.map(chat, range(8))), [True] * 8)


class RateLimit(ServerCase):
    settings = {"limits": {**ROOMY["limits"], "sends_per_second": 1, "sends_burst": 5}}

    def test_more_than_the_burst_is_refused(self):
        alice, bob, carol = self.users("alice", "bob", "carol")
        session = self.session(alice)
        for i in range(10):
            session.message(bob, "x", client_id=f"c{i}")
        answers = [session.receive() for _ in range(10)]
        errors = [frame for frame in answers if frame["type"] == "error"]
        self.assertEqual([frame["client_id"] for frame in answers if frame["type"] == "ack"][:5],
                         ["c0", "c1", "c2", "c3", "c4"])
        self.assertGreaterEqual(len(errors), 3)
        self.assertEqual({frame["code"] for frame in errors}, {"rate_limited"})
        self.assertTrue(all("client_id" in frame for frame in errors))
        self.assertEqual({frame["retry_after"] for frame in errors}, {1})
        # The limit is the user's, over all ways in; others are free.
        statuses = [alice.send(bob, "y", expect=(201, 429)).status for _ in range(3)]
        self.assertIn(429, statuses)
        carol.send(bob, "z", expect=201)

    def test_a_retry_is_told_what_happened_also_after_a_restart(self):
        alice, bob, carol = self.users("alice", "bob", "carol")
        first = alice.send(bob, "Hello", client_id="1", expect=201)
        self.server.kill()
        self.server.start()
        for n in range(8):
            alice.send(alice, "note", client_id=f"n{n}", expect=(201, 429))
        self.assertEqual(alice.send(bob, "Hello", client_id="1", expect=200).json, first.json)
        # And nothing is made for what is refused.
        self.assertEqual(alice.send(carol, "Hello", client_id="2", expect=429).json["code"], "rate_limited")
        self.assertEqual(carol.rest.get("/api/conversations").json["items"], [])


if __name__ == "__main__":
    unittest.main()
