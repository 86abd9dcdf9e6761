#!/usr/bin/python3
"""Writes the API documents, as JSON, into a C++ source: embed_api.py OPENAPI ASYNCAPI OUTPUT."""
import json
import sys

import yaml


def literal(name: str, path: str) -> str:
    with open(path, encoding="utf-8") as file:
        text = json.dumps(yaml.safe_load(file), separators=(",", ":"), ensure_ascii=False, default=str)
    # Compilers bound the length of one literal, and neighbours count as one.
    parts = ",\n".join(f'        R"json({text[i:i + 8000]})json"' for i in range(0, len(text), 8000))
    return (
        f"std::string_view {name}() noexcept {{\n"
        f"    static const std::string text = joined({{\n{parts}\n    }});\n"
        f"    return text;\n}}\n"
    )


def main() -> None:
    openapi, asyncapi, output = sys.argv[1:]
    source = '#include "app/api_documents.h"\n\n#include <initializer_list>\n#include <string>\n\n'
    source += "namespace parley::app {\nnamespace {\n\n"
    source += "std::string joined(std::initializer_list<const char*> parts) {\n    std::string text;\n"
    source += "    for (const char* part : parts) {\n        text += part;\n    }\n    return text;\n}\n\n"
    source += "}  // namespace\n\n"
    source += literal("openapi_json", openapi) + "\n" + literal("asyncapi_json", asyncapi)
    source += "\n}  // namespace parley::app\n"
    with open(output, "w", encoding="utf-8") as file:
        file.write(source)


if __name__ == "__main__":
    main()
