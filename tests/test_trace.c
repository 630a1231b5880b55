/* test_trace.c - the per-clock trace: what is written is read, in any order; any bit that is flipped and any cut is
 * told. SPDX-License-Identifier: Apache-2.0 */
#include <check.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include "../cmodel/trace.h"

enum { CLOCKS = 3 * TRACE_BLOCK + 77, SMALL = 60 };

typedef struct {
    dcom_accelerator_in in;
    dcom_accelerator_out out;
} clock_ports;

static char message[256], folder[] = "/tmp/test_trace.XXXXXX", file[64], other[64];
static uint32_t seed;
static clock_ports clocks[CLOCKS];

static uint32_t draw(void) {
    seed = seed * 1664525u + 1013904223u;
    return seed >> 8;
}

static dcom_config named(const char *name) {
    dcom_config config;
    ck_assert_msg(!dcom_config_named(name, &config, message), "%s", message);
    return config;
}

/* A field of this width, of a little-endian host as all that this runs on. */
static void draw_bits(uint8_t *field, unsigned bits) {
    for (unsigned k = 0; k < (bits + 7) / 8; k++)
        field[k] = (uint8_t)(draw() & (8 * k + 8 <= bits ? 255u : (1u << bits % 8) - 1));
}

/* Each signal changes on about one clock of `rarity`, and now and then nothing does for long; what lies past the
 * ports is drawn anew on every clock. */
static void make_clocks(const dcom_config *config, unsigned count, unsigned rarity) {
    const unsigned columns = config->cluster_columns;
    clock_ports now;
    memset(&now, 0, sizeof now);
    unsigned loud = 0; /* the first clock after a quiet time */
    for (unsigned k = 0; k < count; k++) {
        if (draw() % 2000 == 0) loud = k + draw() % 6000;
#define IN(name, bits)                                                                                               \
    if (k >= loud && draw() % rarity == 0) draw_bits((uint8_t *)&now.in.name, bits);
#define OUT(name, bits)                                                                                              \
    if (k >= loud && draw() % rarity == 0) draw_bits((uint8_t *)&now.out.name, bits);
        TRACE_SIGNALS(IN, OUT)
#undef IN
#undef OUT
        for (unsigned lane = 8 * columns; lane < 16 * 8; lane++)
            now.in.s_axis_tdata[lane] = (uint16_t)draw();
        clocks[k] = now;
    }
}

static uint64_t write_trace(const char *path, const dcom_config *config, unsigned count) {
    uint64_t written, bytes;
    trace_writer *w = trace_create(path, config, message);
    ck_assert_msg(w, "%s", message);
    for (unsigned k = 0; k < count; k++)
        ck_assert_int_eq(trace_put(w, &clocks[k].in, &clocks[k].out), 0);
    ck_assert_msg(!trace_finish(w, &written, &bytes, message), "%s", message);
    ck_assert_uint_eq(written, count);
    return bytes;
}

static void check_clock(const dcom_config *config, trace_reader *r, unsigned k) {
    dcom_accelerator_in in;
    dcom_accelerator_out out;
    const unsigned columns = config->cluster_columns;
    ck_assert_msg(trace_next(r, &in, &out, message) == 1, "clock %u: %s", k + 1, message);
    ck_assert_msg(!trace_difference(config, &clocks[k].out, &out, message), "clock %u: %s", k + 1, message);
#define BYTES(name, width) ((sizeof in.name > 4) ? (width) / 8 : sizeof in.name)
#define IN(name, width)                                                                                              \
    ck_assert_msg(!memcmp(&in.name, &clocks[k].in.name, BYTES(name, width)), "clock %u: %s, seed %u", k + 1, #name,  \
                  seed);
#define OUT(name, width)
    TRACE_SIGNALS(IN, OUT)
#undef IN
#undef OUT
}

static uint8_t *read_whole(const char *path, size_t *size) {
    static uint8_t bytes[1 << 20];
    FILE *f = fopen(path, "rb");
    ck_assert_ptr_nonnull(f);
    *size = fread(bytes, 1, sizeof bytes, f);
    fclose(f);
    return bytes;
}

