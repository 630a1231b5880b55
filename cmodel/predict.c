/* predict.c - the clocks of the accelerator without simulating it. SPDX-License-Identifier: Apache-2.0
 *
 * The sequencer does one thing at a time, so the clocks of a job are a sum. A pass is PASS and WAIT: from the command
 * to the clock on which array and edges are idle again. Within it the array issues an operation a clock, once the
 * first vector is there; then the last results drain through the reduction and the edges. */
#include "predict.h"
#include "geometry.h"
#include "lanczos.h"
#include "scalar.h"
#include "untimed.h"

#include <stdlib.h>
#include <string.h>

typedef struct {
    datapath face; /* first: a datapath * is a pointer to it */
    datapath *inner;
    prediction *counts;
} counting;

/* ---- what one command takes ---- */

typedef struct {
    unsigned rows, columns;      /* clusters */
    unsigned mac_stages, stages; /* of a MAC; of an FP32 addition, a hop of the reduction */
    unsigned banks;              /* of accumulators */
    unsigned row_blocks, groups; /* local blocks of 8: tokens, channels */
} shape;

static unsigned most(unsigned a, unsigned b) { return a > b ? a : b; }

static shape shape_of(const dcom_config *c, unsigned tokens, unsigned channels) {
    const unsigned deep = c->mac_stages > 2;
    return (shape){.rows = c->cluster_rows,
                   .columns = c->cluster_columns,
                   .mac_stages = c->mac_stages,
                   .stages = 1 + deep,
                   .banks = 1 + deep,
                   .row_blocks = geometry_local(tokens, c->cluster_rows) / MAC_ROWS,
                   .groups = geometry_local(channels, c->cluster_columns) / MAC_ROWS};
}

/* Clocks from the first operation of a pass to its last: `blocks` sums of `depth` operations, two at a time where
 * there are two banks; the sums of a bank leave in 8 clocks. */
static unsigned issue_clocks(const shape *s, unsigned blocks, unsigned depth) {
    const unsigned turns = (blocks + s->banks - 1) / s->banks, turn = s->banks * depth, drain = MAC_ROWS * s->banks;
    return turn + (turns - 1) * most(turn, drain) - (blocks % s->banks ? s->banks - 1 : 0);
}

enum {
    FEED = 4,    /* PASS, and until the first vector has met its operation; a row edge takes a clock more */
    LATENCY = 3, /* with MAC and reduction: from an operation to the first of its results at an edge */
    STORE = 3,   /* from the last beat of a start to the next start */
    LOADER = 2,  /* from a beat on the port to where it is seen in the tiles */
};

/* A pass: until the array has drained (rtl/array.v: SWITCH) and the edges, which have all results `tail` clocks after
 * the last, are idle. With two banks the last result waits for the other bank's. */
static unsigned pass_clocks(const shape *s, unsigned transpose, unsigned blocks, unsigned depth, unsigned tail) {
    const unsigned hops = s->stages * (transpose ? s->rows : s->columns);
    const unsigned wait = s->banks > 1 && blocks % 2 == 0 ? MAC_ROWS - 1 : 0;
    const unsigned results = LATENCY + s->mac_stages + hops + MAC_ROWS + wait + tail;
    const unsigned drained = s->stages * most(s->rows, s->columns) + MAC_ROWS * s->banks + MAC_ROWS;
    return FEED + transpose + issue_clocks(s, blocks, depth) + most(results, drained);
}

static void spend(prediction *p, enum sequencer_activity activity, uint64_t clocks) { p->clocks[activity] += clocks; }

/* Over `blocks` local blocks of rows; `tail` as above. */
static void array_pass(prediction *p, const shape *s, enum sequencer_activity activity, unsigned transpose,
                       unsigned blocks, unsigned tail) {
    const unsigned outer = transpose ? s->groups : blocks, depth = MAC_ROWS * (transpose ? blocks : s->groups);
    spend(p, activity, pass_clocks(s, transpose, outer, depth, tail));
    p->operations += (uint64_t)outer * depth;
}

