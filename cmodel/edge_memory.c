/* edge_memory.c - the numbers that an edge keeps from one pass to another: a word of all lanes for each of its rows.
 * Twin: rtl/edge_memory.v. SPDX-License-Identifier: Apache-2.0
 * Included by the edges. Read and write are of what stands before the clock: a read does not see the write beside it.
 */
#include "column_edge.h"

#include <string.h>

static inline void edge_memory_step(struct edge_memory *m, unsigned read_valid, unsigned read_row,
                                    unsigned write_valid, unsigned write_row, const uint32_t write_data[LANES]) {
    if (read_valid) memcpy(m->read_q, m->mem + (size_t)read_row * LANES, sizeof m->read_q);
    if (write_valid) memcpy(m->mem + (size_t)write_row * LANES, write_data, sizeof m->read_q);
}
