// sum.v - proof of rtl/fp_align.vh and rtl/fp_round.vh: term + FP32, rounded once to nearest even, subnormals kept, for all that a
// term may be: a product of two BF16 as proved in product.v, which makes it the fused unit, or an FP32 as proved in
// expand.v, which makes it the adder. One case for each DISTANCE - 32 of the exponents, term above addend; 0 and 64 stand for all
// distances from 32 on.
// The specification adds exactly, in 64 bits, and cuts where the last bit is kept. Where the distance is 32 or more, what
// lies below is less than 1/8 of the last bit of a sum that is not cut there: a bit at 1/16 stands for any of it.
// SPDX-License-Identifier: Apache-2.0
module proof #(
    parameter DISTANCE = 32
) (
    input in_sign,
    input [11:0] in_exponent,
    input [27:0] in_significand,
    input [31:0] in_c
);
  // ---- the RTL's text
  reg [31:0] c, t_sign, t_exponent, t_significand, c_sign, c_exponent, c_significand, distance;
  reg [31:0] upper, lower, shifted, n, zeros, limit, sign, exponent, magnitude, result;
  localparam signed [31:0] D = DISTANCE - 32;
  wire [31:0] field = in_c[30:23] == 0 ? 32'd1 : in_c[30:23];
  wire far = DISTANCE == 0 || DISTANCE == 64;
  always @* begin
    c = in_c;
    t_sign = in_sign;
    t_exponent = far ? in_exponent : field + 673 + D;
    t_significand = in_significand;
`include "fp_align.vh"
`include "fp_round.vh"
  end

  // ---- the specification: exact x 2^(last - 826)
  reg [63:0] x, y, exact, kept;
  reg [31:0] last, top, cut, base, expected;
  reg negative, up;
  integer k;
  always @* begin
    x = in_significand;
    y = {in_c[30:23] != 0, in_c[22:0], 3'd0};
    last = D < 0 ? t_exponent : field + 673;
    if (DISTANCE == 0) {last, y, x[31:0]} = {field + 673 - 32, y << 32, 32'd0 | x[31:0] != 0};
    else if (DISTANCE == 64) {last, x, y[31:0]} = {t_exponent - 32, x << 32, 32'd0 | y[31:0] != 0};
    else if (D < 0) y = y << -D;
    else x = x << D;
    negative = in_sign;
    exact = x + y;
    if (in_sign != in_c[31]) begin
      negative = x == y ? 1'b0 : x > y ? in_sign : in_c[31];
      exact = x > y ? x - y : y - x;
    end
    top = 0;
    for (k = 0; k < 64; k = k + 1) if (exact[k]) top = k;
    // 24 bits from the highest on, or down to 2^-149
    cut = $signed(top - 23) > $signed(677 - last) ? top - 23 : 677 - last;
    base = $signed(top - 23) > $signed(677 - last) ? top - 23 + last - 677 : 0;
    kept = $signed(cut) <= 0 ? exact << -cut : exact >> cut;
    up = $signed(cut) > 0 && exact[cut-1] && (kept[0] || exact << 65 - cut != 0);
    expected = (base << 23) + kept[31:0] + up;
    expected = exact == 0 ? 0 : expected > 32'h7F800000 ? 32'h7F800000 : expected;
    expected = expected | {negative, 31'd0};
  end

  always @* begin
    assume (in_c[30:23] != 255 && t_exponent < 1200);  // special values: special.v
    // what a term may be: normalised, or of an FP32's least exponent; no bits below those of a product or an FP32
    assume (in_significand[2:0] == 0);
    assume (in_significand[27:26] != 0 || (in_significand == 0 ? t_exponent <= 674 : t_exponent == 674));
    if (DISTANCE == 0) assume (t_exponent + 32 <= c_exponent && t_exponent >= 200);
    if (DISTANCE == 64) assume (t_exponent >= c_exponent + 32);
    assert (result == expected);
  end
endmodule
