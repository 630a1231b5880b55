/* quality.c - LAPACK's optimum of the same rank, and orthogonality. SPDX-License-Identifier: Apache-2.0 */
#include <lapacke.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include "array.h"
#include "quality.h"

/* sqrt of the energy past the first `rank` singular values of the masked A over that of A; -1 on failure */
static double optimum(const npy_matrix *a, const dcom_parameters *p, const dcom_result *r) {
    size_t side = a->rows < a->columns ? a->rows : a->columns, size = a->rows * a->columns, n = 0;
    double *m = malloc(size * sizeof *m), *s = malloc(side * sizeof *s), all = 0, tail = 0;
    int good = m && s;
    for (size_t k = 0; good && k < size; k++) {
        m[k] = (double)widen(a->bits[k]);
        all += m[k] * m[k];
    }
    for (unsigned k = 0; good && k < r->outlier_count; k++)
        for (size_t t = 0; t < a->rows; t++)
            m[t * a->columns + (size_t)r->outliers[k]] = 0;
    for (unsigned k = 0; good && k < p->exact_token_count; k++)
        memset(m + p->exact_tokens[k] * a->columns, 0, a->columns * sizeof *m);
    good = good && LAPACKE_dgesdd(LAPACK_ROW_MAJOR, 'N', (int)a->rows, (int)a->columns, m, (int)a->columns, s, NULL,
                                  (int)a->rows, NULL, (int)a->columns) == 0;
    for (n = r->rank; good && n < side; n++)
        tail += s[n] * s[n];
    free(m);
    free(s);
    return !good ? -1 : all > 0 ? sqrt(tail / all) : 0;
}

int quality_measure(const npy_matrix *a, const dcom_parameters *p, const dcom_result *r, quality *q) {
    q->orthogonality = 0;
    for (unsigned i = 0; i < r->rank; i++)
        for (unsigned j = i; j < r->rank; j++) {
            double dot = i == j ? -1 : 0;
            for (unsigned c = 0; c < r->channels; c++)
                dot += (double)r->v[(size_t)c * r->rank + i] * (double)r->v[(size_t)c * r->rank + j];
            if (fabs(dot) > q->orthogonality) q->orthogonality = fabs(dot);
        }
    q->optimum = optimum(a, p, r);
    return q->optimum < 0 ? -1 : 0;
}
