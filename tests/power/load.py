"""Users with several devices who write to each other while the server dies and comes back.

Every device is a thread with one WebSocket: it connects again for ever, syncs, sends what has no answer again
with the same client_id, fills what is missing, and marks what it has read. What it sends and sees is recorded
for the history checker (tests/history).
"""

import collections
import http.client
import random
import threading
import time

import recorder
from parley_client import PASSWORD, Rest, Session, User
from parley_websocket import Closed, Refused, TimedOut

WINDOW = 4  # sends of a device without an answer
READ_EVERY = 5  # a device marks as read each so many'th event that it sees
RECONNECT_SECONDS = (0.01, 0.06)
UNKNOWN_OUTCOMES = ("unavailable", "internal")


class Device(threading.Thread):
    def __init__(self, history, account, name, conversations, chance):
        super().__init__(name=name, daemon=True)
        self.account = account
        self.wire = recorder.Wire(history.client(name, user=account.id, role="client"))
        self.conversations = conversations
        self.chance = chance
        self.acked = {}  # client_id -> (conversation, seq, message_id)
        self.problem = None
        self.stopping = threading.Event()  # no new sends; ends when all is answered
        self._number = 0
        self._histories = 0
        self._open = collections.OrderedDict()  # client_id -> frame: sent, and not answered
        self._again = []  # client_ids with an unknown outcome on a connection that lives
        self._cursor = dict.fromkeys(conversations, 0)  # everything up to here is known
        self._beyond = {conversation: set() for conversation in conversations}
        self._filling = set()  # conversations whose hole was asked for
        self._since = None
        self._synced = False
        self._session = None

    # --- life ---------------------------------------------------------------------------------

    def run(self):
        try:
            while not self._finished():
                try:
                    self._connect()
                    self._talk()
                except (Closed, TimedOut, Refused, OSError):
                    self._end()
                    # The server is away for a moment; all devices at once would be a storm.
                    time.sleep(self.chance.uniform(*RECONNECT_SECONDS))
            self._end()
        except Exception as problem:  # noqa: BLE001 - told by stop()
            self.problem = problem

    def stop(self, seconds):
        """No new sends; answers when every send has its answer and everything was seen."""
        self.stopping.set()
        self.join(seconds)
        if self.problem is not None:
            raise AssertionError(f"{self.name}: {self.problem!r}") from self.problem
        if self.is_alive():
            raise AssertionError(f"{self.name} has no answer to {list(self._open)} after {seconds} s")

    def catch_up(self):
        """After stop(), and whatever happened since: connects once more, until it has all that there is."""
        self._connect()
        self._talk()
        self._end()

    def _finished(self):
        return self.stopping.is_set() and self._synced and not self._open and not any(self._beyond.values())

    def _connect(self):
        asked = recorder.now()
        self._session = Session(self.account.server, self.account.access_token)
        self.wire.opened(asked)
        self._synced = False
        self._filling.clear()
        self._again.clear()
        # What had no answer, in the order in which it was sent first.
        for frame in self._open.values():
            self._send(frame)
        sync = {"type": "sync", "cursors": dict(self._cursor)}
        if self._since is not None:
            sync["since"] = self._since
        self._send(sync)

    def _end(self):
        if self._session is not None:
            code = self._session.closed.code if self._session.closed else None
            self._session.abort()
            self._session = None
            self.wire.closed(code)
            self._synced = False if not self._finished() else self._synced

    # --- traffic ------------------------------------------------------------------------------

    def _send(self, frame):
        self.wire.sent(frame)
        self._session.send(frame)

    def _talk(self):
        while not self._finished():
            while self._synced and len(self._open) < WINDOW and not self.stopping.is_set():
                self._new_message()
            frame = self._session.receive(10.0)
            self.wire.received(frame)
            self._take(frame)

    def _new_message(self):
        self._number += 1
        client_id = f"{self.name}-{self._number}"
        size = self.chance.choice((10, 40, 200, 1500))
        frame = {
            "type": "send_message",
            "conversation_id": self.chance.choice(self.conversations),
            "client_id": client_id,
            "content": f"{client_id} " + "x" * self.chance.randrange(size),
        }
        self._open[client_id] = frame
        self._send(frame)

    def _take(self, frame):
        kind = frame["type"]
        if kind == "ack" and "client_id" in frame:
            self._open.pop(frame["client_id"])
            place = (frame["conversation_id"], frame["seq"], frame["message_id"])
            if self.acked.setdefault(frame["client_id"], place) != place:
                raise AssertionError(f"{frame} after {self.acked[frame['client_id']]}")
            self._know(frame["conversation_id"], frame["seq"])
            self._send_again()
        elif kind == "error":
            self._refused(frame)
        elif kind == "events":
            for event in frame["events"]:
                self._know(frame["conversation_id"], event["seq"])
            self._filling.discard(frame["conversation_id"])
            self._fill()
        elif kind == "sync_complete":
            self._since = frame["token"]
            self._synced = True
            self._fill()
        elif "seq" in frame and kind != "ack":
            self._know(frame["conversation_id"], frame["seq"])
            self._fill()
            if frame["seq"] % READ_EVERY == 0:
                mark = {"type": "ack", "status": "read", "conversation_id": frame["conversation_id"]}
                self._send({**mark, "seq": frame["seq"]})

    def _refused(self, frame):
        if "client_id" not in frame:
            if frame["code"] not in UNKNOWN_OUTCOMES:
                raise AssertionError(f"refused: {frame}")
            # A sync or a history: connecting again asks anew.
            raise Closed(None, frame["code"])
        if frame["code"] not in UNKNOWN_OUTCOMES:
            raise AssertionError(f"a send was refused: {frame}")
        self._again.append(frame["client_id"])
        self._send_again()

    def _send_again(self):
        """What had an unknown outcome, once the sends behind it have their answers: in order."""
        if not self._again or len(self._again) < len(self._open):
            return
        again = [self._open[client_id] for client_id in self._again]
        self._again.clear()
        time.sleep(0.05)
        for frame in again:
            self._send(frame)

    def _know(self, conversation, seq):
        beyond = self._beyond[conversation]
        if seq <= self._cursor[conversation]:
            return
        beyond.add(seq)
        while self._cursor[conversation] + 1 in beyond:
            self._cursor[conversation] += 1
            beyond.discard(self._cursor[conversation])

    def _fill(self):
        """Asks for what is missing below something that is known."""
        if not self._synced:
            return
        for conversation, beyond in self._beyond.items():
            if beyond and conversation not in self._filling:
                self._filling.add(conversation)
                self._histories += 1
                history = {"type": "history", "ref": f"h{self._histories}", "conversation_id": conversation}
                self._send({**history, "after_seq": self._cursor[conversation], "limit": 200})


