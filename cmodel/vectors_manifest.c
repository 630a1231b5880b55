/* vectors_manifest.c - a case and what it came to as manifest.json, and back. SPDX-License-Identifier: Apache-2.0
 *
 * What is read is put together again and compared with the file, so that a reader knows every key or names it. */
#include "config_parse.h"
#include "vectors.h"

#include <errno.h>
#include <inttypes.h>
#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* ---- writing ---- */

static json_t *whole(uint64_t value) { return json_integer((json_int_t)value); }

static json_t *bits_text(uint32_t bits) {
    char text[9];
    snprintf(text, sizeof text, "%08x", bits);
    return json_string(text);
}

static json_t *bits_number(uint32_t bits) {
    float value;
    memcpy(&value, &bits, sizeof value);
    return isfinite(value) ? json_real((double)value) : json_null();
}

static json_t *put_config(const dcom_config *config) {
    return json_pack("{s:s, s:o, s:o}", "name", config->name, "id", whole(dcom_config_id(config)), "values",
                     report_geometry(config));
}

static json_t *put_input(const vectors *v) {
    const run_case *c = v->of;
    json_t *rows = whole(v->a.rows), *columns = whole(v->a.columns);
    if (!c->generated)
        return json_pack("{s:s, s:s, s:o, s:o}", "file", c->input, "sha256", v->sha256, "tokens", rows, "channels",
                         columns);
    char text[GENERATE_TEXT];
    generate_text(&c->generator, text);
    return json_pack("{s:s, s:o, s:o, s:o}", "generator", text, "seed", whole(v->parameters.seed), "tokens", rows,
                     "channels", columns);
}

static json_t *put_parameters(const dcom_parameters *p) {
    json_t *tokens = json_array();
    for (unsigned k = 0; k < p->exact_token_count; k++)
        report_add(&tokens, whole(p->exact_tokens[k]));
    return json_pack("{s:o, s:o, s:o, s:o, s:o, s:f, s:o}", "rank", whole(p->rank), "expansion", whole(p->expansion),
                     "warmup", whole(p->warmup), "outliers", whole(p->outliers), "exact_tokens", tokens, "tolerance",
                     p->tolerance, "seed", whole(p->seed));
}

static json_t *put_stall(const run_case *c) {
    const stall_profile *s = &c->stall;
    return json_pack("{s:o, s:o, s:o, s:o, s:o}", "command", whole(s->command), "write", whole(s->write), "vector",
                     whole(s->vector), "result", whole(s->result), "seed", whole(c->stall_seed));
}

static json_t *put_results(const vectors_results *r) {
    return json_pack("{s:o, s:o, s:o, s:o, s:o, s:o, s:s, s:o, s:o, s:o, s:o, s:o, s:s}", "rank", whole(r->rank),
                     "outliers", whole(r->outliers), "passes", whole(r->passes), "rounds", whole(r->rounds),
                     "deflations", whole(r->deflations), "blocks", whole(r->blocks), "stop", report_stop(r->stop),
                     "flags", whole(r->flags), "certificate", bits_number(r->certificate), "certificate_bits",
                     bits_text(r->certificate), "bound", bits_number(r->bound), "bound_bits", bits_text(r->bound),
                     "digest", r->digest);
}

static const char *type_of(unsigned k) {
    static const char *const types[VECTORS_FILES] = {
        "<u2", "<f4", "<f4", "<i4", "readmemh", "readmemh", "readmemh", "readmemh", "readmemh", "readmemh", "trace"};
    return types[k];
}

static json_t *put_file(unsigned k, const vectors_file *f) {
    json_t *shape = json_array();
    for (unsigned i = 0; i < f->dimensions; i++)
        report_add(&shape, whole(f->shape[i]));
    return json_pack("{s:s, s:s, s:o, s:s, s:o}", "name", vectors_names[k], "type", type_of(k), "shape", shape,
                     "sha256", f->sha256, "bytes", whole(f->size));
}

json_t *vectors_request(const vectors *v) {
    const run_case *c = v->of;
    return json_pack("{s:o, s:s, s:o, s:s, s:s, s:s, s:o, s:o, s:o, s:o, s:b}", "schema", whole(VECTORS_SCHEMA),
                     "version", DCOM_VERSION, "numeric_contract", whole(DCOM_NUMERIC_CONTRACT), "name", c->name,
                     "reason", c->reason, "expect", c->expect, "config", put_config(&c->config), "input",
                     put_input(v), "parameters", put_parameters(&v->parameters), "stall", put_stall(c), "trace",
                     c->trace);
}

