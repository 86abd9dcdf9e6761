"""Presence and typing: told to those who watch and may know it, in time, and to nobody else."""

import time
import unittest

from case import ServerCase
from parley_websocket import TimedOut


class Presence(ServerCase):
    def setUp(self):
        super().setUp()
        self.alice, self.bob = self.users("alice", "bob")
        self.at_alice = self.session(self.alice)

    def watch(self, session, *users, ref="w"):
        session.send({"type": "watch_presence", "ref": ref, "user_ids": [user.id for user in users]})

    def nothing(self, session, user, seconds=1.0):
        """No presence of the user reaches the session, although what was under way has come."""
        with self.assertRaises(TimedOut):
            session.expect("presence", user_id=user.id, seconds=seconds)

    def add(self, owner, user, **fields):
        return owner.rest.post("/api/users/me/contacts", {"user_id": user.id, **fields}, expect=(200, 201)).json

    def test_a_watch_is_answered_and_changes_follow(self):
        self.alice.open(self.bob)
        self.watch(self.at_alice, self.bob, ref=5)
        seen = self.at_alice.expect("presence", ref=5)
        self.assertEqual((seen["user_id"], seen["status"], seen["last_seen"]), (self.bob.id, "offline", None))
        at_bob = self.session(self.bob)
        self.assertEqual(self.at_alice.expect("presence", user_id=self.bob.id)["status"], "online")
        at_bob.send({"type": "presence", "status": "away"})
        self.assertEqual(self.at_alice.expect("presence", user_id=self.bob.id)["status"], "away")
        at_bob.send({"type": "presence", "status": "online"})
        self.assertEqual(self.at_alice.expect("presence", user_id=self.bob.id)["status"], "online")
        left = time.monotonic()
        at_bob.close()
        gone = self.at_alice.expect("presence", user_id=self.bob.id, seconds=15)
        self.assertEqual(gone["status"], "offline")
        self.assertIsNotNone(gone["last_seen"])
        self.assertGreaterEqual(time.monotonic() - left, 4.5)
        profile = self.alice.rest.get(f"/api/users/{self.bob.id}").json
        self.assertEqual((profile["status"], profile["last_seen"]), ("offline", gone["last_seen"]))

    def test_a_reconnect_does_not_flicker(self):
        self.alice.open(self.bob)
        at_bob = self.session(self.bob)
        self.watch(self.at_alice, self.bob)
        self.assertEqual(self.at_alice.expect("presence", ref="w")["status"], "online")
        for _ in range(3):
            at_bob.close()
            at_bob = self.session(self.bob)
        self.nothing(self.at_alice, self.bob, seconds=7.0)

    def test_of_two_devices_the_one_that_is_there_counts(self):
        self.alice.open(self.bob)
        desk, phone = self.session(self.bob), self.session(self.bob.log_in())
        self.watch(self.at_alice, self.bob)
        self.at_alice.expect("presence", ref="w", status="online")
        desk.send({"type": "presence", "status": "away"})
        self.nothing(self.at_alice, self.bob)
        phone.close()
        self.at_alice.expect("presence", user_id=self.bob.id, status="away")

    def test_strangers_see_nothing(self):
        at_bob = self.session(self.bob)
        self.watch(self.at_alice, self.bob)
        at_bob.send({"type": "presence", "status": "away"})
        self.nothing(self.at_alice, self.bob)
        profile = self.alice.rest.get(f"/api/users/{self.bob.id}").json
        self.assertEqual((profile["status"], profile["last_seen"]), ("offline", None))

    def test_a_block_ends_it_both_ways(self):
        self.alice.open(self.bob)
        at_bob = self.session(self.bob)
        self.watch(self.at_alice, self.bob)
        self.watch(at_bob, self.alice)
        self.at_alice.expect("presence", ref="w", status="online")
        at_bob.expect("presence", ref="w", status="online")
        self.add(self.bob, self.alice, blocked=True)
        last = self.at_alice.expect("presence", user_id=self.bob.id)
        self.assertEqual((last["status"], last["last_seen"]), ("offline", None))
        at_bob.expect("presence", user_id=self.alice.id, status="offline")
        at_bob.send({"type": "presence", "status": "away"})
        self.watch(self.at_alice, self.bob, ref="again")
        self.nothing(self.at_alice, self.bob)
        self.assertEqual(self.alice.rest.get(f"/api/users/{self.bob.id}").json["status"], "offline")
        self.bob.rest.put(f"/api/users/me/contacts/{self.alice.id}", {"blocked": False})
        self.watch(self.at_alice, self.bob, ref="third")
        self.at_alice.expect("presence", ref="third", status="away")

    def test_a_block_by_the_conversation_is_the_same(self):
        conversation = self.alice.open(self.bob)
        at_bob = self.session(self.bob)
        self.watch(self.at_alice, self.bob)
        self.at_alice.expect("presence", ref="w", status="online")
        self.bob.rest.request("PATCH", f"/api/conversations/{conversation}", {"blocked": True}, expect=200)
        self.at_alice.expect("presence", user_id=self.bob.id, status="offline")
        at_bob.send({"type": "presence", "status": "away"})
        self.nothing(self.at_alice, self.bob)
        self.assertEqual(self.bob.rest.get("/api/users/me/contacts").json["items"], [])

    def test_who_hides_looks_offline_and_sees_the_others(self):
        self.alice.open(self.bob)
        at_bob = self.session(self.bob)
        self.watch(self.at_alice, self.bob)
        self.watch(at_bob, self.alice)
        self.at_alice.expect("presence", ref="w", status="online")
        mine = self.bob.rest.put("/api/users/me", {"hide_presence": True}).json
        self.assertEqual((mine["hide_presence"], mine["status"]), (True, "online"))
        hidden = self.at_alice.expect("presence", user_id=self.bob.id)
        self.assertEqual((hidden["status"], hidden["last_seen"]), ("offline", None))
        at_bob.send({"type": "presence", "status": "away"})
        self.nothing(self.at_alice, self.bob)
        profile = self.alice.rest.get(f"/api/users/{self.bob.id}").json
        self.assertEqual((profile["status"], profile["last_seen"]), ("offline", None))
        self.assertNotIn("hide_presence", profile)
        at_bob.expect("presence", ref="w", status="online")
        self.bob.rest.put("/api/users/me", {"hide_presence": False})
        self.at_alice.expect("presence", user_id=self.bob.id, status="away")

    def test_who_has_left_the_group_sees_nothing_more(self):
        group = self.bob.rest.post("/api/groups", {"name": "Chess", "member_ids": [self.alice.id]}, expect=201).json
        at_bob = self.session(self.bob)
        self.watch(self.at_alice, self.bob)
        self.at_alice.expect("presence", ref="w", status="online")
        self.bob.rest.delete(f"/api/groups/{group['group_id']}/members/{self.alice.id}")
        self.at_alice.expect("presence", user_id=self.bob.id, status="offline")
        at_bob.send({"type": "presence", "status": "away"})
        self.watch(self.at_alice, self.bob, ref="again")
        self.nothing(self.at_alice, self.bob)

    def test_another_list_takes_the_first_ones_place(self):
        carol = self.user("carol")
        for other in (self.bob, carol):
            self.add(self.alice, other)
        self.watch(self.at_alice, self.bob)
        self.at_alice.expect("presence", ref="w", user_id=self.bob.id)
        self.watch(self.at_alice, carol, ref="2")
        self.at_alice.expect("presence", ref="2", user_id=carol.id)
        self.session(self.bob)
        self.nothing(self.at_alice, self.bob)

    def test_refusals(self):
        self.at_alice.refused({"type": "presence", "status": "offline"}, "invalid_request")
        self.at_alice.refused({"type": "presence"}, "invalid_request")
        self.at_alice.refused({"type": "watch_presence"}, "invalid_request")
        self.at_alice.refused({"type": "watch_presence", "user_ids": ["x"]}, "invalid_request")
        many = [self.bob.id] * 501
        self.at_alice.refused({"type": "watch_presence", "user_ids": many}, "invalid_request")

    def test_last_seen_outlives_a_restart(self):
        self.alice.open(self.bob)
        self.session(self.bob).close()
        self.server.terminate()
        self.server.start()
        profile = self.alice.rest.get(f"/api/users/{self.bob.id}").json
        self.assertEqual(profile["status"], "offline")
        self.assertIsNotNone(profile["last_seen"])