class Accounts(threading.Thread):
    """Registers users and turns refresh tokens over, one act after the other, each until its outcome is known."""

    PAUSE_SECONDS = 0.02
    REGISTRATION_SHARE = 0.3
    LOGINS_AUDITED = 10
    RETRY_NS = 9_500_000_000

    def __init__(self, server, history, chance):
        super().__init__(name="accounts", daemon=True)
        self.server = server
        self.history = history
        self.chance = chance
        self.tokens = {}  # username -> (refresh token, who records)
        self.acts = 0  # that were answered well
        self.problem = None
        self.stopping = threading.Event()

    def run(self):
        try:
            while not self.stopping.wait(self.PAUSE_SECONDS):
                if not self.tokens or self.chance.random() < self.REGISTRATION_SHARE:
                    self._register(f"a{self.chance.randrange(2**48):012x}")
                else:
                    self._refresh(self.chance.choice(sorted(self.tokens)))
        except Exception as problem:  # noqa: BLE001 - told by stop()
            self.problem = problem

    def stop(self, seconds):
        self.stopping.set()
        self.join(seconds)
        if self.problem is not None:
            raise AssertionError(f"accounts: {self.problem!r}") from self.problem
        if self.is_alive():
            raise AssertionError(f"a registration or refresh has no answer after {seconds} s")

    def _ask(self, path, body):
        """The answer, however often it has to be asked for."""
        while True:
            rest = Rest(self.server, seconds=5)
            try:
                answer = rest.request("POST", path, body)
                if answer.status not in (500, 503):
                    return answer
            except (OSError, http.client.HTTPException):
                pass
            finally:
                rest.close()
            time.sleep(self.PAUSE_SECONDS)

    def _register(self, username):
        answer = self._ask("/api/auth/register", {"username": username, "password": PASSWORD})
        if answer.status == 409:
            # The first try was done, and its answer lost.
            answer = self._ask("/api/auth/login", {"login": username, "password": PASSWORD})
        if answer.status not in (200, 201):
            raise AssertionError(f"{username}: {answer}")
        user = answer.json["user"]["user_id"]
        recording = self.history.client(f"{username}.accounts", user=user, role="sender")
        self.tokens[username] = (answer.json["refresh_token"], recording)
        self.acts += 1

    def _refresh(self, username):
        token, recording = self.tokens[username]
        asked = recorder.now()
        # Asked again within 10 s, a used token gives the same pair as the first time: its answer was lost.
        answer = self._ask("/api/auth/refresh", {"refresh_token": token})
        if answer.status == 401 and recorder.now() - asked > self.RETRY_NS:
            # After that it is a token that somebody shows twice, and the device is logged out.
            recording.refreshed(username, token, asked, code=answer.json["code"])
            del self.tokens[username]
            return
        if answer.status != 200:
            recording.refreshed(username, token, asked, code=answer.json["code"])
            raise AssertionError(f"{username} is locked out: {answer}")
        recording.refreshed(username, token, asked, new=answer.json["refresh_token"])
        self.tokens[username] = (answer.json["refresh_token"], recording)
        self.acts += 1

    def audit(self):
        """Every account that was acknowledged is there, and its newest token works."""
        for username in sorted(self.tokens):
            self._refresh(username)
        # The tokens of all, the passwords of some: hashing takes its time.
        for username in self.chance.sample(sorted(self.tokens), min(self.LOGINS_AUDITED, len(self.tokens))):
            answer = self._ask("/api/auth/login", {"login": username, "password": PASSWORD})
            if answer.status != 200:
                raise AssertionError(f"{username} cannot log in: {answer}")


