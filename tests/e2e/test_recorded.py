"""What recorded clients write down is what parley_history reads, and it holds; also over a kill -9."""

import pathlib
import sys
import unittest

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "history"))

import recorder
from case import ServerCase
from parley_client import User


class Recorded(ServerCase):
    def test_a_talk_over_a_kill(self):
        path = self.server.home / "history.jsonl"
        with recorder.History(path) as history:
            ada, bob = User(self.server, "ada"), User(self.server, "bob")
            for user in (ada, bob):
                user.record(history)
            talk = ada.open(bob)
            with ada.session() as one, bob.session() as other:
                one.sync()
                other.sync()
                for number in range(3):
                    other.say(ada, f"over the socket {number}")
                    one.say(talk, f"back {number}")
                other.receipt("read", conversation_id=talk, seq=6)
                one.expect("ack", user_id=bob.id, status="read")
                ada.send(talk, "over REST", client_id="rest")
                ada.send(talk, "over REST", client_id="rest")
                other.expect("new_message", seq=7)
                one.expect("new_message", seq=7)
            history.fault("kill -9")
            self.server.kill()
            history.down()
            self.server.start()
            history.up()
            bob.send(ada, "while she is away", client_id="away")
            with ada.session() as one, bob.session() as other:
                one.sync({talk: 7})
                other.sync({talk: 7})
                other.settle()
            self.server.kill()
            self.server.start()
            ada.audit(history)
            bob.audit(history)
        code, report = recorder.check(path)
        self.assertEqual(code, 0, report)
        self.assertIn("attempted 8, acknowledged 8, lost 0, doubled 0, recovered 0", report)


if __name__ == "__main__":
    unittest.main()
