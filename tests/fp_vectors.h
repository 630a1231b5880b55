/* fp_vectors.h - operands for the tests of the arithmetic: special values, and random ones near every boundary.
 * C and C++. SPDX-License-Identifier: Apache-2.0
 *
 * Operands come from a plan, which fixes how large their product is, so that an outer product of several operands
 * stays near one boundary; addends come from the value that they are added to. Pairs of FP32, for the scalar unit,
 * come in families (vector_families), each aimed at what one kind of mistake would get wrong. */
#ifndef DCOM_TESTS_FP_VECTORS_H
#define DCOM_TESTS_FP_VECTORS_H

#include <stdint.h>
#include <string.h>

/* Magnitudes: zero, subnormals, normals, infinity, quiet and signalling NaN */
static const uint16_t vector_bf16[] = {0x0000, 0x0001, 0x0002, 0x003F, 0x0040, 0x007E, 0x007F, 0x0080,
                                       0x0081, 0x00FF, 0x0100, 0x1F80, 0x2000, 0x33FF, 0x3F00, 0x3F7F,
                                       0x3F80, 0x3F81, 0x4000, 0x5F80, 0x7F00, 0x7F7F, 0x7F80, 0x7FC0};
static const uint32_t vector_fp32[] = {
    0x00000000, 0x00000001, 0x00000002, 0x00000003, 0x003FFFFF, 0x00400000, 0x00400001, 0x007FFFFE,
    0x007FFFFF, 0x00800000, 0x00800001, 0x00C00000, 0x00FFFFFF, 0x01000000, 0x01000001, 0x0B800000,
    0x1FFFFFFF, 0x20000000, 0x33800000, 0x33800001, 0x34000000, 0x34000001, 0x3F000000, 0x3F7FFFFD,
    0x3F7FFFFE, 0x3F7FFFFF, 0x3F800000, 0x3F800001, 0x3F800002, 0x3FC00000, 0x3FFFFFFF, 0x40000000,
    0x40400000, 0x40490FDB, 0x407FFFFF, 0x40800000, 0x4B7FFFFF, 0x4B800000, 0x4B800001, 0x5F000000,
    0x5F7FFFFF, 0x5F800000, 0x73000000, 0x7E7FFFFF, 0x7E800000, 0x7EFFFFFF, 0x7F000000, 0x7F000001,
    0x7F7FFFFE, 0x7F7FFFFF, 0x7F800000, 0x7F800001, 0x7FBFFFFF, 0x7FC00000, 0x7FC00001, 0x7FFFFFFF};
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

/* ---- pairs of FP32 that are hard to round, made backwards from a result beside a boundary ---- */

typedef struct {
    uint32_t a, b;
} vector_pair;

enum vector_family {
    VECTOR_ANY,
    VECTOR_NEAR,
    VECTOR_MIXED,
    VECTOR_TIE,
    VECTOR_PRODUCT,
    VECTOR_TINY,
    VECTOR_LARGE,
    VECTOR_QUOTIENT,
    VECTOR_ROOT,
    VECTOR_SQUARE,
    VECTOR_SUBNORMAL,
    VECTOR_FAMILIES
};

/* What each is for, and how it is made */
static const char *const vector_families[VECTOR_FAMILIES] = {
    "any bits",
    "exponents at most 28 apart: cancellation, ties and sticky bits of sums",
    "a special value and any other",
    "x y of 25 bits ends in 1, or is an odd multiple of 2^-150: ties of products",
    "y = (2^t + r) / x modulo 2^(t+1): products r units from a midpoint",
    "results about 2^-126, 2^-149, 2^-150; quotients that are ties there",
    "results about 2^128 and 2^128 - 2^103, from where on they are infinite",
    "q b = 2^k a + r, q odd of 25 bits: a / b lies r / b of half a unit from midpoint q",
    "m m = 2^k a + r, m odd of 25 bits, r small: the root lies beside midpoint m",
    "squares and their neighbours: exact roots",
    "subnormal operands",
};

