/* config_parse.c - reads `key = value` files of geometry with inih; one line names file, line and key of a
 * fault. SPDX-License-Identifier: Apache-2.0 */
#include "config_parse.h"
#include "line.h"

#include <ctype.h>
#include <errno.h>
#include <ini.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { FIELDS = 8 };

const config_field *config_field_at(unsigned i) {
    static const config_field fields[FIELDS] = {
        {"cluster_rows", offsetof(dcom_config, cluster_rows), 1, 16, 1},
        {"cluster_columns", offsetof(dcom_config, cluster_columns), 1, 16, 1},
        {"mac_rows", offsetof(dcom_config, mac_rows), 8, 8, 8},
        {"lanes", offsetof(dcom_config, lanes), 8, 8, 8},
        {"tile_tokens", offsetof(dcom_config, tile_tokens), 8, 4096, 8},
        {"tile_channels", offsetof(dcom_config, tile_channels), 8, 4096, 8},
        {"basis_rows", offsetof(dcom_config, basis_rows), 8, 4096, 8},
        {"mac_stages", offsetof(dcom_config, mac_stages), 1, 3, 1},
    };
    return i < FIELDS ? &fields[i] : NULL;
}

unsigned config_value(const dcom_config *config, const config_field *field) {
    unsigned value;
    memcpy(&value, (const char *)config + field->offset, sizeof value);
    return value;
}

bool config_in_range(const dcom_config *config) {
    const config_field *field;
    bool good = true;
    for (unsigned i = 0; (field = config_field_at(i)); i++) {
        const unsigned value = config_value(config, field);
        good &= value >= field->least && value <= field->most && value % field->multiple == 0;
    }
    return good;
}

uint32_t dcom_config_id(const dcom_config *config) {
    uint32_t hash = 2166136261u;
    const config_field *field;
    for (unsigned i = 0; (field = config_field_at(i)); i++) {
        char line[64];
        snprintf(line, sizeof line, "%s = %u\n", field->key, config_value(config, field));
        for (const char *c = line; *c; c++)
            hash = (hash ^ (unsigned char)*c) * 16777619u;
    }
    return hash;
}

/* ---- one parse ---- */

typedef struct {
    const char *path;
    FILE *file;
    dcom_config *config;
    unsigned line, seen; /* line being read; bit i: field i has its value */
    dcom_status status;
    char *message;
} parse;

/* Keeps the first fault. `line` 0: the fault is of the file as a whole. */
__attribute__((format(printf, 3, 4))) static void fault(parse *p, unsigned line, const char *format, ...) {
    if (p->status) return;
    p->status = DCOM_E_CONFIG;
    char what[112], place[16] = "";
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(what, sizeof what, format, arguments);
    va_end(arguments);
    if (line) snprintf(place, sizeof place, ":%u", line);
    snprintf(p->message, 256, "%.120s%s: %s", p->path, place, what);
    one_line(p->message);
}

/* inih's fgets: counts lines, drops indentation (to inih a continued value), refuses what inih lets pass */
static char *read_line(char *to, int size, void *user) {
    parse *p = user;
    if (!fgets(to, size, p->file)) return NULL;
    p->line++;
    size_t length = strlen(to), indent = strspn(to, " \t");
    if ((length == 0 || to[length - 1] != '\n') && !feof(p->file)) {
        fault(p, p->line, "not a line of text of at most %d characters", size - 2);
        return NULL;
    }
    memmove(to, to + indent, length - indent + 1);
    if (to[0] == '[') fault(p, p->line, "sections are not part of a configuration");
    return to;
}

static int take_value(void *user, const char *section, const char *key, const char *value) {
    parse *p = user;
    const config_field *field;
    unsigned i = 0;
    (void)section;
    while ((field = config_field_at(i)) && strcmp(field->key, key) != 0)
        i++;
    if (!field) return fault(p, p->line, "unknown key %.60s", key), 0;
    if (p->seen >> i & 1) return fault(p, p->line, "%s is given twice", key), 0;

    char *end;
    errno = 0;
    const unsigned long number = strtoul(value, &end, 10);
    if (!isdigit((unsigned char)value[0]) || *end || errno)
        return fault(p, p->line, "%s = %.40s is not a number", key, value), 0;
    if (number < field->least || number > field->most) {
        if (field->least == field->most)
            fault(p, p->line, "%s = %lu: it must be %u", key, number, field->least);
        else
            fault(p, p->line, "%s = %lu is not %u..%u", key, number, field->least, field->most);
        return 0;
    }
    if (number % field->multiple)
        return fault(p, p->line, "%s = %lu is not a multiple of %u", key, number, field->multiple), 0;
    const unsigned narrow = (unsigned)number;
    memcpy((char *)p->config + field->offset, &narrow, sizeof narrow);
    p->seen |= 1u << i;
    return 1;
}

/* name = the file's stem */
static void take_name(parse *p) {
    const char *slash = strrchr(p->path, '/'), *stem = slash ? slash + 1 : p->path;
    size_t length = strlen(stem);
    if (length > 4 && strcmp(stem + length - 4, ".cfg") == 0) length -= 4;
    if (length == 0 || length >= sizeof p->config->name) {
        fault(p, 0, "the file's name is not 1 to %zu characters", sizeof p->config->name - 1);
        return;
    }
    memcpy(p->config->name, stem, length);
}

dcom_status config_parse(const char *path, dcom_config *config, char message[256]) {
    parse p = {.path = path, .config = config, .message = message};
    memset(config, 0, sizeof *config);
    message[0] = 0;
    p.file = fopen(path, "r");
    if (!p.file) {
        snprintf(message, 256, "%.120s: %m", path);
        return DCOM_E_FILE;
    }
    take_name(&p);
    const int bad_line = ini_parse_stream(read_line, &p, take_value, &p);
    const int unreadable = ferror(p.file);
    fclose(p.file);
    if (unreadable) {
        snprintf(message, 256, "%.120s: cannot be read", path);
        return DCOM_E_FILE;
    }
    if (bad_line) fault(&p, (unsigned)bad_line, "not of the form key = value");
    const config_field *field;
    for (unsigned i = 0; (field = config_field_at(i)); i++)
        if (!(p.seen >> i & 1)) fault(&p, 0, "%s is missing", field->key);
    return p.status;
}
