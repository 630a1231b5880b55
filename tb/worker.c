/* worker.c - many cases in one process, one after the other on one thread. SPDX-License-Identifier: Apache-2.0
 *
 * Model, RTL and their table are opened once and made new before each case (lockstep_rewind), so nothing is left of
 * the case before. A case that fails is an answer as any other. */
#include "worker.h"
#include "bins.h"
#include "cases.h"
#include "stimulus.h"
#include "vectors.h"

#include <inttypes.h>
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <time.h>

static const struct {
    const char *unit, *kind;
} counted[] = {
#define COUNTER(unit, kind) {unit, kind},
    ACCELERATOR_COUNTERS(COUNTER)
#undef COUNTER
};
enum { COUNTED = sizeof counted / sizeof *counted };

/* ---- what is seen of a run from outside ---- */

typedef struct {
    lockstep *lockstep;
    unsigned width; /* of the stream in */
    uint64_t stimulus, beats_in, beats_out;
    bins_seen bins;
} observer;

static int observe(void *user, const void *driven, void *shows) {
    observer *o = user;
    const dcom_accelerator_in *in = driven;
    const dcom_accelerator_out *out = shows; /* still that of the clock before */
    o->beats_in += in->s_axis_tvalid && out->s_axis_tready;
    o->beats_out += in->m_axis_tready && out->m_axis_tvalid;
    o->stimulus = stimulus_clock(o->stimulus, in, o->width);
    const int stop = lockstep_clock(o->lockstep, driven, shows);
    bins_clock(&o->bins, o->lockstep->model);
    return stop;
}

/* ---- a case ---- */

typedef struct {
    const sim_kind *kind;
    dcom_config config;
    lockstep lockstep;
    dcom_context *context;
    run_case usual;
    verdict verdict; /* of the case under way, and what goes with it: */
    sim_run run;
    observer seen;
    json_t *bins;
} worker;

static void hit(void *user, unsigned bin) { json_array_append_new(user, json_string(bins_name(bin))); }

static void run_clocked(worker *w, const run_case *c) {
    sim_run *r = &w->run;
    lockstep *l = &w->lockstep;
    verdict *v = &w->verdict;
    const bool both = c->kind == CASE_LOCKSTEP;
    char message[256];
    l->mode = both ? LOCKSTEP_EXACT : LOCKSTEP_MODEL;
    l->fault = (planted_fault){c->fault.name[0] ? c->fault.name : NULL, c->fault.word, c->fault.bit, c->fault.clock};
    if (!judge_fault(v, l, &l->fault)) return;
    if (!lockstep_rewind(l)) {
        judge_fail(v, "input", "what the case before has left on model or RTL cannot be taken back");
        return;
    }
    w->seen = (observer){.lockstep = l, .width = 8 * w->config.cluster_columns};
    r->clock = observe;
    r->user = &w->seen;
    w->kind->run(r);
    if (both) lockstep_finish(l);
    const bool good = (both ? judge_lockstep(v, l, r) : judge_end(v, r)) && judge_untimed(v, r, w->context) &&
                      judge_report(v, w->kind, r) && (!both || judge_quality(v, r)) &&
                      judge_expected(v, c, &r->result);
    if (c->told) judge_told(v, c, l);
    if (both && good && !bins_of(r, &w->seen.bins, hit, w->bins, message)) judge_fail(v, "report", "%s", message);
}

static void run_untimed(worker *w, const run_case *c) {
    sim_run *r = &w->run;
    verdict *v = &w->verdict;
    w->seen = (observer){.stimulus = stimulus_untimed(r->a->bits, r->a->rows, r->a->columns, r->parameters)};
    if (dcom_decompose(w->context, r->a->bits, r->a->rows, r->a->columns, r->parameters, &r->result))
        judge_fail(v, "input", "%s", dcom_message(w->context));
    else if (!vectors_digest(&r->result, v->digest))
        judge_fail(v, "input", "out of memory");
    else
        judge_expected(v, c, &r->result);
}

static bool is_ours(worker *w, const run_case *c) {
    return dcom_config_id(&c->config) == dcom_config_id(&w->config) ||
           judge_fail(&w->verdict, "input", "config %s: this program was built for %s", c->config.name,
                      w->config.name);
}

static void run_one(worker *w, const run_case *c) {
    verdict *v = &w->verdict;
    npy_matrix a = {0};
    char message[256];
    if (c->fault.name[0] && c->kind != CASE_LOCKSTEP) {
        judge_fail(v, "input", "fault: run=%s has no RTL", case_kind_name(c->kind));
    } else if (case_matrix(c, &a, message)) {
        judge_fail(v, "input", "%s", message);
    } else {
        const dcom_parameters p = run_parameters(&c->run, &a);
        w->run.a = &a;
        w->run.parameters = &p;
        w->run.stall = c->stall;
        w->run.stall_seed = c->stall_seed;
        if (judge_input(v, w->kind, &w->run, w->context)) {
            if (c->kind == CASE_UNTIMED)
                run_untimed(w, c);
            else
                run_clocked(w, c);
        }
    }
    npy_release(&a);
}

/* ---- its answer ---- */

