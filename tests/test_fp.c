/* test_fp.c - the arithmetic of fp.h and of the kernels, bit for bit: against MPFR and the host's floating point.
 * SPDX-License-Identifier: Apache-2.0
 *
 * SEED=N repeats a run; VECTORS=N vectors of every random case; EXHAUSTIVE=1: all 2^32 conversions to BF16 and all
 * 2^32 products of two BF16 in fp.h and in the kernels. The RTL against fp.h and the host: fp_rtl.cpp. */
#include "../cmodel/fp.h"
#include "../cmodel/kernel.h"
#include "../cmodel/engine.h"
#include "fp_vectors.h"

#include <check.h>
#include <inttypes.h>
#include <math.h>
#include <mpfr.h>
#include <stdio.h>
#include <stdlib.h>

static uint64_t seed = 1, vectors = 2000000;
static int exhaustive;
static const char *program;

/* The command that shows case `name` again */
static const char *again(const char *name) {
    static char text[256];
    snprintf(text, sizeof text, "again: SEED=%" PRIu64 " VECTORS=%" PRIu64 "%s CK_RUN_CASE=%s %s", seed, vectors,
             exhaustive ? " EXHAUSTIVE=1" : "", name, program);
    return text;
}

/* ---- MPFR with the range and the precision of FP32 or BF16, one rounding ---- */

static mpfr_t factor_a, factor_b, addend, result;

static void open_format(mpfr_prec_t precision, mpfr_exp_t least) {
    mpfr_set_emin(least);
    mpfr_set_emax(128);
    mpfr_inits2(24, factor_a, factor_b, addend, (mpfr_ptr)0);
    mpfr_init2(result, precision);
}
static void open_fp32(void) { open_format(24, -148); }
static void open_bf16(void) { open_format(8, -132); }
static void close_format(void) { mpfr_clears(factor_a, factor_b, addend, result, (mpfr_ptr)0); }

/* The result, which an operation left rounded to normal precision with ternary value t */
static uint32_t finish(int t) {
    mpfr_subnormalize(result, t, MPFR_RNDN);
    return vector_bits(mpfr_get_flt(result, MPFR_RNDN));
}

static uint32_t mpfr_fma_bits(uint16_t a, uint16_t b, uint32_t c) {
    mpfr_set_flt(factor_a, vector_widen(a), MPFR_RNDN);
    mpfr_set_flt(factor_b, vector_widen(b), MPFR_RNDN);
    mpfr_set_flt(addend, vector_value(c), MPFR_RNDN);
    return finish(mpfr_fma(result, factor_a, factor_b, addend, MPFR_RNDN));
}

static uint32_t mpfr_add_bits(uint32_t x, uint32_t y) {
    mpfr_set_flt(factor_a, vector_value(x), MPFR_RNDN);
    mpfr_set_flt(addend, vector_value(y), MPFR_RNDN);
    return finish(mpfr_add(result, factor_a, addend, MPFR_RNDN));
}

static uint32_t mpfr_bf16_bits(uint32_t x) { return finish(mpfr_set_flt(result, vector_value(x), MPFR_RNDN)) >> 16; }

/* ---- decoding and the product, on every BF16 value ---- */

/* significand 2^scale, exactly */
static double scaled(uint32_t significand, int scale) { return ldexp((double)significand, scale); }

START_TEST(every_bf16_decodes) {
    for (uint32_t x = 0; x < 1 << 16; x++) {
        uint32_t d = fp_decode((uint16_t)x), exponent = d >> 8 & 0x7FF, significand = d & 255;
        float value = vector_widen((uint16_t)x);
        int good = d >> 19 == x >> 15;
        if (isnan(value))
            good &= exponent == 1200 && significand == 0;
        else if (isinf(value))
            good &= exponent == 1200 && significand == 0x80;
        else if (value == 0)
            good &= exponent == 100 && significand == 0;
        else
            good &= significand >= 0x80 && scaled(significand, (int)exponent - 407) == fabs((double)value);
        if (!good) ck_abort_msg("fp_decode(%04X) = %05X, value %a", x, d, (double)value);
    }
}
END_TEST

