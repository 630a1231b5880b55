/* main.c - the command build/regress: picks the subcommand. SPDX-License-Identifier: Apache-2.0 */
#include "regress.h"
#include "report.h"
#include "testplan.h"

#include <string.h>

typedef struct {
    const char *name, *what;
    int (*run)(int argc, char **argv);
} subcommand;

static const subcommand *subcommand_at(unsigned k) {
    static const subcommand all[] = {
        {"run",
         "--cases FILE... --out DIR: runs the tests of tables of cases; goes on where an earlier start was cut",
         regress_run},
        {"plan", "--cases FILE...: the tests that would be run", regress_plan},
        {"merge", "--out DIR PART.db...: one database of many", regress_merge},
        {"report", "--out DIR: junit.xml, report.json, summary.md and report.html", regress_report},
        {"testplan", "PLAN --cases FILE... --out DIR: each feature's cases and bins, and how they went last",
         regress_testplan},
    };
    return k < sizeof all / sizeof *all ? &all[k] : NULL;
}

static int help(void) {
    const subcommand *s;
    puts(
        "usage: regress COMMAND [OPTION...]\n\nThe regression: cases x seeds, run in parallel, results in SQLite.\n");
    for (unsigned k = 0; (s = subcommand_at(k)); k++)
        printf("  %-10s %s\n", s->name, s->what);
    puts("\n`regress COMMAND --help` lists its options.\n"
         "Exit status: 0 all of it passed, 1 a test failed or is missing, 2 wrong usage or input.");
    return EXIT_GOOD;
}

int main(int argc, char **argv) {
    const subcommand *s;
    if (argc < 2) return command_error("no command given; `regress --help` lists them");
    if (strcmp(argv[1], "--help") == 0 || strcmp(argv[1], "-h") == 0) return help();
    for (unsigned k = 0; (s = subcommand_at(k)); k++)
        if (strcmp(argv[1], s->name) == 0) {
            const int status = s->run(argc - 1, argv + 1);
            if (fflush(stdout) != 0 || ferror(stdout)) return command_error("standard output cannot be written");
            return status;
        }
    return command_error("unknown %s %s; `regress --help` lists the commands",
                         argv[1][0] == '-' ? "option" : "command", argv[1]);
}
