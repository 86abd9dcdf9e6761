"""The power fails under load, again and again: nothing acknowledged is lost, doubled or out of order.

PARLEY_POWER_CUTS and PARLEY_POWER_KILLS say how often (10 and 0), PARLEY_POWER_SEED repeats the choices of a run
that failed: the moments, what the cuts take, how slow the disk is, the settings. What runs on two cores at once
does not repeat itself to the microsecond; a round that failed leaves its directory for a look.

Two loads at once: users with several devices, and `parley bench`. Both write down what they did and saw, and
parley_history judges it (tests/history), with what everybody reads after one more cut. The audits of the two loads,
which are other programs, must agree.
"""

import contextlib
import os
import pathlib
import random
import secrets
import shutil
import sys
import time
import unittest

for folder in ("e2e", "history"):
    sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / folder))

import bench
import lossy
import parley_server
import recorder
from case import ROOMY, merged
from load import Load
from parley_server import PATIENCE, Exited, Server

setUpModule = lossy.require

CUTS = int(os.environ.get("PARLEY_POWER_CUTS", "10"))
KILLS = int(os.environ.get("PARLEY_POWER_KILLS", "0"))
SEED = int(os.environ.get("PARLEY_POWER_SEED", "0")) or secrets.randbelow(2**32)
ROUNDS_A_DIRECTORY = 10  # then a new one: the audits read all that there is
READY_SECONDS = 2.0
CONNECTIONS = 20
RATE = 1500  # messages a second of the bench, as long as the server is there
NEWEST = 500  # events of each conversation of the bench that are read again after the last cut
ACKNOWLEDGED_A_ROUND = 400  # at least, on average: fewer, and the rounds prove little
# What often happens in a long life is to happen in a short one: new log files, flushes, old files that go.
SETTINGS = merged(ROOMY, {"storage": {"log_segment_mib": 1, "write_interval_ms": 50, "flush_seconds": 1}})


class Round:
    """What is to happen, out of a seed."""

    def __init__(self, seed, kind):
        chance = random.Random(seed)
        self.seed = seed
        self.how = kind if kind == "kill" else chance.choice(("drop", "keep", "keep", "tear", "tear"))
        self.after = chance.uniform(0.2, 1.8)
        self.sync_ms = chance.choice((0, 0, 1, 4, 15))
        # Again while it starts, when recovery is under way.
        self.again_after = chance.uniform(0.0, 0.08) if chance.random() < 0.3 else None
        self.again_seed = chance.randrange(2**32)

    def __str__(self):
        again = "" if self.again_after is None else f", and {self.again_after * 1000:.0f} ms into the next start"
        return f"seed {self.seed}: {self.how} after {self.after:.2f} s{again}, syncs of {self.sync_ms} ms"


class PowerCut(unittest.TestCase):
    def test_nothing_acknowledged_is_lost(self):
        print(f"PARLEY_POWER_SEED={SEED} PARLEY_POWER_CUTS={CUTS} PARLEY_POWER_KILLS={KILLS}", flush=True)
        chance = random.Random(SEED)
        kinds = ["cut"] * CUTS + ["kill"] * KILLS
        chance.shuffle(kinds)
        rounds = [Round(chance.randrange(2**32), kind) for kind in kinds]
        acknowledged, slowest = 0, 0.0
        for first in range(0, len(rounds), ROUNDS_A_DIRECTORY):
            part = rounds[first : first + ROUNDS_A_DIRECTORY]
            campaign = Campaign(chance.randrange(2**32))
            self.addCleanup(campaign.close)
            try:
                campaign.run(part, first + 1)
            except BaseException:
                campaign.keep()
                raise
            acknowledged += campaign.acknowledged
            slowest = max(slowest, *campaign.ready)
            campaign.close()
        print(
            f"{CUTS} power cuts and {KILLS} kills: {acknowledged} acknowledged, 0 lost, doubled or out of order; "
            f"ready again after {slowest:.2f} s at most",
            flush=True,
        )
        self.assertGreaterEqual(acknowledged, ACKNOWLEDGED_A_ROUND * len(rounds))


