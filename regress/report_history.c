/* report_history.c - what was before: the trend, and what changed since the previous regression.
 * SPDX-License-Identifier: Apache-2.0
 *
 * Compared are regressions of the same case tables, tier, tags and choices (in `options`, before the hashes of tests
 * and programs, as run.c writes them); of those, tests of the same case and seed whose case is defined the same.
 * Another digest there is another result, other clocks are another design. */
#include "report_parts.h"

#include <string.h>

#define CHOICES(row) "substr(" row ".options, 1, instr(" row ".options || ' tests=', ' tests='))"
#define LIKE_THIS                                                                                                    \
    " FROM regression AS r, regression AS now WHERE now.regression = ?1 AND r.started <= now.started"                \
    " AND r.cases IS now.cases AND r.tier IS now.tier AND r.tags IS now.tags AND " CHOICES("r") " IS " CHOICES(      \
        "now")

/* The counts of a row's regression. */
static int sum_past(report_data *d, report_past *p) {
    int status = EXIT_GOOD;
    sqlite3_stmt *s = report_query(d,
                                   "SELECT total(verdict = 'pass'), count(*), total(clocks), total(seconds) FROM run"
                                   " WHERE regression = ?1",
                                   p->regression, NULL);
    while (report_row(d, s, &status)) {
        p->passed = (size_t)sqlite3_column_double(s, 0);
        p->failed = (size_t)sqlite3_column_int64(s, 1) - p->passed;
        p->clocks = (uint64_t)sqlite3_column_double(s, 2);
        p->seconds = sqlite3_column_double(s, 3);
    }
    return status;
}

static int read_past(report_data *d) {
    int status = EXIT_GOOD;
    d->past = arena_take(&d->memory, REPORT_TREND, sizeof *d->past);
    sqlite3_stmt *s =
        report_query(d,
                     "SELECT r.regression, r.started, r.commit_id, r.tier, r.ended IS NOT NULL, r.planned,"
                     " 86400 * (julianday(r.ended) - julianday(r.started))" LIKE_THIS
                     " ORDER BY r.started DESC, r.regression = ?1 DESC, r.regression DESC LIMIT 60",
                     d->regression, NULL);
    while (d->past && d->past_count < REPORT_TREND && report_row(d, s, &status))
        d->past[d->past_count++] = (report_past){.regression = report_column(d, s, 0),
                                                 .started = report_column(d, s, 1),
                                                 .commit = report_column(d, s, 2),
                                                 .tier = report_column(d, s, 3),
                                                 .ended = sqlite3_column_int(s, 4),
                                                 .planned = (size_t)sqlite3_column_int64(s, 5),
                                                 .wall = sqlite3_column_double(s, 6)};
    if (d->past_count == REPORT_TREND) sqlite3_finalize(s);
    for (size_t k = 0, end = d->past_count; k < end / 2; k++) {
        const report_past swap = d->past[k];
        d->past[k] = d->past[end - 1 - k];
        d->past[end - 1 - k] = swap;
    }
    for (size_t k = 0; !status && k < d->past_count; k++)
        status = sum_past(d, &d->past[k]);
    for (size_t k = 0; k + 1 < d->past_count; k++)
        if (d->past[k].ended) d->previous = d->past[k].regression;
    return status;
}

/* Since when each signature is known: the runner keeps a bucket for each in every regression. */
static int read_since(report_data *d) {
    int status = EXIT_GOOD;
    sqlite3_stmt *s =
        report_query(d,
                     "SELECT b.signature, r.regression, min(r.started) FROM bucket AS b JOIN regression AS r"
                     " ON r.regression = b.regression JOIN regression AS now ON now.regression = ?1"
                     " WHERE r.started <= now.started GROUP BY b.signature",
                     d->regression, NULL);
    while (report_row(d, s, &status)) {
        const char *signature = report_column(d, s, 0), *since = report_column(d, s, 1);
        for (size_t k = 0; k < d->bucket_count; k++)
            if (strcmp(d->bucket[k].signature, signature) == 0) d->bucket[k].since = since;
    }
    return status;
}

