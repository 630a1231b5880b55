/* accelerator_rig.h - what the cases of accelerator_bench.c stand on: model and RTL in lockstep under a host, what
 * came out of them, jobs, and the judgement of their results. SPDX-License-Identifier: Apache-2.0 */
#ifndef ACCELERATOR_RIG_H
#define ACCELERATOR_RIG_H

#include <inttypes.h>
#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "../cmodel/accelerator.h"
#include "../cmodel/array.h"
#include "../cmodel/datapath.h"
#include "../cmodel/edge.h"
#include "../cmodel/row_edge.h"
#include "../cmodel/untimed.h"
#include "../cmodel/host.h"
#include "../tb/lockstep.h"

enum { PATIENCE = 150000, RETRIES = 20000, BLOCKED = 256, SLACK = 8 };

static uint32_t random_state;
static uint32_t random_bits(void) {
    random_state ^= random_state << 13, random_state ^= random_state >> 17, random_state ^= random_state << 5;
    return random_state;
}
static unsigned below(unsigned n) { return random_bits() % n; }
static unsigned least(unsigned a, unsigned b) { return a < b ? a : b; }

/* ---- a device under test, and its host ---- */

typedef struct {
    unsigned kind, beats;
    size_t at; /* of its first beat */
} packet;

typedef struct {
    dcom_config config;
    lockstep lockstep;
    const struct accelerator *model;
    host host;
    char fault[400];
    /* what has come out */
    uint16_t (*beat)[LANES];
    size_t beats, beat_capacity;
    packet *packet;
    size_t packets, packet_capacity;
    bool within;  /* a packet */
    size_t taken; /* packets looked at */
    /* what went in */
    uint64_t beats_in;
    uint32_t jobs;               /* done */
    uint64_t beats_at_done;      /* beats_in when the last job was done */
    uint64_t queued_at, done_at; /* clocks of the lockstep: a LOAD was queued, a job was done */
} bench;

static int fail(bench *b, const char *format, ...) __attribute__((format(printf, 2, 3)));
static int fail(bench *b, const char *format, ...) {
    va_list list;
    if (b->fault[0]) return -1;
    const int n = snprintf(b->fault, sizeof b->fault, "clock %" PRIu64 ": ", b->lockstep.clocks);
    va_start(list, format);
    vsnprintf(b->fault + n, sizeof b->fault - (size_t)n, format, list);
    va_end(list);
    return -1;
}

static int clock_both(void *user, const void *in, void *out) {
    bench *b = user;
    const dcom_accelerator_in *i = in;
    const dcom_accelerator_out *o = out;
    const struct csr *c = &b->model->csr;
    const bool was_queued = c->queued_q;
    if (!i->rst && i->s_axis_tvalid && o->s_axis_tready) b->beats_in++;
    const int stop = lockstep_clock(&b->lockstep, in, out);
    if (!was_queued && c->queued_q && c->queued_command_q == CSR_COMMAND_LOAD) b->queued_at = b->lockstep.clocks;
    if (c->jobs_q != b->jobs) {
        b->jobs = c->jobs_q;
        b->beats_at_done = b->beats_in;
        b->done_at = b->lockstep.clocks;
    }
    return stop;
}

static void *grown(void *p, size_t count, size_t *capacity, size_t bytes) {
    if (count < *capacity) return p;
    *capacity = 2 * count + 256;
    return realloc(p, *capacity * bytes);
}

static void receive(void *user, const dcom_accelerator_out *out) {
    bench *b = user;
    if (!b->within) {
        b->packet = grown(b->packet, b->packets, &b->packet_capacity, sizeof *b->packet);
        b->packet[b->packets++] = (packet){.kind = out->m_axis_tuser, .at = b->beats};
    }
    packet *p = &b->packet[b->packets - 1];
    if (p->kind != out->m_axis_tuser) fail(b, "TUSER becomes %u in a packet of kind %u", out->m_axis_tuser, p->kind);
    b->beat = grown(b->beat, b->beats, &b->beat_capacity, sizeof *b->beat);
    memcpy(b->beat[b->beats++], out->m_axis_tdata, sizeof *b->beat);
    p->beats++;
    b->within = !out->m_axis_tlast;
}

static void forget_packets(bench *b) {
    b->beats = b->packets = b->taken = 0;
    b->within = false;
}

