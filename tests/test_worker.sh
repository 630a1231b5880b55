#!/bin/bash
# test_worker.sh - the worker of a regression: a line in, a line out, good or not, and nothing left behind for the next one.
# `test_worker.sh bins`: the corner and conformance cases, which hit every functional bin there is.
# SPDX-License-Identifier: Apache-2.0
set -u
cd "$(dirname "$0")/.." || exit 1
# shellcheck source=tests/report.sh
. tests/report.sh
sanitize=${SANITIZE:+SANITIZE=$SANITIZE}

# worker CONFIG LINE...: into out (the greeting in greeting), err, status
worker() {
    local config=$1
    shift
    printf '%s\n' "$@" | "$build/$config/sim" --worker >"$dir/all" 2>"$dir/err"
    status=$?
    head -n 1 "$dir/all" >"$dir/greeting"
    tail -n +2 "$dir/all" >"$dir/out"
}
# field LINE NAME: a text or number of an answer
field() { sed -n "$1p" "$dir/out" | sed -nE "s/.*\"$2\":(\"[^\"]*\"|[^,\"}]*)[,}].*/\1/p" | tr -d '"'; }
bins() { sed -nE 's/.*"bins":\[(.*)\]\}/\1/p' "$1" | grep -oE '"[^"]*"' | sort -u; }

# is NAME LINE FIELD VALUE ...: the answer has these
is() {
    local name=$1 line=$2 fault=''
    shift 2
    while [ $# -gt 0 ]; do
        [ "$(field "$line" "$1")" = "$2" ] || fault="$fault$1 is $(field "$line" "$1"), not $2"$'\n'
        shift 2
    done
    report "$name" "$fault"
}

if [ "${1:-}" = bins ]; then
    for config in tiny small; do
        make -s "BUILD=$build" "CONFIG=$config" sim-build >"$dir/out" 2>&1
        report "sim of $config is built" "$([ -x "$build/$config/sim" ] || echo no)"
        mapfile -t lines < <(grep -hE "^[a-z].* config=$config( |\$)" vectors/corner.cases vectors/conformance.cases)
        worker "$config" "${lines[@]}"
        report "$config: all cases pass" "$(grep -v '"verdict":"pass"' "$dir/out" | cut -c 1-300)"
        answers=$(grep -c . "$dir/out")
        report "$config: ${#lines[@]} of them" "$([ "$answers" -gt 0 ] && [ "$answers" -eq ${#lines[@]} ] || echo "$answers answers")"
        bins "$dir/out" >>"$dir/hit"
    done
    bins "$dir/greeting" >"$dir/bins"
    report "all of $(grep -c . "$dir/bins") bins are hit" "$(sort -u "$dir/hit" | comm -23 "$dir/bins" -)"
    echo "1..$count"
    exit 0
fi

# shellcheck disable=SC2086 # no word where it is empty
make -s "BUILD=$build" $sanitize CONFIG=tiny sim-build >"$dir/out" 2>&1
report 'sim of tiny is built' "$([ -x "$build/tiny/sim" ] || echo no)"

# ---- what it says of itself ----

worker tiny
sed -i '$d' "$dir/out" # the answer to the empty line that printf makes of no argument
report 'nothing to do: a greeting, exit status 0' "$([ $status -eq 0 ] && [ "$(grep -c . "$dir/greeting")" -eq 1 ] && [ ! -s "$dir/out" ] || echo "exit status $status")"
report 'it names its configuration, commit and versions' \
    "$(for key in '"worker":1,"config":"tiny"' '"commit":"' '"version":"' '"verilator":"Verilator' '"compiler":"'; do grep -qF "$key" "$dir/greeting" || echo "no $key"; done)"
report 'a counter for each of ACCELERATOR_COUNTERS' \
    "$([ "$(grep -oE '\["[a-z ]+","[a-z ]+"\]' "$dir/greeting" | grep -c .)" -eq "$(grep -c '^    COUNTER(' cmodel/accelerator_ports.h)" ] || echo not)"
bins "$dir/greeting" >"$dir/bins"
report 'bins, no two of one name' "$(grep -oE '"[^"]*"' <<<"$(sed -E 's/.*"bins"://' "$dir/greeting")" | sort | uniq -d
    [ "$(grep -c . "$dir/bins")" -ge 100 ] || echo "$(grep -c . "$dir/bins") bins")"

# ---- good runs; the stimulus ----

small='noise(8,8) rank=2 outliers=1 config=tiny'
worker tiny "l $small" "t $small run=timed" "u $small run=untimed" "l $small" "s $small stall=light" "s $small stall=light stall-seed=2" \
    "s $small seed=2" "s noise(8,8,-9) rank=2 outliers=1 config=tiny" "s $small warmup=2" "u $small run=untimed warmup=2" \
    "u $small run=untimed" "o noise(8,8) rank=2 outliers=1"
report 'all pass' "$(grep -v '"verdict":"pass"' "$dir/out")"
report 'an answer to each, in order' "$([ "$(sed -nE 's/^\{"case":"(.)".*/\1/p' "$dir/out" | tr -d '\n')" = ltulsssssuuo ] || echo not)"
digest=$(field 1 digest) stimulus=$(field 1 stimulus)
is 'lockstep: clocks, beats in and out as there are' 1 seed 1 kind '' message '' clock 0 macs $((8 * 8 * 17)) beats_in 8 beats_out $((1 + 8 + 8))
is 'timed: the same clocks, digest and stimulus' 2 digest "$digest" stimulus "$stimulus" clocks "$(field 1 clocks)"
is 'untimed: the same digest, no clock, a stimulus of its own' 3 digest "$digest" clocks 0 macs 0
is 'the same case again: the same' 4 digest "$digest" stimulus "$stimulus" clocks "$(field 1 clocks)"
report 'stalls, their seed, seed, generator, parameters: other stimulus each' \
    "$([ "$(for k in 1 3 5 6 7 8 9 10; do field $k stimulus; done | sort -u | grep -c '^[0-9a-f]\{16\}$')" -eq 8 ] || for k in 1 3 5 6 7 8 9 10; do field $k stimulus; done)"
is 'untimed again: the same' 11 digest "$digest" stimulus "$(field 3 stimulus)"
is 'no config: its own' 12 digest "$digest" stimulus "$stimulus"
report 'bins count in lockstep alone' "$([ "$(sed -n 1p "$dir/out" >"$dir/one" && bins "$dir/one" | grep -c .)" -ge 50 ] || echo few
    sed -n '2,3p' "$dir/out" | grep -vF '"bins":[]}')"
