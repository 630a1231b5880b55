/* replay.c - runs a fuzz target on the inputs of files and folders, without libFuzzer: on any build, sanitizers or
 * not. SPDX-License-Identifier: Apache-2.0
 *
 * Prints the name of an input before it is run: the last one is the one that failed. */
#include "fuzz.h"

#include <fts.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

int LLVMFuzzerInitialize(int *argc, char ***argv);

static void run(const char *path, size_t size) {
    uint8_t *data = malloc(size);
    FILE *file = fopen(path, "rb");
    FUZZ_CHECK(data && file && fread(data, 1, size, file) == size);
    fclose(file);
    puts(path);
    fflush(stdout);
    LLVMFuzzerTestOneInput(data, size);
    free(data);
}

static int by_name(const FTSENT **a, const FTSENT **b) { return strcmp((*a)->fts_name, (*b)->fts_name); }

int main(int argc, char **argv) {
    const int paths = argc;
    size_t inputs = 0;
    if (argc < 2) return fprintf(stderr, "usage: %s FILE|FOLDER ...\n", argv[0]), 2;
    LLVMFuzzerInitialize(&argc, &argv);
    argv[paths] = NULL; /* what was added for libFuzzer */
    FTS *all = fts_open(argv + 1, FTS_PHYSICAL | FTS_NOCHDIR, by_name);
    FUZZ_CHECK(all);
    for (const FTSENT *e; (e = fts_read(all));) {
        FUZZ_CHECK(e->fts_info != FTS_NS && e->fts_info != FTS_DNR && e->fts_info != FTS_ERR);
        if (e->fts_info == FTS_F) run(e->fts_path, (size_t)e->fts_statp->st_size), inputs++;
    }
    fts_close(all);
    free(argv);
    printf("%zu inputs\n", inputs);
    return inputs ? 0 : 1;
}
