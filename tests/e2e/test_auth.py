"""Accounts, tokens, devices."""

import base64
import concurrent.futures
import json
import secrets
import time
import unittest

from case import ServerCase
from parley_client import PASSWORD, Session
from parley_server import PATIENCE, poll
from parley_websocket import Refused, Socket

REVOKED_WITHIN = 2.0


def claims(token):
    """The payload of a JWT, unchecked."""
    part = token.split(".")[1]
    return json.loads(base64.urlsafe_b64decode(part + "=" * (-len(part) % 4)))


class Register(ServerCase):
    def refused(self, status, code, **fields):
        body = {"username": "u" + secrets.token_hex(6), "password": PASSWORD, **fields}
        return self.rest().refused("POST", "/api/auth/register", status, code, body)

    def test_answers_profile_and_tokens(self):
        user = self.user("ada", display_name="Ada L.", device={"name": "laptop", "platform": "Debian"})
        self.assertEqual(user.profile["username"], user.username)
        self.assertEqual(user.profile["display_name"], "Ada L.")
        me = user.rest.get("/api/users/me").json
        self.assertEqual(me, user.rest.get(f"/api/users/{user.id}").json)
        self.assertEqual(me["user_id"], user.id)

    def test_access_token_lasts_15_minutes_and_names_its_user(self):
        name = "u" + secrets.token_hex(6)
        grant = self.rest().post("/api/auth/register", {"username": name, "password": PASSWORD}).json
        self.assertEqual(grant["expires_in"], 900)
        payload = claims(grant["access_token"])
        self.assertEqual(payload["sub"], grant["user"]["user_id"])
        self.assertAlmostEqual(payload["exp"] - time.time(), 900, delta=30)

    def test_display_name_is_the_username_by_default(self):
        user = self.user()
        self.assertEqual(user.profile["display_name"], user.username)

    def test_taken_username_is_conflict_whatever_its_case(self):
        user = self.user("Ada")
        self.refused(409, "conflict", username=user.username)
        self.refused(409, "conflict", username=user.username.upper())

    def test_email_in_use_is_not_told(self):
        email = f"{secrets.token_hex(6)}@example.org"
        owner = self.user(email=email)
        other = self.user(email=email.upper())
        for user in (owner, other):
            self.assertEqual(user.rest.get("/api/users/me").json["email"], email)
        # It is a login of the first alone; the operator is told, with the owner's id and nothing more.
        grant = self.rest().post("/api/auth/login", {"login": email, "password": PASSWORD}, expect=200).json
        self.assertEqual(grant["user"]["user_id"], owner.id)
        line = poll(
            lambda: next((line for line in self.server.log.splitlines() if "claimed anew" in line), None),
            "a line for the operator",
        )
        self.assertIn(owner.id, line)
        self.assertNotIn(email, line)

    def test_contact_data_is_for_its_owner_only(self):
        owner = self.user(email=f"{secrets.token_hex(6)}@example.org", phone="+4930" + str(secrets.randbelow(10**8)))
        seen = self.user().rest.get(f"/api/users/{owner.id}").json
        self.assertNotIn("email", seen)
        self.assertNotIn("phone", seen)

    def test_bad_fields(self):
        for fields in (
            {"password": "short"},
            {"password": ""},
            {"password": None},
            {"password": 12345678},
            {"username": ""},
            {"username": None},
            {"username": "a b"},
            {"username": "x" * 300},
            {"username": "\u202eada"},
            {"username": ["ada"]},
            {"email": "nonsense"},
            {"phone": "nonsense"},
            {"device": "laptop"},
            {"cookie": "yes"},
        ):
            with self.subTest(fields=fields):
                self.refused(400, "invalid_request", **fields)

    def test_unknown_fields_are_ignored(self):
        user = self.user(role="admin", user_id="0b4e6a2c-5f0d-4c5e-9d1c-1c9f0f6a7b21", future={"a": [1]})
        self.assertNotEqual(user.id, "0b4e6a2c-5f0d-4c5e-9d1c-1c9f0f6a7b21")

    def test_bodies_that_are_no_object(self):
        for raw in (b"", b"{", b"[]", b"null", b'"x"', b"\xff\xfe", b"[" * 10000, b'{"username":"\xc3\x28"}'):
            with self.subTest(raw=raw[:20]):
                self.rest().refused("POST", "/api/auth/register", 400, "invalid_request", raw=raw)

    def test_one_of_many_gets_the_name(self):
        name = "u" + secrets.token_hex(6)

        def attempt(_):
            rest = self.rest()
            return rest.request("POST", "/api/auth/register", {"username": name, "password": PASSWORD}).status

        with concurrent.futures.ThreadPoolExecutor(6) as pool:
            statuses = sorted(pool.map(attempt, range(6)))
        self.assertEqual(statuses, [201] + [409] * 5)


