/* commands.h - a command of dcom run within a test, with what it prints sent into files of the folder it is in.
 * SPDX-License-Identifier: Apache-2.0 */
#ifndef COMMANDS_H
#define COMMANDS_H

#include "../cmodel/command.h"

#include <check.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

enum { MOST_WORDS = 24, MOST_TEXT = 1 << 16 };

/* Sends stream `number` into the file; what it was before. */
static inline int redirect(int number, const char *path) {
    const int before = dup(number), file = open(path, O_WRONLY | O_CREAT | O_TRUNC, 0666);
    ck_assert(before >= 0 && file >= 0 && dup2(file, number) == number);
    close(file);
    return before;
}

static inline void restore(int number, int before) {
    ck_assert_int_eq(dup2(before, number), number);
    close(before);
}

static inline const char *file_text(const char *path, char text[MOST_TEXT]) {
    FILE *f = fopen(path, "r");
    ck_assert_msg(f != NULL, "%s is not there", path);
    text[fread(text, 1, MOST_TEXT - 1, f)] = 0;
    fclose(f);
    return text;
}

/* The exit status of a line with a space between words. */
static inline int run_command(const char *line) {
    static const struct {
        const char *name;
        int (*run)(int, char **);
    } all[] = {{"apply", command_apply},     {"decompose", command_decompose}, {"info", command_info},
               {"predict", command_predict}, {"replay", command_replay},       {"vectors", command_vectors}};
    char words[512], *rest = words, *argv[MOST_WORDS + 1] = {NULL};
    int argc = 0;
    snprintf(words, sizeof words, "%s", line);
    for (char *word; argc < MOST_WORDS && (word = strsep(&rest, " "));)
        argv[argc++] = word;
    for (unsigned k = 0; k < sizeof all / sizeof *all; k++)
        if (strcmp(all[k].name, argv[0]) == 0) return all[k].run(argc, argv);
    ck_abort_msg("no command %s", argv[0]);
}

#endif
