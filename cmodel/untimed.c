/* untimed.c - the cluster array without a clock.
 * SPDX-License-Identifier: Apache-2.0
 *
 * A is kept packed twice, by token and by channel, and so are the basis rows V^T: a pass in either direction
 * is the same kernel on panels. Clusters exist only as the spans of each sum (geometry.h). */
#include "untimed.h"
#include "isa.h"
#include "panel.h"

#include <stdlib.h>
#include <string.h>

typedef struct {
    engine face; /* first: an engine * is a pointer to it */
    const kernel *kernel;
    unsigned basis_rows;        /* of the whole array */
    unsigned written;           /* basis rows at and past this one are zero */
    uint16_t *by_token;         /* outputs tokens, contracted over channels */
    uint16_t *by_channel;       /* outputs channels, contracted over tokens */
    uint16_t *basis_by_row;     /* outputs basis rows, contracted over channels */
    uint16_t *basis_by_channel; /* outputs channels, contracted over basis rows */
    uint16_t *columns;          /* basis rows being written, one after the other */
    float *vector;              /* the operand of a pass, widened, lanes packed */
    span *spans;
} untimed;

static unsigned most(unsigned a, unsigned b) { return a > b ? a : b; }

static void *cache_lines(size_t count, size_t size) {
    size_t bytes = (count * size + 63) / 64 * 64;
    void *p = aligned_alloc(64, bytes ? bytes : 64);
    if (p) memset(p, 0, bytes);
    return p;
}

static void clear_basis(untimed *u) {
    const size_t channels = u->face.channels, stride = (size_t)u->basis_rows * PANEL;
    memset(u->basis_by_row, 0, panel_size(u->written, channels) * sizeof(uint16_t));
    for (size_t panel = 0; panel * PANEL < channels; panel++)
        memset(u->basis_by_channel + panel * stride, 0, (size_t)u->written * PANEL * sizeof(uint16_t));
    u->written = 0;
}

static void forget(untimed *u) {
    free(u->by_token), free(u->by_channel), free(u->basis_by_row), free(u->basis_by_channel), free(u->vector),
        free(u->columns);
    u->by_token = u->by_channel = u->basis_by_row = u->basis_by_channel = NULL;
    u->vector = NULL, u->columns = NULL;
    u->face.tokens = u->face.channels = u->written = 0;
}

static dcom_status load(engine *face, const uint16_t *a, unsigned tokens, unsigned channels) {
    untimed *u = (untimed *)face;
    const dcom_config *config = face->config;
    if (tokens != face->tokens || channels != face->channels) {
        forget(u);
        u->by_token = cache_lines(panel_size(tokens, channels), 2);
        u->by_channel = cache_lines(panel_size(channels, tokens), 2);
        u->basis_by_row = cache_lines(panel_size(u->basis_rows, channels), 2);
        u->basis_by_channel = cache_lines(panel_size(channels, u->basis_rows), 2);
        u->columns = cache_lines((size_t)channels * LANES, 2);
        u->vector = cache_lines((size_t)most(most(tokens, channels), u->basis_rows) * LANES, sizeof(float));
        if (!u->by_token || !u->by_channel || !u->basis_by_row || !u->basis_by_channel || !u->vector || !u->columns) {
            forget(u);
            return DCOM_E_MEMORY;
        }
        face->tokens = tokens, face->channels = channels;
        face->local_tokens = geometry_local(tokens, config->cluster_rows);
        face->local_channels = geometry_local(channels, config->cluster_columns);
    }
    panel_pack_rows(a, tokens, channels, u->by_token);
    panel_pack_columns(a, tokens, channels, u->by_channel);
    clear_basis(u);
    return DCOM_OK;
}

