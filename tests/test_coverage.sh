#!/bin/bash
# test_coverage.sh [run]: what coverage/rtl.awk, bins and summary make of counts that are made up here, and of tables of
# exclusions that are wrong. run: the real thing, `make coverage`, whose bars must hold. Prints TAP.
# SPDX-License-Identifier: Apache-2.0
set -u
cd "$(dirname "$0")/.." || exit 1
build=${BUILD:-build}
count=0

report() {
    count=$((count + 1))
    if [ -z "$2" ]; then echo "ok $count - $1"; else
        echo "not ok $count - $1"
        printf '%s\n' "$2" | sed 's/^/# /'
    fi
}
same() { diff <(printf '%s\n' "$2") <(printf '%s\n' "$3") >"$work/diff" || cat "$work/diff"; }

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

# point KIND FILE LINE COLUMN WHAT LINES COUNT: a line as Verilator writes it
point() {
    printf "C '\001f\002%s\001l\002%s\001n\002%s\001page\002v_%s/m\001o\002%s" "$2" "$3" "$4" "$1" "$5"
    if [ -n "$6" ]; then printf '\001S\002%s' "$6"; fi
    printf "\001h\002TOP.m' %s\n" "$7"
}

printf 'a\n  b <= c;\n  if (d) e;\nf\ng\n' >"$work/m.v"
first() {
    point line "$work/m.v" 1 1 block 1-2,4 5
    point branch "$work/m.v" 3 3 if 3 2
    point branch "$work/m.v" 3 4 else '' 0
    point toggle "$work/m.v" 5 1 'g[0]' '' 1
    point toggle "$work/m.v" 5 1 'g[1]' '' 0
    point user "$work/m.v" 5 2 seen 5 1
    point user "$work/m.v" 5 3 unseen 5 0
}
first >"$work/1.dat"

# counts TABLE FILE...: status, and what is complained of
counts() {
    awk -v out="$work" -v bars='rtl-line=100 rtl-toggle=0 rtl-user=100' -f coverage/rtl.awk "$@" 2>"$work/said"
    status=$?
    sed -i "s|$work/||g" "$work/said" "$work/rtl.holes"
}
tsv() { printf '%s\t%s\t%s\t%s\t%s\n' "$@"; }

printf '# none\n' >"$work/excluded"
counts "$work/excluded" "$work/1.dat"
report 'a line is what its blocks and branches say, a bit rises and falls' "$(
    [ $status -eq 0 ] || echo "status $status"
    same x "$(tsv rtl-line 3 4 0 100 rtl-toggle 0 2 0 0 rtl-user 1 2 0 100)" "$(cat "$work/rtl.tsv")"
    same x "$(printf '%s\t%s\t-\n' m.v:3 'rtl-line: if (d) e;' m.v:5 'rtl-toggle: g[0]' m.v:5 'rtl-toggle: g[1]' \
        m.v:5 'rtl-user: unseen')" "$(sort "$work/rtl.holes")"
)"
report 'lcov reads it' "$(same x "$(printf '%s\n' DA:1,5 DA:2,5 BRDA:3,0,3,2 BRDA:3,0,4,0 DA:3,0 DA:4,5 DA:5,0 | sort)" \
    "$(grep -E '^(DA|BRDA)' "$work/rtl.info" | sort)")"

{
    point branch "$work/m.v" 3 4 else '' 4
    point toggle "$work/m.v" 5 1 'g[0]' '' 1
    point user "$work/m.v" 5 3 unseen 5 1
} >"$work/2.dat"
counts "$work/excluded" "$work/1.dat" "$work/2.dat"
report 'processes add up' "$(same x "$(tsv rtl-line 4 4 0 100 rtl-toggle 1 2 0 0 rtl-user 2 2 0 100)" "$(cat "$work/rtl.tsv")")"

