/* mock_worker.c - a worker of the regression that simulates nothing: what a test does, its case's name says.
 * SPDX-License-Identifier: Apache-2.0
 *
 *   quick*        passes at once           ms20-*       passes after 20 ms
 *   diverge*      fails, by a register     quality*     fails, without one
 *   same*         has one stimulus         hang*        never answers
 *   crash*        SIGSEGV                  exit*        exit status 3, after a line on stderr
 *   killed*       SIGKILL each time        garbage*     answers something else
 *   some*         every seventh seed fails
 * What it answers is a function of the line alone. Without --worker it is the lockstep: it leaves the capsule, or the
 * waves, that it is told to. */
#include "hash.h"

#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

static bool is(const char *name, const char *begin) { return strncmp(name, begin, strlen(begin)) == 0; }

static uint32_t hash_of(const char *text) {
    uint32_t h = 0;
    for (; *text; text++)
        h = hash3(h, (unsigned char)*text, 0);
    return h;
}

static void misbehave(const char *name) {
    if (is(name, "ms")) {
        const long ms = atol(name + 2);
        nanosleep(&(struct timespec){ms / 1000, ms % 1000 * 1000000}, NULL);
    }
    while (is(name, "hang"))
        pause();
    if (is(name, "crash")) raise(SIGSEGV);
    if (is(name, "killed")) raise(SIGKILL);
    if (is(name, "exit")) fprintf(stderr, "first\nan assertion, perhaps\n"), exit(3);
    if (is(name, "garbage")) puts("Segmentation fault"), fflush(stdout);
}

static void answer(char *line) {
    const char *seed = strstr(line, " seed=");
    const uint32_t h = hash_of(line);
    const unsigned number = seed ? (unsigned)strtoul(seed + 6, NULL, 10) : 0;
    char *name = strtok(line, " ");
    misbehave(name);
    if (is(name, "garbage")) return;
    const bool diverges = is(name, "diverge") || (is(name, "some") && number % 7 == 0),
               bad = diverges || is(name, "quality");
    printf("{\"case\":\"%s\",\"seed\":%u,\"verdict\":\"%s\",\"stimulus\":\"%08x%08x\",\"digest\":\"%08x\"", name,
           number, bad ? "fail" : "pass", is(name, "same") ? 0 : h, is(name, "same") ? 0 : number, hash3(h, 1, 1));
    if (diverges)
        printf(",\"kind\":\"divergence\",\"unit\":\"cluster\",\"register\":\"row[%u].node[0].u_cluster.u_mac_grid."
               "product_q[3]\","
               "\"message\":\"model 1, RTL 2\",\"clock\":%u",
               number % 4, h % 1000);
    else if (bad)
        printf(",\"kind\":\"quality\",\"message\":\"poor\"");
    printf(",\"clocks\":%u,\"macs\":%u,\"beats_in\":64,\"beats_out\":8,\"seconds\":0.001,\"peak_kb\":%d,\"counters\":"
           "[1,2,%u],"
           "\"bins\":[\"expansion:8\",\"stall:none\"]}\n",
           h % 100000, h % 1000000, 1000 + (int)getpid() % 100, h % 100);
    fflush(stdout);
}

static int leave(const char *path, const char *what) {
    FILE *f = fopen(path, "w");
    if (!f) return 2;
    fprintf(f, "%s\n", what);
    return fclose(f) ? 2 : 1;
}

int main(int argc, char **argv) {
    char line[65536];
    bool worker = false;
    for (int k = 1; k < argc; k++) {
        worker |= strcmp(argv[k], "--worker") == 0;
        if (k + 1 < argc && strcmp(argv[k], "--waves") == 0) return leave(argv[k + 1], "waves");
        if (k + 1 < argc && strcmp(argv[k], "--capsule") == 0)
            return puts("DIVERGENCE"), leave(argv[k + 1], "a capsule");
    }
    if (!worker) return 2;
    if (getenv("MOCK_SILENT")) return fprintf(stderr, "no license\n"), 4;
    printf("{\"worker\":1,\"config\":\"tiny\",\"commit\":\"%s\",\"version\":\"0\",\"verilator\":\"none\","
           "\"compiler\":\"none\","
           "\"counters\":[[\"array\",\"idle\"],[\"array\",\"busy\"],[\"loader\",\"idle\"]],\"bins\":[\"expansion:8\","
           "\"stall:none\",\"deflation\"]}\n",
           getenv("MOCK_COMMIT") ? getenv("MOCK_COMMIT") : "mock");
    fflush(stdout);
    while (fgets(line, sizeof line, stdin)) {
        line[strcspn(line, "\n")] = 0;
        answer(line);
    }
    return 0;
}
