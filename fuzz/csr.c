/* csr.c - fuzz target: programs of register accesses and stream beats, on model and RTL in lockstep.
 * SPDX-License-Identifier: Apache-2.0
 *
 * An input is a program, an action after the other, a byte and its arguments each: accesses with any address, strobes
 * and delays, jobs with parameters that can be and with others, matrices of right and wrong lengths, ready and valid
 * patterns, resets, pins at random. Every register and port is compared on every clock, memories at the moments of
 * the design and at the end. And unless pins were driven at random, an access is answered soon. */
#include "fuzz.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include "../tb/lockstep.h"
#include "accelerator.h"
#include "csr_map.h"
#include "hash.h"

enum { MOST_CLOCKS = 6000, SETTLE = 64, PATIENCE = 80 }; /* PATIENCE: clocks for an access */

/* What is left of an input; 0 behind its end. */
typedef struct {
    const uint8_t *at, *end;
} bytes;

static uint8_t take(bytes *b) { return b->at < b->end ? *b->at++ : 0; }
static uint16_t take_2(bytes *b) { return (uint16_t)(take(b) | take(b) << 8); }
static uint32_t take_4(bytes *b) { return take_2(b) | (uint32_t)take_2(b) << 16; }

/* A channel that offers: in so many clocks from now, until it is taken. */
typedef struct {
    bool offered;
    unsigned delay;
} offer;

typedef struct {
    lockstep lockstep;
    const struct accelerator *model;
    dcom_accelerator_in in;
    dcom_accelerator_out out;
    offer address, data, read_address;
    bool written, read; /* until they are answered */
    bool wild;          /* pins were driven at random: the master knows no more what it waits for */
    bool differs;
    uint8_t answer_ready, stream_valid, stream_ready; /* patterns of eight clocks */
    /* the stream in: beats to come, of so many, and what they hold */
    unsigned beats, beat, last;
    uint32_t seed;
    uint8_t kind;
} bench;

/* ---- a clock ---- */

static uint16_t element(const bench *b, unsigned beat, unsigned lane) {
    const uint32_t h = hash3(b->seed, beat, lane);
    const unsigned base = b->kind & 0xFC; /* of the exponent */
    switch (b->kind & 3) {
    case 0:
        return (uint16_t)((h & 0x807F) | (base + (h >> 16 & 3)) << 7); /* of about one size */
    case 1:
        return (uint16_t)h; /* any bits, NaN and infinities too */
    case 2:
        return (uint16_t)(hash3(b->seed, beat & 1, lane) & 0x80FF) | (uint16_t)(base << 7 & 0x7F00); /* rank 2 */
    default:
        return h & 15 ? 0 : (uint16_t)(base << 7);
    }
}

static bool offers(offer *o) {
    if (!o->offered) return false;
    if (o->delay == 0) return true;
    o->delay--;
    return false;
}

static bool now(const bench *b, uint8_t pattern) { return pattern >> b->lockstep.clocks % 8 & 1; }

static void set_pins(bench *b) {
    dcom_accelerator_in *in = &b->in;
    in->axi_awvalid = offers(&b->address);
    in->axi_wvalid = offers(&b->data);
    in->axi_arvalid = offers(&b->read_address);
    in->axi_bready = in->axi_rready = now(b, b->answer_ready);
    in->m_axis_tready = now(b, b->stream_ready);
    if (b->beats > 0 && !in->s_axis_tvalid) in->s_axis_tvalid = now(b, b->stream_valid); /* then it stays */
    if (b->beats == 0) in->s_axis_tvalid = 0;
    in->s_axis_tlast = in->s_axis_tvalid && b->beat + 1 == b->last;
    for (unsigned lane = 0; in->s_axis_tvalid && lane < 8 * b->model->config.cluster_columns; lane++)
        in->s_axis_tdata[lane] = element(b, b->beat, lane);
}

/* What goes over on this clock, of the outputs before it. */
static void note_transfers(bench *b) {
    const dcom_accelerator_in *in = &b->in;
    const dcom_accelerator_out *out = &b->out;
    if (in->axi_awvalid && out->axi_awready) b->address.offered = false;
    if (in->axi_wvalid && out->axi_wready) b->data.offered = false;
    if (in->axi_arvalid && out->axi_arready) b->read_address.offered = false;
    if (in->axi_bready && out->axi_bvalid) b->written = false;
    if (in->axi_rready && out->axi_rvalid) b->read = false;
    if (in->s_axis_tvalid && out->s_axis_tready && b->beats > 0) {
        b->beat++, b->beats--;
        b->in.s_axis_tvalid = 0; /* for the next set_pins(); these pins are already taken */
    }
}

