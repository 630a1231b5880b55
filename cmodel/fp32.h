/* fp32.h - integer-only reference of the scalar unit: FP32 multiply, divide, square root; add is fp.h's. Each rounded
 * once to nearest even; subnormals kept; a NaN result is 7FC00000. No floating-point operation of the host is used.
 * Twins: rtl/scalar_alu.v, which explains the exponents, and rtl/fp_denormalise.vh.
 * SPDX-License-Identifier: Apache-2.0
 *
 * Pure, thread-safe. */
#ifndef DCOM_FP32_H
#define DCOM_FP32_H

#include "fp.h"

/* exponent U10: FP32 exponent + 32, from 10 on; 512 special. significand U1.23 normalised; zero 0, infinity 1, NaN 0
 */
typedef struct {
    uint32_t exponent, significand;
} fp32_operand;

static inline fp32_operand fp32_decode(uint32_t x) {
    uint32_t field = x >> 23 & 255, n = x & 0x7FFFFF, zeros = 0;
    n = field == 0 ? n : field != 255 ? n | 1u << 23 : n == 0 ? 1u << 23 : 0;
    zeros += n >> 16 ? 0 : 16, n = n >> 16 ? n : n << 16;
    zeros += n >> 24 ? 0 : 8, n = n >> 24 ? n : n << 8;
    zeros += n >> 28 ? 0 : 4, n = n >> 28 ? n : n << 4;
    zeros += n >> 30 ? 0 : 2, n = n >> 30 ? n : n << 2;
    zeros += n >> 31 ? 0 : 1, n = n >> 31 ? n : n << 1;
    return (fp32_operand){field == 255 ? 512 : (field ? field : 1) + 40 - zeros, n >> 8};
}

/* Magnitude U3.26 with a sticky last bit and exponent U11, of any size -> what fp_round() takes */
static inline fp_sum fp32_denormalise(uint32_t sign, uint32_t magnitude, uint32_t exponent) {
    uint32_t distance = exponent < 669 ? 669 - exponent : 0;
    distance = distance > 31 ? 31 : distance;
    uint32_t shifted = magnitude >> distance;
    shifted |= shifted << distance != magnitude;
    return (fp_sum){sign << 29 | shifted, exponent < 669 ? 669 : exponent};
}

/* ---- multiply ---- */

/* The exponent of a product whose significand is U2.27; 2047 special: significand 0 NaN, else infinity */
static inline uint32_t fp32_product_exponent(fp32_operand a, fp32_operand b) {
    return (a.exponent | b.exponent) & 512 ? 2047 : a.exponent + b.exponent + 481;
}

/* Significands U1.23 -> the product, exact but for a sticky last bit */
static inline fp_sum fp32_multiply(uint32_t sign, uint32_t a, uint32_t b, uint32_t exponent) {
    uint64_t product = (uint64_t)a * b;
    uint32_t magnitude = (uint32_t)(product >> 19) | ((product & 0x7FFFF) != 0);
    return fp32_denormalise(sign, exponent == 2047 ? magnitude != 0 : magnitude, exponent);
}

static inline uint32_t fp32_mul(uint32_t x, uint32_t y) {
    fp32_operand a = fp32_decode(x), b = fp32_decode(y);
    return fp_round(fp32_multiply((x ^ y) >> 31, a.significand, b.significand, fp32_product_exponent(a, b)));
}

/* ---- divide and square root: the same recurrence, bit by bit ---- */

/* A quotient or root on its way */
typedef struct {
    uint32_t root, sign;
    uint32_t exponent;  /* U11; 2047 special: quotient 0 NaN, else infinity */
    uint32_t divisor;   /* U1.23 */
    uint32_t remainder; /* U3.25, doubled with each bit */
    uint32_t quotient;  /* U1.25 */
    uint32_t place;     /* U1.25, the weight of the next bit, 0 after the last */
} fp32_recurrence;

static inline fp32_recurrence fp32_start_division(uint32_t x, uint32_t y) {
    fp32_operand a = fp32_decode(x), b = fp32_decode(y);
    uint32_t special = a.exponent == 512 || b.significand == 0;
    return (fp32_recurrence){0,
                             (x ^ y) >> 31,
                             special ? 2047 : a.exponent + 800 - b.exponent,
                             b.significand | 1u << 23,
                             b.exponent == 512 ? 0 : a.significand << 2,
                             0,
                             1u << 25};
}

/* y is not used; the RTL's divisor takes its value all the same. */
static inline fp32_recurrence fp32_start_root(uint32_t x, uint32_t y) {
    fp32_operand a = fp32_decode(x);
    uint32_t sign = x >> 31, special = a.exponent == 512 || (sign && a.significand != 0);
    return (fp32_recurrence){1,
                             sign,
                             special ? 2047 : (a.exponent + 1441) >> 1,
                             fp32_decode(y).significand | 1u << 23,
                             sign ? 0 : a.significand << (a.exponent & 1 ? 2 : 3),
                             0,
                             1u << 25};
}

/* One bit: 1 if its subtrahend fits, the divisor or, in a root, 2 x what is found + the bit's weight */
static inline void fp32_next_bit(fp32_recurrence *r) {
    uint32_t difference = r->remainder - (r->root ? r->quotient << 1 | r->place : r->divisor << 2);
    uint32_t fits = difference >> 31 ^ 1;
    r->quotient |= fits ? r->place : 0;
    r->remainder = (fits ? difference : r->remainder) << 1;
    r->place >>= 1;
}

static inline uint32_t fp32_round_recurrence(const fp32_recurrence *r) {
    return fp_round(fp32_denormalise(r->sign, r->quotient << 1 | (r->remainder != 0), r->exponent));
}

static inline uint32_t fp32_finish(fp32_recurrence r) {
    while (r.place)
        fp32_next_bit(&r);
    return fp32_round_recurrence(&r);
}

static inline uint32_t fp32_add(uint32_t x, uint32_t y) { return fp_add(x, y); }
static inline uint32_t fp32_sub(uint32_t x, uint32_t y) { return fp_add(x, y ^ 1u << 31); }
static inline uint32_t fp32_div(uint32_t x, uint32_t y) { return fp32_finish(fp32_start_division(x, y)); }
static inline uint32_t fp32_sqrt(uint32_t x) { return fp32_finish(fp32_start_root(x, 0)); }

#endif
