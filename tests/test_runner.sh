#!/bin/bash
# test_runner.sh - tests/run tells what a test's output and exit status are: in a tree of its own, whose test is a line of shell.
# SPDX-License-Identifier: Apache-2.0
set -u
cd "$(dirname "$0")/.." || exit 1
# shellcheck source=tests/report.sh
. tests/report.sh
mkdir "$dir/tests"
cp tests/run "$dir/tests/run"
echo 'one short sh tests/test_one.sh' >"$dir/tests/tiers"

# run VARIABLE=VALUE... PROGRAM WORD...: into out, status
run() {
    tests/apart.sh env "$@" >"$dir/out" 2>&1
    status=$?
}
# ended NAME STATUS LINE...: the last one so, with these lines among what it printed
ended() {
    local name=$1 fault='' line
    [ "$status" -eq "$2" ] || fault="exit status $status, not $2"$'\n'
    shift 2
    for line in "$@"; do grep -qE "$line" "$dir/out" || fault="$fault/$line/ is wanted"$'\n'; done
    report "$name" "$fault"
}

# is NAME COMMAND STATUS LINE...: a tier of one test of this command ends so
is() {
    local name=$1
    echo "$2" >"$dir/tests/test_one.sh"
    shift 2
    run TIMEOUT=2 "$dir/tests/run"
    ended "$name" "$@"
}

# shellcheck disable=SC2016 # expanded by the test
check='echo "ok 1 - a:b:c: Passed" >"$CK_TAP_LOG_FILE_NAME"; echo "1..1" >>"$CK_TAP_LOG_FILE_NAME"' # what a Check program writes
# shellcheck disable=SC2016
bad_check='echo "not ok 1 - a:b:c: no" >"$CK_TAP_LOG_FILE_NAME"'

is 'cases that pass' 'echo "ok 1 - a"; echo "ok 2 - b"; echo 1..2' 0 '^ok +one +2 passed, 0 failed ' '^2 passed, 0 failed$'
is 'a case that fails, and its command' 'echo "ok 1 - a"; echo "not ok 2 - b"; echo "# why"' 1 '^FAIL one +1 passed, 1 failed' \
    '^    not ok 2 - b$' '^    # why$' '^      again: BUILD=build sh tests/test_one.sh' '^1 passed, 1 failed$'
is 'a case left out' 'echo "ok 1 - a"; echo "ok 2 # SKIP no b"; echo 1..2' 0 '1 passed, 0 failed, 1 skipped' '^1 skipped$'
is 'nothing but left out: nothing passed' 'echo "1..0 # SKIP no b"' 1 '^ok +one +0 passed, 0 failed, 1 skipped' '^0 passed, 0 failed$'
is 'fewer cases than planned' 'echo "ok 1 - a"; echo 1..2' 1 '2 cases planned, 1 run' '^1 passed, 1 failed$'
is 'no case' 'echo good' 1 'no case was run' '\| good$'
is 'a status that no case says' 'echo "ok 1 - a"; exit 3' 1 'exit status 3, and no failing case says why'
is 'a crash' 'kill -SEGV $$' 1 'exit status 139'
is 'a time-out' 'echo "ok 1 - a"; sleep 20' 1 'stopped after 2 s'
is 'a Check program that passes' "$check; echo 100%: Checks: 1" 0 '^ok +one +1 passed, 0 failed'
is 'a Check program that fails, and its case' "$bad_check; exit 1" 1 'not ok 1 - a:b:c: no' 'again: BUILD=build CK_FORK=no CK_RUN_CASE="b"'
is 'a script that fails, though Check programs in it pass' "$check; echo 'not ok 1 - mine'; echo 1..1" 1 '^    not ok 1 - mine$' '^0 passed, 1 failed$'

# interrupted: what runs ends too
echo 'echo $$ >one.pid; sleep 60; echo "ok 1 - a"' >"$dir/tests/test_one.sh"
tests/apart.sh "$dir/tests/run" >"$dir/out" 2>&1 &
runner=$!
for _ in {1..100}; do [ -s "$dir/one.pid" ] || sleep 0.1; done
kill -TERM $runner
wait $runner
status=$?
one=$(cat "$dir/one.pid")
for _ in {1..50}; do ! kill -0 "$one" 2>/dev/null || sleep 0.1; done
report 'interrupted: the test under way ends' "$([ $status -eq 130 ] && ! kill -0 "$one" 2>/dev/null || echo "exit status $status, process $one")"

# ---- which tests are run

echo 'echo "ok 1 - a"' >"$dir/tests/test_one.sh"
printf '%s\n' '' '# none' 'one short sh tests/test_one.sh' "two medium echo 'ok 1 - b'" "three long echo 'ok 1 - c'" >"$dir/tests/tiers"
# ran NAME STATUS LINE COMMAND...
ran() {
    run "${@:4}"
    ended "${@:1:3}"
}
ran 'the short tier' 0 '^1 passed' "$dir/tests/run"
ran 'the medium tier holds it' 0 '^2 passed' "$dir/tests/run" medium
ran 'the long one both' 0 '^3 passed' "$dir/tests/run" long
ran 'those named, of any tier' 0 '^2 passed' TESTS='three one' "$dir/tests/run"
ran 'none is called so' 2 'no test is called four' TESTS='one four' "$dir/tests/run"
ran 'no such tier' 2 'no tier is called quick' "$dir/tests/run" quick
ran 'MINUTES: the longer ones are left out, and told' 0 '^left out after 0 minutes: two three$' MINUTES=0 "$dir/tests/run" long
ran 'MINUTES is a number' 2 'MINUTES=x is not a number' MINUTES=x "$dir/tests/run" long
touch "$dir/tests/test_lost.c"
ran 'a test that no tier names' 1 '^FAIL tests/test_lost.c is not in tests/tiers$' "$dir/tests/run"
echo "1..$count"
