/* dcom.c - the context of dcom.h: checks what the caller gave, runs the sequencer, or APPLY, on the untimed engine.
 * SPDX-License-Identifier: Apache-2.0 */
#ifndef _POSIX_C_SOURCE
#define _POSIX_C_SOURCE 200809L /* clock_gettime */
#endif

#include "apply.h"
#include "certificate.h"
#include "config_parse.h"
#include "dcom.h"
#include "kernel.h"
#include "lanczos.h"
#include "untimed.h"

#include <stdbool.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#if defined(__SSE__)
#include <xmmintrin.h>
#else
#include <fenv.h>
#endif

struct dcom_context {
    dcom_config config;
    engine *engine;
    bool borrowed; /* the engine is the caller's */
    datapath *path;
    lanczos_result result; /* of the last good call; holds the outliers */
    float *p, *v;
    char message[256];
};

__attribute__((format(printf, 3, 4))) static dcom_status fail(dcom_context *context, dcom_status status,
                                                              const char *format, ...) {
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(context->message, sizeof context->message, format, arguments);
    va_end(arguments);
    return status;
}

/* ---- checks ---- */

/* Round to nearest even, subnormals kept. */
static int host_arithmetic_is_ieee(void) {
#if defined(__SSE__)
    return (_mm_getcsr() & 0xE040) == 0; /* flush to zero, rounding control, denormals are zero */
#else
    volatile float smallest = 0x1p-149f;
    return fegetround() == FE_TONEAREST && smallest * 1 > 0;
#endif
}

static dcom_status check_host(dcom_context *x) {
    if (host_arithmetic_is_ieee()) return DCOM_OK;
    return fail(x, DCOM_E_HOST, "the host's arithmetic is not IEEE: flush-to-zero or a rounding mode is set");
}

/* Names what an engine's status means. */
static dcom_status fail_engine(dcom_context *x, dcom_status status) {
    return fail(x, status, "%s",
                status == DCOM_E_MEMORY    ? "out of memory"
                : status == DCOM_E_STOPPED ? "the clock was stopped"
                                           : "the engine refused a command");
}

static dcom_status check_shape(dcom_context *x, size_t tokens, size_t channels) {
    const dcom_config *c = &x->config;
    const size_t most_tokens = (size_t)c->cluster_rows * c->tile_tokens;
    const size_t most_channels = (size_t)c->cluster_columns * c->tile_channels;
    if (tokens == 0 || channels == 0)
        return fail(x, DCOM_E_SHAPE, "the matrix is empty: %zu tokens x %zu channels", tokens, channels);
    if (tokens > most_tokens)
        return fail(x, DCOM_E_SHAPE, "%zu tokens: configuration %s holds at most %zu", tokens, c->name, most_tokens);
    if (channels > most_channels)
        return fail(x, DCOM_E_SHAPE, "%zu channels: configuration %s holds at most %zu", channels, c->name,
                    most_channels);
    return DCOM_OK;
}

static dcom_status check_parameters(dcom_context *x, size_t tokens, size_t channels, const dcom_parameters *p) {
    const size_t side = tokens < channels ? tokens : channels, e = p->expansion;
    const size_t basis = (size_t)x->config.cluster_rows * x->config.basis_rows;
    if (e != 1 && e != 2 && e != 4 && e != 8) return fail(x, DCOM_E_ARGUMENT, "expansion %zu is not 1, 2, 4 or 8", e);
    if (p->rank < 1 || p->rank > side)
        return fail(x, DCOM_E_ARGUMENT, "rank %u is not 1..%zu, the smaller side of the matrix", p->rank, side);
    if (p->rank + e > basis)
        return fail(x, DCOM_E_ARGUMENT, "rank %u plus expansion %zu: configuration %s has %zu basis rows", p->rank, e,
                    x->config.name, basis);
    if (p->warmup > 8) return fail(x, DCOM_E_ARGUMENT, "warmup %u is not 0..8", p->warmup);
    if (p->outliers >= channels)
        return fail(x, DCOM_E_ARGUMENT, "outliers %u is not 0..%zu, one less than the channels", p->outliers,
                    channels - 1);
    if (!(p->tolerance >= 0 && p->tolerance <= 1))
        return fail(x, DCOM_E_ARGUMENT, "tolerance %g is not 0..1", p->tolerance);
    if (p->exact_token_count > 0 && !p->exact_tokens)
        return fail(x, DCOM_E_ARGUMENT, "exact_tokens is NULL but exact_token_count is %u", p->exact_token_count);
    for (unsigned i = 0; i < p->exact_token_count; i++) {
        if (p->exact_tokens[i] >= tokens)
            return fail(x, DCOM_E_ARGUMENT, "exact token %u is not 0..%zu", (unsigned)p->exact_tokens[i], tokens - 1);
        if (i > 0 && p->exact_tokens[i] <= p->exact_tokens[i - 1])
            return fail(x, DCOM_E_ARGUMENT, "exact tokens are not ascending: %u after %u",
                        (unsigned)p->exact_tokens[i], (unsigned)p->exact_tokens[i - 1]);
    }
    return DCOM_OK;
}

