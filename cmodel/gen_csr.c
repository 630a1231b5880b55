/* gen_csr.c - makes from rtl/csr.map what C, Verilog and docs/csr.md say of the registers, so that each is written
 * once. SPDX-License-Identifier: Apache-2.0
 *
 *   gen_csr verilog FILE    `define CSR_NAME 12'h..., its WIDTH and RESET, and its named values
 *   gen_csr decode FILE     functions access_of and width_of of a word's address, to be included in a module
 *   gen_csr c FILE          the offsets and values as enumerations, the map as a list macro
 *   gen_csr markdown FILE   the table of docs/csr.md */
#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { MOST = 96, NAME = 24, LINE = 200 };
enum { NONE, RO, RW, W1, W1C, ACCESSES };
static const char *const access_names[ACCESSES] = {"none", "ro", "rw", "w1", "w1c"};
static const char *const access_macros[ACCESSES] = {"NONE", "RO", "RW", "W1", "W1C"};

typedef struct {
    char name[NAME], meaning[LINE];
    unsigned number;
    size_t owner; /* of a value: index of its register */
    unsigned count, access, width, constant, reset;
} entry;

typedef struct {
    entry registers[MOST], values[MOST];
    size_t register_count, value_count;
} map;

static unsigned words(const entry *r) { return r->width > 32 ? 2 : 1; }
static unsigned end_of(const entry *r) { return r->number + 4 * words(r) * r->count; }

/* A number of the base that is the whole text */
static int number(const char *text, int base, unsigned *to) {
    char *end;
    unsigned long n = strtoul(text, &end, base);
    *to = (unsigned)n;
    return isxdigit((unsigned char)text[0]) && *end == 0 && n <= 0xFFFFFFFFul;
}

static int good_name(const char *name) {
    return isupper((unsigned char)name[0]) && strspn(name, "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_") == strlen(name);
}

/* What is wrong with the line, NULL if nothing */
static const char *take_value(map *m, const char *line) {
    char text[NAME];
    int meaning = 0;
    if (m->register_count == 0) return "a value before the first register";
    if (m->value_count == MOST) return "too many values";
    entry *v = &m->values[m->value_count];
    if (sscanf(line, "= %23s %23s %n", v->name, text, &meaning) != 2 || !line[meaning])
        return "not of the form = NAME number meaning";
    if (!good_name(v->name)) return "the name is not in capitals";
    if (!number(text, 10, &v->number)) return "the number is not one";
    v->owner = m->register_count - 1;
    for (size_t i = 0; i < m->value_count; i++)
        if (m->values[i].owner == v->owner && strcmp(m->values[i].name, v->name) == 0) return "the name is taken";
    strcpy(v->meaning, line + meaning);
    m->value_count++;
    return NULL;
}

static const char *take_register(map *m, const char *line) {
    char offset[NAME], access[NAME], width[NAME], reset[NAME];
    int meaning = 0;
    if (m->register_count == MOST) return "too many registers";
    entry *r = &m->registers[m->register_count];
    if (sscanf(line, "%23s %23s %23s %23s %23s %n", offset, r->name, access, width, reset, &meaning) != 5 ||
        !line[meaning])
        return "not of the form offset name access width reset meaning";
    strcpy(r->meaning, line + meaning);
    r->count = 1;
    char *bracket = strchr(r->name, '['), *close = bracket ? strchr(bracket, ']') : NULL;
    if (bracket) {
        if (!close || close[1]) return "the name ends in no [count]";
        *bracket = *close = 0;
        if (!number(bracket + 1, 10, &r->count) || r->count < 2 || r->count > 1024)
            return "the count is not 2 to 1024";
    }
    if (!good_name(r->name)) return "the name is not in capitals";
    if (!number(offset, 16, &r->number) || r->number % 4 || r->number > 0xFFC) return "the offset is no word's";
    for (r->access = RO; r->access < ACCESSES && strcmp(access, access_names[r->access]) != 0;)
        r->access++;
    if (r->access == ACCESSES) return "the access is not ro, rw, w1 or w1c";
    if (!number(width, 10, &r->width) || r->width < 1 || (r->width > 32 && (r->width != 64 || r->access != RO)))
        return "the width is not 1 to 32, or 64 of a register that is read only";
    r->constant = strcmp(reset, "-") != 0;
    if (r->constant ? r->width > 32 || !number(reset, 16, &r->reset) : r->access != RO)
        return "the reset value is no constant of the register's kind";
    if (r->width < 32 && r->reset >> r->width) return "the reset value is wider than the register";
    if (end_of(r) > 0x1000) return "it ends past the address space";
    if (m->register_count > 0 && r->number < end_of(r - 1)) return "it overlaps with, or lies below, the one before";
    for (size_t i = 0; i < m->register_count; i++)
        if (strcmp(m->registers[i].name, r->name) == 0) return "the name is taken";
    m->register_count++;
    return NULL;
}

