/* array_sim.c - the unit bench of the cluster array: edges, scalar unit, loader and sequencer are C (timed_engine.c)
 * and drive the array's ports. SPDX-License-Identifier: Apache-2.0 */
#include <inttypes.h>
#include <stdlib.h>
#include "array_bench.h"

typedef struct {
    timed_engine engine;
    array_seat seat;
    dcom_context *context;
} driver;

static void run(sim_run *r) {
    driver *d = r->driver = calloc(1, sizeof *d);
    r->status = DCOM_E_MEMORY;
    snprintf(r->message, sizeof r->message, "the model cannot be made");
    if (!d) return;
    d->seat = (array_seat){r->clock, r->user};
    r->status = timed_engine_init(&d->engine, r->config, r->stall, r->stall_seed, array_clock, &d->seat);
    if (!r->status) r->status = dcom_create_on(r->config, &d->engine.base, &d->context);
    if (r->status) return;
    r->status = dcom_decompose(d->context, r->a->bits, r->a->rows, r->a->columns, r->parameters, &r->result);
    snprintf(r->message, sizeof r->message, "%s", dcom_message(d->context));
    r->clocks = d->engine.clocks;
}

static void release(sim_run *r) {
    driver *d = r->driver;
    if (d) dcom_destroy(d->context);
    free(d);
}

static void report_passes(const sim_run *r) {
    const driver *d = r->driver;
    printf("passes        on %" PRIu64 " of %" PRIu64 " clocks\n", d->engine.busy, r->clocks);
}

int main(int argc, char **argv) {
    static const sim_kind kind = {.name = "array_sim",
                                  .doc = "Decomposes A on the golden model of the cluster array and on the Verilated "
                                         "array in lockstep: every register and port compared on every clock, every "
                                         "memory at the end of each pass.",
                                  .design = &array_design,
                                  .run = run,
                                  .release = release,
                                  .report = report_passes,
                                  .bench = array_bench};
    return sim_main(&kind, argc, argv);
}
