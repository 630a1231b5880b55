/* test_altered.c - capsules, manifests and indexes in which one value was altered, whole otherwise: sealed and hashed
 * again. Each value is taken away, and replaced by one of every type. What is read then is refused in one line that
 * begins with the file, or is a value of the same type. Golden vectors, traces and folders that were altered, with
 * sizes and hashes that fit. SPDX-License-Identifier: Apache-2.0 */
#include "../cmodel/capsule.h"
#include "../cmodel/csr.h"
#include "../cmodel/host.h"
#include "../cmodel/trace.h"
#include "../cmodel/vectors.h"
#include "commands.h"

#include <check.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

typedef enum { CAPSULE, MANIFEST, TRACED, INDEX, KINDS } kind;

static const char *const files[KINDS] = {"a.capsule", "V/manifest.json", "T/manifest.json", "L/index.json"};
static char folder[] = "/tmp/test_altered.XXXXXX", said[MOST_TEXT];
static npy_matrix a; /* of the capsule */

/* ---- the files ---- */

static int dcom_vectors(char *line) {
    char *argv[16] = {"vectors"}, *rest = line, *word;
    int argc = 1;
    while ((word = strsep(&rest, " ")))
        argv[argc++] = word;
    return command_vectors(argc, argv);
}

static int shell(const char *line) { return system(line); }

static void set_up(void) {
    static uint32_t tokens[] = {1, 3};
    static uint16_t bits[8 * 6];
    char message[256], one[] = "noise(8,8) --out V --config tiny --rank 2 --jobs 1 --quiet --exact-tokens 1,3",
                       two[] = "A.npy --out T --config tiny --rank 2 --jobs 1 --quiet --trace --stall light --seed 9",
                       three[] = "--cases list --out L --jobs 1 --quiet";
    float values[8 * 6];
    capsule c = {.program = "sim",
                 .parameters = dcom_defaults(),
                 .stall = {1, 2, 3, 4},
                 .stall_seed = 5,
                 .fault = {"u_csr.running_q", 0, 2, 30},
                 .input = "A.npy",
                 .failure = "divergence",
                 .message = "clock 32",
                 .divergence = {"u_csr.running_q", "row 1", 0, 8, {{31, 0, 0}, {32, 1, 0}}, 2},
                 .model = {32, "00", 40, "none", "none"},
                 .verilator = "5"};
    ck_assert(mkdtemp(folder) && chdir(folder) == 0);
    for (unsigned k = 0; k < 8 * 6; k++)
        bits[k] = (uint16_t)(0x3F00 + k), values[k] = (float)k;
    ck_assert_int_eq(npy_write_f32("A.npy", values, 8, 6, message), DCOM_OK);
    FILE *f = fopen("list", "w");
    ck_assert(f && fputs("one noise(8,8) config=tiny rank=2\ntwo noise(8,8) config=tiny rank=1\n", f) >= 0 &&
              fclose(f) == 0);
    ck_assert(!dcom_vectors(one) && !dcom_vectors(two) && !dcom_vectors(three));
    a = (npy_matrix){.rows = 8, .columns = 6, .bits = bits};
    capsule_stamp(&c);
    ck_assert_int_eq(dcom_config_named("tiny", &c.config, message), DCOM_OK);
    c.a = a, c.parameters.rank = 2, c.parameters.outliers = 1;
    c.parameters.exact_tokens = tokens, c.parameters.exact_token_count = 2;
    ck_assert_int_eq(capsule_write(files[CAPSULE], &c), EXIT_GOOD);
}

static void tear_down(void) {
    char line[64];
    snprintf(line, sizeof line, "rm -rf %s", folder);
    ck_assert(chdir("/") == 0 && shell(line) == 0);
}

static json_t *document(kind k) {
    size_t size;
    unsigned header = 0;
    char *bytes = (char *)vectors_get(files[k], &size);
    ck_assert(bytes && (k != CAPSULE || (size > 37 && sscanf(bytes, "dcom-capsule 1 %10u", &header) == 1)));
    json_t *o = json_loadb(k == CAPSULE ? bytes + 37 : bytes, k == CAPSULE ? header : size, 0, NULL);
    ck_assert_ptr_nonnull(o);
    free(bytes);
    return o;
}

