/* scalar_alu.h - the clocked arithmetic of the scalar unit, every RTL register under its RTL name.
 * SPDX-License-Identifier: Apache-2.0 */
#ifndef DCOM_SCALAR_ALU_H
#define DCOM_SCALAR_ALU_H

#include <stdint.h>

/* Above: as SCALAR_SQRT. */
enum scalar_op { SCALAR_ADD, SCALAR_SUB, SCALAR_MUL, SCALAR_DIV, SCALAR_SQRT, SCALAR_OPS };

/* Clocks from the one that accepts an operation to the one in which its result is valid */
enum { SCALAR_CLOCKS = 3, SCALAR_ITER_CLOCKS = 15 };

struct scalar_alu {
    /* stage 1 */
    uint8_t align_q; /* {valid, multiply} */
    uint8_t align_tag_q;
    uint32_t a_q, b_q; /* add: FP32; multiply: U1.23, the sign of the product in bit 31 of a_q */
    uint16_t exponent_q;
    /* stage 2 */
    uint8_t round_q;
    uint8_t round_tag_q;
    uint32_t sum_q; /* {sign, magnitude U3.26} */
    uint16_t sum_exponent_q;
    /* stage 3 */
    uint8_t out_valid_q, out_tag_q;
    uint32_t result_q; /* FP32 */
    /* divide and root, stages 1 to 14 */
    uint8_t iter_busy_q, iter_root_q, iter_sign_q, iter_hold_tag_q;
    uint16_t iter_exponent_q;
    uint32_t iter_divisor_q;                /* U1.23 */
    uint32_t iter_remainder_q;              /* U3.25 */
    uint32_t iter_quotient_q, iter_place_q; /* U1.25 */
    /* stage 15 */
    uint8_t iter_valid_q, iter_tag_q;
    uint32_t iter_result_q; /* FP32 */
};

struct scalar_alu_in {
    uint8_t rst, valid, op, tag; /* a tag has at most 8 bits */
    uint32_t a, b;               /* FP32 */
};

/* in_ready: for an operation `op` in this clock */
unsigned scalar_alu_ready(const struct scalar_alu *s, unsigned op);

/* One clock. The outputs of the RTL are result_q, iter_result_q and the registers beside them. */
void scalar_alu_step(struct scalar_alu *s, const struct scalar_alu_in *in);

#endif
