#!/usr/bin/python3
"""Measures Parley beside what the machine itself can do, and prints a Markdown table.

    bench/run.py                                 all figures, 5 rounds
    bench/run.py --figures direct,paced          some of them
    bench/run.py --rounds 1 --quick              does it run at all? (a minute; the numbers mean nothing)

Each round starts the relay and the server one after the other, each fresh, and loads them with the same
generator; the table has the medians of the rounds. bench/README.md says what the figures are.
"""

import argparse
import contextlib
import http.client
import json
import os
import platform
import random
import shutil
import signal
import socket
import statistics
import subprocess
import sys
import tempfile
import time
import urllib.request
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Callable, Iterator

ROOT = Path(__file__).resolve().parent.parent
CONFIG = ROOT / "bench" / "limits-off.toml"
START_TIMEOUT_S = 600
STOP_TIMEOUT_S = 60


@dataclass
class Setup:
    parley: Path
    relay: Path
    folder: Path
    rounds: int
    seconds: float
    warmup: float
    hold: float
    idle: int
    messages: int
    threads: int
    members: int
    failures: list[str] = field(default_factory=list)


class Failed(Exception):
    """A program did not do what it was started for."""


# --- programs -------------------------------------------------------------------------------------

def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def is_ready(port: int) -> bool:
    try:
        with socket.create_connection(("127.0.0.1", port), timeout=5) as connection:
            connection.sendall(b"GET /readyz HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: close\r\n\r\n")
            return connection.recv(64).startswith(b"HTTP/1.1 200")
    except OSError:
        return False


def is_listening(port: int) -> bool:
    try:
        socket.create_connection(("127.0.0.1", port), timeout=5).close()
        return True
    except OSError:
        return False


@contextlib.contextmanager
def running(command: list[str], port: int, ready: Callable[[int], bool]) -> Iterator[tuple[int, float]]:
    """Starts a server, waits until it is ready, yields its pid and the seconds that took, stops it."""
    started = time.monotonic()
    with subprocess.Popen(command, stdout=subprocess.DEVNULL) as process:
        try:
            while not ready(port):
                if process.poll() is not None:
                    raise Failed(f"{command[0]} ended with {process.returncode}")
                if time.monotonic() - started > START_TIMEOUT_S:
                    raise Failed(f"{command[0]} is not ready after {START_TIMEOUT_S} s")
                time.sleep(0.002)
            yield process.pid, time.monotonic() - started
        finally:
            if process.poll() is None:
                process.send_signal(signal.SIGTERM)
                try:
                    process.wait(STOP_TIMEOUT_S)
                except subprocess.TimeoutExpired:
                    process.kill()


def load(setup: Setup, port: int, pid: int, arguments: list[str]) -> dict:
    """One run of the generator; its results."""
    result = setup.folder / "result.json"
    result.unlink(missing_ok=True)
    command = [str(setup.parley), "bench", "--port", str(port), "--server-pid", str(pid),
               "--json", str(result), "--threads", str(setup.threads), *arguments]
    done = subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True, check=False)
    if not result.exists():
        raise Failed(f"{' '.join(command)} ended with {done.returncode}")
    if done.returncode != 0:
        setup.failures.append(f"{' '.join(command)}\n{done.stdout}")
    return json.loads(result.read_text(encoding="utf-8"))


def seed(setup: Setup, users: int, messages: int = 0, contacts: int = 0) -> tuple[Path, Path]:
    """A fresh data directory with users; the directory and the seed file."""
    data, file = setup.folder / "data", setup.folder / "seed.jsonl"
    shutil.rmtree(data, ignore_errors=True)
    subprocess.run([str(setup.parley), "admin", "seed", "--config", str(CONFIG), "--data", str(data),
                    "--users", str(users), "--messages", str(messages), "--contacts", str(contacts),
                    "--out", str(file)],
                   check=True, stdout=subprocess.DEVNULL)
    return data, file


