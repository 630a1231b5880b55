/* fp_vectors.h - operands for the tests of the arithmetic: special values, and random ones near every boundary.
 * C and C++. SPDX-License-Identifier: Apache-2.0
 *
 * Operands come from a plan, which fixes how large their product is, so that an outer product of several operands
 * stays near one boundary; addends come from the value that they are added to. */
#ifndef DCOM_TESTS_FP_VECTORS_H
#define DCOM_TESTS_FP_VECTORS_H

#include <stdint.h>
#include <string.h>

/* Magnitudes: zero, subnormals, normals, infinity, quiet and signalling NaN */
static const uint16_t vector_bf16[] = {0x0000, 0x0001, 0x0002, 0x003F, 0x0040, 0x007E, 0x007F, 0x0080,
                                       0x0081, 0x00FF, 0x0100, 0x1F80, 0x2000, 0x33FF, 0x3F00, 0x3F7F,
                                       0x3F80, 0x3F81, 0x4000, 0x5F80, 0x7F00, 0x7F7F, 0x7F80, 0x7FC0};
static const uint32_t vector_fp32[] = {0x00000000, 0x00000001, 0x00000002, 0x00000003, 0x003FFFFF, 0x00400000,
                                       0x007FFFFE, 0x007FFFFF, 0x00800000, 0x00800001, 0x00FFFFFF, 0x01000000,
                                       0x33800000, 0x34000001, 0x3F7FFFFF, 0x3F800000, 0x3F800001, 0x4B7FFFFF,
                                       0x73000000, 0x7EFFFFFF, 0x7F000000, 0x7F7FFFFE, 0x7F7FFFFF, 0x7F800000,
                                       0x7F800001, 0x7FBFFFFF, 0x7FC00000, 0x7FFFFFFF};
static const uint16_t vector_bf16_nan[] = {0x7F81, 0x7FBF, 0x7FC1, 0x7FFF};
enum {
    VECTOR_BF16_PLAIN = sizeof vector_bf16 / sizeof vector_bf16[0],
    VECTOR_BF16 = 2 * (VECTOR_BF16_PLAIN + sizeof vector_bf16_nan / sizeof vector_bf16_nan[0]), /* a multiple of 8 */
    VECTOR_FP32 = 2 * sizeof vector_fp32 / sizeof vector_fp32[0]                                /* a multiple of 8 */
};

/* Special value i of VECTOR_BF16 or VECTOR_FP32: both signs of each magnitude */
static inline uint16_t vector_special_bf16(unsigned i) {
    unsigned k = i / 2;
    return (uint16_t)((i & 1) << 15 |
                      (k < VECTOR_BF16_PLAIN ? vector_bf16[k] : vector_bf16_nan[k - VECTOR_BF16_PLAIN]));
}
static inline uint32_t vector_special_fp32(unsigned i) { return (uint32_t)(i & 1) << 31 | vector_fp32[i / 2]; }

static inline float vector_value(uint32_t bits) {
    float x;
    memcpy(&x, &bits, sizeof x);
    return x;
}
/* Bits of a result: every NaN is 7FC00000 */
static inline uint32_t vector_bits(float x) {
    uint32_t bits;
    memcpy(&bits, &x, sizeof bits);
    return x != x ? 0x7FC00000 : bits;
}
static inline float vector_widen(uint16_t x) { return vector_value((uint32_t)x << 16); }

/* splitmix64 */
typedef struct {
    uint64_t state;
} vector_source;

static inline vector_source vector_open(uint64_t seed, unsigned stream) {
    vector_source s = {seed * 0xD1342543DE82EF95u + stream * 0x9E6C63D0876A9A47u};
    return s;
}
static inline uint64_t vector_random(vector_source *s) {
    uint64_t x = s->state += 0x9E3779B97F4A7C15u;
    x = (x ^ x >> 30) * 0xBF58476D1CE4E5B9u;
    x = (x ^ x >> 27) * 0x94D049BB133111EBu;
    return x ^ x >> 31;
}
/* 0 .. n - 1, from the upper bits of r */
static inline unsigned vector_below(uint64_t r, unsigned n) { return (unsigned)((r >> 32) * n >> 32); }
static inline int vector_clamp(int x, int low, int high) { return x < low ? low : x > high ? high : x; }

