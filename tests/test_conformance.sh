#!/bin/bash
# test_conformance.sh [CASES [DOORS]] - the same cases through all the doors: their digests are those of the list, in one table.
#   model      the untimed model by the command, dcom vectors; dcom replay drives the timed one along the trace
#   lockstep   make sim: golden model and RTL, every register on every clock
#   icarus, verilator   the RTL alone under tb/replay, stimulus and expectation from the trace; the digest is of the beats it sent
#   dpi        the RTL under a SystemVerilog bench with the DPI package; the digest is of the beats it sent
#   python     the module dcom
#   c          a C program on the library that make install leaves
# CASES: vectors/conformance.cases, or another list, whose digests are the model's. DOORS: some of them, with commas between.
# Icarus takes the cases of tiny (a clock of small costs it 3 ms), and with ICARUS=all every one. Needs iverilog and what venv.sh needs.
# SPDX-License-Identifier: Apache-2.0
# shellcheck disable=SC2317 # the doors are called by their names
set -u
cd "$(dirname "$0")/.." || exit 1
# shellcheck source=tests/report.sh
. tests/report.sh
# shellcheck source=tests/venv.sh
. tests/venv.sh
cases=${1:-vectors/conformance.cases}
IFS=, read -ra doors <<<"${2:-model,lockstep,icarus,verilator,dpi,python,c}"
digests=${cases%.cases}.digests
dir=$dir/$(basename "$cases" .cases) # two lists may be at work at once
mkdir -p "$dir"
folder=$dir/vectors
dcom=$build/dcom

# digest_of FILE: of the beats that a device sent, which must be the vectors'
digest_of() { "$dcom" replay "$vectors" --packets "$1" 2>&1 | sed -nE 's/.*\b([0-9a-f]{64})\b.*/\1/p'; }

# ---- the doors: each prints the digest of $name, whose vectors are in $vectors, and nothing if anything was wrong ----

value() { sed -nE "s/^0*${1}_0*([0-9A-Fa-f]+)\$/0x\1/p" "$vectors/registers.hex" | head -n 1; }

door_model() {
    "$dcom" replay --quiet "$vectors" && sed -nE 's/^ *"digest": "(.*)".*/\1/p' "$vectors/manifest.json"
}

door_lockstep() {
    local options=()
    for word in "${words[@]}"; do
        case $word in expect=* | trace=*) ;; *) options+=("--${word%%=*}" "${word#*=}") ;; esac
    done
    "$build/$config/sim" "${options[@]}" --capsule "$dir/capsule" "$vectors/A.npy" >"$dir/said"
    grep -q '^LOCKSTEP      bit-exact$' "$dir/said" && tail -n 1 "$dir/said" | grep -qx PASS && sed -nE 's/^digest +//p' "$dir/said"
}

replay() {
    rm -f "$dir/packets"
    BUILD=$build CONFIG=$config SIMULATOR=$1 TRACE=$vectors/trace.bin tb/replay/run "+packets=$dir/packets" >"$dir/said" &&
        digest_of "$dir/packets"
}
door_icarus() { replay icarus; }
door_verilator() { replay verilator; }

door_dpi() {
    rm -f "$dir/packets"
    "$build/dpi/$config/bench" "+config=$config" "+folder=$vectors" +vectors=0 "+packets=$dir/packets" >"$dir/said" &&
        digest_of "$dir/packets"
}

door_python() {
    PYTHONPATH=python "$venv/bin/python" -W error - "$vectors/A.npy" "${words[@]}" <<'P'
import sys, numpy, dcom
keys = dict(word.split("=", 1) for word in sys.argv[2:])
numbers = {k: int(v) for k, v in keys.items() if k in ("rank", "expansion", "warmup", "outliers", "seed")}
exact = [int(t) for t in keys["exact-tokens"].split(",")] if "exact-tokens" in keys else []
print(dcom.decompose(numpy.load(sys.argv[1]), config=keys["config"], exact_tokens=exact, tolerance=float(keys.get("tolerance", 0)),
                     **numbers).digest)
P
}

door_c() {
    LD_LIBRARY_PATH=$dir/prefix/lib "$dir/program" "$vectors/A.npy" "$tokens" "$channels" "${words[@]}" >"$dir/packets" &&
        digest_of "$dir/packets"
}

# ---- what they need ----

"$dcom" vectors --cases "$cases" --out "$folder" --trace --quiet >"$dir/out" 2>&1 || stop 'golden vectors'
configs=$(grep -oE '^[A-Za-z0-9].* config=[^ ]+' "$cases" | sed 's/.*config=//' | sort -u)
for config in $configs; do
    targets=()
    for door in "${doors[@]}"; do
        case $door in
        lockstep) targets+=(sim-build) ;;
        icarus | verilator) make -s "BUILD=$build" "CONFIG=$config" "SIMULATOR=$door" replay-build >"$dir/out" 2>&1 || stop "replay of $config on $door" ;;
        dpi) targets+=("$build/dpi/$config/bench") ;;
        esac
    done
    [ ${#targets[@]} -eq 0 ] || make -s "BUILD=$build" "CONFIG=$config" "${targets[@]}" >"$dir/out" 2>&1 || stop "benches of $config"
done
make -s "BUILD=$build" "PREFIX=$dir/prefix" install >"$dir/out" 2>&1 || stop 'make install'
# shellcheck disable=SC2046 # words
PKG_CONFIG_PATH=$dir/prefix/lib/pkgconfig gcc -std=c11 -O2 -Wall -Wextra -Werror tests/conformance.c -o "$dir/program" \
    $(PKG_CONFIG_PATH=$dir/prefix/lib/pkgconfig pkg-config --cflags --libs dcom) >"$dir/out" 2>&1 || stop 'a C program on the library'

# ---- all cases ----

printf '# %-18s %-16s' case digest
printf ' %-9s' "${doors[@]}"
echo
while read -r name _ rest; do
    case $name in '' | '#'*) continue ;; esac
    read -ra words <<<"${rest%% : *}"
    vectors=$folder/$name
    config=$(printf '%s\n' "${words[@]}" | sed -n 's/^config=//p')
    tokens=$(($(value 40))) channels=$(($(value 44)))
    if [ -f "$digests" ]; then
        expected=$(sed -nE "s/^$name +([0-9a-f]{64})\$/\1/p" "$digests")
    else
        expected=$(door_model)
    fi
    row=''
    for door in "${doors[@]}"; do
        if [ "$door" = icarus ] && [ "$config" != tiny ] && [ "${ICARUS:-}" != all ]; then
            row="$row $(printf '%-9s' -)"
            continue
        fi
        digest=$("door_$door" 2>"$dir/err")
        if [ -n "$expected" ] && [ "$digest" = "$expected" ]; then
            report "$name $door" ''
            row="$row $(printf '%-9s' same)"
        else
            report "$name $door" "digest '$digest', not '$expected'"
            sed 's/^/#   /' "$dir/err"
            row="$row $(printf '%-9s' "${digest:0:8}")"
        fi
    done
    table="${table:-}$(printf '# %-18s %-16s' "$name" "${expected:0:16}")$row"$'\n'
done <"$cases"
printf '%s' "$table"
echo "1..$count"
