/* trace.c - the per-clock trace of the accelerator's ports. Format: docs/trace.md.
 * SPDX-License-Identifier: Apache-2.0 */
#include "trace.h"

#include <inttypes.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "config_parse.h"

/* ---- the table of signals ---- */

#define COUNT(name, bits) +1
enum { SIGNALS = 0 TRACE_SIGNALS(COUNT, COUNT), COLUMNS_MAX = 16, VALUE_MAX = 16 * COLUMNS_MAX };

typedef struct {
    const char *name;
    bool input;
    size_t offset, size; /* in dcom_accelerator_in or _out */
} signal;

static const signal signals[SIGNALS] = {
#define IN(name, bits) {#name, true, offsetof(dcom_accelerator_in, name), sizeof(((dcom_accelerator_in *)0)->name)},
#define OUT(name, bits)                                                                                              \
    {#name, false, offsetof(dcom_accelerator_out, name), sizeof(((dcom_accelerator_out *)0)->name)},
    TRACE_SIGNALS(IN, OUT)
#undef IN
#undef OUT
};

static unsigned width(unsigned id, unsigned columns) {
#define WIDTH(name, bits) bits,
    const unsigned widths[SIGNALS] = {TRACE_SIGNALS(WIDTH, WIDTH)};
#undef WIDTH
    return widths[id];
}

/* What the ports hold on one clock. */
typedef struct {
    dcom_accelerator_in in;
    dcom_accelerator_out out;
} ports;

/* The size of an element: a field is a number, or an array of uint16_t. */
static size_t element(const signal *s) { return s->size > sizeof(uint32_t) ? sizeof(uint16_t) : s->size; }

/* The value of a signal as bytes, the lowest first, whatever the host's byte order is; and back. */
static void get_bytes(const signal *s, const ports *p, uint8_t *bytes, unsigned count) {
    const uint8_t *field = (s->input ? (const uint8_t *)&p->in : (const uint8_t *)&p->out) + s->offset;
    const size_t size = element(s);
    for (unsigned k = 0; k < count; k += (unsigned)size) {
        uint32_t x;
        uint16_t half;
        if (size == 4)
            memcpy(&x, field, sizeof x);
        else if (size == 2)
            memcpy(&half, field + k, sizeof half), x = half;
        else
            x = *field;
        for (unsigned b = 0; b < size; b++)
            bytes[k + b] = (uint8_t)(x >> 8 * b);
    }
}

static void set_bytes(const signal *s, ports *p, const uint8_t *bytes, unsigned count) {
    uint8_t *field = (s->input ? (uint8_t *)&p->in : (uint8_t *)&p->out) + s->offset;
    const size_t size = element(s);
    for (unsigned k = 0; k < count; k += (unsigned)size) {
        uint32_t x = 0;
        for (unsigned b = 0; b < size; b++)
            x |= (uint32_t)bytes[k + b] << 8 * b;
        const uint16_t half = (uint16_t)x;
        if (size == 4)
            memcpy(field, &x, sizeof x);
        else if (size == 2)
            memcpy(field + k, &half, sizeof half);
        else
            *field = (uint8_t)x;
    }
}

const char *trace_difference(const dcom_config *config, const dcom_accelerator_out *expected,
                             const dcom_accelerator_out *got, char message[256]) {
    const ports a = {.out = *expected}, b = {.out = *got};
    for (unsigned id = 0; id < SIGNALS; id++) {
        const signal *s = &signals[id];
        const unsigned count = (width(id, config->cluster_columns) + 7) / 8;
        uint8_t x[VALUE_MAX], y[VALUE_MAX];
        char hex[2][2 * 16 + 1]; /* no output is wider */
        if (s->input) continue;
        get_bytes(s, &a, x, count);
        get_bytes(s, &b, y, count);
        if (!memcmp(x, y, count)) continue;
        for (unsigned k = 0; k < count; k++) {
            snprintf(hex[0] + 2 * k, 3, "%02x", x[count - 1 - k]);
            snprintf(hex[1] + 2 * k, 3, "%02x", y[count - 1 - k]);
        }
        snprintf(message, 256, "%s: expected %s, got %s", s->name, hex[0], hex[1]);
        return s->name;
    }
    return NULL;
}

/* ---- bytes ---- */

enum {
    NAME_BYTES = 16,
    FIXED_BYTES = 8 + 4 * (3 + 8 + 2),
    SIGNAL_BYTES = NAME_BYTES + 1 + 2,
    HEADER_BYTES = FIXED_BYTES + SIGNALS * SIGNAL_BYTES + 1,
    FOOTER_BYTES = 8 + 1 + 8, /* clocks, check, magic; before it an offset for each block */
    TAG_BLOCK = 'B',
    TAG_INDEX = 'I',
    STEP_MORE = 0x40, /* another byte of the step follows */
    ENTRY_VALUE = 0x20,
    ENTRY_LAST = 0x40, /* of its record */
    PARITY = 0x80
};
static const char magic[9] = "DCOMTRC\n", end_magic[9] = "DCOMEND\n";

/* CRC-8, polynomial 0x107, highest bit first, from 0. */
static uint8_t check(uint8_t crc, const uint8_t *bytes, size_t count) {
    static const uint8_t by_nibble[16] = {0x00, 0x07, 0x0E, 0x09, 0x1C, 0x1B, 0x12, 0x15,
                                          0x38, 0x3F, 0x36, 0x31, 0x24, 0x23, 0x2A, 0x2D};
    for (size_t k = 0; k < count; k++) {
        crc ^= bytes[k];
        crc = (uint8_t)(crc << 4 ^ by_nibble[crc >> 4]);
        crc = (uint8_t)(crc << 4 ^ by_nibble[crc >> 4]);
    }
    return crc;
}

/* With its highest bit such that an odd number of bits is set: a step or the head of an entry. */
static uint8_t odd(unsigned low) { return (uint8_t)(__builtin_parity(low) ? low : low | PARITY); }

static void put_number(uint8_t *to, uint64_t x, unsigned bytes) {
    for (unsigned k = 0; k < bytes; k++)
        to[k] = (uint8_t)(x >> 8 * k);
}

static uint64_t number(const uint8_t *from, unsigned bytes) {
    uint64_t x = 0;
    for (unsigned k = 0; k < bytes; k++)
        x |= (uint64_t)from[k] << 8 * k;
    return x;
}

static void make_header(const dcom_config *config, uint8_t header[HEADER_BYTES]) {
    uint8_t *at = header + 8;
    const config_field *field;
    memset(header, 0, HEADER_BYTES);
    memcpy(header, magic, 8);
    put_number(at, TRACE_VERSION, 4), at += 4;
    put_number(at, DCOM_NUMERIC_CONTRACT, 4), at += 4;
    put_number(at, dcom_config_id(config), 4), at += 4;
    for (unsigned k = 0; (field = config_field_at(k)); k++, at += 4)
        put_number(at, config_value(config, field), 4);
    put_number(at, TRACE_BLOCK, 4), at += 4;
    put_number(at, SIGNALS, 4), at += 4;
    for (unsigned id = 0; id < SIGNALS; id++, at += SIGNAL_BYTES) {
        memcpy(at, signals[id].name, strlen(signals[id].name));
        at[NAME_BYTES] = signals[id].input ? 'i' : 'o';
        put_number(at + NAME_BYTES + 1, width(id, config->cluster_columns), 2);
    }
    *at = check(0, header, HEADER_BYTES - 1);
}

/* ---- writing ---- */

struct trace_writer {
    FILE *file;
    char *path;
    unsigned columns;
    uint64_t clocks, bytes;
    unsigned step; /* clocks since the last record or since the block began */
    uint8_t crc;
    ports last;
    uint64_t *offsets; /* of the blocks begun */
    size_t blocks, room;
    bool failed;
    char message[256];
};

static int __attribute__((format(printf, 2, 3))) refuse(trace_writer *w, const char *format, ...) {
    va_list list;
    if (w->failed) return -1;
    w->failed = true;
    const int n = snprintf(w->message, sizeof w->message, "%.120s: ", w->path);
    va_start(list, format);
    vsnprintf(w->message + n, sizeof w->message - (size_t)n, format, list);
    va_end(list);
    return -1;
}

static int emit(trace_writer *w, const uint8_t *bytes, size_t count) {
    if (fwrite(bytes, 1, count, w->file) != count) return refuse(w, "%m");
    w->bytes += count;
    return 0;
}

trace_writer *trace_create(const char *path, const dcom_config *config, char message[256]) {
    uint8_t header[HEADER_BYTES];
    trace_writer *w = calloc(1, sizeof *w);
    message[0] = 0;
    if (w) w->path = strdup(path);
    if (!w || !w->path) {
        snprintf(message, 256, "%.200s: out of memory", path);
        trace_abandon(w);
        return NULL;
    }
    w->columns = config->cluster_columns;
    w->file = w->columns <= COLUMNS_MAX ? fopen(path, "wb") : NULL;
    if (!w->file) refuse(w, w->columns <= COLUMNS_MAX ? "%m" : "too many cluster columns");
    make_header(config, header);
    if (w->failed || emit(w, header, sizeof header)) {
        memcpy(message, w->message, 256);
        trace_abandon(w);
        return NULL;
    }
    return w;
}

static int begin_block(trace_writer *w) {
    const uint8_t tag = TAG_BLOCK;
    if (w->blocks == w->room) {
        const size_t room = w->room ? 2 * w->room : 64;
        uint64_t *offsets = realloc(w->offsets, room * sizeof *offsets);
        if (!offsets) return refuse(w, "out of memory");
        w->offsets = offsets;
        w->room = room;
    }
    w->offsets[w->blocks++] = w->bytes;
    memset(&w->last, 0, sizeof w->last);
    w->step = 0;
    w->crc = check(0, &tag, 1);
    return emit(w, &tag, 1);
}

static int end_block(trace_writer *w, unsigned clocks) {
    uint8_t end[4] = {odd(0)};
    put_number(end + 1, clocks, 2);
    end[3] = check(w->crc, end, 3);
    return emit(w, end, sizeof end);
}

/* The entry of signal `id` at `to`, if its value is not the last one; the bytes it has. */
static unsigned put_entry(trace_writer *w, const ports *p, unsigned id, uint8_t *to) {
    const signal *s = &signals[id];
    const unsigned bits = width(id, w->columns), bytes = (bits + 7) / 8;
    const size_t at = s->offset + (s->input ? offsetof(ports, in) : offsetof(ports, out));
    if (!memcmp((const uint8_t *)p + at, (const uint8_t *)&w->last + at, bytes)) return 0;
    get_bytes(s, p, to + 1, bytes);
    if (bits % 8 && to[bytes] >> bits % 8) {
        refuse(w, "clock %" PRIu64 ": %s: the value is past %u bits", w->clocks, s->name, bits);
        return 0;
    }
    if (bits == 1) return to[0] = (uint8_t)(id | (to[1] ? ENTRY_VALUE : 0)), 1;
    to[0] = (uint8_t)id;
    return bytes + 2; /* and its check */
}

static int put_record(trace_writer *w, const ports *p) {
    uint8_t record[3 + SIGNALS * 6 + 2 * VALUE_MAX], *at = record;
    uint8_t *entry[SIGNALS];
    unsigned length[SIGNALS], entries = 0, step = w->step;
    do {
        *at++ = odd((step & 63) | (step > 63 ? STEP_MORE : 0));
    } while (step >>= 6);
    uint8_t *const begin = at;
    for (unsigned id = 0; id < SIGNALS; id++) {
        length[entries] = put_entry(w, p, id, at);
        entry[entries] = at;
        at += length[entries];
        entries += length[entries] > 0;
    }
    if (!entries || w->failed) return w->failed ? -1 : 0; /* padding, or lanes that the port does not have */
    w->crc = check(w->crc, record, (size_t)(begin - record));
    for (unsigned k = 0; k < entries; k++) {
        uint8_t *const e = entry[k];
        e[0] = odd(e[0] | (k + 1 == entries ? ENTRY_LAST : 0u));
        w->crc = check(w->crc, e, length[k] > 1 ? length[k] - 1 : 1);
        if (length[k] > 1) e[length[k] - 1] = w->crc;
    }
    w->last = *p;
    w->step = 0;
    return emit(w, record, (size_t)(at - record));
}

int trace_put(trace_writer *w, const dcom_accelerator_in *in, const dcom_accelerator_out *out) {
    const size_t used = offsetof(dcom_accelerator_in, s_axis_tdata) + 16 * w->columns;
    const unsigned clock = (unsigned)(w->clocks % TRACE_BLOCK) + 1;
    if (w->failed || (clock == 1 && begin_block(w))) return -1;
    w->clocks++;
    w->step++;
    if (memcmp(in, &w->last.in, used) || memcmp(out, &w->last.out, sizeof *out))
        if (put_record(w, &(ports){*in, *out})) return -1;
    return clock == TRACE_BLOCK ? end_block(w, TRACE_BLOCK) : 0;
}

static int put_index(trace_writer *w) {
    uint8_t bytes[8] = {TAG_INDEX};
    uint8_t crc = check(0, bytes, 1);
    if (emit(w, bytes, 1)) return -1;
    for (size_t k = 0; k <= w->blocks; k++) {
        put_number(bytes, k < w->blocks ? w->offsets[k] : w->clocks, 8);
        crc = check(crc, bytes, 8);
        if (emit(w, bytes, 8)) return -1;
    }
    return emit(w, &crc, 1) || emit(w, (const uint8_t *)end_magic, 8) ? -1 : 0;
}

int trace_finish(trace_writer *w, uint64_t *clocks, uint64_t *bytes, char message[256]) {
    if (!w->failed && w->clocks % TRACE_BLOCK) end_block(w, (unsigned)(w->clocks % TRACE_BLOCK));
    if (!w->failed) put_index(w);
    if (fclose(w->file)) refuse(w, "%m");
    w->file = NULL;
    const int status = w->failed ? -1 : 0;
    if (clocks) *clocks = w->clocks;
    if (bytes) *bytes = w->bytes;
    memcpy(message, w->message, 256);
    trace_abandon(w);
    return status;
}

void trace_abandon(trace_writer *w) {
    if (!w) return;
    if (w->file) fclose(w->file);
    free(w->offsets);
    free(w->path);
    free(w);
}

/* ---- reading ---- */

struct trace_reader {
    FILE *file;
    char *path;
    unsigned columns;
    uint64_t clocks, given; /* of all; the last one that trace_next() gave */
    uint64_t *offsets;      /* of the blocks, and of the index behind them */
    uint8_t *block;         /* the one under way */
    size_t size, at;
    unsigned clock, due; /* of the block: the last one given, the next one with a record; 0: there is none */
    uint8_t crc;
    ports now;
    bool bad; /* and nothing more comes until the next trace_seek() */
    char message[256];
};

static int __attribute__((format(printf, 3, 4)))
tell(const trace_reader *r, char message[256], const char *format, ...) {
    va_list list;
    const int n = snprintf(message, 256, "%.120s: ", r->path);
    va_start(list, format);
    vsnprintf(message + n, 256 - (size_t)n, format, list);
    va_end(list);
    return -1;
}

static int read_at(trace_reader *r, uint64_t offset, uint8_t *to, size_t count, char message[256]) {
    if (fseeko(r->file, (off_t)offset, SEEK_SET)) return tell(r, message, "%m");
    if (fread(to, 1, count, r->file) == count) return 0;
    return tell(r, message, ferror(r->file) ? "%m" : "it is truncated");
}

/* Against the header that this configuration's trace has. */
static int read_header(trace_reader *r, const dcom_config *config, char message[256]) {
    uint8_t header[HEADER_BYTES], mine[HEADER_BYTES];
    const config_field *field;
    make_header(config, mine);
    if (read_at(r, 0, header, 12, message)) return -1;
    if (memcmp(header, magic, 8)) return tell(r, message, "not a trace of the accelerator");
    const unsigned version = (unsigned)number(header + 8, 4);
    if (version != TRACE_VERSION)
        return tell(r, message, "a trace of version %u; this reads version %d", version, TRACE_VERSION);
    if (read_at(r, 0, header, sizeof header, message)) return -1;
    if (header[HEADER_BYTES - 1] != check(0, header, HEADER_BYTES - 1))
        return tell(r, message, "the header is damaged");
    const unsigned contract = (unsigned)number(header + 12, 4);
    if (contract != DCOM_NUMERIC_CONTRACT)
        return tell(r, message, "a trace of numeric contract %u, not %d", contract, DCOM_NUMERIC_CONTRACT);
    for (unsigned k = 0; (field = config_field_at(k)); k++) {
        const unsigned value = (unsigned)number(header + 20 + 4 * k, 4);
        if (value != config_value(config, field))
            return tell(r, message, "a trace of another geometry: %s is %u, not %u", field->key, value,
                        config_value(config, field));
    }
    if (memcmp(header, mine, sizeof mine)) return tell(r, message, "a trace of other signals");
    return 0;
}

/* The index lies at the end, and its length follows from the clocks. */
static int read_index(trace_reader *r, char message[256]) {
    uint8_t footer[FOOTER_BYTES], *index = NULL;
    if (fseeko(r->file, 0, SEEK_END)) return tell(r, message, "%m");
    const uint64_t size = (uint64_t)ftello(r->file);
    if (size < HEADER_BYTES + 1 + FOOTER_BYTES) return tell(r, message, "it is truncated");
    if (read_at(r, size - FOOTER_BYTES, footer, FOOTER_BYTES, message)) return -1;
    if (memcmp(footer + 9, end_magic, 8)) return tell(r, message, "its end is damaged, or it is truncated");
    r->clocks = number(footer, 8);
    const uint64_t blocks = r->clocks / TRACE_BLOCK + (r->clocks % TRACE_BLOCK > 0);
    /* a block has 5 bytes at least, and 8 in the index */
    if (blocks > (size - HEADER_BYTES - 1 - FOOTER_BYTES) / 13) return tell(r, message, "the index is damaged");
    const size_t bytes = 1 + 8 * (size_t)blocks + FOOTER_BYTES;
    index = malloc(bytes);
    r->offsets = malloc(((size_t)blocks + 1) * sizeof *r->offsets);
    int status = index && r->offsets ? 0 : tell(r, message, "out of memory");
    if (!status) status = read_at(r, size - bytes, index, bytes, message);
    if (!status) {
        bool good = index[0] == TAG_INDEX && index[bytes - 9] == check(0, index, bytes - 9);
        for (size_t k = 0; k < blocks; k++)
            r->offsets[k] = number(index + 1 + 8 * k, 8);
        r->offsets[blocks] = size - bytes;
        good = good && r->offsets[0] == HEADER_BYTES;
        for (size_t k = 0; good && k < blocks; k++)
            good = r->offsets[k] + 5 <= r->offsets[k + 1] && r->offsets[k + 1] <= size;
        if (!good) status = tell(r, message, "the index is damaged");
    }
    free(index);
    return status;
}

trace_reader *trace_open(const char *path, const dcom_config *config, char message[256]) {
    trace_reader *r = calloc(1, sizeof *r);
    message[0] = 0;
    if (r) r->path = strdup(path);
    if (!r || !r->path) {
        snprintf(message, 256, "%.200s: out of memory", path);
        trace_close(r);
        return NULL;
    }
    r->columns = config->cluster_columns;
    r->file = fopen(path, "rb");
    if (!r->file) tell(r, message, "%m");
    if (!r->file || read_header(r, config, message) || read_index(r, message)) {
        trace_close(r);
        return NULL;
    }
    return r;
}

void trace_close(trace_reader *r) {
    if (!r) return;
    if (r->file) fclose(r->file);
    free(r->offsets);
    free(r->block);
    free(r->path);
    free(r);
}

uint64_t trace_clocks(const trace_reader *r) { return r->clocks; }

static uint64_t block_of(uint64_t clock) { return (clock - 1) / TRACE_BLOCK; }

/* The clock of the file that clock `k` of the block under way is. */
static uint64_t whole(const trace_reader *r, unsigned k) { return block_of(r->given + 1) * TRACE_BLOCK + k; }

static int damaged(const trace_reader *r, char message[256], unsigned k, const char *what) {
    return tell(r, message, "clock %" PRIu64 ": %s: the stored value is damaged", whole(r, k), what);
}

/* The next `count` bytes of the block, NULL past its end; they count into the check. */
static const uint8_t *take(trace_reader *r, size_t count) {
    if (r->size - r->at < count) return NULL;
    const uint8_t *bytes = r->block + r->at;
    r->crc = check(r->crc, bytes, count);
    r->at += count;
    return bytes;
}

static bool check_holds(trace_reader *r) { return r->at < r->size && r->block[r->at++] == r->crc; }

/* When the next record is due; behind the last, the end of the block must be as it should. */
static int next_step(trace_reader *r, char message[256]) {
    const uint64_t left = r->clocks - whole(r, 1) + 1;
    const unsigned clocks = left < TRACE_BLOCK ? (unsigned)left : TRACE_BLOCK;
    const unsigned from = r->clock < clocks ? r->clock + 1 : clocks; /* the first that it can lead to */
    unsigned step = 0, shift = 0;
    const uint8_t *byte;
    do {
        byte = take(r, 1);
        if (!byte || !__builtin_parity(*byte) || shift > 12) return damaged(r, message, from, "step");
        step |= (*byte & 63u) << shift;
        shift += 6;
    } while (*byte & STEP_MORE);
    if (step) {
        if (step > clocks - r->clock) return damaged(r, message, from, "step");
        r->due = r->clock + step;
        return 0;
    }
    const uint8_t *end = take(r, 2);
    if (!end || number(end, 2) != clocks || !check_holds(r) || r->at != r->size)
        return damaged(r, message, clocks, "end of the block");
    r->due = 0;
    return 0;
}

static int load_block(trace_reader *r, char message[256]) {
    const uint64_t k = block_of(r->given + 1);
    r->size = (size_t)(r->offsets[k + 1] - r->offsets[k]);
    r->at = 0;
    r->clock = 0;
    r->crc = 0;
    memset(&r->now, 0, sizeof r->now);
    free(r->block);
    r->block = malloc(r->size);
    if (!r->block) return tell(r, message, "out of memory");
    if (read_at(r, r->offsets[k], r->block, r->size, message)) return -1;
    if (*take(r, 1) != TAG_BLOCK) return damaged(r, message, 1, "start of a block");
    return next_step(r, message);
}

static int take_entry(trace_reader *r, bool *last, char message[256]) {
    const uint8_t *head = take(r, 1);
    const unsigned id = head ? *head & 31u : 0;
    if (!head || !__builtin_parity(*head) || id >= SIGNALS) return damaged(r, message, r->clock, "head of an entry");
    const signal *s = &signals[id];
    const unsigned bits = width(id, r->columns), bytes = (bits + 7) / 8;
    const uint8_t bit = *head & ENTRY_VALUE ? 1 : 0, *value = bits == 1 ? &bit : take(r, bytes);
    *last = *head & ENTRY_LAST;
    if (!value || (bits > 1 && (!check_holds(r) || bit)) || (bits % 8 && value[bytes - 1] >> bits % 8))
        return damaged(r, message, r->clock, s->name);
    set_bytes(s, &r->now, value, bytes);
    return 0;
}

static int next(trace_reader *r, char message[256]) {
    if (r->given % TRACE_BLOCK == 0 && load_block(r, message)) return -1;
    if (++r->clock == r->due) {
        bool last = false;
        while (!last)
            if (take_entry(r, &last, message)) return -1;
        if (next_step(r, message)) return -1;
    }
    r->given++;
    return 0;
}

int trace_next(trace_reader *r, dcom_accelerator_in *in, dcom_accelerator_out *out, char message[256]) {
    if (!r->bad && r->given == r->clocks) return 0;
    if (!r->bad && next(r, r->message)) r->bad = true;
    if (r->bad) return memcpy(message, r->message, 256), -1;
    *in = r->now.in;
    *out = r->now.out;
    return 1;
}

int trace_seek(trace_reader *r, uint64_t clock, char message[256]) {
    dcom_accelerator_in in;
    dcom_accelerator_out out;
    if (clock < 1 || clock > r->clocks)
        return tell(r, message, "there is no clock %" PRIu64 ": it has %" PRIu64, clock, r->clocks);
    if (r->bad || !r->block || clock <= r->given || block_of(clock) != block_of(r->given + 1))
        r->given = block_of(clock) * TRACE_BLOCK;
    r->bad = false;
    while (r->given + 1 < clock)
        if (trace_next(r, &in, &out, message) < 0) return -1;
    return 0;
}
