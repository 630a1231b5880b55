/* accelerator_ports.h - what goes over the ports of accelerator.v, for C and C++: packets, counters.
 * SPDX-License-Identifier: Apache-2.0 */
#ifndef DCOM_ACCELERATOR_PORTS_H
#define DCOM_ACCELERATOR_PORTS_H

#include "dcom.h"

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
