"""A client of HTTP/1.1 that sends bytes as they are, and believes an answer only if RFC 9110 and 9112 allow it."""

import calendar
import email.utils
import re
import select
import socket
import time

from parley_server import PATIENCE

TOKEN = re.compile(r"[!#$%&'*+\-.^_`|~0-9A-Za-z]+")
STATUS_LINE = re.compile(r"HTTP/1\.1 ([1-5]\d\d) [\t\x20-\x7e]*")
DATE = re.compile(r"(Mon|Tue|Wed|Thu|Fri|Sat|Sun), \d\d [A-Z][a-z]{2} \d{4} \d\d:\d\d:\d\d GMT")
ANSWER_SECONDS = 5.0


class BadAnswer(AssertionError):
    """The server said what no server may say; the text names the section."""


class Silence(AssertionError):
    """Nothing came in time."""


class Ended(AssertionError):
    """The connection ended before an answer was whole."""


class Answer:
    """One answer with its body. Header names are as they came."""

    def __init__(self, status, fields):
        self.status = status
        self.fields = fields
        self.body = b""

    def all(self, name):
        return [value for key, value in self.fields if key.lower() == name.lower()]

    def one(self, name):
        """The field's value; None when it is absent."""
        values = self.all(name)
        if len(values) > 1:
            raise BadAnswer(f"{name} {len(values)} times in a {self.status}")
        return values[0] if values else None

    def options(self):
        """What Connection lists, in lower case."""
        return [option.strip().lower() for value in self.all("Connection") for option in value.split(",")]

    def __repr__(self):
        return f"<{self.status} {self.body[:120]!r}>"


def parse_head(head):
    """A head without its empty line, judged by RFC 9112 sections 4 and 5."""
    lines = head.decode("latin-1").split("\r\n")
    match = STATUS_LINE.fullmatch(lines[0])
    if not match:
        raise BadAnswer(f"status line {lines[0]!r} (RFC 9112 section 4)")
    fields = []
    for line in lines[1:]:
        name, colon, value = line.partition(":")
        if not colon or not TOKEN.fullmatch(name) or re.search(r"[\x00-\x08\x0a-\x1f\x7f]", value):
            raise BadAnswer(f"field line {line!r} (RFC 9112 section 5)")
        fields.append((name, value.strip(" \t")))
    return Answer(int(match[1]), fields)


def check_origin(answer):
    """What an origin server must put into an answer, whatever was asked."""
    status = answer.status
    if status < 200:
        if answer.one("Content-Length") is not None:
            raise BadAnswer(f"Content-Length in a {status} (RFC 9110 section 8.6)")
        return
    date = answer.one("Date")
    if date is None or not DATE.fullmatch(date):
        raise BadAnswer(f"Date: {date} in a {status} (RFC 9110 sections 6.6.1 and 5.6.7)")
    if abs(calendar.timegm(email.utils.parsedate(date)) - time.time()) > 5 * PATIENCE:
        raise BadAnswer(f"Date: {date} is not now")
    if answer.all("Transfer-Encoding"):
        raise BadAnswer("Transfer-Encoding from a server that knows every length")
    length = answer.one("Content-Length")
    if status in (204, 304):
        if length is not None:
            raise BadAnswer(f"Content-Length in a {status} (RFC 9110 section 8.6)")
    elif length is None or not length.isascii() or not length.isdigit():
        raise BadAnswer(f"Content-Length: {length} in a {status} (RFC 9112 section 6.3)")
    needed = {401: "WWW-Authenticate", 405: "Allow", 426: "Upgrade"}.get(status)
    if needed and not answer.all(needed):
        raise BadAnswer(f"{status} without {needed} (RFC 9110 section 15.5)")
    if answer.all("Upgrade") and "upgrade" not in answer.options():
        raise BadAnswer("Upgrade that Connection does not name (RFC 9110 section 7.8)")
    if length not in (None, "0") and answer.one("Content-Type") is None:
        raise BadAnswer("content without Content-Type (RFC 9110 section 8.3)")


class Peer:
    """One connection. `read` takes one final answer after the other; interim ones are checked and counted."""

    def __init__(self, address, *, check=check_origin, seconds=ANSWER_SECONDS):
        """`address`: a port of this machine, or the path of a Unix socket."""
        self.seconds = seconds * PATIENCE
        self.check = check
        if isinstance(address, int):
            self.sock = socket.create_connection(("127.0.0.1", address), timeout=self.seconds)
            self.sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        else:
            self.sock = socket.socket(socket.AF_UNIX)
            self.sock.settimeout(self.seconds)
            self.sock.connect(str(address))
        self.buffer = b""
        self.interim = []

    def send(self, data):
        """All of it, unless the peer has heard enough and closes meanwhile: its answer is still to be read."""
        try:
            self.sock.sendall(data)
        except (BrokenPipeError, ConnectionResetError):
            pass

    def read(self, *, to_head=False):
        """The next final answer. `to_head`: it answers a HEAD, so that it has no body."""
        while True:
            while b"\r\n\r\n" not in self.buffer:
                self._more()
            head, self.buffer = self.buffer.split(b"\r\n\r\n", 1)
            answer = parse_head(head)
            self.check(answer)
            if answer.status >= 200 or answer.status == 101:
                break
            self.interim.append(answer.status)
        self._read_body(answer, to_head)
        return answer

    def _read_body(self, answer, to_head):
        if to_head or answer.status in (101, 204, 304):
            return
        length = answer.one("Content-Length")
        if length is not None:
            while len(self.buffer) < int(length):
                self._more()
            answer.body, self.buffer = self.buffer[: int(length)], self.buffer[int(length) :]
        elif answer.one("Transfer-Encoding") is not None:
            self._read_chunks(answer)
        else:
            try:
                while True:
                    self._more()
            except Ended:
                answer.body, self.buffer = self.buffer, b""

    def _read_chunks(self, answer):
        """What a proxy makes of it; this program itself never sends chunks."""
        while True:
            size = int(self._line(), 16)
            while len(self.buffer) < size + 2:
                self._more()
            answer.body += self.buffer[:size]
            self.buffer = self.buffer[size + 2 :]
            if size == 0:
                return

    def _line(self):
        while b"\r\n" not in self.buffer:
            self._more()
        line, self.buffer = self.buffer.split(b"\r\n", 1)
        return line

    def _more(self):
        self.sock.settimeout(self.seconds)
        try:
            data = self.sock.recv(1 << 16)
        except (socket.timeout, TimeoutError):
            raise Silence(f"nothing within {self.seconds:g} s; before: {self.buffer[:200]!r}") from None
        except ConnectionResetError:
            data = b""
        if not data:
            raise Ended(f"the connection ended; before: {self.buffer[:200]!r}")
        self.buffer += data

    def silent(self, seconds):
        """True when nothing comes for so long, and the connection stays."""
        return not self.buffer and not select.select([self.sock], [], [], seconds)[0]

    def ends(self, seconds=2.0):
        """True when the server closes now, with nothing more said."""
        self.sock.settimeout(seconds * PATIENCE)
        try:
            return self.buffer == b"" and self.sock.recv(1 << 16) == b""
        except ConnectionResetError:
            return True
        except (socket.timeout, TimeoutError):
            return False

    def close(self):
        self.sock.close()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()
