/* scalar.c - the FP32 scalar unit, as numbers and clock by clock. Contraction must be off (-ffp-contract=off).
 * Twin: rtl/scalar.v, whose header has the stages. SPDX-License-Identifier: Apache-2.0 */
#include "scalar.h"

#include <math.h>
#include <string.h>

float scalar_root(float x) { return x < 0 ? NAN : sqrtf(x); }

unsigned scalar_inverse_root(unsigned n, const float *g, float floor[LANES], float *inverse) {
    float r[LANES][LANES], x[LANES][LANES], q[LANES], next_floor[LANES] = {0};
    unsigned kept = 0, from[LANES]; /* r, x, q: by kept column; from: its column in the block */
    for (unsigned i = 0; i < n; i++) {
        float column[LANES]; /* R[k][i] of the columns kept so far */
        for (unsigned k = 0; k < kept; k++) {
            float s = g[from[k] * LANES + i];
            for (unsigned m = 0; m < k; m++)
                s -= r[m][k] * column[m];
            column[k] = s * q[k];
        }
        float d = g[i * LANES + i];
        for (unsigned k = 0; k < kept; k++)
            d -= column[k] * column[k];
        if (!(d > floor[i])) continue;
        for (unsigned k = 0; k < kept; k++)
            r[k][kept] = column[k];
        next_floor[kept] = floor[i] / d;
        q[kept] = 1 / scalar_root(d);
        from[kept++] = i;
    }
    memset(inverse, 0, LANES * LANES * sizeof *inverse);
    for (unsigned j = 0; j < kept; j++) {
        x[j][j] = q[j];
        for (unsigned i = j; i-- > 0;) {
            float s = r[i][i + 1] * x[i + 1][j];
            for (unsigned k = i + 2; k <= j; k++)
                s += r[i][k] * x[k][j];
            x[i][j] = -(s * q[i]);
        }
        for (unsigned i = 0; i <= j; i++)
            inverse[from[i] * LANES + j] = x[i][j];
    }
    memcpy(floor, next_floor, sizeof next_floor);
    return kept;
}

/* ---- clock by clock ---- */

static unsigned bit(const uint32_t *bits, unsigned k) { return bits[k / 32] >> k % 32 & 1; }

static void set_bit(uint32_t *bits, unsigned k, unsigned value) {
    bits[k / 32] = (bits[k / 32] & ~(1u << k % 32)) | value << k % 32;
}

static int any(const uint32_t *bits, unsigned words) {
    uint32_t all = 0;
    for (unsigned k = 0; k < words; k++)
        all |= bits[k];
    return all != 0;
}

/* a > b, |a| < b, or a <= b, of FP32 bits */
static unsigned compare(unsigned op, uint32_t a, uint32_t b) {
    const uint32_t x = op == SCALAR_SMALLER ? a & 0x7FFFFFFF : a, magnitude_x = x & 0x7FFFFFFF,
                   magnitude_b = b & 0x7FFFFFFF;
    if (magnitude_x > 0x7F800000 || magnitude_b > 0x7F800000) return 0;
    const unsigned zeros = (magnitude_x | magnitude_b) == 0, negative = x >> 31;
    const unsigned greater = zeros                 ? 0
                             : negative != b >> 31 ? !negative
                             : negative            ? magnitude_x < magnitude_b
                                                   : magnitude_x > magnitude_b;
    const unsigned smaller = zeros                 ? 0
                             : negative != b >> 31 ? negative
                             : negative            ? magnitude_x > magnitude_b
                                                   : magnitude_x < magnitude_b;
    return op == SCALAR_GREATER ? greater : op == SCALAR_SMALLER ? smaller : !greater;
}

void scalar_init(struct scalar *s) {
    memset(s, 0, sizeof *s);
    for (unsigned k = 0; k < SCALAR_WORDS; k++)
        s->rom[k] = (uint32_t)SCALAR_END << 24;
    scalar_program(s->rom, s->entry);
}

unsigned scalar_good(const struct scalar *s, unsigned width) {
    unsigned good = 0;
    for (unsigned e = 0; e < width; e++) {
        unsigned fine = bit(s->flag_q, SCALAR_CLEAR_OF_BASIS + e) & bit(s->flag_q, SCALAR_NEAR_ONE + e);
        for (unsigned i = 0; i < e; i++)
            fine &= (unsigned)!(good >> i & 1) | bit(s->flag_q, SCALAR_APART + e * (e - 1) / 2 + i);
        good |= fine << e;
    }
    return good;
}

void scalar_step(struct scalar *s, const struct scalar_in *in) {
    /* stage 0 */
    const uint32_t word = s->rom[s->pc_q];
    const unsigned op = word >> 24, dst = word >> 16 & 255, a = word >> 8 & 255, b = word & 255;
    const unsigned is_alu = op <= SCALAR_SQRT,
                   is_compare = op == SCALAR_GREATER || op == SCALAR_SMALLER || op == SCALAR_AT_MOST;
    const unsigned is_pick = op == SCALAR_PICK || op == SCALAR_CONSTANT, is_end = !is_alu && !is_compare && !is_pick;
    const unsigned reads_a = op != SCALAR_CONSTANT && !is_end, reads_b = (is_alu && op != SCALAR_SQRT) || is_compare;
    const unsigned waits = (reads_a && bit(s->pending_q, a)) || (reads_b && bit(s->pending_q, b)) ||
                           ((is_alu || is_pick) && bit(s->pending_q, dst)) ||
                           (is_alu && !scalar_alu_ready(&s->alu, op)) || (is_end && any(s->pending_q, 8));
    const unsigned issue = s->running_q && !waits;
    const uint32_t value_a = s->mem[a], value_b = s->mem[b];
    const uint32_t picked = op == SCALAR_CONSTANT ? word << 16 : bit(s->flag_q, b & 63) ? value_a : 0;
    const unsigned found = compare(op, value_a, value_b);

    /* stage 2 */
    if (in->write_valid && !s->running_q) s->mem[in->write_register] = in->write_data;
    if (s->pick_valid_q) s->mem[s->pick_register_q] = s->pick_q, set_bit(s->pending_q, s->pick_register_q, 0);
    if (s->alu.out_valid_q) s->mem[s->alu.out_tag_q] = s->alu.result_q, set_bit(s->pending_q, s->alu.out_tag_q, 0);
    if (s->alu.iter_valid_q)
        s->mem[s->alu.iter_tag_q] = s->alu.iter_result_q, set_bit(s->pending_q, s->alu.iter_tag_q, 0);
    if (issue && (is_alu || is_pick)) set_bit(s->pending_q, dst, 1);
    if (in->rst) memset(s->pending_q, 0, sizeof s->pending_q);

    /* stage 1 */
    scalar_alu_step(&s->alu, &(struct scalar_alu_in){in->rst, (uint8_t)(issue && is_alu), op & 7, (uint8_t)dst,
                                                     value_a, value_b});
    s->pick_valid_q = !in->rst && issue && is_pick;
    if (issue) {
        s->pick_register_q = (uint8_t)dst;
        s->pick_q = picked;
    }
    if (issue && is_compare) set_bit(s->flag_q, dst & 63, found);
    s->pc_q = s->running_q ? (s->pc_q + issue) & (SCALAR_WORDS - 1)
                           : (uint16_t)(in->start_program < SCALAR_PROGRAMS ? s->entry[in->start_program] : 0);
    s->running_q = !in->rst && (s->running_q ? !(issue && is_end) : in->start_valid);
}
