/* npy.c - reads a matrix from a .npy file as BF16, reads integer lists, and writes both.
 * SPDX-License-Identifier: Apache-2.0 */
#include "npy.h"
#include "fp.h"
#include "line.h"

#include <assert.h>
#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

static_assert(__BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__, "bytes of a file are taken as they are");

enum { PREAMBLE = 8, MOST_HEADER = 65536 }; /* magic and version; the dictionary */
static const char magic[] = "\x93NUMPY";

__attribute__((format(printf, 3, 4))) static dcom_status fail(const char *path, char message[256], const char *format,
                                                              ...) {
    char what[128];
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(what, sizeof what, format, arguments);
    va_end(arguments);
    snprintf(message, 256, "%.120s: %s", path, what);
    one_line(message);
    return DCOM_E_FILE;
}

/* ---- one element to BF16, rounded once; an infinite or NaN result is the caller's to refuse ---- */

static uint16_t from_f32(const unsigned char *bytes) {
    uint32_t bits;
    memcpy(&bits, bytes, sizeof bits);
    return fp_to_bf16(bits);
}

/* Through FP32 rounded to odd: its 16 bits more than BF16's keep the second rounding from being one too many.
 */
static uint16_t from_f64(const unsigned char *bytes) {
    double exact;
    memcpy(&exact, bytes, sizeof exact);
    const float near = (float)exact;
    uint32_t bits;
    memcpy(&bits, &near, sizeof bits);
    if (isfinite(near) && (double)near != exact) {
        if (fabs((double)near) > fabs(exact)) bits--;
        bits |= 1;
    }
    return fp_to_bf16(bits);
}

static uint16_t from_f16(const unsigned char *bytes) {
    uint16_t half;
    memcpy(&half, bytes, sizeof half);
    const int exponent = half >> 10 & 31, fraction = half & 0x3FF;
    if (exponent == 31) return fraction ? 0x7FC0 : 0x7F80;
    float value = ldexpf((float)(exponent ? fraction | 0x400 : fraction), (exponent ? exponent : 1) - 25);
    if (half >> 15) value = -value;
    return from_f32((const unsigned char *)&value);
}

static uint16_t from_bf16(const unsigned char *bytes) {
    uint16_t bits;
    memcpy(&bits, bytes, sizeof bits);
    return bits;
}

typedef struct {
    const char *dtype;
    size_t bytes;
    uint16_t (*convert)(const unsigned char *);
} element;

static const element *element_of(const char *dtype) {
    static const element elements[] = {
        {"<f4", 4, from_f32}, {"<f8", 8, from_f64}, {"<f2", 2, from_f16}, {"<u2", 2, from_bf16}};
    for (size_t i = 0; i < sizeof elements / sizeof *elements; i++)
        if (strcmp(elements[i].dtype, dtype) == 0) return &elements[i];
    return NULL;
}

/* Whether the element in the file is itself infinite or NaN, or only too large for BF16. */
static const char *not_finite(const element *e, const unsigned char *bytes, uint16_t result) {
    double value = 0;
    float narrow = 0;
    if ((result & 0x7FFF) > 0x7F80) return "is NaN";
    if (e->bytes == 8) memcpy(&value, bytes, 8);
    if (e->bytes == 4) memcpy(&narrow, bytes, 4);
    return e->bytes == 2 || isinf(value) || isinf(narrow) ? "is infinite" : "is too large for BF16";
}

/* ---- reading ---- */

/* What a file is that ended too soon, unless it could not be read. */
static dcom_status cut(FILE *file, const char *path, char message[256], const char *what) {
    return ferror(file) ? fail(path, message, "%m") : fail(path, message, "%s", what);
}

