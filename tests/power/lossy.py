"""A mounted lossyfs: a directory whose unsynced content a power cut takes away (lossyfs/volume.h says how)."""

import json
import os
import pathlib
import shutil
import socket
import subprocess
import tempfile
import unittest

ROOT = pathlib.Path(__file__).resolve().parents[2]


def program():
    """The lossyfs beside the program under test, else that of the newest build."""
    tested = os.environ.get("PARLEY_BINARY")
    if tested and pathlib.Path(tested).with_name("lossyfs").is_file():
        return str(pathlib.Path(tested).with_name("lossyfs"))
    builds = [path for path in ROOT.glob("build/*/lossyfs") if path.is_file()]
    if not builds:
        raise RuntimeError("no lossyfs: ./dev test power builds it")
    return str(max(builds, key=lambda path: path.stat().st_mtime))


def missing():
    """Why nothing can be mounted here; None when it can."""
    if not os.path.exists("/dev/fuse"):
        return "there is no /dev/fuse: load the kernel's fuse module, or run where containers may mount"
    if not os.access("/dev/fuse", os.R_OK | os.W_OK):
        return "/dev/fuse may not be opened by this user"
    return None


def require():
    """To be called by setUpModule: where FUSE is missing CI fails, and a developer is told."""
    reason = missing()
    if reason is None:
        return
    if os.environ.get("CI") == "true":
        raise RuntimeError(reason)
    print(f"skipped: {reason}", flush=True)
    raise unittest.SkipTest(reason)


class Lossy:
    """Mounted in a directory of its own until close(). `durable` is a directory that it begins with a copy of."""

    def __init__(self, durable=None):
        self.home = pathlib.Path(tempfile.mkdtemp(prefix="parley-lossy-"))
        self.mountpoint = self.home / "mnt"
        self.backing = self.home / "backing"
        self.mountpoint.mkdir()
        if durable is not None:
            shutil.copytree(durable, self.durable)
        self._socket = None
        self._process = subprocess.Popen(
            [program(), str(self.backing), str(self.mountpoint), str(self.home / "control")],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
        )
        try:
            line = self._process.stdout.readline()
            if line != b"mounted\n":
                raise RuntimeError(f"lossyfs does not start: {line!r}, exit code {self._process.wait(10)}")
            self._socket = socket.socket(socket.AF_UNIX)
            self._socket.settimeout(60)
            self._socket.connect(str(self.home / "control"))
            self._answers = self._socket.makefile("rb")
        except BaseException:
            self.close()
            raise

    def close(self):
        if not self.home.exists():
            return
        if self._socket is not None:
            self._answers.close()
            self._socket.close()
            self._socket = None
        if self._process.poll() is None:
            self._process.terminate()
            try:
                self._process.wait(20)
            except subprocess.TimeoutExpired:
                self._process.kill()
                self._process.wait()
                raise AssertionError("lossyfs does not end") from None
        self._process.stdout.close()
        if os.path.ismount(self.mountpoint) or not self._readable():
            # It was killed and left its mount behind.
            subprocess.run(["fusermount3", "-u", "-z", str(self.mountpoint)], check=False)
        shutil.rmtree(self.home, ignore_errors=True)

    def _readable(self):
        try:
            os.listdir(self.mountpoint)
        except OSError:
            return False
        return True

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()

    @property
    def durable(self):
        """What is on the disk: a power cut leaves this."""
        return self.backing / "tree"

    @property
    def pid(self):
        return self._process.pid

    def command(self, *words):
        """What it answers; AssertionError when it refuses."""
        self._socket.sendall((" ".join(map(str, words)) + "\n").encode())
        line = self._answers.readline()
        if not line:
            raise AssertionError("lossyfs has ended")
        answer = json.loads(line)
        if not answer.pop("ok"):
            raise AssertionError(f"lossyfs refuses {words}: {answer['error']}")
        return answer

    def cut(self, how, seed):
        """The power fails: `drop` all that is not synced, `keep` a random part, or `tear` pages as well.

        Kill the programs that use the files first. Answers the counts of what was lost.
        """
        return self.command("cut", how, seed)

    def trip(self, how, seed, skip, path=""):
        """The power will fail, and stay off, when a file whose path contains `path` is about to be synced;
        `skip` such syncs are let through."""
        self.command("trip", how, seed, skip, path)

    def on(self):
        """The power comes back. What used the files must be dead."""
        self.command("on")

    @property
    def dark(self):
        return self.stats()["dark"]

    def slow(self, milliseconds, path=""):
        self.command("slow", milliseconds, path)

    def fail(self, what, when, path=""):
        """`what` is sync or write, `when` never, once or always; `path` a part of the files' paths,
        or with a $ their end."""
        self.command("fail", what, when, path)

    def capacity(self, how_much):
        """Bytes, `used` (what is there fills it) or `none`."""
        self.command("capacity", how_much)

    def stats(self):
        return self.command("stats")
