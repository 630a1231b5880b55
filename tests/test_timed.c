/* test_timed.c - the timed model of the cluster array against the untimed engine, bit for bit, and the clocks it
 * takes. SPDX-License-Identifier: Apache-2.0 SEED=N in the environment repeats a run; the seed is printed at the
 * start. */
#include "../cmodel/timed_engine.h"
#include "../cmodel/untimed.h"

#include <check.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { TILE = 32, BASIS = 16, SPAN = 4, ROWS_MOST = SPAN * TILE };

static uint32_t seed = 1, random_state;

static uint32_t random_bits(void) {
    random_state ^= random_state << 13, random_state ^= random_state >> 17, random_state ^= random_state << 5;
    return random_state;
}
static unsigned below(unsigned n) { return random_bits() % n; }

/* Each case has numbers of its own, whatever runs before it. */
static void begin(int number) {
    random_state = (seed * 0x9E3779B9u ^ (unsigned)(number + 1) * 0x85EBCA6Bu) | 1;
    for (int k = 0; k < 8; k++)
        random_bits();
}

/* Near 1, or one time in `rare` anything at all, special values first. */
static uint16_t random_bf16(unsigned rare) {
    static const uint16_t special[] = {0,      0x8000, 1,      0x8001, 0x007F, 0x0080, 0x7F7F,
                                       0xFF7F, 0x7F80, 0xFF80, 0x7FC0, 0xFFFF, 0x3F80, 0x7F81};
    uint32_t r = random_bits();
    if (rare && r % rare == 0) return (r >> 8 & 1) ? special[(r >> 9) % 14] : (uint16_t)(r >> 16);
    return (uint16_t)((r & 0x807F) | (0x7B + (r >> 20) % 5) << 7);
}

static uint16_t *random_matrix(size_t count, unsigned rare) {
    uint16_t *a = malloc(count * sizeof *a);
    for (size_t k = 0; k < count; k++)
        a[k] = random_bf16(rare);
    return a;
}

static dcom_config geometry(unsigned rows, unsigned columns, unsigned stages) {
    return (dcom_config){"test", rows, columns, MAC_ROWS, LANES, TILE, TILE, BASIS, stages};
}

static const unsigned shapes[][2] = {{1, 1}, {2, 3}, {4, 2}, {3, 1}, {1, 4}, {2, 2}};
enum { SHAPES = sizeof shapes / sizeof shapes[0] };
static const unsigned rarity[] = {2, 40, 1000}; /* of special values */
static const char *const profiles[] = {"none", "light", "heavy"};

/* ---- both engines on the same configuration ---- */

typedef struct {
    dcom_config config;
    dcom_array *array;
    timed_engine timed;
    engine *untimed;
    unsigned tokens, channels;
} pair;

static void pair_open(pair *p, unsigned rows, unsigned columns, unsigned stages, const char *profile) {
    stall_profile stall;
    p->config = geometry(rows, columns, stages);
    ck_assert_int_eq(stall_profile_parse(profile, &stall), 0);
    ck_assert_int_eq(dcom_array_create(&p->config, &p->array), DCOM_OK);
    ck_assert_int_eq(timed_engine_init(&p->timed, &p->config, stall, random_bits(), clock_model, p->array), DCOM_OK);
    ck_assert_int_eq(untimed_create(&p->config, NULL, &p->untimed), DCOM_OK);
}

static void pair_close(pair *p) {
    dcom_array_destroy(p->array);
    untimed_destroy(p->untimed);
}

/* The same matrix and basis into both. */
static void pair_load(pair *p, unsigned tokens, unsigned channels, unsigned rare) {
    uint16_t *a = random_matrix((size_t)tokens * channels, rare);
    p->tokens = tokens;
    p->channels = channels;
    ck_assert_int_eq(p->untimed->load(p->untimed, a, tokens, channels), DCOM_OK);
    ck_assert_int_eq(p->timed.base.load(&p->timed.base, a, tokens, channels), DCOM_OK);
    free(a);
    for (unsigned at = 0, most = p->config.cluster_rows * BASIS, count; at < most; at += count) {
        count = 1 + below(LANES);
        if (count > LANES - at % LANES) count = LANES - at % LANES;
        uint16_t *rows = random_matrix((size_t)channels * LANES, rare);
        ck_assert_int_eq(p->untimed->write_basis(p->untimed, at, count, rows), DCOM_OK);
        ck_assert_int_eq(p->timed.base.write_basis(&p->timed.base, at, count, rows), DCOM_OK);
        free(rows);
    }
}