class LogIn(ServerCase):
    def test_by_username_email_and_phone(self):
        email = f"{secrets.token_hex(6)}@example.org"
        phone = "+4930" + str(10**7 + secrets.randbelow(10**7))
        user = self.user(email=email, phone=phone)
        for login in (user.username, user.username.upper(), email, email.upper(), phone):
            with self.subTest(login=login):
                grant = self.rest().post("/api/auth/login", {"login": login, "password": PASSWORD}, expect=200).json
                self.assertEqual(grant["user"]["user_id"], user.id)
                self.assertNotEqual(grant["device_id"], user.device_id)

    def test_wrong_password_and_unknown_user_read_the_same(self):
        user = self.user()
        rest = self.rest()
        path = "/api/auth/login"
        wrong = rest.refused("POST", path, 401, "unauthorized", {"login": user.username, "password": "wrong horse"})
        unknown = rest.refused("POST", path, 401, "unauthorized", {"login": "nobody", "password": "wrong horse"})
        self.assertEqual(wrong, unknown)

    def test_known_device_keeps_its_id_and_ends_its_old_tokens(self):
        user = self.user()
        again = user.log_in(device_id=user.device_id)
        self.stack.callback(again.rest.close)
        self.assertEqual(again.device_id, user.device_id)
        body = {"refresh_token": user.refresh_token}
        self.rest().refused("POST", "/api/auth/refresh", 401, "unauthorized", body)

    def test_device_that_is_not_the_callers_is_left_alone(self):
        alice, bob = self.users("alice", "bob")
        again = bob.log_in(device_id=alice.device_id)
        self.stack.callback(again.rest.close)
        self.assertNotIn(again.device_id, (alice.device_id, bob.device_id))
        alice.rest.get("/api/users/me")
        alice.refresh()

    def test_device_that_was_logged_out_stays_dead(self):
        user = self.user()
        lost = user.log_in()
        lost.rest.post("/api/auth/logout", expect=204)
        again = user.log_in(device_id=lost.device_id)
        self.stack.callback(again.rest.close)
        self.assertNotEqual(again.device_id, lost.device_id)
        lost.rest.refused("GET", "/api/users/me", 401, "unauthorized")

    def test_bad_fields(self):
        for body in ({}, {"login": "a"}, {"password": PASSWORD}, {"login": 1, "password": PASSWORD}):
            with self.subTest(body=body):
                self.rest().refused("POST", "/api/auth/login", 400, "invalid_request", body)


class Log(ServerCase):
    def test_the_log_tells_who_came_in(self):
        user = self.user()
        self.rest().request("POST", "/api/auth/login", {"login": user.username, "password": "wrong"}, expect=401)
        self.rest().request("POST", "/api/auth/login", {"login": "nobody", "password": "wrong"}, expect=401)
        other = user.log_in()
        self.stack.callback(other.rest.close)
        other.rest.post("/api/auth/logout", expect=204)
        for event, *fields in (
            ("registered", user.id, "address=127.0.0.1"),
            ("login failed", user.id, "address=127.0.0.1"),
            ("login failed", "user=unknown"),
            ("logged in", user.id, "address=127.0.0.1"),
            ("logged out", user.id, other.device_id),
        ):
            with self.subTest(event):
                words = (event, *fields)
                poll(
                    lambda words=words: [
                        line for line in self.server.log.splitlines() if all(word in line for word in words)
                    ],
                    f"a line with {words}",
                )


