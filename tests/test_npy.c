/* test_npy.c - the reader of .npy files: every dtype and order, one rounding, and files that are not what
 * they claim. SPDX-License-Identifier: Apache-2.0 */
#include "../cmodel/npy.h"

#include <check.h>
#include <math.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

typedef struct {
    char path[32], message[256];
    npy_matrix m;
} sample;

static void setup(sample *s) {
    memset(s, 0, sizeof *s);
    strcpy(s->path, "/tmp/test_npy_XXXXXX");
    close(mkstemp(s->path));
}

static void release(sample *s) {
    unlink(s->path);
    npy_release(&s->m);
}

/* A file of version `version`.0 with this dictionary and these bytes after it. */
static void write_file(const sample *s, int version, const char *dictionary, const void *bytes, size_t count) {
    FILE *f = fopen(s->path, "wb");
    ck_assert_ptr_nonnull(f);
    const size_t length = strlen(dictionary);
    fprintf(f, "\x93NUMPY%c%c%c%c", version, 0, (int)(length & 255), (int)(length >> 8 & 255));
    if (version > 1) fprintf(f, "%c%c", 0, 0);
    fwrite(dictionary, 1, length, f);
    fwrite(bytes, 1, count, f);
    fclose(f);
}

static void write_matrix(const sample *s, const char *dtype, bool fortran, size_t rows, size_t columns,
                         const void *bytes, size_t count) {
    char dictionary[128];
    snprintf(dictionary, sizeof dictionary, "{'descr': '%s', 'fortran_order': %s, 'shape': (%zu, %zu), }\n", dtype,
             fortran ? "True" : "False", rows, columns);
    write_file(s, 1, dictionary, bytes, count);
}

static dcom_status read_sample(sample *s) {
    npy_release(&s->m);
    return npy_read(s->path, &s->m, s->message);
}

static void expect_fault(sample *s, const char *text) {
    ck_assert_int_ne(read_sample(s), DCOM_OK);
    ck_assert_ptr_null(s->m.bits);
    ck_assert_msg(strstr(s->message, text) && strstr(s->message, s->path), "%s, instead of: %s", s->message, text);
}

static double widen(uint16_t bits) {
    const uint32_t word = (uint32_t)bits << 16;
    float x;
    memcpy(&x, &word, sizeof x);
    return (double)x;
}

/* To nearest even on BF16's grid, by scaling: says nothing of bits. */
static double nearest(double x) {
    int exponent;
    frexp(x, &exponent);
    if (exponent < -125) exponent = -125;
    return ldexp(nearbyint(ldexp(x, 8 - exponent)), exponent - 8);
}

/* ---- rounding ---- */

enum { POSITIVE = 0x7F7F }; /* positive finite BF16 numbers but the largest, with zero */

/* Between any two neighbours: half way, and the next double or float to either side of it. */
START_TEST(f8_rounds_once) {
    sample s;
    setup(&s);
    double(*x)[3] = malloc(2 * POSITIVE * sizeof *x);
    for (unsigned i = 0; i < 2 * POSITIVE; i++) {
        const unsigned bits = i / 2;
        const double middle = (widen((uint16_t)bits) + widen((uint16_t)(bits + 1))) / 2 * (i & 1 ? -1 : 1);
        x[i][0] = nextafter(middle, 0), x[i][1] = middle, x[i][2] = nextafter(middle, middle * 2);
    }
    write_matrix(&s, "<f8", false, 2 * POSITIVE, 3, x, 2 * POSITIVE * sizeof *x);
    ck_assert_msg(read_sample(&s) == DCOM_OK, "%s", s.message);
    for (unsigned i = 0; i < 2 * POSITIVE; i++)
        for (unsigned k = 0; k < 3; k++) {
            const unsigned bits = i / 2, up = k == 2 || (k == 1 && (bits & 1));
            ck_assert_uint_eq(s.m.bits[3 * i + k], (bits + up) | (i & 1) << 15);
            ck_assert_double_eq(widen(s.m.bits[3 * i + k]), nearest(x[i][k]));
        }
    free(x);
    release(&s);
}
END_TEST

