#!/bin/bash
# test_cli.sh - the command build/dcom as a user meets it: bad input in one line, nothing half-written, equal digests.
# SPDX-License-Identifier: Apache-2.0
set -u
cd "$(dirname "$0")/.." || exit 1
dcom=${BUILD:-build}/dcom
make_npy=${BUILD:-build}/tests/make_npy
real=tests/data/kjv_S512_L00_attn_in.npy
# shellcheck source=tests/report.sh
. tests/report.sh

leftovers() { find "$dir" -maxdepth 1 -name 'out*'; }

# bad NAME TEXT ARGUMENT...: exit status 2, one line on stderr that holds TEXT, nothing on stdout, nothing written
bad() {
    local name=$1 text=$2 fault=''
    shift 2
    "$dcom" "$@" >"$dir/stdout" 2>"$dir/err" </dev/null
    local status=$?
    [ $status -eq 2 ] || fault="exit status $status"
    [ "$(wc -l <"$dir/err")" -eq 1 ] || fault="$fault not one line"
    grep -qF -- "$text" "$dir/err" || fault="$fault does not say: $text"
    [ -s "$dir/stdout" ] && fault="$fault wrote to stdout"
    [ -z "$(leftovers)" ] || fault="$fault left $(leftovers)"
    report "$name" "$fault"
}

bad_file() { bad "$1" "$2" decompose "$3" --out "$dir/out"; }
bad_option() {
    local text=$1
    shift
    bad "$*" "$text" decompose "$dir/good.npy" --out "$dir/out" "$@"
}

# field NAME: of the last report.json
field() { sed -nE "s/^ *\"$1\": \"?([^\",]*)\"?,?$/\1/p" "$dir/out/report.json"; }

# good NAME FIELD=VALUE... -- ARGUMENT...: exit status 0, silent on stderr, these fields in report.json
good() {
    local name=$1 fault='' want=()
    shift
    while [ "$1" != -- ]; do want+=("$1") && shift; done
    shift
    rm -rf "$dir/out"
    "$dcom" decompose --out "$dir/out" "$@" >"$dir/stdout" 2>"$dir/err" </dev/null || fault="exit status $?"
    [ -s "$dir/err" ] && fault="$fault wrote to stderr"
    if [ -z "$fault" ]; then
        for pair in ${want[@]+"${want[@]}"}; do
            [ "$(field "${pair%%=*}")" = "${pair#*=}" ] || fault="$fault ${pair%%=*} is $(field "${pair%%=*}"), not ${pair#*=}"
        done
    fi
    report "$name" "$fault"
}

# ---- what is not a matrix ----

"$make_npy" "$dir/good.npy" f4 C 48 40 random
head -c 3000 "$dir/good.npy" >"$dir/short.npy"
head -c 40 "$dir/good.npy" >"$dir/header.npy"
cp "$dir/good.npy" "$dir/long.npy" && echo x >>"$dir/long.npy"
: >"$dir/empty.npy"
head -c 5000 /dev/zero >"$dir/foreign.npy"
printf '\x89PNG\r\n\x1a\n0123456789' >"$dir/picture.npy"
swap() { sed "s/$1/$2/" "$dir/good.npy"; } # of equal length
swap '(48, 40), }' '(1920,),  }' >"$dir/rank1.npy"
swap '(48, 40), }   ' '(4, 12, 40), }' >"$dir/rank3.npy"
swap '<f4' '>f4' >"$dir/big.npy"
swap '<f4' '<i4' >"$dir/integer.npy"
swap "'<f4'" "'|O' " >"$dir/object.npy"
swap '(48, 40)' '(00, 40)' >"$dir/no_tokens.npy"
swap '(48, 40)' '(48, 00)' >"$dir/no_channels.npy"
swap '(48, 40), }            ' '(99999999999, 99999999), }' >"$dir/huge.npy"

