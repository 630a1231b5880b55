/* test_cases.c - tables of cases: what a line means, its seeds, and the line and command that it becomes again.
 * SPDX-License-Identifier: Apache-2.0 */
#include "../cmodel/cases.h"
#include "../cmodel/hash.h"
#include "../cmodel/stall.h"
#include "failing.h"

#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static char path[] = "/tmp/test_cases.XXXXXX";

static int read_table(const char *text, case_reading how, case_list *list) {
    const run_case usual = case_usual();
    FILE *f = fopen(path, "w");
    ck_assert(f && fputs(text, f) >= 0 && fclose(f) == 0);
    how.usual = &usual;
    return cases_read(path, &how, list);
}

START_TEST(keys) {
    case_list list;
    ck_assert_int_eq(read_table("# nothing\n\n"
                                "a noise(8,8) config=tiny run=timed tier=long tags=x,y.z features=f-1 limit=7 "
                                "stall=1,2,3,4 stall-seed=5 expect=noise : why\n"
                                "b noise(8,8) fault=u_csr.running_q:1:2@30 expect=divergence\n",
                                (case_reading){.tests = true}, &list),
                     EXIT_GOOD);
    const run_case *a = &list.at[0], *b = &list.at[1];
    ck_assert_uint_eq(list.count, 2);
    ck_assert_str_eq(a->name, "a");
    ck_assert_str_eq(a->reason, "why");
    ck_assert_str_eq(a->config.name, "tiny");
    ck_assert_int_eq(a->kind, CASE_TIMED);
    ck_assert_int_eq(a->tier, CASE_LONG);
    ck_assert_str_eq(a->tags, "x,y.z");
    ck_assert_str_eq(a->features, "f-1");
    ck_assert_uint_eq(a->limit, 7);
    ck_assert_str_eq(a->expect, "noise");
    ck_assert(!a->told && !a->fault.name[0]);
    ck_assert_uint_eq(a->line, 3);
    ck_assert_str_eq(b->config.name, "small");
    ck_assert_int_eq(b->kind, CASE_LOCKSTEP);
    ck_assert_int_eq(b->tier, CASE_SHORT);
    ck_assert_str_eq(b->tags, "");
    ck_assert_uint_eq(b->limit, 60);
    ck_assert(b->told);
    ck_assert_str_eq(b->fault.name, "u_csr.running_q");
    ck_assert(b->fault.word == 1 && b->fault.bit == 2 && b->fault.clock == 30);
    cases_release(&list);
}
END_TEST

/* The same seeds again for the same seed of the regression, others for another or for another name, none twice. */
START_TEST(seeds) {
    static const char table[] =
        "a noise(8,8) seeds=draw:3\nb noise(8,8) seeds=draw:3\nc noise(8,8) seeds=7,4294967295\n"
        "d noise(8,8) seeds=2..4\ne noise(8,8) seed=9\n";
    static const unsigned c[] = {7, UINT32_MAX}, d[] = {2, 3, 4};
    case_list one, again, other, more;
    ck_assert_int_eq(read_table(table, (case_reading){.tests = true, .seed = 1}, &one), EXIT_GOOD);
    ck_assert_int_eq(read_table(table, (case_reading){.tests = true, .seed = 1}, &again), EXIT_GOOD);
    ck_assert_int_eq(read_table(table, (case_reading){.tests = true, .seed = 2}, &other), EXIT_GOOD);
    ck_assert_int_eq(read_table(table, (case_reading){.tests = true, .seed = 1, .draws = 9}, &more), EXIT_GOOD);
    ck_assert_uint_eq(one.count, 3 + 3 + 2 + 3 + 1);
    ck_assert_uint_eq(more.count, 9 + 9 + 2 + 3 + 1);
    for (unsigned k = 0; k < one.count; k++) {
        const uint32_t seed = one.at[k].run.parameters.seed;
        ck_assert_uint_eq(seed, again.at[k].run.parameters.seed);
        if (k < 6) ck_assert_uint_ne(seed, other.at[k].run.parameters.seed);
        if (k < 3) ck_assert_uint_eq(seed, more.at[k].run.parameters.seed);
        if (k < 3) ck_assert_uint_ne(seed, one.at[k + 3].run.parameters.seed);
        if (k >= 6 && k < 8) ck_assert_uint_eq(seed, c[k - 6]);
        if (k >= 8 && k < 11) ck_assert_uint_eq(seed, d[k - 8]);
    }
    ck_assert_str_eq(one.at[2].name, "a");
    ck_assert_uint_eq(one.at[11].run.parameters.seed, 9);
    ck_assert_uint_eq(case_draw(1, "a", 2), hash3(1, 0xE40C292C, 2)); /* FNV-1a of "a" */
    cases_release(&one), cases_release(&again), cases_release(&other), cases_release(&more);
    /* of golden vectors: folders */
    ck_assert_int_eq(read_table("a noise(8,8) seeds=9..10\nb noise(8,8)\n", (case_reading){0}, &one), EXIT_GOOD);
    ck_assert_str_eq(one.at[0].name, "a-0009");
    ck_assert_str_eq(one.at[1].name, "a-0010");
    ck_assert_str_eq(one.at[2].name, "b");
    cases_release(&one);
}
END_TEST

