/* stimulus.h - what a run was driven with, as 64 bits. SPDX-License-Identifier: Apache-2.0
 *
 * h = 0; for each word: h = (h ^ word) * 9E3779B97F4A7C15 (hexadecimal, modulo 2^64); h ^= h >> 32. A step is a
 * permutation of h, and one of the word: two stimuli that differ in one word never have the same hash. Words:
 *   clocked   on every clock, reset included: the single-bit inputs and wstrb; both addresses and wdata; and on
 * clocks with s_axis_tvalid the data, four BF16 a word, without which they stand as they stood untimed   tokens,
 * channels, rank, expansion, warm-up, outliers, seed; the tolerance as FP64 bits; the number of exact tokens, and
 * each; A, four BF16 a word, the last filled up with 0 So it is the same for lockstep and timed model, and another
 * one where seed, generator or stalls are others. */
#ifndef DCOM_STIMULUS_H
#define DCOM_STIMULUS_H

#include <string.h>
#include "dcom.h"

static inline uint64_t stimulus_word(uint64_t h, uint64_t word) {
    h = (h ^ word) * 0x9E3779B97F4A7C15u;
    return h ^ h >> 32;
}

static inline uint64_t stimulus_elements(uint64_t h, const uint16_t *at, size_t count) {
    for (; count >= 4; count -= 4, at += 4)
        h = stimulus_word(h, at[0] | (uint64_t)at[1] << 16 | (uint64_t)at[2] << 32 | (uint64_t)at[3] << 48);
    uint64_t rest = 0;
    for (size_t k = 0; k < count; k++)
        rest |= (uint64_t)at[k] << 16 * k;
    return count ? stimulus_word(h, rest) : h;
}

/* A clock; `width`: elements of the stream in. */
static inline uint64_t stimulus_clock(uint64_t h, const dcom_accelerator_in *in, unsigned width) {
    h = stimulus_word(h, (uint64_t)(in->rst | in->axi_awvalid << 1 | in->axi_wvalid << 2 | in->axi_bready << 3 |
                                    in->axi_arvalid << 4 | in->axi_rready << 5 | in->s_axis_tvalid << 6 |
                                    in->s_axis_tlast << 7 | in->m_axis_tready << 8 | in->axi_wstrb << 9));
    h = stimulus_word(h, in->axi_wdata | (uint64_t)in->axi_awaddr << 32 | (uint64_t)in->axi_araddr << 48);
    return in->s_axis_tvalid ? stimulus_elements(h, in->s_axis_tdata, width) : h;
}

static inline uint64_t stimulus_untimed(const uint16_t *a, size_t tokens, size_t channels, const dcom_parameters *p) {
    const uint64_t numbers[] = {tokens, channels, p->rank, p->expansion, p->warmup, p->outliers, p->seed};
    uint64_t h = 0, tolerance;
    memcpy(&tolerance, &p->tolerance, sizeof tolerance);
    for (unsigned k = 0; k < sizeof numbers / sizeof *numbers; k++)
        h = stimulus_word(h, numbers[k]);
    h = stimulus_word(stimulus_word(h, tolerance), p->exact_token_count);
    for (unsigned k = 0; k < p->exact_token_count; k++)
        h = stimulus_word(h, p->exact_tokens[k]);
    return stimulus_elements(h, a, tokens * channels);
}

#endif
