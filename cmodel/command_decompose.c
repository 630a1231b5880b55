/* command_decompose.c - dcom decompose: A.npy in; P, V, the exact tracks and a report out.
 * SPDX-License-Identifier: Apache-2.0 */
#include "command.h"

#include <stdio.h>
#include <stdlib.h>

enum { OUT = 'O', JSON = 256, QUIET };

typedef struct {
    run_options run;
    const char *input, *out;
    bool json, quiet;
} options;

static const struct argp_option option_list[] = {
    {"out", OUT, "DIR", 0, "Where the result goes; replaced if it is of an earlier run", 0},
    {"json", JSON, NULL, 0, "Print the report for machines", 0},
    {"quiet", QUIET, NULL, 0, "Print nothing but errors", 0},
    {0}};

static error_t parse(int key, char *argument, struct argp_state *state) {
    options *o = state->input;
    switch (key) {
    case ARGP_KEY_INIT:
        state->child_inputs[0] = &o->run;
        return 0;
    case OUT:
        o->out = argument;
        return 0;
    case JSON:
        o->json = true;
        return 0;
    case QUIET:
        o->quiet = true;
        return 0;
    case ARGP_KEY_ARG:
        if (o->input) return command_error("one matrix at a time: %s and %s", o->input, argument);
        o->input = argument;
        return 0;
    case ARGP_KEY_SUCCESS:
        if (!o->input) return command_error("decompose needs a matrix, A.npy");
        return o->out ? 0 : command_error("decompose needs --out DIR");
    default:
        return ARGP_ERR_UNKNOWN;
    }
}

/* ---- the run ---- */

static int decompose(const options *o, const dcom_config *config, const npy_matrix *a, dcom_context *context,
                     output_folder *folder, watch *w) {
    const dcom_parameters p = run_parameters(&o->run, a);
    dcom_result result;
    watch_stage(w, "decomposing");
    if (dcom_decompose(context, a->bits, a->rows, a->columns, &p, &result)) {
        watch_end(w);
        return command_error("%s: %s", o->input, dcom_message(context));
    }
    watch_stage(w, "measuring the error");
    const double error = measure_error(a, &p, &result);
    watch_end(w);

    factors f;
    const bool memory = factors_of_result(a, &p, &result, &f) && error >= 0;
    const report r = {o->input, config, &p, &result, &f, error};
    json_t *json = memory ? report_json(&r) : NULL;
    int status = json ? factors_write(folder, &f, json) : command_error("out of memory");
    if (!status && o->json && !o->quiet)
        status = report_dump(json_incref(json));
    else if (!status && !o->quiet)
        report_print(&r);
    json_decref(json);
    factors_release(&f);
    return status;
}

static int run(const options *o) {
    char message[256];
    dcom_config config;
    npy_matrix a;
    int status = run_config(o->run.config, &config);
    if (status) return status;
    if (npy_read(o->input, &a, message)) return command_error("%s", message);
    output_folder folder;
    dcom_context *context = NULL;
    status = output_begin(&folder, o->out, factors_files);
    if (!status && dcom_create(&config, &context)) status = command_error("out of memory");
    if (!status) status = decompose(o, &config, &a, context, &folder, watch_begin(&folder, !o->quiet && !o->json));
    dcom_destroy(context);
    output_end(&folder);
    npy_release(&a);
    return status;
}

int command_decompose(int argc, char **argv) {
    static const struct argp_child children[] = {{&run_argp, 0, NULL, 0}, {0}};
    static const struct argp argp = {
        option_list,
        parse,
        "A.npy --out DIR",
        "Decomposes A (tokens x channels) into P V^T, outlier channels and exact tokens apart.",
        children,
        NULL,
        NULL};
    options o = {.run = {.parameters = dcom_defaults(), .config = "full"}};
    int status = command_parse(&argp, "dcom decompose", argc, argv, &o);
    if (status == 0) status = run(&o);
    free(o.run.exact_tokens);
    return status < 0 ? EXIT_GOOD : status;
}
