/* gen_scalar.c - prints the microprograms of the scalar unit as Verilog, for scalar.v.
 * SPDX-License-Identifier: Apache-2.0 */
#include <inttypes.h>
#include <stdio.h>
#include "scalar_program.h"

int main(void) {
    static const char *const names[SCALAR_PROGRAMS] = {
        "JUDGE",  "INVERT", "PICK_GOOD", "SUM",    "FLOORS_START", "FLOORS_LATER", "NORMS",
        "APPEND", "SETTLE", "VERDICT",   "TOTALS", "START",        "RESULT"};
    static uint64_t rom[SCALAR_WORDS];
    unsigned entry[SCALAR_PROGRAMS], used = scalar_program(rom, entry);
    for (unsigned k = 0; k < used; k++)
        printf("rom[%u] = %d'h%014" PRIX64 ";\n", k, SCALAR_WORD_BITS, rom[k]);
    for (unsigned k = 0; k < SCALAR_PROGRAMS; k++)
        printf("entry[%u] = 9'd%u; // %s\n", k, entry[k], names[k]);
    return fflush(stdout) | ferror(stdout) ? 1 : 0;
}