class Campaign:
    """Some rounds on one data directory, and what must hold at their end."""

    def __init__(self, seed):
        self.lossy = lossy.Lossy()
        self.server = Server(SETTINGS, data=self.lossy.mountpoint / "data")
        self.seed = seed
        self.history = None
        self.bench = None
        self.acknowledged = 0
        self.broken = []
        self.ready = []

    def close(self):
        if self.bench is not None:
            self.bench.close()
        if self.history is not None:
            self.history.close()
        self.server.close()
        self.lossy.close()

    def keep(self):
        """After a failure: what there is to look at."""
        kept = pathlib.Path(os.environ.get("PARLEY_POWER_KEEP", parley_server.ROOT / "build/power-failed"))
        shutil.rmtree(kept, ignore_errors=True)
        kept.mkdir(parents=True)
        (kept / "server.log").write_text(self.server.log, encoding="utf-8")
        if self.history is not None:
            self.history.close()
        self.server.kill()
        shutil.copytree(self.server.home, kept / "home")
        # `seen` is as the server saw it, `durable` as a power cut would leave it now.
        shutil.copytree(self.lossy.mountpoint, kept / "seen")
        shutil.copytree(self.lossy.durable, kept / "durable")
        print(f"kept in {kept}; the server's log ends:\n{self.server.tail(15)}", flush=True)

    def run(self, rounds, first):
        seed_file, accounts = bench.seed(self.server, CONNECTIONS)
        self.server.start()
        self.history = recorder.History(self.server.home / "history.jsonl")
        load = Load(self.server, self.history, self.seed)
        self.bench = bench.Bench(self.server, seed_file, connections=CONNECTIONS, rate=RATE)
        for number, each in enumerate(rounds, first):
            print(f"{number:4d}: {each}", flush=True)
            self.round(each)
            with self.judge("a device"):
                load.check()
            self.bench.goes_on(f"in round {number}")
        self.lossy.slow(0)
        with self.judge("the audit of the bench"):
            audit = self.bench.finish(180 * PATIENCE)
            self.acknowledged += audit["acknowledged"]
        with self.judge("the devices at their end"):
            load.stop()
            self.acknowledged += load.acked
        # Once more, from nothing but what is durable.
        self.server.kill()
        self.history.fault("drop")
        self.history.down()
        self.lossy.cut("drop", 0)
        self.start()
        self.history.up()
        with self.judge("the devices after the last cut"):
            load.catch_up()
        with self.judge("the audit of the devices"):
            load.audit()
        for account in accounts:
            bench.read_for_history(self.history, self.server, account, "last", final=True, newest=NEWEST)
        self.history.close()
        with self.judge("parley_history"):
            code, report = recorder.check(self.history.path, self.bench.history)
            print(f"{report}\n      {load.turnover.acts} registrations and refreshes", flush=True)
            if code != 0:
                raise AssertionError(f"exit code {code}, see its report above")
        if self.broken:
            raise AssertionError("; ".join(self.broken))
        if self.server.terminate() != 0:
            raise AssertionError(self.server.tail())

    @contextlib.contextmanager
    def judge(self, name):
        """One of several judges: what it finds is kept, for each is to have its say."""
        try:
            yield
        except AssertionError as problem:
            self.broken.append(f"{name}: {problem}")

    def round(self, each):
        self.lossy.slow(each.sync_ms)
        time.sleep(each.after)  # the moment of the fault, out of the seed
        self.server.kill()
        self.history.fault(str(each))
        self.history.down()
        lost = {} if each.how == "kill" else self.lossy.cut(each.how, each.seed)
        if each.again_after is not None:
            try:
                # It is killed when it is not ready in time: that is the point.
                self.server.start(each.again_after / PATIENCE)
            except Exited:
                pass
            self.server.kill()
            if each.how != "kill":
                self.lossy.cut(each.how, each.again_seed)
        self.start()
        self.history.up()
        print(f"      {lost or ''} ready after {self.ready[-1]:.2f} s", flush=True)

    def start(self):
        began = time.monotonic()
        self.server.start()
        self.ready.append(time.monotonic() - began)
        if self.ready[-1] > READY_SECONDS * PATIENCE:
            raise AssertionError(f"ready only after {self.ready[-1]:.2f} s:\n{self.server.tail()}")


if __name__ == "__main__":
    unittest.main()
