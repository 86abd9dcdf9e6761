"""The WebSocket as a protocol: who may open one, how it is kept alive, what closes it and with which code."""

import base64
import json
import os
import socket
import struct
import time
import unittest

from case import ServerCase
from parley_server import PATIENCE, poll
from parley_websocket import (
    BINARY,
    CLOSE,
    CONTINUATION,
    PING,
    PONG,
    TEXT,
    Closed,
    Refused,
    Socket,
    TimedOut,
    encode_frame,
)

FRAME_MAX = 64 * 1024


def as_json(frame):
    return json.dumps(frame).encode()


class Handshake(ServerCase):
    def raw_upgrade(self, *fields, method="GET", version="1.1", key=True):
        """The status of an upgrade request with these header fields and no others."""
        sock = socket.create_connection(("127.0.0.1", self.server.port), timeout=5 * PATIENCE)
        self.stack.callback(sock.close)
        lines = [f"{method} /ws HTTP/{version}", "Host: localhost", *fields]
        if key:
            lines.append("Sec-WebSocket-Key: " + base64.b64encode(os.urandom(16)).decode())
        sock.sendall(("\r\n".join(lines) + "\r\n\r\n").encode("latin-1"))
        return sock.recv(65536).decode("latin-1")

    def test_forms_that_are_no_upgrade(self):
        upgrade, connection, version = "Upgrade: websocket", "Connection: Upgrade", "Sec-WebSocket-Version: 13"
        cases = {
            "plain": ((), (400, 426)),
            "no version": ((upgrade, connection), (400, 426)),
            "old version": ((upgrade, connection, "Sec-WebSocket-Version: 8"), (426,)),
            "other upgrade": (("Upgrade: h2c", connection, version), (400, 426)),
            "no connection": ((upgrade, version), (400, 426)),
        }
        for name, (fields, statuses) in cases.items():
            with self.subTest(name):
                status = int(self.raw_upgrade(*fields).split(" ")[1])
                self.assertIn(status, statuses)
        self.assertIn("Sec-WebSocket-Version: 13", self.raw_upgrade(upgrade, connection, "Sec-WebSocket-Version: 8"))
        for bad in ((), ("Sec-WebSocket-Key: x",), ("Sec-WebSocket-Key: " + "A" * 24,)):
            with self.subTest(key=bad):
                answer = self.raw_upgrade(upgrade, connection, version, *bad, key=False)
                self.assertEqual(answer.split(" ")[1], "400")
        self.assertEqual(self.raw_upgrade(upgrade, connection, version, method="POST").split(" ")[1], "405")
        answer = self.raw_upgrade("Upgrade: WebSocket", "Connection: keep-alive, Upgrade", version)
        self.assertEqual(answer.split(" ")[1], "101")

    def test_subprotocol_is_echoed_when_asked_for(self):
        with Socket(self.server, protocols="chat, parley.v1") as client:
            self.assertEqual(client.response.header("Sec-WebSocket-Protocol"), "parley.v1")
        for protocols in (None, "chat", "parley.v2"):
            with Socket(self.server, protocols=protocols) as client:
                self.assertIsNone(client.response.header("Sec-WebSocket-Protocol"))

    def test_token_in_the_handshake(self):
        user = self.user()
        session = self.session(user, in_header=True)
        self.assertEqual(session.auth["user_id"], user.id)
        self.assertEqual(session.auth["device_id"], user.device_id)
        session.settle()

    def test_token_in_the_url_is_not_accepted(self):
        user = self.user()
        with Socket(self.server, path=f"/ws?token={user.access_token}") as client:
            client.send({"type": "heartbeat"})
            client.expect("auth_error")

    def test_frames_behind_the_handshake_in_one_packet(self):
        user = self.user()
        sock = socket.create_connection(("127.0.0.1", self.server.port), timeout=5 * PATIENCE)
        self.stack.callback(sock.close)
        head = (
            "GET /ws HTTP/1.1\r\nHost: localhost\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
            "Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: " + base64.b64encode(os.urandom(16)).decode() + "\r\n\r\n"
        )
        auth = encode_frame(TEXT, as_json({"type": "auth", "token": user.access_token}))
        beat = encode_frame(TEXT, as_json({"type": "heartbeat"}))
        sock.sendall(head.encode() + auth + beat)
        data = b""
        while b"heartbeat_ack" not in data:
            more = sock.recv(65536)
            self.assertTrue(more, data)
            data += more
        self.assertIn(b"auth_success", data)


