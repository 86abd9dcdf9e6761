"""Every operation of openapi.yaml, asked by everybody; every frame of asyncapi.yaml, seen or sent.

The table is held against the document: an operation without a row fails, and so does a row without an
operation. Who may do what stands in the row.
"""

import pathlib
import re
import secrets
import sys
import unittest

import schema
from case import ServerCase, merged
from parley_client import PASSWORD, User
from parley_server import Server
from parley_websocket import TEXT, Closed, Refused, Socket, encode_frame

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "attacks"))

import forge

# The owner has started the group and wrote its messages; the admin and the member are in it, the removed one was; the
# blocked one is, by the owner, and shares a direct conversation with the owner alone. The operator is the server's,
# the stranger nobody's. The other device is the owner's second. Whoever was removed keeps what was theirs to see, and
# is told (403) why there is no more.
KNOWN = ("owner", "other device", "admin", "member", "removed", "blocked", "stranger", "operator")
UNKNOWN = ("nobody", "garbage", "logged out", "expired")
CALLERS = (*KNOWN, *UNKNOWN)
OWNERS = ("owner", "other device")
ANSWERS = ("ack", "events", "heartbeat_ack", "presence", "sync_complete")


def open_to_all(status):
    return dict.fromkeys(CALLERS, status)


def people(rest, **some):
    """What callers get: `rest`, but those that are named, and 401 without a good token. Both devices of the owner's
    get the same."""
    if "owner" in some:
        some = {"other device": some["owner"], **some}
    return {**dict.fromkeys(KNOWN, rest), **dict.fromkeys(UNKNOWN, 401), **some}


def inside(owner, admin, member, removed=404):
    """Of the group: to all others it is not there."""
    return people(404, owner=owner, admin=admin, member=member, removed=removed)