#define LONG "a2345678901234567890123456789012345678901234567890123456789012345"

START_TEST(refused) {
    static const struct {
        const char *line, *said;
    } wrong[] = {{"a noise(8,8) run=both", "run both: not lockstep, timed or untimed"},
                 {"a noise(8,8) tier=night", "tier night: not short, medium or long"},
                 {"a noise(8,8) tags=a,,b", "tags a,,b: not names"},
                 {"a noise(8,8) features=", "features : not names"},
                 {"a noise(8,8) limit=soon", "limit soon: not a whole number"},
                 {"a noise(8,8) limit=0", "limit 0: no time"},
                 {"a noise(8,8) fault=x_q:1@2", "fault x_q:1@2: not NAME:WORD:BIT@CLOCK"},
                 {"a noise(8,8) fault=:1:2@3", "fault :1:2@3: not NAME:WORD:BIT@CLOCK"},
                 {"a noise(8,8) fault=x_q", "fault x_q: not NAME:WORD:BIT@CLOCK"},
                 {"a noise(8,8) fault=model::1:2@3", "fault model::1:2@3: not NAME:WORD:BIT@CLOCK"},
                 {"a noise(8,8) fault=" LONG LONG LONG ":1:2@3", "not NAME:WORD:BIT@CLOCK"},
                 {"a noise(8,8) tags=" LONG, ": not names"},
                 {"a noise(8,8) expect=rank:x", "expect rank:x: not a thing to expect"},
                 {"a noise(8,8) expect=divergence", "expects a divergence, but has no fault"},
                 {"a noise(8,8) expect=divergence,noise", "expect divergence: not a thing to expect"},
                 {"a noise(8,8) trace=perhaps", "trace perhaps: not no or yes"},
                 {"a noise(8,8) seeds=1..2", "seeds: no such key"}, /* one line is one test */
                 {"a", "a: no input"},
                 {"", "no input"}};
    static const struct {
        const char *table;
        bool tests;
    } tables[] = {{"a noise(8,8) seeds=3,4,3\n", true},
                  {"a noise(8,8) seeds=draw:0\n", true},
                  {"a noise(8,8) seeds=draw:x\n", true},
                  {"a noise(8,8) seeds=\n", true},
                  {"a noise(8,8) seeds=5..4\n", true},
                  {"a noise(8,8) seeds=1,4294967296\n", true},
                  {"a noise(8,8) seeds=x..4\n", true},
                  {"a noise(8,8) seeds=1..x\n", true},
                  {"a.dcom-1 noise(8,8)\n", true},
                  {LONG " noise(8,8)\n", true},
                  {"a23456789012345678901234567890123456789012345678901234567890 noise(8,8)\n", true},
                  {"a noise(8,8)\na noise(8,8)\n", true},
                  {"a noise(8,8) fault=x_q:0:0@1\n", false},
                  {"a-0001 noise(8,8)\na noise(8,8) seeds=1..2\n", false}};
    const run_case usual = case_usual();
    case_list list;
    run_case c;
    char message[256];
    for (unsigned k = 0; k < sizeof wrong / sizeof *wrong; k++) {
        ck_assert_msg(case_read(wrong[k].line, &usual, &c, message) == EXIT_WRONG, "%s is taken", wrong[k].line);
        ck_assert_msg(strstr(message, wrong[k].said), "%s: %s", wrong[k].line, message);
        ck_assert_str_eq(c.name, wrong[k].line[0] ? "a" : "");
    }
    for (unsigned k = 0; k < sizeof tables / sizeof *tables; k++)
        ck_assert_msg(read_table(tables[k].table, (case_reading){.tests = tables[k].tests}, &list) == EXIT_WRONG,
                      "taken: %s", tables[k].table);
}
END_TEST

