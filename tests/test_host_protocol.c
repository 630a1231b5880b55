/* test_host_protocol.c - what the host says of a device that breaks the rules of AXI or of the packets, clock by
 * clock: each case is what the device shows on its clocks. SPDX-License-Identifier: Apache-2.0 */
#include "../cmodel/csr.h"
#include "../cmodel/host.h"

#include <check.h>
#include <stdio.h>
#include <string.h>

static host h;
static dcom_accelerator_out out;
static uint32_t word;
static unsigned count, received;
static const uint32_t seven = 7;

static int silent(void *user, const void *in, void *to) {
    (void)in;
    memset(to, 0, sizeof(dcom_accelerator_out));
    return user != NULL;
}

/* `busy`: the host takes next to nothing. */
static void begin(bool busy) {
    char message[256];
    dcom_config config;
    stall_profile stall = {0};
    memset(&out, 0, sizeof out);
    if (busy) stall.command = stall.result = 255;
    ck_assert_int_eq(dcom_config_named("tiny", &config, message), DCOM_OK);
    ck_assert_int_eq(host_init(&h, &config, stall, 3, silent, NULL), DCOM_OK);
    ck_assert_int_eq(host_expect(&h, 3, 5, 2), DCOM_OK);
    h.in.rst = 0;
    h.patience = 3, h.progress_clock = h.clocks;
}

static void clocks(unsigned n) {
    while (n-- > 0)
        host_clock(&h, &out, &h.in);
}

/* Ends the case: it was refused with this. */
static void says(const char *text) {
    ck_assert_int_eq(h.status, DCOM_E_STOPPED);
    ck_assert_msg(strstr(h.message, text) != NULL, "%s", h.message);
    host_release(&h);
}

/* A clock on which the change has come. */
#define CHANGES(field, to, text) (out.field = (to), clocks(1), says(text))

START_TEST(answers) {
    begin(false), host_write(&h, CSR_RANK, 1), out.axi_bvalid = 1, clocks(1), says("an answer before the access");
    begin(false), host_read(&h, CSR_RANK, &word), out.axi_rvalid = 1, clocks(1), says("an answer before the access");
    begin(false), host_read(&h, CSR_EXACT_TOKEN + 4, &word), out.axi_arready = 1, clocks(1);
    out.axi_rvalid = 1, CHANGES(axi_rresp, 2, "a read of EXACT_TOKEN[1] is answered by SLVERR");
    begin(false), host_write(&h, CSR_RANK, 1), out.axi_awready = out.axi_wready = 1, clocks(1);
    out.axi_bvalid = 1, CHANGES(axi_bresp, 1, "a write of RANK is answered by what is no answer");
    /* the first refusal stays */
    begin(false), host_write(&h, CSR_RANK, 1), out.axi_bvalid = 1, clocks(1);
    out.axi_bvalid = 0, clocks(9), says("clock 3: an answer before the access");
}
END_TEST

START_TEST(offers) {
    static const char write[] = "the answer to a write changes before it is taken",
                      read[] = "the answer to a read changes before it is taken",
                      beat[] = "a beat changes before it is taken";
    begin(true), out.axi_bvalid = 1, clocks(1), CHANGES(axi_bvalid, 0, write);
    begin(true), out.axi_bvalid = 1, clocks(1), CHANGES(axi_bresp, 2, write);
    begin(true), out.axi_rvalid = 1, clocks(1), CHANGES(axi_rvalid, 0, read);
    begin(true), out.axi_rvalid = 1, clocks(1), CHANGES(axi_rresp, 2, read);
    begin(true), out.axi_rvalid = 1, clocks(1), CHANGES(axi_rdata, 9, read);
    begin(true), out.m_axis_tvalid = 1, clocks(1), CHANGES(m_axis_tvalid, 0, beat);
    begin(true), out.m_axis_tvalid = 1, clocks(1), CHANGES(m_axis_tlast, 1, beat);
    begin(true), out.m_axis_tvalid = 1, clocks(1), CHANGES(m_axis_tuser, 1, beat);
    begin(true), out.m_axis_tvalid = 1, clocks(1), CHANGES(m_axis_tdata[7], 1, beat);
    begin(true), out.m_axis_tvalid = 1, clocks(1), h.in.rst = 1, out.m_axis_tvalid = 0, clocks(1);
    ck_assert_int_eq(h.status, DCOM_OK); /* a reset takes it back */
    host_release(&h);
}
END_TEST

