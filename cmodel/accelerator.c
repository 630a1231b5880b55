/* accelerator.c - the array between its edges, with scalar unit and sequencer, one clock a call.
 * Twin: rtl/accelerator.v. SPDX-License-Identifier: Apache-2.0 */
#include "accelerator.h"
#include "geometry.h"
#include <stdlib.h>

dcom_status accelerator_create(struct accelerator *a, const dcom_config *config) {
    memset(a, 0, sizeof *a);
    a->config = *config;
    dcom_status status = dcom_array_create(config, &a->array);
    if (status) return status;
    const struct geometry *g = &a->array->geometry;
    const size_t w = (size_t)config->tile_channels * LANES * sizeof(uint32_t), v = w / 2;
    const size_t row = (row_edge_bytes(config->tile_tokens, config->basis_rows) + 63) / 64 * 64;
    uint8_t *at = a->memories = calloc(1, g->columns * (w + v) + g->rows * row);
    if (!at) return DCOM_E_MEMORY;
    for (unsigned k = 0; k < g->columns; k++, at += w + v)
        column_edge_init(&a->column[k], config->tile_channels, g->add_stages, (uint32_t *)(void *)at,
                         (uint16_t *)(void *)(at + w));
    for (unsigned k = 0; k < g->rows; k++, at += row)
        row_edge_init(&a->row[k], config->tile_tokens, config->basis_rows, g->rows, at);
    scalar_init(&a->scalar);
    a->geometry = (struct sequencer_geometry){.rows = g->rows,
                                              .banks = g->banks,
                                              .tile_tokens = config->tile_tokens,
                                              .row_bits = g->row_bits,
                                              .channel_bits = g->channel_bits,
                                              .basis_bits = geometry_bits(g->rows * config->basis_rows + 1),
                                              .repeat_bits = 8};
    sequencer_init(&a->sequencer, &a->geometry);
    return DCOM_OK;
}

void accelerator_release(struct accelerator *a) {
    dcom_array_destroy(a->array);
    free(a->memories);
    memset(a, 0, sizeof *a);
}

/* What all modules show before the clock. */
struct wires {
    dcom_array_out array;
    struct column_edge_out column[SPAN_MAX];
    struct row_edge_out row[SPAN_MAX];
    uint32_t peak[SPAN_MAX][8], chain[SPAN_MAX][16];
    struct sequencer_in in;
    struct sequencer_out sequencer;
    unsigned strobe; /* all column edges have a word of the candidate */
};

static void read_all(const struct accelerator *a, const struct accelerator_in *in, struct wires *w) {
    const unsigned rows = a->config.cluster_rows, columns = a->config.cluster_columns;
    unsigned column_idle = 1, row_idle = 1, lanes = 0, row_flags = 0;
    dcom_array_read(a->array, &w->array);
    w->strobe = 1;
    for (unsigned k = 0; k < columns; k++) {
        const struct column_edge_out *o = &w->column[k];
        column_edge_read(&a->column[k], &w->column[k]);
        column_idle &= o->feed_idle && o->take_idle && o->write_idle;
        lanes |= o->flags;
        w->strobe &= o->row_valid;
    }
    for (unsigned k = 0; k < rows; k++) {
        const struct row_edge_out *o = &w->row[k];
        row_edge_read(&a->row[k], &w->row[k]);
        row_idle &= o->feed_ready && o->take_ready;
        row_flags |= o->flags;
        memcpy(w->peak[k], o->peak, sizeof w->peak[k]);
        memcpy(w->chain[k], o->chain, sizeof w->chain[k]);
    }
    const unsigned column_flags = (unsigned)(lanes >> 8 != 0) << 1 | (unsigned)((lanes & 255) != 0);
    w->in = (struct sequencer_in){.rst = in->rst,
                                  .start_valid = in->start_valid,
                                  .job_tokens = in->job_tokens,
                                  .job_channels = in->job_channels,
                                  .job_rank = in->job_rank,
                                  .job_lanes = in->job_lanes,
                                  .job_warmup = in->job_warmup,
                                  .job_key = in->job_key,
                                  .job_limited = in->job_limited,
                                  .job_empty = in->job_empty,
                                  .block_taken = in->block_taken,
                                  .array_active = w->array.active,
                                  .column_idle = (uint8_t)column_idle,
                                  .column_flags = (uint8_t)column_flags,
                                  .row_idle = (uint8_t)row_idle,
                                  .row_flags = (uint8_t)row_flags,
                                  .row_peak = (const uint32_t(*)[8])w->peak,
                                  .row_chain = (const uint32_t(*)[16])w->chain,
                                  .program_ready = !a->scalar.running_q};
    memcpy(&w->in.flag, a->scalar.flag_q, sizeof w->in.flag);
    sequencer_read(&a->sequencer, &w->in, &w->sequencer);
    w->in.good = (uint8_t)scalar_good(&a->scalar, w->sequencer.width);
    w->in.register_read = a->scalar.mem[w->sequencer.busy ? w->sequencer.register_number : in->scalar_register];
    memcpy(w->in.word_h, w->row[w->sequencer.word_edge % rows].read_h, sizeof w->in.word_h);
}

