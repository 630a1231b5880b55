/* test_vectors.c - the generators of golden vectors against their formulas in other arithmetic, and their texts.
 * SPDX-License-Identifier: Apache-2.0 */
#include "../cmodel/generate.h"
#include "../cmodel/fp.h"
#include "../cmodel/hash.h"

#include <check.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

static uint16_t *made(const char *text, uint32_t seed, generator *g) {
    char message[256];
    ck_assert_msg(generate_parse(text, g, message), "%s", message);
    uint16_t *a = malloc((size_t)g->rows * g->columns * sizeof *a);
    ck_assert(a && generate(g, seed, a));
    return a;
}

static double value_of(uint16_t bits) {
    const uint32_t word = (uint32_t)bits << 16;
    float value;
    memcpy(&value, &word, sizeof value);
    return (double)value;
}

/* A double that is exact, rounded once by the reference of the MAC. */
static uint16_t rounded(double exact) {
    const float value = (float)exact;
    uint32_t bits;
    memcpy(&bits, &value, sizeof bits);
    ck_assert((double)value == exact);
    return fp_to_bf16(bits);
}

static const char *const all[] = {
    "zero(13,21)",       "zero(13,21,1)",       "constant(13,21,16384)", "identity(13,21)", "noise(13,21)",
    "noise(13,21,-133)", "noise(13,21,-128)",   "noise(13,21,120)",      "cancel(13,21)",   "ties(13,21)",
    "repeat(13,21,3)",   "deficient(13,21,60)", "holes(13,21,4)",        "outliers(13,21)", "range(13,21,-133,120)",
    "spectrum(13,21)",   "spectrum(13,21,0,0)", "spectrum(13,21,16,21)"};
enum { ALL = sizeof all / sizeof *all };

/* Finite, the same again, and elements do not depend on the shape (but of what says how many columns there are). */
START_TEST(functions_of_place) {
    generator g, wide;
    uint16_t *a = made(all[_i], 7, &g), *again = made(all[_i], 7, &g);
    ck_assert_mem_eq(a, again, 13 * 21 * sizeof *a);
    for (unsigned k = 0; k < 13 * 21; k++)
        ck_assert_msg((a[k] & 0x7FFF) < 0x7F80, "%s: element %u is %04x", all[_i], k, a[k]);
    wide = g;
    wide.rows = 40;
    uint16_t *more = malloc((size_t)40 * 21 * sizeof *more);
    ck_assert(more && generate(&wide, 7, more));
    ck_assert_mem_eq(a, more, 13 * 21 * sizeof *a);
    free(a), free(again), free(more);
}
END_TEST

START_TEST(noise_is_its_formula) {
    generator g;
    static const char *const texts[] = {"noise(50,70)", "noise(50,70,-133)", "noise(50,70,-130)", "noise(50,70,119)"};
    uint16_t *a = made(texts[_i], 0xDEADBEEF, &g);
    for (unsigned r = 0; r < 50; r++)
        for (unsigned c = 0; c < 70; c++) {
            const uint32_t h = hash3(0xDEADBEEF, r, c);
            const double exact = ldexp(h & 256 ? -(double)(h & 255) : (double)(h & 255), g.number[0]);
            ck_assert(value_of(a[r * 70 + c]) == exact);
        }
    free(a);
}
END_TEST

START_TEST(spectrum_is_its_formula) {
    generator g;
    uint16_t *a = made("spectrum(70,83,16,5)", 12345, &g);
    double most = 0;
    for (unsigned r = 0; r < 70; r++)
        for (unsigned c = 0; c < 83; c++) {
            const uint32_t h = hash3(~12345u, r, c / 2);
            long sum = 16 * ((long)(c & 1 ? h >> 16 : h & 0xFFFF) - 32768), weight = 256;
            for (unsigned k = 0; k < 16; k++, weight = weight * 3 / 4)
                sum += weight * ((long)(hash3(12345, r, 2 * k + 2) >> 24) % 255 - 127) *
                       ((long)(hash3(12345, c, 2 * k + 1) >> 24) % 255 - 127);
            const bool outlier = c % (83 / 5) == 0 && c / (83 / 5) < 5;
            ck_assert_uint_eq(a[r * 83 + c], rounded(ldexp((double)sum, outlier ? -16 : -20)));
            most = fmax(most, fabs((double)sum));
        }
    ck_assert(most < 1 << 24); /* exact in FP32 */
    free(a);
}
END_TEST

