#!/bin/bash
# test_sim.sh PROGRAM [every] - the lockstep of model and RTL, PROGRAM sim (the accelerator) or array_sim (the array alone): good
# runs pass and say what they compared, every planted fault is told under its name, bad input is told in one line.
# Without `every`, faults are planted in each sixteenth line of the correspondence table.
# SPDX-License-Identifier: Apache-2.0
set -u
program=$1
case $program in
sim) ports=13 array=u_array. stop_at='no such line' slow=0,200,0,0 ;;
array_sim) ports=9 array='' stop_at='==== around the array' slow=0,0,200,0 ;;
esac
cd "$(dirname "$0")/.." || exit 1
# shellcheck source=tests/report.sh
. tests/report.sh
make_npy=$build/tests/make_npy
tiny=$build/tiny/$program
small=$build/small/$program
target=${program//_/-} # of make
real=tests/data/kjv_S512_L29_mlp_in.npy

# run COMMAND...: into out, err, status
run() {
    "$@" >"$dir/out" 2>"$dir/err" </dev/null
    status=$?
}

: >"$dir/out" && : >"$dir/err"
for config in tiny small; do
    run make -s "BUILD=$build" "CONFIG=$config" "$target-build"
    report "$program of $config is built" "$([ $status -eq 0 ] || echo "exit status $status")"
done

# ---- good runs ----

# good NAME COMMAND...: passes, and compared something on every clock
good() {
    local name=$1 fault=''
    shift
    run "$@"
    [ $status -eq 0 ] || fault="exit status $status"
    [ "$(tail -n 1 "$dir/out")" = PASS ] || fault="$fault no PASS"
    grep -qE '^compared +[1-9][0-9]* registers \([1-9][0-9]* bits\) and '"$ports"' ports on each of [1-9][0-9]* clocks: [1-9]' \
        "$dir/out" || fault="$fault does not say what was compared"
    grep -qE '^ +[1-9][0-9]* memory words [1-9][0-9]* times' "$dir/out" || fault="$fault compared no memory"
    grep -qvE '^  [0-9]+ clocks, [0-9]+ clocks/s$' "$dir/err" && fault="$fault wrote to stderr" # but how far it is
    grep -q DIVERGENCE "$dir/out" && fault="$fault diverged"
    report "$name" "$fault"
}
result() { grep -E '^(quality|  +certificate)' "$dir/out"; }
clocks() { sed -nE 's/^clocks +([0-9]+),.*/\1/p' "$dir/out"; }

good 'real activation, no stalls' "$small" "$real"
want=$(result)
fewest=$(clocks)
for stall in light heavy $slow 0,0,0,200; do
    good "real activation, stalls $stall" "$small" --stall "$stall" "$real"
    report 'the same result in more clocks' \
        "$([ "$(result)" = "$want" ] && [ "$(clocks)" -gt "$fewest" ] || echo "$(clocks) clocks, $(result), not $want")"
done

good 'real activation, registers and not their fingerprints' "$small" --exact "$real"
report 'the same result in the same clocks' \
    "$([ "$(result)" = "$want" ] && [ "$(clocks)" -eq "$fewest" ] || echo "$(clocks) clocks, $(result), not $want")"

matrix() { "$make_npy" "$dir/$1.npy" f4 C "$2" "$3" "$4"; }
matrix full 64 64 random
matrix odd 61 47 random
matrix thin 3 59 random
matrix narrow 59 3 random
for shape in full odd thin narrow; do
    rank=$([ $shape = full ] || [ $shape = odd ] && echo 8 || echo 3)
    for expansion in 1 2 4 8; do
        good "$shape, E $expansion" "$tiny" --config tiny --rank "$rank" --expansion $expansion \
            --outliers 2 --stall light "$dir/$shape.npy"
    done
done
for warmup in 0 2; do
    good "warmup $warmup" "$tiny" --config tiny --rank 8 --warmup $warmup "$dir/odd.npy"
done
good 'tolerance' "$tiny" --config tiny --rank 24 --tolerance 0.6 "$dir/odd.npy"
good 'exact tokens' "$tiny" --config tiny --rank 8 --exact-tokens 0,7,60 "$dir/odd.npy"
matrix zero 24 24 zero
good 'all zero' "$tiny" --config tiny --rank 8 "$dir/zero.npy"
report 'of rank 0' "$(grep -q 'optimum of rank 0 ' "$dir/out" || result)"
matrix low 48 40 rank3
good 'rank deficient' "$tiny" --config tiny --rank 8 --outliers 0 "$dir/low.npy"
report 'of rank 3' "$(grep -q 'optimum of rank 3 ' "$dir/out" || result)"

# ---- planted faults ----

odd=("$tiny" --config tiny --rank 8)
run "${odd[@]}" "$dir/odd.npy"
last=$(clocks)

# planted NAME WORD BIT CLOCK [ANY]: told under this name, word and clock; with ANY on this clock or later
planted() {
    local at fault=''
    run "${odd[@]}" --fault "$1:$2:$3@$4" "$dir/odd.npy"
    [ $status -eq 1 ] || fault="exit status $status"
    [ "$(tail -n 1 "$dir/out")" = FAIL ] || fault="$fault no FAIL"
    at=$(sed -nE 's/^DIVERGENCE at clock ([0-9]+): .*/\1/p' "$dir/out")
    grep -qF "DIVERGENCE at clock $at: $1[$2]" "$dir/out" || fault="$fault not under its name and word"
    [ "${at:-0}" = "$4" ] || { [ -n "${5:-}" ] && [ "${at:-0}" -gt "$4" ]; } || fault="$fault on clock $at, not $4"
    report "fault in $1, word $2, on clock $4" "$fault"
}

run "$tiny" --config tiny --list
cp "$dir/out" "$dir/list"
lines=$(sed "/$stop_at/q" tb/correspondence.def | grep -cE '^(LINE|REGISTER)\(')
# eight lanes
[ "$program" = array_sim ] || lines=$((lines + 7 * $(grep -c '^REGISTER(SCALAR_ALU,' tb/correspondence.def)))
report 'tiny has a register or memory for every line of correspondence.def' \
    "$([ "$(grep -cE ' (register|memory)$' "$dir/list")" -eq "$lines" ] || echo "$(wc -l <"$dir/list") of $lines")"
report 'and every output port' "$([ "$(grep -c ' output$' "$dir/list")" -eq "$ports" ] || grep ' output$' "$dir/list")"
number=0
while read -r name words kind; do
    case $program$name in
    simu_array.* | sim*.lanes\[[1-7]\].*) continue ;; # the array's lines are array_sim's; one lane stands for all
    esac
    number=$((number + 1))
    [ "${2:-}" = every ] || [ $((number % 16)) -eq 1 ] || continue
    if [ "$kind" = input ]; then
        continue # is not compared: tests/test_faults.sh
    elif [ "$kind" = output ]; then
        planted "$name" $((words - 1)) 0 $((last / 2))
    elif [ "$kind" = register ]; then
        [ "$program" = sim ] || planted "$name" 0 0 3
        planted "$name" $((words - 1)) 0 $((last / 2))
    else
        planted "$name" 0 0 "$last"
        planted "$name" $((words - 1)) 7 "$last"
    fi