static inline int vector_between(vector_source *s, int low, int high) {
    return low + (int)vector_below(vector_random(s), (unsigned)(high - low + 1));
}
/* Odd, of `bits` bits, the highest set */
static inline uint32_t vector_odd(vector_source *s, unsigned bits) {
    uint32_t high = 1u << (bits - 1);
    return high | ((uint32_t)vector_random(s) & (high - 1)) | 1;
}
/* Sign and fraction random, the exponent field given, or the nearest there is */
static inline uint32_t vector_with_field(vector_source *s, int field) {
    return (uint32_t)(vector_random(s) & 1) << 31 | (uint32_t)vector_clamp(field, 0, 255) << 23 |
           vector_fraction(s, 23);
}
/* m x 2^exponent; 0 in *good if that is no FP32 */
static inline uint32_t vector_pack(uint64_t m, int exponent, int *good) {
    int field = exponent + 150;
    if (m == 0) return 0;
    while (m < 1u << 23 && field > 1)
        m <<= 1, field--;
    while (m >= 1u << 24 || field < 1) {
        if (m & 1 || field > 254) *good = 0;
        m >>= 1, field++;
        if (m == 0) return 0;
    }
    if (field > 254) *good = 0;
    return (uint32_t)(m < 1u << 23 ? 0 : field) << 23 | ((uint32_t)m & 0x7FFFFF);
}
/* 1 / x modulo 2^32 */
static inline uint32_t vector_inverse(uint32_t x) {
    uint32_t y = x;
    for (int k = 0; k < 5; k++)
        y *= 2 - x * y;
    return y;
}
/* The order and the signs are random: for what is symmetric */
static inline vector_pair vector_shuffle(vector_source *s, uint32_t a, uint32_t b) {
    uint64_t r = vector_random(s);
    a ^= (uint32_t)(r & 1) << 31, b ^= (uint32_t)(r >> 1 & 1) << 31;
    vector_pair straight = {a, b}, turned = {b, a};
    return r & 4 ? straight : turned;
}

