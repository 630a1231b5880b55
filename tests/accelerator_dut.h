/* accelerator_dut.h - the Verilated accelerator behind a C interface. SPDX-License-Identifier: Apache-2.0 */
#ifndef DCOM_ACCELERATOR_DUT_H
#define DCOM_ACCELERATOR_DUT_H

#include "../tb/dut.h"

#ifdef __cplusplus
extern "C" {
#endif

struct accelerator_in;
struct accelerator_out;
typedef struct accelerator_dut accelerator_dut;

accelerator_dut *accelerator_dut_open(void);
void accelerator_dut_close(accelerator_dut *);
uint32_t accelerator_dut_config_id(const accelerator_dut *);
/* Shows the outputs with these inputs, then one rising edge. */
void accelerator_dut_step(accelerator_dut *, const struct accelerator_in *, struct accelerator_out *before);
/* All registers and memories, as dut_variables() of dut.h. */
size_t accelerator_dut_variables(const accelerator_dut *, dut_variable *list, size_t capacity);

#ifdef __cplusplus
}
#endif
#endif
