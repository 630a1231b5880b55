#!/bin/bash
# test_cocotb.sh - csr.v, and accelerator.v of the configuration tiny, on Icarus under bus models from PyPI (cocotbext-axi), in a
# virtual environment of its own in the build folder, versions pinned. Needs iverilog, Python with a shared library and venv, and
# PyPI the first time.
# SPDX-License-Identifier: Apache-2.0
set -u
cd "$(dirname "$0")/.." || exit 1
build=${BUILD:-build}
dir=$(realpath -m "$build/cocotb")
venv=$dir/venv
mkdir -p "$dir"

# stop WHAT: the one case that failed
stop() {
    echo "not ok 1 - $1"
    tail -n 20 "$dir/out" | sed 's/^/# | /'
    echo '1..1'
    exit 1
}

# A Python that a simulator can load
: >"$dir/out"
for python in ${PYTHON:-python3 /usr/bin/python3} ''; do
    [ -n "$python" ] || stop 'no Python is built as a shared library'
    "$python" -c 'import sys, sysconfig; sys.exit(not sysconfig.get_config_var("Py_ENABLE_SHARED"))' 2>>"$dir/out" && break
done
if ! cmp -s tests/cocotb/requirements.txt "$venv/requirements.txt"; then
    rm -rf "$venv"
    { "$python" -m venv "$venv" && "$venv/bin/pip" install --quiet -r tests/cocotb/requirements.txt &&
        cp tests/cocotb/requirements.txt "$venv/"; } >"$dir/out" 2>&1 || stop 'virtual environment'
fi
make -s "BUILD=$build" headers "$build/dcom" >"$dir/out" 2>&1 || stop 'headers and dcom'
iverilog -g2005 -Wall "-I$build/rtl" -Pcsr.COUNTERS=5 -s csr -o "$dir/csr_registers.vvp" rtl/csr.v >"$dir/out" 2>&1 || stop 'csr.v builds'
iverilog -g2005 -Wall -Irtl "-I$build/rtl" "-I$build/tiny" -s accelerator -o "$dir/accelerator_axi.vvp" rtl/*.v >"$dir/out" 2>&1 ||
    stop 'accelerator.v builds'

seed=${SEED:-$RANDOM}
echo "# seed $seed; again: BUILD=$build SEED=$seed tests/test_cocotb.sh"
libraries=$("$venv/bin/cocotb-config" --lib-dir)
vpi=$("$venv/bin/cocotb-config" --lib-name vpi icarus)

# bench MODULE TOP: all cases of tests/cocotb/MODULE.py
bench() {
    rm -f "$dir/$1.xml"
    BUILD=$build VIRTUAL_ENV=$venv PATH=$venv/bin:$PATH PYTHONPATH=tests/cocotb PYTHONDONTWRITEBYTECODE=1 RANDOM_SEED=$seed \
        LIBPYTHON_LOC=$("$venv/bin/cocotb-config" --libpython) MODULE=$1 TOPLEVEL=$2 TOPLEVEL_LANG=verilog \
        COCOTB_RESULTS_FILE=$dir/$1.xml vvp -M "$libraries" -m "$vpi" "$dir/$1.vvp" >"$dir/$1.log" 2>&1
}
bench csr_registers csr
bench accelerator_axi accelerator
(cd "$dir" && "$venv/bin/python" "$OLDPWD/tests/cocotb/tap.py" csr_registers accelerator_axi) | tee "$dir/tap"
grep -q '^not ok' "$dir/tap" || exit 0
grep -hE 'ERROR|Error|assert|File ".*tests/cocotb' "$dir/csr_registers.log" "$dir/accelerator_axi.log" | tail -n 40 | sed 's/^/# | /'
exit 1
