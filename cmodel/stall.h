/* stall.h - when the side of a handshake holds back although it could go on: drawn, and the same for the same seed.
 * SPDX-License-Identifier: Apache-2.0 */
#ifndef DCOM_STALL_H
#define DCOM_STALL_H

#include <stdbool.h>
#include <stdint.h>

/* How often, in 1/256 of the clocks. On the array: its command, write, vector and result ports. On the accelerator:
 * the channels of AXI-Lite, the matrix and the vectors on the stream in, the stream out. */
typedef struct {
    unsigned command, write, vector, result;
} stall_profile;

/* none, light (1/8), heavy (1/2), or four numbers 0..255 as "command,write,vector,result". 0 on success. */
int stall_profile_parse(const char *text, stall_profile *profile);
/* Such a text, a word where there is one. */
enum { STALL_TEXT = 48 };
void stall_profile_text(const stall_profile *profile, char text[STALL_TEXT]);
/* Whether it goes on. Depends on (seed, clock, port) alone. */
bool stall_go(unsigned rate, uint32_t seed, uint64_t clock, uint32_t port);

#endif
