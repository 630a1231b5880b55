/* tile_memory.c - a cluster's block of A and its rows of the basis, BF16, skewed over 8 banks.
 * Twin: rtl/tile_memory.v, whose header explains the skew. SPDX-License-Identifier: Apache-2.0
 * `mem` is laid out as the RTL's words: bank b of word w is mem[8 w + b]. */
#include "array.h"

STEP unsigned tile_memory_word(const struct geometry *g, unsigned row, unsigned channel) {
    return (row / 8 * g->groups + channel / 8) * 8 + row % 8;
}

/* Where in `mem` the 8 elements of a read lie; the same for all clusters of a broadcast. */
STEP void tile_memory_address(struct operation *o, const struct geometry *g) {
    for (unsigned k = 0; k < 8; k++) {
        unsigned row = o->transpose ? o->row : o->row + k, bank = (k + (o->transpose ? o->row : o->channel)) & 7;
        o->at[k] = 8 * tile_memory_word(g, row, o->channel) + bank;
    }
}

STEP void tile_memory_read(struct cluster *c, const struct operation *o) {
    const uint16_t *mem = c->mem;
    for (unsigned k = 0; k < 8; k++)
        c->element_q[k] = o->zero ? 0 : mem[o->at[k]];
}

STEP void tile_memory_write(struct cluster *c, const struct geometry *g, unsigned row, unsigned channel,
                            const uint16_t data[8]) {
    for (unsigned k = 0; k < 8; k++)
        c->mem[8 * tile_memory_word(g, row, channel) + ((k + row) & 7)] = data[k];
}
