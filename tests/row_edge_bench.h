/* row_edge_bench.h - a column of row edges, RTL beside twin, with random inputs.
 * SPDX-License-Identifier: Apache-2.0 */
#ifndef DCOM_TESTS_ROW_EDGE_BENCH_H
#define DCOM_TESTS_ROW_EDGE_BENCH_H

#include <check.h>

#include "row_edge_dut.h"

enum { MOST_ROWS = 4, MOST_TOKENS = 72, MOST_BASIS = 24, MOST_REPEATS = 5, MOST_WORDS = 80, KINDS = 7 };
enum {
    VECTORS = MOST_TOKENS * MOST_REPEATS,
    ALL_TOKENS = MOST_ROWS * MOST_TOKENS,
    ALL_BASIS = MOST_ROWS * MOST_BASIS
};

/* Check's own assertions write to a file whether they hold or not. */
#define EXPECT(HOLDS, ...)                                                                                           \
    do {                                                                                                             \
        if (!(HOLDS)) ck_abort_msg(__VA_ARGS__);                                                                     \
    } while (0)

/* ---- random numbers, of the seed and the number of the case ---- */

extern uint32_t seed;

void begin(int number);
uint32_t random_bits(void);
unsigned below(unsigned n);
/* Near 1; one time in `rare` a special value, halfway between two BF16, or anything at all. */
uint32_t random_fp32(unsigned rare);

/* ---- a column of edges, each RTL and twin ---- */

enum { LINES = 53 }; /* registers and memories of an edge */

typedef struct {
    const struct line *line;
    const uint8_t *rtl, *twin;
    size_t bytes, more; /* that both have; that the twin alone has, which are zero */
} pair;

typedef struct {
    row_dut *dut;
    struct row_edge twin;
    void *memories;
    struct row_edge_in in;
    struct row_edge_out out;
    pair pairs[LINES];
    /* what the ports carry in an orderly pass */
    const uint32_t *result; /* [..][LANES] */
    unsigned results, taken, vectors;
    uint16_t vector[VECTORS][LANES];
} edge;

typedef struct {
    unsigned geometry, rows, tokens, basis; /* basis: rows of an edge */
    unsigned stall;                         /* in 1/256: how often a side of a handshake holds back */
    uint64_t clocks;
    unsigned commands[KINDS];
    uint16_t turn_x[LANES][LANES]; /* what TURN multiplies by, in an orderly run */
    edge edge[MOST_ROWS];
} bench;

void bench_open(bench *b, unsigned geometry, unsigned stall);
void bench_close(bench *b);
void reset(bench *b);
/* One clock; every register, memory and output of the RTL must then be the twin's. */
void clock_once(bench *b);

/* The number of the basis row or token that an edge has as its local `row`. */
unsigned row_number(const bench *b, unsigned edge, unsigned row);
/* Which tokens are masked, at random. */
void random_masks(const bench *b, struct row_edge_in *in);
/* Inputs that stay inside the memories; everything else about them is random. */
void random_inputs(const bench *b, struct row_edge_in *in, unsigned busy, unsigned rare);

/* False as often as the bench stalls. */
int go(const bench *b);
int all_ready(const bench *b, unsigned kind);
/* Clocks both commands to their end, either may be NULL; results and vectors as the edges hold them. Returns the
 * clocks from the one that takes the last command to the one on which the next can be taken. */
unsigned run(bench *b, const struct row_edge_in *feed, const struct row_edge_in *take);

#endif
