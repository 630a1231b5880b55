#!/bin/bash
# test_apply.sh - the command dcom apply as a user meets it: right results, chains that are equal however they are cut, and
# what is wrong in one line with nothing written.
# SPDX-License-Identifier: Apache-2.0
set -u
cd "$(dirname "$0")/.." || exit 1
dcom=${BUILD:-build}/dcom
make_npy=${BUILD:-build}/tests/make_npy
judge=("${BUILD:-build}/tests/test_apply" judge)
real=tests/data/pycode_S512_L16_attn_in.npy
# shellcheck source=tests/report.sh
. tests/report.sh

# run ARGUMENT...: dcom apply; its exit status in $status
run() {
    "$dcom" apply "$@" >"$dir/stdout" 2>"$dir/err" </dev/null
    status=$?
}

# good NAME ARGUMENT...: exit status 0, silent on stderr
good() {
    local name=$1
    shift
    run "$@"
    report "$name" "$([ $status -eq 0 ] || echo "exit status $status")$([ -s "$dir/err" ] && echo ' wrote to stderr')"
}

# bad NAME TEXT ARGUMENT...: exit status 2, one line on stderr that holds TEXT, nothing on stdout, nothing written
bad() {
    local name=$1 text=$2 fault='' left
    shift 2
    run "$@"
    [ $status -eq 2 ] || fault="exit status $status"
    [ "$(wc -l <"$dir/err")" -eq 1 ] || fault="$fault not one line"
    grep -qF -- "$text" "$dir/err" || fault="$fault does not say: $text"
    [ -s "$dir/stdout" ] && fault="$fault wrote to stdout"
    left=$(find "$dir" -maxdepth 1 -name 'out*')
    [ -z "$left" ] || fault="$fault left $left"
    rm -rf "$dir"/out*
    report "$name" "$fault"
}

# same NAME DIR DIR: every array equal to the byte, and the digests
same() {
    local file fault=''
    for file in P V outliers tokens outlier_columns token_rows; do
        cmp -s "$2/$file.npy" "$3/$file.npy" || fault="$fault $file.npy differs"
    done
    [ "$(grep digest "$2/report.json")" = "$(grep digest "$3/report.json")" ] || fault="$fault digests differ"
    report "$1" "$fault"
}

# judged NAME ARGUMENT...: against the direct product, in double precision
judged() {
    local name=$1
    shift
    "${judge[@]}" "$@" >"$dir/stdout" 2>"$dir/err" && : >"$dir/stdout"
    report "$name" "$(cat "$dir/stdout" "$dir/err")"
}

decompose() { "$dcom" decompose --quiet "$@" 2>"$dir/err" || report "decompose $*" 'it failed'; }

# ---- what is good ----

"$make_npy" "$dir/a.npy" f4 C 48 40 random
"$make_npy" "$dir/w1.npy" f4 C 70 40 random
"$make_npy" "$dir/w2.npy" u2 F 33 70 random
"$make_npy" "$dir/w3.npy" f8 C 9 33 random
# configurations of one tile and of many: 70 channels are 5 tiles of 16, or 3 of 32, or less than one
sed 's/^tile_tokens.*/tile_tokens = 16/; s/^tile_channels.*/tile_channels = 16/' rtl/config/tiny.cfg >"$dir/one.cfg"
sed 's/^tile_tokens.*/tile_tokens = 16/; s/^tile_channels.*/tile_channels = 16/' rtl/config/small.cfg >"$dir/four.cfg"
decompose "$dir/a.npy" --out "$dir/d0" --rank 11 --outliers 3 --exact-tokens 0,7

