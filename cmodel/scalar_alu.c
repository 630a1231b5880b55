/* scalar_alu.c - the arithmetic of the scalar unit, a clock a call; the last stage first, so that each reads what its
 * predecessor held before the clock.
 * Twin: rtl/scalar_alu.v, whose header has the stages. SPDX-License-Identifier: Apache-2.0 */
#include "scalar_alu.h"
#include "fp32.h"

static unsigned is_iterative(unsigned op) { return op >= SCALAR_DIV; }
static unsigned is_last(const struct scalar_alu *s) { return s->iter_busy_q && s->iter_place_q == 0; }

unsigned scalar_alu_ready(const struct scalar_alu *s, unsigned op) {
    return !is_iterative(op) || !s->iter_busy_q || is_last(s);
}

static fp32_recurrence recurrence_of(const struct scalar_alu *s) {
    return (fp32_recurrence){s->iter_root_q,      s->iter_sign_q,     s->iter_exponent_q, s->iter_divisor_q,
                             s->iter_remainder_q, s->iter_quotient_q, s->iter_place_q};
}

/* ---- stages 0 -> 15: divide and root ---- */

static void iter_step(struct scalar_alu *s, const struct scalar_alu_in *in) {
    unsigned start = in->valid && is_iterative(in->op) && scalar_alu_ready(s, in->op), last = is_last(s);
    fp32_recurrence r = recurrence_of(s);
    s->iter_valid_q = !in->rst && last;
    if (last) {
        s->iter_result_q = fp32_round_recurrence(&r);
        s->iter_tag_q = s->iter_hold_tag_q;
    }
    if (start) {
        r = in->op == SCALAR_DIV ? fp32_start_division(in->a, in->b) : fp32_start_root(in->a, in->b);
        s->iter_root_q = (uint8_t)r.root;
        s->iter_sign_q = (uint8_t)r.sign;
        s->iter_exponent_q = (uint16_t)r.exponent;
        s->iter_divisor_q = r.divisor;
        s->iter_hold_tag_q = in->tag;
    } else if (s->iter_busy_q && !last) {
        fp32_next_bit(&r);
        fp32_next_bit(&r);
    }
    s->iter_remainder_q = r.remainder;
    s->iter_quotient_q = r.quotient;
    s->iter_place_q = r.place;
    s->iter_busy_q = !in->rst && (start || (s->iter_busy_q && !last));
}

/* ---- stages 0 -> 3: add, subtract, multiply ---- */

static void pipeline_step(struct scalar_alu *s, const struct scalar_alu_in *in) {
    s->out_valid_q = !in->rst && s->round_q;
    if (s->round_q) {
        s->result_q = fp_round((fp_sum){s->sum_q, s->sum_exponent_q});
        s->out_tag_q = s->round_tag_q;
    }
    s->round_q = !in->rst && s->align_q >> 1;
    if (s->align_q >> 1) {
        fp_sum sum = s->align_q & 1 ? fp32_multiply(s->a_q >> 31, s->a_q & 0xFFFFFF, s->b_q & 0xFFFFFF, s->exponent_q)
                                    : fp_align(fp_expand(s->a_q), s->b_q);
        s->sum_q = sum.sum;
        s->sum_exponent_q = (uint16_t)sum.exponent;
        s->round_tag_q = s->align_tag_q;
    }
    unsigned valid = in->valid && !is_iterative(in->op), multiply = in->op >> 1 & 1;
    s->align_q = in->rst ? 0 : (uint8_t)(valid << 1 | multiply);
    if (valid) {
        if (multiply) {
            fp32_operand a = fp32_decode(in->a), b = fp32_decode(in->b);
            s->a_q = (in->a ^ in->b) >> 31 << 31 | a.significand;
            s->b_q = b.significand;
            s->exponent_q = (uint16_t)fp32_product_exponent(a, b);
        } else {
            s->a_q = in->a;
            s->b_q = in->b ^ (uint32_t)(in->op == SCALAR_SUB) << 31;
        }
        s->align_tag_q = in->tag;
    }
}

void scalar_alu_step(struct scalar_alu *s, const struct scalar_alu_in *in) {
    iter_step(s, in);
    pipeline_step(s, in);
}
