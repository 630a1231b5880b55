/* test_apply.c - APPLY: its sums against written-out ones, the timed engine against the untimed, and two layers
 * against the direct product, within what the certificate promises. SPDX-License-Identifier: Apache-2.0
 *
 * Run in the repository's root (reads tests/data). SEED=N repeats a run. DCOM_DATA=DIR (../shared/data): real
 * weights.
 *
 *     test_apply judge A.npy DIR [W.npy DIR]...
 *
 * judges folders of the command instead: DIR of `dcom decompose A.npy`, then of `dcom apply` with each weight in
 * turn. */
#include "apply_judge.h"

#include "../cmodel/fp.h"
#include "../cmodel/timed_engine.h"

#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#if defined(__SSE__)
#include <xmmintrin.h>
#endif

/* ---- material ---- */

static uint32_t seed = 1, random_state;

static uint32_t random_bits(void) {
    random_state ^= random_state << 13, random_state ^= random_state >> 17, random_state ^= random_state << 5;
    return random_state;
}
static unsigned below(unsigned n) { return random_bits() % n; }

/* Each case has numbers of its own, whatever runs before it. */
static void begin(int number) {
    random_state = (seed * 0x9E3779B9u ^ (unsigned)(number + 1) * 0x85EBCA6Bu) | 1;
    for (int k = 0; k < 8; k++)
        random_bits();
}

/* Over 14 binades, so that the order of a sum is seen in its bits; one time in `rare` any finite value at all, the
 * smallest and largest first. */
static uint16_t random_bf16(unsigned rare) {
    static const uint16_t special[] = {0, 0x8000, 1, 0x8001, 0x007F, 0x0080, 0x7F7F, 0xFF7F, 0x5F80, 0xDF80};
    uint32_t r = random_bits();
    if (rare && r % rare == 0) {
        const uint16_t any = (r >> 8 & 1) ? special[(r >> 9) % 10] : (uint16_t)(r >> 16);
        return (any & 0x7F80) == 0x7F80 ? 0x3F80 : any;
    }
    return (uint16_t)((r & 0x807F) | (0x72 + (r >> 20) % 14) << 7);
}

static uint16_t *random_matrix(size_t count, unsigned rare) {
    uint16_t *a = malloc(count * sizeof *a + 1);
    for (size_t i = 0; i < count; i++)
        a[i] = random_bf16(rare);
    return a;
}

static uint32_t bits_of(float x) {
    uint32_t u;
    memcpy(&u, &x, sizeof u);
    return u;
}

enum { TILE = 16 };

static dcom_config geometry(unsigned rows, unsigned columns, unsigned stages) {
    return (dcom_config){"test", rows, columns, MAC_ROWS, LANES, TILE, TILE, 8, stages};
}

static const unsigned shapes[][2] = {{1, 1}, {2, 3}, {4, 2}, {3, 1}, {1, 4}, {5, 2}};
enum { SHAPES = sizeof shapes / sizeof shapes[0] };

/* A layer and what comes out of it. */
typedef struct {
    size_t rows, channels, outputs;
    uint16_t *factor, *weights, *operand;
    float *sums;
    unsigned flags;
} job;

static job new_job(size_t rows, size_t channels, size_t outputs, unsigned rare) {
    return (job){rows,
                 channels,
                 outputs,
                 random_matrix(rows * channels, rare),
                 random_matrix(outputs * channels, rare),
                 malloc(rows * outputs * sizeof(uint16_t)),
                 malloc(rows * outputs * sizeof(float)),
                 0x55};
}

/* Up to 5 tiles of channels by up to 3 of outputs. */
static job random_job(const dcom_config *c, unsigned rare) {
    return new_job(1 + below(20), 1 + below(5 * c->cluster_rows * TILE), 1 + below(3 * c->cluster_columns * TILE),
                   rare);
}

static void free_job(job *j) { free(j->factor), free(j->weights), free(j->operand), free(j->sums); }

