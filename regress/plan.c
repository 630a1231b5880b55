/* plan.c - which tests a regression has: a test is a case with one of its seeds. SPDX-License-Identifier: Apache-2.0
 */
#include "plan.h"

#include <fnmatch.h>
#include <stdlib.h>
#include <string.h>

int plan_tier(const char *name) {
    for (case_tier t = CASE_SHORT; t <= CASE_LONG; t++)
        if (strcmp(name, case_tier_name(t)) == 0) return (int)t;
    return -1;
}

/* ---- a test as text ---- */

/* The case with this seed; its strings stay the case's. */
static run_case seeded(const run_case *c, uint32_t seed) {
    run_case copy = *c;
    copy.run.parameters.seed = seed;
    return copy;
}

char *plan_line(const plan *p, const plan_test *t) {
    const run_case c = seeded(&p->cases[t->at].run, t->seed);
    char *text = case_text(&c), *line = NULL;
    if (text && asprintf(&line, "%s\n", text) < 0) line = NULL;
    free(text);
    return line;
}

char *plan_again(const plan *p, const plan_choices *c, const plan_test *t, const char *kind) {
    static const char *const runner[] = {"timeout", "crash", "protocol", "input", NULL};
    const run_case r = seeded(&p->cases[t->at].run, t->seed);
    char *text = NULL;
    size_t size = 0;
    unsigned k = 0;
    while (runner[k] && strcmp(runner[k], kind))
        k++;
    if (!runner[k]) return case_command(&r);
    FILE *f = open_memstream(&text, &size);
    if (!f) return NULL;
    fputs("make regress CASES='", f);
    for (size_t i = 0; i < c->table_count; i++)
        fprintf(f, "%s%s", i ? " " : "", c->tables[i]);
    fprintf(f, "' CASE=%s@%u", r.name, t->seed);
    return fclose(f) ? (free(text), NULL) : text;
}

char *plan_parameters(const plan_case *c) {
    char *text = case_text(&c->run), *rest = text, *word, *out = NULL;
    size_t size = 0;
    unsigned number = 0;
    FILE *f = text ? open_memstream(&out, &size) : NULL;
    while (f && (word = strsep(&rest, " ")))
        if (number++ > 1 && strncmp(word, "config=", 7) && strncmp(word, "seed=", 5))
            fprintf(f, "%s%s", ftell(f) > 0 ? " " : "", word);
    free(text);
    return f && !fclose(f) ? out : NULL;
}

/* ---- which cases, with which seeds ---- */

/* Whether the lists "a,b" share a word. */
static bool share(const char *list, const char *other) {
    for (const char *at = list; *at;) {
        const size_t length = strcspn(at, ",");
        for (const char *to = other; *to;) {
            const size_t size = strcspn(to, ",");
            if (length && size == length && strncmp(at, to, size) == 0) return true;
            to += size + (to[size] == ',');
        }
        at += length + (at[length] == ',');
    }
    return false;
}

typedef struct {
    plan *plan;
    const plan_choices *choices;
    plan_test *tests;
    size_t count, room;
} maker;

static int add_test(maker *m, unsigned at, uint32_t seed) {
    if (m->count == m->room) {
        plan_test *more = realloc(m->tests, (m->room = 2 * m->room + 64) * sizeof *more);
        if (!more) return command_error("out of memory");
        m->tests = more;
    }
    m->tests[m->count++] = (plan_test){at, seed};
    return EXIT_GOOD;
}

static int add_all(maker *m, unsigned at) {
    const plan_case *c = &m->plan->cases[at];
    int status = EXIT_GOOD;
    for (size_t k = 0; !status && k < c->seed_count; k++)
        status = add_test(m, at, c->seeds[k]);
    return status;
}

static int add_picked(maker *m, unsigned at) {
    const plan_choices *c = m->choices;
    const char *name = m->plan->cases[at].run.name;
    int status = EXIT_GOOD;
    for (size_t k = 0; !status && k < c->pick_count; k++)
        if (strcmp(c->picks[k].name, name) == 0)
            status = c->picks[k].all_seeds ? add_all(m, at) : add_test(m, at, c->picks[k].seed);
    return status;
}

