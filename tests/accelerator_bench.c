/* accelerator_bench.c - whole decompositions by accelerator.v and its twin, with no host in the loop: every register
 * on every clock, every memory at each block, and P, V and the certificate against the untimed model. Prints TAP.
 * SPDX-License-Identifier: Apache-2.0
 * usage: accelerator_bench CONFIG.cfg [A.npy]: random matrices, or this one; SEED=N in the environment repeats a run
 */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "../cmodel/accelerator.h"
#include "../cmodel/certificate.h"
#include "../cmodel/geometry.h"
#include "../cmodel/kernel.h"
#include "../cmodel/npy.h"
#include "accelerator_dut.h"

static uint32_t seed = 1, random_state;
static uint32_t random_bits(void) {
    random_state ^= random_state << 13, random_state ^= random_state >> 17, random_state ^= random_state << 5;
    return random_state;
}
static unsigned below(unsigned n) { return random_bits() % n; }

/* ---- model and RTL ---- */

struct pair {
    char name[160];
    const void *model, *rtl;
    unsigned bytes;
};

typedef struct {
    dcom_config config;
    struct accelerator model;
    accelerator_dut *rtl;
    struct accelerator_in in;
    struct accelerator_out out;
    struct pair *registers, *memories;
    unsigned register_count, memory_count;
    uint64_t clocks;
    char fault[300];
} bench;

static int fail(bench *b, const char *text, const char *name) {
    if (!b->fault[0])
        snprintf(b->fault, sizeof b->fault, "clock %llu: %s %s", (unsigned long long)b->clocks, name, text);
    return -1;
}

static const dut_variable *find(const dut_variable *v, size_t n, const char *scope, const char *name) {
    for (size_t k = 0; k < n; k++)
        if (!strcmp(v[k].scope, scope) && !strcmp(v[k].name, name)) return &v[k];
    return NULL;
}

typedef struct {
    bench *b;
    const dut_variable *v;
    size_t n;
    unsigned bound;
} binder;

static void bind(binder *x, const char *scope, const char *name, const void *model, size_t bytes, int memory) {
    const dut_variable *v = find(x->v, x->n, scope, name);
    char full[160];
    snprintf(full, sizeof full, "%s.%s", scope, name);
    if (!v || v->bytes > bytes) {
        fail(x->b, v ? "has another size" : "is not in the RTL", full);
        return;
    }
    struct pair *p = memory ? &x->b->memories[x->b->memory_count++] : &x->b->registers[x->b->register_count++];
    *p = (struct pair){.model = model, .rtl = v->data, .bytes = v->bytes};
    snprintf(p->name, sizeof p->name, "%s", full);
    x->bound++;
}

/* The array's, from the table of the lockstep */
enum place { ARRAY, COLUMN, ROW, CLUSTER };
enum when { ALWAYS = 1, STAGES_2, STAGES_3, MEMORY };
static const struct line {
    enum place place;
    const char *instance, *name;
    size_t offset, size;
    enum when when;
} lines[] = {
#define LINE(place, instance, name, field, format, when)                                                             \
    {place, instance, name, offsetof(dcom_array, field), sizeof(((dcom_array *)0)->field), when},
#define PORT(name, field, format)
#include "../tb/correspondence.def"
#undef LINE
#undef PORT
};

