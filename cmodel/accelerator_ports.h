/* accelerator_ports.h - the ports of accelerator.v, for C and C++. SPDX-License-Identifier: Apache-2.0 */
#ifndef DCOM_ACCELERATOR_PORTS_H
#define DCOM_ACCELERATOR_PORTS_H

#include <stdint.h>

enum { PORT_SPAN = 16, PORT_LANES = 8 };

/* The input ports of accelerator.v. */
struct accelerator_in {
    uint8_t rst, start_valid, job_lanes, job_warmup, job_limited, job_empty, block_taken;
    uint8_t load_valid, load_cluster_row, mask_zero, scalar_write, scalar_register;
    uint16_t job_tokens, job_channels, job_rank, load_row, load_channel, column_mask_channel, row_mask_token,
        read_channel, read_token;
    uint32_t column_mask_valid, row_mask_valid, job_key, scalar_data;
    uint16_t load_data[PORT_SPAN * 8]; /* BF16 */
};

struct accelerator_out {
    uint8_t busy, stop, flags, block_valid, block_columns, load_ready;
    uint16_t rank, passes, rounds, deflations;
    uint32_t scalar_read, scalar_flag[2];
    uint16_t read_v[PORT_SPAN * PORT_LANES], read_p[PORT_SPAN * PORT_LANES]; /* BF16 */
};

#endif
