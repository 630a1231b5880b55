/* command_capsule.c - reads and writes failure capsules (capsule.h): one file, whole and unchanged or refused.
 * SPDX-License-Identifier: Apache-2.0 */
#include "capsule.h"
#include "command.h"
#include "commit.h"
#include "config_parse.h"

#include <errno.h>
#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/utsname.h>
#include <unistd.h>

enum { LINE = 37, TRAILER = 65 }; /* bytes of the first line and of the hash, with their newlines */

const char capsule_commit[] = DCOM_COMMIT;
#ifdef __clang__
const char capsule_compiler[] = __VERSION__;
#else
const char capsule_compiler[] = "gcc " __VERSION__;
#endif

void capsule_stamp(capsule *c) {
    struct utsname host;
    snprintf(c->commit, sizeof c->commit, "%s", capsule_commit);
    snprintf(c->compiler, sizeof c->compiler, "%s", capsule_compiler);
    snprintf(c->kernel, sizeof c->kernel, "%s", dcom_kernel_name());
    uname(&host); /* which fails for no memory of ours */
    snprintf(c->host, sizeof c->host, "%.60s %.60s %.60s", host.sysname, host.release, host.machine);
}

void capsule_release(capsule *c) {
    free((void *)(uintptr_t)c->parameters.exact_tokens);
    npy_release(&c->a);
    c->parameters.exact_tokens = NULL;
}

/* The last bytes of a file whose others are `bytes`. */
static bool hash(const void *bytes, size_t count, char text[TRAILER + 1]) {
    sha256 *s = sha256_begin();
    sha256_add(s, bytes, count);
    const bool good = sha256_end(s, text);
    memcpy(text + TRAILER - 1, "\n", 2);
    return good;
}

/* ---- writing ---- */

static json_t *pack_config(const dcom_config *c) {
    const config_field *field;
    json_t *o = json_pack("{s:s, s:I}", "name", c->name, "id", (json_int_t)dcom_config_id(c));
    for (unsigned k = 0; (field = config_field_at(k)); k++)
        report_put(&o, field->key, json_integer(config_value(c, field)));
    return o;
}

static json_t *pack_parameters(const dcom_parameters *p) {
    json_t *tokens = json_array();
    for (unsigned k = 0; k < p->exact_token_count; k++)
        report_add(&tokens, json_integer(p->exact_tokens[k]));
    return json_pack("{s:I, s:I, s:I, s:I, s:f, s:I, s:o}", "rank", (json_int_t)p->rank, "expansion",
                     (json_int_t)p->expansion, "warmup", (json_int_t)p->warmup, "outliers", (json_int_t)p->outliers,
                     "tolerance", p->tolerance, "seed", (json_int_t)p->seed, "exact_tokens", tokens);
}

static json_t *pack_divergence(const capsule_divergence *d) {
    if (!d->count) return json_null();
    json_t *history = json_array();
    for (unsigned k = 0; k < d->count; k++) {
        char model[16], rtl[16];
        snprintf(model, sizeof model, "%0*" PRIx32, (int)d->bits / 4, d->history[k].model);
        snprintf(rtl, sizeof rtl, "%0*" PRIx32, (int)d->bits / 4, d->history[k].rtl);
        report_add(&history, json_pack("{s:I, s:s, s:s}", "clock", (json_int_t)d->history[k].clock, "model", model,
                                       "rtl", rtl));
    }
    return json_pack("{s:s, s:I, s:I, s:s, s:o}", "name", d->name, "word", (json_int_t)d->word, "bits",
                     (json_int_t)d->bits, "place", d->place, "history", history);
}

static json_t *pack_fault(const capsule *c) {
    if (!c->fault.name[0]) return json_null();
    return json_pack("{s:s, s:I, s:I, s:I}", "name", c->fault.name, "word", (json_int_t)c->fault.word, "bit",
                     (json_int_t)c->fault.bit, "clock", (json_int_t)c->fault.clock);
}

