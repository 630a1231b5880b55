/* test_row_edge.c - the RTL of the row edges against their clocked twins, every register, memory and output on every
 * clock, and both against the numbers of the library. SPDX-License-Identifier: Apache-2.0
 * SEED=N in the environment repeats a run; the seed is printed at the start. A geometry is a whole column of edges,
 * each with stalls of its own. */
#include "../cmodel/fp.h"
#include "../cmodel/scalar.h"
#include "row_edge_bench.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static uint32_t bits(float x) {
    uint32_t u;
    memcpy(&u, &x, sizeof u);
    return u;
}

/* ---- anything at all, at any time ---- */

enum { WILD_CLOCKS = 150000, ORDERLY_CLOCKS = 150000 };

/* _i: geometry */
START_TEST(anything_in_lockstep) {
    static const unsigned stalls[] = {0, 64, 200}, busy[] = {250, 60, 16}, rare[] = {2, 20, 1000};
    bench b;
    begin(_i);
    bench_open(&b, (unsigned)_i, 0);
    while (b.clocks < WILD_CLOCKS) {
        const unsigned some = busy[below(3)], often = rare[below(3)];
        b.stall = stalls[below(3)];
        for (unsigned n = 0; n < 500; n++) {
            for (unsigned i = 0; i < b.rows; i++)
                random_inputs(&b, &b.edge[i].in, some, often);
            clock_once(&b);
        }
    }
    for (unsigned kind = 0; kind < KINDS; kind++)
        EXPECT(b.commands[kind] > WILD_CLOCKS / 500, "SEED=%u: %u commands of kind %u", seed, b.commands[kind], kind);
    bench_close(&b);
}
END_TEST

/* ---- commands in order, against the numbers of the library ---- */

/* What the edges hold together, as the untimed model keeps it. */
typedef struct {
    bench b;
    unsigned rare;
    const kernel *kernel;
    dcom_config config;
    engine engine;                                              /* rows and tokens, for the sums over edges */
    uint16_t overlap[ALL_BASIS][LANES], norm[ALL_BASIS][LANES]; /* BF16, the norm in all lanes */
    uint16_t p[ALL_TOKENS][LANES], out[ALL_TOKENS][LANES];      /* by number, as what follows */
    int32_t mask[ALL_TOKENS];
    uint32_t h[ALL_BASIS + LANES][LANES];
    unsigned flags;
} model;
/* Sums chain `c` of all edges as the library does: from +0, ascending. NaN is NaN. */
static void expect_sum(const model *m, unsigned chain, const float sum[LANES], const char *what) {
    for (unsigned e = 0; e < LANES; e++) {
        uint32_t total = 0;
        for (unsigned i = 0; i < m->b.rows; i++)
            total = fp_add(total, m->b.edge[i].out.chain[LANES * chain + e]);
        const int nan = sum[e] != sum[e];
        EXPECT(nan ? total == 0x7FC00000 : total == bits(sum[e]),
               "SEED=%u: clock %llu, %u edges, %s, lane %u: %08x, not %08x", seed, (unsigned long long)m->b.clocks,
               m->b.rows, what, e, total, bits(sum[e]));
    }
}

static void expect_flags(const model *m) {
    unsigned flags = 0;
    for (unsigned i = 0; i < m->b.rows; i++)
        flags |= m->b.edge[i].out.flags;
    EXPECT(flags == m->flags, "SEED=%u: clock %llu: flags %u, not %u", seed, (unsigned long long)m->b.clocks, flags,
           m->flags);
}

static void round_row(const uint32_t h[LANES], uint16_t out[LANES], unsigned *flags) {
    float x[LANES], peak[LANES];
    memcpy(x, h, sizeof x);
    *flags |= edge_round(x, 1, NULL, out, peak);
}

static void expect_vectors(const model *m, unsigned edge_index, unsigned n, unsigned k, const uint16_t want[LANES]) {
    const edge *e = &m->b.edge[edge_index];
    EXPECT(e->vectors == n && memcmp(e->vector[k], want, 2 * LANES) == 0,
           "SEED=%u: clock %llu, edge %u of %u: vector %u of %u (of %u): %04x.., not %04x..", seed,
           (unsigned long long)m->b.clocks, edge_index, m->b.rows, k, e->vectors, n, e->vector[k][0], want[0]);
}

