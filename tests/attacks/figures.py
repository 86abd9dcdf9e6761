#!/usr/bin/python3
"""How much slower others become while somebody attacks: ./dev attacks figures [ROUNDS].

A round loads the server twice with the same paced messages (`parley bench`), once in quiet and once beside the
attack, in an order that is drawn; the table has the medians of the rounds. Nothing fails here because of a
figure. The aim is at most 20 % on the 99th percentile of send-to-ack, on a machine with nothing else to do.
"""

import argparse
import contextlib
import json
import random
import statistics
import threading
import urllib.error
import urllib.request

import attacks
from load import Bench, seed
from parley_server import Server, poll
from slow_clients import MODES, SlowClients

AIM = 1.2
RATE = 500  # messages a second, of all
CONNECTIONS = 40
SECONDS = 5
SLOW_CONNECTIONS = 500
STORM = 200
CONFIG = attacks.UNLIMITED


class LoginStorm:
    """`STORM` logins at once, each followed by the next at once."""

    def __init__(self, server):
        self.url = f"http://127.0.0.1:{server.port}/api/auth/login"
        self.done = False
        self.answered = 0
        self.threads = [threading.Thread(target=self.log_in, daemon=True) for _ in range(STORM)]
        for thread in self.threads:
            thread.start()

    def log_in(self):
        body = json.dumps({"login": "nobody", "password": "tangerine lantern 42"}).encode()
        while not self.done:
            try:
                urllib.request.urlopen(self.url, body, timeout=60).close()
            except urllib.error.HTTPError as refused:
                if refused.code not in (401, 429):
                    raise
                refused.close()
            self.answered += 1

    def __enter__(self):
        poll(lambda: self.answered > 0, "no login is answered", 30)
        return self

    def __exit__(self, *_):
        self.done = True
        for thread in self.threads:
            thread.join(60)


@contextlib.contextmanager
def slow_clients(server, mode):
    with SlowClients(server, mode, SLOW_CONNECTIONS, seconds=60) as attack:
        poll(lambda: connections(server) > SLOW_CONNECTIONS * 0.9, "the attack is not connected", 15)
        yield attack


def connections(server):
    with urllib.request.urlopen(f"http://127.0.0.1:{server.port}/metrics", timeout=10) as answer:
        for line in answer.read().decode().splitlines():
            if line.startswith("parley_connections "):
                return float(line.split()[1])
    raise AssertionError("/metrics has no parley_connections")


ATTACKS = {
    "200 logins at once": LoginStorm,
    **{f"{SLOW_CONNECTIONS} {mode}": lambda server, mode=mode: slow_clients(server, mode) for mode in MODES},
}


def percentiles(attack):
    """(p50, p99) of send-to-ack in µs, on a fresh server, beside the attack or in quiet."""
    server = Server(CONFIG)
    with contextlib.ExitStack() as stack:
        stack.callback(server.close)
        users = seed(server, CONNECTIONS)
        server.start()
        if attack:
            stack.enter_context(attack(server))
        options = ("--rate", RATE, "--warmup", 1, "--audit", "recent")
        bench = stack.enter_context(
            Bench(server, users, connections=CONNECTIONS, seconds=SECONDS, options=options)
        )
        acks = bench.result(120)["ack_us"]
        return acks["p50"], acks["p99"]


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("rounds", nargs="?", type=int, default=5)
    rounds = parser.parse_args().rounds
    chance = random.Random(1)
    print(f"{RATE} messages a second over {CONNECTIONS} connections, {rounds} rounds of {SECONDS} s, medians, µs\n")
    print("| attack | p50 quiet | p50 attacked | p99 quiet | p99 attacked | p99 slower by | of rounds |")
    print("| --- | --- | --- | --- | --- | --- | --- |")
    for name, attack in ATTACKS.items():
        results = {"quiet": [], "attacked": []}
        for _ in range(rounds):
            for which in chance.sample(sorted(results), 2):
                results[which].append(percentiles(attack if which == "attacked" else None))
        medians = {which: [statistics.median(column) for column in zip(*rows)] for which, rows in results.items()}
        ratios = sorted(with_it[1] / without[1] for with_it, without in zip(results["attacked"], results["quiet"]))
        quiet, attacked = medians["quiet"], medians["attacked"]
        ratio = attacked[1] / quiet[1]
        verdict = "" if ratio <= AIM else " (above the aim)"
        print(
            f"| {name} | {quiet[0]:,.0f} | {attacked[0]:,.0f} | {quiet[1]:,.0f} | {attacked[1]:,.0f} | "
            f"{ratio - 1:+.0%}{verdict} | {ratios[0] - 1:+.0%} … {ratios[-1] - 1:+.0%} |",
            flush=True,
        )


if __name__ == "__main__":
    main()