for config in full tiny "$dir/one.cfg" "$dir/four.cfg"; do
    name=$(basename "$config" .cfg)
    good "three layers, $name" "$dir/d0" "$dir/w1.npy" "$dir/w2.npy" "$dir/w3.npy" --out "$dir/d123" --config "$config"
    good "one" "$dir/d0" "$dir/w1.npy" --out "$dir/d1" --config "$config"
    good "one more" "$dir/d1" "$dir/w2.npy" --out "$dir/d12" --config "$config" --quiet
    report '--quiet says nothing' "$([ -s "$dir/stdout" ] && echo 'it does')"
    good "and one more" "$dir/d12" "$dir/w3.npy" --out "$dir/d12_3" --config "$config" --json
    report '--json prints the report' "$(diff -q "$dir/stdout" "$dir/d12_3/report.json" 2>&1)"
    same 'three calls equal one, bit for bit' "$dir/d123" "$dir/d12_3"
    judged 'each layer against the direct product' "$dir/a.npy" "$dir/d0" "$dir/w1.npy" "$dir/d1" "$dir/w2.npy" \
        "$dir/d12" "$dir/w3.npy" "$dir/d123"
done

good 'again into the same folder' "$dir/d0" "$dir/w1.npy" --out "$dir/d1/" --config "$dir/four.cfg"
good 'in place' "$dir/d1" "$dir/w2.npy" --out "$dir/d1" --config "$dir/four.cfg"
same 'in place is the same' "$dir/d1" "$dir/d12"
files=$(cd "$dir/d1" && echo *)
report 'files of a run' \
    "$([ "$files" = 'P.npy V.npy outlier_columns.npy outliers.npy report.json token_rows.npy tokens.npy' ] || echo "$files")"
digest=$({ tail -c $((48 * 14 * 4)) "$dir/d1/P.npy" && tail -c $((33 * 14 * 4)) "$dir/d1/V.npy"; } | sha256sum)
report 'digest is SHA-256 over P and V' "$(grep -q "\"digest\": \"${digest%% *}\"" "$dir/d1/report.json" || echo "$digest")"
report 'the report has shapes and layers' "$(tr -d ' \n' <"$dir/d123/report.json" | grep -qF \
    '"channels":40,"outputs":70},{"weights":"'"$dir"'/w2.npy","channels":70,"outputs":33}' || echo 'not so')"
report 'no temporary folder is left' "$(find "$dir" -name '*.dcom-*')"

# 2^60 at channel 0 and -2^60 at channel 9, of tokens that are the same in all channels: what is added between is lost, and
# the geometry says what lies between
"$make_npy" "$dir/repeat.npy" f4 C 48 40 repeat
"$make_npy" "$dir/cancel.npy" f4 C 5 40 random
poke() { printf '%b' "$3" | dd of="$1" bs=1 seek=$((128 + 4 * $2)) conv=notrunc status=none; }
poke "$dir/cancel.npy" 0 '\0\0\x80\x5d'
poke "$dir/cancel.npy" 9 '\0\0\x80\xdd'
decompose "$dir/repeat.npy" --out "$dir/repeat" --outliers 0 --exact-tokens 0,1,2,3
good 'sums that cancel, full' "$dir/repeat" "$dir/cancel.npy" --out "$dir/cancel_full"
good 'sums that cancel, one' "$dir/repeat" "$dir/cancel.npy" --out "$dir/cancel_one" --config "$dir/one.cfg"
report 'are not the same: the geometry decides the bits' \
    "$(cmp -s "$dir/cancel_full/token_rows.npy" "$dir/cancel_one/token_rows.npy" && echo 'they are')"

decompose "$dir/a.npy" --out "$dir/plain" --rank 16 --outliers 0
good 'neither outliers nor exact tokens' "$dir/plain" "$dir/w1.npy" "$dir/w2.npy" --out "$dir/plain2"
"$make_npy" "$dir/zero.npy" f4 C 48 40 zero
decompose "$dir/zero.npy" --out "$dir/zero0" --outliers 0
good 'rank 0: nothing to multiply' "$dir/zero0" "$dir/w1.npy" "$dir/w2.npy" --out "$dir/zero1"
decompose "$dir/zero.npy" --out "$dir/zero0" --outliers 2 --exact-tokens 5
good 'outliers and exact tokens alone' "$dir/zero0" "$dir/w1.npy" "$dir/w2.npy" --out "$dir/zero1"