static void pair_load_random(pair *p, unsigned rare) {
    pair_load(p, 1 + below(p->config.cluster_rows * TILE), 1 + below(p->config.cluster_columns * TILE), rare);
}

static dcom_status run_pass(engine *e, int transpose, engine_region region, unsigned first, unsigned count,
                            unsigned expansion, const uint16_t *x, float *out) {
    return (transpose ? e->transpose : e->forward)(e, region, first, count, expansion, x, out);
}

/* One pass on both; what they write, and what they leave alone, is equal. */
static void pair_pass(pair *p, int transpose, engine_region region, unsigned first, unsigned count,
                      unsigned expansion, unsigned rare) {
    static float timed[ROWS_MOST * LANES], untimed[ROWS_MOST * LANES];
    uint16_t *x = random_matrix((size_t)ROWS_MOST * LANES, rare);
    memset(timed, 0x55, sizeof timed);
    memset(untimed, 0x55, sizeof untimed);
    ck_assert_int_eq(run_pass(p->untimed, transpose, region, first, count, expansion, x, untimed), DCOM_OK);
    ck_assert_int_eq(run_pass(&p->timed.base, transpose, region, first, count, expansion, x, timed), DCOM_OK);
    for (unsigned k = 0; k < ROWS_MOST * LANES; k++) {
        uint32_t t, u;
        memcpy(&t, &timed[k], 4), memcpy(&u, &untimed[k], 4);
        ck_assert_msg(t == u,
                      "SEED=%u, %u x %u clusters, %u stages, %u x %u, %s, %s [%u, +%u), E %u: row %u, lane %u: timed "
                      "%08x, untimed %08x",
                      seed, p->config.cluster_rows, p->config.cluster_columns, p->config.mac_stages, p->tokens,
                      p->channels, transpose ? "transpose" : "forward", region ? "basis" : "tokens", first, count,
                      expansion, k / LANES, k % LANES, t, u);
    }
    free(x);
}

static void pair_pass_random(pair *p, unsigned rare) {
    engine_region region = below(2) ? REGION_BASIS : REGION_TOKENS;
    unsigned all = region == REGION_BASIS ? p->config.cluster_rows * BASIS : p->tokens, first = 0, count = all;
    if (below(3)) first = below(all), count = 1 + below(all - first);
    pair_pass(p, (int)below(2), region, first, count, 1u << below(4), rare);
}

/* ---- timed against untimed ---- */

/* _i: shape, stages, profile */
START_TEST(passes_equal_untimed) {
    pair p;
    begin(_i);
    const unsigned *shape = shapes[_i / 9];
    pair_open(&p, shape[0], shape[1], 1 + _i / 3 % 3, profiles[_i % 3]);
    for (int load = 0; load < 4; load++) {
        pair_load_random(&p, 0);
        for (int pass = 0; pass < 8; pass++)
            pair_pass_random(&p, 0);
    }
    pair_close(&p);
}
END_TEST

/* NaN, infinities, subnormals, overflow of sums, in the vectors. _i: stages, rarity */
START_TEST(special_vectors_equal_untimed) {
    pair p;
    begin(100 + _i);
    pair_open(&p, 2, 3, 1 + (unsigned)_i / 3, "light");
    for (int load = 0; load < 4; load++) {
        pair_load_random(&p, 0);
        for (int pass = 0; pass < 8; pass++)
            pair_pass_random(&p, rarity[_i % 3]);
    }
    pair_close(&p);
}
END_TEST

/* The same in the memories, also in basis rows that are not in use. Passes over all lanes, all tokens, basis rows
 * from the first on: what else is left out is multiplied by +0 in the array and not at all in the untimed engine,
 * which is the same for finite elements, and A and the basis rows in use have no others. */
START_TEST(special_elements_equal_untimed) {
    pair p;
    begin(120 + _i);
    pair_open(&p, 2, 3, 1 + (unsigned)_i / 3, "light");
    for (int load = 0; load < 8; load++) {
        pair_load_random(&p, rarity[_i % 3]);
        for (int pass = 0; pass < 4; pass++) {
            engine_region region = pass / 2 ? REGION_BASIS : REGION_TOKENS;
            pair_pass(&p, pass % 2, region, 0, region ? 1 + below(2 * BASIS) : p.tokens, LANES, rarity[_i % 3]);
        }
    }
    pair_close(&p);
}
END_TEST

