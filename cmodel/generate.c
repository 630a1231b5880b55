/* generate.c - matrices from a name, a few numbers and a seed. SPDX-License-Identifier: Apache-2.0 */
#include "generate.h"
#include "hash.h"

#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { NORMAL = 127, FRACTION = 23, LEAST_EXPONENT = -133, MOST_EXPONENT = 120 };

/* Rounded to nearest even. */
static uint16_t bf16(float x) {
    uint32_t bits;
    memcpy(&bits, &x, sizeof bits);
    return (uint16_t)((bits + 0x7FFF + (bits >> 16 & 1)) >> 16);
}

/* n 2^exponent, |n| < 256: exact, subnormal or not. */
static uint16_t scaled(int n, int exponent) {
    const unsigned magnitude = (unsigned)abs(n);
    unsigned bits = magnitude;
    if (magnitude && exponent > LEAST_EXPONENT) {
        const int top = 31 - __builtin_clz(magnitude), field = exponent + top + NORMAL;
        bits = field > 0 ? (unsigned)field << 7 | (magnitude << (7 - top) & 127)
                         : magnitude << (exponent - LEAST_EXPONENT);
    }
    return (uint16_t)(bits | (n < 0 ? 0x8000 : 0));
}

/* -255..255 of eight bits and a sign */
static int small(uint32_t h) { return h & 256 ? -(int)(h & 255) : (int)(h & 255); }

/* ---- one element ---- */

typedef uint16_t element_function(const generator *g, uint32_t seed, unsigned row, unsigned column);

static uint16_t zero(const generator *g, uint32_t seed, unsigned row, unsigned column) {
    return g->number[0] && hash3(seed, row, column) & 1 ? 0x8000 : 0;
}

static uint16_t constant(const generator *g, uint32_t seed, unsigned row, unsigned column) {
    (void)seed, (void)row, (void)column;
    return (uint16_t)g->number[0];
}

static uint16_t identity(const generator *g, uint32_t seed, unsigned row, unsigned column) {
    (void)seed;
    return row == column ? scaled(1, g->number[0]) : 0;
}

static uint16_t noise(const generator *g, uint32_t seed, unsigned row, unsigned column) {
    return scaled(small(hash3(seed, row, column)), g->number[0]);
}

/* Columns in pairs, x and -(x + 1) of one exponent: what is left of their sum is the last bit. */
static uint16_t cancel(const generator *g, uint32_t seed, unsigned row, unsigned column) {
    const uint32_t h = hash3(seed, row, column / 2);
    const int x = 128 + (int)(h % 127), sign = h >> 31 ? -1 : 1;
    return scaled(column & 1 ? -sign * (x + 1) : sign * x, g->number[0]);
}

/* Odd whole numbers, and a few of 2^-24: sums of signs times them lie half way between two BF16 or two FP32. */
static uint16_t ties(const generator *g, uint32_t seed, unsigned row, unsigned column) {
    (void)g;
    const uint32_t h = hash3(seed, row, column);
    const int odd = (int)(h >> 8 & 31) * 2 + 1;
    return scaled(h & 1 ? -odd : odd, h >> 16 & 3 ? 0 : -24);
}

static uint16_t repeat(const generator *g, uint32_t seed, unsigned row, unsigned column) {
    return scaled(small(hash3(seed, row, column % (unsigned)g->number[0])), -8);
}

/* Sums of products of -2..2, all exact: the rank is the number, or less. */
static uint16_t deficient(const generator *g, uint32_t seed, unsigned row, unsigned column) {
    int sum = 0;
    for (unsigned k = 0; k < (unsigned)g->number[0]; k++)
        sum += ((int)(hash3(seed, row, 2 * k) % 5) - 2) * ((int)(hash3(seed, column, 2 * k + 1) % 5) - 2);
    return scaled(sum, 0);
}

/* Every so-manyth column is zero. */
static uint16_t holes(const generator *g, uint32_t seed, unsigned row, unsigned column) {
    return column % (unsigned)g->number[0] ? scaled(small(hash3(seed, row, column)), -8) : 0;
}

/* The first column of each of so many runs of columns is an outlier. */
static bool is_outlier(const generator *g, unsigned count, unsigned column) {
    const unsigned run = count < g->columns ? g->columns / (count ? count : 1) : 1;
    return column % run == 0 && column / run < count;
}

