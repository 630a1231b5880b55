/* sequencer.c - runs a decomposition on the array, its edges and the scalar unit, clock by clock.
 * Twin: rtl/sequencer.v. SPDX-License-Identifier: Apache-2.0
 *
 * In the steps `q` is what the registers held before the clock, `s` what they hold after it. */
#include "sequencer.h"
#include "row_edge.h"

#include <string.h>

enum { JUDGE, INVERT, ACCUMULATE, CLEAR, P_FLOORS, NORMS, APPEND, SETTLE, VERDICT }; /* programs */
enum { STOP_RANK, STOP_TOLERANCE, STOP_DEFLATED, STOP_NOISE, STOP_OVERFLOW };
enum { ROUND, PROJECTED, GIVEN_UP }; /* why something is measured */
enum { ROUNDS = 6, BARREN = 4 };

void sequencer_init(struct sequencer *s, const struct sequencer_geometry *geometry) {
    memset(s, 0, sizeof *s);
    s->geometry = *geometry;
}

/* ---- what hangs on the registers ---- */

static uint32_t low_bits(uint32_t x, unsigned bits) { return bits < 32 ? x & ((1u << bits) - 1) : x; }

/* of a number of basis rows */
static uint16_t basis(const struct sequencer *q, uint32_t x) { return (uint16_t)low_bits(x, q->geometry.basis_bits); }

static unsigned in_use(const struct sequencer *q) { return ((1u << q->width_q) - 1) & 255; }

static unsigned broken(const struct sequencer *q, const struct sequencer_in *in) {
    return q->flags_q != 0 || in->column_flags != 0 || in->row_flags != 0;
}

static unsigned keeping(const struct sequencer *q, const struct sequencer_in *in) {
    return q->passes_q >= in->job_warmup;
}

static unsigned kept(const struct sequencer *q, const struct sequencer_in *in) {
    const unsigned room = basis(q, in->job_rank - q->rows_q);
    return keeping(q, in) && q->width_q > room ? room & 15 : q->width_q;
}

static unsigned last_lane(const struct sequencer *q) { return q->lane_q == 7; }

static unsigned last_column(const struct sequencer *q, const struct sequencer_in *in) {
    return q->column_q == ((in->job_lanes - 1u) & 15);
}

static unsigned chosen(const struct sequencer *q) { return q->chosen_q >> (q->lane_q & 7) & 1; }

/* ---- outputs ---- */

static unsigned register_number(const struct sequencer *q) {
    switch (q->state_q) {
    case SEQUENCER_GRAM_WRITE:
        return (q->column_q * 8u + q->lane_q) & 255;
    case SEQUENCER_PEAK:
        return 64u + q->lane_q;
    case SEQUENCER_CHAIN:
        return 160u + q->count_q;
    case SEQUENCER_FLOORS:
        return 84;
    case SEQUENCER_FILL:
        return 72u + q->lane_q;
    case SEQUENCER_PACK:
        return 72u + (q->count_q >> 4 ? q->slot_q : q->lane_q);
    case SEQUENCER_GATHER:
        return (160 + q->column_q * 8u + q->lane_q) & 255;
    }
    return 112u + q->column_q;
}

static unsigned register_write(const struct sequencer *q) {
    switch (q->state_q) {
    case SEQUENCER_GRAM_WRITE:
    case SEQUENCER_PEAK:
    case SEQUENCER_CHAIN:
    case SEQUENCER_FLOORS:
        return 1;
    case SEQUENCER_FILL:
        return q->lane_q < LANES;
    case SEQUENCER_PACK:
        return q->count_q >> 4;
    }
    return 0;
}

static uint32_t register_data(const struct sequencer *q, const struct sequencer_in *in) {
    uint32_t peak_max = 0;
    switch (q->state_q) {
    case SEQUENCER_GRAM_WRITE:
        return q->word_q[q->lane_q & 7];
    case SEQUENCER_PEAK:
        for (unsigned i = 0; i < q->geometry.rows; i++)
            if (in->row_peak[i][q->lane_q & 7] > peak_max) peak_max = in->row_peak[i][q->lane_q & 7];
        return peak_max;
    case SEQUENCER_CHAIN:
        return q->edge_q < q->geometry.rows ? in->row_chain[q->edge_q][q->count_q & 15] : 0;
    case SEQUENCER_FLOORS:
        return q->rows_q != 0 ? 0x38800000 : 0x37800000;
    case SEQUENCER_FILL:
        return 0x7F800000;
    }
    return q->word_q[0];
}

