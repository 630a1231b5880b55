/* geometry.c - where rows and channels live in the cluster array, as spans of ascending index.
 * SPDX-License-Identifier: Apache-2.0 */
#include "geometry.h"
#include "engine.h"

unsigned geometry_bits(unsigned n) {
    unsigned bits = 0;
    while ((1u << bits) < n)
        bits++;
    return bits;
}

unsigned geometry_local(unsigned n, unsigned clusters) {
    unsigned blocks = (n + MAC_ROWS - 1) / MAC_ROWS;
    return (blocks + clusters - 1) / clusters * MAC_ROWS;
}

unsigned geometry_global(unsigned local, unsigned cluster, unsigned clusters) {
    return (local / MAC_ROWS * clusters + cluster) * MAC_ROWS + local % MAC_ROWS;
}

unsigned geometry_spans(unsigned first, unsigned count, unsigned clusters, span *spans) {
    unsigned n = 0, end = first + count;
    if (count == 0) return 0;
    unsigned first_block = first / MAC_ROWS, last_block = (end - 1) / MAC_ROWS;
    for (unsigned cluster = 0; cluster < clusters; cluster++) {
        unsigned skip = (cluster + clusters - first_block % clusters) % clusters;
        unsigned before = n;
        for (unsigned block = first_block + skip; block <= last_block; block += clusters) {
            unsigned from = block * MAC_ROWS, to = from + MAC_ROWS;
            if (from < first) from = first;
            if (to > end) to = end;
            if (n > before && clusters == 1)
                spans[n - 1].length += to - from;
            else
                spans[n++] = (span){from - first, to - from, false};
        }
        if (n > before) spans[n - 1].last = true;
    }
    return n;
}