static void bind_array(binder *x) {
    const dcom_config *c = &x->b->config;
    for (size_t k = 0; k < sizeof lines / sizeof lines[0]; k++) {
        const struct line *l = &lines[k];
        const unsigned rows = l->place == ROW || l->place == CLUSTER ? c->cluster_rows : 1;
        const unsigned columns = l->place == COLUMN || l->place == CLUSTER ? c->cluster_columns : 1;
        for (unsigned i = 0; i < rows; i++)
            for (unsigned j = 0; j < columns; j++) {
                char scope[128], at[64] = "";
                if (l->place == COLUMN) snprintf(at, sizeof at, ".column[%u]", j);
                if (l->place == ROW) snprintf(at, sizeof at, ".row[%u]", i);
                if (l->place == CLUSTER) snprintf(at, sizeof at, ".row[%u].node[%u]", i, j);
                snprintf(scope, sizeof scope, "u_array%s%s%s", at, l->instance[0] ? "." : "", l->instance);
                const size_t stride = l->place == CLUSTER             ? sizeof(struct cluster)
                                      : strstr(l->instance, "result") ? sizeof(struct result_port)
                                                                      : sizeof(struct vector_port);
                const unsigned index = l->place == COLUMN ? j : l->place == ROW ? i : i * c->cluster_columns + j;
                const uint8_t *field =
                    (const uint8_t *)x->b->model.array + l->offset + (l->place == ARRAY ? 0 : index * stride);
                size_t size = l->size;
                if (l->when == STAGES_2 ? c->mac_stages < 2 : l->when == STAGES_3 && c->mac_stages < 3) {
                    x->bound++; /* never written in this build */
                    continue;
                }
                if (l->when == MEMORY) {
                    const void *mem;
                    memcpy(&mem, field, sizeof mem);
                    field = mem;
                    size = SIZE_MAX;
                }
                bind(x, scope, l->name, field, size, l->when == MEMORY);
            }
    }
}

#define R(scope, field) bind(x, scope, #field, &s->field, sizeof s->field, 0)

static void bind_sequencer(binder *x, const struct sequencer *s) {
    const char *u = "u_sequencer";
    R(u, state_q), R(u, then_q), R(u, sum_then_q), R(u, stop_q), R(u, round_q), R(u, flags_q), R(u, why_q);
    R(u, rows_q), R(u, from_q), R(u, passes_q), R(u, rounds_q), R(u, deflations_q), R(u, width_q), R(u, fresh_q);
    R(u, barren_q), R(u, kept_q), R(u, key_q), R(u, pending_q), R(u, picking_q), R(u, bound_q), R(u, stored_q);
    R(u, chosen_q), R(u, transpose_q), R(u, subtract_q), R(u, kind_q), R(u, lanes_q), R(u, tokens_q), R(u, first_q);
    R(u, last_q), R(u, program_q), R(u, edge_q), R(u, column_q), R(u, lane_q), R(u, slot_q), R(u, count_q),
        R(u, word_q);
}

static void bind_alu(binder *x, const struct scalar_alu *s) {
    const char *u = "u_scalar.u_scalar_alu";
    R(u, align_q), R(u, align_tag_q), R(u, a_q), R(u, b_q), R(u, exponent_q), R(u, round_q), R(u, round_tag_q);
    R(u, sum_q), R(u, sum_exponent_q), R(u, out_valid_q), R(u, out_tag_q), R(u, result_q), R(u, iter_busy_q);
    R(u, iter_root_q), R(u, iter_sign_q), R(u, iter_hold_tag_q), R(u, iter_exponent_q), R(u, iter_divisor_q);
    R(u, iter_remainder_q), R(u, iter_quotient_q), R(u, iter_place_q), R(u, iter_valid_q), R(u, iter_tag_q);
    R(u, iter_result_q);
}

static void bind_scalar(binder *x, const struct scalar *s) {
    const char *u = "u_scalar";
    R(u, running_q), R(u, pick_valid_q), R(u, pick_register_q), R(u, pc_q), R(u, pick_q), R(u, pending_q),
        R(u, flag_q);
    R(u, mem);
    bind_alu(x, &s->alu);
}

