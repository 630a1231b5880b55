/* row_edge_bench.c - a column of row edges, RTL beside twin: what binds them, the clock, the inputs.
 * SPDX-License-Identifier: Apache-2.0 */
#include "row_edge_bench.h"

#include <stdlib.h>
#include <string.h>

uint32_t seed = 1;
static uint32_t random_state;

uint32_t random_bits(void) {
    random_state ^= random_state << 13, random_state ^= random_state >> 17, random_state ^= random_state << 5;
    return random_state;
}
unsigned below(unsigned n) { return (unsigned)((uint64_t)random_bits() * n >> 32); }

void begin(int number) {
    random_state = (seed * 0x9E3779B9u ^ (unsigned)(number + 1) * 0x85EBCA6Bu) | 1;
    for (int k = 0; k < 8; k++)
        random_bits();
}

uint32_t random_fp32(unsigned rare) {
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

/* ---- the correspondence ---- */

struct line {
    const char *scope, *name;
    size_t at, bytes; /* in struct row_edge; bytes 0: a pointer to them */
};

#define REGISTER(NAME)                                                                                               \
    { "", #NAME, offsetof(struct row_edge, NAME), sizeof((struct row_edge *)0)->NAME }
#define MEMORY(NAME)                                                                                                 \
    {"u_" #NAME, "mem", offsetof(struct row_edge, NAME.mem), 0}, {                                                   \
        "u_" #NAME, "read_q", offsetof(struct row_edge, NAME.read_q), 4 * LANES                                      \
    }

static const struct line lines[] = {
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
    REGISTER(turn_q),
    REGISTER(turn_index_q),
    REGISTER(turned_q),
    REGISTER(turn_row_q),
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
    MEMORY(out),
    MEMORY(h),
    MEMORY(overlap),
    MEMORY(norm),
};
_Static_assert(sizeof lines / sizeof *lines == LINES, "row_edge_bench.h");

/* ---- a column of edges ---- */

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
        const struct line *l = lines;
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

static int ready_for(const struct row_edge_out *o, unsigned kind) {
    if (kind == ROW_FEED_BASIS || kind == ROW_FEED_TOKENS) return o->feed_ready;
    return kind < ROW_CERTIFY ? o->take_ready : o->walk_ready;
}

void clock_once(bench *b) {
    b->clocks++;
    for (unsigned i = 0; i < b->rows; i++) {
        static const uint8_t zero[4 * LANES];
        edge *e = &b->edge[i];
        struct row_edge_out rtl;
        memset(&rtl, 0, sizeof rtl); /* the padding */
        if (e->in.command_valid) {
            const unsigned kind = e->in.command_kind;
            if (ready_for(&e->out, kind)) b->commands[kind]++;
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

void reset(bench *b) {
    for (unsigned i = 0; i < b->rows; i++) {
        b->edge[i].in = (struct row_edge_in){.rst = 1, .index = (uint8_t)i};
    }
    clock_once(b);
    for (unsigned i = 0; i < b->rows; i++)
        b->edge[i].in.rst = 0;
}

void bench_open(bench *b, unsigned geometry, unsigned stall) {
    memset(b, 0, sizeof *b);
    b->geometry = geometry;
    b->rows = geometry + 1;
    b->stall = stall;
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

void bench_close(bench *b) {
    for (unsigned i = 0; i < b->rows; i++) {
        row_dut_close(b->edge[i].dut);
        free(b->edge[i].memories);
    }
}

unsigned row_number(const bench *b, unsigned edge, unsigned row) {
    return (row / MAC_ROWS * b->rows + edge) * MAC_ROWS + row % MAC_ROWS;
}

/* ---- random inputs ---- */

/* A command that stays inside the memories; everything else about it is random. */
static void random_command(const bench *b, struct row_edge_in *in) {
    const unsigned kind = below(KINDS), tokens = kind == ROW_TAKE_TOKENS || kind == ROW_FEED_TOKENS;
    const unsigned rows = tokens ? b->tokens : b->basis, total = b->rows * b->basis;
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
}

void random_masks(const bench *b, struct row_edge_in *in) {
    const unsigned tokens = b->rows * b->tokens;
    in->job_tokens = below(3) ? 1 + below(tokens + 8) : below(2) ? tokens : below(1u << 17);
    in->exact_count = (uint8_t)below(9);
    for (unsigned k = 0; k < 8; k++)
        in->exact_tokens[k] = below(8) ? below(tokens) : below(1u << 17);
}

void random_inputs(const bench *b, struct row_edge_in *in, unsigned busy, unsigned rare) {
    in->rst = below(800) == 0;
    in->command_valid = below(256) < busy;
    if (in->command_valid) random_command(b, in);
    in->vector_ready = below(256) >= b->stall;
    in->result_valid = below(256) >= b->stall;
    in->write_valid = below(256) < busy / 4;
    if (below(16) == 0) random_masks(b, in);
    in->load_valid = below(256) < busy / 8;
    in->out_read = below(256) < busy;
    in->read_valid = below(256) < busy / 4;
    in->clear = below(64) == 0;
    in->write_norm = in->write_valid && below(2);
    in->write_row = (uint16_t)below(b->basis);
    in->load_row = (uint16_t)below(b->tokens);
    in->out_row =
        (uint16_t)(below(2) && b->edge->twin.taken_row_q < b->tokens ? b->edge->twin.taken_row_q : below(b->tokens));
    in->read_row = (uint16_t)below(b->basis);
    for (unsigned k = 0; k < LANES; k++) {
        if (in->result_valid) in->result_data[k] = random_fp32(rare);
        if (in->write_valid) in->write_data[k] = random_fp32(rare);
        if (in->load_valid) in->load_data[k] = (uint16_t)(random_fp32(rare) >> 16);
        if (b->edge->twin.turn_q) in->turn_x[k] = (uint16_t)(random_fp32(rare) >> 16);
    }
}

/* ---- commands in order ---- */

int go(const bench *b) { return below(256) >= b->stall; }

/* Puts a command on all edges on the same clock. */
static void command(bench *b, const struct row_edge_in *c) {
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
    }
}

int all_ready(const bench *b, unsigned kind) {
    int ready = 1;
    for (unsigned i = 0; i < b->rows; i++)
        ready &= ready_for(&b->edge[i].out, kind);
    return ready;
}

unsigned run(bench *b, const struct row_edge_in *feed, const struct row_edge_in *take) {
    uint64_t since = b->clocks;
    for (unsigned i = 0; i < b->rows; i++)
        b->edge[i].taken = b->edge[i].vectors = 0;
    for (;;) {
        const struct row_edge_in *next = !feed || (take && below(2)) ? take : feed;
        if (!next && all_ready(b, ROW_SETTLE)) return (unsigned)(b->clocks - since);
        const int put = next && all_ready(b, next->command_kind) && go(b);
        if (put) {
            command(b, next);
            since = b->clocks;
            *(next == take ? &take : &feed) = NULL;
        }
        for (unsigned i = 0; i < b->rows; i++) {
            edge *e = &b->edge[i];
            e->in.vector_ready = (uint8_t)go(b);
            memcpy(e->in.turn_x, b->turn_x[b->edge->out.turn_index], sizeof e->in.turn_x);
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
