/* test_arguments.c - what the commands say of arguments, and of files that are not what they should be: exit status 2
 * and one line, in these words. What they show on a terminal. SPDX-License-Identifier: Apache-2.0 */
#include "commands.h"

#include <check.h>
#include <fcntl.h>
#include <limits.h>
#include <poll.h>
#include <pty.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

static char folder[] = "/tmp/test_arguments.XXXXXX", text[MOST_TEXT], printed[MOST_TEXT];

/* Its exit status, of a line with a space between words; what it says is in `text`, what it prints in `printed`. */
static int run(const char *line) {
    fflush(stdout), fflush(stderr);
    const int out = redirect(STDOUT_FILENO, "printed"), err = redirect(STDERR_FILENO, "said");
    const int status = run_command(line);
    fflush(stdout);
    restore(STDOUT_FILENO, out), restore(STDERR_FILENO, err);
    file_text("said", text), file_text("printed", printed);
    return status;
}

static void put(const char *path, const char *bytes) {
    FILE *f = fopen(path, "w");
    ck_assert(f && fputs(bytes, f) >= 0 && fclose(f) == 0);
}

static void set_up(void) {
    char message[256];
    float values[8 * 8];
    ck_assert(mkdtemp(folder) && chdir(folder) == 0);
    for (unsigned k = 0; k < 64; k++)
        values[k] = (float)(k * k % 17);
    static const char *const names[] = {"A.npy", "a+b.npy", "..npy", "plain", ".npy"};
    for (unsigned k = 0; k < 5; k++)
        ck_assert_int_eq(npy_write_f32(names[k], values, 8, 8, message), DCOM_OK);
    put("list", "one noise(8,8) config=tiny rank=2\n");
    put("unmet", "one noise(8,8) config=tiny rank=2 expect=tolerance\n");
    put("packets", "4 00000000000000000000000000000000 0\n");
    put("last", "1 00000000000000000000000000000000 2\n");
    put("short", "1 0000 0\n");
    put("first.capsule", "dcom-capsule 1-0000000000 0000000000\n");
    ck_assert_int_eq(mkdir("folder", 0777), 0);
    ck_assert_int_eq(run("decompose A.npy --out D --config tiny --rank 2 --quiet"), EXIT_GOOD);
    ck_assert_int_eq(run("vectors A.npy --out V --config tiny --rank 2 --jobs 1 --quiet"), EXIT_GOOD);
    ck_assert_int_eq(run("vectors --cases list --out L --jobs 1 --quiet"), EXIT_GOOD);
}

static void tear_down(void) {
    char line[64];
    snprintf(line, sizeof line, "rm -rf %s", folder);
    ck_assert(chdir("/") == 0 && system(line) == 0);
}

/* ---- refused ---- */

