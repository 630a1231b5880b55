/* apply.c - APPLY: the right factor of a decomposed matrix times a weight, by transpose passes over weight tiles.
 * SPDX-License-Identifier: Apache-2.0 */
#include "apply.h"
#include "edge.h"

#include <stdlib.h>
#include <string.h>

typedef struct {
    engine *engine;
    const uint16_t *factor, *weights;
    size_t rows, channels, outputs, groups; /* groups of LANES rows */
    uint16_t *tile;                         /* [channels of the tile][outputs of the tile] */
    uint16_t *vectors;                      /* [channels of the tile][LANES]; then [outputs of the tile][LANES] */
    float *pass, *sums;                     /* [outputs of the tile][LANES]; the same for each group */
} layer;

static size_t least(size_t a, size_t b) { return a < b ? a : b; }

/* Outputs [output, output + width) of channels [channel, channel + depth), turned over a square at a time: whole
 * cache lines are read and written, whatever the stride. */
static void fill_tile(const layer *l, size_t channel, size_t depth, size_t output, size_t width) {
    enum { SQUARE = 32 };
    uint16_t square[SQUARE][SQUARE];
    for (size_t c = 0; c < depth; c += SQUARE)
        for (size_t o = 0; o < width; o += SQUARE) {
            const size_t high = least(SQUARE, depth - c), across = least(SQUARE, width - o);
            for (size_t k = 0; k < across; k++)
                for (size_t i = 0; i < high; i++)
                    square[i][k] = l->weights[(output + o + k) * l->channels + channel + c + i];
            for (size_t i = 0; i < high; i++)
                memcpy(l->tile + (c + i) * width + o, square[i], across * sizeof *l->tile);
        }
}

/* Rows of one group at channels [channel, channel + depth), a lane each; +0 past the last row. */
static void fill_vectors(const layer *l, size_t group, size_t channel, size_t depth) {
    for (size_t e = 0; e < LANES; e++) {
        const size_t row = group * LANES + e;
        for (size_t c = 0; c < depth; c++)
            l->vectors[c * LANES + e] = row < l->rows ? l->factor[row * l->channels + channel + c] : 0;
    }
}

/* The column edges' adder: w = w + u, one FP32 addition an element; a NaN is the quiet one. */
static void accumulate(float *restrict w, const float *restrict u, size_t count) {
    const uint32_t bits = 0x7FC00000;
    float quiet;
    memcpy(&quiet, &bits, sizeof quiet);
    for (size_t i = 0; i < count; i++) {
        const float sum = w[i] + u[i];
        w[i] = sum == sum ? sum : quiet;
    }
}

static dcom_status run_tile(const layer *l, size_t channel, size_t depth, size_t output, size_t width) {
    engine *e = l->engine;
    fill_tile(l, channel, depth, output, width);
    dcom_status status = e->load(e, l->tile, (unsigned)depth, (unsigned)width);
    for (size_t group = 0; group < l->groups && !status; group++) {
        fill_vectors(l, group, channel, depth);
        status = e->transpose(e, REGION_TOKENS, 0, (unsigned)depth, LANES, l->vectors, l->pass);
        if (!status) accumulate(l->sums + group * width * LANES, l->pass, width * LANES);
    }
    return status;
}

/* The finished sums of outputs [output, output + width) to where the caller wants them. */
static void hand_over(const layer *l, size_t output, size_t width, float *sums, uint16_t *operand, unsigned *flags) {
    float peak[LANES];
    for (size_t group = 0; group < l->groups; group++) {
        const float *from = l->sums + group * width * LANES;
        *flags |= edge_round(from, width, NULL, l->vectors, peak);
        for (size_t e = 0; e < least(LANES, l->rows - group * LANES); e++) {
            const size_t at = (group * LANES + e) * l->outputs + output;
            for (size_t o = 0; sums && o < width; o++)
                sums[at + o] = from[o * LANES + e];
            for (size_t o = 0; operand && o < width; o++)
                operand[at + o] = l->vectors[o * LANES + e];
        }
    }
}

dcom_status apply_layer(engine *engine, const uint16_t *factor, size_t rows, size_t channels, const uint16_t *weights,
                        size_t outputs, float *sums, uint16_t *operand, unsigned *flags) {
    const dcom_config *config = engine->config;
    const size_t deep = least(channels, (size_t)config->cluster_rows * config->tile_tokens);
    const size_t wide = least(outputs, (size_t)config->cluster_columns * config->tile_channels);
    layer l = {engine, factor, weights, rows, channels, outputs, (rows + LANES - 1) / LANES, NULL, NULL, NULL, NULL};
    dcom_status status = DCOM_OK;
    *flags = 0;
    l.tile = malloc(deep * wide * sizeof *l.tile);
    l.vectors = malloc((deep > wide ? deep : wide) * LANES * sizeof *l.vectors);
    l.pass = malloc(wide * LANES * sizeof *l.pass);
    l.sums = malloc(l.groups * wide * LANES * sizeof *l.sums + 1);
    if (!l.tile || !l.vectors || !l.pass || !l.sums) status = DCOM_E_MEMORY;
    for (size_t output = 0; output < outputs && !status; output += wide) {
        const size_t width = least(wide, outputs - output);
        memset(l.sums, 0, l.groups * width * LANES * sizeof *l.sums);
        for (size_t channel = 0; channel < channels && !status; channel += deep)
            status = run_tile(&l, channel, least(deep, channels - channel), output, width);
        if (!status) hand_over(&l, output, width, sums, operand, flags);
    }
    free(l.tile), free(l.vectors), free(l.pass), free(l.sums);
    return status;
}
