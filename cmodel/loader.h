/* loader.h - takes the input stream apart, clock by clock: rtl/loader.v under its names.
 * SPDX-License-Identifier: Apache-2.0 */
#ifndef DCOM_LOADER_H
#define DCOM_LOADER_H

#include <stdint.h>
#include "exact_tokens.h"

enum { LOADER_COLUMNS = 16, LOADER_EXACT_TOKENS = 8 }; /* at most */

/* Every register; rtl/loader.v explains stages and ports. */
struct loader {
    unsigned rows, columns; /* of clusters */
    /* the job */
    uint8_t state_q, exact_count_q, open_q;
    uint32_t tokens_q, channels_q, blocks_q;
    struct exact_tokens exact_tokens_q;
    /* stage 0 */
    uint32_t token_q, left_q;
    uint16_t group_q, row_q;
    uint8_t cluster_row_q;
    /* stage 1 */
    uint8_t write_valid_q, row_valid_q, write_zero_q, write_first_q, write_exact_q, chunk_end_q, final_q;
    uint8_t write_cluster_row_q;
    uint16_t write_row_q, write_group_q;
    uint16_t data_q[8 * LOADER_COLUMNS]; /* BF16 */
    /* what has come of the job */
    uint32_t chunks_q;
    uint8_t loaded_q, framing_q, failed_q;
};

/* The ports of loader.v, under their names. */
struct loader_in {
    uint8_t rst, start_valid, start_vectors, start_exact_count, abort_job;
    uint8_t s_axis_tvalid, s_axis_tlast, write_ready, statistics_ready, block_next;
    uint16_t start_base;
    uint32_t start_tokens, start_channels, start_blocks;
    uint32_t start_exact_tokens[LOADER_EXACT_TOKENS];
    uint16_t s_axis_tdata[8 * LOADER_COLUMNS]; /* BF16 */
};

struct loader_out {
    uint8_t start_ready, s_axis_tready, loaded, block_loaded, framing, failed;
    uint8_t write_valid, write_cluster_row, statistics_valid, statistics_first, statistics_exact, row_valid, row_edge;
    uint16_t write_row, write_channel, statistics_group, row_row;
    uint32_t chunks;
    const uint16_t *write_data, *row_data; /* data_q: stand until the next step */
};

/* All registers 0. */
void loader_init(struct loader *, unsigned rows, unsigned columns);
/* What the ports show. Of the inputs write_ready and statistics_ready alone count; statistics_group follows none. */
void loader_read(const struct loader *, const struct loader_in *, struct loader_out *);
/* One clock. The matrix of a start fits the tiles. */
void loader_step(struct loader *, const struct loader_in *);

#endif
