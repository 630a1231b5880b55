/* mac_grid.c - 8 x 8 fused multiply-adds, one outer product a clock.
 * Twin: rtl/mac_grid.v, whose header has the stages. SPDX-License-Identifier: Apache-2.0
 *
 * Decoded operands and products are integers, as in the RTL; the addition is the host's own fused multiply-add, on
 * operands that travel beside them (a_f, b_f: model only). Where a pipeline register cuts the addition (mac_stages
 * 3), or the host has no FMA, it is the integer reference of fp.h. */
#include "array.h"

#ifdef __FMA__
#include <immintrin.h>
#endif

/* A row of MACs; the compilers' vector extension, split where the host's registers are shorter. */
typedef uint32_t lane_vector __attribute__((vector_size(LANES * sizeof(uint32_t))));

/* Products of all pairs. fp_multiply() with the fields moved into place once per operand instead of once per MAC:
 * where the exponents are added, so are the signs, and their carry is cut off. */
STEP void mac_grid_multiply(const struct cluster *c, uint32_t *product) {
    lane_vector a, b;
    memcpy(&a, c->a_q, sizeof a);
    memcpy(&b, c->b_q, sizeof b);
    lane_vector a_top = (a & 0x80000) << 9 | (a & 0x7FF00) << 8, b_top = (b & 0x80000) << 9 | (b & 0x7FF00) << 8;
    a &= 255, b &= 255;
    for (unsigned r = 0; r < MAC_ROWS; r++) {
        lane_vector row = ((a_top[r] + b_top) & 0x1FFFFFFF) + a[r] * b;
        memcpy(product + LANES * r, &row, sizeof row);
    }
}

/* sum[m] = product m + (first ? +0 : sum[m]), one rounding, for all 64 MACs */
STEP void mac_grid_add(struct cluster *c, unsigned stages, unsigned first, uint32_t *sum) {
#ifdef __FMA__
    const float *a = stages >= 2 ? c->product_a_f : c->a_f;
    const __m256 b = _mm256_loadu_ps(stages >= 2 ? c->product_b_f : c->b_f);
    const __m256 keep = _mm256_castsi256_ps(_mm256_set1_epi32(first ? 0 : -1));
    const __m256 nan = _mm256_castsi256_ps(_mm256_set1_epi32(0x7FC00000));
    for (unsigned r = 0; r < MAC_ROWS; r++) {
        float *row = (float *)(void *)(sum + LANES * r);
        __m256 s = _mm256_fmadd_ps(_mm256_broadcast_ss(a + r), b, _mm256_and_ps(keep, _mm256_loadu_ps(row)));
        _mm256_storeu_ps(row, _mm256_blendv_ps(s, nan, _mm256_cmp_ps(s, s, _CMP_UNORD_Q)));
    }
#else
    const uint32_t *product = stages >= 2 ? c->product_q : c->product_d;
    for (unsigned m = 0; m < MACS; m++)
        sum[m] = fp_round(fp_align(fp_term_of_product(product[m]), first ? 0 : sum[m]));
#endif
}

/* One clock, last stage first: each stage reads what its predecessor held before. Control: {valid, transpose, bank,
 * last, first} up to the addition, without `first` in round_q. */
STEP void mac_grid_step(struct cluster *c, const struct geometry *g, unsigned rst, const struct vector_port *vector) {
    unsigned multiply = c->multiply_q, align = g->stages >= 2 ? c->align_q : multiply;
    unsigned round = g->stages >= 3 ? c->round_q : align >> 1;
    if (g->stages < 2 && multiply >> 4) mac_grid_multiply(c, c->product_d);
    if (round >> 3) {
        unsigned bank = round >> 1 & (g->banks - 1) ? MACS : 0;
        uint32_t *sum = c->accumulator_q + bank;
        if (g->stages < 3)
            mac_grid_add(c, g->stages, align & 1, sum);
        else
            for (unsigned m = 0; m < MACS; m++)
                sum[m] = fp_round((fp_sum){c->sum_q[m], c->exponent_q[m]});
        if (round & 1) memcpy(c->drain_q + bank, sum, MACS * sizeof *sum);
    }
    if (g->stages >= 3 && align >> 4) {
        const uint32_t *addend = c->accumulator_q + (align >> 2 & 1 ? MACS : 0);
        for (unsigned m = 0; m < MACS; m++) {
            fp_sum s = fp_align(fp_term_of_product(c->product_q[m]), align & 1 ? 0 : addend[m]);
            c->sum_q[m] = s.sum;
            c->exponent_q[m] = s.exponent;
        }
    }
    if (g->stages >= 2 && multiply >> 4) {
        mac_grid_multiply(c, c->product_q);
        memcpy(c->product_a_f, c->a_f, sizeof c->a_f);
        memcpy(c->product_b_f, c->b_f, sizeof c->b_f);
    }
    if (c->control_q >> 4) {
        uint32_t element[8], a[8], a_f[8];
        memcpy(element, c->element_q, sizeof element);
        for (unsigned k = 0; k < 8; k++) {
            a[k] = fp_decode((uint16_t)element[k]);
            a_f[k] = element[k] << 16;
        }
        memcpy(c->a_q, a, sizeof a);
        memcpy(c->a_f, a_f, sizeof a_f);
        memcpy(c->b_q, vector->vector_q, sizeof c->b_q);
        memcpy(c->b_f, vector->vector_f, sizeof c->b_f);
    }
    c->round_q = rst || g->stages < 3 ? 0 : (uint8_t)(align >> 1);
    c->align_q = rst || g->stages < 2 ? 0 : (uint8_t)multiply;
    c->multiply_q = rst ? 0 : c->control_q;
}