static int all_idle(const struct sequencer_in *in) { return !in->array_active && in->column_idle && in->row_idle; }

/* A pass or walk: row k is local row k / 8 / rows * 8 + k mod 8 of edge k / 8 mod rows. */
static void read_pass(const struct sequencer *q, const struct sequencer_in *in, struct sequencer_out *out) {
    const struct sequencer_geometry *g = &q->geometry;
    const uint32_t low = (uint32_t)(q->first_q >> 3) / g->rows, high = (((uint32_t)q->last_q - 1) >> 3) / g->rows;
    const uint32_t row = q->tokens_q ? 0 : low << 3, rows = q->tokens_q ? in->job_tokens : (high - low + 1) << 3;
    const uint32_t array_row = q->tokens_q ? 0 : row + g->tile_tokens;
    const uint32_t blocks = rows >> 3, groups = in->job_channels >> 3;
    out->pass_valid = q->state_q == SEQUENCER_PASS && all_idle(in);
    out->pass_transpose = q->transpose_q;
    out->pass_lanes = q->lanes_q;
    out->pass_row = low_bits(array_row, g->row_bits);
    out->pass_rows = low_bits(rows, g->row_bits);
    out->column_subtract = q->subtract_q;
    out->column_repeats = low_bits((blocks + g->banks - 1) / g->banks, g->repeat_bits);
    out->column_lanes = in->job_lanes;
    out->row_valid = (q->state_q == SEQUENCER_PASS || q->state_q == SEQUENCER_WALK) && all_idle(in);
    out->row_kind = q->kind_q;
    out->row_row = low_bits(row, g->row_bits);
    out->row_repeats = low_bits((groups + g->banks - 1) / g->banks, g->repeat_bits);
    out->row_first = q->first_q;
    out->row_last = q->last_q;
    out->row_limit = q->rows_q;
    out->row_width = q->width_q;
    out->row_key = q->key_q;
}

static void read_words(const struct sequencer *q, const struct sequencer_in *in, struct sequencer_out *out) {
    const uint32_t row = (uint32_t)q->rows_q + q->column_q, block = row >> 3;
    out->register_number = (uint8_t)register_number(q);
    out->register_write = (uint8_t)register_write(q);
    out->register_data = register_data(q, in);
    out->program_valid = q->state_q == SEQUENCER_RUN;
    out->program_number = q->program_q;
    out->word_edge = block % q->geometry.rows & 15;
    out->word_row = low_bits(block / q->geometry.rows << 3 | (row & 7), q->geometry.row_bits);
    out->word_read = q->state_q == SEQUENCER_GRAM_READ && !(q->count_q & 1) && q->column_q < in->job_lanes;
    out->word_write = q->state_q == SEQUENCER_PUT || q->state_q == SEQUENCER_NORM_PUT;
    out->word_norm = q->state_q == SEQUENCER_NORM_PUT;
    memcpy(out->word_data, q->word_q, sizeof out->word_data);
}

void sequencer_read(const struct sequencer *q, const struct sequencer_in *in, struct sequencer_out *out) {
    read_pass(q, in, out);
    read_words(q, in, out);
    out->busy = q->state_q != SEQUENCER_IDLE;
    out->stop = q->stop_q;
    out->flags = q->flags_q;
    out->rank = q->rows_q;
    out->passes = q->passes_q;
    out->rounds = q->rounds_q;
    out->deflations = q->deflations_q;
    out->block_valid = q->state_q == SEQUENCER_STORE;
    out->block_columns = q->kept_q;
    out->width = q->width_q;
    out->clear = q->state_q == SEQUENCER_IDLE;
}

/* ---- one clock: a function a state ---- */

static void set_pass(struct sequencer *s, unsigned transpose, unsigned subtract, unsigned tokens,
                     enum row_edge_kind kind) {
    s->transpose_q = (uint8_t)transpose;
    s->subtract_q = (uint8_t)subtract;
    s->tokens_q = (uint8_t)tokens;
    s->kind_q = (uint8_t)kind;
}

