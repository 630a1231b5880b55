/* dcom_dpi.c - the C side of dcom_pkg.sv: DPI-C functions over dcom.h, with plain svdpi types alone. C11, and C++ for
 * simulators that compile all they are given as such. Compiled beside the bench, linked with libdcom.
 * SPDX-License-Identifier: Apache-2.0
 *
 * Every call but a getter returns a dcom_status, 0 when good, and leaves it with one line in the context; a NULL
 * context, or one of another kind, is refused. A create always returns a context, NULL only out of memory: a failed
 * one says why and refuses everything. A context belongs to one thread at a time, different ones are independent. */
#include <inttypes.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "dcom.h"
#include "svdpi.h"

enum { LANES = 8, STREAM_ELEMENTS = 128, OUTPUT_BITS = 174, OUTPUT_WORDS = 6, INPUT_BITS = 2117 };

typedef enum { FAILED, SCOREBOARD, LOCKSTEP, REFERENCE } face;
static const char *const face_names[] = {"failed context", "scoreboard", "lockstep", "reference"};

/* dcom_matrix of the package: P and V are read from the result, the others are held here. */
typedef enum { MATRIX_A, MATRIX_FACTOR, MATRIX_WEIGHTS, MATRIX_Z, MATRIX_P, MATRIX_V } matrix_name;
enum { HELD = MATRIX_P };
typedef struct {
    size_t rows, columns;
    uint16_t *bits;
} matrix;

typedef struct {
    face is;
    dcom_status status;
    char message[1024];
    dcom_config config;
    dcom_scoreboard *board;
    /* lockstep */
    dcom_accelerator *model;
    bool comparable; /* a reset has been seen */
    unsigned long long clocks, compared, values, mismatches;
    /* reference */
    dcom_context *numbers;
    matrix held[HELD];
    uint32_t *exact;
    unsigned exact_count;
    dcom_result result;
} session;

#if defined(__GNUC__)
__attribute__((format(printf, 3, 4)))
#endif
static int
say(session *s, dcom_status status, const char *format, ...) {
    va_list list;
    s->status = status;
    va_start(list, format);
    vsnprintf(s->message, sizeof s->message, format, list);
    va_end(list);
    return (int)status;
}

/* The status of a call of the library, with its message. */
static int pass_on(session *s, dcom_status status, const char *message) { return say(s, status, "%s", message); }

/* Whether the context is one that the call is for. */
static bool fits(session *s, face wanted) {
    if (!s || s->is == FAILED) return false;
    if (s->is == wanted) return s->status = DCOM_OK, s->message[0] = 0, true;
    say(s, DCOM_E_ARGUMENT, "the context is a %s, the call is for a %s", face_names[s->is], face_names[wanted]);
    return false;
}

static uint16_t element(const svBitVecVal *vector, unsigned k) { return (uint16_t)(vector[k / 2] >> 16 * (k % 2)); }

static void elements(const svBitVecVal *vector, unsigned count, uint16_t *to) {
    for (unsigned k = 0; k < count; k++)
        to[k] = element(vector, k);
}

/* ---- pins: packed structs of the package, first member in the highest bits ---- */

#define INPUTS(PIN)                                                                                                  \
    PIN(rst, 1)                                                                                                      \
    PIN(axi_awvalid, 1)                                                                                              \
    PIN(axi_awaddr, 12)                                                                                              \
    PIN(axi_wvalid, 1)                                                                                               \
    PIN(axi_wdata, 32)                                                                                               \
    PIN(axi_wstrb, 4)                                                                                                \
    PIN(axi_bready, 1)                                                                                               \
    PIN(axi_arvalid, 1)                                                                                              \
    PIN(axi_araddr, 12)                                                                                              \
    PIN(axi_rready, 1)                                                                                               \
    PIN(s_axis_tvalid, 1)                                                                                            \
    PIN(s_axis_tlast, 1)                                                                                             \
    PIN(m_axis_tready, 1)

