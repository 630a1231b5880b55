/* mock_accelerator.c - the accelerator as its host sees it. SPDX-License-Identifier: Apache-2.0 */
#include "mock_accelerator.h"
#include "../cmodel/csr.h"

#include <stdlib.h>
#include <string.h>

enum { LANES = 8 };

static uint32_t *at(mock *m, unsigned address) { return &m->word[address / 4]; }
static uint32_t job(const mock *m, unsigned address) { return m->job[address / 4]; }
static bool go(const mock *m, unsigned rate, unsigned port) { return stall_go(rate, m->seed, m->clocks, port); }

void mock_init(mock *m, const dcom_config *config, stall_profile stall, uint32_t seed) {
    memset(m, 0, sizeof *m);
    m->config = *config;
    m->stall = stall;
    m->seed = seed;
    m->beat = calloc(MOCK_BEATS, sizeof *m->beat);
    dcom_create(config, &m->context);
    *at(m, CSR_STATUS) = 1 << CSR_STATUS_IDLE;
    *at(m, CSR_COUNTERS) = 5;
}

void mock_release(mock *m) {
    dcom_destroy(m->context);
    free(m->a), free(m->vectors), free(m->beat);
}

/* ---- packets ---- */

static void send(mock *m, unsigned user, const uint16_t data[8], bool last) {
    mock_beat *b = &m->beat[m->beats++];
    memcpy(b->data, data, sizeof b->data);
    b->user = (uint8_t)user;
    b->last = last;
}

static uint16_t bf16(float x) {
    uint32_t bits;
    memcpy(&bits, &x, sizeof bits);
    return (uint16_t)(bits >> 16);
}

static void send_block(mock *m, unsigned user, const float *x, unsigned rows, unsigned rank, unsigned first,
                       unsigned columns) {
    const bool late = m->fault == MOCK_LATE_LAST && user == PACKET_V;
    for (unsigned r = 0; r < rows + late; r++) {
        uint16_t data[8] = {0};
        for (unsigned e = 0; e < columns && r < rows; e++)
            data[e] = bf16(x[(size_t)r * rank + first + e]);
        if (m->fault == MOCK_EXTRA_LANE && user == PACKET_P && columns < LANES) data[columns] = 0x3F80;
        send(m, user, data, r + 1 == rows + late);
    }
}

static dcom_status decompose(mock *m, dcom_parameters p, dcom_result *r) {
    return dcom_decompose(m->context, m->a, job(m, CSR_TOKENS), job(m, CSR_CHANNELS), &p, r);
}

static dcom_status result_of_job(mock *m, dcom_result *r) {
    dcom_parameters p = {.rank = job(m, CSR_RANK),
                         .expansion = job(m, CSR_EXPANSION),
                         .warmup = job(m, CSR_WARMUP),
                         .outliers = job(m, CSR_OUTLIERS),
                         .exact_tokens = &m->job[CSR_EXACT_TOKEN / 4],
                         .exact_token_count = job(m, CSR_EXACT_COUNT),
                         .seed = job(m, CSR_SEED)};
    float tolerance;
    memcpy(&tolerance, &m->job[CSR_TOLERANCE / 4], sizeof tolerance);
    p.tolerance = (double)tolerance;
    return decompose(m, p, r);
}

static void send_outliers(mock *m) {
    const unsigned width = 8 * m->config.cluster_columns, channels = job(m, CSR_CHANNELS);
    dcom_result r;
    unsigned n = 0;
    if (result_of_job(m, &r)) r.outlier_count = 0;
    for (unsigned from = 0; from < channels; from += width) {
        uint16_t data[8] = {0};
        for (; n < r.outlier_count && (unsigned)r.outliers[n] < from + width; n++)
            data[((unsigned)r.outliers[n] - from) / 16] |= (uint16_t)(1u << ((unsigned)r.outliers[n] - from) % 16);
        send(m, PACKET_OUTLIERS, data, from + width >= channels);
    }
}

static uint32_t bits_of(double x) {
    const float f = (float)x;
    uint32_t bits;
    memcpy(&bits, &f, sizeof bits);
    return bits;
}

