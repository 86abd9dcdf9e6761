"""Refresh tokens under pressure: a hundred at once, reuse, kill -9 at any moment, and outages.

A family has one live token (I17): never two successors of one token, and no client that did nothing wrong is
locked out. PARLEY_REFRESH_KILLS says how many kills (30), PARLEY_ATTACK_SEED repeats a run's moments.
"""

import concurrent.futures
import http.client
import os
import random
import secrets
import threading
import time
import unittest

import attacks
from case import ServerCase
from parley_client import Rest, Session, User
from parley_server import PATIENCE, Server, poll

KILLS = int(os.environ.get("PARLEY_REFRESH_KILLS", "30"))
SEED = int(os.environ.get("PARLEY_ATTACK_SEED", "1")) or secrets.randbelow(2**32)
PATH = "/api/auth/refresh"
GRACE = 10.0  # seconds in which a lost answer is given again, by api/openapi.yaml
CLOSED_WITHIN = 2.0  # of the sessions of a family that ends, by the same


class Parallel(ServerCase):
    settings = attacks.UNLIMITED

    def test_a_hundred_at_once_get_one_successor(self):
        user = self.user()
        rests = [self.rest() for _ in range(100)]
        for rest in rests:
            rest.get("/healthz")  # connected, so that the refreshes really meet
        gate = threading.Barrier(len(rests))

        def refresh(rest):
            gate.wait(30 * PATIENCE)
            return rest.request("POST", PATH, {"refresh_token": user.refresh_token})

        with concurrent.futures.ThreadPoolExecutor(len(rests)) as pool:
            answers = list(pool.map(refresh, rests))
        self.assertEqual([answer.status for answer in answers], [200] * len(rests))
        successors = {answer.json["refresh_token"] for answer in answers}
        self.assertEqual(len(successors), 1)
        self.assertNotEqual(successors, {user.refresh_token})
        for answer in answers:
            self.rest(answer.json["access_token"]).get("/api/users/me")
        # The one successor is live, once.
        (successor,) = successors
        third = self.rest().post(PATH, {"refresh_token": successor}, expect=200).json["refresh_token"]
        self.rest().refused("POST", PATH, 401, "unauthorized", {"refresh_token": user.refresh_token})
        self.rest().refused("POST", PATH, 401, "unauthorized", {"refresh_token": third})

    def test_two_holders_of_one_token_stay_on_one_line(self):
        """A thief and the owner in step get the same tokens; out of step the family ends for both."""
        ended = 0
        for _ in range(10):
            user = self.user()
            chains = [[user.refresh_token], [user.refresh_token]]
            with concurrent.futures.ThreadPoolExecutor(2) as pool:
                went_on = list(pool.map(self.go_on, chains))
            shorter, longer = sorted(chains, key=len)
            self.assertEqual(longer[: len(shorter)], shorter, "two families grew out of one token")
            if not all(went_on):
                ended += 1
                self.rest().refused("POST", PATH, 401, "unauthorized", {"refresh_token": longer[-1]})
        print(f"{ended} of 10 families ended", flush=True)

    def go_on(self, chain):
        rest = self.rest()
        for _ in range(5):
            answer = rest.request("POST", PATH, {"refresh_token": chain[-1]})
            if answer.status != 200:
                return False
            chain.append(answer.json["refresh_token"])
        return True

    def test_many_families_do_not_mix(self):
        users = [self.user() for _ in range(20)]
        with concurrent.futures.ThreadPoolExecutor(len(users)) as pool:
            list(pool.map(lambda user: [user.refresh() for _ in range(5)], users))
        for user in users:
            self.assertEqual(user.rest.get("/api/users/me").json["user_id"], user.id)


class Windows(unittest.TestCase):
    """The 10 s after a rotation, seen by a server that stays and by one that dies; they wait together."""

    def setUp(self):
        self.stays, self.dies = Server(attacks.UNLIMITED), Server(attacks.UNLIMITED)
        for server in (self.stays, self.dies):
            self.addCleanup(server.close)
            server.start()

    def user(self, server):
        user = User(server)
        self.addCleanup(user.rest.close)
        return user

    def rest(self, server):
        rest = Rest(server)
        self.addCleanup(rest.close)
        return rest

    def rotate(self, user):
        """The successor, of which the client never learns."""
        return user.rest.post(PATH, {"refresh_token": user.refresh_token}, expect=200).json["refresh_token"]

    def test_after_ten_seconds(self):
        thief, patient = self.user(self.stays), self.user(self.stays)
        other = thief.log_in()
        self.addCleanup(other.rest.close)
        sessions = [Session(self.stays, thief.access_token) for _ in range(3)]
        elsewhere = Session(self.stays, other.access_token)
        for session in (*sessions, elsewhere):
            self.addCleanup(session.abort)
        lost, used = self.user(self.dies), self.user(self.dies)
        stolen, repeated = self.rotate(thief), self.rotate(patient)
        of_lost, of_used = self.rotate(lost), self.rotate(used)
        rotated_at = time.monotonic()
        self.assertEqual(self.rotate(patient), repeated)
        self.dies.kill()
        poll(lambda: time.monotonic() > rotated_at + GRACE + 0.5, "the window", GRACE + 5)

        with self.subTest("reuse ends the family and its sessions"):
            shown = time.monotonic()
            self.rest(self.stays).refused("POST", PATH, 401, "unauthorized", {"refresh_token": thief.refresh_token})
            for session in sessions:
                session.expect_close(4003, CLOSED_WITHIN)
            self.assertLess(time.monotonic() - shown, 5.0 * PATIENCE)
            self.rest(self.stays).refused("POST", PATH, 401, "unauthorized", {"refresh_token": stolen})
            thief.rest.refused("GET", "/api/users/me", 401, "unauthorized")
            elsewhere.settle()
        with self.subTest("the successor is good for long, once"):
            self.rest(self.stays).post(PATH, {"refresh_token": repeated}, expect=200)
            self.rest(self.stays).refused("POST", PATH, 401, "unauthorized", {"refresh_token": patient.refresh_token})
        self.dies.start()
        with self.subTest("an answer that died with the server is given again"):
            self.assertEqual(self.rotate(lost), of_lost)
            self.assertEqual(self.rotate(lost), of_lost)
            lost.refresh_token = of_lost
            lost.refresh()
            lost.rest.get("/api/users/me")
        with self.subTest("not when its successor has been used"):
            self.rest(self.dies).post(PATH, {"refresh_token": of_used}, expect=200)
            self.rest(self.dies).refused("POST", PATH, 401, "unauthorized", {"refresh_token": used.refresh_token})
            used.rest.refused("GET", "/api/users/me", 401, "unauthorized")


