// product.v - proof that rtl/mac_grid.v decodes and multiplies two BF16 exactly: all 2^32 pairs, against a specification of
// its own. MAC (ROW, LANE) of the grid, in its own registers.
//   value of a BF16 with field e and fraction f: (e ? 128 + f : f) x 2^(max(e, 1) - 134)
//   value of a product register: significand x 2^(exponent - 814); at or above 1200 special: NaN if the significand is 0
// The vector comes decoded in the RTL; here by the text that vector_port.v includes. What becomes of the
// product in the accumulator: sum.v, special.v. SPDX-License-Identifier: Apache-2.0
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
  mac_grid #(.STAGES(2), .BANKS(1)) dut (
      .clk(clk), .rst(1'b0), .valid(1'b1), .first(1'b1), .last(1'b1), .bank(1'b0), .transpose(1'b0),
      .element({8{16'd0, in_a}}), .broadcast({8{operand}})
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
  // each significand shifted until its highest bit is set, the exponent less by as much; 2^(a + b - 268) is exponent 546
  reg [7:0] a_high, b_high;
  reg [11:0] expected_exponent;
  integer k;
  always @* begin
    a_high = a_significand;
    b_high = b_significand;
    expected_exponent = (a_field == 0 ? 8'd1 : a_field) + (b_field == 0 ? 8'd1 : b_field) + 12'd546;
    for (k = 0; k < 7; k = k + 1) begin
      if (!a_high[7]) {a_high, expected_exponent} = {a_high << 1, expected_exponent - 12'd1};
      if (!b_high[7]) {b_high, expected_exponent} = {b_high << 1, expected_exponent - 12'd1};
    end
  end
  wire zero = a_significand == 0 || b_significand == 0;
  always @* begin
    assert (product[31:29] == 0 && product[28] == (in_a[15] ^ in_b[15]));
    if (a_special || b_special) assert (got_exponent >= 1200 && (got == 0) == nan);
    else if (zero) assert (got == 0 && got_exponent <= 674);
    else assert (got_exponent == expected_exponent && got_exponent < 1200 && got == a_high * b_high);
  end
endmodule
