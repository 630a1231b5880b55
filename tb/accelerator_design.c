/* accelerator_design.c - the accelerator for the lockstep. SPDX-License-Identifier: Apache-2.0 */
#include <stdlib.h>
#include "accelerator.h"
#include "accelerator_ports.h"
#include "design.h"

static void destroy(void *model) {
    accelerator_release(model);
    free(model);
}

static void *create(const dcom_config *config) {
    struct accelerator *a = aligned_alloc(64, (sizeof *a + 63) / 64 * 64);
    if (!a || !accelerator_create(a, config)) return a;
    destroy(a);
    return NULL;
}

static void step(void *model, const void *in) { accelerator_step(model, in); }

static void read_ports(const void *model, const void *in, void *out) {
    (void)in;
    accelerator_read(model, out);
}

static correspondence_model parts(const void *model, const void *out) {
    const struct accelerator *a = model;
    return (correspondence_model){.config = &a->config, .accelerator = a, .accelerator_out = out, .array = a->array};
}

const design accelerator_design = {.in_bytes = sizeof(struct accelerator_in),
                                   .out_bytes = sizeof(struct accelerator_out),
                                   .create = create,
                                   .destroy = destroy,
                                   .step = step,
                                   .read = read_ports,
                                   .parts = parts,
                                   .moments = {"u_array.u_pass_control.settle_q", "u_csr.running_q", "m_axis_tlast"},
                                   .spacing = 1};
