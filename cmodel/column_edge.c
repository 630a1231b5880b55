/* column_edge.c - the column edges: channel statistics while A streams in, the block W between the passes.
 * Twin: rtl/column_edge.v, whose header has the stages. SPDX-License-Identifier: Apache-2.0 */
#include "column_edge.h"
#include "corner_memory.c"
#include "edge_memory.c"
#include "fp.h"

#include <string.h>

/* ---- the numbers ---- */

void column_edge_statistics(const kernel *k, const uint16_t *a, unsigned tokens, unsigned channels,
                            const int32_t *token_mask, uint16_t *peak, float *energy, float *whole) {
    memset(peak, 0, channels * sizeof *peak);
    memset(energy, 0, channels * sizeof *energy);
    memset(whole, 0, channels * sizeof *whole);
    k->accumulate(a, a, tokens, channels, whole);
    for (unsigned t = 0, end; t < tokens; t = end) { /* a run of tokens on the same track at a time */
        const uint16_t *run = a + (size_t)t * channels;
        const int keep = token_mask[t] == EDGE_KEEP;
        for (end = t + 1; end < tokens && (token_mask[end] == EDGE_KEEP) == keep;)
            end++;
        if (!keep) continue;
        k->accumulate(run, run, end - t, channels, energy);
        k->raise_peaks(run, end - t, channels, peak);
    }
}

void column_edge_outliers(const uint16_t *peak, unsigned channels, unsigned count, int32_t *mask, int32_t *list) {
    for (unsigned c = 0; c < channels; c++)
        mask[c] = EDGE_KEEP;
    for (unsigned n = 0; n < count; n++) {
        unsigned best = channels;
        for (unsigned c = 0; c < channels; c++)
            if (mask[c] == EDGE_KEEP && (best == channels || peak[c] > peak[best])) best = c;
        mask[best] = EDGE_ZERO;
    }
    for (unsigned c = 0, n = 0; c < channels; c++)
        if (mask[c] == EDGE_ZERO) list[n++] = (int32_t)c;
}

float column_edge_sum(const float *x, unsigned channels, unsigned columns, const int32_t *mask) {
    enum { BLOCK = 8 };
    float lane[BLOCK] = {0}, total = 0;
    for (unsigned column = 0; column < columns; column++) {
        float edge[BLOCK] = {0};
        for (unsigned block = column * BLOCK; block < channels; block += columns * BLOCK)
            for (unsigned c = block; c < channels && c < block + BLOCK; c++)
                if (!mask || mask[c] == EDGE_KEEP) edge[c % BLOCK] += x[c];
        for (unsigned k = 0; k < BLOCK; k++)
            lane[k] += edge[k];
    }
    for (unsigned k = 0; k < BLOCK; k++)
        total += lane[k];
    return total;
}

void column_edge_subtract(float *restrict w, const float *restrict u, unsigned channels) {
    for (size_t c = 0; c < channels; c++)
        for (unsigned e = 0; e < LANES; e++)
            w[c * LANES + e] -= u[c * LANES + e];
}

void column_edge_add(float *restrict w, const float *restrict u, unsigned channels) {
    for (size_t c = 0; c < channels; c++)
        for (unsigned e = 0; e < LANES; e++)
            w[c * LANES + e] += u[c * LANES + e];
}

/* ---- clocked ---- */

void column_edge_init(struct column_edge *e, unsigned channels, unsigned add_stages, uint32_t *w_mem, uint16_t *v_mem,
                      uint16_t *out_mem) {
    memset(e, 0, sizeof *e);
    e->channels = channels;
    e->add_stages = add_stages;
    e->w.width = LANES * sizeof *w_mem;
    e->w.mem = memset(w_mem, 0, channels * LANES * sizeof *w_mem);
    e->v.mem = memset(v_mem, 0, channels * LANES * sizeof *v_mem);
    e->out.width = LANES * sizeof *out_mem;
    e->out.mem = memset(out_mem, 0, channels * LANES * sizeof *out_mem);
}

