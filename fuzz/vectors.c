/* vectors.c - fuzz target: manifest.json and index.json of golden vectors. SPDX-License-Identifier: Apache-2.0 */
#include "fuzz.h"
#include "vectors.h"

#include <stdlib.h>

static void read_manifest(const char *path) {
    run_case c;
    vectors_results r;
    vectors_file file[VECTORS_FILES];
    fuzz_listen();
    const int status = vectors_manifest_read(path, &c, &r, file);
    fuzz_check_said(status);
    FUZZ_CHECK(status == EXIT_GOOD || status == EXIT_WRONG);
    if (status) return;
    FUZZ_CHECK(case_is_name(c.name) && "it becomes a folder's");
    case_release(&c);
}

static void read_index(const char *path) {
    vectors_index *index;
    size_t count;
    fuzz_listen();
    const int status = vectors_index_read(path, &index, &count);
    fuzz_check_said(status);
    FUZZ_CHECK(status == EXIT_GOOD || status == EXIT_WRONG);
    for (size_t k = 0; !status && k < count; k++)
        FUZZ_CHECK(case_is_name(index[k].name));
    if (!status) free(index);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    const char *path = fuzz_file(data, size);
    read_manifest(path);
    read_index(path);
    return 0;
}
