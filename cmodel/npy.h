/* npy.h - NumPy's .npy files: a matrix in, rounded to BF16, and lists; P, V and lists out.
 * SPDX-License-Identifier: Apache-2.0
 *
 * In: versions 1.0 to 3.0, two dimensions, C or Fortran order, <f4, <f8, <f2, or <u2 holding BF16 bits. Each
 * element is rounded once, to nearest even, from its own precision. What is not that is refused with one line
 * that names the file; memory is never asked for beyond a small multiple of the file's size. */
#ifndef DCOM_NPY_H
#define DCOM_NPY_H

#include "dcom.h"

typedef struct {
    size_t rows, columns;
    uint16_t *bits; /* rows x columns, row-major BF16, all finite */
} npy_matrix;

dcom_status npy_read(const char *path, npy_matrix *matrix, char message[256]);
/* The same for a file that may well have no rows or no columns, of which there are then no bits. */
dcom_status npy_read_factor(const char *path, npy_matrix *matrix, char message[256]);
void npy_release(npy_matrix *matrix);

/* One dimension, <i4; it may be empty. The caller frees `values`, NULL unless DCOM_OK. */
dcom_status npy_read_i32(const char *path, int32_t **values, size_t *count, char message[256]);

/* rows x columns <f4, C order, version 1.0 */
dcom_status npy_write_f32(const char *path, const float *values, size_t rows, size_t columns, char message[256]);
/* one dimension, <i4 */
dcom_status npy_write_i32(const char *path, const int32_t *values, size_t count, char message[256]);

/* What such a file begins with: version 1.0, C order, one or two dimensions. */
enum { NPY_HEADER = 128 };
void npy_format_header(char header[NPY_HEADER], const char *dtype, unsigned dimensions, size_t rows, size_t columns);

/* ---- between npy.c and npy_header.c ---- */

typedef struct {
    char dtype[24]; /* the descr as written, unprintable characters shown as ? */
    int fortran_order;
    unsigned dimensions;  /* 1 or 2, set by the caller: what the array must have */
    size_t rows, columns; /* columns: 1 for an array of one dimension */
} npy_header;

/* Reads the header's dictionary, a text of its own. NULL if good, else what is wrong with it, in `what`. */
const char *npy_parse_header(const char *text, npy_header *header, char what[96]);

#endif
