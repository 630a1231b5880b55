// fp_expand.vh - statement text: FP32 bits x -> the term of fp_align.vh.
// Twin: fp_expand() of cmodel/fp.h. Text, not a function: docs/decisions.md, "one body for 256 clusters".
// SPDX-License-Identifier: Apache-2.0
//
// Needs 32-bit variables; in: x; out: t_sign, t_exponent U12, t_significand U2.26; scratch: n.
n = x >> 23 & 32'hFF;
t_sign = x >> 31;
t_significand = (x & 32'h7FFFFF) << 3;
t_significand = n == 32'd0 ? t_significand : t_significand | 32'h4000000;
t_significand = n != 32'd255 ? t_significand : t_significand == 32'h4000000 ? t_significand : 32'd0;
t_exponent = n == 32'd0 ? 32'd674 : n == 32'd255 ? 32'd1400 : n + 32'd673;