/* ---- reading what was altered ---- */

static void write_capsule(const char *path, const char *header) {
    char line[64], sum[65];
    const size_t payload = a.rows * a.columns * sizeof *a.bits;
    snprintf(line, sizeof line, "dcom-capsule 1 %010zu %010zu\n", strlen(header), payload);
    sha256 *s = sha256_begin();
    sha256_add(s, line, 37), sha256_add(s, header, strlen(header)), sha256_add(s, a.bits, payload);
    ck_assert(sha256_end(s, sum));
    FILE *f = fopen(path, "wb");
    ck_assert(f && fprintf(f, "%s%s", line, header) > 0 && fwrite(a.bits, 1, payload, f) == payload &&
              fprintf(f, "%s\n", sum) == 65 && fclose(f) == 0);
}

static int read_file(kind k, const char *path) {
    capsule c;
    run_case of = {0};
    vectors_results results;
    vectors_file made[VECTORS_FILES];
    vectors_index *index = NULL;
    size_t count;
    int status;
    switch (k) {
    case CAPSULE:
        if (!(status = capsule_read(path, &c))) capsule_release(&c);
        return status;
    case INDEX:
        if (!(status = vectors_index_read(path, &index, &count))) free(index);
        return status;
    default:
        if (!(status = vectors_manifest_read(path, &of, &results, made))) case_release(&of);
        return status;
    }
}

/* What is said from listen_to() to heard() is in `said`. */
static int usual_stderr;

static void listen_to(void) {
    fflush(stderr);
    usual_stderr = redirect(STDERR_FILENO, "said");
}

static void heard(void) {
    restore(STDERR_FILENO, usual_stderr);
    file_text("said", said);
}

/* The exit status of reading this document. */
static int read_altered(kind k, const json_t *o) {
    char *text = json_dumps(o, JSON_INDENT(1));
    ck_assert_ptr_nonnull(text);
    if (k == CAPSULE)
        write_capsule("altered", text);
    else {
        FILE *f = fopen("altered", "w");
        ck_assert(f && fputs(text, f) >= 0 && fclose(f) == 0);
    }
    free(text);
    listen_to();
    const int status = read_file(k, "altered");
    heard();
    return status;
}

static bool is_one_line_of(const char *path) {
    return strncmp(said, "dcom: ", 6) == 0 && strncmp(said + 6, path, strlen(path)) == 0 &&
           strchr(said, '\n') == said + strlen(said) - 1;
}
static bool is_one_line(void) { return is_one_line_of("altered: "); }

/* ---- every value ---- */

static json_t *others; /* values of every type, null first: what is taken away */
static unsigned taken, refused;

static void judge(kind k, const json_t *root, const char *where, const json_t *was, const json_t *is) {
    const int status = read_altered(k, root);
    const bool alike = is && (json_typeof(is) == json_typeof(was) || (json_is_number(is) && json_is_number(was)));
    const bool optional =
        k == CAPSULE && json_is_null(is) && (!strcmp(where, ".fault") || !strcmp(where, ".divergence"));
    if (status == EXIT_GOOD) {
        ck_assert_msg(alike || optional, "%s%s: taken with another type", files[k], where);
        ck_assert_msg(!said[0], "%s%s: taken, and yet: %s", files[k], where, said);
        taken++;
    } else {
        ck_assert_int_eq(status, EXIT_WRONG);
        ck_assert_msg(is_one_line(), "%s%s: %s", files[k], where, said);
        refused++;
    }
}