static int read_map(const char *path, map *m) {
    char line[LINE];
    unsigned at = 0;
    const char *fault = NULL;
    FILE *f = fopen(path, "r");
    if (!f) return perror(path), 2;
    while (!fault && fgets(line, sizeof line, f)) {
        at++;
        size_t length = strlen(line);
        if (length == 0 || line[length - 1] != '\n')
            fault = "the line is too long, or not ended";
        else
            line[length - 1] = 0;
        if (!fault && line[0] && line[0] != '#')
            fault = line[0] == '=' ? take_value(m, line) : take_register(m, line);
    }
    if (!fault && (ferror(f) || m->register_count == 0)) fault = "no register in it";
    fclose(f);
    if (fault) fprintf(stderr, "gen_csr: %s:%u: %s\n", path, at, fault);
    return fault ? 2 : 0;
}

static void print_verilog(const map *m) {
    puts("// Generated from rtl/csr.map by gen_csr.");
    for (size_t a = NONE; a < ACCESSES; a++)
        printf("`define CSR_ACCESS_%s 3'd%zu\n", access_macros[a], a);
    for (const entry *r = m->registers; r < m->registers + m->register_count; r++) {
        printf("`define CSR_%s 12'h%03X\n`define CSR_%s_WIDTH %u\n", r->name, r->number, r->name, r->width);
        if (r->constant) printf("`define CSR_%s_RESET %u'h%X\n", r->name, r->width, r->reset);
    }
    for (const entry *v = m->values; v < m->values + m->value_count; v++)
        printf("`define CSR_%s_%s %u\n", m->registers[v->owner].name, v->name, v->number);
}

/* One function of the word's address: `name`_of, as wide as the access or the width */
static void print_function(const map *m, const char *name, unsigned bits, int width) {
    printf("  function [%u:0] %s_of;\n    input [9:0] word;\n    case (word)\n", bits - 1, name);
    for (const entry *r = m->registers; r < m->registers + m->register_count; r++)
        for (unsigned at = r->number; at < end_of(r); at += 4)
            printf("      10'h%03X: %s_of = %u'd%u;\n", at / 4, name, bits,
                   !width          ? r->access
                   : r->width > 32 ? 32
                                   : r->width);
    printf("      default: %s_of = %u'd0;\n    endcase\n  endfunction\n", name, bits);
}

static void print_decode(const map *m) {
    puts("  // Generated from rtl/csr.map by gen_csr.");
    print_function(m, "access", 3, 0);
    print_function(m, "width", 6, 1);
}

static void print_c(const map *m) {
    puts("/* Generated from rtl/csr.map by gen_csr. */\n#ifndef CSR_MAP_H\n#define CSR_MAP_H\n\nenum {");
    for (const entry *r = m->registers; r < m->registers + m->register_count; r++)
        printf("    CSR_%s = 0x%03X,\n", r->name, r->number);
    puts("};\n\nenum {");
    for (const entry *v = m->values; v < m->values + m->value_count; v++)
        printf("    CSR_%s_%s = %u,\n", m->registers[v->owner].name, v->name, v->number);
    puts("};\n\nenum {");
    for (size_t a = NONE; a < ACCESSES; a++)
        printf("    CSR_ACCESS_%s = %zu,\n", access_macros[a], a);
    puts("};\n\nenum {");
    for (const entry *r = m->registers; r < m->registers + m->register_count; r++)
        if (r->constant) printf("    CSR_%s_RESET = 0x%X,\n", r->name, r->reset);
    puts("};\n\n/* X(name, offset, count, access, width) */\n#define CSR_MAP(X) \\");
    for (const entry *r = m->registers; r < m->registers + m->register_count; r++)
        printf("    X(%s, 0x%03X, %u, CSR_ACCESS_%s, %u) \\\n", r->name, r->number, r->count,
               access_macros[r->access], r->width);
    puts("\n#endif");
}

static void print_markdown(const map *m) {
    puts("| offset | register | access | bits | reset | meaning |\n| --- | --- | --- | --- | --- | --- |");
    for (size_t i = 0; i < m->register_count; i++) {
        const entry *r = &m->registers[i];
        char count[16] = "", reset[16] = "";
        if (r->count > 1) snprintf(count, sizeof count, "[%u]", r->count);
        if (r->constant) snprintf(reset, sizeof reset, r->reset > 9 ? "0x%X" : "%X", r->reset);
        printf("| 0x%03X | %s%s | %s | %u | %s | %s |\n", r->number, r->name, count, access_names[r->access],
               r->width, reset, r->meaning);
        for (const entry *v = m->values; v < m->values + m->value_count; v++)
            if (v->owner == i) printf("| | | | %u | | %s: %s |\n", v->number, v->name, v->meaning);
    }
}

int main(int argc, char **argv) {
    static const struct {
        const char *name;
        void (*print)(const map *);
    } forms[] = {{"verilog", print_verilog}, {"decode", print_decode}, {"c", print_c}, {"markdown", print_markdown}};
    static map m;
    for (size_t i = 0; argc == 3 && i < sizeof forms / sizeof *forms; i++)
        if (strcmp(argv[1], forms[i].name) == 0) {
            const int status = read_map(argv[2], &m);
            if (status) return status;
            forms[i].print(&m);
            return fflush(stdout) | ferror(stdout) ? 1 : 0;
        }
    fprintf(stderr, "usage: gen_csr verilog | decode | c | markdown FILE\n");
    return 2;
}
