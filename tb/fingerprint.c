/* fingerprint.c - the registers of one side on one clock as 128 bits.
 * SPDX-License-Identifier: Apache-2.0 */
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include "fingerprint.h"
#if defined(__AES__)
#include <immintrin.h>
#endif

/* Vectors are passed between functions that are always inlined: no calling convention is concerned. */
#pragma GCC diagnostic ignored "-Wpsabi"
typedef uint64_t wide __attribute__((vector_size(64)));
typedef uint64_t half __attribute__((vector_size(32)));

/* A usual group is a cluster of mac_stages 2 as Verilator lays it out: two stretches of 64-byte pieces, 32 bytes
 * twice, three words of 1 to 8 bytes. There are 256 of one shape, read where they lie. */
enum { USUAL_FIRST = 9, USUAL_SECOND = 4, USUAL_WORDS = 3, USUAL_PIECES = 2 + 2 + USUAL_WORDS };

/* Offsets from a group's first run. */
typedef struct {
    uintptr_t at[2]; /* by side */
    size_t bytes;
} piece;

typedef struct {
    piece piece[USUAL_PIECES];
} shape;

/* All other groups, cut into pieces of 64 and 32 bytes and words, in lists without end but their own: the shapes of
 * groups would cost more in mispredicted branches than what they hold. */
typedef struct {
    const uint8_t **usual; /* first runs of the usual groups */
    const uint8_t **wides, **halves;
    uint64_t *words; /* address << 8 | bytes */
    uint8_t *copied; /* halves and words, one behind the other */
} list;

struct fingerprint_plan {
    size_t usuals, wides, halves, words;
    shape shape; /* of all usual groups */
    list side[2];
};

enum { BEHIND = 4 * 64 }; /* bytes +0 behind what was copied */

/* The runs of a group, by size: whether they make a usual one. */
static bool shape_of(const comparator_pair *first, const comparator_pair *end, shape *s) {
    static const size_t sizes[] = {64, 32, 8};
    unsigned n = 0;
    memset(s, 0, sizeof *s);
    for (unsigned k = 0; k < 3; k++)
        for (const comparator_pair *run = first; run < end; run++) {
            const size_t wides = run->bytes / 64 * 64, half = run->bytes / 32 % 2 * 32;
            const size_t from = k == 0 ? 0 : k == 1 ? wides : wides + half;
            const size_t bytes = k == 0 ? wides : k == 1 ? half : run->bytes - wides - half;
            if (bytes == 0) continue;
            if (n == USUAL_PIECES || (k == 2 && bytes > sizes[k])) return false;
            s->piece[n++] = (piece){{(uintptr_t)run->model + from - (uintptr_t)first->model,
                                     (uintptr_t)run->rtl + from - (uintptr_t)first->rtl},
                                    bytes};
        }
    return n == USUAL_PIECES && s->piece[0].bytes == USUAL_FIRST * 64 && s->piece[1].bytes == USUAL_SECOND * 64 &&
           s->piece[2].bytes == 32 && s->piece[3].bytes == 32;
}

static void cut(fingerprint_plan *f, const comparator_pair *run) {
    const uint8_t *from[2] = {run->model, run->rtl};
    size_t n = 0;
    for (; n + 64 <= run->bytes; n += 64, f->wides++)
        for (int k = 0; k < 2; k++)
            f->side[k].wides[f->wides] = from[k] + n;
    for (; n + 32 <= run->bytes; n += 32, f->halves++)
        for (int k = 0; k < 2; k++)
            f->side[k].halves[f->halves] = from[k] + n;
    for (; n < run->bytes; n += 8, f->words++)
        for (int k = 0; k < 2; k++)
            f->side[k].words[f->words] =
                (uint64_t)(uintptr_t)(from[k] + n) << 8 | (run->bytes - n < 8 ? run->bytes - n : 8);
}

fingerprint_plan *fingerprint_plan_create(const comparator *c) {
    fingerprint_plan *f = calloc(1, sizeof *f);
    if (!f) return NULL;
    for (int k = 0; k < 2; k++) {
        list *l = &f->side[k];
        l->usual = calloc(c->groups + 1, sizeof *l->usual);
        l->wides = calloc(c->bytes / 64 + 1, sizeof *l->wides);
        l->halves = calloc(c->bytes / 32 + 1, sizeof *l->halves);
        l->words = calloc(c->bytes / 8 + c->run_count + 1, sizeof *l->words);
        l->copied = aligned_alloc(64, (c->bytes + BEHIND + 127) / 64 * 64); /* read only where written before */
        if (!l->usual || !l->wides || !l->halves || !l->words || !l->copied) {
            fingerprint_plan_destroy(f);
            return NULL;
        }
    }
    /* the RTL is stepped in ascending order: its last clusters are still in the first cache */
    for (unsigned g = c->groups; g-- > 0;) {
        const comparator_pair *first = &c->runs[c->group_start[g]], *end = &c->runs[c->group_start[g + 1]];
        shape s;
        if (shape_of(first, end, &s) && (f->usuals == 0 || !memcmp(&s, &f->shape, sizeof s))) {
            f->shape = s;
            f->side[FINGERPRINT_MODEL].usual[f->usuals] = first->model;
            f->side[FINGERPRINT_RTL].usual[f->usuals++] = first->rtl;
        } else
            for (const comparator_pair *run = first; run < end; run++)
                cut(f, run);
    }
    return f;
}

