/* test_accelerator.c - the timed face of the accelerator: create, step, snapshot, and whole jobs on it: the untimed
 * model's bits in the clocks that are predicted. SPDX-License-Identifier: Apache-2.0 */
#include <check.h>
#include <stdlib.h>
#include <string.h>
#include "../cmodel/dcom.h"
#include "../cmodel/host.h"
#include "../cmodel/predict.h"

enum { TOKENS = 40, CHANNELS = 48, MOST = 200000 };

/* The host drives `first`; what it drives and what `first` showed is kept for others. */
typedef struct {
    dcom_accelerator *model;
    dcom_accelerator_in *in;
    dcom_accelerator_out *out;
    size_t clocks, save_at;
    void *snapshot;
} recorder;

static int record(void *user, const void *in, void *out) {
    recorder *r = user;
    ck_assert_uint_lt(r->clocks, MOST);
    if (r->clocks == r->save_at) dcom_accelerator_save(r->model, r->snapshot);
    r->in[r->clocks] = *(const dcom_accelerator_in *)in;
    dcom_accelerator_step(r->model, in);
    dcom_accelerator_read(r->model, out);
    r->out[r->clocks++] = *(const dcom_accelerator_out *)out;
    return 0;
}

static void fill(uint16_t *a, uint32_t seed) {
    for (unsigned k = 0; k < TOKENS * CHANNELS; k++) {
        seed = seed * 1664525u + 1013904223u;
        a[k] = (uint16_t)((seed >> 16 & 0x8000) | (0x3E80 + (seed >> 9 & 0x1FF)));
    }
}

static recorder run(const dcom_config *config, size_t save_at) {
    static uint16_t a[TOKENS * CHANNELS];
    recorder r = {.save_at = save_at};
    host *h = calloc(1, sizeof *h);
    dcom_parameters p = dcom_defaults();
    dcom_result result;
    fill(a, 5);
    p.rank = 16, p.outliers = 3;
    ck_assert_int_eq(dcom_accelerator_create(config, &r.model), DCOM_OK);
    r.snapshot = malloc(dcom_accelerator_bytes(r.model));
    r.in = malloc(MOST * sizeof *r.in);
    r.out = malloc(MOST * sizeof *r.out);
    ck_assert(h && r.snapshot && r.in && r.out);
    ck_assert_int_eq(host_init(h, config, (stall_profile){32, 32, 32, 32}, 7, record, &r), DCOM_OK);
    ck_assert_msg(!host_decompose(h, a, TOKENS, CHANNELS, &p, &result), "%s", h->message);
    ck_assert_uint_eq(result.rank, 16);
    host_release(h);
    free(h);
    return r;
}

static void release(recorder *r) {
    dcom_accelerator_destroy(r->model);
    free(r->snapshot), free(r->in), free(r->out);
}

/* An accelerator that has done something else goes on from the snapshot as the saved one did. */
START_TEST(snapshots) {
    dcom_config config;
    char message[256];
    ck_assert_int_eq(dcom_config_named(_i ? "small" : "tiny", &config, message), DCOM_OK);
    recorder whole = run(&config, 0);
    const size_t clocks = whole.clocks;
    release(&whole);
    for (size_t at = 1; at < clocks; at += clocks / 5) {
        recorder r = run(&config, at);
        dcom_accelerator *other;
        dcom_accelerator_out out;
        ck_assert_int_eq(dcom_accelerator_create(&config, &other), DCOM_OK);
        for (size_t k = 0; k < clocks / 3; k++)
            dcom_accelerator_step(other, &r.in[k]);
        dcom_accelerator_restore(other, r.snapshot);
        dcom_accelerator_destroy(r.model); /* nothing of the first is needed any more */
        r.model = NULL;
        for (size_t k = at; k < r.clocks; k++) {
            dcom_accelerator_step(other, &r.in[k]);
            dcom_accelerator_read(other, &out);
            ck_assert_msg(!memcmp(&out, &r.out[k], sizeof out), "saved at clock %zu, differs at clock %zu", at, k);
        }
        dcom_accelerator_destroy(other);
        release(&r);
    }
}
END_TEST

