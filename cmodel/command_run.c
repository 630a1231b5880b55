/* command_run.c - the run options that every command with a matrix shares, and the configuration they name.
 * SPDX-License-Identifier: Apache-2.0 */
#include "command.h"

#include <errno.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>

enum { RANK = 'r', EXPANSION = 'e', WARMUP = 'w', OUTLIERS = 'o', SEED = 's', CONFIG = 'c' };
enum { EXACT = 512, TOLERANCE };

static const struct argp_option option_list[] = {
    {"rank", RANK, "N", 0, "Columns of P and V at most (32, or the smaller side of A)", 0},
    {"expansion", EXPANSION, "E", 0, "Vectors to a block: 1, 2, 4 or 8 (8)", 0},
    {"warmup", WARMUP, "N", 0, "Blocks that only improve the start block (1)", 0},
    {"outliers", OUTLIERS, "N", 0, "Channels on the exact track (16, or all but one)", 0},
    {"exact-tokens", EXACT, "LIST", 0, "Tokens on the exact track, as 0,7,12 (none)", 0},
    {"tolerance", TOLERANCE, "X", 0, "Stop at this certified relative error (0: never)", 0},
    {"seed", SEED, "N", 0, "Of the start block's signs (1)", 0},
    {"config", CONFIG, "NAME", 0, "Configuration, or a .cfg file", 0},
    {0}};

static int ascending(const void *a, const void *b) {
    const uint32_t x = *(const uint32_t *)a, y = *(const uint32_t *)b;
    return (x > y) - (x < y);
}

/* "0,7,12", in any order */
static int parse_tokens(run_options *o, const char *text) {
    size_t count = 1, i = 0;
    for (const char *c = text; *c; c++)
        count += *c == ',';
    char *list = strdup(text), *rest = list, *word;
    uint32_t *tokens = malloc(count * sizeof *tokens);
    int status = list && tokens ? EXIT_GOOD : command_error("out of memory");
    while (!status && (word = strsep(&rest, ","))) {
        unsigned token;
        if (command_number("--exact-tokens", word, UINT32_MAX, &token))
            tokens[i++] = token;
        else
            status = EXIT_WRONG;
    }
    free(list);
    if (!status) {
        qsort(tokens, count, sizeof *tokens, ascending);
        for (i = 1; i < count && !status; i++)
            if (tokens[i] == tokens[i - 1])
                status = command_error("--exact-tokens %s: %u is there twice", text, tokens[i]);
    }
    free(o->exact_tokens);
    o->exact_tokens = tokens;
    o->parameters.exact_tokens = tokens;
    o->parameters.exact_token_count = (unsigned)count;
    return status;
}

static int parse_tolerance(const char *text, double *tolerance) {
    char *end;
    errno = 0;
    *tolerance = strtod(text, &end);
    if (end == text || *end || errno || !(*tolerance >= 0 && *tolerance <= 1))
        return command_error("--tolerance %s: not a number 0..1", text);
    return EXIT_GOOD;
}

static error_t parse(int key, char *argument, struct argp_state *state) {
    run_options *o = state->input;
    dcom_parameters *p = &o->parameters;
    switch (key) {
    case RANK:
        o->rank_given = true;
        return command_number("--rank", argument, INT_MAX, &p->rank) ? 0 : EXIT_WRONG;
    case EXPANSION:
        return command_number("--expansion", argument, INT_MAX, &p->expansion) ? 0 : EXIT_WRONG;
    case WARMUP:
        return command_number("--warmup", argument, INT_MAX, &p->warmup) ? 0 : EXIT_WRONG;
    case OUTLIERS:
        o->outliers_given = true;
        return command_number("--outliers", argument, INT_MAX, &p->outliers) ? 0 : EXIT_WRONG;
    case SEED:
        return command_number("--seed", argument, UINT32_MAX, &p->seed) ? 0 : EXIT_WRONG;
    case EXACT:
        return parse_tokens(o, argument);
    case TOLERANCE:
        return parse_tolerance(argument, &p->tolerance);
    case CONFIG:
        o->config = argument;
        return 0;
    default:
        return ARGP_ERR_UNKNOWN;
    }
}

const struct argp run_argp = {option_list, parse, NULL, NULL, NULL, NULL, NULL};

int run_config(const char *name, dcom_config *config) {
    char message[256];
    const size_t length = strlen(name);
    const bool file = strchr(name, '/') || (length > 4 && strcmp(name + length - 4, ".cfg") == 0);
    const dcom_status status =
        file ? dcom_config_read(name, config, message) : dcom_config_named(name, config, message);
    if (!status) return EXIT_GOOD;
    return command_error("%s%s", file ? "" : "--config: ", message);
}

dcom_parameters run_parameters(const run_options *o, const npy_matrix *a) {
    dcom_parameters p = o->parameters;
    const size_t side = a->rows < a->columns ? a->rows : a->columns;
    if (!o->rank_given && p.rank > side) p.rank = (unsigned)side;
    if (!o->outliers_given && p.outliers >= a->columns) p.outliers = (unsigned)a->columns - 1;
    return p;
}
