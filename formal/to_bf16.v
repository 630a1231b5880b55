// to_bf16.v - proof of rtl/fp_to_bf16.vh, all 2^32: of the two BF16 about x the nearer, of two as near the even one, infinity
// from the middle above the largest on; NaN is 7FC0. By distances, not by adding and cutting.
// SPDX-License-Identifier: Apache-2.0
module proof (
    input [31:0] in_x
);
  reg [31:0] x, magnitude, result;
  always @* begin
    x = in_x;
`include "fp_to_bf16.vh"
  end
  // bits of a positive FP32 are in the order of the numbers, and evenly spaced between two BF16
  wire [31:0] below = {1'b0, in_x[30:16], 16'd0}, above = below + 32'h10000, it = in_x[30:0];
  wire [31:0] down = it - below, up = above - it;
  wire nan = it > 32'h7F800000, upper = up < down || up == down && in_x[16];
  wire [15:0] nearest = {in_x[31], upper ? above[30:16] : below[30:16]};
  always @* begin
    assert (magnitude == it);
    assert (result == (nan ? 16'h7FC0 : nearest));
  end
endmodule
