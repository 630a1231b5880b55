/* csr.c - the registers of the accelerator: an AXI4-Lite slave, the parameters of the next job, a queue of one job.
 * Twin: rtl/csr.v; docs/csr.md says what each register means. SPDX-License-Identifier: Apache-2.0
 *
 * In csr_step() `q` is what the registers held before the clock, `c` what they hold after it. */
#include "csr.h"

#include <stddef.h>
#include <string.h>

struct place {
    uint16_t offset, count, access, width;
};

/* The register that the word at `address` belongs to, NULL where there is none */
static const struct place *find(unsigned address) {
#define PLACE(name, offset, count, access, width) {offset, count, access, width},
    static const struct place places[] = {CSR_MAP(PLACE)};
#undef PLACE
    for (size_t i = 0; i < sizeof places / sizeof *places; i++)
        if (address >= places[i].offset &&
            address < places[i].offset + places[i].count * (places[i].width > 32 ? 8u : 4u))
            return &places[i];
    return NULL;
}

/* ---- the rules on parameters ---- */

static unsigned rule(unsigned offset) { return (offset - CSR_TOKENS) / 4; }

static unsigned expansion_good(const struct csr *q) {
    const unsigned e = q->expansion_q;
    return e == 1 || e == 2 || e == 4 || e == 8;
}

static uint32_t wrong_parameters(const struct csr *q) {
    uint32_t wrong = 0;
    wrong |= (uint32_t)(q->tokens_q == 0 || q->tokens_q > q->token_capacity_q) << rule(CSR_TOKENS);
    wrong |= (uint32_t)(q->channels_q == 0 || q->channels_q > q->channel_capacity_q) << rule(CSR_CHANNELS);
    wrong |= (uint32_t)(q->rank_q == 0) << rule(CSR_RANK);
    wrong |= (uint32_t)!expansion_good(q) << rule(CSR_EXPANSION);
    wrong |= (uint32_t)(q->warmup_q > 8) << rule(CSR_WARMUP);
    wrong |= (uint32_t)(q->outliers_q >= q->channels_q) << rule(CSR_OUTLIERS);
    /* above 1, a NaN or negative; -0 is 0 */
    wrong |= (uint32_t)(q->tolerance_q > 0x3F800000 && q->tolerance_q != 0x80000000) << rule(CSR_TOLERANCE);
    wrong |= (uint32_t)(q->exact_count_q > CSR_EXACT_TOKENS) << rule(CSR_EXACT_COUNT);
    for (unsigned k = 0; k < CSR_EXACT_TOKENS && k < q->exact_count_q; k++) {
        const uint32_t token = exact_tokens_get(&q->exact_tokens_q, k);
        if (token >= q->tokens_q || (k > 0 && token <= exact_tokens_get(&q->exact_tokens_q, k - 1)))
            wrong |= 1u << (rule(CSR_EXACT_TOKEN) + k);
    }
    return wrong;
}

/* Those that a command is held to: a LOAD to what describes the matrix, the others to what describes the work */
static uint32_t wrong_of(const struct csr *q, unsigned command) {
    const uint32_t work =
        1u << rule(CSR_RANK) | 1u << rule(CSR_EXPANSION) | 1u << rule(CSR_WARMUP) | 1u << rule(CSR_TOLERANCE);
    if (command == CSR_COMMAND_LOAD) return q->wrong_q & (~work | 1u << rule(CSR_EXPANSION));
    unsigned over = q->rank_over_basis_q;
    if (command == CSR_COMMAND_APPLY) over = q->rank_q > 65535;
    if (command == CSR_COMMAND_DECOMPOSE) over |= q->rank_q > q->job_tokens_q || q->rank_q > q->job_channels_q;
    return (q->wrong_q & work) | over << rule(CSR_RANK);
}

/* ---- write ---- */

struct write {
    unsigned act, good; /* a write is answered, and it is OKAY */
    unsigned commanded, known, aborts, accepts;
    unsigned loads, ordered; /* the command is LOAD; it is, or a matrix is resident */
    unsigned at;             /* the word's address */
    uint32_t set, keep;      /* the bits written to 1, the bits not written */
    uint32_t wrong;          /* rules that a COMMAND breaks */
};

