/* sim.c - decomposes an activation on model and RTL in lockstep and says what that proves.
 * SPDX-License-Identifier: Apache-2.0 */
#include <inttypes.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>
#include "sim.h"

enum {
    INPUT = 512 + 64,
    STALL,
    STALL_SEED,
    EXPECT,
    FAULT,
    WAVES,
    WINDOW,
    BENCH,
    LIST,
    EXACT,
    CAPSULE,
    REPLAY,
    SIDE,
    WORKER,
    FAULTS,
    FAULT_SEED,
    FAULT_NAMES,
    JOBS,
    RESULTS
};

static const struct argp_option option_list[] = {
    {"stall", STALL, "PROFILE", 0, "none, light, heavy, or COMMAND,WRITE,VECTOR,RESULT in 1/256 (none)", 0},
    {"stall-seed", STALL_SEED, "N", 0, "Of the stalls (1)", 0},
    {"expect", EXPECT, "WORD,...", 0, "What must come of it, as in a table of cases: noise,rank:3", 0},
    {"waves", WAVES, "FILE.fst", 0,
     "If it diverges, an FST of the RTL around the divergence (a build with WAVES=1), and a VCD of the model beside "
     "it",
     0},
    {"window", WINDOW, "N", 0, "Clocks of waves before the divergence (64)", 0},
    {"fault", FAULT, "NAME:WORD:BIT@CLOCK", 0,
     "Turn a bit of the RTL over (model:NAME... of the model), to see that it is told", 0},
    {"faults", FAULTS, "N", 0, "Plant N faults drawn at random instead, each in a run of its own", 0},
    {"fault-seed", FAULT_SEED, "N", 0, "Of --faults (1)", 0},
    {"fault-names", FAULT_NAMES, "GLOB", 0, "Of --faults: in these registers, memories and ports alone", 0},
    {"jobs", JOBS, "N", 0, "Of --faults: as many at a time (1)", 0},
    {"results", RESULTS, "FILE.tsv", 0, "Of --faults: a line for each", 0},
    {"capsule", CAPSULE, "FILE", 0,
     "If it fails, where all that the failure needs goes (failure.capsule beside the program)", 0},
    {"replay", REPLAY, "FILE", 0, "Run the failure in this capsule again instead", 0},
    {"side", SIDE, "SIDE", 0, "Of a replay: both, model, rtl (both)", 0},
    {"bench", BENCH, "N", 0, "Time N rounds at full size instead, bare and in lockstep", 0},
    {"exact", EXACT, NULL, 0, "Compare registers, not their fingerprints, after every clock: slower", 0},
    {"list", LIST, NULL, 0, "Print where faults can be instead: NAME, words, register, memory, output or input", 0},
    {"worker", WORKER, NULL, 0, "Run the cases on standard input, a line each, and print a line of JSON for each", 0},
    {0}};

static error_t set(sim_options *o, const char *key, const char *value) {
    char message[256];
    return case_set(&o->c, key, value, message) ? command_error("--%s", message) : 0;
}

static int parse_side(sim_options *o, const char *text) {
    static const char *const sides[] = {"both", "model", "rtl"};
    for (unsigned k = 0; k < 3; k++)
        if (!strcmp(text, sides[k])) return o->side = (sim_side)k, EXIT_GOOD;
    return command_error("--side %s: not both, model or rtl", text);
}

static error_t check_arguments(const sim_options *o) {
    if (o->input && o->replay)
        return command_error("--replay: the matrix is in the capsule, %s is one more", o->input);
    if (o->input && o->worker)
        return command_error("--worker: the cases are on standard input, %s is one more", o->input);
    if (o->faults.count && (o->c.fault.name[0] || o->c.told || (o->c.expect && *o->c.expect)))
        return command_error("--faults %u: with neither --fault nor --expect", o->faults.count);
    if (o->c.told && !o->c.fault.name[0]) return command_error("--expect divergence: there is no --fault");
    return o->input || o->bench || o->list || o->replay || o->worker
               ? 0
               : command_error("a matrix is needed, A.npy or a generator as 'noise(64,64)'");
}

