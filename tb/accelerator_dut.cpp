// accelerator_dut.cpp - the ports of the Verilated accelerator. SPDX-License-Identifier: Apache-2.0
#include "Vaccelerator.h"
#include "Vaccelerator__Syms.h"
#include "accelerator_ports.h"

#include <cstring>

using top_class = Vaccelerator;

// In what Verilator emits, but in none of its headers.
void Vaccelerator___024root___eval_settle(Vaccelerator___024root *);

namespace {

const char top[] = "TOP.accelerator";

void set_inputs(Vaccelerator &a, const void *from) {
    const auto *in = static_cast<const dcom_accelerator_in *>(from);
    a.rst = in->rst;
    a.axi_awvalid = in->axi_awvalid;
    a.axi_awaddr = in->axi_awaddr;
    a.axi_wvalid = in->axi_wvalid;
    a.axi_wdata = in->axi_wdata;
    a.axi_wstrb = in->axi_wstrb;
    a.axi_bready = in->axi_bready;
    a.axi_arvalid = in->axi_arvalid;
    a.axi_araddr = in->axi_araddr;
    a.axi_rready = in->axi_rready;
    a.s_axis_tvalid = in->s_axis_tvalid;
    a.s_axis_tlast = in->s_axis_tlast;
    if (in->s_axis_tvalid) std::memcpy(&a.s_axis_tdata, in->s_axis_tdata, sizeof a.s_axis_tdata);
    a.m_axis_tready = in->m_axis_tready;
}

void settle(Vaccelerator &a) { Vaccelerator___024root___eval_settle(a.rootp); }

void get_outputs(const Vaccelerator &a, void *to) {
    auto *out = static_cast<dcom_accelerator_out *>(to);
    out->axi_awready = a.axi_awready;
    out->axi_wready = a.axi_wready;
    out->axi_bvalid = a.axi_bvalid;
    out->axi_bresp = a.axi_bresp;
    out->axi_arready = a.axi_arready;
    out->axi_rvalid = a.axi_rvalid;
    out->axi_rresp = a.axi_rresp;
    out->axi_rdata = a.axi_rdata;
    out->s_axis_tready = a.s_axis_tready;
    out->m_axis_tvalid = a.m_axis_tvalid;
    out->m_axis_tuser = a.m_axis_tuser;
    out->m_axis_tlast = a.m_axis_tlast;
    std::memcpy(out->m_axis_tdata, &a.m_axis_tdata, sizeof out->m_axis_tdata);
}

} // namespace

#include "dut_class.h"
