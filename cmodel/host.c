/* host.c - a host of the accelerator on its AXI ports. SPDX-License-Identifier: Apache-2.0 */
#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "csr.h"
#include "engine.h"
#include "host.h"

/* What draws stalls, each for itself. */
enum port { PORT_AW, PORT_W, PORT_B, PORT_AR, PORT_R, PORT_MATRIX, PORT_VECTORS, PORT_PACKETS };

static bool go(const host *h, unsigned rate, enum port port) { return stall_go(rate, h->seed, h->clocks, port); }

static void __attribute__((format(printf, 2, 3))) fail(host *h, const char *format, ...) {
    va_list list;
    if (h->status) return;
    h->status = DCOM_E_STOPPED;
    const int n = snprintf(h->message, sizeof h->message, "clock %" PRIu64 ": ", h->clocks);
    va_start(list, format);
    vsnprintf(h->message + n, sizeof h->message - (size_t)n, format, list);
    va_end(list);
}

static void progress(host *h) { h->progress_clock = h->clocks; }

/* "EXACT_TOKEN[3]" */
static const char *register_name(unsigned address, char name[40]) {
    static const struct {
        const char *name;
        unsigned offset, count, bytes;
    } registers[] = {
#define X(name, offset, count, access, width) {#name, offset, count, ((width) + 31) / 32 * 4},
        CSR_MAP(X)
#undef X
    };
    snprintf(name, 40, "%03X", address);
    for (unsigned k = 0; k < sizeof registers / sizeof registers[0]; k++) {
        const unsigned offset = registers[k].offset, bytes = registers[k].bytes;
        if (address < offset || address >= offset + registers[k].count * bytes) continue;
        const int n = snprintf(name, 40, "%s", registers[k].name);
        if (registers[k].count > 1) snprintf(name + n, 40 - (size_t)n, "[%u]", (address - offset) / bytes);
    }
    return name;
}

static const char *const packet_names[PACKETS] = {"OUTLIERS", "V", "P", "Z"};

/* ---- AXI-Lite: a step at a time ---- */

static void answer(host *h, const host_step *s, unsigned response) {
    char name[40];
    h->address_taken = h->data_taken = false;
    if (s->refused)
        *s->refused = response != CSR_OKAY;
    else if (response != CSR_OKAY)
        fail(h, "%s of %s is answered by %s", s->kind == HOST_WRITE ? "a write" : "a read",
             register_name(s->address, name), response == CSR_SLVERR ? "SLVERR" : "what is no answer");
}

static bool clock_write(host *h, const host_step *s, const dcom_accelerator_out *out, dcom_accelerator_in *in) {
    /* what is offered stays until it is taken */
    in->axi_awvalid = !h->address_taken && (in->axi_awvalid || go(h, h->stall.command, PORT_AW));
    in->axi_wvalid = !h->data_taken && (in->axi_wvalid || go(h, h->stall.command, PORT_W));
    in->axi_awaddr = s->address;
    in->axi_wdata = s->value;
    in->axi_wstrb = 15;
    const bool both = h->address_taken && h->data_taken;
    h->address_taken |= in->axi_awvalid && out->axi_awready;
    h->data_taken |= in->axi_wvalid && out->axi_wready;
    in->axi_bready = go(h, h->stall.command, PORT_B);
    if (!out->axi_bvalid || !in->axi_bready) return false;
    if (!both) return fail(h, "an answer before the access"), false;
    progress(h);
    answer(h, s, out->axi_bresp);
    return true;
}

static bool clock_read(host *h, const host_step *s, const dcom_accelerator_out *out, dcom_accelerator_in *in) {
    in->axi_arvalid = !h->address_taken && (in->axi_arvalid || go(h, h->stall.command, PORT_AR));
    in->axi_araddr = s->address;
    const bool asked = h->address_taken;
    h->address_taken |= in->axi_arvalid && out->axi_arready;
    in->axi_rready = go(h, h->stall.command, PORT_R);
    if (!out->axi_rvalid || !in->axi_rready) return false;
    if (!asked) return fail(h, "an answer before the access"), false;
    answer(h, s, out->axi_rresp);
    if (s->kind == HOST_READ || (s->to && *s->to != out->axi_rdata)) progress(h);
    if (s->to) *s->to = out->axi_rdata;
    return s->kind == HOST_READ || (out->axi_rdata & s->value) || (s->refused && *s->refused);
}

