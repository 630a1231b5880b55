// points.sv - what a regression has to have seen, besides lines and bits: both sides of each handshake waiting, queues that are
// full, orders in which things meet, each state of the sequencer and an abort in it. Bound into the RTL for coverage alone, and
// SystemVerilog, which the RTL is not (docs/decisions.md). What a point is called is what docs and reports call it.
// SPDX-License-Identifier: Apache-2.0

`define POINT(NAME, WHEN) NAME: cover property (@(posedge clk) disable iff (rst) WHEN);
`define HANDSHAKE(NAME, VALID, READY) \
  `POINT(NAME``_moves, VALID && READY) \
  `POINT(NAME``_stalls, VALID && !READY) \
  `POINT(NAME``_waits, READY && !VALID)

// ---- the ports

module accelerator_points (
    input clk, rst,
    input axi_awvalid, axi_awready, axi_wvalid, axi_wready, axi_bvalid, axi_bready,
    input axi_arvalid, axi_arready, axi_rvalid, axi_rready,
    input s_axis_tvalid, s_axis_tready, s_axis_tlast, m_axis_tvalid, m_axis_tready, m_axis_tlast
);
  wire in = s_axis_tvalid && s_axis_tready, out = m_axis_tvalid && m_axis_tready;
  `HANDSHAKE(aw, axi_awvalid, axi_awready)
  `HANDSHAKE(w, axi_wvalid, axi_wready)
  `HANDSHAKE(b, axi_bvalid, axi_bready)
  `HANDSHAKE(ar, axi_arvalid, axi_arready)
  `HANDSHAKE(r, axi_rvalid, axi_rready)
  `HANDSHAKE(s_axis, s_axis_tvalid, s_axis_tready)
  `HANDSHAKE(m_axis, m_axis_tvalid, m_axis_tready)
  `POINT(s_axis_beats_abut, in && $past(in))
  `POINT(s_axis_packets_abut, in && $past(in && s_axis_tlast))
  `POINT(m_axis_beats_abut, out && $past(out))
  `POINT(m_axis_packets_abut, out && $past(out && m_axis_tlast))
  `POINT(m_axis_last_stalls, m_axis_tvalid && m_axis_tlast && !m_axis_tready)
  `POINT(both_streams, in && out)
  `POINT(write_and_read, axi_bvalid && axi_rvalid)
endmodule
bind accelerator accelerator_points points (.*);

// ---- registers and commands

module csr_points (
    input clk, rst,
    input aw_taken, w_taken, aw_held, w_held, act, good, look, readable, counts, counted, high,
    input commanded, known, aborts, accepts, refused, queued, running, ordered, strands, launch, ended, finish, fails, abort, clears,
    input [3:0] flags
);
  `POINT(address_first, aw_held && !w_held)
  `POINT(data_first, w_held && !aw_held)
  `POINT(address_with_data, aw_taken && w_taken)
  `POINT(write_good, act && good)
  `POINT(write_refused, act && !good)
  `POINT(read_good, look && readable)
  `POINT(read_refused, look && !readable)
  `POINT(counter_low, look && counts && counted && !high)
  `POINT(counter_high, look && counts && counted && high)
  `POINT(counter_high_stale, look && counts && !counted && high)
  `POINT(command_unknown, commanded && !known)
  `POINT(command_wrong, commanded && refused)
  `POINT(command_busy, commanded && known && !aborts && queued)
  `POINT(command_order, commanded && known && !aborts && !queued && !ordered)
  `POINT(command_when_idle, accepts && !running)
  `POINT(command_when_running, accepts && running)
  `POINT(command_as_a_job_ends, accepts && ended)
  `POINT(abort_of_nothing, aborts && !running && !queued)
  `POINT(abort_of_a_job, aborts && running && !queued)
  `POINT(abort_of_a_job_and_the_next, aborts && running && queued)
  `POINT(abort_before_launch, aborts && !running && queued)
  `POINT(abort_again, aborts && abort)
  `POINT(abort_as_a_job_finishes, aborts && finish)
  `POINT(abort_too_late, abort && finish)
  `POINT(abort_obeyed, fails && abort)
  `POINT(job_fails, fails && !abort)
  `POINT(queued_job_stranded, strands)
  `POINT(launch_on_the_next_clock, launch && $past(ended))
  `POINT(flag_set_as_cleared, clears && flags != 4'd0)
endmodule
bind csr csr_points points (.high(araddr_q[2]), .aw_held(aw_held_q), .w_held(w_held_q), .queued(queued_q), .running(running_q),
    .abort(abort_q), .*);

// ---- the sequencer: its states, and an abort in each

module sequencer_points (
    input clk, rst,
    input [5:0] state,
    input abort_job, go_ahead, below, dropped, ahead, start_valid, loads, waits_for_store, picking, pending, start_kept, broken
);
`define STATE(NAME, NUMBER) \
  `POINT(in_``NAME, state == NUMBER) \
  `POINT(abort_in_``NAME, state == NUMBER && abort_job)
`include "sequencer_states.svh"
  `POINT(load_ahead_below, go_ahead && below)
  `POINT(load_ahead_above, go_ahead && !below)
  `POINT(load_ahead_dropped, dropped)
  `POINT(load_ahead_taken, start_valid && loads && ahead)
  `POINT(start_block_kept, start_kept)
  `POINT(waits_for_store_alone, waits_for_store)
  `POINT(picks_columns, picking)
  `POINT(corrects_a_block, pending)
  `POINT(overflows, broken)
endmodule
bind sequencer sequencer_points points (.state(state_q), .ahead(ahead_q), .picking(picking_q), .pending(pending_q),
    .start_kept(start_q && start_lanes_q == job_lanes && start_seed_q == job_seed && state_q == FIRST), .*);

// ---- the streams

module loader_points (
    input clk, rst,
    input [2:0] state,
    input abort_job, open, wrong, s_axis_tlast, write_valid, write_ready, statistics_ready, held, zero, row_valid
);
  `POINT(matrix, state == 3'd1)
  `POINT(rows_of_zero, state == 3'd2)
  `POINT(vectors, state == 3'd3)
  `POINT(pause, state == 3'd4)
  `POINT(discard, state == 3'd5)
  `POINT(tlast_early, wrong && s_axis_tlast)
  `POINT(tlast_missing, wrong && !s_axis_tlast)
  `POINT(abort_between_packets, abort_job && state != 3'd0 && !open)
  `POINT(abort_within_a_packet, abort_job && open)
  `POINT(abort_of_a_write, abort_job && held)
  `POINT(abort_of_a_row, abort_job && row_valid)
  `POINT(abort_in_rows_of_zero, abort_job && state == 3'd2)
  `POINT(abort_in_a_pause, abort_job && state == 3'd4)
  `POINT(abort_while_discarding, abort_job && state == 3'd5)
  `POINT(write_stalls, write_valid && !write_ready)
  `POINT(statistics_stall, held && !zero && !statistics_ready)
endmodule
bind loader loader_points points (.state(state_q), .held(write_valid_q), .zero(write_zero_q), .*);

module store_points (
    input clk, rst,
    input start, start_outliers, start_v, start_p, start_z, beat, skid, valid, m_axis_tready
);
  `POINT(sends_outliers, start && {start_outliers, start_v, start_p} == 3'b100)
  `POINT(sends_z, start && {start_outliers, start_v, start_p} == 3'b010 && start_z)
  `POINT(sends_p, start && {start_outliers, start_v, start_p} == 3'b001)
  `POINT(sends_v_and_p, start && {start_outliers, start_v, start_p} == 3'b011)
  `POINT(sends_all, start && {start_outliers, start_v, start_p} == 3'b111)
  `POINT(backed_up, valid && skid && beat)
  `POINT(skid_leaves, valid && skid && m_axis_tready)
endmodule
bind store store_points points (.beat(beat_valid_q), .skid(skid_valid_q), .valid(tvalid_q), .*);

// ---- the array

module vector_port_points (
    input clk, rst,
    input in_valid, in_ready, push, take, available, pop
);
  `HANDSHAKE(vector, in_valid, in_ready)
  `POINT(push_and_take, push && take)
  `POINT(push_and_pop, push && pop)
  `POINT(none_for_an_operation, !available)
endmodule
bind vector_port vector_port_points points (.pop(valid && operation_q[ADDRESS_BITS+3]), .*);

module result_port_points (
    input clk, rst,
    input out_valid, out_ready, in_valid, room, reserve, pop
);
  `HANDSHAKE(result, out_valid, out_ready)
  `POINT(push_and_pop, in_valid && pop)
  `POINT(push_into_empty, in_valid && !out_valid)
  `POINT(reserve_and_pop, reserve && pop)
  `POINT(no_room, !room)
endmodule
bind result_port result_port_points points (.*);

module pass_control_points (
    input clk, rst,
    input command_valid, command_ready, busy, bubble, issue, last, transpose, available, room, draining, more,
    input [3:0] lanes
);
  `HANDSHAKE(command, command_valid, command_ready)
  `POINT(waits_for_a_vector, busy && !bubble && !available)
  `POINT(waits_for_room, busy && !bubble && available && last && !room)
  `POINT(waits_for_the_drain, busy && !bubble && available && last && room && draining)
  `POINT(bank_without_a_block, bubble)
  `POINT(operations_abut, issue && $past(issue))
  `POINT(forward, issue && !transpose)
  `POINT(transposed, issue && transpose)
  `POINT(several_groups, issue && last && more)
  `POINT(lanes_1, issue && lanes == 4'd1)
  `POINT(lanes_2, issue && lanes == 4'd2)
  `POINT(lanes_4, issue && lanes == 4'd4)
  `POINT(lanes_8, issue && lanes == 4'd8)
  `POINT(lanes_odd, issue && lanes[0] && lanes != 4'd1)
endmodule
bind pass_control pass_control_points points (.busy(busy_q), .transpose(transpose_q), .available(available[transpose_q]),
    .room(room[transpose_q]), .draining(!bank_q && drain_q > 5'd1), .lanes(lanes_q), .*);
