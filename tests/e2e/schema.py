"""The contract as tests see it: what the server sends is held against api/, field by field.

Strict: an object that names its `properties` may have no others here, although clients must ignore them.
So a field that the server sends and the documents do not know fails the test that saw it. The clients in
parley_client.py call this for all that they receive; no test has to.
"""

import datetime
import json
import pathlib
import re
import urllib.parse

import jsonschema
import yaml

API = pathlib.Path(__file__).resolve().parents[2] / "api"

_LOADER = getattr(yaml, "CSafeLoader", yaml.SafeLoader)


class ContractError(AssertionError):
    """The server sent what api/ does not say."""


def load(name):
    with open(API / name, encoding="utf-8") as file:
        return yaml.load(file, Loader=_LOADER)


def _pointer(document, reference):
    """What `#/a/b` points to."""
    if not reference.startswith("#/"):
        raise ValueError(f"{reference}: the documents refer to nothing outside themselves")
    node = document
    for part in reference[2:].split("/"):
        node = node[part.replace("~1", "/").replace("~0", "~")]
    return node


def resolve(document, node):
    """`node` with every $ref replaced by what it points to; what stands beside a $ref wins."""
    if isinstance(node, dict):
        here = {key: resolve(document, value) for key, value in node.items() if key != "$ref"}
        if "$ref" in node:
            return {**resolve(document, _pointer(document, node["$ref"])), **here}
        return here
    if isinstance(node, list):
        return [resolve(document, value) for value in node]
    return node


def strict(schema):
    """The same schema, with nothing beside the named properties."""
    if isinstance(schema, dict):
        closed = {key: strict(value) for key, value in schema.items()}
        # A schema without a type only adds a condition to one that is closed itself.
        is_object = closed.get("type") == "object" and isinstance(closed.get("properties"), dict)
        if is_object and "additionalProperties" not in closed:
            closed["additionalProperties"] = False
        return closed
    if isinstance(schema, list):
        return [strict(value) for value in schema]
    return schema


_formats = jsonschema.FormatChecker(formats=("uuid",))


def _is_date_time(value):
    if isinstance(value, str):
        datetime.datetime.strptime(value, "%Y-%m-%dT%H:%M:%S.%fZ")
    return True


# Debian's jsonschema checks date-time only with a package that is not always there.
_formats.checkers["date-time"] = (_is_date_time, ValueError)


def validator(schema):
    return jsonschema.Draft202012Validator(schema, format_checker=_formats)


def explain(check, value):
    """None, or the first thing that is wrong with `value`, and where."""
    worst = jsonschema.exceptions.best_match(check.iter_errors(value))
    if worst is None:
        return None
    place = "/".join(str(part) for part in worst.absolute_path) or "(whole)"
    return f"{place}: {worst.message}"


class Operation:
    """One method of one path of openapi.yaml."""

    def __init__(self, document, template, method, node):
        self.template = template
        self.method = method.upper()
        self.id = node["operationId"]
        self.node = resolve(document, node)
        # `{}` among several: with a token or without.
        self.public = any(not needed for needed in self.node.get("security", document["security"]) or [{}])
        body = self.node.get("requestBody", {}).get("content", {}).get("application/json")
        self.request = validator(body["schema"]) if body else None
        self.request_required = self.node.get("requestBody", {}).get("required", False)


