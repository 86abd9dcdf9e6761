"""What schemathesis reports and is no fault of the server. Each entry names one situation and its reason;
outside of it the check holds. The run prints how many findings were dropped, test_schemathesis.py counts them."""

import base64
import collections
import itertools
import json

import requests
import schemathesis

PASSWORD = "tangerine lantern 42"  # as in schemathesis-users.yaml

# (code of the check, operation or None for any, when it applies, why)
Exemption = collections.namedtuple("Exemption", "check operation applies reason")


def detail(response):
    """`detail` of a problem, else nothing."""
    body = response.json() if response.content else None
    return body.get("detail", "") if isinstance(body, dict) else ""


def values_of(value):
    """All values in a JSON value, itself included."""
    yield value
    for part in value.values() if isinstance(value, dict) else value if isinstance(value, list) else ():
        yield from values_of(part)


def has_nul(query):
    return any("\0" in str(value) for value in (query or {}).values())


EXEMPTIONS = (
    Exemption(
        "ST202",
        None,
        lambda case, response: detail(response) == "the query is malformed" and has_nul(case.query),
        "%00 is refused in any query, before it is a parameter's value",
    ),
    Exemption(
        "ST202",
        None,
        lambda case, response: "must be a whole number" in detail(response)
        and any(isinstance(value, float) and value.is_integer() for value in values_of(case.body)),
        "to JSON Schema 365.0 is an integer; here a whole number is written as one",
    ),
    Exemption(
        "ST202",
        "GET /api/search",
        lambda case, response: " must be a date (" in detail(response),
        "a pattern does not know how many days a month has",
    ),
    Exemption(
        "ST202",
        "GET /api/search",
        lambda case, response: detail(response) == "before names no message",
        "to a schema every UUID is one; ids of messages are some of them",
    ),
    Exemption(
        "ST202",
        None,  # registering and logging in
        lambda case, response: detail(response) == "jwk must be a public key on P-256",
        "that two coordinates are a point of the curve is more than a schema can say",
    ),
    Exemption(
        "ST202",
        "GET /api/conversations/{conversation_id}/messages",
        lambda case, response: response.status_code == 400 and {"before_seq", "after_seq"} <= set(case.query or {}),
        "OpenAPI cannot say that of two parameters one may be there, not both",
    ),
    Exemption(
        "ST202",
        "GET /api/groups/{group_id}/messages",
        lambda case, response: response.status_code == 400 and {"before_seq", "after_seq"} <= set(case.query or {}),
        "OpenAPI cannot say that of two parameters one may be there, not both",
    ),
    Exemption(
        "ST202",
        "PATCH /api/messages/{message_id}",
        lambda case, response: response.status_code == 413 and len(case.body["content"].encode()) > 16384,
        "content is limited in bytes of UTF-8, JSON Schema counts characters",
    ),
    Exemption(
        "ST202",
        "PATCH /api/conversations/{conversation_id}",
        lambda case, response: response.status_code == 413 and len(case.body["draft"].encode()) > 16384,
        "a draft is limited in bytes of UTF-8, JSON Schema counts characters",
    ),
    Exemption(
        "ST402",
        "GET /api/users/{user_id}",
        lambda case, response: not {"email", "phone"} & set(response.json()),
        "a profile is for every user to see; e-mail and phone are not, and are looked for here",
    ),
    Exemption(
        "ST201",
        None,
        lambda case, response: response.status_code == 413 and response.json()["code"] == "too_large",
        "what is too long is refused with 413, which the check does not count as refused",
    ),
    Exemption(
        "ST202",
        "POST /api/messages",
        lambda case, response: response.status_code == 413 and len(case.body["content"].encode()) > 16384,
        "content is limited in bytes of UTF-8, JSON Schema counts characters",
    ),
    Exemption(
        "ST202",
        None,  # registering, and setting a password anew
        lambda case, response: response.status_code == 400 and "first that are guessed" in detail(response),
        "the list of passwords that are guessed first is no part of a schema",
    ),
    Exemption(
        "ST202",
        "POST /api/auth/refresh",
        lambda case, response: response.status_code == 400 and detail(response) == "refresh_token is needed",
        "the token may come by a cookie instead, and no schema can say: one of the two",
    ),
    Exemption(
        "ST204",
        None,
        lambda case, response: response.request.method == "TRACE" and detail(response) == "TRACE with a body",
        "RFC 9110 section 9.3.8 forbids TRACE with content: it is refused as malformed, before any route",
    ),
    *(
        Exemption(
            check,
            "GET /ws",
            lambda case, response: response.status_code == 426 and "sec-websocket-version" in response.headers,
            "426 is the refusal of a handshake that RFC 6455 section 4.2.2 and RFC 9110 section 15.5.22 ask for",
        )
        for check in ("ST201", "ST203")
    ),
    Exemption(
        "ST202",
        "GET /ws",
        lambda case, response: detail(response) == "Connection does not name Upgrade",
        "an HTTP client library owns `Connection`: the handshake itself is for tests/e2e/test_websocket.py",
    ),
)


_made = itertools.count(1)


@schemathesis.hook
def map_case(context, case):
    """Registrations that are meant to succeed get a name of their own and a password that is not guessed
    first: the simplest values come again and again, and all but the first would be conflicts."""
    if case.operation.label != "POST /api/auth/register" or case.meta.generation.mode.is_negative:
        return case
    if isinstance(case.body, dict):
        case.body["username"] = f"{case.body['username'][:20]}-{next(_made)}"
        if len(set(case.body["password"])) < 3:
            case.body["password"] = PASSWORD
    return case


@schemathesis.hook
def filter_failure(context, failure, case, response):
    """False drops the finding."""
    for exemption in EXEMPTIONS:
        if (
            failure.code == exemption.check
            and exemption.operation in (None, case.operation.label)
            and exemption.applies(case, response)
        ):
            return False
    return True

def _claims(case):
    """What the access token of a request says, unchecked; nothing when there is no such token."""
    parts = str(case.headers.get("Authorization", "")).removeprefix("Bearer ").split(".")
    if case._auth_identity is None or len(parts) != 3:
        return {}
    return json.loads(base64.urlsafe_b64decode(parts[1] + "=" * (-len(parts[1]) % 4)))


def _another_login(case):
    """A device of the caller's that nobody else uses."""
    body = {"login": case._auth_identity, "password": PASSWORD}
    url = case.operation.schema.get_base_url().rstrip("/") + "/api/auth/login"
    answer = requests.post(url, json=body, timeout=10)
    answer.raise_for_status()
    return answer.json()


@schemathesis.hook
def before_call(context, case, kwargs):
    """The run lives on two logins. Ending one of them would leave it with 401 for everything, so another
    device of the same user is ended in its place."""
    if case.operation.label == "POST /api/auth/logout" and _claims(case):
        case.headers["Authorization"] = f"Bearer {_another_login(case)['access_token']}"
    if case.operation.label == "DELETE /api/devices/{device_id}":
        if case.path_parameters.get("device_id") == _claims(case).get("did", ...):
            case.path_parameters["device_id"] = _another_login(case)["device_id"]
