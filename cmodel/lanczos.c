/* lanczos.c - the algorithm of D-com, once, on the datapath's commands: block Lanczos with measured
 * orthogonality. SPDX-License-Identifier: Apache-2.0
 *
 * A block is LANES columns wide in storage; columns 0 .. kept - 1 carry it, the others are +0. Lanes that
 * deflation has emptied are refilled with new random signs in the next transpose pass, which costs nothing.
 */
#include "lanczos.h"
#include "certificate.h"
#include "column_edge.h"
#include "edge.h"
#include "kernel.h"
#include "row_edge.h"
#include "scalar.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { ROUNDS = 8 };
/* A column is dropped when this fraction of its |w|^2, or less, is new. BF16 rounding is 2^-19.6 of |w|^2;
 * what is left after the start block's heads or the basis are taken out carries that noise at 2^-16, 2^-14 in
 * full view. */
static const float new_in_start = 0x1p-16f, new_in_later = 0x1p-14f;
enum { BARREN = 4 }; /* columns of new random signs in a row that must deflate before the run ends */

typedef struct {
    datapath *path;
    const dcom_parameters *parameters;
    lanczos_result *result;
    certificate certificate;
    unsigned rows;          /* basis rows in use */
    unsigned width;         /* lanes of the current block that carry a column */
    unsigned fresh;         /* of them, lanes of new random signs: always the last */
    uint32_t key;           /* of the next random signs */
    float g[LANES * LANES]; /* Gram matrix of the block */
} lanczos;

static unsigned lanes(const lanczos *s) { return s->parameters->expansion; }
static int broken(const lanczos *s) { return (s->result->flags |= s->path->flags) != 0; }

/* ---- the array and its edges ---- */

static void program(const lanczos *s, enum scalar_program program) { s->path->program(s->path, program); }

/* W = D^T P, its idle lanes from s->width on filled with random signs: all of them in the `first` block. */
static dcom_status next_block(lanczos *s, int first) {
    datapath *path = s->path;
    const unsigned width = s->width;
    const uint32_t key = s->key;
    s->fresh = lanes(s) - width;
    if (s->fresh > 0) s->key = row_edge_hash(~key);
    s->width = lanes(s);
    return first ? path->start_block(path, s->rows, lanes(s), key)
                 : path->next_block(path, s->rows, width, lanes(s), key);
}

/* h of the basis, and below it the Gram matrix of the candidate. */
static dcom_status measure(lanczos *s, float peak[LANES]) {
    dcom_status status = s->path->measure(s->path, s->rows, lanes(s), peak);
    return status ? status : s->path->gram(s->path, s->rows, lanes(s), s->g);
}

/* ---- orthonormalisation ---- */

/* W = (block - basis h) x: its columns, parts along the basis taken out, combined by x. The new block has `kept`
 * columns. */
static dcom_status combine(lanczos *s, const float x[LANES * LANES], unsigned kept) {
    s->result->deflations += s->width - kept;
    s->width = kept;
    return s->path->combine(s->path, s->rows, lanes(s), x);
}

/* Drops the columns that all rounds have not made good, packs the others and measures them again. */
static dcom_status give_up(lanczos *s, unsigned good) {
    float pick[LANES * LANES] = {0}, peak[LANES];
    unsigned kept = 0;
    for (unsigned e = 0; e < s->width; e++)
        if (good >> e & 1) pick[e * LANES + kept++] = 1;
    program(s, SCALAR_PICK_GOOD);
    dcom_status status = combine(s, pick, kept);
    return status ? status : measure(s, peak);
}

/* The correction of the block appended last, from the overlaps just measured. */
static dcom_status settle(lanczos *s) {
    float sum[LANES];
    if (!s->certificate.pending) return DCOM_OK;
    dcom_status status = s->path->settle(s->path, s->rows, sum);
    if (!status) certificate_settle(&s->certificate, sum);
    return status;
}

/* Makes the block orthonormal against the basis and in itself; collapsed columns are dropped, the rest packed. While
 * columns lie far along the basis only that part is subtracted; then a combination does the rest. */
