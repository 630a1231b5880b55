/* command_info.c - dcom info: versions, configurations, and what of the host is in use.
 * SPDX-License-Identifier: Apache-2.0 */
#include "command.h"
#include "config_parse.h"
#include "isa.h"

#include <stdio.h>

enum { JSON = 256 };

static error_t parse(int key, char *argument, struct argp_state *state) {
    if (key == ARGP_KEY_ARG) return command_error("info takes no argument, %s is one", argument);
    if (key != JSON) return ARGP_ERR_UNKNOWN;
    *(bool *)state->input = true;
    return 0;
}

static unsigned macs(const dcom_config *c) { return c->cluster_rows * c->cluster_columns * c->mac_rows * c->lanes; }

static int print_json(void) {
    const dcom_config *c;
    const config_field *field;
    json_t *list = json_array();
    for (unsigned i = 0; (c = dcom_config_at(i)); i++) {
        json_t *one = json_pack("{ss si}", "name", c->name, "macs", (int)macs(c));
        report_put(&one, "config_id", json_integer(dcom_config_id(c)));
        for (unsigned k = 0; (field = config_field_at(k)); k++)
            report_put(&one, field->key, json_integer(config_value(c, field)));
        report_add(&list, one);
    }
    isa limit;
    isa_limit(&limit, NULL);
    return report_dump(json_pack("{ss si si ss ss ss so}", "version", DCOM_VERSION, "abi", (int)dcom_abi_version(),
                                 "numeric_contract", DCOM_NUMERIC_CONTRACT, "kernel", dcom_kernel_name(), "isa",
                                 isa_name(limit), "isa_host", isa_name(isa_host()), "configurations", list));
}

int command_info(int argc, char **argv) {
    static const struct argp_option options[] = {{"json", JSON, NULL, 0, "For machines", 0}, {0}};
    static const struct argp argp = {options, parse, NULL, "Versions, configurations, host features in use.",
                                     NULL,    NULL,  NULL};
    bool json = false;
    const dcom_config *c;
    const int status = command_parse(&argp, "dcom info", argc, argv, &json);
    if (status) return status < 0 ? EXIT_GOOD : status;
    if (json) return print_json();
    isa limit;
    isa_limit(&limit, NULL);
    printf("version           %s\nABI               %u\nnumeric contract  %d\nkernel            %s\n", DCOM_VERSION,
           dcom_abi_version(), DCOM_NUMERIC_CONTRACT, dcom_kernel_name());
    printf("instruction set   %s of at most %s (DCOM_ISA)\n\n", isa_name(limit), isa_name(isa_host()));
    printf("%-14s %8s %8s %15s %11s %10s %9s\n", "configuration", "clusters", "MACs", "largest matrix", "basis rows",
           "MAC stages", "id");
    for (unsigned i = 0; (c = dcom_config_at(i)); i++)
        printf("%-14s %5u x %-2u %6u %7u x %-6u %10u %10u  %08X\n", c->name, c->cluster_rows, c->cluster_columns,
               macs(c), c->cluster_rows * c->tile_tokens, c->cluster_columns * c->tile_channels,
               c->cluster_rows * c->basis_rows, c->mac_stages, (unsigned)dcom_config_id(c));
    return EXIT_GOOD;
}