/* Every value x every 61st, or all, and every special one: exact, or recognisably infinity or NaN */
START_TEST(products_are_exact) {
    const uint32_t step = exhaustive ? 1 : 61;
    for (uint32_t a = 0; a < 1 << 16; a++)
        for (uint32_t k = 0; k < (1 << 16) / step + VECTOR_BF16; k++) {
            uint16_t b = k < VECTOR_BF16 ? vector_special_bf16(k) : (uint16_t)((k - VECTOR_BF16) * step + a % step);
            uint32_t p = fp_multiply(fp_decode((uint16_t)a), fp_decode(b));
            uint32_t exponent = p >> 16 & 0xFFF, significand = p & 0xFFFF;
            double value = (double)vector_widen((uint16_t)a) * (double)vector_widen(b);
            int good = p >> 28 == (a >> 15 ^ b >> 15);
            if (value - value == 0) { /* finite: exponent 800 is 2^0 */
                uint64_t power = (uint64_t)(exponent + 1023 - 814) << 52;
                double two;
                memcpy(&two, &power, sizeof two);
                good &= exponent < 1200 && (significand ? significand * two : 0) == fabs(value);
            } else {
                good &= exponent >= 1200 && (significand == 0) == (value != value);
            }
            if (!good) ck_abort_msg("fp_multiply(%04X, %04X) = %08X, value %a", a, b, p, value);
        }
}
END_TEST

/* ---- fused multiply-add ---- */

static void check_fma(uint16_t a, uint16_t b, uint32_t c, uint64_t number) {
    uint32_t model = fp_fma(a, b, c), mpfr = mpfr_fma_bits(a, b, c);
    uint32_t host = vector_bits(fmaf(vector_widen(a), vector_widen(b), vector_value(c)));
    if (model != mpfr || model != host)
        ck_abort_msg("vector %" PRIu64 ": %04X x %04X + %08X: fp_fma %08X, MPFR %08X, host %08X; %s", number, a, b, c,
                     model, mpfr, host, again("fma"));
}

START_TEST(fma_special) {
    uint64_t number = 0;
    for (unsigned a = 0; a < VECTOR_BF16; a++)
        for (unsigned b = 0; b < VECTOR_BF16; b++)
            for (unsigned c = 0; c < VECTOR_FP32; c++)
                check_fma(vector_special_bf16(a), vector_special_bf16(b), vector_special_fp32(c), number++);
}
END_TEST

START_TEST(fma_random) {
    vector_source s = vector_open(seed, 1);
    for (uint64_t n = 0; n < vectors; n++) {
        vector_plan p = vector_plan_next(&s);
        uint16_t a = vector_operand(&s, p, 0), b = vector_operand(&s, p, 1);
        check_fma(a, b, vector_addend_of_product(&s, a, b), n);
    }
}
END_TEST

/* The random vectors reach what they are for: each kind of result at least once in 1000. */
START_TEST(fma_random_reaches) {
    enum { COUNT = 400000 };
    unsigned inexact = 0, tie = 0, subnormal = 0, subnormal_tie = 0, overflow = 0, cancelled = 0, deep = 0;
    mpfr_t exact, half;
    vector_source s = vector_open(seed, 1);
    for (unsigned n = 0; n < COUNT; n++) {
        vector_plan p = vector_plan_next(&s);
        uint16_t a = vector_operand(&s, p, 0), b = vector_operand(&s, p, 1);
        uint32_t c = vector_addend_of_product(&s, a, b), bits = mpfr_fma_bits(a, b, c), field = bits >> 23 & 255;
        if (!mpfr_number_p(factor_a) || !mpfr_number_p(factor_b) || !mpfr_number_p(addend)) continue;
        overflow += field == 255;
        if (field == 255) continue;
        mpfr_set_emin(-1000), mpfr_set_emax(1000);
        mpfr_init2(exact, 700), mpfr_init2(half, 700);
        mpfr_fma(exact, factor_a, factor_b, addend, MPFR_RNDN);
        mpfr_sub(half, exact, result, MPFR_RNDN);
        inexact += !mpfr_zero_p(half);
        mpfr_abs(half, half, MPFR_RNDN); /* a tie: half a unit in the last place of the result */
        int is_tie = mpfr_cmp_ui_2exp(half, 1, (int)(field ? field : 1) - 151) == 0;
        tie += is_tie;
        subnormal += field == 0 && bits << 1;
        subnormal_tie += field == 0 && is_tie;
        cancelled += bits << 1 == 0 && mpfr_zero_p(exact) && !mpfr_zero_p(addend);
        deep += field && mpfr_zero_p(half) && (int)field < (int)(c >> 23 & 255) - 8;
        mpfr_clear(exact), mpfr_clear(half);
        mpfr_set_emin(-148), mpfr_set_emax(128);
    }
    const struct {
        const char *name;
        unsigned count;
    } kinds[] = {
        {"inexact", inexact},   {"tie", tie},           {"subnormal", subnormal}, {"subnormal tie", subnormal_tie},
        {"overflow", overflow}, {"exact 0", cancelled}, {"cancellation", deep}};
    for (unsigned k = 0; k < sizeof kinds / sizeof kinds[0]; k++) {
        printf("# %s: %u of %u\n", kinds[k].name, kinds[k].count, (unsigned)COUNT);
        ck_assert_msg(kinds[k].count >= COUNT / 1000, "%s: %u of %u; %s", kinds[k].name, kinds[k].count,
                      (unsigned)COUNT, again("fma"));
    }
}
END_TEST

