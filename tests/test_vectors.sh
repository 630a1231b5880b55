#!/bin/bash
# test_vectors.sh - golden vectors as a user meets them: the same bytes from the manifest, by any number of threads, after any
# kill; a reader that takes nothing that is not whole. `test_vectors.sh kill`: the campaign of kills.
# SPDX-License-Identifier: Apache-2.0
set -u
cd "$(dirname "$0")/.." || exit 1
dcom=$(realpath "${BUILD:-build}/dcom")
real=tests/data/kjv_S512_L00_attn_in.npy
# shellcheck source=tests/report.sh
. tests/report.sh

# told STATUS NAME TEXT ARGUMENT...: this exit status, one line on stderr that holds TEXT, nothing on stdout, no $dir/out
told() {
    local want=$1 name=$2 text=$3 fault=''
    shift 3
    "$dcom" "$@" >"$dir/stdout" 2>"$dir/err" </dev/null
    local status=$?
    [ $status -eq "$want" ] || fault="exit status $status"
    [ "$(wc -l <"$dir/err")" -eq 1 ] || fault="$fault not one line"
    grep -qF -- "$text" "$dir/err" || fault="$fault does not say: $text"
    [ -s "$dir/stdout" ] && fault="$fault wrote to stdout"
    [ -z "$(find "$dir" -maxdepth 1 -name 'out*')" ] || fault="$fault left something"
    report "$name" "$fault"
}
bad() { told 2 "$@"; }

# good NAME ARGUMENT...: exit status 0, silent on stderr
good() {
    local name=$1 fault=''
    shift
    "$dcom" "$@" >"$dir/stdout" 2>"$dir/err" </dev/null || fault="exit status $?"
    [ -s "$dir/err" ] && fault="$fault wrote to stderr"
    report "$name" "$fault"
}
digest_in() { grep -oE '"digest": "[0-9a-f]{64}"' "$1" | cut -d'"' -f4 | grep . || echo "no digest in $1"; }
same() { report "$1" "$(diff -rq "$2" "$3" 2>&1)"; }

if [ "${1:-}" = kill ]; then
    seed=${SEED:-$RANDOM}
    echo "# seed $seed; again: BUILD=${BUILD:-build} SEED=$seed tests/test_vectors.sh kill"
    RANDOM=$seed
    cat >"$dir/list" <<'END'
bulk  spectrum(256,320)  seeds=1..60 : many
timed spectrum(40,48) config=tiny rank=8 trace=yes stall=heavy seeds=1..20 : and some with a trace
END
    for jobs in 1 2 3 8; do
        good "$jobs threads" vectors --cases "$dir/list" --out "$dir/jobs$jobs" --jobs $jobs --quiet
        same "as one" "$dir/jobs1" "$dir/jobs$jobs"
    done
    partial=0
    for round in $(seq 1 "${ROUNDS:-25}"); do
        [ $((round % 5)) -eq 1 ] && rm -rf "$dir/killed"
        "$dcom" vectors --cases "$dir/list" --out "$dir/killed" --jobs 3 --quiet 2>"$dir/err" &
        child=$!
        sleep "0.0$((RANDOM % 9))$((RANDOM % 10))"
        kill -9 $child 2>/dev/null
        wait $child 2>/dev/null
        [ -e "$dir/killed/index.json" ] || partial=$((partial + 1))
        fault=''
        for one in "$dir"/killed/*; do
            case $one in *.dcom-* | */index.json | *'*') continue ;; esac
            diff -rq "$one" "$dir/jobs1/${one##*/}" >/dev/null || fault="$fault ${one##*/}"
        done
        report "round $round: each case that is there is whole" "$fault"
        if [ $((round % 5)) -eq 0 ]; then
            good 'it goes on' vectors --cases "$dir/list" --out "$dir/killed" --quiet
            same 'and ends as if nothing had been' "$dir/jobs1" "$dir/killed"
        fi
    done
    report "most runs were killed before their end" "$([ "$partial" -ge 5 ] || echo "$partial of them")"
    "$dcom" vectors --cases "$dir/list" --out "$dir/asked" --jobs 2 2>"$dir/err" &
    child=$!
    sleep 0.05
    kill -TERM $child
    wait $child
    report 'SIGTERM: ends, exit status 143 or done' "$(case $? in 143 | 0) ;; *) echo not ;; esac)"
    report 'and leaves no temporary folder' "$(ls -d "$dir"/asked/*.dcom-* 2>/dev/null)"
    echo "1..$count"
    exit 0
