/* test_refusals.c - what the library refuses before it does anything: configurations, parameters, instruction sets;
 * and the names it has for that. SPDX-License-Identifier: Apache-2.0 */
#include "../cmodel/dcom.h"
#include "../cmodel/isa.h"

#include <check.h>
#include <math.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const dcom_config good = {"good", 1, 1, 8, 8, 64, 64, 40, 2};

/* A configuration with one value changed can be no context, array, accelerator or scoreboard. */
START_TEST(configurations) {
    static const struct {
        size_t field;
        unsigned value;
    } bad[] = {{offsetof(dcom_config, cluster_rows), 0},    {offsetof(dcom_config, cluster_rows), 17},
               {offsetof(dcom_config, cluster_columns), 0}, {offsetof(dcom_config, cluster_columns), 17},
               {offsetof(dcom_config, mac_rows), 4},        {offsetof(dcom_config, lanes), 16},
               {offsetof(dcom_config, tile_tokens), 0},     {offsetof(dcom_config, tile_tokens), 63},
               {offsetof(dcom_config, tile_channels), 0},   {offsetof(dcom_config, tile_channels), 12},
               {offsetof(dcom_config, basis_rows), 0},      {offsetof(dcom_config, basis_rows), 41},
               {offsetof(dcom_config, mac_stages), 0},      {offsetof(dcom_config, mac_stages), 4}};
    dcom_config config = good;
    dcom_array *array = (dcom_array *)&config;
    dcom_accelerator *accelerator = (dcom_accelerator *)&config;
    dcom_context *context = (dcom_context *)&config;
    dcom_scoreboard *scoreboard = (dcom_scoreboard *)&config;
    memcpy((char *)&config + bad[_i].field, &bad[_i].value, sizeof(unsigned));
    ck_assert_int_eq(dcom_create(&config, &context), DCOM_E_CONFIG);
    ck_assert_ptr_null(context);
    ck_assert_int_eq(dcom_scoreboard_create(&config, &scoreboard), DCOM_E_CONFIG);
    ck_assert_ptr_null(scoreboard);
    ck_assert_int_eq(dcom_array_create(&config, &array), DCOM_E_CONFIG);
    ck_assert_ptr_null(array);
    ck_assert_int_eq(dcom_accelerator_create(&config, &accelerator), DCOM_E_CONFIG);
    ck_assert_ptr_null(accelerator);
}
END_TEST

/* Each value can be, but there are more local addresses than a command of the array has bits for. */
START_TEST(large) {
    dcom_config config = good;
    dcom_array *array = (dcom_array *)&config;
    config.tile_tokens = config.tile_channels = config.basis_rows = 4096;
    ck_assert_int_eq(dcom_array_create(&config, &array), DCOM_E_CONFIG);
    ck_assert_ptr_null(array);
}
END_TEST

START_TEST(parameters) {
    static const uint32_t token[] = {1};
    const dcom_parameters usual = {
        .rank = 2, .expansion = 2, .outliers = 1, .exact_tokens = token, .exact_token_count = 1};
    const struct {
        size_t tokens, channels;
        double tolerance;
        const uint32_t *exact_tokens;
        dcom_status status;
        const char *says;
    } bad[] = {{8, 0, 0, token, DCOM_E_SHAPE, "8 tokens x 0 channels"},
               {0, 8, 0, token, DCOM_E_SHAPE, "0 tokens x 8 channels"},
               {8, 8, -0.5, token, DCOM_E_ARGUMENT, "tolerance -0.5 is not 0..1"},
               {8, 8, 1.5, token, DCOM_E_ARGUMENT, "tolerance 1.5 is not 0..1"},
               {8, 8, NAN, token, DCOM_E_ARGUMENT, "tolerance nan is not 0..1"},
               {8, 8, 0, NULL, DCOM_E_ARGUMENT, "exact_tokens is NULL but exact_token_count is 1"}};
    dcom_context *context;
    dcom_result result;
    ck_assert_int_eq(dcom_create(&good, &context), DCOM_OK);
    for (unsigned k = 0; k < sizeof bad / sizeof *bad; k++) {
        dcom_parameters p = usual;
        p.tolerance = bad[k].tolerance, p.exact_tokens = bad[k].exact_tokens;
        ck_assert_int_eq(dcom_check(context, bad[k].tokens, bad[k].channels, &p), bad[k].status);
        ck_assert_msg(strstr(dcom_message(context), bad[k].says), "%s", dcom_message(context));
    }
    const uint16_t a[64] = {0x3F80};
    ck_assert_int_eq(dcom_decompose(context, a, 8, 8, NULL, &result), DCOM_E_ARGUMENT);
    ck_assert_str_eq(dcom_message(context), "parameters is NULL");
    ck_assert_int_eq(dcom_decompose(context, a, 8, 8, &usual, &result), DCOM_OK);
    dcom_destroy(context);
}
END_TEST

/* DCOM_ISA takes sets away, and adds none. */
START_TEST(instruction_sets) {
    char message[256], said[256];
    dcom_context *context;
    isa limit;
    const isa host = isa_host();
    for (isa i = ISA_BASE; i <= ISA_AVX512; i++) {
        setenv("DCOM_ISA", isa_name(i), 1);
        snprintf(said, sizeof said, "DCOM_ISA=%s: this host has %s at most", isa_name(i), isa_name(host));
        ck_assert_int_eq(isa_limit(&limit, message), i <= host ? DCOM_OK : DCOM_E_HOST);
        ck_assert_int_eq(limit, i <= host ? i : ISA_BASE);
        if (i > host) ck_assert_str_eq(message, said);
        ck_assert_int_eq(isa_limit(&limit, NULL), i <= host ? DCOM_OK : DCOM_E_HOST);
    }
    setenv("DCOM_ISA", "sse", 1);
    ck_assert_int_eq(isa_limit(&limit, message), DCOM_E_HOST);
    ck_assert_str_eq(message, "DCOM_ISA=sse is not base, avx2 or avx512");
    ck_assert_int_eq(isa_limit(&limit, NULL), DCOM_E_HOST);
    ck_assert_int_eq(dcom_create(&good, &context), DCOM_E_HOST);
    ck_assert_ptr_null(context);
    dcom_array *array = (dcom_array *)&limit;
    ck_assert_int_eq(dcom_array_create(&good, &array), DCOM_E_HOST);
    ck_assert_ptr_null(array);
    unsetenv("DCOM_ISA");
    ck_assert_int_eq(isa_limit(&limit, message), DCOM_OK);
    ck_assert_int_eq(limit, host);
}
END_TEST

START_TEST(names) {
    ck_assert_str_eq(dcom_status_name(DCOM_OK), "OK");
    ck_assert_str_eq(dcom_status_name(DCOM_E_DIFFERENT), "DIFFERENT");
    ck_assert_str_eq(dcom_status_name((dcom_status)99), "UNKNOWN");
}
END_TEST

int main(void) {
    Suite *suite = suite_create("refusals");
    TCase *c = tcase_create("refusals");
    tcase_add_loop_test(c, configurations, 0, 14);
    tcase_add_test(c, large);
    tcase_add_test(c, parameters);
    tcase_add_test(c, instruction_sets);
    tcase_add_test(c, names);
    suite_add_tcase(suite, c);
    SRunner *runner = srunner_create(suite);
    srunner_run_all(runner, CK_ENV);
    const int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed ? 1 : 0;
}
