#!/usr/bin/python3
"""How much slower others become while somebody attacks: ./dev attacks figures [ROUNDS] [ATTACK...].

A round loads the server twice with the same paced messages (`parley bench`), once in quiet and once beside the
attack, in an order that is drawn; the table has the medians of the rounds. Nothing fails here because of a
figure. The aim is at most 20 % on the 99th percentile of send-to-ack, on a machine with nothing else to do.

What is measured is the server, so the others keep out of its way: where there are cores enough, it has half of them
for itself, the generator the rest, and the attackers run beside the generator when it sleeps (SCHED_IDLE). The first
attack is none, but a control: a program of the lowest priority that keeps a core of the server busy. What that costs,
the machine takes for not being idle any more, whatever runs on it.

`waited` is how long the server's loops were ready to run and had no core, in ms for each second
(/proc/PID/task/TID/schedstat).
"""

import argparse
import collections
import contextlib
import json
import os
import pathlib
import random
import statistics
import subprocess
import sys
import threading
import urllib.error
import urllib.request

import attacks
from case import merged
from load import Bench, seed
from parley_server import Server, poll
from slow_clients import MODES, SlowClients

AIM = 1.2
RATE = 500  # messages a second, of all
CONNECTIONS = 40
SECONDS = 5
SLOW_CONNECTIONS = 500
STORM = 200

CORES = sorted(os.sched_getaffinity(0))
SERVERS = CORES[: len(CORES) // 2] or CORES
CLIENTS = CORES[len(CORES) // 2 :]
CONFIG = merged(attacks.UNLIMITED, {"server": {"loops": len(SERVERS)}})

Figures = collections.namedtuple("Figures", "p50 p99 waited")  # µs, µs, ms a second


@contextlib.contextmanager
def cores(chosen):
    """What is started within runs on these."""
    os.sched_setaffinity(0, chosen)
    try:
        yield
    finally:
        os.sched_setaffinity(0, CLIENTS)


def step_back():
    """The calling thread runs when nobody else wants to, and so do the programs that it starts."""
    os.sched_setscheduler(0, os.SCHED_IDLE, os.sched_param(0))


class BusyCore:
    """A program that does nothing but run, on the server's cores, when nobody else wants to."""

    def __init__(self, _):
        command = "import os; os.sched_setscheduler(0, os.SCHED_IDLE, os.sched_param(0))\nwhile True: pass"
        with cores(SERVERS):
            self.process = subprocess.Popen([sys.executable, "-c", command], stdin=subprocess.DEVNULL)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.process.kill()
        self.process.wait()


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
        step_back()
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
        os.sched_setscheduler(attack.process.pid, os.SCHED_IDLE, os.sched_param(0))
        poll(lambda: connections(server) > SLOW_CONNECTIONS * 0.9, "the attack is not connected", 15)
        yield attack


def connections(server):
    with urllib.request.urlopen(f"http://127.0.0.1:{server.port}/metrics", timeout=10) as answer:
        for line in answer.read().decode().splitlines():
            if line.startswith("parley_connections "):
                return float(line.split()[1])
    raise AssertionError("/metrics has no parley_connections")


ATTACKS = {
    "control: a busy core": BusyCore,
    f"{STORM} logins at once": LoginStorm,
    **{f"{SLOW_CONNECTIONS} {mode}": lambda server, mode=mode: slow_clients(server, mode) for mode in MODES},
}


def waited(server):
    """Milliseconds that the server's loops were ready to run and did not, since they began."""
    total = 0
    for task in pathlib.Path(f"/proc/{server.pid}/task").iterdir():
        if (task / "comm").read_text(encoding="ascii").startswith("loop-"):
            total += int((task / "schedstat").read_text(encoding="ascii").split()[1])
    return total / 1e6


def measure(attack):
    """On a fresh server, beside the attack or in quiet."""
    server = Server(CONFIG)
    with contextlib.ExitStack() as stack:
        stack.callback(server.close)
        users = seed(server, CONNECTIONS)
        with cores(SERVERS):
            server.start()
        if attack:
            stack.enter_context(attack(server))
        options = ("--rate", RATE, "--warmup", 1, "--audit", "recent")
        before = waited(server)
        bench = stack.enter_context(
            Bench(server, users, connections=CONNECTIONS, seconds=SECONDS, options=options)
        )
        acks = bench.result(120)["ack_us"]
        return Figures(acks["p50"], acks["p99"], (waited(server) - before) / (SECONDS + 1))


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("rounds", nargs="?", type=int, default=5)
    parser.add_argument("attacks", nargs="*", help="those whose name contains one of these words; all without")
    arguments = parser.parse_args()
    rounds = arguments.rounds
    chance = random.Random(1)
    os.sched_setaffinity(0, CLIENTS)
    print(f"{RATE} messages a second over {CONNECTIONS} connections, {rounds} rounds of {SECONDS} s, medians, µs;")
    print(f"the server on cores {SERVERS}, clients on {CLIENTS}\n")
    print("| attack | p50 quiet | attacked | p99 quiet | attacked | p99 slower by | of rounds | waited quiet | attacked |")
    print("| --- " * 9 + "|")
    for name, attack in ATTACKS.items():
        if arguments.attacks and not any(word in name for word in arguments.attacks):
            continue
        results = {"quiet": [], "attacked": []}
        for _ in range(rounds):
            for which in chance.sample(sorted(results), 2):
                results[which].append(measure(attack if which == "attacked" else None))
        quiet, attacked = (Figures(*map(statistics.median, zip(*results[which]))) for which in ("quiet", "attacked"))
        ratios = sorted(beside.p99 / alone.p99 for beside, alone in zip(results["attacked"], results["quiet"]))
        ratio = attacked.p99 / quiet.p99
        verdict = "" if ratio <= AIM else " (above the aim)"
        print(
            f"| {name} | {quiet.p50:,.0f} | {attacked.p50:,.0f} | {quiet.p99:,.0f} | {attacked.p99:,.0f} | "
            f"{ratio - 1:+.0%}{verdict} | {ratios[0] - 1:+.0%} … {ratios[-1] - 1:+.0%} | "
            f"{quiet.waited:.2f} | {attacked.waited:.2f} |",
            flush=True,
        )


if __name__ == "__main__":
    main()