/* ---- addition ---- */

static void check_add(uint32_t x, uint32_t y, uint64_t number) {
    uint32_t model = fp_add(x, y), mpfr = mpfr_add_bits(x, y);
    uint32_t host = vector_bits(vector_value(x) + vector_value(y));
    if (model != mpfr || model != host)
        ck_abort_msg("vector %" PRIu64 ": %08X + %08X: fp_add %08X, MPFR %08X, host %08X; %s", number, x, y, model,
                     mpfr, host, again("add"));
}

START_TEST(add_special) {
    uint64_t number = 0;
    for (unsigned x = 0; x < VECTOR_FP32; x++)
        for (unsigned y = 0; y < VECTOR_FP32; y++)
            check_add(vector_special_fp32(x), vector_special_fp32(y), number++);
}
END_TEST

START_TEST(add_random) {
    vector_source s = vector_open(seed, 2);
    for (uint64_t n = 0; n < vectors; n++) {
        uint32_t x = vector_term(&s), y = vector_addend(&s, x);
        check_add(n & 1 ? x : y, n & 1 ? y : x, n);
    }
}
END_TEST

/* ---- FP32 to BF16 ---- */

/* By distance: of the two neighbours of x among the BF16 values, the nearer, or the even one. In double, exact. */
static inline uint32_t bf16_by_distance(uint32_t x) {
    uint32_t sign = x >> 16 & 0x8000, magnitude = x & 0x7FFFFFFF, below = magnitude >> 16;
    double value = (double)vector_value(magnitude), low = (double)vector_value(below << 16);
    double high = below == 0x7F7F ? 0x1p128 : (double)vector_value((below + 1) << 16);
    double down = value - low, up = high - value;
    uint32_t nearest = down < up ? below : up < down ? below + 1 : below + (below & 1);
    nearest = magnitude == 0x7F800000 ? 0x7F80 : nearest;
    return magnitude > 0x7F800000 ? 0x7FC0 : sign | nearest;
}

/* Around every BF16 value and every middle between two */
START_TEST(to_bf16_corners) {
    static const uint16_t lower[] = {0, 1, 2, 0x3FFF, 0x7FFE, 0x7FFF, 0x8000, 0x8001, 0xBFFF, 0xFFFE, 0xFFFF};
    vector_source s = vector_open(seed, 3);
    for (uint32_t upper = 0; upper < 1 << 16; upper++)
        for (unsigned k = 0; k < sizeof lower / sizeof lower[0] + 5; k++) {
            uint32_t low = k < sizeof lower / sizeof lower[0] ? lower[k] : (uint32_t)vector_random(&s) & 0xFFFF;
            uint32_t x = upper << 16 | low, model = fp_to_bf16(x), mpfr = mpfr_bf16_bits(x);
            if (model != mpfr || model != bf16_by_distance(x))
                ck_abort_msg("fp_to_bf16(%08X) = %04X, MPFR %04X, by distance %04X; %s", x, model, mpfr,
                             bf16_by_distance(x), again("to_bf16"));
        }
}
END_TEST

