/* test_comparator.c - comparator and fingerprint alone: no difference of one bit goes unseen, and the first pair
 * added is told. SPDX-License-Identifier: Apache-2.0 */
#include "../tb/comparator.h"
#include "../tb/fingerprint.h"

#include <check.h>
#include <stdlib.h>
#include <string.h>

enum { BYTES = 4096, LONGEST = 100 };
static uint8_t model[BYTES], rtl[BYTES];
static comparator c;
static unsigned group; /* of what is added */

static void fill(void) {
    for (unsigned k = 0; k < BYTES; k++)
        model[k] = rtl[k] = (uint8_t)(k * 167 + 13 + (k >> 8));
}

static void open_comparator(void) { group = 0, comparator_init(&c), fill(); }
static void close_comparator(void) { comparator_release(&c); }

static void add(size_t model_at, size_t rtl_at, size_t bytes, unsigned line) {
    ck_assert_int_eq(comparator_add(&c, model + model_at, rtl + rtl_at, bytes, line, line + 1, line + 2, group), 0);
}

/* The line told when bit `bit` of rtl[at] is turned over; -1 none. The bit is turned back. */
static int told(size_t at, unsigned bit) {
    rtl[at] ^= (uint8_t)(1u << bit);
    const comparator_pair *p = comparator_check(&c);
    rtl[at] ^= (uint8_t)(1u << bit);
    if (p) ck_assert(p->row == p->line + 1 && p->column == p->line + 2);
    return p ? (int)p->line : -1;
}

/* Every byte of a range of _i bytes, at each of 8 alignments of both sides; the bytes beside it do not count. */
START_TEST(every_byte_counts) {
    const size_t bytes = (size_t)_i;
    for (size_t shift = 0; shift < 8; shift++) {
        const size_t at = 64 + shift;
        comparator_release(&c);
        memcpy(model + 2048 + 3 * shift, rtl + at, bytes);
        add(2048 + 3 * shift, at, bytes, 5);
        ck_assert_int_eq(comparator_seal(&c), 0);
        ck_assert_uint_eq(c.bytes, bytes);
        ck_assert_ptr_eq(comparator_check(&c), NULL);
        for (size_t k = 0; k < bytes; k++)
            for (unsigned bit = 0; bit < 8; bit++)
                ck_assert_msg(told(at + k, bit) == 5, "byte %zu of %zu, bit %u, shift %zu: not told", k, bytes, bit,
                              shift);
        for (size_t k = 1; k <= 64; k++)
            ck_assert_msg(told(at - k, 0) == -1 && told(at + bytes + k - 1, 7) == -1, "byte %zu beside %zu is told",
                          k, bytes);
        ck_assert_ptr_eq(comparator_check(&c), NULL);
    }
}
END_TEST

/* Adjacent pairs are one run; each is told as itself. */
START_TEST(adjacent_pairs_merge) {
    static const size_t sizes[] = {1, 3, 4, 64, 8, 100, 2, 32, 7, 65};
    enum { PAIRS = sizeof sizes / sizeof sizes[0] };
    size_t at = 17;
    for (unsigned k = 0; k < PAIRS; k++)
        add(at, at, sizes[k], k), at += sizes[k];
    ck_assert_int_eq(comparator_seal(&c), 0);
    ck_assert_uint_eq(c.count, PAIRS);
    ck_assert_uint_eq(c.run_count, 1);
    ck_assert_uint_eq(c.bytes, at - 17);
    at = 17;
    for (unsigned k = 0; k < PAIRS; k++)
        for (size_t n = 0; n < sizes[k]; n++, at++)
            ck_assert_int_eq(told(at, (unsigned)n % 8), (int)k);
}
END_TEST

/* Adjacent on one side only, or with a gap: not one run. */
START_TEST(others_do_not_merge) {
    memcpy(model + 1000, rtl + 116, 16);
    memcpy(model + 2000, rtl + 132, 16);
    add(100, 100, 16, 0);
    add(1000, 116, 16, 1);
    add(2000, 132, 16, 2);
    add(149, 149, 16, 3);
    ck_assert_int_eq(comparator_seal(&c), 0);
    ck_assert_uint_eq(c.run_count, 4);
    ck_assert_ptr_eq(comparator_check(&c), NULL);
    ck_assert_int_eq(told(120, 1), 1);
    ck_assert_int_eq(told(140, 1), 2);
    ck_assert_int_eq(told(148, 1), -1);
    ck_assert_int_eq(told(149, 1), 3);
}
END_TEST

