#!/bin/bash
# The same seeds by two builds of the simulator, from two compilers: everything that each seed did (frames, writes,
# timers, what clients saw) must be the same.
#
# usage: compare_compilers.sh FIRST SECOND SEEDS
#   FIRST, SECOND   parley_sim of each
set -euo pipefail

[[ $# -eq 3 ]] || {
    sed -n 's/^# usage: /usage: /p' "$0" >&2
    exit 2
}
folder="$(mktemp -d)"
trap 'rm -rf "$folder"' EXIT
"$1" --hashes --seeds "$3" >"$folder/first" &
first=$!
"$2" --hashes --seeds "$3" >"$folder/second"
wait "$first"

# Lines are "seed NUMBER HASH".
paste -d ' ' "$folder/first" "$folder/second" | awk -v wanted="$3" '
    NF != 6 || $2 != $5 { print "the two did not run the same seeds: " $0; failed++; next }
    $3 != $6 {
        failed++
        if (failed <= 10) { print "seed " $2 ": another trace with the other compiler: " $3 " and " $6 }
        next
    }
    { passed++ }
    END {
        if (passed + failed != wanted) { print "only " passed + failed " of " wanted " seeds"; failed++ }
        printf "%d passed, %d failed\n", passed, failed
        exit failed > 0
    }'