static error_t parse(int key, char *argument, struct argp_state *state) {
    sim_options *o = state->input;
    switch (key) {
    case ARGP_KEY_INIT:
        state->child_inputs[0] = &o->c.run;
        return 0;
    case STALL:
        return set(o, "stall", argument);
    case CAPSULE:
        o->capsule = argument;
        return 0;
    case REPLAY:
        o->replay = argument;
        return 0;
    case SIDE:
        return parse_side(o, argument);
    case STALL_SEED:
        return set(o, "stall-seed", argument);
    case EXPECT:
        return set(o, "expect", argument);
    case WAVES:
        o->waves = argument;
        return 0;
    case WINDOW:
        return command_number("--window", argument, 1000000, &o->window) ? 0 : EXIT_WRONG;
    case BENCH:
        return command_number("--bench", argument, 1000, &o->bench) ? 0 : EXIT_WRONG;
    case FAULT:
        return set(o, "fault", argument);
    case EXACT:
        o->exact = true;
        return 0;
    case FAULTS:
        return command_number("--faults", argument, 10000000, &o->faults.count) ? 0 : EXIT_WRONG;
    case FAULT_SEED:
        return command_number("--fault-seed", argument, UINT32_MAX, &o->faults.seed) ? 0 : EXIT_WRONG;
    case FAULT_NAMES:
        o->faults.names = argument;
        return 0;
    case JOBS:
        return command_number("--jobs", argument, FAULT_JOBS, &o->faults.jobs) ? 0 : EXIT_WRONG;
    case RESULTS:
        o->faults.results = argument;
        return 0;
    case LIST:
        o->list = true;
        return 0;
    case WORKER:
        o->worker = true;
        return 0;
    case ARGP_KEY_ARG:
        if (o->input) return command_error("one matrix at a time: %s and %s", o->input, argument);
        o->input = argument;
        return 0;
    case ARGP_KEY_SUCCESS:
        return check_arguments(o);
    default:
        return ARGP_ERR_UNKNOWN;
    }
}

double sim_now(void) {
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec + 1e-9 * (double)t.tv_nsec;
}

/* ---- progress ---- */

typedef struct {
    double begin, shown;
    bool terminal;
} meter;

static void show(void *user, uint64_t clocks) {
    meter *m = user;
    double t = sim_now();
    if (t - m->shown < (m->terminal ? 0.25 : 10)) return;
    m->shown = t;
    fprintf(stderr,
            m->terminal ? "\r  %" PRIu64 " clocks, %.0f clocks/s \r" : "  %" PRIu64 " clocks, %.0f clocks/s\n",
            clocks, (double)clocks / (t - m->begin));
}

/* ---- a run ---- */

typedef struct {
    const sim_kind *kind;
    sim_run *run;
    lockstep *lockstep;
} task;

static void *run_task(void *user) {
    const task *t = user;
    t->kind->run(t->run);
    lockstep_end(t->lockstep, FINGERPRINT_MODEL);
    return NULL;
}

void sim_decompose(const sim_kind *kind, lockstep *l, sim_run *one) {
    one->user = l;
    one->clock = lockstep_clock;
    if (l->mode != LOCKSTEP_PARALLEL) {
        kind->run(one);
        return;
    }
    sim_run rtl = *one;
    task model = {kind, one, l}; /* lives until the thread has ended */
    pthread_t thread;
    one->clock = lockstep_clock_model, rtl.clock = lockstep_clock_rtl;
    if (pthread_create(&thread, NULL, run_task, &model)) {
        one->status = DCOM_E_MEMORY;
        return;
    }
    kind->run(&rtl);
    lockstep_end(l, FINGERPRINT_RTL);
    pthread_join(thread, NULL);
    if (!one->status) one->status = rtl.status, memcpy(one->message, rtl.message, sizeof one->message);
    kind->release(&rtl);
}

static void print_command(FILE *f, const sim_options *o) {
    fputs("  again:", f);
    for (int k = 0; k < o->argc; k++)
        fputc(' ', f), command_print_word(f, o->argv[k]);
    fputc('\n', f);
}