/* The tests that a list of NAME or NAME@SEED asks for. */
static int add_named(maker *m, unsigned at) {
    char *list = strdup(m->choices->glob), *rest = list, *word, message[256];
    int status = list ? EXIT_GOOD : command_error("out of memory");
    while (!status && (word = strsep(&rest, ","))) {
        char *seed = strchr(word, '@');
        unsigned number = 0;
        if (seed) *seed++ = 0;
        if (seed && !run_number("--case: seed", seed, UINT32_MAX, &number, message))
            status = command_error("%s", message);
        else if (fnmatch(word, m->plan->cases[at].run.name, 0) == 0)
            status = seed ? add_test(m, at, number) : add_all(m, at);
    }
    free(list);
    return status;
}

static int add_case(maker *m, unsigned at) {
    const plan_choices *c = m->choices;
    const run_case *r = &m->plan->cases[at].run;
    if (c->pick_count) return add_picked(m, at);
    if ((int)r->tier > plan_tier(c->tier)) return EXIT_GOOD;
    if (c->tags && !share(c->tags, r->tags)) return EXIT_GOOD;
    return c->glob ? add_named(m, at) : add_all(m, at);
}

/* ---- order and parts ---- */

static uint64_t weight_of(const run_case *c) {
    static const unsigned factor[] = {[CASE_LOCKSTEP] = 32, [CASE_TIMED] = 8, [CASE_UNTIMED] = 1};
    const uint64_t elements = c->generated ? (uint64_t)c->generator.rows * c->generator.columns : 512 * 576;
    return 1 + elements * (8 + c->run.parameters.rank) * factor[c->kind] / 1024;
}

static int by_order(const void *a, const void *b, void *user) {
    const plan *p = user;
    const plan_test *x = a, *y = b;
    const plan_case *c = &p->cases[x->at], *d = &p->cases[y->at];
    if (c->config != d->config) return c->config < d->config ? -1 : 1;
    if (c->weight != d->weight) return c->weight > d->weight ? -1 : 1;
    if (x->at != y->at) return x->at < y->at ? -1 : 1;
    return (x->seed > y->seed) - (x->seed < y->seed);
}

/* In order, none twice. */
static void put_in_order(maker *m) {
    size_t kept = 0;
    qsort_r(m->tests, m->count, sizeof *m->tests, by_order, m->plan);
    for (size_t k = 0; k < m->count; k++)
        if (!kept || m->tests[k].at != m->tests[kept - 1].at || m->tests[k].seed != m->tests[kept - 1].seed)
            m->tests[kept++] = m->tests[k];
    m->count = kept;
}

/* Each test to the part that has the least so far: the costly ones come first within a configuration. */
static int deal(maker *m) {
    const plan_choices *c = m->choices;
    uint64_t *load = calloc(c->parts, sizeof *load);
    size_t kept = 0;
    if (!load) return command_error("out of memory");
    for (size_t k = 0; k < m->count; k++) {
        unsigned least = 0;
        for (unsigned part = 1; part < c->parts; part++)
            if (load[part] < load[least]) least = part;
        load[least] += m->plan->cases[m->tests[k].at].weight;
        if (least + 1 == c->part) m->tests[kept++] = m->tests[k];
    }
    m->count = kept;
    free(load);
    return EXIT_GOOD;
}

static int hash_tests(plan *p, const maker *m) {
    sha256 *s = sha256_begin();
    for (size_t k = 0; k < m->count; k++) {
        char *line = plan_line(p, &m->tests[k]);
        if (line) sha256_add(s, line, strlen(line));
        free(line);
    }
    return sha256_end(s, p->hash) ? EXIT_GOOD : command_error("out of memory");
}

/* ---- tables ---- */

static int find_config(plan *p, plan_case *c) {
    const char *name = c->run.config.name, *file = c->run.geometry;
    for (c->config = 0; c->config < p->config_count; c->config++)
        if (strcmp(p->configs[c->config].name, name) == 0) return EXIT_GOOD;
    plan_config *more = realloc(p->configs, (p->config_count + 1) * sizeof *more);
    if (!more) return command_error("out of memory");
    p->configs = more;
    p->configs[p->config_count++] = (plan_config){name, file && *file ? file : name};
    return EXIT_GOOD;
}