START_TEST(f4_rounds_once) {
    sample s;
    setup(&s);
    float *x = malloc(3 * POSITIVE * sizeof *x);
    for (unsigned i = 0; i < POSITIVE; i++) {
        x[3 * i + 1] = (float)((widen((uint16_t)i) + widen((uint16_t)(i + 1))) / 2);
        x[3 * i] = nextafterf(x[3 * i + 1], 0), x[3 * i + 2] = nextafterf(x[3 * i + 1], INFINITY);
    }
    write_matrix(&s, "<f4", true, 3, POSITIVE, x, 3 * POSITIVE * sizeof *x);
    ck_assert_msg(read_sample(&s) == DCOM_OK, "%s", s.message);
    for (unsigned i = 0; i < POSITIVE; i++)
        for (unsigned k = 0; k < 3; k++)
            ck_assert_double_eq(widen(s.m.bits[k * POSITIVE + i]), nearest((double)x[3 * i + k]));
    free(x);
    release(&s);
}
END_TEST

START_TEST(f2_every_number) {
    sample s;
    setup(&s);
    uint16_t x[2 * 31 * 1024];
    unsigned n = 0;
    for (unsigned bits = 0; bits < 65536; bits++)
        if ((bits >> 10 & 31) != 31) x[n++] = (uint16_t)bits;
    write_matrix(&s, "<f2", false, n / 62, 62, x, sizeof x);
    ck_assert_msg(read_sample(&s) == DCOM_OK, "%s", s.message);
    for (unsigned i = 0; i < n; i++) {
        const int exponent = x[i] >> 10 & 31, fraction = x[i] & 1023;
        const double value = exponent ? ldexp(1 + fraction / 1024.0, exponent - 15) : ldexp(fraction, -24);
        ck_assert_double_eq(widen(s.m.bits[i]), nearest(x[i] >> 15 ? -value : value));
        ck_assert_uint_eq(s.m.bits[i] >> 15, x[i] >> 15);
    }
    release(&s);
}
END_TEST

START_TEST(u2_is_bf16_bits) {
    sample s;
    setup(&s);
    const uint16_t x[] = {0x3F80, 0x8000, 1, 0xFF7F, 0x7F7F, 0x0080};
    write_matrix(&s, "<u2", true, 2, 3, x, sizeof x);
    ck_assert_msg(read_sample(&s) == DCOM_OK, "%s", s.message);
    ck_assert_uint_eq(s.m.rows, 2);
    ck_assert_uint_eq(s.m.columns, 3);
    for (unsigned i = 0; i < 6; i++)
        ck_assert_uint_eq(s.m.bits[i % 2 * 3 + i / 2], x[i]);
    release(&s);
}
END_TEST

/* The largest BF16 is 2^128 - 2^120; half way from there to 2^128 rounds to infinity. */
START_TEST(too_large) {
    sample s;
    setup(&s);
    double x[2] = {0, nextafter(0x1.FFp127, 0)};
    write_matrix(&s, "<f8", false, 1, 2, x, sizeof x);
    ck_assert_int_eq(read_sample(&s), DCOM_OK);
    ck_assert_uint_eq(s.m.bits[1], 0x7F7F);
    static const double large[] = {0x1.FFp127, 0x1.FFFFFFFp127, 0x1p128, 1e300};
    for (unsigned i = 0; i < 4; i++) {
        x[1] = -large[i];
        write_matrix(&s, "<f8", false, 1, 2, x, sizeof x);
        expect_fault(&s, "row 0, column 1 is too large for BF16");
    }
    const float y[2] = {0, 0x1.FFp127f};
    write_matrix(&s, "<f4", false, 2, 1, y, sizeof y);
    expect_fault(&s, "row 1, column 0 is too large for BF16");
    release(&s);
}
END_TEST

/* ---- what the header may say ---- */

START_TEST(headers_that_are_good) {
    static const char *const good[] = {
        "{'descr': '<u2', 'fortran_order': False, 'shape': (2, 3), }          \n",
        "{'shape':(2,3),'fortran_order':False,'descr':'<u2'}",
        "{\"fortran_order\": False, \"descr\": \"<u2\", \"shape\": (2, 3,)}\n",
    };
    const uint16_t x[] = {1, 2, 3, 4, 5, 6};
    sample s;
    setup(&s);
    for (unsigned i = 0; i < 3; i++)
        for (int version = 1; version <= 3; version++) {
            write_file(&s, version, good[i], x, sizeof x);
            ck_assert_msg(read_sample(&s) == DCOM_OK, "%s", s.message);
            ck_assert_uint_eq(s.m.columns, 3);
            ck_assert_mem_eq(s.m.bits, x, sizeof x);
        }
    release(&s);
}
END_TEST

