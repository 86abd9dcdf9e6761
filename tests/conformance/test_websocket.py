"""Hostile WebSocket peers, on plain sockets, against the program. What Autobahn does not ask; README.md has the list of
all cases and where each one is."""

import base64
import json
import os
import pathlib
import socket
import struct
import sys
import threading
import time
import unittest
import zlib

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "e2e"))

from case import ServerCase
from parley_client import Rest
from parley_server import PATIENCE, poll
from parley_websocket import CLOSE, CONTINUATION, PING, PONG, TEXT, Closed, Refused, Socket, TimedOut, encode_frame
from raw_http import Peer

FRAME_MAX = 64 * 1024
KEY = "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ=="
UPGRADE = ("Upgrade: websocket", "Connection: Upgrade", KEY, "Sec-WebSocket-Version: 13")


def as_json(frame):
    return json.dumps(frame).encode()


def metric(server, name):
    rest = Rest(server)
    try:
        for line in rest.get("/metrics").body.decode().splitlines():
            if line.startswith(name + " "):
                return int(float(line.split()[1]))
    finally:
        rest.close()
    raise AssertionError(f"/metrics has no {name}")


class Pulse:
    """A session that asks for heartbeats while somebody else misbehaves. One answer may be late, for the machine has
    other things to do; nineteen of twenty come within half a second."""

    def __init__(self, session):
        self.session = session
        self.seconds = []

    def beat(self):
        asked = time.monotonic()
        self.session.settle()
        self.seconds.append(time.monotonic() - asked)

    def expect_quick(self):
        late = sum(seconds > 0.5 * PATIENCE for seconds in self.seconds)
        if len(self.seconds) < 20 or late * 20 > len(self.seconds):
            raise AssertionError(f"{late} of {len(self.seconds)} answers are late, by up to {max(self.seconds):.2f} s")


class Case(ServerCase):
    def open(self, **options):
        """A WebSocket that has not said who it is."""
        client = Socket(self.server, **options)
        self.stack.callback(client.abort)
        return client

    def violates(self, data, code=1002, **options):
        """Bytes behind which an authenticated session is closed with that code, and TCP with it."""
        client = self.session(self.user(), **options)
        client.send_raw(data)
        client.expect_close(code)


class HandshakeCase(Case):
    settings = {"server": {"allowed_origins": ["https://chat.example"]}}

    def answer(self, *fields, target="/ws", method="GET"):
        lines = [f"{method} {target} HTTP/1.1", "Host: localhost", *fields]
        peer = Peer(self.server.port)
        self.stack.callback(peer.close)
        peer.send(("\r\n".join(lines) + "\r\n\r\n").encode("latin-1"))
        return peer.read(to_head=method == "HEAD")


