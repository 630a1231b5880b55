/* sim.c - decomposes an activation on model and RTL in lockstep and says what that proves.
 * SPDX-License-Identifier: Apache-2.0 */
#include <inttypes.h>
#include <math.h>
#include <pthread.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>
#include "quality.h"
#include "sim.h"

enum { INPUT = 512 + 64, STALL, STALL_SEED, FAULT, WAVES, WINDOW, BENCH, LIST, EXACT, CAPSULE, REPLAY, SIDE };

static const struct argp_option option_list[] = {
    {"stall", STALL, "PROFILE", 0, "none, light, heavy, or COMMAND,WRITE,VECTOR,RESULT in 1/256 (none)", 0},
    {"stall-seed", STALL_SEED, "N", 0, "Of the stalls (1)", 0},
    {"waves", WAVES, "FILE.fst", 0,
     "If it diverges, an FST of the RTL around the divergence (a build with WAVES=1), and a VCD of the model beside "
     "it",
     0},
    {"window", WINDOW, "N", 0, "Clocks of waves before the divergence (64)", 0},
    {"fault", FAULT, "NAME:WORD:BIT@CLOCK", 0, "Turn a bit of the RTL over, to see that it is told", 0},
    {"capsule", CAPSULE, "FILE", 0,
     "If it fails, where all that the failure needs goes (failure.capsule beside the program)", 0},
    {"replay", REPLAY, "FILE", 0, "Run the failure in this capsule again instead", 0},
    {"side", SIDE, "SIDE", 0, "Of a replay: both, model, rtl (both)", 0},
    {"bench", BENCH, "N", 0, "Time N rounds at full size instead, bare and in lockstep", 0},
    {"exact", EXACT, NULL, 0, "Compare registers, not their fingerprints, after every clock: slower", 0},
    {"list", LIST, NULL, 0, "Print what is compared instead: NAME, words, register or memory", 0},
    {0}};

static int parse_fault(sim_options *o, const char *text) {
    char rest;
    const char *colon = strchr(text, ':');
    if (!colon || (size_t)(colon - text) >= sizeof o->fault_name ||
        sscanf(colon, ":%u:%u@%" SCNu64 "%c", &o->fault.word, &o->fault.bit, &o->fault.clock, &rest) != 3)
        return command_error("--fault %s: not NAME:WORD:BIT@CLOCK", text);
    snprintf(o->fault_name, sizeof o->fault_name, "%.*s", (int)(colon - text), text);
    o->fault.name = o->fault_name;
    return EXIT_GOOD;
}

static int parse_stall(sim_options *o, const char *text) {
    if (stall_profile_parse(text, &o->stall) || strlen(text) >= sizeof o->stall_text)
        return command_error("--stall %s: not none, light, heavy or four numbers 0..255", text);
    strcpy(o->stall_text, text);
    return EXIT_GOOD;
}

static int parse_side(sim_options *o, const char *text) {
    static const char *const sides[] = {"both", "model", "rtl"};
    for (unsigned k = 0; k < 3; k++)
        if (!strcmp(text, sides[k])) return o->side = (sim_side)k, EXIT_GOOD;
    return command_error("--side %s: not both, model or rtl", text);
}

