/* runs.h - one small run through each face of the library; all that comes out goes to a hash of the caller's.
 * SPDX-License-Identifier: Apache-2.0
 *
 * Nothing here is shared between runs, and a fault is told, not thrown: they run in threads. */
#ifndef DCOM_RUNS_H
#define DCOM_RUNS_H

#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include "host.h"
#include "timed_engine.h"

typedef struct {
    dcom_config config;
    unsigned tokens, channels;
    dcom_parameters parameters;
    uint32_t seed;     /* of the matrix and the stalls */
    const uint16_t *a; /* NULL: run_matrix() */
    void (*hash)(void *user, const void *bytes, size_t count);
    void *user;
    char fault[256]; /* "" if there was none */
} run;

static inline uint32_t run_hash(uint32_t x) {
    x = (x ^ x >> 16) * 0x7FEB352Du;
    x = (x ^ x >> 15) * 0x846CA68Bu;
    return x ^ x >> 16;
}

/* rows x columns of both signs and four exponents, every 17th column 16 times as large; the caller frees it. */
static inline uint16_t *run_matrix(unsigned rows, unsigned columns, uint32_t seed) {
    uint16_t *a = malloc((size_t)rows * columns * sizeof *a);
    for (unsigned k = 0; a && k < rows * columns; k++) {
        const uint32_t h = run_hash(seed * 0x9E3779B9u ^ k);
        a[k] = (uint16_t)((h & 0x8000) + 0x3E80 + (h & 0x1FF) + (k % columns % 17 == 3 ? 0x200 : 0));
    }
    return a;
}

static inline void run_check(run *r, dcom_status status, const char *message) {
    if (status && !r->fault[0]) snprintf(r->fault, sizeof r->fault, "%s: %.200s", dcom_status_name(status), message);
}

/* As `digest` of report.json has them: P, V, outliers. */
static inline void run_result(run *r, const dcom_result *x) {
    r->hash(r->user, x->p, (size_t)x->tokens * x->rank * sizeof *x->p);
    r->hash(r->user, x->v, (size_t)x->channels * x->rank * sizeof *x->v);
    r->hash(r->user, x->outliers, x->outlier_count * sizeof *x->outliers);
}

/* On `engine`, or the untimed one for NULL. The context is the caller's to destroy, good or not. */
static inline void run_on(run *r, engine *engine, dcom_context **context, dcom_result *result) {
    uint16_t *made = r->a ? NULL : run_matrix(r->tokens, r->channels, r->seed);
    dcom_status status = engine ? dcom_create_on(&r->config, engine, context) : dcom_create(&r->config, context);
    run_check(r, status, "no context");
    if (!status) {
        status = dcom_decompose(*context, r->a ? r->a : made, r->tokens, r->channels, &r->parameters, result);
        run_check(r, status, dcom_message(*context));
    }
    free(made);
}

/* DECOMPOSE, untimed. */
static inline void run_decompose(run *r) {
    dcom_context *context = NULL;
    dcom_result result;
    run_on(r, NULL, &context, &result);
    if (!r->fault[0]) run_result(r, &result);
    dcom_destroy(context);
}

/* APPLY, untimed: `rank` rows through a layer to half as many channels again; sums and operands. */
static inline void run_apply(run *r) {
    const unsigned rows = r->parameters.rank, outputs = r->channels * 3 / 2;
    uint16_t *factor = run_matrix(rows, r->channels, r->seed + 1),
             *weights = run_matrix(outputs, r->channels, r->seed);
    float *sums = malloc((size_t)rows * outputs * sizeof *sums);
    uint16_t *operand = malloc((size_t)rows * outputs * sizeof *operand);
    dcom_context *context = NULL;
    dcom_status status = dcom_create(&r->config, &context);
    run_check(r, status, "no context");
    if (!status) {
        status = dcom_apply(context, factor, rows, r->channels, weights, outputs, sums, operand, NULL);
        run_check(r, status, dcom_message(context));
    }
    if (!status) r->hash(r->user, sums, (size_t)rows * outputs * sizeof *sums);
    if (!status) r->hash(r->user, operand, (size_t)rows * outputs * sizeof *operand);
    dcom_destroy(context);
    free(factor), free(weights), free(sums), free(operand);
}

