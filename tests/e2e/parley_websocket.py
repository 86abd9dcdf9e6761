"""A WebSocket client on a plain socket, so that a test can send what no library would.

Everything that arrives is checked: frames are unmasked, RSV bits mean something, text is UTF-8 JSON that
asyncapi.yaml knows, close codes are known.
"""

import base64
import collections
import hashlib
import json
import os
import socket
import struct
import time
import zlib

import schema
from parley_server import PATIENCE

GUID = b"258EAFA5-E914-47DA-95CA-C5AB0DC85B11"
CONTINUATION, TEXT, BINARY, CLOSE, PING, PONG = 0, 1, 2, 8, 9, 10

Frame = collections.namedtuple("Frame", "opcode fin rsv1 payload")


class Closed(AssertionError):
    """The connection ended. `code` is None when TCP ended without a close frame."""

    def __init__(self, code, reason=""):
        super().__init__(f"closed with {code} {reason}")
        self.code = code
        self.reason = reason


class Refused(AssertionError):
    """The handshake was answered with something else than 101; `response` tells."""

    def __init__(self, response):
        super().__init__(f"handshake answered {response.status}: {response.body[:500]!r}")
        self.response = response


class TimedOut(AssertionError):
    pass


def xor(payload, mask):
    repeated = (mask * (len(payload) // 4 + 1))[: len(payload)]
    length = len(payload)
    return (int.from_bytes(payload, "big") ^ int.from_bytes(repeated, "big")).to_bytes(length, "big")


def encode_frame(opcode, payload=b"", *, fin=True, rsv1=False, masked=True):
    """One frame as a client sends it."""
    first = (0x80 if fin else 0) | (0x40 if rsv1 else 0) | opcode
    mask_bit = 0x80 if masked else 0
    if len(payload) < 126:
        head = struct.pack("!BB", first, mask_bit | len(payload))
    elif len(payload) < 65536:
        head = struct.pack("!BBH", first, mask_bit | 126, len(payload))
    else:
        head = struct.pack("!BBQ", first, mask_bit | 127, len(payload))
    if not masked:
        return head + payload
    mask = os.urandom(4)
    return head + mask + xor(payload, mask)


def deflate(payload):
    """The payload of one compressed message (RFC 7692 section 7.2.1)."""
    packer = zlib.compressobj(9, zlib.DEFLATED, -15)
    return (packer.compress(payload) + packer.flush(zlib.Z_SYNC_FLUSH))[:-4]


def inflate(payload):
    return zlib.decompressobj(-15).decompress(payload + b"\x00\x00\xff\xff")


class HandshakeResponse:
    """An HTTP answer, in the shape that schema.py reads."""

    def __init__(self, head, body):
        lines = head.decode("latin-1").split("\r\n")
        self.status = int(lines[0].split(" ", 2)[1])
        self.headers = [tuple(part.strip() for part in line.split(":", 1)) for line in lines[1:] if line]
        self.body = body

    def header_values(self, name):
        return [value for key, value in self.headers if key.lower() == name.lower()]

    def header(self, name):
        values = self.header_values(name)
        return values[0] if values else None

    @property
    def json(self):
        return json.loads(self.body)


class Socket:
    """One connection to /ws. `receive` answers the next frame; `expect` looks for one, and keeps the rest."""

    def __init__(
        self,
        server,
        *,
        path="/ws",
        token=None,
        origin=None,
        deflate=False,
        protocols=None,
        headers=(),
        tls=...,
        seconds=10.0,
    ):
        self.inbox = collections.deque()
        self.raw_frames = []  # (opcode, fin, rsv1, length) of every frame that came
        self.closed = None
        self.auto_pong = True
        self.closing = False
        self._buffer = b""
        self._message = None
        self.sock = socket.create_connection(("127.0.0.1", server.port), timeout=seconds * PATIENCE)
        self.sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        try:
            tls = server.tls if tls is ... else tls
            if tls is not None:
                self.sock = tls.wrap_socket(self.sock, server_hostname="localhost")
            self._handshake(server, path, token, origin, deflate, protocols, headers, seconds)
        except BaseException:
            self.sock.close()
            raise

    def _handshake(self, server, path, token, origin, offer_deflate, protocols, headers, seconds):
        key = base64.b64encode(os.urandom(16))
        lines = [
            f"GET {path} HTTP/1.1",
            f"Host: 127.0.0.1:{server.port}",
            "Upgrade: websocket",
            "Connection: Upgrade",
            f"Sec-WebSocket-Key: {key.decode()}",
            "Sec-WebSocket-Version: 13",
        ]
        if token:
            lines.append(f"Authorization: Bearer {token}")
        if origin is not None:
            lines.append(f"Origin: {origin}")
        if offer_deflate:
            offer = offer_deflate if isinstance(offer_deflate, str) else "permessage-deflate"
            lines.append(f"Sec-WebSocket-Extensions: {offer}")
        if protocols:
            lines.append(f"Sec-WebSocket-Protocol: {protocols}")
        lines += [f"{name}: {value}" for name, value in headers]
        self.sock.sendall(("\r\n".join(lines) + "\r\n\r\n").encode("latin-1"))
        deadline = time.monotonic() + seconds * PATIENCE
        while b"\r\n\r\n" not in self._buffer:
            self._read_more(deadline)
        head, self._buffer = self._buffer.split(b"\r\n\r\n", 1)
        self.response = HandshakeResponse(head, b"")
        if self.response.status != 101:
            length = int(self.response.header("Content-Length") or 0)
            while len(self._buffer) < length:
                self._read_more(deadline)
            self.response.body, self._buffer = self._buffer[:length], self._buffer[length:]
            schema.rest.check_response("GET", path, self.response)
            raise Refused(self.response)
        schema.rest.check_response("GET", path, self.response)
        accept = base64.b64encode(hashlib.sha1(key + GUID).digest()).decode()
        if self.response.header("Sec-WebSocket-Accept") != accept:
            raise schema.ContractError("wrong Sec-WebSocket-Accept")
        self.extensions = self.response.header("Sec-WebSocket-Extensions") or ""
        self.deflate = self.extensions.startswith("permessage-deflate")
        if self.deflate and not offer_deflate:
            raise schema.ContractError("permessage-deflate was not offered")

    # --- sending ------------------------------------------------------------------------------

    def send(self, frame):
        """One JSON frame, uncompressed."""
        schema.frames.note_sent(frame)
        self.send_text(json.dumps(frame, ensure_ascii=False))

    def send_text(self, text):
        self.send_raw(encode_frame(TEXT, text.encode("utf-8")))

    def send_raw(self, data):
        try:
            self.sock.sendall(data)
        except (BrokenPipeError, ConnectionResetError):
            pass  # What the server said before it closed is still to be read.

    # --- receiving ----------------------------------------------------------------------------

    def _read_more(self, deadline):
        left = deadline - time.monotonic()
        if left <= 0:
            raise TimedOut("nothing came in time")
        self.sock.settimeout(left)
        try:
            data = self.sock.recv(1 << 16)
        except (socket.timeout, TimeoutError):
            raise TimedOut("nothing came in time") from None
        except ConnectionResetError:
            data = b""
        if not data:
            self.closed = self.closed or Closed(None, "TCP ended")
            raise self.closed
        self._buffer += data

    def _take(self, count, deadline):
        while len(self._buffer) < count:
            self._read_more(deadline)
        data, self._buffer = self._buffer[:count], self._buffer[count:]
        return data

    def read_frame(self, seconds=5.0):
        """The next frame as it stands on the wire. A frame that has not come whole stays for later."""
        deadline = time.monotonic() + seconds * PATIENCE
        taken = 0

        def need(count):
            nonlocal taken
            while len(self._buffer) < taken + count:
                self._read_more(deadline)
            piece = self._buffer[taken : taken + count]
            taken += count
            return piece

        first, second = need(2)
        length = second & 0x7F
        if length == 126:
            (length,) = struct.unpack("!H", need(2))
        elif length == 127:
            (length,) = struct.unpack("!Q", need(8))
        payload = need(length)
        self._buffer = self._buffer[taken:]
        frame = Frame(first & 0x0F, bool(first & 0x80), bool(first & 0x40), payload)
        if second & 0x80:
            raise schema.ContractError("the server masked a frame")
        if first & 0x30:
            raise schema.ContractError("RSV2 or RSV3 is set")
        if frame.rsv1 and not (self.deflate and frame.opcode in (TEXT, BINARY)):
            raise schema.ContractError("RSV1 where it means nothing")
        self.raw_frames.append((frame.opcode, frame.fin, frame.rsv1, len(payload)))
        return frame

    def _read_json(self, seconds):
        """The next whole message; pings are answered on the way."""
        deadline = time.monotonic() + seconds * PATIENCE
        while True:
            frame = self.read_frame(max(0.0, deadline - time.monotonic()) / PATIENCE)
            if frame.opcode == PING:
                if self.auto_pong:
                    self.send_raw(encode_frame(PONG, frame.payload))
                continue
            if frame.opcode == PONG:
                continue
            if frame.opcode == CLOSE:
                self._note_close(frame.payload)
                raise self.closed
            if frame.opcode == CONTINUATION:
                opcode, rsv1, payload = self._message
                self._message = (opcode, rsv1, payload + frame.payload)
            else:
                self._message = (frame.opcode, frame.rsv1, frame.payload)
            if frame.fin:
                opcode, rsv1, payload = self._message
                self._message = None
                if opcode != TEXT:
                    raise schema.ContractError("the server sent a binary message")
                if rsv1:
                    payload = inflate(payload)
                message = json.loads(payload.decode("utf-8"))
                self.check(message)
                return message

    def check(self, message):
        """Holds a message against the contract."""
        schema.frames.check_frame(message)

    def _note_close(self, payload):
        code = struct.unpack("!H", payload[:2])[0] if len(payload) >= 2 else 1005
        self.closed = Closed(code, payload[2:].decode("utf-8"))
        if code != 1005:
            schema.frames.check_close(code)
        if not self.closing:
            self.closing = True
            self.send_raw(encode_frame(CLOSE, payload[:2]))

    def receive(self, seconds=5.0):
        """The next frame, first of those that `expect` has put aside."""
        if self.inbox:
            return self.inbox.popleft()
        return self._read_json(seconds)

    def expect(self, kind, seconds=5.0, **fields):
        """The next frame with that type and those fields (a value of None: it must be absent). Frames on
        the way stay, in their order, for the next call."""

        def fits(frame):
            return frame["type"] == kind and all(
                name not in frame if value is None else frame.get(name, ...) == value for name, value in fields.items()
            )

        for frame in self.inbox:
            if fits(frame):
                self.inbox.remove(frame)
                return frame
        deadline = time.monotonic() + seconds * PATIENCE
        while True:
            try:
                frame = self._read_json(max(0.0, deadline - time.monotonic()) / PATIENCE)
            except (TimedOut, Closed) as problem:
                problem.args = (f"waiting for {kind} {fields}: {problem.args[0]}; inbox {list(self.inbox)!r:.2000}",)
                raise
            if fits(frame):
                return frame
            self.inbox.append(frame)

    def settle(self, seconds=5.0):
        """Everything that the server sent before it read this is in the inbox when this answers it."""
        mark = base64.b16encode(os.urandom(6)).decode()
        self.send({"type": "heartbeat", "ref": mark})
        self.expect("heartbeat_ack", seconds, ref=mark)
        return list(self.inbox)

    def expect_close(self, code, seconds=5.0):
        """Reads until the close frame, and then the end of TCP, which must follow at once. Answers the
        frames before it."""
        before = []
        try:
            while True:
                before.append(self.receive(seconds))
        except Closed as closed:
            if closed.code != code:
                raise AssertionError(f"closed with {closed.code} instead of {code}; before: {before[-3:]}") from None
        try:
            self._read_more(time.monotonic() + 2.0 * PATIENCE)
        except Closed:
            return before
        except TimedOut:
            raise AssertionError("TCP stays open after both close frames") from None
        finally:
            self.sock.close()
        raise AssertionError("bytes after the close frame")

    # --- the end ------------------------------------------------------------------------------

    def close(self, code=1000):
        """A clean close, as far as the server still answers."""
        if self.closed is None and not self.closing:
            self.closing = True
            self.send_raw(encode_frame(CLOSE, struct.pack("!H", code)))
            try:
                while True:
                    self._read_json(2.0)
            except (Closed, TimedOut):
                pass
        self.abort()

    def abort(self):
        """The connection just goes away."""
        self.sock.close()
        self.closed = self.closed or Closed(None, "aborted")

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()
