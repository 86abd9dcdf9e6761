"""Operators, reports, invites, disabled accounts, resets, broadcasts, the audit log; the same by `parley admin`."""

import concurrent.futures
import json
import secrets
import stat
import time

from case import ServerCase, merged
from parley_client import PASSWORD, User
from parley_server import PATIENCE, poll, run

REVOKED_WITHIN = 2.0


class OperatorCase(ServerCase):
    """Whoever registers first is the operator."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.operator = User(cls.server, "operator")

    def admin(self, *arguments, code=0):
        """`parley admin …` on the running server's data directory: what it prints, as JSON."""
        got, out, err = run("admin", *arguments, "--data", self.server.data)
        self.assertEqual(got, code, err)
        return json.loads(out) if out.strip() else err

    def audit(self, **wanted):
        """The entries of the newest page that have these fields."""
        items = self.operator.rest.get("/api/admin/audit?limit=200").json["items"]
        return [item for item in items if wanted.items() <= item.items()]


class Users(OperatorCase):
    def test_the_first_is_the_operator_and_others_are_not(self):
        me = self.operator.rest.get(f"/api/admin/users/{self.operator.id}").json
        self.assertEqual(me["role"], "operator")
        user = self.user()
        self.assertEqual(self.operator.rest.get(f"/api/admin/users/@{user.username}").json["role"], "user")
        for target in ("users", "audit", "reports", "invites", "statistics", f"users/{user.id}"):
            with self.subTest(target):
                user.rest.refused("GET", f"/api/admin/{target}", 403, "forbidden")

    def test_lists_search_and_pages(self):
        prefix = "page" + secrets.token_hex(3)
        names = sorted(self.user(prefix).username for _ in range(5))
        seen = []
        cursor = ""
        while True:
            page = self.operator.rest.get(f"/api/admin/users?query={prefix.upper()}&limit=2{cursor}").json
            seen += [item["username"] for item in page["items"]]
            if page["next"] is None:
                break
            cursor = f"&cursor={page['next']}"
        self.assertEqual(seen, names)

    def test_who_hides_is_hidden_from_operators_too(self):
        user = self.user()
        self.session(user).settle()
        target = f"/api/admin/users/{user.id}"
        self.assertEqual(self.operator.rest.get(target).json["status"], "online")
        user.rest.put("/api/users/me", {"hide_presence": True})
        hidden = self.operator.rest.get(target).json
        self.assertEqual((hidden["status"], hidden["last_seen"], hidden["hide_presence"]), ("offline", None, True))

    def test_a_disabled_account_is_out_within_two_seconds(self):
        user = self.user()
        other = user.log_in()
        self.stack.callback(other.rest.close)
        sessions = [self.session(user), self.session(other)]
        began = time.monotonic()
        target = f"/api/admin/users/{user.id}"
        account = self.operator.rest.request("PATCH", target, {"disabled": True}, expect=200).json
        self.assertIsNotNone(account["disabled_at"])
        for session in sessions:
            session.expect_close(4003, seconds=REVOKED_WITHIN)
        self.assertLess(time.monotonic() - began, REVOKED_WITHIN * PATIENCE)
        user.rest.refused("GET", "/api/users/me", 401, "unauthorized")
        self.rest().refused("POST", "/api/auth/refresh", 401, "unauthorized", {"refresh_token": user.refresh_token})
        login = {"login": user.username, "password": PASSWORD}
        self.rest().refused("POST", "/api/auth/login", 403, "forbidden", login)
        login["password"] += "x"
        self.rest().refused("POST", "/api/auth/login", 401, "unauthorized", login)
        self.operator.rest.request("PATCH", target, {"disabled": False}, expect=200)
        again = user.log_in()
        self.stack.callback(again.rest.close)
        self.assertEqual(again.rest.get("/api/users/me").json["user_id"], user.id)
        for action in ("user.disabled", "user.enabled"):
            self.assertEqual(len(self.audit(action=action, subject=user.id, actor_id=self.operator.id)), 1)

    def test_it_stays_disabled_over_a_restart(self):
        user = self.user()
        self.operator.rest.request("PATCH", f"/api/admin/users/{user.id}", {"disabled": True}, expect=200)
        self.server.kill()
        self.server.start()
        user.rest.refused("GET", "/api/users/me", 401, "unauthorized")
        login = {"login": user.username, "password": PASSWORD}
        self.rest().refused("POST", "/api/auth/login", 403, "forbidden", login)

    def test_there_is_always_an_operator(self):
        target = f"/api/admin/users/{self.operator.id}"
        rest = self.operator.rest
        self.assertEqual(rest.request("PATCH", target, {"disabled": True}, expect=403).json["code"], "forbidden")
        self.assertEqual(rest.request("PATCH", target, {"role": "user"}, expect=409).json["code"], "conflict")
        second = self.user()
        rest.request("PATCH", f"/api/admin/users/{second.id}", {"role": "operator"}, expect=200)
        self.assertEqual(second.rest.get("/api/admin/statistics").json["users"]["operators"], 2)
        second.rest.request("PATCH", f"/api/admin/users/{second.id}", {"role": "user"}, expect=200)
        second.rest.refused("GET", "/api/admin/statistics", 403, "forbidden")

    def test_a_reset_ends_everything_and_its_token_works_once(self):
        user = self.user()
        session = self.session(user)
        reset = self.operator.rest.post(f"/api/admin/users/{user.id}/reset", expect=201).json
        session.expect_close(4003, seconds=REVOKED_WITHIN)
        login = {"login": user.username, "password": PASSWORD}
        self.rest().refused("POST", "/api/auth/login", 401, "unauthorized", login)
        body = {"reset_token": reset["reset_token"], "password": "short"}
        self.rest().refused("POST", "/api/auth/reset", 400, "invalid_request", body)
        body["password"] = "another lantern 43"
        self.rest().post("/api/auth/reset", body, expect=204)
        self.rest().refused("POST", "/api/auth/reset", 401, "unauthorized", body)
        self.rest().refused("POST", "/api/auth/login", 401, "unauthorized", login)
        login["password"] = body["password"]
        self.rest().post("/api/auth/login", login, expect=200)
        self.assertNotIn(reset["reset_token"], self.server.log)
        for entry in self.audit():
            self.assertNotIn(reset["reset_token"], json.dumps(entry))

    def test_nobody_and_nothing_is_not_found(self):
        for target in ("/api/admin/users/@nobody", f"/api/admin/users/{secrets.token_hex(16)}", "/api/admin/users/x"):
            with self.subTest(target):
                self.operator.rest.refused("GET", target, 404, "not_found")
        self.operator.rest.refused("PATCH", "/api/admin/reports/x", 404, "not_found", {"resolved": True})
        bad = {"role": "king"}
        target = f"/api/admin/users/{self.operator.id}"
        self.operator.rest.refused("PATCH", target, 400, "invalid_request", bad)