static dcom_status write_basis(engine *face, unsigned first, unsigned count, const uint16_t *rows) {
    untimed *u = (untimed *)face;
    if (first + count > u->basis_rows || count < 1 || count > LANES) return DCOM_E_SHAPE;
    u->written = most(u->written, first + count);
    const size_t channels = face->channels, stride = (size_t)u->basis_rows * PANEL;
    size_t at[LANES], from[LANES];
    for (unsigned e = 0; e < LANES; e++) { /* past `count`, the last row once more */
        const unsigned row = first + (e < count ? e : count - 1);
        from[e] = row - first;
        at[e] = row / PANEL * channels * PANEL + kernel_slot(row % PANEL);
    }
    for (size_t c = 0; c < channels; c++)
        for (unsigned e = 0; e < LANES; e++)
            u->basis_by_row[c * PANEL + at[e]] = rows[c * LANES + from[e]];
    panel_transpose_lanes(rows, channels, u->columns, channels);
    for (unsigned e = 0; e < count; e++)
        panel_put_index(u->columns + e * channels, channels, u->basis_by_channel + (size_t)(first + e) * PANEL,
                        stride);
    return DCOM_OK;
}

/* count x LANES BF16 -> count x expansion FP32 */
static void widen(const uint16_t *x, size_t count, unsigned expansion, float *restrict to) {
    if (expansion == LANES) {
        for (size_t i = 0; i < count; i++)
            for (unsigned e = 0; e < LANES; e++) {
                uint32_t bits = (uint32_t)x[i * LANES + e] << 16;
                memcpy(to + i * LANES + e, &bits, sizeof bits);
            }
        return;
    }
    for (size_t i = 0; i < count; i++)
        for (unsigned e = 0; e < expansion; e++) {
            uint32_t bits = (uint32_t)x[i * LANES + e] << 16;
            memcpy(to + i * expansion + e, &bits, sizeof bits);
        }
}

static dcom_status forward(engine *face, engine_region region, unsigned first, unsigned count, unsigned expansion,
                           const uint16_t *x, float *out) {
    untimed *u = (untimed *)face;
    const int tokens = region == REGION_TOKENS;
    if (first + count > (tokens ? face->tokens : u->basis_rows)) return DCOM_E_SHAPE;
    unsigned spans = geometry_spans(0, face->channels, face->config->cluster_columns, u->spans);
    widen(x, face->channels, expansion, u->vector);
    kernel_contract(u->kernel, tokens ? u->by_token : u->basis_by_row, (size_t)face->channels * PANEL, first, count,
                    u->spans, spans, u->vector, expansion, out);
    return DCOM_OK;
}

static dcom_status transpose(engine *face, engine_region region, unsigned first, unsigned count, unsigned expansion,
                             const uint16_t *y, float *out) {
    untimed *u = (untimed *)face;
    const int tokens = region == REGION_TOKENS;
    const unsigned depth = tokens ? face->tokens : u->basis_rows;
    if (first + count > depth) return DCOM_E_SHAPE;
    unsigned spans = geometry_spans(first, count, face->config->cluster_rows, u->spans);
    widen(y, count, expansion, u->vector);
    kernel_contract(u->kernel, (tokens ? u->by_channel : u->basis_by_channel) + (size_t)first * PANEL,
                    (size_t)depth * PANEL, 0, face->channels, u->spans, spans, u->vector, expansion, out);
    return DCOM_OK;
}

dcom_status untimed_create(const dcom_config *config, const kernel *kernel, engine **created) {
    isa limit;
    *created = NULL;
    const dcom_status status = isa_limit(&limit, NULL);
    if (status) return status;
    untimed *u = calloc(1, sizeof *u);
    if (!u) return DCOM_E_MEMORY;
    u->kernel = kernel ? kernel : kernel_select(NULL);
    u->basis_rows = config->cluster_rows * config->basis_rows;
    const size_t rows = (size_t)config->cluster_rows * most(config->tile_tokens, config->basis_rows);
    const size_t channels = (size_t)config->cluster_columns * config->tile_channels;
    u->spans = malloc((rows > channels ? rows : channels) / MAC_ROWS * sizeof *u->spans);
    u->face = (engine){
        .config = config, .load = load, .write_basis = write_basis, .forward = forward, .transpose = transpose};
    if (!u->spans) {
        free(u);
        return DCOM_E_MEMORY;
    }
    *created = &u->face;
    return DCOM_OK;
}

void untimed_destroy(engine *face) {
    untimed *u = (untimed *)face;
    if (!u) return;
    forget(u);
    free(u->spans);
    free(u);
}
