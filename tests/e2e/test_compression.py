"""permessage-deflate (RFC 7692), seen from raw bytes."""

import json
import secrets
import time
import unittest
import zlib

from case import ServerCase
from parley_server import PATIENCE
from parley_websocket import (
    BINARY,
    CONTINUATION,
    PING,
    TEXT,
    Closed,
    Socket,
    TimedOut,
    deflate,
    encode_frame,
)

FRAME_MAX = 64 * 1024


class Negotiation(ServerCase):
    def accepted(self, offer):
        with Socket(self.server, deflate=offer) as client:
            return client.extensions

    def test_not_offered(self):
        with Socket(self.server) as client:
            self.assertEqual(client.extensions, "")

    def test_offered_without_context_takeover(self):
        for offer in (
            "permessage-deflate",
            "permessage-deflate; client_max_window_bits",
            "permessage-deflate; server_no_context_takeover; client_no_context_takeover",
            "x-other, permessage-deflate; client_max_window_bits=10",
        ):
            with self.subTest(offer=offer):
                parameters = {part.strip() for part in self.accepted(offer).split(";")}
                self.assertIn("permessage-deflate", parameters)
                self.assertIn("server_no_context_takeover", parameters)
                self.assertIn("client_no_context_takeover", parameters)

    def test_smaller_server_window_is_honoured_or_declined(self):
        extensions = self.accepted("permessage-deflate; server_max_window_bits=9")
        if extensions:
            self.assertIn("server_max_window_bits=9", extensions)

    def test_malformed_offers_are_declined_not_failed(self):
        for offer in ("permessage-deflate; server_max_window_bits=7", "permessage-deflate; nonsense", "x", ";;,"):
            with self.subTest(offer=offer):
                self.assertEqual(self.accepted(offer), "")


