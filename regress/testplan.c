/* testplan.c - the test plan against what there is and what has passed. SPDX-License-Identifier: Apache-2.0 */
#include "testplan.h"

#include "cases.h"
#include "results.h"

#include <ctype.h>
#include <errno.h>
#include <fnmatch.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

/* ---- what a name stands for ---- */

enum { MOST_NAME = 128 };

/* A case, a test or a bin, and how it went. */
typedef struct {
    char name[MOST_NAME];
    char *features; /* of a case: "a,b", as its table says; else "" */
    int tier;       /* 0 short, 1 medium, 2 long */
    bool claimed;   /* some feature has it */
    long passed, failed;
} item;

typedef struct {
    item *at;
    size_t count;
} items;

typedef struct {
    char name[MOST_NAME], *cases, *tests, *bins; /* lists with blanks between */
    unsigned line;
} feature;

typedef struct {
    const char *path;
    feature *features;
    size_t count, wrong;
    items cases, tests, bins;
    int tier; /* what is in tiers above it may be without a result */
    bool results;
    char last[REGRESSION_NAME]; /* the youngest regression that a result is of */
} testplan;

/* Out of memory ends the check, with one line. */
static item *add(items *list, const char *name, const char *features, int tier) {
    item *more = realloc(list->at, (list->count + 1) * sizeof *more);
    if (!more) return command_error("out of memory"), NULL;
    list->at = more;
    item *i = &list->at[list->count];
    *i = (item){.features = strdup(features), .tier = tier};
    snprintf(i->name, sizeof i->name, "%s", name);
    if (!i->features) return command_error("out of memory"), NULL;
    list->count++;
    return i;
}

static item *find(const items *list, const char *name) {
    for (size_t k = 0; k < list->count; k++)
        if (strcmp(list->at[k].name, name) == 0) return &list->at[k];
    return NULL;
}

static void release(items *list) {
    for (size_t k = 0; k < list->count; k++)
        free(list->at[k].features);
    free(list->at);
}

__attribute__((format(printf, 3, 4))) static void wrong(testplan *p, unsigned line, const char *format, ...) {
    va_list list;
    va_start(list, format);
    p->wrong++;
    printf("%s:%u: ", p->path, line);
    vprintf(format, list);
    putchar('\n');
    va_end(list);
}

/* The words of a list with blanks or commas between, one a call; NULL at the end. */
static const char *next_word(const char **at, char word[MOST_NAME]) {
    *at += strspn(*at, " \t,");
    const size_t length = strcspn(*at, " \t,");
    snprintf(word, MOST_NAME, "%.*s", (int)length, *at);
    *at += length;
    return length ? word : NULL;
}

static bool in_list(const char *list, const char *name) {
    char word[MOST_NAME];
    while (next_word(&list, word))
        if (fnmatch(word, name, 0) == 0) return true;
    return false;
}

/* ---- the plan ---- */

/* Adds words to a list of the feature. */
static int append(char **list, const char *words) {
    char *more;
    if (asprintf(&more, "%s %s", *list ? *list : "", words) < 0) return command_error("out of memory");
    free(*list);
    *list = more;
    return EXIT_GOOD;
}

static int begin_feature(testplan *p, const char *name, unsigned line) {
    if (!*name || name[strcspn(name, " \t,*?[")])
        return command_error("%s:%u: %s: not the name of a feature", p->path, line, name);
    for (size_t k = 0; k < p->count; k++)
        if (strcmp(p->features[k].name, name) == 0)
            return command_error("%s:%u: feature %s is there already, in line %u", p->path, line, name,
                                 p->features[k].line);
    feature *more = realloc(p->features, (p->count + 1) * sizeof *more);
    if (!more) return command_error("out of memory");
    p->features = more;
    feature *f = &p->features[p->count++];
    *f = (feature){.line = line};
    snprintf(f->name, sizeof f->name, "%s", name);
    return EXIT_GOOD;
}