class Origin(ServerCase):
    settings = {"server": {"allowed_origins": ["https://chat.example"]}}

    def refused(self, origin, **options):
        with self.assertRaises(Refused) as refused:
            Socket(self.server, origin=origin, **options)
        self.assertEqual(refused.exception.response.status, 403)
        self.assertEqual(refused.exception.response.json["code"], "forbidden")

    def test_missing_is_fine(self):
        self.session(self.user()).settle()

    def test_own_is_fine(self):
        user = self.user()
        self.session(user, origin=f"http://127.0.0.1:{self.server.port}").settle()

    def test_configured_is_fine(self):
        self.session(self.user(), origin="https://chat.example").settle()

    def test_foreign_is_refused(self):
        own = f"http://127.0.0.1:{self.server.port}"
        user = self.user()
        for origin in (
            "http://evil.example",
            "null",
            "",
            own + ".evil.example",
            own + "0",
            "http://evil.example/" + own,
            "https://chat.example.evil.example",
            "https://evilchat.example",
            "http://chat.example",
            "https://chat.example:444",
            "file://",
        ):
            with self.subTest(origin=origin):
                self.refused(origin)
                self.refused(origin, token=user.access_token)


class Authentication(ServerCase):
    settings = {"limits": {"auth_timeout_ms": 700}}

    def test_success_names_user_device_and_session(self):
        user = self.user()
        one, other = self.session(user), self.session(user)
        for session in (one, other):
            self.assertEqual(session.auth["user_id"], user.id)
            self.assertEqual(session.auth["device_id"], user.device_id)
        self.assertNotEqual(one.auth["session_id"], other.auth["session_id"])
        self.assertEqual(one.auth["epoch"], other.auth["epoch"])

    def test_nothing_within_the_time(self):
        client = Socket(self.server)
        self.stack.callback(client.abort)
        started = time.monotonic()
        client.expect_close(4001, 5)
        self.assertGreater(time.monotonic() - started, 0.5)

    def test_pings_do_not_prolong_it(self):
        client = Socket(self.server)
        self.stack.callback(client.abort)
        deadline = time.monotonic() + 5 * PATIENCE
        try:
            while time.monotonic() < deadline:
                client.send_raw(encode_frame(PING))
                try:
                    client.receive(0.1)
                except TimedOut:
                    pass
        except Closed as closed:
            self.assertEqual(closed.code, 4001)
        else:
            self.fail("still open")

    def test_bad_tokens(self):
        for token in ("x", "", "a.b.c", 7, None):
            with self.subTest(token=token):
                client = Socket(self.server)
                client.send({"type": "auth", "token": token})
                frames = client.expect_close(4003)
                self.assertEqual([(frame["type"], frame["code"]) for frame in frames], [("auth_error", "unauthorized")])

    def test_anything_else_first(self):
        user = self.user()
        for text in ('{"type":"heartbeat"}', '{"type":"nonsense"}', "{}", "[]", "nonsense", "",
                     json.dumps({"type": "send_message", "receiver_id": user.id, "content": "x"})):
            with self.subTest(text=text[:30]):
                client = Socket(self.server)
                client.send_text(text)
                frames = client.expect_close(4003)
                self.assertEqual([(frame["type"], frame["code"]) for frame in frames], [("auth_error", "unauthorized")])

    def test_a_second_auth_is_refused(self):
        user = self.user()
        session = self.session(user)
        session.refused({"type": "auth", "token": user.access_token}, "invalid_request")
        session.settle()

    def test_ref_is_repeated(self):
        user = self.user()
        with Socket(self.server) as client:
            client.send({"type": "auth", "token": user.access_token, "ref": "a1"})
            client.expect("auth_success", ref="a1")

    def test_open_session_outlives_the_time(self):
        session = self.session(self.user())
        deadline = time.monotonic() + 1.5
        while time.monotonic() < deadline:
            session.settle()