START_TEST(structure) {
    generator g;
    uint16_t *a = made("repeat(30,40,3)", 3, &g);
    for (unsigned k = 0; k < 30 * 40; k++)
        ck_assert_uint_eq(a[k], a[k / 40 * 40 + k % 40 % 3]);
    free(a);
    a = made("cancel(30,40)", 3, &g);
    for (unsigned k = 0; k < 30 * 40; k += 2)
        ck_assert(fabs(value_of(a[k]) + value_of(a[k + 1])) == 0x1p-8 && fabs(value_of(a[k])) >= 0.5);
    free(a);
    a = made("deficient(30,40,60)", 3, &g);
    for (unsigned r = 0; r < 30; r++)
        for (unsigned c = 0; c < 40; c++) {
            int sum = 0;
            for (unsigned k = 0; k < 60; k++)
                sum += ((int)(hash3(3, r, 2 * k) % 5) - 2) * ((int)(hash3(3, c, 2 * k + 1) % 5) - 2);
            ck_assert(value_of(a[r * 40 + c]) == sum);
        }
    free(a);
    a = made("holes(30,40,4)", 3, &g);
    unsigned other = 0;
    for (unsigned k = 0; k < 30 * 40; k++) {
        ck_assert(k % 40 % 4 || a[k] == 0);
        other += a[k] != 0;
    }
    ck_assert_uint_gt(other, 30 * 29);
    free(a);
}
END_TEST

START_TEST(texts) {
    static const struct {
        const char *text, *said;
    } wrong[] = {{"", "it is not NAME("},
                 {"noise", "it is not NAME("},
                 {"noise()", "the number of rows is not a whole number"},
                 {"noise(8)", "the number of columns is missing"},
                 {"noise(8,0)", "the number of columns 0 is not 1..65536"},
                 {"noise(8,65537)", "is not 1..65536"},
                 {"noise(8,8,-134)", "exponent -134 is not -133..120"},
                 {"noise(8,8,1,2)", "noise takes 3 numbers at most"},
                 {"noise(8, 8)", "not a whole number"},
                 {"noise(8,8,)", "exponent is not a whole number"},
                 {"noise(8,99999999999999999999)", "is not 1..65536"},
                 {"noise(8,8))", "something follows the bracket"},
                 {"deficient(8,8,61)", "rank 61 is not 1..60"},
                 {"nois(8,8)", "no generator is called so; there are zero, "}};
    generator g;
    char message[256], text[GENERATE_TEXT];
    for (unsigned k = 0; k < sizeof wrong / sizeof *wrong; k++) {
        ck_assert_msg(!generate_parse(wrong[k].text, &g, message), "%s is taken", wrong[k].text);
        ck_assert_msg(strstr(message, wrong[k].said), "%s: %s", wrong[k].text, message);
    }
    ck_assert(generate_parse("range(8,9,-3)", &g, message));
    generate_text(&g, text);
    ck_assert_str_eq(text, "range(8,9,-3,50)");
    ck_assert(!generate_is_call("a/b(3,4)") && !generate_is_call("a.npy") && !generate_is_call("a)") &&
              !generate_is_call("") && generate_is_call("x(3)"));
}
END_TEST

int main(void) {
    Suite *suite = suite_create("vectors");
    TCase *c = tcase_create("generators");
    tcase_add_loop_test(c, functions_of_place, 0, ALL);
    tcase_add_loop_test(c, noise_is_its_formula, 0, 4);
    tcase_add_test(c, spectrum_is_its_formula);
    tcase_add_test(c, structure);
    tcase_add_test(c, texts);
    suite_add_tcase(suite, c);
    SRunner *runner = srunner_create(suite);
    srunner_run_all(runner, CK_ENV);
    const int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed != 0;
}
