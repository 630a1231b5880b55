/* scalar_program.h - the microprograms of the scalar unit: the one source of the model's table and of the RTL's ROM
 * (gen_scalar.c). They are scalar.c and certificate.c as straight lines of operations on rows of LANES FP32: a column
 * that is dropped or not in use is carried along.
 * SPDX-License-Identifier: Apache-2.0 */
#ifndef DCOM_SCALAR_PROGRAM_H
#define DCOM_SCALAR_PROGRAM_H

#include <stdint.h>

/* Operations: those of scalar_alu.h, and */
enum {
    SCALAR_MOVE = 5, /* dst = b */
    SCALAR_GOOD,     /* flag row dst = the output `good` */
    SCALAR_END = 15,
    /* flag row dst = whether one of the relations holds that are added to it; no other lane of it changes */
    SCALAR_COMPARE = 16,
    SCALAR_LESS = 1,
    SCALAR_EQUAL = 2,
    SCALAR_GREATER = 4,
    SCALAR_UNORDERED = 8
};

/* Operand a: select U3, row U5 */
enum {
    SCALAR_A_ZERO = 0,
    SCALAR_A_ROW = 1 << 5,
    SCALAR_A_DIAGONAL = 2 << 5, /* lane e: G[e][e] */
    SCALAR_A_EDGE = 3 << 5,     /* + 2 edge + half: the input edge_data; the program ends if there is no such edge */
    SCALAR_A_TOLERANCE = 4 << 5,
    SCALAR_A_UNIT = 5 << 5 /* 1 in the operation's lane, +0 in the others */
};

/* Operand b: select U2, U16 */
enum {
    SCALAR_B_UPPER = 0, /* + upper half of an FP32 */
    SCALAR_B_ROW = 1 << 16,
    SCALAR_B_LANE = 2 << 16 /* + lane U3, row U5: one lane for all */
};

/* Lanes that are not skipped and pass the gate are written; `fill` writes +0 to the others, which else keep what they
 * have. In a comparison: lanes that are not skipped take what was found, 0 where they do not pass. */
enum {
    SCALAR_GATE_OPEN,
    SCALAR_GATE_COLUMNS, /* lanes below `width` */
    SCALAR_GATE_FLAGS,   /* lanes set in the flag row */
    SCALAR_GATE_FLAG     /* all, if the operation's lane is set in the flag row */
};

/* A word of the ROM: {op U5, dst U5, skip U8, fill U1, gate U2, flags U4, lane U3, a U8, b U18} */
enum { SCALAR_WORDS = 512, SCALAR_WORD_BITS = 54 };

/* Scratch rows of each program in brackets, besides SCALAR_T */
enum scalar_program {
    SCALAR_JUDGE,        /* `good` and `any_far` from G, PEAK, FLOOR [X] */
    SCALAR_INVERT,       /* X = R^-1 of G = R^T R, columns not packed; KEEP; FLOOR in the units of the new block
                            [G, PEAK, S0, S1] */
    SCALAR_PICK_GOOD,    /* KEEP = good; X = the identity, +0 in columns that are not good */
    SCALAR_SUM,          /* S0, S1 = sums of halves 0, 1 of the edges */
    SCALAR_FLOORS_START, /* FLOOR = 2^-16 diagonal of G; +0 in lanes that are not in use */
    SCALAR_FLOORS_LATER, /* FLOOR = 2^-14 diagonal of G, likewise */
    SCALAR_NORMS,        /* SQUARES = S0, LOST = S1, NORM = roots of SQUARES */
    SCALAR_APPEND,       /* RESIDUAL, CROSS after a block: G, SQUARES, LOST, NORM, its bound in S0 */
    SCALAR_SETTLE,       /* RESIDUAL += S0; CROSS = +0 */
    SCALAR_VERDICT,      /* flags reached, noise, possible, within [S0, S1] */
    SCALAR_TOTALS,       /* DECOMPOSED, TOTAL = sums of S0, S1; then as START; flags empty, overflow */
    SCALAR_START,        /* RESIDUAL = DECOMPOSED, CROSS = +0, TOLERATED; flag limited */
    SCALAR_RESULT,       /* certificate and bound, relative */
    SCALAR_PROGRAMS
};

/* Rows of LANES registers, FP32. From RESIDUAL to TOLERATED all lanes are the same. */
enum {
    SCALAR_G = 0,      /* [8] Gram matrix */
    SCALAR_X = 8,      /* [8] */
    SCALAR_PEAK = 16,  /* largest |h| */
    SCALAR_FLOOR = 17, /* of a pivot */
    SCALAR_S0 = 18,    /* sums over the edges */
    SCALAR_S1 = 19,
    SCALAR_SQUARES = 20, /* certificate.h: of P */
    SCALAR_LOST = 21,
    SCALAR_NORM = 22,
    SCALAR_RESIDUAL = 23,
    SCALAR_CROSS = 24,      /* +0 once the last block is settled */
    SCALAR_DECOMPOSED = 25, /* ||D||^2 */
    SCALAR_TOTAL = 26,      /* ||A||^2 */
    SCALAR_TOLERATED = 27,  /* square of the error that is tolerated */
    SCALAR_RELATIVE = 28,   /* lane 0 the certificate, lane 1 its bound */
    SCALAR_T = 29,          /* [3] temporaries */
    SCALAR_ROWS = 32
};

/* Rows of LANES flags */
enum {
    SCALAR_APART = 0, /* [7] row i, lane e > i: g[i][e] is small */
    SCALAR_CLEAR = 7, /* of the basis */
    SCALAR_ABOVE,     /* 1 - 2^-7 */
    SCALAR_BELOW,     /* 1 + 2^-7 */
    SCALAR_NEARBY,    /* not far along the basis */
    SCALAR_LARGE,     /* above its floor */
    SCALAR_PIVOT,     /* above its floor, in INVERT */
    SCALAR_KEEP,
    SCALAR_FOUND,   /* lanes below */
    SCALAR_UNKNOWN, /* RESULT: not finite */
    SCALAR_FLAGS
};

/* Lanes of SCALAR_FOUND */
enum {
    SCALAR_REACHED,  /* residual and bound are within what is tolerated */
    SCALAR_NOISE,    /* what is left is BF16's own noise */
    SCALAR_POSSIBLE, /* the rounding part of the bound is within what is tolerated */
    SCALAR_WITHIN,   /* the residual alone is */
    SCALAR_LIMITED,  /* something is tolerated */
    SCALAR_EMPTY,    /* ||D||^2 is 0 */
    SCALAR_OVERFLOW, /* ||A||^2 is not finite */
    SCALAR_POSITIVE  /* the residual, or in RESULT then ||A||^2 */
};

/* Writes all programs into rom[SCALAR_WORDS], from entry[] on each; returns the words used. */
unsigned scalar_program(uint64_t rom[SCALAR_WORDS], unsigned entry[SCALAR_PROGRAMS]);

#endif
