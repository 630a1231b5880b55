/* lanczos.h - the algorithm of D-com, once, on the datapath's commands: block Lanczos with measured
 * orthogonality. SPDX-License-Identifier: Apache-2.0 */
#ifndef DCOM_LANCZOS_H
#define DCOM_LANCZOS_H

#include "datapath.h"

/* What a run leaves. P and V have `rank` columns of the parameters as their stride, `rank` of the result in
 * use. */
typedef struct {
    unsigned stride;   /* columns from row to row of p and v: the rank asked for */
    unsigned rank;     /* columns found */
    uint16_t *p;       /* BF16 [tokens][stride] */
    uint16_t *v;       /* BF16 [channels][stride] */
    int32_t *outliers; /* ascending, parameters.outliers of them */
    uint8_t *widths;   /* columns of each block that is part of P and V */
    unsigned blocks;
    unsigned passes, rounds, deflations;
    dcom_stop stop;
    unsigned flags;
    float total;    /* ||A||^2 */
    float residual; /* ||D - P V^T||^2 as certified */
    float bound;    /* how far it may be off */
} lanczos_result;

/* Runs a decomposition of A (tokens x channels, row-major BF16) on `path`; NULL: of a matrix that only the path
 * knows, with masks of NULL and norms of 1 (predict.c). The parameters must be in range and A must fit (dcom.c checks
 * both). On DCOM_OK the caller releases the result; on any other status nothing is left. */
dcom_status lanczos_decompose(datapath *path, const uint16_t *a, unsigned tokens, unsigned channels,
                              const dcom_parameters *parameters, lanczos_result *result);
void lanczos_release(lanczos_result *);

#endif
