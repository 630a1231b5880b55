/* cases.c - a table of cases: what is decomposed, how, and why. SPDX-License-Identifier: Apache-2.0 */
#include "cases.h"

#include <ctype.h>
#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { MOST_SEEDS = 1000000 };

run_case case_usual(void) {
    return (run_case){.run = {.parameters = dcom_defaults(), .config = "small"}, .stall_seed = 1};
}

/* ---- a case ---- */

bool case_copy(run_case *to, const run_case *from) {
    *to = *from;
    to->input = strdup(from->input ? from->input : "");
    to->reason = strdup(from->reason ? from->reason : "");
    to->expect = strdup(from->expect ? from->expect : "");
    to->found = from->found ? strdup(from->found) : NULL;
    const size_t bytes = from->run.parameters.exact_token_count * sizeof(uint32_t);
    to->run.exact_tokens = bytes ? malloc(bytes) : NULL;
    if (to->run.exact_tokens) memcpy(to->run.exact_tokens, from->run.exact_tokens, bytes);
    to->run.parameters.exact_tokens = to->run.exact_tokens;
    return to->input && to->reason && to->expect && (!from->found || to->found) && (!bytes || to->run.exact_tokens);
}

void case_release(run_case *c) {
    free(c->input), free(c->reason), free(c->expect), free(c->found), free(c->run.exact_tokens);
    *c = (run_case){0};
}

static bool replace(char **to, const char *text) {
    free(*to);
    return (*to = strdup(text)) != NULL;
}

int case_set_input(run_case *c, const char *text, char message[256]) {
    c->generated = generate_is_call(text);
    if (c->generated && !generate_parse(text, &c->generator, message)) return EXIT_WRONG;
    if (replace(&c->input, text)) return EXIT_GOOD;
    snprintf(message, 256, "out of memory");
    return EXIT_WRONG;
}

/* ---- what is expected ---- */

/* Whether `word` holds of r; -1: it is no word. */
static int holds(const char *word, const dcom_result *r) {
    unsigned number;
    char message[256];
    for (dcom_stop stop = DCOM_STOP_RANK; stop <= DCOM_STOP_OVERFLOW; stop++)
        if (strcmp(word, report_stop(stop)) == 0) return r->stop == stop;
    for (unsigned flag = DCOM_FLAG_OVERFLOW; flag <= DCOM_FLAG_UNCERTIFIED; flag <<= 1)
        if (strncmp(word, "flag-", 5) == 0 && strcmp(word + 5, report_flag(flag)) == 0) return (r->flags & flag) != 0;
    if (strcmp(word, "no-flags") == 0) return r->flags == 0;
    if (strcmp(word, "deflations") == 0) return r->deflations > 0;
    if (strcmp(word, "rounds") == 0) return r->rounds > 0;
    if (strncmp(word, "rank:", 5) == 0 && run_number("rank", word + 5, UINT16_MAX, &number, message))
        return r->rank == number;
    return -1;
}

/* The first word of the list for which `holds` gives `what`. */
static bool find_word(const char *list, const dcom_result *r, int what, char word[CASE_NAME]) {
    for (const char *at = list; *at;) {
        const size_t length = strcspn(at, ",");
        snprintf(word, CASE_NAME, "%.*s", (int)length, at);
        if (holds(word, r) == what) return true;
        at += length + (at[length] == ',');
    }
    return false;
}

const char *case_unmet(const run_case *c, const dcom_result *r, char word[CASE_NAME]) {
    return find_word(c->expect, r, 0, word) ? word : NULL;
}

/* ---- keys ---- */

int case_set(run_case *c, const char *key, const char *value, char message[256]) {
    const int status = run_set(&c->run, key, value, message);
    if (status == EXIT_GOOD && strcmp(key, "config") == 0) {
        c->run.config = NULL; /* `value` does not stay */
        return run_find_config(value, &c->config, message) ? EXIT_WRONG : EXIT_GOOD;
    }
    if (status >= 0) return status;
    if (strcmp(key, "stall") == 0) {
        if (stall_profile_parse(value, &c->stall) == 0) return EXIT_GOOD;
        snprintf(message, 256, "stall %.100s: not none, light, heavy or four numbers 0..255", value);
    } else if (strcmp(key, "stall-seed") == 0) {
        if (run_number(key, value, UINT32_MAX, &c->stall_seed, message)) return EXIT_GOOD;
    } else if (strcmp(key, "trace") == 0) {
        c->trace = strcmp(value, "yes") == 0;
        if (c->trace || strcmp(value, "no") == 0) return EXIT_GOOD;
        snprintf(message, 256, "trace %.100s: not yes or no", value);
    } else if (strcmp(key, "expect") == 0) {
        const dcom_result any = {0};
        char word[CASE_NAME];
        if (!find_word(value, &any, -1, word)) {
            if (replace(&c->expect, value)) return EXIT_GOOD;
            snprintf(message, 256, "out of memory");
        } else
            snprintf(message, 256, "expect %.100s: not a thing to expect", word);
    } else
        return -1;
    return EXIT_WRONG;
}

/* ---- a line ---- */

typedef struct {
    const char *path;
    unsigned line;
    bool with_reasons;
    const run_case *usual;
    case_list *list;
    size_t room;
} reader;

__attribute__((format(printf, 2, 3))) static int wrong(const reader *r, const char *format, ...) {
    char what[300];
    va_list list;
    va_start(list, format);
    vsnprintf(what, sizeof what, format, list);
    va_end(list);
    return command_error("%s:%u: %s", r->path, r->line, what);
}

