/* command_report.c - report.json, and the lines a person reads.
 * SPDX-License-Identifier: Apache-2.0 */
#include "command.h"
#include "config_parse.h"

#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

const char *report_stop(dcom_stop stop) {
    switch (stop) {
    case DCOM_STOP_RANK:
        return "rank";
    case DCOM_STOP_TOLERANCE:
        return "tolerance";
    case DCOM_STOP_DEFLATED:
        return "deflated";
    case DCOM_STOP_NOISE:
        return "noise";
    default: /* DCOM_STOP_OVERFLOW */
        return "overflow";
    }
}

const char *report_flag(unsigned flag) {
    switch (flag) {
    case DCOM_FLAG_OVERFLOW:
        return "overflow";
    case DCOM_FLAG_NAN:
        return "nan";
    default: /* DCOM_FLAG_UNCERTIFIED */
        return "uncertified";
    }
}

/* JSON has no infinity: null */
static json_t *number(double value) {
    return isfinite(value) ? json_real(value) : json_null(); /* LCOV_EXCL_BR_LINE no run is known that gives one */
}

void report_put(json_t **to, const char *key, json_t *value) {
    if (json_object_set_new(*to, key, value) == 0) return;
    json_decref(*to);
    *to = NULL;
}

void report_add(json_t **to, json_t *value) {
    if (json_array_append_new(*to, value) == 0) return;
    json_decref(*to);
    *to = NULL;
}

/* ---- reading ---- */

static _Thread_local bool starved;
static json_malloc_t inner;

static void *allocate(size_t size) {
    void *p = inner(size);
    starved |= !p;
    return p;
}

void report_begin(void) {
    json_free_t give_back;
    json_get_alloc_funcs(&inner, &give_back);
    json_set_alloc_funcs(allocate, give_back);
}

static json_t *unless_starved(json_t *json) {
    if (!starved) return json;
    json_decref(json);
    return NULL;
}

json_t *report_load(FILE *file, size_t flags, json_error_t *error) {
    starved = false;
    return unless_starved(json_loadf(file, flags, error));
}

json_t *report_parse(const char *text, size_t size, size_t flags, json_error_t *error) {
    starved = false;
    return unless_starved(json_loadb(text, size, flags, error));
}

const char *report_fault(const json_error_t *error) { return starved ? "out of memory" : error->text; }

/* ---- writing ---- */

char *report_text(const json_t *json, size_t flags) { /* json_dumps() leaves out what there is no memory for */
    char *text = NULL;
    size_t size;
    FILE *f = json ? open_memstream(&text, &size) : NULL;
    bool good = f && json_dumpf(json, f, flags) == 0;
    if (f) {
        good &= fputc('\n', f) != EOF;
        good &= fclose(f) == 0;
    }
    if (good) return text;
    free(text);
    return NULL;
}

int report_dump(json_t *json) {
    const bool good = json && json_dumpf(json, stdout, JSON_INDENT(2)) == 0 && fputc('\n', stdout) != EOF;
    const int reason = errno;
    json_decref(json);
    if (good) return EXIT_GOOD;
    if (!ferror(stdout)) return command_error("out of memory");
    return command_error("standard output cannot be written: %s", strerror(reason));
}

static void put(json_t **object, const char *key, uint64_t value) {
    report_put(object, key, json_integer((json_int_t)value));
}

json_t *report_geometry(const dcom_config *config) {
    json_t *object = json_object();
    const config_field *field;
    for (unsigned i = 0; (field = config_field_at(i)); i++)
        put(&object, field->key, config_value(config, field));
    return object;
}

static json_t *flag_names(unsigned flags) {
    json_t *list = json_array();
    for (unsigned flag = 1; flag <= flags; flag <<= 1)
        if (flags & flag) report_add(&list, json_string(report_flag(flag)));
    return list;
}

static json_t *numbers(const int32_t *values, size_t count) {
    json_t *list = json_array();
    for (size_t i = 0; i < count; i++)
        report_add(&list, json_integer(values[i]));
    return list;
}

