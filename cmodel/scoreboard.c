/* scoreboard.c - the accelerator at the level of transactions: what its ports took and gave, against the untimed
 * model. SPDX-License-Identifier: Apache-2.0
 *
 * Jobs are predicted in their order: a LOAD once its matrix has streamed in, a DECOMPOSE at once behind it, an APPLY
 * block by block. What is predicted and what was seen are two queues of beats, compared as far as both go. */
#include "accelerator_ports.h"
#include "csr.h"
#include "engine.h"

#include <inttypes.h>
#include <stdbool.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { WORDS = 1024 };

/* Words of equal size, in the order they came. */
typedef struct {
    size_t size, taken, count, capacity;
    uint8_t *data;
} queue;

typedef struct {
    uint16_t data[LANES];
    uint8_t user, last;
    uint64_t job; /* that it was predicted for, from 1 on */
    uint32_t packet, beat;
} out_beat;

/* A job as its COMMAND found the registers. */
typedef struct {
    unsigned command;
    uint32_t tokens, channels;
    dcom_parameters p;
    uint32_t exact[CSR_EXACT_TOKENS];
} job;

struct dcom_scoreboard {
    dcom_config config;
    dcom_context *context;
    unsigned width; /* BF16 of a beat in */
    uint32_t word[WORDS];
    queue jobs, in, expected, seen;
    /* the job at the head */
    uint32_t beats_in; /* that it has had */
    uint16_t *vectors; /* of APPLY, the block under way */
    /* the matrix loaded last, NULL: none */
    job load;
    uint16_t *a, *turned; /* as it is; as weights of dcom_apply(), once they are needed */
    int32_t *outliers;
    bool decomposed;  /* since: flags of its start block have been seen */
    bool flags_known; /* FLAGS follows from the jobs predicted */
    bool idle;        /* STATUS.IDLE has been read since the last COMMAND */
    bool lost;        /* no predictions until the next reset */
    unsigned last_command;
    uint64_t job_number;
    dcom_scoreboard_counts counts;
    char message[256], difference[256];
};

__attribute__((format(printf, 3, 4))) static dcom_status fail(dcom_scoreboard *s, dcom_status status,
                                                              const char *format, ...) {
    va_list list;
    va_start(list, format);
    vsnprintf(s->message, sizeof s->message, format, list);
    va_end(list);
    return status;
}

static dcom_status no_memory(dcom_scoreboard *s) { return fail(s, DCOM_E_MEMORY, "out of memory"); }

/* A difference does not end anything: the first of a call is its message. */
__attribute__((format(printf, 2, 3))) static void differ(dcom_scoreboard *s, const char *format, ...) {
    va_list list;
    s->counts.mismatches++;
    if (s->difference[0]) return;
    va_start(list, format);
    vsnprintf(s->difference, sizeof s->difference, format, list);
    va_end(list);
}

/* ---- queues ---- */

static size_t waiting(const queue *q) { return q->count - q->taken; }

static void *head(const queue *q) { return q->data + q->taken * q->size; }

static void *push(queue *q) {
    if (q->count == q->capacity && q->taken > q->count / 2) {
        memmove(q->data, head(q), waiting(q) * q->size);
        q->count -= q->taken, q->taken = 0;
    }
    if (q->count == q->capacity) {
        const size_t capacity = 2 * q->capacity + 64;
        void *data = realloc(q->data, capacity * q->size);
        if (!data) return NULL;
        q->data = data, q->capacity = capacity;
    }
    return q->data + q->count++ * q->size;
}

static void empty(queue *q) { q->taken = q->count = 0; }

/* ---- what the jobs send ---- */

static const char *const packet_names[PACKETS] = {"outliers", "V", "P", "Z"};

/* A packet of `beats` beats in the queue of expected ones, all +0; NULL: out of memory. They stand until the next. */
static out_beat *expect(dcom_scoreboard *s, unsigned user, uint32_t beats, uint32_t packet) {
    for (uint32_t k = 0; k < beats; k++) {
        out_beat *b = push(&s->expected);
        if (!b) return NULL;
        *b = (out_beat){
            .user = (uint8_t)user, .last = k + 1 == beats, .job = s->job_number, .packet = packet, .beat = k};
    }
    return (out_beat *)(void *)(s->expected.data + (s->expected.count - beats) * s->expected.size);
}

