/* apply_judge.h - a chain of layers on a decomposed matrix against the direct product, in double precision.
 * SPDX-License-Identifier: Apache-2.0
 *
 * With A = L R_0 + E apart from exact tokens, R_l = BF16(R_l-1 W_l) as APPLY computes it, and M_l = W_l+1 ... W_n,
 *     ||A M_0 - L R_n||_F  <=  ||E||_F ||M_0||_2  +  sum over layers of ||L D_l||_F ||M_l||_2,
 * where ||E||_F is at most what the certificate says, and D_l is what layer l has rounded: half a BF16 unit of the
 * result, 2^-8 |R_l|, and half an FP32 unit of a partial sum for each of its additions, at most channels 2^-24
 * |R_l-1| |W_l|. The rows of exact tokens are the same with L = I and no E. The second part alone
 * bounds ||L R_0 M_0 - L R_n||_F, the drift, what the layers themselves lose: it is small, and what is forgotten or
 * misplaced in them shows there. */
#ifndef DCOM_APPLY_JUDGE_H
#define DCOM_APPLY_JUDGE_H

#include "../cmodel/npy.h"

enum { MOST_LAYERS = 4 };

typedef struct {
    npy_matrix a, w[MOST_LAYERS]; /* w: outputs x channels */
    unsigned layers;
    double certificate;         /* relative error that is certified at most: with its bound */
    size_t rank, outlier_count; /* rank: outlier columns too, the last ones */
    size_t exact;
    size_t width[MOST_LAYERS + 1];    /* channels of A, outputs of each layer */
    uint32_t *tokens;                 /* the exact ones */
    uint16_t *left;                   /* tokens x rank: P and the outlier columns, exact tokens +0 */
    uint16_t *right[MOST_LAYERS + 1]; /* rank x width */
    uint16_t *rows[MOST_LAYERS + 1];  /* exact x width */
} chain;

/* Everything but a, w and layers, which are there: left, right[0], rows[0] from the decomposition; room for the
 * others. */
void chain_start(chain *c, const uint32_t *tokens, size_t exact, const dcom_result *r);
void chain_release(chain *c);

typedef struct {
    double norm, error, bound; /* ||A M_0||_F; ||A M_0 - L R_n||_F and what it may be */
    double drift, rounding;    /* ||L R_0 M_0 - L R_n||_F and what it may be */
    double exact_norm, exact_error, exact_bound;
} verdict;

verdict chain_judge(const chain *c);
int verdict_is_good(const verdict *v);

/* A.npy DIR [W.npy DIR]...: what dcom decompose and dcom apply have left. Prints a line; 0 if good, 1 if not, 2:
 * cannot be read. */
int chain_judge_folders(int count, char **paths);

#endif
