/* report_json.c - report.json: all of the report but the single runs. docs/reports.md says what each key means.
 * SPDX-License-Identifier: Apache-2.0 */
#include "report_parts.h"

#include <string.h>

enum { SLOWEST = 25 };

static void text(json_t *o, const char *key, const char *value) { json_object_set_new(o, key, json_string(value)); }
static void number(json_t *o, const char *key, uint64_t value) {
    json_object_set_new(o, key, json_integer((json_int_t)value));
}
static void real(json_t *o, const char *key, double value) { json_object_set_new(o, key, json_real(value)); }

/* A list under `key`, and an object at its end. */
static json_t *list(json_t *o, const char *key) {
    json_t *l = json_array();
    json_object_set_new(o, key, l);
    return l;
}
static json_t *item(json_t *l) {
    json_t *o = json_object();
    json_array_append_new(l, o);
    return o;
}

static void sum(json_t *o, const report_sum *s) {
    number(o, "run", s->runs);
    number(o, "passed", s->runs - s->failed);
    number(o, "failed", s->failed);
    number(o, "clocks", s->clocks);
    number(o, "macs", s->macs);
    real(o, "seconds", s->seconds);
    real(o, "slowest", s->slowest);
    number(o, "memory_kb", s->memory_kb);
    if (s->peak_clocks) real(o, "use", report_use(s));
    if (s->fetched) real(o, "intensity", report_intensity(s));
    if (s->timed) real(o, "macs_per_clock", (double)s->macs / (double)s->clocks);
}

static json_t *regression(const report_data *d) {
    json_t *o = json_object();
    const struct {
        const char *key, *value;
    } all[] = {{"name", d->regression},   {"started", d->started},   {"ended", d->ended},
               {"commit", d->commit},     {"version", d->version},   {"verilator", d->verilator},
               {"compiler", d->compiler}, {"cases", d->cases_files}, {"tier", d->tier},
               {"tags", d->tags},         {"options", d->options},   {"launcher", d->launcher},
               {"host", d->host}};
    for (size_t k = 0; k < sizeof all / sizeof *all; k++)
        text(o, all[k].key, all[k].value);
    json_object_set_new(o, "seed", json_integer(d->seed));
    number(o, "jobs", d->jobs);
    real(o, "wall", d->wall);
    return o;
}

static void run_key(json_t *o, const report_data *d, const report_run *r) {
    text(o, "case", d->cases[r->of].name);
    json_object_set_new(o, "seed", json_integer(r->seed));
}

static void buckets(json_t *o, const report_data *d) {
    json_t *l = list(o, "buckets");
    for (size_t k = 0; k < d->bucket_count; k++) {
        const report_bucket *b = &d->bucket[k];
        const report_run *r = &d->run[b->first];
        json_t *one = item(l);
        text(one, "signature", b->signature);
        text(one, "kind", r->kind);
        text(one, "unit", r->unit);
        text(one, "register", r->reg);
        number(one, "failures", b->failures);
        number(one, "cases", b->cases);
        run_key(one, d, r);
        number(one, "clock", r->clock);
        text(one, "message", r->message);
        text(one, "again", b->again);
        text(one, "capsule", b->capsule);
        text(one, "waves", b->waves);
        text(one, "log", b->log);
        text(one, "since", b->since);
    }
}

static void failures(json_t *o, const report_data *d) {
    json_t *l = list(o, "failures");
    for (size_t k = 0; k < d->run_count; k++) {
        const report_run *r = &d->run[k];
        if (!r->failed) continue;
        json_t *one = item(l);
        run_key(one, d, r);
        text(one, "signature", d->bucket[r->bucket].signature);
        text(one, "message", r->message);
        text(one, "again", r->again);
    }
}

static void cases(json_t *o, const report_data *d) {
    json_t *l = list(o, "cases");
    for (size_t k = 0; k < d->case_count; k++) {
        const report_case *c = &d->cases[k];
        json_t *one = item(l);
        text(one, "name", c->name);
        text(one, "config", c->config);
        text(one, "mode", c->run);
        text(one, "input", c->input);
        text(one, "parameters", c->parameters);
        text(one, "tier", c->tier);
        text(one, "tags", c->tags);
        text(one, "features", c->features);
        text(one, "reason", c->reason);
        number(one, "tests", c->tests);
        sum(one, &c->sum);
    }
}

static void units(json_t *o, const report_config *c, const report_sum *s) {
    json_t *l = list(o, "units"), *kinds = NULL;
    for (size_t k = 0; k < c->counter_count; k++) {
        if (!k || strcmp(c->unit[k], c->unit[k - 1]) != 0) {
            json_t *unit = item(l);
            text(unit, "unit", c->unit[k]);
            kinds = list(unit, "kinds");
        }
        json_t *kind = item(kinds);
        text(kind, "kind", c->kind[k]);
        number(kind, "clocks", s->counters[k]);
    }
}