report 'they are those that there are' "$(bins "$dir/out" | comm -23 - "$dir/bins")"
report 'what is not hit is not said' "$(bins "$dir/one" | grep -E 'expansion:1|stop:noise|stall:light|outliers:0')"
for bin in expansion:8 rank:below-block outliers:some stall:none stop:rank 'arc:IDLE>LOAD_BEGIN' 'counter:array, operations'; do
    report "and this is: $bin" "$(bins "$dir/one" | grep -qxF "\"$bin\"" || echo no)"
done
run=("$build/tiny/sim" --config tiny --rank 2 --outliers 1)
report "the digest is that of make sim" "$("${run[@]}" 'noise(8,8)' 2>&1 | grep -qx "digest        $digest" || echo not)"
again=$(sed -n 1p "$dir/out" | sed -E 's/"(seconds|peak_kb)":[^,]*,//g')
report "and of golden vectors" "$("$build/dcom" vectors 'noise(8,8)' --config tiny --rank 2 --outliers 1 --out "$dir/vectors" --json 2>&1 | grep -qF "$digest" || echo not)"

# A pass over an empty basis once never ended
mapfile -t lines < <(grep '^vanishing-' vectors/corner.cases)
worker tiny "${lines[@]}"
report 'norms of the last bits of FP32 do not hang it' "$([ ${#lines[@]} -ge 3 ] && [ "$(grep -c '"verdict":"pass"' "$dir/out")" -eq ${#lines[@]} ] || echo not)"
report 'they spend all rounds' "$(for bin in rounds:8 picking 'arc:JUDGED>MEASURE'; do bins "$dir/out" | grep -qxF "\"$bin\"" || echo "no $bin"; done)"

# ---- runs that fail, and what comes after them ----

