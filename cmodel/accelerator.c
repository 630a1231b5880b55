/* accelerator.c - the whole co-accelerator behind AXI, one clock a call.
 * Twin: rtl/accelerator.v. SPDX-License-Identifier: Apache-2.0 */
#include "accelerator.h"
#include "geometry.h"
#include <stdlib.h>

static size_t lines(size_t bytes) { return (bytes + 63) / 64 * 64; }

static dcom_status create_parts(struct accelerator *a, const dcom_config *config) {
    a->config = *config;
    a->config_id = dcom_config_id(config);
    dcom_status status = dcom_array_create(config, &a->array);
    if (status) return status;
    const struct geometry *g = &a->array->geometry;
    const size_t v = (size_t)config->tile_channels * LANES * sizeof(uint16_t), column = lines(4 * v);
    const size_t statistics = lines(statistics_bytes(config->tile_channels));
    const size_t row = lines(row_edge_bytes(config->tile_tokens, config->basis_rows));
    a->memory_bytes = g->columns * (column + statistics) + g->rows * row;
    uint8_t *at = a->memories = calloc(1, a->memory_bytes);
    if (!at) return DCOM_E_MEMORY;
    for (unsigned k = 0; k < g->columns; k++, at += column + statistics) {
        column_edge_init(&a->column[k], config->tile_channels, g->add_stages, (uint32_t *)(void *)at,
                         (uint16_t *)(void *)(at + 2 * v), (uint16_t *)(void *)(at + 3 * v));
        statistics_init(&a->statistics[k], config->tile_channels, at + column);
    }
    for (unsigned k = 0; k < g->rows; k++, at += row)
        row_edge_init(&a->row[k], config->tile_tokens, config->basis_rows, g->rows, at);
    a->geometry = (struct sequencer_geometry){.rows = g->rows,
                                              .columns = g->columns,
                                              .banks = g->banks,
                                              .tile_tokens = config->tile_tokens,
                                              .row_bits = g->row_bits,
                                              .channel_bits = g->channel_bits,
                                              .basis_bits = geometry_bits(g->rows * config->basis_rows + 1),
                                              .repeat_bits = 8};
    sequencer_init(&a->sequencer, &a->geometry);
    scalar_init(&a->scalar);
    a->csr.counters = ACCELERATOR_COUNTER_COUNT;
    loader_init(&a->loader, g->rows, g->columns);
    selector_init(&a->selector, g->columns);
    store_init(&a->store, g->rows, g->columns);
    counters_init(&a->counters, ACCELERATOR_COUNTER_COUNT);
    return DCOM_OK;
}

dcom_status dcom_accelerator_create(const dcom_config *config, dcom_accelerator **out) {
    const size_t bytes = lines(sizeof **out);
    struct accelerator *a = aligned_alloc(64, bytes);
    *out = NULL;
    if (!a) return DCOM_E_MEMORY;
    memset(a, 0, bytes);
    const dcom_status status = create_parts(a, config);
    if (status)
        dcom_accelerator_destroy(a);
    else
        *out = a;
    return status;
}

void dcom_accelerator_destroy(dcom_accelerator *a) {
    if (!a) return;
    dcom_array_destroy(a->array);
    free(a->memories);
    free(a);
}

/* ---- snapshot: the registers, the memories of the edges, the array ---- */

size_t dcom_accelerator_bytes(const dcom_accelerator *a) {
    return lines(sizeof *a) + lines(a->memory_bytes) + dcom_array_bytes(a->array);
}

void dcom_accelerator_save(const dcom_accelerator *a, void *snapshot) {
    uint8_t *at = snapshot;
    memcpy(at, a, sizeof *a);
    memcpy(at += lines(sizeof *a), a->memories, a->memory_bytes);
    dcom_array_save(a->array, at + lines(a->memory_bytes));
}

/* A pointer into the memories that `of` was saved with, into those of `a`. */
static void *moved(const struct accelerator *a, const uint8_t *of, const void *pointer) {
    return a->memories + ((uintptr_t)pointer - (uintptr_t)of);
}