class AccessTokens(ServerCase):
    def test_bad_tokens_are_unauthorized(self):
        token = self.user().access_token
        head, payload, signature = token.split(".")
        none = base64.urlsafe_b64encode(b'{"alg":"none","typ":"JWT"}').rstrip(b"=").decode()
        # Another last character may say the same bits: change one that cannot.
        flipped = ("A" if signature[10] != "A" else "B").join((signature[:10], signature[11:]))
        bad = (
            "x",
            "a.b.c",
            f"{none}.{payload}.",
            f"{none}.{payload}.{signature}",
            f"{head}.{payload}.",
            f"{head}.{payload}",
            f"{head}.{payload}.{flipped}",
            f"{head}.{payload[:-2]}.{signature}",
            token + "x",
            token + "=",
            token + "." + signature,
        )
        for each in bad:
            with self.subTest(token=each[:20]):
                self.rest(each).refused("GET", "/api/users/me", 401, "unauthorized")
                with self.assertRaises(Refused) as refused:
                    self.session_in_header(each)
                self.assertEqual(refused.exception.response.status, 401)

    def session_in_header(self, token):
        return Session(self.server, token, in_header=True)

    def test_other_schemes_are_unauthorized(self):
        user = self.user()
        for value in ("", "Basic YTpi", user.access_token, "Bearer", "Bearer  "):
            with self.subTest(value=value[:10]):
                problem = self.rest().request("GET", "/api/users/me", headers={"Authorization": value}, expect=401)
                self.assertEqual(problem.json["code"], "unauthorized")

    def test_scheme_is_case_insensitive(self):
        user = self.user()
        self.rest().get("/api/users/me", headers={"Authorization": f"bearer {user.access_token}"})

    def test_refresh_token_is_no_access_token(self):
        user = self.user()
        self.rest(user.refresh_token).refused("GET", "/api/users/me", 401, "unauthorized")

    def test_keys_are_published(self):
        user = self.user()
        head = user.access_token.split(".")[0]
        header = json.loads(base64.urlsafe_b64decode(head + "=" * (-len(head) % 4)))
        self.assertEqual(header["alg"], "ES256")
        keys = self.rest().get("/.well-known/jwks.json").json["keys"]
        self.assertIn(header["kid"], [key["kid"] for key in keys])

    def test_survive_a_restart(self):
        user = self.user()
        keys = self.rest().get("/.well-known/jwks.json").json
        self.server.terminate()
        self.server.start()
        user.rest.get("/api/users/me")
        self.assertEqual(self.rest().get("/.well-known/jwks.json").json, keys)


class ExpiredTokens(ServerCase):
    settings = {"auth": {"access_token_seconds": 5}}

    def test_expired_is_told_apart_and_a_live_socket_outlives_its_token(self):
        user = self.user()
        session = self.session(user)
        deadline = time.monotonic() + 15
        while True:
            response = user.rest.request("GET", "/api/users/me")
            if response.status == 401:
                break
            self.assertLess(time.monotonic(), deadline, "a token of five seconds still works")
            session.settle()
        self.assertEqual(response.json["code"], "token_expired")
        session.settle()
        user.refresh()
        user.rest.get("/api/users/me")


class Refresh(ServerCase):
    def refresh(self, token):
        return self.rest().request("POST", "/api/auth/refresh", {"refresh_token": token})

    def test_rotates(self):
        user = self.user()
        first = user.refresh_token
        device = user.device_id
        user.refresh()
        self.assertNotEqual(user.refresh_token, first)
        self.assertEqual(user.device_id, device)
        user.rest.get("/api/users/me")
        user.refresh()
        user.rest.get("/api/users/me")

    def test_lost_answer_is_given_again(self):
        user = self.user()
        once, again = self.refresh(user.refresh_token), self.refresh(user.refresh_token)
        self.assertEqual((once.status, again.status), (200, 200))
        self.assertEqual(once.json["refresh_token"], again.json["refresh_token"])

    def test_parallel_refreshes_agree_on_one_successor(self):
        user = self.user()
        with concurrent.futures.ThreadPoolExecutor(8) as pool:
            answers = list(pool.map(lambda _: self.refresh(user.refresh_token), range(16)))
        self.assertEqual({answer.status for answer in answers}, {200})
        self.assertEqual(len({answer.json["refresh_token"] for answer in answers}), 1)

    def test_reuse_ends_the_device_and_its_sessions(self):
        user = self.user()
        other = user.log_in()
        self.stack.callback(other.rest.close)
        sessions = [self.session(user), self.session(user)]
        elsewhere = self.session(other)
        used = user.refresh_token
        user.refresh()
        user.refresh()
        for session in sessions:
            session.settle()
        shown = time.monotonic()
        self.assertEqual(self.refresh(used).json["code"], "unauthorized")
        for session in sessions:
            session.expect_close(4003, REVOKED_WITHIN)
        self.assertLess(time.monotonic() - shown, REVOKED_WITHIN + 1)
        self.assertEqual(self.refresh(user.refresh_token).json["code"], "unauthorized")
        user.rest.refused("GET", "/api/users/me", 401, "unauthorized")
        # Another device of the same user goes on.
        elsewhere.settle()
        other.rest.get("/api/users/me")

    def test_bad_tokens(self):
        for token in ("x", "", "a" * 43, "ä", "x" * 5000):
            with self.subTest(token=token[:10]):
                self.assertIn(self.refresh(token).status, (400, 401))
        self.assertEqual(self.refresh(7).status, 400)
        self.assertIn(self.rest().request("POST", "/api/auth/refresh", {}).status, (400, 401))

    def test_survives_a_kill(self):
        user = self.user()
        user.refresh()
        self.server.kill()
        self.server.start()
        user.refresh()
        user.rest.get("/api/users/me")

    def test_without_a_token(self):
        for body in (None, {}, {"refresh_token": None}):
            with self.subTest(body=body):
                self.rest().refused("POST", "/api/auth/refresh", 400, "invalid_request", body)


