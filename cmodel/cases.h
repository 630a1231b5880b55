/* cases.h - a table of cases: what is decomposed, how, and why. For golden vectors and for regressions.
 * SPDX-License-Identifier: Apache-2.0
 *
 * A line a case:  NAME INPUT [KEY=VALUE ...] : reason
 * NAME is of letters, digits and _ - .; INPUT a .npy file or a generator, as noise(64,64) (generate.h). KEYs: the run
 * options of `dcom decompose` without their dashes (rank, expansion, warmup, outliers, exact-tokens, tolerance, seed,
 * config), and
 *   stall=none|light|heavy|C,W,V,R   stall-seed=N   the handshakes of the timed run
 *   trace=yes|no                                    whether its trace is wanted
 *   seeds=A..B                                      a case for each seed: NAME-0001 for 1
 *   expect=WORD,...                                 what must come of it (below)
 * seed is that of the start block and of the generator. Lines that begin with # and empty lines say nothing. */
#ifndef DCOM_CASES_H
#define DCOM_CASES_H

#include "command.h"
#include "generate.h"
#include "stall.h"

enum { CASE_NAME = 64 };

typedef struct {
    char name[CASE_NAME];
    char *input, *reason, *expect; /* the case's; "" where nothing is said */
    bool generated;
    generator generator; /* if generated */
    char sha256[65];     /* of a file: what its BF16 bits must have; "": anything */
    char *found;         /* where the file is read from; NULL: `input` */
    run_options run;     /* its exact tokens are the case's */
    dcom_config config;  /* what run.config names */
    stall_profile stall;
    uint32_t stall_seed;
    bool trace;
} run_case;

typedef struct {
    run_case *at;
    size_t count;
} case_list;

/* A case with the usual values. */
run_case case_usual(void);
/* A copy with its own strings and tokens. False: out of memory; to be released even then. */
bool case_copy(run_case *to, const run_case *from);
void case_release(run_case *c);
/* Letters, digits, _ - . and not too long: also a folder's name. */
bool case_is_name(const char *name);
/* Sets what KEY names. EXIT_GOOD; EXIT_WRONG: `message` begins with the key; -1: no such key. */
int case_set(run_case *c, const char *key, const char *value, char message[256]);
/* Sets the input: a generator, or a file. EXIT_GOOD or EXIT_WRONG. */
int case_set_input(run_case *c, const char *text, char message[256]);
/* The first word of `expect` that is not so, or NULL. Words: a stop reason (rank, tolerance, deflated, noise,
 * overflow), flag-overflow, flag-nan, flag-uncertified, no-flags, rank:N, deflations, rounds (at least one). */
const char *case_unmet(const run_case *c, const dcom_result *result, char word[CASE_NAME]);
/* Reads a table; each case begins as a copy of `usual`. EXIT_GOOD, or EXIT_WRONG after one line that names file, line
 * and word; the caller releases the list after EXIT_GOOD. `with_reasons`: a case without a reason is wrong. */
int cases_read(const char *path, const run_case *usual, bool with_reasons, case_list *list);
void cases_release(case_list *list);

#endif