static dcom_status send_outliers(dcom_scoreboard *s, const dcom_result *r) {
    out_beat *b = expect(s, PACKET_OUTLIERS, (s->load.channels + s->width - 1) / s->width, 0);
    s->outliers = malloc((r->outlier_count + 1) * sizeof *s->outliers);
    if (!b || !s->outliers) return no_memory(s);
    memcpy(s->outliers, r->outliers, r->outlier_count * sizeof *s->outliers);
    for (unsigned k = 0; k < r->outlier_count; k++) {
        const unsigned c = (unsigned)r->outliers[k], at = c % s->width;
        b[c / s->width].data[at / 16] |= (uint16_t)(1u << at % 16);
    }
    return DCOM_OK;
}

static uint16_t bf16_bits(float x) {
    uint32_t bits;
    memcpy(&bits, &x, sizeof bits);
    return (uint16_t)(bits >> 16);
}

static dcom_status send_columns(dcom_scoreboard *s, unsigned user, const float *x, unsigned rows, unsigned rank,
                                unsigned first, unsigned columns, unsigned packet) {
    out_beat *b = expect(s, user, rows, packet);
    if (!b) return no_memory(s);
    for (unsigned r = 0; r < rows; r++)
        for (unsigned e = 0; e < columns; e++)
            b[r].data[e] = bf16_bits(x[(size_t)r * rank + first + e]);
    return DCOM_OK;
}

/* ---- the jobs ---- */

/* The next beat in, of `beats` of the packet; NULL: not there yet, or a TLAST in the wrong place (status). */
static const uint16_t *take_beat(dcom_scoreboard *s, uint32_t beats, dcom_status *status) {
    if (!waiting(&s->in)) return NULL;
    const uint16_t *beat = head(&s->in);
    s->in.taken++;
    s->beats_in++;
    if ((beat[s->width] != 0) == (s->beats_in == beats)) return beat;
    s->lost = true;
    *status = fail(s, DCOM_E_ARGUMENT,
                   "stream in: beat %" PRIu32 " of %" PRIu32 " of job %" PRIu64
                   " has %s TLAST: the job ends ABORTED, and nothing is predicted until a reset",
                   s->beats_in, beats, s->job_number, beat[s->width] ? "a" : "no");
    return NULL;
}

static dcom_status decompose(dcom_scoreboard *s, const job *j, dcom_result *r) {
    dcom_parameters p = j->p;
    p.outliers = s->load.p.outliers;
    p.exact_tokens = s->load.exact;
    p.exact_token_count = s->load.p.exact_token_count;
    const dcom_status status = dcom_decompose(s->context, s->a, s->load.tokens, s->load.channels, &p, r);
    return status ? fail(s, status, "job %" PRIu64 ": %s", s->job_number, dcom_message(s->context)) : DCOM_OK;
}

/* Whether the job is over. */
static bool load(dcom_scoreboard *s, const job *j, dcom_status *status) {
    const uint32_t row_beats = (j->channels + s->width - 1) / s->width, beats = row_beats * j->tokens;
    if (s->beats_in == 0) {
        free(s->a), free(s->turned), free(s->outliers);
        s->turned = NULL;
        s->outliers = NULL;
        s->load = *j;
        s->a = malloc((size_t)j->tokens * j->channels * sizeof *s->a);
        if (!s->a) return *status = no_memory(s), false;
    }
    while (s->beats_in < beats) {
        const uint32_t at = s->beats_in, first = at % row_beats * s->width;
        const uint32_t width = first + s->width > j->channels ? j->channels - first : s->width;
        const uint16_t *beat = take_beat(s, beats, status);
        if (!beat) return false;
        memcpy(s->a + (size_t)(at / row_beats) * j->channels + first, beat, width * sizeof *beat);
    }
    /* outliers are the matrix's: any decomposition of it has them */
    dcom_result r;
    job least = *j;
    least.p.rank = 1, least.p.warmup = 0, least.p.tolerance = 0;
    if ((*status = decompose(s, &least, &r)) || (*status = send_outliers(s, &r))) return false;
    s->flags_known = s->flags_known && s->decomposed;
    s->decomposed = false;
    return true;
}

