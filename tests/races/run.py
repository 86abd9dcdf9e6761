#!/usr/bin/python3
"""Shows that ThreadSanitizer, as it is set up here, sees a race: tests/races/run.py PROGRAM

PROGRAM is parley_planted_race, built with -fsanitize=thread. Each of its races is run ten times, for chance decides
whether one run shows it; each must be seen at least once, and what is right must never be called a race.
"""

import os
import subprocess
import sys

RUNS = 10
RIGHT = "posted"
RACES = ["counter", "relaxed_flag", "behind_a_lock"]
SECONDS_MAX = 60
ENVIRONMENT = {**os.environ, "TSAN_OPTIONS": "halt_on_error=1"}


def is_seen(program: str, name: str) -> bool:
    ended = subprocess.run([program, name], env=ENVIRONMENT, capture_output=True, text=True,
                           timeout=SECONDS_MAX, check=False)
    reported = "WARNING: ThreadSanitizer: data race" in ended.stderr
    if reported != (ended.returncode != 0):
        sys.exit(f"{program} {name} ended with status {ended.returncode}:\n{ended.stderr}")
    return reported


def main(program: str) -> int:
    passed = failed = 0
    for name in [RIGHT, *RACES]:
        seen = sum(is_seen(program, name) for _ in range(RUNS))
        good = seen == 0 if name == RIGHT else seen > 0
        print(f"{'ok    ' if good else 'FAILED'} {name}: a race was seen in {seen} of {RUNS} runs", flush=True)
        passed, failed = passed + good, failed + (not good)
    print(f"{passed} passed, {failed} failed")
    return 0 if failed == 0 else 1


if __name__ == "__main__":
    if len(sys.argv) != 2:
        sys.exit(__doc__)
    sys.exit(main(sys.argv[1]))
