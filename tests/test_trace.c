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

/* The check of docs/trace.md, bit by bit. */
static uint8_t check_byte(const uint8_t *bytes, size_t count) {
    uint8_t crc = 0;
    for (size_t k = 0; k < count; k++) {
        crc ^= bytes[k];
        for (int b = 0; b < 8; b++)
            crc = (uint8_t)(crc << 1 ^ (crc & 0x80 ? 7 : 0));
    }
    return crc;
}

/* Contract and version are numbers of the header: with a check byte that fits, they are refused by name. */
static void stamp(uint8_t *bytes, size_t at, uint8_t value, size_t header) {
    bytes[at] = value;
    bytes[header - 1] = check_byte(bytes, header - 1);
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

enum { INDEX_END = 1 + 8 }; /* behind the clocks of an index: check, magic */

/* The header's bytes: a block that says nothing is five, the index of one 1 + 8 + 8 + 9. */
static size_t header_bytes(const dcom_config *config) {
    memset(clocks, 0, sizeof *clocks);
    return (size_t)write_trace(other, config, 1) - 5 - (1 + 8 + 8 + INDEX_END);
}

/* What is written to `other`, and its blocks begin at `offset[0]` .. `offset[blocks - 1]`, says its index. */
static void write_indexed(const uint8_t *bytes, size_t size, unsigned blocks, const uint64_t *offset) {
    static uint8_t again[1 << 20];
    memcpy(again, bytes, size);
    uint8_t *index = again + size - (1 + 8 * blocks + 8 + INDEX_END);
    ck_assert_uint_eq(*index, 'I');
    for (unsigned k = 0; k < 8 * blocks; k++)
        index[1 + k] = (uint8_t)(offset[k / 8] >> 8 * (k % 8));
    index[1 + 8 * blocks + 8] = check_byte(index, 1 + 8 * blocks + 8);
    write_whole(other, again, size);
}

/* An index whose check holds and that leads elsewhere: into a block, or past it. */
START_TEST(another_index) {
    const dcom_config config = named("tiny");
    const size_t header = header_bytes(&config);
    size_t size;
    seed = 23;
    make_clocks(&config, TRACE_BLOCK + 60, 6);
    memset(clocks, 0, TRACE_BLOCK * sizeof *clocks); /* the first block is short */
    for (unsigned k = 40; k < TRACE_BLOCK; k++)
        clocks[k].in = (dcom_accelerator_in){.axi_awvalid = 1, .axi_awaddr = 0x123, .s_axis_tdata = {1, 2, 3}};
    write_trace(file, &config, TRACE_BLOCK + 60);
    const uint8_t *bytes = read_whole(file, &size);
    const uint8_t *index = bytes + size - (1 + 8 * 2 + 8 + INDEX_END);
    uint64_t good[2] = {header, 0};
    for (unsigned b = 0; b < 8; b++)
        good[1] |= (uint64_t)index[9 + b] << 8 * b;
    write_indexed(bytes, size, 2, good);
    ck_assert_msg(readable(other, &config), "%s", message);
    const uint64_t wrong[][2] = {{header + 1, good[1]}, {header, header + 4}, {header, size + 1}, {header, 0}};
    for (unsigned k = 0; k < 4; k++) {
        write_indexed(bytes, size, 2, wrong[k]);
        ck_assert(!readable(other, &config));
        ck_assert_str_eq(strchr(message, ':'), ": the index is damaged");
    }
    ck_assert_uint_gt(good[1], header + 20);
    for (uint64_t end = header + 5; end < good[1] + 8; end++) {
        if (end == good[1]) continue;
        write_indexed(bytes, size, 2, (const uint64_t[]){header, end});
        ck_assert_msg(!readable(other, &config), "the first block ends at %u", (unsigned)end);
        ck_assert_ptr_nonnull(strstr(message, ": clock "));
    }
    ck_assert_str_eq(strchr(message, ':'), ": clock 4096: end of the block: the stored value is damaged");
}
END_TEST

/* One record in a block: 0x12 at axi_awaddr on the first of `SMALL` clocks. It is made to say what no writer says. */
START_TEST(no_writer_says) {
    enum { AWADDR = 9, LAST = 0x40, ONE = 0x20 };
    static const struct {
        uint8_t at[6], bytes; /* over `B`, step, head and value; 6: with a check that holds */
        const char *says;
    } cases[] = {
        {{'A'}, 1, "start of a block"},
        {{'B', 0xC1, 0xC1, 0xC1, 1}, 5, "step"}, /* four bytes of it */
        {{'B', 61}, 2, "step"},                  /* past the end */
        {{'B', 1, 27 | LAST | 0x80}, 3, "head of an entry"},
        {{'B', 1, 31 | LAST}, 3, "head of an entry"},
        {{'B', 1, AWADDR | LAST | ONE, 0x12, 0}, 6, "axi_awaddr"}, /* both a bit and bytes */
        {{'B', 1, AWADDR | LAST, 0x12, 0x10}, 6, "axi_awaddr"},    /* past 12 bits */
    };
    const dcom_config config = named("tiny");
    const size_t header = header_bytes(&config);
    char says[80];
    size_t size;
    memset(clocks, 0, SMALL * sizeof *clocks);
    for (unsigned k = 0; k < SMALL; k++)
        clocks[k].in.axi_awaddr = 0x12;
    write_trace(file, &config, SMALL);
    for (unsigned k = 0; k < sizeof cases / sizeof *cases; k++) {
        uint8_t *block = read_whole(file, &size) + header, *const whole = block - header;
        uint8_t by_hand[6] = {'B', 1, 0, 0x12, 0};
        by_hand[2] = block[2];
        by_hand[5] = check_byte(by_hand, 5);
        ck_assert_mem_eq(block, by_hand, 6);
        memcpy(block, cases[k].at, cases[k].bytes < 6 ? cases[k].bytes : 5);
        if (k >= 3) block[2] |= __builtin_parity(block[2]) ? 0 : 0x80;
        if (cases[k].bytes == 6) block[5] = check_byte(block, 5);
        write_whole(other, whole, size);
        ck_assert(!readable(other, &config));
        snprintf(says, sizeof says, ": clock 1: %s: the stored value is damaged", cases[k].says);
        ck_assert_str_eq(strchr(message, ':'), says);
    }
}
END_TEST

/* More blocks than the writer has room for at first. */
START_TEST(many_blocks) {
    enum { MANY = 65 * TRACE_BLOCK + 1 };
    const dcom_config config = named("tiny");
    dcom_accelerator_in in = {0};
    dcom_accelerator_out out = {0};
    uint64_t written;
    trace_writer *w = trace_create(file, &config, message);
    ck_assert_msg(w, "%s", message);
    for (unsigned k = 1; k <= MANY; k++) {
        in.axi_wdata = k / TRACE_BLOCK;
        ck_assert_int_eq(trace_put(w, &in, &out), 0);
    }
    ck_assert_msg(!trace_finish(w, &written, NULL, message), "%s", message);
    ck_assert_uint_eq(written, MANY);
    trace_reader *r = trace_open(file, &config, message);
    ck_assert_msg(r, "%s", message);
    for (unsigned clock = MANY; clock > TRACE_BLOCK; clock -= TRACE_BLOCK) {
        ck_assert_msg(!trace_seek(r, clock, message), "%s", message);
        ck_assert_int_eq(trace_next(r, &in, &out, message), 1);
        ck_assert_uint_eq(in.axi_wdata, clock / TRACE_BLOCK);
    }
    trace_close(r);
}
END_TEST

START_TEST(writer_refuses) {
    const dcom_config config = named("tiny");
    dcom_accelerator_in in = {.axi_awaddr = 0x1000, .axi_araddr = 0x1000, .axi_wdata = 1};
    dcom_accelerator_out out = {0};
    dcom_config wide = config;
    wide.cluster_columns = 17;
    ck_assert_ptr_null(trace_create("wide", &wide, message));
    ck_assert_str_eq(message, "wide: too many cluster columns");
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
    tcase_add_test(c, another_index);
    tcase_add_test(c, no_writer_says);
    tcase_add_test(c, many_blocks);
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
