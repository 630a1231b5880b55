/* test_host.c - the host of the accelerator against a mock of it: whole jobs with stalls on both sides, and what it
 * says when the device misbehaves. SPDX-License-Identifier: Apache-2.0 */
#include "../cmodel/host.h"
#include "../cmodel/csr.h"
#include "failing.h"
#include "mock_accelerator.h"

#include <check.h>
#include <stdlib.h>
#include <string.h>

static mock device;
static host h;
static dcom_config config;
static uint32_t random_state = 7;

static uint32_t random_bits(void) {
    random_state ^= random_state << 13, random_state ^= random_state >> 17, random_state ^= random_state << 5;
    return random_state;
}
static unsigned below(unsigned n) { return random_bits() % n; }

/* What is offered stays until it is taken: checked of the host as it checks the device. */
static dcom_accelerator_in last_in;
static void obey(const mock *m, const dcom_accelerator_in *in) {
    const dcom_accelerator_in *was = &last_in;
    static dcom_accelerator_out shown;
    if (was->axi_awvalid && !shown.axi_awready) ck_assert(in->axi_awvalid && in->axi_awaddr == was->axi_awaddr);
    if (was->axi_wvalid && !shown.axi_wready) ck_assert(in->axi_wvalid && in->axi_wdata == was->axi_wdata);
    if (was->axi_arvalid && !shown.axi_arready) ck_assert(in->axi_arvalid && in->axi_araddr == was->axi_araddr);
    if (was->s_axis_tvalid && !shown.s_axis_tready)
        ck_assert(in->s_axis_tvalid && in->s_axis_tlast == was->s_axis_tlast &&
                  !memcmp(in->s_axis_tdata, was->s_axis_tdata, sizeof in->s_axis_tdata));
    shown = m->out;
    last_in = *in;
}

static int clock_mock(void *user, const void *in, void *out) {
    obey(user, in);
    mock_step(user, in);
    memcpy(out, &((mock *)user)->out, sizeof device.out);
    return 0;
}

static void open_device(const char *name, const char *stalls, uint32_t seed, mock_fault fault) {
    stall_profile s;
    char message[256];
    memset(&last_in, 0, sizeof last_in);
    ck_assert_int_eq(stall_profile_parse(stalls, &s), 0);
    ck_assert_int_eq(dcom_config_named(name, &config, message), DCOM_OK);
    mock_init(&device, &config, s, seed + 1);
    device.fault = fault;
    ck_assert_int_eq(host_init(&h, &config, s, seed, clock_mock, &device), DCOM_OK);
    h.patience = 2000;
}

static void close_device(void) {
    host_release(&h);
    mock_release(&device);
}

static uint16_t *random_matrix(unsigned rows, unsigned columns) {
    uint16_t *a = malloc((size_t)rows * columns * sizeof *a);
    for (size_t k = 0; k < (size_t)rows * columns; k++)
        a[k] = (uint16_t)((random_bits() & 0x807F) | (0x7B + below(5)) << 7);
    return a;
}

static const char *const profiles[] = {"none", "light", "heavy", "0,0,0,200", "200,0,0,0", "0,200,200,0"};

/* Two decompositions, the second with no reset between, equal the untimed model's. */
static void decompose(const char *name, const char *stalls, uint64_t *clocks) {
    static const uint32_t exact[] = {0, 3, 7};
    open_device(name, stalls, 5, MOCK_GOOD);
    for (int n = 0; n < 2; n++) {
        const unsigned tokens = 12 + below(40), channels = 12 + below(50);
        uint16_t *a = random_matrix(tokens, channels);
        dcom_parameters p = dcom_defaults();
        dcom_context *context;
        dcom_result want, got;
        p.rank = 1 + below(12), p.expansion = 1u << below(4), p.warmup = below(3), p.outliers = below(9);
        p.seed = random_bits();
        if (below(2)) p.exact_tokens = exact, p.exact_token_count = 3;
        if (below(4) == 0) p.tolerance = 0.5;
        ck_assert_int_eq(dcom_create(&config, &context), DCOM_OK);
        ck_assert_int_eq(dcom_decompose(context, a, tokens, channels, &p, &want), DCOM_OK);
        ck_assert_msg(host_decompose(&h, a, tokens, channels, &p, &got) == DCOM_OK, "%s", h.message);
        ck_assert(got.tokens == tokens && got.channels == channels && got.rank == want.rank && want.rank > 0);
        ck_assert_mem_eq(got.p, want.p, (size_t)tokens * want.rank * sizeof *want.p);
        ck_assert_mem_eq(got.v, want.v, (size_t)channels * want.rank * sizeof *want.v);
        ck_assert_uint_eq(got.outlier_count, want.outlier_count);
        ck_assert_uint_eq(got.outlier_count, p.outliers);
        if (p.outliers) ck_assert_mem_eq(got.outliers, want.outliers, p.outliers * sizeof *want.outliers);
        ck_assert(got.passes == want.passes && got.rounds == want.rounds && got.deflations == want.deflations);
        ck_assert(got.stop == want.stop && got.flags == want.flags);
        ck_assert((float)got.certificate == (float)want.certificate);
        ck_assert((float)got.certificate_bound == (float)want.certificate_bound);
        dcom_destroy(context);
        free(a);
    }
    *clocks = h.clocks;
    close_device();
}