class Matrix(ServerCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        names = ("operator", "owner", "admin", "member", "removed", "blocked", "stranger", "spare", "logged_out")
        cls.people = {name: User(cls.server, name) for name in names}  # the first to register is the operator
        cls.people["other device"] = cls.people["owner"].log_in()
        for user in cls.people.values():
            cls.addClassCleanup(user.rest.close)
        owner = cls.people["owner"]
        cls.conversation = owner.open(cls.people["member"])
        cls.message = owner.send(cls.conversation, "Hello", client_id="c1").json["message_id"]
        cls.quarrel = owner.open(cls.people["blocked"])
        owner.rest.request("PATCH", f"/api/conversations/{cls.quarrel}", {"blocked": True}, expect=200)
        cls.group = cls.new_group("Chess")
        cls.early = owner.send(cls.group, "Hello, early birds").json["message_id"]
        owner.rest.delete(f"/api/groups/{cls.group}/members/{cls.people['removed'].id}")
        cls.late = owner.send(cls.group, "Hello, late ones").json["message_id"]
        cls.export = owner.rest.request("POST", "/api/users/me/export", expect=202).json["url"]
        gone = cls.people["logged_out"]
        gone.rest.post("/api/auth/logout", expect=204)
        cls.tokens = {name: cls.people[name].access_token for name in KNOWN}
        cls.tokens |= {"nobody": None, "garbage": "garbage", "logged out": gone.access_token, "expired": cls.expired(owner)}

    @classmethod
    def new_group(cls, name):
        """With the admin, the member and the one that is to be removed."""
        members = [cls.people[one].id for one in ("admin", "member", "removed")]
        rest = cls.people["owner"].rest
        group = rest.post("/api/groups", {"name": name, "member_ids": members}, expect=201).json["group_id"]
        rest.put(f"/api/groups/{group}/members/{members[0]}", {"role": "admin"})
        return group

    @classmethod
    def expired(cls, user):
        """As this server signed it for that user, an hour ago."""
        (path,) = (cls.server.data / "keys" / "keys").glob("*.pem")
        jwks = user.rest.get("/.well-known/jwks.json").body.decode()
        good = forge.Forge(user.access_token, forge.read_key(path), jwks)
        token = good.with_claims(iat=good.claims["iat"] - 3600, exp=good.claims["exp"] - 3600)
        again = good.with_claims(iat=good.claims["iat"])
        user.rest.get("/api/users/me", token=again)  # it is the time alone that is wrong with it
        return token

    # --- what a call that succeeds would use up, made for each caller that may ---

    def device(self, caller):
        if caller not in OWNERS:
            return f"/api/devices/{self.people['owner'].device_id}"
        return f"/api/devices/{self.people['owner'].log_in().device_id}"

    def contact(self, caller):
        mine = f"/api/users/{self.people['owner'].id}/contacts"
        friend = self.people["member"].id
        self.people["owner"].rest.post(mine, {"user_id": friend}, expect=(200, 201))
        return f"{mine}/{friend}"

    def a_message(self, caller):
        return f"/api/messages/{self.people['owner'].send(self.group, 'Soon gone').json['message_id']}"

    def spare_member(self, caller):
        members, spare = f"/api/groups/{self.group}/members", self.people["spare"].id
        self.people["owner"].rest.post(members, {"user_ids": [spare]}, expect=200)
        self.people["owner"].rest.put(f"{members}/{spare}", {"role": "member"})
        return f"{members}/{spare}"

    def doomed_group(self, caller):
        return f"/api/groups/{self.new_group('Doomed') if caller in OWNERS else self.group}"

    def token_for(self, operation_id, caller):
        if operation_id == "logOut" and caller in KNOWN:
            return self.people[caller].log_in().access_token
        return self.tokens[caller]

    def rows(self):
        """(operation, target, body, {caller: status}), at least one for each operation. Target and body may be made
        for the caller."""
        owner, member, admin = (self.people[name] for name in ("owner", "member", "admin"))
        conversation, message, quarrel = self.conversation, self.message, self.quarrel
        group, early, late = self.group, self.early, self.late
        spare, gone = self.people["spare"], self.people["logged_out"]
        own = f"/api/users/{owner.id}"
        thumb = "reactions/%F0%9F%91%8D"
        by_operator = people(403, operator=200)
        by_owner = people(403, owner=200)
        pair = people(404, owner=200, member=200)

        def name(_):
            return {"username": "n" + secrets.token_hex(6), "password": PASSWORD}

        return (
            ("registerUser", "/api/auth/register", name, open_to_all(201)),
            ("logIn", "/api/auth/login", {"login": spare.username, "password": PASSWORD}, open_to_all(200)),
            ("refreshTokens", "/api/auth/refresh", {"refresh_token": "x"}, open_to_all(401)),
            ("resetPassword", "/api/auth/reset", {"reset_token": "x", "password": PASSWORD}, open_to_all(401)),
            ("logOut", "/api/auth/logout", None, people(204)),
            ("listDevices", "/api/devices", None, people(200)),
            ("deleteDevice", self.device, None, people(404, owner=204)),
            # --- users ---
            ("getUser", own, None, people(200)),
            ("changeUser", own, {"about": "here"}, by_owner),
            ("deleteAccount", own, {"password": "not " + PASSWORD}, people(403)),
            ("wishExport", "/api/users/me/export", None, people(202)),
            ("getExport", self.export, None, people(404, owner=(200, 202))),
            ("findUsers", "/api/users?query=ow", None, people(200)),
            ("listContacts", f"{own}/contacts", None, by_owner),
            ("addContact", f"{own}/contacts", {"user_id": member.id}, people(403, owner=(200, 201))),
            ("changeContact", self.contact, {"nickname": "Bobby"}, by_owner),
            ("removeContact", self.contact, None, people(403, owner=204)),
            # --- conversations: the owner's with the member, with the blocked one, and the group as one ---
            ("openConversation", "/api/conversations", {"user_id": owner.id}, people((200, 201))),
            ("listConversations", "/api/conversations", None, people(200)),
            ("getConversation", f"/api/conversations/{conversation}", None, pair),
            ("getConversation", f"/api/conversations/{quarrel}", None, people(404, owner=200, blocked=200)),
            ("getConversation", f"/api/conversations/{group}", None, inside(200, 200, 200, removed=200)),
            ("updateConversation", f"/api/conversations/{conversation}", {"pinned": True}, pair),
            ("updateConversation", f"/api/conversations/{group}", {"ttl_seconds": 86400}, inside(200, 200, 403, removed=403)),
            ("listConversationMessages", f"/api/conversations/{conversation}/messages", None, pair),
            ("listConversationMessages", f"/api/conversations/{group}/messages", None, inside(200, 200, 200, removed=200)),
            ("searchMessages", f"/api/search?q=hello&conversation_id={conversation}", None, pair),
            # --- messages ---
            (
                "sendMessage",
                "/api/messages",
                {"conversation_id": conversation, "content": "Hello"},
                people(404, owner=201, member=201),
            ),
            (
                "sendMessage",
                "/api/messages",
                {"conversation_id": quarrel, "content": "Hello"},
                people(404, owner=403, blocked=201),
            ),
            ("sendMessage", "/api/messages", {"conversation_id": group, "content": "Hello"}, inside(201, 201, 201, removed=403)),
            ("getMessage", f"/api/messages/{message}", None, pair),
            ("getMessage", f"/api/messages/{early}", None, inside(200, 200, 200, removed=200)),
            ("getMessage", f"/api/messages/{late}", None, inside(200, 200, 200)),
            ("getMessageStatus", f"/api/messages/{late}/status", None, inside(200, 200, 200)),
            ("setMessageStatus", f"/api/messages/{late}/status", {"status": "read"}, inside(204, 204, 204)),
            ("editMessage", f"/api/messages/{late}", {"content": "Hello again"}, inside(200, 403, 403)),
            ("addReaction", f"/api/messages/{late}/{thumb}", None, inside(204, 204, 204)),
            ("removeReaction", f"/api/messages/{late}/{thumb}", None, inside(204, 204, 204)),
            ("deleteMessage", f"/api/messages/{message}?for=me", None, people(404, owner=204, member=204)),
            ("deleteMessage", self.a_message, None, inside(204, 204, 403)),
            ("createReport", "/api/reports", {"message_id": late, "reason": "rude"}, inside(400, 201, 201)),
            # --- groups ---
            ("createGroup", "/api/groups", {"name": "Go"}, people(201)),
            ("listGroups", "/api/groups", None, people(200)),
            ("getGroup", f"/api/groups/{group}", None, inside(200, 200, 200, removed=200)),
            ("updateGroup", f"/api/groups/{group}", {"description": "On Mondays"}, inside(200, 200, 403, removed=403)),
            ("listMembers", f"/api/groups/{group}/members", None, inside(200, 200, 200, removed=403)),
            ("listGroupMessages", f"/api/groups/{group}/messages", None, inside(200, 200, 200, removed=200)),
            ("addMembers", f"/api/groups/{group}/members", {"user_ids": [admin.id]}, inside(200, 200, 403, removed=403)),
            ("removeMember", self.spare_member, None, inside(204, 204, 403, removed=403)),
            ("setRole", self.spare_member, {"role": "admin"}, inside(204, 403, 403, removed=403)),
            ("deleteGroup", self.doomed_group, None, inside(204, 403, 403, removed=403)),
            # --- administration ---
            ("listAccounts", "/api/admin/users", None, by_operator),
            ("getAccount", f"/api/admin/users/{member.id}", None, by_operator),
            ("changeAccount", f"/api/admin/users/{member.id}", {"role": "user"}, by_operator),
            ("beginPasswordReset", f"/api/admin/users/@{gone.username}/reset", None, people(403, operator=201)),
            ("listInvites", "/api/admin/invites", None, by_operator),
            ("createInvite", "/api/admin/invites", {}, people(403, operator=201)),
            ("revokeInvite", f"/api/admin/invites/{owner.id}", None, people(403, operator=404)),
            ("listReports", "/api/admin/reports", None, by_operator),
            ("resolveReport", "/api/admin/reports/999", {"resolved": True}, people(403, operator=404)),
            ("getStatistics", "/api/admin/statistics", None, by_operator),
            ("broadcast", "/api/admin/broadcasts", {"content": "Hello, all"}, people(403, operator=202)),
            ("listAudit", "/api/admin/audit", None, by_operator),
            # --- for everybody ---
            ("openWebSocket", "/ws", None, open_to_all((400, 426))),
            ("getStartPage", "/", None, open_to_all(200)),
            ("getJwks", "/.well-known/jwks.json", None, open_to_all(200)),
            ("getHealth", "/healthz", None, open_to_all(200)),
            ("getReadiness", "/readyz", None, open_to_all(200)),
            ("getMetrics", "/metrics", None, open_to_all(200)),
            ("getOpenApi", "/openapi.json", None, open_to_all(200)),
            ("getAsyncApi", "/asyncapi.json", None, open_to_all(200)),
            ("getDocs", "/docs", None, open_to_all(200)),
            ("getDocsStyle", "/docs/page.css", None, open_to_all(200)),
            ("getDocsScript", "/docs/page.js", None, open_to_all(200)),
        )

    def test_1_every_operation_has_a_row(self):
        rows = self.rows()
        self.assertEqual({row[0] for row in rows}, {operation.id for operation in schema.rest.operations})
        for operation_id, _, _, expected in rows:
            self.assertEqual(set(expected), set(CALLERS), operation_id)

    def test_2_who_may_what(self):
        connections = {caller: self.rest(self.tokens[caller]) for caller in CALLERS}
        for operation_id, target, body, expected in self.rows():
            operation = schema.rest.operation(operation_id)
            for caller, status in expected.items():
                with self.subTest(operation_id, caller=caller):
                    asked = target(caller) if callable(target) else target
                    self.assertIs(schema.rest.methods_of(asked)[operation.method], operation)
                    sent = body(caller) if callable(body) else body
                    token = self.token_for(operation_id, caller)
                    connections[caller].request(operation.method, asked, sent, expect=status, token=token)

    def frames(self):
        """(frame, or how it is made for a caller, {caller: what answers it}), at least one for each that a client
        sends. What answers is the type of a frame, or the code of an error; nothing: there is no answer."""
        group, late, quarrel = self.group, self.late, self.quarrel
        owner = self.people["owner"]

        def to_all(answer):
            return dict.fromkeys(KNOWN, answer)

        def among(answer, admin="", member="", removed="not_found"):
            """Of the group: to all others it is not there."""
            mine = {"owner": answer, "other device": answer}
            return {**to_all("not_found"), **mine, "admin": admin or answer, "member": member or answer, "removed": removed}

        def a_message(caller):
            return owner.send(group, f"For {caller}").json["message_id"]

        def delete(caller, **fields):
            return {"type": "delete_message", "message_id": a_message(caller), **fields}

        edit = {"type": "edit_message", "message_id": late, "content": "Hello, all"}
        react = {"type": "react", "message_id": late, "emoji": "+1"}
        watch = {"type": "watch_presence", "user_ids": [owner.id]}
        near = dict.fromkeys((*OWNERS, "admin", "member"), "presence")
        return (
            ({"type": "auth", "token": owner.access_token}, to_all("invalid_request")),
            ({"type": "heartbeat"}, to_all("heartbeat_ack")),
            ({"type": "presence", "status": "online"}, to_all(None)),
            (watch, {**to_all(None), **near}),
            ({"type": "typing", "conversation_id": group}, to_all(None)),
            ({"type": "send_message", "conversation_id": group, "content": "x"}, among("ack", removed="forbidden")),
            (
                {"type": "send_message", "conversation_id": quarrel, "content": "x"},
                {**to_all("not_found"), **dict.fromkeys(OWNERS, "blocked"), "blocked": "ack"},
            ),
            ({"type": "ack", "message_id": late, "status": "read"}, {**among(None), "removed": "not_found"}),
            ({"type": "ack", "conversation_id": group, "seq": 1, "status": "read"}, among(None, removed=None)),
            ({"type": "history", "conversation_id": group}, among("events", removed="events")),
            ({"type": "sync", "cursors": {group: 0}}, to_all("sync_complete")),
            (edit, among("ack", admin="forbidden", member="forbidden")),
            (react, among("ack")),
            ({**react, "removed": True}, among("ack")),
            (lambda caller: delete(caller, **{"for": "me"}), among("ack")),
            (delete, among("ack", member="forbidden")),
            ({"type": "mute", "conversation_id": group, "until": None}, among("ack", removed="ack")),
        )

    def test_2_who_may_send_which_frame(self):
        sessions = {caller: self.session(self.people[caller]) for caller in KNOWN}
        sent = {row[0]("nobody")["type"] if callable(row[0]) else row[0]["type"] for row in self.frames()}
        self.assertEqual(sent, schema.frames.client_types)
        for frame, expected in self.frames():
            self.assertEqual(set(expected), set(KNOWN))
            for caller, answer in expected.items():
                one = frame(caller) if callable(frame) else frame
                ref = "r" + secrets.token_hex(6)
                with self.subTest(one["type"], caller=caller):
                    sessions[caller].send({**one, "ref": ref})
                    if answer in ANSWERS:
                        sessions[caller].expect(answer, ref=ref)
                    elif answer is not None:
                        self.assertEqual(sessions[caller].expect("error", ref=ref)["code"], answer)
        for caller, session in sessions.items():
            session.settle()
            with self.subTest("afterwards", caller=caller):
                self.assertEqual([frame for frame in session.inbox if frame["type"] == "error"], [])
                self.assertEqual([frame for frame in session.inbox if frame.get("status") == "online"], [])
                typing = {frame["user_id"] for frame in session.inbox if frame["type"] == "typing"}
                inside = {self.people[one].id for one in ("owner", "admin", "member")}
                others = inside - {self.people[caller].id}
                self.assertEqual(typing, others if caller in (*OWNERS, "admin", "member") else set())
                events = [event for frame in session.inbox if frame["type"] == "events" for event in frame["events"]]
                contents = {event.get("content") for event in events if event["conversation_id"] == self.group}
                if caller not in (*OWNERS, "admin", "member", "removed"):
                    self.assertEqual(contents, set())
                if caller == "removed":
                    self.assertEqual(contents - {None}, {"Hello, early birds"})

    def test_2_without_a_good_token_no_frame_is_taken(self):
        codes = {"nobody": "unauthorized", "garbage": "unauthorized", "logged out": "unauthorized", "expired": "token_expired"}
        self.assertEqual(set(codes), set(UNKNOWN))
        for caller, code in codes.items():
            for frame, _ in self.frames():
                one = dict(frame("nobody") if callable(frame) else frame)
                is_auth = one["type"] == "auth"
                if is_auth:
                    one["token"] = self.tokens[caller] or "x"
                with self.subTest(one["type"], caller=caller), Socket(self.server) as client:
                    client.send(one)
                    self.assertEqual(client.expect("auth_error")["code"], code if is_auth else "unauthorized")
                    client.expect_close(4003)

    def test_2_who_was_removed_sees_it_as_it_was(self):
        owner, removed = self.people["owner"], self.people["removed"]
        before = owner.rest.get(f"/api/groups/{self.group}").json["name"]
        owner.rest.put(f"/api/groups/{self.group}", {"name": "Secret chess"})
        seen = removed.rest.get(f"/api/groups/{self.group}").json
        self.assertEqual((seen["name"], seen["members"]), (before, []))
        self.assertNotIn("Secret", removed.rest.get(f"/api/conversations/{self.group}").body.decode())
        self.assertNotIn("Secret", removed.rest.get("/api/conversations").body.decode())
        self.assertNotIn("Secret", removed.rest.get("/api/groups").body.decode())
        contents = [event.get("content") for event in removed.page(self.group)["items"]]
        self.assertIn("Hello, early birds", contents)
        self.assertNotIn("Hello again", contents)

    def test_3_what_happens_last(self):
        """The operations that end what the others need, by their owner."""
        carol = self.people["stranger"]
        other = carol.log_in()
        self.stack.callback(other.rest.close)
        carol.rest.delete(f"/api/devices/{other.device_id}")
        other.rest.refused("GET", "/api/users/me", 401, "unauthorized")
        again = carol.log_in()
        self.stack.callback(again.rest.close)
        again.refresh()
        again.rest.post("/api/auth/logout", expect=204)
        self.session(carol, in_header=True)
        operator, gone = self.people["operator"], self.people["logged_out"]
        invite = operator.rest.post("/api/admin/invites", {"uses": 2}, expect=201).json
        operator.rest.delete(f"/api/admin/invites/{invite['invite_id']}")
        report = operator.rest.get("/api/admin/reports").json["items"][0]
        operator.rest.request("PATCH", f"/api/admin/reports/{report['report_id']}", {"resolved": True}, expect=200)
        reset = operator.rest.post(f"/api/admin/users/{gone.id}/reset", expect=201).json
        body = {"reset_token": reset["reset_token"], "password": PASSWORD + " anew"}
        self.rest().post("/api/auth/reset", body, expect=204)
        self.people["blocked"].rest.delete("/api/users/me", body={"password": PASSWORD})
        self.people["blocked"].rest.refused("GET", "/api/users/me", 401, "unauthorized")

    def test_4_same_fields_whoever_asks_change_nothing(self):
        """Fields that are the server's to set are ignored in a request."""
        alice, bob = self.people["owner"], self.people["member"]
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
                if not operation.public:
                    self.assertIn(401, seen)

    def test_6_links_can_be_followed(self):
        """create → get: what a response's `links` say leads to where it says."""
        alice, bob = self.people["owner"], self.people["member"]
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