/* All 2^32, or one of 211 */
START_TEST(to_bf16_all) {
    const uint64_t step = exhaustive ? 1 : 211, start = exhaustive ? 0 : seed % step;
    enum { BLOCK = 1 << 12 };
    for (uint64_t base = start; base < UINT64_C(1) << 32; base += BLOCK * step) {
        uint32_t differ = 0;
        for (uint32_t k = 0; k < BLOCK; k++) { /* wraps around at the end, when the step is not 1 */
            uint32_t x = (uint32_t)(base + k * step);
            differ |= fp_to_bf16(x) ^ bf16_by_distance(x);
        }
        for (uint32_t k = 0; differ && k < BLOCK; k++) {
            uint32_t x = (uint32_t)(base + k * step);
            if (fp_to_bf16(x) != bf16_by_distance(x))
                ck_abort_msg("fp_to_bf16(%08X) = %04X, by distance %04X; %s", x, fp_to_bf16(x), bf16_by_distance(x),
                             again("to_bf16"));
        }
    }
}
END_TEST

/* ---- kernels: chains of fp_fma and fp_add ---- */

static const char *const kernel_names[] = {"avx512", "avx2", "portable"};
enum { KERNELS = sizeof kernel_names / sizeof kernel_names[0] };

static const kernel *kernel_of(int number) {
    const kernel *k = kernel_select(kernel_names[number]);
    if (!k) printf("# %s: not on this host\n", kernel_names[number]);
    return k;
}

START_TEST(kernel_accumulates) {
    enum { ROWS = 6, WIDTH = 80 };
    const kernel *k = kernel_of(_i);
    vector_source s = vector_open(seed, 16 + (unsigned)_i);
    for (uint64_t n = 0, round = 0; k && n < vectors; round++) {
        uint16_t a[ROWS * WIDTH], b[ROWS * WIDTH];
        uint32_t before[WIDTH], after[WIDTH], wide[WIDTH];
        float sum[WIDTH];
        unsigned rows = 1 + vector_below(vector_random(&s), ROWS), width = 1 + vector_below(vector_random(&s), WIDTH);
        for (unsigned i = 0; i < width; i++) {
            vector_plan p = vector_plan_next(&s);
            for (unsigned r = 0; r < rows; r++) {
                uint16_t *x = a + r * width + i, *y = b + r * width + i;
                *x = vector_operand(&s, p, 0), *y = vector_operand(&s, p, 1);
                if (r && p.exponent[0] % 3 == 0) *x = x[-(int)width] ^ 0x8000, *y = y[-(int)width];
            }
            after[i] = before[i] = vector_addend_of_product(&s, a[i], b[i]);
            for (unsigned r = 0; r < rows; r++)
                after[i] = fp_fma(a[r * width + i], b[r * width + i], after[i]);
        }
        memcpy(sum, before, width * sizeof *sum);
        k->accumulate(a, b, rows, width, sum);
        memcpy(wide, sum, width * sizeof *sum);
        for (unsigned i = 0; i < width; i++)
            if (wide[i] != after[i])
                ck_abort_msg("%s, round %" PRIu64 ", element %u of %u, %u rows, %08X + %04X x %04X ..: %08X, fp.h "
                             "%08X; %s",
                             k->name, round, i, width, rows, before[i], a[i], b[i], wide[i], after[i],
                             again("kernels"));
        n += (uint64_t)rows * width;
    }
}
END_TEST