static void bind_column_edge(binder *x, const struct column_edge *s, unsigned k) {
    char u[64], w[80], v[80];
    snprintf(u, sizeof u, "column_edges[%u].u_column_edge", k);
    snprintf(w, sizeof w, "%s.u_w", u), snprintf(v, sizeof v, "%s.u_v", u);
    R(u, feed_channel_q), R(u, feed_end_q), R(u, feed_left_q), R(u, feed_valid_q), R(u, take_channel_q);
    R(u, take_end_q), R(u, taken_q), R(u, take_subtract_q), R(u, arrive_q), R(u, round_q), R(u, sum_valid_q);
    R(u, result_q), R(u, aligned_q), R(u, exponent_q), R(u, sum_q), R(u, nan_q), R(u, overflow_q), R(u, mask_q);
    R(u, write_channel_q), R(u, write_end_q), R(u, write_lane_q), R(u, write_lanes_q), R(u, write_follow_q);
    R(u, row_valid_q), R(u, row_lane_q), R(u, row_channel_q);
    bind(x, w, "read_q", s->w.read_q, sizeof s->w.read_q, 0);
    bind(x, w, "mem", s->w.mem, SIZE_MAX, 1);
    bind(x, v, "feed_q", s->v.feed_q, sizeof s->v.feed_q, 0);
    bind(x, v, "show_q", s->v.show_q, sizeof s->v.show_q, 0);
    bind(x, v, "turn_q", s->v.turn_q, sizeof s->v.turn_q, 0);
    bind(x, v, "mem", s->v.mem, SIZE_MAX, 1);
}

static void bind_row_edge(binder *x, const struct row_edge *s, unsigned k) {
    const struct edge_memory *const memories[] = {&s->p, &s->h, &s->overlap, &s->norm};
    static const char *const names[] = {"u_p", "u_h", "u_overlap", "u_norm"};
    char u[64], m[80];
    snprintf(u, sizeof u, "row_edges[%u].u_row_edge", k);
    R(u, feed_busy_q), R(u, feed_tokens_q), R(u, feed_left_q), R(u, feed_width_q), R(u, feed_row_q);
    R(u, feed_start_q), R(u, feed_end_q), R(u, feed_first_q), R(u, feed_last_q), R(u, feed_key_q), R(u, fetched_q);
    R(u, fetched_zero_q), R(u, vector_valid_q), R(u, hash_q), R(u, vector_q), R(u, take_busy_q), R(u, take_kind_q);
    R(u, take_row_q), R(u, take_end_q), R(u, take_first_q), R(u, take_last_q), R(u, take_limit_q), R(u, taken_q);
    R(u, taken_kind_q), R(u, taken_norm_q), R(u, taken_peak_q), R(u, taken_twice_q), R(u, taken_zero_q);
    R(u, taken_row_q), R(u, result_q), R(u, peak_q), R(u, flags_q), R(u, multiply_q), R(u, add_q), R(u, a_q),
        R(u, b_q);
    R(u, c_q), R(u, product_q), R(u, chain_q);
    bind(x, u, "mask_q", s->mask_q, (s->tile_tokens + 31) / 32 * 4, 0);
    for (unsigned n = 0; n < 4; n++) {
        snprintf(m, sizeof m, "%s.%s", u, names[n]);
        bind(x, m, "read_q", memories[n]->read_q, sizeof memories[n]->read_q, 0);
        bind(x, m, "mem", memories[n]->mem, SIZE_MAX, 1);
    }
}

static int is_register(const char *name) {
    const size_t n = strlen(name);
    return (n > 2 && !strcmp(name + n - 2, "_q")) || !strcmp(name, "mem");
}

static int bench_open(bench *b, const dcom_config *config) {
    memset(b, 0, sizeof *b);
    b->config = *config;
    b->rtl = accelerator_dut_open();
    if (accelerator_create(&b->model, config)) return fail(b, "cannot be made", "the model");
    if (accelerator_dut_config_id(b->rtl) != dcom_config_id(config))
        return fail(b, "is of another configuration", "the RTL");
    const size_t n = accelerator_dut_variables(b->rtl, NULL, 0);
    dut_variable *v = malloc((n + 1) * sizeof *v);
    accelerator_dut_variables(b->rtl, v, n);
    b->registers = calloc(n + 1, sizeof *b->registers);
    b->memories = calloc(n + 1, sizeof *b->memories);
    binder x = {b, v, n, 0};
    bind_array(&x);
    bind_sequencer(&x, &b->model.sequencer);
    bind_scalar(&x, &b->model.scalar);
    for (unsigned k = 0; k < config->cluster_columns; k++)
        bind_column_edge(&x, &b->model.column[k], k);
    for (unsigned k = 0; k < config->cluster_rows; k++)
        bind_row_edge(&x, &b->model.row[k], k);
    unsigned all = 0;
    for (size_t k = 0; k < n; k++)
        all += is_register(v[k].name) != 0;
    if (x.bound != all) fail(b, "have no twin", "registers");
    free(v);
    return b->fault[0] ? -1 : 0;
}

