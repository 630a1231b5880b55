/* mutant.h - included before everything in the mutated C: which mutant is at work. SPDX-License-Identifier:
 * Apache-2.0
 *
 * MUTANT in the environment is its number, 0: none. What hangs is told by a count and not by a clock: when mutated
 * expressions were evaluated MUTANT_STEPS times in all, the program ends. MUTANT_REACHED names a file for the end:
 * the steps that were taken, and the numbers of all mutants whose expression was evaluated, a line each. */
#ifndef DCOM_MUTANT_H
#define DCOM_MUTANT_H

#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

/* One of each in a program */
__attribute__((weak)) unsigned mutant_number;
__attribute__((weak)) unsigned long mutant_steps; /* left */
__attribute__((weak)) unsigned short mutant_reached[1 << 16];
__attribute__((weak)) const char *mutant_report;

static __attribute__((constructor)) void mutant_begin(void) {
    const char *number = getenv("MUTANT"), *steps = getenv("MUTANT_STEPS");
    mutant_number = number ? (unsigned)strtoul(number, NULL, 10) : 0;
    mutant_steps = steps ? strtoul(steps, NULL, 10) : 0;
    mutant_report = getenv("MUTANT_REACHED");
}

static __attribute__((destructor)) void mutant_end(void) {
    FILE *out = mutant_report ? fopen(mutant_report, "w") : NULL;
    if (!out) return;
    mutant_report = NULL; /* once, not for every file */
    fprintf(out, "steps %lu\n", 0 - mutant_steps);
    for (unsigned first = 0; first < sizeof mutant_reached / sizeof *mutant_reached; first++)
        for (unsigned k = 0; k < mutant_reached[first]; k++)
            fprintf(out, "%u\n", first + k);
    fclose(out);
}

static inline int MUTANT(unsigned first, unsigned count) {
    if (--mutant_steps == 0) _exit(3);
    if (mutant_report && mutant_reached[first] < count) mutant_reached[first] = (unsigned short)count;
    return mutant_number - first < count;
}

#endif