static void send_results(mock *m) {
    const unsigned lanes = job(m, CSR_EXPANSION);
    dcom_result r = {0};
    if (result_of_job(m, &r)) return;
    /* blocks that are narrower than E in turn, as deflation leaves them */
    unsigned less = m->fault == MOCK_LESS_RANK;
    for (unsigned first = 0, n = 0; first < r.rank; n++) {
        unsigned columns = n % 2 && lanes > 1 ? lanes - 1 : lanes;
        if (columns > r.rank - first) columns = r.rank - first;
        send_block(m, PACKET_V, r.v, r.channels, r.rank, first, columns);
        const bool last = m->fault == MOCK_LAST_V && first + columns == r.rank;
        if (last) less = columns;
        for (unsigned k = m->fault == MOCK_LOSES_P || last ? 0 : m->fault == MOCK_TWO_P ? 2 : 1; k > 0; k--)
            send_block(m, PACKET_P, r.p, r.tokens, r.rank, first, columns);
        first += columns;
    }
    if (m->fault == MOCK_MORE_BEAT) send(m, PACKET_V, (const uint16_t[8]){0}, false);
    *at(m, CSR_STOP) = r.stop;
    *at(m, CSR_RESULT_RANK) = r.rank - less;
    *at(m, CSR_PASSES) = r.passes;
    *at(m, CSR_ROUNDS) = r.rounds;
    *at(m, CSR_DEFLATIONS) = r.deflations;
    *at(m, CSR_CERTIFICATE) = bits_of(r.certificate);
    *at(m, CSR_BOUND) = bits_of(r.certificate_bound);
    *at(m, CSR_FLAGS) |= r.flags;
}

/* Z = vectors times what was loaded. */
static void send_product(mock *m) {
    const unsigned length = job(m, CSR_TOKENS), outputs = job(m, CSR_CHANNELS), count = job(m, CSR_RANK);
    uint16_t *turned = calloc((size_t)length * outputs, sizeof *turned),
             *z = calloc((size_t)count * outputs, sizeof *z);
    for (unsigned t = 0; t < length; t++)
        for (unsigned o = 0; o < outputs; o++)
            turned[(size_t)o * length + t] = m->a[(size_t)t * outputs + o];
    dcom_apply(m->context, m->vectors, count, length, turned, outputs, NULL, z, NULL);
    for (unsigned first = 0; first < count; first += LANES)
        for (unsigned o = 0; o < outputs; o++) {
            uint16_t data[8] = {0};
            for (unsigned e = 0; e < LANES && first + e < count; e++)
                data[e] = z[(size_t)(first + e) * outputs + o];
            send(m, PACKET_Z, data, o + 1 == outputs);
        }
    free(turned), free(z);
}

/* ---- jobs ---- */

static void start(mock *m, unsigned command, const uint32_t *parameters) {
    memcpy(m->job, parameters, sizeof m->job);
    m->command = command;
    m->beats_in = m->beats = m->sent = 0;
    m->delay = 20;
    *at(m, CSR_STATUS) = 1 << CSR_STATUS_BUSY;
    const size_t size = (size_t)job(m, CSR_TOKENS) * job(m, CSR_CHANNELS);
    if (command == CSR_COMMAND_LOAD) free(m->a), m->a = calloc(size, sizeof *m->a);
    if (command == CSR_COMMAND_APPLY)
        free(m->vectors), m->vectors = calloc((size_t)job(m, CSR_TOKENS) * job(m, CSR_RANK), sizeof *m->vectors);
    if (command == CSR_COMMAND_DECOMPOSE) send_results(m);
}

static bool aborts(const mock *m) { return m->fault == MOCK_ABORTS || m->fault == MOCK_NOT_DONE; }

static void end(mock *m, bool done) {
    m->command = 0;
    *at(m, CSR_STATUS) = 1 << (done ? CSR_STATUS_DONE : CSR_STATUS_ABORTED) | 1 << CSR_STATUS_IDLE;
    *at(m, CSR_JOBS) += done || m->fault == MOCK_NOT_DONE;
    if (m->queued_command) {
        const unsigned command = m->queued_command;
        m->queued_command = 0;
        start(m, command, m->queued);
    }
}

static void take_beat(mock *m, const dcom_accelerator_in *in) {
    const unsigned tokens = job(m, CSR_TOKENS), channels = job(m, CSR_CHANNELS), n = m->beats_in++;
    if (m->command == CSR_COMMAND_LOAD) {
        const unsigned width = 8 * m->config.cluster_columns, beats = (channels + width - 1) / width;
        for (unsigned k = 0; k < width && n % beats * width + k < channels; k++)
            m->a[(size_t)(n / beats) * channels + n % beats * width + k] = in->s_axis_tdata[k];
        if (in->s_axis_tlast != (m->beats_in == tokens * beats))
            end(m, false);
        else if (in->s_axis_tlast)
            for (int k = 0; k <= (m->fault == MOCK_TWO_TRACKS); k++)
                send_outliers(m);
    } else {
        const unsigned count = job(m, CSR_RANK);
        for (unsigned e = 0; e < LANES && n / tokens * LANES + e < count; e++)
            m->vectors[(size_t)(n / tokens * LANES + e) * tokens + n % tokens] = in->s_axis_tdata[e];
        if (in->s_axis_tlast != (m->beats_in == (count + LANES - 1) / LANES * tokens))
            end(m, false);
        else if (in->s_axis_tlast)
            send_product(m);
    }
}

