/* row_edge.h - the row edges: start signs, sums of squares of P, products of overlaps.
 * SPDX-License-Identifier: Apache-2.0
 *
 * One row edge serves one cluster row: its run_tokens tokens and its basis rows (engine.h). */
#ifndef DCOM_ROW_EDGE_H
#define DCOM_ROW_EDGE_H

#include "edge.h"
#include "kernel.h"

/* A bijective 32-bit hash of additions, shifts and exclusive-ors (Jenkins): no multiplier. */
uint32_t row_edge_hash(uint32_t x);

/* Signs: y[t][e] = -1 when bit e of row_edge_hash(key + t) is set, else +1, for lanes from .. lanes - 1; +0
 * where mask[t] is EDGE_ZERO. Other lanes are left alone. The key of a run's start block is
 * row_edge_hash(seed). */
void row_edge_signs(uint32_t key, unsigned tokens, const int32_t *mask, unsigned from, unsigned lanes, uint16_t *y);

/* sum[e] = sum over tokens of a[t][e] * b[t][e]: in a row edge one chain of fused multiply-adds from +0 in
 * ascending token, then FP32 additions from +0 over the edges, ascending. With a = b = P, the squares of its
 * columns. */
void row_edge_dot(const kernel *, const engine *, const uint16_t *a, const uint16_t *b, float sum[LANES]);

/* lost[t][e] = BF16(2 (p - p16)), twice what the rounding of P took away; +0 where mask[t] is EDGE_ZERO. */
void row_edge_lost(const float *p, const uint16_t *p16, unsigned tokens, const int32_t *mask, uint16_t *lost);

/* sum[e] = sum over basis rows k < rows of a[k][e] * b[k][e], in the order of a transpose pass over these
 * rows. */
void row_edge_products(const kernel *, const engine *, const uint16_t *a, const uint16_t *b, unsigned rows,
                       float sum[LANES]);

#endif
