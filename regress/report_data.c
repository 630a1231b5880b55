/* report_data.c - reads one regression of results.db and sums it up. SPDX-License-Identifier: Apache-2.0 */
#include "report_parts.h"
#include "results.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>

/* ---- rows ---- */

sqlite3_stmt *report_query(const report_data *d, const char *sql, const char *first, const char *second) {
    sqlite3_stmt *s = NULL;
    if (sqlite3_prepare_v2(d->database, sql, -1, &s, NULL) != SQLITE_OK) return NULL;
    if (first) sqlite3_bind_text(s, 1, first, -1, SQLITE_STATIC);
    if (second) sqlite3_bind_text(s, 2, second, -1, SQLITE_STATIC);
    return s;
}

bool report_row(report_data *d, sqlite3_stmt *s, int *status) {
    const int step = s && !*status && !d->memory.failed ? sqlite3_step(s) : SQLITE_ERROR;
    if (step == SQLITE_ROW) return true;
    if (d->memory.failed) {
        if (!*status) *status = command_error("%s: out of memory", d->path);
    } else if (step != SQLITE_DONE && !*status) {
        *status = command_error("%s: %s", d->path, sqlite3_errmsg(d->database));
    }
    sqlite3_finalize(s);
    return false;
}

const char *report_column(report_data *d, sqlite3_stmt *s, int column) {
    return arena_text(&d->memory, (const char *)sqlite3_column_text(s, column));
}

static uint64_t whole(sqlite3_stmt *s, int column) {
    const sqlite3_int64 value = sqlite3_column_int64(s, column);
    return value > 0 ? (uint64_t)value : 0;
}

/* ---- the regression ---- */

static int read_regression(report_data *d, const char *regression) {
    int status = EXIT_GOOD;
    bool found = false;
    sqlite3_stmt *s = report_query(d, "PRAGMA user_version", NULL, NULL);
    while (report_row(d, s, &status))
        if (sqlite3_column_int(s, 0) != RESULTS_SCHEMA)
            status = command_error("%s: its schema is %d, not %d", d->path, sqlite3_column_int(s, 0), RESULTS_SCHEMA);
    s = status
            ? NULL
            : report_query(d,
                           "SELECT regression, started, ended, seed, cases, tier, tags, options, planned, commit_id,"
                           " version, verilator, compiler, launcher, jobs, host,"
                           " 86400 * (julianday(ended) - julianday(started)) FROM regression"
                           " WHERE ?1 IS NULL OR regression = ?1 ORDER BY started DESC, regression DESC LIMIT 1",
                           regression, NULL);
    while (!status && report_row(d, s, &status)) {
        const char **text[] = {&d->regression, &d->started, &d->ended};
        for (int k = 0; k < 3; k++)
            *text[k] = report_column(d, s, k);
        d->seed = sqlite3_column_int64(s, 3);
        const char **more[] = {&d->cases_files, &d->tier, &d->tags, &d->options};
        for (int k = 0; k < 4; k++)
            *more[k] = report_column(d, s, 4 + k);
        d->planned = whole(s, 8);
        const char **made[] = {&d->commit, &d->version, &d->verilator, &d->compiler, &d->launcher};
        for (int k = 0; k < 5; k++)
            *made[k] = report_column(d, s, 9 + k);
        d->jobs = whole(s, 14);
        d->host = report_column(d, s, 15);
        d->wall = sqlite3_column_double(s, 16);
        found = true;
    }
    if (!status && !found)
        status = regression ? command_error("%s: holds no regression %s", d->path, regression)
                            : command_error("%s: holds no regression", d->path);
    return status;
}

/* How many rows there are to come. */
static int count(report_data *d, const char *sql, size_t *rows) {
    int status = EXIT_GOOD;
    sqlite3_stmt *s = report_query(d, sql, d->regression, NULL);
    while (report_row(d, s, &status))
        *rows = whole(s, 0);
    return status;
}

/* ---- configurations: their counters and bins ---- */

