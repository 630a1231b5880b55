/* progress.c - how far a regression is: a line that changes on a terminal, a line now and then elsewhere.
 * SPDX-License-Identifier: Apache-2.0 */
#include "pool.h"
#include "regress.h"

#include <unistd.h>

progress progress_begin(size_t planned, bool quiet) {
    const bool terminal = isatty(STDERR_FILENO);
    return (progress){
        .planned = planned, .began = pool_now(), .shown = pool_now(), .terminal = terminal, .quiet = quiet};
}

void progress_show(progress *p) {
    const double now = pool_now(), spent = now - p->began;
    const size_t here = p->done - p->before;
    if (p->quiet || now - p->shown < (p->terminal ? 0.1 : 10)) return;
    p->shown = now;
    const double left = here ? spent / (double)here * (double)(p->planned - p->done) : 0;
    fprintf(stderr, "%s%zu of %zu, %zu failed, %.0f/s, %.0f:%02.0f to go%s", p->terminal ? "\r\33[K" : "", p->done,
            p->planned, p->failed, spent > 0 ? (double)here / spent : 0, (double)((long)left / 60),
            (double)((long)left % 60), p->terminal ? "" : "\n");
}

void progress_clear(progress *p) {
    if (p->terminal && !p->quiet) fputs("\r\33[K", stderr);
}
