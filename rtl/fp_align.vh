// fp_align.vh - statement text: term + FP32 addend c, aligned to the larger exponent, not yet rounded.
// Twin: fp_align() of cmodel/fp.h. Text, not a function: docs/decisions.md, "one body for 256 clusters".
// SPDX-License-Identifier: Apache-2.0
//
// Needs 32-bit variables; in: t_sign, t_exponent U12, t_significand U2.26, c; out: sign, magnitude U3.26 with a
// sticky last bit, exponent U11; scratch: c_sign, c_exponent, c_significand, distance, upper, lower, shifted, n.
c_sign = c >> 31;
c_exponent = c >> 23 & 32'hFF;
c_significand = (c & 32'h7FFFFF) << 3;
c_significand = c_exponent == 32'd0 ? c_significand : c_significand | 32'h4000000;
c_exponent = c_exponent == 32'd0 ? 32'd674 : c_exponent + 32'd673;
distance = t_exponent >= c_exponent ? t_exponent - c_exponent : c_exponent - t_exponent;
distance = distance > 32'd31 ? 32'd31 : distance;
upper = t_exponent >= c_exponent ? t_significand : c_significand;
lower = t_exponent >= c_exponent ? c_significand : t_significand;
shifted = lower >> distance[4:0];
shifted = shifted << distance[4:0] == lower ? shifted : shifted | 32'd1;
n = upper - shifted;
magnitude = t_sign == c_sign ? upper + shifted : n[31] ? 32'd0 - n : n;
sign = t_exponent >= c_exponent ? t_sign : c_sign;
sign = t_sign == c_sign ? t_sign : n == 32'd0 ? 32'd0 : n[31] ? sign ^ 32'd1 : sign;
exponent = t_exponent >= c_exponent ? t_exponent : c_exponent;
// special: a NaN operand, or infinities of opposite signs, make NaN (magnitude 0); else infinity (magnitude 1)
n = t_exponent >= 32'd1200 && t_significand == 32'd0 || c_exponent == 32'd928 && c_significand != 32'h4000000 ||
    t_exponent >= 32'd1200 && c_exponent == 32'd928 && t_sign != c_sign ? 32'd0 : 32'd1;
magnitude = t_exponent >= 32'd1200 || c_exponent == 32'd928 ? n : magnitude;
sign = t_exponent >= 32'd1200 ? t_sign : c_exponent == 32'd928 ? c_sign : sign;
exponent = t_exponent >= 32'd1200 || c_exponent == 32'd928 ? 32'd2047 : exponent;
