/* isa.h - the instruction sets of the host that the model may use. All give the same bits.
 * SPDX-License-Identifier: Apache-2.0 */
#ifndef DCOM_ISA_H
#define DCOM_ISA_H

#include "dcom.h"

/* Of x86-64: AVX2 with FMA, BMI, BMI2 and POPCNT; AVX-512 F, BW, CD, DQ and VL besides. The Makefile builds array.c
 * for just these. */
typedef enum { ISA_BASE, ISA_AVX2, ISA_AVX512 } isa;

/* base, avx2, avx512. */
const char *isa_name(isa);
/* The widest that this host has. */
isa isa_host(void);
/* The widest that may be used: the host's, or what the environment variable DCOM_ISA names. DCOM_E_HOST, and one line
 * in `message` (NULL: not wanted), if that is no instruction set or not of this host; *limit is ISA_BASE then. Reads
 * the environment: no thread may be changing it. */
dcom_status isa_limit(isa *limit, char message[256]);

#endif
