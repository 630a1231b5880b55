/* apply_judge.c - a chain of layers on a decomposed matrix against the direct product, in double precision.
 * SPDX-License-Identifier: Apache-2.0 */
#include "apply_judge.h"

#include <lapacke.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const uint16_t one = 0x3F80;

static double widen(uint16_t x) {
    const uint32_t word = (uint32_t)x << 16;
    float value;
    memcpy(&value, &word, sizeof value);
    return (double)value;
}

static uint16_t narrow(float x) {
    uint32_t word;
    memcpy(&word, &x, sizeof word);
    return (uint16_t)(word >> 16);
}

/* ---- plain matrices of doubles ---- */

static double *room(size_t count) {
    double *m = calloc(count + 1, sizeof *m);
    if (!m) abort();
    return m;
}

static double *doubles(const uint16_t *bits, size_t count) {
    double *m = room(count);
    for (size_t i = 0; i < count; i++)
        m[i] = widen(bits[i]);
    return m;
}

/* channels x outputs, from outputs x channels */
static double *weights(const npy_matrix *w) {
    double *m = room(w->rows * w->columns);
    for (size_t o = 0; o < w->rows; o++)
        for (size_t c = 0; c < w->columns; c++)
            m[c * w->rows + o] = widen(w->bits[o * w->columns + c]);
    return m;
}

static double *product(const double *a, const double *b, size_t rows, size_t depth, size_t columns) {
    double *c = room(rows * columns);
    for (size_t i = 0; i < rows; i++)
        for (size_t k = 0; k < depth; k++) {
            const double x = a[i * depth + k];
            for (size_t j = 0; j < columns; j++)
                c[i * columns + j] += x * b[k * columns + j];
        }
    return c;
}

static double frobenius(const double *m, size_t count) {
    double sum = 0;
    for (size_t i = 0; i < count; i++)
        sum += m[i] * m[i];
    return sqrt(sum);
}

static double spectral(const double *m, size_t rows, size_t columns) {
    const size_t side = rows < columns ? rows : columns;
    double *copy = room(rows * columns), *s = room(side), none, norm;
    memcpy(copy, m, rows * columns * sizeof *m);
    if (LAPACKE_dgesdd(LAPACK_COL_MAJOR, 'N', (int)columns, (int)rows, copy, (int)columns, s, &none, 1, &none, 1) !=
        0)
        abort(); /* of the transpose: the same values */
    norm = s[0];
    free(copy), free(s);
    return norm;
}

/* || |A| |B| ||_F */
static double absolute(const uint16_t *a, const uint16_t *b, size_t rows, size_t depth, size_t columns) {
    double *x = doubles(a, rows * depth), *y = doubles(b, depth * columns);
    for (size_t i = 0; i < rows * depth; i++)
        x[i] = fabs(x[i]);
    for (size_t i = 0; i < depth * columns; i++)
        y[i] = fabs(y[i]);
    double *z = product(x, y, rows, depth, columns), norm = frobenius(z, rows * columns);
    free(x), free(y), free(z);
    return norm;
}

/* ---- a chain ---- */

static int is_exact(const chain *c, size_t token) {
    for (size_t i = 0; i < c->exact; i++)
        if (c->tokens[i] == token) return 1;
    return 0;
}

/* Room for all but `left`, `tokens`. */
static void open_chain(chain *c) {
    for (unsigned l = 0; l <= c->layers; l++) {
        c->width[l] = l ? c->w[l - 1].rows : c->a.columns;
        c->right[l] = calloc(c->rank * c->width[l] + 1, sizeof *c->right[l]);
        c->rows[l] = calloc(c->exact * c->width[l] + 1, sizeof *c->rows[l]);
        if (!c->right[l] || !c->rows[l]) abort();
    }
}

static double certified(double certificate, double bound) { return hypot(certificate, bound); }

void chain_start(chain *c, const uint32_t *tokens, size_t exact, const dcom_result *r) {
    c->certificate = certified(r->certificate, r->certificate_bound);
    c->rank = r->rank + r->outlier_count;
    c->outlier_count = r->outlier_count;
    c->exact = exact;
    c->tokens = malloc(exact * sizeof *tokens + 1);
    c->left = calloc(c->a.rows * c->rank + 1, sizeof *c->left);
    if (!c->tokens || !c->left) abort();
    memcpy(c->tokens, tokens, exact * sizeof *tokens);
    open_chain(c);
    for (size_t t = 0; t < c->a.rows; t++) {
        for (size_t k = 0; k < r->rank; k++)
            c->left[t * c->rank + k] = narrow(r->p[t * r->rank + k]);
        for (size_t i = 0; i < r->outlier_count && !is_exact(c, t); i++)
            c->left[t * c->rank + r->rank + i] = c->a.bits[t * c->a.columns + (size_t)r->outliers[i]];
    }
    for (size_t h = 0; h < c->a.columns; h++)
        for (size_t k = 0; k < r->rank; k++)
            c->right[0][k * c->a.columns + h] = narrow(r->v[h * r->rank + k]);
    for (size_t i = 0; i < r->outlier_count; i++)
        c->right[0][(r->rank + i) * c->a.columns + (size_t)r->outliers[i]] = one;
    for (size_t i = 0; i < exact; i++)
        memcpy(c->rows[0] + i * c->a.columns, c->a.bits + tokens[i] * c->a.columns,
               c->a.columns * sizeof *c->rows[0]);
}