class Handshake(HandshakeCase):
    def test_connection_forms(self):
        """Lists, several lines, any case: Connection and Upgrade are lists of words (RFC 9110 sections 5.3, 7.8)."""
        rest = (KEY, "Sec-WebSocket-Version: 13")
        for fields in (
            ("Upgrade: websocket", "Connection: keep-alive, Upgrade"),
            ("Upgrade: websocket", "Connection: UPGRADE"),
            ("Upgrade: websocket", "Connection: keep-alive", "Connection: Upgrade"),
            ("Upgrade: h2c, WebSocket", "Connection: Upgrade"),
            ("Upgrade: h2c", "Upgrade: websocket", "Connection: ,upgrade ,"),
        ):
            with self.subTest(fields=fields):
                answer = self.answer(*fields, *rest)
                self.assertEqual(answer.status, 101)
                # RFC 6455 section 1.3 has this very key.
                self.assertEqual(answer.one("Sec-WebSocket-Accept"), "s3pPLMBiTxaQ9kYGzzhZRbK+xOo=")

    def test_words_that_only_contain_the_right_one(self):
        rest = (KEY, "Sec-WebSocket-Version: 13")
        for fields in (
            ("Upgrade: websockets", "Connection: Upgrade"),
            ("Upgrade: websocket/13", "Connection: Upgrade"),
            ("Upgrade: websocket", "Connection: Upgraded"),
            ("Upgrade: websocket", "Connection: close"),
        ):
            with self.subTest(fields=fields):
                self.assertIn(self.answer(*fields, *rest).status, (400, 426))

    def test_keys(self):
        """16 bytes in base64, once (RFC 6455 section 4.1)."""
        fields = ("Upgrade: websocket", "Connection: Upgrade", "Sec-WebSocket-Version: 13")
        for keys in (
            (),
            ("",),
            ("AAAAAAAAAAAAAAAAAAAAAA",),
            ("AAAAAAAAAAAAAAAAAAAAAAA=",),
            ("AAAAAAAAAAAAAAAAAAAAAA===",),
            ("AAAAAAAAAAAAAAAAAAAAAAAAAA==",),
            ("AAAAAAAAAAAAAAAAAAAA-_==",),
            ("AAAAAAAAAA AAAAAAAAAAA==",),
            ("dGhlIHNhbXBsZSBub25jZQ==",) * 2,
        ):
            with self.subTest(keys=keys):
                answer = self.answer(*fields, *(f"Sec-WebSocket-Key: {key}" for key in keys))
                self.assertEqual(answer.status, 400)

    def test_versions(self):
        for version in ("8", "0", "14", "113", "13, 8", ""):
            with self.subTest(version=version):
                answer = self.answer(*UPGRADE[:3], f"Sec-WebSocket-Version: {version}")
                self.assertIn(answer.status, (400, 426))
                if answer.status == 426:
                    self.assertEqual(answer.one("Sec-WebSocket-Version"), "13")

    def test_over_8_kib(self):
        self.assertEqual(self.answer(*UPGRADE, "X: " + "a" * 8192).status, 431)
        self.assertEqual(self.answer(*UPGRADE, *(f"X{i}: a" for i in range(200))).status, 431)

    def test_other_paths_and_methods_do_not_upgrade(self):
        for target, method in (("/healthz", "GET"), ("/", "GET"), ("/ws/", "GET"), ("/wsx", "GET"), ("/WS", "GET"),
                               ("/ws", "POST"), ("/ws", "HEAD"), ("/ws", "PUT")):
            with self.subTest(target=target, method=method):
                self.assertNotEqual(self.answer(*UPGRADE, target=target, method=method).status, 101)

    def test_absolute_form(self):
        self.assertEqual(self.answer(*UPGRADE, target="http://localhost/ws").status, 101)

    def test_bearer_in_any_case(self):
        """The scheme is read without regard to case, with any number of spaces behind it (RFC 9110 section 11.1)."""
        user = self.user()
        for scheme in ("Bearer ", "bearer ", "BEARER ", "Bearer   "):
            with self.subTest(scheme=scheme):
                client = self.open(headers=[("Authorization", scheme + user.access_token)])
                self.assertEqual(client.expect("auth_success")["user_id"], user.id)

    def test_authorization_that_is_not_one_token(self):
        token = self.user().access_token
        for values in (("",), ("Bearer",), ("Bearer ",), ("Basic " + token,), (token,), ("Bearer" + token,),
                       ("Bearer x", "Bearer " + token), ("Bearer " + token, "Bearer " + token)):
            with self.subTest(values=[value[:12] for value in values]):
                fields = [f"Authorization: {value}" for value in values]
                self.assertEqual(self.answer(*UPGRADE, *fields).status, 401)


