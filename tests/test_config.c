/* test_config.c - configuration files: good ones, every way to be bad with file, line and key, and the
 * generated forms. SPDX-License-Identifier: Apache-2.0 */
#include "../cmodel/config_parse.h"

#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static const char whole[] = "# comment\n"
                            "cluster_rows = 2\n"
                            "cluster_columns = 3\n"
                            "mac_rows = 8\n"
                            "lanes = 8\n"
                            "tile_tokens = 64\n"
                            "tile_channels = 128\n"
                            "basis_rows = 40\n"
                            "mac_stages = 3\n";

typedef struct {
    char folder[32], path[64], message[256];
    dcom_config config;
} sample;

static void setup(sample *s) {
    memset(s, 0, sizeof *s);
    strcpy(s->folder, "/tmp/test_config_XXXXXX");
    ck_assert_ptr_nonnull(mkdtemp(s->folder));
    snprintf(s->path, sizeof s->path, "%s/odd.cfg", s->folder);
}

static void release(const sample *s) {
    unlink(s->path);
    rmdir(s->folder);
}

static dcom_status read_text(sample *s, const char *text) {
    FILE *f = fopen(s->path, "w");
    ck_assert_ptr_nonnull(f);
    fputs(text, f);
    fclose(f);
    return dcom_config_read(s->path, &s->config, s->message);
}

/* `whole` with the line that begins with `key` replaced; appended where key is "" */
static const char *edited(const char *key, const char *line) {
    static char text[2048];
    const char *from = *key ? strstr(whole, key) : whole + strlen(whole), *to = *key ? strchr(from, '\n') + 1 : from;
    snprintf(text, sizeof text, "%.*s%s%s", (int)(from - whole), whole, line, to);
    return text;
}

START_TEST(good) {
    sample s;
    setup(&s);
    ck_assert_msg(read_text(&s, whole) == DCOM_OK, "%s", s.message);
    ck_assert_str_eq(s.message, "");
    ck_assert_str_eq(s.config.name, "odd");
    const dcom_config want = {"odd", 2, 3, 8, 8, 64, 128, 40, 3};
    const config_field *field;
    for (unsigned i = 0; (field = config_field_at(i)); i++)
        ck_assert_uint_eq(config_value(&s.config, field), config_value(&want, field));
    ck_assert_uint_eq(dcom_config_id(&s.config), dcom_config_id(&want));
    /* layout means nothing */
    ck_assert_msg(read_text(&s, edited("lanes", "\n   lanes=8   ; eight\r\n\t\n")) == DCOM_OK, "%s", s.message);
    release(&s);
}
END_TEST

