"""What an operator meets: start, stop, configuration, probes, metrics, logs."""

import json
import os
import pathlib
import re
import shutil
import signal
import socket
import tempfile
import threading
import time
import unittest

import schema
from case import ROOMY, ServerCase, merged
from parley_client import PASSWORD, Rest, User
from parley_server import PATIENCE, Exited, Server, poll, run, to_toml
from parley_websocket import Closed, TimedOut


class Commands(unittest.TestCase):
    def setUp(self):
        self.folder = pathlib.Path(tempfile.mkdtemp(prefix="parley-commands-"))
        self.addCleanup(shutil.rmtree, self.folder)

    def config(self, text):
        file = self.folder / "parley.toml"
        file.write_text(text, encoding="utf-8")
        return file

    def refused(self, text, *words):
        code, out, err = run("checkconfig", "--config", self.config(text))
        self.assertEqual(code, 1, out + err)
        lines = err.strip().splitlines()
        self.assertEqual(len(lines), 1, err)
        for word in words:
            self.assertIn(word, lines[0])
        return lines[0]

    def test_version(self):
        code, out, _ = run("version")
        self.assertEqual(code, 0)
        self.assertRegex(out, r"^parley \d+\.\d+\.\d+")
        self.assertIn(schema.load("openapi.yaml")["info"]["version"], out)

    def test_unknown_command_and_flag(self):
        for arguments in (("brew",), ("serve", "--nonsense"), ("serve", "--listen")):
            with self.subTest(arguments=arguments):
                code, _, err = run(*arguments)
                self.assertNotEqual(code, 0)
                self.assertTrue(err.strip())

    def test_default_config_is_a_config(self):
        code, out, _ = run("defaultconfig")
        self.assertEqual(code, 0)
        for key in ("[server]", "listen", "[limits]", "heartbeat_seconds", "[tls]", "[log]"):
            self.assertIn(key, out)
        code, _, err = run("checkconfig", "--config", self.config(out))
        self.assertEqual(code, 0, err)

    def test_default_environment_is_an_environment(self):
        code, out, _ = run("defaultenv")
        self.assertEqual(code, 0)
        lines = [line for line in out.splitlines() if line and not line.startswith("#")]
        self.assertTrue(all(re.match(r"PARLEY_[A-Z]+_[A-Z_]+=", line) for line in lines), out)
        code, _, err = run("checkconfig", variables=dict(line.split("=", 1) for line in lines))
        self.assertEqual(code, 0, err)

    def test_file_environment_and_default_name_the_same_keys(self):
        _, toml, _ = run("defaultconfig")
        _, env, _ = run("defaultenv")
        section, in_file = "", set()
        for line in toml.splitlines():
            if line.startswith("["):
                section = line.strip("[]")
            elif "=" in line and not line.startswith("#"):
                in_file.add(f"PARLEY_{section}_{line.split('=')[0].strip()}".upper())
        in_environment = {line.split("=")[0] for line in env.splitlines() if line.startswith("PARLEY_")}
        self.assertEqual(in_file, in_environment)

    def test_unknown_key_has_a_suggestion(self):
        line = self.refused("[limits]\nheartbeat_second = 3\n", "limits.heartbeat_second;", "parley.toml:2")
        self.assertIn("did you mean limits.heartbeat_seconds?", line)
        self.refused("[limit]\nheartbeat_seconds = 3\n", "limits.heartbeat_seconds")
        self.refused("listen = 'x'\n", "parley.toml:1")
        code, _, err = run("checkconfig", variables={"PARLEY_LIMITS_HEARTBEAT_SECOND": "3"})
        self.assertEqual(code, 1)
        self.assertIn("PARLEY_LIMITS_HEARTBEAT_SECONDS", err)

    def test_wrong_values(self):
        self.refused("[limits]\nheartbeat_seconds = 'x'\n", "limits.heartbeat_seconds", "parley.toml:2")
        self.refused("[limits]\nheartbeat_seconds = 0\n", "limits.heartbeat_seconds")
        self.refused("[limits]\nheartbeat_seconds = -5\n", "limits.heartbeat_seconds")
        self.refused("[limits]\nheartbeat_seconds = 1.5\n", "limits.heartbeat_seconds")
        self.refused("[server]\nlisten = 'nonsense'\n", "listen")
        self.refused("[server]\nlisten = '127.0.0.1:70000'\n", "listen")
        self.refused("[server]\nallowed_origins = 'x'\n", "allowed_origins")
        self.refused("[log]\nlevel = 'loud'\n", "log.level")
        self.refused("[log]\nformat = 'xml'\n", "log.format")
        self.refused("[tls]\ncertificate_file = 'x'\n", "key_file")
        self.refused("[auth]\npassword_memory_mib = 1\n", "password_memory_mib")
        self.refused("[websocket]\ncompression = 1\n", "websocket.compression")

    def test_not_toml(self):
        self.refused("[limits\n", "parley.toml:1")
        self.refused("[limits]\nheartbeat_seconds = 1\nheartbeat_seconds = 2\n", "parley.toml:3")

    def test_unreadable_file(self):
        for command in ("checkconfig", "serve"):
            code, _, err = run(command, "--config", self.folder / "none.toml")
            self.assertEqual(code, 1)
            self.assertEqual(len(err.strip().splitlines()), 1, err)
            self.assertIn("none.toml", err)
        code, _, err = run("checkconfig", "--config", self.folder)
        self.assertEqual(code, 1, "a folder is no configuration")

    def test_flags_beat_environment_beats_file(self):
        file = self.config(to_toml({"log": {"format": "text"}, "server": {"listen": "127.0.0.1:1"}}))
        server = Server(environment={"PARLEY_LOG_FORMAT": "json", "PARLEY_SERVER_LISTEN": "127.0.0.1:2"})
        self.addCleanup(server.close)
        server.config = file
        server.start()  # the flag says port 0
        self.assertTrue(json.loads(server.log.splitlines()[0]))