class SessionsOfADevice(ServerCase):
    settings = {"limits": {"sessions_per_device": 2}}

    def test_are_bounded(self):
        user = self.user()
        first, second = self.session(user), self.session(user)
        client = Socket(self.server)
        client.send({"type": "auth", "token": user.access_token})
        frames = client.expect_close(4003)
        self.assertEqual([(frame["type"], frame["code"]) for frame in frames], [("auth_error", "rate_limited")])
        second.settle()
        # Another device has its own, and one that has gone makes room.
        other = user.log_in()
        self.stack.callback(other.rest.close)
        self.session(other).settle()
        first.close()
        poll(lambda: self.opens(user), "room for a session")

    def opens(self, user):
        with Socket(self.server) as client:
            client.send({"type": "auth", "token": user.access_token})
            return client.receive()["type"] == "auth_success"


class Frames(ServerCase):
    def setUp(self):
        super().setUp()
        self.client = self.session(self.user())

    def test_unknown_type_keeps_the_connection(self):
        for kind in ("nonsense", "typing2", "", "x" * 1000, "\u0000"):
            self.client.refused({"type": kind}, "unknown_type")
        self.client.settle()

    def test_type_that_is_no_string(self):
        for frame in ({}, {"type": 7}, {"type": None}, {"type": ["auth"]}):
            self.client.refused(frame, "invalid_request")
        self.client.settle()

    def test_ref_is_repeated(self):
        for ref in ("r1", "ü" * 64, 7, -1, 2**53, 'quote"\\', "\u2028"):
            with self.subTest(ref=ref):
                self.client.send({"type": "heartbeat", "ref": ref})
                self.client.expect("heartbeat_ack", ref=ref)
        for ref in ("x" * 129, [], {}, 1.5, True):
            with self.subTest(ref=ref):
                self.client.send({"type": "heartbeat", "ref": ref})
                self.assertEqual(self.client.expect("error")["code"], "invalid_request")

    def test_without_ref_there_is_none(self):
        self.client.send({"type": "heartbeat"})
        self.assertNotIn("ref", self.client.expect("heartbeat_ack"))

    def test_unknown_fields_are_ignored(self):
        self.client.send({"type": "heartbeat", "ref": "r", "future": {"deep": [1, {"x": None}]}, "seq": "x"})
        self.client.expect("heartbeat_ack", ref="r")

    def test_json_that_is_no_object(self):
        for text in ("[]", "1", '"x"', "null", "true"):
            self.client.send_text(text)
            self.assertEqual(self.client.expect("error")["code"], "invalid_request")
        self.client.settle()

    def test_not_json(self):
        for text in ("", "nonsense", "{", '{"type":"heartbeat"} x', "{'type':1}", '{"type":"heartbeat",}', "\x00",
                     '{"type":' * 5000):
            with self.subTest(text=text[:20]):
                client = self.session(self.user())
                client.send_text(text)
                frames = client.expect_close(1007)
                self.assertEqual([(frame["type"], frame["code"]) for frame in frames], [("error", "invalid_request")])

    def test_binary(self):
        self.client.send_raw(encode_frame(BINARY, as_json({"type": "heartbeat"})))
        self.client.expect_close(1007)

    def test_not_utf8(self):
        for payload in (b'{"type":"\xff"}', b"\xed\xa0\x80", b"\xc0\x80", b"\xf4\x90\x80\x80", b"\xe2\x82"):
            with self.subTest(payload=payload):
                client = self.session(self.user())
                client.send_raw(encode_frame(TEXT, payload))
                client.expect_close(1007)

    def test_lone_surrogate_in_an_escape(self):
        """JSON lets it be written, but it is no text: it must not come back as anything."""
        self.client.send_text(r'{"type":"heartbeat","ref":"\ud800"}')
        try:
            self.client.receive()
        except Closed as closed:
            self.assertEqual(closed.code, 1007)

    def test_exactly_64_kib(self):
        frame = {"type": "heartbeat", "ref": "r", "pad": ""}
        frame["pad"] = "x" * (FRAME_MAX - len(as_json(frame)))
        payload = as_json(frame)
        self.assertEqual(len(payload), FRAME_MAX)
        self.client.send_raw(encode_frame(TEXT, payload))
        self.client.expect("heartbeat_ack", ref="r")

    def test_over_64_kib(self):
        self.client.send_raw(encode_frame(TEXT, b'"' + b"x" * FRAME_MAX + b'"'))
        frames = self.client.expect_close(1009)
        self.assertEqual([(frame["type"], frame["code"]) for frame in frames], [("error", "too_large")])

    def test_over_64_kib_is_refused_from_the_header_alone(self):
        self.client.send_raw(struct.pack("!BBQ", 0x81, 0x80 | 127, 1 << 40) + b"\0\0\0\0")
        self.client.expect_close(1009)

    def test_over_64_kib_in_fragments(self):
        part = b"x" * 30000
        self.client.send_raw(encode_frame(TEXT, part, fin=False))
        for _ in range(3):
            self.client.send_raw(encode_frame(CONTINUATION, part, fin=False))
        self.client.expect_close(1009)


