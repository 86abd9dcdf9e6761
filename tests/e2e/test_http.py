"""HTTP as bytes: errors, limits, deadlines, keep-alive. The bytes of the requests are the test's own."""

import concurrent.futures
import json
import re
import socket
import time
import unittest

import schema
from case import ServerCase
from parley_client import PASSWORD, Response
from parley_server import PATIENCE


class Connection:
    """A plain TCP connection that reads answers with Content-Length."""

    def __init__(self, port, seconds=5.0):
        self.sock = socket.create_connection(("127.0.0.1", port), timeout=seconds * PATIENCE)
        self.buffer = b""

    def send(self, data):
        self.sock.sendall(data)

    def read(self, head_only=False):
        """The next answer; ConnectionError when TCP ends before it."""
        while b"\r\n\r\n" not in self.buffer:
            self._more()
        head, self.buffer = self.buffer.split(b"\r\n\r\n", 1)
        lines = head.decode("latin-1").split("\r\n")
        status = int(re.fullmatch(r"HTTP/1\.1 (\d{3}) .*", lines[0]).group(1))
        headers = [tuple(part.strip() for part in line.split(":", 1)) for line in lines[1:]]
        response = Response(status, headers, b"")
        if status >= 200 and status != 204 and not head_only:
            length = int(response.header("Content-Length"))
            while len(self.buffer) < length:
                self._more()
            response.body, self.buffer = self.buffer[:length], self.buffer[length:]
        return response

    def _more(self):
        data = self.sock.recv(65536)
        if not data:
            raise ConnectionError("TCP ended")
        self.buffer += data

    def ends(self):
        """True when the server closes, with nothing more said."""
        try:
            return self.buffer == b"" and self.sock.recv(65536) == b""
        except ConnectionResetError:
            return True

    def close(self):
        self.sock.close()


def get(target, *fields, method="GET", version="1.1"):
    lines = [f"{method} {target} HTTP/{version}", "Host: localhost", *fields]
    return ("\r\n".join(lines) + "\r\n\r\n").encode("latin-1")


class HttpCase(ServerCase):
    def connect(self, seconds=5.0):
        connection = Connection(self.server.port, seconds)
        self.stack.callback(connection.close)
        return connection

    def refused(self, data, *statuses, code=None, stays_open=False):
        """Sends bytes that must be answered with a problem of one of these statuses."""
        connection = self.connect()
        connection.send(data)
        response = connection.read()
        self.assertIn(response.status, statuses, response)
        schema.rest.check_response("GET", "/not-a-path", response)
        if code:
            self.assertEqual(response.json["code"], code)
        if not stays_open:
            self.assertTrue(connection.ends(), "the connection stays open although its bytes cannot be trusted")
        return response


