/* vector_port.c - the head of one broadcast: queues the vectors of an edge, meets each with its operation, decodes
 * it. Twin: rtl/vector_port.v, whose header has the stages. SPDX-License-Identifier: Apache-2.0 */
#include "array.h"

STEP unsigned vector_port_ready(const struct vector_port *p) { return !(fifo_count(&p->fifo) >> p->fifo.depth_bits); }

STEP unsigned vector_port_available(const struct vector_port *p) { return p->credit_q != 0; }

STEP uint32_t vector_port_operation_out(const struct vector_port *p, const struct geometry *g) {
    return g->add_stages < 2 ? p->operation_q : p->delay_q;
}

/* What the clusters see: {valid, last, first, bank, row, channel} */
STEP uint32_t vector_port_operation(const struct vector_port *p, const struct geometry *g) {
    unsigned address_bits = g->row_bits + g->channel_bits;
    return (p->operation_q >> (address_bits + 8)) << (address_bits + 3) |
           (p->operation_q & ((1u << (address_bits + 3)) - 1));
}

STEP void vector_port_step(struct vector_port *p, const struct geometry *g, unsigned rst, unsigned in_valid,
                           const uint16_t in_data[LANES], unsigned take, uint32_t operation_in) {
    unsigned address_bits = g->row_bits + g->channel_bits;
    uint32_t valid = p->operation_q >> (address_bits + 8), lanes = p->operation_q >> (address_bits + 4) & 15;
    unsigned push = in_valid && vector_port_ready(p);
    if (valid) {
        const uint16_t *head = fifo_at(&p->fifo, p->fifo.read_q);
        for (unsigned l = 0; l < LANES; l++) {
            p->vector_q[l] = fp_decode(l < lanes ? head[l] : 0);
            p->vector_f[l] = widen(l < lanes ? head[l] : 0);
        }
    }
    fifo_step(&p->fifo, rst, push, in_data, valid && p->operation_q >> (address_bits + 3) & 1);
    p->credit_q = rst ? 0 : (uint8_t)(p->credit_q + push - take) & ((2u << p->fifo.depth_bits) - 1);
    p->delay_q = rst || g->add_stages < 2 ? 0 : p->operation_q;
    p->operation_q = rst ? 0 : operation_in;
}
