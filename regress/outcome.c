/* outcome.c - how one test ended: what a worker answers, or what its death says. SPDX-License-Identifier: Apache-2.0
 */
#include "outcome.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* ---- signature ---- */

/* The last of the words between dots of `path`, or that before it, without [index] and u_. */
static void part(const char *path, bool last, char word[64]) {
    const char *end = path + strlen(path), *dot = strrchr(path, '.');
    if (!last && dot) end = dot;
    const char *begin = end;
    while (begin > path && begin[-1] != '.')
        begin--;
    if (strncmp(begin, "u_", 2) == 0) begin += 2;
    snprintf(word, 64, "%.*s", (int)(end - begin), begin);
    word[strcspn(word, "[")] = 0;
}

char *outcome_signature(const char *kind, const char *unit, const char *reg) {
    char u[64] = "", r[64] = "", *text;
    if (strchr(reg, '.'))
        part(reg, false, u);
    else
        part(unit, true, u);
    part(reg, true, r);
    return asprintf(&text, "%s%s%s%s%s", kind, *u ? " " : "", u, *r ? " " : "", r) < 0 ? NULL : text;
}

/* ---- an answer ---- */

static bool text_of(const json_t *root, const char *key, char **to) {
    const json_t *value = json_object_get(root, key);
    *to = strdup(json_is_string(value) ? json_string_value(value) : "");
    return *to && (!value || json_is_string(value));
}

static bool list_of(const json_t *root, const char *key, char **to) {
    const json_t *value = json_object_get(root, key);
    *to = json_is_array(value) ? json_dumps(value, JSON_COMPACT) : strdup("[]");
    return *to && (!value || json_is_array(value));
}

static bool whole_of(const json_t *root, const char *key, int64_t *to) {
    const json_t *value = json_object_get(root, key);
    *to = json_integer_value(value);
    return !value || json_is_integer(value);
}

/* What is left out is 0, "" or []. */
static const char *read_fields(outcome *o, const json_t *root) {
    const struct {
        const char *key;
        char **to;
    } texts[] = {{"kind", &o->kind},       {"unit", &o->unit},         {"register", &o->reg},
                 {"message", &o->message}, {"stimulus", &o->stimulus}, {"digest", &o->digest}};
    const struct {
        const char *key;
        int64_t *to;
    } numbers[] = {{"clock", &o->clock},       {"clocks", &o->clocks},       {"macs", &o->macs},
                   {"beats_in", &o->beats_in}, {"beats_out", &o->beats_out}, {"peak_kb", &o->peak_kb}};
    for (size_t k = 0; k < sizeof texts / sizeof *texts; k++)
        if (!text_of(root, texts[k].key, texts[k].to)) return texts[k].key;
    for (size_t k = 0; k < sizeof numbers / sizeof *numbers; k++)
        if (!whole_of(root, numbers[k].key, numbers[k].to)) return numbers[k].key;
    o->seconds = json_number_value(json_object_get(root, "seconds"));
    if (!list_of(root, "counters", &o->counters)) return "counters";
    return list_of(root, "bins", &o->bins) ? NULL : "bins";
}

bool outcome_read(outcome *o, const char *line, const char *name, uint32_t seed, char message[256]) {
    json_error_t error;
    json_t *root = json_loads(line, 0, &error);
    *o = (outcome){0};
    const char *said = json_string_value(json_object_get(root, "case"));
    const char *verdict = json_string_value(json_object_get(root, "verdict")), *bad = NULL;
    *message = 0;
    if (!root)
        snprintf(message, 256, "answered no JSON: %.100s", line);
    else if (!said || strcmp(said, name) || json_integer_value(json_object_get(root, "seed")) != (json_int_t)seed)
        snprintf(message, 256, "answered for another test: %.100s", line);
    else if (!verdict || (strcmp(verdict, "pass") && strcmp(verdict, "fail")))
        snprintf(message, 256, "answered without a verdict: %.100s", line);
    else if ((bad = read_fields(o, root)))
        snprintf(message, 256, "answered with a wrong %s: %.100s", bad, line);
    else {
        o->pass = strcmp(verdict, "pass") == 0;
        if (o->pass == (*o->kind != 0))
            snprintf(message, 256, "answered %s with kind \"%.60s\"", verdict, o->kind);
        else if (!(o->signature = o->pass ? strdup("") : outcome_signature(o->kind, o->unit, o->reg)))
            snprintf(message, 256, "out of memory");
    }
    json_decref(root);
    return !*message;
}

bool outcome_failed(outcome *o, const char *kind, const char *what, const char *message, double seconds) {
    *o = (outcome){.kind = strdup(kind),
                   .unit = strdup(""),
                   .reg = strdup(""),
                   .message = strdup(message),
                   .signature = outcome_signature(kind, what, ""),
                   .stimulus = strdup(""),
                   .digest = strdup(""),
                   .counters = strdup("[]"),
                   .bins = strdup("[]"),
                   .seconds = seconds};
    return o->kind && o->unit && o->reg && o->message && o->signature && o->stimulus && o->digest && o->counters &&
           o->bins;
}

void outcome_release(outcome *o) {
    free(o->kind), free(o->unit), free(o->reg), free(o->message), free(o->signature), free(o->stimulus);
    free(o->digest), free(o->counters), free(o->bins);
    *o = (outcome){0};
}
