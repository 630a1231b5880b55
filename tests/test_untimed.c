/* test_untimed.c - the untimed golden model: kernels against each other and against written-out sums, the
 * decomposition against LAPACK, and every way a run can end.
 * SPDX-License-Identifier: Apache-2.0
 *
 * Run in the repository's root (reads tests/data) or with the data folder as its argument. */
#include "../cmodel/column_edge.h"
#include "../cmodel/datapath.h"
#include "../cmodel/dcom.h"
#include "../cmodel/edge.h"
#include "../cmodel/fp.h"
#include "../cmodel/kernel.h"
#include "../cmodel/row_edge.h"
#include "../cmodel/untimed.h"

#include <check.h>
#include <fenv.h>
#include <lapacke.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#if defined(__SSE__)
#include <xmmintrin.h>
#endif

static const char *data_folder = "tests/data";

static const dcom_config tiny = {"tiny", 1, 1, 8, 8, 64, 64, 40, 3}, small = {"small", 2, 2, 8, 8, 256, 288, 72, 2},
                         full = {"full", 16, 16, 8, 8, 256, 256, 24, 2};

/* ---- material ---- */

static uint32_t random_state = 1;
static uint32_t random_bits(void) {
    random_state ^= random_state << 13, random_state ^= random_state >> 17, random_state ^= random_state << 5;
    return random_state;
}

static float widen(uint16_t x) {
    uint32_t u = (uint32_t)x << 16;
    float f;
    memcpy(&f, &u, sizeof f);
    return f;
}

static uint16_t narrow(float x) {
    uint32_t u;
    memcpy(&u, &x, sizeof u);
    return fp_to_bf16(u);
}

/* An ordinary value near 1, or one time in `rare` anything at all, special values first. */
static uint16_t random_bf16(unsigned rare) {
    static const uint16_t special[] = {0,      0x8000, 1,      0x8001, 0x007F, 0x0080, 0x7F7F,
                                       0xFF7F, 0x7F80, 0xFF80, 0x7FC0, 0xFFFF, 0x3F80, 0x7F81};
    uint32_t r = random_bits();
    if (rare && r % rare == 0) return (r >> 8 & 1) ? special[(r >> 9) % 14] : (uint16_t)(r >> 16);
    return (uint16_t)((r & 0x807F) | (0x7B + (r >> 20) % 5) << 7);
}

static uint16_t *random_matrix(size_t count, unsigned rare) {
    uint16_t *a = malloc(count * sizeof *a);
    for (size_t i = 0; i < count; i++)
        a[i] = random_bf16(rare);
    return a;
}

/* Exact rank k: product of small random integers, exact in BF16. */
static uint16_t *low_rank(unsigned tokens, unsigned channels, unsigned k) {
    int *left = malloc(tokens * k * sizeof *left), *right = malloc(channels * k * sizeof *right);
    uint16_t *a = malloc((size_t)tokens * channels * sizeof *a);
    for (unsigned i = 0; i < tokens * k; i++)
        left[i] = (int)(random_bits() >> 8) % 7 - 3;
    for (unsigned i = 0; i < channels * k; i++)
        right[i] = (int)(random_bits() >> 8) % 7 - 3;
    for (unsigned t = 0; t < tokens; t++)
        for (unsigned c = 0; c < channels; c++) {
            int sum = 0;
            for (unsigned i = 0; i < k; i++)
                sum += left[t * k + i] * right[c * k + i];
            a[(size_t)t * channels + c] = narrow((float)sum);
        }
    free(left), free(right);
    return a;
}

/* A .npy of two dimensions, C order, `<u2`. */
static uint16_t *load_npy(const char *name, unsigned *rows, unsigned *columns) {
    char path[512], header[1024];
    snprintf(path, sizeof path, "%s/%s", data_folder, name);
    FILE *f = fopen(path, "rb");
    ck_assert_msg(f, "%s cannot be opened", path);
    ck_assert(fread(header, 1, 10, f) == 10);
    unsigned length = (unsigned char)header[8] | (unsigned)(unsigned char)header[9] << 8;
    ck_assert(length < sizeof header && fread(header, 1, length, f) == length);
    header[length - 1] = 0;
    ck_assert_msg(strstr(header, "<u2") && strstr(header, "False"), "%s is not BF16 bits in C order", path);
    ck_assert_int_eq(sscanf(strchr(header, '('), "(%u, %u)", rows, columns), 2);
    uint16_t *a = malloc((size_t)*rows * *columns * sizeof *a);
    ck_assert(fread(a, sizeof *a, (size_t)*rows * *columns, f) == (size_t)*rows * *columns);
    fclose(f);
    return a;
}

/* ---- judgement, in double precision ---- */