json_t *vectors_manifest(const vectors *v) {
    json_t *manifest = vectors_request(v), *files = json_array();
    for (unsigned k = 0; k < VECTORS_FILES; k++)
        if (k != VECTORS_TRACE || v->of->trace) report_add(&files, put_file(k, &v->file[k]));
    report_put(&manifest, "results", put_results(&v->results));
    report_put(&manifest, "files", files);
    return manifest;
}

char *vectors_text(const json_t *json) { return report_text(json, JSON_INDENT(1) | JSON_REAL_PRECISION(17)); }

/* ---- reading ---- */

json_t *vectors_json(const char *path) {
    json_error_t error;
    errno = 0;
    FILE *file = fopen(path, "r");
    if (!file) return command_error("%s: %s", path, strerror(errno)), NULL;
    json_t *json = report_load(file, JSON_REJECT_DUPLICATES, &error);
    fclose(file);
    if (!json) command_error("%s: line %d: not JSON: %s", path, error.line, report_fault(&error));
    return json;
}

typedef struct {
    const char *path;
    char where[96]; /* "config.values." */
    bool wrong;     /* and told */
} place;

__attribute__((format(printf, 2, 3))) static void wrong(place *at, const char *format, ...) {
    char what[200];
    va_list list;
    va_start(list, format);
    vsnprintf(what, sizeof what, format, list);
    va_end(list);
    if (!at->wrong) command_error("%s: %s%s", at->path, at->where, what);
    at->wrong = true;
}

static json_t *get(place *at, const json_t *object, const char *key) {
    json_t *value = json_object_get(object, key);
    if (!value) wrong(at, "%s is missing", key);
    return value;
}

static uint64_t get_whole(place *at, const json_t *object, const char *key, uint64_t most) {
    const json_t *value = get(at, object, key);
    const json_int_t number = json_integer_value(value);
    if (json_is_integer(value) && number >= 0 && (uint64_t)number <= most) return (uint64_t)number;
    wrong(at, "%s is not a whole number 0..%" PRIu64, key, most);
    return 0;
}

static unsigned get_unsigned(place *at, const json_t *object, const char *key) {
    return (unsigned)get_whole(at, object, key, UINT32_MAX);
}

static const char *get_text(place *at, const json_t *object, const char *key, size_t most) {
    const json_t *value = get(at, object, key);
    const char *text = json_string_value(value);
    if (text && strlen(text) <= most) return text;
    wrong(at, "%s is not a text of at most %zu", key, most);
    return "";
}

/* SHA-256, eight hexadecimal digits: lower case. */
static const char *get_hex(place *at, const json_t *object, const char *key, size_t length) {
    const char *text = get_text(at, object, key, length);
    if (strlen(text) == length && strspn(text, "0123456789abcdef") == length) return text;
    wrong(at, "%s is not %zu hexadecimal digits", key, length);
    return "";
}

/* The object called `key`; `at` is now in there. */
static const json_t *enter(place *at, const json_t *object, const char *key) {
    const json_t *value = get(at, object, key);
    if (!json_is_object(value)) wrong(at, "%s is not an object", key);
    snprintf(at->where, sizeof at->where, "%s.", key);
    return value;
}

static void get_config(place *at, const json_t *o, dcom_config *config) {
    const config_field *field;
    const json_t *values = json_object_get(o, "values");
    *config = (dcom_config){0};
    snprintf(config->name, sizeof config->name, "%s", get_text(at, o, "name", sizeof config->name - 1));
    if (!json_is_object(values)) wrong(at, "values is not an object");
    for (unsigned i = 0; (field = config_field_at(i)); i++) {
        const unsigned value = get_unsigned(at, values, field->key);
        if (value < field->least || value > field->most || value % field->multiple)
            wrong(at, "%s is %u, not %u..%u in steps of %u", field->key, value, field->least, field->most,
                  field->multiple);
        memcpy((char *)config + field->offset, &value, sizeof value);
    }
    if (get_unsigned(at, o, "id") != dcom_config_id(config))
        wrong(at, "id is not %" PRIu32 ", that of the values: another geometry", dcom_config_id(config));
}

