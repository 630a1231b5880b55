/* failing.c - the calls of failing.h. Each is as it was until its turn comes; then it does nothing, or what it does
 * anyway is reported as failed. SPDX-License-Identifier: Apache-2.0 */
#include "failing.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <jansson.h>
#include <openssl/crypto.h>
#include <pthread.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static atomic_bool armed;
static atomic_uint left;
static failing_kind armed_kind;
static _Atomic(const char *) failed;

void failing_arm(failing_kind kind, unsigned n) {
    armed_kind = kind;
    atomic_store(&left, n);
    atomic_store(&failed, NULL);
    atomic_store(&armed, true);
}

const char *failing_disarm(void) {
    atomic_store(&armed, false);
    return atomic_load(&failed);
}

/* Whether it is this call's turn. */
static bool fails(failing_kind kind, const char *name) {
    if (!atomic_load(&armed) || kind != armed_kind || atomic_fetch_sub(&left, 1) != 1) return false;
    atomic_store(&failed, name);
    static const int reason[] = {
        [FAILING_MEMORY] = ENOMEM,  [FAILING_WORDS] = ENOMEM,     [FAILING_LIBRARIES] = ENOMEM, [FAILING_FILES] = EIO,
        [FAILING_THREADS] = EAGAIN, [FAILING_RENAMEAT2] = ENOSYS, [FAILING_FLAGS] = EINVAL};
    errno = reason[kind];
    return true;
}

/* A call that is not made when it fails. */
#define WRAP(kind, type, failure, name, parameters, arguments)                                                       \
    type __real_##name parameters;                                                                                   \
    type __wrap_##name parameters;                                                                                   \
    type __wrap_##name parameters { return fails(kind, #name) ? failure : __real_##name arguments; }

WRAP(FAILING_MEMORY, void *, NULL, malloc, (size_t size), (size))
WRAP(FAILING_MEMORY, void *, NULL, calloc, (size_t count, size_t size), (count, size))
WRAP(FAILING_MEMORY, void *, NULL, realloc, (void *block, size_t size), (block, size))
WRAP(FAILING_MEMORY, void *, NULL, aligned_alloc, (size_t alignment, size_t size), (alignment, size))
WRAP(FAILING_MEMORY, char *, NULL, strdup, (const char *text), (text))
WRAP(FAILING_MEMORY, FILE *, NULL, open_memstream, (char **bytes, size_t *size), (bytes, size))
WRAP(FAILING_FILES, char *, NULL, realpath, (const char *path, char *to), (path, to))
WRAP(FAILING_FILES, FILE *, NULL, fopen, (const char *path, const char *mode), (path, mode))
WRAP(FAILING_FILES, FILE *, NULL, fdopen, (int file, const char *mode), (file, mode))
WRAP(FAILING_FILES, int, -1, fseeko, (FILE * f, off_t offset, int whence), (f, offset, whence))
WRAP(FAILING_FILES, int, -1, stat, (const char *path, struct stat *about), (path, about))
WRAP(FAILING_FILES, int, -1, fstat, (int file, struct stat *about), (file, about))
WRAP(FAILING_FILES, ssize_t, -1, read, (int file, void *to, size_t size), (file, to, size))
WRAP(FAILING_FILES, ssize_t, -1, write, (int file, const void *from, size_t size), (file, from, size))
WRAP(FAILING_FILES, DIR *, NULL, opendir, (const char *path), (path))
WRAP(FAILING_FILES, int, -1, mkdir, (const char *path, mode_t mode), (path, mode))
WRAP(FAILING_FILES, int, -1, mkstemp, (char *path), (path))
WRAP(FAILING_FILES, int, -1, chmod, (const char *path, mode_t mode), (path, mode))
WRAP(FAILING_FILES, int, -1, rename, (const char *from, const char *to), (from, to))

typedef void *thread_function(void *);
int __real_pthread_create(pthread_t *thread, const pthread_attr_t *attributes, thread_function *run, void *argument);
int __wrap_pthread_create(pthread_t *thread, const pthread_attr_t *attributes, thread_function *run, void *argument);
int __wrap_pthread_create(pthread_t *thread, const pthread_attr_t *attributes, thread_function *run, void *argument) {
    const bool bad = fails(FAILING_FILES, "pthread_create") || fails(FAILING_THREADS, "pthread_create");
    return bad ? EAGAIN : __real_pthread_create(thread, attributes, run, argument);
}

