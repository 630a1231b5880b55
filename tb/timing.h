/* timing.h - what the benches of simulation speed share. SPDX-License-Identifier: Apache-2.0 */
#ifndef DCOM_TIMING_H
#define DCOM_TIMING_H

#include <stdint.h>
#include <stdlib.h>

static inline int timing_ascending(const void *a, const void *b) {
    const double *x = a, *y = b;
    return (*x > *y) - (*x < *y);
}

/* Sorts x. */
static inline double timing_median(double *x, unsigned n) {
    qsort(x, n, sizeof *x, timing_ascending);
    return n % 2 ? x[n / 2] : (x[n / 2 - 1] + x[n / 2]) / 2;
}

/* BF16, all finite; the caller frees it. */
static inline uint16_t *timing_matrix(size_t count) {
    uint16_t *a = malloc(count * sizeof *a);
    uint32_t s = 1;
    for (size_t k = 0; a && k < count; k++) {
        s = s * 1664525 + 1013904223;
        a[k] = (uint16_t)((s >> 16 & 0x807F) | (120 + (s >> 8 & 15)) << 7);
    }
    return a;
}

#endif
