/* kernel_x86.c - the AVX-512 and AVX2 + FMA kernels: 16 or 8 outputs a vector, one vector a lane, chains in
 * registers. SPDX-License-Identifier: Apache-2.0
 *
 * BF16 is widened in place: the even halfwords of a line by a shift, the odd ones by a mask (see kernel.h). A
 * fused multiply-add of widened BF16 values is the MAC exactly; NaNs are made canonical by kernel.c at the
 * end. */
#include "kernel_x86.h"

#ifdef KERNEL_X86
#include "fp.h"

#include <immintrin.h>
#include <string.h>

#define AVX512 __attribute__((target("avx512f")))
#define AVX2 __attribute__((target("avx2,fma")))
#ifdef __OPTIMIZE__
#define INLINE static inline __attribute__((always_inline))
#else /* where coverage is counted, once each (coverage/c.mk) */
#define INLINE static inline
#endif
#ifdef __clang__
#define UNROLL _Pragma("clang loop unroll(full)")
#else
#define UNROLL _Pragma("GCC unroll 16")
#endif

/* ---- AVX-512: 2 x panels x lanes accumulators ---- */
/* LCOV_EXCL_START host: only one that has AVX-512 runs it */

INLINE AVX512 void tile_avx512(const uint16_t *panel, size_t stride, const span *spans, size_t span_count,
                               const float *x, float *tile, const unsigned panels, const unsigned lanes) {
    const __m512i odd = _mm512_set1_epi32((int)0xFFFF0000);
    __m512 sum[16];
    UNROLL for (unsigned i = 0; i < 2 * panels * lanes; i++) _mm512_store_ps(tile + i * 16, _mm512_setzero_ps());
    for (const span *s = spans, *end = spans + span_count; s < end;) { /* a cluster */
        int more = 1;
        UNROLL for (unsigned i = 0; i < 2 * panels * lanes; i++) sum[i] = _mm512_setzero_ps();
        for (; more; more = !s++->last) {
            const uint16_t *m = panel + (size_t)s->start * PANEL;
            const float *v = x + (size_t)s->start * lanes, *stop = v + (size_t)s->length * lanes;
            for (; v < stop; m += PANEL, v += lanes) {
                UNROLL for (unsigned p = 0; p < panels; p++) {
                    __m512i line = _mm512_loadu_si512(m + p * stride);
                    __m512 low = _mm512_castsi512_ps(_mm512_slli_epi32(line, 16));
                    __m512 high = _mm512_castsi512_ps(_mm512_and_si512(line, odd));
                    UNROLL for (unsigned e = 0; e < lanes; e++) {
                        __m512 b = _mm512_set1_ps(v[e]);
                        sum[2 * p * lanes + e] = _mm512_fmadd_ps(low, b, sum[2 * p * lanes + e]);
                        sum[(2 * p + 1) * lanes + e] = _mm512_fmadd_ps(high, b, sum[(2 * p + 1) * lanes + e]);
                    }
                }
            }
        }
        UNROLL for (unsigned i = 0; i < 2 * panels * lanes; i++)
            _mm512_store_ps(tile + i * 16, _mm512_add_ps(_mm512_load_ps(tile + i * 16), sum[i]));
    }
}

/* LCOV_EXCL_STOP */

/* ---- AVX2: 8 accumulators, a quarter of a panel (2 vectors) at a time ---- */

INLINE AVX2 void part_avx2(const uint16_t *panel, size_t stride, const span *spans, size_t span_count, const float *x,
                           float *tile, const unsigned panels, const unsigned lanes, const unsigned part,
                           const unsigned lane, const unsigned width) {
    const __m256i odd = _mm256_set1_epi32((int)0xFFFF0000);
    __m256 sum[8], total[8];
    UNROLL for (unsigned i = 0; i < 2 * panels * width; i++) sum[i] = total[i] = _mm256_setzero_ps();
    for (size_t s = 0; s < span_count; s++) {
        const uint16_t *m = panel + (size_t)spans[s].start * PANEL + part * 16;
        const float *v = x + (size_t)spans[s].start * lanes + lane;
        for (unsigned k = 0; k < spans[s].length; k++, m += PANEL, v += lanes) {
            UNROLL for (unsigned p = 0; p < panels; p++) {
                __m256i line = _mm256_loadu_si256((const __m256i *)(m + p * stride));
                __m256 low = _mm256_castsi256_ps(_mm256_slli_epi32(line, 16));
                __m256 high = _mm256_castsi256_ps(_mm256_and_si256(line, odd));
                UNROLL for (unsigned e = 0; e < width; e++) {
                    __m256 b = _mm256_set1_ps(v[e]);
                    sum[2 * p * width + e] = _mm256_fmadd_ps(low, b, sum[2 * p * width + e]);
                    sum[(2 * p + 1) * width + e] = _mm256_fmadd_ps(high, b, sum[(2 * p + 1) * width + e]);
                }
            }
        }
        if (!spans[s].last) continue;
        UNROLL for (unsigned i = 0; i < 2 * panels * width; i++) {
            total[i] = _mm256_add_ps(total[i], sum[i]);
            sum[i] = _mm256_setzero_ps();
        }
    }
    UNROLL for (unsigned j = 0; j < 2 * panels; j++) {
        UNROLL for (unsigned e = 0; e < width; e++)
            _mm256_storeu_ps(tile + (j * lanes + lane + e) * 16 + part * 8, total[j * width + e]);
    }
}

