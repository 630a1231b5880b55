/* reducer.c - one node of the ordered reduction: 8 FP32 adders, a row of lanes a clock.
 * Twin: rtl/reducer.v, whose header has the stages. SPDX-License-Identifier: Apache-2.0 */
#include "array.h"

/* finish: a block enters drain_q at the end of this clock. west, north: the neighbours' sums, NULL at the edge (+0).
 */
STEP void reducer_step(struct cluster *c, const struct geometry *g, unsigned rst, unsigned finish,
                       unsigned finish_bank, unsigned finish_transpose, const uint32_t *west, const uint32_t *north) {
    unsigned valid = c->left_q != 0, align = valid << 1 | c->transpose_q;
    unsigned round = g->add_stages >= 2 ? c->reducer_round_q : align;
    if (g->add_stages >= 2 && round >> 1)
        for (unsigned l = 0; l < LANES; l++)
            c->reducer_sum_q[l] = fp_round((fp_sum){c->aligned_q[l], c->aligned_exponent_q[l]});
    if (valid) {
        const uint32_t *from = align & 1 ? north : west;
        const uint32_t *own = c->drain_q + LANES * (g->banks == 1 ? c->row_q & 7 : c->row_q);
        for (unsigned l = 0; l < LANES; l++) {
            fp_sum s = fp_align(fp_expand(own[l]), from ? from[l] : 0);
            if (g->add_stages < 2) {
                c->reducer_sum_q[l] = fp_round(s);
            } else {
                c->aligned_q[l] = s.sum;
                c->aligned_exponent_q[l] = s.exponent;
            }
        }
    }
    c->sum_control_q = rst ? 0 : (uint8_t)round;
    c->reducer_round_q = rst || g->add_stages < 2 ? 0 : (uint8_t)align;
    c->row_q = finish && !finish_bank ? 0 : (c->row_q + valid) & 15;
    c->left_q = rst ? 0 : (uint8_t)((valid ? c->left_q - 1 : 0) + (finish ? 8 : 0)) & 31;
    c->transpose_q = finish ? (uint8_t)finish_transpose : c->transpose_q;
}