/* REPORT_NONE: out of memory, or too many. */
static long bin_number(report_data *d, const char *name, size_t length) {
    const long bin = names_number(&d->bins, name, length);
    return bin < REPORT_BINS ? bin : REPORT_NONE;
}

static int read_config(report_data *d, report_config *c, sqlite3_stmt *s) {
    c->config = report_column(d, s, 0);
    c->mac_count = whole(s, 1);
    c->lanes = whole(s, 2);
    c->operations = REPORT_NONE;
    c->hits = arena_take(&d->memory, REPORT_BINS, sizeof *c->hits);
    c->known = arena_take(&d->memory, REPORT_BINS, sizeof *c->known);
    json_error_t error;
    const char *text = (const char *)sqlite3_column_text(s, 3);
    json_t *counters = text && *text ? json_loads(text, 0, &error) : json_array(), *pair;
    text = (const char *)sqlite3_column_text(s, 4);
    json_t *bins = text && *text ? json_loads(text, 0, &error) : json_array(), *bin;
    int status = EXIT_GOOD;
    size_t k = 0;
    if (!json_is_array(counters) || json_array_size(counters) > REPORT_COUNTERS || !json_is_array(bins))
        status = command_error("%s: counters or bins of configuration %s are no list", d->path, c->config);
    json_array_foreach(counters, k, pair) {
        if (status) break;
        c->unit[k] = arena_text(&d->memory, json_string_value(json_array_get(pair, 0)));
        c->kind[k] = arena_text(&d->memory, json_string_value(json_array_get(pair, 1)));
        if (strcmp(c->unit[k], "array") == 0 && strcmp(c->kind[k], "operations") == 0) c->operations = (long)k;
        c->counter_count = k + 1;
    }
    json_array_foreach(bins, k, bin) {
        const char *name = arena_text(&d->memory, json_string_value(bin));
        const long number = status || !c->known ? 0 : bin_number(d, name, strlen(name));
        if (number < 0)
            status = command_error("%s: more than %d bins", d->path, REPORT_BINS);
        else if (c->known)
            c->known[number] = true;
    }
    json_decref(counters);
    json_decref(bins);
    return status;
}

static int read_configs(report_data *d) {
    int status = count(d, "SELECT count(*) FROM config WHERE regression = ?1", &d->config_count);
    d->config = arena_take(&d->memory, d->config_count, sizeof *d->config);
    d->by_config = arena_take(&d->memory, d->config_count, sizeof *d->by_config);
    sqlite3_stmt *s = report_query(
        d, "SELECT config, macs, lanes, counters, bins FROM config WHERE regression = ?1 ORDER BY macs, config",
        d->regression, NULL);
    for (size_t k = 0; report_row(d, s, &status); k++)
        status = read_config(d, &d->config[k], s);
    return status;
}

/* ---- cases ---- */

static int read_cases(report_data *d) {
    int status = count(d, "SELECT count(*) FROM testcase WHERE regression = ?1", &d->case_count);
    d->cases = arena_take(&d->memory, d->case_count, sizeof *d->cases);
    sqlite3_stmt *s = report_query(d,
                                   "SELECT name, config, run, input, parameters, tier, tags, features, reason, tests"
                                   " FROM testcase WHERE regression = ?1 ORDER BY name",
                                   d->regression, NULL);
    for (size_t k = 0; report_row(d, s, &status); k++) {
        report_case *c = &d->cases[k];
        const char **text[] = {&c->name, &c->config, &c->run,      &c->input, &c->parameters,
                               &c->tier, &c->tags,   &c->features, &c->reason};
        for (int n = 0; n < 9; n++)
            *text[n] = report_column(d, s, n);
        c->tests = whole(s, 9);
        c->config_number = REPORT_NONE;
        for (size_t n = 0; n < d->config_count; n++)
            if (strcmp(d->config[n].config, c->config) == 0) c->config_number = (long)n;
    }
    return status;
}

/* ---- runs ---- */