static const struct {
    const char *key, *line, *fault;
} bad_files[] = {
    {"", "colour = 3\n", "odd.cfg:10: unknown key colour"},
    {"", "lanes = 8\n", "odd.cfg:10: lanes is given twice"},
    {"tile_tokens", "", "odd.cfg: tile_tokens is missing"},
    {"tile_tokens", "tile_tokens =\n", "odd.cfg:6: tile_tokens =  is not a number"},
    {"tile_tokens", "tile_tokens\n", "odd.cfg:6: not of the form key = value"},
    {"tile_tokens", "tile_tokens = 6x4\n", "odd.cfg:6: tile_tokens = 6x4 is not a number"},
    {"tile_tokens", "tile_tokens = -64\n", "odd.cfg:6: tile_tokens = -64 is not a number"},
    {"tile_tokens", "tile_tokens = 64.0\n", "odd.cfg:6: tile_tokens = 64.0 is not a number"},
    {"tile_tokens", "tile_tokens = 0x40\n", "odd.cfg:6: tile_tokens = 0x40 is not a number"},
    {"tile_tokens", "tile_tokens = 64 64\n", "odd.cfg:6: tile_tokens = 64 64 is not a number"},
    {"tile_tokens", "tile_tokens = 99999999999999999999999\n", "is not a number"},
    {"tile_tokens", "tile_tokens = 4294967360\n", "odd.cfg:6: tile_tokens = 4294967360 is not 8..4096"},
    {"tile_tokens", "tile_tokens = 0\n", "odd.cfg:6: tile_tokens = 0 is not 8..4096"},
    {"tile_tokens", "tile_tokens = 4104\n", "odd.cfg:6: tile_tokens = 4104 is not 8..4096"},
    {"tile_tokens", "tile_tokens = 65\n", "odd.cfg:6: tile_tokens = 65 is not a multiple of 8"},
    {"tile_channels", "tile_channels = 12\n", "odd.cfg:7: tile_channels = 12 is not a multiple of 8"},
    {"basis_rows", "basis_rows = 4\n", "odd.cfg:8: basis_rows = 4 is not 8..4096"},
    {"cluster_rows", "cluster_rows = 0\n", "odd.cfg:2: cluster_rows = 0 is not 1..16"},
    {"cluster_columns", "cluster_columns = 17\n", "odd.cfg:3: cluster_columns = 17 is not 1..16"},
    {"mac_rows", "mac_rows = 4\n", "odd.cfg:4: mac_rows = 4: it must be 8"},
    {"lanes", "lanes = 16\n", "odd.cfg:5: lanes = 16: it must be 8"},
    {"mac_stages", "mac_stages = 4\n", "odd.cfg:9: mac_stages = 4 is not 1..3"},
    {"mac_stages", "mac_stages = 0\n", "odd.cfg:9: mac_stages = 0 is not 1..3"},
    {"lanes", "[array]\nlanes = 8\n", "odd.cfg:5: sections are not part of a configuration"},
    {"lanes", "Lanes = 8\n", "odd.cfg:5: unknown key Lanes"},
};

/* A file beside us, a folder, a line that begins with a zero byte. */
START_TEST(places) {
    sample s;
    setup(&s);
    ck_assert_int_eq(read_text(&s, whole), DCOM_OK);
    ck_assert(chdir(s.folder) == 0);
    ck_assert_msg(dcom_config_read("odd.cfg", &s.config, s.message) == DCOM_OK, "%s", s.message);
    ck_assert_str_eq(s.config.name, "odd");
    ck_assert_int_eq(dcom_config_read("./", &s.config, s.message), DCOM_E_FILE);
    ck_assert_str_eq(s.message, "./: cannot be read");
    FILE *f = fopen("odd.cfg", "w");
    ck_assert(f && fputs(whole, f) >= 0 && fwrite("\0\n", 1, 2, f) == 2 && fclose(f) == 0);
    ck_assert_int_eq(dcom_config_read("odd.cfg", &s.config, s.message), DCOM_E_CONFIG);
    ck_assert_str_eq(s.message, "odd.cfg:10: not a line of text of at most 198 characters");
    ck_assert(chdir("/") == 0);
    release(&s);
}
END_TEST

START_TEST(bad) {
    sample s;
    setup(&s);
    ck_assert_int_eq(read_text(&s, edited(bad_files[_i].key, bad_files[_i].line)), DCOM_E_CONFIG);
    ck_assert_msg(strstr(s.message, bad_files[_i].fault) != NULL, "%s, instead of: %s", s.message,
                  bad_files[_i].fault);
    ck_assert_ptr_null(strchr(s.message, '\n'));
    ck_assert_int_eq(strncmp(s.message, s.folder, strlen(s.folder)), 0);
    release(&s);
}
END_TEST