/* and m_axis_tdata in the lowest 128 bits, as s_axis_tdata is in the lowest 2048 */
#define OUTPUTS(PIN)                                                                                                 \
    PIN(axi_awready, 1)                                                                                              \
    PIN(axi_wready, 1)                                                                                               \
    PIN(axi_bvalid, 1)                                                                                               \
    PIN(axi_bresp, 2)                                                                                                \
    PIN(axi_arready, 1)                                                                                              \
    PIN(axi_rvalid, 1)                                                                                               \
    PIN(axi_rdata, 32)                                                                                               \
    PIN(axi_rresp, 2)                                                                                                \
    PIN(s_axis_tready, 1)                                                                                            \
    PIN(m_axis_tvalid, 1)                                                                                            \
    PIN(m_axis_tuser, 2)                                                                                             \
    PIN(m_axis_tlast, 1)

static const struct {
    const char *name;
    unsigned width;
} outputs[] = {
#define PIN(name, width) {#name, width},
    OUTPUTS(PIN)
#undef PIN
        {"m_axis_tdata", 128}};
enum { OUTPUT_PINS = sizeof outputs / sizeof outputs[0] };

static uint32_t take(const svBitVecVal *vector, unsigned at, unsigned width) {
    uint64_t two = vector[at / 32];
    if (at % 32 + width > 32) two |= (uint64_t)vector[at / 32 + 1] << 32;
    return (uint32_t)(two >> at % 32 & ((1ull << width) - 1));
}

static void put(svBitVecVal *vector, unsigned at, unsigned width, uint64_t value) {
    vector[at / 32] |= (uint32_t)(value << at % 32);
    if (at % 32 + width > 32) vector[at / 32 + 1] |= (uint32_t)(value >> (32 - at % 32));
}

static void unpack_inputs(const svBitVecVal *vector, dcom_accelerator_in *in) {
    unsigned at = INPUT_BITS;
    memset(in, 0, sizeof *in);
#define PIN(name, width)                                                                                             \
    at -= width;                                                                                                     \
    in->name = take(vector, at, width);
    INPUTS(PIN)
#undef PIN
    elements(vector, STREAM_ELEMENTS, in->s_axis_tdata);
}

static void pack_outputs(const dcom_accelerator *model, svBitVecVal *vector) {
    dcom_accelerator_out out;
    unsigned at = OUTPUT_BITS;
    dcom_accelerator_read(model, &out);
    memset(vector, 0, OUTPUT_WORDS * sizeof *vector);
#define PIN(name, width)                                                                                             \
    at -= width;                                                                                                     \
    put(vector, at, width, out.name);
    OUTPUTS(PIN)
#undef PIN
    for (unsigned k = 0; k < LANES; k++)
        put(vector, 16 * k, 16, out.m_axis_tdata[k]);
}

/* Hexadecimal digits of a pin, x where bits of one are not known; `known` may be NULL. */
static const char *pin_text(const svBitVecVal *vector, const svBitVecVal *known, unsigned at, unsigned width,
                            char text[33]) {
    const unsigned digits = (width + 3) / 4;
    for (unsigned d = 0; d < digits; d++) {
        const unsigned from = 4 * (digits - 1 - d), bits = width - from < 4 ? width - from : 4;
        const bool clear = !known || take(known, at + from, bits) == (1u << bits) - 1;
        text[d] = clear ? "0123456789ABCDEF"[take(vector, at + from, bits)] : 'x';
    }
    text[digits] = 0;
    return text;
}

/* Which bits of a pin differ, or are not known. */
static bool pin_differs(const svBitVecVal *got, const svBitVecVal *known, const svBitVecVal *want, unsigned at,
                        unsigned width) {
    bool differs = false;
    for (unsigned k = 0; k < width; k += 32) {
        const unsigned bits = width - k < 32 ? width - k : 32;
        differs |= (take(got, at + k, bits) ^ take(want, at + k, bits)) != 0;
        differs |= take(known, at + k, bits) != (uint32_t)((1ull << bits) - 1);
    }
    return differs;
}

