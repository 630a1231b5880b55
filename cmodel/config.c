/* config.c - the named configurations, compiled in from rtl/config/ by gen_config, and files of the same
 * form. SPDX-License-Identifier: Apache-2.0 */
#include "config_parse.h"

#include <stdio.h>
#include <string.h>

const dcom_config *dcom_config_at(unsigned i) {
    static const dcom_config table[] = {
#include "configs.inc"
    };
    return i < sizeof table / sizeof *table ? &table[i] : NULL;
}

dcom_status dcom_config_named(const char *name, dcom_config *config, char message[256]) {
    const dcom_config *candidate;
    char known[96] = "";
    message[0] = 0;
    for (unsigned i = 0; (candidate = dcom_config_at(i)); i++) {
        if (strcmp(candidate->name, name) == 0) {
            *config = *candidate;
            return DCOM_OK;
        }
        strncat(known, i ? ", " : "", sizeof known - 1 - strlen(known));
        strncat(known, candidate->name, sizeof known - 1 - strlen(known));
    }
    snprintf(message, 256, "no configuration is called %.60s; there are %s", name, known);
    return DCOM_E_CONFIG;
}

dcom_status dcom_config_read(const char *path, dcom_config *config, char message[256]) {
    return config_parse(path, config, message);
}
