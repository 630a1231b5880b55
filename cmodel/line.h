/* line.h - a message is one line, whatever the thing is called that it names. SPDX-License-Identifier: Apache-2.0 */
#ifndef DCOM_LINE_H
#define DCOM_LINE_H

/* Control characters as ?: a newline would begin another line, an escape sequence would act on a terminal. */
static inline char *one_line(char *text) {
    for (char *c = text; *c; c++)
        if ((unsigned char)*c < ' ' || *c == 0x7F) *c = '?';
    return text;
}

#endif