void dcom_accelerator_restore(dcom_accelerator *a, const void *snapshot) {
    const uint8_t *at = snapshot;
    dcom_array *array = a->array;
    uint8_t *memories = a->memories;
    memcpy(a, at, sizeof *a);
    const uint8_t *of = a->memories;
    a->array = array;
    a->memories = memories;
    memcpy(memories, at += lines(sizeof *a), a->memory_bytes);
    dcom_array_restore(array, at + lines(a->memory_bytes));
    for (unsigned k = 0; k < a->config.cluster_columns; k++) {
        struct column_edge *e = &a->column[k];
        struct statistics *s = &a->statistics[k];
        e->w.mem = moved(a, of, e->w.mem), e->v.mem = moved(a, of, e->v.mem), e->out.mem = moved(a, of, e->out.mem);
        s->whole.mem = moved(a, of, s->whole.mem), s->kept.mem = moved(a, of, s->kept.mem);
        s->peak.mem = moved(a, of, s->peak.mem);
    }
    for (unsigned k = 0; k < a->config.cluster_rows; k++) {
        struct row_edge *e = &a->row[k];
        e->p.mem = moved(a, of, e->p.mem), e->out.mem = moved(a, of, e->out.mem), e->h.mem = moved(a, of, e->h.mem);
        e->overlap.mem = moved(a, of, e->overlap.mem), e->norm.mem = moved(a, of, e->norm.mem);
    }
}

/* ---- what all modules show before the clock ---- */

struct wires {
    struct csr_out csr;
    struct loader_out loader;
    struct selector_out selector;
    struct store_out store;
    struct scalar_out scalar;
    struct statistics_out statistics[SPAN_MAX];
    struct column_edge_out column[SPAN_MAX];
    struct row_edge_out row[SPAN_MAX];
    dcom_array_out array;
    struct sequencer_in in;
    struct sequencer_out sequencer;
    unsigned strobe; /* all column edges have a word of the candidate */
    unsigned statistics_ready, statistics_idle, column_idle, row_idle, columns_move, rows_move;
    uint16_t turn_x[LANES];
};

static void read_columns(const struct accelerator *a, struct wires *w) {
    unsigned lanes = 0, moves = 0;
    w->strobe = w->column_idle = w->statistics_idle = 1;
    for (unsigned k = 0; k < a->config.cluster_columns; k++) {
        const struct column_edge_out *o = &w->column[k];
        column_edge_read(&a->column[k], &w->column[k]);
        statistics_read(&a->statistics[k], &w->statistics[k]);
        w->column_idle &= o->feed_idle && o->take_idle && o->write_idle;
        w->strobe &= o->row_valid;
        w->statistics_idle &= w->statistics[k].idle;
        lanes |= o->flags;
        moves |= (o->vector_valid && w->array.column_vector_ready >> k & 1) ||
                 (o->result_ready && w->array.column_result_valid >> k & 1);
    }
    w->columns_move = moves;
    w->in.column_flags = (uint8_t)((unsigned)(lanes >> 8 != 0) << 1 | (unsigned)((lanes & 255) != 0));
    w->in.column_idle = (uint8_t)w->column_idle;
}

static void read_rows(const struct accelerator *a, struct wires *w) {
    unsigned flags = 0, moves = 0;
    w->row_idle = 1;
    for (unsigned k = 0; k < a->config.cluster_rows; k++) {
        const struct row_edge_out *o = &w->row[k];
        row_edge_read(&a->row[k], &w->row[k]);
        w->row_idle &= o->feed_ready && o->take_ready;
        flags |= o->flags;
        moves |= (o->vector_valid && w->array.row_vector_ready >> k & 1) ||
                 (o->result_ready && w->array.row_result_valid >> k & 1);
        for (unsigned e = 0; e < LANES; e++)
            if (o->peak[e] > w->in.peak[e]) w->in.peak[e] = o->peak[e];
    }
    w->rows_move = moves;
    w->in.row_flags = (uint8_t)flags;
    w->in.row_idle = (uint8_t)w->row_idle;
}

