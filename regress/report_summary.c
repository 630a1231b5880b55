/* report_summary.c - summary.md, a page for a CI job's summary, and the annotations of GitHub's workflows.
 * SPDX-License-Identifier: Apache-2.0
 *
 * Every list has an end, so that the page stays far below the 1 MiB that GitHub takes; what is left out is counted.
 */
#include "report_parts.h"

#include <string.h>

enum {
    BUCKETS = 25,
    LISTED = 10,
    ANNOTATIONS = 10,
    LINE = 300,
    AGAIN = 4000
}; /* GitHub shows 10 annotations a step */

static void more(FILE *file, size_t all, size_t shown, const char *what) {
    if (all > shown) fprintf(file, "\n%zu more %s are in report.html.\n", all - shown, what);
}

static void head(FILE *file, const report_data *d) {
    const char *verdict = report_verdict(d);
    const char *word = strcmp(verdict, "pass") == 0   ? "passed"
                       : strcmp(verdict, "fail") == 0 ? "FAILED"
                                                      : "INCOMPLETE";
    fprintf(file, "## D-com regression %s\n\n", word);
    fprintf(file, "**%zu passed, %zu failed**, %zu planned", d->run_count - d->all.failed, d->all.failed, d->planned);
    if (d->run_count < d->planned) fprintf(file, ", **%zu have not run**", d->planned - d->run_count);
    if (!*d->ended) fputs("; the regression has not ended", file);
    fputs("\n\n| | |\n| --- | --- |\n", file);
    const struct {
        const char *key, *value;
    } rows[] = {{"regression", d->regression},
                {"commit", d->commit},
                {"version", d->version},
                {"tier", d->tier},
                {"tags", d->tags},
                {"cases", d->cases_files},
                {"verilator", d->verilator},
                {"compiler", d->compiler},
                {"launcher", d->launcher},
                {"host", d->host}};
    for (size_t k = 0; k < sizeof rows / sizeof *rows; k++) {
        if (!*rows[k].value) continue;
        fprintf(file, "| %s | ", rows[k].key);
        put_code(file, rows[k].value, LINE);
        fputs(" |\n", file);
    }
    fprintf(file, "| seed | `%lld` |\n| time | %.1f s of tests", (long long)d->seed, d->all.seconds);
    if (*d->ended) fprintf(file, " in %.1f s, %zu jobs", d->wall, d->jobs);
    size_t hit = 0;
    for (size_t k = 0; k < d->bins.count; k++)
        hit += d->bin_case[k] != NULL;
    fprintf(file, " |\n| functional bins | %zu of %zu hit |\n", hit, d->bins.count);
}

static void buckets(FILE *file, const report_data *d) {
    if (!d->bucket_count) return;
    fprintf(file, "\n### Failures: %zu tests, %zu signatures\n", d->all.failed, d->bucket_count);
    for (size_t k = 0; k < d->bucket_count && k < BUCKETS; k++) {
        const report_bucket *b = &d->bucket[k];
        const report_run *r = &d->run[b->first];
        fprintf(file, "\n%zu. ", k + 1);
        put_code(file, b->signature, LINE);
        fprintf(file, ": %zu test%s of %zu case%s", b->failures, b->failures == 1 ? "" : "s", b->cases,
                b->cases == 1 ? "" : "s");
        if (*b->since && strcmp(b->since, d->regression) != 0) {
            fputs(", known since ", file);
            put_code(file, b->since, LINE);
        } else if (d->previous) {
            fputs(", **new**", file);
        }
        fputs("; first ", file);
        put_code(file, d->cases[r->of].name, LINE);
        fprintf(file, " seed %lld", (long long)r->seed);
        if (*r->message) fputs(": ", file);
        put_code(file, r->message, LINE);
        putc('\n', file);
        if (strlen(b->again) < AGAIN && *b->again) put_block(file, b->again);
    }
    more(file, d->bucket_count, BUCKETS, "signatures");
}

static void tests(FILE *file, const char *title, const report_change *list, size_t count) {
    if (!count) return;
    fprintf(file, "\n%s (%zu):\n\n", title, count);
    for (size_t k = 0; k < count && k < LISTED; k++) {
        fputs("- ", file);
        put_code(file, list[k].name, LINE);
        fprintf(file, " seed %lld, ", (long long)list[k].seed);
        put_code(file, list[k].signature, LINE);
        putc('\n', file);
    }
    more(file, count, LISTED, "tests");
}

