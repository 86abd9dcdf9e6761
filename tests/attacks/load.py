"""`parley bench` beside an attack: the users that it speaks for, one run of it, and what it reports."""

import json
import subprocess

import parley_server
from parley_server import PATIENCE

AUDITED = ("lost", "doubled", "out_of_order", "changed", "holes", "refused_present", "foreign", "unread")


def seed(server, users):
    """Makes the users in the data directory of a server that does not run; answers the file that names them."""
    path = server.home / "seed.jsonl"
    code, _, err = parley_server.run(
        "admin", "seed", "--config", server.config, "--data", server.data, "--users", users, "--out", path, seconds=120
    )
    if code != 0:
        raise AssertionError(f"parley admin seed: {err}")
    return path


class Bench:
    """One run of `parley bench`, in the background. Use as a context manager: it is killed when left."""

    def __init__(self, server, seed_file, *, connections, seconds, options=()):
        self.seconds = seconds
        self.report = server.home / "bench.json"
        self.report.unlink(missing_ok=True)
        self.output = open(server.home / "bench.out", "w+b")
        self.process = subprocess.Popen(
            [
                parley_server.binary(), "bench", "--seed-file", str(seed_file), "--host", "127.0.0.1",
                "--port", str(server.port), "--connections", str(connections), "--duration", str(seconds),
                "--json", str(self.report), *map(str, options),
            ],
            stdin=subprocess.DEVNULL, stdout=self.output, stderr=subprocess.STDOUT, env=parley_server.environment(),
        )

    def says(self):
        self.output.seek(0)
        return self.output.read().decode("utf-8", "replace")

    def result(self, seconds):
        """The report; AssertionError when it does not end, or is not content, within `seconds` after its load."""
        try:
            code = self.process.wait(self.seconds + seconds * PATIENCE)
        except subprocess.TimeoutExpired:
            raise AssertionError(f"the bench does not end:\n{self.says()}") from None
        if code != 0:
            raise AssertionError(f"the bench ended with {code}:\n{self.says()}")
        return json.loads(self.report.read_text(encoding="utf-8"))

    def __enter__(self):
        return self

    def __exit__(self, *_):
        if self.process.poll() is None:
            self.process.kill()
        self.process.wait()
        self.output.close()
