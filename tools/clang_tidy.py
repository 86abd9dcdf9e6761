#!/usr/bin/python3
"""Runs clang-tidy over files and says what it found: tools/clang_tidy.py --jobs N FILE...

A file is read as a preset of DATABASES compiles it. Whatever keeps a file from being read fails: no clang-tidy, a file
that no preset compiles, one that does not parse or takes too long. First it is shown that a finding and a file that
does not parse are noticed at all, with the checks of .clang-tidy.
"""

import argparse
import json
import os
import re
import subprocess
import sys
import tempfile
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

PROGRAM = "clang-tidy-19"
ROOT = Path(__file__).resolve().parent.parent
# The first that has a file counts: `mutants` compiles what is left out of a server elsewhere, ci-release the benchmarks
# as well, fuzz its planted bug.
DATABASES = ["mutants", "ci-release", "fuzz"]
# A large test takes 10 s; a machine that does other things too may be 20 times slower.
SECONDS_MAX = 300
NOISE = re.compile(r"^\d+ warnings?( and \d+ errors?)? generated|^Suppressed |^Use -header-filter")

# (name, code, what clang-tidy must say of it; None: nothing)
PLANTED = [
    ("clean", "int main() { return 0; }\n", None),
    ("finding", "int main(int count, char**) { if (count > 1) return 1; return 0; }\n",
     "readability-braces-around-statements"),
    ("broken", "int main() { return unknown; }\n", "clang-diagnostic-error"),
]


def read(file: Path, database: Path) -> tuple[bool, str]:
    """Is the file clean as it is compiled there, and what clang-tidy said."""
    try:
        ended = subprocess.run([PROGRAM, "--quiet", "-p", database, file], cwd=ROOT, text=True,
                               stdout=subprocess.PIPE, stderr=subprocess.STDOUT, timeout=SECONDS_MAX, check=False)
    except subprocess.TimeoutExpired:
        return False, f"{file}: not read within {SECONDS_MAX} s"
    said = "\n".join(line for line in ended.stdout.splitlines() if not NOISE.match(line))
    return ended.returncode == 0 and not said, said or f"{file}: {PROGRAM} ended with {ended.returncode}"


def notices() -> list[str]:
    """What clang-tidy, as it is set up here, does not notice."""
    missed = []
    (ROOT / "build").mkdir(exist_ok=True)
    # Below the root, for there is .clang-tidy.
    with tempfile.TemporaryDirectory(dir=ROOT / "build") as folder:
        Path(folder, "compile_flags.txt").write_text("-std=c++20\n", encoding="utf-8")
        for name, code, expected in PLANTED:
            file = Path(folder, f"{name}.cc")
            file.write_text(code, encoding="utf-8")
            clean, said = read(file, Path(folder))
            if clean != (expected is None) or (expected or "") not in said:
                missed.append(f"{PROGRAM} does not judge a {name} file as it should: {said or 'it says nothing'}")
    return missed


def databases() -> dict[Path, Path]:
    """For each file that some preset compiles, the build directory to read it with."""
    found: dict[Path, Path] = {}
    for preset in DATABASES:
        database = ROOT / "build" / preset
        for entry in json.loads((database / "compile_commands.json").read_text(encoding="utf-8")):
            found.setdefault(Path(entry["directory"], entry["file"]), database)
    return found


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--jobs", type=int, default=os.cpu_count())
    parser.add_argument("files", nargs="*", type=Path)
    arguments = parser.parse_args()

    try:
        missed = notices()
    except FileNotFoundError:
        missed = [f"no {PROGRAM}: ./dev setup"]
    if missed:
        sys.exit("\n".join(missed))

    known = databases()
    failed = 0

    def judge(file: Path) -> tuple[bool, str]:
        database = known.get(ROOT / file)
        if database is None:
            return False, f"{file}: none of the presets {', '.join(DATABASES)} compiles it"
        return read(ROOT / file, database)

    with ThreadPoolExecutor(arguments.jobs) as pool:
        for clean, said in pool.map(judge, arguments.files):
            failed += not clean
            if not clean:
                print(said, flush=True)
    print(f"{len(arguments.files) - failed} passed, {failed} failed")
    return 0 if failed == 0 else 1


if __name__ == "__main__":
    sys.exit(main())