static void expect_feed(const model *m, const struct row_edge_in *c) {
    static uint16_t y[ALL_TOKENS][LANES];
    const unsigned rows = c->command_rows, n = rows * c->command_repeats, all = m->b.rows * m->b.tokens;
    const int tokens = c->command_kind == ROW_FEED_TOKENS;
    memset(y, 0, sizeof y);
    for (unsigned t = 0; t < all; t++)
        if (m->mask[t] == EDGE_KEEP) memcpy(y[t], m->p[t], sizeof y[t]);
    row_edge_signs(c->command_key, all, m->mask, c->command_width, LANES, y[0]);
    for (unsigned i = 0; i < m->b.rows; i++)
        for (unsigned k = 0; k < n; k++) {
            const unsigned number = row_number(&m->b, i, c->command_row + k % rows);
            uint16_t want[LANES] = {0};
            unsigned flags;
            if (tokens)
                memcpy(want, y[number], sizeof want);
            else if (number >= c->command_first && number < c->command_last)
                round_row(m->h[number], want, &flags);
            expect_vectors(m, i, n, k, want);
        }
}

/* The results of a pass, and who gets them. */
static uint32_t results[ALL_TOKENS + ALL_BASIS][LANES];

static void random_results(model *m, unsigned rows) {
    const unsigned rare = below(3) ? 0 : m->rare;
    for (unsigned i = 0; i < m->b.rows; i++) {
        m->b.edge[i].result = results[i * rows];
        m->b.edge[i].results = rows;
        for (unsigned k = 0; k < rows * LANES; k++)
            results[i * rows + k / LANES][k % LANES] = random_fp32(rare);
    }
}

/* The sums over the edges of a b, as row_edge_dot() has them; a, b: one edge after the other. */
static void sum_of_edges(const model *m, const uint16_t *a, const uint16_t *b, unsigned rows, float sum[LANES]) {
    memset(sum, 0, LANES * sizeof *sum);
    for (unsigned i = 0; i < m->b.rows; i++) {
        const size_t at = (size_t)i * rows * LANES;
        float chain[LANES] = {0};
        m->kernel->accumulate(a + at, b + at, rows, LANES, chain);
        for (unsigned e = 0; e < LANES; e++)
            sum[e] += chain[e];
    }
}

static void expect_tokens(model *m, unsigned first, unsigned rows) {
    static float x[ALL_TOKENS][LANES];
    static int32_t mask[ALL_TOKENS];
    static uint16_t p[ALL_TOKENS][LANES], lost[ALL_TOKENS][LANES];
    const unsigned all = m->b.rows * rows;
    float peak[LANES], sum[LANES];
    memcpy(x, results, sizeof x);
    for (unsigned k = 0; k < all; k++) {
        mask[k] = m->mask[row_number(&m->b, k / rows, first + k % rows)];
        m->flags |= edge_round(x[k], 1, mask + k, p[k], peak);
    }
    sum_of_edges(m, p[0], p[0], rows, sum);
    expect_sum(m, 0, sum, "squares");
    row_edge_lost(x[0], p[0], all, mask, lost[0]);
    sum_of_edges(m, p[0], lost[0], rows, sum);
    expect_sum(m, 1, sum, "lost");
    for (unsigned k = 0; k < all; k++) {
        const unsigned row = first + k % rows, number = row_number(&m->b, k / rows, row);
        const struct row_edge *t = &m->b.edge[k / rows].twin;
        memcpy(m->p[number], p[k], sizeof p[k]);
        memcpy(m->out[number], p[k], sizeof p[k]);
        EXPECT(memcmp(t->p.mem + row * 2 * LANES, p[k], sizeof p[k]) == 0 &&
                   memcmp(t->out.mem + row * 2 * LANES, p[k], sizeof p[k]) == 0,
               "SEED=%u: clock %llu: p of token %u", seed, (unsigned long long)m->b.clocks, number);
    }
    expect_flags(m);
}

static void expect_h(const model *m) {
    for (unsigned i = 0; i < m->b.rows; i++)
        for (unsigned r = 0; r < m->b.basis; r++)
            EXPECT(memcmp(m->b.edge[i].twin.h.mem + (size_t)r * 4 * LANES, m->h[row_number(&m->b, i, r)],
                          4 * LANES) == 0,
                   "SEED=%u: clock %llu, edge %u of %u: h row %u", seed, (unsigned long long)m->b.clocks, i,
                   m->b.rows, r);
}

