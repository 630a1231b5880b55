/* npy.c - fuzz target: a .npy file as a matrix, as a factor and as a list. SPDX-License-Identifier: Apache-2.0 */
#include "fuzz.h"
#include "npy.h"

#include <stdlib.h>
#include <string.h>

static void check_matrix(const npy_matrix *m, bool good, bool may_be_empty) {
    const size_t count = m->rows * m->columns;
    FUZZ_CHECK(good ? may_be_empty || count > 0 : !m->bits);
    for (size_t k = 0; good && k < count; k++)
        FUZZ_CHECK((m->bits[k] & 0x7F80) != 0x7F80 && "elements are finite");
}

/* What was read, written and read again. */
static void check_again(const npy_matrix *m) {
    char message[256], header[NPY_HEADER];
    const size_t bytes = m->rows * m->columns * sizeof *m->bits;
    char *file = malloc(NPY_HEADER + bytes);
    npy_matrix again;
    npy_format_header(header, "<u2", 2, m->rows, m->columns);
    memcpy(file, header, NPY_HEADER);
    memcpy(file + NPY_HEADER, m->bits, bytes);
    FUZZ_CHECK(!npy_read(fuzz_file(file, NPY_HEADER + bytes), &again, message));
    FUZZ_CHECK(again.rows == m->rows && again.columns == m->columns && !memcmp(again.bits, m->bits, bytes));
    npy_release(&again);
    free(file);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    char message[256];
    npy_matrix matrix, factor;
    int32_t *list;
    size_t count;
    const char *path = fuzz_file(data, size);
    const dcom_status factor_status = npy_read_factor(path, &factor, message);
    fuzz_check_message(message, factor_status, path);
    check_matrix(&factor, !factor_status, true);
    const dcom_status list_status = npy_read_i32(path, &list, &count, message);
    fuzz_check_message(message, list_status, path);
    FUZZ_CHECK(list_status ? !list && count == 0 : list != NULL);
    const dcom_status status = npy_read(path, &matrix, message);
    fuzz_check_message(message, status, path);
    check_matrix(&matrix, !status, false);
    FUZZ_CHECK(status || !factor_status);
    if (!status) check_again(&matrix);
    npy_release(&matrix);
    npy_release(&factor);
    free(list);
    return 0;
}