class ForeignPage(HandshakeCase):
    """A page of another site that opens a WebSocket with its visitor's cookies (CSWSH)."""

    def test_origins_that_look_allowed(self):
        host = f"127.0.0.1:{self.server.port}"
        for origin in (
            "https://chat.example.",
            "https://chat.example/",
            "https://chat.example/x",
            "https://CHAT.example",
            "https://chat.example:443",
            "https://chat.example@evil.example",
            "https://evil.example#https://chat.example",
            "https://evil.example?https://chat.example",
            "https://chat.example evil.example",
            "https://chat.example, https://evil.example",
            "https://chat%2eexample",
            "chat.example",
            "//chat.example",
            "wss://chat.example",
            f"http://{host}/",
            f"http://evil.example@{host}",
            f"ftp://{host}",
            "http://127.0.0.1",
            "http://localhost",
            "http://",
        ):
            with self.subTest(origin=origin), self.assertRaises(Refused) as refused:
                self.open(origin=origin)
            self.assertEqual(refused.exception.response.status, 403)

    def test_two_origins(self):
        for origins in (("https://chat.example", "https://evil.example"), ("https://chat.example",) * 2):
            with self.subTest(origins=origins), self.assertRaises(Refused) as refused:
                self.open(headers=[("Origin", origin) for origin in origins])
            self.assertEqual(refused.exception.response.status, 403)

    def cookie(self):
        """A refresh cookie, as the server's own page has it."""
        rest = self.rest()
        own = f"http://127.0.0.1:{self.server.port}"
        body = {"username": "c" + base64.b16encode(os.urandom(6)).decode().lower(), "password": "correct horse"}
        answer = rest.post("/api/auth/register", {**body, "cookie": True}, headers={"Origin": own})
        return answer.header("Set-Cookie").split(";")[0]

    def test_foreign_page_with_a_cookie(self):
        for origin in ("https://evil.example", "null"):
            with self.subTest(origin=origin), self.assertRaises(Refused) as refused:
                self.open(origin=origin, headers=[("Cookie", self.cookie())])
            self.assertEqual(refused.exception.response.status, 403)

    def test_a_cookie_is_no_identity(self):
        """Even where the page may connect, and without an Origin: the first frame has to be auth."""
        for options in ({"origin": "https://chat.example"}, {}):
            with self.subTest(options=options):
                client = self.open(headers=[("Cookie", self.cookie())], **options)
                client.send({"type": "heartbeat"})
                frames = client.expect_close(4003)
                self.assertEqual([frame["type"] for frame in frames], ["auth_error"])


class Lengths(Case):
    """Headers that lie about what follows (RFC 6455 section 5.2)."""

    def test_longer_forms_than_needed(self):
        for name, head in {
            "5 in 16 bits": struct.pack("!BBH", 0x81, 0xFE, 5),
            "125 in 16 bits": struct.pack("!BBH", 0x81, 0xFE, 125),
            "5 in 64 bits": struct.pack("!BBQ", 0x81, 0xFF, 5),
            "65535 in 64 bits": struct.pack("!BBQ", 0x81, 0xFF, 65535),
            "ping, 5 in 16 bits": struct.pack("!BBH", 0x89, 0xFE, 5),
        }.items():
            with self.subTest(name):
                self.violates(head + b"\0\0\0\0hello")

    def test_top_bit(self):
        for length in (1 << 63, (1 << 64) - 1, (1 << 63) + 5):
            with self.subTest(length=length):
                self.violates(struct.pack("!BBQ", 0x81, 0xFF, length) + b"\0\0\0\0hello")

    def test_huge(self):
        for length in ((1 << 63) - 1, 1 << 62, 1 << 32, FRAME_MAX + 1):
            with self.subTest(length=length):
                self.violates(struct.pack("!BBQ", 0x81, 0xFF, length) + b"\0\0\0\0", 1009)

    def test_fragments_that_together_are_too_long(self):
        """Known from the header of the one that is too many; its bytes are not waited for."""
        first = encode_frame(TEXT, b"x" * 60000, fin=False)
        self.violates(first + struct.pack("!BBH", 0x80, 0xFE, 6000) + b"\0\0\0\0", 1009)

    def test_shorter_than_sent(self):
        """What stands behind a frame is the next frame's header: here, one without a mask."""
        frame = encode_frame(TEXT, as_json({"type": "heartbeat", "ref": "r"}))
        client = self.session(self.user())
        client.send_raw(frame + b"\x01\x02 and what did not fit the length")
        client.expect("heartbeat_ack", ref="r")
        client.expect_close(1002)

    def test_longer_than_sent(self):
        """It waits for the rest like any frame, and the next frame's bytes are taken for it."""
        payload = as_json({"type": "heartbeat", "ref": "r"})
        client = self.session(self.user())
        client.send_raw(struct.pack("!BBH", 0x81, 0xFE, len(payload) + 200) + b"\0\0\0\0" + payload)
        with self.assertRaises(TimedOut):
            client.receive(0.3)
        client.send_raw(encode_frame(TEXT, as_json({"type": "heartbeat"})) + b" " * 200)
        client.expect_close(1007)

    def test_control_frames_over_125(self):
        for opcode in (PING, PONG, CLOSE):
            with self.subTest(opcode=opcode):
                self.violates(encode_frame(opcode, b"x" * 126))
        self.violates(encode_frame(CLOSE, struct.pack("!H", 1000) + b"x" * 70000))

    def test_masks(self):
        """Each kind of frame has to be masked; a mask of zeros is one."""
        for opcode in (TEXT, PING, PONG, CLOSE):
            with self.subTest(opcode=opcode):
                self.violates(encode_frame(opcode, b"", masked=False))
        client = self.session(self.user())
        payload = as_json({"type": "heartbeat", "ref": "r"})
        client.send_raw(struct.pack("!BB", 0x81, 0x80 | len(payload)) + b"\0\0\0\0" + payload)
        client.expect("heartbeat_ack", ref="r")


