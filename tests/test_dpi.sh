#!/bin/bash
# test_dpi.sh [CONFIG]: dcom_pkg.sv in a SystemVerilog bench of accelerator.v on Verilator (tests/dpi): drawn jobs with pauses, golden
# vectors, and faults between DUT and monitors, each told by the classes that must tell it. Of a CONFIG but tiny: golden
# vectors of a real activation, and the example on an installed package. ROUNDS and SEED: drawn jobs.
# SPDX-License-Identifier: Apache-2.0
set -u
cd "$(dirname "$0")/.." || exit 1
# shellcheck source=tests/report.sh
. tests/report.sh
config=${1:-tiny}
bench=$build/dpi/$config/bench
ulimit -c 0

# passes NAME ARGUMENT...: PASS, clocks and beats compared, nothing else said
passes() {
    local name=$1 fault='' status
    shift
    "$bench" "$@" "+config=$config" >"$dir/out" 2>&1
    status=$?
    [ $status -eq 0 ] || fault="exit status $status: $bench $*"
    grep -qx PASS "$dir/out" || fault="$fault no PASS"
    grep -qE '^lockstep +[0-9]{3,} clocks compared' "$dir/out" || fault="$fault no clocks"
    grep -qE 'ERROR|FAIL|Warning' "$dir/out" && fault="$fault it complains"
    report "$name" "$fault"
}

# fails NAME LINES ARGUMENT...: FAIL, with a line for each extended regular expression, one a line, of LINES
fails() {
    local name=$1 lines=$2 fault='' line
    shift 2
    { "$bench" "$@" "+config=$config" >"$dir/out" 2>&1; } 2>/dev/null && fault='exit status 0'
    grep -q '^PASS' "$dir/out" && fault="$fault it passes"
    while read -r line; do
        grep -qE -- "$line" "$dir/out" || fault="$fault does not say: $line"
    done <<<"$lines"
    report "$name" "$fault${fault:+: $bench $*}"
}

# vectors NAME FOLDER PLUSARG...: the run of golden vectors; the beats that came out are theirs
vectors() {
    local name=$1 folder=$2
    shift 2
    passes "$name" "+folder=$folder" +vectors=0 "+packets=$dir/packets" "$@"
    "$build/dcom" replay "$folder" --packets "$dir/packets" >"$dir/out" 2>&1
    report "$name: the beats out are those of the vectors" "$(tail -n 1 "$dir/out" | grep -q '^PASS' || echo 'not so')"
}

make -s "BUILD=$build" "$bench" "$build/dcom" "$build/libdcom.so" >"$dir/out" 2>&1
report 'the bench builds' "$([ -x "$bench" ] || echo 'it does not')"

if [ "$config" != tiny ]; then
    "$build/dcom" vectors tests/data/kjv_S512_L29_mlp_in.npy --config "$config" --out "$dir/real" --quiet
    vectors 'a real activation' "$dir/real" +stall=20
    make -s "BUILD=$build" "PREFIX=$dir/usr" install >"$dir/out" 2>&1
    export PKG_CONFIG_PATH=$dir/usr/lib/pkgconfig
    sv=$(pkg-config --variable=datadir dcom)/sv
    verilator --binary --timing --Mdir "$dir/example" -o decompose "$sv/dcom_pkg.sv" examples/decompose.sv "$sv/dcom_dpi.c" \
        -CFLAGS "$(pkg-config --cflags dcom)" -LDFLAGS "$(pkg-config --libs dcom)" >"$dir/out" 2>&1
    report 'the example builds on an installed package, its C side as C++' "$(grep -E '^%|error' "$dir/out")"
    LD_LIBRARY_PATH=$dir/usr/lib "$dir/example/decompose" >"$dir/out" 2>&1
    report 'and says what its matrix is' "$(grep -qx 'rank 3, relative error 0.00[0-9]*' "$dir/out" || echo 'it does not')"
    echo "1..$count"
    exit 0
fi

# ---- good ----

"$bench" +refusals >"$dir/out" 2>&1
report 'refusals run' "$(grep -q '^1\.\.' "$dir/out" || echo 'not to their end')"
grep -E '^(ok|not ok|#)' "$dir/out" >"$dir/refusals"
while read -r line; do
    case $line in
    '#'*) echo "$line" ;;
    *) count=$((count + 1)) && echo "${line%% [0-9]*} $count -${line#*-}" ;;
    esac
done <"$dir/refusals"

seed=${SEED:-$RANDOM}
rounds=${ROUNDS:-8}
echo "# seed $seed; again: BUILD=$build SEED=$seed ROUNDS=$rounds tests/test_dpi.sh"
RANDOM=$seed
stalls=(0 32 128 200)
tolerances=(0 3E99999A 3F000000) # 0.3, 0.5
for ((k = 0; k < rounds; k++)); do
    tokens=$((9 + RANDOM % 56)) channels=$((9 + RANDOM % 56))
    passes "drawn job $k" "+tokens=$tokens" "+channels=$channels" "+rank=$((1 + RANDOM % 9))" "+expansion=$((1 << RANDOM % 4))" \
        "+warmup=$((RANDOM % 3))" "+outliers=$((RANDOM % 8))" "+seed=$RANDOM" "+tolerance=${tolerances[RANDOM % 3]}" \
        "+vectors=$((RANDOM % 20))" "+stall=${stalls[k % 4]}" "+stall_seed=$RANDOM" "+exact=$((RANDOM % 4)),$((4 + RANDOM % 4))" \
        +verilator+rand+reset+2 "+verilator+seed+$((1 + RANDOM))"
