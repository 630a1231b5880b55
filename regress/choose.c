/* choose.c - the options that say which tests are run. SPDX-License-Identifier: Apache-2.0 */
#include "regress.h"

#include <stdlib.h>
#include <string.h>

enum {
    CASES = 'c',
    OUT = 'o',
    TIER = 't',
    TAGS = 'T',
    CASE = 'n',
    SEED = 's',
    SEEDS = 'S',
    PART = 'p',
    RERUN = 'r',
    NAME = 256
};
enum { MOST_PARTS = 10000 };

static const struct argp_option option_list[] = {
    {"cases", CASES, "FILE", 0, "A table of cases (docs/regress.md); may be given more than once", 0},
    {"out", OUT, "DIR", 0, "Where results.db is (out/regress)", 0},
    {"tier", TIER, "TIER", 0, "short, medium or long: cases of it and of those below (short)", 0},
    {"tags", TAGS, "A,B", 0, "Cases with one of these tags", 0},
    {"case", CASE, "LIST", 0,
     "Cases of these names, as noise-*,overflow; with NAME@SEED that one seed, whatever the table says", 0},
    {"seed", SEED, "N", 0,
     "The regression's, of which drawn seeds are made; or `last`: that of the last regression (drawn)", 0},
    {"seeds", SEEDS, "N", 0, "How many seeds are drawn for each case that draws them (as the table says)", 0},
    {"part", PART, "K/N", 0, "Only part K of N; the parts are alike in cost", 0},
    {"rerun", RERUN, "failed", 0, "What failed in the last regression, with the same seeds", 0},
    {"regression", NAME, "NAME", 0, "The regression's name: parts of one have one (time and seed)", 0},
    {0}};

static int add_table(plan_choices *c, char *path) {
    char **more = realloc(c->tables, (c->table_count + 1) * sizeof *more);
    if (!more) return command_error("out of memory");
    c->tables = more;
    c->tables[c->table_count++] = path;
    return 0;
}

static int parse_part(plan_choices *c, const char *text) {
    char rest;
    if (sscanf(text, "%u/%u%c", &c->part, &c->parts, &rest) == 2 && c->part >= 1 && c->part <= c->parts &&
        c->parts <= MOST_PARTS)
        return 0;
    return command_error("--part %s: not K/N with 1 <= K <= N <= %d", text, MOST_PARTS);
}

static error_t parse(int key, char *argument, struct argp_state *state) {
    choice *c = state->input;
    plan_choices *p = &c->choices;
    switch (key) {
    case CASES:
        return add_table(p, argument);
    case OUT:
        c->out = argument;
        return 0;
    case TIER:
        p->tier = argument;
        return plan_tier(argument) < 0 ? command_error("--tier %s: not short, medium or long", argument) : 0;
    case TAGS:
        p->tags = argument;
        return 0;
    case CASE:
        p->glob = argument;
        return 0;
    case SEED:
        c->seed_last = strcmp(argument, "last") == 0;
        c->seed_given = !c->seed_last;
        return c->seed_last || command_number("--seed", argument, UINT32_MAX, &p->seed) ? 0 : EXIT_WRONG;
    case SEEDS:
        if (!command_number("--seeds", argument, 1000000, &p->drawn)) return EXIT_WRONG;
        return p->drawn ? 0 : command_error("--seeds 0: no test");
    case PART:
        return parse_part(p, argument);
    case RERUN:
        c->rerun = strcmp(argument, "failed") == 0;
        return c->rerun ? 0 : command_error("--rerun %s: not failed", argument);
    case NAME:
        c->regression = argument;
        if (!case_is_name(argument))
            return command_error("--regression %s: not a name of letters, digits, _ - .", argument);
        return 0;
    case ARGP_KEY_ARG:
        return add_table(p, argument); /* `--cases a.cases b.cases` */
    case ARGP_KEY_SUCCESS:
        if (!p->tier) p->tier = p->glob || c->rerun ? "long" : "short";
        if (c->rerun && (p->glob || p->tags || c->seed_given))
            return command_error("--rerun failed: what is run is chosen already");
        return p->table_count ? 0 : command_error("a table of cases is needed, --cases FILE");
    default:
        return ARGP_ERR_UNKNOWN;
    }
}

const struct argp choose_argp = {option_list, parse, NULL, NULL, NULL, NULL, NULL};

/* ---- of the last regression ---- */

/* A case that repeats its stimulus failed as a whole. */
static int pick_failed(choice *c, results *r, const char *name) {
    int status = EXIT_GOOD;
    sqlite3_stmt *s = results_ask(
        r, "SELECT name, seed, kind = 'seeds' FROM run WHERE regression = ? AND verdict = 'fail'", "s", name);
    while (results_row(r, &s, &status)) {
        plan_pick *more = realloc(c->choices.picks, (c->choices.pick_count + 1) * sizeof *more);
        if (!more) {
            sqlite3_finalize(s);
            return command_error("out of memory");
        }
        c->choices.picks = more;
        plan_pick *pick = &more[c->choices.pick_count++];
        snprintf(pick->name, sizeof pick->name, "%s", (const char *)sqlite3_column_text(s, 0));
        pick->seed = (uint32_t)sqlite3_column_int64(s, 1);
        pick->all_seeds = sqlite3_column_int(s, 2);
    }
    if (!status && !c->choices.pick_count)
        return command_error("%s: nothing failed in %s, the last regression", r->path, name);
    return status;
}

int choose_finish(choice *c, results *r, char origin[REGRESSION_NAME]) {
    char options[512];
    *origin = 0;
    if (!c->rerun && !c->seed_last) return EXIT_GOOD;
    int status = results_last(r, NULL, false, origin, &c->choices.seed, options);
    if (!status && !*origin) return command_error("%s: no regression in it", r->path);
    c->seed_given = true;
    if (status || !c->rerun) return *origin = 0, status;
    /* A rerun that was cut goes on: what failed before it */
    sqlite3_stmt *s = results_ask(r, "SELECT 1 FROM regression WHERE regression = ? AND ended IS NULL", "s", origin);
    while (results_row(r, &s, &status))
        if (strncmp(options, "rerun=", 6) == 0 && options[6] != ' ')
            snprintf(origin, REGRESSION_NAME, "%.*s", (int)strcspn(options + 6, " "), options + 6);
    return status ? status : pick_failed(c, r, origin);
}

void choose_release(choice *c) {
    free(c->choices.tables), free(c->choices.picks);
    *c = (choice){0};
}
