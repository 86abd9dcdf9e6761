#!/usr/bin/python3
"""The style that matters, as a test: every rule here fails the build with a sentence that says why.

    tools/tidy.py               check the tree
    tools/tidy.py --self-test   show that each rule can fail (tools/tidy_cases.py has the bad code)

A rule takes the tree and yields findings. It reads a file's `text`, or its `code`: the same text
with comments and the insides of strings blanked, so that line and column stay the same.
"""

import os
import re
import sys
from dataclasses import dataclass, field
from typing import Callable, Iterable, Iterator

FILE_LINES_MAX = 800
FUNCTION_LINES_MAX = 70

# --- who may include whom -------------------------------------------------------------------------
# The key is a module or a group of modules; `*` stands for one folder. Every module may include
# itself. `app` sees everything.
ARROWS = {
    "base": set(),
    "runtime": {"base"},
    "core": {"base"},
    "ports": {"base", "core", "runtime"},
    "services/*": {"base", "core", "ports", "runtime", "services/*"},
    "adapters/*": {"base", "core", "ports", "runtime"},
    "gateway/http": {"base"},
    "gateway/websocket": {"base"},
    "gateway/wire": {"base", "core"},
    "gateway": {"base", "core", "runtime", "services/*", "gateway/*"},
    "bench": {"base", "runtime", "gateway/websocket"},
    "app": {"*"},
}
# What the *_test.cc and *_test.h of a module may include beyond that: fakes, not mocks.
TEST_ARROWS = {
    "services/*": {"adapters/memory"},
    "gateway": {"adapters/memory", "ports"},
}
ARROW_REASONS = {
    "base": "base knows nothing of the rest",
    "runtime": "runtime is the loop, below the rules of chat: it knows base only",
    "core": "core is pure: it decides from facts it is given and knows base only",
    "ports": "ports say what the rules need, in words of core; they do not know who provides it",
    "services": "services do not know which adapter runs, nor who calls them",
    "adapters": "an adapter provides ports; it knows neither services nor other adapters",
    "gateway": "gateway reaches stores through services only; its codecs know no service",
    "bench": "the load generator is a client: it knows the wire, not the server",
}

# --- third-party headers: (header, where in src/ it may be included, why) -------------------------
THIRD_PARTY = [
    (r"simdjson\.h", r"(base/json|gateway/wire/)[^/]*", "JSON is read in gateway/wire"),
    (r"openssl/.*",
     r"runtime/tls[^/]*\.cc|base/(crypto|es256)[^/]*\.cc|gateway/websocket/accept_key\.cc",
     "OpenSSL stays behind runtime's TLS, base/crypto.h and WebSocket's accept key"),
    (r"sodium(/.*|\.h)", r"base/(crypto|password|hash)[^/]*\.cc",
     "libsodium stays behind base/crypto.h, base/password.h and base/hash.h"),
    (r"zlib\.h", r"gateway/websocket/.*", "only permessage-deflate compresses"),
    (r"archive(_entry)?\.h", r"adapters/archive/.*", "libarchive stays in its adapter"),
    (r"sqlite3\.h", r"adapters/sqlite/.*", "SQLite stays in its adapter"),
    (r"rocksdb/.*", r"adapters/rocksdb/.*", "RocksDB stays in its adapter"),
    (r"boost/asio.*", r"runtime/.*", "only runtime knows Asio; take a Loop, a Stream or a timer"),
    (r"boost/beast.*", r"gateway/http/.*", "only the HTTP parser knows Beast"),
    (r"boost/.*", r"(runtime|gateway/http)/.*", "Boost is for the loop and the HTTP parser"),
    (r"spdlog/.*", r"base/.*", "log through base/log.h"),
    (r"prometheus/.*", r"base/.*", "measure through base/metrics.h"),
    (r"CLI/.*", r"app/.*", "the command line belongs to app"),
    (r"toml\+\+/.*", r"app/.*", "configuration is read once, in app"),
    (r"libpq-fe\.h", r"adapters/postgres/.*", "libpq stays in its adapter"),
    (r"cassandra\.h", r"adapters/cassandra/.*", "the Cassandra driver stays in its adapter"),
    (r"hiredis/.*", r"adapters/redis/.*", "hiredis stays in its adapter"),
    (r"librdkafka/.*", r"adapters/kafka/.*", "librdkafka stays in its adapter"),
]

