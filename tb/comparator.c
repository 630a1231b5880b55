/* comparator.c - pairs of memory ranges, merged and compared.
 * SPDX-License-Identifier: Apache-2.0 */
#include <stdlib.h>
#include <string.h>
#include "comparator.h"

void comparator_init(comparator *c) { memset(c, 0, sizeof *c); }

void comparator_release(comparator *c) {
    free(c->pairs);
    free(c->runs);
    free(c->group_start);
    comparator_init(c);
}

int comparator_add(comparator *c, const void *model, const void *rtl, size_t bytes, unsigned line, unsigned row,
                   unsigned column, unsigned group) {
    if (c->count == c->capacity) {
        size_t capacity = c->capacity ? 2 * c->capacity : 256;
        comparator_pair *pairs = realloc(c->pairs, capacity * sizeof *pairs);
        if (!pairs) return -1;
        c->pairs = pairs;
        c->capacity = capacity;
    }
    c->pairs[c->count++] = (comparator_pair){model, rtl, bytes, line, row, column, group};
    c->bytes += bytes;
    if (group >= c->groups) c->groups = group + 1;
    return 0;
}

static int by_group_and_address(const void *a, const void *b) {
    const comparator_pair *x = a, *y = b;
    if (x->group != y->group) return x->group < y->group ? -1 : 1;
    return x->rtl < y->rtl ? -1 : x->rtl > y->rtl;
}

int comparator_seal(comparator *c) {
    c->runs = malloc((c->count ? c->count : 1) * sizeof *c->runs);
    c->group_start = calloc(c->groups + 1, sizeof *c->group_start);
    if (!c->runs || !c->group_start) return -1;
    if (c->count) memcpy(c->runs, c->pairs, c->count * sizeof *c->runs);
    if (c->count) qsort(c->runs, c->count, sizeof *c->runs, by_group_and_address);
    for (size_t k = 0; k < c->count; k++) {
        comparator_pair *last = c->run_count ? &c->runs[c->run_count - 1] : NULL, next = c->runs[k];
        if (last && last->group == next.group && last->rtl + last->bytes == next.rtl &&
            last->model + last->bytes == next.model)
            last->bytes += next.bytes;
        else
            c->runs[c->run_count++] = next;
        c->group_start[next.group + 1] = c->run_count;
    }
    for (unsigned g = 0; g < c->groups; g++)
        if (c->group_start[g + 1] < c->group_start[g]) c->group_start[g + 1] = c->group_start[g];
    return 0;
}

/* Differences gather in registers, one for each width of a load, and are looked at once a check: no branch on data.
 */
typedef uint64_t wide __attribute__((vector_size(64)));
typedef uint64_t half __attribute__((vector_size(32)));
typedef struct {
    wide wide;
    half half;
    uint64_t word;
} differences;

#define GATHER(type, sum, a, b)                                                                                      \
    do {                                                                                                             \
        type u_, v_;                                                                                                 \
        memcpy(&u_, a, sizeof u_);                                                                                   \
        memcpy(&v_, b, sizeof v_);                                                                                   \
        (sum) |= u_ ^ v_;                                                                                            \
    } while (0)

/* Ends that are no multiple of a step are read once more, overlapping. */
static inline __attribute__((always_inline)) void gather(differences *d, const uint8_t *a, const uint8_t *b,
                                                         size_t bytes) {
    if (bytes >= 64) {
        for (size_t k = 0; k + 64 <= bytes; k += 64)
            GATHER(wide, d->wide, a + k, b + k);
        GATHER(wide, d->wide, a + bytes - 64, b + bytes - 64);
    } else if (bytes >= 32) {
        GATHER(half, d->half, a, b);
        GATHER(half, d->half, a + bytes - 32, b + bytes - 32);
    } else if (bytes >= 8) {
        for (size_t k = 0; k + 8 <= bytes; k += 8)
            GATHER(uint64_t, d->word, a + k, b + k);
        GATHER(uint64_t, d->word, a + bytes - 8, b + bytes - 8);
    } else if (bytes >= 4) {
        GATHER(uint32_t, d->word, a, b);
        GATHER(uint32_t, d->word, a + bytes - 4, b + bytes - 4);
    } else {
        for (size_t k = 0; k < bytes; k++)
            d->word |= (uint64_t)(a[k] ^ b[k]);
    }
}

static inline int differ(const differences *d) {
    uint64_t any = d->word;
    for (unsigned k = 0; k < 8; k++)
        any |= d->wide[k];
    for (unsigned k = 0; k < 4; k++)
        any |= d->half[k];
    return any != 0;
}

const comparator_pair *comparator_check_part(const comparator *c, unsigned part, unsigned parts) {
    differences d = {.word = 0};
    for (size_t k = part; k < c->run_count; k += parts)
        gather(&d, c->runs[k].model, c->runs[k].rtl, c->runs[k].bytes);
    for (size_t k = 0; differ(&d) && k < c->count; k++)
        if (memcmp(c->pairs[k].model, c->pairs[k].rtl, c->pairs[k].bytes)) return &c->pairs[k];
    return NULL;
}

const comparator_pair *comparator_check(comparator *c) {
    c->checks++;
    return comparator_check_part(c, 0, 1);
}
