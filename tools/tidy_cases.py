"""The self-test of tools/tidy.py: for each rule code that breaks it and code that just does not."""

import tidy

MODULES = ("base", "runtime", "core", "ports", "services/auth", "services/messaging",
           "adapters/memory", "adapters/sqlite", "gateway/wire", "gateway", "app")
CMAKE = "".join(f"parley_module(parley_x DIR src/{module} DEPS y)\n" for module in MODULES)


def in_function(lines: int) -> str:
    body = "    step();\n" * lines
    return f"namespace parley {{\nstruct A {{\n    int x = 0;\n}};\nint f(int a) {{\n{body}}}\n}}\n"


# (rule, path, text, is it bad)
CASES = [
    ("arrows", "src/core/a.cc", '#include "ports/log.h"\n', True),
    ("arrows", "src/core/a.cc", '// #include "ports/log.h"\n#include "base/ids.h"\n', False),
    ("arrows", "src/services/auth/a.cc", '#include "adapters/memory/log.h"\n', True),
    ("arrows", "src/services/auth/a_test.cc", '#include "adapters/memory/log.h"\n', False),
    ("arrows", "src/services/auth/a_test.h", '#include "adapters/memory/log.h"\n', False),
    ("arrows", "src/services/auth/a_test.cc", '#include "adapters/sqlite/log.h"\n', True),
    ("arrows", "src/services/auth/a.cc", '#include "gateway/gateway.h"\n', True),
    ("arrows", "src/gateway/a.cc", '#include "ports/log.h"\n', True),
    ("arrows", "src/gateway/a.cc", '#include "services/auth/auth.h"\n', False),
    ("arrows", "src/gateway/wire/a.cc", '#include "services/auth/auth.h"\n', True),
    ("arrows", "src/adapters/memory/a.cc", '#include "adapters/sqlite/store.h"\n', True),
    ("arrows", "src/base/a.cc", '#include "../core/x.h"\n', True),
    ("arrows", "src/base/a.cc", '#include "tests/support/x.h"\n', True),
    ("arrows", "src/app/a.cc", '#include "adapters/sqlite/store.h"\n', False),
    ("front-door", "src/gateway/a.cc", '#include "services/auth/tokens.h"\n', True),
    ("front-door", "src/services/auth/a.cc", '#include "services/auth/tokens.h"\n', False),
    ("front-door", "src/services/auth/a.cc", '#include "services/messaging/log.h"\n', True),
    ("third-party", "src/core/a.cc", "#include <boost/asio/post.hpp>\n", True),
    ("third-party", "src/runtime/a.cc", "#include <boost/asio/post.hpp>\n", False),
    ("third-party", "src/runtime/a.cc", "#include <boost/beast/http.hpp>\n", True),
    ("third-party", "src/runtime/stream.cc", "#include <openssl/ssl.h>\n", True),
    ("third-party", "src/runtime/tls_stream.cc", "#include <openssl/ssl.h>\n", False),
    ("third-party", "src/base/es256.cc", "#include <openssl/ec.h>\n", False),
    ("third-party", "src/gateway/a.cc", "#include <simdjson.h>\n", True),
    ("third-party", "src/gateway/wire/a.cc", "#include <simdjson.h>\n", False),
    ("third-party", "src/base/json_reader.cc", "#include <simdjson.h>\n", False),
    ("third-party", "src/adapters/memory/a.cc", "#include <sqlite3.h>\n", True),
    ("third-party", "src/adapters/sqlite/a.cc", "#include <rocksdb/db.h>\n", True),
    ("third-party", "src/base/a.cc", "#include <zlib.h>\n", True),
    ("third-party", "src/base/a.cc", "#include <sodium.h>\n", True),
    ("third-party", "src/base/password.cc", "#include <sodium.h>\n", False),
    ("third-party", "src/core/a.cc", "#include <spdlog/spdlog.h>\n", True),
    ("banned-mutex", "src/core/a.cc", "std::mutex m;\n", True),
    ("banned-mutex", "src/services/auth/a.cc", "std::scoped_lock lock{m};\n", True),
    ("banned-mutex", "src/runtime/a.cc", "std::mutex m;\n", False),
    ("banned-mutex", "src/core/a.cc", 'auto s = "std::mutex";  // std::mutex\n', False),
    ("banned-thread", "src/core/a.cc", "std::thread t{f};\n", True),
    ("banned-thread", "src/core/a.cc", "std::this_thread::get_id();\n", False),
    ("banned-sleep", "src/core/a_test.cc", "std::this_thread::sleep_for(1ms);\n", True),
    ("banned-sleep", "src/core/a.cc", "::sleep(1);\n", True),
    ("banned-sleep", "src/core/a.cc", "co_await loop.sleep(time);\n", False),
    ("banned-sleep", "src/runtime/a.h", "#pragma once\nTask<void> sleep(Duration time);\n", False),
    ("banned-cout", "src/core/a.cc", "std::cout << 1;\n", True),
    ("banned-cout", "src/core/a.cc", 'printf("x");\n', True),
    ("banned-cout", "src/core/a.cc", 'std::snprintf(buffer, 3, "x");\n', False),
    ("banned-using-namespace", "src/core/a.cc", "using namespace std;\n", True),
    ("banned-using-namespace", "src/core/a.cc", "using namespace std::chrono_literals;\n", False),
    ("banned-new", "src/core/a.cc", "auto* x = new Foo{};\n", True),
    ("banned-new", "src/core/a.cc", "void* operator new(std::size_t n);\nint renew = 1;\n", False),
    ("banned-detach", "src/core/a.cc", "t.detach();\n", True),
    ("banned-shared-from-this", "src/core/a.cc", "return shared_from_this();\n", True),
    ("banned-regex", "src/core/a.cc", "std::regex r;\n", True),
    ("banned-getenv", "src/core/a.cc", 'std::getenv("X");\n', True),
    ("banned-getenv", "src/app/a.cc", 'std::getenv("X");\n', False),
    ("banned-now", "src/core/a.cc", "auto t = std::chrono::system_clock::now();\n", True),
    ("banned-now", "src/core/a.cc", "auto t = std::time(nullptr);\n", True),
    ("banned-now", "src/core/a.cc", "auto t = clock.now();\n", False),
    ("banned-random", "src/core/a.cc", "std::mt19937 g;\n", True),
    ("banned-random", "src/core/a.cc", "int x = rand();\n", True),
    ("banned-random", "src/core/a.cc", "int x = operand(1);\n", False),
    ("file-lines", "src/core/a.cc", "\n" * 801, True),
    ("file-lines", "src/core/a.cc", "\n" * 800, False),
    ("function-lines", "src/core/a.cc", in_function(70), True),
    ("function-lines", "src/core/a.cc", in_function(69), False),
    ("function-lines", "src/core/a.cc",
     "A::A(int b) : b_{b}, c_(1) {\n" + "    x();\n" * 71 + "}\n", True),
    ("function-lines", "src/core/a.cc", "const std::array k{\n" + "    1,\n" * 90 + "};\n", False),
    ("function-lines", "src/core/a.cc",
     "template <class T>\nclass A : B<decltype(f())> {\n" + "    int x();\n" * 90 + "};\n", False),
    ("function-lines", "src/core/a.cc",
     "template <class T>\nT g(T a)\n    requires C<T>\n{\n" + "    x();\n" * 90 + "}\n", True),
    ("co-await", "src/core/a.cc", "co_await send(Request{1});\n", True),
    ("co-await", "src/core/a.cc", "CO_TRY(auto x, co_await send(id, {.a = 1}));\n", True),
    ("co-await", "src/core/a.cc", "co_await send([x] { return x; });\n", True),
    ("co-await", "src/core/a.cc", "co_await run([&x](int y) { return x; });\n", True),
    ("co-await", "src/core/a.cc",
     "Request r{1};\nauto x = co_await send(r);\nuse(y[1], Foo{2});\n", False),
    ("co-await", "src/core/a.cc",
     "if (!co_await ready()) {\n    co_return Error{1};\n}\n", False),
    ("co-await", "src/core/a.cc", 'co_await log("a{} {", ids[3](1));  // co_await f(T{})\n', False),
    ("co-await", "src/core/a.cc", "auto operator co_await() {\n    return A{1};\n}\n", False),
    ("co-await", "src/core/a.cc", "Reply reply{co_await next()};\n", False),
    ("todo", "src/core/a.cc", "// TODO: later\n", True),
    ("todo", "src/core/a.cc", "// TODO(#12): later\n", False),
    ("pragma-once", "src/core/a.h", "#include <array>\n#pragma once\n", True),
    ("pragma-once", "src/core/a.h", "// What it is.\n#pragma once\n", False),
    ("modules", "src/util/a.cc", "int x;\n", True),
    ("modules", "src/services/auth/deep/a.cc", "int x;\n", True),
    ("modules", "tests/other/a.cc", "int x;\n", True),
    ("modules", "src/core/a.cc", "int x;\n", False),
]

