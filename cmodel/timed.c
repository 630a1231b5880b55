/* timed.c - the timed face: creates, steps and reads a cluster array; picks the fastest build of array.c for the
 * host. SPDX-License-Identifier: Apache-2.0 */
#include <stdlib.h>
#include "array.h"
#include "config_parse.h"
#include "geometry.h"
#include "isa.h"

typedef void array_step(dcom_array *, const dcom_array_in *);
array_step array_step_base, array_step_avx2, array_step_avx512;

static array_step *const steps[] = {
    [ISA_BASE] = array_step_base,
#if defined(__x86_64__) && defined(__GNUC__)
    [ISA_AVX2] = array_step_avx2,
    [ISA_AVX512] = array_step_avx512,
#endif
};

static struct geometry geometry_of(const dcom_config *c) {
    struct geometry g = {.rows = c->cluster_rows, .columns = c->cluster_columns, .stages = c->mac_stages};
    unsigned span = g.rows > g.columns ? g.rows : g.columns;
    g.banks = g.add_stages = g.stages > 2 ? 2 : 1;
    g.groups = c->tile_channels / 8;
    g.row_bits = geometry_bits(c->tile_tokens + c->basis_rows + 1);
    g.channel_bits = geometry_bits(c->tile_channels);
    g.vector_depth_bits = geometry_bits(span * g.add_stages + 4);
    g.result_depth_bits = geometry_bits(span * g.add_stages + 16 * g.banks + 12);
    g.switch_clocks = span * g.add_stages + 8 * g.banks + 8;
    g.tile_tokens = c->tile_tokens;
    g.words = (c->tile_tokens + c->basis_rows) * g.groups;
    return g;
}

/* Points every memory into the allocation behind the clusters. Returns the bytes used; array NULL: only counts. */
static size_t bind_memories(const struct geometry *g, dcom_array *array) {
    size_t clusters = (size_t)g->rows * g->columns;
    size_t at = sizeof(dcom_array) + clusters * sizeof(struct cluster);
    uint8_t *base = (uint8_t *)array;
    /* an odd number of cache lines apart, lest all tiles meet in the same sets of the cache */
    size_t tile = ((size_t)g->words * 16 + 127) / 128 * 128 + 64;
    at = (at + 63) / 64 * 64;
    for (size_t k = 0; k < clusters; k++, at += tile)
        if (array) array->cluster[k].mem = (uint16_t *)(void *)(base + at);
    for (unsigned k = 0; k < 2 * SPAN_MAX; k++) {
        unsigned column = k < SPAN_MAX, index = k % SPAN_MAX;
        if (index >= (column ? g->columns : g->rows)) continue;
        if (array) {
            struct fifo *v = column ? &array->column[index].fifo : &array->row[index].fifo;
            struct fifo *r = column ? &array->column_result[index].fifo : &array->row_result[index].fifo;
            v->width = LANES * 2, v->depth_bits = (uint8_t)g->vector_depth_bits, v->mem = base + at;
            r->width = LANES * 4, r->depth_bits = (uint8_t)g->result_depth_bits;
            r->mem = base + at + ((size_t)v->width << g->vector_depth_bits);
        }
        at += ((size_t)LANES * 2 << g->vector_depth_bits) + ((size_t)LANES * 4 << g->result_depth_bits);
    }
    return at;
}

dcom_status dcom_array_create(const dcom_config *config, dcom_array **out) {
    *out = NULL;
    if (!config_in_range(config) || config->tile_channels < 16) return DCOM_E_CONFIG;
    struct geometry g = geometry_of(config);
    if (g.row_bits + g.channel_bits + 9 > 32) return DCOM_E_CONFIG;
    isa limit;
    const dcom_status status = isa_limit(&limit, NULL);
    if (status) return status;
    size_t bytes = (bind_memories(&g, NULL) + 63) / 64 * 64;
    dcom_array *a = aligned_alloc(64, bytes);
    if (!a) return DCOM_E_MEMORY;
    memset(a, 0, bytes);
    a->config = *config;
    a->geometry = g;
    a->bytes = bytes;
    a->step = steps[limit];
    bind_memories(&g, a);
    *out = a;
    return DCOM_OK;
}

void dcom_array_destroy(dcom_array *array) { free(array); }

void dcom_array_step(dcom_array *array, const dcom_array_in *in) { array->step(array, in); }

static unsigned fifo_used(const struct fifo *f) { return (f->write_q - f->read_q) & ((2u << f->depth_bits) - 1); }

static uint32_t read_results(const struct result_port *ports, unsigned n, uint32_t *data) {
    uint32_t valid = 0;
    for (unsigned k = 0; k < n; k++) {
        const struct fifo *f = &ports[k].fifo;
        if (!fifo_used(f)) {
            memset(data + LANES * k, 0, LANES * 4);
            continue;
        }
        valid |= 1u << k;
        memcpy(data + LANES * k, f->mem + (size_t)(f->read_q & ((1u << f->depth_bits) - 1)) * f->width, LANES * 4);
    }
    return valid;
}

static uint32_t read_vectors(const struct vector_port *ports, unsigned n) {
    uint32_t ready = 0;
    for (unsigned k = 0; k < n; k++)
        ready |= (uint32_t) !(fifo_used(&ports[k].fifo) >> ports[k].fifo.depth_bits) << k;
    return ready;
}

void dcom_array_read(const dcom_array *a, dcom_array_out *out) {
    out->active = a->control.busy_q || a->control.settle_q;
    out->command_ready = !out->active;
    out->activity = a->control.activity_q;
    out->write_ready = a->write.ready_q;
    out->column_vector_ready = read_vectors(a->column, a->geometry.columns);
    out->row_vector_ready = read_vectors(a->row, a->geometry.rows);
    out->row_result_valid = read_results(a->row_result, a->geometry.rows, out->row_result_data);
    out->column_result_valid = read_results(a->column_result, a->geometry.columns, out->column_result_data);
}

size_t dcom_array_bytes(const dcom_array *array) { return array->bytes; }

void dcom_array_save(const dcom_array *array, void *snapshot) { memcpy(snapshot, array, array->bytes); }

void dcom_array_restore(dcom_array *array, const void *snapshot) {
    array_step *step = array->step;
    memcpy(array, snapshot, array->bytes);
    array->step = step;
    bind_memories(&array->geometry, array);
}
