/* command_report.c - report.json, and the lines a person reads.
 * SPDX-License-Identifier: Apache-2.0 */
#include "command.h"
#include "config_parse.h"

#include <math.h>
#include <stdio.h>

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
    case DCOM_STOP_OVERFLOW:
        return "overflow";
    }
    return "unknown";
}

const char *report_flag(unsigned flag) {
    switch (flag) {
    case DCOM_FLAG_OVERFLOW:
        return "overflow";
    case DCOM_FLAG_NAN:
        return "nan";
    case DCOM_FLAG_UNCERTIFIED:
        return "uncertified";
    }
    return "unknown";
}

/* JSON has no infinity: null */
static json_t *number(double value) { return isfinite(value) ? json_real(value) : json_null(); }

static void put(json_t *object, const char *key, unsigned value) {
    json_object_set_new(object, key, json_integer(value));
}

json_t *report_geometry(const dcom_config *config) {
    json_t *object = json_object();
    const config_field *field;
    for (unsigned i = 0; (field = config_field_at(i)); i++)
        put(object, field->key, config_value(config, field));
    return object;
}

static json_t *flag_names(unsigned flags) {
    json_t *list = json_array();
    for (unsigned flag = 1; flag && flag <= flags; flag <<= 1)
        if (flags & flag) json_array_append_new(list, json_string(report_flag(flag)));
    return list;
}

static json_t *numbers(const int32_t *values, size_t count) {
    json_t *list = json_array();
    for (size_t i = 0; i < count; i++)
        json_array_append_new(list, json_integer(values[i]));
    return list;
}

/* What every report begins with. */
static json_t *begin(const char *input, const dcom_config *config) {
    json_t *o = json_object();
    if (!o) return NULL;
    json_object_set_new(o, "version", json_string(DCOM_VERSION));
    put(o, "abi", dcom_abi_version());
    put(o, "numeric_contract", DCOM_NUMERIC_CONTRACT);
    json_object_set_new(o, "kernel", json_string(dcom_kernel_name()));
    json_object_set_new(o, "input", json_string_nocheck(input));
    json_object_set_new(o, "config", json_string_nocheck(config->name));
    put(o, "config_id", dcom_config_id(config));
    json_object_set_new(o, "geometry", report_geometry(config));
    return o;
}

/* And ends with. */
static json_t *end(json_t *o, double seconds, const factors *f) {
    char digest[65], tracks[65];
    if (!o || !factors_digest(f, digest, tracks)) {
        json_decref(o);
        return NULL;
    }
    json_object_set_new(o, "seconds", number(seconds));
    json_object_set_new(o, "digest", json_string(digest));
    json_object_set_new(o, "tracks_digest", json_string(tracks));
    return o;
}

json_t *report_json(const report *r) {
    const dcom_result *x = r->result;
    const dcom_parameters *p = r->parameters;
    json_t *o = begin(r->input, r->config);
    put(o, "tokens", x->tokens);
    put(o, "channels", x->channels);
    put(o, "rank", x->rank);
    put(o, "rank_max", p->rank);
    put(o, "expansion", p->expansion);
    put(o, "warmup", p->warmup);
    put(o, "seed", p->seed);
    json_object_set_new(o, "tolerance", number(p->tolerance));
    put(o, "outliers", x->outlier_count);
    json_object_set_new(o, "exact_tokens", numbers(r->factors->tokens, r->factors->rows.rows));
    put(o, "passes", x->passes);
    put(o, "rounds", x->rounds);
    put(o, "deflations", x->deflations);
    json_object_set_new(o, "stop", json_string(report_stop(x->stop)));
    put(o, "flags", x->flags);
    json_object_set_new(o, "flag_names", flag_names(x->flags));
    json_object_set_new(o, "relative_error", number(r->relative_error));
    json_object_set_new(o, "certificate", number(x->certificate));
    json_object_set_new(o, "certificate_bound", number(x->certificate_bound));
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
    for (unsigned flag = 1; flag && flag <= x->flags; flag <<= 1)
        if (x->flags & flag) printf("flag            %s\n", report_flag(flag));
    printf("seconds         %.6f\n", x->seconds);
}

json_t *applied_json(const applied *r) {
    const factors *f = r->factors;
    json_t *o = begin(r->input, r->config), *list = json_array();
    for (size_t i = 0; i < r->layer_count; i++) {
        json_t *one = json_object();
        json_object_set_new(one, "weights", json_string_nocheck(r->layers[i].weights));
        json_object_set_new(one, "channels", json_integer((json_int_t)r->layers[i].channels));
        json_object_set_new(one, "outputs", json_integer((json_int_t)r->layers[i].outputs));
        json_array_append_new(list, one);
    }
    json_object_set_new(o, "layers", list);
    json_object_set_new(o, "tokens", json_integer((json_int_t)f->p.rows));
    json_object_set_new(o, "channels", json_integer((json_int_t)f->v.rows));
    json_object_set_new(o, "rank", json_integer((json_int_t)f->p.columns));
    json_object_set_new(o, "outliers", json_integer((json_int_t)f->columns.columns));
    json_object_set_new(o, "exact_tokens", numbers(f->tokens, f->rows.rows));
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
