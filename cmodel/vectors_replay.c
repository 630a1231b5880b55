/* vectors_replay.c - reads golden vectors, all of them whole, and holds the models against them.
 * SPDX-License-Identifier: Apache-2.0 */
#include "vectors.h"
#include "trace.h"

#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

/* ---- reading ---- */

/* A folder of one case, as it was read. */
typedef struct {
    const char *folder;
    run_case of;
    vectors_results results;
    vectors_file file[VECTORS_FILES];
    char manifest_sha256[65];
} stored;

static void release(stored *s) {
    for (unsigned k = 0; k < VECTORS_FILES; k++)
        free(s->file[k].bytes);
    case_release(&s->of);
}

static int read_file(const stored *s, unsigned k, vectors_file *f) {
    char *path = vectors_path(s->folder, vectors_names[k]), hash[65];
    size_t size = 0;
    int status = path ? EXIT_GOOD : command_error("out of memory");
    if (!status && !(f->bytes = vectors_get(path, &size))) status = command_error("%s: %s", path, strerror(errno));
    if (!status && size != f->size)
        status = command_error("%s: %zu bytes, the manifest says %zu", path, size, f->size);
    if (!status && !vectors_hash(f->bytes, size, hash)) status = command_error("out of memory");
    if (!status && strcmp(hash, f->sha256) != 0)
        status = command_error("%s: SHA-256 is %s, the manifest says %s", path, hash, f->sha256);
    free(path);
    return status;
}

int vectors_manifest_hash(const char *path, char sha256[65]) {
    size_t size;
    unsigned char *bytes = vectors_get(path, &size);
    if (!bytes) return command_error("%s: %s", path, strerror(errno));
    const bool good = vectors_hash(bytes, size, sha256);
    free(bytes);
    return good ? EXIT_GOOD : command_error("out of memory");
}

static int read_stored(stored *s, const char *folder) {
    char *path = vectors_path(folder, "manifest.json");
    *s = (stored){.folder = folder};
    int status = path ? vectors_manifest_hash(path, s->manifest_sha256) : command_error("out of memory");
    if (!status) status = vectors_manifest_read(path, &s->of, &s->results, s->file);
    free(path);
    for (unsigned k = 0; !status && k < VECTORS_FILES; k++)
        if (s->file[k].sha256[0]) status = read_file(s, k, &s->file[k]);
    if (!status && !s->of.generated && !(s->of.found = vectors_path(folder, vectors_names[VECTORS_A_NPY])))
        status = command_error("out of memory");
    return status;
}

/* ---- against the untimed model ---- */

/* The length of what begins at `start`, without its end. */
static int line_length(const vectors_file *f, size_t start) {
    const unsigned char *line = f->bytes + start, *end = memchr(line, '\n', f->size - start);
    return (int)(end ? (size_t)(end - line) : f->size - start);
}

/* The first line, or byte of a .npy file, on which they differ. */
static void name_difference(const stored *s, unsigned k, const vectors_file *got) {
    const vectors_file *want = &s->file[k];
    size_t at = 0, line = 1, start = 0;
    while (at < want->size && at < got->size && want->bytes[at] == got->bytes[at]) {
        if (want->bytes[at++] == '\n') line++, start = at;
    }
    if (strstr(vectors_names[k], ".npy"))
        command_error("%s/%s: byte %zu is not the model's", s->folder, vectors_names[k], at);
    else
        command_error("%s/%s: line %zu is %.*s, the model says %.*s", s->folder, vectors_names[k], line,
                      line_length(want, start), (char *)want->bytes + start, line_length(got, start),
                      (char *)got->bytes + start);
}

static int compare_files(const stored *s, const vectors *v) {
    for (unsigned k = 0; k < VECTORS_TRACE; k++) {
        const vectors_file *want = &s->file[k], *got = &v->file[k];
        if (want->size == got->size && memcmp(want->bytes, got->bytes, want->size) == 0) continue;
        name_difference(s, k, got);
        return EXIT_DIFFERENT;
    }
    return EXIT_GOOD;
}