void chain_release(chain *c) {
    npy_release(&c->a);
    for (unsigned l = 0; l <= c->layers; l++) {
        if (l < c->layers) npy_release(&c->w[l]);
        free(c->right[l]), free(c->rows[l]);
    }
    free(c->tokens), free(c->left);
}

/* What layer l may have rounded away, seen through the left factor: the two terms of D_l. */
static double rounded(const double result, const double operand, size_t channels, double weight) {
    return 0x1p-8 * result + (double)channels * 0x1p-24 * operand * weight;
}

static double distance(const double *x, const double *y, size_t count) {
    double sum = 0;
    for (size_t i = 0; i < count; i++)
        sum += (x[i] - y[i]) * (x[i] - y[i]);
    return sum;
}

verdict chain_judge(const chain *c) {
    const size_t n = c->layers, tokens = c->a.rows, out = c->width[n];
    verdict v = {0};
    double *m = room(out * out), at = 1; /* M_l and its norm, from the last layer to the first */
    for (size_t i = 0; i < out; i++)
        m[i * out + i] = 1;
    for (size_t l = n; l > 0; l--) {
        const size_t in = c->width[l - 1], width = c->width[l];
        double *w = weights(&c->w[l - 1]), *before = product(w, m, in, width, out);
        const double size = frobenius(w, in * width);
        double *row = doubles(c->rows[l], c->exact * width), *old = doubles(c->rows[l - 1], c->exact * in);
        v.rounding += at * rounded(absolute(c->left, c->right[l], tokens, c->rank, width),
                                   absolute(c->left, c->right[l - 1], tokens, c->rank, in), in, size);
        v.exact_bound += at * rounded(frobenius(row, c->exact * width), frobenius(old, c->exact * in), in, size);
        free(w), free(m), free(row), free(old);
        m = before;
        at = spectral(m, in, out);
    }
    double *a = doubles(c->a.bits, tokens * c->a.columns), *y = product(a, m, tokens, c->a.columns, out);
    double *left = doubles(c->left, tokens * c->rank), *right = doubles(c->right[n], c->rank * out);
    double *estimate = product(left, right, tokens, c->rank, out), *rows = doubles(c->rows[n], c->exact * out);
    double *first = doubles(c->right[0], c->rank * c->a.columns);
    double *through = product(first, m, c->rank, c->a.columns, out);
    double *ideal = product(left, through, tokens, c->rank, out);
    v.drift = sqrt(distance(ideal, estimate, tokens * out));
    v.norm = frobenius(y, tokens * out);
    v.bound = v.rounding + c->certificate * frobenius(a, tokens * c->a.columns) * at;
    for (size_t t = 0, i = 0; t < tokens; t++) {
        const int exact = is_exact(c, t);
        *(exact ? &v.exact_error : &v.error) +=
            distance(y + t * out, exact ? rows + i * out : estimate + t * out, out);
        if (exact) v.exact_norm += pow(frobenius(y + t * out, out), 2);
        i += (size_t)exact;
    }
    v.error = sqrt(v.error), v.exact_error = sqrt(v.exact_error), v.exact_norm = sqrt(v.exact_norm);
    free(m), free(a), free(y), free(left), free(right), free(estimate), free(rows);
    free(first), free(through), free(ideal);
    return v;
}

int verdict_is_good(const verdict *v) {
    return v->error <= v->bound && v->drift <= v->rounding && v->exact_error <= v->exact_bound;
}

/* ---- folders of the command ---- */

/* Everything below ends the program with status 2 where a file is not what it should be. */
static void give_up(const char *what) {
    fprintf(stderr, "judge: %s\n", what);
    exit(2);
}

static npy_matrix matrix(const char *folder, const char *name, size_t rows, size_t columns) {
    char path[512], message[256];
    npy_matrix m;
    snprintf(path, sizeof path, "%s/%s", folder, name);
    if (npy_read_factor(path, &m, message)) give_up(message);
    if (m.rows != rows || m.columns != columns) give_up(path);
    return m;
}

static size_t list(const char *folder, const char *name, int32_t **values) {
    char path[512], message[256];
    size_t count;
    snprintf(path, sizeof path, "%s/%s", folder, name);
    if (npy_read_i32(path, values, &count, message)) give_up(message);
    return count;
}

