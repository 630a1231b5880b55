/* command.h - what the subcommands of build/dcom share: errors, options, output folder, progress, report.
 * SPDX-License-Identifier: Apache-2.0 */
#ifndef DCOM_COMMAND_H
#define DCOM_COMMAND_H

#include "dcom.h"
#include "npy.h"

#include <argp.h>
#include <jansson.h>
#include <stdbool.h>
#include <stdio.h>

enum { EXIT_GOOD = 0, EXIT_DIFFERENT = 1, EXIT_WRONG = 2 };

int command_apply(int argc, char **argv);
int command_decompose(int argc, char **argv);
int command_info(int argc, char **argv);
int command_predict(int argc, char **argv);
int command_replay(int argc, char **argv);
int command_vectors(int argc, char **argv);

/* ---- command_options.c ---- */

/* Prints one line, `dcom: ...`, on stderr. Returns EXIT_WRONG. */
int command_error(const char *format, ...) __attribute__((format(printf, 1, 2)));
/* A word of the shell, in quotes where it needs them. */
void command_print_word(FILE *f, const char *text);
/* argp_parse() with one line for what is wrong and --help added. Returns EXIT_GOOD, EXIT_WRONG, or -1: help
 * was asked for and given. A parser that has named a fault by command_error() returns EXIT_WRONG as its
 * error. */
int command_parse(const struct argp *argp, const char *name, int argc, char **argv, void *input);
/* A whole number 0..most, else false after one line that names the option. */
bool command_number(const char *option, const char *text, unsigned most, unsigned *number);

/* ---- command_run.c ---- */

typedef struct {
    dcom_parameters parameters;
    bool rank_given, outliers_given; /* else the defaults, or what the matrix allows */
    uint32_t *exact_tokens;          /* the caller frees it */
    const char *config;
} run_options;

/* A child parser for --rank and its kin; its input is a run_options with parameters and config preset. */
extern const struct argp run_argp;
/* Sets what the option --NAME sets. EXIT_GOOD; EXIT_WRONG: `message` begins with the name; -1: there is no such
 * option. `text` of config stays the caller's. */
int run_set(run_options *o, const char *name, const char *text, char message[256]);
/* A whole number 0..most, else false and `message`, which begins with `name`. */
bool run_number(const char *name, const char *text, unsigned most, unsigned *number, char message[256]);
/* The configuration called `name`, or in the file of that name; `message` begins with "config: " or the file. */
dcom_status run_find_config(const char *name, dcom_config *config, char message[256]);
/* The configuration called `name`, or in the file of that name. EXIT_GOOD, or EXIT_WRONG after one line. */
int run_config(const char *name, dcom_config *config);
/* The parameters for this matrix: a default rank or outlier count that is too large for it is lowered. */
dcom_parameters run_parameters(const run_options *o, const npy_matrix *a);

/* ---- command_sha256.c ---- */

typedef struct sha256 sha256;
sha256 *sha256_begin(void);
void sha256_add(sha256 *s, const void *bytes, size_t count);
/* In hexadecimal; frees it. False: out of memory, now or before (NULL too); then the text is empty. */
bool sha256_end(sha256 *s, char text[65]);

/* ---- command_output.c: a folder that appears whole or not at all ---- */

typedef struct {
    char *target, *temporary; /* the folder asked for; the one beside it that is written first */
    bool replaces;            /* target is there, empty or of an earlier run */
    const char *const *files; /* the names that it may hold, then NULL; the caller's */
    int lock;                 /* on the temporary folder, while its process lives */
} output_folder;

#define OUTPUT_TEMPORARY ".dcom-" /* between a folder's name and a number */

/* Makes the temporary folder, so that a folder that cannot be written is known before any work is done. */
int output_begin(output_folder *folder, const char *target, const char *const *files);
/* Removes what killed processes have left in `parent` for folders called `name`; NULL: of any name. */
void output_sweep(const char *parent, const char *name, const char *const *files);
/* The path of a file in the temporary folder; the caller frees it. */
char *output_path(const output_folder *folder, const char *file);
int output_commit(output_folder *folder);
/* Removes what is not committed; good after output_commit() too. */
void output_end(output_folder *folder);

/* ---- command_watch.c: a second thread that shows progress and cleans up on SIGINT, SIGTERM, SIGHUP ---- */

