/* store.h - the output stream, clock by clock: what rtl/store.v is, under its names. SPDX-License-Identifier:
 * Apache-2.0 */
#ifndef DCOM_STORE_H
#define DCOM_STORE_H

#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

enum { STORE_EDGES = 16, STORE_OUTLIERS = 0, STORE_V, STORE_P, STORE_Z };

struct store {
    unsigned rows, columns; /* ROWS, COLUMNS */
    uint8_t want_q, z_q, columns_q;
    uint32_t tokens_q, channels_q, left_q;
    uint16_t block_q;
    uint8_t edge_q, lane_q;
    uint8_t beat_valid_q, beat_kind_q, beat_edge_q, beat_last_q;
    uint8_t bits_q[STORE_EDGES]; /* byte j: of column edge j */
    uint8_t tvalid_q, tuser_q, tlast_q, skid_valid_q, skid_user_q, skid_last_q;
    uint16_t tdata_q[8], skid_data_q[8]; /* BF16, or bits */
};

/* The ports of store.v, under their names. */
struct store_in {
    uint8_t rst, start_valid, start_outliers, start_v, start_p, start_z, start_columns;
    uint32_t start_tokens, start_channels;
    uint8_t chosen_bits[STORE_EDGES];     /* byte j: of column edge j */
    uint16_t column_data[STORE_EDGES][8]; /* BF16; store_edge() says which of all is looked at */
    uint16_t row_data[STORE_EDGES][8];    /* BF16 */
    uint8_t m_axis_tready;
};

struct store_out {
    uint8_t start_ready, out_read, out_read_p;
    uint16_t chosen_group, out_channel, out_row;
    uint8_t m_axis_tvalid, m_axis_tuser, m_axis_tlast;
    uint16_t m_axis_tdata[8];
};

/* All registers 0. */
void store_init(struct store *, unsigned rows, unsigned columns);
/* The outputs: functions of the registers. */
void store_read(const struct store *, struct store_out *);
/* What the next step looks at: 0 neither, STORE_V column_data[*edge], STORE_P row_data[*edge]. */
unsigned store_edge(const struct store *, unsigned *edge);
/* One clock. */
void store_step(struct store *, const struct store_in *);

#ifdef __cplusplus
}
#endif
#endif
