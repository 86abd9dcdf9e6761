"""The servers that scenarios are played to: the simulated one and the real program. Both have the same few methods."""

import collections
import json
import os
import pathlib
import subprocess
import sys
import time

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "e2e"))

PATIENCE = float(os.environ.get("PARLEY_TEST_PATIENCE", "1"))
ANSWER_SECONDS = 10.0  # of the world's own time


class Broken(AssertionError):
    """The world does not do what any server has to: a connection fails, an answer does not come."""


class Device:
    """One device of a user. What came to it waits in `frames`, oldest first."""

    def __init__(self, name, user_id):
        self.name = name
        self.user_id = user_id
        self.frames = collections.deque()
        self.connected = False


class SimulatedWorld:
    """`parley_sim --wire`: memory adapters, the log on a simulated disk, time that passes when it is told to."""

    name = "simulated"

    def __init__(self, program):
        self._process = subprocess.Popen([program, "--wire"], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        self._devices = {}

    def _ask(self, **request):
        self._process.stdin.write(json.dumps(request) + "\n")
        self._process.stdin.flush()
        line = self._process.stdout.readline()
        if not line:
            raise Broken(f"the simulation has ended at {request}")
        answer = json.loads(line)
        for came in answer["frames"]:
            self._devices[came["link"]].frames.append(json.loads(came["text"]))
        for ended in answer["closed"]:
            self._devices[ended["link"]].connected = False
        if "problem" in answer:
            raise Broken(f"{request}: {answer['problem']}")
        return answer

    def user(self, name):
        return self._ask(do="user", name=name)["user_id"]

    def connect(self, device):
        self._devices[device.name] = device
        self._ask(do="open", link=device.name, user=device.user_id)
        device.connected = True

    def disconnect(self, device):
        self._ask(do="close", link=device.name)

    def send(self, device, frame):
        self._ask(do="send", link=device.name, frame=json.dumps(frame))

    def rest(self, device, method, target, body=None):
        """(status, body)."""
        text = "" if body is None else json.dumps(body)
        answer = self._ask(do="rest", link=device.name, method=method, target=target, body=text)
        return answer["status"], json.loads(answer["body"]) if answer["body"] else None

    def wait_for(self, condition, _devices):
        for _ in range(int(ANSWER_SECONDS * 50)):
            if condition():
                return True
            self._ask(do="run", ms=20)
        return condition()

    def pass_time(self, seconds):
        self._ask(do="run", ms=int(seconds * 1000))

    def restart(self):
        self._ask(do="restart")

    def crash(self):
        """The power fails: what was not synced is gone."""
        self._ask(do="power")

    def close(self):
        self._process.stdin.close()
        code = self._process.wait(timeout=20)
        self._process.stdout.close()
        if code != 0:
            raise Broken(f"the simulation ended with {code}")


class RealWorld:
    """The program itself, over sockets; every frame and answer is held against api/."""

    name = "real"

    def __init__(self):
        import case
        import parley_client
        import parley_server
        import parley_websocket

        self._client = parley_client
        self._timed_out = parley_websocket.TimedOut
        self._closed = parley_websocket.Closed
        self._server = parley_server.Server(case.ROOMY)
        self._server.start()
        self._users = {}
        self._on = {}  # by device
        self._sessions = {}

    def user(self, name):
        user = self._client.User(self._server, name)
        self._users[user.id] = user
        return user.id

    def _user_on(self, device):
        """The first device of a person is the one that registered."""
        if device.name not in self._on:
            first = self._users[device.user_id]
            taken = any(user is first for user in self._on.values())
            self._on[device.name] = first.log_in() if taken else first
        return self._on[device.name]

    def connect(self, device):
        user = self._user_on(device)
        self._sessions[device.name] = user.session()
        device.frames.append(self._sessions[device.name].auth)
        device.connected = True

    def disconnect(self, device):
        self._sessions.pop(device.name).close()
        device.connected = False

    def send(self, device, frame):
        self._sessions[device.name].send(frame)

    def rest(self, device, method, target, body=None):
        response = self._user_on(device).rest.request(method, target, body)
        return response.status, response.json if response.body else None

    def _gather(self, device, seconds):
        session = self._sessions.get(device.name)
        if session is None:
            return
        try:
            device.frames.append(session.receive(seconds))
        except self._timed_out:
            pass
        except self._closed:
            del self._sessions[device.name]
            device.connected = False

    def wait_for(self, condition, devices):
        end = time.monotonic() + ANSWER_SECONDS * PATIENCE
        while not condition() and time.monotonic() < end:
            for device in devices:
                self._gather(device, 0.02)
        return condition()

    def pass_time(self, seconds):
        time.sleep(seconds)

    def restart(self):
        self._server.terminate()
        self._server.start()
        self._sessions.clear()

    def crash(self):
        self._server.kill()
        self._server.start()
        self._sessions.clear()

    def close(self):
        for session in self._sessions.values():
            session.abort()
        for user in [*self._users.values(), *self._on.values()]:
            user.rest.close()
        code = self._server.terminate()
        tail = self._server.tail()
        self._server.close()
        if code != 0:
            raise Broken(f"the program ended with {code}:\n{tail}")
