#!/bin/bash
# The modules that the simulation runs as they are may not reach around it: no clock, thread, chance, socket or file
# of their own. Their libraries show what they call.
#
# usage: pure_modules.sh IMPURE.a PURE.a...
#   IMPURE.a   a library that does all that: if nothing is found in it, the check itself is broken
set -euo pipefail

readonly CALLS='clock_|gettimeofday$|time$|times$|nanosleep$|usleep$|sleep$
    |getrandom$|getentropy$|rand$|rand_r$|srand|random$|drand48|arc4random|RAND_|randombytes
    |pthread_create$|pthread_detach$|thrd_|fork$|vfork$|exec[lv]|posix_spawn|kill$|getpid$
    |socket|connect$|bind$|listen$|accept|recv|send(to|msg|mmsg)?$|epoll_|poll$|ppoll$|select$
    |open(64|at)?$|fopen|creat$|read$|write$|pread|pwrite|fsync$|fdatasync$|sync$|unlink|rename|mmap
    |getenv$|secure_getenv$
    |_ZNSt6chrono3_V2.*now|_ZNSt13random_device|_ZNSt6thread|_ZNSt14?basic_[io]?fstream|_ZNSt10filesystem'

# What of CALLS a library asks for.
calls_of() {
    nm --undefined-only --format=posix "$1" | awk '$2 == "U" { print $1 }' | sort -u |
        grep -E "^(${CALLS//[$' \n']/})" || true
}

[[ $# -ge 2 ]] || {
    sed -n 's/^# usage: /usage: /p' "$0" >&2
    exit 2
}
impure="$1"
shift
if [[ -z $(calls_of "$impure") ]]; then
    echo "$impure should call the system, and no call was found: this check is broken" >&2
    exit 1
fi
bad=0
for library in "$@"; do
    calls="$(calls_of "$library")"
    if [[ -n $calls ]]; then
        echo "$(basename "$library") reaches around its ports:" >&2
        printf '    %s\n' "${calls//$'\n'/$'\n    '}" >&2
        bad=1
    fi
done
((bad == 0)) && echo "$# libraries, and none of them calls the system"
exit "$bad"
