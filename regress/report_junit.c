/* report_junit.c - junit.xml as Jenkins' schema has it (junit-10.xsd): a suite a case, a test case a test.
 * SPDX-License-Identifier: Apache-2.0
 *
 * A worker that died, ran out of time or could not run the test is an error, all else a failure. A last suite says
 * whether every planned test has run, so that a regression that was cut is not taken for one that passed. */
#include "report_parts.h"

#include <string.h>

static bool is_error(const report_run *r) {
    static const char *const kinds[] = {"crash", "timeout", "protocol", "input", "stopped"};
    for (size_t k = 0; k < sizeof kinds / sizeof *kinds; k++)
        if (strcmp(r->kind, kinds[k]) == 0) return true;
    return false;
}

static void attribute(FILE *file, const char *name, const char *value) {
    fprintf(file, " %s=\"", name);
    put_xml(file, value);
    putc('"', file);
}

static void property(FILE *file, const char *name, const char *value) {
    if (!*value) return;
    fputs("   <property", file);
    attribute(file, "name", name);
    attribute(file, "value", value);
    fputs("/>\n", file);
}

static void one_test(FILE *file, const report_data *d, const report_run *r) {
    const report_case *c = &d->cases[r->of];
    fprintf(file, "  <testcase name=\"seed %lld\"", (long long)r->seed);
    fprintf(file, " classname=\"");
    put_xml(file, c->config);
    putc('.', file);
    put_xml(file, c->name);
    fprintf(file, "\" time=\"%.6f\"", r->seconds);
    if (!r->failed) {
        fputs("/>\n", file);
        return;
    }
    const char *tag = is_error(r) ? "error" : "failure";
    fprintf(file, ">\n   <%s", tag);
    attribute(file, "type", d->bucket[r->bucket].signature);
    attribute(file, "message", r->message);
    putc('>', file);
    put_xml(file, r->message);
    fputs("&#10;again: ", file);
    put_xml(file, r->again);
    fprintf(file, "</%s>\n  </testcase>\n", tag);
}

static void one_case(FILE *file, const report_data *d, const report_case *c) {
    size_t errors = 0;
    for (size_t k = 0; k < c->sum.runs; k++)
        errors += d->run[c->first + k].failed && is_error(&d->run[c->first + k]);
    fputs(" <testsuite", file);
    attribute(file, "name", c->name);
    fprintf(file, " tests=\"%zu\" failures=\"%zu\" errors=\"%zu\" time=\"%.3f\"", c->sum.runs, c->sum.failed - errors,
            errors, c->sum.seconds);
    attribute(file, "timestamp", d->started);
    attribute(file, "hostname", d->host);
    fputs(">\n  <properties>\n", file);
    property(file, "config", c->config);
    property(file, "run", c->run);
    property(file, "input", c->input);
    property(file, "parameters", c->parameters);
    property(file, "tags", c->tags);
    property(file, "features", c->features);
    property(file, "reason", c->reason);
    fputs("  </properties>\n", file);
    for (size_t k = 0; k < c->sum.runs; k++)
        one_test(file, d, &d->run[c->first + k]);
    fputs(" </testsuite>\n", file);
}

static void whole_regression(FILE *file, const report_data *d) {
    const bool whole = report_whole(d);
    fprintf(file,
            " <testsuite name=\"regression\" tests=\"1\" failures=\"0\" errors=\"%d\" time=\"0\">\n  <properties>\n",
            !whole);
    property(file, "regression", d->regression);
    property(file, "commit", d->commit);
    property(file, "version", d->version);
    property(file, "verilator", d->verilator);
    property(file, "compiler", d->compiler);
    property(file, "launcher", d->launcher);
    fprintf(file, "   <property name=\"seed\" value=\"%lld\"/>\n  </properties>\n", (long long)d->seed);
    fputs("  <testcase name=\"every planned test has run\" classname=\"regression\" time=\"0\">", file);
    if (!whole)
        fprintf(file, "<error type=\"incomplete\" message=\"%zu of %zu planned tests have run%s\"/>", d->run_count,
                d->planned, *d->ended ? "" : "; the regression has not ended");
    fputs("</testcase>\n </testsuite>\n", file);
}

void report_as_junit(FILE *file, const report_data *d) {
    size_t errors = 0;
    for (size_t k = 0; k < d->run_count; k++)
        errors += d->run[k].failed && is_error(&d->run[k]);
    fputs("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<testsuites", file);
    attribute(file, "name", d->regression);
    fprintf(file, " tests=\"%zu\" failures=\"%zu\" errors=\"%zu\" time=\"%.3f\">\n", d->run_count + 1,
            d->all.failed - errors, errors + !report_whole(d), d->all.seconds);
    for (size_t k = 0; k < d->case_count; k++)
        one_case(file, d, &d->cases[k]);
    whole_regression(file, d);
    fputs("</testsuites>\n", file);
}
