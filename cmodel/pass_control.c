/* pass_control.c - turns a command into operations, one outer product a clock.
 * Twin: rtl/pass_control.v, whose header explains what waits for what. SPDX-License-Identifier: Apache-2.0 */
#include "array.h"

STEP unsigned pass_control_active(const struct pass_control *p) { return p->busy_q || p->settle_q; }

/* What is issued on this clock, from registers and from the ports' registers. */
STEP struct issue pass_control_issue(const struct pass_control *p, const struct geometry *g,
                                     const unsigned available[2], const unsigned room[2]) {
    struct issue s;
    unsigned t = p->transpose_q;
    s.first = t ? p->row_q == p->first_row_q : p->channel_q == 0;
    s.last = t ? p->row_q + 1u >= p->end_row_q : p->channel_q + 1u >= p->end_channel_q;
    s.more = t ? p->channel_q + 8u < p->end_channel_q : p->row_q + 8u < p->end_row_q;
    s.group_end = g->banks == 1 || p->bank_q || !s.more;
    s.bubble = g->banks == 2 && p->empty_q;
    s.available = available[t];
    s.issue = p->busy_q && !s.bubble && available[t] && (!s.last || (room[t] && (p->bank_q || p->drain_q <= 1)));
    s.done = s.issue && s.last && s.group_end && !s.more;
    return s;
}

STEP void pass_control_step(struct pass_control *p, const struct geometry *g, struct issue s,
                            const dcom_array_in *in) {
    unsigned t = p->transpose_q, address_bits = g->row_bits + g->channel_bits;
    uint32_t operation = (uint32_t)s.issue << (address_bits + 8) | (uint32_t)p->lanes_q << (address_bits + 4) |
                         (uint32_t)s.group_end << (address_bits + 3) | (uint32_t)s.last << (address_bits + 2) |
                         (uint32_t)s.first << (address_bits + 1) | (uint32_t)p->bank_q << address_bits |
                         (uint32_t)p->row_q << g->channel_bits | (p->channel_q & ((1u << g->channel_bits) - 1));
    p->operation_q = in->rst ? 0 : operation;
    p->operation_transpose_q = p->transpose_q;
    p->activity_q = s.issue ? 1 : p->busy_q ? (s.available ? 3 : 2) : p->settle_q ? 4 : 0;
    if (in->rst) {
        p->activity_q = p->busy_q = p->transpose_q = p->bank_q = p->empty_q = p->drain_q = p->settle_q = 0;
        return;
    }
    unsigned ready = !pass_control_active(p);
    p->drain_q = (uint8_t)((p->drain_q ? p->drain_q - 1 : 0) + (s.issue && s.last ? 8 : 0)) & 31;
    p->settle_q = s.issue ? (uint8_t)g->switch_clocks : (uint8_t)(p->settle_q ? p->settle_q - 1 : 0);
    if (in->command_valid && ready) {
        p->busy_q = 1;
        p->transpose_q = in->command_transpose;
        p->lanes_q = in->command_lanes;
        p->first_row_q = p->row_q = in->command_row;
        p->end_row_q = (uint16_t)((in->command_row + in->command_rows) & ((1u << g->row_bits) - 1));
        p->end_channel_q = (uint16_t)(8 * in->command_groups);
        p->channel_q = 0;
        p->bank_q = p->empty_q = 0;
    } else if (s.bubble) {
        p->empty_q = 0;
    } else if (s.issue) {
        p->empty_q = g->banks == 2 && s.group_end && !p->bank_q && !s.done;
        if (!s.group_end) { /* to the group's other bank */
            if (t)
                p->channel_q += 8;
            else
                p->row_q += 8;
        } else if (!s.last) { /* to the next contraction index, and back to bank 0 */
            if (t)
                p->row_q += 1, p->channel_q -= 8 * p->bank_q;
            else
                p->channel_q += 1, p->row_q -= 8 * p->bank_q;
        } else {
            p->row_q = t ? p->first_row_q : p->row_q + 8;
            p->channel_q = t ? p->channel_q + 8 : 0;
            p->busy_q = !s.done;
        }
        p->row_q &= (1u << g->row_bits) - 1;
        p->channel_q &= (2u << g->channel_bits) - 1;
        p->bank_q = !s.group_end;
    }
}
