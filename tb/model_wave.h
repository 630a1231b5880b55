/* model_wave.h - waves of the model as a VCD: registers and ports of the correspondence under the RTL's names, on the
 * time axis of the FST that the RTL writes (dut.h: two units a clock, the registers after clock n at 2 (n - 1)), so
 * that both can be put side by side. SPDX-License-Identifier: Apache-2.0
 *
 * Words as correspondence_word_bytes() has them, name[word] where there are several; only what changes is written.
 * Memories are left out. The file appears under its name when it is whole. */
#ifndef DCOM_MODEL_WAVE_H
#define DCOM_MODEL_WAVE_H

#include "correspondence.h"

typedef struct model_wave model_wave;

/* NULL when the file cannot be written or memory is short. `table` must outlive it. */
model_wave *model_wave_open(const char *path, const correspondence *table);
/* The registers as they are now, after clock `clock`; clocks count from 1 and ascend. */
void model_wave_clock(model_wave *, uint64_t clock);
/* 0, or -1 when it could not be written: then no file is left. */
int model_wave_close(model_wave *);

#endif