static uint16_t outliers(const generator *g, uint32_t seed, unsigned row, unsigned column) {
    const int more = is_outlier(g, (unsigned)g->number[0], column) ? g->number[1] : 0;
    return scaled(small(hash3(seed, row, column)), more - 8);
}

static uint16_t range(const generator *g, uint32_t seed, unsigned row, unsigned column) {
    const uint32_t h = hash3(seed, row, column);
    const int low = g->number[0], high = g->number[1], span = (high > low ? high - low : low - high) + 1;
    return scaled(small(h), (low < high ? low : high) + (int)(h >> 9) % span);
}

/* ---- activation-like, quick: a decaying spectrum, noise, outlier channels ---- */

enum { MOST_RANK = 16, STEP = 16 };

/* Four lanes of any machine: STEP sums stay in registers. */
typedef float lanes __attribute__((vector_size(16)));

/* A row is sum over k of (weight u_k) v_k, weights 256 (3/4)^k, u and v -127..127, and noise of 16 bits: below 2^24
 * at any point, so exact in FP32 in any order. `v`: for each STEP columns, each k, and behind them their scale. */
static void spectrum(const generator *g, uint32_t seed, uint16_t *a, lanes *v) {
    const unsigned rank = (unsigned)g->number[0], steps = (g->columns + STEP - 1) / STEP;
    for (unsigned c = 0; c < steps * STEP; c++) {
        float *at = (float *)(v + (size_t)(c / STEP) * (rank + 1) * (STEP / 4)) + c % STEP;
        for (unsigned k = 0; k < rank; k++)
            at[k * STEP] = (float)((int)(hash3(seed, c, 2 * k + 1) >> 24) % 255 - 127);
        at[rank * STEP] = is_outlier(g, (unsigned)g->number[1], c) ? 0x1p-16F : 0x1p-20F;
    }
    for (unsigned row = 0; row < g->rows; row++, a += g->columns) {
        float u[MOST_RANK];
        for (unsigned k = 0, weight = 256; k < rank; k++, weight = weight * 3 / 4)
            u[k] = (float)((int)weight * ((int)(hash3(seed, row, 2 * k + 2) >> 24) % 255 - 127));
        const lanes *at = v;
        for (unsigned c = 0; c < g->columns; c += STEP, at += STEP / 4) {
            float out[STEP];
            uint16_t rounded[STEP];
            for (unsigned e = 0; e < STEP / 2; e++) {
                const uint32_t h = hash3(~seed, row, c / 2 + e);
                out[2 * e] = (float)(((int)(h & 0xFFFF) - 32768) * 16);
                out[2 * e + 1] = (float)(((int)(h >> 16) - 32768) * 16);
            }
            lanes sum[STEP / 4];
            memcpy(sum, out, sizeof sum);
            lanes s0 = sum[0], s1 = sum[1], s2 = sum[2], s3 = sum[3];
            for (unsigned k = 0; k < rank; k++, at += STEP / 4)
                s0 += u[k] * at[0], s1 += u[k] * at[1], s2 += u[k] * at[2], s3 += u[k] * at[3];
            sum[0] = s0 * at[0], sum[1] = s1 * at[1], sum[2] = s2 * at[2], sum[3] = s3 * at[3];
            memcpy(out, sum, sizeof sum);
            for (unsigned e = 0; e < STEP; e++)
                rounded[e] = bf16(out[e]);
            memcpy(a + c, rounded, (c + STEP <= g->columns ? STEP : g->columns - c) * sizeof *a);
        }
    }
}

/* ---- the kinds ---- */

struct generate_kind {
    const char *name;
    element_function *element; /* NULL: spectrum() */
    unsigned numbers;
    struct {
        const char *name;
        int least, most, usual;
    } number[GENERATE_NUMBERS];
};

#define EXPONENT(usual)                                                                                              \
    { "exponent", LEAST_EXPONENT, MOST_EXPONENT, usual }
