/* isa.c - what the host has, and what DCOM_ISA lets of it.
 * SPDX-License-Identifier: Apache-2.0 */
#include "isa.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

const char *isa_name(isa i) {
    static const char *const names[] = {"base", "avx2", "avx512"};
    return names[i];
}

isa isa_host(void) {
#if defined(__x86_64__) && defined(__GNUC__)
    __builtin_cpu_init();
    /* LCOV_EXCL_START host: it has one answer */
    if (!__builtin_cpu_supports("avx2") || !__builtin_cpu_supports("fma") || !__builtin_cpu_supports("bmi") ||
        !__builtin_cpu_supports("bmi2") || !__builtin_cpu_supports("popcnt"))
        return ISA_BASE;
    if (!__builtin_cpu_supports("avx512f") || !__builtin_cpu_supports("avx512bw") ||
        !__builtin_cpu_supports("avx512cd") || !__builtin_cpu_supports("avx512dq") ||
        !__builtin_cpu_supports("avx512vl"))
        return ISA_AVX2;
    return ISA_AVX512;
    /* LCOV_EXCL_STOP */
#else
    return ISA_BASE;
#endif
}

dcom_status isa_limit(isa *limit, char message[256]) {
    const char *name = getenv("DCOM_ISA");
    const isa host = isa_host();
    *limit = host;
    if (!name) return DCOM_OK;
    for (*limit = ISA_BASE; *limit <= ISA_AVX512; ++*limit) {
        if (strcmp(name, isa_name(*limit)) != 0) continue;
        if (*limit <= host) return DCOM_OK;
        if (message) snprintf(message, 256, "DCOM_ISA=%s: this host has %s at most", name, isa_name(host));
        *limit = ISA_BASE;
        return DCOM_E_HOST;
    }
    if (message) snprintf(message, 256, "DCOM_ISA=%.60s is not base, avx2 or avx512", name);
    *limit = ISA_BASE;
    return DCOM_E_HOST;
}
