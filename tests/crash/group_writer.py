"""Someone who runs a group while the server dies again and again: sends, edits, deletes, reacts, removes and adds a
member, each until the answer is definite, and knows what has to be there at the end."""

import http.client
import threading
import urllib.parse

from parley_client import Rest

EMOJI = urllib.parse.quote("👍")


class GroupWriter(threading.Thread):
    def __init__(self, server, owner, member):
        super().__init__(daemon=True)
        self.rest = Rest(server, owner["access_token"], seconds=10)
        self.member = member
        self.group = None
        self.sent = {}  # message_id -> seq
        self.content = {}  # message_id -> what it says; None: deleted
        self.reacted = set()
        self.changes = ["group_created"]  # of members, in order
        self.problem = None
        self.done = threading.Event()

    def run(self):
        try:
            body = {"name": "Under fire", "client_id": "group", "member_ids": [self.member["user_id"]]}
            self.group = self.until_definite("POST", "/api/groups", body).json["group_id"]
            number = 0
            while not self.done.is_set():
                number += 1
                self.step(number)
        except Stopped:
            pass
        except Exception as problem:  # noqa: BLE001 - told by the test
            self.problem = problem

    def until_definite(self, method, target, body=None):
        while True:
            try:
                response = self.rest.request(method, target, body)
            except (OSError, http.client.HTTPException):
                self.rest.close()
                response = None
            if response is not None and response.status in (200, 201, 204):
                return response
            if response is not None and response.status not in (429, 500, 503):
                raise AssertionError(f"{method} {target}: {response}")
            if self.done.wait(0.02):
                raise Stopped

    def step(self, number):
        body = {"conversation_id": self.group, "client_id": f"m{number}", "content": f"message {number}"}
        answer = self.until_definite("POST", "/api/messages", body).json
        message = answer["message_id"]
        self.sent[message] = answer["seq"]
        self.content[message] = body["content"]
        place = f"/api/messages/{message}"
        if number % 2 == 0:
            edit = {"content": f"message {number}, edited", "client_id": f"e{number}"}
            self.until_definite("PATCH", place, edit)
            self.content[message] = edit["content"]
        if number % 3 == 0:
            self.until_definite("PUT", f"{place}/reactions/{EMOJI}")
            self.reacted.add(message)
        if number % 5 == 0:
            self.until_definite("DELETE", place)
            self.content[message] = None
        # Who has come and gone 64 times is not added again.
        if number % 4 == 0 and self.changes.count("member_added") < 60:
            self.change_member()

    def change_member(self):
        members = f"/api/groups/{self.group}/members"
        if self.changes[-1] == "member_removed":
            self.until_definite("POST", members, {"user_ids": [self.member["user_id"]]})
            self.changes.append("member_added")
        else:
            self.until_definite("DELETE", f"{members}/{self.member['user_id']}")
            self.changes.append("member_removed")

    def problems(self):
        """What is wrong with the group now; nobody writes any more. What was asked last may have happened."""
        if self.group is None:
            return ["there is no group"]
        events, after = [], 0
        while after is not None:
            page = self.rest.get(f"/api/groups/{self.group}/messages?after_seq={after}&limit=200").json
            events += page["items"]
            after = page["next"]
        found = []
        if [event["seq"] for event in events] != list(range(1, len(events) + 1)):
            found.append("its places are not dense")
        messages = {event["message_id"]: event for event in events if event["type"] == "new_message"}
        for message, seq in self.sent.items():
            event = messages.get(message)
            if event is None or event["seq"] != seq:
                found.append(f"message {seq} is {event}")
            elif message != next(reversed(self.sent)):  # of the last one, more may have happened
                found += self.message_problems(message, event)
        if len(messages) > len(self.sent) + 1:
            found.append(f"{len(messages)} messages of {len(self.sent)} that were sent")
        kinds = ("group_created", "member_added", "member_removed")
        changes = [event["type"] for event in events if event["type"] in kinds]
        if changes[: len(self.changes)] != self.changes or len(changes) > len(self.changes) + 1:
            found.append(f"its members changed like {changes}, not {self.changes}")
        people = self.rest.get(f"/api/groups/{self.group}").json["member_count"]
        if people != (1 if changes[-1] == "member_removed" else 2):
            found.append(f"it has {people} members after {changes[-1]}")
        return found

    def message_problems(self, message, event):
        if event.get("content") != self.content[message]:
            return [f"message {event['seq']} says {event.get('content')!r}, not {self.content[message]!r}"]
        reactions = event.get("reactions", [])
        if bool(reactions) != (message in self.reacted and self.content[message] is not None):
            return [f"message {event['seq']} has reactions {reactions}"]
        return []


class Stopped(Exception):
    """The test is over."""
