/* array_design.c - the cluster array for the lockstep. SPDX-License-Identifier: Apache-2.0 */
#include "array.h"
#include "design.h"

static void *create(const dcom_config *config) {
    dcom_array *array;
    return dcom_array_create(config, &array) ? NULL : array;
}

static void destroy(void *model) { dcom_array_destroy(model); }

static void step(void *model, const void *in) { dcom_array_step(model, in); }

static void read_ports(const void *model, const void *in, void *out) {
    (void)in;
    dcom_array_read(model, out);
}

static size_t bytes(const void *model) { return dcom_array_bytes(model); }
static void save(const void *model, void *snapshot) { dcom_array_save(model, snapshot); }
static void restore(void *model, const void *snapshot) { dcom_array_restore(model, snapshot); }

static correspondence_model parts(const void *model, const void *out) {
    const dcom_array *array = model;
    return (correspondence_model){.config = &array->config, .array = array, .array_out = out};
}

const design array_design = {.in_bytes = sizeof(dcom_array_in),
                             .out_bytes = sizeof(dcom_array_out),
                             .create = create,
                             .destroy = destroy,
                             .step = step,
                             .read = read_ports,
                             .bytes = bytes,
                             .save = save,
                             .restore = restore,
                             .parts = parts,
                             .moments = {"u_pass_control.settle_q"}};