static void visit(kind k, json_t *root, json_t *part, const char *path) {
    char where[200];
    const char *key;
    size_t n;
    json_t *was, *is, *members = json_copy(part); /* whose values stay where they are in there */
    json_object_foreach(members, key, was) {
        snprintf(where, sizeof where, "%s.%s", path, key);
        ck_assert_int_eq(json_object_del(part, key), 0);
        judge(k, root, where, was, NULL);
        json_array_foreach(others, n, is) {
            ck_assert_int_eq(json_object_set(part, key, is), 0);
            if (!json_equal(is, was)) judge(k, root, where, was, is);
        }
        ck_assert_int_eq(json_object_set(part, key, was), 0);
        visit(k, root, was, where);
    }
    for (size_t i = 0; i < json_array_size(members); i++) {
        was = json_array_get(members, i);
        snprintf(where, sizeof where, "%s[%zu]", path, i);
        json_array_foreach(others, n, is) {
            ck_assert_int_eq(json_array_set(part, i, is), 0);
            if (!json_equal(is, was)) judge(k, root, where, was, is);
        }
        ck_assert_int_eq(json_array_set(part, i, was), 0);
        visit(k, root, was, where);
    }
    json_decref(members);
}

START_TEST(every_value) {
    const kind k = (kind)_i;
    json_t *root = document(k), *extra = json_true();
    others =
        json_pack("[n, b, b, i, I, f, s, s, s, [], {}]", 1, 0, -1, (json_int_t)1 << 40, 0.5, "", "\x1B[2J", "rank");
    json_t *more = json_string_nocheck("");
    char *longer = calloc(1, 5000);
    ck_assert(others && more && longer);
    memset(longer, 'x', 4999);
    ck_assert(json_string_set(more, longer) == 0 && json_array_append_new(others, more) == 0);
    ck_assert_msg(read_altered(k, root) == EXIT_GOOD && !said[0], "as it was: %s", said);
    visit(k, root, root, "");
    ck_assert_msg(read_altered(k, root) == EXIT_GOOD, "put together again: %s", said);
    ck_assert_int_eq(json_object_set_new(root, "extra", extra), 0);
    ck_assert_int_eq(read_altered(k, root), EXIT_WRONG);
    ck_assert_msg(strstr(said, "extra") && is_one_line(), "%s", said);
    printf("# %s: %u refused, %u taken\n", files[k], refused, taken);
    ck_assert(refused > 30 && taken > 0);
    free(longer);
    json_decref(root), json_decref(others);
}
END_TEST

/* ---- in these words ---- */

