/* row_edge.c - the row edges: start signs, sums of squares of P, products of overlaps; and one edge clock by clock.
 * Twin: rtl/row_edge.v, whose header has the stages. SPDX-License-Identifier: Apache-2.0 */
#include "row_edge.h"
#include "fp.h"
#include "geometry.h"
#include "edge_memory.c"

#include <math.h>
#include <string.h>

/* ---- numbers ---- */

static uint32_t hash_begin(uint32_t x) {
    x = (x + 0x7ED55D16) + (x << 12);
    x = (x ^ 0xC761C23C) ^ (x >> 19);
    return (x + 0x165667B1) + (x << 5);
}

static uint32_t hash_end(uint32_t x) {
    x = (x + 0xD3A2646C) ^ (x << 9);
    x = (x + 0xFD7046C5) + (x << 3);
    return (x ^ 0xB55A4F09) ^ (x >> 16);
}

uint32_t row_edge_hash(uint32_t x) { return hash_end(hash_begin(x)); }

void row_edge_signs(uint32_t key, unsigned tokens, const int32_t *mask, unsigned from, unsigned lanes, uint16_t *y) {
    for (unsigned t = 0; t < tokens; t++) {
        const uint32_t hash = row_edge_hash(key + t);
        for (unsigned e = from; e < lanes; e++)
            y[(size_t)t * LANES + e] = mask[t] == EDGE_ZERO ? 0 : 0x3F80 | (hash >> e & 1) << 15;
    }
}

void row_edge_lost(const float *p, const uint16_t *p16, unsigned tokens, const int32_t *mask, uint16_t *lost) {
    for (size_t t = 0; t < tokens; t++)
        for (unsigned e = 0; e < LANES; e++) { /* p - p16 is exact: a difference of neighbours */
            uint32_t bits = (uint32_t)p16[t * LANES + e] << 16;
            float rounded, difference;
            memcpy(&rounded, &bits, sizeof rounded);
            difference = 2 * (p[t * LANES + e] - rounded);
            memcpy(&bits, &difference, sizeof bits);
            bits &= (uint32_t)mask[t];
            lost[t * LANES + e] = (uint16_t)((bits + 0x7FFF + (bits >> 16 & 1)) >> 16);
        }
}

void row_edge_overlaps(const float *h, unsigned first, unsigned kept, bool magnitude, uint16_t *overlap) {
    const unsigned rows = first + kept;
    memset(overlap, 0, (size_t)rows * LANES * sizeof *overlap);
    for (unsigned row = 0; row < rows; row++)
        for (unsigned e = 0; e < kept; e++) {
            const float x = row == first + e ? 0 : (row < first ? 2 : 1) * h[row * LANES + e];
            uint32_t bits;
            memcpy(&bits, &x, sizeof bits);
            overlap[row * LANES + e] = fp_to_bf16(bits) & (magnitude ? 0x7FFF : 0xFFFF);
        }
}

void row_edge_products(const kernel *k, const engine *engine, const uint16_t *a, const uint16_t *b, unsigned rows,
                       float sum[LANES]) {
    const unsigned edges = engine->config->cluster_rows, step = edges * MAC_ROWS;
    float chain[LANES] = {0};
    memset(sum, 0, LANES * sizeof *sum);
    for (unsigned edge = 0; edge < edges && edge * MAC_ROWS < rows; edge++) {
        for (unsigned row = edge * MAC_ROWS; row < rows; row += step) {
            unsigned n = rows - row < MAC_ROWS ? rows - row : MAC_ROWS;
            k->accumulate(a + (size_t)row * LANES, b + (size_t)row * LANES, n, LANES, chain);
        }
        for (unsigned e = 0; e < LANES; e++)
            sum[e] += chain[e];
        memset(chain, 0, sizeof chain);
    }
}

static float widened(uint16_t x) {
    const uint32_t bits = (uint32_t)x << 16;
    float f;
    memcpy(&f, &bits, sizeof f);
    return f;
}

