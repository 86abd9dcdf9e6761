#!/bin/bash
# Brings schemathesis from PyPI into build/attacks/venv, pinned by hash (requirements.txt), unless it is there.
# Needs a network the first time.
set -euo pipefail
here="$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)"
target="$here/../../build/attacks"
mkdir -p "$target"
"$here/../pinned_venv.sh" "$here/requirements.txt" "$target/venv"
