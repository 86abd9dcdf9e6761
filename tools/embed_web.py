#!/usr/bin/python3
"""Makes the built web client part of the program: embed_web.py DIST SOURCE BYTES.

SOURCE is a C++ file with the table, BYTES what its assembly includes: all files behind each other, each
as it is and as .gz and .br where those are. Without DIST the table is empty.
"""
import hashlib
import pathlib
import sys

TYPES = {
    ".css": "text/css; charset=utf-8",
    ".html": "text/html; charset=utf-8",
    ".js": "text/javascript; charset=utf-8",
    ".json": "application/json",
    ".png": "image/png",
    ".svg": "image/svg+xml",
    ".webmanifest": "application/manifest+json",
    ".woff2": "font/woff2",
}
HEAD = """#include "app/web_files.h"

#include <array>
#include <cstddef>

"""
EMPTY = HEAD + """namespace parley::app {

std::span<const http::StaticFile> web_files() noexcept {
    return {};
}

}  // namespace parley::app
"""
# The section is data: the files are never run.
FULL = HEAD + """asm(".pushsection .rodata\\n"
    ".global parley_web_bytes\\n"
    "parley_web_bytes: .incbin \\"{bytes}\\"\\n"
    ".popsection\\n");
extern "C" const char parley_web_bytes[];

namespace parley::app {{
namespace {{

std::string_view part(std::size_t at, std::size_t size) {{
    return {{parley_web_bytes + at, size}};
}}

}}  // namespace

std::span<const http::StaticFile> web_files() noexcept {{
    static const std::array kFiles{{
{rows}
    }};
    return kFiles;
}}

}}  // namespace parley::app
"""


def main() -> None:
    dist, source, bytes_path = (pathlib.Path(name) for name in sys.argv[1:])
    if not (dist / "index.html").is_file():
        source.write_text(EMPTY, encoding="utf-8")
        bytes_path.write_bytes(b"")
        return
    blob = bytearray()

    def add(path: pathlib.Path) -> str:
        data = path.read_bytes() if path.is_file() else b""
        at = len(blob)
        blob.extend(data)
        return f"part({at}, {len(data)})"

    rows = {}
    for path in dist.rglob("*"):
        if not path.is_file() or path.suffix in (".br", ".gz"):
            continue
        if path.suffix not in TYPES:
            sys.exit(f"embed_web.py: no content type for {path.name}")
        name = "/" + path.relative_to(dist).as_posix()
        tag = hashlib.sha256(path.read_bytes()).hexdigest()[:16]
        variants = [add(path), add(path.with_name(path.name + ".gz")), add(path.with_name(path.name + ".br"))]
        immutable = "true" if name.startswith("/assets/") else "false"
        key = "/" if name == "/index.html" else name
        rows[key] = (f'        http::StaticFile{{"{key}", "{TYPES[path.suffix]}", "{tag}", '
                     f'{", ".join(variants)}, {immutable}}},')
    bytes_path.write_bytes(blob)
    text = FULL.format(bytes=bytes_path.resolve(), rows="\n".join(rows[key] for key in sorted(rows)))
    source.write_text(text, encoding="utf-8")


if __name__ == "__main__":
    main()