/* `what` is in the message: the matrix, the factor, the weights. */
static dcom_status check_values(dcom_context *x, const char *what, const uint16_t *a, size_t rows, size_t channels) {
    for (size_t t = 0; t < rows; t++) {
        const uint16_t *row = a + t * channels;
        uint16_t found[8] = {0}; /* bit 15: an exponent of all ones */
        size_t c = 0;
        for (; c + 8 <= channels; c += 8)
            for (unsigned i = 0; i < 8; i++)
                found[i] |= (uint16_t)((row[c + i] & 0x7FFF) + 0x80);
        unsigned any = found[0] | found[1] | found[2] | found[3] | found[4] | found[5] | found[6] | found[7];
        for (c = any & 0x8000 ? 0 : c; c < channels; c++) {
            unsigned magnitude = row[c] & 0x7FFF;
            if (magnitude >= 0x7F80)
                return fail(x, DCOM_E_VALUE, "row %zu, column %zu of the %s is %s", t, c, what,
                            magnitude > 0x7F80 ? "NaN" : "infinite");
        }
    }
    return DCOM_OK;
}

/* ---- the context ---- */

dcom_parameters dcom_defaults(void) {
    return (dcom_parameters){.rank = 32, .expansion = 8, .warmup = 1, .outliers = 16, .seed = 1};
}

const char *dcom_status_name(dcom_status status) {
    static const char *const names[] = {[DCOM_OK] = "OK",
                                        [DCOM_E_ARGUMENT] = "ARGUMENT",
                                        [DCOM_E_CONFIG] = "CONFIG",
                                        [DCOM_E_SHAPE] = "SHAPE",
                                        [DCOM_E_VALUE] = "VALUE",
                                        [DCOM_E_FILE] = "FILE",
                                        [DCOM_E_MEMORY] = "MEMORY",
                                        [DCOM_E_HOST] = "HOST",
                                        [DCOM_E_STOPPED] = "STOPPED",
                                        [DCOM_E_DIFFERENT] = "DIFFERENT"};
    return (size_t)status < sizeof names / sizeof *names ? names[status] : "UNKNOWN";
}

unsigned dcom_abi_version(void) { return DCOM_ABI; }

const char *dcom_kernel_name(void) { return kernel_select(NULL)->name; }

/* On `engine`, or on one of its own for NULL. */
static dcom_status create(const dcom_config *config, engine *engine, dcom_context **context) {
    *context = NULL;
    if (!config_in_range(config)) return DCOM_E_CONFIG;
    dcom_context *x = calloc(1, sizeof *x);
    if (!x) return DCOM_E_MEMORY;
    x->config = *config;
    x->engine = engine;
    x->borrowed = engine != NULL;
    dcom_status status = engine ? DCOM_OK : untimed_create(&x->config, NULL, &x->engine);
    if (!status) x->path = datapath_create(x->engine);
    if (!x->path) {
        dcom_destroy(x);
        return status ? status : DCOM_E_MEMORY;
    }
    *context = x;
    return DCOM_OK;
}

dcom_status dcom_create(const dcom_config *config, dcom_context **context) { return create(config, NULL, context); }

dcom_status dcom_create_on(const dcom_config *config, engine *engine, dcom_context **context) {
    return create(config, engine, context);
}

static void forget(dcom_context *x) {
    lanczos_release(&x->result);
    free(x->p), free(x->v);
    x->p = x->v = NULL;
}

