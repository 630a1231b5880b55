/* scalar_program.c - the microprograms of the scalar unit, written out by loops.
 * SPDX-License-Identifier: Apache-2.0
 *
 * The order of operations on each element is that of scalar.c and certificate.c; between rows it is chosen so that
 * results are not waited for: an operation takes 3 clocks, a quotient or root 15, one is issued a clock. */
#include "scalar_program.h"
#include "engine.h"
#include "scalar_alu.h"

typedef struct {
    uint64_t *rom;
    unsigned used;
} writer;

typedef struct {
    unsigned op, dst, a, b, lane, skip, fill, gate, flags;
} operation;

static void put(writer *w, operation o) {
    w->rom[w->used++] = (uint64_t)o.op << 49 | (uint64_t)o.dst << 44 | (uint64_t)o.skip << 36 |
                        (uint64_t)o.fill << 35 | (uint64_t)o.gate << 33 | (uint64_t)o.flags << 29 | o.lane << 26 |
                        o.a << 18 | o.b;
}

/* ---- operands, lanes to skip ---- */

static unsigned row_a(unsigned row) { return SCALAR_A_ROW + row; }
static unsigned row(unsigned row) { return SCALAR_B_ROW + row; }
static unsigned lane(unsigned row, unsigned lane) { return SCALAR_B_LANE + 32 * lane + row; }
static unsigned upper(unsigned upper) { return SCALAR_B_UPPER + upper; }

enum { ONE = 0x3F80 };

static unsigned below(unsigned lane) { return (1u << lane) - 1; }
static unsigned all_but(unsigned lane) { return 255u & ~(1u << lane); }

/* ---- forms that recur ---- */

static void arithmetic(writer *w, unsigned op, unsigned dst, unsigned a, unsigned b) {
    put(w, (operation){.op = op, .dst = dst, .a = a, .b = b});
}

static void move(writer *w, unsigned dst, unsigned b) { put(w, (operation){.op = SCALAR_MOVE, .dst = dst, .b = b}); }

static void compare(writer *w, unsigned flags, unsigned a, unsigned relations, unsigned b) {
    put(w, (operation){.op = SCALAR_COMPARE + relations, .dst = flags, .a = a, .b = b, .gate = SCALAR_GATE_COLUMNS});
}

/* A lane of SCALAR_FOUND */
static void find(writer *w, unsigned lane, unsigned a, unsigned relations, unsigned b) {
    put(w, (operation){
               .op = SCALAR_COMPARE + relations, .dst = SCALAR_FOUND, .a = row_a(a), .b = b, .skip = all_but(lane)});
}

/* dst = the residual, never below +0 */
static void clamp(writer *w, unsigned dst) {
    find(w, SCALAR_POSITIVE, SCALAR_RESIDUAL, SCALAR_GREATER, upper(0));
    put(w, (operation){.op = SCALAR_MOVE,
                       .dst = dst,
                       .b = row(SCALAR_RESIDUAL),
                       .lane = SCALAR_POSITIVE,
                       .gate = SCALAR_GATE_FLAG,
                       .flags = SCALAR_FOUND,
                       .fill = 1});
}

/* ---- scalar.c ---- */

