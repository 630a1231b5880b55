#!/bin/bash
# test_replay.sh - tb/replay on Icarus and on Verilator, configuration tiny: the same trace of a real decomposition passes on
# both; each flipped bit of the file, each flipped output, each fault in the RTL is told. Needs iverilog.
# SPDX-License-Identifier: Apache-2.0
set -u
cd "$(dirname "$0")/.." || exit 1
# shellcheck source=tests/report.sh
. tests/report.sh
dir=$build/replay
matrix=tests/data/kjv_S512_L29_mlp_in.npy
seed=${SEED:-$RANDOM}
export CONFIG=tiny
mkdir -p "$dir"
RANDOM=$seed
echo "# seed $seed; again: BUILD=$build SEED=$seed tests/test_replay.sh"

# trace FILE [CLOCK OUTPUT BIT]
trace() {
    "$build/tests/make_trace" tiny "$matrix" 24 40 8 light "$seed" "$@"
}

# replay SIMULATOR FILE [+PLUSARG...]
replay() {
    local simulator=$1 file=$2
    shift 2
    said=$(BUILD=$build SIMULATOR=$simulator TRACE=$file tb/replay/run "$@" 2>&1)
    status=$?
}

# told STATUS WORDS: empty if the last replay ended so
told() {
    if [ $status -ne "$1" ] || ! grep -qE "$2" <<<"$said"; then echo "status $status: $said"; fi
}

# flip FILE BYTE BIT: a copy, $dir/bad, with this bit flipped
flip() {
    local byte
    cp "$1" "$dir/bad"
    byte=$(od -An -tu1 -j "$2" -N 1 "$1")
    # shellcheck disable=SC2059 # an escape of our own
    printf "\\x$(printf %x $((byte ^ 1 << $3)))" | dd "of=$dir/bad" bs=1 "seek=$2" conv=notrunc status=none
}

command -v iverilog >/dev/null || {
    report 'iverilog is there' 'no: apt-get install iverilog'
    echo '1..1'
    exit 1
}
good=$dir/good.trace
for simulator in icarus verilator; do
    said=$(make -s "BUILD=$build" replay-build "$build/tests/make_trace" "SIMULATOR=$simulator" 2>&1) || said="failed: $said"
    report "$simulator: the bench builds without a warning" "$(tail -n 3 <<<"$said" | tr '\n' ' ' | sed 's/^ $//')"
done
clocks=$(trace "$good" | sed -n 's/ clocks.*//p')
size=$(stat -c %s "$good")
for simulator in icarus verilator; do
    replay $simulator "$good" "+packets=$dir/$simulator.packets"
    report "$simulator: the trace of a decomposition" "$(told 0 "^PASS replay: $clocks clocks, $((13 * clocks)) values compared$")"
done
report 'the same packets of both' "$(cmp "$dir/icarus.packets" "$dir/verilator.packets" 2>&1 || true)"
beats=$(wc -l <"$dir/icarus.packets")
report 'all their beats: outliers, V and P' "$([ "$beats" -eq $((5 + 40 + 24)) ] || echo "$beats")"
replay verilator "$good" +clocks=100
report 'a stop at a clock' "$(told 0 '^PASS replay: 100 clocks, 1300 values')"

# ---- bits of the file: what is told is a clock and a name, or what the whole file is refused for
place='^FAIL (clock [0-9]+: [a-z_ ]+: (the stored value is damaged|expected)|trace: )'
header=$((60 + 27 * 19 + 1))
fault=''
for ((k = 0; k < 120 && ${#fault} == 0; k++)); do
    case $((k % 4)) in
    0) byte=$((RANDOM % header)) ;;
    1) byte=$((size - 1 - RANDOM % 40)) ;;
    *) byte=$((header + (RANDOM * 32768 + RANDOM) % (size - header))) ;;
    esac
    bit=$((RANDOM % 8))
    flip "$good" $byte $bit
    replay verilator "$dir/bad"
    if [ $status -eq 0 ] || ! grep -qE "$place" <<<"$said"; then fault="bit $bit of byte $byte: status $status: $said"; fi
