/* run.c - build/regress run and plan. SPDX-License-Identifier: Apache-2.0 */
#include "pool.h"
#include "regress.h"
#include "report.h"

#include <errno.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include <unistd.h>

enum { BUILD = 256, JOBS, MAX_FAILURES, LAUNCHER, NO_WAVES, QUIET, JSON, CONFIGS, BEGIN };
enum { MOST_JOBS = 1024 };

typedef struct {
    choice choice;
    const char *build, *launcher;
    unsigned jobs, max_failures;
    bool no_waves, quiet, json, configs, begin;
} options;

static const struct argp_option option_list[] = {
    {"jobs", JOBS, "N", 0, "Workers at a time (as many as there are cores)", 0},
    {"max-failures", MAX_FAILURES, "N", 0, "Stop after so many (0: never)", 0},
    {"build", BUILD, "DIR", 0, "Where the programs are, CONFIG/sim (build)", 0},
    {"launcher", LAUNCHER, "NAME", 0, "What started it, for the record (local)", 0},
    {"begin", BEGIN, NULL, 0, "Run nothing: print name and seed of the regression that is begun, or gone on with", 0},
    {"no-waves", NO_WAVES, NULL, 0, "No waves of the first failure of each kind: they need a build of their own", 0},
    {"json", JSON, NULL, 0, "The end as JSON", 0},
    {"quiet", QUIET, NULL, 0, "Print nothing but failures and the end", 0},
    {0}};

static const struct argp_option plan_option_list[] = {
    {"configs", CONFIGS, NULL, 0, "Print the configurations that the tests need instead", 0}, {0}};

static error_t parse(int key, char *argument, struct argp_state *state) {
    options *o = state->input;
    switch (key) {
    case ARGP_KEY_INIT:
        state->child_inputs[0] = &o->choice;
        return 0;
    case JOBS:
        if (!command_number("--jobs", argument, MOST_JOBS, &o->jobs)) return EXIT_WRONG;
        return o->jobs ? 0 : command_error("--jobs 0: no worker");
    case MAX_FAILURES:
        return command_number("--max-failures", argument, 1000000000, &o->max_failures) ? 0 : EXIT_WRONG;
    case BUILD:
        o->build = argument;
        return 0;
    case LAUNCHER:
        o->launcher = argument;
        return 0;
    case BEGIN:
        o->begin = true;
        return 0;
    case NO_WAVES:
        o->no_waves = true;
        return 0;
    case JSON:
        o->json = true;
        return 0;
    case QUIET:
        o->quiet = true;
        return 0;
    case CONFIGS:
        o->configs = true;
        return 0;
    default:
        return ARGP_ERR_UNKNOWN;
    }
}

/* ---- which regression it is ---- */

/* Drawn, small enough to be read and typed. */
static uint32_t draw_seed(void) {
    uint32_t seed = 0;
    if (getrandom(&seed, sizeof seed, 0) != sizeof seed) seed = (uint32_t)pool_now();
    return 1 + seed % 999999;
}

/* SHA-256 of each program: what another build finds is another regression's. */
static int hash_programs(const char *build, const plan *p, char text[65]) {
    sha256 *s = sha256_begin();
    char *path = NULL, bytes[65536];
    int status = EXIT_GOOD;
    for (unsigned k = 0; !status && k < p->config_count; k++) {
        FILE *f = asprintf(&path, "%s/%s/sim", build, p->configs[k].name) < 0 ? NULL : fopen(path, "rb");
        if (!f) status = command_error("%s: %s", path, strerror(errno));
        for (size_t count; f && (count = fread(bytes, 1, sizeof bytes, f)) > 0;)
            sha256_add(s, bytes, count);
        if (f) fclose(f);
        free(path);
    }
    if (!sha256_end(s, text) && !status) status = command_error("out of memory");
    return status;
}

static char *join(char *const *words, size_t count) {
    char *text = NULL;
    size_t size = 0;
    FILE *f = open_memstream(&text, &size);
    for (size_t k = 0; f && k < count; k++)
        fprintf(f, "%s%s", k ? " " : "", words[k]);
    return f && !fclose(f) ? text : NULL;
}

/* Goes on with the regression that began with the same choices, tests and programs and has not ended, or begins one.
 * In a transaction: of two runners that start at once the second joins the first. */