/* Whether the step under way ends with the coming edge. */
static bool clock_step(host *h, const dcom_accelerator_out *out, dcom_accelerator_in *in) {
    const host_step *s = &h->program[h->step];
    switch (s->kind) {
    case HOST_WRITE:
        return clock_write(h, s, out, in);
    case HOST_READ:
    case HOST_POLL:
        return clock_read(h, s, out, in);
    case HOST_SEND:
        h->streams_started++;
        return true;
    default: /* HOST_AWAIT */
        return *s->count >= (s->to ? *s->to : s->value);
    }
}

/* ---- the stream in ---- */

void host_beat(const host_stream *s, unsigned beat, uint16_t *data) {
    for (unsigned k = 0; k < s->width; k++) {
        if (s->vectors) {
            const unsigned vector = beat / s->rows * LANES + k;
            data[k] = vector < s->columns ? s->data[(size_t)vector * s->rows + beat % s->rows] : 0;
        } else {
            const unsigned channel = beat % s->row_beats * s->width + k;
            /* past the matrix: NaN, which nobody may look at */
            data[k] = channel < s->columns ? s->data[(size_t)(beat / s->row_beats) * s->columns + channel] : 0x7FC1;
        }
    }
}

static void clock_stream(host *h, const dcom_accelerator_out *out, dcom_accelerator_in *in) {
    in->s_axis_tvalid = 0;
    if (h->streams_sent == h->streams_started) return;
    host_stream *s = &h->stream[h->streams_sent];
    in->s_axis_tvalid = h->beat_offered ||
                        go(h, s->vectors ? h->stall.vector : h->stall.write, s->vectors ? PORT_VECTORS : PORT_MATRIX);
    if (in->s_axis_tvalid && !h->beat_offered) host_beat(s, s->beat, in->s_axis_tdata);
    in->s_axis_tlast = s->beat + 1 == s->beats;
    h->beat_offered = in->s_axis_tvalid && !out->s_axis_tready;
    if (!in->s_axis_tvalid || h->beat_offered) return;
    progress(h);
    if (++s->beat == s->beats) h->streams_sent++;
}

/* ---- the stream out ---- */

static unsigned packet_beats(const host *h, unsigned kind) {
    const unsigned width = 8 * h->config.cluster_columns;
    return kind == PACKET_OUTLIERS ? (h->channels + width - 1) / width : kind == PACKET_P ? h->tokens : h->channels;
}

/* The columns [first, first + columns) of `to`, rows x rank, from the block. */
static void append(const host *h, float *to, unsigned rows, unsigned first, unsigned columns) {
    for (unsigned r = 0; r < rows; r++)
        for (unsigned e = 0; e < columns; e++) {
            const uint32_t bits = (uint32_t)h->block[(size_t)r * LANES + e] << 16;
            memcpy(to + (size_t)r * h->rank + first + e, &bits, sizeof bits);
        }
}

/* The lanes that hold anything: as many columns has a block of V, whose columns are of norm 1. */
static unsigned lanes_used(const host *h, unsigned rows) {
    unsigned lanes = 0;
    for (unsigned r = 0; r < rows; r++)
        for (unsigned e = lanes; e < LANES; e++)
            if (h->block[(size_t)r * LANES + e]) lanes = e + 1;
    return lanes;
}

