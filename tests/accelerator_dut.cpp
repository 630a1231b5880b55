// accelerator_dut.cpp - the Verilated accelerator behind the C interface of accelerator_dut.h.
// SPDX-License-Identifier: Apache-2.0
#include <cstring>
#include <memory>
#include <string>
#include <vector>
#include "Vaccelerator.h"
#include "accelerator_dut.h"
#include "accelerator_ports.h"
#include "../tb/variables.h"

struct accelerator_dut {
    VerilatedContext context;
    std::unique_ptr<Vaccelerator> m;
    std::vector<std::string> scopes;
};

namespace {

const char top[] = "TOP.accelerator";

// A packed port is a C integer up to 64 bits and an array of 32-bit words above: little-endian bytes either way.
template <typename Port> void put(Port &port, const void *from) { std::memcpy(&port, from, sizeof port); }
template <typename Port> void get(const Port &port, void *to) { std::memcpy(to, &port, sizeof port); }

} // namespace

accelerator_dut *accelerator_dut_open(void) {
    auto *d = new accelerator_dut;
    d->m.reset(new Vaccelerator{&d->context});
    d->m->clk = 0;
    d->m->eval();
    d->scopes = visible_scopes(d->context, top);
    return d;
}

void accelerator_dut_close(accelerator_dut *d) {
    d->m->final();
    Verilated::threadContextp(&d->context); // which the destructor of the model asks for
    d->m.reset();
    delete d;
}

uint32_t accelerator_dut_config_id(const accelerator_dut *d) { return d->m->config_id; }

void accelerator_dut_step(accelerator_dut *d, const accelerator_in *in, accelerator_out *out) {
    Vaccelerator &m = *d->m;
    m.rst = in->rst;
    m.start_valid = in->start_valid;
    m.job_tokens = in->job_tokens;
    m.job_channels = in->job_channels;
    m.job_rank = in->job_rank;
    m.job_lanes = in->job_lanes;
    m.job_warmup = in->job_warmup;
    m.job_key = in->job_key;
    m.job_limited = in->job_limited;
    m.job_empty = in->job_empty;
    m.block_taken = in->block_taken;
    m.load_valid = in->load_valid;
    m.load_cluster_row = in->load_cluster_row;
    m.load_row = in->load_row;
    m.load_channel = in->load_channel;
    put(m.load_data, in->load_data);
    m.column_mask_valid = in->column_mask_valid;
    m.row_mask_valid = in->row_mask_valid;
    m.column_mask_channel = in->column_mask_channel;
    m.row_mask_token = in->row_mask_token;
    m.mask_zero = in->mask_zero;
    m.scalar_write = in->scalar_write;
    m.scalar_register = in->scalar_register;
    m.scalar_data = in->scalar_data;
    m.read_channel = in->read_channel;
    m.read_token = in->read_token;
    m.clk = 0;
    m.eval();
    out->busy = m.busy;
    out->stop = m.stop;
    out->flags = m.flags;
    out->block_valid = m.block_valid;
    out->block_columns = m.block_columns;
    out->load_ready = m.load_ready;
    out->rank = m.rank;
    out->passes = m.passes;
    out->rounds = m.rounds;
    out->deflations = m.deflations;
    out->scalar_read = m.scalar_read;
    get(m.scalar_flag, out->scalar_flag);
    get(m.read_v, out->read_v);
    get(m.read_p, out->read_p);
    m.clk = 1;
    m.eval();
}

size_t accelerator_dut_variables(const accelerator_dut *d, dut_variable *list, size_t capacity) {
    return visible_variables(d->context, top, d->scopes, list, capacity);
}
