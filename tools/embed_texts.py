#!/usr/bin/python3
"""Writes text files into a C++ source: embed_texts.py HEADER NAMESPACE OUTPUT FUNCTION=FILE ...
HEADER declares `std::string_view FUNCTION() noexcept` in NAMESPACE for each."""
import sys

PART = 8000  # compilers bound the length of one literal; neighbours are joined


def literal(name: str, path: str) -> str:
    with open(path, encoding="utf-8") as file:
        text = file.read()
    if ')text"' in text:
        raise SystemExit(f"{path}: the text holds the end of the literal that it goes into")
    parts = [text[i:i + PART] for i in range(0, len(text), PART)]
    body = "\n".join(f'R"text({part})text"' for part in parts)
    return f"std::string_view {name}() noexcept {{\n    return {body};\n}}\n"


def main() -> None:
    header, namespace, output, *texts = sys.argv[1:]
    source = f'#include "{header}"\n\nnamespace {namespace} {{\n\n'
    source += "\n".join(literal(*text.split("=", 1)) for text in texts)
    source += f"\n}}  // namespace {namespace}\n"
    with open(output, "w", encoding="utf-8") as file:
        file.write(source)


if __name__ == "__main__":
    main()