static const struct {
    kind of;
    const char *path, *value, *says;
} words[] = {
    {CAPSULE, "config.name", "\"mine\"", NULL},
    {CAPSULE, "config.id", "1", "the id of configuration tiny is not that of its values"},
    {CAPSULE, "config.mac_rows", "null", "config in its header has no whole number mac_rows"},
    {CAPSULE, "divergence.bits", "7", "bits in its header is 7, not 8..32"},
    {CAPSULE, "divergence.bits", "40", "bits in its header is 40, not 8..32"},
    {CAPSULE, "divergence.history", "[]", "the length of the history in its header is 0, not 1..9"},
    {CAPSULE, "divergence.history.0.clock", "0", "clock in its header is 0, and clocks count from 1"},
    {CAPSULE, "divergence.history.0.model", "\"000\"", "000 in the history of its header is not 8 bits in hexa"},
    {CAPSULE, "divergence.history.1.rtl", "\"0G\"", "0G in the history of its header is not 8 bits in hexa"},
    {CAPSULE, "divergence.history.1.clock", "34", "the clocks of its history are not consecutive"},
    {CAPSULE, "fault.bit", "32", "bit in its header is 32, not 0..31"},
    {CAPSULE, "input.tokens", "0", "tokens in its header is 0, not 1.."},
    {CAPSULE, "parameters.exact_tokens", "{}", "exact_tokens in its header is not a list"},
    {CAPSULE, "parameters.exact_tokens.1", "0.5", "exact_tokens in its header is not a list of whole numbers"},
    {CAPSULE, "parameters.exact_tokens.1", "8", "exact token 8 is not 0..7"},
    {CAPSULE, "parameters.tolerance", "2", "tolerance 2 is not 0..1"},
    {CAPSULE, "program", "\"dcom\"", "program in its header is dcom, not sim or array_sim"},
    {CAPSULE, "program", "\"array_sim\"", NULL},
    {CAPSULE, "versions.abi", "99", NULL},
    {CAPSULE, "versions.host", "\"\\u007f\"", "host in its header has a control character"},
    {MANIFEST, "schema", "2", "schema 2: this dcom reads 1"},
    {MANIFEST, "version", "\"9.9.9\"", NULL},
    {MANIFEST, "version", "9", "version is not a text of at most 32"},
    {MANIFEST, "name", "7", "name is not a text of at most 63"},
    {MANIFEST, "name", "\"../two\"", "name ../two is not one of a case"},
    {MANIFEST, "expect", "\"rnak\"", "expect rnak: not a thing to expect"},
    {MANIFEST, "expect", "\"no-flags,rank:2\"", NULL},
    {MANIFEST, "reason", "\"another\"", NULL},
    {MANIFEST, "trace", "null", "trace is not false, as the rest says"},
    {MANIFEST, "trace", "true", "files[10].name is missing"},
    {MANIFEST, "config", "3", "config is not an object"},
    {MANIFEST, "config.name", "{}", "config.name is not a text of at most 31"},
    {MANIFEST, "config.values", "3", "config.values is not an object"},
    {MANIFEST, "config.values.mac_rows", "9", "config.mac_rows is 9, not 8..8 in steps of"},
    {MANIFEST, "config.values.cluster_rows", "17", "config.cluster_rows is 17, not 1..16"},
    {MANIFEST, "input.generator", "\"noise(9,8,-8)\"", "input.tokens is not 9, as the rest says"},
    {MANIFEST, "input.generator", "\"noise(9)\"", "input.noise(9): the number of columns is missing"},
    {MANIFEST, "parameters.seed", "4294967296", "parameters.seed is not a whole number 0..4294967295"},
    {MANIFEST, "parameters.exact_tokens", "[4294967296]", "parameters.exact_tokens holds what is no token"},
    {MANIFEST, "parameters.exact_tokens", "[\"1\"]", "parameters.exact_tokens holds what is no token"},
    {MANIFEST, "parameters.tolerance", "0", NULL}, /* the same number */
    {MANIFEST, "stall.result", "256", "stall.result is not a whole number 0..255"},
    {MANIFEST, "results.stop", "\"never\"", "results.stop never is no reason to stop"},
    {MANIFEST, "results.certificate_bits", "\"0123456\"", "results.certificate_bits is not 8 hexadecimal digits"},
    {MANIFEST, "results.certificate_bits", "\"0123456g\"", "results.certificate_bits is not 8 hexadecimal digits"},
    {MANIFEST, "results.certificate_bits", "\"7f800000\"", "results.certificate is not null, as the rest says"},
    {MANIFEST, "results.digest", "\"xy\"", "results.digest is not 64 hexadecimal digits"},
    {MANIFEST, "files", "{}", "files[0].name is missing"},
    {MANIFEST, "files.3.name", "\"P.npy\"", "files[3].name is not outliers.npy"},
    {MANIFEST, "files.3.shape", "[1, 2, 3]", "files[3].shape is not one or two numbers"},
    {MANIFEST, "files.3.type", "\"<i8\"", "files[3].type is not \"<i4\", as the rest says"},
    {TRACED, "trace", "false", "files are 11, not 10"},
    {TRACED, "input.file", "\"noise(8,8)\"", "input.noise(8,8) is no file"},
    {TRACED, "input.sha256", "\"xy\"", "input.sha256 is not 64 hexadecimal digits"},
    {INDEX, "cases", "[]", "no cases in it"},
    {INDEX, "cases.1.name", "\"../two\"", "cases[1].name ../two is not one of a case"},
    {INDEX, "cases.0.digest", "\"xy\"", "cases[0].digest is not 64 hexadecimal digits"},
    {INDEX, "numeric_contract", "99", "numeric contract 99: this dcom has"},
};

/* Puts `value` where the path leads. */
static void put(json_t *at, const char *path, json_t *value) {
    char part[64];
    for (const char *dot; (dot = strchr(path, '.')); path = dot + 1) {
        snprintf(part, sizeof part, "%.*s", (int)(dot - path), path);
        at = json_is_array(at) ? json_array_get(at, (size_t)atoi(part)) : json_object_get(at, part);
    }
    ck_assert_msg(json_is_array(at) || json_object_get(at, path), "no %s", path);
    ck_assert_int_eq(
        json_is_array(at) ? json_array_set(at, (size_t)atoi(path), value) : json_object_set(at, path, value), 0);
}

