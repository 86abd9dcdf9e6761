#!/usr/bin/python3
"""Writes the API documents, as JSON, into a C++ source: embed_api.py OPENAPI ASYNCAPI OUTPUT."""
import json
import sys

import yaml


def literal(name: str, path: str) -> str:
    with open(path, encoding="utf-8") as file:
        text = json.dumps(yaml.safe_load(file), separators=(",", ":"), ensure_ascii=False, default=str)
    # Compilers bound the length of one literal (65,536 characters), neighbours that they join included.
    parts = [text[i:i + 8000] for i in range(0, len(text), 8000)]
    body = "".join(f'    text.append(R"json({part})json");\n' for part in parts)
    return (
        f"static std::string make_{name}() {{\n    std::string text;\n{body}    return text;\n}}\n"
        f"std::string_view {name}() noexcept {{\n    static const std::string kText = make_{name}();\n"
        f"    return kText;\n}}\n"
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