bad_file 'file that is not there' "$dir/none.npy: No such file" "$dir/none.npy"
bad_file 'folder' "$dir: not a regular file" "$dir"
bad_file 'empty file' "$dir/empty.npy: not a .npy file" "$dir/empty.npy"
bad_file 'zeros' 'foreign.npy: not a .npy file' "$dir/foreign.npy"
bad_file 'picture' 'picture.npy: not a .npy file' "$dir/picture.npy"
bad_file 'truncated' 'short.npy: truncated: 2872 bytes' "$dir/short.npy"
bad_file 'truncated in the header' 'header.npy: truncated in the header' "$dir/header.npy"
bad_file 'bytes after the end' 'long.npy: 2 bytes too many' "$dir/long.npy"
bad_file 'one dimension' 'rank1.npy: the array has 1 dimension, not 2' "$dir/rank1.npy"
bad_file 'three dimensions' 'rank3.npy: the array has 3 dimensions, not 2' "$dir/rank3.npy"
bad_file 'big-endian' 'big.npy: elements are >f4' "$dir/big.npy"
bad_file 'integers' 'integer.npy: elements are <i4' "$dir/integer.npy"
bad_file 'objects' 'object.npy: elements are |O' "$dir/object.npy"
bad_file 'no tokens' 'no_tokens.npy: the matrix is empty: 0 tokens x 40 channels' "$dir/no_tokens.npy"
bad_file 'no channels' 'no_channels.npy: the matrix is empty: 48 tokens x 0 channels' "$dir/no_channels.npy"
bad_file 'absurd shape' 'huge.npy: ' "$dir/huge.npy"

for dtype in f4 f8 f2 u2; do
    for what in nan:NaN inf:infinite -inf:infinite; do
        "$make_npy" "$dir/value.npy" $dtype F 48 40 random 5 7 "${what%:*}"
        bad_file "${what%:*} in $dtype" "value.npy: row 5, column 7 is ${what#*:}" "$dir/value.npy"
    done
done
"$make_npy" "$dir/value.npy" f8 C 48 40 random 47 39 1e39
bad_file 'too large for BF16' 'value.npy: row 47, column 39 is too large for BF16' "$dir/value.npy"

# ---- what cannot be asked for ----

bad_option 'rank 41 is not 1..40' --rank 41
bad_option 'rank 0 is not' --rank 0
bad_option '--rank ten: not a whole number' --rank ten
bad_option '--rank -1: not a whole number' --rank=-1
bad_option '--rank 99999999999: more than' --rank 99999999999
bad_option '--rank : not a whole number' --rank=
bad_option 'option --rank needs a value' --rank
bad_option 'expansion 3 is not 1, 2, 4 or 8' --expansion 3
bad_option 'warmup 9 is not 0..8' --warmup 9
bad_option 'outliers 40 is not 0..39' --outliers 40
bad_option 'exact token 48 is not 0..47' --exact-tokens 3,48
bad_option '3 is there twice' --exact-tokens 3,1,3
bad_option '--exact-tokens : not a whole number' --exact-tokens 3,
bad_option '--tolerance 2: not a number 0..1' --tolerance 2
bad_option '--tolerance nan: not a number 0..1' --tolerance nan
bad_option '--seed 4294967296: more than 4294967295' --seed 4294967296
bad_option 'unknown option --rnak' --rnak 3
bad_option 'unknown option -z' -z
bad_option 'option --quiet takes no value' --quiet=yes
bad_option 'no configuration is called huge; there are tiny, small, medium, full' --config huge
bad_option 'none.cfg: No such file' --config "$dir/none.cfg"
bad_option 'one matrix at a time' other.npy
bad '--out empty' '--out is empty' decompose "$dir/good.npy" --out ''
cp rtl/config/tiny.cfg "$dir/a_name_of_more_than_thirty_one_bytes.cfg"
bad_option "the file's name is not 1 to 31 characters" --config "$dir/a_name_of_more_than_thirty_one_bytes.cfg"
DCOM_ISA=sse bad 'an instruction set that is none' 'DCOM_ISA=sse is not base, avx2 or avx512' info
bad 'predict: tokens' '--tokens x: not a whole number' predict --tokens x --channels 8
bad 'predict: channels' '--channels x: not a whole number' predict --tokens 8 --channels x
bad 'predict: no channels' '--channels is needed' predict --tokens 8
bad 'predict: channels of a matrix' 'has its own size' predict "$dir/good.npy" --channels 5
bad 'predict: configuration' 'no configuration is called huge' predict --tokens 8 --channels 8 --config huge
bad 'replay: configuration' 'no configuration is called huge' replay "$dir" --config huge
for option in '--config tiny' '--packets x' --json --quiet; do
    read -ra words <<<"$option"
    bad "replay: a capsule has no $option" '--target alone is an option of a capsule' replay "$dir/good.npy" "${words[@]}"
