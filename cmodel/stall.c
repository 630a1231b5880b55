/* stall.c - when the side of a handshake holds back although it could go on.
 * SPDX-License-Identifier: Apache-2.0 */
#include <stdio.h>
#include <string.h>
#include "hash.h"
#include "stall.h"

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