class Floods(Case):
    """Much of what is allowed, and a little more."""

    def test_empty_fragments(self):
        """128 in one message are borne, the next is not; they cost no memory."""
        client = self.session(self.user())
        payload = as_json({"type": "heartbeat", "ref": "r"})
        client.send_raw(encode_frame(TEXT, b"", fin=False) + encode_frame(CONTINUATION, b"", fin=False) * 127)
        client.send_raw(encode_frame(CONTINUATION, payload))
        client.expect("heartbeat_ack", ref="r")
        self.violates(encode_frame(TEXT, b"", fin=False) + encode_frame(CONTINUATION, b"", fin=False) * 100000)

    def test_fragments_of_one_byte(self):
        """A message of the greatest length in as many fragments is a message."""
        frame = {"type": "heartbeat", "ref": "r", "pad": ""}
        frame["pad"] = "x" * (FRAME_MAX - len(as_json(frame)))
        payload = as_json(frame)
        head, tail = payload[:1], payload[1:]
        pieces = [encode_frame(TEXT, head, fin=False)]
        pieces += [encode_frame(CONTINUATION, tail[i : i + 1], fin=i + 1 == len(tail)) for i in range(len(tail))]
        client = self.session(self.user())
        client.send_raw(b"".join(pieces))
        client.expect("heartbeat_ack", 10, ref="r")

    def test_ten_thousand_pings_a_second(self):
        """Each is answered, and the others notice nothing."""
        flooder, other = self.session(self.user()), Pulse(self.session(self.user()))
        stop = threading.Event()
        answered = 0

        def read():
            nonlocal answered
            try:
                while not stop.is_set():
                    answered += flooder.read_frame(1).opcode == PONG
            except (TimedOut, Closed, OSError):
                pass

        reader = threading.Thread(target=read)
        reader.start()
        batch = encode_frame(PING, b"12345678") * 500
        sent = 0
        started = time.monotonic()
        while (passed := time.monotonic() - started) < 3:
            if sent <= passed * 10000:
                flooder.send_raw(batch)
                sent += 500
            other.beat()
        poll(lambda: answered >= sent, f"{sent} pongs", 10)
        stop.set()
        reader.join()
        self.assertGreater(sent, 10000)
        other.expect_quick()

    def test_pings_whose_pongs_nobody_reads(self):
        """They fill the outbox of that session alone, and end it with 4008."""
        closes = metric(self.server, "parley_slow_consumer_closes_total")
        flooder = self.session(self.user())
        flooder.sock.settimeout(5 * PATIENCE)
        batch = encode_frame(PING, b"x" * 125) * 1000
        deadline = time.monotonic() + 30 * PATIENCE
        while metric(self.server, "parley_slow_consumer_closes_total") == closes:
            self.assertLess(time.monotonic(), deadline, "still open, with all its pongs unread")
            try:
                flooder.sock.sendall(batch)
            except OSError:
                break
        poll(lambda: metric(self.server, "parley_slow_consumer_closes_total") == closes + 1, "closed with 4008")
        self.session(self.user()).settle()

    def test_frames_before_auth(self):
        """The first is judged, the rest is not looked at."""
        client = self.open()
        client.send_raw(encode_frame(TEXT, as_json({"type": "heartbeat"})) * 5000)
        frames = client.expect_close(4003)
        self.assertEqual([frame["type"] for frame in frames], ["auth_error"])

    def test_bytes_behind_a_violation(self):
        """They are read and thrown away until the deadline of the close; then TCP ends, whatever still comes."""
        client = self.session(self.user())
        client.closing = True
        client.send_raw(encode_frame(TEXT, b"{}", masked=False))
        started = time.monotonic()
        with self.assertRaises((BrokenPipeError, ConnectionResetError)):
            while time.monotonic() - started < 12 * PATIENCE:
                client.sock.sendall(b"\x81" * 65536)
                time.sleep(0.02)
        self.assertLess(time.monotonic() - started, 8 * PATIENCE)