class BadStarts(unittest.TestCase):
    def refused(self, server, *words):
        """The start fails with exit code 1 and one clear line."""
        self.addCleanup(server.close)
        with self.assertRaises(Exited) as exited:
            server.start()
        self.assertIn("exit code 1", str(exited.exception))
        errors = [line for line in server.log.splitlines() if line.startswith("parley: ")]
        self.assertEqual(len(errors), 1, server.log)
        self.assertEqual(errors[0], server.log.splitlines()[-1])
        self.assertEqual([line for line in server.log.splitlines() if re.search(r"^\S+ error ", line)], [])
        for word in words:
            self.assertIn(word, errors[0])

    def test_port_taken(self):
        with socket.socket() as taken:
            taken.bind(("127.0.0.1", 0))
            taken.listen()
            port = taken.getsockname()[1]
            self.refused(Server(listen=f"127.0.0.1:{port}"), str(port))

    def test_address_of_somebody_else(self):
        self.refused(Server(listen="192.0.2.1:0"), "192.0.2.1")

    def test_data_directory_in_use(self):
        with Server() as first:
            self.refused(Server(data=first.data), "data")
            # The one that was there is unhurt.
            Rest(first).get("/readyz")
        # And once it is gone, however that was, the directory is free.

    def test_data_directory_is_free_after_kill_9(self):
        with Server() as first:
            first.kill()
            first.start()
            Rest(first).get("/readyz")

    def test_data_directory_that_cannot_be_made(self):
        folder = pathlib.Path(tempfile.mkdtemp(prefix="parley-data-"))
        self.addCleanup(shutil.rmtree, folder)
        (folder / "file").write_bytes(b"")
        self.refused(Server(data=folder / "file" / "data"), "file")
        self.refused(Server(data=folder / "file"), "file")

    def test_keys_that_others_can_read(self):
        with Server() as server:
            self.assertEqual(server.terminate(), 0)
            private = [
                path
                for path in server.data.rglob("*")
                if path.is_file() and path.parent.name not in ("log", "store") and path.stat().st_mode & 0o077 == 0
            ]
            keys = [path for path in private if "PRIVATE KEY" in path.read_bytes().decode("latin-1")]
            keys = keys or [path for path in private if re.search(r"key|secret", path.name)]
            self.assertTrue(keys, "no private key in the data directory")
            for path in server.data.rglob("*"):
                if re.search(r"key|secret", path.name) and path.is_file():
                    self.assertEqual(path.stat().st_mode & 0o777, 0o600, path)
            keys[0].chmod(0o644)
            self.refused(server, keys[0].name, "chmod")
            keys[0].chmod(0o600)
            server.process = None
            server.start()

    def test_database_of_nonsense(self):
        with Server() as server:
            self.assertEqual(server.terminate(), 0)
            # The search index is the one that is made again (test_search).
            databases = [path for path in server.data.rglob("*.db") if path.name != "search.db"]
            self.assertTrue(databases)
            databases[0].write_bytes(b"nonsense" * 1000)
            self.refused(server, databases[0].name)