void row_edge_turn(const uint16_t *h, unsigned rows, const uint16_t *x, float *turned) {
    for (size_t row = 0; row < rows; row++)
        for (unsigned e = 0; e < LANES; e++) {
            float sum = 0;
            for (unsigned k = 0; k < LANES; k++)
                sum = fmaf(-widened(h[row * LANES + k]), widened(x[k * LANES + e]), sum);
            turned[row * LANES + e] = sum;
        }
}

/* ---- clocks ---- */

size_t row_edge_bytes(unsigned tile_tokens, unsigned basis_rows) {
    return (size_t)tile_tokens * 2 * 2 * LANES + (size_t)basis_rows * (4 * LANES + 2 * LANES + 2);
}

static uint8_t *bind(struct edge_memory *m, unsigned rows, unsigned width, uint8_t *at) {
    m->width = width;
    m->mem = at;
    return at + (size_t)rows * width;
}

void row_edge_init(struct row_edge *r, unsigned tile_tokens, unsigned basis_rows, unsigned rows, void *memories) {
    memset(memories, 0, row_edge_bytes(tile_tokens, basis_rows));
    *r = (struct row_edge){.tile_tokens = tile_tokens, .basis_rows = basis_rows, .rows = rows};
    uint8_t *at = bind(&r->p, tile_tokens, 2 * LANES, memories);
    at = bind(&r->out, tile_tokens, 2 * LANES, at);
    at = bind(&r->h, basis_rows, 4 * LANES, at);
    at = bind(&r->overlap, basis_rows, 2 * LANES, at);
    bind(&r->norm, basis_rows, 2, at);
}

/* What the outputs, and which command an edge takes, hang on. */
static unsigned feed_idle(const struct row_edge *r) { return !(r->feed_busy_q | r->fetched_q | r->vector_valid_q); }
static unsigned chains_idle(const struct row_edge *r) { return !((r->multiply_q | r->add_q) & 2); }
static unsigned turn_idle(const struct row_edge *r) {
    return r->take_kind_q != ROW_TURN || (!(r->turn_q | r->turned_q) && chains_idle(r));
}
static unsigned take_idle(const struct row_edge *r) {
    return !(r->take_busy_q | r->taken_q) && chains_idle(r) && turn_idle(r);
}
static unsigned feed_ready(const struct row_edge *r) {
    return feed_idle(r) && (r->take_kind_q < ROW_CERTIFY || take_idle(r));
}
static unsigned write_ready(const struct row_edge *r) { return !r->take_busy_q && turn_idle(r); }
static unsigned result_ready(const struct row_edge *r) { return r->take_busy_q && r->take_kind_q < ROW_CERTIFY; }
static unsigned masked(const struct row_edge_in *in, uint32_t token) {
    unsigned found = token >= in->job_tokens;
    for (unsigned k = 0; k < in->exact_count && k < 8; k++)
        found |= token == in->exact_tokens[k];
    return found;
}
/* 2 x, FP32 */
static uint32_t twice(uint32_t x) {
    uint32_t sign = x & 0x80000000, field = x >> 23 & 255;
    if (field == 255) return x;
    if (field == 254) return sign | 0x7F800000;
    return field ? x + 0x800000 : sign | x << 1;
}