static int compare_results(const stored *s, const vectors *v) {
    const vectors_results *a = &s->results, *b = &v->results;
    const struct {
        const char *name;
        unsigned want, got;
    } number[] = {{"rank", a->rank, b->rank},
                  {"outliers", a->outliers, b->outliers},
                  {"passes", a->passes, b->passes},
                  {"rounds", a->rounds, b->rounds},
                  {"deflations", a->deflations, b->deflations},
                  {"blocks", a->blocks, b->blocks},
                  {"stop", a->stop, b->stop},
                  {"flags", a->flags, b->flags},
                  {"certificate_bits", a->certificate, b->certificate},
                  {"bound_bits", a->bound, b->bound},
                  {"digest", 0, strcmp(a->digest, b->digest) != 0}};
    for (unsigned k = 0; k < sizeof number / sizeof *number; k++)
        if (number[k].want != number[k].got) {
            command_error("%s/manifest.json: results.%s is not the model's", s->folder, number[k].name);
            return EXIT_DIFFERENT;
        }
    for (unsigned k = 0; k < VECTORS_TRACE; k++)
        if (s->file[k].dimensions != v->file[k].dimensions ||
            memcmp(s->file[k].shape, v->file[k].shape, s->file[k].dimensions * sizeof(size_t)) != 0) {
            command_error("%s/manifest.json: the shape of %s is not the model's", s->folder, vectors_names[k]);
            return EXIT_DIFFERENT;
        }
    return EXIT_GOOD;
}

/* ---- packets: beats of m_axis against the vectors ---- */

enum { RESULTS = 10, MOST_DIGITS = 16 * 8 * 4 };

typedef struct {
    const vectors *v;
    const char *path;
    host *taker;
    size_t beats, next;
    /* of a trace: what went in, what was read */
    size_t sent, written;
    unsigned write_address, read_address;
    uint32_t write_data, read[RESULTS];
    bool address_taken, data_taken, seen[RESULTS];
} judge;

static uint16_t element_of(const unsigned char *line, unsigned k) {
    char digits[5] = {0};
    memcpy(digits, line + 4 * (7 - k), 4);
    return (uint16_t)strtoul(digits, NULL, 16);
}

/* Beat n of the stream out: outliers, then V and P of each block. */
static dcom_accelerator_out expected_beat(const judge *j, size_t n, size_t *line) {
    const vectors *v = j->v;
    const size_t outliers = v->file[VECTORS_OUTLIERS_HEX].shape[0], channels = v->a.columns, tokens = v->a.rows;
    dcom_accelerator_out beat = {.m_axis_tvalid = 1};
    unsigned k = VECTORS_OUTLIERS_HEX;
    if (n < outliers) {
        *line = n;
        beat.m_axis_tlast = n + 1 == outliers;
    } else {
        const size_t block = (n - outliers) / (channels + tokens), within = (n - outliers) % (channels + tokens);
        k = within < channels ? VECTORS_V_HEX : VECTORS_P_HEX;
        *line = within < channels ? block * channels + within : block * tokens + within - channels;
        beat.m_axis_tlast = within + 1 == channels || within + 1 == channels + tokens;
    }
    beat.m_axis_tuser = (uint8_t)(k - VECTORS_OUTLIERS_HEX);
    for (unsigned e = 0; e < 8; e++)
        beat.m_axis_tdata[e] = element_of(v->file[k].bytes + *line * 33, e);
    return beat;
}

static void beat_text(const dcom_accelerator_out *b, char text[40]) {
    int n = snprintf(text, 40, "%x ", b->m_axis_tuser);
    for (unsigned k = 8; k-- > 0;)
        n += snprintf(text + n, 40 - (size_t)n, "%04x", b->m_axis_tdata[k]);
    snprintf(text + n, 40 - (size_t)n, " %x", b->m_axis_tlast);
}

