/* array.h - the state of the cluster array, module by module, every RTL register under its RTL name.
 * SPDX-License-Identifier: Apache-2.0
 *
 * The modules' files hold only static inline functions: array.c includes them and is compiled once per instruction
 * set, so that a whole clock is one function (docs/decisions.md, "one translation unit for the clocked modules").
 * x_step() is one clock of module x. Inside a module the last stage is stepped first, so each reads what its
 * predecessor held before the clock: a non-blocking assignment without a second copy. The order of the modules in
 * array_step() follows the same rule. */
#ifndef DCOM_ARRAY_H
#define DCOM_ARRAY_H

#include <stdint.h>
#include <string.h>
#include "dcom.h"
#include "engine.h"
#include "fp.h"

enum { MACS = MAC_ROWS * LANES, SPAN_MAX = 16 };

/* Inlined without fail: the number of pipeline stages is a constant in each copy of a step. */
#ifdef __OPTIMIZE__
#define STEP static inline __attribute__((always_inline))
#else /* where coverage is counted, once each (coverage/c.mk) */
#define STEP static inline
#endif

/* Widths and depths that array.v derives from the configuration. */
struct geometry {
    unsigned rows, columns, stages, add_stages, banks;
    unsigned groups; /* of 8 channels in a tile */
    unsigned row_bits, channel_bits, vector_depth_bits, result_depth_bits, switch_clocks;
    unsigned words; /* of 8 elements in a tile memory */
    unsigned tile_tokens;
};

struct fifo {
    uint8_t write_q, read_q;
    uint8_t depth_bits;
    unsigned width; /* bytes */
    uint8_t *mem;
};

struct vector_port {
    uint32_t operation_q, delay_q;
    uint8_t credit_q;
    uint32_t vector_q[LANES]; /* decoded */
    float vector_f[LANES];    /* the same numbers; model only */
    struct fifo fifo;         /* LANES BF16 */
};

struct result_port {
    uint8_t room_q;
    struct fifo fifo; /* LANES FP32 */
};

struct pass_control {
    uint8_t busy_q, transpose_q, bank_q, empty_q, lanes_q, drain_q, settle_q, operation_transpose_q, activity_q;
    uint16_t first_row_q, end_row_q, end_channel_q, row_q, channel_q;
    uint32_t operation_q;
};

/* A broadcast operation, taken apart once for all clusters that it reaches; wires. */
struct operation {
    unsigned valid, transpose, row, channel, zero;
    uint8_t control;
    uint32_t at[8]; /* of the tile memory's elements */
};

struct issue {
    unsigned first, last, more, group_end, bubble, issue, done, available;
};

/* tile_memory, mac_grid and reducer of one cluster. The order of the fields is that of Verilator's class, so that the
 * comparator finds long runs that are contiguous on both sides; nothing else depends on it. */
struct cluster {
    uint8_t control_q;
    uint8_t multiply_q, align_q, round_q;
    uint8_t left_q, row_q, transpose_q;
    uint8_t reducer_round_q, sum_control_q;
    uint32_t element_q[8];
    uint32_t sum_q[MACS], exponent_q[MACS]; /* mac_stages 3 */
    _Alignas(64) uint32_t a_q[8];           /* whole cache lines from here on */
    uint32_t b_q[8], product_q[MACS];
    uint32_t accumulator_q[2 * MACS], drain_q[2 * MACS];
    uint32_t reducer_sum_q[LANES];
    uint32_t aligned_q[LANES], aligned_exponent_q[LANES]; /* mac_stages 3 */
    uint16_t *mem;
    /* model only: the operands beside their decoded form, and the products of mac_stages 1 */
    float a_f[8], b_f[8], product_a_f[8], product_b_f[8];
    uint32_t product_d[MACS];
};

struct write_port {
    uint8_t valid_q, ready_q, cluster_row_q;
    uint16_t row_q, channel_q;
    uint32_t columns_q;
    uint16_t data_q[SPAN_MAX * 8];
};

struct dcom_array {
    dcom_config config;
    struct geometry geometry;
    size_t bytes; /* of this allocation, tile memories and queues behind the struct included */
    void (*step)(dcom_array *, const dcom_array_in *);
    struct pass_control control;
    struct write_port write;
    struct vector_port column[SPAN_MAX], row[SPAN_MAX];
    struct result_port column_result[SPAN_MAX], row_result[SPAN_MAX];
    struct cluster cluster[]; /* rows x columns, row-major */
};

static inline float float_of(uint32_t bits) {
    float f;
    memcpy(&f, &bits, 4);
    return f;
}

static inline uint32_t bits_of(float f) {
    uint32_t bits;
    memcpy(&bits, &f, 4);
    return bits;
}

static inline float widen(uint16_t bf16) { return float_of((uint32_t)bf16 << 16); }

#endif
