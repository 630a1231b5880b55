/* faults.h - a campaign of planted faults: what the lockstep tells, beside what an oracle of its own sees.
 * SPDX-License-Identifier: Apache-2.0 */
#ifndef DCOM_FAULTS_H
#define DCOM_FAULTS_H

#include "sim.h"

/* Runs A without a fault; on some of its clocks turns each bit of each register over, on each side, and looks whether
 * the comparator tells; then draws o->faults.count faults, and plants each in a run of its own (docs/lockstep.md).
 * EXIT_GOOD: every one was told as the oracle saw it; EXIT_DIFFERENT: one was not; EXIT_WRONG after one line. */
int faults_run(const sim_options *, const dcom_config *, const npy_matrix *a);

#endif
