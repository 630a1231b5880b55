/* make_results.c - a results.db as `make regress` leaves it, of invented runs: for the tests of the report.
 * SPDX-License-Identifier: Apache-2.0
 *
 * make_results FOLDER RUNS PAST KIND [SQL]    RUNS tests in the last regression, as many in each of PAST before it, a
 * tenth where they are MANY. KIND: good (all pass), bad (failures in six buckets), hostile (bad, with texts that
 * break what does not escape them), cut (the last regression has not ended, tests are missing). SQL is done to it at
 * the end. Everything is a function of the arguments. Prints what the last regression has, as KEY VALUE. */
#include "accelerator_ports.h"
#include "hash.h"
#include "../regress/results.h"

#include <stdarg.h>

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { CASES = 60, BINS = 130, EXPANSIONS = 4, MANY = 10000 };

static sqlite3 *db;

static void check(int code) {
    if (code == SQLITE_OK || code == SQLITE_DONE || code == SQLITE_ROW) return;
    fprintf(stderr, "make_results: %s\n", sqlite3_errmsg(db));
    exit(2);
}

static void sql(const char *text) { check(sqlite3_exec(db, text, NULL, NULL, NULL)); }

/* Inserts a row: s text (NULL: NULL), i integer, d double. */
static void insert(sqlite3_stmt *s, const char *types, ...) {
    va_list values;
    va_start(values, types);
    for (int k = 0; types[k]; k++)
        if (types[k] == 's')
            check(sqlite3_bind_text(s, k + 1, va_arg(values, const char *), -1, SQLITE_TRANSIENT));
        else if (types[k] == 'i')
            check(sqlite3_bind_int64(s, k + 1, va_arg(values, int64_t)));
        else
            check(sqlite3_bind_double(s, k + 1, va_arg(values, double)));
    va_end(values);
    check(sqlite3_step(s));
    check(sqlite3_reset(s));
}

static sqlite3_stmt *prepare(const char *table, int columns) {
    char text[256];
    int length = snprintf(text, sizeof text, "INSERT INTO %s VALUES (?", table);
    while (--columns)
        length += snprintf(text + length, sizeof text - (size_t)length, ",?");
    snprintf(text + length, sizeof text - (size_t)length, ")");
    sqlite3_stmt *s = NULL;
    check(sqlite3_prepare_v2(db, text, -1, &s, NULL));
    return s;
}

/* ---- what there is ---- */

typedef struct {
    const char *kind, *unit, *reg, *message;
    uint64_t clock;
} fault;

static const fault faults[] = {
    {"divergence", "mac_grid", "product_q",
     "clock 18231: row[1].node[0].u_cluster.u_mac_grid.product_q[37]: model 3f8a0000, RTL 3f8b0000", 18231},
    {"divergence", "scalar", "quotient_q", "clock 20411: u_scalar.quotient_q[2]: model 3dcccccd, RTL 3dcccccc",
     20411},
    {"timeout", "", "", "past its limit of 60 s", 0},
    {"crash", "", "", "SIGSEGV; the last on stderr: sim: tile_memory.v:81: index 64 of 64", 0},
    {"expect", "", "", "expect=rank:9: the rank is 8", 0},
    {"quality", "", "", "relative error 0.4102, the optimum of rank 16 is 0.2605: ratio 1.575", 0},
};
static const fault hostile[] = {
    {"divergence", "<script>", "]]>", "</script><script>document.title='taken'</script> <!-- ]]> & \"'` | \\", 7},
    {"crash", "", "",
     "\033[31mred\033[0m \001\002 \177 \xff\xfe broken \xc0\xaf \xed\xa0\x80 \xef\xbf\xbf two\nlines\r\n\ttab", 0},
    {"quality", "", "", "::error::100%25 | `code` ``` fence\n```\n# heading", 0},
    {"timeout", "", "", "<!--<script>", 0},
    {"input", "", "", "../../x\" onclick=\"alert(1)", 0},
    {"expect", "", "", "\xf0\x9f\x98\x80 \xe2\x80\xae flipped", 0},
};

static const char *const stalls[] = {"none", "light", "heavy"};