static struct write write_of(const struct csr *q) {
    struct write w = {.act = q->aw_held_q && q->w_held_q && !q->bvalid_q};
    const struct place *at = find(q->awaddr_q);
    uint32_t strobed = 0;
    for (unsigned b = 0; b < 4; b++)
        strobed |= (q->wstrb_q >> b & 1) * 0xFFu << 8 * b;
    w.set = q->wdata_q & strobed, w.keep = ~strobed;
    const unsigned fits = at && (at->width >= 32 || w.set >> at->width == 0);
    const unsigned command = q->wdata_q & 7;
    const unsigned straight = (q->wstrb_q & ((1u << q->awaddr_q % 4) - 1)) == 0; /* no byte below the address */
    w.at = q->awaddr_q & ~3u;
    w.commanded = w.act && w.at == CSR_COMMAND;
    w.known = q->wstrb_q == 15 && straight && fits && command != 0;
    w.aborts = w.commanded && w.known && command == CSR_COMMAND_ABORT;
    w.loads = command == CSR_COMMAND_LOAD;
    w.ordered = w.loads || q->resident_q;
    w.wrong = wrong_of(q, command);
    w.accepts = w.commanded && w.known && !w.aborts && !q->queued_q && w.ordered && w.wrong == 0;
    const unsigned access = at ? at->access : CSR_ACCESS_NONE;
    w.good =
        w.act && straight && fits &&
        (access == CSR_ACCESS_RW || access == CSR_ACCESS_W1C || (access == CSR_ACCESS_W1 && (w.accepts || w.aborts)));
    return w;
}

static void step_write(struct csr *c, const struct csr *q, const struct csr_in *in, const struct write *w) {
    const unsigned aw_taken = in->axi_awvalid && q->awready_q, w_taken = in->axi_wvalid && q->wready_q;
    const unsigned answered = q->bvalid_q && in->axi_bready;
    c->aw_held_q = !in->rst && (aw_taken || (q->aw_held_q && !answered));
    c->w_held_q = !in->rst && (w_taken || (q->w_held_q && !answered));
    c->awready_q = !in->rst && !c->aw_held_q;
    c->wready_q = !in->rst && !c->w_held_q;
    c->bvalid_q = !in->rst && (w->act || (q->bvalid_q && !in->axi_bready));
    if (aw_taken) c->awaddr_q = in->axi_awaddr;
    if (w_taken) c->wdata_q = in->axi_wdata, c->wstrb_q = in->axi_wstrb;
    if (in->rst)
        c->bresp_q = CSR_OKAY;
    else if (w->act)
        c->bresp_q = w->good ? CSR_OKAY : CSR_SLVERR;
}

static uint32_t *parameter(struct csr *c, unsigned offset) {
    switch (offset) {
    case CSR_TOKENS:
        return &c->tokens_q;
    case CSR_CHANNELS:
        return &c->channels_q;
    case CSR_RANK:
        return &c->rank_q;
    case CSR_OUTLIERS:
        return &c->outliers_q;
    case CSR_TOLERANCE:
        return &c->tolerance_q;
    case CSR_SEED:
        return &c->seed_q;
    }
    return NULL;
}

static uint8_t *small_parameter(struct csr *c, unsigned offset) {
    switch (offset) {
    case CSR_EXPANSION:
        return &c->expansion_q;
    case CSR_WARMUP:
        return &c->warmup_q;
    case CSR_EXACT_COUNT:
        return &c->exact_count_q;
    }
    return NULL;
}

static int is_exact_token(unsigned offset) {
    return offset >= CSR_EXACT_TOKEN && offset < CSR_EXACT_TOKEN + 4 * CSR_EXACT_TOKENS;
}

