/* command_apply.c - dcom apply: a decomposed matrix and a chain of weights in; the decomposed result out.
 * SPDX-License-Identifier: Apache-2.0
 *
 * The rows that go through a layer, one below the other: exact tokens, then the right factor. The rows of W that
 * belong to outlier channels join the right factor behind it as they are; from then on the left factor has the
 * columns of the outliers too, and there are no outlier channels any more. */
#include "command.h"

#include <stdlib.h>
#include <string.h>
#include <time.h>

enum { OUT = 'O', CONFIG = 'c', JSON = 256, QUIET };

typedef struct {
    const char *input, *out, *config;
    char **weights; /* of the command line, `layers` of them in a row */
    size_t layers;
    bool json, quiet;
} options;

static const struct argp_option option_list[] = {
    {"out", OUT, "DIR2", 0, "Where the result goes; replaced if it is of an earlier run", 0},
    {"config", CONFIG, "NAME", 0, "Configuration, or a .cfg file", 0},
    {"json", JSON, NULL, 0, "Print the report for machines", 0},
    {"quiet", QUIET, NULL, 0, "Print nothing but errors", 0},
    {0}};

static error_t parse(int key, char *argument, struct argp_state *state) {
    options *o = state->input;
    switch (key) {
    case OUT:
        o->out = argument;
        return 0;
    case CONFIG:
        o->config = argument;
        return 0;
    case JSON:
        o->json = true;
        return 0;
    case QUIET:
        o->quiet = true;
        return 0;
    case ARGP_KEY_ARG:
        if (o->input)
            o->weights[o->layers++] = argument;
        else
            o->input = argument;
        return 0;
    case ARGP_KEY_SUCCESS:
        if (!o->input) return command_error("apply needs a folder of dcom decompose, DIR");
        if (o->layers == 0) return command_error("apply needs weights, W.npy");
        return o->out ? 0 : command_error("apply needs --out DIR2");
    default:
        return ARGP_ERR_UNKNOWN;
    }
}

/* ---- the rows on their way ---- */

typedef struct {
    size_t exact, rank, channels; /* rows of exact tokens, rows of the right factor; columns of both */
    uint16_t *bits;               /* BF16, (exact + rank) x channels */
} operand;

/* Exact tokens, then V transposed. */
static bool operand_of(const factors *f, operand *x) {
    const size_t channels = f->v.rows, rank = f->v.columns;
    *x = (operand){f->rows.rows, rank, channels, malloc((f->rows.rows + rank) * channels * sizeof *x->bits + 1)};
    if (!x->bits) return false;
    if (x->exact > 0) memcpy(x->bits, f->rows.bits, x->exact * channels * sizeof *x->bits);
    for (size_t c = 0; c < channels; c++)
        for (size_t k = 0; k < rank; k++)
            x->bits[(x->exact + k) * channels + c] = f->v.bits[c * rank + k];
    return true;
}

/* One layer: x becomes its product with `w`, and the rows of `w` of the outlier channels that are left join it. */
static int layer(const char *path, const npy_matrix *w, factors *f, operand *x, dcom_context *context) {
    const size_t rows = x->exact + x->rank, outliers = f->columns.columns;
    unsigned flags = 0;
    if (w->columns != x->channels)
        return command_error("%s: weights for %zu channels (%zu x %zu, outputs x channels), but there are %zu", path,
                             w->columns, w->rows, w->columns, x->channels);
    operand y = {x->exact, x->rank + outliers, w->rows, NULL};
    y.bits = malloc((rows + outliers) * w->rows * sizeof *y.bits + 1);
    if (!y.bits) return command_error("out of memory");
    if (dcom_apply(context, x->bits, rows, x->channels, w->bits, w->rows, NULL, y.bits, &flags)) {
        free(y.bits);
        return command_error("%s: %s", path, dcom_message(context));
    }
    if (flags) {
        free(y.bits);
        return command_error("%s: the product is too large for BF16: a sum is infinite or NaN", path);
    }
    for (size_t i = 0; i < outliers; i++)
        for (size_t o = 0; o < w->rows; o++)
            y.bits[(rows + i) * w->rows + o] = w->bits[o * w->columns + (size_t)f->outliers[i]];
    free(x->bits);
    *x = y;
    return EXIT_GOOD;
}