static int find_regression(options *o, results *r, plan *p) {
    choice *c = &o->choice;
    char name[REGRESSION_NAME], was[512], programs[65], origin[REGRESSION_NAME] = "", *begin = NULL, *whole = NULL;
    char *cases = join(c->choices.tables, c->choices.table_count);
    uint32_t seed = 0;
    int status = choose_finish(c, r, origin);
    if (!status && (!cases || asprintf(&begin, "rerun=%s seeds=%u case=%s tests=", origin, c->choices.drawn,
                                       c->choices.glob ? c->choices.glob : "") < 0))
        status = command_error("out of memory");
    regression_key key = {.cases = cases,
                          .tier = c->choices.tier,
                          .tags = c->choices.tags ? c->choices.tags : "",
                          .options = begin,
                          .launcher = o->launcher,
                          .jobs = o->jobs};
    if (!status) status = results_last(r, &key, true, name, &seed, was);
    if (!status && *name && c->seed_given && seed != c->choices.seed) *name = 0;
    if (!c->seed_given) c->choices.seed = *name ? seed : draw_seed();
    if (!status) status = plan_make(p, &c->choices);
    if (!status && !(status = hash_programs(o->build, p, programs))) {
        if (asprintf(&whole, "%s%.16s programs=%.16s", begin, p->hash, programs) < 0)
            status = command_error("out of memory");
        if (!status && strcmp(was, whole)) *name = 0;
        if (c->regression) snprintf(name, sizeof name, "%s", c->regression);
        key.options = whole, key.seed = c->choices.seed, key.planned = p->planned;
        if (!status) status = results_regression(r, name, &key, p);
        if (status) plan_release(p);
    }
    free(cases), free(begin), free(whole);
    return status;
}

/* ---- the tests that are left ---- */

typedef struct {
    const options *options;
    const plan *plan;
    results results;
    progress progress;
    size_t *order;       /* the tests that had not ended at the start */
    size_t *first, *end; /* of each configuration, in `order`: not taken yet */
    size_t *back, *held; /* given back; another runner is at them */
    size_t back_count, held_count;
    size_t *kept; /* recorded in this round: to be let go once it is kept for good */
    size_t kept_count;
    double looked; /* when the held ones were looked at */
    bool recording;
    int status;
    char **told; /* signatures that a line has been printed of */
    size_t told_count;
} session;

static volatile sig_atomic_t caught;

static void catch (int number) { caught = number; }
static bool is_caught(void) { return caught != 0; }

static void count_one(session *s, bool pass) {
    s->progress.done++;
    s->progress.failed += !pass;
}

/* Whether the test is this runner's now. Another's, or done: it is put where it belongs. */
static bool claim(session *s, size_t test) {
    const plan_test *t = &s->plan->tests[test];
    int verdict;
    if (!results_claim(&s->results, test)) {
        s->held[s->held_count++] = test;
        return false;
    }
    if (results_verdict(&s->results, s->plan->cases[t->at].run.name, t->seed, &verdict)) {
        s->status = EXIT_WRONG;
        return false;
    }
    if (verdict < 0) return true;
    count_one(s, verdict);
    results_unclaim(&s->results, test);
    return false;
}

static size_t waiting(void *user) {
    const session *s = user;
    size_t count = s->back_count + s->held_count;
    for (unsigned k = 0; k < s->plan->config_count; k++)
        count += s->end[k] - s->first[k];
    return count;
}

/* The configuration with the most tests left, or one of those that were given back; -1: none. */
static int pick_config(const session *s) {
    int config = -1;
    size_t most = 0;
    for (unsigned k = 0; k < s->plan->config_count; k++)
        if (s->end[k] - s->first[k] > most) most = s->end[k] - s->first[k], config = (int)k;
    if (config < 0 && s->back_count)
        config = (int)s->plan->cases[s->plan->tests[s->back[s->back_count - 1]].at].config;
    return config;
}

static bool next_of(session *s, int config, size_t *test) {
    for (size_t k = s->back_count; k-- > 0 && !s->status;)
        if ((int)s->plan->cases[s->plan->tests[s->back[k]].at].config == config) {
            *test = s->back[k];
            s->back[k] = s->back[--s->back_count];
            if (claim(s, *test)) return true;
        }
    while (s->first[config] < s->end[config] && !s->status) {
        *test = s->order[s->first[config]++];
        if (claim(s, *test)) return true;
    }
    return false;
}