static int feature_line(testplan *p, char *text, unsigned line) {
    text[strcspn(text, "\r\n")] = 0;
    const char *words = text + strspn(text, " \t");
    if (!*words || *words == '#') return EXIT_GOOD;
    if (words == text) {
        if (strncmp(text, "feature ", 8) != 0)
            return command_error("%s:%u: %.60s: not `feature NAME`", p->path, line, text);
        return begin_feature(p, text + 8 + strspn(text + 8, " \t"), line);
    }
    if (!p->count) return command_error("%s:%u: no feature has begun", p->path, line);
    feature *f = &p->features[p->count - 1];
    if (strncmp(words, "cases:", 6) == 0) return append(&f->cases, words + 6);
    if (strncmp(words, "tests:", 6) == 0) return append(&f->tests, words + 6);
    if (strncmp(words, "bins:", 5) == 0) return append(&f->bins, words + 5);
    return EXIT_GOOD;
}

/* Calls `each` for the lines of a file until it says something else than EXIT_GOOD. */
static int read_lines(const char *path, testplan *p, int (*each)(testplan *p, char *text, unsigned line)) {
    char *text = NULL;
    size_t size = 0;
    unsigned line = 0;
    FILE *file = fopen(path, "r");
    if (!file) return command_error("%s: %s", path, strerror(errno));
    int status = EXIT_GOOD;
    while (!status && getline(&text, &size, file) >= 0)
        status = each(p, text, ++line);
    if (!status && ferror(file)) status = command_error("%s: cannot be read", path);
    free(text);
    fclose(file);
    return status;
}

/* ---- what there is ---- */

static int read_table(testplan *p, const char *path) {
    const run_case usual = case_usual();
    const case_reading how = {.usual = &usual, .tests = true, .draws = 1};
    case_list list;
    int status = cases_read(path, &how, &list);
    if (status) return status;
    for (size_t k = 0; !status && k < list.count; k++) {
        const run_case *c = &list.at[k];
        if (k > 0 && strcmp(c->name, list.at[k - 1].name) == 0) continue; /* another seed */
        if (find(&p->cases, c->name))
            status = command_error("%s:%u: %s is in another table too", path, c->line, c->name);
        if (!status && !add(&p->cases, c->name, c->features, (int)c->tier)) status = EXIT_WRONG;
    }
    cases_release(&list);
    return status;
}

/* NAME TIER COMMAND */
static int tiers_line(testplan *p, char *text, unsigned line) {
    char name[MOST_NAME], tier[16];
    if (sscanf(text, "%127s", name) != 1 || *name == '#') return EXIT_GOOD;
    if (sscanf(text, "%*s %15s", tier) != 1 || plan_tier(tier) < 0)
        return command_error("tests: line %u: %s: of no tier", line, name);
    return add(&p->tests, name, "", plan_tier(tier)) ? EXIT_GOOD : EXIT_WRONG;
}

/* ---- how it went ---- */

/* The last regression that ran a case, and its runs there */
#define LAST "WITH last AS (SELECT name, MAX(regression) AS regression FROM run GROUP BY name) "

static int case_results(testplan *p, results *r) {
    int status = EXIT_GOOD;
    sqlite3_stmt *s =
        results_ask(r,
                    LAST "SELECT name, regression, SUM(verdict = 'pass'), SUM(verdict = 'fail') FROM run JOIN last"
                         " USING (name, regression) GROUP BY name",
                    "");
    while (results_row(r, &s, &status)) {
        item *i = find(&p->cases, (const char *)sqlite3_column_text(s, 0));
        const char *regression = (const char *)sqlite3_column_text(s, 1);
        if (!i) continue; /* a table that is no longer asked about */
        i->passed = (long)sqlite3_column_int64(s, 2), i->failed = (long)sqlite3_column_int64(s, 3);
        if (strcmp(regression, p->last) > 0) snprintf(p->last, sizeof p->last, "%s", regression);
    }
    return status;
}

