#!/usr/bin/python3
"""Runs the fuzz targets, some at a time, and keeps their corpora small.

    fuzz/run.py repeat [NAME...]          each target, or these: the same inputs every time, as many as INPUTS_OF says
    fuzz/run.py explore SECONDS [NAME...] for that long, from a new seed and from what earlier runs found
    fuzz/run.py merge [NAME...]           takes what earlier runs found into fuzz/corpus, if it adds coverage

The first two end with "N passed, M failed". PARLEY_FUZZ_SEED sets the seed. The programs are
build/fuzz/fuzz/fuzz_NAME (libFuzzer). New inputs gather in build/fuzz/corpus/NAME, inputs that broke something in
build/fuzz/artifacts. A planted bug is looked for first: a set-up that misses it is broken.
"""

import hashlib
import os
import re
import secrets
import shutil
import subprocess
import sys
import tempfile
import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
SEEDS = ROOT / "fuzz" / "corpus"
BUILD = ROOT / "build" / "fuzz"
DICTIONARIES = ROOT / "fuzz" / "dictionaries"
# Targets that speak the protocol.
DICTIONARY_OF = {
    "client_frames": "protocol.dict",
    "server_life": "protocol.dict",
    "server_requests": "protocol.dict",
}
PLANTED = "planted"
PLANTED_SECONDS = 60
# What a target keeps in the repository.
FILES_MAX = 200
BYTES_MAX = 300_000
# What `repeat` tries: about 15 seconds of each target on a machine of two cores. A number and not a time, so that a
# faster machine does not go on to inputs that nobody tried before.
INPUTS_OF = {
    "access_token": 100_000,
    "client_frames": 1_000_000,
    "configuration": 25_000,
    "core_commands": 60_000,
    "deflate": 150_000,
    "frame_round_trip": 15_000,
    "http_request": 250_000,
    "log_reader": 20_000,
    "record_codec": 2_000_000,
    "server_frames": 20_000,
    "server_life": 500,
    "server_requests": 2_000,
    "store_codec": 1_000_000,
    "text": 120_000,
    "upgrade": 400_000,
    "websocket_frames": 100_000,
}
INPUTS_DEFAULT = 20_000
REPEAT_SEED = 1
# However slow the machine is.
REPEAT_SECONDS_MAX = 1800
# Beyond a run's own time: starting, reading the corpus, and the input that is just being tried.
GRACE_SECONDS = 120
OPTIONS = ["-timeout=60", "-rss_limit_mb=2048", "-print_final_stats=1"]
ENVIRONMENT = {
    **os.environ,
    "UBSAN_OPTIONS": "print_stacktrace=1:halt_on_error=1",
    "ASAN_OPTIONS": "detect_stack_use_after_return=1:strict_string_checks=1",
}


@dataclass
class Outcome:
    name: str
    passed: bool
    summary: str
    log: Path
    inputs: int = 0
    edges: int = 0
    seconds: float = 0


@dataclass
class Plan:
    """What all targets of a run have in common."""

    seed: int
    # None: the same inputs every time.
    seconds: int | None
    prefix: list[str]


def program(name: str) -> Path:
    return BUILD / "fuzz" / f"fuzz_{name}"


def target_names() -> list[str]:
    """From the sources: a target that was not built is a failure, not an omission."""
    return sorted(source.stem for source in (ROOT / "fuzz").glob("*.cc"))


def statistic(output: str, name: str) -> int:
    found = re.search(rf"stat::{name}:\s+(\d+)", output)
    return int(found.group(1)) if found else 0


def edges_in(output: str) -> int:
    found = re.findall(r"\bcov: (\d+)", output)
    return int(found[-1]) if found else 0


def exploring(name: str, seconds: int) -> tuple[list[str], Path]:
    """With the seeds of the repository and what earlier runs have found."""
    found = BUILD / "corpus" / name
    found.mkdir(parents=True, exist_ok=True)
    seeds = [str(SEEDS / name)] if (SEEDS / name).is_dir() else []
    return [f"-max_total_time={seconds}", str(found), *seeds], found