static void expect_basis(model *m, const struct row_edge_in *c) {
    static float x[MOST_BASIS][LANES];
    static uint16_t unused[MOST_BASIS][LANES];
    for (unsigned i = 0; i < m->b.rows; i++) {
        unsigned low = 0;
        float peak[LANES];
        for (unsigned r = 0; r < c->command_rows; r++) {
            const unsigned number = row_number(&m->b, i, c->command_row + r);
            if (number < c->command_first || number >= c->command_last) continue;
            memcpy(m->h[number], results[i * c->command_rows + r], sizeof m->h[number]);
            round_row(m->h[number], unused[0], &m->flags);
            if (number < c->command_limit) memcpy(x[low++], m->h[number], sizeof x[0]);
        }
        edge_round(x[0], low, NULL, unused[0], peak);
        EXPECT(memcmp(peak, m->b.edge[i].out.peak, sizeof peak) == 0, "SEED=%u: clock %llu, edge %u of %u: peak",
               seed, (unsigned long long)m->b.clocks, i, m->b.rows);
    }
    expect_h(m);
    expect_flags(m);
}

/* Writes word `data` to basis row `number`, on the edge that has it. */
static void write_row(model *m, unsigned number, unsigned norm, const uint32_t data[LANES]) {
    edge *e = &m->b.edge[number / MAC_ROWS % m->b.rows];
    while (!go(&m->b) || !e->out.write_ready)
        clock_once(&m->b);
    e->in.write_valid = 1;
    e->in.write_norm = (uint8_t)norm;
    e->in.write_row = (uint16_t)(number / MAC_ROWS / m->b.rows * MAC_ROWS + number % MAC_ROWS);
    memcpy(e->in.write_data, data, 4 * LANES);
    clock_once(&m->b);
    e->in.write_valid = 0;
}

static void write_h(model *m, unsigned number) {
    uint16_t unused[LANES];
    for (unsigned e = 0; e < LANES; e++)
        m->h[number][e] = random_fp32(m->rare);
    round_row(m->h[number], unused, &m->flags);
    write_row(m, number, 0, m->h[number]);
}

/* Which tokens are masked, on all edges. */
static void put_masks(model *m, const struct row_edge_in *masks) {
    for (unsigned t = 0; t < m->b.rows * m->b.tokens; t++) {
        m->mask[t] = t < masks->job_tokens ? EDGE_KEEP : EDGE_ZERO;
        for (unsigned k = 0; k < masks->exact_count; k++)
            if (masks->exact_tokens[k] == t) m->mask[t] = EDGE_ZERO;
    }
    for (unsigned i = 0; i < m->b.rows; i++) {
        struct row_edge_in *in = &m->b.edge[i].in;
        in->job_tokens = masks->job_tokens;
        in->exact_count = masks->exact_count;
        memcpy(in->exact_tokens, masks->exact_tokens, sizeof in->exact_tokens);
    }
}

static void change_masks(model *m) {
    struct row_edge_in masks;
    random_masks(&m->b, &masks);
    put_masks(m, &masks);
}

/* A row of p from the stream. */
static void load_row(model *m) {
    const unsigned i = below(m->b.rows), row = below(m->b.tokens);
    struct row_edge_in *in = &m->b.edge[i].in;
    in->load_valid = 1;
    in->load_row = (uint16_t)row;
    for (unsigned e = 0; e < LANES; e++)
        in->load_data[e] = (uint16_t)random_bits();
    memcpy(m->p[row_number(&m->b, i, row)], in->load_data, sizeof in->load_data);
    clock_once(&m->b);
    in->load_valid = 0;
}

/* ---- the operations ---- */

static unsigned total(const model *m) { return m->b.rows * m->b.basis; }

static void random_range(const model *m, struct row_edge_in *c) {
    c->command_first = below(total(m));
    c->command_last = c->command_first + 1 + below(total(m) - c->command_first);
    c->command_row = (uint16_t)below(m->b.basis);
    c->command_rows = (uint16_t)(1 + below(m->b.basis - c->command_row));
    c->command_limit = below(total(m) + 1);
    c->command_repeats = (uint8_t)(1 + below(MOST_REPEATS));
}

