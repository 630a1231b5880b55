/* fp.h - integer-only reference of the MAC and the adder: no floating-point operation of the host is used.
 * Twins: rtl/fp_decode.vh (explains the exponent offsets), rtl/fp_align.vh, rtl/fp_round.vh; mac_grid.v multiplies.
 * SPDX-License-Identifier: Apache-2.0
 *
 * Simple loops over these functions vectorise (32-bit lanes, no table, no branch). Pure, thread-safe. */
#ifndef DCOM_FP_H
#define DCOM_FP_H

#include <stdint.h>

/* BF16 -> {sign, exponent U11, significand U1.7 normalised} in bits 19, 18:8, 7:0 */
static inline uint32_t fp_decode(uint16_t x) {
    uint32_t field = x >> 7 & 255, fraction = x & 127, n = fraction, zeros = 0;
    zeros += n >> 3 ? 0 : 4, n = n >> 3 ? n : n << 4;
    zeros += n >> 5 ? 0 : 2, n = n >> 5 ? n : n << 2;
    zeros += n >> 6 ? 0 : 1, n = n >> 6 ? n << 1 : n << 2;
    uint32_t exponent = fraction ? 273 - zeros : 100;
    n = field ? fraction | 0x80 : n;
    exponent = field ? 273 + field : exponent;
    n = field != 255 ? n : fraction ? 0 : 0x80;
    exponent = field != 255 ? exponent : 1200;
    return (uint32_t)(x >> 15) << 19 | exponent << 8 | (n & 255);
}

/* decoded x decoded -> {sign, exponent U12, significand U2.14} in bits 28, 27:16, 15:0, exact */
static inline uint32_t fp_multiply(uint32_t a, uint32_t b) {
    return ((a ^ b) & 1u << 19) << 9 | ((a >> 8 & 0x7FF) + (b >> 8 & 0x7FF)) << 16 | (a & 255) * (b & 255);
}

/* The addend or result of an addition before alignment: sign, exponent U12, significand U2.26 */
typedef struct {
    uint32_t sign, exponent, significand;
} fp_term;

static inline fp_term fp_term_of_product(uint32_t product) {
    return (fp_term){product >> 28, product >> 16 & 0xFFF, (product & 0xFFFF) << 12};
}

static inline fp_term fp_expand(uint32_t x) {
    uint32_t exponent = x >> 23 & 255, fraction = x & 0x7FFFFF;
    uint32_t special = exponent == 255, one = exponent != 0;
    return (fp_term){x >> 31, special ? 1400 : 673 + (one ? exponent : 1),
                     special ? (uint32_t)(fraction == 0) << 26 : (one << 23 | fraction) << 3};
}

/* An aligned, unrounded sum: {sign, magnitude U3.26 with a sticky last bit} in bits 29, 28:0; exponent U11 */
typedef struct {
    uint32_t sum, exponent;
} fp_sum;

static inline fp_sum fp_align(fp_term t, uint32_t c) {
    uint32_t sign = c >> 31, field = c >> 23 & 255, fraction = c & 0x7FFFFF, normal = field != 0;
    uint32_t exponent = 673 + (normal ? field : 1), significand = (normal << 23 | fraction) << 3;
    uint32_t larger = t.exponent >= exponent;
    uint32_t distance = larger ? t.exponent - exponent : exponent - t.exponent;
    distance = distance > 31 ? 31 : distance;
    uint32_t upper = larger ? t.significand : significand, lower = larger ? significand : t.significand;
    uint32_t shifted = lower >> distance;
    shifted |= shifted << distance != lower;
    uint32_t difference = upper - shifted, negative = difference >> 31, same = t.sign == sign;
    uint32_t magnitude = same ? upper + shifted : negative ? 0 - difference : difference;
    uint32_t result_sign = same ? sign : difference == 0 ? 0 : (larger ^ negative ? t.sign : sign);
    uint32_t t_special = t.exponent >= 1200, c_special = field == 255;
    uint32_t nan =
        (t_special & (t.significand == 0)) | (c_special & (fraction != 0)) | (t_special & c_special & !same);
    uint32_t special = t_special | c_special;
    result_sign = special ? (t_special ? t.sign : sign) : result_sign;
    magnitude = special ? !nan : magnitude;
    return (fp_sum){result_sign << 29 | magnitude, special ? 2047 : larger ? t.exponent : exponent};
}

/* unrounded sum -> FP32, round to nearest even; the shift stops where subnormals begin */
static inline uint32_t fp_round(fp_sum s) {
    uint32_t m = s.sum & 0x1FFFFFFF, n = m, zeros = 0;
    zeros += n >> 16 ? 0 : 16, n = n >> 16 ? n : n << 16;
    zeros += n >> 24 ? 0 : 8, n = n >> 24 ? n : n << 8;
    zeros += n >> 28 ? 0 : 4, n = n >> 28 ? n : n << 4;
    zeros += n >> 30 ? 0 : 2, n = n >> 30 ? n : n << 2;
    zeros += n >> 31 ? 0 : 1;
    uint32_t limit = s.exponent - 669, shift = zeros < limit ? zeros : limit;
    n = m << shift;
    uint32_t bits = ((limit - shift) << 23) + (n >> 8) + (((n & 255) + 0x7F + (n >> 8 & 1)) >> 8);
    bits = bits > 0x7F800000 ? 0x7F800000 : bits;
    uint32_t sign = s.sum >> 29 << 31;
    if (s.exponent == 2047) return m == 0 ? 0x7FC00000 : sign | 0x7F800000;
    return m == 0 ? sign : sign | bits;
}

/* a x b + c, fused: one rounding */
static inline uint32_t fp_fma(uint16_t a, uint16_t b, uint32_t c) {
    return fp_round(fp_align(fp_term_of_product(fp_multiply(fp_decode(a), fp_decode(b))), c));
}

/* x + y */
static inline uint32_t fp_add(uint32_t x, uint32_t y) { return fp_round(fp_align(fp_expand(x), y)); }

/* FP32 -> BF16, round to nearest even; NaN -> 7FC0 */
static inline uint16_t fp_to_bf16(uint32_t x) {
    if ((x & 0x7FFFFFFF) > 0x7F800000) return 0x7FC0;
    return (uint16_t)((x + 0x7FFF + (x >> 16 & 1)) >> 16);
}

#endif
