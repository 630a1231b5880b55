/* row_memory.c - a memory of a row edge: a word a row, one port to write, one to read.
 * Twin: rtl/row_memory.v. SPDX-License-Identifier: Apache-2.0 */
#include "row_edge.h"

#include <string.h>

/* A read of the row that is written on the same clock shows what it was. */
static inline void row_memory_step(struct row_memory *m, unsigned read, unsigned read_row, unsigned write,
                                   unsigned write_row, const void *data) {
    if (read) memcpy(m->read_q, m->mem + (size_t)read_row * m->width, m->width);
    if (write) memcpy(m->mem + (size_t)write_row * m->width, data, m->width);
}