class Refusals(ServerCase):
    def test_hundred_within_ten_seconds(self):
        client = self.session(self.user())
        for i in range(120):
            client.send({"type": "nonsense", "ref": i})
        frames = client.expect_close(4029)
        self.assertEqual([frame["ref"] for frame in frames], list(range(100)))

    def test_good_requests_between_them_are_answered(self):
        client = self.session(self.user())
        for i in range(90):
            client.send({"type": "nonsense"})
            client.send({"type": "heartbeat", "ref": i})
        for i in range(90):
            client.expect("heartbeat_ack", ref=i)


class Protocol(ServerCase):
    """RFC 6455, as far as an honest client can see; the codec's own tests have every case."""

    def setUp(self):
        super().setUp()
        self.client = self.session(self.user())

    def closes(self, data, code):
        self.client.send_raw(data)
        self.client.expect_close(code)

    def test_fragments_with_a_ping_between(self):
        payload = as_json({"type": "heartbeat", "ref": "grüße"})
        cut = payload.index(b"\\u00fc") + 3
        self.client.auto_pong = False
        self.client.send_raw(encode_frame(TEXT, payload[:cut], fin=False))
        self.client.send_raw(encode_frame(PING, b"are you there"))
        pong = self.client.read_frame()
        self.assertEqual((pong.opcode, pong.payload), (PONG, b"are you there"))
        self.client.send_raw(encode_frame(CONTINUATION, b"", fin=False))
        self.client.send_raw(encode_frame(CONTINUATION, payload[cut:]))
        self.client.expect("heartbeat_ack", ref="grüße")

    def test_utf8_split_over_fragments(self):
        payload = json.dumps({"type": "heartbeat", "ref": "👋"}, ensure_ascii=False).encode()
        cut = payload.index("👋".encode()) + 2
        self.client.send_raw(encode_frame(TEXT, payload[:cut], fin=False))
        self.client.send_raw(encode_frame(CONTINUATION, payload[cut:]))
        self.client.expect("heartbeat_ack", ref="👋")

    def test_a_byte_at_a_time(self):
        for byte in encode_frame(TEXT, as_json({"type": "heartbeat", "ref": "slow"})):
            self.client.send_raw(bytes([byte]))
        self.client.expect("heartbeat_ack", ref="slow")

    def test_many_in_one_packet(self):
        frames = [encode_frame(TEXT, as_json({"type": "heartbeat", "ref": i})) for i in range(500)]
        self.client.send_raw(b"".join(frames))
        for i in range(500):
            self.assertEqual(self.client.receive()["ref"], i)

    def test_unmasked_frame(self):
        self.closes(encode_frame(TEXT, b"{}", masked=False), 1002)

    def test_reserved_bits(self):
        for first in (0xC1, 0xA1, 0x91):
            client = self.session(self.user())
            client.send_raw(bytes([first, 0x80, 0, 0, 0, 0]))
            client.expect_close(1002)

    def test_unknown_opcodes(self):
        for opcode in (3, 7, 11, 15):
            client = self.session(self.user())
            client.send_raw(encode_frame(opcode))
            client.expect_close(1002)

    def test_long_control_frame(self):
        self.closes(encode_frame(PING, b"x" * 126), 1002)

    def test_fragmented_control_frame(self):
        self.closes(encode_frame(PING, b"x", fin=False), 1002)

    def test_continuation_of_nothing(self):
        self.closes(encode_frame(CONTINUATION, b"x"), 1002)

    def test_new_message_within_another(self):
        self.closes(encode_frame(TEXT, b"x", fin=False) + encode_frame(TEXT, b"{}"), 1002)

    def test_bad_close_frames(self):
        for payload in (b"\x03", struct.pack("!H", 999), struct.pack("!H", 1005), struct.pack("!H", 5000)):
            with self.subTest(payload=payload):
                client = self.session(self.user())
                client.closing = True
                client.send_raw(encode_frame(CLOSE, payload))
                client.expect_close(1002)

    def test_close_is_answered_and_tcp_ends(self):
        for code in (1000, 1001, 3000, 4999):
            with self.subTest(code=code):
                client = self.session(self.user())
                client.closing = True
                client.send_raw(encode_frame(CLOSE, struct.pack("!H", code) + b"bye"))
                while True:
                    frame = client.read_frame()
                    if frame.opcode == CLOSE:
                        break
                self.assertEqual(frame.payload[:2], struct.pack("!H", code))
                with self.assertRaises(Closed):
                    client.read_frame(2)

    def test_close_without_a_code(self):
        self.client.closing = True
        self.client.send_raw(encode_frame(CLOSE))
        with self.assertRaises(Closed):
            while True:
                self.client.read_frame(5)

    def test_sends_before_a_close_are_done(self):
        """What was sent before a clean close is a send like any other."""
        alice, bob = self.users("alice", "bob")
        session = self.session(alice)
        for i in range(20):
            session.message(bob, f"m{i}", client_id=f"c{i}")
        session.close()
        conversation = alice.open(bob)
        contents = [event["content"] for event in alice.page(conversation, after_seq=0)["items"]]
        self.assertEqual(contents, [f"m{i}" for i in range(len(contents))])

    def test_ping_flood_is_answered(self):
        self.client.send_raw(encode_frame(PING, b"p") * 5000)
        self.client.settle(10)


