#!/bin/bash
# test_variants.sh - RTL of the geometries in tests/config against the model: every depth of the MAC pipeline, arrays that
# are wider than tall and taller than wide.
# SPDX-License-Identifier: Apache-2.0
set -u
cd "$(dirname "$0")/.." || exit 1
build=${BUILD:-build}
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
count=0
"$build/tests/make_npy" "$dir/a.npy" f4 C 29 47 random

for file in tests/config/*.cfg; do
    name=$(basename "$file" .cfg)
    fault=''
    make -s BUILD="$build" CONFIG="$name" array-sim-build >"$dir/out" 2>&1 || fault="$name cannot be built"
    for run in 'none 8' 'light 4' 'heavy 8' 'heavy 1' '128,0,0,250 2'; do
        count=$((count + 1))
        if [ -z "$fault" ]; then
            "$build/$name/array_sim" --config "$file" --stall "${run% *}" --expansion "${run#* }" --rank 11 "$dir/a.npy" \
                >"$dir/out" 2>&1 && grep -qx PASS "$dir/out"
        else false; fi && echo "ok $count - $name, stalls and expansion $run" && continue
        echo "not ok $count - $name, stalls and expansion $run"
        sed 's/^/# | /' "$dir/out"
    done
done
echo "1..$count"