static void step_parameters(struct csr *c, const struct csr *q, const struct csr_in *in, const struct write *w) {
    c->token_capacity_q = (uint32_t)in->cluster_rows * in->tile_tokens & 0x1FFFF;
    c->channel_capacity_q = (uint32_t)in->cluster_columns * in->tile_channels & 0x1FFFF;
    c->basis_capacity_q = (uint32_t)in->cluster_rows * in->basis_rows & 0x1FFFF;
    c->wrong_q = wrong_parameters(q);
    c->rank_over_basis_q = expansion_good(q) && q->rank_q + q->expansion_q > q->basis_capacity_q;
    if (in->rst) {
        c->tokens_q = CSR_TOKENS_RESET, c->channels_q = CSR_CHANNELS_RESET, c->rank_q = CSR_RANK_RESET;
        c->expansion_q = CSR_EXPANSION_RESET, c->warmup_q = CSR_WARMUP_RESET, c->outliers_q = CSR_OUTLIERS_RESET;
        c->tolerance_q = CSR_TOLERANCE_RESET, c->seed_q = CSR_SEED_RESET, c->exact_count_q = CSR_EXACT_COUNT_RESET;
        for (unsigned k = 0; k < CSR_EXACT_TOKENS; k++)
            exact_tokens_set(&c->exact_tokens_q, k, CSR_EXACT_TOKEN_RESET);
    } else if (w->good) {
        uint32_t *word = parameter(c, w->at);
        uint8_t *small = small_parameter(c, w->at);
        if (word) *word = (*word & w->keep) | w->set;
        if (small) *small = (uint8_t)((*small & w->keep) | w->set);
        if (is_exact_token(w->at)) {
            const unsigned k = (w->at - CSR_EXACT_TOKEN) / 4;
            exact_tokens_set(&c->exact_tokens_q, k, (exact_tokens_get(&q->exact_tokens_q, k) & w->keep) | w->set);
        }
    }
}

/* ---- jobs ---- */

static void step_error(struct csr *c, const struct csr *q, const struct csr_in *in, const struct write *w) {
    if (in->rst) {
        c->error_q = CSR_ERROR_NONE, c->error_offset_q = CSR_ERROR_RESET;
    } else if (w->commanded) {
        c->error_offset_q = 0;
        if (!w->known) {
            c->error_q = CSR_ERROR_COMMAND;
        } else if (w->aborts || w->accepts) {
            c->error_q = CSR_ERROR_NONE;
        } else if (q->queued_q) {
            c->error_q = CSR_ERROR_BUSY;
        } else if (!w->ordered) {
            c->error_q = CSR_ERROR_ORDER;
        } else {
            unsigned first = 0;
            while (!(w->wrong >> first & 1))
                first++;
            c->error_q = CSR_ERROR_PARAMETER;
            c->error_offset_q = (uint16_t)(CSR_TOKENS + 4 * first);
        }
    }
}