class GracefulStop(unittest.TestCase):
    def test_under_load(self):
        """SIGTERM while many write: everyone is told, 1012, exit 0 in time, and what was acked is there."""
        with Server(ROOMY) as server:
            alice = User(server, "alice")
            peers = [User(server, f"p{i}") for i in range(4)]
            conversations = [alice.open(peer) for peer in peers]
            acked = [[] for _ in peers]
            told = []
            problems = []

            def write(index):
                session = peers[index].session()
                sent = 0
                try:
                    for _ in range(16):
                        sent += 1
                        session.message(conversations[index], str(sent), client_id=str(sent))
                    while True:
                        frame = session.receive(15)
                        if frame["type"] == "ack" and "client_id" in frame:
                            acked[index].append((frame["seq"], frame["client_id"]))
                            sent += 1
                            session.message(conversations[index], str(sent), client_id=str(sent))
                        elif frame["type"] == "reconnect":
                            told.append(frame["delay_ms"])
                        elif frame["type"] == "error" and frame["code"] != "unavailable":
                            problems.append(frame)
                except Closed as closed:
                    if closed.code != 1012:
                        problems.append(closed)
                except TimedOut as problem:
                    problems.append(problem)
                finally:
                    session.abort()

            threads = [threading.Thread(target=write, args=(i,)) for i in range(len(peers))]
            for thread in threads:
                thread.start()
            poll(lambda: all(len(each) > 200 for each in acked), "load", 30)
            idle = alice.session()
            started = time.monotonic()
            self.assertEqual(server.terminate(), 0)
            self.assertLess(time.monotonic() - started, 10 * PATIENCE)
            for thread in threads:
                thread.join(20)
            idle.expect("reconnect")
            idle.expect_close(1012)
            self.assertEqual(problems, [])
            self.assertEqual(len(told), len(peers))
            server.start()
            for index, peer in enumerate(peers):
                there = {event["seq"]: event["client_id"] for event in peer.whole_history(conversations[index])}
                self.assertEqual(sorted(there), list(range(1, len(there) + 1)))
                for seq, client_id in acked[index]:
                    self.assertEqual(there.get(seq), client_id)

    def test_sigint_too(self):
        with Server() as server:
            server.signal(signal.SIGINT)
            self.assertEqual(server.wait(), 0)

    def test_sighup_without_tls_is_no_stop(self):
        with Server() as server:
            server.signal(signal.SIGHUP)
            Rest(server).get("/readyz")
            self.assertEqual(server.terminate(), 0)

    def test_with_peers_that_do_not_answer(self):
        with Server(ROOMY) as server:
            user = User(server)
            for _ in range(5):
                session = user.session()
                self.addCleanup(session.abort)
            half_open = [socket.create_connection(("127.0.0.1", server.port)) for _ in range(5)]
            for sock in half_open:
                self.addCleanup(sock.close)
                sock.sendall(b"GET /healthz HTTP/1.1\r\nHost:")
            started = time.monotonic()
            self.assertEqual(server.terminate(), 0)
            self.assertLess(time.monotonic() - started, 10 * PATIENCE)

    def test_twice(self):
        with Server() as server:
            server.signal(signal.SIGTERM)
            server.signal(signal.SIGTERM)
            self.assertIn(server.wait(), (0, -signal.SIGTERM))


