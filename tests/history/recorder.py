"""Writes histories (README.md has the format) from Python tests, for `parley_history check`.

A History is one file, shared by all clients of a process, thread-safe. A Client is one device. Wire turns
frames and REST answers into lines as they pass.
"""

import hashlib
import json
import os
import pathlib
import subprocess
import threading
import time

_BUFFER_LINES = 1000
# The outcomes that the contract leaves open; every other code is definite.
UNKNOWN_OUTCOMES = ("unavailable", "internal")


def now():
    """The time of a line: nanoseconds of the monotonic clock, the same for all processes of the machine."""
    return time.monotonic_ns()


def content_hash(content):
    return hashlib.sha256(content.encode("utf-8")).hexdigest()[:16]


def checker():
    """parley_history: the one that PARLEY_HISTORY names, or beside PARLEY_BINARY, or the newest build."""
    named = os.environ.get("PARLEY_HISTORY")
    if named:
        return named
    if "PARLEY_BINARY" in os.environ:
        builds = [pathlib.Path(os.environ["PARLEY_BINARY"]).resolve().with_name("parley_history")]
    else:
        builds = pathlib.Path(__file__).resolve().parents[2].glob("build/*/parley_history")
    there = [path for path in builds if path.is_file()]
    if not there:
        raise RuntimeError("no parley_history: ./dev build ci-release, or name one in PARLEY_HISTORY")
    return str(max(there, key=lambda path: path.stat().st_mtime))


def check(*paths, seconds=300):
    """Judges the files together: the exit code (0 it holds, 1 it does not, 2 it cannot be judged) and the report."""
    done = subprocess.run(
        [checker(), "check", *map(str, paths)], capture_output=True, text=True, timeout=seconds, check=False
    )
    return done.returncode, done.stdout + done.stderr


class History:
    """One file of lines. Close it, or use it as a context manager: what is buffered is written then."""

    def __init__(self, path):
        self.path = path
        self.lines = 0
        self._file = open(path, "w", encoding="utf-8")
        self._lock = threading.Lock()
        self._buffer = []

    def write(self, who, op, t=None, **fields):
        """One line. Fields that are None are left out."""
        line = {"t": now() if t is None else t, "c": who, "op": op}
        line.update((name, value) for name, value in fields.items() if value is not None)
        text = json.dumps(line, ensure_ascii=False, separators=(",", ":")) + "\n"
        with self._lock:
            self.lines += 1
            self._buffer.append(text)
            if len(self._buffer) >= _BUFFER_LINES:
                self._write_out()

    def _write_out(self):
        self._file.write("".join(self._buffer))
        self._file.flush()
        self._buffer.clear()

    def flush(self):
        with self._lock:
            self._write_out()

    def close(self):
        with self._lock:
            if not self._file.closed:
                self._write_out()
                self._file.close()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()

    def client(self, name, *, user, role):
        """A device of `user`; role is `client`, `receiver`, `sender`, `auditor` or `ended`."""
        return Client(self, name, user, role)

    def member(self, conv, user, seq=None, until=None):
        self.write("test", "member", conv=conv, user=user, seq=seq, until=until)

    def fault(self, text):
        self.write("nemesis", "fault", text=text)

    def down(self, text=None):
        """The server is gone."""
        self.write("nemesis", "down", text=text)

    def up(self, text=None):
        """The server is ready."""
        self.write("nemesis", "up", text=text)


# What an event is that is no message, in the words of histories.
WHAT = {
    "group_created": "created",
    "member_added": "added",
    "member_removed": "removed",
    "member_role": "role",
    "group_updated": "updated",
    "group_deleted": "ended",
    "message_edited": "edited",
    "message_deleted": "deleted",
    "reaction": "reaction",
    "conversation_updated": "settings",
}


def _details(event):
    """What a line says of an event beside its content."""
    if event["type"] == "new_message":
        pairs = [(r["emoji"], user) for r in event.get("reactions", []) for user in r["user_ids"]]
        return {
            "edited": "edited_at" in event or None,
            "gone": event.get("deleted") or None,
            "fades": bool(event.get("ttl_seconds")) or None,
            "reactions": " ".join(f"{emoji} {user}" for emoji, user in pairs) or None,
        }
    return {
        "kind": "event",
        "what": WHAT.get(event["type"]),
        "target": event.get("target_id"),
        "who": event.get("user_id"),
        "users": " ".join(event.get("members") or []) or None,
        "word": event.get("emoji") or event.get("role"),
        "off": event.get("removed") or None,
        "fades": bool(event.get("ttl_seconds")) or None,
    }