static bool over(const bench *b) { return b->differs || b->lockstep.clocks >= MOST_CLOCKS; }

static void clock_pins(bench *b) {
    const dcom_accelerator_in pins = b->in;
    note_transfers(b);
    b->differs = lockstep_clock(&b->lockstep, &pins, &b->out) != 0;
}

static void run(bench *b, unsigned clocks) {
    for (; clocks > 0 && !over(b); clocks--) {
        set_pins(b);
        clock_pins(b);
    }
}

/* ---- accesses ---- */

static bool busy(const bench *b, bool write) {
    return write ? b->address.offered || b->data.offered || b->written : b->read_address.offered || b->read;
}

/* Until the one before is answered. False: it never is, for want of a ready. */
static bool free_channel(bench *b, bool write) {
    for (unsigned n = 0; busy(b, write) && n < PATIENCE; n++)
        run(b, 1);
    FUZZ_CHECK((!busy(b, write) || b->wild || over(b) || !b->answer_ready) && "an access is answered");
    return !busy(b, write);
}

static void write_register(bench *b, uint16_t address, uint32_t data, uint8_t strobes, uint8_t delays) {
    if (!free_channel(b, true)) return;
    b->in.axi_awaddr = address & 0xFFF, b->in.axi_wdata = data, b->in.axi_wstrb = strobes & 15;
    b->address = (offer){true, delays & 15};
    b->data = (offer){true, delays >> 4};
    b->written = true;
}

static void read_register(bench *b, uint16_t address, uint8_t delay) {
    if (!free_channel(b, false)) return;
    b->in.axi_araddr = address & 0xFFF;
    b->read_address = (offer){true, delay & 15};
    b->read = true;
}

static void set_register(bench *b, uint16_t address, uint32_t data) { write_register(b, address, data, 15, 0); }

/* Registers that say something, and beside them what is in no map. */
static uint16_t some_register(uint8_t n) {
    static const uint16_t some[] = {
        CSR_TOKENS, CSR_CHANNELS,    CSR_RANK,        CSR_EXPANSION, CSR_WARMUP,      CSR_OUTLIERS, CSR_TOLERANCE,
        CSR_SEED,   CSR_STATUS,      CSR_EXACT_COUNT, CSR_FLAGS,     CSR_COMMAND,     CSR_ERROR,    CSR_JOBS,
        CSR_STOP,   CSR_CERTIFICATE, CSR_BOUND,       CSR_PASSES,    CSR_EXACT_TOKEN, CSR_COUNTER,  CSR_COUNTERS};
    enum { SOME = sizeof some / sizeof *some };
    return n < SOME  ? some[n]
           : n < 128 ? (uint16_t)(CSR_EXACT_TOKEN + n % 8 * 4)
                     : (uint16_t)(CSR_COUNTER + n % 128 * 4);
}

/* ---- actions ---- */

static void send(bench *b, unsigned beats, unsigned last, uint8_t kind, uint32_t seed) {
    b->beats = beats, b->beat = 0, b->last = last, b->kind = kind, b->seed = seed;
    b->in.s_axis_tvalid = 0;
}

static void load(bench *b, bytes *p) {
    const unsigned tokens = take(p) % 32 + 1, channels = take(p) % 32 + 1, more = take(p), width = 8;
    set_register(b, CSR_TOKENS, tokens);
    set_register(b, CSR_CHANNELS, channels);
    set_register(b, CSR_OUTLIERS, more % channels);
    if (more & 128) set_register(b, CSR_EXACT_COUNT, 1), set_register(b, CSR_EXACT_TOKEN, more % tokens);
    set_register(b, CSR_COMMAND, CSR_COMMAND_LOAD);
    const unsigned beats = tokens * ((channels + width - 1) / width);
    const uint8_t kind = take(p);
    send(b, beats, beats, kind, take(p));
}

static void job(bench *b, bytes *p) {
    const uint8_t which = take(p), rank = take(p);
    set_register(b, CSR_RANK, rank % 16 + 1u);
    set_register(b, CSR_EXPANSION, 1u << which % 4);
    set_register(b, CSR_WARMUP, which >> 2 & 1);
    if (which & 8) set_register(b, CSR_TOLERANCE, (uint32_t)take(p) << 22);
    const uint32_t command = which >> 4 & 7 ? which >> 4 & 7 : CSR_COMMAND_DECOMPOSE;
    set_register(b, CSR_COMMAND, command);
    if (command == CSR_COMMAND_APPLY || command == CSR_COMMAND_PASS_TRANSPOSE ||
        command == CSR_COMMAND_PASS_FORWARD) {
        const unsigned beats = take(p);
        send(b, beats, beats - (which >> 7), 120, which);
    }
}

