/* dcom.h - the public interface of libdcom, the golden model of the D-com co-accelerator.
 * SPDX-License-Identifier: Apache-2.0
 *
 * Two faces, equal bit for bit:
 *
 *   untimed: dcom_decompose(), dcom_apply() on a context of dcom_create(). The numbers, no clock, as fast as a
 * numeric library. timed:   dcom_accelerator_*(), and dcom_array_*() for its cluster array alone. One clock a call,
 * every register as the RTL has it.
 *
 * Numbers. BF16 is `uint16_t` bits, FP32 is `float`. IEEE 754, round to nearest even, subnormals kept; a NaN result
 * is 0x7FC00000 (BF16 0x7FC0). The calling thread's rounding must be at its default: dcom_decompose() and
 * dcom_apply() refuse flush-to-zero, the timed face trusts its caller. Matrices are row-major and dense, counts in
 * elements.
 *
 * Threads. A context, array or accelerator is used by one thread at a time, any number of them by any number of
 * threads at once: they share nothing but constants. The calls that take none are safe in any thread. The create
 * functions and dcom_kernel_name() read the environment (DCOM_ISA): no other thread may be in setenv(). What is
 * read and computed does not depend on the locale; nothing is written to stdout or stderr.
 *
 * Ownership. What a create function returns the caller destroys; NULL may be destroyed. What a call is given stays
 * the caller's and is not kept. No pointer may be NULL unless the comment says so.
 *
 * Errors. What can fail returns a dcom_status. A create function that fails leaves NULL. One line that names what was
 * wrong is in dcom_message() of the context, or in the caller's `message`.
 *
 * Instruction sets. The widest of the host is used: base, avx2 or avx512 of x86-64. The environment variable DCOM_ISA
 * names another; the results are the same, and a create function returns DCOM_E_HOST if the host has not got it. */
#ifndef DCOM_H
#define DCOM_H

#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif
/* What is declared here is all that libdcom.so shows. */
#ifdef __GNUC__
#pragma GCC visibility push(default)
#endif

#define DCOM_VERSION "0.2.0"
#define DCOM_ABI 3              /* the number in libdcom.so.3: changes when a program must be built again */
#define DCOM_NUMERIC_CONTRACT 2 /* changes when any result bit of any run changes */

typedef enum {
    DCOM_OK = 0,
    DCOM_E_ARGUMENT, /* a parameter out of its range */
    DCOM_E_CONFIG,   /* a configuration that cannot be built, or an unknown one */
    DCOM_E_SHAPE,    /* a matrix that the configuration cannot hold, or an empty one */
    DCOM_E_VALUE,    /* NaN or infinity in A */
    DCOM_E_FILE,     /* a file that cannot be read or written, or is not what it should be */
    DCOM_E_MEMORY,
    DCOM_E_HOST,     /* flush-to-zero is on, or DCOM_ISA is not for this host */
    DCOM_E_STOPPED,  /* the clock hook of a timed run asked to stop */
    DCOM_E_DIFFERENT /* a comparison failed */
} dcom_status;

/* "OK", "ARGUMENT", "CONFIG" ...: the name without its prefix; "UNKNOWN" for no status. A constant, as all strings
 * that are returned without a context. */
const char *dcom_status_name(dcom_status status);

/* ---- configuration: the geometry of one build (rtl/config/NAME.cfg is the one source) ---- */

typedef struct {
    char name[32];            /* of the file, without .cfg; nothing depends on it */
    unsigned cluster_rows;    /* 1..16 */
    unsigned cluster_columns; /* 1..16 */
    unsigned mac_rows;        /* 8: rows of MACs in a cluster = banks of its tile memory */
    unsigned lanes;           /* 8: MACs in a row, the largest expansion factor E */
    unsigned tile_tokens;     /* tokens a cluster holds, multiple of mac_rows */
    unsigned tile_channels;   /* channels a cluster holds, multiple of mac_rows */
    unsigned basis_rows;      /* rows of V^T a cluster holds under its tokens, multiple of mac_rows */
    unsigned mac_stages;      /* 1..3 pipeline stages of a MAC; never changes a result */
} dcom_config;