static const generate_kind kinds[] = {
    {"zero", zero, 1, {{"signs", 0, 1, 0}}},
    {"constant", constant, 1, {{"bits", 0, 0x7F7F, 0x3F80}}},
    {"identity", identity, 1, {EXPONENT(0)}},
    {"noise", noise, 1, {EXPONENT(-8)}},
    {"cancel", cancel, 1, {EXPONENT(-8)}},
    {"ties", ties, 0, {{0}}},
    {"repeat", repeat, 1, {{"distinct columns", 1, GENERATE_SIDE, 1}}},
    {"deficient", deficient, 1, {{"rank", 1, 60, 3}}},
    {"holes", holes, 1, {{"every", 1, GENERATE_SIDE, 3}}},
    {"outliers", outliers, 2, {{"count", 0, GENERATE_SIDE, 4}, {"exponent", 0, 120, 8}}},
    {"range", range, 2, {EXPONENT(-60), EXPONENT(50)}},
    {"spectrum", NULL, 2, {{"rank", 0, MOST_RANK, 12}, {"outliers", 0, GENERATE_SIDE, 8}}},
};
enum { KINDS = sizeof kinds / sizeof *kinds };

bool generate(const generator *g, uint32_t seed, uint16_t *a) {
    if (!g->kind->element) {
        lanes *v = malloc((MOST_RANK + 1) * ((size_t)g->columns + STEP) * sizeof(float));
        if (v) spectrum(g, seed, a, v);
        free(v);
        return v != NULL;
    }
    for (unsigned row = 0; row < g->rows; row++)
        for (unsigned column = 0; column < g->columns; column++)
            *a++ = g->kind->element(g, seed, row, column);
    return true;
}

/* ---- text ---- */

bool generate_is_call(const char *text) {
    const size_t length = strlen(text);
    return length > 0 && text[length - 1] == ')' && strchr(text, '(') && !strchr(text, '/');
}

/* ",12" or "(12": steps past it. */
static bool take(const char **at, char before, const char *name, int least, int most, int *value, char message[256]) {
    char *end;
    if (**at != before) return snprintf(message, 256, "%s is missing", name), false;
    const long n = strtol(*at + 1, &end, 10);
    if (end == *at + 1 || isspace((unsigned char)(*at)[1]) || (*end != ',' && *end != ')'))
        return snprintf(message, 256, "%s is not a whole number", name), false;
    if (n < least || n > most) return snprintf(message, 256, "%s %ld is not %d..%d", name, n, least, most), false;
    *value = (int)n;
    *at = end;
    return true;
}

bool generate_parse(const char *text, generator *g, char message[256]) {
    char what[256] = "it is not NAME(ROWS,COLUMNS,...)";
    const size_t length = strcspn(text, "(");
    const char *at = text + length;
    int rows = 0, columns = 0;
    *g = (generator){0};
    for (unsigned k = 0; k < KINDS; k++)
        if (strlen(kinds[k].name) == length && strncmp(kinds[k].name, text, length) == 0) g->kind = &kinds[k];
    bool good = generate_is_call(text);
    if (good && !g->kind) {
        size_t n = (size_t)snprintf(what, sizeof what, "no generator is called so; there are");
        for (unsigned k = 0; k < KINDS && n < sizeof what; k++) /* LCOV_EXCL_BR_LINE all names there are fit */
            n += (size_t)snprintf(what + n, sizeof what - n, "%s %s", k ? "," : "", kinds[k].name);
        good = false;
    }
    good = good && take(&at, '(', "the number of rows", 1, GENERATE_SIDE, &rows, what) &&
           take(&at, ',', "the number of columns", 1, GENERATE_SIDE, &columns, what);
    g->rows = (unsigned)rows, g->columns = (unsigned)columns;
    for (unsigned k = 0; good && k < g->kind->numbers; k++) {
        g->number[k] = g->kind->number[k].usual;
        if (*at == ',')
            good = take(&at, ',', g->kind->number[k].name, g->kind->number[k].least, g->kind->number[k].most,
                        &g->number[k], what);
    }
    if (good && strcmp(at, ")") != 0) {
        if (*at == ',')
            snprintf(what, sizeof what, "%s takes %u numbers at most", g->kind->name, 2 + g->kind->numbers);
        else
            snprintf(what, sizeof what, "something follows the bracket");
        good = false;
    }
    if (!good) snprintf(message, 256, "%.80s: %.170s", text, what);
    return good;
}

void generate_text(const generator *g, char text[GENERATE_TEXT]) {
    size_t n = (size_t)snprintf(text, GENERATE_TEXT, "%s(%u,%u", g->kind->name, g->rows, g->columns);
    for (unsigned k = 0; k < g->kind->numbers; k++)
        n += (size_t)snprintf(text + n, GENERATE_TEXT - n, ",%d", g->number[k]);
    snprintf(text + n, GENERATE_TEXT - n, ")");
}