static void feeder_step(struct row_edge *r, const struct row_edge_in *in, unsigned command) {
    const unsigned move = !r->vector_valid_q || in->vector_ready, issue = r->feed_busy_q && move;
    if (move && r->fetched_q) { /* stage 1 -> 2 */
        const uint32_t hash = hash_end(r->hash_q);
        uint16_t p[LANES];
        uint32_t h[LANES];
        memcpy(p, r->p.read_q, sizeof p);
        memcpy(h, r->h.read_q, sizeof h);
        for (unsigned e = 0; e < LANES; e++) {
            uint32_t lane = e < r->feed_width_q ? p[e] : 0x3F80 | (hash >> e & 1) << 15;
            if (!r->feed_tokens_q) lane = fp_to_bf16(h[e]);
            r->vector_q[e] = r->fetched_zero_q ? 0 : (uint16_t)lane;
        }
    }
    if (move) r->vector_valid_q = r->fetched_q;
    if (issue) { /* stage 0 -> 1 */
        const uint32_t row = geometry_global(r->feed_row_q, in->index, r->rows);
        r->hash_q = hash_begin(r->feed_key_q + row);
        r->fetched_zero_q =
            r->feed_tokens_q ? (uint8_t)masked(in, row) : row < r->feed_first_q || row >= r->feed_last_q;
    }
    if (move) r->fetched_q = r->feed_busy_q;
    if (in->rst) {
        r->feed_busy_q = r->fetched_q = r->vector_valid_q = 0;
    } else if (command) {
        r->feed_busy_q = 1;
        r->feed_tokens_q = in->command_kind & 1;
        r->feed_row_q = r->feed_start_q = in->command_row;
        r->feed_end_q = in->command_row + in->command_rows;
        r->feed_left_q = in->command_repeats;
        r->feed_first_q = in->command_first;
        r->feed_last_q = in->command_last;
        r->feed_width_q = in->command_width;
        r->feed_key_q = in->command_key;
    } else if (issue && ++r->feed_row_q == r->feed_end_q) {
        r->feed_row_q = r->feed_start_q;
        r->feed_busy_q = --r->feed_left_q != 0;
    }
}

/* Stages 2 -> 4: products and chains, of chain 0 alone or of both. */
static void chain_step(struct row_edge *r, const struct row_edge_in *in, unsigned take, unsigned walk) {
    if ((r->add_q & 6) == 6) memset(r->chain_q, 0, sizeof r->chain_q / 2);
    if (r->add_q & 2)
        for (unsigned k = 0; k < (r->add_q & 1 ? 2 * LANES : LANES); k++)
            r->chain_q[k] = fp_round(fp_align(fp_term_of_product(r->product_q[k]), r->chain_q[k]));
    const unsigned tokens = take && in->command_kind == ROW_TAKE_TOKENS;
    if (tokens || walk) memset(r->chain_q, 0, tokens ? sizeof r->chain_q : sizeof r->chain_q / 2);
    if (r->multiply_q & 2)
        for (unsigned k = 0; k < (r->multiply_q & 1 ? 2 * LANES : LANES); k++)
            r->product_q[k] =
                fp_multiply(fp_decode(r->a_q[k % LANES]), fp_decode(k < LANES ? r->b_q[k] : r->c_q[k - LANES]));
    r->turned_q = !in->rst && r->add_q >> 3;
    r->add_q = in->rst ? 0 : r->multiply_q;
}

/* Stage 1 -> 2: peak, flags, factors. rounded: what goes to the memories of p, overlap and norm. */
static void round_step(struct row_edge *r, const struct row_edge_in *in, unsigned clear_peak,
                       uint16_t rounded[LANES]) {
    const unsigned kind = r->taken_kind_q, row_taken = r->taken_q && !r->taken_norm_q;
    uint32_t value[LANES], flags = 0;
    uint16_t norm, overlap[LANES];
    memcpy(value, kind >= ROW_CERTIFY ? (const void *)r->h.read_q : r->result_q, sizeof value);
    memcpy(overlap, r->overlap.read_q, sizeof overlap);
    memcpy(&norm, r->norm.read_q, sizeof norm);
    for (unsigned e = 0; e < LANES; e++) {
        if (r->taken_twice_q) value[e] = twice(value[e]);
        if (r->taken_zero_q >> e & 1) value[e] = 0;
        rounded[e] = fp_to_bf16(value[e]);
        if ((rounded[e] & 0x7FFF) > 0x7F80) flags |= DCOM_FLAG_NAN;
        if ((rounded[e] & 0x7FFF) == 0x7F80) flags |= DCOM_FLAG_OVERFLOW;
        const uint32_t magnitude = value[e] & 0x7FFFFFFF;
        if (r->taken_q && r->taken_peak_q && magnitude > r->peak_q[e]) r->peak_q[e] = magnitude;
    }
    if (clear_peak) memset(r->peak_q, 0, sizeof r->peak_q);
    if (in->clear) r->flags_q = 0;
    if (row_taken && kind < ROW_CERTIFY) r->flags_q |= (uint8_t)flags;
    if (in->rst) r->flags_q = 0;
    if (r->turn_q) { /* a row of TURN, lane by lane */
        const uint16_t turned = fp_to_bf16(r->h.read_q[r->turn_index_q]) ^ 0x8000;
        for (unsigned e = 0; e < LANES; e++)
            r->a_q[e] = turned;
        memcpy(r->b_q, in->turn_x, sizeof r->b_q);
        r->multiply_q = in->rst ? 0 : (uint8_t)((r->turn_index_q == 7) << 3 | (r->turn_index_q == 0) << 2 | 1 << 1);
        return;
    }
    r->multiply_q = in->rst ? 0 : (uint8_t)((row_taken && kind != ROW_TAKE_BASIS) << 1 | (kind == ROW_TAKE_TOKENS));
    if (!row_taken || kind == ROW_TAKE_BASIS) return;
    for (unsigned e = 0; e < LANES; e++) {
        r->a_q[e] = kind == ROW_SETTLE ? overlap[e] : kind == ROW_CERTIFY ? rounded[e] & 0x7FFF : rounded[e];
        r->b_q[e] = kind == ROW_CERTIFY ? norm : rounded[e];
        if (kind != ROW_TAKE_TOKENS) continue;
        r->c_q[e] = fp_to_bf16(twice(fp_add(value[e], (uint32_t)(rounded[e] ^ 0x8000) << 16)));
    }
}

