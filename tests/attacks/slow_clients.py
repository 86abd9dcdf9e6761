"""slowhttptest against a server: hundreds of connections that say little, slowly, or read next to nothing."""

import csv
import subprocess

MODES = {
    "slow headers": ("/healthz", ["-H", "-t", "GET"]),
    "slow bodies": ("/api/auth/login", ["-B", "-t", "POST", "-s", "8192", "-f", "application/json"]),
    "slow reads": ("/openapi.json", ["-X", "-w", "1", "-y", "64", "-n", "1", "-z", "8", "-k", "3"]),
}


class SlowClients:
    """One attack in the background, of at most `seconds`. Use as a context manager."""

    def __init__(self, server, mode, connections, seconds):
        target, options = MODES[mode]
        self.prefix = server.home / f"slow-{mode.replace(' ', '-')}"
        self.process = subprocess.Popen(
            [
                "slowhttptest", *options, "-c", str(connections), "-r", str(connections), "-i", "1", "-x", "16",
                "-p", "3", "-l", str(seconds), "-g", "-o", str(self.prefix),
                "-u", f"http://127.0.0.1:{server.port}{target}",
            ],
            stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
        )

    def stop(self):
        """Ends it; answers its report, a row a second."""
        if self.process.poll() is None:
            self.process.terminate()
        output, _ = self.process.communicate(timeout=30)
        report = self.prefix.with_suffix(".csv")
        if not report.exists():
            raise AssertionError(f"slowhttptest wrote no report:\n{output.decode('utf-8', 'replace')}")
        with open(report, encoding="ascii", newline="") as file:
            return list(csv.DictReader(file))

    def __enter__(self):
        return self

    def __exit__(self, *_):
        if self.process.poll() is None:
            self.process.kill()
        self.process.communicate()
