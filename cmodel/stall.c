/* stall.c - when the side of a handshake holds back although it could go on.
 * SPDX-License-Identifier: Apache-2.0 */
#include <stdio.h>
#include <string.h>
#include "hash.h"
#include "stall.h"

bool stall_go(unsigned rate, uint32_t seed, uint64_t clock, uint32_t port) {
    return rate == 0 || (hash3(seed, (uint32_t)clock, port) & 255) >= rate;
}

static const struct {
    const char *word;
    unsigned rate;
} words[] = {{"none", 0}, {"light", 32}, {"heavy", 128}};
enum { WORDS = sizeof words / sizeof *words };

int stall_profile_parse(const char *text, stall_profile *p) {
    char rest;
    for (unsigned k = 0; k < WORDS; k++)
        if (!strcmp(text, words[k].word)) {
            const unsigned rate = words[k].rate;
            return *p = (stall_profile){rate, rate, rate, rate}, 0;
        }
    *p = (stall_profile){0, 0, 0, 0};
    if (sscanf(text, "%u,%u,%u,%u%c", &p->command, &p->write, &p->vector, &p->result, &rest) != 4) return -1;
    return p->command < 256 && p->write < 256 && p->vector < 256 && p->result < 256 ? 0 : -1;
}

void stall_profile_text(const stall_profile *p, char text[STALL_TEXT]) {
    snprintf(text, STALL_TEXT, "%u,%u,%u,%u", p->command, p->write, p->vector, p->result);
    for (unsigned k = 0; k < WORDS; k++)
        if (p->command == words[k].rate && p->write == p->command && p->vector == p->command &&
            p->result == p->command)
            snprintf(text, STALL_TEXT, "%s", words[k].word);
}
