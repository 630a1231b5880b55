#!/bin/bash
# test_csr_map.sh - docs/csr.md shows the registers of rtl/csr.map, and a map that says nonsense is refused with file and line.
# SPDX-License-Identifier: Apache-2.0
set -u
cd "$(dirname "$0")/.." || exit 1
# shellcheck source=tests/report.sh
. tests/report.sh
generate=$build/gen_csr

"$generate" markdown rtl/csr.map >"$dir/table"
sed -n '/^| offset /,/^$/{/^|/p}' docs/csr.md | diff "$dir/table" - >"$dir/out"
report 'the table of docs/csr.md is that of rtl/csr.map' "${?#0}"
[ "$(grep -c '^| 0x' "$dir/table")" -eq "$(grep -cE '^[0-9A-F]{3} ' rtl/csr.map)" ]
report 'every register of the map is in it' "${?#0}"

# STOP and FLAGS are the model's dcom_stop and dcom_flag; FRAMING is of the stream, which the model does not have
sed -nE 's/^ +DCOM_(STOP|FLAG)_([A-Z]+).*/\1 \2/p' cmodel/dcom.h | sort >"$dir/model"
awk '/^[0-9A-F]/ { of = $2 } /^=/ && of == "STOP" { print "STOP", $2 } /^=/ && of == "FLAGS" && $2 != "FRAMING" { print "FLAG", $2 }' rtl/csr.map | sort | diff "$dir/model" - >"$dir/out"
report 'stop reasons and flags have the names of dcom.h' "${?#0}"
: >"$dir/values.c"
{
    echo '#include "dcom.h"'
    echo '#include "csr_map.h"'
    awk '/^[0-9A-F]/ { of = $2 }
        /^=/ && of == "STOP" { printf "_Static_assert((int)CSR_STOP_%s == (int)DCOM_STOP_%s, \"\");\n", $2, $2 }
        /^=/ && of == "FLAGS" && $2 != "FRAMING" { printf "_Static_assert(1 << CSR_FLAGS_%s == DCOM_FLAG_%s, \"\");\n", $2, $2 }' rtl/csr.map
} >"$dir/values.c"
[ "$(grep -c _Static_assert "$dir/values.c")" -eq 8 ] && cc -std=c11 -fsyntax-only -Icmodel "-I$build" "$dir/values.c" >"$dir/out" 2>&1
report 'and their values' "${?#0}"

while IFS='~' read -r line fault; do
    printf '000 ID ro 32 1 it\n%b\n' "$line" >"$dir/bad.map"
    "$generate" c "$dir/bad.map" >/dev/null 2>"$dir/out"
    [ $? -eq 2 ] && [ "$(cat "$dir/out")" = "gen_csr: $dir/bad.map:2: $fault" ]
    report "refused: $fault" "${?#0}"
done <<'LIST'
000 TWO ro 32 0 over the first~it overlaps with, or lies below, the one before
006 TWO ro 32 0 odd~the offset is no word's
1000 TWO ro 32 0 far~the offset is no word's
FFC TWO ro 64 - past the end~it ends past the address space
004 TWO[1] ro 32 0 one of them~the count is not 2 to 1024
004 TWO[2 ro 32 0 open~the name ends in no [count]
004 ID ro 32 0 twice~the name is taken
004 two ro 32 0 small~the name is not in capitals
004 TWO wo 32 0 write only~the access is not ro, rw, w1 or w1c
004 TWO rw 33 0 wide~the width is not 1 to 32, or 64 of a register that is read only
004 TWO rw 64 0 wide~the width is not 1 to 32, or 64 of a register that is read only
004 TWO rw 4 10 too much~the reset value is wider than the register
004 TWO rw 4 - nothing~the reset value is no constant of the register's kind
004 TWO ro 4 zero zero~the reset value is no constant of the register's kind
004 TWO ro 4 0~not of the form offset name access width reset meaning
= SEVEN~not of the form = NAME number meaning
= SEVEN vii seven~the number is not one
= seven 7 seven~the name is not in capitals
LIST
printf '= SEVEN 7 seven\n' >"$dir/bad.map"
"$generate" c "$dir/bad.map" 2>"$dir/out"
[ $? -eq 2 ] && grep -q ':1: a value before the first register$' "$dir/out"
report 'refused: a value of no register' "${?#0}"
echo "1..$count"
