/* column_edge.h - the column edges: channel statistics while A streams in, the block W between the passes.
 * SPDX-License-Identifier: Apache-2.0
 *
 * One column edge serves one cluster column. First the numbers, for all columns at once,
 * as the untimed model uses them; then one edge clock by clock, the twin of rtl/column_edge.v. */
#ifndef DCOM_COLUMN_EDGE_H
#define DCOM_COLUMN_EDGE_H

#include "edge.h"
#include "kernel.h"

/* Per channel c: peak[c] = max |a| (BF16 bits) and energy[c] = the chain of fused a * a + sum from +0 over
 * tokens in ascending order, both over the tokens whose mask is EDGE_KEEP; whole[c]: the same chain over all tokens.
 */
void column_edge_statistics(const kernel *, const uint16_t *a, unsigned tokens, unsigned channels,
                            const int32_t *token_mask, uint16_t *peak, float *energy, float *whole);

/* Marks in mask[] (EDGE_ZERO) the `count` channels of the largest peak, the lower channel first among equals,
 * and lists them in ascending order. */
void column_edge_outliers(const uint16_t *peak, unsigned channels, unsigned count, int32_t *mask, int32_t *list);

/* Sum of x[c] over the channels with mask EDGE_KEEP (all for NULL), `columns` column edges, FP32 additions: in each
 * edge a chain from +0 for each lane c % 8, over its blocks, ascending; per lane over the edges, ascending, from +0;
 * then the lanes, ascending, from +0. */
float column_edge_sum(const float *x, unsigned channels, unsigned columns, const int32_t *mask);

/* w = w - u, w = w + u, one FP32 operation an element; both channels x LANES. */
void column_edge_subtract(float *w, const float *u, unsigned channels);
void column_edge_add(float *w, const float *u, unsigned channels);

/* ---- clocked: every RTL register under its RTL name; rtl/column_edge.v explains machines, stages and ports ---- */

enum { COLUMN_EDGE_MOST = 4096 }; /* channels of a tile */

struct corner_memory {
    uint16_t feed_q[LANES], turn_q[8]; /* BF16 */
    uint16_t *mem;                     /* channels x 8 banks */
};

struct column_edge {
    unsigned channels, add_stages; /* TILE_CHANNELS, ADD_STAGES */
    /* feeder */
    uint16_t feed_channel_q, feed_end_q, feed_left_q;
    uint8_t feed_valid_q, feed_copy_q, copy_valid_q;
    uint16_t copy_channel_q;
    /* taker */
    uint16_t take_channel_q, take_end_q, taken_q;
    uint8_t take_mode_q, take_copy_q, arrive_q, round_q, sum_valid_q;
    uint32_t result_q[LANES];                     /* FP32 */
    uint32_t aligned_q[LANES], exponent_q[LANES]; /* ADD_STAGES 2: fp_sum, or FP32 where nothing is added */
    uint32_t sum_q[LANES];                        /* FP32 */
    struct edge_memory w;                         /* FP32 */
    uint8_t nan_q, overflow_q;                    /* bit e: lane e */
    uint8_t mask_q[COLUMN_EDGE_MOST / 8];
    struct corner_memory v;
    struct edge_memory out; /* BF16 */
    /* writer */
    uint16_t write_channel_q, write_end_q;
    uint8_t write_lane_q, write_lanes_q;
    uint8_t row_valid_q, row_lane_q;
    uint16_t row_channel_q;
};

/* The ports of column_edge.v, under their names. */
struct column_edge_in {
    uint8_t rst, feed_valid, feed_copy, take_valid, take_mode, take_copy, write_valid, write_lanes;
    uint8_t mask_clear, mask_valid, mask_bit, flags_clear, out_read, vector_ready, result_valid, row_ready;
    uint16_t feed_channels, feed_repeats, take_channels, write_channels, mask_channel, out_channel;
    uint32_t result_data[LANES]; /* FP32 */
};

struct column_edge_out {
    uint8_t feed_ready, feed_idle, take_ready, take_idle, write_ready, write_idle;
    uint8_t vector_valid, result_ready, row_valid, row_lane;
    uint16_t flags, row_channel;
    uint16_t out_data[LANES], vector_data[LANES], row_data[8]; /* BF16 */
};

/* All registers and memories +0. The memories stay the caller's: w_mem, v_mem and out_mem of channels x LANES numbers
 * each. `channels` is a multiple of 8, at most COLUMN_EDGE_MOST; `add_stages` 1 or 2. */
void column_edge_init(struct column_edge *, unsigned channels, unsigned add_stages, uint32_t *w_mem, uint16_t *v_mem,
                      uint16_t *out_mem);
/* What the ports show: registers, and plain functions of them. */
void column_edge_read(const struct column_edge *, struct column_edge_out *);
/* One clock. Channels of the inputs lie in the tile. */
void column_edge_step(struct column_edge *, const struct column_edge_in *);

#endif