fi

# ---- one case ----

good 'a matrix' vectors $real --out "$dir/one" --rank 16 --trace --stall light --stall-seed 5
good 'is what the models say' replay "$dir/one"
report 'a line and PASS' "$([ "$(tail -n 1 "$dir/stdout" | cut -c 1-12)" = 'PASS: 1 case' ] || echo "it says: $(cat "$dir/stdout")")"
good 'decompose of the same' decompose $real --out "$dir/decomposed" --rank 16 --config small --quiet
report 'has the same digest' "$([ "$(digest_in "$dir/decomposed/report.json")" = "$(digest_in "$dir/one/manifest.json")" ] || echo not)"
same 'and the same P' "$dir/decomposed/P.npy" "$dir/one/P.npy"
same 'and the same V' "$dir/decomposed/V.npy" "$dir/one/V.npy"
report 'hashes of the manifest' "$(tr -d ' ",\n' <"$dir/one/manifest.json" | grep -oE 'name:[^:{}]*\.(npy|hex|bin)type:[^}]*sha256:[0-9a-f]{64}' |
    sed -E "s,name:(.*)type:.*sha256:(.*),\2  $dir/one/\1," | tee "$dir/sums" | sha256sum -c --quiet 2>&1; grep -c . "$dir/sums" | grep -v '^11$')"
cp -r "$dir/one" "$dir/moved"
good 'again from its manifest' vectors --manifest "$dir/moved/manifest.json" --out "$dir/again" --quiet
same 'byte for byte' "$dir/one" "$dir/again"
(cd "$dir" && mkdir bare && cp one/manifest.json bare)
good 'with the file found where the manifest says' vectors --manifest "$dir/bare/manifest.json" --out "$dir/bare_again" --quiet
same 'the same' "$dir/one" "$dir/bare_again"
good 'there already: left' vectors $real --out "$dir/one" --rank 16 --trace --stall light --stall-seed 5
report 'said so' "$(grep -q '0 made, 1 there already' "$dir/stdout" || echo "it says: $(cat "$dir/stdout")")"
cp -r "$dir/one" "$dir/two"
good 'another seed of the same size: made again' vectors $real --out "$dir/two" --rank 16 --trace --stall light --stall-seed 6
report 'said so' "$(grep -q '1 made, 0 there already' "$dir/stdout" || echo "it says: $(cat "$dir/stdout")")"
report 'nothing of this machine in it' "$(grep -lrF -e "$(hostname)" -e "$dir" -e "$PWD" "$dir/one")"
good 'a generator' vectors 'noise(40,48)' --out "$dir/noise" --config tiny --rank 8 --outliers 3 --quiet
good 'is replayed too' replay "$dir/noise" --config tiny --quiet

report 'A.hex is A.npy, eight a line, the first last' "$(tail -c +129 "$dir/noise/A.npy" | od -An -v -tx2 -w16 |
    awk '{ print $8 $7 $6 $5 $4 $3 $2 $1 }' | cmp - "$dir/noise/A.hex" 2>&1)"

# ---- stopped, and lists in the wrong place ----