static const struct {
    const char *line, *says;
} words[] = {
    {"info x", "info takes no argument, x is one"},
    {"info --jsn", "unknown option --jsn"},
    {"info --json=1", "option --json takes no value"},
    {"info -x", "unknown option -x"},
    {"info -xy", "unknown option -x"},
    {"info --json -xy", "unknown option -x"},
    {"info -=x", "unknown option -"},
    {"info --help=yes", "option --help takes no value"},
    {"decompose A.npy -xy", "unknown option -x"},
    {"decompose A.npy -r 3 --nope", "unknown option --nope"},
    {"decompose A.npy -r3 -x", "unknown option -x"},
    {"decompose A.npy -r3 -o", "option -o needs a value, N"},
    {"decompose A.npy -r", "option -r needs a value, N"},
    {"decompose A.npy - --rank 3 -xy", "unknown option -x"},
    {"decompose A.npy --rank=3 --jsn", "unknown option --jsn"},
    {"decompose A.npy --o out", "option --o: --out or --outliers?"},
    {"decompose A.npy --o=out", "option --o: --out or --outliers?"},
    {"decompose A.npy --rank 3 --out", "option --out needs a value, DIR"},
    {"decompose A.npy --tol", "option --tol needs a value, "},
    {"predict", "--tokens is needed, at least 1, or a matrix"},
    {"predict --tokens 8", "--channels is needed, at least 1, or a matrix"},
    {"predict --channels 8", "--tokens is needed, at least 1, or a matrix"},
    {"predict --tokens 0 --channels 8", "--tokens is needed, at least 1, or a matrix"},
    {"predict A.npy B.npy", "one matrix at a time: A.npy and B.npy"},
    {"predict A.npy --tokens 8", "A.npy"},
    {"predict A.npy --channels 8", "A.npy"},
    {"predict --tokens", "option --tokens needs a value, "},
    {"predict --tokens 70000 --channels 8", "--tokens 70000: more than 65535"},
    {"predict --tokens 8 --channels x", "--channels x: not a whole number"},
    {"decompose A.npy B.npy --out out", "one matrix at a time: A.npy and B.npy"},
    {"decompose A.npy --out out --rank -1", "--rank -1: not a whole number"},
    {"decompose A.npy --out out --rank 1x", "--rank 1x: not a whole number"},
    {"decompose A.npy --out out --rank 99999999999999999999999", "more than 2147483647"},
    {"decompose A.npy --out out --tolerance ", "--tolerance : not a number 0..1"},
    {"decompose A.npy --out out --tolerance 0.1x", "--tolerance 0.1x: not a number 0..1"},
    {"decompose A.npy --out out --tolerance 1e-999", "--tolerance 1e-999: not a number 0..1"},
    {"decompose A.npy --out out --tolerance -0.1", "--tolerance -0.1: not a number 0..1"},
    {"decompose A.npy --out out --tolerance 1.1", "--tolerance 1.1: not a number 0..1"},
    {"decompose A.npy --out out --exact-tokens 1,2,1", "--exact-tokens 1,2,1: 1 is there twice"},
    {"decompose A.npy --out out --exact-tokens 1,,2", "--exact-tokens : not a whole number"},
    {"decompose A.npy --out out --config .cfg", "config: no configuration is called .cfg"},
    {"decompose A.npy --out out --config ./.cfg", ".cfg: No such file"},
    {"decompose A.npy --out out --config none.cfg", "none.cfg: No such file"},
    {"decompose A.npy --out ", "--out is empty"},
    {"decompose A.npy --out A.npy", "A.npy: is there and not a folder"},
    {"decompose A.npy --out folder/none/out", "folder/none/out: cannot be written: No such file"},
    {"apply D --out out", "weights"},
    {"vectors A.npy B.npy --out out", "one matrix at a time: A.npy and B.npy"},
    {"vectors A.npy --out out --jobs x", "--jobs x: not a whole number"},
    {"vectors A.npy --out out --jobs 300", "--jobs 300: more than 256"},
    {"vectors A.npy --out out --stall fast", "--stall fast: not none, light, heavy"},
    {"vectors A.npy --out out --stall-seed x", "--stall-seed x: not a whole number"},
    {"vectors --manifest x --out out", "x: No such file"},
    {"vectors --manifest ./other.json --out out", "./other.json: No such file"},
    {"vectors a\x7f\n.npy --out out", "a??.npy: No such file"},
    {"vectors noise( --out out", "noise(: No such file"},
    {"vectors noise(8,x) --out out", "noise(8,x): the number of columns is not a whole number"},
    {"vectors noise(\t8,8) --out out", ": the number of rows is not a whole number"},
    {"vectors noise(8;8) --out out", "noise(8;8): the number of rows is not a whole number"},
    {"vectors noise(8,99999) --out out", "noise(8,99999): the number of columns 99999 is not 1.."},
    {"vectors noise(8,8,1,2) --out out", "noise(8,8,1,2): noise takes 3 numbers at most"},
    {"vectors noise(8,8)() --out out", "noise(8,8)(): something follows the bracket"},
    {"vectors noise)( --out out", "noise)(: No such file"},
    {"vectors folder/noise(8,8) --out out", "folder/noise(8,8): No such file"},
    {"vectors --cases list --out A.npy", "A.npy: is there and not a folder"},
    {"replay", "replay needs a folder of golden vectors, or a failure capsule"},
    {"replay V L", "one folder or capsule at a time: V and L"},
    {"replay V --target", "V: --target is of a failure capsule, a file"},
    {"replay first.capsule", "first.capsule: its first line is damaged"},
    {"replay A.npy --config tiny", "A.npy: a file, not a folder; --target alone is an option of a capsule"},
    {"replay A.npy --packets packets", "A.npy: a file, not a folder"},
    {"replay A.npy --json", "A.npy: a file, not a folder"},
    {"replay A.npy --quiet", "A.npy: a file, not a folder"},
    {"replay V --config huge", "no configuration is called huge"},
    {"replay V --packets none", "none: No such file"},
    {"replay V --packets packets", "packets:1: not a beat"},
    {"replay V --packets last", "last:1: not a beat"},
    {"replay V --packets short", "short:1: not a beat"},
    {"replay L --packets packets", "packets are of one case, not of a list"},
};

