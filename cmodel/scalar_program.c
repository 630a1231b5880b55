/* scalar_program.c - the microprograms of the scalar unit, written out by loops.
 * SPDX-License-Identifier: Apache-2.0
 *
 * The order of operations on each element is that of scalar.c; between elements it is chosen so that results are not
 * waited for: the Cholesky factor is made right-looking, the columns of the inverse side by side. */
#include "scalar_program.h"
#include "engine.h"
#include "scalar_alu.h"

typedef struct {
    uint32_t *rom;
    unsigned used, temporary;
} writer;

static void put(writer *w, unsigned op, unsigned dst, unsigned a, unsigned b) {
    w->rom[w->used++] = op << 24 | dst << 16 | a << 8 | b;
}

static void constant(writer *w, unsigned dst, unsigned upper) {
    put(w, SCALAR_CONSTANT, dst, upper >> 8, upper & 255);
}

static unsigned temporary(writer *w) { return SCALAR_T + w->temporary++ % 16; }

static unsigned at(unsigned base, unsigned row, unsigned column) { return base + LANES * row + column; }

/* good_columns() of lanczos.c, but for the logic of its flags */
static void judge(writer *w) {
    constant(w, SCALAR_ONE, 0x3F80);
    constant(w, SCALAR_LIMIT, 0x3C00);
    for (unsigned e = 0; e < LANES; e++)
        put(w, SCALAR_SQRT, SCALAR_Q + e, at(SCALAR_G, e, e), 0);
    for (unsigned e = 0; e < LANES; e++) {
        put(w, SCALAR_MUL, SCALAR_T + e, SCALAR_LIMIT, SCALAR_Q + e);
        put(w, SCALAR_SUB, SCALAR_T + 8 + e, SCALAR_Q + e, SCALAR_ONE);
    }
    for (unsigned e = 0; e < LANES; e++) {
        put(w, SCALAR_GREATER, SCALAR_CLEAR_OF_BASIS + e, SCALAR_T + e, SCALAR_PEAK + e);
        put(w, SCALAR_SMALLER, SCALAR_NEAR_ONE + e, SCALAR_T + 8 + e, SCALAR_LIMIT);
    }
    for (unsigned e = 1; e < LANES; e++) {
        for (unsigned i = 0; i < e; i++)
            put(w, SCALAR_MUL, SCALAR_T + i, SCALAR_Q + i, SCALAR_Q + e);
        for (unsigned i = 0; i < e; i++)
            put(w, SCALAR_MUL, SCALAR_T + 8 + i, SCALAR_LIMIT, SCALAR_T + i);
        for (unsigned i = 0; i < e; i++)
            put(w, SCALAR_SMALLER, SCALAR_APART + e * (e - 1) / 2 + i, at(SCALAR_G, i, e), SCALAR_T + 8 + i);
    }
    put(w, SCALAR_END, 0, 0, 0);
}