static int is_outlier(const dcom_result *r, unsigned channel) {
    for (unsigned i = 0; i < r->outlier_count; i++)
        if (r->outliers[i] == (int32_t)channel) return 1;
    return 0;
}

static int is_exact(const dcom_parameters *p, unsigned token) {
    for (unsigned i = 0; i < p->exact_token_count; i++)
        if (p->exact_tokens[i] == token) return 1;
    return 0;
}

static double relative_error(const uint16_t *a, const dcom_parameters *p, const dcom_result *r) {
    double wrong = 0, total = 0;
    for (unsigned t = 0; t < r->tokens; t++)
        for (unsigned c = 0; c < r->channels; c++) {
            double x = widen(a[(size_t)t * r->channels + c]), y = x;
            for (unsigned k = 0; k < r->rank; k++)
                y -= (double)r->p[(size_t)t * r->rank + k] * r->v[(size_t)c * r->rank + k];
            total += x * x;
            if (!is_outlier(r, c) && !is_exact(p, t)) wrong += y * y;
        }
    return total > 0 ? sqrt(wrong / total) : 0;
}

static double worst_overlap(const dcom_result *r) {
    double worst = 0;
    for (unsigned i = 0; i < r->rank; i++)
        for (unsigned j = 0; j <= i; j++) {
            double sum = i == j ? -1 : 0;
            for (unsigned c = 0; c < r->channels; c++)
                sum += (double)r->v[(size_t)c * r->rank + i] * r->v[(size_t)c * r->rank + j];
            worst = fmax(worst, fabs(sum));
        }
    return worst;
}

/* The least relative error of rank k once the outlier columns are apart. */
static double optimum(const uint16_t *a, const dcom_result *r, unsigned k) {
    const unsigned side = r->tokens < r->channels ? r->tokens : r->channels;
    float *d = malloc((size_t)r->tokens * r->channels * sizeof *d), *s = malloc(side * sizeof *s), none;
    double total = 0, rest = 0;
    for (size_t i = 0; i < (size_t)r->tokens * r->channels; i++) {
        double x = widen(a[i]);
        total += x * x;
        d[i] = is_outlier(r, (unsigned)(i % r->channels)) ? 0 : (float)x;
    }
    ck_assert_int_eq(LAPACKE_sgesdd(LAPACK_COL_MAJOR, 'N', (int)r->channels, (int)r->tokens, d, (int)r->channels, s,
                                    &none, 1, &none, 1),
                     0); /* of the transpose: the same values */
    for (unsigned i = k; i < side; i++)
        rest += (double)s[i] * s[i];
    free(d), free(s);
    return sqrt(rest / total);
}

static dcom_result decompose(dcom_context *x, const uint16_t *a, unsigned tokens, unsigned channels,
                             const dcom_parameters *p) {
    dcom_result r;
    dcom_status status = dcom_decompose(x, a, tokens, channels, p, &r);
    ck_assert_msg(status == DCOM_OK, "status %d: %s", status, dcom_message(x));
    for (size_t i = 0; i < (size_t)r.tokens * r.rank; i++)
        ck_assert(isfinite(r.p[i]));
    for (size_t i = 0; i < (size_t)r.channels * r.rank; i++)
        ck_assert(isfinite(r.v[i]));
    return r;
}

static dcom_context *create(const dcom_config *config) {
    dcom_context *x;
    ck_assert_int_eq(dcom_create(config, &x), DCOM_OK);
    return x;
}

static void check_certificate(const dcom_result *r, double error) {
    double known = r->certificate * r->certificate, bound = r->certificate_bound * r->certificate_bound;
    ck_assert_msg(fabs(known - error * error) <= bound + 1e-12, "error %.6f, certificate %.6f, bound %.6f", error,
                  r->certificate, r->certificate_bound);
}

/* ---- kernels ---- */

static void both_directions(const dcom_config *config, const char *name, const uint16_t *a, unsigned tokens,
                            unsigned channels, const uint16_t *x, const uint16_t *basis, unsigned expansion,
                            float *out) {
    engine *e;
    ck_assert_int_eq(untimed_create(config, kernel_select(name), &e), DCOM_OK);
    ck_assert_int_eq(e->load(e, a, tokens, channels), DCOM_OK);
    ck_assert_int_eq(e->write_basis(e, 0, 8, basis), DCOM_OK);
    ck_assert_int_eq(e->write_basis(e, 6, 7, basis + 8), DCOM_OK);
    e->forward(e, REGION_TOKENS, 0, tokens, expansion, x, out);
    out += (size_t)tokens * LANES;
    e->transpose(e, REGION_TOKENS, 0, tokens, expansion, x, out);
    out += (size_t)channels * LANES;
    e->forward(e, REGION_BASIS, 3, 9, expansion, x, out);
    out += 9 * LANES;
    e->transpose(e, REGION_BASIS, 3, 9, expansion, x, out);
    untimed_destroy(e);
}

