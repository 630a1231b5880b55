/* command_replay.c - dcom replay: stored golden vectors against the models. SPDX-License-Identifier: Apache-2.0 */
#include "vectors.h"

#include <string.h>

enum { CONFIG = 'c', PACKETS_FILE = 256, JSON, QUIET };

typedef struct {
    const char *input, *config;
    replay_options replay;
} options;

static const struct argp_option option_list[] = {
    {"config", CONFIG, "NAME", 0, "Only vectors of this configuration, or .cfg file", 0},
    {"packets", PACKETS_FILE, "FILE", 0, "Beats taken from m_axis, lines of `user data last`, against the vectors",
     0},
    {"json", JSON, NULL, 0, "Print what was compared for machines", 0},
    {"quiet", QUIET, NULL, 0, "Print nothing but errors", 0},
    {0}};

static error_t parse(int key, char *argument, struct argp_state *state) {
    options *o = state->input;
    switch (key) {
    case CONFIG:
        o->config = argument;
        return 0;
    case PACKETS_FILE:
        o->replay.packets = argument;
        return 0;
    case JSON:
        o->replay.json = true;
        return 0;
    case QUIET:
        o->replay.quiet = true;
        return 0;
    case ARGP_KEY_ARG:
        if (o->input) return command_error("one folder at a time: %s and %s", o->input, argument);
        o->input = argument;
        return 0;
    case ARGP_KEY_SUCCESS:
        return o->input ? 0 : command_error("replay needs a folder of golden vectors");
    default:
        return ARGP_ERR_UNKNOWN;
    }
}

int command_replay(int argc, char **argv) {
    static const struct argp argp = {
        option_list,
        parse,
        "DIR",
        "Golden vectors against the models: all files whole, the untimed model's results "
        "equal bit for bit, and on every clock of a trace the timed model's ports.",
        NULL,
        NULL,
        NULL};
    options o = {0};
    dcom_config config;
    int status = command_parse(&argp, "dcom replay", argc, argv, &o);
    if (status) return status < 0 ? EXIT_GOOD : status;
    if (o.config) {
        if ((status = run_config(o.config, &config))) return status;
        o.replay.config = &config;
    }
    return vectors_replay(o.input, &o.replay);
}