static const struct {
    const char *dictionary, *fault;
} bad_headers[] = {
    {"", "not a dictionary"},
    {"{}", "no descr"},
    {"{'descr': '<u2', 'fortran_order': False, 'shape': (2, 3), ", "not a dictionary"},
    {"{'descr': '<u2', 'fortran_order': False, 'shape': (2, 3), } x", "not a dictionary"},
    {"{'descr': '<u2', 'fortran_order': False, }", "no shape"},
    {"{'descr': '<u2', 'shape': (2, 3), }", "no fortran_order"},
    {"{'descr': '<u2', 'fortran_order': 0, 'shape': (2, 3), }", "neither True nor False"},
    {"{'descr': '<u2', 'fortran_order': False, 'shape': (2, 3), 'more': 1}", "unknown key, more"},
    {"{'descr': '<u2', 'descr': '<u2', 'fortran_order': False, 'shape': (2, 3), }", "descr twice"},
    {"{'descr': [('a', '<u2')], 'fortran_order': False, 'shape': (2, 3), }", "not of one plain type"},
    {"{'descr': '>f4', 'fortran_order': False, 'shape': (2, 3), }", "elements are >f4"},
    {"{'descr': '|O', 'fortran_order': False, 'shape': (2, 3), }", "elements are |O"},
    {"{'descr': '<f4\n\x01', 'fortran_order': False, 'shape': (2, 3), }", "elements are <f4??"},
    {"{'descr': '<u2', 'fortran_order': False, 'shape': (), }", "0 dimensions"},
    {"{'descr': '<u2', 'fortran_order': False, 'shape': (6,), }", "1 dimension,"},
    {"{'descr': '<u2', 'fortran_order': False, 'shape': (1, 2, 3), }", "3 dimensions"},
    {"{'descr': '<u2', 'fortran_order': False, 'shape': (2, -3), }", "not a tuple of sizes"},
    {"{'descr': '<u2', 'fortran_order': False, 'shape': (2 3), }", "not a tuple of sizes"},
    {"{'descr': '<u2', 'fortran_order': False, 'shape': [2, 3], }", "not a tuple"},
    {"{'descr': '<u2', 'fortran_order': False, 'shape': (0, 3), }", "empty: 0 tokens x 3 channels"},
    {"{'descr': '<u2', 'fortran_order': False, 'shape': (2, 0), }", "empty: 2 tokens x 0 channels"},
    {"{'descr': '<u2', 'fortran_order': False, 'shape': (4294967296, 4294967296), }", "beyond any memory"},
    {"{'descr': '<u2', 'fortran_order': False, 'shape': (9223372036854775808, 1), }", "beyond any memory"},
    {"{'descr': '<u2', 'fortran_order': False, 'shape': (99999999999999999999999, 1), }", "beyond any memory"},
    {"{'descr': '<u2', 'fortran_order': False, 'shape': (18446744073709551616, 1), }", "beyond any memory"},
    {"{'descr': '<u2', 'fortran_order': False, 'shape': (1000000000, 1000000000), }", "truncated: 12 bytes"},
    {"{'descr': '<f4', 'fortran_order': False, 'shape': (2, 3), }", "truncated: 12 bytes"},
    {"{'descr': '<u2', 'fortran_order': False, 'shape': (2, 2), }", "4 bytes too many"},
};

START_TEST(headers_that_are_bad) {
    const uint16_t x[] = {1, 2, 3, 4, 5, 6};
    sample s;
    setup(&s);
    write_file(&s, 1, bad_headers[_i].dictionary, x, sizeof x);
    expect_fault(&s, bad_headers[_i].fault);
    ck_assert_ptr_null(strchr(s.message, '\n'));
    release(&s);
}
END_TEST

