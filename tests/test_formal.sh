#!/bin/bash
# test_formal.sh - the proofs of formal/proofs. Without a word those of the short tier; `medium` the others; `bugs`: with each fault of
# formal/bugs in the RTL its proof must fail, and no proof is without a fault.
# SPDX-License-Identifier: Apache-2.0
set -u
cd "$(dirname "$0")/.." || exit 1
for tool in yosys yosys-smtbmc z3; do
    command -v $tool >/dev/null || {
        echo "1..0 # SKIP no $tool: apt-get install yosys z3"
        exit
    }
done
case ${1:-short} in
short | medium) TIER=${1:-short} exec formal/prove ;;
bugs) ;;
*)
    echo "test_formal.sh: no part is called $1; there are short, medium, bugs" >&2
    exit 2
    ;;
esac

folder=${BUILD:-build}/formal_bugs
count=0
while IFS='~' read -r proof name file edit; do
    case $proof in '' | '#'*) continue ;; esac
    count=$((count + 1))
    rm -rf "$folder"
    mkdir -p "$folder"
    cp -r rtl "$folder/copy"
    cp -r "${BUILD:-build}/rtl" "$folder/rtl"
    sed -E "$edit" "rtl/$file" >"$folder/copy/$file"
    fault=''
    if [ "$(diff "rtl/$file" "$folder/copy/$file" | grep -c '^>')" -ne 1 ]; then
        fault="the edit is not of one line of rtl/$file"
    else
        RTL=$folder/copy BUILD=$folder formal/prove "$proof" >"$folder/out" 2>&1
        grep -q '^not ok .*: not proved$' "$folder/out" || fault=$(grep -E '^(not )?ok' "$folder/out")
    fi
    if [ -z "$fault" ]; then echo "ok $count - $proof does not go through: $name"; else
        echo "not ok $count - $proof does not go through: $name: $fault"
    fi
done <formal/bugs

missing=''
for wrapper in formal/*.v; do
    wrapper=$(basename "$wrapper" .v)
    [ "$wrapper" = wires ] && continue
    names=$(awk -v w="$wrapper" '!/^#/ && $4 == w { printf "%s%s", sep, $1; sep = "|" }' formal/proofs)
    if [ -z "$names" ] || ! grep -qE "^($names)~" formal/bugs; then missing+=" $wrapper"; fi
done
count=$((count + 1))
if [ -z "$missing" ]; then echo "ok $count - every proof has a fault that it finds"; else
    echo "not ok $count - every proof has a fault that it finds: none for$missing"
fi
echo "1..$count"