static dcom_status decomposition(dcom_scoreboard *s, const job *j) {
    dcom_result r;
    dcom_status status = decompose(s, j, &r);
    for (unsigned k = 0, first = 0; !status && k < r.block_count; first += r.blocks[k++]) {
        status = send_columns(s, PACKET_V, r.v, r.channels, r.rank, first, r.blocks[k], k);
        if (!status) status = send_columns(s, PACKET_P, r.p, r.tokens, r.rank, first, r.blocks[k], k);
    }
    if (status) return status;
    const float certificate = (float)r.certificate, bound = (float)r.certificate_bound;
    s->word[CSR_STOP / 4] = (uint32_t)r.stop;
    s->word[CSR_RESULT_RANK / 4] = r.rank;
    s->word[CSR_PASSES / 4] = r.passes;
    s->word[CSR_ROUNDS / 4] = r.rounds;
    s->word[CSR_DEFLATIONS / 4] = r.deflations;
    memcpy(&s->word[CSR_CERTIFICATE / 4], &certificate, sizeof certificate);
    memcpy(&s->word[CSR_BOUND / 4], &bound, sizeof bound);
    s->word[CSR_FLAGS / 4] |= r.flags;
    /* a LOAD with another start block may have had flags of its own */
    if (j->p.seed == s->load.p.seed && j->p.expansion == s->load.p.expansion) s->decomposed = true;
    return DCOM_OK;
}

/* The matrix as weights, outputs x length. Exact tokens of the vectors count as +0 in APPLY, and outliers of Z are
 * +0: +0 in the weights gives the same sums. */
static bool turn(dcom_scoreboard *s) {
    const job *l = &s->load;
    const size_t length = l->tokens, outputs = l->channels;
    if (s->turned) return true;
    s->turned = malloc(length * outputs * sizeof *s->turned);
    if (!s->turned) return false;
    for (size_t t = 0; t < length; t++)
        for (size_t c = 0; c < outputs; c++)
            s->turned[c * length + t] = s->a[t * outputs + c];
    for (unsigned k = 0; k < l->p.outliers; k++)
        memset(s->turned + (size_t)s->outliers[k] * length, 0, length * sizeof *s->turned);
    for (unsigned k = 0; k < l->p.exact_token_count; k++)
        for (size_t c = 0; c < outputs; c++)
            s->turned[c * length + l->exact[k]] = 0;
    return true;
}

/* Z of a block of vectors, `columns` of them. */
static dcom_status apply_block(dcom_scoreboard *s, unsigned columns, uint32_t packet) {
    const uint32_t length = s->load.tokens, outputs = s->load.channels;
    unsigned flags;
    uint16_t *z = malloc((size_t)LANES * outputs * sizeof *z);
    out_beat *b = z && turn(s) ? expect(s, PACKET_Z, outputs, packet) : NULL;
    dcom_status status = b ? DCOM_OK : no_memory(s);
    if (!status) status = dcom_apply(s->context, s->vectors, columns, length, s->turned, outputs, NULL, z, &flags);
    if (b && status) fail(s, status, "job %" PRIu64 ": %s", s->job_number, dcom_message(s->context));
    if (!status) {
        for (uint32_t c = 0; c < outputs; c++)
            for (unsigned e = 0; e < columns; e++)
                b[c].data[e] = z[(size_t)e * outputs + c];
        s->word[CSR_FLAGS / 4] |= flags;
    }
    free(z);
    return status;
}

