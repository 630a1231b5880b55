/* command_output.c - writes into a folder beside the one asked for and renames at the end.
 * SPDX-License-Identifier: Apache-2.0
 *
 * A folder that is there already is replaced only if it holds nothing but the files of an earlier run. */
#include "command.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static const char *const files[] = {
    "P.npy", "V.npy", "outliers.npy", "tokens.npy", "outlier_columns.npy", "token_rows.npy", "report.json"};
enum { FILES = sizeof files / sizeof *files };

/* Removes what decompose and apply write, then the folder; anything else in it stays, and so does the folder. */
static int remove_folder(const char *path) {
    char *name = NULL;
    for (unsigned i = 0; i < FILES; i++) {
        if (asprintf(&name, "%s/%s", path, files[i]) < 0) return -1;
        unlink(name);
        free(name);
    }
    return rmdir(path);
}

static bool is_ours(const char *name) {
    for (unsigned i = 0; i < FILES; i++)
        if (strcmp(files[i], name) == 0) return true;
    return strcmp(name, ".") == 0 || strcmp(name, "..") == 0;
}

static int check_target(const char *target) {
    DIR *folder = opendir(target);
    if (!folder)
        return command_error("%s: %s", target, errno == ENOTDIR ? "is there and not a folder" : strerror(errno));
    const struct dirent *entry;
    int status = EXIT_GOOD;
    while (!status && (entry = readdir(folder)))
        if (!is_ours(entry->d_name))
            status = command_error("%s: holds %s, which dcom did not write; not replaced", target, entry->d_name);
    closedir(folder);
    return status;
}

int output_begin(output_folder *folder, const char *target) {
    struct stat about;
    memset(folder, 0, sizeof *folder);
    folder->replaces = lstat(target, &about) == 0;
    if (folder->replaces) {
        const int status = check_target(target);
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
    char *name = NULL;
    if (asprintf(&name, "%s.dcom-XXXXXX", folder->target) < 0) {
        output_end(folder);
        return command_error("out of memory");
    }
    if (!mkdtemp(name)) {
        const int reason = errno;
        free(name);
        output_end(folder);
        return command_error("%s: cannot be written: %s", target, strerror(reason));
    }
    folder->temporary = name;
    const mode_t mask = umask(0);
    umask(mask);
    chmod(name, 0777 & ~mask);
    return EXIT_GOOD;
}

char *output_path(const output_folder *folder, const char *file) {
    char *path = NULL;
    return asprintf(&path, "%s/%s", folder->temporary, file) < 0 ? NULL : path;
}

/* The two folders change places in one step, so that one or the other is there at any time. */
int output_commit(output_folder *folder) {
    const unsigned exchange = folder->replaces ? RENAME_EXCHANGE : RENAME_NOREPLACE;
    int failed = renameat2(AT_FDCWD, folder->temporary, AT_FDCWD, folder->target, exchange);
    if (failed && (errno == EINVAL || errno == ENOSYS)) { /* a file system without it */
        if (folder->replaces) remove_folder(folder->target);
        failed = rename(folder->temporary, folder->target);
        if (!failed) {
            free(folder->temporary);
            folder->temporary = NULL;
        }
    } else if (!failed && !folder->replaces) {
        free(folder->temporary);
        folder->temporary = NULL;
    }
    /* after an exchange, `temporary` is the earlier run's folder: output_end() removes it */
    return failed ? command_error("%s: cannot be written: %s", folder->target, strerror(errno)) : EXIT_GOOD;
}

void output_end(output_folder *folder) {
    if (folder->temporary) remove_folder(folder->temporary);
    free(folder->temporary);
    free(folder->target);
    memset(folder, 0, sizeof *folder);
}