PORT = "#pragma once\nclass Log {\n    virtual int append(int x) = 0;\n};\n"
AUTH_USES_MESSAGING = {"src/services/auth/auth.cc": '#include "services/messaging/messaging.h"\n'}

# (rule, files, is it bad)
TREES = [
    ("cycles", AUTH_USES_MESSAGING
     | {"src/services/messaging/m.cc": '#include "services/auth/auth.h"\n'}, True),
    ("cycles", AUTH_USES_MESSAGING, False),
    ("readme", {"src/core/a.cc": "int x;\n"}, True),
    ("readme", {"src/core/a.cc": "int x;\n", "src/core/README.md": "Core.\n"}, False),
    ("readme", {"src/services/auth/a.cc": "int x;\n", "src/services/README.md": "S.\n"}, True),
    ("contract", {"src/ports/log.h": PORT}, True),
    ("contract", {"src/ports/log.h": PORT, "tests/contract/log_contract.h": "#pragma once\n"},
     False),
    ("contract", {"src/ports/types.h": "#pragma once\nstruct A {\n};\n"}, False),
]


def run() -> int:
    failures = []
    seen = set()
    cases = TREES + [(rule, {path: text}, bad) for rule, path, text, bad in CASES]
    for rule, files, bad in cases:
        tree = tidy.Tree({"CMakeLists.txt": CMAKE} | files)
        found = {finding.rule for finding in tidy.check(tree)}
        if bad:
            seen.add(rule)
        if bad != (rule in found):
            failures.append(f"{rule}: {'missed' if bad else 'false alarm'} on {files}")

    names = {rule.__name__.removeprefix("rule_").replace("_", "-") for rule in tidy.RULES}
    names = names - {"banned"} | {f"banned-{banned[0]}" for banned in tidy.BANNED}
    failures += [f"nothing shows that the rule {name} can fail" for name in sorted(names - seen)]
    for failure in failures:
        print(failure)
    print(f"tidy --self-test: {len(cases)} cases, {len(failures)} failures")
    return 1 if failures else 0