static void run_job(dcom_context *x, job *j) {
    memset(j->sums, 0x55, j->rows * j->outputs * sizeof *j->sums);
    memset(j->operand, 0x55, j->rows * j->outputs * sizeof *j->operand);
    const dcom_status status =
        dcom_apply(x, j->factor, j->rows, j->channels, j->weights, j->outputs, j->sums, j->operand, &j->flags);
    ck_assert_msg(status == DCOM_OK, "SEED=%u: status %d: %s", seed, status, dcom_message(x));
    ck_assert_str_eq(dcom_message(x), "");
}

static dcom_context *create(const dcom_config *config) {
    dcom_context *x;
    ck_assert_int_eq(dcom_create(config, &x), DCOM_OK);
    return x;
}

/* ---- sums ---- */

/* Row k, output o of F W: apply.h, written out with no engine, tile or vector. */
static uint32_t written_out(const dcom_config *c, const job *j, size_t k, size_t o) {
    const size_t full = (size_t)c->cluster_rows * c->tile_tokens;
    uint32_t z = 0;
    for (size_t from = 0; from < j->channels; from += full) {
        const size_t depth = j->channels - from < full ? j->channels - from : full;
        uint32_t tile = 0;
        for (size_t cluster = 0; cluster < c->cluster_rows; cluster++) {
            uint32_t chain = 0;
            for (size_t i = 0; i < depth; i++)
                if (i / 8 % c->cluster_rows == cluster)
                    chain =
                        fp_fma(j->factor[k * j->channels + from + i], j->weights[o * j->channels + from + i], chain);
            tile = fp_add(tile, chain);
        }
        z = fp_add(z, tile);
    }
    return z;
}

static void check_job(const dcom_config *c, const job *j) {
    unsigned infinite = 0, nan = 0;
    for (size_t k = 0; k < j->rows; k++)
        for (size_t o = 0; o < j->outputs; o++) {
            const uint32_t expected = written_out(c, j, k, o), got = bits_of(j->sums[k * j->outputs + o]);
            const uint16_t operand = fp_to_bf16(expected);
            ck_assert_msg(got == expected && j->operand[k * j->outputs + o] == operand,
                          "SEED=%u, %u x %u clusters, %zu x %zu x %zu: row %zu, output %zu: %08x (%04x), not %08x "
                          "(%04x)",
                          seed, c->cluster_rows, c->cluster_columns, j->rows, j->channels, j->outputs, k, o, got,
                          j->operand[k * j->outputs + o], expected, operand);
            nan |= (operand & 0x7FFF) > 0x7F80;
            infinite |= (operand & 0x7FFF) == 0x7F80;
        }
    ck_assert_int_eq((j->flags & DCOM_FLAG_NAN) != 0, (int)nan);
    if (!nan) ck_assert_uint_eq(j->flags, infinite ? DCOM_FLAG_OVERFLOW : 0);
}

/* _i: geometry, rarity of extreme values */
START_TEST(sums_are_the_documented_ones) {
    static const unsigned rarity[] = {0, 60};
    const dcom_config c = geometry(shapes[_i / 2][0], shapes[_i / 2][1], 2);
    const size_t deep = c.cluster_rows * TILE, wide = c.cluster_columns * TILE;
    const size_t sizes[][3] = {/* one tile to the brim; one more channel, one more output; five tiles by two */
                               {8, deep, wide},
                               {9, deep + 1, wide + 1},
                               {7, 5 * deep, 2 * wide},
                               {1, 1, 1}};
    dcom_context *x = create(&c);
    begin(_i);
    for (unsigned n = 0; n < 12; n++) {
        const unsigned rare = rarity[_i % 2];
        job j = n < 4 ? new_job(sizes[n][0], sizes[n][1], sizes[n][2], rare) : random_job(&c, rare);
        run_job(x, &j);
        check_job(&c, &j);
        free_job(&j);
    }
    dcom_destroy(x);
}
END_TEST