class Client:
    """One device. It belongs to one thread at a time, like the connection it records.

    With the role `client` a `show` line tells when it first has a message.
    """

    def __init__(self, history, name, user, role):
        self.history = history
        self.name = name
        self.user = user
        self.role = role
        self.connection = 0  # which one; REST calls are on none
        self._shown = set()
        self._write("device", None, user=user, role=role)

    def _write(self, op, n, **fields):
        self.history.write(self.name, op, n=n, **fields)

    def _n(self, rest):
        return None if rest or self.connection == 0 else self.connection

    def opened(self):
        """A new connection."""
        self.connection += 1
        self._write("open", self.connection)

    def closed(self, code=None):
        self._write("close", self._n(False), code=None if code is None else str(code))

    def send(self, cmid, content, *, conv=None, to=None, cur=None, altered=None, rest=False):
        """Before the bytes go out, for each attempt."""
        self._write(
            "send", self._n(rest), cmid=cmid, h=content_hash(content), conv=conv, to=to, cur=cur, altered=altered
        )

    def acked(self, cmid, conv, seq, mid, *, altered=None, rest=False):
        self._write("ack", self._n(rest), cmid=cmid, conv=conv, seq=seq, mid=mid, altered=altered)
        if not rest:  # over REST, the event itself comes, too
            self._show(conv, seq, mid)

    def failed(self, cmid, code, *, definite=None, conv=None, altered=None, rest=False):
        if definite is None:
            definite = code not in UNKNOWN_OUTCOMES
        self._write("err", self._n(rest), cmid=cmid, code=code, definite=definite, conv=conv, altered=altered)

    def timed_out(self, cmid, *, rest=False):
        """No answer, and none is awaited any more."""
        self._write("timeout", self._n(rest), cmid=cmid)

    def received(self, event, src, *, rest=False):
        """An event as it stands on the wire; `src` is `live`, `sync`, `history` or `audit`."""
        conv, seq, kind = event["conversation_id"], event["seq"], event["type"]
        if kind == "void":
            self._write("recv", self._n(rest), src=src, conv=conv, seq=seq, kind="void")
            return
        self._write(
            "recv",
            self._n(rest),
            src=src,
            conv=conv,
            seq=seq,
            mid=event["message_id"],
            **{"from": event.get("sender_id")},
            h=content_hash(event["content"]) if "content" in event else None,
            cmid=event.get("client_id"),
            **_details(event),
        )
        if src != "audit":
            self._show(conv, seq, event["message_id"])

    def _show(self, conv, seq, mid):
        if self.role == "client" and (conv, seq) not in self._shown:
            self._shown.add((conv, seq))
            self._write("show", self._n(False), conv=conv, seq=seq, mid=mid)

    def page(self, conv, after, events, src, *, more=False, rest=False):
        """An answer to `sync` or `history`, oldest first, and its events."""
        seqs = [event["seq"] for event in events]
        dense = seqs == list(range(seqs[0], seqs[0] + len(seqs))) if seqs else True
        self._write(
            "page",
            self._n(rest),
            src=src,
            conv=conv,
            cur=after,
            seq=seqs[0] if seqs else 0,
            count=len(seqs),
            more=more or None,
            dense=None if dense else False,
        )
        for event in events:
            self.received(event, src, rest=rest)

    def marked(self, conv, seq, status, *, rest=False):
        """Before the bytes go out; `status` is `delivered` or `read`."""
        self._write("mark", self._n(rest), conv=conv, seq=seq, status=status)

    def receipt(self, conv, user, seq, status):
        self._write("receipt", self._n(False), conv=conv, user=user, seq=seq, status=status)

    def view(self, conversation, asked, *, rest=False):
        """A conversation object; `asked` is now() of before it was asked for."""
        self._write(
            "view",
            self._n(rest),
            conv=conversation["conversation_id"],
            head=conversation["last_seq"],
            read=conversation["read_seq"],
            delivered=conversation["delivered_seq"],
            unread=conversation["unread"],
            asked=asked,
            all=conversation.get("history") == "all" or None,
        )

    def audited(self, conv, events, asked, *, after=0, final=True):
        """The conversation was read from behind `after` to its end: `events`, oldest first."""
        for event in events:
            self.received(event, "audit", rest=True)
        last = events[-1]["seq"] if events else after
        self._write(
            "read", None, conv=conv, asked=asked, cur=after, seq=last, count=len(events), final=final or None
        )

    def refreshed(self, family, token, asked, *, new=None, code=None):
        """A refresh token was shown; `new` is the one that came, or `code` says why none did."""
        definite = None if code is None else code not in UNKNOWN_OUTCOMES
        self._write(
            "refresh",
            None,
            family=family,
            h=content_hash(token),
            new=None if new is None else content_hash(new),
            code=code,
            definite=definite,
            asked=asked,
        )


