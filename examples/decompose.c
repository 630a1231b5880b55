/* decompose.c - a matrix of rank 3 taken apart and its error told: cc decompose.c $(pkg-config --cflags --libs dcom)
 * SPDX-License-Identifier: Apache-2.0 */
#include <dcom.h>
#include <stdio.h>

enum { TOKENS = 40, CHANNELS = 56 };

int main(void) {
    static uint16_t a[TOKENS * CHANNELS]; /* BF16 bits */
    for (unsigned k = 0; k < TOKENS * CHANNELS; k++)
        a[k] = (uint16_t)(0x3F80 + k / CHANNELS % 3 * 64 + k % CHANNELS % 3 * 32);

    char message[256];
    dcom_config config;
    dcom_context *context;
    dcom_result result;
    dcom_parameters parameters = dcom_defaults();
    parameters.rank = 8;
    parameters.outliers = 0;

    if (dcom_config_named("tiny", &config, message)) return fprintf(stderr, "%s\n", message), 2;
    dcom_status status = dcom_create(&config, &context);
    if (status) return fprintf(stderr, "no context: %s\n", dcom_status_name(status)), 2;
    if (dcom_decompose(context, a, TOKENS, CHANNELS, &parameters, &result))
        return fprintf(stderr, "%s\n", dcom_message(context)), dcom_destroy(context), 2;
    printf("rank %u, relative error %.4f +- %.4f\n", result.rank, result.certificate, result.certificate_bound);
    dcom_destroy(context);
    return 0;
}