static void bench_close(bench *b) {
    accelerator_dut_close(b->rtl);
    accelerator_release(&b->model);
    free(b->registers), free(b->memories);
}

static void clock_once(bench *b) {
    struct accelerator_out rtl;
    memset(&rtl, 0, sizeof rtl);
    accelerator_read(&b->model, &b->in, &b->out);
    accelerator_dut_step(b->rtl, &b->in, &rtl);
    b->clocks++;
    if (memcmp(&rtl, &b->out, sizeof rtl)) fail(b, "differ before it", "the output ports");
    accelerator_step(&b->model, &b->in);
    for (unsigned k = 0; k < b->register_count && !b->fault[0]; k++)
        if (memcmp(b->registers[k].model, b->registers[k].rtl, b->registers[k].bytes))
            fail(b, "differs", b->registers[k].name);
}

static void check_memories(bench *b) {
    for (unsigned k = 0; k < b->memory_count && !b->fault[0]; k++)
        if (memcmp(b->memories[k].model, b->memories[k].rtl, b->memories[k].bytes))
            fail(b, "differs", b->memories[k].name);
}

/* ---- a host ---- */

typedef struct {
    unsigned tokens, channels;
    uint16_t *a;
    dcom_parameters p;
} job;

static void load(bench *b, const job *j) {
    const dcom_config *c = &b->config;
    for (unsigned i = 0; i < c->cluster_rows; i++)
        for (unsigned r = 0; r < b->in.job_tokens + c->basis_rows; r++)
            for (unsigned channel = 0; channel < b->in.job_channels; channel += 8) {
                const unsigned token = geometry_global(r, i, c->cluster_rows), basis = r >= b->in.job_tokens;
                b->in.load_valid = 1;
                b->in.load_cluster_row = (uint8_t)i;
                b->in.load_row = (uint16_t)(basis ? c->tile_tokens + r - b->in.job_tokens : r);
                b->in.load_channel = (uint16_t)channel;
                for (unsigned k = 0; k < c->cluster_columns * 8; k++) {
                    const unsigned at = geometry_global(channel + k % 8, k / 8, c->cluster_columns);
                    b->in.load_data[k] =
                        !basis && token < j->tokens && at < j->channels ? j->a[(size_t)token * j->channels + at] : 0;
                }
                clock_once(b);
            }
    b->in.load_valid = 0;
    clock_once(b);
}

static void write_scalar(bench *b, unsigned number, float x) {
    b->in.scalar_write = 1, b->in.scalar_register = (uint8_t)number;
    memcpy(&b->in.scalar_data, &x, sizeof x);
    clock_once(b);
    b->in.scalar_write = 0;
}

static void mask(bench *b, const job *j, const int32_t *tokens, const int32_t *channels) {
    const unsigned rows = b->config.cluster_rows, columns = b->config.cluster_columns;
    for (unsigned t = 0; t < b->in.job_tokens * rows; t++) {
        b->in.row_mask_valid = 1u << t / 8 % rows;
        b->in.row_mask_token = (uint16_t)(t / 8 / rows * 8 + t % 8);
        b->in.mask_zero = t >= j->tokens || tokens[t] == EDGE_ZERO;
        clock_once(b);
    }
    b->in.row_mask_valid = 0;
    for (unsigned c = 0; c < b->in.job_channels * columns; c++) {
        b->in.column_mask_valid = 1u << c / 8 % columns;
        b->in.column_mask_channel = (uint16_t)(c / 8 / columns * 8 + c % 8);
        b->in.mask_zero = c < j->channels && channels[c] == EDGE_ZERO;
        clock_once(b);
    }
    b->in.column_mask_valid = 0;
}

