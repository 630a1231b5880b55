/* failing.h - calls of the system that fail when a test says so. The linker has them called instead of the C
 * library's (tests/failing.mk). SPDX-License-Identifier: Apache-2.0 */
#ifndef DCOM_FAILING_H
#define DCOM_FAILING_H

#include <stdbool.h>

/* What may fail: memory; memory for a message; memory that jansson and libcrypto ask for; files, folders, threads;
 * threads alone; renameat2(), of a kernel that has not got it, and of a file system that has not got its flags. */
typedef enum {
    FAILING_MEMORY,
    FAILING_WORDS,
    FAILING_LIBRARIES,
    FAILING_FILES,
    FAILING_THREADS,
    FAILING_RENAMEAT2,
    FAILING_FLAGS
} failing_kind;

/* Before anything else: jansson and libcrypto are told whom to ask for memory. */
void failing_init(void);
/* From now on the nth call of this kind fails, n from 1; the others do not. */
void failing_arm(failing_kind kind, unsigned n);
/* No call fails any more. The name of the one that did; NULL: there were fewer than n. */
const char *failing_disarm(void);

#endif
