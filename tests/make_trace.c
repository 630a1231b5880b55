/* make_trace.c - a trace of the model decomposing the corner of a matrix.
 *   make_trace CONFIG A.npy TOKENS CHANNELS RANK STALLS SEED FILE [CLOCK OUTPUT BIT]
 * Says the clocks, the bytes and the clocks a second with and without writing. CLOCK OUTPUT BIT: this bit of the
 * expectation is stored flipped; OUTPUT `end`: the trace ends there.
 * SPDX-License-Identifier: Apache-2.0 */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include "../cmodel/host.h"
#include "../cmodel/npy.h"
#include "../cmodel/trace.h"

typedef struct {
    dcom_accelerator *model;
    trace_writer *trace; /* may be NULL */
    uint64_t clock, fault_clock;
    const char *fault_output;
    unsigned fault_bit;
} bench;

static dcom_accelerator_out flipped(dcom_accelerator_out out, const char *name, unsigned bit) {
#define IN(field, bits)
#define OUT(field, bits)                                                                                             \
    if (!strcmp(name, #field)) ((uint8_t *)&out.field)[bit / 8] ^= (uint8_t)(1 << bit % 8);
    TRACE_SIGNALS(IN, OUT)
#undef IN
#undef OUT
    return out;
}

static int clock_edge(void *user, const void *in, void *out) {
    bench *b = user;
    dcom_accelerator_step(b->model, in);
    dcom_accelerator_read(b->model, out);
    if (!b->trace) return 0;
    if (++b->clock > b->fault_clock && b->fault_clock && !strcmp(b->fault_output, "end")) return 0;
    if (b->clock != b->fault_clock) return trace_put(b->trace, in, out);
    const dcom_accelerator_out wrong = flipped(*(const dcom_accelerator_out *)out, b->fault_output, b->fault_bit);
    return trace_put(b->trace, in, &wrong);
}

static int stop(const char *what) {
    fprintf(stderr, "make_trace: %s\n", what);
    return 2;
}

static double now(void) {
    struct timespec t;
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t);
    return (double)t.tv_sec + 1e-9 * (double)t.tv_nsec;
}

int main(int argc, char **argv) {
    char message[256];
    dcom_config config;
    npy_matrix a;
    stall_profile stall;
    static host h;
    double seconds[2];
    uint64_t clocks, bytes;
    if (argc != 9 && argc != 12) return stop("CONFIG A.npy TOKENS CHANNELS RANK STALLS SEED FILE [CLOCK OUTPUT BIT]");
    if (dcom_config_named(argv[1], &config, message) || npy_read(argv[2], &a, message)) return stop(message);
    const unsigned tokens = (unsigned)atoi(argv[3]), channels = (unsigned)atoi(argv[4]);
    if (tokens > a.rows || channels > a.columns || stall_profile_parse(argv[6], &stall)) return stop("arguments");
    for (size_t t = 0; t < tokens; t++)
        memmove(a.bits + t * channels, a.bits + t * a.columns, channels * sizeof *a.bits);
    dcom_parameters p = dcom_defaults();
    p.rank = (unsigned)atoi(argv[5]);
    if (p.outliers >= channels) p.outliers = channels - 1;
    for (int traced = 0; traced < 2; traced++) {
        bench b = {.fault_clock = argc > 9 ? strtoull(argv[9], NULL, 0) : 0,
                   .fault_output = argc > 9 ? argv[10] : NULL,
                   .fault_bit = argc > 9 ? (unsigned)atoi(argv[11]) : 0};
        dcom_result result;
        const double begin = now();
        if (dcom_accelerator_create(&config, &b.model)) return stop("configuration");
        if (traced && !(b.trace = trace_create(argv[8], &config, message))) return stop(message);
        dcom_status status = host_init(&h, &config, stall, (uint32_t)strtoul(argv[7], NULL, 0), clock_edge, &b);
        if (!status) status = host_decompose(&h, a.bits, tokens, channels, &p, &result);
        if (traced && trace_finish(b.trace, &clocks, &bytes, message)) return stop(message);
        if (status) return stop(h.message);
        seconds[traced] = now() - begin;
        host_release(&h);
        dcom_accelerator_destroy(b.model);
    }
    printf("%" PRIu64 " clocks, %" PRIu64 " bytes: %.2f bytes a clock; %.0f clocks/s written, %.0f not written\n",
           clocks, bytes, (double)bytes / (double)clocks, (double)clocks / seconds[1], (double)clocks / seconds[0]);
    npy_release(&a);
    return 0;
}
