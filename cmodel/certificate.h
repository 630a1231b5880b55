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

typedef struct {
    float total;      /* ||A||^2, exact tracks included */
    float decomposed; /* ||D||^2 */
    float residual;   /* ||D||^2 - ||P||^2, corrected but for the pending block */
    float cross;      /* of the pending block: bound on what else its correction may be; +0 if none is pending */
    bool pending;     /* the last block's correction is not yet known */
} certificate;

/* A block of `kept` columns was appended. g: its measured Gram matrix; squares[e] = |p_e|^2 and norm[e] its root;
 * lost[e] = 2 p_e^T l_e; bound[e]: sum of |C| |p_k| over the rows k of C in column e, without its diagonal.
 *   cross = (((+0 + bound[0] norm[0]) + bound[1] norm[1]) + ...) slack
 *   residual = (residual + u[0]) + u[1] + ...,   u[e] = ((g[e][e] - 1) squares[e] - squares[e]) - lost[e]
 * A column of which squares, lost, norm and bound are +0 would change nothing: u is a zero then, and a sum that began
 * with +0 or more is never -0. So the hardware goes through all LANES. */
void certificate_append(certificate *, unsigned kept, const float *g, const float squares[LANES],
                        const float lost[LANES], const float norm[LANES], const float bound[LANES]);
/* The pending correction: sum[e] = the products of C and P^T P in column e, added to the residual in ascending order.
 */
void certificate_settle(certificate *, const float sum[LANES]);

float certificate_residual(const certificate *); /* best knowledge of ||D - P V^T||^2, never below +0 */
float certificate_bound(const certificate *);    /* how far that may be off */
/* Whether residual + bound are at or below limit. */
bool certificate_reached(const certificate *, float limit);
/* Whether a limit so low can ever be reached: whether it is above the rounding part of the bound. */
bool certificate_possible(const certificate *, float limit);
/* Whether what is left is BF16's own noise, (.005)^2 ||D||^2: more blocks would be noise. */
bool certificate_is_noise(const certificate *);
/* The relative error whose square is square / total: its root; 0 if total is 0, 1 if either is not finite. */
float certificate_relative(float square, float total);

#endif
