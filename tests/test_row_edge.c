/* test_row_edge.c - the RTL of the row edges against their clocked twins, every register, memory and output on every
 * clock, and both against the numbers of the library. SPDX-License-Identifier: Apache-2.0
 * SEED=N in the environment repeats a run; the seed is printed at the start. A geometry is a whole column of edges,
 * each with stalls of its own. */
#include "../cmodel/fp.h"
#include "../cmodel/scalar.h"
#include "row_edge_dut.h"

#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { MOST_ROWS = 4, MOST_TOKENS = 72, MOST_BASIS = 24, MOST_REPEATS = 5, MOST_WORDS = 80, KINDS = 6 };
enum {
    VECTORS = MOST_TOKENS * MOST_REPEATS,
    ALL_TOKENS = MOST_ROWS * MOST_TOKENS,
    ALL_BASIS = MOST_ROWS * MOST_BASIS
};

/* Check's own assertions write to a file whether they hold or not. */
#define EXPECT(HOLDS, ...)                                                                                           \
    do {                                                                                                             \
        if (!(HOLDS)) ck_abort_msg(__VA_ARGS__);                                                                     \
    } while (0)

static uint32_t seed = 1, random_state;

static uint32_t random_bits(void) {
    random_state ^= random_state << 13, random_state ^= random_state >> 17, random_state ^= random_state << 5;
    return random_state;
}
static unsigned below(unsigned n) { return (unsigned)((uint64_t)random_bits() * n >> 32); }

static void begin(int number) {
    random_state = (seed * 0x9E3779B9u ^ (unsigned)(number + 1) * 0x85EBCA6Bu) | 1;
    for (int k = 0; k < 8; k++)
        random_bits();
}

/* Near 1; one time in `rare` a special value, halfway between two BF16, or anything at all. */
static uint32_t random_fp32(unsigned rare) {
    static const uint32_t special[] = {0,          0x80000000, 1,          0x80000001, 0x7FFFFF,   0x800000,
                                       0x80800000, 0x7F7FFFFF, 0x7F7F8000, 0x7F7F7FFF, 0xFF7F8000, 0x7F800000,
                                       0xFF800000, 0x7FC00000, 0xFFC00000, 0x7F800001, 0xFFFFFFFF, 0x00008000,
                                       0x7F000000, 0x7EFFFFFF, 0x80018000, 0x0000FFFF};
    const uint32_t r = random_bits();
    if (rare && r % rare == 0) switch (below(4)) {
        case 0:
            return special[below(sizeof special / sizeof *special)];
        case 1:
            return random_bits();
        case 2:
            return random_bits() & 0x80FFFFFF; /* small, often subnormal */
        default:
            return (random_bits() & 0xBFFF0000) | 0x8000; /* halfway */
        }
    return (r & 0x807FFFFF) | (uint32_t)(119 + (random_bits() & 15)) << 23;
}

static uint32_t bits(float x) {
    uint32_t u;
    memcpy(&u, &x, sizeof u);
    return u;
}

/* ---- the correspondence ---- */

typedef struct {
    const char *scope, *name;
    size_t at, bytes; /* in struct row_edge; bytes 0: a pointer to them */
} line;

