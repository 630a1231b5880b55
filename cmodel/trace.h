/* trace.h - the per-clock trace of the accelerator's ports: a file with every input and output of every clock.
 * SPDX-License-Identifier: Apache-2.0
 *
 * Format: docs/trace.md. Only what changes is stored; each block of TRACE_BLOCK clocks can be decoded by itself.
 * The same clocks are the same bytes on every machine. Any flipped bit and any cut is an error of the reader.
 * The reader in Verilog is tb/replay/replay.v, which has the table of signals too.
 * Threads: a writer or reader may be used by one thread at a time; no globals. Messages name the file. */
#ifndef DCOM_TRACE_H
#define DCOM_TRACE_H

#include "dcom.h"

enum { TRACE_VERSION = 1, TRACE_BLOCK = 4096 };

/* IN or OUT(name of port and field, bits), in the order of their numbers in the file. `columns`: cluster columns. */
#define TRACE_SIGNALS(IN, OUT)                                                                                       \
    IN(rst, 1)                                                                                                       \
    IN(axi_awvalid, 1)                                                                                               \
    IN(axi_wvalid, 1)                                                                                                \
    IN(axi_bready, 1)                                                                                                \
    IN(axi_arvalid, 1)                                                                                               \
    IN(axi_rready, 1)                                                                                                \
    IN(s_axis_tvalid, 1)                                                                                             \
    IN(s_axis_tlast, 1)                                                                                              \
    IN(m_axis_tready, 1)                                                                                             \
    IN(axi_awaddr, 12)                                                                                               \
    IN(axi_wdata, 32)                                                                                                \
    IN(axi_wstrb, 4)                                                                                                 \
    IN(axi_araddr, 12)                                                                                               \
    IN(s_axis_tdata, 128 * columns)                                                                                  \
    OUT(axi_awready, 1)                                                                                              \
    OUT(axi_wready, 1)                                                                                               \
    OUT(axi_bvalid, 1)                                                                                               \
    OUT(axi_arready, 1)                                                                                              \
    OUT(axi_rvalid, 1)                                                                                               \
    OUT(s_axis_tready, 1)                                                                                            \
    OUT(m_axis_tvalid, 1)                                                                                            \
    OUT(m_axis_tlast, 1)                                                                                             \
    OUT(axi_bresp, 2)                                                                                                \
    OUT(axi_rdata, 32)                                                                                               \
    OUT(axi_rresp, 2)                                                                                                \
    OUT(m_axis_tdata, 128)                                                                                           \
    OUT(m_axis_tuser, 2)

/* ---- writing ---- */

typedef struct trace_writer trace_writer;

/* NULL: `message` says why. The configuration must be one that can be built. */
trace_writer *trace_create(const char *path, const dcom_config *config, char message[256]);
/* One clock: what the ports were given before the edge, what they show after it. 0 if good; what was wrong (a full
 * disk, a value that its port cannot hold) stays, and trace_finish() tells it. */
int trace_put(trace_writer *, const dcom_accelerator_in *in, const dcom_accelerator_out *out);
/* Writes the end, closes and frees. 0 if all is written; the numbers may be NULL. */
int trace_finish(trace_writer *, uint64_t *clocks, uint64_t *bytes, char message[256]);
/* Closes and frees; the file is the caller's to remove. */
void trace_abandon(trace_writer *);

/* ---- reading ---- */

typedef struct trace_reader trace_reader;

/* Refuses by name: what is no trace, another version, numeric contract or geometry, what is damaged or cut. */
trace_reader *trace_open(const char *path, const dcom_config *config, char message[256]);
uint64_t trace_clocks(const trace_reader *);
/* The next trace_next() gives this clock, counted from 1. 0 if there is one; a clock past the last is refused. */
int trace_seek(trace_reader *, uint64_t clock, char message[256]);
/* 1: a clock; 0: the end; -1: damaged, and `message` names the clock and the signal. */
int trace_next(trace_reader *, dcom_accelerator_in *in, dcom_accelerator_out *out, char message[256]);
void trace_close(trace_reader *);

/* ---- comparing ---- */

/* The name of the first output that differs, with both values in `message`; NULL if none does. */
const char *trace_difference(const dcom_config *config, const dcom_accelerator_out *expected,
                             const dcom_accelerator_out *got, char message[256]);

#endif