/* Cases of which something else came out than before. */
static void results(FILE *file, const report_data *d, bool clocks) {
    size_t count = 0;
    for (size_t k = 0; k < d->case_count; k++) {
        const report_case *c = &d->cases[k];
        if (clocks ? c->clocks_before == c->clocks_now : !c->digests_changed) continue;
        if (++count > LISTED) continue;
        if (count == 1) fprintf(file, "\n%s:\n\n", clocks ? "Other clocks" : "Other results, bit for bit");
        fputs("- ", file);
        put_code(file, c->name, LINE);
        if (clocks)
            fprintf(file, ": %llu clocks, before %llu (%+.2f %%)\n", (unsigned long long)c->clocks_now,
                    (unsigned long long)c->clocks_before,
                    c->clocks_before ? 100 * ((double)c->clocks_now / (double)c->clocks_before - 1) : 0);
        else
            fprintf(file, ": %zu tests, first seed %lld\n", c->digests_changed, (long long)c->digest_seed);
    }
    more(file, count, LISTED, "cases");
}

static void changes(FILE *file, const report_data *d) {
    if (!d->previous) return;
    fputs("\n### Since ", file);
    put_code(file, d->previous, LINE);
    fprintf(file, "\n\n%zu tests are in both; %zu cases are new, %zu are gone.\n", d->compared, d->new_cases,
            d->old_cases);
    tests(file, "Fail now, passed before", d->broken, d->broken_count);
    tests(file, "Pass now, failed before", d->mended, d->mended_count);
    if (d->gone.count) fputs("\nSignatures that are gone:\n\n", file);
    for (size_t k = 0; k < d->gone.count && k < LISTED; k++) {
        fputs("- ", file);
        put_code(file, d->gone.at[k], LINE);
        putc('\n', file);
    }
    more(file, d->gone.count, LISTED, "signatures");
    results(file, d, false);
    results(file, d, true);
}

static void use(FILE *file, const report_data *d) {
    fputs("\n### Configurations\n\n| configuration | passed | failed | clocks | MACs used |\n"
          "| --- | ---: | ---: | ---: | ---: |\n",
          file);
    for (size_t k = 0; k < d->config_count; k++) {
        const report_sum *s = &d->by_config[k];
        fputs("| ", file);
        put_code(file, d->config[k].config, LINE);
        fprintf(file, " | %zu | %zu | %llu | %.1f %% |\n", s->runs - s->failed, s->failed,
                (unsigned long long)s->clocks, 100 * report_use(s));
    }
    fputs("\n### Slowest\n\n| case | slowest seed | s | tests | s in all |\n| --- | ---: | ---: | ---: | ---: |\n",
          file);
    for (size_t k = 0; k < d->slowest_count && k < LISTED; k++) {
        const report_run *r = d->slowest[k];
        const report_case *c = &d->cases[r->of];
        fputs("| ", file);
        put_code(file, c->name, LINE);
        fprintf(file, " | %lld | %.3f | %zu | %.3f |\n", (long long)r->seed, r->seconds, c->sum.runs, c->sum.seconds);
    }
}

void report_as_summary(FILE *file, const report_data *d) {
    head(file, d);
    buckets(file, d);
    changes(file, d);
    use(file, d);
}

/* Of the errors that GitHub shows the last is kept for what is not whole, or for a count of those left out. */
void report_annotations(FILE *file, const report_data *d) {
    const bool rest = d->bucket_count > ANNOTATIONS || !report_whole(d);
    const size_t most = rest ? ANNOTATIONS - 1 : ANNOTATIONS;
    for (size_t k = 0; k < d->bucket_count && k < most; k++) {
        const report_bucket *b = &d->bucket[k];
        const report_run *r = &d->run[b->first];
        fputs("::error title=", file);
        put_command(file, b->signature, true);
        fprintf(file, "::%zu failed, first %s seed %lld: ", b->failures, d->cases[r->of].name, (long long)r->seed);
        put_command(file, r->message, false);
        fputs("%0Aagain: ", file);
        put_command(file, b->again, false);
        putc('\n', file);
    }
    if (!rest) return;
    fputs("::error title=regression::", file);
    if (d->bucket_count > most) fprintf(file, "%zu more signatures of failures; ", d->bucket_count - most);
    fprintf(file, "%zu of %zu planned tests have run%s\n", d->run_count, d->planned,
            *d->ended ? "" : ", it has not ended");
}
