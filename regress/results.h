/* results.h - the database of regressions: DIR/results.db, one row a test as it ends. SPDX-License-Identifier:
 * Apache-2.0
 *
 * SQLite with a write-ahead log: what is committed outlives kill -9 of any process, and several processes of one host
 * may write at once. A test that is being run is claimed by a lock on a byte of DIR/claims, which goes with its
 * process: two runners of one regression share the tests, and what a killed one was at is free again. Rows are
 * idempotent besides. Each function that can fail returns EXIT_GOOD, or EXIT_WRONG after one line. */
#ifndef REGRESS_RESULTS_H
#define REGRESS_RESULTS_H

#include "outcome.h"
#include "plan.h"

#include <sqlite3.h>

enum { REGRESSION_NAME = 64, RESULTS_SCHEMA = 1 };

typedef struct {
    sqlite3 *db;
    sqlite3_stmt *seen, *insert;
    char *path;
    char regression[REGRESSION_NAME]; /* the one at hand */
    int claims;
    uint64_t claim_base;
} results;

/* What tells one regression from another. */
typedef struct {
    const char *cases, *tier, *tags, *options; /* options: all else that decides what is run, and the programs */
    const char *launcher;
    uint32_t seed;
    size_t planned;
    unsigned jobs;
} regression_key;

/* Opens, or with `create` makes, DIR/results.db. */
int results_open(results *r, const char *folder, bool create);
void results_close(results *r);
/* One statement or more, without an answer. */
int results_do(results *r, const char *sql);
/* A prepared statement, its parameters bound as `types` says: s text, i int64_t, d double. NULL after one line. */
sqlite3_stmt *results_ask(results *r, const char *sql, const char *types, ...);
/* The next row; false at the end, or after one line, and then *status is EXIT_WRONG. At the end the statement is
 * done. */
bool results_row(results *r, sqlite3_stmt **statement, int *status);

/* A transaction of its own, which others wait for. */
int results_begin(results *r);
int results_commit(results *r);

/* The last regression, or with `unfinished` the last that began like this and has not ended: name and seed. An empty
 * name: none. `key` NULL: any. */
int results_last(results *r, const regression_key *key, bool unfinished, char name[REGRESSION_NAME], uint32_t *seed,
                 char options[512]);
/* Goes on with the regression `name`, or begins it. `name` empty: one is made of time and seed. */
int results_regression(results *r, const char *name, const regression_key *key, const plan *p);
/* What a worker says of itself when it starts; another commit than the regression's is an error. */
int results_config(results *r, const dcom_config *config, const json_t *hello);

/* Whether nobody else is at this test; and how it has ended, if it has: 1 pass, 0 fail, -1 not. */
bool results_claim(results *r, size_t test);
void results_unclaim(results *r, size_t test);
int results_verdict(results *r, const char *name, uint32_t seed, int *verdict);
/* Adds the row. */
int results_record(results *r, const char *name, uint32_t seed, const outcome *o, const char *again);
/* A case with seeds whose runs have one stimulus: the second fails, "seeds". Then, if every planned test has its row,
 * the regression has ended. */
int results_finish(results *r);

#endif