/* Reads a block that stands in the edges into columns [rank, rank + columns) of p and v. */
static void take_block(bench *b, const job *j, float *p, float *v) {
    const unsigned tokens = b->in.job_tokens, channels = b->in.job_channels;
    const unsigned rank = b->out.rank, columns = b->out.block_columns, most = j->p.rank;
    const unsigned longest = tokens > channels ? tokens : channels;
    for (unsigned n = 0; n <= longest; n++) {
        b->in.read_token = (uint16_t)(n < tokens ? n : 0);
        b->in.read_channel = (uint16_t)(n < channels ? n : 0);
        clock_once(b); /* out: what was asked for on the clock before */
        for (unsigned i = 0; n > 0 && n <= tokens && i < b->config.cluster_rows; i++) {
            const size_t t = geometry_global(n - 1, i, b->config.cluster_rows);
            for (unsigned e = 0; e < columns && t < j->tokens; e++)
                p[t * most + rank + e] = widen(b->out.read_p[LANES * i + e]);
        }
        for (unsigned i = 0; n > 0 && n <= channels && i < b->config.cluster_columns; i++) {
            const size_t c = geometry_global(n - 1, i, b->config.cluster_columns);
            for (unsigned e = 0; e < columns && c < j->channels; e++)
                v[c * most + rank + e] = widen(b->out.read_v[LANES * i + e]);
        }
    }
    check_memories(b);
    b->in.block_taken = 1;
    clock_once(b);
    b->in.block_taken = 0;
}