typedef struct {
    char name[64], input[64], parameters[96], tags[32];
    bool small;
    const char *mode;
    unsigned rows, columns, rank, expansion;
} invented;

static invented invent(unsigned k) {
    static const char *const inputs[] = {"noise", "spectrum", "sparse", "lowrank", "constant"};
    static const unsigned expansions[EXPANSIONS] = {1, 2, 4, 8};
    invented c = {.small = k % 3 == 2, .mode = k % 10 == 9 ? "untimed" : k % 10 == 8 ? "timed" : "lockstep"};
    c.rows = 8 * (2 + hash3(1, k, 0) % (c.small ? 40 : 7));
    c.columns = 8 * (2 + hash3(1, k, 1) % (c.small ? 60 : 7));
    c.rank = 4 + hash3(1, k, 2) % 12;
    c.expansion = expansions[k % EXPANSIONS];
    snprintf(c.name, sizeof c.name, "%s-e%u-%s-%02u", inputs[k % 5], c.expansion, stalls[k % 3], k);
    snprintf(c.input, sizeof c.input, "%s(%u,%u)", inputs[k % 5], c.rows, c.columns);
    snprintf(c.parameters, sizeof c.parameters, "rank=%u expansion=%u warmup=1 outliers=4 stall=%s", c.rank,
             c.expansion, stalls[k % 3]);
    snprintf(c.tags, sizeof c.tags, "random%s", k % 3 ? ",stall" : "");
    return c;
}

static void bin_name(char name[32], unsigned k) {
    static const char *const groups[] = {"expansion:%u", "stop:%u",    "flag:%u",   "stall:%u",
                                         "rounds:%u",    "arc:S%u>S1", "operand:%u"};
    snprintf(name, 32, groups[k % 7], k / 7);
}

/* The last bins are hit by no run; of the two before each configuration hits one. */
static bool bin_hit(unsigned k, bool small, uint64_t draw) {
    if (k >= BINS - 6) return false;
    if (k >= BINS - 8) return (k & 1) == small;
    return k % 3 == 0 || hash3(draw, k, 9) % 5 == 0;
}

/* Useful multiply-adds, and the clocks of each counter: what such a run would do, roughly. */
static uint64_t counters(const invented *c, unsigned jitter, uint64_t *clocks, char *text, size_t size) {
    const unsigned lanes = 8, clusters = c->small ? 4 : 1, blocks = c->rank / c->expansion + 1;
    const uint64_t elements = (uint64_t)c->rows * c->columns, pass = elements / (8 * clusters);
    const uint64_t tokens = 2 * blocks * pass, basis = blocks * (c->columns + 40), beats = elements / (8 * clusters);
    const uint64_t kinds[][9] = {{40, beats, 90, tokens, basis, 60 * blocks, 30 * blocks, 12 * blocks, 20 + jitter},
                                 {0, tokens + basis / 2, basis / 8, 0, basis / 4},
                                 {0, beats, jitter, 0},
                                 {0, beats / 4, 3, beats / 8},
                                 {0, 40 * blocks, 20 * blocks},
                                 {0, tokens / 2, tokens / 9},
                                 {0, tokens / 3, tokens / 8}};
    static const unsigned counts[] = {9, 5, 4, 4, 3, 3, 3};
    *clocks = 0;
    for (unsigned k = 0; k < 9; k++)
        *clocks += kinds[0][k];
    int length = snprintf(text, size, "[");
    for (unsigned u = 0; u < 7; u++) {
        uint64_t busy = 0;
        for (unsigned k = u ? 1 : 0; k < counts[u]; k++)
            busy += kinds[u][k];
        for (unsigned k = 0; k < counts[u]; k++)
            length += snprintf(text + length, size - (size_t)length, "%s%llu", u || k ? "," : "",
                               (unsigned long long)(u && !k ? *clocks - busy : kinds[u][k]));
    }
    snprintf(text + length, size - (size_t)length, "]");
    return 2 * blocks * elements * c->expansion * (lanes == 8);
}

/* ---- a regression ---- */

static struct {
    unsigned runs, failed;
    uint64_t clocks, macs;
} made; /* of the last one */

