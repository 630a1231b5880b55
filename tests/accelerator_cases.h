/* accelerator_cases.h - the cases of accelerator_bench.c: what hosts do, and what they should not.
 * SPDX-License-Identifier: Apache-2.0 */
#ifndef ACCELERATOR_CASES_H
#define ACCELERATOR_CASES_H

#include "accelerator_rig.h"
#include "apply_judge.h"

static void random_jobs(bench *b) {
    for (unsigned n = 1 + below(3); n > 0 && !b->fault[0]; n--) {
        job j = make_job(b, 1 + below(90), 1 + below(90));
        whole(b, &j);
        if (b->fault[0])
            printf("# %s %u x %u, rank %u, E %u, warm-up %u, %u outliers, %u exact, tolerance %g\n", j.kind, j.tokens,
                   j.channels, j.p.rank, j.p.expansion, j.p.warmup, j.p.outliers, j.p.exact_token_count,
                   j.p.tolerance);
        free(j.a);
    }
}

/* Overflow, and behind it what must not see what it has left in the tiles. */
static void after_overflow(bench *b) {
    for (unsigned n = 0; n < 3 && !b->fault[0]; n++) {
        job j = make_job(b, 60, 60);
        for (size_t k = 0; k < (size_t)j.tokens * j.channels; k++)
            j.a[k] = (uint16_t)((j.a[k] & 0x807F) | ((n ? 0xF7 : 0xB0) + (j.a[k] & 7)) << 7);
        j.p.expansion = 8;
        j.p.rank = 1;
        whole(b, &j);
        if (below(2)) {
            vary(b, &j);
            clear_flags(b);
            forget_packets(b);
            const uint32_t before = peek(b, CSR_JOBS);
            decompose(b, &j);
            await_jobs(b, before, 1);
            judge(b, &j, false, true);
        }
        free(j.a);
        well(b);
    }
}

/* Lanes of the start block are sums and differences of these rows: some of norm 1 and orthogonal, good at once; of
 * others 2^-6 of the norm is 0, and they stay far from a basis that there is not. After the last round what is good
 * is kept. */
static void given_up(bench *b) {
    static const uint16_t rows[4][3] = {{0x3F00, 0, 0}, {0x3F00, 0, 0x1B00}, {0, 0x3F00, 0}, {0, 0x3F00, 0x1B00}};
    for (unsigned seed = 1; seed < 5 && !b->fault[0]; seed++) {
        job j = make_job(b, 1, 1);
        j.tokens = 4, j.channels = 3;
        j.p = dcom_defaults();
        j.p.expansion = 8, j.p.rank = 3, j.p.warmup = 0, j.p.outliers = 0, j.p.seed = seed;
        free(j.a);
        j.a = calloc(4 + SLACK, sizeof *rows);
        memcpy(j.a, rows, sizeof rows);
        whole(b, &j);
        free(j.a);
    }
    well(b);
}

/* Signs of three tokens: the third direction is found, or not, after some blocks that were the first two again. Only
 * what is barren in a row counts; of these seeds it is more in all. */
static void barren(bench *b) {
    static const unsigned seeds[] = {24, 28, 85, 89};
    for (unsigned n = 0; n < 4 && !b->fault[0]; n++) {
        job j = make_job(b, 1, 1);
        j.tokens = j.channels = 3;
        j.p = dcom_defaults();
        j.p.expansion = 1, j.p.rank = 3, j.p.warmup = 0, j.p.outliers = 0, j.p.seed = seeds[n];
        free(j.a);
        j.a = calloc((3 + SLACK) * 3, sizeof *j.a);
        j.a[0] = j.a[4] = j.a[8] = 0x3F80;
        whole(b, &j);
        free(j.a);
    }
}

/* A tolerance below what BF16 can certify, and a rank that ends the run before. */
static void uncertified(bench *b) {
    for (unsigned n = 0; n < 4 && !b->fault[0]; n++) {
        job j = make_job(b, 60, 60);
        for (size_t k = 0; k < (size_t)j.tokens * j.channels; k++)
            j.a[k] = (uint16_t)((j.a[k] & 0x807F) | 0x3F00);
        j.p.rank = 1, j.p.expansion = 1 + n % 2, j.p.tolerance = 0x1p-10;
        whole(b, &j);
        free(j.a);
    }
}

