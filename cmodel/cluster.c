/* cluster.c - tile memory, 8 x 8 MACs and a node of the reduction.
 * Twin: rtl/cluster.v, whose header has the stages. SPDX-License-Identifier: Apache-2.0 */
#include "array.h"

/* What a broadcast {valid, last, first, bank, row, channel} asks of the clusters it reaches. */
STEP struct operation cluster_operation(uint32_t broadcast, unsigned transpose, const struct geometry *g) {
    unsigned address_bits = g->row_bits + g->channel_bits;
    struct operation o = {.valid = broadcast >> (address_bits + 3)};
    o.transpose = o.valid && transpose;
    o.row = broadcast >> g->channel_bits & ((1u << g->row_bits) - 1);
    o.channel = broadcast & ((1u << g->channel_bits) - 1);
    o.control = (uint8_t)(o.valid << 4 | o.transpose << 3 | (broadcast >> address_bits & 1) << 2 |
                          (broadcast >> (address_bits + 2) & 1) << 1 | (broadcast >> (address_bits + 1) & 1));
    if (o.valid) tile_memory_address(&o, g);
    return o;
}

/* One clock, last stage first. column, row: the ports whose broadcasts reach this cluster, as they stood before. */
STEP void cluster_step(struct cluster *c, const struct geometry *g, unsigned rst, const struct operation *operation,
                       const struct vector_port *column, const struct vector_port *row, const uint32_t *west,
                       const uint32_t *north) {
    unsigned align = g->stages >= 2 ? c->align_q : c->multiply_q, round = g->stages >= 3 ? c->round_q : align >> 1;
    reducer_step(c, g, rst, round >> 3 & round & 1, round >> 1 & 1, round >> 2 & 1, west, north);
    mac_grid_step(c, g, rst, c->control_q >> 3 & 1 ? row : column);
    if (operation->valid) tile_memory_read(c, operation);
    c->control_q = rst ? 0 : operation->control;
}