/* Every bin there is, as the programs said that ran last; then those that a run hit. */
static int bin_results(testplan *p, results *r) {
    int status = EXIT_GOOD;
    sqlite3_stmt *s = results_ask(r,
                                  LAST "SELECT DISTINCT bin.value FROM config, json_each(config.bins) AS bin"
                                       " WHERE regression IN (SELECT regression FROM last) ORDER BY 1",
                                  "");
    while (results_row(r, &s, &status))
        if (!add(&p->bins, (const char *)sqlite3_column_text(s, 0), "", 0)) {
            sqlite3_finalize(s);
            return EXIT_WRONG;
        }
    if (status) return status;
    /* Few sets of bins differ: each is taken apart once */
    s = results_ask(r,
                    LAST
                    "SELECT DISTINCT bin.value FROM (SELECT DISTINCT bins FROM run JOIN last USING (name, regression)"
                    " WHERE bins <> '') AS hit, json_each(hit.bins) AS bin",
                    "");
    while (results_row(r, &s, &status)) {
        item *i = find(&p->bins, (const char *)sqlite3_column_text(s, 0));
        if (i) i->passed = 1;
    }
    return status;
}

/* What tests/run left of a test: its TAP. */
static void test_result(item *i, const char *build) {
    char path[4096], *line = NULL;
    size_t size = 0;
    snprintf(path, sizeof path, "%s/tests/logs/%s.tap", build, i->name);
    FILE *file = fopen(path, "r");
    if (!file) return;
    while (getline(&line, &size, file) >= 0) {
        if (strstr(line, "# SKIP") || strstr(line, "#SKIP")) continue;
        i->passed += strncmp(line, "ok ", 3) == 0;
        i->failed += strncmp(line, "not ok", 6) == 0;
    }
    free(line);
    fclose(file);
}

/* ---- the verdict ---- */

typedef struct {
    size_t all, good, bad; /* cases or tests: passed, failed; bins: hit */
    long passed, failed;
    bool asked; /* one at least is of the tier */
} tally;

static tally count(const feature *f, items *list, const char *names, int tier) {
    tally t = {0};
    for (size_t k = 0; k < list->count; k++) {
        item *i = &list->at[k];
        if (!in_list(names ? names : "", i->name) && !in_list(i->features, f->name)) continue;
        i->claimed = true;
        t.all++;
        t.asked |= i->tier <= tier;
        t.good += i->passed > 0 && i->failed == 0;
        t.bad += i->failed > 0;
        t.passed += i->passed, t.failed += i->failed;
    }
    return t;
}

/* Every word names something. */
static void check_names(testplan *p, const feature *f, const char *what, const char *names, const items *list) {
    char word[MOST_NAME];
    for (const char *at = names ? names : ""; next_word(&at, word);) {
        bool some = false;
        for (size_t k = 0; k < list->count && !some; k++)
            some = fnmatch(word, list->at[k].name, 0) == 0;
        if (!some) wrong(p, f->line, "feature %s: no %s is called %s", f->name, what, word);
    }
}

static void check_failures(testplan *p, const feature *f, const char *what, const char *names, const items *list) {
    for (size_t k = 0; k < list->count; k++) {
        const item *i = &list->at[k];
        if (i->failed > 0 && (in_list(names ? names : "", i->name) || in_list(i->features, f->name)))
            wrong(p, f->line, "feature %s: %s %s: %ld failed", f->name, what, i->name, i->failed);
    }
}

