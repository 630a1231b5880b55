/* hash.h - a counter-based hash: the same for the same three numbers, whoever asks, in whatever order.
 * SPDX-License-Identifier: Apache-2.0 */
#ifndef DCOM_HASH_H
#define DCOM_HASH_H

#include <stdint.h>

static inline uint32_t hash3(uint32_t seed, uint32_t i, uint32_t j) {
    uint32_t h = seed * 0x9E3779B9u ^ i * 0x85EBCA6Bu ^ j * 0xC2B2AE35u;
    h ^= h >> 16, h *= 0x7FEB352Du, h ^= h >> 15, h *= 0x846CA68Bu;
    return h ^ h >> 16;
}

#endif
