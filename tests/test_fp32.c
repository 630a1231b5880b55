/* test_fp32.c - fp32.h against MPFR (24 bits, subnormals) and against the host's arithmetic, bit for bit.
 * SPDX-License-Identifier: Apache-2.0
 * SEED=N in the environment repeats a run; VECTORS=N is how many pairs of operands are drawn, each for every
 * operation. The hard cases are made backwards, from a result that lies beside a midpoint of two floats. */
#include "../cmodel/fp32.h"

#include <check.h>
#include <math.h>
#include <mpfr.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum operation { ADD, SUB, MUL, DIV, SQRT, OPERATIONS };
static const char *const names[] = {"fp32_add", "fp32_sub", "fp32_mul", "fp32_div", "fp32_sqrt"};

static uint32_t seed = 1;
static unsigned long vectors = 1000000;
enum { RANDOM_CASES = 11 };

static uint64_t random_state;

static uint32_t random_bits(void) {
    random_state ^= random_state << 13, random_state ^= random_state >> 7, random_state ^= random_state << 17;
    return (uint32_t)(random_state >> 16);
}
static uint32_t below(uint32_t n) { return (uint32_t)((uint64_t)random_bits() * n >> 32); }
static int between(int low, int high) { return low + (int)below((uint32_t)(high - low + 1)); }
static uint32_t odd(unsigned bits) { return (1u << (bits - 1)) | (random_bits() & ((1u << (bits - 1)) - 1)) | 1; }

static float float_of(uint32_t bits) {
    float f;
    memcpy(&f, &bits, sizeof f);
    return f;
}

/* NaN is the one NaN. */
static uint32_t bits_of(float f) {
    uint32_t bits;
    if (f != f) return 0x7FC00000;
    memcpy(&bits, &f, sizeof bits);
    return bits;
}

/* m x 2^exponent, which must be a float */
static uint32_t pack(uint32_t m, int exponent) {
    float f = ldexpf((float)m, exponent);
    ck_assert_msg(ldexp((double)m, exponent) == (double)f, "%u x 2^%d is no float", m, exponent);
    return bits_of(f);
}

/* ---- the three sides ---- */

static uint32_t ours(enum operation o, uint32_t a, uint32_t b) {
    switch (o) {
    case ADD:
        return fp32_add(a, b);
    case SUB:
        return fp32_sub(a, b);
    case MUL:
        return fp32_mul(a, b);
    case DIV:
        return fp32_div(a, b);
    default:
        return fp32_sqrt(a);
    }
}

static uint32_t host(enum operation o, uint32_t a, uint32_t b) {
    volatile float x = float_of(a), y = float_of(b); /* nothing is done at compile time */
    switch (o) {
    case ADD:
        return bits_of(x + y);
    case SUB:
        return bits_of(x - y);
    case MUL:
        return bits_of(x * y);
    case DIV:
        return bits_of(x / y);
    default:
        return bits_of(sqrtf(x));
    }
}

static mpfr_t mpfr_a, mpfr_b, mpfr_result;
static unsigned long pairs, subnormal[OPERATIONS], underflow[OPERATIONS], overflow[OPERATIONS];

static uint32_t multiprecision(enum operation o) {
    int t;
    switch (o) {
    case ADD:
        t = mpfr_add(mpfr_result, mpfr_a, mpfr_b, MPFR_RNDN);
        break;
    case SUB:
        t = mpfr_sub(mpfr_result, mpfr_a, mpfr_b, MPFR_RNDN);
        break;
    case MUL:
        t = mpfr_mul(mpfr_result, mpfr_a, mpfr_b, MPFR_RNDN);
        break;
    case DIV:
        t = mpfr_div(mpfr_result, mpfr_a, mpfr_b, MPFR_RNDN);
        break;
    default:
        t = mpfr_sqrt(mpfr_result, mpfr_a, MPFR_RNDN);
        break;
    }
    t = mpfr_subnormalize(mpfr_result, t, MPFR_RNDN);
    uint32_t bits = bits_of(mpfr_get_flt(mpfr_result, MPFR_RNDN)), magnitude = bits & 0x7FFFFFFF;
    if (magnitude == 0 && t != 0) underflow[o]++;
    if (magnitude == 0x7F800000 && t != 0) overflow[o]++;
    if (magnitude != 0 && magnitude < 0x800000) subnormal[o]++;
    return bits;
}