/* Magic, version and dictionary; the file stands at the first element after it. */
static dcom_status read_header(FILE *file, size_t size, const char *path, npy_header *header, char message[256]) {
    unsigned char start[PREAMBLE], count[4] = {0};
    if (fread(start, 1, PREAMBLE, file) != PREAMBLE || memcmp(start, magic, 6) != 0)
        return cut(file, path, message, "not a .npy file: it does not begin with \\x93NUMPY");
    if (start[6] < 1 || start[6] > 3 || start[7] != 0)
        return fail(path, message, ".npy version %u.%u is not 1.0, 2.0 or 3.0", start[6], start[7]);
    const size_t width = start[6] == 1 ? 2 : 4;
    if (fread(count, 1, width, file) != width) return cut(file, path, message, "truncated in the header");
    const size_t length = count[0] | (size_t)count[1] << 8 | (size_t)count[2] << 16 | (size_t)count[3] << 24;
    if (length > size - PREAMBLE - width) return fail(path, message, "truncated in the header");
    if (length > MOST_HEADER)
        return fail(path, message, "a header of %zu bytes is not that of a plain matrix", length);

    char *text = malloc(length + 1), what[96];
    if (!text) return fail(path, message, "out of memory"), DCOM_E_MEMORY;
    const size_t got = fread(text, 1, length, file);
    text[got] = 0;
    const char *fault = got < length          ? "truncated in the header"
                        : strlen(text) != got ? "the header is not text"
                                              : npy_parse_header(text, header, what);
    free(text);
    return fault ? cut(file, path, message, fault) : DCOM_OK;
}

/* The elements, a row (or, in Fortran order, a column) at a time. */
static dcom_status read_elements(FILE *file, const char *path, const npy_header *h, const element *e, uint16_t *to,
                                 char message[256]) {
    const size_t lines = h->fortran_order ? h->columns : h->rows, length = h->fortran_order ? h->rows : h->columns;
    const size_t line_step = h->fortran_order ? 1 : h->columns, step = h->fortran_order ? h->columns : 1;
    unsigned char *line = malloc(length * e->bytes);
    if (!line) return fail(path, message, "out of memory"), DCOM_E_MEMORY;
    dcom_status status = DCOM_OK;
    for (size_t i = 0; i < lines && !status; i++) {
        if (fread(line, e->bytes, length, file) != length) {
            status = cut(file, path, message, "truncated in the elements");
            break;
        }
        for (size_t k = 0; k < length && !status; k++) {
            const unsigned char *bytes = line + k * e->bytes;
            const uint16_t bits = e->convert(bytes);
            to[i * line_step + k * step] = bits;
            if ((bits & 0x7F80) != 0x7F80) continue;
            fail(path, message, "row %zu, column %zu %s", h->fortran_order ? k : i, h->fortran_order ? i : k,
                 not_finite(e, bytes, bits));
            status = DCOM_E_VALUE;
        }
    }
    free(line);
    return status;
}

/* Whether what is left of the file is `h.rows` x `h.columns` elements of `width` bytes, no less and no more. */
static dcom_status check_size(FILE *file, size_t size, const char *path, const npy_header *h, size_t width,
                              char message[256]) {
    size_t count, bytes;
    const size_t there = size - (size_t)ftell(file);
    if (__builtin_mul_overflow(h->rows, h->columns, &count) || __builtin_mul_overflow(count, width, &bytes))
        return fail(path, message, "the shape %zu x %zu is beyond any memory", h->rows, h->columns);
    if (bytes > there)
        return fail(path, message, "truncated: %zu bytes of elements, %zu x %zu %s take %zu", there, h->rows,
                    h->columns, h->dtype, bytes);
    if (bytes < there) return fail(path, message, "%zu bytes too many after the matrix", there - bytes);
    return DCOM_OK;
}

/* Opens a file of `size` bytes; it stands at its first element, and the caller closes it. */
static dcom_status open_array(const char *path, FILE **file, size_t *size, npy_header *h, char message[256]) {
    struct stat about;
    *file = NULL;
    message[0] = 0;
    /* looked at before it is opened: opening a pipe would wait for its writer */
    if (stat(path, &about) != 0) return fail(path, message, "%m");
    if (!S_ISREG(about.st_mode)) return fail(path, message, "not a regular file");
    *file = fopen(path, "rb");
    if (!*file) return fail(path, message, "%m");
    *size = (size_t)about.st_size;
    return read_header(*file, *size, path, h, message);
}