static void end_packet(host *h) {
    const unsigned width = 8 * h->config.cluster_columns;
    switch (h->kind) {
    case PACKET_OUTLIERS:
        h->outlier_count = 0;
        for (unsigned c = 0; c < h->beat * width; c++) {
            if (!(h->block[c / width * LANES + c % width / 16] >> c % width % 16 & 1)) continue;
            if (c >= h->channels) return fail(h, "channel %u of %u is an outlier", c, h->channels);
            h->outliers[h->outlier_count++] = (int32_t)c;
        }
        break;
    case PACKET_V:
        h->block_columns = lanes_used(h, h->channels);
        if (h->v_columns != h->p_columns || h->v_columns + h->block_columns > h->rank)
            return fail(h, "a V packet of %u columns beside %u of V, %u of P, rank %u", h->block_columns,
                        h->v_columns, h->p_columns, h->rank);
        append(h, h->v, h->channels, h->v_columns, h->block_columns);
        h->v_columns += h->block_columns;
        break;
    case PACKET_P:
        if (h->v_columns != h->p_columns + h->block_columns || lanes_used(h, h->tokens) > h->block_columns)
            return fail(h, "a P packet of %u columns beside %u of V, %u of P", lanes_used(h, h->tokens), h->v_columns,
                        h->p_columns);
        append(h, h->p, h->tokens, h->p_columns, h->block_columns);
        h->p_columns = h->v_columns;
        break;
    default: /* PACKET_Z */
        if (h->z_columns == h->rank) return fail(h, "a Z packet beside %u columns of Z", h->z_columns);
        for (unsigned e = 0; e < LANES && h->z_columns < h->rank; e++, h->z_columns++)
            for (unsigned c = 0; c < h->channels; c++)
                h->z[(size_t)h->z_columns * h->channels + c] = h->block[(size_t)c * LANES + e];
        break;
    }
    h->packets[h->kind]++;
}

void host_take(host *h, const dcom_accelerator_out *out) {
    if (h->beat == 0) h->kind = out->m_axis_tuser;
    if (out->m_axis_tuser != h->kind)
        return fail(h, "TUSER becomes %u within a packet of kind %u", out->m_axis_tuser, h->kind);
    const unsigned beats = packet_beats(h, h->kind);
    if (!h->block || out->m_axis_tlast != (h->beat + 1 == beats))
        return fail(h, "beat %u of a packet %s, of %u, %s TLAST", h->beat, packet_names[h->kind], beats,
                    out->m_axis_tlast ? "has" : "has no");
    progress(h);
    memcpy(h->block + (size_t)h->beat * LANES, out->m_axis_tdata, sizeof out->m_axis_tdata);
    h->beat++;
    if (!out->m_axis_tlast) return;
    end_packet(h);
    h->beat = 0;
}

/* ---- a clock ---- */

/* What was offered on the clock before and not taken must be offered still. */
static void check_offers(host *h, const dcom_accelerator_out *out, const dcom_accelerator_in *in) {
    const dcom_accelerator_out *was = &h->shown;
    if (in->rst) return;
    if (was->axi_bvalid && !in->axi_bready && (!out->axi_bvalid || out->axi_bresp != was->axi_bresp))
        fail(h, "the answer to a write changes before it is taken");
    if (was->axi_rvalid && !in->axi_rready &&
        (!out->axi_rvalid || out->axi_rresp != was->axi_rresp || out->axi_rdata != was->axi_rdata))
        fail(h, "the answer to a read changes before it is taken");
    if (was->m_axis_tvalid && !in->m_axis_tready &&
        (!out->m_axis_tvalid || out->m_axis_tlast != was->m_axis_tlast || out->m_axis_tuser != was->m_axis_tuser ||
         memcmp(out->m_axis_tdata, was->m_axis_tdata, sizeof out->m_axis_tdata)))
        fail(h, "a beat changes before it is taken");
}

/* What is waited for, when nothing happens. */
static void give_up(host *h) {
    char name[40], what[160] = "";
    const host_step *s = &h->program[h->step];
    if (h->step == h->steps)
        snprintf(what, sizeof what, "the end of the stream in");
    else if (s->kind == HOST_AWAIT)
        snprintf(what, sizeof what, "%s (%u of %u)", s->what, *s->count, s->to ? *s->to : s->value);
    else if (s->kind == HOST_POLL)
        snprintf(what, sizeof what, "%s & %03X, last %03X", register_name(s->address, name), s->value,
                 s->to ? *s->to : 0);
    else
        snprintf(what, sizeof what, "an answer of %s", register_name(s->address, name));
    const size_t n = strlen(what);
    if (h->streams_sent < h->streams_started)
        snprintf(what + n, sizeof what - n, "; the stream in is at beat %u of %u", h->stream[h->streams_sent].beat,
                 h->stream[h->streams_sent].beats);
    else if (h->beat)
        snprintf(what + n, sizeof what - n, "; the packet %s is at beat %u of %u", packet_names[h->kind], h->beat,
                 packet_beats(h, h->kind));
    fail(h, "nothing for %" PRIu64 " clocks, waiting for %s", h->patience, what);
}

