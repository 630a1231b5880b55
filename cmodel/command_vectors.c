/* command_vectors.c - dcom vectors: golden vectors of a matrix, of a list of cases, or again from their manifest.
 * SPDX-License-Identifier: Apache-2.0
 *
 * Threads take one case after the other; each case's folder appears whole, by a rename, and the index of a list last.
 * So a run that is killed leaves whole cases, which the next skips, and temporary folders, which the next removes.
 * Parts of a list may be made at once by processes on many hosts: each makes its own cases, and a run without --part
 * finds them there and writes the index. */
#include "vectors.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <libgen.h>
#include <pthread.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

enum { OUT = 'O', JOBS = 'j', CASES = 256, MANIFEST, STALL, STALL_SEED, TRACE, PART, VERIFY, REASONS, JSON, QUIET };
enum { MOST_JOBS = 256 };

static const char index_name[] = "index.json", index_temporary[] = "index.json" OUTPUT_TEMPORARY "0";

typedef struct {
    run_case usual;
    const char *input, *cases, *manifest, *out;
    unsigned jobs;
    unsigned part, parts; /* cases part - 1, part - 1 + parts, ...; parts 0: all */
    bool verify, reasons, json, quiet;
} options;

static const struct argp_option option_list[] = {
    {"out", OUT, "DIR", 0, "Where the vectors go; of a list, a folder for each case", 0},
    {"cases", CASES, "LIST", 0, "A table of cases (docs/vectors.md); other options are their defaults", 0},
    {"manifest", MANIFEST, "FILE", 0, "A manifest.json or index.json: the same vectors again", 0},
    {"stall", STALL, "PROFILE", 0, "Of the timed run: none, light, heavy or C,W,V,R in 1/256 (none)", 0},
    {"stall-seed", STALL_SEED, "N", 0, "Draws other stalls (1)", 0},
    {"trace", TRACE, NULL, 0, "The ports on every clock too", 0},
    {"jobs", JOBS, "N", 0, "Threads (as many as there are cores)", 0},
    {"part", PART, "K/N", 0,
     "Of a list: only each Nth case from the Kth on, and no index; all parts at once if need be", 0},
    {"verify", VERIFY, NULL, 0, "Also hash what is there already", 0},
    {"reasons", REASONS, NULL, 0, "Refuse a case that does not say why it is there", 0},
    {"json", JSON, NULL, 0, "Print a summary for machines", 0},
    {"quiet", QUIET, NULL, 0, "Print nothing but errors", 0},
    {0}};

static error_t set(options *o, const char *key, const char *value) {
    char message[256];
    return case_set(&o->usual, key, value, message) ? command_error("--%s", message) : 0;
}

static error_t check_arguments(const options *o) {
    if (!!o->input + !!o->cases + !!o->manifest != 1)
        return command_error("vectors needs one of A.npy, --cases LIST, --manifest FILE");
    return o->out ? 0 : command_error("vectors needs --out DIR");
}

static error_t set_part(options *o, const char *text) {
    int end = 0;
    if (sscanf(text, "%6u/%6u%n", &o->part, &o->parts, &end) != 2 || text[end] || o->part < 1 || o->part > o->parts)
        return command_error("--part %s: not as 1/8", text);
    return 0;
}