static void token_pass(prediction *p, const shape *s, unsigned transpose, unsigned blocks, unsigned tail) {
    array_pass(p, s, ACTIVITY_PASS, transpose, blocks, tail);
}

/* Over basis rows [0, rows). */
static void basis_pass(prediction *p, const shape *s, unsigned transpose, unsigned rows, unsigned tail) {
    array_pass(p, s, ACTIVITY_BASIS_PASS, transpose, geometry_local(rows, s->rows) / MAC_ROWS, tail);
}

/* Until the taker of a column edge is idle; the writer ends lanes + 1 clocks after it. */
static unsigned column_tail(const shape *s) { return 2 + s->stages; }
static unsigned write_tail(const shape *s, unsigned lanes) { return column_tail(s) + lanes + 1; }
enum { TAKE_BASIS_TAIL = 2, TAKE_TOKENS_TAIL = 4 };

/* RUN and RUNNING. */
static void run_program(prediction *p, enum scalar_program program, unsigned edges) {
    spend(p, ACTIVITY_PROGRAM, 1 + scalar_clocks(program, edges));
}

/* WALK and WAIT: local rows of edge 0, which has the most. CERTIFY waits for the norm written before it. */
enum { SETTLE_EXTRA = 5, CERTIFY_EXTRA = 6, TURN_EXTRA = 7 };
static void walk(prediction *p, const shape *s, unsigned rows, unsigned clocks_a_row, unsigned extra) {
    const unsigned local =
        rows / MAC_ROWS / s->rows * MAC_ROWS + (rows / MAC_ROWS % s->rows > 0 ? MAC_ROWS : rows % MAC_ROWS);
    spend(p, ACTIVITY_WALK, local * clocks_a_row + extra);
}

static void control(prediction *p, unsigned states) { spend(p, ACTIVITY_CONTROL, states); }

/* ---- the commands ---- */

static shape shape_here(const counting *n) {
    const engine *e = n->inner->engine;
    return shape_of(e->config, e->tokens, e->channels);
}

/* Flags of the edges go up with those of `inner`. */
static dcom_status done(counting *n, dcom_status status) {
    n->face.flags |= n->inner->flags;
    return status;
}

static void program(datapath *face, enum scalar_program program) {
    counting *n = (counting *)face;
    n->inner->program(n->inner, program);
    run_program(n->counts, program, 0);
    switch (program) {
    case SCALAR_START:   /* BEGIN, FIRST */
    case SCALAR_JUDGE:   /* JUDGE, JUDGED */
    case SCALAR_VERDICT: /* DONE, or STORE after a block; DECIDE */
    case SCALAR_RESULT:  /* ENDED, FINISH */
        control(n->counts, 2);
        break;
    case SCALAR_FLOORS_START:
    case SCALAR_FLOORS_LATER:
        control(n->counts, 1);
        break;
    default: /* INVERT, PICK_GOOD: counted with what they lead to */
        break;
    }
}

static dcom_status begin(datapath *face, const int32_t *token_mask, const int32_t *channel_mask, unsigned rows) {
    counting *n = (counting *)face;
    n->inner->flags = 0;
    return done(n, n->inner->begin(n->inner, token_mask, channel_mask, rows));
}

static dcom_status start_block(datapath *face, unsigned rows, unsigned lanes, uint32_t key) {
    counting *n = (counting *)face; /* LOAD made it */
    return done(n, n->inner->start_block(n->inner, rows, lanes, key));
}

static dcom_status next_block(datapath *face, unsigned rows, unsigned width, unsigned lanes, uint32_t key) {
    counting *n = (counting *)face;
    const shape s = shape_here(n);
    control(n->counts, 1);
    token_pass(n->counts, &s, 1, s.row_blocks, write_tail(&s, lanes));
    n->counts->macs += (uint64_t)n->inner->engine->tokens * n->inner->engine->channels * lanes;
    return done(n, n->inner->next_block(n->inner, rows, width, lanes, key));
}

