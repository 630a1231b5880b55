#!/bin/bash
# test_report.sh [page] - the report of a regression, on invented results (make_results.c). Without an argument: all four files of
# small regressions, hostile texts, what is refused. page: junit.xml against Jenkins' schema, 100,000 tests, and report.html in
# Chromium; needs xmllint, PyPI, node and chromium, and says so where they are not there.
# SPDX-License-Identifier: Apache-2.0
set -u
cd "$(dirname "$0")/.." || exit 1
# shellcheck source=tests/report.sh
. tests/report.sh
dir=$build/report
make_results=$build/tests/make_results
files='junit.xml report.html report.json summary.md'
same() { [ "$2" = "$3" ] || echo "$1 is $2, not $3"; }

# results KIND RUNS PAST [SQL]: makes $dir/KIND/results.db
results() {
    rm -rf "${dir:?}/$1" && mkdir -p "$dir/$1"
    "$make_results" "$dir/$1" "$2" "$3" "${1%%-*}" "${@:4}" >"$dir/$1/made"
}
write() { "$build/regress" report --out "$dir/$1" "${@:2}" >"$dir/stdout" 2>"$dir/err" </dev/null; }
# bad NAME TEXT FOLDER: exit status 2, one line that holds TEXT, no file written
bad() {
    write "$3" "${@:4}"
    local status=$?
    report "$1" "$(
        same 'exit status' $status 2
        same 'lines of errors' "$(wc -l <"$dir/err")" 1
        grep -qF -- "$2" "$dir/err" || cat "$dir/err"
        for f in $files; do [ ! -e "$dir/$3/$f" ] || echo "left $f"; done
        find "$dir/$3" -name '.*-*' 2>/dev/null
    )"
}
# number KEY FILE: of the outermost object of a report.json, or of what make_results printed
number() { sed -nE "s/^ ?\"?$1\"?:? ([0-9]+),?$/\1/p" "$2" | head -n 1; }
occurrences() { grep -oF -- "$1" "$2" | wc -l; }