static void configs(json_t *o, const report_data *d) {
    json_t *l = list(o, "configs");
    for (size_t k = 0; k < d->config_count; k++) {
        const report_config *c = &d->config[k];
        json_t *one = item(l);
        text(one, "config", c->config);
        number(one, "array_macs", c->mac_count);
        number(one, "lanes", c->lanes);
        sum(one, &d->by_config[k]);
        units(one, c, &d->by_config[k]);
    }
}

static void coverage(json_t *o, const report_data *d) {
    json_t *l = list(o, "coverage");
    size_t hit = 0;
    for (size_t k = 0; k < d->bins.count; k++) {
        json_t *one = item(l);
        text(one, "bin", d->bins.at[k]);
        json_t *runs = json_object();
        json_object_set_new(one, "runs", runs);
        for (size_t n = 0; n < d->config_count; n++)
            if (d->config[n].known[k]) number(runs, d->config[n].config, d->config[n].hits[k]);
        text(one, "first", d->bin_case[k] ? d->bin_case[k] : "");
        hit += d->bin_case[k] != NULL;
    }
    number(o, "bins", d->bins.count);
    number(o, "bins_hit", hit);
}

static void slowest(json_t *o, const report_data *d) {
    json_t *l = list(o, "slowest");
    for (size_t k = 0; k < d->slowest_count && k < SLOWEST; k++) {
        json_t *one = item(l);
        run_key(one, d, d->slowest[k]);
        real(one, "seconds", d->slowest[k]->seconds);
        number(one, "clocks", d->slowest[k]->clocks);
        number(one, "memory_kb", d->slowest[k]->memory_kb);
        number(one, "tests", d->cases[d->slowest[k]->of].sum.runs);
        real(one, "all", d->cases[d->slowest[k]->of].sum.seconds);
    }
}

static void trend(json_t *o, const report_data *d) {
    json_t *l = list(o, "trend");
    for (size_t k = 0; k < d->past_count; k++) {
        const report_past *p = &d->past[k];
        json_t *one = item(l);
        text(one, "regression", p->regression);
        text(one, "started", p->started);
        text(one, "commit", p->commit);
        json_object_set_new(one, "ended", json_boolean(p->ended));
        number(one, "planned", p->planned);
        number(one, "passed", p->passed);
        number(one, "failed", p->failed);
        number(one, "clocks", p->clocks);
        real(one, "seconds", p->seconds);
        real(one, "wall", p->wall);
    }
}

static void change_list(json_t *o, const char *key, const report_change *change, size_t count) {
    json_t *l = list(o, key);
    for (size_t k = 0; k < count; k++) {
        json_t *one = item(l);
        text(one, "case", change[k].name);
        json_object_set_new(one, "seed", json_integer(change[k].seed));
        text(one, "signature", change[k].signature);
    }
}

static void changes(json_t *o, const report_data *d) {
    json_t *c = json_object(), *l = NULL;
    json_object_set_new(o, "changes", d->previous ? c : json_null());
    if (!d->previous) {
        json_decref(c);
        return;
    }
    text(c, "previous", d->previous);
    number(c, "compared", d->compared);
    change_list(c, "broken", d->broken, d->broken_count);
    change_list(c, "mended", d->mended, d->mended_count);
    l = list(c, "gone");
    for (size_t k = 0; k < d->gone.count; k++)
        json_array_append_new(l, json_string(d->gone.at[k]));
    json_t *digests = list(c, "digests"), *clocks = list(c, "clocks");
    for (size_t k = 0; k < d->case_count; k++) {
        const report_case *of = &d->cases[k];
        if (of->digests_changed) {
            json_t *one = item(digests);
            text(one, "case", of->name);
            json_object_set_new(one, "seed", json_integer(of->digest_seed));
            number(one, "tests", of->digests_changed);
        }
        if (of->clocks_before != of->clocks_now) {
            json_t *one = item(clocks);
            text(one, "case", of->name);
            number(one, "tests", of->compared);
            number(one, "before", of->clocks_before);
            number(one, "now", of->clocks_now);
        }
    }
    number(c, "new_cases", d->new_cases);
    number(c, "old_cases", d->old_cases);
}

json_t *report_as_json(const report_data *d) {
    json_t *o = json_object();
    if (!o) return NULL;
    number(o, "schema", REPORT_SCHEMA);
    json_object_set_new(o, "regression", regression(d));
    text(o, "verdict", report_verdict(d));
    number(o, "planned", d->planned);
    sum(o, &d->all);
    buckets(o, d);
    changes(o, d);
    configs(o, d);
    coverage(o, d);
    slowest(o, d);
    trend(o, d);
    cases(o, d);
    failures(o, d);
    return o;
}
