#!/usr/bin/python3
"""Runs every mutant against the suite that has to find it: `./dev mutants`. README.md says what it is about.

    run.py [--build DIR] [--plain DIR] [NAME...]
    run.py --targets
    run.py --absent PROGRAM...

DIR of --build has the programs with planted bugs, DIR of --plain those without; --targets says what has to be
built in the former, --absent checks only that programs have nothing of a mutant. The last line is "N passed, M
failed": the suites without a mutant, every mutant, and the checks of the table and of the plain programs.
"""

import argparse
import concurrent.futures
import os
import pathlib
import re
import signal
import subprocess
import sys
import time
import tomllib
from collections.abc import Callable
from dataclasses import dataclass, field, replace

ROOT = pathlib.Path(__file__).resolve().parents[2]
TABLE = pathlib.Path(__file__).with_name("mutants.toml")
# Longer than any suite takes without a mutant.
BASELINE_SECONDS = 300
FIELDS = {
    "sim": {"bug", "suite", "expect", "seeds", "seconds"},
    "e2e": {"bug", "suite", "expect", "run", "seconds"},
    "crash": {"bug", "suite", "expect", "run", "seconds"},
    "power": {"bug", "suite", "expect", "run", "seconds"},
    "unit": {"bug", "suite", "expect", "run", "binary", "seconds"},
}


class TableError(Exception):
    """mutants.toml is wrong."""


@dataclass(frozen=True)
class Row:
    name: str
    bug: str
    suite: str
    expect: tuple[str, ...]
    seconds: float
    seeds: int = 0
    run: tuple[str, ...] = ()
    binary: str = ""

    @property
    def where(self) -> str:
        return " ".join(part for part in (self.suite, self.binary, *self.run) if part)


@dataclass
class Verdict:
    passed: bool
    how: str
    seconds: float = 0
    output: str = field(default="", repr=False)


def read_table() -> dict[str, Row]:
    with open(TABLE, "rb") as file:
        table = tomllib.load(file)
    seeds, seconds = table.pop("seeds"), table.pop("seconds")
    rows = {}
    for name, given in table.items():
        known = FIELDS.get(given.get("suite"))
        if known is None:
            raise TableError(f"{name}: the suites are {', '.join(FIELDS)}")
        wanted = known - {"seconds", "seeds"}
        if not wanted <= given.keys() <= known:
            raise TableError(f"{name}: the fields of a row for {given['suite']} are {', '.join(sorted(known))}")
        if not given["expect"]:
            raise TableError(f"{name}: nothing is expected")
        lists = {key: tuple(given[key]) for key in ("expect", "run") if key in given}
        rows[name] = Row(**{"name": name, "seeds": seeds, "seconds": seconds, **given, **lists})
    return rows


# --- the suites -------------------------------------------------------------------------------------