/* scalar_judge() but for the logic of its flags */
static void judge(writer *w) {
    const unsigned limit = SCALAR_T, square = SCALAR_T + 1, far = SCALAR_T + 2, d = SCALAR_A_DIAGONAL;
    arithmetic(w, SCALAR_MUL, limit, d, upper(0x3880)); /* 2^-14 */
    arithmetic(w, SCALAR_MUL, square, row_a(SCALAR_PEAK), row(SCALAR_PEAK));
    arithmetic(w, SCALAR_MUL, far, d, upper(0x3C80)); /* 2^-6 */
    compare(w, SCALAR_ABOVE, d, SCALAR_GREATER, upper(0x3F7E));
    compare(w, SCALAR_BELOW, d, SCALAR_LESS, upper(0x3F81));
    compare(w, SCALAR_CLEAR, row_a(square), SCALAR_LESS, row(limit));
    compare(w, SCALAR_NEARBY, row_a(square), SCALAR_LESS, row(far));
    for (unsigned from = 0; from < LANES - 1; from += 4) {
        const unsigned to = from + 4 < LANES - 1 ? from + 4 : LANES - 1;
        for (unsigned i = from; i < to; i++) {
            arithmetic(w, SCALAR_MUL, SCALAR_X + 2 * (i - from), row_a(SCALAR_G + i), row(SCALAR_G + i));
            arithmetic(w, SCALAR_MUL, SCALAR_X + 2 * (i - from) + 1, d, lane(limit, i));
        }
        if (to == LANES - 1) compare(w, SCALAR_LARGE, d, SCALAR_GREATER, row(SCALAR_FLOOR));
        for (unsigned i = from; i < to; i++)
            compare(w, SCALAR_APART + i, row_a(SCALAR_X + 2 * (i - from)), SCALAR_LESS,
                    row(SCALAR_X + 2 * (i - from) + 1));
    }
    put(w, (operation){.op = SCALAR_END});
}

/* scalar_inverse_root(). Z is in the rows of X. What follows from pivot i and the next pivot does not wait for is
 * done while the next pivot's reciprocal is made. */
enum { R = SCALAR_T, M = SCALAR_T + 1, PRODUCTS = 4 };
static const unsigned product[PRODUCTS] = {SCALAR_T + 2, SCALAR_PEAK, SCALAR_S0, SCALAR_S1};

/* Row n of what pivot i changes: first the rows of G below it, then those of Z above it; none from LANES - 1 on */
static unsigned target(unsigned i, unsigned n) {
    return n < LANES - 1 - i ? i + 1 + n : SCALAR_X + n - (LANES - 1 - i);
}

static void multiply(writer *w, unsigned i, unsigned n) {
    const unsigned t = target(i, n);
    arithmetic(w, SCALAR_MUL, product[n % PRODUCTS], row_a(M), t < SCALAR_X ? lane(SCALAR_G + i, t) : lane(t, i));
}

static void subtract(writer *w, unsigned i, unsigned n) {
    const unsigned t = target(i, n);
    put(w, (operation){.op = SCALAR_SUB,
                       .dst = t,
                       .a = row_a(t),
                       .b = row(product[n % PRODUCTS]),
                       .skip = below(t < SCALAR_X ? t : i + 1),
                       .lane = i,
                       .gate = SCALAR_GATE_FLAG,
                       .flags = SCALAR_PIVOT});
}

/* Rows from `from` on, to be done */
static void eliminate(writer *w, unsigned i, unsigned from, unsigned to) {
    for (unsigned n = from; n < to; n++)
        multiply(w, i, n);
    if (to == LANES - 1) /* row i of Z begins: the identity's, minus m */
        put(w, (operation){.op = SCALAR_SUB, .dst = SCALAR_X + i, .a = SCALAR_A_UNIT, .b = row(M), .lane = i});
    for (unsigned n = from; n < to; n++)
        subtract(w, i, n);
}