void column_edge_read(const struct column_edge *e, struct column_edge_out *out) {
    out->feed_ready = e->feed_left_q == 0;
    out->feed_idle = out->feed_ready && !e->feed_valid_q;
    out->take_ready = out->take_idle = e->taken_q == e->take_end_q;
    out->write_ready = e->write_channel_q == e->write_end_q;
    out->write_idle = out->write_ready && !e->row_valid_q;
    out->vector_valid = e->feed_valid_q;
    out->result_ready = e->take_channel_q != e->take_end_q;
    out->row_valid = e->row_valid_q;
    out->row_lane = e->row_lane_q;
    out->row_channel = e->row_channel_q;
    out->flags = (uint16_t)(e->nan_q << 8 | e->overflow_q);
    memcpy(out->out_data, e->out.read_q, sizeof out->out_data);
    memcpy(out->vector_data, e->v.feed_q, sizeof out->vector_data);
    memcpy(out->row_data, e->v.turn_q, sizeof out->row_data);
}

/* Stage 3 -> 4: rounds sum_q for V and raises the flags of what is not finite. */
static void narrow(struct column_edge *e, unsigned rst, unsigned flags_clear, uint16_t v_d[LANES]) {
    unsigned nan_d = 0, overflow_d = 0;
    memset(v_d, 0, LANES * sizeof *v_d);
    if (e->sum_valid_q && !(e->mask_q[e->taken_q / 8] >> e->taken_q % 8 & 1))
        for (unsigned l = 0; l < LANES; l++) {
            uint32_t magnitude = e->sum_q[l] & 0x7FFFFFFF;
            v_d[l] = fp_to_bf16(e->sum_q[l]);
            nan_d |= (unsigned)(magnitude > 0x7F800000) << l;
            overflow_d |= (unsigned)(magnitude >= 0x7F7F8000 && magnitude <= 0x7F800000) << l;
        }
    e->nan_q = rst ? 0 : (uint8_t)((flags_clear ? 0 : e->nan_q) | nan_d);
    e->overflow_q = rst ? 0 : (uint8_t)((flags_clear ? 0 : e->overflow_q) | overflow_d);
}

/* Stages 1 -> 3: w - result, w + result, or the result. */
static void add(struct column_edge *e) {
    if (e->add_stages >= 2 && e->round_q)
        for (unsigned l = 0; l < LANES; l++)
            e->sum_q[l] = e->take_mode_q ? fp_round((fp_sum){e->aligned_q[l], e->exponent_q[l]}) : e->aligned_q[l];
    if (!e->arrive_q) return;
    const uint32_t sign = (uint32_t)(e->take_mode_q & 1) << 31;
    for (unsigned l = 0; l < LANES; l++) {
        fp_sum s = fp_align(fp_expand(e->result_q[l] ^ sign), e->w.read_q[l]);
        if (e->add_stages >= 2) {
            e->aligned_q[l] = e->take_mode_q ? s.sum : e->result_q[l];
            e->exponent_q[l] = s.exponent;
        } else
            e->sum_q[l] = e->take_mode_q ? fp_round(s) : e->result_q[l];
    }
}

static void step_feeder(struct column_edge *e, const struct column_edge_in *in, unsigned go) {
    unsigned ready = e->feed_left_q == 0, last = e->feed_channel_q + 1 == e->feed_end_q;
    e->feed_valid_q = !in->rst && (go || (e->feed_valid_q && !in->vector_ready));
    e->copy_valid_q = !in->rst && go && e->feed_copy_q;
    if (go) e->copy_channel_q = e->feed_channel_q;
    if (in->rst)
        e->feed_left_q = 0;
    else if (in->feed_valid && ready) {
        e->feed_left_q = in->feed_repeats;
        e->feed_end_q = in->feed_channels;
        e->feed_channel_q = 0;
        e->feed_copy_q = in->feed_copy;
    } else if (go) {
        e->feed_copy_q &= !last;
        e->feed_left_q -= (uint16_t)last;
        e->feed_channel_q = last ? 0 : e->feed_channel_q + 1;
    }
}

