/* array_bench.h - the cluster array in lockstep, driven by the timed engine: its clock function, and its speed.
 * SPDX-License-Identifier: Apache-2.0 */
#ifndef DCOM_ARRAY_BENCH_H
#define DCOM_ARRAY_BENCH_H

#include "sim.h"
#include "timed_engine.h"

/* A lockstep and how it is clocked, as a timed engine's `user`. */
typedef struct {
    lockstep_function clock;
    lockstep *lockstep;
} array_seat;

/* The clock function of such an engine. */
int array_clock(void *seat, const dcom_array_in *in, dcom_array_out *out);

/* Times passes over a full array, bare and in lockstep in turn, and prints medians and ratios. 0, 1 when the two
 * sides differed, 2 when it could not be run. */
int array_bench(const dcom_config *config, unsigned rounds);

#endif