static void decompose_again(bench *b) {
    job j = make_job(b, 60, 60);
    const dcom_parameters first = j.p;
    whole(b, &j);
    for (unsigned n = 0; n < 3 && !b->fault[0]; n++) {
        vary(b, &j);
        if (n == 1) j.p = first;
        forget_packets(b);
        clear_flags(b);
        const uint32_t before = peek(b, CSR_JOBS);
        decompose(b, &j);
        await_jobs(b, before, 1);
        judge(b, &j, false, true);
        no_more_packets(b);
    }
    free(j.a);
}

/* LOADs without a decomposition between them, the stream out held back: each has its own outliers. */
static void loads_alone(bench *b) {
    enum { LOADS = 3 };
    job j[LOADS];
    dcom_context *context = NULL;
    dcom_result want;
    forget_packets(b);
    const uint32_t before = peek(b, CSR_JOBS);
    b->host.stall.result = below(2) ? BLOCKED : 250;
    for (unsigned n = 0; n < LOADS; n++) {
        j[n] = make_job(b, 24, 90);
        if (n == 1) j[n].p.outliers = j[n].channels - 1;
        if (n == LOADS - 1) b->host.stall.result = 200;
        set(b, &j[n]);
        command(b, CSR_COMMAND_LOAD);
        send(b, &j[n]);
        go(b);
        if (n == 0) go_for(b, below(200));
        if (n == 1) go_for(b, 800), b->host.stall.result = 200;
    }
    await_jobs(b, before, LOADS);
    for (unsigned n = 0; n < LOADS; n++) {
        dcom_parameters p = j[n].p;
        p.exact_tokens = j[n].exact;
        if (dcom_create(&b->config, &context) ||
            dcom_decompose(context, j[n].a, j[n].tokens, j[n].channels, &p, &want))
            fail(b, "the untimed model");
        else
            judge_outliers(b, &j[n], &want);
        dcom_destroy(context);
        free(j[n].a);
    }
    no_more_packets(b);
}

static unsigned local_tokens(const bench *b, unsigned tokens) {
    const unsigned rows = b->config.cluster_rows;
    return ((tokens + 7) / 8 + rows - 1) / rows * 8;
}

/* Several matrices in a row, each queued while the one before is decomposed. */
static void prefetch(bench *b) {
    enum { MATRICES = 5 };
    const dcom_config *c = &b->config;
    job j[MATRICES];
    unsigned base = 0, local = 0, ahead = 0;
    forget_packets(b);
    const uint32_t before = peek(b, CSR_JOBS);
    for (unsigned n = 0; n < MATRICES; n++) {
        j[n] = make_job(b, below(2) ? 20 : c->cluster_rows * c->tile_tokens, 30);
        const unsigned need = local_tokens(b, j[n].tokens);
        const bool low = base >= need, fits = n > 0 && (low || base + local + need <= c->tile_tokens);
        const uint64_t beats = b->beats_in;
        clear_flags(b);
        load(b, &j[n]);
        /* the job before was done while, or before, the matrix streamed in */
        const uint64_t at_done = b->beats_at_done - beats, early = b->done_at - b->queued_at;
        const bool was_done = b->jobs - before == 2 * n;
        if (n > 0 && !b->fault[0] && was_done && b->done_at > b->queued_at && !fits && at_done != 0)
            fail(b, "%" PRIu64 " beats of a matrix that does not fit were taken early", at_done);
        if (n > 0 && !b->fault[0] && fits && b->done_at > b->queued_at && early > 2000 && at_done == 0)
            fail(b, "no beat of a matrix that fits was taken in %" PRIu64 " clocks", early);
        ahead += fits && (!was_done || at_done > 0);
        base = fits && !low ? base + local : 0;
        local = need;
        if (below(2)) vary(b, &j[n]);
        decompose(b, &j[n]);
    }
    await_jobs(b, before, 2 * MATRICES);
    for (unsigned n = 0; n < MATRICES; n++) {
        judge(b, &j[n], true, false);
        free(j[n].a);
    }
    no_more_packets(b);
    printf("# %u of %u matrices streamed in ahead\n", ahead, MATRICES - 1);
}

