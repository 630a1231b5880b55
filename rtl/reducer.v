// reducer.v - one node of the ordered reduction: adds a finished block of the MACs, a row of lanes a clock, to the
// partial sums that come from the neighbour of lower index (west: forward, north: transpose).
// Twin: cmodel/reducer.c
// SPDX-License-Identifier: Apache-2.0
//
//   stage 5   drain (mac_grid); left_q, row_q    which of its rows is next
//   stage 6   aligned_q, exponent_q              unrounded sums                          (STAGES == 2)
//   stage 7   sum_q                              FP32, to the east and south neighbours
//
// The node of index k works k * STAGES clocks after node 0: its partial sums arrive just in time, unbuffered.
module reducer #(
    parameter STAGES = 1,
    parameter BANKS = 1
) (
    input clk,
    input rst,
    input finish,
    input finish_bank,
    input finish_transpose,
    input [2048*BANKS-1:0] drain,            // 8 rows of 8 lanes x FP32 a bank
    input [255:0] west,                      // 8 lanes x FP32
    input [255:0] north,
    output sum_valid,
    output sum_transpose,
    output [255:0] sum
);
  // ---- stage 5: how many rows are left, and the next of them
  reg [4:0] left_q;
  reg [3:0] row_q;
  reg transpose_q;
  wire [4:0] left_after = left_q == 5'd0 ? 5'd0 : left_q - 5'd1;
  always @(posedge clk) begin
    left_q <= rst ? 5'd0 : finish ? left_after + 5'd8 : left_after;
    row_q <= finish && !finish_bank ? 4'd0 : row_q + {3'd0, left_q != 5'd0};
    transpose_q <= finish ? finish_transpose : transpose_q;
  end

  // ---- stages 5 -> 7: 8 adders
  reg [255:0] sum_q;
  reg [255:0] aligned_q, exponent_q;         // STAGES == 2
  reg [1:0] round_q, sum_control_q;          // {valid, transpose}
  wire [1:0] align = {left_q != 5'd0, transpose_q};
  wire [1:0] round = STAGES >= 2 ? round_q : align;
  always @(posedge clk) begin : adders
    integer l;
    reg [31:0] x, c, t_sign, t_exponent, t_significand, c_sign, c_exponent, c_significand, distance;
    reg [31:0] upper, lower, shifted, n, zeros, limit, sign, exponent, magnitude, result;
    reg [255:0] aligned_d, exponent_d, sum_d;
    {l, x, c, t_sign, t_exponent, t_significand, c_sign, c_exponent, c_significand, distance} = 0;
    {upper, lower, shifted, n, zeros, limit, sign, exponent, magnitude, result} = 0;
    {aligned_d, exponent_d, sum_d} = 0;
    round_q <= rst || STAGES < 2 ? 2'd0 : align;
    sum_control_q <= rst ? 2'd0 : round;
    if (align[1]) begin
      for (l = 0; l < 8; l = l + 1) begin
        c = align[0] ? north[32*l+:32] : west[32*l+:32];
        x = drain[256*{28'd0, BANKS == 1 ? {1'b0, row_q[2:0]} : row_q}+32*l+:32];
`include "fp_expand.vh"
`include "fp_align.vh"
        if (STAGES < 2) begin
`include "fp_round.vh"
          sum_d[32*l+:32] = result;
        end else begin
          aligned_d[32*l+:32] = sign << 29 | magnitude;
          exponent_d[32*l+:32] = exponent;
        end
      end
      if (STAGES >= 2) begin
        aligned_q <= aligned_d;
        exponent_q <= exponent_d;
      end
    end
    if (STAGES >= 2) if (round[1])
      for (l = 0; l < 8; l = l + 1) begin
        n = aligned_q[32*l+:32];
        sign = n >> 29;
        magnitude = n & 32'h1FFFFFFF;
        exponent = exponent_q[32*l+:32];
`include "fp_round.vh"
        sum_d[32*l+:32] = result;
      end
    if (round[1]) sum_q <= sum_d;
  end
  assign {sum_valid, sum_transpose} = sum_control_q;
  assign sum = sum_q;
endmodule
