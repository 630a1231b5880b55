/* sequencer.c - runs a job on the loader, the array, its edges and the scalar unit, clock by clock.
 * Twin: rtl/sequencer.v. SPDX-License-Identifier: Apache-2.0
 *
 * In the steps `q` is what the registers held before the clock, `s` what they hold after it. */
#include "sequencer.h"
#include "csr_map.h"
#include "engine.h"
#include "geometry.h"
#include "row_edge.h"
#include "scalar_program.h"

#include <string.h>

enum { REPLACE, SUBTRACT, ADD };
enum { ROUNDS = 8, BARREN = 4 };

void sequencer_init(struct sequencer *s, const struct sequencer_geometry *geometry) {
    memset(s, 0, sizeof *s);
    s->geometry = *geometry;
}

/* ---- what hangs on the registers ---- */

static uint32_t low_bits(uint32_t x, unsigned bits) { return x & ((1u << bits) - 1); }

/* of a number of basis rows */
static uint16_t basis(const struct sequencer *q, uint32_t x) { return (uint16_t)low_bits(x, q->geometry.basis_bits); }

/* Chunks of 8 local tokens; groups of 8 local channels. */
static uint32_t chunks_of(const struct sequencer *q, uint32_t tokens) {
    return geometry_local(tokens, q->geometry.rows) / MAC_ROWS;
}
static uint32_t groups_of(const struct sequencer *q, uint32_t channels) {
    return geometry_local(channels, q->geometry.columns) / MAC_ROWS;
}

static int last_chunk(const struct sequencer *q, const struct sequencer_in *in) {
    return q->chunk_q + 1 == chunks_of(q, in->job_tokens);
}

static unsigned in_use(const struct sequencer *q) { return ((1u << q->width_q) - 1) & 255; }

static unsigned all_flags(const struct sequencer *q, const struct sequencer_in *in) {
    return q->flags_q | in->column_flags | in->row_flags;
}

static unsigned keeping(const struct sequencer *q, const struct sequencer_in *in) {
    return q->passes_q >= in->job_warmup;
}

static uint8_t keep(const struct sequencer *q, const struct sequencer_in *in) {
    const unsigned room = basis(q, in->job_rank - q->rows_q);
    return keeping(q, in) && q->width_q > room ? room & 15 : q->width_q;
}

static int all_idle(const struct sequencer_in *in) { return !in->array_active && in->column_idle && in->row_idle; }

static int may_pass(const struct sequencer *q, const struct sequencer_in *in) {
    return all_idle(in) && (in->store_ready || !q->copy_q);
}

/* All of the matrix is there. */
static int complete(const struct sequencer *q, const struct sequencer_in *in) {
    return q->state_q == SEQUENCER_LOADING && last_chunk(q, in) && in->loader_loaded;
}

/* Outliers are chosen when the bits of those before have been sent. */
static int may_select(const struct sequencer *q, const struct sequencer_in *in) {
    return complete(q, in) && in->store_ready;
}

static int last_word(const struct sequencer *q, const struct sequencer_in *in) { return q->count_q == in->job_lanes; }

/* ---- outputs ---- */

/* A pass or walk: row k is local row k / 8 / rows * 8 + k mod 8 of edge k / 8 mod rows. */
static void read_pass(const struct sequencer *q, const struct sequencer_in *in, struct sequencer_out *out) {
    const struct sequencer_geometry *g = &q->geometry;
    const uint32_t low = (uint32_t)(q->first_q >> 3) / g->rows, high = (((uint32_t)q->last_q - 1) >> 3) / g->rows;
    const uint32_t row = !q->tokens_q ? low << 3 : q->chunk_only_q ? q->chunk_q << 3 : 0;
    const uint32_t rows = !q->tokens_q      ? (high - low + 1) << 3
                          : q->chunk_only_q ? 8
                                            : chunks_of(q, in->job_tokens) << 3;
    const uint32_t groups = groups_of(q, in->job_channels);
    out->pass_valid = q->state_q == SEQUENCER_PASS && may_pass(q, in) && !in->abort_job;
    out->pass_transpose = q->transpose_q;
    out->pass_lanes = q->lanes_q;
    out->pass_row = low_bits(row + (q->tokens_q ? q->base_q : g->tile_tokens), g->row_bits);
    out->pass_rows = low_bits(rows, g->row_bits);
    out->pass_groups = low_bits(groups, g->channel_bits - 2);
    out->column_mode = q->mode_q;
    out->column_write = q->write_q;
    out->column_copy = q->copy_q;
    out->column_repeats = low_bits(((rows >> 3) + g->banks - 1) / g->banks, g->repeat_bits);
    out->column_lanes = in->job_lanes;
    out->row_valid = out->pass_valid || (q->state_q == SEQUENCER_WALK && all_idle(in));
    out->row_kind = q->kind_q;
    out->row_row = low_bits(row, g->row_bits);
    out->row_repeats = low_bits((groups + g->banks - 1) / g->banks, g->repeat_bits);
    out->row_first = q->first_q;
    out->row_last = q->last_q;
    out->row_limit = q->rows_q;
    out->row_width = q->width_q;
    out->row_key = q->key_q;
}

