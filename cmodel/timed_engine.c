/* timed_engine.c - passes, loads and basis writes as traffic on the ports of the cluster array.
 * SPDX-License-Identifier: Apache-2.0 */
#include <string.h>
#include "geometry.h"
#include "timed_engine.h"

static bool go(const timed_engine *t, unsigned rate, unsigned port) {
    return stall_go(rate, t->seed, t->clocks, port);
}

static dcom_status clock_once(timed_engine *t) {
    t->clocks++;
    return t->clock(t->user, &t->in, &t->out) ? DCOM_E_STOPPED : DCOM_OK;
}

/* Clocks until the write port took what stands on it. */
static dcom_status write_row(timed_engine *t, unsigned cluster_row, unsigned row, unsigned channel) {
    t->in.write_cluster_row = (uint8_t)cluster_row;
    t->in.write_row = (uint16_t)row;
    t->in.write_channel = (uint16_t)channel;
    t->in.write_columns = (1u << t->base.config->cluster_columns) - 1;
    for (int taken = 0; !taken;) {
        t->in.write_valid = (uint8_t)go(t, t->stall.write, 0);
        taken = t->in.write_valid && t->out.write_ready;
        dcom_status s = clock_once(t);
        if (s) return s;
    }
    t->in.write_valid = 0;
    return DCOM_OK;
}

static dcom_status timed_load(engine *e, const uint16_t *a, unsigned tokens, unsigned channels) {
    timed_engine *t = (timed_engine *)e;
    const dcom_config *c = e->config;
    e->tokens = tokens;
    e->channels = channels;
    e->local_tokens = geometry_local(tokens, c->cluster_rows);
    e->local_channels = geometry_local(channels, c->cluster_columns);
    for (unsigned i = 0; i < c->cluster_rows; i++)
        for (unsigned r = 0; r < e->local_tokens + c->basis_rows; r++) {
            unsigned token = geometry_global(r, i, c->cluster_rows), basis = r >= e->local_tokens;
            for (unsigned channel = 0; channel < e->local_channels; channel += 8) {
                for (unsigned j = 0; j < c->cluster_columns; j++)
                    for (unsigned k = 0; k < 8; k++) {
                        unsigned at = geometry_global(channel + k, j, c->cluster_columns);
                        t->in.write_data[8 * j + k] =
                            !basis && token < tokens && at < channels ? a[(size_t)token * channels + at] : 0;
                    }
                dcom_status s = write_row(t, i, basis ? c->tile_tokens + r - e->local_tokens : r, channel);
                if (s) return s;
            }
        }
    return DCOM_OK;
}

static dcom_status timed_write_basis(engine *e, unsigned first, unsigned count, const uint16_t *rows) {
    timed_engine *t = (timed_engine *)e;
    const dcom_config *c = e->config;
    for (unsigned n = 0; n < count; n++) {
        unsigned block = (first + n) / MAC_ROWS;
        unsigned row = c->tile_tokens + MAC_ROWS * (block / c->cluster_rows) + (first + n) % MAC_ROWS;
        for (unsigned channel = 0; channel < e->local_channels; channel += 8) {
            for (unsigned j = 0; j < c->cluster_columns; j++)
                for (unsigned k = 0; k < 8; k++) {
                    unsigned at = geometry_global(channel + k, j, c->cluster_columns);
                    t->in.write_data[8 * j + k] = at < e->channels ? rows[(size_t)at * LANES + n] : 0;
                }
            dcom_status s = write_row(t, block % c->cluster_rows, row, channel);
            if (s) return s;
        }
    }
    return DCOM_OK;
}

