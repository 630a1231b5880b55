/* dut.h - the Verilated array behind a C interface; dut.cpp is the only C++ of the project but for unit benches.
 * SPDX-License-Identifier: Apache-2.0
 * One DUT may be used by one thread at a time. Functions that return a pointer return NULL when there is no such
 * thing. */
#ifndef DCOM_DUT_H
#define DCOM_DUT_H

#include "dcom.h"

#ifdef __cplusplus
extern "C" {
#endif

typedef struct dut dut;

/* A register, memory or input of the RTL, in Verilator's storage: little-endian, upper bits of a word zero. */
typedef struct {
    const char *scope; /* e.g. row[0].node[1].u_cluster.u_mac_grid; "" for array.v itself */
    const char *name;
    void *data;
    unsigned bytes;   /* of all entries */
    unsigned bits;    /* of an entry */
    unsigned entries; /* 1 for a register */
} dut_variable;

dut *dut_open(void);
void dut_close(dut *);
uint32_t dut_config_id(const dut *);
/* One rising edge. */
void dut_step(dut *, const dcom_array_in *);
void dut_read(const dut *, dcom_array_out *);
/* All variables that the comparator can see, in no particular order; the strings live as long as the DUT. */
size_t dut_variables(const dut *, dut_variable *list, size_t capacity);
/* Starts and ends an FST. Waves need a build with WAVES=1: dut_wave_open() returns 0 in any other. */
int dut_wave_open(dut *, const char *path);
void dut_wave_close(dut *);

#ifdef __cplusplus
}
#endif
#endif
