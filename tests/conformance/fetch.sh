#!/bin/bash
# Brings into build/conformance what these tests drive the server with, unless it is there:
#   venv/       kosoku from PyPI, pinned by hash (requirements.txt)
#   proxies/    nginx and HAProxy, unpacked from Debian's packages and not installed: installing either starts a
#               service of that name, now and at every boot
# Needs a network the first time.
set -euo pipefail
here="$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)"
target="$here/../../build/conformance"
mkdir -p "$target"
cd "$target"

# The programs, and those of their libraries that no Debian has by itself.
readonly PACKAGES=(nginx haproxy liblua5.3-0 libopentracing-c-wrapper0 libopentracing1)

update_lists() {
    local -a apt=(apt-get -o DPkg::Lock::Timeout=300)
    if ((EUID != 0)); then apt=(sudo "${apt[@]}"); fi
    "${apt[@]}" update
}

unpack_proxies() {
    if [[ -e proxies/complete ]]; then return; fi
    rm -rf proxies debs
    mkdir proxies debs
    (
        cd debs
        # Downloading needs no root. What the lists name may be gone from the mirrors: then they are old.
        apt-get download -qq "${PACKAGES[@]}" 2>/dev/null || {
            update_lists
            apt-get download -qq "${PACKAGES[@]}"
        }
        local package
        for package in *.deb; do dpkg -x "$package" ../proxies; done
    )
    rm -rf debs
    touch proxies/complete
}

"$here/../pinned_venv.sh" "$here/requirements.txt" venv
unpack_proxies
