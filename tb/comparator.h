/* comparator.h - compares two sets of registers bit for bit; knows nothing of what they mean.
 * SPDX-License-Identifier: Apache-2.0
 *
 * Pairs of memory ranges are added in the order in which a divergence is to be looked for (dataflow order), each
 * under a line number of the caller, and in a group, numbered from 0. Pairs of a group that are adjacent on both
 * sides are merged into runs, so that a check goes at the speed of memory; only a check that finds a difference looks
 * at single pairs. The ranges stay the caller's. */
#ifndef DCOM_COMPARATOR_H
#define DCOM_COMPARATOR_H

#include <stddef.h>
#include <stdint.h>

typedef struct {
    const uint8_t *model, *rtl;
    size_t bytes;
    unsigned line, row, column; /* of the caller */
    unsigned group;
} comparator_pair;

typedef struct {
    comparator_pair *pairs; /* as added */
    size_t count, capacity;
    comparator_pair *runs; /* merged, by group and RTL address */
    size_t run_count;
    size_t *group_start; /* of the runs of group g; groups + 1 entries */
    unsigned groups;
    uint64_t checks, bytes; /* checks made; bytes of one check */
} comparator;

void comparator_init(comparator *);
void comparator_release(comparator *);
/* 0, or -1 when out of memory. */
int comparator_add(comparator *, const void *model, const void *rtl, size_t bytes, unsigned line, unsigned row,
                   unsigned column, unsigned group);
/* Call once, after the last add. 0, or -1 when out of memory. */
int comparator_seal(comparator *);
/* NULL when all is equal, else the first pair that differs, in the order of adding. */
const comparator_pair *comparator_check(comparator *);
/* A share of a check: runs part, part + parts, ... Different parts may be checked by different threads. */
const comparator_pair *comparator_check_part(const comparator *, unsigned part, unsigned parts);

#endif
