/* conformance.c - a C program on the installed library: decomposes A.npy of golden vectors and prints the packets
 * that the accelerator would send, lines of `user data last`. Usage: A.npy TOKENS CHANNELS KEY=VALUE..., keys of the
 * case table. SPDX-License-Identifier: Apache-2.0 */
#include <dcom.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static int fail(const char *what) { return fprintf(stderr, "conformance: %s\n", what), 2; }

static unsigned list(const char *text, uint32_t *numbers) {
    unsigned n = 0;
    for (const char *at = text; at && n < 8; at = strchr(at, ','), at = at ? at + 1 : NULL)
        numbers[n++] = (uint32_t)strtoul(at, NULL, 10);
    return n;
}

/* The keys that a decomposition has; those of the stalls are not its. */
static void set(dcom_parameters *p, uint32_t *exact, const char **config, const char *word) {
    const char *value = strchr(word, '=') + 1;
    const unsigned number = (unsigned)strtoul(value, NULL, 10);
    if (!strncmp(word, "rank=", 5)) p->rank = number;
    if (!strncmp(word, "expansion=", 10)) p->expansion = number;
    if (!strncmp(word, "warmup=", 7)) p->warmup = number;
    if (!strncmp(word, "outliers=", 9)) p->outliers = number;
    if (!strncmp(word, "seed=", 5)) p->seed = number;
    if (!strncmp(word, "tolerance=", 10)) p->tolerance = strtod(value, NULL);
    if (!strncmp(word, "config=", 7)) *config = value;
    if (!strncmp(word, "exact-tokens=", 13)) p->exact_token_count = list(value, exact), p->exact_tokens = exact;
}

/* 16 bits a lane, the highest lane first. */
static void beat(unsigned user, const uint16_t lanes[8], int last) {
    printf("%u ", user);
    for (int e = 7; e >= 0; e--)
        printf("%04x", lanes[e]);
    printf(" %d\n", last);
}

static void columns(unsigned user, const float *x, unsigned rows, unsigned rank, unsigned first, unsigned count) {
    for (unsigned r = 0; r < rows; r++) {
        uint16_t lanes[8] = {0};
        for (unsigned e = 0; e < count; e++) {
            uint32_t bits;
            memcpy(&bits, &x[(size_t)r * rank + first + e], sizeof bits);
            lanes[e] = (uint16_t)(bits >> 16);
        }
        beat(user, lanes, r + 1 == rows);
    }
}

static void outliers(const dcom_result *r, unsigned width) {
    for (unsigned first = 0; first < r->channels; first += width) {
        uint16_t lanes[8] = {0};
        for (unsigned k = 0; k < r->outlier_count; k++) {
            const unsigned at = (unsigned)r->outliers[k] - first;
            if (at < width) lanes[at / 16] |= (uint16_t)(1u << at % 16);
        }
        beat(0, lanes, first + width >= r->channels);
    }
}

int main(int argc, char **argv) {
    char message[256];
    const char *name = "full";
    uint32_t exact[8];
    dcom_parameters p = dcom_defaults();
    dcom_config config;
    dcom_context *context;
    dcom_result r;
    if (argc < 4) return fail("A.npy TOKENS CHANNELS KEY=VALUE...");
    for (int k = 4; k < argc; k++)
        set(&p, exact, &name, argv[k]);
    const size_t tokens = strtoul(argv[2], NULL, 10), channels = strtoul(argv[3], NULL, 10),
                 count = tokens * channels;
    uint16_t *a = malloc(count * sizeof *a);
    FILE *file = fopen(argv[1], "rb");
    if (!a || !file || fseek(file, -(long)(count * sizeof *a), SEEK_END) || fread(a, sizeof *a, count, file) != count)
        return fail(argv[1]);
    fclose(file);
    if (dcom_config_named(name, &config, message)) return fail(message);
    if (dcom_create(&config, &context)) return fail("no context");
    if (dcom_decompose(context, a, tokens, channels, &p, &r)) return fail(dcom_message(context));
    outliers(&r, 8 * config.cluster_columns);
    for (unsigned k = 0, first = 0; k < r.block_count; first += r.blocks[k++]) {
        columns(1, r.v, r.channels, r.rank, first, r.blocks[k]);
        columns(2, r.p, r.tokens, r.rank, first, r.blocks[k]);
    }
    dcom_destroy(context);
    free(a);
    return 0;
}
