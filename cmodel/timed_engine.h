/* timed_engine.h - the engine of engine.h on a clocked array: drives its ports as row and column edges will.
 * SPDX-License-Identifier: Apache-2.0
 *
 * In this version the edges, the loader and the sequencer are C; what crosses the array's ports is what the RTL
 * modules of those names will send. Single-threaded, no globals. */
#ifndef DCOM_TIMED_ENGINE_H
#define DCOM_TIMED_ENGINE_H

#include "engine.h"
#include "stall.h"

/* One clock of whatever is driven (the model, the RTL, or both in lockstep): takes the inputs through the rising edge
 * and leaves what the ports show after it in `out`. Anything but 0 ends the run with DCOM_E_STOPPED. */
typedef int (*clock_function)(void *user, const dcom_array_in *in, dcom_array_out *out);
/* The clock function of the model alone; `user` is its dcom_array. */
int clock_model(void *array, const dcom_array_in *in, dcom_array_out *out);

typedef struct {
    engine base; /* first: an engine * is a timed_engine * */
    stall_profile stall;
    uint32_t seed; /* of the stalls */
    clock_function clock;
    void *user;
    uint64_t clocks, busy; /* clocks run; clocks on which a pass ran */
    dcom_array_in in;
    dcom_array_out out;
} timed_engine;

/* Binds to what `clock` drives, and resets it (two clocks). `config` must outlive it; nothing is allocated. */
dcom_status timed_engine_init(timed_engine *t, const dcom_config *config, stall_profile stall, uint32_t seed,
                              clock_function clock, void *user);

#endif