/* A pair of the family: number n of its sequence. Makes another where one cannot be had. */
static inline vector_pair vector_hard(vector_source *s, enum vector_family family, uint64_t n) {
    for (;;) {
        int good = 1, e, field;
        vector_pair p = {0, 0};
        switch (family) {
        case VECTOR_NEAR:
            field = vector_between(s, 0, 254);
            p.a = vector_with_field(s, field);
            p.b = vector_with_field(s, field + vector_between(s, -28, 28));
            break;
        case VECTOR_MIXED:
            p.a = vector_special_fp32(vector_below(vector_random(s), VECTOR_FP32));
            p.b = vector_with_field(s, vector_between(s, 0, 255));
            p = vector_shuffle(s, p.a, p.b);
            break;
        case VECTOR_TIE: {
            unsigned bits = 2 + vector_below(vector_random(s), 22), result = 1 + vector_below(vector_random(s), 25);
            uint32_t x = vector_odd(s, bits), y = vector_odd(s, 25 - bits + vector_below(vector_random(s), 2));
            e = vector_between(s, -60, 60);
            if (n & 1) {
                p.a = vector_pack(x, e, &good), p.b = vector_pack(y, vector_between(s, -60, 35), &good);
            } else {
                x = vector_odd(s, result > 12 ? 12 : result), y = result > 12 ? vector_odd(s, result - 12) : 1;
                e = vector_between(s, -149, -1);
                p.a = vector_pack(x, e, &good), p.b = vector_pack(y, -150 - e, &good);
            }
            p = vector_shuffle(s, p.a, p.b);
            break;
        }
        case VECTOR_PRODUCT: {
            unsigned t = 21 + vector_below(vector_random(s), 3); /* the bit that decides */
            uint32_t r = (uint32_t)vector_between(s, -8, 8), x = vector_odd(s, 24);
            uint32_t y = ((1u << t) + r) * vector_inverse(x) & ((2u << t) - 1);
            good = y != 0;
            p.a = vector_pack(x, n & 1 ? vector_between(s, -100, 50) : -80, &good);
            p.b = vector_pack(y, n & 1 ? vector_between(s, -40, 40) : -70 - (int)t, &good); /* even: it is 2^-150 */
            p = vector_shuffle(s, p.a, p.b);
            break;
        }
        case VECTOR_TINY:
            e = vector_between(s, -26, 3), field = vector_between(s, 0, 254);
            p.a = vector_with_field(s, field);
            if (n % 4 == 0) p.b = vector_with_field(s, e + 127 - field);
            if (n % 4 == 1) p.b = vector_with_field(s, field + 127 - e);
            if (n % 4 == 2)
                p.a = vector_with_field(s, vector_between(s, 0, 2)),
                p.b = vector_with_field(s, vector_between(s, 0, 2));
            if (n % 4 == 3) { /* an odd multiple of 2^-150 */
                unsigned bits = 1 + vector_below(vector_random(s), 23);
                uint32_t q = vector_odd(s, bits), y = vector_odd(s, 24 - bits);
                e = vector_between(s, -149, -47);
                p.a = vector_pack((uint64_t)q * y, e, &good), p.b = vector_pack(y, e + 150, &good);
            }
            break;
        case VECTOR_LARGE:
            field = vector_between(s, 128, 254);
            p.a = vector_with_field(s, n % 4 == 2 ? 254 : field);
            if (n % 4 == 0) p.b = vector_with_field(s, vector_between(s, 380, 382) - field);
            if (n % 4 == 1) p.b = vector_with_field(s, field - vector_between(s, 126, 129));
            if (n % 4 == 2) p.b = vector_with_field(s, 254 - vector_between(s, 0, 27));
            if (n % 4 == 3) { /* x y is about 2^48 - 2^23 */
                uint32_t x = (uint32_t)vector_random(s) >> 8 | 1u << 23;
                uint64_t y = ((UINT64_C(1) << 48) - (1u << 23)) / x + (uint64_t)vector_between(s, 0, 4) - 2;
                e = vector_between(s, -20, 100);
                p.a = vector_pack(x, e, &good), p.b = vector_pack(y, 80 - e, &good);
            }
            break;
        case VECTOR_QUOTIENT: {
            unsigned k = n % 4 ? 25 : 2 + vector_below(vector_random(s), 23); /* fewer for a subnormal quotient */
            uint32_t r = (uint32_t)vector_between(s, -8, 7) * 2 + 1, b = vector_odd(s, 24);
            uint32_t q = r * vector_inverse(b) & ((1u << k) - 1);
            uint64_t a = ((uint64_t)q * b - (uint64_t)(int64_t)(int32_t)r) >> k;
            good = a != 0 && a >> 24 == 0;
            e = n % 4 ? vector_between(s, -100, 90) : vector_between(s, -149, (int)k - 48);
            p.a = vector_pack(a, e, &good);
            p.b = vector_pack(b, n % 4 ? vector_between(s, -100, 90) : e + 150 - (int)k, &good);
            break;
        }
        case VECTOR_ROOT: {
            unsigned k = 25 + vector_below(vector_random(s), 2);
            int64_t r = 8 * vector_between(s, -40, 40) + 1;
            uint64_t m = 1;
            for (unsigned bit = 3; bit < k; bit++) /* m m = r modulo 2^(bit + 1) */
                if ((m * m - (uint64_t)r) >> bit & 1) m ^= UINT64_C(1) << (bit - 1);
            m = n & 1 ? m : 0 - m;
            m = (n & 2 ? m : m + (UINT64_C(1) << (k - 1))) & ((UINT64_C(1) << k) - 1);
            uint64_t a = (m * m - (uint64_t)r) >> k;
            good = m >> 24 == 1 && a >> 23 == 1;
            p.a = vector_pack(a, 2 * vector_between(s, -60, 45) + (int)(k & 1), &good);
            p.b = vector_with_field(s, 127);
            break;
        }
        case VECTOR_SQUARE: {
            uint32_t root = 1 + vector_below(vector_random(s), 1u << vector_between(s, 1, 12));
            e = vector_between(s, -60, 45);
            p.a = vector_pack((uint64_t)root * root, 2 * e, &good) + (uint32_t)vector_between(s, 0, 4) - 2;
            p.b = vector_pack(root, e, &good);
            break;
        }
        case VECTOR_SUBNORMAL:
            p.a = (vector_with_field(s, 0) & 0x7FFFFF) >> 4 * vector_between(s, 0, 2);
            p = vector_shuffle(s, p.a, vector_with_field(s, n & 1 ? 0 : vector_between(s, 0, 254)));
            break;
        default:
            p.a = (uint32_t)vector_random(s), p.b = (uint32_t)vector_random(s);
        }
        if (good) return p;
    }
}

#endif
