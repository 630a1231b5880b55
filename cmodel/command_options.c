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
    int next; /* the argument after the one that failed */
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
    case ARGP_KEY_ERROR:
        w->next = state->next;
        return 0;
    default:
        return ARGP_ERR_UNKNOWN;
    }
}

/* The option, of `argp` or a child of it, that `name` (of `length`) begins. */
static const struct argp_option *find_option(const struct argp *argp, const char *name, size_t length) {
    const struct argp_option *found = NULL;
    for (const struct argp_option *o = argp->options; o->name; o++)
        if (strncmp(o->name, name, length) == 0) return o;
    for (const struct argp_child *c = argp->children; c && c->argp && !found; c++)
        found = find_option(c->argp, name, length);
    return found;
}

/* Which option getopt refused, and why; it tells argp nothing but that it did. */
static int name_fault(const struct argp *argp, const char *word) {
    const size_t length = strcspn(word, "=");
    if (word[0] != '-') return command_error("%s: not expected here", word);
    const struct argp_option *o = length > 2 ? find_option(argp, word + 2, length - 2) : NULL;
    if (o && !o->arg) return command_error("option %.*s takes no value", (int)length, word);
    if (o && !word[length]) return command_error("option %s needs a value, %s", word, o->arg);
    return command_error("unknown option %.*s", (int)length, word);
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
    if (error == EINVAL && w.next > 0 && w.next <= argc) return name_fault(argp, argv[w.next - 1]);
    return error ? command_error("%s", strerror(error)) : EXIT_GOOD;
}