START_TEST(versions_and_lengths) {
    sample s;
    setup(&s);
    const char *good = "{'descr': '<u2', 'fortran_order': False, 'shape': (1, 1), }";
    write_file(&s, 4, good, "ab", 2);
    expect_fault(&s, "version 4.0");
    write_file(&s, 0, good, "ab", 2);
    expect_fault(&s, "version 0.0");
    FILE *f = fopen(s.path, "wb");
    fprintf(f, "\x93NUMPY%c%c\xFF\xFF\xFF\xFF%s", 2, 0, good);
    fclose(f);
    expect_fault(&s, "truncated in the header");
    char *wide = malloc(100001);
    memset(wide, ' ', 100000);
    memcpy(wide, good, strlen(good)), wide[100000] = 0;
    f = fopen(s.path, "wb");
    fprintf(f, "\x93NUMPY%c%c%c%c%c%c%sab", 2, 0, 0xA0, 0x86, 1, 0, wide);
    fclose(f);
    expect_fault(&s, "a header of 100000 bytes");
    free(wide);
    f = fopen(s.path, "wb");
    fprintf(f, "\x93NUMPY%c%c%c%c{'descr'%c}", 1, 0, 10, 0, 0);
    fclose(f);
    expect_fault(&s, "not text");
    release(&s);
}
END_TEST

/* Files with bytes changed at random and cut: refused or read, never more. */
START_TEST(damaged_files) {

    sample s;
    setup(&s);
    const float x[] = {1, -2, 3, 4, 5, 6};
    write_matrix(&s, "<f4", false, 2, 3, x, sizeof x);
    unsigned char whole[256], changed[256];
    FILE *f = fopen(s.path, "rb");
    const size_t length = fread(whole, 1, sizeof whole, f);
    fclose(f);
    uint32_t random = 1;
    unsigned refused = 0;
    for (unsigned turn = 0; turn < 20000; turn++) {
        memcpy(changed, whole, length);
        for (unsigned k = 0; k <= turn % 3; k++) {
            random = random * 1664525 + 1013904223;
            changed[(random >> 8) % length] = (unsigned char)(random >> 24);
        }
        random = random * 1664525 + 1013904223;
        const size_t kept = turn % 4 ? length : (random >> 8) % length;
        unlink(s.path); /* a file cut to nothing and written again is forced to disk by some file systems */
        f = fopen(s.path, "wb");
        fwrite(changed, 1, kept, f);
        fclose(f);
        const dcom_status status = read_sample(&s);
        ck_assert_int_eq(status == DCOM_OK, s.message[0] == 0);
        ck_assert(strpbrk(s.message, "\n\r") == NULL);
        refused += status != DCOM_OK;
    }
    ck_assert_uint_gt(refused, 10000);
    release(&s);
}
END_TEST

/* ---- writing ---- */

START_TEST(written_is_read_again) {
    sample s;
    setup(&s);
    const float x[] = {1, -0.5f, 3, 0, 5, 1024};
    ck_assert_int_eq(npy_write_f32(s.path, x, 3, 2, s.message), DCOM_OK);
    ck_assert_msg(read_sample(&s) == DCOM_OK, "%s", s.message);
    ck_assert_uint_eq(s.m.rows, 3);
    for (unsigned i = 0; i < 6; i++)
        ck_assert_double_eq(widen(s.m.bits[i]), (double)x[i]);
    const int32_t list[] = {7, 8};
    ck_assert_int_eq(npy_write_i32(s.path, list, 2, s.message), DCOM_OK);
    expect_fault(&s, "1 dimension,");
    ck_assert_int_eq(npy_write_f32("/nowhere/x.npy", x, 3, 2, s.message), DCOM_E_FILE);
    ck_assert_str_eq(s.message, "/nowhere/x.npy: No such file or directory");
    release(&s);
}
END_TEST

