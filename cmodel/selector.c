/* selector.c - chooses the outliers over all cluster columns: `count` times the channel of the largest peak of those
 * not chosen, the lowest channel first among equals; then has the sums made. Twin: rtl/selector.v, whose header has
 * the states. SPDX-License-Identifier: Apache-2.0 */
#include "selector.h"

#include <string.h>

void selector_init(struct selector *s, unsigned columns) { *s = (struct selector){.columns = columns}; }

void selector_read(const struct selector *s, unsigned statistics_idle, struct selector_out *out) {
    const unsigned go = s->issue_q && statistics_idle;
    out->idle = !s->busy_q;
    out->clear_chosen = s->clear_q;
    out->scan_start = go && s->left_q != 0;
    out->sum_start = go && s->left_q == 0;
    out->groups = s->groups_q;
    out->choose_valid = s->choose_valid_q;
    out->column = s->column_q;
    out->choose_channel = s->choose_channel_q;
    memcpy(out->last_lanes, s->last_lanes_q, sizeof out->last_lanes);
}

/* The column of the largest peak; among equals the lowest group, then the lowest column. */
static unsigned pick(const struct selector *s, const struct selector_in *in) {
    unsigned best = 0;
    for (unsigned j = 1; j < s->columns; j++) {
        const unsigned group = in->best_channel[j] / 8, best_group = in->best_channel[best] / 8;
        const unsigned peak = (unsigned)in->best_valid[j] << 15 | in->best_peak[j];
        const unsigned best_peak = (unsigned)in->best_valid[best] << 15 | in->best_peak[best];
        if (peak > best_peak || (peak == best_peak && group < best_group)) best = j;
    }
    return best;
}

void selector_step(struct selector *s, const struct selector_in *in) {
    if (!(s->busy_q | s->clear_q | s->choose_valid_q | in->rst | in->start)) return;
    const unsigned start = in->start && !s->busy_q, go = s->issue_q && in->statistics_idle;
    const unsigned finish = s->busy_q && !s->issue_q && in->statistics_idle, choose = finish && s->left_q != 0;
    s->choose_valid_q = 0;
    if (choose) {
        const unsigned best = pick(s, in);
        s->choose_valid_q = !in->rst && in->best_valid[best];
        s->column_q = (uint8_t)best;
        s->choose_channel_q = in->best_channel[best];
    }
    s->clear_q = !in->rst && start;
    if (in->rst)
        s->busy_q = s->issue_q = 0;
    else if (start) {
        const uint32_t rest = in->channels - (in->start_groups - 1u) * 8 * s->columns;
        s->busy_q = s->issue_q = 1;
        s->left_q = in->count;
        s->groups_q = in->start_groups;
        for (unsigned j = 0; j < s->columns; j++)
            s->last_lanes_q[j] = (uint8_t)(rest >= 8 * j + 8 ? 255 : rest <= 8 * j ? 0 : (1u << (rest - 8 * j)) - 1);
    } else if (go)
        s->issue_q = 0;
    else if (choose) {
        s->issue_q = 1;
        s->left_q--;
    } else if (finish)
        s->busy_q = 0;
}
