/* loader.c - takes the input stream apart: a matrix goes to the write port of the tile memories and to the
 * statistics, vectors go to the row edges. Twin: rtl/loader.v, whose header has the stages. SPDX-License-Identifier:
 * Apache-2.0 */
#include "loader.h"

#include <string.h>

enum { IDLE, MATRIX, FILL, VECTORS, PAUSE, DISCARD }; /* states */

void loader_init(struct loader *l, unsigned rows, unsigned columns) {
    *l = (struct loader){.rows = rows, .columns = columns};
}

static unsigned taken(const struct loader *l, const struct loader_in *in) {
    return l->write_valid_q && in->write_ready && (l->write_zero_q || in->statistics_ready);
}
static unsigned streams(const struct loader *l) { return l->state_q == MATRIX || l->state_q == VECTORS; }
static unsigned tready(const struct loader *l, const struct loader_in *in) {
    return (streams(l) && (!l->write_valid_q || taken(l, in))) || l->state_q == DISCARD;
}

void loader_read(const struct loader *l, const struct loader_in *in, struct loader_out *out) {
    out->start_ready = l->state_q == IDLE && !l->write_valid_q;
    out->s_axis_tready = (uint8_t)tready(l, in);
    out->write_valid = l->write_valid_q && (l->write_zero_q || in->statistics_ready);
    out->write_cluster_row = out->row_edge = l->write_cluster_row_q;
    out->write_row = out->row_row = l->write_row_q;
    out->write_channel = (uint16_t)(8 * l->write_group_q);
    out->write_data = out->row_data = l->data_q;
    out->statistics_valid = l->write_valid_q && !l->write_zero_q && in->write_ready;
    out->statistics_first = l->write_first_q;
    out->statistics_exact = l->write_exact_q;
    out->statistics_group = l->write_group_q;
    out->chunks = l->chunks_q;
    out->loaded = l->loaded_q;
    out->row_valid = l->row_valid_q;
    out->block_loaded = l->state_q == PAUSE && !l->row_valid_q;
    out->framing = l->framing_q;
    out->failed = l->failed_q;
}

static void start_job(struct loader *l, const struct loader_in *in) {
    l->tokens_q = in->start_tokens;
    l->channels_q = in->start_channels;
    l->blocks_q = in->start_blocks;
    l->exact_count_q = in->start_exact_count;
    for (unsigned k = 0; k < LOADER_EXACT_TOKENS; k++)
        exact_tokens_set(&l->exact_tokens_q, k, in->start_exact_tokens[k]);
    l->chunks_q = 0;
    l->loaded_q = l->failed_q = 0;
}

static unsigned is_exact(const struct loader *l) {
    for (unsigned k = 0; k < LOADER_EXACT_TOKENS && k < l->exact_count_q; k++)
        if (exact_tokens_get(&l->exact_tokens_q, k) == l->token_q) return 1;
    return 0;
}

/* Stage 0: what a beat, or a row of +0, is the end of. */
struct ends {
    unsigned token, row, round, block, chunk;
};

static struct ends ends_of(const struct loader *l) {
    struct ends e;
    e.token = l->state_q == VECTORS || l->left_q <= 8 * l->columns;
    e.row = l->token_q % 8 == 7;
    e.round = l->cluster_row_q == l->rows - 1;
    e.block = e.token && l->token_q + 1 == l->tokens_q;
    e.chunk = e.token && e.row && e.round;
    return e;
}

/* Stage 0 -> 1. */
static void hold(struct loader *l, const struct loader_in *in, const struct ends *e) {
    uint32_t limit = l->state_q == VECTORS ? 8 : l->state_q == MATRIX ? l->left_q : 0;
    if (limit > 8 * l->columns) limit = 8 * l->columns;
    memcpy(l->data_q, in->s_axis_tdata, limit * sizeof *l->data_q);
    memset(l->data_q + limit, 0, (8 * l->columns - limit) * sizeof *l->data_q);
    l->write_cluster_row_q = l->cluster_row_q;
    l->write_row_q = l->row_q;
    l->write_group_q = l->group_q;
    l->write_zero_q = l->state_q == FILL;
    l->write_first_q = l->token_q == 0;
    l->write_exact_q = (uint8_t)is_exact(l);
    l->chunk_end_q = (uint8_t)e->chunk;
    l->final_q = e->chunk && (l->state_q == FILL || e->block);
}