def seeded_users(file: Path) -> list[dict]:
    with file.open(encoding="utf-8") as lines:
        return [user for user in map(json.loads, lines) if "user_id" in user]


def on_relay(setup: Setup, arguments: list[str], durable: bool, group: bool = False) -> dict:
    port = free_port()
    command = [str(setup.relay), "--port", str(port)] + (["--group"] if group else [])
    log = setup.folder / "relay.log"
    if durable:
        command += ["--log", str(log)]
    with running(command, port, is_listening) as (pid, _):
        result = load(setup, port, pid, ["--raw", *arguments])
    log.unlink(missing_ok=True)
    return result


def serve(setup: Setup, data: Path, port: int) -> list[str]:
    return [str(setup.parley), "serve", "--config", str(CONFIG), "--data", str(data),
            "--listen", f"127.0.0.1:{port}"]


def on_parley(setup: Setup, arguments: list[str], users: int, contacts: int = 0) -> dict:
    data, file = seed(setup, users, contacts=contacts)
    port = free_port()
    with running(serve(setup, data, port), port, is_ready) as (pid, _):
        return load(setup, port, pid, ["--seed-file", str(file), *arguments])


# --- groups ---------------------------------------------------------------------------------------

MEMBERS_A_CALL = 500


def post(port: int, token: str, path: str, body: dict) -> dict:
    request = urllib.request.Request(
        f"http://127.0.0.1:{port}{path}", json.dumps(body).encode(), method="POST",
        headers={"Authorization": f"Bearer {token}", "Content-Type": "application/json"})
    with urllib.request.urlopen(request, timeout=60) as answer:
        return json.loads(answer.read())


def make_group(port: int, seed_file: Path, members: int) -> str:
    """A group of the first users of the seed file; its id."""
    users = seeded_users(seed_file)[:members]
    ids = [user["user_id"] for user in users]
    token = users[0]["access_token"]
    group = post(port, token, "/api/groups", {"name": "bench", "member_ids": ids[1:MEMBERS_A_CALL]})["group_id"]
    for first in range(MEMBERS_A_CALL, members, MEMBERS_A_CALL):
        post(port, token, f"/api/groups/{group}/members", {"user_ids": ids[first:first + MEMBERS_A_CALL]})
    return str(group)


@dataclass
class Talk:
    """A group that is written to: `rate` messages a second by those of its members who are online, in turn."""

    members: int
    online: int
    rate: int

    def arguments(self, setup: Setup) -> list[str]:
        return ["--connections", str(self.online), "--rate", str(self.rate), "--payload", "100", "--duration",
                str(setup.seconds), "--warmup", str(setup.warmup), "--audit", "recent"]


def group_on_relay(setup: Setup, talk: Talk, durable: bool) -> dict:
    return on_relay(setup, [*talk.arguments(setup), "--group", "all"], durable, group=True)


def groups_on_parley(setup: Setup, talks: list[Talk], extra: list[str] | None = None) -> list[dict]:
    """Each talk in a group of its own, one after the other, of one server."""
    data, file = seed(setup, max(talk.members for talk in talks))
    port = free_port()
    with running(serve(setup, data, port), port, is_ready) as (pid, _):
        return [load(setup, port, pid, ["--seed-file", str(file), *talk.arguments(setup), "--group",
                                        make_group(port, file, talk.members), *(extra or [])])
                for talk in talks]


def judged(setup: Setup, talk: Talk) -> str:
    """The same load once more, shorter, judged by the checker of all tests."""
    checker = setup.parley.parent / "parley_history"
    if not checker.is_file():
        checker = ROOT / "build" / "ci-release" / "parley_history"
    history = setup.folder / "history.jsonl"
    groups_on_parley(replace(setup, seconds=2, warmup=0), [talk], ["--history", str(history)])
    done = subprocess.run([str(checker), "check", str(history)], stdout=subprocess.PIPE, text=True, check=False)
    events = sum(1 for _ in history.open(encoding="utf-8"))
    history.unlink()
    if done.returncode != 0:
        setup.failures.append(f"parley_history\n{done.stdout}")
    return f"`parley_history` on {events:,} lines of one run of 2 s: {'holds' if done.returncode == 0 else 'BROKEN'}"