static void compare(enum operation o, uint32_t a, uint32_t b) {
    uint32_t got = ours(o, a, b), want = multiprecision(o), native = host(o, a, b);
    if (got != want || got != native)
        ck_abort_msg("SEED=%u, pair %lu: %s(%08x, %08x) = %08x, MPFR %08x, host %08x", seed, pairs, names[o], a, b,
                     got, want, native);
}

static void compare_all(uint32_t a, uint32_t b) {
    mpfr_set_flt(mpfr_a, float_of(a), MPFR_RNDN);
    mpfr_set_flt(mpfr_b, float_of(b), MPFR_RNDN);
    for (unsigned o = 0; o < OPERATIONS; o++)
        compare((enum operation)o, a, b);
    pairs++;
}

/* Both orders, signs at random */
static void compare_signed(uint32_t a, uint32_t b) {
    uint32_t signs = random_bits();
    a ^= signs & 1u << 31, b ^= signs << 1 & 1u << 31;
    if (signs & 1)
        compare_all(a, b);
    else
        compare_all(b, a);
}

/* Each case has numbers of its own, whatever runs before it. */
static void open_case(void) {
    mpfr_set_default_prec(24);
    mpfr_set_emin(-148), mpfr_set_emax(128);
    mpfr_inits(mpfr_a, mpfr_b, mpfr_result, (mpfr_ptr)0);
    pairs = 0;
    for (unsigned o = 0; o < OPERATIONS; o++)
        subnormal[o] = underflow[o] = overflow[o] = 0;
}

static void close_case(void) { mpfr_clears(mpfr_a, mpfr_b, mpfr_result, (mpfr_ptr)0); }

static unsigned long begin(unsigned number) {
    random_state = ((uint64_t)seed << 32 | (number + 1)) * 0x9E3779B97F4A7C15u | 1;
    for (int k = 0; k < 16; k++)
        random_bits();
    return vectors / RANDOM_CASES + 1;
}

/* ---- operands ---- */

/* Random, one run of ones, few ones, few zeros, or beside a power of two */
static uint32_t random_fraction(void) {
    uint32_t r = random_bits(), x = r >> 9;
    switch (below(6)) {
    case 0:
        return (x | 0x7FFFFF << below(24) | ((1u << below(24)) - 1)) & 0x7FFFFF;
    case 1:
        return (0x7FFFFFu >> below(24)) ^ (0x7FFFFFu >> below(24));
    case 2:
        return x & random_bits() & random_bits() & random_bits() & 0x7FFFFF;
    case 3:
        return (x | random_bits() | random_bits() | random_bits()) & 0x7FFFFF;
    case 4:
        return (r & 1 ? 0u - (r >> 28) : r >> 28) & 0x7FFFFF;
    default:
        return x;
    }
}

static uint32_t with_exponent(int field) {
    field = field < 0 ? 0 : field > 255 ? 255 : field;
    return (random_bits() & 1u << 31) | (uint32_t)field << 23 | random_fraction();
}

