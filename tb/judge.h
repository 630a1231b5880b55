/* judge.h - what a run proves: the checks behind `make sim` and its worker, one after the other; nothing is printed.
 * SPDX-License-Identifier: Apache-2.0 */
#ifndef DCOM_JUDGE_H
#define DCOM_JUDGE_H

#include "capsule.h"
#include "host.h"
#include "lockstep.h"
#include "quality.h"

/* One decomposition by one driver, on what `clock` drives; in parallel there are two, on threads of their own. */
typedef struct {
    const dcom_config *config;
    const npy_matrix *a;
    const dcom_parameters *parameters;
    stall_profile stall;
    uint32_t stall_seed;
    lockstep_function clock;
    void *user; /* the clock function's */
    /* what the driver leaves: */
    void *driver; /* which owns the result */
    dcom_result result;
    dcom_status status;
    char message[256]; /* what was wrong */
    uint64_t clocks;
    uint64_t counters[HOST_COUNTERS]; /* CYCLE first */
    unsigned counter_count;           /* 0: they were not read */
    uint64_t macs;                    /* useful ones, where the kind's check knows them */
} sim_run;

/* A program: the accelerator or the array. */
typedef struct sim_kind sim_kind;
struct sim_options;
struct sim_kind {
    const char *name, *doc;
    const design *design;
    unsigned exact_tokens; /* most that it takes; 0: any number */
    void (*run)(sim_run *);
    void (*release)(sim_run *);
    /* More on a good run, each NULL or: whether it is as it must be; prints it */
    bool (*check)(sim_run *);
    void (*report)(const sim_run *);
    int (*bench)(const dcom_config *config, unsigned rounds);
    int (*worker)(const sim_kind *, const char *config); /* config: as in worker.h */
    int (*campaign)(const struct sim_options *, const dcom_config *config, const npy_matrix *a); /* faults.h */
};

/* What was found, and what was measured on the way. */
typedef struct {
    char kind[16];     /* "": nothing is wrong. divergence, unrepeatable, nothing, stopped, untimed, report, quality,
                        * expect, fault; input: it could not be run */
    char message[256]; /* one line */
    capsule_divergence divergence;
    dcom_result untimed; /* the context's; tokens is 0 where it failed */
    char digest[65];     /* of the result */
    double error;        /* negative: not measured */
    quality quality;
} verdict;

__attribute__((format(printf, 3, 4))) bool judge_fail(verdict *, const char *kind, const char *format, ...);

/* Each check returns whether nothing is wrong; it is for runs in which the ones before it found nothing. */

/* Before a run: the matrix, its parameters, the fault. */
bool judge_input(verdict *, const sim_kind *, const sim_run *, dcom_context *);
bool judge_fault(verdict *, const lockstep *, const planted_fault *);
/* After it, and after lockstep_finish(): equal on every clock, something compared, the driver at its end. */
bool judge_lockstep(verdict *, const lockstep *, const sim_run *);
/* The place where `exact`, a run of LOCKSTEP_EXACT, differed; false. */
bool judge_divergence(verdict *, const lockstep *exact);
/* The driver came to its end, where nothing was compared. */
bool judge_end(verdict *, const sim_run *);
/* The result is that of the untimed model, which is run on `context`. */
bool judge_untimed(verdict *, const sim_run *, dcom_context *);
/* What the kind checks: counters and predicted clocks. */
bool judge_report(verdict *, const sim_kind *, sim_run *);
/* As good as it should be, measured against LAPACK. */
bool judge_quality(verdict *, const sim_run *);
/* What the case says that must come of it. */
bool judge_expected(verdict *, const run_case *, const dcom_result *);
/* Of a fault that must be told: it was, by this very word on its clock. A memory is compared at the moments of the
 * design: there on a later clock too. An input is not compared: where it is first seen. Whatever was found before
 * becomes right, or wrong of kind "fault". */
bool judge_told(verdict *, const run_case *, const lockstep *);

#endif