#define REGISTER(NAME)                                                                                               \
    { "", #NAME, offsetof(struct row_edge, NAME), sizeof((struct row_edge *)0)->NAME }
#define MEMORY(NAME)                                                                                                 \
    {"u_" #NAME, "mem", offsetof(struct row_edge, NAME.mem), 0}, {                                                   \
        "u_" #NAME, "read_q", offsetof(struct row_edge, NAME.read_q), 4 * LANES                                      \
    }

static const line lines[] = {
    REGISTER(feed_busy_q),
    REGISTER(feed_tokens_q),
    REGISTER(feed_left_q),
    REGISTER(feed_width_q),
    REGISTER(feed_row_q),
    REGISTER(feed_start_q),
    REGISTER(feed_end_q),
    REGISTER(feed_first_q),
    REGISTER(feed_last_q),
    REGISTER(feed_key_q),
    REGISTER(fetched_q),
    REGISTER(fetched_zero_q),
    REGISTER(hash_q),
    REGISTER(vector_valid_q),
    REGISTER(vector_q),
    REGISTER(take_busy_q),
    REGISTER(take_kind_q),
    REGISTER(take_row_q),
    REGISTER(take_end_q),
    REGISTER(take_first_q),
    REGISTER(take_last_q),
    REGISTER(take_limit_q),
    REGISTER(taken_q),
    REGISTER(taken_kind_q),
    REGISTER(taken_norm_q),
    REGISTER(taken_peak_q),
    REGISTER(taken_twice_q),
    REGISTER(taken_zero_q),
    REGISTER(taken_row_q),
    REGISTER(result_q),
    REGISTER(peak_q),
    REGISTER(flags_q),
    REGISTER(multiply_q),
    REGISTER(a_q),
    REGISTER(b_q),
    REGISTER(c_q),
    REGISTER(add_q),
    REGISTER(product_q),
    REGISTER(chain_q),
    MEMORY(p),
    MEMORY(h),
    MEMORY(overlap),
    MEMORY(norm),
    {"", "mask_q", offsetof(struct row_edge, mask_q), 0},
};
enum { LINES = sizeof lines / sizeof *lines };

/* ---- a column of edges, each RTL and twin ---- */

typedef struct {
    const line *line;
    const uint8_t *rtl, *twin;
    size_t bytes, more; /* that both have; that the twin alone has, which are zero */
} pair;

typedef struct {
    row_dut *dut;
    struct row_edge twin;
    void *memories;
    struct row_edge_in in;
    struct row_edge_out out;
    pair pairs[LINES];
    /* what the ports carry in an orderly pass */
    const uint32_t *result; /* [..][LANES] */
    unsigned results, taken, vectors;
    uint16_t vector[VECTORS][LANES];
} edge;

typedef struct {
    unsigned geometry, rows, tokens, basis; /* basis: rows of an edge */
    unsigned stall;                         /* in 1/256: how often a side of a handshake holds back */
    uint64_t clocks;
    unsigned commands[KINDS];
    edge edge[MOST_ROWS];
} bench;

static void bind_pairs(edge *e) {
    dut_variable list[MOST_WORDS];
    const size_t n = row_dut_variables(e->dut, list, MOST_WORDS);
    unsigned bound = 0, registers = 0;
    ck_assert_uint_le(n, MOST_WORDS);
    for (size_t k = 0; k < n; k++) {
        const size_t length = strlen(list[k].name);
        const int memory = strcmp(list[k].name, "mem") == 0;
        if (!memory && strcmp(list[k].name + (length < 2 ? 0 : length - 2), "_q") != 0) continue;
        registers++;
        const line *l = lines;
        while (l < lines + LINES && (strcmp(l->name, list[k].name) != 0 || strcmp(l->scope, list[k].scope) != 0))
            l++;
        EXPECT(l < lines + LINES, "%s %s is a register of the RTL alone", list[k].scope, list[k].name);
        const uint8_t *at = (const uint8_t *)&e->twin + l->at;
        size_t bytes = l->bytes;
        if (!bytes) {
            const void *memory_at;
            memcpy(&memory_at, at, sizeof memory_at);
            at = memory_at;
            bytes = memory ? list[k].bytes : (list[k].bits + 7) / 8;
        }
        const size_t both = bytes < list[k].bytes ? bytes : list[k].bytes;
        e->pairs[bound++] = (pair){l, list[k].data, at, both, bytes - both};
    }
    EXPECT(bound == LINES, "%u registers and memories of the RTL, %d lines", registers, LINES);
}

static unsigned entries_of(const row_dut *d, const char *scope) {
    dut_variable list[MOST_WORDS];
    const size_t n = row_dut_variables(d, list, MOST_WORDS);
    for (size_t k = 0; k < n && k < MOST_WORDS; k++)
        if (strcmp(list[k].scope, scope) == 0 && strcmp(list[k].name, "mem") == 0) return list[k].entries;
    return 0;
}

static void clock_once(bench *b) {
    b->clocks++;
    for (unsigned i = 0; i < b->rows; i++) {
        static const uint8_t zero[4 * LANES];
        edge *e = &b->edge[i];
        struct row_edge_out rtl;
        if (e->in.command_valid) {
            const unsigned kind = e->in.command_kind;
            if (kind < ROW_CERTIFY      ? e->out.take_ready
                : kind < ROW_FEED_BASIS ? e->out.walk_ready
                                        : e->out.feed_ready)
                b->commands[kind]++;
        }
        row_dut_step(e->dut, &e->in);
        row_edge_step(&e->twin, &e->in);
        row_dut_read(e->dut, &rtl);
        row_edge_read(&e->twin, &e->out);
        for (const pair *p = e->pairs; p < e->pairs + LINES; p++)
            if (memcmp(p->rtl, p->twin, p->bytes) != 0 || memcmp(p->twin + p->bytes, zero, p->more) != 0) {
                size_t k = 0;
                while (k < p->bytes - 1 && p->rtl[k] == p->twin[k])
                    k++;
                ck_abort_msg("SEED=%u: clock %llu, edge %u of %u: %s %s, byte %zu: rtl %02x, twin %02x", seed,
                             (unsigned long long)b->clocks, i, b->rows, p->line->scope, p->line->name, k, p->rtl[k],
                             p->twin[k]);
            }
        EXPECT(memcmp(&rtl, &e->out, sizeof rtl) == 0, "SEED=%u: clock %llu, edge %u of %u: an output", seed,
               (unsigned long long)b->clocks, i, b->rows);
    }
}

static void reset(bench *b) {
    for (unsigned i = 0; i < b->rows; i++) {
        b->edge[i].in = (struct row_edge_in){.rst = 1, .index = (uint8_t)i};
    }
    clock_once(b);
    for (unsigned i = 0; i < b->rows; i++)
        b->edge[i].in.rst = 0;
}

static void bench_open(bench *b, unsigned geometry, unsigned stall) {
    *b = (bench){.geometry = geometry, .rows = geometry + 1, .stall = stall};
    for (unsigned i = 0; i < b->rows; i++) {
        edge *e = &b->edge[i];
        e->dut = row_dut_open(geometry);
        b->tokens = entries_of(e->dut, "u_p");
        b->basis = entries_of(e->dut, "u_h");
        ck_assert_uint_le(b->tokens, MOST_TOKENS);
        ck_assert_uint_le(b->basis, MOST_BASIS);
        e->memories = malloc(row_edge_bytes(b->tokens, b->basis));
        row_edge_init(&e->twin, b->tokens, b->basis, b->rows, e->memories);
        bind_pairs(e);
    }
    reset(b);
}

static void bench_close(bench *b) {
    for (unsigned i = 0; i < b->rows; i++) {
        row_dut_close(b->edge[i].dut);
        free(b->edge[i].memories);
    }
}

static unsigned basis_number(const bench *b, unsigned edge, unsigned row) {
    return (row / MAC_ROWS * b->rows + edge) * MAC_ROWS + row % MAC_ROWS;
}

/* ---- anything at all, at any time ---- */

/* A command that stays inside the memories; everything else about it is random. */
static void random_command(const bench *b, struct row_edge_in *in) {
    const unsigned kind = below(KINDS), rows = kind & 1 ? b->tokens : b->basis, total = b->rows * b->basis;
    in->command_kind = (uint8_t)kind;
    in->command_row = (uint16_t)below(rows);
    in->command_rows = (uint16_t)(1 + below(below(2) ? rows - in->command_row : 1));
    in->command_repeats = (uint8_t)(1 + below(3));
    in->command_first = below(total + 1);
    in->command_last = below(4) ? below(total + 1) : in->command_first + below(LANES + 1);
    if (in->command_last > total) in->command_last = total;
    in->command_limit = below(total + 1);
    in->command_width = (uint8_t)below(LANES + 1);
    in->command_key = random_bits();
    in->command_base = below(b->rows * b->tokens);
}

static void random_inputs(const bench *b, struct row_edge_in *in, unsigned busy, unsigned rare) {
    in->rst = below(800) == 0;
    in->command_valid = below(256) < busy;
    if (in->command_valid) random_command(b, in);
    in->vector_ready = below(256) >= b->stall;
    in->result_valid = below(256) >= b->stall;
    in->write_valid = below(256) < busy / 4;
    in->mask_valid = below(256) < busy / 8;
    in->read_valid = below(256) < busy / 4;
    in->clear = below(64) == 0;
    in->write_norm = in->write_valid && below(2);
    in->write_row = (uint16_t)below(b->basis);
    in->mask_row = (uint16_t)below(b->tokens);
    in->mask_zero = below(2) == 0;
    in->read_basis = below(2) == 0;
    in->read_row = (uint16_t)below(in->read_basis ? b->basis : b->tokens);
    for (unsigned k = 0; k < LANES; k++) {
        if (in->result_valid) in->result_data[k] = random_fp32(rare);
        if (in->write_valid) in->write_data[k] = random_fp32(rare);
    }
}

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
    uint16_t p[ALL_TOKENS][LANES];                              /* token t of edge i at i * tokens + t */
    int32_t mask[ALL_TOKENS];
    uint32_t h[ALL_BASIS + LANES][LANES]; /* by number */
    unsigned flags;
} model;

