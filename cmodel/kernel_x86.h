/* kernel_x86.h - the AVX-512 and AVX2 + FMA kernels; chosen at run time by kernel.c, absent on other
 * machines. SPDX-License-Identifier: Apache-2.0 */
#ifndef DCOM_KERNEL_X86_H
#define DCOM_KERNEL_X86_H

#if defined(__x86_64__) && defined(__GNUC__)
#define KERNEL_X86 1
#include "kernel.h"
extern const kernel kernel_avx512, kernel_avx2;
#endif

#endif
