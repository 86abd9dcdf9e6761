"""Groups over REST: what is refused has not happened by half, and growing has limits of its own."""

import unittest

from case import ROOMY, ServerCase, merged

NOBODY = "00000000-0000-4000-8000-000000000000"


class AllOrNothing(ServerCase):
    def setUp(self):
        super().setUp()
        self.alice, self.bob, self.carol = self.users("alice", "bob", "carol")

    def group(self, **fields):
        body = {"name": "Chess", "member_ids": [self.bob.id], **fields}
        return self.alice.rest.post("/api/groups", body, expect=201).json["group_id"]

    def test_members_are_added_all_or_none(self):
        group = self.group()
        members = f"/api/groups/{group}/members"
        at_bob = self.session(self.bob)
        users = [self.carol.id, NOBODY]
        self.alice.rest.refused("POST", members, 404, "not_found", {"user_ids": users})
        self.bob.rest.refused("POST", members, 403, "forbidden", {"user_ids": [self.carol.id]})
        self.assertEqual(self.alice.conversation(group)["last_seq"], 1)
        self.assertEqual(self.carol.rest.get("/api/groups").json["items"], [])
        added = self.alice.rest.post(members, {"user_ids": [self.bob.id, self.carol.id]}, expect=200).json
        self.assertEqual(len(added["members"]), 3)
        at_bob.expect("member_added", user_id=self.carol.id, seq=2)

    def test_a_conversation_is_changed_by_all_that_is_asked_or_by_nothing(self):
        group = self.group()
        path = f"/api/conversations/{group}"
        self.alice.rest.refused("PATCH", path, 413, "too_large", {"ttl_seconds": 60, "draft": "x" * 17000})
        self.assertEqual(self.alice.conversation(group)["ttl_seconds"], 0)
        self.alice.rest.refused("PATCH", path, 400, "invalid_request", {"ttl_seconds": 60, "blocked": True})
        self.assertEqual(self.alice.conversation(group)["ttl_seconds"], 0)
        talk = self.alice.open(self.bob)
        path = f"/api/conversations/{talk}"
        self.alice.rest.refused("PATCH", path, 400, "invalid_request", {"ttl_seconds": 1, "blocked": True})
        self.assertFalse(self.alice.conversation(talk)["blocked"])
        changed = {"ttl_seconds": 60, "draft": "hm", "blocked": True}
        now = self.alice.rest.request("PATCH", path, changed, expect=200).json
        self.assertEqual({name: now[name] for name in changed}, changed)


class Lists(ServerCase):
    def pages(self, user, path, limit):
        """All items, page by page, and how many pages there were."""
        items, cursor, pages = [], "", 0
        while True:
            page = user.rest.get(f"{path}?limit={limit}{cursor}").json
            self.assertLessEqual(len(page["items"]), limit)
            items += page["items"]
            pages += 1
            if page["next"] is None:
                return items, pages
            cursor = f"&cursor={page['next']}"

    def test_groups_and_conversations_come_in_pages_by_activity(self):
        alice, bob = self.users("alice", "bob")
        groups = [
            alice.rest.post("/api/groups", {"name": f"Group {n}", "member_ids": [bob.id]}, expect=201).json["group_id"]
            for n in range(5)
        ]
        talk = alice.open(bob)
        alice.send(groups[1], "Newest", client_id="1")
        wanted = [groups[n] for n in (1, 4, 3, 2, 0)]
        items, pages = self.pages(alice, "/api/groups", 2)
        self.assertEqual(([item["group_id"] for item in items], pages), (wanted, 3))
        self.assertEqual(alice.rest.get("/api/groups").json["next"], None)
        alice.rest.refused("GET", "/api/groups?cursor=x", 400, "invalid_request")
        # The one with nothing said in it is as old as it is: the newest but for what was said.
        items, pages = self.pages(alice, "/api/conversations", 4)
        self.assertEqual(pages, 2)
        self.assertEqual({item["conversation_id"] for item in items}, {talk, *groups})
        self.assertEqual([item["conversation_id"] for item in items if item["type"] == "group"], wanted)
        # Who has left keeps the conversation, where it stood when they left, and has the group no more.
        bob.rest.delete(f"/api/groups/{groups[4]}/members/me")
        alice.send(groups[4], "Without Bob", client_id="2")
        alice.send(groups[0], "With Bob", client_id="3")
        self.assertEqual([g["group_id"] for g in self.pages(bob, "/api/groups", 3)[0]], [groups[n] for n in (0, 1, 3, 2)])
        listed = [c["conversation_id"] for c in self.pages(bob, "/api/conversations", 2)[0] if c["type"] == "group"]
        self.assertEqual(listed, [groups[n] for n in (0, 4, 1, 3, 2)])

    def test_only_the_owner_gives_roles_also_those_that_are_there(self):
        alice, bob, carol = self.users("alice", "bob", "carol")
        body = {"name": "Chess", "member_ids": [bob.id, carol.id]}
        members = f"/api/groups/{alice.rest.post('/api/groups', body, expect=201).json['group_id']}/members"
        alice.rest.put(f"{members}/{bob.id}", {"role": "admin"}, expect=204)
        for who, whom, role in ((carol, bob, "admin"), (bob, carol, "member"), (carol, alice, "owner")):
            who.rest.refused("PUT", f"{members}/{whom.id}", 403, "forbidden", {"role": role})
        alice.rest.put(f"{members}/{bob.id}", {"role": "admin"}, expect=204)
        alice.rest.put(f"{members}/{bob.id}", {"role": "owner"}, expect=204)
        # Giving one's own role away, and the same again because the answer was lost.
        for _ in range(2):
            alice.rest.put(f"{members}/{alice.id}", {"role": "member"}, expect=204)
        alice.rest.refused("PUT", f"{members}/{alice.id}", 403, "forbidden", {"role": "owner"})


class Growth(ServerCase):
    settings = merged(
        ROOMY, {"limits": {"groups_per_hour": 1, "groups_burst": 3, "members_per_hour": 60, "members_burst": 3}}
    )

    def refused(self, rest, path, body):
        answer = rest.request("POST", path, body, expect=429)
        self.assertEqual(answer.json["code"], "rate_limited")
        return int(answer.header("Retry-After"))

    def test_new_groups_are_rationed(self):
        alice, bob = self.users("alice", "bob")
        for n in range(3):
            body = {"name": f"Group {n}", "client_id": f"g{n}"}
            alice.rest.post("/api/groups", body, expect=201)
        # It was made: the limit does not say otherwise.
        alice.rest.post("/api/groups", body, expect=200)
        wait = self.refused(alice.rest, "/api/groups", {"name": "Group 3"})
        self.assertTrue(3500 < wait <= 3600, wait)
        bob.rest.post("/api/groups", {"name": "Chess"}, expect=201)

    def test_added_members_are_rationed(self):
        alice, bob, carol, dan = self.users("alice", "bob", "carol", "dan")
        body = {"name": "Chess", "member_ids": [bob.id, carol.id]}
        group = alice.rest.post("/api/groups", body, expect=201).json["group_id"]
        members = f"/api/groups/{group}/members"
        self.assertIn(self.refused(alice.rest, members, {"user_ids": [dan.id, carol.id]}), range(40, 61))
        alice.rest.post(members, {"user_ids": [dan.id]}, expect=200)
        self.refused(alice.rest, members, {"user_ids": [dan.id]})


if __name__ == "__main__":
    unittest.main()