/* The configuration called `name` (tiny, small, medium, full). DCOM_E_CONFIG when there is none. `message` gets one
 * line,
 * "" when all is good. */
dcom_status dcom_config_named(const char *name, dcom_config *config, char message[256]);
/* Reads a configuration file: lines `key = value`, the fields of dcom_config but its name, each once; `;` begins a
 * comment. An unknown key, a malformed or missing value is DCOM_E_CONFIG, a file that cannot be read DCOM_E_FILE. The
 * message names the file, line and key. */
dcom_status dcom_config_read(const char *path, dcom_config *config, char message[256]);
/* The i-th built-in configuration, smallest first, NULL past the last. A constant. */
const dcom_config *dcom_config_at(unsigned i);
/* FNV-1a over the values (the name apart): equal for a model and a DUT built for the same geometry. */
uint32_t dcom_config_id(const dcom_config *config);

/* ---- untimed face ---- */

typedef struct {
    unsigned rank;                /* columns of P and V at most; 1..min(tokens, channels), and rank + expansion
                                   * <= cluster_rows x basis_rows */
    unsigned expansion;           /* E: 1, 2, 4, 8 */
    unsigned warmup;              /* blocks used only to improve the start block; 0..8 */
    unsigned outliers;            /* channels on the exact track; 0..channels - 1 */
    const uint32_t *exact_tokens; /* ascending token numbers on the exact track; NULL if there are none */
    unsigned exact_token_count;
    double tolerance; /* 0..1: stop when the certified relative error is at or below; 0 = never */
    uint32_t seed;    /* of the start block's signs */
} dcom_parameters;

/* rank 32, expansion 8, warmup 1, outliers 16, no exact tokens, tolerance 0, seed 1. */
dcom_parameters dcom_defaults(void);

typedef enum {
    DCOM_STOP_RANK = 0,  /* rank reached */
    DCOM_STOP_TOLERANCE, /* certified relative error at or below the tolerance */
    DCOM_STOP_DEFLATED,  /* no direction left: the matrix has no more rank above BF16's noise */
    DCOM_STOP_NOISE,     /* the certificate reached BF16's own noise; more blocks would be noise */
    DCOM_STOP_OVERFLOW   /* a sum or operand became infinite or NaN (see flags); what was found before stands */
} dcom_stop;

enum {                           /* sticky flags */
       DCOM_FLAG_OVERFLOW = 1,   /* an FP32 sum or a BF16 operand became infinite */
       DCOM_FLAG_NAN = 2,        /* a NaN arose */
       DCOM_FLAG_UNCERTIFIED = 4 /* tolerance asked for, but below what BF16 can certify */
};

typedef struct {
    unsigned tokens, channels, rank; /* rank: the columns found, <= parameters.rank */
    /* The context's, until its next dcom_decompose() or its end: */
    const float *p;          /* tokens x rank, BF16 values; rows of exact tokens are +0 */
    const float *v;          /* channels x rank, BF16 values, orthonormal columns */
    const int32_t *outliers; /* ascending channel numbers; rows of V are +0 there */
    unsigned outlier_count;
    const uint8_t *blocks; /* columns of each block in the order found, 1..expansion: of a packet V and P */
    unsigned block_count;
    unsigned passes;     /* forward passes over A: blocks, warm-up included */
    unsigned rounds;     /* re-orthogonalisation rounds, all blocks */
    unsigned deflations; /* columns dropped as linearly dependent */
    dcom_stop stop;
    unsigned flags;
    double certificate;       /* relative error of A that the hardware knows, exact tracks included */
    double certificate_bound; /* what is not known of its square, as a relative error: sqrt(bound) / ||A|| */
    double seconds;           /* of the decomposition alone */
} dcom_result;

