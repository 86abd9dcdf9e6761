"""A damaged command log: a torn tail is cut and the server starts; damage before good groups is refused."""

import pathlib
import re
import shutil
import sys
import unittest

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "e2e"))

from case import ROOMY, merged
from parley_client import User
from parley_server import Exited, Server



class CorruptLog(unittest.TestCase):
    settings = ROOMY
    content = "message"
    count = 60

    def setUp(self):
        self.server = Server(self.settings)
        self.addCleanup(self.server.close)
        self.server.start()
        self.alice, self.bob = User(self.server, "alice"), User(self.server, "bob")
        self.addCleanup(self.alice.rest.close)
        self.addCleanup(self.bob.rest.close)
        self.conversation = self.alice.open(self.bob)
        session = self.alice.session()
        # One after the other: each is a group of its own in the log.
        self.acks = [session.say(self.conversation, f"{self.content} {i}") for i in range(self.count)]
        session.abort()
        self.server.kill()
        self.segments = sorted(path for path in (self.server.data / "log").iterdir() if self.written(path) > 4096)
        self.newest = self.segments[-1]

    def written(self, path):
        """Where the last byte is that is not zero: files are longer, set aside in advance."""
        return len(path.read_bytes().rstrip(b"\0"))

    def flip(self, path, place, count=8):
        with open(path, "r+b") as file:
            file.seek(place)
            data = file.read(count)
            file.seek(place)
            file.write(bytes(byte ^ 0xFF for byte in data))

    def seqs(self):
        return [event["seq"] for event in self.bob.whole_history(self.conversation)]

    def refused(self, path, least=0, most=None):
        """Does not start: exit code 1 and one line with the file and where in it."""
        with self.assertRaises(Exited) as exited:
            self.server.start()
        self.assertIn("exit code 1", str(exited.exception))
        lines = [line for line in self.server.log.splitlines() if path.name in line]
        self.assertTrue(lines, self.server.tail())
        place = re.search(r"\b(?:byte|offset) (\d+)", lines[-1])
        self.assertIsNotNone(place, lines[-1])
        if most is not None:
            self.assertGreaterEqual(int(place.group(1)), least)
            self.assertLessEqual(int(place.group(1)), most)

    def test_undamaged(self):
        self.server.start()
        self.assertEqual(self.seqs(), list(range(1, self.count + 1)))

    def test_garbage_behind_the_end_is_cut(self):
        """What a crash in the middle of a write leaves."""
        end = self.written(self.newest)
        with open(self.newest, "r+b") as file:
            file.seek(end + 64)
            file.write(b"\xa5" * 1000)
        self.server.start()
        self.assertEqual(self.seqs(), list(range(1, self.count + 1)))
        self.goes_on(self.count)

    def test_torn_tail_is_cut(self):
        self.flip(self.newest, self.written(self.newest) - 12)
        self.server.start()
        # At most the last group can be the torn one; nothing before it is touched.
        seqs = self.seqs()
        self.assertIn(seqs, (list(range(1, self.count)), list(range(1, self.count + 1))))
        self.goes_on(len(seqs))

    def test_shortened_file_is_refused(self):
        """Files have their size from the beginning: one that has lost its end was not left so by a crash."""
        original = self.newest.read_bytes()
        end = self.written(self.newest)
        for size in (end - 5, end, 100, 0):
            with self.subTest(size=size, end=end):
                with open(self.newest, "r+b") as file:
                    file.truncate(size)
                self.refused(self.newest, 0, size)
                self.newest.write_bytes(original)
        self.server.start()
        self.assertEqual(self.seqs(), list(range(1, self.count + 1)))

    def goes_on(self, before):
        """New messages take the next places, also over another crash."""
        ack = self.alice.send(self.conversation, "after the cut", client_id="after").json
        self.assertEqual(ack["seq"], before + 1)
        self.server.kill()
        self.server.start()
        self.assertEqual(self.seqs(), list(range(1, before + 2)))
        again = self.alice.send(self.conversation, "after the cut", client_id="after", expect=200).json
        self.assertEqual(again, ack)

    def test_damage_before_good_groups_is_refused(self):
        original = self.newest.read_bytes()
        end = self.written(self.newest)
        for share in (0.3, 0.5, 0.8):
            with self.subTest(share=share):
                place = int(end * share)
                self.flip(self.newest, place)
                self.refused(self.newest, 0, place)
                # Nothing was changed by the attempt: with the bytes back, everything is there.
                damaged = self.newest.read_bytes()
                self.assertEqual(damaged[: len(original)].count(b"\0"), damaged.count(b"\0"))
                self.newest.write_bytes(original)
        self.server.start()
        self.assertEqual(self.seqs(), list(range(1, self.count + 1)))

    def test_single_bit_is_noticed(self):
        place = self.written(self.newest) // 2
        with open(self.newest, "r+b") as file:
            file.seek(place)
            byte = file.read(1)[0]
            file.seek(place)
            file.write(bytes([byte ^ 0x01]))
        self.refused(self.newest, 0, place)

    def test_zeroed_page_is_noticed(self):
        """What a disk that lost a write leaves."""
        place = self.written(self.newest) // 2 // 512 * 512
        with open(self.newest, "r+b") as file:
            file.seek(place)
            file.write(b"\0" * 512)
        self.refused(self.newest, 0, place + 512)


class SeveralSegments(CorruptLog):
    """The same with files of 1 MiB, so that there are several."""

    settings = merged(ROOMY, {"storage": {"log_segment_mib": 1}})
    content = "x" * 16000
    count = 220

    def test_missing_segment_is_refused(self):
        files = sorted((self.server.data / "log").iterdir())
        written = [path for path in files if self.written(path) > 100_000]
        if len(written) < 3:
            self.fail(f"{len(written)} segments after {self.count} messages of 16 kB")
        shutil.move(written[1], self.server.home / "aside")
        with self.assertRaises(Exited) as exited:
            self.server.start()
        self.assertIn("exit code 1", str(exited.exception))
        self.assertIn("log", self.server.tail(1))
        shutil.move(self.server.home / "aside", written[1])
        self.server.start()
        self.assertEqual(self.seqs(), list(range(1, self.count + 1)))


if __name__ == "__main__":
    unittest.main()