/* Runs once more, `l` set up for it. Whether the two sides differed. */
static bool run_again(const sim_options *o, lockstep *l, const sim_run *first) {
    sim_run run = *first;
    sim_decompose(o->kind, l, &run);
    o->kind->release(&run);
    return lockstep_finish(l) != 0;
}

static void print_history(const lockstep *l, uint64_t until) {
    for (unsigned k = 0; k < l->history_count && l->history[k].clock <= until; k++) {
        const lockstep_sample *s = &l->history[k];
        printf("  clock %-10" PRIu64, s->clock);
        if (l->mode != LOCKSTEP_RTL) printf(" model "), correspondence_print(stdout, l->watch, s->model);
        if (l->mode == LOCKSTEP_WATCH) putchar(' ');
        if (l->mode != LOCKSTEP_MODEL) printf(" rtl "), correspondence_print(stdout, l->watch, s->rtl);
        if (l->mode == LOCKSTEP_WATCH)
            printf("  xor %0*" PRIx32, (int)(2 * correspondence_word_bytes(l->watch)), s->model ^ s->rtl);
        putchar('\n');
    }
}

/* FILE.vcd beside FILE.fst; the caller frees it. */
static char *beside(const char *path) {
    const size_t length = strlen(path), stem = length > 4 && !strcmp(path + length - 4, ".fst") ? length - 4 : length;
    char *name = NULL;
    return asprintf(&name, "%.*s.vcd", (int)stem, path) < 0 ? NULL : name;
}

/* The fault of the options, if there is one. */
static planted_fault fault_of(const sim_options *o) {
    const case_fault *f = &o->c.fault;
    return (planted_fault){f->name[0] ? f->name : NULL, f->word, f->bit, f->clock};
}

/* What kept a run from being one. */
static int wrong(const sim_options *o, const char *message) {
    return strncmp(message, "fault: ", 7) ? command_error("%s: %s", o->input, message)
                                          : command_error("--%s", message);
}

bool sim_watch(const sim_options *o, lockstep *l, lockstep_mode mode, const sim_run *first,
               const capsule_divergence *d, unsigned last) {
    char message[256];
    verdict v = {.kind = ""};
    const planted_fault fault = fault_of(o);
    if (lockstep_open(l, o->kind->design, first->config, message)) return command_error("%s", message), false;
    l->watch = correspondence_find(&l->table, d->name);
    if (!l->watch || d->word * correspondence_word_bytes(l->watch) >= l->watch->bytes)
        command_error("no register is called %s[%u]", d->name, d->word);
    else if (!judge_fault(&v, l, &fault))
        wrong(o, v.message);
    else {
        char *vcd = o->waves ? beside(o->waves) : NULL;
        l->mode = mode;
        l->fault = fault;
        l->watch_word = d->word;
        l->watch_clock = d->history[d->count - 1].clock;
        l->rtl_wave_path = o->waves;
        l->model_wave_path = vcd;
        l->wave_window = o->window;
        run_again(o, l, first);
        print_history(l, l->watch_clock + last);
        if (l->rtl_wave_good || l->model_wave_good)
            printf("  waves: %s%s%s\n", l->rtl_wave_good ? o->waves : "",
                   l->rtl_wave_good && l->model_wave_good ? ", " : "", l->model_wave_good ? vcd : "");
        if (o->waves && mode != LOCKSTEP_MODEL && !l->rtl_wave_good)
            printf("  no waves: %s cannot be written, or the DUT was not built with WAVES=1\n", o->waves);
        if (vcd && mode != LOCKSTEP_RTL && !l->model_wave_good) printf("  no waves: %s cannot be written\n", vcd);
        free(vcd);
        return true;
    }
    lockstep_close(l);
    return false;
}

/* Runs once more, comparing registers, for the one that differs; and again up to that clock, for its history and
 * waves. */
