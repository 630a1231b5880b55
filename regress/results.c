/* results.c - the database of regressions: DIR/results.db, one row a test as it ends. SPDX-License-Identifier:
 * Apache-2.0 */
#include "results.h"

#include "hash.h"

#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

static const char schema[] =
#include "sql/schema.inc"
    ;

/* ---- SQLite ---- */

static int failed(const results *r) { return command_error("%s: %s", r->path, sqlite3_errmsg(r->db)); }

int results_do(results *r, const char *sql) {
    return sqlite3_exec(r->db, sql, NULL, NULL, NULL) == SQLITE_OK ? EXIT_GOOD : failed(r);
}

int results_begin(results *r) { return results_do(r, "BEGIN IMMEDIATE"); }
int results_commit(results *r) { return results_do(r, "COMMIT"); }

static bool bind(sqlite3_stmt *s, const char *types, va_list list) {
    bool good = true;
    for (int k = 1; types[k - 1]; k++)
        switch (types[k - 1]) {
        case 's':
            good &= sqlite3_bind_text(s, k, va_arg(list, const char *), -1, SQLITE_TRANSIENT) == SQLITE_OK;
            break;
        case 'i':
            good &= sqlite3_bind_int64(s, k, va_arg(list, int64_t)) == SQLITE_OK;
            break;
        default:
            good &= sqlite3_bind_double(s, k, va_arg(list, double)) == SQLITE_OK;
        }
    return good;
}

sqlite3_stmt *results_ask(results *r, const char *sql, const char *types, ...) {
    sqlite3_stmt *s = NULL;
    va_list list;
    va_start(list, types);
    const bool good = sqlite3_prepare_v2(r->db, sql, -1, &s, NULL) == SQLITE_OK && bind(s, types, list);
    va_end(list);
    if (good) return s;
    failed(r);
    sqlite3_finalize(s);
    return NULL;
}

bool results_row(results *r, sqlite3_stmt **s, int *status) {
    const int got = *s ? sqlite3_step(*s) : SQLITE_ERROR;
    if (got == SQLITE_ROW) return true;
    if (got != SQLITE_DONE) *status = *s ? failed(r) : EXIT_WRONG;
    sqlite3_finalize(*s);
    *s = NULL;
    return false;
}

/* A statement that answers nothing. */
#define EXECUTE(r, sql, ...) execute(r, results_ask(r, sql, __VA_ARGS__))
static int execute(results *r, sqlite3_stmt *s) {
    int status = EXIT_GOOD;
    while (results_row(r, &s, &status))
        ;
    return status;
}

static void text_at(sqlite3_stmt *s, int column, char *to, size_t size) {
    const unsigned char *text = sqlite3_column_text(s, column);
    snprintf(to, size, "%s", text ? (const char *)text : "");
}

/* ---- opening ---- */

static int make_schema(results *r) {
    int status = results_begin(r), version = -1;
    sqlite3_stmt *s = status ? NULL : results_ask(r, "PRAGMA user_version", "");
    while (!status && results_row(r, &s, &status))
        version = sqlite3_column_int(s, 0);
    if (!status && version == 0) status = results_do(r, schema), version = RESULTS_SCHEMA;
    if (!status && version != RESULTS_SCHEMA)
        status = command_error("%s: schema %d, this dcom has %d", r->path, version, RESULTS_SCHEMA);
    return status ? (sqlite3_exec(r->db, "ROLLBACK", NULL, NULL, NULL), status) : results_commit(r);
}

static int make_folder(const char *folder) {
    char *path = strdup(folder);
    if (!path) return command_error("out of memory");
    for (char *at = path + 1;; at++)
        if (*at == '/' || !*at) {
            const char was = *at;
            *at = 0;
            if (mkdir(path, 0777) && errno != EEXIST) {
                const int reason = errno;
                free(path);
                return command_error("%s: %s", folder, strerror(reason));
            }
            if (!(*at = was)) break;
        }
    struct stat about;
    const bool is_folder = stat(path, &about) == 0 && S_ISDIR(about.st_mode);
    free(path);
    return is_folder ? EXIT_GOOD : command_error("%s: is there and not a folder", folder);
}

