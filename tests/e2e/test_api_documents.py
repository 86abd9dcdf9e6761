"""The documents in api/ by themselves: whole, consistent, and true for their own examples. Needs no server."""

import json
import re
import unittest

import jsonschema
import schema

EXAMPLES = sorted((schema.API / "examples").glob("*.json"))
METHODS = ("get", "put", "post", "delete", "patch")


def example(name):
    return json.loads((schema.API / "examples" / f"{name}.json").read_text(encoding="utf-8"))


def walk(node, path=""):
    """Every node of a document, with the path to it."""
    yield path, node
    if isinstance(node, dict):
        for key, value in node.items():
            yield from walk(value, f"{path}/{key}")
    elif isinstance(node, list):
        for index, value in enumerate(node):
            yield from walk(value, f"{path}/{index}")


class Documents(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.openapi = schema.load("openapi.yaml")
        cls.asyncapi = schema.load("asyncapi.yaml")
        cls.both = {"openapi.yaml": cls.openapi, "asyncapi.yaml": cls.asyncapi}

    def test_versions(self):
        self.assertEqual(self.openapi["openapi"], "3.1.0")
        self.assertEqual(self.asyncapi["asyncapi"], "3.0.0")
        self.assertEqual(self.openapi["info"]["version"], self.asyncapi["info"]["version"])

    def test_are_plain_json(self):
        """No YAML dates, no numbers as keys: what is served as JSON says the same."""
        for name, document in self.both.items():
            with self.subTest(name):
                self.assertEqual(json.loads(json.dumps(document)), document)

    def test_references_lead_somewhere_inside(self):
        for name, document in self.both.items():
            for path, node in walk(document):
                if isinstance(node, dict) and "$ref" in node:
                    with self.subTest(name, path=path, ref=node["$ref"]):
                        schema.resolve(document, {"$ref": node["$ref"]})

    def test_no_component_is_left_over(self):
        for name, document in self.both.items():
            used = {node["$ref"] for _, node in walk(document) if isinstance(node, dict) and "$ref" in node}
            # Answers to what no operation describes: a method that a path does not have.
            used.add("#/components/responses/MethodNotAllowed")
            used |= {
                f"#/components/securitySchemes/{scheme}"
                for _, node in walk(document)
                if isinstance(node, dict) and isinstance(node.get("security"), list)
                for requirement in node["security"]
                for scheme in requirement
            }
            for kind, components in document["components"].items():
                for component in components:
                    with self.subTest(name, component=component):
                        self.assertIn(f"#/components/{kind}/{component}", used)

    def test_schemas_are_schemas(self):
        for name, document in self.both.items():
            for component, node in document["components"]["schemas"].items():
                with self.subTest(name, schema=component):
                    jsonschema.Draft202012Validator.check_schema(schema.resolve(document, node))

    def test_shared_schemas_are_the_same(self):
        here, there = self.openapi["components"]["schemas"], self.asyncapi["components"]["schemas"]
        shared = set(here) & set(there)
        self.assertIn("Event", shared)
        for name in shared:
            with self.subTest(name):
                self.assertEqual(schema.resolve(self.openapi, here[name]), schema.resolve(self.asyncapi, there[name]))

    def test_conversation_frame_is_the_conversation(self):
        """`type` is the frame's there, and the conversation's own is `conversation_type`."""
        rest = schema.resolve(self.openapi, self.openapi["components"]["schemas"]["Conversation"])
        frame = schema.resolve(self.asyncapi, self.asyncapi["components"]["schemas"]["ConversationChanged"])
        properties = dict(frame["properties"])
        self.assertEqual(properties.pop("type"), {"type": "string", "const": "conversation"})
        properties.pop("ref")
        properties["type"] = properties.pop("conversation_type")
        self.assertEqual(properties, rest["properties"])
        self.assertEqual(set(frame["required"]), set(rest["required"]) | {"conversation_type"})

    def test_error_codes_have_a_status(self):
        codes = self.openapi["components"]["schemas"]["ErrorCode"]["enum"]
        self.assertEqual(len(codes), 11)
        self.assertEqual(len(set(codes)), 11)


class Operations(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.document = schema.load("openapi.yaml")
        cls.operations = {
            node["operationId"]: (path, method, node)
            for path, methods in cls.document["paths"].items()
            for method, node in methods.items()
            if method in METHODS
        }

    def test_ids_are_unique(self):
        count = sum(1 for methods in self.document["paths"].values() for method in methods if method in METHODS)
        self.assertEqual(len(self.operations), count)

    def test_path_parameters_are_described(self):
        for operation_id, (path, _, node) in self.operations.items():
            described = schema.resolve(
                self.document, self.document["paths"][path].get("parameters", []) + node.get("parameters", [])
            )
            names = {parameter["name"] for parameter in described if parameter["in"] == "path"}
            with self.subTest(operation_id):
                self.assertEqual(names, set(re.findall(r"\{(\w+)\}", path)))

    def test_every_operation_has_its_errors(self):
        for operation_id, (_, _, node) in self.operations.items():
            with self.subTest(operation_id):
                responses = node["responses"]
                self.assertIn("default", responses)
                self.assertTrue(any(status.startswith(("1", "2")) for status in responses))
                if node.get("security", self.document["security"]) != []:
                    self.assertIn("401", responses)
                if node.get("requestBody"):
                    self.assertIn("400", responses)
                    self.assertIn("413", responses)

    def test_errors_are_problems(self):
        for operation_id, (_, _, node) in self.operations.items():
            for status, response in schema.resolve(self.document, node["responses"]).items():
                if (status == "default" or status >= "400") and operation_id != "getReadiness":
                    with self.subTest(operation_id, status=status):
                        self.assertEqual(list(response["content"]), ["application/problem+json"])

    def test_links_lead_to_operations(self):
        linked = set()
        for operation_id, (_, _, node) in self.operations.items():
            for status, response in node["responses"].items():
                for name, link in response.get("links", {}).items():
                    linked.add(link["operationId"])
                    path, _, target = self.operations[link["operationId"]]
                    parameters = schema.resolve(
                        self.document, self.document["paths"][path].get("parameters", []) + target.get("parameters", [])
                    )
                    with self.subTest(operation_id, status=status, link=name):
                        names = {parameter["name"] for parameter in parameters}
                        self.assertLessEqual(set(link.get("parameters", {})), names)
        for created in ("getUser", "getConversation", "getMessage", "getMessageStatus", "deleteDevice"):
            self.assertIn(created, linked)

    def test_inline_examples_fit(self):
        for operation_id, (_, _, node) in self.operations.items():
            for media in node.get("requestBody", {}).get("content", {}).values():
                check = schema.validator(schema.strict(schema.resolve(self.document, media["schema"])))
                for name, inline in media.get("examples", {}).items():
                    with self.subTest(operation_id, example=name):
                        self.assertIsNone(schema.explain(check, inline["value"]))


class Frames(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.document = schema.load("asyncapi.yaml")

    def test_every_message_is_in_the_channel_and_in_an_operation(self):
        messages = set(self.document["components"]["messages"])
        self.assertEqual(set(self.document["channels"]["session"]["messages"]), messages)
        used = set()
        for operation in self.document["operations"].values():
            for reference in operation["messages"] + operation.get("reply", {}).get("messages", []):
                used.add(reference["$ref"].rsplit("/", 1)[1])
        self.assertEqual(used, messages)

    def test_names_are_types(self):
        for name, message in self.document["components"]["messages"].items():
            payload = schema.resolve(self.document, message["payload"])
            with self.subTest(name):
                self.assertEqual(payload["properties"]["type"], {"type": "string", "const": message["name"]})
                self.assertIn("type", payload["required"])
                self.assertIn(message["x-from"], ("client", "server"))

    def test_no_frame_fits_two_messages(self):
        """A reader can tell an ack that answers a send from a receipt."""
        for path in EXAMPLES:
            shown = json.loads(path.read_text(encoding="utf-8"))
            if not isinstance(shown, dict) or "type" not in shown:
                continue
            for side in ("client", "server"):
                fitting = [
                    name
                    for name, message in self.document["components"]["messages"].items()
                    if message["x-from"] == side
                    and schema.explain(
                        schema.validator(schema.strict(schema.resolve(self.document, message["payload"]))), shown
                    )
                    is None
                ]
                with self.subTest(path.name, side=side):
                    self.assertLessEqual(len(fitting), 1, fitting)


class Examples(unittest.TestCase):
    """api/examples/Schema.json and Schema.variant.json."""

    @classmethod
    def setUpClass(cls):
        cls.documents = (schema.load("openapi.yaml"), schema.load("asyncapi.yaml"))

    def find(self, path):
        name = path.name.split(".")[0]
        for document in self.documents:
            if name in document["components"]["schemas"]:
                return document, document["components"]["schemas"][name]
        self.fail(f"{path.name}: no schema {name}")

    def test_fit_their_schema(self):
        self.assertGreater(len(EXAMPLES), 50)
        for path in EXAMPLES:
            with self.subTest(path.name):
                document, node = self.find(path)
                check = schema.validator(schema.strict(schema.resolve(document, node)))
                self.assertIsNone(schema.explain(check, json.loads(path.read_text(encoding="utf-8"))))

    def test_every_object_has_an_example(self):
        shown = {path.name.split(".")[0] for path in EXAMPLES}
        parts = {"DeviceInfo", "ConversationMember"}  # shown inside others
        for document in self.documents:
            for name, node in document["components"]["schemas"].items():
                if "properties" in node and name not in parts:
                    with self.subTest(name):
                        self.assertIn(name, shown)


class Validator(unittest.TestCase):
    """The check itself can fail: what the other tests rely on."""

    def refuses(self, frame):
        with self.assertRaises(schema.ContractError):
            schema.FrameContract().check_frame(frame)

    def test_accepts_every_server_frame(self):
        contract = schema.FrameContract()
        for name in ("AuthSuccess", "SendAck", "ReceiptAck", "NewMessage", "Events", "ConversationChanged", "Error"):
            contract.check_frame(example(name))
        self.assertIn("receipt_ack", contract.seen)

    def test_refuses_an_unknown_field(self):
        self.refuses({**example("SendAck"), "surprise": 1})

    def test_refuses_an_unknown_field_within(self):
        events = example("Events")
        events["events"][0]["surprise"] = 1
        self.refuses(events)

    def test_refuses_a_missing_field(self):
        for field in ("seq", "timestamp", "sender_device_id"):
            frame = example("NewMessage")
            del frame[field]
            self.refuses(frame)

    def test_refuses_an_unknown_type(self):
        self.refuses({"type": "surprise"})
        self.refuses([])

    def test_refuses_wrong_formats(self):
        ack = example("SendAck")
        for field, value in (
            ("timestamp", "2026-11-22T03:40:00Z"),
            ("timestamp", "2026-11-22T03:40:00.123+00:00"),
            ("timestamp", "2026-13-22T03:40:00.123Z"),
            ("seq", 0),
            ("seq", "1"),
            ("message_id", ack["message_id"].upper()),
            ("message_id", "6f1c2d70-93a4-4a7b-8e55-2b7d3c9e1f04"),
            ("status", "read"),
        ):
            with self.subTest(field=field, value=value):
                self.refuses({**ack, field: value})

    def test_refuses_a_close_code_of_its_own(self):
        schema.FrameContract().check_close(4003)
        with self.assertRaises(schema.ContractError):
            schema.FrameContract().check_close(4004)


class RestValidator(unittest.TestCase):
    """The same for REST answers."""

    class Answer:
        def __init__(self, status, body=None, **headers):
            self.status = status
            self.body = b"" if body is None else json.dumps(body).encode()
            self.headers = {name.replace("_", "-").lower(): value for name, value in headers.items()}
            if body is not None:
                kind = "application/problem+json" if status >= 400 else "application/json"
                self.headers.setdefault("content-type", kind)

        def header_values(self, name):
            return [self.headers[name.lower()]] if name.lower() in self.headers else []

        def header(self, name):
            return self.headers.get(name.lower())

        @property
        def json(self):
            return json.loads(self.body)

    def setUp(self):
        self.contract = schema.RestContract()
        self.user = example("User")
        self.problem = {**example("Problem"), "status": 404}

    def accepts(self, method, target, answer, **more):
        self.contract.check_response(method, target, answer, **more)

    def refuses(self, method, target, answer, **more):
        with self.assertRaises(schema.ContractError):
            self.accepts(method, target, answer, **more)

    def test_good_answers(self):
        self.accepts("GET", "/api/users/me?x=1", self.Answer(200, self.user))
        self.accepts("GET", "/api/nothing", self.Answer(404, self.problem))
        self.accepts("PATCH", "/api/users/me", self.Answer(405, {**self.problem, "status": 405}, Allow="GET, HEAD"))
        self.accepts("POST", "/api/auth/logout", self.Answer(204))
        self.assertEqual(self.contract.seen, {"getUser": {200}, "logOut": {204}})

    def test_fields(self):
        self.refuses("GET", "/api/users/me", self.Answer(200, {**self.user, "password_hash": "x"}))
        self.refuses("GET", "/api/users/me", self.Answer(200, {"user_id": self.user["user_id"]}))
        self.refuses("GET", "/api/nothing", self.Answer(404, {**self.problem, "stack": "x"}))
        self.refuses("GET", "/api/nothing", self.Answer(404, {**self.problem, "code": "enoent"}))

    def test_statuses(self):
        self.refuses("GET", "/api/users/me", self.Answer(201, self.user))
        self.refuses("GET", "/api/nothing", self.Answer(200, {}))
        self.refuses("PATCH", "/api/users/me", self.Answer(204))
        self.refuses("GET", "/api/nothing", self.Answer(404, {**self.problem, "status": 400}))

    def test_headers_and_bodies(self):
        unauthorized = {**self.problem, "status": 401, "code": "unauthorized"}
        self.refuses("GET", "/api/users/me", self.Answer(401, unauthorized))
        self.accepts("GET", "/api/users/me", self.Answer(401, unauthorized, WWW_Authenticate="Bearer"))
        self.refuses("PATCH", "/api/users/me", self.Answer(405, {**self.problem, "status": 405}))
        limited = {**self.problem, "status": 429, "code": "rate_limited"}
        self.refuses("POST", "/api/auth/login", self.Answer(429, limited, Retry_After="soon"))
        self.accepts("POST", "/api/auth/login", self.Answer(429, limited, Retry_After="2"))
        self.refuses("GET", "/api/users/me", self.Answer(200, self.user, content_type="text/html"))
        self.refuses("GET", "/api/nothing", self.Answer(404, self.problem, content_type="application/json"))
        self.refuses("POST", "/api/auth/logout", self.Answer(204, {}))

    def test_accepted_requests(self):
        """An answer of 2xx to a request that the document does not allow: one of them is wrong."""
        sent = self.Answer(201, example("Sent"))
        self.accepts("POST", "/api/messages", sent, request_json=example("NewMessageRequest"))
        self.refuses("POST", "/api/messages", sent, request_json={"content": "x"})


if __name__ == "__main__":
    unittest.main()