static void run(struct sequencer *s, unsigned program, unsigned then) {
    s->program_q = (uint8_t)program;
    s->then_q = (uint8_t)then;
    s->state_q = SEQUENCER_RUN;
}

static void end(struct sequencer *s, unsigned stop) {
    s->stop_q = (uint8_t)stop;
    s->state_q = SEQUENCER_ENDED;
}

static void clear_places(struct sequencer *s) {
    s->column_q = s->lane_q = s->slot_q = 0;
    memset(s->word_q, 0, sizeof s->word_q);
}

static void step_idle(struct sequencer *s, const struct sequencer_in *in) {
    if (!in->start_valid) return;
    s->flags_q = 0;
    s->rows_q = s->passes_q = s->rounds_q = s->deflations_q = 0;
    s->width_q = s->barren_q = 0;
    s->pending_q = s->stored_q = 0;
    s->key_q = in->job_key;
    s->state_q = SEQUENCER_NEXT;
}

/* W = D^T Y */
static void step_next(struct sequencer *s, const struct sequencer *q, const struct sequencer_in *in) {
    set_pass(s, 1, 0, 1, ROW_FEED_TOKENS);
    s->lanes_q = in->job_lanes;
    s->fresh_q = (in->job_lanes - q->width_q) & 15;
    s->round_q = 0;
    s->why_q = ROUND;
    s->from_q = 0;
    s->then_q = SEQUENCER_MEASURE;
    s->state_q = SEQUENCER_PASS;
}

static void step_wait(struct sequencer *s, const struct sequencer *q, const struct sequencer_in *in) {
    if (in->array_active || !in->column_idle || !in->row_idle) return;
    s->state_q = q->then_q;
    if (q->kind_q != ROW_FEED_TOKENS) return;
    if (q->fresh_q != 0) s->key_q = row_edge_hash(~q->key_q); /* the signs have been sent */
    s->width_q = in->job_lanes;
}

/* h of basis rows [from, rows), the Gram matrix below it; into the scalar unit */
static void step_measure(struct sequencer *s, const struct sequencer *q, const struct sequencer_in *in) {
    s->transpose_q = s->tokens_q = 0;
    s->kind_q = ROW_TAKE_BASIS;
    s->lanes_q = in->job_lanes;
    s->first_q = q->from_q;
    s->last_q = basis(q, (uint32_t)q->rows_q + in->job_lanes);
    s->column_q = s->count_q = 0;
    s->then_q = SEQUENCER_GRAM_READ;
    s->state_q = SEQUENCER_PASS;
}

static void step_gram_read(struct sequencer *s, const struct sequencer *q, const struct sequencer_in *in) {
    s->count_q = q->count_q ^ 1;
    s->lane_q = 0;
    if (!(q->count_q & 1)) return;
    if (q->column_q < in->job_lanes)
        memcpy(s->word_q, in->word_h, sizeof s->word_q);
    else
        memset(s->word_q, 0, sizeof s->word_q);
    s->state_q = SEQUENCER_GRAM_WRITE;
}

static void step_gram_write(struct sequencer *s, const struct sequencer *q) {
    s->lane_q = last_lane(q) ? 0 : (q->lane_q + 1) & 15;
    if (!last_lane(q)) return;
    s->column_q = (q->column_q + 1) & 15;
    s->state_q = q->column_q == LANES - 1 ? SEQUENCER_PEAK : SEQUENCER_GRAM_READ;
}

static void step_peak(struct sequencer *s, const struct sequencer *q) {
    s->lane_q = (q->lane_q + 1) & 15;
    if (last_lane(q)) s->state_q = SEQUENCER_MEASURED;
}

static void step_measured(struct sequencer *s, const struct sequencer *q, const struct sequencer_in *in) {
    s->lane_q = q->width_q;
    s->first_q = 0;
    s->last_q = q->rows_q;
    s->kind_q = ROW_SETTLE;
    s->then_q = SEQUENCER_SUM;
    s->sum_then_q = SEQUENCER_SETTLED;
    s->program_q = q->why_q == PROJECTED ? INVERT : JUDGE;
    if (q->why_q == GIVEN_UP || broken(q, in)) {
        s->state_q = SEQUENCER_DONE;
    } else if (q->why_q == PROJECTED) {
        s->then_q = SEQUENCER_INVERTED;
        s->state_q = SEQUENCER_RUN;
    } else if (q->round_q != 0) {
        s->then_q = SEQUENCER_JUDGED;
        s->state_q = SEQUENCER_RUN;
    } else {
        s->state_q = q->pending_q ? SEQUENCER_WALK : SEQUENCER_FLOORS;
    }
}