START_TEST(in_words) {
    json_t *root = document(words[_i].of), *value = json_loads(words[_i].value, JSON_DECODE_ANY, NULL);
    ck_assert_ptr_nonnull(value);
    put(root, words[_i].path, value);
    const int status = read_altered(words[_i].of, root);
    if (words[_i].says) {
        ck_assert_int_eq(status, EXIT_WRONG);
        ck_assert_msg(is_one_line() && strstr(said, words[_i].says), "%s = %s: %s", words[_i].path, words[_i].value,
                      said);
    } else
        ck_assert_msg(status == EXIT_GOOD && !said[0], "%s = %s: %s", words[_i].path, words[_i].value, said);
    json_decref(root), json_decref(value);
}
END_TEST

static void write_json(const char *path, const json_t *o) {
    ck_assert_int_eq(json_dump_file(o, path, JSON_INDENT(1)), 0);
}

/* What jansson asks for, until there is no more. */
static unsigned pieces;
static void *take(size_t size) { return pieces > 0 && --pieces == 0 ? NULL : malloc(size); }

/* With one piece of memory less each time: a value that cannot be shown is told all the same. */
START_TEST(without_words) {
    json_t *root = document(MANIFEST), *value = json_integer(9);
    unsigned told = 0;
    put(root, "input.tokens", value);
    write_json("altered", root);
    json_decref(root), json_decref(value);
    for (unsigned n = 1, left = 0; left == 0; n++) {
        pieces = n;
        listen_to();
        const int status = read_file(MANIFEST, "altered");
        heard();
        left = pieces, pieces = 0;
        ck_assert_int_eq(status, EXIT_WRONG);
        ck_assert_msg(is_one_line(), "%s", said);
        told += strstr(said, "input.tokens is not what it should be, as the rest says") != NULL;
    }
    ck_assert_ptr_nonnull(strstr(said, "input.tokens is not 8, as the rest says"));
    ck_assert_uint_gt(told, 0);
}
END_TEST

/* ---- files whose hashes were mended ---- */

static json_t *read_json(const char *path) {
    json_t *o = json_load_file(path, 0, NULL);
    ck_assert_msg(o != NULL, "%s", path);
    return o;
}

/* R/manifest.json has the size and hash that R/NAME has; NULL: `path` is this value. */
static void mend(const char *name, const char *path, const char *text) {
    json_t *root = read_json("R/manifest.json"), *file;
    size_t k, size;
    char hash[65], where[64];
    if (path) {
        json_t *value = json_loads(text, JSON_DECODE_ANY, NULL);
        put(root, path, value);
        json_decref(value);
    }
    snprintf(where, sizeof where, "R/%s", name);
    json_array_foreach(json_object_get(root, "files"), k, file) {
        const char *is = json_string_value(json_object_get(file, "name"));
        if (!is || strcmp(is, name) != 0) continue;
        unsigned char *bytes = vectors_get(where, &size);
        ck_assert(bytes && vectors_hash(bytes, size, hash));
        json_object_set_new(file, "bytes", json_integer((json_int_t)size));
        json_object_set_new(file, "sha256", json_string(hash));
        free(bytes);
    }
    write_json("R/manifest.json", root);
    json_decref(root);
}

static int replay(void) {
    char *argv[] = {"replay", "R", "--quiet", NULL};
    listen_to();
    const int status = command_replay(3, argv);
    heard();
    return status;
}

