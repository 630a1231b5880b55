/* command_predict.c - dcom predict: clocks of the accelerator without simulating it.
 * SPDX-License-Identifier: Apache-2.0 */
#include "command.h"
#include "predict.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

enum { TOKENS = 256, CHANNELS, JSON };

typedef struct {
    run_options run;
    unsigned tokens, channels;
    const char *input;
    bool json;
} options;

static const struct argp_option option_list[] = {{"tokens", TOKENS, "N", 0, "Rows of the matrix", 0},
                                                 {"channels", CHANNELS, "N", 0, "Columns of the matrix", 0},
                                                 {"json", JSON, NULL, 0, "For machines", 0},
                                                 {0}};

static error_t parse(int key, char *argument, struct argp_state *state) {
    options *o = state->input;
    switch (key) {
    case ARGP_KEY_INIT:
        state->child_inputs[0] = &o->run;
        return 0;
    case TOKENS:
        return command_number("--tokens", argument, UINT16_MAX, &o->tokens) ? 0 : EXIT_WRONG;
    case CHANNELS:
        return command_number("--channels", argument, UINT16_MAX, &o->channels) ? 0 : EXIT_WRONG;
    case JSON:
        o->json = true;
        return 0;
    case ARGP_KEY_ARG:
        if (o->input) return command_error("one matrix at a time: %s and %s", o->input, argument);
        o->input = argument;
        return 0;
    case ARGP_KEY_SUCCESS:
        if (o->input && (o->tokens || o->channels))
            return command_error("%s has its own size: no --tokens and --channels beside it", o->input);
        if (o->input || (o->tokens && o->channels)) return 0;
        return command_error("--%s is needed, at least 1, or a matrix", o->tokens ? "channels" : "tokens");
    }
    return ARGP_ERR_UNKNOWN;
}

static const char *const names[ACTIVITIES] = {"idle",  "stream_in", "selection", "token_passes", "basis_passes",
                                              "walks", "programs",  "control",   "stream_out"};

static double utilisation(const dcom_config *c, const prediction *p) {
    const double macs = (double)c->cluster_rows * c->cluster_columns * c->mac_rows * c->lanes;
    return (double)p->macs / (macs * (double)prediction_total(p));
}

/* Of the clocks, those that are not passes over the matrix. */
static double unhidden(const prediction *p) {
    return 1 - (double)p->clocks[ACTIVITY_PASS] / (double)prediction_total(p);
}

static int print_json(const options *o, const dcom_config *c, const dcom_parameters *q, const prediction *load,
                      const prediction *p) {
    json_t *busy = json_object();
    for (unsigned k = ACTIVITY_SELECT; k < ACTIVITIES; k++)
        report_put(&busy, names[k], json_integer((json_int_t)p->clocks[k]));
    const json_int_t total = (json_int_t)prediction_total(p), operations = (json_int_t)p->operations;
    json_t *array = json_pack("{sI sI}", "busy", operations, "stalls", total - operations);
    return report_dump(json_pack("{ss si si si si si sI sI sf sf so so}", "config", c->name, "tokens", (int)o->tokens,
                                 "channels", (int)o->channels, "rank", (int)q->rank, "expansion", (int)q->expansion,
                                 "warmup", (int)q->warmup, "clocks", total, "load_clocks",
                                 (json_int_t)prediction_total(load), "utilisation", utilisation(c, p), "unhidden",
                                 unhidden(p), "sequencer", busy, "array", array));
}

static void print(const options *o, const dcom_config *c, const dcom_parameters *q, const prediction *load,
                  const prediction *p) {
    const uint64_t total = prediction_total(p);
    printf(
        "DECOMPOSE of %u x %u on %s, rank %u, expansion %u, warmup %u; the matrix and its start block are loaded\n",
        o->tokens, o->channels, c->name, q->rank, q->expansion, q->warmup);
    puts(o->input ? "" : "one round a block, no column dropped\n");
    for (unsigned k = ACTIVITY_SELECT; k < ACTIVITIES; k++)
        if (p->clocks[k] > 0)
            printf("%-14s %12" PRIu64 "  %5.1f %%\n", names[k], p->clocks[k],
                   100 * (double)p->clocks[k] / (double)total);
    printf("%-14s %12" PRIu64 "\n\n", "clocks", total);
    printf("utilisation    %.1f %% (multiply-adds of the passes over the matrix, over MACs x clocks)\n",
           100 * utilisation(c, p));
    printf("not hidden     %.1f %% (clocks outside passes over the matrix)\n", 100 * unhidden(p));
    printf("LOAD           %" PRIu64 " clocks, a beat on each\n", prediction_total(load));
}

int command_predict(int argc, char **argv) {
    static const struct argp_child children[] = {{&run_argp, 0, NULL, 0}, {0}};
    static const struct argp argp = {option_list,
                                     parse,
                                     "[A.npy]",
                                     "Clocks of a decomposition on the accelerator, without simulating it. What "
                                     "numbers decide is taken from a matrix "
                                     "where one is given; else it is as usual: one round a block, no column dropped. "
                                     "`make sim` holds the formulas "
                                     "against every run, exactly.",
                                     children,
                                     NULL,
                                     NULL};
    options o = {.run = {.parameters = dcom_defaults(), .config = "full"}};
    dcom_config config;
    prediction load, p;
    int status = command_parse(&argp, "dcom predict", argc, argv, &o);
    if (status) return status < 0 ? EXIT_GOOD : status;
    status = run_config(o.run.config, &config);
    if (status) return status;
    char message[256];
    npy_matrix a = {.rows = o.tokens, .columns = o.channels};
    if (o.input && npy_read(o.input, &a, message)) return command_error("%s", message);
    o.tokens = (unsigned)a.rows, o.channels = (unsigned)a.columns;
    const dcom_parameters q = run_parameters(&o.run, &a);
    dcom_context *context = NULL;
    const char *fault = dcom_create(&config, &context)                          ? "out of memory"
                        : dcom_check(context, a.rows, a.columns, &q) != DCOM_OK ? dcom_message(context)
                                                                                : NULL;
    if (fault)
        status = command_error("%s%s%s", o.input ? o.input : "", o.input ? ": " : "", fault);
    else if (o.input ? predict_run(&config, a.bits, o.tokens, o.channels, &q, &p)
                     : predict_decompose(&config, o.tokens, o.channels, &q, &p))
        status = command_error("out of memory");
    else {
        predict_load(&config, o.tokens, o.channels, &q, &load);
        if (o.json)
            status = print_json(&o, &config, &q, &load, &p);
        else
            print(&o, &config, &q, &load, &p);
    }
    dcom_destroy(context);
    if (o.input) npy_release(&a);
    free(o.run.exact_tokens);
    return status;
}