static int begin_judge(judge *j, const vectors *v, const char *path) {
    *j = (judge){.v = v, .path = path, .taker = calloc(1, sizeof *j->taker)};
    j->beats = v->file[VECTORS_OUTLIERS_HEX].shape[0] + v->results.blocks * (v->a.rows + v->a.columns);
    if (!j->taker) return command_error("out of memory");
    j->taker->config = v->config;
    if (!host_expect(j->taker, (unsigned)v->a.rows, (unsigned)v->a.columns, v->parameters.rank)) return EXIT_GOOD;
    return command_error("out of memory");
}

static int judge_beat(judge *j, const dcom_accelerator_out *beat) {
    char want[40] = "none", got[40];
    size_t line = 0;
    beat_text(beat, got);
    if (j->next < j->beats) {
        const dcom_accelerator_out expected = expected_beat(j, j->next, &line);
        beat_text(&expected, want);
    }
    j->next++;
    if (strcmp(want, got) != 0) {
        command_error("%s: beat %zu (line %zu of its packets' file) is %s, not %s", j->path, j->next, line + 1, got,
                      want);
        return EXIT_DIFFERENT;
    }
    host_take(j->taker, beat); /* well formed: it is that of the vectors */
    return EXIT_GOOD;
}

/* The digest of what came out. */
static int end_judge(judge *j, char digest[65]) {
    dcom_result r;
    if (j->next < j->beats) {
        command_error("%s: %zu beats of %zu", j->path, j->next, j->beats);
        return EXIT_DIFFERENT;
    }
    host_received(j->taker, &r);
    if (!vectors_digest(&r, digest)) return command_error("out of memory");
    return EXIT_GOOD;
}

static void release_judge(judge *j) {
    if (j->taker) host_release(j->taker);
    free(j->taker);
}

/* "1 003f...8000 0": TUSER, TDATA, TLAST, hexadecimal. */
static bool parse_beat(const char *line, dcom_accelerator_out *beat) {
    unsigned user, last;
    char data[33], rest;
    *beat = (dcom_accelerator_out){.m_axis_tvalid = 1};
    if (sscanf(line, " %x %32[0-9a-fA-F] %x %c", &user, data, &last, &rest) != 3 || strlen(data) != 32) return false;
    if (user > 3 || last > 1) return false;
    beat->m_axis_tuser = (uint8_t)user, beat->m_axis_tlast = (uint8_t)last;
    for (unsigned e = 0; e < 8; e++)
        beat->m_axis_tdata[e] = element_of((unsigned char *)data, e);
    return true;
}

static int judge_packets(const vectors *v, const char *path, char digest[65]) {
    judge j;
    dcom_accelerator_out beat;
    char *line = NULL;
    size_t size = 0;
    unsigned number = 0;
    FILE *file = fopen(path, "r");
    if (!file) return command_error("%s: %s", path, strerror(errno));
    int status = begin_judge(&j, v, path);
    while (!status && getline(&line, &size, file) >= 0) {
        number++;
        if (parse_beat(line, &beat))
            status = judge_beat(&j, &beat);
        else
            status = command_error("%s:%u: not a beat, `user data last` in hexadecimal", path, number);
    }
    if (!status && ferror(file)) status = command_error("%s: %s", path, strerror(errno));
    if (!status) status = end_judge(&j, digest);
    release_judge(&j);
    free(line);
    fclose(file);
    return status;
}

/* ---- a case ---- */

typedef struct {
    const replay_options *options;
    vectors *v;
    json_t *cases;
    uint64_t count, clocks;
} replay;

/* A line of a file of the vectors against what went over a port. */
static int judge_line(const judge *j, vectors_name k, size_t n, const char *got) {
    const vectors_file *f = &j->v->file[k];
    const size_t length = strlen(got), lines = f->shape[0];
    if (n < lines && memcmp(f->bytes + n * (length + 1), got, length) == 0) return EXIT_GOOD;
    command_error("%s: %s is not line %zu of %s", j->path, got, n + 1, vectors_names[k]);
    return EXIT_DIFFERENT;
}

