/* test_fp32.c - fp32.h against MPFR (24 bits, subnormals) and against the host's arithmetic, bit for bit: add,
 * subtract, multiply, divide and square root of the pairs of fp_vectors.h, each pair for all five.
 * SPDX-License-Identifier: Apache-2.0
 * SEED=N in the environment repeats a run; VECTORS=N is how many pairs are drawn. */
#include "../cmodel/fp32.h"
#include "fp_vectors.h"

#include <check.h>
#include <math.h>
#include <mpfr.h>
#include <stdio.h>
#include <stdlib.h>

enum operation { ADD, SUB, MUL, DIV, SQRT, OPERATIONS };
static const char *const names[] = {"fp32_add", "fp32_sub", "fp32_mul", "fp32_div", "fp32_sqrt"};

static uint32_t seed = 1;
static unsigned long vectors = 1000000;

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
    volatile float x = vector_value(a), y = vector_value(b); /* nothing is done at compile time */
    switch (o) {
    case ADD:
        return vector_bits(x + y);
    case SUB:
        return vector_bits(x - y);
    case MUL:
        return vector_bits(x * y);
    case DIV:
        return vector_bits(x / y);
    default:
        return vector_bits(sqrtf(x));
    }
}

static mpfr_t mpfr_a, mpfr_b, mpfr_result;
static unsigned long pairs, subnormal[OPERATIONS], underflow[OPERATIONS], overflow[OPERATIONS];
/* Of the first pairs alone: results on a midpoint; within 2^-20 of a unit of one, but not on it */
static unsigned long sampled, ties[OPERATIONS], near[OPERATIONS];
enum { SAMPLE = 20000 };

static int operate(enum operation o, mpfr_t result) {
    switch (o) {
    case ADD:
        return mpfr_add(result, mpfr_a, mpfr_b, MPFR_RNDN);
    case SUB:
        return mpfr_sub(result, mpfr_a, mpfr_b, MPFR_RNDN);
    case MUL:
        return mpfr_mul(result, mpfr_a, mpfr_b, MPFR_RNDN);
    case DIV:
        return mpfr_div(result, mpfr_a, mpfr_b, MPFR_RNDN);
    default:
        return mpfr_sqrt(result, mpfr_a, MPFR_RNDN);
    }
}

/* How far the exact result is from a midpoint of two FP32 */
static void measure(enum operation o, uint32_t bits) {
    const int field = (int)(bits >> 23 & 255);
    mpfr_t exact;
    if (field == 255) return;
    mpfr_set_emin(-1000), mpfr_set_emax(1000);
    mpfr_init2(exact, 400);
    operate(o, exact);
    mpfr_sub_d(exact, exact, (double)vector_value(bits), MPFR_RNDN);
    mpfr_abs(exact, exact, MPFR_RNDN);
    mpfr_mul_2si(exact, exact, 150 - (field ? field : 1), MPFR_RNDN); /* in units of the last place */
    mpfr_sub_d(exact, exact, 0.5, MPFR_RNDN);
    ties[o] += mpfr_zero_p(exact) != 0;
    mpfr_abs(exact, exact, MPFR_RNDN);
    near[o] += !mpfr_zero_p(exact) && mpfr_cmp_d(exact, 0x1p-20) < 0;
    mpfr_clear(exact);
    mpfr_set_emin(-148), mpfr_set_emax(128);
}

static uint32_t multiprecision(enum operation o) {
    int t = operate(o, mpfr_result);
    t = mpfr_subnormalize(mpfr_result, t, MPFR_RNDN);
    uint32_t bits = vector_bits(mpfr_get_flt(mpfr_result, MPFR_RNDN)), magnitude = bits & 0x7FFFFFFF;
    if (magnitude == 0 && t != 0) underflow[o]++;
    if (magnitude == 0x7F800000 && t != 0) overflow[o]++;
    if (magnitude != 0 && magnitude < 0x800000) subnormal[o]++;
    if (pairs < SAMPLE) measure(o, bits);
    return bits;
}

static void compare(enum operation o, uint32_t a, uint32_t b) {
    uint32_t got = ours(o, a, b), want = multiprecision(o), native = host(o, a, b);
    if (got != want || got != native)
        ck_abort_msg("SEED=%u, pair %lu: %s(%08x, %08x) = %08x, MPFR %08x, host %08x", seed, pairs, names[o], a, b,
                     got, want, native);
}

static void compare_all(uint32_t a, uint32_t b) {
    mpfr_set_flt(mpfr_a, vector_value(a), MPFR_RNDN);
    mpfr_set_flt(mpfr_b, vector_value(b), MPFR_RNDN);
    for (unsigned o = 0; o < OPERATIONS; o++)
        compare((enum operation)o, a, b);
    sampled += pairs++ < SAMPLE;
}

/* Each case has numbers of its own, whatever runs before it. */
static void open_case(void) {
    mpfr_set_default_prec(24);
    mpfr_set_emin(-148), mpfr_set_emax(128);
    mpfr_inits(mpfr_a, mpfr_b, mpfr_result, (mpfr_ptr)0);
    pairs = sampled = 0;
    for (unsigned o = 0; o < OPERATIONS; o++)
        subnormal[o] = underflow[o] = overflow[o] = ties[o] = near[o] = 0;
}