/* The largest magnitudes so far, of all numbers there are: against a written-out maximum. */
START_TEST(kernel_raises_peaks) {
    enum { ROWS = 7, WIDTH = 157 };
    const kernel *k = kernel_of(_i);
    vector_source s = vector_open(seed, 24 + (unsigned)_i);
    for (unsigned round = 0; k && round < 100; round++) {
        uint16_t a[ROWS * WIDTH], peak[WIDTH + 1], want[WIDTH + 1];
        const unsigned rows = 1 + vector_below(vector_random(&s), ROWS),
                       width = 1 + vector_below(vector_random(&s), WIDTH);
        for (unsigned i = 0; i < rows * width; i++)
            a[i] = (uint16_t)vector_random(&s);
        for (unsigned i = 0; i <= width; i++) {
            want[i] = peak[i] = vector_random(&s) & 0x7FFF & -(round % 2);
            for (unsigned r = 0; r < rows && i < width; r++)
                if ((a[r * width + i] & 0x7FFF) > want[i]) want[i] = a[r * width + i] & 0x7FFF;
        }
        k->raise_peaks(a, rows, width, peak);
        for (unsigned i = 0; i <= width; i++)
            if (peak[i] != want[i])
                ck_abort_msg("%s, round %u, element %u of %u, %u rows: %04X, not %04X; %s", k->name, round, i, width,
                             rows, peak[i], want[i], again("peaks"));
    }
}
END_TEST

/* The best of this host is found by its name too: else the tests above would pass it by. */
START_TEST(kernels_have_names) {
    const kernel *best = kernel_select(NULL);
    ck_assert_ptr_eq(kernel_select(best->name), best);
    ck_assert_ptr_nonnull(kernel_select("portable"));
    ck_assert_ptr_null(kernel_select("no such kernel"));
}
END_TEST

/* Products from +0: all of them, or every 257th value x all. A product of two BF16 is exact in double. */
START_TEST(kernel_products) {
    enum { ALL = 1 << 16 };
    const kernel *k = kernel_of(_i);
    const unsigned step = exhaustive ? 1 : 257;
    static uint16_t a[ALL], b[ALL];
    static float sum[ALL];
    for (unsigned i = 0; i < ALL; i++)
        b[i] = (uint16_t)i;
    for (unsigned x = seed % step; k && x < ALL; x += step) {
        uint32_t differ = 0;
        for (unsigned i = 0; i < ALL; i++)
            a[i] = (uint16_t)x, sum[i] = 0;
        k->accumulate(a, b, 1, ALL, sum);
        for (unsigned i = 0; i < ALL; i++) {
            uint32_t bits;
            memcpy(&bits, sum + i, sizeof bits);
            const uint32_t want = vector_bits((float)((double)vector_widen(a[i]) * vector_widen(b[i]) + 0.0));
            differ |= bits ^ want;
            if (differ)
                ck_abort_msg("%s: %04X x %04X: %08X, not %08X; %s", k->name, a[i], b[i], bits, want,
                             again("kernels"));
        }
    }
}
END_TEST

/* The sum of one output and lane as kernel.h and architecture.md say it: a chain a cluster, added in turn from +0 */
static uint32_t chain(const uint16_t *panels, size_t stride, unsigned output, const span *spans, size_t count,
                      const uint16_t *x, unsigned lanes, unsigned lane) {
    uint32_t total = 0, sum = 0;
    for (const span *s = spans; s < spans + count; s++) {
        for (unsigned k = s->start; k < s->start + s->length; k++)
            sum = fp_fma(panels[output / PANEL * stride + k * PANEL + kernel_slot(output % PANEL)],
                         x[k * lanes + lane], sum);
        if (s->last) total = fp_add(total, sum), sum = 0;
    }
    return total;
}