static const uint32_t specials[] = {
    0,          1,          2,          3,          0x400000,   0x3FFFFF,   0x400001,   0x7FFFFF,   0x7FFFFE,
    0x800000,   0x800001,   0xFFFFFF,   0x1000000,  0x1000001,  0x00C00000, 0x0B800000, 0x20000000, 0x1FFFFFFF,
    0x33800000, 0x33800001, 0x34000000, 0x3F000000, 0x3F7FFFFF, 0x3F7FFFFE, 0x3F800000, 0x3F800001, 0x3F800002,
    0x3FC00000, 0x3FFFFFFF, 0x40000000, 0x40400000, 0x40490FDB, 0x407FFFFF, 0x40800000, 0x4B7FFFFF, 0x4B800000,
    0x5F000000, 0x5F7FFFFF, 0x5F800000, 0x7E7FFFFF, 0x7E800000, 0x7F000000, 0x7F000001, 0x7F7FFFFE, 0x7F7FFFFF,
    0x7F800000, 0x7F800001, 0x7FBFFFFF, 0x7FC00000, 0x7FC00001, 0x7FFFFFFF};
enum { SPECIALS = sizeof specials / sizeof specials[0] };

static uint32_t special(unsigned k) { return specials[k / 2] | k % 2 << 31; }

/* ---- random cases ---- */

START_TEST(special_pairs) {
    for (unsigned i = 0; i < 2 * SPECIALS; i++)
        for (unsigned k = 0; k < 2 * SPECIALS; k++)
            compare_all(special(i), special(k));
}
END_TEST

START_TEST(any_bits) {
    for (unsigned long n = begin(0); n-- > 0;) {
        uint32_t a = random_bits(), b = random_bits();
        compare_all(a, b);
    }
}
END_TEST

/* Sums that overlap: cancellation, ties, the last bits that count */
START_TEST(near_exponents) {
    for (unsigned long n = begin(1); n-- > 0;) {
        int field = between(0, 254);
        uint32_t a = with_exponent(field), b = with_exponent(field + between(-28, 28));
        compare_all(a, b);
    }
}
END_TEST

START_TEST(special_and_any) {
    for (unsigned long n = begin(2); n-- > 0;)
        compare_signed(special(below(2 * SPECIALS)), with_exponent(between(0, 255)));
}
END_TEST

/* Products of 25 bits that end in one: exact ties, of normal and of subnormal results */
START_TEST(ties_of_products) {
    unsigned long ties = 0;
    for (unsigned long n = begin(3); n-- > 0;) {
        unsigned bits = 2 + below(22), result = 1 + below(25);
        uint32_t x = odd(bits), y = odd(25 - bits + below(2));
        if (n % 2) { /* a normal one */
            ties += ((uint64_t)x * y) >> 24 == 1;
            compare_signed(pack(x, between(-60, 60)), pack(y, between(-60, 35)));
        } else { /* an odd multiple of 2^-150 */
            x = result > 12 ? odd(12) : odd(result), y = result > 12 ? odd(result - 12) : 1;
            int e = between(-149, -1);
            compare_signed(pack(x, e), pack(y, -150 - e));
        }
    }
    ck_assert_uint_gt(ties, vectors / RANDOM_CASES / 8);
    ck_assert_uint_gt(subnormal[MUL], vectors / RANDOM_CASES / 4);
}
END_TEST

/* 1 / x modulo 2^32 */
static uint32_t inverse(uint32_t x) {
    uint32_t y = x;
    for (int k = 0; k < 5; k++)
        y *= 2 - x * y;
    return y;
}

/* Products that lie a few units of their 48th bit from a midpoint */
START_TEST(products_near_midpoints) {
    unsigned long near = 0;
    for (unsigned long n = begin(4); n-- > 0;) {
        unsigned t = 21 + below(3); /* the bit that decides */
        uint32_t r = (uint32_t)between(-8, 8), x = odd(24), y = ((1u << t) + r) * inverse(x);
        y &= (2u << t) - 1;
        if (y == 0) continue;
        uint64_t product = (uint64_t)x * y;
        near += product >> (t + 24) == 1;
        if (n % 2)
            compare_signed(pack(x, between(-100, 50)), pack(y, between(-40, 40)));
        else
            compare_signed(pack(x, -80), pack(y, -70 - (int)t)); /* the bit that decides is 2^-150 */
    }
    ck_assert_uint_gt(near, vectors / RANDOM_CASES / 8);
    ck_assert_uint_gt(subnormal[MUL], vectors / RANDOM_CASES / 8);
}
END_TEST

