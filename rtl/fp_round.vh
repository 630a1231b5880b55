// fp_round.vh - statement text: sign, magnitude, exponent of fp_align.vh -> FP32 result, round to nearest even.
// Twin: fp_round() of cmodel/fp.h. Text, not a function: docs/decisions.md, "one body for 256 clusters".
// SPDX-License-Identifier: Apache-2.0
//
// Needs 32-bit variables; in: sign, magnitude U3.26, exponent U11; out: result; scratch: n, zeros, limit. The left
// shift that normalises stops where subnormals begin, so one rounding serves both; a carry out of the rounding
// walks into the exponent field by itself.
n = magnitude;
zeros = n[31:16] == 16'd0 ? 32'd16 : 32'd0;
n = n[31:16] == 16'd0 ? n << 16 : n;
zeros = n[31:24] == 8'd0 ? zeros + 32'd8 : zeros;
n = n[31:24] == 8'd0 ? n << 8 : n;
zeros = n[31:28] == 4'd0 ? zeros + 32'd4 : zeros;
n = n[31:28] == 4'd0 ? n << 4 : n;
zeros = n[31:30] == 2'd0 ? zeros + 32'd2 : zeros;
n = n[31:30] == 2'd0 ? n << 2 : n;
zeros = n[31] ? zeros : zeros + 32'd1;
limit = exponent - 32'd669;
zeros = zeros < limit ? zeros : limit;
n = magnitude << zeros[4:0];
n = ((limit - zeros) << 23) + (n >> 8) + (((n & 32'hFF) + 32'h7F + (n >> 8 & 32'd1)) >> 8);
n = n > 32'h7F800000 ? 32'h7F800000 : n;
n = magnitude == 32'd0 ? 32'd0 : n;
n = exponent == 32'd2047 ? 32'h7F800000 : n;
result = exponent == 32'd2047 && magnitude == 32'd0 ? 32'h7FC00000 : sign << 31 | n;