typedef struct dcom_context dcom_context;

/* A model of the accelerator that `config` describes, which is copied. DCOM_E_CONFIG when it is out of range. */
dcom_status dcom_create(const dcom_config *config, dcom_context **context);
void dcom_destroy(dcom_context *context);
/* One line on the last call that failed on this context; "" after a good one. The context's. */
const char *dcom_message(const dcom_context *context);
/* Whether a matrix of this shape would be decomposed with these parameters: DCOM_E_SHAPE, DCOM_E_ARGUMENT. */
dcom_status dcom_check(dcom_context *context, size_t tokens, size_t channels, const dcom_parameters *parameters);
/* Decomposes A (tokens x channels, row-major BF16 bits, all finite) into the result: A ~ P V^T, and exact where a
 * channel is an outlier or a token is exact. A is read only during the call. All of *result is 0 after an error.
 * DCOM_E_SHAPE, DCOM_E_ARGUMENT as dcom_check(); DCOM_E_VALUE: NaN or infinity in A; DCOM_E_HOST, DCOM_E_MEMORY. */
dcom_status dcom_decompose(dcom_context *context, const uint16_t *a, size_t tokens, size_t channels,
                           const dcom_parameters *parameters, dcom_result *result);

/* APPLY: one linear layer on the decomposed form, Z = F W. With A ~ L F and Y = A W, Y ~ L Z: the left factor (P, and
 * the outlier columns of A beside it) stays as it is, nothing is decomposed again, and (L, Z) has the shape of a
 * decomposed matrix for the next layer.
 *
 * factor: F, rows x channels, row-major BF16, all finite: V^T of a decomposition (row k is column k of V), the
 * operand of an earlier layer, whole rows of A that are carried through exactly (their products are then those of the
 * plain layer), or all of them one below the other: a row's results do not depend on the others. rows may be 0: the
 *   arguments are checked and nothing is written.
 * weights: outputs x channels, row-major BF16, all finite, as a model's file has them:
 *   Z[k][o] = sum over c of F[k][c] * weights[o][c].
 * sums: rows x outputs FP32, what leaves the array; NULL if not wanted.
 * operand: rows x outputs BF16, the sums rounded to nearest even: F of the next layer; NULL if not wanted, but not
 * both. flags: DCOM_FLAG_OVERFLOW, DCOM_FLAG_NAN if an operand is infinite or NaN (such sums and operands are
 * written, as the hardware has them; such an operand is refused by the next layer); 0 else. NULL if not wanted.
 *
 * Numbers: BF16 operands, FP32 sums in the order of cmodel/apply.h: transpose passes over tiles of W that fill the
 * configuration's array. They depend on its geometry and on `channels`, on nothing else. channels and outputs may be
 * larger than the array; rows are not limited.
 *
 * The arrays are the caller's, used only during the call, and must not overlap. The last dcom_result of the context
 * stays valid. DCOM_E_ARGUMENT: a NULL that must not be one; DCOM_E_SHAPE: no channels or no outputs; DCOM_E_VALUE:
 * NaN or infinity in factor or weights; DCOM_E_HOST, DCOM_E_MEMORY as above: then what is in sums, operand and flags
 * means nothing. */
dcom_status dcom_apply(dcom_context *context, const uint16_t *factor, size_t rows, size_t channels,
                       const uint16_t *weights, size_t outputs, float *sums, uint16_t *operand, unsigned *flags);

/* ---- timed face: the cluster array, clock by clock ---- */

/* The input ports of rtl/array.v on one clock; same names, same meaning, one bit of a mask per row or column. */
typedef struct {
    uint8_t rst;
    uint8_t command_valid, command_transpose, command_lanes; /* lanes: 1..8 */
    uint16_t command_row, command_rows, command_groups;
    uint16_t basis_used; /* basis rows of the whole array that are in use; the others count as +0 */
    uint8_t write_valid, write_cluster_row;
    uint16_t write_row, write_channel;
    uint32_t write_columns;
    uint16_t write_data[16 * 8]; /* 8 BF16 of each column */
    uint32_t column_vector_valid, row_vector_valid;
    uint16_t column_vector_data[16 * 8], row_vector_data[16 * 8]; /* 8 lanes x BF16 of each */
    uint32_t row_result_ready, column_result_ready;
} dcom_array_in;

