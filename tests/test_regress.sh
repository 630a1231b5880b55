#!/bin/bash
# test_regress.sh - the runner of the regression, with workers that simulate nothing (tests/mock_worker.c): every test has its
# row, failures are told, what is cut goes on. `test_regress.sh kill`: a campaign of kill -9 on runners and workers.
# SPDX-License-Identifier: Apache-2.0
set -u
cd "$(dirname "$0")/.." || exit 1
# shellcheck source=tests/report.sh
. tests/report.sh
export ASAN_OPTIONS=handle_segv=0 # a worker that crashes does so under the sanitizers too
regress=$build/regress
mock=$build/tests/mock

# run STATUS NAME ARGUMENT...: this exit status
run() {
    local want=$1 name=$2
    shift 2
    "$regress" "$@" >"$dir/out" 2>"$dir/err" </dev/null
    local status=$?
    report "$name" "$([ $status -eq "$want" ] || echo "exit status $status, not $want")"
}
# go STATUS NAME CASES DIR ARGUMENT...: regress run with the mock
go() {
    local want=$1 name=$2 cases=$3 out=$4
    shift 4
    run "$want" "$name" run --cases "$dir/$cases.cases" --out "$dir/$out" --build "$mock" --no-waves "$@"
}
# bad NAME TEXT ARGUMENT...: exit status 2, one line on stderr that holds TEXT
bad() {
    local name=$1 text=$2 fault=''
    shift 2
    "$regress" "$@" >"$dir/out" 2>"$dir/err" </dev/null
    local status=$?
    [ $status -eq 2 ] || fault="exit status $status"
    [ "$(wc -l <"$dir/err")" -eq 1 ] || fault="$fault not one line"
    grep -qF -- "$text" "$dir/err" || fault="$fault does not say: $text"
    report "$name" "$fault"
}
query() { sqlite3 -cmd '.timeout 10000' "$dir/$1/results.db" "$2"; }
# is NAME WANT DIR QUERY
is() {
    local got
    got=$(query "$3" "$4")
    report "$1" "$([ "$got" = "$2" ] || echo "$got, not $2")"
}
says() { report "says $1" "$(grep -qE -- "$1" "$dir/out" "$dir/err" || echo 'it does not')"; }
# What of a row commit, case and seed decide
columns='name, seed, verdict, signature, kind, unit, register, message, clock, stimulus, digest, clocks, macs, beats_in, beats_out, counters, bins, again'
table() { query "$1" "SELECT $columns FROM run WHERE regression = (SELECT min(regression) FROM regression) ORDER BY name, seed"; }
same() { report "$1" "$(diff <(table "$2") <(table "$3") 2>&1 | head -n 5)"; }
whole() { is "$1" ok "$2" 'PRAGMA integrity_check'; }

# ---- a campaign ----

if [ "${1:-}" = kill ]; then
    seed=${SEED:-$RANDOM}
    echo "# seed $seed; again: BUILD=$build SEED=$seed tests/test_regress.sh kill"
    RANDOM=$seed
    cat >"$dir/cases.cases" <<'END'
