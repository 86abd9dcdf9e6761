"""What every end-to-end test case shares: a server of its own for the class, and what must hold at its end."""

import contextlib
import unittest

from parley_client import Rest, User
from parley_server import Server

# Limits that would only slow tests down. A test that is about a limit sets it in `settings`.
ROOMY = {
    "limits": {
        "sends_per_second": 100000,
        "sends_burst": 100000,
        "groups_per_hour": 0,
        "members_per_hour": 0,
        "logins_per_second": 1000,
        "logins_burst": 100000,
        "refreshes_per_second": 1000,
        "refreshes_burst": 100000,
    }
}


def merged(*settings):
    result = {}
    for each in settings:
        for section, keys in each.items():
            result.setdefault(section, {}).update(keys)
    return result


class ServerCase(unittest.TestCase):
    """One server for the tests of a class. It must stop by itself, with exit code 0, after them."""

    settings = {}
    arguments = ()

    @classmethod
    def setUpClass(cls):
        cls.server = Server(merged(ROOMY, cls.settings), arguments=cls.arguments)
        cls.addClassCleanup(cls.server.close)
        cls.server.start()

    @classmethod
    def tearDownClass(cls):
        if cls.server.process is None:
            return
        code = cls.server.terminate()
        if code != 0:
            raise AssertionError(f"exit code {code} after SIGTERM:\n{cls.server.tail()}")

    def setUp(self):
        self.stack = self.enterContext(contextlib.ExitStack())

    def run(self, result=None):
        before = len(result.errors) + len(result.failures) if result else 0
        super().run(result)
        if result and len(result.errors) + len(result.failures) > before:
            print(f"--- the server's log at the end of {self.id()}:\n{self.server.tail()}", flush=True)
        return result

    def user(self, prefix="user", **registration):
        user = User(self.server, prefix, **registration)
        self.stack.callback(user.rest.close)
        return user

    def users(self, *names):
        return [self.user(name) for name in names]

    def session(self, user, **options):
        session = user.session(**options)
        self.stack.callback(session.abort)
        return session

    def rest(self, token=None, **options):
        rest = Rest(self.server, token, **options)
        self.stack.callback(rest.close)
        return rest
