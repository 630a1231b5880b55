/* command_replay.c - dcom replay: the stimulus of a failure capsule on both faces of the model, without any RTL,
 * against what the capsule says that the model did. SPDX-License-Identifier: Apache-2.0 */
#include "capsule.h"
#include "command.h"
#include "host.h"
#include "timed_engine.h"

#include <assert.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* ---- the model on the stimulus ---- */

/* What a run drives, and its outputs so far. */
typedef struct {
    dcom_accelerator *accelerator;
    dcom_array *array;
    sha256 *hash;
    uint64_t clocks, until;
} seat;

static void add_outputs(seat *s, const void *bytes, size_t count) {
    if (s->clocks <= s->until) sha256_add(s->hash, bytes, count);
}

static int clock_accelerator(void *user, const void *in, void *to) {
    seat *s = user;
    dcom_accelerator_out *out = to;
    dcom_accelerator_step(s->accelerator, in);
    dcom_accelerator_read(s->accelerator, out);
    s->clocks++;
    add_outputs(s, out, offsetof(dcom_accelerator_out, m_axis_tlast) + 1);
    add_outputs(s, &out->axi_rdata, sizeof *out - offsetof(dcom_accelerator_out, axi_rdata));
    return 0;
}

static_assert(sizeof(dcom_array_out) == 4 + 4 * 4 + 2 * 16 * 8 * 4, "no padding is hashed");

static int clock_array(void *user, const dcom_array_in *in, dcom_array_out *out) {
    seat *s = user;
    dcom_array_step(s->array, in);
    dcom_array_read(s->array, out);
    s->clocks++;
    add_outputs(s, out, sizeof *out);
    return 0;
}

bool capsule_result(const npy_matrix *a, const dcom_parameters *p, const dcom_result *r, char text[320]) {
    factors f;
    char digest[65], tracks[65];
    const bool good = factors_of_result(a, p, r, &f) && factors_digest(&f, digest, tracks);
    factors_release(&f);
    if (good)
        snprintf(
            text, 320,
            "%s, rank %u, stop %d, flags %u, passes %u, rounds %u, deflations %u, outliers %u, certificate %.9g +- "
            "%.9g",
            digest, r->rank, (int)r->stop, r->flags, r->passes, r->rounds, r->deflations, r->outlier_count,
            (double)(float)r->certificate, (double)(float)r->certificate_bound);
    return good;
}

/* As sim does, to the counters at the end: the same clocks. A host that gives up leaves its message as the result. */
static dcom_status run_accelerator(const capsule *c, seat *s, char text[320]) {
    uint64_t counters[HOST_COUNTERS];
    unsigned count;
    dcom_result result;
    host *h = calloc(1, sizeof *h);
    dcom_status status = h ? dcom_accelerator_create(&c->config, &s->accelerator) : DCOM_E_MEMORY;
    if (!status) status = host_init(h, &c->config, c->stall, c->stall_seed, clock_accelerator, s);
    if (!status)
        status = host_decompose(h, c->a.bits, (unsigned)c->a.rows, (unsigned)c->a.columns, &c->parameters, &result);
    if (!status) status = host_counters(h, counters, &count);
    if (!status && !capsule_result(&c->a, &c->parameters, &result, text)) status = DCOM_E_MEMORY;
    if (status == DCOM_E_STOPPED) {
        snprintf(text, 320, "%s", h->message);
        status = DCOM_OK;
    }
    if (h) host_release(h);
    free(h);
    dcom_accelerator_destroy(s->accelerator);
    return status;
}

static dcom_status run_array(const capsule *c, seat *s, char text[320]) {
    timed_engine engine;
    dcom_context *context = NULL;
    dcom_result result;
    dcom_status status = dcom_array_create(&c->config, &s->array);
    if (!status) status = timed_engine_init(&engine, &c->config, c->stall, c->stall_seed, clock_array, s);
    if (!status) status = dcom_create_on(&c->config, &engine.base, &context);
    if (!status) status = dcom_decompose(context, c->a.bits, c->a.rows, c->a.columns, &c->parameters, &result);
    if (!status && !capsule_result(&c->a, &c->parameters, &result, text)) status = DCOM_E_MEMORY;
    dcom_destroy(context);
    dcom_array_destroy(s->array);
    return status;
}

/* First, because it refuses in words what cannot be run. */
static int run_untimed(const char *path, const capsule *c, char text[320]) {
    dcom_context *context = NULL;
    dcom_result result;
    int status = EXIT_GOOD;
    if (dcom_create(&c->config, &context))
        status = command_error("%s: out of memory", path);
    else if (dcom_decompose(context, c->a.bits, c->a.rows, c->a.columns, &c->parameters, &result))
        status = command_error("%s: %s", path, dcom_message(context));
    else if (!capsule_result(&c->a, &c->parameters, &result, text))
        status = command_error("out of memory");
    dcom_destroy(context);
    return status;
}

