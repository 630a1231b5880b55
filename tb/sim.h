/* sim.h - what the lockstep programs share: sim runs the accelerator, array_sim the cluster array.
 * SPDX-License-Identifier: Apache-2.0 */
#ifndef DCOM_SIM_H
#define DCOM_SIM_H

#include "lockstep.h"
#include "npy.h"
#include "stall.h"

/* One decomposition by one driver, on what `clock` drives; in parallel there are two, on threads of their own. */
typedef struct {
    const dcom_config *config;
    const npy_matrix *a;
    const dcom_parameters *parameters;
    stall_profile stall;
    uint32_t stall_seed;
    lockstep_function clock;
    lockstep *lockstep; /* the clock function's user */
    /* what the driver leaves: */
    void *driver; /* which owns the result */
    dcom_result result;
    dcom_status status;
    char message[256]; /* what was wrong */
    uint64_t clocks;
} sim_run;

typedef struct {
    const char *name, *doc;
    const design *design;
    void (*run)(sim_run *);
    void (*release)(sim_run *);
    /* NULL, or more on a good run; false: it failed */
    bool (*report)(const sim_run *);
    int (*bench)(const dcom_config *config, unsigned rounds);
} sim_kind;

/* A whole program: 0 compared and equal, 1 a comparison failed, 2 wrong usage or input. */
int sim_main(const sim_kind *kind, int argc, char **argv);
/* Runs in the mode of `l`; in parallel the model on a thread of its own. `one`: config, a, parameters and stalls set;
 * what it leaves is the model's where it runs, and to be released. */
void sim_decompose(const sim_kind *kind, lockstep *l, sim_run *one);
double sim_now(void);

#endif