static void close_case(void) { mpfr_clears(mpfr_a, mpfr_b, mpfr_result, (mpfr_ptr)0); }

/* ---- the families ---- */

/* All pairs of special values */
START_TEST(special_pairs) {
    for (unsigned i = 0; i < VECTOR_FP32; i++)
        for (unsigned k = 0; k < VECTOR_FP32; k++)
            compare_all(vector_special_fp32(i), vector_special_fp32(k));
}
END_TEST

/* What a family is for, it must reach: of `part` pairs one, in the operation given */
static const struct {
    enum vector_family family;
    enum operation operation;
    const unsigned long *count;
    unsigned part;
    const char *what;
} reaches[] = {
    {VECTOR_TIE, MUL, ties, 8, "exact ties"},
    {VECTOR_TIE, MUL, subnormal, 4, "subnormal results"},
    {VECTOR_PRODUCT, MUL, near, 8, "results beside a tie"},
    {VECTOR_PRODUCT, MUL, subnormal, 8, "subnormal results"},
    {VECTOR_TINY, ADD, subnormal, 64, "subnormal results"},
    {VECTOR_TINY, SUB, subnormal, 64, "subnormal results"},
    {VECTOR_TINY, MUL, subnormal, 64, "subnormal results"},
    {VECTOR_TINY, DIV, subnormal, 64, "subnormal results"},
    {VECTOR_TINY, MUL, underflow, 64, "results that round to 0"},
    {VECTOR_TINY, DIV, underflow, 64, "results that round to 0"},
    {VECTOR_TINY, DIV, ties, 64, "exact ties"},
    {VECTOR_LARGE, ADD, overflow, 64, "results that round to infinity"},
    {VECTOR_LARGE, SUB, overflow, 64, "results that round to infinity"},
    {VECTOR_LARGE, MUL, overflow, 64, "results that round to infinity"},
    {VECTOR_LARGE, DIV, overflow, 64, "results that round to infinity"},
    {VECTOR_NEAR, ADD, ties, 64, "exact ties"},
    {VECTOR_QUOTIENT, DIV, near, 4, "results beside a tie"},
    {VECTOR_QUOTIENT, DIV, subnormal, 8, "subnormal results"},
    {VECTOR_ROOT, SQRT, near, 4, "results beside a tie"},
};

START_TEST(family) {
    const enum vector_family f = (enum vector_family)_i;
    vector_source s = vector_open(seed, 64 + (unsigned)f);
    for (unsigned long n = 0; n < vectors / VECTOR_FAMILIES + 1; n++) {
        vector_pair p = vector_hard(&s, f, n);
        compare_all(p.a, p.b);
    }
    printf("# %lu pairs: %s\n", pairs, vector_families[f]);
    for (unsigned k = 0; k < sizeof reaches / sizeof reaches[0]; k++) {
        if (reaches[k].family != f) continue;
        const unsigned long count = reaches[k].count[reaches[k].operation];
        const unsigned long of = reaches[k].count == ties || reaches[k].count == near ? sampled : pairs;
        printf("#   %s: %lu %s of %lu\n", names[reaches[k].operation], count, reaches[k].what, of);
        ck_assert_msg(count > of / reaches[k].part, "SEED=%u: %s: %lu %s of %lu", seed, names[reaches[k].operation],
                      count, reaches[k].what, of);
    }
    fflush(stdout);
}
END_TEST

/* Two binades, evenly; every float of them from VECTORS = 11 x 2^24 on */
START_TEST(roots_in_order) {
    unsigned long count = vectors / VECTOR_FAMILIES + 1, step = (1ul << 24) / count + 1;
    for (unsigned long x = seed % step; x < 1ul << 24; x += step) {
        uint32_t a = 0x3F800000 + (uint32_t)x;
        mpfr_set_flt(mpfr_a, vector_value(a), MPFR_RNDN);
        compare(SQRT, a, 0);
        pairs++;
    }
    ck_assert_uint_ge(pairs, (1ul << 24) / step);
}
END_TEST

static void add(Suite *suite, const char *name, const TTest *test, int times) {
    TCase *c = tcase_create(name);
    tcase_set_timeout(c, 0);
    tcase_add_checked_fixture(c, open_case, close_case);
    tcase_add_loop_test(c, test, 0, times);
    suite_add_tcase(suite, c);
}

int main(void) {
    if (getenv("SEED")) seed = (uint32_t)strtoul(getenv("SEED"), NULL, 10);
    if (getenv("VECTORS")) vectors = strtoul(getenv("VECTORS"), NULL, 10);
    if (vectors < 10000) vectors = 10000; /* else not every case meets what it is for */
    printf("# SEED=%u VECTORS=%lu\n", seed, vectors);
    fflush(stdout);
    Suite *suite = suite_create("fp32");
    add(suite, "special", special_pairs, 1);
    add(suite, "families", family, VECTOR_FAMILIES);
    add(suite, "order", roots_in_order, 1);
    SRunner *runner = srunner_create(suite);
    srunner_run_all(runner, CK_ENV);
    int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed ? 1 : 0;
}