bool case_is_name(const char *name) {
    for (const char *c = name; *c; c++)
        if (!isalnum((unsigned char)*c) && !strchr("_-.", *c)) return false;
    return *name != '.' && *name && strlen(name) < CASE_NAME && !strstr(name, OUTPUT_TEMPORARY);
}

/* Adds the case, or one for each seed. */
static int add(reader *r, const run_case *c, unsigned first, unsigned last, bool many) {
    case_list *list = r->list;
    for (unsigned seed = first;; seed++) {
        if (list->count == r->room) {
            run_case *more = realloc(list->at, (r->room = 2 * r->room + 16) * sizeof *more);
            if (!more) return command_error("out of memory");
            list->at = more;
        }
        run_case *to = &list->at[list->count++];
        if (!case_copy(to, c)) return command_error("out of memory");
        if (many) {
            snprintf(to->name, sizeof to->name, "%.*s-%04u", CASE_NAME - 9, c->name, seed);
            to->run.parameters.seed = seed;
        }
        if (seed == last) return EXIT_GOOD;
    }
}

/* "1..1000" */
static bool read_seeds(char *value, unsigned *first, unsigned *last, char message[256]) {
    char *dots = strstr(value, "..");
    if (dots) *dots = 0;
    if (!dots) return snprintf(message, 256, "seeds %.100s: not as 1..1000", value), false;
    if (!run_number("seeds", value, MOST_SEEDS, first, message) ||
        !run_number("seeds", dots + 2, MOST_SEEDS, last, message))
        return false;
    return *first <= *last || (snprintf(message, 256, "seeds %u..%u: none", *first, *last), false);
}

static int read_words(reader *r, char *words, run_case *c, const char *reason) {
    char message[256] = "out of memory", *word, *rest = words;
    unsigned number = 0, first = 0, last = 0;
    bool many = false;
    while ((word = strsep(&rest, " \t"))) {
        if (!*word) continue;
        char *value = strchr(word, '=');
        if (number++ == 0) {
            if (!case_is_name(word) || strlen(word) > CASE_NAME - 9)
                return wrong(r, "%.60s: not a name of at most %d letters, digits, _ - .", word, CASE_NAME - 9);
            snprintf(c->name, sizeof c->name, "%s", word);
        } else if (number == 2) {
            if (case_set_input(c, word, message)) return wrong(r, "%s", message);
        } else if (!value) {
            return wrong(r, "%.60s: not KEY=VALUE", word);
        } else {
            *value++ = 0;
            const bool seeds = strcmp(word, "seeds") == 0;
            const int status = seeds ? (read_seeds(value, &first, &last, message) ? EXIT_GOOD : EXIT_WRONG)
                                     : case_set(c, word, value, message);
            if (status) return status < 0 ? wrong(r, "%.60s: no such key", word) : wrong(r, "%s", message);
            many |= seeds;
        }
    }
    if (number < 2) return wrong(r, "%s: no input", c->name);
    if (r->with_reasons && !*reason) return wrong(r, "%s: no reason", c->name);
    if (!replace(&c->reason, reason)) return command_error("out of memory");
    return add(r, c, many ? first : c->run.parameters.seed, many ? last : c->run.parameters.seed, many);
}

static int read_line(reader *r, char *line) {
    run_case c;
    line[strcspn(line, "\r\n")] = 0;
    char *start = line + strspn(line, " \t"), *reason = strstr(start, " :");
    if (!*start || *start == '#') return EXIT_GOOD;
    if (reason) *reason = 0, reason += 2, reason += strspn(reason, " \t");
    int status = case_copy(&c, r->usual) ? EXIT_GOOD : command_error("out of memory");
    if (!status) status = read_words(r, start, &c, reason ? reason : "");
    case_release(&c);
    return status;
}

/* ---- a table ---- */

static int by_name(const void *a, const void *b) {
    return strcmp((*(const run_case *const *)a)->name, (*(const run_case *const *)b)->name);
}

static int check_names(const char *path, const case_list *list) {
    const run_case **sorted = malloc(list->count * sizeof *sorted + 1);
    int status = sorted ? EXIT_GOOD : command_error("out of memory");
    for (size_t k = 0; !status && k < list->count; k++)
        sorted[k] = &list->at[k];
    if (!status) qsort(sorted, list->count, sizeof *sorted, by_name);
    for (size_t k = 1; !status && k < list->count; k++)
        if (by_name(&sorted[k - 1], &sorted[k]) == 0)
            status = command_error("%s: two cases are called %s", path, sorted[k]->name);
    free(sorted);
    return status;
}

int cases_read(const char *path, const run_case *usual, bool with_reasons, case_list *list) {
    reader r = {.path = path, .with_reasons = with_reasons, .usual = usual, .list = list};
    char *line = NULL;
    size_t size = 0;
    int status = EXIT_GOOD;
    *list = (case_list){0};
    errno = 0;
    FILE *file = fopen(path, "r");
    if (!file) return command_error("%s: %s", path, strerror(errno));
    while (!status && getline(&line, &size, file) >= 0) {
        r.line++;
        status = read_line(&r, line);
    }
    if (!status && ferror(file)) status = command_error("%s: %s", path, strerror(errno));
    if (!status && list->count == 0) status = command_error("%s: no case in it", path);
    if (!status) status = check_names(path, list);
    fclose(file);
    free(line);
    if (status) cases_release(list);
    return status;
}

void cases_release(case_list *list) {
    for (size_t k = 0; k < list->count; k++)
        case_release(&list->at[k]);
    free(list->at);
    *list = (case_list){0};
}