class Errors(HttpCase):
    def test_unknown_path_is_404_before_401(self):
        for target in ("/nothing", "/api", "/api/", "/api/nothing", "/api/users/", "/api/messages/", "/healthz/x", "//"):
            with self.subTest(target=target):
                for token in (None, "bad"):
                    self.rest(token).refused("GET", target, 404, "not_found")

    def test_wrong_method_is_405_with_allow_before_401(self):
        for operation in schema.rest.operations:
            target = re.sub(r"\{\w+\}", "00000000-0000-4000-8000-000000000000", operation.template)
            methods = schema.rest.methods_of(target)
            for method in ("PUT", "PATCH", "DELETE", "POST", "GET"):
                # Not yet everything that the contract has is built: a path may know more methods.
                if method in methods:
                    continue
                with self.subTest(method=method, target=target):
                    response = self.rest().request(method, target)
                    self.assertEqual(response.status, 405)
                    allowed = {each.strip() for each in response.header("Allow").split(",")}
                    self.assertLessEqual(set(methods), allowed)
                    self.assertNotIn(method, allowed)

    def test_unknown_method(self):
        response = self.rest().request("BREW", "/healthz")
        self.assertIn(response.status, (405, 501))

    def test_every_protected_operation_needs_a_token(self):
        for operation in schema.rest.operations:
            target = re.sub(r"\{\w+\}", "00000000-0000-4000-8000-000000000000", operation.template)
            if operation.public:
                continue
            with self.subTest(operation.id):
                body = {} if operation.request else None
                self.rest().refused(operation.method, target, 401, "unauthorized", body)
                self.rest("x.y.z").refused(operation.method, target, 401, "unauthorized", body)

    def test_query_that_cannot_be_read(self):
        user = self.user()
        conversation = user.open(user)
        for query in ("limit=0", "limit=-1", "limit=x", "limit=1.5", "after_seq=-1", "before_seq=x", "limit=%zz",
                      "limit=99999999999999999999", "after_seq=1&before_seq=2", "limit=%ff"):
            with self.subTest(query=query):
                target = f"/api/conversations/{conversation}/messages?{query}"
                user.rest.refused("GET", target, 400, "invalid_request")

    def test_unknown_query_parameters_are_ignored(self):
        user = self.user()
        user.rest.get("/api/conversations?future=1&x=%C3%A4")

    def test_bodies_that_cannot_be_read(self):
        user = self.user()
        for target in ("/api/messages", "/api/conversations"):
            for raw in (b"", b"{", b"[]", b"1", b'{"content":"\xff"}', b"{} {}", b"[" * 5000):
                with self.subTest(target=target, raw=raw[:10]):
                    user.rest.refused("POST", target, 400, "invalid_request", raw=raw)

    def test_fields_of_another_type(self):
        alice, bob = self.users("alice", "bob")
        good = {"receiver_id": bob.id, "content": "x"}
        for fields in (
            {"content": 7},
            {"content": None},
            {"content": ["x"]},
            {"receiver_id": 7},
            {"receiver_id": "x"},
            {"client_id": 7},
            {"client_id": {}},
            {"message_type": "poem"},
            {"message_type": 1},
            {"reply_to": "x"},
            {"mentions": "x"},
            {"mentions": ["x"]},
            {"mentions": [bob.id] * 51},
        ):
            with self.subTest(fields=str(fields)[:60]):
                alice.rest.refused("POST", "/api/messages", 400, "invalid_request", {**good, **fields})

    def test_browsers_are_told_to_do_nothing_with_answers(self):
        for target, token in (("/api/users/me", True), ("/api/users/me", False), ("/nothing", False), ("/", False)):
            with self.subTest(target, token=token):
                fields = [f"Authorization: Bearer {self.user().access_token}"] if token else []
                connection = self.connect()
                connection.send(get(target, *fields))
                answer = connection.read()
                self.assertEqual(answer.header_values("X-Content-Type-Options"), ["nosniff"])
                self.assertEqual(answer.header_values("Referrer-Policy"), ["no-referrer"])
                self.assertEqual(answer.header_values("Cross-Origin-Resource-Policy"), ["same-origin"])
                (policy,) = answer.header_values("Content-Security-Policy")
                for directive in ("default-src 'none'", "frame-ancestors 'none'", "base-uri 'none'"):
                    self.assertIn(directive, policy)
                # The page itself may be kept, and is asked about each time.
                kept = [["no-store"], ["no-cache"]] if target == "/" else [["no-store"]]
                self.assertIn(answer.header_values("Cache-Control"), kept)
                self.assertIsNone(answer.header("Strict-Transport-Security"))
                self.assertIsNone(answer.header("Access-Control-Allow-Origin"))

    def test_server_does_not_say_more_than_it_must(self):
        response = self.rest().get("/healthz")
        self.assertIsNone(response.header("X-Powered-By"))
        self.assertNotRegex(response.header("Server") or "", r"\d+\.\d+")


