/* sequencer.h - runs a decomposition on the array, its edges and the scalar unit, clock by clock.
 * SPDX-License-Identifier: Apache-2.0
 *
 * What rtl/sequencer.v is, under its names; its header explains the activities and where they return to. */
#ifndef DCOM_SEQUENCER_H
#define DCOM_SEQUENCER_H

#include <stdint.h>

/* state_q, then_q, sum_then_q */
enum sequencer_state {
    SEQUENCER_IDLE,
    SEQUENCER_NEXT,
    SEQUENCER_MEASURE,
    SEQUENCER_PASS,
    SEQUENCER_WAIT,
    SEQUENCER_GRAM_READ,
    SEQUENCER_GRAM_WRITE,
    SEQUENCER_PEAK,
    SEQUENCER_MEASURED,
    SEQUENCER_WALK,
    SEQUENCER_RUN,
    SEQUENCER_RUNNING,
    SEQUENCER_SUM,
    SEQUENCER_CHAIN,
    SEQUENCER_SETTLED,
    SEQUENCER_FLOORS,
    SEQUENCER_FILL,
    SEQUENCER_JUDGED,
    SEQUENCER_GATHER,
    SEQUENCER_PUT,
    SEQUENCER_PACK,
    SEQUENCER_COMBINED,
    SEQUENCER_DONE,
    SEQUENCER_DECIDE,
    SEQUENCER_MULTIPLIED,
    SEQUENCER_NORM,
    SEQUENCER_NORM_PUT,
    SEQUENCER_CERTIFIED,
    SEQUENCER_APPENDED,
    SEQUENCER_STORE,
    SEQUENCER_ENDED,
    SEQUENCER_INVERTED,
};

/* The module's parameters. */
struct sequencer_geometry {
    unsigned rows, banks, tile_tokens, row_bits, channel_bits, basis_bits, repeat_bits;
};

/* The input ports on one clock, each within its width. */
struct sequencer_in {
    uint8_t rst;
    /* job */
    uint8_t start_valid, job_lanes, job_warmup, job_limited, job_empty;
    uint32_t job_tokens, job_channels, job_rank, job_key;
    uint8_t block_taken;
    /* array and edges */
    uint8_t array_active, column_idle, column_flags, row_idle, row_flags;
    const uint32_t (*row_peak)[8];   /* of each row edge: FP32 magnitudes; read in PEAK */
    const uint32_t (*row_chain)[16]; /* of each row edge: FP32, both chains of 8 lanes; read in CHAIN */
    uint32_t word_h[8];              /* FP32 */
    /* scalar unit */
    uint8_t program_ready, good;
    uint32_t register_read; /* of the output register_number of this clock; no output hangs on it */
    uint64_t flag;
};

/* The output ports on one clock. */
struct sequencer_out {
    uint8_t busy, stop, flags;
    uint32_t rank;
    uint16_t passes, rounds, deflations;
    uint8_t block_valid, block_columns;
    /* array and edges */
    uint8_t pass_valid, pass_transpose, pass_lanes;
    uint32_t pass_row, pass_rows;
    uint8_t column_subtract, column_lanes, clear;
    uint32_t column_repeats;
    uint8_t row_valid, row_kind, row_width;
    uint32_t row_row, row_repeats, row_first, row_last, row_limit, row_key;
    uint8_t word_edge, word_read, word_write, word_norm;
    uint32_t word_row, word_data[8];
    /* scalar unit */
    uint8_t program_valid, program_number, register_write, register_number;
    uint32_t register_data;
    uint8_t width;
};

struct sequencer {
    struct sequencer_geometry geometry;
    uint8_t state_q, then_q, sum_then_q; /* enum sequencer_state */
    uint8_t stop_q, round_q, flags_q, why_q;
    uint16_t rows_q, from_q;
    uint16_t passes_q, rounds_q, deflations_q;
    uint8_t width_q, fresh_q, barren_q, kept_q;
    uint32_t key_q;
    uint8_t pending_q, picking_q, bound_q, stored_q, chosen_q;
    /* a pass or walk */
    uint8_t transpose_q, subtract_q, kind_q, lanes_q, tokens_q;
    uint16_t first_q, last_q;
    /* a program, and the moving of words */
    uint8_t program_q, edge_q, column_q, lane_q, slot_q, count_q;
    uint32_t word_q[8];
};

/* All registers 0. */
void sequencer_init(struct sequencer *, const struct sequencer_geometry *);
/* What the output ports show before the next edge. */
void sequencer_read(const struct sequencer *, const struct sequencer_in *, struct sequencer_out *);
/* One rising edge. */
void sequencer_step(struct sequencer *, const struct sequencer_in *);

#endif
