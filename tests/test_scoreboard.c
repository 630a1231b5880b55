/* test_scoreboard.c - the scoreboard of dcom.h beside the timed accelerator: monitors on the ports of a host's jobs,
 * and what it says of a device that is wrong. SPDX-License-Identifier: Apache-2.0 */
#include <check.h>
#include <inttypes.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "../cmodel/csr.h"
#include "../cmodel/dcom.h"
#include "../cmodel/host.h"
#include "failing.h"

enum { MOST = 64 * 64, ROUNDS = 24 };

/* What the ports of the device show is changed before anyone sees it. */
typedef struct {
    unsigned user, packet, beat, lane, bit; /* packet: of this kind, from 1 on; 0: none */
    uint16_t address;                       /* a register, bit `bit`; 0: none */
    bool dropped;                           /* the beat is not shown to the scoreboard */
} damage;

typedef struct {
    dcom_config config;
    dcom_accelerator *model;
    dcom_scoreboard *board;
    host host;
    damage damage;
    dcom_accelerator_out shown;
    /* the access under way */
    uint16_t awaddr, araddr;
    uint32_t wdata;
    unsigned wstrb, packets[4], beat;
    dcom_status worst;
    char first[256];
} bench;

static bench b;
static uint32_t random_state;
static uint32_t random_bits(void) {
    random_state ^= random_state << 13, random_state ^= random_state >> 17, random_state ^= random_state << 5;
    return random_state;
}
static unsigned below(unsigned n) { return random_bits() % n; }

/* A call that a monitor makes; those of a bench are kept while there is room. */
typedef struct {
    enum { WRITE, READ, IN, OUT } kind;
    uint16_t address, data[16];
    uint32_t word;
    unsigned with; /* strobes, TUSER */
    int last;
} call;
enum { MOST_CALLS = 20000 };
static call calls[MOST_CALLS];
static unsigned call_count;

static dcom_status make(dcom_scoreboard *board, const call *c) {
    switch (c->kind) {
    case WRITE:
        return dcom_scoreboard_write(board, c->address, c->word, c->with);
    case READ:
        return dcom_scoreboard_read(board, c->address, c->word);
    case IN:
        return dcom_scoreboard_in(board, c->data, c->last);
    default:
        return dcom_scoreboard_out(board, c->data, c->with, c->last);
    }
}

static void tell(call c) {
    const dcom_status status = make(b.board, &c);
    if (call_count < MOST_CALLS) calls[call_count++] = c;
    if (!status || b.worst) return;
    b.worst = status;
    snprintf(b.first, sizeof b.first, "%s", dcom_scoreboard_message(b.board));
}

static void watch_out(const dcom_accelerator_out *o) {
    const damage *d = &b.damage;
    const unsigned user = o->m_axis_tuser;
    call c = {.kind = OUT, .with = user, .last = o->m_axis_tlast};
    memcpy(c.data, o->m_axis_tdata, sizeof o->m_axis_tdata);
    if (b.beat == 0) b.packets[user]++;
    const bool hit = d->packet && d->user == user && d->packet == b.packets[user] && d->beat == b.beat;
    b.beat = o->m_axis_tlast ? 0 : b.beat + 1;
    if (hit && d->dropped) return;
    if (hit) c.data[d->lane] ^= (uint16_t)(1u << d->bit);
    tell(c);
}

/* The monitors: what is taken at the coming edge. */
static void watch(const dcom_accelerator_in *in) {
    const dcom_accelerator_out *o = &b.shown;
    if (in->rst) {
        dcom_scoreboard_reset(b.board);
        return;
    }
    if (in->axi_awvalid && o->axi_awready) b.awaddr = in->axi_awaddr;
    if (in->axi_wvalid && o->axi_wready) b.wdata = in->axi_wdata, b.wstrb = in->axi_wstrb;
    if (in->axi_arvalid && o->axi_arready) b.araddr = in->axi_araddr;
    if (o->axi_bvalid && in->axi_bready && o->axi_bresp == 0)
        tell((call){.kind = WRITE, .address = b.awaddr, .word = b.wdata, .with = b.wstrb});
    if (o->axi_rvalid && in->axi_rready && o->axi_rresp == 0)
        tell((call){.kind = READ,
                    .address = b.araddr,
                    .word = o->axi_rdata ^ (b.damage.address == b.araddr && b.araddr ? 1u << b.damage.bit : 0)});
    if (in->s_axis_tvalid && o->s_axis_tready) {
        call c = {.kind = IN, .last = in->s_axis_tlast};
        memcpy(c.data, in->s_axis_tdata, sizeof(uint16_t) * 8 * b.config.cluster_columns);
        tell(c);
    }
    if (o->m_axis_tvalid && in->m_axis_tready) watch_out(o);
}

