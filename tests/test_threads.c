/* test_threads.c - many contexts in many threads: every face, on several configurations, bit for bit as one after the
 * other. The sanitizer of threads runs it too (test_sanitizers.sh). SPDX-License-Identifier: Apache-2.0 */
#include <check.h>
#include <pthread.h>
#include <string.h>
#include "csr_map.h"
#include "runs.h"

static void fnv(void *user, const void *bytes, size_t count) {
    uint64_t h = *(uint64_t *)user;
    for (size_t k = 0; k < count; k++)
        h = (h ^ ((const unsigned char *)bytes)[k]) * 0x100000001B3u;
    *(uint64_t *)user = h;
}

/* Configurations by name and from files, faults in both, and all that takes no context. */
static void run_configurations(run *r) {
    static const char *const names[] = {"tiny", "full", "none"};
    static const char *const paths[] = {"rtl/config/small.cfg", "tests/config/odd.cfg", "rtl/csr.map",
                                        "tests/none.cfg"};
    dcom_config config;
    char message[256];
    for (unsigned k = 0; k < 120; k++) {
        const dcom_status status = k % 7 < 3 ? dcom_config_named(names[k % 7], &config, message)
                                             : dcom_config_read(paths[k % 7 - 3], &config, message);
        const char *words[] = {message, dcom_status_name(status), dcom_kernel_name(), dcom_config_at(k % 4)->name};
        const uint32_t id = status ? 0 : dcom_config_id(&config);
        for (unsigned w = 0; w < 4; w++)
            fnv(r->user, words[w], strlen(words[w]));
        fnv(r->user, &id, sizeof id);
    }
}

/* Refusals: every context has a message of its own. */
static void run_refusals(run *r) {
    dcom_context *context;
    dcom_status status = dcom_create(&r->config, &context);
    run_check(r, status, "no context");
    for (unsigned k = 0; !status && k < 200; k++) {
        dcom_parameters p = r->parameters;
        p.rank = 1000 + 200 * r->seed + k;
        if (!dcom_check(context, r->tokens, r->channels, &p)) run_check(r, DCOM_E_DIFFERENT, "rank is taken");
        fnv(r->user, dcom_message(context), strlen(dcom_message(context)));
    }
    dcom_destroy(context);
}

/* LOAD and DECOMPOSE told to a scoreboard, then beats of +0: what it says of each names what it had predicted. */
static void run_scoreboard(run *r) {
    const dcom_parameters *p = &r->parameters;
    const uint32_t words[][2] = {{CSR_TOKENS, r->tokens},
                                 {CSR_CHANNELS, r->channels},
                                 {CSR_RANK, p->rank},
                                 {CSR_EXPANSION, 8},
                                 {CSR_WARMUP, 1},
                                 {CSR_OUTLIERS, p->outliers},
                                 {CSR_SEED, r->seed},
                                 {CSR_EXACT_COUNT, 0},
                                 {CSR_COMMAND, CSR_COMMAND_LOAD},
                                 {CSR_COMMAND, CSR_COMMAND_DECOMPOSE}};
    const unsigned width = 8 * r->config.cluster_columns, beats = (r->channels + width - 1) / width;
    uint16_t *a = run_matrix(r->tokens, r->channels, r->seed), beat[16 * 8] = {0};
    dcom_scoreboard *s = NULL;
    dcom_scoreboard_counts counts;
    dcom_status status = dcom_scoreboard_create(&r->config, &s);
    run_check(r, status, "no scoreboard");
    for (unsigned k = 0; !status && k < sizeof words / sizeof *words; k++) {
        status = dcom_scoreboard_write(s, (uint16_t)words[k][0], words[k][1], 15);
        run_check(r, status, dcom_scoreboard_message(s));
    }
    for (unsigned k = 0; !status && k < r->tokens * beats; k++) {
        const unsigned at = k % beats * width, left = r->channels - at;
        memcpy(beat, a + (size_t)(k / beats) * r->channels + at, (left < width ? left : width) * sizeof *beat);
        status = dcom_scoreboard_in(s, beat, k + 1 == r->tokens * beats);
        run_check(r, status, dcom_scoreboard_message(s));
    }
    memset(beat, 0, sizeof beat);
    for (unsigned k = 0; !status && k < 60; k++) {
        dcom_scoreboard_out(s, beat, k >= beats, k + 1 == beats); /* outliers, then V */
        fnv(r->user, dcom_scoreboard_message(s), strlen(dcom_scoreboard_message(s)));
    }
    if (!status) {
        dcom_scoreboard_read_counts(s, &counts);
        fnv(r->user, &counts, sizeof counts);
        if (counts.jobs != 2 || !counts.mismatches) run_check(r, DCOM_E_DIFFERENT, "jobs or mismatches are missing");
    }
    dcom_scoreboard_destroy(s);
    free(a);
}

