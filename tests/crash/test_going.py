"""kill -9 while accounts end and messages disappear: all of it comes to its end, once, and nothing else goes.

PARLEY_KILLS says how often (10 here at most), PARLEY_CRASH_SEED repeats the moments.
"""

import os
import pathlib
import random
import secrets
import sys
import time
import unittest

TESTS = pathlib.Path(__file__).resolve().parents[1]
sys.path[:0] = [str(TESTS / "e2e")]

from case import ROOMY, merged
from parley_client import PASSWORD, Rest, User
from parley_server import Server, poll

KILLS = min(int(os.environ.get("PARLEY_KILLS", "20")), 10)
SEED = int(os.environ.get("PARLEY_CRASH_SEED", "0")) or secrets.randbelow(2**32)
CONVERSATIONS = 120
TTL = 5
FAST = {"storage": {"sweep_seconds": 1, "flush_seconds": 1, "write_interval_ms": 20}}


def ids_in(value):
    if isinstance(value, dict):
        return {each for part in value.values() for each in ids_in(part)}
    if isinstance(value, list):
        return {each for part in value for each in ids_in(part)}
    return {value} if isinstance(value, str) else set()


class Going(unittest.TestCase):
    def setUp(self):
        print(f"PARLEY_CRASH_SEED={SEED}", flush=True)
        self.chance = random.Random(SEED)
        self.server = Server(merged(ROOMY, FAST))
        self.addCleanup(self.server.close)
        self.server.start()

    def kill_soon(self):
        time.sleep(self.chance.uniform(0.0, 0.15))
        self.server.kill()
        self.server.start()

    def history(self, reader, conversation):
        return reader.rest.get(f"/api/conversations/{conversation}/messages?limit=200&after_seq=0").json["items"]

    def test_an_account_ends_everywhere_and_once(self):
        bob = User(self.server, "bob")  # the first: the operator, who could not go
        gone = User(self.server, "gone")
        groups = [
            gone.rest.post("/api/groups", {"name": f"g{n}", "client_id": f"g{n}", "member_ids": [bob.id]}, expect=201).json["group_id"]
            for n in range(CONVERSATIONS)
        ]
        for number, group in enumerate(groups):
            gone.rest.post("/api/messages", {"conversation_id": group, "client_id": str(number), "content": "stays"}, expect=201)
        gone.rest.delete("/api/users/me", body={"password": PASSWORD})
        for _ in range(KILLS):
            self.kill_soon()
        poll(
            lambda: all(gone.id not in ids_in(self.history(bob, group)) for group in groups),
            "the account is not forgotten everywhere",
            30,
        )
        for group in groups:
            events = self.history(bob, group)
            kinds = [event["type"] for event in events]
            self.assertEqual(kinds.count("member_removed"), 1, kinds)
            self.assertEqual([event["content"] for event in events if event["type"] == "new_message"], ["stays"])
            self.assertEqual([event["seq"] for event in events], list(range(1, len(events) + 1)))
        rest = Rest(self.server)
        rest.post("/api/auth/register", {"username": gone.username, "password": PASSWORD}, expect=201)

    def test_what_disappears_is_never_shown_again(self):
        ada, bob = User(self.server, "ada"), User(self.server, "bob")
        conversation = ada.rest.post("/api/conversations", {"user_id": bob.id}, expect=201).json["conversation_id"]
        kept = []
        said = {}  # content → when it is over at the latest
        for round_ in range(KILLS):
            ada.rest.request("PATCH", f"/api/conversations/{conversation}", {"ttl_seconds": 0}, expect=200)
            kept.append(f"stays {round_}")
            body = {"conversation_id": conversation, "client_id": kept[-1], "content": kept[-1]}
            ada.rest.post("/api/messages", body, expect=201)
            ada.rest.request("PATCH", f"/api/conversations/{conversation}", {"ttl_seconds": TTL}, expect=200)
            goes = f"goes {round_}"
            ada.rest.post("/api/messages", {"conversation_id": conversation, "client_id": goes, "content": goes}, expect=201)
            said[goes] = time.monotonic() + TTL
            self.kill_soon()
            now = time.monotonic()
            shown = [event.get("content") for event in self.history(bob, conversation)]
            over = {content for content, until in said.items() if until < now}
            self.assertFalse(over & set(shown))
            self.assertEqual([content for content in shown if content in kept], kept)
        time.sleep(TTL + 1)
        shown = [event["content"] for event in self.history(bob, conversation) if event["type"] == "new_message"]
        self.assertEqual(shown, kept)
        poll(
            lambda: bob.rest.get(f"/api/conversations/{conversation}").json["unread"] == len(kept),
            "what has expired is unread still",
            15,
        )


if __name__ == "__main__":
    unittest.main()