void dcom_destroy(dcom_context *x) {
    if (!x) return;
    forget(x);
    datapath_destroy(x->path);
    if (!x->borrowed) untimed_destroy(x->engine);
    free(x);
}

const char *dcom_message(const dcom_context *x) { return x->message; }

/* rows x rank FP32, from BF16 with `stride` columns */
static float *expand(const uint16_t *from, size_t rows, unsigned stride, unsigned rank) {
    float *to = malloc((rows * rank + 1) * sizeof *to);
    for (size_t r = 0; to && r < rows; r++)
        for (unsigned k = 0; k < rank; k++) {
            uint32_t bits = (uint32_t)from[r * stride + k] << 16;
            memcpy(to + r * rank + k, &bits, sizeof bits);
        }
    return to;
}

dcom_status dcom_check(dcom_context *x, size_t tokens, size_t channels, const dcom_parameters *p) {
    x->message[0] = 0;
    if (!p) return fail(x, DCOM_E_ARGUMENT, "parameters is NULL");
    dcom_status status = check_shape(x, tokens, channels);
    return status ? status : check_parameters(x, tokens, channels, p);
}

dcom_status dcom_decompose(dcom_context *x, const uint16_t *a, size_t tokens, size_t channels,
                           const dcom_parameters *p, dcom_result *result) {
    struct timespec from, to;
    x->message[0] = 0;
    memset(result, 0, sizeof *result);
    forget(x);
    dcom_status status = check_host(x);
    if (status) return status;
    if (!a) return fail(x, DCOM_E_ARGUMENT, "a is NULL");
    status = dcom_check(x, tokens, channels, p);
    if (!status) status = check_values(x, "matrix", a, tokens, channels);
    if (status) return status;

    lanczos_result *r = &x->result;
    clock_gettime(CLOCK_MONOTONIC, &from);
    status = lanczos_decompose(x->path, a, (unsigned)tokens, (unsigned)channels, p, r);
    clock_gettime(CLOCK_MONOTONIC, &to);
    if (!status) {
        x->p = expand(r->p, tokens, r->stride, r->rank);
        x->v = expand(r->v, channels, r->stride, r->rank);
        if (!x->p || !x->v) status = DCOM_E_MEMORY;
    }
    if (status) {
        forget(x);
        return fail_engine(x, status);
    }
    *result =
        (dcom_result){.tokens = (unsigned)tokens,
                      .channels = (unsigned)channels,
                      .rank = r->rank,
                      .p = x->p,
                      .v = x->v,
                      .outliers = r->outliers,
                      .outlier_count = p->outliers,
                      .blocks = r->blocks,
                      .block_count = r->block_count,
                      .passes = r->passes,
                      .rounds = r->rounds,
                      .deflations = r->deflations,
                      .stop = r->stop,
                      .flags = r->flags,
                      .certificate = certificate_relative(r->residual, r->total),
                      .certificate_bound = certificate_relative(r->bound, r->total),
                      .seconds = (double)(to.tv_sec - from.tv_sec) + 1e-9 * (double)(to.tv_nsec - from.tv_nsec)};
    return DCOM_OK;
}

dcom_status dcom_apply(dcom_context *x, const uint16_t *factor, size_t rows, size_t channels, const uint16_t *weights,
                       size_t outputs, float *sums, uint16_t *operand, unsigned *flags) {
    unsigned unused;
    x->message[0] = 0;
    dcom_status status = check_host(x);
    if (status) return status;
    if (!weights) return fail(x, DCOM_E_ARGUMENT, "weights is NULL");
    if (rows > 0 && !factor) return fail(x, DCOM_E_ARGUMENT, "factor is NULL");
    if (rows > 0 && !sums && !operand) return fail(x, DCOM_E_ARGUMENT, "sums and operand are both NULL");
    if (channels == 0 || outputs == 0)
        return fail(x, DCOM_E_SHAPE, "the weights are empty: %zu outputs x %zu channels", outputs, channels);
    status = check_values(x, "factor", factor, rows, channels);
    if (!status) status = check_values(x, "weights", weights, outputs, channels);
    if (status) return status;
    if (flags) *flags = 0;
    if (rows == 0) return DCOM_OK;
    status = apply_layer(x->engine, factor, rows, channels, weights, outputs, sums, operand, flags ? flags : &unused);
    return status ? fail_engine(x, status) : DCOM_OK;
}