class Reports(OperatorCase):
    def setUp(self):
        super().setUp()
        self.ann, self.ben, self.eve = self.users("ann", "ben", "eve")
        self.message = self.ben.send(self.ann, "Something rude").json["message_id"]

    def report(self, by, **body):
        return by.rest.post("/api/reports", {"reason": "rude", **body}, expect=201).json["report_id"]

    def found(self, report_id, state="open"):
        items = self.operator.rest.get(f"/api/admin/reports?limit=200&state={state}").json["items"]
        return next((item for item in items if item["report_id"] == report_id), None)

    def test_the_copy_stays_when_the_message_goes(self):
        report_id = self.report(self.ann, message_id=self.message)
        self.ben.rest.delete(f"/api/messages/{self.message}")
        report = self.found(report_id)
        self.assertEqual(report["message"]["content"], "Something rude")
        self.assertEqual(report["message"]["message_id"], self.message)
        self.assertEqual((report["reporter_id"], report["user_id"]), (self.ann.id, self.ben.id))

    def test_only_what_the_reporter_may_read(self):
        body = {"message_id": self.message, "reason": "rude"}
        self.eve.rest.refused("POST", "/api/reports", 404, "not_found", body)
        self.ben.rest.refused("POST", "/api/reports", 400, "invalid_request", body)  # one's own
        body["message_id"] = self.message[:-1] + ("0" if self.message[-1] != "0" else "1")
        self.ann.rest.refused("POST", "/api/reports", 404, "not_found", body)

    def test_the_same_again_is_the_same_report(self):
        first = self.report(self.ann, message_id=self.message)
        self.assertEqual(self.report(self.ann, message_id=self.message, reason="again"), first)
        self.assertNotEqual(self.report(self.ann, user_id=self.ben.id), first)

    def test_bad_reports(self):
        for body in (
            {},
            {"reason": "rude"},
            {"message_id": self.message},
            {"message_id": self.message, "reason": ""},
            {"message_id": self.message, "reason": "x" * 1001},
            {"message_id": self.message, "user_id": self.ben.id, "reason": "rude"},
            {"user_id": "x", "reason": "rude"},
            {"user_id": self.ann.id, "reason": "myself"},
        ):
            with self.subTest(body):
                self.ann.rest.refused("POST", "/api/reports", 400, "invalid_request", body)

    def test_resolved_once(self):
        report_id = self.report(self.ann, user_id=self.ben.id)
        target = f"/api/admin/reports/{report_id}"
        first = self.operator.rest.request("PATCH", target, {"resolved": True, "note": "talked"}, expect=200).json
        self.assertEqual((first["resolved_by"], first["note"]), (self.operator.id, "talked"))
        second = self.operator.rest.request("PATCH", target, {"resolved": True, "note": "again"}, expect=200).json
        self.assertEqual(second, first)
        self.assertIsNone(self.found(report_id))
        self.assertEqual(self.found(report_id, "all"), first)
        self.assertEqual(len(self.audit(action="report.resolved", subject=report_id)), 1)

    def test_too_many_are_limited(self):
        for _ in range(10):
            self.report(self.eve, user_id=self.ben.id)
        body = {"user_id": self.ben.id, "reason": "rude"}
        refused = self.eve.rest.request("POST", "/api/reports", body, expect=429)
        self.assertGreater(int(refused.header("Retry-After")), 60)


