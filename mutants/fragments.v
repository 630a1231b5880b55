// fragments.v - each fragment of arithmetic as a module by itself, for mutants/prove: what goes in, over all that may, and what
// comes out. `may` says which inputs there are; where it is 0, the results do not matter.
// SPDX-License-Identifier: Apache-2.0

// BF16 -> operand
module fp_decode (input [15:0] bits, output [31:0] result);
  reg [31:0] x, n, zeros, exponent, operand;
  always @* begin
    x = {16'd0, bits};
`include "fp_decode.vh"
  end
  assign result = operand;
endmodule

// FP32 -> term
module fp_expand (input [31:0] bits, output [95:0] result);
  reg [31:0] x, n, t_sign, t_exponent, t_significand;
  always @* begin
    x = bits;
`include "fp_expand.vh"
  end
  assign result = {t_sign, t_exponent, t_significand};
endmodule

// a term, of a product (exponents up to 1054, special ones from 1300 on) or of FP32 (674..927, special 1400), and FP32
module fp_align (input term_sign, input [11:0] term_exponent, input [27:0] term_significand, input [31:0] addend, output [95:0] result);
  reg [31:0] c, t_sign, t_exponent, t_significand, c_sign, c_exponent, c_significand, distance;
  reg [31:0] upper, lower, shifted, n, sign, exponent, magnitude;
  wire may = term_exponent >= 12'd200 && (term_exponent <= 12'd1054 || term_exponent >= 12'd1300);
  always @* begin
    t_sign = {31'd0, term_sign};
    t_exponent = {20'd0, term_exponent};
    t_significand = {4'd0, term_significand};
    c = addend;
`include "fp_align.vh"
  end
  assign result = may ? {sign, magnitude, exponent} : 96'd0;
endmodule

// an aligned sum: exponents from 669 on (fp_denormalise) or 674, or special
module fp_round (input sum_sign, input [28:0] sum_magnitude, input [10:0] sum_exponent, output [31:0] rounded);
  reg [31:0] n, zeros, limit, sign, exponent, magnitude, result;
  wire may = sum_exponent >= 11'd669 && (sum_exponent <= 11'd1054 || sum_exponent == 11'd2047 && sum_magnitude <= 29'd1);
  always @* begin
    sign = {31'd0, sum_sign};
    magnitude = {3'd0, sum_magnitude};
    exponent = {21'd0, sum_exponent};
`include "fp_round.vh"
  end
  assign rounded = may ? result : 32'd0;
endmodule

// a product, quotient or root
module fp_denormalise (input [28:0] value, input [10:0] value_exponent, output [63:0] denormal);
  reg [31:0] exponent, magnitude, distance, shifted;
  always @* begin
    magnitude = {3'd0, value};
    exponent = {21'd0, value_exponent};
`include "fp_denormalise.vh"
  end
  assign denormal = {magnitude, exponent};
endmodule

// FP32 -> BF16
module fp_to_bf16 (input [31:0] bits, output [47:0] rounded);
  reg [31:0] x, magnitude, result;
  always @* begin
    x = bits;
`include "fp_to_bf16.vh"
  end
  assign rounded = {result[15:0], magnitude};
endmodule
