/* scalar.c - the FP32 scalar unit, as numbers and clock by clock. Contraction must be off (-ffp-contract=off).
 * Twin: rtl/scalar.v, whose header has the stages. SPDX-License-Identifier: Apache-2.0 */
#include "scalar.h"

#include <math.h>
#include <string.h>

float scalar_root(float x) { return x < 0 ? NAN : sqrtf(x); }

scalar_verdict scalar_judge(unsigned n, const float *g, const float peak[LANES], const float floor[LANES]) {
    const float limit = 0x1p-14f, far = 0x1p-6f, least = 0x1.FCp-1f, most = 0x1.02p0f;
    scalar_verdict v = {0, 0};
    for (unsigned e = 0; e < n; e++) {
        const float d = g[e * LANES + e], square = peak[e] * peak[e];
        int fine = square < limit * d && d > least && d < most;
        for (unsigned i = 0; i < e; i++) {
            const float x = g[i * LANES + e];
            fine &= !(v.good >> i & 1) || x * x < g[i * LANES + i] * limit * d;
        }
        v.good |= (unsigned)fine << e;
        v.far |= !(square < far * d) && d > floor[e];
    }
    return v;
}

unsigned scalar_inverse_root(unsigned n, const float *g, float floor[LANES], float *inverse) {
    float a[LANES][LANES], z[LANES][LANES] = {{0}}, r[LANES] = {0}, next_floor[LANES] = {0};
    unsigned kept = 0;
    memcpy(a, g, n * sizeof *a);
    memset(inverse, 0, LANES * LANES * sizeof *inverse);
    for (unsigned i = 0; i < n; i++) {
        float m[LANES] = {0};
        z[i][i] = 1;
        if (!(a[i][i] > floor[i])) continue;
        r[i] = 1 / a[i][i];
        for (unsigned j = i + 1; j < n; j++)
            m[j] = a[i][j] * r[i];
        for (unsigned k = i + 1; k < n; k++)
            for (unsigned j = k; j < n; j++)
                a[k][j] -= a[i][k] * m[j];
        for (unsigned k = 0; k <= i; k++)
            for (unsigned j = i + 1; j < n; j++)
                z[k][j] -= z[k][i] * m[j];
    }
    for (unsigned j = 0; j < n; j++) {
        if (!(r[j] > 0)) continue;
        const float q = scalar_root(r[j]);
        next_floor[kept] = floor[j] * r[j];
        for (unsigned k = 0; k <= j; k++)
            inverse[k * LANES + kept] = z[k][j] * q;
        kept++;
    }
    memcpy(floor, next_floor, sizeof next_floor);
    return kept;
}

/* ---- clock by clock ---- */

/* What leaves a lane's ALU for its registers */
typedef struct {
    unsigned valid, row, write;
    uint32_t value;
} result;

/* A tag is {zero, write, row U5} */
static result tagged(unsigned valid, unsigned tag, uint32_t value) {
    return (result){valid, tag & 31, valid && (tag >> 5 & 1), tag >> 6 ? 0 : value};
}

static result pipelined(const struct scalar_alu *alu) {
    return tagged(alu->out_valid_q, alu->out_tag_q, alu->result_q);
}

static result iterated(const struct scalar_alu *alu) {
    return tagged(alu->iter_valid_q, alu->iter_tag_q, alu->iter_result_q);
}

/* A register, or what is about to be written to it */
static uint32_t forwarded(const struct scalar *s, unsigned lane, unsigned row) {
    const result out = pipelined(&s->alu[lane]), iter = iterated(&s->alu[lane]);
    return out.write && out.row == row ? out.value : iter.write && iter.row == row ? iter.value : s->mem[lane][row];
}

/* The relation of two FP32, as the bit that stands for it */
static unsigned relation(uint32_t a, uint32_t b) {
    const uint32_t magnitude_a = a & 0x7FFFFFFF, magnitude_b = b & 0x7FFFFFFF;
    if (magnitude_a > 0x7F800000 || magnitude_b > 0x7F800000) return SCALAR_UNORDERED;
    if (a == b || (magnitude_a | magnitude_b) == 0) return SCALAR_EQUAL;
    const unsigned greater = a >> 31 != b >> 31 ? b >> 31
                             : a >> 31          ? magnitude_a < magnitude_b
                                                : magnitude_a > magnitude_b;
    return greater ? SCALAR_GREATER : SCALAR_LESS;
}

