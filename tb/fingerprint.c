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

/* How the runs of a group are cut: into stretches of 64-byte pieces, pieces of 32 bytes (in pairs; an odd last one is
 * cut further) and words of 1 to 8 bytes. Offsets are from the group's first run. Groups laid out alike share a
 * shape, which stays in cache. */
typedef struct {
    uintptr_t at[2]; /* by side */
    unsigned count;  /* of 64-byte pieces in a stretch */
    uint64_t mask;   /* of a word */
} piece;

typedef struct {
    const piece *piece; /* stretches, then halves, then words */
    unsigned stretches, halves, words;
    bool usual; /* a cluster of mac_stages 2 as Verilator lays it out */
} shape;

typedef struct {
    const uint8_t *base[2]; /* by side */
    const shape *shape;
} plan;

struct fingerprint_plan {
    unsigned groups, shapes;
    plan *group;
    shape *shape;
    piece *piece; /* of all shapes */
};

enum { PIECES_MOST = 1 + 1 + 8 }; /* of a run: a stretch, a half, words */

/* Appends the pieces of one size of a group. */
static unsigned cut(const comparator *c, unsigned group, size_t size, piece *to) {
    const comparator_pair *first = &c->runs[c->group_start[group]], *end = &c->runs[c->group_start[group + 1]];
    unsigned n = 0, halves = 0, seen = 0;
    for (const comparator_pair *run = first; run < end; run++)
        halves += run->bytes / 32 % 2;
    for (const comparator_pair *run = first; run < end; run++) {
        const size_t wides = run->bytes / 64 * 64, half = run->bytes / 32 % 2 && seen++ < halves / 2 * 2 ? 32 : 0;
        size_t from = size == 64 ? 0 : size == 32 ? wides : wides + half;
        const size_t stop = size == 64 ? wides : size == 32 ? wides + half : run->bytes;
        for (size_t step; from < stop; from += step) {
            step = size == 64 ? stop : size;
            to[n++] = (piece){{(uintptr_t)run->model + from - (uintptr_t)first->model,
                               (uintptr_t)run->rtl + from - (uintptr_t)first->rtl},
                              (unsigned)(step / 64),
                              stop - from < 8 ? (UINT64_C(1) << 8 * (stop - from)) - 1 : UINT64_MAX};
        }
    }
    return n;
}

/* The shape of a group, one of those before it where it can be; returns the pieces it took. */
static size_t find_shape(fingerprint_plan *f, const comparator *c, unsigned group, piece *next) {
    shape *s = &f->shape[f->shapes];
    *s = (shape){.piece = next};
    s->stretches = cut(c, group, 64, next);
    s->halves = cut(c, group, 32, next + s->stretches);
    s->words = cut(c, group, 8, next + s->stretches + s->halves);
    s->usual = s->stretches == 2 && next[0].count == 9 && next[1].count == 4 && s->halves == 2 && s->words == 3;
    const size_t pieces = s->stretches + s->halves + s->words;
    for (unsigned n = 0; n < f->shapes; n++) {
        const shape *o = &f->shape[n];
        if (o->stretches == s->stretches && o->halves == s->halves && o->words == s->words &&
            !memcmp(o->piece, next, pieces * sizeof *next)) {
            f->group[group].shape = o;
            return 0;
        }
    }
    f->group[group].shape = s;
    f->shapes++;
    return pieces;
}

fingerprint_plan *fingerprint_plan_create(const comparator *c) {
    fingerprint_plan *f = calloc(1, sizeof *f);
    if (!f) return NULL;
    f->groups = c->groups;
    f->group = calloc(c->groups + 1, sizeof *f->group);
    f->shape = calloc(c->groups + 1, sizeof *f->shape);
    f->piece = calloc(c->run_count * PIECES_MOST + 1, sizeof *f->piece);
    if (!f->group || !f->shape || !f->piece) {
        fingerprint_plan_destroy(f);
        return NULL;
    }
    for (size_t g = 0, used = 0; g < c->groups; g++) {
        if (c->group_start[g] < c->group_start[g + 1]) {
            f->group[g].base[FINGERPRINT_MODEL] = c->runs[c->group_start[g]].model;
            f->group[g].base[FINGERPRINT_RTL] = c->runs[c->group_start[g]].rtl;
        }
        used += find_shape(f, c, (unsigned)g, f->piece + used);
    }
    return f;
}

void fingerprint_plan_destroy(fingerprint_plan *f) {
    if (!f) return;
    free(f->group);
    free(f->shape);
    free(f->piece);
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

/* A group into the chains. `usual`: with constants it is a straight line. */
static inline __attribute__((always_inline)) chains take_group(const plan *p, unsigned side, bool usual, chains x) {
    const shape *f = p->shape;
    const uint8_t *base = p->base[side];
    const piece *at = f->piece;
    for (unsigned n = 0; n < (usual ? 2 : f->stretches); n++, at++) {
        const uint8_t *from = base + at->at[side];
        unsigned count = !usual ? at->count : n == 0 ? 9 : 4;
        for (; count >= 4; count -= 4, from += 4 * sizeof x.a) {
            x.a = take(x.a, load(from));
            x.b = take(x.b, load(from + sizeof x.a));
            x.c = take(x.c, load(from + 2 * sizeof x.a));
            x.d = take(x.d, load(from + 3 * sizeof x.a));
        }
        for (; count > 0; count--, from += sizeof x.a)
            x.a = take(x.a, load(from));
    }
    for (unsigned k = 0; k < (usual ? 2 : f->halves); k += 2, at += 2) {
        half low, high;
        memcpy(&low, base + at[0].at[side], sizeof low);
        memcpy(&high, base + at[1].at[side], sizeof high);
        x.b = take(x.b, __builtin_shufflevector(low, high, 0, 1, 2, 3, 4, 5, 6, 7));
    }
    uint64_t words = 0;
    for (unsigned k = 0; k < (usual ? 3 : f->words); k++, at++) {
        uint64_t word;
        memcpy(&word, base + at->at[side], sizeof word);
        words = (words << 17 | words >> 47) ^ (word & at->mask);
        if (!usual && k % 3 == 2) x.c = take(x.c, (wide){words}), words = 0;
    }
    x.d = take(x.d, (wide){words});
    return x;
}

static inline __attribute__((always_inline)) chains take_all(const fingerprint_plan *f, unsigned side) {
    chains x = {{0}, {0}, {0}, {0}};
    /* the RTL is stepped in ascending order: its last clusters are still in the first cache */
    for (unsigned g = f->groups; g-- > 0;)
        if (f->group[g].shape->usual)
            x = take_group(&f->group[g], side, true, x);
        else
            x = take_group(&f->group[g], side, false, x);
    return x;
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
