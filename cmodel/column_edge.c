/* column_edge.c - the column edges: channel statistics while A streams in, the block W between the passes.
 * SPDX-License-Identifier: Apache-2.0 */
#include "column_edge.h"

#include <string.h>

void column_edge_statistics(const kernel *k, const uint16_t *a, unsigned tokens, unsigned channels,
                            const int32_t *token_mask, uint16_t *peak, float *energy, float *exact) {
    memset(peak, 0, channels * sizeof *peak);
    memset(energy, 0, channels * sizeof *energy);
    memset(exact, 0, channels * sizeof *exact);
    for (unsigned t = 0, end; t < tokens; t = end) { /* a run of tokens on the same track at a time */
        const uint16_t *run = a + (size_t)t * channels;
        const int keep = token_mask[t] == EDGE_KEEP;
        for (end = t + 1; end < tokens && (token_mask[end] == EDGE_KEEP) == keep;)
            end++;
        k->accumulate(run, run, end - t, channels, keep ? energy : exact);
        if (keep) k->raise_peaks(run, end - t, channels, peak);
    }
}

void column_edge_outliers(const uint16_t *peak, unsigned channels, unsigned count, int32_t *mask, int32_t *list) {
    for (unsigned c = 0; c < channels; c++)
        mask[c] = EDGE_KEEP;
    for (unsigned n = 0; n < count; n++) {
        unsigned best = channels;
        for (unsigned c = 0; c < channels; c++)
            if (mask[c] == EDGE_KEEP && (best == channels || peak[c] > peak[best])) best = c;
        mask[best] = EDGE_ZERO;
    }
    for (unsigned c = 0, n = 0; c < channels; c++)
        if (mask[c] == EDGE_ZERO) list[n++] = (int32_t)c;
}

float column_edge_sum(const float *x, unsigned channels, unsigned run, const int32_t *mask) {
    float total = 0;
    for (unsigned c = 0; c < channels;) {
        float edge = 0;
        for (unsigned end = c + run < channels ? c + run : channels; c < end; c++)
            if (!mask || mask[c] == EDGE_KEEP) edge += x[c];
        total += edge;
    }
    return total;
}

void column_edge_subtract(float *restrict w, const float *restrict u, unsigned channels) {
    for (size_t c = 0; c < channels; c++)
        for (unsigned e = 0; e < LANES; e++)
            w[c * LANES + e] -= u[c * LANES + e];
}