/* The end of "row[1].node[0].u_cluster.u_mac_grid.product_q": mac_grid and product_q, the same for all instances. */
static void split_name(const char *name, char unit[64], char reg[64]) {
    const char *dot = strrchr(name, '.'), *end = dot ? dot + 1 : name, *from = name;
    for (const char *c = name; dot && c < dot; c++)
        if (*c == '.') from = c + 1;
    if (dot && strncmp(from, "u_", 2) == 0) from += 2;
    snprintf(unit, 64, "%.*s", dot ? (int)strcspn(from, ".[") : 0, from);
    snprintf(reg, 64, "%.*s", (int)strcspn(end, "["), end);
}

static json_t *counters_json(const sim_run *r) {
    json_t *list = json_array();
    for (unsigned k = 0; k < COUNTED && r->counter_count > COUNTED; k++)
        json_array_append_new(list, json_integer((json_int_t)r->counters[1 + k]));
    return list;
}

static bool print(json_t *json) {
    const bool good = json && json_dumpf(json, stdout, JSON_COMPACT) == 0;
    json_decref(json);
    if (!good) return command_error("out of memory"), false;
    putchar('\n');
    return fflush(stdout) == 0;
}

static double now(void) {
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec + 1e-9 * (double)t.tv_nsec;
}

static bool answer(worker *w, const run_case *c, double seconds) {
    const verdict *v = &w->verdict;
    const capsule_divergence *d = &v->divergence;
    const bool diverged = strcmp(v->kind, "divergence") == 0;
    const sim_run *r = &w->run;
    char unit[64] = "", reg[64] = "", stimulus[17];
    struct rusage usage;
    getrusage(RUSAGE_SELF, &usage);
    snprintf(stimulus, sizeof stimulus, "%016" PRIx64, w->seen.stimulus);
    if (v->kind[0] && d->count) split_name(d->name, unit, reg);
    return print(json_pack(
        "{s:s, s:I, s:s, s:s, s:s, s:s, s:s, s:s, s:s, s:I, s:I, s:I, s:I, s:I, s:f, s:I, s:o, s:O}", "case", c->name,
        "seed", (json_int_t)c->run.parameters.seed, "verdict", v->kind[0] ? "fail" : "pass", "stimulus", stimulus,
        "digest", v->digest, "kind", v->kind, "unit", unit, "register", reg, "message", v->message, "clock",
        (json_int_t)(diverged ? d->history[0].clock : 0), "clocks", (json_int_t)r->clocks, "macs",
        (json_int_t)r->macs, "beats_in", (json_int_t)w->seen.beats_in, "beats_out", (json_int_t)w->seen.beats_out,
        "seconds", seconds, "peak_kb", (json_int_t)usage.ru_maxrss, "counters", counters_json(r), "bins", w->bins));
}

/* One line in, one line out, whatever is in it. False: it cannot go on. */
static bool serve(worker *w, const char *line) {
    const double begin = now();
    char message[256];
    run_case c;
    w->verdict = (verdict){.kind = ""};
    w->run = (sim_run){.config = &w->config};
    w->seen = (observer){.stimulus = 0};
    w->bins = json_array();
    const bool read = case_read(line, &w->usual, &c, message) == EXIT_GOOD;
    if (!read)
        judge_fail(&w->verdict, "input", "%s", message);
    else if (is_ours(w, &c))
        run_one(w, &c);
    const bool good = answer(w, &c, now() - begin);
    w->kind->release(&w->run);
    json_decref(w->bins);
    if (read) case_release(&c);
    return good;
}

/* ---- the program ---- */

/* BLAS on one thread: what runs beside is another worker. */
extern void openblas_set_num_threads(int) __attribute__((weak));

/* Of a name or file, or of the DUT. */
static int find_config(const char *name, dcom_config *config) {
    const dcom_config *c;
    if (name) return run_config(name, config);
    dut *d = dut_open();
    const uint32_t id = dut_config_id(d);
    dut_close(d);
    for (unsigned i = 0; (c = dcom_config_at(i)); i++)
        if (dcom_config_id(c) == id) return *config = *c, EXIT_GOOD;
    return command_error("--worker: built for a configuration (id %08" PRIx32 ") that needs --config FILE", id);
}

static bool greet(const worker *w) {
    json_t *counters = json_array(), *names = json_array();
    for (unsigned k = 0; k < COUNTED; k++)
        json_array_append_new(counters, json_pack("[s, s]", counted[k].unit, counted[k].kind));
    for (unsigned k = 0; bins_name(k); k++)
        hit(names, k);
    return print(json_pack("{s:i, s:s, s:s, s:s, s:s, s:s, s:o, s:o}", "worker", 1, "config", w->config.name,
                           "commit", capsule_commit, "version", DCOM_VERSION, "verilator", dut_version(), "compiler",
                           capsule_compiler, "counters", counters, "bins", names));
}

int worker_run(const sim_kind *kind, const char *config) {
    static worker w; /* large */
    char message[256], *line = NULL;
    size_t size = 0;
    w.kind = kind;
    int status = find_config(config, &w.config);
    if (status) return status;
    if (openblas_set_num_threads) openblas_set_num_threads(1);
    w.usual = case_usual();
    w.usual.config = w.config;
    if (lockstep_open(&w.lockstep, kind->design, &w.config, message)) return command_error("%s", message);
    if (lockstep_keep(&w.lockstep) || dcom_create(&w.config, &w.context)) status = command_error("out of memory");
    bool good = !status && greet(&w);
    while (good && getline(&line, &size, stdin) >= 0)
        good = serve(&w, line);
    free(line);
    dcom_destroy(w.context);
    lockstep_close(&w.lockstep);
    return status ? status : good ? EXIT_GOOD : EXIT_WRONG;
}
