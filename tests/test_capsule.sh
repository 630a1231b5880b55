#!/bin/bash
# test_capsule.sh [clone] - failure capsules: what fails leaves one, it shows the same failure again on both sides or one, and
# nothing but a whole one is read. clone: from a fresh clone of the commit, with waves, and failures that are not planted.
# SPDX-License-Identifier: Apache-2.0
set -u
cd "$(dirname "$0")/.." || exit 1
# shellcheck source=tests/report.sh
. tests/report.sh
sanitize=${SANITIZE:-}

# run COMMAND...: into out, err, status
run() {
    "$@" >"$dir/out" 2>"$dir/err" </dev/null
    status=$?
}

# says NAME STATUS REGEX COMMAND...: exits so, and REGEX is on a line of what it printed
says() {
    local name=$1 want=$2 regex=$3 fault=''
    shift 3
    run "$@"
    [ $status -eq "$want" ] || fault="exit status $status"
    grep -qE -- "$regex" "$dir/out" "$dir/err" || fault="$fault does not say: $regex"
    report "$name" "$fault"
}

# refused NAME TEXT FILE [COMMAND...]: by `dcom replay` or COMMAND, exit status 2, and one line on stderr that names FILE and holds TEXT
refused() {
    local name=$1 text=$2 file=$3 fault=''
    shift 3
    [ $# -gt 0 ] || set -- "$build/dcom" replay
    run "$@" "$file"
    [ $status -eq 2 ] || fault="exit status $status"
    [ "$(wc -l <"$dir/err")" -eq 1 ] && [ ! -s "$dir/out" ] || fault="$fault not one line"
    grep -qF -- "dcom: $file: " "$dir/err" && grep -qF -- "$text" "$dir/err" || fault="$fault does not say: $text"
    report "$name" "$fault"
}

make_npy=$build/tests/make_npy
tiny=$build/tiny/sim
again='^REPLAY        the failure again: divergence at clock 2000: '

if [ "${1:-}" = clone ]; then
    # ---- what a colleague does: clone, copy the capsule, make replay ----
    root=$PWD
    capsule=$dir/failure.capsule
    "$make_npy" "$dir/odd.npy" f4 C 61 47 random
    run make -s "BUILD=$build" CONFIG=tiny RANK=8 STALL=light "INPUT=$dir/odd.npy" \
        FAULT='u_array.row[0].node[0].u_cluster.u_mac_grid.drain_q:9:3@2000' sim
    report 'make sim with a fault fails and says how to show it again' \
        "$(grep -qx "replay        make replay CAPSULE=$build/tiny/failure.capsule" "$dir/out" || echo "it does not, status $status")"
    cp "$build/tiny/failure.capsule" "$capsule"
    # the commit of this build, so that nothing need be committed to be tested
    run git clone -q "$root" "$dir/clone"
    report 'a clone' "$([ $status -eq 0 ] || echo "exit status $status")"
    rm "$dir/odd.npy"
    cd "$dir/clone" || exit 1
    says 'the clone shows the failure again' 2 "$again" make -s replay "CAPSULE=$capsule"
    says 'the model alone' 0 '^REPLAY        the model does what it did$' make -s replay "CAPSULE=$capsule" SIDE=model
    says 'the RTL alone' 0 '^REPLAY        the RTL does what it did$' make -s replay "CAPSULE=$capsule" SIDE=rtl
    says 'waves of both' 2 '^  waves: build/tiny/replay\.fst, build/tiny/replay\.vcd$' make -s replay "CAPSULE=$capsule" WAVES=1 WINDOW=20
    # an FST's header: the times of its first and last value, big-endian, from byte 9; two a clock
    time_at() { od -An -tu1 -j "$1" -N 8 build/tiny/replay.fst | awk '{ for (k = 1; k <= NF; k++) x = 256 * x + $k; print x + 0 }'; }
    times="$(time_at 9) $(time_at 17) $(sed -n 's/^#//p' build/tiny/replay.vcd | sed -n '1p;$p' | tr '\n' ' ')"
    report 'of the same clocks' "$([ "$times" = '3960 4015 3958 4016 ' ] || echo "FST and VCD are of times $times")"

    # ---- an RTL that is wrong, and then mended ----
    sed -i 's/lanes_q <= command_lanes;/lanes_q <= command_lanes >> 1;/' rtl/pass_control.v
    run git diff --quiet
    report 'a bug is in the RTL' "$([ $status -eq 1 ] || echo 'it is not')"
    "$root/$make_npy" odd.npy f4 C 61 47 random
    says 'the lockstep tells' 2 '^DIVERGENCE' make -s CONFIG=tiny RANK=8 INPUT=odd.npy sim
    cp build/tiny/failure.capsule bug.capsule
    says 'its capsule shows it again' 2 '^REPLAY        the failure again: ' make -s replay CAPSULE=bug.capsule
    says 'and says that no commit has it' 2 'warning: of changes to commit [0-9a-f]{40} that are in no commit' make -s replay CAPSULE=bug.capsule
    says 'another capsule is another failure' 2 '^REPLAY        another failure: ' make -s replay "CAPSULE=$capsule"
    git checkout -q rtl
    says 'once mended it is gone' 0 '^REPLAY        the failure is gone: ' make -s replay CAPSULE=bug.capsule
    says 'and says of which commit it was' 0 'warning: of commit [0-9a-f]{40}-dirty, this is [0-9a-f]{40}$' make -s replay CAPSULE=bug.capsule

    # ---- a host that gives up, both sides alike ----
    sed -i 's/HOST_PATIENCE = 1000000/HOST_PATIENCE = 100/' cmodel/host.h
    says 'no progress fails' 2 '^STOPPED       clock [0-9]+: nothing for 100 clocks, waiting for ' make -s CONFIG=tiny RANK=8 INPUT=odd.npy sim
    cp build/tiny/failure.capsule stopped.capsule
    says 'again' 2 '^REPLAY        the failure again: clock [0-9]+: nothing for 100 clocks' make -s replay CAPSULE=stopped.capsule
    says 'on the model' 1 '^timed         clock [0-9]+: nothing for 100 clocks.*: as in the capsule$' build/dcom replay stopped.capsule
    echo "1..$count"
    exit 0
fi

for program in sim array-sim; do
    run make -s "BUILD=$build" "SANITIZE=$sanitize" CONFIG=tiny "$program-build" "$make_npy" "$build/dcom"
    report "$program of tiny is built" "$([ $status -eq 0 ] || echo "exit status $status")"
    [ $status -eq 0 ] || exit
done
"$make_npy" "$dir/odd.npy" f4 C 61 47 random
"$make_npy" "$dir/low.npy" f4 C 61 47 rank3
name='u_array.row[0].node[0].u_cluster.u_mac_grid.accumulator_q'
capsule=$dir/a.capsule

# ---- a planted fault, and everything that a run can be told ----

run "$tiny" --config tiny --rank 8 --expansion 4 --warmup 2 --outliers 3 --exact-tokens 0,7,60 --tolerance 0.1 --seed 5 --stall 9,20,31,42 \
    --stall-seed 7 --fault "$name:75:31@2000" --capsule "$capsule" "$dir/odd.npy"
cp "$dir/out" "$dir/first"
report 'what fails leaves a capsule and says how to show it again' "$([ $status -eq 1 ] && [ "$(tail -n 1 "$dir/out")" = FAIL ] &&
    grep -qx "replay        make replay CAPSULE=$capsule" "$dir/out" && [ -s "$capsule" ] || echo "it does not, exit status $status")"
