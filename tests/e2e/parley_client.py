"""Clients as the tests use them: REST over one kept connection, and users with sessions.

Every answer is held against api/openapi.yaml on its way through (schema.py). With User.record, what passes is written
down for parley_history (tests/history).
"""

import http.client
import json
import pathlib
import secrets
import sys

import schema
from parley_server import PATIENCE
from parley_websocket import Socket

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "history"))

import recorder

PASSWORD = "tangerine lantern 42"


class Response:
    def __init__(self, status, headers, body):
        self.status = status
        self.headers = headers
        self.body = body

    def header_values(self, name):
        return [value for key, value in self.headers if key.lower() == name.lower()]

    def header(self, name):
        values = self.header_values(name)
        return values[0] if values else None

    @property
    def json(self):
        return json.loads(self.body)

    def __repr__(self):
        return f"<{self.status} {self.body[:300]!r}>"


class Rest:
    """One HTTP connection. A connection that the server has closed meanwhile is opened again."""

    def __init__(self, server, token=None, *, tls=..., seconds=15.0):
        self.server = server
        self.token = token
        self.tls = server.tls if tls is ... else tls
        self.seconds = seconds * PATIENCE
        self.wire = None  # a recorder.Wire, for sends with a client_id
        self._connection = None
        self._port = None

    def _connect(self):
        if self.tls is None:
            self._connection = http.client.HTTPConnection("127.0.0.1", self.server.port, timeout=self.seconds)
        else:
            self._connection = http.client.HTTPSConnection(
                "127.0.0.1", self.server.port, timeout=self.seconds, context=self.tls
            )
        self._port = self.server.port

    def close(self):
        if self._connection:
            self._connection.close()
            self._connection = None

    def request(self, method, target, body=None, *, expect=None, headers=None, token=..., raw=None):
        """`body` is sent as JSON, `raw` as it is. `expect` is the status, or several, that it must be."""
        fields = dict(headers or {})
        data = raw
        if body is not None:
            data = json.dumps(body, ensure_ascii=False).encode("utf-8")
        if data is not None:
            fields.setdefault("Content-Type", "application/json")
        token = self.token if token is ... else token
        if token:
            fields["Authorization"] = f"Bearer {token}"
        is_send = self.wire is not None and (method, target) == ("POST", "/api/messages") and "client_id" in body
        response = self._exchange(method, target, data, fields, body if is_send else None)
        schema.rest.check_response(method, target, response, request_json=body)
        if expect is not None and response.status not in ((expect,) if isinstance(expect, int) else expect):
            raise AssertionError(f"{method} {target} answered {response} instead of {expect}")
        return response

    def _exchange(self, method, target, data, fields, send):
        reused = self._connection is not None and self._port == self.server.port
        if not reused:
            self.close()
            self._connect()
        if send is not None:
            self.wire.posting(send)
        answer = None
        try:
            self._connection.request(method, target, body=data, headers=fields)
            answer = self._connection.getresponse()
            body = answer.read()
        except (OSError, http.client.HTTPException) as problem:
            self.close()
            if send is not None:
                self.wire.posted(send, None, None)
            is_gone = isinstance(problem, (http.client.RemoteDisconnected, ConnectionError))
            if not reused or answer is not None or not is_gone:
                raise
            return self._exchange(method, target, data, fields, send)
        if answer.will_close:
            self.close()
        response = Response(answer.status, answer.getheaders(), body)
        if send is not None:
            self.wire.posted(send, response.status, response.json)
        return response

    def get(self, target, expect=200, **more):
        return self.request("GET", target, expect=expect, **more)

    def post(self, target, body=None, expect=(200, 201, 204), **more):
        return self.request("POST", target, body, expect=expect, **more)

    def put(self, target, body=None, expect=(200, 204), **more):
        return self.request("PUT", target, body, expect=expect, **more)

    def delete(self, target, expect=204, **more):
        return self.request("DELETE", target, expect=expect, **more)

    def refused(self, method, target, status, code, body=None, **more):
        """A request that must fail with that status and code; answers the problem."""
        problem = self.request(method, target, body, expect=status, **more).json
        if problem["code"] != code:
            raise AssertionError(f"{method} {target} answered {problem} instead of {code}")
        return problem