START_TEST(kernels_are_equal) {
    const unsigned tokens = 61, channels = 59, expansions[] = {1, 2, 4, 8}, e = expansions[_i % 4];
    const size_t count = (size_t)(tokens + 2 * channels + 9) * LANES;
    const char *names[] = {"avx512", "avx2"};
    random_state = 77 + (uint32_t)_i;
    for (unsigned rare = 0; rare < 300; rare = rare * 4 + 20) {
        uint16_t *a = random_matrix((size_t)tokens * channels, rare), *x = random_matrix(64 * LANES, rare);
        uint16_t *basis = random_matrix(64 * LANES + 8, rare);
        float *expected = malloc(count * sizeof *expected), *out = malloc(count * sizeof *out);
        both_directions(_i < 4 ? &tiny : &small, "portable", a, tokens, channels, x, basis, e, expected);
        for (unsigned n = 0; n < 2; n++) {
            if (!kernel_select(names[n])) continue;
            both_directions(_i < 4 ? &tiny : &small, names[n], a, tokens, channels, x, basis, e, out);
            for (size_t i = 0; i < count; i++)
                ck_assert_msg(memcmp(out + i, expected + i, sizeof *out) == 0, "%s, E %u, rare %u: [%zu] %a, not %a",
                              names[n], e, rare, i, (double)out[i], (double)expected[i]);
        }
        free(a), free(x), free(basis), free(expected), free(out);
    }
}
END_TEST

START_TEST(accumulate_is_equal) {
    enum { ROWS = 50, WIDTH = 27 };
    const char *names[] = {"avx512", "avx2"};
    for (unsigned rare = 0; rare < 300; rare = rare * 4 + 20) {
        uint16_t *a = random_matrix(ROWS * WIDTH, rare), *b = random_matrix(ROWS * WIDTH, rare);
        float expected[WIDTH] = {0};
        kernel_select("portable")->accumulate(a, b, ROWS, WIDTH, expected);
        for (unsigned n = 0; n < 2; n++) {
            float sum[WIDTH] = {0};
            if (!kernel_select(names[n])) continue;
            kernel_select(names[n])->accumulate(a, b, ROWS, WIDTH, sum);
            ck_assert_int_eq(memcmp(sum, expected, sizeof sum), 0);
        }
        free(a), free(b);
    }
    ck_assert_ptr_null(kernel_select("no such kernel"));
}
END_TEST

/* The sums of engine.h, written out with no spans, panels or vectors. */
START_TEST(sums_are_the_documented_ones) {
    const dcom_config *config = _i ? &small : &tiny;
    const unsigned tokens = 50, channels = 43;
    const unsigned local_tokens = _i ? 32 : 56, local_channels = _i ? 24 : 48; /* of 7 and 6 blocks: half; all */
    uint16_t *a = random_matrix((size_t)tokens * channels, 0), *x = random_matrix(64 * LANES, 0);
    uint16_t *v = random_matrix(64 * 48, 0); /* basis row k, channel c: v[k * 64 + c] */
    float *out = malloc(64 * LANES * sizeof *out);
    engine *e;
    ck_assert_int_eq(untimed_create(config, NULL, &e), DCOM_OK);
    ck_assert_int_eq(e->load(e, a, tokens, channels), DCOM_OK);
    ck_assert_uint_eq(e->local_tokens, local_tokens);
    ck_assert_uint_eq(e->local_channels, local_channels);
    e->forward(e, REGION_TOKENS, 5, 40, 8, x, out);
    for (unsigned t = 5; t < 45; t++)
        for (unsigned lane = 0; lane < LANES; lane++) {
            uint32_t total = 0, got;
            for (unsigned cluster = 0; cluster < config->cluster_columns; cluster++) {
                uint32_t chain = 0;
                for (unsigned c = 0; c < channels; c++)
                    if (c / 8 % config->cluster_columns == cluster)
                        chain = fp_fma(a[t * channels + c], x[c * LANES + lane], chain);
                total = fp_add(total, chain);
            }
            memcpy(&got, out + (t - 5) * LANES + lane, sizeof got);
            ck_assert_uint_eq(got, total);
        }
    e->transpose(e, REGION_TOKENS, 0, tokens, 8, x, out);
    for (unsigned c = 0; c < channels; c++) {
        uint32_t total = 0, got;
        for (unsigned cluster = 0; cluster < config->cluster_rows; cluster++) {
            uint32_t chain = 0;
            for (unsigned t = 0; t < tokens; t++)
                if (t / 8 % config->cluster_rows == cluster)
                    chain = fp_fma(a[t * channels + c], x[t * LANES + 3], chain);
            total = fp_add(total, chain);
        }
        memcpy(&got, out + c * LANES + 3, sizeof got);
        ck_assert_uint_eq(got, total);
    }
    for (unsigned k = 0; k < 40; k++) {
        uint16_t row[64 * LANES] = {0};
        for (unsigned c = 0; c < channels; c++)
            row[c * LANES] = v[k * 64 + c];
        ck_assert_int_eq(e->write_basis(e, k, 1, row), DCOM_OK);
    }
    const unsigned first = 3, count = 30;
    e->transpose(e, REGION_BASIS, first, count, 8, x, out);
    for (unsigned c = 0; c < channels; c++) {
        uint32_t total = 0, got;
        for (unsigned cluster = 0; cluster < config->cluster_rows; cluster++) {
            uint32_t chain = 0;
            for (unsigned k = first; k < first + count; k++)
                if (k / 8 % config->cluster_rows == cluster)
                    chain = fp_fma(v[k * 64 + c], x[(k - first) * LANES + 7], chain);
            total = fp_add(total, chain);
        }
        memcpy(&got, out + c * LANES + 7, sizeof got);
        ck_assert_uint_eq(got, total);
    }
    untimed_destroy(e);
    free(a), free(x), free(v), free(out);
}
END_TEST

