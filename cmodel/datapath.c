/* datapath.c - the edges' numbers on an engine: each command of datapath.h as a loop over all edges of a kind.
 * SPDX-License-Identifier: Apache-2.0 */
#include "datapath.h"
#include "column_edge.h"
#include "edge.h"
#include "fp.h"
#include "row_edge.h"

#include <stdlib.h>
#include <string.h>

typedef struct {
    datapath face; /* first: a datapath * is a pointer to it */
    void *block;   /* all of the following; kept from run to run: no page is touched for the first time again */
    size_t bytes;
    int32_t *token_mask, *channel_mask;
    float *w, *u; /* [channels][LANES]: the block, and what is subtracted from it */
    float *p;     /* [tokens][LANES] */
    float *h;     /* [rows][LANES]: overlaps with the basis, then the Gram matrix of the block */
    uint16_t *w16, *p16, *h16, *lost16;
    uint16_t *overlap; /* [rows][LANES]: of the block last appended */
    uint16_t *norm;    /* [rows][LANES]: |p_k|, the same in all lanes */
} numbers;

static dcom_status begin(datapath *face, const int32_t *token_mask, const int32_t *channel_mask, unsigned rows) {
    numbers *n = (numbers *)face;
    const size_t tokens = face->engine->tokens, channels = face->engine->channels;
    struct {
        void *at;
        size_t bytes;
    } parts[] = {
        {&n->token_mask, tokens * sizeof *n->token_mask}, {&n->channel_mask, channels * sizeof *n->channel_mask},
        {&n->w, channels * LANES * sizeof *n->w},         {&n->u, channels * LANES * sizeof *n->u},
        {&n->p, tokens * LANES * sizeof *n->p},           {&n->h, rows * LANES * sizeof *n->h},
        {&n->w16, channels * LANES * sizeof *n->w16},     {&n->p16, tokens * LANES * sizeof *n->p16},
        {&n->lost16, tokens * LANES * sizeof *n->lost16}, {&n->h16, rows * LANES * sizeof *n->h16},
        {&n->overlap, rows * LANES * sizeof *n->overlap}, {&n->norm, rows * LANES * sizeof *n->norm},
    };
    enum { PARTS = sizeof parts / sizeof parts[0], LINE = 64 };
    size_t bytes = 0;
    for (unsigned k = 0; k < PARTS; k++)
        bytes += (parts[k].bytes + LINE - 1) / LINE * LINE;
    if (bytes > n->bytes) {
        free(n->block);
        n->block = aligned_alloc(LINE, bytes);
        n->bytes = n->block ? bytes : 0;
    }
    if (!n->block) return DCOM_E_MEMORY;
    uint8_t *at = memset(n->block, 0, bytes);
    for (unsigned k = 0; k < PARTS; at += (parts[k].bytes + LINE - 1) / LINE * LINE, k++)
        memcpy(parts[k].at, &at, sizeof at);
    memcpy(n->token_mask, token_mask, tokens * sizeof *token_mask);
    memcpy(n->channel_mask, channel_mask, channels * sizeof *channel_mask);
    return DCOM_OK;
}

static void program(datapath *face, enum scalar_program program) { (void)face, (void)program; }

/* V = BF16(W), masked, the candidate below the basis. */
static dcom_status write_candidate(datapath *face, unsigned row, unsigned lanes) {
    numbers *n = (numbers *)face;
    engine *e = face->engine;
    float peak[LANES];
    face->flags |= edge_round(n->w, e->channels, n->channel_mask, n->w16, peak);
    return e->write_basis(e, row, lanes, n->w16);
}

static dcom_status start_block(datapath *face, unsigned rows, unsigned lanes, uint32_t key) {
    numbers *n = (numbers *)face;
    engine *e = face->engine;
    const unsigned chunk = MAC_ROWS * e->config->cluster_rows;
    row_edge_signs(key, e->tokens, n->token_mask, 0, lanes, n->p16);
    for (unsigned t = 0; t < e->tokens; t += chunk) {
        const unsigned left = e->tokens - t, count = left < chunk ? left : chunk;
        dcom_status status =
            e->transpose(e, REGION_TOKENS, t, count, lanes, n->p16 + (size_t)t * LANES, t ? n->u : n->w);
        if (status) return status;
        if (t) column_edge_add(n->w, n->u, e->channels);
    }
    return write_candidate(face, rows, lanes);
}

static dcom_status next_block(datapath *face, unsigned rows, unsigned width, unsigned lanes, uint32_t key) {
    numbers *n = (numbers *)face;
    engine *e = face->engine;
    if (width < lanes) row_edge_signs(key, e->tokens, n->token_mask, width, lanes, n->p16);
    dcom_status status = e->transpose(e, REGION_TOKENS, 0, e->tokens, lanes, n->p16, n->w);
    return status ? status : write_candidate(face, rows, lanes);
}

