/* test_reference.c - parts of the C reference by themselves: sums rounded at the edges, borders of the certificate,
 * packing, an engine's basis rows, calls that fail, memory. What is expected is written out. SPDX-License-Identifier:
 * Apache-2.0
 *
 * SEED=N repeats a run. */
#include <check.h>
#include <malloc.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>
#include "../cmodel/certificate.h"
#include "../cmodel/datapath.h"
#include "../cmodel/edge.h"
#include "../cmodel/fp.h"
#include "../cmodel/lanczos.h"
#include "../cmodel/panel.h"
#include "../cmodel/untimed.h"

/* ---- edges ---- */

static uint32_t seed = 1, random_state;

static uint32_t random_bits(void) {
    random_state ^= random_state << 13, random_state ^= random_state >> 17, random_state ^= random_state << 5;
    return random_state;
}

/* Around each border: BF16's own values, half way between two, the largest number, infinity, NaN, 0. */
static const uint32_t special[] = {0,          1,          0x00008000, 0x00018000, 0x3F808000,
                                   0x3F818000, 0x3F807FFF, 0x7F7F7FFF, 0x7F7F8000, 0x7F7FFFFF,
                                   0x7F800000, 0x7F800001, 0x7FC00000, 0x7FFFFFFF};
enum { SPECIAL = sizeof special / sizeof special[0], ROWS = 5, WAYS = 20000 };

/* Of a lane's numbers in a round none, some or most are special. */
static uint32_t element(unsigned round) {
    const uint32_t r = random_bits(), sign = r & 0x80000000;
    if (r % 16 < round % 16) return special[random_bits() % SPECIAL] | sign;
    return round % 3 ? (random_bits() & 0x00FFFFFF) | 0x3F000000 | sign : random_bits();
}

START_TEST(sums_are_rounded_and_flagged) {
    random_state = seed * 0x9E3779B9u | 1;
    for (unsigned round = 0; round < WAYS; round++) {
        uint32_t x[ROWS][LANES] = {{0}}, peak[LANES], largest[LANES] = {0};
        uint16_t out[ROWS + 1][LANES];
        int32_t mask[ROWS];
        float sums[ROWS][LANES], top[LANES];
        unsigned flags = 0;
        const unsigned rows = random_bits() % (ROWS + 1), masked = random_bits() % 2;
        for (unsigned r = 0; r < rows; r++) {
            mask[r] = random_bits() % 4 ? EDGE_KEEP : EDGE_ZERO;
            for (unsigned e = 0; e < LANES; e++)
                x[r][e] = element(round);
        }
        memcpy(sums, x, sizeof x);
        memset(out, 0x5A, sizeof out);
        const unsigned got = edge_round(sums[0], rows, masked ? mask : NULL, out[0], top);
        memcpy(peak, top, sizeof peak);
        for (unsigned r = 0; r < rows; r++)
            for (unsigned e = 0; e < LANES; e++) {
                const uint32_t v = masked && mask[r] == EDGE_ZERO ? 0 : x[r][e], magnitude = v & 0x7FFFFFFF;
                const uint16_t want = fp_to_bf16(v);
                if (magnitude > largest[e]) largest[e] = magnitude;
                if ((want & 0x7FFF) == 0x7F80) flags |= DCOM_FLAG_OVERFLOW;
                if ((want & 0x7FFF) > 0x7F80) flags |= DCOM_FLAG_NAN;
                if (out[r][e] != want)
                    ck_abort_msg("SEED=%u, round %u: %08X is %04X, not %04X", seed, round, v, out[r][e], want);
            }
        if (got != flags) ck_abort_msg("SEED=%u, round %u: flags %u, not %u", seed, round, got, flags);
        for (unsigned e = 0; e < LANES; e++) {
            if (peak[e] != largest[e])
                ck_abort_msg("SEED=%u, round %u: %08X is the largest, not %08X", seed, round, peak[e], largest[e]);
            if (out[rows][e] != 0x5A5A) ck_abort_msg("SEED=%u, round %u: a row too many", seed, round);
        }
    }
}
END_TEST

