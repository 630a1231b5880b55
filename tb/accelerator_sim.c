/* accelerator_sim.c - `make sim`: the whole accelerator, driven by a host on its AXI ports alone.
 * SPDX-License-Identifier: Apache-2.0 */
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include "command.h"
#include "csr.h"
#include "host.h"
#include "predict.h"
#include "sim.h"
#include "timing.h"

/* ---- counters: of every unit, each clock on which anything is at work is of one kind ---- */

static const struct {
    const char *unit, *kind;
} counted[] = {{"", "cycle"},
#define COUNTER(unit, kind) {unit, kind},
               ACCELERATOR_COUNTERS(COUNTER)
#undef COUNTER
};
enum { COUNTED = sizeof counted / sizeof counted[0] };

typedef struct {
    host host;
    uint64_t counters[HOST_COUNTERS];
    unsigned counter_count;
} driver;

/* What the registers would refuse with a number only. */
static dcom_status check(sim_run *r) {
    dcom_context *context = NULL;
    dcom_status status = dcom_create(r->config, &context);
    if (!status) status = dcom_check(context, r->a->rows, r->a->columns, r->parameters);
    if (status) snprintf(r->message, sizeof r->message, "%s", context ? dcom_message(context) : "out of memory");
    dcom_destroy(context);
    if (status || r->parameters->exact_token_count <= CSR_EXACT_TOKENS) return status;
    snprintf(r->message, sizeof r->message, "%u exact tokens: the accelerator takes at most %d",
             r->parameters->exact_token_count, CSR_EXACT_TOKENS);
    return DCOM_E_ARGUMENT;
}

static void run(sim_run *r) {
    driver *d = r->driver = calloc(1, sizeof *d);
    r->status = d ? check(r) : DCOM_E_MEMORY;
    if (r->status) return;
    host *h = &d->host;
    r->status = host_init(h, r->config, r->stall, r->stall_seed, r->clock, r->lockstep);
    if (!r->status)
        r->status =
            host_decompose(h, r->a->bits, (unsigned)r->a->rows, (unsigned)r->a->columns, r->parameters, &r->result);
    if (!r->status) r->status = host_counters(h, d->counters, &d->counter_count);
    snprintf(r->message, sizeof r->message, "%s", h->message);
    r->clocks = h->clocks;
}

static void release(sim_run *r) {
    driver *d = r->driver;
    if (d) host_release(&d->host);
    free(d);
    r->driver = NULL;
}

static bool report_units(const driver *d) {
    bool good = true;
    for (unsigned k = 1, end; k < COUNTED; k = end) {
        uint64_t sum = 0;
        printf("%s %-12s", k == 1 ? "counters     " : "             ", counted[k].unit);
        for (end = k; end < COUNTED && !strcmp(counted[end].unit, counted[k].unit); end++) {
            printf("%s %s %" PRIu64, end > k ? "," : "", counted[end].kind, d->counters[end]);
            sum += d->counters[end];
        }
        printf("%s\n", sum == d->counters[0] ? "" : "  NOT all clocks");
        good &= sum == d->counters[0];
    }
    return good;
}

/* The formulas of predict.c against the sequencer's counters: LOAD and DECOMPOSE. What a host keeps waiting is not in
 * them; if it is late with the last beat, the selection finds the statistics still at it, for a clock. */