# --- figures --------------------------------------------------------------------------------------

Row = list[str]


def quantile(values: list[float], share: float) -> float:
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, int(len(ordered) * share))]


def cpu_seconds(pid: int) -> float:
    """User and system time of a process, in clock ticks."""
    fields = Path(f"/proc/{pid}/stat").read_text(encoding="ascii").rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def median(results: list[dict], *path: str) -> float | None:
    values = []
    for result in results:
        value = result
        for name in path:
            value = value[name]
        if value is not None:
            values.append(float(value))
    return statistics.median(values) if values else None


def number(value: float | None, digits: int = 0) -> str:
    return "–" if value is None else f"{value:,.{digits}f}"


def table(head: Row, rows: list[Row]) -> str:
    lines = ["| " + " | ".join(head) + " |", "|" + " --- |" * len(head)]
    return "\n".join(lines + ["| " + " | ".join(row) + " |" for row in rows])


def alternate(setup: Setup, name: str, sides: dict[str, Callable[[], dict]]) -> dict[str, list[dict]]:
    """Each side once a round, in turn, so that a slow minute of the machine hits all of them."""
    results: dict[str, list[dict]] = {side: [] for side in sides}
    for turn in range(setup.rounds):
        for side, run in sides.items():
            print(f"{name}: round {turn + 1} of {setup.rounds}, {side}", file=sys.stderr, flush=True)
            results[side].append(run())
    return results


def load_rows(results: dict[str, list[dict]]) -> list[Row]:
    return [[side,
             number(median(runs, "delivered_per_second")),
             number(median(runs, "server_cpu_us_per_message"), 2),
             number(median(runs, "client_cpu_us_per_message"), 2),
             *(number(median(runs, "delivery_us", quantile)) for quantile in ("p50", "p99", "p99_9")),
             number(median(runs, "ack_us", "p99")),
             str(sum(run["audit"]["lost"] + run["audit"]["doubled"] + run["audit"]["out_of_order"]
                     for run in runs))]
            for side, runs in results.items()]


LOAD_HEAD = ["", "delivered/s", "server CPU µs/message", "client CPU µs/message", "p50 µs", "p99 µs",
             "p99.9 µs", "ack p99 µs", "lost, doubled, out of order"]


def messages_figure(setup: Setup, name: str, connections: int, arguments: list[str]) -> str:
    arguments = ["--connections", str(connections), "--payload", "100", "--duration", str(setup.seconds),
                 "--warmup", str(setup.warmup), *arguments]
    results = alternate(setup, name, {
        "relay, not durable": lambda: on_relay(setup, arguments, durable=False),
        "relay with log (the limit)": lambda: on_relay(setup, arguments, durable=True),
        "Parley": lambda: on_parley(setup, arguments, connections),
    })
    return table(LOAD_HEAD, load_rows(results))


def direct(setup: Setup) -> str:
    return ("### Durable direct messages: 100 bytes, 200 connections, window 16\n\n"
            + messages_figure(setup, "direct", 200, ["--window", "16"]))


def paced(setup: Setup) -> str:
    return ("### Paced: 2,000 messages/s over 400 connections\n\n"
            + messages_figure(setup, "paced", 400, ["--rate", "2000"]))


GROUP_HEAD = ["", "delivered/s", "server CPU µs/delivery", "server CPU µs/message", "p50 µs", "p99 µs",
              "to the last, p50 µs", "to the last, p99 µs", "audit"]


def per_message(runs: list[dict]) -> float | None:
    return statistics.median(
        run["server_cpu_us_per_message"] * run["delivered_per_second"] / run["acknowledged_per_second"]
        for run in runs)