static bool apply(dcom_scoreboard *s, const job *j, dcom_status *status) {
    const uint32_t length = s->load.tokens, vectors = j->p.rank, beats = (vectors + LANES - 1) / LANES * length;
    if (s->beats_in == 0) {
        free(s->vectors);
        s->vectors = calloc((size_t)LANES * length, sizeof *s->vectors);
        if (!s->vectors) return *status = no_memory(s), false;
    }
    while (s->beats_in < beats) {
        const uint32_t row = s->beats_in % length, block = s->beats_in / length;
        const uint16_t *beat = take_beat(s, beats, status);
        if (!beat) return false;
        for (unsigned e = 0; e < LANES; e++)
            s->vectors[(size_t)e * length + row] = beat[e];
        if (row + 1 < length) continue;
        const unsigned columns = vectors - block * LANES < LANES ? vectors - block * LANES : LANES;
        if ((*status = apply_block(s, columns, block))) return false;
    }
    return true;
}

/* ---- comparison ---- */

static void compare_beat(dcom_scoreboard *s, const out_beat *want, const out_beat *got) {
    s->counts.beats++;
    const char *name = packet_names[want->user];
    if (got->user != want->user || got->last != want->last)
        return differ(s, "job %" PRIu64 ", packet %s %" PRIu32 ", beat %" PRIu32 ": TUSER %u, TLAST %u, not %u, %u",
                      want->job, name, want->packet, want->beat, got->user, got->last, want->user, want->last);
    for (unsigned e = 0; e < LANES; e++)
        if (got->data[e] != want->data[e])
            return differ(s, "job %" PRIu64 ", packet %s %" PRIu32 ", beat %" PRIu32 ", lane %u: %04X, not %04X",
                          want->job, name, want->packet, want->beat, e, got->data[e], want->data[e]);
}

/* All that can be predicted and compared by now; what differed is the message of `status`. */
static dcom_status go_on(dcom_scoreboard *s) {
    dcom_status status = DCOM_OK;
    while (!s->lost && waiting(&s->jobs)) {
        const job *j = head(&s->jobs);
        bool over = true;
        if (s->beats_in == 0) s->job_number = s->counts.jobs + 1;
        if (j->command == CSR_COMMAND_LOAD)
            over = load(s, j, &status);
        else if (j->command == CSR_COMMAND_APPLY)
            over = apply(s, j, &status);
        else
            status = decomposition(s, j);
        if (status) s->lost = true;
        if (status || !over) break;
        s->last_command = j->command;
        s->jobs.taken++;
        s->beats_in = 0;
        s->counts.jobs++;
        s->word[CSR_JOBS / 4]++;
    }
    while (waiting(&s->expected) && waiting(&s->seen)) {
        compare_beat(s, head(&s->expected), head(&s->seen));
        s->expected.taken++, s->seen.taken++;
    }
    if (status || !s->difference[0]) return status;
    return fail(s, DCOM_E_DIFFERENT, "%s", s->difference);
}

static dcom_status begin(dcom_scoreboard *s) {
    s->message[0] = s->difference[0] = 0;
    return DCOM_OK;
}

/* ---- registers ---- */

static uint32_t parameter(const dcom_scoreboard *s, unsigned address) { return s->word[address / 4]; }

static dcom_status command(dcom_scoreboard *s, unsigned which) {
    s->idle = false;
    /* how much of what is predicted still comes, nobody knows */
    if (which == CSR_COMMAND_ABORT) empty(&s->jobs), empty(&s->expected), empty(&s->seen);
    if (s->lost) return DCOM_OK;
    if (which != CSR_COMMAND_LOAD && which != CSR_COMMAND_DECOMPOSE && which != CSR_COMMAND_APPLY) {
        s->lost = true;
        return fail(s, DCOM_E_ARGUMENT,
                    "COMMAND %u: what it does does not follow from transactions; nothing is predicted until a reset",
                    which);
    }
    job *j = push(&s->jobs);
    if (!j) return no_memory(s);
    float tolerance;
    memcpy(&tolerance, &s->word[CSR_TOLERANCE / 4], sizeof tolerance);
    *j = (job){.command = which,
               .tokens = parameter(s, CSR_TOKENS),
               .channels = parameter(s, CSR_CHANNELS),
               .p = {.rank = parameter(s, CSR_RANK),
                     .expansion = parameter(s, CSR_EXPANSION),
                     .warmup = parameter(s, CSR_WARMUP),
                     .outliers = parameter(s, CSR_OUTLIERS),
                     .exact_token_count = parameter(s, CSR_EXACT_COUNT),
                     .tolerance = (double)tolerance,
                     .seed = parameter(s, CSR_SEED)}};
    memcpy(j->exact, &s->word[CSR_EXACT_TOKEN / 4], sizeof j->exact);
    return DCOM_OK;
}