/* Those of column_edge.h, written out. _i: column edges, less one */
START_TEST(statistics_are_the_documented_ones) {
    enum { TOKENS = 40, CHANNELS = 75 };
    const unsigned columns = (unsigned)_i + 1;
    uint16_t *a = random_matrix(TOKENS * CHANNELS, 0), peak[CHANNELS];
    float energy[CHANNELS], whole[CHANNELS];
    int32_t token_mask[TOKENS], channel_mask[CHANNELS];
    for (unsigned t = 0; t < TOKENS; t++)
        token_mask[t] = random_bits() >> 8 & 3 ? EDGE_KEEP : EDGE_ZERO;
    for (unsigned c = 0; c < CHANNELS; c++)
        channel_mask[c] = random_bits() >> 8 & 3 ? EDGE_KEEP : EDGE_ZERO;
    column_edge_statistics(kernel_select(NULL), a, TOKENS, CHANNELS, token_mask, peak, energy, whole);
    for (unsigned c = 0; c < CHANNELS; c++) {
        uint32_t chains[2] = {0}, got[2];
        uint16_t most = 0;
        for (unsigned t = 0; t < TOKENS; t++) {
            const uint16_t x = a[t * CHANNELS + c];
            chains[1] = fp_fma(x, x, chains[1]);
            if (token_mask[t] != EDGE_KEEP) continue;
            chains[0] = fp_fma(x, x, chains[0]);
            most = (x & 0x7FFF) > most ? x & 0x7FFF : most;
        }
        memcpy(&got[0], energy + c, 4), memcpy(&got[1], whole + c, 4);
        ck_assert(got[0] == chains[0] && got[1] == chains[1] && peak[c] == most);
    }
    for (int masked = 0; masked < 2; masked++) {
        uint32_t total = 0, got;
        for (unsigned lane = 0; lane < 8; lane++) {
            uint32_t sum = 0;
            for (unsigned column = 0; column < columns; column++) {
                uint32_t edge = 0, x;
                for (unsigned c = lane; c < CHANNELS; c += 8) {
                    if (c / 8 % columns != column || (masked && channel_mask[c] != EDGE_KEEP)) continue;
                    memcpy(&x, energy + c, 4);
                    edge = fp_add(edge, x);
                }
                sum = fp_add(sum, edge);
            }
            total = fp_add(total, sum);
        }
        const float result = column_edge_sum(energy, CHANNELS, columns, masked ? channel_mask : NULL);
        memcpy(&got, &result, 4);
        ck_assert_uint_eq(got, total);
    }
    free(a);
}
END_TEST

