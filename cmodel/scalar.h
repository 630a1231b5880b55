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

typedef struct {
    unsigned good; /* bit e: column e is of norm 1, and apart from the basis and from the good columns before it */
    unsigned far;  /* some column is far from orthogonal to the basis, and not to be dropped */
} scalar_verdict;

/* Of the first n columns of a block: Gram matrix g, peak[e] the largest overlap with the basis. With d = g[e][e]:
 *   clear   peak[e]^2 < 2^-14 d;   far   not peak[e]^2 < 2^-6 d, and d > floor[e]
 *   norm    1 - 2^-7 < d < 1 + 2^-7
 *   apart   g[i][e]^2 < (2^-14 g[i][i]) d for all good i < e */
scalar_verdict scalar_judge(unsigned n, const float *g, const float peak[LANES], const float floor[LANES]);

/* R^-1 of G = R^T R for the first n columns of a block (Gram matrix g, upper triangle used), packed. As L D L^T, the
 * rows of G and of the inverse side by side; z starts as the identity. For i = 0 ..:
 *   pivot   d = g[i][i];  drop column i when not d > floor[i]: r = +0, else r = 1 / d
 *   m[j] = g[i][j] r for j > i, else +0
 *   g[k][j] = g[k][j] - g[i][k] m[j] for k > i;   z[k][j] = z[k][j] - z[k][i] m[j] for k <= i
 * and at the end inverse[k][j] = z[k][j] sqrt(r[j]).
 * Row = column of the block, column = the columns kept, packed; all other entries +0. floor[k] becomes floor[i] r[i]
 * of the k-th column kept: the floor in the units of the new block. Returns how many are kept. */
unsigned scalar_inverse_root(unsigned n, const float *g, float floor[LANES], float *inverse);

/* ---- the clocked unit: every register of scalar.v under its RTL name ---- */

struct scalar {
    uint8_t running_q, issued_q;
    uint16_t pc_q;
    uint64_t word_q;
    uint32_t pending_q;               /* bits, of rows */
    uint8_t flag_q[16];               /* rows of bits, SCALAR_APART on */
    uint32_t mem[LANES][SCALAR_ROWS]; /* FP32; of each lane */
    struct scalar_alu alu[LANES];
    /* model only: the ROM */
    uint64_t rom[SCALAR_WORDS];
    uint16_t entry[16];
};

/* The input ports on one clock. */
struct scalar_in {
    uint8_t rst, start_valid, start_program, width, edges;
    uint8_t write_valid, write_row, read_row, read_packed;
    uint32_t write_data[LANES]; /* FP32 */
    uint32_t
        edge_data[LANES];   /* FP32; of the outputs edge_number and edge_half of this clock; no output hangs on it */
    uint32_t job_tolerance; /* FP32 */
};

/* The output ports on one clock. */
struct scalar_out {
    uint8_t start_ready, edge_number, edge_half;
    uint8_t good, any_far, keep, kept;
    uint8_t reached, noise, possible, residual_within, limited, empty, overflow, issued;
    uint32_t read_data[LANES];   /* FP32 */
    uint32_t certificate, bound; /* FP32 */
};

/* All registers 0, the programs in place. */
void scalar_init(struct scalar *);
/* What the output ports show before the next edge. */
void scalar_read(const struct scalar *, const struct scalar_in *, struct scalar_out *);
/* One rising edge. */
void scalar_step(struct scalar *, const struct scalar_in *);

/* Clocks of a program over so many edges, from the one that accepts it up to the next that accepts one, without that.
 * It depends on nothing else: found by running it. */
unsigned scalar_clocks(enum scalar_program program, unsigned edges);

#endif
