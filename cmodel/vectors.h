/* vectors.h - golden vectors: a case as a folder of stimulus, expected results and a manifest, and its reader.
 * SPDX-License-Identifier: Apache-2.0
 *
 * docs/vectors.md describes the files. What is in them depends on the case, the numeric contract and the version of
 * dcom alone: not on the machine, the number of threads, the time or the folder. Functions that return int return
 * EXIT_GOOD, EXIT_DIFFERENT or EXIT_WRONG after one line on stderr. A `vectors` may be used by one thread at a time.
 */
#ifndef DCOM_VECTORS_H
#define DCOM_VECTORS_H

#include "cases.h"
#include "host.h"

#include <stdatomic.h>

enum { VECTORS_SCHEMA = 1, EXIT_STOPPED = 130 };

typedef enum {
    VECTORS_A_NPY,
    VECTORS_P_NPY,
    VECTORS_V_NPY,
    VECTORS_OUTLIERS_NPY,
    VECTORS_A_HEX,
    VECTORS_REGISTERS_HEX,
    VECTORS_OUTLIERS_HEX,
    VECTORS_V_HEX,
    VECTORS_P_HEX,
    VECTORS_RESULTS_HEX,
    VECTORS_TRACE,
    VECTORS_FILES
} vectors_name;

/* The names in this order, then manifest.json, then NULL. */
extern const char *const vectors_names[];

typedef struct {
    unsigned char *bytes; /* NULL of the trace, which is not kept in memory */
    size_t size, room;
    unsigned dimensions;
    size_t shape[2]; /* .npy: of the array; .hex: lines, bits of a line; trace: clocks */
    char sha256[65];
} vectors_file;

/* What a case came to. */
typedef struct {
    unsigned rank, outliers, passes, rounds, deflations, flags, blocks;
    dcom_stop stop;
    uint32_t certificate, bound; /* FP32 bits */
    char digest[65];             /* as decompose's: SHA-256 over P, V (<f4) and outliers (<i4) */
} vectors_results;

/* Memory and model for one case after the other. */
typedef struct {
    const run_case *of;
    npy_matrix a;    /* rows and columns at once, bits when they are needed */
    char sha256[65]; /* of the bits of a file */
    dcom_parameters parameters;
    dcom_context *context;
    dcom_config config; /* the context's */
    dcom_result result; /* the context's */
    vectors_results results;
    host *program; /* of the case: registers, streams */
    vectors_file file[VECTORS_FILES];
    size_t bits_room;
} vectors;

vectors *vectors_create(void);
void vectors_destroy(vectors *v);

/* ---- vectors.c: a case to files in memory ---- */

/* Finds the matrix and the parameters of a case, and checks them: what it comes to, but for the numbers. */
int vectors_prepare(vectors *v, const run_case *c);
/* After that: the untimed model, its results, and all files but the trace in memory, with their SHA-256. */
int vectors_run(vectors *v);
/* The FP32 bits of a register's value. */
uint32_t vectors_bits(double value);
/* The results of a run, their digest too; equal ones are equal bytes. False when out of memory. */
bool vectors_come_to(const dcom_result *r, vectors_results *to);
/* SHA-256 over P, V and outliers. */
bool vectors_digest(const dcom_result *r, char digest[65]);

/* ---- vectors_timed.c: the trace of the ports ---- */

/* Runs the accelerator behind its host, writes the trace to `path`, hashes it, and compares what came out with the
 * untimed model. EXIT_STOPPED, and no line, once *stop is set. */
int vectors_trace(vectors *v, const char *path, const atomic_bool *stop);
/* Drives the model with what the trace drives, comparing its outputs on every clock. `clock` is given what
 * is driven on each and what the ports showed before it; it ends the run by anything but EXIT_GOOD. */
int vectors_trace_replay(const char *path, const dcom_config *config, uint64_t *clocks,
                         int (*clock)(void *user, const dcom_accelerator_in *in, const dcom_accelerator_out *shown),
                         void *user);

/* ---- vectors_manifest.c ---- */

/* The first half of a manifest: all that was asked for. `v` is prepared. NULL: out of memory. */
json_t *vectors_request(const vectors *v);
/* The whole. */
json_t *vectors_manifest(const vectors *v);
/* The text that is in the file. The caller frees it. */
char *vectors_text(const json_t *json);
/* Takes a manifest apart: case, results, files. Anything missing, unknown or out of range is named. The caller
 * releases the case after EXIT_GOOD. */
int vectors_manifest_read(const char *path, run_case *c, vectors_results *r, vectors_file file[VECTORS_FILES]);
/* Reads JSON; nothing is twice in it. NULL after one line. */
json_t *vectors_json(const char *path);

/* A folder of many cases: its index.json. */
typedef struct {
    char name[CASE_NAME];
    char sha256[65]; /* of the case's manifest */
    char digest[65];
} vectors_index;

json_t *vectors_index_json(const vectors_index *index, size_t count);
/* The caller frees *index. */
int vectors_index_read(const char *path, vectors_index **index, size_t *count);
/* SHA-256 of a file. */
int vectors_manifest_hash(const char *path, char sha256[65]);

/* ---- vectors_write.c ---- */

typedef struct {
    bool skipped;    /* it was there */
    uint64_t bytes;  /* written */
    char sha256[65]; /* of the manifest */
    char digest[65];
} vectors_made;

/* Writes the case to the folder `target`, which appears whole, and only if its files are those `expected`, if that is
 * not NULL. If it is there and is what would be made, all files of
 * their sizes (`verify`: and contents), it is left as it is. */
int vectors_write(vectors *v, const run_case *c, const char *target, bool verify, const atomic_bool *stop,
                  const vectors_file *expected, vectors_made *made);
/* Whether a list of files has these contents; else the first that has not is named, and it is EXIT_DIFFERENT. */
int vectors_compare_files(const char *name, const vectors_file *expected, const vectors_file *got);

/* FOLDER/NAME, the caller's. NULL: out of memory. */
char *vectors_path(const char *folder, const char *name);
/* A file that is not there yet. EXIT_GOOD or EXIT_WRONG. */
int vectors_put(const char *path, const void *bytes, size_t size);
/* A whole file, to be freed; NULL: errno says why. */
unsigned char *vectors_get(const char *path, size_t *size);
bool vectors_hash(const void *bytes, size_t size, char text[65]);

/* ---- vectors_replay.c ---- */

typedef struct {
    const dcom_config *config; /* the only geometry that is wanted; NULL: any */
    const char *packets;       /* a file of beats taken from m_axis instead of the models; NULL: none */
    bool json, quiet;
} replay_options;

/* The folder of a case, or of a list: all of it whole, then the models against it. */
int vectors_replay(const char *folder, const replay_options *o);

#endif
