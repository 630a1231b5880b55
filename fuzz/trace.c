/* trace.c - fuzz target: the per-clock trace. SPDX-License-Identifier: Apache-2.0
 *
 * An input that begins as a trace is one as it is. Of any other the first byte says what the rest is: clocks, that
 * are written, read again and found equal, and refused when a bit is turned or the end cut off; or blocks of records
 * with parity and checks put right, which would keep everything else out. */
#include "fuzz.h"
#include "trace.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { FOOTER = 18, MOST_BYTES = 1 << 16, MOST_BLOCKS = 8 }; /* FOOTER: what a trace without clocks has at its end */

static const unsigned columns = 1; /* of the configuration */

typedef struct {
    bool input;
    size_t offset, size;
    unsigned bits;
} signal;

/* What is left of an input; 0 behind its end. */
typedef struct {
    const uint8_t *at, *end;
} bytes;

static uint8_t take(bytes *b) { return b->at < b->end ? *b->at++ : 0; }

/* ---- clocks, written and read ---- */

static void set_signal(unsigned id, bytes *b, dcom_accelerator_in *in, dcom_accelerator_out *out) {
    const signal signals[] = {
#define IN(name, bits) {true, offsetof(dcom_accelerator_in, name), sizeof(((dcom_accelerator_in *)0)->name), bits},
#define OUT(name, bits)                                                                                              \
    {false, offsetof(dcom_accelerator_out, name), sizeof(((dcom_accelerator_out *)0)->name), bits},
        TRACE_SIGNALS(IN, OUT)};
    const signal *s = &signals[id % (sizeof signals / sizeof *signals)];
    uint8_t *field = (s->input ? (uint8_t *)in : (uint8_t *)out) + s->offset;
    const unsigned count = (s->bits + 7) / 8;
    for (unsigned k = 0; k < count; k++)
        field[k] = take(b);
    if (s->bits % 8) field[count - 1] &= (uint8_t)((1 << s->bits % 8) - 1);
}

/* The file's bytes, the caller's. */
static uint8_t *contents(const char *path, size_t *size) {
    FILE *file = fopen(path, "rb");
    uint8_t *all = malloc(MOST_BYTES);
    FUZZ_CHECK(file && all);
    *size = fread(all, 1, MOST_BYTES, file);
    fclose(file);
    return all;
}

/* Reads all of it: clocks, or -1 and a message. */
static int read_all(const char *path, const dcom_config *config, char message[256]) {
    dcom_accelerator_in in;
    dcom_accelerator_out out;
    int more = -1, clocks = 0;
    trace_reader *r = trace_open(path, config, message);
    fuzz_check_message(message, !r, path);
    while (r && (more = trace_next(r, &in, &out, message)) > 0)
        clocks++;
    if (r && more < 0) fuzz_check_message(message, true, path);
    if (r && !more) FUZZ_CHECK((uint64_t)clocks == trace_clocks(r));
    trace_close(r);
    return more < 0 ? -1 : clocks;
}

static void damage(const char *path, const dcom_config *config, bytes *b) {
    char message[256];
    size_t size;
    uint8_t *file = contents(path, &size);
    const size_t at = (take(b) | (size_t)take(b) << 8) % size;
    if (take(b) & 1)
        size = at;
    else
        file[at] ^= (uint8_t)(1 << (take(b) & 7));
    FUZZ_CHECK(read_all(fuzz_file(file, size), config, message) < 0 && "damage is refused");
    free(file);
}