/* NULL when out of memory, or a text is not UTF-8. */
static json_t *pack(const capsule *c) {
    json_t *o = json_pack("{s:s, s:s, s:s, s:o, s:o}", "failure", c->failure, "message", c->message, "program",
                          c->program, "divergence", pack_divergence(&c->divergence), "fault", pack_fault(c));
    report_put(&o, "config", pack_config(&c->config));
    report_put(&o, "parameters", pack_parameters(&c->parameters));
    report_put(&o, "stall",
               json_pack("{s:i, s:i, s:i, s:i, s:I}", "command", c->stall.command, "write", c->stall.write, "vector",
                         c->stall.vector, "result", c->stall.result, "seed", (json_int_t)c->stall_seed));
    report_put(&o, "input",
               json_pack("{s:s, s:I, s:I}", "file", c->input, "tokens", (json_int_t)c->a.rows, "channels",
                         (json_int_t)c->a.columns));
    report_put(&o, "model",
               json_pack("{s:I, s:s, s:I, s:s, s:s}", "clocks", (json_int_t)c->model.clocks, "outputs",
                         c->model.outputs, "end", (json_int_t)c->model.end, "timed", c->model.timed, "untimed",
                         c->model.untimed));
    report_put(&o, "versions",
               json_pack("{s:s, s:I, s:I, s:s, s:s, s:s, s:s, s:s}", "dcom", DCOM_VERSION, "abi",
                         (json_int_t)dcom_abi_version(), "numeric_contract", (json_int_t)DCOM_NUMERIC_CONTRACT,
                         "commit", c->commit, "verilator", c->verilator, "compiler", c->compiler, "kernel", c->kernel,
                         "host", c->host));
    return o;
}

/* The file in memory: *size bytes. NULL when out of memory. */
static char *compose(const capsule *c, size_t *size) {
    json_t *o = pack(c);
    char *header = report_text(o, JSON_INDENT(1)), *file = NULL;
    json_decref(o);
    if (!header) return NULL;
    const size_t length = strlen(header), payload = c->a.rows * c->a.columns * sizeof *c->a.bits,
                 hashed = LINE + length + payload;
    *size = hashed + TRAILER;
    if ((file = malloc(*size + 1))) {
        char line[80];
        snprintf(line, sizeof line, "dcom-capsule %d %010zu %010zu\n", CAPSULE_FORMAT, length, payload);
        memcpy(file, line, LINE);
        memcpy(file + LINE, header, length);
        memcpy(file + LINE + length, c->a.bits, payload);
        if (!hash(file, hashed, file + hashed)) free(file), file = NULL;
    }
    free(header);
    return file;
}

int capsule_write(const char *path, const capsule *c) {
    size_t size = 0;
    char *bytes = compose(c, &size), *temporary = NULL;
    if (!bytes || asprintf(&temporary, "%s.dcom-XXXXXX", path) < 0) {
        free(bytes);
        return command_error("%s: out of memory", path);
    }
    const int number = mkstemp(temporary);
    FILE *file = number < 0 ? NULL : fdopen(number, "wb");
    int good = file && fwrite(bytes, 1, size, file) == size;
    if (file && fclose(file) != 0) good = 0;
    const mode_t mask = umask(0);
    umask(mask);
    if (good) good = !chmod(temporary, 0666 & ~mask) && !rename(temporary, path);
    const int reason = errno;
    if (!good && number >= 0) unlink(temporary);
    free(bytes);
    free(temporary);
    return good ? EXIT_GOOD : command_error("%s: cannot be written: %s", path, strerror(reason));
}

/* ---- reading ---- */

/* The first fault is said, the rest is not looked at. */
typedef struct {
    const char *path;
    bool bad;
} reader;

__attribute__((format(printf, 2, 3))) static void refuse(reader *r, const char *format, ...) {
    char what[320];
    va_list arguments;
    if (r->bad) return;
    va_start(arguments, format);
    vsnprintf(what, sizeof what, format, arguments);
    va_end(arguments);
    command_error("%s: %s", r->path, what);
    r->bad = true;
}

/* jansson's json_unpack(), with `part` in what it says. What it leaves unset stays as it was: nothing behind it may
 * be used before r->bad is looked at. */