static unsigned good_columns(const struct scalar *s) {
    unsigned good = 0;
    for (unsigned e = 0; e < LANES; e++) {
        unsigned fine = (s->flag_q[SCALAR_CLEAR] & s->flag_q[SCALAR_ABOVE] & s->flag_q[SCALAR_BELOW]) >> e & 1;
        for (unsigned i = 0; i < e; i++)
            fine &= ~(good >> i) | s->flag_q[SCALAR_APART + i] >> e;
        good |= (fine & 1) << e;
    }
    return good;
}

void scalar_init(struct scalar *s) {
    unsigned entry[SCALAR_PROGRAMS];
    memset(s, 0, sizeof *s);
    for (unsigned k = 0; k < SCALAR_WORDS; k++)
        s->rom[k] = (uint64_t)SCALAR_END << 49;
    scalar_program(s->rom, entry);
    for (unsigned k = 0; k < 16; k++)
        s->entry[k] = (uint16_t)(k < SCALAR_PROGRAMS ? entry[k] : SCALAR_WORDS - 1);
}

void scalar_read(const struct scalar *s, const struct scalar_in *in, struct scalar_out *out) {
    const unsigned found = s->flag_q[SCALAR_FOUND], keep = s->flag_q[SCALAR_KEEP];
    *out = (struct scalar_out){.start_ready = !s->running_q,
                               .edge_number = s->word_q >> 19 & 15,
                               .edge_half = s->word_q >> 18 & 1,
                               .good = (uint8_t)good_columns(s),
                               .any_far = (s->flag_q[SCALAR_LARGE] & ~s->flag_q[SCALAR_NEARBY]) != 0,
                               .keep = (uint8_t)keep,
                               .reached = found >> SCALAR_REACHED & 1,
                               .noise = found >> SCALAR_NOISE & 1,
                               .possible = found >> SCALAR_POSSIBLE & 1,
                               .residual_within = found >> SCALAR_WITHIN & 1,
                               .limited = found >> SCALAR_LIMITED & 1,
                               .empty = found >> SCALAR_EMPTY & 1,
                               .overflow = found >> SCALAR_OVERFLOW & 1,
                               .certificate = s->mem[0][SCALAR_RELATIVE],
                               .issued = s->issued_q,
                               .bound = s->mem[1][SCALAR_RELATIVE]};
    for (unsigned e = 0; e < LANES; e++) {
        if (!in->read_packed)
            out->read_data[e] = s->mem[e][in->read_row];
        else if (keep >> e & 1)
            out->read_data[out->kept] = s->mem[e][in->read_row];
        out->kept += keep >> e & 1;
    }
}