/* Rubbish, the same on both sides, in all memories of the array and the edges. */
static void fill_memories(bench *b) {
    static const uint16_t worst[] = {0x7FC1, 0x7F80, 0xFF80, 0xFFFF};
    char name[160];
    for (size_t k = 0; k < b->lockstep.table.memories.count; k++) {
        const comparator_pair *p = &b->lockstep.table.memories.pairs[k];
        correspondence_name(&b->lockstep.table, p, name);
        if (strstr(name, "u_peak") || strstr(name, "u_scalar")) continue;
        uint16_t *model = (uint16_t *)(uintptr_t)p->model, *rtl = (uint16_t *)(uintptr_t)p->rtl;
        for (size_t n = 0; n < p->bytes / 2; n++) {
            const uint32_t r = random_bits();
            model[n] = rtl[n] = (r & 3) ? (uint16_t)(r >> 16) : worst[r >> 2 & 3];
        }
    }
}

static stall_profile random_stalls(void) {
    static const unsigned rates[] = {0, 0, 32, 128, 200, 240};
    stall_profile s = {0};
    const unsigned which = below(4);
    if (which == 1) s = (stall_profile){32, 32, 32, 32};
    if (which == 2) s = (stall_profile){128, 128, 128, 128};
    if (which == 3) s = (stall_profile){rates[below(5)], rates[below(6)], rates[below(6)], rates[below(6)]};
    return s;
}

/* Resets the device; the host begins anew. */
static void reset(bench *b, stall_profile stall) {
    host_release(&b->host);
    forget_packets(b);
    if (host_init(&b->host, &b->config, stall, random_bits(), clock_both, b)) fail(b, "%s", b->host.message);
    b->host.receiver = receive;
    b->host.patience = PATIENCE;
    b->jobs = 0;
}

static int open_bench(bench *b, const dcom_config *config) {
    char message[256];
    memset(b, 0, sizeof *b);
    b->config = *config;
    if (lockstep_open(&b->lockstep, &accelerator_design, config, message)) return fail(b, "%s", message);
    b->lockstep.mode = LOCKSTEP_EXACT;
    b->model = b->lockstep.model;
    fill_memories(b);
    reset(b, random_stalls());
    return 0;
}

static void close_bench(bench *b) {
    char name[160];
    if (b->model && lockstep_finish(&b->lockstep)) {
        b->fault[0] = 0;
        fail(b, "differ since clock %" PRIu64 ": %s", b->lockstep.diverged_clock,
             b->lockstep.diverged ? correspondence_name(&b->lockstep.table, b->lockstep.diverged, name) : "?");
    } else if (!b->fault[0] && b->lockstep.table.memories.checks == 0) {
        fail(b, "no memory was compared");
    }
    if (b->model) lockstep_close(&b->lockstep);
    host_release(&b->host);
    free(b->beat), free(b->packet);
}

/* ---- running ---- */

/* The host's program to its end. */
static int go(bench *b) {
    if (!b->fault[0] && host_run(&b->host)) fail(b, "%s", b->host.message);
    return b->fault[0] ? -1 : 0;
}

static void clock_once(bench *b) {
    host *h = &b->host;
    if (b->fault[0]) return;
    host_clock(h, &h->out, &h->in);
    if (clock_both(b, &h->in, &h->out) || h->status) fail(b, "%s", h->status ? h->message : "stopped");
}

/* The host's program, for so many clocks. */
static void go_for(bench *b, unsigned clocks) {
    for (b->host.progress_clock = b->host.clocks; clocks > 0 && !b->fault[0]; clocks--)
        clock_once(b);
}

/* The device being idle: until all has been sent. */
static void drain(bench *b) {
    const struct store *s = &b->model->store;
    b->host.progress_clock = b->host.clocks;
    while (!b->fault[0] && (s->want_q || s->beat_valid_q || s->tvalid_q || b->host.out.m_axis_tvalid))
        clock_once(b);
    if (b->within) fail(b, "a packet has no end");
}

/* What the program has not begun is dropped, a wait ends with the access that is under way. */
static void cut_program(bench *b) {
    host *h = &b->host;
    if (h->step == h->steps) return;
    host_step *s = &h->program[h->step];
    if (s->kind == HOST_POLL) s->kind = HOST_READ;
    h->steps = s->kind == HOST_WRITE || s->kind == HOST_READ ? h->step + 1 : h->step;
}

/* The streams end: a packet that has begun with TLAST as soon as may be; one of which nothing was taken is withdrawn.
 */