static void unpack(reader *r, json_t *o, const char *part, const char *format, ...) {
    json_error_t error;
    va_list arguments;
    if (r->bad) return;
    va_start(arguments, format);
    const int bad = json_vunpack_ex(o, &error, JSON_STRICT, format, arguments);
    va_end(arguments);
    if (bad) refuse(r, "%s in its header: %s", part, report_fault(&error));
}

static unsigned number(reader *r, const char *key, json_int_t value, json_int_t least, json_int_t most) {
    if (value < least || value > most)
        refuse(r, "%s in its header is %lld, not %lld..%lld", key, (long long)value, (long long)least,
               (long long)most);
    return (unsigned)value;
}

static uint64_t clock_number(reader *r, const char *key, json_int_t value) {
    if (value < 1) refuse(r, "%s in its header is %lld, and clocks count from 1", key, (long long)value);
    return (uint64_t)value;
}

/* Copies a text of one line that fits. */
static void text(reader *r, const char *key, const char *from, char *to, size_t size) {
    if (r->bad) return;
    if (strlen(from) >= size) refuse(r, "%s in its header is longer than %zu bytes", key, size - 1);
    for (const char *c = from; *c && !r->bad; c++)
        if ((unsigned char)*c < ' ' || *c == 0x7F) refuse(r, "%s in its header has a control character", key);
    if (!r->bad) memcpy(to, from, strlen(from) + 1);
}

static void read_versions(reader *r, json_t *o, capsule *c) {
    const char *dcom, *commit, *verilator, *compiler, *kernel, *host;
    json_int_t abi = 0, contract = 0;
    unpack(r, o, "versions", "{s:s, s:I, s:I, s:s, s:s, s:s, s:s, s:s}", "dcom", &dcom, "abi", &abi,
           "numeric_contract", &contract, "commit", &commit, "verilator", &verilator, "compiler", &compiler, "kernel",
           &kernel, "host", &host);
    if (r->bad) return;
    if (contract != DCOM_NUMERIC_CONTRACT)
        refuse(r, "numeric contract %lld, this is %d: its bits are not ours (dcom %.16s, commit %.50s)",
               (long long)contract, DCOM_NUMERIC_CONTRACT, dcom, commit);
    text(r, "commit", commit, c->commit, sizeof c->commit);
    text(r, "verilator", verilator, c->verilator, sizeof c->verilator);
    text(r, "compiler", compiler, c->compiler, sizeof c->compiler);
    text(r, "kernel", kernel, c->kernel, sizeof c->kernel);
    text(r, "host", host, c->host, sizeof c->host);
}

static void read_config(reader *r, json_t *o, dcom_config *config) {
    const char *name = "";
    json_int_t id = 0;
    const config_field *field;
    unpack(r, o, "config", "{s:s, s:I *}", "name", &name, "id", &id);
    text(r, "name", name, config->name, sizeof config->name);
    for (unsigned k = 0; (field = config_field_at(k)) && !r->bad; k++) {
        const json_t *value = json_object_get(o, field->key);
        if (!json_is_integer(value)) refuse(r, "config in its header has no whole number %s", field->key);
        const unsigned narrow = number(r, field->key, json_integer_value(value), field->least, field->most);
        if (narrow % field->multiple)
            refuse(r, "%s in its header is not a multiple of %u", field->key, field->multiple);
        memcpy((char *)config + field->offset, &narrow, sizeof narrow);
    }
    if (!r->bad && id != (json_int_t)dcom_config_id(config))
        refuse(r, "the id of configuration %s is not that of its values", config->name);
    /* a name that means something else here would be built as that */
    const dcom_config *here;
    for (unsigned i = 0; (here = dcom_config_at(i)) && !r->bad; i++)
        for (unsigned k = 0; (field = config_field_at(k)) && !strcmp(here->name, config->name); k++)
            if (config_value(here, field) != config_value(config, field))
                refuse(r, "configuration %s has %s = %u in it, here it is %u", config->name, field->key,
                       config_value(config, field), config_value(here, field));
}

