/* sequencer.h - runs a job on the loader, the array, its edges and the scalar unit, clock by clock.
 * SPDX-License-Identifier: Apache-2.0
 *
 * What rtl/sequencer.v is, under its names; its header explains the activities and where they return to. */
#ifndef DCOM_SEQUENCER_H
#define DCOM_SEQUENCER_H

#include <stdint.h>

/* state_q, then_q */
enum sequencer_state {
    SEQUENCER_IDLE,
    SEQUENCER_LOAD_BEGIN,
    SEQUENCER_LOADING,
    SEQUENCER_SELECT,
    SEQUENCER_TOTAL,
    SEQUENCER_TOTALLED,
    SEQUENCER_LOADED,
    SEQUENCER_BEGIN,
    SEQUENCER_FIRST,
    SEQUENCER_START,
    SEQUENCER_NEXT,
    SEQUENCER_MEASURE,
    SEQUENCER_PASS,
    SEQUENCER_WAIT,
    SEQUENCER_GRAM,
    SEQUENCER_MEASURED,
    SEQUENCER_WALK,
    SEQUENCER_RUN,
    SEQUENCER_RUNNING,
    SEQUENCER_SETTLE_SUM,
    SEQUENCER_SETTLED,
    SEQUENCER_FLOORS,
    SEQUENCER_JUDGE,
    SEQUENCER_JUDGED,
    SEQUENCER_PUT,
    SEQUENCER_COMBINE,
    SEQUENCER_COMBINED,
    SEQUENCER_DONE,
    SEQUENCER_DECIDE,
    SEQUENCER_MULTIPLIED,
    SEQUENCER_SQUARED,
    SEQUENCER_NORM_PUT,
    SEQUENCER_BOUND_SUM,
    SEQUENCER_BOUNDED,
    SEQUENCER_STORE,
    SEQUENCER_ENDED,
    SEQUENCER_FINISH,
    SEQUENCER_ABORTED,
    SEQUENCER_APPLY_BEGIN,
    SEQUENCER_APPLY_WAIT,
    SEQUENCER_APPLIED,
    SEQUENCER_ONE_PASS,
    SEQUENCER_SENT,
};

/* What a clock goes to: the output `activity`. */
enum sequencer_activity {
    ACTIVITY_IDLE,
    ACTIVITY_STREAM_IN,
    ACTIVITY_SELECT,
    ACTIVITY_PASS,       /* over tokens */
    ACTIVITY_BASIS_PASS, /* over basis rows */
    ACTIVITY_WALK,       /* of the row edges */
    ACTIVITY_PROGRAM,    /* of the scalar unit */
    ACTIVITY_CONTROL,    /* moving words and deciding */
    ACTIVITY_STREAM_OUT, /* waiting for it */
    ACTIVITIES
};

/* The module's parameters. */
struct sequencer_geometry {
    unsigned rows, columns, banks, tile_tokens, row_bits, channel_bits, basis_bits, repeat_bits;
};

/* The input ports on one clock, each within its width. */
struct sequencer_in {
    uint8_t rst;
    /* job */
    uint8_t start_valid, job_command, job_lanes, job_warmup, abort_job, queued_load;
    uint32_t job_tokens, job_channels, job_rank, job_seed, queued_tokens;
    /* loader, selector, store */
    uint8_t loader_ready, loader_loaded, loader_failed, loader_framing, loader_block, selector_idle, store_ready;
    uint32_t loader_chunks;
    /* array and edges */
    uint8_t array_active, column_idle, column_flags, row_idle, row_flags;
    uint32_t word_h[8], peak[8]; /* FP32 */
    /* scalar unit */
    uint8_t program_ready, good, any_far, kept, reached, noise, possible, residual_within, limited, empty, overflow;
    uint32_t register_read[8]; /* of the outputs register_row and register_packed of this clock; FP32 */
};

/* The output ports on one clock. */
struct sequencer_out {
    uint8_t busy, done, stop, flags;
    uint32_t rank;
    uint16_t passes, rounds, deflations;
    uint8_t loader_start, loader_ahead, loader_vectors, loader_next, loader_abort;
    uint32_t loader_base, loader_blocks;
    uint8_t selector_start, store_start, store_packets, store_z, store_columns;
    /* array and edges */
    uint8_t pass_valid, pass_transpose, pass_lanes;
    uint32_t pass_row, pass_rows, pass_groups;
    uint8_t column_mode, column_write, column_copy, column_lanes, clear;
    uint32_t column_repeats;
    uint8_t row_valid, row_kind, row_width;
    uint32_t row_row, row_repeats, row_first, row_last, row_limit, row_key;
    uint8_t word_edge, word_read, word_write, word_norm;
    uint32_t word_row, word_data[8];
    /* scalar unit */
    uint8_t program_valid, program_number, sum_columns, register_write, register_row, register_packed;
    uint32_t register_data[8];
    uint8_t width, activity;
};

struct sequencer {
    struct sequencer_geometry geometry;
    uint8_t state_q, then_q; /* enum sequencer_state */
    uint8_t stop_q, round_q, flags_q;
    uint16_t rows_q;
    uint16_t passes_q, rounds_q, deflations_q;
    uint8_t width_q, fresh_q, barren_q, kept_q;
    uint32_t key_q;
    uint8_t pending_q, picking_q, stored_q;
    /* the tiles */
    uint16_t base_q, next_base_q, local_q;
    uint8_t ahead_q;
    /* the start block that LOAD made */
    uint8_t start_q, start_lanes_q, start_flags_q;
    uint32_t start_seed_q;
    /* a pass or walk */
    uint8_t transpose_q, write_q, copy_q, fill_q, mode_q, kind_q, lanes_q, tokens_q, chunk_only_q, walking_q;
    uint16_t first_q, last_q;
    uint32_t chunk_q, left_q;
    /* a program, and the moving of words */
    uint8_t program_q, count_q, columns_q;
};

/* All registers 0. */
void sequencer_init(struct sequencer *, const struct sequencer_geometry *);
/* What the output ports show before the next edge, but for those below; of the scalar unit's nothing is looked at. */
void sequencer_read(const struct sequencer *, const struct sequencer_in *, struct sequencer_out *);
/* word_data, register_data, flags: what hangs on the scalar unit, which hangs on outputs above. */
void sequencer_words(const struct sequencer *, const struct sequencer_in *, struct sequencer_out *);
/* One rising edge. */
void sequencer_step(struct sequencer *, const struct sequencer_in *);

#endif
