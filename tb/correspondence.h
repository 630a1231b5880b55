/* correspondence.h - binds the lines of correspondence.def to a model and a DUT, and prints what differs.
 * SPDX-License-Identifier: Apache-2.0 */
#ifndef DCOM_CORRESPONDENCE_H
#define DCOM_CORRESPONDENCE_H

#include <stdio.h>
#include "array.h"
#include "comparator.h"
#include "dut.h"

typedef struct {
    comparator registers; /* and output ports: every clock; cluster k is group k + 1 */
    comparator memories;  /* at the end of a pass and of the run */
    uint64_t port_count, register_count, register_bits, memory_words;
} correspondence;

/* Adds every line for every place; the two dcom_array_out are what the caller reads after every clock. A line without
 * its register in the RTL, an RTL register without a line, and a difference of sizes are errors: -1, with one line in
 * `message`. */
int correspondence_bind(correspondence *, dcom_array *model, const dcom_array_out *model_out, dut *,
                        const dcom_array_out *rtl_out, char message[256]);
void correspondence_release(correspondence *);

/* "row[1].node[0].u_cluster.u_mac_grid.product_q"; the string is overwritten by the next call with the same buffer */
const char *correspondence_name(const comparator_pair *, char name[160]);
/* Bytes of the words a pair is printed in: 2 for BF16 memories, else up to 4. */
unsigned correspondence_word_bytes(const comparator_pair *);
/* The first word of the pair that differs. */
unsigned correspondence_word(const comparator_pair *);
/* One word of a pair on both sides, bits and number, on one line without its end: "model 3f800000 (1)  rtl ..." */
void correspondence_print(FILE *, const comparator_pair *, unsigned word);
/* "cluster (1, 0), MAC row 3, lane 5": where the word stands; "" where there is nothing to say */
const char *correspondence_place(const comparator_pair *, unsigned word, char place[96]);
/* The pair called `name`, NULL when there is none. */
const comparator_pair *correspondence_find(const correspondence *, const char *name);

#endif