void host_clock(host *h, const dcom_accelerator_out *out, dcom_accelerator_in *in) {
    check_offers(h, out, in);
    in->axi_bready = in->axi_rready = 0;
    if (h->step < h->steps) {
        const unsigned kind = h->program[h->step].kind;
        if (kind != HOST_WRITE) in->axi_awvalid = in->axi_wvalid = 0;
        if (kind != HOST_READ && kind != HOST_POLL) in->axi_arvalid = 0;
        if (clock_step(h, out, in)) h->step++;
    } else {
        in->axi_awvalid = in->axi_wvalid = in->axi_arvalid = 0;
    }
    clock_stream(h, out, in);
    in->m_axis_tready = go(h, h->stall.result, PORT_PACKETS);
    if (in->m_axis_tready && out->m_axis_tvalid) {
        if (!h->receiver)
            host_take(h, out);
        else
            h->receiver(h->user, out), progress(h);
    }
    if (h->clocks - h->progress_clock > h->patience) give_up(h);
    h->shown = *out;
    h->clocks++;
}

dcom_status host_init(host *h, const dcom_config *config, stall_profile stall, uint32_t seed, host_function clock,
                      void *user) {
    memset(h, 0, sizeof *h);
    h->config = *config;
    h->stall = stall;
    h->seed = seed;
    h->clock = clock;
    h->user = user;
    h->patience = HOST_PATIENCE;
    h->in.rst = 1;
    for (int k = 0; k < 3 && !h->status; k++) {
        h->in.rst = k < 2;
        h->clocks++;
        if (clock(user, &h->in, &h->out)) fail(h, "stopped");
    }
    return h->status;
}

static void forget(host *h) {
    free(h->block), free(h->v), free(h->p), free(h->z), free(h->outliers);
    h->block = h->z = NULL;
    h->v = h->p = NULL;
    h->outliers = NULL;
}

void host_release(host *h) { forget(h); }

/* ---- programs ---- */

static host_step *add(host *h, host_step step) {
    if (h->steps == HOST_STEPS) fail(h, "a program of more than %d steps", HOST_STEPS), h->steps--;
    h->program[h->steps] = step;
    return &h->program[h->steps++];
}

void host_write(host *h, uint16_t address, uint32_t value) {
    add(h, (host_step){.kind = HOST_WRITE, .address = address, .value = value});
}

void host_read(host *h, uint16_t address, uint32_t *to) {
    add(h, (host_step){.kind = HOST_READ, .address = address, .to = to});
}

void host_poll(host *h, uint16_t address, uint32_t bits, uint32_t *to) {
    add(h, (host_step){.kind = HOST_POLL, .address = address, .value = bits, .to = to});
}

static host_stream *send(host *h, host_stream stream) {
    if (h->streams == HOST_STREAMS) fail(h, "a program of more than %d streams", HOST_STREAMS), h->streams--;
    add(h, (host_step){.kind = HOST_SEND});
    h->stream[h->streams] = stream;
    return &h->stream[h->streams++];
}

host_stream *host_send_matrix(host *h, const uint16_t *a, unsigned tokens, unsigned channels) {
    const unsigned width = 8 * h->config.cluster_columns, beats = (channels + width - 1) / width;
    return send(h, (host_stream){.data = a,
                                 .rows = tokens,
                                 .columns = channels,
                                 .width = width,
                                 .row_beats = beats,
                                 .beats = tokens * beats});
}

host_stream *host_send_vectors(host *h, const uint16_t *vectors, unsigned count, unsigned length) {
    return send(h, (host_stream){.data = vectors,
                                 .rows = length,
                                 .columns = count,
                                 .vectors = true,
                                 .width = LANES,
                                 .beats = (count + LANES - 1) / LANES * length});
}

void host_await(host *h, const unsigned *count, uint32_t value, const uint32_t *from, const char *what) {
    add(h, (host_step){
               .kind = HOST_AWAIT, .count = count, .value = value, .to = (uint32_t *)(uintptr_t)from, .what = what});
}