short() {
    for kind in good bad hostile cut; do
        results $kind 600 3 || report "results of kind $kind" 'make_results fails'
        write $kind || report "$kind is written" "exit status $?: $(cat "$dir/err")"
        local here=$dir/$kind
        report "$kind: four files, nothing else" "$(same 'files' "$(find "$here" -type f ! -name 'results.db*' ! -name made ! -name claims -printf '%f\n' | sort | xargs)" "$files")$(cat "$dir/stdout")"
        report "$kind: the sums are those of the database" "$(for key in run failed clocks macs; do
            same $key "$(number $key "$here/report.json")" "$(number $key "$here/made")"
        done)"
        local verdict=fail
        [ $kind = good ] && verdict=pass
        [ $kind = cut ] && verdict=incomplete
        report "$kind: the verdict is $verdict" "$(grep -qF "\"verdict\": \"$verdict\"," "$here/report.json" || grep verdict "$here/report.json")"
        report "$kind: junit.xml has all tests and failures" "$(
            same 'test cases' "$(occurrences '<testcase ' "$here/junit.xml")" $(($(number run "$here/made") + 1))
            local broken=$(($(number failed "$here/made") + $([ $kind = cut ] && echo 1 || echo 0)))
            same 'failures and errors' $(($(occurrences '<failure ' "$here/junit.xml") + $(occurrences '<error ' "$here/junit.xml"))) $broken
            same 'those of the head' "$(sed -nE 's/^<testsuites .* failures="([0-9]+)" errors="([0-9]+)".*/\1 \2/p' "$here/junit.xml" | awk '{print $1 + $2}')" $broken
        )"
        report "$kind: UTF-8 without control characters" "$(for f in $files; do
            iconv -f UTF-8 -t UTF-8 "$here/$f" >/dev/null || echo "$f is no UTF-8"
            LC_ALL=C grep -nP '[\x00-\x08\x0b-\x1f\x7f]' "$here/$f" | head -n 3
        done 2>&1)"
        report "$kind: script elements are the page's three" "$(
            same '<script' "$(occurrences '<script' "$here/report.html")" 3
            same '</script' "$(occurrences '</script' "$here/report.html")" 3
            grep -n 'https\?://' "$here/report.html" | grep -vF 'http://www.w3.org/2000/svg'
        )"
        if command -v xmllint >/dev/null; then
            report "$kind: junit.xml is well-formed" "$(xmllint --noout "$here/junit.xml" 2>&1 | head -n 5)"
        else report "$kind: junit.xml is well-formed # SKIP no xmllint" ''; fi
    done

    local here=$dir/hostile
    report 'hostile: in junit.xml' "$(grep -nF -e ']]>' -e '<script>' "$here/junit.xml")$(grep -qF '&lt;/script&gt;&lt;script&gt;' "$here/junit.xml" || echo 'the message is not there')"
    report 'hostile: in report.html' "$(grep -qF '\u003c/script>\u003cscript>document.title' "$here/report.html" || echo 'the message is not there')"
    report 'hostile: pictures of control characters' "$(for f in $files; do grep -qF '␛[31mred␛[0m ␁␂ ␡ �� broken' "$here/$f" || echo "not in $f"; done)"
    report 'hostile: no heading, fence or command in summary.md' "$(grep -nE '^(# heading|```$|::error)' "$here/summary.md" | grep -vE '^[0-9]+:```$')"
    report 'summary.md is below 1 MiB' "$([ "$(wc -c <"$here/summary.md")" -lt 1048576 ] || echo 'it is not')"
    GITHUB_ACTIONS=true write hostile
    report 'annotations, one a signature, each a line' "$(
        grep -vE '^::error title=[^:,]*::[0-9]+ failed, first .*%0Aagain: make sim ' "$dir/stdout"
        same 'annotations' "$(wc -l <"$dir/stdout")" "$(grep -c '"failures": [0-9]' "$here/report.json")"
        LC_ALL=C grep -P '[\x00-\x08\x0b-\x1f\x7f]' "$dir/stdout"
    )"
    GITHUB_ACTIONS=true write cut
    report 'an annotation where tests are missing' "$(grep -qE '^::error title=regression::[0-9]+ of 600 planned tests have run, it has not ended$' "$dir/stdout" || cat "$dir/stdout")"

    here=$dir/bad
    report 'what changed: verdicts, digests, clocks' "$(
        same 'broken' "$(sed -n '/"broken": \[/,/\]/p' "$here/report.json" | grep -c '"case"')" "$(grep -c 'seed 1, ' "$here/summary.md")"
        sed -n '/"digests": \[/,/\]/p' "$here/report.json" | grep -qF -- '-09"' || echo 'no other digest of case 9'
        sed -n '/"clocks": \[/,/\]/p' "$here/report.json" | grep -qF -- '-07"' || echo 'no other clocks of case 7'
        grep -qF '**new**' "$here/summary.md" || echo 'no signature is new'
        grep -qE '.divergence mac_grid product_q.: 1 test of 1 case, known since .20261101T014500Z-1000' "$here/summary.md" || echo 'none is known'
    )"
    for f in $files; do cp "$here/$f" "$dir/$f"; done
    write bad
    report 'the same again is the same to the byte' "$(for f in $files; do cmp "$dir/$f" "$here/$f"; done)"
    write bad --regression 20261101T014500Z-1000
    report 'an earlier regression' "$(grep -qF '"name": "20261101T014500Z-1000"' "$here/report.json" || echo 'another one')$(grep -qF '"changes": null' "$here/report.json" || echo 'compared with something')"
    results bad-again 600 3 "UPDATE regression SET options = 'rerun=x' || substr(options, 7) WHERE regression LIKE '%-1002'"
    write bad-again
    report 'a re-run of failures is not what one compares with' "$(grep -qF '"previous": "20261102T014500Z-1001"' "$dir/bad-again/report.json" || grep -F '"previous"' "$dir/bad-again/report.json")"

    # ---- what is refused ----
    rm -rf "$dir/empty" "$dir/foreign" && mkdir "$dir/empty" "$dir/foreign"
    head -c 8192 /dev/zero >"$dir/foreign/results.db"
    bad 'no folder' 'nowhere/results.db: unable to open' nowhere
    bad 'no database' 'empty/results.db: unable to open' empty
    bad 'something else' 'foreign/results.db: ' foreign
    results good-schema 60 0 'PRAGMA user_version = 2' && bad 'another schema' 'its schema is 2, not 1' good-schema
    results good-none 60 0 'DELETE FROM regression' && bad 'no regression' 'holds no regression' good-none
    results good-other 60 0 && bad 'a regression that is not there' 'holds no regression nightly' good-other --regression nightly
    results good-alien 60 0 "DELETE FROM testcase WHERE name LIKE '%-07'" && bad 'a run of no case' 'which is none of the cases' good-alien
    results good-counters 60 0 "UPDATE run SET counters = '[1,2' WHERE name LIKE '%-07'" && bad 'counters cut short' 'counters are not those of configuration tiny' good-counters
    results good-bins 60 0 "UPDATE run SET bins = '[\"a\"' WHERE name LIKE '%-07'" && bad 'bins cut short' 'bins are no list of names' good-bins
    results good-config 60 0 "UPDATE config SET bins = '{'" && bad 'bins of a configuration' 'are no list' good-config
    "$build/regress" report >"$dir/stdout" 2>"$dir/err"
    report 'no --out' "$(same 'exit status' $? 2)$(grep -qxF 'dcom: report needs --out DIR' "$dir/err" || cat "$dir/err")"
}

