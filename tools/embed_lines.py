#!/usr/bin/python3
"""Writes the lines of a text file, sorted, into a C++ source: embed_lines.py TEXT HEADER NAMESPACE FUNCTION OUTPUT.
HEADER declares `std::span<const std::string_view> FUNCTION() noexcept` in NAMESPACE. Lines that begin with # are
left out."""
import json
import sys


def main() -> None:
    text, header, namespace, function, output = sys.argv[1:]
    with open(text, encoding="utf-8") as file:
        lines = sorted({line.rstrip("\n") for line in file if not line.startswith("#")} - {""})
    items = "".join(f"    {json.dumps(line, ensure_ascii=False)},\n" for line in lines)
    source = (
        f'#include <array>\n\n#include "{header}"\n\nnamespace {namespace} {{\nnamespace {{\n\n'
        f"constexpr std::array<std::string_view, {len(lines)}> kLines{{{{\n{items}}}}};\n\n}}  // namespace\n\n"
        f"std::span<const std::string_view> {function}() noexcept {{\n    return kLines;\n}}\n\n"
        f"}}  // namespace {namespace}\n"
    )
    with open(output, "w", encoding="utf-8") as file:
        file.write(source)


if __name__ == "__main__":
    main()