cell='u_array.row[0].node[0].u_cluster'
worker tiny "f $small fault=$cell.u_mac_grid.product_q:3:5@200" "l $small" \
    "told $small fault=$cell.u_mac_grid.product_q:3:5@200 expect=divergence" \
    "mem $small fault=$cell.u_tile_memory.mem:3:5@200 expect=divergence" \
    "else $small fault=$cell.u_tile_memory.mem:0:5@60 expect=divergence" \
    "gone $small fault=$cell.u_tile_memory.mem:8:5@45 expect=divergence" \
    "harmless $small fault=$cell.u_tile_memory.mem:8:5@45" \
    "e $small expect=deflated" "e $small run=untimed expect=deflated" "e $small expect=rank:2,no-flags" "l $small"
is 'a fault: a divergence, by unit, register and clock' 1 verdict fail kind divergence unit mac_grid register product_q clock 200 clocks 200
is 'in words' 1 message "divergence at clock 200: $cell.u_mac_grid.product_q[3]"
is 'one that must be told: told' 3 verdict pass kind '' unit '' message ''
is 'in a memory' 4 verdict pass kind ''
is 'told under another name: fails' 5 verdict fail kind fault message "the fault in $cell.u_tile_memory.mem[0] was told as $cell.u_tile_memory.element_q[0] at clock 75"
is 'not told at all, since it is written over: fails' 6 verdict fail kind fault message "the fault in $cell.u_tile_memory.mem[8] was not told"
is 'the same, not to be told: passes' 7 verdict pass
is 'what is expected does not come' 8 verdict fail kind expect
is 'untimed' 9 verdict fail kind expect
is 'or comes' 10 verdict pass kind ''
for line in 2 11; do
    report "line $line, behind a failure: as if it were alone" "$([ "$(sed -n ${line}p "$dir/out" | sed -E 's/"(seconds|peak_kb)":[^,]*,//g')" = "$again" ] || echo "not $again")"
done

# ---- lines that are no case ----

lines=("l $small" 'garbage' '' '!! !!' 'x noise(8,8) colour=red' 'x noise(8,8) config=small' 'x noise(8,8) rank=99' "x $dir/none.npy"
    'x noise(8,8) fault=nope_q:0:0@5' "x noise(8,8) fault=$cell.u_mac_grid.product_q:99999:0@5" 'x noise(8,8) fault=u_csr.running_q:0:0@999999'
    'x noise(8,8) run=timed fault=u_csr.running_q:0:0@9' 'x noise(16,8) exact-tokens=0,1,2,3,4,5,6,7,8' 'x noise(8,8) seeds=1..3' "l $small")