static void cut_streams(bench *b) {
    host *h = &b->host;
    if (h->streams_sent == h->streams_started) return;
    host_stream *s = &h->stream[h->streams_sent];
    h->streams_started = h->streams_sent + 1;
    if (s->beat == 0) {
        h->streams_started = h->streams_sent;
        h->beat_offered = false;
    } else {
        s->beats = least(s->beats, s->beat + 1 + h->beat_offered);
    }
}

/* Reads a register now. */
static uint32_t peek(bench *b, uint16_t address) {
    uint32_t value = 0;
    host_read(&b->host, address, &value);
    go(b);
    return value;
}

/* A write of COMMAND now, again as long as a job is queued already. */
static void command(bench *b, uint32_t number) {
    bool refused = true;
    for (unsigned n = 0; refused && !b->fault[0]; n++) {
        if (n == RETRIES) fail(b, "COMMAND %u is refused for ever", number);
        host_write(&b->host, CSR_COMMAND, number);
        host_refusable(&b->host, &refused);
        if (go(b)) return;
        if (refused && (peek(b, CSR_STATUS) >> CSR_STATUS_ERROR) != CSR_ERROR_BUSY)
            fail(b, "COMMAND %u is refused, ERROR is %u, %03X", number, peek(b, CSR_STATUS) >> CSR_STATUS_ERROR,
                 peek(b, CSR_ERROR));
    }
}

/* A command that must be refused so. */
static void refuse(bench *b, uint32_t number, unsigned error, unsigned offset) {
    bool refused = false;
    host_write(&b->host, CSR_COMMAND, number);
    host_refusable(&b->host, &refused);
    if (go(b)) return;
    const uint32_t status = peek(b, CSR_STATUS) >> CSR_STATUS_ERROR, at = peek(b, CSR_ERROR);
    if (!refused || status != error || at != offset)
        fail(b, "COMMAND %u: %s, ERROR %u %03X, not %u %03X", number, refused ? "refused" : "accepted", status, at,
             error, offset);
}

static uint32_t await_idle(bench *b) {
    uint32_t status = 0;
    host_poll(&b->host, CSR_STATUS, 1 << CSR_STATUS_IDLE, &status);
    go(b);
    return status;
}

/* ---- jobs ---- */

typedef struct {
    unsigned tokens, channels;
    uint16_t *a; /* SLACK rows more */
    dcom_parameters p;
    uint32_t exact[CSR_EXACT_TOKENS];
    const char *kind;
} job;

static void fill(job *j) {
    static const char *const kinds[] = {"random",   "random", "random", "random", "zero",
                                        "repeated", "low",    "huge",   "large"};
    const unsigned which = below(9), apart = 1 + below(least(4, j->channels)), rank = 1 + below(3);
    j->kind = kinds[which];
    for (size_t k = 0; k < (size_t)(j->tokens + SLACK) * j->channels; k++) {
        const uint32_t r = random_bits();
        j->a[k] = (uint16_t)((r & 0x807F) | (0x7B + (r >> 20) % 5) << 7);
        if (which == 4) j->a[k] = (uint16_t)(r & 0x8000);
        if (which == 5 && k % j->channels >= apart) j->a[k] = j->a[k - apart];
        if (which == 6 && k >= (size_t)rank * j->channels) j->a[k] = j->a[k - (size_t)rank * j->channels];
        if (which == 7) j->a[k] = (uint16_t)((r & 0x807F) | (0xF0 + (r >> 20) % 15) << 7);
        if (which == 8) j->a[k] = (uint16_t)(j->a[k] + (44 << 7)); /* A^T A overflows, ||A||^2 does not */
    }
}

/* Parameters of another decomposition of the same matrix. */
static void vary(const bench *b, job *j) {
    const unsigned basis = b->config.cluster_rows * b->config.basis_rows;
    do
        j->p.expansion = 1u << below(4);
    while (j->p.expansion >= basis);
    const unsigned most = least(least(j->tokens, j->channels), least(basis - j->p.expansion, 24));
    j->p.rank = 1 + below(most);
    j->p.warmup = below(4) ? below(3) : below(9);
    j->p.seed = random_bits();
    const unsigned which = below(3);
    j->p.tolerance = which == 0 ? (double)((random_bits() >> 8) + 1) * 0x1p-24 : which == 1 ? 0 : -0.0;
}

