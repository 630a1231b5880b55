/* fuzz.c - what the fuzz targets share. SPDX-License-Identifier: Apache-2.0 */
#include "fuzz.h"

#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

int LLVMFuzzerInitialize(int *argc, char ***argv);
/* Of the sanitizers, where there are any. */
void __sanitizer_set_report_fd(void *fd) __attribute__((weak));

enum { MOST_SAID = 4096 };

/* Of the process: where findings are told, files in memory, the folder. */
static int tell = STDERR_FILENO, input, heard;
static char path[32], folder[] = "/tmp/dcom-fuzz-XXXXXX";

static void remove_folder(void) { rmdir(folder); }

/* libFuzzer is to print on a stderr of its own, so that readers may print what they like: -close_fd_mask. */
int LLVMFuzzerInitialize(int *argc, char ***argv) {
    static char quiet[] = "-close_fd_mask=3";
    char **more = calloc((size_t)*argc + 2, sizeof *more);
    tell = dup(STDERR_FILENO);
    input = memfd_create("input", MFD_CLOEXEC);
    heard = memfd_create("stderr", MFD_CLOEXEC);
    if (!more || tell < 0 || input < 0 || heard < 0) perror("fuzz"), exit(2);
    if (__sanitizer_set_report_fd) __sanitizer_set_report_fd((void *)(intptr_t)tell);
    memcpy(more, *argv, (size_t)*argc * sizeof *more);
    more[(*argc)++] = quiet;
    *argv = more; /* libFuzzer's until the end */
    snprintf(path, sizeof path, "/proc/self/fd/%d", input);
    return 0;
}

void fuzz_fail(const char *file, int line, const char *what) {
    dprintf(tell, "FINDING: %s:%d: %s\n", file, line, what);
    abort();
}

const char *fuzz_file(const void *data, size_t size) {
    FUZZ_CHECK(ftruncate(input, 0) == 0 && pwrite(input, data, size, 0) == (ssize_t)size);
    return path;
}

char *fuzz_text(const uint8_t *data, size_t size) {
    char *text = malloc(size + 1);
    FUZZ_CHECK(text);
    memcpy(text, data, size);
    text[size] = 0;
    return text;
}

/* One line of printable characters, without its newline; bytes of UTF-8 count as such. */
static bool is_line(const char *text) {
    while (*text && !iscntrl((unsigned char)*text))
        text++;
    return !*text;
}

void fuzz_listen(void) {
    FUZZ_CHECK(dup2(heard, STDERR_FILENO) == STDERR_FILENO);
    FUZZ_CHECK(ftruncate(heard, 0) == 0 && lseek(heard, 0, SEEK_SET) == 0);
}

void fuzz_check_said(bool wrong) {
    char said[MOST_SAID];
    const ssize_t length = pread(heard, said, sizeof said, 0);
    FUZZ_CHECK(length >= 0 && length < MOST_SAID);
    if (!wrong && length > 0) dprintf(tell, "%.*s", (int)length, said);
    if (!wrong) FUZZ_CHECK(length == 0 && "nothing is said when all is good");
    if (!wrong) return;
    FUZZ_CHECK(length > 0 && "what is wrong is said");
    const bool ends = said[length - 1] == '\n';
    said[length - 1] = 0;
    if (!ends || !is_line(said) || strlen(said) + 1 != (size_t)length) dprintf(tell, "it said: %s\n", said);
    FUZZ_CHECK(ends && is_line(said) && strlen(said) + 1 == (size_t)length && "an error is one line");
    FUZZ_CHECK(strncmp(said, "dcom: ", 6) == 0);
}

void fuzz_check_message(const char *message, bool wrong, const char *of) {
    if (!is_line(message)) dprintf(tell, "it said: %s\n", message);
    FUZZ_CHECK(is_line(message) && "a message is one line");
    FUZZ_CHECK(wrong ? strncmp(message, of, strlen(of)) == 0 && message[strlen(of)] : !message[0]);
}

const char *fuzz_folder(void) {
    static bool made;
    if (!made) {
        FUZZ_CHECK(mkdtemp(folder));
        made = true;
        atexit(remove_folder);
    }
    return folder;
}
