#!/bin/bash
# test_csr_mutants.sh - faults planted in csr.v and csr.c: the bench must tell each of them. One in the RTL must be told twice, by
# the comparison with the twin and by the directed cases alone, which would see it if it were on both sides.
# SPDX-License-Identifier: Apache-2.0
set -u
cd "$(dirname "$0")/.." || exit 1
# shellcheck source=tests/report.sh
. tests/report.sh
build=$build/csr_mutants
dir=$build
rm -rf "$build" # where a run was cut, a fault is built in
mkdir -p "$build"

# bench VARIABLE...: builds the bench with the make variables given
bench() {
    rm -f "$build/csr_dut/verilated"
    make -s "BUILD=$build" CSR_OPTIMISE=-O0 "$@" "$build/tests/test_csr" >"$build/out" 2>&1
}

# told WORDS OPTION...: empty if the bench ran and found a fault, in these words of its own
told() {
    local words=$1
    shift
    "$build/tests/test_csr" "$@" >"$build/out" 2>&1
    local status=$?
    if [ $status -eq 0 ]; then echo "not told by test_csr $*"; elif ! grep -qE "$words" "$build/out"; then echo "status $status"; fi
}

fault=''
if ! bench; then fault='does not build'; elif ! "$build/tests/test_csr" --clocks 1000000 >"$build/out" 2>&1; then fault='a fault is told'; fi
report 'without a fault, none is told' "$fault"

while IFS='~' read -r side name edit; do
    case $side in
    rtl) from=rtl/csr.v variable=CSR_RTL ;;
    model) from=cmodel/csr.c variable=CSR_MODEL ;;
    *) continue ;;
    esac
    file=$build/$(basename "$from")
    sed -E "$edit" "$from" >"$file"
    fault=''
    if [ "$(diff "$from" "$file" | grep -c '^>')" -ne 1 ]; then fault="the edit is not of one line of $from"; fi
    if [ -z "$fault" ] && ! bench "$variable=$file"; then fault='does not build'; fi
    [ -n "$fault" ] || fault=$(told 'in the RTL, .* in the model' --clocks 200000)
    [ -n "$fault" ] || [ "$side" = model ] || fault=$(told '^not ok' --outcomes)
    report "$side: $name" "$fault"