dcom_status dcom_scoreboard_write(dcom_scoreboard *s, uint16_t address, uint32_t data, unsigned strobes) {
    uint32_t set = 0;
    dcom_status status = begin(s);
    for (unsigned b = 0; b < 4; b++)
        set |= (strobes >> b & 1) * 0xFFu << 8 * b;
    uint32_t *word = &s->word[address / 4 % WORDS];
    if (address / 4 == CSR_COMMAND / 4)
        status = command(s, data & 7);
    else if (address / 4 == CSR_FLAGS / 4)
        *word &= ~(data & set), s->flags_known = true, s->decomposed = true;
    else
        *word = (*word & ~set) | (data & set);
    return status ? status : go_on(s);
}

/* Whether the value read there follows from the transactions. */
static bool follows(const dcom_scoreboard *s, unsigned address) {
    if (address < CSR_COMMAND) return true; /* geometry, parameters */
    if (s->lost || !s->idle || waiting(&s->jobs)) return false;
    if (address == CSR_FLAGS) return s->flags_known && s->decomposed;
    return address == CSR_JOBS ||
           (s->last_command == CSR_COMMAND_DECOMPOSE && address >= CSR_STOP && address <= CSR_BOUND);
}

dcom_status dcom_scoreboard_read(dcom_scoreboard *s, uint16_t address, uint32_t data) {
    begin(s);
    address &= (uint16_t)~3u;
    if (address == CSR_STATUS && data >> CSR_STATUS_IDLE & 1 && !s->lost) {
        s->idle = true;
        if (waiting(&s->jobs))
            differ(s, "STATUS.IDLE, but job %" PRIu64 " has had no more than %" PRIu32 " beats in", s->job_number,
                   s->beats_in);
        s->counts.registers++;
    } else if (!follows(s, address)) {
        s->counts.unjudged++;
    } else {
        s->counts.registers++;
        if (data != s->word[address / 4])
            differ(s, "register %03X: %08" PRIX32 ", not %08" PRIX32, address, data, s->word[address / 4]);
    }
    return go_on(s);
}

/* ---- streams ---- */

dcom_status dcom_scoreboard_in(dcom_scoreboard *s, const uint16_t *data, int last) {
    begin(s);
    if (s->lost) return DCOM_OK;
    uint16_t *beat = push(&s->in);
    if (!beat) return no_memory(s);
    memcpy(beat, data, s->width * sizeof *beat);
    beat[s->width] = last != 0;
    return go_on(s);
}

dcom_status dcom_scoreboard_out(dcom_scoreboard *s, const uint16_t data[8], unsigned user, int last) {
    begin(s);
    if (s->lost && !waiting(&s->expected)) return DCOM_OK;
    out_beat *beat = push(&s->seen);
    if (!beat) return no_memory(s);
    *beat = (out_beat){.user = (uint8_t)user, .last = last != 0};
    memcpy(beat->data, data, sizeof beat->data);
    return go_on(s);
}

/* ---- life ---- */