class Suites:
    """Runs a row's suite, with its mutant or with none."""

    def __init__(self, build: pathlib.Path) -> None:
        self.build = build

    def call(self, command, seconds, mutant="", folder=ROOT):
        """Answers exit code, output and how long it took; code None: not done in time."""
        environment = {**os.environ, "PARLEY_BINARY": str(self.build / "parley")}
        environment.pop("PARLEY_MUTANT", None)
        if mutant:
            environment["PARLEY_MUTANT"] = mutant
        begun = time.monotonic()
        # A group of its own: what the suite has started ends with it.
        with subprocess.Popen(
                [str(part) for part in command], cwd=folder, env=environment, text=True, errors="replace",
                stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
                start_new_session=True) as child:
            try:
                output, code = child.communicate(timeout=seconds)[0], child.returncode
            except subprocess.TimeoutExpired:
                os.killpg(child.pid, signal.SIGKILL)
                output, code = child.communicate()[0], None
            except BaseException:
                os.killpg(child.pid, signal.SIGKILL)
                raise
        return code, output, time.monotonic() - begun

    def command(self, row: Row):
        """What runs the suite of a row that is not for the simulator, and where."""
        if row.suite == "unit":
            return [self.build / "tests" / row.binary, "--gtest_filter=" + ":".join(row.run)], ROOT
        return [sys.executable, "-B", "-m", "unittest", "-v", *row.run], ROOT / "tests" / row.suite

    def baseline(self, row: Row) -> Verdict:
        if row.suite == "sim":
            command, folder = [self.build / "parley_sim", "--seeds", row.seeds], ROOT
        else:
            command, folder = self.command(row)
        code, output, seconds = self.call(command, BASELINE_SECONDS, folder=folder)
        ran = re.search(r"^(\d+) passed, 0 failed$|^Ran (\d+) tests? in|\[  PASSED  \] (\d+) test", output, re.M)
        if code != 0 or not ran or not any(int(count) for count in ran.groups() if count):
            return Verdict(False, "fails without a mutant", seconds, output)
        return Verdict(True, "passes without a mutant", seconds)

    def mutant(self, row: Row) -> Verdict:
        return self.simulate(row) if row.suite == "sim" else self.test(row)

    def test(self, row: Row) -> Verdict:
        command, folder = self.command(row)
        code, output, seconds = self.call(command, row.seconds, row.name, folder)
        if code is None:
            return Verdict(False, f"not done in {row.seconds} s", seconds, output)
        failed = re.findall(r"^(?:FAIL|ERROR): (\w+) |^\[  FAILED  \] ([\w./]+)", output, re.M)
        failed = {one or other for one, other in failed}
        found = [name for name in row.expect if name in failed]
        if code == 0 or not found:
            others = f"; failed: {', '.join(sorted(failed))}" if failed else ""
            return Verdict(False, "NOT CAUGHT" + others, seconds, output)
        if "assertion failed" in output:
            return Verdict(False, "the server died of an assertion", seconds, output)
        return Verdict(True, found[0], seconds, output)

    def simulate(self, row: Row) -> Verdict:
        """Seed after seed, until one fails for the right reason. One that fails for another is passed over."""
        total, outputs, seed = 0.0, [], 1
        # Whole words: I1 is not I10.
        expected = re.compile("|".join(rf"{re.escape(begin)}\b" for begin in row.expect))
        while seed <= row.seeds and total < row.seconds:
            command = [self.build / "parley_sim", "--mutant", row.name, "--from", seed,
                       "--seeds", row.seeds - seed + 1]
            code, output, seconds = self.call(command, row.seconds - total)
            total += seconds
            outputs.append(output)
            failed = re.search(r"^seed (\d+) failed$", output, re.M)
            if code is None or not failed:
                break
            problems = re.findall(r"^  (\S.*)$", output[failed.end():], re.M)
            found = [line for line in problems if expected.match(line)]
            if found:
                return Verdict(True, f"seed {failed[1]}: {found[0]}", total, "".join(outputs))
            seed = int(failed[1]) + 1
        return Verdict(False, f"NOT CAUGHT by {row.seeds} seeds in {row.seconds} s", total, "".join(outputs))


# --- what is checked besides ------------------------------------------------------------------------

def names_in(program: pathlib.Path) -> set[str]:
    """The mutants that a program was built with: it lists them when it is asked for one that it has not."""
    asked = subprocess.run([program, "version"], env={**os.environ, "PARLEY_MUTANT": "?"}, text=True,
                           capture_output=True, timeout=30)
    listed = re.search(r"there are: (.*)", asked.stderr)
    if asked.returncode == 0 or not listed:
        raise TableError(f"{program} has no mutants: ./dev build mutants")
    return set(listed[1].split())


def check_table(rows, built: set[str]) -> Verdict:
    missing, unknown = sorted(built - rows.keys()), sorted(rows.keys() - built)
    if missing or unknown:
        return Verdict(False, f"without a row: {missing}; rows without a mutant: {unknown}")
    planted = set()
    for path in [*ROOT.glob("src/**/*.cc"), *ROOT.glob("src/**/*.h"), *ROOT.glob("tests/sim/*.cc")]:
        planted |= set(re.findall(r"\bmutant\(Mutant::(\w+)\)", path.read_text(encoding="utf-8")))
    nowhere = sorted(name for name in built if name.replace("-", "_") not in planted)
    return Verdict(not nowhere, f"planted nowhere: {nowhere}" if nowhere else "every mutant is planted and has a row")


def check_absent(program: pathlib.Path, names) -> Verdict:
    """Neither a name, nor the variable, nor a symbol of a mutant is in a program without them."""
    content = program.read_bytes()
    marks = ["PARLEY_MUTANT", "planted bug", *names, *(name.replace("-", "_") for name in names)]
    found = [mark for mark in marks if mark.encode() in content]
    symbols = subprocess.run(["nm", "-C", str(program)], text=True, capture_output=True, check=True, timeout=120)
    found += [line for line in symbols.stdout.splitlines() if re.search(r"\bmutant|\bMutant", line)]
    return Verdict(not found, f"has {', '.join(found[:5])}" if found else "has nothing of a mutant")


