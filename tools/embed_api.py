#!/usr/bin/python3
"""Writes the API documents, as JSON, into a C++ source: embed_api.py OPENAPI ASYNCAPI OUTPUT."""
import json
import sys

import yaml


def literal(name: str, path: str) -> str:
    with open(path, encoding="utf-8") as file:
        text = json.dumps(yaml.safe_load(file), separators=(",", ":"), ensure_ascii=False, default=str)
    # Compilers bound the length of one literal, neighbours included: they are joined when first asked for.
    parts = [text[i:i + 8000] for i in range(0, len(text), 8000)]
    body = ",\n".join(f'R"json({part})json"' for part in parts)
    return (
        f"std::string_view {name}() noexcept {{\n"
        f"    static constexpr std::array<std::string_view, {len(parts)}> kParts{{\n{body}}};\n"
        "    static const std::string text = [] {\n"
        "        std::string joined;\n"
        "        for (const std::string_view part : kParts) {\n"
        "            joined += part;\n"
        "        }\n"
        "        return joined;\n"
        "    }();\n"
        "    return text;\n}\n"
    )


def main() -> None:
    openapi, asyncapi, output = sys.argv[1:]
    source = '#include "app/api_documents.h"\n\n#include <array>\n#include <string>\n\nnamespace parley::app {\n\n'
    source += literal("openapi_json", openapi) + "\n" + literal("asyncapi_json", asyncapi)
    source += "\n}  // namespace parley::app\n"
    with open(output, "w", encoding="utf-8") as file:
        file.write(source)


if __name__ == "__main__":
    main()
