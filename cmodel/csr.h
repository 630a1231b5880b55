/* csr.h - the registers of the accelerator, clock by clock: what rtl/csr.v is, under its names.
 * SPDX-License-Identifier: Apache-2.0
 *
 * Offsets and named values are those of rtl/csr.map, through the generated csr_map.h. */
#ifndef DCOM_CSR_H
#define DCOM_CSR_H

#include <stdint.h>
#include "csr_map.h"
#include "exact_tokens.h"

#ifdef __cplusplus
extern "C" {
#endif

enum { CSR_EXACT_TOKENS = 8, CSR_COUNTERS_MAX = 64, CSR_OKAY = 0, CSR_SLVERR = 2 };

/* The input ports on one clock. */
struct csr_in {
    uint8_t rst;
    uint8_t axi_awvalid, axi_wvalid, axi_wstrb, axi_bready, axi_arvalid, axi_rready;
    uint16_t axi_awaddr, axi_araddr;
    uint32_t axi_wdata;
    /* constants of the configuration */
    uint32_t config_id;
    uint8_t cluster_rows, cluster_columns, mac_stages;
    uint16_t tile_tokens, tile_channels, basis_rows;
    /* from the sequencer */
    uint8_t busy, done, stop, flags;
    uint32_t result_rank, passes, rounds, deflations;
    uint32_t certificate, bound; /* FP32 */
    uint64_t counters[CSR_COUNTERS_MAX];
};

/* The output ports: functions of the registers alone. */
struct csr_out {
    uint8_t axi_awready, axi_wready, axi_bvalid, axi_bresp, axi_arready, axi_rvalid, axi_rresp;
    uint32_t axi_rdata;
    uint8_t start, abort_job, command, expansion, warmup, exact_count;
    uint32_t tokens, channels, rank, outliers, seed;
    uint32_t tolerance; /* FP32 */
    uint32_t exact_tokens[CSR_EXACT_TOKENS];
    uint8_t queued, queued_command, queued_exact_count;
    uint32_t queued_tokens, queued_channels;
    uint32_t queued_exact_tokens[CSR_EXACT_TOKENS];
};

struct csr {
    unsigned counters; /* how many there are: the parameter of csr.v */
    /* write */
    uint8_t awready_q, wready_q, aw_held_q, w_held_q, bvalid_q, bresp_q, wstrb_q;
    uint16_t awaddr_q;
    uint32_t wdata_q;
    /* parameters of the next job */
    uint32_t tokens_q, channels_q, rank_q, outliers_q, tolerance_q, seed_q;
    uint8_t expansion_q, warmup_q, exact_count_q;
    struct exact_tokens exact_tokens_q;
    /* their rules: bit k of wrong_q is of the register k words behind TOKENS */
    uint32_t token_capacity_q, channel_capacity_q, basis_capacity_q, wrong_q;
    uint8_t rank_over_basis_q;
    uint8_t error_q;
    uint16_t error_offset_q;
    /* the queued job */
    uint8_t queued_q, queued_command_q;
    uint32_t queued_tokens_q, queued_channels_q, queued_rank_q, queued_outliers_q, queued_tolerance_q, queued_seed_q;
    uint8_t queued_expansion_q, queued_warmup_q, queued_exact_count_q;
    struct exact_tokens queued_exact_tokens_q;
    /* the running job */
    uint8_t start_q, running_q, abort_q, job_command_q;
    uint32_t job_tokens_q, job_channels_q, job_rank_q, job_outliers_q, job_tolerance_q, job_seed_q;
    uint8_t job_expansion_q, job_warmup_q, job_exact_count_q;
    struct exact_tokens job_exact_tokens_q;
    /* what it came to */
    uint8_t done_q, aborted_q, resident_q, stop_q, flags_q;
    uint32_t jobs_q, result_rank_q, passes_q, rounds_q, deflations_q, certificate_q, bound_q;
    /* read */
    uint8_t arready_q, ar_held_q, rvalid_q, rresp_q;
    uint16_t araddr_q; /* of a word: bits 11:2 */
    uint32_t rdata_q, high_q;
    uint8_t high_number_q, high_valid_q;
};

/* One rising edge. */
void csr_step(struct csr *c, const struct csr_in *in);
/* What the output ports show after the last edge. */
void csr_read(const struct csr *c, struct csr_out *out);

#ifdef __cplusplus
}
#endif
#endif