printf 'bulk spectrum(40,48) config=tiny rank=8 seeds=1..40 : many\n' >"$dir/bulk"
printf 'slow spectrum(40,48) config=tiny rank=8 trace=yes stall=heavy : long\n' >"$dir/slow"
for list in bulk slow; do # by a signal that is there before the process is
    env --block-signal=TERM sh -c 'kill -TERM $$; exec "$@"' sh "$dcom" vectors --cases "$dir/$list" --out "$dir/stopped" --jobs 1 2>"$dir/err"
    report "$list: SIGTERM, exit status 143" "$(case $? in 143) ;; *) echo "not so" ;; esac)"
    report 'no half case' "$(find "$dir" -name 'stopped*.dcom-*' -o -path "*/stopped/*.dcom-*")"
    report 'no index' "$(ls "$dir/stopped/index.json" 2>/dev/null)"
    rm -rf "$dir/stopped"
done
if script -qec true /dev/null >"$dir/stdout" 2>&1; then
    script -qec "'$dcom' vectors --cases '$dir/bulk' --out '$dir/shown' --jobs 1" /dev/null >"$dir/stdout" 2>"$dir/err"
    report 'on a terminal too' "$(grep -q '40 made' "$dir/stdout" || echo 'not so')"
else
    "$dcom" vectors --cases "$dir/bulk" --out "$dir/shown" --jobs 1 >"$dir/stdout" 2>"$dir/err"
    report 'on a terminal too # SKIP no pseudo-terminal here' ''
fi
bad 'a list where no folder can be' '/proc/x: cannot be written' vectors --cases "$dir/bulk" --out /proc/x
bad 'a list where a file is' 'is there and not a folder' vectors --cases "$dir/bulk" --out "$dir/bulk"
cp -r "$dir/shown" "$dir/changed" && echo >>"$dir/changed/bulk-0007/manifest.json"
bad 'a manifest that is not that of its index' 'the index says' vectors --manifest "$dir/changed/index.json" --out "$dir/out"
cp -r "$dir/shown" "$dir/renamed" && mv "$dir/renamed/bulk-0007" "$dir/renamed/other" && sed -i 's/"bulk-0007"/"other"/' "$dir/renamed/index.json"
bad 'a case of another name' 'the case is called bulk-0007' replay "$dir/renamed" --quiet

# ---- beats taken by another simulator ----

{
    awk -v last="$(wc -l <"$dir/noise/outliers.hex")" '{ print 0, $1, (NR == last) + 0 }' "$dir/noise/outliers.hex"
    paste -d' ' <(sed 's/^/1 /' "$dir/noise/V.hex") <(awk '{ print (NR % 48 == 0) + 0 }' "$dir/noise/V.hex")
} >"$dir/beats" # one block: V, then P
awk '{ print 2, $1, (NR % 40 == 0) + 0 }' "$dir/noise/P.hex" >>"$dir/beats"
good 'packets' replay "$dir/noise" --packets "$dir/beats"
report 'their digest' "$(grep -qF "$(digest_in "$dir/noise/manifest.json")" "$dir/stdout" || echo "it says: $(cat "$dir/stdout")")"
awk 'NR == 20 { $2 = substr($2, 1, 31) (substr($2, 32) == "1" ? "0" : "1") } { print }' "$dir/beats" >"$dir/wrong"
told 1 'packets: a bit' 'wrong: beat 20 ' replay "$dir/noise" --packets "$dir/wrong"
sed '$s/1$/0/' "$dir/beats" >"$dir/wrong"
told 1 'packets: TLAST' "wrong: beat $(wc -l <"$dir/beats") " replay "$dir/noise" --packets "$dir/wrong"
sed '$d' "$dir/beats" >"$dir/wrong"
told 1 'packets: a beat less' "beats of $(wc -l <"$dir/beats")" replay "$dir/noise" --packets "$dir/wrong"
{ cat "$dir/beats" && tail -n 1 "$dir/beats"; } >"$dir/wrong"
told 1 'packets: a beat more' 'not none' replay "$dir/noise" --packets "$dir/wrong"
echo hello >"$dir/wrong"
bad 'packets: something else' 'wrong:1: not a beat' replay "$dir/noise" --packets "$dir/wrong"

# ---- what no reader takes ----

# edited NAME TEXT FILE SED [STATUS]: replay of a copy in which FILE is edited
edited() {
    rm -rf "$dir/bad" && cp -r "$dir/noise" "$dir/bad" && sed -i "$4" "$dir/bad/$3"
    told "${5:-2}" "$1" "$2" replay "$dir/bad"
}
edited 'another schema' 'manifest.json: schema 2: this dcom reads 1' manifest.json 's/"schema": 1/"schema": 2/'
edited 'another contract' 'manifest.json: numeric contract 99: this dcom has' manifest.json 's/"numeric_contract": [0-9]*/"numeric_contract": 99/'
edited 'a hash' 'V.hex: SHA-256 is ' V.hex '1s/./f/;1s/^ff/01/'
edited 'a hash of A' 'A.npy: SHA-256 is ' A.npy 's/}  /} \t/'
edited 'a truncated file' 'P.hex: 1287 bytes, the manifest says 1320' P.hex 1d
edited 'a longer file' 'A.hex: ' A.hex 1p
edited 'another geometry' 'config.id is not' manifest.json 's/"tile_tokens": 64/"tile_tokens": 128/'
edited 'a geometry that cannot be' 'config.tile_tokens is 60' manifest.json 's/"tile_tokens": 64/"tile_tokens": 60/'
edited 'an unknown key' 'results.colour is a key that this dcom does not know' manifest.json 's/"deflations"/"colour": 3, &/'
edited 'a missing key' 'parameters.warmup is missing' manifest.json '/"warmup"/d'
edited 'a key twice' 'duplicate object key' manifest.json 's/"warmup"/"rank": 8, &/'
edited 'a wrong type' 'parameters.rank is not a whole number' manifest.json 's/"rank": 8,/"rank": "8",/'
edited 'no JSON' 'not JSON' manifest.json '1d'
edited 'a generator of another shape' 'input.tokens is not 41' manifest.json 's/noise(40,/noise(41,/'
edited 'a generator that is none' 'no generator is called so' manifest.json 's/noise(40,/nose(40,/'
edited 'another seed: other files' 'A.npy: byte ' manifest.json 's/"seed": 1/"seed": 2/' 1
edited 'another seed of one thing' 'input.seed is not 2' manifest.json 's/"seed": 1$/"seed": 2/'
edited 'another rank' 'P.npy: byte ' manifest.json '0,/"rank": 8/s//"rank": 7/' 1
edited 'a result' 'results.rounds is not the model' manifest.json 's/"rounds": [0-9]*/"rounds": 77/' 1
edited 'a digest' 'results.digest is not the model' manifest.json 's/"digest": "\(.\)/"digest": "0/;s/"digest": "00/"digest": "01/' 1
edited 'a shape' 'the shape of A.npy is not the model' manifest.json '/"A.npy"/,/]/s/40/41/' 1
edited 'a shape that is none' 'shape is not one or two numbers' manifest.json '/"A.npy"/,/]/s/40/40, 1/'
edited 'a token that is none' 'exact_tokens holds what is no token' manifest.json 's/"exact_tokens": \[\]/"exact_tokens": [-1]/'
edited 'tokens that are no list' 'exact_tokens is not a list' manifest.json 's/"exact_tokens": \[\]/"exact_tokens": 1/'
edited 'a tolerance that is none' 'tolerance is not a number' manifest.json 's/"tolerance": [0-9.]*/"tolerance": "low"/'
edited 'a stop that is none' 'stop never is no reason to stop' manifest.json 's/"stop": "[a-z]*"/"stop": "never"/'
edited 'a file called as a generator' 'noise(40,48,-8) is no file' manifest.json 's/"generator":/"file":/'
edited 'a generator called as a file' 'A.npy is no generator' manifest.json 's/noise(40,48[^"]*/A.npy/'
edited 'a file more' 'files[0].name is missing' manifest.json '/"files"/s/\[/[{},/'
edited 'an object that is none' 'stall is not an object' manifest.json '/"stall"/,/}/c"stall": 3,'
edited 'an array' 'not an object' manifest.json "1s/{/[{/;\$s/}/}]/"
edited 'no reason' 'reason is missing' manifest.json '/"reason"/d'
rm -rf "$dir/bad" && cp -r "$dir/noise" "$dir/bad" && rm "$dir/bad/outliers.hex"
bad 'a missing file' 'outliers.hex: No such file' replay "$dir/bad"
rm "$dir/bad/manifest.json"
bad 'no manifest' 'manifest.json: No such file' replay "$dir/bad"
bad 'no folder' 'nowhere: No such file' replay "$dir/nowhere"
bad 'vectors of another configuration' 'geometry tiny' replay "$dir/noise" --config small
# A difference whose hashes are mended is the models' to find
rm -rf "$dir/bad" && cp -r "$dir/noise" "$dir/bad" && sed -i '5s/^\(.*\).$/\10/;5s/00$/01/' "$dir/bad/V.hex"
sed -i "s/$(sha256sum <"$dir/noise/V.hex" | cut -d' ' -f1)/$(sha256sum <"$dir/bad/V.hex" | cut -d' ' -f1)/" "$dir/bad/manifest.json"
told 1 'a difference with its hash' 'V.hex: line 5 is ' replay "$dir/bad"
for at in 3 700 5000 -40; do
    rm -rf "$dir/bad" && cp -r "$dir/one" "$dir/bad"
    size=$(stat -c %s "$dir/bad/trace.bin")
    [ $at -lt 0 ] && at=$((size + at))
    printf '\x55' | dd of="$dir/bad/trace.bin" bs=1 seek=$at conv=notrunc 2>/dev/null
    cmp -s "$dir/one/trace.bin" "$dir/bad/trace.bin" && printf '\xAA' | dd of="$dir/bad/trace.bin" bs=1 seek=$at conv=notrunc 2>/dev/null
    bad "trace, byte $at" 'trace.bin: SHA-256' replay "$dir/bad"
    sed -i "s/$(sha256sum <"$dir/one/trace.bin" | cut -d' ' -f1)/$(sha256sum <"$dir/bad/trace.bin" | cut -d' ' -f1)/" "$dir/bad/manifest.json"
    bad 'and with its hash mended' 'trace.bin: ' replay "$dir/bad"
