/* certificate.c - the error of the decomposition as the hardware knows it: residual, correction, bound.
 * SPDX-License-Identifier: Apache-2.0 */
#include "certificate.h"

#include <math.h>

static const float noise = 0x1.Ap-16f;  /* of ||D||^2: (.005)^2 */
static const float rounding = 0x1p-16f; /* of ||D||^2: what the rounding of C, P^T P and W may hide */
static const float slack = 1 + 0x1p-6f; /* covers the rounding of the bound itself */

void certificate_append(certificate *c, unsigned kept, const float *g, const float squares[LANES],
                        const float lost[LANES], const float norm[LANES], const float bound[LANES]) {
    c->cross = 0;
    for (unsigned e = 0; e < kept; e++) {
        c->cross += bound[e] * norm[e];
        c->residual += (g[e * LANES + e] - 1) * squares[e] - squares[e] - lost[e];
    }
    c->cross *= slack;
    c->pending = true;
}

void certificate_settle(certificate *c, const float sum[LANES]) {
    for (unsigned e = 0; e < LANES; e++)
        c->residual += sum[e];
    c->cross = 0;
    c->pending = false;
}

float certificate_residual(const certificate *c) { return c->residual > 0 ? c->residual : 0; }

float certificate_bound(const certificate *c) { return rounding * c->decomposed + c->cross; }

bool certificate_reached(const certificate *c, float limit) {
    return certificate_residual(c) + certificate_bound(c) <= limit;
}

bool certificate_possible(const certificate *c, float limit) { return rounding * c->decomposed <= limit; }

bool certificate_is_noise(const certificate *c) {
    return certificate_residual(c) + c->cross <= noise * c->decomposed;
}

float certificate_relative(float square, float total) {
    if (!isfinite(square) || !isfinite(total)) return 1;
    return total > 0 ? sqrtf(square / total) : 0;
}