int __real_renameat2(int a, const char *from, int b, const char *to, unsigned flags);
int __wrap_renameat2(int a, const char *from, int b, const char *to, unsigned flags);
int __wrap_renameat2(int a, const char *from, int b, const char *to, unsigned flags) {
    const bool bad = fails(FAILING_FILES, "renameat2") || fails(FAILING_RENAMEAT2, "renameat2") ||
                     fails(FAILING_FLAGS, "renameat2");
    return bad ? -1 : __real_renameat2(a, from, b, to, flags);
}

/* A stream on which a call has failed says so by ferror(): glibc's bit for it, for which there is no call. One in
 * memory is no file. */
enum { ERROR_SEEN = 0x20 };
#define WRAP_STREAM(type, failure, name, parameters, arguments, stream)                                              \
    type __real_##name parameters;                                                                                   \
    type __wrap_##name parameters;                                                                                   \
    type __wrap_##name parameters {                                                                                  \
        if (fileno(stream) < 0 || !fails(FAILING_FILES, #name)) return __real_##name arguments;                      \
        (stream)->_flags |= ERROR_SEEN;                                                                              \
        return failure;                                                                                              \
    }
WRAP_STREAM(size_t, 0, fread, (void *to, size_t size, size_t count, FILE *f), (to, size, count, f), f)
WRAP_STREAM(size_t, 0, fwrite, (const void *from, size_t size, size_t count, FILE *f), (from, size, count, f), f)
WRAP_STREAM(int, EOF, fputc, (int c, FILE *f), (c, f), f)
WRAP_STREAM(int, -1, json_dumpf, (const json_t *json, FILE *f, size_t flags), (json, f, flags), f)
WRAP_STREAM(ssize_t, -1, getline, (char **line, size_t *size, FILE *f), (line, size, f), f)

/* Closed it is in any case. */
int __real_fclose(FILE *f);
int __wrap_fclose(FILE *f);
int __wrap_fclose(FILE *f) {
    const bool bad = fileno(f) >= 0 && fails(FAILING_FILES, "fclose");
    const int reason = errno, status = __real_fclose(f);
    if (bad) errno = reason;
    return bad ? EOF : status;
}
int __real_close(int file);
int __wrap_close(int file);
int __wrap_close(int file) {
    const bool bad = fails(FAILING_FILES, "close");
    const int reason = errno, status = __real_close(file);
    if (bad) errno = reason;
    return bad ? -1 : status;
}

int __wrap_open(const char *path, int flags, ...);
int __wrap_open(const char *path, int flags, ...) {
    va_list more;
    va_start(more, flags);
    const mode_t mode = flags & O_CREAT ? va_arg(more, mode_t) : 0;
    va_end(more);
    return fails(FAILING_FILES, "open") ? -1 : openat(AT_FDCWD, path, flags, mode);
}

int __real_vasprintf(char **to, const char *format, va_list arguments);
int __wrap_vasprintf(char **to, const char *format, va_list arguments);
int __wrap_vasprintf(char **to, const char *format, va_list arguments) {
    return fails(FAILING_WORDS, "vasprintf") ? -1 : __real_vasprintf(to, format, arguments);
}

int __wrap_asprintf(char **to, const char *format, ...);
int __wrap_asprintf(char **to, const char *format, ...) {
    va_list arguments;
    if (fails(FAILING_MEMORY, "asprintf")) return *to = NULL, -1;
    va_start(arguments, format);
    const int length = __real_vasprintf(to, format, arguments);
    va_end(arguments);
    return length;
}

static void *take(size_t size) {
    return fails(FAILING_LIBRARIES, "malloc of a library") ? NULL : __real_malloc(size);
}
static void *take_at(size_t size, const char *file, int line) {
    (void)file, (void)line;
    return take(size);
}
static void *take_again_at(void *block, size_t size, const char *file, int line) {
    (void)file, (void)line;
    return fails(FAILING_LIBRARIES, "realloc of a library") ? NULL : __real_realloc(block, size);
}
static void give_back_at(void *block, const char *file, int line) {
    (void)file, (void)line;
    free(block);
}

void failing_init(void) {
    json_set_alloc_funcs(take, free);
    CRYPTO_set_mem_functions(take_at, take_again_at, give_back_at);
}