void dcom_scoreboard_reset(dcom_scoreboard *s) {
    static const struct {
        uint16_t address;
        uint32_t value;
    } fixed[] = {
        {CSR_ID, CSR_ID_RESET},         {CSR_VERSION, CSR_VERSION_RESET},     {CSR_RANK, CSR_RANK_RESET},
        {CSR_WARMUP, CSR_WARMUP_RESET}, {CSR_EXPANSION, CSR_EXPANSION_RESET}, {CSR_OUTLIERS, CSR_OUTLIERS_RESET},
        {CSR_SEED, CSR_SEED_RESET},
    };
    begin(s);
    memset(s->word, 0, sizeof s->word);
    for (size_t k = 0; k < sizeof fixed / sizeof *fixed; k++)
        s->word[fixed[k].address / 4] = fixed[k].value;
    s->word[CSR_CONFIG_ID / 4] = dcom_config_id(&s->config);
    s->word[CSR_CLUSTER_ROWS / 4] = s->config.cluster_rows;
    s->word[CSR_CLUSTER_COLUMNS / 4] = s->config.cluster_columns;
    s->word[CSR_TILE_TOKENS / 4] = s->config.tile_tokens;
    s->word[CSR_TILE_CHANNELS / 4] = s->config.tile_channels;
    s->word[CSR_BASIS_ROWS / 4] = s->config.basis_rows;
    s->word[CSR_MAC_STAGES / 4] = s->config.mac_stages;
    s->word[CSR_COUNTERS / 4] = ACCELERATOR_COUNTER_COUNT;
    empty(&s->jobs), empty(&s->in), empty(&s->expected), empty(&s->seen);
    free(s->a), free(s->turned), free(s->vectors), free(s->outliers);
    s->a = s->turned = s->vectors = NULL;
    s->outliers = NULL;
    s->beats_in = s->last_command = 0;
    s->lost = s->idle = false;
    s->flags_known = s->decomposed = true;
}

dcom_status dcom_scoreboard_create(const dcom_config *config, dcom_scoreboard **out) {
    *out = NULL;
    dcom_scoreboard *s = calloc(1, sizeof *s);
    if (!s) return DCOM_E_MEMORY;
    const dcom_status status = dcom_create(config, &s->context);
    if (status) {
        free(s);
        return status;
    }
    s->config = *config;
    s->width = 8 * config->cluster_columns;
    s->jobs.size = sizeof(job);
    s->in.size = (s->width + 1) * sizeof(uint16_t);
    s->expected.size = s->seen.size = sizeof(out_beat);
    dcom_scoreboard_reset(s);
    *out = s;
    return DCOM_OK;
}

void dcom_scoreboard_destroy(dcom_scoreboard *s) {
    if (!s) return;
    dcom_scoreboard_reset(s);
    free(s->jobs.data), free(s->in.data), free(s->expected.data), free(s->seen.data);
    dcom_destroy(s->context);
    free(s);
}

const char *dcom_scoreboard_message(const dcom_scoreboard *s) { return s->message; }

void dcom_scoreboard_read_counts(const dcom_scoreboard *s, dcom_scoreboard_counts *counts) {
    *counts = s->counts;
    counts->awaited = waiting(&s->expected);
    counts->unexpected = waiting(&s->seen);
}

dcom_status dcom_scoreboard_finish(dcom_scoreboard *s) {
    const dcom_scoreboard_counts *c = &s->counts;
    begin(s);
    if (c->mismatches) return fail(s, DCOM_E_DIFFERENT, "%" PRIu64 " mismatches", c->mismatches);
    if (waiting(&s->jobs))
        return fail(s, DCOM_E_DIFFERENT, "%zu jobs are not over: %" PRIu32 " beats in have come", waiting(&s->jobs),
                    s->beats_in);
    if (waiting(&s->expected)) {
        const out_beat *b = head(&s->expected);
        return fail(s, DCOM_E_DIFFERENT,
                    "%zu beats are missing, the first: job %" PRIu64 ", packet %s %" PRIu32 ", beat %" PRIu32,
                    waiting(&s->expected), b->job, packet_names[b->user], b->packet, b->beat);
    }
    if (waiting(&s->seen)) return fail(s, DCOM_E_DIFFERENT, "%zu beats out that no job sends", waiting(&s->seen));
    if (waiting(&s->in)) return fail(s, DCOM_E_DIFFERENT, "%zu beats in that no job takes", waiting(&s->in));
    if (c->beats == 0) return fail(s, DCOM_E_DIFFERENT, "no beat was compared");
    return DCOM_OK;
}