START_TEST(refused) {
    const int status = run(words[_i].line);
    ck_assert_int_eq(status, EXIT_WRONG);
    ck_assert_msg(strncmp(text, "dcom: ", 6) == 0 && strchr(text, '\n') == text + strlen(text) - 1 &&
                      strstr(text, words[_i].says),
                  "dcom %s: %s", words[_i].line, text);
    ck_assert_msg(access("out", F_OK) != 0, "dcom %s: leaves out/", words[_i].line);
}
END_TEST

/* A case is called after its file, as far as that can be a name. */
START_TEST(named) {
    static const char *const names[][2] = {{"A.npy", "\"A\""},
                                           {"./a+b.npy", "\"a_b\""},
                                           {"..npy", "\"case\""},
                                           {"plain", "\"plain\""},
                                           {".npy", "\"case\""}};
    char line[128];
    for (unsigned k = 0; k < 5; k++) {
        snprintf(line, sizeof line, "vectors %s --out N%u --config tiny --rank 2 --jobs 1 --quiet", names[k][0], k);
        ck_assert_msg(run(line) == EXIT_GOOD, "%s", text);
        snprintf(line, sizeof line, "N%u/manifest.json", k);
        ck_assert_msg(strstr(file_text(line, text), names[k][1]) != NULL, "%s: not called %s", names[k][0],
                      names[k][1]);
    }
}
END_TEST

/* A list, told in JSON. A case in which something else is expected leaves no folder, but for the part of a list:
 * others may be at work in it. */
START_TEST(lists) {
    ck_assert_msg(run("vectors --cases list --out J --jobs 1 --json") == EXIT_GOOD && !text[0], "%s", text);
    ck_assert(access("J/index.json", F_OK) == 0);
    ck_assert_int_eq(run("vectors --cases unmet --out U --jobs 1 --quiet"), EXIT_DIFFERENT);
    ck_assert_msg(strstr(text, "one: tolerance is expected; it stopped by noise, rank 1, "), "%s", text);
    ck_assert(access("U", F_OK) != 0);
    ck_assert_int_eq(run("vectors --cases unmet --out U --jobs 1 --quiet --part 1/1"), EXIT_DIFFERENT);
    ck_assert(access("U", F_OK) == 0 && access("U/one", F_OK) != 0);
}
END_TEST

/* A folder of factors with another report: of no run. */
START_TEST(reports) {
    static const char *const is[][2] = {
        {"{}", "no digest and tracks_digest in it"},
        {"{\"digest\": \"0\"}", "no digest and tracks_digest in it"},
        {"{\"digest\": 0, \"tracks_digest\": \"0\"}", "no digest and tracks_digest"},
        {"{\"digest\": \"0\", \"tracks_digest\": \"0\"}", "its digest is not that of"},
        {"[", "report.json: line 1: not JSON"}};
    ck_assert_int_eq(system("cp -r D R"), 0);
    for (unsigned k = 0; k < 5; k++) {
        put("R/report.json", is[k][0]);
        ck_assert_int_eq(run("apply R A.npy --out out --config tiny"), EXIT_WRONG);
        ck_assert_msg(strstr(text, is[k][1]) != NULL, "%s: %s", is[k][0], text);
    }
    ck_assert(unlink("R/report.json") == 0);
    ck_assert_int_eq(run("apply R A.npy --out out --config tiny"), EXIT_WRONG);
    ck_assert_msg(strstr(text, "R: not a folder of dcom: report.json: No such file") != NULL, "%s", text);
}
END_TEST