/* [1,2,3]: at most REPORT_COUNTERS numbers. Their count, or REPORT_NONE: it is something else. */
static long read_counters(const char *text, uint64_t *number) {
    long n = 0;
    if (!text || !*text || strcmp(text, "[]") == 0) return 0;
    do {
        char *end = NULL;
        text++;
        while (isspace((unsigned char)*text))
            text++;
        if (!isdigit((unsigned char)*text) || n == REPORT_COUNTERS) return REPORT_NONE;
        number[n++] = strtoull(text, &end, 10);
        text = end;
        while (isspace((unsigned char)*text))
            text++;
    } while (*text == ',');
    return strcmp(text, "]") == 0 ? n : REPORT_NONE;
}

/* ["a","b"]: counts each. The names of bins have nothing to escape; 100,000 lists of them are most of the database.
 */
static bool read_bins(report_data *d, report_config *c, const char *text, const char *case_name) {
    if (!text || !*text || strcmp(text, "[]") == 0) return true;
    do {
        text += 1 + strspn(text + 1, " ");
        const size_t length = *text == '"' ? strcspn(text + 1, "\"\\") : 0;
        if (!length || text[length + 1] != '"') return false;
        const long bin = bin_number(d, text + 1, length);
        if (bin < 0) return false;
        c->hits[bin]++;
        c->known[bin] = true;
        if (!d->bin_case[bin]) d->bin_case[bin] = case_name;
        text += length + 2;
        text += strspn(text, " ");
    } while (*text == ',');
    return strcmp(text, "]") == 0;
}

static void add(report_sum *s, const report_run *r, const report_config *c, const uint64_t *counters, long n) {
    s->runs++;
    s->failed += r->failed;
    s->clocks += r->clocks;
    s->seconds += r->seconds;
    if (r->seconds > s->slowest) s->slowest = r->seconds;
    if (r->memory_kb > s->memory_kb) s->memory_kb = r->memory_kb;
    if (!c || !r->clocks) return;
    s->timed++;
    s->macs += r->macs;
    s->peak_clocks += r->clocks * c->mac_count;
    for (long k = 0; k < n; k++)
        s->counters[k] += counters[k];
    if (n > 0 && c->operations >= 0 && c->lanes) {
        s->fetched += counters[c->operations] * (c->mac_count / c->lanes);
        s->fetched_macs += r->macs;
    }
}

enum {
    NAME,
    SEED,
    VERDICT,
    SIGNATURE,
    KIND,
    UNIT,
    REGISTER,
    MESSAGE,
    CLOCK,
    STIMULUS,
    DIGEST,
    CLOCKS,
    MACS,
    BEATS_IN,
    BEATS_OUT,
    COUNTERS,
    BINS,
    SECONDS,
    PEAK_KB,
    HOST,
    STARTED,
    AGAIN
};

static int read_run(report_data *d, sqlite3_stmt *s, size_t number, names *signatures) {
    report_run *r = &d->run[number];
    report_case *of = &d->cases[r->of];
    report_config *c = of->config_number >= 0 ? &d->config[of->config_number] : NULL;
    uint64_t counters[REPORT_COUNTERS];
    r->seed = sqlite3_column_int64(s, SEED);
    r->failed = strcmp((const char *)sqlite3_column_text(s, VERDICT), "pass") != 0;
    const struct {
        const char **text;
        int column;
    } text[] = {{&r->kind, KIND},         {&r->unit, UNIT},     {&r->reg, REGISTER}, {&r->message, MESSAGE},
                {&r->stimulus, STIMULUS}, {&r->digest, DIGEST}, {&r->again, AGAIN}};
    for (size_t k = 0; k < sizeof text / sizeof *text; k++)
        *text[k].text = report_column(d, s, text[k].column);
    const struct {
        uint64_t *value;
        int column;
    } value[] = {{&r->clock, CLOCK},       {&r->clocks, CLOCKS},       {&r->macs, MACS},
                 {&r->beats_in, BEATS_IN}, {&r->beats_out, BEATS_OUT}, {&r->memory_kb, PEAK_KB}};
    for (size_t k = 0; k < sizeof value / sizeof *value; k++)
        *value[k].value = whole(s, value[k].column);
    r->seconds = sqlite3_column_double(s, SECONDS);
    r->started = sqlite3_column_double(s, STARTED);
    const char *host = report_column(d, s, HOST), *signature = report_column(d, s, SIGNATURE);
    r->host = names_number(&d->hosts, host, strlen(host));
    r->bucket = r->failed ? names_number(signatures, signature, strlen(signature)) : REPORT_NONE;

    const long n = read_counters((const char *)sqlite3_column_text(s, COUNTERS), counters);
    if (n < 0 || (n > 0 && (!c || (size_t)n != c->counter_count)))
        return command_error("%s: case %s, seed %lld: counters are not those of configuration %s", d->path, of->name,
                             (long long)r->seed, of->config);
    const char *bins = (const char *)sqlite3_column_text(s, BINS);
    if (bins && *bins && strcmp(bins, "[]") != 0 && (!c || !read_bins(d, c, bins, of->name)))
        return command_error("%s: case %s, seed %lld: bins are no list of names", d->path, of->name,
                             (long long)r->seed);
    if (!of->sum.runs) of->first = number;
    add(&of->sum, r, c, counters, n);
    add(&d->all, r, c, counters, c ? n : 0);
    if (c) add(&d->by_config[of->config_number], r, c, counters, n);
    return EXIT_GOOD;
}

