/* edge_memory.c - what an edge keeps from one pass to another: a word a row, one port to write, one to read.
 * Twin: rtl/edge_memory.v. SPDX-License-Identifier: Apache-2.0
 * Included by the edges. A read of the row that is written on the same clock shows what it was. */
#include "edge.h"

#include <string.h>

static inline void edge_memory_step(struct edge_memory *m, unsigned read_valid, unsigned read_row,
                                    unsigned write_valid, unsigned write_row, const void *write_data) {
    uint8_t *mem = m->mem;
    if (read_valid) memcpy(m->read_q, mem + (size_t)read_row * m->width, m->width);
    if (write_valid) memcpy(mem + (size_t)write_row * m->width, write_data, m->width);
}
