# shellcheck shell=bash
# report.sh - for test scripts to source, at the repository's root: $build, `report`, and a folder $dir
# that goes away with the script, which may then take another.
# SPDX-License-Identifier: Apache-2.0
# shellcheck disable=SC2034 # the script's
build=${BUILD:-build}
dir=$(mktemp -d)
# shellcheck disable=SC2064 # as it is now
trap "rm -rf '$dir'" EXIT
count=0

# report NAME FAULT: one case, failed unless FAULT is empty; then with what was left in out and err
report() {
    count=$((count + 1))
    if [ -z "$2" ]; then echo "ok $count - $1"; else
        echo "not ok $count - $1"
        printf '%s\n' "$2" | head -n 50 | sed 's/^/# /'
        cat "$dir/out" "$dir/err" 2>/dev/null | tail -n 30 | cut -c 1-600 | sed 's/^/# | /'
    fi
}
