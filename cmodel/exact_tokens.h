/* exact_tokens.h - a register of the numbers of the exact tokens, as csr.v and loader.v pack it: 8 of 17 bits,
 * without gaps. SPDX-License-Identifier: Apache-2.0 */
#ifndef DCOM_EXACT_TOKENS_H
#define DCOM_EXACT_TOKENS_H

#include <stdint.h>

struct exact_tokens {
    uint32_t word[5];
};

static inline uint32_t exact_tokens_get(const struct exact_tokens *e, unsigned k) {
    const unsigned bit = 17 * k, at = bit / 32; /* at most 3 */
    const uint64_t two = e->word[at] | (uint64_t)e->word[at + 1] << 32;
    return (uint32_t)(two >> bit % 32) & 0x1FFFF;
}

static inline void exact_tokens_set(struct exact_tokens *e, unsigned k, uint32_t token) {
    const unsigned bit = 17 * k, at = bit / 32;
    const uint64_t mask = (uint64_t)0x1FFFF << bit % 32, field = (uint64_t)token << bit % 32;
    e->word[at] = (e->word[at] & ~(uint32_t)mask) | (uint32_t)field;
    e->word[at + 1] = (e->word[at + 1] & ~(uint32_t)(mask >> 32)) | (uint32_t)(field >> 32);
}

#endif