/* Sums that overflow in one tile, and meet the other infinity, or more numbers, in the next. */
START_TEST(overflow_is_flagged) {
    const dcom_config c = geometry(2, 1, 1);
    const uint16_t huge = 0x5F80, minus = 0xDF80; /* 2^64, -2^64 */
    const unsigned expected[] = {DCOM_FLAG_OVERFLOW, DCOM_FLAG_NAN, DCOM_FLAG_OVERFLOW, 0};
    dcom_context *x = create(&c);
    begin(50);
    for (unsigned n = 0; n < 4; n++) {
        job j = new_job(9, 80, 20, 0);
        if (n < 3) j.factor[8 * 80] = j.weights[19 * 80] = huge;                   /* row 8, output 19: infinite */
        if (n == 1) j.factor[8 * 80 + 79] = huge, j.weights[19 * 80 + 79] = minus; /* NaN, two tiles later */
        if (n == 2) j.factor[8 * 80 + 79] = j.weights[19 * 80 + 79] = huge;
        run_job(x, &j);
        check_job(&c, &j);
        ck_assert_uint_eq(j.flags, expected[n]);
        free_job(&j);
    }
    dcom_destroy(x);
}
END_TEST

/* A sum that is finite in FP32 but not in BF16. */
START_TEST(overflow_of_an_operand_is_flagged) {
    const dcom_config c = geometry(1, 1, 1);
    const uint16_t factor[] = {0x7F7F, 0x7F7F}, weights[] = {0x3F80, 0x3B80}; /* 1, 2^-8 */
    float sum;
    uint16_t operand;
    unsigned flags;
    dcom_context *x = create(&c);
    ck_assert_int_eq(dcom_apply(x, factor, 1, 2, weights, 1, &sum, &operand, &flags), DCOM_OK);
    ck_assert(bits_of(sum) < 0x7F800000 && operand == 0x7F80 && flags == DCOM_FLAG_OVERFLOW);
    dcom_destroy(x);
}
END_TEST

/* Row by row and output by output: neither depends on what is computed beside it. */
START_TEST(rows_and_outputs_are_independent) {
    const dcom_config c = geometry(2, 2, 2);
    dcom_context *x = create(&c);
    begin(60);
    job j = new_job(19, 100, 70, 0);
    run_job(x, &j);
    for (size_t k = 0; k < j.rows; k += 3)
        for (size_t o = 0; o < j.outputs; o += 7) {
            float sum;
            ck_assert_int_eq(dcom_apply(x, j.factor + k * j.channels, 1, j.channels, j.weights + o * j.channels, 1,
                                        &sum, NULL, NULL),
                             DCOM_OK);
            ck_assert_uint_eq(bits_of(sum), bits_of(j.sums[k * j.outputs + o]));
        }
    uint16_t *alone = malloc(j.rows * j.outputs * sizeof *alone);
    ck_assert_int_eq(dcom_apply(x, j.factor, j.rows, j.channels, j.weights, j.outputs, NULL, alone, NULL), DCOM_OK);
    ck_assert_int_eq(memcmp(alone, j.operand, j.rows * j.outputs * sizeof *alone), 0);
    free(alone), free_job(&j), dcom_destroy(x);
}
END_TEST

/* ---- the timed engine ---- */

