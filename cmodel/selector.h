/* selector.h - chooses the outliers over all cluster columns, clock by clock: rtl/selector.v under its names.
 * SPDX-License-Identifier: Apache-2.0 */
#ifndef DCOM_SELECTOR_H
#define DCOM_SELECTOR_H

#include <stdint.h>

enum { SELECTOR_COLUMNS = 16 }; /* at most */

/* Every register; rtl/selector.v explains the ports. */
struct selector {
    unsigned columns;
    uint8_t busy_q, issue_q, clear_q;
    uint32_t left_q;
    uint16_t groups_q;
    uint8_t last_lanes_q[SELECTOR_COLUMNS]; /* a byte a column */
    uint8_t choose_valid_q, column_q;
    uint16_t choose_channel_q;
};

/* The ports of selector.v, under their names. */
struct selector_in {
    uint8_t rst, start, statistics_idle;
    uint16_t start_groups;
    uint32_t count, channels;
    /* a column each */
    uint8_t best_valid[SELECTOR_COLUMNS];
    uint16_t best_peak[SELECTOR_COLUMNS], best_channel[SELECTOR_COLUMNS];
};

struct selector_out {
    uint8_t idle, clear_chosen, scan_start, sum_start, choose_valid, column;
    uint16_t groups, choose_channel;
    uint8_t last_lanes[SELECTOR_COLUMNS];
};

/* All registers 0. */
void selector_init(struct selector *, unsigned columns);
/* What the ports show; scan_start and sum_start follow the input statistics_idle. */
void selector_read(const struct selector *, unsigned statistics_idle, struct selector_out *);
/* One clock. */
void selector_step(struct selector *, const struct selector_in *);

#endif
