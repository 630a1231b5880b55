/* gen_scalar.c - prints the microprograms of the scalar unit as Verilog, for scalar.v.
 * SPDX-License-Identifier: Apache-2.0 */
#include <stdio.h>
#include "scalar_program.h"

int main(void) {
    static const char *const names[SCALAR_PROGRAMS] = {"JUDGE", "INVERT", "ACCUMULATE", "CLEAR",  "FLOORS",
                                                       "NORMS", "APPEND", "SETTLE",     "VERDICT"};
    static uint32_t rom[SCALAR_WORDS];
    unsigned entry[SCALAR_PROGRAMS], used = scalar_program(rom, entry);
    for (unsigned k = 0; k < used; k++)
        printf("rom[%u] = 28'h%07X;\n", k, rom[k]);
    for (unsigned k = 0; k < SCALAR_PROGRAMS; k++)
        printf("entry[%u] = 10'd%u; // %s\n", k, entry[k], names[k]);
    return 0;
}
