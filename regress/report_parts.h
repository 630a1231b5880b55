/* report_parts.h - one regression out of results.db, summed up, and what writes it. SPDX-License-Identifier:
 * Apache-2.0
 *
 * Every text is valid UTF-8 without control characters but line feeds and tabs (arena_text), never NULL; what the
 * database has as NULL is "" or 0. */
#ifndef DCOM_REPORT_PARTS_H
#define DCOM_REPORT_PARTS_H

#include "command.h"

#include <sqlite3.h>
#include <stdint.h>
#include <stdio.h>

enum {
    REPORT_SCHEMA = 1,
    DATABASE_SCHEMA = 1,
    REPORT_COUNTERS = 64,
    REPORT_BINS = 4096,
    REPORT_TREND = 60,
    REPORT_NONE = -1
};

/* ---- report_text.c: memory, names, escapes ---- */

/* Memory that is released as a whole. After a refusal `failed` is set and nothing more is given. */
typedef struct {
    struct block *last;
    bool failed;
} arena;

void *arena_take(arena *a, size_t count, size_t size); /* zeroed; NULL: refused */
void arena_release(arena *a);
/* A copy in which what is not valid UTF-8 is U+FFFD and a control character its picture, U+2400 and on. */
const char *arena_text(arena *a, const char *text);

/* Numbers for names, 0 and on in the order of their coming. */
typedef struct {
    arena *memory;
    const char **at;
    size_t count, room;
    uint32_t *slot; /* by hash: number + 1, 0 is free */
    size_t slots;
} names;

/* The number of the name (of `length`, clean already), or REPORT_NONE: out of memory. */
long names_number(names *n, const char *name, size_t length);

/* Text for XML between tags and in attributes. */
void put_xml(FILE *file, const char *text);
/* One line, at most `most` characters, as a code span of Markdown that is good in a table too. */
void put_code(FILE *file, const char *text, size_t most);
/* Text as a fenced block of Markdown. */
void put_block(FILE *file, const char *text);
/* Data and property of a workflow command of GitHub. */
void put_command(FILE *file, const char *text, bool property);

/* ---- report_data.c ---- */

typedef struct {
    const char *config;
    uint64_t mac_count, lanes; /* of the array */
    size_t counter_count;
    const char *unit[REPORT_COUNTERS], *kind[REPORT_COUNTERS];
    long operations; /* which counter counts the array's; REPORT_NONE: none does */
    uint64_t *hits;  /* runs by bin */
    bool *known;     /* whether it has the bin */
} report_config;

/* A sum over runs. Use and intensity are of those alone that have clocks. */
typedef struct {
    size_t runs, failed, timed;
    uint64_t clocks, macs, peak_clocks; /* peak_clocks: clocks x MACs of the array */
    uint64_t fetched;                   /* elements of A and of the basis read by the array, where counted */
    uint64_t fetched_macs;              /* useful MACs of the runs that count them */
    uint64_t counters[REPORT_COUNTERS];
    double seconds, slowest;
    uint64_t memory_kb; /* the most */
} report_sum;

typedef struct {
    const char *name, *config, *run, *input, *parameters, *tier, *tags, *features, *reason;
    long config_number; /* REPORT_NONE: no run of it has told its configuration */
    size_t tests;       /* planned */
    size_t first;       /* of its runs, which are in a row */
    report_sum sum;
    /* the same tests in the previous regression, where the case was the same: */
    size_t compared, digests_changed;
    uint64_t clocks_before, clocks_now;
    int64_t digest_seed; /* the first whose digest is another */
} report_case;

typedef struct {
    size_t of; /* case */
    int64_t seed;
    bool failed;
    long bucket; /* REPORT_NONE: none */
    long host;
    const char *kind, *unit, *reg, *message, *stimulus, *digest, *again;
    uint64_t clock, clocks, macs, beats_in, beats_out, memory_kb;
    double seconds, started;
} report_run;

typedef struct {
    const char *signature;
    size_t failures, cases, first;                     /* first: the run it was told of first */
    const char *capsule, *waves, *log, *again, *since; /* since: the first regression that has it */
} report_bucket;

typedef struct {
    const char *regression, *started, *commit, *tier;
    bool ended;
    size_t planned, passed, failed;
    uint64_t clocks;
    double seconds, wall;
} report_past;

typedef struct {
    const char *name; /* of the case */
    int64_t seed;
    const char *signature;
} report_change;

typedef struct {
    arena memory;
    sqlite3 *database;
    const char *path; /* of the database, for messages */

    const char *regression, *started, *ended, *cases_files, *tier, *tags, *options, *commit, *version, *verilator,
        *compiler, *launcher, *host;
    int64_t seed;
    size_t planned, jobs;
    double wall; /* seconds */

    report_config *config;
    size_t config_count;
    report_case *cases;
    size_t case_count;
    report_run *run;
    size_t run_count;
    report_bucket *bucket; /* most failures first */
    size_t bucket_count;
    names bins, hosts;
    const char **bin_case; /* the first case that hit it, NULL: none */
    report_sum all, *by_config;
    report_run **slowest; /* the slowest of each case that has run, the slowest first */
    size_t slowest_count;

    report_past *past; /* of the same tables, tier and tags, oldest first, this one last */
    size_t past_count;
    const char *previous;           /* NULL: there is none to compare with */
    report_change *broken, *mended; /* tests that fail now and passed then, and the other way round */
    size_t broken_count, mended_count, compared;
    names gone; /* signatures of the previous one that this one does not have */
    size_t new_cases, old_cases;
} report_data;

/* Every planned test has run, there was one, and the regression has ended. */
bool report_whole(const report_data *d);
/* "pass"; "fail": a test failed; "incomplete": none did, but it is not whole. */
const char *report_verdict(const report_data *d);
/* Useful MACs over MACs x clocks; useful MACs for each element fetched; 0 where nothing is known. */
double report_use(const report_sum *s);
double report_intensity(const report_sum *s);

/* EXIT_GOOD or EXIT_WRONG; to be released even then. */
int report_read(const char *folder, const char *regression, report_data *d);
void report_release(report_data *d);

/* One row after the other. */
sqlite3_stmt *report_query(const report_data *d, const char *sql, const char *first, const char *second);
bool report_row(report_data *d, sqlite3_stmt *s, int *status);
const char *report_column(report_data *d, sqlite3_stmt *s, int column);

/* ---- report_history.c: what was before ---- */

int report_history(report_data *d);

/* ---- the files ---- */

json_t *report_as_json(const report_data *d); /* NULL: out of memory */
void report_as_junit(FILE *file, const report_data *d);
void report_as_summary(FILE *file, const report_data *d);
void report_annotations(FILE *file, const report_data *d);
void report_as_page(FILE *file, const report_data *d, const json_t *json);

#endif