static bool append(report_data *d, report_change **list, size_t *count, report_change change) {
    if (!(*count & (*count - 1))) { /* twice the room at 0, 1, 2, 4, ... */
        report_change *more = arena_take(&d->memory, *count ? 2 * *count : 1, sizeof *more);
        if (!more) return false;
        if (*count) memcpy(more, *list, *count * sizeof *more);
        *list = more;
    }
    (*list)[(*count)++] = change;
    return true;
}

/* Both sides of one test. */
static void compare(report_data *d, const report_run *r, sqlite3_stmt *s) {
    report_case *of = &d->cases[r->of];
    const bool failed = strcmp((const char *)sqlite3_column_text(s, 2), "pass") != 0;
    const char *digest = (const char *)sqlite3_column_text(s, 4);
    const uint64_t clocks = (uint64_t)sqlite3_column_int64(s, 5);
    d->compared++;
    of->compared++;
    if (r->failed && !failed)
        append(d, &d->broken, &d->broken_count, (report_change){of->name, r->seed, d->bucket[r->bucket].signature});
    if (!r->failed && failed)
        append(d, &d->mended, &d->mended_count, (report_change){of->name, r->seed, report_column(d, s, 3)});
    if (r->failed || failed) return; /* a run cut short says nothing of clocks */
    of->clocks_before += clocks;
    of->clocks_now += r->clocks;
    if (digest && *digest && *r->digest && strcmp(digest, r->digest) != 0 && !of->digests_changed++)
        of->digest_seed = r->seed;
}

/* Both regressions in the order of their keys, side by side. */
static int compare_runs(report_data *d) {
    int status = EXIT_GOOD;
    size_t k = 0;
    sqlite3_stmt *s = report_query(
        d,
        "SELECT run.name, run.seed, run.verdict, run.signature, run.digest, ifnull(run.clocks, 0) FROM testcase AS "
        "now"
        " JOIN testcase AS old ON old.regression = ?2 AND old.name = now.name AND old.config IS now.config"
        " AND old.run IS now.run AND old.input IS now.input AND old.parameters IS now.parameters"
        " JOIN run ON run.regression = ?2 AND run.name = now.name WHERE now.regression = ?1"
        " ORDER BY now.name, run.seed",
        d->regression, d->previous);
    while (report_row(d, s, &status)) {
        const char *name = (const char *)sqlite3_column_text(s, 0);
        const int64_t seed = sqlite3_column_int64(s, 1);
        int order = -1;
        for (; k < d->run_count; k++) {
            order = strcmp(d->cases[d->run[k].of].name, name);
            if (order > 0 || (order == 0 && d->run[k].seed >= seed)) break;
        }
        if (k < d->run_count && order == 0 && d->run[k].seed == seed) compare(d, &d->run[k], s);
    }
    return status;
}

/* Signatures and cases that only one of the two has. */
static int compare_names(report_data *d) {
    int status = EXIT_GOOD;
    sqlite3_stmt *s = report_query(d,
                                   "SELECT signature FROM bucket WHERE regression = ?2 AND signature NOT IN"
                                   " (SELECT signature FROM bucket WHERE regression = ?1) ORDER BY signature",
                                   d->regression, d->previous);
    while (report_row(d, s, &status)) {
        const char *signature = report_column(d, s, 0);
        names_number(&d->gone, signature, strlen(signature));
    }
    s = report_query(d,
                     "SELECT (SELECT count(*) FROM testcase WHERE regression = ?1 AND name NOT IN"
                     " (SELECT name FROM testcase WHERE regression = ?2)),"
                     " (SELECT count(*) FROM testcase WHERE regression = ?2 AND name NOT IN"
                     " (SELECT name FROM testcase WHERE regression = ?1))",
                     d->regression, d->previous);
    while (report_row(d, s, &status)) {
        d->new_cases = (size_t)sqlite3_column_int64(s, 0);
        d->old_cases = (size_t)sqlite3_column_int64(s, 1);
    }
    return status;
}

int report_history(report_data *d) {
    int status = read_past(d);
    if (!status) status = read_since(d);
    if (!status && d->previous) status = compare_runs(d);
    if (!status && d->previous) status = compare_names(d);
    return status;
}
