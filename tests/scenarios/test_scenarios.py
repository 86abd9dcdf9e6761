"""Every scenario of this folder, in every world that there is a program for, over WebSocket and over REST.

    PARLEY_SIM=build/dev/parley_sim PARLEY_BINARY=build/dev/parley /usr/bin/python3 -m unittest -v test_scenarios
"""

import os
import pathlib
import unittest

import play
import worlds

HERE = pathlib.Path(__file__).resolve().parent
SIMULATED = os.environ.get("PARLEY_SIM")
REAL = os.environ.get("PARLEY_BINARY")


class Language(unittest.TestCase):
    """Scenarios are tests only if a wrong one fails."""

    def play_simulated(self, text):
        world = worlds.SimulatedWorld(SIMULATED)
        try:
            play.Play(world, "websocket").run(text)
        finally:
            world.close()

    @unittest.skipUnless(SIMULATED, "PARLEY_SIM is not set")
    def test_what_is_not_so_is_found(self):
        start = 'people ada bob\nada connects\nbob connects\nada says "Hello" to bob as M\n'
        self.play_simulated(start + 'bob sees ada say "Hello"')
        for wrong in (
            "",
            'bob sees ada say "Hullo"',
            'bob sees bob say "Hello"',
            'bob sees ada say "Hello"\nbob sees a void',
            "bob sees nothing",
            'bob sees ada say "Hello"\nada edits M to "x" -> forbidden\nbob sees ada edit M to "x"',
            'bob sees ada say "Hello"\nbob edits M to "x"',
            'bob sees ada say "Hello"\nbob has 2 unread with ada',
            'bob sees ada say "Hello"\nbob reads back with ada:\n    ada "Hullo"',
            'bob sees ada say "Hello"\nada knows that bob has read M',
            'bob sees ada say "Hello"\nbob dances',
        ):
            with self.subTest(wrong), self.assertRaises(AssertionError):
                self.play_simulated(start + wrong)


def make(path, world, way):
    def test(self):
        with self.subTest(way):
            here = world()
            try:
                play.Play(here, way).run(path.read_text(encoding="utf-8"))
            except AssertionError as problem:
                raise type(problem)(f"{path.name}, {here.name} server, over {way}\n{problem}") from problem
            finally:
                here.close()

    test.__doc__ = path.read_text(encoding="utf-8").partition("\n")[0].lstrip("# ")
    return test


def load():
    """A test class for each world that there is a program for."""
    if not SIMULATED and not REAL:
        raise SystemExit("set PARLEY_SIM or PARLEY_BINARY: the programs to play the scenarios to")
    for name, program, world in (
        ("Simulated", SIMULATED, lambda: worlds.SimulatedWorld(SIMULATED)),
        ("Real", REAL, worlds.RealWorld),
    ):
        if program is None:
            continue
        tests = {
            f"test_{path.stem.replace('-', '_')}_{way}": make(path, world, way)
            for path in sorted(HERE.glob("*.chat"))
            for way in ("websocket", "rest")
        }
        globals()[name] = type(name, (unittest.TestCase,), tests)


load()

if __name__ == "__main__":
    unittest.main()
