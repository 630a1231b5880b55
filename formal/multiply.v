// multiply.v - proof of the FP32 multiplication of rtl/scalar_alu.v behind its multiplier: for every product of two significands, 48
// bits, and every exponent it may have, cut to 28 bits with a sticky one, then rtl/fp_denormalise.vh and rtl/fp_round.vh, is the
// exact product rounded once. The multiplier is Verilog's `*`, which is not proved. Of quotients and roots, which go the same way
// with a remainder for the sticky bit, it proves the rounding. SPDX-License-Identifier: Apache-2.0
module proof (
    input in_sign,
    input [10:0] in_exponent,
    input [47:0] product                     // x 2^(exponent - 845); the highest bit is 47 or 46
);
  reg [31:0] sign, magnitude, exponent, distance, shifted, n, zeros, limit, result;
  always @* begin
    sign = in_sign;
    exponent = in_exponent;
    magnitude = {3'd0, product[47:19]};
    magnitude = product[18:0] == 19'd0 ? magnitude : magnitude | 32'd1;
`include "fp_denormalise.vh"
`include "fp_round.vh"
  end

  // ---- 24 bits from the highest on, or down to 2^-149
  wire [31:0] top = product[47] ? 47 : 46, last = 32'd0 + in_exponent - 19; // last: of the product, as in sum.v
  wire [31:0] floor = 677 - last, normal = top - 23;
  wire tiny = $signed(floor) >= $signed(normal);
  wire [31:0] cut = tiny ? floor : normal, base = tiny ? 32'd0 : normal - floor;
  wire [31:0] kept = cut > 48 ? 0 : product >> cut;
  wire up = cut <= 48 && product[cut-1] && (kept[0] || product << 49 - cut != 0);
  wire [31:0] sum = (base << 23) + kept + up, expected = sum > 32'h7F800000 ? 32'h7F800000 : sum;
  always @* begin
    assume (product[47:46] != 0);
    assume (in_exponent >= 501 && in_exponent <= 1053); // of operands from 2^-149 to 2^127
    assert (result == {in_sign, expected[30:0]});
  end
endmodule