static void write_whole(const char *path, const uint8_t *bytes, size_t size) {
    unlink(path); /* a file cut to nothing and written again is forced to disk by some file systems */
    FILE *f = fopen(path, "wb");
    ck_assert(f && fwrite(bytes, 1, size, f) == size && !fclose(f));
}

START_TEST(round_trip) {
    static const char *const names[] = {"tiny", "small", "full"};
    static const unsigned lengths[] = {0, 1, TRACE_BLOCK - 1, TRACE_BLOCK, TRACE_BLOCK + 1, CLOCKS};
    const dcom_config config = named(names[_i]);
    seed = 17 + (unsigned)_i;
    for (unsigned l = 0; l < sizeof lengths / sizeof *lengths; l++) {
        make_clocks(&config, lengths[l], l % 2 ? 400 : 40);
        write_trace(file, &config, lengths[l]);
        trace_reader *r = trace_open(file, &config, message);
        ck_assert_msg(r, "%s", message);
        ck_assert_uint_eq(trace_clocks(r), lengths[l]);
        for (unsigned k = 0; k < lengths[l]; k++)
            check_clock(&config, r, k);
        ck_assert_int_eq(trace_next(r, &clocks[0].in, &clocks[0].out, message), 0);
        trace_close(r);
    }
}
END_TEST

START_TEST(seeks) {
    const dcom_config config = named("small");
    seed = 5;
    make_clocks(&config, CLOCKS, 40);
    write_trace(file, &config, CLOCKS);
    trace_reader *r = trace_open(file, &config, message);
    ck_assert_msg(r, "%s", message);
    static const unsigned edges[] = {
        1, 2, TRACE_BLOCK, TRACE_BLOCK + 1, TRACE_BLOCK, TRACE_BLOCK + 1, CLOCKS - 1, 1, CLOCKS, CLOCKS, 2};
    for (unsigned k = 0; k < 300; k++) {
        const unsigned clock = k < 11 ? edges[k] : 1 + draw() % CLOCKS;
        ck_assert_msg(!trace_seek(r, clock, message), "%s", message);
        for (unsigned n = 0; n < draw() % 3 && clock + n <= CLOCKS; n++)
            check_clock(&config, r, clock - 1 + n);
    }
    ck_assert(trace_seek(r, 0, message) && trace_seek(r, CLOCKS + 1, message));
    ck_assert_str_eq(strchr(message, ':'), ": there is no clock 12366: it has 12365");
    trace_close(r);
}
END_TEST

/* Opens and reads to the end; whether all went well. */
static bool readable(const char *path, const dcom_config *config) {
    dcom_accelerator_in in;
    dcom_accelerator_out out;
    int status = -1;
    trace_reader *r = trace_open(path, config, message);
    if (!r) return ck_assert_msg(strstr(message, path), "%s", message), false;
    while ((status = trace_next(r, &in, &out, message)) == 1)
        ;
    if (status < 0) {
        char again[256];
        ck_assert_msg(strstr(message, ": clock ") && strstr(message, "damaged"), "%s", message);
        ck_assert_int_eq(trace_next(r, &in, &out, again), -1);
        ck_assert_str_eq(again, message);
    }
    trace_close(r);
    return status == 0;
}

START_TEST(every_bit_counts) {
    const dcom_config config = named("tiny");
    size_t size;
    seed = 9;
    make_clocks(&config, SMALL, 6);
    write_trace(file, &config, SMALL);
    uint8_t *bytes = read_whole(file, &size);
    ck_assert(readable(file, &config));
    ck_assert_uint_gt(size, 1000);
    /* told where it is, not later: the clocks told of one bit after the other never go back */
    unsigned long told = 0;
    for (size_t bit = 0; bit < 8 * size; bit++) {
        bytes[bit / 8] ^= (uint8_t)(1 << bit % 8);
        write_whole(other, bytes, size);
        ck_assert_msg(!readable(other, &config), "bit %zu of byte %zu of %zu", bit % 8, bit / 8, size);
        const char *clock = strstr(message, ": clock ");
        if (clock) {
            const unsigned long now = strtoul(clock + 8, NULL, 10);
            ck_assert_msg(now >= told, "bit %zu of byte %zu: %s", bit % 8, bit / 8, message);
            told = now;
        }
        bytes[bit / 8] ^= (uint8_t)(1 << bit % 8);
    }
    ck_assert_uint_eq(told, SMALL);
    for (size_t length = 0; length < size; length++) {
        write_whole(other, bytes, length);
        ck_assert_msg(!readable(other, &config), "the first %zu bytes of %zu", length, size);
    }
    write_whole(other, bytes, size);
    ck_assert(readable(other, &config));
    bytes[size] = 0;
    write_whole(other, bytes, size + 1);
    ck_assert(!readable(other, &config));
}
END_TEST