static void print_feature(const testplan *p, const feature *f, const tally *c, const tally *t, const tally *b) {
    char tests[32] = "-", bins[32] = "-", runs[32] = "-", cases[32] = "-";
    const bool bad = c->bad || t->bad, good = c->asked || !t->asked ? c->good : t->good;
    const char *none = c->asked || t->asked ? "NO RESULT" : "in a longer tier";
    if (!p->results) {
        printf("%-20s %5zu %5zu\n", f->name, c->all, t->all);
        return;
    }
    if (c->all) snprintf(cases, sizeof cases, "%zu of %zu", c->good, c->all);
    if (c->passed + c->failed) snprintf(runs, sizeof runs, "%ld", c->passed + c->failed);
    if (t->all) snprintf(tests, sizeof tests, "%zu of %zu", t->good, t->all);
    if (b->all) snprintf(bins, sizeof bins, "%zu of %zu", b->good, b->all);
    printf("%-20s %11s %8s %10s %10s  %s\n", f->name, cases, runs, tests, bins, bad ? "FAIL" : good ? "pass" : none);
}

static void check_feature(testplan *p, feature *f, bool print) {
    const tally c = count(f, &p->cases, f->cases, p->tier), t = count(f, &p->tests, f->tests, p->tier);
    const tally b = count(f, &p->bins, f->bins, p->tier);
    if (print) {
        print_feature(p, f, &c, &t, &b);
        return;
    }
    check_names(p, f, "case", f->cases, &p->cases);
    check_names(p, f, "test", f->tests, &p->tests);
    if (c.all + t.all == 0) wrong(p, f->line, "feature %s: nothing tests it", f->name);
    if (!p->results) return;
    check_names(p, f, "bin", f->bins, &p->bins);
    check_failures(p, f, "case", f->cases, &p->cases);
    check_failures(p, f, "test", f->tests, &p->tests);
    if (c.asked ? !c.good && !c.bad : t.asked && !t.good && !t.bad)
        wrong(p, f->line, "feature %s: none of its %s has passed: %s", f->name, c.asked ? "cases" : "tests",
              c.asked ? "make regress" : "make check");
    for (size_t k = 0; k < p->bins.count; k++)
        if (in_list(f->bins ? f->bins : "", p->bins.at[k].name) && !p->bins.at[k].passed)
            wrong(p, f->line, "feature %s: no run hit bin %s", f->name, p->bins.at[k].name);
}

static void check_claims(testplan *p) {
    char word[MOST_NAME];
    for (size_t k = 0; k < p->cases.count; k++) {
        const item *i = &p->cases.at[k];
        if (!i->claimed) p->wrong++, printf("case %s: no feature of %s has it\n", i->name, p->path);
        for (const char *at = i->features; next_word(&at, word);) {
            bool some = false;
            for (size_t f = 0; f < p->count && !some; f++)
                some = strcmp(p->features[f].name, word) == 0;
            if (!some) p->wrong++, printf("case %s: %s has no feature %s\n", i->name, p->path, word);
        }
    }
    for (size_t k = 0; k < p->bins.count; k++)
        if (!p->bins.at[k].claimed)
            p->wrong++, printf("bin %s: no feature of %s has it\n", p->bins.at[k].name, p->path);
}

static void print_and_check(testplan *p) {
    if (p->results)
        printf("%-20s %11s %8s %10s %10s  %s\n", "feature", "cases", "runs", "tests", "bins", "last result");
    else
        printf("%-20s %5s %5s\n", "feature", "cases", "tests");
    for (size_t k = 0; k < p->count; k++)
        check_feature(p, &p->features[k], true);
    if (p->results)
        printf("the last result of each case, up to %s; of each test, as it is in its log\n",
               *p->last ? p->last : "none");
    for (size_t k = 0; k < p->count; k++)
        check_feature(p, &p->features[k], false);
    check_claims(p);
    size_t hit = 0;
    for (size_t k = 0; k < p->bins.count; k++)
        hit += p->bins.at[k].passed > 0;
    printf("%zu features, %zu cases, %zu tests", p->count, p->cases.count, p->tests.count);
    if (p->results) printf(", %zu of %zu bins hit", hit, p->bins.count);
    if (p->wrong)
        printf(": %zu wrong\n", p->wrong);
    else
        printf(": as planned\n");
}

