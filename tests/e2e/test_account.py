"""The end of an account, and the export of all of one's own data."""

import io
import json
import threading
import time
import zipfile

from case import ServerCase
from parley_client import PASSWORD, Rest, User
from parley_server import poll
from parley_websocket import Closed

RIGHT = {"password": PASSWORD}


def ids_in(value):
    """Every string in a JSON value."""
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict):
        for each in value.values():
            yield from ids_in(each)
    elif isinstance(value, list):
        for each in value:
            yield from ids_in(each)


class WithOperator(ServerCase):
    """Whoever registers first is the operator, and the only one: these tests are about the others."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.operator = User(cls.server, "operator")
        cls.addClassCleanup(cls.operator.rest.close)


class Deletion(WithOperator):
    def end(self, user):
        user.rest.delete("/api/users/me", body=RIGHT)

    def messages(self, reader, conversation):
        return reader.rest.get(f"/api/conversations/{conversation}/messages?limit=200&after_seq=0").json["items"]

    def everything(self, reader):
        """All that a reader can get hold of by REST and by sync."""
        found = [reader.rest.get("/api/conversations?limit=200").json]
        for conversation in found[0]["items"]:
            number = conversation["conversation_id"]
            found.append(self.messages(reader, number))
            found += [
                reader.rest.get(f"/api/messages/{event['message_id']}/status").json
                for event in found[-1]
                if event["type"] == "new_message"
            ]
            if conversation["type"] == "group":
                found.append(reader.rest.get(f"/api/groups/{number}").json)
        events, conversations, _ = self.session(reader).sync()
        return [*found, events, conversations]

    def forgotten(self, reader, gone):
        poll(lambda: gone.id not in set(ids_in(self.everything(reader))), f"{gone.id} is still somewhere")

    def test_needs_the_password_and_is_for_oneself(self):
        ada, bob = self.users("ada", "bob")
        ada.rest.refused("DELETE", "/api/users/me", 403, "forbidden", {"password": "wrong horse"})
        ada.rest.refused("DELETE", "/api/users/me", 400, "invalid_request", {})
        ada.rest.refused("DELETE", f"/api/users/{bob.id}", 403, "forbidden", RIGHT)
        self.rest().refused("DELETE", "/api/users/me", 401, "unauthorized", RIGHT)
        ada.rest.get("/api/users/me")

    def test_the_account_is_gone_at_once(self):
        ada, bob = self.users("ada", "bob")
        other = ada.log_in()
        sessions = [self.session(ada), self.session(other)]
        self.end(ada)
        for session in sessions:
            with self.assertRaises(Closed) as closed:
                session.expect("nothing", seconds=2.5)
            self.assertEqual(closed.exception.code, 4003)
        for token in (ada.access_token, other.access_token):
            self.rest(token).refused("GET", "/api/users/me", 401, "unauthorized")
        self.rest().refused("POST", "/api/auth/refresh", 401, "unauthorized", {"refresh_token": ada.refresh_token})
        self.rest().refused("POST", "/api/auth/login", 401, "unauthorized", {"login": ada.username, "password": PASSWORD})
        bob.rest.refused("GET", f"/api/users/{ada.id}", 404, "not_found")
        bob.rest.refused("POST", "/api/messages", 404, "not_found", {"receiver_id": ada.id, "client_id": "1", "content": "?"})
        # The name is free, and whoever takes it is somebody else.
        again = self.rest().post("/api/auth/register", {"username": ada.username, "password": PASSWORD}, expect=201).json
        self.assertNotEqual(again["user"]["user_id"], ada.id)
        self.assertEqual(self.rest(again["access_token"]).get("/api/conversations").json["items"], [])

    def test_the_last_operator_stays_while_there_are_others(self):
        second = self.user("second")
        self.operator.rest.refused("DELETE", "/api/users/me", 409, "conflict", RIGHT)
        target = f"/api/admin/users/{second.id}"
        self.operator.rest.request("PATCH", target, {"role": "operator"}, expect=200)
        self.end(second)
        self.operator.rest.refused("DELETE", "/api/users/me", 409, "conflict", RIGHT)

    def test_no_list_names_it_any_more(self):
        """Contacts, presence, reports and invites of an account that is gone."""
        ada, bob, eve = self.users("ada", "bob", "eve")
        contacts = "/api/users/me/contacts"
        bob.rest.post(contacts, {"user_id": ada.id, "nickname": "Countess"}, expect=201)
        eve.rest.post(contacts, {"user_id": ada.id, "blocked": True}, expect=201)
        ada.rest.post(contacts, {"user_id": bob.id}, expect=201)
        self.operator.rest.request("PATCH", f"/api/admin/users/{ada.id}", {"role": "operator"}, expect=200)
        ada.rest.post("/api/admin/invites", {"note": "from Ada"}, expect=201)
        ada.rest.post("/api/reports", {"user_id": bob.id, "reason": "rude"}, expect=201)
        bob.rest.post("/api/reports", {"user_id": ada.id, "reason": "very rude"}, expect=201)
        at_ada, at_bob = self.session(ada), self.session(bob)
        at_ada.settle()
        at_bob.send({"type": "watch_presence", "user_ids": [ada.id], "ref": 1})
        self.assertEqual(at_bob.expect("presence", user_id=ada.id)["status"], "online")
        self.end(ada)
        self.assertEqual(at_bob.expect("presence", seconds=12, user_id=ada.id)["status"], "offline")
        for other in (bob, eve):
            self.assertEqual(other.rest.get(contacts).json["items"], [])
        for what in ("invites", "reports", "users?limit=200"):
            self.assertNotIn(ada.id, set(ids_in(self.operator.rest.get(f"/api/admin/{what}").json)), what)

    def test_messages_stay_and_the_id_does_not(self):
        ada, bob, eve = self.users("ada", "bob", "eve")
        group = ada.rest.post(
            "/api/groups", {"name": "Chess", "client_id": "g", "member_ids": [bob.id, eve.id]}, expect=201
        ).json["group_id"]
        session = self.session(ada)
        direct = session.say(bob, "hello, Bob")["conversation_id"]
        mine = session.say(group, "hello, all", mentions=[eve.id])["message_id"]
        theirs = self.session(bob).say(group, "hello, Ada", mentions=[ada.id])["message_id"]
        ada.rest.put(f"/api/messages/{theirs}/reactions/%F0%9F%91%8D")
        listening = self.session(bob)
        # Bob has asked her before, so that what is kept for quick sends knows her.
        bob.rest.post("/api/messages", {"receiver_id": ada.id, "client_id": "x", "content": "still there?"})
        self.end(ada)
        removed = listening.expect("member_removed")
        self.assertIsNone(removed["user_id"])
        role = listening.expect("member_role")
        self.assertEqual(role["role"], "owner")  # somebody has to be
        self.forgotten(bob, ada)
        self.forgotten(eve, ada)
        said = {event.get("content"): event for event in self.messages(bob, group)}
        self.assertIsNone(said["hello, all"]["sender_id"])
        self.assertEqual(said["hello, all"]["message_id"], mine)
        self.assertNotIn("reactions", said["hello, Ada"])
        self.assertIsNone(self.messages(bob, direct)[0]["sender_id"])
        self.assertEqual(self.messages(bob, direct)[0]["content"], "hello, Bob")
        bob.rest.refused("POST", "/api/messages", 404, "not_found", {"receiver_id": ada.id, "client_id": "y", "content": "?"})

    def test_goes_on_after_kill_9(self):
        ada = self.user("ada")
        others = self.users(*["other"] * 30)
        session = self.session(ada)
        for other in others:
            session.say(other, "hello")
        group = ada.rest.post(
            "/api/groups", {"name": "All", "client_id": "g", "member_ids": [other.id for other in others]}, expect=201
        ).json["group_id"]
        self.end(ada)
        self.server.kill()
        self.server.start()
        for other in others:
            self.forgotten(other, ada)
        # Once: everybody has seen her leave the group a single time.
        for other in others:
            kinds = [event["type"] for event in self.messages(other, group)]
            self.assertEqual(kinds.count("member_removed"), 1, kinds)

    def test_two_at_once_and_while_others_write(self):
        bob, *going = self.users("bob", *["gone"] * 5)
        group = bob.rest.post(
            "/api/groups", {"name": "Busy", "client_id": "g", "member_ids": [one.id for one in going]}, expect=201
        ).json["group_id"]
        stop = threading.Event()

        def write(user):
            rest = Rest(self.server, user.access_token)
            number = 0
            while not stop.is_set():
                number += 1
                rest.request("POST", "/api/messages", {"conversation_id": group, "client_id": str(number), "content": "x"})
            rest.close()

        writers = [threading.Thread(target=write, args=(one,)) for one in (bob, *going)]
        for writer in writers:
            writer.start()
        try:
            for one in going:
                self.end(one)
        finally:
            time.sleep(0.2)
            stop.set()
            for writer in writers:
                writer.join()
        for one in going:
            self.forgotten(bob, one)
        seqs = [event["seq"] for event in self.messages(bob, group)]
        self.assertEqual(seqs, list(range(1, len(seqs) + 1)))


class Export(WithOperator):
    def fetch(self, user):
        place = user.rest.request("POST", "/api/users/me/export", expect=202).json["url"]
        answer = poll(
            lambda: next((a for a in [user.rest.get(place, expect=(200, 202))] if a.status == 200), None),
            "the export is not ready",
            15,
        )
        self.assertEqual(answer.header("Content-Type"), "application/zip")
        archive = zipfile.ZipFile(io.BytesIO(answer.body))
        self.assertIsNone(archive.testzip())
        return place, archive

    def test_has_what_is_ones_own_to_read(self):
        ada, bob, eve = self.users("ada", "bob", "eve")
        direct = self.session(ada).say(bob, "hello\nBob: no, I never said this")["conversation_id"]
        self.session(bob).say(ada, "hello, Ada")
        private = self.session(bob).say(eve, "not for Ada")["conversation_id"]
        group = bob.rest.post("/api/groups", {"name": "Chess", "client_id": "g", "member_ids": [eve.id]}, expect=201).json["group_id"]
        self.session(bob).say(group, "before Ada")
        bob.rest.post(f"/api/groups/{group}/members", {"user_ids": [ada.id]})
        for number in range(450):
            bob.rest.post("/api/messages", {"conversation_id": group, "client_id": f"n{number}", "content": f"move {number}"})
        bob.rest.delete(f"/api/groups/{group}/members/{ada.id}")
        self.session(bob).say(group, "after Ada")
        ada.rest.post("/api/users/me/contacts", {"user_id": bob.id, "nickname": "Bobby"}, expect=201)
        _, archive = self.fetch(ada)
        names = set(archive.namelist())
        folder = "conversations/{}/messages.{}".format
        self.assertEqual(
            names,
            {"profile.json", "devices.json", "contacts.json"} | {folder(one, kind) for one in (direct, group) for kind in ("json", "txt")},
        )
        self.assertNotIn(private, "".join(names))
        self.assertEqual(json.loads(archive.read("profile.json"))["username"], ada.username)
        self.assertEqual(json.loads(archive.read("devices.json"))["items"][0]["device_id"], ada.device_id)
        self.assertEqual([one["nickname"] for one in json.loads(archive.read("contacts.json"))["items"]], ["Bobby"])
        items = json.loads(archive.read(folder(group, "json")))["items"]
        said = [item["content"] for item in items if item["type"] == "new_message"]
        self.assertEqual(said, [f"move {number}" for number in range(450)])
        text = archive.read(folder(direct, "txt")).decode("utf-8")
        self.assertIn(": hello\n    Bob: no, I never said this\n", text)
        self.assertIn("hello, Ada\n", text)
        everything = b"".join(archive.read(name) for name in names)
        for secret in (b"not for Ada", b"before Ada", b"after Ada", PASSWORD.encode(), ada.refresh_token.encode()):
            self.assertNotIn(secret, everything)

    def test_is_ones_own_and_one_at_a_time(self):
        ada, bob = self.users("ada", "bob")
        place, _ = self.fetch(ada)
        self.assertEqual(ada.rest.request("POST", "/api/users/me/export", expect=202).json["url"], place)
        bob.rest.refused("GET", place, 404, "not_found")
        self.rest().refused("GET", place, 401, "unauthorized")
        for nothing in ("x", "6f1c2d70-93a4-4a7b-8e55-2b7d3c9e1f04"):
            ada.rest.refused("GET", f"/api/users/me/export/{nothing}", 404, "not_found")
        head = ada.rest.request("HEAD", place, expect=200)
        self.assertGreater(int(head.header("Content-Length")), 100)

    def test_survives_kill_9_and_goes_with_the_account(self):
        ada = self.user("ada")
        ada.rest.request("POST", "/api/users/me/export", expect=202)
        self.server.kill()
        self.server.start()
        place, _ = self.fetch(ada)
        files = list((self.server.data / "exports").iterdir())
        self.assertTrue(any(ada.id in file.name and file.suffix == ".zip" for file in files), files)
        self.assertEqual({file.stat().st_mode & 0o777 for file in files}, {0o600})
        ada.rest.delete("/api/users/me", body=RIGHT)
        self.assertFalse([file for file in (self.server.data / "exports").iterdir() if ada.id in file.name])