void scalar_step(struct scalar *s, const struct scalar_in *in) {
    /* stage 0 */
    const uint64_t word = s->word_q;
    const unsigned b = word & 0xFFFF, b_select = word >> 16 & 3, b_row = b & 31, b_lane = b >> 5 & 7;
    const unsigned a_row = word >> 18 & 31, a_select = word >> 18 & 7 << 5, lane = word >> 26 & 7;
    const unsigned flags = word >> 29 & 15, gate = word >> 33 & 3, fill = word >> 35 & 1, skip = word >> 36 & 255;
    const unsigned dst = word >> 44 & 31, op = (unsigned)(word >> 49), flag_row = dst & 15;
    const unsigned is_alu = op <= SCALAR_SQRT, is_move = op == SCALAR_MOVE, is_good = op == SCALAR_GOOD;
    const unsigned is_compare = op >= SCALAR_COMPARE, no_edge = a_select == SCALAR_A_EDGE && a_row >> 1 >= in->edges;
    const unsigned is_end = !(is_alu || is_move || is_good || is_compare) || no_edge;
    const result out = pipelined(&s->alu[0]), iter = iterated(&s->alu[0]);
    uint32_t pending = s->pending_q & ~((uint32_t)out.valid << out.row) & ~((uint32_t)iter.valid << iter.row);
    const unsigned waits = (a_select == SCALAR_A_ROW && (pending >> a_row & 1)) ||
                           (a_select == SCALAR_A_DIAGONAL && (s->pending_q & 255)) ||
                           (b_select != 0 && (pending >> b_row & 1)) ||
                           ((is_alu || is_move) && (pending >> dst & 1)) ||
                           (is_alu && !scalar_alu_ready(&s->alu[0], op)) || (is_end && pending != 0);
    const unsigned issue = s->running_q && !waits, writes = issue && (is_alu || is_move) && !is_end;
    const unsigned gate_row = s->flag_q[flags];
    const unsigned passes = gate == SCALAR_GATE_OPEN      ? 255
                            : gate == SCALAR_GATE_COLUMNS ? ~(255u << in->width)
                            : gate == SCALAR_GATE_FLAGS   ? gate_row
                            : gate_row >> lane & 1        ? 255
                                                          : 0;
    const unsigned enabled = passes & ~skip & 255, good = good_columns(s);
    uint32_t value_a[LANES], value_b[LANES];
    unsigned found = 0;
    for (unsigned e = 0; e < LANES; e++) {
        value_a[e] = a_select == SCALAR_A_ROW         ? forwarded(s, e, a_row)
                     : a_select == SCALAR_A_DIAGONAL  ? s->mem[e][SCALAR_G + e]
                     : a_select == SCALAR_A_EDGE      ? in->edge_data[e]
                     : a_select == SCALAR_A_TOLERANCE ? in->job_tolerance
                     : a_select == SCALAR_A_UNIT      ? (e == lane ? 0x3F800000 : 0)
                                                      : 0;
        value_b[e] = b_select == 0 ? (uint32_t)b << 16 : forwarded(s, b_select == 1 ? e : b_lane, b_row);
        found |= (unsigned)((relation(value_a[e], value_b[e]) & op) != 0) << e;
    }

    /* stage 2, and 1 of MOVE */
    for (unsigned e = 0; e < LANES; e++) {
        const result o = pipelined(&s->alu[e]), i = iterated(&s->alu[e]);
        if (in->write_valid && !s->running_q) s->mem[e][in->write_row] = in->write_data[e];
        if (i.write) s->mem[e][i.row] = i.value;
        if (o.write) s->mem[e][o.row] = o.value;
        if (writes && is_move && (fill || (enabled >> e & 1))) s->mem[e][dst] = enabled >> e & 1 ? value_b[e] : 0;
    }

    /* stage 1 */
    for (unsigned e = 0; e < LANES; e++) {
        const unsigned on = enabled >> e & 1;
        scalar_alu_step(&s->alu[e], &(struct scalar_alu_in){in->rst, writes && is_alu, op & 7,
                                                            (uint8_t)(!on << 6 | (on | fill) << 5 | dst), value_a[e],
                                                            value_b[e]});
    }
    if (issue && is_good) s->flag_q[flag_row] = (uint8_t)good;
    if (issue && is_compare) s->flag_q[flag_row] = (uint8_t)((s->flag_q[flag_row] & skip) | (found & enabled));
    s->pending_q = in->rst ? 0 : pending | (uint32_t)(writes && is_alu) << dst;
    const unsigned pc = s->running_q ? s->pc_q : s->entry[in->start_program];
    if (issue || !s->running_q) {
        s->word_q = s->rom[pc];
        s->pc_q = (pc + 1) & (SCALAR_WORDS - 1);
    }
    s->issued_q = !in->rst && issue;
    s->running_q = !in->rst && (s->running_q ? !(issue && is_end) : in->start_valid);
}

unsigned scalar_clocks(enum scalar_program program, unsigned edges) {
    struct scalar s;
    struct scalar_in in = {.start_valid = 1, .start_program = (uint8_t)program, .edges = (uint8_t)edges};
    unsigned clocks = 0;
    scalar_init(&s);
    do {
        scalar_step(&s, &in);
        in.start_valid = 0;
        clocks++;
    } while (s.running_q);
    return clocks;
}