def repeating(name: str) -> tuple[list[str], Path]:
    """With the seeds of the repository alone, in an order that no file system decides, and without what libFuzzer
    does each second."""
    found = BUILD / "repeated" / name
    shutil.rmtree(found, ignore_errors=True)
    found.mkdir(parents=True)
    arguments = [f"-runs={INPUTS_OF.get(name, INPUTS_DEFAULT)}", "-reload=0", str(found)]
    seeds = sorted(SEEDS.joinpath(name).glob("*"))
    if seeds:
        names = found.with_suffix(".seeds")
        names.write_text(",".join(map(str, seeds)))
        arguments.append(f"-seed_inputs=@{names}")
    return arguments, found


def fuzz(name: str, plan: Plan) -> Outcome:
    artifacts = BUILD / "artifacts"
    logs = BUILD / "logs"
    for folder in (artifacts, logs):
        folder.mkdir(parents=True, exist_ok=True)
    log = logs / f"{name}.log"
    how, found = repeating(name) if plan.seconds is None else exploring(name, plan.seconds)
    command = [*plan.prefix, str(program(name)), f"-seed={plan.seed}", *OPTIONS,
               f"-artifact_prefix={artifacts}/{name}-", *how]
    if name in DICTIONARY_OF:
        command.append(f"-dict={DICTIONARIES / DICTIONARY_OF[name]}")
    limit = REPEAT_SECONDS_MAX if plan.seconds is None else plan.seconds + GRACE_SECONDS
    began = time.monotonic()
    try:
        with log.open("wb") as out:
            status = subprocess.run(command, stdout=out, stderr=out, env=ENVIRONMENT, timeout=limit,
                                    check=False).returncode
    except (OSError, subprocess.TimeoutExpired) as problem:
        return Outcome(name, False, str(problem), log)
    seconds = time.monotonic() - began
    output = log.read_text(errors="replace")
    runs = statistic(output, "number_of_executed_units")
    if status != 0:
        return Outcome(name, False, f"ended with status {status}", log)
    if runs == 0:
        return Outcome(name, False, "tried no input", log)
    rate = statistic(output, "average_exec_per_sec")
    edges = edges_in(output)
    kept = sorted(new.name for new in found.iterdir())
    summary = f"{runs} inputs, {rate} a second, {edges} edges, {len(kept)} kept"
    if plan.seconds is None:
        # Two runs that kept the same tried the same: the names are hashes of what is in the files.
        summary += " " + hashlib.sha256("".join(kept).encode()).hexdigest()[:8]
    return Outcome(name, True, summary, log, runs, edges, seconds)


def finds_the_planted_bug() -> Outcome:
    """fuzz/planted/planted.cc reads one byte too far, behind four bytes that nobody guesses."""
    with tempfile.TemporaryDirectory() as folder:
        command = [str(program(PLANTED)), f"-max_total_time={PLANTED_SECONDS}", "-seed=1",
                   f"-artifact_prefix={folder}/"]
        log = BUILD / "logs" / f"{PLANTED}.log"
        log.parent.mkdir(parents=True, exist_ok=True)
        with log.open("wb") as out:
            status = subprocess.run(command, stdout=out, stderr=out, env=ENVIRONMENT,
                                    timeout=PLANTED_SECONDS + GRACE_SECONDS, check=False).returncode
        seen = status != 0 and "heap-buffer-overflow" in log.read_text(errors="replace")
    return Outcome(PLANTED, seen, "the planted bug was " + ("found" if seen else "missed"), log)


def tell(outcome: Outcome) -> None:
    verdict = "ok" if outcome.passed else "FAILED"
    print(f"fuzz_{outcome.name}: {verdict}, {outcome.summary}", flush=True)
    if outcome.passed:
        return
    lines = outcome.log.read_text(errors="replace").splitlines() if outcome.log.exists() else []
    print("\n".join(f"    {line}" for line in lines[-60:]))
    print(f"    the input: {BUILD}/artifacts/{outcome.name}-…; to repeat it: {program(outcome.name)} INPUT",
          flush=True)


def fixed_addresses() -> list[str]:
    """What a program is started with so that its addresses are the same each time, where that is permitted: what is
    compared in a target, addresses too, becomes part of later inputs."""
    prefix = ["setarch", "-R"]
    try:
        permitted = subprocess.run([*prefix, "true"], stderr=subprocess.DEVNULL, check=False).returncode == 0
    except OSError:
        permitted = False
    if not permitted:
        print("addresses cannot be fixed here (setarch -R): some inputs will differ from run to run", flush=True)
    return prefix if permitted else []