static void random_tokens(const model *m, struct row_edge_in *c) {
    *c = (struct row_edge_in){.command_rows = (uint16_t)(1 + below(m->b.tokens)),
                              .command_repeats = (uint8_t)(1 + below(MOST_REPEATS)),
                              .command_width = (uint8_t)below(LANES + 1),
                              .command_key = random_bits()};
    if (below(2)) c->command_row = (uint16_t)below(m->b.tokens - c->command_rows + 1);
}

/* A pass: one side, or P on the one and h on the other. */
static void pass(model *m) {
    struct row_edge_in feed = {0}, take = {0};
    const unsigned sides = 1 + below(3), tokens = below(2); /* tokens: the feeder has them */
    random_range(m, tokens ? &take : &feed);
    random_tokens(m, tokens ? &feed : &take);
    feed.command_kind = tokens ? ROW_FEED_TOKENS : ROW_FEED_BASIS;
    take.command_kind = tokens ? ROW_TAKE_BASIS : ROW_TAKE_TOKENS;
    random_results(m, take.command_rows);
    run(&m->b, sides & 1 ? &feed : NULL, sides & 2 ? &take : NULL);
    if (sides & 1) expect_feed(m, &feed);
    if (sides & 2 && tokens) expect_basis(m, &take);
    if (sides & 2 && !tokens) expect_tokens(m, take.command_row, take.command_rows);
}

static void certify(model *m) {
    static uint16_t magnitude[ALL_BASIS][LANES];
    const unsigned first = below(total(m)), room = total(m) - first, kept = 1 + below(room < LANES ? room : LANES);
    struct row_edge_in walk = {.command_kind = ROW_CERTIFY, .command_first = first, .command_last = first + kept};
    float sum[LANES];
    for (unsigned e = 0; e < kept; e++) {
        uint32_t word[LANES] = {random_fp32(below(8) ? 0 : m->rare) & 0x7FFFFFFF};
        for (unsigned k = 0; k < LANES; k++)
            m->norm[first + e][k] = fp_to_bf16(word[0]);
        for (unsigned k = 1; k < LANES; k++)
            word[k] = random_bits();
        write_row(m, first + e, 1, word);
    }
    run(&m->b, NULL, &walk);
    row_edge_overlaps((const float *)(const void *)m->h, first, kept, true, magnitude[0]);
    row_edge_overlaps((const float *)(const void *)m->h, first, kept, false, m->overlap[0]);
    row_edge_products(m->kernel, &m->engine, magnitude[0], m->norm[0], first + kept, sum);
    expect_sum(m, 0, sum, "bound");
    for (unsigned i = 0; i < m->b.rows; i++)
        for (unsigned r = 0; r < m->b.basis; r++) {
            const unsigned number = row_number(&m->b, i, r);
            const struct row_edge *t = &m->b.edge[i].twin;
            EXPECT(memcmp(t->overlap.mem + (size_t)r * 2 * LANES, m->overlap[number], 2 * LANES) == 0 &&
                       memcmp(t->norm.mem + (size_t)2 * r, m->norm[number], 2) == 0,
                   "SEED=%u: clock %llu: overlap or norm of basis row %u; first %u, kept %u", seed,
                   (unsigned long long)m->b.clocks, number, first, kept);
        }
}

/* The sums of the correction, by the library's own function. */
static void settle(model *m) {
    static uint16_t h16[ALL_BASIS][LANES];
    const unsigned rows = below(total(m) + 1);
    struct row_edge_in walk = {.command_kind = ROW_SETTLE, .command_last = rows};
    unsigned flags;
    float sum[LANES];
    run(&m->b, NULL, &walk);
    for (unsigned k = 0; k < rows; k++)
        round_row(m->h[k], h16[k], &flags);
    row_edge_products(m->kernel, &m->engine, m->overlap[0], h16[0], rows, sum);
    expect_sum(m, 0, sum, "correction");
}

static void turn(model *m) {
    static uint16_t h16[ALL_BASIS][LANES];
    static float turned[ALL_BASIS][LANES];
    const unsigned rows = below(total(m) + 1), rare = below(3) ? 0 : m->rare;
    struct row_edge_in walk = {.command_kind = ROW_TURN, .command_last = rows};
    unsigned flags;
    for (unsigned k = 0; k < LANES; k++)
        for (unsigned e = 0; e < LANES; e++)
            m->b.turn_x[k][e] = fp_to_bf16(random_fp32(rare));
    for (unsigned k = 0; k < rows; k++)
        round_row(m->h[k], h16[k], &flags);
    row_edge_turn(h16[0], rows, m->b.turn_x[0], turned[0]);
    run(&m->b, NULL, &walk);
    for (unsigned k = 0; k < rows; k++) {
        for (unsigned e = 0; e < LANES; e++)
            m->h[k][e] = turned[k][e] == turned[k][e] ? bits(turned[k][e]) : 0x7FC00000;
        round_row(m->h[k], h16[k], &m->flags);
    }
    expect_h(m);
    expect_flags(m);
}