static int add_seed(plan_case *c, uint32_t seed) {
    if ((c->seed_count & (c->seed_count - 1)) == 0) { /* it is full */
        uint32_t *more = realloc(c->seeds, (c->seed_count ? 2 * c->seed_count : 1) * sizeof *more);
        if (!more) return command_error("out of memory");
        c->seeds = more;
    }
    c->seeds[c->seed_count++] = seed;
    return EXIT_GOOD;
}

/* The tests of one line, which follow each other, are one case. */
static int read_table(plan *p, const plan_choices *c, const char *path) {
    const run_case usual = case_usual();
    const case_reading how = {
        .usual = &usual, .with_reasons = true, .tests = true, .seed = c->seed, .draws = c->drawn};
    case_list list;
    int status = cases_read(path, &how, &list);
    if (status) return status;
    plan_case *more = realloc(p->cases, (p->case_count + list.count) * sizeof *more);
    if (!more) status = command_error("out of memory");
    if (more) p->cases = more;
    for (size_t k = 0; !status && k < list.count; k++) {
        run_case *r = &list.at[k];
        if (k == 0 || r->line != list.at[k - 1].line) {
            p->cases[p->case_count++] = (plan_case){.weight = weight_of(r)};
            if (!case_copy(&p->cases[p->case_count - 1].run, r)) status = command_error("out of memory");
        }
        if (!status) status = add_seed(&p->cases[p->case_count - 1], r->run.parameters.seed);
    }
    cases_release(&list);
    return status;
}

static int by_name(const void *a, const void *b) {
    return strcmp((*(plan_case *const *)a)->run.name, (*(plan_case *const *)b)->run.name);
}

static int check_names(const plan *p) {
    plan_case **sorted = malloc(p->case_count * sizeof *sorted + 1);
    int status = sorted ? EXIT_GOOD : command_error("out of memory");
    for (size_t k = 0; !status && k < p->case_count; k++)
        sorted[k] = &p->cases[k];
    if (!status) qsort(sorted, p->case_count, sizeof *sorted, by_name);
    for (size_t k = 1; !status && k < p->case_count; k++)
        if (by_name(&sorted[k - 1], &sorted[k]) == 0)
            status = command_error("two cases of the tables are called %s", sorted[k]->run.name);
    free(sorted);
    return status;
}

static int check_picks(const plan *p, const plan_choices *c) {
    for (size_t k = 0; k < c->pick_count; k++) {
        bool found = false;
        for (size_t i = 0; i < p->case_count; i++)
            found |= strcmp(p->cases[i].run.name, c->picks[k].name) == 0;
        if (!found) return command_error("case %s failed, and is in no table now", c->picks[k].name);
    }
    return EXIT_GOOD;
}

int plan_make(plan *p, const plan_choices *c) {
    maker m = {.plan = p, .choices = c};
    int status = EXIT_GOOD;
    *p = (plan){0};
    for (size_t k = 0; !status && k < c->table_count; k++)
        status = read_table(p, c, c->tables[k]);
    if (!status) status = check_names(p);
    if (!status) status = check_picks(p, c);
    for (size_t k = 0; !status && k < p->case_count; k++) {
        const size_t before = m.count;
        status = add_case(&m, (unsigned)k);
        if (!status && m.count > before) status = find_config(p, &p->cases[k]);
    }
    if (!status && m.count == 0)
        status = command_error("no test is chosen: of the tables, tier, tags and case leave nothing");
    if (!status) {
        put_in_order(&m);
        for (size_t k = 0; k < m.count; k++)
            p->cases[m.tests[k].at].tests++;
        p->planned = m.count;
        status = hash_tests(p, &m);
    }
    if (!status && c->parts > 1) status = deal(&m);
    p->tests = m.tests, p->test_count = m.count;
    if (status) plan_release(p);
    return status;
}

void plan_release(plan *p) {
    for (size_t k = 0; k < p->case_count; k++)
        case_release(&p->cases[k].run), free(p->cases[k].seeds);
    free(p->cases), free(p->tests), free(p->configs);
    *p = (plan){0};
}
