#!/bin/bash
# pinned_venv.sh REQUIREMENTS VENV: makes a Python environment with what the file names, pinned by hash, unless it is
# there as the file says. Needs a network the first time.
set -euo pipefail
requirements="$1"
venv="$2"

if cmp -s "$requirements" "$venv/requirements.txt"; then exit; fi
rm -rf "$venv"
/usr/bin/python3 -m venv "$venv"
"$venv/bin/pip" install --quiet --disable-pip-version-check --require-hashes --only-binary :all: -r "$requirements"
cp "$requirements" "$venv/requirements.txt"