/* A folder whose arrays have no rows, or more than there are numbers for. */
START_TEST(empty_factors) {
    static const struct {
        const char *name;
        size_t rows;
        const char *says;
    } of[] = {{"P.npy", 0, "R: 0 tokens x 8 channels are not a matrix"},
              {"P.npy", (size_t)1 << 31, "R: 2147483648 tokens x 8 channels are not a matrix"},
              {"V.npy", 0, "R: 8 tokens x 0 channels are not a matrix"},
              {"V.npy", (size_t)1 << 31, "R: 8 tokens x 2147483648 channels are not a matrix"}};
    char path[32], header[NPY_HEADER];
    for (unsigned k = 0; k < 4; k++) {
        ck_assert_int_eq(system("rm -rf R && cp -r D R"), 0);
        snprintf(path, sizeof path, "R/%s", of[k].name);
        npy_format_header(header, "<f4", 2, of[k].rows, 0);
        FILE *f = fopen(path, "wb");
        ck_assert(f && fwrite(header, 1, sizeof header, f) == sizeof header && fclose(f) == 0);
        ck_assert_int_eq(run("apply R A.npy --out out --config tiny"), EXIT_WRONG);
        ck_assert_msg(strstr(text, of[k].says) != NULL, "%s", text);
    }
}
END_TEST

/* ---- what is printed ---- */

static const struct {
    const char *line, *prints; /* NULL: nothing */
} prints[] = {
    {"decompose A.npy --out O --config tiny --rank 2 --json --quiet", NULL},
    {"apply D A.npy --out O --config tiny --json --quiet", NULL},
    {"vectors --cases list --out L2 --jobs 1 --json", "\"index_sha256\": \""},
    {"vectors A.npy --out V2 --config tiny --rank 2 --jobs 1 --json", "\"digest\": \""},
    {"decompose noise.npy --out O --config tiny --outliers 0 --tolerance 0.001", "flag            uncertified\n"},
    {"decompose noise.npy --out O --config tiny --outliers 0 --tolerance 0.001 --json",
     "\"flag_names\": [\n    \"uncertified\"\n  ]"},
    {"decompose vast.npy --out O --config tiny --rank 2", "flag            overflow\n"},
};

START_TEST(printing) {
    char message[256];
    static float values[64 * 64];
    uint32_t seed = 1;
    for (unsigned k = 0; k < 64 * 64; k++)
        values[k] = (float)(int32_t)(seed = seed * 1664525 + 1013904223) * 0x1p-31f;
    ck_assert_int_eq(npy_write_f32("noise.npy", values, 64, 64, message), DCOM_OK);
    for (unsigned k = 0; k < 8 * 8; k++)
        values[k] = 3e38f;
    ck_assert_int_eq(npy_write_f32("vast.npy", values, 8, 8, message), DCOM_OK);
    ck_assert_msg(run(prints[_i].line) == EXIT_GOOD && !text[0], "dcom %s: %s", prints[_i].line, text);
    ck_assert_msg(prints[_i].prints ? strstr(printed, prints[_i].prints) != NULL : !printed[0], "dcom %s: %s",
                  prints[_i].line, printed);
}
END_TEST

/* As a shell reads it. */
START_TEST(words_of_a_shell) {
    static const char *const of[][2] = {
        {"", "''"}, {"a-b/c.npy", "a-b/c.npy"}, {"a b", "'a b'"}, {"it's", "'it'\\''s'"}};
    for (unsigned k = 0; k < 4; k++) {
        FILE *f = fopen("word", "w");
        ck_assert_ptr_nonnull(f);
        command_print_word(f, of[k][0]);
        ck_assert_int_eq(fclose(f), 0);
        ck_assert_str_eq(file_text("word", text), of[k][1]);
    }
}
END_TEST

/* ---- folders ---- */

static const char *const ours[] = {"P.npy", NULL};

