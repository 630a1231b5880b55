/* test_accelerator.c - the timed face of the accelerator: create, step, snapshot. SPDX-License-Identifier: Apache-2.0
 */
#include <check.h>
#include <stdlib.h>
#include <string.h>
#include "../cmodel/dcom.h"
#include "../cmodel/host.h"

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
    tcase_set_timeout(c, 120);
    tcase_add_loop_test(c, snapshots, 0, 2);
    tcase_add_test(c, refuses_configurations);
    suite_add_tcase(suite, c);
    SRunner *runner = srunner_create(suite);
    srunner_run_all(runner, CK_ENV);
    const int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed != 0;
}
