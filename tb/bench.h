/* bench.h - simulation speed of the array. SPDX-License-Identifier: Apache-2.0 */
#ifndef DCOM_BENCH_H
#define DCOM_BENCH_H

#include "dcom.h"

/* Times passes over a full array, bare and in lockstep in turn, and prints medians and ratios. 0, 1 when the two
 * sides differed, 2 when it could not be run. */
int sim_bench(const dcom_config *config, unsigned rounds);

#endif