int results_open(results *r, const char *folder, bool create) {
    *r = (results){.claims = -1};
    if (create && make_folder(folder)) return EXIT_WRONG;
    char *claims = NULL;
    if (asprintf(&r->path, "%s/results.db", folder) < 0) return command_error("out of memory");
    int status = EXIT_GOOD;
    if (!create && access(r->path, F_OK)) status = command_error("%s: %s", r->path, strerror(errno));
    if (!status && sqlite3_open_v2(r->path, &r->db, SQLITE_OPEN_READWRITE | (create ? SQLITE_OPEN_CREATE : 0), NULL))
        status = failed(r);
    if (!status) {
        sqlite3_busy_timeout(r->db, 60000);
        /* Only where the file system has no shared memory the journal stays; what is committed is kept by either. A
         * commit outlives the process, not a power failure: then the last rows are run again. */
        sqlite3_exec(r->db, "PRAGMA journal_mode = WAL; PRAGMA synchronous = NORMAL", NULL, NULL, NULL);
        status = make_schema(r);
    }
    if (!status && create) {
        if (asprintf(&claims, "%s/claims", folder) < 0) claims = NULL;
        r->claims = claims ? open(claims, O_RDWR | O_CREAT | O_CLOEXEC, 0666) : -1;
        if (r->claims < 0) status = command_error("%s/claims: %s", folder, strerror(errno));
        free(claims);
    }
    if (status) results_close(r);
    return status;
}

void results_close(results *r) {
    sqlite3_finalize(r->seen), sqlite3_finalize(r->insert);
    sqlite3_close(r->db);
    if (r->claims >= 0) close(r->claims);
    free(r->path);
    *r = (results){.claims = -1};
}

/* ---- a regression ---- */

int results_last(results *r, const regression_key *key, bool unfinished, char name[REGRESSION_NAME], uint32_t *seed,
                 char options[512]) {
    static const char any[] = "SELECT regression, seed, options FROM regression WHERE ended IS NULL OR NOT ?"
                              " ORDER BY started DESC, regression DESC LIMIT 1";
    static const char like[] = "SELECT regression, seed, options FROM regression WHERE (ended IS NULL OR NOT ?)"
                               " AND cases = ? AND tier = ? AND tags = ? AND substr(options, 1, length(?5)) = ?5"
                               " ORDER BY started DESC, regression DESC LIMIT 1";
    int status = EXIT_GOOD;
    *name = *options = 0;
    sqlite3_stmt *s =
        key ? results_ask(r, like, "issss", (int64_t)unfinished, key->cases, key->tier, key->tags, key->options)
            : results_ask(r, any, "i", (int64_t)unfinished);
    while (results_row(r, &s, &status)) {
        text_at(s, 0, name, REGRESSION_NAME);
        *seed = (uint32_t)sqlite3_column_int64(s, 1);
        text_at(s, 2, options, 512);
    }
    return status;
}

static int64_t count(results *r, const char *sql, const char *name, int *status) {
    int64_t number = 0;
    sqlite3_stmt *s = results_ask(r, sql, "s", name);
    while (results_row(r, &s, status))
        number = sqlite3_column_int64(s, 0);
    return number;
}

/* Time and seed; a second later while there is one of that name. */
static int make_name(results *r, uint32_t seed) {
    int status = EXIT_GOOD;
    for (time_t now = time(NULL);; now++) {
        struct tm t;
        char text[32];
        strftime(text, sizeof text, "%Y%m%dT%H%M%SZ", gmtime_r(&now, &t));
        snprintf(r->regression, sizeof r->regression, "%s-%u", text, seed);
        if (!count(r, "SELECT count(*) FROM regression WHERE regression = ?", r->regression, &status) || status)
            return status;
    }
}

static int add_cases(results *r, const plan *p) {
    static const char sql[] = "INSERT OR IGNORE INTO testcase VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)";
    int status = EXIT_GOOD;
    for (size_t k = 0; !status && k < p->case_count; k++) {
        const plan_case *c = &p->cases[k];
        if (!c->tests) continue;
        char *parameters = plan_parameters(c);
        status = parameters
                     ? EXECUTE(r, sql, "ssssssssssi", r->regression, c->run.name, c->run.config.name,
                               case_kind_name(c->run.kind), c->run.input, parameters, case_tier_name(c->run.tier),
                               c->run.tags, c->run.features, c->run.reason, (int64_t)c->tests)
                     : command_error("out of memory");
        free(parameters);
    }
    return status;
}