done

"$build/dcom" vectors 'spectrum(60,50)' --config tiny --rank 20 --outliers 4 --exact-tokens 0,7 --out "$dir/drawn" --quiet
vectors 'golden vectors' "$dir/drawn" +stall=60

# ---- faults between DUT and monitors ----

# The pins and where they begin in the packed outputs
pins='m_axis_tdata:0 m_axis_tdata:127 m_axis_tlast:128 m_axis_tuser:129 m_axis_tuser:130 m_axis_tvalid:131 s_axis_tready:132
    axi_rresp:133 axi_rresp:134 axi_rdata:135 axi_rdata:166 axi_rvalid:167 axi_arready:168 axi_bresp:169 axi_bresp:170
    axi_bvalid:171 axi_wready:172 axi_awready:173'
for pin in $pins; do
    clock=$((100 + RANDOM % 3000))
    fails "bit ${pin#*:} of the outputs, ${pin%:*}, at clock $clock" \
        "^ERROR dcom lockstep: DIFFERENT: clock $clock: ${pin%:*}: [0-9A-F]+, not [0-9A-F]+" \
        "+fault_clock=$clock" "+fault_bit=${pin#*:}"
done

# 3 beats of outliers, 20 of V of the first block, 24 of its P
fails 'a bit of V' "^ERROR dcom scoreboard: DIFFERENT: job 2, packet V 0, beat 6, lane 2: [0-9A-F]{4}, not [0-9A-F]{4}
^ERROR dcom lockstep: DIFFERENT: clock [0-9]+: m_axis_tdata: [0-9A-F]{32}, not [0-9A-F]{32}
^ERROR reference: packet 0 of kind 1, beat 6: " +fault_beat=10 +fault_bit=37
fails 'a bit of P, heavy stalls' '^ERROR dcom scoreboard: DIFFERENT: job 2, packet P 0, beat 3, lane 7: 
^ERROR dcom lockstep: DIFFERENT: clock [0-9]+: m_axis_tdata: ' +fault_beat=27 +fault_bit=127 +stall=128
fails 'a bit of the outliers' '^ERROR dcom scoreboard: DIFFERENT: job 1, packet outliers 0, beat 0, lane 0: ' +fault_beat=1 +fault_bit=0
fails 'a bit of Z' '^ERROR dcom scoreboard: DIFFERENT: job 3, packet Z 1, beat 19, lane 1: ' +fault_beat=175 +fault_bit=20
fails 'TUSER' '^ERROR dcom scoreboard: DIFFERENT: job 2, packet V 0, beat 6: TUSER 0, TLAST 0, not 1, 0' +fault_beat=10 +fault_bit=129
fails 'TLAST' '^ERROR dcom scoreboard: DIFFERENT: job 2, packet V 0, beat 6: TUSER 1, TLAST 1, not 1, 0' +fault_beat=10 +fault_bit=128
fails 'a beat that is lost' '^ERROR dcom scoreboard: DIFFERENT: job 2, packet V 0, beat 6, lane' +fault_beat=10 +fault_drop
fails 'the last beat is lost' '^FAIL clock [0-9]+: no transaction for 5000 clocks' +fault_beat=175 +fault_drop +patience=5000
fails 'a model of another geometry' '^ERROR dcom scoreboard: DIFFERENT: register 008: 85A8C127, not 188405F4
^ERROR dcom lockstep: DIFFERENT: clock [0-9]+: axi_rdata: 85A8C127, not 188405F4' +config=small

# ---- what the constructors refuse ----

fails 'unknown configuration' 'dcom scoreboard: no configuration is called huge' +config=huge
fails 'configuration file that is not there' 'dcom scoreboard: .*none/there.cfg' +config=none/there.cfg
fails 'golden vectors that are not there' 'none/registers.hex: cannot be read' +folder=none

# link NAME ARGUMENT...: the bench anew with another library, $dir/NAME
link() {
    local name=$1
    shift
    g++ "$build"/dpi/tiny/dcom_dpi.o "$build"/dpi/tiny/verilated*.o \
        "$build/dpi/tiny/Vbench__ALL.a" "$@" -pthread ${SANITIZE:+"-fsanitize=$SANITIZE"} -o "$dir/$name" >"$dir/out" 2>&1
    report "links: $name" "$([ -x "$dir/$name" ] || echo 'it does not')"
    bench=$dir/$name
}
read -ra libraries <<<"$(pkg-config --libs inih) -lm"
link shared "-L$build" "-Wl,-rpath,$(realpath "$build")" -ldcom
passes 'with libdcom.so'
report 'which it loads' "$(ldd "$bench" | grep -q 'libdcom\.so\.' || echo 'it does not')"
echo 'unsigned __wrap_dcom_abi_version(void) { return 99; }' >"$dir/old.c"
gcc -c "$dir/old.c" -o "$dir/old.o"
link old "$dir/old.o" "$build/libdcom.a" -Wl,--wrap=dcom_abi_version "${libraries[@]}"
fails 'a library of another ABI' \
    'dcom scoreboard: the ABI of the library is not that of the dcom.h .*: package ([0-9]+), shim \1, library 99'

verilator --lint-only -Wall sv/dcom_pkg.sv >"$dir/out" 2>&1 || echo "status $?" >>"$dir/out"
report 'the package has no warning' "$(grep -E '^%|status' "$dir/out")"
echo "1..$count"