/* chains of all row edges into S */
static void step_sum(struct sequencer *s) {
    s->edge_q = s->count_q = 0;
    run(s, CLEAR, SEQUENCER_CHAIN);
}

static void step_chain(struct sequencer *s, const struct sequencer *q) {
    const unsigned last = (q->count_q & 15) == 15;
    s->count_q = last ? 0 : (q->count_q + 1) & 31;
    if (!last) return;
    s->edge_q = (q->edge_q + 1) & 15;
    run(s, ACCUMULATE, q->edge_q == q->geometry.rows - 1 ? q->sum_then_q : SEQUENCER_CHAIN);
}

static void step_settled(struct sequencer *s) {
    s->pending_q = 0;
    run(s, SETTLE, SEQUENCER_FLOORS);
}

/* the least of a column that must be new; +infinity for columns that are not in use */
static void step_floors(struct sequencer *s, const struct sequencer *q) {
    s->lane_q = q->width_q;
    run(s, P_FLOORS, SEQUENCER_FILL);
}

static void step_fill(struct sequencer *s, const struct sequencer *q) {
    s->lane_q = (q->lane_q + 1) & 15;
    if (q->lane_q < 7) return;
    const unsigned judge = q->round_q == 0 && q->why_q == ROUND;
    s->program_q = JUDGE;
    s->then_q = judge ? SEQUENCER_JUDGED : SEQUENCER_COMBINED;
    s->state_q = judge ? SEQUENCER_RUN : SEQUENCER_PASS;
}

static void step_judged(struct sequencer *s, const struct sequencer *q, const struct sequencer_in *in) {
    const unsigned against = (~in->flag & in_use(q)) != 0;
    s->chosen_q = in->good;
    s->picking_q = q->round_q == ROUNDS;
    clear_places(s);
    s->program_q = INVERT;
    s->then_q = SEQUENCER_INVERTED;
    if (in->good == in_use(q)) {
        s->state_q = SEQUENCER_DONE;
    } else if (q->round_q == ROUNDS) {
        s->state_q = SEQUENCER_GATHER;
    } else {
        s->rounds_q = (uint16_t)(q->rounds_q + 1);
        s->state_q = SEQUENCER_RUN;
        if (!against || q->rows_q == 0) return;
        /* W -= V h, then its Gram matrix anew */
        set_pass(s, 1, 1, 0, ROW_FEED_BASIS);
        s->lanes_q = in->job_lanes;
        s->first_q = 0;
        s->last_q = q->rows_q;
        s->from_q = q->rows_q;
        s->why_q = PROJECTED;
        s->then_q = SEQUENCER_MEASURE;
        s->state_q = SEQUENCER_PASS;
    }
}

static void step_inverted(struct sequencer *s, const struct sequencer_in *in) {
    s->chosen_q = in->flag >> 44 & 255;
    clear_places(s);
    s->state_q = SEQUENCER_GATHER;
}

/* the inverse, its columns packed, a row at a time into h below the basis; or a choice of columns */
static void step_gather(struct sequencer *s, const struct sequencer *q, const struct sequencer_in *in) {
    s->lane_q = last_lane(q) ? 0 : (q->lane_q + 1) & 15;
    if (chosen(q)) {
        const uint32_t choice = q->lane_q == q->column_q ? 0x3F800000 : 0;
        if (q->slot_q < 8) s->word_q[q->slot_q] = q->picking_q ? choice : in->register_read;
        s->slot_q = (q->slot_q + 1) & 15;
    }
    if (last_lane(q)) s->state_q = SEQUENCER_PUT;
}

static void step_put(struct sequencer *s, const struct sequencer *q, const struct sequencer_in *in) {
    memset(s->word_q, 0, sizeof s->word_q);
    s->column_q = (q->column_q + 1) & 15;
    s->slot_q = 0;
    s->state_q = last_column(q, in) ? SEQUENCER_PACK : SEQUENCER_GATHER;
    if (!last_column(q, in)) return;
    unsigned sum = 0;
    for (unsigned i = 0; i < 8; i++)
        sum += q->chosen_q >> i & 1;
    s->count_q = 0;
    s->width_q = (uint8_t)sum;
    s->deflations_q = (uint16_t)(q->deflations_q + ((q->width_q - sum) & 15));
}

