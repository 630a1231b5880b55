/* command_watch.c - one thread beside the work: stage and seconds on a terminal, and no folder left after a
 * signal. SPDX-License-Identifier: Apache-2.0
 *
 * While it runs the output folder is still empty. Afterwards the signals stay blocked, so that files are
 * written and renamed as a whole. */
#include "command.h"

#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>

struct watch {
    pthread_t thread;
    const output_folder *folder;
    bool visible;
    _Atomic(const char *) stage;
};

/* SIGUSR1 ends the watch. All four are blocked in every thread and waited for here. */
static sigset_t watched(void) {
    sigset_t set;
    sigemptyset(&set);
    sigaddset(&set, SIGINT);
    sigaddset(&set, SIGTERM);
    sigaddset(&set, SIGHUP);
    sigaddset(&set, SIGUSR1);
    return set;
}

static void clear_line(bool shown) {
    if (shown) fputs("\r\33[K", stderr);
}

static void *look(void *argument) {
    const watch *w = argument;
    const sigset_t set = watched();
    const struct timespec second = {1, 0};
    for (unsigned seconds = 1;; seconds++) {
        const int got = sigtimedwait(&set, NULL, &second);
        const char *stage = atomic_load(&w->stage);
        if (got == SIGUSR1) {
            clear_line(w->visible && seconds > 1);
            return NULL;
        }
        if (got > 0) { /* LCOV_EXCL_START tests/test_cli.sh sends one, but what ends by _exit() leaves no counts */
            clear_line(w->visible && seconds > 1);
            output_folder folder = *w->folder;
            output_end(&folder);
            _exit(128 + got);
        } /* LCOV_EXCL_STOP */
        if (w->visible && stage) fprintf(stderr, "\r\33[K%s, %u s", stage, seconds);
    }
}

watch *watch_begin(const output_folder *folder, bool visible) {
    const sigset_t set = watched();
    watch *w = calloc(1, sizeof *w);
    if (!w) return NULL;
    w->folder = folder;
    w->visible = visible && isatty(STDERR_FILENO);
    pthread_sigmask(SIG_BLOCK, &set, NULL);
    if (pthread_create(&w->thread, NULL, look, w) != 0) {
        pthread_sigmask(SIG_UNBLOCK, &set, NULL);
        free(w);
        return NULL;
    }
    return w;
}

void watch_stage(watch *w, const char *stage) {
    if (w) atomic_store(&w->stage, stage);
}

void watch_end(watch *w) {
    if (!w) return;
    pthread_kill(w->thread, SIGUSR1);
    pthread_join(w->thread, NULL);
    free(w);
}