/* A case, its line, and the case of that line are the same. */
START_TEST(texts) {
    static const struct {
        const char *line, *text, *command;
    } same[] = {
        {"a noise(8,8) config=tiny : why", "a noise(8,8) config=tiny seed=1",
         "make sim CONFIG=tiny INPUT='noise(8,8)' SEED=1"},
        {"a x.npy rank=8 expansion=2 warmup=0 outliers=0 tolerance=0.1 exact-tokens=7,0 seed=4294967295 "
         "stall=heavy stall-seed=3 expect=noise,rank:3 tier=long tags=t limit=5",
         "a x.npy config=small rank=8 expansion=2 warmup=0 outliers=0 tolerance=0.1 exact-tokens=0,7 seed=4294967295 "
         "stall=heavy stall-seed=3 expect=noise,rank:3",
         "make sim CONFIG=small INPUT=x.npy RANK=8 EXPANSION=2 WARMUP=0 OUTLIERS=0 TOLERANCE=0.1 EXACT_TOKENS=0,7 "
         "SEED=4294967295 STALL=heavy STALL_SEED=3 EXPECT=noise,rank:3"},
        {"a it's.npy stall=0,0,0,9 fault=a[1].b_q:1:2@3 expect=divergence",
         "a it's.npy config=small seed=1 stall=0,0,0,9 stall-seed=1 expect=divergence fault=a[1].b_q:1:2@3",
         "make sim CONFIG=small INPUT='it'\\''s.npy' SEED=1 STALL=0,0,0,9 STALL_SEED=1 EXPECT=divergence "
         "FAULT='a[1].b_q:1:2@3'"},
        {"a noise(8,8) run=untimed", "a noise(8,8) config=small seed=1 run=untimed",
         "make -s sim-build CONFIG=small && echo 'a noise(8,8) config=small seed=1 run=untimed' | "
         "build/small/sim --worker --config small"},
        {"a noise(8,8) config=tests/config/odd.cfg", "a noise(8,8) config=tests/config/odd.cfg seed=1",
         "make -s sim-build CONFIG=odd && echo 'a noise(8,8) config=tests/config/odd.cfg seed=1' | "
         "build/odd/sim --worker --config tests/config/odd.cfg"}};
    const run_case usual = case_usual();
    for (unsigned k = 0; k < sizeof same / sizeof *same; k++) {
        char message[256];
        run_case c, again;
        ck_assert_msg(case_read(same[k].line, &usual, &c, message) == EXIT_GOOD, "%s", message);
        char *text = case_text(&c), *command = case_command(&c);
        ck_assert_str_eq(text, same[k].text);
        ck_assert_str_eq(command, same[k].command);
        ck_assert_msg(case_read(text, &usual, &again, message) == EXIT_GOOD, "%s", message);
        char *once_more = case_text(&again);
        ck_assert_str_eq(once_more, text);
        ck_assert(c.run.parameters.tolerance == again.run.parameters.tolerance);
        free(text), free(command), free(once_more);
        case_release(&c), case_release(&again);
    }
}
END_TEST

/* What nothing is said of. */
START_TEST(usual_text) {
    char *text, input[] = "x.npy";
    run_case c = case_usual();
    snprintf(c.name, sizeof c.name, "a");
    c.input = input, c.run.parameters.tolerance = 0.30000000000000004;
    snprintf(c.fault.name, sizeof c.fault.name, "model:x_q"), c.fault.clock = 3;
    ck_assert_str_eq(text = case_text(&c),
                     "a x.npy config=small tolerance=0.30000000000000004 seed=1 fault=model:x_q:0:0@3");
    free(text);
}
END_TEST

/* The matrix of a case: generated, or of the file that was found for it; with one piece of memory less each time. */
START_TEST(matrices) {
    static const char *const lines[] = {"a noise(8,8) fault=model:x_q:1:2@3", "a spectrum(8,8)", "a none.npy"};
    const run_case usual = case_usual();
    char message[256];
    for (unsigned k = 0; k < 3; k++) {
        run_case c, copy;
        npy_matrix a;
        ck_assert_msg(case_read(lines[k], &usual, &c, message) == EXIT_GOOD, "%s", message);
        if (k == 2) c.found = strdup("tests/data/kjv_S512_L00_attn_in.npy");
        ck_assert(case_copy(&copy, &c) && (k < 2) == !copy.found);
        ck_assert_msg(case_matrix(&copy, &a, message) == EXIT_GOOD, "%s", message);
        ck_assert_uint_eq(a.rows, k < 2 ? 8 : 512);
        npy_release(&a);
        case_release(&copy);
        const char *failed = "";
        for (unsigned n = 1; k < 2 && failed; n++) {
            failing_arm(FAILING_MEMORY, n);
            const int status = case_matrix(&c, &a, message);
            failed = failing_disarm();
            ck_assert_int_eq(status, failed ? EXIT_WRONG : EXIT_GOOD);
            if (failed) ck_assert_str_eq(message, "out of memory");
            npy_release(&a);
        }
        case_release(&c);
    }
    run_case c;
    npy_matrix a;
    ck_assert_int_eq(case_read("a none.npy", &usual, &c, message), EXIT_GOOD);
    ck_assert_int_eq(case_matrix(&c, &a, message), EXIT_WRONG);
    ck_assert_str_eq(message, "none.npy: No such file or directory");
    case_release(&c);
}
END_TEST