/* ---- whole jobs, on the model alone ---- */

/* A matrix, of `different` rows that repeat, and how it is decomposed. */
static const struct {
    unsigned tokens, channels, different, rank, expansion, warmup, outliers, exact;
    double tolerance;
    int exponent; /* of its elements, about */
} jobs[] = {
    {24, 32, 24, 16, 8, 1, 0, 0, 0, 0},   {24, 32, 5, 12, 8, 1, 0, 0, 0, 0},     {40, 48, 40, 12, 4, 0, 3, 2, 0, 0},
    {32, 24, 3, 8, 2, 2, 1, 0, 0, 0},     {16, 40, 16, 5, 1, 1, 0, 1, 0.5, 0},   {40, 33, 20, 24, 8, 1, 0, 0, 0.2, 0},
    {8, 8, 1, 4, 4, 1, 0, 0, 0, 0},       {24, 24, 24, 8, 8, 0, 0, 0, 0, 66},    {24, 24, 24, 8, 8, 1, 0, 0, 0, -70},
    {16, 16, 16, 8, 8, 0, 0, 0, 0, -130}, {24, 32, 9, 16, 8, 0, 2, 0, 1e-6, 0},  {16, 16, 0, 4, 4, 0, 0, 0, 0.1, 0},
    {40, 48, 40, 12, 4, 1, 0, 0, 0, 62},  {40, 48, 12, 32, 8, 0, 0, 0, 0.01, 0}, {24, 32, 10, 16, 4, 1, 1, 0, 0, 0},
    {40, 48, 40, 16, 8, 0, 0, 0, 0, 47},  {40, 48, 40, 16, 8, 1, 0, 0, 0, 43},   {40, 48, 40, 16, 4, 0, 0, 0, 0, 45},
    {40, 48, 40, 16, 2, 0, 0, 0, 0, 57},  {40, 48, 40, 16, 8, 0, 0, 0, 0, 55},   {40, 48, 40, 4, 1, 0, 0, 0, 0, 47},
    {40, 48, 40, 4, 1, 1, 0, 0, 0, 47},   {40, 48, 40, 8, 8, 0, 0, 0, 1e-3, 0},
};
enum { JOBS = sizeof jobs / sizeof jobs[0] };

static int step(void *model, const void *in, void *out) {
    dcom_accelerator_step(model, in);
    dcom_accelerator_read(model, out);
    return 0;
}

/* Of the sums and differences of these rows, a lane's start, some are of norm 1 and orthogonal, and good at once; the
 * norm of others is so small that 2^-6 of it is 0. They are far, but from no basis, in all rounds: given up. */
static const uint16_t vanishing[] = {0x3F00, 0, 0, 0x3F00, 0, 0x1B00, 0, 0x3F00, 0, 0, 0x3F00, 0x1B00};

static void make(uint16_t *a, int k) {
    uint32_t seed = (uint32_t)k * 77 + 1;
    for (unsigned i = 0; i < jobs[k].tokens * jobs[k].channels; i++) {
        const unsigned row = i / jobs[k].channels;
        seed = seed * 1664525u + 1013904223u;
        const int exponent = 125 + jobs[k].exponent + (int)(seed >> 20 & 3);
        a[i] = (uint16_t)((seed >> 16 & 0x807F) | (exponent > 0 ? (unsigned)exponent << 7 : 0));
        if (jobs[k].different == 0)
            a[i] = 0;
        else if (row >= jobs[k].different)
            a[i] = a[i - jobs[k].different * jobs[k].channels];
    }
}

