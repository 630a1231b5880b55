/* test_edge.c - what every edge does with its sums: rounding to BF16, masks, largest magnitudes and flags, against a
 * written-out loop. SPDX-License-Identifier: Apache-2.0
 *
 * SEED=N repeats a run. */
#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "../cmodel/edge.h"
#include "../cmodel/fp.h"

static uint32_t seed = 1, random_state;

static uint32_t random_bits(void) {
    random_state ^= random_state << 13, random_state ^= random_state >> 17, random_state ^= random_state << 5;
    return random_state;
}

/* Around each border: BF16's own values, half way between two, the largest number, infinity, NaN, 0. */
static const uint32_t special[] = {0,          1,          0x00008000, 0x00018000, 0x3F808000,
                                   0x3F818000, 0x3F807FFF, 0x7F7F7FFF, 0x7F7F8000, 0x7F7FFFFF,
                                   0x7F800000, 0x7F800001, 0x7FC00000, 0x7FFFFFFF};
enum { SPECIAL = sizeof special / sizeof special[0], ROWS = 5, ROUNDS = 20000 };

/* Of a lane's numbers in a round none, some or most are special. */
static uint32_t element(unsigned round) {
    const uint32_t r = random_bits(), sign = r & 0x80000000;
    if (r % 16 < round % 16) return special[random_bits() % SPECIAL] | sign;
    return round % 3 ? (random_bits() & 0x00FFFFFF) | 0x3F000000 | sign : random_bits();
}

START_TEST(sums_are_rounded_and_flagged) {
    random_state = seed * 0x9E3779B9u | 1;
    for (unsigned round = 0; round < ROUNDS; round++) {
        uint32_t x[ROWS][LANES] = {{0}}, peak[LANES], largest[LANES] = {0};
        uint16_t out[ROWS + 1][LANES];
        int32_t mask[ROWS];
        float sums[ROWS][LANES], top[LANES];
        unsigned flags = 0;
        const unsigned rows = random_bits() % (ROWS + 1), masked = random_bits() % 2;
        for (unsigned r = 0; r < rows; r++) {
            mask[r] = random_bits() % 4 ? EDGE_KEEP : EDGE_ZERO;
            for (unsigned e = 0; e < LANES; e++)
                x[r][e] = element(round);
        }
        memcpy(sums, x, sizeof x);
        memset(out, 0x5A, sizeof out);
        const unsigned got = edge_round(sums[0], rows, masked ? mask : NULL, out[0], top);
        memcpy(peak, top, sizeof peak);
        for (unsigned r = 0; r < rows; r++)
            for (unsigned e = 0; e < LANES; e++) {
                const uint32_t v = masked && mask[r] == EDGE_ZERO ? 0 : x[r][e], magnitude = v & 0x7FFFFFFF;
                const uint16_t want = fp_to_bf16(v);
                if (magnitude > largest[e]) largest[e] = magnitude;
                if ((want & 0x7FFF) == 0x7F80) flags |= DCOM_FLAG_OVERFLOW;
                if ((want & 0x7FFF) > 0x7F80) flags |= DCOM_FLAG_NAN;
                if (out[r][e] != want)
                    ck_abort_msg("SEED=%u, round %u: %08X is %04X, not %04X", seed, round, v, out[r][e], want);
            }
        if (got != flags) ck_abort_msg("SEED=%u, round %u: flags %u, not %u", seed, round, got, flags);
        for (unsigned e = 0; e < LANES; e++) {
            if (peak[e] != largest[e])
                ck_abort_msg("SEED=%u, round %u: %08X is the largest, not %08X", seed, round, peak[e], largest[e]);
            if (out[rows][e] != 0x5A5A) ck_abort_msg("SEED=%u, round %u: a row too many", seed, round);
        }
    }
}
END_TEST

int main(void) {
    if (getenv("SEED")) seed = (uint32_t)strtoul(getenv("SEED"), NULL, 10);
    printf("# SEED=%u\n", seed);
    fflush(stdout);
    Suite *suite = suite_create("edge");
    TCase *c = tcase_create("edge");
    tcase_add_test(c, sums_are_rounded_and_flagged);
    suite_add_tcase(suite, c);
    SRunner *runner = srunner_create(suite);
    srunner_run_all(runner, CK_ENV);
    const int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed != 0;
}