/* Stage 0 -> 1. */
static void receive_step(struct row_edge *r, const struct row_edge_in *in, unsigned write, unsigned take,
                         unsigned walk, const uint32_t *turned) {
    const uint32_t row = geometry_global(r->take_row_q, in->index, r->rows), first = r->take_first_q,
                   last = r->take_last_q;
    const unsigned kind = r->take_kind_q, inside = kind == ROW_TAKE_TOKENS || (row >= first && row < last);
    const unsigned store = write || turned;
    r->taken_q = !in->rst && (store || walk || (take && inside));
    if (!store && !take && !walk) return;
    unsigned zero = 0;
    if (kind == ROW_TAKE_TOKENS) zero = masked(in, row) ? 255 : 0;
    for (unsigned e = 0; kind == ROW_CERTIFY && e < LANES; e++)
        zero |= (unsigned)(row - first == e || last - first <= e) << e;
    r->taken_kind_q = store ? ROW_TAKE_BASIS : (uint8_t)kind;
    r->taken_norm_q = write && in->write_norm;
    r->taken_row_q = turned ? r->turn_row_q : write ? in->write_row : r->take_row_q;
    r->taken_peak_q = !store && kind == ROW_TAKE_BASIS && row < r->take_limit_q;
    r->taken_twice_q = !store && kind == ROW_CERTIFY && row < first;
    r->taken_zero_q = store ? 0 : (uint8_t)zero;
    if (store || take)
        memcpy(r->result_q, turned ? turned : write ? in->write_data : in->result_data, sizeof r->result_q);
}

/* Stage 0 -> 1 of the turner, and which row it ends next. */
static void turn_step(struct row_edge *r, const struct row_edge_in *in, unsigned turn, unsigned walk_command,
                      unsigned turned) {
    if (walk_command)
        r->turn_row_q = 0;
    else if (turned)
        r->turn_row_q++;
    const unsigned last = r->turn_index_q == 7;
    if (turn)
        r->turn_index_q = 0;
    else if (r->turn_q)
        r->turn_index_q = (r->turn_index_q + 1) & 7;
    r->turn_q = !in->rst && (turn || (r->turn_q && !last));
}

