/* accelerator_ports.h - the ports of accelerator.v, for C and C++. SPDX-License-Identifier: Apache-2.0 */
#ifndef DCOM_ACCELERATOR_PORTS_H
#define DCOM_ACCELERATOR_PORTS_H

#include <stdint.h>

enum { PORT_SPAN = 16, PORT_LANES = 8 };

/* The input ports of accelerator.v, under their names. */
struct accelerator_in {
    uint8_t rst;
    uint8_t axi_awvalid, axi_wvalid, axi_wstrb, axi_bready, axi_arvalid, axi_rready;
    uint8_t s_axis_tvalid, s_axis_tlast, m_axis_tready;
    uint16_t axi_awaddr, axi_araddr;
    uint32_t axi_wdata;
    uint16_t s_axis_tdata[PORT_SPAN * 8]; /* BF16 */
};

/* The output ports: functions of the registers alone, but for s_axis_tready, where what writes the tiles first
 * counts. */
struct accelerator_out {
    uint8_t axi_awready, axi_wready, axi_bvalid, axi_bresp, axi_arready, axi_rvalid, axi_rresp;
    uint8_t s_axis_tready, m_axis_tvalid, m_axis_tuser, m_axis_tlast;
    uint32_t axi_rdata;
    uint16_t m_axis_tdata[PORT_LANES]; /* BF16, or outlier bits */
};

/* Kinds of packet: m_axis_tuser. */
enum accelerator_packet { PACKET_OUTLIERS, PACKET_V, PACKET_P, PACKET_Z, PACKETS };

/* The counters of the registers: of every unit, each clock is of one kind. COUNTER(name of the unit, kind) in the
 * order of their numbers, from 1 on; 0 is CYCLE. The first kind of a unit starts it. */
#define ACCELERATOR_COUNTERS(COUNTER)                                                                                \
    COUNTER("sequencer", "idle")                                                                                     \
    COUNTER("sequencer", "stream in")                                                                                \
    COUNTER("sequencer", "selection")                                                                                \
    COUNTER("sequencer", "token passes")                                                                             \
    COUNTER("sequencer", "basis passes")                                                                             \
    COUNTER("sequencer", "walks")                                                                                    \
    COUNTER("sequencer", "programs")                                                                                 \
    COUNTER("sequencer", "control")                                                                                  \
    COUNTER("sequencer", "stream out")                                                                               \
    COUNTER("array", "idle")                                                                                         \
    COUNTER("array", "operations")                                                                                   \
    COUNTER("array", "no vector")                                                                                    \
    COUNTER("array", "no room")                                                                                      \
    COUNTER("array", "draining")                                                                                     \
    COUNTER("loader", "idle")                                                                                        \
    COUNTER("loader", "beats")                                                                                       \
    COUNTER("loader", "no beat")                                                                                     \
    COUNTER("loader", "not ready")                                                                                   \
    COUNTER("store", "idle")                                                                                         \
    COUNTER("store", "beats")                                                                                        \
    COUNTER("store", "held back")                                                                                    \
    COUNTER("store", "fetching")                                                                                     \
    COUNTER("scalar", "idle")                                                                                        \
    COUNTER("scalar", "operations")                                                                                  \
    COUNTER("scalar", "no operand")                                                                                  \
    COUNTER("column edges", "idle")                                                                                  \
    COUNTER("column edges", "words")                                                                                 \
    COUNTER("column edges", "waiting")                                                                               \
    COUNTER("row edges", "idle")                                                                                     \
    COUNTER("row edges", "words")                                                                                    \
    COUNTER("row edges", "waiting")

enum { ACCELERATOR_COUNTER_COUNT = 32 };

#endif