class Probes(ServerCase):
    def test_health_and_readiness(self):
        self.assertEqual(self.rest().get("/healthz").json, {"status": "ok"})
        ready = self.rest().get("/readyz").json
        self.assertEqual(ready["status"], "ready")
        self.assertTrue(ready["checks"])
        self.assertEqual(set(ready["checks"].values()), {"ok"})

    def test_documents_are_those_of_the_repository(self):
        for target, name in (("/openapi.json", "openapi.yaml"), ("/asyncapi.json", "asyncapi.yaml")):
            self.assertEqual(self.rest().get(target).json, schema.load(name))

    def test_start_page_is_there_and_harmless(self):
        response = self.rest().get("/")
        self.assertIn("Parley", response.body.decode())


class Metrics(ServerCase):
    NAMES = {
        "parley_connections": "gauge",
        "parley_sessions": "gauge",
        "parley_messages_in_total": "counter",
        "parley_messages_delivered_total": "counter",
        "parley_delivery_latency_seconds": "histogram",
        "parley_failed_deliveries_total": "counter",
        "parley_slow_consumer_closes_total": "counter",
        "parley_commit_latency_seconds": "histogram",
        "parley_store_write_latency_seconds": "histogram",
        "parley_log_latency_seconds": "histogram",
        "parley_in_flight_records": "gauge",
        "parley_unwritten_bytes": "gauge",
        "parley_log_queued_bytes": "gauge",
        "parley_cached_conversations": "gauge",
        "parley_cache_hits_total": "counter",
        "parley_cache_misses_total": "counter",
        "parley_hashing_queue": "gauge",
        "parley_store_write_queue": "gauge",
        "parley_directory_write_queue": "gauge",
    }

    def read(self):
        text = self.rest().get("/metrics").body.decode()
        values, kinds = {}, {}
        for line in text.splitlines():
            if line.startswith("# TYPE "):
                _, _, name, kind = line.split(" ")
                kinds[name] = kind
            elif line and not line.startswith("#"):
                match = re.fullmatch(r'([a-zA-Z_:][\w:]*)(\{[^}]*\})? ([-+0-9.eEinfaNI]+)( \d+)?', line)
                self.assertIsNotNone(match, line)
                values[match.group(1) + (match.group(2) or "")] = float(match.group(3))
        return values, kinds

    def test_names_and_kinds(self):
        _, kinds = self.read()
        for name, kind in self.NAMES.items():
            with self.subTest(name):
                self.assertEqual(kinds.get(name), kind)
        self.assertTrue(all(name.startswith(("parley_", "process_")) for name in kinds), kinds)

    def test_they_move(self):
        before, _ = self.read()
        alice, bob = self.users("alice", "bob")
        sender, one, other = self.session(alice), self.session(bob), self.session(bob)
        during, _ = self.read()
        self.assertEqual(during["parley_sessions"] - before["parley_sessions"], 3)
        for i in range(10):
            sender.say(bob, "x")
        for session in (one, other):
            for _ in range(10):
                session.expect("new_message")
        after = poll(lambda: self.moved(before), "ten messages in the metrics")
        self.assertEqual(after["parley_messages_in_total"] - before["parley_messages_in_total"], 10)
        self.assertEqual(
            after["parley_delivery_latency_seconds_count"] - before.get("parley_delivery_latency_seconds_count", 0), 20
        )
        self.assertGreater(after["parley_delivery_latency_seconds_sum"], 0)
        # The conversation is new to memory once, and asked for with each message.
        self.assertGreaterEqual(after["parley_cache_misses_total"] - before["parley_cache_misses_total"], 1)
        self.assertGreaterEqual(after["parley_cache_hits_total"] - before["parley_cache_hits_total"], 9)
        buckets = [value for name, value in after.items() if name.startswith("parley_delivery_latency_seconds_bucket")]
        self.assertEqual(buckets, sorted(buckets))
        for session in (sender, one, other):
            session.close()
        poll(lambda: self.read()[0]["parley_sessions"] == before["parley_sessions"], "sessions go down again")

    def moved(self, before):
        values, _ = self.read()
        name = "parley_messages_delivered_total"
        return values if values[name] - before[name] == 20 else None


