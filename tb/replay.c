/* replay.c - a failure capsule again: model and RTL in lockstep, or one of them alone. SPDX-License-Identifier:
 * Apache-2.0 */
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include "sim.h"

/* What the capsule was made with; texts stay the capsule's. */
static void take_options(sim_options *o, const capsule *c) {
    o->c.run.parameters = c->parameters;
    o->c.run.rank_given = o->c.run.outliers_given = true;
    o->input = c->input;
    o->c.stall = c->stall;
    o->c.stall_seed = c->stall_seed;
    o->c.fault = c->fault;
    o->capsule = NULL;
}

static bool same_sample(const capsule_sample *x, const capsule_sample *y) {
    return x->clock == y->clock && x->model == y->model && x->rtl == y->rtl;
}

/* The same kind; of a divergence also place, clocks and bits of both sides. */
static bool same_failure(const capsule *x, const verdict *y) {
    const capsule_divergence *d = &x->divergence, *e = &y->divergence;
    bool same =
        !strcmp(x->failure, y->kind) && d->count == e->count && !strcmp(d->name, e->name) && d->word == e->word;
    for (unsigned k = 0; same && k < d->count; k++)
        same = same_sample(&d->history[k], &e->history[k]);
    return same && (d->count || !strcmp(x->message, y->message));
}

static int replay_both(const sim_options *o, const capsule *c) {
    static verdict now; /* large */
    const int status = sim_compare(o, &c->config, &c->a, &now);
    if (status == EXIT_WRONG) return status;
    if (status == EXIT_GOOD)
        printf("REPLAY        the failure is gone: %s\n", c->message);
    else if (same_failure(c, &now))
        printf("REPLAY        the failure again: %s\n", c->message);
    else
        printf("REPLAY        another failure: %s; in the capsule %s\n", now.message, c->message);
    return status;
}

/* A failure that is no divergence is of the whole run: the result tells. */
static int replay_result(const sim_options *o, const capsule *c, lockstep_mode mode, const sim_run *first) {
    char message[256], text[320] = "";
    lockstep l;
    sim_run run = *first;
    if (lockstep_open(&l, o->kind->design, &c->config, message)) return command_error("%s", message);
    l.mode = mode;
    sim_decompose(o->kind, &l, &run);
    if (run.status)
        snprintf(text, sizeof text, "%s", run.message);
    else if (!capsule_result(&c->a, &c->parameters, &run.result, text))
        command_error("out of memory");
    o->kind->release(&run);
    lockstep_close(&l);
    const bool equal = !strcmp(text, c->model.timed);
    printf("result        %s\n", text);
    if (!equal) printf("              %s in the capsule\n", c->model.timed);
    printf("REPLAY        the result is %s what the capsule has of the model\n", equal ? "bit for bit" : "NOT");
    return equal ? EXIT_GOOD : EXIT_DIFFERENT;
}

static int replay_side(const sim_options *o, const capsule *c) {
    const bool model = o->side == SIDE_MODEL;
    const lockstep_mode mode = model ? LOCKSTEP_MODEL : LOCKSTEP_RTL;
    const capsule_divergence *d = &c->divergence;
    const sim_run first = {.config = &c->config,
                           .a = &c->a,
                           .parameters = &c->parameters,
                           .stall = c->stall,
                           .stall_seed = c->stall_seed};
    printf("replay        %s: the %s alone; in the capsule: %s\n", o->replay, model ? "model" : "RTL", c->message);
    if (!d->count) return replay_result(o, c, mode, &first);
    lockstep l;
    bool equal = true;
    if (!sim_watch(o, &l, mode, &first, d, AFTER)) return EXIT_WRONG;
    for (unsigned k = 0; k < d->count; k++) {
        const lockstep_sample *now = &l.history[k];
        const capsule_sample *was = &d->history[k];
        equal &= k < l.history_count && now->clock == was->clock &&
                 (model ? now->model == was->model : now->rtl == was->rtl);
    }
    lockstep_close(&l);
    printf("REPLAY        the %s does %s\n", model ? "model" : "RTL",
           equal ? "what it did" : "NOT what the capsule says that it did");
    return equal ? EXIT_GOOD : EXIT_DIFFERENT;
}

int sim_replay(sim_options *o) {
    static capsule c;
    int status = capsule_read(o->replay, &c);
    if (status) return status;
    if (strcmp(c.program, o->kind->name) != 0) {
        status = command_error("%s: a capsule of %s, this is %s", o->replay, c.program, o->kind->name);
    } else {
        capsule_warn(o->replay, &c);
        take_options(o, &c);
        if (c.fault.name[0])
            printf("planted       %s:%u:%u@%" PRIu64 ", as it was\n", c.fault.name, c.fault.word, c.fault.bit,
                   c.fault.clock);
        status = o->side == SIDE_BOTH ? replay_both(o, &c) : replay_side(o, &c);
    }
    capsule_release(&c);
    return status;
}
