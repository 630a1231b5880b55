/* lockstep.h - model and RTL on the same stimulus, compared on every clock; the divergence report.
 * SPDX-License-Identifier: Apache-2.0
 *
 * LOCKSTEP_EXACT steps both on one thread and compares every register after every clock. LOCKSTEP_PARALLEL runs them
 * on two threads, each with a driver of its own that answers to its own outputs, and compares fingerprints of all
 * registers and ports of every clock, and all registers and memories in full at the moments of the design (the end of
 * a pass): it finds the clock, from which an exact run finds the register. */
#ifndef DCOM_LOCKSTEP_H
#define DCOM_LOCKSTEP_H

#include <stdatomic.h>
#include <stdbool.h>
#include "correspondence.h"
#include "design.h"
#include "fingerprint.h"
#include "model_wave.h"

enum { HISTORY = 8, AFTER = 8 }; /* clocks shown before, and run after a divergence when it is recorded */

/* A bit turned over on clock `clock`, to see that the comparator tells: of a register or memory after the edge, of an
 * output as it is shown after the edge, of an input as it is given to the edge. */
typedef struct {
    const char *name; /* NULL: none; else the dotted name, of the RTL; with FAULT_MODEL before it, of the model */
    unsigned word, bit;
    uint64_t clock;
} planted_fault;

#define FAULT_MODEL "model:"

/* What such a name means. */
typedef struct {
    fingerprint_side side;
    const char *name;            /* without FAULT_MODEL */
    const comparator_pair *pair; /* of a register, memory or output; else NULL */
    const design_port *input;
    bool memory, output;
    unsigned words, word_bytes;
} fault_place;

typedef enum {
    LOCKSTEP_PARALLEL,
    LOCKSTEP_EXACT,
    LOCKSTEP_RTL,   /* the RTL alone, which then answers the driver */
    LOCKSTEP_MODEL, /* the model alone */
    LOCKSTEP_WATCH  /* both, not compared: the run after an exact one that differed */
} lockstep_mode;

/* The word that is watched, after clock `clock`; of a side that does not run it means nothing. */
typedef struct {
    uint64_t clock;
    uint32_t model, rtl;
} lockstep_sample;

/* One side of a run; lines that one thread writes the other never reads. */
typedef struct {
    _Alignas(64) _Atomic uint64_t clocks; /* whose fingerprints the other side may count on */
    _Atomic bool ended;                   /* its driver makes no more clocks */
    _Atomic uint64_t met;                 /* moments: twice each, before everything is compared and after */
    _Alignas(64) uint64_t own_clocks;     /* steps of this side */
    void *out;                            /* what the ports show */
    const uint8_t *moment[MOMENTS];       /* the design's signals on this side */
    uint64_t compared_clock;              /* of the last moment */
    unsigned was_busy;                    /* bit k: signal k */
} lockstep_side;

enum { LOCKSTEP_TRAIL = 1 << 12, LOCKSTEP_BATCH = 1 << 6 };

typedef struct {
    const design *design;
    void *model;
    dut *rtl;
    correspondence table;
    void *kept_model, *kept_rtl; /* snapshots, of lockstep_keep() */
    lockstep_mode mode;
    planted_fault fault;
    uint8_t *given;                  /* inputs with a fault in them */
    uint64_t clocks;                 /* in parallel, of the RTL, up to date at the end */
    bool differs;                    /* the two sides do, since clock diverged_clock */
    const comparator_pair *diverged; /* LOCKSTEP_EXACT: the first pair that differed */
    unsigned diverged_word;
    uint64_t diverged_clock;
    /* LOCKSTEP_RTL, LOCKSTEP_MODEL, LOCKSTEP_WATCH: unless the pair is NULL, its word is recorded around this clock,
     * and waves if there are paths for them; AFTER clocks later the run ends */
    const comparator_pair *watch;
    unsigned watch_word;
    uint64_t watch_clock;
    lockstep_sample history[HISTORY + 1 + AFTER];
    unsigned history_count;
    const char *rtl_wave_path, *model_wave_path;
    unsigned wave_window; /* clocks before */
    model_wave *model_wave;
    bool rtl_wave_good, model_wave_good; /* waves were written */
    void (*progress)(void *user, uint64_t clocks);
    void *user;
    /* LOCKSTEP_PARALLEL */
    fingerprint_plan *plan;
    fingerprint *trail; /* the model's, of the last LOCKSTEP_TRAIL clocks */
    _Atomic bool stop;
    lockstep_side side[2];                          /* by fingerprint_side */
    _Alignas(64) fingerprint batch[LOCKSTEP_BATCH]; /* the RTL's, not yet compared */
} lockstep;

/* Opens a DUT and a model of `design` for `config`. A DUT built for another configuration is refused: -1, one line.
 */
int lockstep_open(lockstep *, const design *design, const dcom_config *config, char message[256]);
void lockstep_close(lockstep *);
/* Keeps what both sides hold, to be called behind lockstep_open(); -1: out of memory. */
int lockstep_keep(lockstep *);
/* Makes all but mode and fault what it was then: opening again, in much less time. Both sides are compared in full;
 * false: they are not the same, which is an error of this program. */
bool lockstep_rewind(lockstep *);
/* False: nothing is called so. */
bool lockstep_find_fault(const lockstep *, const char *name, fault_place *);
/* One clock: the port structs of the design in, and out what the ports show after it; `user` is the lockstep.
 * Anything but 0 ends the run: after the first divergence. Both sides at once, in any mode but LOCKSTEP_PARALLEL: */
typedef int (*lockstep_function)(void *user, const void *in, void *out);
int lockstep_clock(void *user, const void *in, void *out);
/* One side each, on threads of their own, in LOCKSTEP_PARALLEL: */
int lockstep_clock_model(void *user, const void *in, void *out);
int lockstep_clock_rtl(void *user, const void *in, void *out);
/* To be called when the driver of a side has come to its end, whatever that was: the other one waits no longer. */
void lockstep_end(lockstep *, fingerprint_side);
/* What is left to compare, and everything in full once more; call it at the end of a run, when both threads are done.
 * 0 when equal. Where a word was watched nothing is compared: its waves are ended. */
int lockstep_finish(lockstep *);
#endif