static void read_parameters(reader *r, json_t *o, dcom_parameters *p) {
    json_int_t rank = 0, expansion = 0, warmup = 0, outliers = 0, seed = 0;
    json_t *tokens = NULL;
    unpack(r, o, "parameters", "{s:I, s:I, s:I, s:I, s:F, s:I, s:o}", "rank", &rank, "expansion", &expansion,
           "warmup", &warmup, "outliers", &outliers, "tolerance", &p->tolerance, "seed", &seed, "exact_tokens",
           &tokens);
    p->rank = number(r, "rank", rank, 0, INT32_MAX);
    p->expansion = number(r, "expansion", expansion, 0, INT32_MAX);
    p->warmup = number(r, "warmup", warmup, 0, INT32_MAX);
    p->outliers = number(r, "outliers", outliers, 0, INT32_MAX);
    p->seed = number(r, "seed", seed, 0, UINT32_MAX);
    if (r->bad || json_typeof(tokens) != JSON_ARRAY) return refuse(r, "exact_tokens in its header is not a list");
    const size_t count = json_array_size(tokens);
    uint32_t *list = malloc((count + 1) * sizeof *list);
    if (!list) return refuse(r, "out of memory");
    for (size_t k = 0; k < count && !r->bad; k++) {
        const json_t *token = json_array_get(tokens, k);
        if (json_typeof(token) != JSON_INTEGER)
            refuse(r, "exact_tokens in its header is not a list of whole numbers");
        list[k] = number(r, "exact_tokens", json_integer_value(token), 0, UINT32_MAX);
    }
    p->exact_tokens = list;
    p->exact_token_count = (unsigned)count;
}

/* `text` of bits / 4 hexadecimal digits. */
static uint32_t hexadecimal(reader *r, const char *text, unsigned bits) {
    if (strlen(text) != bits / 4 || strspn(text, "0123456789abcdef") != bits / 4)
        refuse(r, "%.20s in the history of its header is not %u bits in hexadecimal", text, bits);
    return (uint32_t)strtoul(text, NULL, 16);
}

static void read_divergence(reader *r, json_t *o, capsule_divergence *d) {
    const char *name = "", *place = "", *model, *rtl;
    json_int_t word = 0, bits = 0, clock = 0;
    json_t *history = NULL;
    if (json_typeof(o) == JSON_NULL) return;
    unpack(r, o, "divergence", "{s:s, s:I, s:I, s:s, s:o}", "name", &name, "word", &word, "bits", &bits, "place",
           &place, "history", &history);
    text(r, "name", name, d->name, sizeof d->name);
    text(r, "place", place, d->place, sizeof d->place);
    d->word = number(r, "word", word, 0, UINT32_MAX);
    d->bits = number(r, "bits", bits, 8, 32);
    const unsigned count =
        number(r, "the length of the history", (json_int_t)json_array_size(history), 1, CAPSULE_HISTORY);
    for (unsigned k = 0; k < count && !r->bad; k++) {
        capsule_sample *s = &d->history[k];
        unpack(r, json_array_get(history, k), "history", "{s:I, s:s, s:s}", "clock", &clock, "model", &model, "rtl",
               &rtl);
        if (r->bad) return;
        *s = (capsule_sample){clock_number(r, "clock", clock), hexadecimal(r, model, d->bits),
                              hexadecimal(r, rtl, d->bits)};
        if (k > 0 && s->clock != s[-1].clock + 1) refuse(r, "the clocks of its history are not consecutive");
    }
    d->count = count;
}

static void read_model(reader *r, json_t *o, capsule_model *m) {
    const char *outputs = "", *timed = "", *untimed = "";
    json_int_t clocks = 0, end = 0;
    unpack(r, o, "model", "{s:I, s:s, s:I, s:s, s:s}", "clocks", &clocks, "outputs", &outputs, "end", &end, "timed",
           &timed, "untimed", &untimed);
    m->clocks = clock_number(r, "clocks", clocks);
    m->end = clock_number(r, "end", end);
    text(r, "outputs", outputs, m->outputs, sizeof m->outputs);
    text(r, "timed", timed, m->timed, sizeof m->timed);
    text(r, "untimed", untimed, m->untimed, sizeof m->untimed);
}