/* The loader beside what its writes wait for. */
static void read_loader(const struct accelerator *a, struct wires *w) {
    w->statistics_ready = 1;
    for (unsigned k = 0; k < a->config.cluster_columns; k++)
        w->statistics_ready &= statistics_ready(&a->statistics[k], a->loader.write_group_q);
    const struct loader_in in = {.write_ready = w->array.write_ready && !w->strobe,
                                 .statistics_ready = (uint8_t)w->statistics_ready};
    loader_read(&a->loader, &in, &w->loader);
}

static void read_sequencer(const struct accelerator *a, struct wires *w) {
    const struct csr_out *c = &w->csr;
    struct sequencer_in *in = &w->in;
    in->start_valid = c->start;
    in->job_command = c->command;
    in->job_tokens = c->tokens;
    in->job_channels = c->channels;
    in->job_rank = c->rank;
    in->job_lanes = c->expansion;
    in->job_warmup = c->warmup;
    in->job_seed = c->seed;
    in->abort_job = c->abort_job;
    in->queued_load = c->queued && c->queued_command == CSR_COMMAND_LOAD;
    in->queued_tokens = c->queued_tokens;
    in->loader_ready = w->loader.start_ready;
    in->loader_loaded = w->loader.loaded;
    in->loader_failed = w->loader.failed;
    in->loader_framing = w->loader.framing;
    in->loader_block = w->loader.block_loaded;
    in->loader_chunks = w->loader.chunks;
    in->selector_idle = w->selector.idle;
    in->store_ready = w->store.start_ready;
    in->array_active = w->array.active;
    sequencer_read(&a->sequencer, in, &w->sequencer);
    const struct sequencer_out *s = &w->sequencer;
    const unsigned turning = s->row_kind == ROW_TURN, rows = a->config.cluster_rows;
    const struct scalar_in shown = {.width = s->width,
                                    .edges = (uint8_t)(s->sum_columns ? a->config.cluster_columns : rows),
                                    .read_row =
                                        turning ? (uint8_t)(SCALAR_X + w->row[0].turn_index) : s->register_row,
                                    .read_packed = turning || s->register_packed};
    const struct scalar_out *o = &w->scalar;
    scalar_read(&a->scalar, &shown, &w->scalar);
    in->program_ready = o->start_ready;
    in->good = o->good;
    in->any_far = o->any_far;
    in->kept = o->kept;
    in->reached = o->reached;
    in->noise = o->noise;
    in->possible = o->possible;
    in->residual_within = o->residual_within;
    in->limited = o->limited;
    in->empty = o->empty;
    in->overflow = o->overflow;
    memcpy(in->register_read, o->read_data, sizeof in->register_read);
    memcpy(in->word_h, w->row[s->word_edge % rows].read_h, sizeof in->word_h);
    sequencer_words(&a->sequencer, in, &w->sequencer);
    if (turning)
        for (unsigned e = 0; e < LANES; e++)
            w->turn_x[e] = fp_to_bf16(in->register_read[e]);
}

static void read_all(const struct accelerator *a, struct wires *w) {
    csr_read(&a->csr, &w->csr);
    dcom_array_read(a->array, &w->array);
    store_read(&a->store, &w->store);
    read_columns(a, w);
    read_rows(a, w);
    selector_read(&a->selector, w->statistics_idle, &w->selector);
    read_loader(a, w);
    read_sequencer(a, w);
}

/* ---- one clock of each ---- */

