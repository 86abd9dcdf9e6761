"""The program under test as a child process: a data directory of its own, port 0, stderr kept."""

import json
import os
import pathlib
import re
import shutil
import signal
import subprocess
import tempfile
import threading
import time

ROOT = pathlib.Path(__file__).resolve().parents[2]
# Sanitizers and loaded machines are slow: every deadline of the tests is this many times longer.
PATIENCE = float(os.environ.get("PARLEY_TEST_PATIENCE", "1"))

_LISTENING = re.compile(r"\blistening\b")
_PORT = re.compile(r'\bport"?[=:]\s*"?(\d+)')


def binary():
    """The program named by PARLEY_BINARY, else the newest build."""
    named = os.environ.get("PARLEY_BINARY")
    if named:
        return named
    builds = [path for path in ROOT.glob("build/*/parley") if path.is_file()]
    if not builds:
        raise RuntimeError("no program to test: set PARLEY_BINARY, or run ./dev build")
    return str(max(builds, key=lambda path: path.stat().st_mtime))


def poll(condition, what, seconds=5.0):
    """Waits until `condition()` is true and answers it; AssertionError when that takes too long."""
    deadline = time.monotonic() + seconds * PATIENCE
    while True:
        result = condition()
        if result:
            return result
        if time.monotonic() > deadline:
            raise AssertionError(f"{what}: not within {seconds * PATIENCE:g} s")
        time.sleep(0.01)


def to_toml(settings):
    """{"section": {"key": value}} as TOML."""
    lines = []
    for section, keys in settings.items():
        lines.append(f"[{section}]")
        lines += [f"{key} = {json.dumps(value)}" for key, value in keys.items()]
    return "\n".join(lines) + "\n"


def environment(own=None):
    """Ours, without the settings that the program would take from it, but with a planted bug; and `own`."""
    kept = {
        name: value
        for name, value in os.environ.items()
        if not name.startswith("PARLEY_") or name == "PARLEY_MUTANT"
    }
    return {**kept, **(own or {})}


class Exited(AssertionError):
    """The server ended before it was ready."""


class Server:
    """`parley serve` on a port of its own. Use as a context manager, or call start() and close()."""

    def __init__(self, settings=None, *, data=None, arguments=(), environment=None, listen="127.0.0.1:0", program=None):
        self.home = pathlib.Path(tempfile.mkdtemp(prefix="parley-test-"))
        self.data = pathlib.Path(data) if data else self.home / "data"
        self.config = self.home / "parley.toml"
        self.write_config(settings or {})
        self.listen = listen
        self.program = program
        self.arguments = list(arguments)
        self.environment = dict(environment or {})
        self.tls = None  # an ssl.SSLContext, where clients are to use it
        self.process = None
        self.port = None
        self.starts = 0
        self._lines = []
        self._news = threading.Condition()
        self._reader = None

    def write_config(self, settings):
        self.settings = settings
        self.config.write_text(to_toml(settings), encoding="utf-8")

    # --- life ---------------------------------------------------------------------------------

    def start(self, seconds=20.0):
        """Starts and waits until it listens; Exited when it ends instead."""
        assert self.process is None
        command = [self.program or binary(), "serve", "--config", str(self.config), "--data", str(self.data)]
        command += ["--listen", self.listen, *self.arguments]
        self.process = subprocess.Popen(
            command,
            cwd=self.home,
            env=environment(self.environment),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.PIPE,
        )
        self.starts += 1
        first_line = len(self._lines)
        self._reader = threading.Thread(target=self._read, args=(self.process.stderr,), daemon=True)
        self._reader.start()
        port = self._wait_for_port(first_line, seconds)
        self.port = port
        # A restart takes the same port, so that clients find it again.
        host = self.listen.rsplit(":", 1)[0]
        self.listen = f"{host}:{port}"
        return self

    def _read(self, stream):
        for raw in stream:
            with self._news:
                self._lines.append(raw.decode("utf-8", "replace").rstrip("\n"))
                self._news.notify_all()
        stream.close()
        with self._news:
            self._news.notify_all()

    def _wait_for_port(self, first_line, seconds):
        deadline = time.monotonic() + seconds * PATIENCE
        with self._news:
            while True:
                for line in self._lines[first_line:]:
                    if _LISTENING.search(line) and _PORT.search(line):
                        return int(_PORT.search(line).group(1))
                if self.process.poll() is not None:
                    break
                if time.monotonic() > deadline:
                    break
                self._news.wait(0.1)
        code = self.process.poll()
        self.kill()
        raise Exited(f"the server is not ready, exit code {code}:\n{self.tail()}")

    def signal(self, number):
        self.process.send_signal(number)

    def wait(self, seconds=15.0):
        """The exit code; AssertionError when it does not end."""
        try:
            code = self.process.wait(seconds * PATIENCE)
        except subprocess.TimeoutExpired:
            self.kill()
            raise AssertionError(f"the server does not end:\n{self.tail()}") from None
        self._reader.join(5)
        self.process = None
        return code

    def terminate(self, seconds=15.0):
        """A graceful stop; answers the exit code."""
        self.signal(signal.SIGTERM)
        return self.wait(seconds)

    def kill(self):
        """kill -9, and not there any more when this answers."""
        if self.process is None:
            return
        self.process.kill()
        self.process.wait()
        self._reader.join(5)
        self.process = None

    def close(self):
        self.kill()
        shutil.rmtree(self.home, ignore_errors=True)

    def __enter__(self):
        return self.start()

    def __exit__(self, *_):
        self.close()

    # --- looking in ---------------------------------------------------------------------------

    @property
    def pid(self):
        return self.process.pid

    @property
    def log(self):
        """All that it has written to stderr, over all its lives."""
        with self._news:
            return "\n".join(self._lines)

    def tail(self, lines=30):
        with self._news:
            return "\n".join(self._lines[-lines:])

    def memory_kib(self, field="VmHWM"):
        """A figure of /proc/PID/status: VmHWM is the most it ever had, VmRSS what it has."""
        with open(f"/proc/{self.pid}/status", encoding="ascii") as status:
            for line in status:
                if line.startswith(field + ":"):
                    return int(line.split()[1])
        raise AssertionError(f"no {field}")


def run(*arguments, seconds=20.0, variables=None, cwd=None):
    """One run of the program to its end: (exit code, stdout, stderr)."""
    done = subprocess.run(
        [binary(), *map(str, arguments)],
        env=environment(variables),
        cwd=cwd,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        timeout=seconds * PATIENCE,
        check=False,
    )
    return done.returncode, done.stdout.decode("utf-8"), done.stderr.decode("utf-8")
