/* design.h - what the lockstep runs: a model beside the Verilated design that is linked in (dut.h).
 * SPDX-License-Identifier: Apache-2.0 */
#ifndef DCOM_DESIGN_H
#define DCOM_DESIGN_H

#include "correspondence.h"

enum { MOMENTS = 4 };

/* A port: where it is in the struct of the inputs or of the outputs, from bit 0 on. */
typedef struct {
    const char *name;
    bool input;
    size_t offset, bytes;
    unsigned bits; /* of a cluster column where it has a part for each */
} design_port;

typedef struct {
    size_t in_bytes, out_bytes;                 /* of the port structs */
    void *(*create)(const dcom_config *config); /* the model; NULL when it cannot be made */
    void (*destroy)(void *model);
    void (*step)(void *model, const void *in);
    void (*read)(const void *model, const void *in, void *out);
    size_t (*bytes)(const void *model); /* of a snapshot */
    void (*save)(const void *model, void *snapshot);
    void (*restore)(void *model, const void *snapshot);
    /* what correspondence_bind() is to know; `out`: where the ports of the model will be */
    correspondence_model (*parts)(const void *model, const void *out);
    /* Registers or ports of up to 8 bits, by their dotted names: memories are compared when one falls to 0... */
    const char *moments[MOMENTS];
    /* ...and this many clocks have passed since the last time, for each 2 KiB of memories */
    unsigned spacing;
    /* Where faults can be planted in inputs, and how many bits ports have; the last has no name. NULL: nowhere */
    const design_port *ports;
} design;

extern const design array_design;       /* rtl/array.v alone, a unit bench */
extern const design accelerator_design; /* rtl/accelerator.v */

#endif
