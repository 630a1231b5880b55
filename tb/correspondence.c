/* correspondence.c - the table of correspondence.def at work.
 * SPDX-License-Identifier: Apache-2.0 */
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include "correspondence.h"

enum place { ARRAY, COLUMN, ROW, CLUSTER, OUTPUT };
enum format { FLAGS, BF16, FP32, ELEMENT, OPERAND, PRODUCT };
enum when { ALWAYS = 1, STAGES_2, STAGES_3, MEMORY };

static const struct line {
    enum place place;
    const char *instance, *name;
    size_t offset, size;
    enum format format;
    enum when when;
} lines[] = {
#define LINE(place, instance, name, field, format, when)                                                             \
    {place, instance, name, offsetof(dcom_array, field), sizeof(((dcom_array *)0)->field), format, when},
#define PORT(name, field, format)                                                                                    \
    {OUTPUT, "", name, offsetof(dcom_array_out, field), sizeof(((dcom_array_out *)0)->field), format, ALWAYS},
#include "correspondence.def"
#undef LINE
#undef PORT
};
enum { LINES = sizeof lines / sizeof lines[0] };

static size_t stride(const struct line *l) {
    if (l->place == CLUSTER) return sizeof(struct cluster);
    if (l->place == ARRAY) return 0;
    return strstr(l->instance, "result") ? sizeof(struct result_port) : sizeof(struct vector_port);
}

static void scope_name(const struct line *l, unsigned row, unsigned column, char scope[128]) {
    const char *dot = l->instance[0] ? "." : "";
    switch (l->place) {
    case ARRAY:
    case OUTPUT:
        snprintf(scope, 128, "%s", l->instance);
        break;
    case COLUMN:
        snprintf(scope, 128, "column[%u]%s%s", column, dot, l->instance);
        break;
    case ROW:
        snprintf(scope, 128, "row[%u]%s%s", row, dot, l->instance);
        break;
    case CLUSTER:
        snprintf(scope, 128, "row[%u].node[%u]%s%s", row, column, dot, l->instance);
        break;
    }
}

const char *correspondence_name(const comparator_pair *p, char name[160]) {
    char scope[128];
    scope_name(&lines[p->line], p->row, p->column, scope);
    snprintf(name, 160, "%s%s%s", scope, scope[0] ? "." : "", lines[p->line].name);
    return name;
}

static int compare_variables(const void *a, const void *b) {
    const dut_variable *x = a, *y = b;
    int scope = strcmp(x->scope, y->scope);
    return scope ? scope : strcmp(x->name, y->name);
}

static int is_register(const char *name) {
    size_t n = strlen(name);
    return (n > 2 && !strcmp(name + n - 2, "_q")) || !strcmp(name, "mem");
}

/* Does this build have the register: some belong to a depth of the MAC pipeline. */
static int exists(const struct line *l, const dcom_config *config) {
    return l->when == STAGES_2 ? config->mac_stages >= 2 : l->when == STAGES_3 ? config->mac_stages >= 3 : 1;
}

static int add(correspondence *c, dcom_array *model, const dut_variable *v, unsigned line, unsigned row,
               unsigned column) {
    const struct line *l = &lines[line];
    const uint8_t *field = (const uint8_t *)model + l->offset;
    unsigned index = l->place == COLUMN ? column
                     : l->place == ROW  ? row
                                        : row * model->config.cluster_columns + column;
    if (l->place != ARRAY) field += index * stride(l);
    unsigned group = l->place == CLUSTER ? 1 + index : 0;
    if (l->when == MEMORY) {
        const uint8_t *mem;
        memcpy(&mem, field, sizeof mem);
        c->memory_words += v->entries;
        return comparator_add(&c->memories, mem, v->data, v->bytes, line, row, column, 0);
    }
    c->register_count++;
    c->register_bits += v->bits;
    return comparator_add(&c->registers, field, v->data, v->bytes, line, row, column, group);
}

