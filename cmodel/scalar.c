/* scalar.c - the FP32 scalar unit. Contraction must be off (-ffp-contract=off).
 * SPDX-License-Identifier: Apache-2.0 */
#include "scalar.h"

#include <math.h>
#include <string.h>

float scalar_root(float x) { return x < 0 ? NAN : sqrtf(x); }

unsigned scalar_inverse_root(unsigned n, const float *g, float floor[LANES], float *inverse) {
    float r[LANES][LANES], x[LANES][LANES], q[LANES], next_floor[LANES] = {0};
    unsigned kept = 0, from[LANES]; /* r, x, q: by kept column; from: its column in the block */
    for (unsigned i = 0; i < n; i++) {
        float column[LANES]; /* R[k][i] of the columns kept so far */
        for (unsigned k = 0; k < kept; k++) {
            float s = g[from[k] * LANES + i];
            for (unsigned m = 0; m < k; m++)
                s -= r[m][k] * column[m];
            column[k] = s * q[k];
        }
        float d = g[i * LANES + i];
        for (unsigned k = 0; k < kept; k++)
            d -= column[k] * column[k];
        if (!(d > floor[i])) continue;
        for (unsigned k = 0; k < kept; k++)
            r[k][kept] = column[k];
        next_floor[kept] = floor[i] / d;
        q[kept] = 1 / scalar_root(d);
        from[kept++] = i;
    }
    memset(inverse, 0, LANES * LANES * sizeof *inverse);
    for (unsigned j = 0; j < kept; j++) {
        x[j][j] = q[j];
        for (unsigned i = j; i-- > 0;) {
            float s = r[i][i + 1] * x[i + 1][j];
            for (unsigned k = i + 2; k <= j; k++)
                s += r[i][k] * x[k][j];
            x[i][j] = -(s * q[i]);
        }
        for (unsigned i = 0; i <= j; i++)
            inverse[from[i] * LANES + j] = x[i][j];
    }
    memcpy(floor, next_floor, sizeof next_floor);
    return kept;
}
