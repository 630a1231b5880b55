#!/bin/bash
# test_testplan.sh - docs/testplan names what there is; of a small plan with results, each thing that can be wrong is told.
# SPDX-License-Identifier: Apache-2.0
set -u
cd "$(dirname "$0")/.." || exit 1
# shellcheck source=tests/report.sh
. tests/report.sh

# check NAME STATUS REGEX ARGUMENT...: regress testplan ends so, and says so
check() {
    local name=$1 want=$2 regex=$3 status
    shift 3
    "$build/regress" testplan "$@" >"$dir/out" 2>&1
    status=$?
    if [ $status -ne "$want" ]; then
        report "$name" "exit status $status, not $want: $build/regress testplan $*"
    else
        report "$name" "$(grep -qE -- "$regex" "$dir/out" || echo "it does not say: $regex")"
    fi
}

tables=()
for file in regress/*.cases vectors/*.cases; do tables+=(--cases "$file"); done
check 'docs/testplan names what there is' 0 ': as planned$' docs/testplan "${tables[@]}"

# ---- a plan of four features, and results of another day

cat >"$dir/plan" <<'P'
# a plan
feature sums
    Something. It is in cases: of no list, since the line does not begin so.
    cases: add-*
    bins:  sum:*
feature products
    tests: mul
feature roots
    bins:  root:exact
feature nightly
    tests: night
P
cat >"$dir/t.cases" <<'P'
add-one noise(8,8)  config=tiny rank=1 seeds=1..2 : one
add-two noise(8,8)  config=tiny rank=2 features=roots : two
P
printf '# name tier command\nmul short true\nnight long true\n' >"$dir/tests"
logs=$dir/build/tests/logs
mkdir -p "$logs" "$dir/db"
plan=("$dir/plan" --cases "$dir/t.cases" --tests "$dir/tests" --build "$dir/build" --tier short)

# A database as the runner makes it
"$build/regress" run --cases "$dir/t.cases" --build "$build/tests/mock" --out "$dir/db" --no-waves --quiet >"$dir/out" 2>&1

# database SQL...: results in which all is well, then that
database() {
    sqlite3 "$dir/db/results.db" "DELETE FROM run; DELETE FROM config;" \
        "INSERT INTO config (regression, config, bins) VALUES ('1', 'tiny', '[\"sum:of-old\"]'), ('2', 'tiny', '[\"sum:small\", \"sum:large\", \"root:exact\"]');
         INSERT INTO run (regression, name, seed, verdict, bins) VALUES
             ('1', 'add-one', 1, 'fail', '[]'), ('2', 'add-one', 1, 'pass', '[\"sum:small\"]'),
             ('2', 'add-one', 2, 'pass', '[\"sum:large\"]'), ('2', 'add-two', 1, 'pass', '[\"root:exact\"]');" "$@"
}
printf 'ok 1 - a\nok 2 - b\n1..2\n' >"$logs/mul.tap"
database
check 'a plan alone' 0 '^4 features, 2 cases, 2 tests: as planned$' "${plan[@]}"
plan+=(--out "$dir/db")
check 'all has passed; a failure of an older regression is past' 0 ', 3 of 3 bins hit: as planned$' "${plan[@]}"
check 'its table' 0 '^sums +2 of 2 +3 +- +2 of 2 +pass$' "${plan[@]}"
check 'a feature of a longer tier' 0 '^nightly .*in a longer tier$' "${plan[@]}"
check 'is asked for in that tier' 1 'feature nightly: none of its tests has passed: make check$' "${plan[@]}" --tier long
printf 'ok 1 - a\nnot ok 2 - b\n1..2\n' >"$logs/mul.tap"
check 'a test that failed' 1 ':6: feature products: test mul: 1 failed$' "${plan[@]}"
rm "$logs/mul.tap"
check 'a test without a result' 1 'feature products: none of its tests has passed: make check$' "${plan[@]}"
echo 'ok 1' >"$logs/mul.tap"
database "UPDATE run SET verdict = 'fail' WHERE regression = '2' AND name = 'add-one' AND seed = 2"
check 'a case that failed with one of its seeds' 1 ':2: feature sums: case add-one: 1 failed$' "${plan[@]}"
database "DELETE FROM run WHERE name = 'add-two'"
check 'a case without a result' 1 'feature roots: none of its cases has passed: make regress$' "${plan[@]}"
database "UPDATE run SET bins = '[]' WHERE seed = 2"
check 'a bin that no run hit' 1 'feature sums: no run hit bin sum:large$' "${plan[@]}"
database "UPDATE config SET bins = json_insert(bins, '\$[#]', 'left:over')"
check 'a bin of no feature' 1 '^bin left:over: no feature of ' "${plan[@]}"
database

# wrong NAME REGEX LINE: with this line at the end of the plan
wrong() {
    cp "$dir/plan" "$dir/good"
    echo "$3" >>"$dir/plan"
    check "$1" "${4:-1}" "$2" "${plan[@]}"
    cp "$dir/good" "$dir/plan"
}
wrong 'a case that is nowhere' 'feature nightly: no case is called sub-' '    cases: sub-*'
wrong 'a test that is nowhere' 'feature nightly: no test is called div$' '    tests: div'
wrong 'a bin that is nowhere' 'feature nightly: no bin is called sum:none$' '    bins: sum:none'
wrong 'a feature that nothing tests' 'feature dreams: nothing tests it$' 'feature dreams'
wrong 'a feature twice' '^dcom: .*:12: feature sums is there already, in line 2$' 'feature sums' 2
wrong 'a line that is none' '^dcom: .*:12: features x: not .feature NAME.$' 'features x' 2
echo 'left noise(8,8) config=tiny rank=1 : over' >>"$dir/t.cases"
check 'a case of no feature' 1 '^case left: no feature of .* has it$' "${plan[@]}"
sed -i '$s/rank=1/rank=1 features=dreams/' "$dir/t.cases"
check 'a feature that the plan has not' 1 '^case left: .* has no feature dreams$' "${plan[@]}"
check 'no plan' 2 '^dcom: .*none: No such file or directory$' "$dir/none" --cases "$dir/t.cases"
check 'no table' 2 '^dcom: a table of cases is needed' docs/testplan
check 'no results' 2 "^dcom: .*none" "${plan[@]}" --out "$dir/none"
echo "1..$count"
