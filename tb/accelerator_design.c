/* accelerator_design.c - the accelerator for the lockstep. SPDX-License-Identifier: Apache-2.0 */
#include "accelerator.h"
#include "design.h"
#include "trace.h"

static void destroy(void *model) { dcom_accelerator_destroy(model); }

static void *create(const dcom_config *config) {
    dcom_accelerator *a;
    return dcom_accelerator_create(config, &a) ? NULL : a;
}

static void step(void *model, const void *in) { dcom_accelerator_step(model, in); }

static void read_ports(const void *model, const void *in, void *out) {
    (void)in;
    dcom_accelerator_read(model, out);
}

static size_t bytes(const void *model) { return dcom_accelerator_bytes(model); }
static void save(const void *model, void *snapshot) { dcom_accelerator_save(model, snapshot); }
static void restore(void *model, const void *snapshot) { dcom_accelerator_restore(model, snapshot); }

static correspondence_model parts(const void *model, const void *out) {
    const struct accelerator *a = model;
    return (correspondence_model){.config = &a->config, .accelerator = a, .accelerator_out = out, .array = a->array};
}

static const design_port ports[] = {
#define FIELD(type, name) offsetof(type, name), sizeof(((type *)0)->name)
#define IN(name, bits) {#name, true, FIELD(dcom_accelerator_in, name), bits},
#define OUT(name, bits) {#name, false, FIELD(dcom_accelerator_out, name), bits},
#define columns 1
    TRACE_SIGNALS(IN, OUT)
#undef columns
        {0}};

const design accelerator_design = {.in_bytes = sizeof(dcom_accelerator_in),
                                   .out_bytes = sizeof(dcom_accelerator_out),
                                   .create = create,
                                   .destroy = destroy,
                                   .step = step,
                                   .read = read_ports,
                                   .bytes = bytes,
                                   .save = save,
                                   .restore = restore,
                                   .parts = parts,
                                   .moments = {"u_array.u_pass_control.settle_q", "u_csr.running_q", "m_axis_tlast"},
                                   .spacing = 1,
                                   .ports = ports};