static int clock_device(void *user, const void *in, void *out) {
    (void)user;
    watch(in);
    dcom_accelerator_step(b.model, in);
    dcom_accelerator_read(b.model, &b.shown);
    memcpy(out, &b.shown, sizeof b.shown);
    return 0;
}

static void open_bench(const char *name, const char *stalls, damage d) {
    stall_profile s;
    char message[256];
    memset(&b, 0, sizeof b);
    call_count = 0;
    b.damage = d;
    ck_assert_int_eq(stall_profile_parse(stalls, &s), 0);
    ck_assert_int_eq(dcom_config_named(name, &b.config, message), DCOM_OK);
    ck_assert_int_eq(dcom_accelerator_create(&b.config, &b.model), DCOM_OK);
    ck_assert_int_eq(dcom_scoreboard_create(&b.config, &b.board), DCOM_OK);
    ck_assert_int_eq(host_init(&b.host, &b.config, s, random_bits(), clock_device, NULL), DCOM_OK);
}

static void close_bench(void) {
    host_release(&b.host);
    dcom_scoreboard_destroy(b.board);
    dcom_accelerator_destroy(b.model);
}

static dcom_scoreboard_counts counts(void) {
    dcom_scoreboard_counts c;
    dcom_scoreboard_read_counts(b.board, &c);
    return c;
}

static void fill(uint16_t *a, unsigned n) {
    for (unsigned k = 0; k < n; k++)
        a[k] = (uint16_t)((random_bits() & 0x8000) | (0x3E00 + below(0x300)));
}

static void read_results(void) {
    uint32_t word;
    for (uint16_t address = CSR_STOP; address <= CSR_BOUND; address += 4)
        host_read(&b.host, address, &word);
    for (uint16_t address = CSR_ID; address <= CSR_COUNTERS; address += 4)
        if (address != 0x00C) host_read(&b.host, address, &word);
    host_read(&b.host, CSR_RANK, &word);
    host_read(&b.host, CSR_EXACT_TOKEN, &word);
    host_read(&b.host, CSR_FLAGS, &word);
    ck_assert_int_eq(host_run(&b.host), DCOM_OK);
}

static void random_decomposition(unsigned *packets) {
    static uint16_t a[MOST];
    const unsigned tokens = 1 + below(64), channels = 2 + below(63), least = tokens < channels ? tokens : channels;
    uint32_t exact[3] = {0};
    dcom_parameters p = dcom_defaults();
    dcom_result r;
    p.rank = 1 + below(least < 30 ? least : 30);
    p.expansion = 1u << below(4);
    p.warmup = below(3);
    p.outliers = below(channels < 20 ? channels : 20);
    p.tolerance = below(3) ? 0 : (double)below(100) / 100;
    p.seed = random_bits();
    p.exact_tokens = exact;
    for (unsigned t = below(tokens); t < tokens && p.exact_token_count < 3 && below(2); t += 1 + below(9))
        exact[p.exact_token_count++] = t;
    fill(a, tokens * channels);
    if (below(4) == 0) /* a repeated column: deflation */
        for (unsigned t = 0; t < tokens; t++)
            a[t * channels] = a[t * channels + channels - 1];
    ck_assert_msg(!host_decompose(&b.host, a, tokens, channels, &p, &r), "%s", b.host.message);
    *packets += 1 + 2 * (unsigned)(r.rank > 0);
    read_results();
}

static void random_application(void) {
    static uint16_t w[MOST], vectors[20 * 64];
    const unsigned length = 1 + below(64), outputs = 1 + below(64), count = 1 + below(20);
    fill(w, length * outputs);
    fill(vectors, count * length);
    ck_assert_msg(!host_apply(&b.host, vectors, count, w, length, outputs), "%s", b.host.message);
    read_results();
}