static int judge_sent(judge *j, const dcom_accelerator_in *in) {
    char text[MOST_DIGITS + 1];
    const unsigned width = 8 * j->v->config.cluster_columns;
    for (unsigned k = 0; k < width; k++)
        snprintf(text + 4 * k, 5, "%04x", in->s_axis_tdata[width - 1 - k]);
    return judge_line(j, VECTORS_A_HEX, j->sent++, text);
}

static int judge_write(judge *j) {
    char text[16];
    j->address_taken = j->data_taken = false;
    snprintf(text, sizeof text, "%04x_%08x", j->write_address, j->write_data);
    return judge_line(j, VECTORS_REGISTERS_HEX, j->written++, text);
}

/* A result counts as it was read last. */
static void note_read(judge *j, uint32_t data) {
    for (unsigned k = 0; k < RESULTS; k++)
        if (strtoul((const char *)j->v->file[VECTORS_RESULTS_HEX].bytes + 14 * k, NULL, 16) == j->read_address)
            j->read[k] = data, j->seen[k] = true;
}

/* One clock of a trace: every transfer on a port is one of the vectors. */
static int judge_clock(void *user, const dcom_accelerator_in *in, const dcom_accelerator_out *shown) {
    judge *j = user;
    int status = EXIT_GOOD;
    if (in->rst) return EXIT_GOOD;
    if (in->m_axis_tready && shown->m_axis_tvalid) status = judge_beat(j, shown);
    if (!status && in->s_axis_tvalid && shown->s_axis_tready) status = judge_sent(j, in);
    if (in->axi_awvalid && shown->axi_awready) j->write_address = in->axi_awaddr, j->address_taken = true;
    if (in->axi_wvalid && shown->axi_wready) j->write_data = in->axi_wdata, j->data_taken = true;
    if (!status && j->address_taken && j->data_taken) status = judge_write(j);
    if (in->axi_arvalid && shown->axi_arready) j->read_address = in->axi_araddr;
    if (in->axi_rready && shown->axi_rvalid) note_read(j, shown->axi_rdata);
    return status;
}

/* All of the vectors went over the ports. */
static int end_trace(const judge *j) {
    const vectors_file *f = j->v->file;
    if (j->sent != f[VECTORS_A_HEX].shape[0] || j->written != f[VECTORS_REGISTERS_HEX].shape[0]) {
        command_error("%s: %zu beats of %zu go in, %zu writes of %zu", j->path, j->sent, f[VECTORS_A_HEX].shape[0],
                      j->written, f[VECTORS_REGISTERS_HEX].shape[0]);
        return EXIT_DIFFERENT;
    }
    for (unsigned k = 0; k < RESULTS; k++) {
        const char *line = (const char *)f[VECTORS_RESULTS_HEX].bytes + 14 * k;
        if (j->seen[k] && j->read[k] == strtoul(line + 5, NULL, 16)) continue;
        command_error("%s: register %.4s is read as %08x, not %.8s", j->path, line, j->read[k], line + 5);
        return EXIT_DIFFERENT;
    }
    return EXIT_GOOD;
}

/* The trace on the timed model, and its packets against the others. */
static int replay_trace(replay *r, const stored *s, uint64_t *clocks) {
    judge j;
    char digest[65], *path = vectors_path(s->folder, vectors_names[VECTORS_TRACE]);
    if (!path) return command_error("out of memory");
    int status = begin_judge(&j, r->v, path);
    if (!status) status = vectors_trace_replay(path, &s->of.config, clocks, judge_clock, &j);
    if (!status) status = end_trace(&j);
    if (!status) status = end_judge(&j, digest);
    if (!status && *clocks != s->file[VECTORS_TRACE].shape[0]) {
        command_error("%s: %" PRIu64 " clocks, the manifest says %zu", path, *clocks,
                      s->file[VECTORS_TRACE].shape[0]);
        status = EXIT_DIFFERENT;
    }
    release_judge(&j);
    free(path);
    return status;
}