static void read_run(reader *r, json_t *stall, json_t *fault, json_t *input, capsule *c) {
    json_int_t rates[4] = {0}, seed = 0, word = 0, bit = 0, clock = 0, tokens = 0, channels = 0;
    const char *name = "", *file = "";
    unpack(r, stall, "stall", "{s:I, s:I, s:I, s:I, s:I}", "command", &rates[0], "write", &rates[1], "vector",
           &rates[2], "result", &rates[3], "seed", &seed);
    c->stall = (stall_profile){number(r, "command", rates[0], 0, 255), number(r, "write", rates[1], 0, 255),
                               number(r, "vector", rates[2], 0, 255), number(r, "result", rates[3], 0, 255)};
    c->stall_seed = number(r, "seed", seed, 0, UINT32_MAX);
    if (json_typeof(fault) != JSON_NULL) {
        unpack(r, fault, "fault", "{s:s, s:I, s:I, s:I}", "name", &name, "word", &word, "bit", &bit, "clock", &clock);
        text(r, "name", name, c->fault.name, sizeof c->fault.name);
        c->fault.word = number(r, "word", word, 0, UINT32_MAX);
        c->fault.bit = number(r, "bit", bit, 0, 31);
        c->fault.clock = clock_number(r, "clock", clock);
    }
    unpack(r, input, "input", "{s:s, s:I, s:I}", "file", &file, "tokens", &tokens, "channels", &channels);
    text(r, "file", file, c->input, sizeof c->input);
    c->a.rows = number(r, "tokens", tokens, 1, INT32_MAX);
    c->a.columns = number(r, "channels", channels, 1, INT32_MAX);
}

static void read_header(reader *r, json_t *o, capsule *c) {
    const char *failure = "", *message = "", *program = "";
    json_t *divergence, *fault, *config, *parameters, *stall, *input, *model, *versions = NULL;
    /* what is of another contract need not have the rest */
    if (json_typeof(o) == JSON_OBJECT && (versions = json_object_get(o, "versions"))) read_versions(r, versions, c);
    unpack(r, o, "what is", "{s:s, s:s, s:s, s:o, s:o, s:o, s:o, s:o, s:o, s:o, s:o}", "failure", &failure, "message",
           &message, "program", &program, "divergence", &divergence, "fault", &fault, "config", &config, "parameters",
           &parameters, "stall", &stall, "input", &input, "model", &model, "versions", &versions);
    if (r->bad) return;
    text(r, "failure", failure, c->failure, sizeof c->failure);
    text(r, "message", message, c->message, sizeof c->message);
    text(r, "program", program, c->program, sizeof c->program);
    if (!r->bad && strcmp(c->program, "sim") != 0 && strcmp(c->program, "array_sim") != 0)
        refuse(r, "program in its header is %s, not sim or array_sim", c->program);
    read_config(r, config, &c->config);
    read_run(r, stall, fault, input, c);
    read_divergence(r, divergence, &c->divergence);
    read_model(r, model, &c->model);
    read_parameters(r, parameters, &c->parameters);
}

static void read_matrix(reader *r, const char *bytes, size_t size, npy_matrix *a) {
    const size_t count = a->rows * a->columns;
    if (r->bad) return;
    if (count * sizeof *a->bits != size)
        return refuse(r, "%zu tokens x %zu channels in its header, but %zu bytes of matrix", a->rows, a->columns,
                      size);
    if (!(a->bits = malloc(size + 1))) return refuse(r, "out of memory");
    memcpy(a->bits, bytes, size);
    for (size_t k = 0; k < count && !r->bad; k++)
        if ((a->bits[k] & 0x7F80) == 0x7F80)
            refuse(r, "row %zu, column %zu of its matrix is not finite", k / a->columns, k % a->columns);
}

