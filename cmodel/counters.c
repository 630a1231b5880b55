/* counters.c - counts the clocks on which each event was there.
 * Twin: rtl/counters.v. SPDX-License-Identifier: Apache-2.0 */
#include "counters.h"

#include <string.h>

void counters_init(struct counters *c, unsigned n) {
    memset(c, 0, sizeof *c);
    c->n = n;
}

void counters_step(struct counters *c, const struct counters_in *in) {
    for (unsigned k = 0; k < c->n; k++)
        c->count_q[k] = in->rst ? 0 : c->count_q[k] + (in->events >> k & 1);
}