"$make_npy" "$dir/r1.npy" f4 C 300 576 random
"$make_npy" "$dir/r2.npy" f4 C 130 300 random
decompose $real --out "$dir/r" --rank 64 --exact-tokens 0
good 'real activation' "$dir/r" "$dir/r1.npy" --out "$dir/ra"
good 'and a second layer' "$dir/ra" "$dir/r2.npy" --out "$dir/rb"
judged 'real activation, two layers against the direct product' $real "$dir/r" "$dir/r1.npy" "$dir/ra" "$dir/r2.npy" "$dir/rb"
"${judge[@]}" $real "$dir/r" "$dir/r2.npy" "$dir/ra" >"$dir/stdout" 2>"$dir/err"
report 'the judge refuses shapes that are not those of the weights' "$([ $? -eq 2 ] || echo 'it does not')"
good 'in another geometry' "$dir/r" "$dir/r1.npy" "$dir/r2.npy" --out "$dir/rc" --config small
judged 'which is as good' $real "$dir/r" "$dir/r1.npy" "$dir/ra" "$dir/r2.npy" "$dir/rc"
"$make_npy" "$dir/r3.npy" f4 F 300 576 random 7 247 9
"${judge[@]}" $real "$dir/r" "$dir/r3.npy" "$dir/ra" >"$dir/stdout" 2>"$dir/err"
report 'and results of a weight that differs in one number' "$([ $? -eq 1 ] || cat "$dir/stdout")"

# ---- what cannot be asked for ----

out=("--out" "$dir/out")
bad 'no folder' 'apply needs a folder' "${out[@]}"
bad 'no weights' 'apply needs weights' "$dir/d0" "${out[@]}"
bad 'no --out' 'apply needs --out DIR2' "$dir/d0" "$dir/w1.npy"
bad 'unknown option' 'unknown option --rank' "$dir/d0" "$dir/w1.npy" "${out[@]}" --rank 3
bad 'unknown configuration' 'no configuration is called huge' "$dir/d0" "$dir/w1.npy" "${out[@]}" --config huge
bad 'shape of the first weight' "$dir/w2.npy: weights for 70 channels (33 x 70, outputs x channels), but there are 40" \
    "$dir/d0" "$dir/w2.npy" "${out[@]}"
bad 'weights that do not chain' "$dir/w3.npy: weights for 33 channels (9 x 33, outputs x channels), but there are 70" \
    "$dir/d0" "$dir/w1.npy" "$dir/w3.npy" "${out[@]}"
bad 'weights that are not there' "$dir/none.npy: No such file" "$dir/d0" "$dir/none.npy" "${out[@]}"
bad 'second weights that are not there' "$dir/none.npy: No such file" "$dir/d0" "$dir/w1.npy" "$dir/none.npy" "${out[@]}"
bad 'weights that are no matrix' "$dir/one.cfg: not a .npy file" "$dir/d0" "$dir/one.cfg" "${out[@]}"
bad 'a list of numbers' 'tokens.npy: the array has 1 dimension, not 2' "$dir/d0" "$dir/d0/tokens.npy" "${out[@]}"
for what in nan:NaN inf:infinite -inf:infinite; do
    "$make_npy" "$dir/value.npy" f4 C 70 40 random 69 3 "${what%:*}"
    bad "${what%:*} in the weights" "value.npy: row 69, column 3 is ${what#*:}" "$dir/d0" "$dir/value.npy" "${out[@]}"
done
"$make_npy" "$dir/value.npy" f4 C 70 40 random 69 3 1e25
"$make_npy" "$dir/value2.npy" f4 C 33 70 random 1 69 1e25
bad 'a product that is infinite' "$dir/value2.npy: the product is too large for BF16" "$dir/d0" "$dir/value.npy" \
    "$dir/value2.npy" "${out[@]}"

# ---- what is not a folder of dcom ----