static void resets(bench *b) {
    for (unsigned n = 0; n < 4 && !b->fault[0]; n++) {
        job j = make_job(b, 80, 60), next = make_job(b, 20, 40);
        set(b, &j);
        command(b, CSR_COMMAND_LOAD);
        send(b, &j);
        if (n % 2) {
            go(b);
            decompose(b, &j);
            set(b, &next);
            command(b, CSR_COMMAND_LOAD);
            send(b, &next);
        }
        go_for(b, below(n % 2 ? 12000 : 700));
        reset(b, random_stalls());
        free(j.a), free(next.a);
        if (!b->fault[0] && peek(b, CSR_STATUS) != 1 << CSR_STATUS_IDLE) fail(b, "STATUS after a reset");
        refuse(b, CSR_COMMAND_DECOMPOSE, CSR_ERROR_ORDER, 0);
        well(b);
    }
}

/* In the middle of a decomposition, whatever is on its way then: all registers are compared in reset too. */
static void resets_in_passes(bench *b) {
    for (unsigned n = 0; n < 24 && !b->fault[0]; n++) {
        job j = make_job(b, 60, 60);
        load(b, &j);
        decompose(b, &j);
        go_for(b, 200 + below(3000));
        reset(b, random_stalls());
        free(j.a);
    }
    well(b);
}

static void framing(bench *b) {
    for (unsigned n = 0; n < 4 && !b->fault[0]; n++) {
        job j = make_job(b, 40, 40);
        const unsigned late = n % 2, vectors = n == 2;
        if (vectors) j.p.rank = 1 + below(20);
        set(b, &j);
        clear_flags(b);
        command(b, CSR_COMMAND_LOAD);
        host_stream *s = host_send_matrix(&b->host, j.a, j.tokens, j.channels);
        const unsigned beats = s->beats;
        if (vectors) {
            go(b);
            await_idle(b);
            command(b, CSR_COMMAND_APPLY);
            s = host_send_vectors(&b->host, j.a, least(j.channels, j.p.rank), j.tokens);
            s->beats = (j.p.rank + 7) / 8 * j.tokens;
        }
        if (late)
            s->beats += 1 + below(5);
        else
            s->beats = 1 + below(s->beats);
        const bool wrong = late || s->beats != (vectors ? (j.p.rank + 7) / 8 * j.tokens : beats);
        const bool queue = below(2) && !vectors;
        if (queue) host_write(&b->host, CSR_COMMAND, CSR_COMMAND_DECOMPOSE), host_refusable(&b->host, &ignored);
        go(b);
        const uint32_t status = await_idle(b), flags = peek(b, CSR_FLAGS);
        if (!b->fault[0] && wrong != (flags >> CSR_FLAGS_FRAMING & 1)) fail(b, "FLAGS %X", flags);
        if (!b->fault[0] && wrong != (status >> CSR_STATUS_ABORTED & 1)) fail(b, "STATUS %03X", status);
        if (wrong && !vectors) refuse(b, CSR_COMMAND_STORE, CSR_ERROR_ORDER, 0);
        drain(b);
        free(j.a);
        well(b);
    }
}