/* Whether the running job takes a beat. */
static bool takes(const mock *m) {
    return (m->command == CSR_COMMAND_LOAD || m->command == CSR_COMMAND_APPLY) && m->beats == 0 &&
           (m->fault != MOCK_STUCK || m->beats_in < 5);
}

/* The answer to a write. */
static unsigned write_register(mock *m, unsigned address, uint32_t value) {
    if (address == CSR_COMMAND) {
        if (job(m, CSR_TOKENS) > 1u << 16 || m->word[CSR_RANK / 4] == 0 || m->queued_command) return CSR_SLVERR;
        if (m->command) {
            m->queued_command = value;
            memcpy(m->queued, m->word, sizeof m->queued);
            *at(m, CSR_STATUS) |= 1 << CSR_STATUS_QUEUED;
        } else {
            start(m, value, m->word);
        }
        return CSR_OKAY;
    }
    if (address == CSR_FLAGS) return *at(m, address) &= ~value, CSR_OKAY;
    if (address < CSR_TOKENS || address > CSR_EXACT_TOKEN + 28) return CSR_SLVERR;
    if (address == CSR_EXPANSION && value > 15) return CSR_SLVERR;
    *at(m, address) = value;
    return CSR_OKAY;
}

static uint32_t read_register(mock *m, unsigned address) {
    if (address < CSR_COUNTER) return *at(m, address);
    if (address % 8 == 0) m->high = address / 8;
    return address % 8 ? m->high : 1000 * (address / 8);
}

void mock_step(mock *m, const dcom_accelerator_in *in) {
    const dcom_accelerator_out was = m->out;
    dcom_accelerator_out *o = &m->out;
    m->clocks++;
    /* AXI-Lite */
    if (in->axi_awvalid && was.axi_awready) m->aw_held = 1, m->awaddr = in->axi_awaddr;
    if (in->axi_wvalid && was.axi_wready) m->w_held = 1, m->wdata = in->axi_wdata;
    if (was.axi_bvalid && in->axi_bready) o->axi_bvalid = 0;
    if (m->aw_held && m->w_held && !o->axi_bvalid && go(m, m->stall.command, 100)) {
        o->axi_bvalid = 1;
        o->axi_bresp = (uint8_t)write_register(m, m->awaddr, m->wdata);
        m->aw_held = m->w_held = 0;
    }
    if (in->axi_arvalid && was.axi_arready) m->ar_held = 1, m->araddr = in->axi_araddr;
    if (was.axi_rvalid && in->axi_rready) o->axi_rvalid = 0;
    if (m->ar_held && !o->axi_rvalid && go(m, m->stall.command, 101) &&
        !(m->fault == MOCK_SILENT && m->araddr == CSR_JOBS)) {
        o->axi_rvalid = 1;
        o->axi_rdata = read_register(m, m->araddr);
        o->axi_rresp = m->araddr > CSR_BOUND && m->araddr < CSR_COUNTER ? CSR_SLVERR : CSR_OKAY;
        m->ar_held = 0;
    }
    o->axi_awready = !m->aw_held && go(m, m->stall.command, 102);
    o->axi_wready = !m->w_held && go(m, m->stall.command, 103);
    o->axi_arready = !m->ar_held && !o->axi_rvalid && go(m, m->stall.command, 104);
    /* streams */
    if (in->s_axis_tvalid && was.s_axis_tready) take_beat(m, in);
    o->s_axis_tready = takes(m) && go(m, m->stall.write, 105);
    if (was.m_axis_tvalid && in->m_axis_tready) o->m_axis_tvalid = 0, m->sent++;
    if (o->m_axis_tvalid && m->fault == MOCK_UNSTABLE) o->m_axis_tdata[0]++;
    if (!o->m_axis_tvalid && m->sent < m->beats && go(m, m->stall.result, 106)) {
        const mock_beat *b = &m->beat[m->sent];
        o->m_axis_tvalid = 1;
        o->m_axis_tlast = b->last;
        o->m_axis_tuser = b->user;
        memcpy(o->m_axis_tdata, b->data, sizeof o->m_axis_tdata);
    }
    /* the end of a job; its last beats may still be waiting */
    if (m->command && !takes(m) && m->beats && m->sent + 1 >= m->beats && m->delay-- == 0)
        m->sent == m->beats ? end(m, !aborts(m) || m->command != CSR_COMMAND_DECOMPOSE) : (void)(m->delay = 0);
    else if (m->command == CSR_COMMAND_DECOMPOSE && !m->beats)
        end(m, !aborts(m));
    if (in->rst) memset(o, 0, sizeof *o), m->aw_held = m->w_held = m->ar_held = 0;
}
