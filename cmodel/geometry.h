/* geometry.h - where rows live in the cluster array, as spans of ascending index.
 * SPDX-License-Identifier: Apache-2.0
 *
 * A sum over rows is a list of spans in the order in which the array adds: the products of spans up to and
 * including one with `last` form one cluster's chain; chains are added in ascending cluster index (engine.h).
 */
#ifndef DCOM_GEOMETRY_H
#define DCOM_GEOMETRY_H

#include <stdbool.h>

typedef struct {
    unsigned start, length; /* indices start .. start + length - 1, relative to the first row of the sum */
    bool last;              /* the last span of its cluster: its chain is complete */
} span;

/* Bits that number n things: $clog2 of the RTL. */
unsigned geometry_bits(unsigned n);
/* Rows per cluster: size over clusters, rounded up, and up again to a multiple of MAC_ROWS. */
unsigned geometry_run(unsigned size, unsigned clusters);
/* Spans of rows [first, first + count) dealt in contiguous runs; at most one a cluster. Returns how many. */
unsigned geometry_run_spans(unsigned first, unsigned count, unsigned run, span *spans);
/* Spans of basis rows [first, first + count): blocks of MAC_ROWS dealt in turn; at most count / MAC_ROWS + 2.
 */
unsigned geometry_basis_spans(unsigned first, unsigned count, unsigned cluster_rows, span *spans);

#endif