/* Stage 0: on to the next. */
static void advance(struct loader *l, const struct ends *e) {
    l->left_q = e->token ? l->channels_q : l->left_q - 8 * l->columns;
    l->group_q = e->token ? 0 : l->group_q + 1;
    if (!e->token) return;
    l->token_q++;
    l->row_q = (uint16_t)(e->row && !e->round ? l->row_q - 7 : l->row_q + 1);
    if (e->row) l->cluster_row_q = e->round ? 0 : l->cluster_row_q + 1;
}

static void begin_block(struct loader *l, uint32_t blocks, unsigned row) {
    l->token_q = 0;
    l->left_q = l->channels_q;
    l->group_q = 0;
    l->cluster_row_q = 0;
    l->row_q = (uint16_t)row;
    l->blocks_q = blocks;
}

void loader_step(struct loader *l, const struct loader_in *in) {
    const unsigned start = in->start_valid && l->state_q == IDLE && !l->write_valid_q;
    if (l->state_q == IDLE && !(start | l->write_valid_q | l->row_valid_q | l->framing_q | in->rst)) return;
    const unsigned state = l->state_q, vectors = state == VECTORS, streaming = streams(l);
    const unsigned take = taken(l, in), free = !l->write_valid_q || take;
    const unsigned accept = in->s_axis_tvalid && tready(l, in), open = accept ? !in->s_axis_tlast : l->open_q;
    const unsigned emit = (streaming && accept) || (state == FILL && free);
    const struct ends e = ends_of(l);
    const unsigned wrong = streaming && accept && !in->s_axis_tlast == (e.block && (!vectors || l->blocks_q == 1));
    const unsigned block_go = state == PAUSE && !l->row_valid_q && in->block_next;
    const unsigned dropped = in->rst || in->abort_job || wrong;

    if (!in->abort_job) {
        l->chunks_q += take && l->chunk_end_q;
        l->loaded_q |= take && l->final_q;
        l->failed_q |= (uint8_t)wrong;
    }
    if (emit) hold(l, in, &e);
    l->write_valid_q = !dropped && ((emit && !vectors) || !free);
    l->row_valid_q = !dropped && emit && vectors;
    l->framing_q = !in->rst && !in->abort_job && wrong;

    if (in->rst)
        l->state_q = IDLE;
    else if (in->abort_job)
        l->state_q = open ? DISCARD : IDLE;
    else if (wrong)
        l->state_q = in->s_axis_tlast ? IDLE : DISCARD;
    else if (start)
        l->state_q = in->start_vectors ? VECTORS : MATRIX;
    else if (state == MATRIX && emit && e.block)
        l->state_q = e.chunk ? IDLE : FILL;
    else if (state == FILL && emit && e.chunk)
        l->state_q = IDLE;
    else if (state == VECTORS && emit && e.block)
        l->state_q = PAUSE;
    else if (block_go)
        l->state_q = l->blocks_q == 1 ? IDLE : VECTORS;
    else if (state == DISCARD && accept && in->s_axis_tlast)
        l->state_q = IDLE;
    l->open_q = !in->rst && open;

    if (start) {
        start_job(l, in);
        begin_block(l, in->start_blocks, in->start_vectors ? 0 : in->start_base);
    } else if (block_go)
        begin_block(l, l->blocks_q - 1, 0);
    else if (emit)
        advance(l, &e);
    if (in->rst) l->chunks_q = 0, l->loaded_q = l->failed_q = 0;
}
