/* accelerator_sim.c - `make sim`: the whole accelerator, driven by a host on its AXI ports alone.
 * SPDX-License-Identifier: Apache-2.0 */
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include "command.h"
#include "csr.h"
#include "faults.h"
#include "host.h"
#include "predict.h"
#include "sim.h"
#include "timing.h"
#include "worker.h"

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
    prediction load, decompose;
    bool predicted;
} driver;

static void run(sim_run *r) {
    driver *d = r->driver = calloc(1, sizeof *d);
    r->status = d ? DCOM_OK : DCOM_E_MEMORY;
    if (r->status) return;
    host *h = &d->host;
    r->status = host_init(h, r->config, r->stall, r->stall_seed, r->clock, r->user);
    if (!r->status)
        r->status =
            host_decompose(h, r->a->bits, (unsigned)r->a->rows, (unsigned)r->a->columns, r->parameters, &r->result);
    if (!r->status) r->status = host_counters(h, r->counters, &r->counter_count);
    snprintf(r->message, sizeof r->message, "%s", h->message);
    r->clocks = h->clocks;
}

static void release(sim_run *r) {
    driver *d = r->driver;
    if (d) host_release(&d->host);
    free(d);
    r->driver = NULL;
}

/* The counters of the unit that begins at `first`: where the next one begins, and their sum. */
static unsigned end_of_unit(const sim_run *r, unsigned first, uint64_t *sum) {
    unsigned end = first;
    for (*sum = 0; end < COUNTED && !strcmp(counted[end].unit, counted[first].unit); end++)
        *sum += r->counters[end];
    return end;
}

static bool check_units(const sim_run *r) {
    bool good = true;
    uint64_t sum;
    for (unsigned k = 1; k < COUNTED;) {
        k = end_of_unit(r, k, &sum);
        good &= sum == r->counters[0];
    }
    return good;
}

static void report_units(const sim_run *r) {
    uint64_t sum;
    for (unsigned k = 1, end; k < COUNTED; k = end) {
        end = end_of_unit(r, k, &sum);
        printf("%s %-12s", k == 1 ? "counters     " : "             ", counted[k].unit);
        for (unsigned n = k; n < end; n++)
            printf("%s %s %" PRIu64, n > k ? "," : "", counted[n].kind, r->counters[n]);
        printf("%s\n", sum == r->counters[0] ? "" : "  NOT all clocks");
    }
}

/* The formulas of predict.c against the sequencer's counters: LOAD and DECOMPOSE. What a host keeps waiting is not in
 * them; if it is late with the last beat, the selection finds the statistics still at it, for a clock. */
static bool stalled(const sim_run *r) {
    const stall_profile none = {0};
    return memcmp(&r->stall, &none, sizeof none) != 0;
}

static uint64_t predicted(const sim_run *r, unsigned activity) {
    const driver *d = r->driver;
    return d->load.clocks[activity] + d->decompose.clocks[activity];
}

typedef enum { UNJUDGED, EXACT, WRONG } judged;

static judged judge_activity(const sim_run *r, unsigned activity) {
    const uint64_t count = r->counters[1 + activity], clocks = predicted(r, activity);
    if (stalled(r) && (activity == ACTIVITY_STREAM_IN || activity == ACTIVITY_STREAM_OUT)) return UNJUDGED;
    if (stalled(r) && activity == ACTIVITY_SELECT && clocks + 1 == count) return UNJUDGED;
    return clocks == count ? EXACT : WRONG;
}

static bool check_prediction(sim_run *r) {
    driver *d = r->driver;
    const unsigned tokens = (unsigned)r->a->rows, channels = (unsigned)r->a->columns;
    d->predicted = predict_run(r->config, r->a->bits, tokens, channels, r->parameters, &d->decompose) == DCOM_OK;
    predict_load(r->config, tokens, channels, r->parameters, &d->load);
    r->macs = d->decompose.macs;
    bool good = d->predicted;
    for (unsigned k = ACTIVITY_STREAM_IN; k < ACTIVITIES; k++)
        good = good && judge_activity(r, k) != WRONG;
    return good;
}

static void report_prediction(const sim_run *r) {
    const driver *d = r->driver;
    bool good = true;
    uint64_t sum = 0;
    if (!d->predicted) {
        printf("prediction    out of memory\n");
        return;
    }
    for (unsigned k = ACTIVITY_STREAM_IN; k < ACTIVITIES; k++) {
        const judged j = judge_activity(r, k);
        if (j == WRONG)
            printf("prediction    %s: %" PRIu64 " clocks predicted, %" PRIu64 " counted\n", counted[1 + k].kind,
                   predicted(r, k), r->counters[1 + k]);
        good &= j != WRONG;
        if (j != UNJUDGED) sum += predicted(r, k);
    }
    printf("prediction    %" PRIu64 " clocks of LOAD and DECOMPOSE%s: %s\n", sum, stalled(r) ? ", streams apart" : "",
           good ? "exact" : "WRONG");
}

static bool check_all(sim_run *r) {
    const bool units = check_units(r);
    return check_prediction(r) && units;
}

static void report_all(const sim_run *r) {
    report_units(r);
    report_prediction(r);
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
                              .exact_tokens = CSR_EXACT_TOKENS,
                              .run = run,
                              .release = release,
                              .check = check_all,
                              .report = report_all,
                              .bench = bench,
                              .worker = worker_run,
                              .campaign = faults_run};

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