static void step_jobs(struct csr *c, const struct csr *q, const struct csr_in *in, const struct write *w) {
    const unsigned queued_load = q->queued_command_q == CSR_COMMAND_LOAD;
    const unsigned strands = q->queued_q && !queued_load && !q->resident_q; /* its LOAD has failed: it is dropped */
    const unsigned launch = q->queued_q && !strands && !q->running_q && !in->busy && !w->aborts;
    const unsigned ended = q->running_q && !q->start_q && !in->busy;
    const unsigned finish = q->running_q && !q->start_q && in->done && !q->done_q;
    const unsigned fails = ended && !q->done_q && !finish;

    c->queued_q = !in->rst && (w->accepts || (q->queued_q && !strands && !launch && !w->aborts));
    if (w->accepts) {
        c->queued_command_q = q->wdata_q & 7;
        c->queued_rank_q = q->rank_q, c->queued_expansion_q = q->expansion_q, c->queued_warmup_q = q->warmup_q;
        c->queued_tolerance_q = q->tolerance_q, c->queued_seed_q = q->seed_q;
    }
    if (w->accepts && w->loads) {
        c->queued_tokens_q = q->tokens_q, c->queued_channels_q = q->channels_q;
        c->queued_outliers_q = q->outliers_q, c->queued_exact_count_q = q->exact_count_q;
        c->queued_exact_tokens_q = q->exact_tokens_q;
    }

    c->start_q = !in->rst && launch;
    c->running_q = !in->rst && (launch || (q->running_q && !ended));
    c->abort_q = !in->rst && (q->abort_q || w->aborts) && q->running_q && !ended;
    if (launch) {
        c->job_command_q = q->queued_command_q;
        c->job_rank_q = q->queued_rank_q, c->job_expansion_q = q->queued_expansion_q;
        c->job_warmup_q = q->queued_warmup_q;
        c->job_tolerance_q = q->queued_tolerance_q, c->job_seed_q = q->queued_seed_q;
    }
    if (launch && queued_load) {
        c->job_tokens_q = q->queued_tokens_q, c->job_channels_q = q->queued_channels_q;
        c->job_outliers_q = q->queued_outliers_q, c->job_exact_count_q = q->queued_exact_count_q;
        c->job_exact_tokens_q = q->queued_exact_tokens_q;
    }

    if (in->rst) {
        c->done_q = c->aborted_q = c->resident_q = c->stop_q = c->flags_q = 0;
        c->jobs_q = c->result_rank_q = c->passes_q = c->rounds_q = c->deflations_q = c->certificate_q = c->bound_q =
            0;
        return;
    }
    c->done_q = !launch && (q->done_q || finish);
    c->aborted_q = !launch && (ended ? fails : q->aborted_q);
    c->resident_q = (launch && queued_load) || (q->resident_q && !(fails && q->job_command_q == CSR_COMMAND_LOAD));
    const unsigned clears = w->good && w->at == CSR_FLAGS ? w->set : 0;
    c->flags_q = (q->flags_q & ~clears) | in->flags;
    if (finish) {
        c->jobs_q = q->jobs_q + 1;
        c->stop_q = in->stop;
        c->result_rank_q = in->result_rank;
        c->passes_q = in->passes, c->rounds_q = in->rounds, c->deflations_q = in->deflations;
        c->certificate_q = in->certificate, c->bound_q = in->bound;
    }
}

/* ---- read ---- */

static uint32_t status(const struct csr *q, const struct csr_in *in) {
    return (uint32_t)(!q->running_q && !q->queued_q && !in->busy) << CSR_STATUS_IDLE |
           (uint32_t)(q->running_q || in->busy) << CSR_STATUS_BUSY | (uint32_t)q->done_q << CSR_STATUS_DONE |
           (uint32_t)q->queued_q << CSR_STATUS_QUEUED | (uint32_t)q->aborted_q << CSR_STATUS_ABORTED |
           (uint32_t)q->abort_q << CSR_STATUS_ABORTING | (uint32_t)q->error_q << CSR_STATUS_ERROR;
}

/* The word of a register that is no counter's */
static uint32_t word_at(const struct csr *q, const struct csr_in *in) {
    struct csr copy = *q;
    const unsigned at = 4u * q->araddr_q;
    const uint32_t *word = parameter(&copy, at);
    const uint8_t *small = small_parameter(&copy, at);
    if (word) return *word;
    if (small) return *small;
    if (is_exact_token(at)) return exact_tokens_get(&q->exact_tokens_q, (at - CSR_EXACT_TOKEN) / 4);
    switch (at) {
    case CSR_ID:
        return CSR_ID_RESET;
    case CSR_VERSION:
        return CSR_VERSION_RESET;
    case CSR_CONFIG_ID:
        return in->config_id;
    case CSR_CLUSTER_ROWS:
        return in->cluster_rows;
    case CSR_CLUSTER_COLUMNS:
        return in->cluster_columns;
    case CSR_TILE_TOKENS:
        return in->tile_tokens;
    case CSR_TILE_CHANNELS:
        return in->tile_channels;
    case CSR_BASIS_ROWS:
        return in->basis_rows;
    case CSR_MAC_STAGES:
        return in->mac_stages;
    case CSR_COUNTERS:
        return q->counters;
    case CSR_STATUS:
        return status(q, in);
    case CSR_ERROR:
        return q->error_offset_q;
    case CSR_FLAGS:
        return q->flags_q;
    case CSR_JOBS:
        return q->jobs_q;
    case CSR_STOP:
        return q->stop_q;
    case CSR_RESULT_RANK:
        return q->result_rank_q;
    case CSR_PASSES:
        return q->passes_q;
    case CSR_ROUNDS:
        return q->rounds_q;
    case CSR_DEFLATIONS:
        return q->deflations_q;
    case CSR_CERTIFICATE:
        return q->certificate_q;
    case CSR_BOUND:
        return q->bound_q;
    }
    return 0; /* COMMAND */
}