done
# The trace of another run of the same geometry, whole and hashed
good 'other stimulus' vectors $real --out "$dir/other" --rank 16 --trace --seed 9 --quiet
cp "$dir/other/trace.bin" "$dir/bad/trace.bin" && cp "$dir/one/manifest.json" "$dir/bad/manifest.json"
sed -i "s/$(sha256sum <"$dir/one/trace.bin" | cut -d' ' -f1)/$(sha256sum <"$dir/bad/trace.bin" | cut -d' ' -f1)/
    s/\"bytes\": $(stat -c %s "$dir/one/trace.bin")/\"bytes\": $(stat -c %s "$dir/bad/trace.bin")/" "$dir/bad/manifest.json"
told 1 'the trace of another run' 'trace.bin: ' replay "$dir/bad"

# traced NAME TEXT [CLOCK OUTPUT BIT]: replay of a case with this trace of it instead, hashed
"${BUILD:-build}/tests/make_npy" "$dir/a.npy" f4 C 24 24 random
good 'a case that is traced' vectors "$dir/a.npy" --out "$dir/traced" --config tiny --rank 8 --trace --stall light --stall-seed 5
traced() {
    local name=$1 text=$2
    shift 2
    rm -rf "$dir/bad" && cp -r "$dir/traced" "$dir/bad"
    "${BUILD:-build}/tests/make_trace" tiny "$dir/a.npy" 24 24 8 light 5 "$dir/bad/trace.bin" "$@" >"$dir/stdout" 2>"$dir/err"
    sed -i "s/$(sha256sum <"$dir/traced/trace.bin" | cut -d' ' -f1)/$(sha256sum <"$dir/bad/trace.bin" | cut -d' ' -f1)/
        s/\"bytes\": $(stat -c %s "$dir/traced/trace.bin")/\"bytes\": $(stat -c %s "$dir/bad/trace.bin")/" "$dir/bad/manifest.json"
    told 1 "$name" "$text" replay "$dir/bad"
}
clocks=$(sed -nE 's/.* ([0-9]+) clocks$/\1/p' <("$dcom" replay "$dir/traced") | head -n 1)
traced 'a trace with a bit turned over' 'trace.bin: clock 700: axi_arready' 700 axi_arready 0
traced 'a trace that ends early' 'beats of 72 go in' 100 end 0
traced 'a trace that ends before the results are read' 'register 00c4 is read as ' $((clocks - 40)) end 0
traced 'a trace that ends before its last clock' "clocks, the manifest says $clocks" $((clocks - 1)) end 0