/* ---- certificate: where a number is just enough, and what is not finite ---- */

START_TEST(certificates_end_at_their_borders) {
    const float least = 0x1p-23f;
    certificate c = {.total = 4, .decomposed = 0, .residual = 0.5f};
    ck_assert(certificate_reached(&c, 0.5f));
    ck_assert(!certificate_reached(&c, 0.5f - least));
    c.cross = 0.25f;
    ck_assert(certificate_reached(&c, 0.75f));
    ck_assert(!certificate_reached(&c, 0.75f - least));
    c.residual = -1; /* is +0 then */
    ck_assert(certificate_residual(&c) == 0 && certificate_reached(&c, 0.25f));
    c = (certificate){.decomposed = 1};
    ck_assert(certificate_bound(&c) == 0x1p-16f);
    ck_assert(certificate_possible(&c, 0x1p-16f) && !certificate_possible(&c, 0x1p-17f));
    const float noise = 0x1.Ap-16f;
    c.residual = noise;
    ck_assert(certificate_is_noise(&c));
    c.residual = noise * (1 + 2 * least);
    ck_assert(!certificate_is_noise(&c));
    c.residual = 0, c.cross = noise * (1 + 2 * least);
    ck_assert(!certificate_is_noise(&c));
    ck_assert(certificate_relative(1, 4) == 0.5f && certificate_relative(1, 0) == 0);
    ck_assert(certificate_relative(INFINITY, 4) == 1 && certificate_relative(1, INFINITY) == 1);
}
END_TEST

/* Behind a basis of one row too, a column counts as new from 2^-14 of its energy on, not from the 2^-16 of a start
 * block: here 2^-15 is. */
START_TEST(one_row_is_a_basis) {
    static const uint16_t a[] = {0x3F80, 0, 0, 0x3BB5};
    static const dcom_config one = {"one", 1, 1, MAC_ROWS, LANES, 64, 64, 64, 1};
    dcom_parameters p = dcom_defaults();
    dcom_context *context;
    dcom_result r;
    p.rank = 2, p.expansion = 1, p.warmup = 0, p.outliers = 0;
    ck_assert_int_eq(dcom_create(&one, &context), DCOM_OK);
    ck_assert_int_eq(dcom_decompose(context, a, 2, 2, &p, &r), DCOM_OK);
    ck_assert_uint_eq(r.rank, 2);
    ck_assert_uint_eq(r.deflations, 1);
    dcom_destroy(context);
}
END_TEST

/* ---- packing, of matrices that end where the memory does ---- */

