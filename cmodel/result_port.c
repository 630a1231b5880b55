/* result_port.c - the end of one reduction: queues finished rows of lanes and lends room for them ahead of time.
 * Twin: rtl/result_port.v. SPDX-License-Identifier: Apache-2.0 */
#include "array.h"

STEP unsigned result_port_valid(const struct result_port *p) { return fifo_count(&p->fifo) != 0; }

STEP unsigned result_port_room(const struct result_port *p) { return p->room_q >> 3 != 0; }

STEP void result_port_step(struct result_port *p, unsigned rst, unsigned reserve, unsigned in_valid,
                           const uint32_t in_data[LANES], unsigned out_ready) {
    unsigned pop = result_port_valid(p) && out_ready;
    fifo_step(&p->fifo, rst, in_valid, in_data, pop);
    p->room_q = rst ? (uint8_t)(1u << p->fifo.depth_bits)
                    : (uint8_t)(p->room_q + pop - 8 * reserve) & ((2u << p->fifo.depth_bits) - 1);
}