/* Registers are written and read while a job runs, and commands refused; it does not see any of it. */
static void busy_registers(bench *b) {
    static const uint16_t registers[] = {CSR_TOKENS,   CSR_CHANNELS, CSR_RANK,       CSR_WARMUP,
                                         CSR_OUTLIERS, CSR_SEED,     CSR_EXACT_TOKEN};
    job j = make_job(b, 60, 60);
    reset(b, random_stalls());
    refuse(b, CSR_COMMAND_STORE, CSR_ERROR_ORDER, 0);
    const uint32_t before = peek(b, CSR_JOBS);
    load(b, &j);
    decompose(b, &j);
    unsigned accesses = 0;
    while (!b->fault[0] && !(peek(b, CSR_STATUS) & 1 << CSR_STATUS_IDLE)) {
        uint32_t low, high;
        const uint16_t at = registers[below(7)],
                       counter = (uint16_t)(CSR_COUNTER + 8 * below(ACCELERATOR_COUNTER_COUNT));
        host_write(&b->host, at, at == CSR_WARMUP ? below(9) : at == CSR_SEED ? random_bits() : below(1 << 17));
        host_read(&b->host, counter, &low);
        host_read(&b->host, (uint16_t)(counter + 4), &high);
        if (go(b)) break;
        if (high != 0 || low > b->lockstep.clocks) fail(b, "a counter is %u %u", high, low);
        if (below(4) == 0) {
            host_write(&b->host, CSR_EXPANSION, 3);
            go(b);
            const bool queued = peek(b, CSR_STATUS) >> CSR_STATUS_QUEUED & 1;
            host_write(&b->host, CSR_TOKENS, 1), host_write(&b->host, CSR_CHANNELS, 1);
            host_write(&b->host, CSR_OUTLIERS, 0), host_write(&b->host, CSR_EXACT_COUNT, 0);
            if (!queued) refuse(b, CSR_COMMAND_LOAD, CSR_ERROR_PARAMETER, CSR_EXPANSION);
        }
        accesses++;
    }
    await_jobs(b, before, 2);
    judge(b, &j, true, true);
    no_more_packets(b);
    if (accesses < 10) printf("# %u accesses only\n", accesses);
    free(j.a);
}

/* ---- single passes: what the edges hold is followed on the untimed array ---- */

typedef struct {
    engine *engine;
    int32_t *token_mask, *channel_mask;
    uint16_t *p, *v, *out_p, *out_v; /* 8 lanes a token, a channel */
    float *sums;
} edges;

static edges make_edges(bench *b, const job *j, const dcom_result *r) {
    const size_t longest = j->tokens > j->channels ? j->tokens : j->channels, bytes = longest * LANES * sizeof(float);
    edges s = {.token_mask = malloc(bytes), .channel_mask = malloc(bytes), .sums = malloc(bytes)};
    uint16_t **blocks[] = {&s.p, &s.v, &s.out_p, &s.out_v};
    for (unsigned k = 0; k < 4; k++)
        *blocks[k] = calloc(1, bytes);
    for (unsigned k = 0; k < longest; k++)
        s.token_mask[k] = s.channel_mask[k] = EDGE_KEEP;
    for (unsigned k = 0; k < j->p.exact_token_count; k++)
        s.token_mask[j->exact[k]] = EDGE_ZERO;
    for (unsigned k = 0; k < r->outlier_count; k++)
        s.channel_mask[r->outliers[k]] = EDGE_ZERO;
    if (untimed_create(&b->config, NULL, &s.engine) || s.engine->load(s.engine, j->a, j->tokens, j->channels))
        fail(b, "no engine");
    return s;
}

static void release_edges(edges *s) {
    untimed_destroy(s->engine);
    free(s->token_mask), free(s->channel_mask), free(s->sums), free(s->p), free(s->v), free(s->out_p), free(s->out_v);
}

/* V of the start block. */
static void start(edges *s, const job *j) {
    datapath *path = datapath_create(s->engine);
    path->begin(path, s->token_mask, s->channel_mask, 2 * LANES);
    path->start_block(path, 0, j->p.expansion, row_edge_hash(j->p.seed));
    path->store(path, LANES, s->p, s->v, LANES, 0);
    datapath_destroy(path);
}

static void forward(edges *s, unsigned lanes) {
    engine *e = s->engine;
    float peak[LANES];
    memcpy(s->out_v, s->v, (size_t)e->channels * LANES * sizeof *s->v);
    e->forward(e, REGION_TOKENS, 0, e->tokens, lanes, s->v, s->sums);
    edge_round(s->sums, e->tokens, s->token_mask, s->p, peak);
    memcpy(s->out_p, s->p, (size_t)e->tokens * LANES * sizeof *s->p);
}

