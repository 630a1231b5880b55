/* worker.h - runs many cases in one process: a line of a case table in, a line of JSON out (docs/lockstep.md).
 * SPDX-License-Identifier: Apache-2.0 */
#ifndef DCOM_WORKER_H
#define DCOM_WORKER_H

#include "judge.h"

/* Until the end of standard input; EXIT_GOOD, or EXIT_WRONG after one line. `config`: a name or file, NULL: the
 * configuration in rtl/config that the DUT was built for. */
int worker_run(const sim_kind *, const char *config);

#endif