static int go(const bench *b) { return below(256) >= b->stall; }

/* Puts a command on all edges on the same clock. */
static void command(bench *b, const struct row_edge_in *c, unsigned run_tokens) {
    for (unsigned i = 0; i < b->rows; i++) {
        struct row_edge_in *in = &b->edge[i].in;
        in->command_valid = 1;
        in->command_kind = c->command_kind;
        in->command_row = c->command_row;
        in->command_rows = c->command_rows;
        in->command_repeats = c->command_repeats;
        in->command_first = c->command_first;
        in->command_last = c->command_last;
        in->command_limit = c->command_limit;
        in->command_width = c->command_width;
        in->command_key = c->command_key;
        in->command_base = i * run_tokens;
    }
}

static int all_ready(const bench *b, unsigned kind) {
    int ready = 1;
    for (unsigned i = 0; i < b->rows; i++) {
        const struct row_edge_out *o = &b->edge[i].out;
        ready &= kind < ROW_CERTIFY ? o->take_ready : kind < ROW_FEED_BASIS ? o->walk_ready : o->feed_ready;
    }
    return ready;
}

/* Clocks both commands to their end, either may be NULL; results and vectors as the edges hold them. Returns the
 * clocks from the one that takes the last command to the one on which the next can be taken. */
static unsigned run(bench *b, const struct row_edge_in *feed, const struct row_edge_in *take) {
    uint64_t since = b->clocks;
    for (unsigned i = 0; i < b->rows; i++)
        b->edge[i].taken = b->edge[i].vectors = 0;
    for (;;) {
        const struct row_edge_in *next = !feed || (take && below(2)) ? take : feed;
        if (!next && all_ready(b, ROW_SETTLE)) return (unsigned)(b->clocks - since);
        const int put = next && all_ready(b, next->command_kind) && go(b);
        if (put) {
            command(b, next, next->command_rows);
            since = b->clocks;
            *(next == take ? &take : &feed) = NULL;
        }
        for (unsigned i = 0; i < b->rows; i++) {
            edge *e = &b->edge[i];
            e->in.vector_ready = (uint8_t)go(b);
            e->in.result_valid = e->taken < e->results && go(b);
            if (e->in.result_valid) memcpy(e->in.result_data, e->result + (size_t)e->taken * LANES, 4 * LANES);
            if (e->in.result_valid && e->out.result_ready) e->taken++;
            if (!e->in.vector_ready || !e->out.vector_valid) continue;
            EXPECT(e->vectors < VECTORS, "SEED=%u: too many vectors", seed);
            memcpy(e->vector[e->vectors++], e->out.vector_data, 2 * LANES);
        }
        clock_once(b);
        for (unsigned i = 0; i < b->rows; i++)
            b->edge[i].in.command_valid = 0;
        EXPECT(b->clocks - since < 100000, "SEED=%u: an edge stands still", seed);
    }
}

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
    static uint16_t want[ALL_TOKENS][LANES];
    static int32_t mask[ALL_TOKENS];
    const unsigned rows = c->command_rows, n = rows * c->command_repeats;
    const int tokens = c->command_kind == ROW_FEED_TOKENS;
    for (unsigned i = 0; i < m->b.rows; i++)
        for (unsigned r = 0; r < rows; r++) {
            const unsigned number = basis_number(&m->b, i, c->command_row + r), t = i * m->b.tokens + r;
            unsigned flags;
            memset(want[i * rows + r], 0, sizeof want[0]);
            mask[i * rows + r] = m->mask[t];
            if (tokens && m->mask[t] == EDGE_KEEP) memcpy(want[i * rows + r], m->p[t], sizeof want[0]);
            if (!tokens && number >= c->command_first && number < c->command_last)
                round_row(m->h[number], want[i * rows + r], &flags);
        }
    if (tokens) row_edge_signs(c->command_key, m->b.rows * rows, mask, c->command_width, LANES, want[0]);
    for (unsigned i = 0; i < m->b.rows; i++)
        for (unsigned k = 0; k < n; k++)
            expect_vectors(m, i, n, k, want[i * rows + k % rows]);
}

