"""Plays a scenario to a world. README.md has the language; each line of it is one method here."""

import re
import urllib.parse
import uuid

from worlds import Device

EVENTS = {
    "new_message",
    "message_edited",
    "message_deleted",
    "group_created",
    "member_added",
    "member_removed",
    "member_role",
    "group_updated",
    "group_deleted",
    "reaction",
    "conversation_updated",
    "void",
    "typing",
}
FOR_EVER = "2199-01-01T00:00:00.000Z"


class Wrong(AssertionError):
    """What came is not what the scenario says."""


LINES = []  # (pattern, method), in the order in which they are tried

WORD = {
    "A": r"(?P<actor>[a-z]+(?:\.[a-z]+)?)",
    "B": r"(?P<other>[a-z]+)",
    "C": r"(?P<place>[A-Z][A-Za-z]*|with [a-z]+)",
    "G": r"(?P<group>[A-Z][A-Za-z]*)",
    "M": r"(?P<message>[A-Z][0-9]*)",
    "T": r'"(?P<text>[^"]*)"',
    "E": r'"(?P<emoji>[^"]*)"',
}


def line(form):
    """A line of the language: words in braces stand for the patterns of WORD."""
    pattern = re.compile(re.sub(r"\{(\w)\}", lambda m: WORD[m.group(1)], form))

    def mark(method):
        LINES.append((pattern, method))
        return method

    return mark


