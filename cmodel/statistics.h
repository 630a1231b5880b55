/* statistics.h - what is known of the channels of one cluster column, clock by clock: rtl/statistics.v under its
 * names. SPDX-License-Identifier: Apache-2.0 */
#ifndef DCOM_STATISTICS_H
#define DCOM_STATISTICS_H

#include "column_edge.h"

/* Every register; rtl/statistics.v explains stages and ports. Where nothing else shows them: chain_q is the port
 * `chain`, half h of lane l at 8h + l. */
struct statistics {
    unsigned groups; /* of a tile */
    /* stage 1 */
    uint8_t fetch_valid_q, fetch_kind_q, fetch_first_q, fetch_exact_q, last_lanes_q;
    uint16_t fetch_group_q, last_group_q;
    uint16_t a_q[8]; /* BF16 */
    /* stage 2 */
    uint8_t add_valid_q, add_kind_q, add_first_q, add_exact_q, add_last_q;
    uint16_t add_group_q;
    uint32_t product_q[8];
    uint16_t magnitude_q[8];              /* BF16 without sign */
    struct edge_memory whole, kept, peak; /* FP32; FP32; BF16 without sign */
    /* stage 3 */
    uint32_t chain_q[16]; /* FP32 */
    uint8_t best_valid_q;
    uint16_t best_peak_q, best_channel_q;
    uint8_t chosen_q[COLUMN_EDGE_MOST / 8]; /* a byte a group */
};

/* The ports of statistics.v, under their names. */
struct statistics_in {
    uint8_t rst, valid, first, exact, scan_start, sum_start, last_lanes, clear_chosen, choose_valid;
    uint16_t group, groups, choose_channel;
    uint16_t data[8]; /* BF16 */
};

struct statistics_out {
    uint8_t idle, best_valid;
    uint16_t best_peak, best_channel;
};

/* Bytes that the memories of a tile of `channels` need. */
size_t statistics_bytes(unsigned channels);
/* All registers and memories +0. `memories` stays the caller's, for uint32_t; at most COLUMN_EDGE_MOST channels. */
void statistics_init(struct statistics *, unsigned channels, void *memories);
/* What the ports show, but for those that follow inputs, below. */
void statistics_read(const struct statistics *, struct statistics_out *);
/* Whether a beat of this group is taken. */
unsigned statistics_ready(const struct statistics *, unsigned group);
/* The chosen bits of a group. */
static inline uint8_t statistics_chosen(const struct statistics *s, unsigned group) { return s->chosen_q[group]; }
/* One clock. Groups and channels of the inputs lie in the tile. */
void statistics_step(struct statistics *, const struct statistics_in *);

#endif