static void transpose(edges *s, unsigned lanes) {
    engine *e = s->engine;
    float peak[LANES];
    e->transpose(e, REGION_TOKENS, 0, e->tokens, lanes, s->p, s->sums);
    for (size_t k = 0; k < (size_t)e->channels * LANES; k++)
        if (k % LANES >= lanes) s->sums[k] = 0;
    edge_round(s->sums, e->channels, s->channel_mask, s->v, peak);
    memcpy(s->out_v, s->v, (size_t)e->channels * LANES * sizeof *s->v);
}

static void judge_rows(bench *b, unsigned kind, const uint16_t *want, unsigned rows, unsigned lanes) {
    const uint16_t(*beat)[LANES] = next_packet(b, kind, rows);
    for (unsigned r = 0; beat && r < rows; r++)
        for (unsigned e = 0; e < LANES; e++)
            if (beat[r][e] != (e < lanes ? want[r * LANES + e] : 0)) {
                fail(b, "packet %u, row %u, lane %u of %u is %04X, not %04X", kind, r, e, lanes, beat[r][e],
                     want[r * LANES + e]);
                return;
            }
}

static void single_passes(bench *b) {
    job j = make_job(b, 60, 60);
    dcom_context *context = NULL;
    dcom_result want;
    dcom_parameters p = j.p;
    p.exact_tokens = j.exact;
    while (!strcmp(j.kind, "huge") || !strcmp(j.kind, "large"))
        fill(&j);
    j.p.tolerance = p.tolerance = 0;
    forget_packets(b);
    whole(b, &j);
    if (b->fault[0] || dcom_create(&b->config, &context) ||
        dcom_decompose(context, j.a, j.tokens, j.channels, &p, &want)) {
        fail(b, "the untimed model");
        dcom_destroy(context), free(j.a);
        return;
    }
    edges s = make_edges(b, &j, &want);
    /* the last block once more */
    const size_t sent = b->packets;
    if (sent > 2) {
        command(b, CSR_COMMAND_STORE);
        await_idle(b);
        drain(b);
        b->taken = sent;
        judge_outliers(b, &j, &want);
        for (unsigned k = 0; k < 2; k++) {
            const packet was = b->packet[sent - 2 + k];
            const uint16_t(*again)[LANES] = next_packet(b, was.kind, was.beats);
            if (again && memcmp(again, b->beat[was.at], was.beats * sizeof *again))
                fail(b, "STORE sends another block");
        }
    }
    /* a start block, and passes on it */
    unsigned lanes = 0;
    load(b, &j);
    await_idle(b);
    drain(b);
    start(&s, &j);
    forget_packets(b);
    for (unsigned n = 0; n < 8 && !b->fault[0]; n++) {
        const unsigned which = n == 0 ? 0 : below(3);
        if (which < 2) {
            lanes = j.p.expansion = n == 0 ? j.p.expansion : 1u << below(4);
            j.p.rank = 1;
            if (lanes >= b->config.cluster_rows * b->config.basis_rows) lanes = j.p.expansion = 4;
        }
        set(b, &j);
        command(b, which == 0   ? CSR_COMMAND_PASS_FORWARD
                   : which == 1 ? CSR_COMMAND_PASS_TRANSPOSE
                                : CSR_COMMAND_STORE);
        await_idle(b);
        drain(b);
        if (which == 0) forward(&s, lanes), judge_rows(b, PACKET_P, s.p, j.tokens, lanes);
        if (which == 1) transpose(&s, lanes), judge_rows(b, PACKET_Z, s.v, j.channels, lanes);
        if (which == 2) {
            judge_outliers(b, &j, &want);
            judge_rows(b, PACKET_V, s.out_v, j.channels, lanes);
            judge_rows(b, PACKET_P, s.out_p, j.tokens, lanes);
        }
    }
    no_more_packets(b);
    release_edges(&s);
    dcom_destroy(context);
    free(j.a);
}