/* What every report begins with. */
static json_t *begin(const char *input, const dcom_config *config) {
    json_t *o = json_object();
    report_put(&o, "version", json_string(DCOM_VERSION));
    put(&o, "abi", dcom_abi_version());
    put(&o, "numeric_contract", DCOM_NUMERIC_CONTRACT);
    report_put(&o, "kernel", json_string(dcom_kernel_name()));
    report_put(&o, "input", json_string_nocheck(input));
    report_put(&o, "config", json_string_nocheck(config->name));
    put(&o, "config_id", dcom_config_id(config));
    report_put(&o, "geometry", report_geometry(config));
    return o;
}

/* And ends with. */
static json_t *end(json_t *o, double seconds, const factors *f) {
    char digest[65], tracks[65];
    if (!factors_digest(f, digest, tracks)) {
        json_decref(o);
        return NULL;
    }
    report_put(&o, "seconds", number(seconds));
    report_put(&o, "digest", json_string(digest));
    report_put(&o, "tracks_digest", json_string(tracks));
    return o;
}

json_t *report_json(const report *r) {
    const dcom_result *x = r->result;
    const dcom_parameters *p = r->parameters;
    json_t *o = begin(r->input, r->config);
    put(&o, "tokens", x->tokens);
    put(&o, "channels", x->channels);
    put(&o, "rank", x->rank);
    put(&o, "rank_max", p->rank);
    put(&o, "expansion", p->expansion);
    put(&o, "warmup", p->warmup);
    put(&o, "seed", p->seed);
    report_put(&o, "tolerance", number(p->tolerance));
    put(&o, "outliers", x->outlier_count);
    report_put(&o, "exact_tokens", numbers(r->factors->tokens, r->factors->rows.rows));
    put(&o, "passes", x->passes);
    put(&o, "rounds", x->rounds);
    put(&o, "deflations", x->deflations);
    report_put(&o, "stop", json_string(report_stop(x->stop)));
    put(&o, "flags", x->flags);
    report_put(&o, "flag_names", flag_names(x->flags));
    report_put(&o, "relative_error", number(r->relative_error));
    report_put(&o, "certificate", number(x->certificate));
    report_put(&o, "certificate_bound", number(x->certificate_bound));
    return end(o, x->seconds, r->factors);
}

void report_print(const report *r) {
    const dcom_result *x = r->result;
    printf("%s: %u tokens x %u channels, configuration %s\n", r->input, x->tokens, x->channels, r->config->name);
    printf("rank            %u of at most %u (stopped by: %s)\n", x->rank, r->parameters->rank, report_stop(x->stop));
    printf("relative error  %.6f, certificate %.6f +- %.6f\n", r->relative_error, x->certificate,
           x->certificate_bound);
    printf("exact tracks    %u channels, %u tokens\n", x->outlier_count, r->parameters->exact_token_count);
    printf("passes          %u, %u rounds, %u deflations\n", x->passes, x->rounds, x->deflations);
    for (unsigned flag = 1; flag <= x->flags; flag <<= 1)
        if (x->flags & flag) printf("flag            %s\n", report_flag(flag));
    printf("seconds         %.6f\n", x->seconds);
}

json_t *applied_json(const applied *r) {
    const factors *f = r->factors;
    json_t *o = begin(r->input, r->config), *list = json_array();
    for (size_t i = 0; i < r->layer_count; i++) {
        json_t *one = json_object();
        report_put(&one, "weights", json_string_nocheck(r->layers[i].weights));
        put(&one, "channels", r->layers[i].channels);
        put(&one, "outputs", r->layers[i].outputs);
        report_add(&list, one);
    }
    report_put(&o, "layers", list);
    put(&o, "tokens", f->p.rows);
    put(&o, "channels", f->v.rows);
    put(&o, "rank", f->p.columns);
    put(&o, "outliers", f->columns.columns);
    report_put(&o, "exact_tokens", numbers(f->tokens, f->rows.rows));
    return end(o, r->seconds, f);
}

void applied_print(const applied *r) {
    const factors *f = r->factors;
    for (size_t i = 0; i < r->layer_count; i++)
        printf("%s: %zu channels to %zu outputs\n", r->layers[i].weights, r->layers[i].channels,
               r->layers[i].outputs);
    printf("result          %zu tokens x %zu channels, rank %zu with the outlier channels, configuration %s\n",
           f->p.rows, f->v.rows, f->p.columns, r->config->name);
    printf("exact tokens    %zu\n", f->rows.rows);
    printf("seconds         %.6f\n", r->seconds);
}