typedef struct watch watch;
/* `visible`: shows stage and seconds on stderr, if that is a terminal, from the first second on. NULL: no
 * thread. */
watch *watch_begin(const output_folder *folder, bool visible);
void watch_stage(watch *w, const char *stage); /* a string that stays */
void watch_end(watch *w);

/* ---- command_factors.c: a decomposed matrix, A ~ P V^T + outlier columns + rows of exact tokens ---- */

/* Owns all of it. What of A is in one part is +0 in the others. Once a layer has been applied there are no outlier
 * channels any more: P has their columns, V, no longer orthonormal, the rows of the weight that belong to them. */
typedef struct {
    npy_matrix p;       /* tokens x rank */
    npy_matrix v;       /* channels x rank */
    npy_matrix columns; /* tokens x outlier channels: A there, +0 in the rows of exact tokens */
    npy_matrix rows;    /* exact tokens x channels: their rows of A, outlier channels too */
    int32_t *outliers;  /* channel numbers, ascending, one a column of `columns` */
    int32_t *tokens;    /* token numbers, ascending, one a row of `rows` */
} factors;

/* False when out of memory; to be released even then. */
bool factors_of_result(const npy_matrix *a, const dcom_parameters *p, const dcom_result *r, factors *f);
void factors_release(factors *f);
/* SHA-256, in hexadecimal. digest: over P, V (<f4, row-major) and outliers (<i4); tracks: over outlier columns, token
 * rows (<f4) and tokens (<i4). */
bool factors_digest(const factors *f, char digest[65], char tracks[65]);
/* The names of the files, then NULL. */
extern const char *const factors_files[];
/* All files into the temporary folder, which then takes its place. EXIT_GOOD, or EXIT_WRONG after one line. */
int factors_write(output_folder *folder, const factors *f, const json_t *json);
/* Nothing but what factors_write() has written, whole and unchanged. EXIT_GOOD, or EXIT_WRONG after one line; the
 * caller releases it after EXIT_GOOD. */
int factors_read(const char *folder, factors *f);

/* ---- command_report.c ---- */

/* The words for how a run ended: "rank", "tolerance"; "overflow", "nan". */
const char *report_stop(dcom_stop stop);
const char *report_flag(unsigned flag);
/* A member of an object, an element of a list. For want of memory there is nothing any more: *to is NULL, from then
 * on. */
void report_put(json_t **to, const char *key, json_t *value);
void report_add(json_t **to, json_t *value);
/* Once, before any other thread: from then on want of memory within jansson is seen. */
void report_begin(void);
/* json_loadf(), json_loadb(), but NULL whenever memory was wanting: jansson 2.14 then leaves out a character of a
 * text, and says nothing. */
json_t *report_load(FILE *file, size_t flags, json_error_t *error);
json_t *report_parse(const char *text, size_t size, size_t flags, json_error_t *error);
/* What jansson found wrong in what was read last, of unpacking it too; it has no words for want of memory. */
const char *report_fault(const json_error_t *error);
/* With a newline at its end; the caller frees it. NULL: out of memory, or `json` is NULL for want of it. */
char *report_text(const json_t *json, size_t flags);
/* To stdout, and frees it; NULL: out of memory. EXIT_GOOD, or EXIT_WRONG after one line. */
int report_dump(json_t *json);
/* The values of a configuration, as in its file. NULL when out of memory. */
json_t *report_geometry(const dcom_config *config);

typedef struct {
    const char *input;
    const dcom_config *config;
    const dcom_parameters *parameters;
    const dcom_result *result;
    const factors *factors;
    double relative_error;
} report;

/* NULL when out of memory. */
json_t *report_json(const report *r);
void report_print(const report *r);

typedef struct {
    const char *weights; /* file */
    size_t channels, outputs;
} applied_layer;

typedef struct {
    const char *input;
    const dcom_config *config;
    const factors *factors; /* of the result */
    applied_layer *layers;
    size_t layer_count;
    double seconds; /* of the layers alone */
} applied;

/* NULL when out of memory. */
json_t *applied_json(const applied *r);
void applied_print(const applied *r);

/* ---- command_measure.c ---- */

/* || A - P V^T || / || A || in double precision, outlier channels and exact tokens taken as exact. 0 for A =
 * 0; negative when out of memory. */
double measure_error(const npy_matrix *a, const dcom_parameters *parameters, const dcom_result *result);

#endif