/* V of the start block: signs of the tokens in chunks of 8 a cluster row, a transpose pass each, summed in FP32. */
START_TEST(start_block_is_summed_in_chunks) {
    enum { TOKENS = 50, CHANNELS = 43, LANES_USED = 4, KEY = 77 };
    const dcom_config *config = _i ? &small : &tiny;
    const unsigned chunk = config->cluster_rows * MAC_ROWS;
    uint16_t *a = random_matrix(TOKENS * CHANNELS, 0), y[TOKENS][LANES] = {0};
    uint16_t p[TOKENS][LANES], v[CHANNELS][LANES];
    int32_t token_mask[TOKENS], channel_mask[CHANNELS];
    uint32_t w[CHANNELS][LANES];
    float part[CHANNELS][LANES];
    engine *e;
    for (unsigned t = 0; t < TOKENS; t++)
        token_mask[t] = t % 11 == 4 ? EDGE_ZERO : EDGE_KEEP;
    for (unsigned c = 0; c < CHANNELS; c++)
        channel_mask[c] = c == 7 ? EDGE_ZERO : EDGE_KEEP;
    ck_assert_int_eq(untimed_create(config, NULL, &e), DCOM_OK);
    ck_assert_int_eq(e->load(e, a, TOKENS, CHANNELS), DCOM_OK);
    row_edge_signs(KEY, TOKENS, token_mask, 0, LANES_USED, y[0]);
    for (unsigned first = 0; first < TOKENS; first += chunk) {
        const unsigned count = TOKENS - first < chunk ? TOKENS - first : chunk;
        ck_assert_int_eq(e->transpose(e, REGION_TOKENS, first, count, LANES_USED, y[first], part[0]), DCOM_OK);
        for (unsigned c = 0; c < CHANNELS; c++)
            for (unsigned lane = 0; lane < LANES; lane++) {
                uint32_t bits;
                memcpy(&bits, &part[c][lane], sizeof bits);
                w[c][lane] = first > 0 ? fp_add(w[c][lane], bits) : bits;
            }
    }
    datapath *path = datapath_create(e);
    ck_assert_int_eq(path->begin(path, token_mask, channel_mask, 2 * LANES), DCOM_OK);
    ck_assert_int_eq(path->start_block(path, 0, LANES_USED, KEY), DCOM_OK);
    ck_assert_int_eq(path->store(path, LANES, p[0], v[0], LANES, 0), DCOM_OK);
    for (unsigned c = 0; c < CHANNELS; c++)
        for (unsigned lane = 0; lane < LANES; lane++)
            ck_assert_uint_eq(v[c][lane], channel_mask[c] == EDGE_KEEP ? fp_to_bf16(w[c][lane]) : 0);
    datapath_destroy(path);
    untimed_destroy(e);
    free(a);
}
END_TEST

/* ---- quality ---- */

START_TEST(quality_on_real_activations) {
    static const char *names[] = {"kjv_S512_L00_attn_in.npy", "pycode_S512_L16_attn_in.npy",
                                  "pydoc_S512_L04_attn_in.npy"};
    static const double most[] = {1.55, 1.30, 1.15}; /* times the optimum, rank 64 */
    unsigned tokens, channels;
    uint16_t *a = load_npy(names[_i], &tokens, &channels);
    dcom_context *x = create(&full), *y = create(&small);
    dcom_parameters p = dcom_defaults();
    p.rank = 64, p.expansion = 1, p.warmup = 0;
    double classical, error;
    dcom_result r = decompose(x, a, tokens, channels, &p);
    classical = relative_error(a, &p, &r);
    p.expansion = 8, p.warmup = 1;
    r = decompose(x, a, tokens, channels, &p);
    error = relative_error(a, &p, &r);
    ck_assert_uint_eq(r.rank, 64);
    ck_assert_uint_le(r.passes, 10);
    ck_assert_double_le(error, 1.01 * classical);
    ck_assert_double_le(error, most[_i] * optimum(a, &r, 64));
    ck_assert_double_le(worst_overlap(&r), 0.01);
    check_certificate(&r, error);
    r = decompose(y, a, tokens, channels, &p); /* another geometry: other roundings, the same quality */
    ck_assert_double_le(fabs(relative_error(a, &p, &r) - error), 0.01 * error);
    dcom_destroy(x), dcom_destroy(y), free(a);
}
END_TEST

START_TEST(runs_repeat) {
    unsigned tokens, channels;
    uint16_t *a = load_npy("pydoc_S512_L04_attn_in.npy", &tokens, &channels);
    dcom_context *x = create(&full), *y = create(&full);
    dcom_parameters p = dcom_defaults(), other = p;
    other.seed = 2, other.rank = 40;
    dcom_result r = decompose(x, a, tokens, channels, &p), s;
    decompose(y, a, tokens / 2, channels, &other);
    decompose(y, a, tokens, channels, &other);
    s = decompose(y, a, tokens, channels, &p);
    ck_assert_int_eq(memcmp(r.p, s.p, (size_t)tokens * r.rank * sizeof *r.p), 0);
    ck_assert_int_eq(memcmp(r.v, s.v, (size_t)channels * r.rank * sizeof *r.v), 0);
    s = decompose(y, a, tokens, channels, &other);
    ck_assert_int_ne(memcmp(r.v, s.v, (size_t)channels * sizeof *r.v), 0);
    dcom_destroy(x), dcom_destroy(y), free(a);
}
END_TEST

/* ---- how runs end ---- */

