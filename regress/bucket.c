/* bucket.c - failures of one signature: the first of them again, by itself; the table of them at the end.
 * SPDX-License-Identifier: Apache-2.0
 *
 * The first is that of the lowest name and seed, so that it is the same whoever ran what when. Log, capsule and waves
 * are in DIR/failures/REGRESSION/SIGNATURE; the row comes last, so that what a kill cuts short is done again. */
#include "regress.h"

#include <ctype.h>
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

enum { MOST = 20, SLOWER = 20 }; /* buckets that are run again; the limit's factor for a run that looks closer */

typedef struct {
    char *signature, *name, *kind, *again;
    uint32_t seed;
} failure;

static void release(failure *f) {
    free(f->signature), free(f->name), free(f->kind), free(f->again);
    *f = (failure){0};
}

/* ---- one failure ---- */

/* argv into the log, with `input` on stdin; its exit status. */
static int run_logged(const char *log, const char *input, char *const argv[]) {
    int pipes[2];
    if (pipe2(pipes, O_CLOEXEC)) return command_error("%s: %s", argv[0], strerror(errno));
    const pid_t pid = fork();
    if (pid == 0) {
        const int out = open(log, O_WRONLY | O_CREAT | O_APPEND, 0666);
        if (out >= 0 && dup2(pipes[0], 0) >= 0 && dup2(out, 1) >= 0 && dup2(out, 2) >= 0) {
            for (int k = 0; argv[k]; k++)
                dprintf(1, "%s%s", k ? " " : "$ ", argv[k]);
            dprintf(1, "\n");
            execvp(argv[0], argv);
        }
        dprintf(2, "%s: %s\n", argv[0], strerror(errno));
        _exit(127);
    }
    close(pipes[0]);
    if (pid > 0 && input && write(pipes[1], input, strlen(input)) < 0) { /* it has gone; its status says so */
    }
    close(pipes[1]);
    int how = -1;
    while (pid > 0 && waitpid(pid, &how, 0) < 0 && errno == EINTR)
        ;
    return how;
}

/* What a run of the lockstep is told of a case; its name, its verdict and the rest are the regression's. */
static bool is_option(const char *word) {
    static const char *const keys[] = {"config",    "rank", "expansion", "warmup",     "outliers", "exact-tokens",
                                       "tolerance", "seed", "stall",     "stall-seed", "expect",   "fault"};
    const size_t length = strcspn(word, "=");
    for (size_t k = 0; k < sizeof keys / sizeof *keys; k++)
        if (strlen(keys[k]) == length && strncmp(keys[k], word, length) == 0) return true;
    return false;
}

enum { MOST_WORDS = 64 };

/* timeout N PROGRAM INPUT --KEY=VALUE ... --capsule FILE, from a line of the worker, which is cut up. */
static void lockstep_words(char *line, char *limit, char *program, char *capsule, char *argv[MOST_WORDS]) {
    int count = 0, number = 0;
    char *word, *rest = line;
    argv[count++] = "timeout", argv[count++] = limit, argv[count++] = program;
    while ((word = strsep(&rest, " \n")) && count < MOST_WORDS - 4) {
        if (number++ == 1) argv[count++] = word;
        if (number > 2 && is_option(word) && asprintf(&argv[count], "--%s", word) > 0) count++;
    }
    argv[count++] = "--capsule", argv[count++] = capsule, argv[count] = NULL;
}

static char *in(const char *folder, const char *name) {
    char *path;
    return asprintf(&path, "%s/%s", folder, name) < 0 ? NULL : path;
}

typedef struct {
    char *folder, *log, *capsule, *waves, *program, *waved;
    char limit[16];
} place;

static void leave(place *at) {
    free(at->folder), free(at->log), free(at->capsule), free(at->waves), free(at->program), free(at->waved);
}

/* An empty folder for it, of this name in DIR. */
static bool enter(place *at, const char *out, const char *folder, const char *build, const run_case *c) {
    char *dir = strdup(out), *end;
    *at = (place){.folder = in(out, folder)};
    if (!dir || !at->folder) return false;
    free(dir);
    if (!(dir = strdup(at->folder))) return false;
    for (end = dir + strlen(out); (end = strchr(end + 1, '/'));) {
        *end = 0;
        mkdir(dir, 0777);
        *end = '/';
    }
    mkdir(dir, 0777);
    free(dir);
    at->log = in(at->folder, "log"), at->capsule = in(at->folder, "failure.capsule"),
    at->waves = in(at->folder, "waves.fst");
    if (asprintf(&at->program, "%s/%s/sim", build, c->config.name) < 0) at->program = NULL;
    if (asprintf(&at->waved, "%s/%s/sim-waves", build, c->config.name) < 0) at->waved = NULL;
    snprintf(at->limit, sizeof at->limit, "%u", SLOWER * c->limit);
    if (!at->log || !at->capsule || !at->waves || !at->program || !at->waved) return false;
    unlink(at->log), unlink(at->capsule), unlink(at->waves);
    return true;
}

