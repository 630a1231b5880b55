/* quality.h - how good a decomposition is, against LAPACK. SPDX-License-Identifier: Apache-2.0 */
#ifndef DCOM_QUALITY_H
#define DCOM_QUALITY_H

#include "npy.h"

typedef struct {
    double optimum;       /* relative error of the best approximation of the same rank and tracks */
    double orthogonality; /* max |V^T V - I| */
} quality;

/* Singular values of A without the exact tracks by LAPACK's gesdd, in double precision. 0, or -1 when it failed. */
int quality_measure(const npy_matrix *a, const dcom_parameters *parameters, const dcom_result *result, quality *q);

#endif
