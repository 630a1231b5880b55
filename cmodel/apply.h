/* apply.h - APPLY: the right factor of a decomposed matrix times a weight, by transpose passes over weight tiles.
 * SPDX-License-Identifier: Apache-2.0
 *
 * Z = F W. F is the right factor, rows x channels (row k: column k of V, or whatever else is carried through the
 * layer); W lies in memory as the model has it, outputs x channels (y = x W^T in terms of that array). Z is rows x
 * outputs.
 *
 * The order of every sum. W streams in as tiles that fill the array: up to cluster_rows x tile_tokens channels, which
 * lie where tokens do, by up to cluster_columns x tile_channels outputs. A tile's part of a sum is that of a
 * transpose pass over all of its rows (engine.h): one chain of fused multiply-adds from +0 a cluster row, in
 * ascending channel, then FP32 additions from +0 in ascending cluster row. The column edges add the tiles of one
 * output, in ascending channel: z = ((+0 + tile 0) + tile 1) + ..., one FP32 addition each. Every tile but the last
 * of a direction is full, so a sum depends on the geometry and on the number of channels, and on nothing else:
 * neither on the outputs beside it nor on the other rows. Rows of F are taken LANES at a time, idle lanes +0. */
#ifndef DCOM_APPLY_H
#define DCOM_APPLY_H

#include "engine.h"

#include <stddef.h>

/* The contract of dcom_apply() (dcom.h), whose arguments dcom.c has checked; sums, operand: one may be NULL. The
 * engine is left with a tile of W loaded. Allocates one tile and a strip of sums, and gives both back. */
dcom_status apply_layer(engine *engine, const uint16_t *factor, size_t rows, size_t channels, const uint16_t *weights,
                        size_t outputs, float *sums, uint16_t *operand, unsigned *flags);

#endif