/* A fraction of `width` bits: random, or one that makes ties, carries and sticky bits */
static inline uint32_t vector_fraction(vector_source *s, unsigned width) {
    uint64_t r = vector_random(s);
    const uint32_t mask = (1u << width) - 1, any = (uint32_t)(r >> 8) & mask, k = vector_below(r, width);
    switch (r & 15) {
    case 0:
        return 0;
    case 1:
        return 1;
    case 2:
        return mask;
    case 3:
        return mask - 1;
    case 4:
        return 1u << k;
    case 5:
        return mask ^ 1u << k;
    case 6:
        return any & mask << k & mask;
    case 7:
        return any | mask >> k;
    default:
        return any;
    }
}

typedef struct {
    unsigned kind;
    int exponent[2]; /* fields of the two factors */
} vector_plan;

static inline vector_plan vector_plan_next(vector_source *s) {
    static const int from[] = {0, 0, 90, 0, -30, 248, -60, -160}, count[] = {1, 1, 64, 254, 36, 12, 380, 160};
    uint64_t r = vector_random(s);
    vector_plan p = {(unsigned)(r & 7), {0, 0}};
    int total = 127 + from[p.kind] + (int)vector_below(r, (unsigned)count[p.kind]); /* of both fields */
    int low = total > 254 ? total - 254 : 0, high = total < 254 ? total : 254;
    if (high < low) high = low;
    p.exponent[0] = vector_clamp(low + (int)((r >> 8 & 0xFFFF) % (unsigned)(high - low + 1)), 0, 254);
    p.exponent[1] = vector_clamp(total - p.exponent[0], 0, 254);
    return p;
}

/* An operand of factor `which`, 0 or 1 */
static inline uint16_t vector_operand(vector_source *s, vector_plan p, unsigned which) {
    uint64_t r = vector_random(s);
    if (p.kind == 0) return (uint16_t)r;
    if (p.kind == 1) return vector_special_bf16(vector_below(r, VECTOR_BF16));
    int exponent = vector_clamp(p.exponent[which] + (int)(r & 1), 0, 254);
    return (uint16_t)((r >> 1 & 1) << 15 | (unsigned)exponent << 7 | vector_fraction(s, 7));
}

/* An FP32 to be added to `other`: anything, or as large, or its opposite, or just far enough for half a unit */
static inline uint32_t vector_addend(vector_source *s, uint32_t other) {
    uint64_t r = vector_random(s);
    uint32_t sign = (uint32_t)(r >> 4 & 1) << 31, bits = (uint32_t)(r >> 32), delta = (uint32_t)(r >> 5 & 7);
    int field = (int)(other >> 23 & 255);
    switch (r & 15) {
    case 0:
    case 1:
        return bits;
    case 2:
        return vector_special_fp32(vector_below(r, VECTOR_FP32));
    case 3:
    case 4:
    case 5:
        return sign | (uint32_t)vector_clamp(field + (int)(delta % 5) - 2, 0, 254) << 23 | (bits & 0x7FFFFF);
    case 6:
        return (other ^ 0x80000000) + delta - 3;
    case 7:
        return other ^ 0x80000000 ^ 1u << (bits & 31);
    case 8:
        return sign | vector_fraction(s, 23);
    case 9:
        return sign | (uint32_t)(delta & 3) << 23 | vector_fraction(s, 23);
    case 10:
        return sign | (254 - (uint32_t)(delta & 1)) << 23 | vector_fraction(s, 23);
    default:
        return sign | (uint32_t)vector_clamp(field + (int)vector_below(r, 57) - 28, 0, 254) << 23 |
               vector_fraction(s, 23);
    }
}

static inline uint32_t vector_addend_of_product(vector_source *s, uint16_t a, uint16_t b) {
    return vector_addend(s, vector_bits(vector_widen(a) * vector_widen(b)));
}

/* The first FP32 of an addition */
static inline uint32_t vector_term(vector_source *s) {
    uint64_t r = vector_random(s);
    uint32_t sign = (uint32_t)(r >> 4 & 1) << 31;
    switch (r & 7) {
    case 0:
        return (uint32_t)(r >> 32);
    case 1:
        return vector_special_fp32(vector_below(r, VECTOR_FP32));
    case 2:
        return sign | vector_below(r, 3) << 23 | vector_fraction(s, 23);
    case 3:
        return sign | (254 - vector_below(r, 2)) << 23 | vector_fraction(s, 23);
    default:
        return sign | vector_below(r, 255) << 23 | vector_fraction(s, 23);
    }
}

#endif