/* One pass: streams `per_group` vectors a group and column (forward) or row (transpose), collects all results. */
static dcom_status run_pass(timed_engine *t, int transpose, engine_region region, unsigned first, unsigned count,
                            unsigned expansion, const uint16_t *x, float *out) {
    const engine *e = &t->base;
    /* the local rows, of the region, that hold [first, first + count) in any cluster row: whole blocks */
    unsigned step = MAC_ROWS * e->config->cluster_rows, row = first / step * MAC_ROWS;
    unsigned rows = (first + count - 1) / step * MAC_ROWS + MAC_ROWS - row, banks = e->config->mac_stages > 2 ? 2 : 1;
    unsigned feeds = transpose ? e->config->cluster_rows : e->config->cluster_columns;
    unsigned takes = transpose ? e->config->cluster_columns : e->config->cluster_rows;
    unsigned blocks = (transpose ? e->local_channels : rows) / 8, per_group = transpose ? rows : e->local_channels;
    unsigned vectors = (blocks + banks - 1) / banks * per_group, results = blocks * 8;
    unsigned sent[16] = {0}, got[16] = {0}, left = takes * results, commanded = 0;

    t->in.command_transpose = (uint8_t)transpose;
    t->in.command_lanes = (uint8_t)expansion;
    t->in.command_row = (uint16_t)(row + (region == REGION_BASIS ? e->config->tile_tokens : 0));
    t->in.command_rows = (uint16_t)rows;
    t->in.command_groups = (uint16_t)(e->local_channels / 8);
    t->in.basis_used = (uint16_t)(first + count); /* of a pass over basis rows */
    while (left || t->out.active) {
        t->in.command_valid = !commanded && go(t, t->stall.command, 1);
        commanded |= t->in.command_valid && t->out.command_ready;
        uint32_t valid = 0, ready = 0;
        uint32_t feed_ready = transpose ? t->out.row_vector_ready : t->out.column_vector_ready;
        uint32_t take_valid = transpose ? t->out.column_result_valid : t->out.row_result_valid;
        uint16_t *data = transpose ? t->in.row_vector_data : t->in.column_vector_data;
        const uint32_t *result = transpose ? t->out.column_result_data : t->out.row_result_data;
        for (unsigned k = 0; k < feeds; k++) {
            if (sent[k] == vectors || !go(t, t->stall.vector, 2 + k)) continue;
            unsigned index = sent[k] % per_group;
            unsigned at =
                transpose ? geometry_global(row + index, k, feeds) - first : geometry_global(index, k, feeds);
            if (at < (transpose ? count : e->channels))
                memcpy(data + LANES * k, x + (size_t)at * LANES, 2 * LANES);
            else
                memset(data + LANES * k, 0, 2 * LANES);
            valid |= 1u << k;
            sent[k] += feed_ready >> k & 1;
        }
        for (unsigned k = 0; k < takes; k++) {
            if (!go(t, t->stall.result, 18 + k)) continue;
            ready |= 1u << k;
            if (!(take_valid >> k & 1)) continue;
            unsigned at =
                transpose ? geometry_global(got[k], k, takes) : geometry_global(row + got[k], k, takes) - first;
            if (at < (transpose ? e->channels : count))
                memcpy(out + (size_t)at * LANES, result + LANES * k, 4 * LANES);
            got[k]++;
            left--;
        }
        *(transpose ? &t->in.row_vector_valid : &t->in.column_vector_valid) = valid;
        *(transpose ? &t->in.column_result_ready : &t->in.row_result_ready) = ready;
        dcom_status s = clock_once(t);
        if (s) return s;
        t->busy++;
    }
    t->in.row_vector_valid = t->in.column_vector_valid = t->in.row_result_ready = t->in.column_result_ready = 0;
    return DCOM_OK;
}

static dcom_status timed_forward(engine *e, engine_region region, unsigned first, unsigned count, unsigned expansion,
                                 const uint16_t *x, float *out) {
    return run_pass((timed_engine *)e, 0, region, first, count, expansion, x, out);
}

static dcom_status timed_transpose(engine *e, engine_region region, unsigned first, unsigned count,
                                   unsigned expansion, const uint16_t *y, float *out) {
    return run_pass((timed_engine *)e, 1, region, first, count, expansion, y, out);
}

int clock_model(void *array, const dcom_array_in *in, dcom_array_out *out) {
    dcom_array_step(array, in);
    dcom_array_read(array, out);
    return 0;
}

dcom_status timed_engine_init(timed_engine *t, const dcom_config *config, stall_profile stall, uint32_t seed,
                              clock_function clock, void *user) {
    memset(t, 0, sizeof *t);
    t->base = (engine){.config = config,
                       .load = timed_load,
                       .write_basis = timed_write_basis,
                       .forward = timed_forward,
                       .transpose = timed_transpose};
    t->stall = stall;
    t->seed = seed;
    t->clock = clock;
    t->user = user;
    t->in.rst = 1;
    dcom_status s = clock_once(t);
    if (!s) s = clock_once(t);
    t->in.rst = 0;
    return s ? s : clock_once(t);
}
