/* dut.h - a Verilated design behind a C interface; but for unit benches the only C++ of the project: array_dut.cpp
 * and accelerator_dut.cpp, which know the ports, and dut_class.h, which is the rest. SPDX-License-Identifier:
 * Apache-2.0 One DUT may be used by one thread at a time. Functions that return a pointer return NULL when there is
 * no such thing. */
#ifndef DCOM_DUT_H
#define DCOM_DUT_H

#include "dcom.h"

#ifdef __cplusplus
extern "C" {
#endif

typedef struct dut dut;

/* A register, memory or input of the RTL, in Verilator's storage: little-endian, upper bits of a word zero. */
typedef struct {
    const char *scope; /* e.g. row[0].node[1].u_cluster.u_mac_grid; "" for the top itself */
    const char *name;
    void *data;
    unsigned bytes;   /* of all entries */
    unsigned bits;    /* of an entry */
    unsigned entries; /* 1 for a register */
} dut_variable;

dut *dut_open(void);
void dut_close(dut *);
/* "Verilator 5.006 2023-01-22"; a string that stays. */
const char *dut_version(void);
/* What the array within shows as config_id. */
uint32_t dut_config_id(const dut *);
/* One rising edge, and what the ports show after it; the structs are those of the design (design.h). */
void dut_step(dut *, const void *in);
void dut_read(const dut *, void *out);
/* What hangs on registers and memories anew, after one of them was written from outside. */
void dut_settle(dut *);
/* All variables that the comparator can see, in no particular order; the strings live as long as the DUT. */
size_t dut_variables(const dut *, dut_variable *list, size_t capacity);
/* All that it holds, as dut_bytes() bytes, and back into the same DUT. No waves may be open. */
size_t dut_bytes(const dut *);
void dut_save(const dut *, void *snapshot);
void dut_restore(dut *, const void *snapshot);
/* Starts and ends an FST. Waves need a build with WAVES=1: dut_wave_open() returns 0 in any other. */
int dut_wave_open(dut *, const char *path);
void dut_wave_close(dut *);

#ifdef __cplusplus
}
#endif
#endif