report 'and nothing beside it' "$([ "$(find "$dir" -name '*.dcom-*' | wc -l)" -eq 0 ] || echo 'there is more')"
rm "$dir/odd.npy" # all that is needed is in the capsule
says 'both sides: the failure again' 1 "$again" "$tiny" --replay "$capsule"
steady() { grep -vE '^(clocks|capsule|replay|REPLAY|planted|input|lockstep|compared|  again| +[0-9]+ memory words)' "$1"; }
report 'the same report' "$(diff <(steady "$dir/first") <(steady "$dir/out") 2>&1)"
says 'and that it was planted' 1 '^planted       u_array\..*:75:31@2000, as it was$' "$tiny" --replay "$capsule"
says 'the model alone' 0 '^REPLAY        the model does what it did$' "$tiny" --replay "$capsule" --side model --waves "$dir/m.fst"
cp "$dir/out" "$dir/model"
says 'the RTL alone' 0 '^REPLAY        the RTL does what it did$' "$tiny" --replay "$capsule" --side rtl
history() { sed -nE "s/^  clock ([0-9]+) +.*$1 ([0-9a-f]+) .*/\1 \2/p" "$2"; }
report 'has the divergence, 8 clocks before and 8 after' "$([ "$(history rtl "$dir/out" | wc -l)" -eq 17 ] &&
    [ "$(history rtl "$dir/out" | head -n 9)" = "$(history rtl "$dir/first")" ] || echo 'it has not')"