static void wild_pins(bench *b, bytes *p) {
    const uint16_t bits = take_2(p);
    dcom_accelerator_in *in = &b->in;
    uint8_t *const pins[] = {&in->axi_awvalid,  &in->axi_wvalid,    &in->axi_bready,
                             &in->axi_arvalid,  &in->axi_rready,    &in->s_axis_tvalid,
                             &in->s_axis_tlast, &in->m_axis_tready, &in->rst};
    for (unsigned k = 0; k < sizeof pins / sizeof *pins; k++)
        *pins[k] = bits >> k & 1;
    in->axi_awaddr = take_2(p) & 0xFFF, in->axi_araddr = take_2(p) & 0xFFF;
    in->axi_wdata = take_4(p), in->axi_wstrb = bits >> 12;
    for (unsigned lane = 0; lane < 8; lane++)
        in->s_axis_tdata[lane] = (uint16_t)hash3(bits, lane, in->axi_wdata);
    b->wild = true;
    clock_pins(b);
    in->rst = 0;
}

static void reset(bench *b, unsigned clocks) {
    b->in.rst = 1;
    b->address.offered = b->data.offered = b->read_address.offered = b->written = b->read = b->wild = false;
    b->beats = 0;
    run(b, clocks);
    b->in.rst = 0;
}

static void act(bench *b, bytes *p) {
    uint32_t value;
    uint16_t address;
    uint8_t some, delays;
    switch (take(p) % 16) {
    case 0:
        run(b, take(p) + 1u);
        break;
    case 1:
        run(b, 16 * (take(p) + 1u));
        break;
    case 2:
        address = some_register(take(p));
        some = take(p);
        value = some < 0xC0 ? some : take_4(p);
        write_register(b, address, value, 15, take(p));
        break;
    case 3:
        address = take_2(p), value = take_4(p), some = take(p), delays = take(p);
        write_register(b, address, value, some, delays);
        break;
    case 4:
        address = some_register(take(p)), read_register(b, address, take(p));
        break;
    case 5:
        address = take_2(p), read_register(b, address, (uint8_t)(address >> 12));
        break;
    case 6:
        write_register(b, CSR_COMMAND, take(p), 15, 0);
        break;
    case 7:
        load(b, p);
        break;
    case 8:
        job(b, p);
        break;
    case 9:
        some = take(p), delays = take(p), send(b, some, delays, take(p), some);
        break;
    case 10:
        b->stream_valid = take(p);
        break;
    case 11:
        b->stream_ready = take(p);
        break;
    case 12:
        b->answer_ready = take(p);
        break;
    case 13:
        reset(b, take(p) % 4 + 1u);
        break;
    case 14:
        wild_pins(b, p);
        break;
    case 15: /* until all is done */
        for (unsigned n = 0; n < MOST_CLOCKS / 2 && b->model->csr.running_q && !over(b); n++)
            run(b, 1);
        break;
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    static bench b; /* made anew for each input; its cache lines need to be aligned */
    char message[256], name[160];
    dcom_config config;
    bytes p = {data, data + size};
    memset(&b, 0, sizeof b);
    FUZZ_CHECK(!dcom_config_named("tiny", &config, message));
    FUZZ_CHECK(!lockstep_open(&b.lockstep, &accelerator_design, &config, message));
    b.lockstep.mode = LOCKSTEP_EXACT;
    b.model = b.lockstep.model;
    b.answer_ready = b.stream_valid = b.stream_ready = 0xFF;
    reset(&b, 2);
    while (p.at < p.end && !over(&b))
        act(&b, &p);
    run(&b, SETTLE);
    if (lockstep_finish(&b.lockstep)) {
        const comparator_pair *d = b.lockstep.diverged;
        snprintf(message, sizeof message, "model and RTL differ at clock %" PRIu64 ": %s[%u]",
                 b.lockstep.diverged_clock, d ? correspondence_name(&b.lockstep.table, d, name) : "?",
                 b.lockstep.diverged_word);
        fuzz_fail(__FILE__, __LINE__, message);
    }
    FUZZ_CHECK(b.lockstep.table.registers.checks >= b.lockstep.clocks && b.lockstep.table.memories.checks > 0);
    lockstep_close(&b.lockstep);
    return 0;
}
