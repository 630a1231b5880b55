// special.v - proof of the FP32 addition at its ends: rtl/fp_expand.vh gives a term that sum.v takes, of the value of the FP32; with
// it, and with any special term of a product, rtl/fp_align.vh and rtl/fp_round.vh give infinity or the one NaN as IEEE 754 has it.
// SPDX-License-Identifier: Apache-2.0
module proof (
    input product,                           // the term is a product's, else an FP32's
    input in_sign,
    input [11:0] in_exponent,
    input [15:0] in_significand,
    input [31:0] in_x,
    input [31:0] in_c
);
  reg [31:0] x, c, t_sign, t_exponent, t_significand, c_sign, c_exponent, c_significand, distance;
  reg [31:0] upper, lower, shifted, n, zeros, limit, sign, exponent, magnitude, result;
  reg [31:0] x_sign, x_exponent, x_significand;
  always @* begin
    x = in_x;
    c = in_c;
`include "fp_expand.vh"
    {x_sign, x_exponent, x_significand} = {t_sign, t_exponent, t_significand};
    if (product) begin
      t_sign = in_sign;
      t_exponent = in_exponent;
      t_significand = in_significand << 12;
    end
`include "fp_align.vh"
`include "fp_round.vh"
  end

  // ---- of the FP32: field, fraction
  wire [7:0] field = in_x[30:23];
  wire [31:0] significand = {8'd0, field != 0, in_x[22:0]};
  wire t_nan = product ? in_exponent >= 1200 && in_significand == 0 : in_x[30:0] > 31'h7F800000;
  wire t_infinite = product ? in_exponent >= 1200 && in_significand != 0 : in_x[30:0] == 31'h7F800000;
  wire c_nan = in_c[30:0] > 31'h7F800000, c_infinite = in_c[30:0] == 31'h7F800000;
  wire the_sign = product ? in_sign : in_x[31];
  always @* begin
    if (field != 255)
      assert (x_sign == in_x[31] && x_significand == significand * 8 && x_exponent == 673 + (field == 0 ? 1 : field));
    if (t_nan || c_nan || t_infinite && c_infinite && the_sign != in_c[31]) assert (result == 32'h7FC00000);
    else if (t_infinite) assert (result == {the_sign, 31'h7F800000});
    else if (c_infinite) assert (result == {in_c[31], 31'h7F800000});
    else assert (result[30:0] <= 31'h7F800000); // a finite sum is no NaN
  end
endmodule