static void get_input(place *at, const json_t *o, run_case *c) {
    char message[256];
    const char *text = json_string_value(json_object_get(o, "generator"));
    const bool generated = text != NULL;
    if (!generated) text = get_text(at, o, "file", 4096);
    if (generate_is_call(text) != generated)
        wrong(at, "%s is no %s", text, generated ? "generator" : "file");
    else if (case_set_input(c, text, message))
        wrong(at, "%s", message);
    if (!generated) snprintf(c->sha256, sizeof c->sha256, "%s", get_hex(at, o, "sha256", 64));
}

static void get_parameters(place *at, const json_t *o, run_options *run) {
    dcom_parameters *p = &run->parameters;
    const json_t *list = get(at, o, "exact_tokens"), *tolerance = get(at, o, "tolerance");
    p->rank = get_unsigned(at, o, "rank");
    p->expansion = get_unsigned(at, o, "expansion");
    p->warmup = get_unsigned(at, o, "warmup");
    p->outliers = get_unsigned(at, o, "outliers");
    p->seed = get_unsigned(at, o, "seed");
    p->tolerance = json_number_value(tolerance);
    if (!json_is_number(tolerance)) wrong(at, "tolerance is not a number");
    if (!json_is_array(list)) wrong(at, "exact_tokens is not a list");
    run->rank_given = run->outliers_given = true;
    const size_t count = json_array_size(list);
    run->exact_tokens = malloc(count * sizeof *run->exact_tokens + 1);
    for (size_t k = 0; run->exact_tokens && k < count; k++) {
        const json_int_t token = json_integer_value(json_array_get(list, k));
        if (!json_is_integer(json_array_get(list, k)) || /* LCOV_EXCL_BR_LINE jansson's macros: NULL */
            token < 0 || token > UINT32_MAX)
            wrong(at, "exact_tokens holds what is no token");
        run->exact_tokens[k] = (uint32_t)token;
    }
    if (!run->exact_tokens) wrong(at, "out of memory");
    p->exact_tokens = run->exact_tokens;
    p->exact_token_count = (unsigned)count;
}

static void get_stall(place *at, const json_t *o, run_case *c) {
    c->stall.command = (unsigned)get_whole(at, o, "command", 255);
    c->stall.write = (unsigned)get_whole(at, o, "write", 255);
    c->stall.vector = (unsigned)get_whole(at, o, "vector", 255);
    c->stall.result = (unsigned)get_whole(at, o, "result", 255);
    c->stall_seed = get_unsigned(at, o, "seed");
}

static void get_results(place *at, const json_t *o, vectors_results *r) {
    const char *stop = get_text(at, o, "stop", 32);
    *r = (vectors_results){.rank = get_unsigned(at, o, "rank"),
                           .outliers = get_unsigned(at, o, "outliers"),
                           .passes = get_unsigned(at, o, "passes"),
                           .rounds = get_unsigned(at, o, "rounds"),
                           .deflations = get_unsigned(at, o, "deflations"),
                           .blocks = get_unsigned(at, o, "blocks"),
                           .flags = get_unsigned(at, o, "flags"),
                           .certificate = (uint32_t)strtoul(get_hex(at, o, "certificate_bits", 8), NULL, 16),
                           .bound = (uint32_t)strtoul(get_hex(at, o, "bound_bits", 8), NULL, 16)};
    snprintf(r->digest, sizeof r->digest, "%s", get_hex(at, o, "digest", 64));
    while (strcmp(report_stop(r->stop), stop) != 0) {
        if (r->stop == DCOM_STOP_OVERFLOW) return wrong(at, "stop %s is no reason to stop", stop);
        r->stop++;
    }
}