/* The outlier columns join P, once; no outlier channels are left. */
static bool widen_left(factors *f) {
    const size_t tokens = f->p.rows, rank = f->p.columns, more = f->columns.columns, all = rank + more;
    if (more == 0) return true;
    uint16_t *bits = malloc(tokens * all * sizeof *bits + 1);
    if (!bits) return false;
    for (size_t t = 0; t < tokens; t++) {
        if (rank > 0) memcpy(bits + t * all, f->p.bits + t * rank, rank * sizeof *bits);
        memcpy(bits + t * all + rank, f->columns.bits + t * more, more * sizeof *bits);
    }
    npy_release(&f->p);
    f->p = (npy_matrix){tokens, all, bits};
    free(f->columns.bits);
    f->columns = (npy_matrix){tokens, 0, NULL};
    return true;
}

/* What has come out takes the place of V and of the exact rows. */
static bool result_of(const operand *x, factors *f) {
    npy_release(&f->v);
    npy_release(&f->rows);
    f->v = (npy_matrix){x->channels, x->rank, malloc(x->channels * x->rank * sizeof *f->v.bits + 1)};
    f->rows = (npy_matrix){x->exact, x->channels, malloc(x->exact * x->channels * sizeof *f->rows.bits + 1)};
    if (!f->v.bits || !f->rows.bits) return false;
    memcpy(f->rows.bits, x->bits, x->exact * x->channels * sizeof *x->bits);
    for (size_t k = 0; k < x->rank; k++)
        for (size_t o = 0; o < x->channels; o++)
            f->v.bits[o * x->rank + k] = x->bits[(x->exact + k) * x->channels + o];
    return true;
}

/* ---- the run ---- */

static double seconds_since(const struct timespec *from) {
    struct timespec to;
    clock_gettime(CLOCK_MONOTONIC, &to);
    return (double)(to.tv_sec - from->tv_sec) + 1e-9 * (double)(to.tv_nsec - from->tv_nsec);
}

/* All layers; a weight is in memory only while it is used. */
static int chain(const options *o, factors *f, dcom_context *context, applied *report, watch *w) {
    char message[256];
    operand x;
    if (!operand_of(f, &x)) return command_error("out of memory");
    int status = EXIT_GOOD;
    for (size_t i = 0; i < o->layers && !status; i++) {
        npy_matrix weight;
        struct timespec from;
        watch_stage(w, o->weights[i]);
        if (npy_read(o->weights[i], &weight, message)) {
            status = command_error("%s", message);
            break;
        }
        clock_gettime(CLOCK_MONOTONIC, &from);
        status = layer(o->weights[i], &weight, f, &x, context);
        report->seconds += seconds_since(&from);
        report->layers[i] = (applied_layer){o->weights[i], weight.columns, weight.rows};
        if (!status && !widen_left(f)) status = command_error("out of memory");
        npy_release(&weight);
    }
    if (!status && !result_of(&x, f)) status = command_error("out of memory");
    free(x.bits);
    return status;
}

static int apply(const options *o, const dcom_config *config, factors *f, dcom_context *context,
                 output_folder *folder, applied_layer *layers) {
    applied report = {.input = o->input, .config = config, .factors = f, .layers = layers, .layer_count = o->layers};
    watch *w = watch_begin(folder, !o->quiet && !o->json);
    int status = chain(o, f, context, &report, w);
    watch_end(w);
    if (status) return status;
    json_t *json = applied_json(&report);
    status = json ? factors_write(folder, f, json) : command_error("out of memory");
    if (!status && o->json && !o->quiet)
        status = report_dump(json_incref(json));
    else if (!status && !o->quiet)
        applied_print(&report);
    json_decref(json);
    return status;
}

static int run(const options *o) {
    dcom_config config;
    factors f;
    int status = run_config(o->config, &config);
    if (status || (status = factors_read(o->input, &f))) return status;
    output_folder folder;
    dcom_context *context = NULL;
    applied_layer *layers = calloc(o->layers, sizeof *layers);
    status = output_begin(&folder, o->out, factors_files);
    if (!status && !layers) status = command_error("out of memory");
    if (!status && dcom_create(&config, &context)) status = command_error("out of memory");
    if (!status) status = apply(o, &config, &f, context, &folder, layers);
    dcom_destroy(context);
    output_end(&folder);
    factors_release(&f);
    free(layers);
    return status;
}

int command_apply(int argc, char **argv) {
    static const struct argp argp = {
        option_list,
        parse,
        "DIR W.npy ... --out DIR2",
        "Applies linear layers, y = x W^T, in turn to the decomposed matrix in DIR, which "
        "dcom decompose or dcom apply has written. W.npy: outputs x channels.",
        NULL,
        NULL,
        NULL};
    options o = {.config = "full", .weights = calloc((size_t)argc, sizeof *o.weights)};
    if (!o.weights) return command_error("out of memory");
    int status = command_parse(&argp, "dcom apply", argc, argv, &o);
    if (status == 0) status = run(&o);
    free(o.weights);
    return status < 0 ? EXIT_GOOD : status;
}
