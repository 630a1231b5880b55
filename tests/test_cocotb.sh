#!/bin/bash
# test_cocotb.sh - csr.v, and accelerator.v of the configuration tiny beside the Python module, on Icarus under bus models from PyPI
# (cocotbext-axi): a case of each kind, with `all` every case. Needs iverilog, and what venv.sh needs.
# SPDX-License-Identifier: Apache-2.0
set -u
cd "$(dirname "$0")/.." || exit 1
# shellcheck source=tests/venv.sh
. tests/venv.sh
case ${1:-} in
'') some=decompose,abort_queued_load,framing,refusals,counters,apply,store_and_passes ;;
all) some='' ;;
*)
    echo "test_cocotb.sh: no part is called $1; there is all" >&2
    exit 2
    ;;
esac
dir=$dir/${1:-some} # the two may be at work at once
mkdir -p "$dir"

iverilog -g2005 -Wall "-I$build/rtl" -Pcsr.COUNTERS=5 -s csr -o "$dir/csr_registers.vvp" rtl/csr.v >"$dir/out" 2>&1 || stop 'csr.v builds'
iverilog -g2005 -Wall -Irtl "-I$build/rtl" "-I$build/tiny" -s accelerator -o "$dir/accelerator_axi.vvp" rtl/*.v >"$dir/out" 2>&1 ||
    stop 'accelerator.v builds'

seed=${SEED:-$RANDOM}
echo "# seed $seed; again: BUILD=$build SEED=$seed tests/test_cocotb.sh $*"
libraries=$("$venv/bin/cocotb-config" --lib-dir)
vpi=$("$venv/bin/cocotb-config" --lib-name vpi icarus)

# bench MODULE TOP [CASES]: all cases of tests/cocotb/MODULE.py, or these
bench() {
    rm -f "$dir/$1.xml"
    VIRTUAL_ENV=$venv PATH=$venv/bin:$PATH PYTHONPATH=tests/cocotb:python PYTHONDONTWRITEBYTECODE=1 RANDOM_SEED=$seed \
        LIBPYTHON_LOC=$("$venv/bin/cocotb-config" --libpython) MODULE=$1 TOPLEVEL=$2 TESTCASE=${3:-} TOPLEVEL_LANG=verilog \
        COCOTB_RESULTS_FILE=$dir/$1.xml vvp -M "$libraries" -m "$vpi" "$dir/$1.vvp" >"$dir/$1.log" 2>&1
}
bench csr_registers csr
bench accelerator_axi accelerator $some
(cd "$dir" && "$venv/bin/python" "$OLDPWD/tests/cocotb/tap.py" csr_registers accelerator_axi) | tee "$dir/tap"
grep -q '^not ok' "$dir/tap" || exit 0
grep -hE 'ERROR|Error|assert|File ".*tests/cocotb' "$dir/csr_registers.log" "$dir/accelerator_axi.log" | tail -n 40 | sed 's/^/# | /'
exit 1