static void step_csr(struct accelerator *a, const dcom_accelerator_in *in, const struct wires *w) {
    const struct sequencer_out *s = &w->sequencer;
    const dcom_config *g = &a->config;
    struct csr_in c = {.rst = in->rst,
                       .axi_awvalid = in->axi_awvalid,
                       .axi_wvalid = in->axi_wvalid,
                       .axi_wstrb = in->axi_wstrb,
                       .axi_bready = in->axi_bready,
                       .axi_arvalid = in->axi_arvalid,
                       .axi_rready = in->axi_rready,
                       .axi_awaddr = in->axi_awaddr,
                       .axi_araddr = in->axi_araddr,
                       .axi_wdata = in->axi_wdata,
                       .config_id = a->config_id,
                       .cluster_rows = (uint8_t)g->cluster_rows,
                       .cluster_columns = (uint8_t)g->cluster_columns,
                       .mac_stages = (uint8_t)g->mac_stages,
                       .tile_tokens = (uint16_t)g->tile_tokens,
                       .tile_channels = (uint16_t)g->tile_channels,
                       .basis_rows = (uint16_t)g->basis_rows,
                       .busy = s->busy,
                       .done = s->done,
                       .stop = s->stop,
                       .flags = s->flags,
                       .result_rank = s->rank,
                       .passes = s->passes,
                       .rounds = s->rounds,
                       .deflations = s->deflations,
                       .certificate = w->scalar.certificate,
                       .bound = w->scalar.bound};
    memcpy(c.counters, a->counters.count_q, ACCELERATOR_COUNTER_COUNT * sizeof c.counters[0]);
    csr_step(&a->csr, &c);
}

static void step_array(struct accelerator *a, const dcom_accelerator_in *in, const struct wires *w) {
    const unsigned rows = a->config.cluster_rows, columns = a->config.cluster_columns;
    const struct sequencer_out *s = &w->sequencer;
    const unsigned candidate = s->rank + w->column[0].row_lane;
    dcom_array_in array;
    array.rst = in->rst;
    array.command_valid = s->pass_valid;
    array.command_transpose = s->pass_transpose;
    array.command_lanes = s->pass_lanes;
    array.command_row = (uint16_t)s->pass_row;
    array.command_rows = (uint16_t)s->pass_rows;
    array.command_groups = (uint16_t)s->pass_groups;
    array.basis_used = (uint16_t)s->row_last;
    array.write_columns = (1u << columns) - 1;
    array.write_valid = w->strobe || w->loader.write_valid;
    array.write_cluster_row = w->loader.write_cluster_row;
    array.write_row = w->loader.write_row;
    array.write_channel = w->loader.write_channel;
    if (w->strobe) {
        array.write_cluster_row = (uint8_t)((candidate >> 3) % rows);
        array.write_row = (uint16_t)(((candidate >> 3) / rows * 8 + candidate % 8) + a->config.tile_tokens);
        array.write_channel = w->column[0].row_channel;
        for (unsigned k = 0; k < columns; k++)
            memcpy(array.write_data + 8 * k, w->column[k].row_data, sizeof w->column[k].row_data);
    } else if (w->loader.write_valid) {
        memcpy(array.write_data, w->loader.write_data, 16 * columns);
    }
    array.column_vector_valid = array.column_result_ready = array.row_vector_valid = array.row_result_ready = 0;
    for (unsigned k = 0; k < columns; k++) {
        array.column_vector_valid |= (uint32_t)w->column[k].vector_valid << k;
        array.column_result_ready |= (uint32_t)w->column[k].result_ready << k;
        memcpy(array.column_vector_data + LANES * k, w->column[k].vector_data, sizeof w->column[k].vector_data);
    }
    for (unsigned k = 0; k < rows; k++) {
        array.row_vector_valid |= (uint32_t)w->row[k].vector_valid << k;
        array.row_result_ready |= (uint32_t)w->row[k].result_ready << k;
        memcpy(array.row_vector_data + LANES * k, w->row[k].vector_data, sizeof w->row[k].vector_data);
    }
    dcom_array_step(a->array, &array);
}

