// scalar_alu.v - the arithmetic of the scalar unit, FP32: add, subtract, multiply, one a clock; beside them, one at a
// time, divide and square root. Each rounded once to nearest even; subnormals kept; a NaN result is 7FC00000.
// Twin: cmodel/scalar_alu.c
// SPDX-License-Identifier: Apache-2.0
//
//   stage 0   op, a, b, tag
//   stage 1   a_q, b_q, exponent_q         add: FP32; multiply: normalised significands, exponent of the product
//   stage 2   sum_q, sum_exponent_q        aligned or multiplied, not yet rounded
//   stage 3   result_q                     FP32
//
//   stage 1   iter_remainder_q, iter_divisor_q, iter_exponent_q          divide, root: normalised
//   ... 14    iter_remainder_q, iter_quotient_q, iter_place_q            13 clocks of 2 bits
//   stage 15  iter_result_q                FP32; in this clock the next one is accepted
//
// A result leaves when it is there: nothing holds it back. The two ports may be valid in the same clock.
module scalar_alu #(
    parameter TAG_BITS = 8
) (
    input clk,
    input rst,
    input in_valid,
    output in_ready,                         // depends on op: low only for divide and root, while one is on its way
    input [2:0] op,                          // 0 a + b, 1 a - b, 2 a * b, 3 a / b, 4 (and above) square root of a
    input [31:0] a,                          // FP32
    input [31:0] b,                          // FP32
    input [TAG_BITS-1:0] tag,
    // add, subtract, multiply: 3 clocks
    output out_valid,
    output [31:0] out_result,                // FP32
    output [TAG_BITS-1:0] out_tag,
    // divide, root: 15 clocks
    output iter_valid,
    output [31:0] iter_result,               // FP32
    output [TAG_BITS-1:0] iter_tag
);
  wire iterative = op[2] || op[1:0] == 2'd3;
  wire start = in_valid && iterative && in_ready;

  // ---- stage 0 -> 1: significands normalised. Zero, infinity and NaN need no cases downstream:
  //   operand  exponent U10: FP32 exponent + 32, from 10 on; 512 special. significand U1.23; zero 0, infinity 1, NaN 0
  //   result   exponent U11 of fp_round.vh, without its lower limit; 2047 special: significand 0 NaN, else infinity
  reg [1:0] align_q;                         // {valid, multiply}
  reg [TAG_BITS-1:0] align_tag_q, iter_hold_tag_q;
  reg [31:0] a_q, b_q;                       // add: FP32; multiply: U1.23, the sign of the product in bit 31 of a_q
  reg [10:0] exponent_q;                     // multiply
  reg iter_busy_q, iter_root_q, iter_sign_q;
  reg [10:0] iter_exponent_q;
  reg [23:0] iter_divisor_q;                 // U1.23
  reg [27:0] iter_remainder_q;               // U3.25, doubled with each bit
  reg [25:0] iter_quotient_q, iter_place_q;  // U1.25; the weight of the next bit, 0 after the last
  wire iter_last = iter_busy_q && iter_place_q == 26'd0;
  assign in_ready = !iterative || !iter_busy_q || iter_last;
  always @(posedge clk) begin : decode
    integer k;
    reg [31:0] x, n, zeros, exponent, a_exponent, b_exponent, a_significand, b_significand;
    reg [31:0] remainder, divisor, quotient, place;
    reg [63:0] exponents, significands;
    {k, x, n, zeros, exponent, a_exponent, b_exponent, a_significand, b_significand} = 0;
    {remainder, divisor, quotient, place, exponents, significands} = 0;

    align_q <= rst ? 2'd0 : {in_valid && !iterative, op[1]};
    iter_busy_q <= !rst && (start || iter_busy_q && !iter_last);
    if (in_valid) begin
      for (k = 0; k < 2; k = k + 1) begin
        x = k == 0 ? a : b;
        exponent = x >> 23 & 32'hFF;
        n = x & 32'h7FFFFF;
        n = exponent == 32'd0 ? n : exponent != 32'd255 ? n | 32'h800000 : n == 32'd0 ? 32'h800000 : 32'd0;
        exponent = exponent == 32'd0 ? 32'd1 : exponent;
        zeros = n[31:16] == 16'd0 ? 32'd16 : 32'd0;
        n = n[31:16] == 16'd0 ? n << 16 : n;
        zeros = n[31:24] == 8'd0 ? zeros + 32'd8 : zeros;
        n = n[31:24] == 8'd0 ? n << 8 : n;
        zeros = n[31:28] == 4'd0 ? zeros + 32'd4 : zeros;
        n = n[31:28] == 4'd0 ? n << 4 : n;
        zeros = n[31:30] == 2'd0 ? zeros + 32'd2 : zeros;
        n = n[31:30] == 2'd0 ? n << 2 : n;
        zeros = n[31] ? zeros : zeros + 32'd1;
        n = n[31] ? n : n << 1;
        significands[32*k+:32] = n >> 8;
        exponents[32*k+:32] = exponent == 32'd255 ? 32'd512 : exponent + 32'd40 - zeros;
      end
      {b_exponent, a_exponent} = exponents;
      {b_significand, a_significand} = significands;

      // add, subtract; multiply: U2.46, of which U2.27 will be kept
      if (!iterative) begin
        a_q <= op[1] ? {a[31] ^ b[31], 7'd0, a_significand[23:0]} : a;
        b_q <= op[1] ? b_significand : {b[31] ^ op[0], b[30:0]};
        exponent = a_exponent + b_exponent + 32'd481;
        exponent = a_exponent[9] || b_exponent[9] ? 32'd2047 : exponent;
        if (op[1]) exponent_q <= exponent[10:0];
        align_tag_q <= tag;
      end
    end

    // divide; root: of a significand in [1, 4) beside an even exponent
    if (start) begin
      remainder = op[2] && !a_exponent[0] ? a_significand << 3 : a_significand << 2;
      remainder = op[2] ? a[31] ? 32'd0 : remainder : b_exponent[9] ? 32'd0 : remainder;
      exponent = op[2] ? (a_exponent + 32'd1441) >> 1 : a_exponent + 32'd800 - b_exponent;
      exponent = a_exponent[9] || (op[2] ? a[31] && a_significand != 32'd0 : b_significand == 32'd0) ? 32'd2047 :
          exponent;
      iter_remainder_q <= remainder[27:0];
      iter_exponent_q <= exponent[10:0];
      iter_divisor_q <= {1'b1, b_significand[22:0]};
      iter_sign_q <= a[31] ^ (b[31] && !op[2]);
      iter_root_q <= op[2];
      iter_quotient_q <= 26'd0;
      iter_place_q <= 26'h2000000;
      iter_hold_tag_q <= tag;
    end else if (iter_busy_q && !iter_last) begin
      // two bits: a bit is 1 if its subtrahend fits, the divisor or, in a root, 2 x what is found + the bit's weight
      remainder = {4'd0, iter_remainder_q};
      quotient = {6'd0, iter_quotient_q};
      place = {6'd0, iter_place_q};
      for (k = 0; k < 2; k = k + 1) begin
        divisor = iter_root_q ? quotient << 1 | place : {6'd0, iter_divisor_q, 2'd0};
        n = remainder - divisor;
        quotient = n[31] ? quotient : quotient | place;
        remainder = n[31] ? remainder << 1 : n << 1;
        place = place >> 1;
      end
      iter_remainder_q <= remainder[27:0];
      iter_quotient_q <= quotient[25:0];
      iter_place_q <= place[25:0];
    end
  end

  // ---- stages 1 -> 3: align and add, or multiply; round
  reg round_q, out_valid_q;
  reg [TAG_BITS-1:0] round_tag_q, out_tag_q;
  reg [29:0] sum_q;                          // {sign, magnitude U3.26 with a sticky last bit}
  reg [10:0] sum_exponent_q;
  reg [31:0] result_q;                       // FP32
  always @(posedge clk) begin : pipeline
    reg [31:0] c, t_sign, t_exponent, t_significand, c_sign, c_exponent, c_significand, distance;
    reg [31:0] upper, lower, shifted, n, zeros, limit, sign, exponent, magnitude, result;
    reg [47:0] product;
    {c, t_sign, t_exponent, t_significand, c_sign, c_exponent, c_significand, distance} = 0;
    {upper, lower, shifted, n, zeros, limit, sign, exponent, magnitude, result, product} = 0;

    round_q <= !rst && align_q[1];
    if (align_q[1]) begin
      if (align_q[0]) begin
        product = {24'd0, a_q[23:0]} * {24'd0, b_q[23:0]};
        magnitude = {3'd0, product[47:19]};
        magnitude = product[18:0] == 19'd0 ? magnitude : magnitude | 32'd1;
        magnitude = exponent_q != 11'd2047 ? magnitude : magnitude == 32'd0 ? 32'd0 : 32'd1;
        exponent = {21'd0, exponent_q};
        sign = a_q >> 31;
`include "fp_denormalise.vh"
      end else begin
        // FP32 a_q -> term
        c = b_q;
        n = a_q >> 23 & 32'hFF;
        t_sign = a_q >> 31;
        t_significand = (a_q & 32'h7FFFFF) << 3;
        t_significand = n == 32'd0 ? t_significand : t_significand | 32'h4000000;
        t_significand = n != 32'd255 ? t_significand : t_significand == 32'h4000000 ? t_significand : 32'd0;
        t_exponent = n == 32'd0 ? 32'd674 : n == 32'd255 ? 32'd1400 : n + 32'd673;
`include "fp_align.vh"
      end
      sum_q <= {sign[0], magnitude[28:0]};
      sum_exponent_q <= exponent[10:0];
      round_tag_q <= align_tag_q;
    end

    out_valid_q <= !rst && round_q;
    if (round_q) begin
      sign = {31'd0, sum_q[29]};
      magnitude = {3'd0, sum_q[28:0]};
      exponent = {21'd0, sum_exponent_q};
`include "fp_round.vh"
      result_q <= result;
      out_tag_q <= round_tag_q;
    end
  end
  assign {out_valid, out_result, out_tag} = {out_valid_q, result_q, out_tag_q};

  // ---- stage 14 -> 15: the remainder is the sticky bit; round
  reg iter_valid_q;
  reg [31:0] iter_result_q;                  // FP32
  reg [TAG_BITS-1:0] iter_tag_q;
  always @(posedge clk) begin : iter_round
    reg [31:0] distance, shifted, n, zeros, limit, sign, exponent, magnitude, result;
    {distance, shifted, n, zeros, limit, sign, exponent, magnitude, result} = 0;
    iter_valid_q <= !rst && iter_last;
    if (iter_last) begin
      sign = {31'd0, iter_sign_q};
      magnitude = {5'd0, iter_quotient_q, iter_remainder_q != 28'd0};
      exponent = {21'd0, iter_exponent_q};
`include "fp_denormalise.vh"
`include "fp_round.vh"
      iter_result_q <= result;
      iter_tag_q <= iter_hold_tag_q;
    end
  end
  assign {iter_valid, iter_result, iter_tag} = {iter_valid_q, iter_result_q, iter_tag_q};
endmodule