START_TEST(silence) {
    static const uint16_t a[3 * 5] = {0};
    begin(false), host_send_matrix(&h, a, 3, 5), clocks(6);
    says("waiting for the end of the stream in; the stream in is at beat 0 of 3");
    begin(false), host_await(&h, &count, 5, NULL, "packets"), clocks(6), says("waiting for packets (0 of 5)");
    begin(false), host_await(&h, &count, 0, &seven, "packets"), clocks(6), says("waiting for packets (0 of 7)");
    begin(false), host_poll(&h, CSR_STATUS, 1, NULL), clocks(6), says("waiting for STATUS & 001, last 000");
    begin(false), host_poll(&h, CSR_STATUS, 1, NULL);
    for (unsigned k = 0; k < 6; k++) { /* the same answer again is no progress */
        out.axi_arready = k % 2 == 0, out.axi_rvalid = k % 2;
        clocks(1);
    }
    says("waiting for STATUS & 001, last 000");
    begin(false), host_write(&h, CSR_RANK, 1), clocks(6), says("waiting for an answer of RANK");
    begin(false), host_write(&h, CSR_RANK, 1), out.m_axis_tvalid = 1, out.m_axis_tuser = 1, clocks(1);
    out.m_axis_tvalid = 0, clocks(6), says("waiting for an answer of RANK; the packet V is at beat 1 of 5");
}
END_TEST

/* A beat with these bits in its first lanes. */
static void beat(unsigned user, unsigned last, unsigned one, unsigned two) {
    dcom_accelerator_out b = {.m_axis_tvalid = 1, .m_axis_tuser = (uint8_t)user, .m_axis_tlast = (uint8_t)last};
    b.m_axis_tdata[0] = (uint16_t)one, b.m_axis_tdata[1] = (uint16_t)two;
    host_take(&h, &b);
}

static void packet(unsigned user, unsigned beats, unsigned one, unsigned two) {
    for (unsigned k = 0; k < beats; k++)
        beat(user, k + 1 == beats, one, two);
}

START_TEST(packets) {
    begin(false), beat(1, 0, 0, 0), beat(2, 0, 0, 0), says("TUSER becomes 2 within a packet of kind 1");
    begin(false), beat(1, 1, 0, 0), says("beat 0 of a packet V, of 5, has TLAST");
    begin(false), packet(1, 5, 1, 0), beat(2, 0, 0, 0), beat(2, 0, 0, 0), beat(2, 0, 0, 0);
    says("beat 2 of a packet P, of 3, has no TLAST");
    begin(false), host_release(&h), beat(1, 0, 0, 0), says("beat 0 of a packet V, of 5, has no TLAST");
    begin(false), beat(0, 1, 1 << 5, 0), says("channel 5 of 5 is an outlier");
    begin(false), packet(1, 5, 1, 1), packet(2, 3, 1, 1), packet(1, 5, 1, 0);
    says("a V packet of 1 columns beside 2 of V, 2 of P, rank 2");
    begin(false), packet(1, 5, 1, 0), packet(1, 5, 1, 0),
        says("a V packet of 1 columns beside 1 of V, 0 of P, rank 2");
    begin(false), packet(2, 3, 1, 0), says("a P packet of 1 columns beside 0 of V, 0 of P");
    begin(false), packet(1, 5, 1, 0), packet(2, 3, 1, 1), says("a P packet of 2 columns beside 1 of V, 0 of P");
    begin(false), packet(3, 5, 1, 1), packet(3, 5, 1, 1), says("a Z packet beside 2 columns of Z");
}
END_TEST

