/* sim.h - what the lockstep programs share: sim runs the accelerator, array_sim the cluster array.
 * SPDX-License-Identifier: Apache-2.0 */
#ifndef DCOM_SIM_H
#define DCOM_SIM_H

#include "cases.h"
#include "judge.h"
#include "lockstep.h"

typedef enum { SIDE_BOTH, SIDE_MODEL, SIDE_RTL } sim_side;

enum { FAULT_JOBS = 256 };

/* A campaign: faults.h. */
typedef struct {
    unsigned count, seed, jobs;
    const char *results, *names; /* of those that match */
} fault_options;

/* What a program was told to run, by its options or by a capsule. */
typedef struct sim_options {
    const sim_kind *kind;
    run_case c; /* but for its name and input */
    const char *input, *waves, *capsule, *replay;
    unsigned window, bench;
    fault_options faults;
    sim_side side;
    bool list, exact, worker;
    int argc;
    char **argv;
} sim_options;

/* A whole program: 0 compared and equal, 1 a comparison failed, 2 wrong usage or input. */
int sim_main(const sim_kind *kind, int argc, char **argv);
/* Runs in the mode of `l`; in parallel the model on a thread of its own. `one`: config, a, parameters and stalls set;
 * what it leaves is the model's where it runs, and to be released. */
void sim_decompose(const sim_kind *kind, lockstep *l, sim_run *one);
/* Runs and compares, says what that proves and returns as sim_main() does. */
int sim_compare(const sim_options *, const dcom_config *, const npy_matrix *, verdict *);
/* Runs `first` once more in `mode`, up to the last clock of `d` and AFTER more, and prints its word's history, `last`
 * clocks after the divergence too, and the names of the waves. Opens `l`, which the caller closes; false, after one
 * line and with `l` closed, when the design has no such word, or not the register of the planted fault. */
bool sim_watch(const sim_options *, lockstep *l, lockstep_mode mode, const sim_run *first,
               const capsule_divergence *d, unsigned last);
/* The capsule o->replay on o->side. */
int sim_replay(sim_options *o);
double sim_now(void);

#endif