/* The lockstep, which leaves a capsule; then the capsule with waves, if that build can be made. */
static void run_lockstep(place *at, char *line, const bucket_options *o) {
    char *argv[MOST_WORDS], build[512], config[128];
    lockstep_words(line, at->limit, at->program, at->capsule, argv);
    run_logged(at->log, NULL, argv);
    for (int k = 4; argv[k + 1] && argv[k + 2]; k++) /* between INPUT and --capsule FILE */
        free(argv[k]);
    if (!o->waves || access(at->capsule, F_OK) || o->stopped()) return;
    snprintf(build, sizeof build, "BUILD=%s", o->build);
    snprintf(config, sizeof config, "CONFIG=%.*s", (int)strcspn(at->program + strlen(o->build) + 1, "/"),
             at->program + strlen(o->build) + 1);
    char *const make[] = {"make", "-s", build, config, "WAVES=1", at->waved, NULL};
    char *const replay[] = {"timeout", at->limit, at->waved, "--replay", at->capsule, "--waves", at->waves, NULL};
    if (run_logged(at->log, NULL, make) == 0) run_logged(at->log, NULL, replay);
}

/* What the lockstep by itself cannot show. */
static bool is_workers(const char *kind) {
    static const char *const kinds[] = {"crash", "timeout", "protocol", "seeds"};
    for (size_t k = 0; k < sizeof kinds / sizeof *kinds; k++)
        if (strcmp(kinds[k], kind) == 0) return true;
    return false;
}

/* The worker, with this test alone. */
static void run_worker(place *at, const char *line, unsigned limit, char *geometry) {
    snprintf(at->limit, sizeof at->limit, "%u", limit);
    char *const argv[] = {"timeout", at->limit, at->program, "--worker", "--config", geometry, NULL};
    run_logged(at->log, line, argv);
}

static const plan_test *find_test(const plan *p, const failure *f) {
    for (size_t k = 0; k < p->test_count; k++)
        if (p->tests[k].seed == f->seed && strcmp(p->cases[p->tests[k].at].run.name, f->name) == 0)
            return &p->tests[k];
    return NULL;
}

/* As it is below DIR, if it is there. */
static const char *kept(const char *path, const char *out) {
    return access(path, F_OK) ? "" : path + strlen(out) + 1;
}

static int run_failure(results *r, const plan *p, const bucket_options *o, const failure *f) {
    static const char sql[] = "INSERT OR REPLACE INTO bucket VALUES (?, ?, ?, ?, ?, ?, ?, ?)";
    const plan_test *t = find_test(p, f);
    place at = {0};
    char *folder = NULL, *line = t ? plan_line(p, t) : NULL;
    int status = EXIT_GOOD;
    if (!t) return EXIT_GOOD; /* another part's */
    const run_case *c = &p->cases[t->at].run;
    if (asprintf(&folder, "failures/%s/%s", r->regression, f->signature) < 0) folder = NULL;
    for (char *at_ = folder ? folder + strlen("failures/") + strlen(r->regression) + 1 : NULL; at_ && *at_; at_++)
        if (!isalnum((unsigned char)*at_) && !strchr("_.", *at_)) *at_ = '-';
    if (!line || !folder || !enter(&at, o->out, folder, o->build, c)) status = command_error("out of memory");
    if (!status) {
        if (!o->quiet) fprintf(stderr, "again: %s@%u, the first of: %s\n", f->name, f->seed, f->signature);
        if (c->kind != CASE_LOCKSTEP || is_workers(f->kind))
            run_worker(&at, line, c->limit, (char *)p->configs[p->cases[t->at].config].geometry);
        else
            run_lockstep(&at, line, o);
    }
    if (!status && !o->stopped()) {
        sqlite3_stmt *s =
            results_ask(r, sql, "sssissss", r->regression, f->signature, f->name, (int64_t)f->seed,
                        kept(at.capsule, o->out), kept(at.waves, o->out), kept(at.log, o->out), f->again);
        while (results_row(r, &s, &status))
            ;
    }
    leave(&at);
    free(folder), free(line);
    return status;
}

/* ---- all of them ---- */

/* Each failure of the regression with its number within its signature, the first is 1, and how many there are. */
#define FIRST                                                                                                        \
    "SELECT signature, name, seed, kind, message, again, count(*) OVER (PARTITION BY signature) AS total,"           \
    " row_number() OVER (PARTITION BY signature ORDER BY name, seed) AS number"                                      \
    " FROM run WHERE regression = ?1 AND verdict = 'fail'"