class Compressed(ServerCase):
    def setUp(self):
        super().setUp()
        self.alice, self.bob = self.users("alice", "bob")
        self.conversation = self.alice.open(self.bob)

    def test_long_frames_are_compressed_and_short_ones_are_not(self):
        listener = self.session(self.bob, deflate=True)
        sender = self.session(self.alice)
        for content, expected in (("short", False), ("long " * 400, True), ("x" * 16384, True)):
            with self.subTest(length=len(content)):
                listener.raw_frames.clear()
                sender.say(self.conversation, content)
                self.assertEqual(listener.expect("new_message")["content"], content)
                opcode, _, rsv1, length = listener.raw_frames[-1]
                self.assertEqual((opcode, rsv1), (TEXT, expected))
                if expected:
                    self.assertLess(length, len(content) // 2)

    def test_without_negotiation_nothing_is_compressed(self):
        listener = self.session(self.bob)
        self.session(self.alice).say(self.conversation, "x" * 16384)
        listener.expect("new_message")
        self.assertFalse(any(rsv1 for _, _, rsv1, _ in listener.raw_frames))

    def test_incompressible_content_arrives(self):
        listener = self.session(self.bob, deflate=True)
        content = secrets.token_hex(8000)
        self.session(self.alice).say(self.conversation, content)
        self.assertEqual(listener.expect("new_message")["content"], content)

    def test_each_message_stands_alone(self):
        """No context takeover: a fresh inflater reads each, which `inflate` of the client is."""
        listener = self.session(self.bob, deflate=True)
        sender = self.session(self.alice)
        for i in range(20):
            sender.say(self.conversation, f"{i} the same words again and again " * 40)
        for i in range(20):
            self.assertTrue(listener.expect("new_message")["content"].startswith(f"{i} "))
        self.assertTrue(any(rsv1 for _, _, rsv1, _ in listener.raw_frames))

    def test_small_window_is_kept(self):
        listener = self.session(self.bob, deflate="permessage-deflate; server_max_window_bits=9")
        content = "".join(secrets.token_hex(200) + "needle " * 3 for _ in range(20))
        self.session(self.alice).say(self.conversation, content)
        if "server_max_window_bits=9" not in listener.extensions:
            self.skipTest("the server declines smaller windows")
        frame = listener.read_frame()
        if frame.rsv1:
            packed = zlib.decompressobj(-9).decompress(frame.payload + b"\x00\x00\xff\xff")
            self.assertEqual(json.loads(packed)["content"], content)
        else:
            self.assertEqual(json.loads(frame.payload)["content"], content)

    def test_shared_event_reaches_both_kinds_of_sessions(self):
        plain, packed = self.session(self.bob), self.session(self.bob, deflate=True)
        content = "grüße " * 500
        self.session(self.alice).say(self.conversation, content)
        self.assertEqual(plain.expect("new_message"), packed.expect("new_message"))


class FromClients(ServerCase):
    def setUp(self):
        super().setUp()
        self.client = self.session(self.user(), deflate=True)

    def heartbeat(self, ref, pad=0):
        return json.dumps({"type": "heartbeat", "ref": ref, "pad": "x" * pad}).encode()

    def test_compressed_frame_is_read(self):
        self.client.send_raw(encode_frame(TEXT, deflate(self.heartbeat("r1", 30000)), rsv1=True))
        self.client.expect("heartbeat_ack", ref="r1")

    def test_compressed_in_fragments_with_a_ping_between(self):
        packed = deflate(self.heartbeat("r2", 5000))
        parts = [packed[:3], packed[3:10], b"", packed[10:]]
        self.client.send_raw(encode_frame(TEXT, parts[0], fin=False, rsv1=True))
        for part in parts[1:-1]:
            self.client.send_raw(encode_frame(PING, b"between"))
            self.client.send_raw(encode_frame(CONTINUATION, part, fin=False))
        self.client.send_raw(encode_frame(CONTINUATION, parts[-1]))
        self.client.expect("heartbeat_ack", ref="r2")

    def test_uncompressed_frame_is_read_too(self):
        self.client.send_raw(encode_frame(TEXT, self.heartbeat("r3")))
        self.client.expect("heartbeat_ack", ref="r3")

    def test_several_blocks_and_a_final_one(self):
        """What a peer may send by RFC 7692 section 7.2.3: stored blocks, and BFINAL with an empty block."""
        stored = zlib.compressobj(0, zlib.DEFLATED, -15)
        payload = self.heartbeat("r4", 100)
        data = stored.compress(payload) + stored.flush(zlib.Z_SYNC_FLUSH)
        self.client.send_raw(encode_frame(TEXT, data[:-4], rsv1=True))
        self.client.expect("heartbeat_ack", ref="r4")
        final = zlib.compressobj(9, zlib.DEFLATED, -15)
        payload = self.heartbeat("r5")
        data = final.compress(payload) + final.flush(zlib.Z_FINISH) + b"\x00"
        self.client.send_raw(encode_frame(TEXT, data, rsv1=True))
        self.client.expect("heartbeat_ack", ref="r5")

    def test_garbage_is_closed(self):
        for payload in (b"\xff\xff\xff\xff", b"\x07", deflate(self.heartbeat("r"))[:-3]):
            with self.subTest(payload=payload[:4]):
                client = self.session(self.user(), deflate=True)
                client.send_raw(encode_frame(TEXT, payload, rsv1=True))
                try:
                    while True:
                        client.receive()
                except Closed as closed:
                    self.assertIn(closed.code, (1002, 1007))

    def test_rsv1_on_a_control_frame_or_continuation(self):
        for frames in (
            encode_frame(PING, b"x", rsv1=True),
            encode_frame(TEXT, b"x", fin=False) + encode_frame(CONTINUATION, b"x", rsv1=True),
        ):
            client = self.session(self.user(), deflate=True)
            client.send_raw(frames)
            client.expect_close(1002)

    def test_inflated_64_kib_is_the_limit(self):
        pad = FRAME_MAX - len(self.heartbeat("r6", 0))
        self.assertEqual(len(self.heartbeat("r6", pad)), FRAME_MAX)
        self.client.send_raw(encode_frame(TEXT, deflate(self.heartbeat("r6", pad)), rsv1=True))
        self.client.expect("heartbeat_ack", ref="r6")
        self.client.send_raw(encode_frame(TEXT, deflate(self.heartbeat("r7", pad + 1)), rsv1=True))
        frames = self.client.expect_close(1009)
        self.assertEqual([(frame["type"], frame["code"]) for frame in frames], [("error", "too_large")])


class Bomb(ServerCase):
    """64 KB that inflate to 64 MB cost a refusal, and no memory."""

    def test_is_refused_while_memory_stays_bounded(self):
        packer = zlib.compressobj(9, zlib.DEFLATED, -15)
        bomb = b"".join(packer.compress(b"\0" * (1 << 20)) for _ in range(60)) + packer.flush(zlib.Z_SYNC_FLUSH)
        bomb = bomb[:-4]
        self.assertLess(len(bomb), FRAME_MAX)
        users = self.users(*["user"] * 4)
        for user in users:
            self.session(user, deflate=True).settle()
        before = self.server.memory_kib("VmRSS")
        started = time.monotonic()
        rounds = 40
        for i in range(rounds):
            for opcode in (TEXT, BINARY):
                client = self.session(users[i % 4], deflate=True)
                client.send_raw(encode_frame(opcode, bomb, rsv1=True))
                client.expect_close(1009)
        self.assertLess(time.monotonic() - started, rounds * 0.5 * PATIENCE)
        self.assertLess(self.server.memory_kib("VmHWM") - before, 24 * 1024)

    def test_in_many_fragments(self):
        packer = zlib.compressobj(9, zlib.DEFLATED, -15)
        client = self.session(self.user(), deflate=True)
        first = True
        try:
            for _ in range(40):
                part = packer.compress(b"\0" * (1 << 20)) + packer.flush(zlib.Z_SYNC_FLUSH)
                client.send_raw(encode_frame(TEXT if first else CONTINUATION, part, fin=False, rsv1=first))
                first = False
            client.send_raw(encode_frame(CONTINUATION, b""))
            while True:
                client.receive(5)
        except TimedOut:
            self.fail("a bomb in fragments was not refused")
        except Closed as closed:
            self.assertIn(closed.code, (1009, None))


if __name__ == "__main__":
    unittest.main()