/* The output ports: functions of the registers alone, never of the inputs of the same clock. */
typedef struct {
    uint8_t active, command_ready, write_ready, activity; /* activity: pass_control.v, of the clock before */
    uint32_t column_vector_ready, row_vector_ready;
    uint32_t row_result_valid, column_result_valid;
    uint32_t row_result_data[16 * 8], column_result_data[16 * 8]; /* 8 lanes x FP32; 0 where not valid */
} dcom_array_out;

typedef struct dcom_array dcom_array;

/* All registers and memories 0. DCOM_E_CONFIG when the configuration, which is copied, is out of range. */
dcom_status dcom_array_create(const dcom_config *config, dcom_array **array);
void dcom_array_destroy(dcom_array *array);
/* One rising edge. No allocation, no failure. */
void dcom_array_step(dcom_array *array, const dcom_array_in *in);
/* What the ports show after the last edge. */
void dcom_array_read(const dcom_array *array, dcom_array_out *out);
/* Snapshot: dcom_array_bytes() bytes at `snapshot`, valid for any array of the same configuration in this process. */
size_t dcom_array_bytes(const dcom_array *array);
void dcom_array_save(const dcom_array *array, void *snapshot);
void dcom_array_restore(dcom_array *array, const void *snapshot);

/* ---- timed face: the whole accelerator behind AXI, clock by clock ---- */

/* The input ports of rtl/accelerator.v on one clock, under their names: AXI4-Lite, AXI4-Stream in, ready of the
 * stream out. Single bits are 0 or 1. Reset is synchronous: two clocks of rst first, as the RTL. docs/csr.md and
 * dcom_csr.h have the registers, docs/accelerator.md the streams. */
typedef struct {
    uint8_t rst;
    uint8_t axi_awvalid, axi_wvalid, axi_wstrb, axi_bready, axi_arvalid, axi_rready;
    uint8_t s_axis_tvalid, s_axis_tlast, m_axis_tready;
    uint16_t axi_awaddr, axi_araddr;
    uint32_t axi_wdata;
    uint16_t s_axis_tdata[16 * 8]; /* BF16, 8 of each cluster column, the lowest bits of the port first */
} dcom_accelerator_in;

/* The output ports: functions of the registers alone, never of the inputs of the same clock. */
typedef struct {
    uint8_t axi_awready, axi_wready, axi_bvalid, axi_bresp, axi_arready, axi_rvalid, axi_rresp;
    uint8_t s_axis_tready, m_axis_tvalid, m_axis_tuser, m_axis_tlast;
    uint32_t axi_rdata;
    uint16_t m_axis_tdata[8]; /* BF16, or outlier bits; at first 0, and it stays when valid goes */
} dcom_accelerator_out;

typedef struct accelerator dcom_accelerator;

/* All registers and memories 0. DCOM_E_CONFIG when the configuration, which is copied, is out of range. */
dcom_status dcom_accelerator_create(const dcom_config *config, dcom_accelerator **accelerator);
void dcom_accelerator_destroy(dcom_accelerator *accelerator);
/* One rising edge. No allocation, no failure. */
void dcom_accelerator_step(dcom_accelerator *accelerator, const dcom_accelerator_in *in);
/* What the ports show after the last edge. */
void dcom_accelerator_read(const dcom_accelerator *accelerator, dcom_accelerator_out *out);
/* Snapshot: dcom_accelerator_bytes() bytes, valid for any accelerator of the same configuration in this process. */
size_t dcom_accelerator_bytes(const dcom_accelerator *accelerator);
void dcom_accelerator_save(const dcom_accelerator *accelerator, void *snapshot);
void dcom_accelerator_restore(dcom_accelerator *accelerator, const void *snapshot);

