#!/usr/bin/python3
"""Figures of a coverage run by folder, held against what each must have.

    tools/coverage.py REPORT             a table; fails when a folder is below its threshold
    tools/coverage.py REPORT FOLDER...   which lines and branches of these folders no test took

REPORT is what `llvm-cov export` writes (format text); `./dev coverage` makes it. The branches inside an
assertion do not count: its failing side is there to be never taken. Nor do those of planted bugs. Those of TRY
and the like do.
"""

import json
import os
import sys
from dataclasses import dataclass, field
from pathlib import Path

SOURCES = Path(__file__).resolve().parent.parent / "src"
ASSERTIONS = "base/assert.h"
# A planted bug is constantly off in every build but its own (src/base/mutant.h).
MUTANT = "mutant(Mutant::"

# (folder, lines at least, branches at least), in percent; None: reported alone.
THRESHOLDS = [
    ("core", 90.0, None),
    ("services/auth", None, 95.0),
    ("gateway/wire", None, 95.0),
    ("gateway/websocket", None, 95.0),
    ("ports/record_codec.cc", None, 95.0),
    ("adapters/log", None, 95.0),
]


@dataclass
class Figures:
    lines: int = 0
    lines_taken: int = 0
    branches: int = 0
    branches_taken: int = 0
    missing: list[str] = field(default_factory=list)

    def add(self, other: "Figures") -> None:
        self.lines += other.lines
        self.lines_taken += other.lines_taken
        self.branches += other.branches
        self.branches_taken += other.branches_taken
        self.missing += other.missing


def percent(taken: int, total: int) -> float:
    return 100.0 * taken / total if total else 100.0


def branches_of(entry: dict) -> list[tuple[int, int, int, int]]:
    """(line, column, times true, times false): the file's own, and those of macros where they are used."""
    found = {}
    for line, column, _, _, yes, no, *_ in entry["branches"]:
        found[line, column] = (yes, no)
    for expansion in entry["expansions"]:
        if any(name.endswith(ASSERTIONS) for name in expansion["filenames"][1:]):
            continue
        line, column = expansion["source_region"][:2]
        for inner_line, inner_column, _, _, yes, no, *_ in expansion["branches"]:
            # Instances of a template, and macros in headers, come once each: they add up.
            key = (line, column, inner_line, inner_column)
            before = found.get(key, (0, 0))
            found[key] = (before[0] + yes, before[1] + no)
    return [(key[0], key[1], yes, no) for key, (yes, no) in sorted(found.items())]


def figures_of(entry: dict, name: str) -> Figures:
    lines = entry["summary"]["lines"]
    figures = Figures(lines=lines["count"], lines_taken=lines["covered"])
    text = Path(entry["filename"]).read_text().splitlines()
    for line, column, yes, no in branches_of(entry):
        if text[line - 1][column - 1:].lstrip("!").startswith(MUTANT):
            continue
        figures.branches += 2
        figures.branches_taken += (yes > 0) + (no > 0)
        for taken, side in ((yes, "true"), (no, "false")):
            if taken == 0:
                figures.missing.append(f"src/{name}:{line}:{column}: never {side}")
    # A segment is (line, column, count, has a count, begins a region, is a gap).
    for line, column, count, counted, begins, gap in entry["segments"]:
        if counted and begins and not gap and count == 0:
            figures.missing.append(f"src/{name}:{line}:{column}: never run")
    return figures


def read(report: Path) -> dict[str, Figures]:
    files = {}
    for entry in json.loads(report.read_text())["data"][0]["files"]:
        name = os.path.relpath(entry["filename"], SOURCES)
        if not name.endswith(("_test.cc", "_test.h")):
            files[name] = figures_of(entry, name)
    return files


def gather(files: dict[str, Figures], folder: str) -> Figures:
    """Of exactly that folder, or that one file."""
    total = Figures()
    for name, figures in files.items():
        if folder in (name, os.path.dirname(name)):
            total.add(figures)
    return total


def shown(taken: int, total: int, least: float | None) -> str:
    demand = "" if least is None else f" (at least {least:g})"
    return f"{taken:6d} of {total:6d} {percent(taken, total):6.1f} %{demand}"


def main(arguments: list[str]) -> int:
    if not arguments:
        print(__doc__, file=sys.stderr)
        return 2
    files = read(Path(arguments[0]))
    if arguments[1:]:
        for folder in arguments[1:]:
            print("\n".join(gather(files, folder).missing))
        return 0
    for folder in sorted({os.path.dirname(name) for name in files}):
        figures = gather(files, folder)
        print(f"{folder:22s} lines {shown(figures.lines_taken, figures.lines, None)}   "
              f"branches {shown(figures.branches_taken, figures.branches, None)}")
    passed = failed = 0
    for folder, least_lines, least_branches in THRESHOLDS:
        figures = gather(files, folder)
        for what, taken, total, least in (
                ("lines", figures.lines_taken, figures.lines, least_lines),
                ("branches", figures.branches_taken, figures.branches, least_branches)):
            if least is None:
                continue
            good = total > 0 and percent(taken, total) >= least
            passed, failed = passed + good, failed + (not good)
            print(f"{'ok    ' if good else 'FAILED'} {folder}: {what} {shown(taken, total, least)}")
    print(f"{passed} passed, {failed} failed")
    return 0 if failed == 0 else 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