/* floors of the columns kept, packed: read, then written */
static void step_pack(struct sequencer *s, const struct sequencer *q, const struct sequencer_in *in) {
    const unsigned writing = q->count_q >> 4;
    s->count_q = (uint8_t)((q->count_q & 15) | (!writing && chosen(q)) << 4);
    s->word_q[0] = in->register_read;
    if (!writing && chosen(q)) return;
    s->lane_q = (q->lane_q + 1) & 15;
    s->slot_q = (q->slot_q + writing) & 15;
    if (!last_lane(q)) return;
    set_pass(s, 1, 0, 0, ROW_FEED_BASIS);
    s->lane_q = q->width_q;
    s->lanes_q = in->job_lanes;
    s->first_q = q->rows_q;
    s->last_q = basis(q, (uint32_t)q->rows_q + in->job_lanes);
    s->from_q = 0;
    s->why_q = q->picking_q ? GIVEN_UP : PROJECTED;
    s->then_q = SEQUENCER_COMBINED;
    s->state_q = q->width_q == 8 ? SEQUENCER_PASS : SEQUENCER_FILL;
}

static void step_combined(struct sequencer *s, const struct sequencer *q, const struct sequencer_in *in) {
    s->state_q = SEQUENCER_MEASURE;
    if (q->picking_q) return;
    if (broken(q, in) || q->width_q == 0) {
        s->state_q = SEQUENCER_DONE;
    } else {
        s->why_q = ROUND;
        s->round_q = (q->round_q + 1) & 7;
    }
}

/* the block is orthonormal, or gone; or (stored) it has joined the basis */
static void step_done(struct sequencer *s, const struct sequencer *q, const struct sequencer_in *in) {
    s->stored_q = 0;
    run(s, VERDICT, SEQUENCER_DECIDE);
    if (broken(q, in)) end(s, STOP_OVERFLOW);
}

static void step_decide(struct sequencer *s, const struct sequencer *q, const struct sequencer_in *in) {
    set_pass(s, 0, 0, 1, ROW_TAKE_TOKENS);
    s->lanes_q = s->kept_q = (uint8_t)kept(q, in);
    s->then_q = SEQUENCER_MULTIPLIED;
    s->state_q = q->stored_q ? SEQUENCER_NEXT : SEQUENCER_PASS;
    if (q->rows_q != 0 && in->job_limited && in->flag >> 53 & 1) {
        end(s, STOP_TOLERANCE);
    } else if (q->rows_q != 0 && in->flag >> 54 & 1) {
        end(s, STOP_NOISE);
    } else if (q->stored_q) {
        if (q->rows_q == in->job_rank) end(s, STOP_RANK);
    } else if (q->width_q == 0) {
        s->barren_q = (q->barren_q + q->fresh_q) & 15;
        s->state_q = SEQUENCER_NEXT;
        if (s->barren_q >= BARREN || in->job_empty) end(s, STOP_DEFLATED);
    } else {
        s->barren_q = 0;
    }
}

/* P = D V */
static void step_multiplied(struct sequencer *s, const struct sequencer *q, const struct sequencer_in *in) {
    s->passes_q = (uint16_t)(q->passes_q + 1);
    s->width_q = q->kept_q;
    s->sum_then_q = SEQUENCER_NORM;
    s->bound_q = 0;
    s->column_q = 0;
    s->state_q = keeping(q, in) ? SEQUENCER_SUM : SEQUENCER_NEXT;
    if (broken(q, in)) end(s, STOP_OVERFLOW);
}

/* squares and what was lost are in S: norms, into the row edges */
static void step_norm(struct sequencer *s, const struct sequencer *q, const struct sequencer_in *in) {
    s->bound_q = 1;
    if (!q->bound_q) {
        run(s, NORMS, SEQUENCER_NORM);
    } else {
        s->program_q = NORMS;
        s->then_q = SEQUENCER_NORM_PUT;
        s->word_q[0] = in->register_read;
        s->state_q = SEQUENCER_NORM_PUT;
    }
}

