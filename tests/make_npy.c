/* make_npy.c - writes a test matrix: make_npy FILE DTYPE ORDER ROWS COLUMNS KIND [ROW COLUMN VALUE]
 * SPDX-License-Identifier: Apache-2.0
 *
 * DTYPE: f4 f8 f2 u2 (BF16 bits). ORDER: C or F. KIND: random (multiples of 1/8 in -2..2, exact in every
 * DTYPE), zero, rankN (products of two random matrices of small whole numbers), repeat (every column the
 * same). VALUE replaces one element. */
#include <assert.h>
#include <math.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static uint32_t hash(uint32_t x) {
    x = (x ^ x >> 16) * 0x7FEB352Du;
    x = (x ^ x >> 15) * 0x846CA68Bu;
    return x ^ x >> 16;
}

static double value(const char *kind, unsigned row, unsigned column) {
    if (strcmp(kind, "zero") == 0) return 0;
    if (strcmp(kind, "repeat") == 0) column = 0;
    if (strncmp(kind, "rank", 4) == 0) {
        double sum = 0;
        for (unsigned k = 0; k < (unsigned)atoi(kind + 4); k++)
            sum += ((int)(hash(row * 64 + k + 1) % 3) - 1) * ((int)(hash(~(column * 64 + k)) % 3) - 1);
        return sum;
    }
    return ((int)(hash(row * 65536 + column + 1) % 33) - 16) / 8.0;
}

static void put(FILE *file, const char *dtype, double x) {
    const float narrow = (float)x;
    uint32_t bits;
    uint16_t half;
    memcpy(&bits, &narrow, sizeof bits);
    if (strcmp(dtype, "f8") == 0) {
        fwrite(&x, sizeof x, 1, file);
    } else if (strcmp(dtype, "f4") == 0) {
        fwrite(&narrow, sizeof narrow, 1, file);
    } else if (strcmp(dtype, "u2") == 0) {
        half = (uint16_t)(bits >> 16);
        fwrite(&half, sizeof half, 1, file);
    } else { /* f2, for normal values and zero */
        half = (uint16_t)(bits >> 16 & 0x8000);
        if (!isfinite(x))
            half |= 0x7C00 | (isnan(x) ? 1 : 0);
        else if (x != 0)
            half |= (uint16_t)(((bits >> 23 & 255) - 112) << 10 | (bits >> 13 & 0x3FF));
        fwrite(&half, sizeof half, 1, file);
    }
}

int main(int argc, char **argv) {
    if (argc != 7 && argc != 10) return 2;
    const unsigned rows = (unsigned)atoi(argv[4]), columns = (unsigned)atoi(argv[5]);
    const int fortran = argv[3][0] == 'F';
    FILE *file = fopen(argv[1], "wb");
    if (!file) return 2;
    char header[128];
    const int length =
        snprintf(header, sizeof header, "\x93NUMPY%c%c%c%c{'descr': '<%s', 'fortran_order': %s, 'shape': (%u, %u), }",
                 1, 0, 118, 0, argv[2], fortran ? "True" : "False", rows, columns);
    assert(length > 0 && length < 127);
    memset(header + length, ' ', sizeof header - (size_t)length);
    header[127] = '\n';
    fwrite(header, 1, sizeof header, file);
    for (unsigned i = 0; i < rows * columns; i++) {
        const unsigned row = fortran ? i % rows : i / columns, column = fortran ? i / rows : i % columns;
        const int replaced = argc == 10 && row == (unsigned)atoi(argv[7]) && column == (unsigned)atoi(argv[8]);
        put(file, argv[2], replaced ? atof(argv[9]) : value(argv[6], row, column));
    }
    return fclose(file) == 0 ? 0 : 2;
}