/* ---- clocks ---- */

/* Clocks of a pass beyond one per outer product: the command, then what array.v calls SWITCH: the way of operations
 * and sums across the array, the drain of the last block of each bank, the pipeline. */
static unsigned overhead_of(const dcom_config *c) {
    unsigned span = c->cluster_rows > c->cluster_columns ? c->cluster_rows : c->cluster_columns;
    return c->mac_stages < 3 ? span + 17 : 2 * span + 25;
}

/* One clock an outer product plus a constant of the build, whatever the shape. _i: shape, stages */
START_TEST(an_outer_product_a_clock) {
    begin(200 + _i);
    pair p;
    unsigned stages = 1 + _i % 3;
    pair_open(&p, shapes[_i / 3][0], shapes[_i / 3][1], stages, "none");
    for (int n = 0; n < 12; n++) {
        pair_load_random(&p, 0);
        const unsigned local_tokens = p.timed.base.local_tokens, local_channels = p.timed.base.local_channels;
        for (unsigned transpose = 0; transpose < 2; transpose++) {
            unsigned blocks = (transpose ? local_channels : local_tokens) / 8,
                     depth = transpose ? local_tokens : local_channels;
            uint64_t before = p.timed.busy;
            pair_pass(&p, (int)transpose, REGION_TOKENS, 0, p.tokens, LANES, 0);
            /* stages 3: the other bank's turns in a group of one block go unused, but for the last */
            unsigned products = blocks * depth, unused = stages == 3 && blocks % 2 ? depth - 1 : 0;
            unsigned over = (unsigned)(p.timed.busy - before) - products;
            ck_assert_msg(over == unused + overhead_of(&p.config),
                          "SEED=%u, %s, %u x %u of a cluster: %u clocks over, not %u", seed,
                          transpose ? "transpose" : "forward", local_tokens, local_channels, over,
                          unused + overhead_of(&p.config));
        }
    }
    pair_close(&p);
}
END_TEST

/* ---- whole decompositions ---- */

static uint64_t digest_of(uint64_t h, const void *data, size_t bytes) {
    for (size_t k = 0; k < bytes; k++)
        h = (h ^ ((const uint8_t *)data)[k]) * 0x100000001B3u;
    return h;
}

static uint64_t result_digest(const dcom_result *r) {
    uint64_t h = digest_of(0xCBF29CE484222325u, &r->certificate, sizeof r->certificate);
    const unsigned counts[] = {r->rank, r->outlier_count, r->passes, r->rounds, r->deflations, r->stop, r->flags};
    h = digest_of(h, counts, sizeof counts);
    h = digest_of(h, &r->certificate_bound, sizeof r->certificate_bound);
    h = digest_of(h, r->outliers, r->outlier_count * sizeof *r->outliers);
    h = digest_of(h, r->p, (size_t)r->tokens * r->rank * sizeof *r->p);
    return digest_of(h, r->v, (size_t)r->channels * r->rank * sizeof *r->v);
}

typedef struct {
    dcom_config config;
    const uint16_t *a;
    unsigned tokens, channels;
    dcom_parameters parameters;
    const char *profile;
    uint64_t digest; /* of the result */
    dcom_status status;
} job;

/* On the timed engine if `profile`, else untimed. */
static void *run_job(void *user) {
    job *j = user;
    dcom_array *array = NULL;
    dcom_context *context = NULL;
    dcom_result r;
    timed_engine t;
    stall_profile stall;
    if (j->profile) {
        j->status = stall_profile_parse(j->profile, &stall) ? DCOM_E_ARGUMENT : dcom_array_create(&j->config, &array);
        if (!j->status) j->status = timed_engine_init(&t, &j->config, stall, 5, clock_model, array);
        if (!j->status) j->status = dcom_create_on(&j->config, &t.base, &context);
    } else {
        j->status = dcom_create(&j->config, &context);
    }
    if (!j->status) j->status = dcom_decompose(context, j->a, j->tokens, j->channels, &j->parameters, &r);
    if (!j->status) j->digest = result_digest(&r);
    dcom_destroy(context);
    dcom_array_destroy(array);
    return NULL;
}

