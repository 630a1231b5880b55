/* bins.c - functional coverage of a run. SPDX-License-Identifier: Apache-2.0 */
#include "bins.h"
#include "csr.h"

#include <stdio.h>

enum { MANTISSA = 7, BIAS = 127 };

/* ---- the table ---- */

static const struct {
    const char *name, *meaning;
} bins[] = {
#define BIN(name, when, meaning) {name, meaning},
#define ARC(a, b) {"arc:" #a ">" #b, "the sequencer goes from " #a " to " #b},
#include "bins.def"
#undef BIN
#undef ARC
#define COUNTER(unit, kind) {"counter:" unit ", " kind, "a clock that " unit " counts as " kind},
    ACCELERATOR_COUNTERS(COUNTER)
#undef COUNTER
};
enum { BINS = sizeof bins / sizeof *bins };

const char *bins_name(unsigned k) { return k < BINS ? bins[k].name : NULL; }
const char *bins_meaning(unsigned k) { return k < BINS ? bins[k].meaning : NULL; }

/* ---- clock by clock ---- */

void bins_clock(bins_seen *s, const struct accelerator *a) {
    const struct sequencer *q = &a->sequencer;
    if (q->state_q == s->state) return;
    s->arcs[s->state] |= UINT64_C(1) << q->state_q;
    s->state = q->state_q;
    s->rounds |= 1u << q->round_q;
    s->barren |= 1u << q->barren_q;
    s->picking |= q->picking_q;
}

/* ---- the matrix ---- */

typedef struct {
    unsigned tokens, channels, side, most_tokens, most_channels, most_stall;
    bool zeros, negative_zeros, subnormals;
    int most_exponent; /* of the largest element */
    int range;         /* of the exponents of all but 0; -1: there are none */
} facts;

static unsigned most(unsigned a, unsigned b) { return a > b ? a : b; }

static facts facts_of(const sim_run *run) {
    const npy_matrix *a = run->a;
    const dcom_config *g = run->config;
    const stall_profile *stall = &run->stall;
    facts f = {.tokens = (unsigned)a->rows,
               .channels = (unsigned)a->columns,
               .side = (unsigned)(a->rows < a->columns ? a->rows : a->columns),
               .most_tokens = g->cluster_rows * g->tile_tokens,
               .most_channels = g->cluster_columns * g->tile_channels,
               .most_stall = most(most(stall->command, stall->write), stall->result)};
    uint16_t least = UINT16_MAX, largest = 0;
    for (size_t k = 0; k < a->rows * a->columns; k++) {
        const uint16_t bits = a->bits[k], size = bits & 0x7FFF;
        f.zeros |= bits == 0;
        f.negative_zeros |= bits == 0x8000;
        f.subnormals |= size > 0 && size < 1 << MANTISSA;
        if (size > largest) largest = size;
        if (size > 0 && size < least) least = size;
    }
    f.most_exponent = (largest >> MANTISSA) - BIAS;
    f.range = largest ? (largest >> MANTISSA) - (least >> MANTISSA) : -1;
    return f;
}

/* ---- the run ---- */

static bool knows_arcs(const bins_seen *seen, char message[256]) {
    static const struct {
        uint8_t from, to;
    } arcs[] = {
#define BIN(name, when, meaning)
#define ARC(a, b) {SEQUENCER_##a, SEQUENCER_##b},
#include "bins.def"
#undef BIN
#undef ARC
    };
    bins_seen left = *seen;
    for (unsigned k = 0; k < sizeof arcs / sizeof *arcs; k++)
        left.arcs[arcs[k].from] &= ~(UINT64_C(1) << arcs[k].to);
    for (unsigned from = 0; from < 64; from++)
        if (left.arcs[from]) {
            snprintf(message, 256, "bins.def: no arc from state %u of the sequencer to %d", from,
                     __builtin_ctzll(left.arcs[from]));
            return false;
        }
    return true;
}

bool bins_of(const sim_run *run, const bins_seen *s, void (*hit)(void *user, unsigned bin), void *user,
             char message[256]) {
    const dcom_parameters *p = run->parameters;
    const dcom_config *g = run->config;
    const dcom_result *r = &run->result;
    const stall_profile *stall = &run->stall;
    const facts made = facts_of(run), *f = &made;
    const bool hits[] = {
#define BIN(name, when, meaning) (when) != 0,
#define ARC(a, b) (s->arcs[SEQUENCER_##a] >> SEQUENCER_##b & 1) != 0,
#include "bins.def"
#undef BIN
#undef ARC
    };
    enum { FIRST_COUNTER = sizeof hits / sizeof *hits };
    for (unsigned k = 0; k < BINS; k++)
        if (k < FIRST_COUNTER ? hits[k] : run->counters[1 + k - FIRST_COUNTER] > 0) hit(user, k);
    return knows_arcs(s, message);
}