static void write_and_read(bytes *b, const dcom_config *config) {
    char message[256];
    const char *path = fuzz_file("", 0);
    const uint8_t *const begin = b->at;
    dcom_accelerator_in in = {0}, got_in;
    dcom_accelerator_out out = {0}, got_out;
    trace_writer *w = trace_create(path, config, message);
    FUZZ_CHECK(w);
    uint64_t clocks = 0, bytes_of;
    while (b->at < b->end && clocks < TRACE_BLOCK + 64) { /* 27 signals, some more of them; then clocks that pass */
        const uint8_t op = take(b);
        if (op < 128)
            set_signal(op, b, &in, &out);
        else
            for (unsigned n = op & 127; n-- > 0; clocks++)
                FUZZ_CHECK(!trace_put(w, &in, &out));
    }
    FUZZ_CHECK(!trace_finish(w, NULL, &bytes_of, message) && bytes_of < MOST_BYTES);
    /* the same once more, beside what was stored */
    bytes again = {begin, b->end};
    trace_reader *r = trace_open(path, config, message);
    FUZZ_CHECK(r && trace_clocks(r) == clocks);
    in = (dcom_accelerator_in){0}, out = (dcom_accelerator_out){0};
    for (uint64_t clock = 0; clock < clocks;) {
        const uint8_t op = take(&again);
        if (op < 128) set_signal(op, &again, &in, &out);
        for (unsigned n = op < 128 ? 0 : op & 127; n-- > 0; clock++) {
            FUZZ_CHECK(trace_next(r, &got_in, &got_out, message) == 1);
            FUZZ_CHECK(!trace_difference(config, &out, &got_out, message));
            FUZZ_CHECK(!memcmp(&in, &got_in, sizeof in));
        }
    }
    FUZZ_CHECK(trace_next(r, &got_in, &got_out, message) == 0);
    trace_close(r);
    b->at = begin;
    damage(path, config, b);
}

/* ---- records of any kind, their checks put right ---- */

typedef struct {
    uint8_t *byte;
    size_t count;
    uint8_t crc;
} image;

static void put(image *to, uint8_t byte) {
    to->crc ^= byte;
    for (unsigned k = 0; k < 8; k++)
        to->crc = (uint8_t)(to->crc << 1 ^ (to->crc & 128 ? 7 : 0));
    to->byte[to->count++] = byte;
}

static void put_odd(image *to, uint8_t byte) {
    const uint8_t low = byte & 127;
    put(to, (uint8_t)(low | (__builtin_parity(low) ? 0 : 128)));
}

static void put_check(image *to) { to->byte[to->count++] = to->crc; }

static void put_number(image *to, uint64_t x, unsigned count) {
    for (unsigned k = 0; k < count; k++)
        put(to, (uint8_t)(x >> 8 * k));
}

/* A block: an op is a byte that goes as it is, a step, an entry with its value, or its end. */
static void put_block(image *to, bytes *b) {
    to->crc = 0;
    put(to, 'B');
    while (b->at < b->end) {
        const uint8_t op = take(b);
        if (op < 8) {
            put(to, take(b));
        } else if (op < 64) {
            put_odd(to, take(b));
        } else if (op < 192) {
            put_odd(to, take(b));
            const unsigned count = op % 32;
            for (unsigned k = 0; k < count; k++)
                put(to, take(b));
            if (count) put_check(to);
        } else {
            put_odd(to, 0);
            put_number(to, op < 224 ? op % 32u : (unsigned)take(b) << 8 | take(b), 2);
            put_check(to);
            return;
        }
    }
}

static void read_records(bytes *b, const dcom_config *config) {
    char message[256];
    const char *path = fuzz_file("", 0);
    trace_writer *w = trace_create(path, config, message);
    FUZZ_CHECK(w && !trace_finish(w, NULL, NULL, message));
    size_t size;
    image to = {.byte = contents(path, &size)};
    FUZZ_CHECK(size > FOOTER && size + 4 * (size_t)(b->end - b->at) + 1024 < MOST_BYTES);
    to.count = size - FOOTER;
    uint64_t offset[MOST_BLOCKS], clocks = (uint64_t)take(b) << 8 | take(b);
    unsigned blocks = 0;
    for (unsigned wanted = take(b) % MOST_BLOCKS + 1u; blocks < wanted && b->at < b->end; blocks++) {
        offset[blocks] = to.count;
        put_block(&to, b);
    }
    to.crc = 0;
    put(&to, 'I');
    for (unsigned k = 0; k < blocks; k++)
        put_number(&to, offset[k], 8);
    put_number(&to, clocks, 8);
    put_check(&to);
    memcpy(to.byte + to.count, "DCOMEND\n", 8);
    read_all(fuzz_file(to.byte, to.count + 8), config, message);
    free(to.byte);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    char message[256];
    dcom_config config;
    bytes b = {data, data + size};
    FUZZ_CHECK(!dcom_config_named("tiny", &config, message) && config.cluster_columns == columns);
    if (size > 4096) return 0;
    if (size >= 4 && !memcmp(data, "DCOM", 4))
        read_all(fuzz_file(data, size), &config, message);
    else if (take(&b) & 1)
        read_records(&b, &config);
    else
        write_and_read(&b, &config);
    return 0;
}