# --- banned words: (name, pattern, where it is allowed, what to do instead) -----------------------
TESTS = r"tests/.*|.*_test\.(cc|h)"
BENCH = r"bench/.*|src/bench/.*"
THREADED = rf"src/runtime/.*|src/adapters/.*|{BENCH}|{TESTS}"
BANNED = [
    ("mutex", r"\bstd::(\w*mutex|lock_guard|scoped_lock|unique_lock|shared_lock"
              r"|condition_variable\w*)\b", THREADED,
     "one loop owns each mutable object: post a value to its loop (locks live in runtime and "
     "adapters)"),
    ("thread", r"\bstd::(thread|jthread|async)\b|\bpthread_create\b", THREADED,
     "threads belong to runtime: use a loop, or the pool for calls that block"),
    ("sleep", r"\bstd::this_thread::sleep\w*|\b(usleep|nanosleep)\s*\("
              r"|(?<!\w)::sleep\s*\(|[;{}]\s*sleep\s*\(",
     BENCH, "nothing sleeps: wait on a timer of the loop; tests turn the clock or poll"),
    ("cout", r"\bstd::(cout|cerr|clog)\b|(?<![\w.>])(std::)?(printf|puts)\s*\(",
     rf"src/app/.*|fuzz/.*|{BENCH}|{TESTS}", "log through base/log.h"),
    ("using-namespace",
     r"\busing\s+namespace\s+(?!(std::)?(\w+::)*(\w*literals|chrono)\s*;)", r"",
     "name what you use; only literals and std::chrono may come in whole, inside a function"),
    ("new", r"(?<!operator )\bnew\s+[A-Za-z_:]", r"",
     "ownership is visible: std::make_unique, or a value"),
    ("detach", r"(\.|->)detach\s*\(", r"",
     "background work belongs to a scope: TaskScope::spawn"),
    ("shared-from-this", r"\b(enable_)?shared_from_this\b", r"",
     "no object keeps itself alive: its owner does, others hold an id that may be gone"),
    ("regex", r"\bstd::regex\b|#\s*include\s*<regex>", TESTS,
     "std::regex is slow and recurses on input: write the few lines of parser"),
    ("getenv", r"\bgetenv\s*\(", rf"src/app/.*|src/runtime/.*|fuzz/.*|{BENCH}|{TESTS}",
     "configuration is one struct, read in app and passed in"),
    ("now", r"\b(system|steady|high_resolution)_clock::now\b|\b(clock_gettime|gettimeofday)\s*\("
            r"|(?<![\w.>])(std::|::)?time\s*\(\s*(nullptr|NULL|0)\s*\)",
     rf"src/app/.*|src/runtime/.*|{BENCH}|{TESTS}",
     "time is passed in: take a const Clock& (that is what makes the simulation possible)"),
    ("random", r"\bstd::(random_device|mt19937\w*|default_random_engine)\b"
               r"|(?<![\w.>])(std::|::)?s?rand\s*\(",
     rf"src/runtime/.*|src/base/(crypto|random)[^/]*|{BENCH}|{TESTS}",
     "chance is passed in: take a Random&"),
]


# --- the tree -------------------------------------------------------------------------------------

@dataclass(frozen=True)
class Finding:
    path: str
    line: int
    rule: str
    message: str

    def __str__(self) -> str:
        return f"{self.path}:{self.line}: [{self.rule}] {self.message}"


RAW_STRING = re.compile(r'(?:u8|[uUL])?R"([^()\\\s]{0,16})\(')


def blank(text: str) -> str:
    """`text` with comments and the insides of literals as spaces; newlines stay."""
    out = []
    i = 0

    def skip_to(end: int) -> None:
        nonlocal i
        out.append("".join("\n" if c == "\n" else " " for c in text[i:end]))
        i = end

    while i < len(text):
        char = text[i]
        if text.startswith("//", i):
            end = text.find("\n", i)
            skip_to(len(text) if end < 0 else end)
        elif text.startswith("/*", i):
            end = text.find("*/", i + 2)
            skip_to(len(text) if end < 0 else end + 2)
        elif char in "uULR" and not (i and (text[i - 1].isalnum() or text[i - 1] == "_")) and (
                raw := RAW_STRING.match(text, i)):
            end = text.find(f'){raw.group(1)}"', raw.end())
            skip_to(len(text) if end < 0 else end + len(raw.group(1)) + 2)
        elif char == '"' or (char == "'" and not (i and text[i - 1].isalnum())):
            end = i + 1
            while end < len(text) and text[end] not in (char, "\n"):
                end += 2 if text[end] == "\\" else 1
            out.append(char)
            i += 1
            skip_to(min(end, len(text)))
            if i < len(text) and text[i] == char:
                out.append(char)
                i += 1
        else:
            out.append(char)
            i += 1
    return "".join(out)


