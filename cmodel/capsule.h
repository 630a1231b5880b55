/* capsule.h - a failure of the lockstep in one file: all that it needs to be run again, and what it was.
 * SPDX-License-Identifier: Apache-2.0
 *
 * The file: a line `dcom-capsule 1 HEADER PAYLOAD` with two lengths of ten digits; HEADER bytes of JSON, indented,
 * for people too; PAYLOAD bytes, A as BF16, little-endian, row-major; SHA-256 of all before it, 64 digits and a
 * newline. A host's every choice follows from A, parameters, stalls and seed (host.h), so these are the stimulus. One
 * capsule may be used by one thread at a time; no globals. */
#ifndef DCOM_CAPSULE_H
#define DCOM_CAPSULE_H

#include "cases.h"

enum { CAPSULE_FORMAT = 1, CAPSULE_HISTORY = 9 };

/* A word of a register on both sides after a clock; clocks count from 1. */
typedef struct {
    uint64_t clock;
    uint32_t model, rtl;
} capsule_sample;

/* The first one: what is not `name`[word] was equal until then. */
typedef struct {
    char name[160], place[96]; /* dotted; of correspondence_name() and correspondence_place() */
    unsigned word, bits;       /* bits of a word, 8..32 */
    capsule_sample history[CAPSULE_HISTORY];
    unsigned
        count; /* 1..CAPSULE_HISTORY clocks of history, the last of which is the one that differs; 0: no divergence */
} capsule_divergence;

/* What the model does, alone on the same stimulus. */
typedef struct {
    uint64_t clocks;  /* that `outputs` is about: up to the divergence, or all */
    char outputs[65]; /* SHA-256 over the output ports after each of them, as dcom_*_out has them without padding */
    uint64_t end;     /* clocks of the whole run */
    char timed[320], untimed[320]; /* the results of both faces, of capsule_result() */
} capsule_model;

typedef struct {
    char program[16]; /* sim or array_sim */
    dcom_config config;
    dcom_parameters parameters; /* exact tokens: the capsule's, where it was read */
    stall_profile stall;
    uint32_t stall_seed;
    case_fault fault;
    char input[256]; /* where A was, for information */
    npy_matrix a;
    char failure[16]; /* divergence, unrepeatable, stopped, nothing, untimed, report, quality */
    char message[256];
    capsule_divergence divergence;
    capsule_model model;
    char commit[64], verilator[64], compiler[96], kernel[16], host[256]; /* of the build, and where it ran */
} capsule;

/* The commit and compiler of this build: a git hash, with -dirty where files differ from it; unknown outside git. */
extern const char capsule_commit[], capsule_compiler[];

/* Fills commit, compiler, kernel and host for this build on this host. */
void capsule_stamp(capsule *);
/* Whole or not at all. EXIT_GOOD, or EXIT_WRONG after one line. */
int capsule_write(const char *path, const capsule *);
/* Nothing but what capsule_write() has written, whole, of this numeric contract and of no configuration that has
 * other values here. EXIT_GOOD, or EXIT_WRONG after one line; the caller releases it after EXIT_GOOD. */
int capsule_read(const char *path, capsule *);
void capsule_release(capsule *);
/* A line on stderr if it is of another commit than this build, or of files that no commit has. */
void capsule_warn(const char *path, const capsule *);

/* The digest of P, V and outliers (that of report.json), rank, stop, flags, counts, and the certificate as FP32:
 * equal texts are equal results. False when out of memory. */
bool capsule_result(const npy_matrix *a, const dcom_parameters *, const dcom_result *, char text[320]);
/* Runs both faces of the model on the stimulus of the capsule, the timed one with its outputs hashed up to clock
 * `until`. EXIT_GOOD, or EXIT_WRONG after one line that begins with `path`: what it holds cannot be run. */
int capsule_run(const char *path, const capsule *, uint64_t until, capsule_model *);
/* dcom replay: runs it and says whether outputs and results are those of the capsule. EXIT_GOOD, EXIT_DIFFERENT,
 * EXIT_WRONG. `target`: prints instead the configuration and the program that `make replay` builds for it. */
int capsule_replay(const char *path, bool target);

#endif