static void explain(const sim_options *o, uint64_t clock, const sim_run *first, verdict *v) {
    char message[256];
    lockstep exact, l;
    capsule_divergence *d = &v->divergence;
    if (lockstep_open(&exact, o->kind->design, first->config, message)) return;
    exact.mode = LOCKSTEP_EXACT;
    exact.fault = fault_of(o);
    if (!run_again(o, &exact, first)) {
        judge_fail(v, "unrepeatable",
                   "divergence at clock %" PRIu64
                   ", but not when run again: this host computes wrongly, or the bench",
                   clock);
        printf("DIVERGENCE at clock %" PRIu64 ", but not when run again: this host computes wrongly, or the bench\n",
               clock);
        lockstep_close(&exact);
        return;
    }
    judge_divergence(v, &exact);
    printf("DIVERGENCE at clock %" PRIu64 ": %s[%u]\n", exact.diverged_clock, d->name, d->word);
    if (d->place[0]) printf("  at %s\n", d->place);
    printf("  the last clocks before it:\n");
    if (sim_watch(o, &l, LOCKSTEP_WATCH, first, d, 0)) {
        for (d->count = 0; d->count < l.history_count && l.history[d->count].clock <= exact.diverged_clock;
             d->count++)
            d->history[d->count] =
                (capsule_sample){l.history[d->count].clock, l.history[d->count].model, l.history[d->count].rtl};
        lockstep_close(&l);
    }
    print_command(stdout, o);
    if (!o->waves) printf("  waves: the same make command with WAVES=1\n");
    lockstep_close(&exact);
}

/* ---- the verdict, check by check ---- */

static void print_result(const char *name, const dcom_result *r) {
    printf("  %-8s rank %u, stop %d, flags %u, passes %u, rounds %u, deflations %u, outliers %u, certificate %.9g +- "
           "%.9g\n",
           name, r->rank, (int)r->stop, r->flags, r->passes, r->rounds, r->deflations, r->outlier_count,
           r->certificate, r->certificate_bound);
}

static void print_compared(const lockstep *l, const sim_run *r, double seconds) {
    const comparator *registers = &l->table.registers, *memories = &l->table.memories;
    printf("compared      %" PRIu64 " registers (%" PRIu64 " bits) and %" PRIu64 " ports on each of %" PRIu64
           " clocks: %.3g values;\n              %" PRIu64 " memory words %" PRIu64 " times\n",
           l->table.register_count, l->table.register_bits, l->table.port_count, registers->checks,
           (double)registers->checks * (double)registers->bytes / 4, l->table.memory_words, memories->checks);
    printf("clocks        %" PRIu64 ", %.2f s, %.0f clocks/s\n", r->clocks, seconds, (double)r->clocks / seconds);
}

static void print_untimed(const verdict *v, const sim_run *r, bool equal) {
    if (equal) {
        printf("untimed model P, V, outliers, counts, certificate equal bit for bit; %.4f s\n", v->untimed.seconds);
        printf("digest        %s\n", v->digest);
        return;
    }
    printf("untimed model DIFFERS from the clocked one\n");
    print_result("clocked", &r->result);
    if (v->untimed.tokens) print_result("untimed", &v->untimed);
}

static void print_quality(const verdict *v, const sim_run *r, bool good) {
    const quality *q = &v->quality;
    if (v->error < 0) {
        printf("quality       %s\n",
               good ? "not judged: a sum or an operand became infinite, and stopped it" : "LAPACK failed");
        return;
    }
    printf("quality       relative error %.4f, LAPACK's optimum of rank %u %.4f, ratio %.3f\n", v->error,
           r->result.rank, q->optimum, q->optimum > 0 ? v->error / q->optimum : 1.0);
    printf("              certificate %.4f +- %.4f (bound), max |V^T V - I| %.4f\n", r->result.certificate,
           r->result.certificate_bound, q->orthogonality);
    printf("QUALITY       %s\n", good ? "good" : "POOR: over 1.5 x the optimum + 0.04, or overlaps over 0.01");
}

/* The checks behind the first one, each as it comes. */
static void judge(const sim_options *o, sim_run *r, dcom_context *context, verdict *v) {
    bool good = !v->kind[0];
    if (!strcmp(v->kind, "nothing")) printf("nothing was compared\n");
    if (!strcmp(v->kind, "stopped")) printf("STOPPED       %s\n", r->message);
    if (good) print_untimed(v, r, good = judge_untimed(v, r, context));
    printf("LOCKSTEP      %s\n", good ? "bit-exact" : "NOT bit-exact");
    if (!good) return;
    good = judge_report(v, o->kind, r);
    if (o->kind->report) o->kind->report(r);
    if (!good) return;
    print_quality(v, r, good = judge_quality(v, r));
    if (good) judge_expected(v, &o->c, &r->result);
}