/* _i: geometry, stages */
START_TEST(timed_equals_untimed) {
    static const char *const profiles[] = {"none", "light", "heavy"};
    const dcom_config c = geometry(shapes[_i / 3][0], shapes[_i / 3][1], 1 + (unsigned)_i % 3);
    dcom_context *x = create(&c), *y;
    dcom_array *array;
    timed_engine t;
    begin(100 + _i);
    for (unsigned n = 0; n < 3; n++) {
        stall_profile stall;
        ck_assert_int_eq(stall_profile_parse(profiles[n], &stall), 0);
        ck_assert_int_eq(dcom_array_create(&c, &array), DCOM_OK);
        ck_assert_int_eq(timed_engine_init(&t, &c, stall, random_bits(), clock_model, array), DCOM_OK);
        ck_assert_int_eq(dcom_create_on(&c, &t.base, &y), DCOM_OK);
        job j = random_job(&c, n == 1 ? 60 : 0);
        run_job(x, &j);
        job k = j;
        k.sums = malloc(j.rows * j.outputs * sizeof *k.sums);
        k.operand = malloc(j.rows * j.outputs * sizeof *k.operand);
        run_job(y, &k);
        ck_assert_msg(memcmp(j.sums, k.sums, j.rows * j.outputs * sizeof *j.sums) == 0 &&
                          memcmp(j.operand, k.operand, j.rows * j.outputs * sizeof *j.operand) == 0,
                      "SEED=%u, %u x %u clusters, %zu x %zu x %zu, stalls %s: timed and untimed differ", seed,
                      c.cluster_rows, c.cluster_columns, j.rows, j.channels, j.outputs, profiles[n]);
        ck_assert_uint_eq(j.flags, k.flags);
        ck_assert(t.busy > 0);
        free(k.sums), free(k.operand), free_job(&j), dcom_destroy(y), dcom_array_destroy(array);
    }
    dcom_destroy(x);
}
END_TEST

typedef struct {
    dcom_array *array;
    uint64_t left;
} fuse;

static int fused_clock(void *user, const dcom_array_in *in, dcom_array_out *out) {
    fuse *f = user;
    return f->left == 0 || (f->left--, clock_model(f->array, in, out));
}

START_TEST(a_stopped_clock_is_told) {
    const dcom_config c = geometry(2, 2, 2);
    const stall_profile none = {0, 0, 0, 0};
    unsigned stopped = 0;
    begin(70);
    job j = new_job(9, 40, 40, 0);
    for (uint64_t clocks = 0;; clocks += 97) {
        fuse f = {NULL, clocks + 3}; /* a reset takes 3 */
        timed_engine t;
        dcom_context *x;
        ck_assert_int_eq(dcom_array_create(&c, &f.array), DCOM_OK);
        ck_assert_int_eq(timed_engine_init(&t, &c, none, 1, fused_clock, &f), DCOM_OK);
        ck_assert_int_eq(dcom_create_on(&c, &t.base, &x), DCOM_OK);
        const dcom_status status =
            dcom_apply(x, j.factor, j.rows, j.channels, j.weights, j.outputs, j.sums, j.operand, NULL);
        ck_assert(status == DCOM_OK || (status == DCOM_E_STOPPED && strstr(dcom_message(x), "stopped")));
        dcom_destroy(x), dcom_array_destroy(f.array);
        if (status == DCOM_OK) break;
        stopped++;
    }
    ck_assert_uint_gt(stopped, 5);
    check_job(&c, &(job){j.rows, j.channels, j.outputs, j.factor, j.weights, j.operand, j.sums, 0});
    free_job(&j);
}
END_TEST

/* ---- beside decompositions, and refusals ---- */

START_TEST(results_of_decompositions_stay) {
    const dcom_config c = {"test", 2, 2, 8, 8, 32, 32, 16, 2};
    const dcom_parameters p = {.rank = 12, .expansion = 4, .outliers = 2, .seed = 7};
    dcom_result r, again;
    begin(80);
    job j = new_job(5, 90, 50, 0);
    uint16_t *a = random_matrix(60 * 64, 0);
    dcom_context *x = create(&c);
    ck_assert_int_eq(dcom_decompose(x, a, 60, 64, &p, &r), DCOM_OK);
    const size_t bytes = 60 * r.rank * sizeof *r.p;
    float *kept = malloc(bytes);
    memcpy(kept, r.p, bytes);
    run_job(x, &j);
    ck_assert_int_eq(memcmp(kept, r.p, bytes), 0);
    ck_assert_int_eq(dcom_decompose(x, a, 60, 64, &p, &again), DCOM_OK);
    ck_assert_uint_eq(again.rank, r.rank);
    ck_assert_int_eq(memcmp(kept, again.p, bytes), 0);
    free(kept), free(a), free_job(&j), dcom_destroy(x);
}
END_TEST