static double field(const char *folder, const char *name) {
    char path[512], line[512];
    double value = NAN;
    snprintf(path, sizeof path, "%s/report.json", folder);
    FILE *f = fopen(path, "r");
    if (!f) give_up(path);
    while (fgets(line, sizeof line, f)) {
        const char *at = strstr(line, name);
        if (at) sscanf(at + strlen(name), "\": %lf", &value);
    }
    fclose(f);
    if (isnan(value)) give_up(name);
    return value;
}

/* P and the outlier columns, R_0, and the rows of exact tokens, all against A itself. */
static void read_first(chain *c, const char *folder) {
    int32_t *outliers, *tokens;
    const size_t h = c->a.columns, rank = (size_t)field(folder, "rank");
    c->certificate = certified(field(folder, "certificate"), field(folder, "certificate_bound"));
    c->outlier_count = list(folder, "outliers.npy", &outliers);
    c->exact = list(folder, "tokens.npy", &tokens);
    c->rank = rank + c->outlier_count;
    c->tokens = (uint32_t *)tokens;
    c->left = calloc(c->a.rows * c->rank + 1, sizeof *c->left);
    if (!c->left) abort();
    open_chain(c);
    npy_matrix p = matrix(folder, "P.npy", c->a.rows, rank), v = matrix(folder, "V.npy", h, rank);
    npy_matrix columns = matrix(folder, "outlier_columns.npy", c->a.rows, c->outlier_count);
    npy_matrix rows = matrix(folder, "token_rows.npy", c->exact, h);
    for (size_t t = 0; t < c->a.rows; t++) {
        memcpy(c->left + t * c->rank, p.bits + t * rank, rank * sizeof *p.bits);
        for (size_t i = 0; i < c->outlier_count; i++) {
            const uint16_t here = is_exact(c, t) ? 0 : c->a.bits[t * h + (size_t)outliers[i]];
            if (columns.bits[t * c->outlier_count + i] != here) give_up("outlier_columns.npy is not A's");
            c->left[t * c->rank + rank + i] = here;
        }
    }
    for (size_t k = 0; k < rank; k++)
        for (size_t i = 0; i < h; i++)
            c->right[0][k * h + i] = v.bits[i * rank + k];
    for (size_t i = 0; i < c->outlier_count; i++)
        c->right[0][(rank + i) * h + (size_t)outliers[i]] = one;
    for (size_t i = 0; i < c->exact; i++) {
        if (memcmp(rows.bits + i * h, c->a.bits + c->tokens[i] * h, h * sizeof *rows.bits) != 0)
            give_up("token_rows.npy is not A's");
        memcpy(c->rows[0] + i * h, rows.bits + i * h, h * sizeof *rows.bits);
    }
    npy_release(&p), npy_release(&v), npy_release(&columns), npy_release(&rows);
    free(outliers);
}

/* The right factor and the rows of exact tokens after layer l; the left factor must be the same. */
static void read_next(chain *c, unsigned l, const char *folder) {
    const size_t width = c->width[l];
    npy_matrix p = matrix(folder, "P.npy", c->a.rows, c->rank), v = matrix(folder, "V.npy", width, c->rank);
    npy_matrix rows = matrix(folder, "token_rows.npy", c->exact, width);
    int32_t *outliers, *tokens;
    if (list(folder, "outliers.npy", &outliers) != 0) give_up("outliers.npy is not empty");
    if (list(folder, "tokens.npy", &tokens) != c->exact || memcmp(tokens, c->tokens, c->exact * sizeof *tokens) != 0)
        give_up("tokens.npy is another");
    if (memcmp(p.bits, c->left, c->a.rows * c->rank * sizeof *p.bits) != 0) give_up("P.npy has changed");
    for (size_t k = 0; k < c->rank; k++)
        for (size_t i = 0; i < width; i++)
            c->right[l][k * width + i] = v.bits[i * c->rank + k];
    if (c->exact > 0) memcpy(c->rows[l], rows.bits, c->exact * width * sizeof *rows.bits);
    npy_release(&p), npy_release(&v), npy_release(&rows);
    free(outliers), free(tokens);
}

int chain_judge_folders(int count, char **paths) {
    char message[256];
    chain c = {.layers = (unsigned)(count - 2) / 2};
    if (count < 4 || count % 2 || c.layers > MOST_LAYERS) give_up("A.npy DIR [W.npy DIR]...");
    if (npy_read(paths[0], &c.a, message)) give_up(message);
    for (unsigned l = 0; l < c.layers; l++)
        if (npy_read(paths[2 + 2 * l], &c.w[l], message)) give_up(message);
    read_first(&c, paths[1]);
    for (unsigned l = 0; l < c.layers; l++)
        read_next(&c, l + 1, paths[3 + 2 * l]);
    const verdict v = chain_judge(&c);
    const int good = verdict_is_good(&v);
    printf("%s: error %g of at most %g, drift %g of at most %g, exact tokens %g of at most %g\n",
           good ? "good" : "BAD", v.error, v.bound, v.drift, v.rounding, v.exact_error, v.exact_bound);
    chain_release(&c);
    return good ? 0 : 1;
}
