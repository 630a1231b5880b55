// pass_control.v - turns a command into operations, one outer product a clock: for each group of output blocks (8
// rows forward, 8 channels transpose), the contraction index ascending, the blocks of the group in turn.
// Twin: cmodel/pass_control.c
// SPDX-License-Identifier: Apache-2.0
//
// An operation is issued when its vector has arrived at every port; the last one of a sum also needs room at every
// result port and the drain of the previous group done. A missing one is a bubble: nothing inside ever stalls.
// A command waits until the array has drained (SWITCH clocks after the last operation): directions do not mix.
//
//   stage -1  operation_q, to the first vector port of the direction
module pass_control #(
    parameter BANKS = 1,
    parameter SWITCH = 16,
    parameter ROW_BITS = 4,
    parameter CHANNEL_BITS = 3
) (
    input clk,
    input rst,
    // command: rows [row, row + rows) of every cluster, channels [0, 8 groups)
    input command_valid,
    output command_ready,
    input command_transpose,
    input [3:0] command_lanes,               // 1..8
    input [ROW_BITS-1:0] command_row,        // multiple of 8
    input [ROW_BITS-1:0] command_rows,       // >= 1; forward: multiple of 8
    input [CHANNEL_BITS-3:0] command_groups, // >= 1, of 8 channels
    // ports: {transpose, forward}
    input [1:0] available,
    input [1:0] room,
    output [1:0] take,
    output [1:0] reserve,
    output [ROW_BITS+CHANNEL_BITS+8:0] forward_operation,
    output [ROW_BITS+CHANNEL_BITS+8:0] transpose_operation,
    output active,                           // a command runs, or its operations are on their way
    output [2:0] activity                    // of the clock before, for the counters: see activity_q
);
  localparam OPERATION_BITS = ROW_BITS + CHANNEL_BITS + 9;

  // ---- the command
  reg busy_q, transpose_q;
  reg [3:0] lanes_q;
  reg [ROW_BITS-1:0] first_row_q, end_row_q;
  reg [CHANNEL_BITS:0] end_channel_q;
  // ---- the operation to issue next: output block (row or channel number) and contraction index of the other kind
  reg [ROW_BITS-1:0] row_q;
  reg [CHANNEL_BITS:0] channel_q;
  reg bank_q;
  reg empty_q;                               // the turn of a bank that has no block in this group
  reg [4:0] drain_q;                         // clocks for which the drain of the last group goes on
  reg [7:0] settle_q;                        // clocks until the array has drained

  wire [ROW_BITS:0] row_step = {1'b0, row_q} + 8, row_next = {1'b0, row_q} + 1;
  wire [CHANNEL_BITS+1:0] channel_step = {1'b0, channel_q} + 8;
  wire [CHANNEL_BITS:0] channel_next = channel_q + 1;
  wire first = transpose_q ? row_q == first_row_q : channel_q == 0;
  wire last = transpose_q ? row_next >= {1'b0, end_row_q} : channel_next >= end_channel_q;
  // does another block follow after this bank's, and does the group end with this bank
  wire more = transpose_q ? channel_step < {1'b0, end_channel_q} : row_step < {1'b0, end_row_q};
  wire group_end = BANKS == 1 || bank_q || !more;
  wire bubble = BANKS == 2 && empty_q;
  wire issue = busy_q && !bubble && available[transpose_q] &&
      (!last || room[transpose_q] && (bank_q || drain_q <= 5'd1));
  assign take = issue && group_end ? {transpose_q, !transpose_q} : 2'd0;
  assign reserve = issue && last ? {transpose_q, !transpose_q} : 2'd0;
  wire done = issue && last && group_end && !more;

  assign command_ready = !active;
  assign active = busy_q || settle_q != 8'd0;
  always @(posedge clk)
    if (rst) begin
      {busy_q, transpose_q, bank_q, empty_q} <= 4'd0;
      drain_q <= 5'd0;
      settle_q <= 8'd0;
    end else begin
      drain_q <= (drain_q == 5'd0 ? 5'd0 : drain_q - 5'd1) + (issue && last ? 5'd8 : 5'd0);
      settle_q <= issue ? SWITCH[7:0] : settle_q == 8'd0 ? 8'd0 : settle_q - 8'd1;
      if (command_valid && command_ready) begin
        busy_q <= 1'b1;
        transpose_q <= command_transpose;
        lanes_q <= command_lanes;
        first_row_q <= command_row;
        end_row_q <= command_row + command_rows;
        end_channel_q <= {command_groups, 3'd0};
        row_q <= command_row;
        channel_q <= 0;
        {bank_q, empty_q} <= 2'd0;
      end else if (bubble) empty_q <= 1'b0;
      else if (issue) begin
        empty_q <= BANKS == 2 && group_end && !bank_q && !done;
        bank_q <= !group_end;
        // to the group's other bank and back
        if (!group_end) begin
          if (transpose_q) channel_q <= channel_step[CHANNEL_BITS:0];
          else row_q <= row_step[ROW_BITS-1:0];
        end else if (!last) begin
          if (transpose_q) begin
            row_q <= row_next[ROW_BITS-1:0];
            if (bank_q) channel_q <= channel_q - 8;
          end else begin
            channel_q <= channel_next;
            if (bank_q) row_q <= row_q - 8;
          end
        end else begin
          row_q <= transpose_q ? first_row_q : row_step[ROW_BITS-1:0];
          channel_q <= transpose_q ? channel_step[CHANNEL_BITS:0] : 0;
          if (done) busy_q <= 1'b0;
        end
      end
    end

  // ---- what the clock went to: 0 idle, 1 an operation, 2 waiting for a vector, 3 for room or the drain of a group, 4 for
  // the array to drain
  reg [2:0] activity_q;
  assign activity = activity_q;
  always @(posedge clk)
    activity_q <= rst ? 3'd0 : issue ? 3'd1 : busy_q ? (available[transpose_q] ? 3'd3 : 3'd2) : active ? 3'd4 : 3'd0;

  // ---- stage -1
  reg [OPERATION_BITS-1:0] operation_q;
  reg operation_transpose_q;
  always @(posedge clk) begin
    operation_q <= rst ? {OPERATION_BITS{1'b0}} :
        {issue, lanes_q, group_end, last, first, bank_q, row_q, channel_q[CHANNEL_BITS-1:0]};
    operation_transpose_q <= transpose_q;
  end
  assign forward_operation = operation_transpose_q ? {OPERATION_BITS{1'b0}} : operation_q;
  assign transpose_operation = operation_transpose_q ? operation_q : {OPERATION_BITS{1'b0}};
endmodule
