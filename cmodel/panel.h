/* panel.h - packing of matrices into the panels of kernel.h.
 * SPDX-License-Identifier: Apache-2.0 */
#ifndef DCOM_PANEL_H
#define DCOM_PANEL_H

#include <stddef.h>
#include <stdint.h>

/* Halfwords of a packed matrix of `outputs` outputs, contracted over up to `depth` indices. */
size_t panel_size(size_t outputs, size_t depth);
/* Outputs are the columns of a (rows x columns, row-major): panels[c / PANEL][r][slot]. */
void panel_pack_columns(const uint16_t *a, size_t rows, size_t columns, uint16_t *panels);
/* Outputs are the rows of a: panels[r / PANEL][c][slot]. */
void panel_pack_rows(const uint16_t *a, size_t rows, size_t columns, uint16_t *panels);
/* One index of every panel, `stride` apart: panels[c / PANEL][slot] = row[c]. */
void panel_put_index(const uint16_t *row, size_t columns, uint16_t *panels, size_t stride);
/* to[e][r] = from[r][e], e < 8; the rows of `to` are `stride` apart. */
void panel_transpose_lanes(const uint16_t *from, size_t rows, uint16_t *to, size_t stride);

#endif