done <"$dir/list"
mem=$array'row[0].node[0].u_cluster.u_tile_memory.mem'
planted "$mem" 6655 3 $((last / 2)) any
run "${odd[@]}" --fault "model:$mem:6655:3@$last" --expect divergence "$dir/odd.npy"
report 'fault in the memory of the model' "$([ $status -eq 0 ] && grep -qF "DIVERGENCE at clock $last: ${mem}[6655]" "$dir/out" || echo "exit status $status")"

# A pass that ends later on one side, shortly before memories are compared behind it: there neither may wait for the other
fault=''
for ((clock = last / 2 - 100; clock < last / 2 + 100; clock += 3)); do
    run timeout 60 "${odd[@]}" --fault "${array}u_pass_control.settle_q:0:2@$clock" "$dir/odd.npy"
    grep -qF "DIVERGENCE at clock $clock: ${array}u_pass_control.settle_q[0]" "$dir/out" ||
        fault="$fault clock $clock: exit status $status;"
done
report 'a pass that ends later on one side is told, wherever memories are compared' "$fault"

# ---- the report of a divergence ----

name=$array'row[0].node[0].u_cluster.u_mac_grid.accumulator_q'
at=$((last / 2))
planted "$name" 77 31 $at
says() { report "the report $1" "$(grep -qE -- "$2" "$dir/out" || echo "it does not: $2")"; }
says 'names clock and register' "^DIVERGENCE at clock $at: ${array//./\\.}row\[0\]\.node\[0\]\.u_cluster\.u_mac_grid\.accumulator_q\[77\]$"
says 'names the place' '^  at cluster \(0, 0\), bank 1, MAC row 1, lane 5$'
says 'has bits and numbers of both' \
    "^  clock $at +model [0-9a-f]{8} \([^)]+\)  rtl [0-9a-f]{8} \([^)]+\)  xor 80000000$"
