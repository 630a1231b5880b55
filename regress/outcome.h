/* outcome.h - how one test ended: what a worker answers, or what its death says. SPDX-License-Identifier: Apache-2.0
 */
#ifndef REGRESS_OUTCOME_H
#define REGRESS_OUTCOME_H

#include <jansson.h>
#include <stdbool.h>
#include <stdint.h>

typedef struct {
    bool pass;
    /* "" where there is nothing to say; the outcome's own */
    char *kind, *unit, *reg, *message, *signature, *stimulus, *digest, *counters, *bins;
    int64_t clock, clocks, macs, beats_in, beats_out, peak_kb;
    double seconds, started; /* Unix seconds */
} outcome;

/* A worker's answer for this test. False: it is none; `message` says why. To be released even then. */
bool outcome_read(outcome *o, const char *line, const char *name, uint32_t seed, char message[256]);
/* A test that failed without an answer, by `what` ("SIGSEGV", or ""). False: out of memory. To be released even then.
 */
bool outcome_failed(outcome *o, const char *kind, const char *what, const char *message, double seconds);
void outcome_release(outcome *o);
/* "kind unit register" with what is empty left out: failures of one cause have one signature. Unit and register
 * without indices and instance names: row[1].node[0].u_cluster.u_mac_grid.product_q is mac_grid product_q. NULL: out
 * of memory. */
char *outcome_signature(const char *kind, const char *unit, const char *reg);

#endif
