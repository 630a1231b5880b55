/* vectors.c - a case to the files of its golden vectors, in memory. SPDX-License-Identifier: Apache-2.0 */
#include "vectors.h"
#include "csr.h"
#include "engine.h"

#include <stdlib.h>
#include <string.h>

const char *const vectors_names[] = {"A.npy",         "P.npy",         "V.npy", "outliers.npy", "A.hex",
                                     "registers.hex", "outliers.hex",  "V.hex", "P.hex",        "results.hex",
                                     "trace.bin",     "manifest.json", NULL};

vectors *vectors_create(void) {
    vectors *v = calloc(1, sizeof *v);
    if (v) v->program = calloc(1, sizeof *v->program);
    if (v && v->program) return v;
    vectors_destroy(v);
    command_error("out of memory");
    return NULL;
}

void vectors_destroy(vectors *v) {
    if (!v) return;
    for (unsigned k = 0; k < VECTORS_FILES; k++)
        free(v->file[k].bytes);
    dcom_destroy(v->context);
    npy_release(&v->a);
    free(v->program);
    free(v);
}

uint32_t vectors_bits(double value) {
    const float narrow = (float)value;
    uint32_t bits;
    memcpy(&bits, &narrow, sizeof bits);
    return bits;
}

/* ---- the case ---- */

static int find_context(vectors *v, const dcom_config *config) {
    if (v->context && memcmp(&v->config, config, sizeof *config) == 0) return EXIT_GOOD;
    dcom_destroy(v->context);
    v->context = NULL;
    v->config = *config;
    const dcom_status status = dcom_create(config, &v->context);
    if (!status) return EXIT_GOOD;
    return command_error("%s: %s", v->of->name,
                         status == DCOM_E_CONFIG ? "a configuration that cannot be" : "out of memory");
}

static int read_input(vectors *v) {
    const run_case *c = v->of;
    char message[256];
    const char *path = c->found ? c->found : c->input;
    npy_release(&v->a);
    v->bits_room = 0;
    if (npy_read(path, &v->a, message)) return command_error("%s", message);
    if (!vectors_hash(v->a.bits, v->a.rows * v->a.columns * sizeof *v->a.bits, v->sha256))
        return command_error("out of memory");
    if (c->sha256[0] && strcmp(c->sha256, v->sha256) != 0)
        return command_error("%s: SHA-256 of its BF16 bits is %s, not the manifest's %s", path, v->sha256, c->sha256);
    return EXIT_GOOD;
}

int vectors_prepare(vectors *v, const run_case *c) {
    v->of = c;
    int status = find_context(v, &c->config);
    if (status) return status;
    if (c->generated)
        v->a.rows = c->generator.rows, v->a.columns = c->generator.columns;
    else if ((status = read_input(v)))
        return status;
    v->parameters = run_parameters(&c->run, &v->a);
    if (dcom_check(v->context, v->a.rows, v->a.columns, &v->parameters))
        return command_error("%s: %s", c->name, dcom_message(v->context));
    if (v->parameters.exact_token_count > CSR_EXACT_TOKENS)
        return command_error("%s: %u exact tokens: the registers hold %d", c->name, v->parameters.exact_token_count,
                             CSR_EXACT_TOKENS);
    return EXIT_GOOD;
}

static bool generate_input(vectors *v) {
    const size_t count = v->a.rows * v->a.columns;
    if (count > v->bits_room) {
        free(v->a.bits);
        v->a.bits = malloc(count * sizeof *v->a.bits);
        v->bits_room = v->a.bits ? count : 0;
    }
    return v->a.bits && generate(&v->of->generator, v->parameters.seed, v->a.bits);
}

bool vectors_digest(const dcom_result *r, char digest[65]) {
    sha256 *hash = sha256_begin();
    sha256_add(hash, r->p, (size_t)r->tokens * r->rank * sizeof *r->p);
    sha256_add(hash, r->v, (size_t)r->channels * r->rank * sizeof *r->v);
    sha256_add(hash, r->outliers, r->outlier_count * sizeof *r->outliers);
    return sha256_end(hash, digest);
}

/* ---- files ---- */