static void step_columns(struct accelerator *a, const dcom_accelerator_in *in, const struct wires *w) {
    const struct sequencer_out *s = &w->sequencer;
    const struct selector_out *choice = &w->selector;
    const uint16_t channels = (uint16_t)(s->pass_groups << 3);
    for (unsigned k = 0; k < a->config.cluster_columns; k++) {
        const unsigned choose = choice->choose_valid && choice->column == k;
        struct column_edge_in e = {.rst = in->rst,
                                   .feed_valid = s->pass_valid && !s->pass_transpose,
                                   .feed_channels = channels,
                                   .feed_repeats = (uint16_t)s->column_repeats,
                                   .feed_copy = s->column_copy,
                                   .take_valid = s->pass_valid && s->pass_transpose,
                                   .take_channels = channels,
                                   .take_mode = s->column_mode,
                                   .take_copy = s->column_copy,
                                   .write_valid = s->pass_valid && s->pass_transpose && s->column_write,
                                   .write_channels = channels,
                                   .write_lanes = s->column_lanes,
                                   .mask_clear = choice->clear_chosen,
                                   .mask_valid = (uint8_t)choose,
                                   .mask_channel = choice->choose_channel,
                                   .mask_bit = 1,
                                   .out_read = w->store.out_read,
                                   .out_channel = w->store.out_channel,
                                   .flags_clear = s->clear,
                                   .vector_ready = w->array.column_vector_ready >> k & 1,
                                   .result_valid = w->array.column_result_valid >> k & 1,
                                   .row_ready = w->strobe && w->array.write_ready};
        if (e.result_valid) memcpy(e.result_data, w->array.column_result_data + LANES * k, sizeof e.result_data);
        column_edge_step(&a->column[k], &e);
        struct statistics_in t = {.rst = in->rst,
                                  .valid = w->loader.statistics_valid,
                                  .first = w->loader.statistics_first,
                                  .exact = w->loader.statistics_exact,
                                  .group = w->loader.statistics_group,
                                  .scan_start = choice->scan_start,
                                  .sum_start = choice->sum_start,
                                  .groups = choice->groups,
                                  .last_lanes = choice->last_lanes[k],
                                  .clear_chosen = choice->clear_chosen,
                                  .choose_valid = (uint8_t)choose,
                                  .choose_channel = choice->choose_channel};
        if (t.valid) memcpy(t.data, w->loader.write_data + 8 * k, sizeof t.data);
        statistics_step(&a->statistics[k], &t);
    }
}

static void step_rows(struct accelerator *a, const dcom_accelerator_in *in, const struct wires *w) {
    const struct sequencer_out *s = &w->sequencer;
    for (unsigned k = 0; k < a->config.cluster_rows; k++) {
        struct row_edge_in e = {.rst = in->rst,
                                .index = (uint8_t)k,
                                .job_tokens = w->csr.tokens,
                                .exact_count = w->csr.exact_count,
                                .command_valid = s->row_valid,
                                .command_kind = s->row_kind,
                                .command_row = (uint16_t)s->row_row,
                                .command_rows = (uint16_t)s->pass_rows,
                                .command_repeats = (uint8_t)s->row_repeats,
                                .command_first = s->row_first,
                                .command_last = s->row_last,
                                .command_limit = s->row_limit,
                                .command_width = s->row_width,
                                .command_key = s->row_key,
                                .vector_ready = w->array.row_vector_ready >> k & 1,
                                .result_valid = w->array.row_result_valid >> k & 1,
                                .write_valid = s->word_write && s->word_edge == k,
                                .write_norm = s->word_norm,
                                .write_row = (uint16_t)s->word_row,
                                .load_valid = w->loader.row_valid && w->loader.row_edge == k,
                                .load_row = w->loader.row_row,
                                .read_valid = s->word_read,
                                .read_row = (uint16_t)s->word_row,
                                .out_read = w->store.out_read_p,
                                .out_row = w->store.out_row,
                                .clear = s->clear};
        memcpy(e.exact_tokens, w->csr.exact_tokens, sizeof e.exact_tokens);
        memcpy(e.turn_x, w->turn_x, sizeof e.turn_x);
        if (e.result_valid) memcpy(e.result_data, w->array.row_result_data + LANES * k, sizeof e.result_data);
        if (e.write_valid) memcpy(e.write_data, s->word_data, sizeof e.write_data);
        if (e.load_valid) memcpy(e.load_data, w->loader.row_data, sizeof e.load_data);
        row_edge_step(&a->row[k], &e);
    }
}

