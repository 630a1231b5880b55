/* edge.c - FP32 sums rounded to BF16 operands, as every row edge and column edge does it.
 * SPDX-License-Identifier: Apache-2.0 */
#include "edge.h"

#include <string.h>

unsigned edge_round(const float *x, size_t rows, const int32_t *mask, uint16_t *out, float peak[LANES]) {
    int32_t largest[LANES] = {0}, number[LANES] = {0}; /* magnitudes; without NaNs */
    for (size_t r = 0; r < rows; r++) {
        uint32_t u[LANES];
        const uint32_t keep = mask ? (uint32_t)mask[r] : ~0u;
        memcpy(u, x + r * LANES, sizeof u);
        for (unsigned e = 0; e < LANES; e++) { /* a loop that every compiler makes vectors of */
            uint32_t v = u[e] & keep;
            int32_t magnitude = (int32_t)(v & 0x7FFFFFFF);
            uint32_t rounded = (v + 0x7FFF + (v >> 16 & 1)) >> 16;
            int32_t ordered = magnitude > 0x7F800000 ? 0 : magnitude;
            largest[e] = magnitude > largest[e] ? magnitude : largest[e];
            number[e] = ordered > number[e] ? ordered : number[e];
            out[r * LANES + e] = (uint16_t)(magnitude > 0x7F800000 ? 0x7FC0 : rounded);
        }
    }
    unsigned flags = 0;
    for (unsigned e = 0; e < LANES; e++) {
        memcpy(peak + e, largest + e, sizeof *peak);
        if (largest[e] > 0x7F800000) flags |= DCOM_FLAG_NAN;
        if (number[e] >= 0x7F7F8000) flags |= DCOM_FLAG_OVERFLOW; /* rounds to infinity */
    }
    return flags;
}
