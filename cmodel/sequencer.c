/* sequencer.c - the algorithm of D-com, once, on the engine interface: block Lanczos with measured
 * orthogonality. SPDX-License-Identifier: Apache-2.0
 *
 * A block is LANES columns wide in storage; columns 0 .. kept - 1 carry it, the others are +0. Lanes that
 * deflation has emptied are refilled with new random signs in the next transpose pass, which costs nothing.
 */
#include "sequencer.h"
#include "certificate.h"
#include "column_edge.h"
#include "edge.h"
#include "row_edge.h"
#include "scalar.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { ROUNDS = 6 };
static const float overlap_limit = 0x1p-7f;
/* A column is dropped when this fraction of its |w|^2, or less, is new. BF16 rounding is 2^-19.6 of |w|^2;
 * what is left after the start block's heads or the basis are taken out carries that noise at 2^-16, 2^-14 in
 * full view. */
static const float new_in_start = 0x1p-16f, new_in_later = 0x1p-14f;
enum { BARREN = 4 }; /* columns of new random signs in a row that must deflate before the run ends */

typedef struct {
    engine *engine;
    const kernel *kernel; /* of the edges */
    const dcom_parameters *parameters;
    sequencer_result *result;
    certificate certificate;
    unsigned rows;  /* basis rows in use */
    unsigned width; /* lanes of the current block that carry a column */
    unsigned fresh; /* of them, lanes of new random signs: always the last */
    uint32_t key;   /* of the next random signs */
    int32_t *token_mask, *channel_mask;
    float *w, *u; /* [channels][LANES]: the block, and what is subtracted from it */
    float *p;     /* [tokens][LANES] */
    float *h;     /* [rank + LANES][LANES]: overlaps with the basis, then the Gram matrix of the block */
    uint16_t *w16, *p16, *h16, *lost16;
} sequencer;

static unsigned lanes(const sequencer *s) { return s->parameters->expansion; }
static int broken(const sequencer *s) { return s->result->flags != 0; }

/* ---- the array and its edges ---- */

/* The block, rounded and masked, into basis rows [rows, rows + E). */
static dcom_status write_candidate(sequencer *s) {
    float peak[LANES];
    s->result->flags |= edge_round(s->w, s->engine->channels, s->channel_mask, s->w16, peak);
    return s->engine->write_basis(s->engine, s->rows, lanes(s), s->w16);
}

/* h of basis rows [from, rows) and the Gram matrix below it; peak[e]: the largest |h|. */
static dcom_status measure(sequencer *s, unsigned from, float peak[LANES]) {
    float unused[LANES];
    dcom_status status = s->engine->forward(s->engine, REGION_BASIS, from, s->rows + lanes(s) - from, lanes(s),
                                            s->w16, s->h + (size_t)from * LANES);
    s->result->flags |=
        edge_round(s->h + (size_t)from * LANES, s->rows - from, NULL, s->h16 + (size_t)from * LANES, peak);
    s->result->flags |=
        edge_round(s->h + (size_t)s->rows * LANES, lanes(s), NULL, s->h16 + (size_t)s->rows * LANES, unused);
    return status;
}

/* w = D^T y for the y in p16, its idle lanes from s->width on filled with random signs. */
static dcom_status next_block(sequencer *s) {
    s->fresh = lanes(s) - s->width;
    if (s->fresh > 0) row_edge_signs(s->key, s->engine->tokens, s->token_mask, s->width, lanes(s), s->p16);
    if (s->fresh > 0) s->key = row_edge_hash(~s->key);
    s->width = lanes(s);
    return s->engine->transpose(s->engine, REGION_TOKENS, 0, s->engine->tokens, lanes(s), s->p16, s->w);
}

/* ---- orthonormalisation ---- */

/* Bit e: column e is orthonormal, to the overlap limit, to the basis and to the good columns before it.
 * *against: some column is not so to the basis. */
