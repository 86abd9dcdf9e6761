"""Contacts, blocks, profiles, and finding people."""

import secrets
import unittest
import urllib.parse

from case import ServerCase

MINE = "/api/users/me/contacts"


class Contacts(ServerCase):
    def setUp(self):
        super().setUp()
        self.alice, self.bob = self.users("alice", "bob")

    def test_add_change_list_remove(self):
        added = self.alice.rest.post(MINE, {"user_id": self.bob.id, "nickname": "Bobby"}, expect=201)
        self.assertEqual(added.header("Location"), f"{MINE}/{self.bob.id}")
        contact = added.json
        self.assertEqual((contact["user_id"], contact["nickname"], contact["blocked"]), (self.bob.id, "Bobby", False))
        again = self.alice.rest.post(MINE, {"user_id": self.bob.id}, expect=200).json
        self.assertEqual(again, contact)
        changed = self.alice.rest.put(f"{MINE}/{self.bob.id}", {"nickname": None}).json
        self.assertEqual(changed, {**contact, "nickname": None})
        own_path = f"/api/users/{self.alice.id}/contacts"
        self.assertEqual(self.alice.rest.get(own_path).json, {"items": [changed], "next": None})
        self.alice.rest.delete(f"{MINE}/{self.bob.id}")
        self.assertEqual(self.alice.rest.get(MINE).json["items"], [])
        self.alice.rest.refused("DELETE", f"{MINE}/{self.bob.id}", 404, "not_found")
        self.alice.rest.refused("PUT", f"{MINE}/{self.bob.id}", 404, "not_found", {"blocked": True})

    def test_pages(self):
        others = [self.user(f"other{n}") for n in range(5)]
        for other in others:
            self.alice.rest.post(MINE, {"user_id": other.id}, expect=201)
        found, cursor = [], ""
        while cursor is not None:
            page = self.alice.rest.get(f"{MINE}?limit=2{cursor and '&cursor=' + cursor}").json
            self.assertLessEqual(len(page["items"]), 2)
            found += [contact["user_id"] for contact in page["items"]]
            cursor = page["next"]
        self.assertEqual(found, sorted(other.id for other in others))

    def test_refusals(self):
        rest = self.alice.rest
        theirs = f"/api/users/{self.bob.id}/contacts"
        rest.refused("GET", theirs, 403, "forbidden")
        rest.refused("POST", theirs, 403, "forbidden", {"user_id": self.alice.id})
        rest.refused("POST", MINE, 400, "invalid_request", {"user_id": self.alice.id})
        rest.refused("POST", MINE, 400, "invalid_request", {})
        rest.refused("POST", MINE, 400, "invalid_request", {"user_id": self.bob.id, "nickname": "x" * 65})
        nobody = "00000000-0000-4000-8000-000000000000"
        rest.refused("POST", MINE, 404, "not_found", {"user_id": nobody})

    def test_a_block_holds_in_the_conversation(self):
        conversation = self.alice.open(self.bob)
        at_bob = self.session(self.bob)
        self.bob.rest.post(MINE, {"user_id": self.alice.id, "blocked": True}, expect=201)
        self.assertTrue(self.bob.conversation(conversation)["blocked"])
        sent = self.alice.send(conversation, "can you hear me").json
        self.assertEqual(sent["status"], "sent")
        self.assertEqual(at_bob.expect("void", seq=sent["seq"])["conversation_id"], conversation)
        self.bob.rest.refused("POST", "/api/messages", 403, "blocked", {"receiver_id": self.alice.id, "content": "x"})
        for _ in range(2):
            self.bob.rest.put(f"{MINE}/{self.alice.id}", {"blocked": False})
        heard = self.alice.send(conversation, "and now").json
        at_bob.expect("new_message", seq=heard["seq"])
        self.assertEqual(self.bob.page(conversation)["items"][-1]["type"], "void")

    def test_a_block_outlives_its_contact_and_a_restart(self):
        conversation = self.alice.open(self.bob)
        self.bob.rest.post(MINE, {"user_id": self.alice.id, "blocked": True}, expect=201)
        self.bob.rest.delete(f"{MINE}/{self.alice.id}")
        self.server.kill()
        self.server.start()
        self.assertTrue(self.bob.conversation(conversation)["blocked"])
        self.assertTrue(self.bob.rest.post(MINE, {"user_id": self.alice.id}, expect=201).json["blocked"])

    def test_blocking_a_stranger(self):
        self.bob.rest.post(MINE, {"user_id": self.alice.id, "blocked": True}, expect=201)
        at_bob = self.session(self.bob)
        sent = self.alice.send(self.bob, "hello stranger").json
        at_bob.expect("void", seq=sent["seq"])


class Profiles(ServerCase):
    def test_own_profile(self):
        ada = self.user("ada", email=f"{secrets.token_hex(6)}@example.org")
        changed = ada.rest.put("/api/users/me", {"display_name": "Ada L.", "about": "line\nline"}).json
        self.assertEqual((changed["display_name"], changed["about"]), ("Ada L.", "line\nline"))
        self.assertEqual(ada.rest.put(f"/api/users/{ada.id}", {}).json["about"], "line\nline")
        self.assertEqual(ada.rest.get("/api/users/me").json["email"], ada.profile["email"])
        self.assertNotIn("email", self.user("eve").rest.get(f"/api/users/{ada.id}").json)

    def test_refusals(self):
        ada, eve = self.users("ada", "eve")
        eve.rest.refused("PUT", f"/api/users/{ada.id}", 403, "forbidden", {"about": "x"})
        for wrong in (
            {"display_name": ""},
            {"display_name": "x" * 65},
            {"display_name": "a\nb"},
            {"display_name": "a\u202eb"},
            {"about": "a\u2066b"},
            {"about": "x" * 501},
            {"about": "\u0000"},
            {"hide_presence": "yes"},
        ):
            ada.rest.refused("PUT", "/api/users/me", 400, "invalid_request", wrong)
        media = "00000000-0000-4000-8000-000000000000"
        ada.rest.refused("PUT", "/api/users/me", 404, "not_found", {"avatar_media_id": media})
        ada.rest.put("/api/users/me", {"display_name": "ü" * 64})

    def test_find(self):
        mark = "q" + secrets.token_hex(4)
        found = [self.user(f"{mark}{n}", email=f"{mark}{n}@example.org") for n in range(3)]
        by_name = self.user("other", display_name=f"{mark.upper()} Übel")
        eve = self.user("eve")

        def find(query, **more):
            text = urllib.parse.urlencode({"query": query, **more})
            return eve.rest.get(f"/api/users?{text}").json

        page = find(mark)
        self.assertEqual([user["user_id"] for user in page["items"]], [user.id for user in [*found, by_name]])
        self.assertIsNone(page["next"])
        self.assertFalse(any("email" in user for user in page["items"]))
        self.assertEqual(find(f"{mark} ü")["items"][0]["user_id"], by_name.id)
        for nothing in (found[0].profile["email"], "%", mark[1:] + "%"):
            self.assertEqual(find(nothing)["items"], [])
        pages, cursor = [], 0
        while cursor is not None:
            page = find(mark, limit=1, cursor=cursor)
            pages += [user["user_id"] for user in page["items"]]
            cursor = page["next"]
        self.assertEqual(pages, [user.id for user in [*found, by_name]])
        eve.rest.refused("GET", "/api/users", 400, "invalid_request")
        eve.rest.refused("GET", "/api/users?query=", 400, "invalid_request")
        eve.rest.refused("GET", "/api/users?query=a&cursor=1000", 400, "invalid_request")


if __name__ == "__main__":
    unittest.main()
