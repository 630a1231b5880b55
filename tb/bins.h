/* bins.h - functional coverage: what a run has shown, as names of bins. The table is bins.def.
 * SPDX-License-Identifier: Apache-2.0
 *
 * A bin counts for a run in which the RTL was compared on every clock and all of it was good; whoever calls this sees
 * to that. */
#ifndef DCOM_BINS_H
#define DCOM_BINS_H

#include <stdbool.h>
#include "accelerator.h"
#include "judge.h"

/* What is seen of the model, clock by clock. */
typedef struct {
    uint64_t arcs[64]; /* bit B of arcs[A]: the sequencer went from state A to state B */
    unsigned rounds;   /* bit n: a block was in round n */
    unsigned barren;   /* bit n: n lanes of fresh signs had brought nothing */
    bool picking;      /* the last round was spent on picking what is good */
    uint8_t state;     /* after the last clock */
} bins_seen;

void bins_clock(bins_seen *, const struct accelerator *);

/* The name of bin `k`; NULL past the last. Strings that stay. */
const char *bins_name(unsigned k);
/* What it means. */
const char *bins_meaning(unsigned k);
/* Calls `hit` for each bin that the run hits. False, after one line in `message`: the sequencer went where the table
 * knows no arc. */
bool bins_of(const sim_run *, const bins_seen *, void (*hit)(void *user, unsigned bin), void *user,
             char message[256]);

#endif