static unsigned good_columns(const sequencer *s, const float peak[LANES], int *against) {
    const float *g = s->h + (size_t)s->rows * LANES;
    float norm[LANES];
    unsigned good = 0;
    *against = 0;
    for (unsigned e = 0; e < s->width; e++) {
        norm[e] = scalar_root(g[e * LANES + e]);
        const int clear = peak[e] < overlap_limit * norm[e];
        int fine = clear && fabsf(norm[e] - 1) < overlap_limit;
        for (unsigned i = 0; i < e; i++)
            fine &= !(good >> i & 1) || fabsf(g[i * LANES + e]) < overlap_limit * (norm[i] * norm[e]);
        good |= (unsigned)fine << e;
        *against |= !clear;
    }
    return good;
}

/* Subtracts the block's part along the basis and measures its Gram matrix anew. */
static dcom_status project(sequencer *s) {
    float peak[LANES];
    dcom_status status = s->engine->transpose(s->engine, REGION_BASIS, 0, s->rows, lanes(s), s->h16, s->u);
    if (status) return status;
    column_edge_subtract(s->w, s->u, s->engine->channels);
    status = write_candidate(s);
    return status ? status : measure(s, s->rows, peak);
}

/* Combines the columns of the block: w = W inverse, a transpose pass over the candidate's own basis rows. The
 * new block has `kept` columns. */
static dcom_status combine(sequencer *s, const float inverse[LANES * LANES], unsigned kept) {
    uint16_t inverse16[LANES * LANES];
    float peak[LANES];
    s->result->deflations += s->width - kept;
    s->width = kept;
    s->result->flags |= edge_round(inverse, LANES, NULL, inverse16, peak);
    return s->engine->transpose(s->engine, REGION_BASIS, s->rows, lanes(s), lanes(s), inverse16, s->w);
}

/* Drops the columns that six rounds have not made good, packs the others and measures them again. */
static dcom_status give_up(sequencer *s, unsigned good) {
    float pick[LANES * LANES] = {0}, peak[LANES];
    unsigned kept = 0;
    for (unsigned e = 0; e < s->width; e++)
        if (good >> e & 1) pick[e * LANES + kept++] = 1;
    dcom_status status = combine(s, pick, kept);
    if (!status) status = write_candidate(s);
    return status ? status : measure(s, 0, peak);
}

/* Makes the block orthonormal against the basis and in itself; collapsed columns are dropped, the rest
 * packed. */
static dcom_status orthonormalise(sequencer *s) {
    float floor[LANES] = {0}, peak[LANES], inverse[LANES * LANES];
    const float *g = s->h + (size_t)s->rows * LANES;
    for (unsigned round = 0;; round++) {
        int against;
        dcom_status status = write_candidate(s);
        if (!status) status = measure(s, 0, peak);
        if (status || broken(s)) return status;
        if (round == 0) {
            const float fraction = s->rows > 0 ? new_in_later : new_in_start;
            certificate_settle(&s->certificate, s->kernel, s->engine, s->h16, s->rows);
            for (unsigned e = 0; e < s->width; e++)
                floor[e] = fraction * g[e * LANES + e];
        }
        const unsigned good = good_columns(s, peak, &against);
        if (good == (1u << s->width) - 1) return DCOM_OK;
        if (round == ROUNDS) return give_up(s, good);
        s->result->rounds++;
        if (against && s->rows > 0 && (status = project(s))) return status;
        if (broken(s)) return DCOM_OK;
        const unsigned kept = scalar_inverse_root(s->width, g, floor, inverse);
        if ((status = combine(s, inverse, kept))) return status;
        if (kept == 0 || broken(s)) return DCOM_OK;
    }
}

/* ---- a block ---- */

/* The first `kept` columns of the block join the basis. */
static void append(sequencer *s, unsigned kept) {
    sequencer_result *r = s->result;
    float squares[LANES], lost[LANES];
    row_edge_dot(s->kernel, s->engine, s->p16, s->p16, squares);
    row_edge_lost(s->p, s->p16, s->engine->tokens, s->token_mask, s->lost16);
    row_edge_dot(s->kernel, s->engine, s->p16, s->lost16, lost);
    certificate_append(&s->certificate, s->kernel, s->engine, s->rows, kept, s->h, squares, lost);
    for (size_t t = 0; t < s->engine->tokens; t++)
        memcpy(r->p + t * r->stride + s->rows, s->p16 + t * LANES, kept * sizeof *r->p);
    for (size_t c = 0; c < s->engine->channels; c++)
        memcpy(r->v + c * r->stride + s->rows, s->w16 + c * LANES, kept * sizeof *r->v);
    s->rows += kept;
    r->rank = s->rows;
}

