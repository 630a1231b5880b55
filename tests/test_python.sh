#!/bin/bash
# test_python.sh - the module python/dcom: against the command and the C compiler, its documentation's examples, from pip and from an
# installed PREFIX. Needs what venv.sh needs.
# SPDX-License-Identifier: Apache-2.0
set -u
cd "$(dirname "$0")/.." || exit 1
# shellcheck source=tests/venv.sh
. tests/venv.sh

seed=${SEED:-$RANDOM}
echo "# seed $seed; again: BUILD=$build SEED=$seed tests/test_python.sh"
# pip builds in the folder it is given
rm -rf "$dir/source" "$dir/site" "$dir/prefix"
cp -r python "$dir/source"
"$venv/bin/pip" install --quiet --no-deps --target "$dir/site" "$dir/source" >"$dir/out" 2>&1 || stop 'pip installs python/'
make -s "BUILD=$build" "PREFIX=$dir/prefix" "$build/tests/make_generated" install >"$dir/out" 2>&1 || stop 'make install'
export BUILD=$build SEED=$seed SITE=$dir/site PREFIX=$dir/prefix PYTHONPATH=python PYTHONDONTWRITEBYTECODE=1
"$venv/bin/python" -W error tests/python/run.py "$@"