int capsule_run(const char *path, const capsule *c, uint64_t until, capsule_model *m) {
    memset(m, 0, sizeof *m);
    const int bad = run_untimed(path, c, m->untimed);
    if (bad) return bad;
    seat s = {.hash = sha256_begin(), .until = until};
    const dcom_status status =
        strcmp(c->program, "sim") ? run_array(c, &s, m->timed) : run_accelerator(c, &s, m->timed);
    if (!sha256_end(s.hash, m->outputs) || status) return command_error("%s: out of memory", path);
    m->end = s.clocks;
    m->clocks = s.clocks < until ? s.clocks : until;
    return EXIT_GOOD;
}

/* ---- and against what it was ---- */

/* A configuration of these values that can be built here, by preference the one of that name. */
static const char *buildable(const dcom_config *config) {
    const dcom_config *c;
    const char *name = config->name;
    for (unsigned i = 0; (c = dcom_config_at(i)); i++) {
        if (dcom_config_id(c) != dcom_config_id(config)) continue;
        name = c->name;
        if (!strcmp(c->name, config->name)) break;
    }
    return name;
}

static void print(const capsule *c) {
    const capsule_divergence *d = &c->divergence;
    const dcom_parameters *p = &c->parameters;
    printf("capsule       %s of %s, commit %s; %s, %s; on %s\n", c->program, c->config.name, c->commit, c->verilator,
           c->compiler, c->host);
    printf("failure       %s: %s\n", c->failure, c->message);
    if (d->count) {
        const capsule_sample *s = &d->history[d->count - 1];
        const int digits = (int)d->bits / 4;
        printf("              clock %" PRIu64 ", %s[%u]%s%s: model %0*" PRIx32 ", RTL %0*" PRIx32 "\n", s->clock,
               d->name, d->word, d->place[0] ? ", " : "", d->place, digits, s->model, digits, s->rtl);
    }
    if (c->fault.name[0])
        printf("planted       %s:%u:%u@%" PRIu64 ", in the RTL: not in what runs here\n", c->fault.name,
               c->fault.word, c->fault.bit, c->fault.clock);
    printf(
        "input         %s: %zu tokens x %zu channels; rank %u, expansion %u, warmup %u, outliers %u, seed %u; stalls "
        "%u,%u,%u,%u, seed %u\n",
        c->input, c->a.rows, c->a.columns, p->rank, p->expansion, p->warmup, p->outliers, p->seed, c->stall.command,
        c->stall.write, c->stall.vector, c->stall.result, c->stall_seed);
}

/* One line of what was and what is; whether they are the same. */
static bool same(const char *what, const char *was, const char *is) {
    const bool equal = !strcmp(was, is);
    printf("%-13s %s: %s\n", what, is, equal ? "as in the capsule" : "DIFFERS");
    if (!equal) printf("              %s in the capsule\n", was);
    return equal;
}

static int compare(const char *path, const capsule *c) {
    capsule_model m;
    char was[64], is[64];
    capsule_warn(path, c);
    print(c);
    fflush(stdout);
    const int status = capsule_run(path, c, c->model.clocks, &m);
    if (status) return status;
    snprintf(was, sizeof was, "%" PRIu64 " of %" PRIu64 " clocks", c->model.clocks, c->model.end);
    snprintf(is, sizeof is, "%" PRIu64 " of %" PRIu64 " clocks", m.clocks, m.end);
    bool good = same("outputs of", was, is);
    good &= same("their SHA-256", c->model.outputs, m.outputs);
    good &= same("timed", c->model.timed, m.timed);
    good &= same("untimed", c->model.untimed, m.untimed);
    const bool faces = !strcmp(m.timed, m.untimed);
    if (!faces) printf("the two faces of the model DIFFER\n");
    printf("MODEL         %s\n", !good   ? "NOT as in the capsule"
                                 : faces ? "as in the capsule"
                                         : "wrong, as in the capsule");
    return good && faces ? EXIT_GOOD : EXIT_DIFFERENT;
}

int capsule_replay(const char *path, bool target) {
    capsule c;
    int status = capsule_read(path, &c);
    if (status) return status;
    if (target)
        printf("%s %s\n", buildable(&c.config), c.program);
    else
        status = compare(path, &c);
    capsule_release(&c);
    return status;
}
