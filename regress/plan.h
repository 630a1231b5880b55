/* plan.h - which tests a regression has: a test is a case with one of its seeds. SPDX-License-Identifier: Apache-2.0
 *
 * The plan is a function of the case tables and the choices alone: any host makes the same, in the same order, and
 * deals the same parts of it. */
#ifndef REGRESS_PLAN_H
#define REGRESS_PLAN_H

#include "cases.h"

/* A test that is chosen whatever its table says of tiers, tags and seeds. */
typedef struct {
    char name[CASE_NAME];
    uint32_t seed;
    bool all_seeds; /* of the case, instead */
} plan_pick;

typedef struct {
    char **tables; /* files of cases */
    size_t table_count;
    const char *tier; /* this tier and those below it */
    const char *tags; /* "a,b": those with one of them; NULL: all */
    const char *glob; /* "noise-*,overflow@7": names, with a seed or without; NULL: all */
    uint32_t seed;    /* of the regression: what `seeds=draw:N` draws from */
    unsigned drawn;   /* instead of N of draw:N; 0: as the table says */
    unsigned part, parts;
    plan_pick *picks; /* if there are any, nothing else */
    size_t pick_count;
} plan_choices;

/* Its program is BUILD/NAME/sim, which is told the geometry: the name again, or a .cfg file. The case's strings. */
typedef struct {
    const char *name, *geometry;
} plan_config;

/* A line of a table. */
typedef struct {
    run_case run;    /* with the seed of its first test */
    uint32_t *seeds; /* that the table gives it */
    size_t seed_count;
    uint64_t weight; /* what a test of it costs, roughly */
    unsigned config; /* of plan.configs */
    size_t tests;    /* of all parts */
} plan_case;

typedef struct {
    unsigned at; /* of plan.cases */
    uint32_t seed;
} plan_test;

typedef struct {
    plan_case *cases;
    size_t case_count;
    plan_test *tests; /* those of the part, by configuration, the costly ones first */
    size_t test_count;
    size_t planned;       /* tests of all parts */
    plan_config *configs; /* of the cases that have tests */
    unsigned config_count;
    char hash[65]; /* SHA-256 over what the tests of all parts are */
} plan;

/* EXIT_GOOD, or EXIT_WRONG after one line; to be released after EXIT_GOOD. */
int plan_make(plan *p, const plan_choices *c);
void plan_release(plan *p);
/* What a worker is told, with a newline. NULL: out of memory. */
char *plan_line(const plan *p, const plan_test *t);
/* The one line, for a shell, that runs the test again and can show a failure of this kind: `make sim ...`, or `make
 * regress ...` where the runner is what tells. NULL: out of memory. */
char *plan_again(const plan *p, const plan_choices *c, const plan_test *t, const char *kind);
/* KEY=VALUE ... of a case, all but config and seed. NULL: out of memory. */
char *plan_parameters(const plan_case *c);
/* short, medium, long: CASE_SHORT and on; -1: none of them. */
int plan_tier(const char *name);

#endif