static void one_run(sqlite3_stmt *s, const char *regression, unsigned k, int64_t number, bool last,
                    const char *kind) {
    const invented c = invent(k);
    const int64_t seed = number < 20 ? number + 1 : (int64_t)hash3(5, k, (uint64_t)number);
    const uint64_t draw = hash3((uint64_t)seed, k, 3);
    const bool timed = strcmp(c.mode, "untimed") != 0, bad = strcmp(kind, "good") != 0 && strcmp(kind, "cut") != 0;
    const fault *f = NULL;
    if (bad && hash3(draw, 7, last) % 400 == 0) f = &faults[hash3(draw, 8, 0) % (last ? 6 : 4)];
    if (bad && number == 0 && k < (last ? 6 : 1)) f = last && strcmp(kind, "hostile") == 0 ? &hostile[k] : &faults[k];
    char list[1024], bins[4096] = "[", stimulus[17], digest[65], again[512], signature[128] = "", host[16];
    uint64_t clocks = 0;
    if (!number && !k) memset(&made, 0, sizeof made);
    const uint64_t macs =
        counters(&c, (unsigned)(draw % 200) + (last && k == 7 ? 500 : 0), &clocks, list, sizeof list);
    size_t length = 1;
    made.runs++;
    made.failed += f != NULL;
    made.clocks += timed ? clocks : 0;
    made.macs += timed ? macs : 0;
    for (unsigned b = 0; b < BINS; b++) {
        char name[32];
        bin_name(name, b);
        if (bin_hit(b, c.small, draw))
            length += (size_t)snprintf(bins + length, sizeof bins - length, "%s\"%s\"", length > 1 ? "," : "", name);
    }
    snprintf(bins + length, sizeof bins - length, "]");
    snprintf(stimulus, sizeof stimulus, "%016llx", (unsigned long long)draw * 0x9E3779B97F4A7C15ULL);
    for (unsigned n = 0; n < 4; n++)
        snprintf(digest + 16 * n, 17, "%016llx",
                 (unsigned long long)hash3(draw, n, last && k == 9) * 0xD1B54A32D192ED03ULL);
    snprintf(again, sizeof again,
             "make sim CONFIG=%s INPUT='%s' RANK=%u EXPANSION=%u WARMUP=1 OUTLIERS=4 SEED=%lld STALL=%s",
             c.small ? "small" : "tiny", c.input, c.rank, c.expansion, (long long)seed, stalls[k % 3]);
    if (f)
        snprintf(signature, sizeof signature, "%s%s%s%s%s", f->kind, *f->unit ? " " : "", f->unit, *f->reg ? " " : "",
                 f->reg);
    snprintf(host, sizeof host, "n%llu", (unsigned long long)(draw % 3 + 1));
    insert(s, "ssissssssissiiiissdisds", regression, c.name, seed, f ? "fail" : "pass", signature, f ? f->kind : "",
           f ? f->unit : "", f ? f->reg : "", f ? f->message : "", f ? (int64_t)f->clock : 0, stimulus,
           f ? "" : digest, timed ? (int64_t)clocks : 0, (int64_t)macs, (int64_t)(c.rows * c.columns / 8),
           (int64_t)(c.rank * c.rows / 8), timed ? list : "", bins,
           (double)clocks * (c.small ? 2e-6 : 7e-7) + (double)(draw % 97) / 20000, (int64_t)(21000 + draw % 9000),
           host, 1796000000.0 + (double)number / 100, again);
}

