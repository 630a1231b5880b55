/* cases.h - a table of cases: what is decomposed, how, and why. For golden vectors and for regressions.
 * SPDX-License-Identifier: Apache-2.0
 *
 * A line a case:  NAME INPUT [KEY=VALUE ...] : reason
 * NAME is of letters, digits and _ - .; INPUT a .npy file or a generator, as noise(64,64) (generate.h). KEYs: the run
 * options of `dcom decompose` without their dashes (rank, expansion, warmup, outliers, exact-tokens, tolerance, seed,
 * config), and
 *   stall=none|light|heavy|C,W,V,R   stall-seed=N   the handshakes of the timed run
 *   seeds=A..B | A,B,... | draw:N                   a test for each seed; drawn from the regression's seed
 * (case_draw) expect=WORD,...                                 what must come of it (below); of a planted fault:
 * divergence trace=yes|no                                    golden vectors: whether the trace of the ports is wanted
 *   run=lockstep|timed|untimed                      regressions: RTL and timed model on every clock, and the result
 *                                                   against the untimed model (default); timed against untimed; the
 *                                                   untimed model and `expect` alone
 *   tier=short|medium|long   tags=A,B   features=A,B   limit=SECONDS
 *                                                   regressions: when, what for, what it shows of the test plan, and
 *                                                   the time after which it has failed (60)
 *   fault=NAME:WORD:BIT@CLOCK                       regressions: a bit turned over on that clock (lockstep.h)
 * seed is that of the start block and of the generator. Lines that begin with # and empty lines say nothing. */
#ifndef DCOM_CASES_H
#define DCOM_CASES_H

#include "command.h"
#include "generate.h"
#include "stall.h"

enum { CASE_NAME = 64 };

typedef enum { CASE_LOCKSTEP, CASE_TIMED, CASE_UNTIMED } case_kind;
typedef enum { CASE_SHORT, CASE_MEDIUM, CASE_LONG } case_tier;

/* A bit that is turned over on clock `clock`; name "": none. */
typedef struct {
    char name[160]; /* dotted, of a register, memory or port; after model: of the model's */
    unsigned word, bit;
    uint64_t clock;
} case_fault;

typedef struct {
    char name[CASE_NAME];
    char *input, *reason, *expect, *tags, *features; /* the case's; "" where nothing is said */
    char *geometry;                                  /* the configuration's name or file, as it was given */
    bool generated;
    generator generator; /* if generated */
    char sha256[65];     /* of a file: what its BF16 bits must have; "": anything */
    char *found;         /* where the file is read from; NULL: `input` */
    run_options run;     /* its exact tokens are the case's */
    dcom_config config;  /* what run.config names */
    stall_profile stall;
    uint32_t stall_seed;
    bool trace;
    case_kind kind;
    case_tier tier;
    unsigned limit; /* seconds */
    case_fault fault;
    bool told;     /* that it is reported is what is expected */
    unsigned line; /* of its table */
} run_case;

typedef struct {
    run_case *at;
    size_t count;
} case_list;

/* A case with the usual values, of configuration small. */
run_case case_usual(void);
/* A copy with its own strings and tokens. False: out of memory; to be released even then. */
bool case_copy(run_case *to, const run_case *from);
void case_release(run_case *c);
/* Letters, digits, _ - . and not too long: also a folder's name. */
bool case_is_name(const char *name);
/* The words of the table. */
const char *case_kind_name(case_kind kind);
const char *case_tier_name(case_tier tier);
/* Sets what KEY names, but for seeds. EXIT_GOOD; EXIT_WRONG: `message` begins with the key; -1: no such key. */
int case_set(run_case *c, const char *key, const char *value, char message[256]);
/* Sets the input: a generator, or a file. EXIT_GOOD or EXIT_WRONG. */
int case_set_input(run_case *c, const char *text, char message[256]);
/* The matrix: generated with the case's seed, or read. EXIT_GOOD or EXIT_WRONG; npy_release() after EXIT_GOOD. */
int case_matrix(const run_case *c, npy_matrix *a, char message[256]);
/* The first word of `expect` that is not so, or NULL. Words: a stop reason (rank, tolerance, deflated, noise,
 * overflow), flag-overflow, flag-nan, flag-uncertified, no-flags, rank:N, deflations, rounds (at least one). */
const char *case_unmet(const run_case *c, const dcom_result *result, char word[CASE_NAME]);
/* Seed number k of a case whose seeds are drawn: hash3(seed of the regression, FNV-1a of the case's name, k). No two
 * k give the same. */
uint32_t case_draw(uint32_t seed, const char *name, unsigned k);

/* How a table is read. */
typedef struct {
    const run_case *usual; /* each case begins as a copy of it */
    bool with_reasons;     /* a case without a reason is wrong */
    bool tests;            /* for a regression: cases of one line share their name and have seeds of their own.
                            * Otherwise they are called NAME-SEED, of four digits at least, and no fault is taken */
    uint32_t seed;         /* of the regression */
    unsigned draws;        /* seeds to draw instead of a table's draw:N; 0: N */
} case_reading;

/* Reads a table. EXIT_GOOD, or EXIT_WRONG after one line that names file, line and word; the caller releases the list
 * after EXIT_GOOD. */
int cases_read(const char *path, const case_reading *how, case_list *list);
void cases_release(case_list *list);
/* Reads one line of a table, of one seed. EXIT_GOOD: `c` is the caller's; EXIT_WRONG: `message`, and c->name, if the
 * line has one, else "". */
int case_read(const char *line, const run_case *usual, run_case *c, char message[256]);
/* That line again: all that decides what is run and how it is judged. The caller frees it; NULL: out of memory. */
char *case_text(const run_case *c);
/* One line of shell that runs the case again in a clone of the repository. The caller frees it; NULL: out of memory.
 */
char *case_command(const run_case *c);

#endif