/* The first of each signature that has no row yet, or one of another test. */
static int read_failures(results *r, failure **list, size_t *count) {
    static const char sql[] = "SELECT f.signature, f.name, f.seed, f.kind, f.again FROM (" FIRST ") AS f"
                              " LEFT JOIN bucket AS b ON b.regression = ?1 AND b.signature = f.signature"
                              " WHERE f.number = 1 AND (b.name IS NULL OR b.name <> f.name OR b.seed <> f.seed)"
                              " ORDER BY f.signature LIMIT ?2";
    int status = EXIT_GOOD;
    sqlite3_stmt *s = results_ask(r, sql, "si", r->regression, (int64_t)MOST);
    while (results_row(r, &s, &status)) {
        failure *more = realloc(*list, (*count + 1) * sizeof *more);
        if (!more) {
            sqlite3_finalize(s);
            return command_error("out of memory");
        }
        *list = more;
        failure *f = &more[(*count)++];
        char **texts[] = {&f->signature, &f->name, NULL, &f->kind, &f->again};
        for (int k = 0; k < 5; k++)
            if (texts[k] && !(*texts[k] = strdup((const char *)sqlite3_column_text(s, k))))
                status = command_error("out of memory");
        f->seed = (uint32_t)sqlite3_column_int64(s, 2);
    }
    return status;
}

int bucket_run(results *r, const plan *p, const bucket_options *o) {
    failure *list = NULL;
    size_t count = 0;
    int status = read_failures(r, &list, &count);
    for (size_t k = 0; k < count; k++) {
        if (!status && !o->stopped()) status = run_failure(r, p, o, &list[k]);
        release(&list[k]);
    }
    free(list);
    return status;
}

/* ---- the end ---- */

static const char *column(sqlite3_stmt *s, int k) {
    const unsigned char *text = sqlite3_column_text(s, k);
    return text ? (const char *)text : "";
}

static void print_row(sqlite3_stmt *s, const char *out) {
    printf("%7lld  %-40s %s@%lld\n         %s\n         again    %s\n", sqlite3_column_int64(s, 1), column(s, 0),
           column(s, 2), sqlite3_column_int64(s, 3), column(s, 4), column(s, 5));
    if (*column(s, 6)) printf("         capsule  make replay CAPSULE=%s/%s\n", out, column(s, 6));
    if (*column(s, 7)) printf("         waves    %s/%s\n", out, column(s, 7));
    if (*column(s, 8)) printf("         log      %s/%s\n", out, column(s, 8));
}

static json_t *json_row(sqlite3_stmt *s) {
    return json_pack("{s:s, s:I, s:s, s:I, s:s, s:s, s:s, s:s, s:s}", "signature", column(s, 0), "count",
                     (json_int_t)sqlite3_column_int64(s, 1), "case", column(s, 2), "seed",
                     (json_int_t)sqlite3_column_int64(s, 3), "message", column(s, 4), "again", column(s, 5),
                     "capsule", column(s, 6), "waves", column(s, 7), "log", column(s, 8));
}

int bucket_print(results *r, const char *out, size_t planned, bool json, bool quiet) {
    static const char sql[] =
        "SELECT f.signature, f.total, f.name, f.seed, f.message, f.again, b.capsule, b.waves, b.log FROM (" FIRST
        ") AS f"
        " LEFT JOIN bucket AS b ON b.regression = ?1 AND b.signature = f.signature AND b.name = f.name AND b.seed = "
        "f.seed"
        " WHERE f.number = 1 ORDER BY f.total DESC, f.signature";
    static const char counts[] = "SELECT coalesce(sum(verdict = 'pass'), 0), coalesce(sum(verdict = 'fail'), 0),"
                                 " (SELECT planned FROM regression WHERE regression = ?1)"
                                 " FROM run WHERE regression = ?1";
    int64_t passed = 0, failed = 0;
    int status = EXIT_GOOD;
    sqlite3_stmt *s = results_ask(r, counts, "s", r->regression);
    while (results_row(r, &s, &status)) {
        passed = sqlite3_column_int64(s, 0), failed = sqlite3_column_int64(s, 1);
        if (!planned) planned = (size_t)sqlite3_column_int64(s, 2);
    }
    const int64_t missing = (int64_t)planned > passed + failed ? (int64_t)planned - passed - failed : 0;
    json_t *buckets = json ? json_array() : NULL;
    if (!status && failed && !json && !quiet) puts("  count  failure                                  first of them");
    s = status ? NULL : results_ask(r, sql, "s", r->regression);
    while (!status && results_row(r, &s, &status))
        if (json)
            json_array_append_new(buckets, json_row(s));
        else
            print_row(s, out);
    if (!status && json) {
        json_t *root =
            json_pack("{s:s, s:I, s:I, s:I, s:o}", "regression", r->regression, "passed", (json_int_t)passed,
                      "failed", (json_int_t)failed, "not_run", (json_int_t)missing, "buckets", buckets);
        json_dumpf(root, stdout, JSON_INDENT(2));
        putchar('\n');
        json_decref(root);
    } else if (!status) {
        printf("%lld passed, %lld failed", (long long)passed, (long long)failed);
        if (missing) printf(", %lld not run", (long long)missing);
        printf("  (%s, %s)\n", r->regression, r->path);
    }
    return status ? status : failed || missing || !passed ? EXIT_DIFFERENT : EXIT_GOOD;
}
