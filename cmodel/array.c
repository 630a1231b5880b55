/* array.c - rows x columns clusters between their broadcasts and reductions, one clock a call.
 * Twin: rtl/array.v. SPDX-License-Identifier: Apache-2.0
 * Compiled once per instruction set, as array_step_ISA(). */
#include "array.h"
#include "fifo.c"
#include "vector_port.c"
#include "result_port.c"
#include "pass_control.c"
#include "tile_memory.c"
#include "mac_grid.c"
#include "reducer.c"
#include "cluster.c"

#ifndef ISA
#define ISA base
#endif
#define JOIN_(a, b) a##b
#define JOIN(a, b) JOIN_(a, b)

/* One clock of an array of geometry `g`. */
STEP void array_step(dcom_array *a, const dcom_array_in *in, const struct geometry *g) {
    unsigned rst = in->rst, rows = g->rows, columns = g->columns;

    /* wires: what pass_control issues, from the ports' registers */
    unsigned available[2] = {1, 1}, room[2] = {1, 1};
    for (unsigned j = 0; j < columns; j++) {
        available[0] &= vector_port_available(&a->column[j]);
        room[1] &= result_port_room(&a->column_result[j]);
    }
    for (unsigned i = 0; i < rows; i++) {
        available[1] &= vector_port_available(&a->row[i]);
        room[0] &= result_port_room(&a->row_result[i]);
    }
    struct issue issue = pass_control_issue(&a->control, g, available, room);
    unsigned t = a->control.transpose_q;
    unsigned take[2] = {issue.issue && issue.group_end && !t, issue.issue && issue.group_end && t};
    unsigned reserve[2] = {issue.issue && issue.last && !t, issue.issue && issue.last && t};

    /* results, before the clusters that feed them */
    for (unsigned j = 0; j < columns; j++) {
        const struct cluster *c = &a->cluster[(rows - 1) * columns + j];
        result_port_step(&a->column_result[j], rst, reserve[1], c->sum_control_q == 3, c->reducer_sum_q,
                         in->column_result_ready >> j & 1);
    }
    for (unsigned i = 0; i < rows; i++) {
        const struct cluster *c = &a->cluster[i * columns + columns - 1];
        result_port_step(&a->row_result[i], rst, reserve[0], c->sum_control_q == 2, c->reducer_sum_q,
                         in->row_result_ready >> i & 1);
    }

    /* clusters, south-east first: each reads its west and north neighbours as they stood */
    struct operation column_operation[SPAN_MAX];
    for (unsigned j = 0; j < columns; j++)
        column_operation[j] = cluster_operation(vector_port_operation(&a->column[j], g), 0, g);
    for (unsigned i = rows; i-- > 0;) {
        struct operation row_operation = cluster_operation(vector_port_operation(&a->row[i], g), 1, g);
        /* basis rows that are not in use */
        const unsigned row = row_operation.row - g->tile_tokens;
        row_operation.zero =
            row_operation.row >= g->tile_tokens && ((row / 8 * rows + i) * 8 | row % 8) >= in->basis_used;
        for (unsigned j = columns; j-- > 0;) {
            struct cluster *c = &a->cluster[i * columns + j];
            cluster_step(c, g, rst, row_operation.valid ? &row_operation : &column_operation[j], &a->column[j],
                         &a->row[i], j ? c[-1].reducer_sum_q : NULL, i ? (c - columns)->reducer_sum_q : NULL);
        }
    }
    struct write_port *w = &a->write;
    if (w->valid_q && w->cluster_row_q < rows)
        for (unsigned j = 0; j < columns; j++)
            if (w->columns_q >> j & 1)
                tile_memory_write(&a->cluster[w->cluster_row_q * columns + j], g, w->row_q, w->channel_q,
                                  &w->data_q[8 * j]);
    unsigned accept = in->write_valid && w->ready_q;
    w->valid_q = !rst && accept;
    w->ready_q = !rst;
    if (accept) {
        w->cluster_row_q = in->write_cluster_row;
        w->row_q = in->write_row;
        w->channel_q = in->write_channel;
        w->columns_q = in->write_columns;
        memcpy(w->data_q, in->write_data, sizeof w->data_q);
    }

    /* broadcasts, last hop first, then the control that feeds the first */
    uint32_t forward = a->control.operation_transpose_q ? 0 : a->control.operation_q;
    uint32_t transpose = a->control.operation_transpose_q ? a->control.operation_q : 0;
    for (unsigned j = columns; j-- > 0;)
        vector_port_step(&a->column[j], g, rst, in->column_vector_valid >> j & 1, &in->column_vector_data[LANES * j],
                         take[0], j ? vector_port_operation_out(&a->column[j - 1], g) : forward);
    for (unsigned i = rows; i-- > 0;)
        vector_port_step(&a->row[i], g, rst, in->row_vector_valid >> i & 1, &in->row_vector_data[LANES * i], take[1],
                         i ? vector_port_operation_out(&a->row[i - 1], g) : transpose);
    pass_control_step(&a->control, g, issue, in);
}

void JOIN(array_step_, ISA)(dcom_array *a, const dcom_array_in *in);
void JOIN(array_step_, ISA)(dcom_array *a, const dcom_array_in *in) {
    struct geometry g = a->geometry;
    if (g.stages == 1) {
        g.stages = g.add_stages = g.banks = 1;
        array_step(a, in, &g);
    } else if (g.stages == 2) {
        g.stages = 2, g.add_stages = g.banks = 1;
        array_step(a, in, &g);
    } else {
        g.stages = 3, g.add_stages = g.banks = 2;
        array_step(a, in, &g);
    }
}
