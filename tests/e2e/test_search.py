"""Finding messages by their words: what is found, how soon, by whom, and what a lost index means."""

import pathlib
import time
import unittest
import urllib.parse

from case import ServerCase, merged
from parley_server import PATIENCE

ROOMY_SEARCH = {"limits": {"searches_per_second": 0}}


class SearchCase(ServerCase):
    settings = ROOMY_SEARCH

    def ask(self, user, q, **query):
        target = "/api/search?" + urllib.parse.urlencode({"q": q, **query})
        return user.rest.get(target).json

    def found(self, user, q, **query):
        """The contents found, newest first."""
        return [item["content"] for item in self.ask(user, q, **query)["items"]]

    def await_found(self, user, q, contents, *, seconds=1.0, **query):
        """Within a second, as it is promised."""
        deadline = time.monotonic() + seconds * PATIENCE
        while True:
            last = self.found(user, q, **query)
            if last == contents:
                return
            if time.monotonic() > deadline:
                self.fail(f"{q!r} finds {last} and not {contents} within {seconds} s")
            time.sleep(0.02)

    def say(self, sender, to, *contents):
        return [sender.send(to, content).json for content in contents]


class Search(SearchCase):
    def setUp(self):
        super().setUp()
        self.alice, self.bob, self.eve = self.users("alice", "bob", "eve")

    def test_words_prefixes_phrases(self):
        self.say(self.alice, self.bob, "Hello, big world!", "the world is big", "Straße, crème brûlée", "東京都に行く")
        self.await_found(self.bob, "行く", ["東京都に行く"])
        for q, expected in [
            ("hello", ["Hello, big world!"]),
            ("world big", ["the world is big", "Hello, big world!"]),
            ('"big world"', ["Hello, big world!"]),
            ('"world big"', []),
            ("wor", ["the world is big", "Hello, big world!"]),
            ("wor* is", ["the world is big"]),
            ("CREME", ["Straße, crème brûlée"]),
            ("brule", ["Straße, crème brûlée"]),
            ("strasse", ["Straße, crème brûlée"]),
            ("京都", ["東京都に行く"]),
            ("都", ["東京都に行く"]),
            ("京東", []),
            ("nowhere", []),
            ("!?", []),
            ('"', []),
            ("NOT hello OR world:x NEAR(", []),
        ]:
            with self.subTest(q):
                self.assertEqual(self.found(self.bob, q), expected)

    def test_found_within_a_second(self):
        for i in range(5):
            self.say(self.alice, self.bob, f"swift{i}")
            self.await_found(self.bob, f"swift{i}", [f"swift{i}"])

    def test_the_match_is_marked(self):
        self.say(self.alice, self.bob, "<b>brave</b> new world")
        self.await_found(self.bob, "brave", ["<b>brave</b> new world"])
        (item,) = self.ask(self.bob, "brav")["items"]
        self.assertEqual(
            item["highlight"],
            [
                {"text": "<b>", "match": False},
                {"text": "brave", "match": True},
                {"text": "</b> new world", "match": False},
            ],
        )
        history = self.bob.page(item["conversation_id"])["items"]
        del item["highlight"]
        self.assertIn(item, history)

    def test_a_long_message_is_cut_around_the_match(self):
        text = "é" * 2000 + " needle " + "ü" * 2000
        self.say(self.alice, self.bob, text)
        self.await_found(self.bob, "needle", [text])
        (item,) = self.ask(self.bob, "needle")["items"]
        piece = "".join(part["text"] for part in item["highlight"])
        self.assertIn(piece, text)
        self.assertLess(len(piece.encode()), 320)
        self.assertEqual([p["text"] for p in item["highlight"] if p["match"]], ["needle"])

    def test_filters(self):
        self.say(self.alice, self.bob, "apple one")
        time.sleep(0.01)  # "two" has a later timestamp, and timestamps are milliseconds
        self.say(self.bob, self.alice, "apple two")
        self.say(self.alice, self.eve, "apple three")
        self.await_found(self.alice, "apple", ["apple three", "apple two", "apple one"])
        conversation = self.alice.open(self.bob)
        self.assertEqual(self.found(self.alice, "apple", conversation_id=conversation), ["apple two", "apple one"])
        self.assertEqual(self.found(self.alice, "apple", sender_id=self.bob.id), ["apple two"])
        self.assertEqual(self.found(self.alice, "apple", sender_id="me"), ["apple three", "apple one"])
        second = next(i for i in self.ask(self.alice, "apple")["items"] if i["content"] == "apple two")
        self.assertEqual(self.found(self.alice, "apple", after=second["timestamp"])[-1], "apple two")
        self.assertEqual(self.found(self.alice, "apple", after="2020-01-01")[-1], "apple one")
        self.assertEqual(self.found(self.alice, "apple", before="2020-01-01"), [])
        self.assertEqual(self.found(self.alice, "apple", before=second["message_id"]), ["apple one"])

    def test_pages(self):
        contents = [f"pear number{i}" for i in range(25)]
        for i, content in enumerate(contents):
            self.say(self.alice, self.bob if i % 3 else self.eve, content)
        self.await_found(self.alice, "pear", contents[::-1])
        paged, query = [], {"limit": 4}
        while True:
            page = self.ask(self.alice, "pear", **query)
            self.assertLessEqual(len(page["items"]), 4)
            paged += [item["content"] for item in page["items"]]
            if page["next"] is None:
                break
            query["before"] = page["next"]
        self.assertEqual(paged, contents[::-1])

    def test_only_what_the_caller_may_read(self):
        group = self.alice.rest.post("/api/groups", {"name": "G", "client_id": "1", "member_ids": [self.bob.id]})
        group = group.json["group_id"]
        self.say(self.alice, group, "quince one")
        self.alice.rest.post(f"/api/groups/{group}/members", {"user_ids": [self.eve.id]})
        self.say(self.alice, group, "quince two")
        self.alice.rest.delete(f"/api/groups/{group}/members/{self.bob.id}")
        self.say(self.alice, group, "quince three")
        self.await_found(self.alice, "quince", ["quince three", "quince two", "quince one"])
        self.assertEqual(self.found(self.bob, "quince"), ["quince two", "quince one"])
        self.assertEqual(self.found(self.eve, "quince"), ["quince three", "quince two"])
        stranger = self.user("stranger")
        self.assertEqual(self.found(stranger, "quince"), [])
        stranger.rest.refused("GET", f"/api/search?q=quince&conversation_id={group}", 404, "not_found")

    def test_edits_and_deletions(self):
        first, second, third = self.say(self.alice, self.bob, "kiwi one", "kiwi two", "kiwi three")
        self.await_found(self.bob, "kiwi", ["kiwi three", "kiwi two", "kiwi one"])
        self.alice.rest.request("PATCH", f"/api/messages/{first['message_id']}", {"content": "mango one"}, expect=200)
        self.alice.rest.delete(f"/api/messages/{second['message_id']}")
        self.bob.rest.delete(f"/api/messages/{third['message_id']}?for=me")
        # At once: what is found is what stands there now.
        self.assertEqual(self.found(self.bob, "kiwi"), [])
        self.assertEqual(self.found(self.alice, "kiwi"), ["kiwi three"])
        self.await_found(self.bob, "mango", ["mango one"])

    def test_what_is_refused(self):
        for query in (
            "",
            "?q=a&limit=0",
            "?q=a&before=yesterday",
            "?q=a&after=2026-13-01",
            "?q=a&sender_id=bob",
            "?q=" + "a" * 129,
        ):
            with self.subTest(query):
                self.alice.rest.refused("GET", f"/api/search{query}", 400, "invalid_request")
        self.alice.rest.refused("GET", "/api/search?q=a&conversation_id=nowhere", 404, "not_found")
        self.rest().refused("GET", "/api/search?q=a", 401, "unauthorized")


