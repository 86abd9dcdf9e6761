"""The main job: two people talk, by the README's example; and a library that is not ours as the client."""

import asyncio
import json
import os
import re
import subprocess
import unittest

import schema
import websockets
from case import ServerCase
from parley_server import PATIENCE, ROOT, binary, poll


class TwoPeopleTalk(ServerCase):
    def test_chat_survives_kill_9(self):
        alice, bob = self.users("alice", "bob")
        at_alice, at_bob = self.session(alice), self.session(bob)
        conversation = alice.open(bob)

        first = at_alice.say(conversation, "Hello, Bob!")
        self.assertEqual((first["seq"], first["status"]), (1, "sent"))
        heard = at_bob.expect("new_message", seq=1)
        self.assertEqual(
            (heard["content"], heard["sender_id"], heard["message_type"]), ("Hello, Bob!", alice.id, "text")
        )
        self.assertEqual(heard["message_id"], first["message_id"])
        self.assertEqual(heard["timestamp"], first["timestamp"])

        second = at_bob.say(conversation, "Hello, Alice!", reply_to=first["message_id"])
        self.assertEqual(second["seq"], 2)
        self.assertEqual(at_alice.expect("new_message", seq=2)["reply_to"], first["message_id"])

        self.server.kill()
        self.server.start()

        page = alice.page(conversation)
        self.assertEqual([event["content"] for event in page["items"]], ["Hello, Alice!", "Hello, Bob!"])
        self.assertIsNone(page["next"])
        third = self.session(alice).say(conversation, "Still there?")
        self.assertEqual(third["seq"], 3)
        events, _, _ = self.session(bob).sync({conversation: 1})
        self.assertEqual([event["seq"] for event in events[0]["events"]], [2, 3])


class Commands(ServerCase):
    """What a reader copies from "Two people talk", in the README's order and in one shell. The two lines that open a
    WebSocket by hand are test_short_client's and the test's below."""

    LINES_MIN = 30

    def commands(self):
        text = (ROOT / "README.md").read_text(encoding="utf-8")
        section = text.split("## Two people talk")[1].split("\n## ")[0]
        for block in re.findall(r"^```\n(.*?)^```", section, re.S | re.M):
            for command in re.split(r"\n(?=curl |parley |field\(\))", block.strip()):
                if command.startswith(("curl ", "parley ", "field()")):
                    yield command

    def run_shell(self, command):
        data = str(self.server.data)
        prelude = (
            'curl() { command curl --fail-with-body --max-time 20 "$@"; }\n'
            'parley() { "$PARLEY_PROGRAM" "$@" --data "$PARLEY_FOLDER"; }\n'
        )
        done = subprocess.run(
            ["bash", "-euc", prelude + self.functions + command], cwd=self.server.home, text=True, check=False,
            env={**os.environ, "PARLEY_PROGRAM": binary(), "PARLEY_FOLDER": data}, timeout=60 * PATIENCE,
            stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
        )
        self.assertEqual(done.returncode, 0, f"{command}\n{done.stdout}{done.stderr}")
        return done.stdout

    def test_each_does_what_it_says(self):
        self.functions, known, ran = "", {}, 0
        for command in self.commands():
            if command.startswith("field()"):
                self.functions = command + "\n"
                continue
            for name, value in known.items():
                command = command.replace(f"<{name}>", value)
            command = command.replace("http://127.0.0.1:8080", f"http://127.0.0.1:{self.server.port}")
            self.assertNotRegex(command, r"<[a-z_]+>")
            with self.subTest(command):
                ran += 1
                printed = self.run_shell(command)
                if "-o ada.zip" in command:
                    zipped = self.server.home / "ada.zip"
                    poll(lambda: zipped.read_bytes()[:2] == b"PK" or self.run_shell(command), "the export", 20)
                    self.assertEqual(zipped.read_bytes()[:2], b"PK")
                elif printed.startswith("{"):
                    known.update({k: v for k, v in json.loads(printed).items() if isinstance(v, str)})
        self.assertGreaterEqual(ran, self.LINES_MIN)
        self.assertTrue((self.server.home / "parley-backup-1").is_dir())


class ForeignLibrary(ServerCase):
    """python3-websockets, with what it offers by itself: permessage-deflate, pings, a close handshake."""

    def test_two_users_chat(self):
        alice, bob = self.users("alice", "bob")

        async def receive(client):
            frame = json.loads(await asyncio.wait_for(client.recv(), 5 * PATIENCE))
            schema.frames.check_frame(frame)
            return frame

        async def connect(user):
            client = await websockets.connect(f"ws://127.0.0.1:{self.server.port}/ws", subprotocols=["parley.v1"])
            self.assertEqual(client.subprotocol, "parley.v1")
            await client.send(json.dumps({"type": "auth", "token": user.access_token}))
            self.assertEqual((await receive(client))["user_id"], user.id)
            return client

        async def chat():
            at_alice, at_bob = await connect(alice), await connect(bob)
            self.assertIn("PerMessageDeflate", repr(at_alice.extensions))
            content = "Grüße, 你好, 👋. " * 200  # long enough to be compressed
            await at_alice.send(
                json.dumps({"type": "send_message", "client_id": "c1", "receiver_id": bob.id, "content": content})
            )
            ack = await receive(at_alice)
            self.assertEqual((ack["type"], ack["client_id"], ack["seq"]), ("ack", "c1", 1))
            self.assertEqual((await receive(at_bob))["content"], content)
            await asyncio.wait_for(await at_bob.ping(), 5 * PATIENCE)
            for client in (at_alice, at_bob):
                await asyncio.wait_for(client.close(), 5 * PATIENCE)
                self.assertEqual(client.close_code, 1000)

        asyncio.run(chat())


if __name__ == "__main__":
    unittest.main()