static int begins_loader(const struct sequencer *q) {
    return q->state_q == SEQUENCER_LOAD_BEGIN || q->state_q == SEQUENCER_APPLY_BEGIN;
}

static int below(const struct sequencer *q, const struct sequencer_in *in) {
    return q->base_q >= chunks_of(q, in->queued_tokens) << 3;
}

/* The queued LOAD starts to stream in. */
static int go_ahead(const struct sequencer *q, const struct sequencer_in *in) {
    if (!in->queued_load || q->ahead_q || !in->loader_ready || q->state_q == SEQUENCER_IDLE) return 0;
    if (in->job_command == CSR_COMMAND_LOAD || in->job_command == CSR_COMMAND_APPLY) return 0;
    return below(q, in) || q->base_q + q->local_q + (chunks_of(q, in->queued_tokens) << 3) <= q->geometry.tile_tokens;
}

/* The local row where it goes. */
static uint32_t ahead_base(const struct sequencer *q, const struct sequencer_in *in) {
    return below(q, in) ? 0 : low_bits((uint32_t)q->base_q + q->local_q, q->geometry.row_bits);
}

static int dropped(const struct sequencer *q, const struct sequencer_in *in) {
    return q->ahead_q && !in->queued_load && !in->start_valid;
}

static void read_streams(const struct sequencer *q, const struct sequencer_in *in, struct sequencer_out *out) {
    const unsigned state = q->state_q,
                   uses_loader = in->job_command == CSR_COMMAND_LOAD || in->job_command == CSR_COMMAND_APPLY;
    const int begin = begins_loader(q);
    out->loader_ahead = !begin;
    out->loader_start = begin || go_ahead(q, in);
    out->loader_vectors = state == SEQUENCER_APPLY_BEGIN;
    out->loader_base = begin ? 0 : ahead_base(q, in);
    out->loader_blocks = low_bits((in->job_rank + LANES - 1) / LANES, 17);
    out->loader_next = state == SEQUENCER_APPLIED && in->store_ready;
    out->loader_abort = (state == SEQUENCER_ABORTED && uses_loader) || dropped(q, in);
    out->selector_start = may_select(q, in) && !in->abort_job && !in->loader_failed;
    out->store_start = in->store_ready && (state == SEQUENCER_STORE || state == SEQUENCER_LOADED ||
                                           state == SEQUENCER_APPLIED || state == SEQUENCER_SENT);
    out->store_packets = state == SEQUENCER_LOADED                       ? 1
                         : state == SEQUENCER_STORE                      ? 6
                         : state == SEQUENCER_APPLIED                    ? 2
                         : in->job_command == CSR_COMMAND_PASS_FORWARD   ? 4
                         : in->job_command == CSR_COMMAND_PASS_TRANSPOSE ? 2
                                                                         : 7;
    out->store_z =
        state == SEQUENCER_APPLIED || (state == SEQUENCER_SENT && in->job_command == CSR_COMMAND_PASS_TRANSPOSE);
    out->store_columns = state != SEQUENCER_APPLIED ? q->kept_q : q->left_q >> 3 ? 8 : q->left_q & 15;
}