static dcom_status project(datapath *face, unsigned rows, unsigned lanes) {
    counting *n = (counting *)face;
    const shape s = shape_here(n);
    basis_pass(n->counts, &s, 1, rows, write_tail(&s, lanes));
    return done(n, n->inner->project(n->inner, rows, lanes));
}

static dcom_status combine(datapath *face, unsigned rows, unsigned lanes, const float *x) {
    counting *n = (counting *)face;
    const shape s = shape_here(n);
    control(n->counts, lanes + 1); /* PUT */
    if (rows > 0) walk(n->counts, &s, rows, LANES, TURN_EXTRA);
    control(n->counts, 2); /* COMBINE, COMBINED */
    basis_pass(n->counts, &s, 1, rows + lanes, write_tail(&s, lanes));
    return done(n, n->inner->combine(n->inner, rows, lanes, x));
}

static dcom_status measure(datapath *face, unsigned rows, unsigned lanes, float peak[LANES]) {
    counting *n = (counting *)face;
    const shape s = shape_here(n);
    control(n->counts, 12); /* MEASURE, ten of GRAM, MEASURED */
    basis_pass(n->counts, &s, 0, rows + lanes, TAKE_BASIS_TAIL);
    return done(n, n->inner->measure(n->inner, rows, lanes, peak));
}

static dcom_status gram(datapath *face, unsigned rows, unsigned lanes, float *g) {
    counting *n = (counting *)face;
    return done(n, n->inner->gram(n->inner, rows, lanes, g));
}

static dcom_status multiply(datapath *face, unsigned kept, unsigned lanes) {
    counting *n = (counting *)face;
    const shape s = shape_here(n);
    const uint64_t now = prediction_total(n->counts);
    if (now < n->counts->sent) spend(n->counts, ACTIVITY_STREAM_OUT, n->counts->sent - now);
    token_pass(n->counts, &s, 0, s.row_blocks, TAKE_TOKENS_TAIL);
    control(n->counts, 1); /* MULTIPLIED */
    n->counts->macs += (uint64_t)n->inner->engine->tokens * n->inner->engine->channels * kept;
    return done(n, n->inner->multiply(n->inner, kept, lanes));
}

static dcom_status squares(datapath *face, float squares[LANES], float lost[LANES]) {
    counting *n = (counting *)face;
    run_program(n->counts, SCALAR_SUM, n->inner->engine->config->cluster_rows);
    run_program(n->counts, SCALAR_NORMS, 0);
    control(n->counts, 1); /* SQUARED */
    return done(n, n->inner->squares(n->inner, squares, lost));
}

static dcom_status certify(datapath *face, unsigned first, unsigned kept, const float norm[LANES],
                           float bound[LANES]) {
    counting *n = (counting *)face;
    const shape s = shape_here(n);
    control(n->counts, kept + 2); /* NORM_PUT, BOUND_SUM, BOUNDED */
    walk(n->counts, &s, first + kept, 1, CERTIFY_EXTRA);
    run_program(n->counts, SCALAR_SUM, n->inner->engine->config->cluster_rows);
    run_program(n->counts, SCALAR_APPEND, 0);
    return done(n, n->inner->certify(n->inner, first, kept, norm, bound));
}

static dcom_status settle(datapath *face, unsigned rows, float sum[LANES]) {
    counting *n = (counting *)face;
    const shape s = shape_here(n);
    walk(n->counts, &s, rows, 1, SETTLE_EXTRA);
    run_program(n->counts, SCALAR_SUM, n->inner->engine->config->cluster_rows);
    run_program(n->counts, SCALAR_SETTLE, 0);
    control(n->counts, 2); /* SETTLE_SUM, SETTLED */
    return done(n, n->inner->settle(n->inner, rows, sum));
}

static dcom_status store(datapath *face, unsigned kept, uint16_t *p, uint16_t *v, unsigned stride, unsigned column) {
    counting *n = (counting *)face;
    const engine *e = n->inner->engine;
    n->counts->sent = prediction_total(n->counts) + e->tokens + e->channels + STORE;
    return done(n, n->inner->store(n->inner, kept, p, v, stride, column));
}

