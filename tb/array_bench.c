/* array_bench.c - simulation speed of the array: the RTL alone, the model alone, and both in lockstep on the same
 * stimulus. SPDX-License-Identifier: Apache-2.0 The three take turns pass by pass, so that the drift of a shared
 * machine touches all alike. */
#include <inttypes.h>
#include <math.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include "array.h"
#include "array_bench.h"
#include "command.h"
#include "timing.h"

enum { IDLE_CLOCKS = 20000, KINDS = 6, ROUNDS_MAX = 1000 };
static const char *const kinds[KINDS] = {"RTL alone, forward pass", "RTL alone, transpose pass",
                                         "RTL alone, idle",         "model alone, both passes",
                                         "lockstep, forward pass",  "lockstep, transpose pass"};

int array_clock(void *user, const dcom_array_in *in, dcom_array_out *out) {
    const array_seat *seat = user;
    return seat->clock(seat->lockstep, in, out);
}

typedef struct {
    timed_engine rtl, model; /* the same passes */
    array_seat rtl_seat, model_seat;
    lockstep lockstep;
    uint16_t *x;
    float *out[2];
    unsigned tokens, channels;
} rig;

static int clock_bare_model(void *user, const void *in, void *out) {
    return clock_model(((lockstep *)user)->model, in, out);
}

/* Seconds per clock of one pass of one side. */
static double timed_pass(rig *r, timed_engine *t, int transpose) {
    uint64_t clocks = t->clocks;
    float *out = r->out[t == &r->model];
    double begin = sim_now();
    if (transpose)
        t->base.transpose(&t->base, REGION_TOKENS, 0, r->tokens, LANES, r->x, out);
    else
        t->base.forward(&t->base, REGION_TOKENS, 0, r->tokens, LANES, r->x, out);
    return (sim_now() - begin) / (double)(t->clocks - clocks);
}

typedef struct {
    rig *rig;
    int transpose;
} model_pass;

static void *pass_of_model(void *user) {
    const model_pass *p = user;
    timed_pass(p->rig, &p->rig->model, p->transpose);
    return NULL;
}

/* Seconds per clock of one pass of both, compared. */
static double lockstep_pass(rig *r, int transpose) {
    model_pass p = {r, transpose};
    pthread_t thread;
    double begin = sim_now();
    uint64_t clocks = r->rtl.clocks;
    if (pthread_create(&thread, NULL, pass_of_model, &p)) return NAN;
    timed_pass(r, &r->rtl, transpose);
    pthread_join(thread, NULL);
    return (sim_now() - begin) / (double)(r->rtl.clocks - clocks);
}

static double idle(rig *r) {
    dcom_array_in in = {0};
    dcom_array_out out;
    double begin = sim_now();
    for (unsigned k = 0; k < IDLE_CLOCKS; k++)
        lockstep_clock(&r->lockstep, &in, &out);
    double seconds = sim_now() - begin;
    for (unsigned k = 0; k < IDLE_CLOCKS; k++)
        clock_bare_model(&r->lockstep, &in, &out);
    return seconds / IDLE_CLOCKS;
}

static void run_round(rig *r, double per_clock[KINDS]) {
    r->lockstep.mode = LOCKSTEP_RTL;
    r->rtl_seat.clock = lockstep_clock;
    r->model_seat.clock = clock_bare_model;
    per_clock[0] = timed_pass(r, &r->rtl, 0);
    per_clock[3] = timed_pass(r, &r->model, 0) / 2;
    per_clock[1] = timed_pass(r, &r->rtl, 1);
    per_clock[3] += timed_pass(r, &r->model, 1) / 2;
    per_clock[2] = idle(r);
    r->lockstep.mode = LOCKSTEP_PARALLEL;
    r->rtl_seat.clock = lockstep_clock_rtl;
    r->model_seat.clock = lockstep_clock_model;
    per_clock[4] = lockstep_pass(r, 0);
    per_clock[5] = lockstep_pass(r, 1);
}

static void print(const dcom_config *config, unsigned rounds, double times[KINDS][ROUNDS_MAX],
                  double ratios[2][ROUNDS_MAX]) {
    double macs = (double)config->cluster_rows * config->cluster_columns * MACS, busy = 0;
    printf("%-28s %12s %10s %14s\n", config->name, "clocks/s", "us/clock", "ns/MAC/clock");
    for (unsigned k = 0; k < KINDS; k++) {
        double t = timing_median(times[k], rounds);
        if (k < 2) busy += t / 2;
        printf("%-28s %12.0f %10.2f %14.2f\n", kinds[k], 1 / t, t * 1e6, t * 1e9 / macs);
    }
    printf("idle over busy               %12.2f x as fast\n", busy / times[2][rounds / 2]);
    printf("lockstep over RTL alone      %12.3f x (forward), %.3f x (transpose), medians of %u pairs\n",
           timing_median(ratios[0], rounds), timing_median(ratios[1], rounds), rounds);
}

int array_bench(const dcom_config *config, unsigned rounds) {
    static double times[KINDS][ROUNDS_MAX], ratios[2][ROUNDS_MAX];
    rig r = {.tokens = config->cluster_rows * config->tile_tokens,
             .channels = config->cluster_columns * config->tile_channels};
    char message[256];
    unsigned longest = r.tokens > r.channels ? r.tokens : r.channels;
    if (lockstep_open(&r.lockstep, &array_design, config, message)) return command_error("%s", message);
    uint16_t *a = timing_matrix((size_t)r.tokens * r.channels);
    r.x = timing_matrix((size_t)longest * LANES);
    for (int k = 0; k < 2; k++)
        r.out[k] = malloc((size_t)longest * LANES * sizeof *r.out[k]);
    const stall_profile none = {0, 0, 0, 0};
    int status = a && r.x && r.out[0] && r.out[1] ? EXIT_GOOD : command_error("out of memory");
    if (!status) {
        fprintf(stderr, "bench: loading %u x %u on %s\n", r.tokens, r.channels, config->name);
        r.lockstep.mode = LOCKSTEP_RTL;
        r.rtl_seat = (array_seat){lockstep_clock, &r.lockstep};
        r.model_seat = (array_seat){clock_bare_model, &r.lockstep};
        timed_engine_init(&r.rtl, config, none, 1, array_clock, &r.rtl_seat);
        r.rtl.base.load(&r.rtl.base, a, r.tokens, r.channels);
        timed_engine_init(&r.model, config, none, 1, array_clock, &r.model_seat);
        r.model.base.load(&r.model.base, a, r.tokens, r.channels);
        for (unsigned k = 0; k < rounds && !r.lockstep.differs; k++) {
            double t[KINDS];
            run_round(&r, t);
            for (unsigned n = 0; n < KINDS; n++)
                times[n][k] = t[n];
            for (unsigned n = 0; n < 2; n++)
                ratios[n][k] = t[4 + n] / t[n];
            fprintf(stderr, "bench: round %u of %u\n", k + 1, rounds);
        }
        if (lockstep_finish(&r.lockstep)) {
            printf("the two sides differ: run make sim\n");
            status = EXIT_DIFFERENT;
        } else {
            print(config, rounds, times, ratios);
        }
    }
    free(a);
    free(r.x);
    free(r.out[0]);
    free(r.out[1]);
    lockstep_close(&r.lockstep);
    return status;
}
