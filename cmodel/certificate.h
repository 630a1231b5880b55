/* certificate.h - the error of the decomposition as the hardware knows it: residual, correction, bound.
 * SPDX-License-Identifier: Apache-2.0
 *
 * With D the decomposed track, C = V^T V - I and L = D V - P what the rounding of P took away,
 *     ||D - P V^T||^2 = ||D||^2 - ||P||^2 - 2 trace(P^T L) + trace(P^T P C).
 * C is measured when a block is appended. P^T P comes one block later for nothing: the overlaps of
 * the next block before its first correction are V^T D^T P_j = (D V)^T P_j. Until then the diagonal is
 * corrected by the sums of squares, and the rest bounded by the norms of the columns of P. All scalars FP32.
 */
#ifndef DCOM_CERTIFICATE_H
#define DCOM_CERTIFICATE_H

#include <stdbool.h>

#include "engine.h"
#include "kernel.h"

typedef struct {
    float total;       /* ||A||^2, exact tracks included */
    float decomposed;  /* ||D||^2 */
    float residual;    /* ||D||^2 - ||P||^2, corrected but for the pending block */
    float cross;       /* of the pending block: bound on what else its correction may be */
    bool pending;      /* the last block's correction is not yet known */
    uint16_t *overlap; /* BF16 [rows][LANES]: C of the pending block, diagonal +0; above it twice, for both
                          triangles */
    uint16_t *norm;    /* BF16 [rows][LANES]: |p_k|, the same in all lanes */
} certificate;

/* Takes storage for `rows` basis rows; release() gives it back. */
dcom_status certificate_create(certificate *, unsigned rows);
void certificate_release(certificate *);

/* A block of `kept` columns was appended at basis row `first`. h: [first + LANES][LANES], its measured
 * overlaps with the basis and then its Gram matrix; squares[e] = |p_e|^2; lost[e] = 2 p_e^T l_e. */
void certificate_append(certificate *, const kernel *, const engine *, unsigned first, unsigned kept, const float *h,
                        const float squares[LANES], const float lost[LANES]);
/* The pending correction, from the overlaps (BF16, [rows][LANES]) of V with D^T P_j of the block last
 * appended. */
void certificate_settle(certificate *, const kernel *, const engine *, const uint16_t *overlaps, unsigned rows);

float certificate_residual(const certificate *); /* best knowledge of ||D - P V^T||^2, never below +0 */
float certificate_bound(const certificate *);    /* how far that may be off */
/* Whether residual + bound are at or below limit. */
bool certificate_reached(const certificate *, float limit);
/* Whether a limit so low can ever be reached: whether it is above the rounding part of the bound. */
bool certificate_possible(const certificate *, float limit);
/* Whether what is left is BF16's own noise, (.005)^2 ||D||^2: more blocks would be noise. */
bool certificate_is_noise(const certificate *);

#endif