/* A datapath that counts, and passes everything on to `inner`, which must outlive it. NULL when out of memory. */
static datapath *counting_datapath(datapath *inner, prediction *counts) {
    counting *n = calloc(1, sizeof *n);
    if (!n) return NULL;
    memset(counts, 0, sizeof *counts);
    n->inner = inner;
    n->counts = counts;
    n->face = (datapath){.engine = inner->engine,
                         .kernel = inner->kernel,
                         .program = program,
                         .begin = begin,
                         .start_block = start_block,
                         .next_block = next_block,
                         .project = project,
                         .combine = combine,
                         .measure = measure,
                         .gram = gram,
                         .multiply = multiply,
                         .squares = squares,
                         .certify = certify,
                         .settle = settle,
                         .store = store};
    return &n->face;
}

dcom_status predict_run(const dcom_config *config, const uint16_t *a, unsigned tokens, unsigned channels,
                        const dcom_parameters *parameters, prediction *counts) {
    engine *engine;
    lanczos_result result;
    dcom_status status = untimed_create(config, NULL, &engine);
    if (status) return status;
    datapath *inner = datapath_create(engine), *path = inner ? counting_datapath(inner, counts) : NULL;
    status = path ? lanczos_decompose(path, a, tokens, channels, parameters, &result) : DCOM_E_MEMORY;
    if (!status) lanczos_release(&result);
    free(path);
    datapath_destroy(inner);
    untimed_destroy(engine);
    return status;
}

void predict_load(const dcom_config *config, unsigned tokens, unsigned channels, const dcom_parameters *parameters,
                  prediction *p) {
    const shape s = shape_of(config, tokens, channels);
    const uint64_t rows = (uint64_t)MAC_ROWS * s.rows; /* of a chunk: tokens, and rows of zeros past the matrix */
    unsigned select = 0;
    memset(p, 0, sizeof *p);
    spend(p, ACTIVITY_STREAM_IN, 1); /* LOAD_BEGIN */
    for (unsigned k = 0; k < s.row_blocks; k++) {
        const unsigned last = k + 1 == s.row_blocks;
        /* a beat of the group that the beat before was of waits a clock for the statistics */
        const uint64_t written = (k + 1) * rows, streamed = written < tokens ? written : tokens;
        const uint64_t there = s.groups > 1 ? written * s.groups + LOADER : written + streamed + LOADER - 1;
        const uint64_t now = prediction_total(p);
        /* at once after the last beat, the statistics still have it */
        if (last && now <= there && written == tokens) select = 1;
        spend(p, ACTIVITY_STREAM_IN, (now < there ? there - now : 0) + 1); /* LOADING */
        token_pass(p, &s, 1, 1, last ? write_tail(&s, parameters->expansion) : column_tail(&s));
    }
    spend(p, ACTIVITY_SELECT, (parameters->outliers + 1) * (s.groups + 3) + 1 + select);
    run_program(p, SCALAR_SUM, s.columns);
    run_program(p, SCALAR_TOTALS, 0);
    control(p, 4); /* TOTAL, TOTALLED, LOADED, FINISH */
}

uint64_t prediction_total(const prediction *p) {
    uint64_t total = 0;
    for (unsigned k = 0; k < ACTIVITIES; k++)
        total += p->clocks[k];
    return total;
}

/* ---- without a matrix: a datapath of numbers that say what is usual ---- */

typedef struct {
    datapath face;
    engine engine;
    bool combined, projected; /* since the block began */
} usual;

static void usual_program(datapath *face, enum scalar_program program) { (void)face, (void)program; }

static dcom_status usual_load(engine *e, const uint16_t *a, unsigned tokens, unsigned channels) {
    (void)a;
    e->tokens = tokens;
    e->channels = channels;
    return DCOM_OK;
}