void fingerprint_plan_destroy(fingerprint_plan *f) {
    if (!f) return;
    for (int k = 0; k < 2; k++) {
        list *l = &f->side[k];
        free(l->usual), free(l->wides), free(l->halves), free(l->words), free(l->copied);
    }
    free(f);
}

static inline __attribute__((always_inline)) wide load(const uint8_t *p) {
    wide x;
    memcpy(&x, p, sizeof x);
    return x;
}

/* A permutation of `chain`, then x into it by exclusive or: a round of AES on each 128 bits where the host has it. */
static inline __attribute__((always_inline)) wide take(wide chain, wide x) {
#if defined(__VAES__) && defined(__AVX512F__)
    return (wide)_mm512_aesenc_epi128((__m512i)chain, (__m512i)x);
#elif defined(__AES__)
    __m128i c[4], y[4];
    memcpy(c, &chain, sizeof c);
    memcpy(y, &x, sizeof y);
    for (unsigned k = 0; k < 4; k++)
        c[k] = _mm_aesenc_si128(c[k], y[k]);
    memcpy(&chain, c, sizeof c);
    return chain;
#else
    chain *= 0x9E3779B97F4A7C15u;
    return (chain ^ chain >> 29) ^ x;
#endif
}

/* Four of them, since a round takes longer than the next may wait. */
typedef struct {
    wide a, b, c, d;
} chains;

/* `count` pieces of 64 bytes into the chains. */
static inline __attribute__((always_inline)) chains take_stretch(const uint8_t *from, size_t count, chains x) {
    for (; count >= 4; count -= 4, from += 4 * sizeof x.a) {
        x.a = take(x.a, load(from));
        x.b = take(x.b, load(from + sizeof x.a));
        x.c = take(x.c, load(from + 2 * sizeof x.a));
        x.d = take(x.d, load(from + 3 * sizeof x.a));
    }
    for (; count > 0; count--, from += sizeof x.a)
        x.a = take(x.a, load(from));
    return x;
}

static inline __attribute__((always_inline)) chains take_usual(const fingerprint_plan *f, unsigned side, chains x) {
    const piece *at = f->shape.piece;
    for (size_t n = 0; n < f->usuals; n++) {
        const uint8_t *base = f->side[side].usual[n];
        half low, high;
        uint64_t words = 0;
        x = take_stretch(base + at[0].at[side], USUAL_FIRST, x);
        x = take_stretch(base + at[1].at[side], USUAL_SECOND, x);
        memcpy(&low, base + at[2].at[side], sizeof low);
        memcpy(&high, base + at[3].at[side], sizeof high);
        x.b = take(x.b, __builtin_shufflevector(low, high, 0, 1, 2, 3, 4, 5, 6, 7));
        for (unsigned k = USUAL_PIECES - USUAL_WORDS; k < USUAL_PIECES; k++) {
            uint64_t word;
            memcpy(&word, base + at[k].at[side], sizeof word);
            words = (words << 17 | words >> 47) ^ (word & (UINT64_MAX >> (64 - 8 * at[k].bytes)));
        }
        x.d = take(x.d, (wide){words});
    }
    return x;
}

static inline __attribute__((always_inline)) chains take_all(const fingerprint_plan *f, unsigned side) {
    const list *l = &f->side[side];
    const uint8_t *const *halves = l->halves, *const *wides = l->wides;
    const uint64_t *words = l->words;
    const size_t half_count = f->halves, word_count = f->words, wide_count = f->wides;
    uint8_t *to = l->copied;
    for (size_t n = 0; n < half_count; n++, to += sizeof(half))
        memcpy(to, halves[n], sizeof(half));
    for (size_t n = 0; n < word_count; n++) { /* what is behind a word is written over by the next */
        const uint64_t word = words[n];
        memcpy(to, (const uint8_t *)(uintptr_t)(word >> 8), 8);
        to += word & 15;
    }
    memset(to, 0, BEHIND);
    chains x = take_usual(f, side, (chains){{0}, {0}, {0}, {0}});
    for (size_t n = 0; n < wide_count; n++)
        x.c = take(x.c, load(wides[n]));
    return take_stretch(l->copied, (size_t)(to - l->copied + 255) / 256 * 4, x);
}

fingerprint fingerprint_of(const fingerprint_plan *f, fingerprint_side side) {
    const chains x = side == FINGERPRINT_RTL ? take_all(f, FINGERPRINT_RTL) : take_all(f, FINGERPRINT_MODEL);
    /* the chains, then their lanes, into one; two rounds mix 128 bits */
    const wide zero = {0};
    const wide all = take(take(take(take(take(take(x.a, zero), x.b), zero), x.c), zero), x.d);
    wide sum = take(take(all, zero), zero);
    for (unsigned k = 2; k < 8; k += 2) {
        const wide lanes = {all[k], all[k + 1]};
        sum = take(take(take(sum, lanes), zero), zero);
    }
    return (fingerprint){{sum[0], sum[1]}};
}