/* scalar_inverse_root() */
static void invert(writer *w) {
    constant(w, SCALAR_ONE, 0x3F80);
    constant(w, SCALAR_ZERO, 0);
    for (unsigned i = 0; i < LANES; i++) {
        const unsigned pivot = at(SCALAR_G, i, i), root = temporary(w), quotient = temporary(w);
        put(w, SCALAR_GREATER, SCALAR_KEEP + i, pivot, SCALAR_FLOOR + i);
        put(w, SCALAR_SQRT, root, pivot, 0);
        put(w, SCALAR_DIV, quotient, SCALAR_ONE, root);
        put(w, SCALAR_PICK, SCALAR_Q + i, quotient, SCALAR_KEEP + i);
        put(w, SCALAR_DIV, SCALAR_FLOOR + i, SCALAR_FLOOR + i, pivot);
        for (unsigned j = i + 1; j < LANES; j++)
            put(w, SCALAR_MUL, at(SCALAR_R, i, j), at(SCALAR_G, i, j), SCALAR_Q + i);
        for (unsigned k = i + 1; k < LANES; k++) {
            unsigned product[LANES];
            for (unsigned j = k; j < LANES; j++)
                put(w, SCALAR_MUL, product[j] = temporary(w), at(SCALAR_R, i, k), at(SCALAR_R, i, j));
            for (unsigned j = k; j < LANES; j++)
                put(w, SCALAR_SUB, at(SCALAR_G, k, j), at(SCALAR_G, k, j), product[j]);
        }
        put(w, SCALAR_PICK, SCALAR_FLOOR + i, SCALAR_FLOOR + i, SCALAR_KEEP + i);
    }
    for (unsigned i = 0; i < LANES; i++) {
        put(w, SCALAR_SUB, SCALAR_MINUS_Q + i, SCALAR_ZERO, SCALAR_Q + i);
        for (unsigned j = 0; j < i; j++)
            constant(w, at(SCALAR_X, i, j), 0);
        put(w, SCALAR_PICK, at(SCALAR_X, i, i), SCALAR_Q + i, SCALAR_KEEP + i);
    }
    for (unsigned i = LANES - 1; i-- > 0;) {
        /* x[i][j] for all j > i: s = (r[i][i+1] x[i+1][j] + r[i][i+2] x[i+2][j]) + ..., then s times -q */
        for (unsigned j = i + 1; j < LANES; j++)
            put(w, SCALAR_MUL, at(SCALAR_X, i, j), at(SCALAR_R, i, i + 1), at(SCALAR_X, i + 1, j));
        for (unsigned k = i + 2; k < LANES; k++) {
            unsigned product[LANES];
            for (unsigned j = k; j < LANES; j++)
                put(w, SCALAR_MUL, product[j] = temporary(w), at(SCALAR_R, i, k), at(SCALAR_X, k, j));
            for (unsigned j = k; j < LANES; j++)
                put(w, SCALAR_ADD, at(SCALAR_X, i, j), at(SCALAR_X, i, j), product[j]);
        }
        for (unsigned j = i + 1; j < LANES; j++)
            put(w, SCALAR_MUL, at(SCALAR_X, i, j), at(SCALAR_X, i, j), SCALAR_MINUS_Q + i);
    }
    for (unsigned i = 0; i < LANES; i++)
        for (unsigned j = i + 1; j < LANES; j++)
            put(w, SCALAR_PICK, at(SCALAR_X, i, j), at(SCALAR_X, i, j), SCALAR_KEEP + i);
    put(w, SCALAR_END, 0, 0, 0);
}

static void accumulate(writer *w) {
    for (unsigned k = 0; k < 2 * LANES; k++)
        put(w, SCALAR_ADD, SCALAR_S + k, SCALAR_S + k, SCALAR_C + k);
    put(w, SCALAR_END, 0, 0, 0);
}

static void clear(writer *w) {
    for (unsigned k = 0; k < 2 * LANES; k++)
        constant(w, SCALAR_S + k, 0);
    put(w, SCALAR_END, 0, 0, 0);
}

static void floors(writer *w) {
    for (unsigned e = 0; e < LANES; e++)
        put(w, SCALAR_MUL, SCALAR_FLOOR + e, SCALAR_FRACTION, at(SCALAR_G, e, e));
    put(w, SCALAR_END, 0, 0, 0);
}

static void norms(writer *w) {
    constant(w, SCALAR_ONE, 0x3F80);
    for (unsigned e = 0; e < LANES; e++)
        put(w, SCALAR_SQRT, SCALAR_NORM + e, SCALAR_S + e, 0);
    for (unsigned k = 0; k < 2 * LANES; k++)
        put(w, SCALAR_MUL, SCALAR_SQUARES + k, SCALAR_S + k, SCALAR_ONE);
    put(w, SCALAR_END, 0, 0, 0);
}

