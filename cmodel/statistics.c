/* statistics.c - what is known of the channels of one cluster column: sums of squares and peaks while a matrix
 * streams in, and which channels are chosen as outliers. Twin: rtl/statistics.v, whose header has the stages.
 * SPDX-License-Identifier: Apache-2.0 */
#include "statistics.h"
#include "edge_memory.c"
#include "fp.h"

#include <string.h>

enum { BEAT, SCAN, SUM }; /* kinds */

/* An 8-channel tile has a group that nobody uses: there are no numbers of 0 bits. */
static unsigned groups_of(unsigned channels) { return channels > 8 ? channels / 8 : 2; }

size_t statistics_bytes(unsigned channels) {
    return groups_of(channels) * (size_t)(2 * 8 * sizeof(uint32_t) + 8 * sizeof(uint16_t));
}

void statistics_init(struct statistics *s, unsigned channels, void *memories) {
    memset(s, 0, sizeof *s);
    s->groups = groups_of(channels);
    s->whole.width = s->kept.width = 8 * sizeof(uint32_t);
    s->peak.width = 8 * sizeof(uint16_t);
    s->whole.mem = memset(memories, 0, statistics_bytes(channels));
    s->kept.mem = s->whole.mem + (size_t)s->groups * s->whole.width;
    s->peak.mem = s->kept.mem + (size_t)s->groups * s->kept.width;
}

static unsigned idle(const struct statistics *s) { return !s->fetch_valid_q && !s->add_valid_q; }

void statistics_read(const struct statistics *s, struct statistics_out *out) {
    out->idle = (uint8_t)idle(s);
    out->best_valid = s->best_valid_q;
    out->best_peak = s->best_peak_q;
    out->best_channel = s->best_channel_q;
}

unsigned statistics_ready(const struct statistics *s, unsigned group) {
    return !s->fetch_valid_q || (s->fetch_kind_q == BEAT && s->fetch_group_q != group);
}

/* Stage 2: a beat's new words. */
static void add_beat(const struct statistics *s, uint32_t whole_d[8], uint32_t kept_d[8], uint16_t peak_d[8]) {
    uint16_t peak[8];
    memcpy(peak, s->peak.read_q, sizeof peak);
    for (unsigned k = 0; k < 8; k++) {
        const fp_term t = fp_term_of_product(s->product_q[k]);
        whole_d[k] = fp_round(fp_align(t, s->add_first_q ? 0 : s->whole.read_q[k]));
        kept_d[k] = s->add_exact_q ? 0 : fp_round(fp_align(t, s->add_first_q ? 0 : s->kept.read_q[k]));
        peak_d[k] = s->add_first_q || s->magnitude_q[k] > peak[k] ? s->magnitude_q[k] : peak[k];
        if (s->add_exact_q) peak_d[k] = 0;
    }
}

/* Stage 2 -> 3: a group of a sum. */
static void add_group(struct statistics *s) {
    const unsigned chosen = s->chosen_q[s->add_group_q];
    for (unsigned k = 0; k < 8; k++) {
        if (!(chosen >> k & 1)) s->chain_q[k] = fp_add(s->kept.read_q[k], s->chain_q[k]);
        s->chain_q[8 + k] = fp_add(s->whole.read_q[k], s->chain_q[8 + k]);
    }
}

/* Stage 2 -> 3: a group of a scan. */
static void search(struct statistics *s) {
    unsigned candidates = ~(unsigned)s->chosen_q[s->add_group_q] & (s->add_last_q ? s->last_lanes_q : 255u);
    uint16_t peak[8];
    memcpy(peak, s->peak.read_q, sizeof peak);
    for (unsigned k = 0; k < 8; k++)
        if (candidates >> k & 1 && (!s->best_valid_q || peak[k] > s->best_peak_q)) {
            s->best_valid_q = 1;
            s->best_peak_q = peak[k];
            s->best_channel_q = (uint16_t)(s->add_group_q * 8 + k);
        }
}

void statistics_step(struct statistics *s, const struct statistics_in *in) {
    if (idle(s) && !(in->rst | in->valid | in->scan_start | in->sum_start | in->clear_chosen | in->choose_valid))
        return;
    const unsigned free = idle(s) && !in->valid, start_scan = free && in->scan_start;
    const unsigned start_sum = free && in->sum_start && !in->scan_start;
    const unsigned beat = in->valid && statistics_ready(s, in->group);
    const unsigned fetch_last = s->fetch_group_q == s->last_group_q;
    uint32_t whole_d[8], kept_d[8];
    uint16_t peak_d[8];

    /* stage 2 -> 3, and the memories between stages 1 and 2 */
    const unsigned write = s->add_valid_q && s->add_kind_q == BEAT;
    const unsigned write_kept = write && (s->add_first_q || !s->add_exact_q);
    if (write) add_beat(s, whole_d, kept_d, peak_d);
    if (s->add_valid_q && s->add_kind_q == SUM) add_group(s);
    if (s->add_valid_q && s->add_kind_q == SCAN) search(s);
    if (start_sum) memset(s->chain_q, 0, sizeof s->chain_q);
    if (in->rst || start_scan) s->best_valid_q = 0, s->best_peak_q = s->best_channel_q = 0;
    const unsigned read_sums = s->fetch_valid_q && s->fetch_kind_q != SCAN;
    const unsigned read_peak = s->fetch_valid_q && s->fetch_kind_q != SUM;
    edge_memory_step(&s->whole, read_sums, s->fetch_group_q, write, s->add_group_q, whole_d);
    edge_memory_step(&s->kept, read_sums, s->fetch_group_q, write_kept, s->add_group_q, kept_d);
    edge_memory_step(&s->peak, read_peak, s->fetch_group_q, write_kept, s->add_group_q, peak_d);

    /* stage 1 -> 2 */
    if (s->fetch_valid_q) {
        s->add_kind_q = s->fetch_kind_q;
        s->add_first_q = s->fetch_first_q;
        s->add_exact_q = s->fetch_exact_q;
        s->add_last_q = (uint8_t)fetch_last;
        s->add_group_q = s->fetch_group_q;
        for (unsigned k = 0; s->fetch_kind_q == BEAT && k < 8; k++) {
            const uint32_t a = fp_decode(s->a_q[k]);
            s->product_q[k] = fp_multiply(a, a);
            s->magnitude_q[k] = s->a_q[k] & 0x7FFF;
        }
    }
    s->add_valid_q = !in->rst && s->fetch_valid_q;

    /* stage 0 -> 1 */
    const unsigned walking = s->fetch_valid_q && s->fetch_kind_q != BEAT;
    s->fetch_valid_q = !in->rst && (beat || start_scan || start_sum || (walking && !fetch_last));
    if (beat) {
        s->fetch_kind_q = BEAT;
        s->fetch_first_q = in->first;
        s->fetch_exact_q = in->exact;
        s->fetch_group_q = in->group;
        memcpy(s->a_q, in->data, sizeof s->a_q);
    } else if (start_scan || start_sum) {
        s->fetch_kind_q = start_scan ? SCAN : SUM;
        s->fetch_group_q = 0;
        s->last_group_q = (uint16_t)(in->groups - 1);
        s->last_lanes_q = in->last_lanes;
    } else if (walking && !fetch_last)
        s->fetch_group_q++;

    if (in->rst || in->clear_chosen)
        memset(s->chosen_q, 0, s->groups);
    else if (in->choose_valid)
        s->chosen_q[in->choose_channel / 8] |= (uint8_t)(1u << in->choose_channel % 8);
}