static void get_files(place *at, const json_t *manifest, bool trace, vectors_file file[VECTORS_FILES]) {
    const json_t *list = get(at, manifest, "files");
    size_t next = 0;
    at->where[0] = 0;
    for (unsigned k = 0; k < VECTORS_FILES; k++) {
        file[k] = (vectors_file){0};
        if (k == VECTORS_TRACE && !trace) continue;
        const json_t *o = json_array_get(list, next++), *shape = json_object_get(o, "shape");
        snprintf(at->where, sizeof at->where, "files[%zu].", next - 1);
        if (strcmp(get_text(at, o, "name", 32), vectors_names[k]) != 0) wrong(at, "name is not %s", vectors_names[k]);
        file[k].size = get_whole(at, o, "bytes", UINT32_MAX);
        snprintf(file[k].sha256, sizeof file[k].sha256, "%s", get_hex(at, o, "sha256", 64));
        file[k].dimensions = (unsigned)json_array_size(shape);
        if (file[k].dimensions < 1 || file[k].dimensions > 2) return wrong(at, "shape is not one or two numbers");
        for (unsigned i = 0; i < file[k].dimensions; i++)
            file[k].shape[i] = (size_t)json_integer_value(json_array_get(shape, i));
    }
    at->where[0] = 0;
    if (json_array_size(list) != next) wrong(at, "files are %zu, not %zu", json_array_size(list), next);
}

/* Whether `got` says what `want` says, and nothing else. */
static void compare(place *at, const json_t *want, const json_t *got, const char *name) {
    const char *key;
    json_t *value;
    char where[96];
    snprintf(where, sizeof where, "%s", at->where);
    if (json_is_object(want) && json_is_object(got)) { /* LCOV_EXCL_BR_LINE jansson's macros: NULL */
        if (*name) snprintf(at->where, sizeof at->where, "%.60s%.30s.", where, name);
        json_object_foreach((json_t *)(uintptr_t)got, key, value) { /* LCOV_EXCL_BR_LINE jansson's macros: NULL */
            if (!json_object_get(want, key)) wrong(at, "%s is a key that this dcom does not know", key);
        }
        json_object_foreach((json_t *)(uintptr_t)want, key, value) { /* LCOV_EXCL_BR_LINE jansson's macros: NULL */
            if (!json_object_get(got, key))
                wrong(at, "%s is missing", key);
            else
                compare(at, value, json_object_get(got, key), key);
        }
    } else if (json_is_array(want) && json_is_array(got) && /* LCOV_EXCL_BR_LINE jansson's macros: NULL */
               json_array_size(want) == json_array_size(got)) {
        for (size_t k = 0; k < json_array_size(want); k++) {
            char index[64];
            snprintf(index, sizeof index, "%.30s[%zu]", name, k);
            compare(at, json_array_get(want, k), json_array_get(got, k), index);
        }
    } else if (!json_equal(want, got) &&                        /* LCOV_EXCL_BR_LINE jansson's macros: NULL */
               !(json_is_number(want) && json_is_number(got) && /* LCOV_EXCL_BR_LINE jansson's macros: NULL */
                 json_number_value(want) == json_number_value(got))) {
        char *text = json_dumps(want, JSON_ENCODE_ANY);
        wrong(at, "%s is not %s, as the rest says", name, text ? text : "what it should be");
        free(text);
    }
    snprintf(at->where, sizeof at->where, "%s", where);
}

/* The manifest of what was read is the manifest. */
static void read_back(place *at, const json_t *json, const run_case *c, const vectors_results *r,
                      const vectors_file file[VECTORS_FILES]) {
    const json_t *input = json_object_get(json, "input");
    vectors v = {.of = c, .parameters = c->run.parameters, .results = *r};
    v.a.rows = c->generated ? c->generator.rows : get_unsigned(at, input, "tokens");
    v.a.columns = c->generated ? c->generator.columns : get_unsigned(at, input, "channels");
    snprintf(v.sha256, sizeof v.sha256, "%s", c->sha256);
    memcpy(v.file, file, sizeof v.file);
    json_t *again = vectors_manifest(&v);
    if (again) { /* any version of dcom whose contract is ours */
        json_object_set(again, "version", json_object_get(json, "version"));
        compare(at, again, json, "");
    } else
        wrong(at, "out of memory");
    json_decref(again);
}

/* Whether another dcom wrote it, whose numbers are not ours. */
static void check_origin(place *at, const json_t *json) {
    if (!json_is_object(json)) /* LCOV_EXCL_BR_LINE jansson's macros: NULL */
        return wrong(at, "not an object");
    const unsigned schema = get_unsigned(at, json, "schema");
    if (schema != VECTORS_SCHEMA) return wrong(at, "schema %u: this dcom reads %d", schema, VECTORS_SCHEMA);
    const unsigned contract = get_unsigned(at, json, "numeric_contract");
    if (contract != DCOM_NUMERIC_CONTRACT)
        return wrong(at, "numeric contract %u: this dcom has %d", contract, DCOM_NUMERIC_CONTRACT);
    get_text(at, json, "version", 32);
}