static void read_words(const struct sequencer *q, const struct sequencer_in *in, struct sequencer_out *out) {
    const unsigned state = q->state_q, count = q->count_q;
    const uint32_t row = (uint32_t)q->rows_q + count, block = row >> 3;
    const uint32_t home = state == SEQUENCER_GRAM ? (row - 1) >> 3 : block;
    out->register_row = (uint8_t)(state == SEQUENCER_GRAM ? (count == 9 ? SCALAR_PEAK : (SCALAR_G + count - 1) & 31)
                                  : state == SEQUENCER_NORM_PUT ? SCALAR_NORM
                                  : last_word(q, in)            ? SCALAR_FLOOR
                                                                : (SCALAR_X + count) & 31);
    out->register_packed = state == SEQUENCER_PUT;
    out->register_write = (state == SEQUENCER_GRAM && count != 0) || (state == SEQUENCER_PUT && last_word(q, in));
    out->program_valid = state == SEQUENCER_RUN;
    out->program_number = q->program_q;
    out->sum_columns = q->columns_q;
    out->word_edge = home % q->geometry.rows & 15;
    out->word_row = low_bits(block / q->geometry.rows << 3 | (row & 7), q->geometry.row_bits);
    out->word_read = state == SEQUENCER_GRAM && count < in->job_lanes;
    out->word_write = (state == SEQUENCER_PUT && !last_word(q, in)) || state == SEQUENCER_NORM_PUT;
    out->word_norm = state == SEQUENCER_NORM_PUT;
}

/* A tolerance was asked for that could not be certified, though no more blocks would have helped. */
static unsigned uncertified(const struct sequencer *q, const struct sequencer_in *in) {
    return in->job_command == CSR_COMMAND_DECOMPOSE && in->limited && q->stop_q != DCOM_STOP_TOLERANCE &&
           (q->stop_q != DCOM_STOP_RANK || !in->possible || in->residual_within);
}

void sequencer_words(const struct sequencer *q, const struct sequencer_in *in, struct sequencer_out *out) {
    const unsigned done = q->state_q == SEQUENCER_FINISH;
    out->flags =
        (uint8_t)(in->loader_framing << 3 | (done && uncertified(q, in)) << 2 | (done ? all_flags(q, in) : 0));
    memset(out->word_data, 0, sizeof out->word_data);
    memset(out->register_data, 0, sizeof out->register_data);
    if (q->state_q == SEQUENCER_NORM_PUT)
        out->word_data[0] = in->register_read[q->count_q & 7];
    else
        memcpy(out->word_data, in->register_read, sizeof out->word_data);
    if (q->state_q == SEQUENCER_PUT)
        memcpy(out->register_data, in->register_read, sizeof out->register_data);
    else if (q->count_q == 9)
        memcpy(out->register_data, in->peak, sizeof out->register_data);
    else if (q->count_q <= in->job_lanes)
        memcpy(out->register_data, in->word_h, sizeof out->register_data);
}

static int sends(const struct sequencer *q) {
    return q->state_q == SEQUENCER_STORE || q->state_q == SEQUENCER_LOADED || q->state_q == SEQUENCER_APPLIED ||
           q->state_q == SEQUENCER_SENT;
}

static uint8_t activity(const struct sequencer *q, const struct sequencer_in *in) {
    if (!in->store_ready &&
        (sends(q) || complete(q, in) || (q->state_q == SEQUENCER_PASS && all_idle(in) && q->copy_q)))
        return ACTIVITY_STREAM_OUT;
    switch (q->state_q) {
    case SEQUENCER_IDLE:
        return ACTIVITY_IDLE;
    case SEQUENCER_LOAD_BEGIN:
    case SEQUENCER_LOADING:
    case SEQUENCER_APPLY_BEGIN:
    case SEQUENCER_APPLY_WAIT:
        return ACTIVITY_STREAM_IN;
    case SEQUENCER_SELECT:
        return ACTIVITY_SELECT;
    case SEQUENCER_WALK:
        return ACTIVITY_WALK;
    case SEQUENCER_WAIT:
        if (q->walking_q) return ACTIVITY_WALK; /* fall through */
    case SEQUENCER_PASS:
        return q->tokens_q ? ACTIVITY_PASS : ACTIVITY_BASIS_PASS;
    case SEQUENCER_RUN:
    case SEQUENCER_RUNNING:
        return ACTIVITY_PROGRAM;
    }
    return ACTIVITY_CONTROL;
}

