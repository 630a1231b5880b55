/* fifo.c - a queue of 2^depth_bits entries; never pushed when full nor popped when empty (its users hold credits).
 * Twin: rtl/fifo.v. SPDX-License-Identifier: Apache-2.0 */
#include "array.h"

STEP uint32_t fifo_count(const struct fifo *f) { return (f->write_q - f->read_q) & ((2u << f->depth_bits) - 1); }

STEP void *fifo_at(const struct fifo *f, uint32_t pointer) {
    return f->mem + (size_t)(pointer & ((1u << f->depth_bits) - 1)) * f->width;
}

STEP void fifo_step(struct fifo *f, unsigned rst, unsigned push, const void *data, unsigned pop) {
    uint8_t mask = (uint8_t)((2u << f->depth_bits) - 1);
    if (push) memcpy(fifo_at(f, f->write_q), data, f->width);
    f->write_q = rst ? 0 : (uint8_t)(f->write_q + push) & mask;
    f->read_q = rst ? 0 : (uint8_t)(f->read_q + pop) & mask;
}