/* What a killed run has left goes, unless it is another's, in use, or no folder. */
START_TEST(swept) {
    static const char *const left[][2] = {{"S/one.dcom-0", "goes"}, {"S/one.dcom-1", "goes"}, {"S/two.dcom-0", ""},
                                          {"S/onf.dcom-0", ""},     {"S/one.dcom-2", "used"}, {"S/one", ""},
                                          {"S/other.dcom-0", ""}};
    ck_assert_int_eq(system("mkdir S && mkdir S/one.dcom-0 S/one.dcom-1 S/two.dcom-0 S/onf.dcom-0 S/one.dcom-2 "
                            "S/one S/other.dcom-0 && touch S/one.dcom-0/P.npy S/one.dcom-3"),
                     0);
    const int lock = open("S/one.dcom-2", O_RDONLY | O_DIRECTORY);
    ck_assert(lock >= 0 && flock(lock, LOCK_EX | LOCK_NB) == 0);
    output_sweep("S", "one", ours);
    for (unsigned k = 0; k < 7; k++)
        ck_assert_msg((access(left[k][0], F_OK) != 0) == !strcmp(left[k][1], "goes"), "%s", left[k][0]);
    ck_assert_int_eq(access("S/one.dcom-3", F_OK), 0);
    close(lock);
    output_sweep("S", NULL, ours);
    ck_assert_int_eq(system("[ \"$(ls S)\" = \"$(printf 'one\\none.dcom-3')\" ]"), 0);
}
END_TEST

/* Where the folder can be named and its files, or what is in it, cannot. */
START_TEST(long_names) {
    enum { LONG = PATH_MAX - 13 };
    char path[PATH_MAX] = "", longer[PATH_MAX + 64];
    output_folder out;
    for (size_t length = 0; length < LONG; length = strlen(path)) {
        const size_t more = LONG - length;
        memset(path + length, 'd', more < 200 ? more : 200);
        if (more > 200) {
            ck_assert_int_eq(mkdir(path, 0777), 0);
            strcat(path, "/");
        }
    }
    ck_assert_int_eq(output_begin(&out, path, ours), EXIT_GOOD);
    snprintf(longer, sizeof longer, "%s%s0", path, OUTPUT_TEMPORARY);
    ck_assert_int_eq(access(longer, F_OK), 0);
    output_end(&out);
    ck_assert_int_eq(access(longer, F_OK), -1);
    *strrchr(path, '/') = 0;
    const int parent = open(path, O_RDONLY | O_DIRECTORY);
    snprintf(longer, sizeof longer, "%0*d%s0", 200, 0, OUTPUT_TEMPORARY);
    ck_assert(parent >= 0 && mkdirat(parent, longer, 0777) == 0);
    output_sweep(path, NULL, ours);
    ck_assert_int_eq(faccessat(parent, longer, F_OK, 0), 0);
    close(parent);
}
END_TEST

/* ---- on a terminal ---- */

/* Reads until `what` has come; it need not come soon. */
static void comes(int terminal, const char *what) {
    size_t got = 0;
    for (text[0] = 0; !strstr(text, what);) {
        const ssize_t more = read(terminal, text + got, sizeof text - 1 - got);
        ck_assert_int_gt(more, 0);
        text[got += (size_t)more] = 0;
    }
}

/* The stage and its seconds, which the end and a message wipe out. */
START_TEST(progress) {
    int terminal, side;
    const output_folder none = {.lock = -1};
    if (openpty(&terminal, &side, NULL, NULL, NULL)) {
        printf("# no pseudo-terminal here: what a terminal shows is not tested\n");
        return;
    }
    fflush(stderr);
    const int before = dup(STDERR_FILENO);
    ck_assert(before >= 0 && dup2(side, STDERR_FILENO) >= 0);
    watch *hidden = watch_begin(&none, false), *without = watch_begin(&none, true), *w = watch_begin(&none, true);
    ck_assert(hidden && without && w);
    watch_stage(hidden, "hidden");
    watch_stage(w, "measuring");
    comes(terminal, "measuring, 2 s");
    ck_assert_int_eq(command_error("a message"), EXIT_WRONG);
    comes(terminal, "\r\33[Kdcom: a message");
    watch_end(w);
    comes(terminal, "\r\33[K");
    watch_end(hidden), watch_end(without);
    watch_end(watch_begin(&none, true)); /* at once: nothing was shown */
    ck_assert(dup2(before, STDERR_FILENO) >= 0);
    close(before), close(side), close(terminal);
}
END_TEST