done
bad 'replay: nothing there' "$dir/none: No such file" replay "$dir/none"
bad 'replay: nothing' 'replay needs a folder' replay
bad 'no matrix' 'decompose needs a matrix' decompose --out "$dir/out"
bad 'no --out' 'decompose needs --out DIR' decompose "$dir/good.npy"
bad 'unknown command' 'unknown command decompress' decompress "$dir/good.npy"
bad 'no command' 'no command given'
bad 'unknown option before a command' 'unknown option --rank' --rank 3
bad 'matrix too large' '512 tokens: configuration tiny holds at most 64' decompose $real --out "$dir/out" --config tiny
sed '$a tile_tokenz = 8' rtl/config/tiny.cfg >"$dir/own.cfg"
bad_option "own.cfg:10: unknown key tile_tokenz" --config "$dir/own.cfg"

# ---- where the result cannot go ----

unwritable() { bad "$1" "$2" decompose "$dir/good.npy" --out "$3"; }
unwritable 'parent that is not there' "$dir/none/x: cannot be written: No such file" "$dir/none/x"
unwritable 'parent that is a file' "$dir/good.npy/x: " "$dir/good.npy/x"
unwritable 'parent that refuses' '/proc/x: cannot be written' /proc/x
unwritable 'file' "$dir/good.npy: is there and not a folder" "$dir/good.npy"
mkdir "$dir/full" && echo mine >"$dir/full/thesis.txt"
unwritable "folder of another's files" "$dir/full: holds thesis.txt" "$dir/full"
report 'which are still there' "$([ "$(cat "$dir/full/thesis.txt")" = mine ] || echo 'they are not')"

# ---- what is good ----

good 'defaults fit a small matrix' rank=24 rank_max=32 outliers=16 stop=deflated config=full -- "$dir/good.npy"
digest=$(field digest)
for dtype in f4 f8 f2 u2; do
    for order in C F; do
        "$make_npy" "$dir/again.npy" $dtype $order 48 40 random
        good "$dtype in $order order, same digest" "digest=$digest" -- "$dir/again.npy"
    done
done
cp rtl/config/full.cfg "$dir/own.cfg"
good 'configuration from a file, same digest' "digest=$digest" config=own -- "$dir/good.npy" --config "$dir/own.cfg"
good 'all options' rank=8 expansion=2 warmup=0 outliers=3 seed=9 config=tiny -- "$dir/good.npy" --rank 8 --expansion 2 \
    --warmup 0 --outliers 3 --exact-tokens 7,0 --seed 9 --config tiny --quiet
report '--quiet says nothing' "$([ -s "$dir/stdout" ] && echo 'it does')"
files=$(cd "$dir/out" && echo *)
report 'files of a run' \
    "$([ "$files" = 'P.npy V.npy outlier_columns.npy outliers.npy report.json token_rows.npy tokens.npy' ] || echo "$files")"