/* APPLY on the matrix of the last decomposition, outliers, exact tokens and all. */
static void random_reuse(void) {
    static uint16_t vectors[20 * 64];
    const unsigned tokens = b.host.tokens, channels = b.host.channels, count = 1 + below(20);
    uint32_t status;
    fill(vectors, count * tokens);
    ck_assert_int_eq(host_expect(&b.host, tokens, channels, count), DCOM_OK);
    host_write(&b.host, CSR_RANK, count);
    host_write(&b.host, CSR_COMMAND, CSR_COMMAND_APPLY);
    host_send_vectors(&b.host, vectors, count, tokens);
    host_poll(&b.host, CSR_STATUS, 1 << CSR_STATUS_IDLE, &status);
    host_await(&b.host, &b.host.z_columns, count, NULL, "Z");
    ck_assert_msg(!host_run(&b.host), "%s", b.host.message);
    read_results();
}

/* Random jobs with pauses: all that comes out is what the scoreboard says. */
START_TEST(follows_the_device) {
    static const char *const stalls[] = {"none", "light", "heavy"};
    unsigned packets = 0, jobs = 0;
    random_state = 77 + (unsigned)_i;
    open_bench("tiny", stalls[_i % 3], (damage){0});
    for (unsigned k = 0; k < 4; k++) {
        if (below(3)) {
            random_decomposition(&packets);
            random_reuse();
            jobs += 3;
        } else {
            random_application();
            jobs += 2;
        }
        ck_assert_msg(!b.worst, "%s", b.first);
    }
    const dcom_status end = dcom_scoreboard_finish(b.board);
    ck_assert_msg(!end, "%s", dcom_scoreboard_message(b.board));
    const dcom_scoreboard_counts c = counts();
    ck_assert_uint_eq(c.jobs, jobs);
    ck_assert(c.beats > packets && c.registers > 4 * 20 && !c.mismatches && !c.awaited && !c.unexpected);
    close_bench();
}
END_TEST

/* The calls of two decompositions, APPLY on them and on weights again, each time with one more piece of memory to be
 * had: the call that has none says so, and no other. */
START_TEST(memory_is_told) {
    unsigned packets = 0, told = 0;
    random_state = 79;
    open_bench("tiny", "none", (damage){0});
    random_decomposition(&packets), random_reuse(), random_decomposition(&packets), random_reuse();
    random_application();
    ck_assert(!b.worst && call_count < MOST_CALLS);
    for (unsigned n = 1;; n++) {
        dcom_scoreboard *board = NULL;
        failing_arm(FAILING_MEMORY, n);
        dcom_status status = dcom_scoreboard_create(&b.config, &board);
        for (unsigned k = 0; board && !status && k < call_count; k++)
            status = make(board, &calls[k]);
        const char *failed = failing_disarm(); /* Check asks for memory too: nothing is asserted before */
        ck_assert_msg(status == (failed ? DCOM_E_MEMORY : DCOM_OK), "%s, call %u, fails: %s", failed, n,
                      dcom_status_name(status));
        if (board && failed) ck_assert_ptr_nonnull(strstr(dcom_scoreboard_message(board), "memory"));
        dcom_scoreboard_destroy(board);
        if (!failed) break;
        told++;
    }
    ck_assert_uint_gt(told, 20);
    close_bench();
}
END_TEST

/* What is left over at the end: jobs whose beats have not come, beats that no job takes. */
START_TEST(ends_too_early) {
    static const uint16_t beat[16] = {0};
    unsigned packets = 0;
    random_state = 79;
    open_bench("tiny", "none", (damage){0});
    random_decomposition(&packets);
    dcom_scoreboard *board;
    ck_assert_int_eq(dcom_scoreboard_create(&b.config, &board), DCOM_OK);
    ck_assert_int_eq(dcom_scoreboard_in(board, beat, 0), DCOM_OK);
    ck_assert_int_eq(dcom_scoreboard_finish(board), DCOM_E_DIFFERENT);
    ck_assert_str_eq(dcom_scoreboard_message(board), "1 beats in that no job takes");
    dcom_scoreboard_reset(board);
    for (unsigned k = 0; calls[k].kind != IN; k++)
        ck_assert_int_eq(make(board, &calls[k]), DCOM_OK);
    ck_assert_int_eq(dcom_scoreboard_finish(board), DCOM_E_DIFFERENT);
    ck_assert_ptr_nonnull(strstr(dcom_scoreboard_message(board), "jobs are not over: 0 beats in have come"));
    dcom_scoreboard_destroy(board);
    close_bench();
}
END_TEST

static void one_decomposition(const char *name, damage d) {
    unsigned packets = 0;
    random_state = 5;
    open_bench(name, "none", d);
    do
        random_decomposition(&packets);
    while (packets < 12);
}

