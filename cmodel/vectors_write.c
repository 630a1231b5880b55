/* vectors_write.c - golden vectors into a folder that appears whole, or that is there already.
 * SPDX-License-Identifier: Apache-2.0 */
#include "vectors.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

char *vectors_path(const char *folder, const char *name) {
    char *path = NULL;
    return asprintf(&path, "%s/%s", folder, name) < 0 ? NULL : path;
}

int vectors_put(const char *path, const void *bytes, size_t size) {
    const int file = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0666);
    const char *at = bytes;
    bool good = file >= 0;
    for (ssize_t wrote; good && size > 0; at += wrote, size -= (size_t)wrote)
        good = (wrote = write(file, at, size)) > 0;
    int reason = errno;
    const bool closed = file >= 0 && close(file) == 0;
    if (good && !closed) good = false, reason = errno;
    return good ? EXIT_GOOD : command_error("%s: cannot be written: %s", path, strerror(reason));
}

bool vectors_hash(const void *bytes, size_t size, char text[65]) {
    sha256 *hash = sha256_begin();
    sha256_add(hash, bytes, size);
    return sha256_end(hash, text);
}

/* ---- what is there already ---- */

/* Whether the manifest asks for what `v` is prepared for. */
static bool same_request(const vectors *v, const json_t *manifest) {
    json_t *request = vectors_request(v), *there = json_copy((json_t *)(uintptr_t)manifest);
    json_object_del(there, "results");
    json_object_del(there, "files");
    char *one = vectors_text(request), *two = vectors_text(there);
    const bool same = one && two && strcmp(one, two) == 0;
    free(one), free(two);
    json_decref(request), json_decref(there);
    return same;
}

static bool file_is_there(const char *folder, const json_t *file, bool verify) {
    const char *name = json_string_value(json_object_get(file, "name"));
    const json_int_t size = json_integer_value(json_object_get(file, "bytes"));
    char *path = name ? vectors_path(folder, name) : NULL, hash[65];
    struct stat about;
    bool good = path && stat(path, &about) == 0 && S_ISREG(about.st_mode) && about.st_size == size;
    if (good && verify) {
        size_t got = 0;
        unsigned char *bytes = vectors_get(path, &got);
        const char *said = json_string_value(json_object_get(file, "sha256"));
        good = bytes && said && vectors_hash(bytes, got, hash) && strcmp(hash, said) == 0;
        free(bytes);
    }
    free(path);
    return good;
}

static bool is_there(const vectors *v, const char *folder, bool verify, vectors_made *made) {
    size_t size = 0;
    char *path = vectors_path(folder, "manifest.json");
    char *text = path ? (char *)vectors_get(path, &size) : NULL;
    json_t *manifest = text ? report_parse(text, size, JSON_REJECT_DUPLICATES, NULL) : NULL;
    const json_t *files = json_object_get(manifest, "files");
    const char *digest = json_string_value(json_object_get(json_object_get(manifest, "results"), "digest"));
    bool good = digest && strlen(digest) == 64 && same_request(v, manifest) &&
                json_array_size(files) == (size_t)VECTORS_FILES - !v->of->trace &&
                vectors_hash(text, size, made->sha256);
    for (size_t k = 0; good && k < json_array_size(files); k++)
        good = file_is_there(folder, json_array_get(files, k), verify);
    if (good) memcpy(made->digest, digest, sizeof made->digest);
    json_decref(manifest);
    free(text), free(path);
    return good;
}

/* ---- writing ---- */

static int put_file(const output_folder *folder, const char *name, const void *bytes, size_t size, uint64_t *total) {
    char *path = output_path(folder, name);
    const int status = path ? vectors_put(path, bytes, size) : command_error("out of memory");
    *total += size;
    free(path);
    return status;
}