@dataclass
class Source:
    path: str
    text: str
    _code: str | None = field(default=None, repr=False)

    @property
    def code(self) -> str:
        if self._code is None:
            self._code = blank(self.text)
        return self._code

    def line_of(self, offset: int) -> int:
        return self.text.count("\n", 0, offset) + 1

    @property
    def module(self) -> str | None:
        """`services/auth` for src/services/auth/x.cc; None outside src/."""
        if not self.path.startswith("src/"):
            return None
        return os.path.dirname(self.path)[len("src/"):] or None

    @property
    def is_cpp(self) -> bool:
        return self.path.endswith((".cc", ".h"))

    @property
    def is_test(self) -> bool:
        return self.path.startswith("tests/") or self.path.endswith(("_test.cc", "_test.h"))


class Tree:
    def __init__(self, files: dict[str, str]) -> None:
        self.sources = {path: Source(path, text) for path, text in sorted(files.items())}

    def cpp(self) -> Iterator[Source]:
        return (source for source in self.sources.values() if source.is_cpp)

    def __contains__(self, path: str) -> bool:
        return path in self.sources


ROOTS = ("src", "tests", "fuzz", "bench", "tools", "cmake", "deploy")
TEXT_FILES = (".cc", ".h", ".py", ".sh", ".cmake", ".md", ".txt", ".sql", ".chat", ".toml")


def read_tree(root: str) -> Tree:
    files = {}
    names = [name for name in ("CMakeLists.txt", "dev") if os.path.isfile(os.path.join(root, name))]
    for top in ROOTS:
        for folder, folders, in_folder in os.walk(os.path.join(root, top)):
            folders[:] = [f for f in folders if f not in ("corpus", "node_modules", "__pycache__")]
            names += [os.path.relpath(os.path.join(folder, name), root)
                      for name in in_folder if name.endswith(TEXT_FILES)]
    for name in names:
        with open(os.path.join(root, name), encoding="utf-8") as file:
            files[name] = file.read()
    return Tree(files)


# --- rules ----------------------------------------------------------------------------------------

INCLUDE = re.compile(r'^[ \t]*#[ \t]*include[ \t]*([<"])([^>"\n]+)[>"]', re.M)


def includes(source: Source) -> Iterator[tuple[int, bool, str]]:
    """(line, is quoted, header) of every #include that is not in a comment."""
    for match in INCLUDE.finditer(source.text):
        if "include" in source.code[match.start():match.end()]:
            yield source.line_of(match.start(1)), match.group(1) == '"', match.group(2)


def matches_module(pattern: str, module: str) -> bool:
    if pattern == "*":
        return True
    if pattern.endswith("/*"):
        return module.startswith(pattern[:-1])
    return pattern == module


def arrows_of(module: str, table: dict[str, set[str]]) -> set[str] | None:
    if module in table:
        return table[module]
    return table.get(module.split("/")[0] + "/*") if "/" in module else None


def rule_arrows(tree: Tree) -> Iterator[Finding]:
    for source in tree.cpp():
        module = source.module
        for line, quoted, header in includes(source):
            if not quoted:
                continue
            if ".." in header.split("/") or header.startswith("src/"):
                yield Finding(source.path, line, "arrows",
                              f'includes are written from src/, not "{header}"')
                continue
            if module is None or header.startswith("tests/"):
                if module is not None and not source.is_test:
                    yield Finding(source.path, line, "arrows", "only tests may include tests")
                continue
            target = os.path.dirname(header)
            allowed = arrows_of(module, ARROWS)
            if allowed is None:
                continue  # rule_modules reports the folder
            if source.is_test:
                allowed = allowed | (arrows_of(module, TEST_ARROWS) or set())
            if target == module or any(matches_module(a, target) for a in allowed):
                continue
            reason = ARROW_REASONS.get(module.split("/")[0], "see ARROWS in tools/tidy.py")
            yield Finding(source.path, line, "arrows",
                          f'{module} may not include "{header}": {reason}')


def rule_front_door(tree: Tree) -> Iterator[Finding]:
    for source in tree.cpp():
        for line, quoted, header in includes(source):
            match = re.fullmatch(r"services/(\w+)/(\w+)\.h", header)
            if not quoted or source.module is None or not match:
                continue
            service, name = match.groups()
            if source.module != f"services/{service}" and name != service:
                yield Finding(source.path, line, "front-door",
                              f'"{header}" is inside services/{service}: outsiders include only '
                              f'its front door "services/{service}/{service}.h"')


