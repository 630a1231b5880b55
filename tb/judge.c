/* judge.c - what a run proves. SPDX-License-Identifier: Apache-2.0 */
#include "judge.h"
#include "vectors.h"

#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

bool judge_fail(verdict *v, const char *kind, const char *format, ...) {
    va_list arguments;
    va_start(arguments, format);
    snprintf(v->kind, sizeof v->kind, "%s", kind);
    vsnprintf(v->message, sizeof v->message, format, arguments);
    va_end(arguments);
    return false;
}

bool judge_input(verdict *v, const sim_kind *kind, const sim_run *r, dcom_context *context) {
    if (dcom_check(context, r->a->rows, r->a->columns, r->parameters))
        return judge_fail(v, "input", "%s", dcom_message(context));
    if (!kind->exact_tokens || r->parameters->exact_token_count <= kind->exact_tokens) return true;
    /* what its registers would refuse with a number only */
    return judge_fail(v, "input", "%u exact tokens: the accelerator takes at most %u",
                      r->parameters->exact_token_count, kind->exact_tokens);
}

bool judge_fault(verdict *v, const lockstep *l, const planted_fault *f) {
    fault_place p;
    if (!f->name) return true;
    if (!lockstep_find_fault(l, f->name, &p))
        return judge_fail(v, "input", "fault: no register is called %s", f->name);
    if (f->word >= p.words || f->bit >= 8 * p.word_bytes)
        return judge_fail(v, "input", "fault: %s has words 0..%u of %u bits, no bit %u of word %u", f->name,
                          p.words - 1, 8 * p.word_bytes, f->bit, f->word);
    return f->clock > 0 || judge_fail(v, "input", "fault: clocks count from 1");
}

bool judge_divergence(verdict *v, const lockstep *exact) {
    capsule_divergence *d = &v->divergence;
    correspondence_name(&exact->table, exact->diverged, d->name);
    correspondence_place(exact->diverged, exact->diverged_word, d->place);
    d->word = exact->diverged_word;
    d->bits = 8 * correspondence_word_bytes(exact->diverged);
    d->history[0].clock = exact->diverged_clock;
    d->count = 1;
    return judge_fail(v, "divergence", "divergence at clock %" PRIu64 ": %s[%u]", exact->diverged_clock, d->name,
                      d->word);
}

/* Model and RTL alike: the design, or the host, is wrong. */
bool judge_end(verdict *v, const sim_run *r) { return !r->status || judge_fail(v, "stopped", "%s", r->message); }

bool judge_lockstep(verdict *v, const lockstep *l, const sim_run *r) {
    const comparator *registers = &l->table.registers, *memories = &l->table.memories;
    if (l->diverged) return judge_divergence(v, l);
    if (l->differs) return judge_fail(v, "divergence", "divergence at clock %" PRIu64, l->diverged_clock);
    if (r->status && r->status != DCOM_E_STOPPED) return judge_fail(v, "input", "%s", r->message);
    if (l->fault.name && l->fault.clock > l->clocks)
        return judge_fail(v, "input", "fault: the run has %" PRIu64 " clocks, no clock %" PRIu64, l->clocks,
                          l->fault.clock);
    if (registers->checks == 0 || l->table.register_count == 0 || memories->checks == 0)
        return judge_fail(v, "nothing", "nothing was compared");
    return judge_end(v, r);
}

/* The certificate as the hardware shows it, FP32. */
static bool same(const dcom_result *x, const dcom_result *y) {
    size_t p = (size_t)x->tokens * x->rank * sizeof(float), v = (size_t)x->channels * x->rank * sizeof(float);
    return x->rank == y->rank && !memcmp(x->p, y->p, p) && !memcmp(x->v, y->v, v) &&
           x->outlier_count == y->outlier_count &&
           !memcmp(x->outliers, y->outliers, x->outlier_count * sizeof *x->outliers) && x->stop == y->stop &&
           x->flags == y->flags && x->passes == y->passes && x->rounds == y->rounds &&
           x->deflations == y->deflations && (float)x->certificate == (float)y->certificate &&
           (float)x->certificate_bound == (float)y->certificate_bound;
}

bool judge_untimed(verdict *v, const sim_run *r, dcom_context *context) {
    if (!vectors_digest(&r->result, v->digest)) return judge_fail(v, "input", "out of memory");
    if (!dcom_decompose(context, r->a->bits, r->a->rows, r->a->columns, r->parameters, &v->untimed) &&
        same(&r->result, &v->untimed))
        return true;
    return judge_fail(v, "untimed", "the result of the clocked model is not that of the untimed one");
}

bool judge_report(verdict *v, const sim_kind *kind, sim_run *r) {
    return !kind->check || kind->check(r) || judge_fail(v, "report", "counters or predicted clocks are wrong");
}

bool judge_quality(verdict *v, const sim_run *r) {
    v->error = -1;
    /* a sum or an operand became infinite, and stopped it */
    if (r->result.stop == DCOM_STOP_OVERFLOW) return true;
    v->error = measure_error(r->a, r->parameters, &r->result);
    if (quality_measure(r->a, r->parameters, &r->result, &v->quality) || v->error < 0) {
        v->error = -1;
        return judge_fail(v, "quality", "LAPACK failed");
    }
    return (v->error <= 1.5 * v->quality.optimum + 0.04 && v->quality.orthogonality <= 0.01) ||
           judge_fail(v, "quality", "the decomposition is worse than it should be");
}

bool judge_expected(verdict *v, const run_case *c, const dcom_result *r) {
    char word[CASE_NAME];
    return !c->expect || !case_unmet(c, r, word) ||
           judge_fail(v, "expect", "%s is expected: it stopped for %s, rank %u, flags %u, deflations %u, rounds %u",
                      word, report_stop(r->stop), r->rank, r->flags, r->deflations, r->rounds);
}

bool judge_told(verdict *v, const run_case *c, const lockstep *l) {
    const capsule_divergence *d = &v->divergence;
    if (!strcmp(v->kind, "input")) return false;
    if (strcmp(v->kind, "divergence") || d->count == 0) {
        char found[sizeof v->message];
        memcpy(found, v->message, sizeof found);
        return judge_fail(v, "fault", "the fault in %.100s[%u] was not told%s%.100s", c->fault.name, c->fault.word,
                          found[0] ? ": " : "", found);
    }
    const uint64_t clock = d->history[d->count - 1].clock;
    fault_place p;
    const bool known = lockstep_find_fault(l, c->fault.name, &p),
               where = known && (p.input || (!strcmp(d->name, p.name) && d->word == c->fault.word)),
               when = known && (p.input || p.memory ? clock >= c->fault.clock : clock == c->fault.clock);
    if (!where || !when)
        return judge_fail(v, "fault", "the fault in %.80s[%u] was told as %.80s[%u] at clock %" PRIu64, c->fault.name,
                          c->fault.word, d->name, d->word, clock);
    v->kind[0] = v->message[0] = 0;
    return true;
}
