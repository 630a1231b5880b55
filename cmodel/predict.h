/* predict.h - the clocks of the accelerator without simulating it: a sum over what the sequencer does, one thing at a
 * time (sequencer.h). SPDX-License-Identifier: Apache-2.0
 *
 * What depends on numbers, how many rounds a block needs and whether columns are dropped, comes from the algorithm
 * itself: a datapath that counts what each command costs stands between lanczos.c and the numbers. The clocks
 * of every command are a formula of its arguments; make sim holds them against the counters of model and RTL,
 * exactly. */
#ifndef DCOM_PREDICT_H
#define DCOM_PREDICT_H

#include "datapath.h"
#include "sequencer.h"

typedef struct {
    uint64_t clocks[ACTIVITIES]; /* of the sequencer, where the host never keeps a stream waiting */
    uint64_t sent;               /* the clock of the job on which the stream out has sent all so far */
    uint64_t operations;         /* of the array: outer products issued, one a clock */
    uint64_t macs; /* useful multiply-adds: of the passes over tokens of DECOMPOSE, rows x channels x lanes */
} prediction;

/* DECOMPOSE of a tokens x channels matrix whose start block LOAD has made, where every block needs one round and no
 * column is dropped, as is usual. Shape and parameters as dcom_check() has them. DCOM_E_MEMORY. */
dcom_status predict_decompose(const dcom_config *, unsigned tokens, unsigned channels, const dcom_parameters *,
                              prediction *);
/* DECOMPOSE of A as it is: counted while the untimed model decomposes it. */
dcom_status predict_run(const dcom_config *, const uint16_t *a, unsigned tokens, unsigned channels,
                        const dcom_parameters *, prediction *);
/* LOAD, with a beat on every clock; the tail after the last beat is what is not stream in. */
void predict_load(const dcom_config *, unsigned tokens, unsigned channels, const dcom_parameters *, prediction *);

/* All of it. */
uint64_t prediction_total(const prediction *);

#endif