/* The results of a pass, and who gets them. */
static uint32_t results[ALL_TOKENS + ALL_BASIS][LANES];

static void random_results(model *m, unsigned rows) {
    const unsigned rare = below(3) ? 0 : m->rare;
    for (unsigned i = 0; i < m->b.rows; i++) {
        m->b.edge[i].result = results[i * rows];
        m->b.edge[i].results = rows;
        for (unsigned k = 0; k < rows * LANES; k++)
            results[i * rows][k] = random_fp32(rare);
    }
}

static void expect_tokens(model *m, unsigned rows) {
    static float x[ALL_TOKENS][LANES];
    static int32_t mask[ALL_TOKENS];
    static uint16_t p[ALL_TOKENS][LANES], lost[ALL_TOKENS][LANES];
    const unsigned all = m->b.rows * rows;
    float peak[LANES], sum[LANES];
    memcpy(x, results, sizeof x);
    for (unsigned k = 0; k < all; k++) {
        mask[k] = m->mask[k / rows * m->b.tokens + k % rows];
        m->flags |= edge_round(x[k], 1, mask + k, p[k], peak);
    }
    m->engine.tokens = all;
    m->engine.run_tokens = rows;
    row_edge_dot(m->kernel, &m->engine, p[0], p[0], sum);
    expect_sum(m, 0, sum, "squares");
    row_edge_lost(x[0], p[0], all, mask, lost[0]);
    row_edge_dot(m->kernel, &m->engine, p[0], lost[0], sum);
    expect_sum(m, 1, sum, "lost");
    for (unsigned k = 0; k < all; k++) {
        memcpy(m->p[k / rows * m->b.tokens + k % rows], p[k], sizeof p[k]);
        EXPECT(memcmp(m->b.edge[k / rows].twin.p.mem + k % rows * 2 * LANES, p[k], sizeof p[k]) == 0,
               "SEED=%u: clock %llu: p of token %u", seed, (unsigned long long)m->b.clocks, k);
    }
    expect_flags(m);
}

