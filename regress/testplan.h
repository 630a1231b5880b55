/* testplan.h - the test plan, docs/testplan, against the tables of cases, tests/tiers and the results.
 * SPDX-License-Identifier: Apache-2.0
 *
 * A plan has, for each feature, a line `feature NAME` and below it, indented, what it is and lines that begin with
 *   cases:  names or globs of cases; a case that says features=NAME belongs to it besides
 *   tests:  names or globs of tests/tiers
 *   bins:   names or globs of functional bins
 * A line that begins with # says nothing. */
#ifndef REGRESS_TESTPLAN_H
#define REGRESS_TESTPLAN_H

#include <stddef.h>

/* Tiers: 0 short, 1 medium, 2 long; a feature of which all cases and tests are above `tier` needs no result.
 * The plan against what there is, and, if `folder` is not NULL, against the last result of each case in its
 * results.db and of each test in build/tests/logs. Prints a table, then a line for each thing that is wrong: a name
 * that names nothing, a feature that nothing tests, a case of no feature; with results, a feature that has failed or
 * has not passed, a bin that no run hit or no feature names. EXIT_GOOD; EXIT_DIFFERENT if anything is; EXIT_WRONG
 * after one line. */
int testplan_check(const char *plan, const char *folder, char *const *tables, size_t table_count, const char *tiers,
                   const char *build, int tier);

/* The subcommand: regress testplan [PLAN] [--cases FILE...] [--out DIR] */
int regress_testplan(int argc, char **argv);

#endif