/* One value alone in a block: its damage is told by its clock and its name. */
START_TEST(names_the_place) {
    const dcom_config config = named("small");
    size_t size;
    memset(clocks, 0, sizeof clocks);
    for (unsigned k = TRACE_BLOCK + 99; k < CLOCKS; k++)
        clocks[k].in.s_axis_tdata[15] = 0xABCD;
    write_trace(file, &config, CLOCKS);
    uint8_t *bytes = read_whole(file, &size);
    for (size_t k = size; k-- > 0;)
        if (bytes[k] == 0xCD && bytes[k + 1] == 0xAB) bytes[k] ^= 4; /* of all blocks; the first is met first */
    write_whole(other, bytes, size);
    ck_assert(!readable(other, &config));
    ck_assert_str_eq(strchr(message, ':'), ": clock 4196: s_axis_tdata: the stored value is damaged");
    trace_reader *r = trace_open(other, &config, message);
    ck_assert(!trace_seek(r, TRACE_BLOCK + 99, message) && trace_seek(r, TRACE_BLOCK + 101, message) < 0);
    ck_assert(!trace_seek(r, TRACE_BLOCK, message)); /* a good block can still be had */
    ck_assert_int_eq(trace_next(r, &clocks[0].in, &clocks[0].out, message), 1);
    trace_close(r);
}
END_TEST

START_TEST(same_clocks_same_bytes) {
    const dcom_config config = named("small");
    size_t size, again;
    seed = 31;
    make_clocks(&config, CLOCKS, 60);
    write_trace(file, &config, CLOCKS);
    uint8_t *first = malloc(1 << 20);
    ck_assert_ptr_nonnull(first);
    memcpy(first, read_whole(file, &size), 1 << 20);
    for (unsigned k = 0; k < CLOCKS; k++) { /* other padding, other lanes past the port */
        const clock_ports c = clocks[k];
        memset(&clocks[k], (int)draw() & 255, sizeof c);
#define IN(name, bits) memcpy(&clocks[k].in.name, &c.in.name, sizeof c.in.name);
#define OUT(name, bits) memcpy(&clocks[k].out.name, &c.out.name, sizeof c.out.name);
        TRACE_SIGNALS(IN, OUT)
#undef IN
#undef OUT
        memset(&clocks[k].in.s_axis_tdata[16], (int)draw() & 255, 2 * 112);
    }
    write_trace(other, &config, CLOCKS);
    const uint8_t *second = read_whole(other, &again);
    ck_assert(size == again && !memcmp(first, second, size));
    free(first);
}
END_TEST

/* Contract and version are numbers of the header: with a check byte that fits, they are refused by name. */
static void stamp(uint8_t *bytes, size_t at, uint8_t value, size_t header) {
    bytes[at] = value;
    uint8_t crc = 0;
    for (size_t k = 0; k + 1 < header; k++) {
        crc ^= bytes[k];
        for (int b = 0; b < 8; b++)
            crc = (uint8_t)(crc << 1 ^ (crc & 0x80 ? 7 : 0));
    }
    bytes[header - 1] = crc;
}