void row_edge_step(struct row_edge *r, const struct row_edge_in *in) {
    const unsigned kind = in->command_kind;
    const unsigned command_feed = in->command_valid && kind >> 1 == 2 && feed_ready(r);
    const unsigned command_take = in->command_valid && kind >> 1 == 0 && take_idle(r);
    const unsigned command_walk = in->command_valid && kind >> 1 & 1 && take_idle(r) && feed_idle(r);
    const unsigned feed = r->feed_busy_q && (!r->vector_valid_q || in->vector_ready);
    const unsigned take = in->result_valid && result_ready(r), write = in->write_valid && write_ready(r);
    const unsigned below = r->take_busy_q && r->take_kind_q >= ROW_CERTIFY &&
                           geometry_global(r->take_row_q, in->index, r->rows) < r->take_last_q;
    const unsigned walk = below && r->take_kind_q != ROW_TURN;
    const unsigned turn = below && !walk && (!r->turn_q || r->turn_index_q == 7);
    const unsigned read = in->read_valid && feed_ready(r), row_taken = r->taken_q && !r->taken_norm_q;
    const unsigned taken_row = r->taken_row_q, taken_kind = r->taken_kind_q, take_row = r->take_row_q;
    const unsigned feed_row = r->feed_row_q, feed_tokens = r->feed_tokens_q;
    const unsigned p_taken = row_taken && taken_kind == ROW_TAKE_TOKENS;
    const unsigned write_norm = r->taken_q && r->taken_norm_q;
    uint32_t result[LANES], turned[LANES];
    uint16_t rounded[LANES];

    memcpy(result, r->result_q, sizeof result);
    memcpy(turned, r->chain_q, sizeof turned);
    const unsigned turned_q = r->turned_q;
    chain_step(r, in, command_take, command_walk);
    round_step(r, in, command_take && kind == ROW_TAKE_BASIS, rounded);
    receive_step(r, in, write, take, walk, turned_q ? turned : NULL);
    turn_step(r, in, turn, command_walk, turned_q);
    const unsigned read_row = r->feed_busy_q ? feed_row : in->read_row;
    feeder_step(r, in, command_feed);
    edge_memory_step(&r->p, feed && feed_tokens, feed_row, p_taken || in->load_valid,
                     p_taken ? taken_row : in->load_row, p_taken ? rounded : in->load_data);
    edge_memory_step(&r->out, in->out_read, in->out_row, p_taken, taken_row, rounded);
    edge_memory_step(&r->h, walk || turn || (feed && !feed_tokens) || read, walk || turn ? take_row : read_row,
                     row_taken && taken_kind == ROW_TAKE_BASIS, taken_row, result);
    edge_memory_step(&r->overlap, walk, take_row, row_taken && taken_kind == ROW_CERTIFY, taken_row, rounded);
    edge_memory_step(&r->norm, walk, take_row, write_norm, taken_row, rounded);
    if (in->rst) {
        r->take_busy_q = 0;
    } else if (command_take || command_walk) {
        r->take_busy_q = 1;
        r->take_kind_q = (uint8_t)kind;
        r->take_row_q = command_walk ? 0 : in->command_row;
        r->take_end_q = command_walk ? (uint16_t)r->basis_rows : in->command_row + in->command_rows;
        r->take_first_q = in->command_first;
        r->take_last_q = in->command_last;
        r->take_limit_q = in->command_limit;
    } else if (take || walk || turn) {
        r->take_busy_q = ++r->take_row_q != r->take_end_q;
    } else if (r->take_kind_q >= ROW_CERTIFY && !below) {
        r->take_busy_q = 0;
    }
}

void row_edge_read(const struct row_edge *r, struct row_edge_out *out) {
    out->feed_ready = out->read_ready = (uint8_t)feed_ready(r);
    out->take_ready = (uint8_t)take_idle(r);
    out->walk_ready = feed_idle(r) && take_idle(r);
    out->vector_valid = r->vector_valid_q;
    out->result_ready = (uint8_t)result_ready(r);
    out->write_ready = (uint8_t)write_ready(r);
    out->turn_index = r->turn_index_q;
    out->flags = r->flags_q;
    memcpy(out->vector_data, r->vector_q, sizeof out->vector_data);
    memcpy(out->out_data, r->out.read_q, sizeof out->out_data);
    memcpy(out->read_h, r->h.read_q, sizeof out->read_h);
    memcpy(out->chain, r->chain_q, sizeof out->chain);
    memcpy(out->peak, r->peak_q, sizeof out->peak);
}