def rule_cycles(tree: Tree) -> Iterator[Finding]:
    edges: dict[str, dict[str, tuple[str, int]]] = {}
    for source in tree.cpp():
        if source.module is None or source.is_test:
            continue
        for line, quoted, header in includes(source):
            target = os.path.dirname(header)
            if quoted and target != source.module:
                edges.setdefault(source.module, {}).setdefault(target, (source.path, line))

    def reaches(start: str, goal: str) -> bool:
        seen, todo = set(), [start]
        while todo:
            module = todo.pop()
            if module == goal:
                return True
            if module not in seen:
                seen.add(module)
                todo += edges.get(module, {})
        return False

    for module, targets in edges.items():
        for target, (path, line) in targets.items():
            if reaches(target, module):
                yield Finding(path, line, "cycles",
                              f"{module} and {target} include each other: one of them must give "
                              "way (a port, a value, or a callback passed in)")


def rule_third_party(tree: Tree) -> Iterator[Finding]:
    for source in tree.cpp():
        if source.module is None or source.is_test:
            continue
        for line, _, header in includes(source):
            for pattern, where, why in THIRD_PARTY:
                if not re.fullmatch(pattern, header):
                    continue
                if not re.fullmatch(where, source.path[len("src/"):]):
                    yield Finding(source.path, line, "third-party",
                                  f"<{header}> does not belong here: {why}")
                break


def rule_banned(tree: Tree) -> Iterator[Finding]:
    for source in tree.cpp():
        for name, pattern, where, instead in BANNED:
            if where and re.fullmatch(where, source.path):
                continue
            for match in re.finditer(pattern, source.code):
                yield Finding(source.path, source.line_of(match.start()), f"banned-{name}",
                              f"`{match.group().strip()}`: {instead}")


def rule_file_lines(tree: Tree) -> Iterator[Finding]:
    for source in tree.sources.values():
        lines = source.text.count("\n")
        if source.path.endswith((".cc", ".h", ".py")) and lines > FILE_LINES_MAX:
            yield Finding(source.path, FILE_LINES_MAX, "file-lines",
                          f"{lines} lines, at most {FILE_LINES_MAX}: which two things are in here?")


TYPE_SCOPE = re.compile(r"(namespace|class|struct|union|enum|extern)\b")
PREFIX = re.compile(r"\s*(template\s*<[^{}]*?>\s*(?=[\w\[:~])|export\b|inline\b|typedef\b|friend\b"
                    r"|public:|private:|protected:|alignas\s*\([^)]*\)|\[\[[^\]]*\]\])")


def kind_of_block(header: str) -> str:
    """What a `{` after `header`, at namespace or class scope, opens: scope, function or value."""
    header = re.sub(r"^\s*#.*$", "", header, flags=re.M)
    while match := PREFIX.match(header):
        header = header[match.end():]
    if TYPE_SCOPE.match(header.strip()) or not header.strip():
        return "scope"
    if ")" not in header or re.search(r"=\s*$", header):
        return "value"
    return "function"


def functions(code: str) -> Iterator[tuple[int, int]]:
    """(start, end) of each function's body, as offsets of its braces. A heuristic: it reads
    braces, not C++."""
    start_of_header = 0
    i = 0
    while i < len(code):
        char = code[i]
        if char in ";}":
            start_of_header = i + 1
        elif char == "{":
            kind = kind_of_block(code[start_of_header:i])
            if kind != "scope":
                depth, end = 1, i + 1
                while end < len(code) and depth:
                    depth += {"{": 1, "}": -1}.get(code[end], 0)
                    end += 1
                if kind == "function":
                    yield i, end - 1
                i = end - 1
                # After `: member_{1}` comes the rest of the same function's initialiser list.
                if kind == "function" and re.match(r"\s*[,{]", code[end:]) is None:
                    start_of_header = end
            else:
                start_of_header = i + 1
        i += 1


def rule_function_lines(tree: Tree) -> Iterator[Finding]:
    for source in tree.cpp():
        if source.is_test:
            continue
        for start, end in functions(source.code):
            lines = source.code.count("\n", start, end)
            if lines > FUNCTION_LINES_MAX:
                yield Finding(source.path, source.line_of(start), "function-lines",
                              f"{lines} lines, at most {FUNCTION_LINES_MAX}: the parent keeps the "
                              "ifs and the state, helpers compute")


CAPTURE = re.compile(r"(?<![\w\])])\s*\[[^\[\]]+\]\s*(\(|\{|mutable\b|<)")
TEMPORARY = re.compile(r"[\w>]\s*\{|[(,]\s*\{")