static bool take(void *user, int config, pool_job *job) {
    session *s = user;
    size_t test;
    if (caught || s->status) return false;
    bool found = config >= 0 && next_of(s, config, &test);
    while (config < 0 && !found) {
        const int any = pick_config(s);
        if (any < 0 && (!s->held_count || pool_now() - s->looked < 0.05)) return false;
        if (any < 0) { /* has the other runner gone, or ended them? */
            memcpy(s->back, s->held, s->held_count * sizeof *s->held);
            s->back_count = s->held_count, s->held_count = 0;
            s->looked = pool_now();
            continue;
        }
        found = next_of(s, any, &test);
        if (s->status) return false;
    }
    if (!found) return false;
    const plan_case *c = &s->plan->cases[s->plan->tests[test].at];
    *job = (pool_job){.test = test,
                      .config = c->config,
                      .line = plan_line(s->plan, &s->plan->tests[test]),
                      .name = c->run.name,
                      .seed = s->plan->tests[test].seed,
                      .limit = c->run.limit};
    if (job->line) return true;
    s->status = command_error("out of memory");
    return false;
}

static void give_back(void *user, size_t test) {
    session *s = user;
    s->back[s->back_count++] = test;
    results_unclaim(&s->results, test);
}

/* Prints the first failure of each signature as it comes. */
static void tell(session *s, size_t test, const outcome *o, const char *again) {
    for (size_t k = 0; k < s->told_count; k++)
        if (strcmp(s->told[k], o->signature) == 0) return;
    char **more = realloc(s->told, (s->told_count + 1) * sizeof *more);
    if (more) s->told = more, s->told[s->told_count++] = strdup(o->signature);
    const plan_test *t = &s->plan->tests[test];
    progress_clear(&s->progress);
    fprintf(stderr, "FAIL %s@%u: %s: %s\n     again: %s\n", s->plan->cases[t->at].run.name, t->seed, o->signature,
            o->message, again);
}

/* Within a transaction that the round ends; what is claimed stays so until then. */
static void ended(void *user, size_t test, const outcome *o) {
    session *s = user;
    const plan_test *t = &s->plan->tests[test];
    char *again = plan_again(s->plan, &s->options->choice.choices, t, o->kind);
    if (!again) s->status = command_error("out of memory");
    if (!s->status && !s->recording) s->status = results_begin(&s->results), s->recording = !s->status;
    if (!s->status) s->status = results_record(&s->results, s->plan->cases[t->at].run.name, t->seed, o, again);
    if (!s->status) {
        s->kept[s->kept_count++] = test;
        count_one(s, o->pass);
        if (!o->pass) tell(s, test, o, again);
    }
    free(again);
}

static bool end_round(void *user) {
    session *s = user;
    if (s->recording && !s->status) s->status = results_commit(&s->results);
    s->recording = false;
    for (; s->kept_count; s->kept_count--)
        results_unclaim(&s->results, s->kept[s->kept_count - 1]);
    progress_show(&s->progress);
    const unsigned most = s->options->max_failures;
    return !s->status && !caught && !(most && s->progress.failed >= most);
}

static bool hello(void *user, unsigned config, const json_t *root) {
    session *s = user;
    dcom_config about;
    char message[256];
    if (run_find_config(s->plan->configs[config].geometry, &about, message)) s->status = command_error("%s", message);
    if (!s->status) s->status = results_config(&s->results, &about, root);
    return !s->status;
}

/* ---- the regression ---- */

/* Takes out what has ended before; the rest by configuration. */
static int session_begin(session *s, const plan *p) {
    const size_t room = (p->test_count + 1) * sizeof(size_t), configs = p->config_count + 1;
    size_t count = 0;
    s->plan = p;
    s->first = calloc(configs, sizeof *s->first), s->end = calloc(configs, sizeof *s->end);
    s->order = malloc(room), s->back = malloc(room), s->held = malloc(room), s->kept = malloc(room);
    if (!s->first || !s->end || !s->order || !s->back || !s->held || !s->kept) return command_error("out of memory");
    s->progress = progress_begin(p->test_count, s->options->quiet);
    for (size_t k = 0; k < p->test_count; k++) {
        const plan_case *c = &p->cases[p->tests[k].at];
        int verdict;
        if (results_verdict(&s->results, c->run.name, p->tests[k].seed, &verdict)) return EXIT_WRONG;
        if (verdict >= 0) {
            count_one(s, verdict);
            continue;
        }
        if (s->end[c->config] == 0) s->first[c->config] = count;
        s->order[count++] = k;
        s->end[c->config] = count;
    }
    s->progress.before = s->progress.done;
    return EXIT_GOOD;
}

static void session_end(session *s) {
    free(s->order), free(s->first), free(s->end), free(s->back), free(s->held), free(s->kept);
    for (size_t k = 0; k < s->told_count; k++)
        free(s->told[k]);
    free(s->told);
}

static void say_begin(const session *s) {
    const plan *p = s->plan;
    if (s->options->quiet) return;
    fprintf(stderr, "%s: %zu tests of %zu cases, seed %u; %s", s->results.regression, p->test_count, p->case_count,
            s->options->choice.choices.seed, s->results.path);
    if (s->progress.before) fprintf(stderr, "; goes on: %zu have ended", s->progress.before);
    fputc('\n', stderr);
}