static void step_read(struct csr *c, const struct csr *q, const struct csr_in *in) {
    const unsigned ar_taken = in->axi_arvalid && q->arready_q, look = q->ar_held_q && !q->rvalid_q;
    c->ar_held_q = !in->rst && (ar_taken || (q->ar_held_q && !(q->rvalid_q && in->axi_rready)));
    c->arready_q = !in->rst && !c->ar_held_q;
    c->rvalid_q = !in->rst && (look || (q->rvalid_q && !in->axi_rready));
    if (ar_taken) c->araddr_q = in->axi_araddr >> 2;

    if (look) {
        const unsigned at = 4u * q->araddr_q, high = q->araddr_q & 1;
        const unsigned counts = at >= CSR_COUNTER, number = (at - CSR_COUNTER) / 8 & 63;
        unsigned readable = find(at) != NULL;
        uint32_t value;
        if (readable && counts) {
            readable = number < q->counters && (!high || (q->high_valid_q && q->high_number_q == number));
            value = high ? q->high_q : (uint32_t)in->counters[number];
            if (readable && !high) {
                c->high_q = (uint32_t)(in->counters[number] >> 32);
                c->high_number_q = (uint8_t)number;
                c->high_valid_q = 1;
            }
        } else {
            value = word_at(q, in);
        }
        c->rdata_q = readable ? value : 0;
        c->rresp_q = readable ? CSR_OKAY : CSR_SLVERR;
    }
    if (in->rst) c->high_valid_q = 0, c->rdata_q = 0, c->rresp_q = 0;
}

/* ---- the module ---- */

void csr_step(struct csr *c, const struct csr_in *in) {
    const struct csr q = *c;
    const struct write w = write_of(&q);
    step_write(c, &q, in, &w);
    step_parameters(c, &q, in, &w);
    step_error(c, &q, in, &w);
    step_jobs(c, &q, in, &w);
    step_read(c, &q, in);
}

void csr_read(const struct csr *c, struct csr_out *out) {
    out->axi_awready = c->awready_q, out->axi_wready = c->wready_q;
    out->axi_bvalid = c->bvalid_q, out->axi_bresp = c->bresp_q;
    out->axi_arready = c->arready_q, out->axi_rvalid = c->rvalid_q;
    out->axi_rdata = c->rdata_q, out->axi_rresp = c->rresp_q;
    out->start = c->start_q, out->abort_job = c->abort_q, out->command = c->job_command_q;
    out->tokens = c->job_tokens_q, out->channels = c->job_channels_q, out->rank = c->job_rank_q;
    out->expansion = c->job_expansion_q, out->warmup = c->job_warmup_q, out->outliers = c->job_outliers_q;
    out->tolerance = c->job_tolerance_q, out->seed = c->job_seed_q, out->exact_count = c->job_exact_count_q;
    for (unsigned k = 0; k < CSR_EXACT_TOKENS; k++) {
        out->exact_tokens[k] = exact_tokens_get(&c->job_exact_tokens_q, k);
        out->queued_exact_tokens[k] = exact_tokens_get(&c->queued_exact_tokens_q, k);
    }
    out->queued = c->queued_q, out->queued_command = c->queued_command_q;
    out->queued_tokens = c->queued_tokens_q, out->queued_channels = c->queued_channels_q;
    out->queued_exact_count = c->queued_exact_count_q;
}