class Cookies(ServerCase):
    """cookie: true, for pages of the server itself."""

    @property
    def origin(self):
        return f"http://127.0.0.1:{self.server.port}"

    def register(self):
        body = {"username": "u" + secrets.token_hex(6), "password": PASSWORD, "cookie": True}
        response = self.rest().post("/api/auth/register", body, headers={"Origin": self.origin})
        self.assertNotIn("refresh_token", response.json)
        return response, self.cookie(response)

    def cookie(self, response):
        """The refresh token's, as a browser sends it; the other is the access token's, for the WebSocket on / alone."""
        cookies = {value.split("=")[0]: value for value in response.header_values("Set-Cookie")}
        self.assertEqual(set(cookies), {"parley_refresh", "parley_access"})
        for name, path in (("parley_refresh", "path=/api/auth"), ("parley_access", "path=/")):
            attributes = [part.strip().lower() for part in cookies[name].split(";")[1:]]
            self.assertLessEqual({"httponly", "samesite=strict", path}, set(attributes))
        return cookies["parley_refresh"].split(";")[0]

    def test_refreshes_from_the_own_origin_only(self):
        _, cookie = self.register()
        for origin in ("http://evil.example", "null", f"http://127.0.0.1:{self.server.port}.evil.example"):
            with self.subTest(origin=origin):
                response = self.rest().request(
                    "POST", "/api/auth/refresh", headers={"Cookie": cookie, "Origin": origin}
                )
                self.assertIn(response.status, (400, 401, 403))  # as without a token
        answer = self.rest().request(
            "POST", "/api/auth/refresh", headers={"Cookie": cookie, "Origin": self.origin}, expect=200
        )
        self.assertNotIn("refresh_token", answer.json)
        self.assertNotEqual(self.cookie(answer), cookie)
        self.rest(answer.json["access_token"]).get("/api/users/me")

    def test_login_too(self):
        user = self.user()
        body = {"login": user.username, "password": PASSWORD, "cookie": True}
        response = self.rest().post("/api/auth/login", body, headers={"Origin": self.origin})
        self.assertNotIn("refresh_token", response.json)
        self.cookie(response)

    def test_logout_clears_it(self):
        grant, cookie = self.register()
        rest = self.rest(grant.json["access_token"])
        answer = rest.request(
            "POST", "/api/auth/logout", headers={"Cookie": cookie, "Origin": self.origin}, expect=204
        )
        self.assertEqual(len(answer.header_values("Set-Cookie")), 2)
        for value in answer.header_values("Set-Cookie"):
            self.assertRegex(value.lower(), r"max-age=0|expires=thu, 01 jan 1970")
        headers = {"Cookie": cookie, "Origin": self.origin}
        self.rest().request("POST", "/api/auth/refresh", headers=headers, expect=401)