worker tiny "${lines[@]}"
report 'every line is answered, exit status 0' "$([ $status -eq 0 ] && [ "$(grep -c . "$dir/out")" -eq ${#lines[@]} ] || echo "$(grep -c . "$dir/out") of ${#lines[@]}, exit status $status")"
report 'all but the first and last are wrong input' "$(sed '1d;$d' "$dir/out" | grep -v '"verdict":"fail".*"kind":"input".*"message":"[^"]')"
report 'the first and the last pass' "$(sed -n '1p;$p' "$dir/out" | grep -v '"verdict":"pass"')"
said=('' 'garbage: no input' 'no input' '!!: not a name' 'colour: no such key' 'config small: this program was built for tiny' 'rank 99 is not 1..8'
    'none.npy: No such file' 'fault: no register is called nope_q' 'fault: .* has words 0..63 of 32 bits' 'fault: the run has [0-9]* clocks, no clock 999999'
    'fault: run=timed has no RTL' '9 exact tokens: the accelerator takes at most 8' 'seeds: no such key' '')
for k in "${!said[@]}"; do
    [ -z "${said[k]}" ] || report "told: ${said[k]}" "$(field $((k + 1)) message | grep -qe "${said[k]}" || field $((k + 1)) message)"
done
printf 'l %s' "$small" | "$build/tiny/sim" --worker >"$dir/all" 2>"$dir/err"
report 'a last line without an end is one too' "$([ "$(tail -n +2 "$dir/all" | grep -c '"verdict":"pass"')" -eq 1 ] || echo not)"
report 'nothing on stderr' "$(cat "$dir/err")"
"$build/tiny/sim" --worker 'noise(8,8)' >"$dir/out" 2>"$dir/err" </dev/null
status=$?
report 'a matrix beside --worker is refused' "$([ $status -eq 2 ] && grep -qF -- '--worker: the cases are on standard input' "$dir/err" || echo not)"
"$build/tiny/sim" --worker --config small >"$dir/out" 2>"$dir/err" </dev/null
status=$?
report "another configuration's DUT is refused" "$([ $status -eq 2 ] && grep -qF 'the DUT was built for another configuration' "$dir/err" || echo not)"

# ---- many: memory does not grow with them ----

for k in $(seq 400); do echo "m $small seed=$k run=untimed"; done >"$dir/many"
for k in $(seq 25); do printf 'm %s seed=%d\nm %s seed=%d fault=u_csr.running_q:0:0@%d\n' "$small" "$k" "$small" "$k" $((100 + k)); done >>"$dir/many"
cat "$dir/many" "$dir/many" | "$build/tiny/sim" --worker >"$dir/all" 2>"$dir/err"
report 'hundreds: all answered' "$([ "$(tail -n +2 "$dir/all" | grep -c .)" -eq 900 ] || grep -c . "$dir/all")"
report 'other seeds, other stimulus' "$([ "$(sed -n 2,401p "$dir/all" | grep -oE '"stimulus":"[0-9a-f]*"' | sort -u | grep -c .)" -eq 400 ] || echo not)"
report 'and the same once more' "$(diff <(sed -n 2,451p "$dir/all" | sed -E 's/"(seconds|peak_kb)":[^,]*,//g') <(sed -n 452,901p "$dir/all" | sed -E 's/"(seconds|peak_kb)":[^,]*,//g') | head -n 3)"

# ---- make sim with the case's values: what a regression prints beside a failure ----

sim=(make -s "BUILD=$build")
[ -z "$sanitize" ] || sim+=("$sanitize")
"${sim[@]}" sim CONFIG=tiny INPUT='noise(8,8)' RANK=2 OUTLIERS=1 EXACT_TOKENS=0,3 SEED=7 EXPECT=rank:2,no-flags >"$dir/out" 2>"$dir/err"
report 'make sim of a generator, exact tokens, an expectation' "$([ "$(tail -n 1 "$dir/out")" = PASS ] && grep -qx 'EXPECT        met: rank:2,no-flags' "$dir/out" || echo not)"
digest=$(sed -nE 's/^digest +//p' "$dir/out")
worker tiny "x noise(8,8) rank=2 outliers=1 exact-tokens=0,3 seed=7"
is 'the worker says the same' 1 digest "$digest"
"${sim[@]}" sim CONFIG=tiny INPUT='noise(8,8)' RANK=2 EXPECT=overflow >"$dir/out" 2>"$dir/err"
status=$?
report 'an expectation that does not come: FAIL' "$([ $status -ne 0 ] && [ "$(tail -n 1 "$dir/out")" = FAIL ] && grep -q '^EXPECT        NOT met: overflow is expected' "$dir/out" || echo not)"
"${sim[@]}" sim CONFIG=tiny INPUT='noise(8,8)' RANK=2 OUTLIERS=1 FAULT="$cell.u_mac_grid.product_q:3:5@200" EXPECT=divergence >"$dir/out" 2>"$dir/err"
status=$?
report 'a fault that must be told: PASS' "$([ $status -eq 0 ] && grep -q '^DIVERGENCE at clock 200' "$dir/out" && [ "$(tail -n 1 "$dir/out")" = PASS ] || echo not)"
"${run[@]}" --fault "$cell.u_mac_grid.product_q:3:5@200" --capsule "$dir/capsule" 'noise(8,8)' >"$dir/out" 2>"$dir/err"
bash -c "$(sed -n 's/^  again: //p' "$dir/out")" >"$dir/again" 2>"$dir/err"
report 'what it prints to run it again does so' "$(diff <(grep -v ^clocks "$dir/out") <(grep -v ^clocks "$dir/again") 2>&1)"
"$build/tiny/sim" --replay "$dir/capsule" >"$dir/out" 2>"$dir/err"
report 'the capsule of a generated matrix is replayed' "$(grep -q '^REPLAY        the failure again' "$dir/out" || echo not)"
"${run[@]}" --expect divergence 'noise(8,8)' >"$dir/out" 2>"$dir/err"
status=$?
report 'a divergence expected of no fault is refused' "$([ $status -eq 2 ] && grep -qF -- '--expect divergence: there is no --fault' "$dir/err" || echo not)"
echo "1..$count"
