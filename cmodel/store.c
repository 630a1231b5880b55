/* store.c - sends results on the output stream: outlier bits, V or Z, P, a packet each.
 * Twin: rtl/store.v, which explains the stages. SPDX-License-Identifier: Apache-2.0
 *
 * In the steps `q` is what the registers held before the clock, `s` what they hold after it. */
#include "store.h"

#include <string.h>

void store_init(struct store *s, unsigned rows, unsigned columns) {
    memset(s, 0, sizeof *s);
    s->rows = rows, s->columns = columns;
}

/* ---- functions of the registers ---- */

static unsigned kind_of(const struct store *q) {
    if (q->want_q & 1) return STORE_OUTLIERS;
    if (!(q->want_q & 2)) return STORE_P;
    return q->z_q ? STORE_Z : STORE_V;
}

static unsigned goes(const struct store *q) { return q->want_q && (!q->beat_valid_q || !q->skid_valid_q); }
static unsigned moves(const struct store *q) { return q->beat_valid_q && !q->skid_valid_q; }

void store_read(const struct store *q, struct store_out *out) {
    const unsigned kind = kind_of(q), go = goes(q);
    out->start_ready = !q->want_q && !q->beat_valid_q && !q->tvalid_q;
    out->out_read = go && (kind == STORE_V || kind == STORE_Z), out->out_read_p = go && kind == STORE_P;
    const uint16_t at = (uint16_t)(q->block_q * 8 + q->lane_q);
    out->chosen_group = q->want_q & 1 ? q->block_q : 0;
    out->out_channel = out->out_read ? at : 0, out->out_row = out->out_read_p ? at : 0;
    out->m_axis_tvalid = q->tvalid_q, out->m_axis_tuser = q->tuser_q, out->m_axis_tlast = q->tlast_q;
    memcpy(out->m_axis_tdata, q->tdata_q, sizeof q->tdata_q);
}

unsigned store_edge(const struct store *q, unsigned *edge) {
    *edge = q->beat_edge_q;
    if (!moves(q) || q->beat_kind_q == STORE_OUTLIERS) return 0;
    return q->beat_kind_q == STORE_P ? STORE_P : STORE_V;
}

/* ---- stage 0 ---- */

static void next_packet(struct store *s, uint32_t left) {
    s->left_q = left;
    s->block_q = 0, s->edge_q = 0, s->lane_q = 0;
}

static void step_beat(struct store *s, const struct store *q, const struct store_in *in) {
    const unsigned outliers = q->want_q & 1, step = outliers ? 8 * q->columns : 1;
    if (in->rst) {
        s->want_q = 0;
    } else if (in->start_valid && !q->want_q && !q->beat_valid_q && !q->tvalid_q) {
        s->want_q = (uint8_t)(in->start_p << 2 | in->start_v << 1 | in->start_outliers);
        s->z_q = in->start_z, s->columns_q = in->start_columns;
        s->tokens_q = in->start_tokens, s->channels_q = in->start_channels;
        next_packet(s, in->start_outliers || in->start_v ? in->start_channels : in->start_tokens);
    } else if (goes(q) && q->left_q <= step) {
        s->want_q = q->want_q & (q->want_q - 1);
        next_packet(s, s->want_q & 2 ? q->channels_q : q->tokens_q);
    } else if (goes(q)) {
        s->left_q = q->left_q - step;
        if (outliers) {
            s->block_q = q->block_q + 1;
            return;
        }
        s->lane_q = (q->lane_q + 1) & 7;
        if (s->lane_q) return;
        s->edge_q = q->edge_q + 1;
        if (s->edge_q < (kind_of(q) == STORE_P ? q->rows : q->columns)) return;
        s->edge_q = 0;
        s->block_q = q->block_q + 1;
    }
}

/* ---- stage 1 ---- */

static void step_fetch(struct store *s, const struct store *q, const struct store_in *in) {
    const unsigned go = goes(q);
    s->beat_valid_q = !in->rst && (go || (q->beat_valid_q && !moves(q)));
    if (!go) return;
    s->beat_kind_q = (uint8_t)kind_of(q);
    s->beat_edge_q = q->edge_q;
    s->beat_last_q = q->left_q <= (q->want_q & 1 ? 8 * q->columns : 1);
    if (q->want_q & 1)
        for (unsigned j = 0; j < q->columns; j++) {
            const unsigned here = q->left_q > 8 * j ? q->left_q - 8 * j : 0;
            s->bits_q[j] = in->chosen_bits[j] & (here < 8 ? (1u << here) - 1 : 0xFF);
        }
}

/* ---- stage 2 ---- */

static void beat_data(const struct store *q, const struct store_in *in, uint16_t data[8]) {
    memset(data, 0, 8 * sizeof *data);
    if (q->beat_kind_q == STORE_OUTLIERS) {
        for (unsigned j = 0; j < q->columns; j++)
            data[j / 2] |= (uint16_t)(q->bits_q[j] << j % 2 * 8);
        return;
    }
    const uint16_t *word = q->beat_kind_q == STORE_P ? in->row_data[q->beat_edge_q] : in->column_data[q->beat_edge_q];
    for (unsigned e = 0; e < 8 && e < q->columns_q; e++)
        data[e] = word[e];
}

static void step_stream(struct store *s, const struct store *q, const struct store_in *in) {
    const unsigned taken = !q->tvalid_q || in->m_axis_tready, move = moves(q);
    s->tvalid_q = !in->rst && (move || q->skid_valid_q || !taken);
    s->skid_valid_q = !in->rst && !taken && (move || q->skid_valid_q);
    if (in->rst) {
        memset(s->tdata_q, 0, sizeof s->tdata_q);
        s->tuser_q = s->tlast_q = 0;
    } else if (taken && q->skid_valid_q) {
        memcpy(s->tdata_q, q->skid_data_q, sizeof q->skid_data_q);
        s->tuser_q = q->skid_user_q, s->tlast_q = q->skid_last_q;
    } else if (taken && move) {
        beat_data(q, in, s->tdata_q);
        s->tuser_q = q->beat_kind_q, s->tlast_q = q->beat_last_q;
    }
    if (!taken && move) {
        beat_data(q, in, s->skid_data_q);
        s->skid_user_q = q->beat_kind_q, s->skid_last_q = q->beat_last_q;
    }
}

void store_step(struct store *s, const struct store_in *in) {
    const struct store q = *s;
    step_beat(s, &q, in);
    step_fetch(s, &q, in);
    step_stream(s, &q, in);
}