static dcom_status read_matrix(FILE *file, size_t size, const char *path, const npy_header *h, int may_be_empty,
                               npy_matrix *matrix, char message[256]) {
    const element *e = element_of(h->dtype);
    const int empty = h->rows == 0 || h->columns == 0;
    if (!e) return fail(path, message, "elements are %s, not <f4, <f8, <f2 or <u2", h->dtype);
    if (empty && !may_be_empty) {
        fail(path, message, "the matrix is empty: %zu tokens x %zu channels", h->rows, h->columns);
        return DCOM_E_SHAPE;
    }
    dcom_status status = check_size(file, size, path, h, e->bytes, message);
    if (status) return status;
    *matrix = (npy_matrix){h->rows, h->columns, NULL};
    if (empty) return DCOM_OK;
    matrix->bits = malloc(h->rows * h->columns * sizeof(uint16_t));
    if (!matrix->bits) return fail(path, message, "out of memory"), DCOM_E_MEMORY;
    status = read_elements(file, path, h, e, matrix->bits, message);
    if (status) npy_release(matrix);
    return status;
}

static dcom_status read_any(const char *path, int may_be_empty, npy_matrix *matrix, char message[256]) {
    npy_header h = {.dimensions = 2};
    FILE *file;
    size_t size = 0;
    memset(matrix, 0, sizeof *matrix);
    dcom_status status = open_array(path, &file, &size, &h, message);
    if (!status) status = read_matrix(file, size, path, &h, may_be_empty, matrix, message);
    if (file) fclose(file);
    return status;
}

dcom_status npy_read(const char *path, npy_matrix *matrix, char message[256]) {
    return read_any(path, 0, matrix, message);
}

dcom_status npy_read_factor(const char *path, npy_matrix *matrix, char message[256]) {
    return read_any(path, 1, matrix, message);
}

dcom_status npy_read_i32(const char *path, int32_t **values, size_t *count, char message[256]) {
    npy_header h = {.dimensions = 1};
    FILE *file;
    size_t size = 0;
    *values = NULL, *count = 0;
    dcom_status status = open_array(path, &file, &size, &h, message);
    if (!status && strcmp(h.dtype, "<i4") != 0) status = fail(path, message, "elements are %s, not <i4", h.dtype);
    if (!status) status = check_size(file, size, path, &h, sizeof **values, message);
    if (!status && !(*values = malloc(h.rows * sizeof **values + 1)))
        fail(path, message, "out of memory"), status = DCOM_E_MEMORY;
    if (!status && fread(*values, sizeof **values, h.rows, file) != h.rows)
        status = cut(file, path, message, "truncated in the elements");
    if (file) fclose(file);
    if (status) free(*values), *values = NULL;
    *count = status ? 0 : h.rows;
    return status;
}

void npy_release(npy_matrix *matrix) {
    free(matrix->bits);
    memset(matrix, 0, sizeof *matrix);
}

/* ---- writing ---- */

void npy_format_header(char header[NPY_HEADER], const char *dtype, unsigned dimensions, size_t rows, size_t columns) {
    char shape[48];
    if (dimensions == 1)
        snprintf(shape, sizeof shape, "(%zu,)", rows);
    else
        snprintf(shape, sizeof shape, "(%zu, %zu)", rows, columns);
    const int text = snprintf(header, NPY_HEADER, "%s%c%c%c%c{'descr': '%s', 'fortran_order': False, 'shape': %s, }",
                              magic, 1, 0, 118, 0, dtype, shape);
    assert(text < NPY_HEADER); /* LCOV_EXCL_BR_LINE: with two sizes of 20 digits there is room left */
    memset(header + text, ' ', NPY_HEADER - (size_t)text);
    header[NPY_HEADER - 1] = '\n';
}

static dcom_status write_array(const char *path, const char *dtype, unsigned dimensions, size_t rows, size_t columns,
                               const void *values, size_t bytes, char message[256]) {
    char header[NPY_HEADER];
    message[0] = 0;
    npy_format_header(header, dtype, dimensions, rows, columns);
    FILE *file = fopen(path, "wb");
    if (!file) return fail(path, message, "%m");
    const int good = fwrite(header, 1, sizeof header, file) == sizeof header &&
                     (bytes == 0 || fwrite(values, 1, bytes, file) == bytes);
    if (fclose(file) != 0 || !good) return fail(path, message, "cannot be written: %m");
    return DCOM_OK;
}

dcom_status npy_write_f32(const char *path, const float *values, size_t rows, size_t columns, char message[256]) {
    return write_array(path, "<f4", 2, rows, columns, values, rows * columns * sizeof *values, message);
}

dcom_status npy_write_i32(const char *path, const int32_t *values, size_t count, char message[256]) {
    return write_array(path, "<i4", 1, count, 1, values, count * sizeof *values, message);
}
