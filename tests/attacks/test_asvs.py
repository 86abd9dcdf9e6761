"""docs/asvs.md against the standard and the tree: no requirement of level 1 and 2 is left out, and what it says
is tested is tested by something that exists. Needs no server."""

import pathlib
import re
import unittest

ROOT = pathlib.Path(__file__).resolve().parents[2]

# OWASP ASVS 5.0.0: the level of each requirement, section by section.
LEVELS = {
    "1.1": "22", "1.2": "1111122223", "1.3": "112222222223", "1.4": "222", "1.5": "123",
    "2.1": "122", "2.2": "112", "2.3": "12223", "2.4": "23",
    "3.1": "3", "3.2": "113", "3.3": "12223", "3.4": "11222233", "3.5": "11122333", "3.6": "3", "3.7": "22333",
    "4.1": "12233", "4.2": "23333", "4.3": "22", "4.4": "1222",
    "5.1": "2", "5.2": "112333", "5.3": "113", "5.4": "222",
    "6.1": "122", "6.2": "111111112222", "6.3": "11223333", "6.4": "112233", "6.5": "22222333", "6.6": "2223",
    "6.7": "33", "6.8": "2222",
    "7.1": "222", "7.2": "1111", "7.3": "22", "7.4": "11222", "7.5": "223", "7.6": "22",
    "8.1": "1233", "8.2": "1123", "8.3": "133", "8.4": "23",
    "9.1": "111", "9.2": "1222",
    "10.1": "22", "10.2": "223", "10.3": "22223", "10.4": "1111122222233333", "10.5": "22222", "10.6": "22",
    "10.7": "222",
    "11.1": "2233", "11.2": "22233", "11.3": "11233", "11.4": "1222", "11.5": "23", "11.6": "23", "11.7": "33",
    "12.1": "12233", "12.2": "11", "12.3": "22223",
    "13.1": "2333", "13.2": "222223", "13.3": "2233", "13.4": "1222233",
    "14.1": "22", "14.2": "12223333", "14.3": "122",
    "15.1": "12233", "15.2": "12233", "15.3": "1222222", "15.4": "3333",
    "16.1": "2", "16.2": "22222", "16.3": "2222", "16.4": "222", "16.5": "2223",
    "17.1": "23", "17.2": "22223333", "17.3": "22",
}  # fmt: skip
STATES = ("test", "doc", "gap", "n/a")
ROW = re.compile(r"\| ([0-9.,– ]+) \| (.+?) \| (\S+) \| (.+) \|")
FILE = r"`((?:src|tests|fuzz|docs|api|deploy|tools)/[\w./-]+|[A-Z]+\.md)`"


def requirements():
    return {
        f"{section}.{number}"
        for section, levels in LEVELS.items()
        for number, level in enumerate(levels, 1)
        if level in "12"
    }


def expanded(text):
    """ "1.2.6–1.2.9, 1.3.1" as single requirements."""
    for part in text.split(", "):
        first, _, last = part.partition("–")
        section, _, begin = first.rpartition(".")
        end = last.rpartition(".")[2] if last else begin
        assert not last or last.rpartition(".")[0] == section, part
        yield from (f"{section}.{number}" for number in range(int(begin), int(end) + 1))


class Asvs(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        text = (ROOT / "docs" / "asvs.md").read_text(encoding="utf-8")
        cls.rows = [match.groups() for match in map(ROW.fullmatch, text.splitlines()) if match]

    def test_the_standard_has_as_many_requirements(self):
        levels = "".join(LEVELS.values())
        self.assertEqual([levels.count(level) for level in "123"], [70, 183, 92])

    def test_every_requirement_has_a_row(self):
        listed = [each for row in self.rows for each in expanded(row[0])]
        self.assertEqual(len(listed), len(set(listed)), "twice")
        level_3 = {f"{s}.{n}" for s, levels in LEVELS.items() for n, level in enumerate(levels, 1) if level == "3"}
        self.assertEqual(requirements() - set(listed), set())
        self.assertEqual(set(listed) - requirements() - level_3, set())

    def test_every_test_exists(self):
        tests = 0
        for numbers, _, state, where in self.rows:
            with self.subTest(numbers):
                self.assertIn(state, STATES)
                self.assertTrue(where)
                if state == "test":
                    self.assertRegex(where, FILE + "|the same|as [0-9.]+|" + r"`\./dev", "names no test")
                for name, path in self.names(where):
                    tests += 1
                    content = (ROOT / path).read_text(encoding="utf-8")
                    if name:
                        self.assertIn(name, content, path)
        self.assertGreater(tests, 100)

    def names(self, where):
        """(test or None, file) for each file that is named, and each test behind it."""
        for match in re.finditer(FILE + r"(?:: ((?:`\w+`(?:, )?)+))?", where):
            self.assertTrue((ROOT / match.group(1)).exists(), match.group(1))
            for name in re.findall(r"\w+", match.group(2) or "") or [None]:
                yield name, match.group(1)


if __name__ == "__main__":
    unittest.main()