START_TEST(decompositions) {
    uint64_t clocks, again, none;
    random_state = 7 + (uint32_t)_i;
    decompose(_i % 2 ? "tiny" : "small", profiles[_i % 6], &clocks);
    random_state = 7 + (uint32_t)_i;
    decompose(_i % 2 ? "tiny" : "small", profiles[_i % 6], &again);
    ck_assert_uint_eq(clocks, again);
    random_state = 7 + (uint32_t)_i;
    decompose(_i % 2 ? "tiny" : "small", "none", &none);
    if (_i % 6) ck_assert_uint_gt(clocks, none);
}
END_TEST

START_TEST(products) {
    random_state = 99 + (uint32_t)_i;
    open_device(_i % 2 ? "tiny" : "small", profiles[_i], 3, MOCK_GOOD);
    const unsigned count = 1 + below(20), length = 9 + below(30), outputs = 9 + below(50);
    uint16_t *vectors = random_matrix(count, length), *weights = random_matrix(length, outputs),
             *turned = malloc((size_t)length * outputs * 2), *z = malloc((size_t)count * outputs * 2);
    dcom_context *context;
    for (unsigned t = 0; t < length; t++)
        for (unsigned o = 0; o < outputs; o++)
            turned[o * length + t] = weights[t * outputs + o];
    ck_assert_int_eq(dcom_create(&config, &context), DCOM_OK);
    ck_assert_int_eq(dcom_apply(context, vectors, count, length, turned, outputs, NULL, z, NULL), DCOM_OK);
    ck_assert_msg(host_apply(&h, vectors, count, weights, length, outputs) == DCOM_OK, "%s", h.message);
    ck_assert_mem_eq(h.z, z, (size_t)count * outputs * sizeof *z);
    dcom_destroy(context);
    free(vectors), free(weights), free(turned), free(z);
    close_device();
}
END_TEST

START_TEST(too_many_counters) {
    uint64_t counters[HOST_COUNTERS];
    unsigned count;
    open_device("tiny", "none", 1, MOCK_GOOD);
    device.word[CSR_COUNTERS / 4] = HOST_COUNTERS + 1;
    ck_assert_int_eq(host_counters(&h, counters, &count), DCOM_E_STOPPED);
    ck_assert_uint_eq(count, 0);
    ck_assert_msg(strstr(h.message, "65 counters") != NULL, "%s", h.message);
    close_device();
}
END_TEST

/* Nothing is asked of the device. */
START_TEST(no_memory) {
    const uint16_t one = 0x3F80;
    for (unsigned n = 1; n <= 5; n++) {
        open_device("tiny", "none", 1, MOCK_GOOD);
        const uint64_t clocks = h.clocks;
        failing_arm(FAILING_MEMORY, n);
        const dcom_status status = host_apply(&h, &one, 1, &one, 1, 1);
        ck_assert_ptr_nonnull(failing_disarm());
        ck_assert_int_eq(status, DCOM_E_MEMORY);
        ck_assert_msg(strstr(h.message, "out of memory") && h.clocks == clocks, "%s", h.message);
        close_device();
    }
}
END_TEST

START_TEST(counters_are_read) {
    uint64_t counters[HOST_COUNTERS];
    unsigned count;
    open_device("tiny", "heavy", 1, MOCK_GOOD);
    ck_assert_int_eq(host_counters(&h, counters, &count), DCOM_OK);
    ck_assert_uint_eq(count, 5);
    for (unsigned k = 0; k < count; k++)
        ck_assert_uint_eq(counters[k], (uint64_t)(256 + k) << 32 | 1000 * (256 + k));
    close_device();
}
END_TEST

/* A device with this fault ends a decomposition with this in the message. */
static const struct {
    mock_fault fault;
    const char *says;
} faults[] = {
    {MOCK_SILENT, "nothing for 2000 clocks, waiting for an answer of JOBS"},
    {MOCK_LOSES_P, "a V packet of 3 columns beside 4 of V, 0 of P"},
    {MOCK_LATE_LAST, "beat 29 of a packet V, of 30, has no TLAST"},
    {MOCK_UNSTABLE, "a beat changes before it is taken"},
    {MOCK_STUCK, "waiting for STATUS & 001, last 00A; the stream in is at beat 5 of 40"},
    {MOCK_EXTRA_LANE, "a P packet of 5 columns beside 4 of V, 0 of P"},
    {MOCK_ABORTS, "1 jobs of 2 are done; STATUS 011"},
    {MOCK_LESS_RANK, "1 packets OUTLIERS, 10 columns of V, 10 of P; RESULT_RANK is 9"},
    {MOCK_TWO_P, "a P packet of 4 columns beside 4 of V, 4 of P"},
    {MOCK_LAST_V, "1 packets OUTLIERS, 10 columns of V, 7 of P; RESULT_RANK is 7"},
    {MOCK_MORE_BEAT, "1 packets OUTLIERS, 10 columns of V, 10 of P; RESULT_RANK is 10"},
    {MOCK_TWO_TRACKS, "2 packets OUTLIERS, 10 columns of V, 10 of P; RESULT_RANK is 10"},
    {MOCK_NOT_DONE, "2 jobs of 2 are done; STATUS 011"},
};