static void receive(void *user, const dcom_accelerator_out *b) { received += user == &h && b->m_axis_tdata[0] == 9; }

/* With a receiver the host takes beats of any form, and they are progress. */
START_TEST(receivers) {
    begin(false), h.receiver = receive, h.user = &h;
    out.m_axis_tvalid = 1, out.m_axis_tdata[0] = 9;
    clocks(20);
    ck_assert_uint_eq(received, 20);
    ck_assert_int_eq(h.status, DCOM_OK);
    out.m_axis_tvalid = 0, clocks(6), says("waiting for the end of the stream in");
}
END_TEST

START_TEST(programs) {
    static const uint16_t a[1] = {0};
    char said[64];
    begin(false);
    for (unsigned k = 0; k <= HOST_STEPS; k++)
        host_write(&h, CSR_RANK, k);
    snprintf(said, sizeof said, "a program of more than %d steps", HOST_STEPS);
    says(said);
    begin(false);
    for (unsigned k = 0; k <= HOST_STREAMS; k++)
        host_send_matrix(&h, a, 1, 1);
    snprintf(said, sizeof said, "a program of more than %d streams", HOST_STREAMS);
    says(said);
    dcom_config config = h.config;
    ck_assert_int_eq(host_init(&h, &config, (stall_profile){0}, 1, silent, &h), DCOM_E_STOPPED);
    says("clock 1: stopped");
}
END_TEST

typedef struct {
    dcom_accelerator *model;
    uint64_t left; /* clocks until it is stopped */
} stopping;

static int clock_stopping(void *user, const void *in, void *to) {
    stopping *s = user;
    dcom_accelerator_step(s->model, in);
    dcom_accelerator_read(s->model, to);
    return s->left-- == 0;
}

/* A clock that stops anywhere in two decompositions, their counters and a layer ends what is under way, and says so.
 */
START_TEST(stopped) {
    static const uint32_t token[] = {2, 5};
    char message[256];
    dcom_config config;
    uint16_t a[8 * 8];
    uint64_t counters[HOST_COUNTERS], at = 0;
    unsigned n, ends = 0;
    dcom_result r;
    dcom_parameters p = dcom_defaults();
    p.rank = 4, p.outliers = 1, p.exact_tokens = token, p.exact_token_count = 2;
    for (unsigned k = 0; k < 64; k++)
        a[k] = (uint16_t)(0x3F00 + k * k);
    ck_assert_int_eq(dcom_config_named("tiny", &config, message), DCOM_OK);
    for (bool done = false; !done; at += 61) {
        stopping s = {.left = at};
        ck_assert_int_eq(dcom_accelerator_create(&config, &s.model), DCOM_OK);
        dcom_status status = host_init(&h, &config, (stall_profile){0}, 1, clock_stopping, &s);
        if (!status) status = host_decompose(&h, a, 8, 8, &p, &r);
        if (!status) status = host_counters(&h, counters, &n);
        if (!status) status = host_apply(&h, a, 8, a, 8, 8);
        done = status == DCOM_OK;
        if (!done) {
            ck_assert_int_eq(status, DCOM_E_STOPPED);
            ck_assert_msg(strstr(h.message, ": stopped"), "%s", h.message);
            ends++;
        }
        host_release(&h);
        dcom_accelerator_destroy(s.model);
    }
    ck_assert_uint_gt(ends, 10);
}
END_TEST

int main(void) {
    Suite *suite = suite_create("host_protocol");
    TCase *c = tcase_create("protocol");
    tcase_add_test(c, answers);
    tcase_add_test(c, offers);
    tcase_add_test(c, silence);
    tcase_add_test(c, packets);
    tcase_add_test(c, receivers);
    tcase_add_test(c, programs);
    tcase_add_test(c, stopped);
    suite_add_tcase(suite, c);
    SRunner *runner = srunner_create(suite);
    srunner_run_all(runner, CK_ENV);
    const int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed ? 1 : 0;
}