/* Runs a list whose case waits to be let in, since the manifest that is there is a pipe. `from` is the other end of
 * its stderr; `what` comes there. Time goes by faster than it does: a signal ends a tick. */
static void shown_while_waiting(int from, int side, const char *what) {
    char *argv[] = {"vectors", "--cases", "list", "--out", "S", "--jobs", "1", NULL};
    size_t got = 0;
    sigset_t tick, before;
    ck_assert(system("rm -rf S") == 0 && mkdir("S", 0777) == 0 && mkdir("S/one", 0777) == 0);
    ck_assert_int_eq(mkfifo("S/one/manifest.json", 0666), 0);
    sigemptyset(&tick), sigaddset(&tick, SIGUSR1);
    ck_assert_int_eq(sigprocmask(SIG_BLOCK, &tick, &before), 0);
    fflush(NULL);
    const pid_t child = fork();
    if (child == 0) {
        const int none = open("/dev/null", O_WRONLY);
        exit(none < 0 || dup2(none, STDOUT_FILENO) < 0 || dup2(side, STDERR_FILENO) < 0 ? 99
                                                                                        : command_vectors(7, argv));
    }
    ck_assert_int_gt(child, 0);
    close(side);
    for (text[0] = 0; !strstr(text, what);) {
        struct pollfd wait = {.fd = from, .events = POLLIN};
        ck_assert_int_eq(kill(child, SIGUSR1), 0);
        if (poll(&wait, 1, 1) <= 0) continue;
        const ssize_t more = read(from, text + got, sizeof text - 1 - got);
        ck_assert_msg(more > 0, "%s", text);
        text[got += (size_t)more] = 0;
    }
    const int pipe = open("S/one/manifest.json", O_WRONLY);
    int status;
    ck_assert(pipe >= 0 && close(pipe) == 0 && waitpid(child, &status, 0) == child);
    ck_assert_int_eq(status, 0);
    ck_assert_int_eq(system("diff -r S L"), 0);
    ck_assert_int_eq(sigprocmask(SIG_SETMASK, &before, NULL), 0);
}

/* On a terminal a bar, elsewhere a line now and then. */
START_TEST(waiting) {
    int terminal, side, ends[2];
    ck_assert_int_eq(pipe(ends), 0);
    shown_while_waiting(ends[0], ends[1], "0 of 1 cases, 0 matrices/s, 0 MB/s\n");
    ck_assert_msg(!strchr(text, '['), "%s", text);
    close(ends[0]);
    if (openpty(&terminal, &side, NULL, NULL, NULL)) {
        printf("# no pseudo-terminal here: what a terminal shows is not tested\n");
        return;
    }
    shown_while_waiting(terminal, side, "\r\33[K[                        ] 0 of 1 cases, 0 matrices/s, 0 MB/s");
    close(terminal);
}
END_TEST

int main(void) {
    Suite *suite = suite_create("arguments");
    TCase *c = tcase_create("arguments");
    tcase_add_unchecked_fixture(c, set_up, tear_down);
    tcase_set_timeout(c, 0);
    tcase_add_loop_test(c, refused, 0, sizeof words / sizeof *words);
    tcase_add_test(c, named);
    tcase_add_test(c, lists);
    tcase_add_test(c, reports);
    tcase_add_test(c, empty_factors);
    tcase_add_loop_test(c, printing, 0, sizeof prints / sizeof *prints);
    tcase_add_test(c, words_of_a_shell);
    tcase_add_test(c, swept);
    tcase_add_test(c, long_names);
    tcase_add_test(c, progress);
    tcase_add_test(c, waiting);
    suite_add_tcase(suite, c);
    SRunner *runner = srunner_create(suite);
    srunner_run_all(runner, CK_ENV);
    const int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed ? 1 : 0;
}
