#!/usr/bin/python3
"""Writes the API documents, as JSON, into a C++ source: embed_api.py OPENAPI ASYNCAPI OUTPUT."""
import json
import sys

import yaml


def literal(name: str, path: str) -> str:
    with open(path, encoding="utf-8") as file:
        text = json.dumps(yaml.safe_load(file), separators=(",", ":"), ensure_ascii=False, default=str)
    # Compilers bound the length of one literal, and of neighbours joined: 64 KiB.
    parts = [text[i:i + 8000] for i in range(0, len(text), 8000)]
    body = "\n".join(f'        text += R"json({part})json";' for part in parts)
    return (
        f"std::string_view {name}() noexcept {{\n    static const std::string whole = [] {{\n"
        f"        std::string text;\n{body}\n        return text;\n    }}();\n    return whole;\n}}\n"
    )


def main() -> None:
    openapi, asyncapi, output = sys.argv[1:]
    source = '#include <string>\n\n#include "app/api_documents.h"\n\nnamespace parley::app {\n\n'
    source += literal("openapi_json", openapi) + "\n" + literal("asyncapi_json", asyncapi)
    source += "\n}  // namespace parley::app\n"
    with open(output, "w", encoding="utf-8") as file:
        file.write(source)


if __name__ == "__main__":
    main()