/* A job on a model of its own. */
static void judge_job(const uint16_t *a, unsigned tokens, unsigned channels, const dcom_parameters *p) {
    dcom_config config;
    char message[256];
    dcom_context *context;
    dcom_accelerator *model;
    dcom_result want, got;
    host *h = calloc(1, sizeof *h);
    ck_assert(h);
    ck_assert_int_eq(dcom_config_named("tiny", &config, message), DCOM_OK);
    ck_assert_int_eq(dcom_create(&config, &context), DCOM_OK);
    ck_assert_int_eq(dcom_decompose(context, a, tokens, channels, p, &want), DCOM_OK);
    ck_assert_int_eq(dcom_accelerator_create(&config, &model), DCOM_OK);
    ck_assert_int_eq(host_init(h, &config, (stall_profile){0}, 1, step, model), DCOM_OK);
    ck_assert_msg(!host_decompose(h, a, tokens, channels, p, &got), "%s", h->message);
    ck_assert_uint_eq(got.rank, want.rank);
    ck_assert_int_eq(got.stop, want.stop);
    ck_assert_uint_eq(got.flags, want.flags);
    ck_assert_uint_eq(got.passes, want.passes);
    ck_assert_uint_eq(got.rounds, want.rounds);
    ck_assert_uint_eq(got.deflations, want.deflations);
    ck_assert(!memcmp(&got.certificate, &want.certificate, sizeof want.certificate));
    ck_assert(!memcmp(&got.certificate_bound, &want.certificate_bound, sizeof want.certificate_bound));
    if (want.rank) {
        ck_assert_mem_eq(got.p, want.p, tokens * want.rank * sizeof *want.p);
        ck_assert_mem_eq(got.v, want.v, channels * want.rank * sizeof *want.v);
    }

    uint64_t counters[HOST_COUNTERS];
    unsigned count;
    prediction load, decompose;
    ck_assert_int_eq(host_counters(h, counters, &count), DCOM_OK);
    ck_assert_int_eq(predict_run(&config, a, tokens, channels, p, &decompose), DCOM_OK);
    predict_load(&config, tokens, channels, p, &load);
    for (unsigned k = ACTIVITY_STREAM_IN; k < ACTIVITIES; k++)
        ck_assert_msg(counters[1 + k] == load.clocks[k] + decompose.clocks[k], "activity %u", k);
    host_release(h);
    dcom_accelerator_destroy(model);
    dcom_destroy(context);
    free(h);
}

START_TEST(jobs_are_the_untimed_in_the_predicted_clocks) {
    static const uint32_t exact[] = {1, 7};
    static uint16_t a[TOKENS * CHANNELS];
    dcom_parameters p = dcom_defaults();
    p.rank = jobs[_i].rank, p.expansion = jobs[_i].expansion, p.warmup = jobs[_i].warmup;
    p.outliers = jobs[_i].outliers, p.tolerance = jobs[_i].tolerance;
    p.exact_tokens = exact, p.exact_token_count = jobs[_i].exact;
    make(a, _i);
    judge_job(a, jobs[_i].tokens, jobs[_i].channels, &p);
}
END_TEST

START_TEST(columns_are_given_up) {
    dcom_parameters p = dcom_defaults();
    p.rank = 3, p.expansion = _i < 8 ? 8 : 1, p.warmup = 0, p.outliers = 0, p.seed = (unsigned)_i % 8;
    judge_job(vanishing, 4, 3, &p);
}
END_TEST

/* Signs of three tokens: the third direction is found, or not, after some blocks that were the first two again. Only
 * what is barren in a row counts; of these seeds it is more in all. */
START_TEST(barren_blocks_are_counted_in_a_row) {
    static const uint16_t identity[3 * 3] = {0x3F80, 0, 0, 0, 0x3F80, 0, 0, 0, 0x3F80};
    static const unsigned seeds[] = {24, 28, 85, 89};
    dcom_parameters p = dcom_defaults();
    p.rank = 3, p.expansion = 1, p.warmup = 0, p.outliers = 0, p.seed = seeds[_i];
    judge_job(identity, 3, 3, &p);
}
END_TEST

static uint32_t random_state;
static unsigned below(unsigned n) { return ((random_state = random_state * 1664525u + 1013904223u) >> 8) % n; }