done
report "verilator: 120 flipped bits of $size bytes" "$fault"
fault=''
for ((k = 0; k < 8 && ${#fault} == 0; k++)); do
    byte=$((k == 0 ? 30 : header + RANDOM % (size / 4)))
    bit=$((RANDOM % 8))
    flip "$good" $byte $bit
    replay icarus "$dir/bad"
    if [ $status -eq 0 ] || ! grep -qE "$place" <<<"$said"; then fault="bit $bit of byte $byte: status $status: $said"; fi
done
report 'icarus: 8 flipped bits' "$fault"
head -c $((size / 2)) "$good" >"$dir/bad"
replay verilator "$dir/bad"
report 'a file that is cut' "$(told 1 '^FAIL clock [0-9]+: .*: it is truncated$')"

# ---- bits of the expectation, each output: told on that clock, by that name
fault=''
while read -r output width; do
    clock=$((1 + RANDOM % clocks))
    trace "$dir/bad" $clock "$output" $((RANDOM % width)) >/dev/null
    replay verilator "$dir/bad"
    [ -n "$fault" ] || fault=$(told 1 "^FAIL clock $clock: $output: expected [0-9a-f]+, got [0-9a-f]+$")
done <<'LIST'
axi_awready 1
axi_wready 1
axi_bvalid 1
axi_arready 1
axi_rvalid 1
s_axis_tready 1
m_axis_tvalid 1
m_axis_tlast 1
axi_bresp 2
axi_rdata 32
axi_rresp 2
m_axis_tdata 128
m_axis_tuser 2
LIST
report 'verilator: a flipped bit of each output' "$fault"
trace "$dir/bad" 200 axi_rdata 31 >/dev/null
replay icarus "$dir/bad"
report 'icarus: a flipped bit of an output' "$(told 1 '^FAIL clock 200: axi_rdata: expected 8')"

# ---- traces that are not of this bench
for simulator in icarus verilator; do
    "$build/tests/make_trace" small "$matrix" 16 16 8 none 1 "$dir/bad" >/dev/null
    replay $simulator "$dir/bad"
    report "$simulator: another geometry" "$(told 2 "^FAIL trace: $dir/bad: geometry: cluster_rows is 2, not 1$")"
    replay $simulator "$matrix"
    report "$simulator: no trace" "$(told 2 "^FAIL trace: $matrix: not a trace of the accelerator$")"
    replay $simulator "$dir/none"
    report "$simulator: no file" "$(told 2 "^FAIL trace: $dir/none: cannot be opened$")"
done

# ---- faults in the RTL
while IFS='~' read -r file name edit words; do
    rm -rf "$dir/rtl" "$build/tiny/replay_icarus"
    cp -r rtl "$dir/rtl"
    sed -E "$edit" "rtl/$file" >"$dir/rtl/$file"
    fault=''
    cmp -s "rtl/$file" "$dir/rtl/$file" && fault='the edit changes nothing'
    if [ -z "$fault" ]; then
        said=$(make -s "BUILD=$build" "RTL=$dir/rtl" replay-build SIMULATOR=icarus 2>&1)
        replay icarus "$good"
        fault=$(told 1 "$words")
    fi
    report "icarus: $name" "$fault"
done <<'LIST'
csr.v~an answer that is another~s/readable \? OKAY : SLVERR/readable ? SLVERR : OKAY/~^FAIL clock [0-9]+: axi_rresp: expected 0, got 2
store.v~a register that no reset reaches~s/if \(rst\) \{tdata_q, tuser_q, tlast_q\} <= 131'd0/if (1'b0) tlast_q <= 1'b0/~^FAIL clock 1: m_axis_tlast: expected 0, got x
mac_grid.v~a product's sign~s/\(a \^ b\) >> 19/(a | b) >> 19/~^FAIL clock [0-9]+: [a-z_]+: expected [0-9a-f]+, got [0-9a-f]+$
LIST
rm -f "$build/tiny/replay_icarus"
echo "1..$count"