class Heartbeats(ServerCase):
    settings = {"limits": {"heartbeat_seconds": 1}}

    def test_interval_is_told(self):
        self.assertEqual(self.session(self.user()).auth["heartbeat_interval"], 1)

    def test_silent_peer_is_closed(self):
        client = self.session(self.user())
        client.auto_pong = False
        started = time.monotonic()
        client.expect_close(4000, 8)
        silence = time.monotonic() - started
        self.assertGreater(silence, 1.8)
        self.assertLess(silence, 4.0 * PATIENCE)

    def test_any_frame_is_a_sign_of_life(self):
        signs = {
            "heartbeat": lambda client: client.send({"type": "heartbeat"}),
            "ping": lambda client: client.send_raw(encode_frame(PING)),
            "pong": lambda client: client.send_raw(encode_frame(PONG)),
            "refused": lambda client: client.send({"type": "nonsense"}),
        }
        users = {name: self.user() for name in signs}  # before a heartbeat is due: registering takes its time
        clients = {name: self.session(user) for name, user in users.items()}
        for client in clients.values():
            client.auto_pong = False
        deadline = time.monotonic() + 5
        while time.monotonic() < deadline:
            for name, sign in signs.items():
                sign(clients[name])
                try:
                    clients[name].receive(0.1)
                except TimedOut:
                    pass
        for client in clients.values():
            client.settle()


class SlowReader(ServerCase):
    """A client that does not read is closed with 4008, and costs only itself."""

    def test_is_closed_and_finds_everything_later(self):
        alice, bob = self.users("alice", "bob")
        reading, stuck = self.session(bob), self.session(bob)
        sender = self.session(alice)
        conversation = alice.open(bob)
        content = "x" * 16000
        count = 0
        deadline = time.monotonic() + 30 * PATIENCE
        while self.slow_closes() == 0 and time.monotonic() < deadline:
            for _ in range(50):
                count += 1
                sender.message(conversation, content, client_id=f"c{count}")
            for seq in range(count - 49, count + 1):
                self.assertEqual(reading.expect("new_message")["seq"], seq)
                sender.expect("ack", seq=seq)
        self.assertEqual(self.slow_closes(), 1)
        try:
            while True:
                stuck.receive(10)
        except Closed as closed:
            self.assertEqual(closed.code, 4008)
        events, _, _ = self.session(bob).sync({conversation: 0})
        self.assertEqual(events[-1]["events"][-1]["seq"], count)

    def slow_closes(self):
        for line in self.rest().get("/metrics").body.decode().splitlines():
            if line.startswith("parley_slow_consumer_closes_total"):
                return float(line.rsplit(" ", 1)[1])
        self.fail("/metrics counts no slow consumers")


if __name__ == "__main__":
    unittest.main()