class Limited(SearchCase):
    settings = {"limits": {"searches_per_second": 1, "searches_burst": 3}}

    def test_too_many(self):
        alice = self.user("alice")
        for _ in range(3):
            self.ask(alice, "hello")
        problem = alice.rest.request("GET", "/api/search?q=hello", expect=429)
        self.assertEqual(problem.json["code"], "rate_limited")
        self.assertIsNotNone(problem.header("Retry-After"))


class LostIndex(SearchCase):
    settings = merged(ROOMY_SEARCH, {"storage": {"flush_seconds": 1}})

    def index_files(self):
        return [path for path in pathlib.Path(self.server.data).glob("search.db*")]

    def test_killed_lost_and_damaged(self):
        alice, bob = self.users("alice", "bob")
        contents = [f"olive {i}" for i in range(30)]
        self.say(alice, bob, *contents)
        self.server.kill()
        self.server.start()
        self.await_found(bob, "olive", contents[::-1], seconds=5)
        for damage in ("lost", "damaged"):
            with self.subTest(damage):
                self.server.kill()
                self.assertTrue(self.index_files())
                for path in self.index_files():
                    if damage == "lost":
                        path.unlink()
                    else:
                        path.write_bytes(b"x" * 50_000)
                self.server.start()
                self.await_found(bob, "olive", contents[::-1], seconds=10)
                deadline = time.monotonic() + 10 * PATIENCE
                while not self.ask(bob, "olive")["complete"]:
                    self.assertLess(time.monotonic(), deadline, "the index is never complete")
                    time.sleep(0.05)


if __name__ == "__main__":
    unittest.main()
