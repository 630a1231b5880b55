/* test_failing.c - each call that a command makes of the system fails once. Then the command either ends as if
 * nothing had happened, or says so in one line that gives the reason, and leaves nothing half-written.
 * SPDX-License-Identifier: Apache-2.0
 *
 * STEP=n: every nth call, and fewer and fewer of the memory that jansson and libcrypto ask for; else all. Under the
 * address sanitizer nothing is lost either (tests/test_sanitizers.sh). */
#include "../cmodel/capsule.h"
#include "../cmodel/vectors.h"
#include "commands.h"
#include "failing.h"

#include <check.h>
#include <fcntl.h>
#include <glob.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum { MOST_CALLS = 100000 };

/* ---- a command in this process, with what it prints in files ---- */

/* Its exit status; call n of the kind fails, if n > 0, and `*failed` is its name. */
static int run(const char *line, failing_kind kind, unsigned n, const char **failed) {
    fflush(stdout), fflush(stderr);
    const int out = redirect(STDOUT_FILENO, "stdout"), err = redirect(STDERR_FILENO, "stderr");
    if (n > 0) failing_arm(kind, n);
    int status = run_command(line);
    *failed = failing_disarm();
    fflush(stderr);
    if ((fflush(stdout) != 0 || ferror(stdout)) && !status) status = -1; /* main() would say it */
    clearerr(stdout);
    restore(STDOUT_FILENO, out), restore(STDERR_FILENO, err);
    return status;
}

/* ---- what is judged ---- */

typedef struct {
    const char *before; /* a command run first each time, or NULL */
    const char *line;
    bool list; /* whole cases may stay in the folder */
} scenario;

static const scenario scenarios[] = {
    {NULL, "decompose A.npy --out out --config tiny --rank 4 --outliers 2 --exact-tokens 0,3", false},
    {NULL, "decompose A.npy --out out --config tiny --rank 4 --json", false},
    {"decompose A.npy --out out --config tiny --rank 4 --quiet", "decompose A.npy --out out --config tiny --rank 4",
     false},
    {NULL, "apply D W.npy W.npy --out out --config tiny", false},
    {NULL, "apply D W.npy --out out --config tiny --json", false},
    {NULL, "info --json", false},
    {NULL, "predict A.npy --config tiny --rank 4 --json", false},
    {NULL, "predict --tokens 16 --channels 16 --config tiny --rank 4", false},
    {NULL, "vectors A.npy --out out --config tiny --rank 4 --jobs 1 --trace", false},
    {NULL, "vectors spectrum(8,8) --out out --config tiny --rank 2 --outliers 0 --jobs 1 --json", false},
    {NULL, "vectors --cases list --out out --jobs 1 --quiet", true},
    {NULL, "vectors --manifest V/manifest.json --out out --jobs 1 --quiet", false},
    {NULL, "vectors --manifest L/index.json --out out --jobs 1 --quiet", true},
    {"vectors --cases list --out out --jobs 1 --quiet", "vectors --cases list --out out --jobs 1 --verify --quiet",
     true},
    {NULL, "replay V", false},
    {NULL, "replay L --json", false},
    {NULL, "replay V --packets packets --quiet", false},
    {NULL, "replay sim.capsule", false},
    {NULL, "replay array.capsule", false},
    {NULL, "replay --target sim.capsule", false},
};
enum { SCENARIOS = sizeof scenarios / sizeof *scenarios };