static dcom_status orthonormalise(lanczos *s) {
    float floor[LANES] = {0}, peak[LANES], inverse[LANES * LANES];
    for (unsigned round = 0;; round++) {
        dcom_status status = measure(s, peak);
        if (status || broken(s)) return status;
        if (round == 0) {
            const float fraction = s->rows > 0 ? new_in_later : new_in_start;
            if ((status = settle(s))) return status;
            program(s, s->rows > 0 ? SCALAR_FLOORS_LATER : SCALAR_FLOORS_START);
            for (unsigned e = 0; e < s->width; e++)
                floor[e] = fraction * s->g[e * LANES + e];
        }
        program(s, SCALAR_JUDGE);
        const scalar_verdict verdict = scalar_judge(s->width, s->g, peak, floor);
        if (verdict.good == (1u << s->width) - 1) return DCOM_OK;
        if (round == ROUNDS) return give_up(s, verdict.good);
        s->result->rounds++;
        if (verdict.far) { /* without a basis, of a norm that is all but 0: there is nothing to subtract */
            if (s->rows > 0 && (status = s->path->project(s->path, s->rows, lanes(s)))) return status;
            continue;
        }
        program(s, SCALAR_INVERT);
        const unsigned kept = scalar_inverse_root(s->width, s->g, floor, inverse);
        if ((status = combine(s, inverse, kept))) return status;
        if (kept == 0 || broken(s)) return DCOM_OK;
    }
}

/* ---- a block ---- */

/* The first `kept` columns of the block join the basis. */
static dcom_status append(lanczos *s, unsigned kept) {
    lanczos_result *r = s->result;
    float squares[LANES], lost[LANES], norm[LANES], bound[LANES];
    dcom_status status = s->path->squares(s->path, squares, lost);
    for (unsigned e = 0; e < kept; e++)
        norm[e] = scalar_root(squares[e]);
    if (!status) status = s->path->certify(s->path, s->rows, kept, norm, bound);
    if (!status) status = s->path->store(s->path, kept, r->p, r->v, r->stride, s->rows);
    if (status) return status;
    certificate_append(&s->certificate, kept, s->g, squares, lost, norm, bound);
    s->rows += kept;
    r->rank = s->rows;
    r->blocks[r->block_count++] = (uint8_t)kept;
    return DCOM_OK;
}

/* P = A V for the first `kept` columns of the block; the others of P and V are +0. */
static dcom_status multiply(lanczos *s, unsigned kept) {
    s->width = kept;
    s->result->passes++;
    return s->path->multiply(s->path, kept, lanes(s));
}

static int stops_at(lanczos *s, dcom_stop why) {
    s->result->stop = why;
    return 1;
}

/* The square of the error that is tolerated; +0: none is. */
static float limit(const lanczos *s) {
    const float tolerance = (float)s->parameters->tolerance;
    return tolerance * tolerance * s->certificate.total;
}

/* Whether a tolerance was asked for that could not be certified, though no more blocks would have helped. */
static int uncertified(const lanczos *s) {
    const certificate *c = &s->certificate;
    const dcom_stop stop = s->result->stop;
    if (!(limit(s) > 0) || stop == DCOM_STOP_TOLERANCE) return 0;
    return stop != DCOM_STOP_RANK || !certificate_possible(c, limit(s)) || certificate_residual(c) <= limit(s);
}

/* Whether the certificate ends the run. */
static int certified(lanczos *s) {
    const certificate *c = &s->certificate;
    program(s, SCALAR_VERDICT);
    if (s->rows == 0) return 0;
    if (limit(s) > 0 && certificate_reached(c, limit(s))) return stops_at(s, DCOM_STOP_TOLERANCE);
    return certificate_is_noise(c) && stops_at(s, DCOM_STOP_NOISE);
}

