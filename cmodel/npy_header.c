/* npy_header.c - the dictionary at the head of a .npy file: {'descr': '<f4', 'fortran_order': False, 'shape':
 * (3, 4), } SPDX-License-Identifier: Apache-2.0
 *
 * Exactly these three keys, each once, in any order. */
#include "npy.h"

#include <ctype.h>
#include <stdio.h>
#include <string.h>

static const char *skip_space(const char *at) { return at + strspn(at, " \t\r\n"); }

/* After white space, `token`: steps past it. */
static int take(const char **at, const char *token) {
    const char *from = skip_space(*at);
    const size_t length = strlen(token);
    if (strncmp(from, token, length) != 0) return 0;
    *at = from + length;
    return 1;
}

/* 'text' or "text" without escapes, cut to what fits */
static int take_string(const char **at, char *to, size_t size) {
    const char *from = skip_space(*at);
    if (*from != '\'' && *from != '"') return 0;
    const char *end = strchr(from + 1, *from);
    if (!end) return 0;
    const size_t length = (size_t)(end - from - 1), kept = length < size ? length : size - 1;
    for (size_t i = 0; i < kept; i++)
        to[i] = isprint((unsigned char)from[1 + i]) ? from[1 + i] : '?';
    to[kept] = 0;
    *at = end + 1;
    return 1;
}

/* 0: not a number; -1: too large */
static int take_size(const char **at, size_t *value) {
    const char *from = skip_space(*at);
    int result = 1;
    if (!isdigit((unsigned char)*from)) return 0;
    for (*value = 0; isdigit((unsigned char)*from); from++)
        if (__builtin_mul_overflow(*value, (size_t)10, value) ||
            __builtin_add_overflow(*value, (size_t)(*from - '0'), value))
            result = -1;
    *at = from;
    return result;
}

static const char *take_shape(const char **at, npy_header *header, char what[96]) {
    size_t size[2] = {1, 1}, extent;
    unsigned rank = 0;
    int found = 0;
    if (!take(at, "(")) return "shape is not a tuple";
    while ((found = take_size(at, &extent)) > 0) {
        if (rank < 2) size[rank] = extent;
        rank++;
        if (!take(at, ",")) break;
    }
    if (found < 0) return "the shape is beyond any memory";
    if (!take(at, ")")) return "shape is not a tuple of sizes";
    if (rank != header->dimensions) {
        snprintf(what, 96, "the array has %u dimension%s, not %u", rank, rank == 1 ? "" : "s", header->dimensions);
        return what;
    }
    header->rows = size[0], header->columns = size[1];
    return NULL;
}

const char *npy_parse_header(const char *text, npy_header *header, char what[96]) {
    enum { DESCR = 1, ORDER = 2, SHAPE = 4 };
    const char *at = text, *fault = NULL;
    unsigned seen = 0, one;
    char key[24];
    if (!take(&at, "{")) return "the header is not a dictionary";
    while (take_string(&at, key, sizeof key)) {
        if (!take(&at, ":")) return "the header is not a dictionary";
        if (strcmp(key, "descr") == 0) {
            one = DESCR;
            if (!take_string(&at, header->dtype, sizeof header->dtype))
                return "the array is not of one plain type; it must be <f4, <f8, <f2 or <u2";
        } else if (strcmp(key, "fortran_order") == 0) {
            one = ORDER;
            header->fortran_order = take(&at, "True");
            if (!header->fortran_order && !take(&at, "False")) return "fortran_order is neither True nor False";
        } else if (strcmp(key, "shape") == 0) {
            one = SHAPE;
            if ((fault = take_shape(&at, header, what))) return fault;
        } else {
            snprintf(what, 96, "the header has an unknown key, %s", key);
            return what;
        }
        if (seen & one) {
            snprintf(what, 96, "the header has %s twice", key);
            return what;
        }
        seen |= one;
        if (!take(&at, ",")) break;
    }
    if (!take(&at, "}") || *skip_space(at)) return "the header is not a dictionary";
    if (!(seen & DESCR)) return "the header has no descr";
    if (!(seen & ORDER)) return "the header has no fortran_order";
    return seen & SHAPE ? NULL : "the header has no shape";
}