says 'dcom replay: outputs and results' 0 '^MODEL         as in the capsule$' "$build/dcom" replay "$capsule"
says 'make replay finds program and configuration' 2 "$again" make -s "BUILD=$build" "SANITIZE=$sanitize" replay "CAPSULE=$capsule"
says 'make replay of one side' 0 '^REPLAY        the model does what it did$' make -s "BUILD=$build" "SANITIZE=$sanitize" replay "CAPSULE=$capsule" SIDE=model
says 'make replay needs a capsule' 2 'make replay needs CAPSULE=file' make -s "BUILD=$build" "SANITIZE=$sanitize" replay

# the waves of the model: the word's value at 2 (clock - 1), of every clock that the history has
awk '/^\$var/ && $5 == "accumulator_q[75]" { code = $4 }
     /^#/ { time = substr($0, 2) }
     $2 == code && /^b/ { bits = substr($1, 2) }
     /^#/ && time % 2 == 1 && code { value = 0; for (k = 1; k <= length(bits); k++) value = 2 * value + substr(bits, k, 1)
         printf "%d %04x%04x\n", (time + 1) / 2, int(value / 65536), value % 65536 }' "$dir/m.vcd" >"$dir/waves"
report 'waves of the model have its history' "$(history model "$dir/model" | diff - <(tail -n 17 "$dir/waves") 2>&1)"
report 'of 64 clocks before it and 8 after' "$([ "$(sed -n '1s/ .*//p;$s/ .*//p' "$dir/waves" | tr '\n' ' ')" = '1936 2008 ' ] || sed -n '1p;$p' "$dir/waves")"

run "$tiny" --config tiny --fault "$name:77:31@100" --capsule "$dir/none/x" "$dir/low.npy"
report 'a capsule that cannot be written changes no verdict' "$([ $status -eq 1 ] && grep -qx 'capsule       none' "$dir/out" &&
    grep -qF "$dir/none/x: cannot be written" "$dir/err" || echo "exit status $status")"

# ---- the cluster array alone; a failure that is no divergence ----

run "$build/tiny/array_sim" --config tiny --fault "${name#u_array.}:3:7@2000" --capsule "$dir/array.capsule" "$dir/low.npy"
says 'array_sim: the failure again' 1 "$again" "$build/tiny/array_sim" --replay "$dir/array.capsule"
says 'make replay builds array_sim for it' 2 "$again" make -s "BUILD=$build" "SANITIZE=$sanitize" replay "CAPSULE=$dir/array.capsule"
says 'array_sim: dcom replay' 0 '^MODEL         as in the capsule$' "$build/dcom" replay "$dir/array.capsule"
refused "sim refuses array_sim's" 'a capsule of array_sim, this is sim' "$dir/array.capsule" "$tiny" --replay

poor=("$tiny" --config tiny --rank 3 --expansion 1 --warmup 0 --outliers 0)
run "${poor[@]}" --capsule "$dir/poor.capsule" "$dir/low.npy"
says 'a poor result: again' 1 '^REPLAY        the failure again: the decomposition is worse' "$tiny" --replay "$dir/poor.capsule"
for side in model rtl; do
    says "a poor result: $side alone" 0 '^REPLAY        the result is bit for bit' "$tiny" --replay "$dir/poor.capsule" --side $side
done
run "${poor[@]}" --outliers 8 --rank 8 --capsule "$dir/good.capsule" "$dir/low.npy"
report 'a good run leaves none' "$([ $status -eq 0 ] && [ ! -e "$dir/good.capsule" ] || echo "exit status $status")"

# ---- capsules that were changed ----