class KeepAlive(HttpCase):
    def test_many_requests_on_one_connection(self):
        connection = self.connect()
        for _ in range(50):
            connection.send(get("/healthz"))
            self.assertEqual(connection.read().status, 200)

    def test_pipelined_answers_come_in_order(self):
        connection = self.connect()
        targets = ["/healthz", "/nothing", "/.well-known/jwks.json", "/api/users/me", "/readyz"] * 4
        connection.send(b"".join(get(target) for target in targets))
        for target in targets:
            response = connection.read()
            schema.rest.check_response("GET", target, response)

    def test_pipeline_that_nobody_reads(self):
        """Answers that are not taken hold up their own connection, and cost no memory."""
        connection = self.connect(1.0)
        before = self.server.memory_kib("VmRSS")
        block = get("/openapi.json") * 100
        sent = 0
        try:
            while sent < 2000:
                connection.send(block)
                sent += 100
        except (socket.timeout, TimeoutError):
            pass
        self.rest().get("/healthz")
        self.assertLess(self.server.memory_kib("VmRSS") - before, 16 * 1024)

    def test_pipelined_behind_a_slow_call(self):
        """An answer that needs a password hash does not let the next one overtake it."""
        body = json.dumps({"login": "nobody", "password": PASSWORD}).encode()
        slow = get("/api/auth/login", f"Content-Length: {len(body)}", method="POST") + body
        connection = self.connect(15)
        connection.send((slow + get("/healthz")) * 3)
        self.assertEqual([connection.read().status for _ in range(6)], [401, 200] * 3)

    def test_split_at_every_byte(self):
        request = get("/healthz", "X-Test: a")
        connection = self.connect()
        for byte in request:
            connection.send(bytes([byte]))
        self.assertEqual(connection.read().status, 200)

    def test_connection_close_is_obeyed(self):
        connection = self.connect()
        connection.send(get("/healthz", "Connection: close") + get("/healthz"))
        response = connection.read()
        self.assertEqual(response.status, 200)
        self.assertEqual((response.header("Connection") or "").lower(), "close")
        self.assertTrue(connection.ends())

    def test_http_1_0_closes(self):
        connection = self.connect()
        connection.send(get("/healthz", version="1.0"))
        self.assertEqual(connection.read().status, 200)
        self.assertTrue(connection.ends())

    def test_head_has_the_length_and_no_body(self):
        connection = self.connect()
        connection.send(get("/healthz", method="HEAD") + get("/healthz"))
        head = connection.read(head_only=True)
        self.assertEqual(head.status, 200)
        whole = connection.read()
        self.assertEqual(head.header("Content-Length"), whole.header("Content-Length"))

    def test_date_is_there(self):
        connection = self.connect()
        connection.send(get("/healthz"))
        self.assertRegex(connection.read().header("Date"), r"^\w{3}, \d\d \w{3} \d{4} \d\d:\d\d:\d\d GMT$")

    def test_expect_continue(self):
        body = json.dumps({"login": "nobody", "password": PASSWORD}).encode()
        fields = (f"Content-Length: {len(body)}", "Expect: 100-continue")
        connection = self.connect()
        connection.send(get("/api/auth/login", *fields, method="POST"))
        self.assertEqual(connection.read().status, 100)
        connection.send(body)
        self.assertEqual(connection.read().status, 401)

    def test_chunked_body(self):
        body = json.dumps({"login": "nobody", "password": PASSWORD}).encode()
        connection = self.connect()
        connection.send(get("/api/auth/login", "Transfer-Encoding: chunked", method="POST"))
        for part in (body[:7], body[7:]):
            connection.send(b"%x\r\n%s\r\n" % (len(part), part))
        connection.send(b"0\r\n\r\n")
        self.assertEqual(connection.read().status, 401)