static void invert(writer *w) {
    enum { SOON = 3 }; /* rows done before the next pivot: it, and what fits between its operations */
    for (unsigned i = 0; i < LANES; i++) {
        put(w, (operation){.op = SCALAR_DIV,
                           .dst = R,
                           .a = SCALAR_A_UNIT,
                           .b = row(SCALAR_G + i),
                           .lane = i,
                           .skip = all_but(i)});
        put(w, (operation){.op = SCALAR_COMPARE + SCALAR_GREATER,
                           .dst = SCALAR_PIVOT,
                           .a = row_a(SCALAR_G + i),
                           .b = row(SCALAR_FLOOR),
                           .skip = all_but(i),
                           .gate = SCALAR_GATE_COLUMNS});
        if (i > 0) eliminate(w, i - 1, SOON, LANES - 1);
        if (i == LANES - 1) break;
        put(w, (operation){.op = SCALAR_MUL,
                           .dst = M,
                           .a = row_a(SCALAR_G + i),
                           .b = lane(R, i),
                           .skip = below(i + 1),
                           .lane = i,
                           .gate = SCALAR_GATE_FLAG,
                           .flags = SCALAR_PIVOT,
                           .fill = 1});
        eliminate(w, i, 0, SOON);
    }
    /* the last row of Z is that of the identity */
    put(w, (operation){
               .op = SCALAR_ADD, .dst = SCALAR_X + LANES - 1, .a = SCALAR_A_UNIT, .b = upper(0), .lane = LANES - 1});
    put(w, (operation){.op = SCALAR_SQRT, .dst = M, .a = row_a(R)});
    put(w, (operation){.op = SCALAR_COMPARE + SCALAR_GREATER,
                       .dst = SCALAR_KEEP,
                       .a = row_a(R),
                       .b = upper(0),
                       .gate = SCALAR_GATE_FLAGS,
                       .flags = SCALAR_PIVOT});
    put(w, (operation){.op = SCALAR_MUL,
                       .dst = SCALAR_FLOOR,
                       .a = row_a(SCALAR_FLOOR),
                       .b = row(R),
                       .gate = SCALAR_GATE_FLAGS,
                       .flags = SCALAR_KEEP,
                       .fill = 1});
    for (unsigned k = 0; k < LANES; k++)
        put(w, (operation){.op = SCALAR_MUL,
                           .dst = SCALAR_X + k,
                           .a = row_a(SCALAR_X + k),
                           .b = row(M),
                           .skip = below(k),
                           .gate = SCALAR_GATE_FLAGS,
                           .flags = SCALAR_KEEP,
                           .fill = 1});
    put(w, (operation){.op = SCALAR_END});
}

static void pick_good(writer *w) {
    put(w, (operation){.op = SCALAR_GOOD, .dst = SCALAR_KEEP});
    for (unsigned k = 0; k < LANES; k++)
        put(w, (operation){.op = SCALAR_ADD,
                           .dst = SCALAR_X + k,
                           .a = SCALAR_A_UNIT,
                           .b = upper(0),
                           .lane = k,
                           .gate = SCALAR_GATE_FLAGS,
                           .flags = SCALAR_KEEP,
                           .fill = 1});
    put(w, (operation){.op = SCALAR_END});
}

static void floors(writer *w, unsigned fraction) {
    put(w, (operation){.op = SCALAR_MUL,
                       .dst = SCALAR_FLOOR,
                       .a = SCALAR_A_DIAGONAL,
                       .b = upper(fraction),
                       .gate = SCALAR_GATE_COLUMNS,
                       .fill = 1});
    put(w, (operation){.op = SCALAR_END});
}

static void floors_start(writer *w) { floors(w, 0x3780); }
static void floors_later(writer *w) { floors(w, 0x3880); }

/* ---- the edges ---- */

static void sum(writer *w) {
    move(w, SCALAR_S0, upper(0));
    move(w, SCALAR_S1, upper(0));
    for (unsigned edge = 0; edge < 16; edge++)
        for (unsigned half = 0; half < 2; half++)
            arithmetic(w, SCALAR_ADD, SCALAR_S0 + half, SCALAR_A_EDGE + 2 * edge + half, row(SCALAR_S0 + half));
    put(w, (operation){.op = SCALAR_END});
}

static void norms(writer *w) {
    put(w, (operation){.op = SCALAR_SQRT, .dst = SCALAR_NORM, .a = row_a(SCALAR_S0)});
    move(w, SCALAR_SQUARES, row(SCALAR_S0));
    move(w, SCALAR_LOST, row(SCALAR_S1));
    put(w, (operation){.op = SCALAR_END});
}

/* ---- certificate.c ---- */

static void add_lane(writer *w, unsigned dst, unsigned from, unsigned e) {
    arithmetic(w, SCALAR_ADD, dst, row_a(dst), lane(from, e));
}

