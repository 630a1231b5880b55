/* report.c - writes the four files of a report, and `regress report`, which does nothing else.
 * SPDX-License-Identifier: Apache-2.0 */
#include "report.h"
#include "report_parts.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { FILES = 4 };
static const char *const file_names[FILES] = {"junit.xml", "report.json", "summary.md", "report.html"};

static void put(FILE *file, int which, const report_data *d, const json_t *json) {
    switch (which) {
    case 0:
        report_as_junit(file, d);
        break;
    case 1:
        json_dumpf(json, file, JSON_INDENT(1) | JSON_REAL_PRECISION(12));
        putc('\n', file);
        break;
    case 2:
        report_as_summary(file, d);
        break;
    default:
        report_as_page(file, d, json);
    }
}

/* Each file under another name beside its own first. */
static int write_files(const char *folder, const report_data *d, const json_t *json) {
    char *name[FILES] = {0}, *temporary[FILES] = {0};
    int status = EXIT_GOOD;
    for (int k = 0; k < FILES && !status; k++) {
        if (asprintf(&name[k], "%s/%s", folder, file_names[k]) < 0 ||
            asprintf(&temporary[k], "%s/.%s-%ld", folder, file_names[k], (long)getpid()) < 0) {
            status = command_error("out of memory");
            break;
        }
        FILE *file = fopen(temporary[k], "w");
        bool good = file;
        if (file) {
            setvbuf(file, NULL, _IOFBF, 1 << 20);
            put(file, k, d, json);
            good = !ferror(file);
            good = fclose(file) == 0 && good;
        }
        if (!good) status = command_error("%s: cannot be written: %s", name[k], strerror(errno));
    }
    for (int k = 0; k < FILES && !status; k++)
        if (rename(temporary[k], name[k]) != 0)
            status = command_error("%s: cannot be written: %s", name[k], strerror(errno));
    for (int k = 0; k < FILES; k++) {
        if (status && temporary[k]) unlink(temporary[k]);
        free(name[k]);
        free(temporary[k]);
    }
    return status;
}

int report_write(const char *folder, const char *regression) {
    report_data d;
    int status = report_read(folder, regression, &d);
    json_t *json = status ? NULL : report_as_json(&d);
    if (!status) status = json ? write_files(folder, &d, json) : command_error("out of memory");
    const char *actions = getenv("GITHUB_ACTIONS");
    if (!status && actions && strcmp(actions, "true") == 0) report_annotations(stdout, &d);
    json_decref(json);
    report_release(&d);
    return status;
}

/* ---- the subcommand ---- */

typedef struct {
    const char *folder, *regression;
} choices;

static error_t parse(int key, char *argument, struct argp_state *state) {
    choices *c = state->input;
    switch (key) {
    case 'o':
        c->folder = argument;
        return 0;
    case 'r':
        c->regression = argument;
        return 0;
    default:
        return ARGP_ERR_UNKNOWN;
    }
}

int regress_report(int argc, char **argv) {
    static const struct argp_option options[] = {
        {"out", 'o', "DIR", 0, "the folder of the regression: reads results.db there, writes beside it", 0},
        {"regression", 'r', "NAME", 0, "not the last one but this", 0},
        {0}};
    static const struct argp argp = {
        options,
        parse,
        "--out DIR",
        "Writes junit.xml, report.json, summary.md and report.html. docs/reports.md says what is in them.",
        NULL,
        NULL,
        NULL};
    choices c = {NULL, NULL};
    const int status = command_parse(&argp, "regress report", argc, argv, &c);
    if (status) return status < 0 ? EXIT_GOOD : status;
    if (!c.folder) return command_error("report needs --out DIR");
    return report_write(c.folder, c.regression);
}
