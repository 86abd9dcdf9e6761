"""The REST interface against schemathesis: all its checks and phases, two identities, no finding.

PARLEY_SCHEMATHESIS_SEEDS says which seeds (1; 0 stands for one that is drawn). A seed tries so many examples of each
operation, however slow the machine is, or PARLEY_SCHEMATHESIS_SECONDS long as many as there is time for.
fetch.sh installs the program.
"""

import json
import os
import pathlib
import re
import secrets
import subprocess
import unittest

import attacks
import schema  # found by attacks
from parley_client import Rest
from parley_server import PATIENCE, ROOT, Server

HERE = pathlib.Path(__file__).resolve().parent
SECONDS = int(os.environ.get("PARLEY_SCHEMATHESIS_SECONDS", "0"))
EXAMPLES = 100  # of each operation and phase, where no time is given
SEEDS = [int(seed) or secrets.randbelow(2**32) for seed in os.environ.get("PARLEY_SCHEMATHESIS_SEEDS", "1").split(",")]
PROGRAM = ROOT / "build" / "attacks" / "venv" / "bin" / "st"
PASSWORD = "tangerine lantern 42"  # as in schemathesis-users.yaml
# What the stateful phase has to follow at least: a run that cannot create anything follows none. How many more are
# followed is chance (6 to 36 were seen), for ids and times are the server's.
LINKS_MIN = 3
CASES_MIN = 1000
PATIENT_SECONDS = 600


# No HTTP client can open a WebSocket; an account ends, and a password is reset, with what only their own tests have.
# The others need a token, or the id of something there is and that is the caller's: that comes by links alone, which
# are not in these figures. Who may do each of them is the table in tests/e2e/test_contract.py.
NEVER_BY_CHANCE = {
    "openWebSocket", "deleteAccount", "resetPassword", "refreshTokens",
    "addMembers", "removeMember", "setRole", "changeContact", "removeContact", "changeAccount", "getAccount",
    "beginPasswordReset", "setMessageStatus", "editMessage", "addReaction", "removeReaction",
}


class Schemathesis(unittest.TestCase):
    def test_finds_nothing(self):
        if not PROGRAM.exists() and os.environ.get("CI") != "true":
            self.skipTest("no schemathesis: tests/attacks/fetch.sh installs it")
        for seed in SEEDS:
            with self.subTest(seed=seed), Server(attacks.UNLIMITED) as server:
                self.attack(server, seed)

    def attack(self, server, seed):
        for name in ("alice", "bob"):
            Rest(server).post("/api/auth/register", {"username": name, "password": PASSWORD}, expect=201)
        report = server.home / "schemathesis.json"
        done = subprocess.run(
            [
                # From the file: a document that it reads from the server is not tested itself.
                str(PROGRAM), "--config-file", "schemathesis.toml", "run", str(schema.API / "openapi.yaml"),
                "--url", f"http://127.0.0.1:{server.port}", "--seed", str(seed),
                # What an earlier run has found would come first, and change what comes behind it.
                "--generation-database", "none", *self.extent(), "--report-json-path", str(report),
            ],
            cwd=HERE, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
            timeout=(SECONDS + PATIENT_SECONDS) * PATIENCE, check=False,
        )
        print(done.stdout, flush=True)
        self.assertEqual(done.returncode, 0, f"seed {seed}")
        self.assertIsNone(server.process.poll(), "the server has ended")
        self.check_that_it_ran(json.loads(report.read_text(encoding="utf-8")), done.stdout)

    @staticmethod
    def extent():
        return ("--max-time", str(SECONDS)) if SECONDS else ("--max-examples", str(EXAMPLES))

    def check_that_it_ran(self, report, output):
        """Nothing found means something only where something was tried."""
        self.assertEqual((report["failures"], report["errors"]), ([], []))
        self.assertEqual(report["operations"]["tested"], len(schema.rest.operations))
        self.assertEqual({name: phase["status"] for name, phase in report["phases"].items()},
                         dict.fromkeys(("examples", "coverage", "fuzzing", "stateful"), "success"))
        self.assertGreater(report["test_cases"]["generated"], CASES_MIN)
        self.assertFalse(report["auth"]["reauth_broke"], "the identities were lost on the way")
        followed = int(re.search(r"API Links: +(\d+) covered", output).group(1))
        self.assertGreaterEqual(followed, LINKS_MIN)
        never = []
        for operation in schema.rest.operations:
            rates = report["valid_rates"].get(f"{operation.method} {operation.template}", {})
            if sum(phase["accepted"] for phase in rates.values()) == 0:
                never.append(operation.id)
        self.assertEqual(set(never) - NEVER_BY_CHANCE, set(), "these never succeeded")


if __name__ == "__main__":
    unittest.main()