/* Columns that are not in use have squares, lost, norm and bound of zero. */
static void append(writer *w) {
    const unsigned u = SCALAR_T, b = SCALAR_T + 1;
    arithmetic(w, SCALAR_SUB, u, SCALAR_A_DIAGONAL, upper(ONE));
    arithmetic(w, SCALAR_MUL, b, row_a(SCALAR_S0), row(SCALAR_NORM));
    arithmetic(w, SCALAR_MUL, u, row_a(u), row(SCALAR_SQUARES));
    arithmetic(w, SCALAR_ADD, SCALAR_CROSS, SCALAR_A_ZERO, lane(b, 0));
    arithmetic(w, SCALAR_SUB, u, row_a(u), row(SCALAR_SQUARES));
    add_lane(w, SCALAR_CROSS, b, 1);
    arithmetic(w, SCALAR_SUB, u, row_a(u), row(SCALAR_LOST));
    add_lane(w, SCALAR_CROSS, b, 2);
    for (unsigned e = 0; e < LANES; e++) {
        add_lane(w, SCALAR_RESIDUAL, u, e);
        if (e + 3 < LANES) add_lane(w, SCALAR_CROSS, b, e + 3);
        if (e + 3 == LANES) arithmetic(w, SCALAR_MUL, SCALAR_CROSS, row_a(SCALAR_CROSS), upper(0x3F82)); /* slack */
    }
    put(w, (operation){.op = SCALAR_END});
}

static void settle(writer *w) {
    for (unsigned e = 0; e < LANES; e++)
        add_lane(w, SCALAR_RESIDUAL, SCALAR_S0, e);
    move(w, SCALAR_CROSS, upper(0));
    put(w, (operation){.op = SCALAR_END});
}

enum { ROUNDING = 0x3780, NOISE = 0x37D0 };

static void verdict(writer *w) {
    const unsigned residual = SCALAR_T, base = SCALAR_T + 1, noise = SCALAR_T + 2, rest = SCALAR_S0,
                   bound = SCALAR_S1;
    arithmetic(w, SCALAR_MUL, base, row_a(SCALAR_DECOMPOSED), upper(ROUNDING));
    arithmetic(w, SCALAR_MUL, noise, row_a(SCALAR_DECOMPOSED), upper(NOISE));
    clamp(w, residual);
    arithmetic(w, SCALAR_ADD, bound, row_a(base), row(SCALAR_CROSS));
    arithmetic(w, SCALAR_ADD, rest, row_a(residual), row(SCALAR_CROSS));
    find(w, SCALAR_POSSIBLE, base, SCALAR_LESS + SCALAR_EQUAL, row(SCALAR_TOLERATED));
    arithmetic(w, SCALAR_ADD, bound, row_a(residual), row(bound));
    find(w, SCALAR_WITHIN, residual, SCALAR_LESS + SCALAR_EQUAL, row(SCALAR_TOLERATED));
    find(w, SCALAR_NOISE, rest, SCALAR_LESS + SCALAR_EQUAL, row(noise));
    find(w, SCALAR_REACHED, bound, SCALAR_LESS + SCALAR_EQUAL, row(SCALAR_TOLERATED));
    put(w, (operation){.op = SCALAR_END});
}

/* From the square of the tolerance in T */
static void begin(writer *w) {
    arithmetic(w, SCALAR_MUL, SCALAR_TOLERATED, row_a(SCALAR_T), row(SCALAR_TOTAL));
    move(w, SCALAR_RESIDUAL, row(SCALAR_DECOMPOSED));
    move(w, SCALAR_CROSS, upper(0));
    find(w, SCALAR_LIMITED, SCALAR_TOLERATED, SCALAR_GREATER, upper(0));
    put(w, (operation){.op = SCALAR_END});
}

