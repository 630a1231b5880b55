/* column_edge.h - the column edges: channel statistics while A streams in, the block W between the passes.
 * SPDX-License-Identifier: Apache-2.0
 *
 * One column edge serves one cluster column, run_channels channels of it. */
#ifndef DCOM_COLUMN_EDGE_H
#define DCOM_COLUMN_EDGE_H

#include "edge.h"
#include "kernel.h"

/* Per channel c: peak[c] = max |a| (BF16 bits) and energy[c] = the chain of fused a * a + sum from +0 over
 * tokens in ascending order, both over the tokens whose mask is EDGE_KEEP; exact[c]: the same chain over the
 * others. */
void column_edge_statistics(const kernel *, const uint16_t *a, unsigned tokens, unsigned channels,
                            const int32_t *token_mask, uint16_t *peak, float *energy, float *exact);

/* Marks in mask[] (EDGE_ZERO) the `count` channels of the largest peak, the lower channel first among equals,
 * and lists them in ascending order. */
void column_edge_outliers(const uint16_t *peak, unsigned channels, unsigned count, int32_t *mask, int32_t *list);

/* Sum of x[c] over the channels with mask EDGE_KEEP (all for NULL): FP32 additions from +0, ascending inside
 * a column edge of `run` channels, then over the edges, ascending. */
float column_edge_sum(const float *x, unsigned channels, unsigned run, const int32_t *mask);

/* w = w - u, one FP32 subtraction an element; both channels x LANES. */
void column_edge_subtract(float *w, const float *u, unsigned channels);

#endif
