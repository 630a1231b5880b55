#!/bin/bash
# test_formal.sh - the proofs of formal/proofs. Without a word those of the short tier; `medium`, `long` those of these tiers; `bugs`: with each fault of
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
short | medium | long) TIER=${1:-short} exec formal/prove ;;
bugs) ;;
*)
    echo "test_formal.sh: no part is called $1; there are short, medium, long, bugs" >&2
    exit 2
    ;;
esac

# plant NUMBER PROOF NAME FILE EDIT: prints the TAP of one fault
plant() {
    local folder=${BUILD:-build}/formal_bugs/$1 fault=''
    rm -rf "$folder"
    mkdir -p "$folder"
    cp -r rtl "$folder/copy"
    cp -r "${BUILD:-build}/rtl" "$folder/rtl"
    sed -E "$5" "rtl/$4" >"$folder/copy/$4"
    if [ "$(diff "rtl/$4" "$folder/copy/$4" | grep -c '^>')" -ne 1 ]; then fault="the edit is not of one line of rtl/$4"; else
        RTL=$folder/copy BUILD=$folder formal/prove "$2" >"$folder/out" 2>&1
        grep -q '^not ok .*: not proved$' "$folder/out" || fault=$(head -n 1 "$folder/out")
    fi
    if [ -z "$fault" ]; then echo "ok $1 - $2 does not go through: $3"; else echo "not ok $1 - $2 does not go through: $3: $fault"; fi
}

count=0
mkdir -p "${BUILD:-build}/formal_bugs"
while IFS='~' read -r proof name file edit; do
    case $proof in '' | '#'*) continue ;; esac
    count=$((count + 1))
    while [ "$(jobs -rp | wc -l)" -ge "$(nproc)" ]; do wait -n; done
    plant $count "$proof" "$name" "$file" "$edit" >"${BUILD:-build}/formal_bugs/$count.tap" &
done <formal/bugs
wait
for ((k = 1; k <= count; k++)); do cat "${BUILD:-build}/formal_bugs/$k.tap"; done

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