# ---- what cannot be asked for ----

# no_list TEXT LINE: a list of one line
no_list() {
    printf '# a list\n%s\n' "$2" >"$dir/list"
    bad "$2" "$1" vectors --cases "$dir/list" --out "$dir/out" --reasons
}
no_list "list:2: rank ten: not a whole number" 'a noise(8,8) rank=ten : reason'
no_list "list:2: colour: no such key" 'a noise(8,8) colour=red : reason'
no_list "list:2: a: no input" 'a : reason'
no_list "list:2: a: no reason" 'a noise(8,8)'
no_list "list:2: a/b: not a name" 'a/b noise(8,8) : reason'
no_list "list:2: nose(8,8): no generator is called so" 'a nose(8,8) : reason'
no_list "list:2: noise(8): the number of columns is missing" 'a noise(8) : reason'
no_list "list:2: noise(0,8): the number of rows 0 is not" 'a noise(0,8) : reason'
no_list "list:2: seeds 5..3: none" 'a noise(8,8) seeds=5..3 : reason'
no_list "list:2: stall 300: not none" 'a noise(8,8) stall=300 : reason'
no_list "list:2: config: no configuration is called huge" 'a noise(8,8) config=huge : reason'
no_list "list:2: expect rnak: not a thing" 'a noise(8,8) expect=rnak : reason'
no_list "list:2: word: not KEY=VALUE" 'a noise(8,8) word : reason'
no_list "a: rank 9 is not 1..8" 'a noise(8,8) rank=9 : reason'
no_list "a: 9 exact tokens: the registers hold 8" 'a noise(16,8) exact-tokens=0,1,2,3,4,5,6,7,8 : reason'
no_list "$dir/none.npy: No such file" "a $dir/none.npy : reason"
no_list "two cases are called a" $'a noise(8,8) : reason\na noise(8,8) : reason'
printf '# nothing\n' >"$dir/list"
bad 'an empty list' 'no case in it' vectors --cases "$dir/list" --out "$dir/out"
bad 'no list' 'nolist: No such file' vectors --cases "$dir/nolist" --out "$dir/out"
bad 'nothing' 'vectors needs one of' vectors --out "$dir/out"
bad 'two things' 'vectors needs one of' vectors $real --cases "$dir/list" --out "$dir/out"
bad 'no --out' 'vectors needs --out' vectors $real
bad 'no thread' '--jobs 0: no thread' vectors $real --out "$dir/out" --jobs 0
for part in 0/3 4/3 3 1/3x 1/0; do
    bad "part $part" "--part $part: not as 1/8" vectors --cases "$dir/list" --out "$dir/out" --part $part