/* One job on the accelerator, its results against the untimed model's. */
static void run_job(bench *b, const job *j) {
    const dcom_config *c = &b->config;
    dcom_context *context = NULL;
    dcom_result want;
    int32_t *token_mask = calloc(j->tokens, sizeof *token_mask),
            *channel_mask = calloc(j->channels, sizeof *channel_mask),
            *outliers = calloc(j->p.outliers + 1, sizeof *outliers);
    uint16_t *peak = calloc(j->channels, sizeof *peak);
    float *energy = calloc(j->channels, sizeof *energy), *whole = calloc(j->channels, sizeof *whole);
    float *p = calloc((size_t)j->tokens * j->p.rank, sizeof *p),
          *v = calloc((size_t)j->channels * j->p.rank, sizeof *v);
    if (dcom_create(c, &context) || dcom_decompose(context, j->a, j->tokens, j->channels, &j->p, &want)) {
        fail(b, context ? dcom_message(context) : "cannot be made", "the untimed model:");
        goto done;
    }
    for (unsigned t = 0, n = 0; t < j->tokens; t++) {
        const int is_exact = n < j->p.exact_token_count && j->p.exact_tokens[n] == t;
        token_mask[t] = is_exact ? EDGE_ZERO : EDGE_KEEP;
        n += (unsigned)is_exact;
    }
    column_edge_statistics(kernel_select(NULL), j->a, j->tokens, j->channels, token_mask, peak, energy, whole);
    column_edge_outliers(peak, j->channels, j->p.outliers, channel_mask, outliers);
    const float decomposed = column_edge_sum(energy, j->channels, c->cluster_columns, channel_mask);
    const float total = column_edge_sum(whole, j->channels, c->cluster_columns, NULL);
    const float tolerance = (float)j->p.tolerance, limit = tolerance * tolerance * total;

    b->in.job_tokens = (uint16_t)geometry_local(j->tokens, c->cluster_rows);
    b->in.job_channels = (uint16_t)geometry_local(j->channels, c->cluster_columns);
    load(b, j);
    mask(b, j, token_mask, channel_mask);
    write_scalar(b, SCALAR_RESIDUAL, decomposed);
    write_scalar(b, SCALAR_DECOMPOSED, decomposed);
    write_scalar(b, SCALAR_TOLERATED, limit);
    write_scalar(b, SCALAR_CROSS, 0);
    b->in.job_rank = (uint16_t)j->p.rank;
    b->in.job_lanes = (uint8_t)j->p.expansion;
    b->in.job_warmup = (uint8_t)j->p.warmup;
    b->in.job_key = row_edge_hash(j->p.seed);
    b->in.job_limited = limit > 0;
    b->in.job_empty = decomposed == 0;
    b->in.start_valid = 1;
    clock_once(b);
    b->in.start_valid = 0;
    accelerator_read(&b->model, &b->in, &b->out);
    for (uint64_t n = 0; b->out.busy && !b->fault[0]; n++) {
        if (n == 4000000) fail(b, "does not end", "the job");
        if (b->out.block_valid)
            take_block(b, j, p, v);
        else
            clock_once(b);
        accelerator_read(&b->model, &b->in, &b->out);
    }
    check_memories(b);
    if (b->fault[0]) goto done;

    float residual, cross;
    memcpy(&residual, &b->model.scalar.mem[SCALAR_RESIDUAL], 4),
        memcpy(&cross, &b->model.scalar.mem[SCALAR_CROSS], 4);
    const double certificate = total > 0 ? sqrt((double)(residual > 0 ? residual : 0) / (double)total) : 0;
    char text[160];
    snprintf(text, sizeof text,
             "rank %u, %u passes, %u rounds, %u deflations, stop %u, flags %u, not %u, %u, %u, %u, %u, %u",
             b->out.rank, b->out.passes, b->out.rounds, b->out.deflations, b->out.stop, b->out.flags, want.rank,
             want.passes, want.rounds, want.deflations, want.stop, want.flags);
    const unsigned flags = want.flags & (DCOM_FLAG_NAN | DCOM_FLAG_OVERFLOW); /* UNCERTIFIED is the host's */
    if (b->out.rank != want.rank || b->out.passes != want.passes || b->out.rounds != want.rounds ||
        b->out.deflations != want.deflations || b->out.stop != want.stop || b->out.flags != flags)
        fail(b, text, "the result:");
    if (isfinite(residual) && certificate != want.certificate)
        fail(b, "is not the untimed model's", "the certificate");
    for (unsigned t = 0; t < j->tokens && !b->fault[0]; t++)
        if (memcmp(p + (size_t)t * j->p.rank, want.p + (size_t)t * want.rank, want.rank * sizeof *p))
            fail(b, "is not the untimed model's", "P");
    for (unsigned t = 0; t < j->channels && !b->fault[0]; t++)
        if (memcmp(v + (size_t)t * j->p.rank, want.v + (size_t)t * want.rank, want.rank * sizeof *v))
            fail(b, "is not the untimed model's", "V");
done:
    dcom_destroy(context);
    free(token_mask), free(channel_mask), free(outliers), free(peak), free(energy), free(whole), free(p), free(v);
}

/* Starts a job on what lies in the tiles and resets somewhere within it. */
static void reset_within(bench *b) {
    b->in.job_tokens = b->in.job_channels = 8;
    b->in.job_rank = 8, b->in.job_lanes = 8, b->in.start_valid = 1;
    clock_once(b);
    b->in.start_valid = 0;
    for (unsigned n = 1 + below(1500); n > 0; n--)
        clock_once(b);
    b->in.rst = 1;
    clock_once(b), clock_once(b);
    b->in.rst = 0;
    clock_once(b);
}

/* ---- cases ---- */

static void fill(job *j, const char *kind) {
    for (size_t k = 0; k < (size_t)j->tokens * j->channels; k++) {
        const uint32_t r = random_bits();
        j->a[k] = (uint16_t)((r & 0x807F) | (0x7B + (r >> 20) % 5) << 7);
        if (!strcmp(kind, "overflow"))
            j->a[k] += 44 << 7; /* 2^44 times as large: A^T A overflows, ||A||^2 does not */
        if (!strcmp(kind, "zero")) j->a[k] = 0;
        if (!strcmp(kind, "repeated") && k % j->channels >= 3) j->a[k] = j->a[k - 3];
        if (!strcmp(kind, "low") && k >= 2 * (size_t)j->channels) j->a[k] = j->a[k - 2 * j->channels];
    }
}