static void totals(writer *w) {
    const unsigned finite = SCALAR_T + 1;
    arithmetic(w, SCALAR_ADD, SCALAR_T, SCALAR_A_TOLERANCE, upper(0));
    arithmetic(w, SCALAR_ADD, SCALAR_DECOMPOSED, SCALAR_A_ZERO, lane(SCALAR_S0, 0));
    arithmetic(w, SCALAR_ADD, SCALAR_TOTAL, SCALAR_A_ZERO, lane(SCALAR_S1, 0));
    arithmetic(w, SCALAR_MUL, SCALAR_T, SCALAR_A_TOLERANCE, row(SCALAR_T));
    for (unsigned e = 1; e < LANES; e++) {
        add_lane(w, SCALAR_DECOMPOSED, SCALAR_S0, e);
        add_lane(w, SCALAR_TOTAL, SCALAR_S1, e);
    }
    find(w, SCALAR_EMPTY, SCALAR_DECOMPOSED, SCALAR_EQUAL, upper(0));
    arithmetic(w, SCALAR_MUL, finite, row_a(SCALAR_TOTAL), upper(0));
    find(w, SCALAR_OVERFLOW, finite, SCALAR_UNORDERED, upper(0));
    begin(w);
}

static void start(writer *w) {
    arithmetic(w, SCALAR_ADD, SCALAR_T, SCALAR_A_TOLERANCE, upper(0));
    arithmetic(w, SCALAR_MUL, SCALAR_T, SCALAR_A_TOLERANCE, row(SCALAR_T));
    begin(w);
}

/* certificate_relative() of the residual in lane 0, of the bound in lane 1 */
static void result(writer *w) {
    const unsigned square = SCALAR_T, finite = SCALAR_T + 1, quotient = SCALAR_T + 2, others = 255u & ~3u;
    arithmetic(w, SCALAR_MUL, quotient, row_a(SCALAR_DECOMPOSED), upper(ROUNDING));
    clamp(w, square);
    put(w, (operation){
               .op = SCALAR_ADD, .dst = square, .a = row_a(quotient), .b = row(SCALAR_CROSS), .skip = all_but(1)});
    arithmetic(w, SCALAR_MUL, finite, row_a(SCALAR_TOTAL), upper(0));
    find(w, SCALAR_POSITIVE, SCALAR_TOTAL, SCALAR_GREATER, upper(0));
    arithmetic(w, SCALAR_DIV, quotient, row_a(square), row(SCALAR_TOTAL));
    arithmetic(w, SCALAR_MUL, square, row_a(square), upper(0));
    arithmetic(w, SCALAR_ADD, finite, row_a(square), row(finite));
    put(w, (operation){
               .op = SCALAR_COMPARE + SCALAR_UNORDERED, .dst = SCALAR_UNKNOWN, .a = row_a(finite), .b = upper(0)});
    put(w, (operation){.op = SCALAR_SQRT,
                       .dst = SCALAR_RELATIVE,
                       .a = row_a(quotient),
                       .skip = others,
                       .lane = SCALAR_POSITIVE,
                       .gate = SCALAR_GATE_FLAG,
                       .flags = SCALAR_FOUND,
                       .fill = 1});
    put(w, (operation){.op = SCALAR_MOVE,
                       .dst = SCALAR_RELATIVE,
                       .b = upper(ONE),
                       .skip = others,
                       .gate = SCALAR_GATE_FLAGS,
                       .flags = SCALAR_UNKNOWN});
    put(w, (operation){.op = SCALAR_END});
}

unsigned scalar_program(uint64_t rom[SCALAR_WORDS], unsigned entry[SCALAR_PROGRAMS]) {
    static void (*const write[SCALAR_PROGRAMS])(writer *) = {judge,        invert, pick_good, sum,    floors_start,
                                                             floors_later, norms,  append,    settle, verdict,
                                                             totals,       start,  result};
    writer w = {.rom = rom};
    for (unsigned k = 0; k < SCALAR_PROGRAMS; k++) {
        entry[k] = w.used;
        write[k](&w);
    }
    return w.used;
}