class Session(Socket):
    """An authenticated WebSocket."""

    def __init__(self, server, token, *, in_header=False, wire=None, **options):
        self.wire = wire
        if wire is not None:
            wire.opened()
        super().__init__(server, token=token if in_header else None, **options)
        if not in_header:
            self.send({"type": "auth", "token": token})
        self.auth = self.expect("auth_success")

    def send(self, frame):
        if self.wire is not None:
            self.wire.sent(frame)
        super().send(frame)

    def _read_json(self, seconds):
        frame = super()._read_json(seconds)
        if self.wire is not None:
            self.wire.received(frame)
        return frame

    def message(self, to, content, *, client_id=None, **fields):
        """Sends without waiting. `to` is a User, or a conversation_id."""
        frame = {"type": "send_message", "content": content, **fields}
        if isinstance(to, User):
            frame["receiver_id"] = to.id
        else:
            frame["conversation_id"] = to
        if client_id is not None:
            frame["client_id"] = client_id
        self.send(frame)
        return frame

    def say(self, to, content, *, client_id=None, **fields):
        """Sends, and answers the ack."""
        client_id = client_id or "c" + secrets.token_hex(8)
        self.message(to, content, client_id=client_id, **fields)
        return self.expect("ack", client_id=client_id)

    def refused(self, frame, code):
        """Sends a frame that must be refused; answers the error."""
        ref = "r" + secrets.token_hex(6)
        self.send({**frame, "ref": ref})
        error = self.expect("error", ref=ref)
        if error["code"] != code:
            raise AssertionError(f"{frame!r:.300} was refused with {error} instead of {code}")
        return error

    def history(self, conversation_id, **fields):
        ref = "h" + secrets.token_hex(6)
        self.send({"type": "history", "ref": ref, "conversation_id": conversation_id, **fields})
        return self.expect("events", ref=ref)

    def sync(self, cursors=None, since=None):
        """(events frames, conversation objects by id, token), in one go."""
        frame = {"type": "sync"}
        if cursors is not None:
            frame["cursors"] = cursors
        if since is not None:
            frame["since"] = since
        self.send(frame)
        return self.synced()

    def synced(self):
        complete = self.expect("sync_complete")
        events = [frame for frame in self.inbox if frame["type"] == "events"]
        conversations = [frame for frame in self.inbox if frame["type"] == "conversation"]
        for frame in events + conversations:
            self.inbox.remove(frame)
        # A conversation as REST has it: its own type is `conversation_type` in the frame.
        by_id = {
            frame["conversation_id"]: {
                **{name: value for name, value in frame.items() if name != "conversation_type"},
                "type": frame["conversation_type"],
            }
            for frame in conversations
        }
        return events, by_id, complete["token"]

    def receipt(self, status, *, message_id=None, conversation_id=None, seq=None):
        frame = {"type": "ack", "status": status}
        if message_id:
            frame["message_id"] = message_id
        else:
            frame.update(conversation_id=conversation_id, seq=seq)
        self.send(frame)


class User:
    """A registered account, logged in on one device."""

    def __init__(self, server, prefix="user", **registration):
        self.server = server
        self.username = f"{prefix}_{secrets.token_hex(5)}"
        body = {"username": self.username, "password": PASSWORD, **registration}
        self.rest = Rest(server)
        self.wire = None
        self._take(self.rest.post("/api/auth/register", body, expect=201).json)

    def _take(self, grant):
        self.id = grant["user"]["user_id"]
        self.profile = grant["user"]
        self.device_id = grant["device_id"]
        self.access_token = grant["access_token"]
        self.refresh_token = grant.get("refresh_token")
        self.rest.token = self.access_token

    def log_in(self, **fields):
        """The same account on another device."""
        other = object.__new__(User)
        other.server = self.server
        other.username = self.username
        other.rest = Rest(self.server)
        other.wire = None
        body = {"login": self.username, "password": PASSWORD, **fields}
        other._take(other.rest.post("/api/auth/login", body, expect=200).json)
        return other

    def refresh(self):
        body = {"refresh_token": self.refresh_token}
        self._take(self.rest.post("/api/auth/refresh", body, expect=200, token=None).json)

    def record(self, history, role="client"):
        """From now on this device's sends (with a client_id) and what its sessions see is in that recorder.History."""
        self.wire = recorder.Wire(history.client(f"{self.username}.{self.device_id}", user=self.id, role=role))
        self.rest.wire = self.wire

    def audit(self, history):
        """Reads all conversations of the user, for the end of a history: nobody sends any more."""
        auditor = history.client(f"{self.username}.audit", user=self.id, role="auditor")
        for conversation in self.rest.get("/api/conversations?limit=200").json["items"]:
            asked = recorder.now()
            events = self.whole_history(conversation["conversation_id"])
            auditor.audited(conversation["conversation_id"], events, asked)
            for member in conversation["members"]:
                history.member(conversation["conversation_id"], member["user_id"])

    def session(self, **options):
        return Session(self.server, self.access_token, wire=self.wire, **options)

    def send(self, to, content, *, client_id=None, expect=(200, 201), **fields):
        """POST /api/messages; `to` is a User, or a conversation_id."""
        body = {"content": content, **fields}
        if isinstance(to, User):
            body["receiver_id"] = to.id
        else:
            body["conversation_id"] = to
        if client_id is not None:
            body["client_id"] = client_id
        return self.rest.post("/api/messages", body, expect=expect)

    def open(self, other):
        """The direct conversation's id."""
        return self.rest.post("/api/conversations", {"user_id": other.id}).json["conversation_id"]

    def conversation(self, conversation_id):
        return self.rest.get(f"/api/conversations/{conversation_id}").json

    def page(self, conversation_id, **query):
        suffix = "&".join(f"{key}={value}" for key, value in query.items())
        return self.rest.get(f"/api/conversations/{conversation_id}/messages" + (f"?{suffix}" if suffix else "")).json

    def whole_history(self, conversation_id):
        """Every event, oldest first, page by page."""
        events, after = [], 0
        while True:
            page = self.page(conversation_id, after_seq=after, limit=200)
            events += page["items"]
            if page["next"] is None:
                return events
            after = page["next"]