/* Products, quotients and sums about 2^-126, 2^-149 and 2^-150 */
START_TEST(subnormal_results) {
    for (unsigned long n = begin(5); n-- > 0;) {
        int result = between(-26, 3), field = between(0, 254);
        uint32_t a = with_exponent(field);
        switch (n % 4) {
        case 0:
            compare_signed(a, with_exponent(result + 127 - field));
            break;
        case 1:
            compare_all(a, with_exponent(field + 127 - result));
            break;
        case 2:
            compare_signed(with_exponent(between(0, 2)), with_exponent(between(0, 2)));
            break;
        default: { /* quotients of odd multiples of 2^-150 */
            unsigned bits = 1 + below(23);
            uint32_t q = odd(bits), y = odd(24 - bits);
            int e = between(-149, -47);
            compare_all(pack(q * y, e), pack(y, e + 150));
        }
        }
    }
    for (unsigned o = ADD; o <= DIV; o++)
        ck_assert_uint_gt(subnormal[o], vectors / RANDOM_CASES / 64);
    ck_assert(underflow[MUL] > vectors / RANDOM_CASES / 64 && underflow[DIV] > vectors / RANDOM_CASES / 64);
}
END_TEST

/* About 2^128, and about 2^128 - 2^103, from where on results are infinite */
START_TEST(large_results) {
    for (unsigned long n = begin(6); n-- > 0;) {
        int field = between(128, 254);
        uint32_t x = random_bits() >> 8 | 1u << 23, d = (uint32_t)between(-2, 2);
        switch (n % 4) {
        case 0:
            compare_signed(with_exponent(field), with_exponent(between(380, 382) - field));
            break;
        case 1:
            compare_all(with_exponent(field), with_exponent(field - between(126, 129)));
            break;
        case 2:
            compare_all(with_exponent(254), with_exponent(254 - (int)below(28)));
            break;
        default: { /* x y is about 2^48 - 2^23 */
            uint32_t y = (uint32_t)(((1ull << 48) - (1u << 23)) / x) + d;
            int e = between(-20, 100);
            if (y < 1u << 24) compare_signed(pack(x, e), pack(y, 80 - e));
        }
        }
    }
    for (unsigned o = ADD; o <= DIV; o++)
        ck_assert_uint_gt(overflow[o], vectors / RANDOM_CASES / 64);
}
END_TEST

/* q b = 2^k a + r with q odd and r small: a / b is r / b of half a unit from a midpoint, as near as quotients come;
 * q of 25 bits for a normal quotient, fewer for a subnormal one. */
START_TEST(quotients_near_midpoints) {
    unsigned long normal = 0;
    for (unsigned long n = begin(7); n-- > 0;) {
        unsigned k = n % 4 ? 25 : 2 + below(23);
        uint32_t r = (uint32_t)between(-8, 7) * 2 + 1, b = odd(24), q = r * inverse(b) & ((1u << k) - 1);
        uint64_t a = ((uint64_t)q * b - (uint64_t)(int64_t)(int32_t)r) >> k;
        ck_assert(((uint64_t)q * b - (uint64_t)(int64_t)(int32_t)r) % (1u << k) == 0);
        if (a == 0 || a >> 24) continue;
        normal += q >> 24;
        int e = n % 4 ? between(-100, 90) : between(-149, (int)k - 48);
        compare_all(pack((uint32_t)a, e), pack(b, n % 4 ? between(-100, 90) : e + 150 - (int)k));
    }
    ck_assert_uint_gt(normal, vectors / RANDOM_CASES / 4);
    ck_assert_uint_gt(subnormal[DIV], vectors / RANDOM_CASES / 8);
}
END_TEST

