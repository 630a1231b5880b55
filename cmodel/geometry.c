/* geometry.c - where rows live in the cluster array, as spans of ascending index.
 * SPDX-License-Identifier: Apache-2.0 */
#include "geometry.h"
#include "engine.h"

unsigned geometry_bits(unsigned n) {
    unsigned bits = 0;
    while ((1u << bits) < n)
        bits++;
    return bits;
}

unsigned geometry_run(unsigned size, unsigned clusters) {
    unsigned share = (size + clusters - 1) / clusters;
    return (share + MAC_ROWS - 1) / MAC_ROWS * MAC_ROWS;
}

unsigned geometry_run_spans(unsigned first, unsigned count, unsigned run, span *spans) {
    unsigned n = 0, end = first + count;
    for (unsigned row = first; row < end; n++) {
        unsigned next = (row / run + 1) * run;
        if (next > end) next = end;
        spans[n] = (span){row - first, next - row, true};
        row = next;
    }
    return n;
}

unsigned geometry_basis_spans(unsigned first, unsigned count, unsigned cluster_rows, span *spans) {
    unsigned n = 0, end = first + count;
    if (count == 0) return 0;
    unsigned first_block = first / MAC_ROWS, last_block = (end - 1) / MAC_ROWS;
    for (unsigned cluster = 0; cluster < cluster_rows; cluster++) {
        unsigned skip = (cluster + cluster_rows - first_block % cluster_rows) % cluster_rows;
        unsigned before = n;
        for (unsigned block = first_block + skip; block <= last_block; block += cluster_rows) {
            unsigned from = block * MAC_ROWS, to = from + MAC_ROWS;
            if (from < first) from = first;
            if (to > end) to = end;
            spans[n++] = (span){from - first, to - from, false};
        }
        if (n > before) spans[n - 1].last = true;
    }
    return n;
}
