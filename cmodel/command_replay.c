/* command_replay.c - dcom replay: a failure capsule on the model alone. SPDX-License-Identifier: Apache-2.0 */
#include "capsule.h"
#include "command.h"

enum { TARGET = 256 };

typedef struct {
    const char *input;
    bool target;
} options;

static error_t parse(int key, char *argument, struct argp_state *state) {
    options *o = state->input;
    switch (key) {
    case TARGET:
        o->target = true;
        return 0;
    case ARGP_KEY_ARG:
        if (o->input) return command_error("one capsule at a time: %s and %s", o->input, argument);
        o->input = argument;
        return 0;
    case ARGP_KEY_SUCCESS:
        return o->input ? 0 : command_error("replay needs a failure capsule, as make sim leaves one");
    default:
        return ARGP_ERR_UNKNOWN;
    }
}

int command_replay(int argc, char **argv) {
    static const struct argp_option option_list[] = {
        {"target", TARGET, NULL, 0, "Print what runs it against RTL instead: configuration and program", 0}, {0}};
    static const struct argp argp = {
        option_list,
        parse,
        "CAPSULE",
        "Runs the stimulus of a failure capsule on the model alone, timed and untimed, and compares outputs and "
        "results "
        "with what the capsule says of the model. `make replay CAPSULE=file` runs it against the RTL.",
        NULL,
        NULL,
        NULL};
    options o = {0};
    const int status = command_parse(&argp, "dcom replay", argc, argv, &o);
    if (status) return status < 0 ? EXIT_GOOD : status;
    return capsule_replay(o.input, o.target);
}
