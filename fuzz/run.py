#!/usr/bin/python3
"""Runs the fuzz targets, some at a time, and keeps their corpora small.

    fuzz/run.py run SECONDS [NAME...]     each target, or these, for that long; "N passed, M failed" at the end
    fuzz/run.py merge [NAME...]           takes what earlier runs found into fuzz/corpus, if it adds coverage

The programs are build/fuzz/fuzz/fuzz_NAME (libFuzzer). New inputs gather in build/fuzz/corpus/NAME, inputs that
broke something in build/fuzz/artifacts. A planted bug is looked for first: a set-up that misses it is broken.
"""

import hashlib
import os
import re
import shutil
import subprocess
import sys
import tempfile
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
# Beyond a run's own time: starting, reading the corpus, and the input that is just being tried.
GRACE_SECONDS = 120
OPTIONS = ["-timeout=10", "-rss_limit_mb=2048", "-print_final_stats=1"]
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


def program(name: str) -> Path:
    return BUILD / "fuzz" / f"fuzz_{name}"


def target_names() -> list[str]:
    """From the sources: a target that was not built is a failure, not an omission."""
    return sorted(source.stem for source in (ROOT / "fuzz").glob("*.cc"))


def statistic(output: str, name: str) -> int:
    found = re.search(rf"stat::{name}:\s+(\d+)", output)
    return int(found.group(1)) if found else 0


def fuzz(name: str, seconds: int) -> Outcome:
    """One target with the seeds of the repository and what earlier runs have found."""
    found = BUILD / "corpus" / name
    artifacts = BUILD / "artifacts"
    logs = BUILD / "logs"
    for folder in (found, artifacts, logs):
        folder.mkdir(parents=True, exist_ok=True)
    log = logs / f"{name}.log"
    command = [str(program(name)), f"-max_total_time={seconds}", *OPTIONS,
               f"-artifact_prefix={artifacts}/{name}-", str(found)]
    if name in DICTIONARY_OF:
        command.append(f"-dict={DICTIONARIES / DICTIONARY_OF[name]}")
    if (SEEDS / name).is_dir():
        command.append(str(SEEDS / name))
    try:
        with log.open("wb") as out:
            status = subprocess.run(command, stdout=out, stderr=out, env=ENVIRONMENT,
                                    timeout=seconds + GRACE_SECONDS, check=False).returncode
    except (OSError, subprocess.TimeoutExpired) as problem:
        return Outcome(name, False, str(problem), log)
    output = log.read_text(errors="replace")
    runs = statistic(output, "number_of_executed_units")
    if status != 0:
        return Outcome(name, False, f"ended with status {status}", log)
    if runs == 0:
        return Outcome(name, False, "tried no input", log)
    rate = statistic(output, "average_exec_per_sec")
    kept = len(list(found.iterdir()))
    return Outcome(name, True, f"{runs} inputs, {rate} a second, {kept} kept", log)


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


def run(seconds: int, names: list[str]) -> bool:
    at_once = int(os.environ.get("PARLEY_JOBS", os.cpu_count() or 1))
    planted = finds_the_planted_bug()
    tell(planted)
    failed = 0 if planted.passed else 1
    with ThreadPoolExecutor(at_once) as pool:
        for outcome in pool.map(lambda name: fuzz(name, seconds), names):
            tell(outcome)
            failed += not outcome.passed
    print(f"{len(names) + 1 - failed} passed, {failed} failed")
    return failed == 0


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
    if arguments[:1] == ["run"] and len(arguments) >= 2 and arguments[1].isdigit():
        return 0 if run(int(arguments[1]), arguments[2:] or target_names()) else 1
    if arguments[:1] == ["merge"]:
        for name in arguments[1:] or target_names():
            merge(name)
        return 0
    print(__doc__, file=sys.stderr)
    return 2


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