/* ---- APPLY ---- */

/* Z of `count` vectors (length each) and the weights that are loaded: count x outputs. */
static uint16_t *apply(bench *b, const job *w, const uint16_t *vectors, unsigned count) {
    uint16_t *z = malloc((size_t)count * w->channels * sizeof *z);
    job j = *w;
    j.p.rank = count;
    await_idle(b);
    drain(b);
    forget_packets(b);
    clear_flags(b);
    const uint32_t before = peek(b, CSR_JOBS);
    set(b, &j);
    command(b, CSR_COMMAND_APPLY);
    host_send_vectors(&b->host, vectors, count, w->tokens);
    go(b);
    await_jobs(b, before, 1);
    for (unsigned first = 0; first < count; first += LANES) {
        const uint16_t(*beat)[LANES] = next_packet(b, PACKET_Z, w->channels);
        for (unsigned c = 0; beat && c < w->channels; c++)
            for (unsigned e = 0; e < LANES; e++) {
                if (first + e < count)
                    z[(size_t)(first + e) * w->channels + c] = beat[c][e];
                else if (beat[c][e])
                    fail(b, "lane %u of Z is not +0", e);
            }
    }
    no_more_packets(b);
    return z;
}

static uint16_t *untimed_apply(bench *b, const job *w, const uint16_t *vectors, unsigned count, unsigned *flags) {
    uint16_t *z = malloc((size_t)count * w->channels * sizeof *z),
             *turned = malloc((size_t)w->tokens * w->channels * sizeof *z);
    dcom_context *context = NULL;
    for (unsigned t = 0; t < w->tokens; t++)
        for (unsigned c = 0; c < w->channels; c++)
            turned[(size_t)c * w->tokens + t] = w->a[(size_t)t * w->channels + c];
    if (dcom_create(&b->config, &context) ||
        dcom_apply(context, vectors, count, w->tokens, turned, w->channels, NULL, z, flags))
        fail(b, "the untimed model: %s", context ? dcom_message(context) : "");
    dcom_destroy(context);
    free(turned);
    return z;
}

/* A weight, of all tokens and channels. */
static job make_weight(const bench *b, unsigned tokens) {
    job w = make_job(b, 60, 60);
    if (tokens) {
        free(w.a);
        w.tokens = tokens;
        w.a = malloc((size_t)(tokens + SLACK) * w.channels * sizeof *w.a);
        fill(&w);
        w.p.rank = 1;
    }
    while (!strcmp(w.kind, "huge") || !strcmp(w.kind, "large"))
        fill(&w);
    w.p.outliers = w.p.exact_token_count = 0;
    return w;
}

/* Vectors through two layers. */
static void layers(bench *b) {
    for (unsigned n = 0; n < 2 && !b->fault[0]; n++) {
        const unsigned count =
            n ? 1 + below(20) : LANES * (1 + below(2)); /* all lanes of the last ones in use, too */
        job w = make_weight(b, 0);
        uint16_t *vectors = malloc((size_t)count * w.tokens * sizeof *vectors), *z = NULL, *want = NULL;
        for (size_t k = 0; k < (size_t)count * w.tokens; k++)
            vectors[k] = (uint16_t)((random_bits() & 0x80FF) | 0x3F00);
        for (unsigned layer = 0; layer < 2 && !b->fault[0]; layer++) {
            unsigned flags = 0;
            load(b, &w);
            z = apply(b, &w, vectors, count);
            want = untimed_apply(b, &w, vectors, count, &flags);
            if (!b->fault[0] && memcmp(z, want, (size_t)count * w.channels * sizeof *z))
                fail(b, "Z of layer %u", layer);
            if (!b->fault[0] && peek(b, CSR_FLAGS) != flags) fail(b, "FLAGS of layer %u", layer);
            free(vectors), free(want), free(w.a);
            vectors = z;
            const unsigned capacity = b->config.cluster_rows * b->config.tile_tokens;
            if (layer == 0 && w.channels > capacity) {
                w.a = NULL;
                break;
            }
            if (layer == 0)
                w = make_weight(b, w.channels);
            else
                w.a = NULL;
        }
        free(vectors), free(w.a);
    }
    well(b);
}

