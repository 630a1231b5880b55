/* accelerator.h - the array between its edges, with scalar unit and sequencer, clock by clock.
 * SPDX-License-Identifier: Apache-2.0 */
#ifndef DCOM_ACCELERATOR_H
#define DCOM_ACCELERATOR_H

#include "accelerator_ports.h"
#include "array.h"
#include "column_edge.h"
#include "row_edge.h"
#include "scalar.h"
#include "sequencer.h"

struct accelerator {
    dcom_config config;
    struct sequencer_geometry geometry;
    dcom_array *array;
    struct column_edge column[SPAN_MAX];
    struct row_edge row[SPAN_MAX];
    struct scalar scalar;
    struct sequencer sequencer;
    void *memories;
};

/* All registers and memories 0. The caller releases it, also after an error. */
dcom_status accelerator_create(struct accelerator *, const dcom_config *config);
void accelerator_release(struct accelerator *);
/* One rising edge. */
void accelerator_step(struct accelerator *, const struct accelerator_in *);
/* What the ports show; scalar_read depends on the input of the same clock. */
void accelerator_read(const struct accelerator *, const struct accelerator_in *, struct accelerator_out *);

#endif
