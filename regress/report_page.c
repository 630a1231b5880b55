/* report_page.c - report.html: the page of regress/page/ with its data in it. SPDX-License-Identifier: Apache-2.0
 *
 * The data are two texts of JSON: report.json as it is, and the runs by column. `<` is \u003c in both, so that
 * nothing in a message can end the script element that holds it. */
#include "report_parts.h"

#include <string.h>

static const char page[] =
#include "report_page.inc"
    ;

/* For json_dump_callback(). */
static int put_guarded(const char *text, size_t size, void *to) {
    FILE *file = to;
    for (const char *end = text + size; text < end;) {
        const char *mark = memchr(text, '<', (size_t)(end - text));
        fwrite(text, 1, (size_t)((mark ? mark : end) - text), file);
        if (mark) fputs("\\u003c", file);
        text = mark ? mark + 1 : end;
    }
    return 0;
}

static void put_string(FILE *file, const char *text, size_t length) {
    putc('"', file);
    for (; length--; text++)
        if (*text == '"' || *text == '\\')
            fprintf(file, "\\%c", *text);
        else if ((unsigned char)*text < 0x20 || *text == '<')
            fprintf(file, "\\u%04x", (unsigned)*text);
        else
            putc(*text, file);
    putc('"', file);
}

/* ---- the runs ---- */

/* Every number; seeds beyond what a double holds are texts. */
#define NUMBERS(NUMBER)                                                                                              \
    NUMBER("case", (long long)r->of)                                                                                 \
    NUMBER("bucket", (long long)r->bucket)                                                                           \
    NUMBER("host", (long long)r->host)                                                                               \
    NUMBER("clock", (long long)r->clock)                                                                             \
    NUMBER("clocks", (long long)r->clocks)                                                                           \
    NUMBER("macs", (long long)r->macs)                                                                               \
    NUMBER("in", (long long)r->beats_in)                                                                             \
    NUMBER("out", (long long)r->beats_out)                                                                           \
    NUMBER("kb", (long long)r->memory_kb)                                                                            \
    NUMBER("us", (long long)(r->seconds * 1e6 + 0.5))                                                                \
    NUMBER("ms", (long long)(r->started > 0 ? (r->started - d->run[0].started) * 1000 : 0))

#define COLUMN(name, put)                                                                                            \
    fputs("\"" name "\":[", file);                                                                                   \
    for (size_t k = 0; k < d->run_count; k++) {                                                                      \
        const report_run *r = &d->run[k];                                                                            \
        if (k) putc(',', file);                                                                                      \
        put;                                                                                                         \
    }                                                                                                                \
    fputs("],\n", file);

#define NUMBER(name, value) COLUMN(name, fprintf(file, "%lld", value))

static void put_seed(FILE *file, int64_t seed) {
    const bool exact = seed <= (1LL << 53) && seed >= -(1LL << 53);
    fprintf(file, exact ? "%lld" : "\"%lld\"", (long long)seed);
}

static bool is_ascii(const char *text) {
    while (*text && (unsigned char)*text < 0x80)
        text++;
    return !*text;
}

/* The line that runs a test again: of one case these differ in little. [bytes at the front, bytes at the end as in
 * the line of the run before, what is between]; the first of a case is whole. */
static void put_again(FILE *file, const report_data *d, const report_run *r) {
    const char *line = r->again, *before = r > d->run && r[-1].of == r->of ? r[-1].again : "";
    const size_t length = strlen(line), old = strlen(before), least = length < old ? length : old;
    size_t front = 0, end = 0;
    if (is_ascii(line)) {
        while (front < least && line[front] == before[front])
            front++;
        while (end < least - front && line[length - 1 - end] == before[old - 1 - end])
            end++;
    }
    fprintf(file, "%zu,%zu,", front, end);
    put_string(file, line + front, length - front - end);
}

static void put_runs(FILE *file, const report_data *d) {
    putc('{', file);
    COLUMN("seed", put_seed(file, r->seed))
    NUMBERS(NUMBER)
    COLUMN("stimulus", put_string(file, r->stimulus, strlen(r->stimulus)))
    COLUMN("digest", put_string(file, r->digest, strnlen(r->digest, 16)))
    COLUMN("again", put_again(file, d, r))
    fprintf(file, "\"started\":%.3f,\"hosts\":[", d->run_count ? d->run[0].started : 0);
    for (size_t k = 0; k < d->hosts.count; k++) {
        if (k) putc(',', file);
        put_string(file, d->hosts.at[k], strlen(d->hosts.at[k]));
    }
    fputs("]}", file);
}

/* ---- the page ---- */

void report_as_page(FILE *file, const report_data *d, const json_t *json) {
    const char *report = strstr(page, "@report@"), *runs = strstr(page, "@runs@");
    fwrite(page, 1, (size_t)(report - page), file);
    json_dump_callback(json, put_guarded, file, JSON_COMPACT | JSON_REAL_PRECISION(12));
    report += strlen("@report@");
    fwrite(report, 1, (size_t)(runs - report), file);
    put_runs(file, d);
    fputs(runs + strlen("@runs@"), file);
}