static job random_job(const uint16_t *a, unsigned tokens, unsigned channels) {
    job j = {.a = a, .tokens = tokens, .channels = channels, .parameters = dcom_defaults()};
    j.parameters.rank = 1 + below(8); /* and the expansion: as many basis rows as one cluster row has */
    j.parameters.expansion = 1u << below(4);
    j.parameters.warmup = below(3);
    j.parameters.outliers = below(5);
    j.parameters.seed = random_bits();
    return j;
}

/* _i: stages, profile */
START_TEST(decompositions_equal_untimed) {
    static const uint32_t exact[] = {0, 7};
    begin(300 + _i);
    for (unsigned s = 0; s < SHAPES; s++) {
        unsigned tokens = 12 + below(shapes[s][0] * TILE - 11), channels = 12 + below(shapes[s][1] * TILE - 11);
        uint16_t *a = random_matrix((size_t)tokens * channels, 0);
        job j = random_job(a, tokens, channels);
        if (s % 2) j.parameters.exact_tokens = exact, j.parameters.exact_token_count = 2;
        if (s == 3) j.parameters.tolerance = 0.3;
        j.config = geometry(shapes[s][0], shapes[s][1], 1 + _i / 3);
        job timed = j;
        timed.profile = profiles[_i % 3];
        run_job(&j), run_job(&timed);
        ck_assert_msg(!j.status && !timed.status, "SEED=%u: status %d untimed, %d timed", seed, j.status,
                      timed.status);
        ck_assert_msg(j.digest == timed.digest, "SEED=%u, shape %u, %u x %u, rank %u, E %u: results differ", seed, s,
                      tokens, channels, j.parameters.rank, j.parameters.expansion);
        free(a);
    }
}
END_TEST

START_TEST(contexts_in_threads) {
    enum { THREADS = 8 };
    begin(400);
    uint16_t *a = random_matrix((size_t)2 * TILE * 2 * TILE, 0);
    job one = random_job(a, 2 * TILE - 3, 2 * TILE - 5), jobs[THREADS];
    pthread_t threads[THREADS];
    one.config = geometry(2, 2, 2);
    run_job(&one);
    ck_assert_int_eq(one.status, DCOM_OK);
    for (unsigned k = 0; k < THREADS; k++) {
        jobs[k] = one;
        jobs[k].digest = 0;
        jobs[k].config = geometry(2, 2, 1 + k % 3);
        jobs[k].profile = k == THREADS - 1 ? NULL : profiles[k % 3];
        ck_assert_int_eq(pthread_create(&threads[k], NULL, run_job, &jobs[k]), 0);
    }
    for (unsigned k = 0; k < THREADS; k++) {
        pthread_join(threads[k], NULL);
        ck_assert_int_eq(jobs[k].status, DCOM_OK);
        ck_assert_msg(jobs[k].digest == one.digest, "SEED=%u: thread %u differs", seed, k);
    }
    free(a);
}
END_TEST

/* ---- snapshots and resets ---- */

/* A clock function that on clock `at` saves `now`, spoils it, and goes on in `next` from the snapshot (`next` may be
 * `now`); or, if `stop`, gives up. Digests what the ports show on every clock. */
typedef struct {
    dcom_array *now, *next;
    uint64_t clocks, at, digest;
    int stop;
} hook;

static int hook_clock(void *user, const dcom_array_in *in, dcom_array_out *out) {
    hook *h = user;
    if (++h->clocks == h->at) {
        if (h->stop) return 1;
        void *snapshot = malloc(dcom_array_bytes(h->now));
        dcom_array_in other = *in;
        dcom_array_save(h->now, snapshot);
        for (unsigned k = 0; k < 60; k++) {
            other.column_vector_valid ^= k & 1, other.write_valid = 1, other.rst = k > 50;
            dcom_array_step(h->now, &other);
        }
        dcom_array_restore(h->next, snapshot);
        h->now = h->next;
        free(snapshot);
    }
    clock_model(h->now, in, out);
    /* only what this geometry has: the rest of the struct is never written */
    h->digest = digest_of(h->digest, out, offsetof(dcom_array_out, row_result_data));
    h->digest = digest_of(h->digest, out->row_result_data, 2 * LANES * 4);
    h->digest = digest_of(h->digest, out->column_result_data, 2 * LANES * 4);
    return 0;
}

