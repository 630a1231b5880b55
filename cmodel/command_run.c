/* command_run.c - the run options that every command with a matrix shares, and the configuration they name.
 * SPDX-License-Identifier: Apache-2.0 */
#include "command.h"

#include <ctype.h>
#include <errno.h>
#include <limits.h>
#include <stdio.h>
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
static int set_tokens(run_options *o, const char *text, char message[256]) {
    size_t count = 1, i = 0;
    for (const char *c = text; *c; c++)
        count += *c == ',';
    char *list = strdup(text), *rest = list, *word;
    uint32_t *tokens = malloc(count * sizeof *tokens);
    bool good = list && tokens;
    if (!good) snprintf(message, 256, "out of memory");
    while (good && (word = strsep(&rest, ","))) {
        unsigned token = 0;
        good = run_number("exact-tokens", word, UINT32_MAX, &token, message);
        tokens[i++] = token;
    }
    free(list);
    if (good) {
        qsort(tokens, count, sizeof *tokens, ascending);
        for (i = 1; i < count && good; i++)
            if (tokens[i] == tokens[i - 1]) {
                snprintf(message, 256, "exact-tokens %.160s: %u is there twice", text, tokens[i]);
                good = false;
            }
    }
    free(o->exact_tokens);
    o->exact_tokens = tokens;
    o->parameters.exact_tokens = tokens;
    o->parameters.exact_token_count = (unsigned)count;
    return good ? EXIT_GOOD : EXIT_WRONG;
}

static int set_tolerance(const char *text, double *tolerance, char message[256]) {
    char *end;
    errno = 0;
    *tolerance = strtod(text, &end);
    if (end != text && !*end && !errno && *tolerance >= 0 && *tolerance <= 1) return EXIT_GOOD;
    snprintf(message, 256, "tolerance %.160s: not a number 0..1", text);
    return EXIT_WRONG;
}

bool run_number(const char *name, const char *text, unsigned most, unsigned *number, char message[256]) {
    char *end;
    errno = 0;
    const unsigned long value = strtoul(text, &end, 10);
    const bool whole = isdigit((unsigned char)text[0]) && !*end;
    if (whole && !errno && value <= most) return *number = (unsigned)value, true;
    if (whole)
        snprintf(message, 256, "%s %.160s: more than %u", name, text, most);
    else
        snprintf(message, 256, "%s %.160s: not a whole number", name, text);
    return false;
}

int run_set(run_options *o, const char *name, const char *text, char message[256]) {
    dcom_parameters *p = &o->parameters;
    int key = 0;
    for (const struct argp_option *option = option_list; option->name; option++)
        if (strcmp(option->name, name) == 0) key = option->key;
    unsigned *const number = key == RANK        ? &p->rank
                             : key == EXPANSION ? &p->expansion
                             : key == WARMUP    ? &p->warmup
                             : key == OUTLIERS  ? &p->outliers
                             : key == SEED      ? &p->seed
                                                : NULL;
    if (number) {
        o->rank_given |= key == RANK;
        o->outliers_given |= key == OUTLIERS;
        return run_number(name, text, key == SEED ? UINT32_MAX : INT_MAX, number, message) ? EXIT_GOOD : EXIT_WRONG;
    }
    if (key == EXACT) return set_tokens(o, text, message);
    if (key == TOLERANCE) return set_tolerance(text, &p->tolerance, message);
    if (key == CONFIG) return o->config = text, EXIT_GOOD;
    return -1;
}

static error_t parse(int key, char *argument, struct argp_state *state) {
    char message[256];
    for (const struct argp_option *option = option_list; option->name; option++)
        if (option->key == key)
            return run_set(state->input, option->name, argument, message) ? command_error("--%s", message) : 0;
    return ARGP_ERR_UNKNOWN;
}

const struct argp run_argp = {option_list, parse, NULL, NULL, NULL, NULL, NULL};

dcom_status run_find_config(const char *name, dcom_config *config, char message[256]) {
    const size_t length = strlen(name);
    if (strchr(name, '/') || (length > 4 && strcmp(name + length - 4, ".cfg") == 0))
        return dcom_config_read(name, config, message);
    char what[256];
    const dcom_status status = dcom_config_named(name, config, what);
    if (status) snprintf(message, 256, "config: %.240s", what);
    return status;
}

int run_config(const char *name, dcom_config *config) {
    char message[256];
    if (!run_find_config(name, config, message)) return EXIT_GOOD;
    return command_error("%s%s", strncmp(message, "config: ", 8) ? "" : "--", message);
}

dcom_parameters run_parameters(const run_options *o, const npy_matrix *a) {
    dcom_parameters p = o->parameters;
    const size_t side = a->rows < a->columns ? a->rows : a->columns;
    if (!o->rank_given && p.rank > side) p.rank = (unsigned)side;
    if (!o->outliers_given && p.outliers >= a->columns) p.outliers = (unsigned)a->columns - 1;
    return p;
}
