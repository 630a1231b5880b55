/* command_factors.c - a decomposed matrix as a folder: what decompose and apply write, and apply reads.
 * SPDX-License-Identifier: Apache-2.0 */
#include "command.h"

#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

const char *const factors_files[] = {
    "P.npy", "V.npy", "outliers.npy", "tokens.npy", "outlier_columns.npy", "token_rows.npy", "report.json", NULL};

/* ---- BF16 bits and the FP32 values of the files ---- */

static float widen(uint16_t bits) {
    const uint32_t word = (uint32_t)bits << 16;
    float value;
    memcpy(&value, &word, sizeof value);
    return value;
}

static uint16_t *narrow(const float *from, size_t count) {
    uint16_t *to = malloc(count * sizeof *to + 1);
    for (size_t i = 0; to && i < count; i++) {
        uint32_t word;
        memcpy(&word, from + i, sizeof word);
        to[i] = (uint16_t)(word >> 16);
    }
    return to;
}

/* ---- from a decomposition ---- */

bool factors_of_result(const npy_matrix *a, const dcom_parameters *p, const dcom_result *r, factors *f) {
    *f = (factors){.p = {a->rows, r->rank, narrow(r->p, a->rows * r->rank)},
                   .v = {a->columns, r->rank, narrow(r->v, a->columns * r->rank)},
                   .columns = {a->rows, r->outlier_count, malloc(a->rows * r->outlier_count * sizeof(uint16_t) + 1)},
                   .rows = {p->exact_token_count, a->columns,
                            malloc((size_t)p->exact_token_count * a->columns * sizeof(uint16_t) + 1)},
                   .outliers = malloc(r->outlier_count * sizeof *f->outliers + 1),
                   .tokens = malloc(p->exact_token_count * sizeof *f->tokens + 1)};
    if (!f->p.bits || !f->v.bits || !f->columns.bits || !f->rows.bits || !f->outliers || !f->tokens) return false;
    for (unsigned i = 0; i < r->outlier_count; i++) {
        f->outliers[i] = r->outliers[i];
        for (size_t t = 0; t < a->rows; t++)
            f->columns.bits[t * r->outlier_count + i] = a->bits[t * a->columns + (size_t)r->outliers[i]];
    }
    for (size_t n = 0; n < p->exact_token_count; n++) { /* a token is on one track only */
        const size_t t = p->exact_tokens[n];
        f->tokens[n] = (int32_t)t;
        memcpy(f->rows.bits + n * a->columns, a->bits + t * a->columns, a->columns * sizeof(uint16_t));
        memset(f->columns.bits + t * r->outlier_count, 0, r->outlier_count * sizeof(uint16_t));
    }
    return true;
}

void factors_release(factors *f) {
    npy_release(&f->p);
    npy_release(&f->v);
    npy_release(&f->columns);
    npy_release(&f->rows);
    free(f->outliers);
    free(f->tokens);
    memset(f, 0, sizeof *f);
}

/* ---- digests ---- */

/* The elements of a matrix as <f4, row-major, a line at a time. */
static void add_matrix(sha256 *hash, const npy_matrix *m) {
    enum { LINE = 1024 };
    float line[LINE];
    const size_t count = m->rows * m->columns;
    for (size_t from = 0; from < count; from += LINE) {
        const size_t length = count - from < LINE ? count - from : LINE;
        for (size_t i = 0; i < length; i++)
            line[i] = widen(m->bits[from + i]);
        sha256_add(hash, line, length * sizeof *line);
    }
}

/* Over two matrices and then a list, in hexadecimal. */
static bool digest_of(const npy_matrix *one, const npy_matrix *two, const int32_t *list, size_t count,
                      char digest[65]) {
    sha256 *hash = sha256_begin();
    add_matrix(hash, one);
    add_matrix(hash, two);
    sha256_add(hash, list, count * sizeof *list);
    return sha256_end(hash, digest);
}

bool factors_digest(const factors *f, char digest[65], char tracks[65]) {
    return digest_of(&f->p, &f->v, f->outliers, f->columns.columns, digest) &&
           digest_of(&f->columns, &f->rows, f->tokens, f->rows.rows, tracks);
}

/* ---- writing ---- */

static int write_report(const output_folder *folder, const json_t *json) {
    char *path = output_path(folder, "report.json");
    FILE *file = path ? fopen(path, "w") : NULL;
    int good = file && json_dumpf(json, file, JSON_INDENT(2)) == 0 && fputc('\n', file) != EOF;
    if (file && fclose(file) != 0) good = 0;
    free(path);
    return good ? EXIT_GOOD : command_error("%s: report.json cannot be written: %s", folder->target, strerror(errno));
}

static int write_matrix(const output_folder *folder, const char *name, const npy_matrix *m) {
    char message[256] = "out of memory", *path = output_path(folder, name);
    const size_t count = m->rows * m->columns;
    float *values = malloc(count * sizeof *values + 1);
    dcom_status status = DCOM_E_MEMORY;
    for (size_t i = 0; values && i < count; i++)
        values[i] = widen(m->bits[i]);
    if (path && values) status = npy_write_f32(path, values, m->rows, m->columns, message);
    free(values);
    free(path);
    return status ? command_error("%s", message) : EXIT_GOOD;
}

static int write_list(const output_folder *folder, const char *name, const int32_t *list, size_t count) {
    char message[256] = "out of memory", *path = output_path(folder, name);
    const dcom_status status = path ? npy_write_i32(path, list, count, message) : DCOM_E_MEMORY;
    free(path);
    return status ? command_error("%s", message) : EXIT_GOOD;
}