static int shell(const char *line) {
    const int status = system(line);
    return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

static bool is_there(const char *pattern) {
    glob_t found;
    const bool there = glob(pattern, 0, NULL, &found) == 0;
    globfree(&found);
    return there;
}

/* Starts as the first time. */
static void prepare(const scenario *s) {
    const char *unused;
    if (is_there("out") || is_there("out.dcom-*")) ck_assert_int_eq(shell("rm -rf out out.dcom-*"), 0);
    if (s->before) ck_assert_int_eq(run(s->before, FAILING_MEMORY, 0, &unused), EXIT_GOOD);
}

/* The figures of time are another run's. */
#define SAME "diff -r -I 'seconds\"*[: ]' -I '_per_second' -I ' made, .* already; ' "

static unsigned faults; /* of a sweep */

__attribute__((format(printf, 1, 2))) static void fault(const char *format, ...) {
    va_list arguments;
    va_start(arguments, format);
    printf("# ");
    vprintf(format, arguments);
    putchar('\n');
    va_end(arguments);
    faults++;
}

/* Good: all files; else all or none, of a list whole cases. */
static void check_left(const scenario *s, bool good, const char *what) {
    static char text[MOST_TEXT];
    const bool there = is_there("out");
    if (is_there("*.dcom-*") || is_there("out/*.dcom-*")) fault("%s: leaves a temporary file", what);
    if (good && is_there("out.good") != there) fault("%s: out/ is%s there", what, there ? "" : " not");
    if (there && shell(SAME "out.good out > differences"))
        if (good || !s->list || shell("grep -qv '^Only in out.good' differences") == 0)
            fault("%s: leaves other files, or parts of a case: %s", what, file_text("differences", text));
}

static void check(const scenario *s, int status, failing_kind kind, const char *failed, unsigned n) {
    static char text[MOST_TEXT];
    char what[400];
    const char *reason = kind == FAILING_MEMORY || kind == FAILING_LIBRARIES ? "memory"
                         : strcmp(failed, "pthread_create") == 0             ? "thread"
                                                                             : "Input/output error";
    snprintf(what, sizeof what, "dcom %s: %s, call %u, fails (status %d)", s->line, failed, n, status);
    file_text("stderr", text);
    for (char *at; (at = strstr(text, ": warning: "));) { /* of a commit that is not this one, above what is said */
        while (at > text && at[-1] != '\n')
            at--;
        memmove(at, strchr(at, '\n') + 1, strlen(strchr(at, '\n')));
    }
    check_left(s, status == EXIT_GOOD, what);
    if (status == EXIT_GOOD) {
        if (text[0]) fault("%s: good, and yet: %s", what, text);
        if (shell(SAME "stdout.good stdout > differences")) fault("%s: prints something else", what);
    } else if (status != EXIT_WRONG || strncmp(text, "dcom: ", 6) != 0 ||
               strchr(text, '\n') != text + strlen(text) - 1)
        fault("%s: not one line: %s", what, text);
    else if (!strstr(text, reason))
        fault("%s: no `%s` in: %s", what, reason, text);
}

/* ---- the files that they read ---- */

static void must(const char *line) {
    static char text[MOST_TEXT];
    const char *unused;
    ck_assert_msg(run(line, FAILING_MEMORY, 0, &unused) == EXIT_GOOD, "%s: %s", line, file_text("stderr", text));
}

static void write_matrix(const char *path, size_t rows, size_t columns, uint32_t seed) {
    char message[256];
    float values[32 * 32];
    for (size_t i = 0; i < rows * columns; i++) {
        seed = seed * 1664525 + 1013904223;
        values[i] = (float)(int32_t)seed * 0x1p-31f;
    }
    ck_assert_int_eq(npy_write_f32(path, values, rows, columns, message), DCOM_OK);
}

/* A run that did not fail, told as if it had; with a place, as if it had diverged. */
static void write_capsule(const char *path, const char *program, const char *place, unsigned exact) {
    static const uint32_t tokens[] = {0, 1, 2, 3, 4, 5, 6, 7, 8};
    char message[256];
    capsule c = {.parameters = dcom_defaults(), .failure = "stopped", .message = "nothing came", .input = "A.npy"};
    if (place) {
        c.divergence = (capsule_divergence){.name = "u_csr.running_q", .bits = 8, .history = {{9, 1, 0}}, .count = 1};
        snprintf(c.divergence.place, sizeof c.divergence.place, "%s", place);
    }
    capsule_stamp(&c);
    snprintf(c.program, sizeof c.program, "%s", program);
    ck_assert_int_eq(dcom_config_named("tiny", &c.config, message), DCOM_OK);
    ck_assert_int_eq(npy_read("A.npy", &c.a, message), DCOM_OK);
    c.parameters.exact_tokens = exact ? tokens : NULL, c.parameters.exact_token_count = exact;
    c.parameters.rank = 4, c.parameters.outliers = 2, c.stall_seed = 1;
    ck_assert_int_eq(capsule_run(path, &c, 1000, &c.model), EXIT_GOOD);
    ck_assert_int_eq(capsule_write(path, &c), EXIT_GOOD);
    npy_release(&c.a);
}

static char folder[] = "/tmp/test_failing.XXXXXX";

static void set_up(void) {
    ck_assert(mkdtemp(folder) && chdir(folder) == 0);
    write_matrix("A.npy", 16, 12, 1);
    write_matrix("W.npy", 12, 12, 2);
    FILE *f = fopen("list", "w");
    ck_assert(f &&
              fputs("one noise(8,8) config=tiny rank=2\ntwo A.npy config=tiny rank=2 exact-tokens=1\n", f) >= 0 &&
              fclose(f) == 0);
    must("decompose A.npy --out D --config tiny --rank 4 --outliers 2 --exact-tokens 0,3");
    must("vectors A.npy --out V --config tiny --rank 4 --trace --jobs 1");
    must("vectors --cases list --out L --jobs 1");
    ck_assert_int_eq(shell("k=0; for f in outliers V P; do sed \"s/.*/$k & 0/; \\$s/0\\$/1/\" V/$f.hex; k=$((k + "
                           "1)); done > packets"),
                     0);
    write_capsule("sim.capsule", "sim", NULL, 0);
    write_capsule("array.capsule", "array_sim", NULL, 0);
    write_capsule("row.capsule", "array_sim", "row 1", 0);
    write_capsule("nine.capsule", "sim", "", 9);
}

static void tear_down(void) {
    char line[64];
    snprintf(line, sizeof line, "rm -rf %s", folder);
    ck_assert(chdir("/") == 0 && shell(line) == 0);
}

static void sweep(const scenario *s, failing_kind kind) {
    const char *failed = "";
    faults = 0;
    ck_assert_int_eq(shell("rm -rf out out.good"), 0);
    prepare(s);
    must(s->line);
    ck_assert_int_eq(shell("cp stdout stdout.good; [ ! -e out ] || cp -r out out.good"), 0);
    unsigned calls = 0;
    const char *text = getenv("STEP");
    const unsigned step = text ? (unsigned)atoi(text) : 1;
    ck_assert_uint_ge(step, 1);
    for (unsigned n = 1; failed; n += step + (text && kind == FAILING_LIBRARIES ? n / 32 : 0)) {
        ck_assert_uint_lt(n, MOST_CALLS);
        prepare(s);
        const int status = run(s->line, kind, n, &failed);
        if (failed) check(s, status, kind, failed, n), calls++;
    }
    ck_assert_msg(faults == 0, "dcom %s: %u of %u calls are not told, see above", s->line, faults, calls);
}

START_TEST(memory) { sweep(&scenarios[_i], FAILING_MEMORY); }
END_TEST

START_TEST(memory_of_libraries) { sweep(&scenarios[_i], FAILING_LIBRARIES); }
END_TEST

/* There rename() does it, and no call is missed. */
START_TEST(no_renameat2) {
    const scenario *s = &scenarios[_i / 2];
    const char *failed;
    prepare(s);
    must(s->line);
    ck_assert_int_eq(shell("rm -rf out.good; cp -r out out.good; cp stdout stdout.good"), 0);
    prepare(s);
    ck_assert_int_eq(run(s->line, _i % 2 ? FAILING_FLAGS : FAILING_RENAMEAT2, 1, &failed), EXIT_GOOD);
    ck_assert_ptr_nonnull(failed);
    faults = 0;
    check_left(s, true, "without renameat2()");
    ck_assert_uint_eq(faults, 0);
}
END_TEST

START_TEST(files) { sweep(&scenarios[_i], FAILING_FILES); }
END_TEST

/* A capsule that is read and written again is the same file, or it is told that it cannot be and nothing is there. */
static void rewrite(failing_kind kind) {
    static char text[MOST_TEXT];
    const char *failed = "";
    for (unsigned n = 1; failed; n++) {
        capsule c;
        int written = EXIT_WRONG;
        const int before = redirect(STDERR_FILENO, "stderr");
        failing_arm(kind, n);
        const int status = capsule_read("sim.capsule", &c);
        if (!status) {
            written = capsule_write("again.capsule", &c);
            capsule_release(&c);
        }
        failed = failing_disarm();
        restore(STDERR_FILENO, before);
        file_text("stderr", text);
        ck_assert_msg(!is_there("again.capsule.*"), "call %u, %s: leaves a temporary file", n, failed);
        if (written == EXIT_GOOD) {
            ck_assert_str_eq(text, "");
            ck_assert_msg(shell("diff -a sim.capsule again.capsule && rm again.capsule") == 0,
                          "kind %d, call %u, %s: another capsule", (int)kind, n, failed);
        } else {
            ck_assert_int_eq(written, EXIT_WRONG);
            ck_assert_msg(strncmp(text, "dcom: ", 6) == 0 && strchr(text, '\n') == text + strlen(text) - 1,
                          "call %u, %s: %s", n, failed, text);
            ck_assert_msg(!is_there("again.capsule"), "call %u, %s: and yet it is there", n, failed);
        }
    }
}

/* A capsule of the commit of this program says nothing; of another, which. */
START_TEST(of_another_commit) {
    static char text[MOST_TEXT];
    capsule c;
    ck_assert_int_eq(capsule_read("sim.capsule", &c), EXIT_GOOD);
    strcpy(c.commit, "0123456789012345678901234567890123456789");
    const int before = redirect(STDERR_FILENO, "stderr");
    capsule_warn("sim.capsule", &c);
    restore(STDERR_FILENO, before);
    file_text("stderr", text);
    const char start[] = "dcom: sim.capsule: warning: of commit 0123456789012345678901234567890123456789, this is ";
    ck_assert_msg(strncmp(text, start, sizeof start - 1) == 0, "it says: %s", text);
    capsule_release(&c);
}
END_TEST

START_TEST(rewritten) {
    rewrite(FAILING_MEMORY);
    rewrite(FAILING_LIBRARIES);
    rewrite(FAILING_FILES);
}
END_TEST

/* One thread does what two would have done. */
START_TEST(second_thread) {
    const scenario s = {NULL, "vectors --cases list --out out --jobs 2 --quiet", true};
    const char *failed;
    prepare(&s);
    must(s.line);
    ck_assert_int_eq(shell("rm -rf out.good; cp -r out out.good"), 0);
    prepare(&s);
    ck_assert_int_eq(run(s.line, FAILING_THREADS, 2, &failed), EXIT_GOOD);
    ck_assert_ptr_nonnull(failed);
    faults = 0;
    check_left(&s, true, "without a second thread");
    ck_assert_uint_eq(faults, 0);
}
END_TEST

/* A trace that is asked to stop does at a clock, says nothing, and is its caller's to remove. */
START_TEST(stopped) {
    static char text[MOST_TEXT];
    const atomic_bool stop = true;
    char message[256];
    run_case c = case_usual();
    vectors *v = vectors_create();
    ck_assert_ptr_nonnull(v);
    snprintf(c.name, sizeof c.name, "stopped");
    ck_assert_int_eq(case_set(&c, "config", "tiny", message), EXIT_GOOD);
    ck_assert_int_eq(case_set_input(&c, "noise(8,8)", message), EXIT_GOOD);
    ck_assert_int_eq(vectors_prepare(v, &c), EXIT_GOOD);
    ck_assert_int_eq(vectors_run(v), EXIT_GOOD);
    int before = redirect(STDERR_FILENO, "stderr");
    const int status = vectors_trace(v, "stopped.bin", &stop);
    restore(STDERR_FILENO, before);
    ck_assert_int_eq(status, EXIT_STOPPED);
    ck_assert_str_eq(file_text("stderr", text), "");
    c.config.cluster_rows = 17;
    before = redirect(STDERR_FILENO, "stderr");
    const int impossible = vectors_prepare(v, &c);
    restore(STDERR_FILENO, before);
    ck_assert_int_eq(impossible, EXIT_WRONG);
    ck_assert_str_eq(file_text("stderr", text), "dcom: stopped: a configuration that cannot be\n");
    vectors_destroy(v);
    case_release(&c);
}
END_TEST

/* Where it was that they differed. */
START_TEST(diverged) {
    static char text[MOST_TEXT];
    must("replay row.capsule");
    ck_assert_msg(strstr(file_text("stdout", text), "  clock 9, u_csr.running_q[0], row 1: model 01, RTL 00\n"), "%s",
                  text);
}
END_TEST

/* Nine exact tokens: the accelerator has registers for eight and refuses; the untimed model takes them. */
START_TEST(gives_up) {
    static char text[MOST_TEXT];
    const char *unused;
    ck_assert_int_eq(run("replay nine.capsule", FAILING_MEMORY, 0, &unused), EXIT_DIFFERENT);
    file_text("stdout", text);
    ck_assert_msg(strstr(text, "  clock 9, u_csr.running_q[0]: model 01, RTL 00\n") &&
                      strstr(text, "a write of COMMAND is answered by SLVERR: as in the capsule\n") &&
                      strstr(text, "the two faces of the model DIFFER\nMODEL         wrong, as in the capsule\n"),
                  "%s", text);
}
END_TEST

/* Another process makes the folder while this one works: it is replaced if it is of a run, whether the file system
 * can exchange two folders or not. */
START_TEST(made_meanwhile) {
    static char text[MOST_TEXT];
    static const char *const files[] = {"mine", NULL};
    const bool another = _i & 1, old = _i & 2;
    output_folder f;
    ck_assert_int_eq(shell("rm -rf out"), 0);
    ck_assert_int_eq(output_begin(&f, "out", files), EXIT_GOOD);
    char *path = output_path(&f, "mine");
    FILE *file = path ? fopen(path, "w") : NULL;
    ck_assert(file && fputs("new", file) >= 0 && fclose(file) == 0);
    ck_assert_int_eq(shell(another ? "mkdir out && echo old >out/yours" : "mkdir out && echo old >out/mine"), 0);
    const int before = redirect(STDERR_FILENO, "stderr");
    if (old) failing_arm(FAILING_RENAMEAT2, 1);
    const int status = output_commit(&f);
    const char *failed = failing_disarm();
    output_end(&f);
    restore(STDERR_FILENO, before);
    ck_assert_int_eq(old, failed != NULL);
    ck_assert_int_eq(status, another ? EXIT_WRONG : EXIT_GOOD);
    ck_assert_str_eq(file_text("stderr", text),
                     another ? "dcom: out: holds yours, which dcom did not write; not replaced\n" : "");
    ck_assert_str_eq(file_text(another ? "out/yours" : "out/mine", text), another ? "old\n" : "new");
    ck_assert(!is_there("out.dcom-*") && shell("rm -r out") == 0);
    free(path);
}
END_TEST

/* Without memory for the message. */
START_TEST(no_words) {
    static char text[MOST_TEXT];
    const int before = redirect(STDERR_FILENO, "stderr");
    failing_arm(FAILING_WORDS, 1);
    const int status = command_error("%s: a message", "file");
    const char *failed = failing_disarm();
    restore(STDERR_FILENO, before);
    ck_assert_int_eq(status, EXIT_WRONG);
    ck_assert_str_eq(failed, "vasprintf");
    ck_assert_str_eq(file_text("stderr", text), "dcom: out of memory\n");
}
END_TEST

int main(void) {
    failing_init();
    report_begin();
    Suite *suite = suite_create("failing");
    TCase *commands = tcase_create("commands");
    tcase_add_unchecked_fixture(commands, set_up, tear_down);
    tcase_set_timeout(commands, 0);
    tcase_add_test(commands, stopped);
    tcase_add_test(commands, diverged);
    tcase_add_test(commands, gives_up);
    tcase_add_loop_test(commands, made_meanwhile, 0, 4);
    tcase_add_test(commands, no_words);
    tcase_add_test(commands, rewritten);
    tcase_add_test(commands, of_another_commit);
    tcase_add_test(commands, second_thread);
    tcase_add_loop_test(commands, memory, 0, SCENARIOS);
    tcase_add_loop_test(commands, memory_of_libraries, 0, SCENARIOS);
    tcase_add_loop_test(commands, no_renameat2, 0, 6);
    tcase_add_loop_test(commands, files, 0, SCENARIOS);
    suite_add_tcase(suite, commands);
    SRunner *runner = srunner_create(suite);
    srunner_run_all(runner, CK_ENV);
    const int faults = srunner_ntests_failed(runner);
    srunner_free(runner);
    return faults ? 1 : 0;
}