START_TEST(zero_matrix) {
    uint16_t a[40 * 30] = {0};
    dcom_context *x = create(&tiny);
    for (unsigned e = 1; e <= 8; e *= 2) {
        dcom_parameters p = {.rank = 8, .expansion = e, .outliers = 3, .seed = 1, .warmup = e % 3};
        dcom_result r = decompose(x, a, 40, 30, &p);
        ck_assert_uint_eq(r.rank, 0);
        ck_assert_int_eq(r.stop, DCOM_STOP_DEFLATED);
        ck_assert(r.certificate == 0 && r.flags == 0);
    }
    dcom_destroy(x);
}
END_TEST

/* At E = 8 an exact rank up to 8 is found exactly. At smaller E the basis is Krylov's, whose later vectors
 * carry the amplified BF16 noise of the earlier ones: a direction or two more than the rank may be found. */
START_TEST(exact_rank) {
    static const unsigned ranks[] = {1, 2, 5}, sizes[][2] = {{64, 64}, {40, 64}, {300, 500}};
    for (unsigned n = 0; n < 3; n++)
        for (unsigned e = 1; e <= 8; e *= 2) {
            const unsigned k = ranks[_i], tokens = sizes[n][0], channels = sizes[n][1];
            random_state = 1000 + e + n;
            uint16_t *a = low_rank(tokens, channels, k);
            dcom_context *x = create(n < 2 ? &tiny : &full);
            dcom_parameters p = {.rank = 32, .expansion = e, .seed = 1};
            dcom_result r = decompose(x, a, tokens, channels, &p);
            ck_assert_uint_ge(r.rank, k);
            ck_assert_uint_le(r.rank, e == 8 || k == 1 ? k : k + 3);
            ck_assert(r.stop == DCOM_STOP_DEFLATED || r.stop == DCOM_STOP_NOISE);
            double error = relative_error(a, &p, &r);
            ck_assert_double_le(error, 0.012);
            check_certificate(&r, error);
            dcom_destroy(x), free(a);
        }
}
END_TEST

START_TEST(repeated_rows_and_columns) {
    enum { SIDE = 64 };
    uint16_t *base = random_matrix(SIDE * SIDE, 0), a[SIDE * SIDE];
    dcom_context *x = create(&tiny);
    for (unsigned e = 1; e <= 8; e *= 2)
        for (int columns = 0; columns < 2; columns++) {
            for (unsigned t = 0; t < SIDE; t++)
                for (unsigned c = 0; c < SIDE; c++)
                    a[t * SIDE + c] = columns ? base[t * SIDE + c % 6] : base[t % 6 * SIDE + c];
            dcom_parameters p = {.rank = 20, .expansion = e, .warmup = 1, .seed = 3};
            dcom_result r = decompose(x, a, SIDE, SIDE, &p);
            ck_assert_uint_ge(r.rank, 6);
            ck_assert_uint_le(r.rank, e == 8 ? 6 : 10);
            ck_assert_double_le(relative_error(a, &p, &r), 0.012);
            ck_assert_double_le(worst_overlap(&r), 0.01);
        }
    dcom_destroy(x), free(base);
}
END_TEST

/* A Krylov space of the start block alone ends after one block here: A^T A is the identity. */
START_TEST(identity_is_found_whole) {
    uint16_t a[32 * 32] = {0};
    for (unsigned i = 0; i < 32; i++)
        a[i * 33] = 0x3F80;
    dcom_context *x = create(&tiny);
    for (unsigned e = 1; e <= 8; e *= 2) {
        dcom_parameters p = {.rank = 24, .expansion = e, .seed = 1};
        dcom_result r = decompose(x, a, 32, 32, &p);
        ck_assert_uint_eq(r.rank, 24);
        ck_assert_double_le(worst_overlap(&r), 0.01);
        ck_assert_double_eq_tol(relative_error(a, &p, &r), 0.5, 0.03);
    }
    dcom_destroy(x);
}
END_TEST

START_TEST(tolerance_and_odd_ranks) {
    unsigned tokens, channels;
    uint16_t *a = load_npy("pydoc_S512_L04_attn_in.npy", &tokens, &channels);
    dcom_context *x = create(&full);
    dcom_parameters p = dcom_defaults();
    p.rank = 200, p.tolerance = 0.35;
    dcom_result r = decompose(x, a, tokens, channels, &p);
    ck_assert_int_eq(r.stop, DCOM_STOP_TOLERANCE);
    ck_assert_uint_lt(r.rank, 200);
    double error = relative_error(a, &p, &r);
    ck_assert_double_le(error, 0.35);
    ck_assert_double_le(r.certificate * r.certificate + r.certificate_bound * r.certificate_bound,
                        0.35 * 0.35 * 1.0001);
    ck_assert_uint_eq(r.flags, 0);
    for (unsigned rank = 1; rank < 40; rank += 6)
        for (unsigned e = 1; e <= 8; e *= 2) {
            p = (dcom_parameters){.rank = rank, .expansion = e, .outliers = 5, .seed = rank};
            r = decompose(x, a, tokens, channels, &p);
            ck_assert_uint_eq(r.rank, rank);
            ck_assert_int_eq(r.stop, DCOM_STOP_RANK);
            ck_assert_double_le(worst_overlap(&r), 0.01);
            check_certificate(&r, relative_error(a, &p, &r));
        }
    dcom_destroy(x), free(a);
}
END_TEST