static int read_results(testplan *p, const char *folder, const char *build) {
    results r;
    int status = results_open(&r, folder, false);
    if (status) return status;
    status = case_results(p, &r);
    if (!status) status = bin_results(p, &r);
    results_close(&r);
    for (size_t k = 0; k < p->tests.count; k++)
        test_result(&p->tests.at[k], build);
    return status;
}

int testplan_check(const char *plan, const char *folder, char *const *tables, size_t table_count, const char *tiers,
                   const char *build, int tier) {
    testplan p = {.path = plan, .results = folder != NULL, .tier = tier};
    int status = read_lines(plan, &p, feature_line);
    if (!status && !p.count) status = command_error("%s: no feature in it", plan);
    for (size_t k = 0; !status && k < table_count; k++)
        status = read_table(&p, tables[k]);
    if (!status) status = read_lines(tiers, &p, tiers_line);
    if (!status && folder) status = read_results(&p, folder, build);
    if (!status) print_and_check(&p);
    for (size_t k = 0; k < p.count; k++)
        free(p.features[k].cases), free(p.features[k].tests), free(p.features[k].bins);
    free(p.features);
    release(&p.cases), release(&p.tests), release(&p.bins);
    return status ? status : p.wrong ? EXIT_DIFFERENT : EXIT_GOOD;
}

/* ---- the subcommand ---- */

enum { CASES = 'c', OUT = 'o', BUILD = 'b', TESTS = 'T', TIER = 't' };

typedef struct {
    const char *plan, *out, *tests, *build;
    int tier;
    char **tables;
    size_t table_count;
} options;

static const struct argp_option option_list[] = {
    {"cases", CASES, "FILE", 0, "A table of cases; may be given more than once", 0},
    {"out", OUT, "DIR", 0, "Where results.db is; left out: the plan alone, against tables and tests", 0},
    {"tier", TIER, "TIER", 0, "short, medium or long: features of longer tiers need no result (long)", 0},
    {"tests", TESTS, "FILE", 0, "The list of tests (tests/tiers)", 0},
    {"build", BUILD, "DIR", 0, "Where tests/run left its logs (build)", 0},
    {0}};

static error_t parse(int key, char *argument, struct argp_state *state) {
    options *o = state->input;
    char **more;
    switch (key) {
    case CASES:
        if (!(more = realloc(o->tables, (o->table_count + 1) * sizeof *more))) return command_error("out of memory");
        o->tables = more;
        o->tables[o->table_count++] = argument;
        return 0;
    case OUT:
        o->out = argument;
        return 0;
    case TIER:
        o->tier = plan_tier(argument);
        return o->tier < 0 ? command_error("--tier %s: not short, medium or long", argument) : 0;
    case TESTS:
        o->tests = argument;
        return 0;
    case BUILD:
        o->build = argument;
        return 0;
    case ARGP_KEY_ARG:
        if (o->plan) return command_error("%s: one plan is enough", argument);
        o->plan = argument;
        return 0;
    case ARGP_KEY_SUCCESS:
        if (!o->plan) o->plan = "docs/testplan";
        return o->table_count ? 0 : command_error("a table of cases is needed, --cases FILE");
    default:
        return ARGP_ERR_UNKNOWN;
    }
}

int regress_testplan(int argc, char **argv) {
    options o = {.tests = "tests/tiers", .build = "build", .tier = 2};
    const struct argp argp = {
        option_list, parse,
        "[PLAN]",    "The test plan (docs/testplan): each feature's cases, tests and bins, and how they went last.",
        NULL,        NULL,
        NULL};
    int status = command_parse(&argp, "regress testplan", argc, argv, &o);
    if (status == EXIT_GOOD)
        status = testplan_check(o.plan, o.out, o.tables, o.table_count, o.tests, o.build, o.tier);
    free(o.tables);
    return status < 0 ? EXIT_GOOD : status;
}