static void regression(unsigned number, unsigned runs, bool last, const char *kind) {
    char name[64], started[32], ended[32], options[96], list[4096] = "[", commit[41];
    const char *unit[] = {
#define COUNTER(unit, kind) "[\"" unit "\",\"" kind "\"]",
        ACCELERATOR_COUNTERS(COUNTER)};
    const bool cut = last && strcmp(kind, "cut") == 0;
    snprintf(name, sizeof name, "202611%02uT014500Z-%u", 1 + number % 29, 1000 + number);
    snprintf(started, sizeof started, "2026-11-%02uT01:45:00Z", 1 + number % 29);
    snprintf(ended, sizeof ended, "2026-11-%02uT01:%02u:11Z", 1 + number % 29, 47 + number % 7);
    snprintf(commit, sizeof commit, "%08x%08x%08x%08x%08x", hash3(number, 0, 0), hash3(number, 1, 0),
             hash3(number, 2, 0), hash3(number, 3, 0), hash3(number, 4, 0));
    snprintf(options, sizeof options, "rerun= seeds=0 case= tests=%016x programs=%016x", hash3(number, 5, 0),
             hash3(number, 6, 0));
    sqlite3_stmt *s = prepare("regression", 16);
    insert(s, "sssissssisssssis", name, started, cut ? NULL : ended, (int64_t)(1000 + number),
           "regress/short.cases regress/medium.cases", "medium", "", options, (int64_t)runs, commit, "0.2.0",
           "Verilator 5.006 2023-01-22", "clang 14.0.6", "local", (int64_t)2, "bench-1");
    sqlite3_finalize(s);
    size_t length = 1;
    char bins[8192] = "[";
    for (size_t k = 0; k < sizeof unit / sizeof *unit; k++)
        length += (size_t)snprintf(list + length, sizeof list - length, "%s%s", k ? "," : "", unit[k]);
    snprintf(list + length, sizeof list - length, "]");
    length = 1;
    for (unsigned k = 0; k < BINS; k++) {
        char bin[32];
        bin_name(bin, k);
        length += (size_t)snprintf(bins + length, sizeof bins - length, "%s\"%s\"", k ? "," : "", bin);
    }
    snprintf(bins + length, sizeof bins - length, "]");
    s = prepare("config", 6);
    insert(s, "ssiiss", name, "tiny", (int64_t)64, (int64_t)8, list, bins);
    insert(s, "ssiiss", name, "small", (int64_t)256, (int64_t)8, list, bins);
    sqlite3_finalize(s);
    s = prepare("testcase", 11);
    sqlite3_stmt *r = prepare("run", 23);
    for (unsigned k = 0; k < CASES; k++) {
        const invented c = invent(k);
        const unsigned tests = runs / CASES + (k < runs % CASES);
        insert(s, "ssssssssssi", name, c.name, c.small ? "small" : "tiny", c.mode, c.input, c.parameters,
               k % 4 ? "short" : "medium", c.tags, "decompose,stalls",
               last && k == 0 && strcmp(kind, "hostile") == 0 ? "<b>bold</b> & ]]>" : "drawn at random",
               (int64_t)tests);
        for (unsigned n = 0; n < tests - (cut && k > 50 && tests > 1); n++)
            one_run(r, name, k, n, last, kind);
    }
    sqlite3_finalize(s);
    sqlite3_finalize(r);
    char text[1024];
    snprintf(
        text, sizeof text,
        "INSERT INTO bucket SELECT '%s', signature, name, min(seed), 'failures/' || replace(signature, ' ', '-') ||"
        " '.capsule', 'failures/x.fst', 'failures/x.log', again FROM run WHERE regression = '%s' AND verdict = 'fail'"
        " GROUP BY signature",
        name, name);
    sql(text);
}

int main(int argc, char **argv) {
    if (argc < 5) {
        fputs("make_results FOLDER RUNS PAST good|bad|hostile|cut [SQL]\n", stderr);
        return 2;
    }
    const unsigned runs = (unsigned)atoi(argv[2]), past = (unsigned)atoi(argv[3]);
    results r;
    if (results_open(&r, argv[1], true)) return 2;
    db = r.db;
    sql("PRAGMA journal_mode = OFF; PRAGMA synchronous = OFF; BEGIN");
    for (unsigned k = 0; k <= past; k++)
        regression(k, k == past || runs < MANY ? runs : runs / 10, k == past, argv[4]);
    if (argc > 5) sql(argv[5]);
    sql("COMMIT; PRAGMA journal_mode = WAL");
    printf("run %u\nfailed %u\nclocks %llu\nmacs %llu\n", made.runs, made.failed, (unsigned long long)made.clocks,
           (unsigned long long)made.macs);
    results_close(&r);
    return 0;
}
