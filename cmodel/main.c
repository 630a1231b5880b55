/* main.c - the command build/dcom: picks the subcommand.
 * SPDX-License-Identifier: Apache-2.0 */
#include "command.h"
#include "isa.h"

#include <stdio.h>
#include <string.h>

typedef struct {
    const char *name, *what;
    int (*run)(int argc, char **argv);
} subcommand;

static const subcommand *subcommand_at(unsigned i) {
    static const subcommand all[] = {
        {"apply", "DIR W.npy ... --out DIR2: linear layers on what decompose has left", command_apply},
        {"decompose", "A.npy --out DIR: A ~ P V^T, outlier channels and exact tokens apart", command_decompose},
        {"info", "versions, configurations, host features in use", command_info},
        {"predict", "[A.npy]: clocks of a decomposition on the accelerator, without simulating it", command_predict},
        {"replay", "DIR | CAPSULE: golden vectors, or a failure of the lockstep, against the models", command_replay},
        {"vectors", "A.npy | --cases LIST | --manifest FILE, --out DIR: golden vectors", command_vectors},
    };
    return i < sizeof all / sizeof *all ? &all[i] : NULL;
}

static int help(void) {
    const subcommand *s;
    puts("usage: dcom COMMAND [OPTION...]\n\nThe golden model of the D-com low-rank decomposition "
         "co-accelerator.\n");
    for (unsigned i = 0; (s = subcommand_at(i)); i++)
        printf("  %-10s %s\n", s->name, s->what);
    puts("\n`dcom COMMAND --help` lists its options; `dcom --version` prints the version.\n"
         "Exit status: 0 good, 1 a comparison failed, 2 wrong usage or input.");
    return EXIT_GOOD;
}

int main(int argc, char **argv) {
    const subcommand *s;
    report_begin();
    if (argc < 2) return command_error("no command given; `dcom --help` lists them");
    if (strcmp(argv[1], "--help") == 0 || strcmp(argv[1], "-h") == 0) return help();
    if (strcmp(argv[1], "--version") == 0 || strcmp(argv[1], "-V") == 0) {
        printf("dcom %s (ABI %u, numeric contract %d)\n", DCOM_VERSION, dcom_abi_version(), DCOM_NUMERIC_CONTRACT);
        return EXIT_GOOD;
    }
    char message[256];
    isa limit;
    if (isa_limit(&limit, message)) return command_error("%s", message);
    for (unsigned i = 0; (s = subcommand_at(i)); i++)
        if (strcmp(argv[1], s->name) == 0) {
            const int status = s->run(argc - 1, argv + 1);
            const int lost = fflush(stdout) | ferror(stdout);
            if (lost && !status) return command_error("standard output cannot be written");
            return status;
        }
    return command_error("unknown %s %s; `dcom --help` lists the commands", argv[1][0] == '-' ? "option" : "command",
                         argv[1]);
}
