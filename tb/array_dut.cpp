// array_dut.cpp - the ports of the Verilated cluster array. SPDX-License-Identifier: Apache-2.0
#include "Varray.h"
#include "Varray__Syms.h"
#include "dcom.h"

#include <cstring>

using top_class = Varray;

// In what Verilator emits, but in none of its headers.
void Varray___024root___eval_settle(Varray___024root *);

namespace {

const char top[] = "TOP.array";

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

void set_inputs(Varray &a, const void *from) {
    const auto *in = static_cast<const dcom_array_in *>(from);
    a.rst = in->rst;
    a.command_valid = in->command_valid;
    a.command_transpose = in->command_transpose;
    a.command_lanes = in->command_lanes;
    a.command_row = in->command_row;
    a.command_rows = in->command_rows;
    a.command_groups = in->command_groups;
    a.basis_used = in->basis_used;
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
}

void settle(Varray &a) { Varray___024root___eval_settle(a.rootp); }

void get_outputs(const Varray &a, void *to) {
    auto *out = static_cast<dcom_array_out *>(to);
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

} // namespace

#include "dut_class.h"