done <<'LIST'
rtl~every write is OKAY~s/good \? OKAY : SLVERR/OKAY/
rtl~a write acts on its address alone~s/wire act = aw_held_q && w_held_q/wire act = aw_held_q/
rtl~B is not held~s/\(act \|\| bvalid_q && !axi_bready\)/act/
rtl~a second address is accepted~s/\{!aw_held, !w_held\}/{!aw_taken, !w_held}/
rtl~strobes 2 and 3 are swapped~s/\{8\{wstrb_q\[3\]\}\}, \{8\{wstrb_q\[2\]\}\}/{8{wstrb_q[2]}}, {8{wstrb_q[3]}}/
rtl~bytes not strobed are lost~s/seed_q & keep \| set/set/
rtl~values are cut~s/wire fits = .*/wire fits = write_width <= 6'd32;/
rtl~bytes below the address are written~s/wire good = straight &&/wire good =/
rtl~COMMAND at an address within its word~s/&wstrb_q && straight && fits/\&wstrb_q \&\& fits/
rtl~a COMMAND needs no strobes~s/known = &wstrb_q &&/known =/
rtl~a third COMMAND overwrites the second~s/!aborts && !queued_q && ordered && wrong == /!aborts \&\& ordered \&\& wrong == /
rtl~a job takes the parameters when it starts~s/job_tokens_q <= queued_tokens_q/job_tokens_q <= tokens_q/
rtl~ABORT leaves the queued job~s/!strands && !launch && !aborts\)/!strands \&\& !launch)/
rtl~ABORT does not hold back a start~s/!running_q && !busy && !aborts/!running_q \&\& !busy/
rtl~ABORT lasts a clock~s/\(abort_q \|\| aborts\)/aborts/
rtl~ABORT outlasts its job~s/running_q && !ended;/running_q;/
rtl~a busy sequencer is started~s/!strands && !running_q && !busy/!strands \&\& !running_q/
rtl~a job ends on its start~s/running_q && !start_q && !busy;/running_q \&\& !busy;/
rtl~rank + expansion may not reach the basis rows~s/rank_reach > /rank_reach >= /
rtl~tokens against the wrong capacity~s/\{12'd0, cluster_rows\} \* \{4'd0, tile_tokens\}/{12'd0, cluster_columns} * {4'd0, tile_tokens}/
rtl~capacity is 16 bits~s/(channel_capacity_q <= .*);/\1 \& 17'h3F;/
rtl~expansion 8 is refused~s/expansion_q == 4'd8;/expansion_q == 4'd9;/
rtl~warmup 9~s/warmup_q > 4'd8/warmup_q > 4'd9/
rtl~as many outliers as channels~s/outliers_q >= channels_q/outliers_q > channels_q/
rtl~tolerance 1 is refused~s/tolerance_q > 32'h3F800000/tolerance_q >= 32'h3F800000/
rtl~equal exact tokens~s/\] <= exact_tokens_q\[17\*\(k-1\)/] < exact_tokens_q[17*(k-1)/
rtl~an exact token past the matrix~s/exact_tokens_q\[17\*k\+:17\] >= tokens_q/exact_tokens_q[17*k+:17] > tokens_q/
rtl~the smaller side binds STORE~s/== `CSR_COMMAND_DECOMPOSE;/== `CSR_COMMAND_STORE;/
rtl~the last wrong parameter is named~s/k = 23; k >= 0; k = k - 1/k = 0; k < 24; k = k + 1/
rtl~the error stays~s/accepts \|\| aborts \? `CSR_ERROR_NONE/accepts || aborts ? error_q/
rtl~clearing a flag wins~s/flags_q & ~\((.*)\) \| flags;/(flags_q | flags) \& ~(\1);/
rtl~a long done counts twice~s/done && !done_q;/done;/
rtl~done stays over a start~s/done_q <= !launch && \(done_q \|\| finish\)/done_q <= done_q || finish/
rtl~a done without a job~s/wire finish = running_q && !start_q && done/wire finish = done/
rtl~a job done late counts as aborted~s/ended && !done_q && !finish/ended \&\& !done_q/
rtl~the high word is live~s/araddr_q\[2\] \? high_q/araddr_q[2] ? counter[63:32]/
rtl~any high word is the last one~s/ && high_number_q == number//
rtl~one counter too many~s/number\} < COUNT/number} <= COUNT/
rtl~R changes while it waits~s/^    if \(look\) begin/    if (ar_held_q) begin/
rtl~reset leaves the queue~s/queued_q <= !rst && \(/queued_q <= (/
rtl~reset leaves the snapshot~s/if \(rst\) high_valid_q <= 1'b0/if (rst \&\& look) high_valid_q <= 1'b0/
rtl~nothing need be resident~s/ordered = loads \|\| resident_q/ordered = 1'b1/
rtl~BUSY behind ORDER~s/queued_q \? `CSR_ERROR_BUSY : `CSR_ERROR_ORDER/!ordered ? `CSR_ERROR_ORDER : `CSR_ERROR_BUSY/
rtl~a failed LOAD leaves the matrix~s/!\(fails && job_command_q/!(1'b0 \&\& job_command_q/
rtl~any failed job takes the matrix~s/!\(fails && .*\);/!fails;/
rtl~what waits for a failed LOAD starts~s/wire strands = queued_q && /wire strands = 1'b0 \&\& queued_q \&\& /
rtl~a LOAD behind a failed one is dropped~s/wire strands = queued_q && !queued_load/wire strands = queued_q/
rtl~a dropped LOAD changes the matrix~s/launch_load = launch && queued_load/launch_load = launch/
rtl~LOAD is held to the work~s/loads \? wrong_q & LOAD/loads ? wrong_q/
rtl~the others are held to the matrix~s/: wrong_q & WORK/: wrong_q/
rtl~LOAD is not held to EXPANSION~s/(localparam \[23:0\] LOAD = ~WORK).*/\1;/
rtl~APPLY is held to the basis~s/CSR_COMMAND_APPLY \? rank_q\[16\] :/CSR_COMMAND_APPLY \&\& rank_q[16] ? 1'b1 :/
rtl~APPLY of any number of vectors~s/CSR_COMMAND_APPLY \? rank_q\[16\] :/CSR_COMMAND_APPLY ? 1'b0 :/
rtl~the smaller side is the parameters'~s/rank_q > job_tokens_q \|\| rank_q > job_channels_q/rank_q > tokens_q || rank_q > job_channels_q/
rtl~framing is lost~s/(\(clears \? set\[3:0\] : 4'd0\)) \| flags;/\1 | {1'b0, flags[2:0]};/
model~every write is OKAY~s/w->good \? CSR_OKAY : CSR_SLVERR/CSR_OKAY/
model~a strobe too many~s/b < 4; b\+\+/b < 3; b++/
model~tolerance 1 is refused~s/tolerance_q > 0x3F800000/tolerance_q >= 0x3F800000/
model~the queue is not judged~s/!q->queued_q && w.ordered/w.ordered/
model~a failed job takes the matrix~s/fails && q->job_command_q == CSR_COMMAND_LOAD/fails/
model~a LOAD is judged as the others~s/if \(command == CSR_COMMAND_LOAD\) return/if (0) return/
model~start lasts~s/c->start_q = !in->rst && launch/c->start_q = !in->rst \&\& (launch || q->start_q)/
model~seed is not captured~s/c->queued_seed_q = q->seed_q/c->queued_seed_q = c->queued_seed_q/
model~the last exact token is not judged~s/k < CSR_EXACT_TOKENS && k < q->exact_count_q/k + 1 < CSR_EXACT_TOKENS \&\& k < q->exact_count_q/
model~a flag is lost~s/~clears\) \| in->flags/~clears) | (in->flags \& 3)/
model~the snapshot is of the clock after~s/counters\[number\] >> 32/counters[number] >> 31/
LIST
echo "1..$count"
