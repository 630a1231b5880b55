// mac_grid.v - 8 x 8 fused BF16 x BF16 + FP32 multiply-adds: each clock one outer product of 8 elements and 8 lanes.
// Twin: cmodel/mac_grid.c
// SPDX-License-Identifier: Apache-2.0
//
//   stage 1   element (tile_memory), vector (vector_port)
//   stage 2   a_q, b_q            decoded operands, shared by a row and by a column of MACs
//   stage 3   product_q           exact products                                       (STAGES >= 2)
//   stage 4   sum_q, exponent_q   aligned, unrounded sums, beside their exponents      (STAGES == 3)
//   stage 5   accumulator_q       FP32; drain_q takes a finished block, for the reducer
//
// The loop through the accumulators is one clock long, two with STAGES == 3: then two blocks of 8 rows take turns,
// each in a bank of its own (BANKS = 2), and no clock is lost. MAC (r, l) stands at index 8r + l of its bank.
module mac_grid #(
    parameter STAGES = 2,
    parameter BANKS = 1
) (
    input clk,
    input rst,
    // stage 1
    input valid,
    input first,                             // of a sum: the addend is +0
    input last,                              // of a sum
    input bank,
    input transpose,
    input [255:0] element,                   // 8 x BF16 in 32-bit fields
    input [255:0] broadcast,                    // 8 lanes, operands as fp_decode.vh makes them
    // a block enters drain_q at the end of this clock
    output finish,
    output finish_bank,
    output finish_transpose,
    output [2048*BANKS-1:0] drain            // 64 x FP32 a bank
);
  // ---- control beside the data: {valid, transpose, bank, last}, and up to the addition {.., first}
  reg [4:0] multiply_q, align_q;
  reg [3:0] round_q;
  wire [4:0] align = STAGES >= 2 ? align_q : multiply_q;
  wire [3:0] round = STAGES >= 3 ? round_q : align[4:1];
  always @(posedge clk)
    if (rst) {multiply_q, align_q, round_q} <= 14'd0;
    else begin
      multiply_q <= {valid, transpose, bank, last, first};
      align_q <= STAGES >= 2 ? multiply_q : 5'd0;
      round_q <= STAGES >= 3 ? align[4:1] : 4'd0;
    end
  assign finish = round[3] && round[0];
  assign {finish_transpose, finish_bank} = round[2:1];

  // ---- stage 1 -> 2: decode the elements; the vector comes decoded
  reg [2047:0] sum_q, exponent_q;            // STAGES == 3
  reg [255:0] a_q, b_q;
  always @(posedge clk) begin : decode
    integer k;
    reg [31:0] x, n, zeros, exponent, operand;
    reg [255:0] a_d;
    {k, x, n, zeros, exponent, operand, a_d} = 0;
    if (valid) begin
      for (k = 0; k < 8; k = k + 1) begin
        x = element[32*k+:32];
`include "fp_decode.vh"
        a_d[32*k+:32] = operand;
      end
      a_q <= a_d;
      b_q <= broadcast;
    end
  end

  // ---- stages 2 -> 5: 64 MACs
  reg [2047:0] product_q;                    // STAGES >= 2
  reg [2048*BANKS-1:0] accumulator_q, drain_q;
  assign drain = drain_q;
  always @(posedge clk) begin : macs
    integer r, l, m;
    reg [31:0] a, b, c, t_sign, t_exponent, t_significand, c_sign, c_exponent, c_significand, distance;
    reg [31:0] upper, lower, shifted, n, zeros, limit, sign, exponent, magnitude, result;
    reg [2047:0] product_d, sum_d, exponent_d, accumulator_d;
    {r, l, m, a, b, c, t_sign, t_exponent, t_significand, c_sign, c_exponent, c_significand, distance} = 0;
    {upper, lower, shifted, n, zeros, limit, sign, exponent, magnitude, result} = 0;
    {product_d, sum_d, exponent_d, accumulator_d} = 0;

    // multiply: {3'd0, sign, exponent U12, significand U2.14}
    if (multiply_q[4]) begin
      for (r = 0; r < 8; r = r + 1) begin
        a = a_q[32*r+:32];
        for (l = 0; l < 8; l = l + 1) begin
          b = b_q[32*l+:32];
          product_d[256*r+32*l+:32] = ((a ^ b) >> 19 & 32'd1) << 28 |
              ((a >> 8 & 32'h7FF) + (b >> 8 & 32'h7FF)) << 16 | (a & 32'hFF) * (b & 32'hFF);
        end
      end
      if (STAGES >= 2) product_q <= product_d;
    end

    // align and add; round in the same clock unless STAGES == 3
    if (align[4]) begin
      for (m = 0; m < 64; m = m + 1) begin
        c = align[0] ? 32'd0 : accumulator_q[2048*(BANKS-1)*align[2]+32*m+:32];
        n = STAGES >= 2 ? product_q[32*m+:32] : product_d[32*m+:32];
        t_sign = n >> 28;
        t_exponent = n >> 16 & 32'hFFF;
        t_significand = (n & 32'hFFFF) << 12;
`include "fp_align.vh"
        if (STAGES < 3) begin
`include "fp_round.vh"
          accumulator_d[32*m+:32] = result;
        end else begin
          sum_d[32*m+:32] = sign << 29 | magnitude;
          exponent_d[32*m+:32] = exponent;
        end
      end
      if (STAGES >= 3) begin
        sum_q <= sum_d;
        exponent_q <= exponent_d;
      end
    end
    if (STAGES >= 3) if (round[3])
      for (m = 0; m < 64; m = m + 1) begin
        n = sum_q[32*m+:32];
        sign = n >> 29;
        magnitude = n & 32'h1FFFFFFF;
        exponent = exponent_q[32*m+:32];
`include "fp_round.vh"
        accumulator_d[32*m+:32] = result;
      end
    if (round[3]) accumulator_q[2048*(BANKS-1)*round[1]+:2048] <= accumulator_d;
    if (finish) drain_q[2048*(BANKS-1)*round[1]+:2048] <= accumulator_d;
  end
endmodule