START_TEST(uncertified_tolerance) {
    uint16_t *a = low_rank(64, 64, 4);
    dcom_context *x = create(&tiny);
    dcom_parameters p = {.rank = 20, .expansion = 8, .seed = 1, .tolerance = 1e-4};
    dcom_result r = decompose(x, a, 64, 64, &p);
    ck_assert_uint_eq(r.rank, 4);
    ck_assert_uint_eq(r.flags, DCOM_FLAG_UNCERTIFIED);
    dcom_destroy(x), free(a);
}
END_TEST

/* Three rows and a fourth across them, each of norm 1: rank 1 leaves a quarter of 4, the tolerance is a half. The
 * error is just what is tolerated, and no certificate can say so. */
START_TEST(tolerance_is_the_error) {
    uint16_t a[4 * 4];
    for (unsigned k = 0; k < 16; k++)
        a[k] = narrow(k < 12 || k % 2 == 0 ? 0.5f : -0.5f);
    dcom_context *x = create(&tiny);
    dcom_parameters p = {.rank = 1, .expansion = 1, .warmup = 8, .seed = 1, .tolerance = 0.5};
    dcom_result r = decompose(x, a, 4, 4, &p);
    ck_assert_uint_eq(r.stop, DCOM_STOP_RANK);
    ck_assert(r.certificate == 0.5);
    ck_assert_uint_eq(r.flags, DCOM_FLAG_UNCERTIFIED);
    dcom_destroy(x);
}
END_TEST

START_TEST(exact_tracks) {
    unsigned tokens, channels;
    uint16_t *a = load_npy("pydoc_S512_L04_attn_in.npy", &tokens, &channels);
    const uint32_t exact[] = {0, 7, 511};
    for (unsigned c = 0; c < channels; c++)
        a[7 * channels + c] = narrow(1000 * widen(a[7 * channels + c])); /* a sink */
    for (unsigned t = 0; t < tokens; t++)
        a[t * channels + 99] = narrow(t & 1 ? 40.0f : -40.0f);
    dcom_context *x = create(&full);
    dcom_parameters p = dcom_defaults();
    p.exact_tokens = exact, p.exact_token_count = 3, p.outliers = 4;
    dcom_result r = decompose(x, a, tokens, channels, &p);
    for (unsigned i = 0; i < 3; i++)
        for (unsigned k = 0; k < r.rank; k++)
            ck_assert(r.p[exact[i] * r.rank + k] == 0 && !signbit(r.p[exact[i] * r.rank + k]));
    ck_assert(is_outlier(&r, 99));
    for (unsigned i = 0; i < r.outlier_count; i++) {
        ck_assert(i == 0 || r.outliers[i] > r.outliers[i - 1]);
        for (unsigned k = 0; k < r.rank; k++)
            ck_assert(r.v[(unsigned)r.outliers[i] * r.rank + k] == 0);
    }
    check_certificate(&r, relative_error(a, &p, &r));
    dcom_destroy(x), free(a);
}
END_TEST

START_TEST(overflow_is_flagged) {
    uint16_t *a = random_matrix(64 * 64, 0);
    dcom_context *x = create(&tiny);
    dcom_parameters p = {.rank = 16, .expansion = 8, .seed = 1};
    for (unsigned i = 0; i < 64 * 64; i++)
        a[i] = narrow(ldexpf(widen(a[i]), 40)); /* P fits, A^T P does, its square does not */
    dcom_result r = decompose(x, a, 64, 64, &p);
    ck_assert_int_eq(r.stop, DCOM_STOP_OVERFLOW);
    ck_assert_uint_ne(r.flags & (DCOM_FLAG_OVERFLOW | DCOM_FLAG_NAN), 0);
    ck_assert(isfinite(r.certificate) && isfinite(r.certificate_bound));
    dcom_destroy(x), free(a);
}
END_TEST

/* ---- refusals ---- */

static void refuses(dcom_context *x, const uint16_t *a, size_t tokens, size_t channels, dcom_parameters p,
                    dcom_status expected, const char *words) {
    dcom_result r;
    memset(&r, 0x55, sizeof r);
    ck_assert_int_eq(dcom_decompose(x, a, tokens, channels, &p, &r), expected);
    ck_assert_msg(strstr(dcom_message(x), words), "\"%s\" lacks \"%s\"", dcom_message(x), words);
    ck_assert(r.p == NULL && r.v == NULL && r.rank == 0);
}