/* The capsule of what failed: on the model alone once more, for what it did; then into its file. */
static void leave_capsule(const sim_options *o, const dcom_config *config, const npy_matrix *a,
                          const dcom_parameters *p, const verdict *v) {
    static capsule made; /* large */
    capsule *c = &made;
    const capsule_divergence *d = &v->divergence;
    memset(c, 0, sizeof *c);
    memcpy(c->failure, v->kind, sizeof c->failure);
    memcpy(c->message, v->message, sizeof c->message);
    c->divergence = *d;
    snprintf(c->program, sizeof c->program, "%s", o->kind->name);
    snprintf(c->input, sizeof c->input, "%s", o->input);
    snprintf(c->verilator, sizeof c->verilator, "%s", dut_version());
    c->fault = o->c.fault;
    c->config = *config;
    c->parameters = *p;
    c->stall = o->c.stall;
    c->stall_seed = o->c.stall_seed;
    c->a = *a;
    capsule_stamp(c);
    fflush(stdout);
    if (!capsule_run(o->input, c, d->count ? d->history[d->count - 1].clock : UINT64_MAX, &c->model) &&
        !capsule_write(o->capsule, c))
        printf("capsule       %s\nreplay        make replay CAPSULE=%s\n", o->capsule, o->capsule);
    else
        printf("capsule       none\n");
}

/* The run, and what it proves. */
static void compare(const sim_options *o, lockstep *l, sim_run *r, dcom_context *context, verdict *v) {
    meter m = {.begin = sim_now(), .shown = sim_now(), .terminal = isatty(STDERR_FILENO)};
    const sim_run first = *r;
    char stall[STALL_TEXT];
    stall_profile_text(&o->c.stall, stall);
    /* a model with a fault is stopped on its clock: it might write beside its memories on the clocks behind it */
    const bool wild = l->fault.name && !strncmp(l->fault.name, FAULT_MODEL, strlen(FAULT_MODEL));
    l->mode = o->exact || wild ? LOCKSTEP_EXACT : LOCKSTEP_PARALLEL;
    l->progress = show;
    l->user = &m;
    printf("lockstep      %s: %u x %u clusters of %u x %u MACs, %u MAC stages; stalls %s\n", r->config->name,
           r->config->cluster_rows, r->config->cluster_columns, r->config->mac_rows, r->config->lanes,
           r->config->mac_stages, stall);
    printf("input         %s: %zu tokens x %zu channels; rank %u, expansion %u, warmup %u, outliers %u, seed %u\n",
           o->input, r->a->rows, r->a->columns, r->parameters->rank, r->parameters->expansion, r->parameters->warmup,
           r->parameters->outliers, r->parameters->seed);
    fflush(stdout);
    const double begin = sim_now();
    sim_decompose(o->kind, l, r);
    const double seconds = sim_now() - begin;
    if (m.terminal) fprintf(stderr, "\r%60s\r", "");
    lockstep_finish(l);
    if (!judge_lockstep(v, l, r) && !strcmp(v->kind, "input")) return;
    if (l->differs) explain(o, l->diverged_clock, &first, v);
    print_compared(l, r, seconds);
    judge(o, r, context, v);
}

