/* make_generated.c - matrices of every kind, for the generators of other languages to compare with: make_generated
 * SEED SPDX-License-Identifier: Apache-2.0
 *
 * For each matrix a line `KIND ROWS COLUMNS A B SEED TEXT`, then its elements in hexadecimal, row by row. At the
 * borders of what the numbers may be, and DRAWN more with shape, numbers and seed drawn from SEED. */
#include "../cmodel/generate.h"
#include "../cmodel/hash.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { DRAWN = 5 };

static const char *const fixed[] = {"zero(13,21)",          "zero(13,21,1)",         "constant(2,3)",
                                    "constant(2,3,32639)",  "identity(13,21)",       "identity(13,9,-133)",
                                    "identity(9,13,120)",   "noise(13,21)",          "noise(13,21,-133)",
                                    "noise(13,21,-132)",    "noise(13,21,-127)",     "noise(13,21,120)",
                                    "noise(300,1)",         "noise(1,300)",          "cancel(13,21)",
                                    "cancel(13,21,-133)",   "cancel(13,21,120)",     "ties(13,21)",
                                    "repeat(13,21)",        "repeat(13,21,65536)",   "deficient(13,21)",
                                    "deficient(13,21,60)",  "holes(13,21)",          "holes(13,21,1)",
                                    "outliers(13,21)",      "outliers(13,21,0,0)",   "outliers(13,21,65536,120)",
                                    "range(13,21)",         "range(13,21,-133,120)", "range(13,21,120,-133)",
                                    "spectrum(13,21)",      "spectrum(40,83,16,5)",  "spectrum(13,21,0,0)",
                                    "spectrum(13,21,0,22)", "spectrum(1,1)"};
enum { FIXED = sizeof fixed / sizeof *fixed };
static const char *const kinds[] = {"zero",   "constant",  "identity", "noise",    "cancel", "ties",
                                    "repeat", "deficient", "holes",    "outliers", "range",  "spectrum"};
enum { KINDS = sizeof kinds / sizeof *kinds };

static int print(const generator *g, uint32_t seed) {
    char text[GENERATE_TEXT];
    generate_text(g, text);
    uint16_t *a = malloc((size_t)g->rows * g->columns * sizeof *a);
    if (!a || !generate(g, seed, a)) return 1;
    printf("%.*s %u %u %d %d %u %s\n", (int)strcspn(text, "("), text, g->rows, g->columns, g->number[0], g->number[1],
           seed, text);
    for (size_t k = 0; k < (size_t)g->rows * g->columns; k++)
        printf("%04x%c", a[k], (k + 1) % g->columns ? ' ' : '\n');
    free(a);
    return 0;
}

/* Numbers of all sizes, until there are two that the kind takes; one alone where it takes no two. */
static void draw(const char *kind, uint32_t seed, uint32_t k, generator *g) {
    char text[GENERATE_TEXT], message[256];
    for (uint32_t try = 0;; try++) {
        int n[4];
        for (uint32_t i = 0; i < 4; i++) {
            const uint32_t h = hash3(seed, k, 4 * try + i);
            n[i] = (int)((h >> 8 & 0xFFFF) >> (h & 15));
        }
        const int a = n[2] % 2 ? n[2] : -n[2];
        snprintf(text, sizeof text, "%s(%d,%d,%d,%d)", kind, 1 + n[0] % 40, 1 + n[1] % 60, a, n[3]);
        if (generate_parse(text, g, message)) return;
        snprintf(text, sizeof text, "%s(%d,%d,%d)", kind, 1 + n[0] % 40, 1 + n[1] % 60, a);
        if (generate_parse(text, g, message)) return;
        if (strcmp(kind, "ties") == 0) {
            snprintf(text, sizeof text, "%s(%d,%d)", kind, 1 + n[0] % 40, 1 + n[1] % 60);
            if (generate_parse(text, g, message)) return;
        }
    }
}

int main(int argc, char **argv) {
    if (argc != 2) return 2;
    const uint32_t seed = (uint32_t)strtoul(argv[1], NULL, 10);
    static const uint32_t seeds[] = {1, 0, UINT32_MAX};
    int status = 0;
    for (unsigned k = 0; k < FIXED; k++) {
        generator g;
        char message[256];
        if (!generate_parse(fixed[k], &g, message)) return fputs(message, stderr), 2;
        status |= print(&g, seeds[k % 3]);
    }
    for (unsigned k = 0; k < KINDS * DRAWN; k++) {
        generator g;
        draw(kinds[k % KINDS], seed, k, &g);
        status |= print(&g, hash3(seed, k, ~0u));
    }
    return status;
}