done
bad 'a part of one matrix' '--part needs a list' vectors $real --out "$dir/out" --part 1/2
bad 'matrix too large' 'configuration tiny holds at most' vectors $real --out "$dir/out" --config tiny
bad 'unwritable' 'cannot be written' vectors $real --out /proc/x
cp tests/data/kjv_S512_L29_mlp_in.npy "$dir/bare/A.npy"
bad 'a matrix that is not the manifest'"'"'s' 'SHA-256 of its BF16 bits' vectors --manifest "$dir/bare/manifest.json" --out "$dir/out"
rm "$dir/bare/A.npy" && sed -i "s,\"$real\",\"$dir/gone.npy\"," "$dir/bare/manifest.json"
bad 'a matrix that is gone' 'gone.npy: No such file' vectors --manifest "$dir/bare/manifest.json" --out "$dir/out"
cp "$dir/noise/manifest.json" "$dir/bare/manifest.json"
sed -i "s/$(sha256sum <"$dir/noise/P.hex" | cut -d' ' -f1)/$(sha256sum <"$dir/noise/V.hex" | cut -d' ' -f1)/" "$dir/bare/manifest.json"
told 1 'a manifest that promises other files' 'P.hex comes out with SHA-256' vectors --manifest "$dir/bare/manifest.json" --out "$dir/out"
echo 'a noise(8,8) rank=2 config=tiny outliers=0 expect=overflow : it does not' >"$dir/list"
told 1 'a case that does not do what it says' 'a: overflow is expected' vectors --cases "$dir/list" --out "$dir/out"

# ---- lists ----

