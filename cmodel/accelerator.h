/* accelerator.h - the whole co-accelerator behind AXI, clock by clock; its functions are those of dcom.h.
 * SPDX-License-Identifier: Apache-2.0 */
#ifndef DCOM_ACCELERATOR_H
#define DCOM_ACCELERATOR_H

#include "accelerator_ports.h"
#include "array.h"
#include "column_edge.h"
#include "counters.h"
#include "csr.h"
#include "loader.h"
#include "row_edge.h"
#include "scalar.h"
#include "selector.h"
#include "sequencer.h"
#include "statistics.h"
#include "store.h"

struct accelerator {
    dcom_config config;
    uint32_t config_id; /* a hash of it */
    struct sequencer_geometry geometry;
    struct csr csr;
    struct sequencer sequencer;
    struct scalar scalar;
    struct loader loader;
    struct selector selector;
    struct store store;
    struct counters counters;
    dcom_array *array;
    struct column_edge column[SPAN_MAX];
    struct statistics statistics[SPAN_MAX];
    struct row_edge row[SPAN_MAX];
    uint8_t *memories; /* of the edges and the statistics */
    size_t memory_bytes;
};

#endif
