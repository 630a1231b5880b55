#!/bin/bash
# test_coverage.sh [run]: what coverage/rtl.awk, bins and summary make of counts that are made up here, and of tables of
# exclusions that are wrong. run: the real thing, `make coverage`, whose bars must hold. Prints TAP.
# SPDX-License-Identifier: Apache-2.0
set -u
cd "$(dirname "$0")/.." || exit 1
# shellcheck source=tests/report.sh
. tests/report.sh

same() { diff <(printf '%s\n' "$2") <(printf '%s\n' "$3") >"$dir/diff" || cat "$dir/diff"; }

# point KIND FILE LINE COLUMN WHAT LINES COUNT: a line as Verilator writes it
point() {
    printf "C '\001f\002%s\001l\002%s\001n\002%s\001page\002v_%s/m\001o\002%s" "$2" "$3" "$4" "$1" "$5"
    if [ -n "$6" ]; then printf '\001S\002%s' "$6"; fi
    printf "\001h\002TOP.m' %s\n" "$7"
}

printf 'a\n  b <= c;\n  if (d) e;\nf\ng\n' >"$dir/m.v"
first() {
    point line "$dir/m.v" 1 1 block 1-2,4 5
    point branch "$dir/m.v" 3 3 if 3 2
    point branch "$dir/m.v" 3 4 else '' 0
    point toggle "$dir/m.v" 5 1 'g[0]' '' 1
    point toggle "$dir/m.v" 5 1 'g[1]' '' 0
    point user "$dir/m.v" 5 2 seen 5 1
    point user "$dir/m.v" 5 3 unseen 5 0
}
first >"$dir/1.dat"

# counts TABLE FILE...: status, and what is complained of
counts() {
    awk -v out="$dir" -v bars='rtl-line=100 rtl-toggle=0 rtl-user=100' -f coverage/rtl.awk "$@" 2>"$dir/said"
    status=$?
    sed -i "s|$dir/||g" "$dir/said" "$dir/rtl.holes"
}
tsv() { printf '%s\t%s\t%s\t%s\t%s\n' "$@"; }

printf '# none\n' >"$dir/excluded"
counts "$dir/excluded" "$dir/1.dat"
report 'a line is what its blocks and branches say, a bit rises and falls' "$(
    [ $status -eq 0 ] || echo "status $status"
    same x "$(tsv rtl-line 3 4 0 100 rtl-toggle 0 2 0 0 rtl-user 1 2 0 100)" "$(cat "$dir/rtl.tsv")"
    same x "$(printf '%s\t%s\t-\n' m.v:3 'rtl-line: if (d) e;' m.v:5 'rtl-toggle: g[0]' m.v:5 'rtl-toggle: g[1]' \
        m.v:5 'rtl-user: unseen')" "$(sort "$dir/rtl.holes")"
)"
report 'lcov reads it' "$(same x "$(printf '%s\n' DA:1,5 DA:2,5 BRDA:3,0,3,2 BRDA:3,0,4,0 DA:3,0 DA:4,5 DA:5,0 | sort)" \
    "$(grep -E '^(DA|BRDA)' "$dir/rtl.info" | sort)")"

{
    point branch "$dir/m.v" 3 4 else '' 4
    point toggle "$dir/m.v" 5 1 'g[0]' '' 1
    point user "$dir/m.v" 5 3 unseen 5 1
} >"$dir/2.dat"
counts "$dir/excluded" "$dir/1.dat" "$dir/2.dat"
report 'processes add up' "$(same x "$(tsv rtl-line 4 4 0 100 rtl-toggle 1 2 0 0 rtl-user 2 2 0 100)" "$(cat "$dir/rtl.tsv")")"

{
    echo 'line   m.v if (d) e; -- d is never 0'
    echo 'toggle m.v g\[[01]\] -- tied'
    echo 'user   m.v unseen -- cannot be'
} >"$dir/excluded"
counts "$dir/excluded" "$dir/1.dat"
report 'what is excluded with a reason' "$(
    [ $status -eq 0 ] || cat "$dir/said"
    same x "$(tsv rtl-line 3 4 1 100 rtl-toggle 0 2 2 0 rtl-user 1 2 1 100)" "$(cat "$dir/rtl.tsv")"
    same x "$(printf 'm.v:5\trtl-user: unseen\tcannot be')" "$(grep unseen "$dir/rtl.holes")"
)"
counts "$dir/excluded" "$dir/1.dat" "$dir/2.dat"
report 'an exclusion of what is covered is told' "$([ $status -eq 1 ] || echo "status $status"; for n in 1 3; do
    grep -q "^excluded:$n: there is no such hole" "$dir/said" || echo "not told: line $n"; done)"

