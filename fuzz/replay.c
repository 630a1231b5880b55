/* replay.c - runs a fuzz target on the inputs of files and folders, without libFuzzer: on any build, sanitizers or
 * not. SPDX-License-Identifier: Apache-2.0
 *
 * Prints the name of an input before it is run: the last one is the one that failed. */
#include "fuzz.h"

#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>

int LLVMFuzzerInitialize(int *argc, char ***argv);

static size_t run_file(const char *path, size_t size) {
    uint8_t *data = malloc(size + 1);
    FILE *file = fopen(path, "rb");
    FUZZ_CHECK(data && file && fread(data, 1, size, file) == size);
    fclose(file);
    puts(path);
    fflush(stdout);
    LLVMFuzzerTestOneInput(data, size);
    free(data);
    return 1;
}

static int is_input(const struct dirent *e) { return e->d_name[0] != '.'; }

/* The inputs that were run. */
static size_t run(const char *path) {
    struct dirent **entry;
    struct stat about;
    size_t inputs = 0;
    FUZZ_CHECK(!stat(path, &about) && "it is there");
    if (!S_ISDIR(about.st_mode)) return run_file(path, (size_t)about.st_size);
    const int count = scandir(path, &entry, is_input, alphasort);
    FUZZ_CHECK(count >= 0);
    for (int k = 0; k < count; k++) {
        char *one = NULL;
        FUZZ_CHECK(asprintf(&one, "%s/%s", path, entry[k]->d_name) > 0);
        inputs += run(one);
        free(one);
        free(entry[k]);
    }
    free(entry);
    return inputs;
}

int main(int argc, char **argv) {
    const int paths = argc;
    size_t inputs = 0;
    if (argc < 2) return fprintf(stderr, "usage: %s FILE|FOLDER ...\n", argv[0]), 2;
    LLVMFuzzerInitialize(&argc, &argv); /* adds what libFuzzer is to have */
    for (int k = 1; k < paths; k++)
        inputs += run(argv[k]);
    free(argv);
    printf("%zu inputs\n", inputs);
    return inputs ? 0 : 1;
}
