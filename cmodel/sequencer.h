/* sequencer.h - the algorithm of D-com, once, on the engine interface: block Lanczos with measured
 * orthogonality. SPDX-License-Identifier: Apache-2.0 */
#ifndef DCOM_SEQUENCER_H
#define DCOM_SEQUENCER_H

#include "engine.h"

/* What a run leaves. P and V have `rank` columns of the parameters as their stride, `rank` of the result in
 * use. */
typedef struct {
    unsigned stride;   /* columns from row to row of p and v: the rank asked for */
    unsigned rank;     /* columns found */
    uint16_t *p;       /* BF16 [tokens][stride] */
    uint16_t *v;       /* BF16 [channels][stride] */
    int32_t *outliers; /* ascending, parameters.outliers of them */
    unsigned passes, rounds, deflations;
    dcom_stop stop;
    unsigned flags;
    float total;    /* ||A||^2 */
    float residual; /* ||D - P V^T||^2 as certified */
    float bound;    /* how far it may be off */
} sequencer_result;

/* Scratch memory, kept from run to run; zero it before the first, free the block after the last. */
typedef struct {
    void *block;
    size_t bytes;
} sequencer_workspace;

/* Runs a decomposition of A (tokens x channels, row-major BF16) on `engine`. The parameters must be in range
 * and A must fit (dcom.c checks both). On DCOM_OK the caller releases the result; on any other status nothing
 * is left. */
dcom_status sequencer_decompose(engine *engine, const uint16_t *a, unsigned tokens, unsigned channels,
                                const dcom_parameters *parameters, sequencer_workspace *space,
                                sequencer_result *result);
void sequencer_release(sequencer_result *);

#endif
