/* corner_memory.c - a block of 8 lanes x BF16 a channel, read by channel or turned: 8 channels of one lane.
 * Twin: rtl/corner_memory.v, whose header explains the skew. SPDX-License-Identifier: Apache-2.0
 * Included by column_edge.c. `mem` is laid out as the RTL's words: bank b of word c is mem[8 c + b]. */
#include "column_edge.h"

/* The element of channel c and lane e. */
static inline uint16_t *corner_memory_at(const struct corner_memory *m, unsigned c, unsigned e) {
    return m->mem + 8 * (size_t)c + ((c + e) & 7);
}

static inline void corner_memory_step(struct corner_memory *m, unsigned feed_valid, unsigned feed_channel,
                                      unsigned turn_valid, unsigned turn_channel, unsigned turn_lane,
                                      unsigned write_valid, unsigned write_channel,
                                      const uint16_t write_data[LANES]) {
    for (unsigned e = 0; feed_valid && e < LANES; e++)
        m->feed_q[e] = *corner_memory_at(m, feed_channel, e);
    for (unsigned k = 0; turn_valid && k < 8; k++)
        m->turn_q[k] = *corner_memory_at(m, turn_channel + k, turn_lane);
    for (unsigned e = 0; write_valid && e < LANES; e++)
        *corner_memory_at(m, write_channel, e) = write_data[e];
}