static void read_manifest(place *at, const json_t *json, run_case *c, vectors_results *r,
                          vectors_file file[VECTORS_FILES]) {
    check_origin(at, json);
    if (at->wrong) return;
    snprintf(c->name, sizeof c->name, "%s", get_text(at, json, "name", CASE_NAME - 1));
    if (!case_is_name(c->name)) wrong(at, "name %s is not one of a case", c->name);
    char message[256];
    if (case_set(c, "expect", get_text(at, json, "expect", 4096), message)) wrong(at, "%s", message);
    free(c->reason);
    if (!(c->reason = strdup(get_text(at, json, "reason", 4096)))) wrong(at, "out of memory");
    c->trace = json_is_true(get(at, json, "trace"));
    get_config(at, enter(at, json, "config"), &c->config);
    at->where[0] = 0;
    get_input(at, enter(at, json, "input"), c);
    at->where[0] = 0;
    get_parameters(at, enter(at, json, "parameters"), &c->run);
    at->where[0] = 0;
    get_stall(at, enter(at, json, "stall"), c);
    at->where[0] = 0;
    get_results(at, enter(at, json, "results"), r);
    at->where[0] = 0;
    get_files(at, json, c->trace, file);
    if (!at->wrong) read_back(at, json, c, r, file);
}

int vectors_manifest_read(const char *path, run_case *c, vectors_results *r, vectors_file file[VECTORS_FILES]) {
    const run_case usual = case_usual();
    place at = {.path = path};
    json_t *json = vectors_json(path);
    if (!json) return EXIT_WRONG;
    if (!case_copy(c, &usual)) wrong(&at, "out of memory");
    if (!at.wrong) read_manifest(&at, json, c, r, file);
    json_decref(json);
    if (at.wrong) case_release(c);
    return at.wrong ? EXIT_WRONG : EXIT_GOOD;
}

/* ---- the index of many ---- */

json_t *vectors_index_json(const vectors_index *index, size_t count) {
    json_t *cases = json_array();
    for (size_t k = 0; k < count; k++)
        report_add(&cases, json_pack("{s:s, s:s, s:s}", "name", index[k].name, "manifest_sha256", index[k].sha256,
                                     "digest", index[k].digest));
    return json_pack("{s:i, s:s, s:i, s:o}", "schema", VECTORS_SCHEMA, "version", DCOM_VERSION, "numeric_contract",
                     DCOM_NUMERIC_CONTRACT, "cases", cases);
}

int vectors_index_read(const char *path, vectors_index **index, size_t *count) {
    place at = {.path = path};
    json_t *json = vectors_json(path);
    if (!json) return EXIT_WRONG;
    const json_t *cases = json_object_get(json, "cases");
    check_origin(&at, json);
    *count = json_array_size(cases);
    *index = calloc(*count + 1, sizeof **index);
    if (*count == 0) wrong(&at, "no cases in it");
    for (size_t k = 0; *index && k < *count && !at.wrong; k++) {
        const json_t *o = json_array_get(cases, k);
        snprintf(at.where, sizeof at.where, "cases[%zu].", k);
        snprintf((*index)[k].name, CASE_NAME, "%s", get_text(&at, o, "name", CASE_NAME - 1));
        if (!case_is_name((*index)[k].name)) wrong(&at, "name %s is not one of a case", (*index)[k].name);
        snprintf((*index)[k].sha256, 65, "%s", get_hex(&at, o, "manifest_sha256", 64));
        snprintf((*index)[k].digest, 65, "%s", get_hex(&at, o, "digest", 64));
    }
    at.where[0] = 0;
    json_t *again = *index ? vectors_index_json(*index, *count) : NULL;
    if (again && !at.wrong) {
        json_object_set(again, "version", json_object_get(json, "version"));
        compare(&at, again, json, "");
    } else if (!again)
        wrong(&at, "out of memory");
    json_decref(again);
    json_decref(json);
    if (at.wrong) free(*index), *index = NULL;
    return at.wrong ? EXIT_WRONG : EXIT_GOOD;
}