static error_t parse(int key, char *argument, struct argp_state *state) {
    sim_options *o = state->input;
    switch (key) {
    case ARGP_KEY_INIT:
        state->child_inputs[0] = &o->run;
        return 0;
    case STALL:
        return parse_stall(o, argument);
    case CAPSULE:
        o->capsule = argument;
        return 0;
    case REPLAY:
        o->replay = argument;
        return 0;
    case SIDE:
        return parse_side(o, argument);
    case STALL_SEED:
        return command_number("--stall-seed", argument, UINT32_MAX, &o->stall_seed) ? 0 : EXIT_WRONG;
    case WAVES:
        o->waves = argument;
        return 0;
    case WINDOW:
        return command_number("--window", argument, 1000000, &o->window) ? 0 : EXIT_WRONG;
    case BENCH:
        return command_number("--bench", argument, 1000, &o->bench) ? 0 : EXIT_WRONG;
    case FAULT:
        return parse_fault(o, argument);
    case EXACT:
        o->exact = true;
        return 0;
    case LIST:
        o->list = true;
        return 0;
    case ARGP_KEY_ARG:
        if (o->input) return command_error("one matrix at a time: %s and %s", o->input, argument);
        o->input = argument;
        return 0;
    case ARGP_KEY_SUCCESS:
        if (o->input && o->replay)
            return command_error("--replay: the matrix is in the capsule, %s is one more", o->input);
        return o->input || o->bench || o->list || o->replay ? 0 : command_error("a matrix is needed, A.npy");
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
} task;

static void *run_task(void *user) {
    const task *t = user;
    t->kind->run(t->run);
    lockstep_end(t->run->lockstep, FINGERPRINT_MODEL);
    return NULL;
}

void sim_decompose(const sim_kind *kind, lockstep *l, sim_run *one) {
    one->lockstep = l;
    one->clock = lockstep_clock;
    if (l->mode != LOCKSTEP_PARALLEL) {
        kind->run(one);
        return;
    }
    sim_run rtl = *one;
    task model = {kind, one}; /* lives until the thread has ended */
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
        fprintf(f, " %s", o->argv[k]);
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

static int check_fault(const correspondence *table, const planted_fault *f) {
    const comparator_pair *p = correspondence_find(table, f->name);
    if (!p || correspondence_is_port(p)) return command_error("--fault: no register is called %s", f->name);
    const unsigned bytes = correspondence_word_bytes(p);
    if (f->word >= p->bytes / bytes || f->bit >= 8 * bytes)
        return command_error("--fault: %s has words 0..%zu of %u bits, no bit %u of word %u", f->name,
                             p->bytes / bytes - 1, 8 * bytes, f->bit, f->word);
    return f->clock > 0 ? EXIT_GOOD : command_error("--fault: clocks count from 1");
}

bool sim_watch(const sim_options *o, lockstep *l, lockstep_mode mode, const sim_run *first,
               const capsule_divergence *d, unsigned last) {
    char message[256];
    if (lockstep_open(l, o->kind->design, first->config, message)) return command_error("%s", message), false;
    l->watch = correspondence_find(&l->table, d->name);
    if (!l->watch || d->word * correspondence_word_bytes(l->watch) >= l->watch->bytes)
        command_error("no register is called %s[%u]", d->name, d->word);
    else if (!o->fault.name || !check_fault(&l->table, &o->fault)) {
        char *vcd = o->waves ? beside(o->waves) : NULL;
        l->mode = mode;
        l->fault = o->fault;
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

/* What failed, for the capsule. */
__attribute__((format(printf, 3, 4))) static void fail(capsule *c, const char *failure, const char *format, ...) {
    va_list arguments;
    va_start(arguments, format);
    snprintf(c->failure, sizeof c->failure, "%s", failure);
    vsnprintf(c->message, sizeof c->message, format, arguments);
    va_end(arguments);
}

/* Runs once more, comparing registers, for the one that differs; and again up to that clock, for its history and
 * waves. */
static void explain(const sim_options *o, uint64_t clock, const sim_run *first, capsule *failed) {
    char message[256];
    lockstep exact, l;
    capsule_divergence *d = &failed->divergence;
    if (lockstep_open(&exact, o->kind->design, first->config, message)) return;
    exact.mode = LOCKSTEP_EXACT;
    exact.fault = o->fault;
    if (!run_again(o, &exact, first)) {
        fail(failed, "unrepeatable",
             "divergence at clock %" PRIu64 ", but not when run again: this host computes wrongly, or the bench",
             clock);
        printf("DIVERGENCE at clock %" PRIu64 ", but not when run again: this host computes wrongly, or the bench\n",
               clock);
        lockstep_close(&exact);
        return;
    }
    correspondence_name(&exact.table, exact.diverged, d->name);
    correspondence_place(exact.diverged, exact.diverged_word, d->place);
    d->word = exact.diverged_word;
    d->bits = 8 * correspondence_word_bytes(exact.diverged);
    d->history[0].clock = exact.diverged_clock;
    d->count = 1;
    fail(failed, "divergence", "divergence at clock %" PRIu64 ": %s[%u]", exact.diverged_clock, d->name, d->word);
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

/* The certificate as the hardware shows it, FP32. */
static bool same(const dcom_result *x, const dcom_result *y) {
    size_t p = (size_t)x->tokens * x->rank * sizeof(float), v = (size_t)x->channels * x->rank * sizeof(float);
    return x->rank == y->rank && !memcmp(x->p, y->p, p) && !memcmp(x->v, y->v, v) &&
           x->outlier_count == y->outlier_count &&
           !memcmp(x->outliers, y->outliers, x->outlier_count * sizeof *x->outliers) && x->stop == y->stop &&
           x->flags == y->flags && x->passes == y->passes && x->rounds == y->rounds &&
           x->deflations == y->deflations && (float)x->certificate == (float)y->certificate &&
           (float)x->certificate_bound == (float)y->certificate_bound;
}

/* The second verdict. Returns false where the decomposition is worse than it should be. */
static bool judge(const npy_matrix *a, const dcom_parameters *p, const dcom_result *r) {
    quality q;
    double error = measure_error(a, p, r);
    if (quality_measure(a, p, r, &q) || error < 0) {
        printf("quality       LAPACK failed\n");
        return false;
    }
    bool good = error <= 1.5 * q.optimum + 0.04 && q.orthogonality <= 0.01;
    printf("quality       relative error %.4f, LAPACK's optimum of rank %u %.4f, ratio %.3f\n", error, r->rank,
           q.optimum, q.optimum > 0 ? error / q.optimum : 1.0);
    printf("              certificate %.4f +- %.4f (bound), max |V^T V - I| %.4f\n", r->certificate,
           r->certificate_bound, q.orthogonality);
    printf("QUALITY       %s\n", good ? "good" : "POOR: over 1.5 x the optimum + 0.04, or overlaps over 0.01");
    return good;
}

static void print_result(const char *name, const dcom_result *r) {
    printf("  %-8s rank %u, stop %d, flags %u, passes %u, rounds %u, deflations %u, outliers %u, certificate %.9g +- "
           "%.9g\n",
           name, r->rank, (int)r->stop, r->flags, r->passes, r->rounds, r->deflations, r->outlier_count,
           r->certificate, r->certificate_bound);
}

static bool compare_untimed(const sim_run *run) {
    dcom_context *context = NULL;
    dcom_result untimed = {0};
    const bool good =
                   !dcom_create(run->config, &context) &&
                   !dcom_decompose(context, run->a->bits, run->a->rows, run->a->columns, run->parameters, &untimed),
               equal = good && same(&run->result, &untimed);
    if (equal) {
        printf("untimed model P, V, outliers, counts, certificate equal bit for bit; %.4f s\n", untimed.seconds);
    } else {
        printf("untimed model DIFFERS from the clocked one\n");
        print_result("clocked", &run->result);
        if (good) print_result("untimed", &untimed);
    }
    dcom_destroy(context);
    return equal;
}

/* The capsule of what failed: on the model alone once more, for what it did; then into its file. */
static void leave_capsule(const sim_options *o, const dcom_config *config, const npy_matrix *a,
                          const dcom_parameters *p, capsule *c) {
    const capsule_divergence *d = &c->divergence;
    snprintf(c->program, sizeof c->program, "%s", o->kind->name);
    snprintf(c->input, sizeof c->input, "%s", o->input);
    snprintf(c->verilator, sizeof c->verilator, "%s", dut_version());
    if (o->fault.name) {
        snprintf(c->fault.name, sizeof c->fault.name, "%s", o->fault.name);
        c->fault.word = o->fault.word, c->fault.bit = o->fault.bit, c->fault.clock = o->fault.clock;
    }
    c->config = *config;
    c->parameters = *p;
    c->stall = o->stall;
    c->stall_seed = o->stall_seed;
    c->a = *a;
    capsule_stamp(c);
    fflush(stdout);
    if (!capsule_run(o->input, c, d->count ? d->history[d->count - 1].clock : UINT64_MAX, &c->model) &&
        !capsule_write(o->capsule, c))
        printf("capsule       %s\nreplay        make replay CAPSULE=%s\n", o->capsule, o->capsule);
    else
        printf("capsule       none\n");
}

int sim_compare(const sim_options *o, const dcom_config *config, const npy_matrix *a, capsule *failed) {
    char message[256];
    lockstep l;
    meter m = {.begin = sim_now(), .shown = sim_now(), .terminal = isatty(STDERR_FILENO)};
    const dcom_parameters p = run_parameters(&o->run, a);
    const sim_run first = {
        .config = config, .a = a, .parameters = &p, .stall = o->stall, .stall_seed = o->stall_seed};
    sim_run s = first;
    if (lockstep_open(&l, o->kind->design, config, message)) return command_error("%s", message);
    if (o->fault.name && check_fault(&l.table, &o->fault)) {
        lockstep_close(&l);
        return EXIT_WRONG;
    }
    l.mode = o->exact ? LOCKSTEP_EXACT : LOCKSTEP_PARALLEL;
    l.fault = o->fault;
    l.progress = show;
    l.user = &m;
    printf("lockstep      %s: %u x %u clusters of %u x %u MACs, %u MAC stages; stalls %s\n", config->name,
           config->cluster_rows, config->cluster_columns, config->mac_rows, config->lanes, config->mac_stages,
           o->stall_text);
    printf("input         %s: %zu tokens x %zu channels; rank %u, expansion %u, warmup %u, outliers %u, seed %u\n",
           o->input, a->rows, a->columns, p.rank, p.expansion, p.warmup, p.outliers, p.seed);
    fflush(stdout);
    const double begin = sim_now();
    sim_decompose(o->kind, &l, &s);
    const double seconds = sim_now() - begin;
    if (m.terminal) fprintf(stderr, "\r%60s\r", "");
    int result = EXIT_GOOD;
    bool differs = lockstep_finish(&l) != 0;
    if (!differs && s.status && s.status != DCOM_E_STOPPED) {
        result = command_error("%s: %s", o->input, s.message);
        goto done;
    }
    if (!differs && l.fault.name && l.fault.clock > l.clocks) {
        result = command_error("--fault: the run has %" PRIu64 " clocks, no clock %" PRIu64, l.clocks, l.fault.clock);
        goto done;
    }
    if (differs) {
        explain(o, l.diverged_clock, &first, failed);
        result = EXIT_DIFFERENT;
    }
    const comparator *registers = &l.table.registers, *memories = &l.table.memories;
    printf("compared      %" PRIu64 " registers (%" PRIu64 " bits) and %" PRIu64 " ports on each of %" PRIu64
           " clocks: %.3g values;\n              %" PRIu64 " memory words %" PRIu64 " times\n",
           l.table.register_count, l.table.register_bits, l.table.port_count, registers->checks,
           (double)registers->checks * (double)registers->bytes / 4, l.table.memory_words, memories->checks);
    printf("clocks        %" PRIu64 ", %.2f s, %.0f clocks/s\n", s.clocks, seconds, (double)s.clocks / seconds);
    if (result == EXIT_GOOD && (registers->checks == 0 || l.table.register_count == 0 || memories->checks == 0)) {
        printf("nothing was compared\n");
        fail(failed, "nothing", "nothing was compared");
        result = EXIT_DIFFERENT;
    }
    /* model and RTL alike: the design, or the host, is wrong */
    if (result == EXIT_GOOD && s.status) {
        printf("STOPPED       %s\n", s.message);
        fail(failed, "stopped", "%s", s.message);
        result = EXIT_DIFFERENT;
    }
    if (result == EXIT_GOOD && !compare_untimed(&s)) {
        fail(failed, "untimed", "the result of the clocked model is not that of the untimed one");
        result = EXIT_DIFFERENT;
    }
    printf("LOCKSTEP      %s\n", result == EXIT_GOOD ? "bit-exact" : "NOT bit-exact");
    if (result == EXIT_GOOD && o->kind->report && !o->kind->report(&s)) {
        fail(failed, "report", "counters or predicted clocks are wrong");
        result = EXIT_DIFFERENT;
    }
    if (result == EXIT_GOOD && !judge(a, &p, &s.result)) {
        fail(failed, "quality", "the decomposition is worse than it should be");
        result = EXIT_DIFFERENT;
    }
    if (result == EXIT_DIFFERENT && o->capsule) leave_capsule(o, config, a, &p, failed);
    printf("%s\n", result == EXIT_GOOD ? "PASS" : "FAIL");
done:
    o->kind->release(&s);
    lockstep_close(&l);
    return result;
}

/* What --fault can name, in the order of correspondence.def. Output ports have no storage of their own. */
static void list_pairs(const correspondence *table, const comparator *c, const char *kind) {
    for (size_t k = 0; k < c->count; k++) {
        char name[160];
        const comparator_pair *p = &c->pairs[k];
        if (correspondence_is_port(p)) continue;
        printf("%s %zu %s\n", correspondence_name(table, p, name), p->bytes / correspondence_word_bytes(p), kind);
    }
}

static int list(const design *design, const dcom_config *config) {
    char message[256];
    lockstep l;
    if (lockstep_open(&l, design, config, message)) return command_error("%s", message);
    list_pairs(&l.table, &l.table.registers, "register");
    list_pairs(&l.table, &l.table.memories, "memory");
    lockstep_close(&l);
    return EXIT_GOOD;
}

static int simulate(const sim_options *o, const dcom_config *config) {
    static capsule failed;
    char message[256];
    npy_matrix a;
    if (npy_read(o->input, &a, message)) return command_error("%s", message);
    const int status = sim_compare(o, config, &a, &failed);
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
    static const struct argp_child children[] = {{&run_argp, 0, NULL, 0}, {0}};
    const struct argp argp = {option_list, parse, "A.npy", kind->doc, children, NULL, NULL};
    sim_options o = {.kind = kind,
                     .run = {.parameters = dcom_defaults(), .config = "small"},
                     .stall_text = "none",
                     .stall_seed = 1,
                     .window = 64,
                     .argc = argc,
                     .argv = argv};
    dcom_config config;
    int status = command_parse(&argp, kind->name, argc, argv, &o);
    if (status) return status < 0 ? EXIT_GOOD : status;
    if (o.replay) return sim_replay(&o);
    char *beside_program = default_capsule(argv[0]);
    if (!o.capsule) o.capsule = beside_program;
    status = run_config(o.run.config, &config);
    if (!status && o.list)
        status = list(kind->design, &config);
    else if (!status && o.bench)
        status = kind->bench(&config, o.bench);
    else if (!status)
        status = simulate(&o, &config);
    free(beside_program);
    free(o.run.exact_tokens);
    return status;
}
