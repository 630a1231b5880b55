#!/bin/bash
# test_generators.sh - gen_config, gen_csr and gen_scalar: what they print is what was built, and what they cannot read or write is told.
# SPDX-License-Identifier: Apache-2.0
set -u
cd "$(dirname "$0")/.." || exit 1
# shellcheck source=tests/report.sh
. tests/report.sh

# built FILE PROGRAM ARGUMENT...: prints FILE
built() {
    local file=$build/$1 program=$build/$2 fault=''
    shift 2
    "$program" "$@" >"$dir/out" 2>"$dir/err" || fault="exit status $?"
    cmp -s "$dir/out" "$file" || fault="$fault is not what was built"
    report "${file##*/}" "$fault"
    "$program" "$@" >/dev/full 2>"$dir/err"
    report "${file##*/}: a full disk is told" "$([ $? -eq 1 ] || echo 'it is not')"
}

# refused TEXT PROGRAM ARGUMENT...: exit status 2, one line that holds TEXT, nothing on stdout
refused() {
    local text=$1 program=$2 fault=''
    shift 2
    "$build/$program" "$@" >"$dir/out" 2>"$dir/err"
    local status=$?
    [ $status -eq 2 ] || fault="exit status $status"
    [ "$(wc -l <"$dir/err")" -eq 1 ] && [ ! -s "$dir/out" ] || fault="$fault not one line"
    grep -qF -- "$text" "$dir/err" || fault="$fault does not say: $text"
    report "$program ${*##*/}" "$fault"
}

# map LINE...: a map of registers, one line each, then what it says
map() { printf '%b\n' "$@" >"$dir/x.map"; }

built rtl/csr_map.vh gen_csr verilog rtl/csr.map
built rtl/csr_decode.vh gen_csr decode rtl/csr.map
built csr_map.h gen_csr c rtl/csr.map
built configs.inc gen_config table rtl/config/*.cfg
mapfile -t names < <(printf '%s\n' rtl/config/*.cfg | sort -r)
built configs.inc gen_config table "${names[@]}"
cp rtl/config/tiny.cfg "$dir/b.cfg" && cp rtl/config/tiny.cfg "$dir/a.cfg"
for names in "$dir/a.cfg $dir/b.cfg" "$dir/b.cfg $dir/a.cfg"; do
    read -ra two <<<"$names"
    "$build/gen_config" table "${two[@]}" >"$dir/out" 2>"$dir/err"
    report 'configurations of one size go by their names' "$([ "$(sed -E 's/.*"(.*)".*/\1/' "$dir/out" | paste -sd' ')" = 'a b' ] || cat "$dir/out")"
done
built small/dcom_config.vh gen_config verilog rtl/config/small.cfg
built rtl/scalar_program.vh gen_scalar

refused 'usage: gen_csr' gen_csr
refused 'usage: gen_csr' gen_csr pascal rtl/csr.map
refused "$dir/none.map: No such file" gen_csr c "$dir/none.map"
: >"$dir/x.map"
refused 'x.map:0: no register in it' gen_csr c "$dir/x.map"
mkdir "$dir/folder.map"
refused 'folder.map:0: no register in it' gen_csr c "$dir/folder.map"
map '000 ID ro 32 1 it' '\0'
refused 'x.map:2: the line is too long, or not ended' gen_csr c "$dir/x.map"
map '000 ID ro 32 1 it' "004 TWO ro 32 0 $(printf '%0200d' 0)"
refused 'x.map:2: the line is too long, or not ended' gen_csr c "$dir/x.map"
map '000 ID ro 32 1 it' '= SEVEN 7 seven' '= SEVEN 8 eight'
refused 'x.map:3: the name is taken' gen_csr c "$dir/x.map"
map '000 ID ro 32 1 it' '= SEVEN 7'
refused 'x.map:2: not of the form = NAME number meaning' gen_csr c "$dir/x.map"
map '000 ID ro 32 1'
refused 'x.map:1: not of the form offset name access width reset meaning' gen_csr c "$dir/x.map"
{ echo '000 ID ro 32 1 it' && seq 1 97 | sed 's/.*/= V& & a value/'; } >"$dir/x.map"
refused 'x.map:98: too many values' gen_csr c "$dir/x.map"
for k in $(seq 0 96); do printf '%03X R%d ro 32 0 a register\n' $((4 * k)) "$k"; done >"$dir/x.map"
refused 'x.map:97: too many registers' gen_csr c "$dir/x.map"
while IFS='|' read -r text line; do
    map "000 ID ro 32 1 it\n$line"
    refused "x.map:2: $text" gen_csr c "$dir/x.map"
done <<'END'
not of the form = NAME number meaning|= SEVEN
the name is not in capitals|= Seven 7 seven
the number is not one|= SEVEN 7x seven
not of the form offset name access width reset meaning|004 R
the name is not in capitals|004 Other ro 32 1 it
the name ends in no [count]|004 R[2 ro 32 1 it
the name ends in no [count]|004 R[2]x ro 32 1 it
the count is not 2 to 1024|004 R[x] ro 32 1 it
the count is not 2 to 1024|004 R[1] ro 32 1 it
the count is not 2 to 1024|004 R[1025] ro 32 1 it
the offset is no word's|00x R ro 32 1 it
the offset is no word's|006 R ro 32 1 it
the offset is no word's|1000 R ro 32 1 it
the width is not 1 to 32|004 R ro x 1 it
the width is not 1 to 32|004 R ro 33 1 it
the width is not 1 to 32|004 R rw 64 1 it
the reset value is no constant|004 R ro 64 1 it
the reset value is no constant|004 R ro 32 g it
the reset value is no constant|004 R rw 32 - it
the reset value is wider than the register|004 R ro 4 10 it
it overlaps with, or lies below, the one before|000 R ro 32 1 it
the name is taken|004 ID ro 32 1 it
END
map '000 ID ro 32 fffffffff it'
refused 'x.map:1: the reset value is no constant' gen_csr c "$dir/x.map"
map '000 ID ro 0 1 it'
refused 'x.map:1: the width is not' gen_csr c "$dir/x.map"

refused 'usage: gen_config' gen_config
refused 'usage: gen_config' gen_config table
refused 'usage: gen_config' gen_config pascal rtl/config/tiny.cfg
refused 'usage: gen_config' gen_config verilog rtl/config/tiny.cfg rtl/config/small.cfg
mapfile -t many < <(yes rtl/config/tiny.cfg | head -n 65)
refused 'usage: gen_config' gen_config table "${many[@]}"
refused "$dir/none.cfg: No such file" gen_config table "$dir/none.cfg"
echo 'lanes = eight' >"$dir/x.cfg"
refused 'x.cfg:1: ' gen_config verilog "$dir/x.cfg"

echo "1..$count"
