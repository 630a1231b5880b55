/* capsule.c - fuzz target: a failure capsule. SPDX-License-Identifier: Apache-2.0
 *
 * An input that begins as a capsule is one as it is. Of any other, the bytes up to the first 0 are the JSON of one
 * and the rest its matrix, with lengths and hash put right: they would keep everything else out. */
#include "capsule.h"
#include "command.h"
#include "fuzz.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static const char start[] = "dcom-capsule ";

static const char *wrap(const uint8_t *data, size_t size) {
    const uint8_t *zero = memchr(data, 0, size);
    const size_t header = zero ? (size_t)(zero - data) : size, payload = zero ? size - header - 1 : 0;
    char *file = malloc(size + 128), sum[65];
    FUZZ_CHECK(file);
    int length = sprintf(file, "%s%d %010zu %010zu\n", start, CAPSULE_FORMAT, header, payload);
    memcpy(file + length, data, header);
    if (payload) memcpy(file + length + header, zero + 1, payload);
    length += (int)(header + payload);
    sha256 *hash = sha256_begin();
    sha256_add(hash, file, (size_t)length);
    FUZZ_CHECK(sha256_end(hash, sum));
    length += sprintf(file + length, "%s\n", sum);
    const char *path = fuzz_file(file, (size_t)length);
    free(file);
    return path;
}

/* What was read, written and read again. */
static void check_again(const capsule *c) {
    capsule again;
    char path[96];
    snprintf(path, sizeof path, "%s/capsule", fuzz_folder());
    FUZZ_CHECK(capsule_write(path, c) == EXIT_GOOD && capsule_read(path, &again) == EXIT_GOOD);
    unlink(path);
    FUZZ_CHECK(again.a.rows == c->a.rows && again.a.columns == c->a.columns);
    FUZZ_CHECK(!memcmp(again.a.bits, c->a.bits, c->a.rows * c->a.columns * sizeof *c->a.bits));
    FUZZ_CHECK(!strcmp(again.message, c->message) && !strcmp(again.fault.name, c->fault.name));
    FUZZ_CHECK(again.divergence.count == c->divergence.count && again.model.end == c->model.end);
    FUZZ_CHECK(!memcmp(&again.divergence.history, &c->divergence.history, sizeof c->divergence.history));
    FUZZ_CHECK(dcom_config_id(&again.config) == dcom_config_id(&c->config));
    FUZZ_CHECK(again.parameters.exact_token_count == c->parameters.exact_token_count);
    capsule_release(&again);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    const bool whole = size >= sizeof start - 1 && !memcmp(data, start, sizeof start - 1);
    capsule c;
    fuzz_listen();
    const int status = capsule_read(whole ? fuzz_file(data, size) : wrap(data, size), &c);
    fuzz_check_said(status);
    FUZZ_CHECK(status == EXIT_GOOD || status == EXIT_WRONG);
    if (status) return 0;
    check_again(&c);
    fuzz_check_said(false);
    capsule_release(&c);
    return 0;
}
