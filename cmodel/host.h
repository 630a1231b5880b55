/* host.h - a host of the accelerator: a clocked state machine that drives its AXI ports from what they show.
 * SPDX-License-Identifier: Apache-2.0
 *
 * It has a program of steps (AXI-Lite accesses, streams, waiting), which is run to its end by host_run(); the stream
 * in goes on beside the steps behind it, and packets are taken at any time. Stalls are drawn from seed and clock, so
 * that two hosts of the same seed that see the same ports do the same. No globals. */
#ifndef DCOM_HOST_H
#define DCOM_HOST_H

#include "accelerator_ports.h"
#include "dcom.h"
#include "stall.h"

/* One clock of what is driven: takes the inputs through the rising edge and leaves what the ports show after it in
 * `out`. Anything but 0 ends the run with DCOM_E_STOPPED. */
typedef int (*host_function)(void *user, const void *in, void *out);

enum { HOST_STEPS = 320, HOST_STREAMS = 4, HOST_COUNTERS = 64, HOST_PATIENCE = 1000000 };

typedef enum { HOST_WRITE, HOST_READ, HOST_POLL, HOST_SEND, HOST_AWAIT } host_kind;

typedef struct {
    host_kind kind;
    uint16_t address; /* WRITE, READ, POLL */
    uint32_t value;   /* WRITE; POLL: the bits of which one is awaited; AWAIT: the number of columns or packets */
    uint32_t *to;     /* READ; POLL: the last value; NULL: nowhere. AWAIT: where `value` is read from if not NULL */
    bool *refused;    /* set by the answer, SLVERR or not; NULL: SLVERR is an error */
    const unsigned *count; /* AWAIT: what is to come to `value` */
    const char *what;      /* AWAIT, SEND */
} host_step;

/* A packet on the stream in. */
typedef struct {
    const uint16_t *data;
    unsigned rows, columns; /* of the matrix; of the vectors: rows is their length, columns their number */
    bool vectors;
    unsigned width;     /* elements of a beat */
    unsigned row_beats; /* of a row of the matrix */
    unsigned beats;     /* TLAST is on the last */
    unsigned beat;      /* the next */
} host_stream;

typedef struct {
    dcom_config config;
    host_function clock;
    void *user;
    stall_profile stall;
    uint32_t seed;
    uint64_t patience; /* clocks without progress that are an error */
    uint64_t clocks, progress_clock;
    dcom_accelerator_in in;
    dcom_accelerator_out out;
    dcom_status status;
    char message[256];
    /* program */
    host_step program[HOST_STEPS];
    unsigned steps, step;
    bool address_taken, data_taken; /* of the access under way */
    host_stream stream[HOST_STREAMS];
    unsigned streams, streams_started, streams_sent;
    bool beat_offered; /* and not taken yet */
    /* packets; if there is a receiver, its beats, and nothing below is looked at */
    void (*receiver)(void *user, const dcom_accelerator_out *beat);
    unsigned tokens, channels, rank; /* of the job: lengths of packets, most columns */
    unsigned beat, kind;             /* of the packet under way */
    unsigned packets[PACKETS];       /* whole ones */
    unsigned block_columns, v_columns, p_columns, z_columns, outlier_count;
    uint16_t *block; /* of the packet under way or the last: rows of 8 lanes, BF16 */
    float *v, *p;    /* channels x rank, tokens x rank, grown a block at a time */
    uint16_t *z;     /* rank x channels */
    int32_t *outliers;
    dcom_accelerator_out shown; /* the clock before, for what AXI demands */
    uint32_t counter_count, counter_words[2 * HOST_COUNTERS];
} host;

/* Binds to what `clock` drives, and resets it (two clocks). */
dcom_status host_init(host *, const dcom_config *config, stall_profile stall, uint32_t seed, host_function clock,
                      void *user);
void host_release(host *);

/* ---- programs: added to, then run ---- */

void host_write(host *, uint16_t address, uint32_t value);
void host_read(host *, uint16_t address, uint32_t *to);
/* Reads until one of `bits` is set. */
void host_poll(host *, uint16_t address, uint32_t bits, uint32_t *to);
/* Starts a stream; the program goes on. The data stay the caller's, and what is returned may be changed until the
 * program runs. A: tokens x channels, row-major. */
host_stream *host_send_matrix(host *, const uint16_t *a, unsigned tokens, unsigned channels);
/* Vectors: count x length, row-major. */
host_stream *host_send_vectors(host *, const uint16_t *vectors, unsigned count, unsigned length);
/* Waits until *count, a count of this host, has come to `value`, or to *from if that is not NULL. */
void host_await(host *, const unsigned *count, uint32_t value, const uint32_t *from, const char *what);
/* The answer to the step added last goes to `refused` instead of ending the program. */
void host_refusable(host *, bool *refused);
/* Expects packets of a job of this size; what was received before is dropped. */
dcom_status host_expect(host *, unsigned tokens, unsigned channels, unsigned rank);
/* Runs the program to its end and empties it. An error (SLVERR, a malformed packet, no progress) is DCOM_E_STOPPED
 * and one line in `message` that names it. */
dcom_status host_run(host *);
/* The elements that a beat of a stream holds, `width` of them. */
void host_beat(const host_stream *, unsigned beat, uint16_t *data);
/* A beat of the stream out, as if it had been taken by host_run(): for packets that come from elsewhere. */
void host_take(host *, const dcom_accelerator_out *beat);
/* P, V and outliers of the packets that have been taken since host_expect(), the other results 0; at the end of a
 * job, once. What it points to is the host's. */
void host_received(host *, dcom_result *result);
/* One clock of the state machine: decides what `in` is to be for the next rising edge. */
void host_clock(host *, const dcom_accelerator_out *out, dcom_accelerator_in *in);

/* What LOAD and the job behind it leave in the registers. */
typedef struct {
    uint32_t status, flags, jobs_before, jobs;
} host_outcome;

/* Adds the program of a LOAD and of `command` behind it (`vectors`: its stream, or NULL); sticky flags are cleared
 * before, both jobs awaited. Nothing runs yet. */
void host_two_jobs(host *, const uint16_t *a, unsigned tokens, unsigned channels, const dcom_parameters *,
                   uint32_t command, const uint16_t *vectors, host_outcome *o);

/* ---- whole jobs ---- */

/* LOAD, and DECOMPOSE queued at once. The result and what it points to are the host's until its next job. */
dcom_status host_decompose(host *, const uint16_t *a, unsigned tokens, unsigned channels, const dcom_parameters *,
                           dcom_result *result);
/* LOAD of `weights` (length x outputs), then APPLY: z = vectors (count x length) times weights, in host.z (count x
 * outputs). */
dcom_status host_apply(host *, const uint16_t *vectors, unsigned count, const uint16_t *weights, unsigned length,
                       unsigned outputs);
/* All counters of the accelerator, which stand still while no job runs. */
dcom_status host_counters(host *, uint64_t counters[HOST_COUNTERS], unsigned *count);

#endif
