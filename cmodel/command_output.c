/* command_output.c - writes into a folder beside the one asked for and renames at the end.
 * SPDX-License-Identifier: Apache-2.0
 *
 * A folder that is there already is replaced only if it holds nothing but the files of an earlier run. */
#include "command.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

/* Removes the files of a run, then the folder; anything else in it stays, and so does the folder. */
static int remove_folder(const char *path, const char *const *files) {
    char name[PATH_MAX]; /* of no memory that there might not be */
    for (; *files; files++)
        if ((size_t)snprintf(name, sizeof name, "%s/%s", path, *files) < sizeof name) unlink(name);
    return rmdir(path);
}

static bool is_ours(const char *name, const char *const *files) {
    for (; *files; files++)
        if (strcmp(*files, name) == 0) return true;
    return strcmp(name, ".") == 0 || strcmp(name, "..") == 0;
}

static int check_target(const char *target, const char *const *files) {
    DIR *folder = opendir(target);
    if (!folder)
        return command_error("%s: %s", target, errno == ENOTDIR ? "is there and not a folder" : strerror(errno));
    const struct dirent *entry;
    int status = EXIT_GOOD;
    while (!status && (entry = readdir(folder)))
        if (!is_ours(entry->d_name, files))
            status = command_error("%s: holds %s, which dcom did not write; not replaced", target, entry->d_name);
    closedir(folder);
    return status;
}

/* Makes the folder TARGET.dcom-N beside the target. It is locked for as long as its process lives. */
static int make_temporary(output_folder *folder) {
    for (unsigned n = 0;; n++) {
        if (asprintf(&folder->temporary, "%s%s%u", folder->target, OUTPUT_TEMPORARY, n) < 0) return ENOMEM;
        if (mkdir(folder->temporary, 0777) == 0) {
            folder->lock = open(folder->temporary, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
            if (folder->lock >= 0) flock(folder->lock, LOCK_EX | LOCK_NB);
            return 0;
        }
        const int reason = errno;
        free(folder->temporary);
        folder->temporary = NULL;
        if (reason != EEXIST) return reason;
    }
}

void output_sweep(const char *parent, const char *name, const char *const *files) {
    DIR *folder = opendir(parent);
    const struct dirent *entry;
    while (folder && (entry = readdir(folder))) {
        const char *end = strstr(entry->d_name, OUTPUT_TEMPORARY);
        char path[PATH_MAX];
        const size_t length = end ? (size_t)(end - entry->d_name) : 0;
        if (!end || (name && (strlen(name) != length || strncmp(entry->d_name, name, length) != 0))) continue;
        if ((size_t)snprintf(path, sizeof path, "%s/%s", parent, entry->d_name) >= sizeof path) continue;
        const int lock = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
        if (lock >= 0 && flock(lock, LOCK_EX | LOCK_NB) == 0) remove_folder(path, files);
        if (lock >= 0) close(lock);
    }
    if (folder) closedir(folder);
}

int output_begin(output_folder *folder, const char *target, const char *const *files) {
    struct stat about;
    *folder = (output_folder){.files = files, .lock = -1};
    folder->replaces = lstat(target, &about) == 0;
    if (folder->replaces) {
        const int status = check_target(target, files);
        if (status) return status;
    }
    folder->target =
        folder->replaces ? realpath(target, NULL) : strdup(target); /* a link stays, what it names changes */
    if (!folder->target) return command_error("%s: %s", target, strerror(errno));
    size_t length = strlen(folder->target);
    while (length > 1 && folder->target[length - 1] == '/')
        folder->target[--length] = 0;
    if (length == 0) {
        output_end(folder);
        return command_error("--out is empty");
    }
    const int reason = make_temporary(folder);
    if (!reason) return EXIT_GOOD;
    output_end(folder);
    return command_error("%s: cannot be written: %s", target, strerror(reason));
}

char *output_path(const output_folder *folder, const char *file) {
    char *path = NULL;
    return asprintf(&path, "%s/%s", folder->temporary, file) < 0 ? NULL : path;
}

/* The two folders change places in one step, so that one or the other is there at any time. */
static int rename_folder(output_folder *folder) {
    const unsigned exchange = folder->replaces ? RENAME_EXCHANGE : RENAME_NOREPLACE;
    int failed = renameat2(AT_FDCWD, folder->temporary, AT_FDCWD, folder->target, exchange);
    const bool can_exchange = !failed || (errno != EINVAL && errno != ENOSYS);
    if (!can_exchange) { /* a file system without it */
        if (folder->replaces) remove_folder(folder->target, folder->files);
        failed = rename(folder->temporary, folder->target);
    }
    if (failed || (can_exchange && folder->replaces)) return failed;
    free(folder->temporary);
    folder->temporary = NULL;
    return 0; /* after an exchange, `temporary` is the earlier run's folder: output_end() removes it */
}

int output_commit(output_folder *folder) {
    int failed = rename_folder(folder);
    if (failed && (errno == EEXIST || errno == ENOTEMPTY)) { /* another process has made it meanwhile */
        if (check_target(folder->target, folder->files)) return EXIT_WRONG;
        folder->replaces = true;
        failed = rename_folder(folder);
    }
    return failed ? command_error("%s: cannot be written: %s", folder->target, strerror(errno)) : EXIT_GOOD;
}

void output_end(output_folder *folder) {
    if (folder->temporary) remove_folder(folder->temporary, folder->files);
    if (folder->files && folder->lock >= 0) close(folder->lock);
    free(folder->temporary);
    free(folder->target);
    memset(folder, 0, sizeof *folder);
}