static dcom_status usual_begin(datapath *face, const int32_t *tokens, const int32_t *channels, unsigned rows) {
    (void)face, (void)tokens, (void)channels, (void)rows;
    return DCOM_OK;
}

static dcom_status usual_start(datapath *face, unsigned rows, unsigned lanes, uint32_t key) {
    usual *u = (usual *)face;
    (void)rows, (void)lanes, (void)key;
    u->combined = u->projected = false;
    return DCOM_OK;
}

static dcom_status usual_next(datapath *face, unsigned rows, unsigned width, unsigned lanes, uint32_t key) {
    (void)width;
    return usual_start(face, rows, lanes, key);
}

static dcom_status usual_project(datapath *face, unsigned rows, unsigned lanes) {
    (void)rows, (void)lanes;
    ((usual *)face)->projected = true;
    return DCOM_OK;
}

static dcom_status usual_combine(datapath *face, unsigned rows, unsigned lanes, const float *x) {
    (void)rows, (void)lanes, (void)x;
    ((usual *)face)->combined = true;
    return DCOM_OK;
}

/* Far along the basis until it is projected, of norm 1 once it is combined. */
static dcom_status usual_measure(datapath *face, unsigned rows, unsigned lanes, float peak[LANES]) {
    const usual *u = (usual *)face;
    for (unsigned e = 0; e < LANES; e++)
        peak[e] = rows > 0 && e < lanes && !u->projected ? 1 : 0;
    return DCOM_OK;
}

static dcom_status usual_gram(datapath *face, unsigned rows, unsigned lanes, float *g) {
    const usual *u = (usual *)face;
    (void)rows;
    memset(g, 0, lanes * LANES * sizeof *g);
    for (unsigned e = 0; e < lanes; e++)
        g[e * LANES + e] = u->combined ? 1 : 2;
    return DCOM_OK;
}

static dcom_status usual_multiply(datapath *face, unsigned kept, unsigned lanes) {
    (void)face, (void)kept, (void)lanes;
    return DCOM_OK;
}

static dcom_status usual_squares(datapath *face, float squares[LANES], float lost[LANES]) {
    (void)face;
    memset(squares, 0, LANES * sizeof *squares);
    memset(lost, 0, LANES * sizeof *lost);
    return DCOM_OK;
}

static dcom_status usual_certify(datapath *face, unsigned first, unsigned kept, const float norm[LANES],
                                 float bound[LANES]) {
    (void)face, (void)first, (void)kept, (void)norm;
    memset(bound, 0, LANES * sizeof *bound);
    return DCOM_OK;
}

static dcom_status usual_settle(datapath *face, unsigned rows, float sum[LANES]) {
    (void)face, (void)rows;
    memset(sum, 0, LANES * sizeof *sum);
    return DCOM_OK;
}

static dcom_status usual_store(datapath *face, unsigned kept, uint16_t *p, uint16_t *v, unsigned stride,
                               unsigned column) {
    (void)face, (void)kept, (void)p, (void)v, (void)stride, (void)column;
    return DCOM_OK;
}

dcom_status predict_decompose(const dcom_config *config, unsigned tokens, unsigned channels,
                              const dcom_parameters *parameters, prediction *counts) {
    usual u = {.engine = {.config = config, .load = usual_load},
               .face = {.engine = &u.engine,
                        .program = usual_program,
                        .begin = usual_begin,
                        .start_block = usual_start,
                        .next_block = usual_next,
                        .project = usual_project,
                        .combine = usual_combine,
                        .measure = usual_measure,
                        .gram = usual_gram,
                        .multiply = usual_multiply,
                        .squares = usual_squares,
                        .certify = usual_certify,
                        .settle = usual_settle,
                        .store = usual_store}};
    dcom_parameters p = *parameters;
    lanczos_result result;
    datapath *path = counting_datapath(&u.face, counts);
    if (!path) return DCOM_E_MEMORY;
    p.tolerance = 0;
    dcom_status status = lanczos_decompose(path, NULL, tokens, channels, &p, &result);
    if (!status) lanczos_release(&result);
    free(path);
    return status;
}