int sim_compare(const sim_options *o, const dcom_config *config, const npy_matrix *a, verdict *v) {
    char message[256];
    lockstep l;
    dcom_context *context = NULL;
    const dcom_parameters p = run_parameters(&o->c.run, a);
    sim_run r = {.config = config, .a = a, .parameters = &p, .stall = o->c.stall, .stall_seed = o->c.stall_seed};
    *v = (verdict){.kind = ""};
    if (lockstep_open(&l, o->kind->design, config, message)) return command_error("%s", message);
    l.fault = fault_of(o);
    if (dcom_create(config, &context))
        judge_fail(v, "input", "out of memory");
    else if (judge_fault(v, &l, &l.fault) && judge_input(v, o->kind, &r, context))
        compare(o, &l, &r, context, v);
    if (o->c.told) judge_told(v, &o->c, &l);
    int result = !v->kind[0] ? EXIT_GOOD : strcmp(v->kind, "input") ? EXIT_DIFFERENT : wrong(o, v->message);
    if (result != EXIT_WRONG) {
        const char *expect = o->c.told ? "divergence" : o->c.expect;
        if (!strcmp(v->kind, "expect") || !strcmp(v->kind, "fault"))
            printf("EXPECT        NOT met: %s\n", v->message);
        else if (result == EXIT_GOOD && expect && *expect)
            printf("EXPECT        met: %s\n", expect);
        else if (result == EXIT_DIFFERENT && o->capsule)
            leave_capsule(o, config, a, &p, v);
        printf("%s\n", result == EXIT_GOOD ? "PASS" : "FAIL");
    }
    o->kind->release(&r);
    dcom_destroy(context);
    lockstep_close(&l);
    return result;
}

/* What --fault can name, in the order of correspondence.def. */
static void list_pairs(const correspondence *table, const comparator *c, const char *kind) {
    for (size_t k = 0; k < c->count; k++) {
        char name[160];
        const comparator_pair *p = &c->pairs[k];
        printf("%s %zu %s\n", correspondence_name(table, p, name), p->bytes / correspondence_word_bytes(p),
               correspondence_is_port(p) ? "output" : kind);
    }
}

static int list(const design *design, const dcom_config *config) {
    char message[256];
    lockstep l;
    if (lockstep_open(&l, design, config, message)) return command_error("%s", message);
    list_pairs(&l.table, &l.table.registers, "register");
    list_pairs(&l.table, &l.table.memories, "memory");
    for (const design_port *p = design->ports; p && p->name; p++)
        if (p->input) printf("%s %zu input\n", p->name, p->bytes < 4 ? 1 : p->bytes / 4);
    lockstep_close(&l);
    return EXIT_GOOD;
}

static int simulate(sim_options *o, const dcom_config *config) {
    static verdict v; /* large */
    char message[256];
    npy_matrix a;
    if (case_set_input(&o->c, o->input, message) || case_matrix(&o->c, &a, message))
        return command_error("%s", message);
    const int status = !o->faults.count     ? sim_compare(o, config, &a, &v)
                       : !o->kind->campaign ? command_error("--faults: %s has none", o->kind->name)
                                            : o->kind->campaign(o, config, &a);
    npy_release(&a);
    return status;
}

/* failure.capsule beside the program; the caller frees it. */
static char *default_capsule(const char *program) {
    const char *slash = strrchr(program, '/');
    char *path = NULL;
    return asprintf(&path, "%.*sfailure.capsule", slash ? (int)(slash + 1 - program) : 0, program) < 0 ? NULL : path;
}

int sim_main(const sim_kind *kind, int argc, char **argv) {
    report_begin();
    static const struct argp_child children[] = {{&run_argp, 0, NULL, 0}, {0}};
    const struct argp argp = {option_list, parse, "A.npy", kind->doc, children, NULL, NULL};
    sim_options o = {
        .kind = kind, .c = case_usual(), .window = 64, .faults = {.seed = 1, .jobs = 1}, .argc = argc, .argv = argv};
    dcom_config config;
    o.c.run.config = NULL;
    int status = command_parse(&argp, kind->name, argc, argv, &o);
    if (status) {
        case_release(&o.c);
        return status < 0 ? EXIT_GOOD : status;
    }
    char *beside_program = default_capsule(argv[0]);
    if (!o.capsule) o.capsule = beside_program;
    if (o.replay)
        status = sim_replay(&o);
    else if (o.worker)
        status =
            kind->worker ? kind->worker(kind, o.c.run.config) : command_error("--worker: %s has none", kind->name);
    else if (!(status = run_config(o.c.run.config ? o.c.run.config : "small", &config)))
        status = o.list    ? list(kind->design, &config)
                 : o.bench ? kind->bench(&config, o.bench)
                           : simulate(&o, &config);
    free(beside_program);
    case_release(&o.c);
    return status;
}