static dcom_status measure(datapath *face, unsigned rows, unsigned lanes, float peak[LANES]) {
    numbers *n = (numbers *)face;
    engine *e = face->engine;
    float *g = n->h + (size_t)rows * LANES, unused[LANES];
    dcom_status status = e->forward(e, REGION_BASIS, 0, rows + lanes, lanes, n->w16, n->h);
    face->flags |= edge_round(n->h, rows, NULL, n->h16, peak);
    face->flags |= edge_round(g, lanes, NULL, n->h16 + (size_t)rows * LANES, unused);
    return status;
}

static dcom_status gram(datapath *face, unsigned rows, unsigned lanes, float *g) {
    memcpy(g, ((numbers *)face)->h + (size_t)rows * LANES, lanes * LANES * sizeof *g);
    return DCOM_OK;
}

static dcom_status project(datapath *face, unsigned rows, unsigned lanes) {
    numbers *n = (numbers *)face;
    engine *e = face->engine;
    dcom_status status = e->transpose(e, REGION_BASIS, 0, rows, lanes, n->h16, n->u);
    if (status) return status;
    column_edge_subtract(n->w, n->u, e->channels);
    return write_candidate(face, rows, lanes);
}

static dcom_status combine(datapath *face, unsigned rows, unsigned lanes, const float *x) {
    numbers *n = (numbers *)face;
    engine *e = face->engine;
    uint16_t *x16 = n->h16 + (size_t)rows * LANES;
    float peak[LANES];
    face->flags |= edge_round(x, LANES, NULL, x16, peak);
    row_edge_turn(n->h16, rows, x16, n->h);
    face->flags |= edge_round(n->h, rows, NULL, n->h16, peak);
    dcom_status status = e->transpose(e, REGION_BASIS, 0, rows + lanes, lanes, n->h16, n->w);
    return status ? status : write_candidate(face, rows, lanes);
}

static dcom_status multiply(datapath *face, unsigned kept, unsigned lanes) {
    numbers *n = (numbers *)face;
    engine *e = face->engine;
    float peak[LANES];
    for (size_t c = 0; kept < lanes && c < e->channels; c++)
        memset(n->w16 + c * LANES + kept, 0, (lanes - kept) * sizeof *n->w16);
    dcom_status status = e->forward(e, REGION_TOKENS, 0, e->tokens, lanes, n->w16, n->p);
    face->flags |= edge_round(n->p, e->tokens, n->token_mask, n->p16, peak);
    return status;
}

static dcom_status squares(datapath *face, float squares[LANES], float lost[LANES]) {
    numbers *n = (numbers *)face;
    row_edge_products(n->face.kernel, face->engine, n->p16, n->p16, face->engine->tokens, squares);
    row_edge_lost(n->p, n->p16, face->engine->tokens, n->token_mask, n->lost16);
    row_edge_products(n->face.kernel, face->engine, n->p16, n->lost16, face->engine->tokens, lost);
    return DCOM_OK;
}

static uint16_t to_bf16(float x) {
    uint32_t u;
    memcpy(&u, &x, sizeof u);
    return fp_to_bf16(u);
}

static dcom_status certify(datapath *face, unsigned first, unsigned kept, const float norm[LANES],
                           float bound[LANES]) {
    numbers *n = (numbers *)face;
    const unsigned rows = first + kept;
    for (unsigned e = 0; e < kept; e++)
        for (unsigned i = 0; i < LANES; i++)
            n->norm[(size_t)(first + e) * LANES + i] = to_bf16(norm[e]);
    row_edge_overlaps(n->h, first, kept, true, n->overlap);
    row_edge_products(n->face.kernel, face->engine, n->overlap, n->norm, rows, bound);
    row_edge_overlaps(n->h, first, kept, false, n->overlap);
    return DCOM_OK;
}

static dcom_status settle(datapath *face, unsigned rows, float sum[LANES]) {
    numbers *n = (numbers *)face;
    row_edge_products(n->face.kernel, face->engine, n->overlap, n->h16, rows, sum);
    return DCOM_OK;
}

static dcom_status store(datapath *face, unsigned kept, uint16_t *p, uint16_t *v, unsigned stride, unsigned column) {
    numbers *n = (numbers *)face;
    for (size_t t = 0; t < face->engine->tokens; t++)
        memcpy(p + t * stride + column, n->p16 + t * LANES, kept * sizeof *p);
    for (size_t c = 0; c < face->engine->channels; c++)
        memcpy(v + c * stride + column, n->w16 + c * LANES, kept * sizeof *v);
    return DCOM_OK;
}

datapath *datapath_create(engine *engine) {
    numbers *n = calloc(1, sizeof *n);
    if (!n) return NULL;
    n->face = (datapath){.engine = engine,
                         .kernel = kernel_select(NULL),
                         .program = program,
                         .begin = begin,
                         .start_block = start_block,
                         .next_block = next_block,
                         .measure = measure,
                         .gram = gram,
                         .project = project,
                         .combine = combine,
                         .multiply = multiply,
                         .squares = squares,
                         .certify = certify,
                         .settle = settle,
                         .store = store};
    return &n->face;
}

void datapath_destroy(datapath *face) {
    numbers *n = (numbers *)face;
    if (!n) return;
    free(n->block);
    free(n);
}