START_TEST(lists_are_read_again) {
    sample s;
    setup(&s);
    const int32_t list[] = {-7, 8, INT32_MAX};
    for (size_t length = 0; length <= 3; length++) {
        int32_t *got;
        size_t count;
        ck_assert_int_eq(npy_write_i32(s.path, list, length, s.message), DCOM_OK);
        ck_assert_msg(npy_read_i32(s.path, &got, &count, s.message) == DCOM_OK, "%s", s.message);
        ck_assert_uint_eq(count, length);
        ck_assert_int_eq(memcmp(got, list, length * sizeof *list), 0);
        free(got);
    }
    static const struct {
        const char *dictionary, *fault;
    } bad[] = {{"{'descr': '<i4', 'fortran_order': False, 'shape': (3, 1), }", "2 dimensions, not 1"},
               {"{'descr': '<u4', 'fortran_order': False, 'shape': (3,), }", "elements are <u4, not <i4"},
               {"{'descr': '<i4', 'fortran_order': False, 'shape': (4,), }", "truncated: 12 bytes"},
               {"{'descr': '<i4', 'fortran_order': False, 'shape': (2,), }", "4 bytes too many"},
               {"{'descr': '<i4', 'fortran_order': False, 'shape': (9223372036854775807,), }", "beyond any memory"}};
    for (unsigned i = 0; i < sizeof bad / sizeof *bad; i++) {
        int32_t *got = (int32_t *)&s;
        size_t count = 9;
        write_file(&s, 1, bad[i].dictionary, list, sizeof list);
        ck_assert_int_eq(npy_read_i32(s.path, &got, &count, s.message), DCOM_E_FILE);
        ck_assert(got == NULL && count == 0);
        ck_assert_msg(strstr(s.message, bad[i].fault) && strstr(s.message, s.path), "%s, instead of: %s", s.message,
                      bad[i].fault);
    }
    release(&s);
}
END_TEST

/* Of a factor with no columns, or no rows, there is nothing to read; otherwise it is a matrix like any other. */
START_TEST(factors_may_be_empty) {
    sample s;
    setup(&s);
    const float x[] = {1, NAN};
    write_matrix(&s, "<f4", false, 99999999999, 0, x, 0);
    ck_assert_msg(npy_read_factor(s.path, &s.m, s.message) == DCOM_OK, "%s", s.message);
    ck_assert(s.m.rows == 99999999999 && s.m.columns == 0 && s.m.bits == NULL);
    write_matrix(&s, "<f4", true, 0, 5, x, 0);
    ck_assert_msg(npy_read_factor(s.path, &s.m, s.message) == DCOM_OK, "%s", s.message);
    ck_assert(s.m.rows == 0 && s.m.columns == 5 && s.m.bits == NULL);
    write_matrix(&s, "<f4", false, 0, 5, x, 4);
    ck_assert_int_eq(npy_read_factor(s.path, &s.m, s.message), DCOM_E_FILE);
    ck_assert_ptr_nonnull(strstr(s.message, "4 bytes too many"));
    write_matrix(&s, "<f4", false, 1, 2, x, 8);
    ck_assert_int_eq(npy_read_factor(s.path, &s.m, s.message), DCOM_E_VALUE);
    ck_assert_ptr_nonnull(strstr(s.message, "row 0, column 1 is NaN"));
    write_matrix(&s, "<f4", false, 1, 1, x, 4);
    ck_assert_int_eq(npy_read_factor(s.path, &s.m, s.message), DCOM_OK);
    ck_assert_uint_eq(s.m.bits[0], 0x3F80);
    release(&s);
}
END_TEST

int main(void) {
    Suite *suite = suite_create("npy");
    TCase *rounding = tcase_create("rounding"), *header = tcase_create("header"), *output = tcase_create("output");
    tcase_add_test(rounding, f8_rounds_once);
    tcase_add_test(rounding, f4_rounds_once);
    tcase_add_test(rounding, f2_every_number);
    tcase_add_test(rounding, u2_is_bf16_bits);
    tcase_add_test(rounding, too_large);
    tcase_add_test(header, headers_that_are_good);
    tcase_add_loop_test(header, headers_that_are_bad, 0, (int)(sizeof bad_headers / sizeof *bad_headers));
    tcase_add_test(header, versions_and_lengths);
    tcase_add_test(header, damaged_files);
    tcase_set_timeout(header, 0);
    tcase_add_test(output, written_is_read_again);
    tcase_add_test(output, lists_are_read_again);
    tcase_add_test(output, factors_may_be_empty);
    suite_add_tcase(suite, rounding);
    suite_add_tcase(suite, header);
    suite_add_tcase(suite, output);
    SRunner *runner = srunner_create(suite);
    srunner_run_all(runner, CK_ENV);
    const int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed ? 1 : 0;
}
