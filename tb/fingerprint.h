/* fingerprint.h - the registers of one side on one clock as 128 bits, so that model and RTL can be compared on every
 * clock without moving their registers from core to core.
 * SPDX-License-Identifier: Apache-2.0
 *
 * All that a comparator holds goes through four chains of AES rounds, 64 bytes at a time (docs/lockstep.md). A round
 * is a permutation, so what differs in one place only, up to 8 bytes wide, never ends equal in a chain; differences
 * in several places, and the chains' own sum, meet again with a probability in the order of 2^-128. Nothing is secret
 * or random: a state has the same fingerprint in every run on the same host. */
#ifndef DCOM_FINGERPRINT_H
#define DCOM_FINGERPRINT_H

#include "comparator.h"

typedef struct {
    uint64_t word[2];
} fingerprint;

typedef enum { FINGERPRINT_MODEL, FINGERPRINT_RTL } fingerprint_side;
typedef struct fingerprint_plan fingerprint_plan;

/* How to read a sealed comparator, whose ranges must outlive it; NULL when out of memory. Up to 7 bytes behind a
 * range are read and ignored. */
fingerprint_plan *fingerprint_plan_create(const comparator *);
void fingerprint_plan_destroy(fingerprint_plan *);
/* Of the registers of one side as they are now; one thread a side. */
fingerprint fingerprint_of(const fingerprint_plan *, fingerprint_side);

#endif