static const char real_path[] = "tests/data/kjv_S512_L29_mlp_in.npy";

/* The corner of a real activation, decomposed, and two layers on it: within the certificate of the plain product. */
static void real_layers(bench *b) {
    const unsigned rows = b->config.cluster_rows * b->config.tile_tokens,
                   columns = b->config.cluster_columns * b->config.tile_channels;
    const unsigned width = least(56, least(rows, columns)), tokens = least(64, rows);
    char message[256];
    npy_matrix file;
    dcom_context *context = NULL;
    dcom_result r;
    if (npy_read(real_path, &file, message)) {
        fail(b, "%s", message);
        return;
    }
    job j = {.tokens = tokens, .channels = width, .p = dcom_defaults(), .exact = {2, 9}, .kind = "real"};
    chain c = {.layers = 2, .a = {.rows = tokens, .columns = width}};
    j.p.rank = least(least(16, width), b->config.cluster_rows * b->config.basis_rows - 8);
    j.p.outliers = 3, j.p.exact_token_count = 2;
    j.a = malloc((size_t)(tokens + SLACK) * width * sizeof *j.a);
    c.a.bits = malloc((size_t)tokens * width * sizeof *c.a.bits);
    for (unsigned t = 0; t < tokens; t++)
        memcpy(j.a + (size_t)t * width, file.bits + t * file.columns, width * sizeof *j.a);
    memcpy(c.a.bits, j.a, (size_t)tokens * width * sizeof *c.a.bits);
    npy_release(&file);
    for (unsigned l = 0; l < c.layers; l++) {
        npy_matrix *w = &c.w[l];
        w->columns = l ? c.w[0].rows : width, w->rows = width - 3 * (1 - l);
        w->bits = malloc(w->rows * w->columns * sizeof *w->bits);
        for (size_t k = 0; k < w->rows * w->columns; k++)
            w->bits[k] = (uint16_t)((random_bits() & 0x807F) | (0x7A + below(4)) << 7);
    }
    whole(b, &j);
    dcom_parameters p = j.p;
    p.exact_tokens = j.exact;
    if (!b->fault[0] && !dcom_create(&b->config, &context) && !dcom_decompose(context, j.a, tokens, width, &p, &r)) {
        chain_start(&c, j.exact, 2, &r);
        for (unsigned l = 0; l < c.layers; l++) {
            const unsigned count = (unsigned)(c.rank + c.exact), in = (unsigned)c.width[l],
                           out = (unsigned)c.width[l + 1];
            job w = {.tokens = in, .channels = out, .p = dcom_defaults()};
            uint16_t *vectors = malloc((size_t)count * in * sizeof *vectors);
            w.p.outliers = 0, w.p.rank = 1;
            w.a = malloc((size_t)(in + SLACK) * out * sizeof *w.a);
            for (unsigned t = 0; t < in; t++)
                for (unsigned o = 0; o < out; o++)
                    w.a[(size_t)t * out + o] = c.w[l].bits[(size_t)o * in + t];
            memcpy(vectors, c.right[l], c.rank * in * sizeof *vectors);
            memcpy(vectors + c.rank * in, c.rows[l], c.exact * in * sizeof *vectors);
            load(b, &w);
            uint16_t *z = apply(b, &w, vectors, count);
            memcpy(c.right[l + 1], z, c.rank * out * sizeof *z);
            memcpy(c.rows[l + 1], z + c.rank * out, c.exact * out * sizeof *z);
            free(z), free(vectors), free(w.a);
        }
        const verdict v = chain_judge(&c);
        if (!verdict_is_good(&v)) fail(b, "error %g of %g, drift %g of %g", v.error, v.bound, v.drift, v.rounding);
    } else {
        fail(b, "the untimed model");
    }
    dcom_destroy(context);
    chain_release(&c);
    free(j.a);
}

#endif
