/* row_edge.h - the row edges: start signs, sums of squares of P, products of overlaps; and one edge clock by clock.
 * SPDX-License-Identifier: Apache-2.0
 *
 * One row edge serves one cluster row: its tokens and its basis rows (engine.h). */
#ifndef DCOM_ROW_EDGE_H
#define DCOM_ROW_EDGE_H

#include <stdbool.h>

#include "edge.h"
#include "kernel.h"

/* A bijective 32-bit hash of additions, shifts and exclusive-ors (Jenkins): no multiplier. */
uint32_t row_edge_hash(uint32_t x);

/* Signs: y[t][e] = -1 when bit e of row_edge_hash(key + t) is set, else +1, for lanes from .. lanes - 1; +0
 * where mask[t] is EDGE_ZERO. Other lanes are left alone. The key of a run's start block is
 * row_edge_hash(seed). */
void row_edge_signs(uint32_t key, unsigned tokens, const int32_t *mask, unsigned from, unsigned lanes, uint16_t *y);

/* lost[t][e] = BF16(2 (p - p16)), twice what the rounding of P took away; +0 where mask[t] is EDGE_ZERO. */
void row_edge_lost(const float *p, const uint16_t *p16, unsigned tokens, const int32_t *mask, uint16_t *lost);

/* overlap[row][e] of the block at basis rows [first, first + kept): BF16(h), twice h in rows above the block, its
 * magnitude if asked for; +0 on the block's diagonal and in lanes from `kept` on. h, overlap: [first + kept][LANES].
 */
void row_edge_overlaps(const float *h, unsigned first, unsigned kept, bool magnitude, uint16_t *overlap);

/* sum[e] = sum over tokens or basis rows k < rows of a[k][e] * b[k][e], in the order of a transpose pass over these
 * rows: in a row edge one chain of fused multiply-adds from +0, ascending, then FP32 additions from +0 over the
 * edges, ascending. With a = b = P, the squares of its columns. */
void row_edge_products(const kernel *, const engine *, const uint16_t *a, const uint16_t *b, unsigned rows,
                       float sum[LANES]);

/* turned[row][e] = (-h[row][0]) x[0][e] + (-h[row][1]) x[1][e] + ..., from +0, fused, FP32. h: BF16 [rows][LANES],
 * x: BF16 [LANES][LANES]. */
void row_edge_turn(const uint16_t *h, unsigned rows, const uint16_t *x, float *turned);

/* ---- the clocked edge: rtl/row_edge.v, whose header explains commands and stages, register by register ---- */

enum row_edge_kind {
    ROW_TAKE_BASIS,
    ROW_TAKE_TOKENS,
    ROW_CERTIFY,
    ROW_SETTLE,
    ROW_FEED_BASIS,
    ROW_FEED_TOKENS,
    ROW_TURN,
};

struct row_edge {
    unsigned tile_tokens, basis_rows, rows; /* the module's parameters */
    /* feeder */
    uint8_t feed_busy_q, feed_tokens_q, feed_left_q, feed_width_q;
    uint16_t feed_row_q, feed_start_q, feed_end_q;
    uint32_t feed_first_q, feed_last_q, feed_key_q;
    uint8_t fetched_q, fetched_zero_q, vector_valid_q;
    uint32_t hash_q;
    uint16_t vector_q[LANES]; /* BF16 */
    /* taker, walker, turner */
    uint8_t take_busy_q, take_kind_q;
    uint16_t take_row_q, take_end_q;
    uint32_t take_first_q, take_last_q, take_limit_q;
    uint8_t taken_q, taken_kind_q, taken_norm_q, taken_peak_q, taken_twice_q, taken_zero_q;
    uint16_t taken_row_q;
    uint8_t turn_q, turn_index_q, turned_q;
    uint16_t turn_row_q;
    uint32_t result_q[LANES]; /* FP32 */
    uint32_t peak_q[LANES];   /* FP32 magnitude */
    uint8_t flags_q;          /* DCOM_FLAG_NAN, DCOM_FLAG_OVERFLOW */
    uint8_t multiply_q, add_q;
    uint16_t a_q[LANES], b_q[LANES], c_q[LANES]; /* BF16 */
    uint32_t product_q[2 * LANES];               /* as fp_multiply() makes them */
    uint32_t chain_q[2 * LANES];                 /* FP32 */
    struct edge_memory p, out, h, overlap, norm; /* BF16, BF16, FP32, BF16 of LANES; one BF16 */
};

/* The input ports. Rows are local; first, last, limit are numbers of basis rows in the whole array, tokens numbers of
 * tokens. */
struct row_edge_in {
    uint8_t rst, index, command_valid, command_kind, command_repeats, command_width;
    uint16_t command_row, command_rows;
    uint32_t command_first, command_last, command_limit, command_key;
    uint8_t vector_ready, result_valid, write_valid, write_norm, read_valid, load_valid, out_read, clear, exact_count;
    uint16_t write_row, read_row, load_row, out_row;
    uint32_t job_tokens, exact_tokens[8];
    uint16_t turn_x[LANES], load_data[LANES];       /* BF16 */
    uint32_t result_data[LANES], write_data[LANES]; /* FP32 */
};

/* The output ports, all of them plain functions of registers. */
struct row_edge_out {
    uint8_t feed_ready, take_ready, walk_ready, vector_valid, result_ready, write_ready, read_ready, flags;
    uint8_t turn_index;
    uint16_t vector_data[LANES], out_data[LANES];          /* BF16 */
    uint32_t read_h[LANES], chain[2 * LANES], peak[LANES]; /* FP32 */
};

/* Bytes of the memories of an edge of this geometry. */
size_t row_edge_bytes(unsigned tile_tokens, unsigned basis_rows);
/* All registers and memories +0. `memories`: row_edge_bytes() bytes, which must outlive the edge. */
void row_edge_init(struct row_edge *, unsigned tile_tokens, unsigned basis_rows, unsigned rows, void *memories);
/* One rising edge. */
void row_edge_step(struct row_edge *, const struct row_edge_in *);
void row_edge_read(const struct row_edge *, struct row_edge_out *);

#endif