/* Tables, lines and commands with one piece of memory less each time. */
START_TEST(memory_is_told) {
    static const char table[] =
        "a noise(8,8) seeds=draw:3 exact-tokens=1,2 tags=x expect=noise : why\n"
        "b /a/b.npy seeds=5,7 fault=u_csr.running_q:1:2@30 tolerance=0.1\nc noise(8,8) seeds=2..4\n";
    const run_case usual = case_usual();
    case_list all;
    ck_assert_int_eq(read_table(table, (case_reading){.tests = true}, &all), EXIT_GOOD);
    cases_release(&all);
    unsigned n = 1;
    for (const char *failed = ""; failed; n++) {
        case_list list = {0};
        const case_reading how = {.usual = &usual, .tests = true};
        char *line = NULL, *again = NULL;
        failing_arm(FAILING_MEMORY, n);
        const int status = cases_read(path, &how, &list);
        for (size_t k = 0; k < list.count && (k == 0 || (line && again)); k++) {
            free(line), free(again);
            line = case_text(&list.at[k]);
            again = case_command(&list.at[k]);
        }
        failed = failing_disarm();
        ck_assert(failed ? status == EXIT_WRONG || !line || !again : status == EXIT_GOOD && line && again);
        free(line), free(again);
        cases_release(&list);
    }
    ck_assert_uint_gt(n, 20);
}
END_TEST

/* A case from which others are made, with a file that was found, one piece of memory less each time. */
START_TEST(copies_are_told) {
    uint32_t tokens[] = {1, 2};
    run_case from = case_usual();
    from.found = path;
    from.run.exact_tokens = tokens;
    from.run.parameters.exact_tokens = tokens, from.run.parameters.exact_token_count = 2;
    unsigned n = 1;
    for (const char *failed = ""; failed; n++) {
        run_case copy, read;
        char message[256] = "";
        failing_arm(FAILING_MEMORY, n);
        const bool copied = case_copy(&copy, &from);
        const int status = case_read("a noise(8,8) : why", &from, &read, message);
        failed = failing_disarm();
        ck_assert(failed ? !copied || status == EXIT_WRONG : copied && status == EXIT_GOOD);
        if (copied) {
            ck_assert_str_eq(copy.found, path);
            ck_assert_mem_eq(copy.run.exact_tokens, tokens, sizeof tokens);
        }
        if (status)
            ck_assert_str_eq(message, "out of memory");
        else
            case_release(&read);
        case_release(&copy);
    }
    ck_assert_uint_gt(n, 20);
}
END_TEST

START_TEST(stalls) {
    static const char *const wrong[] = {"lightly",   "1,2,3",     "256,2,3,4", "1,256,3,4",
                                        "1,2,256,4", "1,2,3,256", "1,2,3,4,"};
    static const char *const texts[][2] = {{"32,32,32,32", "light"},   {"0,0,0,0", "none"},
                                           {"heavy", "heavy"},         {"32,0,0,0", "32,0,0,0"},
                                           {"32,32,0,0", "32,32,0,0"}, {"0,0,0,1", "0,0,0,1"}};
    stall_profile p;
    char text[STALL_TEXT];
    for (unsigned k = 0; k < sizeof wrong / sizeof *wrong; k++)
        ck_assert_msg(stall_profile_parse(wrong[k], &p) != 0, "%s is taken", wrong[k]);
    for (unsigned k = 0; k < sizeof texts / sizeof *texts; k++) {
        ck_assert_int_eq(stall_profile_parse(texts[k][0], &p), 0);
        stall_profile_text(&p, text);
        ck_assert_str_eq(text, texts[k][1]);
    }
}
END_TEST

int main(void) {
    const int file = mkstemp(path);
    if (file < 0) return 1;
    close(file);
    Suite *suite = suite_create("cases");
    TCase *c = tcase_create("cases");
    tcase_add_test(c, keys);
    tcase_add_test(c, seeds);
    tcase_add_test(c, refused);
    tcase_add_test(c, texts);
    tcase_add_test(c, usual_text);
    tcase_add_test(c, matrices);
    tcase_add_test(c, memory_is_told);
    tcase_add_test(c, copies_are_told);
    tcase_add_test(c, stalls);
    suite_add_tcase(suite, c);
    SRunner *runner = srunner_create(suite);
    srunner_run_all(runner, CK_ENV);
    const int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    unlink(path);
    return failed != 0;
}
