/* scalar.h - the FP32 scalar unit: the E x E problem of a block and the scalars of the certificate.
 * SPDX-License-Identifier: Apache-2.0
 *
 * Add, subtract, multiply, divide, square root: each rounded once, nothing fused, in the order written here.
 */
#ifndef DCOM_SCALAR_H
#define DCOM_SCALAR_H

#include "engine.h"
#include "scalar_alu.h"
#include "scalar_program.h"

/* FP32 square root; NaN (canonical) below zero. */
float scalar_root(float x);

/* R^-1 of G = R^T R for the first n columns of a block (Gram matrix g, upper triangle used), packed.
 *   pivot   d = g[i][i] - R[0][i]^2 - R[1][i]^2 ...           one product, one subtraction each
 *   drop    column i when not d > floor[i]: its row of the inverse is zero, and it has no column
 *   R       q = 1 / sqrt(d), R[i][j] = (g[i][j] - R[0][i] R[0][j] - ...) q
 *   inverse X[i][i] = q, then upwards X[i][j] = -((R[i][i+1] X[i+1][j] + ...) q_i), ascending from the first
 * product inverse[i][k]: row = column i of the block, k = the k-th column kept; all other entries +0.
 * floor[k] becomes floor[i] / d of the k-th column kept: the floor in the units of the new block. Returns how
 * many are kept. */
unsigned scalar_inverse_root(unsigned n, const float *g, float floor[LANES], float *inverse);

/* ---- the clocked unit: every register of scalar.v under its RTL name ---- */

struct scalar {
    uint8_t running_q, pick_valid_q, pick_register_q;
    uint16_t pc_q;
    uint32_t pick_q;       /* FP32 */
    uint32_t pending_q[8]; /* bits */
    uint32_t flag_q[2];    /* bits */
    uint32_t mem[256];     /* FP32 */
    struct scalar_alu alu;
    /* model only: the ROM */
    uint32_t rom[SCALAR_WORDS];
    unsigned entry[SCALAR_PROGRAMS];
};

struct scalar_in {
    uint8_t rst, start_valid, start_program, write_valid, write_register;
    uint32_t write_data; /* FP32 */
};

/* All registers 0, the programs in place. */
void scalar_init(struct scalar *);
/* One clock. */
void scalar_step(struct scalar *, const struct scalar_in *);
/* The output `good`: bit e for each of `width` columns. */
unsigned scalar_good(const struct scalar *, unsigned width);

#endif