class Slow(Case):
    settings = {
        "limits": {
            "heartbeat_seconds": 2,
            "auth_timeout_ms": 1500,
            "header_timeout_ms": 3000,
            "outbox_bytes": 100000,
        }
    }

    def test_a_byte_a_second_in(self):
        """A frame may take its time, when bytes come at all; twenty such peers hold nobody up."""
        frame = encode_frame(TEXT, as_json({"type": "heartbeat", "ref": "slow"}))
        # Registering takes its time on a busy machine: no session waits meanwhile, its heartbeats would run out.
        users = [self.user() for _ in range(20)]
        slow = [self.session(user) for user in users]
        for client in slow:
            client.auto_pong = False
        other = Pulse(self.session(self.user()))
        for at in range(6):  # longer than two heartbeats
            for client in slow:
                client.send_raw(frame[at : at + 1])
            until = time.monotonic() + 1
            while time.monotonic() < until:
                other.beat()
        other.expect_quick()
        for client in slow:
            client.send_raw(frame[6:])
        for client in slow:
            client.expect("heartbeat_ack", ref="slow")

    def test_a_byte_a_second_before_auth(self):
        """Nobody gets longer than auth_timeout to say who he is."""
        client = self.open()
        frame = encode_frame(TEXT, as_json({"type": "auth", "token": "x" * 1000}))
        started = time.monotonic()
        sent = 0
        with self.assertRaises(Closed) as closed:
            while time.monotonic() - started < 10 * PATIENCE:
                client.send_raw(frame[sent : sent + 1])
                sent += 1
                try:
                    client.receive(0.2 / PATIENCE)
                except TimedOut:
                    pass
        self.assertEqual(closed.exception.code, 4001)

    def test_a_byte_a_second_out(self):
        """A reader that is far too slow is closed with 4008, while another session of the same user has everything."""
        alice, bob = self.user("alice"), self.user("bob")
        conversation = alice.open(bob)
        slow, fast = self.session(bob), self.session(bob)
        slow.sock.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        stop = threading.Event()

        def trickle():
            while not stop.wait(0.05):
                try:
                    if not slow.sock.recv(1):
                        return
                except OSError:
                    return

        reader = threading.Thread(target=trickle)
        reader.start()
        closes = metric(self.server, "parley_slow_consumer_closes_total")
        sender = self.session(alice)
        count = 0
        try:
            deadline = time.monotonic() + 30 * PATIENCE
            while metric(self.server, "parley_slow_consumer_closes_total") == closes:
                self.assertLess(time.monotonic(), deadline, "the slow reader is still there")
                for _ in range(20):
                    count += 1
                    sender.say(conversation, "x" * 16000)
                    fast.expect("new_message", seq=count)
        finally:
            stop.set()
            reader.join()
        self.assertEqual(fast.settle(), [])

    def test_half_open_peer(self):
        """A peer that is gone without FIN, as in a cut network, is noticed within two heartbeats, and its socket is
        given up even though nobody answers the close."""
        before = metric(self.server, "parley_sessions")
        client = self.session(self.user())
        client.auto_pong = False
        self.assertEqual(metric(self.server, "parley_sessions"), before + 1)
        closes = metric(self.server, "parley_heartbeat_closes_total")
        started = time.monotonic()
        poll(lambda: metric(self.server, "parley_heartbeat_closes_total") == closes + 1, "noticed", 8)
        self.assertLess(time.monotonic() - started, (2 * 2 + 3) * PATIENCE)
        poll(lambda: metric(self.server, "parley_sessions") == before, "given up", 8)

    def test_nobody_answers_our_close(self):
        """The close handshake has a deadline (5 s)."""
        client = self.session(self.user())
        client.closing = True
        client.send_raw(b"\xff\xff")
        started = time.monotonic()
        with self.assertRaises(Closed):
            while True:
                client.read_frame(10)
        self.assertLess(time.monotonic() - started, 8 * PATIENCE)

    def test_unfinished_handshakes(self):
        """Two hundred of them are closed by their deadline and hold up nobody."""
        other = Pulse(self.session(self.user()))
        peers = [Peer(self.server.port) for _ in range(200)]
        for peer in peers:
            self.stack.callback(peer.close)
            peer.send(b"GET /ws HTTP/1.1\r\nHost: localhost\r\nUpgrade: websocket\r\n")
        until = time.monotonic() + 4 * PATIENCE
        while time.monotonic() < until:
            other.beat()
            time.sleep(0.05)
        other.expect_quick()
        for peer in peers:
            self.assertEqual(peer.read().status, 408)
            self.assertTrue(peer.ends())