/* Load and two passes on `array` through `h`. The digest of the ports is left in h, that of the results returned. */
static uint64_t run_hooked(const dcom_config *config, hook *h, const uint16_t *a, const uint16_t *x, uint64_t *load) {
    static float out[ROWS_MOST * LANES];
    const stall_profile stall = {0, 0, 60, 60};
    timed_engine t;
    memset(out, 0, sizeof out);
    h->clocks = 0;
    h->digest = 1;
    if (timed_engine_init(&t, config, stall, 3, hook_clock, h)) return 0;
    if (t.base.load(&t.base, a, 2 * TILE, 2 * TILE)) return 0;
    if (load) *load = h->clocks;
    if (t.base.forward(&t.base, REGION_TOKENS, 0, 2 * TILE, LANES, x, out)) return 0;
    uint64_t digest = digest_of(7, out, sizeof out);
    if (t.base.transpose(&t.base, REGION_TOKENS, 0, 2 * TILE, LANES, x, out)) return 0;
    return digest_of(digest, out, sizeof out);
}

/* _i: stages */
START_TEST(snapshots_continue) {
    begin(500 + _i);
    const dcom_config config = geometry(2, 2, 1 + (unsigned)_i);
    uint16_t *a = random_matrix(2 * TILE * 2 * TILE, 0), *x = random_matrix(2 * TILE * LANES, 0);
    dcom_array *one, *two;
    uint64_t load;
    ck_assert_int_eq(dcom_array_create(&config, &one), DCOM_OK);
    ck_assert_int_eq(dcom_array_create(&config, &two), DCOM_OK);
    ck_assert_uint_eq(dcom_array_bytes(one), dcom_array_bytes(two));
    hook whole = {.now = one};
    uint64_t results = run_hooked(&config, &whole, a, x, &load);
    ck_assert(results != 0);
    for (unsigned n = 0; n < 40; n++) {
        hook h = {.now = one, .next = n % 2 ? two : one};
        h.at = n < 4 ? 1 + below((unsigned)load) : load + 1 + below((unsigned)(whole.clocks - load));
        uint64_t again = run_hooked(&config, &h, a, x, NULL);
        ck_assert_msg(again == results && h.digest == whole.digest && h.clocks == whole.clocks,
                      "SEED=%u: restored %s on clock %lu: results %s, ports %s", seed,
                      n % 2 ? "elsewhere" : "in place", (unsigned long)h.at, again == results ? "equal" : "differ",
                      h.digest == whole.digest ? "equal" : "differ");
    }
    dcom_array_destroy(one), dcom_array_destroy(two), free(a), free(x);
}
END_TEST

/* Whatever was under way, after a reset nothing is, and a run takes the same clocks to the same bits. _i: stages */
START_TEST(reset_in_the_middle) {
    begin(600 + _i);
    const dcom_config config = geometry(2, 2, 1 + (unsigned)_i);
    uint16_t *a = random_matrix(2 * TILE * 2 * TILE, 0), *x = random_matrix(2 * TILE * LANES, 0);
    dcom_array *array;
    uint64_t load;
    ck_assert_int_eq(dcom_array_create(&config, &array), DCOM_OK);
    hook whole = {.now = array};
    uint64_t results = run_hooked(&config, &whole, a, x, &load);
    for (unsigned n = 0; n < 40; n++) {
        hook h = {.now = array, .stop = 1, .at = load + 1 + below((unsigned)(whole.clocks - load))};
        ck_assert_uint_eq(run_hooked(&config, &h, a, x, NULL), 0);
        dcom_array_in in = {.rst = 1};
        dcom_array_out out;
        dcom_array_step(array, &in);
        dcom_array_read(array, &out);
        ck_assert(!out.active && out.command_ready && !out.row_result_valid && !out.column_result_valid);
        hook after = {.now = array};
        ck_assert_msg(run_hooked(&config, &after, a, x, NULL) == results && after.clocks == whole.clocks,
                      "SEED=%u: reset on clock %lu is felt after it", seed, (unsigned long)h.at);
    }
    dcom_array_destroy(array), free(a), free(x);
}
END_TEST

/* ---- what is told ---- */

