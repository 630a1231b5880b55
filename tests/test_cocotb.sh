#!/bin/bash
# test_cocotb.sh - csr.v on Icarus under an AXI4-Lite master from PyPI (cocotbext-axi), in a virtual environment of its own in the
# build folder, versions pinned. Needs iverilog, Python with a shared library and venv, and PyPI the first time.
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
make -s "BUILD=$build" headers >"$dir/out" 2>&1 || stop 'headers'
iverilog -g2005 -Wall "-I$build/rtl" -Pcsr.COUNTERS=5 -s csr -o "$dir/csr.vvp" rtl/csr.v >"$dir/out" 2>&1 || stop 'csr.v builds'

seed=${SEED:-$RANDOM}
echo "# seed $seed; again: BUILD=$build SEED=$seed tests/test_cocotb.sh"
rm -f "$dir/results.xml"
libraries=$("$venv/bin/cocotb-config" --lib-dir)
vpi=$("$venv/bin/cocotb-config" --lib-name vpi icarus)
VIRTUAL_ENV=$venv PATH=$venv/bin:$PATH PYTHONPATH=tests/cocotb PYTHONDONTWRITEBYTECODE=1 RANDOM_SEED=$seed \
    LIBPYTHON_LOC=$("$venv/bin/cocotb-config" --libpython) MODULE=csr_registers TOPLEVEL=csr TOPLEVEL_LANG=verilog \
    COCOTB_RESULTS_FILE=$dir/results.xml vvp -M "$libraries" -m "$vpi" "$dir/csr.vvp" >"$dir/out" 2>&1
[ -s "$dir/results.xml" ] || stop 'no results'
"$venv/bin/python" tests/cocotb/tap.py "$dir/results.xml" | tee "$dir/tap"
grep -q '^not ok' "$dir/tap" || exit 0
grep -E 'ERROR|Error|assert' "$dir/out" | tail -n 20 | sed 's/^/# | /'
exit 1
