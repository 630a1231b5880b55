/* sim.h - what the lockstep programs share: sim runs the accelerator, array_sim the cluster array.
 * SPDX-License-Identifier: Apache-2.0 */
#ifndef DCOM_SIM_H
#define DCOM_SIM_H

#include "capsule.h"
#include "command.h"
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

typedef enum { SIDE_BOTH, SIDE_MODEL, SIDE_RTL } sim_side;

/* What a program was told to run, by its options or by a capsule. */
typedef struct {
    const sim_kind *kind;
    run_options run;
    const char *input, *waves, *capsule, *replay;
    stall_profile stall;
    unsigned stall_seed, window, bench;
    sim_side side;
    bool list, exact;
    planted_fault fault;
    char fault_name[160], stall_text[32];
    int argc;
    char **argv;
} sim_options;

/* A whole program: 0 compared and equal, 1 a comparison failed, 2 wrong usage or input. */
int sim_main(const sim_kind *kind, int argc, char **argv);
/* Runs in the mode of `l`; in parallel the model on a thread of its own. `one`: config, a, parameters and stalls set;
 * what it leaves is the model's where it runs, and to be released. */
void sim_decompose(const sim_kind *kind, lockstep *l, sim_run *one);
/* Runs and compares, says what that proves and returns as sim_main() does. What failed is left in `failed`: its kind,
 * a line, the divergence; "" for a good run. */
int sim_compare(const sim_options *, const dcom_config *, const npy_matrix *, capsule *failed);
/* Runs `first` once more in `mode`, up to the last clock of `d` and AFTER more, and prints its word's history, `last`
 * clocks after the divergence too, and the names of the waves. Opens `l`, which the caller closes; false, after one
 * line and with `l` closed, when the design has no such word, or not the register of the planted fault. */
bool sim_watch(const sim_options *, lockstep *l, lockstep_mode mode, const sim_run *first,
               const capsule_divergence *d, unsigned last);
/* The capsule o->replay on o->side. */
int sim_replay(sim_options *o);
double sim_now(void);

#endif