/* One bit of any beat or result is told, by packet, beat and lane. */
START_TEST(tells_a_bit) {
    static const struct {
        damage d;
        const char *what;
    } cases[] = {
        {{.user = 0, .packet = 1, .beat = 0, .lane = 1, .bit = 3}, "job 1, packet outliers 0, beat 0, lane 1: "},
        {{.user = 1, .packet = 1, .beat = 5, .lane = 0, .bit = 0}, "packet V 0, beat 5, lane 0: "},
        {{.user = 2, .packet = 2, .beat = 0, .lane = 0, .bit = 15}, "beat 0, lane 0: "},
        {{.address = CSR_CERTIFICATE, .bit = 0}, "register 114: "},
        {{.address = CSR_BOUND, .bit = 31}, "register 118: "},
        {{.address = CSR_RESULT_RANK, .bit = 2}, "register 104: "},
        {{.address = CSR_JOBS, .bit = 1}, "register 0D0: "},
        {{.address = CSR_FLAGS, .bit = 0}, "register 0CC: "},
        {{.address = CSR_CONFIG_ID, .bit = 9}, "register 008: "},
        {{.user = 1, .packet = 1, .beat = 3, .dropped = true}, "packet V 0, beat 3, lane "},
    };
    one_decomposition("tiny", cases[_i].d);
    ck_assert_int_eq(b.worst, DCOM_E_DIFFERENT);
    ck_assert_msg(strstr(b.first, cases[_i].what), "%s", b.first);
    ck_assert_uint_gt(counts().mismatches, 0);
    ck_assert_int_eq(dcom_scoreboard_finish(b.board), DCOM_E_DIFFERENT);
    close_bench();
}
END_TEST

/* A board of one cluster column, fed by hand: LOAD of 2 x 3, DECOMPOSE of rank 1. */
static dcom_scoreboard *by_hand(void) {
    static const struct {
        uint16_t address;
        uint32_t value;
    } writes[] = {{CSR_TOKENS, 2}, {CSR_CHANNELS, 3}, {CSR_RANK, 1}, {CSR_OUTLIERS, 0}};
    dcom_config config;
    dcom_scoreboard *s;
    char message[256];
    ck_assert_int_eq(dcom_config_named("tiny", &config, message), DCOM_OK);
    ck_assert_int_eq(dcom_scoreboard_create(&config, &s), DCOM_OK);
    for (size_t k = 0; k < sizeof writes / sizeof *writes; k++)
        ck_assert_int_eq(dcom_scoreboard_write(s, writes[k].address, writes[k].value, 15), DCOM_OK);
    return s;
}

static const uint16_t row[8] = {0x3F80, 0x4000, 0xBF80, 0x7FC1, 0x7FC1, 0x7FC1, 0x7FC1, 0x7FC1};

/* Beats and packets may come before the COMMAND they belong to; what is missing at the end is named. */
START_TEST(waits_and_misses) {
    dcom_scoreboard *s = by_hand();
    dcom_scoreboard_counts c;
    static const uint16_t none[8] = {0};
    ck_assert_int_eq(dcom_scoreboard_finish(s), DCOM_E_DIFFERENT);
    ck_assert_str_eq(dcom_scoreboard_message(s), "no beat was compared");
    ck_assert_int_eq(dcom_scoreboard_in(s, row, 0), DCOM_OK);
    ck_assert_int_eq(dcom_scoreboard_in(s, row, 1), DCOM_OK);
    ck_assert_int_eq(dcom_scoreboard_out(s, none, 0, 1), DCOM_OK);
    dcom_scoreboard_read_counts(s, &c);
    ck_assert(c.unexpected == 1 && c.beats == 0 && c.jobs == 0);
    ck_assert_int_eq(dcom_scoreboard_finish(s), DCOM_E_DIFFERENT);
    ck_assert_str_eq(dcom_scoreboard_message(s), "1 beats out that no job sends");
    ck_assert_int_eq(dcom_scoreboard_write(s, CSR_COMMAND, CSR_COMMAND_LOAD, 15), DCOM_OK);
    dcom_scoreboard_read_counts(s, &c);
    ck_assert(c.unexpected == 0 && c.beats == 1 && c.jobs == 1);
    ck_assert_int_eq(dcom_scoreboard_finish(s), DCOM_OK);
    ck_assert_int_eq(dcom_scoreboard_write(s, CSR_COMMAND, CSR_COMMAND_DECOMPOSE, 15), DCOM_OK);
    ck_assert_int_eq(dcom_scoreboard_finish(s), DCOM_E_DIFFERENT);
    ck_assert_str_eq(dcom_scoreboard_message(s), "5 beats are missing, the first: job 2, packet V 0, beat 0");
    ck_assert_int_eq(dcom_scoreboard_out(s, none, 2, 0), DCOM_E_DIFFERENT);
    ck_assert_str_eq(dcom_scoreboard_message(s), "job 2, packet V 0, beat 0: TUSER 2, TLAST 0, not 1, 0");
    dcom_scoreboard_destroy(s);
}
END_TEST