class Compression(Case):
    def test_smallest_windows(self):
        """server_max_window_bits=8 is kept by what is sent, or declined; client_max_window_bits is the client's own."""
        for offer in (
            "permessage-deflate; server_max_window_bits=8",
            "permessage-deflate; client_max_window_bits=8",
            "permessage-deflate; client_max_window_bits=8; server_max_window_bits=8",
        ):
            with self.subTest(offer=offer):
                alice = self.user("alice")
                session = self.session(alice, deflate=offer)
                self.assertIn("permessage-deflate", session.extensions)
                bits = 8 if "server_max_window_bits=8" in session.extensions else 15
                self.assertEqual(bits == 8, "server_max_window_bits=8" in offer)
                for content in ("needle " * 100, "".join(f"{i} needle " for i in range(1000))):
                    other = self.user("other")
                    self.session(other).say(other.open(alice), content)
                    frame = session.read_frame()
                    payload = frame.payload
                    if frame.rsv1:
                        # The window is checked by the inflater: distances beyond it are errors.
                        payload = zlib.decompressobj(-bits).decompress(payload + b"\x00\x00\xff\xff")
                    self.assertEqual(json.loads(payload)["content"], content)

    def test_offers_that_no_server_can_meet_are_declined(self):
        for offer in (
            "permessage-deflate; server_max_window_bits=7",
            "permessage-deflate; server_max_window_bits=16",
            "permessage-deflate; server_max_window_bits=08",
            "permessage-deflate; server_max_window_bits",
            "permessage-deflate; server_max_window_bits=9; server_max_window_bits=9",
            "permessage-deflate; client_max_window_bits=99",
            "permessage-deflate; server_no_context_takeover=1",
            "x-webkit-deflate-frame",
        ):
            with self.subTest(offer=offer):
                self.assertEqual(self.open(deflate=offer).extensions, "")

    def test_memory_of_a_connection(self):
        """No context is kept between messages, so that compression costs a connection no window of its own: 300 that
        have each inflated and deflated take less than 40 KiB of the server's memory each, where zlib's two windows
        alone would be 300."""
        user = self.user()
        conversation = user.open(user)

        def grow(count):
            sessions = [self.session(user, deflate=True) for _ in range(count)]
            for session in sessions:
                text = as_json({"type": "heartbeat", "ref": "r", "pad": "x" * 20000})
                packer = zlib.compressobj(9, zlib.DEFLATED, -15)
                packed = (packer.compress(text) + packer.flush(zlib.Z_SYNC_FLUSH))[:-4]
                session.send_raw(encode_frame(TEXT, packed, rsv1=True))
                session.expect("heartbeat_ack", ref="r")
            sessions[0].say(conversation, "z" * 16000)
            for session in sessions[1:]:
                self.assertEqual(len(session.expect("new_message")["content"]), 16000)

        grow(50)  # what the first of anything costs
        before = self.server.memory_kib("VmRSS")
        grow(300)
        self.assertLess((self.server.memory_kib("VmRSS") - before) / 300, 40 * PATIENCE)


