#!/bin/bash
# test_ci.sh [run] - what users copy from docs/ci: README.md's packages, targets that there are, nothing but make, and build/ kept
# for what it was made of alone. run: the recipe in a clean clone.
# SPDX-License-Identifier: Apache-2.0
set -u
cd "$(dirname "$0")/.." || exit 1
# shellcheck source=tests/report.sh
. tests/report.sh

if [ "${1:-}" = run ]; then
    git clone -q . "$dir/clone" && cd "$dir/clone" && tests/apart.sh docs/ci/run >"$dir/out" 2>&1
    status=$?
    report 'the recipe in a clean clone passes' "${status#0}"
    for file in junit.xml summary.md report.html report.json results.db; do
        report "it leaves out/regress/$file" "$([ -s "out/regress/$file" ] || echo missing)"
    done
    # one test is enough to see what is built again
    tests/apart.sh env TESTS=npy docs/ci/run >"$dir/out" 2>&1
    status=$?
    grep -q '^build/ is of these sources$' "$dir/out" && ! grep -q '^verilating' "$dir/out" || status=made
    report 'and again, on the build/ of the first' "${status#0}"
    echo "1..$count"
    exit
fi

# ---- the packages, in any order, with git and its certificates besides

packages() { tr -s ' \n\134' '\n' | grep -E '^[a-z0-9][a-z0-9.+-]+$' | sort -u; }
tests/readme_command 1 | tr '\n' ' ' | sed 's/.*--no-install-recommends//; s/&&.*//' | packages >"$dir/readme"
for file in docs/ci/github.yml docs/ci/gitlab.yml; do
    tr '\n' ' ' <"$file" | sed -E 's/.*--no-install-recommends git ca-certificates//; s/ - (uses|git).*//' | packages >"$dir/ci"
    report "$file: README.md's packages" "$(diff "$dir/readme" "$dir/ci" | tr '\n' ' ')"
done

# ---- each `make TARGET` is one

make -s help | sed -nE 's/^  ([a-z-]+) .*/\1/p' | sort >"$dir/targets"

for file in docs/ci/*; do
    grep -oE '(^|run: )make [a-z-]+' "$file" | sed 's/.*make //' | sort -u >"$dir/named"
    report "$file: its targets" "$(comm -23 "$dir/named" "$dir/targets" | tr '\n' ' ')"
done
# shellcheck disable=SC2016 # the recipe's own dollar
report 'the recipe is make and nothing else' "$(sed -n '/^status=0/,$p' docs/ci/run | grep -vE '^(make [a-z-]+( |$)|status=0$|exit \$status$|$)')"
report 'both files run it, or its lines' "$(
    grep -q 'docs/ci/run' docs/ci/gitlab.yml || echo gitlab.yml
    grep -oE '^make [a-z-]+' docs/ci/run | while read -r line; do grep -qE "run: $line( |\$)" docs/ci/github.yml || echo "github.yml: $line"; done
)"

# ---- build/ in a cache: kept if it is of these sources, else made anew

# of an archive without git, all there is
sources() { git ls-files -z 2>"$dir/out" || find . -type f ! -path './build/*' ! -path './out/*' -print0; }
mkdir "$dir/tree" && sources | xargs -0 cp --parents -t "$dir/tree" 2>/dev/null
cached() { make -s -C "$dir/tree" BUILD=cached "$@" 2>&1; }
mkdir "$dir/tree/cached" && touch "$dir/tree/cached/thing" && cached cache-ready
touch -d '1 hour ago' "$dir/tree/cached/thing"
report 'the same sources: build/ stays, newer than they are' \
    "$(cached cache-restored >"$dir/out"; [ "$dir/tree/cached/thing" -nt "$dir/tree/rtl/array.v" ] || echo 'it is not')"
echo >>"$dir/tree/rtl/array.v"
report 'another source: it goes' "$(cached cache-restored >"$dir/out"; [ ! -e "$dir/tree/cached/thing" ] || cat "$dir/out")"
echo "1..$count"