class Logs(unittest.TestCase):
    CANARY = "canary-5f1c9a3e-does-not-belong-in-a-log"

    def check(self, log_format):
        secrets_seen = []
        server = Server(merged(ROOMY, {"log": {"level": "debug", "format": log_format}}))
        self.addCleanup(server.close)
        server.start()
        email, phone = "canary.5f1c9a3e@example.org", "+493012345678"
        alice = User(server, "alice", email=email, phone=phone, display_name=self.CANARY, password=PASSWORD)
        bob = User(server, "bob", device={"name": self.CANARY, "platform": "x"})
        for user in (alice, bob):
            secrets_seen += [user.access_token, user.refresh_token]
        session, peer = alice.session(), bob.session()
        session.say(bob, self.CANARY, client_id="c1")
        peer.expect("new_message")
        session.refused({"type": "send_message", "receiver_id": bob.id, "content": self.CANARY * 1000}, "too_large")
        session.refused({"type": self.CANARY}, "unknown_type")
        session.send_text("{" + self.CANARY)
        session.expect_close(1007)
        alice.send(bob, self.CANARY + " by REST")
        alice.rest.request("POST", "/api/messages", raw=b"{" + self.CANARY.encode())
        alice.rest.request("POST", "/api/auth/login", {"login": alice.username, "password": self.CANARY})
        alice.rest.request("POST", "/api/auth/refresh", {"refresh_token": "prt_" + "A" * 43})
        alice.rest.request("GET", f"/api/nothing?token={alice.access_token}")
        alice.refresh()
        secrets_seen += [alice.access_token, alice.refresh_token]
        alice.rest.request("POST", "/api/auth/logout")
        session.abort()
        peer.close()
        alice.rest.close()
        bob.rest.close()
        self.assertEqual(server.terminate(), 0)
        log = server.log
        self.assertGreater(len(log.splitlines()), 3)
        for word in (self.CANARY, PASSWORD, email, phone, *secrets_seen):
            self.assertNotIn(word, log)
        for token in secrets_seen:
            # Not even a part that would do: a JWT's signature, a refresh token's bytes.
            self.assertNotIn(token[-40:], log)
        return server, secrets_seen

    def test_text_lines_have_no_content_and_no_secrets(self):
        server, secrets_seen = self.check("text")
        for line in server.log.splitlines():
            self.assertRegex(line, r"^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z (debug|info |warn |error) \S")
        # What is stored of secrets is a hash.
        data = b"".join(path.read_bytes() for path in server.data.rglob("*") if path.is_file())
        self.assertIn(self.CANARY.encode(), data, "the search of the data directory finds what is there")
        for secret in (PASSWORD, *secrets_seen):
            self.assertNotIn(secret.encode(), data)
            self.assertNotIn(secret[-40:].encode() if len(secret) > 40 else secret.encode(), data)

    def test_json_lines_are_json(self):
        server, _ = self.check("json")
        for line in server.log.splitlines():
            entry = json.loads(line)
            self.assertRegex(entry["time"], schema.rest.document["components"]["schemas"]["Timestamp"]["pattern"])
            self.assertIn(entry["level"], ("debug", "info", "warn", "error"))
            self.assertTrue(entry["event"])


class Resources(ServerCase):
    def test_descriptors_come_back(self):
        folder = f"/proc/{self.server.pid}/fd"

        def count():
            return len(os.listdir(folder))

        user = self.user()
        self.session(user).close()
        before = count()
        for _ in range(3):
            sessions = [self.session(user) for _ in range(30)]
            rests = [self.rest() for _ in range(30)]
            for rest in rests:
                rest.get("/healthz")
            self.assertGreater(count(), before + 50)
            for index, session in enumerate(sessions):
                session.close() if index % 2 else session.abort()
            for rest in rests:
                rest.close()
        poll(lambda: count() <= before + 2, "descriptors closed")


if __name__ == "__main__":
    unittest.main()
