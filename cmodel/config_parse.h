/* config_parse.h - the keys of a configuration file, their ranges, and the parser of rtl/config/NAME.cfg.
 * SPDX-License-Identifier: Apache-2.0
 *
 * Apart from config.c because the table of built-in configurations is itself made with it (gen_config.c). */
#ifndef DCOM_CONFIG_PARSE_H
#define DCOM_CONFIG_PARSE_H

#include "dcom.h"

#include <stdbool.h>

typedef struct {
    const char *key;
    size_t offset; /* of the unsigned in dcom_config */
    unsigned least, most, multiple;
} config_field;

/* The i-th key in canonical order, NULL past the last. */
const config_field *config_field_at(unsigned i);
unsigned config_value(const dcom_config *config, const config_field *field);
/* Whether each value is one that its key may have. */
bool config_in_range(const dcom_config *config);

/* As dcom_config_read(). The name of the configuration is the stem of the file. */
dcom_status config_parse(const char *path, dcom_config *config, char message[256]);

#endif
