/* fuzz.h - what the fuzz targets share: an input as a file, what a reader prints, and how a target tells a finding.
 * SPDX-License-Identifier: Apache-2.0
 *
 * A target is one file with LLVMFuzzerTestOneInput(), which libFuzzer calls with one input after the other; its
 * inputs are in corpus/NAME. Memory errors and undefined behaviour are the sanitizers' to tell; FUZZ_CHECK tells what
 * is wrong in any other way. A target keeps nothing from one input to the next. */
#ifndef DCOM_FUZZ_H
#define DCOM_FUZZ_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* The path of a file in memory with these bytes; both until the next call. */
const char *fuzz_file(const void *data, size_t size);
/* The same as a string, the caller's to free. */
char *fuzz_text(const uint8_t *data, size_t size);
/* What is printed on stderr from now on... */
void fuzz_listen(void);
/* ...must have been nothing, or (`wrong`) one line of printable characters, `dcom: ...`. */
void fuzz_check_said(bool wrong);
/* A message of the library: one line of printable characters that begins with `path`, or "" if all was good. */
void fuzz_check_message(const char *message, bool wrong, const char *path);
/* A folder for what a target has to write, removed at the end. */
const char *fuzz_folder(void);

/* Prints where and what, and aborts. */
_Noreturn void fuzz_fail(const char *file, int line, const char *what);
#define FUZZ_CHECK(what) ((what) ? (void)0 : fuzz_fail(__FILE__, __LINE__, #what))

#endif
