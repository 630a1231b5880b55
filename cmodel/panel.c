/* panel.c - packing of matrices into the panels of kernel.h.
 * SPDX-License-Identifier: Apache-2.0
 *
 * Vectors here are the compiler's portable ones (128 bits, baseline of every 64-bit machine). */
#include "panel.h"
#include "kernel.h"

#include <string.h>

typedef uint16_t half8 __attribute__((vector_size(16)));

static half8 load(const uint16_t *a) {
    half8 v;
    memcpy(&v, a, sizeof v);
    return v;
}

static void save(uint16_t *a, half8 v) { memcpy(a, &v, sizeof v); }

static half8 low(half8 a, half8 b) { return __builtin_shufflevector(a, b, 0, 8, 1, 9, 2, 10, 3, 11); }
static half8 high(half8 a, half8 b) { return __builtin_shufflevector(a, b, 4, 12, 5, 13, 6, 14, 7, 15); }

size_t panel_size(size_t outputs, size_t depth) { return (outputs + PANEL - 1) / PANEL * PANEL * depth; }

/* PANEL halfwords -> a line of a panel; `columns` of them are there. */
static void put_line(const uint16_t *from, size_t columns, uint16_t *line) {
    uint16_t edge[PANEL] = {0};
    if (columns < PANEL) {
        memcpy(edge, from, columns * sizeof *edge);
        from = edge;
    }
    half8 a = load(from), b = load(from + 8), c = load(from + 16), d = load(from + 24);
    save(line, low(a, c)), save(line + 8, high(a, c));
    save(line + 16, low(b, d)), save(line + 24, high(b, d));
}

void panel_pack_columns(const uint16_t *a, size_t rows, size_t columns, uint16_t *panels) {
    for (size_t c = 0; c < columns; c += PANEL)
        for (size_t r = 0; r < rows; r++, panels += PANEL)
            put_line(a + r * columns + c, columns - c, panels);
}

void panel_put_index(const uint16_t *row, size_t columns, uint16_t *panels, size_t stride) {
    for (size_t c = 0; c < columns; c += PANEL, panels += stride)
        put_line(row + c, columns - c, panels);
}

/* Eight rows of eight -> eight rows of eight, `stride` apart: a perfect shuffle of the rows, three times. */
static void transpose8(const uint16_t *const row[8], uint16_t *to, size_t stride) {
    const half8 a = load(row[0]), b = load(row[1]), c = load(row[2]), d = load(row[3]);
    const half8 e = load(row[4]), f = load(row[5]), g = load(row[6]), h = load(row[7]);
    const half8 ae = low(a, e), AE = high(a, e), bf = low(b, f), BF = high(b, f);
    const half8 cg = low(c, g), CG = high(c, g), dh = low(d, h), DH = high(d, h);
    const half8 aceg = low(ae, cg), ACEG = high(ae, cg), bdfh = low(bf, dh), BDFH = high(bf, dh);
    const half8 third = low(AE, CG), THIRD = high(AE, CG), fourth = low(BF, DH), FOURTH = high(BF, DH);
    save(to, low(aceg, bdfh)), save(to + stride, high(aceg, bdfh));
    save(to + 2 * stride, low(ACEG, BDFH)), save(to + 3 * stride, high(ACEG, BDFH));
    save(to + 4 * stride, low(third, fourth)), save(to + 5 * stride, high(third, fourth));
    save(to + 6 * stride, low(THIRD, FOURTH)), save(to + 7 * stride, high(THIRD, FOURTH));
}

void panel_transpose_lanes(const uint16_t *from, size_t rows, uint16_t *to, size_t stride) {
    size_t r = 0;
    for (; r + 8 <= rows; r += 8) {
        const uint16_t *row[8];
        for (unsigned i = 0; i < 8; i++)
            row[i] = from + (r + i) * 8;
        transpose8(row, to + r, stride);
    }
    for (; r < rows; r++)
        for (unsigned e = 0; e < 8; e++)
            to[e * stride + r] = from[r * 8 + e];
}

void panel_pack_rows(const uint16_t *a, size_t rows, size_t columns, uint16_t *panels) {
    for (size_t r = 0; r < rows; r += PANEL, panels += columns * PANEL) {
        size_t c = 0, full = rows - r >= PANEL ? columns / 8 * 8 : 0;
        for (; c < full; c += 8) {
            for (unsigned slot = 0; slot < PANEL; slot += 8) {
                const uint16_t *row[8];
                for (unsigned i = 0; i < 8; i++)
                    row[i] = a + (r + (slot + i) / 2 + (i & 1) * (PANEL / 2)) * columns + c;
                transpose8(row, panels + c * PANEL + slot, PANEL);
            }
        }
        for (; c < columns; c++)
            for (unsigned o = 0; o < PANEL; o++)
                panels[c * PANEL + kernel_slot(o)] = r + o < rows ? a[(r + o) * columns + c] : 0;
    }
}
