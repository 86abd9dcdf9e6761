"""The main job: two people talk, by the README's example; and a library that is not ours as the client."""

import asyncio
import json
import unittest

import schema
import websockets
from case import ServerCase
from parley_server import PATIENCE


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