/* ---- clocked: the ports on every clock; on clock RUN_MOVE another takes over, from a snapshot ---- */

enum { RUN_MOVE = 1000 };

typedef struct {
    run *run;
    union {
        dcom_array *array;
        dcom_accelerator *accelerator;
    } of;
    uint64_t clocks;
} run_clocked;

static inline int run_clock_array(void *user, const dcom_array_in *in, dcom_array_out *out) {
    run_clocked *c = user;
    if (c->clocks++ == RUN_MOVE) {
        dcom_array *next;
        void *snapshot = malloc(dcom_array_bytes(c->of.array));
        if (!snapshot || dcom_array_create(&c->run->config, &next)) return free(snapshot), 1;
        dcom_array_save(c->of.array, snapshot);
        dcom_array_destroy(c->of.array);
        dcom_array_restore(c->of.array = next, snapshot);
        free(snapshot);
    }
    dcom_array_step(c->of.array, in);
    dcom_array_read(c->of.array, out);
    c->run->hash(c->run->user, out, sizeof *out);
    return 0;
}

static inline int run_clock_accelerator(void *user, const void *in, void *out) {
    run_clocked *c = user;
    const dcom_accelerator_out *o = out;
    if (c->clocks++ == RUN_MOVE) {
        dcom_accelerator *next;
        void *snapshot = malloc(dcom_accelerator_bytes(c->of.accelerator));
        if (!snapshot || dcom_accelerator_create(&c->run->config, &next)) return free(snapshot), 1;
        dcom_accelerator_save(c->of.accelerator, snapshot);
        dcom_accelerator_destroy(c->of.accelerator);
        dcom_accelerator_restore(c->of.accelerator = next, snapshot);
        free(snapshot);
    }
    dcom_accelerator_step(c->of.accelerator, in);
    dcom_accelerator_read(c->of.accelerator, out);
    c->run->hash(c->run->user, o, offsetof(dcom_accelerator_out, m_axis_tlast) + 1); /* then a byte of padding */
    c->run->hash(c->run->user, &o->axi_rdata, sizeof *o - offsetof(dcom_accelerator_out, axi_rdata));
    return 0;
}

static inline void run_moved(run *r, const run_clocked *c) {
    if (!r->fault[0] && c->clocks <= RUN_MOVE) snprintf(r->fault, sizeof r->fault, "over before clock %d", RUN_MOVE);
}

/* The cluster array, then what a decomposition on it gives. */
static inline void run_array(run *r) {
    run_clocked c = {.run = r};
    timed_engine engine;
    dcom_context *context = NULL;
    dcom_result result;
    const stall_profile stall = {32, 32, 32, 32};
    dcom_status status = dcom_array_create(&r->config, &c.of.array);
    if (!status) status = timed_engine_init(&engine, &r->config, stall, r->seed, run_clock_array, &c);
    run_check(r, status, "no array");
    if (!status) run_on(r, &engine.base, &context, &result);
    if (!r->fault[0]) run_result(r, &result);
    run_moved(r, &c);
    dcom_destroy(context);
    dcom_array_destroy(c.of.array);
}

/* The accelerator behind its AXI ports, then what its host took out. */
static inline void run_accelerator(run *r) {
    run_clocked c = {.run = r};
    host *h = calloc(1, sizeof *h);
    dcom_result result;
    const stall_profile stall = {32, 32, 32, 32};
    dcom_status status = h ? dcom_accelerator_create(&r->config, &c.of.accelerator) : DCOM_E_MEMORY;
    run_check(r, status, "no accelerator");
    if (!status) {
        uint16_t *made = r->a ? NULL : run_matrix(r->tokens, r->channels, r->seed);
        const uint16_t *a = r->a ? r->a : made;
        status = host_init(h, &r->config, stall, r->seed, run_clock_accelerator, &c);
        if (!status) status = host_decompose(h, a, r->tokens, r->channels, &r->parameters, &result);
        run_check(r, status, h->message);
        if (!status) run_result(r, &result);
        free(made);
        host_release(h);
    }
    run_moved(r, &c);
    dcom_accelerator_destroy(c.of.accelerator);
    free(h);
}

#endif
