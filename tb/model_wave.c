/* model_wave.c - waves of the model as a VCD. SPDX-License-Identifier: Apache-2.0 */
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include "model_wave.h"

struct model_wave {
    const comparator *registers;
    FILE *file;
    char *path, *temporary;
    uint32_t *last; /* what was written of each word, in the order of the pairs */
    bool begun;
    uint64_t clock;
};

static unsigned words(const comparator_pair *p) {
    const unsigned bytes = correspondence_word_bytes(p);
    return (unsigned)(p->bytes + bytes - 1) / bytes;
}

/* A VCD's short name of signal n: digits of base 94 from '!' on. */
static const char *code(size_t n, char text[8]) {
    unsigned k = 0;
    do
        text[k++] = (char)('!' + n % 94);
    while ((n /= 94) && k < 7);
    text[k] = 0;
    return text;
}

enum { CLOCK, COUNT, OWN }; /* the codes of the clock and its number; the words' follow */

/* Leaves the scopes that `name` is not in and enters its own, from those of `was`. Returns its last part. */
static const char *change_scope(FILE *f, const char *was, const char *name) {
    size_t common = 0, k;
    for (k = 0; was[k] && was[k] == name[k]; k++)
        if (was[k] == '.') common = k + 1;
    for (const char *c = was + common; (c = strchr(c, '.')); c++)
        fprintf(f, "$upscope $end\n");
    const char *part = name + common;
    for (const char *dot; (dot = strchr(part, '.')); part = dot + 1)
        fprintf(f, "$scope module %.*s $end\n", (int)(dot - part), part);
    return part;
}

static size_t declare(model_wave *w, const correspondence *table) {
    char was[160] = "", name[160], text[8];
    size_t n = 0;
    fprintf(w->file,
            "$comment registers and ports of the golden model $end\n$timescale 1ps $end\n$scope module model "
            "$end\n");
    fprintf(w->file, "$var wire 1 %s clk $end\n", code(CLOCK, text));
    fprintf(w->file, "$var wire 64 %s clock [63:0] $end\n", code(COUNT, text));
    for (size_t k = 0; k < w->registers->count; k++) {
        const comparator_pair *p = &w->registers->pairs[k];
        const unsigned count = words(p), bits = 8 * correspondence_word_bytes(p);
        correspondence_name(table, p, name);
        const char *part = change_scope(w->file, was, name);
        for (unsigned i = 0; i < count; i++, n++) {
            fprintf(w->file, "$var reg %u %s %s", bits, code(OWN + n, text), part);
            if (count > 1) fprintf(w->file, "[%u]", i);
            fprintf(w->file, " [%u:0] $end\n", bits - 1);
        }
        memcpy(was, name, sizeof was);
    }
    change_scope(w->file, was, "");
    fprintf(w->file, "$upscope $end\n$enddefinitions $end\n");
    return n;
}

static void discard(model_wave *w) {
    if (w->temporary) unlink(w->temporary);
    free(w->temporary);
    free(w->path);
    free(w->last);
    free(w);
}

model_wave *model_wave_open(const char *path, const correspondence *table) {
    model_wave *w = calloc(1, sizeof *w);
    if (!w) return NULL;
    w->registers = &table->registers;
    w->path = strdup(path);
    if (!w->path || asprintf(&w->temporary, "%s.dcom-XXXXXX", path) < 0) {
        w->temporary = NULL;
        discard(w);
        return NULL;
    }
    const int number = mkstemp(w->temporary);
    w->file = number < 0 ? NULL : fdopen(number, "w");
    const size_t count = w->file ? declare(w, table) : 0;
    if (count) w->last = calloc(count, sizeof *w->last);
    if (w->last) return w;
    if (w->file) fclose(w->file);
    discard(w);
    return NULL;
}

static void put(FILE *f, uint64_t value, unsigned bits, size_t n) {
    char text[8], digits[66] = "b";
    unsigned k = 1;
    for (unsigned bit = bits; bit-- > 0;)
        if (k > 1 || bit == 0 || value >> bit & 1) digits[k++] = (char)('0' + (value >> bit & 1));
    digits[k] = 0;
    fprintf(f, "%s %s\n", digits, code(n, text));
}

void model_wave_clock(model_wave *w, uint64_t clock) {
    char text[8];
    size_t n = 0;
    fprintf(w->file, "#%" PRIu64 "\n1%s\n", 2 * (clock - 1), code(CLOCK, text));
    put(w->file, clock, 64, COUNT);
    for (size_t k = 0; k < w->registers->count; k++) {
        const comparator_pair *p = &w->registers->pairs[k];
        const unsigned count = words(p), bits = 8 * correspondence_word_bytes(p);
        for (unsigned i = 0; i < count; i++, n++) {
            const uint32_t value = correspondence_model_word(p, i);
            if (w->begun && value == w->last[n]) continue;
            w->last[n] = value;
            put(w->file, value, bits, OWN + n);
        }
    }
    fprintf(w->file, "#%" PRIu64 "\n0%s\n", 2 * clock - 1, code(CLOCK, text));
    w->begun = true;
    w->clock = clock;
}

int model_wave_close(model_wave *w) {
    const mode_t mask = umask(0);
    umask(mask);
    fprintf(w->file, "#%" PRIu64 "\n", 2 * w->clock);
    int bad = ferror(w->file);
    if (fclose(w->file)) bad = 1;
    if (!bad) bad = chmod(w->temporary, 0666 & ~mask) || rename(w->temporary, w->path);
    if (!bad) free(w->temporary), w->temporary = NULL;
    discard(w);
    return bad ? -1 : 0;
}
