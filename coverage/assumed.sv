// assumed.sv - what the proofs of formal/ assume of a module's neighbours, held on every clock of a coverage run, in the whole
// accelerator and under every stimulus there: the other half of docs/formal.md's table of assumptions. Bound into the RTL for
// coverage alone. One that does not hold stops the run with its name.
// SPDX-License-Identifier: Apache-2.0
// numbers are compared as integers
// verilator lint_off WIDTH
// what watches is not counted
// verilator coverage_off

// A module asserts nothing before its first reset: registers hold anything until then
`define BEGINS reg begun = 0; always @(posedge clk) begun <= begun || rst;
`define HOLDS(NAME, WHAT) NAME: assert property (@(posedge clk) disable iff (rst || !begun) WHAT);

module fifo_assumed #(parameter DEPTH_BITS = 3) (input clk, rst, push, pop, input [DEPTH_BITS:0] count);
  `BEGINS
  `HOLDS(push_has_room, !push || !count[DEPTH_BITS])
  `HOLDS(pop_has_a_word, !pop || count != 0)
endmodule
bind fifo fifo_assumed #(.DEPTH_BITS(DEPTH_BITS)) assumed (.*);

module result_port_assumed (input clk, rst, room, reserve, in_valid);
  `BEGINS
  reg [31:0] owed; // words reserved that have not come
  always @(posedge clk) owed <= rst ? 0 : owed + (reserve ? 8 : 0) - {31'd0, in_valid};
  `HOLDS(reserve_has_room, !reserve || room)
  `HOLDS(word_was_reserved, !in_valid || owed != 0)
endmodule
bind result_port result_port_assumed assumed (.*);

module pass_control_assumed #(parameter ROW_BITS = 4, parameter CHANNEL_BITS = 3) (
    input clk, rst, command_valid, command_transpose,
    input [ROW_BITS-1:0] command_row, command_rows,
    input [CHANNEL_BITS-3:0] command_groups
);
  `BEGINS
  `HOLDS(begins_at_a_block, !command_valid || command_row[2:0] == 0 && command_rows != 0 && command_groups != 0)
  `HOLDS(forward_by_blocks, !command_valid || command_transpose || command_rows[2:0] == 0)
  `HOLDS(ends_in_the_tile, !command_valid || {1'b0, command_row} + command_rows < 1 << ROW_BITS)
  `HOLDS(groups_of_the_tile, !command_valid || command_groups <= 1 << (CHANNEL_BITS - 3))
endmodule
bind pass_control pass_control_assumed #(.ROW_BITS(ROW_BITS), .CHANNEL_BITS(CHANNEL_BITS)) assumed (.*);

module loader_assumed #(parameter TOKENS = 8, parameter CHANNELS = 8) (
    input clk, rst, start_valid, start_vectors, input [16:0] start_tokens, start_channels, start_blocks
);
  `BEGINS
  `HOLDS(tokens_fit, !start_valid || start_tokens != 0 && start_tokens <= TOKENS)
  `HOLDS(channels_fit, !start_valid || start_channels != 0 && start_channels <= CHANNELS)
  `HOLDS(has_blocks, !start_valid || !start_vectors || start_blocks != 0)
endmodule
bind loader loader_assumed #(.TOKENS(ROWS * TILE_TOKENS), .CHANNELS(COLUMNS * TILE_CHANNELS)) assumed (.*);

module store_assumed #(parameter TOKENS = 8, parameter CHANNELS = 8) (
    input clk, rst, start_valid, start_outliers, start_v, start_p, input [16:0] start_tokens, start_channels
);
  `BEGINS
  `HOLDS(sends_something, !start_valid || start_outliers || start_v || start_p)
  `HOLDS(tokens_fit, !start_valid || start_tokens != 0 && start_tokens <= TOKENS)
  `HOLDS(channels_fit, !start_valid || start_channels != 0 && start_channels <= CHANNELS)
endmodule
bind store store_assumed #(.TOKENS(ROWS * TILE_TOKENS), .CHANNELS(COLUMNS * TILE_CHANNELS)) assumed (.*);

module row_edge_assumed #(parameter ROW_BITS = 4, parameter REPEAT_BITS = 8, parameter MOST = 16) (
    input clk, rst, command_valid, input [2:0] command_kind, input [ROW_BITS-1:0] command_row, command_rows,
    input [REPEAT_BITS-1:0] command_repeats
);
  `BEGINS
  `HOLDS(kind_is_one, !command_valid || command_kind <= 6)
  `HOLDS(rows_fit, !command_valid || command_rows != 0 && {1'b0, command_row} + command_rows <= MOST)
  `HOLDS(repeats, !command_valid || command_repeats != 0)
endmodule
bind row_edge row_edge_assumed #(.ROW_BITS(ROW_BITS), .REPEAT_BITS(REPEAT_BITS),
    .MOST(TILE_TOKENS > BASIS_ROWS ? TILE_TOKENS : BASIS_ROWS)) assumed (.*);

module column_edge_assumed #(parameter CHANNELS = 8, parameter CHANNEL_BITS = 3, parameter REPEAT_BITS = 4) (
    input clk, rst, feed_valid, feed_ready, feed_idle, take_valid, take_ready, write_valid, write_ready, write_idle,
    input [CHANNEL_BITS:0] feed_channels, take_channels, write_channels, input [REPEAT_BITS-1:0] feed_repeats,
    input [3:0] write_lanes
);
  `BEGINS
  wire feed = feed_valid && feed_ready, take = take_valid && take_ready, write = write_valid && write_ready;
  reg [CHANNEL_BITS:0] taken; // channels of the TAKE that came last
  always @(posedge clk) taken <= rst ? 0 : take ? take_channels : taken;
  `HOLDS(feed_fits, !feed_valid || feed_channels != 0 && feed_channels <= CHANNELS && feed_repeats != 0)
  `HOLDS(take_fits, !take_valid || take_channels != 0 && take_channels <= CHANNELS)
  `HOLDS(write_fits, !write_valid || write_channels[2:0] == 0 && write_channels != 0 && write_channels <= CHANNELS)
  `HOLDS(write_has_lanes, !write_valid || write_lanes != 0 && write_lanes <= 8)
  `HOLDS(feed_when_idle, !feed || feed_idle)
  `HOLDS(write_when_idle, !write || write_idle)
  `HOLDS(write_of_what_was_taken, !write || write_channels <= (take ? take_channels : taken))
  `HOLDS(take_after_the_write, !take || write || write_idle)
endmodule
bind column_edge column_edge_assumed #(.CHANNELS(TILE_CHANNELS), .CHANNEL_BITS(CHANNEL_BITS), .REPEAT_BITS(REPEAT_BITS)) assumed (.*);

module sequencer_assumed #(parameter TOKENS = 8, parameter BASIS_BITS = 4) (
    input clk, rst, start_valid, busy, abort_job, decomposes, running, putting, program_valid, program_ready, selector_start, selector_idle,
    input [2:0] job_command, input [16:0] job_tokens, job_rank, input [3:0] job_lanes, job_warmup, kept, width
);
  `BEGINS
  wire of_a_job = start_valid || busy;
  wire [44:0] job = {job_command, job_tokens, job_rank, job_lanes, job_warmup};
  reg [44:0] job_before;
  reg was_busy, aborting, in_program, selecting;
  always @(posedge clk) begin
    job_before <= job;
    was_busy <= !rst && of_a_job;
    aborting <= !rst && busy && abort_job;
    in_program <= !rst && (program_valid || in_program && !(running && program_ready));
    selecting <= !rst && (selector_start || selecting && !selector_idle);
  end
  `HOLDS(starts_when_idle, !start_valid || !busy)
  `HOLDS(command_is_one, !of_a_job || job_command >= 1 && job_command <= 6)
  `HOLDS(tokens_fit, !of_a_job || job_tokens != 0 && job_tokens <= TOKENS)
  `HOLDS(has_a_rank, !of_a_job || job_command == 1 || job_rank != 0) // but LOAD
  `HOLDS(lanes_are_a_power_of_two, !of_a_job || job_lanes == 1 || job_lanes == 2 || job_lanes == 4 || job_lanes == 8)
  `HOLDS(rank_fits, !of_a_job || !decomposes || job_rank + {13'd0, job_lanes} < 1 << BASIS_BITS && job_warmup <= 8)
  `HOLDS(job_stands, !(was_busy && busy) || job == job_before)
  `HOLDS(abort_stands, !(aborting && busy) || abort_job)
  `HOLDS(keeps_no_more_than_the_block, !putting || kept <= width)
  `HOLDS(scalar_is_ready, in_program || program_ready)
  `HOLDS(selector_is_idle, selecting || selector_idle)
endmodule
bind sequencer sequencer_assumed #(.TOKENS(ROWS * TILE_TOKENS), .BASIS_BITS(BASIS_BITS)) assumed (
    .running(state_q == RUNNING), .putting(state_q == PUT), .*);