#define TILES(PANELS, COUNT)                                                                                         \
    static AVX512 void avx512_##PANELS##x##COUNT(const uint16_t *panel, size_t stride, const span *spans,            \
                                                 size_t span_count, const float *x, float *tile) {                   \
        tile_avx512(panel, stride, spans, span_count, x, tile, PANELS, COUNT);                                       \
    }                                                                                                                \
    static AVX2 void avx2_##PANELS##x##COUNT(const uint16_t *panel, size_t stride, const span *spans,                \
                                             size_t span_count, const float *x, float *tile) {                       \
        for (unsigned lane = 0; lane < COUNT; lane += 4)                                                             \
            for (unsigned part = 0; part < 2; part++)                                                                \
                part_avx2(panel, stride, spans, span_count, x, tile, PANELS, COUNT, part, lane,                      \
                          COUNT < 4 ? COUNT : 4);                                                                    \
    }
TILES(1, 1)
TILES(1, 2)
TILES(1, 4)
TILES(1, 8)
TILES(2, 2)
TILES(4, 1)

/* ---- accumulate and raise_peaks: 4 vectors side by side where there are, then 1, then element by element
 * ---- */

INLINE AVX2 __m256 widen(const uint16_t *a) {
    return _mm256_castsi256_ps(_mm256_slli_epi32(_mm256_cvtepu16_epi32(_mm_loadu_si128((const __m128i *)a)), 16));
}

INLINE AVX2 void accumulate_vectors(const uint16_t *a, const uint16_t *b, size_t rows, size_t width, float *sum,
                                    const unsigned vectors) {
    const __m256 quiet = _mm256_castsi256_ps(_mm256_set1_epi32(0x7FC00000));
    __m256 chain[4];
    UNROLL for (unsigned j = 0; j < vectors; j++) chain[j] = _mm256_loadu_ps(sum + 8 * j);
    for (size_t r = 0; r < rows; r++, a += width, b += width) {
        UNROLL for (unsigned j = 0; j < vectors; j++) chain[j] =
            _mm256_fmadd_ps(widen(a + 8 * j), widen(b + 8 * j), chain[j]);
    }
    UNROLL for (unsigned j = 0; j < vectors; j++) {
        __m256 nan = _mm256_cmp_ps(chain[j], chain[j], _CMP_UNORD_Q);
        _mm256_storeu_ps(sum + 8 * j, _mm256_blendv_ps(chain[j], quiet, nan));
    }
}

static AVX2 void accumulate(const uint16_t *a, const uint16_t *b, size_t rows, size_t width, float *sum) {
    size_t i = 0;
    for (; i + 32 <= width; i += 32)
        accumulate_vectors(a + i, b + i, rows, width, sum + i, 4);
    for (; i + 8 <= width; i += 8)
        accumulate_vectors(a + i, b + i, rows, width, sum + i, 1);
    for (; i < width; i++) {
        uint32_t chain;
        memcpy(&chain, sum + i, sizeof chain);
        for (size_t r = 0; r < rows; r++)
            chain = fp_fma(a[r * width + i], b[r * width + i], chain);
        memcpy(sum + i, &chain, sizeof chain);
    }
}

static AVX2 void raise_peaks(const uint16_t *a, size_t rows, size_t width, uint16_t *peak) {
    const __m256i magnitude = _mm256_set1_epi16(0x7FFF);
    size_t i = 0;
    for (; i + 32 <= width; i += 32) {
        __m256i low = _mm256_loadu_si256((const __m256i *)(peak + i));
        __m256i high = _mm256_loadu_si256((const __m256i *)(peak + i + 16));
        const uint16_t *row = a + i;
        for (size_t r = 0; r < rows; r++, row += width) {
            __m256i x = _mm256_loadu_si256((const __m256i *)row);
            __m256i y = _mm256_loadu_si256((const __m256i *)(row + 16));
            low = _mm256_max_epu16(low, _mm256_and_si256(x, magnitude));
            high = _mm256_max_epu16(high, _mm256_and_si256(y, magnitude));
        }
        _mm256_storeu_si256((__m256i *)(peak + i), low);
        _mm256_storeu_si256((__m256i *)(peak + i + 16), high);
    }
    for (; i < width; i++)
        for (size_t r = 0; r < rows; r++) {
            uint16_t x = a[r * width + i] & 0x7FFF;
            peak[i] = x > peak[i] ? x : peak[i];
        }
}

const kernel kernel_avx512 = {"avx512",
                              {4, 2, 1, 1},
                              {avx512_4x1, avx512_2x2, avx512_1x4, avx512_1x8},
                              {avx512_1x1, avx512_1x2, avx512_1x4, avx512_1x8},
                              accumulate,
                              raise_peaks};
const kernel kernel_avx2 = {
    "avx2",     {4, 2, 1, 1}, {avx2_4x1, avx2_2x2, avx2_1x4, avx2_1x8}, {avx2_1x1, avx2_1x2, avx2_1x4, avx2_1x8},
    accumulate, raise_peaks};

#else
typedef int kernel_x86_is_absent; /* ISO C forbids an empty file */
#endif