def planned(seconds: int | None) -> Plan:
    chosen = os.environ.get("PARLEY_FUZZ_SEED", "")
    if chosen and not (chosen.isdigit() and 0 < int(chosen) < 2**32):
        sys.exit(f"PARLEY_FUZZ_SEED is {chosen!r}, not a number from 1 to {2**32 - 1}")
    if seconds is None:
        return Plan(int(chosen or REPEAT_SEED), None, fixed_addresses())
    # libFuzzer takes 0 for "any".
    return Plan(int(chosen) if chosen else 1 + secrets.randbelow(2**32 - 1), seconds, [])


def tell_figures(outcomes: list[Outcome]) -> None:
    """In Markdown, to be kept in docs/trust.md."""
    print("\n| target | inputs | a second | edges |\n| --- | --- | --- | --- |")
    for outcome in outcomes:
        rate = outcome.inputs / max(outcome.seconds, 1)
        print(f"| `{outcome.name}` | {outcome.inputs:,} | {rate:,.0f} | {outcome.edges:,} |")
    hours = sum(outcome.seconds for outcome in outcomes) / 3600
    print(f"\n{len(outcomes)} targets: {sum(outcome.inputs for outcome in outcomes):,} inputs in {hours:.2f} hours of "
          f"targets' time, {sum(outcome.edges for outcome in outcomes):,} edges\n")


def run(seconds: int | None, names: list[str]) -> bool:
    at_once = int(os.environ.get("PARLEY_JOBS", os.cpu_count() or 1))
    plan = planned(seconds)
    print(f"seed {plan.seed}, {at_once} at a time, " + ("the same inputs every time" if seconds is None else
          f"{seconds} s each, and what earlier runs found"), flush=True)
    planted = finds_the_planted_bug()
    tell(planted)
    passed = []
    with ThreadPoolExecutor(at_once) as pool:
        for outcome in pool.map(lambda name: fuzz(name, plan), names):
            tell(outcome)
            if outcome.passed:
                passed.append(outcome)
    tell_figures(passed)
    good = len(passed) + planted.passed
    print(f"{good} passed, {len(names) + 1 - good} failed")
    return good == len(names) + 1


def merge(name: str) -> None:
    """The seeds that people named stay; of what was found, the fewest and smallest that cover as much."""
    kept = SEEDS / name
    kept.mkdir(parents=True, exist_ok=True)
    named = [seed for seed in kept.iterdir() if not seed.name.startswith("found_")]
    with tempfile.TemporaryDirectory() as folder:
        chosen = Path(folder)
        for seed in named:
            shutil.copy(seed, chosen / seed.name)
        sources = [str(place) for place in (kept, BUILD / "corpus" / name) if place.is_dir()]
        # By edges alone, not by how often each was taken: the rest is for the fuzzer to find again.
        subprocess.run([str(program(name)), "-merge=1", "-use_counters=0", "-timeout=10", str(chosen),
                        *sources],
                       env=ENVIRONMENT, stderr=subprocess.DEVNULL, check=True)
        new = sorted((made for made in chosen.iterdir() if not (kept / made.name) in named),
                     key=lambda made: made.stat().st_size)
        contents = [made.read_bytes() for made in new]
    for old in kept.glob("found_*"):
        old.unlink()
    files = len(named)
    size = sum(seed.stat().st_size for seed in named)
    for content in contents:
        if files == FILES_MAX or size + len(content) > BYTES_MAX:
            break
        (kept / f"found_{hashlib.sha256(content).hexdigest()[:12]}").write_bytes(content)
        files += 1
        size += len(content)
    print(f"{name}: {files} files, {size} bytes, of {len(named) + len(contents)}", flush=True)


def main(arguments: list[str]) -> int:
    if arguments[:1] == ["repeat"]:
        return 0 if run(None, arguments[1:] or target_names()) else 1
    if arguments[:1] == ["explore"] and len(arguments) >= 2 and arguments[1].isdigit():
        return 0 if run(int(arguments[1]), arguments[2:] or target_names()) else 1
    if arguments[:1] == ["merge"]:
        for name in arguments[1:] or target_names():
            merge(name)
        return 0
    print(__doc__, file=sys.stderr)
    return 2


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