own_digest=$({ tail -c $((48 * 8 * 4)) "$dir/out/P.npy" && tail -c $((40 * 8 * 4)) "$dir/out/V.npy" &&
    tail -c $((3 * 4)) "$dir/out/outliers.npy"; } | sha256sum | cut -d' ' -f1)
report 'digest is SHA-256 over P, V, outliers' "$([ "$own_digest" = "$(field digest)" ] || echo "it is $own_digest")"

tracks_digest=$({ tail -c $((48 * 3 * 4)) "$dir/out/outlier_columns.npy" && tail -c $((2 * 40 * 4)) "$dir/out/token_rows.npy" &&
    tail -c $((2 * 4)) "$dir/out/tokens.npy"; } | sha256sum | cut -d' ' -f1)
report 'and tracks_digest over the exact tracks' \
    "$([ "$tracks_digest" = "$(field tracks_digest)" ] || echo "it is $tracks_digest")"

"$make_npy" "$dir/zero.npy" f4 C 48 40 zero
good 'all zero: rank 0, no error' rank=0 relative_error=0.0 -- "$dir/zero.npy"
"$make_npy" "$dir/low.npy" f4 C 48 40 rank3
good 'rank deficient: no more than there is' rank=3 -- "$dir/low.npy" --outliers 0
"$make_npy" "$dir/repeat.npy" f4 C 48 40 repeat
good 'repeated columns: rank 1' rank=1 -- "$dir/repeat.npy" --outliers 0
"$make_npy" "$dir/loud.npy" f4 C 48 40 random 5 7 3e38
good 'overflow is reported' stop=overflow -- "$dir/loud.npy" --outliers 0
report 'and its flag' "$(grep -qx 'flag            overflow' "$dir/stdout" || cat "$dir/stdout")"
report 'in JSON too' "$(grep -q '"overflow"' "$dir/out/report.json" || echo 'it is not')"
export DCOM_ISA=base
good 'on any host the same digest' "digest=$digest" -- "$dir/good.npy"
unset DCOM_ISA
"$make_npy" "$dir/one.npy" f4 C 1 1 random 0 0 2.5
good 'one token, one channel' rank=1 outliers=0 relative_error=0.0 -- "$dir/one.npy"
good 'real activation' tokens=512 channels=576 rank=32 passes=5 -- $real

"$dcom" decompose "$dir/good.npy" --out "$dir/out/" --json >"$dir/stdout" 2>"$dir/err"
report 'an earlier run is replaced; --json prints its report' "$(diff -q "$dir/stdout" "$dir/out/report.json" 2>&1)"
"$dcom" decompose "$dir/good.npy" --out "$dir/slash//" --quiet 2>"$dir/err"
report 'slashes behind a new folder' "$([ -s "$dir/slash/report.json" ] || echo 'not written')"
report 'nothing beside it' "$([ "$(leftovers)" = "$dir/out" ] || leftovers)"
mkdir "$dir/vacant" && ln -s vacant "$dir/link"
"$dcom" decompose "$dir/good.npy" --out "$dir/link" --quiet 2>"$dir/err"
report 'link to an empty folder: the folder is filled, the link stays' \
    "$([ -L "$dir/link" ] && [ -s "$dir/vacant/report.json" ] || echo 'not so')"
"$dcom" info >"$dir/stdout" 2>"$dir/err"
report 'info names every configuration' "$(grep -cE '^(tiny|small|medium|full) ' "$dir/stdout" | grep -v '^4$')"
predict() { "$dcom" predict "$@" >"$dir/stdout" 2>"$dir/err"; }
predict --tokens 4096 --channels 4096 --rank 32 --json
usual=$(sed -n 's/^  "clocks": \([0-9]*\),$/\1/p' "$dir/stdout")
predict --tokens 4096 --channels 4096 --rank 32 --expansion 1 --warmup 0 --json
classical=$(sed -n 's/^  "clocks": \([0-9]*\),$/\1/p' "$dir/stdout")
report 'predict: rank 32 of 4096 x 4096, E 8 at least 6.2 times as fast as E 1' \
    "$([ "${usual:-0}" -gt 0 ] && [ $((10 * classical)) -ge $((62 * usual)) ] || echo "$usual, $classical clocks")"
