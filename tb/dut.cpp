// dut.cpp - the Verilated array behind the C interface of dut.h.
// SPDX-License-Identifier: Apache-2.0
#include <cstring>
#include <memory>
#include <string>
#include <vector>
#include "Varray.h"
#include "verilated.h"
#if VM_TRACE
#include "verilated_fst_c.h"
#endif
#include "dut.h"
#include "variables.h"

struct dut {
    VerilatedContext context;
    std::unique_ptr<Varray> array;
    std::vector<std::string> scopes;
#if VM_TRACE
    std::unique_ptr<VerilatedFstC> wave;
#endif
};

namespace {

// A packed port is a C integer up to 64 bits and an array of 32-bit words above: little-endian bytes either way.
template <typename Port> void put(Port &port, const void *from) { std::memcpy(&port, from, sizeof port); }

// The results of the rows or columns that are valid; 0 for the others, which show what their queue last held.
template <typename Port> void get(const Port &port, uint32_t valid, uint32_t *to) {
    const char *from = reinterpret_cast<const char *>(&port);
    for (size_t k = 0; k < sizeof port / 32; k++)
        if (valid >> k & 1)
            std::memcpy(to + 8 * k, from + 32 * k, 32);
        else
            std::memset(to + 8 * k, 0, 32);
}

const char top[] = "TOP.array";

} // namespace

dut *dut_open(void) {
    dut *d = new dut;
#if VM_TRACE
    d->context.traceEverOn(true);
#endif
    d->array.reset(new Varray{&d->context});
    d->array->clk = 0;
    d->array->eval();
    d->scopes = visible_scopes(d->context, top);
    return d;
}

void dut_close(dut *d) {
    dut_wave_close(d);
    d->array->final();
    Verilated::threadContextp(&d->context); // which the destructor of the model asks for
    d->array.reset();
    delete d;
}

uint32_t dut_config_id(const dut *d) { return d->array->config_id; }

void dut_step(dut *d, const dcom_array_in *in) {
    Varray &a = *d->array;
    a.rst = in->rst;
    a.command_valid = in->command_valid;
    a.command_transpose = in->command_transpose;
    a.command_lanes = in->command_lanes;
    a.command_row = in->command_row;
    a.command_rows = in->command_rows;
    a.command_groups = in->command_groups;
    a.write_valid = in->write_valid;
    if (in->write_valid) {
        a.write_cluster_row = in->write_cluster_row;
        a.write_row = in->write_row;
        a.write_channel = in->write_channel;
        a.write_columns = in->write_columns;
        put(a.write_data, in->write_data);
    }
    a.column_vector_valid = in->column_vector_valid;
    a.row_vector_valid = in->row_vector_valid;
    if (in->column_vector_valid) put(a.column_vector_data, in->column_vector_data);
    if (in->row_vector_valid) put(a.row_vector_data, in->row_vector_data);
    a.row_result_ready = in->row_result_ready;
    a.column_result_ready = in->column_result_ready;
    a.clk = 1;
    a.eval();
#if VM_TRACE
    if (d->wave) d->wave->dump(d->context.time());
    d->context.timeInc(1);
#endif
    a.clk = 0;
    a.eval();
#if VM_TRACE
    if (d->wave) d->wave->dump(d->context.time());
    d->context.timeInc(1);
#endif
}

void dut_read(const dut *d, dcom_array_out *out) {
    const Varray &a = *d->array;
    out->active = a.active;
    out->command_ready = a.command_ready;
    out->write_ready = a.write_ready;
    out->column_vector_ready = a.column_vector_ready;
    out->row_vector_ready = a.row_vector_ready;
    out->row_result_valid = a.row_result_valid;
    out->column_result_valid = a.column_result_valid;
    get(a.row_result_data, a.row_result_valid, out->row_result_data);
    get(a.column_result_data, a.column_result_valid, out->column_result_data);
}

size_t dut_variables(const dut *d, dut_variable *list, size_t capacity) {
    return visible_variables(d->context, top, d->scopes, list, capacity);
}

int dut_wave_open(dut *d, const char *path) {
#if VM_TRACE
    d->wave.reset(new VerilatedFstC);
    d->array->trace(d->wave.get(), 99);
    d->wave->open(path);
    return d->wave->isOpen();
#else
    (void)d, (void)path;
    return 0;
#endif
}

void dut_wave_close(dut *d) {
#if VM_TRACE
    if (d->wave) d->wave->close();
    d->wave.reset();
#else
    (void)d;
#endif
}