static unsigned cases, failures;
static void report(const bench *b, const char *name) {
    printf("%sok %u - %s\n", b->fault[0] ? "not " : "", ++cases, name);
    if (b->fault[0]) printf("# %s; SEED=%u\n", b->fault, seed), failures++;
}

static void start(bench *b) {
    b->in.rst = 1;
    clock_once(b), clock_once(b);
    b->in.rst = 0;
    clock_once(b);
}

/* A matrix from a file, with the command's defaults. */
static int real(const dcom_config *config, const char *path) {
    char message[256], name[300];
    npy_matrix a;
    bench b;
    if (npy_read(path, &a, message)) return fprintf(stderr, "%s\n", message), 2;
    const job j = {.tokens = (unsigned)a.rows, .channels = (unsigned)a.columns, .a = a.bits, .p = dcom_defaults()};
    if (!bench_open(&b, config)) start(&b), run_job(&b, &j);
    snprintf(name, sizeof name, "%s: %s, %llu clocks", config->name, path, (unsigned long long)b.clocks);
    report(&b, name);
    printf("1..%u\n", cases);
    bench_close(&b);
    npy_release(&a);
    return failures ? 1 : 0;
}

int main(int argc, char **argv) {
    static const char *const kinds[] = {"random", "random", "zero", "repeated", "low", "overflow"};
    dcom_config config;
    char message[256], name[200];
    uint64_t clocks = 0;
    if (argc < 2 || argc > 3 || dcom_config_read(argv[1], &config, message)) {
        fprintf(stderr, "%s\n", argc == 2 || argc == 3 ? message : "usage: accelerator_bench CONFIG.cfg [A.npy]");
        return 2;
    }
    if (getenv("SEED")) seed = (uint32_t)strtoul(getenv("SEED"), NULL, 10);
    if (argc == 3) return real(&config, argv[2]);
    printf("# SEED=%u\n", seed);
    const unsigned basis = config.cluster_rows * config.basis_rows;
    for (unsigned n = 0; n < 24; n++) {
        static const uint32_t exact[] = {0, 3, 7};
        bench b;
        random_state = (seed * 0x9E3779B9u ^ (n + 1) * 0x85EBCA6Bu) | 1;
        for (unsigned k = 0; k < 8; k++)
            random_bits();
        job j = {.tokens = 12 + below(config.cluster_rows * config.tile_tokens - 11),
                 .channels = 12 + below(config.cluster_columns * config.tile_channels - 11),
                 .p = dcom_defaults()};
        const unsigned side = j.tokens < j.channels ? j.tokens : j.channels;
        j.p.expansion = 1u << n % 4;
        const unsigned most = basis - j.p.expansion < side ? basis - j.p.expansion : side;
        j.p.rank = 1 + below(most < 20 ? most : 20);
        j.p.warmup = below(3);
        j.p.outliers = below(4);
        j.p.seed = random_bits();
        if (n % 3 == 1) j.p.exact_tokens = exact, j.p.exact_token_count = 3;
        if (n % 5 == 4) j.p.tolerance = 0.5;
        j.a = malloc((size_t)j.tokens * j.channels * sizeof *j.a);
        fill(&j, kinds[n / 4]);
        if (!bench_open(&b, &config)) {
            start(&b);
            if (n % 6 == 5) reset_within(&b);
            run_job(&b, &j);
            if (!b.fault[0] && n % 2) { /* and another, with no reset between */
                j.p.expansion = 1u << below(4);
                j.p.rank = 1 + (j.p.rank - 1) / 2;
                fill(&j, "random");
                run_job(&b, &j);
            }
        }
        snprintf(name, sizeof name, "%s: %s %u x %u, rank %u, E %u, warm-up %u, %llu clocks", config.name,
                 kinds[n / 4], j.tokens, j.channels, j.p.rank, j.p.expansion, j.p.warmup,
                 (unsigned long long)b.clocks);
        report(&b, name);
        clocks += b.clocks;
        bench_close(&b);
        free(j.a);
    }
    printf("# %llu clocks compared\n1..%u\n", (unsigned long long)clocks, cases);
    return failures ? 1 : 0;
}