/* `size` bytes of a file, to be filled. NULL: out of memory. */
static unsigned char *open_file(vectors_file *f, size_t size, unsigned dimensions, size_t rows, size_t columns) {
    if (!f->bytes || size > f->room) {
        free(f->bytes);
        f->bytes = malloc(size + 1);
        f->room = size;
    }
    f->size = size;
    f->dimensions = dimensions;
    f->shape[0] = rows, f->shape[1] = columns;
    return f->bytes;
}

static bool array(vectors_file *f, const char *dtype, unsigned dimensions, size_t rows, size_t columns,
                  const void *values, size_t width) {
    const size_t bytes = rows * columns * width;
    unsigned char *to = open_file(f, NPY_HEADER + bytes, dimensions, rows, columns);
    if (!to) return false;
    npy_format_header((char *)to, dtype, dimensions, rows, columns);
    if (bytes) memcpy(to + NPY_HEADER, values, bytes);
    return true;
}

/* Four digits, most significant first, made side by side. */
static void put_digits(unsigned char to[4], unsigned x) {
    uint32_t nibbles = (x >> 12 & 15) | (x & 0xF00) | (x & 0xF0) << 12 | (x & 15) << 24;
    const uint32_t letters = (nibbles + 0x06060606) >> 4 & 0x01010101;
    nibbles += 0x30303030 + letters * ('a' - '0' - 10);
    memcpy(to, &nibbles, 4);
}

/* A line of `count` elements, the last first. */
static unsigned char *put_line(unsigned char *to, const uint16_t *element, unsigned count) {
    for (unsigned k = 0; k < count; k++)
        put_digits(to + 4 * k, element[count - 1 - k]);
    to[4 * count] = '\n';
    return to + 4 * count + 1;
}

static unsigned char *open_hex(vectors_file *f, size_t lines, unsigned elements) {
    return open_file(f, lines * (4 * (size_t)elements + 1), 2, lines, 16 * (size_t)elements);
}

/* The stream in. */
static bool put_stream(vectors_file *f, const host_stream *s) {
    uint16_t beat[16 * LANES];
    unsigned char *to = open_hex(f, s->beats, s->width);
    for (unsigned k = 0; to && k < s->beats; k++) {
        host_beat(s, k, beat);
        to = put_line(to, beat, s->width);
    }
    return to;
}

/* The packets of all blocks of a factor, rows x rank: a line a beat of a block's columns. */
static bool put_blocks(vectors_file *f, const float *factor, unsigned rows, unsigned rank, const uint8_t *widths,
                       unsigned blocks) {
    unsigned char *to = open_hex(f, (size_t)rows * blocks, LANES);
    for (unsigned k = 0, first = 0; to && k < blocks; first += widths[k++])
        for (unsigned row = 0; row < rows; row++) {
            uint16_t beat[LANES] = {0};
            for (unsigned e = 0; e < widths[k]; e++) {
                uint32_t bits;
                memcpy(&bits, factor + (size_t)row * rank + first + e, sizeof bits);
                beat[e] = (uint16_t)(bits >> 16);
            }
            to = put_line(to, beat, LANES);
        }
    return to;
}

static bool put_outliers(vectors_file *f, const dcom_result *r, unsigned width) {
    const unsigned beats = (r->channels + width - 1) / width;
    unsigned char *to = open_hex(f, beats, LANES);
    unsigned next = 0;
    for (unsigned k = 0; to && k < beats; k++) {
        uint16_t beat[LANES] = {0};
        for (; next < r->outlier_count && (unsigned)r->outliers[next] < (k + 1) * width; next++) {
            const unsigned bit = (unsigned)r->outliers[next] % width;
            beat[bit / 16] |= (uint16_t)(1 << bit % 16);
        }
        to = put_line(to, beat, LANES);
    }
    return to;
}

/* "0040_00000200": a register and its value. */
static unsigned char *put_register(unsigned char *to, unsigned address, uint32_t value) {
    put_digits(to, address);
    to[4] = '_';
    put_digits(to + 5, value >> 16);
    put_digits(to + 9, value & 0xFFFF);
    to[13] = '\n';
    return to + 14;
}

enum { REGISTER_LINE = 14, REGISTER_BITS = 48 };