class Invites(OperatorCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.server.terminate()
        cls.server.write_config(merged(cls.server.settings, {"auth": {"registrations": "invite"}}))
        cls.server.start()

    def invite(self, **body):
        return self.operator.rest.post("/api/admin/invites", body, expect=201).json

    def join(self, code=None):
        body = {"username": "u" + secrets.token_hex(6), "password": PASSWORD}
        if code is not None:
            body["invite"] = code
        return self.rest().request("POST", "/api/auth/register", body)

    def test_nobody_without(self):
        self.assertEqual(self.join().status, 403)
        self.assertEqual(self.join("pin_wrong").status, 403)

    def test_so_many_and_no_more_also_at_once(self):
        made = self.invite(uses=3, note="the choir")
        with concurrent.futures.ThreadPoolExecutor(8) as pool:
            statuses = sorted(pool.map(lambda _: self.join(made["code"]).status, range(8)))
        self.assertEqual(statuses, [201] * 3 + [403] * 5)
        listed = next(
            item
            for item in self.operator.rest.get("/api/admin/invites").json["items"]
            if item["invite_id"] == made["invite_id"]
        )
        self.assertEqual((listed["uses"], listed["uses_max"]), (3, 3))
        self.assertNotIn("code", listed)

    def test_revoked_is_over(self):
        made = self.invite(uses=5)
        self.assertEqual(self.join(made["code"]).status, 201)
        self.operator.rest.delete(f"/api/admin/invites/{made['invite_id']}")
        self.assertEqual(self.join(made["code"]).status, 403)

    def test_bounds(self):
        for body in ({"uses": 0}, {"uses": 10001}, {"days": 0}, {"days": 366}, {"note": "x" * 1001}, {"uses": "1"}):
            with self.subTest(body):
                self.operator.rest.refused("POST", "/api/admin/invites", 400, "invalid_request", body)


class Closed(OperatorCase):
    def test_a_closed_server_takes_nobody(self):
        self.server.terminate()
        self.server.write_config(merged(self.server.settings, {"auth": {"registrations": "closed"}}))
        self.server.start()
        body = {"username": "u" + secrets.token_hex(6), "password": PASSWORD}
        self.rest().refused("POST", "/api/auth/register", 403, "forbidden", body)
        self.assertEqual(self.operator.rest.get("/api/admin/statistics").json["registrations"], "closed")


class Broadcasts(OperatorCase):
    def ended(self, client_id):
        return len(self.audit(action="broadcast.ended", subject=client_id))

    def test_reaches_everybody_once(self):
        people = self.users("ann", "ben", "eve")
        gone = people[2]
        self.operator.rest.request("PATCH", f"/api/admin/users/{gone.id}", {"disabled": True}, expect=200)
        session = self.session(people[0])
        for times in (1, 2):  # the same again reaches nobody twice
            body = {"content": "Away tonight", "client_id": "tonight"}
            self.operator.rest.post("/api/admin/broadcasts", body, expect=202)
            poll(lambda times=times: self.ended("tonight") == times, "it ends", 10)
        event = session.expect("new_message", content="Away tonight")
        server = self.operator.rest.get(f"/api/admin/users/{event['sender_id']}").json
        self.assertEqual((server["role"], server["username"]), ("server", "parley"))
        page = people[1].rest.get("/api/conversations").json["items"]
        self.assertEqual([(item["last_event"]["content"], item["last_seq"]) for item in page], [("Away tonight", 1)])

    def test_too_much_is_refused_before_anything_happens(self):
        self.operator.rest.refused("POST", "/api/admin/broadcasts", 400, "invalid_request", {"content": ""})
        self.operator.rest.refused("POST", "/api/admin/broadcasts", 413, "too_large", {"content": "x" * 16385})


class CommandLine(OperatorCase):
    def test_1_with_the_running_server(self):
        user = self.user()
        session = self.session(user)
        self.assertEqual(self.admin("users", user.username)["items"][0]["user_id"], user.id)
        self.assertIsNotNone(self.admin("disable", user.username)["disabled_at"])
        session.expect_close(4003, seconds=REVOKED_WITHIN)
        self.assertIsNone(self.admin("enable", user.id)["disabled_at"])
        self.assertEqual(self.admin("role", user.username, "operator")["role"], "operator")
        token = self.admin("reset", user.username)["reset_token"]
        self.rest().post("/api/auth/reset", {"reset_token": token, "password": PASSWORD}, expect=204)
        self.assertEqual(self.admin("invite", "--uses", 2)["uses_max"], 2)
        self.assertEqual(self.admin("stats")["users"]["operators"], 2)
        newest = self.admin("audit", "--limit", 1)["items"][0]
        self.assertEqual((newest["actor_id"], newest["address"]), (None, "local"))
        self.assertIn("no such user", self.admin("disable", "nobody", code=1))

    def test_2_without_one(self):
        user = self.user()
        self.server.terminate()
        self.assertIsNotNone(self.admin("disable", user.username)["disabled_at"])
        self.server.start()
        user.rest.refused("GET", "/api/users/me", 401, "unauthorized")

    def test_the_socket_is_for_its_user_alone(self):
        mode = (self.server.data / "control.sock").stat().st_mode
        self.assertTrue(stat.S_ISSOCK(mode))
        self.assertEqual(stat.S_IMODE(mode), 0o600)

    def test_what_is_for_the_socket_is_nowhere_else(self):
        self.operator.rest.refused("POST", "/control/backups", 404, "not_found", {"path": "/tmp/x"})


class Limits(OperatorCase):
    settings = {
        "limits": {
            "device_sends_per_second": 1,
            "device_sends_burst": 3,
            "group_sends_per_second": 1,
            "group_sends_burst": 5,
        }
    }

    def send(self, user, conversation):
        body = {"conversation_id": conversation, "content": "x"}
        return user.rest.request("POST", "/api/messages", body)

    def test_a_device_and_a_group_have_limits_of_their_own(self):
        people = self.users("ann", "ben", "eve")
        body = {"name": "Choir", "member_ids": [person.id for person in people]}
        group = self.operator.rest.post("/api/groups", body, expect=201).json["group_id"]
        statuses = [self.send(people[0], group).status for _ in range(4)]
        self.assertEqual(statuses, [201, 201, 201, 429])  # the device
        refused = next(r for r in (self.send(people[1], group) for _ in range(4)) if r.status == 429)
        self.assertGreaterEqual(int(refused.header("Retry-After")), 1)
        other = people[0].log_in()
        self.stack.callback(other.rest.close)
        self.assertEqual(other.send(people[1], "hello").status, 201)