/* certificate_append(); columns that are not in use have squares, lost, norm and bound of zero */
static void append(writer *w) {
    constant(w, SCALAR_ONE, 0x3F80);
    constant(w, SCALAR_SLACK, 0x3F82);
    constant(w, SCALAR_CROSS, 0);
    for (unsigned e = 0; e < LANES; e++)
        put(w, SCALAR_MUL, SCALAR_T + e, SCALAR_S + e, SCALAR_NORM + e);
    for (unsigned e = 0; e < LANES; e++)
        put(w, SCALAR_ADD, SCALAR_CROSS, SCALAR_CROSS, SCALAR_T + e);
    put(w, SCALAR_MUL, SCALAR_CROSS, SCALAR_CROSS, SCALAR_SLACK);
    for (unsigned e = 0; e < LANES; e++)
        put(w, SCALAR_SUB, SCALAR_T + e, at(SCALAR_G, e, e), SCALAR_ONE);
    for (unsigned e = 0; e < LANES; e++)
        put(w, SCALAR_MUL, SCALAR_T + 8 + e, SCALAR_T + e, SCALAR_SQUARES + e);
    for (unsigned e = 0; e < LANES; e++) {
        put(w, SCALAR_SUB, SCALAR_RESIDUAL, SCALAR_RESIDUAL, SCALAR_SQUARES + e);
        put(w, SCALAR_SUB, SCALAR_RESIDUAL, SCALAR_RESIDUAL, SCALAR_LOST + e);
        put(w, SCALAR_ADD, SCALAR_RESIDUAL, SCALAR_RESIDUAL, SCALAR_T + 8 + e);
    }
    put(w, SCALAR_END, 0, 0, 0);
}

static void settle(writer *w) {
    for (unsigned e = 0; e < LANES; e++)
        put(w, SCALAR_ADD, SCALAR_RESIDUAL, SCALAR_RESIDUAL, SCALAR_S + e);
    constant(w, SCALAR_CROSS, 0);
    put(w, SCALAR_END, 0, 0, 0);
}

/* certificate_reached(), _is_noise(), _possible(), and the residual against what is tolerated */
static void verdict(writer *w) {
    const unsigned residual = SCALAR_T, base = SCALAR_T + 1, bound = SCALAR_T + 2, noise = SCALAR_T + 3,
                   reach = SCALAR_T + 4, rest = SCALAR_T + 5;
    constant(w, SCALAR_ZERO, 0);
    constant(w, SCALAR_ROUNDING, 0x3780);
    constant(w, SCALAR_NOISE, 0x37D0);
    put(w, SCALAR_GREATER, SCALAR_POSITIVE, SCALAR_RESIDUAL, SCALAR_ZERO);
    put(w, SCALAR_PICK, residual, SCALAR_RESIDUAL, SCALAR_POSITIVE);
    put(w, SCALAR_MUL, base, SCALAR_ROUNDING, SCALAR_DECOMPOSED);
    put(w, SCALAR_MUL, noise, SCALAR_NOISE, SCALAR_DECOMPOSED);
    put(w, SCALAR_ADD, rest, residual, SCALAR_CROSS);
    put(w, SCALAR_ADD, bound, base, SCALAR_CROSS);
    put(w, SCALAR_ADD, reach, residual, bound);
    put(w, SCALAR_AT_MOST, SCALAR_IS_NOISE, rest, noise);
    put(w, SCALAR_AT_MOST, SCALAR_POSSIBLE, base, SCALAR_TOLERATED);
    put(w, SCALAR_AT_MOST, SCALAR_WITHIN, residual, SCALAR_TOLERATED);
    put(w, SCALAR_AT_MOST, SCALAR_REACHED, reach, SCALAR_TOLERATED);
    put(w, SCALAR_END, 0, 0, 0);
}

unsigned scalar_program(uint32_t rom[SCALAR_WORDS], unsigned entry[SCALAR_PROGRAMS]) {
    static void (*const write[SCALAR_PROGRAMS])(writer *) = {judge, invert, accumulate, clear,  floors,
                                                             norms, append, settle,     verdict};
    writer w = {.rom = rom};
    for (unsigned k = 0; k < SCALAR_PROGRAMS; k++) {
        entry[k] = w.used;
        write[k](&w);
    }
    return w.used;
}