/* An idle device that cannot have done its jobs. */
START_TEST(idle_too_early) {
    dcom_scoreboard *s = by_hand();
    ck_assert_int_eq(dcom_scoreboard_write(s, CSR_COMMAND, CSR_COMMAND_LOAD, 15), DCOM_OK);
    ck_assert_int_eq(dcom_scoreboard_in(s, row, 0), DCOM_OK);
    ck_assert_int_eq(dcom_scoreboard_read(s, CSR_STATUS, 2), DCOM_OK);
    ck_assert_int_eq(dcom_scoreboard_read(s, CSR_STATUS, 1), DCOM_E_DIFFERENT);
    ck_assert_str_eq(dcom_scoreboard_message(s), "STATUS.IDLE, but job 1 has had no more than 1 beats in");
    dcom_scoreboard_destroy(s);
}
END_TEST

/* What cannot be predicted is said, once; a reset begins anew. */
START_TEST(says_what_it_cannot) {
    dcom_scoreboard *s = by_hand();
    dcom_scoreboard_counts c;
    ck_assert_int_eq(dcom_scoreboard_write(s, CSR_COMMAND, CSR_COMMAND_LOAD, 15), DCOM_OK);
    ck_assert_int_eq(dcom_scoreboard_in(s, row, 1), DCOM_E_ARGUMENT);
    ck_assert_msg(strstr(dcom_scoreboard_message(s), "beat 1 of 2 of job 1 has a TLAST"), "%s",
                  dcom_scoreboard_message(s));
    ck_assert_int_eq(dcom_scoreboard_in(s, row, 1), DCOM_OK);
    ck_assert_int_eq(dcom_scoreboard_read(s, CSR_JOBS, 9), DCOM_OK);
    dcom_scoreboard_read_counts(s, &c);
    ck_assert(c.jobs == 0 && c.unjudged == 1 && c.registers == 0);
    dcom_scoreboard_reset(s);
    ck_assert_int_eq(dcom_scoreboard_read(s, CSR_RANK, 32), DCOM_OK);
    ck_assert_int_eq(dcom_scoreboard_write(s, CSR_COMMAND, CSR_COMMAND_ABORT, 15), DCOM_E_ARGUMENT);
    dcom_scoreboard_destroy(s);
    dcom_scoreboard_destroy(NULL);
}
END_TEST

/* What an ABORT leaves of a DECOMPOSE is not taken for the next one's: V begins anew, with what would have been P. */
START_TEST(abort_ends_a_packet) {
    dcom_scoreboard *s = by_hand();
    dcom_scoreboard_counts c;
    static const uint16_t none[8] = {0};
    ck_assert_int_eq(dcom_scoreboard_write(s, CSR_COMMAND, CSR_COMMAND_LOAD, 15), DCOM_OK);
    ck_assert_int_eq(dcom_scoreboard_in(s, row, 0), DCOM_OK);
    ck_assert_int_eq(dcom_scoreboard_in(s, row, 1), DCOM_OK);
    ck_assert_int_eq(dcom_scoreboard_out(s, none, 0, 1), DCOM_OK);
    ck_assert_int_eq(dcom_scoreboard_write(s, CSR_COMMAND, CSR_COMMAND_DECOMPOSE, 15), DCOM_OK);
    ck_assert_int_eq(dcom_scoreboard_write(s, CSR_COMMAND, CSR_COMMAND_ABORT, 15), DCOM_E_ARGUMENT);
    ck_assert_int_eq(dcom_scoreboard_write(s, CSR_COMMAND, CSR_COMMAND_DECOMPOSE, 15), DCOM_OK);
    ck_assert_int_eq(dcom_scoreboard_out(s, none, 2, 0), DCOM_OK);
    dcom_scoreboard_read_counts(s, &c);
    ck_assert(c.beats == 1 && !c.awaited && !c.unexpected && !c.mismatches);
    dcom_scoreboard_destroy(s);
}
END_TEST