/* `bytes` bytes, with none behind them. */
static void *at_the_end(size_t bytes) {
    const size_t page = (size_t)sysconf(_SC_PAGESIZE), size = (bytes + page - 1) / page * page;
    char *p = mmap(NULL, size + page, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    ck_assert(p != MAP_FAILED && !mprotect(p + size, page, PROT_NONE));
    return p + size - bytes;
}

START_TEST(packing_stays_within) {
    enum { ROWS = 67, COLUMNS = 61, DEPTH = 5 };
    random_state = seed * 0x9E3779B9u | 1;
    for (unsigned n = 1; n <= ROWS; n++) {
        const unsigned columns = 1 + 7 * n % COLUMNS; /* every number of them */
        uint16_t *a = at_the_end(n * columns * sizeof *a);
        for (unsigned i = 0; i < n * columns; i++)
            a[i] = (uint16_t)random_bits();
        ck_assert_uint_eq(panel_size(n, DEPTH), (n + PANEL - 1) / PANEL * PANEL * DEPTH);
        const size_t by_row = panel_size(n, columns), by_column = panel_size(columns, n);
        uint16_t *rows = at_the_end(by_row * sizeof *rows), *across = at_the_end(by_column * sizeof *across);
        panel_pack_rows(a, n, columns, rows);
        panel_pack_columns(a, n, columns, across);
        for (unsigned o = 0; o < by_row / columns; o++)
            for (unsigned k = 0; k < columns; k++)
                if (rows[(o / PANEL * columns + k) * PANEL + kernel_slot(o % PANEL)] !=
                    (o < n ? a[o * columns + k] : 0))
                    ck_abort_msg("SEED=%u: row %u of %u, column %u of %u", seed, o, n, k, columns);
        for (unsigned o = 0; o < by_column / n; o++)
            for (unsigned k = 0; k < n; k++)
                if (across[(o / PANEL * n + k) * PANEL + kernel_slot(o % PANEL)] !=
                    (o < columns ? a[k * columns + o] : 0))
                    ck_abort_msg("SEED=%u: column %u of %u, row %u of %u", seed, o, columns, k, n);

        /* the kernels too read nothing behind the panels */
        const span all = {0, n, true};
        float x[ROWS * LANES] = {0}, out[COLUMNS][LANES];
        for (unsigned expansion = 1; expansion <= LANES; expansion *= 2) {
            const size_t stride = (size_t)n * PANEL;
            kernel_contract(kernel_select("portable"), across, stride, 0, columns, &all, 1, x, expansion, out[0]);
            kernel_contract(kernel_select(NULL), across, stride, 0, columns, &all, 1, x, expansion, out[0]);
        }

        uint16_t *lanes = at_the_end(n * LANES * sizeof *lanes), turned[LANES][ROWS];
        for (unsigned i = 0; i < n * LANES; i++)
            lanes[i] = (uint16_t)random_bits();
        panel_transpose_lanes(lanes, n, turned[0], ROWS);
        for (unsigned i = 0; i < n * LANES; i++)
            if (turned[i % LANES][i / LANES] != lanes[i]) ck_abort_msg("SEED=%u: of %u rows, %u", seed, n, i);
    }
}
END_TEST

/* ---- an engine: its basis rows are +0 until they are written, and there are no others ---- */

enum { TOKENS = 40, CHANNELS = 36, MOST = TOKENS * CHANNELS, BASIS = 64 };
static const dcom_config tiny = {"tiny", 1, 1, MAC_ROWS, LANES, 64, 64, BASIS, 1};

static void check_basis_is_clear(engine *e, const uint16_t *x) {
    static float out[BASIS * LANES];
    static const float zero[BASIS * LANES];
    ck_assert_int_eq(e->forward(e, REGION_BASIS, 0, BASIS, LANES, x, out), DCOM_OK);
    ck_assert(!memcmp(out, zero, sizeof zero));
    ck_assert_int_eq(e->transpose(e, REGION_BASIS, 0, BASIS, LANES, x, out), DCOM_OK);
    ck_assert(!memcmp(out, zero, CHANNELS * LANES * sizeof *zero));
}

START_TEST(a_matrix_clears_the_basis) {
    static uint16_t a[MOST];
    static float out[MOST];
    engine *e;
    for (unsigned i = 0; i < MOST; i++)
        a[i] = (uint16_t)(0x3F80 + i % 128);
    ck_assert_int_eq(untimed_create(&tiny, NULL, &e), DCOM_OK);
    for (unsigned n = 0; n < 3; n++) {
        ck_assert_int_eq(e->load(e, a, TOKENS, CHANNELS), DCOM_OK);
        check_basis_is_clear(e, a);
        ck_assert_int_eq(e->write_basis(e, 0, LANES, a), DCOM_OK);
        ck_assert_int_eq(e->write_basis(e, BASIS - LANES, LANES, a), DCOM_OK);
    }
    /* a few rows, and none beside them */
    static const float zero[BASIS * LANES];
    ck_assert_int_eq(e->load(e, a, TOKENS, CHANNELS), DCOM_OK);
    ck_assert_int_eq(e->write_basis(e, LANES, 3, a), DCOM_OK);
    ck_assert_int_eq(e->forward(e, REGION_BASIS, 0, BASIS, LANES, a, out), DCOM_OK);
    ck_assert(!memcmp(out, zero, LANES * LANES * sizeof *out));
    ck_assert(!memcmp(out + (LANES + 3) * LANES, zero, (BASIS - LANES - 3) * LANES * sizeof *out));
    ck_assert(memcmp(out + (LANES + 2) * LANES, zero, LANES * sizeof *out) != 0);
    ck_assert_int_eq(e->write_basis(e, BASIS - LANES + 1, LANES, a), DCOM_E_SHAPE);
    ck_assert_int_eq(e->write_basis(e, 0, 0, a), DCOM_E_SHAPE);
    ck_assert_int_eq(e->write_basis(e, 0, LANES + 1, a), DCOM_E_SHAPE);
    ck_assert_int_eq(e->forward(e, REGION_TOKENS, 1, TOKENS, LANES, a, out), DCOM_E_SHAPE);
    ck_assert_int_eq(e->forward(e, REGION_BASIS, 1, BASIS, LANES, a, out), DCOM_E_SHAPE);
    ck_assert_int_eq(e->transpose(e, REGION_TOKENS, 1, TOKENS, LANES, a, out), DCOM_E_SHAPE);
    ck_assert_int_eq(e->transpose(e, REGION_BASIS, 1, BASIS, LANES, a, out), DCOM_E_SHAPE);
    untimed_destroy(e);
    setenv("DCOM_ISA", "none such", 1);
    ck_assert_int_eq(untimed_create(&tiny, NULL, &e), DCOM_E_HOST);
    ck_assert_ptr_null(e);
    unsetenv("DCOM_ISA");
}
END_TEST

/* ---- the start block: chunks of 8 tokens of every cluster row ---- */

static unsigned chunk_first[4], chunk_count[4], chunks;

static dcom_status note_chunk(engine *face, engine_region region, unsigned first, unsigned count, unsigned expansion,
                              const uint16_t *y, float *out) {
    (void)region, (void)y;
    ck_assert_uint_lt(chunks, 4);
    chunk_first[chunks] = first, chunk_count[chunks++] = count;
    memset(out, 0, face->channels * expansion * sizeof *out);
    return DCOM_OK;
}

static dcom_status note_nothing(engine *face, unsigned first, unsigned count, const uint16_t *rows) {
    (void)face, (void)first, (void)count, (void)rows;
    return DCOM_OK;
}

START_TEST(start_blocks_are_made_chunk_by_chunk) {
    static const unsigned first[] = {0, 16, 32}, count[] = {16, 16, 8};
    static const int32_t keep[TOKENS];
    dcom_config two_rows = tiny;
    two_rows.cluster_rows = 2;
    engine e = {.config = &two_rows,
                .tokens = TOKENS,
                .channels = CHANNELS,
                .write_basis = note_nothing,
                .transpose = note_chunk};
    datapath *path = datapath_create(&e);
    chunks = 0;
    ck_assert_int_eq(path->begin(path, keep, keep, BASIS), DCOM_OK);
    ck_assert_int_eq(path->start_block(path, 0, LANES, 1), DCOM_OK);
    ck_assert_uint_eq(chunks, 3);
    ck_assert(!memcmp(chunk_first, first, sizeof first) && !memcmp(chunk_count, count, sizeof count));
    datapath_destroy(path);
}
END_TEST

/* ---- a call that fails ends the run at once, and leaves nothing ---- */

/* Rows that repeat: columns are dropped, and blocks projected. */
static void make(uint16_t a[MOST]) {
    random_state = seed * 0x9E3779B9u | 1;
    for (unsigned i = 0; i < MOST; i++)
        a[i] = (uint16_t)((random_bits() & 0x807F) | (0x7B + random_bits() % 5) << 7);
    memcpy(a + 11 * CHANNELS, a, 11 * CHANNELS * sizeof *a);
    memcpy(a + 22 * CHANNELS, a, 18 * CHANNELS * sizeof *a);
}

/* What is below, with a count of its calls; call number `at` is not made but fails. */
static unsigned calls, at;
#define FAILING(type, name, parameters, arguments)                                                                   \
    static dcom_status name parameters {                                                                             \
        failing_##type *f = (failing_##type *)face;                                                                  \
        ck_assert_uint_ne(calls, at);                                                                                \
        if (++calls == at) return DCOM_E_HOST;                                                                       \
        before_##type(f);                                                                                            \
        const dcom_status status = f->inner->name arguments;                                                         \
        after_##type(f);                                                                                             \
        return status;                                                                                               \
    }

typedef struct {
    engine face, *inner;
} failing_engine;
static void before_engine(failing_engine *f) { (void)f; }
static void after_engine(failing_engine *f) {
    const engine face = f->face;
    f->face = *f->inner;
    f->face.load = face.load, f->face.write_basis = face.write_basis;
    f->face.forward = face.forward, f->face.transpose = face.transpose;
}
FAILING(engine, load, (engine * face, const uint16_t *a, unsigned tokens, unsigned channels),
        (f->inner, a, tokens, channels))
FAILING(engine, write_basis, (engine * face, unsigned first, unsigned count, const uint16_t *rows),
        (f->inner, first, count, rows))
FAILING(engine, forward,
        (engine * face, engine_region region, unsigned first, unsigned count, unsigned expansion, const uint16_t *x,
         float *out),
        (f->inner, region, first, count, expansion, x, out))
FAILING(engine, transpose,
        (engine * face, engine_region region, unsigned first, unsigned count, unsigned expansion, const uint16_t *y,
         float *out),
        (f->inner, region, first, count, expansion, y, out))

typedef struct {
    datapath face, *inner;
} failing_datapath;
static void before_datapath(failing_datapath *f) { f->inner->flags = f->face.flags; }
static void after_datapath(failing_datapath *f) { f->face.flags = f->inner->flags; }
static void program(datapath *face, enum scalar_program number) { (void)face, (void)number; }
FAILING(datapath, begin, (datapath * face, const int32_t *tokens, const int32_t *channels, unsigned rows),
        (f->inner, tokens, channels, rows))
FAILING(datapath, start_block, (datapath * face, unsigned rows, unsigned lanes, uint32_t key),
        (f->inner, rows, lanes, key))
FAILING(datapath, next_block, (datapath * face, unsigned rows, unsigned width, unsigned lanes, uint32_t key),
        (f->inner, rows, width, lanes, key))
FAILING(datapath, project, (datapath * face, unsigned rows, unsigned lanes), (f->inner, rows, lanes))
FAILING(datapath, combine, (datapath * face, unsigned rows, unsigned lanes, const float *x),
        (f->inner, rows, lanes, x))
FAILING(datapath, measure, (datapath * face, unsigned rows, unsigned lanes, float peak[LANES]),
        (f->inner, rows, lanes, peak))
FAILING(datapath, gram, (datapath * face, unsigned rows, unsigned lanes, float *g), (f->inner, rows, lanes, g))
FAILING(datapath, multiply, (datapath * face, unsigned kept, unsigned lanes), (f->inner, kept, lanes))
FAILING(datapath, squares, (datapath * face, float squares[LANES], float lost[LANES]), (f->inner, squares, lost))
FAILING(datapath, certify,
        (datapath * face, unsigned first, unsigned kept, const float norm[LANES], float bound[LANES]),
        (f->inner, first, kept, norm, bound))
FAILING(datapath, settle, (datapath * face, unsigned rows, float sum[LANES]), (f->inner, rows, sum))
FAILING(datapath, store, (datapath * face, unsigned kept, uint16_t *p, uint16_t *v, unsigned stride, unsigned column),
        (f->inner, kept, p, v, stride, column))

/* _i 0: calls of the engine fail, 1: of the datapath; _i / 2: a matrix of columns that are given up. */
START_TEST(a_failure_ends_the_run) {
    static const uint16_t vanishing[] = {0x3F00, 0, 0, 0x3F00, 0, 0x1B00, 0, 0x3F00, 0, 0, 0x3F00, 0x1B00};
    uint16_t a[MOST];
    engine *inner;
    lanczos_result r, nothing;
    dcom_status status = DCOM_E_HOST;
    dcom_parameters p = dcom_defaults();
    const unsigned small = _i / 2, tokens = small ? 4 : TOKENS, channels = small ? 3 : CHANNELS;
    make(a);
    if (small) memcpy(a, vanishing, sizeof vanishing);
    p.rank = small ? 3 : 20, p.outliers = 0, p.seed = 4;
    p.warmup = small ? 0 : 1;
    ck_assert_int_eq(untimed_create(&tiny, NULL, &inner), DCOM_OK);
    failing_engine e = {*inner, inner};
    e.face.load = load, e.face.write_basis = write_basis, e.face.forward = forward, e.face.transpose = transpose;
    datapath *path = datapath_create(_i % 2 ? inner : &e.face);
    failing_datapath d = {{.engine = inner,
                           .kernel = path->kernel,
                           .program = program,
                           .begin = begin,
                           .start_block = start_block,
                           .next_block = next_block,
                           .project = project,
                           .combine = combine,
                           .measure = measure,
                           .gram = gram,
                           .multiply = multiply,
                           .squares = squares,
                           .certify = certify,
                           .settle = settle,
                           .store = store},
                          path};
    memset(&nothing, 0, sizeof nothing);
    for (at = 1; status; at++) {
        calls = 0;
        memset(&r, 0, sizeof r);
        status = lanczos_decompose(_i % 2 ? &d.face : path, a, tokens, channels, &p, &r);
        if (calls < at) break;
        ck_assert_msg(status == DCOM_E_HOST, "call %u fails, status %d", at, status);
        ck_assert_msg(!memcmp(&r, &nothing, sizeof r), "call %u fails, and leaves something", at);
    }
    ck_assert_int_eq(status, DCOM_OK);
    ck_assert_uint_gt(at, 5);
    lanczos_release(&r);
    datapath_destroy(path);
    untimed_destroy(inner);
}
END_TEST

/* ---- nothing is kept ---- */

/* Bytes in use; 0 where the library does not tell. */
static size_t in_use(void) {
#ifdef __GLIBC__
    const struct mallinfo2 m = mallinfo2();
    return m.uordblks + m.hblkhd;
#else
    return 0;
#endif
}

START_TEST(memory_is_given_back) {
    static uint16_t a[MOST];
    enum { ROUNDS = 200, LEAST = 32 }; /* bytes of an allocation, of glibc; its caches fill up now and then */
    size_t after[ROUNDS];
    int status = DCOM_OK; /* Check keeps memory with every assertion */
    make(a);
    for (unsigned round = 0; round < ROUNDS; round++) {
        float sums[4 * 4];
        dcom_context *context = NULL;
        dcom_result r;
        dcom_parameters p = dcom_defaults();
        p.rank = 4, p.outliers = 1;
        status |= dcom_create(&tiny, &context);
        for (unsigned n = 1; n < 5; n++) /* larger and smaller ones */
            status |= dcom_decompose(context, a, n % 2 ? 10 * n : 8, CHANNELS, &p, &r);
        status |= dcom_apply(context, a, 4, CHANNELS, a, 4, sums, NULL, NULL);
        dcom_destroy(context);
        datapath_destroy(NULL), untimed_destroy(NULL);
        after[round] = in_use();
    }
    ck_assert_int_eq(status, DCOM_OK);
    ck_assert_uint_lt(after[ROUNDS - 1], after[ROUNDS / 2] + LEAST * (ROUNDS / 2 - 1));
}
END_TEST

/* ---- without memory ---- */

/* The linker sends all allocations here (tests/reference.mk): number `denied` of them gets nothing, the others get
 * rubbish. */
static unsigned allocations, denied;
static void *rubbish(void *p, size_t n) { return p ? memset(p, 0x7F, n) : p; }
void *__real_malloc(size_t), *__real_calloc(size_t, size_t), *__real_aligned_alloc(size_t, size_t);
void *__wrap_malloc(size_t), *__wrap_calloc(size_t, size_t), *__wrap_aligned_alloc(size_t, size_t);
void *__wrap_malloc(size_t n) { return ++allocations == denied ? NULL : rubbish(__real_malloc(n), n); }
void *__wrap_calloc(size_t n, size_t size) { return ++allocations == denied ? NULL : __real_calloc(n, size); }
void *__wrap_aligned_alloc(size_t to, size_t n) {
    return ++allocations == denied ? NULL : rubbish(__real_aligned_alloc(to, n), n);
}

/* A context, a decomposition and a layer, with one allocation denied; then, in what is left, the smallest matrix and
 * all of it. */
START_TEST(memory_is_missed_and_told) {
    static uint16_t a[MOST];
    dcom_parameters p = dcom_defaults(), one = p;
    p.rank = 4, p.outliers = 1;
    one.rank = 1, one.outliers = 0;
    make(a);
    unsigned n = 1;
    for (bool reached = true; reached; n++) {
        float sums[4 * 4];
        dcom_context *context = NULL;
        dcom_result r;
        allocations = 0, denied = n;
        dcom_status status = dcom_create(&tiny, &context);
        if (!status) status = dcom_decompose(context, a, 1, 1, &one, &r);
        if (!status) status = dcom_decompose(context, a, TOKENS, CHANNELS, &p, &r);
        if (!status) status = dcom_apply(context, a, 4, CHANNELS, a, 4, sums, NULL, NULL);
        reached = allocations >= denied;
        denied = 0;
        if (status != (reached ? DCOM_E_MEMORY : DCOM_OK)) ck_abort_msg("allocation %u: status %d", n, status);
        if (context && dcom_decompose(context, a, 1, 1, &one, &r))
            ck_abort_msg("allocation %u: no single element afterwards", n);
        if (context && dcom_decompose(context, a, TOKENS / 2, CHANNELS, &p, &r))
            ck_abort_msg("allocation %u: nothing afterwards", n);
        if (context && dcom_apply(context, a, 4, CHANNELS, a, 4, sums, NULL, NULL))
            ck_abort_msg("allocation %u: no layer afterwards", n);
        dcom_destroy(context);
    }
    ck_assert_uint_gt(n, 20);
}
END_TEST

START_TEST(what_is_not_created_keeps_nothing) {
    enum { ROUNDS = 400, LEAST = 32 };
    size_t before = 0;
    engine *e;
    for (unsigned round = 0; round < ROUNDS; round++) {
        if (round == ROUNDS / 2) before = in_use();
        allocations = 0, denied = 2;
        const dcom_status status = untimed_create(&tiny, NULL, &e);
        denied = 0;
        if (status != DCOM_E_MEMORY || e) ck_abort_msg("the second allocation: status %d", status);
    }
    ck_assert_uint_lt(in_use(), before + LEAST * (ROUNDS / 2 - 1));
}
END_TEST

int main(void) {
    if (getenv("SEED")) seed = (uint32_t)strtoul(getenv("SEED"), NULL, 10);
    printf("# SEED=%u\n", seed);
    fflush(stdout);
    Suite *suite = suite_create("reference");
    TCase *c = tcase_create("reference");
    tcase_set_timeout(c, 0);
    tcase_add_test(c, sums_are_rounded_and_flagged);
    tcase_add_test(c, certificates_end_at_their_borders);
    tcase_add_test(c, one_row_is_a_basis);
    tcase_add_test(c, packing_stays_within);
    tcase_add_test(c, a_matrix_clears_the_basis);
    tcase_add_test(c, start_blocks_are_made_chunk_by_chunk);
    tcase_add_loop_test(c, a_failure_ends_the_run, 0, 4);
    tcase_add_test(c, memory_is_given_back);
    tcase_add_test(c, memory_is_missed_and_told);
    tcase_add_test(c, what_is_not_created_keeps_nothing);
    suite_add_tcase(suite, c);
    SRunner *runner = srunner_create(suite);
    srunner_run_all(runner, CK_ENV);
    const int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed != 0;
}