quick noise(8,8)  config=tiny  rank=2 seeds=draw:600 : at once
ms3   noise(8,8)  config=tiny  rank=2 seeds=1..300   : three milliseconds
ms20  noise(8,8)  config=small rank=2 seeds=1..60    : twenty
some  noise(8,16) config=small rank=2 seeds=1..100   : with failures
same  noise(8,8)  config=small rank=2 seeds=1..3     : the same stimulus
END
    options=(run --cases "$dir/cases.cases" --build "$mock" --no-waves --quiet --jobs 2 --seed 7)
    "$regress" "${options[@]}" --out "$dir/calm" >"$dir/out" 2>"$dir/err"
    report 'undisturbed' "$([ $? -eq 1 ] && [ "$(query calm 'SELECT count(*) FROM run')" = 1063 ] || echo 'not as it should be')"
    kills=0 cut=0 round=0 before=0
    while [ $kills -lt "${KILLS:-50}" ]; do
        round=$((round + 1))
        # Every third time there are two runners, which share it
        runners=()
        for _ in $(seq 1 $((round % 3 == 0 ? 2 : 1))); do
            "$regress" "${options[@]}" --out "$dir/killed" >"$dir/out" 2>"$dir/err" &
            runners+=($!)
        done
        # A worker, sometimes, and a moment later the runners
        sleep "0.$((RANDOM % 2))$((RANDOM % 10))$((RANDOM % 10))"
        if [ $((RANDOM % 2)) -eq 0 ]; then
            read -ra workers < <(cat "/proc/${runners[0]}/task/${runners[0]}/children" /dev/null 2>/dev/null)
            [ ${#workers[@]} -gt 0 ] && kill -9 "${workers[RANDOM % ${#workers[@]}]}" 2>/dev/null && kills=$((kills + 1))
            sleep "0.0$((RANDOM % 10))"
        fi
        for one in "${runners[@]}"; do kill -9 "$one" 2>/dev/null && kills=$((kills + 1)); done
        for one in "${runners[@]}"; do wait "$one" 2>/dev/null; done
        rows=$([ ! -s "$dir/killed/results.db" ] || query killed 'SELECT count(*) FROM run' 2>/dev/null)
        [ "${rows:-0}" -ge 1063 ] || cut=$((cut + 1))
        fault=$([ ! -e "$dir/killed/results.db" ] || query killed 'PRAGMA integrity_check' | grep -v '^ok$')
        [ "${rows:-0}" -ge "$before" ] || fault="$fault rows were $before, are ${rows:-0}"
        fault="$fault$(comm -13 <(table calm | sort) <(table killed 2>/dev/null | grep -v '^same|' | sort) | head -n 2)"
        before=${rows:-0}
        report "round $round: whole, $before rows, each as undisturbed" "$fault"
        # Enough of it done: to its end, and another one, so that there is something to kill
        if [ "$before" -ge 900 ]; then
            "$regress" "${options[@]}" --out "$dir/killed" >"$dir/out" 2>"$dir/err"
            report 'it goes on to its end' "$([ $? -eq 1 ] || echo 'exit status is not 1')"
            same 'and its table is that of the undisturbed run' calm killed
            is 'nothing doubled, one regression' 1 killed 'SELECT count(*) FROM regression WHERE ended IS NOT NULL'
            rm -rf "$dir/killed"
            before=0
        fi
    done
    "$regress" "${options[@]}" --out "$dir/killed" >"$dir/out" 2>"$dir/err"
    report 'the last goes on to its end' "$([ $? -eq 1 ] || echo 'exit status is not 1')"
    same 'and its table is that of the undisturbed run' calm killed
    is 'nothing doubled, one regression' 1 killed 'SELECT count(*) FROM regression WHERE ended IS NOT NULL'
    report "$kills kills, most of $round rounds cut before the end" "$([ $((2 * cut)) -ge $round ] || echo "$cut")"
    sleep 0.2
    report 'no worker is left' "$(pgrep -f "^$mock/.*/sim --worker")"
    echo "1..$count"
    exit 0
fi

# ---- good ones ----

cat >"$dir/good.cases" <<'END'
quick-a noise(8,8)  config=tiny  rank=2 seeds=draw:300 tags=x,y : at once
quick-b noise(8,16) config=small rank=2 seeds=1..100 run=untimed : at once
ms2-c   noise(8,8)  config=tiny  rank=2 seeds=3,1,4 tags=y tier=medium : two milliseconds
END
go 0 'all pass' good good --seed 5
says '400 passed, 0 failed'
is 'a row each' 400 good 'SELECT count(*) FROM run'
is 'the regression has ended' '5|400|mock' good 'SELECT seed, planned, commit_id FROM regression WHERE ended IS NOT NULL'
is 'a configuration each' 'small|256 tiny|64' good "SELECT group_concat(config || '|' || macs, ' ') FROM (SELECT * FROM config ORDER BY config)"
is 'a case each' 'quick-a|300 quick-b|100' good "SELECT group_concat(name || '|' || tests, ' ') FROM (SELECT * FROM testcase ORDER BY name)"
go 0 'again with the same seed' good good2 --seed 5 --jobs 1
same 'the same table' good good2
go 0 'a tier more' good good3 --seed 6 --tier medium
is 'three tests more' 403 good3 'SELECT count(*) FROM run'
report 'another seed draws others' "$(comm -12 <(query good "SELECT seed FROM run WHERE name = 'quick-a' ORDER BY 1" | sort) \
    <(query good3 "SELECT seed FROM run WHERE name = 'quick-a'" | sort))"
go 0 'tags' good good4 --tags x --seeds 10
is 'of one case, ten seeds' 'quick-a|10' good4 'SELECT name, count(*) FROM run GROUP BY name'
go 0 'names' good good5 --case 'ms*,quick-b@77,quick-b@9999'
is 'of any tier, a seed too that the table has not' 'ms2-c|1 ms2-c|3 ms2-c|4 quick-b|77 quick-b|9999' good5 \
    "SELECT group_concat(name || '|' || seed, ' ') FROM run"
go 0 'the seed of last time' good good --seed last
is 'two regressions of one seed' '5|2' good 'SELECT seed, count(*) FROM regression GROUP BY seed'
run 0 'a plan' plan --cases "$dir/good.cases" --seed 5
report 'is what is run' "$(diff <(cut -d' ' -f1 "$dir/out" | sort | uniq -c | tr -s ' ') <(printf ' 300 quick-a\n 100 quick-b\n'))"

# ---- parts ----

for part in 1 2 3; do go 0 "part $part of 3" good "part$part" --seed 5 --part $part/3 --regression one; done
report 'parts are alike' "$(for part in 1 2 3; do query part$part 'SELECT count(*) FROM run'; done | awk '$1 < 125 || $1 > 145')"
run 0 'merged' merge --out "$dir/merged" "$dir"/part[123]/results.db
says '400 passed, 0 failed'
same 'the same as in one' good merged
run 0 'merged again' merge --out "$dir/merged" "$dir"/part[32]/results.db
same 'the same still' good merged
run 1 'two parts of three are not all' merge --out "$dir/two" "$dir"/part[12]/results.db
says 'not run'
cp -r "$dir/part1" "$dir/odd" && query odd "UPDATE regression SET options = 'of another build'"
bad 'a part of another build' 'odd/results.db: regression one has other tests or other programs there' merge --out "$dir/merged" "$dir/odd/results.db"
same 'adds nothing' good merged
run 0 'a regression is begun' run --cases "$dir/good.cases" --out "$dir/begun" --build "$mock" --seed 5 --regression one --begin
report 'and named' "$([ "$(cat "$dir/out")" = 'one 5' ] || echo no)"
is 'no test is run' 0 begun 'SELECT count(*) FROM run'
query begun "INSERT INTO regression (regression, started, ended, seed, planned) VALUES ('older', '2020', 'long ago', 1, 0)"
run 0 'its parts come' merge --out "$dir/begun" "$dir"/part[123]/results.db
is 'it is as that in one, with its commit' 1 begun "ATTACH '$dir/good/results.db' AS good; SELECT count(*) FROM regression AS r JOIN good.regression AS g USING (commit_id, version, verilator, compiler, seed, planned, options) WHERE r.regression = 'one' AND r.ended IS NOT NULL AND g.regression = (SELECT min(regression) FROM good.regression)"
is 'and history stays' 'long ago' begun "SELECT ended FROM regression WHERE regression = 'older'"
query part2 "UPDATE run SET digest = 'other' WHERE (name, seed) IN (SELECT name, seed FROM run LIMIT 1)"
run 1 'a part that says something else' merge --out "$dir/merged" "$dir/part2/results.db"
says 'unrepeatable'
is 'shows both' 1 merged "SELECT count(*) FROM run WHERE kind = 'unrepeatable' AND message LIKE '%digest %; %digest %' AND message LIKE '%digest other%'"

# ---- bad ones ----

cat >"$dir/bad.cases" <<'END'
quick   noise(8,8) config=tiny  rank=2 seeds=1..20 : passes
some    noise(8,8) config=tiny  rank=2 seeds=1..20 : two of them diverge
diverge noise(8,8) config=small rank=2 : the same bucket
quality noise(8,8) config=small rank=2 : a bucket of its own
same    noise(8,8) config=small rank=2 seeds=1..3 : stimulus
crash   noise(8,8) config=tiny  rank=2 : SIGSEGV
exit    noise(8,8) config=tiny  rank=2 : exit status
killed  noise(8,8) config=tiny  rank=2 : SIGKILL, each time
garbage noise(8,8) config=tiny  rank=2 : no JSON
END
echo 'hang noise(8,8) config=tiny rank=2 limit=1 : no answer' >"$dir/hang.cases"
go 1 'failures' bad bad --seed 5
is 'as many as there are' 'crash|3 divergence|3 protocol|1 quality|1 seeds|2' bad \
    "SELECT group_concat(kind || '|' || n, ' ') FROM (SELECT kind, count(*) AS n FROM run WHERE verdict = 'fail' GROUP BY kind)"
report 'the last line has the counts' "$(tail -n 1 "$dir/out" | grep -q '^39 passed, 10 failed' || echo "it is $(tail -n 1 "$dir/out")")"
is 'indices are not in the signature' 3 bad "SELECT count(*) FROM run WHERE signature = 'divergence mac_grid product_q'"
is 'what a worker said last is in the message' 'exit status 3: an assertion, perhaps' bad "SELECT message FROM run WHERE name = 'exit'"
is 'the line of what needs two' "make regress CASES='$dir/bad.cases' CASE=same@1,same@3" bad "SELECT again FROM run WHERE name = 'same' AND seed = 3"
is 'its line' "make sim CONFIG=tiny INPUT='noise(8,8)' RANK=2 SEED=7" bad "SELECT again FROM run WHERE name = 'some' AND seed = 7"
is 'a bucket each, of the first' 'crash SIGKILL|killed crash SIGSEGV|crash crash exit status 3|exit divergence mac_grid product_q|diverge protocol|garbage quality|quality seeds|same' \
    bad "SELECT group_concat(signature || '|' || name, ' ') FROM (SELECT * FROM bucket ORDER BY signature)"
report 'logs and capsules are there' "$(query bad "SELECT log FROM bucket UNION SELECT capsule FROM bucket WHERE capsule <> ''" |
    while read -r file; do [ -s "$dir/bad/$file" ] || echo "$file"; done)"
is 'of what diverged' 2 bad "SELECT count(*) FROM bucket WHERE capsule <> ''"
go 1 'again what failed' bad bad --rerun failed
is 'nothing else' 11 bad 'SELECT planned FROM regression ORDER BY started DESC, regression DESC LIMIT 1'
go 1 'no more than three failures' bad three --seed 5 --max-failures 3 --jobs 1
is 'then it stops' 3 three "SELECT count(*) FROM run WHERE verdict = 'fail'"
go 1 'goes on when more are allowed' bad three --seed 5
same 'to the same end' bad three
go 1 'no answer' hang hang
is 'is told' 'timeout|no answer in 1 s' hang 'SELECT kind, message FROM run'
go 1 'JSON' bad json --seed 5 --json --case diverge,quick
is 'is JSON' '1|20|diverge' json "SELECT j ->> 'failed', j ->> 'passed', j ->> '$.buckets[0].case' FROM (SELECT readfile('$dir/out') AS j)"

# ---- waves: what a build with them needs is make's ----

mkdir "$dir/bin" && printf '#!/bin/sh\nexit 0\n' >"$dir/bin/make" && chmod +x "$dir/bin/make"
PATH=$dir/bin:$PATH run 1 'waves of the first' run --cases "$dir/bad.cases" --out "$dir/waves" --build "$mock" --case 'd*'
report 'are there' "$([ -s "$dir/waves/$(query waves 'SELECT waves FROM bucket')" ] || echo 'they are not')"

# ---- two at once; cut and gone on ----

printf 'ms5 noise(8,8) config=tiny rank=2 seeds=1..200 : five milliseconds\n' >"$dir/slow.cases"
"$regress" run --cases "$dir/slow.cases" --out "$dir/both" --build "$mock" --seed 1 --jobs 1 --quiet >"$dir/out2" 2>&1 &
first=$!
go 0 'two runners on one database' slow both --seed 1 --jobs 1 --quiet
wait $first
status=$?
report 'both end well' "$([ $status -eq 0 ] || cat "$dir/out2")"
is 'one regression, each test once' '1|200' both 'SELECT count(DISTINCT regression), count(*) FROM run'
report 'and shared' "$([ "$(query both 'SELECT count(*) FROM regression')" = 1 ] || echo 'two regressions')"
"$regress" run --cases "$dir/slow.cases" --out "$dir/cut" --build "$mock" --jobs 1 --seed 1 >"$dir/out" 2>"$dir/err" &
child=$!
until [ "$(query cut 'SELECT count(*) FROM run' 2>/dev/null || echo 0)" -gt 0 ] || ! kill -0 $child 2>/dev/null; do sleep 0.05; done
kill -INT $child
wait $child
report 'SIGINT: exit status 130 and what goes on' "$([ $? -eq 130 ] && grep -q 'the same command goes on' "$dir/err" || echo not)"
go 0 'goes on' slow cut --seed 1
says 'goes on: [1-9]'
same 'to the same end' both cut

# ---- wrong usage ----

bad 'no table' 'a table of cases is needed' run --out "$dir/no"
bad 'a folder that is a file' 'good.cases: is there and not a folder' run --cases "$dir/good.cases" --out "$dir/good.cases"
bad 'a table that is not there' 'nowhere: No such file' run --cases "$dir/nowhere" --out "$dir/no"
bad 'nothing chosen' 'no test is chosen' run --cases "$dir/good.cases" --tags z --out "$dir/no" --build "$mock"
bad 'no program' 'tiny/sim: No such file' run --cases "$dir/good.cases" --out "$dir/no" --build "$dir"
bad 'a part too many' '--part 4/3: not K/N' run --cases "$dir/good.cases" --part 4/3
bad 'a tier' '--tier huge' run --cases "$dir/good.cases" --tier huge
bad 'an option' 'unknown option --colour' run --colour
mkdir "$dir/else" && query else 'PRAGMA user_version = 9'
bad 'a database of something else' 'schema 9' merge --out "$dir/no" "$dir/else/results.db"
bad 'to go on with' 'schema 9' run --cases "$dir/good.cases" --out "$dir/else" --build "$mock"
echo 'no database, but long enough to be asked about' >"$dir/text"
bad 'a file that is none' 'not a database' merge --out "$dir/no" "$dir/text"
bad 'nothing to run again' 'no regression in it' run --cases "$dir/good.cases" --rerun failed --out "$dir/none" --build "$mock"
MOCK_SILENT=1 bad 'a worker that does not start' 'does not start: exit status 4: no license' run --cases "$dir/slow.cases" --out "$dir/silent" --build "$mock" --quiet
go 0 'after that it goes' slow silent --quiet
query cut "UPDATE regression SET ended = NULL; DELETE FROM run WHERE seed < 9"
MOCK_COMMIT=other bad 'another commit' 'built of commit other' run --cases "$dir/slow.cases" --out "$dir/cut" --build "$mock" --seed 1 --quiet
"$regress" --help >"$dir/out" && "$regress" run --help >>"$dir/out"
says '--max-failures'

echo "1..$count"