int results_regression(results *r, const char *name, const regression_key *k, const plan *p) {
    static const char sql[] =
        "INSERT INTO regression (regression, started, seed, cases, tier, tags, options, planned,"
        " launcher, jobs, host) VALUES (?, strftime('%Y-%m-%dT%H:%M:%SZ', 'now'), ?, ?, ?, ?, ?, ?, ?, ?, ?)";
    char host[128] = "";
    int status = EXIT_GOOD, found = 0;
    gethostname(host, sizeof host - 1);
    if (*name) {
        snprintf(r->regression, sizeof r->regression, "%s", name);
        sqlite3_stmt *s = results_ask(r, "SELECT options = ? AND seed = ? FROM regression WHERE regression = ?",
                                      "sis", k->options, (int64_t)k->seed, name);
        while (results_row(r, &s, &status))
            found = sqlite3_column_int(s, 0) ? 1 : -1;
        if (found < 0) return command_error("%s: regression %s has other tests or other programs", r->path, name);
    } else
        status = make_name(r, k->seed);
    if (!status && !found)
        status = EXECUTE(r, sql, "sissssisis", r->regression, (int64_t)k->seed, k->cases, k->tier, k->tags,
                         k->options, (int64_t)k->planned, k->launcher, (int64_t)k->jobs, host);
    if (!status && !found) status = add_cases(r, p);
    uint32_t h = 0;
    for (const char *c = r->regression; *c; c++)
        h = hash3(h, (unsigned char)*c, 0);
    r->claim_base = (uint64_t)(h >> 1) << 32;
    return status;
}

int results_config(results *r, const dcom_config *c, const json_t *hello) {
    static const char *const keys[] = {"commit", "version", "verilator", "compiler"};
    const char *text[4], *commit = "";
    char was[128] = "";
    for (unsigned k = 0; k < 4; k++)
        if (!(text[k] = json_string_value(json_object_get(hello, keys[k])))) text[k] = "";
    commit = text[0];
    int status = EXECUTE(r,
                         "UPDATE regression SET commit_id = ?, version = ?, verilator = ?, compiler = ?"
                         " WHERE regression = ? AND commit_id IS NULL",
                         "sssss", text[0], text[1], text[2], text[3], r->regression);
    sqlite3_stmt *s =
        status ? NULL : results_ask(r, "SELECT commit_id FROM regression WHERE regression = ?", "s", r->regression);
    while (!status && results_row(r, &s, &status))
        text_at(s, 0, was, sizeof was);
    if (!status && strcmp(was, commit))
        return command_error("%s: built of commit %s, regression %s of %s", c->name, commit, r->regression, was);
    char *counters = json_dumps(json_object_get(hello, "counters"), JSON_COMPACT | JSON_ENCODE_ANY);
    char *bins = json_dumps(json_object_get(hello, "bins"), JSON_COMPACT | JSON_ENCODE_ANY);
    const int64_t macs = (int64_t)c->cluster_rows * c->cluster_columns * c->mac_rows * c->lanes;
    if (!status)
        status = EXECUTE(r, "INSERT OR IGNORE INTO config VALUES (?, ?, ?, ?, ?, ?)", "ssiiss", r->regression,
                         c->name, macs, (int64_t)c->lanes, counters ? counters : "[]", bins ? bins : "[]");
    free(counters), free(bins);
    return status;
}

/* ---- tests ---- */

/* A lock on the test's byte; where the file system has none, rows alone keep the order. */
static bool lock(const results *r, size_t test, short type) {
    struct flock l = {.l_type = type, .l_whence = SEEK_SET, .l_start = (off_t)(r->claim_base + test), .l_len = 1};
    return fcntl(r->claims, F_SETLK, &l) == 0 || (errno != EAGAIN && errno != EACCES);
}

bool results_claim(results *r, size_t test) { return lock(r, test, F_WRLCK); }
void results_unclaim(results *r, size_t test) { lock(r, test, F_UNLCK); }