START_TEST(refuses_by_name) {
    const dcom_config config = named("small"), tiny = named("tiny");
    dcom_config pipelined = config;
    size_t size;
    memset(clocks, 0, sizeof clocks);
    write_trace(file, &config, 1);
#define REFUSED(path, config, words)                                                                                 \
    do {                                                                                                             \
        ck_assert_ptr_null(trace_open(path, config, message));                                                       \
        ck_assert_msg(!strncmp(message, path, strlen(path)) && strstr(message, words), "%s", message);               \
    } while (0)
    REFUSED(file, &tiny, "another geometry: cluster_rows is 2, not 1");
    pipelined.mac_stages = 3;
    REFUSED(file, &pipelined, "another geometry: mac_stages is 2, not 3");
    REFUSED("/nonexistent/trace", &config, "No such file");
    uint8_t *bytes = read_whole(file, &size);
    const size_t header = size - (1 + 8 + 17) - 5;
    stamp(bytes, 12, DCOM_NUMERIC_CONTRACT + 1, header);
    write_whole(other, bytes, size);
    REFUSED(other, &config, "a trace of numeric contract 3, not 2");
    stamp(bytes, 12, DCOM_NUMERIC_CONTRACT, header);
    stamp(bytes, header - 3, 3, header);
    write_whole(other, bytes, size);
    REFUSED(other, &config, "a trace of other signals");
    stamp(bytes, 8, 2, header);
    write_whole(other, bytes, size);
    REFUSED(other, &config, "a trace of version 2; this reads version 1");
    write_whole(other, (const uint8_t *)"\x93NUMPY and so on", 16);
    REFUSED(other, &config, "not a trace of the accelerator");
}
END_TEST

START_TEST(writer_refuses) {
    const dcom_config config = named("tiny");
    dcom_accelerator_in in = {.axi_awaddr = 0x1000};
    dcom_accelerator_out out = {0};
    ck_assert_ptr_null(trace_create("/nonexistent/trace", &config, message));
    ck_assert_str_eq(message, "/nonexistent/trace: No such file or directory");
    trace_writer *w = trace_create(file, &config, message);
    ck_assert_ptr_nonnull(w);
    ck_assert_int_ne(trace_put(w, &in, &out), 0);
    ck_assert_int_ne(trace_finish(w, NULL, NULL, message), 0);
    ck_assert_msg(strstr(message, ": clock 1: axi_awaddr: the value is past 12 bits"), "%s", message);
    w = trace_create("/dev/full", &config, message);
    ck_assert_ptr_nonnull(w);
    for (unsigned k = 0; k < 5000; k++) {
        in = (dcom_accelerator_in){.axi_wdata = k};
        trace_put(w, &in, &out);
    }
    ck_assert_int_ne(trace_finish(w, NULL, NULL, message), 0);
    ck_assert_str_eq(message, "/dev/full: No space left on device");
}
END_TEST

START_TEST(differences) {
    const dcom_config config = named("tiny");
    dcom_accelerator_out a = {.axi_rdata = 0x1234, .m_axis_tdata = {1}}, b = a;
    ck_assert_ptr_null(trace_difference(&config, &a, &b, message));
    b.m_axis_tdata[7] = 0x8000;
    ck_assert_str_eq(trace_difference(&config, &a, &b, message), "m_axis_tdata");
    ck_assert_str_eq(message, "m_axis_tdata: expected 00000000000000000000000000000001, got "
                              "80000000000000000000000000000001");
    b.axi_rdata = 0;
    trace_difference(&config, &a, &b, message);
    ck_assert_str_eq(message, "axi_rdata: expected 00001234, got 00000000");
}
END_TEST

int main(void) {
    if (!mkdtemp(folder)) return 1;
    snprintf(file, sizeof file, "%s/trace", folder);
    snprintf(other, sizeof other, "%s/other", folder);
    Suite *suite = suite_create("trace");
    TCase *c = tcase_create("trace");
    tcase_set_timeout(c, 0);
    tcase_add_loop_test(c, round_trip, 0, 3);
    tcase_add_test(c, seeks);
    tcase_add_test(c, every_bit_counts);
    tcase_add_test(c, names_the_place);
    tcase_add_test(c, same_clocks_same_bytes);
    tcase_add_test(c, refuses_by_name);
    tcase_add_test(c, writer_refuses);
    tcase_add_test(c, differences);
    suite_add_tcase(suite, c);
    SRunner *runner = srunner_create(suite);
    srunner_run_all(runner, CK_ENV);
    const int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    unlink(file), unlink(other), rmdir(folder);
    return failed != 0;
}
