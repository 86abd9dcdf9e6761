"""The power fails at every single sync of a short life, one after the other: no start, stop or rotation of files has
a moment in which it must not.

A life: start, register or log in, send enough for a new file of the log, stop. It is lived on an empty directory,
and on one that has been lived in. PARLEY_POWER_CUTS above 10: each point with all kinds of cut, else with one.
PARLEY_POWER_POINT=LIFE,NUMBER,KIND repeats one.
"""

import contextlib
import http.client
import os
import pathlib
import secrets
import shutil
import sys
import tempfile
import unittest

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "e2e"))

import lossy
from case import ROOMY, merged
from parley_client import PASSWORD, Rest, Session
from parley_server import Exited, Server, poll
from parley_websocket import Closed, Refused, TimedOut

setUpModule = lossy.require

THOROUGH = int(os.environ.get("PARLEY_POWER_CUTS", "10")) > 10
KINDS = ("drop", "keep", "tear")
POINTS_MAX = 400  # more syncs than a life has
MESSAGES = 70
CONTENT = "x" * 16000  # so that they fill a file of the log
SETTINGS = merged(ROOMY, {"storage": {"log_segment_mib": 1, "write_interval_ms": 20, "flush_seconds": 1}})
# What a client meets when the server's disk is gone.
TROUBLE = (OSError, http.client.HTTPException, Closed, Refused, TimedOut)


class Refusal(Exception):
    """The server has no disk, and says so."""


class Person:
    """One user who writes to themself, and everything that the server has promised them."""

    def __init__(self, name):
        self.name = name
        self.registered = False
        self.conversation = None
        self.sent = 0
        self.acked = {}  # client_id -> (seq, message_id)

    @contextlib.contextmanager
    def rest(self, server):
        """A REST connection with a token: registers, or logs in."""
        rest = Rest(server, seconds=5)
        try:
            self._log_in(rest)
            yield rest
        finally:
            rest.close()

    def _log_in(self, rest):
        if not self.registered:
            body = {"username": self.name, "password": PASSWORD}
            answer = self._post(rest, "/api/auth/register", body, (201, 409))
            if answer.status == 201:
                self._take_grant(rest, answer.json)
                return
        # 409: the last life ended before it could say that the registration was done.
        answer = self._post(rest, "/api/auth/login", {"login": self.name, "password": PASSWORD}, (200,))
        self._take_grant(rest, answer.json)

    def _take_grant(self, rest, grant):
        self.registered = True
        rest.token = grant["access_token"]
        self.id = grant["user"]["user_id"]

    @staticmethod
    def _post(rest, path, body, expect):
        answer = rest.request("POST", path, body)
        if answer.status in (500, 503):
            raise Refusal(answer.body)
        if answer.status not in expect:
            raise AssertionError(f"POST {path} answered {answer}")
        return answer

    def write(self, server):
        """Sends them all at once, takes the answers; Refusal when they are not all acks."""
        with self.rest(server) as rest:
            if self.conversation is None:
                answer = self._post(rest, "/api/conversations", {"user_id": self.id}, (200, 201))
                self.conversation = answer.json["conversation_id"]
            session = Session(server, rest.token)
        try:
            for _ in range(MESSAGES):
                self.sent += 1
                client_id = f"m{self.sent}"
                session.message(self.conversation, f"{client_id} {CONTENT}", client_id=client_id)
            for _ in range(MESSAGES):
                self._take_answer(session)
        finally:
            session.abort()

    def _take_answer(self, session):
        frame = session.receive(10.0)
        if frame["type"] == "error" and frame["code"] in ("internal", "unavailable"):
            raise Refusal(str(frame))
        if frame["type"] != "ack":
            raise AssertionError(f"{frame} instead of an ack")
        self.acked[frame["client_id"]] = (frame["seq"], frame["message_id"])

    def audit(self, server):
        """What was promised is there, and what is there is in order."""
        if not self.registered:
            return
        with self.rest(server) as rest:
            events, after = [], 0
            while self.conversation is not None and after is not None:
                path = f"/api/conversations/{self.conversation}/messages?after_seq={after}&limit=200"
                page = rest.get(path).json
                events += page["items"]
                after = page["next"]
        if [event["seq"] for event in events] != list(range(1, len(events) + 1)):
            raise AssertionError("seq has a gap or a repeat")
        there = {event["client_id"]: (event["seq"], event["message_id"]) for event in events}
        if len(there) != len(events):
            raise AssertionError("a message is there twice")
        for client_id, place in self.acked.items():
            if there.get(client_id) != place:
                raise AssertionError(f"{client_id} was acknowledged as {place}, there is {there.get(client_id)}")


def live(server, person):
    """A whole life, or as much of one as the disk allows."""
    try:
        server.start()
        person.write(server)
        # A stop writes what the store lacks, and can fail at that without a loss.
        server.terminate()
    except (Exited, Refusal, *TROUBLE):
        pass
    server.kill()


class CrashPoints(unittest.TestCase):
    def test_first_life(self):
        self.every_point("first", None, {})

    def test_second_life(self):
        """Old files of the log go, in this one."""
        with lossy.Lossy() as disk:
            server = Server(SETTINGS, data=disk.mountpoint / "data")
            self.addCleanup(server.close)
            person = Person(f"p_{secrets.token_hex(4)}")
            live(server, person)
            self.assertEqual(len(person.acked), MESSAGES)
            base = pathlib.Path(tempfile.mkdtemp(prefix="parley-base-"))
            self.addCleanup(shutil.rmtree, base)
            shutil.copytree(disk.durable, base / "tree")
        self.every_point("second", base / "tree", vars(person))

    def every_point(self, life, base, promised):
        wanted = os.environ.get("PARLEY_POWER_POINT", "").split(",")
        for number in range(POINTS_MAX):
            kinds = KINDS if THOROUGH else (KINDS[number % len(KINDS)],)
            for kind in kinds:
                if wanted != [""] and wanted != [life, str(number), kind]:
                    continue
                with self.subTest(PARLEY_POWER_POINT=f"{life},{number},{kind}"):
                    if not self.point(number, kind, base, promised):
                        print(f"{life} life: the power failed at each of its {number} syncs", flush=True)
                        self.assertGreater(number, 15)
                        return
        if wanted == [""]:
            self.fail(f"a life with more than {POINTS_MAX} syncs")

    def point(self, number, kind, base, promised):
        """False when the life ended before that many syncs."""
        person = Person(f"p_{secrets.token_hex(4)}")
        vars(person).update({**promised, "acked": dict(promised.get("acked", {}))})
        with lossy.Lossy(base) as disk:
            server = Server(SETTINGS, data=disk.mountpoint / "data")
            self.addCleanup(server.close)
            disk.trip(kind, number, number)
            live(server, person)
            if not disk.dark:
                return False
            disk.on()
            try:
                server.start()
                person.audit(server)
                # What it has shown must last, too.
                server.kill()
                disk.cut("drop", 0)
                server.start()
                person.audit(server)
                poll(lambda: self.writes(person, server), "messages after the restart", 10)
                person.audit(server)
                self.assertEqual(server.terminate(), 0)
            except BaseException:
                print(f"the server's log:\n{server.tail(40)}", flush=True)
                raise
            finally:
                server.close()
        return True

    @staticmethod
    def writes(person, server):
        person.write(server)
        return True


if __name__ == "__main__":
    unittest.main()