/* P = A V for the block in w16, rounded, exact tokens +0; columns past `kept` of P are +0. */
static dcom_status multiply(sequencer *s, unsigned kept) {
    float peak[LANES];
    for (size_t c = 0; kept < s->width && c < s->engine->channels; c++)
        for (unsigned e = kept; e < s->width; e++)
            s->w16[c * LANES + e] = 0;
    s->width = kept;
    dcom_status status = s->engine->forward(s->engine, REGION_TOKENS, 0, s->engine->tokens, lanes(s), s->w16, s->p);
    s->result->flags |= edge_round(s->p, s->engine->tokens, s->token_mask, s->p16, peak);
    s->result->passes++;
    return status;
}

static int stops_at(sequencer *s, dcom_stop why) {
    s->result->stop = why;
    return 1;
}

/* The square of the error that is tolerated; +0: none is. */
static float limit(const sequencer *s) {
    const float tolerance = (float)s->parameters->tolerance;
    return tolerance * tolerance * s->certificate.total;
}

/* Whether a tolerance was asked for that could not be certified, though no more blocks would have helped. */
static int uncertified(const sequencer *s) {
    const certificate *c = &s->certificate;
    const dcom_stop stop = s->result->stop;
    if (!(limit(s) > 0) || stop == DCOM_STOP_TOLERANCE) return 0;
    return stop != DCOM_STOP_RANK || !certificate_possible(c, limit(s)) || certificate_residual(c) <= limit(s);
}

/* Whether the certificate ends the run. */
static int certified(sequencer *s) {
    const certificate *c = &s->certificate;
    if (s->rows == 0) return 0;
    if (limit(s) > 0 && certificate_reached(c, limit(s))) return stops_at(s, DCOM_STOP_TOLERANCE);
    return certificate_is_noise(c) && stops_at(s, DCOM_STOP_NOISE);
}

static dcom_status run(sequencer *s) {
    const dcom_parameters *p = s->parameters;
    unsigned barren = 0;
    for (;;) {
        dcom_status status = next_block(s);
        if (!status) status = orthonormalise(s);
        if (status) return status;
        if (broken(s)) return stops_at(s, DCOM_STOP_OVERFLOW), DCOM_OK;
        if (certified(s)) return DCOM_OK;
        if (s->width == 0) {
            barren += s->fresh;
            if (barren >= BARREN || s->certificate.decomposed == 0) return stops_at(s, DCOM_STOP_DEFLATED), DCOM_OK;
            continue; /* once more, with new random signs in all lanes */
        }
        barren = 0;
        const int keep = s->result->passes >= p->warmup;
        const unsigned room = p->rank - s->rows, kept = keep && s->width > room ? room : s->width;
        if ((status = multiply(s, kept))) return status;
        if (broken(s)) return stops_at(s, DCOM_STOP_OVERFLOW), DCOM_OK;
        if (!keep) continue;
        append(s, kept);
        if (certified(s)) return DCOM_OK;
        if (s->rows == p->rank) return stops_at(s, DCOM_STOP_RANK), DCOM_OK;
    }
}

/* ---- start and end ---- */

static dcom_status start(sequencer *s, const uint16_t *a) {
    const dcom_parameters *p = s->parameters;
    const unsigned tokens = s->engine->tokens, channels = s->engine->channels;
    uint16_t *peak = malloc(channels * sizeof *peak);
    float *energy = malloc(channels * sizeof *energy), *exact = malloc(channels * sizeof *exact);
    if (peak && energy && exact) {
        const unsigned run_channels = s->engine->run_channels;
        for (unsigned t = 0, n = 0; t < tokens; t++) {
            int is_exact = n < p->exact_token_count && p->exact_tokens[n] == t;
            s->token_mask[t] = is_exact ? EDGE_ZERO : EDGE_KEEP;
            n += is_exact;
        }
        column_edge_statistics(s->kernel, a, tokens, channels, s->token_mask, peak, energy, exact);
        column_edge_outliers(peak, channels, p->outliers, s->channel_mask, s->result->outliers);
        certificate *c = &s->certificate;
        c->decomposed = c->residual = column_edge_sum(energy, channels, run_channels, s->channel_mask);
        c->total = column_edge_sum(energy, channels, run_channels, NULL) +
                   column_edge_sum(exact, channels, run_channels, NULL);
        if (!isfinite(c->total)) s->result->flags |= DCOM_FLAG_OVERFLOW;
        s->key = row_edge_hash(p->seed);
    }
    const int good = peak && energy && exact;
    free(peak), free(energy), free(exact);
    return good ? DCOM_OK : DCOM_E_MEMORY;
}