int correspondence_bind(correspondence *c, dcom_array *model, const dcom_array_out *model_out, dut *d,
                        const dcom_array_out *rtl_out, char message[256]) {
    const dcom_config *config = &model->config;
    size_t count = dut_variables(d, NULL, 0), registers = 0, bound = 0;
    dut_variable *v = malloc((count + 1) * sizeof *v);
    memset(c, 0, sizeof *c);
    if (!v) return snprintf(message, 256, "out of memory"), -1;
    dut_variables(d, v, count);
    qsort(v, count, sizeof *v, compare_variables);
    for (size_t k = 0; k < count; k++)
        registers += is_register(v[k].name) != 0;

    int bad = 0;
    for (unsigned line = 0; line < LINES && !bad; line++) {
        const struct line *l = &lines[line];
        if (l->place == OUTPUT) {
            /* data: of the rows and columns that there are */
            const unsigned lines_of = strstr(l->name, "row_") ? config->cluster_rows : config->cluster_columns;
            const size_t size = l->format == FP32 ? lines_of * LANES * sizeof(float) : l->size;
            c->port_count++;
            bad = comparator_add(&c->registers, (const char *)model_out + l->offset,
                                 (const char *)rtl_out + l->offset, size, line, 0, 0, 0);
            continue;
        }
        unsigned rows = l->place == ROW || l->place == CLUSTER ? config->cluster_rows : 1;
        unsigned columns = l->place == COLUMN || l->place == CLUSTER ? config->cluster_columns : 1;
        for (unsigned i = 0; i < rows && !bad; i++)
            for (unsigned j = 0; j < columns && !bad; j++) {
                char scope[128];
                scope_name(l, i, j, scope);
                dut_variable key = {.scope = scope, .name = l->name}, *found;
                found = bsearch(&key, v, count, sizeof *v, compare_variables);
                if (!found || (l->when != MEMORY && found->bytes > l->size)) {
                    snprintf(message, 256, "correspondence.def: %s.%s %s", scope, l->name,
                             found ? "is wider in the RTL than in the model" : "is not in the RTL");
                    bad = 1;
                } else {
                    bound++;
                    if (exists(l, config)) bad = add(c, model, found, line, i, j);
                    if (bad) snprintf(message, 256, "out of memory");
                }
            }
    }
    if (!bad && bound != registers) {
        snprintf(message, 256, "correspondence.def binds %zu of the RTL's %zu registers and memories", bound,
                 registers);
        bad = 1;
    }
    if (!bad && (comparator_seal(&c->registers) || comparator_seal(&c->memories))) {
        snprintf(message, 256, "out of memory");
        bad = 1;
    }
    free(v);
    if (bad) correspondence_release(c);
    return bad ? -1 : 0;
}

void correspondence_release(correspondence *c) {
    comparator_release(&c->registers);
    comparator_release(&c->memories);
}

unsigned correspondence_word_bytes(const comparator_pair *p) {
    enum format f = lines[p->line].format;
    return f == BF16 ? 2 : p->bytes < 4 ? (unsigned)p->bytes : 4;
}

unsigned correspondence_word(const comparator_pair *p) {
    unsigned bytes = correspondence_word_bytes(p), word = 0;
    while ((word + 1) * bytes < p->bytes && !memcmp(p->model + word * bytes, p->rtl + word * bytes, bytes))
        word++;
    return word;
}

static void print_number(FILE *f, uint32_t x, enum format format) {
    switch (format) {
    case FLAGS:
        fprintf(f, "%u", x);
        break;
    case BF16:
    case ELEMENT:
        fprintf(f, "%.8g", (double)widen((uint16_t)x));
        break;
    case FP32:
        fprintf(f, "%.9g", (double)float_of(x));
        break;
    case OPERAND:
    case PRODUCT: {
        int product = format == PRODUCT, shift = product ? 16 : 8;
        int sign = (int)(x >> (product ? 28 : 19) & 1), exponent = (int)(x >> shift & (product ? 0xFFF : 0x7FF));
        int significand = (int)(x & (product ? 0xFFFF : 0xFF));
        if (exponent >= 1200)
            fprintf(f, significand ? sign ? "-inf" : "inf" : "nan");
        else
            fprintf(f, "%.9g", (sign ? -1 : 1) * ldexp(significand, exponent - (product ? 800 + 14 : 400 + 7)));
        break;
    }
    }
}

void correspondence_print(FILE *f, const comparator_pair *p, unsigned word) {
    unsigned bytes = correspondence_word_bytes(p);
    uint32_t model = 0, rtl = 0;
    memcpy(&model, p->model + word * bytes, bytes);
    memcpy(&rtl, p->rtl + word * bytes, bytes);
    fprintf(f, "model %0*x (", (int)(2 * bytes), model);
    print_number(f, model, lines[p->line].format);
    fprintf(f, ")  rtl %0*x (", (int)(2 * bytes), rtl);
    print_number(f, rtl, lines[p->line].format);
    fprintf(f, ")  xor %0*x", (int)(2 * bytes), model ^ rtl);
}

const char *correspondence_place(const comparator_pair *p, unsigned word, char place[96]) {
    const struct line *l = &lines[p->line];
    int n = 0;
    place[0] = 0;
    if (l->place == CLUSTER)
        n = snprintf(place, 96, "cluster (%u, %u)", p->row, p->column);
    else if (l->place == ROW)
        n = snprintf(place, 96, "row %u", p->row);
    else if (l->place == COLUMN)
        n = snprintf(place, 96, "column %u", p->column);
    const char *comma = n ? ", " : "";
    if (l->when == MEMORY)
        snprintf(place + n, 96 - (size_t)n, "%sword %u, bank or lane %u", comma, word / 8, word % 8);
    else if (p->bytes >= 256)
        snprintf(place + n, 96 - (size_t)n, "%sbank %u, MAC row %u, lane %u", comma, word / MACS, word % MACS / LANES,
                 word % LANES);
    else if (p->bytes >= 16)
        snprintf(place + n, 96 - (size_t)n, "%selement or lane %u", comma, word % LANES);
    return place;
}

const comparator_pair *correspondence_find(const correspondence *c, const char *name) {
    const comparator *sets[2] = {&c->registers, &c->memories};
    for (int s = 0; s < 2; s++)
        for (size_t k = 0; k < sets[s]->count; k++) {
            char own[160];
            if (!strcmp(correspondence_name(&sets[s]->pairs[k], own), name)) return &sets[s]->pairs[k];
        }
    return NULL;
}
