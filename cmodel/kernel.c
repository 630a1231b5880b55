/* kernel.c - choice of the multiply-add kernel, the loop over tiles, and the portable integer kernel.
 * SPDX-License-Identifier: Apache-2.0 */
#include "kernel.h"
#include "engine.h"
#include "fp.h"
#include "isa.h"
#include "kernel_x86.h"

#include <assert.h>
#include <string.h>

static uint32_t bits(float x) {
    uint32_t u;
    memcpy(&u, &x, sizeof u);
    return u;
}

static float value(uint32_t u) {
    float x;
    memcpy(&x, &u, sizeof x);
    return x;
}

/* ---- portable: integers only, the reference that the others are judged against ---- */

static void portable_tile(const uint16_t *panel, const span *spans, size_t span_count, const float *x, unsigned lanes,
                          float *tile) {
    for (unsigned o = 0; o < PANEL; o++) {
        for (unsigned e = 0; e < lanes; e++) {
            uint32_t total = 0, chain = 0;
            for (size_t s = 0; s < span_count; s++) {
                for (unsigned k = spans[s].start; k < spans[s].start + spans[s].length; k++)
                    chain = fp_fma(panel[(size_t)k * PANEL + kernel_slot(o)],
                                   (uint16_t)(bits(x[(size_t)k * lanes + e]) >> 16), chain);
                if (!spans[s].last) continue;
                total = fp_add(total, chain);
                chain = 0;
            }
            tile[(o / 16 * lanes + e) * 16 + o % 16] = value(total);
        }
    }
}

#define PORTABLE(LANES_)                                                                                             \
    static void portable_##LANES_(const uint16_t *panel, size_t stride, const span *spans, size_t span_count,        \
                                  const float *x, float *tile) {                                                     \
        (void)stride;                                                                                                \
        portable_tile(panel, spans, span_count, x, LANES_, tile);                                                    \
    }
PORTABLE(1)
PORTABLE(2)
PORTABLE(4)
PORTABLE(8)

static void portable_accumulate(const uint16_t *a, const uint16_t *b, size_t rows, size_t width, float *sum) {
    for (size_t i = 0; i < width; i++) {
        uint32_t chain = bits(sum[i]);
        for (size_t r = 0; r < rows; r++)
            chain = fp_fma(a[r * width + i], b[r * width + i], chain);
        sum[i] = value(chain);
    }
}

static void portable_raise_peaks(const uint16_t *a, size_t rows, size_t width, uint16_t *peak) {
    for (size_t r = 0; r < rows; r++)
        for (size_t i = 0; i < width; i++) {
            uint16_t magnitude = a[r * width + i] & 0x7FFF;
            peak[i] = magnitude > peak[i] ? magnitude : peak[i];
        }
}

static const kernel portable = {"portable",
                                {1, 1, 1, 1},
                                {portable_1, portable_2, portable_4, portable_8},
                                {portable_1, portable_2, portable_4, portable_8},
                                portable_accumulate,
                                portable_raise_peaks};

/* ---- choice ---- */

const kernel *kernel_select(const char *name) {
#ifdef KERNEL_X86
    static const kernel *const kernels[] = {
        [ISA_BASE] = &portable, [ISA_AVX2] = &kernel_avx2, [ISA_AVX512] = &kernel_avx512};
#else
    static const kernel *const kernels[] = {[ISA_BASE] = &portable};
#endif
    isa limit;
    if (!name) return isa_limit(&limit, NULL), kernels[limit];
    for (unsigned i = ISA_BASE; i <= isa_host(); i++)
        if (strcmp(name, kernels[i]->name) == 0) return kernels[i];
    return NULL;
}

/* ---- the loop over tiles ---- */

static float canonical(float x) { return x != x ? value(0x7FC00000) : x; }

/* tile[][lanes][16] -> out[][LANES] for outputs [from, to) of the tile. */
static void store(const float *tile, unsigned from, unsigned to, unsigned lanes, float *restrict out) {
    for (unsigned o = from; o < to; o++, out += LANES) {
        const float *column = tile + (size_t)(o / 16) * lanes * 16 + o % 16;
        if (lanes == LANES) {
            for (unsigned e = 0; e < LANES; e++)
                out[e] = canonical(column[e * 16]);
        } else {
            for (unsigned e = 0; e < LANES; e++)
                out[e] = e < lanes ? canonical(column[e * 16]) : 0;
        }
    }
}

void kernel_contract(const kernel *k, const uint16_t *panels, size_t stride, unsigned first, unsigned count,
                     const span *spans, size_t span_count, const float *x, unsigned expansion, float *out) {
    const unsigned which = expansion == 8 ? 3 : expansion / 2, end = first + count;
    assert(expansion == 1 || expansion == 2 || expansion == 4 || expansion == 8);
    _Alignas(64) float tile[KERNEL_TILE * 2]; /* the widest tile: 8 lanes of one panel or 2 of four */
    for (unsigned panel = first / PANEL; panel * PANEL < end;) {
        unsigned left = (end + PANEL - 1) / PANEL - panel;
        unsigned width = left >= k->group[which] ? k->group[which] : 1;
        kernel_tile *run = width == 1 ? k->single[which] : k->wide[which];
        run(panels + panel * stride, stride, spans, span_count, x, tile);
        unsigned base = panel * PANEL, from = base < first ? first - base : 0;
        unsigned to = end - base < width * PANEL ? end - base : width * PANEL;
        store(tile, from, to, expansion, out + (size_t)(base + from - first) * LANES);
        panel += width;
    }
}