void host_refusable(host *h, bool *refused) { h->program[h->steps - 1].refused = refused; }

dcom_status host_expect(host *h, unsigned tokens, unsigned channels, unsigned rank) {
    const size_t longest = tokens > channels ? tokens : channels, width = 8 * h->config.cluster_columns;
    forget(h);
    h->tokens = tokens;
    h->channels = channels;
    h->rank = rank;
    h->beat = h->block_columns = h->v_columns = h->p_columns = h->z_columns = h->outlier_count = 0;
    memset(h->packets, 0, sizeof h->packets);
    h->block = calloc((longest + width) * LANES, sizeof *h->block);
    h->v = calloc((size_t)channels * rank + 1, sizeof *h->v);
    h->p = calloc((size_t)tokens * rank + 1, sizeof *h->p);
    h->z = calloc((size_t)channels * rank + 1, sizeof *h->z);
    h->outliers = calloc(channels + 1, sizeof *h->outliers);
    if (!h->block || !h->v || !h->p || !h->z || !h->outliers) {
        fail(h, "out of memory");
        h->status = DCOM_E_MEMORY;
    }
    return h->status;
}

dcom_status host_run(host *h) {
    progress(h);
    while (!h->status && (h->step < h->steps || h->streams_sent < h->streams_started)) {
        host_clock(h, &h->out, &h->in);
        if (h->clock(h->user, &h->in, &h->out)) fail(h, "stopped");
    }
    h->steps = h->step = h->streams = h->streams_started = h->streams_sent = 0;
    return h->status;
}

/* ---- whole jobs ---- */

static void write_parameters(host *h, unsigned tokens, unsigned channels, const dcom_parameters *p) {
    const float tolerance = (float)p->tolerance;
    uint32_t bits;
    memcpy(&bits, &tolerance, sizeof bits);
    host_write(h, CSR_TOKENS, tokens);
    host_write(h, CSR_CHANNELS, channels);
    host_write(h, CSR_RANK, p->rank);
    host_write(h, CSR_EXPANSION, p->expansion);
    host_write(h, CSR_WARMUP, p->warmup);
    host_write(h, CSR_OUTLIERS, p->outliers);
    host_write(h, CSR_TOLERANCE, bits);
    host_write(h, CSR_SEED, p->seed);
    host_write(h, CSR_EXACT_COUNT, p->exact_token_count);
    for (unsigned k = 0; k < p->exact_token_count && k < CSR_EXACT_TOKENS; k++)
        host_write(h, (uint16_t)(CSR_EXACT_TOKEN + 4 * k), p->exact_tokens[k]);
}

void host_two_jobs(host *h, const uint16_t *a, unsigned tokens, unsigned channels, const dcom_parameters *p,
                   uint32_t command, const uint16_t *vectors, host_outcome *o) {
    write_parameters(h, tokens, channels, p);
    host_write(h, CSR_FLAGS, UINT32_C(1) << CSR_FLAGS_OVERFLOW | 1 << CSR_FLAGS_NAN | 1 << CSR_FLAGS_UNCERTIFIED);
    host_read(h, CSR_JOBS, &o->jobs_before);
    host_write(h, CSR_COMMAND, CSR_COMMAND_LOAD);
    host_send_matrix(h, a, tokens, channels);
    host_write(h, CSR_COMMAND, command);
    if (vectors) host_send_vectors(h, vectors, p->rank, tokens);
    host_poll(h, CSR_STATUS, 1 << CSR_STATUS_IDLE, &o->status);
    host_read(h, CSR_JOBS, &o->jobs);
    host_read(h, CSR_FLAGS, &o->flags);
}

static void judge_jobs(host *h, const host_outcome *o) {
    if (o->jobs - o->jobs_before == 2 && o->status >> CSR_STATUS_DONE & 1) return;
    fail(h, "%u jobs of 2 are done; STATUS %03X, FLAGS %X", o->jobs - o->jobs_before, o->status, o->flags);
}