START_TEST(mended_files) {
    static const struct {
        const char *command, *file, *path, *value, *says;
        int status;
    } cases[] = {
        {"sed -i '$d' R/V.hex", "V.hex", NULL, NULL, "R/V.hex: line 8 is , the model says 0", EXIT_DIFFERENT},
        {"echo x >>R/V.hex", "V.hex", NULL, NULL, "R/V.hex: line 9 is x, the model says \n", EXIT_DIFFERENT},
        {"printf x >R/V.hex", "V.hex", NULL, NULL, "R/V.hex: line 1 is x, the model says 0", EXIT_DIFFERENT},
        {"truncate -s -1 R/V.npy", "V.npy", NULL, NULL, "R/V.npy: byte 159 is not the model's", EXIT_DIFFERENT},
        {"rm R/V.hex && mkdir R/V.hex", "", NULL, NULL, "R/V.hex: Is a directory", EXIT_WRONG},
        {"rm R/manifest.json && mkdir R/manifest.json", NULL, NULL, NULL, "R/manifest.json: Is a directory",
         EXIT_WRONG},
        {":", "", "files.0.shape", "[8]", "R/manifest.json: the shape of A.npy is not the model's", EXIT_DIFFERENT},
    };
    ck_assert_int_eq(shell("rm -rf R && cp -r V R"), 0);
    ck_assert_int_eq(shell(cases[_i].command), 0);
    if (cases[_i].file) mend(cases[_i].file, cases[_i].path, cases[_i].value);
    const int status = replay();
    ck_assert_msg(status == cases[_i].status && strstr(said, cases[_i].says), "status %d: %s", status, said);
}
END_TEST

/* ---- traces of other hosts ---- */

typedef enum { AS_IT_WAS, IMPATIENT, NO_STROBES, ONE_WRITE_MORE, ONE_WRITE_LESS, UNREAD, NO_CLOCK } habit;

typedef struct {
    habit habit;
    dcom_accelerator *model;
    trace_writer *trace;
    dcom_accelerator_out shown;
    unsigned held; /* clocks for which a command was held back */
} other_host;

static int clock_other(void *user, const void *in, void *out) {
    other_host *h = user;
    dcom_accelerator_in now = *(const dcom_accelerator_in *)in;
    const dcom_accelerator_out *o = &h->shown;
    const bool hold =
        h->habit == ONE_WRITE_LESS && now.axi_awaddr == CSR_COMMAND && now.axi_wdata == CSR_COMMAND_DECOMPOSE;
    if (h->habit == IMPATIENT) { /* valid where nothing is ready: no transfer */
        now.axi_awvalid |= !o->axi_awready, now.axi_wvalid |= !o->axi_wready, now.axi_arvalid |= !o->axi_arready;
    }
    if (h->habit == NO_STROBES && now.axi_awaddr == CSR_SEED) now.axi_wstrb = 0;
    if (hold) now.axi_awvalid = now.axi_wvalid = 0;
    const bool ends = h->habit == UNREAD && now.axi_arvalid && o->axi_arready && now.axi_araddr == CSR_STOP;
    dcom_accelerator_step(h->model, &now);
    dcom_accelerator_read(h->model, &h->shown);
    ck_assert_int_eq(trace_put(h->trace, &now, &h->shown), 0);
    dcom_accelerator_out seen = h->shown;
    if (hold) seen.axi_awready = seen.axi_wready = 0, h->held++;
    memcpy(out, &seen, sizeof seen);
    return ends || h->held == 1000;
}

/* The trace of a run that the vectors in T are of, by a host of this habit. */
static void write_trace(habit of) {
    static host h;
    char message[256];
    dcom_config config;
    npy_matrix matrix;
    stall_profile stall;
    dcom_result result;
    dcom_parameters p = dcom_defaults();
    other_host o = {.habit = of};
    uint64_t clocks;
    ck_assert_int_eq(dcom_config_named("tiny", &config, message), DCOM_OK);
    ck_assert_int_eq(npy_read("T/A.npy", &matrix, message), DCOM_OK);
    ck_assert_int_eq(stall_profile_parse("light", &stall), 0);
    ck_assert_int_eq(dcom_accelerator_create(&config, &o.model), DCOM_OK);
    ck_assert_ptr_nonnull(o.trace = trace_create("R/trace.bin", &config, message));
    p.rank = 2, p.seed = 9, p.outliers = 5;
    if (of != NO_CLOCK) {
        ck_assert_int_eq(host_init(&h, &config, stall, 1, clock_other, &o), DCOM_OK);
        const dcom_status status = host_decompose(&h, matrix.bits, 8, 6, &p, &result);
        ck_assert_msg(!status == (of < ONE_WRITE_LESS), "habit %d: %s", (int)of, h.message);
        if (of == ONE_WRITE_MORE) {
            host_write(&h, CSR_TOKENS, 8);
            ck_assert_int_eq(host_run(&h), DCOM_OK);
        }
        host_release(&h);
    }
    ck_assert_int_eq(trace_finish(o.trace, &clocks, NULL, message), 0);
    dcom_accelerator_destroy(o.model);
    npy_release(&matrix);
}

