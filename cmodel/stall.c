/* stall.c - when the side of a handshake holds back although it could go on.
 * SPDX-License-Identifier: Apache-2.0 */
#include <stdio.h>
#include <string.h>
#include "stall.h"

/* A counter-based hash. */
static uint32_t hash3(uint32_t seed, uint32_t clock, uint32_t port) {
    uint32_t h = seed * 0x9E3779B9u ^ clock * 0x85EBCA6Bu ^ port * 0xC2B2AE35u;
    h ^= h >> 16, h *= 0x7FEB352Du, h ^= h >> 15, h *= 0x846CA68Bu;
    return h ^ h >> 16;
}

bool stall_go(unsigned rate, uint32_t seed, uint64_t clock, uint32_t port) {
    return rate == 0 || (hash3(seed, (uint32_t)clock, port) & 255) >= rate;
}

int stall_profile_parse(const char *text, stall_profile *p) {
    char rest;
    *p = (stall_profile){0, 0, 0, 0};
    if (!strcmp(text, "none")) return 0;
    if (!strcmp(text, "light")) return *p = (stall_profile){32, 32, 32, 32}, 0;
    if (!strcmp(text, "heavy")) return *p = (stall_profile){128, 128, 128, 128}, 0;
    if (sscanf(text, "%u,%u,%u,%u%c", &p->command, &p->write, &p->vector, &p->result, &rest) != 4) return -1;
    return p->command < 256 && p->write < 256 && p->vector < 256 && p->result < 256 ? 0 : -1;
}
