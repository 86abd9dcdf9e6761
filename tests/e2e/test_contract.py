"""Every operation of openapi.yaml, asked by everybody; every frame of asyncapi.yaml, seen or sent.

The table is held against the document: an operation without a row fails, and so does a row without an
operation. Who may do what stands in the row.
"""

import re
import secrets
import unittest

import schema
from case import ServerCase, merged
from parley_client import PASSWORD, User
from parley_server import Server
from parley_websocket import TEXT, Closed, Refused, Socket, encode_frame

CALLERS = ("alice", "bob", "carol", "nobody", "garbage", "logged out")
OPEN = {caller: 200 for caller in CALLERS}


def members(own, peer, stranger):
    """What the two members of a conversation, somebody else, and callers without a good token get."""
    return {"alice": own, "bob": peer, "carol": stranger, "nobody": 401, "garbage": 401, "logged out": 401}


class Matrix(ServerCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.people = {name: User(cls.server, name) for name in ("alice", "bob", "carol", "dave", "logged_out")}
        alice, bob = cls.people["alice"], cls.people["bob"]
        cls.conversation = alice.open(bob)
        cls.message = alice.send(cls.conversation, "Hello", client_id="c1").json["message_id"]
        group = {"name": "Chess", "member_ids": [bob.id]}
        cls.group = alice.rest.post("/api/groups", group, expect=201).json["group_id"]
        group["member_ids"].append(cls.people["dave"].id)
        cls.doomed = alice.rest.post("/api/groups", group, expect=201).json["group_id"]
        gone = cls.people["logged_out"]
        gone.rest.post("/api/auth/logout", expect=204)
        cls.tokens = {
            "alice": alice.access_token,
            "bob": bob.access_token,
            "carol": cls.people["carol"].access_token,
            "nobody": None,
            "garbage": "garbage",
            "logged out": gone.access_token,
        }

    def rows(self):
        """operation → (target, body, {caller: status}). `body` may be made for the caller."""
        alice, bob, gone = (self.people[name] for name in ("alice", "bob", "logged_out"))
        conversation, message = self.conversation, self.message
        group, doomed, dave = self.group, self.doomed, self.people["dave"]

        def name(_):
            return {"username": "n" + secrets.token_hex(6), "password": PASSWORD}

        return {
            "registerUser": ("/api/auth/register", name, {caller: 201 for caller in CALLERS}),
            "logIn": ("/api/auth/login", {"login": bob.username, "password": PASSWORD}, OPEN),
            "refreshTokens": ("/api/auth/refresh", {"refresh_token": "x"}, {caller: 401 for caller in CALLERS}),
            "logOut": ("/api/auth/logout", None, {"nobody": 401, "garbage": 401, "logged out": 401}),
            "listDevices": ("/api/devices", None, members(200, 200, 200)),
            "deleteDevice": (f"/api/devices/{alice.device_id}", None, {**members(0, 404, 404), "alice": None}),
            "resetPassword": (
                "/api/auth/reset",
                {"reset_token": "x", "password": PASSWORD},
                {caller: 401 for caller in CALLERS},
            ),
            "createReport": ("/api/reports", {"message_id": message, "reason": "rude"}, members(400, 201, 404)),
            # Alice was the first to register: she is the operator.
            "listAccounts": ("/api/admin/users", None, members(200, 403, 403)),
            "getAccount": (f"/api/admin/users/{bob.id}", None, members(200, 403, 403)),
            "changeAccount": (f"/api/admin/users/{bob.id}", {"role": "user"}, members(200, 403, 403)),
            "beginPasswordReset": (f"/api/admin/users/@{gone.username}/reset", None, members(201, 403, 403)),
            "listInvites": ("/api/admin/invites", None, members(200, 403, 403)),
            "createInvite": ("/api/admin/invites", {}, members(201, 403, 403)),
            "revokeInvite": (f"/api/admin/invites/{alice.id}", None, members(404, 403, 403)),
            "listReports": ("/api/admin/reports", None, members(200, 403, 403)),
            "resolveReport": ("/api/admin/reports/999", {"resolved": True}, members(404, 403, 403)),
            "getStatistics": ("/api/admin/statistics", None, members(200, 403, 403)),
            "broadcast": ("/api/admin/broadcasts", {"content": "Hello, all"}, members(202, 403, 403)),
            "listAudit": ("/api/admin/audit", None, members(200, 403, 403)),
            "getUser": (f"/api/users/{alice.id}", None, members(200, 200, 200)),
            "changeUser": (f"/api/users/{alice.id}", {"about": "here"}, members(200, 403, 403)),
            "findUsers": ("/api/users?query=al", None, members(200, 200, 200)),
            "listContacts": (f"/api/users/{alice.id}/contacts", None, members(200, 403, 403)),
            "addContact": (f"/api/users/{alice.id}/contacts", {"user_id": bob.id}, members(201, 403, 403)),
            "changeContact": (
                f"/api/users/{alice.id}/contacts/{bob.id}",
                {"nickname": "Bobby"},
                members(200, 403, 403),
            ),
            "removeContact": (f"/api/users/{alice.id}/contacts/{bob.id}", None, members(204, 403, 403)),
            "openConversation": ("/api/conversations", {"user_id": bob.id}, members(200, 201, 201)),
            "listConversations": ("/api/conversations", None, members(200, 200, 200)),
            "getConversation": (f"/api/conversations/{conversation}", None, members(200, 200, 404)),
            "listConversationMessages": (
                f"/api/conversations/{conversation}/messages",
                None,
                members(200, 200, 404),
            ),
            "sendMessage": (
                "/api/messages",
                {"conversation_id": conversation, "content": "Hello"},
                members(201, 201, 404),
            ),
            "getMessage": (f"/api/messages/{message}", None, members(200, 200, 404)),
            "getMessageStatus": (f"/api/messages/{message}/status", None, members(200, 200, 404)),
            "setMessageStatus": (f"/api/messages/{message}/status", {"status": "read"}, members(204, 204, 404)),
            "updateConversation": (
                f"/api/conversations/{conversation}",
                {"pinned": True, "muted_until": "2090-01-01T00:00:00.000Z"},
                members(200, 200, 404),
            ),
            "editMessage": (f"/api/messages/{message}", {"content": "Hello again"}, members(200, 403, 404)),
            "addReaction": (f"/api/messages/{message}/reactions/%F0%9F%91%8D", None, members(204, 204, 404)),
            "removeReaction": (f"/api/messages/{message}/reactions/%F0%9F%91%8D", None, members(204, 204, 404)),
            "deleteMessage": (f"/api/messages/{message}?for=me", None, members(204, 204, 404)),
            "createGroup": ("/api/groups", {"name": "Go"}, members(201, 201, 201)),
            "listGroups": ("/api/groups", None, members(200, 200, 200)),
            "getGroup": (f"/api/groups/{group}", None, members(200, 200, 404)),
            "updateGroup": (f"/api/groups/{group}", {"description": "On Mondays"}, members(200, 403, 404)),
            "listMembers": (f"/api/groups/{group}/members", None, members(200, 200, 404)),
            "addMembers": (f"/api/groups/{group}/members", {"user_ids": [dave.id]}, members(200, 403, 404)),
            "listGroupMessages": (f"/api/groups/{group}/messages", None, members(200, 200, 404)),
            # Who may not asks before who may.
            "setRole": (
                f"/api/groups/{doomed}/members/{dave.id}",
                {"role": "admin"},
                {"bob": 403, **members(204, 403, 404)},
            ),
            "removeMember": (
                f"/api/groups/{doomed}/members/{dave.id}",
                None,
                {"bob": 403, **members(204, 403, 404)},
            ),
            "deleteGroup": (f"/api/groups/{doomed}", None, {"bob": 403, **members(204, 403, 404)}),
            "searchMessages": (f"/api/search?q=hello&conversation_id={conversation}", None, members(200, 200, 404)),
            "openWebSocket": ("/ws", None, {caller: (400, 426) for caller in CALLERS}),
            "getStartPage": ("/", None, OPEN),
            "getJwks": ("/.well-known/jwks.json", None, OPEN),
            "getHealth": ("/healthz", None, OPEN),
            "getReadiness": ("/readyz", None, OPEN),
            "getMetrics": ("/metrics", None, OPEN),
            "getOpenApi": ("/openapi.json", None, OPEN),
            "getAsyncApi": ("/asyncapi.json", None, OPEN),
        }

    def test_1_every_operation_has_a_row(self):
        self.assertEqual(set(self.rows()), {operation.id for operation in schema.rest.operations})

    def test_2_who_may_what(self):
        for operation_id, (target, body, expected) in self.rows().items():
            operation = schema.rest.operation(operation_id)
            self.assertIs(schema.rest.methods_of(target)[operation.method], operation)
            for caller, status in expected.items():
                if status is None:
                    continue
                with self.subTest(operation_id, caller=caller):
                    if status == 201 and operation_id == "openConversation":
                        status = (200, 201)
                    rest = self.rest(self.tokens[caller])
                    sent = body(caller) if callable(body) else body
                    rest.request(operation.method, target, sent, expect=status)

    def test_3_what_happens_last(self):
        """The operations that end what the others need, by their owner."""
        carol = self.people["carol"]
        other = carol.log_in()
        self.stack.callback(other.rest.close)
        carol.rest.delete(f"/api/devices/{other.device_id}")
        other.rest.refused("GET", "/api/users/me", 401, "unauthorized")
        again = carol.log_in()
        self.stack.callback(again.rest.close)
        again.refresh()
        again.rest.post("/api/auth/logout", expect=204)
        self.session(carol, in_header=True)
        alice, gone = self.people["alice"], self.people["logged_out"]
        invite = alice.rest.post("/api/admin/invites", {"uses": 2}, expect=201).json
        alice.rest.delete(f"/api/admin/invites/{invite['invite_id']}")
        report = alice.rest.get("/api/admin/reports").json["items"][0]
        alice.rest.request("PATCH", f"/api/admin/reports/{report['report_id']}", {"resolved": True}, expect=200)
        reset = alice.rest.post(f"/api/admin/users/{gone.id}/reset", expect=201).json
        body = {"reset_token": reset["reset_token"], "password": PASSWORD + " anew"}
        self.rest().post("/api/auth/reset", body, expect=204)

    def test_4_same_fields_whoever_asks_change_nothing(self):
        """Fields that are the server's to set are ignored in a request."""
        alice, bob = self.people["alice"], self.people["bob"]
        body = {
            "conversation_id": self.conversation,
            "content": "mine",
            "sender_id": bob.id,
            "seq": 1,
            "message_id": self.message,
            "timestamp": "2000-01-01T00:00:00.000Z",
            "status": "read",
        }
        sent = alice.rest.post("/api/messages", body, expect=201).json
        self.assertNotEqual(sent["message_id"], self.message)
        event = alice.rest.get(f"/api/messages/{sent['message_id']}").json
        self.assertEqual(event["sender_id"], alice.id)
        self.assertGreater(event["seq"], 1)
        self.assertFalse(event["timestamp"].startswith("2000"))

    def test_5_every_operation_was_answered_well(self):
        """What a success looks like has been checked for every operation."""
        for operation in schema.rest.operations:
            documented = {int(status) for status in operation.node["responses"] if status != "default"}
            seen = schema.rest.seen.get(operation.id, set())
            with self.subTest(operation.id):
                self.assertTrue(any(status < 300 for status in seen), f"seen {sorted(seen)} of {sorted(documented)}")
                if not operation.public and operation.id != "openWebSocket":
                    self.assertIn(401, seen)

    def test_6_links_can_be_followed(self):
        """create → get: what a response's `links` say leads to where it says."""
        alice, bob = self.people["alice"], self.people["bob"]
        created = alice.rest.post("/api/messages", {"receiver_id": bob.id, "content": "x"}, expect=201)
        links = schema.rest.operation("sendMessage").node["responses"]["201"]["links"]
        for name, link in links.items():
            target_operation = schema.rest.operation(link["operationId"])
            target = target_operation.template
            for parameter, value in link["parameters"].items():
                field = re.fullmatch(r"\$response\.body#/(\w+)", value).group(1)
                target = target.replace("{" + parameter + "}", created.json[field])
            with self.subTest(name):
                body = {"status": "read"} if target_operation.method == "PUT" else None
                alice.rest.request(target_operation.method, target, body, expect=(200, 204))
        location = created.header("Location")
        if location:
            self.assertEqual(alice.rest.get(location).json["message_id"], created.json["message_id"])


class EveryFrame(ServerCase):
    def test_all_are_seen(self):
        alice, bob = self.users("alice", "bob")
        at_alice, at_bob = self.session(alice), self.session(bob)
        conversation = alice.open(bob)
        ack = at_alice.say(conversation, "Hello")
        at_bob.expect("new_message")
        at_bob.receipt("read", message_id=ack["message_id"])
        at_alice.expect("ack", user_id=bob.id)
        at_bob.history(conversation, after_seq=0)
        at_bob.sync({conversation: 0})
        at_bob.settle()
        at_bob.refused({"type": "nonsense"}, "unknown_type")
        self.change_everything(alice, bob, at_alice, at_bob, conversation)
        with Socket(self.server) as client:
            client.send({"type": "auth", "token": "bad"})
            client.expect("auth_error")
        self.server.terminate()
        at_bob.expect("reconnect")
        at_bob.expect_close(1012)
        self.server.start()
        self.assertEqual(schema.frames.seen, schema.frames.server_messages)
        self.assertEqual(schema.frames.sent, schema.frames.client_messages)


    def change_everything(self, alice, bob, at_alice, at_bob, conversation):
        """Every frame of edits, reactions, settings and groups."""
        message = at_alice.say(conversation, "One")["message_id"]
        at_alice.send({"type": "edit_message", "client_id": "e", "message_id": message, "content": "Two"})
        at_alice.expect("ack", client_id="e")
        at_bob.expect("message_edited", target_id=message)
        at_bob.send({"type": "react", "message_id": message, "emoji": "+1", "ref": "r"})
        self.assertIn("seq", at_bob.expect("ack", ref="r"))
        at_alice.expect("reaction", target_id=message)
        at_alice.send({"type": "delete_message", "message_id": message, "ref": "d"})
        at_alice.expect("ack", ref="d")
        at_bob.expect("message_deleted", target_id=message)
        at_bob.send({"type": "mute", "conversation_id": conversation, "until": "2090-01-01T00:00:00.000Z", "ref": "m"})
        self.assertNotIn("seq", at_bob.expect("ack", ref="m"))
        at_bob.send({"type": "typing", "conversation_id": conversation})
        at_alice.expect("typing", user_id=bob.id, active=True)
        at_bob.send({"type": "presence", "status": "away"})
        at_alice.send({"type": "watch_presence", "user_ids": [bob.id], "ref": 9})
        at_alice.expect("presence", user_id=bob.id, ref=9)
        alice.rest.request("PATCH", f"/api/conversations/{conversation}", {"ttl_seconds": 60}, expect=200)
        at_bob.expect("conversation_updated", ttl_seconds=60)
        bob.rest.request("PATCH", f"/api/conversations/{conversation}", {"blocked": True}, expect=200)
        at_alice.say(conversation, "Three")
        at_bob.expect("void")
        body = {"name": "Chess", "member_ids": [bob.id]}
        group = alice.rest.post("/api/groups", body, expect=201).json["group_id"]
        members = f"/api/groups/{group}/members"
        at_bob.expect("group_created", conversation_id=group)
        alice.rest.put(f"{members}/{bob.id}", {"role": "admin"})
        at_bob.expect("member_role", user_id=bob.id, role="admin")
        alice.rest.put(f"/api/groups/{group}", {"name": "Go"})
        at_bob.expect("group_updated", name="Go")
        alice.rest.delete(f"{members}/{bob.id}")
        at_bob.expect("member_removed", user_id=bob.id)
        nil = "00000000-0000-0000-0000-000000000000"
        alice.rest.refused("POST", members, 404, "not_found", {"user_ids": [nil]})
        alice.rest.post(members, {"user_ids": [bob.id]})
        at_bob.expect("member_added", user_id=bob.id)
        alice.rest.delete(f"/api/groups/{group}")
        at_bob.expect("group_deleted", conversation_id=group)


class Survives(ServerCase):
    """Nonsense of every kind, and the server is still there for the others."""

    def test_mutated_frames(self):
        alice, bob = self.users("alice", "bob")
        conversation = alice.open(bob)
        witness = self.session(bob)
        frames = (
            {"type": "send_message", "client_id": "c", "conversation_id": conversation, "content": "x"},
            {"type": "ack", "conversation_id": conversation, "seq": 1, "status": "read"},
            {"type": "history", "conversation_id": conversation, "after_seq": 0, "limit": 10},
            {"type": "sync", "cursors": {conversation: 1}, "since": "1.1", "more": False},
            {"type": "heartbeat", "ref": "r"},
        )
        values = (None, 0, -1, 1.5, 2**63, 1e308, "", "x", "\u0000", [], {}, True, ["x"], {"x": 1}, "x" * 5000)
        client = self.session(alice)
        sent = 0
        for frame in frames:
            for field in [*frame, "ref"]:
                for value in values:
                    sent += 1
                    client.send({**frame, field: value})
                    if sent % 40 == 0:
                        # Another session, before a hundred refusals close this one.
                        try:
                            client.settle()
                        except Closed as closed:
                            self.assertEqual(closed.code, 4029)
                        client.abort()
                        client = self.session(alice)
        self.assertTrue(witness.settle() is not None)
        self.assertIsNone(self.server.process.poll())

    def test_random_bytes(self):
        user = self.user()
        for _ in range(60):
            client = self.session(user)
            client.send_raw(secrets.token_bytes(1 + secrets.randbelow(300)))
            client.send_raw(encode_frame(TEXT, secrets.token_bytes(secrets.randbelow(300))))
            client.abort()
        try:
            self.session(user, in_header=True).settle()
        except Refused as refused:
            self.fail(f"{refused}")


class OtherSettings(unittest.TestCase):
    def test_compression_can_be_switched_off(self):
        with Server(merged({"websocket": {"compression": False}})) as server:
            with Socket(server, deflate=True) as client:
                self.assertEqual(client.extensions, "")


if __name__ == "__main__":
    unittest.main()
