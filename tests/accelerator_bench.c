/* accelerator_bench.c - accelerator.v and its twin in lockstep on their AXI ports, every register on every clock,
 * driven by a host that does what hosts do: random jobs, matrices streamed ahead, aborts, resets, bad packets, wrong
 * commands. Results are the untimed model's bit for bit. Memories hold rubbish at power-up, NaN and infinities among
 * it. Prints TAP. SPDX-License-Identifier: Apache-2.0 usage: accelerator_bench CONFIG.cfg [CASE]; in the environment:
 * SEED=N repeats a run, ROUNDS=N is for how many seeds */
#include "accelerator_aborts.h"
#include "accelerator_bus.h"
#include "accelerator_cases.h"

static const struct {
    const char *name;
    void (*run)(bench *);
    unsigned repeats;
} list[] = {{"random jobs", random_jobs, 6},
            {"after an overflow", after_overflow, 2},
            {"decomposed again", decompose_again, 2},
            {"loads alone", loads_alone, 2},
            {"matrices streamed ahead", prefetch, 2},
            {"aborts", aborts, 3},
            {"resets", resets, 1},
            {"framing", framing, 2},
            {"registers while busy", busy_registers, 1},
            {"single passes", single_passes, 2},
            {"layers", layers, 2},
            {"layers on a real activation", real_layers, 1},
            {"aborts in all states", aborts_in_all_states, 1},
            {"columns given up", given_up, 1},
            {"ports without a host", random_ports, 3},
            {"registers as a job ends", registers_as_a_job_ends, 1},
            {"resets in passes", resets_in_passes, 1},
            {"uncertified", uncertified, 1},
            {"barren", barren, 1},
            {"behind a packet", behind_a_packet, 2}};

int main(int argc, char **argv) {
    dcom_config config;
    char message[256];
    uint32_t seed = 1;
    unsigned rounds = 1, cases = 0, failures = 0;
    uint64_t clocks = 0;
    if (argc < 2 || argc > 3 || dcom_config_read(argv[1], &config, message)) {
        fprintf(stderr, "%s\n", argc == 2 || argc == 3 ? message : "usage: accelerator_bench CONFIG.cfg [CASE]");
        return 2;
    }
    if (getenv("SEED")) seed = (uint32_t)strtoul(getenv("SEED"), NULL, 10);
    if (getenv("ROUNDS")) rounds = (unsigned)strtoul(getenv("ROUNDS"), NULL, 10);
    for (; rounds > 0; rounds--, seed++) {
        printf("# SEED=%" PRIu32 "\n", seed);
        for (unsigned k = 0; k < sizeof list / sizeof list[0]; k++)
            for (unsigned n = 0; n < list[k].repeats; n++) {
                static bench b;
                if (argc == 3 && strcmp(argv[2], list[k].name)) continue;
                random_state = (seed * 0x9E3779B9u ^ (k * 16 + n + 1) * 0x85EBCA6Bu) | 1;
                for (unsigned m = 0; m < 8; m++)
                    random_bits();
                if (!open_bench(&b, &config)) list[k].run(&b);
                const uint64_t ran = b.lockstep.clocks;
                close_bench(&b);
                clocks += ran;
                printf("%sok %u - %s: %s, %u, %" PRIu64 " clocks\n", b.fault[0] ? "not " : "", ++cases, config.name,
                       list[k].name, n, ran);
                if (b.fault[0]) printf("# %s; SEED=%" PRIu32 "\n", b.fault, seed), failures++;
                fflush(stdout);
            }
    }
    printf("# %u aborts: %u within a packet, %u with a LOAD ahead, %u with a job queued, %u with the stream out "
           "blocked,\n",
           met.aborts, met.streaming, met.ahead, met.queued, met.blocked);
    printf("# %u in passes, %u when all was done, %u of a LOAD that waits\n", met.passing, met.done, met.waiting);
    printf("# %" PRIu64 " clocks compared\n1..%u\n", clocks, cases);
    return failures ? 1 : 0;
}