static job make_job(const bench *b, unsigned most_tokens, unsigned most_channels) {
    const dcom_config *c = &b->config;
    job j = {.tokens = 1 + below(least(most_tokens, c->cluster_rows * c->tile_tokens)),
             .channels = 1 + below(least(most_channels, c->cluster_columns * c->tile_channels)),
             .p = dcom_defaults()};
    j.a = malloc((size_t)(j.tokens + SLACK) * j.channels * sizeof *j.a);
    fill(&j);
    vary(b, &j);
    j.p.outliers = below(least(j.channels, 10));
    for (unsigned t = 0, n = below(3) ? 0 : CSR_EXACT_TOKENS; t < j.tokens && j.p.exact_token_count < n;
         t += 1 + below(5))
        j.exact[j.p.exact_token_count++] = t;
    return j;
}

static void set(bench *b, const job *j) {
    host *h = &b->host;
    const float tolerance = (float)j->p.tolerance;
    uint32_t bits;
    memcpy(&bits, &tolerance, sizeof bits);
    host_write(h, CSR_TOKENS, j->tokens);
    host_write(h, CSR_CHANNELS, j->channels);
    host_write(h, CSR_RANK, j->p.rank);
    host_write(h, CSR_EXPANSION, j->p.expansion);
    host_write(h, CSR_WARMUP, j->p.warmup);
    host_write(h, CSR_OUTLIERS, j->p.outliers);
    host_write(h, CSR_TOLERANCE, bits);
    host_write(h, CSR_SEED, j->p.seed);
    host_write(h, CSR_EXACT_COUNT, j->p.exact_token_count);
    for (unsigned k = 0; k < j->p.exact_token_count; k++)
        host_write(h, (uint16_t)(CSR_EXACT_TOKEN + 4 * k), j->exact[k]);
}

static void send(bench *b, const job *j) { host_send_matrix(&b->host, j->a, j->tokens, j->channels); }

/* LOAD, its matrix sent. */
static void load(bench *b, const job *j) {
    set(b, j);
    command(b, CSR_COMMAND_LOAD);
    send(b, j);
    go(b);
}

static void decompose(bench *b, const job *j) {
    set(b, j);
    command(b, CSR_COMMAND_DECOMPOSE);
}

/* ---- results ---- */

/* The next packet, which must be of this kind and length. */
static const uint16_t (*next_packet(bench *b, unsigned kind, unsigned beats))[LANES] {
    static const char *const names[PACKETS] = {"OUTLIERS", "V", "P", "Z"};
    if (b->fault[0]) return NULL;
    if (b->taken == b->packets) return fail(b, "no packet %s", names[kind]), NULL;
    const packet *p = &b->packet[b->taken++];
    if (p->kind != kind || p->beats != beats)
        return fail(b, "a packet %s of %u beats, not %s of %u", names[p->kind], p->beats, names[kind], beats), NULL;
    return (const uint16_t(*)[LANES])(b->beat + p->at);
}

static void no_more_packets(bench *b) {
    if (!b->fault[0] && b->taken != b->packets)
        fail(b, "%zu packets of %zu are more", b->packets - b->taken, b->packets);
}

static void judge_outliers(bench *b, const job *j, const dcom_result *want) {
    const unsigned width = 8 * b->config.cluster_columns;
    const uint16_t(*beat)[LANES] = next_packet(b, PACKET_OUTLIERS, (j->channels + width - 1) / width);
    if (!beat) return;
    for (unsigned c = 0, n = 0; c < (j->channels + width - 1) / width * width; c++) {
        const unsigned bit = beat[c / width][c % width / 16] >> c % width % 16 & 1;
        const bool is = n < want->outlier_count && want->outliers[n] == (int32_t)c;
        if (bit != is) fail(b, "channel %u is %s outlier", c, bit ? "an" : "no");
        n += is;
    }
}

/* A packet against columns [first, first + columns) of `want`, rows x stride. */
static void judge_block(bench *b, const char *name, const uint16_t (*beat)[LANES], const float *want, unsigned rows,
                        unsigned stride, unsigned first, unsigned columns) {
    for (unsigned r = 0; beat && r < rows; r++)
        for (unsigned e = 0; e < LANES; e++) {
            const uint16_t w = e < columns ? (uint16_t)(bits_of(want[(size_t)r * stride + first + e]) >> 16) : 0;
            if (beat[r][e] == w) continue;
            fail(b, "%s of row %u, column %u + %u, is %04X, not %04X", name, r, first, e, beat[r][e], w);
            return;
        }
}

