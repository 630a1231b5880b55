// row_edge_dut.cpp - the Verilated row_edge behind the C interface of row_edge_dut.h.
// SPDX-License-Identifier: Apache-2.0
#include <cstring>
#include <memory>
#include <string>
#include <vector>
#include "Vrow_edge_1.h"
#include "Vrow_edge_2.h"
#include "Vrow_edge_3.h"
#include "Vrow_edge_4.h"
#include "verilated.h"
#include "../tb/variables.h"
#include "row_edge_dut.h"

struct row_dut {
    VerilatedContext context;
    std::vector<std::string> scopes;
    virtual ~row_dut() = default;
    virtual void step(const row_edge_in &in) = 0;
    virtual void read(row_edge_out &out) const = 0;
};

namespace {

const char top[] = "TOP.row_edge";

template <typename Model> struct edge final : row_dut {
    std::unique_ptr<Model> m;

    edge() : m(new Model{&context}) {
        m->clk = 0;
        m->eval();
        scopes = visible_scopes(context, top);
    }
    ~edge() override {
        m->final();
        Verilated::threadContextp(&context); // which the destructor of the model asks for
        m.reset();
    }
    void step(const row_edge_in &in) override {
        m->rst = in.rst;
        m->index = in.index;
        m->command_valid = in.command_valid;
        m->command_kind = in.command_kind;
        m->command_row = in.command_row;
        m->command_rows = in.command_rows;
        m->command_repeats = in.command_repeats;
        m->command_first = in.command_first;
        m->command_last = in.command_last;
        m->command_limit = in.command_limit;
        m->command_width = in.command_width;
        m->command_key = in.command_key;
        m->job_tokens = in.job_tokens;
        m->exact_count = in.exact_count;
        std::memset(&m->exact_tokens, 0, sizeof m->exact_tokens);
        for (unsigned k = 0; k < 8; k++) { // 17 bits each
            const uint64_t token = static_cast<uint64_t>(in.exact_tokens[k]) << 17 * k % 32;
            m->exact_tokens[17 * k / 32] |= static_cast<uint32_t>(token);
            if (17 * k / 32 < 4) m->exact_tokens[17 * k / 32 + 1] |= static_cast<uint32_t>(token >> 32);
        }
        std::memcpy(&m->turn_x, in.turn_x, sizeof m->turn_x);
        m->vector_ready = in.vector_ready;
        m->result_valid = in.result_valid;
        std::memcpy(&m->result_data, in.result_data, sizeof m->result_data);
        m->write_valid = in.write_valid;
        m->write_norm = in.write_norm;
        m->write_row = in.write_row;
        std::memcpy(&m->write_data, in.write_data, sizeof m->write_data);
        m->read_valid = in.read_valid;
        m->read_row = in.read_row;
        m->load_valid = in.load_valid;
        m->load_row = in.load_row;
        std::memcpy(&m->load_data, in.load_data, sizeof m->load_data);
        m->out_read = in.out_read;
        m->out_row = in.out_row;
        m->clear = in.clear;
        m->clk = 1;
        m->eval();
        m->clk = 0;
        m->eval();
    }
    void read(row_edge_out &out) const override {
        out.feed_ready = m->feed_ready;
        out.take_ready = m->take_ready;
        out.walk_ready = m->walk_ready;
        out.vector_valid = m->vector_valid;
        out.result_ready = m->result_ready;
        out.write_ready = m->write_ready;
        out.read_ready = m->read_ready;
        out.flags = m->flags;
        out.turn_index = m->turn_index;
        std::memcpy(out.vector_data, &m->vector_data, sizeof out.vector_data);
        std::memcpy(out.out_data, &m->out_data, sizeof out.out_data);
        std::memcpy(out.read_h, &m->read_h, sizeof out.read_h);
        std::memcpy(out.chain, &m->chain, sizeof out.chain);
        std::memcpy(out.peak, &m->peak, sizeof out.peak);
    }
};

} // namespace

row_dut *row_dut_open(unsigned geometry) {
    switch (geometry) {
    case 0:
        return new edge<Vrow_edge_1>;
    case 1:
        return new edge<Vrow_edge_2>;
    case 2:
        return new edge<Vrow_edge_3>;
    default:
        return new edge<Vrow_edge_4>;
    }
}

void row_dut_close(row_dut *d) { delete d; }

void row_dut_step(row_dut *d, const row_edge_in *in) { d->step(*in); }

void row_dut_read(const row_dut *d, row_edge_out *out) { d->read(*out); }

size_t row_dut_variables(const row_dut *d, dut_variable *list, size_t capacity) {
    return visible_variables(d->context, top, d->scopes, list, capacity);
}