static bool report_prediction(const sim_run *r) {
    const driver *d = r->driver;
    const uint64_t *count = d->counters + 1;
    const stall_profile none = {0};
    const bool stalled = memcmp(&r->stall, &none, sizeof none) != 0;
    prediction load, p;
    bool good = true;
    if (predict_run(r->config, r->a->bits, (unsigned)r->a->rows, (unsigned)r->a->columns, r->parameters, &p)) {
        printf("prediction    out of memory\n");
        return false;
    }
    predict_load(r->config, (unsigned)r->a->rows, (unsigned)r->a->columns, r->parameters, &load);
    uint64_t sum = 0;
    for (unsigned k = (unsigned)ACTIVITY_STREAM_IN; k < ACTIVITIES; k++) {
        const uint64_t predicted = load.clocks[k] + p.clocks[k];
        if (stalled && (k == ACTIVITY_STREAM_IN || k == ACTIVITY_STREAM_OUT)) continue;
        if (stalled && k == ACTIVITY_SELECT && predicted + 1 == count[k]) continue;
        if (predicted != count[k])
            printf("prediction    %s: %" PRIu64 " clocks predicted, %" PRIu64 " counted\n", counted[1 + k].kind,
                   predicted, count[k]);
        good &= predicted == count[k];
        sum += predicted;
    }
    printf("prediction    %" PRIu64 " clocks of LOAD and DECOMPOSE%s: %s\n", sum, stalled ? ", streams apart" : "",
           good ? "exact" : "WRONG");
    return good;
}

static bool report_counters(const sim_run *r) {
    const bool units = report_units(r->driver);
    return report_prediction(r) && units;
}

/* ---- --bench: whole decompositions, in turn, so that the drift of a shared machine touches all alike ---- */

enum { ROUNDS_MAX = 1000, MODES = 3 };

static int bench(const dcom_config *config, unsigned rounds);

static const sim_kind kind = {.name = "sim",
                              .doc =
                                  "Decomposes A on the golden model of the accelerator and on the Verilated RTL in "
                                  "lockstep, over AXI: every register and port compared on every clock, every "
                                  "memory at the end of passes and packets.",
                              .design = &accelerator_design,
                              .run = run,
                              .release = release,
                              .report = report_counters,
                              .bench = bench};

static int bench(const dcom_config *config, unsigned rounds) {
    static const lockstep_mode modes[MODES] = {LOCKSTEP_RTL, LOCKSTEP_MODEL, LOCKSTEP_PARALLEL};
    static const char *const names[MODES] = {"RTL alone", "model alone", "lockstep"};
    static double times[MODES][ROUNDS_MAX], ratios[ROUNDS_MAX];
    char message[256];
    npy_matrix a = {.rows = config->cluster_rows * config->tile_tokens,
                    .columns = config->cluster_columns * config->tile_channels};
    dcom_parameters p = dcom_defaults();
    int status = EXIT_GOOD;
    if (p.rank > a.rows) p.rank = (unsigned)a.rows;
    a.bits = timing_matrix(a.rows * a.columns);
    if (!a.bits) return command_error("out of memory");
    for (unsigned k = 0; k < rounds && !status; k++) {
        for (unsigned m = 0; m < MODES && !status; m++) {
            lockstep l;
            sim_run r = {.config = config, .a = &a, .parameters = &p};
            if (lockstep_open(&l, &accelerator_design, config, message)) {
                status = command_error("%s", message);
                break;
            }
            l.mode = modes[m];
            const double begin = sim_now();
            sim_decompose(&kind, &l, &r);
            times[m][k] = (sim_now() - begin) / (double)r.clocks;
            if (m == 2 && lockstep_finish(&l)) {
                printf("the two sides differ: run make sim\n");
                status = EXIT_DIFFERENT;
            } else if (r.status) {
                status = command_error("%s", r.message);
            }
            release(&r);
            lockstep_close(&l);
        }
        ratios[k] = times[2][k] / times[0][k];
        fprintf(stderr, "bench: round %u of %u\n", k + 1, rounds);
    }
    free(a.bits);
    if (status) return status;
    printf("%-28s %12s %10s\n", config->name, "clocks/s", "us/clock");
    for (unsigned m = 0; m < MODES; m++) {
        const double t = timing_median(times[m], rounds);
        printf("%-28s %12.0f %10.2f\n", names[m], 1 / t, t * 1e6);
    }
    printf("lockstep over RTL alone      %12.3f x, median of %u pairs\n", timing_median(ratios, rounds), rounds);
    return EXIT_GOOD;
}

int main(int argc, char **argv) { return sim_main(&kind, argc, argv); }
