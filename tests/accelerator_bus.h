/* accelerator_bus.h - the cases of accelerator_bench.c that drive the ports without a host: whatever AXI allows, at
 * any clock. SPDX-License-Identifier: Apache-2.0 */
#ifndef ACCELERATOR_BUS_H
#define ACCELERATOR_BUS_H

#include "accelerator_aborts.h"

static unsigned counter; /* the next to be looked at */

/* Somewhere in the map, where more happens more often; the counters in turn, those that are not there among them. */
static uint16_t any_address(void) {
    const unsigned which = below(8), byte = below(16) == 0 ? below(4) : 0;
    if (which == 0) return CSR_COMMAND;
    if (which == 1) return (uint16_t)(CSR_COUNTER + 4 * (counter++ % (2 * HOST_COUNTERS + 2)) + byte);
    if (which == 2) return (uint16_t)(4 * below(1024) + byte);
    if (which == 3) return CSR_FLAGS;
    return (uint16_t)(4 * below((CSR_BOUND + 8) / 4) + byte);
}

/* What is written there: mostly what the register takes. */
static uint32_t any_word(uint16_t address) {
    if (address == CSR_TOLERANCE) {
        const uint32_t bits = random_bits();
        return below(4) ? bits >> 2 : bits;
    }
    if (below(16) == 0 || address == CSR_SEED) return random_bits();
    if (address == CSR_COMMAND) return below(12) ? 1 + below(7) : below(16);
    if (address == CSR_EXPANSION) return 1u << below(4);
    return below(address == CSR_TOKENS || address == CSR_CHANNELS || address == CSR_RANK ? 24 : 10);
}

/* Each channel of the registers and both streams on their own, whatever runs: all that holds is that what is valid
 * stays until it is taken. */
static void random_ports(bench *b) {
    const unsigned width = 8 * b->config.cluster_columns, rate = 1 + below(4);
    dcom_accelerator_in in = {0};
    dcom_accelerator_out out;
    job j = make_job(b, 60, 60);
    counter = random_state >> 8;
    load(b, &j);
    decompose(b, &j);
    out = b->host.out;
    for (unsigned n = 0; n < 6000 && !b->fault[0]; n++) {
        if (!in.axi_awvalid && below(rate) == 0) in.axi_awvalid = true, in.axi_awaddr = any_address();
        if (!in.axi_wvalid && below(rate) == 0) {
            in.axi_wvalid = true;
            in.axi_wdata = any_word(in.axi_awaddr);
            in.axi_wstrb = below(8) ? 15 : below(16);
        }
        if (!in.axi_arvalid && below(rate) == 0) in.axi_arvalid = true, in.axi_araddr = any_address();
        if (!in.s_axis_tvalid && below(rate) == 0) {
            in.s_axis_tvalid = true;
            in.s_axis_tlast = below(32) == 0;
            for (unsigned k = 0; k < width; k++) {
                const uint32_t r = random_bits();
                in.s_axis_tdata[k] = (uint16_t)((r & 0x807F) | (0x7B + (r >> 20) % 5) << 7);
            }
        }
        in.axi_bready = below(rate) == 0;
        in.axi_rready = below(rate) == 0;
        in.m_axis_tready = below(rate) == 0;
        const dcom_accelerator_out shown = out;
        if (clock_both(b, &in, &out)) fail(b, "stopped");
        if (shown.axi_awready) in.axi_awvalid = false;
        if (shown.axi_wready) in.axi_wvalid = false;
        if (shown.axi_arready) in.axi_arvalid = false;
        if (shown.s_axis_tready) in.s_axis_tvalid = false;
    }
    free(j.a);
    reset(b, random_stalls());
    well(b);
}

/* Runs the job over and over, and writes a register a clock earlier each time, from after its end to before it. After
 * each write `seen` looks what has come of it; both answers must come. */
static void write_as_it_ends(bench *b, const job *j, uint16_t address, uint32_t value, bool (*seen)(bench *)) {
    unsigned entered[2][PLACES] = {{0}}, count[2] = {0};
    bool refused;
    decompose(b, j);
    for (unsigned n = 0; n <= 9 && !b->fault[0]; n++) {
        await_idle(b);
        drain(b);
        clear_flags(b);
        decompose(b, j);
        if (n == 0) {
            record_states(b, entered);
            continue;
        }
        go_for(b, entered[1][SEQUENCER_FINISH] + 4 - n);
        host_write(&b->host, address, value);
        host_refusable(&b->host, &refused);
        go(b);
        count[seen(b)]++;
    }
    if (!b->fault[0] && (!count[0] || !count[1]))
        fail(b, "%03X as a job ends: %u and %u times", address, count[0], count[1]);
}

static bool flag_is_kept(bench *b) {
    await_idle(b);
    return peek(b, CSR_FLAGS) >> CSR_FLAGS_OVERFLOW & 1;
}

static bool is_queued(bench *b) { return b->model->csr.queued_q; }

/* A flag that is set on the clock on which it is cleared stays; a command that is accepted as a job ends waits for a
 * clock. */
static void registers_as_a_job_ends(bench *b) {
    job j = make_plain_job(b);
    for (size_t k = 0; k < (size_t)j.tokens * j.channels; k++)
        j.a[k] = (uint16_t)((j.a[k] & 0x807F) | (0xF7 + (j.a[k] & 7)) << 7);
    b->host.stall = (stall_profile){0};
    load(b, &j);
    write_as_it_ends(b, &j, CSR_FLAGS, 1 << CSR_FLAGS_OVERFLOW, flag_is_kept);
    write_as_it_ends(b, &j, CSR_COMMAND, CSR_COMMAND_DECOMPOSE, is_queued);
    await_idle(b);
    free(j.a);
    drain(b);
    well(b);
}

#endif