static int run_tests(session *s) {
    const pool_calls calls = {s, take, give_back, ended, end_round, waiting, hello};
    const options *o = s->options;
    say_begin(s);
    const int pool = pool_run(&calls, o->build, s->plan->configs, o->jobs);
    end_round(s);
    progress_clear(&s->progress);
    return s->status ? s->status : pool;
}

static int finish(session *s, int pool) {
    const options *o = s->options;
    const bucket_options b = {
        .build = o->build, .out = o->choice.out, .waves = !o->no_waves, .quiet = o->quiet, .stopped = is_caught};
    int status = results_finish(&s->results);
    if (!status && !caught && !o->choice.choices.parts) /* of parts, once they are together */
        status = bucket_run(&s->results, s->plan, &b);
    if (status) return status;
    if (caught) {
        fprintf(stderr, "stopped by SIG%s: %zu of %zu have ended; the same command goes on\n", sigabbrev_np(caught),
                s->progress.done, s->plan->test_count);
        return 128 + caught;
    }
    /* Of a part it says nothing; that is for the whole, once it is merged */
    if (!o->choice.choices.parts) {
        if ((status = report_write(o->choice.out, s->results.regression))) return status;
        if (!o->quiet) fprintf(stderr, "report: %s/report.html, junit.xml, report.json, summary.md\n", o->choice.out);
    }
    status = bucket_print(&s->results, o->choice.out, s->plan->test_count, o->json, o->quiet);
    return status ? status : pool;
}

int regress_run(int argc, char **argv) {
    const struct argp_child children[] = {{&choose_argp, 0, NULL, 0}, {0}};
    const struct argp argp = {option_list, parse, "",  "Runs the tests that the tables and options choose.",
                              children,    NULL,  NULL};
    options o = {.choice.out = "out/regress",
                 .build = "build",
                 .launcher = "local",
                 .jobs = (unsigned)sysconf(_SC_NPROCESSORS_ONLN)};
    session s = {.options = &o, .results.claims = -1};
    plan p = {0};
    int status = command_parse(&argp, "regress run", argc, argv, &o);
    if (status < 0) return EXIT_GOOD;
    const struct sigaction action = {.sa_handler = catch};
    sigaction(SIGINT, &action, NULL), sigaction(SIGTERM, &action, NULL), sigaction(SIGHUP, &action, NULL);
    if (!status) status = results_open(&s.results, o.choice.out, true);
    if (!status && !(status = results_begin(&s.results))) {
        status = find_regression(&o, &s.results, &p);
        const int kept = results_do(&s.results, status ? "ROLLBACK" : "COMMIT");
        if (!status) status = kept;
    }
    if (!status && o.begin) printf("%s %u\n", s.results.regression, o.choice.choices.seed);
    if (!status && !o.begin) status = session_begin(&s, &p);
    if (!status && !o.begin) {
        const int pool = run_tests(&s);
        status = pool == EXIT_WRONG ? pool : finish(&s, pool);
    }
    session_end(&s);
    plan_release(&p);
    results_close(&s.results);
    choose_release(&o.choice);
    return status;
}

/* ---- plan ---- */

int regress_plan(int argc, char **argv) {
    const struct argp_child children[] = {{&choose_argp, 0, NULL, 0}, {0}};
    const struct argp argp = {
        plan_option_list, parse, "",  "Prints the tests that `run` with the same choices would run, a line each.",
        children,         NULL,  NULL};
    options o = {.choice.out = "out/regress"};
    char origin[REGRESSION_NAME];
    results r = {.claims = -1};
    plan p = {0};
    int status = command_parse(&argp, "regress plan", argc, argv, &o);
    if (status < 0) return EXIT_GOOD;
    if (!status && (o.choice.rerun || o.choice.seed_last)) status = results_open(&r, o.choice.out, false);
    if (!status) status = choose_finish(&o.choice, &r, origin);
    if (!status && !o.choice.seed_given) o.choice.choices.seed = draw_seed();
    if (!status) status = plan_make(&p, &o.choice.choices);
    for (unsigned k = 0; !status && o.configs && k < p.config_count; k++)
        puts(p.configs[k].name);
    for (size_t k = 0; !status && !o.configs && k < p.test_count; k++) {
        char *line = plan_line(&p, &p.tests[k]);
        if (line)
            fputs(line, stdout);
        else
            status = command_error("out of memory");
        free(line);
    }
    plan_release(&p);
    results_close(&r);
    choose_release(&o.choice);
    return status;
}
