/* correspondence.h - binds the lines of correspondence.def to a model and a DUT, and prints what differs.
 * SPDX-License-Identifier: Apache-2.0 */
#ifndef DCOM_CORRESPONDENCE_H
#define DCOM_CORRESPONDENCE_H

#include <stdbool.h>
#include <stdio.h>
#include "comparator.h"
#include "dut.h"

struct accelerator;

/* Where the parts of a model are that correspondence.def names; NULL: not in this design, and its lines do not count.
 * The ports are what the caller reads after every clock. */
typedef struct {
    const dcom_config *config;
    const struct accelerator *accelerator;
    const dcom_accelerator_out *accelerator_out;
    const dcom_array *array; /* within the accelerator if there is one */
    const dcom_array_out *array_out;
} correspondence_model;

typedef struct {
    comparator registers; /* and output ports: every clock; each instance of a place is a group */
    comparator memories;  /* at the moments of the design, and at the end of the run */
    uint64_t port_count, register_count, register_bits, memory_words;
    const char *array_scope; /* of the array in the RTL */
} correspondence;

/* Adds every line for every place; `rtl_out`: the ports of the RTL. A line without its register in the RTL, an RTL
 * register without a line, and a difference of sizes are errors: -1, with one line in `message`. */
int correspondence_bind(correspondence *, const correspondence_model *, dut *, const void *rtl_out,
                        char message[256]);
void correspondence_release(correspondence *);

/* "row[1].node[0].u_cluster.u_mac_grid.product_q"; the string is overwritten by the next call with the same buffer */
const char *correspondence_name(const correspondence *, const comparator_pair *, char name[160]);
/* An output port, which has no storage of its own in the RTL. */
bool correspondence_is_port(const comparator_pair *);
/* Bytes of the words a pair is printed in: 2 for BF16 memories, else up to 4. */
unsigned correspondence_word_bytes(const comparator_pair *);
/* The first word of the pair that differs. */
unsigned correspondence_word(const comparator_pair *);
/* One word of a pair as a side has it now. */
uint32_t correspondence_model_word(const comparator_pair *, unsigned word);
uint32_t correspondence_rtl_word(const comparator_pair *, unsigned word);
/* A value of such a word, bits and number: "3f800000 (1)" */
void correspondence_print(FILE *, const comparator_pair *, uint32_t value);
/* "cluster (1, 0), MAC row 3, lane 5": where the word stands; "" where there is nothing to say */
const char *correspondence_place(const comparator_pair *, unsigned word, char place[96]);
/* The pair called `name`, NULL when there is none. */
const comparator_pair *correspondence_find(const correspondence *, const char *name);

#endif
