/* make_digests.c - runs every line of tests/digests and prints it with the digest that came out: make_digests FILE
 * SPDX-License-Identifier: Apache-2.0 */
#include <openssl/evp.h>
#include <string.h>
#include "npy.h"
#include "runs.h"

static void update(void *user, const void *bytes, size_t count) { EVP_DigestUpdate(user, bytes, count); }

static void (*kind_of(const char *name))(run *) {
    static const struct {
        const char *name;
        void (*run)(run *);
    } kinds[] = {
        {"decompose", run_decompose}, {"apply", run_apply}, {"array", run_array}, {"accelerator", run_accelerator}};
    for (unsigned k = 0; k < sizeof kinds / sizeof *kinds; k++)
        if (strcmp(kinds[k].name, name) == 0) return kinds[k].run;
    return NULL;
}

/* One line; false after a message. */
static int take(const char *line) {
    char kind[16], config[64], matrix[64], message[256];
    run r = {.parameters = dcom_defaults(), .hash = update};
    dcom_parameters *p = &r.parameters;
    npy_matrix file = {0};
    if (sscanf(line, "%15s %63s %63s %u %u %u %u %u", kind, config, matrix, &p->rank, &p->expansion, &p->warmup,
               &p->outliers, &p->seed) != 8 ||
        !kind_of(kind))
        return fprintf(stderr, "make_digests: not a run: %s", line), 0;
    r.seed = p->seed;
    dcom_status status = strchr(config, '/') ? dcom_config_read(config, &r.config, message)
                                             : dcom_config_named(config, &r.config, message);
    if (!status && sscanf(matrix, "%ux%u", &r.tokens, &r.channels) != 2) {
        status = npy_read(matrix, &file, message);
        r.a = file.bits, r.tokens = (unsigned)file.rows, r.channels = (unsigned)file.columns;
    }
    run_check(&r, status, message);

    unsigned char digest[EVP_MAX_MD_SIZE];
    r.user = EVP_MD_CTX_new();
    EVP_DigestInit_ex(r.user, EVP_sha256(), NULL);
    if (!status) kind_of(kind)(&r);
    EVP_DigestFinal_ex(r.user, digest, NULL);
    EVP_MD_CTX_free(r.user);
    npy_release(&file);
    if (r.fault[0]) return fprintf(stderr, "make_digests: %s in: %s", r.fault, line), 0;
    printf("%-11s %-20s %-37s %4u %u %u %3u %u ", kind, config, matrix, p->rank, p->expansion, p->warmup, p->outliers,
           p->seed);
    for (unsigned k = 0; k < 32; k++)
        printf("%02x", digest[k]);
    putchar('\n');
    return 1;
}

int main(int argc, char **argv) {
    char line[512];
    FILE *file = argc == 2 ? fopen(argv[1], "r") : NULL;
    int good = file != NULL;
    if (!file) return fprintf(stderr, "usage: make_digests FILE\n"), 2;
    while (good && fgets(line, sizeof line, file))
        good = line[0] == '#' ? fputs(line, stdout) >= 0 : take(line);
    fclose(file);
    return good ? 0 : 2;
}
