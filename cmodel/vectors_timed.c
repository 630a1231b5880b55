/* vectors_timed.c - the per-clock trace of a case: written, and replayed against the model.
 * SPDX-License-Identifier: Apache-2.0 */
#include "trace.h"
#include "vectors.h"

#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

typedef struct {
    dcom_accelerator *model;
    trace_writer *trace;
    const atomic_bool *stop;
} clocked;

static int clock_traced(void *user, const void *in, void *out) {
    const clocked *c = user;
    dcom_accelerator_step(c->model, in);
    dcom_accelerator_read(c->model, out);
    return trace_put(c->trace, in, out) || atomic_load_explicit(c->stop, memory_order_relaxed);
}

/* The timed run against the untimed one. */
static int compare(const vectors *v, const dcom_result *r) {
    const vectors_results *x = &v->results;
    vectors_results y;
    if (!vectors_come_to(r, &y)) return command_error("out of memory");
    y.blocks = x->blocks;                               /* of which the host is not told */
    if (memcmp(x, &y, sizeof y) == 0) return EXIT_GOOD; /* LCOV_EXCL_BR_LINE for what the next lines are left out */
    /* LCOV_EXCL_START no input is known for which the two faces differ: test_timed and every lockstep look for one */
    command_error("%s: the timed model's results are not the untimed model's: digest %s, not %s", v->of->name,
                  y.digest, x->digest);
    return EXIT_DIFFERENT;
    /* LCOV_EXCL_STOP */
}

static int run_host(vectors *v, clocked *c) {
    host *h = v->program;
    dcom_result r;
    int status = EXIT_GOOD;
    if (host_init(h, &v->config, v->of->stall, v->of->stall_seed, clock_traced, c) ||
        host_decompose(h, v->a.bits, (unsigned)v->a.rows, (unsigned)v->a.columns, &v->parameters, &r))
        status = h->status == DCOM_E_MEMORY ? EXIT_WRONG : EXIT_DIFFERENT;
    else
        status = compare(v, &r);
    if (status && h->status && atomic_load(c->stop))
        status = EXIT_STOPPED;
    else if (h->status && strstr(h->message, "stopped") == NULL) /* else the trace says why */
        command_error("%s: the timed model: %s", v->of->name, h->message);
    host_release(h);
    return status;
}

static int hash_file(const char *path, vectors_file *f) {
    enum { PIECE = 1 << 18 };
    unsigned char *piece = malloc(PIECE);
    FILE *file = fopen(path, "rb");
    sha256 *hash = sha256_begin();
    size_t got;
    f->size = 0;
    bool good = piece && file;
    while (good && (got = fread(piece, 1, PIECE, file)) > 0)
        sha256_add(hash, piece, got), f->size += got;
    good = good && !ferror(file);
    good = sha256_end(hash, f->sha256) && good;
    if (file) fclose(file);
    free(piece);
    return good ? EXIT_GOOD : command_error("%s: cannot be read: %s", path, strerror(errno));
}

int vectors_trace(vectors *v, const char *path, const atomic_bool *stop) {
    char message[256];
    uint64_t clocks = 0;
    clocked c = {.stop = stop};
    if (dcom_accelerator_create(&v->config, &c.model)) return command_error("out of memory");
    c.trace = trace_create(path, &v->config, message);
    int status = c.trace ? run_host(v, &c) : command_error("%s", message);
    if (c.trace && status == EXIT_STOPPED)
        trace_abandon(c.trace);
    else if (c.trace && trace_finish(c.trace, &clocks, NULL, message))
        status = command_error("%s", message);
    dcom_accelerator_destroy(c.model);
    vectors_file *f = &v->file[VECTORS_TRACE];
    f->dimensions = 1, f->shape[0] = clocks;
    return status ? status : hash_file(path, f);
}

int vectors_trace_replay(const char *path, const dcom_config *config, uint64_t *clocks,
                         int (*clock)(void *user, const dcom_accelerator_in *in, const dcom_accelerator_out *shown),
                         void *user) {
    char message[256];
    dcom_accelerator *model = NULL;
    dcom_accelerator_in in;
    dcom_accelerator_out expected, got = {0};
    trace_reader *trace = trace_open(path, config, message);
    if (!trace) return command_error("%s", message);
    int status = dcom_accelerator_create(config, &model) ? command_error("out of memory") : EXIT_GOOD, more = 0;
    for (*clocks = 0; !status && (more = trace_next(trace, &in, &expected, message)) > 0;) {
        ++*clocks;
        if ((status = clock(user, &in, &got))) break;
        dcom_accelerator_step(model, &in);
        dcom_accelerator_read(model, &got);
        if (!trace_difference(config, &expected, &got, message)) continue;
        command_error("%s: clock %" PRIu64 ": %s", path, *clocks, message);
        status = EXIT_DIFFERENT;
    }
    if (!status && more < 0) status = command_error("%s", message);
    if (!status && *clocks == 0) status = command_error("%s: no clock in it", path);
    dcom_accelerator_destroy(model);
    trace_close(trace);
    return status;
}
