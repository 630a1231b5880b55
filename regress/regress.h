/* regress.h - what the subcommands of build/regress share. SPDX-License-Identifier: Apache-2.0 */
#ifndef REGRESS_H
#define REGRESS_H

#include "results.h"

int regress_run(int argc, char **argv);
int regress_plan(int argc, char **argv);
int regress_merge(int argc, char **argv);

/* ---- choose.c ---- */

typedef struct {
    plan_choices choices;
    const char *out, *regression; /* NULL: none given */
    bool seed_given, seed_last, rerun;
} choice;

/* A child parser for --cases and its kin; its input is a choice, 0 but for `out`. */
extern const struct argp choose_argp;
/* Sets seed and picks of --seed last and --rerun failed from results.db; `origin` is the regression whose failures
 * are picked, or "". */
int choose_finish(choice *c, results *r, char origin[REGRESSION_NAME]);
void choose_release(choice *c);

/* ---- progress.c: a line that changes on a terminal, a line now and then elsewhere ---- */

typedef struct {
    size_t planned, before, done, failed; /* before: of an earlier start */
    double began, shown;
    bool terminal, quiet;
} progress;

progress progress_begin(size_t planned, bool quiet);
/* Shows, if it is time to. */
void progress_show(progress *p);
/* Takes the line away; something is going to be printed. */
void progress_clear(progress *p);

/* ---- bucket.c: failures of one signature ---- */

typedef struct {
    const char *build, *out;
    bool waves, quiet;
    bool (*stopped)(void);
} bucket_options;

/* Runs the first failure of each signature again by itself, keeps log, capsule and waves of it. */
int bucket_run(results *r, const plan *p, const bucket_options *o);
/* The table of buckets, then the line of counts; or both as JSON. EXIT_GOOD: all of what was planned (`planned`, or
 * 0: as the regression says) passed; EXIT_DIFFERENT: a test failed, or is missing. */
int bucket_print(results *r, const char *out, size_t planned, bool json, bool quiet);

#endif
