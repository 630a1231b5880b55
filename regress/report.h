/* report.h - what people look at after a regression: junit.xml, report.json, summary.md, report.html.
 * SPDX-License-Identifier: Apache-2.0 */
#ifndef DCOM_REPORT_H
#define DCOM_REPORT_H

/* The subcommand `regress report`. */
int regress_report(int argc, char **argv);
/* Reads FOLDER/results.db and writes the four files beside it, each of them whole or as it was. `regression`: which
 * of those in the database; NULL: the one that was started last. In a workflow of GitHub ($GITHUB_ACTIONS is "true")
 * it prints its annotations too. EXIT_GOOD, whatever the verdict, or EXIT_WRONG after one line. */
int report_write(const char *folder, const char *regression);

#endif