START_TEST(other_hosts) {
    static const struct {
        const char *says;
        int status;
    } cases[] = {[AS_IT_WAS] = {NULL, EXIT_GOOD},
                 [IMPATIENT] = {NULL, EXIT_GOOD},
                 [NO_STROBES] = {"R/trace.bin: beat ", EXIT_DIFFERENT},
                 [ONE_WRITE_MORE] = {"R/trace.bin: 0040_00000008 is not line ", EXIT_DIFFERENT},
                 [ONE_WRITE_LESS] = {"R/trace.bin: 8 beats of 8 go in, ", EXIT_DIFFERENT},
                 [UNREAD] = {"R/trace.bin: register 0100 is read as 00000000, not ", EXIT_DIFFERENT},
                 [NO_CLOCK] = {"R/trace.bin: no clock in it", EXIT_WRONG}};
    ck_assert_int_eq(shell("rm -rf R && cp -r T R"), 0);
    write_trace((habit)_i);
    if (_i == AS_IT_WAS) ck_assert_int_eq(shell("cmp R/trace.bin T/trace.bin"), 0);
    mend("trace.bin", NULL, NULL);
    const int status = replay();
    ck_assert_msg(status == cases[_i].status, "status %d: %s", status, said);
    ck_assert_msg(cases[_i].says ? is_one_line_of("R/trace.bin") && strstr(said, cases[_i].says) : !said[0], "%s",
                  said);
}
END_TEST

/* ---- what is there already, and was altered ---- */

/* It is made again, and then is as it was. */
START_TEST(made_again) {
    static const struct {
        const char *path, *value, *command;
    } cases[] = {{"results.digest", "\"xy\"", NULL},
                 {"results.digest", "null", NULL},
                 {"files", "[]", NULL},
                 {"files.0.name", "7", NULL},
                 {"files.1.bytes", "1", NULL},
                 {"files.2.sha256", "null", NULL},
                 {"files.3.sha256", "\"xy\"", NULL},
                 {"parameters.seed", "2", NULL},
                 {NULL, NULL, "rm R/V.hex"},
                 {NULL, NULL, "mkfifo R/x && mv R/x R/V.hex"},
                 {NULL, NULL, "echo >>R/V.hex"},
                 {NULL, NULL, "echo x >R/manifest.json"}};
    char again[] = "noise(8,8) --out R --config tiny --rank 2 --jobs 1 --quiet --exact-tokens 1,3 --verify";
    ck_assert_int_eq(shell("rm -rf R && cp -r V R"), 0);
    if (cases[_i].path) mend("", cases[_i].path, cases[_i].value);
    if (cases[_i].command) ck_assert_int_eq(shell(cases[_i].command), 0);
    listen_to();
    const int status = dcom_vectors(again);
    heard();
    ck_assert_msg(status == EXIT_GOOD && !said[0], "%s", said);
    ck_assert_int_eq(shell("diff -r V R"), 0);
}
END_TEST

int main(void) {
    json_set_alloc_funcs(take, free);
    Suite *suite = suite_create("altered");
    TCase *c = tcase_create("altered");
    tcase_add_unchecked_fixture(c, set_up, tear_down);
    tcase_set_timeout(c, 0);
    tcase_add_loop_test(c, every_value, 0, KINDS);
    tcase_add_loop_test(c, in_words, 0, sizeof words / sizeof *words);
    tcase_add_test(c, without_words);
    tcase_add_loop_test(c, mended_files, 0, 7);
    tcase_add_loop_test(c, other_hosts, 0, NO_CLOCK + 1);
    tcase_add_loop_test(c, made_again, 0, 12);
    suite_add_tcase(suite, c);
    SRunner *runner = srunner_create(suite);
    srunner_run_all(runner, CK_ENV);
    const int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed ? 1 : 0;
}