predict "$real" --config small
report 'predict: of a matrix' "$(grep -qE '^clocks +[1-9][0-9]+$' "$dir/stdout" || cat "$dir/err")"
for wrong in '--tokens 5' "$dir/good.npy --tokens 5" "$dir/nofile.npy" '--tokens 9999 --channels 8'; do
    read -ra words <<<"$wrong"
    predict "${words[@]}"
    report "predict $wrong: one line, exit status 2" "$([ $? -eq 2 ] || echo not)$(sed 1d "$dir/err")"
done
"$dcom" decompose --help >"$dir/stdout" 2>"$dir/err"
report 'help lists every option' "$(for o in rank expansion warmup outliers exact-tokens tolerance seed config out json quiet; do
    grep -q -- "--$o" "$dir/stdout" || echo "not --$o"
done)"
"$dcom" --version >"$dir/stdout" 2>"$dir/err"
report 'version' "$(grep -vE '^dcom [0-9.]+ \(ABI [0-9]+, numeric contract [0-9]+\)$' "$dir/stdout")"
for word in --help -h; do
    "$dcom" $word >"$dir/stdout" 2>"$dir/err"
    report "dcom $word lists every command" "$(for o in apply decompose info predict replay vectors; do
        grep -q "^  $o " "$dir/stdout" || echo "not $o"
    done)"
done
report '-V is --version' "$([ "$("$dcom" -V)" = "$("$dcom" --version)" ] || echo 'it is not')"
for command in apply decompose info predict replay vectors; do
    report "$command --help" "$("$dcom" "$command" --help 2>"$dir/err" | grep -q "^Usage: dcom $command" || echo 'not so')"
done
"$dcom" decompose "$dir/good.npy" --out "$dir/out" >/dev/full 2>"$dir/err"
report 'a report that cannot be printed is told in one line' \
    "$([ $? -eq 2 ] && [ "$(cat "$dir/err")" = 'dcom: standard output cannot be written' ] || echo 'not so')"
"$dcom" decompose "$dir/good.npy" --out "$dir/out" --json >/dev/full 2>"$dir/err"
report 'so in JSON' "$([ $? -eq 2 ] && [ "$(wc -l <"$dir/err")" -eq 1 ] || echo 'not so')"
# A signal that is there before the process is: the thread that watches takes it, unless all is done by then
env --block-signal=TERM sh -c 'kill -TERM $$; exec "$@"' sh "$dcom" decompose $real --out "$dir/new" --quiet
fault="exit status $?, left: $(find "$dir" -maxdepth 1 -name 'new*')"
case $fault in "exit status 0, left: $dir/new" | 'exit status 143, left: ') fault='' ;; esac
report 'SIGTERM: exit status 143 and nothing left, or all' "$fault"
"$dcom" info >/dev/full 2>"$dir/err"
report 'output that cannot be written is told' "$([ $? -eq 2 ] || echo 'exit status')"
printf '%s noise(8,8) config=tiny rank=2\n' one two >"$dir/list"
"$dcom" vectors --cases "$dir/list" --out "$dir/cases" --jobs 1 --quiet 2>"$dir/err" && sed -i '1s/^./z/' "$dir/cases/two/V.hex"
"$dcom" replay "$dir/cases" >/dev/full 2>"$dir/err"
report 'and not when there is worse to tell' \
    "$([ $? -eq 2 ] && [ "$(wc -l <"$dir/err")" -eq 1 ] && grep -q 'two/V.hex: SHA-256 is ' "$dir/err" || echo 'not so')"

echo "1..$count"
