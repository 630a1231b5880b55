/* generate.h - matrices from a name, a few numbers and a seed: what golden vectors and corner cases are made of.
 * SPDX-License-Identifier: Apache-2.0
 *
 * Each element is a function of (seed, row, column), made of hash3(), whole numbers and floating-point operations
 * that are exact, rounded once to BF16: any language on any machine makes the same. docs/vectors.md has the formulas.
 * Elements are finite. Pure, thread-safe. */
#ifndef DCOM_GENERATE_H
#define DCOM_GENERATE_H

#include <stdbool.h>
#include <stdint.h>

enum { GENERATE_NUMBERS = 2, GENERATE_SIDE = 65536, GENERATE_TEXT = 96 };

typedef struct generate_kind generate_kind;
typedef struct {
    const generate_kind *kind;
    unsigned rows, columns;       /* 1..GENERATE_SIDE each */
    int number[GENERATE_NUMBERS]; /* what they mean is the kind's */
} generator;

/* Whether a text is a call, name(...), and not the name of a file. */
bool generate_is_call(const char *text);
/* "noise(512,576)", "noise(512,576,-20)": rows, columns, then the kind's numbers; those left out have its defaults.
 * False: `message` says what is wrong with the text. */
bool generate_parse(const char *text, generator *g, char message[256]);
/* The same with all numbers written. */
void generate_text(const generator *g, char text[GENERATE_TEXT]);
/* a: rows x columns BF16 bits, row-major. False: out of memory. */
bool generate(const generator *g, uint32_t seed, uint16_t *a);

#endif
