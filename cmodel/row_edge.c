/* row_edge.c - the row edges: start signs, sums of squares of P, products of overlaps.
 * SPDX-License-Identifier: Apache-2.0 */
#include "row_edge.h"

#include <string.h>

uint32_t row_edge_hash(uint32_t x) {
    x = (x + 0x7ED55D16) + (x << 12);
    x = (x ^ 0xC761C23C) ^ (x >> 19);
    x = (x + 0x165667B1) + (x << 5);
    x = (x + 0xD3A2646C) ^ (x << 9);
    x = (x + 0xFD7046C5) + (x << 3);
    return (x ^ 0xB55A4F09) ^ (x >> 16);
}

void row_edge_signs(uint32_t key, unsigned tokens, const int32_t *mask, unsigned from, unsigned lanes, uint16_t *y) {
    for (unsigned t = 0; t < tokens; t++) {
        const uint32_t hash = row_edge_hash(key + t);
        for (unsigned e = from; e < lanes; e++)
            y[(size_t)t * LANES + e] = mask[t] == EDGE_ZERO ? 0 : 0x3F80 | (hash >> e & 1) << 15;
    }
}

static void add_chain(float sum[LANES], float chain[LANES]) {
    for (unsigned e = 0; e < LANES; e++)
        sum[e] += chain[e];
    memset(chain, 0, LANES * sizeof *chain);
}

void row_edge_dot(const kernel *k, const engine *engine, const uint16_t *a, const uint16_t *b, float sum[LANES]) {
    float chain[LANES] = {0};
    memset(sum, 0, LANES * sizeof *sum);
    for (size_t t = 0; t < engine->tokens; t += engine->run_tokens) {
        size_t left = engine->tokens - t, n = left < engine->run_tokens ? left : engine->run_tokens;
        k->accumulate(a + t * LANES, b + t * LANES, n, LANES, chain);
        add_chain(sum, chain);
    }
}

void row_edge_lost(const float *p, const uint16_t *p16, unsigned tokens, const int32_t *mask, uint16_t *lost) {
    for (size_t t = 0; t < tokens; t++)
        for (unsigned e = 0; e < LANES; e++) { /* p - p16 is exact: a difference of neighbours */
            uint32_t bits = (uint32_t)p16[t * LANES + e] << 16;
            float rounded, difference;
            memcpy(&rounded, &bits, sizeof rounded);
            difference = 2 * (p[t * LANES + e] - rounded);
            memcpy(&bits, &difference, sizeof bits);
            bits &= (uint32_t)mask[t];
            lost[t * LANES + e] = (uint16_t)((bits + 0x7FFF + (bits >> 16 & 1)) >> 16);
        }
}

void row_edge_products(const kernel *k, const engine *engine, const uint16_t *a, const uint16_t *b, unsigned rows,
                       float sum[LANES]) {
    const unsigned edges = engine->config->cluster_rows, step = edges * MAC_ROWS;
    float chain[LANES] = {0};
    memset(sum, 0, LANES * sizeof *sum);
    for (unsigned edge = 0; edge < edges && edge * MAC_ROWS < rows; edge++) {
        for (unsigned row = edge * MAC_ROWS; row < rows; row += step) {
            unsigned n = rows - row < MAC_ROWS ? rows - row : MAC_ROWS;
            k->accumulate(a + (size_t)row * LANES, b + (size_t)row * LANES, n, LANES, chain);
        }
        add_chain(sum, chain);
    }
}