static bool put_writes(vectors_file *f, const host *h) {
    unsigned writes = 0;
    for (unsigned k = 0; k < h->steps; k++)
        writes += h->program[k].kind == HOST_WRITE;
    unsigned char *to = open_file(f, (size_t)REGISTER_LINE * writes, 2, writes, REGISTER_BITS);
    for (unsigned k = 0; to && k < h->steps; k++)
        if (h->program[k].kind == HOST_WRITE) to = put_register(to, h->program[k].address, h->program[k].value);
    return to;
}

static bool put_results(vectors_file *f, const vectors_results *r) {
    const struct {
        unsigned address;
        uint32_t value;
    } registers[] = {{CSR_STATUS, 1 << CSR_STATUS_IDLE | 1 << CSR_STATUS_DONE},
                     {CSR_FLAGS, r->flags},
                     {CSR_JOBS, 2},
                     {CSR_STOP, r->stop},
                     {CSR_RESULT_RANK, r->rank},
                     {CSR_PASSES, r->passes},
                     {CSR_ROUNDS, r->rounds},
                     {CSR_DEFLATIONS, r->deflations},
                     {CSR_CERTIFICATE, r->certificate},
                     {CSR_BOUND, r->bound}};
    enum { COUNT = sizeof registers / sizeof *registers };
    unsigned char *to = open_file(f, REGISTER_LINE * COUNT, 2, COUNT, REGISTER_BITS);
    for (unsigned k = 0; to && k < COUNT; k++)
        to = put_register(to, registers[k].address, registers[k].value);
    return to;
}

/* Of LOAD and DECOMPOSE, as host_decompose() has it. */
static void make_program(vectors *v) {
    host *h = v->program;
    host_outcome unused;
    h->config = v->config;
    h->steps = h->streams = 0;
    host_two_jobs(h, v->a.bits, (unsigned)v->a.rows, (unsigned)v->a.columns, &v->parameters, CSR_COMMAND_DECOMPOSE,
                  NULL, &unused);
}

static bool make_files(vectors *v) {
    const dcom_result *r = &v->result;
    vectors_file *f = v->file;
    make_program(v);
    bool good = array(&f[VECTORS_A_NPY], "<u2", 2, v->a.rows, v->a.columns, v->a.bits, sizeof *v->a.bits) &&
                array(&f[VECTORS_P_NPY], "<f4", 2, r->tokens, r->rank, r->p, sizeof *r->p) &&
                array(&f[VECTORS_V_NPY], "<f4", 2, r->channels, r->rank, r->v, sizeof *r->v) &&
                array(&f[VECTORS_OUTLIERS_NPY], "<i4", 1, r->outlier_count, 1, r->outliers, sizeof *r->outliers) &&
                put_stream(&f[VECTORS_A_HEX], v->program->stream) &&
                put_writes(&f[VECTORS_REGISTERS_HEX], v->program) &&
                put_outliers(&f[VECTORS_OUTLIERS_HEX], r, 8 * v->config.cluster_columns) &&
                put_blocks(&f[VECTORS_V_HEX], r->v, r->channels, r->rank, r->blocks, r->block_count) &&
                put_blocks(&f[VECTORS_P_HEX], r->p, r->tokens, r->rank, r->blocks, r->block_count) &&
                put_results(&f[VECTORS_RESULTS_HEX], &v->results);
    for (unsigned k = 0; good && k < VECTORS_TRACE; k++) {
        good = vectors_hash(f[k].bytes, f[k].size, f[k].sha256);
    }
    return good;
}

bool vectors_come_to(const dcom_result *r, vectors_results *to) {
    memset(to, 0, sizeof *to);
    to->rank = r->rank, to->outliers = r->outlier_count, to->blocks = r->block_count;
    to->passes = r->passes, to->rounds = r->rounds, to->deflations = r->deflations;
    to->flags = r->flags, to->stop = r->stop;
    to->certificate = vectors_bits(r->certificate), to->bound = vectors_bits(r->certificate_bound);
    return vectors_digest(r, to->digest);
}

int vectors_run(vectors *v) {
    const run_case *c = v->of;
    if (c->generated && !generate_input(v)) return command_error("out of memory");
    if (dcom_decompose(v->context, v->a.bits, v->a.rows, v->a.columns, &v->parameters, &v->result))
        return command_error("%s: %s", c->name, dcom_message(v->context));
    return vectors_come_to(&v->result, &v->results) && make_files(v) ? EXIT_GOOD : command_error("out of memory");
}