/* Whether the model takes it: shape and parameters. */
static void check_run(reader *r, const capsule *c) {
    dcom_context *context = NULL;
    if (r->bad) return;
    if (dcom_create(&c->config, &context))
        refuse(r, "out of memory");
    else if (dcom_check(context, c->a.rows, c->a.columns, &c->parameters))
        refuse(r, "%s", dcom_message(context));
    dcom_destroy(context);
}

/* Ten digits. */
static size_t length_at(reader *r, const char *text) {
    size_t length = 0;
    for (unsigned k = 0; k < 10; k++) {
        if (text[k] < '0' || text[k] > '9') refuse(r, "its first line is damaged");
        length = 10 * length + (size_t)(text[k] - '0');
    }
    return length;
}

static void read_bytes(reader *r, const char *file, size_t size, capsule *c) {
    static const char start[] = "dcom-capsule ";
    char sum[TRAILER + 1];
    json_error_t error;
    if (size < LINE || memcmp(file, start, sizeof start - 1) != 0)
        return refuse(r, "not a failure capsule: it does not begin with %s", start);
    const size_t digits = strspn(file + sizeof start - 1, "0123456789");
    if (digits != 1 || file[13] != '0' + CAPSULE_FORMAT)
        return refuse(r, "capsule format %.*s, this reads format %d", (int)(digits < 10 ? digits : 10), file + 13,
                      CAPSULE_FORMAT);
    const size_t header = length_at(r, file + 15), payload = length_at(r, file + 26),
                 hashed = LINE + header + payload;
    if (file[14] != ' ' || file[25] != ' ' || file[LINE - 1] != '\n') refuse(r, "its first line is damaged");
    if (r->bad) return;
    if (size < hashed + TRAILER)
        return refuse(r, "truncated or damaged: %zu bytes, its first line says %zu", size, hashed + TRAILER);
    if (size > hashed + TRAILER) return refuse(r, "%zu bytes too many after the capsule", size - hashed - TRAILER);
    if (!hash(file, hashed, sum)) return refuse(r, "out of memory");
    if (memcmp(sum, file + hashed, TRAILER) != 0) return refuse(r, "damaged: its SHA-256 is not that of its bytes");
    json_t *o = report_parse(file + LINE, header, JSON_REJECT_DUPLICATES, &error);
    if (!o) return refuse(r, "line %d of its header: %s", error.line, report_fault(&error));
    read_header(r, o, c);
    json_decref(o);
    read_matrix(r, file + LINE + header, payload, &c->a);
    check_run(r, c);
}

int capsule_read(const char *path, capsule *c) {
    reader r = {path, false};
    struct stat about;
    memset(c, 0, sizeof *c);
    /* looked at before it is opened: opening a pipe would wait for its writer */
    if (stat(path, &about) != 0) return command_error("%s: %s", path, strerror(errno));
    if (!S_ISREG(about.st_mode)) return command_error("%s: not a regular file", path);
    FILE *file = fopen(path, "rb");
    if (!file) return command_error("%s: %s", path, strerror(errno));
    const size_t size = (size_t)about.st_size;
    char *bytes = malloc(size + 1);
    if (!bytes)
        refuse(&r, "out of memory");
    else if (fread(bytes, 1, size, file) != size)
        refuse(&r, "cannot be read: %s", strerror(errno));
    fclose(file);
    if (!r.bad) bytes[size] = 0;
    if (!r.bad) read_bytes(&r, bytes, size, c);
    free(bytes);
    if (r.bad) capsule_release(c);
    return r.bad ? EXIT_WRONG : EXIT_GOOD;
}

void capsule_warn(const char *path, const capsule *c) {
    if (strcmp(c->commit, capsule_commit) != 0)
        command_error("%s: warning: of commit %s, this is %s", path, c->commit, capsule_commit);
    else if (strstr(c->commit, "-dirty")) /* LCOV_EXCL_START host: its checkout has changes; test_capsule.sh clone */
        command_error("%s: warning: of changes to commit %.40s that are in no commit", path, c->commit);
    /* LCOV_EXCL_STOP */
}