START_TEST(bad_as_a_whole) {
    sample s;
    setup(&s);
    ck_assert_int_eq(read_text(&s, ""), DCOM_E_CONFIG);
    ck_assert_msg(strstr(s.message, "cluster_rows is missing") != NULL, "%s", s.message);
    char wide[600];
    memset(wide, 'x', sizeof wide);
    wide[599] = 0;
    ck_assert_int_eq(read_text(&s, wide), DCOM_E_CONFIG);
    ck_assert_msg(strstr(s.message, ":1: not a line of text") != NULL, "%s", s.message);
    unlink(s.path);
    ck_assert_int_eq(dcom_config_read(s.path, &s.config, s.message), DCOM_E_FILE);
    ck_assert_msg(strstr(s.message, "odd.cfg: No such file") != NULL, "%s", s.message);
    mkdir(s.path, 0700);
    ck_assert_int_eq(dcom_config_read(s.path, &s.config, s.message), DCOM_E_FILE);
    ck_assert_msg(strstr(s.message, "odd.cfg: cannot be read") != NULL, "%s", s.message);
    rmdir(s.path);
    release(&s);
}
END_TEST

/* The table compiled in is that of rtl/config/, smallest first. */
START_TEST(named) {
    const dcom_config *built;
    dcom_config read, named;
    char path[64], message[256];
    unsigned macs = 0, i = 0;
    for (; (built = dcom_config_at(i)); i++) {
        snprintf(path, sizeof path, "rtl/config/%s.cfg", built->name);
        ck_assert_msg(dcom_config_read(path, &read, message) == DCOM_OK, "%s", message);
        ck_assert_int_eq(dcom_config_named(built->name, &named, message), DCOM_OK);
        ck_assert_mem_eq(&read, built, sizeof read);
        ck_assert_mem_eq(&named, built, sizeof named);
        ck_assert_uint_gt(built->cluster_rows * built->cluster_columns, macs);
        macs = built->cluster_rows * built->cluster_columns;
        for (unsigned k = 0; k < i; k++)
            ck_assert_uint_ne(dcom_config_id(built), dcom_config_id(dcom_config_at(k)));
    }
    ck_assert_uint_ge(i, 4);
    ck_assert_int_eq(dcom_config_named("huge", &named, message), DCOM_E_CONFIG);
    ck_assert_str_eq(message, "no configuration is called huge; there are tiny, small, medium, full");
}
END_TEST

/* What the RTL is compiled with says the same. */
START_TEST(verilog) {
    const dcom_config *c;
    const char *build = getenv("BUILD");
    for (unsigned i = 0; (c = dcom_config_at(i)); i++) {
        char path[256], line[128], key[64], value[32];
        unsigned found = 0;
        snprintf(path, sizeof path, "%s/%s/dcom_config.vh", build ? build : "build", c->name);
        FILE *f = fopen(path, "r");
        ck_assert_msg(f != NULL, "%s cannot be opened", path);
        while (fgets(line, sizeof line, f)) {
            ck_assert_int_eq(sscanf(line, "`define DCOM_%63s %31s", key, value), 2);
            char want[32] = "?";
            const config_field *field;
            for (unsigned k = 0; (field = config_field_at(k)); k++)
                if (strcasecmp(field->key, key) == 0) snprintf(want, sizeof want, "%u", config_value(c, field));
            if (strcmp(key, "CONFIG_ID") == 0) snprintf(want, sizeof want, "32'h%08X", (unsigned)dcom_config_id(c));
            ck_assert_str_eq(value, want);
            found++;
        }
        fclose(f);
        ck_assert_uint_eq(found, 9);
    }
}
END_TEST

int main(void) {
    Suite *suite = suite_create("config");
    TCase *files = tcase_create("files"), *built_in = tcase_create("built_in");
    tcase_add_test(files, good);
    tcase_add_loop_test(files, bad, 0, (int)(sizeof bad_files / sizeof *bad_files));
    tcase_add_test(files, bad_as_a_whole);
    tcase_add_test(files, places);
    tcase_add_test(built_in, named);
    tcase_add_test(built_in, verilog);
    suite_add_tcase(suite, files);
    suite_add_tcase(suite, built_in);
    SRunner *runner = srunner_create(suite);
    srunner_run_all(runner, CK_ENV);
    const int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed ? 1 : 0;
}
