/* command_options.c - glibc's argp, made to say what is wrong in one line and to return instead of leaving.
 * SPDX-License-Identifier: Apache-2.0 */
#include "command.h"
#include "line.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { KEY_HELP = 'h' };

typedef struct {
    void *input;
    bool help;
} wrapper;

int command_error(const char *format, ...) {
    char *what = NULL;
    va_list arguments;
    va_start(arguments, format);
    if (vasprintf(&what, format, arguments) < 0) what = NULL;
    va_end(arguments);
    flockfile(stderr);                                   /* a line of one thread */
    if (isatty(STDERR_FILENO)) fputs("\r\33[K", stderr); /* where progress may stand */
    fprintf(stderr, "dcom: %s\n", what ? one_line(what) : "out of memory");
    funlockfile(stderr);
    free(what);
    return EXIT_WRONG;
}

void command_print_word(FILE *f, const char *text) {
    static const char plain[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_-+=.,:/@%";
    if (*text && text[strspn(text, plain)] == 0) {
        fputs(text, f);
        return;
    }
    fputc('\'', f);
    for (const char *c = text; *c; c++)
        fputs(*c == '\'' ? "'\\''" : (char[]){*c, 0}, f);
    fputc('\'', f);
}

bool command_number(const char *option, const char *text, unsigned most, unsigned *number) {
    char message[256];
    if (run_number(option, text, most, number, message)) return true;
    command_error("%s", message);
    return false;
}

static error_t parse_outer(int key, char *argument, struct argp_state *state) {
    wrapper *w = state->input;
    (void)argument;
    switch (key) {
    case ARGP_KEY_INIT:
        state->child_inputs[0] = w->input;
        return 0;
    case KEY_HELP:
        w->help = true;
        return ECANCELED;
    default:
        return ARGP_ERR_UNKNOWN;
    }
}

/* The options, of `argp` or a child of it, that a word begins. */
typedef struct {
    const struct argp_option *one, *other;
    bool whole; /* `one` is the word, not more */
} match;

static void find_option(const struct argp *argp, const char *name, size_t length, match *m) {
    for (const struct argp_option *o = argp->options; o && o->name; o++) {
        if (strncmp(o->name, name, length) != 0) continue;
        if (!o->name[length])
            *m = (match){o, NULL, true};
        else if (!m->whole)
            m->other = m->one, m->one = o;
    }
    for (const struct argp_child *c = argp->children; c && c->argp; c++)
        find_option(c->argp, name, length, m);
}

static const struct argp_option *find_letter(const struct argp *argp, int letter) {
    const struct argp_option *found = NULL;
    for (const struct argp_option *o = argp->options; o && o->name && !found; o++)
        if (o->key == letter) found = o;
    for (const struct argp_child *c = argp->children; c && c->argp && !found; c++)
        found = find_letter(c->argp, letter);
    return found;
}

/* What is wrong with word k, letters behind a -, or a name behind two; 0: nothing, and k is at its value if that is
 * the next word. */
static int letters_fault(const struct argp *argp, int argc, char **argv, int *k) {
    const struct argp_option *o = NULL;
    for (const char *letter = argv[*k] + 1; *letter && !(o && o->arg); letter++) {
        if (!(o = find_letter(argp, *letter))) return command_error("unknown option -%c", *letter);
        if (o->arg && !letter[1] && ++*k == argc)
            return command_error("option -%c needs a value, %s", *letter, o->arg);
    }
    return EXIT_GOOD;
}

static int name_fault(const struct argp *argp, int argc, char **argv, int *k) {
    const char *word = argv[*k];
    const size_t length = strcspn(word, "=");
    match m = {NULL, NULL, false};
    find_option(argp, word + 2, length - 2, &m);
    if (!m.one) return command_error("unknown option %.*s", (int)length, word);
    if (m.other) return command_error("option %.*s: --%s or --%s?", (int)length, word, m.other->name, m.one->name);
    if (!m.one->arg && word[length]) return command_error("option %.*s takes no value", (int)length, word);
    if (m.one->arg && !word[length] && ++*k == argc)
        return command_error("option %s needs a value, %s", word, m.one->arg);
    return EXIT_GOOD;
}

/* Which word getopt refused, and why; it tells argp nothing but that it did. The first option that is wrong: what
 * comes before was taken. */
static int option_fault(const struct argp *argp, int argc, char **argv) {
    for (int k = 1; k < argc && strcmp(argv[k], "--") != 0; k++) {
        const char *word = argv[k];
        if (word[0] != '-' || !word[1]) continue;
        const int fault = word[1] == '-' ? name_fault(argp, argc, argv, &k) : letters_fault(argp, argc, argv, &k);
        if (fault) return fault;
    }
    return command_error("%s: not expected here", argv[argc - 1]);
}

int command_parse(const struct argp *argp, const char *name, int argc, char **argv, void *input) {
    static const struct argp_option options[] = {{"help", KEY_HELP, NULL, 0, "Print this and leave", -1}, {0}};
    const struct argp_child children[] = {{argp, 0, NULL, 0}, {0}};
    const struct argp outer = {options, parse_outer, NULL, NULL, children, NULL, NULL};
    wrapper w = {.input = input};
    const error_t error = argp_parse(&outer, argc, argv, ARGP_NO_ERRS | ARGP_NO_EXIT | ARGP_NO_HELP, NULL, &w);
    if (w.help) {
        char called[32];
        snprintf(called, sizeof called, "%s", name);
        argp_help(&outer, stdout, ARGP_HELP_STD_HELP, called);
        putchar('\n');
        return -1;
    }
    if (error == EXIT_WRONG) return EXIT_WRONG;
    if (error == EINVAL) return option_fault(&outer, argc, argv);
    return error ? command_error("%s", strerror(error)) : EXIT_GOOD; /* LCOV_EXCL_BR_LINE argp's own want of memory */
}
