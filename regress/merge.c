/* merge.c - build/regress merge: one database of many. SPDX-License-Identifier: Apache-2.0
 *
 * What is there already stays, so a merge can be done again, in any order, with parts that share rows. Two rows of
 * one test must agree in all that commit, case and seed decide; if not, the test has failed: "unrepeatable". */
#include "regress.h"

#include <errno.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { OUT = 'o', JSON = 256, QUIET };

typedef struct {
    const char *out;
    char **parts;
    int part_count;
    bool json, quiet;
} options;

static const struct argp_option option_list[] = {
    {"out", OUT, "DIR", 0, "Where the merged results.db is (out/regress)", 0},
    {"json", JSON, NULL, 0, "The end as JSON", 0},
    {"quiet", QUIET, NULL, 0, "Print nothing but the counts", 0},
    {0}};

static error_t parse(int key, char *argument, struct argp_state *state) {
    options *o = state->input;
    switch (key) {
    case OUT:
        o->out = argument;
        return 0;
    case JSON:
        o->json = true;
        return 0;
    case QUIET:
        o->quiet = true;
        return 0;
    case ARGP_KEY_ARGS:
        o->parts = state->argv + state->next, o->part_count = state->argc - state->next;
        state->next = state->argc;
        return 0;
    case ARGP_KEY_SUCCESS:
        return o->part_count ? 0 : command_error("merge needs the databases of the parts");
    default:
        return ARGP_ERR_UNKNOWN;
    }
}

/* From folder `from` to the folder of file `to`, as "../x/" ; "" if they are one. Both exist. NULL: out of memory. */
static char *relative(const char *from, const char *to) {
    char a[PATH_MAX], b[PATH_MAX], *text = NULL;
    size_t size = 0, same = 0;
    if (!realpath(from, a) || !realpath(to, b)) return strdup("");
    char *slash = strrchr(b, '/');
    slash[1] = 0;
    strcat(a, "/");
    for (size_t k = 0; a[k] && a[k] == b[k]; k++)
        if (a[k] == '/') same = k + 1;
    FILE *f = open_memstream(&text, &size);
    if (!f) return NULL;
    for (const char *c = a + same; *c; c++)
        if (*c == '/') fputs("../", f);
    fputs(b + same, f);
    return fclose(f) ? NULL : text;
}

static const char merge_sql[] =
#include "sql/merge.inc"
    ;

/* The paths of a bucket begin at the merged folder. */
static const char bucket_sql[] =
    "INSERT INTO main.bucket SELECT regression, signature, name, seed, iif(capsule = '', '', ?1 || capsule),"
    " iif(waves = '', '', ?1 || waves), iif(log = '', '', ?1 || log), again FROM part.bucket WHERE true"
    " ON CONFLICT (regression, signature) DO UPDATE SET name = excluded.name, seed = excluded.seed,"
    " capsule = excluded.capsule, waves = excluded.waves, log = excluded.log, again = excluded.again"
    " WHERE (excluded.name, excluded.seed) < (bucket.name, bucket.seed)";

static int execute(results *r, sqlite3_stmt *s) {
    int status = EXIT_GOOD;
    while (results_row(r, &s, &status))
        ;
    return status;
}

/* A part that was killed before it had a table has nothing to say. */
static int version_of(results *r, int *status) {
    int version = 0;
    sqlite3_stmt *s = results_ask(r, "PRAGMA part.user_version", "");
    while (results_row(r, &s, status))
        version = sqlite3_column_int(s, 0);
    return version;
}

/* A part made with other tests or programs than the rest is no part of it. */
static int check_part(results *r, const char *path) {
    static const char sql[] =
        "SELECT p.regression FROM part.regression AS p JOIN main.regression AS m"
        " ON m.regression = p.regression WHERE m.options <> p.options OR m.seed <> p.seed LIMIT 1";
    int status = EXIT_GOOD;
    char other[REGRESSION_NAME] = "";
    sqlite3_stmt *s = results_ask(r, sql, "");
    while (results_row(r, &s, &status))
        snprintf(other, sizeof other, "%s", (const char *)sqlite3_column_text(s, 0));
    return *other ? command_error("%s: regression %s has other tests or other programs there", path, other) : status;
}

static int merge_part(results *r, const char *out, const char *path) {
    if (access(path, R_OK)) return command_error("%s: %s", path, strerror(errno));
    char *prefix = relative(out, path);
    int status = prefix ? execute(r, results_ask(r, "ATTACH ? AS part", "s", path)) : command_error("out of memory");
    if (status) {
        free(prefix);
        return status;
    }
    const int version = version_of(r, &status);
    if (!status && version && version != RESULTS_SCHEMA)
        status = command_error("%s: schema %d, this dcom has %d", path, version, RESULTS_SCHEMA);
    if (!status && version && !(status = results_begin(r))) {
        status = check_part(r, path);
        if (!status) status = results_do(r, merge_sql);
        if (!status) status = execute(r, results_ask(r, bucket_sql, "s", prefix));
        const int kept = results_do(r, status ? "ROLLBACK" : "COMMIT");
        if (!status) status = kept;
    }
    free(prefix);
    const int detached = results_do(r, "DETACH part");
    return status ? status : detached;
}

/* For each regression what its end says. */
static int finish_all(results *r) {
    int status = EXIT_GOOD;
    char last[REGRESSION_NAME] = "";
    for (bool more = true; !status && more;) {
        sqlite3_stmt *s = results_ask(
            r, "SELECT min(regression) FROM regression WHERE regression > ? AND ended IS NULL", "s", last);
        more = false;
        while (results_row(r, &s, &status))
            if (sqlite3_column_text(s, 0)) {
                snprintf(last, sizeof last, "%s", (const char *)sqlite3_column_text(s, 0));
                more = true;
            }
        if (!status && more) {
            snprintf(r->regression, sizeof r->regression, "%s", last);
            status = results_finish(r);
        }
    }
    return status;
}

int regress_merge(int argc, char **argv) {
    const struct argp argp = {
        option_list, parse, "PART.db...", "Merges the databases of parts, and of earlier regressions, into one.",
        NULL,        NULL,  NULL};
    options o = {.out = "out/regress"};
    results r = {.claims = -1};
    char name[REGRESSION_NAME], options[512];
    uint32_t seed;
    int status = command_parse(&argp, "regress merge", argc, argv, &o);
    if (status < 0) return EXIT_GOOD;
    if (!status) status = results_open(&r, o.out, true);
    for (int k = 0; !status && k < o.part_count; k++)
        status = merge_part(&r, o.out, o.parts[k]);
    if (!status) status = finish_all(&r);
    if (!status) status = results_last(&r, NULL, false, name, &seed, options);
    if (!status && !*name) status = command_error("%s: no regression in the parts", r.path);
    if (!status) {
        snprintf(r.regression, sizeof r.regression, "%s", name);
        status = bucket_print(&r, o.out, 0, o.json, o.quiet);
    }
    results_close(&r);
    return status;
}