read -r _ _ length payload <"$capsule"
head -c $((37 + 10#$length)) "$capsule" | tail -c +38 >"$dir/header"
head -c -65 "$capsule" | tail -c "$((10#$payload))" >"$dir/payload"
# seal: a capsule of header and payload as they are now
seal() {
    {
        printf 'dcom-capsule 1 %010d %010d\n' "$(wc -c <"$1")" "$(wc -c <"$2")"
        cat "$1" "$2"
    } >"$dir/unsealed"
    { cat "$dir/unsealed" && sha256sum <"$dir/unsealed" | sed 's/ .*//'; } >"$dir/changed"
}
# change SED: the header, sealed again
change() {
    sed -E "$1" "$dir/header" >"$dir/edited"
    seal "$dir/edited" "$dir/payload"
}
seal "$dir/header" "$dir/payload"
report 'sealed again without a change it is the same file' "$(cmp "$capsule" "$dir/changed" 2>&1)"
change '/^ "fault": \{/,/^ \}/d; s/^ "config"/ "fault": null,&/'
says 'without its fault it is gone' 0 '^REPLAY        the failure is gone: ' "$tiny" --replay "$dir/changed"
change '/"fault"/,/\}/s/"bit": 31/"bit": 30/'
says 'with another fault it is another failure' 1 '^REPLAY        another failure: ' "$tiny" --replay "$dir/changed"
says 'and the RTL alone is not as it was' 1 '^REPLAY        the RTL does NOT' "$tiny" --replay "$dir/changed" --side rtl
change '/"clock": 1996/,/\}/s/"model": "./"model": "7/'
says 'another history of the model' 1 '^REPLAY        the model does NOT' "$tiny" --replay "$dir/changed" --side model
change '/"outputs": /s/(: ".{20})./\1x/'
says 'other outputs of the model' 1 '^their SHA-256 .*: DIFFERS$' "$build/dcom" replay "$dir/changed"
change '/"end": /s/: [0-9]+/: 3/'
says 'another length of the run' 1 '^outputs of .*: DIFFERS$' "$build/dcom" replay "$dir/changed"
for face in timed untimed; do
    change "/\"$face\": /s/rank 8/rank 7/"
    says "another result, $face" 1 "^$face .*: DIFFERS$" "$build/dcom" replay "$dir/changed"
done

# header NAME TEXT SED: refused under TEXT by the command and by the lockstep
header() {
    change "$3"
    refused "$1" "$2" "$dir/changed"
    refused "$1, by sim" "$2" "$dir/changed" "$tiny" --replay
}
header 'another contract' 'numeric contract 99, this is' '/"numeric_contract"/s/: [0-9]+/: 99/'
header 'a configuration of other values' 'configuration full has cluster_rows = 1 in it, here it is 16' 's/"name": "tiny"/"name": "full"/'
header 'values that are not those of its id' 'the id of configuration tiny is not that of its values' '/"tile_tokens"/s/64/72/'
header 'no configuration' 'cluster_rows in its header is 17, not 1..16' '/"cluster_rows"/s/1,/17,/'
header 'a configuration that cannot be' 'tile_tokens in its header is not a multiple of 8' '/"tile_tokens"/s/64/65/'
header 'another shape' '62 tokens x 47 channels in its header, but 5734 bytes' '/"tokens": 61/s/61/62/'
header 'a key that is missing' 'Object item not found: seed' '/"parameters"/,/\}/s/"seed"/"sed"/'
header 'a key too many' 'left unpacked: more' 's/^ "failure"/ "more": 1,&/'
header 'a text for a number' 'Expected integer, got string' '/"rank"/s/8/"8"/'
# shellcheck disable=SC2016 # the $ is sed's
header 'a list for the header' 'Expected object, got array' '1s/\{/[/; $s/\}/]/; s/^ "[a-z]+": / /'
header 'text that is no JSON' 'of its header: ' 's/^ "failure"/ failure/'
header 'another program' 'is other_sim, not sim or array_sim' 's/"program": "sim"/"program": "other_sim"/'
header 'stalls out of range' 'result in its header is 256, not 0..255' '/"result": 42/s/42/256/'
header 'no clock' 'clock in its header is 0, and clocks count from 1' '/"fault"/,/\}/s/"clock": 2000/"clock": 0/'
header 'a history that is not of bits' 'is not 32 bits in hexadecimal' '/"clock": 1996/,/\}/s/"rtl": "./"rtl": "g/'
header 'a history of no one run' 'not consecutive' 's/"clock": 1996/"clock": 1990/'
header 'a control character' 'file in its header has a control character' '/"file"/s/odd/\\u001b[2J/'
header 'a name too long' 'is longer than 31 bytes' 's/"name": "tiny"/"name": "tinytinytinytinytinytinytinytiny"/'
change '/"rank"/s/8/80/'
refused 'parameters out of range' 'rank 80 is not 1..47' "$dir/changed"
change 's/^   60$/   61/'
refused 'exact tokens out of range' 'exact token 61 is not 0..60' "$dir/changed"
change '/"fault"/,/\}/s/"name": "[^"]*"/"name": "nope_q"/'
says 'a fault in no register' 2 'no register is called nope_q' "$tiny" --replay "$dir/changed" --side rtl
change '/"divergence"/,/"word"/s/"word": 75/"word": 99999/'
says 'a word past the register' 2 'no register is called .*\[99999\]' "$tiny" --replay "$dir/changed" --side rtl
change 's/"name": "tiny"/"name": "mine"/; '
says 'an unnamed configuration of values that are known is built as that' 0 '^tiny sim$' "$build/dcom" replay --target "$dir/changed"
change 's/"name": "tiny"/"name": "mine"/; /"tile_tokens"/s/64/72/; /"id"/s/: [0-9]+/: 1/'
refused 'an id that is made up' 'the id of configuration mine is not that of its values' "$dir/changed"
{ printf '\200\177' && tail -c +3 "$dir/payload"; } >"$dir/infinite"
seal "$dir/header" "$dir/infinite"
refused 'a matrix that is not finite' 'row 0, column 0 of its matrix is not finite' "$dir/changed"

cp "$capsule" "$dir/changed" && echo >>"$dir/changed"
refused 'a byte too many' '1 bytes too many after the capsule' "$dir/changed"
sed '1s/capsule 1/capsule 2/' "$capsule" >"$dir/changed"
refused 'another format' 'capsule format 2, this reads format 1' "$dir/changed"
refused 'no capsule' 'not a failure capsule' README.md
says 'a folder' 2 'not a regular file' "$tiny" --replay "$dir"
refused 'no file' 'No such file' "$dir/no.capsule"
size=$(wc -c <"$capsule")
bad=''
for length in 0 1 12 36 37 38 $((size / 2)) $((size - 66)) $((size - 65)) $((size - 1)); do
    head -c "$length" "$capsule" >"$dir/changed"
    run "$build/dcom" replay "$dir/changed"
    [ $status -eq 2 ] && [ "$(wc -l <"$dir/err")" -eq 1 ] && [ ! -s "$dir/out" ] || bad="$bad $length"
done
report 'truncated anywhere is refused' "${bad:+not at length$bad}"

# ---- a bit turned over anywhere; and, sealed again, in the header, which may then mean something, but breaks nothing ----

# flip FILE OFFSET BIT
flip() {
    local byte
    byte=$(od -An -tu1 -j "$2" -N 1 "$1")
    # shellcheck disable=SC2059 # an octal escape is made
    printf "\\$(printf %o $((byte ^ 1 << $3)))" | dd "of=$1" bs=1 seek="$2" conv=notrunc status=none
}
seed=${SEED:-$RANDOM}
RANDOM=$seed
echo "# seed $seed; again: BUILD=$build SEED=$seed tests/test_capsule.sh"
bad='' tried=0
offsets=$(seq 0 36 && seq $((size - 65)) 13 $((size - 1)) && for _ in $(seq 60); do echo $((RANDOM % size)); done)
for offset in $offsets $((size - 1)); do
    cp "$capsule" "$dir/changed"
    flip "$dir/changed" "$offset" $((RANDOM % 8))
    run "$build/dcom" replay "$dir/changed"
    tried=$((tried + 1))
    [ $status -eq 2 ] && [ "$(wc -l <"$dir/err")" -eq 1 ] && [ ! -s "$dir/out" ] || bad="$bad $offset"
done
report "a bit turned over at any of $tried places is refused" "${bad:+not at$bad}"
bad='' tried=0
length=$(wc -c <"$dir/header")
for _ in $(seq 80); do
    cp "$dir/header" "$dir/edited"
    offset=$((RANDOM % length))
    flip "$dir/edited" $offset $((RANDOM % 8))
    seal "$dir/edited" "$dir/payload"
    tried=$((tried + 1))
    for reader in "$build/dcom replay" "$tiny --side rtl --replay"; do
        # shellcheck disable=SC2086 # words of a command
        run timeout 60 $reader "$dir/changed"
        grep -q 'Sanitizer\|runtime error' "$dir/err" && status=99
        [ $status -eq 0 ] || [ $status -eq 1 ] || { [ $status -eq 2 ] && [ "$(grep -vc warning: "$dir/err")" -eq 1 ]; } || bad="$bad $offset"
    done
done
report "and at $tried places of a header sealed again breaks nothing" "${bad:+at$bad}"
echo "1..$count"