START_TEST(a_stopped_clock_is_told) {
    begin(700);
    const dcom_config config = geometry(2, 2, 2);
    uint16_t *a = random_matrix(40 * 40, 0);
    dcom_array *array;
    ck_assert_int_eq(dcom_array_create(&config, &array), DCOM_OK);
    for (uint64_t at = 1, clocks = 0; !clocks; at += 29) {
        hook h = {.now = array, .stop = 1, .at = at};
        const stall_profile none = {0, 0, 0, 0};
        timed_engine t;
        dcom_context *context = NULL;
        dcom_result r;
        dcom_parameters p = dcom_defaults();
        p.rank = 16;
        dcom_status status = timed_engine_init(&t, &config, none, 1, hook_clock, &h);
        if (!status) status = dcom_create_on(&config, &t.base, &context);
        if (!status) status = dcom_decompose(context, a, 40, 40, &p, &r);
        if (!status) clocks = h.clocks; /* the run is shorter than `at`: the last one */
        ck_assert_msg(status == (clocks ? DCOM_OK : DCOM_E_STOPPED), "stopped on clock %lu: status %d",
                      (unsigned long)at, status);
        ck_assert(clocks ? clocks < at && at > 1000 : h.clocks == at); /* and no clock is asked for after it */
        dcom_destroy(context);
    }
    dcom_array_destroy(array), free(a);
}
END_TEST

START_TEST(profiles_are_parsed) {
    stall_profile p;
    static const char *const bad[] = {"", "none ", "Light", "1,2,3", "1,2,3,256", "1,2,3,4,", "1,2,3,4x", "-1,2,3,4"};
    ck_assert_int_eq(stall_profile_parse("1,2,3,255", &p), 0);
    ck_assert(p.command == 1 && p.write == 2 && p.vector == 3 && p.result == 255);
    for (unsigned k = 0; k < sizeof bad / sizeof bad[0]; k++)
        ck_assert_msg(stall_profile_parse(bad[k], &p) != 0, "\"%s\" is taken", bad[k]);
}
END_TEST

START_TEST(bad_geometries_are_refused) {
    dcom_array *array;
    dcom_config c = geometry(1, 1, 4);
    ck_assert_int_eq(dcom_array_create(&c, &array), DCOM_E_CONFIG);
    c = geometry(17, 1, 1);
    ck_assert_int_eq(dcom_array_create(&c, &array), DCOM_E_CONFIG);
    c = geometry(1, 0, 1);
    ck_assert_int_eq(dcom_array_create(&c, &array), DCOM_E_CONFIG);
    c = geometry(1, 1, 1), c.tile_tokens = 12;
    ck_assert_int_eq(dcom_array_create(&c, &array), DCOM_E_CONFIG);
    ck_assert_ptr_eq(array, NULL);
}
END_TEST

int main(void) {
    if (getenv("SEED")) seed = (uint32_t)strtoul(getenv("SEED"), NULL, 10);
    printf("# SEED=%u\n", seed);
    fflush(stdout);
    Suite *suite = suite_create("timed");
    TCase *bits = tcase_create("bits"), *clocks = tcase_create("clocks"), *state = tcase_create("state"),
          *told = tcase_create("told");
    tcase_set_timeout(bits, 0), tcase_set_timeout(clocks, 0), tcase_set_timeout(state, 0);
    tcase_add_loop_test(bits, passes_equal_untimed, 0, SHAPES * 9);
    tcase_add_loop_test(bits, special_vectors_equal_untimed, 0, 9);
    tcase_add_loop_test(bits, special_elements_equal_untimed, 0, 9);
    tcase_add_loop_test(bits, decompositions_equal_untimed, 0, 9);
    tcase_add_test(bits, contexts_in_threads);
    tcase_add_loop_test(clocks, an_outer_product_a_clock, 0, SHAPES * 3);
    tcase_add_loop_test(state, snapshots_continue, 0, 3);
    tcase_add_loop_test(state, reset_in_the_middle, 0, 3);
    tcase_add_test(told, a_stopped_clock_is_told);
    tcase_add_test(told, profiles_are_parsed);
    tcase_add_test(told, bad_geometries_are_refused);
    suite_add_tcase(suite, bits), suite_add_tcase(suite, clocks), suite_add_tcase(suite, state),
        suite_add_tcase(suite, told);
    SRunner *runner = srunner_create(suite);
    srunner_run_all(runner, CK_ENV);
    int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed ? 1 : 0;
}