static void read_rows(model *m) {
    clock_once(&m->b); /* a read sees what was written two clocks before */
    for (unsigned n = 1 + below(8); n > 0; n--) {
        const unsigned i = below(m->b.rows), row = below(m->b.basis), token = below(m->b.tokens);
        struct row_edge_in *in = &m->b.edge[i].in;
        in->read_valid = in->out_read = 1;
        in->read_row = (uint16_t)row;
        in->out_row = (uint16_t)token;
        ck_assert(m->b.edge[i].out.read_ready);
        clock_once(&m->b);
        in->read_valid = in->out_read = 0;
        const struct row_edge_out *o = &m->b.edge[i].out;
        EXPECT(memcmp(o->read_h, m->h[row_number(&m->b, i, row)], sizeof o->read_h) == 0 &&
                   memcmp(o->out_data, m->out[row_number(&m->b, i, token)], sizeof o->out_data) == 0,
               "SEED=%u: clock %llu, edge %u: h of row %u or p of token %u", seed, (unsigned long long)m->b.clocks, i,
               row, token);
    }
}

static void clear_flags(model *m) {
    clock_once(&m->b); /* what was written last may raise them yet */
    for (unsigned i = 0; i < m->b.rows; i++)
        m->b.edge[i].in.clear = 1;
    clock_once(&m->b);
    for (unsigned i = 0; i < m->b.rows; i++)
        m->b.edge[i].in.clear = 0;
    m->flags = 0;
    expect_flags(m);
}

/* A reset in the middle of whatever runs; what the memories then hold is read from the twin, the registers are new.
 */
static void interrupt(model *m) {
    const struct row_edge_in masks = m->b.edge->in;
    for (unsigned n = below(40); n > 0; n--) {
        for (unsigned i = 0; i < m->b.rows; i++)
            random_inputs(&m->b, &m->b.edge[i].in, 128, m->rare), m->b.edge[i].in.rst = 0;
        clock_once(&m->b);
    }
    reset(&m->b);
    put_masks(m, &masks);
    m->flags = 0;
    clock_once(&m->b);
    for (unsigned i = 0; i < m->b.rows; i++) {
        const struct row_edge *t = &m->b.edge[i].twin;
        for (unsigned k = 0; k < m->b.tokens; k++) {
            const unsigned number = row_number(&m->b, i, k);
            memcpy(m->p[number], t->p.mem + (size_t)k * 2 * LANES, 2 * LANES);
            memcpy(m->out[number], t->out.mem + (size_t)k * 2 * LANES, 2 * LANES);
        }
        for (unsigned r = 0; r < m->b.basis; r++) {
            const unsigned number = row_number(&m->b, i, r);
            memcpy(m->h[number], t->h.mem + (size_t)r * 4 * LANES, 4 * LANES);
            memcpy(m->overlap[number], t->overlap.mem + (size_t)r * 2 * LANES, 2 * LANES);
            for (unsigned e = 0; e < LANES; e++)
                memcpy(&m->norm[number][e], t->norm.mem + (size_t)r * 2, 2);
        }
    }
    EXPECT(all_ready(&m->b, ROW_SETTLE), "SEED=%u: not idle after a reset", seed);
}

static void model_open(model *m, unsigned geometry, unsigned stall, unsigned rare) {
    memset(m, 0, sizeof *m);
    bench_open(&m->b, geometry, stall);
    m->rare = rare;
    m->kernel = kernel_select("portable"); /* whose NaN is the RTL's */
    m->config.cluster_rows = m->b.rows;
    m->engine.config = &m->config;
    change_masks(m);
}

static void model_close(model *m) { bench_close(&m->b); }

static model shared; /* too large for the stack */