/* m m = 2^k a + r with m odd, of 25 bits, and r small: the root of 2^k a lies beside the midpoint m. And squares. */
START_TEST(roots_near_midpoints) {
    unsigned long near = 0;
    for (unsigned long n = begin(8); n-- > 0;) {
        int e = between(-60, 45);
        if (n % 4 == 0) { /* squares and their neighbours */
            uint32_t root = 1 + below(1u << (1 + below(12))), square = root * root;
            compare_all(pack(square, 2 * e) + (uint32_t)between(-2, 2), pack(root, e));
            continue;
        }
        unsigned k = 25 + below(2);
        int64_t r = 8 * between(-40, 40) + 1;
        uint64_t m = 1;
        for (unsigned bit = 3; bit < k; bit++) /* m m = r modulo 2^(bit + 1) */
            if ((m * m - (uint64_t)r) >> bit & 1) m ^= 1ull << (bit - 1);
        m = n & 4 ? m : 0 - m;
        m = (n & 8 ? m : m + (1ull << (k - 1))) & ((1ull << k) - 1);
        uint64_t a = (m * m - (uint64_t)r) >> k;
        ck_assert((m * m - (uint64_t)r) % (1ull << k) == 0);
        if (m >> 24 != 1 || a >> 23 != 1) continue;
        near++;
        compare_all(pack((uint32_t)a, 2 * e + (int)(k & 1)), with_exponent(127));
    }
    ck_assert_uint_gt(near, vectors / RANDOM_CASES / 16);
}
END_TEST

START_TEST(subnormal_operands) {
    for (unsigned long n = begin(9); n-- > 0;) {
        uint32_t a = with_exponent(0) >> below(3) * 4, b = with_exponent(n % 2 ? 0 : between(0, 254));
        compare_signed(a & 0x7FFFFF, b);
    }
}
END_TEST

/* Two binades, evenly; every float of them from VECTORS = 11 x 2^24 on */
START_TEST(roots_in_order) {
    unsigned long count = begin(10), step = (1ul << 24) / count + 1;
    for (unsigned long x = below((uint32_t)step); x < 1ul << 24; x += step) {
        uint32_t a = 0x3F800000 + (uint32_t)x;
        mpfr_set_flt(mpfr_a, float_of(a), MPFR_RNDN);
        compare(SQRT, a, 0);
        pairs++;
    }
    ck_assert_uint_ge(pairs, (1ul << 24) / step);
}
END_TEST

static void add(Suite *suite, const char *name, const TTest *test) {
    TCase *c = tcase_create(name);
    tcase_set_timeout(c, 0);
    tcase_add_checked_fixture(c, open_case, close_case);
    tcase_add_test(c, test);
    suite_add_tcase(suite, c);
}

int main(void) {
    if (getenv("SEED")) seed = (uint32_t)strtoul(getenv("SEED"), NULL, 10);
    if (getenv("VECTORS")) vectors = strtoul(getenv("VECTORS"), NULL, 10);
    if (vectors < 10000) vectors = 10000; /* else not every case meets what it is for */
    printf("# SEED=%u VECTORS=%lu\n", seed, vectors);
    fflush(stdout);
    Suite *suite = suite_create("fp32");
    add(suite, "special", special_pairs);
    add(suite, "any", any_bits);
    add(suite, "near", near_exponents);
    add(suite, "mixed", special_and_any);
    add(suite, "ties", ties_of_products);
    add(suite, "products", products_near_midpoints);
    add(suite, "subnormal", subnormal_results);
    add(suite, "large", large_results);
    add(suite, "quotients", quotients_near_midpoints);
    add(suite, "roots", roots_near_midpoints);
    add(suite, "operands", subnormal_operands);
    add(suite, "order", roots_in_order);
    SRunner *runner = srunner_create(suite);
    srunner_run_all(runner, CK_ENV);
    int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed ? 1 : 0;
}