static int read_runs(report_data *d, names *signatures) {
    int status = count(d, "SELECT count(*) FROM run WHERE regression = ?1", &d->run_count);
    d->run = arena_take(&d->memory, d->run_count, sizeof *d->run);
    d->bin_case = arena_take(&d->memory, REPORT_BINS, sizeof *d->bin_case);
    size_t of = 0, number = 0;
    sqlite3_stmt *s =
        report_query(d,
                     "SELECT name, seed, verdict, signature, kind, unit, register, message, clock, stimulus, digest,"
                     " clocks, macs, beats_in, beats_out, counters, bins, seconds, peak_kb, host, started, again"
                     " FROM run WHERE regression = ?1 ORDER BY name, seed",
                     d->regression, NULL);
    for (; report_row(d, s, &status); number++) {
        const char *name = (const char *)sqlite3_column_text(s, NAME); /* both are in the same order */
        while (of < d->case_count && strcmp(d->cases[of].name, name) < 0)
            of++;
        if (of == d->case_count || strcmp(d->cases[of].name, name) != 0) {
            status = command_error("%s: holds a run of %s, which is none of the cases", d->path, name);
            continue;
        }
        d->run[number].of = of;
        status = read_run(d, s, number, signatures);
    }
    return status;
}

/* ---- buckets and ranks ---- */

static int most_failures(const void *a, const void *b) {
    const report_bucket *x = a, *y = b;
    return x->failures != y->failures ? (x->failures < y->failures) - (x->failures > y->failures)
                                      : strcmp(x->signature, y->signature);
}

static int slowest_first(const void *a, const void *b) {
    const report_run *x = *(report_run *const *)a, *y = *(report_run *const *)b;
    return x->seconds != y->seconds ? (x->seconds < y->seconds) - (x->seconds > y->seconds) : (x > y) - (x < y);
}

static int read_buckets(report_data *d, names *signatures) {
    int status = EXIT_GOOD;
    d->bucket_count = signatures->count;
    d->bucket = arena_take(&d->memory, d->bucket_count, sizeof *d->bucket);
    size_t *last = arena_take(&d->memory, d->bucket_count, sizeof *last); /* case + 1 */
    for (size_t k = 0; last && k < d->bucket_count; k++)
        d->bucket[k] = (report_bucket){signatures->at[k], 0, 0, d->run_count, "", "", "", "", ""};
    for (size_t k = 0; last && k < d->run_count; k++) {
        const report_run *r = &d->run[k];
        if (r->bucket < 0) continue;
        report_bucket *b = &d->bucket[r->bucket];
        if (b->first == d->run_count) {
            b->first = k;
            b->again = r->again;
        }
        b->failures++;
        b->cases += last[r->bucket] != r->of + 1;
        last[r->bucket] = r->of + 1;
    }
    sqlite3_stmt *s =
        report_query(d, "SELECT signature, name, seed, capsule, waves, log, again FROM bucket WHERE regression = ?1",
                     d->regression, NULL);
    while (last && report_row(d, s, &status)) {
        const char *signature = report_column(d, s, 0), *name = report_column(d, s, 1);
        for (size_t k = 0; k < d->bucket_count; k++) {
            report_bucket *b = &d->bucket[k];
            if (strcmp(b->signature, signature) != 0) continue;
            for (size_t n = 0; n < d->run_count; n++)
                if (d->run[n].bucket == (long)k && d->run[n].seed == sqlite3_column_int64(s, 2) &&
                    strcmp(d->cases[d->run[n].of].name, name) == 0)
                    b->first = n;
            b->capsule = report_column(d, s, 3);
            b->waves = report_column(d, s, 4);
            b->log = report_column(d, s, 5);
            const char *again = report_column(d, s, 6);
            if (*again) b->again = again;
        }
    }
    return status;
}

