/* scalar_program.h - the microprograms of the scalar unit: the one source of the model's table and of the RTL's ROM
 * (gen_scalar.c). They are scalar.c and certificate.c as straight lines of three-address operations for all LANES
 * columns: a column that is dropped or not in use is carried along as zeros.
 * SPDX-License-Identifier: Apache-2.0 */
#ifndef DCOM_SCALAR_PROGRAM_H
#define DCOM_SCALAR_PROGRAM_H

#include <stdint.h>

/* Operations: those of scalar_alu.h, and */
enum {
    SCALAR_GREATER = 5, /* flag dst = a > b (false for NaN) */
    SCALAR_SMALLER,     /* flag dst = |a| < b (false for NaN) */
    SCALAR_PICK,        /* dst = flag b ? a : +0 */
    SCALAR_CONSTANT,    /* dst = FP32 whose upper half is {a, b} */
    SCALAR_AT_MOST,     /* flag dst = a <= b (false for NaN) */
    SCALAR_END = 15
};

/* A word of the ROM: {op U4, dst U8, a U8, b U8} */
enum { SCALAR_WORDS = 1024 };

enum scalar_program {
    SCALAR_JUDGE,      /* flags of good columns: clear, near, apart */
    SCALAR_INVERT,     /* G = R^T R, X = R^-1; flag keep; the floor in the units of the new block */
    SCALAR_ACCUMULATE, /* S += C, 16 chains: called once an edge, ascending, after CLEAR */
    SCALAR_CLEAR,      /* S = +0 */
    SCALAR_FLOORS,     /* floor[e] = fraction g[e][e] */
    SCALAR_NORMS,      /* squares and lost = S[0..15]; norm[e] = root of squares[e] */
    SCALAR_APPEND,     /* residual and cross after a block: squares, lost, norm; bound = S[0..7] */
    SCALAR_SETTLE,     /* residual += S[0..7]; cross = +0 */
    SCALAR_VERDICT,    /* flags reached, noise, possible, within */
    SCALAR_PROGRAMS
};

/* Registers, FP32. Where two names share one, the programs that use them do not overlap. */
enum {
    SCALAR_G = 0,      /* [8][8] Gram matrix; INVERT leaves its Schur complements here */
    SCALAR_PEAK = 64,  /* [8] largest |h| */
    SCALAR_FLOOR = 72, /* [8] +infinity for columns that are not in use */
    SCALAR_ONE = 80,   /* constants, made by each program that needs them */
    SCALAR_LIMIT,      /* 2^-7 */
    SCALAR_SLACK,      /* 1 + 2^-6 */
    SCALAR_ZERO,
    SCALAR_FRACTION,  /* of |w|^2, which a column must have that is new */
    SCALAR_TOLERATED, /* square of the error that is tolerated */
    SCALAR_ROUNDING,  /* 2^-16: certificate.c */
    SCALAR_NOISE,     /* (.005)^2 */
    SCALAR_RESIDUAL,
    SCALAR_CROSS,        /* +0 once the last block is settled */
    SCALAR_DECOMPOSED,   /* ||D||^2 */
    SCALAR_R = 96,       /* [8][8] */
    SCALAR_SQUARES = 96, /* [8]; APPEND */
    SCALAR_LOST = 104,
    SCALAR_NORM = 112,
    SCALAR_X = 160, /* [8][8] the inverse, columns not packed */
    SCALAR_C = 160, /* [16] chains of an edge */
    SCALAR_S = 176, /* [16] their sums */
    SCALAR_Q = 224, /* [8] 1 / R[i][i], +0 where dropped */
    SCALAR_MINUS_Q = 232,
    SCALAR_T = 240 /* [16] temporaries, in turn */
};

/* Flags, 64 */
enum {
    SCALAR_CLEAR_OF_BASIS = 0, /* [8] peak[e] < 2^-7 norm[e] */
    SCALAR_NEAR_ONE = 8,       /* [8] |norm[e] - 1| < 2^-7 */
    SCALAR_APART = 16,         /* [28] pair i < e, at e (e - 1) / 2 + i: |g[i][e]| < 2^-7 norm[i] norm[e] */
    SCALAR_KEEP = 44,          /* [8] pivot above its floor */
    SCALAR_POSITIVE = 52,      /* the residual is */
    SCALAR_REACHED,            /* residual and bound are within what is tolerated */
    SCALAR_IS_NOISE,           /* what is left is BF16's own noise */
    SCALAR_POSSIBLE,           /* the rounding part of the bound is within what is tolerated */
    SCALAR_WITHIN              /* the residual alone is */
};

/* Writes all programs into rom[SCALAR_WORDS], from entry[] on each; returns the words used. */
unsigned scalar_program(uint32_t rom[SCALAR_WORDS], unsigned entry[SCALAR_PROGRAMS]);

#endif