class Load:
    """A ring of users, each with `devices` devices, who write to both neighbours."""

    def __init__(self, server, history, seed, *, users=4, devices=2):
        self.history = history
        self.server = server
        self.accounts = [User(server, f"u{number}") for number in range(users)]
        self.conversations = {}  # id -> its two users
        for number, user in enumerate(self.accounts):
            neighbour = self.accounts[(number + 1) % users]
            conversation = user.open(neighbour)
            self.conversations[conversation] = (user, neighbour)
            for member in (user, neighbour):
                history.member(conversation, member.id)
        chance = random.Random(seed)
        self.devices = []
        for number, user in enumerate(self.accounts):
            own = [conversation for conversation, both in self.conversations.items() if user in both]
            for device in range(devices):
                account = user if device == 0 else user.log_in()
                name = f"u{number}.d{device}"
                device = Device(history, account, name, own, random.Random(chance.randrange(2**32)))
                self.devices.append(device)
        self.turnover = Accounts(server, history, random.Random(chance.randrange(2**32)))
        for thread in [*self.devices, self.turnover]:
            thread.start()

    @property
    def acked(self):
        return sum(len(device.acked) for device in self.devices)

    def check(self):
        """AssertionError when a device has met what may not be."""
        for thread in [*self.devices, self.turnover]:
            if thread.problem is not None:
                raise AssertionError(f"{thread.name}: {thread.problem!r}") from thread.problem

    def stop(self, seconds=60.0):
        for thread in [*self.devices, self.turnover]:
            thread.stopping.set()
        for thread in [*self.devices, self.turnover]:
            thread.join(seconds)
        for thread in [*self.devices, self.turnover]:
            thread.stop(0)
        for account in {device.account for device in self.devices}:
            account.rest.close()

    def catch_up(self):
        """Nothing is sent any more: every device gets what others sent after it had ended."""
        for device in self.devices:
            device.catch_up()

    def audit(self):
        """What both users of each conversation can read now, for the history; and held, independently of the
        history's checker, against what the devices were told."""
        told = {}
        for device in self.devices:
            told.update(device.acked)
        # All of it is read before any of it is judged: the checker wants a whole history.
        read = {
            conversation: [self._read(conversation, user) for user in both]
            for conversation, both in self.conversations.items()
        }
        self.turnover.audit()
        for conversation, versions in read.items():
            events = versions[1]
            mine = {event.get("client_id"): event for event in versions[0] + versions[1] if "client_id" in event}
            if [event["seq"] for event in events] != list(range(1, len(events) + 1)):
                raise AssertionError(f"{conversation}: seq has a gap or a repeat")
            for one, other in zip(*versions, strict=True):
                if (one["message_id"], one["content"]) != (other["message_id"], other["content"]):
                    raise AssertionError(f"{conversation}: {one} is {other} to the other user")
            for client_id, (where, seq, message_id) in told.items():
                if where != conversation:
                    continue
                event = mine.get(client_id)
                if event is None or (event["seq"], event["message_id"]) != (seq, message_id):
                    raise AssertionError(f"{client_id} was acknowledged as {seq} {message_id}, there is {event}")

    def _read(self, conversation, user):
        # What keeps a connection may have been cut off since.
        user.rest = Rest(self.server, user.access_token)
        asked = recorder.now()
        auditor = self.history.client(f"{user.username}.{conversation}.{asked}", user=user.id, role="auditor")
        events = user.whole_history(conversation)
        auditor.audited(conversation, events, asked)
        user.rest.close()
        return events
