/* kernel.h - the multiply-add kernels of the untimed model: one contract, three machines, equal bit for bit.
 * SPDX-License-Identifier: Apache-2.0
 *
 * A matrix is stored as panels of PANEL outputs: element (output o, index k) is at
 * [o / PANEL][k][kernel_slot(o % PANEL)], so that one cache line holds one index of a whole panel and its
 * even and odd halfwords are outputs 0..15 and 16..31 of it. Outputs past the matrix's edge are +0. */
#ifndef DCOM_KERNEL_H
#define DCOM_KERNEL_H

#include <stddef.h>
#include <stdint.h>

#include "geometry.h"

enum { PANEL = 32, KERNEL_GROUP = 4, KERNEL_TILE = KERNEL_GROUP * PANEL };

static inline unsigned kernel_slot(unsigned output) {
    return output < PANEL / 2 ? 2 * output : 2 * (output - PANEL / 2) + 1;
}

/* Contracts `panels` panels, `stride` elements apart, with x[k][lanes] (BF16 values widened to FP32).
 * tile[2 x panels][lanes][16]: the sums of outputs 16 j .. 16 j + 15 for each lane; NaNs not yet canonical.
 */
typedef void kernel_tile(const uint16_t *panel, size_t stride, const span *spans, size_t span_count, const float *x,
                         float *tile);

typedef struct {
    const char *name;
    unsigned group[4];      /* panels of one wide tile, for 1, 2, 4 and 8 lanes; 1..KERNEL_GROUP */
    kernel_tile *wide[4];   /* group[] panels at once */
    kernel_tile *single[4]; /* one panel */
    /* sum[i] = a[r][i] * b[r][i] + sum[i], fused, for r = 0 .. rows - 1; rows are `width` apart. */
    void (*accumulate)(const uint16_t *a, const uint16_t *b, size_t rows, size_t width, float *sum);
    /* peak[i] = max(peak[i], |a[r][i]|), magnitudes as BF16 bits. */
    void (*raise_peaks)(const uint16_t *a, size_t rows, size_t width, uint16_t *peak);
} kernel;

/* The kernel called `name` (avx512, avx2, portable), NULL when this host cannot run it; for NULL the best that
 * isa_limit() allows. */
const kernel *kernel_select(const char *name);

/* out[o][LANES] = the sums of outputs [first, first + count), lanes 0 .. expansion - 1; other lanes +0; NaNs
 * canonical. panels: the panel that holds output 0, at the first index of the sum; stride: elements from
 * panel to panel. */
void kernel_contract(const kernel *, const uint16_t *panels, size_t stride, unsigned first, unsigned count,
                     const span *spans, size_t span_count, const float *x, unsigned expansion, float *out);

#endif