START_TEST(kernel_contracts) {
    enum { PANELS = 6, DEPTH = 16 };
    const kernel *k = kernel_of(_i);
    vector_source s = vector_open(seed, 24 + (unsigned)_i);
    uint16_t panels[PANELS * DEPTH * PANEL], x[DEPTH * LANES];
    float wide[DEPTH * LANES], out[PANELS * PANEL * LANES];
    for (uint64_t n = 0, round = 0; k && n < vectors; round++) {
        uint64_t r = vector_random(&s);
        const unsigned depth = 1 + (r & 15), lanes = 1u << (r >> 4 & 3);
        const unsigned first = vector_below(vector_random(&s), PANELS * PANEL);
        const unsigned count = 1 + vector_below(vector_random(&s), PANELS * PANEL - first);
        span spans[DEPTH];
        size_t span_count = 0;
        for (unsigned at = 0; at < depth; span_count++) {
            unsigned length = 1 + vector_below(vector_random(&s), depth - at);
            spans[span_count] = (span){at, length, at + length == depth || vector_random(&s) & 1};
            at += length;
        }
        /* Special values where the plan has them: seldom, else all sums are NaN. An index may take back the one
         * before. */
        vector_plan p = vector_plan_next(&s);
        if (p.kind < 2 && round % 8) p.kind += 2;
        for (unsigned i = 0; i < depth; i++) {
            int back = i && (vector_random(&s) & 3) == 0;
            for (unsigned j = 0; j < PANELS * PANEL; j++) {
                uint16_t *to = panels + j / PANEL * (DEPTH * PANEL) + i * PANEL + j % PANEL;
                *to = back ? to[-PANEL] : vector_operand(&s, p, 0);
            }
            for (unsigned e = 0; e < lanes; e++) {
                uint16_t *to = x + i * lanes + e;
                *to = back ? to[-(int)lanes] ^ 0x8000 : vector_operand(&s, p, 1);
                wide[i * lanes + e] = vector_widen(*to);
            }
        }
        kernel_contract(k, panels, DEPTH * PANEL, first, count, spans, span_count, wide, lanes, out);
        for (unsigned o = 0; o < count; o++)
            for (unsigned e = 0; e < LANES; e++) {
                uint32_t bits,
                    model = e < lanes ? chain(panels, DEPTH * PANEL, first + o, spans, span_count, x, lanes, e) : 0;
                memcpy(&bits, out + o * LANES + e, sizeof bits);
                if (bits != model)
                    ck_abort_msg("%s, round %" PRIu64
                                 ", output %u of [%u, +%u), lane %u of %u, depth %u in %zu spans: "
                                 "%08X, fp.h %08X; %s",
                                 k->name, round, first + o, first, count, e, lanes, depth, span_count, bits, model,
                                 again("kernels"));
            }
        n += (uint64_t)count * lanes * depth;
    }
}
END_TEST

/* ---- ---- */

static TCase *new_case(Suite *suite, const char *name) {
    TCase *c = tcase_create(name);
    tcase_set_timeout(c, 0);
    suite_add_tcase(suite, c);
    return c;
}

int main(int argc, char **argv) {
    (void)argc;
    program = argv[0];
    if (getenv("SEED")) seed = strtoull(getenv("SEED"), NULL, 10);
    if (getenv("VECTORS")) vectors = strtoull(getenv("VECTORS"), NULL, 10);
    exhaustive = getenv("EXHAUSTIVE") != NULL;
    printf("# SEED=%" PRIu64 ", %" PRIu64 " vectors a random case\n", seed, vectors);
    fflush(stdout);

    Suite *suite = suite_create("fp");
    TCase *product = new_case(suite, "product"), *fma = new_case(suite, "fma"), *add = new_case(suite, "add");
    TCase *to_bf16 = new_case(suite, "to_bf16"), *kernels = new_case(suite, "kernels"),
          *peaks = new_case(suite, "peaks");
    tcase_add_test(product, every_bf16_decodes);
    tcase_add_test(product, products_are_exact);
    tcase_add_checked_fixture(fma, open_fp32, close_format);
    tcase_add_test(fma, fma_special);
    tcase_add_test(fma, fma_random);
    tcase_add_test(fma, fma_random_reaches);
    tcase_add_checked_fixture(add, open_fp32, close_format);
    tcase_add_test(add, add_special);
    tcase_add_test(add, add_random);
    tcase_add_checked_fixture(to_bf16, open_bf16, close_format);
    tcase_add_test(to_bf16, to_bf16_corners);
    tcase_add_test(to_bf16, to_bf16_all);
    tcase_add_loop_test(kernels, kernel_accumulates, 0, KERNELS);
    tcase_add_test(peaks, kernels_have_names);
    tcase_add_loop_test(peaks, kernel_raises_peaks, 0, KERNELS);
    tcase_add_loop_test(kernels, kernel_products, 0, KERNELS);
    tcase_add_loop_test(kernels, kernel_contracts, 0, KERNELS);
    SRunner *runner = srunner_create(suite);
    srunner_run_all(runner, CK_ENV);
    int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed ? 1 : 0;
}
