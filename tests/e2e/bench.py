"""`parley bench` beside a test: the users that it speaks for, one run of it, and what its own audit says."""

import json
import signal
import subprocess

import parley_server
import recorder
from parley_client import Rest

# What the audit of `parley bench` counts, and must not find.
BROKEN = ("lost", "doubled", "out_of_order", "changed", "holes", "refused_present", "foreign", "unread")
PAGE = 200
SECONDS_MAX = 3600


def seed(server, users):
    """Makes users while the server is not running: the file for `parley bench`, and its lines about them. Two and
    two have a conversation."""
    path = server.home / "seed.jsonl"
    code, _, err = parley_server.run(
        "admin", "seed", "--config", server.config, "--data", server.data, "--users", users, "--out", path, seconds=120
    )
    if code != 0:
        raise AssertionError(err)
    lines = [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]
    return path, [line for line in lines if "user_id" in line]


class Bench:
    """One run, which goes on by itself while the server is away, until finish() or close().

    With rate 0 each connection sends as fast as it gets answers; otherwise all together send `rate` messages a second.
    `history` is what it writes down for parley_history.
    """

    def __init__(self, server, seed_file, *, connections, rate=0, payload=100):
        self.report = server.home / "bench.json"
        self.history = server.home / "bench.jsonl"
        self.output = open(server.home / "bench.out", "w+b")
        command = [
            parley_server.binary(), "bench", "--seed-file", str(seed_file), "--port", str(server.port),
            "--connections", str(connections), "--payload", str(payload), "--warmup", "0", "--duration", str(SECONDS_MAX), "--drain", "60",
            "--reconnect", "--audit", "history", "--json", str(self.report), "--history", str(self.history),
        ]
        command += ["--rate", str(rate)] if rate else []
        self.process = subprocess.Popen(
            command, stdin=subprocess.DEVNULL, stdout=self.output, stderr=subprocess.STDOUT,
            env=parley_server.environment(),
        )

    def says(self):
        self.output.seek(0)
        return self.output.read().decode("utf-8", "replace")

    def goes_on(self, where):
        if self.process.poll() is not None:
            raise AssertionError(f"the bench ended {where}:\n{self.says()}")

    def close(self):
        if self.process.poll() is None:
            self.process.kill()
        self.process.wait()
        self.output.close()

    def finish(self, seconds):
        """Ends the load, and waits for what follows. The audit that it has made, with nothing broken in it."""
        self.goes_on("before its time")
        self.process.send_signal(signal.SIGINT)
        try:
            code = self.process.wait(seconds)
        except subprocess.TimeoutExpired:
            raise AssertionError(f"the bench does not end:\n{self.says()}") from None
        # When it cannot make its audit, it says why and leaves no report.
        if not self.report.is_file():
            raise AssertionError(f"exit code {code} of the bench:\n{self.says()}")
        audit = json.loads(self.report.read_text(encoding="utf-8"))["audit"]
        for name in BROKEN:
            if audit[name] != 0:
                raise AssertionError(f"{name}: {audit}\n{self.says()}")
        if code != 0:
            raise AssertionError(f"exit code {code} of the bench:\n{self.says()}")
        return audit


def read_for_history(history, server, account, name, *, final, newest=None):
    """The account reads its conversation through the API, from the beginning or the newest so many events, and it is
    written down as an audit; `final` when nothing is sent any more."""
    user, conversation = account["user_id"], account["conversation_id"]
    history.member(conversation, user)
    auditor = history.client(f"{user}.{name}", user=user, role="auditor")
    rest = Rest(server, account["access_token"])
    asked = recorder.now()
    after = 0
    if newest is not None:
        after = max(0, rest.get(f"/api/conversations/{conversation}").json["last_seq"] - newest)
    events, cursor = [], after
    while cursor is not None:
        page = rest.get(f"/api/conversations/{conversation}/messages?after_seq={cursor}&limit={PAGE}").json
        events += page["items"]
        cursor = page["next"]
    rest.close()
    auditor.audited(conversation, events, asked, after=after, final=final)
