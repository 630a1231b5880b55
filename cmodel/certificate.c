/* certificate.c - the error of the decomposition as the hardware knows it: residual, correction, bound.
 * SPDX-License-Identifier: Apache-2.0 */
#include "certificate.h"
#include "fp.h"
#include "row_edge.h"
#include "scalar.h"

#include <stdlib.h>
#include <string.h>

static const float noise = 0x1.Ap-16f;  /* of ||D||^2: (.005)^2 */
static const float rounding = 0x1p-16f; /* of ||D||^2: what the rounding of C, P^T P and W may hide */
static const float slack = 1 + 0x1p-6f; /* covers the rounding of the bound itself */

static uint16_t to_bf16(float x) {
    uint32_t u;
    memcpy(&u, &x, sizeof u);
    return fp_to_bf16(u);
}

dcom_status certificate_create(certificate *c, unsigned rows) {
    *c = (certificate){0};
    c->overlap = calloc((size_t)rows * LANES, sizeof *c->overlap);
    c->norm = calloc((size_t)rows * LANES, sizeof *c->norm);
    return c->overlap && c->norm ? DCOM_OK : DCOM_E_MEMORY;
}

void certificate_release(certificate *c) {
    free(c->overlap), free(c->norm);
    *c = (certificate){0};
}

void certificate_append(certificate *c, const kernel *k, const engine *engine, unsigned first, unsigned kept,
                        const float *h, const float squares[LANES], const float lost[LANES]) {
    const unsigned rows = first + kept;
    float sum[LANES], norm[LANES];
    memset(c->overlap, 0, (size_t)rows * LANES * sizeof *c->overlap);
    for (unsigned e = 0; e < kept; e++) {
        norm[e] = scalar_root(squares[e]);
        for (unsigned i = 0; i < LANES; i++)
            c->norm[(size_t)(first + e) * LANES + i] = to_bf16(norm[e]);
    }
    /* the bound: |C| without its diagonal */
    for (unsigned row = 0; row < rows; row++)
        for (unsigned e = 0; e < kept; e++)
            if (row != first + e)
                c->overlap[row * LANES + e] = to_bf16((row < first ? 2 : 1) * h[row * LANES + e]) & 0x7FFF;
    row_edge_products(k, engine, c->overlap, c->norm, rows, sum);
    c->cross = 0;
    for (unsigned e = 0; e < kept; e++)
        c->cross += sum[e] * norm[e];
    c->cross *= slack;
    /* the correction itself */
    for (unsigned row = 0; row < rows; row++)
        for (unsigned e = 0; e < kept; e++) {
            float overlap = row == first + e ? 0 : h[row * LANES + e];
            c->overlap[row * LANES + e] = to_bf16((row < first ? 2 : 1) * overlap);
        }
    for (unsigned e = 0; e < kept; e++) {
        c->residual -= squares[e];
        c->residual -= lost[e];
        c->residual += (h[(first + e) * LANES + e] - 1) * squares[e];
    }
    c->pending = true;
}

void certificate_settle(certificate *c, const kernel *k, const engine *engine, const uint16_t *overlaps,
                        unsigned rows) {
    float sum[LANES];
    if (!c->pending) return;
    row_edge_products(k, engine, c->overlap, overlaps, rows, sum);
    for (unsigned e = 0; e < LANES; e++)
        c->residual += sum[e];
    c->pending = false;
}

float certificate_residual(const certificate *c) { return c->residual > 0 ? c->residual : 0; }

float certificate_bound(const certificate *c) {
    float base = rounding * c->decomposed;
    return c->pending ? base + c->cross : base;
}

bool certificate_reached(const certificate *c, float limit) {
    return certificate_residual(c) + certificate_bound(c) <= limit;
}

bool certificate_possible(const certificate *c, float limit) { return rounding * c->decomposed <= limit; }

bool certificate_is_noise(const certificate *c) {
    return certificate_residual(c) + (c->pending ? c->cross : 0) <= noise * c->decomposed;
}