bad 'folder that is not there' "$dir/none: not a folder of dcom: report.json: No such file" "$dir/none" "$dir/w1.npy" "${out[@]}"
bad 'file' "$dir/a.npy: not a folder of dcom: report.json: Not a directory" "$dir/a.npy" "$dir/w1.npy" "${out[@]}"
mkdir "$dir/vacant"
bad 'empty folder' "$dir/vacant: not a folder of dcom: report.json" "$dir/vacant" "$dir/w1.npy" "${out[@]}"

# spoilt NAME TEXT COMMAND: a copy of d0, $copy, changed by COMMAND
copy=$dir/copy
spoilt() {
    rm -rf "$copy" && cp -r "$dir/d0" "$copy" && eval "$3"
    bad "$1" "$2" "$copy" "$dir/w1.npy" "${out[@]}"
}
for file in P V outliers tokens outlier_columns token_rows; do
    spoilt "no $file.npy" "$copy/$file.npy: No such file" "rm $copy/$file.npy"
    spoilt "$file.npy truncated" "$copy/$file.npy: truncated" "truncate -s -2 $copy/$file.npy"
done
spoilt 'P.npy of another shape' 'V.npy: 40 x 11, not the 40 x 5' "$make_npy $copy/P.npy f4 C 3 5 random"
for file in V outlier_columns token_rows; do
    spoilt "$file.npy of another shape" "$file.npy: 3 x 5, not the" "$make_npy $copy/$file.npy f4 C 3 5 random"
done
for file in P V outlier_columns token_rows; do
    spoilt "a bit of $file.npy turned over" 'digest is not that of' "printf '\\x3f' | dd of=$copy/$file.npy bs=1 seek=131 conv=notrunc status=none"
done
spoilt 'no tokens at all' 'copy/P.npy: the array has 1 dimension' "cp $copy/tokens.npy $copy/P.npy"
put() { poke "$copy/$1.npy" 0 "$2"; }
spoilt 'outlier past the channels' 'outliers.npy: number 0 is 40, not 0..39' "put outliers '\\x28\\0\\0\\0'"
spoilt 'negative outlier' 'outliers.npy: number 0 is -1, not 0..39' "put outliers '\\xff\\xff\\xff\\xff'"
spoilt 'outliers not ascending' 'outliers.npy: not ascending: ' "put outliers '\\x27\\0\\0\\0'"
spoilt 'another outlier' 'its digest is not that of P.npy, V.npy and outliers.npy' \
    "put outliers '\\x1\\0\\0\\0\\x3\\0\\0\\0\\x11\\0\\0\\0'"
spoilt 'another exact token' 'its tracks_digest is not that of' "put tokens '\\x01\\0\\0\\0'"
spoilt 'exact token past the last' 'tokens.npy: number 0 is 48, not 0..47' "put tokens '\\x30\\0\\0\\0'"
spoilt 'a list of matrices' 'outliers.npy: the array has 2 dimensions, not 1' "cp $copy/P.npy $copy/outliers.npy"
spoilt 'a list of another type' 'tokens.npy: elements are <u4, not <i4' "sed -i 's/<i4/<u4/' $copy/tokens.npy"
spoilt 'report that is not JSON' "$copy/report.json: line 3: not JSON" "sed -i '3s/,/;/' $copy/report.json"
spoilt 'report without digests' 'no digest and tracks_digest in it' "sed -i '/tracks_digest/d; s/\\(\"digest.*\\),/\\1/' $copy/report.json"

# ---- where the result cannot go ----

bad 'parent that is not there' "$dir/none/x: cannot be written: No such file" "$dir/d0" "$dir/w1.npy" --out "$dir/none/x"
mkdir "$dir/full" && echo mine >"$dir/full/thesis.txt"
bad "folder of another's files" "$dir/full: holds thesis.txt" "$dir/d0" "$dir/w1.npy" --out "$dir/full"
"$dcom" apply --help >"$dir/stdout" 2>"$dir/err"
report 'help lists every option' "$(for o in out config json quiet help; do
    grep -q -- "--$o" "$dir/stdout" || echo "not --$o"
done)"

echo "1..$count"
