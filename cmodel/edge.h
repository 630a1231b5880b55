/* edge.h - what row and column edges have in common: FP32 sums rounded to BF16 operands, rows forced to zero,
 * peaks, memories. SPDX-License-Identifier: Apache-2.0 */
#ifndef DCOM_EDGE_H
#define DCOM_EDGE_H

#include "engine.h"

#include <stddef.h>

enum { EDGE_KEEP = -1, EDGE_ZERO = 0 }; /* values of a row's mask */

/* out[row][e] = BF16(x[row][e]), +0 where mask[row] is EDGE_ZERO (NULL: nothing is). peak[e] = the largest
 * |x| of lane e, masked rows apart (NaN above infinity). Returns the DCOM_FLAG bits of what is not finite in
 * `out`, NaN and infinity each for itself. */
unsigned edge_round(const float *x, size_t rows, const int32_t *mask, uint16_t *out, float peak[LANES]);

/* Clocked: rtl/edge_memory.v. */
struct edge_memory {
    unsigned width;         /* bytes of a word */
    uint8_t *mem;           /* a word a row */
    uint32_t read_q[LANES]; /* the first `width` bytes */
};

#endif