void sequencer_read(const struct sequencer *q, const struct sequencer_in *in, struct sequencer_out *out) {
    const unsigned state = q->state_q;
    read_pass(q, in, out);
    read_streams(q, in, out);
    read_words(q, in, out);
    out->busy = state != SEQUENCER_IDLE;
    out->done = state == SEQUENCER_FINISH;
    out->stop = q->stop_q;
    out->rank = q->rows_q;
    out->passes = q->passes_q;
    out->rounds = q->rounds_q;
    out->deflations = q->deflations_q;
    out->width = q->width_q;
    out->clear = state == SEQUENCER_IDLE || state == SEQUENCER_SELECT || state == SEQUENCER_LOADED ||
                 (state == SEQUENCER_START && last_chunk(q, in));
    out->activity = activity(q, in);
}

/* ---- one clock: a function a state ---- */

static void set_pass(struct sequencer *s, unsigned transpose, unsigned write, unsigned copy, unsigned tokens,
                     unsigned kind) {
    s->transpose_q = (uint8_t)transpose;
    s->write_q = (uint8_t)write;
    s->copy_q = (uint8_t)copy;
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

static void step_idle(struct sequencer *s, const struct sequencer *q, const struct sequencer_in *in) {
    if (!in->start_valid) return;
    s->flags_q = 0;
    s->passes_q = s->rounds_q = s->deflations_q = 0;
    s->width_q = s->barren_q = 0;
    s->pending_q = s->stored_q = s->columns_q = s->walking_q = 0;
    s->fill_q = 0;
    s->chunk_q = 0;
    s->stop_q = DCOM_STOP_RANK;
    s->key_q = row_edge_hash(in->job_seed);
    s->left_q = in->job_rank;
    s->mode_q = REPLACE;
    set_pass(s, 1, 0, 0, 1, ROW_FEED_TOKENS);
    s->chunk_only_q = 0;
    s->lanes_q = in->job_lanes;
    switch (in->job_command) {
    case CSR_COMMAND_LOAD:
        s->rows_q = 0;
        s->start_q = s->ahead_q = 0;
        s->base_q = q->ahead_q ? q->next_base_q : 0;
        s->local_q = (uint16_t)low_bits(chunks_of(q, in->job_tokens) << 3, q->geometry.row_bits);
        s->state_q = q->ahead_q ? SEQUENCER_LOADING : SEQUENCER_LOAD_BEGIN;
        break;
    case CSR_COMMAND_DECOMPOSE:
        s->rows_q = 0;
        s->state_q = SEQUENCER_BEGIN;
        break;
    case CSR_COMMAND_APPLY:
        s->state_q = SEQUENCER_APPLY_BEGIN;
        break;
    case CSR_COMMAND_PASS_FORWARD:
    case CSR_COMMAND_PASS_TRANSPOSE:
        s->state_q = SEQUENCER_ONE_PASS;
        break;
    default:
        s->state_q = SEQUENCER_SENT;
    }
}

/* A chunk of the start block. */
static void set_chunk(struct sequencer *s, const struct sequencer *q, unsigned last) {
    s->transpose_q = s->tokens_q = s->chunk_only_q = 1;
    s->mode_q = q->chunk_q == 0 ? REPLACE : ADD;
    s->write_q = (uint8_t)last;
    s->kind_q = ROW_FEED_TOKENS;
}

static void step_loading(struct sequencer *s, const struct sequencer *q, const struct sequencer_in *in) {
    const int last = last_chunk(q, in);
    set_chunk(s, q, (unsigned)last);
    s->then_q = SEQUENCER_LOADING;
    if (in->abort_job || in->loader_failed)
        s->state_q = SEQUENCER_ABORTED;
    else if (last ? may_select(q, in) : in->loader_chunks > q->chunk_q)
        s->state_q = last ? SEQUENCER_SELECT : SEQUENCER_PASS;
}

static void step_total(struct sequencer *s, const struct sequencer_in *in) {
    s->start_flags_q = in->column_flags;
    s->columns_q = 1;
    run(s, SCALAR_SUM, SEQUENCER_TOTALLED);
}

static void step_totalled(struct sequencer *s) {
    s->columns_q = 0;
    run(s, SCALAR_TOTALS, SEQUENCER_LOADED);
}

static void step_loaded(struct sequencer *s, const struct sequencer_in *in) {
    if (in->abort_job) {
        s->state_q = SEQUENCER_ABORTED;
    } else if (in->store_ready) {
        s->start_q = 1;
        s->start_lanes_q = in->job_lanes;
        s->start_seed_q = in->job_seed;
        s->state_q = SEQUENCER_FINISH;
    }
}

static void step_first(struct sequencer *s, const struct sequencer *q, const struct sequencer_in *in) {
    s->start_q = 0;
    s->round_q = 0;
    s->picking_q = 0;
    s->fresh_q = in->job_lanes;
    s->state_q = SEQUENCER_START;
    if (in->overflow) {
        s->flags_q = 1;
        end(s, DCOM_STOP_OVERFLOW);
    } else if (q->start_q && q->start_lanes_q == in->job_lanes && q->start_seed_q == in->job_seed) {
        s->flags_q = q->start_flags_q;
        s->key_q = row_edge_hash(~q->key_q);
        s->width_q = in->job_lanes;
        s->state_q = SEQUENCER_MEASURE;
    }
}

static void step_start(struct sequencer *s, const struct sequencer *q, const struct sequencer_in *in) {
    const int last = last_chunk(q, in);
    set_chunk(s, q, (unsigned)last);
    s->fill_q = (uint8_t)last;
    s->then_q = last ? SEQUENCER_MEASURE : SEQUENCER_START;
    s->state_q = SEQUENCER_PASS;
}

/* W = D^T Y */
static void step_next(struct sequencer *s, const struct sequencer *q, const struct sequencer_in *in) {
    set_pass(s, 1, 1, 0, 1, ROW_FEED_TOKENS);
    s->fill_q = 1;
    s->chunk_only_q = 0;
    s->mode_q = REPLACE;
    s->lanes_q = in->job_lanes;
    s->fresh_q = (in->job_lanes - q->width_q) & 15;
    s->round_q = 0;
    s->picking_q = 0;
    s->then_q = SEQUENCER_MEASURE;
    s->state_q = SEQUENCER_PASS;
}

static void step_pass(struct sequencer *s, const struct sequencer *q, const struct sequencer_in *in) {
    s->walking_q = 0;
    if (in->abort_job)
        s->state_q = SEQUENCER_ABORTED;
    else if (may_pass(q, in))
        s->state_q = SEQUENCER_WAIT;
}

static void step_wait(struct sequencer *s, const struct sequencer *q, const struct sequencer_in *in) {
    if (!all_idle(in)) return;
    s->state_q = in->abort_job ? SEQUENCER_ABORTED : q->then_q;
    s->fill_q = 0;
    if (q->chunk_only_q && !q->walking_q && q->tokens_q) s->chunk_q = low_bits(q->chunk_q + 1, 17);
    if (!q->fill_q) return;
    if (q->fresh_q != 0) s->key_q = row_edge_hash(~q->key_q); /* the signs have been sent */
    s->width_q = in->job_lanes;
}

/* h of all basis rows, the Gram matrix below it; into the scalar unit */
static void step_measure(struct sequencer *s, const struct sequencer *q, const struct sequencer_in *in) {
    set_pass(s, 0, 0, 0, 0, ROW_TAKE_BASIS);
    s->lanes_q = in->job_lanes;
    s->first_q = 0;
    s->last_q = basis(q, (uint32_t)q->rows_q + in->job_lanes);
    s->count_q = 0;
    s->then_q = SEQUENCER_GRAM;
    s->state_q = SEQUENCER_PASS;
}

static void step_gram(struct sequencer *s, const struct sequencer *q) {
    s->count_q = (q->count_q + 1) & 15;
    if (q->count_q == 9) s->state_q = SEQUENCER_MEASURED;
}

static void step_measured(struct sequencer *s, const struct sequencer *q, const struct sequencer_in *in) {
    s->first_q = 0;
    s->last_q = q->rows_q;
    s->kind_q = ROW_SETTLE;
    s->then_q = SEQUENCER_SETTLE_SUM;
    s->state_q = q->picking_q || all_flags(q, in) ? SEQUENCER_DONE
                 : q->round_q != 0                ? SEQUENCER_JUDGE
                 : q->pending_q                   ? SEQUENCER_WALK
                                                  : SEQUENCER_FLOORS;
}

static void step_judged(struct sequencer *s, const struct sequencer *q, const struct sequencer_in *in) {
    const int last = q->round_q == ROUNDS;
    s->count_q = 0;
    s->picking_q = (uint8_t)last;
    run(s, last ? SCALAR_PICK_GOOD : SCALAR_INVERT, SEQUENCER_PUT);
    if (in->good == in_use(q)) {
        s->picking_q = 0;
        s->state_q = SEQUENCER_DONE;
    } else if (!last) {
        s->rounds_q = (uint16_t)(q->rounds_q + 1);
        s->round_q = (q->round_q + 1) & 15;
        if (!in->any_far) return;
        /* W -= V h; without a V, where a norm is all but 0, there is nothing to subtract */
        set_pass(s, 1, 1, 0, 0, ROW_FEED_BASIS);
        s->mode_q = SUBTRACT;
        s->lanes_q = in->job_lanes;
        s->first_q = 0;
        s->last_q = q->rows_q;
        s->then_q = SEQUENCER_MEASURE;
        s->state_q = q->rows_q != 0 ? SEQUENCER_PASS : SEQUENCER_MEASURE;
    }
}

static void step_put(struct sequencer *s, const struct sequencer *q, const struct sequencer_in *in) {
    s->count_q = (q->count_q + 1) & 15;
    if (!last_word(q, in)) return;
    s->width_q = in->kept;
    s->deflations_q = (uint16_t)(q->deflations_q + ((q->width_q - in->kept) & 15));
    s->kind_q = ROW_TURN;
    s->first_q = 0;
    s->last_q = q->rows_q;
    s->then_q = SEQUENCER_COMBINE;
    s->state_q = q->rows_q != 0 ? SEQUENCER_WALK : SEQUENCER_COMBINE;
}

static void step_combine(struct sequencer *s, const struct sequencer *q, const struct sequencer_in *in) {
    set_pass(s, 1, 1, 0, 0, ROW_FEED_BASIS);
    s->mode_q = REPLACE;
    s->lanes_q = in->job_lanes;
    s->first_q = 0;
    s->last_q = basis(q, (uint32_t)q->rows_q + in->job_lanes);
    s->then_q = SEQUENCER_COMBINED;
    s->state_q = SEQUENCER_PASS;
}

static void step_done(struct sequencer *s, const struct sequencer *q, const struct sequencer_in *in) {
    s->stored_q = 0;
    run(s, SCALAR_VERDICT, SEQUENCER_DECIDE);
    if (all_flags(q, in)) end(s, DCOM_STOP_OVERFLOW);
}

static void step_decide(struct sequencer *s, const struct sequencer *q, const struct sequencer_in *in) {
    set_pass(s, 0, 0, 1, 1, ROW_TAKE_TOKENS);
    s->chunk_only_q = 0;
    s->lanes_q = keep(q, in);
    s->then_q = SEQUENCER_MULTIPLIED;
    s->state_q = q->stored_q ? SEQUENCER_NEXT : SEQUENCER_PASS;
    if (q->rows_q != 0 && in->limited && in->reached) {
        end(s, DCOM_STOP_TOLERANCE);
    } else if (q->rows_q != 0 && in->noise) {
        end(s, DCOM_STOP_NOISE);
    } else if (q->stored_q) {
        if (q->rows_q == basis(q, in->job_rank)) end(s, DCOM_STOP_RANK);
    } else if (q->width_q == 0) {
        s->barren_q = (q->barren_q + q->fresh_q) & 15;
        s->state_q = SEQUENCER_NEXT;
        if (s->barren_q >= BARREN || in->empty) end(s, DCOM_STOP_DEFLATED);
    } else {
        s->barren_q = 0;
    }
}

/* P = D V */
static void step_multiplied(struct sequencer *s, const struct sequencer *q, const struct sequencer_in *in) {
    s->passes_q = (uint16_t)(q->passes_q + 1);
    s->width_q = s->kept_q = keep(q, in);
    run(s, SCALAR_SUM, SEQUENCER_SQUARED);
    if (!keeping(q, in)) s->state_q = SEQUENCER_NEXT;
    if (all_flags(q, in)) end(s, DCOM_STOP_OVERFLOW);
}

static void step_norm_put(struct sequencer *s, const struct sequencer *q) {
    s->count_q = (q->count_q + 1) & 15;
    s->kind_q = ROW_CERTIFY;
    s->first_q = q->rows_q;
    s->last_q = basis(q, (uint32_t)q->rows_q + q->kept_q);
    s->then_q = SEQUENCER_BOUND_SUM;
    if (q->count_q == ((q->kept_q - 1) & 15)) s->state_q = SEQUENCER_WALK;
}

static void step_store(struct sequencer *s, const struct sequencer *q, const struct sequencer_in *in) {
    if (in->abort_job) {
        s->state_q = SEQUENCER_ABORTED;
    } else if (in->store_ready) {
        s->pending_q = s->stored_q = 1;
        s->rows_q = basis(q, (uint32_t)q->rows_q + q->kept_q);
        run(s, SCALAR_VERDICT, SEQUENCER_DECIDE);
    }
}

static void step_apply_begin(struct sequencer *s, const struct sequencer_in *in) {
    s->lanes_q = s->width_q = LANES;
    s->copy_q = 1;
    s->write_q = 0;
    s->start_q = 0;
    if (in->abort_job)
        s->state_q = SEQUENCER_ABORTED;
    else if (in->loader_ready)
        s->state_q = SEQUENCER_APPLY_WAIT;
}

static void step_apply_wait(struct sequencer *s, const struct sequencer_in *in) {
    s->then_q = SEQUENCER_APPLIED;
    if (in->abort_job || in->loader_failed)
        s->state_q = SEQUENCER_ABORTED;
    else if (in->loader_block)
        s->state_q = SEQUENCER_PASS;
}

static void step_applied(struct sequencer *s, const struct sequencer *q, const struct sequencer_in *in) {
    if (in->abort_job) {
        s->state_q = SEQUENCER_ABORTED;
    } else if (in->store_ready) {
        s->left_q = low_bits(q->left_q - 8, 17);
        s->state_q = q->left_q <= 8 ? SEQUENCER_FINISH : SEQUENCER_APPLY_WAIT;
    }
}

static void step_one_pass(struct sequencer *s, const struct sequencer_in *in) {
    const unsigned transpose = in->job_command == CSR_COMMAND_PASS_TRANSPOSE;
    s->start_q = 0;
    set_pass(s, transpose, 0, 1, 1, transpose ? ROW_FEED_TOKENS : ROW_TAKE_TOKENS);
    s->width_q = s->kept_q = in->job_lanes;
    s->then_q = SEQUENCER_SENT;
    s->state_q = SEQUENCER_PASS;
}

static void step_sent(struct sequencer *s, const struct sequencer_in *in) {
    if (in->abort_job)
        s->state_q = SEQUENCER_ABORTED;
    else if (in->store_ready)
        s->state_q = SEQUENCER_FINISH;
}

static void step_state(struct sequencer *s, const struct sequencer *q, const struct sequencer_in *in) {
    switch (q->state_q) {
    case SEQUENCER_IDLE:
        return step_idle(s, q, in);
    case SEQUENCER_LOAD_BEGIN:
        if (in->abort_job)
            s->state_q = SEQUENCER_ABORTED;
        else if (in->loader_ready)
            s->state_q = SEQUENCER_LOADING;
        return;
    case SEQUENCER_LOADING:
        return step_loading(s, q, in);
    case SEQUENCER_SELECT:
        if (in->selector_idle) s->state_q = SEQUENCER_PASS, s->then_q = SEQUENCER_TOTAL;
        return;
    case SEQUENCER_TOTAL:
        return step_total(s, in);
    case SEQUENCER_TOTALLED:
        return step_totalled(s);
    case SEQUENCER_LOADED:
        return step_loaded(s, in);
    case SEQUENCER_BEGIN:
        return run(s, SCALAR_START, SEQUENCER_FIRST);
    case SEQUENCER_FIRST:
        return step_first(s, q, in);
    case SEQUENCER_START:
        return step_start(s, q, in);
    case SEQUENCER_NEXT:
        return step_next(s, q, in);
    case SEQUENCER_MEASURE:
        return step_measure(s, q, in);
    case SEQUENCER_PASS:
        return step_pass(s, q, in);
    case SEQUENCER_WAIT:
        return step_wait(s, q, in);
    case SEQUENCER_GRAM:
        return step_gram(s, q);
    case SEQUENCER_MEASURED:
        return step_measured(s, q, in);
    case SEQUENCER_WALK:
        s->walking_q = 1;
        if (all_idle(in)) s->state_q = SEQUENCER_WAIT;
        return;
    case SEQUENCER_RUN:
        s->state_q = SEQUENCER_RUNNING;
        return;
    case SEQUENCER_RUNNING:
        if (in->program_ready) s->state_q = in->abort_job ? SEQUENCER_ABORTED : q->then_q;
        return;
    case SEQUENCER_SETTLE_SUM:
        s->pending_q = 0;
        return run(s, SCALAR_SUM, SEQUENCER_SETTLED);
    case SEQUENCER_SETTLED:
        return run(s, SCALAR_SETTLE, SEQUENCER_FLOORS);
    case SEQUENCER_FLOORS:
        return run(s, q->rows_q != 0 ? SCALAR_FLOORS_LATER : SCALAR_FLOORS_START, SEQUENCER_JUDGE);
    case SEQUENCER_JUDGE:
        return run(s, SCALAR_JUDGE, SEQUENCER_JUDGED);
    case SEQUENCER_JUDGED:
        return step_judged(s, q, in);
    case SEQUENCER_PUT:
        return step_put(s, q, in);
    case SEQUENCER_COMBINE:
        return step_combine(s, q, in);
    case SEQUENCER_COMBINED:
        s->state_q = !q->picking_q && (all_flags(q, in) || q->width_q == 0) ? SEQUENCER_DONE : SEQUENCER_MEASURE;
        return;
    case SEQUENCER_DONE:
        return step_done(s, q, in);
    case SEQUENCER_DECIDE:
        return step_decide(s, q, in);
    case SEQUENCER_MULTIPLIED:
        return step_multiplied(s, q, in);
    case SEQUENCER_SQUARED:
        s->count_q = 0;
        return run(s, SCALAR_NORMS, SEQUENCER_NORM_PUT);
    case SEQUENCER_NORM_PUT:
        return step_norm_put(s, q);
    case SEQUENCER_BOUND_SUM:
        return run(s, SCALAR_SUM, SEQUENCER_BOUNDED);
    case SEQUENCER_BOUNDED:
        return run(s, SCALAR_APPEND, SEQUENCER_STORE);
    case SEQUENCER_STORE:
        return step_store(s, q, in);
    case SEQUENCER_APPLY_BEGIN:
        return step_apply_begin(s, in);
    case SEQUENCER_APPLY_WAIT:
        return step_apply_wait(s, in);
    case SEQUENCER_APPLIED:
        return step_applied(s, q, in);
    case SEQUENCER_ONE_PASS:
        return step_one_pass(s, in);
    case SEQUENCER_SENT:
        return step_sent(s, in);
    case SEQUENCER_ENDED:
        return run(s, SCALAR_RESULT, SEQUENCER_FINISH);
    default: /* FINISH, ABORTED */
        s->state_q = SEQUENCER_IDLE;
    }
}

void sequencer_step(struct sequencer *s, const struct sequencer_in *in) {
    const struct sequencer q = *s;
    if (in->rst) {
        s->state_q = SEQUENCER_IDLE;
        s->ahead_q = s->start_q = 0;
        s->base_q = s->local_q = 0;
        s->kept_q = 0;
        return;
    }
    if (go_ahead(&q, in)) {
        s->ahead_q = 1;
        s->next_base_q = (uint16_t)ahead_base(&q, in);
    }
    if (dropped(&q, in)) s->ahead_q = 0;
    step_state(s, &q, in);
}
