/* command_replay.c - dcom replay: golden vectors, a folder, or a failure capsule, a file, against the models.
 * SPDX-License-Identifier: Apache-2.0 */
#include "capsule.h"
#include "vectors.h"

#include <errno.h>
#include <string.h>
#include <sys/stat.h>

enum { CONFIG = 'c', PACKETS_FILE = 256, JSON, QUIET, TARGET };

typedef struct {
    const char *input, *config;
    replay_options replay;
    bool target;
} options;

static const struct argp_option option_list[] = {
    {NULL, 0, NULL, 0, "Of golden vectors:", 1},
    {"config", CONFIG, "NAME", 0, "Only vectors of this configuration, or .cfg file", 0},
    {"packets", PACKETS_FILE, "FILE", 0, "Beats taken from m_axis, lines of `user data last`, against the vectors",
     0},
    {"json", JSON, NULL, 0, "Print what was compared for machines", 0},
    {"quiet", QUIET, NULL, 0, "Print nothing but errors", 0},
    {NULL, 0, NULL, 0, "Of a capsule:", 2},
    {"target", TARGET, NULL, 0, "Print what runs it against RTL instead: configuration and program", 0},
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
    case TARGET:
        o->target = true;
        return 0;
    case ARGP_KEY_ARG:
        if (o->input) return command_error("one folder or capsule at a time: %s and %s", o->input, argument);
        o->input = argument;
        return 0;
    case ARGP_KEY_SUCCESS:
        return o->input ? 0
                        : command_error(
                              "replay needs a folder of golden vectors, or a failure capsule as make sim leaves one");
    default:
        return ARGP_ERR_UNKNOWN;
    }
}

static int replay_capsule(const options *o) {
    const replay_options *r = &o->replay;
    if (o->config || r->packets || r->json || r->quiet)
        return command_error("%s: a file, not a folder; --target alone is an option of a capsule", o->input);
    return capsule_replay(o->input, o->target);
}

int command_replay(int argc, char **argv) {
    static const struct argp argp = {
        option_list,
        parse,
        "DIR | CAPSULE",
        "Golden vectors against the models: all files whole, the untimed model's results equal bit for bit, and on "
        "every clock of a trace the timed model's ports. Or the stimulus of a failure capsule on the models alone: "
        "outputs and results against what the capsule says of the model; `make replay CAPSULE=file` runs it "
        "against the RTL.",
        NULL,
        NULL,
        NULL};
    options o = {0};
    dcom_config config;
    struct stat about;
    int status = command_parse(&argp, "dcom replay", argc, argv, &o);
    if (status) return status < 0 ? EXIT_GOOD : status;
    if (stat(o.input, &about) != 0) return command_error("%s: %s", o.input, strerror(errno));
    if (!S_ISDIR(about.st_mode)) return replay_capsule(&o);
    if (o.target) return command_error("%s: --target is of a failure capsule, a file", o.input);
    if (o.config) {
        if ((status = run_config(o.config, &config))) return status;
        o.replay.config = &config;
    }
    return vectors_replay(o.input, &o.replay);
}
