/* mutant.h - included before everything in the mutated C: which mutant is at work. SPDX-License-Identifier:
 * Apache-2.0
 *
 * MUTANT in the environment is its number, 0: none. What hangs is told by a count and not by a clock: when mutated
 * expressions were evaluated MUTANT_STEPS times in all, the program ends. */
#ifndef DCOM_MUTANT_H
#define DCOM_MUTANT_H

#include <stdlib.h>
#include <unistd.h>

__attribute__((weak)) unsigned mutant_number;
__attribute__((weak)) unsigned long mutant_steps; /* left */

static __attribute__((constructor)) void mutant_begin(void) {
    const char *number = getenv("MUTANT"), *steps = getenv("MUTANT_STEPS");
    mutant_number = number ? (unsigned)strtoul(number, NULL, 10) : 0;
    mutant_steps = steps ? strtoul(steps, NULL, 10) : 0;
}

static inline int MUTANT(unsigned first, unsigned count) {
    if (--mutant_steps == 0) _exit(3);
    return mutant_number - first < count;
}

#endif