/* The first one added is told, wherever it lies. */
START_TEST(order_of_adding) {
    enum { PAIRS = 12 };
    static const unsigned order[PAIRS] = {7, 2, 11, 0, 5, 9, 1, 10, 3, 8, 4, 6};
    for (unsigned k = 0; k < PAIRS; k++)
        add(200 + 40 * order[k], 200 + 40 * order[k], _i ? 40 : 33, k);
    ck_assert_int_eq(comparator_seal(&c), 0);
    ck_assert_uint_eq(c.run_count, _i ? 1 : PAIRS);
    for (unsigned first = 0; first < PAIRS; first++)
        for (unsigned second = first + 1; second < PAIRS; second++) {
            rtl[200 + 40 * order[second] + 5] ^= 16;
            ck_assert_int_eq(told(200 + 40 * order[first] + 30, 3), (int)first);
            ck_assert_int_eq(told(0, 0), (int)second);
            rtl[200 + 40 * order[second] + 5] ^= 16;
        }
    ck_assert_ptr_eq(comparator_check(&c), NULL);
}
END_TEST

/* More pairs than the first allocation holds, in random places. */
START_TEST(many_pairs) {
    for (unsigned k = 0; k < 1000; k++)
        add((k * 389) % 1000 * 4, (k * 389) % 1000 * 4, 3, k);
    ck_assert_int_eq(comparator_seal(&c), 0);
    ck_assert_uint_eq(c.count, 1000);
    ck_assert_uint_eq(c.bytes, 3000);
    for (unsigned k = 0; k < 1000; k++) {
        ck_assert_int_eq(told((k * 389) % 1000 * 4 + k % 3, k % 8), (int)k);
        ck_assert_int_eq(told((k * 389) % 1000 * 4 + 3, k % 8), -1);
    }
}
END_TEST

/* Pairs of different groups are never one run, and a check looks at all groups. */
START_TEST(groups_do_not_merge) {
    enum { GROUPS = 5 };
    for (unsigned k = 0; k < 3 * GROUPS; k++)
        group = k % GROUPS, add(80 * k, 80 * k, 80, k);
    ck_assert_int_eq(comparator_seal(&c), 0);
    ck_assert_uint_eq(c.groups, GROUPS);
    ck_assert_uint_eq(c.run_count, 3 * GROUPS);
    for (unsigned k = 0; k < 3 * GROUPS; k++)
        ck_assert_int_eq(told(80 * k + 79, 1), (int)k);
}
END_TEST

/* Each part sees its share, and all parts together see everything. */
START_TEST(parts_share_the_check) {
    enum { PARTS = 3, PAIRS = 7 };
    for (unsigned k = 0; k < PAIRS; k++)
        add(100 * k, 100 * k, 77, k);
    ck_assert_int_eq(comparator_seal(&c), 0);
    for (unsigned k = 0; k < PAIRS; k++) {
        unsigned seen = 0;
        rtl[100 * k + 76] ^= 2;
        for (unsigned part = 0; part < PARTS; part++) {
            const comparator_pair *p = comparator_check_part(&c, part, PARTS);
            ck_assert(!p || p->line == k);
            seen += p != NULL;
        }
        rtl[100 * k + 76] ^= 2;
        ck_assert_uint_eq(seen, 1);
    }
}
END_TEST

/* Bits that differ twice in one word do not cancel. */
START_TEST(differences_do_not_cancel) {
    add(0, 0, 640, 0);
    ck_assert_int_eq(comparator_seal(&c), 0);
    for (unsigned other = 1; other < 640; other++) {
        rtl[other] ^= 1;
        ck_assert_int_eq(told(0, 0), 0);
        rtl[other] ^= 1;
    }
}
END_TEST

/* ---- fingerprints ---- */

/* Ranges as clusters have them (the usual shape of fingerprint.c), and others, in groups of their own. */
static void add_shapes(unsigned groups) {
    static const size_t sizes[3][8] = {{576, 256, 32, 32, 6, 1, 2}, {64, 320, 32, 100}, {1, 2, 3, 4, 5, 6, 7, 8}};
    size_t at = 5;
    unsigned line = 0;
    for (group = 0; group < groups; group++)
        for (unsigned k = 0; k < 8 && sizes[group % 3][k]; k++, at += 3)
            add(at, at, sizes[group % 3][k], line++), at += sizes[group % 3][k];
    ck_assert_uint_lt(at + 8, BYTES);
    ck_assert_int_eq(comparator_seal(&c), 0);
}

static int same_fingerprints(const fingerprint_plan *plan) {
    fingerprint m = fingerprint_of(plan, FINGERPRINT_MODEL), r = fingerprint_of(plan, FINGERPRINT_RTL);
    return m.word[0] == r.word[0] && m.word[1] == r.word[1];
}