START_TEST(bad_arguments) {
    const dcom_parameters good = {.rank = 8, .expansion = 8, .seed = 1};
    const uint32_t twice[] = {3, 3}, far[] = {64};
    uint16_t *a = random_matrix(65 * 65, 0);
    dcom_context *x = create(&tiny);
    dcom_parameters p;
    refuses(x, a, 0, 64, good, DCOM_E_SHAPE, "empty");
    refuses(x, a, 65, 64, good, DCOM_E_SHAPE, "65 tokens");
    refuses(x, a, 64, 65, good, DCOM_E_SHAPE, "65 channels");
    refuses(x, NULL, 64, 64, good, DCOM_E_ARGUMENT, "NULL");
    p = good, p.expansion = 3, refuses(x, a, 64, 64, p, DCOM_E_ARGUMENT, "expansion 3");
    p = good, p.rank = 0, refuses(x, a, 64, 64, p, DCOM_E_ARGUMENT, "rank 0");
    p = good, p.rank = 21, refuses(x, a, 64, 20, p, DCOM_E_ARGUMENT, "rank 21");
    p = good, p.rank = 33, refuses(x, a, 64, 64, p, DCOM_E_ARGUMENT, "40 basis rows");
    p = good, p.warmup = 9, refuses(x, a, 64, 64, p, DCOM_E_ARGUMENT, "warmup 9");
    p = good, p.outliers = 64, refuses(x, a, 64, 64, p, DCOM_E_ARGUMENT, "outliers 64");
    p = good, p.tolerance = NAN, refuses(x, a, 64, 64, p, DCOM_E_ARGUMENT, "tolerance");
    p = good, p.exact_tokens = far, p.exact_token_count = 1;
    refuses(x, a, 64, 64, p, DCOM_E_ARGUMENT, "exact token 64");
    p.exact_tokens = twice, p.exact_token_count = 2, refuses(x, a, 64, 64, p, DCOM_E_ARGUMENT, "ascending");
    a[5 * 64 + 9] = 0x7FC0, refuses(x, a, 64, 64, good, DCOM_E_VALUE, "row 5, column 9");
    a[5 * 64 + 9] = 0xFF80, refuses(x, a, 64, 64, good, DCOM_E_VALUE, "infinite");
    a[5 * 64 + 9] = 0;
#if defined(__SSE__)
    const unsigned state = _mm_getcsr();
    _mm_setcsr(state | 0x8000), refuses(x, a, 64, 64, good, DCOM_E_HOST, "flush-to-zero"), _mm_setcsr(state);
#endif
    decompose(x, a, 64, 64, &good);
    ck_assert_str_eq(dcom_message(x), "");
    dcom_destroy(x), free(a);
    dcom_config bad = tiny;
    bad.tile_tokens = 63;
    ck_assert_int_eq(dcom_create(&bad, &x), DCOM_E_CONFIG);
    ck_assert_uint_eq(dcom_abi_version(), DCOM_ABI);
}
END_TEST

int main(int argc, char **argv) {
    if (argc > 1) data_folder = argv[1];
    Suite *suite = suite_create("untimed");
    TCase *sums = tcase_create("sums"), *quality = tcase_create("quality"), *ends = tcase_create("ends");
    tcase_add_loop_test(sums, kernels_are_equal, 0, 8);
    tcase_add_test(sums, accumulate_is_equal);
    tcase_add_loop_test(sums, sums_are_the_documented_ones, 0, 2);
    tcase_add_loop_test(sums, statistics_are_the_documented_ones, 0, 5);
    tcase_add_loop_test(sums, start_block_is_summed_in_chunks, 0, 2);
    tcase_set_timeout(quality, 0);
    tcase_add_loop_test(quality, quality_on_real_activations, 0, 3);
    tcase_add_test(quality, runs_repeat);
    tcase_set_timeout(ends, 0);
    tcase_add_test(ends, zero_matrix);
    tcase_add_loop_test(ends, exact_rank, 0, 3);
    tcase_add_test(ends, repeated_rows_and_columns);
    tcase_add_test(ends, identity_is_found_whole);
    tcase_add_test(ends, tolerance_and_odd_ranks);
    tcase_add_test(ends, uncertified_tolerance);
    tcase_add_test(ends, tolerance_is_the_error);
    tcase_add_test(ends, exact_tracks);
    tcase_add_test(ends, overflow_is_flagged);
    tcase_add_test(ends, bad_arguments);
    suite_add_tcase(suite, sums), suite_add_tcase(suite, quality), suite_add_tcase(suite, ends);
    SRunner *runner = srunner_create(suite);
    srunner_run_all(runner, CK_ENV);
    int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed ? 1 : 0;
}
