/* config.c - fuzz target: a configuration file. SPDX-License-Identifier: Apache-2.0 */
#include "config_parse.h"
#include "fuzz.h"

#include <stdio.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    char message[256], text[512];
    dcom_config config, again;
    const config_field *field;
    const char *path = fuzz_file(data, size);
    const dcom_status status = config_parse(path, &config, message);
    fuzz_check_message(message, status, path);
    if (status) return 0;
    size_t length = 0;
    for (unsigned k = 0; (field = config_field_at(k)); k++) {
        const unsigned value = config_value(&config, field);
        FUZZ_CHECK(value >= field->least && value <= field->most && value % field->multiple == 0);
        length += (size_t)snprintf(text + length, sizeof text - length, "%s=%u\n", field->key, value);
    }
    FUZZ_CHECK(!config_parse(fuzz_file(text, length), &again, message));
    FUZZ_CHECK(dcom_config_id(&again) == dcom_config_id(&config));
    return 0;
}
