/* correspondence.c - the table of correspondence.def at work.
 * SPDX-License-Identifier: Apache-2.0 */
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include "accelerator.h"
#include "accelerator_ports.h"
#include "array.h"
#include "correspondence.h"

enum format { FLAGS, BF16, FP32, ELEMENT, OPERAND, PRODUCT };
enum when { ALWAYS, STAGES_2, STAGES_3, AT, MEMORY, TABLE };
enum instances { ONCE, A_COLUMN, A_ROW, A_CLUSTER, A_LANE, OUTPUT };

#define PLACE(place, of, twin, instances, scope) place,
#define LINE(place, instance, name, field, format, when)
#define PORT(place, field, format)
enum place {
#include "correspondence.def"
};
#undef PLACE

/* the twin's struct of each place */
#define PLACE(place, of, twin, instances, scope) typedef __typeof__(((correspondence_model *)0)->twin) place##_TWIN;
#include "correspondence.def"
#undef PLACE

#define PLACE(place, of, twin, instances, scope)                                                                     \
    {instances, offsetof(correspondence_model, of) == offsetof(correspondence_model, array), sizeof(place##_TWIN),   \
     scope},
static const struct place_kind {
    enum instances instances;
    bool in_array;
    size_t stride;
    const char *scope;
} places[] = {
#include "correspondence.def"
};
#undef PLACE

/* The first twin of a place; NULL where the design has none. */
static const uint8_t *twin_of(enum place p, const correspondence_model *m) {
    switch (p) {
#define PLACE(place, of, twin, instances, scope)                                                                     \
    case place:                                                                                                      \
        return m->of ? (const uint8_t *)&m->twin : NULL;
#include "correspondence.def"
    }
    return NULL;
}
#undef PLACE
#undef LINE
#undef PORT

#define PLACE(place, of, twin, instances, scope)
#define LINE(place, instance, name, field, format, when)                                                             \
    {place, instance, name, offsetof(place##_TWIN, field), sizeof(((place##_TWIN *)0)->field), format, when},
#define PORT(place, field, format) LINE(place, "", #field, field, format, ALWAYS)
static const struct line {
    enum place place;
    const char *instance, *name;
    size_t offset, size;
    enum format format;
    enum when when;
} lines[] = {
#include "correspondence.def"
};
enum { LINES = sizeof lines / sizeof lines[0], PLACES = sizeof places / sizeof places[0] };

/* How many instances a place has; in two dimensions. */
static void extent(const struct place_kind *p, const dcom_config *config, unsigned *rows, unsigned *columns) {
    *rows = p->instances == A_ROW || p->instances == A_CLUSTER ? config->cluster_rows : 1;
    *columns = p->instances == A_COLUMN || p->instances == A_CLUSTER ? config->cluster_columns
               : p->instances == A_LANE                              ? LANES
                                                                     : 1;
}

static void append(char scope[128], const char *part) {
    const size_t n = strlen(scope);
    if (part[0]) snprintf(scope + n, 128 - n, "%s%s", n ? "." : "", part);
}

static void scope_name(const correspondence *c, const struct line *l, unsigned row, unsigned column,
                       char scope[128]) {
    const struct place_kind *p = &places[l->place];
    char place[64];
    scope[0] = 0;
    if (p->in_array) append(scope, c->array_scope);
    snprintf(place, sizeof place, p->scope, p->instances == A_COLUMN || p->instances == A_LANE ? column : row,
             column);
    append(scope, place);
    append(scope, l->instance);
}

const char *correspondence_name(const correspondence *c, const comparator_pair *p, char name[160]) {
    char scope[128];
    scope_name(c, &lines[p->line], p->row, p->column, scope);
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

static int is_memory(const struct line *l) { return l->when == MEMORY || l->when == TABLE; }

static int add(correspondence *c, const uint8_t *twin, const dut_variable *v, unsigned line, unsigned row,
               unsigned column, unsigned group) {
    const struct line *l = &lines[line];
    const uint8_t *field = twin + l->offset;
    if (l->when == MEMORY || l->when == AT) {
        const uint8_t *at;
        memcpy(&at, field, sizeof at);
        field = at;
    }
    if (is_memory(l)) {
        c->memory_words += v->entries;
        return comparator_add(&c->memories, field, v->data, v->bytes, line, row, column, 0);
    }
    c->register_count++;
    c->register_bits += v->bits;
    return comparator_add(&c->registers, field, v->data, v->bytes, line, row, column, group);
}

int correspondence_bind(correspondence *c, const correspondence_model *m, dut *d, const void *rtl_out,
                        char message[256]) {
    const dcom_config *config = m->config;
    const size_t count = dut_variables(d, NULL, 0);
    dut_variable *v = malloc((count + 1) * sizeof *v);
    bool *bound = calloc(count + 1, sizeof *bound);
    unsigned group[PLACES], groups = 0, rows, columns;
    memset(c, 0, sizeof *c);
    c->array_scope = m->accelerator ? "u_array" : "";
    if (!v || !bound) {
        snprintf(message, 256, "out of memory");
        free(v), free(bound);
        return -1;
    }
    dut_variables(d, v, count);
    qsort(v, count, sizeof *v, compare_variables);
    for (unsigned k = 0; k < PLACES; k++) {
        group[k] = groups;
        extent(&places[k], config, &rows, &columns);
        groups += rows * columns;
    }

    int bad = 0;
    for (unsigned line = 0; line < LINES && !bad; line++) {
        const struct line *l = &lines[line];
        const struct place_kind *place = &places[l->place];
        const uint8_t *twin = twin_of(l->place, m);
        if (!twin) continue;
        if (place->instances == OUTPUT) {
            c->port_count++;
            bad = comparator_add(&c->registers, twin + l->offset, (const char *)rtl_out + l->offset, l->size, line, 0,
                                 0, group[l->place]);
            continue;
        }
        extent(place, config, &rows, &columns);
        for (unsigned k = 0; k < rows * columns && !bad; k++) {
            const unsigned i = k / columns, j = k % columns;
            char scope[128];
            scope_name(c, l, i, j, scope);
            dut_variable key = {.scope = scope, .name = l->name}, *found;
            found = bsearch(&key, v, count, sizeof *v, compare_variables);
            if (!found || (l->when != MEMORY && l->when != AT && found->bytes > l->size)) {
                snprintf(message, 256, "correspondence.def: %s.%s %s", scope, l->name,
                         found ? "is wider in the RTL than in the model" : "is not in the RTL");
                bad = 1;
            } else {
                bound[found - v] = true;
                if (exists(l, config)) bad = add(c, twin + k * place->stride, found, line, i, j, group[l->place] + k);
                if (bad) snprintf(message, 256, "out of memory");
            }
        }
    }
    for (size_t k = 0; k < count && !bad; k++)
        if (is_register(v[k].name) && !bound[k]) {
            snprintf(message, 256, "correspondence.def: no line for %s%s%s", v[k].scope, v[k].scope[0] ? "." : "",
                     v[k].name);
            bad = 1;
        }
    if (!bad && (comparator_seal(&c->registers) || comparator_seal(&c->memories))) {
        snprintf(message, 256, "out of memory");
        bad = 1;
    }
    free(v), free(bound);
    if (bad) correspondence_release(c);
    return bad ? -1 : 0;
}

void correspondence_release(correspondence *c) {
    comparator_release(&c->registers);
    comparator_release(&c->memories);
}

bool correspondence_is_port(const comparator_pair *p) { return places[lines[p->line].place].instances == OUTPUT; }

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

static uint32_t word_at(const uint8_t *side, const comparator_pair *p, unsigned word) {
    const size_t bytes = correspondence_word_bytes(p), left = p->bytes - word * bytes;
    uint32_t value = 0;
    memcpy(&value, side + word * bytes, left < bytes ? left : bytes);
    return value;
}

uint32_t correspondence_model_word(const comparator_pair *p, unsigned word) { return word_at(p->model, p, word); }

uint32_t correspondence_rtl_word(const comparator_pair *p, unsigned word) { return word_at(p->rtl, p, word); }

void correspondence_print(FILE *f, const comparator_pair *p, uint32_t value) {
    fprintf(f, "%0*x (", (int)(2 * correspondence_word_bytes(p)), value);
    print_number(f, value, lines[p->line].format);
    fprintf(f, ")");
}

const char *correspondence_place(const comparator_pair *p, unsigned word, char place[96]) {
    const struct line *l = &lines[p->line];
    const enum instances instances = places[l->place].instances;
    int n = 0;
    place[0] = 0;
    if (instances == A_CLUSTER)
        n = snprintf(place, 96, "cluster (%u, %u)", p->row, p->column);
    else if (instances == A_ROW)
        n = snprintf(place, 96, "row %u", p->row);
    else if (instances == A_COLUMN)
        n = snprintf(place, 96, "column %u", p->column);
    const char *comma = n ? ", " : "";
    if (l->when == MEMORY)
        snprintf(place + n, 96 - (size_t)n, "%sword %u, bank or lane %u", comma, word / 8, word % 8);
    else if (instances == A_CLUSTER && p->bytes >= 256)
        snprintf(place + n, 96 - (size_t)n, "%sbank %u, MAC row %u, lane %u", comma, word / MACS, word % MACS / LANES,
                 word % LANES);
    else if (p->bytes >= 16 && l->when != TABLE)
        snprintf(place + n, 96 - (size_t)n, "%selement or lane %u", comma, word % LANES);
    return place;
}

const comparator_pair *correspondence_find(const correspondence *c, const char *name) {
    const comparator *sets[2] = {&c->registers, &c->memories};
    for (int s = 0; s < 2; s++)
        for (size_t k = 0; k < sets[s]->count; k++) {
            char own[160];
            if (!strcmp(correspondence_name(c, &sets[s]->pairs[k], own), name)) return &sets[s]->pairs[k];
        }
    return NULL;
}