static int check_geometry(const stored *s, const dcom_config *config) {
    if (!config || dcom_config_id(config) == dcom_config_id(&s->of.config)) return EXIT_GOOD;
    return command_error("%s/manifest.json: vectors of geometry %s (%u), not of %s (%u)", s->folder,
                         s->of.config.name, dcom_config_id(&s->of.config), config->name, dcom_config_id(config));
}

static void tell(replay *r, const stored *s, uint64_t clocks, const char *digest) {
    r->count++;
    r->clocks += clocks;
    if (r->options->json)
        report_add(&r->cases, json_pack("{s:s, s:s, s:I, s:s}", "name", s->of.name, "config", s->of.config.name,
                                        "clocks", (json_int_t)clocks, "digest", digest));
    else if (!r->options->quiet)
        printf("%-32s %s  %" PRIu64 " clocks\n", s->of.name, digest, clocks);
}

/* `sha256`: of the manifest, or "". */
static int replay_case(replay *r, const char *folder, const char *name, const char *sha256) {
    stored s;
    uint64_t clocks = 0;
    char digest[65];
    int status = read_stored(&s, folder);
    if (!status && *sha256 && strcmp(sha256, s.manifest_sha256) != 0)
        status =
            command_error("%s/manifest.json: SHA-256 is %s, the index says %s", folder, s.manifest_sha256, sha256);
    if (!status && name && strcmp(name, s.of.name) != 0)
        status = command_error("%s/manifest.json: the case is called %s", folder, s.of.name);
    if (!status) status = check_geometry(&s, r->options->config);
    if (!status) status = vectors_prepare(r->v, &s.of);
    if (!status) status = vectors_run(r->v);
    if (!status) status = compare_files(&s, r->v);
    if (!status) status = compare_results(&s, r->v);
    if (!status && r->options->packets)
        status = judge_packets(r->v, r->options->packets, digest);
    else if (!status && s.of.trace)
        status = replay_trace(r, &s, &clocks);
    if (!status) tell(r, &s, clocks, r->options->packets ? digest : s.results.digest);
    release(&s);
    return status;
}

/* ---- a list ---- */

static int replay_list(replay *r, const char *folder, const char *path) {
    vectors_index *index = NULL;
    size_t count = 0;
    int status = vectors_index_read(path, &index, &count);
    if (!status && r->options->packets) status = command_error("%s: packets are of one case, not of a list", path);
    for (size_t k = 0; !status && k < count; k++) {
        char *one = vectors_path(folder, index[k].name);
        status = one ? replay_case(r, one, index[k].name, index[k].sha256) : command_error("out of memory");
        free(one);
    }
    free(index);
    return status;
}

int vectors_replay(const char *folder, const replay_options *o) {
    replay r = {.options = o, .v = vectors_create(), .cases = json_array()};
    struct stat about;
    char *path = vectors_path(folder, "index.json");
    int status = !r.v ? EXIT_WRONG : path ? EXIT_GOOD : command_error("out of memory");
    if (!status) {
        if (stat(path, &about) == 0)
            status = replay_list(&r, folder, path);
        else if (errno == ENOENT)
            status = replay_case(&r, folder, NULL, "");
        else
            status = command_error("%s: %s", path, strerror(errno));
    }
    if (!status && o->json)
        status = report_dump(json_pack("{s:O, s:b}", "cases", r.cases, "pass", 1));
    else if (!status && !o->quiet)
        printf("PASS: %" PRIu64 " case%s, %" PRIu64 " clocks\n", r.count, r.count == 1 ? "" : "s", r.clocks);
    free(path);
    json_decref(r.cases);
    vectors_destroy(r.v);
    return status;
}
