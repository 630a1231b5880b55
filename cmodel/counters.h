/* counters.h - the counters, clock by clock: what rtl/counters.v is, under its names. SPDX-License-Identifier:
 * Apache-2.0 */
#ifndef DCOM_COUNTERS_H
#define DCOM_COUNTERS_H

#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

enum { COUNTERS_MOST = 64 };

struct counters {
    unsigned n; /* N */
    uint64_t count_q[COUNTERS_MOST];
};

struct counters_in {
    uint8_t rst;
    uint64_t events; /* bit k: event k */
};

/* All registers 0. */
void counters_init(struct counters *, unsigned n);
/* One clock; the outputs are count_q. */
void counters_step(struct counters *, const struct counters_in *);

#ifdef __cplusplus
}
#endif
#endif