static void step_scalar(struct accelerator *a, const dcom_accelerator_in *in, const struct wires *w) {
    const struct sequencer_out *s = &w->sequencer;
    struct scalar_in c = {.rst = in->rst,
                          .start_valid = s->program_valid,
                          .start_program = s->program_number,
                          .width = s->width,
                          .edges = (uint8_t)(s->sum_columns ? a->config.cluster_columns : a->config.cluster_rows),
                          .write_valid = s->register_write,
                          .write_row = s->register_row,
                          .job_tolerance = w->csr.tolerance};
    const unsigned edge = w->scalar.edge_number, half = 8 * w->scalar.edge_half;
    if (s->sum_columns)
        memcpy(c.edge_data, a->statistics[edge].chain_q + half, sizeof c.edge_data);
    else
        memcpy(c.edge_data, a->row[edge].chain_q + half, sizeof c.edge_data);
    memcpy(c.write_data, s->register_data, sizeof c.write_data);
    scalar_step(&a->scalar, &c);
}

static void step_loader(struct accelerator *a, const dcom_accelerator_in *in, const struct wires *w) {
    const struct sequencer_out *s = &w->sequencer;
    const struct csr_out *c = &w->csr;
    struct loader_in l = {.rst = in->rst,
                          .start_valid = s->loader_start,
                          .start_vectors = s->loader_vectors,
                          .start_tokens = s->loader_ahead ? c->queued_tokens : c->tokens,
                          .start_channels = s->loader_ahead ? c->queued_channels : c->channels,
                          .start_blocks = s->loader_blocks,
                          .start_base = (uint16_t)s->loader_base,
                          .start_exact_count = s->loader_ahead ? c->queued_exact_count : c->exact_count,
                          .abort_job = s->loader_abort,
                          .block_next = s->loader_next,
                          .s_axis_tvalid = in->s_axis_tvalid,
                          .s_axis_tlast = in->s_axis_tlast,
                          .write_ready = w->array.write_ready && !w->strobe,
                          .statistics_ready = (uint8_t)w->statistics_ready};
    memcpy(l.start_exact_tokens, s->loader_ahead ? c->queued_exact_tokens : c->exact_tokens,
           sizeof l.start_exact_tokens);
    if (in->s_axis_tvalid) memcpy(l.s_axis_tdata, in->s_axis_tdata, 16 * a->config.cluster_columns);
    loader_step(&a->loader, &l);
}

static void step_selector(struct accelerator *a, const dcom_accelerator_in *in, const struct wires *w) {
    struct selector_in c = {.rst = in->rst,
                            .start = w->sequencer.selector_start,
                            .count = w->csr.outliers,
                            .channels = w->csr.channels,
                            .start_groups = (uint16_t)w->sequencer.pass_groups,
                            .statistics_idle = (uint8_t)w->statistics_idle};
    for (unsigned k = 0; k < a->config.cluster_columns; k++) {
        c.best_valid[k] = w->statistics[k].best_valid;
        c.best_peak[k] = w->statistics[k].best_peak;
        c.best_channel[k] = w->statistics[k].best_channel;
    }
    selector_step(&a->selector, &c);
}

static void step_store(struct accelerator *a, const dcom_accelerator_in *in, const struct wires *w) {
    const struct sequencer_out *s = &w->sequencer;
    struct store_in c = {.rst = in->rst,
                         .start_valid = s->store_start,
                         .start_outliers = s->store_packets & 1,
                         .start_v = s->store_packets >> 1 & 1,
                         .start_p = s->store_packets >> 2 & 1,
                         .start_z = s->store_z,
                         .start_columns = s->store_columns,
                         .start_tokens = w->csr.tokens,
                         .start_channels = w->csr.channels,
                         .m_axis_tready = in->m_axis_tready};
    unsigned edge;
    for (unsigned k = 0; k < a->config.cluster_columns; k++)
        c.chosen_bits[k] = statistics_chosen(&a->statistics[k], w->store.chosen_group);
    switch (store_edge(&a->store, &edge)) {
    case STORE_V:
        memcpy(c.column_data[edge], w->column[edge].out_data, sizeof c.column_data[edge]);
        break;
    case STORE_P:
        memcpy(c.row_data[edge], w->row[edge].out_data, sizeof c.row_data[edge]);
        break;
    }
    store_step(&a->store, &c);
}

