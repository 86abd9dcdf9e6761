"""The two shortest clients, as the specifications have them, on a plain WebSocket: what they send is theirs to the letter."""

import json

import schema
from case import ServerCase
from parley_client import PASSWORD
from parley_websocket import Closed, Refused, Socket


class Plain(Socket):
    """A WebSocket on `/`: its frames have no `type`; they are held against the channel `short`."""

    SHAPES = {
        name: schema.validator(schema.strict(message["payload"]))
        for name, message in schema.load("asyncapi.yaml")["channels"]["short"]["messages"].items()
        if name != "say"
    }

    def send(self, frame):
        self.send_text(json.dumps(frame))

    def check(self, message):
        fitting = [name for name, shape in self.SHAPES.items() if schema.explain(shape, message) is None]
        if len(fitting) != 1:
            raise schema.ContractError(f"{message} fits {fitting}")


class ShortClient(ServerCase):
    def connect(self, path="/", **options):
        socket = Plain(self.server, path=path, **options)
        self.stack.callback(socket.abort)
        return socket

    def with_token(self, user):
        return self.connect(f"/?token={user.access_token}")

    def own_origin(self):
        return f"http://127.0.0.1:{self.server.port}"

    def cookie_login(self, user):
        """The Cookie field that a browser would send with a WebSocket on /."""
        answer = self.rest().post(
            "/api/auth/login", {"login": user.username, "password": PASSWORD, "cookie": True}, expect=200
        )
        cookies = [value.split(";")[0] for value in answer.header_values("Set-Cookie")]
        paths = [value for value in answer.header_values("Set-Cookie") if "Path=/;" in value or value.endswith("Path=/")]
        self.assertEqual(len(cookies), 2)
        self.assertNotIn("refresh_token", answer.json)
        self.assertEqual(len(paths), 1)  # the refresh token's is for /api/auth alone
        return paths[0].split(";")[0]

    def test_to_and_msg_become_from_and_msg(self):
        ada, bob = self.users("ada", "bob")
        socket, hears = self.with_token(ada), self.with_token(bob)
        # const socket = new WebSocket('ws://host'); socket.send(JSON.stringify({to: 'user_123', msg: 'Hello World!'}))
        for to in (bob.id, bob.username, bob.username.upper()):
            socket.send({"to": to, "msg": "Hello World!"})
            ack = socket.receive()
            self.assertEqual(set(ack), {"ack", "to"})
            self.assertEqual(ack["to"], to)
            # socket.onmessage = e => { const data = JSON.parse(e.data); console.log(data.from, data.msg) }
            data = hears.receive()
            self.assertEqual((data["from"], data["msg"]), (ada.username, "Hello World!"))
            self.assertEqual(data["from_id"], ada.id)
        hears.send({"to": data["from"], "msg": "Hello, Ada!"})
        hears.receive()
        self.assertEqual(socket.receive()["msg"], "Hello, Ada!")

    def test_is_the_same_conversation(self):
        ada, bob = self.users("ada", "bob")
        listening = self.session(bob)
        socket = self.with_token(ada)
        socket.send({"to": bob.username, "msg": "short"})
        message_id = socket.receive()["ack"]
        message = listening.expect("new_message")
        self.assertEqual((message["message_id"], message["content"]), (message_id, "short"))
        for number in range(20):
            listening.say(ada, f"long {number}")
        self.assertEqual([socket.receive()["msg"] for _ in range(20)], [f"long {number}" for number in range(20)])
        group = ada.rest.post("/api/groups", {"name": "Chess", "client_id": "g", "member_ids": [bob.id]}, expect=201).json
        listening.say(group["group_id"], "to all")
        heard = socket.receive()
        self.assertEqual((heard["msg"], heard["conversation_id"]), ("to all", group["group_id"]))

    def test_what_cannot_be_said(self):
        ada, bob = self.users("ada", "bob")
        socket = self.with_token(ada)
        for frame, code in (
            ({"to": "nobody at all", "msg": "x"}, "not_found"),
            ({"to": "6f1c2d70-93a4-4a7b-8e55-2b7d3c9e1f04", "msg": "x"}, "not_found"),
            ({"to": bob.username, "msg": ""}, "invalid_request"),
            ({"to": bob.username, "msg": "x" * 17000}, "too_large"),
            ({"to": bob.username}, "invalid_request"),
            ({"to": 7, "msg": "x"}, "invalid_request"),
            ({}, "invalid_request"),
        ):
            socket.send(frame)
            self.assertEqual(socket.receive()["error"], code, frame)
        # A prefix of a name is nobody's name.
        socket.send({"to": bob.username[:-1], "msg": "x"})
        self.assertEqual(socket.receive()["error"], "not_found")
        socket.send({"to": bob.username, "msg": "still here"})
        self.assertIn("ack", socket.receive())
        socket.send_text("not JSON")
        with self.assertRaises(Closed) as closed:
            while True:
                socket.receive()
        self.assertEqual(closed.exception.code, 1007)

    def refused(self, status, **options):
        with self.assertRaises(Refused) as refused:
            self.connect(**options)
        self.assertEqual(refused.exception.response.status, status)

    def test_the_login_cookie_in_a_page_of_ours(self):
        ada = self.user("ada")
        cookie = self.cookie_login(ada)
        socket = self.connect(origin=self.own_origin(), headers=[("Cookie", cookie)])
        socket.send({"to": ada.username, "msg": "note to self"})
        self.assertIn("ack", socket.receive())
        # Without an origin, and from another: what a stolen or a foreign page would be.
        self.refused(401, headers=[("Cookie", cookie)])
        self.refused(403, origin="https://evil.example.org", headers=[("Cookie", cookie)])
        self.refused(401, origin=self.own_origin(), headers=[("Cookie", cookie + "x")])
        # It opens nothing else.
        self.rest().refused("GET", "/api/users/me", 401, "unauthorized", headers={"Cookie": cookie})

    def test_a_token_in_the_address_is_taken_here_alone(self):
        ada = self.user("ada")
        self.with_token(ada)
        self.refused(401)
        self.refused(401, path="/?token=x")
        self.refused(401, path=f"/?token={ada.access_token}&token={ada.access_token}")
        self.refused(403, path=f"/?token={ada.access_token}", origin="https://evil.example.org")
        self.rest().refused("GET", f"/api/users/me?token={ada.access_token}", 401, "unauthorized")
        # On /ws it means nothing: the first frame is still to come.
        socket = Socket(self.server, path=f"/ws?token={ada.access_token}")
        self.stack.callback(socket.abort)
        socket.send({"type": "heartbeat"})
        socket.expect("auth_error")

    def test_ends_with_its_device(self):
        ada = self.user("ada")
        socket = self.with_token(ada)
        ada.rest.post("/api/auth/logout", expect=204)
        with self.assertRaises(Closed) as closed:
            socket.receive()
        self.assertEqual(closed.exception.code, 4003)

    def test_the_first_snippet(self):
        """After ws.send({type: 'auth', token}) and so on: the contract's own names and shapes."""
        ada, bob = self.users("ada", "bob")
        ws = Socket(self.server)
        self.stack.callback(ws.abort)
        ws.send({"type": "auth", "token": ada.access_token})
        success = ws.expect("auth_success")
        self.assertEqual(success["user_id"], ada.id)
        self.assertIn("session_id", success)
        other = self.session(bob)
        conversation = ada.rest.post("/api/conversations", {"user_id": bob.id}).json["conversation_id"]
        ws.send(
            {
                "type": "send_message",
                "conversation_id": conversation,
                "receiver_id": bob.id,
                "content": "Hello!",
                "message_type": "text",
            }
        )
        message = other.expect("new_message")
        self.assertEqual((message["sender_id"], message["content"]), (ada.id, "Hello!"))
        self.assertIn("timestamp", message)
        self.assertEqual(ws.expect("ack")["status"], "sent")
        other.send({"type": "ack", "message_id": message["message_id"], "status": "delivered"})
        receipt = ws.expect("ack")
        self.assertEqual((receipt["status"], receipt["message_id"]), ("delivered", message["message_id"]))
        ws.send({"type": "heartbeat"})
        ws.expect("heartbeat_ack")