START_TEST(bad_arguments) {
    const dcom_config c = geometry(1, 1, 1);
    dcom_context *x = create(&c);
    begin(90);
    job j = new_job(3, 20, 30, 0);
#define REFUSES(STATUS, WORDS, F, R, C, W, O, S, Z)                                                                  \
    do {                                                                                                             \
        ck_assert_int_eq(dcom_apply(x, F, R, C, W, O, S, Z, NULL), STATUS);                                          \
        ck_assert_msg(strstr(dcom_message(x), WORDS), "\"%s\" lacks \"%s\"", dcom_message(x), WORDS);                \
    } while (0)
    REFUSES(DCOM_E_ARGUMENT, "factor is NULL", NULL, 3, 20, j.weights, 30, j.sums, NULL);
    REFUSES(DCOM_E_ARGUMENT, "weights is NULL", j.factor, 3, 20, NULL, 30, j.sums, NULL);
    REFUSES(DCOM_E_ARGUMENT, "both NULL", j.factor, 3, 20, j.weights, 30, NULL, NULL);
    REFUSES(DCOM_E_SHAPE, "0 outputs x 20 channels", j.factor, 3, 20, j.weights, 0, j.sums, NULL);
    REFUSES(DCOM_E_SHAPE, "30 outputs x 0 channels", j.factor, 3, 0, j.weights, 30, j.sums, NULL);
    j.factor[2 * 20 + 19] = 0x7FC0;
    REFUSES(DCOM_E_VALUE, "row 2, column 19 of the factor is NaN", j.factor, 3, 20, j.weights, 30, j.sums, NULL);
    j.factor[2 * 20 + 19] = 0, j.weights[29 * 20] = 0xFF80;
    REFUSES(DCOM_E_VALUE, "row 29, column 0 of the weights is infinite", j.factor, 3, 20, j.weights, 30, j.sums,
            NULL);
    REFUSES(DCOM_E_VALUE, "of the weights", NULL, 0, 20, j.weights, 30, NULL, NULL);
    j.weights[29 * 20] = 0;
#if defined(__SSE__)
    const unsigned state = _mm_getcsr();
    _mm_setcsr(state | 0x8000);
    REFUSES(DCOM_E_HOST, "flush-to-zero", j.factor, 3, 20, j.weights, 30, j.sums, NULL);
    _mm_setcsr(state);
#endif
    unsigned flags = 9;
    ck_assert_int_eq(dcom_apply(x, NULL, 0, 20, j.weights, 30, NULL, NULL, &flags), DCOM_OK);
    ck_assert_uint_eq(flags, 0);
    run_job(x, &j);
    check_job(&c, &j);
    free_job(&j), dcom_destroy(x);
}
END_TEST

/* ---- two layers against the direct product ---- */

/* Near a normal distribution of this deviation: the sum of 12 uniform numbers. */
static uint16_t *normal_weights(size_t outputs, size_t channels, float deviation) {
    uint16_t *w = malloc(outputs * channels * sizeof *w);
    for (size_t i = 0; i < outputs * channels; i++) {
        float sum = -6;
        for (unsigned n = 0; n < 12; n++)
            sum += (float)(random_bits() >> 8) * 0x1p-24f;
        w[i] = fp_to_bf16(bits_of(sum * deviation));
    }
    return w;
}