class Devices(ServerCase):
    def test_list_names_all_and_marks_the_one_that_asks(self):
        user = self.user(device={"name": "laptop", "platform": "Firefox"})
        phone = user.log_in(device={"name": "phone", "platform": "Android"})
        self.stack.callback(phone.rest.close)
        devices = phone.rest.get("/api/devices").json["items"]
        self.assertEqual([device["device_id"] for device in devices], [phone.device_id, user.device_id])
        self.assertEqual([device["name"] for device in devices], ["phone", "laptop"])
        self.assertEqual([device["current"] for device in devices], [True, False])

    def test_logout_ends_this_device_only(self):
        user = self.user()
        other = user.log_in()
        self.stack.callback(other.rest.close)
        here, there = self.session(user), self.session(other)
        user.rest.post("/api/auth/logout", expect=204)
        here.expect_close(4003, REVOKED_WITHIN)
        user.rest.refused("GET", "/api/users/me", 401, "unauthorized")
        body = {"refresh_token": user.refresh_token}
        self.rest().refused("POST", "/api/auth/refresh", 401, "unauthorized", body)
        there.settle()
        left = other.rest.get("/api/devices").json["items"]
        self.assertEqual([device["device_id"] for device in left], [other.device_id])

    def test_delete_closes_its_sessions(self):
        user = self.user()
        lost = user.log_in()
        self.stack.callback(lost.rest.close)
        session = self.session(lost)
        user.rest.delete(f"/api/devices/{lost.device_id}")
        session.expect_close(4003, REVOKED_WITHIN)
        lost.rest.refused("GET", "/api/users/me", 401, "unauthorized")
        user.rest.refused("DELETE", f"/api/devices/{lost.device_id}", 404, "not_found")
        # Nor does its token open a new one.
        with self.assertRaises(Refused) as refused:
            lost.session(in_header=True)
        self.assertEqual(refused.exception.response.status, 401)
        with Socket(self.server) as client:
            client.send({"type": "auth", "token": lost.access_token})
            self.assertEqual(client.expect("auth_error")["code"], "unauthorized")

    def test_revoked_stays_revoked_after_a_kill(self):
        user = self.user()
        lost = user.log_in()
        self.stack.callback(lost.rest.close)
        user.rest.delete(f"/api/devices/{lost.device_id}")
        self.server.kill()
        self.server.start()
        lost.rest.refused("GET", "/api/users/me", 401, "unauthorized")
        user.rest.get("/api/users/me")

    def test_devices_of_others_are_not_there(self):
        alice, bob = self.users("alice", "bob")
        alice.rest.refused("DELETE", f"/api/devices/{bob.device_id}", 404, "not_found")
        bob.rest.get("/api/users/me")
        alice.rest.refused("DELETE", "/api/devices/00000000-0000-4000-8000-000000000000", 404, "not_found")

    def test_malformed_id(self):
        response = self.user().rest.request("DELETE", "/api/devices/not-a-uuid")
        self.assertIn(response.status, (400, 404))


class Storm(ServerCase):
    def test_logins_do_not_hold_up_messages(self):
        """Passwords are hashed beside the loops: while many log in, a message still makes its way."""
        alice, bob = self.users("alice", "bob")
        sender, receiver = self.session(alice), self.session(bob)
        conversation = alice.open(bob)
        body = {"login": "nobody", "password": PASSWORD}
        rests = [self.rest(seconds=60) for _ in range(40)]
        with concurrent.futures.ThreadPoolExecutor(len(rests)) as pool:
            logins = [pool.submit(rest.request, "POST", "/api/auth/login", body) for rest in rests]
            times = []
            while len(times) < 5 or not all(login.done() for login in logins):
                started = time.monotonic()
                ack = sender.say(conversation, "x")
                receiver.expect("new_message", seq=ack["seq"])
                times.append(time.monotonic() - started)
            statuses = {login.result().status for login in logins}
        self.assertEqual(statuses, {401})
        self.assertLess(sorted(times)[len(times) // 2], 0.25 * PATIENCE)


class Limited(ServerCase):
    """More logins and refreshes than an address may make are told to wait; more devices push the oldest out."""

    settings = {
        "limits": {
            "logins_per_second": 1,
            "logins_burst": 8,
            "refreshes_per_second": 1,
            "refreshes_burst": 4,
            "devices_per_user": 3,
        }
    }

    def test_1_one_device_too_many_logs_out_the_one_unused_for_longest(self):
        user = self.user()
        oldest, other = user.log_in(), user.log_in()
        user.refresh()  # now it is not the oldest any more
        session = self.session(oldest)
        newest = user.log_in()
        for each in (oldest, other, newest):
            self.stack.callback(each.rest.close)
        session.expect_close(4003, REVOKED_WITHIN)
        oldest.rest.refused("GET", "/api/users/me", 401, "unauthorized")
        devices = user.rest.get("/api/devices").json["items"]
        self.assertEqual({device["device_id"] for device in devices}, {user.device_id, other.device_id, newest.device_id})

    def test_2_refreshes(self):
        rest = self.rest()
        answers = [rest.request("POST", "/api/auth/refresh", {"refresh_token": "x"}) for _ in range(8)]
        self.assertEqual({answer.status for answer in answers}, {401, 429})
        # One answer before, by the test of devices.
        self.assertEqual([answer.status for answer in answers[:3]], [401, 401, 401])

    def test_3_rate_limited_with_retry_after(self):
        # At once: on a busy machine a login takes as long as the limit needs to let the next one in.
        body = {"login": "nobody", "password": PASSWORD}
        rests = [self.rest() for _ in range(12)]
        with concurrent.futures.ThreadPoolExecutor(len(rests)) as pool:
            logins = [pool.submit(rest.request, "POST", "/api/auth/login", body) for rest in rests]
            statuses = [login.result().status for login in logins]
        self.assertEqual(set(statuses), {401, 429})
        # Four logins and registrations before, by the test of devices.
        self.assertGreaterEqual(statuses.count(401), 4)


if __name__ == "__main__":
    unittest.main()