/* LOAD of `row` twice, and its outliers. */
static void load_by_hand(dcom_scoreboard *s) {
    static const uint16_t none[8] = {0};
    ck_assert_int_eq(dcom_scoreboard_write(s, CSR_COMMAND, CSR_COMMAND_LOAD, 15), DCOM_OK);
    ck_assert_int_eq(dcom_scoreboard_in(s, row, 0), DCOM_OK);
    ck_assert_int_eq(dcom_scoreboard_in(s, row, 1), DCOM_OK);
    ck_assert_int_eq(dcom_scoreboard_out(s, none, 0, 1), DCOM_OK);
}

/* Whether a value read is held against the transactions: a wrong one is told. */
static bool judged(dcom_scoreboard *s, uint16_t address, uint32_t wrong) {
    const dcom_status status = dcom_scoreboard_read(s, address, wrong);
    ck_assert(status == DCOM_OK || status == DCOM_E_DIFFERENT);
    return status == DCOM_E_DIFFERENT;
}

/* Which registers follow from the transactions, and when. */
START_TEST(what_follows) {
    enum { IDLE = 1 << CSR_STATUS_IDLE, WRONG = 0x55 };
    static const struct {
        uint16_t address;
        uint32_t value;
    } others[] = {{CSR_SEED, 77}, {CSR_EXPANSION, 4}};
    dcom_scoreboard *s = by_hand();
    ck_assert(!judged(s, CSR_JOBS, WRONG)); /* it has not been idle */
    ck_assert_int_eq(dcom_scoreboard_read(s, CSR_STATUS, IDLE), DCOM_OK);
    ck_assert(judged(s, CSR_JOBS, WRONG) && judged(s, CSR_FLAGS, WRONG) && !judged(s, CSR_STOP, WRONG));
    load_by_hand(s);
    ck_assert_int_eq(dcom_scoreboard_read(s, CSR_STATUS, IDLE), DCOM_OK);
    /* the flags of its start block are not known before DECOMPOSE, nor if another LOAD follows */
    ck_assert(!judged(s, CSR_FLAGS, WRONG) && judged(s, CSR_JOBS, WRONG) && !judged(s, CSR_STOP, WRONG));
    load_by_hand(s), load_by_hand(s);
    ck_assert_int_eq(dcom_scoreboard_write(s, CSR_COMMAND, CSR_COMMAND_DECOMPOSE, 15), DCOM_OK);
    ck_assert_int_eq(dcom_scoreboard_read(s, CSR_STATUS, IDLE), DCOM_OK);
    ck_assert(!judged(s, CSR_FLAGS, WRONG) && judged(s, CSR_STOP, WRONG) && judged(s, CSR_BOUND, WRONG));
    ck_assert(!judged(s, CSR_ERROR, WRONG) && !judged(s, CSR_COUNTER, WRONG));
    /* written, they are known again; not of a start block that was another when it was loaded */
    ck_assert_int_eq(dcom_scoreboard_write(s, CSR_FLAGS, 0xF, 15), DCOM_OK);
    ck_assert(judged(s, CSR_FLAGS, WRONG));
    dcom_scoreboard_reset(s);
    for (unsigned k = 0; k < 2; k++) {
        dcom_scoreboard_destroy(s);
        s = by_hand();
        load_by_hand(s);
        ck_assert_int_eq(dcom_scoreboard_write(s, others[k].address, others[k].value, 15), DCOM_OK);
        ck_assert_int_eq(dcom_scoreboard_write(s, CSR_COMMAND, CSR_COMMAND_DECOMPOSE, 15), DCOM_OK);
        ck_assert_int_eq(dcom_scoreboard_read(s, CSR_STATUS, IDLE), DCOM_OK);
        ck_assert(!judged(s, CSR_FLAGS, WRONG) && judged(s, CSR_STOP, WRONG));
    }
    /* a job whose beats have not come: idle or not, nothing follows */
    ck_assert_int_eq(dcom_scoreboard_write(s, CSR_COMMAND, CSR_COMMAND_LOAD, 15), DCOM_OK);
    ck_assert(judged(s, CSR_STATUS, IDLE) && !judged(s, CSR_JOBS, WRONG));
    dcom_scoreboard_destroy(s);
}
END_TEST