/* As dcom apply does it, but on the library: the chain of `c` from its decomposition to its last right factor. */
static void run_chain(const dcom_config *config, chain *c, const dcom_parameters *p) {
    dcom_context *x = create(config);
    dcom_result r;
    ck_assert_msg(dcom_decompose(x, c->a.bits, c->a.rows, c->a.columns, p, &r) == DCOM_OK, "%s", dcom_message(x));
    chain_start(c, p->exact_tokens, p->exact_token_count, &r);
    for (unsigned l = 0; l < c->layers; l++) {
        unsigned flags[2];
        ck_assert_int_eq(dcom_apply(x, c->right[l], c->rank, c->width[l], c->w[l].bits, c->w[l].rows, NULL,
                                    c->right[l + 1], &flags[0]),
                         DCOM_OK);
        ck_assert_int_eq(dcom_apply(x, c->rows[l], c->exact, c->width[l], c->w[l].bits, c->w[l].rows, NULL,
                                    c->rows[l + 1], &flags[1]),
                         DCOM_OK);
        ck_assert_uint_eq(flags[0] | flags[1], 0);
    }
    dcom_destroy(x);
}

static void check_chain(chain *c, const char *name) {
    const verdict v = chain_judge(c);
    printf("# %s: error %.4f of ||Y||, %.3f of its bound (certificate %.3f); drift %.5f, %.3f; exact tokens %.5f, "
           "%.3f\n",
           name, v.error / v.norm, v.error / v.bound, c->certificate, v.drift / v.norm, v.drift / v.rounding,
           v.exact_norm > 0 ? v.exact_error / v.exact_norm : 0,
           v.exact_bound > 0 ? v.exact_error / v.exact_bound : 0);
    fflush(stdout);
    ck_assert_msg(v.error <= v.bound, "%s: error %g, bound %g", name, v.error, v.bound);
    ck_assert_msg(v.drift <= v.rounding, "%s: drift %g, bound %g", name, v.drift, v.rounding);
    ck_assert_msg(v.exact_error <= v.exact_bound, "%s: exact tokens: error %g, bound %g", name, v.exact_error,
                  v.exact_bound);
    ck_assert(v.drift > 0 && verdict_is_good(&v));
    /* and it can fail: without the outliers' rows, with each of them in another's place, without an exact token */
    const size_t last = c->width[c->layers], first = c->rank - c->outlier_count;
    uint16_t *right = c->right[c->layers], *kept = malloc(c->rank * last * sizeof *kept);
    memcpy(kept, right, c->rank * last * sizeof *kept);
    memset(right + first * last, 0, c->outlier_count * last * sizeof *right);
    ck_assert_double_gt(chain_judge(c).drift, 2 * v.rounding);
    memcpy(right, kept, c->rank * last * sizeof *kept);
    memmove(right + first * last, right + (first + 1) * last, (c->outlier_count - 1) * last * sizeof *right);
    ck_assert_double_gt(chain_judge(c).drift, 2 * v.rounding);
    free(kept);
    if (c->exact == 0) return;
    memset(c->rows[c->layers] + (c->exact - 1) * last, 0, last * sizeof *right);
    ck_assert_double_gt(chain_judge(c).exact_error, 2 * v.exact_bound);
}

static npy_matrix read_matrix(const char *folder, const char *name) {
    char path[512], message[256];
    npy_matrix m;
    snprintf(path, sizeof path, "%s/%s", folder, name);
    ck_assert_msg(npy_read(path, &m, message) == DCOM_OK, "%s", message);
    return m;
}

static const uint32_t exact_tokens[] = {0, 7, 511};