static void expect_basis(model *m, const struct row_edge_in *c) {
    static float x[MOST_BASIS][LANES];
    static uint16_t unused[MOST_BASIS][LANES];
    for (unsigned i = 0; i < m->b.rows; i++) {
        unsigned low = 0;
        float peak[LANES];
        for (unsigned r = 0; r < c->command_rows; r++) {
            const unsigned number = basis_number(&m->b, i, c->command_row + r);
            if (number < c->command_first || number >= c->command_last) continue;
            memcpy(m->h[number], results[i * c->command_rows + r], sizeof m->h[number]);
            round_row(m->h[number], unused[0], &m->flags);
            if (number < c->command_limit) memcpy(x[low++], m->h[number], sizeof x[0]);
        }
        edge_round(x[0], low, NULL, unused[0], peak);
        EXPECT(memcmp(peak, m->b.edge[i].out.peak, sizeof peak) == 0, "SEED=%u: clock %llu, edge %u of %u: peak",
               seed, (unsigned long long)m->b.clocks, i, m->b.rows);
        for (unsigned r = 0; r < m->b.basis; r++)
            EXPECT(memcmp(m->b.edge[i].twin.h.mem + (size_t)r * 4 * LANES, m->h[basis_number(&m->b, i, r)],
                          4 * LANES) == 0,
                   "SEED=%u: clock %llu, edge %u of %u: h row %u", seed, (unsigned long long)m->b.clocks, i,
                   m->b.rows, r);
    }
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

static void write_mask(model *m, unsigned t, unsigned zero) {
    struct row_edge_in *in = &m->b.edge[t / m->b.tokens].in;
    m->mask[t] = zero ? EDGE_ZERO : EDGE_KEEP;
    in->mask_valid = 1;
    in->mask_zero = (uint8_t)zero;
    in->mask_row = (uint16_t)(t % m->b.tokens);
    clock_once(&m->b);
    in->mask_valid = 0;
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
    if (sides & 2 && !tokens) expect_tokens(m, take.command_rows);
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
            const unsigned number = basis_number(&m->b, i, r);
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

static void read_rows(model *m) {
    clock_once(&m->b); /* a read sees what was written two clocks before */
    for (unsigned n = 1 + below(8); n > 0; n--) {
        const unsigned i = below(m->b.rows), basis = below(2), row = below(basis ? m->b.basis : m->b.tokens);
        struct row_edge_in *in = &m->b.edge[i].in;
        in->read_valid = 1;
        in->read_basis = (uint8_t)basis;
        in->read_row = (uint16_t)row;
        ck_assert(m->b.edge[i].out.read_ready);
        clock_once(&m->b);
        in->read_valid = 0;
        const struct row_edge_out *o = &m->b.edge[i].out;
        EXPECT(basis ? memcmp(o->read_h, m->h[basis_number(&m->b, i, row)], sizeof o->read_h) == 0
                     : memcmp(o->read_p, m->p[i * m->b.tokens + row], sizeof o->read_p) == 0,
               "SEED=%u: clock %llu, edge %u: row %u, basis %u", seed, (unsigned long long)m->b.clocks, i, row,
               basis);
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
    for (unsigned n = below(40); n > 0; n--) {
        for (unsigned i = 0; i < m->b.rows; i++)
            random_inputs(&m->b, &m->b.edge[i].in, 128, m->rare), m->b.edge[i].in.rst = 0;
        clock_once(&m->b);
    }
    reset(&m->b);
    m->flags = 0;
    clock_once(&m->b);
    for (unsigned i = 0; i < m->b.rows; i++) {
        const struct row_edge *t = &m->b.edge[i].twin;
        memcpy(m->p[i * m->b.tokens], t->p.mem, (size_t)m->b.tokens * 2 * LANES);
        for (unsigned k = 0; k < m->b.tokens; k++)
            m->mask[i * m->b.tokens + k] = EDGE_KEEP;
        for (unsigned r = 0; r < m->b.basis; r++) {
            const unsigned number = basis_number(&m->b, i, r);
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
    for (unsigned k = 0; k < ALL_TOKENS; k++)
        m->mask[k] = EDGE_KEEP;
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
        switch (below(10)) {
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
            write_mask(m, below(m->b.rows * m->b.tokens), below(3) == 0);
            break;
        case 5:
            for (unsigned n = 1 + below(4); n > 0; n--)
                write_h(m, below(total(m)));
            break;
        case 6:
            if (below(8) == 0) interrupt(m);
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
        if (kind & 1 && kind != ROW_SETTLE) random_tokens(m, &c);
        c.command_kind = (uint8_t)kind;
        for (unsigned i = 0; i < m->b.rows; i++) {
            unsigned rows = 0;
            while (rows < m->b.basis && basis_number(&m->b, i, rows) < c.command_last)
                rows++;
            most = rows > most ? rows : most;
            const unsigned last = basis_number(&m->b, i, c.command_row + c.command_rows - 1u);
            inside |= last >= c.command_first && last < c.command_last;
        }
        random_results(m, c.command_rows);
        const unsigned clocks = run(&m->b, kind >= ROW_FEED_BASIS ? &c : NULL, kind >= ROW_FEED_BASIS ? NULL : &c);
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
    tcase_set_timeout(lockstep, 600), tcase_set_timeout(numbers, 600);
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
