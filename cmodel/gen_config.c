/* gen_config.c - makes from rtl/config/NAME.cfg what C and Verilog are compiled with, so that each value is
 * written once. SPDX-License-Identifier: Apache-2.0
 *
 *   gen_config table FILE...   C initialisers of dcom_config, smallest first
 *   gen_config verilog FILE    `define DCOM_KEY value, and DCOM_CONFIG_ID */
#include "config_parse.h"

#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { MOST_FILES = 64 };

static unsigned long long size(const dcom_config *c) {
    const unsigned long long clusters = c->cluster_rows * c->cluster_columns;
    return (clusters << 40) + clusters * c->tile_channels * (c->tile_tokens + c->basis_rows);
}

static int by_size(const void *a, const void *b) {
    const unsigned long long x = size(a), y = size(b);
    return x < y ? -1 : x > y ? 1 : strcmp(((const dcom_config *)a)->name, ((const dcom_config *)b)->name);
}

static void print_initialiser(const dcom_config *c) {
    const config_field *field;
    printf("{.name = \"%s\"", c->name);
    for (unsigned i = 0; (field = config_field_at(i)); i++)
        printf(", .%s = %u", field->key, config_value(c, field));
    puts("},");
}

static void print_defines(const dcom_config *c) {
    const config_field *field;
    for (unsigned i = 0; (field = config_field_at(i)); i++) {
        printf("`define DCOM_");
        for (const char *k = field->key; *k; k++)
            putchar(toupper((unsigned char)*k));
        printf(" %u\n", config_value(c, field));
    }
    printf("`define DCOM_CONFIG_ID 32'h%08X\n", (unsigned)dcom_config_id(c));
}

int main(int argc, char **argv) {
    dcom_config configs[MOST_FILES];
    const int files = argc - 2;
    const int verilog = argc > 1 && strcmp(argv[1], "verilog") == 0;
    if (files < 1 || files > MOST_FILES || (verilog ? files != 1 : strcmp(argv[1], "table") != 0)) {
        fprintf(stderr, "usage: gen_config table FILE... | gen_config verilog FILE\n");
        return 2;
    }
    for (int i = 0; i < files; i++) {
        char message[256];
        if (config_parse(argv[2 + i], &configs[i], message)) {
            fprintf(stderr, "gen_config: %s\n", message);
            return 2;
        }
    }
    qsort(configs, (size_t)files, sizeof *configs, by_size);
    for (int i = 0; i < files; i++)
        (verilog ? print_defines : print_initialiser)(&configs[i]);
    return fflush(stdout) | ferror(stdout) ? 1 : 0;
}