/* Any matrix, any parameters. */
START_TEST(random_jobs) {
    static uint16_t a[TOKENS * CHANNELS];
    static const unsigned expansions[] = {1, 2, 4, 8};
    random_state = (uint32_t)_i * 0x9E3779B9u + 1;
    const unsigned tokens = 1 + below(TOKENS), channels = 1 + below(CHANNELS), different = 1 + below(tokens);
    const unsigned kind = below(6), exponent = 123 + (kind == 5 ? below(70) : 0);
    for (unsigned i = 0; i < tokens * channels; i++) {
        a[i] = (uint16_t)(below(0x10000) & 0x807F);
        a[i] = (uint16_t)(a[i] | (exponent + below(4)) << 7);
        if (kind == 1 && i % channels) a[i] = below(4) ? a[i - 1] : a[i];
        if (kind == 2) a[i] = i % channels == i / channels ? 0x3F80 : 0;
        if (kind == 3) a[i] = (uint16_t)(a[i] - (below(30) << 7));
        if (kind <= 1 && i >= different * channels) a[i] = a[i - different * channels];
    }
    dcom_parameters p = dcom_defaults();
    const unsigned most = tokens < channels ? tokens : channels;
    p.rank = 1 + below(most < 32 ? most : 32), p.expansion = expansions[below(4)], p.warmup = below(3);
    p.outliers = below(2) ? below(channels) : 0, p.seed = (unsigned)_i;
    p.tolerance = below(3) ? 0 : (double)(1 + below(1000)) / 1024;
    judge_job(a, tokens, channels, &p);
}
END_TEST

/* Of a matrix of which nothing is known, as of one whose blocks need one round each. */
START_TEST(clocks_without_a_matrix) {
    static uint16_t a[TOKENS * CHANNELS];
    dcom_config config;
    char message[256];
    prediction known, unknown;
    dcom_parameters p = dcom_defaults();
    p.expansion = 1u << _i % 4, p.warmup = (unsigned)_i / 4, p.rank = 16, p.outliers = 0;
    fill(a, 7);
    ck_assert_int_eq(dcom_config_named("tiny", &config, message), DCOM_OK);
    ck_assert_int_eq(predict_run(&config, a, TOKENS, CHANNELS, &p, &known), DCOM_OK);
    ck_assert_int_eq(predict_decompose(&config, TOKENS, CHANNELS, &p, &unknown), DCOM_OK);
    ck_assert_mem_eq(&known, &unknown, sizeof known);
}
END_TEST

START_TEST(refuses_configurations) {
    dcom_config config;
    char message[256];
    dcom_accelerator *a = (dcom_accelerator *)&config;
    ck_assert_int_eq(dcom_config_named("tiny", &config, message), DCOM_OK);
    config.tile_tokens = 12;
    ck_assert_int_eq(dcom_accelerator_create(&config, &a), DCOM_E_CONFIG);
    ck_assert_ptr_null(a);
    dcom_accelerator_destroy(NULL);
}
END_TEST

int main(void) {
    Suite *suite = suite_create("accelerator");
    TCase *c = tcase_create("timed face");
    tcase_set_timeout(c, 0);
    tcase_add_loop_test(c, snapshots, 0, 2);
    tcase_add_test(c, refuses_configurations);
    suite_add_tcase(suite, c);
    TCase *whole = tcase_create("jobs");
    tcase_set_timeout(whole, 0);
    tcase_add_loop_test(whole, jobs_are_the_untimed_in_the_predicted_clocks, 0, JOBS);
    tcase_add_loop_test(whole, columns_are_given_up, 0, 16);
    tcase_add_loop_test(whole, barren_blocks_are_counted_in_a_row, 0, 4);
    tcase_add_loop_test(whole, clocks_without_a_matrix, 0, 8);
    suite_add_tcase(suite, whole);
    TCase *random = tcase_create("random");
    tcase_set_timeout(random, 0);
    tcase_add_loop_test(random, random_jobs, 0, 60);
    suite_add_tcase(suite, random);
    SRunner *runner = srunner_create(suite);
    srunner_run_all(runner, CK_ENV);
    const int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed != 0;
}