#ifdef __cplusplus
extern "C" {
#endif

/* ---- every context ---- */

/* "" if package, shim and library are of one ABI. */
const char *dcom_sv_abi_fault(int package) {
    static const char *const fault[2][2] = {
        {"", "the ABI of dcom_pkg.sv is not that of the dcom.h that dcom_dpi.c was compiled with"},
        {"the ABI of the library is not that of the dcom.h that dcom_dpi.c was compiled with",
         "the ABI of dcom_pkg.sv is neither that of the library nor that of dcom_dpi.c"}};
    return fault[dcom_abi_version() != DCOM_ABI][package != DCOM_ABI];
}

int dcom_sv_abi_library(void) { return (int)dcom_abi_version(); }

int dcom_sv_abi_shim(void) { return DCOM_ABI; }

/* A context of which only the configuration stands. */
static session *create(int abi, const char *geometry) {
    session *s = (session *)calloc(1, sizeof *s);
    if (!s) return NULL;
    if (*dcom_sv_abi_fault(abi)) {
        say(s, DCOM_E_ARGUMENT, "%s: package %d, shim %d, library %d", dcom_sv_abi_fault(abi), abi, DCOM_ABI,
            dcom_sv_abi_library());
        return s;
    }
    const size_t length = strlen(geometry);
    char message[256] = "";
    const bool file = strchr(geometry, '/') || (length > 4 && !strcmp(geometry + length - 4, ".cfg"));
    const dcom_status status =
        file ? dcom_config_read(geometry, &s->config, message) : dcom_config_named(geometry, &s->config, message);
    pass_on(s, status, message);
    return s;
}

static session *created(session *s, face which, dcom_status status) {
    if (status)
        say(s, status, "configuration %s: a %s cannot be made of it", s->config.name, face_names[which]);
    else
        s->is = which;
    return s;
}

void *dcom_sv_scoreboard_create(int abi, const char *geometry) {
    session *s = create(abi, geometry);
    return !s || s->status ? s : created(s, SCOREBOARD, dcom_scoreboard_create(&s->config, &s->board));
}

void *dcom_sv_lockstep_create(int abi, const char *geometry) {
    session *s = create(abi, geometry);
    return !s || s->status ? s : created(s, LOCKSTEP, dcom_accelerator_create(&s->config, &s->model));
}

void *dcom_sv_reference_create(int abi, const char *geometry) {
    session *s = create(abi, geometry);
    return !s || s->status ? s : created(s, REFERENCE, dcom_create(&s->config, &s->numbers));
}

void dcom_sv_destroy(void *handle) {
    session *s = (session *)handle;
    if (!s) return;
    dcom_scoreboard_destroy(s->board);
    dcom_accelerator_destroy(s->model);
    dcom_destroy(s->numbers);
    for (unsigned k = 0; k < HELD; k++)
        free(s->held[k].bits);
    free(s->exact);
    free(s);
}

const char *dcom_sv_status_name(int status) { return dcom_status_name((dcom_status)status); }

int dcom_sv_status(void *handle) { return handle ? (int)((session *)handle)->status : (int)DCOM_E_ARGUMENT; }

const char *dcom_sv_message(void *handle) {
    return handle ? ((session *)handle)->message : "the context is null: never created, or closed";
}

/* ---- scoreboard ---- */

int dcom_sv_scoreboard_reset(void *handle) {
    session *s = (session *)handle;
    if (!fits(s, SCOREBOARD)) return DCOM_E_ARGUMENT;
    dcom_scoreboard_reset(s->board);
    return DCOM_OK;
}

int dcom_sv_scoreboard_write(void *handle, unsigned address, unsigned data, unsigned strobes) {
    session *s = (session *)handle;
    if (!fits(s, SCOREBOARD)) return DCOM_E_ARGUMENT;
    const dcom_status status = dcom_scoreboard_write(s->board, (uint16_t)address, data, strobes);
    return pass_on(s, status, dcom_scoreboard_message(s->board));
}

int dcom_sv_scoreboard_read(void *handle, unsigned address, unsigned data) {
    session *s = (session *)handle;
    if (!fits(s, SCOREBOARD)) return DCOM_E_ARGUMENT;
    const dcom_status status = dcom_scoreboard_read(s->board, (uint16_t)address, data);
    return pass_on(s, status, dcom_scoreboard_message(s->board));
}

int dcom_sv_scoreboard_in(void *handle, const svBitVecVal *data, svBit last) {
    session *s = (session *)handle;
    uint16_t beat[STREAM_ELEMENTS];
    if (!fits(s, SCOREBOARD)) return DCOM_E_ARGUMENT;
    elements(data, STREAM_ELEMENTS, beat);
    const dcom_status status = dcom_scoreboard_in(s->board, beat, last & 1);
    return pass_on(s, status, dcom_scoreboard_message(s->board));
}

int dcom_sv_scoreboard_out(void *handle, const svBitVecVal *data, unsigned user, svBit last) {
    session *s = (session *)handle;
    uint16_t beat[LANES];
    if (!fits(s, SCOREBOARD)) return DCOM_E_ARGUMENT;
    elements(data, LANES, beat);
    const dcom_status status = dcom_scoreboard_out(s->board, beat, user, last & 1);
    return pass_on(s, status, dcom_scoreboard_message(s->board));
}

int dcom_sv_scoreboard_finish(void *handle) {
    session *s = (session *)handle;
    if (!fits(s, SCOREBOARD)) return DCOM_E_ARGUMENT;
    const dcom_status status = dcom_scoreboard_finish(s->board);
    return pass_on(s, status, dcom_scoreboard_message(s->board));
}

int dcom_sv_scoreboard_counts(void *handle, unsigned long long *jobs, unsigned long long *beats,
                              unsigned long long *registers, unsigned long long *unjudged,
                              unsigned long long *mismatches, unsigned long long *awaited,
                              unsigned long long *unexpected) {
    session *s = (session *)handle;
    dcom_scoreboard_counts c;
    memset(&c, 0, sizeof c);
    const bool good = fits(s, SCOREBOARD);
    if (good) dcom_scoreboard_read_counts(s->board, &c);
    *jobs = c.jobs, *beats = c.beats, *registers = c.registers, *unjudged = c.unjudged;
    *mismatches = c.mismatches, *awaited = c.awaited, *unexpected = c.unexpected;
    return good ? DCOM_OK : DCOM_E_ARGUMENT;
}

/* ---- lockstep ---- */

/* What the ports show between two edges: the DUT's, of which `known` bits are 0 or 1, against the model's. */
int dcom_sv_lockstep_compare(void *handle, const svBitVecVal *got, const svBitVecVal *known) {
    session *s = (session *)handle;
    svBitVecVal want[OUTPUT_WORDS];
    char a[33], b[33];
    size_t length = 0;
    unsigned at = OUTPUT_BITS;
    if (!fits(s, LOCKSTEP)) return DCOM_E_ARGUMENT;
    if (!s->comparable) return DCOM_OK;
    s->compared++, s->values += OUTPUT_PINS;
    pack_outputs(s->model, want);
    for (unsigned k = 0; k < OUTPUT_PINS; k++) {
        const unsigned width = outputs[k].width;
        at -= width;
        if (!pin_differs(got, known, want, at, width)) continue;
        s->mismatches++;
        if (!length)
            say(s, DCOM_E_DIFFERENT, "clock %llu: ", s->clocks + 1);
        else
            snprintf(s->message + length, sizeof s->message - length, "; ");
        length = strlen(s->message);
        snprintf(s->message + length, sizeof s->message - length, "%s: %s, not %s", outputs[k].name,
                 pin_text(got, known, at, width, a), pin_text(want, NULL, at, width, b));
        length = strlen(s->message);
    }
    return (int)s->status;
}

/* One rising edge. */
int dcom_sv_lockstep_step(void *handle, const svBitVecVal *inputs) {
    session *s = (session *)handle;
    dcom_accelerator_in in;
    if (!fits(s, LOCKSTEP)) return DCOM_E_ARGUMENT;
    unpack_inputs(inputs, &in);
    s->clocks++;
    if (in.rst) s->comparable = true;
    if (s->comparable) dcom_accelerator_step(s->model, &in);
    return DCOM_OK;
}

int dcom_sv_lockstep_outputs(void *handle, svBitVecVal *vector) {
    session *s = (session *)handle;
    memset(vector, 0, OUTPUT_WORDS * sizeof *vector);
    if (!fits(s, LOCKSTEP)) return DCOM_E_ARGUMENT;
    pack_outputs(s->model, vector);
    return DCOM_OK;
}

int dcom_sv_lockstep_counts(void *handle, unsigned long long *clocks, unsigned long long *compared,
                            unsigned long long *values, unsigned long long *mismatches) {
    session *s = (session *)handle;
    const bool good = fits(s, LOCKSTEP);
    *clocks = good ? s->clocks : 0, *compared = good ? s->compared : 0;
    *values = good ? s->values : 0, *mismatches = good ? s->mismatches : 0;
    return good ? DCOM_OK : DCOM_E_ARGUMENT;
}

/* ---- reference ---- */

void dcom_sv_defaults(unsigned *rank, unsigned *expansion, unsigned *warmup, unsigned *outliers, double *tolerance,
                      unsigned *seed) {
    const dcom_parameters p = dcom_defaults();
    *rank = p.rank, *expansion = p.expansion, *warmup = p.warmup, *outliers = p.outliers;
    *tolerance = p.tolerance, *seed = p.seed;
}

static bool give(session *s, matrix *m, size_t rows, size_t columns) {
    free(m->bits);
    m->rows = m->columns = 0;
    m->bits = (uint16_t *)calloc(rows * columns + 1, sizeof *m->bits);
    if (!m->bits) return say(s, DCOM_E_MEMORY, "out of memory for %zu x %zu", rows, columns), false;
    m->rows = rows, m->columns = columns;
    return true;
}

/* Makes A, FACTOR or WEIGHTS anew, all +0; with A the exact tokens are forgotten. */
int dcom_sv_matrix(void *handle, int which, unsigned rows, unsigned columns) {
    session *s = (session *)handle;
    if (!fits(s, REFERENCE)) return DCOM_E_ARGUMENT;
    if (which < MATRIX_A || which > MATRIX_WEIGHTS)
        return say(s, DCOM_E_ARGUMENT, "matrix %d is none that is given: A, FACTOR, WEIGHTS", which);
    if (which == MATRIX_A) s->exact_count = 0;
    give(s, &s->held[which], rows, columns);
    return (int)s->status;
}

/* Elements [column, column + count) of a row, the first in the lowest 16 bits. */
int dcom_sv_put(void *handle, int which, unsigned row, unsigned column, unsigned count, const svBitVecVal *data) {
    session *s = (session *)handle;
    if (!fits(s, REFERENCE)) return DCOM_E_ARGUMENT;
    if (which < MATRIX_A || which > MATRIX_WEIGHTS)
        return say(s, DCOM_E_ARGUMENT, "matrix %d is none that is given: A, FACTOR, WEIGHTS", which);
    matrix *m = &s->held[which];
    if (count > STREAM_ELEMENTS || row >= m->rows || column > m->columns || count > m->columns - column)
        return say(s, DCOM_E_SHAPE, "row %u, columns %u to %u of a matrix of %zu x %zu", row, column,
                   column + count - 1, m->rows, m->columns);
    elements(data, count, m->bits + row * m->columns + column);
    return DCOM_OK;
}

/* BF16 bits of one element of any matrix. */
int dcom_sv_get(void *handle, int which, unsigned row, unsigned column, unsigned *bits) {
    session *s = (session *)handle;
    *bits = 0;
    if (!fits(s, REFERENCE)) return DCOM_E_ARGUMENT;
    if (which < MATRIX_A || which > MATRIX_V) return say(s, DCOM_E_ARGUMENT, "there is no matrix %d", which);
    const dcom_result *r = &s->result;
    const bool held = which < HELD;
    const size_t rows = held ? s->held[which].rows : which == MATRIX_P ? r->tokens : r->channels;
    const size_t columns = held ? s->held[which].columns : r->rank;
    if (row >= rows || column >= columns)
        return say(s, DCOM_E_SHAPE, "row %u, column %u of a matrix of %zu x %zu", row, column, rows, columns);
    if (held) {
        *bits = s->held[which].bits[row * columns + column];
    } else {
        uint32_t word;
        memcpy(&word, (which == MATRIX_P ? r->p : r->v) + row * columns + column, sizeof word);
        *bits = word >> 16;
    }
    return DCOM_OK;
}

int dcom_sv_exact_token(void *handle, unsigned token) {
    session *s = (session *)handle;
    if (!fits(s, REFERENCE)) return DCOM_E_ARGUMENT;
    uint32_t *more = (uint32_t *)realloc(s->exact, (s->exact_count + 1) * sizeof *more);
    if (!more) return say(s, DCOM_E_MEMORY, "out of memory for exact tokens");
    s->exact = more;
    s->exact[s->exact_count++] = token;
    return DCOM_OK;
}

int dcom_sv_decompose(void *handle, unsigned rank, unsigned expansion, unsigned warmup, unsigned outliers,
                      double tolerance, unsigned seed) {
    session *s = (session *)handle;
    if (!fits(s, REFERENCE)) return DCOM_E_ARGUMENT;
    const matrix *a = &s->held[MATRIX_A];
    dcom_parameters p = dcom_defaults();
    p.rank = rank, p.expansion = expansion, p.warmup = warmup, p.outliers = outliers;
    p.tolerance = tolerance, p.seed = seed;
    p.exact_tokens = s->exact, p.exact_token_count = s->exact_count;
    const dcom_status status = dcom_decompose(s->numbers, a->bits, a->rows, a->columns, &p, &s->result);
    return pass_on(s, status, dcom_message(s->numbers));
}

int dcom_sv_result(void *handle, unsigned *rank, unsigned *blocks, unsigned *outliers, unsigned *passes,
                   unsigned *rounds, unsigned *deflations, unsigned *stop, unsigned *flags, double *certificate,
                   double *bound) {
    session *s = (session *)handle;
    dcom_result r;
    memset(&r, 0, sizeof r);
    const bool good = fits(s, REFERENCE);
    if (good) r = s->result;
    *rank = r.rank, *blocks = r.block_count, *outliers = r.outlier_count, *passes = r.passes;
    *rounds = r.rounds, *deflations = r.deflations, *stop = (unsigned)r.stop, *flags = r.flags;
    *certificate = r.certificate, *bound = r.certificate_bound;
    return good ? DCOM_OK : DCOM_E_ARGUMENT;
}

/* Columns of block k, channel of outlier k. */
int dcom_sv_block(void *handle, unsigned k, unsigned *columns) {
    session *s = (session *)handle;
    *columns = 0;
    if (!fits(s, REFERENCE)) return DCOM_E_ARGUMENT;
    if (k >= s->result.block_count) return say(s, DCOM_E_SHAPE, "block %u of %u", k, s->result.block_count);
    *columns = s->result.blocks[k];
    return DCOM_OK;
}

int dcom_sv_outlier(void *handle, unsigned k, unsigned *channel) {
    session *s = (session *)handle;
    *channel = 0;
    if (!fits(s, REFERENCE)) return DCOM_E_ARGUMENT;
    if (k >= s->result.outlier_count) return say(s, DCOM_E_SHAPE, "outlier %u of %u", k, s->result.outlier_count);
    *channel = (unsigned)s->result.outliers[k];
    return DCOM_OK;
}

/* Z = FACTOR x WEIGHTS^T: FACTOR is rows x channels, WEIGHTS outputs x channels, Z rows x outputs. */
int dcom_sv_apply(void *handle, unsigned *flags) {
    session *s = (session *)handle;
    *flags = 0;
    if (!fits(s, REFERENCE)) return DCOM_E_ARGUMENT;
    const matrix *f = &s->held[MATRIX_FACTOR], *w = &s->held[MATRIX_WEIGHTS];
    if (f->columns != w->columns)
        return say(s, DCOM_E_SHAPE, "FACTOR has %zu channels, WEIGHTS %zu", f->columns, w->columns);
    if (!give(s, &s->held[MATRIX_Z], f->rows, w->rows)) return (int)s->status;
    const dcom_status status =
        dcom_apply(s->numbers, f->bits, f->rows, f->columns, w->bits, w->rows, NULL, s->held[MATRIX_Z].bits, flags);
    return pass_on(s, status, dcom_message(s->numbers));
}

#ifdef __cplusplus
}
#endif