int results_verdict(results *r, const char *name, uint32_t seed, int *verdict) {
    *verdict = -1;
    if (!r->seen)
        r->seen = results_ask(r, "SELECT verdict = 'pass' FROM run WHERE regression = ? AND name = ? AND seed = ?",
                              "s", r->regression);
    if (!r->seen) return EXIT_WRONG;
    sqlite3_bind_text(r->seen, 2, name, -1, SQLITE_STATIC);
    sqlite3_bind_int64(r->seen, 3, seed);
    const int got = sqlite3_step(r->seen);
    if (got == SQLITE_ROW) *verdict = sqlite3_column_int(r->seen, 0);
    sqlite3_reset(r->seen);
    return got == SQLITE_ROW || got == SQLITE_DONE ? EXIT_GOOD : failed(r);
}

int results_record(results *r, const char *name, uint32_t seed, const outcome *o, const char *again) {
    static const char sql[] =
        "INSERT OR IGNORE INTO run VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)";
    char host[128] = "";
    if (!r->insert && !(r->insert = results_ask(r, sql, "s", r->regression))) return EXIT_WRONG;
    sqlite3_stmt *s = r->insert;
    gethostname(host, sizeof host - 1);
    const char *const texts[] = {o->signature, o->kind, o->unit, o->reg, o->message};
    const int64_t numbers[] = {o->clocks, o->macs, o->beats_in, o->beats_out};
    sqlite3_bind_text(s, 2, name, -1, SQLITE_STATIC);
    sqlite3_bind_int64(s, 3, seed);
    sqlite3_bind_text(s, 4, o->pass ? "pass" : "fail", -1, SQLITE_STATIC);
    for (int k = 0; k < 5; k++)
        sqlite3_bind_text(s, 5 + k, texts[k], -1, SQLITE_STATIC);
    sqlite3_bind_int64(s, 10, o->clock);
    sqlite3_bind_text(s, 11, o->stimulus, -1, SQLITE_STATIC);
    sqlite3_bind_text(s, 12, o->digest, -1, SQLITE_STATIC);
    for (int k = 0; k < 4; k++)
        sqlite3_bind_int64(s, 13 + k, numbers[k]);
    sqlite3_bind_text(s, 17, o->counters, -1, SQLITE_STATIC);
    sqlite3_bind_text(s, 18, o->bins, -1, SQLITE_STATIC);
    sqlite3_bind_double(s, 19, o->seconds);
    sqlite3_bind_int64(s, 20, o->peak_kb);
    sqlite3_bind_text(s, 21, host, -1, SQLITE_STATIC);
    sqlite3_bind_double(s, 22, o->started);
    sqlite3_bind_text(s, 23, again, -1, SQLITE_STATIC);
    const int got = sqlite3_step(s);
    sqlite3_reset(s);
    return got == SQLITE_DONE ? EXIT_GOOD : failed(r);
}

int results_finish(results *r) {
    static const char seeds[] =
        "WITH first AS (SELECT name, stimulus, min(seed) AS seed FROM run WHERE regression = ?1 AND stimulus <> ''"
        " GROUP BY name, stimulus HAVING count(*) > 1)"
        "UPDATE run SET verdict = 'fail', kind = 'seeds', signature = 'seeds',"
        " message = format('the stimulus of seed %d again: %s', first.seed, first.stimulus),"
        " again = format('make regress CASES=%Q CASE=%s@%d,%s@%d', (SELECT cases FROM regression"
        " WHERE regression = ?1), run.name, first.seed, run.name, run.seed)"
        " FROM first WHERE run.regression = ?1 AND run.name = first.name AND run.stimulus = first.stimulus"
        " AND run.seed > first.seed AND run.verdict = 'pass'";
    static const char ended[] =
        "UPDATE regression SET ended = strftime('%Y-%m-%dT%H:%M:%SZ', 'now') WHERE regression = ?1"
        " AND ended IS NULL AND planned <= (SELECT count(*) FROM run WHERE regression = ?1)";
    int status = results_begin(r);
    if (!status) status = EXECUTE(r, seeds, "s", r->regression);
    if (!status) status = EXECUTE(r, ended, "s", r->regression);
    return status ? (sqlite3_exec(r->db, "ROLLBACK", NULL, NULL, NULL), status) : results_commit(r);
}