class HalfOpen(ServerCase):
    settings = {"limits": {"heartbeat_seconds": 2}}

    def test_who_falls_silent_is_gone_in_time(self):
        """A peer that answers no ping: offline after one and a half heartbeats and the grace."""
        alice, bob = self.users("alice", "bob")
        alice.open(bob)
        at_alice = self.session(alice)
        at_bob = self.session(bob)
        silent = time.monotonic()
        at_alice.send({"type": "watch_presence", "ref": "w", "user_ids": [bob.id]})
        at_alice.expect("presence", ref="w", status="online")
        while True:
            at_alice.send({"type": "heartbeat"})
            try:
                at_alice.expect("presence", user_id=bob.id, status="offline", seconds=1.0)
                break
            except TimedOut:
                self.assertLess(time.monotonic() - silent, 30)
        self.assertGreaterEqual(time.monotonic() - silent, 7.5)
        del at_bob


class Typing(ServerCase):
    def setUp(self):
        super().setUp()
        self.alice, self.bob = self.users("alice", "bob")
        self.conversation = self.alice.open(self.bob)
        self.at_alice, self.at_bob = self.session(self.alice), self.session(self.bob)

    def type(self, active=True):
        self.at_alice.send({"type": "typing", "conversation_id": self.conversation, "active": active})

    def test_ends_by_itself(self):
        self.type()
        began = time.monotonic()
        self.assertTrue(self.at_bob.expect("typing", user_id=self.alice.id)["active"])
        self.assertFalse(self.at_bob.expect("typing", user_id=self.alice.id, seconds=10)["active"])
        self.assertGreaterEqual(time.monotonic() - began, 5.5)

    def test_ends_with_its_session(self):
        self.type()
        self.at_bob.expect("typing", active=True)
        self.at_alice.close()
        self.at_bob.expect("typing", active=False, seconds=3)

    def test_is_throttled(self):
        for _ in range(50):
            self.type(True)
            self.type(False)
        self.at_alice.settle()
        self.at_bob.settle()
        told = [frame for frame in self.at_bob.inbox if frame["type"] == "typing"]
        self.assertLessEqual(len(told), 24)
        self.assertGreaterEqual(len(told), 2)

    def test_does_not_pass_a_block(self):
        self.bob.rest.post("/api/users/me/contacts", {"user_id": self.alice.id, "blocked": True}, expect=201)
        self.type()
        self.at_bob.send({"type": "typing", "conversation_id": self.conversation})
        for session in (self.at_alice, self.at_bob):
            with self.assertRaises(TimedOut):
                session.expect("typing", seconds=1.0)


if __name__ == "__main__":
    unittest.main()