def rule_co_await(tree: Tree) -> Iterator[Finding]:
    message = ("temporary built inside a co_await statement; name it first "
               "(g++ 12 destroys it twice)")
    for source in tree.cpp():
        code = source.code
        for match in re.finditer(r"(?<!operator )\bco_await\b", code):
            start = max(code.rfind(c, 0, match.start()) for c in ";{}") + 1
            end = code.find(";", match.end())
            end = len(code) if end < 0 else end
            if block := re.compile(r"\)\s*\{").search(code, match.end(), end):
                end = block.start() + 1  # the body of an if, a loop or a lambda starts here
            if (TEMPORARY.search(code, match.end(), end)
                    or CAPTURE.search(code[start:end + 1])):
                yield Finding(source.path, source.line_of(match.start()), "co-await", message)


def rule_todo(tree: Tree) -> Iterator[Finding]:
    for source in tree.sources.values():
        if source.path.startswith("tools/tidy"):
            continue
        for number, line in enumerate(source.text.splitlines(), 1):
            if re.search(r"\b(TODO|FIXME|XXX)\b", line) and not re.search(r"#\d+", line):
                yield Finding(source.path, number, "todo",
                              "a TODO names its issue, like `TODO(#123): …`, or it is not done")


def rule_readme(tree: Tree) -> Iterator[Finding]:
    folders = set()
    for source in tree.cpp():
        if source.module:
            folders.add(f"src/{source.module}")
            folders.add(f"src/{source.module.split('/')[0]}")
    for folder in sorted(folders):
        if f"{folder}/README.md" not in tree:
            yield Finding(f"{folder}/README.md", 1, "readme",
                          "missing: 10–25 lines on why the module exists, what goes in, what "
                          "stays out, the main types")


def rule_contract(tree: Tree) -> Iterator[Finding]:
    for source in tree.cpp():
        match = re.fullmatch(r"src/ports/(\w+)\.h", source.path)
        if not match or not re.search(r"\bvirtual\b[^;{}]*=\s*0\s*;", source.code):
            continue
        name = match.group(1)
        suites = (f"tests/contract/{name}_contract.h", f"tests/contract/{name}_contract_test.cc")
        if not any(suite in tree for suite in suites):
            yield Finding(source.path, 1, "contract",
                          f"a port has a contract suite that every adapter passes: {suites[0]} "
                          "(or …_contract_test.cc) is missing")


def rule_pragma_once(tree: Tree) -> Iterator[Finding]:
    for source in tree.cpp():
        if source.path.endswith(".h"):
            first = next((line for line in source.code.splitlines() if line.strip()), "")
            if first.strip() != "#pragma once":
                yield Finding(source.path, 1, "pragma-once",
                              "a header starts with #pragma once")


def rule_modules(tree: Tree) -> Iterator[Finding]:
    root = tree.sources.get("CMakeLists.txt")
    known = set(re.findall(r"parley_module\(\s*\w+\s+DIR\s+(\S+)", root.text if root else ""))
    for source in tree.cpp():
        folder = os.path.dirname(source.path)
        if source.path.startswith("src/"):
            if folder not in known:
                yield Finding(source.path, 1, "modules",
                              f"{folder} is no module: name it with parley_module() in "
                              "CMakeLists.txt, or the file is built by nobody")
            elif source.module and arrows_of(source.module, ARROWS) is None:
                yield Finding(source.path, 1, "modules",
                              f"{folder} has no arrows: say in tools/tidy.py what it may include")
        elif source.path.endswith(".cc"):
            if f"{folder}/CMakeLists.txt" not in tree:
                yield Finding(source.path, 1, "modules",
                              f"{folder}/CMakeLists.txt is missing, so nobody builds this file")


RULES: list[Callable[[Tree], Iterable[Finding]]] = [
    rule_arrows, rule_front_door, rule_cycles, rule_third_party, rule_banned, rule_file_lines,
    rule_function_lines, rule_co_await, rule_todo, rule_readme, rule_contract, rule_pragma_once,
    rule_modules,
]


def check(tree: Tree) -> list[Finding]:
    return [finding for rule in RULES for finding in rule(tree)]


def main() -> int:
    if sys.argv[1:] == ["--self-test"]:
        import tidy_cases  # pylint: disable=import-outside-toplevel
        return tidy_cases.run()
    if sys.argv[1:]:
        print(__doc__, file=sys.stderr)
        return 2
    findings = check(read_tree(os.path.dirname(os.path.dirname(os.path.abspath(__file__)))))
    for finding in findings:
        print(finding)
    if findings:
        print(f"tidy: {len(findings)} findings", file=sys.stderr)
    return 1 if findings else 0


if __name__ == "__main__":
    sys.modules["tidy"] = sys.modules["__main__"]  # tidy_cases imports the module that runs
    sys.exit(main())
