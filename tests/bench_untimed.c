/* bench_untimed.c - speed of the untimed golden model on one core, against the multiply-add peak of the same
 * run. SPDX-License-Identifier: Apache-2.0
 *
 *     bench_untimed A.bin TOKENS CHANNELS [RANK EXPANSION WARMUP OUTLIERS REPEATS]
 *
 * A.bin: BF16 bits, row-major. Configuration full. Prints one line of key=value; rates in 10^9
 * multiply-adds/s: forward and transpose are passes over A, decompose is the multiply-adds of A's passes over
 * all of the time. */
#ifndef _POSIX_C_SOURCE
#define _POSIX_C_SOURCE 200809L /* clock_gettime */
#endif

#include "../cmodel/dcom.h"
#include "../cmodel/untimed.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#if defined(__x86_64__)
#include <immintrin.h>
#endif

enum { CHAINS = 12, TURNS = 2000000 };
static const dcom_config full = {"full", 16, 16, 8, 8, 256, 256, 24, 2};

static double now(void) {
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec + 1e-9 * (double)t.tv_nsec;
}

static int ascending(const void *a, const void *b) {
    const double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

static double median(double *x, unsigned n) {
    qsort(x, n, sizeof *x, ascending);
    return x[n / 2];
}

/* Independent chains of vector multiply-adds in registers: what the core can do at most. */
#if defined(__x86_64__)
__attribute__((target("avx512f"), noinline)) static double peak_avx512(float *sink) {
    __m512 s[CHAINS], a = _mm512_set1_ps(*sink), b = _mm512_set1_ps(0.5f);
    for (unsigned i = 0; i < CHAINS; i++)
        s[i] = _mm512_set1_ps((float)i);
    double from = now();
    for (unsigned turn = 0; turn < TURNS; turn++) {
#pragma GCC unroll 12
        for (unsigned i = 0; i < CHAINS; i++)
            s[i] = _mm512_fmadd_ps(s[i], a, b);
        __asm__ volatile("" : "+v"(a));
    }
    double seconds = now() - from;
    for (unsigned i = 0; i < CHAINS; i++)
        *sink += _mm512_reduce_add_ps(s[i]) * 1e-30f;
    return 16.0 * CHAINS * TURNS / seconds;
}

__attribute__((target("avx2,fma"), noinline)) static double peak_avx2(float *sink) {
    __m256 s[CHAINS], a = _mm256_set1_ps(*sink), b = _mm256_set1_ps(0.5f);
    for (unsigned i = 0; i < CHAINS; i++)
        s[i] = _mm256_set1_ps((float)i);
    double from = now();
    for (unsigned turn = 0; turn < TURNS; turn++) {
#pragma GCC unroll 12
        for (unsigned i = 0; i < CHAINS; i++)
            s[i] = _mm256_fmadd_ps(s[i], a, b);
        __asm__ volatile("" : "+x"(a));
    }
    double seconds = now() - from;
    for (unsigned i = 0; i < CHAINS; i++)
        *sink += _mm256_cvtss_f32(s[i]) * 1e-30f;
    return 8.0 * CHAINS * TURNS / seconds;
}

static double peak(void) {
    float sink = 0.25f;
    double best = 0;
    for (unsigned i = 0; i < 3; i++) {
        double rate = __builtin_cpu_supports("avx512f") ? peak_avx512(&sink)
                      : __builtin_cpu_supports("fma")   ? peak_avx2(&sink)
                                                        : 0;
        best = rate > best ? rate : best;
    }
    return best;
}
#else
static double peak(void) { return 0; } /* not known */
#endif

/* Median rate of passes in one direction. */
static double pass_rate(engine *e, int forward, unsigned expansion, unsigned repeats) {
    const unsigned longest = e->tokens > e->channels ? e->tokens : e->channels;
    uint16_t *x = malloc((size_t)longest * LANES * sizeof *x);
    float *out = malloc((size_t)longest * LANES * sizeof *out);
    double *seconds = malloc(repeats * sizeof *seconds);
    for (size_t i = 0; i < (size_t)longest * LANES; i++)
        x[i] = (uint16_t)(0x3F80 ^ (i * 40503 & 0x80FF));
    for (unsigned i = 0; i < repeats; i++) {
        double from = now();
        if (forward)
            e->forward(e, REGION_TOKENS, 0, e->tokens, expansion, x, out);
        else
            e->transpose(e, REGION_TOKENS, 0, e->tokens, expansion, x, out);
        seconds[i] = now() - from;
    }
    double rate = (double)e->tokens * e->channels * expansion / median(seconds, repeats);
    free(x), free(out), free(seconds);
    return rate;
}

int main(int argc, char **argv) {
    if (argc < 4) return fprintf(stderr, "usage: bench_untimed A.bin TOKENS CHANNELS [RANK ...]\n"), 2;
    const unsigned tokens = (unsigned)atoi(argv[2]), channels = (unsigned)atoi(argv[3]);
    dcom_parameters p = dcom_defaults();
    if (argc > 4) p.rank = (unsigned)atoi(argv[4]);
    if (argc > 5) p.expansion = (unsigned)atoi(argv[5]);
    if (argc > 6) p.warmup = (unsigned)atoi(argv[6]);
    if (argc > 7) p.outliers = (unsigned)atoi(argv[7]);
    const unsigned repeats = argc > 8 ? (unsigned)atoi(argv[8]) : 15;
    const size_t count = (size_t)tokens * channels;
    uint16_t *a = malloc(count * sizeof *a);
    double *seconds = malloc(repeats * sizeof *seconds);
    FILE *f = fopen(argv[1], "rb");
    if (!f || fread(a, sizeof *a, count, f) != count) return fprintf(stderr, "%s cannot be read\n", argv[1]), 2;
    fclose(f);

    dcom_context *x = NULL;
    dcom_result r = {0};
    dcom_create(&full, &x);
    for (unsigned i = 0; i < repeats; i++) {
        if (dcom_decompose(x, a, tokens, channels, &p, &r)) return fprintf(stderr, "%s\n", dcom_message(x)), 2;
        seconds[i] = r.seconds;
    }
    const double s = median(seconds, repeats), most = peak();
    engine *e;
    untimed_create(&full, NULL, &e);
    e->load(e, a, tokens, channels);
    printf("kernel=%s seconds=%.6f best=%.6f rank=%u passes=%u rounds=%u certificate=%.5f peak=%.1f "
           "forward=%.1f transpose=%.1f decompose=%.1f\n",
           dcom_kernel_name(), s, seconds[0], r.rank, r.passes, r.rounds, r.certificate, most * 1e-9,
           pass_rate(e, 1, p.expansion, 101) * 1e-9, pass_rate(e, 0, p.expansion, 101) * 1e-9,
           (2.0 * r.passes) * (double)count * p.expansion / s * 1e-9);
    untimed_destroy(e), dcom_destroy(x);
    free(a), free(seconds);
    return 0;
}