class RestContract:
    """openapi.yaml. Remembers which operations and statuses were seen, for the test of completeness."""

    def __init__(self):
        self.document = load("openapi.yaml")
        self.operations = []
        self._templates = []
        for template, path in self.document["paths"].items():
            pattern = re.sub(r"\{\w+\}", "[^/]+", template.replace(".", r"\."))
            methods = {}
            for method in ("get", "put", "post", "delete", "patch"):
                if method in path:
                    methods[method.upper()] = Operation(self.document, template, method, path[method])
            self._templates.append((re.compile(pattern), methods))
            self.operations += methods.values()
        self._validators = {}
        self.seen = {}
        shared = resolve(self.document, self.document["components"]["responses"])
        self._unknown_path = shared["NotFound"]
        self._wrong_method = shared["MethodNotAllowed"]
        self._any_problem = shared["Problem"]

    def operation(self, operation_id):
        return next(each for each in self.operations if each.id == operation_id)

    def methods_of(self, target):
        """The documented methods of a target, or None for a path that is not there."""
        path = urllib.parse.urlsplit(target).path
        for pattern, methods in self._templates:
            if pattern.fullmatch(path):
                return methods
        return None

    def _schema(self, name, schema):
        if name not in self._validators:
            self._validators[name] = validator(strict(schema))
        return self._validators[name]

    def check_response(self, method, target, response, request_json=None):
        """Raises ContractError unless the answer to `method target` is a documented one."""
        where = f"{method} {target} answered {response.status}"
        methods = self.methods_of(target)
        operation = None
        if response.status == 405 and (methods is None or method not in methods):
            expected, name = self._wrong_method, "405"
        elif methods is None:
            expected, name = self._unknown_path, "404"
            if response.status != 404:
                expected, name = self._any_problem, "any"
                if response.status < 400:
                    raise ContractError(f"{where}: no such path in openapi.yaml")
        else:
            operation = methods.get("GET" if method == "HEAD" else method)
            if operation is None:
                if response.status < 400:
                    raise ContractError(f"{where}: no such method in openapi.yaml")
                expected, name = self._any_problem, "any"
            else:
                responses = operation.node["responses"]
                key = str(response.status) if str(response.status) in responses else "default"
                if key == "default" and response.status < 400:
                    raise ContractError(f"{where}: no such status in openapi.yaml")
                expected, name = responses[key], f"{operation.id} {key}"
                self.seen.setdefault(operation.id, set()).add(response.status)
        self._check_headers(where, expected, response)
        if method != "HEAD":
            self._check_body(where, name, expected, response)
        if operation and operation.request and response.status < 300 and request_json is not None:
            wrong = explain(operation.request, request_json)
            if wrong:
                raise ContractError(f"{where}, but the request does not fit openapi.yaml: {wrong}")

    def _check_headers(self, where, expected, response):
        for name, header in expected.get("headers", {}).items():
            values = response.header_values(name)
            if not values and header.get("required"):
                raise ContractError(f"{where} without {name}")
            for value in values:
                wrong = explain(self._schema(f"header {json.dumps(header)}", header["schema"]), value)
                if wrong:
                    raise ContractError(f"{where}: {name}: {wrong}")

    def _check_body(self, where, name, expected, response):
        content = expected.get("content")
        media_type = (response.header("Content-Type") or "").split(";")[0].strip()
        if content is None:
            if response.body:
                raise ContractError(f"{where} with a body that openapi.yaml does not know")
            return
        if media_type not in content:
            raise ContractError(f"{where}: Content-Type {media_type!r} instead of {' or '.join(content)}")
        if media_type == "application/zip":
            if not response.body.startswith(b"PK"):
                raise ContractError(f"{where}: no zip: {response.body[:100]!r}")
            return
        value = response.json if media_type.endswith("json") else response.body.decode("utf-8")
        wrong = explain(self._schema(f"{name} {media_type}", content[media_type]["schema"]), value)
        if wrong:
            raise ContractError(f"{where}: {wrong}\n{response.body[:2000]!r}")
        if media_type == "application/problem+json" and value["status"] != response.status:
            raise ContractError(f"{where}, but its problem says {value['status']}")


class FrameContract:
    """asyncapi.yaml. Remembers which messages were seen."""

    def __init__(self):
        self.document = load("asyncapi.yaml")
        self.close_codes = {int(code) for code in self.document["channels"]["session"]["x-close-codes"]}
        self.seen = set()
        self.sent = set()
        self._from_server = {}
        self._from_client = {}
        for name, message in self.document["components"]["messages"].items():
            payload = resolve(self.document, message["payload"])
            side, schema = (
                (self._from_server, strict(payload)) if message["x-from"] == "server" else (self._from_client, payload)
            )
            side.setdefault(message["name"], []).append((name, validator(schema)))
        self.server_messages = {name for each in self._from_server.values() for name, _ in each}
        self.client_types = set(self._from_client)
        self.client_messages = {name for each in self._from_client.values() for name, _ in each}

    @staticmethod
    def _match(messages, frame):
        """The name of the message that `frame` is, or why it is none."""
        wrong = []
        for name, check in messages:
            problem = explain(check, frame)
            if problem is None:
                return name, None
            wrong.append(f"{name}: {problem}")
        return None, "; ".join(wrong)

    def check_frame(self, frame):
        """Raises ContractError unless the server may send this."""
        if not isinstance(frame, dict) or frame.get("type") not in self._from_server:
            raise ContractError(f"asyncapi.yaml knows no such frame from the server: {frame!r}")
        name, wrong = self._match(self._from_server[frame["type"]], frame)
        if wrong:
            raise ContractError(f"{wrong}\n{frame!r}")
        self.seen.add(name)

    def note_sent(self, frame):
        """Remembers a frame of ours; tests may send anything, so nothing is refused."""
        kind = frame.get("type") if isinstance(frame, dict) else None
        if isinstance(kind, str) and kind in self._from_client:
            name, _ = self._match(self._from_client[frame["type"]], frame)
            if name:
                self.sent.add(name)

    def check_close(self, code):
        if code not in self.close_codes:
            raise ContractError(f"asyncapi.yaml knows no close code {code}")


rest = RestContract()
frames = FrameContract()