/* _i: geometry, stalls */
START_TEST(numbers_of_the_library) {
    static const unsigned stalls[] = {0, 32, 160}, rare[] = {3, 30, 300};
    model *m = &shared;
    begin(100 + _i);
    model_open(m, (unsigned)_i / 3, stalls[_i % 3], rare[_i / 3 % 3]);
    while (m->b.clocks < ORDERLY_CLOCKS / 3) {
        m->rare = rare[below(3)];
        switch (below(12)) {
        case 0:
            certify(m);
            break;
        case 1:
            settle(m);
            break;
        case 2:
            read_rows(m);
            break;
        case 3:
            clear_flags(m);
            break;
        case 4:
            change_masks(m);
            break;
        case 5:
            for (unsigned n = 1 + below(4); n > 0; n--)
                write_h(m, below(total(m)));
            break;
        case 6:
            if (below(8) == 0) interrupt(m);
            break;
        case 7:
            for (unsigned n = 1 + below(8); n > 0; n--)
                load_row(m);
            break;
        case 8:
            turn(m);
            break;
        default:
            pass(m);
        }
        for (unsigned n = below(3); n > 0; n--)
            clock_once(&m->b);
    }
    for (unsigned kind = 0; kind < KINDS; kind++)
        EXPECT(m->b.commands[kind] > 20, "SEED=%u: %u commands of kind %u", seed, m->b.commands[kind], kind);
    model_close(m);
}
END_TEST

/* A row a clock: every command takes its rows and a constant. _i: geometry */
START_TEST(a_row_a_clock) {
    model *m = &shared;
    begin(200 + _i);
    model_open(m, (unsigned)_i, 0, 0);
    for (unsigned n = 0; n < 400; n++) {
        struct row_edge_in c = {0};
        const unsigned kind = n % KINDS;
        unsigned want, most = 0, inside = 0; /* inside: an edge stores its last row */
        random_range(m, &c);
        if (kind == ROW_TAKE_TOKENS || kind == ROW_FEED_TOKENS) random_tokens(m, &c);
        c.command_kind = (uint8_t)kind;
        for (unsigned i = 0; i < m->b.rows; i++) {
            unsigned rows = 0;
            while (rows < m->b.basis && row_number(&m->b, i, rows) < c.command_last)
                rows++;
            most = rows > most ? rows : most;
            const unsigned last = row_number(&m->b, i, c.command_row + c.command_rows - 1u);
            inside |= last >= c.command_first && last < c.command_last;
        }
        random_results(m, c.command_rows);
        const int feeds = kind == ROW_FEED_BASIS || kind == ROW_FEED_TOKENS;
        const unsigned clocks = run(&m->b, feeds ? &c : NULL, feeds ? NULL : &c);
        switch (kind) {
        case ROW_TAKE_BASIS:
            want = c.command_rows + 1u + inside;
            break;
        case ROW_TAKE_TOKENS:
            want = c.command_rows + 4u;
            break;
        case ROW_CERTIFY:
        case ROW_SETTLE:
            want = most ? most + 4 : 2;
            break;
        case ROW_TURN:
            want = most ? 8 * most + 6 : 2;
            break;
        default:
            want = (unsigned)c.command_rows * c.command_repeats + 3;
        }
        EXPECT(clocks == want, "SEED=%u: kind %u, %u edges, %u rows, %u times: %u clocks, not %u", seed, kind,
               m->b.rows, c.command_rows, c.command_repeats, clocks, want);
    }
    model_close(m);
}
END_TEST

int main(void) {
    if (getenv("SEED")) seed = (uint32_t)strtoul(getenv("SEED"), NULL, 0);
    printf("# SEED=%u\n", seed);
    Suite *s = suite_create("row_edge");
    TCase *lockstep = tcase_create("lockstep"), *numbers = tcase_create("numbers"), *clocks = tcase_create("clocks");
    tcase_set_timeout(lockstep, 0), tcase_set_timeout(numbers, 0);
    tcase_add_loop_test(lockstep, anything_in_lockstep, 0, ROW_GEOMETRIES);
    tcase_add_loop_test(numbers, numbers_of_the_library, 0, ROW_GEOMETRIES * 3);
    tcase_add_loop_test(clocks, a_row_a_clock, 0, ROW_GEOMETRIES);
    suite_add_tcase(s, lockstep), suite_add_tcase(s, numbers), suite_add_tcase(s, clocks);
    SRunner *r = srunner_create(s);
    srunner_run_all(r, CK_ENV);
    const int failed = srunner_ntests_failed(r);
    srunner_free(r);
    return failed != 0;
}