/* Of what differs in one call the first is told, all are counted. */
START_TEST(tells_the_first) {
    static const uint16_t none[8] = {0};
    dcom_scoreboard_counts c;
    dcom_scoreboard *s = by_hand();
    load_by_hand(s);
    for (unsigned k = 0; k < 2; k++)
        ck_assert_int_eq(dcom_scoreboard_out(s, none, 3, 0), DCOM_OK);
    ck_assert_int_eq(dcom_scoreboard_write(s, CSR_COMMAND, CSR_COMMAND_DECOMPOSE, 15), DCOM_E_DIFFERENT);
    ck_assert_str_eq(dcom_scoreboard_message(s), "job 2, packet V 0, beat 0: TUSER 3, TLAST 0, not 1, 0");
    dcom_scoreboard_read_counts(s, &c);
    ck_assert_uint_eq(c.mismatches, 2);
    dcom_scoreboard_destroy(s);
}
END_TEST

/* A job that no device can do ends the predictions; what was predicted before it is compared all the same. */
START_TEST(lost_on_the_way) {
    static const uint16_t none[8] = {0};
    dcom_scoreboard_counts c;
    dcom_scoreboard *s = by_hand();
    load_by_hand(s);
    ck_assert_int_eq(dcom_scoreboard_write(s, CSR_COMMAND, CSR_COMMAND_DECOMPOSE, 15), DCOM_OK);
    ck_assert_int_eq(dcom_scoreboard_write(s, CSR_RANK, 0, 15), DCOM_OK);
    ck_assert_int_eq(dcom_scoreboard_write(s, CSR_COMMAND, CSR_COMMAND_DECOMPOSE, 15), DCOM_E_ARGUMENT);
    ck_assert_msg(!strncmp(dcom_scoreboard_message(s), "job 3: rank 0 ", 14), "%s", dcom_scoreboard_message(s));
    ck_assert_int_eq(dcom_scoreboard_out(s, none, 3, 0), DCOM_E_DIFFERENT);
    ck_assert_str_eq(dcom_scoreboard_message(s), "job 2, packet V 0, beat 0: TUSER 3, TLAST 0, not 1, 0");
    ck_assert_int_eq(dcom_scoreboard_read(s, CSR_STATUS, 1 << CSR_STATUS_IDLE), DCOM_OK);
    dcom_scoreboard_read_counts(s, &c);
    ck_assert(c.unjudged == 1 && c.awaited == 4);
    dcom_scoreboard_reset(s);
    ck_assert_int_eq(dcom_scoreboard_write(s, CSR_TOKENS, 2, 15), DCOM_OK);
    ck_assert_int_eq(dcom_scoreboard_write(s, CSR_CHANNELS, 3, 15), DCOM_OK);
    ck_assert_int_eq(dcom_scoreboard_write(s, CSR_COMMAND, CSR_COMMAND_LOAD, 15), DCOM_OK);
    ck_assert_int_eq(dcom_scoreboard_in(s, row, 0), DCOM_OK);
    ck_assert_int_eq(dcom_scoreboard_in(s, row, 0), DCOM_E_ARGUMENT);
    ck_assert_msg(strstr(dcom_scoreboard_message(s), "beat 2 of 2 of job 3 has no TLAST"), "%s",
                  dcom_scoreboard_message(s));
    dcom_scoreboard_destroy(s);
}
END_TEST

int main(void) {
    Suite *suite = suite_create("scoreboard");
    TCase *c = tcase_create("scoreboard");
    tcase_set_timeout(c, 0);
    tcase_add_loop_test(c, follows_the_device, 0, ROUNDS);
    tcase_add_test(c, memory_is_told);
    tcase_add_test(c, ends_too_early);
    tcase_add_loop_test(c, tells_a_bit, 0, 10);
    tcase_add_test(c, waits_and_misses);
    tcase_add_test(c, idle_too_early);
    tcase_add_test(c, says_what_it_cannot);
    tcase_add_test(c, abort_ends_a_packet);
    tcase_add_test(c, what_follows);
    tcase_add_test(c, tells_the_first);
    tcase_add_test(c, lost_on_the_way);
    suite_add_tcase(suite, c);
    SRunner *runner = srunner_create(suite);
    srunner_run_all(runner, CK_ENV);
    const int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed != 0;
}