class Client(threading.Thread):
    """Refreshes without end, as a client should: what was not answered is asked again, with the same token."""

    def __init__(self, server, successors):
        super().__init__(daemon=True)
        self.user = User(server)
        self.rest = Rest(server, seconds=10)
        self.token = self.user.refresh_token
        self.successors = successors  # token → its successor, of this family
        self.running = threading.Event()
        self.running.set()
        self.done = False
        self.lost = 0
        self.rotations = 0
        self.problem = None

    def run(self):
        try:
            while not self.done:
                self.running.wait()
                self.step()
        except Exception as problem:  # noqa: BLE001 - told by the test
            self.problem = problem

    def step(self):
        try:
            answer = self.rest.request("POST", PATH, {"refresh_token": self.token})
        except ConnectionRefusedError:
            self.rest.close()
            time.sleep(0.005)  # as any client does before it tries again
            return
        except (OSError, http.client.HTTPException):
            self.lost += 1
            self.rest.close()
            return
        if answer.status in (500, 503):
            return
        if answer.status != 200:
            raise AssertionError(f"locked out: {answer} after {self.rotations} rotations")
        successor = answer.json["refresh_token"]
        known = self.successors.setdefault(self.token, successor)
        if known != successor:
            raise AssertionError("a token has two successors")
        self.token = successor
        self.rotations += 1


class Kills(unittest.TestCase):
    CLIENTS = 8

    def test_never_two_successors_never_locked_out(self):
        print(f"PARLEY_ATTACK_SEED={SEED} PARLEY_REFRESH_KILLS={KILLS}", flush=True)
        chance = random.Random(SEED)
        server = Server(attacks.UNLIMITED)
        self.addCleanup(server.close)
        server.start()
        families = [{} for _ in range(self.CLIENTS)]
        clients = [Client(server, family) for family in families]
        for client in clients:
            self.addCleanup(client.rest.close)
            self.addCleanup(client.user.rest.close)
            client.start()
        try:
            for number in range(1, KILLS + 1):
                begun = sum(client.rotations for client in clients)
                poll(lambda: sum(client.rotations for client in clients) > begun, "no rotation", 10)
                time.sleep(chance.uniform(0.0, 0.06))  # the moment of the kill, out of the seed
                server.kill()
                time.sleep(chance.uniform(0.0, 0.05))
                server.start()
                for client in clients:
                    self.assertIsNone(client.problem, f"kill {number}")
            # Everybody goes on after the last one, too.
            counts = [client.rotations for client in clients]
            poll(
                lambda: all(client.rotations > count or client.problem for client, count in zip(clients, counts)),
                "not every client goes on",
                10,
            )
        finally:
            for client in clients:
                client.done = True
            for client in clients:
                client.join(30 * PATIENCE)
        for client in clients:
            self.assertIsNone(client.problem)
            self.assertEqual(len(set(client.successors.values())), len(client.successors), "a token came twice")
        lost = sum(client.lost for client in clients)
        rotations = sum(client.rotations for client in clients)
        print(f"{KILLS} kills, {rotations} rotations, {lost} answers lost", flush=True)
        self.assertGreater(lost, 0, "no kill hit a refresh: this run shows nothing")
        self.only_the_last_is_live(server, clients)

    def only_the_last_is_live(self, server, clients):
        rest = Rest(server)
        self.addCleanup(rest.close)
        for client in clients:
            last = rest.post(PATH, {"refresh_token": client.token}, expect=200).json["refresh_token"]
            earlier = [token for token in client.successors if token != client.token]
            rest.refused("POST", PATH, 401, "unauthorized", {"refresh_token": earlier[0]})
            rest.refused("POST", PATH, 401, "unauthorized", {"refresh_token": last})


if __name__ == "__main__":
    unittest.main()