/* Each bit of each range counts, alone, on either side; the bytes between them do not. _i: which of three worlds */
START_TEST(a_bit_changes_the_fingerprint) {
    add_shapes((unsigned)_i + 1);
    fingerprint_plan *plan = fingerprint_plan_create(&c);
    ck_assert_ptr_nonnull(plan);
    for (size_t at = 0; at + 8 < BYTES; at++)
        for (unsigned bit = 0; bit < 8; bit++) {
            const int compared = told(at, bit) >= 0;
            uint8_t *side = bit % 2 ? rtl : model;
            side[at] ^= (uint8_t)(1u << bit);
            ck_assert_msg(same_fingerprints(plan) != compared, "byte %zu, bit %u", at, bit);
            side[at] ^= (uint8_t)(1u << bit);
        }
    ck_assert(same_fingerprints(plan));
    fingerprint_plan_destroy(plan);
}
END_TEST

/* The same bit in two places, as a fault of all MACs or all clusters would have it: every pair of places. */
START_TEST(two_bits_change_the_fingerprint) {
    enum { PLACES = 240 };
    add_shapes(3);
    fingerprint_plan *plan = fingerprint_plan_create(&c);
    size_t place[PLACES], n = 0;
    for (size_t at = 0; at + 8 < BYTES && n < PLACES; at += 4)
        if (told(at, 7) >= 0) place[n++] = at;
    ck_assert_uint_gt(n, 200);
    for (size_t i = 0; i < n; i++)
        for (size_t k = i + 1; k < n; k++) {
            rtl[place[i]] ^= 0x80, rtl[place[k]] ^= 0x80;
            ck_assert_msg(!same_fingerprints(plan), "bytes %zu and %zu", place[i], place[k]);
            rtl[place[i]] ^= 0x80, rtl[place[k]] ^= 0x80;
        }
    fingerprint_plan_destroy(plan);
}
END_TEST

/* The two sides may lie in memory differently. */
START_TEST(layouts_do_not_matter) {
    memcpy(model + 2000, rtl + 100, 200);
    memcpy(model + 1001, rtl + 300, 77);
    memcpy(model + 3003, rtl + 377, 200);
    add(2000, 100, 200, 0);
    add(1001, 300, 77, 1);
    add(3003, 377, 200, 2);
    ck_assert_int_eq(comparator_seal(&c), 0);
    fingerprint_plan *plan = fingerprint_plan_create(&c);
    ck_assert(same_fingerprints(plan));
    model[3202] ^= 1;
    ck_assert(!same_fingerprints(plan));
    fingerprint_plan_destroy(plan);
}
END_TEST

START_TEST(nothing_added) {
    ck_assert_int_eq(comparator_seal(&c), 0);
    ck_assert_ptr_eq(comparator_check(&c), NULL);
    ck_assert_uint_eq(c.bytes, 0);
    ck_assert_uint_eq(c.checks, 1);
}
END_TEST

START_TEST(checks_are_counted) {
    add(0, 0, 10, 0);
    ck_assert_int_eq(comparator_seal(&c), 0);
    for (unsigned k = 0; k < 5; k++)
        comparator_check(&c), told(3, 3);
    ck_assert_uint_eq(c.checks, 10);
    comparator_release(&c);
    ck_assert(c.count == 0 && c.run_count == 0 && c.checks == 0 && c.bytes == 0);
}
END_TEST

int main(void) {
    Suite *suite = suite_create("comparator");
    TCase *all = tcase_create("all");
    tcase_add_checked_fixture(all, open_comparator, close_comparator);
    tcase_add_loop_test(all, every_byte_counts, 1, LONGEST + 1);
    tcase_add_test(all, adjacent_pairs_merge);
    tcase_add_test(all, others_do_not_merge);
    tcase_add_loop_test(all, order_of_adding, 0, 2);
    tcase_add_test(all, many_pairs);
    tcase_add_test(all, groups_do_not_merge);
    tcase_add_test(all, parts_share_the_check);
    tcase_add_loop_test(all, a_bit_changes_the_fingerprint, 0, 3);
    tcase_add_test(all, two_bits_change_the_fingerprint);
    tcase_add_test(all, layouts_do_not_matter);
    tcase_add_test(all, differences_do_not_cancel);
    tcase_add_test(all, nothing_added);
    tcase_add_test(all, checks_are_counted);
    suite_add_tcase(suite, all);
    SRunner *runner = srunner_create(suite);
    srunner_run_all(runner, CK_ENV);
    int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed ? 1 : 0;
}