def group_row(name: str, runs: list[dict]) -> Row:
    return [name,
            number(median(runs, "delivered_per_second")),
            number(median(runs, "server_cpu_us_per_message"), 2),
            number(per_message(runs)),
            *(number(median(runs, "delivery_us", quantile)) for quantile in ("p50", "p99")),
            *(number(median(runs, "last_us", quantile)) for quantile in ("p50", "p99")),
            "passed" if all(run["passed"] for run in runs) else "FAILED"]


def group(setup: Setup) -> str:
    talk = Talk(setup.members, setup.members, 50)
    results = alternate(setup, "group", {
        "relay, not durable": lambda: group_on_relay(setup, talk, durable=False),
        "relay with log (the limit)": lambda: group_on_relay(setup, talk, durable=True),
        "Parley": lambda: groups_on_parley(setup, [talk])[0],
    })
    return (f"### A group of {talk.online} online members, {talk.rate} messages/s of 100 bytes\n\n"
            + table(GROUP_HEAD, [group_row(side, runs) for side, runs in results.items()])
            + "\n\n" + judged(setup, talk))


def curve(setup: Setup) -> str:
    """Cost per message by members, and by members online; from 2 to the 20-fold of `group`."""
    most = setup.members * 20
    sizes = [size for size in (2, 10, 100, 1_000, 10_000) if size < most] + [most]
    rates = {size: max(2, min(200, 20_000 // size)) for size in sizes}
    whole = [Talk(size, size, rates[size]) for size in sizes]
    few = [Talk(most, size, rates[size]) for size in sizes[:-1]]
    results = alternate(setup, "curve", {
        "relay": lambda: {talk.online: group_on_relay(setup, talk, durable=True) for talk in whole},
        "all online": lambda: dict(zip((t.online for t in whole), groups_on_parley(setup, whole))),
        "few online": lambda: dict(zip((t.online for t in few), groups_on_parley(setup, few))),
    })
    rows = []
    for talk in whole:
        name = f"relay with log, {talk.online:,} connections, {talk.rate}/s"
        rows.append(group_row(name, [run[talk.online] for run in results["relay"]]))
        name = f"{talk.members:,} members, all online, {talk.rate}/s"
        rows.append(group_row(name, [run[talk.online] for run in results["all online"]]))
    for talk in few:
        name = f"{talk.members:,} members, {talk.online:,} online, {talk.rate}/s"
        rows.append(group_row(name, [run[talk.online] for run in results["few online"]]))
    return "### Cost of a message in a group\n\n" + table(GROUP_HEAD, rows)


def idle(setup: Setup) -> str:
    arguments = ["--idle", "--connections", str(setup.idle), "--hold", str(setup.hold)]
    results = alternate(setup, "idle", {
        "relay (handshake only)": lambda: on_relay(setup, arguments, durable=False),
        "Parley (auth and sync)": lambda: on_parley(setup, arguments, setup.idle),
    })
    rows = []
    for side, runs in results.items():
        cpu = median(runs, "server_cpu_ns_connecting")
        rows.append([side,
                     number(median(runs, "server_bytes_per_connection")),
                     number(median(runs, "ready_seconds"), 2),
                     number(None if cpu is None else cpu / 1000 / setup.idle, 0),
                     *(number(median(runs, step, "p99")) for step in
                       ("connect_us", "auth_us", "sync_us", "ready_us"))])
    return f"### {setup.idle:,} idle connections\n\n" + table(
        ["", "bytes per connection", "all ready after s", "server CPU µs/connection", "connect p99 µs",
         "auth p99 µs", "sync p99 µs", "all three p99 µs"], rows)


def start(setup: Setup) -> str:
    print(f"start: storing {setup.messages:,} messages", file=sys.stderr, flush=True)
    began = time.monotonic()
    data, _ = seed(setup, max(2, min(15_000, setup.messages // 100 * 2)), setup.messages)
    stored = time.monotonic() - began
    seconds, memory = [], []
    for _ in range(setup.rounds):
        port = free_port()
        with running(serve(setup, data, port), port, is_ready) as (pid, took):
            seconds.append(took)
            memory.append(proportional_bytes(pid))
    size = sum(file.stat().st_size for file in data.rglob("*") if file.is_file())
    return f"### Start with {setup.messages:,} stored messages\n\n" + table(
        ["", "ready after s", "slowest s", "memory MiB", "on disk MiB", "seeded in s"],
        [["Parley", number(statistics.median(seconds), 3), number(max(seconds), 3),
          number(statistics.median(memory) / 2**20, 1), number(size / 2**20), number(stored)]])


PAGE = 50


def get_pages(port: int, users: list[dict], head: int, count: int) -> list[float]:
    """Seconds that each of `count` pages took, of random users and places, one after the other."""
    places = random.Random(1)
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=30)
    seconds = []
    for _ in range(count):
        user = places.choice(users)
        before = places.randrange(PAGE + 1, head + 2)
        path = f"/api/conversations/{user['conversation_id']}/messages?before_seq={before}&limit={PAGE}"
        began = time.perf_counter()
        connection.request("GET", path, headers={"Authorization": f"Bearer {user['access_token']}"})
        answer = connection.getresponse()
        body = answer.read()
        seconds.append(time.perf_counter() - began)
        if answer.status != 200 or body.count(b'"new_message"') != PAGE:
            raise Failed(f"{path}: {answer.status} {body[:200]!r}")
    connection.close()
    return seconds


def pages(setup: Setup) -> str:
    """Any page of history, over REST, as one client sees it."""
    conversations = max(1, min(1_000, setup.messages // 1_000))
    data, file = seed(setup, 2 * conversations, setup.messages)
    users = seeded_users(file)
    times: dict[str, list[float]] = {"first 1,000 pages": [], "next 10,000 pages": []}
    cpu = []
    for _ in range(setup.rounds):
        port = free_port()
        with running(serve(setup, data, port), port, is_ready) as (pid, _):
            head = setup.messages // conversations
            times["first 1,000 pages"] += get_pages(port, users, head, 1_000)
            before = cpu_seconds(pid)
            times["next 10,000 pages"] += get_pages(port, users, head, 10_000)
            cpu.append((cpu_seconds(pid) - before) / 10_000)
    rows = [[name, *(number(1000 * quantile(seconds, q), 2) for q in (0.5, 0.99, 0.999, 1.0)),
             number(1e6 * statistics.median(cpu)) if name.startswith("next") else "–"]
            for name, seconds in times.items()]
    return f"### A page of {PAGE} from {setup.messages:,} messages in {conversations:,} conversations\n\n" + table(
        ["after a start", "p50 ms", "p99 ms", "p99.9 ms", "slowest ms", "server CPU µs/page"], rows)


def watching(setup: Setup) -> str:
    """Everybody watches 20 contacts; then all connect again at once."""
    arguments = ["--idle", "--watch", "20", "--storm", "--connections", str(setup.idle), "--hold", str(setup.hold)]
    runs = alternate(setup, "watching", {"Parley": lambda: on_parley(setup, arguments, setup.idle, 20)})["Parley"]
    for run in runs:
        for kind in ("first", "changes", "repeats"):  # what the whole run saw has the storm in it
            run["presence_" + kind] -= run["storm_presence_" + kind]
    rows = []
    for name, prefix, ready, cpu in (("all connect", "", "ready_seconds", "server_cpu_ns_connecting"),
                                     ("all connect again", "storm_", "storm_seconds", "storm_server_cpu_ns")):
        nanos = median(runs, cpu)
        rows.append([name, number(median(runs, ready), 2),
                     number(None if nanos is None else nanos / 1000 / setup.idle),
                     *(number(median(runs, prefix + "presence_" + kind)) for kind in ("first", "changes", "repeats"))])
    return f"### {setup.idle:,} sessions that watch 20 contacts each\n\n" + table(
        ["", "all ready after s", "server CPU µs/connection", "answers to a watch", "changes",
         "frames that showed nothing new"], rows)


def proportional_bytes(pid: int) -> int:
    for line in Path(f"/proc/{pid}/smaps_rollup").read_text(encoding="ascii").splitlines():
        if line.startswith("Pss:"):
            return int(line.split()[1]) * 1024
    return 0


FIGURES = {"direct": direct, "paced": paced, "group": group, "curve": curve, "idle": idle, "watching": watching,
           "start": start, "pages": pages}


# --- the whole ------------------------------------------------------------------------------------

def machine() -> str:
    model = next((line.split(":", 1)[1].strip() for line in
                  Path("/proc/cpuinfo").read_text(encoding="utf-8").splitlines()
                  if line.startswith("model name")), platform.machine())
    return f"{os.cpu_count()} cores ({model}), Linux {platform.release()}"


def find_program(given: str | None, name: str) -> Path:
    places = [Path(given)] if given else [ROOT / "build" / preset / name for preset in ("release", "ci-release")]
    for place in places:
        if place.is_file():
            return place
    raise Failed(f"no {name} in {' or '.join(str(place) for place in places)}: ./dev build ci-release")


def parse() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--figures", default=",".join(FIGURES), help="of " + ", ".join(FIGURES))
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--seconds", type=float, default=10, help="measured in each run")
    parser.add_argument("--warmup", type=float, default=3)
    parser.add_argument("--hold", type=float, default=5, help="seconds that idle connections are held")
    parser.add_argument("--idle", type=int, default=15_000, help="idle connections")
    parser.add_argument("--members", type=int, default=500, help="of the group; the curve goes up to 20 times as many")
    parser.add_argument("--messages", type=int, default=10_000_000, help="stored, for the start time")
    parser.add_argument("--threads", type=int, default=1, help="of the load generator")
    parser.add_argument("--parley", help="the program [build/release/parley, build/ci-release/parley]")
    parser.add_argument("--relay", help="[build/ci-release/bench/limit_relay]")
    parser.add_argument("--dir", help="where data and logs go: the disk to be measured [here]")
    parser.add_argument("--quick", action="store_true", help="small numbers of everything")
    return parser.parse_args()


def make_setup(arguments: argparse.Namespace, folder: str) -> Setup:
    quick = arguments.quick
    return Setup(
        parley=find_program(arguments.parley, "parley"),
        relay=find_program(arguments.relay, "bench/limit_relay"),
        folder=Path(folder),
        rounds=arguments.rounds,
        seconds=1 if quick else arguments.seconds,
        warmup=0.2 if quick else arguments.warmup,
        hold=0.5 if quick else arguments.hold,
        idle=200 if quick else arguments.idle,
        messages=10_000 if quick else arguments.messages,
        threads=arguments.threads,
        members=20 if quick else arguments.members,
    )


def main() -> int:
    arguments = parse()
    figures = arguments.figures.split(",")
    if unknown := set(figures) - set(FIGURES):
        print(f"no such figure: {', '.join(unknown)}", file=sys.stderr)
        return 2
    if os.getloadavg()[0] > 0.3:
        print(f"load average is {os.getloadavg()[0]}: the machine is not idle", file=sys.stderr)
    with tempfile.TemporaryDirectory(prefix="parley-bench-", dir=arguments.dir or ".") as folder:
        try:
            setup = make_setup(arguments, folder)
            print(f"Medians of {setup.rounds} rounds of {setup.seconds:g} s; {machine()}.\n")
            for name in figures:
                print(FIGURES[name](setup) + "\n", flush=True)
        except (Failed, subprocess.CalledProcessError) as error:
            print(f"bench/run.py: {error}", file=sys.stderr)
            return 2
    for failure in setup.failures:
        print(f"FAILED: {failure}", file=sys.stderr)
    return 1 if setup.failures else 0


if __name__ == "__main__":
    sys.exit(main())
