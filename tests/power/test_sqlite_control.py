"""The control experiment: can this harness find loss at all, and does it blame what is innocent?

SQLite says what outlasts a power cut: in WAL mode a row committed with synchronous=FULL; with a rollback journal only
with EXTRA, for FULL does not sync the directory after the journal's removal, which is the commit; with OFF nothing.
lossyfs must find exactly that; otherwise a green run of the server means nothing.
"""

import pathlib
import sqlite3
import subprocess
import sys
import time
import unittest

import lossy

setUpModule = lossy.require

ROWS_MIN = 100
WRITER = """
import sqlite3, sys
path, journal, synchronous, first = sys.argv[1:]
db = sqlite3.connect(path, isolation_level=None)
db.execute(f"pragma journal_mode={journal}")
db.execute(f"pragma synchronous={synchronous}")
db.execute("create table if not exists rows (id integer primary key, content text)")
number = int(first)
while True:
    db.execute("insert into rows values (?, ?)", (number, f"row {number} " + "x" * (number % 700)))
    print(number, flush=True)
    number += 1
"""


class SqliteControl(unittest.TestCase):
    def setUp(self):
        self.lossy = lossy.Lossy()
        self.addCleanup(self.lossy.close)
        self.database = pathlib.Path(self.lossy.mountpoint) / "control.db"

    def write_until_killed(self, journal, synchronous, first):
        """The last row that was committed."""
        command = [sys.executable, "-c", WRITER, str(self.database), journal, synchronous, str(first)]
        with subprocess.Popen(command, stdout=subprocess.PIPE) as writer:
            last = first - 1
            deadline = time.monotonic() + 30
            for line in writer.stdout:
                last = int(line)
                if last - first >= ROWS_MIN or time.monotonic() > deadline:
                    break
            writer.kill()
            # What it said before it died counts, too.
            for line in writer.stdout.read().splitlines(keepends=True):
                if line.endswith(b"\n"):
                    last = int(line)
        self.assertGreaterEqual(last - first, ROWS_MIN)
        return last

    def rows(self):
        """What is there after the cut; None: no database any more, or a damaged one."""
        try:
            database = sqlite3.connect(self.database)
            try:
                if database.execute("pragma integrity_check").fetchall() != [("ok",)]:
                    return None
                return {row[0] for row in database.execute("select id from rows")}
            finally:
                database.close()
        except sqlite3.DatabaseError:
            return None

    def lost(self, journal, synchronous, cuts):
        """Committed rows that a few power cuts took."""
        lost, next_row, there = 0, 1, set()
        for number, how in enumerate(cuts):
            last = self.write_until_killed(journal, synchronous, next_row)
            acknowledged = there | set(range(next_row, last + 1))
            self.lossy.cut(how, number)
            found = self.rows()
            if found is None:
                return lost + len(acknowledged)
            lost += len(acknowledged - found)
            there, next_row = found, max(found | {last}) + 1
        return lost

    def test_what_is_durable_is_not_lost(self):
        for journal, synchronous in (("wal", "full"), ("delete", "extra")):
            with self.subTest(journal=journal):
                self.assertEqual(self.lost(journal, synchronous, ["drop", "keep", "tear"] * 2), 0)
                self.setUp()

    def test_a_removal_that_is_not_synced_is_undone(self):
        """The journal comes back, and with it the newest row goes: at most one in each cut."""
        cuts = ["drop"] * 8
        self.assertIn(self.lost("delete", "full", cuts), range(1, len(cuts) + 1))

    def test_off_loses(self):
        for journal in ("wal", "delete"):
            with self.subTest(journal=journal):
                self.assertGreater(self.lost(journal, "off", ["drop"]), 0)
                self.setUp()

    def test_normal_loses_the_newest(self):
        """In WAL mode NORMAL syncs at checkpoints only."""
        self.assertGreater(self.lost("wal", "normal", ["drop"]), 0)

    def test_a_mere_kill_finds_nothing(self):
        """Why there is a file system here: without a power cut even OFF looks durable."""
        last = self.write_until_killed("wal", "off", 1)
        self.assertEqual(len(self.rows() & set(range(1, last + 1))), last)


if __name__ == "__main__":
    unittest.main()