def check_runner(suites: Suites, rows) -> Verdict:
    """A suite that does not know a bug, and a failure for another reason, do not count as caught."""
    chosen = {row.suite: row for row in rows.values()}
    simulated, tested = replace(chosen["sim"], seeds=3), chosen["e2e"]
    tries = {
        "a mutant that the simulator does not see": replace(simulated, name=tested.name),
        "an invariant that is not broken": replace(simulated, expect=("no such invariant",)),
        "a mutant that the tests do not see": replace(tested, name=simulated.name),
        "a test that does not fail": replace(tested, expect=("no_such_test",)),
    }
    wrong = [what for what, row in tries.items() if suites.mutant(row).passed]
    return Verdict(not wrong, f"counts as caught: {', '.join(wrong)}" if wrong else "counts only what was caught")


# --- the run ----------------------------------------------------------------------------------------

def report(name: str, where: str, verdict: Verdict, show: bool = False) -> None:
    word = "ok" if verdict.passed else "FAILED"
    print(f"{name:26} {where:42.42} {word:6} {verdict.seconds:6.1f} s  {verdict.how:.110}", flush=True)
    if show or not verdict.passed:
        # Indented, for the summaries in it are not this run's.
        print("".join(f"    | {line}\n" for line in verdict.output.splitlines()), flush=True, end="")


def run(name: str, where: str, check: Callable[[], Verdict]) -> Verdict:
    begun = time.monotonic()
    verdict = check()
    verdict.seconds = time.monotonic() - begun
    report(name, where, verdict)
    return verdict


def summary(verdicts: list[Verdict]) -> int:
    failed = sum(not verdict.passed for verdict in verdicts)
    print(f"{len(verdicts) - failed} passed, {failed} failed")
    return 1 if failed else 0


def baselines_of(rows) -> list[Row]:
    """One row for each suite that is used; the simulator's with the most seeds."""
    chosen: dict[str, Row] = {}
    for row in rows:
        if row.where not in chosen or row.seeds > chosen[row.where].seeds:
            chosen[row.where] = row
    return list(chosen.values())


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--build", type=pathlib.Path, default=ROOT / "build/mutants")
    parser.add_argument("--plain", type=pathlib.Path, default=ROOT / "build/ci-release")
    parser.add_argument("--jobs", type=int, default=os.cpu_count())
    parser.add_argument("--targets", action="store_true")
    parser.add_argument("--absent", type=pathlib.Path, nargs="+", metavar="PROGRAM", default=[])
    parser.add_argument("names", nargs="*", metavar="NAME")
    options = parser.parse_args()
    rows = read_table()
    if options.targets:
        wanted = {"parley", "parley_sim"} | {row.binary for row in rows.values() if row.binary}
        if any(row.suite == "power" for row in rows.values()):
            wanted |= {"lossyfs", "parley_history"}
        print(*sorted(wanted), sep="\n")
        return 0
    if options.absent:
        return summary([run(str(program), "(without mutants)", lambda: check_absent(program, rows))
                        for program in options.absent])
    unknown = [name for name in options.names if name not in rows]
    if unknown:
        raise TableError(f"no mutant {', '.join(unknown)}; there are: {' '.join(sorted(rows))}")
    built = names_in(options.build / "parley")
    wanted = [rows[name] for name in options.names] or list(rows.values())

    suites = Suites(options.build)
    verdicts = []
    if not options.names:
        verdicts.append(run("(the table)", "mutants.toml", lambda: check_table(rows, built)))
        for program in ("parley", "parley_sim"):
            verdicts.append(run("(without mutants)", program, lambda: check_absent(options.plain / program, built)))
        verdicts.append(run("(the runner)", "run.py", lambda: check_runner(suites, rows)))
    with concurrent.futures.ThreadPoolExecutor(options.jobs) as pool:
        # Long ones first, so that none is left alone at the end.
        running = {pool.submit(suites.baseline, row): ("(none)", row) for row in baselines_of(wanted)}
        running |= {pool.submit(suites.mutant, row): (row.name, row)
                    for row in sorted(wanted, key=lambda row: row.suite)}
        for done in concurrent.futures.as_completed(running):
            name, row = running[done]
            verdict = done.result()
            verdicts.append(verdict)
            report(name, row.where, verdict, show=bool(options.names))
    return summary(verdicts)


if __name__ == "__main__":
    try:
        sys.exit(main())
    except TableError as error:
        sys.exit(f"mutants: {error}")
