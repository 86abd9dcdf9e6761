"""The table of HTTP/1.1 requests: bytes as RFC 9110 and RFC 9112 make or forbid them, and what must become of each.

A row says: an id, the section, how much the RFC insists, the bytes, and the answers.

    served(…, bytes, 200, 401)    these requests are answered so, and the connection stays
    closing(…, bytes, 200)        the same, then the server closes: it was asked to, or an upgrade failed
    refused(…, bytes, 400)        the server answers so and closes: the bytes cannot be trusted.
                                  `before` are answers to good requests in front
    waits(…, bytes)               more bytes are due: 408 when they do not come

    MUST    the RFC demands it (of one answer, or that it be one of `allowed`)
    SHOULD  the RFC recommends it. With `why`, the server does something else, and that is the reason
    MAY     the RFC leaves it to the server; what it does is pinned down here
    STRICT  the RFC would let it pass; refused on purpose, and `why` says so

The ids are those of Http11Probe (github.com/MDA2AV/Http11Probe), so that one can compare; those with OWN- are ours.
`heads` are the places of answers to HEAD, which have no body.
"""

import collections

MUST, SHOULD, MAY, STRICT = "MUST", "SHOULD", "MAY", "STRICT"

Case = collections.namedtuple("Case", "id section level bytes answers requests fate allowed heads why")

CASES = []


def _case(id, section, level, data, answers, requests, fate, allowed=None, heads=(), why=""):
    """`answers` are the statuses, `requests` how many the server hands to a handler, `fate` what becomes of the
    connection: open, closed or waiting. `allowed` are the statuses that the RFC lets the last answer have."""
    CASES.append(Case(id, section, level, data, answers, requests, fate, allowed or answers[-1:], heads, why))


def served(id, section, level, data, *answers, **more):
    _case(id, section, level, data, answers, len(answers), "open", **more)


def closing(id, section, level, data, *answers, **more):
    _case(id, section, level, data, answers, len(answers), "closed", **more)


def refused(id, section, level, data, status, *, before=(), **more):
    _case(id, section, level, data, (*before, status), len(before), "closed", **more)


def waits(id, section, level, data, *, before=(), **more):
    _case(id, section, level, data, (*before, 408), len(before), "waiting", **more)


# --- bytes ----------------------------------------------------------------------------------------

HOST = b"Host: localhost"
CHUNKED = b"Transfer-Encoding: chunked"
BODY = b'{"refresh_token":"x"}'  # of a call that answers 401 when it has read it, and 400 when it is not JSON
LENGTH = b"Content-Length: %d" % len(BODY)
REFRESH = b"/api/auth/refresh"


def raw(*lines, body=b""):
    """These lines, an empty one, and the body."""
    return b"".join(line + b"\r\n" for line in lines) + b"\r\n" + body


def get(*fields, target=b"/healthz", method=b"GET", version=b"HTTP/1.1", body=b""):
    return raw(b" ".join((method, target, version)), HOST, *fields, body=body)


def post(*fields, body=BODY, target=REFRESH, version=b"HTTP/1.1"):
    return raw(b" ".join((b"POST", target, version)), HOST, *fields, body=body)


def chunked(*lines, fields=()):
    """A POST whose chunked body is exactly these lines, each ended by CRLF."""
    return post(CHUNKED, *fields, body=b"".join(line + b"\r\n" for line in lines))


def sized(value):
    """A POST with this Content-Length field value, raw, and BODY."""
    return post(b"Content-Length:" + value)


def coded(value, *fields):
    """A POST with this Transfer-Encoding field value, raw, and a chunked BODY."""
    return post(b"Transfer-Encoding:" + value, *fields, body=CHUNKS)


def hosted(value):
    return raw(b"GET /healthz HTTP/1.1", b"Host:" + value)


def upgrade(*fields, method=b"GET", version=b"HTTP/1.1", target=b"/ws"):
    key = b"Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ=="
    return raw(b" ".join((method, target, version)), HOST, key, *fields)


# BODY in one chunk, and then the last.
CHUNKS = b"15\r\n" + BODY + b"\r\n0\r\n\r\n"
# What a smuggler hides: never to be answered.
HIDDEN = get(target=b"/smuggled")


def head(*fields, **more):
    return get(*fields, method=b"HEAD", **more)


# --- the request line, the target, the version ----------------------------------------------------

served("COMP-BASELINE", "9112 2.1", MUST, get(), 200)
refused("RFC9112-2.2-BARE-LF-REQUEST-LINE", "9112 2.2", MAY, b"GET /healthz HTTP/1.1\nHost: localhost\r\n\r\n", 400)
refused("RFC9112-3-CR-ONLY-LINE-ENDING", "9112 2.2", MUST, b"GET /healthz HTTP/1.1\rHost: localhost\r\r", 400)
refused("RFC9112-3-MULTI-SP-REQUEST-LINE", "9112 3", SHOULD, get(target=b" /healthz"), 400)
refused("OWN-TWO-SPACES-BEFORE-VERSION", "9112 3", SHOULD, get(version=b" HTTP/1.1"), 400)
refused("RFC9112-3-MISSING-TARGET", "9112 3", SHOULD, raw(b"GET HTTP/1.1", HOST), 400)
refused("RFC9112-3.2-FRAGMENT-IN-TARGET", "9112 3.2", SHOULD, get(target=b"/healthz#x"), 400)
refused("RFC9112-2.3-HTTP09-REQUEST", "9112 2.3", MAY, b"GET /healthz\r\n", 400)
refused("RFC9112-2.3-INVALID-VERSION", "9110 2.5", SHOULD, get(version=b"HTTP/9.9"), 505, allowed=(505, 400))
refused("COMP-REQUEST-LINE-TAB", "9112 3", SHOULD, raw(b"GET\t/healthz\tHTTP/1.1", HOST), 400)
refused("COMP-VERSION-MISSING-MINOR", "9112 2.3", SHOULD, get(version=b"HTTP/1"), 400)
refused("COMP-VERSION-LEADING-ZEROS", "9112 2.3", SHOULD, get(version=b"HTTP/01.01"), 400)
refused("COMP-VERSION-WHITESPACE", "9112 2.3", SHOULD, get(version=b"HTTP/ 1.1"), 400)
refused("COMP-VERSION-CASE", "9112 2.3", SHOULD, get(version=b"http/1.1"), 400)
refused("COMP-HTTP12-VERSION", "9110 2.5", SHOULD, get(version=b"HTTP/1.2"), 505, allowed=(200,),
        why="there is no HTTP/1.2; a version that nobody has specified is not guessed at")
