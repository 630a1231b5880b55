/* pool.h - worker processes that run tests, several tests in flight to each. SPDX-License-Identifier: Apache-2.0
 *
 * A worker is `BUILD/CONFIG/sim --worker --config GEOMETRY`: a line a test in, a line of JSON a test out, in order.
 * One slot a job; a slot whose configuration has no test left starts the program of another. A worker that dies fails
 * the test that it was at
 * ("crash") and is started again; so does one that is past the test's limit ("timeout"). Only what an outside hand
 * may have done, SIGKILL and its kin, is tried again first: it says nothing of the test. */
#ifndef REGRESS_POOL_H
#define REGRESS_POOL_H

#include "outcome.h"
#include "plan.h"

#include <stddef.h>

typedef struct {
    size_t test; /* the caller's number */
    unsigned config;
    char *line; /* with its newline; the pool frees it */
    const char *name;
    uint32_t seed;
    unsigned limit; /* seconds */
} pool_job;

typedef struct {
    void *user;
    /* A test, of configuration `config` if that is not negative. False: none at the moment. */
    bool (*take)(void *user, int config, pool_job *job);
    /* Not run after all: it is to be taken again. */
    void (*give_back)(void *user, size_t test);
    void (*ended)(void *user, size_t test, const outcome *o);
    /* After each round: what has ended is kept now. False: stop. */
    bool (*round)(void *user);
    /* Tests that nobody has taken. */
    size_t (*waiting)(void *user);
    /* False: not this program. */
    bool (*hello)(void *user, unsigned config, const json_t *hello);
} pool_calls;

/* Runs until nothing is to be taken and nothing is in flight, or until a call says stop; then what is in flight is
 * given up. EXIT_GOOD; EXIT_DIFFERENT: a worker ended badly after its last test; EXIT_WRONG: none could be started.
 */
int pool_run(const pool_calls *calls, const char *build, const plan_config *configs, unsigned jobs);
/* Unix seconds. */
double pool_now(void);

#endif
