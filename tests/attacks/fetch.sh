#!/bin/bash
# Brings schemathesis from PyPI into build/attacks/venv, pinned by hash (requirements.txt), unless it is there.
# Needs a network the first time.
set -euo pipefail
here="$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)"
target="$here/../../build/attacks"
mkdir -p "$target"
cd "$target"

if cmp -s "$here/requirements.txt" venv/requirements.txt; then exit; fi
rm -rf venv
/usr/bin/python3 -m venv venv
venv/bin/pip install --quiet --disable-pip-version-check --require-hashes --only-binary :all: \
    -r "$here/requirements.txt"
cp "$here/requirements.txt" venv/