static dcom_status run(lanczos *s) {
    const dcom_parameters *p = s->parameters;
    unsigned barren = 0;
    for (int first = 1;; first = 0) {
        dcom_status status = next_block(s, first);
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
        if ((status = append(s, kept))) return status;
        if (certified(s)) return DCOM_OK;
        if (s->rows == p->rank) return stops_at(s, DCOM_STOP_RANK), DCOM_OK;
    }
}

/* ---- start and end ---- */

static dcom_status start(lanczos *s, const uint16_t *a) {
    const dcom_parameters *p = s->parameters;
    const engine *e = s->path->engine;
    const unsigned tokens = e->tokens, channels = e->channels, columns = e->config->cluster_columns;
    program(s, SCALAR_START);
    if (!a) {
        s->certificate.total = s->certificate.decomposed = s->certificate.residual = 1;
        return s->path->begin(s->path, NULL, NULL, p->rank + LANES);
    }
    uint16_t *peak = malloc(channels * sizeof *peak);
    float *energy = malloc(channels * sizeof *energy), *whole = malloc(channels * sizeof *whole);
    int32_t *token_mask = malloc(tokens * sizeof *token_mask),
            *channel_mask = malloc(channels * sizeof *channel_mask);
    dcom_status status = peak && energy && whole && token_mask && channel_mask ? DCOM_OK : DCOM_E_MEMORY;
    if (!status) {
        for (unsigned t = 0, n = 0; t < tokens; t++) {
            int is_exact = n < p->exact_token_count && p->exact_tokens[n] == t;
            token_mask[t] = is_exact ? EDGE_ZERO : EDGE_KEEP;
            n += is_exact;
        }
        column_edge_statistics(s->path->kernel, a, tokens, channels, token_mask, peak, energy, whole);
        column_edge_outliers(peak, channels, p->outliers, channel_mask, s->result->outliers);
        certificate *c = &s->certificate;
        c->decomposed = c->residual = column_edge_sum(energy, channels, columns, channel_mask);
        c->total = column_edge_sum(whole, channels, columns, NULL);
        if (!isfinite(c->total)) s->result->flags |= DCOM_FLAG_OVERFLOW;
        s->key = row_edge_hash(p->seed);
        status = s->path->begin(s->path, token_mask, channel_mask, p->rank + LANES);
    }
    free(peak), free(energy), free(whole), free(token_mask), free(channel_mask);
    return status;
}

static dcom_status create(lanczos *s, size_t tokens, size_t channels) {
    lanczos_result *r = s->result;
    const size_t rank = s->parameters->rank;
    r->stride = (unsigned)rank;
    r->p = calloc(tokens * rank, sizeof *r->p);
    r->v = calloc(channels * rank, sizeof *r->v);
    r->outliers = calloc(s->parameters->outliers + 1, sizeof *r->outliers);
    r->blocks = calloc(rank, sizeof *r->blocks);
    return r->p && r->v && r->outliers && r->blocks ? DCOM_OK : DCOM_E_MEMORY;
}

dcom_status lanczos_decompose(datapath *path, const uint16_t *a, unsigned tokens, unsigned channels,
                              const dcom_parameters *parameters, lanczos_result *result) {
    lanczos s = {.path = path, .parameters = parameters, .result = result};
    *result = (lanczos_result){0};
    path->flags = 0;
    dcom_status status = path->engine->load(path->engine, a, tokens, channels);
    if (!status) status = create(&s, tokens, channels);
    if (!status) status = start(&s, a);
    if (!status && broken(&s)) result->stop = DCOM_STOP_OVERFLOW;
    if (!status && !broken(&s)) status = run(&s);
    if (!status) program(&s, SCALAR_RESULT);
    const certificate *c = &s.certificate;
    result->total = c->total;
    result->residual = certificate_residual(c);
    result->bound = certificate_bound(c);
    if (!status && uncertified(&s)) result->flags |= DCOM_FLAG_UNCERTIFIED;
    if (status) lanczos_release(result);
    return status;
}

void lanczos_release(lanczos_result *r) {
    free(r->p), free(r->v), free(r->outliers), free(r->blocks);
    *r = (lanczos_result){0};
}