/* Activations that ship, weights of a model's scale. _i: activation, and with it the parameters and the geometry */
START_TEST(two_layers_equal_the_direct_product) {
    static const struct {
        const char *name;
        const dcom_config config;
        unsigned rank, outliers, exact, width[2];
    } cases[] = {
        {"pycode_S512_L16_attn_in.npy", {"full", 16, 16, 8, 8, 256, 256, 24, 2}, 32, 16, 0, {240, 160}},
        {"pydoc_S512_L04_attn_in.npy", {"small", 2, 2, 8, 8, 256, 288, 72, 2}, 101, 3, 3, {600, 90}},
        {"kjv_S512_L29_mlp_in.npy", {"medium", 4, 4, 8, 8, 128, 384, 40, 2}, 64, 16, 1, {150, 200}},
        {"kjv_S512_L00_attn_in.npy", {"small", 2, 2, 8, 8, 256, 288, 72, 2}, 120, 5, 2, {100, 80}},
    };
    chain c = {.a = read_matrix("tests/data", cases[_i].name), .layers = 2};
    dcom_parameters p = dcom_defaults();
    begin(300 + _i);
    p.rank = cases[_i].rank, p.outliers = cases[_i].outliers;
    p.exact_tokens = exact_tokens, p.exact_token_count = cases[_i].exact;
    for (unsigned l = 0; l < 2; l++) {
        const size_t channels = l ? c.w[0].rows : c.a.columns, outputs = cases[_i].width[l];
        c.w[l] = (npy_matrix){outputs, channels, normal_weights(outputs, channels, 0.04f)};
    }
    run_chain(&cases[_i].config, &c, &p);
    check_chain(&c, cases[_i].name);
    chain_release(&c);
}
END_TEST

static const char *real_data(void) {
    const char *folder = getenv("DCOM_DATA");
    return folder ? folder : "../shared/data";
}

/* Weights of the model itself, as far as one linear layer follows another without a function between. _i: pair */
START_TEST(two_real_layers_equal_the_direct_product) {
    static const char *const names[][3] = {
        {"act_handbook_S512_L12_mlp_in.bf16.npy", "w_L12_gate_proj.bf16.npy", "w_L12_down_proj.bf16.npy"},
        {"act_handbook_S512_L12_mlp_in.bf16.npy", "w_L12_up_proj.bf16.npy", "w_L12_down_proj.bf16.npy"},
        {"act_handbook_S512_L12_o_in.bf16.npy", "w_L12_o_proj.bf16.npy", "w_L12_q_proj.bf16.npy"}};
    const dcom_config small = {"small", 2, 2, 8, 8, 256, 288, 72, 2};
    chain c = {.a = read_matrix(real_data(), names[_i][0]), .layers = 2};
    dcom_parameters p = dcom_defaults();
    p.exact_tokens = exact_tokens, p.exact_token_count = 1, p.rank = 64;
    for (unsigned l = 0; l < 2; l++)
        c.w[l] = read_matrix(real_data(), names[_i][l + 1]);
    run_chain(&small, &c, &p);
    check_chain(&c, names[_i][1]);
    chain_release(&c);
}
END_TEST

int main(int argc, char **argv) {
    if (argc > 3 && strcmp(argv[1], "judge") == 0) return chain_judge_folders(argc - 2, argv + 2);
    if (getenv("SEED")) seed = (uint32_t)strtoul(getenv("SEED"), NULL, 10);
    printf("# SEED=%u\n", seed);
    Suite *suite = suite_create("apply");
    TCase *sums = tcase_create("sums"), *chains = tcase_create("chains");
    tcase_set_timeout(sums, 0), tcase_set_timeout(chains, 0);
    tcase_add_loop_test(sums, sums_are_the_documented_ones, 0, SHAPES * 2);
    tcase_add_test(sums, overflow_is_flagged);
    tcase_add_test(sums, overflow_of_an_operand_is_flagged);
    tcase_add_test(sums, rows_and_outputs_are_independent);
    tcase_add_loop_test(sums, timed_equals_untimed, 0, SHAPES * 3);
    tcase_add_test(sums, a_stopped_clock_is_told);
    tcase_add_test(sums, results_of_decompositions_stay);
    tcase_add_test(sums, bad_arguments);
    tcase_add_loop_test(chains, two_layers_equal_the_direct_product, 0, 4);
    if (access(real_data(), R_OK) == 0)
        tcase_add_loop_test(chains, two_real_layers_equal_the_direct_product, 0, 3);
    else
        printf("# %s is not there: the case of real weights is left out\n", real_data());
    fflush(stdout);
    suite_add_tcase(suite, sums), suite_add_tcase(suite, chains);
    SRunner *runner = srunner_create(suite);
    srunner_run_all(runner, CK_ENV);
    int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed ? 1 : 0;
}