static void (*const kinds[])(run *) = {run_decompose,  run_apply,          run_array,   run_accelerator,
                                       run_scoreboard, run_configurations, run_refusals};
static const char *const kind_names[] = {"decompose",  "apply",          "array",   "accelerator",
                                         "scoreboard", "configurations", "refusals"};
static const char *const config_names[] = {"tiny", "small", "medium"};
enum { KINDS = 7, CONFIGS = 3, COPIES = 4, JOBS = KINDS * CONFIGS * COPIES };

typedef struct {
    run run;
    unsigned kind;
    uint64_t digest;
    pthread_t thread;
} job;

static void *work(void *user) {
    job *j = user;
    j->digest = 0xCBF29CE484222325u;
    j->run.user = &j->digest;
    kinds[j->kind](&j->run);
    return NULL;
}

static job job_of(unsigned number) {
    char message[256];
    job j = {.kind = number % KINDS,
             .run = {.tokens = 40, .channels = 61, .parameters = dcom_defaults(), .seed = number, .hash = fnv}};
    const dcom_status status = dcom_config_named(config_names[number / KINDS % CONFIGS], &j.run.config, message);
    run_check(&j.run, status, message);
    j.run.parameters.rank = 7 + number / KINDS % CONFIGS, j.run.parameters.outliers = 3;
    return j;
}

START_TEST(as_one_after_the_other) {
    static job alone[JOBS], together[JOBS];
    for (unsigned k = 0; k < JOBS; k++) {
        together[k] = alone[k] = job_of(k);
        work(&alone[k]);
    }
    for (unsigned k = 0; k < JOBS; k++)
        ck_assert_int_eq(pthread_create(&together[k].thread, NULL, work, &together[k]), 0);
    for (unsigned k = 0; k < JOBS; k++)
        ck_assert_int_eq(pthread_join(together[k].thread, NULL), 0);
    for (unsigned k = 0; k < JOBS; k++) {
        const char *what = kind_names[alone[k].kind], *config = alone[k].run.config.name;
        ck_assert_msg(!alone[k].run.fault[0], "%s on %s: %s", what, config, alone[k].run.fault);
        ck_assert_msg(!together[k].run.fault[0], "%s on %s, in a thread: %s", what, config, together[k].run.fault);
        ck_assert_msg(alone[k].digest == together[k].digest, "%s on %s differs in a thread", what, config);
        for (unsigned i = 0; i < k; i++) /* and the digests tell runs apart */
            ck_assert_msg(alone[i].digest != alone[k].digest ||
                              (kinds[alone[k].kind] == run_configurations && alone[i].kind == alone[k].kind),
                          "jobs %u and %u have one digest", i, k);
    }
}
END_TEST

int main(void) {
    Suite *suite = suite_create("threads");
    TCase *c = tcase_create("threads");
    tcase_set_timeout(c, 0);
    tcase_add_test(c, as_one_after_the_other);
    suite_add_tcase(suite, c);
    SRunner *runner = srunner_create(suite);
    srunner_run_all(runner, CK_ENV);
    const int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed != 0;
}