printf '%s\n' 'line m.v no such text -- gone' 'toggle m.v h -- gone' >"$dir/excluded"
counts "$dir/excluded" "$dir/1.dat"
report 'an exclusion of nothing is told' "$([ $status -eq 1 ] || echo "status $status"; for n in 1 2; do
    grep -q "^excluded:$n: there is no such hole" "$dir/said" || echo "not told: line $n"; done)"

printf 'line * if (d) e; -- never\n' >"$dir/excluded"
printf 'a\n  if (d) e;\n  if (d) e;\nf\ng\n' >"$dir/n.v"
{ point branch "$dir/n.v" 2 4 else '' 0 && point branch "$dir/n.v" 3 4 else '' 0; } >"$dir/3.dat"
counts "$dir/excluded" "$dir/3.dat"
report 'an exclusion is of one line' "$(same x "$(tsv rtl-line 0 2 1 100)" "$(head -n 1 "$dir/rtl.tsv")")"

for wrong in 'line m.v if (d) e;' 'line m.v -- why' 'lines m.v if (d) e; -- why'; do
    echo "$wrong" >"$dir/excluded"
    counts "$dir/excluded" "$dir/1.dat"
    if [ $status -ne 1 ] || ! grep -q '^excluded:1: not KIND' "$dir/said"; then echo "$wrong: $status, $(cat "$dir/said")"; fi
done >"$dir/faults"
report 'an exclusion without kind, pattern or reason is wrong' "$(cat "$dir/faults")"
printf '# none\n' >"$dir/excluded"
: >"$dir/0.dat"
counts "$dir/excluded" "$dir/0.dat"
report 'no counts are an error' "$([ $status -eq 1 ] || echo "status $status")"

# ---- bins, the table and its bars
mkdir "$dir/regress"
sqlite3 "$dir/regress/results.db" ".read regress/schema.sql" \
    "INSERT INTO config (config, bins) VALUES ('one', '[\"a\",\"b\",\"c\"]'), ('two', '[\"a\",\"b\",\"c\"]')" \
    "INSERT INTO run (verdict, bins) VALUES ('pass', '[\"a\"]'), ('pass', '[\"a\",\"b\"]'), ('fail', '[\"c\"]')"
coverage/bins "$dir" 100
report 'a bin counts for a run that passed' "$(
    same x "$(tsv bins 2 3 0 100)" "$(cat "$dir/bins.tsv")"
    same x "$(printf 'tb/bins.def\tbins: c\t-')" "$(cat "$dir/bins.holes")"
)"
counts "$dir/excluded" "$dir/1.dat" "$dir/2.dat"
coverage/summary "$dir" >"$dir/said"
status=$?
report 'a kind below its bar fails' "$([ $status -eq 1 ] || echo passes; grep -q 'bins .*66.67.*below' "$dir/said" || cat "$dir/said"
    grep -q '^hole: tb/bins.def: bins: c' "$dir/said" || echo 'the bin is not named')"
tsv bins 3 3 0 100 >"$dir/bins.tsv"
coverage/summary "$dir" >"$dir/said"
status=$?
report 'at its bar it does not' "$([ $status -eq 0 ] || cat "$dir/said")"

if [ "${1:-}" = run ]; then
    make -s "BUILD=$build" coverage >"$dir/out" 2>&1
    status=$?
    report 'make coverage' "$([ $status -eq 0 ] || tail -n 50 "$dir/out")"
    sed 's/^/# /' "$dir/out" | tail -n 12
    # upsets in a register of the job, while it runs, in the RTL alone under its host
    "$build/coverage/tiny/sim" --config tiny --faults 30 --fault-names u_csr.job_warmup_q 'noise(16,8)' >"$dir/out" 2>&1
    report 'what a proof assumes is told where it does not hold' "$(grep -q 'sequencer.*job_stands' "$dir/out" || tail -n 5 "$dir/out")"
fi
echo "1..$count"