static void step_counters(struct accelerator *a, const dcom_accelerator_in *in, const struct wires *w) {
    const struct sequencer_out *s = &w->sequencer;
    const unsigned beat = w->loader.s_axis_tready, sends = w->store.m_axis_tvalid;
    const unsigned scalar = w->scalar.start_ready ? 0 : w->scalar.issued ? 1 : 2;
    const unsigned columns = w->columns_move  ? 1
                             : w->column_idle ? 0
                                              : 2,
                   rows = w->rows_move  ? 1
                          : w->row_idle ? 0
                                        : 2;
    struct counters_in c = {.rst = in->rst};
    c.events = 1 | (uint64_t)1 << (1 + s->activity) | (uint64_t)1 << (10 + w->array.activity) |
               (uint64_t)1 << (15 + (beat                    ? (in->s_axis_tvalid ? 1 : 2)
                                     : w->loader.start_ready ? 0
                                                             : 3)) |
               (uint64_t)1 << (19 + (sends                  ? (in->m_axis_tready ? 1 : 2)
                                     : w->store.start_ready ? 0
                                                            : 3)) |
               (uint64_t)1 << (23 + scalar) | (uint64_t)1 << (26 + columns) | (uint64_t)1 << (29 + rows);
    if (!s->busy && w->loader.start_ready && w->store.start_ready) c.events = 0; /* nothing is at work */
    counters_step(&a->counters, &c);
}

void dcom_accelerator_step(dcom_accelerator *a, const dcom_accelerator_in *in) {
    struct wires w;
    memset(&w.in, 0, sizeof w.in);
    memset(w.turn_x, 0, sizeof w.turn_x);
    read_all(a, &w);
    w.in.rst = in->rst;
    step_csr(a, in, &w);
    step_counters(a, in, &w);
    step_scalar(a, in, &w);
    step_store(a, in, &w);
    step_selector(a, in, &w);
    step_array(a, in, &w);
    step_columns(a, in, &w);
    step_rows(a, in, &w);
    step_loader(a, in, &w); /* after those that take its data */
    sequencer_step(&a->sequencer, &w.in);
}

void dcom_accelerator_read(const dcom_accelerator *a, dcom_accelerator_out *out) {
    struct wires w;
    csr_read(&a->csr, &w.csr);
    store_read(&a->store, &w.store);
    w.array.write_ready = a->array->write.ready_q;
    w.strobe = 1;
    for (unsigned k = 0; k < a->config.cluster_columns; k++)
        w.strobe &= a->column[k].row_valid_q;
    read_loader(a, &w);
    memset(out, 0, sizeof *out);
    out->axi_awready = w.csr.axi_awready;
    out->axi_wready = w.csr.axi_wready;
    out->axi_bvalid = w.csr.axi_bvalid;
    out->axi_bresp = w.csr.axi_bresp;
    out->axi_arready = w.csr.axi_arready;
    out->axi_rvalid = w.csr.axi_rvalid;
    out->axi_rresp = w.csr.axi_rresp;
    out->axi_rdata = w.csr.axi_rdata;
    out->s_axis_tready = w.loader.s_axis_tready;
    out->m_axis_tvalid = w.store.m_axis_tvalid;
    out->m_axis_tuser = w.store.m_axis_tuser;
    out->m_axis_tlast = w.store.m_axis_tlast;
    memcpy(out->m_axis_tdata, w.store.m_axis_tdata, sizeof out->m_axis_tdata);
}
