// product.v - proof that rtl/mac_grid.v decodes and multiplies two BF16 exactly: all 2^32 pairs, against a specification that
// knows nothing of normalisation. Of MAC (ROW, LANE), and of
// its accumulator after +0 + a x b, FP32: rounded once, subnormals kept.
//   value of a BF16 with field e and fraction f: (e ? 128 + f : f) x 2^(max(e, 1) - 134)
//   value of a product register: significand x 2^(exponent - 814); at or above 1200 special: NaN if the significand is 0
// The vector comes decoded in the RTL; here by the text that vector_port.v includes. SPDX-License-Identifier: Apache-2.0
module proof #(
    parameter ROW = 5,
    parameter LANE = 3
) (
    input clk,
    input [15:0] in_a,
    input [15:0] in_b
);
  // ---- the grid, every row and every lane fed the same
  reg [31:0] x, n, zeros, exponent, operand;
  always @* begin
    x = in_b;
`include "fp_decode.vh"
  end
  wire [2047:0] drain;
  mac_grid #(.STAGES(2), .BANKS(1)) dut (
      .clk(clk), .rst(1'b0), .valid(1'b1), .first(1'b1), .last(1'b1), .bank(1'b0), .transpose(1'b0),
      .element({8{16'd0, in_a}}), .broadcast({8{operand}}), .drain(drain)
  );
  (* hierconn *) wire [2047:0] \dut.product_q ;
  wire [31:0] product = \dut.product_q [256*ROW+32*LANE+:32];
  wire [11:0] got_exponent = product[27:16];
  wire [15:0] got = product[15:0];

  // ---- the specification
  wire [7:0] a_field = in_a[14:7], b_field = in_b[14:7];
  wire [7:0] a_significand = {a_field != 0, in_a[6:0]}, b_significand = {b_field != 0, in_b[6:0]};
  wire a_special = a_field == 255, b_special = b_field == 255;
  wire nan = a_special && in_a[6:0] != 0 || b_special && in_b[6:0] != 0 ||
      a_special && in_b[14:0] == 0 || b_special && in_a[14:0] == 0;
  wire [15:0] exact = a_significand * b_significand;
  // 2^(a + b - 268) of `exact` is 2^(exponent - 814) of `got`, shifted left by as much as the exponent is smaller
  wire [12:0] shift = (a_field == 0 ? 1 : a_field) + (b_field == 0 ? 1 : b_field) + 13'd546 - got_exponent;
  // FP32: `exact` x 2^(place - 149), cut where the last bit of a subnormal is
  wire signed [12:0] place = (a_field == 0 ? 13'd1 : a_field) + (b_field == 0 ? 13'd1 : b_field) - 13'd119;
  wire [31:0] sum = drain[256*ROW+32*LANE+:32];
  reg [31:0] expected, kept;
  reg [47:0] wide;
  integer k, top;
  always @* begin
    wide = {16'd0, exact, 16'd0} ;           // U16.16 of the last bit of a subnormal, if place is 0
    top = 0;
    for (k = 0; k < 16; k = k + 1) if (exact[k]) top = k;
    wide = place < 0 ? place < -17 ? 48'd0 : wide >> -place : wide;
    kept = wide[47:16] + (wide[15] && (wide[14:0] != 0 || wide[16] || place < -17));
    if (place < -16) kept = 0;
    // above: field and fraction of a normal number, exact
    if (place > 0 || kept[31:24] != 0) begin
      kept = exact << 23 - top;
      expected = place + top < 23 ? exact << place : place + top - 22 >= 255 ? 32'h7F800000 :
          kept + (place + top - 23 << 23);
    end else expected = kept;
    if (exact == 0) expected = 0;
    if (a_special || b_special) expected = nan ? 32'h7FC00000 : 32'h7F800000;
    expected = expected | (nan ? 32'd0 : {in_a[15] ^ in_b[15] && !(exact == 0 && !a_special && !b_special), 31'd0});
    assert (sum == expected);
    assert (product[31:29] == 0 && product[28] == (in_a[15] ^ in_b[15]));
    if (a_special || b_special) assert (got_exponent >= 1200 && (got == 0) == nan);
    else if (exact == 0) assert (got == 0 && got_exponent <= 674);
    else assert (got_exponent < 1200 && got[15:14] != 0 && shift <= 14 && {15'd0, got} == {15'd0, exact} << shift[3:0]);
  end
endmodule