{
    echo 'line   m.v if (d) e; -- d is never 0'
    echo 'toggle m.v g\[[01]\] -- tied'
    echo 'user   m.v unseen -- cannot be'
} >"$work/excluded"
counts "$work/excluded" "$work/1.dat"
report 'what is excluded with a reason' "$(
    [ $status -eq 0 ] || cat "$work/said"
    same x "$(tsv rtl-line 3 4 1 100 rtl-toggle 0 2 2 0 rtl-user 1 2 1 100)" "$(cat "$work/rtl.tsv")"
    same x "$(printf 'm.v:5\trtl-user: unseen\tcannot be')" "$(grep unseen "$work/rtl.holes")"
)"
counts "$work/excluded" "$work/1.dat" "$work/2.dat"
report 'an exclusion of what is covered is told' "$([ $status -eq 1 ] || echo "status $status"; for n in 1 3; do
    grep -q "^excluded:$n: there is no such hole" "$work/said" || echo "not told: line $n"; done)"

printf '%s\n' 'line m.v no such text -- gone' 'toggle m.v h -- gone' >"$work/excluded"
counts "$work/excluded" "$work/1.dat"
report 'an exclusion of nothing is told' "$([ $status -eq 1 ] || echo "status $status"; for n in 1 2; do
    grep -q "^excluded:$n: there is no such hole" "$work/said" || echo "not told: line $n"; done)"

printf 'line * if (d) e; -- never\n' >"$work/excluded"
printf 'a\n  if (d) e;\n  if (d) e;\nf\ng\n' >"$work/n.v"
{ point branch "$work/n.v" 2 4 else '' 0 && point branch "$work/n.v" 3 4 else '' 0; } >"$work/3.dat"
counts "$work/excluded" "$work/3.dat"
report 'an exclusion is of one line' "$(same x "$(tsv rtl-line 0 2 1 100)" "$(head -n 1 "$work/rtl.tsv")")"

for wrong in 'line m.v if (d) e;' 'line m.v -- why' 'lines m.v if (d) e; -- why'; do
    echo "$wrong" >"$work/excluded"
    counts "$work/excluded" "$work/1.dat"
    if [ $status -ne 1 ] || ! grep -q '^excluded:1: not KIND' "$work/said"; then echo "$wrong: $status, $(cat "$work/said")"; fi
done >"$work/faults"
report 'an exclusion without kind, pattern or reason is wrong' "$(cat "$work/faults")"
printf '# none\n' >"$work/excluded"
: >"$work/0.dat"
counts "$work/excluded" "$work/0.dat"
report 'no counts are an error' "$([ $status -eq 1 ] || echo "status $status")"

# ---- bins, the table and its bars
mkdir "$work/regress"
sqlite3 "$work/regress/results.db" ".read regress/schema.sql" \
    "INSERT INTO config (config, bins) VALUES ('one', '[\"a\",\"b\",\"c\"]'), ('two', '[\"a\",\"b\",\"c\"]')" \
    "INSERT INTO run (verdict, bins) VALUES ('pass', '[\"a\"]'), ('pass', '[\"a\",\"b\"]'), ('fail', '[\"c\"]')"
coverage/bins "$work" 100
report 'a bin counts for a run that passed' "$(
    same x "$(tsv bins 2 3 0 100)" "$(cat "$work/bins.tsv")"
    same x "$(printf 'tb/bins.def\tbins: c\t-')" "$(cat "$work/bins.holes")"
)"
counts "$work/excluded" "$work/1.dat" "$work/2.dat"
coverage/summary "$work" >"$work/said"
status=$?
report 'a kind below its bar fails' "$([ $status -eq 1 ] || echo passes; grep -q 'bins .*66.67.*below' "$work/said" || cat "$work/said"
    grep -q '^hole: tb/bins.def: bins: c' "$work/said" || echo 'the bin is not named')"
tsv bins 3 3 0 100 >"$work/bins.tsv"
coverage/summary "$work" >"$work/said"
status=$?
report 'at its bar it does not' "$([ $status -eq 0 ] || cat "$work/said")"

if [ "${1:-}" = run ]; then
    make -s "BUILD=$build" coverage >"$work/out" 2>&1
    status=$?
    report 'make coverage' "$([ $status -eq 0 ] || tail -n 50 "$work/out")"
    sed 's/^/# /' "$work/out" | tail -n 12
fi
echo "1..$count"