static dcom_status create(sequencer *s, unsigned tokens, unsigned channels, sequencer_workspace *space) {
    const size_t rank = s->parameters->rank, rows = rank + LANES;
    sequencer_result *r = s->result;
    r->stride = (unsigned)rank;
    r->p = calloc(tokens * rank, sizeof *r->p);
    r->v = calloc(channels * rank, sizeof *r->v);
    r->outliers = calloc(s->parameters->outliers + 1, sizeof *r->outliers);
    /* what does not outlive the run, from the workspace, which is kept: no page is touched for the first time again
     */
    struct {
        void *at;
        size_t bytes;
    } parts[] = {
        {&s->token_mask, tokens * sizeof *s->token_mask},
        {&s->channel_mask, channels * sizeof *s->channel_mask},
        {&s->w, (size_t)channels * LANES * sizeof *s->w},
        {&s->u, (size_t)channels * LANES * sizeof *s->u},
        {&s->p, (size_t)tokens * LANES * sizeof *s->p},
        {&s->h, rows * LANES * sizeof *s->h},
        {&s->w16, (size_t)channels * LANES * sizeof *s->w16},
        {&s->p16, (size_t)tokens * LANES * sizeof *s->p16},
        {&s->lost16, (size_t)tokens * LANES * sizeof *s->lost16},
        {&s->h16, rows * LANES * sizeof *s->h16},
    };
    enum { PARTS = sizeof parts / sizeof parts[0], LINE = 64 };
    size_t bytes = 0;
    for (unsigned k = 0; k < PARTS; k++)
        bytes += (parts[k].bytes + LINE - 1) / LINE * LINE;
    if (bytes > space->bytes) {
        free(space->block);
        space->block = aligned_alloc(LINE, bytes);
        space->bytes = space->block ? bytes : 0;
    }
    dcom_status status = certificate_create(&s->certificate, (unsigned)rows);
    if (!r->p || !r->v || !r->outliers || !space->block) return DCOM_E_MEMORY;
    uint8_t *at = memset(space->block, 0, bytes);
    for (unsigned k = 0; k < PARTS; at += (parts[k].bytes + LINE - 1) / LINE * LINE, k++)
        memcpy(parts[k].at, &at, sizeof at);
    return status;
}

dcom_status sequencer_decompose(engine *engine, const uint16_t *a, unsigned tokens, unsigned channels,
                                const dcom_parameters *parameters, sequencer_workspace *space,
                                sequencer_result *result) {
    sequencer s = {.engine = engine, .kernel = kernel_select(NULL), .parameters = parameters, .result = result};
    *result = (sequencer_result){0};
    dcom_status status = engine->load(engine, a, tokens, channels);
    if (!status) status = create(&s, tokens, channels, space);
    if (!status) status = start(&s, a);
    if (!status && broken(&s)) result->stop = DCOM_STOP_OVERFLOW;
    if (!status && !broken(&s)) status = run(&s);
    const certificate *c = &s.certificate;
    result->total = c->total;
    result->residual = certificate_residual(c);
    result->bound = certificate_bound(c);
    if (!status && uncertified(&s)) result->flags |= DCOM_FLAG_UNCERTIFIED;
    certificate_release(&s.certificate);
    if (status) sequencer_release(result);
    return status;
}

void sequencer_release(sequencer_result *r) {
    free(r->p), free(r->v), free(r->outliers);
    *r = (sequencer_result){0};
}