class Life(Case):
    def test_send_behind_a_close_is_not_done(self):
        """What stands behind a close frame is no message any more (RFC 6455 section 5.5.1)."""
        alice, bob = self.users("alice", "bob")
        conversation = alice.open(bob)
        session = self.session(alice)
        send = as_json({"type": "send_message", "conversation_id": conversation, "content": "late", "client_id": "late"})
        session.closing = True
        session.send_raw(encode_frame(CLOSE, struct.pack("!H", 1000)) + encode_frame(TEXT, send))
        session.expect_close(1000)
        self.assertEqual(alice.page(conversation)["items"], [])

    def test_send_on_a_session_that_we_close(self):
        """Neither is what comes after the server has said 4003."""
        alice, bob = self.users("alice", "bob")
        conversation = alice.open(bob)
        second = alice.log_in()
        self.stack.callback(second.rest.close)
        session = self.session(second)
        session.closing = True
        second.rest.post("/api/auth/logout", expect=204)
        while True:
            frame = session.read_frame()
            if frame.opcode == CLOSE:
                break
        self.assertEqual(struct.unpack("!H", frame.payload[:2])[0], 4003)
        session.send({"type": "send_message", "conversation_id": conversation, "content": "late", "client_id": "late"})
        session.send_raw(encode_frame(CLOSE, struct.pack("!H", 4003)))
        with self.assertRaises(Closed):
            session.read_frame()
        self.assertEqual(alice.page(conversation)["items"], [])

    def test_two_sockets_of_one_device(self):
        """Both are told everything; the end of one is not the end of the other; a revocation ends both in 2 s."""
        alice, bob = self.users("alice", "bob")
        conversation = alice.open(bob)
        one, other = self.session(alice), self.session(alice)
        ack = one.say(conversation, "hello")
        self.assertEqual(other.expect("new_message")["seq"], ack["seq"])
        third = self.session(alice)
        third.close()
        self.session(bob).say(conversation, "hi")
        self.assertEqual(one.expect("new_message")["content"], "hi")
        self.assertEqual(other.expect("new_message")["content"], "hi")
        second = alice.log_in()
        self.stack.callback(second.rest.close)
        started = time.monotonic()
        second.rest.delete(f"/api/devices/{alice.device_id}")
        for session in (one, other):
            session.expect_close(4003, 2)
        self.assertLess(time.monotonic() - started, 2 * PATIENCE)

    def test_auth_with_a_token_of_a_dead_device(self):
        alice = self.user("alice")
        second = alice.log_in()
        self.stack.callback(second.rest.close)
        second.rest.post("/api/auth/logout", expect=204)
        client = self.open()
        client.send({"type": "auth", "token": second.access_token})
        self.assertEqual([frame["type"] for frame in client.expect_close(4003)], ["auth_error"])
        with self.assertRaises(Refused) as refused:
            self.open(token=second.access_token)
        self.assertEqual(refused.exception.response.status, 401)

    def test_close_frames_behind_a_close(self):
        client = self.session(self.user())
        client.closing = True
        client.send_raw(encode_frame(CLOSE, struct.pack("!H", 1000)) * 1000 + encode_frame(PING) * 1000)
        client.expect_close(1000)

    def test_tcp_goes_in_the_middle_of_a_frame(self):
        """Nothing of it is done, and the session is gone."""
        alice, bob = self.users("alice", "bob")
        conversation = alice.open(bob)
        before = metric(self.server, "parley_sessions")
        send = as_json({"type": "send_message", "conversation_id": conversation, "content": "half", "client_id": "half"})
        for cut in (1, 3, 10, len(send)):
            session = self.session(alice)
            session.send_raw(encode_frame(TEXT, send)[:cut])
            session.abort()
        poll(lambda: metric(self.server, "parley_sessions") == before, "the sessions are gone")
        self.assertEqual(alice.page(conversation)["items"], [])


if __name__ == "__main__":
    unittest.main()