static int put_trace(vectors *v, const output_folder *folder, const atomic_bool *stop, uint64_t *total) {
    char *path = output_path(folder, vectors_names[VECTORS_TRACE]);
    const int status = path ? vectors_trace(v, path, stop) : command_error("out of memory");
    *total += v->file[VECTORS_TRACE].size;
    free(path);
    return status;
}

static int check_expected(const vectors *v) {
    char word[CASE_NAME];
    const char *unmet = case_unmet(v->of, &v->result, word);
    if (!unmet) return EXIT_GOOD;
    command_error("%s: %s is expected; it stopped by %s, rank %u, flags %u, %u deflations, %u rounds", v->of->name,
                  unmet, report_stop(v->result.stop), v->result.rank, v->result.flags, v->result.deflations,
                  v->result.rounds);
    return EXIT_DIFFERENT;
}

static int put_all(vectors *v, const output_folder *folder, const atomic_bool *stop, vectors_made *made) {
    int status = EXIT_GOOD;
    for (unsigned k = 0; !status && k < VECTORS_TRACE; k++)
        status = put_file(folder, vectors_names[k], v->file[k].bytes, v->file[k].size, &made->bytes);
    if (!status && v->of->trace) status = put_trace(v, folder, stop, &made->bytes);
    if (status) return status;
    json_t *manifest = vectors_manifest(v);
    char *text = vectors_text(manifest);
    json_decref(manifest);
    if (!text || !vectors_hash(text, strlen(text), made->sha256))
        status = command_error("out of memory");
    else
        status = put_file(folder, "manifest.json", text, strlen(text), &made->bytes);
    free(text);
    return status;
}

int vectors_compare_files(const char *name, const vectors_file *expected, const vectors_file *got) {
    for (unsigned k = 0; k < VECTORS_FILES; k++) {
        if (!expected[k].sha256[0] || strcmp(expected[k].sha256, got[k].sha256) == 0) continue;
        command_error("%s: %s comes out with SHA-256 %s, the manifest says %s", name, vectors_names[k], got[k].sha256,
                      expected[k].sha256);
        return EXIT_DIFFERENT;
    }
    return EXIT_GOOD;
}

int vectors_write(vectors *v, const run_case *c, const char *target, bool verify, const atomic_bool *stop,
                  const vectors_file *expected, vectors_made *made) {
    output_folder folder;
    *made = (vectors_made){0};
    int status = vectors_prepare(v, c);
    if (status) return status;
    if ((made->skipped = is_there(v, target, verify, made))) return EXIT_GOOD;
    status = output_begin(&folder, target, vectors_names);
    if (status) return status;
    status = vectors_run(v);
    if (!status) status = check_expected(v);
    if (!status) status = put_all(v, &folder, stop, made);
    if (!status && expected) status = vectors_compare_files(c->name, expected, v->file);
    if (!status) status = output_commit(&folder);
    memcpy(made->digest, v->results.digest, sizeof made->digest);
    output_end(&folder);
    return status;
}

/* ---- files as a whole ---- */

unsigned char *vectors_get(const char *path, size_t *size) {
    const int file = open(path, O_RDONLY | O_CLOEXEC);
    struct stat about;
    unsigned char *bytes = NULL;
    *size = 0;
    const bool known = file >= 0 && fstat(file, &about) == 0;
    if (known && S_ISREG(about.st_mode))
        bytes = malloc((size_t)about.st_size + 1);
    else if (known)
        errno = EISDIR;
    for (ssize_t got = 1; bytes && got > 0; *size += (size_t)got)
        if ((got = read(file, bytes + *size, (size_t)about.st_size + 1 - *size)) < 0) {
            free(bytes);
            bytes = NULL, got = 0;
        }
    if (bytes && *size != (size_t)about.st_size) { /* LCOV_EXCL_START it changes as it is read */
        free(bytes);
        bytes = NULL, errno = EBUSY;
    } /* LCOV_EXCL_STOP */
    if (file >= 0) close(file);
    return bytes;
}
