// fp_to_bf16.vh - statement text: FP32 bits x -> BF16 bits, round to nearest even; NaN -> 7FC0.
// Twin: fp_to_bf16() of cmodel/fp.h. Text, not a function: docs/decisions.md, "one body for 256 clusters".
// SPDX-License-Identifier: Apache-2.0
//
// Needs 32-bit variables; in: x; out: result U16, magnitude = bits of |x| (NaN above 7F800000; from 7F7F8000 on, x
// is infinite or rounds to it).
magnitude = x & 32'h7FFFFFFF;
result = (x + 32'h7FFF + (x >> 16 & 32'd1)) >> 16;
result = magnitude > 32'h7F800000 ? 32'h7FC0 : result;