report 'and the 8 clocks before it' \
    "$([ "$(grep -cE '^  clock [0-9]+ +model ([0-9a-f]{8}) .* rtl \1 .* xor 00000000$' "$dir/out")" -eq 8 ] || echo 'not 8')"
cp "$dir/out" "$dir/first"
again=$(sed -n 's/^  again: //p' "$dir/out")
run bash -c "$again"
report 'its command gives the same report' \
    "$(diff <(grep -v '^clocks' "$dir/first") <(grep -v '^clocks' "$dir/out") 2>&1)"

# ---- bad input ----

# bad NAME TEXT COMMAND...: exit status 2, one line on stderr that holds TEXT
bad() {
    local name=$1 text=$2 fault=''
    shift 2
    run "$@"
    [ $status -eq 2 ] || fault="exit status $status"
    [ "$(wc -l <"$dir/err")" -eq 1 ] || fault="$fault not one line"
    grep -qF -- "$text" "$dir/err" || fault="$fault does not say: $text"
    grep -q PASS "$dir/out" && fault="$fault PASS"
    report "$name" "$fault"
}
bad "another configuration's DUT" 'the DUT was built for another configuration' "$tiny" --config small "$dir/odd.npy"
bad 'no file' 'none.npy: No such file' "$tiny" --config tiny "$dir/none.npy"
bad 'no matrix' 'a matrix is needed' "$tiny" --config tiny
bad 'two matrices' 'one matrix at a time' "$tiny" --config tiny "$dir/odd.npy" "$dir/odd.npy"
bad 'matrix too large' '512 tokens: configuration tiny holds at most 64' "$tiny" --config tiny "$real"
bad 'stalls' '--stall some: not none, light, heavy' "$tiny" --config tiny --stall some "$dir/odd.npy"
bad 'stalls out of range' '--stall 0,0,0,256: not' "$tiny" --config tiny --stall 0,0,0,256 "$dir/odd.npy"
bad 'unknown option' 'unknown option --frob' "$tiny" --config tiny --frob "$dir/odd.npy"
bad 'unknown configuration' 'no configuration is called huge' "$tiny" --config huge "$dir/odd.npy"
bad 'rank' 'rank 0 is not 1..47' "$tiny" --config tiny --rank 0 "$dir/odd.npy"
bad 'malformed fault' '--fault write_row_q: not NAME:WORD:BIT@CLOCK' "$tiny" --config tiny --fault write_row_q "$dir/odd.npy"
bad 'fault in no register' 'no register is called nope_q' "$tiny" --config tiny --fault nope_q:0:0@5 "$dir/odd.npy"
bad 'fault past the register' "--fault: ${array}write_row_q has words 0..0" "$tiny" --config tiny --fault "${array}write_row_q:9:0@5" "$dir/odd.npy"
bad 'fault past the word' 'no bit 16 of word 0' "$tiny" --config tiny --fault "${array}write_row_q:0:16@5" "$dir/odd.npy"
bad 'fault after the run' "--fault: the run has $last clocks" "${odd[@]}" --fault "${array}write_row_q:0:0@$((last + 1))" "$dir/odd.npy"

# ---- waves ----

wave=$build/tiny/divergence.fst
exec 9>"$build/tests/waves.lock" && flock 9 # of sim and of array_sim
sim=(make -s "BUILD=$build" CONFIG=tiny WAVES=1 RANK=8 "INPUT=$dir/odd.npy")
rm -f "$wave"
run "${sim[@]}" "$target"
report 'a run without a divergence writes no waves' \
    "$([ $status -eq 0 ] && [ ! -e "$wave" ] || echo "exit status $status, $(ls "$wave" 2>&1)")"
run "${sim[@]}" "FAULT=${array}write_row_q:0:0@$at" "$target"
report 'a divergence writes an FST' "$([ $status -ne 0 ] && [ -s "$wave" ] && [ "$(head -c 1 "$wave" | od -An -tu1)" -eq 0 ] &&
    grep -qF "waves: $wave" "$dir/out" || echo 'it does not')"
# an FST's header: the times of its first and last value, big-endian, from byte 9; two a clock
time_at() { od -An -tu1 -j "$1" -N 8 "$wave" | awk '{ for (k = 1; k <= NF; k++) x = 256 * x + $k; print x + 0 }'; }
span=$(($(time_at 17) - $(time_at 9)))
report 'of the clocks around it alone' "$([ "$span" -ge 128 ] && [ "$span" -le 160 ] || echo "$span half clocks")"
rm -f "$wave"

echo "1..$count"