refused("MAL-H2-PREFACE", "9110 2.5", MAY, b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", 505)
served("COMP-LEADING-CRLF", "9112 2.2", SHOULD, b"\r\n" + get(), 200)
refused("OWN-LEADING-LF", "9112 2.2", MAY, b"\n" + get(), 400)
refused("OWN-LEADING-CRLF-FIVE", "9112 2.2", MAY, b"\r\n" * 5 + get(), 400)
refused("COMP-SPACE-IN-TARGET", "9112 3", SHOULD, get(target=b"/health z"), 400)
refused("COMP-ASTERISK-WITH-GET", "9112 3.2.4", MUST, get(target=b"*"), 400)
served("COMP-OPTIONS-STAR", "9110 9.3.7", MUST, get(target=b"*", method=b"OPTIONS"), 204)
served("COMP-ABSOLUTE-FORM", "9112 3.2.2", MUST, get(target=b"http://localhost/healthz"), 200)
served("OWN-ABSOLUTE-FORM-CASE", "9110 4.2.3", MUST, get(target=b"HTTP://LocalHost/healthz"), 200)
served("OWN-ABSOLUTE-FORM-IPV6", "9112 3.2.2", MUST, raw(b"GET http://[::1]:80/healthz HTTP/1.1", b"Host: [::1]:80"), 200)
served("OWN-ABSOLUTE-FORM-NO-PATH", "9112 3.2.1", MUST, get(target=b"http://localhost"), 200)
served("OWN-ABSOLUTE-FORM-QUERY", "9112 3.2.2", MUST, get(target=b"http://localhost?x=1"), 200)
served("OWN-OPTIONS-ABSOLUTE-NO-PATH", "9112 3.2.4", MUST, get(target=b"http://localhost", method=b"OPTIONS"), 204)
closing("OWN-ABSOLUTE-FORM-HTTP10", "9112 3.2.2", MUST, raw(b"GET http://localhost/healthz HTTP/1.0"), 200)
refused("SMUG-ABSOLUTE-URI-HOST-MISMATCH", "9112 3.2", MAY, get(target=b"http://other/healthz"), 400)
refused("OWN-ABSOLUTE-FORM-USERINFO", "9110 4.2.4", SHOULD, get(target=b"http://u@localhost/healthz"), 400)
refused("OWN-ABSOLUTE-FORM-NO-HOST", "9112 3.2", MUST, raw(b"GET http://localhost/healthz HTTP/1.1"), 400)
refused("OWN-ABSOLUTE-FORM-FTP", "9112 3.2", MAY, get(target=b"ftp://localhost/healthz"), 400)
refused("OWN-RELATIVE-TARGET", "9112 3.2.1", SHOULD, get(target=b"healthz"), 400)
refused("COMP-METHOD-CONNECT", "9110 9.3.6", MAY, get(target=b"localhost:443", method=b"CONNECT"), 400)
served("COMP-METHOD-CASE", "9110 9.1", MUST, get(method=b"get"), 405, allowed=(400, 405, 501))
served("COMP-UNKNOWN-METHOD", "9110 9.1", SHOULD, get(method=b"BREW"), 405, allowed=(501,),
       why="405 with Allow says more: which methods the path has")
served("OWN-UNKNOWN-METHOD-UNKNOWN-PATH", "9110 15.5.5", MAY, get(method=b"BREW", target=b"/nothing"), 404)
served("COMP-METHOD-TRACE", "9110 9.3.8", MAY, get(method=b"TRACE"), 405)
refused("COMP-TRACE-WITH-BODY", "9110 9.3.8", MAY, get(b"Content-Length: 5", method=b"TRACE", body=b"hello"), 400)
served("COMP-TRACE-SENSITIVE", "9110 9.3.8", MUST, get(b"Cookie: secret=1", method=b"TRACE"), 405)
served("COMP-405-ALLOW", "9110 15.5.6", MUST, get(method=b"DELETE"), 405)
served("COMP-OPTIONS-ALLOW", "9110 9.3.7", MAY, get(method=b"OPTIONS"), 405)
refused("COMP-LONG-URL-OK", "9112 3", SHOULD, get(target=b"/" + b"a" * 7900), 414, allowed=(200, 404),
        why="no path of this server has 4 KiB, and a head of 8 KiB bounds what a stranger can make it hold")
served("OWN-URL-4096", "9112 3", SHOULD, get(target=b"/" + b"a" * 4095), 404)
refused("MAL-LONG-URL", "9112 3", MUST, get(target=b"/" + b"a" * 65536), 414)
refused("MAL-LONG-METHOD", "9112 3", SHOULD, get(method=b"A" * 65536), 501)
refused("MAL-NUL-IN-URL", "9112 3.2", SHOULD, get(target=b"/health\x00z"), 400)
refused("MAL-NON-ASCII-URL", "9112 3.2", SHOULD, get(target=b"/caf\xc3\xa9"), 400)
refused("MAL-URL-OVERLONG-UTF8", "9112 3.2", SHOULD, get(target=b"/\xc0\xaf"), 400)
refused("MAL-URL-BACKSLASH", "9112 3.2", SHOULD, get(target=b"/a\\b"), 400)
served("MAL-URL-PERCENT-NULL", "9110 4.2.3", MAY, get(target=b"/health%00z"), 404)
served("MAL-URL-PERCENT-CRLF", "9110 4.2.3", MAY, get(target=b"/health%0d%0aX:y"), 404)
refused("OWN-URL-BAD-ESCAPE", "9112 3.2", SHOULD, get(target=b"/%zz"), 400)
refused("MAL-BINARY-GARBAGE", "9112 2.2", SHOULD, b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03" + bytes(range(256)), 400)
waits("MAL-INCOMPLETE-REQUEST", "9112 8", MAY, b"GET /healthz HTTP/1.1\r\nHost: local")
refused("MAL-WHITESPACE-ONLY-LINE", "9112 2.2", SHOULD, b"   \r\n\r\n", 400)

# --- Host -----------------------------------------------------------------------------------------

refused("RFC9112-7.1-MISSING-HOST", "9112 3.2", MUST, raw(b"GET /healthz HTTP/1.1"), 400)
refused("RFC9110-5.4-DUPLICATE-HOST", "9112 3.2", MUST, get(b"Host: other"), 400)
refused("COMP-DUPLICATE-HOST-SAME", "9112 3.2", MUST, get(b"Host: localhost"), 400)
refused("COMP-HOST-WITH-USERINFO", "9112 3.2", MUST, hosted(b" user@localhost"), 400)
refused("COMP-HOST-WITH-PATH", "9112 3.2", MUST, hosted(b" localhost/path"), 400)
refused("SMUG-MULTIPLE-HOST-COMMA", "9112 3.2", MUST, hosted(b" localhost, other"), 400)
refused("COMP-HOST-EMPTY-VALUE", "9110 4.2.1", MAY, hosted(b""), 400)
refused("OWN-HOST-PORT-LETTERS", "9112 3.2", MUST, hosted(b" localhost:abc"), 400)
refused("OWN-HOST-SPACE", "9112 3.2", MUST, hosted(b" local host"), 400)
served("OWN-HOST-PORT", "9112 3.2", MUST, hosted(b" localhost:8080"), 200)
served("OWN-HOST-IPV6", "9112 3.2", MUST, hosted(b" [2001:db8::1]:8080"), 200)
served("OWN-HOST-BLANKS-AROUND", "9112 5.1", MUST, hosted(b" \tlocalhost \t"), 200)
closing("COMP-HTTP10-NO-HOST", "9112 3.2", MUST, raw(b"GET /healthz HTTP/1.0"), 200)

# --- fields ---------------------------------------------------------------------------------------

refused("RFC9112-2.2-BARE-LF-HEADER", "9112 2.2", MAY, b"GET /healthz HTTP/1.1\r\nHost: localhost\nX: y\r\n\r\n", 400)
refused("RFC9112-5.1-OBS-FOLD", "9112 5.2", MUST, get(b"X: a\r\n b"), 400)
refused("RFC9110-5.6.2-SP-BEFORE-COLON", "9112 5.1", MUST, get(b"X : a"), 400)
refused("RFC9112-5-EMPTY-HEADER-NAME", "9112 5", SHOULD, get(b": a"), 400)
refused("RFC9112-5-INVALID-HEADER-NAME", "9112 5", SHOULD, get(b"X[y]: a"), 400)
refused("RFC9112-5-HEADER-NO-COLON", "9112 5", SHOULD, get(b"nonsense"), 400)
refused("COMP-WHITESPACE-BEFORE-HEADERS", "9112 2.2", MUST, raw(b"GET /healthz HTTP/1.1", b" X: y", HOST), 400)
refused("SMUG-BARE-CR-HEADER-VALUE", "9112 2.2", MUST, get(b"X: a\rb"), 400)
refused("MAL-CONTROL-CHARS-HEADER", "9110 5.5", MAY, get(b"X: a\x01\x1b\x7fb"), 400)
refused("MAL-NUL-IN-HEADER-VALUE", "9110 5.5", MUST, get(b"X: a\x00b"), 400)
refused("MAL-NON-ASCII-HEADER-NAME", "9112 5", SHOULD, get(b"X\xc3\xa9: a"), 400)
served("OWN-OBS-TEXT", "9110 5.5", SHOULD, get(b"X: caf\xe9 \xff"), 200)
served("OWN-EMPTY-VALUE", "9112 5", MUST, get(b"X:", b"Y: \t"), 200)
served("OWN-NAME-ALL-TCHARS", "9110 5.6.2", MUST, get(b"!#$%&'*+-.^_`|~09azAZ: a"), 200)
refused("MAL-LONG-HEADER-NAME", "9110 5.4", MUST, get(b"X" * 65536 + b": a"), 431)
refused("MAL-LONG-HEADER-VALUE", "9110 5.4", MUST, get(b"X: " + b"a" * 65536), 431)
refused("MAL-MANY-HEADERS", "9110 5.4", MUST, get(*(b"X%d: a" % i for i in range(10000))), 431)
served("OWN-HEADERS-OF-7-KIB", "9110 5.4", MAY, get(b"X: " + b"a" * 7168), 200)
served("COMP-CONTENT-TYPE", "9110 8.3", SHOULD, get(), 200)
served("COMP-DATE-HEADER", "9110 6.6.1", MUST, get(target=b"/nothing"), 404)
served("COMP-DATE-FORMAT", "9110 5.6.7", MUST, get(), 200)
served("COMP-ACCEPT-NONSENSE", "9110 12.5.1", MAY, get(b"Accept: nonsense"), 200)
served("COMP-RANGE-INVALID", "9110 14.2", MAY, get(b"Range: bytes=9-1"), 200)
served("MAL-RANGE-OVERLAPPING", "9110 14.2", MAY, get(b"Range: bytes=" + b",".join([b"0-9"] * 100)), 200)
served("COMP-RANGE-POST", "9110 14.2", MUST, post(LENGTH, b"Range: bytes=0-1"), 401)
served("COMP-DUPLICATE-CT", "9110 5.3", MAY, post(LENGTH, b"Content-Type: text/plain", b"Content-Type: application/json"), 401)
served("COMP-POST-UNSUPPORTED-CT", "9110 15.5.16", MAY, post(LENGTH, b"Content-Type: text/x-nonsense"), 401)

# --- the connection -------------------------------------------------------------------------------

closing("COMP-CONNECTION-CLOSE", "9112 9.6", MUST, get(b"Connection: close"), 200)
closing("OWN-CONNECTION-CLOSE-CASE", "9110 7.6.1", MUST, get(b"Connection: x, CLOSE"), 200)
closing("OWN-CONNECTION-CLOSE-EMPTY-ELEMENT", "9110 5.6.1.2", MUST, get(b"Connection: , ,close,"), 200)
closing("OWN-CONNECTION-CLOSE-TWO-LINES", "9110 5.3", MUST, get(b"Connection: keep-alive", b"Connection: close"), 200)
closing("OWN-CLOSE-THEN-REQUEST", "9112 9.6", MUST, get(b"Connection: close") + HIDDEN, 200)
closing("COMP-HTTP10-DEFAULT-CLOSE", "9112 9.3", SHOULD, get(version=b"HTTP/1.0"), 200)
served("OWN-HTTP10-KEEP-ALIVE", "9112 9.3", MAY, get(b"Connection: keep-alive", version=b"HTTP/1.0"), 200)
served("SMUG-PIPELINE-SAFE", "9112 9.3.2", MUST, get() + get(target=b"/nothing"), 200, 404)
served("OWN-PIPELINE-OF-TEN", "9112 9.3.2", MUST, (get() + post(LENGTH)) * 5, *(200, 401) * 5)
_case("MAL-EMPTY-REQUEST", "9112 9.5", MAY, b"", (), 0, "waiting", allowed=())
waits("OWN-EMPTY-LINES-ONLY", "9112 2.2", MAY, b"\r\n\r")

# --- HEAD -----------------------------------------------------------------------------------------

served("COMP-HEAD-NO-BODY", "9110 9.3.2", MUST, head() + get(), 200, 200, heads=(0,))
served("OWN-HEAD-404", "9110 9.3.2", MUST, head(target=b"/nothing") + get(), 404, 200, heads=(0,))
served("SMUG-HEAD-CL-BODY", "9110 9.3.2", MUST, head(b"Content-Length: 5", body=b"hello") + get(), 200, 200, heads=(0,))
refused("OWN-HEAD-REFUSED", "9110 9.3.2", MUST, raw(b"HEAD /healthz HTTP/1.1"), 400, heads=(0,))
refused("OWN-HEAD-BOTH-FRAMINGS", "9110 9.3.2", MUST, head(LENGTH, CHUNKED, body=CHUNKS), 400, heads=(0,))
refused("OWN-GARBAGE-BEHIND-HEAD", "9112 6.3", MUST, head() + b"garbage\r\n", 400, before=(200,), heads=(0,))

# --- Content-Length -------------------------------------------------------------------------------

served("COMP-POST-CL-BODY", "9112 6.3", MUST, post(LENGTH), 401)
served("COMP-POST-CL-ZERO", "9112 6.3", MUST, post(b"Content-Length: 0", body=b""), 400)
served("COMP-POST-NO-CL-NO-TE", "9112 6.3", MUST, post(body=b""), 400, allowed=(400, 411))
waits("COMP-POST-CL-UNDERSEND", "9112 8", MAY, post(b"Content-Length: 100"))
served("COMP-GET-WITH-CL-BODY", "9110 9.3.1", MUST, get(b"Content-Length: 5", body=b"hello") + get(), 200, 200)
served("SMUG-OPTIONS-CL-BODY", "9112 6.3", MUST, get(b"Content-Length: 5", method=b"OPTIONS", body=b"hello") + get(), 405, 200)
refused("RFC9112-6.1-CL-NON-NUMERIC", "9112 6.3", MUST, sized(b" abc"), 400)
refused("RFC9112-6.1-CL-PLUS-SIGN", "9112 6.3", MUST, sized(b" +21"), 400)
refused("SMUG-CL-NEGATIVE", "9112 6.3", MUST, sized(b" -1"), 400)
refused("SMUG-CL-NEGATIVE-ZERO", "9112 6.3", MUST, sized(b" -0"), 400)
refused("SMUG-CL-OCTAL", "9112 6.3", MUST, sized(b" 0o25"), 400)
refused("SMUG-CL-HEX-PREFIX", "9112 6.3", MUST, sized(b" 0x15"), 400)
refused("SMUG-CL-INTERNAL-SPACE", "9112 6.3", MUST, sized(b" 2 1"), 400)
refused("SMUG-CL-UNDERSCORE", "9112 6.3", MUST, sized(b" 2_1"), 400)
refused("SMUG-CL-COMMA-DIFFERENT", "9112 6.3", MUST, sized(b" 21, 22"), 400)
refused("SMUG-CL-COMMA-SAME", "9110 8.6", MAY, sized(b" 21, 21"), 400)
refused("SMUG-CL-COMMA-TRIPLE", "9110 8.6", MAY, sized(b" 21,21,21"), 400)
refused("SMUG-DUPLICATE-CL", "9112 6.3", MUST, post(LENGTH, b"Content-Length: 22"), 400)
refused("OWN-DUPLICATE-CL-SAME", "9110 8.6", MAY, post(LENGTH, LENGTH), 400)
refused("MAL-CL-EMPTY", "9112 6.3", MUST, sized(b""), 400)
refused("MAL-CL-OVERFLOW", "9112 6.3", MUST, sized(b" 99999999999999999999999"), 400)
refused("OWN-CL-2-TO-64-PLUS", "9112 6.3", MUST, sized(b" 18446744073709551637"), 400)
refused("MAL-POST-CL-HUGE-NO-BODY", "9110 15.5.14", MAY, post(b"Content-Length: 999999999999999", body=b""), 413)
refused("OWN-CL-OVER-LIMIT", "9110 15.5.14", MAY, post(b"Content-Length: 131073", body=b""), 413)
served("SMUG-CL-TRAILING-SPACE", "9112 5.1", MUST, sized(b" 21 \t"), 401)
served("SMUG-CL-EXTRA-LEADING-SP", "9112 5.1", MUST, sized(b"    21"), 401)
served("MAL-CL-TAB-BEFORE-VALUE", "9112 5.1", MUST, sized(b"\t21"), 401)
refused("SMUG-CL-LEADING-ZEROS", "9110 8.6", STRICT, sized(b" 021"), 400, allowed=(401,),
        why="some read a leading zero as octal: then two readers see two lengths")
refused("SMUG-CL-DOUBLE-ZERO", "9110 8.6", STRICT, sized(b" 00"), 400, allowed=(400, 401), why="as leading zeros")
refused("SMUG-CL-LEADING-ZEROS-OCTAL", "9110 8.6", STRICT, sized(b" 025"), 400, allowed=(401,), why="as leading zeros")
served("NORM-UNDERSCORE-CL", "9110 5.1", MUST, post(b"Content_Length: 21", body=b""), 400)
refused("NORM-SP-BEFORE-COLON-CL", "9112 5.1", MUST, post(b"Content-Length : 21"), 400)
refused("NORM-TAB-IN-NAME", "9112 5.1", MUST, post(b"Content-Length\t: 21"), 400)

# --- Transfer-Encoding ----------------------------------------------------------------------------

served("OWN-TE-CHUNKED", "9112 7.1", MUST, coded(b" chunked"), 401)
refused("SMUG-CL-TE-BOTH", "9112 6.1", MUST, post(LENGTH, CHUNKED, body=CHUNKS), 400)
refused("SMUG-TE-XCHUNKED", "9112 6.1", SHOULD, coded(b" xchunked"), 501)
refused("COMP-UNKNOWN-TE-501", "9112 6.1", SHOULD, coded(b" gzip, chunked"), 501)
refused("SMUG-TE-IDENTITY", "9112 7", SHOULD, coded(b" identity"), 501)
served("SMUG-TE-TRAILING-SPACE", "9112 5.1", MUST, coded(b" chunked \t"), 401)
served("SMUG-TE-TAB-BEFORE-VALUE", "9112 5.1", MUST, coded(b"\tchunked"), 401)
served("SMUG-TE-CASE-MISMATCH", "9112 7", MUST, coded(b" Chunked"), 401)
served("NORM-CASE-TE", "9110 5.1", MUST, post(b"TRANSFER-ENCODING: CHUNKED", body=CHUNKS), 401)
refused("SMUG-TE-SP-BEFORE-COLON", "9112 5.1", MUST, post(b"Transfer-Encoding : chunked", body=CHUNKS), 400)
refused("SMUG-TE-DOUBLE-CHUNKED", "9112 6.1", MAY, coded(b" chunked, chunked"), 400)
refused("SMUG-TE-NOT-FINAL-CHUNKED", "9112 6.3", MUST, coded(b" chunked, gzip"), 400)
refused("SMUG-TE-HTTP10", "9112 6.1", MUST, post(CHUNKED, body=CHUNKS, version=b"HTTP/1.0"), 400)
refused("SMUG-TE-EMPTY-VALUE", "9112 6.1", MAY, coded(b"", LENGTH), 400)
refused("SMUG-TE-LEADING-COMMA", "9110 5.6.1.2", STRICT, coded(b" , chunked"), 400, allowed=(401,),
        why="a proxy that does not know the value sees no body, and takes ours for the next request")
refused("SMUG-TE-TRAILING-COMMA", "9110 5.6.1.2", STRICT, coded(b" chunked,"), 400, allowed=(401,),
        why="as the leading comma")
refused("SMUG-TE-DUPLICATE-HEADERS", "9112 6.1", MAY, coded(b" chunked", b"Transfer-Encoding: identity"), 400)
refused("SMUG-TE-VTAB", "9112 6.1", SHOULD, coded(b" \x0bchunked"), 400)
refused("SMUG-TE-FORMFEED", "9112 6.1", SHOULD, coded(b" \x0cchunked"), 400)
refused("SMUG-TE-NULL", "9110 5.5", MUST, coded(b" chunked\x00"), 400)
refused("SMUG-CHUNKED-WITH-PARAMS", "9112 7", MAY, coded(b" chunked;a=b"), 400)
refused("OWN-TE-QUOTED", "9112 7", MAY, coded(b' "chunked"'), 400)
refused("SMUG-TE-OBS-FOLD", "9112 5.2", MUST, coded(b"\r\n chunked", LENGTH), 400)
refused("SMUG-OPTIONS-TE-OBS-FOLD", "9112 5.2", MUST, get(b"Transfer-Encoding:\r\n chunked", method=b"OPTIONS"), 400)
served("SMUG-TRANSFER_ENCODING", "9110 5.1", MUST, post(LENGTH, b"Transfer_Encoding: chunked"), 401)
served("NORM-UNDERSCORE-TE", "9110 5.1", MUST, post(b"Transfer_Encoding: chunked", body=b""), 400)

# --- chunks ---------------------------------------------------------------------------------------

served("COMP-CHUNKED-BODY", "9112 7.1", MUST, chunked(b"15", BODY, b"0", b""), 401)
served("COMP-CHUNKED-MULTI", "9112 7.1", MUST, chunked(b"1", BODY[:1], b"4", BODY[1:5], b"10", BODY[5:], b"0", b""), 401)
served("COMP-CHUNKED-EMPTY", "9112 7.1", MUST, chunked(b"0", b"") + get(), 400, 200)
waits("COMP-CHUNKED-NO-FINAL", "9112 8", MAY, chunked(b"15", BODY))
served("COMP-CHUNKED-HEX-UPPERCASE", "9112 7.1", MUST, chunked(b"A", BODY[:10], b"B", BODY[10:], b"0", b""), 401)
served("OWN-CHUNKED-HEX-LOWERCASE", "9112 7.1", MUST, chunked(b"a", BODY[:10], b"b", BODY[10:], b"0", b""), 401)
served("OWN-CHUNK-LEADING-ZEROS", "9112 7.1", MUST, chunked(b"0015", BODY, b"000", b""), 401)
served("COMP-CHUNKED-EXTENSION", "9112 7.1.1", MUST, chunked(b'15;a;b=c;d="e \\" f"', BODY, b"0;g", b""), 401)
served("OWN-CHUNK-EXT-BWS", "9110 5.6.3", MUST, chunked(b'15 ; a = b\t;\tc="d"', BODY, b"0", b""), 401)
served("COMP-CHUNKED-TRAILER-VALID", "9112 7.1.2", MUST, chunked(b"15", BODY, b"0", b"X-Checksum: abc", b"") + get(), 401, 200)
refused("SMUG-CHUNK-BARE-SEMICOLON", "9112 7.1.1", MAY, chunked(b"15;", BODY, b"0", b""), 400)
refused("SMUG-CHUNK-EXT-INVALID-TOKEN", "9112 7.1.1", MAY, chunked(b"15;a[=b", BODY, b"0", b""), 400)
refused("SMUG-CHUNK-EXT-LF", "9112 7.1.1", MAY, chunked(b"15;a\n", BODY, b"0", b""), 400)
refused("SMUG-CHUNK-EXT-CTRL", "9112 7.1.1", MAY, chunked(b"15;a=\x01", BODY, b"0", b""), 400)
refused("SMUG-CHUNK-EXT-CR", "9112 2.2", MUST, chunked(b"15;a\rb", BODY, b"0", b""), 400)
refused("MAL-CHUNK-EXT-64K", "9112 7.1.1", MUST, chunked(b"15;a=" + b"b" * 65536, BODY, b"0", b""), 400)
refused("SMUG-CHUNK-HEX-PREFIX", "9112 7.1", MAY, chunked(b"0x15", BODY, b"0", b""), 400)
refused("SMUG-CHUNK-SIZE-PLUS", "9112 7.1", MAY, chunked(b"+15", BODY, b"0", b""), 400)
refused("SMUG-CHUNK-NEGATIVE", "9112 7.1", MAY, chunked(b"-15", BODY, b"0", b""), 400)
refused("SMUG-CHUNK-UNDERSCORE", "9112 7.1", MAY, chunked(b"1_5", BODY, b"0", b""), 400)
refused("SMUG-CHUNK-SIZE-TRAILING-OWS", "9112 7.1", MAY, chunked(b"15 ", BODY, b"0", b""), 400)
refused("SMUG-CHUNK-LEADING-SP", "9112 7.1", MAY, chunked(b" 15", BODY, b"0", b""), 400)
refused("OWN-CHUNK-NO-SIZE", "9112 7.1", MAY, chunked(b"", BODY, b"0", b""), 400)
refused("MAL-CHUNK-SIZE-OVERFLOW", "9112 7.1", MUST, chunked(b"FFFFFFFFFFFFFFFFF", BODY, b"0", b""), 400)
refused("OWN-CHUNK-2-TO-64", "9112 7.1", MUST, chunked(b"10000000000000015", BODY, b"0", b""), 400)
refused("OWN-CHUNK-OVER-LIMIT", "9110 15.5.14", MAY, chunked(b"20001"), 413)
refused("SMUG-CHUNK-MISSING-TRAILING-CRLF", "9112 7.1", MAY, post(CHUNKED, body=b"15\r\n" + BODY + b"0\r\n\r\n"), 400)
refused("SMUG-CHUNK-SPILL", "9112 7.1", MAY, chunked(b"5", BODY, b"0", b""), 400)
refused("SMUG-CHUNK-LF-TERM", "9112 7.1", MAY, post(CHUNKED, body=b"15\n" + BODY + b"\r\n0\r\n\r\n"), 400)
refused("OWN-CHUNK-LF-BEHIND-DATA", "9112 7.1", MAY, post(CHUNKED, body=b"15\r\n" + BODY + b"\n0\r\n\r\n"), 400)
refused("SMUG-CHUNK-BARE-CR-TERM", "9112 2.2", MUST, post(CHUNKED, body=b"15\r" + BODY + b"\r\n0\r\n\r\n"), 400)
refused("SMUG-CHUNK-LF-TRAILER", "9112 7.1.2", MAY, post(CHUNKED, body=b"15\r\n" + BODY + b"\r\n0\r\nX: y\n\r\n"), 400)
refused("SMUG-TRAILER-CL", "9110 6.5.1", MAY, chunked(b"15", BODY, b"0", b"Content-Length: 50", b""), 400)
refused("SMUG-TRAILER-TE", "9110 6.5.1", MAY, chunked(b"15", BODY, b"0", CHUNKED, b""), 400)
refused("SMUG-TRAILER-HOST", "9110 6.5.1", MAY, chunked(b"15", BODY, b"0", b"Host: other", b""), 400)
refused("SMUG-TRAILER-AUTH", "9110 6.5.1", MAY, chunked(b"15", BODY, b"0", b"Authorization: Bearer x", b""), 400)
refused("SMUG-TRAILER-CONTENT-TYPE", "9110 6.5.1", MAY, chunked(b"15", BODY, b"0", b"Content-Type: a/b", b""), 400)

# --- Expect ---------------------------------------------------------------------------------------

CONTINUE = b"Expect: 100-continue"

served("SMUG-EXPECT-100-CL", "9110 10.1.1", MUST, post(LENGTH, CONTINUE), 401)
refused("COMP-EXPECT-UNKNOWN", "9110 10.1.1", MAY, post(LENGTH, b"Expect: 200-ok"), 417)
closing("COMP-NO-1XX-HTTP10", "9110 15.2", MUST, post(LENGTH, CONTINUE, version=b"HTTP/1.0"), 401)
served("OWN-EXPECT-CASE", "9110 10.1.1", MUST, post(LENGTH, b"Expect: 100-Continue"), 401)
served("OWN-EXPECT-NO-BODY", "9110 10.1.1", MUST, get(CONTINUE), 200)
served("SMUG-EXPECT-100-CL-DESYNC", "9110 10.1.1", MUST, post(LENGTH, CONTINUE) + get(), 401, 200)

# --- Upgrade --------------------------------------------------------------------------------------

UPGRADE = (b"Upgrade: websocket", b"Connection: Upgrade", b"Sec-WebSocket-Version: 13")

closing("COMP-UPGRADE-POST", "6455 4.1", MUST, upgrade(*UPGRADE, b"Content-Length: 0", method=b"POST"), 405)
closing("COMP-UPGRADE-MISSING-CONN", "9110 7.8", MUST, upgrade(UPGRADE[0], UPGRADE[2]), 400, allowed=(400, 426))
served("COMP-UPGRADE-UNKNOWN", "9110 7.8", MAY, get(b"Upgrade: nonsense/1", b"Connection: Upgrade"), 200)
closing("COMP-UPGRADE-INVALID-VER", "6455 4.4", MUST, upgrade(*UPGRADE[:2], b"Sec-WebSocket-Version: 99"), 426)
closing("COMP-UPGRADE-HTTP10", "9110 7.8", MUST, upgrade(*UPGRADE, version=b"HTTP/1.0"), 426)
served("OWN-426-NAMES-UPGRADE", "9110 7.8", MUST, get(target=b"/ws"), 426)
served("COMP-NO-CL-IN-204", "9110 8.6", MUST, get(target=b"*", method=b"OPTIONS"), 204)

# --- cookies: whatever they are, a request is one request -----------------------------------------

served("COOK-ECHO", "6265 5.4", MAY, get(b"Cookie: a=b"), 200)
served("COOK-EMPTY", "6265 4.2", MAY, get(b"Cookie:"), 200)
served("COOK-PARSED-BASIC", "6265 4.2", MAY, post(LENGTH, b"Cookie: a=b"), 401)
served("COOK-PARSED-MULTI", "6265 4.2", MAY, post(LENGTH, b"Cookie: a=b; c=d; e=f"), 401)
served("COOK-PARSED-EMPTY-VAL", "6265 4.2", MAY, post(LENGTH, b"Cookie: a="), 401)
served("COOK-PARSED-SPECIAL", "6265 4.2", MAY, post(LENGTH, b'Cookie: a="b c"; d=e=f; g=%20/?@'), 401)
served("COOK-MANY-PAIRS", "6265 6.1", MAY, post(LENGTH, b"Cookie: " + b"; ".join(b"a%d=b" % i for i in range(500))), 401)
served("COOK-MALFORMED", "6265 5.4", MAY, post(LENGTH, b"Cookie: ===;;; ,=;parley_refresh;parley_refresh="), 401)
served("COOK-MULTI-HEADER", "6265 5.4", MAY, post(LENGTH, b"Cookie: a=b", b"Cookie: parley_refresh=x"), 401)
refused("COOK-OVERSIZED", "9110 5.4", MUST, get(b"Cookie: a=" + b"b" * 65536), 431)
refused("COOK-NUL", "9110 5.5", MUST, get(b"Cookie: a=b\x00c"), 400)
refused("COOK-CONTROL-CHARS", "9110 5.5", MAY, get(b"Cookie: a=\x01\x02"), 400)

# --- smuggling: one request that hides another ----------------------------------------------------
# The hidden request asks for /smuggled, which would answer 404.

BOTH = b"0\r\n\r\n" + HIDDEN
ALL_OF_IT = b"Content-Length: %d" % len(BOTH)

refused("SMUG-CLTE-PIPELINE", "9112 6.1", MUST, post(b"Content-Length: 4", CHUNKED, body=BOTH), 400)
refused("SMUG-TECL-PIPELINE", "9112 6.1", MUST, post(CHUNKED, b"Content-Length: 4", body=BOTH), 400)
refused("SMUG-CLTE-CONN-CLOSE", "9112 6.1", MUST, post(ALL_OF_IT, CHUNKED, b"Connection: close", body=BOTH), 400)
refused("SMUG-TECL-CONN-CLOSE", "9112 6.1", MUST, post(CHUNKED, ALL_OF_IT, b"Connection: close", body=BOTH), 400)
refused("SMUG-CLTE-DESYNC", "9112 6.1", MUST, post(b"Content-Length: 6", CHUNKED, body=b"0\r\n\r\nX" + get()), 400)
refused("SMUG-TECL-DESYNC", "9112 6.1", MUST, post(CHUNKED, b"Content-Length: 30", body=b"0\r\n\r\nX" + get()), 400)
refused("SMUG-CLTE-SMUGGLED-GET", "9112 6.1", MUST, post(ALL_OF_IT, CHUNKED, body=BOTH), 400)
refused("SMUG-TECL-SMUGGLED-GET", "9112 6.1", MUST,
        post(CHUNKED, b"Content-Length: 4", body=b"%x\r\n" % len(HIDDEN) + HIDDEN + b"\r\n0\r\n\r\n"), 400)
refused("SMUG-CLTE-SMUGGLED-HEAD", "9112 6.1", MUST,
        post(b"Content-Length: 60", CHUNKED, body=b"0\r\n\r\n" + head(target=b"/smuggled")), 400)
refused("SMUG-CLTE-SMUGGLED-GET-CL-PLUS", "9112 6.3", MUST, post(b"Content-Length: +60", CHUNKED, body=BOTH), 400)
refused("SMUG-CLTE-SMUGGLED-GET-CL-NON-NUMERIC", "9112 6.3", MUST, post(b"Content-Length: N", CHUNKED, body=BOTH), 400)
refused("SMUG-CLTE-SMUGGLED-GET-TE-OBS-FOLD", "9112 5.2", MUST,
        post(ALL_OF_IT, b"Transfer-Encoding:\r\n chunked", body=BOTH), 400)
refused("SMUG-CLTE-SMUGGLED-GET-TE-TRAILING-SPACE", "9112 6.1", MUST,
        post(ALL_OF_IT, b"Transfer-Encoding: chunked ", body=BOTH), 400)
refused("SMUG-CLTE-SMUGGLED-GET-TE-LEADING-COMMA", "9112 6.1", MUST,
        post(ALL_OF_IT, b"Transfer-Encoding: , chunked", body=BOTH), 400)
refused("SMUG-CLTE-SMUGGLED-GET-TE-CASE-MISMATCH", "9112 6.1", MUST,
        post(ALL_OF_IT, b"Transfer-Encoding: CHUNKED", body=BOTH), 400)
refused("SMUG-TE-DUPLICATE-HEADERS-SMUGGLED-GET", "9112 6.1", MAY,
        post(CHUNKED, b"Transfer-Encoding: cow", body=BOTH), 400)
refused("SMUG-DUPLICATE-CL-SMUGGLED-GET", "9112 6.3", MUST, post(b"Content-Length: 0", ALL_OF_IT, body=BOTH), 400)
refused("SMUG-CHUNK-INVALID-SIZE-DESYNC", "9112 7.1", MAY, post(CHUNKED, body=b"0x0\r\n\r\n" + HIDDEN), 400)
refused("OWN-CHUNK-SIZE-LF-DESYNC", "9112 7.1", MAY, post(CHUNKED, body=b"2;\nxx\r\n0\r\n\r\n" + HIDDEN), 400)
served("SMUG-GET-CL-BODY-DESYNC", "9112 6.3", MUST,
       get(b"Content-Length: %d" % len(HIDDEN), body=HIDDEN) + get(), 200, 200)
served("SMUG-OPTIONS-CL-BODY-DESYNC", "9112 6.3", MUST,
       get(b"Content-Length: %d" % len(HIDDEN), method=b"OPTIONS", body=HIDDEN) + get(), 405, 200)
served("SMUG-GET-CL-PREFIX-DESYNC", "9112 6.3", MUST,
       get(b"Content-Length: 24", body=b"GET /smuggled HTTP/1.1\r\n") + get(), 200, 200)
refused("SMUG-CL0-BODY-POISON", "9112 6.3", MUST, post(b"Content-Length: 0", body=b"\x01" + get()), 400, before=(400,))
served("OWN-CHUNKED-THEN-GET", "9112 6.3", MUST, post(CHUNKED, body=CHUNKS) + get(), 401, 200)
refused("OWN-CL-TOO-SHORT", "9112 6.3", MUST, post(b"Content-Length: 20"), 400, before=(400,))
