/* row_edge_dut.h - the Verilated row_edge, in the geometries of row_edge.mk, behind a C interface.
 * SPDX-License-Identifier: Apache-2.0 */
#ifndef DCOM_ROW_EDGE_DUT_H
#define DCOM_ROW_EDGE_DUT_H

#include "../cmodel/row_edge.h"
#include "../tb/dut.h"

#ifdef __cplusplus
extern "C" {
#endif

enum { ROW_GEOMETRIES = 4 };
typedef struct row_dut row_dut;

/* Geometry 0 .. ROW_GEOMETRIES - 1: one cluster row more than its number; the memories tell the rest. */
row_dut *row_dut_open(unsigned geometry);
void row_dut_close(row_dut *);
/* One rising edge. */
void row_dut_step(row_dut *, const struct row_edge_in *);
void row_dut_read(const row_dut *, struct row_edge_out *);
/* All registers and memories; scope: below row_edge, "" for its own. The strings live as long as the DUT. */
size_t row_dut_variables(const row_dut *, dut_variable *list, size_t capacity);

#ifdef __cplusplus
}
#endif
#endif
