// fp_decode.vh - statement text: BF16 bits x -> operand {12'd0, sign, exponent U11, significand U1.7 normalised}.
// Twin: fp_decode() of cmodel/fp.h. Text, not a function: docs/decisions.md, "one body for 256 clusters".
// SPDX-License-Identifier: Apache-2.0
//
// Needs 32-bit variables x, n, zeros, exponent, operand. No case analysis for special values downstream: the
// exponent's offset keeps zero and infinity recognisable through an addition of exponents.
//   operand  exponent U11: unbiased + 400; zero 100 (significand 0), infinity 1200 (significand 80h), NaN 1200 (0)
//   product  exponent U12: unbiased + 800; >= 1200 only if an operand was special: significand 0 = NaN, else infinity
//   sum      exponent U11: FP32 exponent + 673, at least 674; 2047 = special: magnitude 0 = NaN, else infinity
n = x & 32'h7F;
zeros = n[6:3] == 4'd0 ? 32'd4 : 32'd0;
n = n[6:3] == 4'd0 ? n << 4 : n;
zeros = n[6:5] == 2'd0 ? zeros + 32'd2 : zeros;
n = n[6:5] == 2'd0 ? n << 2 : n;
zeros = n[6] ? zeros : zeros + 32'd1;
n = n[6] ? n << 1 : n << 2;
exponent = x[6:0] == 7'd0 ? 32'd100 : 32'd273 - zeros;
n = x[14:7] == 8'd0 ? n : x & 32'h7F | 32'h80;
exponent = x[14:7] == 8'd0 ? exponent : (x >> 7 & 32'hFF) + 32'd273;
n = x[14:7] != 8'd255 ? n : x[6:0] == 7'd0 ? 32'h80 : 32'd0;
exponent = x[14:7] != 8'd255 ? exponent : 32'd1200;
operand = (x >> 15 & 32'd1) << 19 | exponent << 8 | n & 32'hFF;