/* The packets of a decomposition. */
static void judge_blocks(bench *b, const job *j, const dcom_result *want) {
    for (unsigned first = 0, columns; first < want->rank && !b->fault[0]; first += columns) {
        const uint16_t(*v)[LANES] = next_packet(b, PACKET_V, j->channels);
        const uint16_t(*p)[LANES] = next_packet(b, PACKET_P, j->tokens);
        columns = 0;
        for (unsigned c = 0; v && c < j->channels; c++)
            for (unsigned e = columns; e < LANES; e++)
                if (v[c][e]) columns = e + 1;
        if (v && (columns == 0 || first + columns > want->rank))
            fail(b, "a block of %u columns after %u of %u", columns, first, want->rank);
        judge_block(b, "V", v, want->v, j->channels, want->rank, first, columns);
        judge_block(b, "P", p, want->p, j->tokens, want->rank, first, columns);
    }
}

static bool same(uint32_t bits, double want) {
    const float w = (float)want;
    float x;
    memcpy(&x, &bits, sizeof x);
    return isnan(x) ? isnan(w) : x == w;
}

/* The result registers of the job done last. */
static void judge_registers(bench *b, const dcom_result *want) {
    host *h = &b->host;
    uint32_t stop, rank, passes, rounds, deflations, certificate, bound, flags;
    host_read(h, CSR_STOP, &stop);
    host_read(h, CSR_RESULT_RANK, &rank);
    host_read(h, CSR_PASSES, &passes);
    host_read(h, CSR_ROUNDS, &rounds);
    host_read(h, CSR_DEFLATIONS, &deflations);
    host_read(h, CSR_CERTIFICATE, &certificate);
    host_read(h, CSR_BOUND, &bound);
    host_read(h, CSR_FLAGS, &flags);
    if (go(b)) return;
    if (stop != want->stop || rank != want->rank || passes != want->passes || rounds != want->rounds ||
        deflations != want->deflations || flags != want->flags)
        fail(b, "stop %u, rank %u, %u passes, %u rounds, %u deflations, flags %u, not %u, %u, %u, %u, %u, %u", stop,
             rank, passes, rounds, deflations, flags, want->stop, want->rank, want->passes, want->rounds,
             want->deflations, want->flags);
    if (!same(certificate, want->certificate) || !same(bound, want->certificate_bound))
        fail(b, "certificate %08X, bound %08X, not %g, %g", certificate, bound, want->certificate,
             want->certificate_bound);
}

/* Everything of a LOAD (if asked for) and a decomposition; `last`: its registers too. */
static void judge(bench *b, const job *j, bool loaded, bool last) {
    dcom_context *context = NULL;
    dcom_parameters p = j->p;
    dcom_result want;
    p.exact_tokens = j->exact;
    if (b->fault[0]) return;
    if (dcom_create(&b->config, &context) || dcom_decompose(context, j->a, j->tokens, j->channels, &p, &want)) {
        fail(b, "the untimed model: %s", context ? dcom_message(context) : "cannot be made");
    } else {
        if (loaded) judge_outliers(b, j, &want);
        judge_blocks(b, j, &want);
        if (last) judge_registers(b, &want);
    }
    dcom_destroy(context);
}

static void clear_flags(bench *b) { host_write(&b->host, CSR_FLAGS, 15); }

static void await_jobs(bench *b, uint32_t before, uint32_t count) {
    const uint32_t status = await_idle(b), jobs = peek(b, CSR_JOBS);
    if (!b->fault[0] && (jobs - before != count || !(status >> CSR_STATUS_DONE & 1)))
        fail(b, "%u jobs of %u are done; STATUS %03X, FLAGS %X", jobs - before, count, status, peek(b, CSR_FLAGS));
    drain(b);
}

/* LOAD and DECOMPOSE, all of it judged. */
static void whole(bench *b, const job *j) {
    forget_packets(b);
    clear_flags(b);
    const uint32_t before = peek(b, CSR_JOBS);
    load(b, j);
    decompose(b, j);
    await_jobs(b, before, 2);
    judge(b, j, true, true);
    no_more_packets(b);
}

/* What shows that all is well again: a job of moderate size. */
static void well(bench *b) {
    job j = make_job(b, 40, 40);
    whole(b, &j);
    free(j.a);
}

static bool ignored; /* of a command that may be refused or not, as it comes */

#endif