class Play:
    def __init__(self, world, way):
        self.world = world
        self.way = way  # "websocket" or "rest": how things are asked for where both are possible
        self.people = {}
        self.devices = {}
        self.groups = {}
        self.messages = {}  # by name: the ack or the answer
        self.sent = {}  # by client_id: what was answered

    def run(self, text):
        lines = text.splitlines()
        at = 0
        while at < len(lines):
            number, statement = at + 1, lines[at].rstrip()
            at += 1
            if not statement.strip() or statement.lstrip().startswith("#"):
                continue
            block = []
            while statement.endswith(":") and at < len(lines) and lines[at].startswith("    "):
                block.append(lines[at].strip())
                at += 1
            try:
                self._play(statement, block)
            except AssertionError as problem:
                raise type(problem)(f"line {number}: {statement}\n{problem}") from problem
        self._end()

    def _play(self, statement, block):
        statement, _, refusal = statement.partition(" -> ")
        for pattern, method in LINES:
            found = pattern.fullmatch(statement)
            if found:
                more = {"block": block} if block else {}
                if refusal:
                    more["refusal"] = refusal
                method(self, **found.groupdict(), **more)
                return
        raise Wrong("no line of the language looks like this")

    def _end(self):
        """Nobody is left with something that the scenario does not say."""
        for device in self.devices.values():
            self._see_nothing(device)

    # --- who is who

    def _device(self, actor, connected=False):
        name = actor if "." in actor else actor + ".phone"
        person = name.partition(".")[0]
        if person not in self.people:
            raise Wrong(f"nobody is called {person}")
        if name not in self.devices:
            self.devices[name] = Device(name, self.people[person])
            self.devices[name].events = []
            self.devices[name].receipts = {}
        if connected and not self.devices[name].connected:
            raise Wrong(f"{name} is not connected")
        return self.devices[name]

    def _name(self, user_id):
        return next((name for name, known in self.people.items() if known == user_id), user_id)

    def _place(self, place, actor):
        if not place.startswith("with "):
            return self.groups[place]
        status, body = self.world.rest(
            self._device(actor), "POST", "/api/conversations", {"user_id": self.people[place[5:]]}
        )
        if status not in (200, 201):
            raise Wrong(f"there is no conversation {place}: {status} {body}")
        return body["conversation_id"]

    # --- frames

    def _sort(self, device):
        """What is an event stays for `sees`; what is known otherwise is noted."""
        while device.frames:
            frame = device.frames.popleft()
            kind = frame["type"]
            if kind in EVENTS:
                device.events.append(frame)
            elif kind == "ack" and "user_id" in frame:
                known = device.receipts.setdefault((frame["conversation_id"], frame["user_id"]), {})
                known[frame["status"]] = max(known.get(frame["status"], 0), frame["seq"])
            else:
                yield frame

    def _wait(self, device, fits, what):
        """The first frame that is no event and fits."""
        found = []

        def look():
            found.extend(frame for frame in self._sort(device) if fits(frame))
            return bool(found)

        if not self.world.wait_for(look, [device]):
            raise Wrong(f"{device.name} waits for {what}; there are {device.events}")
        return found[0]

    def _next(self, device, what):
        def look():
            list(self._sort(device))
            return bool(device.events)

        if not self.world.wait_for(look, [device]):
            raise Wrong(f"{device.name} sees nothing, not {what}")
        return device.events.pop(0)

    def _ask(self, device, frame, refusal=None):
        """Over the WebSocket; answers the ack."""
        ref = uuid.uuid4().hex
        self.world.send(device, {**frame, "ref": ref})
        answer = self._wait(device, lambda came: came.get("ref") == ref, f"an answer to {frame}")
        self._judge(answer["code"] if answer["type"] == "error" else None, refusal, answer)
        return answer

    def _call(self, device, method, target, body=None, refusal=None):
        status, answer = self.world.rest(device, method, target, body)
        code = answer.get("code", str(status)) if status >= 400 and answer else None
        self._judge(code, refusal, (status, answer))
        return answer

    @staticmethod
    def _judge(code, refusal, answer):
        if code != refusal:
            raise Wrong(f"answered {answer}" + (f" instead of {refusal}" if refusal else ""))

    def _do(self, actor, frame, call, refusal=None, event=True):
        """One of two ways to the same; over REST the asking device is told like all others."""
        device = self._device(actor)
        if frame is not None and self.way == "websocket" and device.connected:
            return self._ask(device, frame, refusal)
        answer = self._call(device, *call, refusal=refusal)
        if event and device.connected and not refusal:
            came = self._next(device, f"the event of {call}")
            if came.get("sender_id") != device.user_id:
                raise Wrong(f"{device.name} did {call} and was told {came}")
        return answer

    # --- people and devices

    @line(r"people (?P<names>[a-z ]+)")
    def people_are(self, names):
        for name in names.split():
            self.people[name] = self.world.user(name)

    @line(r"{A} connects")
    def connects(self, actor):
        device = self._device(actor)
        self.world.connect(device)
        self._wait(device, lambda frame: frame["type"] == "auth_success", "auth_success")

    @line(r"{A} disconnects")
    def disconnects(self, actor):
        device = self._device(actor, connected=True)
        self.world.disconnect(device)
        device.events.clear()

    @line(r"the server (?P<how>restarts|crashes)")
    def server_ends(self, how):
        for device in self.devices.values():
            list(self._sort(device))
            if device.events:
                raise Wrong(f"{device.name} was left with {device.events}")
        self.world.restart() if how == "restarts" else self.world.crash()
        for device in self.devices.values():
            device.connected = False
            device.frames.clear()

    @line(r"(?P<seconds>\d+) seconds pass")
    def time_passes(self, seconds):
        self.world.pass_time(float(seconds))

    # --- talking

    @line(r"{A} says {T} (?:to {B}|in {G})(?: as {M})?(?: under (?P<client_id>\w+))?(?: replying to (?P<first>[A-Z][0-9]*))?")
    def says(self, actor, text, other, group, message, client_id, first, refusal=None):
        body = {"content": text, "client_id": client_id or uuid.uuid4().hex}
        body.update({"receiver_id": self.people[other]} if other else {"conversation_id": self.groups[group]})
        if first:
            body["reply_to"] = self.messages[first]["message_id"]
        again = client_id in self.sent
        frame = {"type": "send_message", **body}
        answer = self._do(actor, frame, ("POST", "/api/messages", body), refusal, event=not again)
        if refusal:
            return
        if again and [answer[name] for name in ("message_id", "seq")] != self.sent[client_id]:
            raise Wrong(f"the same client_id was answered with {answer}")
        if client_id:
            self.sent[client_id] = [answer[name] for name in ("message_id", "seq")]
        if message:
            self.messages[message] = {**answer, "content": text}

    @line(r"{A} edits {M} to {T}")
    def edits(self, actor, message, text, refusal=None):
        target = self.messages[message]["message_id"]
        frame = {"type": "edit_message", "message_id": target, "content": text, "client_id": uuid.uuid4().hex}
        self._do(actor, frame, ("PATCH", f"/api/messages/{target}", {"content": text}), refusal)

    @line(r"{A} (?P<how>deletes|hides) {M}")
    def deletes(self, actor, how, message, refusal=None):
        target = self.messages[message]["message_id"]
        whom = "everyone" if how == "deletes" else "me"
        frame = {"type": "delete_message", "message_id": target, "for": whom}
        call = ("DELETE", f"/api/messages/{target}?for={whom}")
        self._do(actor, frame, call, refusal, event=whom == "everyone")

    @line(r"{A} (?P<how>reacts|takes back) {E} (?:to|from) {M}")
    def reacts(self, actor, how, emoji, message, refusal=None):
        target = self.messages[message]["message_id"]
        frame = {"type": "react", "message_id": target, "emoji": emoji, "removed": how != "reacts"}
        path = f"/api/messages/{target}/reactions/{urllib.parse.quote(emoji)}"
        self._do(actor, frame, ("PUT" if how == "reacts" else "DELETE", path), refusal)

    @line(r"{A} (?P<how>reads|receives) {M}")
    def marks(self, actor, how, message, refusal=None):
        device = self._device(actor)
        status = "read" if how == "reads" else "delivered"
        target = self.messages[message]["message_id"]
        if self.way == "websocket" and device.connected and not refusal:
            self.world.send(device, {"type": "ack", "message_id": target, "status": status})
            return
        self._call(device, "PUT", f"/api/messages/{target}/status", {"status": status}, refusal)

    @line(r"{A} (?P<how>types|stops typing) (?:in )?{C}")
    def types(self, actor, how, place):
        device = self._device(actor, connected=True)
        conversation = self._place(place, actor)
        self.world.send(device, {"type": "typing", "conversation_id": conversation, "active": how == "types"})

    # --- groups

    @line(r"{A} creates {G} with (?P<names>[a-z, ]+?)(?P<all>, all to read back)?")
    def creates(self, actor, group, names, all, refusal=None):
        members = [self.people[name.strip()] for name in names.split(",")]
        body = {"name": group, "member_ids": members, "client_id": uuid.uuid4().hex}
        if all:
            body["history"] = "all"
        made = self._do(actor, None, ("POST", "/api/groups", body), refusal)
        if not refusal:
            self.groups[group] = made["group_id"]

    @line(r"{A} adds {B} to {G}")
    def adds(self, actor, other, group, refusal=None):
        path = f"/api/groups/{self.groups[group]}/members"
        self._do(actor, None, ("POST", path, {"user_ids": [self.people[other]]}), refusal)

    @line(r"{A} removes {B} from {G}")
    def removes(self, actor, other, group, refusal=None):
        path = f"/api/groups/{self.groups[group]}/members/{self.people[other]}"
        self._do(actor, None, ("DELETE", path), refusal)

    @line(r"{A} leaves {G}")
    def leaves(self, actor, group, refusal=None):
        self._do(actor, None, ("DELETE", f"/api/groups/{self.groups[group]}/members/me"), refusal)

    @line(r"{A} makes {B} (?P<role>owner|admin|member) in {G}")
    def makes(self, actor, other, role, group, refusal=None):
        path = f"/api/groups/{self.groups[group]}/members/{self.people[other]}"
        self._do(actor, None, ("PUT", path, {"role": role}), refusal)

    @line(r"{A} renames {G} to {T}")
    def renames(self, actor, group, text, refusal=None):
        self._do(actor, None, ("PUT", f"/api/groups/{self.groups[group]}", {"name": text}), refusal)

    @line(r"{A} ends {G}")
    def ends(self, actor, group, refusal=None):
        self._do(actor, None, ("DELETE", f"/api/groups/{self.groups[group]}"), refusal)

    # --- settings

    def _patch(self, actor, place, body, refusal=None, event=False):
        conversation = self._place(place, actor)
        self._do(actor, None, ("PATCH", f"/api/conversations/{conversation}", body), refusal, event)

    @line(r"{A} (?P<how>mutes|unmutes) {C}")
    def mutes(self, actor, how, place):
        until = FOR_EVER if how == "mutes" else None
        conversation = self._place(place, actor)
        frame = {"type": "mute", "conversation_id": conversation, "until": until}
        self._do(actor, frame, ("PATCH", f"/api/conversations/{conversation}", {"muted_until": until}), event=False)

    @line(r"{A} drafts {T} {C}")
    @line(r"{A} drafts {T} in {C}")
    def drafts(self, actor, text, place):
        self._patch(actor, place, {"draft": text})

    @line(r"{A} (?P<how>archives|unarchives) {C}")
    def archives(self, actor, how, place):
        self._patch(actor, place, {"archived": how == "archives"})

    @line(r"{A} (?P<how>blocks|unblocks) {B}")
    def blocks(self, actor, how, other):
        self._patch(actor, f"with {other}", {"blocked": how == "blocks"})

    @line(r"{A} pins (?P<what>{M}|nothing) in {C}")
    def pins(self, actor, what, message, place, refusal=None):
        pinned = [self.messages[message]["message_id"]] if message else []
        self._patch(actor, place, {"pinned_message_ids": pinned}, refusal, event=True)

    @line(r"{A} lets messages (?:in )?{C} stay (?P<time>for ever|\d+ seconds)")
    def lets_stay(self, actor, place, time, refusal=None):
        seconds = 0 if time == "for ever" else int(time.split()[0])
        self._patch(actor, place, {"ttl_seconds": seconds}, refusal, event=True)

    # --- what is seen

    def _all_devices(self, actor):
        """One device by name, or all of a person's that are connected."""
        if "." in actor:
            return [self._device(actor, connected=True)]
        devices = [d for n, d in self.devices.items() if n.startswith(actor + ".") and d.connected]
        if not devices:
            raise Wrong(f"{actor} is not connected")
        return devices

    def _sees(self, actor, sender, wanted):
        for device in self._all_devices(actor):
            event = self._next(device, wanted)
            wrong = {name: event.get(name) for name, value in wanted.items() if event.get(name) != value}
            if wrong or (sender and event.get("sender_id") != self.people[sender]):
                raise Wrong(f"{device.name} sees {event}, not {sender} {wanted}")

    @line(r"{A} sees {B} say {T}(?: in {G})?")
    def sees_say(self, actor, other, text, group):
        wanted = {"type": "new_message", "content": text}
        if group:
            wanted["conversation_id"] = self.groups[group]
        self._sees(actor, other, wanted)

    @line(r"{A} sees {B} edit {M} to {T}")
    def sees_edit(self, actor, other, message, text):
        target = self.messages[message]["message_id"]
        self._sees(actor, other, {"type": "message_edited", "target_id": target, "content": text})

    @line(r"{A} sees {B} delete {M}")
    def sees_delete(self, actor, other, message):
        target = self.messages[message]["message_id"]
        self._sees(actor, other, {"type": "message_deleted", "target_id": target})

    @line(r"{A} sees {B} (?P<how>react|take back) {E} (?:to|from) {M}")
    def sees_react(self, actor, other, how, emoji, message):
        wanted = {"type": "reaction", "target_id": self.messages[message]["message_id"], "emoji": emoji}
        self._sees(actor, other, {**wanted, "removed": True} if how == "take back" else wanted)

    @line(r"{A} sees {B} create {G}")
    def sees_create(self, actor, other, group):
        wanted = {"type": "group_created", "conversation_id": self.groups[group], "name": group, "seq": 1}
        self._sees(actor, other, wanted)

    @line(r"{A} sees {B} (?P<how>add|remove) (?P<whom>[a-z]+)")
    def sees_member(self, actor, other, how, whom):
        kind = "member_added" if how == "add" else "member_removed"
        self._sees(actor, other, {"type": kind, "user_id": self.people[whom]})

    @line(r"{A} sees {B} leave")
    def sees_leave(self, actor, other):
        self._sees(actor, other, {"type": "member_removed", "user_id": self.people[other]})

    @line(r"{A} sees (?P<whom>[a-z]+) become (?P<role>owner|admin|member)")
    def sees_role(self, actor, whom, role):
        self._sees(actor, None, {"type": "member_role", "user_id": self.people[whom], "role": role})

    @line(r"{A} sees {B} rename it to {T}")
    def sees_rename(self, actor, other, text):
        self._sees(actor, other, {"type": "group_updated", "name": text})

    @line(r"{A} sees {B} end {G}")
    def sees_end(self, actor, other, group):
        self._sees(actor, other, {"type": "group_deleted", "conversation_id": self.groups[group]})

    @line(r"{A} sees {B} pin (?P<what>{M}|nothing)")
    def sees_pin(self, actor, other, what, message):
        pinned = [self.messages[message]["message_id"]] if message else []
        self._sees(actor, other, {"type": "conversation_updated", "pinned_message_ids": pinned})

    @line(r"{A} sees {B} change how long messages stay")
    def sees_stay(self, actor, other):
        self._sees(actor, other, {"type": "conversation_updated"})

    @line(r"{A} sees {B} (?P<how>type|stop typing)")
    def sees_type(self, actor, other, how):
        wanted = {"type": "typing", "user_id": self.people[other], "active": how == "type"}
        self._sees(actor, None, wanted)

    @line(r"{A} sees a void")
    def sees_void(self, actor):
        self._sees(actor, None, {"type": "void"})

    @line(r"{A} sees nothing")
    def sees_nothing(self, actor):
        for device in self._all_devices(actor):
            self._see_nothing(device)

    def _see_nothing(self, device):
        """A sync is answered behind all that went to the device before."""
        if device.connected:
            ref = uuid.uuid4().hex
            self.world.send(device, {"type": "sync", "ref": ref})
            self._wait(device, lambda frame: frame.get("ref") == ref, "sync_complete")
        if device.events:
            raise Wrong(f"{device.name} sees {device.events}")

    # --- what is known

    @line(r"{A} knows that {B} has (?P<how>read|received) {M}")
    def knows(self, actor, other, how, message):
        at = self.messages[message]
        key = (at["conversation_id"], self.people[other])
        for device in self._all_devices(actor):

            def has(device=device):
                list(self._sort(device))
                known = device.receipts.get(key, {})
                best = known.get("read", 0) if how == "read" else max(known.values(), default=0)
                return best >= at["seq"]

            if not self.world.wait_for(has, [device]):
                raise Wrong(f"{device.name} knows {device.receipts.get(key)}")

    @line(r"{A} does not know that {B} has (?P<how>read|received) {M}")
    def knows_not(self, actor, other, how, message):
        at = self.messages[message]
        for device in self._all_devices(actor):
            self._see_nothing(device)
            known = device.receipts.get((at["conversation_id"], self.people[other]), {})
            if known.get("read" if how == "read" else "delivered", 0) >= at["seq"]:
                raise Wrong(f"{device.name} knows {known}")
        target = f"/api/messages/{at['message_id']}/status"
        for recipient in self._call(self._device(actor), "GET", target)["recipients"]:
            told = ["read"] if how == "read" else ["delivered", "read"]
            if recipient["user_id"] == self.people[other] and recipient["status"] in told:
                raise Wrong(f"it is told that it is {recipient['status']}")

    def _object(self, actor, place, refusal=None):
        device = self._device(actor)
        return self._call(device, "GET", f"/api/conversations/{self._place(place, actor)}", None, refusal)

    def _has(self, actor, place, name, value):
        """Soon: what another device asked for is on its way."""
        seen = []

        def is_so():
            seen.append(self._object(actor, place)[name])
            return seen[-1] == value

        if not self.world.wait_for(is_so, []):
            raise Wrong(f"{name} is {seen[-1]!r}, not {value!r}")

    @line(r"{A} has (?P<count>\d+) unread (?:in )?{C}")
    def has_unread(self, actor, count, place):
        self._has(actor, place, "unread", int(count))

    @line(r"{A} has {T} drafted (?:in )?{C}")
    def has_draft(self, actor, text, place):
        self._has(actor, place, "draft", text or None)

    @line(r"{A} has {C} (?P<no>not )?(?P<what>muted|archived)")
    def has_setting(self, actor, place, no, what):
        self._has(actor, place, what, not no)

    @line(r"{A} finds (?P<list>[a-z]+ (?:owner|admin|member)[a-z, ]*) in {G}")
    def finds(self, actor, list, group):
        object_ = self._call(self._device(actor), "GET", f"/api/groups/{self.groups[group]}")
        people = sorted(f"{self._name(m['user_id'])} {m['role']}" for m in object_["members"])
        if people != sorted(list.split(", ")):
            raise Wrong(f"there are {people}")

    @line(r"{A} finds nobody in {G}")
    def finds_nobody(self, actor, group):
        object_ = self._call(self._device(actor), "GET", f"/api/groups/{self.groups[group]}")
        if object_["members"] or object_["member_count"]:
            raise Wrong(f"there are {object_}")

    @line(r"{A} finds {G} called {T}")
    def finds_name(self, actor, group, text):
        self._has(actor, group, "title", text)

    @line(r"{A} cannot find {C}")
    def cannot_find(self, actor, place):
        self._object(actor, place, "not_found")
        target = f"/api/conversations/{self._place(place, actor)}/messages"
        self._call(self._device(actor), "GET", target, None, "not_found")

    @line(r"{A} reads back {C}:")
    def reads_back(self, actor, place, block):
        target = f"/api/conversations/{self._place(place, actor)}/messages?after_seq=0&limit=200"
        items = self._call(self._device(actor), "GET", target)["items"]
        lines = [self._told(item) for item in items]
        seqs = [item["seq"] for item in items]
        if seqs != list(range(seqs[0], seqs[0] + len(seqs))) if seqs else False:
            raise Wrong(f"places are {seqs}")
        if lines != block:
            raise Wrong("it reads\n    " + "\n    ".join(lines))

    def _told(self, item):
        """An event as a line of a block."""
        kind, who = item["type"], self._name(item.get("sender_id"))
        whom = self._name(item.get("user_id"))
        if kind == "void":
            return "void"
        if kind == "new_message":
            return who + self._told_message(item)
        told = {
            "message_edited": "edits",
            "message_deleted": "deletes",
            "group_created": "creates",
            "member_added": f"adds {whom}",
            "member_removed": "leaves" if whom == who else f"removes {whom}",
            "member_role": f"makes {whom} {item.get('role')}",
            "group_updated": f"renames to {item.get('name')}",
            "group_deleted": "ends it",
            "reaction": ("takes back " if item.get("removed") else "reacts ") + item.get("emoji", ""),
            "conversation_updated": "changes it",
        }
        return f"{who} {told[kind]}"

    def _told_message(self, item):
        if item.get("deleted"):
            return " deleted"
        text = f' "{item["content"]}"' + (" edited" if "edited_at" in item else "")
        for reaction in item.get("reactions", []):
            text += f" {reaction['emoji']} by " + " ".join(self._name(user) for user in reaction["user_ids"])
        return text
