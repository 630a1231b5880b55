/* geometry.h - where rows and channels live in the cluster array, as spans of ascending index.
 * SPDX-License-Identifier: Apache-2.0
 *
 * A sum over rows or channels is a list of spans in the order in which the array adds: the products of spans up to
 * and including one with `last` form one cluster's chain; chains are added in ascending cluster index (engine.h).
 */
#ifndef DCOM_GEOMETRY_H
#define DCOM_GEOMETRY_H

#include <stdbool.h>

typedef struct {
    unsigned start, length; /* indices start .. start + length - 1, relative to the first of the sum */
    bool last;              /* the last span of its cluster: its chain is complete */
} span;

/* Bits that number n things: $clog2 of the RTL. */
unsigned geometry_bits(unsigned n);
/* Indices per cluster when n are dealt, the last block filled up: a multiple of MAC_ROWS. */
unsigned geometry_local(unsigned n, unsigned clusters);
/* The index that a cluster has as its `local` one. */
unsigned geometry_global(unsigned local, unsigned cluster, unsigned clusters);
/* Spans of indices [first, first + count): at most one for each block of MAC_ROWS that they touch, one in all if
 * there is one cluster. Returns how many. */
unsigned geometry_spans(unsigned first, unsigned count, unsigned clusters, span *spans);

#endif