static error_t parse(int key, char *argument, struct argp_state *state) {
    options *o = state->input;
    switch (key) {
    case ARGP_KEY_INIT:
        state->child_inputs[0] = &o->usual.run;
        return 0;
    case OUT:
        o->out = argument;
        return 0;
    case CASES:
        o->cases = argument;
        return 0;
    case MANIFEST:
        o->manifest = argument;
        return 0;
    case STALL:
        return set(o, "stall", argument);
    case STALL_SEED:
        return set(o, "stall-seed", argument);
    case TRACE:
        return set(o, "trace", "yes");
    case JOBS:
        if (!command_number("--jobs", argument, MOST_JOBS, &o->jobs)) return EXIT_WRONG;
        return o->jobs ? 0 : command_error("--jobs 0: no thread");
    case PART:
        return set_part(o, argument);
    case VERIFY:
        o->verify = true;
        return 0;
    case REASONS:
        o->reasons = true;
        return 0;
    case JSON:
        o->json = true;
        return 0;
    case QUIET:
        o->quiet = true;
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

/* ---- the cases ---- */

typedef struct {
    case_list list;
    vectors_file (*expected)[VECTORS_FILES]; /* of a manifest: what must come out; else NULL */
    bool single;                             /* the folder is the case's */
} job;

static void release_job(job *j) {
    cases_release(&j->list);
    free(j->expected);
}

/* A matrix's file without folder and end, a generator's name: what is no letter or digit becomes _. */
static void name_of(const char *input, char name[CASE_NAME]) {
    const char *slash = generate_is_call(input) ? NULL : strrchr(input, '/');
    snprintf(name, CASE_NAME, "%s", slash ? slash + 1 : input);
    name[strcspn(name, "(")] = 0;
    char *end = strrchr(name, '.');
    if (end && end > name) *end = 0;
    for (char *c = name; *c; c++)
        if (!strchr("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_-.", *c)) *c = '_';
    if (!case_is_name(name)) snprintf(name, CASE_NAME, "case");
}

static bool make_list(job *j, size_t count) {
    j->list.at = calloc(count + 1, sizeof *j->list.at);
    j->list.count = j->list.at ? count : 0;
    return j->list.at != NULL;
}

static int read_input(const options *o, job *j) {
    char message[256];
    j->single = true;
    if (!make_list(j, 1)) return command_error("out of memory");
    run_case *c = j->list.at;
    if (!case_copy(c, &o->usual)) return command_error("out of memory");
    name_of(o->input, c->name);
    return case_set_input(c, o->input, message) ? command_error("%s", message) : EXIT_GOOD;
}

/* One manifest as case k. A file is looked for beside it first. */
static int read_manifest(job *j, size_t k, const char *path) {
    vectors_results unused;
    run_case *c = &j->list.at[k];
    const int status = vectors_manifest_read(path, c, &unused, j->expected[k]);
    if (status || c->generated) return status;
    char *copy = strdup(path);
    c->found = copy ? vectors_path(dirname(copy), vectors_names[VECTORS_A_NPY]) : NULL;
    free(copy);
    if (!c->found) return command_error("out of memory");
    if (access(c->found, R_OK) == 0) return EXIT_GOOD;
    free(c->found);
    c->found = NULL;
    return EXIT_GOOD;
}

static int read_index(const char *path, job *j) {
    vectors_index *index = NULL;
    size_t count = 0;
    int status = vectors_index_read(path, &index, &count);
    char *copy = strdup(path), *folder = copy ? dirname(copy) : NULL;
    if (!status && (!folder || !make_list(j, count) || !(j->expected = calloc(count, sizeof *j->expected))))
        status = command_error("out of memory");
    for (size_t k = 0; !status && k < count; k++) {
        char *one = NULL, sha256[65];
        if (asprintf(&one, "%s/%s/manifest.json", folder, index[k].name) < 0) one = NULL;
        status = one ? vectors_manifest_hash(one, sha256) : command_error("out of memory");
        if (!status && strcmp(sha256, index[k].sha256) != 0)
            status = command_error("%s: SHA-256 is %s, the index says %s", one, sha256, index[k].sha256);
        if (!status) status = read_manifest(j, k, one);
        free(one);
    }
    free(copy);
    free(index);
    return status;
}

static int read_cases(const options *o, job *j) {
    *j = (job){0};
    if (o->cases) {
        const case_reading how = {.usual = &o->usual, .with_reasons = o->reasons};
        return cases_read(o->cases, &how, &j->list);
    }
    if (o->input) return read_input(o, j);
    const size_t length = strlen(o->manifest), tail = strlen(index_name);
    if (length >= tail && strcmp(o->manifest + length - tail, index_name) == 0) return read_index(o->manifest, j);
    j->single = true;
    j->expected = calloc(1, sizeof *j->expected);
    if (!j->expected || !make_list(j, 1)) return command_error("out of memory");
    return read_manifest(j, 0, o->manifest);
}

/* How many cases are this process's, and which is its kth. */
static size_t own_count(const options *o, const job *j) {
    if (!o->parts) return j->list.count;
    return j->list.count < o->part ? 0 : (j->list.count - o->part) / o->parts + 1;
}
static run_case *own_case(const options *o, const job *j, size_t k) {
    return &j->list.at[o->parts ? o->part - 1 + k * o->parts : k];
}

/* All that can be known to be wrong before anything is written. */
static int check_cases(const options *o, const job *j) {
    if (o->parts && j->single) return command_error("--part needs a list of cases");
    vectors *v = vectors_create();
    int status = v ? EXIT_GOOD : EXIT_WRONG;
    for (size_t k = 0; !status && k < own_count(o, j); k++)
        status = vectors_prepare(v, own_case(o, j, k));
    vectors_destroy(v);
    return status;
}

/* ---- the folder of a list ---- */

static int by_name(const void *a, const void *b) { return strcmp(*(char *const *)a, *(char *const *)b); }

/* Nothing but cases of this list, whole or half, and its index, is in there. */
static int check_folder(const char *out, const case_list *list) {
    const char **names = malloc((list->count + 1) * sizeof *names);
    DIR *folder = names ? opendir(out) : NULL;
    int status = folder ? EXIT_GOOD : command_error("%s: %s", out, strerror(errno));
    struct dirent *entry;
    for (size_t k = 0; !status && k < list->count; k++)
        names[k] = list->at[k].name;
    if (!status) qsort(names, list->count, sizeof *names, by_name);
    while (!status && (entry = readdir(folder))) {
        char *name = entry->d_name, *end = strstr(name, OUTPUT_TEMPORARY);
        if (end) *end = 0;
        if (strcmp(name, ".") && strcmp(name, "..") && strcmp(name, index_name) &&
            !bsearch(&(const char *){name}, names, list->count, sizeof *names, by_name))
            status = command_error("%s: holds %s, which is not of this list; not touched", out, name);
    }
    if (folder) closedir(folder);
    free(names);
    return status;
}

/* Opens it, alone, clean of what a killed run has left, without an index. A part shares it with other parts, and
 * leaves to the last run what may be theirs: a lock on a half folder need not reach to another host. -1 after one
 * line. */
static int open_folder(const char *out, const case_list *list, bool shared) {
    if (mkdir(out, 0777) != 0 && errno != EEXIST) {
        command_error("%s: cannot be written: %s", out, strerror(errno));
        return -1;
    }
    const int lock = open(out, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (lock < 0)
        command_error("%s: %s", out, errno == ENOTDIR ? "is there and not a folder" : strerror(errno));
    else if (flock(lock, (shared ? LOCK_SH : LOCK_EX) | LOCK_NB) != 0)
        command_error("%s: another dcom writes there", out);
    else {
        if (!shared) {
            output_sweep(out, NULL, vectors_names);
            unlinkat(lock, index_temporary, 0);
        }
        if (check_folder(out, list) == EXIT_GOOD) {
            unlinkat(lock, index_name, 0);
            return lock;
        }
    }
    if (lock >= 0) close(lock);
    return -1;
}

/* ---- the threads ---- */

typedef struct {
    const options *o;
    const job *j;
    vectors_index *index; /* of the cases, as they are made */
    pthread_t main;
    atomic_size_t next, done, skipped;
    atomic_uint running;
    _Atomic uint64_t bytes;
    atomic_bool stop;
    atomic_int status;
} work;

static int make_case(work *w, vectors *v, size_t k) {
    const run_case *c = own_case(w->o, w->j, k);
    vectors_made made;
    char *target = w->j->single ? strdup(w->o->out) : vectors_path(w->o->out, c->name);
    int status = target ? vectors_write(v, c, target, w->o->verify, &w->stop,
                                        w->j->expected ? w->j->expected[c - w->j->list.at] : NULL, &made)
                        : command_error("out of memory");
    free(target);
    if (status) return status;
    snprintf(w->index[k].name, CASE_NAME, "%s", c->name);
    memcpy(w->index[k].sha256, made.sha256, sizeof made.sha256);
    memcpy(w->index[k].digest, made.digest, sizeof made.digest);
    atomic_fetch_add(&w->skipped, made.skipped);
    atomic_fetch_add(&w->bytes, made.bytes);
    w->done++;
    return EXIT_GOOD;
}

static void *work_off(void *argument) {
    work *w = argument;
    vectors *v = vectors_create();
    int status = v ? EXIT_GOOD : EXIT_WRONG, none = EXIT_GOOD;
    size_t k;
    while (!status && !w->stop && (k = w->next++) < own_count(w->o, w->j))
        status = make_case(w, v, k);
    vectors_destroy(v);
    if (status) {
        atomic_compare_exchange_strong(&w->status, &none, status);
        w->stop = true;
    }
    if (--w->running == 0) pthread_kill(w->main, SIGUSR1);
    return NULL;
}

/* ---- progress ---- */

static double seconds_since(const struct timespec *from) {
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (double)(now.tv_sec - from->tv_sec) + 1e-9 * (double)(now.tv_nsec - from->tv_nsec);
}

static void show(const work *w, double seconds, bool bar) {
    enum { WIDTH = 24 };
    const size_t done = w->done, all = own_count(w->o, w->j), made = done - w->skipped;
    const unsigned filled = (unsigned)(done * WIDTH / all);
    const double rate = (double)made / seconds;
    char drawn[WIDTH + 1];
    for (unsigned k = 0; k < WIDTH; k++)
        drawn[k] = k < filled ? '=' : ' ';
    drawn[WIDTH] = 0;
    if (bar) fprintf(stderr, "\r\33[K[%s] ", drawn);
    fprintf(stderr, "%zu of %zu cases, %.0f matrices/s, %.0f MB/s", done, all, rate,
            (double)w->bytes / seconds * 1e-6);
    if (made) fprintf(stderr, ", %.0f s to go", (double)(all - done) / rate);
    if (!bar) fputc('\n', stderr);
}

/* Waits for the threads. A signal stops them after the case, or the clock, they are at. */
static int wait_for_all(work *w, const sigset_t *set, const struct timespec *from) {
    const bool bar = !w->o->quiet && !w->o->json && isatty(STDERR_FILENO);
    const bool lines = !w->o->quiet && !w->o->json && !bar;
    const struct timespec tick = {0, 200000000};
    int caught = 0;
    for (unsigned ticks = 1; w->running > 0; ticks++) {
        const int got = sigtimedwait(set, NULL, &tick);
        if (got > 0 && got != SIGUSR1) {
            caught = got;
            w->stop = true;
        }
        if (w->running > 0 && (bar || (lines && ticks % 50 == 0))) show(w, seconds_since(from), bar);
    }
    if (bar) fputs("\r\33[K", stderr);
    return caught;
}

static int run_threads(work *w, const struct timespec *from) {
    pthread_t thread[MOST_JOBS];
    sigset_t set, before;
    sigemptyset(&set);
    sigaddset(&set, SIGINT), sigaddset(&set, SIGTERM), sigaddset(&set, SIGHUP), sigaddset(&set, SIGUSR1);
    pthread_sigmask(SIG_BLOCK, &set, &before);
    size_t jobs = w->o->jobs ? w->o->jobs : (size_t)sysconf(_SC_NPROCESSORS_ONLN), started = 0;
    if (jobs > own_count(w->o, w->j)) jobs = own_count(w->o, w->j);
    if (jobs > MOST_JOBS) jobs = MOST_JOBS; /* LCOV_EXCL_BR_LINE host: of more cores than that */
    w->main = pthread_self();
    w->running = 1; /* no end before all are started */
    for (; started < jobs; started++) {
        w->running++;
        if (pthread_create(&thread[started], NULL, work_off, w) != 0) {
            w->running--;
            if (started == 0) w->status = command_error("no thread can be started");
            break;
        }
    }
    w->running--;
    const int caught = wait_for_all(w, &set, from);
    for (size_t k = 0; k < started; k++)
        pthread_join(thread[k], NULL);
    const struct timespec now = {0, 0};
    while (sigtimedwait(&set, NULL, &now) > 0) {
    } /* SIGUSR1 of the last thread */
    pthread_sigmask(SIG_SETMASK, &before, NULL);
    return caught ? 128 + caught : w->status;
}

/* ---- the end ---- */

static int write_index(const options *o, const vectors_index *index, size_t count, char sha256[65]) {
    json_t *json = vectors_index_json(index, count);
    char *text = vectors_text(json), *from = vectors_path(o->out, index_temporary),
         *to = vectors_path(o->out, index_name);
    int status = text && from && to && vectors_hash(text, strlen(text), sha256)
                     ? vectors_put(from, text, strlen(text))
                     : command_error("out of memory");
    if (!status && rename(from, to) != 0) status = command_error("%s: cannot be written: %s", to, strerror(errno));
    if (status && from) unlink(from);
    free(text), free(from), free(to);
    json_decref(json);
    return status;
}

static int summarise(const work *w, double seconds, const char *sha256) {
    const options *o = w->o;
    const size_t made = w->done - w->skipped, skipped = w->skipped;
    if (o->quiet) return EXIT_GOOD;
    if (!o->json) {
        if (w->j->single) printf("%s  %s\n", w->index[0].name, w->index[0].digest);
        printf("%s: %zu made, %zu there already; %.1f MB in %.3f s: %.0f matrices/s, %.0f MB/s\n", o->out, made,
               skipped, (double)w->bytes * 1e-6, seconds, (double)made / seconds, (double)w->bytes / seconds * 1e-6);
        return EXIT_GOOD;
    }
    return report_dump(json_pack("{s:I, s:I, s:I, s:f, s:f, s:f, s:s, s:s}", "made", (json_int_t)made, "skipped",
                                 (json_int_t)skipped, "bytes", (json_int_t)w->bytes, "seconds", seconds,
                                 "matrices_per_second", (double)made / seconds, "megabytes_per_second",
                                 (double)w->bytes / seconds * 1e-6, w->j->single ? "digest" : "index_sha256",
                                 w->j->single ? w->index[0].digest : sha256, "out", o->out));
}

static void sweep_beside(const char *out) {
    char *one = strdup(out), *two = strdup(out);
    if (one && two) output_sweep(dirname(one), basename(two), vectors_names);
    free(one), free(two);
}

static int make_all(const options *o, const job *j) {
    struct timespec from;
    char sha256[65] = "";
    work w = {.o = o, .j = j, .index = calloc(j->list.count, sizeof *w.index)};
    if (!w.index) return command_error("out of memory");
    int lock = -1, status = EXIT_GOOD;
    if (j->single)
        sweep_beside(o->out);
    else if ((lock = open_folder(o->out, &j->list, o->parts)) < 0)
        status = EXIT_WRONG;
    clock_gettime(CLOCK_MONOTONIC, &from);
    if (!status) status = run_threads(&w, &from);
    if (!status && !j->single && !o->parts) status = write_index(o, w.index, j->list.count, sha256);
    if (!status) status = summarise(&w, seconds_since(&from), sha256);
    if (lock >= 0) {
        if (status && !o->parts) rmdir(o->out); /* if there is nothing in it */
        close(lock);
    }
    free(w.index);
    return status;
}

int command_vectors(int argc, char **argv) {
    static const struct argp_child children[] = {{&run_argp, 0, NULL, 0}, {0}};
    static const struct argp argp = {
        option_list,
        parse,
        "A.npy --out DIR\n--cases LIST --out DIR\n--manifest FILE --out DIR",
        "Golden vectors: stimulus and expected results as .npy and $readmemh hex, the trace of the ports, and a "
        "manifest from which all of it can be made again, byte for byte. Instead of a matrix, a generator: "
        "'spectrum(512,576)'.",
        children,
        NULL,
        NULL};
    options o = {.usual = case_usual()};
    job j = {0};
    int status = command_parse(&argp, "dcom vectors", argc, argv, &o);
    if (!status) status = run_config(o.usual.run.config, &o.usual.config);
    if (!status) status = read_cases(&o, &j);
    if (!status) status = check_cases(&o, &j);
    if (!status) status = make_all(&o, &j);
    release_job(&j);
    free(o.usual.run.exact_tokens);
    return status < 0 ? EXIT_GOOD : status;
}
