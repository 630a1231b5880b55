/* command_measure.c - the true error of a decomposition, in double precision, apart from everything that made
 * it. SPDX-License-Identifier: Apache-2.0 */
#include "command.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { SPAN = 256 }; /* channels at a time: their part of V^T stays in cache */

static double widen(uint16_t bits) {
    const uint32_t word = (uint32_t)bits << 16;
    float value;
    memcpy(&value, &word, sizeof value);
    return (double)value;
}

typedef struct {
    double all, left; /* sums of squares of A and of A less its approximation */
} squares;

/* Adds channels [from, from + span) of one token. `vt`: rank x SPAN, transposed V; `kept`: channels on the
 * exact track. */
static void add_row(squares *sum, const uint16_t *a, const float *p, unsigned rank, const double *vt,
                    const bool *kept, size_t span, bool exact) {
    double estimate[SPAN] = {0};
    for (unsigned k = 0; k < rank; k++)
        for (size_t c = 0; c < SPAN; c++)
            estimate[c] += (double)p[k] * vt[(size_t)k * SPAN + c];
    for (size_t c = 0; c < span; c++) {
        const double value = widen(a[c]), difference = value - estimate[c];
        sum->all += value * value;
        if (!exact && !kept[c]) sum->left += difference * difference;
    }
}

double measure_error(const npy_matrix *a, const dcom_parameters *parameters, const dcom_result *r) {
    squares sum = {0, 0};
    double *vt = malloc(((size_t)r->rank * SPAN + 1) * sizeof *vt);
    bool *kept = calloc(a->columns + SPAN, sizeof *kept), *exact = calloc(a->rows, sizeof *exact);
    const bool memory = vt && kept && exact;
    for (unsigned i = 0; memory && i < r->outlier_count; i++)
        kept[r->outliers[i]] = true;
    for (unsigned i = 0; memory && i < parameters->exact_token_count; i++)
        exact[parameters->exact_tokens[i]] = true;
    for (size_t from = 0; memory && from < a->columns; from += SPAN) {
        const size_t span = a->columns - from < SPAN ? a->columns - from : SPAN;
        for (unsigned k = 0; k < r->rank; k++)
            for (size_t c = 0; c < SPAN; c++)
                vt[(size_t)k * SPAN + c] = c < span ? (double)r->v[(from + c) * r->rank + k] : 0;
        for (size_t t = 0; t < a->rows; t++)
            add_row(&sum, a->bits + t * a->columns + from, r->p + t * r->rank, r->rank, vt, kept + from, span,
                    exact[t]);
    }
    free(vt);
    free(kept);
    free(exact);
    if (!memory) return -1;
    return sum.all > 0 ? sqrt(sum.left / sum.all) : 0;
}
