/* engine.h - what the datapath asks of a cluster array, clocked or not.
 * SPDX-License-Identifier: Apache-2.0
 *
 * The algorithm (lanczos.c) is written once, on datapath.h, and datapath.c on this interface. `untimed.c` answers
 * with the numbers alone, `timed_engine.c` by driving the ports of array.c clock by clock (and, in lockstep, the RTL
 * beside it).
 *
 * Where a row lives. Tokens, basis rows and channels are dealt in blocks of 8 (mac_rows), by one rule: index k is
 * number k % 8 of block k / 8, and block b lives in cluster row (of channels: column) b % clusters, as its local
 * block b / clusters. So a cluster row has `local_tokens` tokens, a cluster column `local_channels` channels.
 * Everything past the matrix's edge is +0.
 *
 * The order of every sum. Inside a cluster: one chain of fused multiply-adds from +0 in ascending local index, s_k
 * for cluster k. Across clusters: ((+0 + s0) + s1) + ... in ascending cluster index. Starting from +0 makes the sign
 * of a zero s_k irrelevant, hence a cluster that holds nothing may be left out. */
#ifndef DCOM_ENGINE_H
#define DCOM_ENGINE_H

#include "dcom.h"

enum { LANES = 8, MAC_ROWS = 8 };

typedef enum { REGION_TOKENS, REGION_BASIS } engine_region;

typedef struct engine engine;
struct engine {
    const dcom_config *config;
    unsigned tokens, channels;             /* of the matrix loaded */
    unsigned local_tokens, local_channels; /* geometry_local() of them */

    /* Loads A (tokens x channels, row-major BF16) and clears the basis rows. */
    dcom_status (*load)(engine *, const uint16_t *a, unsigned tokens, unsigned channels);
    /* Writes basis rows [first, first + count): `rows` is channels x LANES, column e = basis row first + e. */
    dcom_status (*write_basis)(engine *, unsigned first, unsigned count, const uint16_t *rows);
    /* Forward: out[row][e] = sum over channels of M[row][c] * x[c][e], for rows [first, first + count) of the
     * region. x: channels x LANES BF16 (lanes >= expansion are ignored). out: count x LANES FP32, lanes >=
     * expansion are written +0. */
    dcom_status (*forward)(engine *, engine_region, unsigned first, unsigned count, unsigned expansion,
                           const uint16_t *x, float *out);
    /* Transpose: out[c][e] = sum over rows [first, first + count) of M[row][c] * y[row - first][e].
     * y: count x LANES BF16. out: channels x LANES FP32. */
    dcom_status (*transpose)(engine *, engine_region, unsigned first, unsigned count, unsigned expansion,
                             const uint16_t *y, float *out);
};

/* A context of dcom.h on an engine of the caller's (timed), which must outlive it; dcom_create() makes its own. */
dcom_status dcom_create_on(const dcom_config *config, engine *engine, dcom_context **context);
#endif
