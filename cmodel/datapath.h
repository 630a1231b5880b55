/* datapath.h - what the sequencer commands: the array between its edges, which hold the block W, its factor P and the
 * overlaps h between the passes.
 * SPDX-License-Identifier: Apache-2.0
 *
 * Each function is one command of the hardware (docs/accelerator.md), or one for each kind of edge. datapath_create()
 * makes one that computes the edges' numbers itself, on an engine, clocked or not. A block is LANES columns wide;
 * columns past `lanes` are +0. `flags` collects the DCOM_FLAG bits of what the edges round. */
#ifndef DCOM_DATAPATH_H
#define DCOM_DATAPATH_H

#include "engine.h"
#include "kernel.h"
#include "scalar_program.h"

typedef struct datapath datapath;
struct datapath {
    engine *engine;
    const kernel *kernel; /* of the sums that are no pass over the array */
    unsigned flags;       /* sticky; the caller clears it */

    /* A program of the scalar unit; its numbers are the caller's. */
    void (*program)(datapath *, enum scalar_program);
    /* A new run on the loaded matrix, of at most `rows` basis rows: masks as edge.h has them, one a token and one a
     * channel, kept until the next; all else +0. */
    dcom_status (*begin)(datapath *, const int32_t *token_mask, const int32_t *channel_mask, unsigned rows);
    /* Each of the next four makes W, and V = BF16(W), masked, which is the candidate in basis rows [rows, rows +
     * lanes).
     *
     * The first block of a run: W = D^T Y, Y random signs of `key` (row_edge.h), a chunk of 8 tokens of every cluster
     * row at a time: what the first chunk gives, then W + what the next one gives, FP32. */
    dcom_status (*start_block)(datapath *, unsigned rows, unsigned lanes, uint32_t key);
    /* W = D^T Y. Y: P in lanes below `width`, random signs of `key` in the lanes from there to `lanes`. */
    dcom_status (*next_block)(datapath *, unsigned rows, unsigned width, unsigned lanes, uint32_t key);
    /* W -= (basis rows [0, rows))^T BF16(h). */
    dcom_status (*project)(datapath *, unsigned rows, unsigned lanes);
    /* W = (candidate - basis rows [0, rows)^T h) x, x: FP32 [LANES][LANES]: the transpose pass over [0, rows + lanes)
     * of BF16(row_edge_turn(h, x)) and, below it, BF16(x). */
    dcom_status (*combine)(datapath *, unsigned rows, unsigned lanes, const float *x);
    /* h of basis rows [0, rows), the Gram matrix of the candidate in the `lanes` rows below it. peak[e]: the largest
     * |h| of rows [0, rows). */
    dcom_status (*measure)(datapath *, unsigned rows, unsigned lanes, float peak[LANES]);
    /* The Gram matrix: FP32 [lanes][LANES], as last measured at basis row `rows`. */
    dcom_status (*gram)(datapath *, unsigned rows, unsigned lanes, float *g);
    /* P = BF16(D V), masked; columns of P and V from `kept` on become +0. */
    dcom_status (*multiply)(datapath *, unsigned kept, unsigned lanes);
    /* Of the P last multiplied: squares[e] = |p_e|^2, lost[e] = 2 p_e^T (what its rounding took away). */
    dcom_status (*squares)(datapath *, float squares[LANES], float lost[LANES]);
    /* Keeps the overlaps C of the block at basis rows [first, first + kept) as last measured, and the norms of its
     * columns of P. bound[e] = sum of |C| norm over all rows but its own, doubled above the block. */
    dcom_status (*certify)(datapath *, unsigned first, unsigned kept, const float norm[LANES], float bound[LANES]);
    /* sum[e] = sum of C h over basis rows [0, rows), C as last kept, h as last measured. */
    dcom_status (*settle)(datapath *, unsigned rows, float sum[LANES]);
    /* The first `kept` columns of P and V into columns [column, column + kept) of p [tokens][stride], v likewise. */
    dcom_status (*store)(datapath *, unsigned kept, uint16_t *p, uint16_t *v, unsigned stride, unsigned column);
};

/* The edges' numbers on `engine`, which must outlive it. NULL when out of memory. */
datapath *datapath_create(engine *engine);
void datapath_destroy(datapath *);

#endif