START_TEST(bad_devices) {
    open_device("small", faults[_i].fault == MOCK_UNSTABLE ? "heavy" : "none", 1, faults[_i].fault);
    uint16_t *a = random_matrix(20, 30);
    dcom_parameters p = dcom_defaults();
    dcom_result r;
    p.rank = 10, p.expansion = 4, p.outliers = 2;
    ck_assert_int_eq(host_decompose(&h, a, 20, 30, &p, &r), DCOM_E_STOPPED);
    ck_assert_msg(strstr(h.message, faults[_i].says) != NULL, "%s", h.message);
    free(a);
    close_device();
}
END_TEST

START_TEST(refusals) {
    uint16_t *a = random_matrix(20, 30);
    dcom_parameters p = dcom_defaults();
    dcom_result r;
    bool refused = false, accepted = true;
    open_device("tiny", "light", 1, MOCK_GOOD);
    p.rank = 10, p.outliers = 2, p.expansion = 16;
    ck_assert_int_eq(host_decompose(&h, a, 20, 30, &p, &r), DCOM_E_STOPPED);
    ck_assert_msg(strstr(h.message, "a write of EXPANSION is answered by SLVERR") != NULL, "%s", h.message);
    close_device();
    open_device("tiny", "light", 1, MOCK_GOOD);
    host_write(&h, CSR_EXPANSION, 16);
    host_refusable(&h, &refused);
    host_write(&h, CSR_EXACT_TOKEN + 12, 9);
    host_refusable(&h, &accepted);
    uint32_t value = 0;
    host_read(&h, CSR_EXACT_TOKEN + 12, &value);
    ck_assert_int_eq(host_run(&h), DCOM_OK);
    ck_assert(refused && !accepted && value == 9);
    refused = false;
    host_poll(&h, 0x400, 1, &value);
    host_refusable(&h, &refused);
    ck_assert_int_eq(host_run(&h), DCOM_OK);
    ck_assert(refused);
    host_read(&h, 0x400, &value);
    ck_assert_int_eq(host_run(&h), DCOM_E_STOPPED);
    ck_assert_msg(strstr(h.message, "a read of 400 is answered by SLVERR") != NULL, "%s", h.message);
    close_device();
    free(a);
}
END_TEST

/* A stream that is cut short is the device's to refuse; the host goes on. */
START_TEST(short_streams) {
    uint16_t *a = random_matrix(20, 30);
    uint32_t status = 0;
    bool refused = true;
    open_device("small", "none", 1, MOCK_GOOD);
    ck_assert_int_eq(host_expect(&h, 20, 30, 4), DCOM_OK);
    host_write(&h, CSR_TOKENS, 20);
    host_write(&h, CSR_CHANNELS, 30);
    host_write(&h, CSR_RANK, 4);
    host_write(&h, CSR_COMMAND, CSR_COMMAND_LOAD);
    host_send_matrix(&h, a, 20, 30)->beats = 7;
    host_poll(&h, CSR_STATUS, 1 << CSR_STATUS_DONE | 1 << CSR_STATUS_ABORTED, &status);
    host_refusable(&h, &refused);
    ck_assert_msg(host_run(&h) == DCOM_OK, "%s", h.message);
    ck_assert_uint_eq(status, 1 << CSR_STATUS_ABORTED | 1 << CSR_STATUS_IDLE);
    ck_assert(!refused);
    free(a);
    close_device();
}
END_TEST

int main(void) {
    Suite *suite = suite_create("host");
    TCase *all = tcase_create("all");
    tcase_add_loop_test(all, decompositions, 0, 24);
    tcase_add_loop_test(all, products, 0, 6);
    tcase_add_test(all, counters_are_read);
    tcase_add_test(all, too_many_counters);
    tcase_add_test(all, no_memory);
    tcase_add_loop_test(all, bad_devices, 0, sizeof faults / sizeof faults[0]);
    tcase_add_test(all, refusals);
    tcase_add_test(all, short_streams);
    suite_add_tcase(suite, all);
    SRunner *runner = srunner_create(suite);
    srunner_run_all(runner, CK_ENV);
    const int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed ? 1 : 0;
}