static void step_taker(struct column_edge *e, const struct column_edge_in *in, unsigned take) {
    unsigned ready = e->taken_q == e->take_end_q, round = e->add_stages >= 2 ? e->round_q : e->arrive_q;
    if (in->rst)
        e->take_channel_q = e->take_end_q = e->taken_q = 0;
    else if (in->take_valid && ready) {
        e->take_channel_q = e->taken_q = 0;
        e->take_end_q = in->take_channels;
        e->take_mode_q = in->take_mode;
        e->take_copy_q = in->take_copy;
    } else {
        e->take_channel_q += (uint16_t)take;
        e->taken_q += e->sum_valid_q;
    }
    e->sum_valid_q = !in->rst && round;
    e->round_q = !in->rst && e->add_stages >= 2 && e->arrive_q;
    e->arrive_q = !in->rst && take;
    if (take) memcpy(e->result_q, in->result_data, sizeof e->result_q);
}

static void step_writer(struct column_edge *e, const struct column_edge_in *in, unsigned go) {
    unsigned ready = e->write_channel_q == e->write_end_q, last = e->write_lane_q + 1 == e->write_lanes_q;
    e->row_valid_q = !in->rst && (go || (e->row_valid_q && !in->row_ready));
    if (go) {
        e->row_channel_q = e->write_channel_q;
        e->row_lane_q = e->write_lane_q;
    }
    if (in->rst)
        e->write_channel_q = e->write_end_q = 0;
    else if (in->write_valid && ready) {
        e->write_channel_q = 0;
        e->write_end_q = in->write_channels;
        e->write_lane_q = 0;
        e->write_lanes_q = in->write_lanes;
    } else if (go) {
        e->write_lane_q = last ? 0 : e->write_lane_q + 1;
        if (last) e->write_channel_q += 8;
    }
}

void column_edge_step(struct column_edge *e, const struct column_edge_in *in) {
    uint16_t v_d[LANES];
    uint32_t w_d[LANES];
    unsigned feed_go = e->feed_left_q != 0 && (!e->feed_valid_q || in->vector_ready);
    unsigned take = in->result_valid && e->take_channel_q != e->take_end_q;
    unsigned write_go = e->write_channel_q != e->write_end_q && e->taken_q > e->write_channel_q + 7 &&
                        (!e->row_valid_q || in->row_ready);
    unsigned take_copies = e->sum_valid_q && e->take_copy_q;
    /* last stage first, as array_step() */
    memcpy(w_d, e->sum_q, sizeof w_d);
    narrow(e, in->rst, in->flags_clear, v_d);
    add(e);
    edge_memory_step(&e->out, in->out_read, in->out_channel, take_copies || e->copy_valid_q,
                     take_copies ? e->taken_q : e->copy_channel_q, take_copies ? v_d : e->v.feed_q);
    edge_memory_step(&e->w, take && e->take_mode_q, e->take_channel_q, e->sum_valid_q, e->taken_q, w_d);
    corner_memory_step(&e->v, feed_go, e->feed_channel_q, write_go, e->write_channel_q, e->write_lane_q,
                       e->sum_valid_q, e->taken_q, v_d);
    step_feeder(e, in, feed_go);
    step_taker(e, in, take);
    step_writer(e, in, write_go);
    if (in->rst || in->mask_clear) memset(e->mask_q, 0, e->channels / 8);
    if (!in->rst && in->mask_valid) {
        uint8_t *byte = &e->mask_q[in->mask_channel / 8], bit = (uint8_t)(1u << in->mask_channel % 8);
        *byte = in->mask_bit ? *byte | bit : *byte & (uint8_t)~bit;
    }
}