class Wire:
    """Writes what passes: give it every frame before it is sent and when it has come."""

    def __init__(self, client):
        self.client = client
        self._contents = {}  # cmid -> content, of sends without an answer
        self._after = {}  # conversation -> the cursor that its next page of a sync follows
        self._histories = {}  # ref -> after_seq; None for a page that goes backwards
        self._opened_at = now()
        self._places = {}  # message_id -> (conversation, seq)

    def opened(self, since=None):
        """`since` is now() of before the connection was asked for, where that is not now."""
        self.client.opened()
        self._after.clear()
        self._histories.clear()
        self._opened_at = now() if since is None else since

    def closed(self, code=None):
        self.client.closed(code)

    def sent(self, frame):
        kind = frame.get("type")
        if kind == "send_message" and "client_id" in frame:
            self._send(frame, rest=False)
        elif kind == "sync":
            self._after.update(frame.get("cursors") or {})
        elif kind == "history":
            if frame.get("ref") in self._histories:
                raise ValueError(f"two histories are asked for as {frame.get('ref')!r}: whose is the answer?")
            self._histories[frame.get("ref")] = None if "before_seq" in frame else frame.get("after_seq", 0)
        elif kind == "ack":
            place = self._places.get(frame.get("message_id"), (frame.get("conversation_id"), frame.get("seq")))
            if None not in place:
                self.client.marked(*place, frame["status"])

    def _send(self, body, *, rest):
        self.client.send(
            body["client_id"], body["content"], conv=body.get("conversation_id"), to=body.get("receiver_id"), rest=rest
        )

    def received(self, frame):
        kind = frame["type"]
        if kind == "ack" and "client_id" in frame:
            self._places[frame["message_id"]] = (frame["conversation_id"], frame["seq"])
            self.client.acked(frame["client_id"], frame["conversation_id"], frame["seq"], frame["message_id"])
        elif kind == "ack":
            self.client.receipt(frame["conversation_id"], frame["user_id"], frame["seq"], frame["status"])
        elif kind == "error":
            self.client.failed(frame.get("client_id"), frame["code"])
        elif kind == "events":
            self._page(frame)
        elif kind == "conversation":
            # It need not be of a sync: the server also tells of changes, from when the connection is authenticated.
            self.client.view(frame, self._opened_at)
        elif "seq" in frame and "conversation_id" in frame:
            self._note(frame)
            self.client.received(frame, "live")

    def _note(self, event):
        if "message_id" in event:
            self._places[event["message_id"]] = (event["conversation_id"], event["seq"])

    def _page(self, frame):
        conv, events = frame["conversation_id"], frame["events"]
        for event in events:
            self._note(event)
        ref = frame.get("ref")
        if ref in self._histories:
            after = self._histories.pop(ref)
            if after is None:
                for event in events:
                    self.client.received(event, "history")
                return
            self.client.page(conv, after, events, "history", more=frame.get("has_more", False))
            return
        self.client.page(conv, self._after.get(conv, 0), events, "sync", more=frame.get("has_more", False))
        if events:
            self._after[conv] = events[-1]["seq"]

    # --- REST: POST /api/messages

    def posting(self, body):
        self._send(body, rest=True)

    def posted(self, body, status, answer):
        """`status` None: no answer came."""
        cmid = body["client_id"]
        if status is None:
            self.client.timed_out(cmid, rest=True)
        elif status in (200, 201):
            self.client.acked(cmid, answer["conversation_id"], answer["seq"], answer["message_id"], rest=True)
        else:
            definite = 400 <= status < 500 and status != 401
            self.client.failed(cmid, (answer or {}).get("code", "unavailable"), definite=definite, rest=True)
