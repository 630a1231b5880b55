#!/bin/bash
# test_fuzz.sh [SECONDS] - every committed input of every fuzz target again; with SECONDS, fuzzing for so long each.
# SPDX-License-Identifier: Apache-2.0
set -u
cd "$(dirname "$0")/.." || exit 1
build=${BUILD:-build}

if [ $# -gt 0 ]; then
    if ! command -v clang >/dev/null || ! ls /usr/lib/llvm*/lib/clang/*/lib/linux/libclang_rt.fuzzer-*.a >/dev/null 2>&1; then
        echo '1..0 # SKIP no libFuzzer here: clang, libclang-rt-14-dev'
        exit 0
    fi
    exec make -s fuzz SECONDS="$1"
fi

out=$(mktemp)
trap 'rm -f "$out"' EXIT
count=0
for file in fuzz/*.c; do
    target=$(basename "$file" .c)
    case $target in fuzz | replay) continue ;; esac
    count=$((count + 1))
    if "$build/fuzz/$target" "fuzz/corpus/$target" >"$out" 2>&1 </dev/null; then
        echo "ok $count - $target: $(tail -n 1 "$out")"
    else
        echo "not ok $count - $target"
        grep -avE '^fuzz/corpus/' "$out" | head -n 12 | sed 's/^/# | /'
        echo "# again: $build/fuzz/$target $(grep -aE '^fuzz/corpus/' "$out" | tail -n 1)"
    fi
done
echo "1..$count"