/* Rows of `rank` of what is `stride` wide. */
static void pack(float *x, unsigned rows, unsigned stride, unsigned rank) {
    for (unsigned r = 1; r < rows; r++)
        memmove(x + (size_t)r * rank, x + (size_t)r * stride, rank * sizeof *x);
}

void host_received(host *h, dcom_result *result) {
    const unsigned rank = h->p_columns;
    pack(h->v, h->channels, h->rank, rank);
    pack(h->p, h->tokens, h->rank, rank);
    *result = (dcom_result){.tokens = h->tokens,
                            .channels = h->channels,
                            .rank = rank,
                            .p = h->p,
                            .v = h->v,
                            .outliers = h->outliers,
                            .outlier_count = h->outlier_count};
}

static double number(uint32_t bits) {
    float x;
    memcpy(&x, &bits, sizeof x);
    return (double)x;
}

dcom_status host_decompose(host *h, const uint16_t *a, unsigned tokens, unsigned channels, const dcom_parameters *p,
                           dcom_result *result) {
    host_outcome o = {0};
    uint32_t stop = 0, rank = 0, passes = 0, rounds = 0, deflations = 0, certificate = 0, bound = 0;
    if (host_expect(h, tokens, channels, p->rank)) return h->status;
    host_two_jobs(h, a, tokens, channels, p, CSR_COMMAND_DECOMPOSE, NULL, &o);
    host_read(h, CSR_STOP, &stop);
    host_read(h, CSR_RESULT_RANK, &rank);
    host_read(h, CSR_PASSES, &passes);
    host_read(h, CSR_ROUNDS, &rounds);
    host_read(h, CSR_DEFLATIONS, &deflations);
    host_read(h, CSR_CERTIFICATE, &certificate);
    host_read(h, CSR_BOUND, &bound);
    if (host_run(h)) return h->status;
    judge_jobs(h, &o);
    host_await(h, &h->packets[PACKET_OUTLIERS], 1, NULL, "the packet OUTLIERS");
    host_await(h, &h->v_columns, 0, &rank, "columns of V");
    host_await(h, &h->p_columns, 0, &rank, "columns of P");
    if (host_run(h)) return h->status;
    if (h->packets[PACKET_OUTLIERS] != 1 || h->p_columns != rank || h->v_columns != rank || h->beat)
        fail(h, "%u packets OUTLIERS, %u columns of V, %u of P; RESULT_RANK is %u", h->packets[PACKET_OUTLIERS],
             h->v_columns, h->p_columns, rank);
    if (h->status) return h->status;
    host_received(h, result);
    result->passes = passes;
    result->rounds = rounds;
    result->deflations = deflations;
    result->stop = (dcom_stop)stop;
    result->flags = o.flags;
    result->certificate = number(certificate);
    result->certificate_bound = number(bound);
    return h->status;
}

dcom_status host_apply(host *h, const uint16_t *vectors, unsigned count, const uint16_t *weights, unsigned length,
                       unsigned outputs) {
    host_outcome o = {0};
    dcom_parameters p = dcom_defaults();
    p.rank = count, p.expansion = 1, p.outliers = 0;
    if (host_expect(h, length, outputs, count)) return h->status;
    host_two_jobs(h, weights, length, outputs, &p, CSR_COMMAND_APPLY, vectors, &o);
    if (host_run(h)) return h->status;
    judge_jobs(h, &o);
    host_await(h, &h->z_columns, count, NULL, "columns of Z");
    return host_run(h);
}

dcom_status host_counters(host *h, uint64_t counters[HOST_COUNTERS], unsigned *count) {
    *count = 0;
    host_read(h, CSR_COUNTERS, &h->counter_count);
    if (host_run(h)) return h->status;
    if (h->counter_count > HOST_COUNTERS) fail(h, "%u counters", h->counter_count);
    for (unsigned k = 0; k < 2 * h->counter_count && !h->status; k++)
        host_read(h, (uint16_t)(CSR_COUNTER + 4 * k), &h->counter_words[k]);
    if (host_run(h)) return h->status;
    *count = h->counter_count;
    for (unsigned k = 0; k < *count; k++)
        counters[k] = (uint64_t)h->counter_words[2 * k + 1] << 32 | h->counter_words[2 * k];
    return h->status;
}