page() {
    dir=$build/report_page
    mkdir -p "$dir"
    local missing=''
    for program in xmllint node "${CHROMIUM:-chromium}"; do command -v "$program" >/dev/null || missing="$missing $program"; done
    [ -z "$missing" ] || { echo "1..0 # SKIP not there:$missing" && exit 0; }
    # the schema is not ours: it comes with pytest's sources
    local pytest=pytest-8.3.4 xsd=$build/junit-10.xsd
    if [ ! -s "$xsd" ]; then
        if ! { python3 -m venv "$build/venv-junit" &&
            "$build/venv-junit/bin/pip" download --quiet --no-deps --no-binary :all: --dest "$build" "${pytest/-/==}" &&
            tar -xzOf "$build/$pytest.tar.gz" "$pytest/testing/example_scripts/junit-10.xsd" >"$xsd"; } >"$dir/err" 2>&1; then
            rm -f "$xsd"
            echo "1..0 # SKIP junit-10.xsd cannot be had from PyPI: $(tail -n 1 "$dir/err")"
            exit
        fi
    fi
    for kind in good bad hostile cut; do
        results $kind 600 3 && write $kind
        report "$kind: junit.xml is as the schema has it" "$(xmllint --noout --schema "$xsd" "$dir/$kind/junit.xml" 2>&1 | grep -v ' validates$' | head -n 5)"
        node tests/report_page.js test "$dir/$kind/report.html" $kind >"$dir/tap" 2>&1 || echo "not ok - report_page.js: exit status $?" >>"$dir/tap"
        while read -r line; do
            case $line in
            'ok - '*) report "$kind: ${line#ok - }" '' ;;
            'not ok - '*) report "$kind: ${line#not ok - }" "node tests/report_page.js test $dir/$kind/report.html $kind" ;;
            *) echo "# ${line#\# }" ;;
            esac
        done <"$dir/tap"
    done
    results bad-many 100000 10
    local begin=${EPOCHREALTIME/./}
    write bad-many
    local status=$?
    echo "# 100,000 tests and 100,000 before: report written in $(((${EPOCHREALTIME/./} - begin) / 1000)) ms"
    report '100,000 tests are written' "$(same 'exit status' $status 0)$(same run "$(number run "$dir/bad-many/report.json")" 100000)"
    report '100,000 tests: as the schema has it' "$(xmllint --noout --schema "$xsd" "$dir/bad-many/junit.xml" 2>&1 | grep -v ' validates$' | head -n 5)"
    node tests/report_page.js speed "$dir/bad-many/report.html" >"$dir/tap" 2>&1
    status=$?
    sed 's/^/# /' "$dir/tap"
    report '100,000 tests in the page' "$(same 'exit status' $status 0)"
    rm -f "$dir"/bad-many/*
}

mkdir -p "$dir"
if [ "${1:-}" = page ]; then page; else short; fi
echo "1..$count"
