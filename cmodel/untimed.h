/* untimed.h - the cluster array without a clock: the numbers of engine.h as fast as the host can make them.
 * SPDX-License-Identifier: Apache-2.0 */
#ifndef DCOM_UNTIMED_H
#define DCOM_UNTIMED_H

#include "engine.h"
#include "kernel.h"

/* A new engine on `kernel` (NULL = the best of this host). `config` must outlive it. */
dcom_status untimed_create(const dcom_config *config, const kernel *kernel, engine **created);
void untimed_destroy(engine *);

#endif
