/* mock_accelerator.h - the accelerator as its host sees it, with the untimed model inside: AXI-Lite answered from an
 * array, streams taken and sent. Not a model of any clock. SPDX-License-Identifier: Apache-2.0 */
#ifndef DCOM_MOCK_ACCELERATOR_H
#define DCOM_MOCK_ACCELERATOR_H

#include "../cmodel/accelerator_ports.h"
#include "../cmodel/dcom.h"
#include "../cmodel/stall.h"

enum { MOCK_WORDS = 1024, MOCK_BEATS = 1 << 16 };

typedef struct {
    uint16_t data[8];
    uint8_t user, last;
} mock_beat;

/* What is wrong with it. */
typedef enum {
    MOCK_GOOD,
    MOCK_SILENT,     /* never answers a read of JOBS */
    MOCK_LOSES_P,    /* no packet P is sent */
    MOCK_LATE_LAST,  /* TLAST of V is a beat late */
    MOCK_UNSTABLE,   /* a beat that waits changes */
    MOCK_STUCK,      /* takes 5 beats of a stream */
    MOCK_EXTRA_LANE, /* P has a lane more than V */
    MOCK_ABORTS,     /* DECOMPOSE ends aborted */
    MOCK_LESS_RANK,  /* RESULT_RANK is one less */
    MOCK_TWO_P,      /* each packet P is sent twice */
    MOCK_LAST_V,     /* the last V has no P, and RESULT_RANK is that of P */
    MOCK_MORE_BEAT,  /* one beat of a packet V more */
    MOCK_TWO_TRACKS, /* two packets OUTLIERS */
    MOCK_NOT_DONE    /* DECOMPOSE ends aborted, and counts as a job */
} mock_fault;

typedef struct {
    dcom_config config;
    stall_profile stall;
    uint32_t seed;
    mock_fault fault;
    uint64_t clocks;
    dcom_accelerator_out out;
    uint32_t word[MOCK_WORDS];                    /* registers by address / 4 */
    uint32_t job[MOCK_WORDS], queued[MOCK_WORDS]; /* the parameters of either */
    /* AXI-Lite */
    uint8_t aw_held, w_held, ar_held;
    uint16_t awaddr, araddr;
    uint32_t wdata, high;
    /* the running job */
    unsigned command, queued_command, beats_in, delay;
    uint16_t *a, *vectors;
    dcom_context *context;
    /* what is to be sent */
    mock_beat *beat;
    unsigned beats, sent;
} mock;

void mock_init(mock *, const dcom_config *, stall_profile, uint32_t seed);
void mock_release(mock *);
/* One rising edge; m->out shows the ports after it. */
void mock_step(mock *, const dcom_accelerator_in *);

#endif