class Limits(HttpCase):
    def test_body_over_128_kib(self):
        length = 128 * 1024 + 1
        fields = (f"Content-Length: {length}",)
        self.refused(get("/api/auth/login", *fields, method="POST"), 413, code="too_large")

    def test_chunked_body_over_128_kib(self):
        connection = self.connect()
        connection.send(get("/api/auth/login", "Transfer-Encoding: chunked", method="POST"))
        chunk = b"8000\r\n" + b" " * 0x8000 + b"\r\n"
        try:
            for _ in range(8):
                connection.send(chunk)
        except ConnectionError:
            pass
        try:
            self.assertEqual(connection.read().status, 413)
        except ConnectionResetError:
            pass  # The answer may be lost when the server closes on bytes that it has not read.

    def test_header_over_8_kib(self):
        self.refused(get("/healthz", "X-Long: " + "a" * 9000), 431, code="too_large")

    def test_header_that_never_ends(self):
        connection = self.connect()
        try:
            connection.send(b"GET /healthz HTTP/1.1\r\nX: " + b"a" * (1 << 20))
            self.assertEqual(connection.read().status, 431)
        except ConnectionError:
            pass

    def test_too_many_fields(self):
        self.refused(get("/healthz", *(f"X-{i}: a" for i in range(150))), 431, code="too_large")

    def test_target_over_4_kib(self):
        self.refused(get("/" + "a" * 5000), 414, 404)

    def test_message_at_the_limit_of_the_body(self):
        """16 KiB of content, every byte escaped, still fit into one request."""
        alice, bob = self.users("alice", "bob")
        raw = json.dumps({"receiver_id": bob.id, "content": "\x01" * 16384}).encode()
        self.assertGreater(len(raw), 96 * 1024)
        alice.rest.post("/api/messages", raw=raw, expect=201)


class BadBytes(HttpCase):
    """A choice of what the rule layer refuses; src/gateway/http has all cases as unit tests."""

    def test_refused_and_closed(self):
        cases = {
            "garbage": b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03 hello\r\n\r\n",
            "no host": b"GET /healthz HTTP/1.1\r\n\r\n",
            "two hosts": get("/healthz", "Host: other"),
            "bare LF": b"GET /healthz HTTP/1.1\nHost: localhost\n\n",
            "folded": get("/healthz", "X: a", " b"),
            "space before colon": get("/healthz", "X : a"),
            "target of another host": get("http://other/healthz"),
            "fragment": get("/healthz#x"),
            "nul": get("/healthz\x00"),
            "both framings": get("/api/auth/login", "Content-Length: 3", "Transfer-Encoding: chunked", method="POST"),
            "two lengths": get("/api/auth/login", "Content-Length: 3", "Content-Length: 4", method="POST"),
            "signed length": get("/api/auth/login", "Content-Length: +3", method="POST"),
            "xchunked": get("/api/auth/login", "Transfer-Encoding: xchunked", method="POST"),
            "http/1.2 digits": b"GET /healthz HTTP/1.x\r\nHost: localhost\r\n\r\n",
            "http/2 preface": b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n",
        }
        for name, data in cases.items():
            with self.subTest(name):
                self.refused(data, 400, 501, 505)

    def test_second_request_behind_a_bad_one_is_not_read(self):
        smuggled = b"0\r\n\r\n" + get("/metrics")
        fields = ("Content-Length: 5", "Transfer-Encoding: chunked")
        self.refused(get("/api/auth/login", *fields, method="POST") + smuggled, 400)


class SlowClients(HttpCase):
    """Deadlines, in one go: each of these connections is closed by the server, none holds anything up."""

    def test_each_is_closed_in_time(self):
        cases = {
            "half a request line": b"GET /hea",
            "half a header": b"GET /healthz HTTP/1.1\r\nHost: local",
            "a byte a second": b"GET /healthz HTTP/1.1\r\nX: ",
        }
        limit = 12.0 * PATIENCE

        def closed_after(name):
            started = time.monotonic()
            connection = Connection(self.server.port)
            connection.sock.settimeout(1.0)
            connection.send(cases[name])
            while time.monotonic() - started < limit:
                try:
                    if name == "a byte a second":
                        connection.send(b"a")
                    if not connection.sock.recv(65536):
                        return time.monotonic() - started
                except (socket.timeout, TimeoutError):
                    continue
                except (ConnectionResetError, BrokenPipeError):
                    return time.monotonic() - started
            return None

        with concurrent.futures.ThreadPoolExecutor(len(cases)) as pool:
            times = dict(zip(cases, pool.map(closed_after, cases)))
        for name, seconds in times.items():
            with self.subTest(name):
                self.assertIsNotNone(seconds, "still open")
                self.assertGreater(seconds, 5)
        self.rest().get("/healthz")


if __name__ == "__main__":
    unittest.main()