int factors_write(output_folder *folder, const factors *f, const json_t *json) {
    int status = write_matrix(folder, "P.npy", &f->p);
    if (!status) status = write_matrix(folder, "V.npy", &f->v);
    if (!status) status = write_list(folder, "outliers.npy", f->outliers, f->columns.columns);
    if (!status) status = write_list(folder, "tokens.npy", f->tokens, f->rows.rows);
    if (!status) status = write_matrix(folder, "outlier_columns.npy", &f->columns);
    if (!status) status = write_matrix(folder, "token_rows.npy", &f->rows);
    if (!status) status = write_report(folder, json);
    return status ? status : output_commit(folder);
}

/* ---- reading ---- */

static int read_matrix(const char *folder, const char *name, npy_matrix *m) {
    char message[256] = "out of memory", *path = NULL;
    dcom_status status = DCOM_E_MEMORY;
    if (asprintf(&path, "%s/%s", folder, name) < 0) path = NULL;
    if (path) status = npy_read_factor(path, m, message);
    free(path);
    return status ? command_error("%s", message) : EXIT_GOOD;
}

static int read_list(const char *folder, const char *name, int32_t **list, size_t *count) {
    char message[256] = "out of memory", *path = NULL;
    dcom_status status = DCOM_E_MEMORY;
    if (asprintf(&path, "%s/%s", folder, name) < 0) path = NULL;
    if (path) status = npy_read_i32(path, list, count, message);
    free(path);
    return status ? command_error("%s", message) : EXIT_GOOD;
}

static int read_report(const char *folder, json_t **json) {
    json_error_t error;
    char *path = NULL;
    if (asprintf(&path, "%s/report.json", folder) < 0) return command_error("out of memory");
    FILE *file = fopen(path, "r");
    int status = EXIT_GOOD;
    if (!file) status = command_error("%s: not a folder of dcom: report.json: %s", folder, strerror(errno));
    if (!status && !(*json = report_load(file, 0, &error)))
        status = command_error("%s: line %d: not JSON: %s", path, error.line, report_fault(&error));
    if (file) fclose(file);
    free(path);
    return status;
}

/* Whether an array has the shape that the others give it. */
static int check_shape(const char *folder, const char *name, const npy_matrix *m, size_t rows, size_t columns) {
    if (m->rows == rows && m->columns == columns) return EXIT_GOOD;
    return command_error("%s/%s: %zu x %zu, not the %zu x %zu that the rest of the folder asks for", folder, name,
                         m->rows, m->columns, rows, columns);
}

/* Ascending numbers below `end`. */
static int check_list(const char *folder, const char *name, const int32_t *list, size_t count, size_t end) {
    for (size_t i = 0; i < count; i++) {
        if (list[i] < 0 || (size_t)list[i] >= end)
            return command_error("%s/%s: number %zu is %d, not 0..%zu", folder, name, i, list[i], end - 1);
        if (i > 0 && list[i] <= list[i - 1])
            return command_error("%s/%s: not ascending: %d after %d", folder, name, list[i], list[i - 1]);
    }
    return EXIT_GOOD;
}

/* Arrays of one run, as dcom wrote them: their digests are those of the report. */
static int check_digests(const char *folder, const factors *f, const json_t *json) {
    char digest[65], tracks[65];
    const char *said = json_string_value(json_object_get(json, "digest")),
               *also = json_string_value(json_object_get(json, "tracks_digest"));
    if (!said || !also) return command_error("%s/report.json: no digest and tracks_digest in it", folder);
    if (!factors_digest(f, digest, tracks)) return command_error("out of memory");
    if (strcmp(digest, said) != 0)
        return command_error("%s/report.json: its digest is not that of P.npy, V.npy and outliers.npy", folder);
    if (strcmp(tracks, also) != 0)
        return command_error(
            "%s/report.json: its tracks_digest is not that of outlier_columns.npy, token_rows.npy and tokens.npy",
            folder);
    return EXIT_GOOD;
}

static int read_arrays(const char *folder, factors *f) {
    size_t outliers = 0, tokens = 0;
    int status = read_matrix(folder, "P.npy", &f->p);
    if (!status) status = read_matrix(folder, "V.npy", &f->v);
    if (!status) status = read_list(folder, "outliers.npy", &f->outliers, &outliers);
    if (!status) status = read_list(folder, "tokens.npy", &f->tokens, &tokens);
    if (!status) status = read_matrix(folder, "outlier_columns.npy", &f->columns);
    if (!status) status = read_matrix(folder, "token_rows.npy", &f->rows);
    if (status) return status;
    if (f->p.rows == 0 || f->p.rows > INT_MAX || f->v.rows == 0 || f->v.rows > INT_MAX)
        return command_error("%s: %zu tokens x %zu channels are not a matrix", folder, f->p.rows, f->v.rows);
    status = check_shape(folder, "V.npy", &f->v, f->v.rows, f->p.columns);
    if (!status) status = check_shape(folder, "outlier_columns.npy", &f->columns, f->p.rows, outliers);
    if (!status) status = check_shape(folder, "token_rows.npy", &f->rows, tokens, f->v.rows);
    if (!status) status = check_list(folder, "outliers.npy", f->outliers, outliers, f->v.rows);
    if (!status) status = check_list(folder, "tokens.npy", f->tokens, tokens, f->p.rows);
    return status;
}

int factors_read(const char *folder, factors *f) {
    json_t *json = NULL;
    memset(f, 0, sizeof *f);
    int status = read_report(folder, &json);
    if (!status) status = read_arrays(folder, f);
    if (!status) status = check_digests(folder, f, json);
    json_decref(json);
    if (status) factors_release(f);
    return status;
}