/* Buckets and slowest runs in their order; runs name their bucket by its new number. */
static void rank(report_data *d) {
    long *moved = arena_take(&d->memory, d->bucket_count, sizeof *moved);
    d->slowest = arena_take(&d->memory, d->case_count, sizeof(report_run *));
    if (!moved || !d->slowest) return;
    qsort(d->bucket, d->bucket_count, sizeof *d->bucket, most_failures);
    for (size_t k = 0; k < d->bucket_count; k++)
        moved[d->run[d->bucket[k].first].bucket] = (long)k;
    for (size_t k = 0; k < d->run_count; k++) {
        report_run *r = &d->run[k];
        if (r->bucket >= 0) r->bucket = moved[r->bucket];
        if (!k || r->of != r[-1].of)
            d->slowest[d->slowest_count++] = r;
        else if (r->seconds > d->slowest[d->slowest_count - 1]->seconds)
            d->slowest[d->slowest_count - 1] = r;
    }
    qsort(d->slowest, d->slowest_count, sizeof(report_run *), slowest_first);
}

/* ---- all of it ---- */

int report_read(const char *folder, const char *regression, report_data *d) {
    memset(d, 0, sizeof *d);
    names signatures = {.memory = &d->memory};
    d->bins.memory = d->hosts.memory = d->gone.memory = &d->memory;
    char *path = NULL;
    if (asprintf(&path, "%s/results.db", folder) < 0) return command_error("out of memory");
    d->path = arena_text(&d->memory, path);
    int status = sqlite3_open_v2(path, &d->database, SQLITE_OPEN_READONLY, NULL) != SQLITE_OK
                     ? command_error("%s: %s", path, sqlite3_errmsg(d->database))
                     : EXIT_GOOD;
    free(path);
    if (status) return status;
    sqlite3_busy_timeout(d->database, 10000);
    /* one transaction: what a regression that still runs adds meanwhile is not seen by half */
    if (sqlite3_exec(d->database, "PRAGMA mmap_size = 4294967296; BEGIN", NULL, NULL, NULL) != SQLITE_OK)
        return command_error("%s: %s", d->path, sqlite3_errmsg(d->database));
    status = read_regression(d, regression);
    if (!status) status = read_configs(d);
    if (!status) status = read_cases(d);
    if (!status) status = read_runs(d, &signatures);
    if (!status) status = read_buckets(d, &signatures);
    if (!status) status = report_history(d);
    if (!status) rank(d);
    if (!status && d->memory.failed) status = command_error("%s: out of memory", d->path);
    return status;
}

void report_release(report_data *d) {
    sqlite3_close(d->database);
    arena_release(&d->memory);
}

bool report_whole(const report_data *d) { return d->planned && d->run_count == d->planned && *d->ended; }

const char *report_verdict(const report_data *d) {
    return d->all.failed ? "fail" : report_whole(d) ? "pass" : "incomplete";
}

double report_use(const report_sum *s) { return s->peak_clocks ? (double)s->macs / (double)s->peak_clocks : 0; }

double report_intensity(const report_sum *s) { return s->fetched ? (double)s->fetched_macs / (double)s->fetched : 0; }