static void step_norm_put(struct sequencer *s, const struct sequencer *q) {
    s->column_q = (q->column_q + 1) & 15;
    s->state_q = SEQUENCER_NORM;
    if (q->column_q != ((q->kept_q - 1u) & 15)) return;
    s->kind_q = ROW_CERTIFY;
    s->first_q = q->rows_q;
    s->last_q = basis(q, (uint32_t)q->rows_q + q->kept_q);
    s->then_q = SEQUENCER_SUM;
    s->sum_then_q = SEQUENCER_CERTIFIED;
    s->state_q = SEQUENCER_WALK;
}

static void step_store(struct sequencer *s, const struct sequencer *q, const struct sequencer_in *in) {
    if (!in->block_taken) return;
    s->rows_q = basis(q, (uint32_t)q->rows_q + q->kept_q);
    s->stored_q = 1;
    run(s, VERDICT, SEQUENCER_DECIDE);
}

static void step_ended(struct sequencer *s, const struct sequencer *q, const struct sequencer_in *in) {
    s->flags_q = q->flags_q | in->column_flags | in->row_flags;
    s->state_q = SEQUENCER_IDLE;
}

void sequencer_step(struct sequencer *s, const struct sequencer_in *in) {
    const struct sequencer before = *s, *q = &before;
    if (in->rst) {
        s->state_q = SEQUENCER_IDLE;
        return;
    }
    switch ((enum sequencer_state)q->state_q) {
    case SEQUENCER_IDLE:
        step_idle(s, in);
        break;
    case SEQUENCER_NEXT:
        step_next(s, q, in);
        break;
    case SEQUENCER_MEASURE:
        step_measure(s, q, in);
        break;
    case SEQUENCER_PASS:
    case SEQUENCER_WALK:
        if (all_idle(in)) s->state_q = SEQUENCER_WAIT;
        break;
    case SEQUENCER_WAIT:
        step_wait(s, q, in);
        break;
    case SEQUENCER_GRAM_READ:
        step_gram_read(s, q, in);
        break;
    case SEQUENCER_GRAM_WRITE:
        step_gram_write(s, q);
        break;
    case SEQUENCER_PEAK:
        step_peak(s, q);
        break;
    case SEQUENCER_MEASURED:
        step_measured(s, q, in);
        break;
    case SEQUENCER_RUN:
        s->state_q = SEQUENCER_RUNNING;
        break;
    case SEQUENCER_RUNNING:
        if (in->program_ready) s->state_q = q->then_q;
        break;
    case SEQUENCER_SUM:
        step_sum(s);
        break;
    case SEQUENCER_CHAIN:
        step_chain(s, q);
        break;
    case SEQUENCER_SETTLED:
        step_settled(s);
        break;
    case SEQUENCER_FLOORS:
        step_floors(s, q);
        break;
    case SEQUENCER_FILL:
        step_fill(s, q);
        break;
    case SEQUENCER_JUDGED:
        step_judged(s, q, in);
        break;
    case SEQUENCER_INVERTED:
        step_inverted(s, in);
        break;
    case SEQUENCER_GATHER:
        step_gather(s, q, in);
        break;
    case SEQUENCER_PUT:
        step_put(s, q, in);
        break;
    case SEQUENCER_PACK:
        step_pack(s, q, in);
        break;
    case SEQUENCER_COMBINED:
        step_combined(s, q, in);
        break;
    case SEQUENCER_DONE:
        step_done(s, q, in);
        break;
    case SEQUENCER_DECIDE:
        step_decide(s, q, in);
        break;
    case SEQUENCER_MULTIPLIED:
        step_multiplied(s, q, in);
        break;
    case SEQUENCER_NORM:
        step_norm(s, q, in);
        break;
    case SEQUENCER_NORM_PUT:
        step_norm_put(s, q);
        break;
    case SEQUENCER_CERTIFIED:
        run(s, APPEND, SEQUENCER_APPENDED);
        break;
    case SEQUENCER_APPENDED:
        s->pending_q = 1;
        s->state_q = SEQUENCER_STORE;
        break;
    case SEQUENCER_STORE:
        step_store(s, q, in);
        break;
    case SEQUENCER_ENDED:
        step_ended(s, q, in);
        break;
    }
}