good 'the corner cases do what they say' vectors --cases vectors/corner.cases --out "$dir/corner" --reasons --jobs 2 --quiet
good 'and are replayed' replay "$dir/corner"
report 'all of them' "$([ "$(grep -c '^' "$dir/stdout")" -eq $(($(grep -cE '^[a-z]' vectors/corner.cases) + 1)) ] || echo "it says: $(cat "$dir/stdout")")"
good 'again from the index' vectors --manifest "$dir/corner/index.json" --out "$dir/corner2" --jobs 1 --quiet
same 'byte for byte' "$dir/corner" "$dir/corner2"
good 'there already' vectors --cases vectors/corner.cases --out "$dir/corner2" --quiet --verify
same 'nothing has changed' "$dir/corner" "$dir/corner2"
sed -i '2s/./f/;2s/^ff/01/' "$dir/corner2/ties/A.hex"
good 'a flipped digit: --verify makes the case again' vectors --cases vectors/corner.cases --out "$dir/corner2" --verify
report 'that one alone' "$(grep -q ': 1 made, ' "$dir/stdout" || echo "it says: $(cat "$dir/stdout")")"
same 'as before' "$dir/corner" "$dir/corner2"
rm "$dir/corner2/identity/V.npy" && truncate -s 50 "$dir/corner2/deflated/P.hex" && mkdir "$dir/corner2/ties.dcom-0" && echo half >"$dir/corner2/ties.dcom-0/A.hex"
cp "$dir/corner/ties/manifest.json" "$dir/corner2/constant/manifest.json"
good 'a missing file, a short one, a leftover, a foreign manifest are mended' vectors --cases vectors/corner.cases --out "$dir/corner2" --quiet
same 'as before' "$dir/corner" "$dir/corner2"
echo mine >"$dir/corner2/thesis.txt"
bad 'a folder of another'"'"'s files' 'holds thesis.txt' vectors --cases vectors/corner.cases --out "$dir/corner2"
rm "$dir/corner2/thesis.txt" && rm -r "$dir/corner2/ties"
bad 'a list with a case missing' 'ties/manifest.json: No such file' replay "$dir/corner2" --quiet
rm -r "$dir/corner2" && cp -r "$dir/corner" "$dir/corner2" && rm -r "$dir/corner2/ties" && cp -r "$dir/corner2/constant" "$dir/corner2/ties"
bad 'a case in place of another' 'ties/manifest.json: SHA-256 is ' replay "$dir/corner2" --quiet

# Parts of a list at once, each of them twice; more parts than cases; the last run finds all there
cat >"$dir/parts.cases" <<'END'
bulk noise(40,48) config=tiny rank=8 seeds=1..9
last noise(40,48) config=tiny rank=4 trace=yes
END
good 'in one' vectors --cases "$dir/parts.cases" --out "$dir/whole" --quiet
for part in 1/3 2/3 3/3 1/3 2/3 3/3 12/12; do
    "$dcom" vectors --cases "$dir/parts.cases" --out "$dir/parts" --part $part --quiet >>"$dir/parts.log" 2>&1 || echo "part $part: $?" >>"$dir/parts.log" &
done
wait
report 'parts of a list, twice at once' "$(cat "$dir/parts.log")"
report 'without an index' "$(ls "$dir/parts/index.json" 2>/dev/null)"
report 'nothing half' "$(ls -d "$dir"/parts/*.dcom-* 2>/dev/null)"
mkdir "$dir/parts/last.dcom-7" && echo half >"$dir/parts/last.dcom-7/A.hex"
good 'beside what a killed part has left' vectors --cases "$dir/parts.cases" --out "$dir/parts" --part 2/3
good 'the last run' vectors --cases "$dir/parts.cases" --out "$dir/parts"
report 'makes none' "$(grep -q ': 0 made, 10 there already' "$dir/stdout" || echo "it says: $(cat "$dir/stdout")")"
same 'as in one' "$dir/whole" "$dir/parts"
good 'a part of an index' vectors --manifest "$dir/whole/index.json" --out "$dir/again_parts" --part 10/10
same 'has its case' "$dir/whole/last" "$dir/again_parts/last"
report 'and no other' "$([ "$(ls "$dir/again_parts")" = last ] || ls "$dir/again_parts")"
rm -rf "$dir/locked" && mkdir "$dir/locked"
exec 9<"$dir/locked" && flock 9
bad 'two writers' 'another dcom writes there' vectors --cases vectors/corner.cases --out "$dir/locked"
bad 'nor a part' 'another dcom writes there' vectors --cases vectors/corner.cases --out "$dir/locked" --part 1/2
flock --shared 9
bad 'a part writes' 'another dcom writes there' vectors --cases vectors/corner.cases --out "$dir/locked"
exec 9<&-
echo "1..$count"
