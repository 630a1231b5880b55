# shellcheck shell=bash
# venv.sh - for test scripts to source, at the repository's root: the virtual environment of the Python tests in the build folder,
# versions pinned by tests/python/requirements.txt, and libdcom.so for it. Sets $build, $dir (the script's own), $venv, and
# $DCOM_LIBRARY. Needs Python with a shared library (cocotb) and venv, and PyPI the first time; skips where they are not.
# SPDX-License-Identifier: Apache-2.0
build=${BUILD:-build}
venv=$(realpath -m "$build/venv")
dir=$(basename "$0" .sh)
dir=$(realpath -m "$build/${dir#test_}")
mkdir -p "$dir"

# stop WHAT: the one case that failed
stop() {
    echo "not ok 1 - $1"
    tail -n 20 "$dir/out" | sed 's/^/# | /'
    echo '1..1'
    exit 1
}

: >"$dir/out"
for python in ${PYTHON:-python3 /usr/bin/python3} ''; do
    [ -n "$python" ] || stop 'no Python is built as a shared library'
    "$python" -c 'import sys, sysconfig; sys.exit(not sysconfig.get_config_var("Py_ENABLE_SHARED"))' 2>>"$dir/out" && break
done
# skip WHAT: is not there
skip() {
    echo "1..0 # SKIP $1"
    exit
}
exec 9>"$venv.lock" && flock 9 # two tests may begin at once
if ! cmp -s tests/python/requirements.txt "$venv/requirements.txt"; then
    rm -rf "$venv"
    "$python" -m venv "$venv" >"$dir/out" 2>&1 || skip 'no virtual environment: apt-get install python3-venv'
    "$venv/bin/pip" download --quiet --no-deps --dest "$dir" pip >"$dir/out" 2>&1 || skip 'PyPI cannot be reached'
    { "$venv/bin/pip" install --quiet -r tests/python/requirements.txt &&
        cp tests/python/requirements.txt "$venv/"; } >"$dir/out" 2>&1 || stop 'virtual environment'
fi
exec 9>&-
make -s "BUILD=$build" headers "$build/dcom" "$build/libdcom.so" >"$dir/out" 2>&1 || stop 'headers, dcom and libdcom.so'
DCOM_LIBRARY=$(realpath "$build/libdcom.so")
export DCOM_LIBRARY