/* ---- scoreboard: the accelerator at the level of transactions ----
 *
 * What monitors on a DUT's ports saw goes in, in the order of each port, and is compared with what the untimed model
 * says: every beat of the stream out, and the registers that follow from the jobs. Ports need not be in step with
 * each other: beats that come before the COMMAND they belong to wait for it, and so do packets. LOAD, DECOMPOSE and
 * APPLY are predicted; what PASS_FORWARD, PASS_TRANSPOSE, STORE and ABORT do depends on more than transactions
 * (dcom_accelerator_step() has it), and ends the predictions until the next reset; beats that are still to come are
 * compared nevertheless, but behind an ABORT. */

typedef struct dcom_scoreboard dcom_scoreboard;

/* Since creation. */
typedef struct {
    uint64_t jobs;       /* predicted */
    uint64_t beats;      /* of the stream out, compared */
    uint64_t registers;  /* reads compared */
    uint64_t unjudged;   /* reads that no transaction determines: counters, status of a running job */
    uint64_t mismatches; /* beats and reads that differed */
    uint64_t awaited;    /* beats predicted and not seen yet */
    uint64_t unexpected; /* beats seen for which no job has been seen yet */
} dcom_scoreboard_counts;

/* DCOM_E_CONFIG when the configuration, which is copied, is out of range. */
dcom_status dcom_scoreboard_create(const dcom_config *config, dcom_scoreboard **scoreboard);
void dcom_scoreboard_destroy(dcom_scoreboard *scoreboard);
/* One line on the last call that did not return DCOM_OK; "" after one that did. The scoreboard's. */
const char *dcom_scoreboard_message(const dcom_scoreboard *scoreboard);
/* The DUT was reset: jobs, beats and registers are forgotten, the counts stay. */
void dcom_scoreboard_reset(dcom_scoreboard *scoreboard);
/* Each of these returns DCOM_E_DIFFERENT if something it led to compare differs, and goes on; DCOM_E_ARGUMENT if what
 * was seen is no stimulus that can be predicted (the message says why).
 *   write   a register write that was answered OKAY: byte address, data, byte strobes.
 *   read    a register read that was answered OKAY, during which no write was under way.
 *   in      a beat taken from the stream in: 8 x cluster_columns BF16, lowest channel first; last: TLAST.
 *   out     a beat taken from the stream out: 8 BF16 (or outlier bits), TUSER, TLAST. */
dcom_status dcom_scoreboard_write(dcom_scoreboard *scoreboard, uint16_t address, uint32_t data, unsigned strobes);
dcom_status dcom_scoreboard_read(dcom_scoreboard *scoreboard, uint16_t address, uint32_t data);
dcom_status dcom_scoreboard_in(dcom_scoreboard *scoreboard, const uint16_t *data, int last);
dcom_status dcom_scoreboard_out(dcom_scoreboard *scoreboard, const uint16_t data[8], unsigned user, int last);
/* At the end of a test: DCOM_E_DIFFERENT if anything differed since creation, jobs or beats are still to come, or
 * nothing was compared at all. */
dcom_status dcom_scoreboard_finish(dcom_scoreboard *scoreboard);
void dcom_scoreboard_read_counts(const dcom_scoreboard *scoreboard, dcom_scoreboard_counts *counts);

/* DCOM_ABI of the library that runs, to be compared with the DCOM_ABI that the program was built with. */
unsigned dcom_abi_version(void);
/* The multiply-add kernel of the untimed face on this host: "avx512", "avx2" or "portable" (integer reference, slow).
 */
const char *dcom_kernel_name(void);

#ifdef __GNUC__
#pragma GCC visibility pop
#endif
#ifdef __cplusplus
}
#endif
#endif