void accelerator_step(struct accelerator *a, const struct accelerator_in *in) {
    const unsigned rows = a->config.cluster_rows, columns = a->config.cluster_columns;
    struct wires w;
    memset(&w, 0, sizeof w);
    read_all(a, in, &w);
    const struct sequencer_out *s = &w.sequencer;

    dcom_array_in array = {.rst = in->rst,
                           .command_valid = s->pass_valid,
                           .command_transpose = s->pass_transpose,
                           .command_lanes = s->pass_lanes,
                           .command_row = s->pass_row,
                           .command_rows = s->pass_rows,
                           .command_groups = in->job_channels >> 3,
                           .write_columns = (1u << columns) - 1};
    const unsigned candidate = s->rank + w.column[0].row_lane;
    if (s->busy) {
        array.write_valid = (uint8_t)w.strobe;
        array.write_cluster_row = (uint8_t)((candidate >> 3) % rows);
        array.write_row = (uint16_t)(((candidate >> 3) / rows * 8 + candidate % 8) + a->config.tile_tokens);
        array.write_channel = w.column[0].row_channel;
        for (unsigned k = 0; k < columns; k++)
            memcpy(array.write_data + 8 * k, w.column[k].row_data, sizeof w.column[k].row_data);
    } else {
        array.write_valid = in->load_valid;
        array.write_cluster_row = in->load_cluster_row;
        array.write_row = in->load_row;
        array.write_channel = in->load_channel;
        memcpy(array.write_data, in->load_data, sizeof array.write_data);
    }
    for (unsigned k = 0; k < columns; k++) {
        array.column_vector_valid |= (uint32_t)w.column[k].vector_valid << k;
        array.column_result_ready |= (uint32_t)w.column[k].result_ready << k;
        memcpy(array.column_vector_data + LANES * k, w.column[k].vector_data, sizeof w.column[k].vector_data);
    }
    for (unsigned k = 0; k < rows; k++) {
        array.row_vector_valid |= (uint32_t)w.row[k].vector_valid << k;
        array.row_result_ready |= (uint32_t)w.row[k].result_ready << k;
        memcpy(array.row_vector_data + LANES * k, w.row[k].vector_data, sizeof w.row[k].vector_data);
    }
    dcom_array_step(a->array, &array);

    for (unsigned k = 0; k < columns; k++) {
        struct column_edge_in e = {.rst = in->rst,
                                   .feed_valid = s->pass_valid && !s->pass_transpose,
                                   .feed_channels = in->job_channels,
                                   .feed_repeats = s->column_repeats,
                                   .take_valid = s->pass_valid && s->pass_transpose,
                                   .take_channels = in->job_channels,
                                   .take_subtract = s->column_subtract,
                                   .write_valid = s->pass_valid && s->pass_transpose,
                                   .write_channels = in->job_channels,
                                   .write_lanes = s->column_lanes,
                                   .write_follow = 1,
                                   .mask_valid = in->column_mask_valid >> k & 1,
                                   .mask_channel = in->column_mask_channel,
                                   .mask_bit = in->mask_zero,
                                   .read_channel = in->read_channel,
                                   .flags_clear = s->clear,
                                   .vector_ready = w.array.column_vector_ready >> k & 1,
                                   .result_valid = w.array.column_result_valid >> k & 1,
                                   .row_ready = w.strobe && w.array.write_ready};
        memcpy(e.result_data, w.array.column_result_data + LANES * k, sizeof e.result_data);
        column_edge_step(&a->column[k], &e);
    }
    for (unsigned k = 0; k < rows; k++) {
        struct row_edge_in e = {.rst = in->rst,
                                .index = (uint8_t)k,
                                .command_valid = s->row_valid,
                                .command_kind = s->row_kind,
                                .command_row = s->row_row,
                                .command_rows = s->pass_rows,
                                .command_repeats = (uint8_t)s->row_repeats,
                                .command_first = s->row_first,
                                .command_last = s->row_last,
                                .command_limit = s->row_limit,
                                .command_width = s->row_width,
                                .command_key = s->row_key,
                                .vector_ready = w.array.row_vector_ready >> k & 1,
                                .result_valid = w.array.row_result_valid >> k & 1,
                                .write_valid = s->word_write && s->word_edge == k,
                                .write_norm = s->word_norm,
                                .write_row = s->word_row,
                                .mask_valid = in->row_mask_valid >> k & 1,
                                .mask_row = in->row_mask_token,
                                .mask_zero = in->mask_zero,
                                .read_valid = s->word_read || s->block_valid,
                                .read_basis = !s->block_valid,
                                .read_row = s->block_valid ? in->read_token : s->word_row,
                                .clear = s->clear};
        memcpy(e.result_data, w.array.row_result_data + LANES * k, sizeof e.result_data);
        memcpy(e.write_data, s->word_data, sizeof e.write_data);
        row_edge_step(&a->row[k], &e);
    }
    const struct scalar_in scalar = {.rst = in->rst,
                                     .start_valid = s->program_valid,
                                     .start_program = s->program_number,
                                     .write_valid = s->busy ? s->register_write : in->scalar_write,
                                     .write_register = s->busy ? s->register_number : in->scalar_register,
                                     .write_data = s->busy ? s->register_data : in->scalar_data};
    scalar_step(&a->scalar, &scalar);
    sequencer_step(&a->sequencer, &w.in);
}

void accelerator_read(const struct accelerator *a, const struct accelerator_in *in, struct accelerator_out *out) {
    struct wires w;
    memset(&w, 0, sizeof w);
    memset(out, 0, sizeof *out);
    read_all(a, in, &w);
    const struct sequencer_out *s = &w.sequencer;
    out->busy = s->busy;
    out->stop = s->stop;
    out->flags = s->flags;
    out->block_valid = s->block_valid;
    out->block_columns = s->block_columns;
    out->load_ready = !s->busy && w.array.write_ready;
    out->rank = s->rank;
    out->passes = s->passes;
    out->rounds = s->rounds;
    out->deflations = s->deflations;
    out->scalar_read = w.in.register_read;
    memcpy(out->scalar_flag, a->scalar.flag_q, sizeof out->scalar_flag);
    for (unsigned k = 0; k < a->config.cluster_columns; k++)
        memcpy(out->read_v + LANES * k, w.column[k].read_data, sizeof w.column[k].read_data);
    for (unsigned k = 0; k < a->config.cluster_rows; k++)
        memcpy(out->read_p + LANES * k, w.row[k].read_p, sizeof w.row[k].read_p);
}
